"""Which aggregates would tell what is not shown by subtraction from others that are (TRUST 1).

Pure: who is in a figure and who consented, never what anybody answered.
"""

from __future__ import annotations

from collections.abc import Sequence, Set

from .measures import Measure


def find_withheld(
    measures: Sequence[Measure], *, k: int, shown_persons: Set[tuple[str, str]]
) -> frozenset[int]:
    """Places in `measures` of aggregates that no edition may show.

    `shown_persons`: (person, kind of consent) of everybody who is shown by name.
    """
    return frozenset()
