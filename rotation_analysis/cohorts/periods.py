"""Periods of team measures: each cohort's rotations, and the phases of each home team."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..programme.model import Programme
from ..programme.worktime import count_working_days
from .cohort import Cohorts
from .phases import is_too_short, list_cohort_phases

STAY = "stay"
COMPARED_PHASES = ("baseline", "after_first", "after_second")


@dataclass(frozen=True)
class Period:
    """Teams and days (both ends included) whose records one row covers, and the row's labels.

    `team`: the home team of the row; None = all teams except the host team, during the cohort's rotations.
    Unless `senders`, `teams` are the comparison teams over the same days.
    """

    cohort: str
    team: str | None
    phase: str
    teams: tuple[str, ...]
    first: pd.Timestamp
    last: pd.Timestamp
    senders: bool = True

    @property
    def short(self) -> bool:
        """Whether a baseline or an after-return phase is too short for a comparison."""
        return is_too_short(self.phase, self.first, self.last)


def list_stays(cohorts: Cohorts) -> list[Period]:
    """List one period per cohort: all teams except the host team, from first start to last end."""
    programme = cohorts.programme
    teams = list_home_teams(programme)
    stays = []
    for cohort in programme.cohorts:
        own = [rotation for rotation in programme.rotations if rotation.cohort == cohort]
        first = pd.Timestamp(min(rotation.start for rotation in own))
        last = max(rotation.end or programme.as_of for rotation in own)
        last = pd.Timestamp(min(last, programme.as_of))  # a declared end can be after the cut-off
        stays.append(Period(cohort, None, STAY, teams, first, last))
    return stays


def list_periods(cohorts: Cohorts) -> Iterator[Period]:
    """Yield each cohort's rotations, then home teams' phases, with comparison teams on the same days."""
    phases = cohorts.team_phases
    never = tuple(phases.loc[phases["phase"].eq("never"), "team"])
    for stay in list_stays(cohorts):
        yield stay
        for row in list_cohort_phases(phases, stay.cohort).itertuples():
            yield Period(stay.cohort, row.team, row.phase, (row.team,), row.first, row.last)
            if never and row.phase in COMPARED_PHASES:
                yield Period(stay.cohort, row.team, row.phase, never, row.first, row.last, senders=False)


def encode(values: pd.Series, known: Sequence[str]) -> NDArray[np.int64]:
    """Return the index of each value in `known`; `len(known)` if it is unknown or missing."""
    codes, unique = pd.factorize(values)
    places = [known.index(value) if value in known else len(known) for value in unique.tolist()]
    return np.array([*places, len(known)], dtype=np.int64)[codes]


def exclude_permission_bound(table: pd.DataFrame) -> pd.DataFrame:
    """Return requests or tickets without SRE-only ones; unmarked ones are included."""
    return table[~table["permission_bound"].fillna(False).astype(bool)]


def list_home_teams(programme: Programme) -> tuple[str, ...]:
    """List all teams except the host team."""
    return tuple(team.id for team in programme.teams if team.id != programme.programme.host_team)


def count_team_weeks(programme: Programme, cut: Period) -> float:
    """Count working weeks (5 days = 1.0) of a period's teams in total, while each team existed."""
    days, first, last = 0, cut.first.date(), cut.last.date()
    for team in map(programme.team, cut.teams):
        begins, ends = max(first, team.valid_from or first), min(last, team.valid_until or last)
        days += count_working_days(programme.work_calendar, begins, ends)
    return days / 5
