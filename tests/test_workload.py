"""The incident path and what a stay costs on literal frames, counted by hand.

Without holidays the stay of p01 (2023-01-02, a Monday, to 2023-06-30, a Friday) has 26 working weeks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rotation_analysis.cohort import Cohorts
from rotation_analysis.measures import Measure
from rotation_analysis.programme import Calendar, Rotation
from rotation_analysis.tables import STEPS
from rotation_analysis.workload import measure_workload
from tests.builders import make_cohorts, make_programme, make_rotation, pick

Row = dict[str, Any]
START, END = "2023-01-02", "2023-06-30"
STAY = make_rotation("p01", "aoi", START, END)


def incident(id_: str, on: str, team: str | None) -> Row:
    return {"id": id_, "day": on, "team": team, "shared": team is None}


def took_part(incident: str, on: str, step: str | None, person: str = "p01") -> Row:
    return {"incident": incident, "day": on, "step": step, "person": person, "name": person}


def lay_out(
    *stays: Rotation,
    teams: Sequence[str] = (),
    calendar: Calendar = Calendar(country=""),  # noqa: B008
    as_of: str = "2025-03-31",
    **tables: Sequence[Row],
) -> Cohorts:
    programme = make_programme(*(stays or (STAY,)), teams=teams, calendar=calendar, as_of=as_of)
    cohorts = make_cohorts(programme, **tables)
    # who took part has no team of its own: it is the incident's
    participation = cohorts.tables["participation"].drop(columns=["team", "shared"])
    return replace(cohorts, tables={**cohorts.tables, "participation": participation})


def measure(*stays: Rotation, **other: Any) -> list[Measure]:
    return measure_workload(lay_out(*stays, **other))


# --- incidents ------------------------------------------------------------------------------------------

INCIDENTS = [
    incident("1", "2023-01-02", "aoi"),
    incident("2", "2023-01-29", "kiri"),
    incident("3", "2023-01-30", None),
    incident("4", "2023-06-30", "kiri"),
    incident("5", "2023-07-01", "aoi"),
    incident("6", "2023-07-20", "kiri"),
    incident("7", "2023-09-01", None),
    incident("8", "2023-12-29", "aoi"),
    incident("9", "2023-12-30", "aoi"),
]
ATTENDED = [
    took_part("1", "2023-01-02", "observer"),
    took_part("2", "2023-01-29", None),
    took_part("3", "2023-01-30", "lead", person="p02"),
    took_part("4", "2023-06-30", "helper"),
    took_part("5", "2023-07-01", "responder"),
    took_part("6", "2023-07-20", "lead"),  # another team's service: no chance, no contribution
    took_part("9", "2023-12-30", "lead"),  # later than weeks 9 to 26
]


def path(measures: Sequence[Measure], phase: str, person: str = "p01") -> dict[str | None, float | None]:
    """Step → how often, of the steps that occur."""
    rows = [
        m for m in measures if (m.measure, m.phase, m.person) == ("incident.participation", phase, person)
    ]
    assert [m.kind for m in rows] == [*STEPS, "step_unknown"]
    return {m.kind: m.value for m in rows if m.value != 0}


@pytest.mark.parametrize(
    ("phase", "chances", "steps"),
    [
        ("month_1", 2, {"observer": 1, "step_unknown": 1}),
        ("months_2_3", 1, {}),
        ("months_4_end", 1, {"helper": 1}),
        ("ramp", 1, {"responder": 1}),
        ("settled", 1, {}),
    ],
)
def test_a_path_has_all_incidents_during_the_stay_and_the_own_team_s_after_it(
    phase: str, chances: int, steps: dict[str, int]
) -> None:
    measures = measure(incidents=INCIDENTS, participation=ATTENDED, teams=["kiri"])
    row = pick(measures, "incident.chances", phase=phase)
    assert (row.value, row.n, row.missing, row.declined) == (chances, chances, 0, None)
    assert path(measures, phase) == steps


def test_the_path_ends_with_the_settled_weeks() -> None:
    rows = [m for m in measure(incidents=INCIDENTS) if m.measure == "incident.chances"]
    assert [m.phase for m in rows] == ["month_1", "months_2_3", "months_4_end", "ramp", "settled"]


def test_rows_of_a_path_say_whose_they_are_how_many_and_which_step_is_unknown() -> None:
    rows = [
        m
        for m in measure(incidents=INCIDENTS, participation=ATTENDED)
        if m.measure == "incident.participation" and m.phase == "month_1"
    ]
    assert {(m.n, m.missing, m.unit, m.counts) for m in rows} == {(2, 1, "incidents", "records")}
    assert {(m.person, m.people, m.consent, m.cohort) for m in rows} == {("p01", ("p01",), "incidents", "1")}


def test_without_incidents_in_the_period_there_is_no_path_and_no_zero() -> None:
    rows = [m for m in measure() if m.measure.startswith("incident.")]
    assert len(rows) == 5 * 6
    assert {(m.value, m.declined, m.notes) for m in rows} == {
        (None, "NO_INCIDENT_RECORDS", ("NO_INCIDENT_RECORDS",))
    }


def test_without_any_record_of_who_took_part_nobody_is_said_to_have_stayed_away() -> None:
    measures = measure(incidents=INCIDENTS)
    assert pick(measures, "incident.chances", phase="month_1").value == 2
    assert set(path(measures, "month_1").values()) == {None}
    row = pick(measures, "incident.participation", phase="month_1", kind="lead")
    assert (row.declined, row.notes) == ("NO_INCIDENT_RECORDS", ("NO_INCIDENT_RECORDS",))


@pytest.mark.parametrize(("last", "notes"), [("2023-05-30", ()), ("2023-05-29", ("RECORDS_END_EARLIER",))])
def test_records_that_end_a_month_before_the_phase_are_told(last: str, notes: tuple[str, ...]) -> None:
    seen = [incident("1", "2023-04-10", "aoi"), incident("2", last, "aoi")]
    row = pick(
        measure(incidents=seen, participation=[took_part("1", "2023-04-10", "lead")]),
        "incident.chances",
        phase="months_4_end",
    )
    assert (row.value, row.notes) == (2, notes)


def test_after_each_of_two_stays_the_own_team_is_the_one_they_came_from() -> None:
    again = make_rotation("p01", "kaede", "2024-01-08", "2024-06-28", cohort="2")
    happened = [incident("1", "2023-07-10", "aoi"), incident("2", "2024-07-10", "kaede")]
    attended = [took_part("1", "2023-07-10", "lead"), took_part("2", "2024-07-10", "helper")]
    measures = measure(STAY, again, incidents=happened, participation=attended)
    for cohort, step in (("1", "lead"), ("2", "helper")):
        assert pick(measures, "incident.chances", cohort=cohort, phase="ramp").value == 1
        row = pick(measures, "incident.participation", cohort=cohort, phase="ramp", kind=step)
        assert row.value == 1


# --- what a stay costs ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stay", "weeks"),
    [
        (STAY, 26),
        (make_rotation("p01", "aoi", START, END, share=0.5), 13),
        (make_rotation("p01", "aoi", "2025-03-03"), 4.2),  # runs: to as_of, Monday 31 March
        (make_rotation("p01", "aoi", "2025-05-01"), 0),
    ],
)
def test_a_stay_costs_its_working_weeks_by_its_share(stay: Rotation, weeks: float) -> None:
    row = pick(measure(stay), "cost.person_weeks_away")
    assert (row.value, row.n, row.missing) == (pytest.approx(weeks), 1, 0)
    assert (row.person, row.people, row.team, row.unit) == ("p01", ("p01",), "aoi", "person_weeks")


# --- invariants -----------------------------------------------------------------------------------------


@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_the_order_of_rows_changes_nothing(data: st.DataObject) -> None:
    tables = {"incidents": INCIDENTS, "participation": ATTENDED}
    shuffled = {name: data.draw(st.permutations(rows)) for name, rows in tables.items()}
    assert measure(teams=["kiri"], **shuffled) == measure(teams=["kiri"], **tables)
