"""What a new release would tell in addition to all earlier ones: the difference of two figures.

Pure, and by sets of people only: whether a figure passes depends on who answered when, never on what they
answered.  A figure whose people differ from those of earlier releases by fewer than k gives these few away;
the newest earlier one is shown again in its place, or none.  Source: docs/disclosure.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np

from ..measure_row import Measure, MeasureRow
from ..programme.policy import concerns
from .releases import Key, Release, key_of
from .suppression import COUNTS_ANSWERS, People, choose_few, group_people, is_spanned, list_untold

ACCUMULATING: tuple[str, ...] = ("strain", "followup.barrier", "skill.teams_at_level_3")
"""Answers go on coming from the same people: nobody knows of how many, so it may be one."""
CARRIED = "CARRIED"
FEW_NEW = "FEW_NEW"


def reuse_released_figures(
    rows: Sequence[Measure],
    earlier: Sequence[Release],
    *,
    k: int,
    as_of: str = "",
    reader: str | None = None,
    known: Callable[[Measure], Iterable[People]] = lambda row: (),
    may_carry: Callable[[Measure, Measure], bool] = lambda row, old: True,
    follows: Callable[[Measure], bool] = lambda row: False,
) -> list[Measure]:
    """The rows that would be shown, each as it may be shown after all that went out before.

    A row that is no aggregate of answers passes, and so do one that follows from the names of the same
    edition (`follows`) and one on the same people as before, unless answers accumulate and the day (`as_of`)
    is another.  Where the new answers are those of 1 to k - 1 people (not counting the reader, nor those whom
    some reader knows by name, each set of `known`), the newest earlier figure stands in the row's place with
    the note `CARRIED:YYYY-MM-DD`; where that one has too few people, is in another unit, contradicts another
    of the same release, would leave 1 to k - 1 beside the names of today, or `may_carry` says no of the row
    and it, the row is hidden with `FEW_NEW:k`.
    """
    history = list_history(earlier)
    carried = []
    for row in rows:
        before = history.get(key_of(row), []) if _is_aggregate(row) and not follows(row) else []
        named = {frozenset[str](), *(known(row) if before else ())}
        few = bool(before) and _tells_few(row, before, k, as_of, reader, named)
        carried.append(_carry(row, before, k, reader, named, may_carry) if few else row)
    return carried


def _is_aggregate(row: MeasureRow) -> bool:
    """Whether a row is an aggregate of somebody's answers."""
    return row.counts == "persons" and row.person is None and bool(row.people)


Old = tuple[Release, MeasureRow]


def list_history(earlier: Sequence[Release]) -> Mapping[Key, list[Old]]:
    """Released aggregates of answers by figure, oldest first; none that the same release tells by names."""
    history: dict[Key, list[Old]] = defaultdict(list)
    for released in sorted(earlier, key=lambda released: released.number):
        for row in list_untold(released):
            if _is_aggregate(row):
                history[key_of(row)].append((released, row))
    return history


def _carry(
    row: Measure,
    before: Sequence[Old],
    k: int,
    reader: str | None,
    known: Iterable[People],
    may_carry: Callable[[Measure, Measure], bool],
) -> Measure:
    """An earlier figure in the row's place, or none."""
    newest = before[-1][0]
    columns = ("n", "missing", "value", "low", "high", "unit", "people")
    figures = {
        tuple(getattr(old, name) for name in columns) for released, old in before if released is newest
    }
    carried = _show_again(row, *before[-1])
    others = set(carried.people) - {reader}
    hides_few = any(0 < len(others - named) < k for named in known)  # beside names it would tell the rest
    same = len(figures) == 1 and carried.unit == before[-1][1].unit
    if same and len(others) >= k and not hides_few and may_carry(row, carried):
        return carried
    return row.hidden(f"{FEW_NEW}:{k}")


def _show_again(row: Measure, released: Release, old: MeasureRow) -> Measure:
    """The row with an earlier figure, its people, its judgement, and the day it is from."""
    told = [note for note in old.notes if note.startswith(f"{CARRIED}:")]
    return replace(
        row,
        **{name: getattr(old, name) for name in ("n", "missing", "value", "low", "high", "method", "people")},
        p=None,
        verdict=old.verdict,
        notes=old.notes if told else (*old.notes, f"{CARRIED}:{released.as_of}"),
    )


# --- who is told of ---------------------------------------------------------------------------------------


def _tells_few(
    row: Measure, before: Sequence[Old], k: int, as_of: str, reader: str | None, known: Iterable[People]
) -> bool:
    """Whether the row and figures that went out before together tell of 1 to k - 1 people."""
    if row.measure in COUNTS_ANSWERS:  # people are counted from below
        return any(0 < abs((row.n or 0) - (old.n or 0)) < k for _, old in before)
    people = frozenset(row.people)
    if concerns(row.measure, ACCUMULATING) and any(
        frozenset(old.people) == people and released.as_of != as_of for released, old in before
    ):
        return True
    sets = frozenset(frozenset(old.people) for _, old in before)
    own = frozenset([reader]) if reader is not None else frozenset[str]()
    return any(
        isolates_small_group(frozenset(each - told for each in sets), people - told, k)
        for told in {told | itself for told in known for itself in (frozenset[str](), own)}
    )


@lru_cache(maxsize=4096)
def isolates_small_group(before: frozenset[People], people: People, k: int) -> bool:
    """Whether some combination of sums over `before` with the one over `people` rests on 1 to k - 1 people.

    >>> first, both = frozenset("abcdefgh"), frozenset("abcdefghi")
    >>> isolates_small_group(frozenset([first]), both, 5), isolates_small_group(frozenset([first]), first, 5)
    (True, False)

    Exact: such a combination exists where, without the columns of some 1 to k - 1 people, the new row lies in
    the span of the earlier ones, and with them it does not.  Two figures whose people differ by so few never
    stand side by side, also where others told these few before.
    """
    if people in before:
        return False
    if any(0 < len(people ^ each) < k for each in before):
        return True
    if len(before) < 2:
        return False
    groups = group_people((*sorted(before, key=sorted), people))
    table = np.array(list(groups), dtype=float).T  # sets × groups of people who are in the same sets
    if is_spanned(table):
        return False
    sizes = list(groups.values())
    return any(is_spanned(np.delete(table, left_out, axis=1)) for left_out in choose_few(sizes, k))
