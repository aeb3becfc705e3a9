"""Working days and weeks: public holidays of the country and the company's own days off.

A week (Monday to Sunday) is weighted by its working days, five of which are one working week, so that Golden
Week does not look like progress.  Public holidays: the `holidays` library.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import holidays
import numpy as np
import pandas as pd
from numpy.typing import NDArray

FIRST_YEAR, LAST_YEAR = 1990, 2060


@dataclass(frozen=True)
class WorkCalendar:
    """`country` is an ISO 3166 code or None; `days_off` are the company's own."""

    country: str | None
    days_off: frozenset[date] = frozenset()


@lru_cache(maxsize=8)
def _business_days(calendar: WorkCalendar) -> np.busdaycalendar:
    free: set[date] = set(calendar.days_off)
    if calendar.country:
        free |= set(holidays.country_holidays(calendar.country, years=range(FIRST_YEAR, LAST_YEAR)))
    return np.busdaycalendar(holidays=sorted(np.datetime64(day, "D") for day in free))


def count_working_days(calendar: WorkCalendar, first: date, last: date) -> int:
    """Count working days from `first` to `last`, both included; 0 if `last` is earlier.

    >>> count_working_days(WorkCalendar("JP"), date(2024, 4, 29), date(2024, 5, 5))
    3
    """
    if last < first:
        return 0
    return int(np.busday_count(first, last + timedelta(days=1), busdaycal=_business_days(calendar)))


def list_working_days(calendar: WorkCalendar, first: date, last: date) -> NDArray[np.datetime64]:
    """List working days from `first` to `last`, both included, in order.

    >>> list_working_days(WorkCalendar("JP"), date(2024, 5, 2), date(2024, 5, 7)).astype(str).tolist()
    ['2024-05-02', '2024-05-07']
    """
    days = np.arange(np.datetime64(first, "D"), np.datetime64(last + timedelta(days=1), "D"))
    return days[np.is_busday(days, busdaycal=_business_days(calendar))]


def count_working_weeks(calendar: WorkCalendar, first: date, last: date) -> float:
    """Count working weeks (5 working days = 1.0) from `first` to `last`, both included.

    >>> count_working_weeks(WorkCalendar("JP"), date(2024, 4, 29), date(2024, 5, 5))
    0.6
    """
    return count_working_days(calendar, first, last) / 5


def local_days(times: pd.Series, timezone: str) -> pd.Series:
    """Convert UTC times to calendar days (midnight, without zone) in a timezone."""
    return times.dt.tz_convert(timezone).dt.tz_localize(None).dt.normalize().dt.as_unit("us")
