"""The walk that ARCHITECTURE.md tells is the one a record takes; what CONTRIBUTING.md opens is there."""

from __future__ import annotations

import re
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from rotation_analysis.programme.file import read_programme
from rotation_analysis.reading.exports import read_export
from rotation_analysis.study import analyse
from tests.small_programme import BACKLOG, BACKLOG_HEADER, TOML, backlog_row, lines, write_programme

ROOT = Path(__file__).parents[1]
WALK = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8").split("## The path of one record")[1]
MAKES_A_PAGE = "build.making.make_report"


def list_calls() -> list[Any]:
    """The functions of the walk in the order told; the second of two in a cell is of the same module."""
    found = []
    for cell in re.findall(r"^\| (`.*?) \|", WALK.split("## Phases")[0], re.M):
        first, *more = re.findall(r"`([\w.]+)`", cell)
        module = first.rpartition(".")[0]
        found += [first, *(f"{module}.{name}" for name in more)]
    assert 0 < len(found) <= 12
    assert found[-1] == MAKES_A_PAGE
    return [find(name) for name in found]


def find(name: str) -> Any:
    """`reports.kit.Report.open`, `study.analyse`: what a dotted name below the package names."""
    parts = name.split(".")
    for end in range(len(parts) - 1, 0, -1):
        try:
            value = import_module("rotation_analysis." + ".".join(parts[:end]))
        except ModuleNotFoundError:
            continue
        for part in parts[end:]:
            value = getattr(value, part)
        return value
    raise AssertionError(name)


def test_a_record_goes_the_way_that_is_told(tmp_path: Path) -> None:
    calls = list_calls()
    wanted = {function.__code__: function for function in calls}
    seen: dict[Any, str] = {}  # with the name of the function that called it first

    def note(frame: Any, event: str, _: object) -> None:
        if event == "call" and frame.f_code in wanted and wanted[frame.f_code] not in seen:
            caller = frame.f_back
            while caller.f_code.co_name.startswith("<"):  # a comprehension
                caller = caller.f_back
            seen[wanted[frame.f_code]] = caller.f_code.co_name

    toml = TOML.replace("[plan]", f"{BACKLOG}[plan]")
    folder = write_programme(tmp_path, toml, {"backlog.csv": lines(BACKLOG_HEADER, backlog_row("A-1"))})
    programme = read_programme(folder)
    sys.setprofile(note)
    try:
        analyse(programme).publish("owner", cohort="1").report("workload").show()
    finally:
        sys.setprofile(None)
    assert [f.__qualname__ for f in seen] == [f.__qualname__ for f in calls[:-1]]
    called = [function.__name__ for function, caller in seen.items() if caller == read_export.__name__]
    assert called == ["open_file", "arrange", "read_fields", "judge_records"]


def test_what_is_to_be_opened_is_there() -> None:
    told = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").split("## What is kept")[0]
    paths = re.findall(r"`([\w.]+/[\w/.]*)`", told)
    assert len(paths) > 12
    for path in paths:
        path = path.replace("LANGUAGE/REPORT", "en/workload")
        assert any((folder / path).exists() for folder in (ROOT, ROOT / "rotation_analysis")), path


def test_what_is_to_be_run_picks_tests_that_are_there() -> None:
    told = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    files = [path.relative_to(ROOT).as_posix() for path in (ROOT / "tests").rglob("test_*.py")]
    picks = re.findall(r'pytest tests -k ("[^"]+"|\w+)', told)
    assert len(picks) > 5
    for word in (word for pick in picks for word in pick.strip('"').split(" or ")):
        assert any(word in file for file in files), word
    for path in re.findall(r"pytest (tests/[\w/.]+)", told):
        assert (ROOT / path).exists(), path
