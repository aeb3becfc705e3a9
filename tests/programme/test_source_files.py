"""What a source's pattern finds: exports, not what an editor leaves beside them; a missing file is told."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from xlsxwriter import Workbook

from rotation_analysis.errors import ProgrammeError
from rotation_analysis.programme.file import read_programme
from rotation_analysis.programme.model import find_files
from tests.small_programme import SURVEY, TOML, read_small, replace_once, survey, write_programme

ANSWERED = survey(("2024/06/28 10:00:00", "p1", "3"))
FOLDER = replace_once(SURVEY, ("survey*.csv", "answers/*"))
AWAITED = replace_once(FOLDER, ('name = "self"', 'name = "self"\nawaited = true'))


def test_a_folder_s_files_are_found_in_order_without_what_an_editor_or_a_system_leaves(
    tmp_path: Path,
) -> None:
    for name in ("b.csv", "a.xlsx", ".DS_Store", "~$a.xlsx", ".~lock.a.xlsx#"):
        (tmp_path / name).touch()
    assert [path.name for path in find_files(tmp_path, "*")] == ["a.xlsx", "b.csv"]
    assert [path.name for path in find_files(tmp_path, "b*")] == ["b.csv"]


@pytest.mark.parametrize("pattern", ["", "nothing*", "a**b/**c", "x" * 5_000])
def test_a_pattern_that_means_nothing_finds_nothing(tmp_path: Path, pattern: str) -> None:
    assert find_files(tmp_path, pattern) == []


def test_a_file_that_an_editor_left_is_no_export(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"answers/a.csv": ANSWERED, "answers/.DS_Store": b"\0\0\0"}
    _, reading = read_small(write_programme(tmp_path, TOML + FOLDER, files))
    assert [file.file for file in reading.account.files] == ["answers/a.csv"]
    assert reading.refused == ()


def test_a_source_without_a_file_is_a_problem_unless_it_is_awaited(tmp_path: Path) -> None:
    with pytest.raises(ProgrammeError) as caught:
        read_programme(write_programme(tmp_path, TOML + FOLDER))
    (problem,) = caught.value.problems
    assert (problem.column, problem.value) == ("sources[0].files[0]", "answers/*")
    assert problem.next_step == "check the name, remove the source, or say awaited = true"
    programme, reading = read_small(write_programme(tmp_path, TOML + AWAITED))
    assert programme.sources[0].awaited
    assert (reading.account.files, reading.refused) == ((), ())


def test_an_awaited_source_may_not_lie_outside_of_the_folder_either(tmp_path: Path) -> None:
    toml = TOML + replace_once(AWAITED, ("answers/*", "../*"))
    with pytest.raises(ProgrammeError, match="a path inside the programme's folder"):
        read_programme(write_programme(tmp_path, toml))


def test_a_header_alone_is_no_record_of_an_awaited_source_and_a_refusal_of_another(tmp_path: Path) -> None:
    header: dict[str, str | bytes] = {"answers/a.csv": survey()}
    _, reading = read_small(write_programme(tmp_path / "awaited", TOML + AWAITED, header))
    assert [(sums["file"], sums["read"]) for sums in reading.account.sums()] == [("answers/a.csv", 0)]
    assert reading.refused == ()
    _, reading = read_small(write_programme(tmp_path / "other", TOML + FOLDER, header))
    assert [problem.reason for problem in reading.refused] == ["empty_file"]


@pytest.mark.parametrize("content", [b"", b"\r\n"])
def test_an_awaited_file_without_even_a_header_is_refused(tmp_path: Path, content: bytes) -> None:
    _, reading = read_small(write_programme(tmp_path, TOML + AWAITED, {"answers/a.csv": content}))
    assert [problem.reason for problem in reading.refused] == ["empty_file"]


def test_an_owner_s_sheet_may_be_a_header_alone(tmp_path: Path) -> None:
    toml = TOML + '\n[sheets]\nevents = "events.csv"\nleave = "leave.xlsx"\n'
    files: dict[str, str | bytes] = {"events.csv": "date,ja,en\n", "leave.xlsx": write_header()}
    programme, reading = read_small(write_programme(tmp_path, toml, files))
    assert (programme.events, programme.leave) == ((), ())
    assert [(sums["file"], sums["read"]) for sums in reading.account.sums()] == [
        ("events.csv", 0),
        ("leave.xlsx", 0),
    ]


def write_header() -> bytes:
    """A workbook with nothing but the header of the sheet of leave."""
    content = io.BytesIO()
    with Workbook(content) as workbook:
        workbook.add_worksheet().write_row(0, 0, ["person", "first", "last"])
    return content.getvalue()
