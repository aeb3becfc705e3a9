"""Phases of people and teams as date intervals, both ends included; days outside them have no phase.

The phase table in ARCHITECTURE.md defines the bounds.  "Week 1" is the seven days from the anchor.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

import pandas as pd

from ..programme.model import Programme, Rotation

PERSON_PHASES = ("before", "month_1", "months_2_3", "months_4_end", "ramp", "settled", "later")
TEAM_PHASES = ("never", "baseline", "dip", "away", "ramp", "after_first", "after_second")
MIN_BASELINE_WEEKS = 13
MIN_AFTER_WEEKS = 8
FIRST_DAY = date(1990, 1, 1)


def weeks(n: float) -> timedelta:
    """Return a timedelta of `n` weeks."""
    return timedelta(days=round(7 * n))


def is_too_short(phase: str, first: pd.Timestamp, last: pd.Timestamp) -> bool:
    """Whether a baseline or an after-return phase is too short for a comparison."""
    floor = {"baseline": MIN_BASELINE_WEEKS, "after_first": MIN_AFTER_WEEKS, "after_second": MIN_AFTER_WEEKS}
    return (last - first).days + 1 < 7 * floor.get(phase, 0)


def explain_missing_after(stays: Iterable[Rotation]) -> str:
    """Return the reason code for a home team without an after-return phase: nobody returned, or not yet.

    `OTHER_DIRECTION` if only host team members went elsewhere: no home team could become more self-reliant.
    """
    given = list(stays)
    if given and all(stay.direction == "sre_to_dev" for stay in given):
        return "OTHER_DIRECTION"
    waiting = any(stay.end is None or stay.has_returned for stay in given)
    return "NO_POST_WINDOW" if waiting else "NOT_RETURNED"


def list_person_phases(programme: Programme) -> pd.DataFrame:
    """List the phases of people: person, cohort, phase, first, last (`first <= last`), cut at `as_of`."""
    rows = []
    for stay in programme.rotations:
        start = stay.start
        end = stay.end or programme.as_of
        cuts = [
            ("before", FIRST_DAY, start - timedelta(days=1)),
            ("month_1", start, start + weeks(4) - timedelta(days=1)),
            ("months_2_3", start + weeks(4), start + weeks(13) - timedelta(days=1)),
            ("months_4_end", start + weeks(13), end),
        ]
        cuts = [(phase, first, min(last, end)) for phase, first, last in cuts]
        if stay.end is not None and stay.has_returned:
            back = stay.end + timedelta(days=1)
            left_on = stay.now_since if stay.now == "left" and stay.now_since else date.max
            after = [
                ("ramp", back, back + weeks(8) - timedelta(days=1)),
                ("settled", back + weeks(8), back + weeks(26) - timedelta(days=1)),
                ("later", back + weeks(26), date.max),
            ]
            cuts += [(phase, first, min(last, left_on)) for phase, first, last in after]
        rows += [
            (stay.person, stay.cohort, phase, first, min(last, programme.as_of))
            for phase, first, last in cuts
            if first <= min(last, programme.as_of)
        ]
    return _frame(rows, ["person", "cohort", "phase", "first", "last"])


def list_team_phases(programme: Programme) -> pd.DataFrame:
    """List the phases of teams: team, phase, person, cohort, first, last.

    `person`/`cohort`: those of the rotation that starts the phase (missing for `never`).  `dip` and
    `baseline` belong to the first departure only; `after_first` ends before the next departure, when its
    graduate leaves the company, or at `as_of`.  Several people of one team and cohort count as one absence.
    A team that receives a host team member (`sre_to_dev`) is not a comparison team.
    """
    data_start = programme.programme.data_start or FIRST_DAY
    stays: dict[str, list[Rotation]] = {}
    for stay in sorted(programme.rotations, key=lambda stay: (stay.start, stay.person)):
        stays.setdefault(stay.home_team, []).append(stay)
    rows: list[tuple[str, str, str | None, str | None, date, date]] = []
    helped = {stay.host_team for stay in programme.rotations if stay.direction == "sre_to_dev"}
    for team in programme.teams:
        if team.id == programme.programme.host_team or (team.id in helped and team.id not in stays):
            continue
        if team.id not in stays:
            rows.append((team.id, "never", None, None, data_start, programme.as_of))
            continue
        rows += [
            (team.id, phase, stay.person, stay.cohort, max(first, data_start), min(last, programme.as_of))
            for stay, phase, first, last in sorted(
                _list_phases_for(_merge_stays(stays[team.id]), programme.as_of), key=lambda row: row[2:]
            )
            if max(first, data_start) <= min(last, programme.as_of)
        ]
    return _frame(rows, ["team", "phase", "person", "cohort", "first", "last"])


def _merge_stays(stays: list[Rotation]) -> list[Rotation]:
    """Merge overlapping rotations of one cohort: up to the last end, returned if anyone returned."""
    joined: list[Rotation] = []
    for stay in stays:  # in order of start
        other = next(
            (j for j in joined if j.cohort == stay.cohort and stay.start <= (j.end or date.max)), None
        )
        if other is None:
            joined.append(stay)
            continue
        running = stay.end is None or other.end is None
        end = None if running else max(stay.end or date.min, other.end or date.min)
        one = stay if stay.has_returned and not other.has_returned else other
        joined[joined.index(other)] = one.model_copy(update={"start": other.start, "end": end})
    return joined


def _list_phases_for(stays: list[Rotation], as_of: date) -> Iterator[tuple[Rotation, str, date, date]]:
    day = timedelta(days=1)
    departure = stays[0].start
    yield stays[0], "baseline", departure - weeks(39), departure - weeks(13) - day
    yield stays[0], "dip", departure - weeks(13), departure - day
    for stay in stays:
        yield stay, "away", stay.start, stay.end or as_of
    by_end = sorted(stays, key=lambda stay: stay.end or date.max)
    returns = 0
    for number, stay in enumerate(by_end):
        if stay.end is None or not stay.has_returned:
            continue
        returns += 1
        following = min((other.start - day for other in by_end[number + 1 :]), default=date.max)
        if following < stay.end:
            continue  # another member of the team is still away
        left_on = stay.now_since if stay.now == "left" and stay.now_since else date.max
        back = stay.end + day
        yield stay, "ramp", back, min(back + weeks(8) - day, following)
        if returns <= 2:
            phase = "after_first" if returns == 1 else "after_second"
            yield stay, phase, back + weeks(8), min(back + weeks(26) - day, following, left_on)


def _frame(rows: list[tuple[object, ...]] | list, columns: list[str]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=columns)
    for name in ("first", "last"):
        frame[name] = pd.to_datetime(frame[name]).astype("datetime64[us]")
    return frame


def list_cohort_phases(team_phases: pd.DataFrame, cohort: str) -> pd.DataFrame:
    """List the team phases for a cohort's report: those its rotations start, and their baseline.

    A team's baseline precedes its first departure.  If that person never returned, the baseline is compared
    with the cohort of the team's first return.
    """
    own = team_phases[team_phases["cohort"].eq(cohort)]
    returned_first = own.loc[own["phase"].eq("after_first"), "team"]
    lacking = set(returned_first) - set(own.loc[own["phase"].eq("baseline"), "team"])
    earlier = team_phases[team_phases["phase"].eq("baseline") & team_phases["team"].isin(lacking)]
    return pd.concat([earlier.assign(cohort=cohort), own], ignore_index=True)


# --- periods of a rotation ----------------------------------------------------------------------------------


def last_day(stay: Rotation, as_of: date) -> date:
    """Return the last day of a rotation; if it is running, the later of its planned end and `as_of`."""
    return stay.end or max(stay.planned_end, as_of)


def split_periods(first: date, last: date, every_days: int) -> Iterator[tuple[date, date]]:
    """Yield first and last day of each complete period between two days, both included.

    >>> [str(period[1]) for period in split_periods(date(2024, 4, 1), date(2024, 4, 29), 14)]
    ['2024-04-14', '2024-04-28']
    """
    for number in range(max((last - first).days + 1, 0) // every_days):
        begin = first + timedelta(days=every_days * number)
        yield begin, begin + timedelta(days=every_days - 1)
