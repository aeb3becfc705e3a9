"""Which few people follow from sums over sets of people: pure linear algebra on membership.

A combination of known sums that is zero for all but a few people tells those few.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np

People = frozenset[str]


def group_people(sets: Sequence[People]) -> dict[tuple[bool, ...], int]:
    """How many people are in just these sets and no others, by membership.

    >>> group_people([frozenset("ab"), frozenset("b")])
    {(True, False): 1, (True, True): 1}
    """
    groups: dict[tuple[bool, ...], int] = defaultdict(int)
    for person in sorted(frozenset[str]().union(*sets)):
        groups[tuple(person in each for each in sets)] += 1
    return dict(groups)


def choose_few(sizes: Sequence[int], k: int) -> Iterator[tuple[int, ...]]:
    """Places of groups with 1 to k − 1 people together; of choices within one another only the largest.

    >>> list(choose_few([1, 2, 9], 5)), list(choose_few([3, 4], 5))
    ([(0, 1)], [(0,), (1,)])
    """
    small = [place for place, size in enumerate(sizes) if size < k]
    for number in range(1, k):
        for chosen in combinations(small, number):
            together = sum(sizes[place] for place in chosen)
            more = any(sizes[place] + together < k for place in small if place not in chosen)
            if together < k and not more:
                yield chosen


def is_spanned(table: np.ndarray) -> bool:
    """Whether the last row of a matrix lies in the span of the others.

    >>> is_spanned(np.array([[1, 1], [2, 2]])), is_spanned(np.array([[1, 1], [1, 2]]))
    (True, False)
    """
    if table.shape[1] == 0:
        return True
    return bool(np.linalg.matrix_rank(table) == np.linalg.matrix_rank(table[:-1]))
