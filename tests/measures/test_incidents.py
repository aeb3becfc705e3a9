"""The incident path on literal frames, counted by hand: chances, steps, shared resources apart, commanders
made by the tool, weeks to the first responder step, and what a tool cannot tell.

The stay of p01 begins on 2023-01-02, a Monday, and ends on 2023-06-30; week n begins 7·(n − 1) days later.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rotation_analysis.cohorts.cohort import Cohorts
from rotation_analysis.measure_row import Measure
from rotation_analysis.measures.workload.incidents import PATH_KINDS, measure_incidents, measure_interruptions
from rotation_analysis.programme.model import Incidents, Leave, Person, Programme, Rotation
from rotation_analysis.reading.account import FileAccount
from tests.builders import day, make_cohorts, make_programme, make_rotation, pick
from tests.small_programme import TOML
from tests.small_programme import lay_out as read_and_lay_out

Row = dict[str, Any]
START, END = "2023-01-02", "2023-06-30"
STAY = make_rotation("p01", "aoi", START, END)
CHANCES, PART, FIRST, LONE = (
    "incident.chances", "incident.participation", "incident.weeks_to_responder", "incident.lone_commander",
)  # fmt: skip


def incident(id_: str, on: str, team: str | None = "kiri", **other: Any) -> Row:
    """An incident of a team's service, or without a team of a shared resource."""
    return {"id": id_, "day": on, "team": team, "shared": team is None, **other}


def took_part(incident: str, on: str, step: str | None, person: str = "p01", **other: Any) -> Row:
    return {"incident": incident, "day": on, "step": step, "person": person, "name": person, **other}


def lay_out(
    *stays: Rotation,
    as_of: str = "2025-03-31",
    services: Sequence[str] = ("db",),
    teams: Sequence[str] = (),
    **tables: Sequence[Row],
) -> Cohorts:
    shared = Incidents(shared_services=tuple(services))
    programme = make_programme(*(stays or (STAY,)), teams=teams, as_of=as_of, incidents=shared)
    cohorts = make_cohorts(programme, **tables)
    # who took part has no team of its own: it is the incident's
    participation = cohorts.tables["participation"].drop(columns=["team", "shared"])
    return replace(cohorts, tables={**cohorts.tables, "participation": participation})


def measure(*stays: Rotation, **other: Any) -> list[Measure]:
    return list(measure_incidents(lay_out(*stays, **other)))


def path(
    measures: Sequence[Measure], phase: str, person: str = "p01", suffix: str = ""
) -> dict[str | None, float | None]:
    """Step → how often, of the steps that occur."""
    rows = [m for m in measures if (m.measure, m.phase, m.person) == (PART + suffix, phase, person)]
    assert [m.kind for m in rows] == list(PATH_KINDS)
    return {m.kind: m.value for m in rows if m.value != 0}


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
    took_part("3", "2023-01-30", "helper", person="p03"),
    took_part("4", "2023-06-30", "helper"),
    took_part("5", "2023-07-01", "responder"),
    took_part("6", "2023-07-20", "lead"),  # another team's service: no chance, no contribution
    took_part("9", "2023-12-30", "lead"),  # later than weeks 9 to 26
]


# --- the path -------------------------------------------------------------------------------------------


def test_a_part_in_an_incident_is_none_in_another_of_the_same_id() -> None:
    twins = [
        incident("1", "2023-02-10", people_told=False),
        incident("1", "2023-04-10", people_told=False),
    ]
    measures = measure(incidents=twins, participation=[took_part("1", "2023-02-10", "lead")])
    for phase, missing in (("months_2_3", 0), ("months_4_end", 1)):
        row = pick(measures, CHANCES, phase=phase, person="p01")
        assert (row.phase, row.missing) == (phase, missing)


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
    row = pick(measures, CHANCES, phase=phase)
    assert (row.value, row.n, row.missing, row.declined) == (chances, chances, 0, None)
    assert path(measures, phase) == steps


def test_the_path_ends_with_the_settled_weeks() -> None:
    rows = [m for m in measure(incidents=INCIDENTS) if m.measure == CHANCES]
    assert [m.phase for m in rows] == ["month_1", "months_2_3", "months_4_end", "ramp", "settled"]


def test_rows_of_a_path_say_whose_they_are_how_many_and_which_step_is_unknown() -> None:
    measures = measure(incidents=INCIDENTS, participation=ATTENDED)
    rows = [m for m in measures if m.measure == PART and m.phase == "month_1"]
    assert {(m.n, m.missing, m.unit, m.counts) for m in rows} == {(2, 1, "incidents", "records")}
    assert {(m.person, m.people, m.consent, m.cohort) for m in rows} == {("p01", ("p01",), "incidents", "1")}


def test_without_incidents_in_the_period_there_is_no_path_and_no_zero() -> None:
    rows = [m for m in measure() if m.measure.startswith("incident.")]
    paths = [m for m in rows if m.measure in (CHANCES, PART)]
    assert len(paths) == 5 * (1 + len(PATH_KINDS))
    assert {(m.value, m.declined, m.notes) for m in rows} == {
        (None, "NO_INCIDENT_RECORDS", ("NO_INCIDENT_RECORDS",))
    }


def test_without_any_record_of_who_took_part_nobody_is_said_to_have_stayed_away() -> None:
    measures = measure(incidents=INCIDENTS)
    row = pick(measures, CHANCES, phase="month_1")
    assert (row.value, row.n, row.missing, row.declined) == (0, 0, 2, None)  # of none it is known
    assert set(path(measures, "month_1").values()) == {None}
    assert pick(measures, PART, phase="month_1", kind="lead").declined == "PARTICIPATION_UNKNOWN"


def test_where_of_some_incidents_it_is_told_what_is_told_counts() -> None:
    happened = [incident("1", START), incident("2", START, people_told=False)]
    measures = measure(incidents=happened, participation=[took_part("1", START, "helper")])
    row = pick(measures, CHANCES, phase="month_1")
    assert (row.value, row.missing) == (1, 1)
    assert path(measures, "month_1") == {"helper": 1}


@pytest.mark.parametrize(("last", "notes"), [("2023-05-30", ()), ("2023-05-29", ("RECORDS_END_EARLIER",))])
def test_records_that_end_a_month_before_the_phase_are_told(last: str, notes: tuple[str, ...]) -> None:
    seen = [incident("1", "2023-04-10"), incident("2", last)]
    measures = measure(incidents=seen, participation=[took_part("1", "2023-04-10", "helper")])
    row = pick(measures, CHANCES, phase="months_4_end")
    assert (row.value, row.notes) == (2, notes)


def test_after_each_of_two_stays_the_own_team_is_the_one_they_came_from() -> None:
    again = make_rotation("p01", "kaede", "2024-01-08", "2024-06-28", cohort="2")
    happened = [incident("1", "2023-07-10", "aoi"), incident("2", "2024-07-10", "kaede")]
    attended = [took_part("1", "2023-07-10", "responder"), took_part("2", "2024-07-10", "helper")]
    measures = measure(STAY, again, incidents=happened, participation=attended)
    for cohort, step in (("1", "responder"), ("2", "helper")):
        assert pick(measures, CHANCES, cohort=cohort, phase="ramp").value == 1
        assert pick(measures, PART, cohort=cohort, phase="ramp", kind=step).value == 1


# --- shared resources apart -----------------------------------------------------------------------------


def test_incidents_of_shared_resources_stand_apart_and_in_the_whole_during_the_stay_alone() -> None:
    happened = [incident("1", START, None), incident("2", START), incident("3", "2023-07-10", None)]
    attended = [took_part("1", START, "observer"), took_part("2", START, "helper")]
    measures = measure(incidents=happened, participation=attended)
    assert pick(measures, CHANCES, phase="month_1").value == 2
    assert path(measures, "month_1") == {"observer": 1, "helper": 1}
    row = pick(measures, f"{CHANCES}.shared", phase="month_1")
    assert (row.value, row.n, row.consent) == (1, 1, "incidents")
    assert path(measures, "month_1", suffix=".shared") == {"observer": 1}
    phases = {m.phase for m in measures if m.measure == f"{CHANCES}.shared"}
    assert phases == {"month_1", "months_2_3", "months_4_end"}


def test_where_no_shared_service_is_declared_nothing_is_said_of_them() -> None:
    measures = measure(incidents=[incident("1", START)], participation=[took_part("1", START, "helper")],
                       services=())  # fmt: skip
    for name in (f"{CHANCES}.shared", f"{PART}.shared"):
        reasons = {m.declined for m in measures if m.measure == name and m.phase == "month_1"}
        assert reasons == {"NO_SHARED_SERVICES"}
    assert pick(measures, CHANCES, phase="month_1").value == 1


# --- commanders made by the tool ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("attended", "lead", "lone"),
    [
        ([took_part("1", START, "lead")], 0, 1),
        ([took_part("1", START, "lead"), took_part("1", START, "observer", person="sre1")], 1, 0),
        # who is nobody of the programme was there all the same
        ([took_part("1", START, "lead"), {"incident": "1", "day": START, "name": "someone"}], 1, 0),
        # an incident that names the person alone with another step is a part like any other
        ([took_part("1", START, "responder")], 0, 0),
        # a list kept by hand was written by a person
        ([took_part("1", START, "lead", file="people.xlsx")], 1, 0),
    ],
)
def test_whom_the_tool_made_commander_of_nobody_is_no_lead(attended: list[Row], lead: int, lone: int) -> None:
    measures = measure(incidents=[incident("1", START)], participation=attended)
    found = path(measures, "month_1")
    assert (found.get("lead", 0), found.get("lone_commander", 0)) == (lead, lone)
    assert pick(measures, PART, phase="month_1", kind="lead").n == 1


def test_a_commander_beside_whom_nobody_can_be_told_is_no_lead_that_is_known() -> None:
    happened = [incident("1", START, people_told=False), incident("2", START)]
    attended = [took_part("1", START, "lead"), took_part("2", START, "helper")]
    assert path(measure(incidents=happened, participation=attended), "month_1") == {
        "helper": 1,
        "step_unknown": 1,
    }
    also = took_part("1", START, "observer", person="sre1")
    found = path(measure(incidents=happened, participation=[*attended, also]), "month_1")
    assert found == {"helper": 1, "lead": 1}


# --- weeks to the first responder step ------------------------------------------------------------------


def first_step(attended: Sequence[Row], *stays: Rotation, **other: Any) -> Measure:
    """The person's row, with incidents from the first to the last day of the stay."""
    days = {row["incident"]: row["day"] for row in attended}
    bounds = [incident("first", START), incident("last", END)]
    happened = [*(incident(id_, on) for id_, on in days.items()), *other.pop("incidents", bounds)]
    witness = [took_part("first", START, "observer", person="sre1")]
    measures = measure(*stays, incidents=happened, participation=[*attended, *witness], **other)
    return pick(measures, FIRST, person="p01")


@pytest.mark.parametrize("step", ["responder", "lead"])
def test_weeks_run_from_the_start_of_the_stay_to_the_first_responder_or_lead_step(step: str) -> None:
    attended = [
        took_part("1", "2023-01-09", "helper"),
        took_part("2", "2023-02-13", step),  # 42 days
        took_part("2", "2023-02-13", "helper", person="sre1"),
        took_part("3", "2023-03-01", "responder"),
    ]
    row = first_step(attended)
    assert (row.value, row.unit, row.n, row.missing, row.notes) == (6.0, "weeks", 3, 0, ())
    assert (row.consent, row.people, row.counts, row.method) == (
        "incidents", ("p01",), "records", "first_step",
    )  # fmt: skip


def test_who_never_was_responder_has_no_week_and_no_reason_but_how_long_that_was_seen() -> None:
    row = first_step([took_part("1", "2023-01-09", "helper")])
    assert (row.value, row.declined, row.notes) == (None, None, ("NOT_BY_END:25",))  # 179 days


def test_while_a_stay_runs_not_yet_is_not_by_the_end() -> None:
    running = make_rotation("p01", "aoi", START)
    row = first_step([took_part("1", "2023-01-09", "helper")], running, as_of="2023-03-31")
    assert (row.value, row.declined, row.notes) == (None, None, ("NOT_YET:12",))  # 88 days


def test_an_end_declared_ahead_is_not_yet_the_end() -> None:
    row = first_step([took_part("1", "2023-01-09", "helper")], as_of="2023-03-31")
    assert row.notes == ("NOT_YET:12",)


def test_where_records_end_earlier_nobody_is_watched_for_longer() -> None:
    seen = [incident("first", START), incident("last", "2023-03-01")]
    row = first_step([took_part("1", "2023-01-09", "helper")], incidents=seen)
    assert row.notes == ("NOT_BY_END:8", "RECORDS_END_EARLIER")  # 58 days


@pytest.mark.parametrize(
    ("attended", "value", "missing", "notes"),
    [
        ([took_part("1", "2023-01-09", None), took_part("2", "2023-02-13", "lead"),
          took_part("2", "2023-02-13", "helper", person="sre1")], 6.0, 1, ("STEPS_UNTOLD_BEFORE:1",)),
        ([took_part("1", "2023-02-13", None), took_part("2", "2023-02-13", "responder")], 6.0, 0, ()),
        ([took_part("1", "2023-03-01", None), took_part("2", "2023-02-13", "responder")], 6.0, 0, ()),
        ([took_part("1", "2023-01-09", None)], None, 1, ("STEPS_UNTOLD:1",)),
    ],
)  # fmt: skip
def test_a_step_that_is_not_known_may_have_been_the_first(
    attended: list[Row], value: float | None, missing: int, notes: tuple[str, ...]
) -> None:
    row = first_step(attended)
    assert (row.value, row.missing, row.notes) == (value, missing, notes)
    assert row.declined == (None if value else notes[0])


def test_an_incident_of_which_nobody_can_tell_may_have_been_the_first_too() -> None:
    happened = [
        incident("first", START),
        incident("0", "2023-01-16", people_told=False),
        incident("last", END),
    ]
    row = first_step([took_part("1", "2023-02-13", "responder")], incidents=happened)
    assert (row.value, row.missing, row.notes) == (6.0, 1, ("STEPS_UNTOLD_BEFORE:1",))
    row = first_step([took_part("1", "2023-02-13", "helper")], incidents=happened)
    assert (row.value, row.declined) == (None, "STEPS_UNTOLD:1")


def test_a_commander_made_by_the_tool_is_no_first_step_and_is_told_beside_it() -> None:
    row = first_step([took_part("1", "2023-01-09", "lead"), took_part("2", "2023-02-13", "responder")])
    assert (row.value, row.notes) == (6.0, ("LONE_COMMANDER:1",))
    row = first_step([took_part("1", "2023-01-09", "lead")])
    assert (row.value, row.notes) == (None, ("NOT_BY_END:25", "LONE_COMMANDER:1"))


@pytest.mark.parametrize(("first", "reason"), [("2023-02-02", None), ("2023-02-03", "RECORDS_BEGIN_LATER")])
def test_records_that_begin_a_month_into_the_stay_cannot_tell_the_first_step(
    first: str, reason: str | None
) -> None:
    seen = [incident("2", "2023-02-13"), incident("first", first), incident("last", END)]
    attended = [took_part("2", "2023-02-13", "responder")]
    row = pick(measure(incidents=seen, participation=attended), FIRST, person="p01")
    assert row.declined == reason


def test_over_the_programme_the_median_counts_who_never_was_responder_as_open() -> None:
    """Days 7, 14, 21, open after 179, 179: the curve falls to 0.8, 0.6 and, on day 21, to 0.4."""
    stays = [make_rotation(f"p0{n}", "aoi", START, END) for n in range(1, 6)]
    happened = [incident("0", START), *(incident(str(n), f"2023-01-{2 + 7 * n:02d}") for n in (1, 2, 3))]
    attended = [took_part(str(n), f"2023-01-{2 + 7 * n:02d}", "responder", f"p0{n}") for n in (1, 2, 3)]
    measures = measure(*stays, incidents=[*happened, incident("9", END)], participation=attended)
    row = pick(measures, FIRST, person=None)
    assert (row.value, row.n, row.missing, row.counts, row.method) == (3.0, 5, 0, "persons", "kaplan_meier")
    assert row.people == tuple(f"p0{n}" for n in range(1, 6))
    assert row.notes == ("N_FEW_DONE:3", "NOT_ACTED_YET:2:5")
    assert (row.low, row.high) == (None, None)


def test_under_half_of_the_persons_leaves_no_median() -> None:
    other = make_rotation("p02", "kaede", START, END)
    third = make_rotation("p03", "kiri", START, END)
    measures = measure(
        STAY, other, third,
        incidents=[incident("1", START), incident("2", END)],
        participation=[took_part("1", START, "responder")],
    )  # fmt: skip
    row = pick(measures, FIRST, person=None)
    assert (row.value, row.declined, row.n) == (None, None, 3)
    assert row.notes == ("MEDIAN_NOT_REACHED", "NOT_ACTED_YET:2:3")


def test_of_two_stays_of_a_person_the_first_counts_and_a_stay_to_come_does_not() -> None:
    again = make_rotation("p01", "aoi", "2024-01-08", "2024-06-28", cohort="2")
    later = make_rotation("p02", "kaede", "2025-05-01", cohort="3")
    happened = [incident("1", "2023-01-16"), incident("2", "2024-01-09"), incident("3", "2024-06-20")]
    attended = [took_part("1", "2023-01-16", "responder"), took_part("2", "2024-01-09", "responder")]
    measures = measure(STAY, again, later, incidents=happened, participation=attended)
    assert [m.cohort for m in measures if m.measure == FIRST and m.person] == ["1", "2"]
    row = pick(measures, FIRST, person=None)
    assert (row.n, row.value) == (1, 2.0)


def test_without_any_records_the_programmes_row_belongs_to_everybody_and_says_why() -> None:
    row = pick(measure(), FIRST, person=None)
    assert (row.declined, row.people, row.n, row.missing) == ("NO_INCIDENT_RECORDS", ("p01",), 0, 1)


# --- what a tool can tell -------------------------------------------------------------------------------


def with_files(cohorts: Cohorts, **profiles: str) -> Cohorts:
    files = tuple(
        FileAccount(
            file=f"{name}.csv", sha256="0" * 64, profile=profile, encoding="utf-8", warnings={}, columns={}
        )
        for name, profile in profiles.items()
    )
    return replace(cohorts, account=replace(cohorts.account, files=files))


def test_a_tool_that_names_nobody_in_any_incident_cannot_tell_and_another_can() -> None:
    happened = [
        incident("1", START, file="a.csv"),
        incident("2", "2023-01-09", file="b.csv"),  # another file of the same tool
        incident("3", "2023-01-16", file="c.csv"),
        incident("4", "2023-01-17", file="c.csv", people_told=False),
        incident("5", "2023-01-18", file="c.csv"),
        incident("6", "2023-12-01", file="c.csv"),
    ]
    attended = [took_part("3", "2023-01-16", "helper", file="c.csv")]
    cohorts = lay_out(incidents=happened, participation=attended)
    cohorts = with_files(cohorts, a="pagerduty_csv", b="pagerduty_csv", c="datadog_incidents_json")
    measures = list(measure_incidents(cohorts))
    chances = pick(measures, CHANCES, phase="month_1")
    assert (chances.value, chances.missing) == (2, 3)


def test_one_file_that_names_somebody_speaks_for_its_tool() -> None:
    happened = [incident("1", START, file="a.csv"), incident("2", START, file="b.csv")]
    attended = [took_part("1", START, "helper", file="people.xlsx")]
    cohorts = with_files(
        lay_out(incidents=happened, participation=attended), a="pagerduty_csv", b="pagerduty_csv"
    )
    chances = pick(list(measure_incidents(cohorts)), CHANCES, phase="month_1")
    assert (chances.value, chances.missing) == (2, 0)


def read_from_datadog(number: int, responders: dict[str, str], commander: str | None) -> Row:
    """One incident as the API gives it; `responders`: user → role."""
    return {
        "type": "incidents",
        "id": f"i{number}",
        "attributes": {
            "public_id": number,
            "title": "t",
            "created": f"2024-02-0{number}T10:00:00Z",
            "resolved": f"2024-02-0{number}T11:00:00Z",
            "is_test": False,
            "archived": None,
        },
        "relationships": {
            "commander_user": {"data": {"type": "users", "id": commander} if commander else None},
            "responders": {
                "data": [{"type": "incident_responders", "id": f"{number}{u}"} for u in responders]
            },
        },
    }


def test_datadog_s_commander_of_nobody_arrives_as_one_and_a_real_one_as_lead(tmp_path: Path) -> None:
    people = {"u1": "p1@invented.example", "u2": "m1@invented.example"}
    rosters = {1: {"u1": ""}, 2: {"u1": "", "u2": "Responder"}, 3: {"u1": "Responder", "u2": ""}}
    commanders = {1: "u1", 2: "u1", 3: "u2"}
    included = [{"type": "users", "id": u, "attributes": {"email": mail}} for u, mail in people.items()]
    included += [
        {
            "type": "incident_responders",
            "id": f"{number}{user}",
            "attributes": {"role": role},
            "relationships": {"user": {"data": {"type": "users", "id": user}}},
        }
        for number, roster in rosters.items()
        for user, role in roster.items()
    ]
    data = [read_from_datadog(number, roster, commanders[number]) for number, roster in rosters.items()]
    toml = TOML + '\n[[sources]]\nname = "incidents"\nfiles = ["incidents.json"]\n'
    file = json.dumps({"data": data, "included": included})
    measures = list(measure_incidents(read_and_lay_out(tmp_path, toml, {"incidents.json": file})))
    assert path(measures, "month_1", "p1") == {"lead": 1, "responder": 1, "lone_commander": 1}


# --- invariants -----------------------------------------------------------------------------------------


@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_the_order_of_rows_changes_nothing(data: st.DataObject) -> None:
    tables = {"incidents": INCIDENTS, "participation": ATTENDED}
    shuffled = {name: data.draw(st.permutations(rows)) for name, rows in tables.items()}
    assert measure(teams=["kiri"], **shuffled) == measure(teams=["kiri"], **tables)


def test_steps_commanders_alone_and_unknown_ones_add_up_to_all_participations() -> None:
    happened = [incident(str(n), f"2023-01-{n:02d}") for n in range(2, 8)]
    steps = ["observer", "helper", "responder", "lead", None, "lead"]
    attended = [took_part(str(n), f"2023-01-{n:02d}", step) for n, step in enumerate(steps, start=2)]
    measures = measure(incidents=happened, participation=[*attended, took_part("5", START, "helper", "p02")])
    rows = [m for m in measures if m.measure == PART and m.phase == "month_1"]
    assert sum(m.value or 0 for m in rows) == 6
    assert {m.n for m in rows} == {6}
    assert path(measures, "month_1") == dict.fromkeys(PATH_KINDS, 1)


# --- interruptions off work and in hours of sleep, where a person lives: incidents and nights, not messages -


PAGE_STAY = make_rotation(
    "p01", "aoi", "2024-06-03", "2024-06-28"
)  # month_1: 20 working days, one working month


def sent(
    at: str, incident: str | None = None, *, person: str | None = "p01", zone: str = "Asia/Tokyo"
) -> Row:
    """A message at a wall time of that zone."""
    return {
        "person": person,
        "at": pd.Timestamp(at, tz=zone).tz_convert("UTC"),
        "incident": incident,
        "channel": "call",
    }


def living_in(programme: Programme, person: str, zone: str) -> Programme:
    people = [each for each in programme.people if each.id != person]
    moved = Person(id=person, name="見本", team="aoi", timezone=zone)
    return programme.model_copy(update={"people": (*people, moved)})


def measure_page(
    *stays: Rotation,
    messages: list[Row],
    zone: str | None = None,
    alerts: Sequence[Row] = (),
    **other: Any,
) -> list[Measure]:
    programme = make_programme(*(stays or (PAGE_STAY,)), **other)
    if zone:
        programme = living_in(programme, "p01", zone)
    cohorts = make_cohorts(programme, notifications=messages, alerts=alerts)
    return list(measure_interruptions(cohorts))


def rate(measures: list[Measure], kind: str, **where: object) -> Measure:
    return pick(measures, "interruption.rate", kind=kind, **({"person": "p01", "phase": "month_1"} | where))


def counts(measures: list[Measure]) -> tuple[int | None, int | None]:
    """Off and sleep of the first month."""
    return rate(measures, "off").n, rate(measures, "sleep").n


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2024-06-05 09:59", (1, 0)),
        ("2024-06-05 10:00", (0, 0)),
        ("2024-06-05 18:59", (0, 0)),
        ("2024-06-05 19:00", (1, 0)),
        ("2024-06-05 21:59", (1, 0)),
        ("2024-06-05 22:00", (0, 1)),
        ("2024-06-06 06:59", (0, 1)),
        ("2024-06-06 07:00", (1, 0)),
        ("2024-06-08 14:00", (1, 0)),  # a Saturday
        ("2024-06-08 23:00", (0, 1)),
    ],
)
def test_hours_of_a_day_are_business_off_or_sleep(at: str, expected: tuple[int, int]) -> None:
    assert counts(measure_page(messages=[sent(at, "1"), sent("2024-06-03 12:00", "0")])) == expected


def test_a_public_holiday_is_off_work() -> None:
    stay = make_rotation("p01", "aoi", "2024-04-22", "2024-05-17")
    assert counts(measure_page(stay, messages=[sent("2024-04-29 14:00", "1")])) == (1, 0)


@pytest.mark.parametrize(
    ("zone", "expected"),
    [("Asia/Tokyo", (0, 0)), ("Europe/Berlin", (0, 1)), ("America/Los_Angeles", (1, 0))],
)
def test_hours_are_those_of_where_the_person_lives(zone: str, expected: tuple[int, int]) -> None:
    at = sent("2024-06-05 11:00", "1")  # 04:00 in Berlin, 19:00 the day before in Los Angeles
    assert counts(measure_page(messages=[at], zone=zone)) == expected


@pytest.mark.parametrize(("on", "expected"), [("2024-03-29", (1, 0)), ("2024-04-01", (0, 0))])
def test_summer_time_moves_the_hours_of_a_day(on: str, expected: tuple[int, int]) -> None:
    stay = make_rotation("p01", "aoi", "2024-03-25", "2024-04-19")
    at = sent(f"{on} 08:30", "1", zone="UTC")  # 09:30 and, in summer time, 10:30 in Berlin
    assert counts(measure_page(stay, messages=[at], zone="Europe/Berlin")) == expected


def test_incidents_are_counted_and_not_messages() -> None:
    burst = [sent(f"2024-06-05 23:{minute}", "1") for minute in (10, 11, 12)]
    measures = measure_page(messages=[*burst, sent("2024-06-06 03:00", "2"), sent("2024-06-06 23:00", "2")])
    assert rate(measures, "sleep").n == 2
    assert rate(measures, "sleep").value == pytest.approx(2)


def test_an_incident_that_came_in_both_counts_once_as_sleep() -> None:
    assert counts(measure_page(messages=[sent("2024-06-05 20:00", "1"), sent("2024-06-05 23:00", "1")])) == (
        0,
        1,
    )


def test_messages_without_an_incident_are_one_a_night() -> None:
    messages = [sent("2024-06-05 22:30"), sent("2024-06-06 06:00"), sent("2024-06-06 22:30")]
    assert counts(measure_page(messages=messages)) == (0, 2)


def test_an_acknowledged_alert_of_the_same_incident_is_the_same_interruption() -> None:
    raised = {
        "id": "1",
        "created": pd.Timestamp("2024-06-05 14:00", tz="UTC"),
        "acknowledged": pd.Timestamp("2024-06-05 14:02", tz="UTC"),
        "who": "見本 p01",
    }
    never = {**raised, "id": "2", "acknowledged": None}
    other = {**raised, "id": "3"}
    unknown = {**raised, "id": "4", "who": "somebody else"}
    measures = measure_page(messages=[sent("2024-06-05 23:00", "1")], alerts=[raised, never, other, unknown])
    assert counts(measures) == (0, 2)
    assert rate(measures, "sleep").missing == 1  # the one that nobody known acknowledged


def test_a_month_of_exposure_is_twenty_working_days_without_leave_by_share() -> None:
    stay = make_rotation("p01", "aoi", "2024-06-03", "2024-06-28", share=0.5)
    leave = (Leave(person="p01", first=day("2024-06-17"), last=day("2024-06-28")),)
    measures = measure_page(stay, messages=[sent("2024-06-05 20:00", "1")], leave=leave)
    assert rate(measures, "off").value == pytest.approx(1 / 0.25)


def test_what_reached_nobody_known_is_missing() -> None:
    messages = [sent("2024-06-05 23:00", "1"), sent("2024-06-07 23:00", "2", person=None)]
    measures = measure_page(messages=messages)
    assert (rate(measures, "sleep").n, rate(measures, "sleep").missing) == (1, 1)
    assert rate(measures, "sleep", person=None).missing == 1


def test_messages_to_others_and_outside_the_stay_do_not_count() -> None:
    messages = [sent("2024-06-05 23:00", "1", person="sre1"), sent("2024-07-05 23:00", "2")]
    assert counts(measure_page(messages=messages)) == (0, 0)


def test_days_without_any_record_are_unknown_not_quiet() -> None:
    measures = measure_page(messages=[sent("2024-07-05 12:00", "1")])
    for row in measures:
        assert (row.value, row.declined) == (None, "NO_NOTIFICATIONS"), row.measure


def test_months_after_the_records_end_are_no_quiet_months() -> None:
    stay = make_rotation("p01", "aoi", "2024-06-03", "2024-11-29")
    last = sent("2024-09-13 12:00", "2", person="sre1")  # in months_4_end, from 2 September on
    measures = measure_page(stay, messages=[sent("2024-09-04 23:00", "1"), last])
    row = rate(measures, "sleep", phase="months_4_end")
    assert row.value == pytest.approx(1 / (10 / 20))  # ten working days, not thirteen weeks
    assert rate(measures, "sleep", person=None, phase="months_4_end").value == row.value


def test_the_programme_is_all_incidents_over_all_months() -> None:
    other = make_rotation("p02", "kaede", "2024-06-03", "2024-06-14")  # half a month
    messages = [sent("2024-06-05 20:00", "1"), sent("2024-06-05 20:00", "1", person="p02")]
    row = rate(measure_page(PAGE_STAY, other, messages=messages), "off", person=None)
    assert (row.value, row.n, row.people) == (pytest.approx(2 / 1.5), 2, ("p01", "p02"))
    assert (row.counts, row.consent, row.notes) == ("persons", None, ("MONTHS:2", "UNCOVERED:0"))


def test_every_day_and_night_is_there_for_the_picture() -> None:
    messages = [sent("2024-06-05 20:00", "1"), sent("2024-06-06 02:00", "2"), sent("2024-06-06 03:00", "3")]
    events = [m for m in measure_page(messages=messages) if m.measure == "interruption.event"]
    assert [(m.label, m.kind, m.value) for m in events] == [
        ("2024-06-05", "off", 1),
        ("2024-06-05", "sleep", 2),
    ]
    assert {(m.person, m.consent) for m in events} == {("p01", "time")}


def test_who_was_never_interrupted_still_has_a_row() -> None:
    events = [
        m for m in measure_page(messages=[sent("2024-06-05 12:00", "1")]) if m.measure == "interruption.event"
    ]
    assert [(m.value, m.label, m.declined) for m in events] == [(0, None, None)]


def test_the_order_of_messages_changes_nothing() -> None:
    messages = [sent("2024-06-05 20:00", "1"), sent("2024-06-05 23:00", "1"), sent("2024-06-06 20:00", "2")]
    assert measure_page(messages=messages) == measure_page(messages=messages[::-1])


def test_a_half_of_the_phases_without_records_is_told() -> None:
    later = make_rotation("p02", "kaede", "2024-08-05", "2024-08-30")
    row = rate(measure_page(PAGE_STAY, later, messages=[sent("2024-06-05 20:00", "1")]), "off", person=None)
    assert (row.value, row.notes, row.people) == (1, ("MONTHS:1", "UNCOVERED:1"), ("p01",))
    assert replace(row, people=()).missing == 0
