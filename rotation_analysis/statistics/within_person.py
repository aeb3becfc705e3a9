"""Whether a person's own ups and downs of one thing go with those of another: slopes within persons.

Only each person's deviations from their own mean are used, not differences between people. Autocorrelation
from one fortnight to the next would make any two series look alike, so the reference is every person's own
series shifted against the other. An association is not a cause.

Notes: `NO_OBSERVATIONS` nobody has pairs in which x varies; `FEW_SERIES:m` only m people have ten or more
pairs in which x varies, no interval; `FEW_SHIFTS:m` only m shifts are possible, no p; `ZERO_SD` all slopes
are equal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from functools import reduce
from math import prod
from typing import NamedTuple

import numpy as np
import pandas as pd

from ..measure_row import Interval
from .estimates import LEVEL, MIN_PERSONS, SEED, TIE, Array, estimate_mean

MIN_PAIRS = 10
MOST_SHIFTS = 10_000


@dataclass(frozen=True)
class Slope(Interval):
    """Change of y per unit of x within people.

    `persons` and `pairs` count those in which x varies; `p_of_shifts` is the share of shifts alone and
    `attainable` its smallest possible value.
    """

    value: float
    _: KW_ONLY
    persons: int
    pairs: int
    p_of_shifts: float | None = None
    attainable: float | None = None


class _Series(NamedTuple):
    """One person's deviations from their own means, in order."""

    x: Array
    y: Array


def estimate_within_person_slope(frame: pd.DataFrame) -> Slope:
    """Slope of `y` on `x` within people: Σ Sxy / Σ Sxx, summed over people.

    `frame`: person, order (fortnights, sortable), x, y; pairs with a missing x or y are dropped.

    Interval: Student's t over the slopes of people with ten or more pairs, if there are four or more of them;
    it is widened to include the weighted slope. p: each person's series of y is rotated by a separate offset
    over the answered fortnights in order, and p is the share of all such shifts (up to 10,000, else that many
    drawn with a fixed seed) whose slope is at least as far from 0; or the p of Student's t, if larger: shifts
    alone assume that nobody's two series are related, and people whose slopes differ around 0 would seem to
    agree. Both were tested on autocorrelated series (docs/honesty.md). Circular shift: Harris, "Nonsense
    correlations in neuroscience", bioRxiv 2020.11.29.402719.

    >>> weeks = range(5)
    >>> frame = pd.DataFrame({"person": ["a"] * 5 + ["b"] * 5, "order": [*weeks, *weeks],
    ...     "x": [0, 1, 0, 2, 0, 1, 1, 0, 0, 1], "y": [2, 3, 2, 5, 2, 4, 4, 2, 3, 5]})
    >>> found = estimate_within_person_slope(frame)
    >>> round(found.value, 2), round(found.p, 2), found.attainable, found.persons, found.pairs, found.note
    (1.55, 0.04, 0.04, 2, 10, 'FEW_SERIES:0')
    """
    answered = frame[["person", "order", "x", "y"]].dropna().sort_values(["person", "order"], kind="stable")
    series = []
    for _, one in answered.groupby("person", sort=True):
        x, y = one["x"].to_numpy(dtype=float), one["y"].to_numpy(dtype=float)
        if np.ptp(x) > TIE:
            series.append(_Series(x - x.mean(), y - y.mean()))
    if not series:
        return Slope(float("nan"), persons=0, pairs=0, note="NO_OBSERVATIONS")
    sxx = np.array([one.x @ one.x for one in series])
    sxy = np.array([one.x @ one.y for one in series])
    value = float(sxy.sum() / sxx.sum())
    long = np.array([len(one.x) >= MIN_PAIRS for one in series])
    own = estimate_mean((sxy / sxx)[long].tolist())
    note = f"FEW_SERIES:{own.n}" if own.n < MIN_PERSONS else own.note
    share, attainable = _compare_with_shifts(series)
    p = share if own.p is None else max(share, own.p)
    if attainable > LEVEL:
        note = note or f"FEW_SHIFTS:{round(1 / attainable)}"
    return Slope(
        value=value,
        low=None if own.low is None else min(own.low, value),
        high=None if own.high is None else max(own.high, value),
        p=None if attainable > LEVEL else p,
        persons=len(series),
        pairs=sum(len(one.x) for one in series),
        p_of_shifts=share,
        attainable=attainable,
        note=note,
    )


def _compare_with_shifts(series: Sequence[_Series]) -> tuple[float, float]:
    """Return the share of shifts at least as far from 0 as no shift, and the smallest share possible.

    A shift changes only Σ Sxy, so the sums of all combinations are sums of each person's own.
    """
    places = [np.arange(len(one.y)) for one in series]
    own = [one.x @ one.y[at[:, None] - at] for one, at in zip(series, places, strict=True)]
    observed = sum(sums[0] for sums in own)
    shifts = prod(len(sums) for sums in own)
    if shifts <= MOST_SHIFTS:
        totals = reduce(np.add.outer, own).ravel()
    else:
        random = np.random.RandomState(SEED)  # its stream is frozen: the same draws on every machine
        drawn = [sums[random.randint(len(sums), size=MOST_SHIFTS - 1)] for sums in own]
        totals = np.append(np.sum(drawn, axis=0), observed)
    scale = max(1.0, float(np.abs(totals).max()))
    far = np.abs(totals) >= abs(observed) - TIE * scale
    return float(far.mean()), 1 / len(totals)
