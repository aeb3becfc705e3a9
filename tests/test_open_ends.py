"""What people type that no programme can be: a sentence at once, from `check` as from `report`."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from rotation_analysis.cli import app
from rotation_analysis.errors import UserError
from tests.small_programme import TOML, write_programme


def run(*words: str | Path) -> tuple[int, str]:
    """Exit code and everything that was told; any other error than ours is raised."""
    result = CliRunner().invoke(app, [str(word) for word in words])
    if isinstance(result.exception, UserError):
        return result.exception.exit_code, str(result.exception)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


def with_as_of(day: str) -> str:
    return re.sub(r"as_of = \S+", f"as_of = {day}", TOML)


IMPOSSIBLE = {
    "a day far away": (with_as_of("9999-12-31"), "expected a day from 1990 to 2060"),
    "the first day of all": (with_as_of("0001-01-01"), "expected a day from 1990 to 2060"),
    "lists in lists": (TOML + "\nx = " + "[" * 100_000, "at most 100 tables and lists inside each other"),
    "tables in tables": (TOML + "\nx." + "a." * 50_000 + "b = 1", "at most 100 tables"),
    "a sheet elsewhere": (TOML + '\n[sheets]\nevents = "../s.csv"\n', "inside the programme's folder"),
    "an endless error": (
        TOML + '\n[[plan.measurement_error]]\nof = "skill"\nr = 0.7\nsd = inf\nsource = "x"\n',
        "measurement_error[0].sd: programme: 'inf' (expected a number of at most",
    ),
    "a stay without end": (
        TOML.replace("end = 2024-06-28\nending", "end = 9999-12-31\nending", 1),
        "rotations[0].end: programme: '9999-12-31' (expected a day from 1990 to 2060",
    ),
}


@pytest.mark.parametrize("what", IMPOSSIBLE)
@pytest.mark.parametrize("command", ["check", "report"])
def test_what_cannot_be_is_a_sentence_at_once(tmp_path: Path, what: str, command: str) -> None:
    settings, told = IMPOSSIBLE[what]
    folder = write_programme(tmp_path / "p", settings)
    code, said = run(command, folder, *(("--out", tmp_path / "out") if command == "report" else ()))
    assert code == 1
    assert told in said
    assert not (tmp_path / "out").exists()


def test_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    code, said = run("check", write_programme(tmp_path / "p", "\ufeff" + TOML))
    assert (code, "problem" in said) == (0, False)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes")
def test_a_pipe_for_words_is_refused_at_once(tmp_path: Path) -> None:
    folder = write_programme(tmp_path / "p", TOML)
    (folder / "words").mkdir(exist_ok=True)
    os.mkfifo(folder / "words" / "owner.toml")
    code, said = run("check", folder)
    assert code == 1
    assert "words/owner.toml: not_a_file" in said


def test_a_loop_of_links_is_no_endless_search(tmp_path: Path) -> None:
    source = '\n[[sources]]\nname = "x"\nfiles = ["exports/*.csv"]\n'
    folder = write_programme(tmp_path / "p", TOML + source)
    (folder / "exports").mkdir()
    (folder / "exports" / "a.csv").symlink_to("b.csv")
    (folder / "exports" / "b.csv").symlink_to("a.csv")
    code, said = run("check", folder)
    assert code == 1
    assert said.count("not_a_file (expected a readable file; ") == 2


def test_reports_below_a_file_are_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    code, said = run("report", write_programme(tmp_path / "p", TOML), "--out", tmp_path / "file" / "sub")
    assert code != 0
    assert "a file stands where a folder is to be" in said
    assert (tmp_path / "file").read_text(encoding="utf-8") == "x"
