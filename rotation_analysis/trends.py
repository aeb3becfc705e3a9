"""Each sending team's weekly requests, raw beside what is left with its trend taken off: a description.

The trend is drawn on over the weeks between, so that all weeks before the dip are in it, not the baseline
alone; where it would be drawn on for longer than it is known, there is none.  No other team is looked at:
whatever changed for everybody is in both numbers, and nothing is claimed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd

from .cohort import Cohorts
from .comparisons import COMPARISONS, Sender, list_senders
from .cuts import leave_bound
from .measures import Measure
from .segments import Segments, estimate_segments
from .team_counts import Window
from .worktime import count_working_days

DAYS_OF_A_WEEK = 7
DAYS_OF_A_YEAR = 365.25
LAST_OF_A_WEEK = pd.Timedelta(days=6)


def measure_trends(cohorts: Cohorts) -> Iterator[Measure]:
    """Two rows a sending team: weekly requests after the first return ÷ those before the dip, less one."""
    requests = cohorts.tables["requests"]
    free = leave_bound(requests)
    days = requests["day"].dropna()
    for sender in list_senders(cohorts, COMPARISONS[0]):
        own = free.loc[free["team"].eq(sender.team).fillna(False), "day"].dropna()
        declined = sender.declined or ("NO_REQUESTS" if own.empty else None)
        if declined is not None:
            yield from (row.unless(declined) for row in _rows(sender, weeks=0, missing=0))
            continue
        before, after = sender.windows
        kept = _keep_working(_count_weeks(cohorts, own, (min(days.min(), before[0]), before[1])), days)
        later = _keep_working(_count_weeks(cohorts, own, after), days)
        yield from _describe(sender, pd.concat([kept.assign(after=False), later.assign(after=True)]))


def _keep_working(table: pd.DataFrame, days: pd.Series) -> pd.DataFrame:
    """Weeks with a working day, `told`: the log covers them from the first to the last day."""
    told = table["first"].between(days.min(), days.max() - LAST_OF_A_WEEK)
    return table.assign(told=told)[table["working"].gt(0)]


def _count_weeks(cohorts: Cohorts, days: pd.Series, window: Window) -> pd.DataFrame:
    """Whole weeks of a window: first day, working days, requests."""
    calendar, (begin, end) = cohorts.programme.work_calendar, window
    n = ((end - begin).days + 1) // DAYS_OF_A_WEEK
    firsts = begin + pd.to_timedelta(DAYS_OF_A_WEEK * np.arange(n), unit="D")
    week = (days - begin).dt.days // DAYS_OF_A_WEEK
    counts = np.bincount(week[week.between(0, n - 1)], minlength=n)
    working = [
        count_working_days(calendar, first.date(), (first + LAST_OF_A_WEEK).date()) for first in firsts
    ]
    return pd.DataFrame({"first": firsts, "working": working, "count": counts})


def _describe(sender: Sender, table: pd.DataFrame) -> Iterator[Measure]:
    """The raw ratio, then that with the trend taken off, of the weeks that the log covers."""
    kept = table[table["told"]]
    raw, adjusted = _rows(sender, weeks=len(kept), missing=len(table) - len(kept))
    found = _estimate(kept)
    few = found.note if found.raw is None else None
    yield replace(raw, value=None if found.raw is None else found.raw - 1).unless(few)
    known, between = int((~kept["after"]).sum()), _count_between(kept)
    if found.value is None or between > known:
        yield adjusted.unless(found.note or f"WEEKS_BETWEEN:{known}:{between}")
        return
    yield replace(
        adjusted,
        value=found.value - 1,
        low=None if found.low is None else found.low - 1,
        high=None if found.high is None else found.high - 1,
        notes=(found.note,) if found.note else (),
    )


def _estimate(weeks: pd.DataFrame) -> Segments:
    return estimate_segments(
        weeks["count"],
        weeks["working"] / 5,
        years=(weeks["first"] - weeks["first"].min()) / pd.Timedelta(days=DAYS_OF_A_YEAR),
        after=weeks["after"],
    )


def _count_between(weeks: pd.DataFrame) -> int:
    """Weeks from the end of the time before to the beginning of the time after."""
    before, after = weeks.loc[~weeks["after"], "first"], weeks.loc[weeks["after"], "first"]
    if before.empty or after.empty:
        return 0
    return int((after.min() - before.max()).days // DAYS_OF_A_WEEK) - 1


def _rows(sender: Sender, *, weeks: int, missing: int) -> tuple[Measure, Measure]:
    row = Measure(
        measure="impact.trend",
        unit="rate_ratio",
        method="rates_compared",
        counts="records",
        cohort=sender.cohort,
        team=sender.team,
        kind="raw",
        n=weeks,
        missing=missing,
    )
    return row, replace(row, kind="adjusted", method="segmented_quasi_poisson")
