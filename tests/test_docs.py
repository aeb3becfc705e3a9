"""What the documents say is what the code does: tables are declared ones, commands and examples run."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from rotation_analysis.cli import app
from rotation_analysis.profiles import HeaderRows, Profile, ProfileColumn, SetAside
from rotation_analysis.programme import Source
from tests.format_table import render_table
from tests.small_programme import TOML

DOCS = Path(__file__).parents[1] / "docs"
HOW_TO = (DOCS / "how-to-profile.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    """The fenced blocks of the how-to in a language ("" = commands), without their indentation."""
    found = re.findall(r"^( *)```(\w*)\n(.*?)^ *```$", HOW_TO, re.S | re.M)
    return [re.sub(rf"^{indent}", "", text, flags=re.M) for indent, of, text in found if of == language]


def run(folder: Path, command: str) -> tuple[int, str]:
    """Exit code and output of a command of the document, its files taken from `folder`."""
    words = shlex.split(command)
    assert words[0] == "rotation-analysis"
    named = [str(folder / word) if (folder / word).exists() else word for word in words[1:]]
    result = CliRunner().invoke(app, named)
    return result.exit_code, result.output


def test_the_table_of_formats_is_what_the_profiles_declare() -> None:
    assert render_table() in (DOCS / "formats.md").read_text(encoding="utf-8"), (
        "docs/formats.md: put in what `python -m tests.format_table` prints"
    )


def test_an_unknown_file_is_read_by_a_profile_written_as_the_how_to_says(tmp_path: Path) -> None:
    (tmp_path / "programme.toml").write_text(TOML, encoding="utf-8")
    (tmp_path / "kitchen.csv").write_text(blocks("csv")[0], encoding="utf-8")
    look, draft, look_again = (text.strip() for text in blocks(""))
    profile, source = blocks("toml")
    code, told = run(tmp_path, look)
    assert code == 1
    assert "no_profile" in told
    assert "--draft" in told
    code, told = run(tmp_path, draft)
    assert code == 0
    assert 'field = "created"\nheaders = ["依頼日"]' in told
    assert len(profile.strip().splitlines()) <= 30
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / "kitchen.toml").write_text(profile, encoding="utf-8")
    code, told = run(tmp_path, look_again)
    assert code == 0, told
    assert told.startswith("kitchen.csv: kitchen, utf-8\n  2 read = 2 used + 0 set aside + 0 refused\n")
    assert "分類 -> kind" in told
    assert "not understood" not in told
    toml = TOML.replace("[plan]", f"{source}\n[plan]")
    (tmp_path / "programme.toml").write_text(toml, encoding="utf-8")
    code, told = run(tmp_path, "rotation-analysis check programme.toml")
    assert code == 0, told
    assert "kitchen.csv: kitchen" in told


@pytest.mark.parametrize(
    ("document", "model"),
    [
        ("how-to-profile.md", Profile),
        ("how-to-profile.md", ProfileColumn),
        ("how-to-profile.md", HeaderRows),
        ("how-to-profile.md", SetAside),
        ("formats.md", Source),
    ],
)
def test_every_key_that_an_owner_may_write_is_explained(document: str, model: type) -> None:
    text = (DOCS / document).read_text(encoding="utf-8")
    told = set(re.findall(r"`\[*([a-z_]+)[^`]*`", text))
    assert set(model.model_fields) - {"columns"} <= told | {"header", "set_aside"}  # type: ignore[attr-defined]
