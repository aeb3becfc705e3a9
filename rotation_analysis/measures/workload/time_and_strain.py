"""What a stay was like for a participant: where the time went, 1:1s with whom, and how strained they were.

**Time** is from participants' own time sheets, week by week.  A sheet tells hours of five activities or, with
the hours worked, their shares.  A week counts by its working days without leave times the part-time share, so
that a short week or a half-time person does not weigh like a full one.  A week without a sheet is missing,
never zero; so is one with an empty cell.

**1:1s** are from the calendar's records, never from answers.  Who has no record of any is unknown, not alone.

**Strain** is fortnight by fortnight, as participants answered the pulse themselves.  Every fortnight of a
stay has its row, answered or not: who is strained answers less often, so what is missing is told, and how far
it could move the figures.  A person's own answers need consent; over the programme the gate's k decides; no
cohort of ours is large enough for one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from ...cohorts.cohort import Cohorts
from ...cohorts.phases import last_day, split_periods
from ...cohorts.working_weeks import count_weeks_present
from ...measure_row import Measure
from ...programme.model import Programme, Rotation
from ...programme.tables import ACTIVITIES
from ...statistics.estimates import adjust_for_missing, estimate_mean
from ...statistics.within_person import estimate_within_person_slope
from ..rows import count_row, event_rows, share_row, stay_row

# --- working time ---------------------------------------------------------------------------------------

OPERATIONS = ("request", "incident")
"""What counts as operations: answering others and incidents, as in the half that Google's SRE book names."""
PER_CENT = 1.5  # shares of a week that add up to more are per cents
MOST_OFF = 0.05  # activities that add up to the hours worked, give or take a twentieth, are hours
MOST_HOURS = 90.0
"""Numbers of a week that add up to more, or to less than `PER_CENT`, without hours worked are no hours."""
FILLED, BLANK, MISSING, NOT_YET_DUE, AWAY = (
    "filled", "TIME_CELLS_BLANK", "NO_TIME_SHEET", "NOT_YET_DUE", "NO_WORKING_DAYS",
)  # fmt: skip


def measure_time(cohorts: Cohorts) -> Iterator[Measure]:
    """Shares of activities and of operations by person, cohort, programme; hours by person and week."""
    weeks = list_weeks(cohorts)
    limit = cohorts.programme.triggers.operations_share
    for stay in cohorts.programme.rotations:
        own = weeks[weeks["person"].eq(stay.person) & weeks["cohort"].eq(stay.cohort)]
        yield from _measure_shares(own, limit, {"cohort": stay.cohort, "person": stay.person})
        yield from _measure_weeks(own)
    for cohort in cohorts.programme.cohorts:
        of_cohort = weeks["cohort"].eq(cohort)
        yield from _measure_shares(weeks[of_cohort], limit, {"cohort": cohort})
        if not of_cohort.all():
            yield from _measure_activities(weeks[~of_cohort], {"cohort": cohort}, ".other_cohorts")
    yield from _measure_shares(weeks, limit, {})


def list_weeks(cohorts: Cohorts) -> pd.DataFrame:
    """One row a week of every stay: person, cohort, week (its Monday), exposure (in working weeks), status.

    `status` is `FILLED`, or why there are no data: `BLANK` (a cell is empty), `MISSING`, `NOT_YET_DUE` (not
    over by `as_of`) or `AWAY` (no working day); `ACTIVITIES` hold what the sheet tells, hours where
    `has_hours`.
    """
    programme = cohorts.programme
    rows = []
    for stay in programme.rotations:
        monday = stay.start - timedelta(days=stay.start.weekday())
        end = stay.end or programme.as_of
        while monday <= end:
            sunday = monday + timedelta(days=6)
            exposure = count_weeks_present(programme, stay.person, max(monday, stay.start), min(sunday, end))
            rows.append((stay.person, stay.cohort, monday, exposure))
            monday += timedelta(days=7)
    weeks = pd.DataFrame(rows, columns=["person", "cohort", "week", "exposure"])
    weeks = weeks.assign(
        week=pd.to_datetime(weeks["week"]).astype("datetime64[us]"), exposure=weeks["exposure"].astype(float)
    )
    weeks = weeks.merge(_read_sheets(cohorts.tables["time_use"]), on=["person", "week"], how="left")
    over = weeks["week"] + pd.Timedelta(days=6) <= pd.Timestamp(programme.as_of)
    unread = weeks["blank"].isna()
    status = np.select(
        [~unread & weeks["blank"].eq(True), ~unread, ~over, weeks["exposure"].eq(0)],
        [BLANK, FILLED, NOT_YET_DUE, AWAY],
        default=MISSING,
    )
    return weeks.assign(status=pd.Series(status, index=weeks.index, dtype=object))


def _read_sheets(table: pd.DataFrame) -> pd.DataFrame:
    """One row a person and week: what each activity took, several sheets of one week added up.

    `blank`: a sheet of the week has an empty cell or nothing that can be shared out.  Where the hours worked
    are told and the filled cells make them up, an empty cell is none of them.
    """
    table = table[table["person"].notna() & table["week"].notna()]
    amounts, worked = table[list(ACTIVITIES)].astype(float), table["hours"].astype(float)
    total = amounts.sum(axis=1)
    in_hours = total.gt(PER_CENT) & total.le(MOST_HOURS)
    are_hours = in_hours & (total - worked).abs().le(MOST_OFF * worked)
    whole = worked.where(are_hours, total.gt(PER_CENT).map({True: 100.0, False: 1.0}))
    short = amounts.isna().any(axis=1) & ~total.ge(0.99 * whole).where(worked.notna(), False)
    parts = worked.notna() & ~are_hours
    hours = amounts.fillna(0.0).mul(worked, axis=0).div(whole, axis=0)
    days = table["week"].dt.normalize()
    sheets = (
        amounts.fillna(0.0)
        .where(~parts, hours)
        .assign(
            person=table["person"],
            week=days - pd.to_timedelta(days.dt.day_of_week, unit="D"),
            blank=~total.gt(0) | amounts.lt(0).any(axis=1) | worked.le(0) | short,
            has_hours=in_hours | parts,
        )
    )
    by_week = sheets.groupby(["person", "week"], sort=False)
    flags = by_week.agg(blank=("blank", "any"), has_hours=("has_hours", "all"))
    return by_week[list(ACTIVITIES)].sum().join(flags).reset_index()


def _measure_shares(weeks: pd.DataFrame, limit: float, names: Mapping[str, Any]) -> Iterator[Measure]:
    """The share of each activity, and of operations beside the declared reference."""
    activities = list(_measure_activities(weeks, names))
    yield from activities
    shares = [row.value for row in activities if row.kind in OPERATIONS and row.value is not None]
    first = activities[0]
    yield replace(
        first,
        measure="time.operations_share",
        kind=None,
        value=sum(shares) if first.declined is None else None,
        notes=(*first.notes, f"REFERENCE_SHARE:{limit * 100:.0f}"),
    )


def _measure_activities(weeks: pd.DataFrame, names: Mapping[str, Any], suffix: str = "") -> Iterator[Measure]:
    """The share of each activity in the weeks that are told: the mean of theirs, each by its exposure."""
    worked = weeks[weeks["exposure"].gt(0)]
    filled = worked[worked["status"].eq(FILLED)]
    lacking = worked[worked["status"].isin([MISSING, BLANK])]
    silent = set(lacking["person"]) - set(filled["person"])
    blank = int(lacking["status"].eq(BLANK).sum())
    blank_notes = (f"TIME_CELLS_BLANK:{blank}",) if blank else ()
    common: dict[str, Any] = {"people": tuple(sorted(set(filled["person"]) or set(weeks["person"]))), **names}
    if "person" in names:
        common |= {"counts": "person_weeks", "consent": "time", "n": len(filled), "missing": len(lacking)}
        common |= {"notes": blank_notes}
    else:
        common |= {"counts": "persons", "n": filled["person"].nunique(), "missing": len(silent)}
        common |= {"notes": (f"WEEKS:{len(filled)}:{len(lacking)}", *blank_notes)}
    amounts, weights = filled[list(ACTIVITIES)].to_numpy(dtype=float), filled["exposure"].to_numpy()
    weekly = amounts / amounts.sum(axis=1, keepdims=True)
    means = (weekly * weights[:, np.newaxis]).sum(axis=0) / (weights.sum() or 1.0)
    # of several reasons the one that mends it first
    statuses = set(weeks["status"])
    reason = next((each for each in (BLANK, MISSING, NOT_YET_DUE) if each in statuses), AWAY)
    declined = None if len(filled) else reason
    for kind, mean in zip(ACTIVITIES, means.tolist(), strict=True):
        yield Measure(
            measure=f"time.share{suffix}",
            unit="share",
            method="share_of_time",
            kind=kind,
            value=mean,
            **common,
        ).unless(declined)


def _measure_weeks(weeks: pd.DataFrame) -> Iterator[Measure]:
    """Hours of each activity in each week of a stay, for the picture."""
    for week in weeks.itertuples():
        declined = None if week.status == FILLED else str(week.status)
        if week.status == FILLED and not week.has_hours:
            declined = "HOURS_NOT_TOLD"
        for kind in ACTIVITIES:
            yield stay_row(
                week,
                "time.week",
                unit="hours",
                method="as_told",
                counts="person_weeks",
                kind=kind,
                label=week.week.strftime("%Y-%m-%d"),
                n=int(declined is None),
                missing=int(week.status in (MISSING, BLANK)),
                value=float(getattr(week, kind)),
                consent="time",
            ).unless(declined)


# --- 1:1s -----------------------------------------------------------------------------------------------

NO_ONE_TO_ONES = "NO_ONE_TO_ONE_RECORDS"


def measure_one_to_ones(cohorts: Cohorts) -> Iterator[Measure]:
    """Gaps and days by person; by cohort and programme held of planned, ad hoc, persons with a long gap."""
    programme = cohorts.programme
    meetings = list_one_to_ones(cohorts)
    rows = []
    for stay in programme.rotations:
        own = meetings[meetings["person"].eq(stay.person) & meetings["cohort"].eq(stay.cohort)]
        recorded = own["held"].notna().any()  # a calendar that tells of none whether it was held tells no gap
        gap = _find_longest_gap(programme, stay, own) if recorded else None
        rows.append((stay.person, stay.cohort, gap))
        common: dict[str, Any] = {"counts": "records", "consent": "time"}
        yield stay_row(
            stay, "one_to_one.longest_gap", unit="weeks", method="longest_gap", value=gap,
            n=int(_is(own["held"], True).sum()), missing=int(own["held"].isna().sum()), **common,
        ).unless(None if recorded else NO_ONE_TO_ONES)  # fmt: skip
        none = stay_row(
            stay,
            "one_to_one.day",
            unit="one_to_ones",
            method="count",
            n=0,
            missing=len(own),
            value=0.0,
            **common,
        )
        held, ad_hoc = _is(own["held"], True), _is(own["planned"], False)
        missed = _is(own["held"], False) & ~ad_hoc
        kinds = np.select([held & ad_hoc, held, missed], ["ad_hoc", "held", "missed"], default="").tolist()
        days = zip(own["day"].dt.strftime("%Y-%m-%d"), kinds, strict=True)
        events = ((day, kind) for day, kind in days if kind)
        yield from event_rows(none, events, declined=None if len(own) else NO_ONE_TO_ONES)
    gaps = pd.DataFrame(rows, columns=["person", "cohort", "gap"])
    for cohort in programme.cohorts:
        own, of_own = (frame[frame["cohort"].eq(cohort)] for frame in (meetings, gaps))
        yield from _measure_group(own, of_own, programme.triggers.weeks_without_one_to_one, cohort)
    yield from _measure_group(meetings, gaps, programme.triggers.weeks_without_one_to_one, None)


def list_one_to_ones(cohorts: Cohorts) -> pd.DataFrame:
    """The 1:1s within a stay of their person: person, cohort, day, planned, held; flags may be unknown."""
    table, as_of = cohorts.tables["one_to_ones"], cohorts.programme.as_of
    stays = pd.DataFrame(
        [
            (stay.person, stay.cohort, pd.Timestamp(stay.start), pd.Timestamp(stay.end or as_of))
            for stay in cohorts.programme.rotations
        ],
        columns=["person", "cohort", "first", "last"],
    )
    found = table[["person", "day", "planned", "held"]].merge(stays, on="person")
    found = found[found["day"].between(found["first"], found["last"])]
    return found.sort_values(["person", "day"], kind="stable", ignore_index=True)


def _is(flags: pd.Series, value: bool) -> pd.Series:
    """Which flags have that value; one that is not known has none."""
    return flags.eq(value).fillna(False).astype(bool)


def _find_longest_gap(programme: Programme, stay: Rotation, own: pd.DataFrame) -> float:
    """The longest time without a 1:1 held, in whole weeks; the stay's first and last day bound it, too.

    Days of leave in between are not counted: nobody expects a 1:1 then.
    """
    held = [day.date() for day in own.loc[_is(own["held"], True), "day"]]
    bounds = [stay.start, *held, min(stay.end or programme.as_of, programme.as_of)]
    leave = [
        pd.date_range(each.first, each.last).date for each in programme.leave if each.person == stay.person
    ]
    away = set().union(*leave)
    gaps = [
        (later - earlier).days - sum(earlier < day < later for day in away)
        for earlier, later in pairwise(bounds)
    ]
    return float(max(gaps) // 7)


def _measure_group(
    own: pd.DataFrame, gaps: pd.DataFrame, weeks: int, cohort: str | None
) -> Iterator[Measure]:
    """Held of planned, ad hoc, and persons with a gap as long as the declared trigger, of those with records.

    The last is a count from records, which an owner sees of a cohort of any size: somebody is worth a talk
    (TRUST, small groups).  Who it is, and how many 1:1s were held, needs consent or k people.
    """
    people = tuple(sorted(set(gaps["person"])))
    common: dict[str, Any] = {"cohort": cohort, "people": people, "counts": "persons"}
    held, planned = _is(own["held"], True), _is(own["planned"], True)
    known = planned & own["held"].notna()
    unknown = int((own["planned"].isna() | own["held"].isna()).sum())
    declined = NO_ONE_TO_ONES if own.empty else None
    yield share_row(
        "one_to_one.held_share", (held & known).sum(), known.sum(), missing=unknown, **common
    ).unless(declined or (None if known.any() else "PLANNED_NOT_TOLD"))
    ad_hoc = float((held & _is(own["planned"], False)).sum())
    yield count_row(
        "one_to_one.ad_hoc", "one_to_ones", ad_hoc, n=int(held.sum()), missing=unknown, **common
    ).unless(declined or (None if own["planned"].notna().any() else "PLANNED_NOT_TOLD"))
    longest = gaps.dropna(subset="gap").groupby("person")["gap"].max()
    yield count_row(
        "one_to_one.gap_over",
        "persons",
        (longest >= weeks).sum(),
        n=len(longest),
        missing=len(people) - len(longest),
        notes=(f"GAP_WEEKS:{weeks}",),
        cohort=cohort,
        people=people,
    ).unless(None if len(longest) else NO_ONE_TO_ONES)


# --- strain ---------------------------------------------------------------------------------------------

PULSE, STRAIN, ZONE = "pulse", "pl_strain", "pl_zone"
ZONES = ("comfort", "learning", "panic")
LOWEST, HIGHEST = 1.0, 5.0
DAYS = 14
HUMP = (2, 3, 4)
"""The fortnights of a stay, from 0, that have a week or more in its weeks 6 to 10."""
MIN_PAIRS = 10
ANSWERED, NOT_ANSWERED, NOT_ASKED = "answered", "NOT_ANSWERED", "NO_SURVEY"


def measure_strain(cohorts: Cohorts) -> Iterator[Measure]:
    """Each person's fortnights; means and shares by cohort and programme; what goes with them."""
    fortnights = list_fortnights(cohorts)
    for row in fortnights.itertuples():
        yield from _measure_fortnight(row)
    for cohort in cohorts.programme.cohorts:
        yield from _measure_level(fortnights[fortnights["cohort"].eq(cohort)], cohort)
    yield from _measure_level(fortnights, None)
    yield _measure_hump(fortnights)
    yield from _measure_slopes(cohorts, fortnights)


def list_fortnights(cohorts: Cohorts) -> pd.DataFrame:
    """One row a whole fortnight of every stay, in the order of stays and days.

    Columns person, cohort, number (from 0), first, last, status, strain, zone, blank_reason.  Fortnights run
    from the first day of a stay; of a running one those to its planned end are there, too.  `status` is
    answered, NOT_ANSWERED, NOT_YET_DUE (it lasts to `as_of` or beyond) or NO_SURVEY (the programme has no
    pulse, or none was read); `strain` 1–5 and `zone` where answered, else `blank_reason`.
    """
    programme = cohorts.programme
    rows = [
        (place, stay.person, stay.cohort, number, pd.Timestamp(first), pd.Timestamp(last))
        for place, stay in enumerate(programme.rotations)
        for number, (first, last) in enumerate(
            split_periods(stay.start, last_day(stay, programme.as_of), DAYS)
        )
    ]
    stay = ["person", "cohort"]
    grid = pd.DataFrame(rows, columns=["place", *stay, "number", "first", "last"])
    grid = grid.assign(
        first=pd.to_datetime(grid["first"]), last=pd.to_datetime(grid["last"])
    )  # of no row, too
    # of several answers the one whose period begins nearest, of these the last that was sent
    begun = grid.loc[grid["number"].eq(0), ["place", *stay, "first"]]
    answers = _read_answers(cohorts).merge(begun, on=stay)
    days = (answers["period_start"] - answers["first"]).dt.days
    number = (days + DAYS // 2) // DAYS
    answers = answers.assign(number=number, off=(days - DAYS * number).abs(), status=ANSWERED)
    answers = answers.sort_values(["off", "answered_at"], ascending=[False, True], kind="stable")
    answers = answers.drop_duplicates(["place", "number"], keep="last")
    found = grid.merge(
        answers[["place", "number", "status", "strain", "zone", "blank_reason"]],
        on=["place", "number"],
        how="left",
    )
    over = found["last"] < pd.Timestamp(programme.as_of)
    # a source declared as pulse, or a file read as one; not whether somebody answered: where few take part,
    # that would give away that they did not
    asked = any(source.instrument == PULSE for source in programme.sources)
    asked = asked or cohorts.tables["responses"]["instrument"].eq(PULSE).any()
    unanswered = over.map({True: NOT_ANSWERED, False: NOT_YET_DUE}) if asked else NOT_ASKED
    status = found["status"].astype(object).fillna(unanswered)
    return found.assign(status=status, strain=found["strain"].astype(float))


def _read_answers(cohorts: Cohorts) -> pd.DataFrame:
    """One row per submitted pulse: person, cohort, period_start, answered_at, strain, zone, blank_reason."""
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
    blank_reason = found["unreadable"].map({True: "UNUSABLE", False: "BLANK"})
    return found.assign(blank_reason=blank_reason).astype({"person": object, "cohort": object})


def _measure_fortnight(row: Any) -> Iterator[Measure]:
    """The strain, and the zone as `kind`; none where nothing was chosen."""
    zone = row.zone if row.zone in ZONES else None
    for measure, unit, kind, value, known in (
        ("strain.fortnight", "level", None, row.strain, pd.notna(row.strain)),
        ("strain.zone", "findings", zone, 1.0, zone is not None),
    ):
        reason = str(row.blank_reason if row.status == ANSWERED else row.status)
        yield stay_row(
            row,
            measure,
            unit=unit,
            method="as_answered",
            consent="strain",
            kind=kind,
            label=row.first.strftime("%Y-%m-%d"),
            n=int(known),
            missing=int(not known and row.status in (ANSWERED, NOT_ANSWERED)),
            value=value,
        ).unless(None if known else reason)


def _measure_level(fortnights: pd.DataFrame, cohort: str | None) -> Iterator[Measure]:
    """Mean strain and share of panic over persons, and how far what is missing could move them."""
    due = _due(fortnights)
    panic = due["zone"].eq("panic").astype(float).where(due["zone"].isin(ZONES))
    for measure, unit, values, ends in (
        ("strain.mean", "strain_level", due["strain"], (LOWEST, HIGHEST)),
        ("strain.panic_share", "share", panic, (0.0, 1.0)),
    ):
        known = values.notna()
        answered, missing = int(known.sum()), int((~known).sum())
        people = tuple(sorted(set(due["person"][known])))
        common: dict[str, Any] = dict(
            unit=unit, counts="persons", cohort=cohort, people=people or _everybody(fortnights)
        )
        declined = None if people else _explain_missing(fortnights)
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
        filled = [_mean_by_person(values.fillna(end), due["person"]) for end in ends]
        low, high = (sum(means) / len(means) if means else None for means in filled)
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


def _due(fortnights: pd.DataFrame) -> pd.DataFrame:
    """Those that were asked about and are over."""
    return fortnights[fortnights["status"].isin([ANSWERED, NOT_ANSWERED])]


def _everybody(fortnights: pd.DataFrame) -> tuple[str, ...]:
    """Whom a row without any answer belongs to; where no pulse was ever read, it is nobody's."""
    asked = fortnights[fortnights["status"].ne(NOT_ASKED)]
    return tuple(sorted(set(asked["person"])))


def _explain_missing(fortnights: pd.DataFrame) -> str:
    """Why nothing is known of any fortnight."""
    statuses = set(fortnights["status"])
    return next((code for code in (NOT_ASKED, NOT_ANSWERED) if code in statuses), NOT_YET_DUE)


def _measure_hump(fortnights: pd.DataFrame) -> Measure:
    """Weeks 6 to 10 minus the same person's other fortnights; Student's t over persons.

    `missing` are persons whose stay reached those weeks and of whom one of the two is not known: the interval
    also holds where they were as strained as in their other fortnights.
    """
    within = fortnights["number"].isin(HUMP)
    reached = set(_due(fortnights[within])["person"])
    means = fortnights.groupby(["person", "cohort", within])["strain"].mean().unstack()
    means = means.reindex(columns=[True, False])
    changes = (means[True] - means[False]).dropna().groupby("person").mean()
    row = Measure(
        measure="strain.weeks_6_10",
        unit="strain",
        method="own_other_fortnights_t",
        counts="persons",
        n=len(changes),
        missing=len(reached - set(changes.index)),
        people=tuple(changes.index) or _everybody(fortnights),
        claims=True,
        compared=True,
    )
    declined = None if len(changes) else _explain_missing(fortnights[within])
    found = adjust_for_missing(estimate_mean, changes.tolist(), missing=row.missing or 0)
    return row.estimated(found).unless(declined)


def _measure_slopes(cohorts: Cohorts, fortnights: pd.DataFrame) -> Iterator[Measure]:
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
        declined = NO_ONE_TO_ONES if meetings.empty else "FEW_PAIRS"
        yield row.estimated(slope).unless(None if slope.persons else declined)


def _pair(due: pd.DataFrame, meetings: pd.DataFrame, *, planned_only: bool) -> pd.DataFrame:
    """person, order, x = 1:1s held in the fortnight, y = strain; of persons with ten pairs and a varying x.

    A fortnight with a 1:1 of which it is not known whether it was held or planned is left out.
    """
    places = due[["person", "cohort", "first", "last"]].assign(place=due.index)
    found = meetings[["person", "cohort", "day", "held", "planned"]].merge(places, on=["person", "cohort"])
    found = found[found["day"].between(found["first"], found["last"])]
    held, planned = found["held"].astype("boolean"), found["planned"].astype("boolean")
    counted = (held & planned if planned_only else held).astype("Float64").astype(float)
    held = counted.groupby(found["place"]).sum(skipna=False).reindex(due.index, fill_value=0.0)
    answered = due[due["person"].isin(meetings["person"])]
    pairs = answered.assign(order=answered["first"], x=held).rename(columns={"strain": "y"})
    pairs = pairs[["person", "order", "x", "y"]].dropna()
    by_person = pairs.groupby("person")["x"]
    enough = by_person.transform("size").ge(MIN_PAIRS) & by_person.transform("nunique").gt(1)
    return pairs[enough]
