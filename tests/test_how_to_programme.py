"""How to begin a programme of one's own: every step of the document is taken, its rows are typed in."""

from __future__ import annotations

import json
import re
import shlex
from html import unescape
from pathlib import Path

import pytest
from typer.testing import CliRunner

from rotation_analysis.cli import app
from tests.browser import needs_browser

HOW_TO = (Path(__file__).parents[1] / "docs" / "how-to-programme.md").read_text(encoding="utf-8")
FENCED = re.compile(r"^( *)```(\w*)\n(.*?)^ *```$", re.S | re.M)
NAMED = re.compile(r"`((?:sheets|answers|records)/[\w/]+\.csv)`")


def run(folder: Path, command: str) -> str:
    """What a command of the document prints; its folders lie in `folder`."""
    program, *words = shlex.split(command)
    assert program == "rotation-analysis"
    result = CliRunner().invoke(
        app, [str(folder / word) if word.startswith("my-") else word for word in words]
    )
    assert result.exit_code == 0, result.output
    return result.output


def commands() -> dict[str, str]:
    """The document's commands by their name (init, check …)."""
    told = [text.strip() for _, language, text in FENCED.findall(HOW_TO) if language == ""]
    return {command.split()[1]: command for command in told}


def sheets() -> dict[str, str]:
    """The rows to type by the file that is named last before them."""
    found = {}
    for match in FENCED.finditer(HOW_TO):
        if match[2] == "csv":
            found[NAMED.findall(HOW_TO[: match.start()])[-1]] = match[3]
    return found


def text_of(page: Path) -> str:
    told = re.sub(r"<(script|style).*?</\1>", "", page.read_text(encoding="utf-8"), flags=re.S)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", told))).replace("\u00a0", " ")


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory, in_process: None) -> Path:
    """The folder in which the document's steps up to the report have been taken."""
    folder = tmp_path_factory.mktemp("begun")
    told = commands()
    run(folder, told["init"])
    own = folder / "my-programme"
    before = run(folder, told["check"])
    assert "still missing, first things first:" in before
    (as_of,) = [text.strip() for _, language, text in FENCED.findall(HOW_TO) if language == "toml"]
    settings = (own / "programme.toml").read_text(encoding="utf-8")
    settings, found = re.subn(r"^as_of = .*$", as_of, settings, flags=re.M)
    assert found == 1
    (own / "programme.toml").write_text(settings, encoding="utf-8")
    for name, rows in sheets().items():
        type_in(own / name, rows)
    after = run(folder, told["check"])
    assert "no people" in before
    assert "no people" not in after
    run(folder, told["forms"])
    run(folder, told["report"])
    return folder


def type_in(path: Path, rows: str) -> None:
    """The rows into a sheet that is there with their heading, or a file that is dropped in."""
    if path.name != "skills.csv":
        there = path.read_text(encoding="utf-8-sig")
        assert there.splitlines()[0] == rows.splitlines()[0], path
        assert rows.startswith(there.rstrip("\n")), path
    path.write_text(rows, encoding="utf-8-sig")


def test_the_steps_name_every_command_once() -> None:
    assert list(commands()) == ["init", "check", "forms", "report", "print", "publish"]
    assert len(sheets()) == 6


def test_the_pages_say_what_is_told(begun: Path) -> None:
    rows = dict(re.findall(r"^\| `([\w./-]+\.html)` \| (.+) \|$", HOW_TO, re.M))
    assert len(rows) == 3
    for page, told in rows.items():
        assert told in text_of(begun / "my-reports" / page)
    growth = text_of(begun / "my-reports" / next(iter(rows)))
    assert "One person's record; it does not generalise to the programme." in growth


def test_the_rows_stand_in_the_results_with_their_n(begun: Path) -> None:
    results = json.loads((begun / "my-reports/owner/cohort-1/results.json").read_text(encoding="utf-8"))
    rows = [row for row in results["measures"] if row["measure"] == "skill.growth.now_minus_start"]
    (own,) = [row for row in rows if row["person"] == "p01" and row["skill"] is None]
    assert (own["value"], own["n"], own["verdict"]) == (1.0, 1, "not_enough_data")
    account = json.loads((begun / "my-reports/owner/account.json").read_text(encoding="utf-8"))
    assert sum(sum(file["refused"].values()) for file in account["files"]) == 0
    assert account["rows"] == []


def test_the_forms_that_are_named_are_made(begun: Path) -> None:
    made = {path.name for path in (begun / "my-forms").rglob("*")}
    named = re.findall(
        r"^\| `([\w.*/-]+)` \|",
        HOW_TO.split("| file, in `ja/` and in `en/` | for |")[1].split("\n\n")[0],
        re.M,
    )
    assert named == ["schedule.md", "google-forms.gs", "microsoft-forms.xlsx", "*.md", "answers/"]
    assert {"schedule.md", "google-forms.gs", "microsoft-forms.xlsx", "answers", "ja", "en"} <= made
    assert any(name.endswith(".md") for name in made)


def test_what_goes_out_is_recorded(begun: Path) -> None:
    run(begun, commands()["publish"])
    assert [path.name for path in (begun / "my-programme/releases").iterdir()] == ["001.json"]


@needs_browser
def test_the_pages_are_printed(begun: Path) -> None:
    assert "graduate-pack.ja.pdf" in run(begun, commands()["print"])
