"""How to add a measure or a language: every change of the documents is made in a copy of the library.

The copy is run by processes of its own, as the library under test must not change.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from html import unescape
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MEASURE = (ROOT / "docs" / "how-to-measure.md").read_text(encoding="utf-8")
LANGUAGE = (ROOT / "docs" / "how-to-language.md").read_text(encoding="utf-8")
COMMAND = "import sys; from rotation_analysis.cli import main; sys.argv[0] = 'rotation-analysis'; main()"


def blocks(document: str, language: str) -> list[str]:
    """The fenced blocks in a language ("" = commands), without their indentation."""
    found = re.findall(r"^( *)```(\w*)\n(.*?)^ *```$", document, re.S | re.M)
    return [re.sub(rf"^{indent}", "", text, flags=re.M) for indent, of, text in found if of == language]


def named_files(document: str) -> list[str]:
    """The files that the steps name, in their order."""
    return re.findall(r"`((?:rotation_analysis|tests|notebooks)/[\w/-]+\.(?:py|toml|ipynb))`", document)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The package, the notebooks and the tests' modules, to be changed."""
    leave = shutil.ignore_patterns("__pycache__")
    for folder in ("rotation_analysis", "notebooks"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=leave)
    (tmp_path / "tests").mkdir()
    for module in (ROOT / "tests").glob("*.py"):
        shutil.copy(module, tmp_path / "tests")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "docs").mkdir()
    shutil.copy(ROOT / "docs" / "measures.md", tmp_path / "docs")
    return tmp_path


def run(copy: Path, command: str) -> str:
    """What a command of the document prints, run with the copy's library."""
    words = shlex.split(command)
    if words[0] == "rotation-analysis":
        words = ["python", "-c", COMMAND, *words[1:]]
    if words[0] == "python":
        words[0] = sys.executable
    told = subprocess.run(
        words,
        cwd=copy,
        env={**os.environ, "PYTHONPATH": str(copy)},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert told.returncode == 0, told.stdout + told.stderr
    return told.stdout


def append(path: Path, text: str) -> None:
    path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")


def replace_once(path: Path, line: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(line) == 1, line
    path.write_text(text.replace(line, new), encoding="utf-8")


def put_below(path: Path, line: str, addition: str) -> None:
    replace_once(path, line, line + addition)


def put_in_place(path: Path, line: str) -> None:
    """Translate the first line that has the same name."""
    text = path.read_text(encoding="utf-8")
    (english,) = re.findall(rf"^{line.split(' = ')[0]} = .*$", text, re.M)[:1]
    path.write_text(text.replace(english, line, 1), encoding="utf-8")


def add_cell(path: Path, below: str, source: str) -> None:
    notebook = json.loads(path.read_text(encoding="utf-8"))
    (place,) = [n for n, cell in enumerate(notebook["cells"]) if "".join(cell["source"]) == below]
    cell = {**notebook["cells"][place], "id": "added", "source": source.rstrip()}
    notebook["cells"].insert(place + 1, cell)
    path.write_text(json.dumps(notebook), encoding="utf-8")


def text_of(page: Path) -> str:
    told = re.sub(r"<(script|style).*?</\1>", "", page.read_text(encoding="utf-8"), flags=re.S)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", told))).replace("\u00a0", " ")


def test_a_measure_added_as_told_stands_in_the_report(copy: Path) -> None:
    measure, test, *pairs, cell = blocks(MEASURE, "python")
    below_import, imported, below_call, called, above_section, section, place, with_section = pairs
    english, japanese, english_name, japanese_name = blocks(MEASURE, "toml")
    (described,) = blocks(MEASURE, "markdown")
    (command,) = blocks(MEASURE, "")
    files = dict.fromkeys(named_files(MEASURE))
    new, new_test, workload, sections, en, ja, _, notebook, *_ = (copy / name for name in files)
    new.write_text(measure, encoding="utf-8")
    new_test.write_text(test, encoding="utf-8")
    put_below(workload, below_import, imported)
    put_below(workload, below_call, called)
    replace_once(sections, above_section, f"{section}\n\n{above_section}")
    replace_once(sections, place, with_section)
    for path, words, name in ((en, english, english_name), (ja, japanese, japanese_name)):
        append(path, f"\n{words}")
        put_below(path, "\n[rows]\n", name)
    measures = copy / "docs" / "measures.md"
    row_below = "| `requests.kind_share`, "
    told = measures.read_text(encoding="utf-8")
    assert told.count(row_below) == 1
    measures.write_text(told.replace(row_below, described + row_below), encoding="utf-8")
    add_cell(notebook, 'report["asked"]', cell)
    assert "2 passed" in run(copy, f"python -m pytest -p no:xdist {new_test.relative_to(copy)}")
    run(copy, command)
    results = json.loads((copy / "reports/owner/cohort-3/results.json").read_text(encoding="utf-8"))
    (row,) = [row for row in results["measures"] if row["measure"] == "requests.off_hours_share"]
    assert row["n"] > 0
    assert 0 <= row["low"] <= row["value"] <= row["high"] <= 1
    for language, sentence in (
        ("en", r"(\d+)% of requests came outside business hours \(range .*?, n = (\d+)\)"),
        ("ja", r"営業時間外に来た依頼は(\d+)%である\(幅 .*?、n = (\d+)\)"),
    ):
        page = text_of(copy / f"reports/owner/cohort-3/workload.{language}.html")
        said = re.search(sentence, page)
        assert said
        assert (int(said[1]), int(said[2])) == (round(100 * row["value"]), row["n"])
    assert "営業時間外の依頼はどれくらいあったか" in page


def test_a_language_added_as_told_is_read_and_built(copy: Path) -> None:
    begin, build, check = (text.strip() for text in blocks(LANGUAGE, ""))
    for command in begin.splitlines():
        run(copy, command)
    for block in blocks(LANGUAGE, "toml"):
        name, *lines = block.splitlines()
        path = copy / name.removeprefix("# ")
        for line in lines:
            put_in_place(path, line)
    folder = copy / "rotation_analysis" / "texts" / "de"
    (folder / "team_impact.toml").unlink()  # what a language lacks is English
    workload = folder / "workload.toml"
    workload.write_text(workload.read_text(encoding="utf-8").split("[cost]")[0], encoding="utf-8")
    run(copy, build)
    (shown,) = re.findall(r"`(reports/\S+\.de\.html)` begins with \"(.+?)\"", LANGUAGE)
    page = text_of(copy / shown[0])
    for said in (shown[1], "Daten bis 2023-08-06", "What did it cost the host team?", "Numbers and method"):
        assert f"{said} " in page
    shared = folder / "shared.toml"
    text = shared.read_text(encoding="utf-8")
    shared.write_text(text.replace("{day}", "{tag}", 1), encoding="utf-8")  # one mistake, and it is found
    with pytest.raises(
        AssertionError, match=r"FAILED tests/test_texts.py::test_\w+placeholders\[de\]"
    ) as told:
        run(copy, f"{check} -p no:xdist -rf")
    assert re.search(r"1 failed, \d+ passed", str(told.value))
