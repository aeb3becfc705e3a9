"""How many working weeks a person had, and how many people were there: what loads are divided by."""

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
"""As long may pass without a record before a log is said to begin later, or to end earlier."""


def count_weeks_present(programme: Programme, person: str, first: date, last: date) -> float:
    """Working weeks of a person's stays from `first` to `last`, both included (5 full days = 1.0).

    Working days of the stays up to `as_of`, without days of leave, times the share of working time of the
    stay.  0.0 where the person had no stay in these days.
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
    """The days of a period that a log covers, its first and last record given; both ends included.

    Where the log begins or ends more than a month within the period, what lies beyond is unknown and no
    exposure.

    >>> log = date(2024, 1, 5), date(2024, 12, 20)
    >>> [day.isoformat() for day in clip_to_records(date(2023, 10, 1), date(2024, 12, 31), log)]
    ['2024-01-05', '2024-12-31']
    """
    begins, ends = records
    return (begins if begins - first > A_MONTH else first), (ends if last - ends > A_MONTH else last)


def count_participants_present(programme: Programme, days: Sequence[date] | pd.DatetimeIndex) -> pd.Series:
    """How many participants stayed with the host team on each day; leave is not taken off.

    A Series of int, its index the days.  Stays of SRE members elsewhere do not count.
    """
    index, wanted = _read_days(days)
    spans = [
        (stay.person, stay.start, min(stay.end or programme.as_of, programme.as_of))
        for stay in programme.rotations
        if stay.direction == "dev_to_sre"
    ]
    return pd.Series(_count_persons(spans, wanted), index=index)


def count_hosts(programme: Programme, days: Sequence[date] | pd.DatetimeIndex) -> pd.Series:
    """How many people the host team had on each day: its declared size, and those who stayed on.

    A Series of Int64, its index the days; missing throughout where the size is not declared.  Who stayed on
    counts from the day after the stay's end, or from `now_since` where that is later.
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
    """Different persons of (person, first, last) on each day."""
    present: dict[str, NDArray[np.bool_]] = {}
    for person, first, last in spans:
        here = (days >= np.datetime64(first, "D")) & (days <= np.datetime64(last, "D"))
        present[person] = here | present.get(person, False)
    count: NDArray[np.int64] = np.sum(list(present.values()), axis=0, dtype=np.int64)
    return count if present else np.zeros(len(days), dtype=np.int64)
