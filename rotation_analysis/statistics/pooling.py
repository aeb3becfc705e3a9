"""Cohorts pooled and skills compared: several small groups in, one cautious answer out.

statsmodels carries the random-effects mean; shrinkage is written here.  Intervals are two-sided 95 %.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, replace
from typing import NamedTuple

import numpy as np
from scipy import stats
from statsmodels.stats.meta_analysis import combine_effects

from ..measure_row import Interval
from .estimates import LEVEL, MIN_PERSONS, TIE, Array

MIN_COHORTS = 3
MIN_COHORTS_TO_PREDICT = 5
MIN_ITEMS = 6
MIN_PERSONS_TO_SHRINK = 2
Z = float(stats.norm.isf(LEVEL / 2))


# --- several cohorts ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Pooled(Interval):
    """Mean over k cohorts of n people.

    `tau2` is the variance between cohorts, `predicted` the interval expected for one more cohort's measured
    mean.
    """

    value: float
    _: KW_ONLY
    k: int
    n: int | None = None
    tau2: float | None = None
    predicted: tuple[float, float] | None = None


def pool_cohorts(values_by_cohort: Sequence[Sequence[float]]) -> Pooled:
    """Mean change over cohorts that differ from one another, one value per person; empty cohorts are ignored.

    Sampling variance of a cohort's mean: s_p² / n_i, with s_p² pooled within the cohorts of two or more
    people, because the variance of two or three people is noise; then `combine`. One cohort (`ONE_COHORT`) or
    two (`K2`) have no interval and the mean of the cohorts is descriptive only. If no cohort has two people
    who differ (`NO_WITHIN`) it is Student's t on the cohorts' means, for four or more people (`N_SMALL`).

    >>> p = pool_cohorts([[0.5, 1.0], [1.5, 1.0, 0.5], [0.0, 0.5]])
    >>> round(p.value, 2), round(p.low, 2), round(p.high, 2), p.k, p.n
    (0.69, -0.26, 1.64, 3, 7)
    >>> pool_cohorts([[0.5, 1.0], [1.5, 1.0, 0.5]]).note
    'K2'
    """
    cohorts = [np.asarray(values, dtype=float) for values in values_by_cohort if len(values)]
    n = sum(len(cohort) for cohort in cohorts)
    if not cohorts:
        return Pooled(float("nan"), k=0, n=0, note="NO_OBSERVATIONS")
    means, sizes = np.array([cohort.mean() for cohort in cohorts]), np.array([len(c) for c in cohorts])
    # the variance within, pooled over cohorts of two or more people; 0 if there is none
    squares = sum(float(((cohort - cohort.mean()) ** 2).sum()) for cohort in cohorts)
    within = squares / (n - len(cohorts)) if n > len(cohorts) else 0.0
    if within < TIE or len(cohorts) < MIN_COHORTS:
        return replace(_pool_means(means, n), n=n)
    return replace(combine(means, within / sizes), n=n)


def combine(effects: Sequence[float] | Array, variances: Sequence[float] | Array) -> Pooled:
    """Random-effects mean of k >= 3 effects with known sampling variances.

    τ² after Paule & Mandel (1982), interval after Hartung, Knapp, Sidik & Jonkman: μ = Σ w y / Σ w, w = 1 /
    (v + τ²), μ ± t(k-1, 0.975) · √(Σ w (y - μ)² / ((k-1) Σ w)). IntHout, Ioannidis & Borm, BMC Med. Res.
    Methodol. 14 (2014) 25. Equal effects have no interval (`ZERO_SD`). For five or more, the measured mean of
    another group of similar size is expected within ȳ ± t(k-1, 0.975) · s · √(1 + 1/k) (Hahn & Meeker,
    Statistical Intervals, 1991, 4.7); the usual μ ± t(k-2) · √(τ² + se²) kept its 95 % only 88 % of the time
    at six cohorts (docs/honesty.md).

    >>> c = combine([0.2, 0.5, 0.9, 0.4], [0.04, 0.02, 0.05, 0.03])
    >>> round(c.value, 2), round(c.low, 2), round(c.high, 2)
    (0.49, 0.05, 0.92)
    """
    y, v = np.asarray(effects, dtype=float), np.asarray(variances, dtype=float)
    k = len(y)
    if k < MIN_COHORTS or len(v) != k or (v <= 0).any():
        raise ValueError(f"combine needs {MIN_COHORTS} effects or more, each with a variance above 0")
    if np.ptp(y) < TIE:
        return Pooled(float(y.mean()), k=k, tau2=0.0, note="ZERO_SD")
    with np.errstate(divide="ignore"):  # its I², which is not used, divides by Q
        found = combine_effects(y, v, method_re="iterated", use_t=True)
    value, tau2 = float(found.mean_effect_re), float(found.tau2)
    low, high = found.conf_int(alpha=LEVEL)[-1]  # what the summary calls "random effect wls"
    error = float(found.sd_eff_w_re_hksj)
    predicted = None
    if k >= MIN_COHORTS_TO_PREDICT:
        middle, spread = float(y.mean()), float(y.std(ddof=1)) * np.sqrt(1 + 1 / k)
        half = float(stats.t.isf(LEVEL / 2, k - 1) * spread)
        predicted = (middle - half, middle + half)
    return Pooled(
        value=value,
        low=float(low),
        high=float(high),
        p=float(2 * stats.t.sf(abs(value) / error, k - 1)),
        k=k,
        tau2=tau2,
        predicted=predicted,
    )


def _pool_means(means: Array, n: int) -> Pooled:
    """Pool cohorts without a usable variance within, or too few of them: every cohort has equal weight."""
    k, mean = len(means), float(means.mean())
    if k < MIN_COHORTS:
        return Pooled(mean, k=k, note="ONE_COHORT" if k == 1 else "K2")
    if n < MIN_PERSONS:
        return Pooled(mean, k=k, note="N_SMALL")
    if np.ptp(means) < TIE:
        return Pooled(mean, k=k, note="ZERO_SD")
    result = stats.ttest_1samp(means, 0.0)
    interval = result.confidence_interval(1 - LEVEL)
    return Pooled(
        mean, float(interval.low), float(interval.high), float(result.pvalue), k=k, note="NO_WITHIN"
    )


# --- several skills of the same persons -----------------------------------------------------------------


class ShrunkItem(NamedTuple):
    """An item's mean shrunk towards the overall mean, with its 95 % band."""

    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Shrunk:
    """Items in the order given; `alike`: no evidence that they differ, all are at the overall mean.

    `top` and `bottom`: the items that cannot be distinguished from the highest and from the lowest; sets in
    the order given, never a ranking. If `note` gives a reason, `items` are plain means without a band and
    both sets are empty.
    """

    items: Mapping[str, ShrunkItem]
    overall: float
    tau2: float | None = None
    alike: bool = False
    top: tuple[str, ...] = ()
    bottom: tuple[str, ...] = ()
    note: str | None = None


def shrink(values_by_item: Mapping[str, Sequence[float]]) -> Shrunk:
    """Shrink the means of six or more items (skills), each rated by the same two or more people.

    `values_by_item`: one value per person, people in the same order for every item, nan if missing; items
    without any value are dropped. With item means x_j from the least-squares fit of item + person, error
    variance σ² of that fit, v_j = σ² / n_j, τ² = max(0, var(x) - mean(v)), B_j = v_j / (v_j + τ²) and the
    overall mean μ of weights 1 / (v_j + τ²): value μ + (1 - B_j)(x_j - μ). The band adds the uncertainty of
    the item, v_j (1 - B_j (J - 3) / (J - 1))(1 - 1/J) + 2 / (J - 3) · B_j² (x_j - μ)² (Morris: τ² is itself
    an estimate of J items), and of μ, the variance of the people's means / n with Student's t(n - 1): people
    who rate high rate every item high, which item means alone do not show. Two items are distinguished if
    they differ by more than 1.96 · √(sum of both first parts). Fewer than six items or two people, or answers
    that do not connect: `TOO_FEW`; no error variance: `ZERO_SD`. Efron & Morris, J. Am. Stat. Assoc. 70
    (1975) 311-319; Morris, J. Am. Stat. Assoc. 78 (1983) 47-55.

    >>> answers = ([1, 2, 1], [0, 1, 1], [2, 2, 3], [1, 1, 1], [3, 4, 3], [1, 0, 0])
    >>> found = shrink(dict(zip("abcdef", answers)))
    >>> [round(item.value, 1) for item in found.items.values()]
    [1.3, 0.7, 2.3, 1.0, 3.2, 0.4]
    >>> found.top, found.bottom
    (('e',), ('b', 'd', 'f'))
    """
    given = {item: np.asarray(values, dtype=float) for item, values in values_by_item.items()}
    if len({len(values) for values in given.values()}) > 1:
        raise ValueError("every item needs one value a person, nan where it is missing")
    asked = {item: values for item, values in given.items() if not np.isnan(values).all()}
    plain = {item: ShrunkItem(float(np.nanmean(values)), None, None) for item, values in asked.items()}
    overall = float(np.mean([item.value for item in plain.values()])) if plain else float("nan")
    fit = _fit_items(np.stack(list(asked.values()), axis=1)) if len(asked) >= MIN_ITEMS else None
    if fit is None or fit.error < TIE:
        return Shrunk(plain, overall, note="TOO_FEW" if fit is None else "ZERO_SD")
    k, v = len(asked), fit.error / fit.counts
    tau2 = max(0.0, float(np.var(fit.items, ddof=1) - v.mean()))
    weight = 1 / (v + tau2)
    overall = float((weight * fit.items).sum() / weight.sum())
    drawn = v * weight
    value = overall + (1 - drawn) * (fit.items - overall)
    variance = (
        v * (1 - drawn * (k - 3) / (k - 1)) * (1 - 1 / k)
        + 2 / (k - 3) * drawn**2 * (fit.items - overall) ** 2
    )
    half = np.sqrt(Z**2 * variance + fit.half_of_mean**2)
    bands = zip(value.tolist(), (value - half).tolist(), (value + half).tolist(), strict=True)
    apart = Z * np.sqrt(variance[:, None] + variance)
    return Shrunk(
        items=dict(zip(asked, map(ShrunkItem._make, bands), strict=True)),
        overall=overall,
        tau2=tau2,
        alike=tau2 == 0,
        top=_near(list(asked), value, apart[value.argmax()], int(value.argmax())),
        bottom=_near(list(asked), value, apart[value.argmin()], int(value.argmin())),
    )


def _near(names: Sequence[str], value: Array, apart: Array, extreme: int) -> tuple[str, ...]:
    """List the items that cannot be distinguished from the one at `extreme`."""
    return tuple(
        name for name, near in zip(names, np.abs(value - value[extreme]) <= apart, strict=True) if near
    )


class _Fit(NamedTuple):
    """Item means as if every person had rated every item, and the residuals' variance."""

    items: Array
    counts: Array
    error: float
    half_of_mean: float


def _fit_items(values: Array) -> _Fit | None:
    """Least squares of item + person on values (persons × items, nan = missing); None if too few."""
    values = values[~np.isnan(values).all(axis=1)]
    n, k = values.shape
    if n < MIN_PERSONS_TO_SHRINK:
        return None
    person, item = np.nonzero(~np.isnan(values))
    # persons' effects add up to 0, so that the items' are their means
    contrast = np.vstack([np.eye(n - 1), -np.ones(n - 1)])
    design = np.hstack([np.eye(k)[item], contrast[person]])
    freedom = len(person) - design.shape[1]
    found, _, rank, _ = np.linalg.lstsq(design, values[person, item], rcond=None)
    if rank < design.shape[1] or freedom < 1:
        return None
    error = float(((values[person, item] - design @ found) ** 2).sum()) / freedom
    persons = np.append(found[k:], -found[k:].sum())
    t = float(stats.t.isf(LEVEL / 2, n - 1))
    half = t * float(np.sqrt(np.var(persons, ddof=1) / n))
    return _Fit(found[:k], (~np.isnan(values)).sum(axis=0).astype(float), error, half)
