"""How strained participants were, fortnight by fortnight, as they answered the pulse themselves.

Every fortnight of a stay has its row, answered or not: who is strained answers less often, so what is missing
is told, and how far it could move the figures.  A person's own answers need consent; over the programme the
gate's k decides; no cohort of ours is large enough for one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pandas as pd

from ...cohorts.cohort import Cohorts
from ...cohorts.phases import cut_periods, last_day
from ...measure_row import Measure
from ...programme.model import Programme, Rotation
from ...statistics.estimates import adjust_for_missing, estimate_mean
from ...statistics.within_person import estimate_within_person_slope
from ..rows import stay_row
from .one_to_ones import list_one_to_ones

CONSENT = "strain"
PULSE, STRAIN, ZONE = "pulse", "pl_strain", "pl_zone"
ZONES = ("comfort", "learning", "panic")
LOWEST, HIGHEST = 1, 5
DAYS = 14
HUMP = (35, 69)  # days of weeks 6 to 10, from the first day of a stay
MIN_OVERLAP = 7  # days of a fortnight that lie in them
MIN_PAIRS = 10
ANSWERED, NOT_ANSWERED, NOT_YET_DUE, NOT_ASKED = "answered", "NOT_ANSWERED", "NOT_YET_DUE", "NO_SURVEY"
FORTNIGHT_COLUMNS = ("person", "cohort", "number", "first", "last", "status", "strain", "zone", "why_blank")


def measure_strain(cohorts: Cohorts) -> Iterator[Measure]:
    """Each person's fortnights; means and shares by cohort and programme; what goes with them."""
    fortnights = list_fortnights(cohorts)
    for row in fortnights.itertuples():
        yield from _measure_fortnight(row)
    for cohort in cohorts.programme.cohorts:
        yield from _measure_level(fortnights[fortnights["cohort"].eq(cohort)], cohort)
    yield from _measure_level(fortnights, None)
    yield _measure_hump(fortnights)
    yield from _measure_one_to_ones(cohorts, fortnights)


# --- fortnights -----------------------------------------------------------------------------------------


def list_fortnights(cohorts: Cohorts) -> pd.DataFrame:
    """One row a whole fortnight of every stay with `FORTNIGHT_COLUMNS`, in the order of stays and days.

    Fortnights run from the first day of a stay; of a running one those to its planned end are there, too.
    `status` answered, NOT_ANSWERED, NOT_YET_DUE (it lasts to `as_of` or beyond) or NO_SURVEY (the programme
    has no pulse, or none was read); `strain` 1–5 and `zone` where answered, else `why_blank` says what the
    cell was.
    """
    answers = _read_answers(cohorts)
    asked = _is_asked(cohorts)
    rows = []
    for stay in cohorts.programme.rotations:
        own = answers[answers["person"].eq(stay.person) & answers["cohort"].eq(stay.cohort)]
        found = _place(own, stay)
        for number, first in enumerate(_list_starts(cohorts.programme, stay)):
            last = first + timedelta(days=DAYS - 1)
            answer = found.get(number)
            status = NOT_YET_DUE if last >= cohorts.programme.as_of else NOT_ANSWERED
            status = status if asked else NOT_ASKED
            rows.append(
                {
                    "person": stay.person,
                    "cohort": stay.cohort,
                    "number": number,
                    "first": first,
                    "last": last,
                    "status": ANSWERED if answer else status,
                    **(answer or {}),
                }
            )
    frame = pd.DataFrame(rows, columns=list(FORTNIGHT_COLUMNS))
    return frame.assign(strain=frame["strain"].astype(float))


def _list_starts(programme: Programme, stay: Rotation) -> list[date]:
    return [first for first, _ in cut_periods(stay.start, last_day(stay, programme.as_of), DAYS)]


def _is_asked(cohorts: Cohorts) -> bool:
    """Whether the programme has a pulse: a source declared as one, or a file read as one.

    Not whether somebody answered: where few take part, that would tell that they did not.
    """
    declared = any(source.instrument == PULSE for source in cohorts.programme.sources)
    return declared or bool(cohorts.tables["responses"]["instrument"].eq(PULSE).any())


def _read_answers(cohorts: Cohorts) -> pd.DataFrame:
    """One row a sending of the pulse: person, cohort, period_start, answered_at, strain, zone, why_blank."""
    table = cohorts.tables["responses"]
    table = table[table["instrument"].eq(PULSE) & table["person"].notna() & table["period_start"].notna()]
    keys = ["person", "cohort", "period_start", "answered_at"]
    strain, zone = table["question"].eq(STRAIN), table["question"].eq(ZONE)
    unreadable = strain & table["state"].eq("unusable").fillna(False).astype(bool)
    answers = pd.DataFrame(
        {
            **{name: table[name] for name in keys},
            "strain": table["level"].where(strain).astype(float),
            "zone": table["option"].astype(object).where(zone),
            "unreadable": unreadable,
        }
    )
    sendings = answers.groupby(keys, dropna=False, sort=False, as_index=False)
    found = sendings.agg({"strain": "first", "zone": "first", "unreadable": "any"})
    return found.assign(why_blank=found.pop("unreadable").map({True: "UNUSABLE", False: "BLANK"}))


def _place(answers: pd.DataFrame, stay: Rotation) -> dict[int, dict[str, Any]]:
    """Number of the fortnight → its answer: the one whose period begins nearest, of several the last sent."""
    if answers.empty:
        return {}
    days = (answers["period_start"] - pd.Timestamp(stay.start)).dt.days
    number = ((days + DAYS // 2) // DAYS).astype(int)
    placed = answers.assign(number=number, off=(days - DAYS * number).abs())
    placed = placed.sort_values(["off", "answered_at"], ascending=[False, True], kind="stable")
    return {
        int(row["number"]): {name: row[name] for name in ("strain", "zone", "why_blank")}
        for row in placed.to_dict("records")
    }


# --- one person -----------------------------------------------------------------------------------------


def _measure_fortnight(row: Any) -> Iterator[Measure]:
    """The strain, and the zone as `kind`; none where nothing was chosen."""
    zone = row.zone if row.zone in ZONES else None
    for measure, unit, kind, value, known in (
        ("strain.fortnight", "level", None, row.strain, pd.notna(row.strain)),
        ("strain.zone", "findings", zone, 1.0, zone is not None),
    ):
        reason = str(row.why_blank if row.status == ANSWERED else row.status)
        yield stay_row(
            row,
            measure,
            unit=unit,
            method="as_answered",
            consent=CONSENT,
            kind=kind,
            label=row.first.isoformat(),
            n=int(known),
            missing=int(not known and row.status in (ANSWERED, NOT_ANSWERED)),
            value=value,
        ).unless(None if known else reason)


# --- cohorts and the programme --------------------------------------------------------------------------


def _measure_level(fortnights: pd.DataFrame, cohort: str | None) -> Iterator[Measure]:
    """Mean strain and share of panic over persons, and how far what is missing could move them."""
    due = _due(fortnights)
    panic = due["zone"].eq("panic").astype(float).where(due["zone"].isin(ZONES))
    for measure, unit, values, ends in (
        ("strain.mean", "strain_level", due["strain"], (float(LOWEST), float(HIGHEST))),
        ("strain.panic_share", "share", panic, (0.0, 1.0)),
    ):
        known = values.notna()
        answered, missing = int(known.sum()), int((~known).sum())
        people = tuple(sorted(set(due["person"][known])))
        common: dict[str, Any] = dict(
            unit=unit, counts="persons", cohort=cohort, people=people or _everybody(fortnights)
        )
        declined = None if people else _why_none(fortnights)
        estimate = estimate_mean(_mean_by_person(values, due["person"]))
        row = Measure(
            measure=measure,
            method="mean_of_persons_t",
            n=len(people),
            missing=due["person"].nunique() - len(people),
            notes=(f"FORTNIGHTS:{answered}:{missing}",),
            **common,
        ).estimated(estimate)
        low, high = (None if end is None else min(max(end, ends[0]), ends[1]) for end in (row.low, row.high))
        yield replace(row, low=low, high=high).unless(declined)
        low, high = (_mean(_mean_by_person(values.fillna(end), due["person"])) for end in ends)
        yield Measure(
            measure=f"{measure}.bounds",
            method="bounds_of_missing",
            n=answered,
            missing=missing,
            value=estimate.value,
            low=low,
            high=high,
            **common,
        ).unless(declined)


def _mean_by_person(values: pd.Series, persons: pd.Series) -> list[float]:
    """Each person's mean over their fortnights, unknown ones left out."""
    means: list[float] = values.groupby(persons).mean().dropna().tolist()
    return means


def _mean(values: list[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _due(fortnights: pd.DataFrame) -> pd.DataFrame:
    """Those that were asked about and are over."""
    return fortnights[fortnights["status"].isin([ANSWERED, NOT_ANSWERED])]


def _everybody(fortnights: pd.DataFrame) -> tuple[str, ...]:
    """Whom a row without any answer belongs to; where no pulse was ever read, it is nobody's."""
    asked = fortnights[fortnights["status"].ne(NOT_ASKED)]
    return tuple(sorted(set(asked["person"])))


def _why_none(fortnights: pd.DataFrame) -> str:
    """Why nothing is known of any fortnight."""
    statuses = set(fortnights["status"])
    return next((code for code in (NOT_ASKED, NOT_ANSWERED) if code in statuses), NOT_YET_DUE)


def in_weeks_6_to_10(first: date, start: date) -> bool:
    """Whether a fortnight has a week or more in weeks 6 to 10 of a stay.

    >>> start = date(2024, 5, 1)
    >>> [in_weeks_6_to_10(start + timedelta(days=14 * number), start) for number in range(6)]
    [False, False, True, True, True, False]
    """
    offset = (first - start).days
    return min(offset + DAYS - 1, HUMP[1]) - max(offset, HUMP[0]) + 1 >= MIN_OVERLAP


def _measure_hump(fortnights: pd.DataFrame) -> Measure:
    """Weeks 6 to 10 minus the same person's other fortnights; Student's t over persons.

    `missing` are persons whose stay reached those weeks and of whom one of the two is not known: the interval
    also holds where they were as strained as in their other fortnights.
    """
    starts = fortnights["first"].where(fortnights["number"].eq(0)).ffill()
    within = pd.Series(
        [in_weeks_6_to_10(*each) for each in zip(fortnights["first"], starts, strict=True)],
        index=fortnights.index,
        dtype=bool,
    )
    due = _due(fortnights[within])
    reached = sorted(set(zip(due["person"], due["cohort"], strict=True)))
    found: dict[str, list[float]] = {}
    for person, cohort in reached:
        own = fortnights["person"].eq(person) & fortnights["cohort"].eq(cohort)
        hump, others = (fortnights.loc[own & here, "strain"].dropna() for here in (within, ~within))
        if len(hump) and len(others):
            found.setdefault(person, []).append(float(hump.mean() - others.mean()))
    changes = [sum(values) / len(values) for _, values in sorted(found.items())]
    missing = len({person for person, _ in reached} - set(found))
    row = Measure(
        measure="strain.weeks_6_10",
        unit="strain",
        method="own_other_fortnights_t",
        counts="persons",
        n=len(changes),
        missing=missing,
        people=tuple(sorted(found)) or _everybody(fortnights),
        claims=True,
        compared=True,
    )
    declined = None if changes else _why_none(fortnights[within])
    return row.estimated(adjust_for_missing(estimate_mean, changes, missing=missing)).unless(declined)


# --- what goes with 1:1s --------------------------------------------------------------------------------


def _measure_one_to_ones(cohorts: Cohorts, fortnights: pd.DataFrame) -> Iterator[Measure]:
    """Strain by 1:1s held in the same fortnight, within persons; planned ones alone, then all.

    1:1s booked for a bad fortnight follow strain instead of going before it: of all 1:1s together less is
    left of whatever planned ones bring.
    """
    due = _due(fortnights)
    everybody = _everybody(fortnights)
    meetings = list_one_to_ones(cohorts)
    for kind in ("planned", "all"):
        pairs = _pair(due, meetings, planned_only=kind == "planned")
        people = tuple(sorted(set(pairs["person"])))
        slope = estimate_within_person_slope(pairs)
        row = Measure(
            measure=f"strain.one_to_one.{kind}",
            unit="strain",
            method="within_person_slope",
            counts="persons",
            n=slope.persons,
            missing=len(set(due["person"]) - set(people)),
            notes=(f"PAIRS:{slope.pairs}",),
            people=people or everybody,
            claims=True,
        )
        declined = "NO_ONE_TO_ONE_RECORDS" if meetings.empty else "FEW_PAIRS"
        yield row.estimated(slope).unless(None if slope.persons else declined)


def _pair(due: pd.DataFrame, meetings: pd.DataFrame, *, planned_only: bool) -> pd.DataFrame:
    """person, order, x = 1:1s held in the fortnight, y = strain; of persons with ten pairs and a varying x.

    A fortnight with a 1:1 of which it is not known whether it was held or planned is left out.
    """
    held = _count_held(due, meetings, planned_only=planned_only)
    answered = due[due["person"].isin(meetings["person"])]
    pairs = answered.assign(order=answered["first"], x=held).rename(columns={"strain": "y"})
    pairs = pairs[["person", "order", "x", "y"]].dropna()
    by_person = pairs.groupby("person")["x"]
    enough = by_person.transform("size").ge(MIN_PAIRS) & by_person.transform("nunique").gt(1)
    return pairs[enough]


def _count_held(due: pd.DataFrame, meetings: pd.DataFrame, *, planned_only: bool) -> pd.Series:
    """1:1s held in each fortnight, by its index; NaN where of one that is not known."""
    places = due[["person", "cohort"]].assign(
        first=pd.to_datetime(due["first"]), last=pd.to_datetime(due["last"]), place=due.index
    )
    found = meetings.merge(places, on=["person", "cohort"])
    found = found[found["day"].between(found["first"], found["last"])]
    held, planned = found["held"].astype("boolean"), found["planned"].astype("boolean")
    counted = (held & planned if planned_only else held).astype("Float64")
    sums = counted.astype(float).groupby(found["place"]).sum(skipna=False)
    return sums.reindex(due.index, fill_value=0.0)
