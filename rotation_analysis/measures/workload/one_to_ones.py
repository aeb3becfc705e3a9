"""1:1s of participants: planned, held, ad hoc, and how long none took place.

All from the calendar's records, never from answers.  Who has no record of any 1:1 is unknown, not alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...cohorts.cohort import Cohorts
from ...measure_row import Measure
from ...programme.model import Programme, Rotation
from ...statistics.estimates import estimate_share

CONSENT = "time"
HELD, MISSED, AD_HOC = "held", "missed", "ad_hoc"
NO_RECORDS = "NO_ONE_TO_ONE_RECORDS"
ONE_TO_ONE_COLUMNS = ("person", "cohort", "day", "planned", "held")


def measure_one_to_ones(cohorts: Cohorts) -> Iterator[Measure]:
    """Gaps and days by person; by cohort and programme held of planned, ad hoc, persons with a long gap."""
    programme = cohorts.programme
    meetings = list_one_to_ones(cohorts)
    gaps: dict[tuple[str, str], float | None] = {}
    for stay in programme.rotations:
        own = meetings[meetings["person"].eq(stay.person) & meetings["cohort"].eq(stay.cohort)]
        told = own["held"].notna().any()  # a calendar that tells of none whether it was held tells no gap
        gap = gaps[stay.person, stay.cohort] = _find_longest_gap(programme, stay, own) if told else None
        yield _person_row(
            stay, "one_to_one.longest_gap", unit="weeks", method="longest_gap", n=_count(own["held"]),
            missing=int(own["held"].isna().sum()), value=gap,
        ).unless(None if gap is not None else NO_RECORDS)  # fmt: skip
        yield from _measure_days(stay, own)
    for cohort in programme.cohorts:
        stays = [key for key in gaps if key[1] == cohort]
        yield from _measure_group(programme, meetings, gaps, stays, cohort=cohort)
    yield from _measure_group(programme, meetings, gaps, list(gaps), cohort=None)


def list_one_to_ones(cohorts: Cohorts) -> pd.DataFrame:
    """The 1:1s within a stay of their person, with `ONE_TO_ONE_COLUMNS`; the flags may be unknown."""
    table = cohorts.tables["one_to_ones"]
    table = table[table["person"].notna() & table["day"].notna()]
    parts = [
        table[
            table["person"].eq(stay.person)
            & table["day"].between(
                pd.Timestamp(stay.start), pd.Timestamp(stay.end or cohorts.programme.as_of)
            )
        ].assign(cohort=stay.cohort)
        for stay in cohorts.programme.rotations
    ]
    found = pd.concat(parts) if parts else table.assign(cohort=None)
    return found[list(ONE_TO_ONE_COLUMNS)].sort_values(["person", "day"], kind="stable", ignore_index=True)


# --- one person -----------------------------------------------------------------------------------------


def _person_row(stay: Rotation, measure: str, **fields: Any) -> Measure:
    return Measure(
        measure=measure,
        counts="records",
        cohort=stay.cohort,
        person=stay.person,
        people=(stay.person,),
        consent=CONSENT,
        **fields,
    )


def _are(flags: pd.Series, value: bool) -> NDArray[np.bool_]:
    """Which flags have that value; one that is not known has none."""
    found: NDArray[np.bool_] = flags.eq(value).fillna(False).to_numpy(dtype=bool)
    return found


def _count(flags: pd.Series) -> int:
    return int(_are(flags, True).sum())


def _find_longest_gap(programme: Programme, stay: Rotation, own: pd.DataFrame) -> float:
    """The longest time without a 1:1 held, in whole weeks; the stay's first and last day bound it, too.

    Days of leave in between are not counted: nobody expects a 1:1 then.
    """
    held = [day.date() for day in own.loc[_are(own["held"], True), "day"]]
    bounds = [stay.start, *held, min(stay.end or programme.as_of, programme.as_of)]
    leave = [(each.first, each.last) for each in programme.leave if each.person == stay.person]
    days = [
        (later - earlier).days - _count_leave(leave, earlier, later) for earlier, later in pairwise(bounds)
    ]
    return float(max(days) // 7)


def _count_leave(leave: Iterable[tuple[date, date]], earlier: date, later: date) -> int:
    """Days of leave after `earlier` and before `later`; days named twice count once."""
    day, away = timedelta(days=1), set()
    for first, last in leave:
        first, last = max(first, earlier + day), min(last, later - day)
        away |= {first + n * day for n in range((last - first).days + 1)}
    return len(away)


def _measure_days(stay: Rotation, own: pd.DataFrame) -> Iterator[Measure]:
    """A row a day and kind, for the picture; where there is none, one that says so."""
    held, ad_hoc = _are(own["held"], True), _are(own["planned"], False)
    missed = _are(own["held"], False) & ~ad_hoc
    kinds = np.select([held & ad_hoc, held, missed], [AD_HOC, HELD, MISSED], default="")
    days = own["day"].dt.strftime("%Y-%m-%d")
    counts = Counter((day, str(kind)) for day, kind in zip(days, kinds, strict=True) if kind)
    for (day, kind), n in sorted(counts.items()):
        yield _person_row(
            stay, "one_to_one.day", unit="one_to_ones", method="count", kind=kind,
            label=day, n=n, missing=0, value=float(n),
        )  # fmt: skip
    if not counts:
        yield _person_row(
            stay, "one_to_one.day", unit="one_to_ones", method="count", n=0, missing=len(own), value=0.0
        ).unless(None if len(own) else NO_RECORDS)


# --- cohorts and the programme --------------------------------------------------------------------------


def _measure_group(
    programme: Programme,
    meetings: pd.DataFrame,
    gaps: dict[tuple[str, str], float | None],
    stays: list[tuple[str, str]],
    *,
    cohort: str | None,
) -> Iterator[Measure]:
    own = meetings if cohort is None else meetings[meetings["cohort"].eq(cohort)]
    people = tuple(sorted({person for person, _ in stays}))
    common: dict[str, Any] = dict(cohort=cohort, people=people)
    planned = own[_are(own["planned"], True)]
    known = planned[planned["held"].notna()]
    unknown = len(own) - len(own[own["planned"].notna() & own["held"].notna()])
    share = estimate_share(_count(known["held"]), len(known))
    declined = NO_RECORDS if own.empty else None
    row = Measure(
        measure="one_to_one.held_share",
        unit="share",
        method="share_wilson",
        n=len(known),
        missing=unknown,
        counts="persons",
        **common,
    )
    yield row.estimated(share).unless(declined or (None if len(known) else "PLANNED_NOT_TOLD"))
    ad_hoc = _are(own["held"], True) & _are(own["planned"], False)
    yield Measure(
        measure="one_to_one.ad_hoc",
        unit="one_to_ones",
        method="count",
        n=_count(own["held"]),
        missing=unknown,
        value=float(ad_hoc.sum()),
        counts="persons",
        **common,
    ).unless(declined or (None if own["planned"].notna().any() else "PLANNED_NOT_TOLD"))
    known_gap = any(gaps[key] is not None for key in stays)
    yield _measure_long_gaps(programme, gaps, stays, common).unless(None if known_gap else NO_RECORDS)


def _measure_long_gaps(
    programme: Programme,
    gaps: dict[tuple[str, str], float | None],
    stays: list[tuple[str, str]],
    common: dict[str, Any],
) -> Measure:
    """Persons with a gap as long as the declared trigger, of those with any record.

    A count from records, which an owner sees of a cohort of any size: somebody is worth a talk (TRUST, small
    groups).  Who it is, and how many 1:1s were held, needs consent or k people.
    """
    weeks = programme.triggers.weeks_without_one_to_one
    longest: dict[str, float] = {}
    for key in stays:
        if (gap := gaps[key]) is not None:
            longest[key[0]] = max(longest.get(key[0], 0.0), gap)
    return Measure(
        measure="one_to_one.gap_over",
        unit="persons",
        method="count",
        n=len(longest),
        missing=len(set(common["people"]) - set(longest)),
        value=float(sum(gap >= weeks for gap in longest.values())),
        notes=(f"GAP_WEEKS:{weeks}",),
        counts="records",
        **common,
    )
