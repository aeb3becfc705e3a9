"""Which teams and which days a row about teams is about: the cohort's stay, and home teams phase by phase."""

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
    """Records of some teams over some days, both ends included, and what to call them.

    `team` is the home team a row is about, None for all teams but the host over the cohort's stays; where
    not `senders`, `teams` are the never-senders that stand beside it.
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
        """Whether a baseline or a time after a return is too short to be compared."""
        return is_too_short(self.phase, self.first, self.last)


def list_stays(cohorts: Cohorts) -> list[Period]:
    """A cut a cohort: all teams but the host, from the first start of its stays to their last end."""
    programme = cohorts.programme
    teams = list_home_teams(programme)
    stays = []
    for cohort in programme.cohorts:
        own = [rotation for rotation in programme.rotations if rotation.cohort == cohort]
        first = pd.Timestamp(min(rotation.start for rotation in own))
        last = max(rotation.end or programme.as_of for rotation in own)
        last = pd.Timestamp(min(last, programme.as_of))  # an end may be declared ahead
        stays.append(Period(cohort, None, STAY, teams, first, last))
    return stays


def list_periods(cohorts: Cohorts) -> Iterator[Period]:
    """Of each cohort its stay, then each home team phase by phase, with never-senders of the same days."""
    phases = cohorts.team_phases
    never = tuple(phases.loc[phases["phase"].eq("never"), "team"])
    for stay in list_stays(cohorts):
        yield stay
        for row in list_cohort_phases(phases, stay.cohort).itertuples():
            yield Period(stay.cohort, row.team, row.phase, (row.team,), row.first, row.last)
            if never and row.phase in COMPARED_PHASES:
                yield Period(stay.cohort, row.team, row.phase, never, row.first, row.last, senders=False)


def encode(values: pd.Series, known: Sequence[str]) -> NDArray[np.int64]:
    """The place of each value among the known ones; their number where it is none of them or missing."""
    codes, unique = pd.factorize(values)
    places = [known.index(value) if value in known else len(known) for value in unique.tolist()]
    return np.array([*places, len(known)], dtype=np.int64)[codes]


def exclude_permission_bound(table: pd.DataFrame) -> pd.DataFrame:
    """Requests or tickets without those that only the host team may do; unmarked ones stay."""
    return table[~table["permission_bound"].fillna(False).astype(bool)]


def list_home_teams(programme: Programme) -> tuple[str, ...]:
    """Every team but the host."""
    return tuple(team.id for team in programme.teams if team.id != programme.programme.host_team)


def count_team_weeks(programme: Programme, cut: Period) -> float:
    """Working weeks (5 days = 1.0) of a cut's teams together, while each of them existed."""
    days, first, last = 0, cut.first.date(), cut.last.date()
    for team in map(programme.team, cut.teams):
        begins, ends = max(first, team.valid_from or first), min(last, team.valid_until or last)
        days += count_working_days(programme.work_calendar, begins, ends)
    return days / 5
