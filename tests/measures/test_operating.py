"""The level of all home teams in the first and in the last 52 weeks, on literal records."""

from __future__ import annotations

from typing import Any

import pytest

from rotation_analysis.measure_row import Measure
from rotation_analysis.measures.impact.impact import measure_operating
from rotation_analysis.measures.impact.team_outcomes import read_self_resolution
from tests.builders import make_cohorts, make_programme, make_rotation, pick

Row = dict[str, Any]
FIRST, MIDDLE, LAST = "2022-04-01", "2023-06-01", "2025-03-30"
YEARS = ("first_year", "last_year")


def tickets(k: int, n: int, on: str, team: str = "aoi", how: str | None = "sre") -> list[Row]:
    return [{"how": "alone" if i < k else how, "day": on, "team": team} for i in range(n)]


def requests(n: int, on: str, bound: bool | None, team: str = "aoi") -> list[Row]:
    return [
        {"id": f"{on}{bound}{team}{i}", "day": on, "team": team, "permission_bound": bound} for i in range(n)
    ]


def changes(n: int, on: str, author: str | None, area: str | None = "aoi") -> list[Row]:
    return [
        {
            "id": f"{on}{author}{area}{i}",
            "day": on,
            "merged": f"{on}T01:00:00Z",
            "team": author,
            "area_team": area,
        }
        for i in range(n)
    ]


def measure(**tables: Any) -> list[Measure]:
    programme = make_programme(
        make_rotation("p01", "aoi", "2023-01-02", "2023-06-30"), teams=("kiri", "sugi")
    )
    cohorts = make_cohorts(programme, **tables)
    return list(measure_operating(cohorts, read_self_resolution(cohorts)))


def level(rows: list[Measure], name: str, kind: str) -> Measure:
    return pick(rows, f"organisation.{name}", kind=kind)


def test_level_is_that_of_all_home_teams_in_the_first_and_the_last_year() -> None:
    records = [*tickets(2, 10, FIRST), *tickets(6, 10, "2023-03-30", "kiri")]
    records += [*tickets(9, 9, "2023-03-31"), *tickets(9, 9, "2024-03-31", "kiri")]  # between the years
    records += [*tickets(7, 10, "2024-04-01"), *tickets(8, 10, LAST, "kiri"), *tickets(5, 5, LAST, "sre")]
    rows = measure(tickets=records)
    first, last = (level(rows, "self_resolution", kind) for kind in YEARS)
    assert (first.value, first.n, first.missing) == (pytest.approx(0.4), 20, 0)
    assert (last.value, last.n, last.missing) == (pytest.approx(0.75), 20, 0)
    assert last.low < 0.75 < last.high
    assert (last.cohort, last.team, last.counts, last.claims) == (None, None, "records", False)


def test_team_that_tells_in_one_of_the_years_alone_is_left_out_of_both() -> None:
    records = [*tickets(2, 10, FIRST), *tickets(6, 10, FIRST, "kiri"), *tickets(3, 3, FIRST, "sugi")]
    records += [*tickets(7, 10, LAST), *tickets(0, 4, LAST, "kiri", None)]
    rows = measure(tickets=records)
    first, last = (level(rows, "self_resolution", kind) for kind in YEARS)
    assert (first.value, first.n, first.missing) == (pytest.approx(0.2), 10, 13)
    assert (last.value, last.n, last.missing) == (pytest.approx(0.7), 10, 4)


@pytest.mark.parametrize("kind", YEARS)
def test_records_of_less_than_two_years_have_no_two_years(kind: str) -> None:
    records = [*tickets(2, 10, FIRST), *tickets(2, 10, "2024-03-27")]  # a day short of 104 weeks
    assert level(measure(tickets=records), "self_resolution", kind).declined == "UNDER_TWO_YEARS"
    whole = [*records, *tickets(2, 10, "2024-03-28")]
    assert level(measure(tickets=whole), "self_resolution", kind).declined is None


@pytest.mark.parametrize("kind", YEARS)
def test_level_without_records_says_which_are_missing(kind: str) -> None:
    rows = measure()
    assert level(rows, "self_resolution", kind).declined == "NO_TICKETS"
    unlabelled = [*tickets(0, 3, FIRST, how=None), *tickets(0, 3, LAST, how=None)]
    row = level(measure(tickets=unlabelled), "self_resolution", kind)
    assert (row.declined, row.missing) == ("TEAM_NOT_LABELLED", 3)
