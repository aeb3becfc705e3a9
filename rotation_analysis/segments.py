"""One team's own counts before and after, with its trend taken off: a description, never a comparison.

log E(count) = log(exposure) + a + trend · time + step · after (+ season), dispersion by Pearson's χ² and
Student's t on the residual degrees of freedom, as a short overdispersed series asks for (METHODS, section 1;
Wagner et al. 2002; Lopez Bernal, Cummins & Gasparrini 2017).  It knows nothing of what changed for everybody
at the same time, and takes for granted that the trend would have gone on.  Intervals are two-sided 95 %.

Notes: `POINTS_FEW:before:after` under 12 points on one side; `COUNTS_LOW:mean` under 3 events a point, or
none on one side; `ALL_ALIKE` the model leaves no remainder, and no variance is not certainty: no interval.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats
from statsmodels.genmod.families import Poisson  # statsmodels.api takes a second to import
from statsmodels.genmod.generalized_linear_model import GLM
from statsmodels.tools.sm_exceptions import PerfectSeparationWarning

from .estimates import LEVEL, TIE, Array

MIN_POINTS = 12
MIN_MEAN = 3.0
MIN_YEARS_FOR_SEASON = 2.0
HARMONICS = (1, 2)


@dataclass(frozen=True)
class Segments:
    """The step of a series of counts as a ratio of rates, its trend taken off; beside it the plain rates.

    `before`, `after`: events per exposure, nothing taken off (None where there is no time).  `value`, `low`,
    `high`: e^step with its interval; `error`: standard error of the step (log ratio); `dispersion`: Pearson's
    χ² ÷ `df`; `trend`: ratio of rates from one year to the next; `season`: whether the months are in the
    model.  n: points.  Where `note` says why, there is no model or no interval.
    """

    before: float | None
    after: float | None
    value: float | None
    low: float | None
    high: float | None
    error: float | None
    dispersion: float | None
    df: int | None
    trend: float | None
    season: bool
    n: int
    note: str | None = None
    p: None = None

    @property
    def raw(self) -> float | None:
        """Rate after ÷ rate before, nothing taken off; None where nothing was before."""
        return None if self.after is None or not self.before else self.after / self.before


def estimate_segments(
    counts: ArrayLike, exposure: ArrayLike, *, years: ArrayLike, after: ArrayLike, season: bool = True
) -> Segments:
    """Step of a rate at a change, by segmented quasi-Poisson regression.

    `counts` of events over `exposure` (any unit above 0), at `years` since any day (fractions of a year),
    `after` the change or before it: four arrays of one length.  Two harmonics of the year are in the model
    where `season` is wanted and the points span two years.  There is no p: no page prints one.

    >>> early, late = [4, 6] * 6, [2, 3] * 6
    >>> found = estimate_segments(early + late, [1] * 24, years=np.arange(24) / 52, after=[0] * 12 + [1] * 12)
    >>> round(found.raw, 2), round(found.value, 2), found.df
    (0.5, 0.45, 21)
    >>> estimate_segments([5, 5], [1, 1], years=[0, 1], after=[False, True]).note
    'POINTS_FEW:1:1'
    """
    events, weeks = np.asarray(counts, dtype=float), np.asarray(exposure, dtype=float)
    times, later = np.asarray(years, dtype=float), np.asarray(after, dtype=bool)
    plain = _find_rate(events[~later], weeks[~later]), _find_rate(events[later], weeks[later])
    note = _why_not(events, later)
    if note is not None:
        return Segments(*plain, None, None, None, None, None, None, None, False, len(events), note)
    seasonal = season and _span(times) >= MIN_YEARS_FOR_SEASON
    model = GLM(events, _lay_out(times, later, seasonal), family=Poisson(), offset=np.log(weeks))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PerfectSeparationWarning)  # the note says it
        fitted = model.fit()  # as if Poisson; the dispersion found comes in below, and may be 0
    dispersion = float(fitted.pearson_chi2 / fitted.df_resid)
    step, error = float(fitted.params[1]), float(fitted.bse[1] * np.sqrt(dispersion))
    reach = float(stats.t.isf(LEVEL / 2, fitted.df_resid)) * error
    exact = dispersion < TIE
    return Segments(
        before=plain[0],
        after=plain[1],
        value=float(np.exp(step)),
        low=None if exact else float(np.exp(step - reach)),
        high=None if exact else float(np.exp(step + reach)),
        error=error,
        dispersion=dispersion,
        df=int(fitted.df_resid),
        trend=float(np.exp(fitted.params[2])),
        season=seasonal,
        n=len(events),
        note="ALL_ALIKE" if exact else None,
    )


def _find_rate(events: Array, weeks: Array) -> float | None:
    """Events per exposure; None where there is no time."""
    return float(events.sum() / weeks.sum()) if weeks.sum() else None


def _why_not(events: Array, later: NDArray[np.bool_]) -> str | None:
    """Why the series is too small for a model."""
    before, after = int((~later).sum()), int(later.sum())
    if min(before, after) < MIN_POINTS:
        return f"POINTS_FEW:{before}:{after}"
    one_side_empty = not (events[later].sum() and events[~later].sum())
    if events.mean() < MIN_MEAN or one_side_empty:
        return f"COUNTS_LOW:{events.mean():.1f}"
    return None


def _span(times: Array) -> float:
    """Years from the first point to the end of the last, which lasts as long as the usual step."""
    return float(np.ptp(times) + np.median(np.diff(np.sort(times))))


def _lay_out(times: Array, later: NDArray[np.bool_], seasonal: bool) -> Array:
    """Columns: one, after, years since the first point, then sine and cosine of the harmonics."""
    columns = [np.ones(len(times)), later.astype(float), times - times.min()]
    for harmonic in HARMONICS if seasonal else ():
        angle = 2 * np.pi * harmonic * times
        columns += [np.sin(angle), np.cos(angle)]
    return np.column_stack(columns)
