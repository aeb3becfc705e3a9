"""Differences between teams that sent someone and teams that did not: arrays in, numbers out.

Inference assigns the sets of dates to other teams. Neither scipy nor statsmodels offers this, so it is
implemented here and checked against published or hand-computed cases. Intervals are two-sided 95 %.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from math import factorial, prod

import numpy as np
from numpy.typing import NDArray

from .estimates import LEVEL, TIE, Array

MOST_LISTED = 20_000
DRAWN = 10_000
BLOCK = 256

Options = tuple[tuple[int, ...], ...]
"""For each set of dates the rows of the teams that could have had it."""
Free = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class DateSets:
    """J teams over K sets of dates, one set per treated team.

    `change` and `variance` (J × K): the team's change from baseline to after over those dates, and its
    sampling variance. `admissible` (J × K): the team could have had these dates (nobody sent, its data are
    complete, or the dates are its own). `own` (J × K): the dates are the team's own, so its change includes
    the effect. `treated` (K): the row of the team whose dates they are. `overlap` (K × K): correlation of one
    team's changes over two sets of dates, from the days they share.
    """

    change: Array
    variance: Array
    admissible: NDArray[np.bool_]
    own: NDArray[np.bool_]
    treated: tuple[int, ...]
    overlap: Array


@dataclass(frozen=True)
class TeamDifference:
    """Average difference between treated teams and the others over the same dates, in the unit of the change.

    `each` contains the K single differences, `smallest_p` the smallest two-sided p this design can reach,
    `rank`/`of` the rank of the statistic among the possible assignments.
    """

    value: float
    low: float | None
    high: float | None
    p: float
    smallest_p: float
    each: tuple[float, ...]
    rank: int
    of: int


def compare_teams(dates: DateSets, *, seed: int = 20_250_331) -> TeamDifference:
    """Difference in differences with inference by assigning the sets of dates to other admissible teams.

    Each treated team is compared with the mean of the admissible teams without a set, over its own dates; the
    team effects are averaged. The reference distribution contains every distinct injective assignment of the
    sets to admissible teams (at most 20,000, else 10,000 drawn with a fixed seed, including the real one);
    the statistic is studentised by method of moments, so that teams of unequal size and assignments with few
    comparison teams stay comparable; the interval contains the effects that the test does not reject at 5 %.
    Randomisation inference: Conley & Taber (2011), Ferman & Pinto (2019).
    """
    options = tuple(tuple(np.flatnonzero(here).tolist()) for here in dates.admissible.T)
    columns = np.concatenate([dates.change, dates.variance, dates.admissible, dates.own])
    same = (columns[:, :, None] == columns[:, None, :]).all(axis=0) & (np.abs(dates.overlap - 1) < TIE)
    alike = tuple(same.argmax(axis=0).tolist())
    assignments = _list_assignments(options, alike, tuple(int(team) for team in dates.treated), seed)
    difference, own_share, error = _compare(dates, assignments)
    scores = np.abs(difference) / error
    smallest = float((scores >= scores.max() - TIE).mean())
    # the single difference of each treated team over its own dates
    free = _list_free(dates)
    rest = np.where(free, dates.change, 0.0).sum(axis=0) / np.maximum(free.sum(axis=0), 1)
    own = dates.change[list(dates.treated), np.arange(len(dates.treated))] - rest
    low, high = _invert(difference / error, own_share / error) if smallest <= LEVEL else (None, None)
    return TeamDifference(
        value=float(difference[0]),
        low=low,
        high=high,
        p=float((scores >= scores[0] - TIE).mean()),
        smallest_p=smallest,
        each=tuple(own.tolist()),
        rank=int((scores > scores[0] + TIE).sum()) + 1,
        of=len(assignments),
    )


@lru_cache(maxsize=64)  # the variants of a sensitivity table ask for the same ones again
def _list_assignments(
    options: Options, alike: tuple[int, ...], real: tuple[int, ...], seed: int
) -> NDArray[np.int64]:
    """List assignments (A × K) of sets to teams, the real one first, no team twice in one.

    All of them if there are at most `MOST_LISTED`, else draws.

    `alike` gives for each set the first one with the same dates: of assignments that only exchange teams
    among such sets, which give the same difference, one is listed.
    """
    order = sorted(range(len(options)), key=lambda k: (len(options[k]), alike[k]))
    options = tuple(options[k] for k in order)
    alike, own = (tuple(each[k] for k in order) for each in (alike, real))
    ways = _Ways(options)
    if ways.count() <= MOST_LISTED * prod(factorial(alike.count(k)) for k in set(alike)):
        teams = {k: iter(sorted(t for t, of in zip(own, alike, strict=True) if of == k)) for k in alike}
        in_order = tuple(next(teams[k]) for k in alike)  # teams of sets that are alike, as they are listed
        listed = [each for each in _list_all(options, alike) if each != in_order]
        others = np.array(listed, dtype=np.int64).reshape(len(listed), len(own))
    else:
        others = ways.draw(DRAWN - 1, np.random.RandomState(seed))  # its stream is the same on every machine
    found = np.concatenate([np.array([own]), others])[:, np.argsort(order)]
    found.flags.writeable = False
    return found


def _list_all(
    options: Options, alike: tuple[int, ...], taken: tuple[int, ...] = ()
) -> Iterator[tuple[int, ...]]:
    k = len(taken)
    if k == len(options):
        yield taken
        return
    above = taken[-1] if k and alike[k] == alike[k - 1] else -1
    for team in options[k]:
        if team > above and team not in taken:
            yield from _list_all(options, alike, (*taken, team))


class _Ways:
    """Counts and draws injective assignments, set by set, every assignment as likely as any other.

    Free teams that could have the same remaining sets are interchangeable, so the remaining count depends
    only on how many of each kind there are (`free`: pairs of the sets, as bits, and a number).
    """

    def __init__(self, options: Options) -> None:
        self.options = options
        self.could = {
            team: sum(1 << k for k, teams in enumerate(options) if team in teams)
            for team in sorted(set().union(*options))
        }
        self.start = tuple(sorted(Counter(self.could.values()).items()))
        self.known: dict[tuple[int, Free], int] = {}

    def count(self, k: int = 0, free: Free | None = None) -> int:
        """Count the ways to assign sets k and later to the free teams."""
        free = self.start if free is None else free
        if k == len(self.options):
            return 1
        if (k, free) not in self.known:
            kinds = [(kind, n) for kind, n in free if kind >> k & 1]
            self.known[k, free] = sum(n * self.count(k + 1, _assign(k, free, kind)) for kind, n in kinds)
        return self.known[k, free]

    def draw(self, n: int, random: np.random.RandomState) -> NDArray[np.int64]:
        """Draw n independent assignments (n × sets); set by set, all draws at once."""
        chances = random.random_sample((n, len(self.options), 2))
        drawn = np.zeros((n, len(self.options)), dtype=np.int64)
        taken = np.zeros((n, max(self.could) + 1), dtype=bool)
        alike = {self.start: np.arange(n)}  # draws by their free teams
        for k, teams in enumerate(self.options):
            then: dict[Free, list[NDArray[np.int64]]] = {}
            for free, draws in alike.items():
                ways = {
                    kind: n * self.count(k + 1, _assign(k, free, kind)) for kind, n in free if kind >> k & 1
                }
                up_to = [part / sum(ways.values()) for part in accumulate(ways.values())]
                which = np.searchsorted(up_to[:-1], chances[draws, k, 0], side="right")
                for place, kind in enumerate(ways):
                    here = draws[which == place]
                    of_kind = np.array([team for team in teams if self.could[team] >> k << k == kind])
                    left = (~taken[here[:, None], of_kind]).cumsum(axis=1)
                    chosen = (chances[here, k, 1] * left[:, -1]).astype(int)  # of those that are left
                    drawn[here, k] = of_kind[(left > chosen[:, None]).argmax(axis=1)]
                    taken[here, drawn[here, k]] = True
                    then.setdefault(_assign(k, free, kind), []).append(here)
            alike = {free: np.concatenate(parts) for free, parts in then.items()}
        return drawn


def _assign(k: int, free: Free, chosen: int) -> Free:
    """Return the teams free for the sets after k once set k goes to a team of the chosen kind."""
    left: Counter[int] = Counter()
    for kind, n in free:
        left[kind >> k + 1 << k + 1] += n - (kind == chosen)
    return tuple(sorted((kind, n) for kind, n in left.items() if kind and n))


def _compare(dates: DateSets, assignments: NDArray[np.int64]) -> tuple[Array, Array, Array]:
    """Return per assignment: mean difference, share of a treated team's effect in it, standard error.

    The teams with a set differ from set to set; a comparison team is in all of them, so its errors are
    correlated as far as the dates overlap.
    """
    j, k = dates.change.shape
    real, own = dates.admissible.astype(float), dates.own.astype(float)
    # τ²: spread of changes between teams without a set, beyond sampling; averaged over the sets
    excess = [
        float(np.var(dates.change[here, k], ddof=1) - dates.variance[here, k].mean())
        for k, here in enumerate(_list_free(dates).T)
        if here.sum() > 1
    ]
    between = max(0.0, float(np.mean(excess))) if excess else 0.0
    change, spread = real * dates.change, real * (dates.variance + between)
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


def _list_free(dates: DateSets) -> NDArray[np.bool_]:
    """Mark which teams (rows) could have had each set of dates but have none."""
    free = dates.admissible.copy()
    free[list(dates.treated), :] = False
    return free


def _invert(x: Array, y: Array) -> tuple[float | None, float | None]:
    """Return the range of effects e that are not rejected: those with p(e) > 5 %.

    The score of an assignment is |x − e · y|, the real one's the first. An assignment counts against the real
    one if (x − x0 − e (y − y0)) (x + x0 − e (y + y0)) >= 0: between two values of e if its share of the
    effect, y, is smaller than the real one's, outside them if it is larger. p changes only at these values.
    An unbounded end is None.
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
    """Set differences that are only rounding error to zero, without a sign."""
    return np.where(np.abs(values) <= TIE, 0.0, values)
