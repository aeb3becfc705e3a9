"""How long something takes when some of it is still open: medians, other quantiles and restricted means.

Open records count as "at least this long" (censored), never as closed and never excluded; the caller reports
cancelled ones separately. statsmodels computes the Kaplan-Meier curve; what it lacks is implemented here:
with frequency weights its standard error is that of the cumulative hazard (`SurvfuncRight.quantile_ci` then
gives too wide an interval), and it has no restricted mean. Hours are rounded to 0.1, so that a million
records are as few points as there are tenths of an hour. Intervals are two-sided 95 % and assume independent
records.

Notes: `NO_OBSERVATIONS`; `N_FEW_DONE:m` only m records are done, no interval; `MEDIAN_NOT_REACHED`,
`QUANTILE_NOT_REACHED:90` too much is open for a value; `UPPER_NOT_REACHED` the interval has only a lower end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats
from statsmodels.duration.survfunc import SurvfuncRight

from ..measure_row import Interval
from .estimates import LEVEL, TIE, Array

MIN_DONE = 10
BINS_PER_HOUR = 10
Z = float(stats.norm.isf(LEVEL / 2))


@dataclass(frozen=True)
class WaitingEstimate(Interval):
    """A quantile of waiting in hours over n records, `open` of them not yet done.

    `value` is None if too many are open to estimate it; only `high` is None if the interval's upper end was
    not observed; `note` gives the reason.
    """

    _: KW_ONLY
    n: int
    open: int


@dataclass(frozen=True)
class Curve:
    """Kaplan-Meier curve: after each of `hours` the `share` still waiting, with its Greenwood sum.

    share² · greenwood is the variance of `share`.  `n` records, `open` not done.
    """

    hours: Array
    share: Array
    greenwood: Array
    n: int
    open: int

    @property
    def closed(self) -> int:
        """Number of records that are done."""
        return self.n - self.open

    def share_at(self, hours: float) -> float:
        """Return the share that waits longer than `hours`."""
        place = int(np.searchsorted(self.hours, hours + TIE, side="right"))
        return float(self.share[place - 1]) if place else 1.0


def draw_curve(hours: Sequence[float] | ArrayLike, done: Sequence[bool] | ArrayLike) -> Curve:
    """Compute the curve of n records: `hours` waited so far or until done, `done` whether it was.

    Both of length n; hours are numbers of 0 or more. Raises ValueError if one is missing or below 0. Kaplan &
    Meier, J. Am. Stat. Assoc. 53 (1958) 457-481.

    >>> curve = draw_curve([1, 2, 3, 4], [True, True, False, True])
    >>> curve.hours.tolist(), curve.share.round(3).tolist(), curve.open
    ([1.0, 2.0, 4.0], [0.75, 0.5, 0.0], 1)
    """
    waited, closed = np.asarray(hours, dtype=float), np.asarray(done, dtype=bool)
    if waited.shape != closed.shape or waited.ndim != 1:
        raise ValueError("hours and done need one value a record")
    if not (np.isfinite(waited) & (waited >= 0)).all():
        raise ValueError("hours are missing or below 0")
    codes, tenths = pd.factorize(np.rint(waited * BINS_PER_HOUR).astype(np.int64), sort=True)
    bins = tenths / BINS_PER_HOUR
    counts = [np.bincount(codes[closed == kind], minlength=len(bins)) for kind in (True, False)]
    if not closed.any():
        none = np.empty(0)
        return Curve(none, none, none, len(waited), len(waited))
    found = SurvfuncRight(
        np.tile(bins, 2), np.repeat([1, 0], len(bins)), freq_weights=np.concatenate(counts).astype(float)
    )
    at_risk, events = found.n_risk, found.n_events
    left = at_risk - events  # 0 only at the end, where the share is 0 and its sum is never used
    greenwood = np.cumsum(np.divide(events, at_risk * left, out=np.zeros(len(left)), where=left > 0))
    return Curve(
        hours=found.surv_times,
        share=found.surv_prob,
        greenwood=greenwood,
        n=len(waited),
        open=int((~closed).sum()),
    )


def estimate_waiting(
    hours: Sequence[float] | ArrayLike, done: Sequence[bool] | ArrayLike, *, quantile: float = 0.5
) -> WaitingEstimate:
    """Estimate the hours within which a share `quantile` of n records is done, accounting for open ones.

    `hours` and `done` as in `draw_curve`. The value is the first time at which the curve falls below 1 -
    quantile (if it lies exactly on it, the middle of that step, like a median of closed records). The
    interval contains every time at which the log(-log) interval of the curve includes 1 - quantile; it needs
    10 or more done records. Brookmeyer & Crowley, Biometrics 38 (1982) 29-41; Kalbfleisch & Prentice (1980).

    >>> found = estimate_waiting([2, 4, 5, 7, 8, 9, 12, 20, 30, 31, 40, 60], [True] * 10 + [False] * 2)
    >>> found.value, found.low, found.high, found.n, found.open
    (10.5, 4.0, 31.0, 12, 2)
    """
    return estimate_quantile(draw_curve(hours, done), quantile)


def estimate_quantile(curve: Curve, quantile: float) -> WaitingEstimate:
    """Like `estimate_waiting`, for an existing curve."""
    if curve.n == 0:
        return WaitingEstimate(None, n=0, open=0, note="NO_OBSERVATIONS")
    rest = 1 - quantile
    below = np.flatnonzero(curve.share < rest - TIE)
    on = np.flatnonzero(np.abs(curve.share - rest) <= TIE)
    ends = [float(curve.hours[places[0]]) for places in (on, below) if len(places)]
    value = float(np.mean(ends)) if ends else None
    low, high = _bound_quantile(curve, rest) if curve.closed >= MIN_DONE else (None, None)
    note = None
    if value is None:
        note = "MEDIAN_NOT_REACHED" if quantile == 0.5 else f"QUANTILE_NOT_REACHED:{100 * quantile:g}"
    elif curve.closed < MIN_DONE:
        note = f"N_FEW_DONE:{curve.closed}"
    elif high is None:
        note = "UPPER_NOT_REACHED"
    return WaitingEstimate(value, low, high, n=curve.n, open=curve.open, note=note)


def _bound_quantile(curve: Curve, rest: float) -> tuple[float | None, float | None]:
    """Return the first times at which the lower and upper ends of the curve's interval reach `rest`."""
    share = np.clip(curve.share, TIE, 1 - TIE)
    half = Z * np.sqrt(curve.greenwood) / -np.log(share)
    ends = []
    for side in (half, -half):
        end = np.where(curve.share > TIE, share ** np.exp(side), 0.0)
        reached = np.flatnonzero(end <= rest + TIE)
        ends.append(float(curve.hours[reached[0]]) if len(reached) else None)
    return ends[0], ends[1]
