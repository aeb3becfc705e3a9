"""The rows that many measures have: a count, a share, a figure of one person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
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
    """Build a count; unless given, `n` is the value itself, nothing is missing, and n counts records.

    >>> row = count_row("incident.chances", "incidents", 3, missing=1)
    >>> row.value, row.n, row.missing, row.counts
    (3.0, 3, 1, 'records')
    """
    count: dict[str, Any] = {"method": "count", "counts": "records", "n": int(value), "missing": 0}
    return Measure(measure=measure, unit=unit, value=float(value), **(count | others))


def share_row(measure: str, k: float, n: float, *, counts: str = "records", **others: Any) -> Measure:
    """Build the share k of n with Wilson's interval; no value if n is 0 (the caller adds the reason).

    >>> row = share_row("requests.do_it_for_me_share", 3, 4, missing=0)
    >>> row.value, round(row.low, 2), round(row.high, 2), row.n
    (0.75, 0.3, 0.95, 4)
    >>> share_row("requests.do_it_for_me_share", 0, 0, missing=2).value is None
    True
    """
    share: dict[str, Any] = {"unit": "share", "method": "share_wilson", "counts": counts, "n": int(n)}
    if n:
        found = estimate_share(int(k), int(n))
        share |= {"value": found.value, "low": found.low, "high": found.high}
    return Measure(measure=measure, **share, **others)


def stay_row(stay: Stay, measure: str, **others: Any) -> Measure:
    """Build a row of one person's rotation, based on that person's data."""
    own: dict[str, Any] = {"cohort": stay.cohort, "person": stay.person, "people": (stay.person,)}
    return Measure(measure=measure, **({"counts": "persons"} | own | others))


def event_rows(
    none: Measure, events: Iterable[tuple[Any, str]], *, declined: str | None
) -> Iterator[Measure]:
    """Yield one row with the count for each label and kind of the events, sorted.

    Without events, yield the row `none`, which has what all of them share: 0, or why it is unknown.
    """
    counts = Counter(events)
    for (label, kind), n in sorted(counts.items()):
        yield replace(none, label=str(label), kind=kind, n=n, missing=0, value=float(n))
    if not counts:
        yield none.unless(declined)
