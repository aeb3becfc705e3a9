"""In which words and on which scale it was asked, from when to when, and in which cohorts."""

from __future__ import annotations

from pathlib import Path

import pytest

from rotation_analysis.measure_row import Measure
from rotation_analysis.measures.skills.surveys import measure_lineage
from rotation_analysis.programme.file import read_programme
from rotation_analysis.programme.questionnaires import read_skill_grid
from rotation_analysis.study import analyse
from tests.publications import read_sample
from tests.small_programme import SURVEY, TOML, replace_once, write_programme
from tests.test_small_reports import END, GRID, RENAMED, START, answer, form


def read_lineage(
    folder: Path, files: dict[str, str | bytes], toml: str
) -> dict[tuple[str, str | None], Measure]:
    """The rows by kind and label."""
    built = analyse(read_programme(write_programme(folder, toml + SURVEY, files)))
    return {(str(row.kind), row.label): row for row in built.rows if row.measure.startswith("lineage.")}


def test_a_renamed_row_is_dated_beside_the_wording_in_use(tmp_path: Path) -> None:
    old = {**GRID, "incident": "インシデント対応", "db": "ＤＢの運用"}
    files: dict[str, str | bytes] = {
        "survey_1.csv": form(answer(START, {}, rest="2"), rows=old),
        "survey_2.csv": form(answer(END, {}, rest="3")),
    }
    rows = read_lineage(tmp_path, files, replace_once(TOML, ("[plan]", RENAMED + "\n[plan]")))
    same = rows["wording_same", "インシデント対応"]
    assert (same.value, same.skill) == (1, "incident")
    assert same.notes[:2] == ("FROM_MONTH:2024-01", "TO_MONTH:2024-01")
    assert rows["wording_current", GRID["incident"]].notes[:2] == ("FROM_MONTH:2024-06", "TO_MONTH:2024-06")
    other = rows["wording_other", "DBの運用"]
    assert (other.value, other.skill, other.notes[-1]) == (1, "db", "IN_COHORTS:1")
    assert rows["wording_current", GRID["db"]].value == 1


def test_a_wording_that_nobody_was_asked_in_has_a_row_of_none(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"survey.csv": form(answer(START, {}, rest="2"))}
    rows = read_lineage(tmp_path, files, replace_once(TOML, ("[plan]", RENAMED + "\n[plan]")))
    unused = rows["wording_same", "インシデント対応"]
    assert (unused.value, unused.notes) == (0, ())


@pytest.mark.parametrize("kind", ["scale_pooled", "scale_apart"])
def test_the_sample_keeps_the_first_cohort_s_four_point_scale_apart(kind: str) -> None:
    sample = read_sample()
    rows = measure_lineage(sample.cohorts, sample.programme.skill_ids)
    (row,) = [row for row in rows if row.kind == kind]
    if kind == "scale_apart":
        assert (row.value, row.wave, row.notes[-1]) == (1, "start", "IN_COHORTS:1")
        assert str(row.label).count(" / ") == 3
    else:
        assert (row.label, row.notes[-1]) == (None, "IN_COHORTS:1–6")
        assert row.value == len({stay.person for stay in sample.programme.rotations})


def test_rows_of_the_lineage_hold_no_answer() -> None:
    sample = read_sample()
    rows = list(measure_lineage(sample.cohorts, [skill.id for skill in read_skill_grid().skills]))
    assert {row.counts for row in rows} == {"records"}
    assert all(row.person is None and row.cohort is None and not row.people for row in rows)
