"""What was asked of the host team, by whom and of what kind; who was in which incident and did what.

Rates are per working team-week (five working days), so that holidays do not look like progress.  What only
the host team may do (permission-bound) is counted apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from .cohort import Cohorts
from .measures import Measure
from .request_mix import measure_request_mix
from .tables import STEPS
from .team_dependence import measure_team_dependence
from .worktime import count_working_weeks

INCIDENT_PHASES = ("month_1", "months_2_3", "months_4_end", "ramp", "settled")


def measure_workload(cohorts: Cohorts) -> list[Measure]:
    """Request mix per cohort, home team and phase beside never-senders; incident paths per person."""
    measures = [*measure_request_mix(cohorts)]
    measures += _measure_incidents(cohorts)
    measures += _measure_weeks_away(cohorts)
    measures += measure_team_dependence(cohorts)
    return measures


def _measure_weeks_away(cohorts: Cohorts) -> Iterator[Measure]:
    """What a stay costs before anything is set against it: working weeks × share of the working time."""
    programme = cohorts.programme
    for stay in programme.rotations:
        weeks = count_working_weeks(programme.work_calendar, stay.start, stay.end or programme.as_of)
        yield Measure(
            measure="cost.person_weeks_away",
            unit="person_weeks",
            method="working_weeks",
            counts="records",
            cohort=stay.cohort,
            person=stay.person,
            team=stay.home_team,
            n=1,
            missing=0,
            value=weeks * stay.share,
            people=(stay.person,),
        )


# --- incidents ------------------------------------------------------------------------------------------


def _measure_incidents(cohorts: Cohorts) -> Iterator[Measure]:
    """Per person and phase: chances, incidents attended by step, steps unknown.

    During a stay every incident is a chance; after the return those of the own team's services.  One whose
    export cannot tell who took part is no chance that was missed: unless the person is known to have been
    there, it is left out and counted as missing.
    """
    incidents = cohorts.tables["incidents"]
    joined = cohorts.tables["participation"].merge(
        incidents[["id", "team", "shared"]].drop_duplicates("id"),
        left_on="incident",
        right_on="id",
        how="inner",
        suffixes=("", "_incident"),
    )
    home = {(r.person, r.cohort): r.home_team for r in cohorts.programme.rotations}
    seen = (incidents["day"].min(), incidents["day"].max())
    phases = cohorts.person_phases
    for row in phases[phases["phase"].isin(INCIDENT_PHASES)].itertuples():
        after = row.phase in ("ramp", "settled")
        scope = incidents[incidents["day"].between(row.first, row.last)]
        attended = joined[joined["day"].between(row.first, row.last) & joined["person"].eq(row.person)]
        if after:
            own = home[row.person, row.cohort]
            scope, attended = scope[scope["team"].eq(own)], attended[attended["team"].eq(own)]
        covered = pd.notna(seen[0]) and row.first <= seen[1] and row.last >= seen[0]
        partly = covered and (row.last > seen[1] + pd.Timedelta(days=31))
        # where nobody was recorded in any incident, who took part is unknown: never "nobody"
        known = bool(covered) and not joined.empty
        yield from _measure_path(row, scope, attended, covered=covered, known=known, partly=partly)


def _measure_path(
    row: Any, scope: pd.DataFrame, attended: pd.DataFrame, *, covered: bool, known: bool, partly: bool
) -> Iterator[Measure]:
    person, cohort, phase = row.person, row.cohort, row.phase
    declined = None if covered else "NO_INCIDENT_RECORDS"
    unknown = int(attended["step"].isna().sum())
    untold = int((scope["people_unknown"] & ~scope["id"].isin(attended["incident"])).sum())
    chances = len(scope) - untold
    common: dict[str, Any] = dict(
        unit="incidents",
        method="count",
        counts="records",
        cohort=cohort,
        person=person,
        phase=phase,
        people=(person,),
        consent="incidents",
        notes=("RECORDS_END_EARLIER",) if partly else (),
    )
    counts = {step: int(attended["step"].eq(step).sum()) for step in STEPS} | {"step_unknown": unknown}
    yield Measure(
        measure="incident.chances",
        n=chances,
        missing=untold,
        value=float(chances),
        **common,
    ).unless(declined)
    for step, count in counts.items():
        yield Measure(
            measure="incident.participation",
            kind=step,
            n=len(attended),
            missing=unknown,
            value=float(count),
            **common,
        ).unless(declined if known else "NO_INCIDENT_RECORDS")
