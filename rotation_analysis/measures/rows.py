"""The rows that many measures have: a count, a share, a figure of one person."""

from __future__ import annotations

from typing import Any, Protocol

from ..measure_row import Measure
from ..statistics.estimates import estimate_share


class Stay(Protocol):
    """A person in a cohort: a rotation, or a row of a frame."""

    @property
    def person(self) -> Any: ...
    @property
    def cohort(self) -> Any: ...


def count_row(measure: str, unit: str, value: float, **others: Any) -> Measure:
    """How many there are; unless given, `n` is the value itself, nothing is missing, and n counts records."""
    count: dict[str, Any] = {"method": "count", "counts": "records", "n": int(value), "missing": 0}
    return Measure(measure=measure, unit=unit, value=float(value), **(count | others))


def share_row(measure: str, k: float, n: float, *, counts: str = "records", **others: Any) -> Measure:
    """k of n with Wilson's interval; without a value where n is 0 (why is the caller's to add)."""
    row = Measure(measure=measure, unit="share", method="share_wilson", counts=counts, n=int(n), **others)
    return row.estimated(estimate_share(int(k), int(n))) if n else row


def stay_row(stay: Stay, measure: str, **others: Any) -> Measure:
    """A row of one person's stay, whose data it is."""
    own: dict[str, Any] = {"cohort": stay.cohort, "person": stay.person, "people": (stay.person,)}
    return Measure(measure=measure, **({"counts": "persons"} | own | others))
