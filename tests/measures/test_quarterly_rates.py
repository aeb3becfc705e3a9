"""Quarters of literal tickets and requests, counted by hand."""

from __future__ import annotations

from typing import Any

import pytest

from rotation_analysis.measure_row import Measure
from rotation_analysis.measures.impact.impact import measure_timeline
from rotation_analysis.measures.impact.team_outcomes import read_self_resolution
from tests.builders import make_cohorts, make_programme, make_rotation, pick

Row = dict[str, Any]
STAY = make_rotation("p01", "aoi", "2022-02-07", "2022-08-05")
NEVER = ("kiri", "sugi")
APRIL, JULY = "2022-04-01", "2022-07-01"


def tickets(k: int, n: int, on: str, team: str, how: str | None = "sre") -> list[Row]:
    return [{"how": "alone" if i < k else how, "day": on, "team": team} for i in range(n)]


def requests(
    n: int, on: str, team: str, kind: str | None = "work", *, bound: bool | None = None
) -> list[Row]:
    return [
        {"id": f"{team}{on}{kind}{i}", "day": on, "team": team, "kind": kind, "permission_bound": bound}
        for i in range(n)
    ]


def measure(*, teams: tuple[str, ...] = NEVER, as_of: str = "2022-12-31", **tables: Any) -> list[Measure]:
    programme = make_programme(STAY, teams=teams, as_of=as_of)
    cohorts = make_cohorts(programme, **tables)
    return list(measure_timeline(cohorts, read_self_resolution(cohorts)))


LOG = [
    *requests(30, "2022-04-04", "aoi"),
    *requests(6, "2022-06-30", "aoi", "review"),
    *requests(4, "2022-06-30", "aoi", None),
    *requests(5, "2022-06-30", "aoi", bound=True),
    *requests(62, "2022-05-10", "kiri"),
    *requests(1, "2022-12-28", "sugi"),
]


def test_each_quarter_has_a_share_of_senders_and_of_never_senders() -> None:
    records = [
        *tickets(3, 10, "2022-04-01", "aoi"),
        *tickets(5, 10, "2022-06-30", "aoi"),
        *tickets(9, 10, "2022-07-01", "aoi"),
        *tickets(2, 10, "2022-05-01", "kiri"),
        *tickets(6, 10, "2022-05-01", "sugi"),
    ]
    rows = measure(tickets=records)
    spring = pick(rows, "impact.quarter.self_resolution", kind="sender", label=APRIL)
    assert (spring.value, spring.n, spring.missing) == (pytest.approx(0.4), 20, 0)
    assert (spring.cohort, spring.team, spring.unit, spring.counts) == (None, None, "share", "records")
    assert spring.low < 0.4 < spring.high
    assert pick(rows, "impact.quarter.self_resolution", kind="sender", label=JULY).value == pytest.approx(0.9)
    assert pick(rows, "impact.quarter.self_resolution", kind="never", label=APRIL).value == pytest.approx(0.4)
    none = pick(rows, "impact.quarter.self_resolution", kind="never", label=JULY)
    assert (none.value, none.declined) == (None, "NO_TICKETS")
    assert {row.label for row in rows} == {APRIL, JULY, "2022-10-01"}
    assert not [row for row in rows if row.claims]


def test_team_that_stops_labelling_is_left_out_and_its_tickets_are_missing() -> None:
    records = [
        *tickets(4, 10, "2022-05-01", "kiri"),
        *tickets(8, 8, "2022-05-01", "sugi"),
        *tickets(0, 7, "2022-05-02", "sugi", None),
        *tickets(0, 2, "2022-05-02", "kiri", None),
        *tickets(0, 3, "2022-08-02", "sugi", None),
    ]
    rows = measure(tickets=records)
    row = pick(rows, "impact.quarter.self_resolution", kind="never", label=APRIL)
    assert (row.value, row.n, row.missing) == (pytest.approx(0.4), 10, 2 + 15)
    later = pick(rows, "impact.quarter.self_resolution", kind="never", label=JULY)
    assert (later.value, later.n, later.missing, later.declined) == (None, 0, 3, "TEAM_NOT_LABELLED")


def test_a_team_that_a_member_of_the_host_team_went_to_is_in_neither_group() -> None:
    helper = make_rotation("s1", "sre", "2022-02-07", "2022-08-05", host_team="ume", direction="sre_to_dev")
    programme = make_programme(STAY, helper, teams=(*NEVER, "ume"), as_of="2022-12-31")
    log = [*tickets(2, 5, "2022-04-04", "aoi"), *tickets(5, 50, "2022-04-04", "ume")]
    cohorts = make_cohorts(programme, tickets=log)
    rows = list(measure_timeline(cohorts, read_self_resolution(cohorts)))
    assert pick(rows, "impact.quarter.self_resolution", kind="sender", label=APRIL).n == 5
    assert pick(rows, "impact.quarter.self_resolution", kind="never", label=APRIL).n == 0


def test_without_records_or_without_never_senders_there_are_no_such_rows() -> None:
    assert measure() == []
    assert {row.kind for row in measure(teams=(), requests=LOG)} == {"sender"}
