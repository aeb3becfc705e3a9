"""Exposure: working weeks of a person, and people present per day; denominators of load measures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..programme.model import Programme
from ..programme.worktime import list_working_days

Days = NDArray[np.datetime64]
A_MONTH = timedelta(days=31)
"""Longest time without records at either end of a log before the log counts as incomplete there."""


def count_weeks_present(programme: Programme, person: str, first: date, last: date) -> float:
    """Count working weeks of a person's rotations from `first` to `last`, both included (5 full days = 1.0).

    Working days up to `as_of`, without leave, times the rotation's share of working time; 0.0 if no rotation
    overlaps these days.
    """
    weeks = 0.0
    for stay in programme.rotations:
        if stay.person != person:
            continue
        end = stay.end or programme.as_of
        begins, ends = max(first, stay.start), min(last, end, programme.as_of)
        if begins > ends:
            continue
        days = list_working_days(programme.work_calendar, begins, ends)
        for leave in programme.leave:
            if leave.person == person:
                first_day, last_day = np.datetime64(leave.first, "D"), np.datetime64(leave.last, "D")
                days = days[(days < first_day) | (days > last_day)]
        weeks += stay.share * len(days) / 5
    return weeks


def clip_to_records(first: date, last: date, records: tuple[date, date]) -> tuple[date, date]:
    """Return the part of a period that a log with these first and last records covers, both ends included.

    If the log starts or ends more than 31 days inside the period, it is treated as incomplete there: those
    days are dropped from the exposure.

    >>> log = date(2024, 1, 5), date(2024, 12, 20)
    >>> [day.isoformat() for day in clip_to_records(date(2023, 10, 1), date(2024, 12, 31), log)]
    ['2024-01-05', '2024-12-31']
    """
    begins, ends = records
    return (begins if begins - first > A_MONTH else first), (ends if last - ends > A_MONTH else last)


def count_participants_present(programme: Programme, days: Sequence[date] | pd.DatetimeIndex) -> pd.Series:
    """Count participants with the host team on each day; leave is not subtracted.

    Returns a Series of int indexed by day.  Rotations of SRE members to other teams do not count.
    """
    index, wanted = _read_days(days)
    spans = [
        (stay.person, stay.start, min(stay.end or programme.as_of, programme.as_of))
        for stay in programme.rotations
        if stay.direction == "dev_to_sre"
    ]
    return pd.Series(_count_persons(spans, wanted), index=index)


def count_hosts(programme: Programme, days: Sequence[date] | pd.DatetimeIndex) -> pd.Series:
    """Count host team members on each day: its declared size plus participants who joined it.

    Returns a Series of Int64 indexed by day; all missing if the size is undeclared.  A participant who joined
    counts from the day after the rotation, or from `now_since` if that is later.
    """
    index, wanted = _read_days(days)
    size = programme.team(programme.programme.host_team).size
    spans = [
        (stay.person, max(stay.end + timedelta(days=1), stay.now_since or date.min), programme.as_of)
        for stay in programme.rotations
        if stay.end is not None and stay.now == "host" and stay.direction == "dev_to_sre"
    ]
    stayed = pd.Series(_count_persons(spans, wanted), index=index, dtype="Int64")
    return stayed + (pd.NA if size is None else size)


def _read_days(days: Sequence[date] | pd.DatetimeIndex) -> tuple[pd.DatetimeIndex, Days]:
    index = pd.DatetimeIndex(pd.to_datetime(list(days))).as_unit("us")
    return index, index.to_numpy().astype("datetime64[D]")


def _count_persons(spans: Iterable[tuple[str, date, date]], days: Days) -> NDArray[np.int64]:
    """Count distinct people of (person, first, last) on each day."""
    present: dict[str, NDArray[np.bool_]] = {}
    for person, first, last in spans:
        here = (days >= np.datetime64(first, "D")) & (days <= np.datetime64(last, "D"))
        present[person] = here | present.get(person, False)
    count: NDArray[np.int64] = np.sum(list(present.values()), axis=0, dtype=np.int64)
    return count if present else np.zeros(len(days), dtype=np.int64)
