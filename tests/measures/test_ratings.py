"""Differences between two levels: which points a span joins, and the reason where there is none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import pytest

from rotation_analysis.measures.skills.ratings import (
    AFTERWARDS,
    CONTRASTS,
    DIFFERENCE_COLUMNS,
    GROWTH,
    Point,
    Span,
    list_differences,
    list_due,
)
from tests.builders import make_cohorts, make_programme, make_rotation
from tests.measures.test_skills import Answer, lay_out, level, mentor, then

SPANS = {span.name: span for span in (*GROWTH, *CONTRASTS)}
LEVELS = [
    level("start", "os", 2),
    level("middle", "os", 1),
    level("end", "os", 4),
    then("os", 1),
    mentor("start", "os", 1),
    mentor("middle", "os", 3),
    mentor("end", "os", 5),
]


def differ(responses: Sequence[Answer], name: str, **other: Any) -> pd.DataFrame:
    return list_differences(lay_out(responses, **other), [SPANS[name]], ("os",))


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("skill.growth.now_minus_start", 2),
        ("skill.growth.now_minus_then", 3),
        ("skill.growth.mentor", 4),
        ("skill.shift", -1),
        ("skill.first_half.self", -1),
        ("skill.self_minus_mentor.end", -1),
    ],
)
def test_each_span_is_later_minus_earlier(name: str, change: int) -> None:
    rows = differ(LEVELS, name)
    assert tuple(rows.columns) == DIFFERENCE_COLUMNS
    (row,) = rows.itertuples()
    assert (row.change, row.declined, row.wave) == (change, None, SPANS[name].later.wave)
    assert row.later - row.earlier == row.change


def test_shift_is_what_lies_between_the_two_ways_of_asking() -> None:
    raw, looked_back = (
        differ(LEVELS, f"skill.growth.{arm}")["change"].iloc[0]
        for arm in ("now_minus_start", "now_minus_then")
    )
    assert raw - looked_back == differ(LEVELS, "skill.shift")["change"].iloc[0]


@pytest.mark.parametrize("wave", ["after_3m", "after_6m", "after_12m"])
def test_durability_compares_every_wave_after_the_stay_with_its_end(wave: str) -> None:
    (span,) = [span for span in AFTERWARDS if span.later.wave == wave]
    assert (span.name, span.earlier.wave) == ("skill.durability", "end")
    rows = list_differences(lay_out([level("end", "os", 4), level(wave, "os", 3)]), [span], ("os",))
    assert rows["change"].tolist() == [-1]


def test_a_row_has_a_change_or_a_reason_never_both() -> None:
    answers = [level("start", "os", 2), level("end", "os", None, state="no_chance", scale=None)]
    answers += [level("start", "db", 2), level("end", "db", 2)]
    rows = list_differences(lay_out(answers), SPANS.values(), ("os", "db", "network"))
    assert (rows["change"].notna() ^ rows["declined"].notna()).all()
    assert len(rows) == 3 * len(SPANS)


def test_the_later_reason_is_told_first() -> None:
    answers = [
        level("start", "os", None, state="blank", scale=None),
        level("end", "os", None, state="no_chance", scale=None),
    ]
    assert differ(answers, "skill.growth.now_minus_start")["declined"].tolist() == ["NO_CHANCE"]


def test_two_stays_of_one_person_do_not_mix() -> None:
    first = make_rotation("p01", "aoi", "2022-01-10", "2022-06-30", cohort="1")
    second = make_rotation("p01", "aoi", "2023-01-10", "2023-06-30", cohort="2")
    answers = [level("start", "os", 1), level("end", "os", 2)]
    answers += [{**level("start", "os", 3), "cohort": "2"}, {**level("end", "os", 5), "cohort": "2"}]
    cohorts = make_cohorts(make_programme(first, second), responses=answers)
    rows = list_differences(cohorts, [GROWTH[0]], ("os",))
    assert dict(zip(rows["cohort"], rows["change"], strict=True)) == {"1": 1, "2": 2}


def test_whose_wave_is_over_counts_the_silent_and_not_those_still_to_come() -> None:
    statuses = ("answered", "missing", "cannot_be_asked", "not_yet_due", "not_applicable")
    people = [f"p0{n}" for n in range(1, 6)]
    coverage = [
        (person, "1", "self", "end", None, status, False)
        for person, status in zip(people, statuses, strict=True)
    ]
    cohorts = lay_out([], people=people, coverage=coverage)
    assert list_due(cohorts, Point("self", "end")) == {("p01", "1"), ("p02", "1"), ("p03", "1")}
    assert list_due(cohorts, Point("mentor", "end")) == set()


def test_a_span_knows_whether_the_person_alone_rated_it() -> None:
    alone = [name for name, span in SPANS.items() if "SELF_ONLY" in span.notes_of_one]
    assert alone == [
        "skill.growth.now_minus_start",
        "skill.growth.now_minus_then",
        "skill.shift",
        "skill.first_half.self",
    ]
    assert Span("x", Point("mentor", "end"), Point("self", "end")).notes_of_one == ("N1",)
