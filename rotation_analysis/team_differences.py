"""Differences between teams that sent someone and teams that did not: arrays in, numbers out.

Inference assigns the sets of dates to other teams.  Neither scipy nor statsmodels has it, so it is written
here once and held against published or hand-computed cases.  Intervals are two-sided 95 %.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .estimates import LEVEL, TIE, Array

MOST_ASSIGNMENTS = 10_000
GRID_POINTS = 401


@dataclass(frozen=True)
class DateSets:
    """J teams over K sets of dates, one set a treated team.

    `change` and `variance` (J × K): the team's change from baseline to after over those dates, and its
    sampling variance.  `admissible` (J × K): the team could have had these dates (nobody sent, its data
    are whole, or the dates are its own).  `own` (J × K): the dates are the team's own, so that the effect is
    in its change.  `treated` (K): the row of the team whose dates they are.  `overlap` (K × K): correlation
    of one team's changes over two sets of dates, from the days they share.
    """

    change: Array
    variance: Array
    admissible: NDArray[np.bool_]
    own: NDArray[np.bool_]
    treated: tuple[int, ...]
    overlap: Array


@dataclass(frozen=True)
class TeamDifference:
    """Average difference of treated teams to the others over the same dates, in the unit of the change.

    `each` holds the K single differences, `smallest_p` the least two-sided p this design can reach,
    `rank`/`of` the place of the statistic among the possible assignments.
    """

    value: float
    low: float | None
    high: float | None
    p: float
    smallest_p: float
    each: tuple[float, ...]
    rank: int
    of: int


def compare_date_sets(dates: DateSets, *, seed: int = 20_250_331) -> TeamDifference:
    """Difference in differences with inference by assigning the sets of dates to other admissible teams.

    Each treated team is compared with the mean of the admissible teams that hold no set, over its own dates;
    the team effects are averaged.  The reference distribution holds every injective assignment of the sets
    to admissible teams (at most 10,000, else 10,000 drawn with a fixed seed); the statistic is studentised
    by method of moments, so that teams of unequal size and assignments with few comparison teams stay
    comparable; the interval holds the effects that the test does not reject at 5 %.
    Randomisation inference: Conley & Taber (2011), Ferman & Pinto (2019).
    """
    assignments = _assign(dates, seed)
    difference, own_share, error = _compare(dates, assignments)

    def score(effect: float) -> Array:
        return np.abs(difference - effect * own_share) / error

    def p_value(effect: float) -> float:
        scores = score(effect)
        return float((scores >= scores[0] - TIE).mean())

    scores = score(0.0)
    smallest = float((scores >= scores.max() - TIE).mean())
    low, high = _invert(p_value, difference[0], error[0]) if smallest <= LEVEL else (None, None)
    return TeamDifference(
        value=float(difference[0]),
        low=low,
        high=high,
        p=p_value(0.0),
        smallest_p=smallest,
        each=tuple(float(x) for x in _each(dates)),
        rank=int((scores > scores[0] + TIE).sum()) + 1,
        of=len(assignments),
    )


def _assign(dates: DateSets, seed: int) -> NDArray[np.int64]:
    """Assignments (A × K) of sets to teams, the real one first, no team twice in one."""
    real = np.asarray(dates.treated)[None, :]
    options = [np.flatnonzero(dates.admissible[:, k]) for k in range(len(dates.treated))]
    sizes = np.sort([len(teams) for teams in options]) - np.arange(len(options))
    if np.prod(sizes.clip(0).astype(float)) > MOST_ASSIGNMENTS:  # at least so many: no need to list them
        return np.concatenate([real, _draw(options, seed)])
    listed: list[tuple[int, ...]] = []
    for assignment in _injective(options):
        if assignment != tuple(dates.treated):
            listed.append(assignment)
        if len(listed) >= MOST_ASSIGNMENTS:
            return np.concatenate([real, _draw(options, seed)])
    return np.concatenate([real, np.asarray(listed, dtype=int).reshape(-1, real.shape[1])])


def _injective(
    options: Sequence[NDArray[np.int64]], taken: tuple[int, ...] = ()
) -> Iterator[tuple[int, ...]]:
    if not options:
        yield taken
        return
    for team in options[0]:
        if int(team) not in taken:
            yield from _injective(options[1:], (*taken, int(team)))


def _draw(options: Sequence[NDArray[np.int64]], seed: int) -> NDArray[np.int64]:
    """Uniform draws of injective assignments, by rejection."""
    random = np.random.RandomState(seed)  # its stream is frozen: the same draws on every machine
    kept: list[NDArray[np.int64]] = []
    n = 0
    while n < MOST_ASSIGNMENTS - 1:
        block = np.stack([team[random.randint(0, len(team), 20_000)] for team in options], axis=1)
        ordered = np.sort(block, axis=1)
        block = block[(np.diff(ordered, axis=1) > 0).all(axis=1)]
        kept.append(block)
        n += len(block)
    return np.concatenate(kept)[: MOST_ASSIGNMENTS - 1]


def _compare(dates: DateSets, assignments: NDArray[np.int64]) -> tuple[Array, Array, Array]:
    """Per assignment: mean difference, share of a treated team's effect in it, standard error.

    The teams that hold a set differ from set to set; a comparison team stands in all of them, so its errors
    go together as far as the dates overlap.
    """
    j, k = dates.change.shape
    columns = np.arange(k)
    assigned = np.zeros((len(assignments), j), dtype=bool)
    assigned[np.arange(len(assignments))[:, None], assignments] = True
    weight = (~assigned[:, :, None] & dates.admissible[None, :, :]).astype(float)
    weight /= np.maximum(weight.sum(axis=1, keepdims=True), 1)
    change = np.where(dates.admissible, dates.change, 0.0)
    spread = np.where(dates.admissible, dates.variance + _between_teams(dates), 0.0)
    own = dates.own.astype(float)
    difference = change[assignments, columns] - np.einsum("ajk,jk->ak", weight, change)
    own_share = own[assignments, columns] - np.einsum("ajk,jk->ak", weight, own)
    deviation = weight * np.sqrt(spread)
    compared = np.einsum("ajk,ajk->a", deviation @ dates.overlap, deviation)
    error = np.sqrt(spread[assignments, columns].sum(axis=1) + compared) / k
    return difference.mean(axis=1), own_share.mean(axis=1), np.maximum(error, TIE)


def _each(dates: DateSets) -> Array:
    """The single difference of each treated team over its own dates."""
    free = dates.admissible.copy()
    free[list(dates.treated), :] = False
    count = np.maximum(free.sum(axis=0), 1)
    rest = np.where(free, dates.change, 0.0).sum(axis=0) / count
    return dates.change[list(dates.treated), np.arange(len(dates.treated))] - rest


def _between_teams(dates: DateSets) -> float:
    """τ²: spread of changes between teams that hold no set, beyond sampling; averaged over the sets."""
    free = dates.admissible.copy()
    free[list(dates.treated), :] = False
    excess = [
        float(np.var(dates.change[here, k], ddof=1) - dates.variance[here, k].mean())
        for k, here in enumerate(free.T)
        if here.sum() > 1
    ]
    return max(0.0, float(np.mean(excess))) if excess else 0.0


def _invert(p_value: Callable[[float], float], value: float, error: float) -> tuple[float, float]:
    """The span of effects that are not rejected, on a grid of ± 8 standard errors around the estimate."""
    grid = np.linspace(value - 8 * error, value + 8 * error, GRID_POINTS)
    kept = [float(effect) for effect in grid if p_value(float(effect)) > LEVEL]
    return min(kept, default=float(value)), max(kept, default=float(value))
