"""Differences between teams that sent someone and teams that did not: arrays in, numbers out.

Inference assigns the sets of dates to other teams.  Neither scipy nor statsmodels has it, so it is written
here once and held against published or hand-computed cases.  Intervals are two-sided 95 %.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from .estimates import LEVEL, TIE, Array

MOST_ASSIGNMENTS = 10_000
BLOCK = 256

Options = tuple[tuple[int, ...], ...]
"""For each set of dates the rows of the teams that could have had it."""


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
    scores = np.abs(difference) / error
    smallest = float((scores >= scores.max() - TIE).mean())
    low, high = _invert(difference / error, own_share / error) if smallest <= LEVEL else (None, None)
    return TeamDifference(
        value=float(difference[0]),
        low=low,
        high=high,
        p=float((scores >= scores[0] - TIE).mean()),
        smallest_p=smallest,
        each=tuple(float(x) for x in _each(dates)),
        rank=int((scores > scores[0] + TIE).sum()) + 1,
        of=len(assignments),
    )


def _assign(dates: DateSets, seed: int) -> NDArray[np.int64]:
    """Assignments (A × K) of sets to teams, the real one first, no team twice in one."""
    options = tuple(tuple(np.flatnonzero(here).tolist()) for here in dates.admissible.T)
    return _list_assignments(options, tuple(int(team) for team in dates.treated), seed)


@lru_cache(maxsize=64)  # the variants of a sensitivity table ask for the same ones again
def _list_assignments(options: Options, real: tuple[int, ...], seed: int) -> NDArray[np.int64]:
    sizes = np.sort([len(teams) for teams in options]) - np.arange(len(options))
    at_least = np.prod(sizes.clip(0).astype(float))
    others = (assignment for assignment in _injective(options) if assignment != real)
    listed = list(islice(others, MOST_ASSIGNMENTS)) if at_least <= MOST_ASSIGNMENTS else []
    if at_least <= MOST_ASSIGNMENTS and len(listed) < MOST_ASSIGNMENTS:
        found = np.asarray([real, *listed], dtype=int)
    else:  # too many to list
        found = np.concatenate([np.asarray([real]), _draw(options, seed)])
    found.flags.writeable = False
    return found


def _injective(options: Options, taken: tuple[int, ...] = ()) -> Iterator[tuple[int, ...]]:
    if not options:
        yield taken
        return
    for team in options[0]:
        if team not in taken:
            yield from _injective(options[1:], (*taken, team))


def _draw(options: Options, seed: int) -> NDArray[np.int64]:
    """Uniform draws of injective assignments, by rejection."""
    random = np.random.RandomState(seed)  # its stream is frozen: the same draws on every machine
    free = [np.asarray(teams) for teams in options]
    kept: list[NDArray[np.int64]] = []
    n = 0
    while n < MOST_ASSIGNMENTS - 1:
        block = np.stack([teams[random.randint(0, len(teams), 20_000)] for teams in free], axis=1)
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
    real, own = dates.admissible.astype(float), dates.own.astype(float)
    change, spread = real * dates.change, real * (dates.variance + _between_teams(dates))
    deviation = np.sqrt(spread)
    shared = deviation[:, :, None] * deviation[:, None, :] * dates.overlap  # a team's errors over two sets
    columns = np.arange(k)

    def compare(block: NDArray[np.int64]) -> Array:
        free = np.ones((len(block), j))
        free[np.arange(len(block))[:, None], block] = 0.0
        weight = 1 / np.maximum(free @ real, 1)  # of each comparison team of a set
        difference = change[block, columns] - weight * (free @ change)
        own_share = own[block, columns] - weight * (free @ (real * own))
        covariance = (free @ shared.reshape(j, k * k)).reshape(-1, k, k)
        compared = np.einsum("ak,akl,al->a", weight, covariance, weight)
        error = np.sqrt(spread[block, columns].sum(axis=1) + compared) / k
        return np.stack([difference.mean(axis=1), own_share.mean(axis=1), np.maximum(error, TIE)])

    # in blocks: small products stay in the cache, and no library starts threads for them
    blocks = np.array_split(assignments, -(-len(assignments) // BLOCK))
    difference, own_share, error = np.concatenate([compare(block) for block in blocks], axis=1)
    return difference, own_share, error


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


def _invert(x: Array, y: Array) -> tuple[float | None, float | None]:
    """The span of effects e that are not rejected: those with p(e) > 5 %.

    The score of an assignment is |x − e · y|, the real one's the first.  An assignment counts against the
    real one where (x − x0 − e (y − y0)) (x + x0 − e (y + y0)) >= 0: between two values of e where its share
    of the effect, y, is smaller than the real one's, beyond them where it is larger.  p changes at these
    values alone.  An end that would be without bound is None.
    """
    minus, plus = (_clean(x - x[0]), _clean(y - y[0])), (_clean(x + x[0]), _clean(y + y[0]))
    same = (minus[0] == 0) & (minus[1] == 0) | (plus[0] == 0) & (plus[1] == 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        ends = np.stack([minus[0] / minus[1], plus[0] / np.where(plus[1] == 0, -0.0, plus[1])])
    ends.sort(axis=0)
    between = minus[1] * plus[1] < 0
    first, last = ends[:, ~same]
    inside = between[~same]
    at = np.concatenate([first, last])
    step = np.concatenate([np.where(inside, 1, -1), np.where(inside, -1, 1)])
    far = int(same.sum() + (~inside).sum() + step[at == -np.inf].sum())  # against it at e = −∞
    at, step = at[np.isfinite(at)], step[np.isfinite(at)]
    order = np.argsort(at, kind="stable")
    counts = np.concatenate([[far], far + np.cumsum(step[order])])
    kept = np.flatnonzero(counts > LEVEL * len(x) + TIE)
    bounds = np.concatenate([[-np.inf], at[order], [np.inf]])
    low, high = float(bounds[kept[0]]), float(bounds[kept[-1] + 1])
    return low if np.isfinite(low) else None, high if np.isfinite(high) else None


def _clean(values: Array) -> Array:
    """Differences that are rounding alone as zero, without a sign."""
    return np.where(np.abs(values) <= TIE, 0.0, values)
