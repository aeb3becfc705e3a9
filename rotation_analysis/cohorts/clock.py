"""Business hours between two moments, and out-of-hours and sleeping hours where a person lives.

Business hours run from opening to closing on working days.  Both are wall-clock times in the programme's
zone that are converted to UTC first, so that days with a daylight-saving change have their true length.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from functools import lru_cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..programme.model import Programme
from ..programme.worktime import FIRST_YEAR, LAST_YEAR, WorkCalendar, list_working_days

Moments = NDArray[np.int64]
HOUR = 3_600_000_000  # microseconds
NO_MOMENT = np.iinfo(np.int64).min
"""Integer value of NaT."""


@dataclass(frozen=True)
class BusinessClock:
    """Business hours of a programme: `opens` to `closes` on working days, in its `timezone`.

    `sleep_from` to `sleep_until` can run over midnight.  Closing at 00:00 means the end of the day.
    Raises ValueError if a day would close before it opens.
    """

    calendar: WorkCalendar
    timezone: str
    opens: time = time(10)
    closes: time = time(19)
    sleep_from: time = time(22)
    sleep_until: time = time(7)

    def __post_init__(self) -> None:
        if self.closes != time(0) and self.closes <= self.opens:
            raise ValueError(f"business hours end at {self.closes}, before they begin at {self.opens}")

    def hours_between(self, start: pd.Series, end: pd.Series) -> pd.Series:
        """Compute business hours from `start` to `end` (times with a zone, same index), one float per row.

        NaN if either is missing or `end` is before `start`; the caller counts those.  Days outside the years
        that `worktime` covers have no business hours.

        >>> clock = BusinessClock(WorkCalendar("JP"), "Asia/Tokyo")
        >>> friday, monday = pd.to_datetime(["2024-05-10T09:00Z", "2024-05-13T02:00Z"])  # 18:00 and 11:00
        >>> clock.hours_between(pd.Series([friday]), pd.Series([monday])).tolist()
        [2.0]
        """
        first, last = _moments(start), _moments(end)
        known = (first != NO_MOMENT) & (last != NO_MOMENT) & (first <= last)
        hours = np.where(known, self._count(last) - self._count(first), np.nan) / HOUR
        return pd.Series(hours, index=start.index)

    def kind_of_hours(self, times: pd.Series, timezone: str | pd.Series | None = None) -> pd.Series:
        """Classify times as `sleep`, `off` (other out-of-hours times) or NA (business hours, or no time).

        Out of hours means outside business hours or not on a working day, where the person lives: `timezone`
        is an IANA name, one for all rows or one per row; default: the programme's.  Times that are both
        sleeping and business hours count as business hours.

        >>> clock = BusinessClock(WorkCalendar("JP"), "Asia/Tokyo")
        >>> times = pd.Series(pd.to_datetime(["2024-05-10T03:00Z", "2024-05-10T11:00Z", "2024-05-10T18:00Z"]))
        >>> clock.kind_of_hours(times).fillna("business").tolist()
        ['business', 'off', 'sleep']
        """
        zones = timezone if isinstance(timezone, pd.Series) else pd.Series(timezone, index=times.index)
        zones = zones.astype("object").where(zones.notna(), self.timezone).to_numpy()
        kinds = np.full(len(times), None, dtype=object)
        begins, ends = _as_delta(self.sleep_from), _as_delta(self.sleep_until)
        for zone in pd.unique(zones):
            here = zones == zone
            wall = times[here].dt.tz_convert(zone).dt.tz_localize(None).to_numpy("datetime64[us]")
            at = wall.astype("int64") % (24 * HOUR)
            works = np.isin(wall.astype("datetime64[D]"), _working_days(self.calendar))
            works &= (at >= _as_delta(self.opens)) & (at < _closing(self))
            sleeps = (at >= begins) & (at < ends) if begins <= ends else (at >= begins) | (at < ends)
            found = np.where(sleeps, "sleep", "off").astype(object)
            found[np.isnat(wall) | works] = None
            kinds[here] = found
        return pd.Series(kinds, index=times.index, dtype="string")

    def _count(self, moments: Moments) -> Moments:
        """Count business time from the first opening to each moment, in microseconds."""
        opens, lengths, before = _list_openings(self)
        day = np.searchsorted(opens, moments, side="right") - 1
        within = np.minimum(moments - opens[day], lengths[day])
        return np.where(day < 0, 0, before[day] + within)


def business_clock_for(programme: Programme) -> BusinessClock:
    """Build the clock that a programme declares."""
    declared = programme.calendar
    return BusinessClock(
        calendar=programme.work_calendar,
        timezone=programme.programme.timezone,
        opens=declared.opens,
        closes=declared.closes,
        sleep_from=declared.sleep_from,
        sleep_until=declared.sleep_until,
    )


@lru_cache(maxsize=8)
def _working_days(calendar: WorkCalendar) -> NDArray[np.datetime64]:
    return list_working_days(calendar, date(FIRST_YEAR, 1, 1), date(LAST_YEAR, 12, 31))


@lru_cache(maxsize=8)
def _list_openings(clock: BusinessClock) -> tuple[Moments, Moments, Moments]:
    """List opening, length, and preceding business time of every working day, in microseconds.

    If a wall time occurs twice, the day opens at its first or closes at its last occurrence; a skipped wall
    time means the moment at which the clocks go forward.
    """
    days = pd.Series(pd.DatetimeIndex(_working_days(clock.calendar)).as_unit("us"))
    bounds = []
    for at, first in ((_as_delta(clock.opens), True), (_closing(clock), False)):
        wall = days + pd.Timedelta(int(at), unit="us")
        earlier = np.full(len(wall), first)  # summer time comes before winter time
        bounds.append(
            _moments(wall.dt.tz_localize(clock.timezone, ambiguous=earlier, nonexistent="shift_forward"))
        )
    lengths = bounds[1] - bounds[0]
    return bounds[0], lengths, np.cumsum(lengths) - lengths


def _moments(times: pd.Series) -> Moments:
    """Convert times with a zone to microseconds since 1970 (UTC)."""
    moments: Moments = (
        times.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy("datetime64[us]").astype("int64")
    )
    return moments


def _as_delta(at: time) -> int:
    return HOUR * at.hour + HOUR // 60 * at.minute + 1_000_000 * at.second + at.microsecond


def _closing(clock: BusinessClock) -> int:
    return _as_delta(clock.closes) or 24 * HOUR
