"""What participants' working time went to, from their own time sheets, week by week of the stay.

A sheet tells hours of five activities or, with the hours worked, their shares.  A week counts by its working
days without leave times the part-time share, so that a short week or a half-time person does not weigh like
a full one.  A week without a sheet is missing, never zero; so is one with an empty cell.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd

from ...cohorts.cohort import Cohorts
from ...cohorts.working_weeks import working_weeks_of
from ...measure_row import Measure
from ...programme.tables import ACTIVITIES
from ...statistics.estimates import Array
from ..rows import stay_row

CONSENT = "time"
OF_OTHERS = ".other_cohorts"
OPERATIONS = ("request", "incident")
"""What counts as operations: answering others and incidents, as in the half that Google's SRE book names."""
PER_CENT = 1.5  # shares of a week that add up to more are per cents
MOST_OFF = 0.05  # activities that add up to the hours worked, give or take a twentieth, are hours
MOST_HOURS = 90.0
"""Numbers of a week that add up to more, or to less than `PER_CENT`, without hours worked are no hours."""
TOLD, BLANK, MISSING, NOT_YET_DUE, AWAY = "told", "blank", "missing", "not_yet_due", "away"
WHY_UNTOLD = {
    BLANK: "TIME_CELLS_BLANK",
    MISSING: "NO_TIME_SHEET",
    NOT_YET_DUE: "NOT_YET_DUE",
    AWAY: "NO_WORKING_DAYS",
}
WEEK_COLUMNS = ("person", "cohort", "week", "exposure", "status", "hours_told", *ACTIVITIES)


def measure_time(cohorts: Cohorts) -> Iterator[Measure]:
    """Shares of activities and of operations by person, cohort, programme; hours by person and week."""
    weeks = list_weeks(cohorts)
    limit = cohorts.programme.triggers.operations_share
    for stay in cohorts.programme.rotations:
        own = weeks[weeks["person"].eq(stay.person) & weeks["cohort"].eq(stay.cohort)]
        person = {"cohort": stay.cohort, "person": stay.person, "counts": "person_weeks"}
        yield from _measure_shares(own, limit, person)
        yield from _measure_weeks(own)
    for cohort in cohorts.programme.cohorts:
        of_cohort = weeks[weeks["cohort"].eq(cohort)]
        yield from _measure_shares(of_cohort, limit, {"cohort": cohort, "counts": "persons"})
        others = weeks[weeks["cohort"].ne(cohort)]
        if len(others):
            yield from _measure_activities(others, {"cohort": cohort, "counts": "persons"}, OF_OTHERS)
    yield from _measure_shares(weeks, limit, {"counts": "persons"})


# --- weeks ----------------------------------------------------------------------------------------------


def list_weeks(cohorts: Cohorts) -> pd.DataFrame:
    """One row a week (from Monday) of every stay, with `WEEK_COLUMNS`.

    `exposure` is in working weeks; `status` told, blank (a cell is empty), missing, not_yet_due (the week is
    not over by `as_of`) or away (no working day); the activities hold what the sheet tells, hours where
    `hours_told`.
    """
    programme = cohorts.programme
    sheets = {(row["person"], row["week"]): row for row in _read_sheets(cohorts.tables["time_use"])}
    rows = []
    for stay in programme.rotations:
        monday = stay.start - timedelta(days=stay.start.weekday())
        end = stay.end or programme.as_of
        while monday <= end:
            sunday = monday + timedelta(days=6)
            exposure = working_weeks_of(programme, stay.person, max(monday, stay.start), min(sunday, end))
            sheet = sheets.get((stay.person, pd.Timestamp(monday)), {})
            status = sheet.get("status", MISSING)
            if not sheet and sunday > programme.as_of:
                status = NOT_YET_DUE
            elif not sheet and not exposure:
                status = AWAY
            week = {"person": stay.person, "cohort": stay.cohort, "week": monday, "exposure": exposure}
            rows.append({**sheet, **week, "status": status})
            monday += timedelta(days=7)
    return pd.DataFrame(rows, columns=list(WEEK_COLUMNS))


def _read_sheets(table: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """One record a person and week: what each activity took, several sheets of one week added up."""
    table = table[table["person"].notna() & table["week"].notna()]
    days = table["week"].dt.normalize()
    mondays = days - pd.to_timedelta(days.dt.day_of_week, unit="D")
    amounts = table[list(ACTIVITIES)].to_numpy(dtype=float)
    sheets: dict[tuple[str, pd.Timestamp], list[tuple[Array | None, bool]]] = {}
    for person, week, values, worked in zip(table["person"], mondays, amounts, table["hours"], strict=True):
        sheets.setdefault((person, week), []).append(_read_sheet(values, float(worked)))
    for (person, week), read in sheets.items():
        known = [values for values, _ in read if values is not None]
        blank = len(known) < len(read)
        yield {
            "person": person,
            "week": week,
            "status": BLANK if blank else TOLD,
            "hours_told": not blank and all(told for _, told in read),
            **({} if blank else dict(zip(ACTIVITIES, np.sum(known, axis=0).tolist(), strict=True))),
        }


def _read_sheet(values: Array, worked: float) -> tuple[Array | None, bool]:
    """The activities of one sheet, None where that is not known; and whether they are hours.

    Where the hours worked are told and the filled cells make them up, an empty cell is none of them.
    """
    known = values[~np.isnan(values)]
    total = float(known.sum())
    if not total > 0 or (known < 0).any():
        return None, False
    whole = worked if _are_hours(total, worked) else 100.0 if total > PER_CENT else 1.0
    if len(known) < len(values):
        if np.isnan(worked) or total < 0.99 * whole:
            return None, False
        values = np.nan_to_num(values)
    if not np.isnan(worked) and not _are_hours(total, worked):
        return values * worked / whole, True
    return values, PER_CENT < total <= MOST_HOURS


def _are_hours(total: float, worked: float) -> bool:
    """Whether activities add up to the hours worked beside them: then they are hours, and no per cents.

    >>> _are_hours(40.0, 40.0), _are_hours(100.0, 40.0), _are_hours(1.0, 40.0)
    (True, False, False)
    """
    return bool(total > PER_CENT and abs(total - worked) <= MOST_OFF * worked and total <= MOST_HOURS)


# --- measures -------------------------------------------------------------------------------------------


def _measure_shares(weeks: pd.DataFrame, limit: float, of_whom: dict[str, Any]) -> Iterator[Measure]:
    """The share of each activity, and of operations beside the declared reference."""
    activities = list(_measure_activities(weeks, of_whom))
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


def _measure_activities(weeks: pd.DataFrame, of_whom: dict[str, Any], suffix: str = "") -> Iterator[Measure]:
    """The share of each activity in the weeks that are told."""
    told = weeks[weeks["status"].eq(TOLD) & weeks["exposure"].gt(0)]
    lacking = weeks[weeks["status"].isin([MISSING, BLANK]) & weeks["exposure"].gt(0)]
    shares = _weigh(told)
    one_person = "person" in of_whom
    people = tuple(sorted(set(told["person"]) or set(weeks["person"])))
    silent = set(lacking["person"]) - set(told["person"])
    blank = int(lacking["status"].eq(BLANK).sum())
    codes = [] if one_person else [f"WEEKS:{len(told)}:{len(lacking)}"]
    codes += [f"TIME_CELLS_BLANK:{blank}"] if blank else []
    common: dict[str, Any] = dict(
        unit="share",
        method="share_of_time",
        n=len(told) if one_person else told["person"].nunique(),
        missing=len(lacking) if one_person else len(silent),
        people=people,
        consent=CONSENT if one_person else None,
        **of_whom,
    )
    declined = None if shares else _why_none(weeks)
    for kind in ACTIVITIES:
        yield Measure(
            measure=f"time.share{suffix}", kind=kind, value=shares.get(kind), notes=tuple(codes), **common
        ).unless(declined)


def _weigh(told: pd.DataFrame) -> dict[str, float]:
    """Activity → mean of the weekly shares, each week by its exposure; {} without a week."""
    if told.empty:
        return {}
    amounts = told[list(ACTIVITIES)].astype(float)
    weekly = amounts.div(amounts.sum(axis=1), axis=0)
    weights = told["exposure"].astype(float)
    means = weekly.mul(weights, axis=0).sum() / weights.sum()
    return {str(name): float(value) for name, value in means.items()}


def _why_none(weeks: pd.DataFrame) -> str:
    """Why nothing is known of any week, the reason that mends it first."""
    statuses: Sequence[str] = [status for status in WHY_UNTOLD if weeks["status"].eq(status).any()]
    return WHY_UNTOLD[statuses[0]] if statuses else WHY_UNTOLD[AWAY]


def _measure_weeks(weeks: pd.DataFrame) -> Iterator[Measure]:
    """Hours of each activity in each week of a stay, for the picture."""
    for week in weeks.itertuples():
        told = week.status == TOLD
        declined = None if told else WHY_UNTOLD[str(week.status)]
        if told and not week.hours_told:
            declined = "HOURS_NOT_TOLD"
        for kind in ACTIVITIES:
            yield stay_row(
                week,
                "time.week",
                unit="hours",
                method="as_told",
                counts="person_weeks",
                kind=kind,
                label=week.week.isoformat(),
                n=int(declined is None),
                missing=int(week.status in (MISSING, BLANK)),
                value=float(getattr(week, kind)) if told else None,
                consent=CONSENT,
            ).unless(declined)
