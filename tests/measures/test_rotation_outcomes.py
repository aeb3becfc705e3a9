"""Where stays ended on literal rosters: competing outcomes, so every stay has exactly one place."""

from __future__ import annotations

from itertools import product

import pytest

from rotation_analysis.measure_row import Measure
from rotation_analysis.measures.parties.organisation import AT_END, ENDINGS, measure_destinations
from rotation_analysis.programme.model import Rotation
from tests.builders import day, make_cohorts, make_programme, make_rotation, pick

AS_OF = "2025-03-31"
SPAN = ("2024-01-08", "2024-06-28")


def measure(*stays: Rotation, as_of: str = AS_OF) -> list[Measure]:
    return list(measure_destinations(make_cohorts(make_programme(*stays, as_of=as_of))))


def counts(rows: list[Measure], name: str) -> dict[str | None, float]:
    """The kinds of a measure that occur, with their counts."""
    return {row.kind: row.value for row in rows if row.measure == name and row.value}


def stay(person: str = "p1", team: str = "aoi", *span: str, **other: object) -> Rotation:
    return make_rotation(person, team, *(span or SPAN), **other)


CASES = {
    "returned": (stay(), "returned"),
    "stayed in the host team": (stay(now="host"), "stayed"),
    "moved elsewhere": (stay(now="elsewhere"), "moved"),
    "moved elsewhere on the day after": (
        stay(now="elsewhere", now_since=day("2024-06-29")),
        "moved",
    ),
    "left at the end": (stay(now="left", now_since=day("2024-06-28")), "left_at_end"),
    "left before the planned end": (
        stay(planned_end=day("2024-09-30"), ending="early", now="left", now_since=day("2024-06-20")),
        "left_at_end",
    ),
    "returned and left within half a year": (
        stay(now="left", now_since=day("2024-12-27")),
        "returned",
    ),
    "returned and left after half a year": (
        stay(now="left", now_since=day("2024-12-28")),
        "returned",
    ),
    "returned and moved within half a year": (
        stay(now="elsewhere", now_since=day("2024-09-01")),
        "returned",
    ),
    "running": (make_rotation("p1", "aoi", "2024-10-07"), "running"),
    "an end yet to come": (stay("p1", "aoi", "2024-10-07", "2025-06-30"), "running"),
    "over for less than half a year": (stay("p1", "aoi", "2024-07-01", "2024-12-27"), "returned"),
    "part-time": (stay(share=0.4), "returned"),
    "a member of the host team": (
        stay("p1", "sre", direction="sre_to_dev", host_team="aoi"),
        "returned",
    ),
    "a member of the host team who stayed there": (
        stay("p1", "sre", direction="sre_to_dev", host_team="aoi", now="host"),
        "stayed",
    ),
}


@pytest.mark.parametrize(("one", "at_end"), CASES.values(), ids=CASES)
def test_a_stay_has_one_place_at_its_end(one: Rotation, at_end: str) -> None:
    assert counts(measure(one), "programme.destination") == {at_end: 1.0}


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("programme.destination", AT_END),
        ("programme.ending", ENDINGS),
    ],
)
def test_every_kind_has_a_row_and_they_add_up_to_n(name: str, kinds: tuple[str, ...]) -> None:
    roster = [
        stay(f"p{number}", f"t{number}", start, end, now=now, now_since=day(since))
        for number, ((start, end), now, since) in enumerate(
            product(
                [SPAN, ("2024-07-01", "2024-12-27")],
                ["home", "host", "elsewhere", "left"],
                ["2024-12-28", "2025-01-15"],
            )
        )
    ]
    rows = [row for row in measure(*roster, make_rotation("p99", "aoi", "2025-01-06")) if row.measure == name]
    assert tuple(row.kind for row in rows) == kinds
    n = {row.n for row in rows}
    assert {sum(row.value or 0 for row in rows)} == n
    assert {row.n + row.missing for row in rows if row.n is not None and row.missing is not None} == {17}


def test_endings_are_as_planned_extended_early_or_running() -> None:
    rows = measure(
        stay("p1"),
        stay("p2", planned_end=day("2024-03-29"), ending="extended"),
        stay("p3", planned_end=day("2024-09-30"), ending="early"),
        make_rotation("p4", "aoi", "2024-10-07"),
        stay("p5", "aoi", "2024-10-07", "2025-06-30"),
    )
    expected = {"as_planned": 1.0, "extended": 1.0, "early": 1.0, "running": 2.0}
    assert counts(rows, "programme.ending") == expected


def test_a_stay_that_has_not_begun_is_missing() -> None:
    rows = measure(stay(), make_rotation("p2", "kaede", "2025-04-07"))
    row = pick(rows, "programme.destination", kind="returned")
    assert (row.n, row.missing, row.value) == (1, 1, 1.0)
    assert pick(rows, "programme.practising").n == 1


def test_without_a_stay_that_has_begun_nothing_is_counted() -> None:
    rows = measure(make_rotation("p1", "aoi", "2025-04-07"))
    assert {row.declined for row in rows} == {"NO_STAY_YET", "NOBODY_BACK"}
    assert {row.value for row in rows} == {None}


def test_who_left_later_is_told_of_those_who_returned() -> None:
    rows = measure(
        stay("p1"),
        stay("p2", now="left", now_since=day("2025-01-10")),
        stay("p3", now="left", now_since=day("2025-05-10")),  # after the day of the data
        stay("p4", now="elsewhere", now_since=day("2025-01-10")),
        stay("p5", now="left", now_since=day("2024-06-28")),
    )
    left = pick(rows, "programme.left_later")
    assert (left.value, left.n) == (1.0, 4)


def teams(*stays: Rotation) -> tuple[object, ...]:
    """(practising, sending, with one graduate, of so many)."""
    rows = measure(*stays)
    practising, one = pick(rows, "programme.practising"), pick(rows, "programme.depends_on_one")
    return practising.value, practising.n, one.value, one.n


def test_two_graduates_at_home_are_no_dependence_on_one() -> None:
    both = [stay("p1"), stay("p2")]
    assert teams(*both, stay("p3", "kaede")) == (2.0, 2, 1.0, 2)


def test_a_graduate_who_is_gone_practises_no_longer() -> None:
    gone = stay("p2", now="left", now_since=day("2025-01-10"))
    assert teams(stay("p1"), gone) == (1.0, 1, 1.0, 1)
    assert teams(stay("p1"), stay("p2", "kaede", now="elsewhere", now_since=day("2025-01-10")))[:2] == (
        1.0,
        2,
    )


def test_a_graduate_who_is_away_a_second_time_is_not_at_home() -> None:
    again = make_rotation("p1", "aoi", "2025-01-06", cohort="2")
    assert teams(stay("p1"), stay("p2", "kaede"), again) == (1.0, 2, 1.0, 1)


def test_a_person_who_went_twice_is_one_graduate() -> None:
    again = stay("p1", "aoi", "2024-07-01", "2024-12-27", cohort="2")
    assert teams(stay("p1"), again) == (1.0, 1, 1.0, 1)


def test_without_a_graduate_at_home_no_team_depends_on_one() -> None:
    rows = measure(stay(now="host"))
    assert pick(rows, "programme.practising").value == 0
    assert pick(rows, "programme.depends_on_one").declined == "NO_GRADUATE_AT_HOME"


def test_a_member_of_the_host_team_is_no_graduate_of_a_home_team() -> None:
    other = stay("p2", "sre", direction="sre_to_dev", host_team="aoi")
    assert teams(stay("p1"), other) == (1.0, 1, 1.0, 1)
    rows = measure(other)
    assert pick(rows, "programme.practising").declined == "OTHER_DIRECTION"
    assert pick(rows, "programme.depends_on_one").declined == "OTHER_DIRECTION"
    assert counts(rows, "programme.destination") == {"returned": 1.0}


def test_every_row_is_of_the_programme_and_counts_the_roster() -> None:
    rows = measure(stay(), stay("p2", "kaede", now="host"))
    assert {(row.cohort, row.person, row.team, row.counts, row.people) for row in rows} == {
        (None, None, None, "records", ())
    }
