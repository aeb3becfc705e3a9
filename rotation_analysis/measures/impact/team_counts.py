"""Counting one home team over one window: records by team and day, and one quantity made of them.

Records are sorted by team and day once and summed up, so that a window costs two look-ups.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...statistics.estimates import share_variance

MOST_UNLABELLED = 0.2
TAIL = np.timedelta64(13 * 7, "D")

Window = tuple[pd.Timestamp, pd.Timestamp]
Exposure = Callable[[str, Window], tuple[float, float]]
"""Working weeks of a team's window that a log covers, and those that it does not."""
Days = NDArray[np.datetime64]
Scale = Literal["share", "rate", "duration", "log_odds"]
UNITS: Mapping[Scale, str] = {
    "share": "share_points",
    "rate": "rate_ratio",
    "duration": "waiting_ratio",
    "log_odds": "log_ratio",
}


@dataclass(frozen=True)
class Count:
    """What was counted of one team in one window.

    Of a share k of n records, `missing` do not tell; of a rate k records in n working weeks, `missing` weeks
    are on no record; of a duration k is the sum of the logarithms of n records' hours.
    """

    k: float
    n: float
    missing: float = 0

    @classmethod
    def total(cls, counts: Iterable[Count]) -> Count:
        """Several teams or windows together."""
        every = list(counts)
        return cls(sum(c.k for c in every), sum(c.n for c in every), sum(c.missing for c in every))

    @property
    def noted(self) -> float:
        """All records, or weeks, there are."""
        return self.n + self.missing

    @property
    def usable(self) -> bool:
        """Whether enough of them tell."""
        return self.n > 0 and self.missing <= MOST_UNLABELLED * self.noted


@dataclass(frozen=True)
class TeamRecords:
    """Records by team, ready to be counted over any window: sorted days, and sums of k, n, missing before."""

    days: Mapping[str, Days]
    sums: Mapping[str, NDArray[np.float64]]
    _known: dict[tuple[str, Window], Count] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of(cls, records: pd.DataFrame) -> TeamRecords:
        """`records` has `team`, `day`, `k`, `n`, `missing`; without a team or a day a record is of nobody."""
        records = records[records["team"].notna() & records["day"].notna()]
        if records.empty:
            return cls({}, {})
        codes, teams = pd.factorize(records["team"], sort=True)
        days = records["day"].to_numpy("datetime64[D]")
        order = np.lexsort((days, codes))
        cuts = np.searchsorted(codes[order], np.arange(1, len(teams)))
        values = records[["k", "n", "missing"]].to_numpy(np.float64)[order]
        pairs = zip(teams, np.split(days[order], cuts), np.split(values, cuts), strict=True)
        found = {str(team): (own, np.vstack([np.zeros(3), rows.cumsum(axis=0)])) for team, own, rows in pairs}
        return cls(
            {team: own[0] for team, own in found.items()}, {team: own[1] for team, own in found.items()}
        )

    def count(self, team: str, window: Window) -> Count:
        """The team's sums over a window, both days included; found once, as variants ask again."""
        if team not in self.days:
            return Count(0, 0)
        if (team, window) not in self._known:
            first, last = (day.to_datetime64().astype("datetime64[D]") for day in window)
            days, sums = self.days[team], self.sums[team]
            found = sums[np.searchsorted(days, last, side="right")] - sums[np.searchsorted(days, first)]
            self._known[team, window] = Count(*found.tolist())
        return self._known[team, window]

    def find_labelling_end(self, team: str) -> str | None:
        """The day (ISO) from which the team's records no longer tell; None where they do to the end.

        Of all days the one from which on those that do not tell exceed what may not by most; the last
        `TAIL` of the records must not tell either, else they only had a gap.
        """
        days, first = np.unique(self.days[team], return_index=True)
        remaining = self.sums[team][-1] - self.sums[team][first]  # from each day on
        excess = remaining[:, 2] - MOST_UNLABELLED * (remaining[:, 1] + remaining[:, 2])
        day, tail = int(excess.argmax()), int(np.searchsorted(days, days[-1] - TAIL))
        return str(days[day]) if excess[day] > 0 and excess[tail] > 0 else None


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One quantity of a home team, to be compared before and after.

    `declined` is why nothing of it can be told of anybody; `absent` why of a team without any record, `empty`
    of one without records in a window, `untold` of one whose records do not tell.  `spread` is the variance
    of a single logarithm within teams (durations).
    """

    name: str
    scale: Scale
    book: TeamRecords
    absent: str
    empty: str
    incomplete: str
    declined: str | None = None
    exposure: Exposure | None = None
    spread: float = 0.0

    @property
    def measure(self) -> str:
        """The id its rows begin with."""
        return f"impact.{self.name}"

    @property
    def unit(self) -> str:
        """The unit of its differences."""
        return UNITS[self.scale]

    def has_records(self, team: str) -> bool:
        """Whether any record of the team was read."""
        return team in self.book.days

    def count(self, team: str, window: Window) -> Count:
        """The team's count over a window, both days included."""
        counted = self.book.count(team, window)
        if self.exposure is None or not self.has_records(team):
            return counted
        weeks, beyond = self.exposure(team, window)
        return Count(counted.k, weeks, beyond)

    def find_reason(self, team: str, *windows: Window) -> str | None:
        """Why the team cannot be counted over all of these windows; None where it can."""
        if not self.has_records(team):
            return self.absent
        counts = [self.count(team, window) for window in windows]
        if any(count.noted == 0 for count in counts):
            return self.empty
        return None if all(count.usable for count in counts) else self.incomplete

    def change(self, before: Count, after: Count) -> tuple[float, float]:
        """The change on the scale on which teams are compared, and its sampling variance.

        Rates and odds: half an event is added to each count (docs/methods.md).
        """
        if self.scale == "share":
            variance = share_variance(before.k, before.n) + share_variance(after.k, after.n)
            return after.k / after.n - before.k / before.n, variance
        if self.scale == "duration":
            return after.k / after.n - before.k / before.n, self.spread * (1 / before.n + 1 / after.n)
        k = np.array([before.k, after.k]) + 0.5
        n = np.array([before.n, after.n])
        if self.scale == "rate":
            return float(np.diff(np.log(k / n))[0]), float((1 / k).sum())
        rest = n - k + 1
        return float(np.diff(np.log(k / rest))[0]), float((1 / k + 1 / rest).sum())

    def printed(self, value: float) -> float:
        """A difference of changes as it is printed: of rates and durations ratio − 1."""
        return float(np.expm1(value)) if self.scale in ("rate", "duration") else value
