"""Estimates for one to a few dozen observations: arrays in, numbers out.

scipy and statsmodels do the work; what they lack (the interval of the sign-flip test, bounds, reliable
change) is implemented here and checked against published or hand-computed cases. Intervals are two-sided 95
%. If an estimate has no interval or no p, its note gives the reason: `N1` one person, `N_SMALL` two or three,
`ZERO_SD` all changes equal, `NO_P:m` too few of the changes (m) differ from zero, `NO_OBSERVATIONS` nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import KW_ONLY, dataclass, replace
from functools import lru_cache
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from ..measure_row import Interval

Array = NDArray[np.float64]
MIN_PERSONS = 4
LEVEL = 0.05
TIE = 1e-12  # statistics closer than this count as equal
MOST_PERSONS_WITH_ALL_FLIPS = 16
DRAWN_FLIPS = 2**16
SEED = 20_250_331


Found = TypeVar("Found", bound=Interval)


@dataclass(frozen=True)
class Estimate(Interval):
    """A value of n persons, rounds or records with its interval."""

    value: float
    _: KW_ONLY
    n: int


def estimate_mean(changes: Sequence[float]) -> Estimate:
    """Mean of one change per person, with Student's t interval from n = 4.

    mean ± t(n-1, 0.975) · s / √n. Below four people there is no interval (`N_SMALL`), nor if all changes are
    equal (`ZERO_SD`): no variance is not certainty.

    >>> e = estimate_mean([0.5, 1.0, 1.5, 1.0])
    >>> round(e.value, 2), round(e.low, 2), round(e.high, 2)
    (1.0, 0.35, 1.65)
    >>> estimate_mean([1.0, 1.0, 1.0, 1.0]).note
    'ZERO_SD'
    """
    values = np.asarray(changes, dtype=float)
    mean, note = _describe(values)
    if note is not None:
        return Estimate(mean, n=len(values), note=note)
    result = stats.ttest_1samp(values, 0.0)
    interval = result.confidence_interval(1 - LEVEL)
    return Estimate(mean, float(interval.low), float(interval.high), float(result.pvalue), n=len(values))


def estimate_difference(changes: Sequence[float], others: Sequence[float]) -> Estimate:
    """Mean of `changes` minus mean of `others`, two independent groups, with Welch's t interval.

    Both groups need four values; n is the number of `changes`. If one has fewer (`N1`, `N_SMALL`), or all of
    both changed alike (`ZERO_SD`), there is no interval. Welch, Biometrika 34 (1947) 28-35.

    >>> e = estimate_difference([1.0, 2.0, 3.0, 2.0], [0.0, 1.0, 0.0, 1.0])
    >>> round(e.value, 2), round(e.low, 2), round(e.high, 2)
    (1.5, 0.24, 2.76)
    >>> estimate_difference([1.0, 2.0, 3.0, 2.0], [0.0]).note
    'N1'
    """
    first, second = np.asarray(changes, dtype=float), np.asarray(others, dtype=float)
    if len(first) == 0 or len(second) == 0:
        return Estimate(float("nan"), n=len(first), note="NO_OBSERVATIONS")
    value = float(first.mean() - second.mean())
    fewer = first if len(first) <= len(second) else second
    _, note = _describe(fewer) if len(fewer) < MIN_PERSONS else (value, None)
    if note is None and np.ptp(first) < TIE and np.ptp(second) < TIE:
        note = "ZERO_SD"
    if note is not None:
        return Estimate(value, n=len(first), note=note)
    # not `ttest_ind`: it warns if all values of one group are equal, which does no harm here
    own, other = float(first.var(ddof=1)) / len(first), float(second.var(ddof=1)) / len(second)
    freedom = (own + other) ** 2 / (own**2 / (len(first) - 1) + other**2 / (len(second) - 1))
    error = float(np.sqrt(own + other))
    half = float(stats.t.isf(LEVEL / 2, freedom)) * error
    p = float(2 * stats.t.sf(abs(value) / error, freedom))
    return Estimate(value, value - half, value + half, p, n=len(first))


def _describe(values: Array) -> tuple[float, str | None]:
    """Return the mean and the reason why it has no interval (None if it has one)."""
    if len(values) == 0:
        return float("nan"), "NO_OBSERVATIONS"
    mean = float(values.mean())
    if len(values) < MIN_PERSONS:
        return mean, "N1" if len(values) == 1 else "N_SMALL"
    return mean, "ZERO_SD" if np.ptp(values) < TIE else None


def estimate_by_sign_flip(changes: Sequence[float], *, level: float = LEVEL) -> Estimate:
    """Mean of one change per person, with the exact sign-flip test and its interval.

    H0: changes are symmetric about θ. With the means m_S of all non-empty subsets S of the n people, p(θ) = 2
    · min(1 + #{m_S ≤ θ}, 1 + #{m_S ≥ θ}) / 2^n, at most 1; the interval contains every θ with p(θ) > `level`:
    its ends are subset means, and 0 is outside exactly when p ≤ `level`. Zero changes are kept. Above 16
    people 2^16 subsets are drawn with a fixed seed. The smallest p is 2 / 2^m for m changes that differ from
    zero: if that is above `level` there is no p (`NO_P:m`); if 2 / 2^n is, there is no interval either.
    Hartigan, "Using subsample values as typical values", J. Am. Stat. Assoc. 64 (1969) 1303-1317.

    >>> e = estimate_by_sign_flip([0.5, 1.0, 1.5, 1.0, 0.5, 0.0, 1.0])
    >>> round(e.value, 2), round(e.low, 2), round(e.high, 2), e.p
    (0.79, 0.25, 1.25, 0.03125)
    >>> estimate_by_sign_flip([0.5, 1.0, 1.5, 1.0, 0.5]).note
    'NO_P:5'
    """
    values = np.sort(np.asarray(changes, dtype=float))  # drawn flips must not depend on the order of persons
    n, (mean, note) = len(values), _describe(values)
    if n < MIN_PERSONS:
        return Estimate(mean, n=n, note=note)
    scale = max(1.0, float(np.abs(values).max()))
    differing = int((np.abs(values) > TIE * scale).sum())
    no_test = f"NO_P:{differing}" if 2.0 ** (1 - differing) > level else None
    if 2.0 ** (1 - n) > level or (note and no_test):
        return Estimate(mean, n=n, note=note or no_test)
    within, sizes = _list_subsets(n)
    means = within @ values / sizes
    means[np.abs(means) < TIE * scale] = 0.0
    flips = len(means) + 1
    tail = 1 + min(int((means <= 0).sum()), int((means >= 0).sum()))
    p = None if no_test else min(1.0, 2 * tail / flips)
    if note:
        return Estimate(mean, p=p, n=n, note=note)
    outside = int(level * flips / 2 + TIE) - 1  # subset means beyond each end
    means.partition((outside, len(means) - 1 - outside))
    return Estimate(mean, float(means[outside]), float(means[-1 - outside]), p, n=n, note=no_test)


def adjust_for_missing(
    estimate: Callable[[Sequence[float]], Estimate], changes: Sequence[float], *, missing: int
) -> Estimate:
    """Widen an estimate's interval to cover the case that people who did not answer have not changed.

    The value is that of `changes`; the interval covers both the one of `changes` and the one with `missing`
    zeros added; p is the larger of the two. Last observation carried forward, as one end of what is
    plausible: if those who gained least do not answer, the interval of the answers alone misses more often
    than not (docs/honesty.md). Assumes that nobody missing fell back.

    >>> alone, allowed = (
    ...     adjust_for_missing(estimate_mean, [0.5, 1.0, 1.5, 1.0], missing=missing) for missing in (0, 2)
    ... )
    >>> [round(end, 2) for end in (alone.low, alone.high, allowed.low, allowed.high)]
    [0.35, 1.65, 0.03, 1.65]
    """
    found = estimate(changes)
    return widen_interval(found, estimate([*changes, *[0.0] * missing])) if missing else found


def widen_interval(estimate: Found, other: Found) -> Found:
    """Return `estimate` with an interval covering both, and the larger p; if one has none, `estimate`."""
    if estimate.low is None or estimate.high is None or other.low is None or other.high is None:
        return estimate
    p = None if estimate.p is None or other.p is None else max(estimate.p, other.p)
    return replace(estimate, low=min(estimate.low, other.low), high=max(estimate.high, other.high), p=p)


@lru_cache(maxsize=4)
def _list_subsets(n: int) -> tuple[Array, Array]:
    """List non-empty subsets of n people (subsets × n, 1 = within) and their sizes: all up to n = 16, else
    drawn.
    """
    if n <= MOST_PERSONS_WITH_ALL_FLIPS:
        within = np.arange(1, 2**n)[:, None] >> np.arange(n) & 1
    else:
        random = np.random.RandomState(SEED)  # its stream is frozen: the same draws on every machine
        drawn = random.randint(0, 2, (DRAWN_FLIPS - 1, n))
        within = drawn[drawn.any(axis=1)]
    return within.astype(float), within.sum(axis=1).astype(float)


class Bounds(NamedTuple):
    """Mean change of everyone, whatever those who did not answer would have answered."""

    nothing_gained: float
    worst: float
    best: float


def bound_mean(
    changes: Sequence[float], pre_of_missing: Sequence[float], *, low: float = 1, high: float = 5
) -> Bounds:
    """Mean change if those whose second answer is missing gained nothing, fell to `low`, rose to `high`.

    `changes` of those who answered twice, `pre_of_missing` the first levels of the others, on a scale of
    `low` to `high`. worst = (Σ changes + Σ (low - pre)) / all, best = (Σ changes + Σ (high - pre)) / all: no
    missing answer can move the mean of everyone beyond them. Sampling error is not included. Manski,
    "Nonparametric bounds on treatment effects", Am. Econ. Rev. 80 (1990) 319-323.

    >>> [round(bound, 2) for bound in bound_mean([1, 1, 0, 1], [3, 2])]
    [0.5, 0.0, 1.33]
    """
    pre = np.asarray(pre_of_missing, dtype=float)
    everyone = len(changes) + len(pre)
    if everyone == 0:
        raise ValueError("bound_mean needs at least one person")
    if ((pre < low) | (pre > high)).any():
        raise ValueError(f"pre_of_missing lies outside the scale of {low} to {high}")
    known = float(np.sum(changes))
    return Bounds(
        nothing_gained=known / everyone,
        worst=(known + float((low - pre).sum())) / everyone,
        best=(known + float((high - pre).sum())) / everyone,
    )


def smallest_detectable_change(sd: float, r: float) -> float:
    """Smallest change of one person that measurement error alone causes in at most one of twenty people.

    1.96 · √2 · sd · √(1 - r), in the unit of `sd`; `sd` between persons and test-retest reliability `r` come
    from a stated source, never from the cohort itself.  Jacobson & Truax (1991).

    >>> round(smallest_detectable_change(0.9, 0.7), 2)
    1.37
    """
    return float(stats.norm.isf(LEVEL / 2)) * _error_of_change(sd, r)


def compute_reliable_change(change: float, sd: float, r: float) -> tuple[float, float]:
    """Return one person's change in units of its measurement error and its two-sided normal p: (z, p).

    z = change / (√2 · sd · √(1 - r)), `sd` and `r` as in `smallest_detectable_change`.  For composites, or
    for skills after `adjust_holm` over the skills of the person: each test alone errs one time in twenty.
    Jacobson & Truax, "Clinical significance", J. Consult. Clin. Psychol. 59 (1991) 12-19.

    >>> z, p = compute_reliable_change(47.5 - 32.5, 10, 0.8)
    >>> round(z, 2), round(p, 3)
    (2.37, 0.018)
    """
    z = change / _error_of_change(sd, r)
    return z, float(2 * stats.norm.sf(abs(z)))


def _error_of_change(sd: float, r: float) -> float:
    """Standard deviation of the difference of two measurements of an unchanged person."""
    if not (sd > 0 and 0 <= r < 1):
        raise ValueError(f"sd must be above 0 and r from 0 to below 1, not {sd} and {r}")
    return float(np.sqrt(2 * (1 - r)) * sd)


def name_units(note: str | None, *, few: str, alike: str) -> str | None:
    """Rename the reason why a mean has no interval to match its units (teams and rounds are not people).

    >>> name_units("N_SMALL", few="FEW_TEAMS", alike="ALL_ALIKE")
    'FEW_TEAMS'
    """
    return {"N1": few, "N_SMALL": few, "ZERO_SD": alike}.get(note or "", note)


def estimate_share(k: int, n: int) -> Estimate:
    """k of n as a share with Wilson's score interval (Newcombe 1998, method 3).

    >>> e = estimate_share(0, 20)
    >>> round(e.low, 4), round(e.high, 4)
    (0.0, 0.1611)
    """
    if n == 0:
        return Estimate(float("nan"), n=0, note="NO_OBSERVATIONS")
    low, high = proportion_confint(k, n, alpha=LEVEL, method="wilson")
    return Estimate(k / n, float(low) if k else 0.0, float(high) if k < n else 1.0, n=n)


def adjust_holm(p: Sequence[float]) -> list[float]:
    """Holm's step-down adjusted p values, in the order given (Holm 1979).

    As `statsmodels.stats.multitest.multipletests`, which collects garbage on every call: half the time of
    all the skill measures.

    >>> [round(q, 4) for q in adjust_holm([0.01, 0.04, 0.03, 0.005])]
    [0.03, 0.06, 0.06, 0.02]
    """
    if not p:
        return []
    order = np.argsort(p, kind="stable")
    steps = np.asarray(p, dtype=float)[order] * np.arange(len(p), 0, -1)
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return [float(q) for q in adjusted]


def share_variance(k: float, n: float) -> float:
    """Sampling variance of a share, with half an event added on each side so that 0/n is not certain.

    >>> round(share_variance(0, 20), 5)
    0.00111
    """
    share = (k + 0.5) / (n + 1)
    return share * (1 - share) / (n + 1)
