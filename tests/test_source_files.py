"""What a source's pattern finds: exports, not what an editor leaves beside them; a missing file is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from rotation_analysis.errors import ProgrammeRefused
from rotation_analysis.programme_file import read_programme
from rotation_analysis.source_files import find_files
from tests.small_programme import SURVEY, TOML, read_small, replace_once, survey, write_programme

ANSWERED = survey(("2024/06/28 10:00:00", "p1", "3"))
FOLDER = replace_once(SURVEY, ("survey*.csv", "answers/*"))
AWAITED = replace_once(FOLDER, ('name = "self"', 'name = "self"\nawaited = true'))


def test_a_folder_s_files_are_found_in_order_without_what_an_editor_or_a_system_leaves(
    tmp_path: Path,
) -> None:
    for name in ("b.csv", "a.xlsx", ".DS_Store", "~$a.xlsx", ".~lock.a.xlsx#"):
        (tmp_path / name).touch()
    (tmp_path / "old").mkdir()
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
    with pytest.raises(ProgrammeRefused) as caught:
        read_programme(write_programme(tmp_path, TOML + FOLDER))
    (problem,) = caught.value.problems
    assert (problem.column, problem.value) == ("sources[0].files[0]", "answers/*")
    assert problem.next_step == "check the name, remove the source, or say awaited = true"
    programme, reading = read_small(write_programme(tmp_path, TOML + AWAITED))
    assert programme.sources[0].awaited
    assert (reading.account.files, reading.refused) == ((), ())


def test_an_awaited_source_may_not_lie_outside_of_the_folder_either(tmp_path: Path) -> None:
    toml = TOML + replace_once(AWAITED, ("answers/*", "../*"))
    with pytest.raises(ProgrammeRefused, match="a path inside the programme's folder"):
        read_programme(write_programme(tmp_path, toml))
