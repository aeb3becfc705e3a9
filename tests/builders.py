"""Small literal values for tests: a programme by its constructors, cohorts from frames of a few rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from rotation_analysis.cohorts.cohort import Cohorts
from rotation_analysis.cohorts.phases import list_person_phases, list_team_phases
from rotation_analysis.measure_row import Measure
from rotation_analysis.programme.model import Calendar, Header, Label, Person, Programme, Rotation, Team
from rotation_analysis.programme.plan import EvaluationPlan
from rotation_analysis.programme.tables import TABLES, conform
from rotation_analysis.reading.account import RECORD_COLUMNS, Account

SHARED = Path(__file__).parents[1].parent / "shared"
RESOLVED = (
    "person",
    "team",
    "cohort",
    "wave",
    "day",
    "shared",
    "period_start",
    "area_team",
    "names_somebody",
)
COVERAGE_COLUMNS = ["person", "cohort", "rater", "wave", "due", "status", "comparable"]

Rows = Sequence[Mapping[str, Any]]


def day(text: str) -> date:
    """The date of an ISO text."""
    return date.fromisoformat(text)


def make_rotation(person: str, home_team: str, start: str, end: str | None = None, **other: Any) -> Rotation:
    """A stay with the host team; without an end it runs, with one the person is back home."""
    running = end is None
    values: dict[str, Any] = {
        "person": person,
        "cohort": "1",
        "home_team": home_team,
        "host_team": "sre",
        "start": day(start),
        "planned_end": day(end or "2030-03-31"),
        "end": None if end is None else day(end),
        "ending": "running" if running else "as_planned",
        "now": "host" if running else "home",
        "now_since": None,
    }
    return Rotation(**(values | other))


def make_programme(
    *rotations: Rotation,
    teams: Sequence[str] = (),
    as_of: str = "2025-03-31",
    data_start: str | None = None,
    **other: Any,
) -> Programme:
    """A programme around the rotations: their people and teams, the host team `sre`, Japanese holidays."""
    ids = dict.fromkeys(["sre", *(rotation.home_team for rotation in rotations), *teams])
    people = {rotation.person: rotation.home_team for rotation in rotations}
    values: dict[str, Any] = {
        "programme": Header(
            name=Label(ja="留学", en="Rotation"),
            company=Label(ja="見本", en="Sample"),
            as_of=day(as_of),
            host_team="sre",
            data_start=None if data_start is None else day(data_start),
        ),
        "calendar": Calendar(country="JP"),
        "people": tuple(Person(id=id_, name=f"見本 {id_}", team=team) for id_, team in people.items()),
        "teams": tuple(Team(id=id_, ja=id_, en=id_) for id_ in ids),
        "rotations": rotations,
        "plan": EvaluationPlan(declared=day("2022-01-01")),
    }
    return Programme(**(values | other))


def make_table(name: str, rows: Rows) -> pd.DataFrame:
    """The canonical table of that name from literal rows, with the columns that resolving adds."""
    frame = pd.DataFrame([dict(row) for row in rows])
    table = conform(frame, TABLES[name])
    for column in RESOLVED:
        given = frame[column] if column in frame else pd.Series(index=frame.index, dtype=object)
        if column in ("day", "period_start"):
            table[column] = pd.to_datetime(given).astype("datetime64[us]")
        elif column not in table:
            table[column] = given.astype(object)
    if name == "incidents":
        table["people_unknown"] = table["people_told"].eq(False).fillna(False).astype(bool)
    return table


@cache
def make_empty_table(name: str) -> pd.DataFrame:
    """The canonical table without rows, made once: most tests have rows of one table or two."""
    return make_table(name, ())


def make_cohorts(
    programme: Programme, *, coverage: Sequence[tuple[object, ...]] = (), **tables: Rows
) -> Cohorts:
    """`programme` over literal tables; a row of `coverage` has `COVERAGE_COLUMNS` and asks the grid."""
    asked = pd.DataFrame(list(coverage), columns=COVERAGE_COLUMNS)
    return Cohorts(
        programme=programme,
        tables={
            name: make_table(name, tables[name]) if tables.get(name) else make_empty_table(name).copy()
            for name in TABLES
        },
        person_phases=list_person_phases(programme),
        team_phases=list_team_phases(programme),
        coverage=asked.assign(instrument="skill_" + asked["rater"].astype("str")),
        account=Account((), pd.DataFrame(columns=RECORD_COLUMNS), pd.DataFrame(columns=RECORD_COLUMNS), {}),
    )


def pick(measures: Sequence[Measure], measure: str, **where: object) -> Measure:
    """The one row of a measure with these values; the test fails where there are none or several."""
    found = [
        m
        for m in measures
        if m.measure == measure and all(getattr(m, name) == value for name, value in where.items())
    ]
    assert len(found) == 1, f"{len(found)} rows of {measure} with {where}"
    return found[0]
