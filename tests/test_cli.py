"""Words in, exit codes out: the contract's table, results on standard output, progress on standard error."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from rotation_analysis import cli
from rotation_analysis.build import assembly, planning
from rotation_analysis.build.report import build_reports
from rotation_analysis.starter import inspection
from tests.small_programme import (
    BACKLOG,
    BACKLOG_HEADER,
    TOML,
    backlog_row,
    lines,
    replace_once,
    write_programme,
)

GOOD = lines(BACKLOG_HEADER, backlog_row(), backlog_row("A-2", team="楓"))
KEYLESS = lines(BACKLOG_HEADER, backlog_row(), backlog_row(""))
ROOT = Path(__file__).parents[1]
READ = "reading 0 of 1 file: backlog.csv\nreading 1 of 1 file, 2 records\n"

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """The command line in this process: exit code, standard output, standard error."""

    def run_main(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["rotation-analysis", *map(str, words)])
        with pytest.raises(SystemExit) as ending:
            cli.main()
        captured = capsys.readouterr()
        return int(ending.value.code or 0), captured.out, captured.err

    return run_main


@pytest.fixture
def no_notebooks(monkeypatch: pytest.MonkeyPatch) -> None:
    """A notebook that runs in spite of all is a bug: exit code 70."""

    def run_all(*_: object, **__: object) -> None:
        raise AssertionError("a notebook was run")

    monkeypatch.setattr(assembly, "run_all", run_all)


@pytest.fixture
def small(tmp_path: Path) -> Path:
    return write_programme(tmp_path / "small", TOML + BACKLOG, {"backlog.csv": GOOD})


COMMAND = """\
import signal
from rotation_analysis import cli as progress
from rotation_analysis.cli import main
progress.SECONDS_BETWEEN_LINES = 0  # every step has its line
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in tests that run in the background
main()
"""


def in_own_process(
    *words: object, at_line: str = "", send: int = 0, **environment: str
) -> tuple[int, str, str]:
    """The command line in a process of its own, which gets the signal once `at_line` is on standard error."""
    process = subprocess.Popen(
        [sys.executable, "-c", COMMAND, *map(str, words)],
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    with process:
        assert process.stdout is not None
        assert process.stderr is not None
        before = ""
        while send and at_line not in before:
            line = process.stderr.readline()
            assert line, f"ended without {at_line!r}: {before}"
            before += line
        if send:
            process.send_signal(send)
        out, err = process.communicate(timeout=60)
    return process.returncode, out, before + err


# --- help and wrong usage --------------------------------------------------------------------------------


def test_help_names_every_command(run: Run) -> None:
    code, out, err = run("--help")
    assert (code, err) == (0, "")
    for command in ("inspect", "check", "report"):
        assert f"\n  {command} " in out
        assert run(command, "--help")[0] == 0
    assert "..." not in out.split("Commands:")[1]  # each is told in a sentence that fits


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("report", "SMALL", "--out", "OUT", "--cohrt", "1"), "No such option: --cohrt"),
        (("report", "SMALL", "--out", "OUT", "--as-of", "31.12.2024"), "--as-of"),
        (("report", "SMALL", "--out", "OUT", "--jobs", "0"), "--jobs"),
        (("report", "SMALL"), "--out"),
        (("report",), "PROGRAMME"),
        (("reprot", "SMALL"), "reprot"),
        (("inspect",), "FILE"),
        (("inspect", "SMALL/backlog.csv", "--dates", "ydm"), "'ydm' is none of ymd, dmy, mdy"),
        (("report", "SMALL", "--out", "OUT", "--cohort", "7"), "cohort '7' does not exist; this programme"),
        (("report", "SMALL", "--out", "OUT", "--notebook", "workloads"), 'did you mean "workload"?'),
        (("report", "SMALL", "--out", "OUT", "--language", "fr"), "language 'fr' does not exist"),
        (
            ("report", "SMALL", "--out", "OUT", "--notebook", "programme", "--cohort", "1"),
            "leave out --cohort",
        ),
        (
            ("report", "SMALL", "--out", "OUT", "--cohort", "1", "--previous", "SMALL/backlog.csv"),
            "leave out --previous",
        ),
    ],
)
@pytest.mark.usefixtures("no_notebooks")
def test_wrong_usage_ends_with_2_before_anything_is_read_or_written(
    run: Run, small: Path, tmp_path: Path, words: tuple[str, ...], told: str
) -> None:
    places = {"SMALL": str(small), "OUT": str(tmp_path / "out")}
    code, out, err = run(*(word.replace("SMALL", places["SMALL"]).replace("OUT", places["OUT"])
                           for word in words))  # fmt: skip
    assert (code, out) == (2, "")
    assert told in err
    assert "reading" not in err
    assert "Traceback" not in err
    assert [path.name for path in tmp_path.iterdir()] == ["small"]


# --- a programme that cannot be used ---------------------------------------------------------------------


@pytest.mark.usefixtures("no_notebooks")
def test_a_misspelt_key_is_one_paragraph_with_a_suggestion(run: Run, tmp_path: Path) -> None:
    toml = replace_once(TOML + BACKLOG, ("planned_end", "planed_end"))
    folder = write_programme(tmp_path / "p", toml, {"backlog.csv": GOOD})
    code, out, err = run("report", folder, "--out", tmp_path / "out")
    assert (code, out) == (1, "")
    (line,) = err.splitlines()
    assert line.startswith("error: programme.toml, rotations[0].planed_end: ")
    assert 'did you mean "planned_end"?' in line
    assert not (tmp_path / "out").exists()
    code, out, _ = run("check", folder)
    assert code == 1
    assert 'did you mean "planned_end"?' in out
    assert out.endswith("1 problem\n")


@pytest.mark.parametrize("command", [("check",), ("report", "--out", "OUT")])
@pytest.mark.usefixtures("no_notebooks")
def test_a_programme_that_is_not_there_is_a_users_error(
    run: Run, tmp_path: Path, command: tuple[str, ...]
) -> None:
    words = [word.replace("OUT", str(tmp_path / "out")) for word in command]
    code, out, err = run(words[0], tmp_path / "nowhere", *words[1:])
    assert code == 1
    assert "programme.toml" in out + err
    assert "Traceback" not in err
    assert not list(tmp_path.iterdir())


@pytest.mark.usefixtures("no_notebooks")
def test_a_refused_file_stops_the_reports_and_is_named_by_check(run: Run, tmp_path: Path) -> None:
    folder = write_programme(tmp_path / "p", TOML + BACKLOG, {"backlog.csv": "何か,他\n1,2\n"})
    code, out, err = run("report", folder, "--out", tmp_path / "out")
    assert (code, out) == (1, "")
    assert "error: backlog.csv, row 1: no_profile" in err
    assert not (tmp_path / "out").exists()
    code, out, _ = run("check", folder)
    assert code == 1
    assert "problem: backlog.csv, row 1: no_profile" in out


# --- check and inspect -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("content", "expected"), [(GOOD, 0), (KEYLESS, 1)])
def test_check_ends_with_1_where_a_record_is_refused(
    run: Run, tmp_path: Path, content: str, expected: int
) -> None:
    folder = write_programme(tmp_path / "p", TOML + BACKLOG, {"backlog.csv": content})
    code, out, err = run("check", folder)
    assert code == expected
    account, _, missing = out.partition("still missing, first things first:\n")
    sums = f"1 files, 2 read = {2 - expected} used + 0 set aside + {expected} refused"
    assert account.splitlines()[-1] == sums
    assert missing.splitlines()
    assert err == READ
    assert {path.name for path in folder.iterdir()} == {"programme.toml", "backlog.csv"}


def test_check_takes_the_file_as_well_as_its_folder(run: Run, small: Path) -> None:
    assert run("check", small / "programme.toml") == run("check", small)


def test_json_alone_is_on_standard_output(run: Run, tmp_path: Path) -> None:
    folder = write_programme(tmp_path / "p", TOML + BACKLOG, {"backlog.csv": KEYLESS})
    code, out, err = run("check", folder, "--json")
    content = json.loads(out)
    assert code == 1
    assert set(content) == {"files", "rows", "gaps", "problems", "still_missing"}
    (row,) = content["rows"]
    assert (row["row"], row["outcome"], row["reason"]) == (3, "refused", "missing_key")
    assert row["value"] == ""
    assert row["next"]
    assert err == READ


def test_inspect_reads_without_a_programme_and_ends_with_1_for_a_file_it_does_not_know(
    run: Run, small: Path
) -> None:
    code, out, err = run("inspect", small / "backlog.csv")
    assert (code, err) == (0, "")
    assert out.startswith("backlog.csv: backlog_csv, utf-8\n")
    code, out, err = run("inspect", small / "backlog.csv", small / "programme.toml", "--json")
    known, unknown = json.loads(out)
    assert (code, err) == (1, "")
    assert known["profile"] == "backlog_csv"
    assert unknown["refused_file"]["reason"] == "no_profile"


# --- report ----------------------------------------------------------------------------------------------


def test_ctrl_c_ends_with_130_and_leaves_the_last_good_reports(small: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    built = build_reports(
        small, out, selection=planning.Selection(notebooks=("workload",), languages=("ja",))
    )
    assert not built.missing
    good = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    code, shown, err = in_own_process(
        "report", small, "--out", out, "--jobs", 1, at_line="reports 3 of 22", send=signal.SIGINT
    )
    assert (code, shown) == (130, "")
    assert err.endswith("stopped; nothing was replaced\n")
    assert "Traceback" not in err
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == good
    assert {path.name for path in tmp_path.iterdir()} == {"small", "out"}


def test_a_bug_is_a_traceback_with_where_to_report_it(
    run: Run, small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("planted")

    monkeypatch.setattr(inspection, "check_programme", fail)
    code, out, err = run("check", small)
    assert (code, out) == (70, "")
    assert "Traceback" in err
    assert "ZeroDivisionError: planted" in err
    assert err.endswith(cli.REPORT_BUGS + "\n")


def test_output_into_a_code_page_without_japanese_goes_on(tmp_path: Path) -> None:
    folder = write_programme(tmp_path / "p", TOML + BACKLOG, {"backlog_課題.csv": KEYLESS})
    code, out, err = in_own_process("check", folder, PYTHONIOENCODING="ascii")
    assert code == 1
    assert out.startswith(r"backlog_\u8ab2\u984c.csv: backlog_csv")
    assert err == READ.replace("backlog", r"backlog_\u8ab2\u984c")
    code, out, _ = in_own_process("check", folder, "--json", PYTHONIOENCODING="ascii")
    assert json.loads(out)["files"][0]["file"] == "backlog_課題.csv"


def test_help_is_shown_without_the_heavy_libraries() -> None:
    code = (
        "import sys; from rotation_analysis import cli; from typer.testing import CliRunner\n"
        "assert CliRunner().invoke(cli.app, ['--help']).exit_code == 0\n"
        "print(sorted({'pandas', 'plotly', 'scipy', 'papermill'} & set(sys.modules)))"
    )
    shown = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert shown.stdout == "[]\n"
