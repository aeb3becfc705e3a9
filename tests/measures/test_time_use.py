"""Shares of working time from time sheets: weeks by their exposure, what is missing, hours by week."""

from __future__ import annotations

from typing import Any

import pytest

from rotation_analysis.measure_row import Measure
from rotation_analysis.measures.workload.time_and_strain import measure_time
from rotation_analysis.programme.model import Leave, Rotation
from rotation_analysis.programme.plan import Triggers
from tests.builders import day, make_cohorts, make_programme, make_rotation, pick

STAY = make_rotation("p01", "aoi", "2024-06-03", "2024-06-28")  # four weeks of five working days
MONDAYS = ("2024-06-03", "2024-06-10", "2024-06-17", "2024-06-24")
Row = dict[str, Any]


def sheet(week: str, *amounts: float | None, person: str = "p01", hours: float | None = None) -> Row:
    """A sheet of a week: request, improvement, incident, home, learning."""
    names = ("request", "improvement", "incident", "home", "learning")
    return {
        "person": person,
        "week": week,
        "day": week,
        "hours": hours,
        **dict(zip(names, amounts, strict=True)),
    }


def measure(*stays: Rotation, sheets: list[Row], **programme: Any) -> list[Measure]:
    cohorts = make_cohorts(make_programme(*(stays or (STAY,)), **programme), time_use=sheets)
    return list(measure_time(cohorts))


def share(measures: list[Measure], kind: str, **where: object) -> Measure:
    return pick(measures, "time.share", kind=kind, **where)


FULL = [sheet(MONDAYS[0], 24, 8, 0, 4, 4), sheet(MONDAYS[1], 16, 8, 8, 4, 4)]


def test_shares_are_the_mean_of_the_weeks_and_weeks_without_a_sheet_are_missing() -> None:
    measures = measure(sheets=FULL)
    row = share(measures, "request", person="p01")
    assert row.value == pytest.approx((24 / 40 + 16 / 40) / 2)
    assert (row.n, row.missing, row.people, row.consent) == (2, 2, ("p01",), "time")
    assert sum(m.value or 0 for m in measures if m.measure == "time.share" and m.person) == pytest.approx(1)


def test_operations_are_requests_and_incidents_beside_the_declared_reference() -> None:
    row = pick(
        measure(sheets=FULL, triggers=Triggers(operations_share=0.4)), "time.operations_share", person="p01"
    )
    assert row.value == pytest.approx((24 / 40 + 24 / 40) / 2)
    assert row.notes == ("REFERENCE_SHARE:40",)


@pytest.mark.parametrize("amounts", [(0.6, 0.2, 0.0, 0.1, 0.1), (60, 20, 0, 10, 10)])
def test_shares_beside_hours_worked_become_hours(amounts: tuple[float, ...]) -> None:
    measures = measure(sheets=[sheet(MONDAYS[0], *amounts, hours=35)])
    row = pick(measures, "time.week", kind="request", label=MONDAYS[0])
    assert row.value == pytest.approx(21)
    assert share(measures, "request", person="p01").value == pytest.approx(0.6)


@pytest.mark.parametrize("hours", [40, 39])
def test_hours_beside_the_hours_worked_stay_hours(hours: float) -> None:
    measures = measure(sheets=[sheet(MONDAYS[0], 20, 10, 0, 5, 5, hours=hours)])
    row = pick(measures, "time.week", kind="request", label=MONDAYS[0])
    assert row.value == 20
    assert share(measures, "request", person="p01").value == pytest.approx(0.5)


@pytest.mark.parametrize("amounts", [(0.6, 0.2, 0.0, 0.1, 0.1), (60, 20, 0, 10, 10)])
def test_shares_without_hours_worked_have_no_hours(amounts: tuple[float, ...]) -> None:
    measures = measure(sheets=[sheet(MONDAYS[0], *amounts)])
    row = pick(measures, "time.week", kind="request", label=MONDAYS[0])
    assert (row.value, row.declined) == (None, "HOURS_NOT_TOLD")
    assert share(measures, "request", person="p01").value == pytest.approx(0.6)


def test_a_sheet_counts_for_the_week_of_any_of_its_days() -> None:
    row = pick(measure(sheets=[sheet("2024-06-07", 40, 0, 0, 0, 0)]), "time.week", kind="request", n=1)
    assert (row.label, row.value) == (MONDAYS[0], 40)


def test_several_sheets_of_one_week_are_added_up() -> None:
    days = [sheet("2024-06-03", 8, 0, 0, 0, 0), sheet("2024-06-04", 0, 8, 0, 0, 0)]
    measures = measure(sheets=days)
    row = share(measures, "request", person="p01")
    assert (row.value, row.n) == (pytest.approx(0.5), 1)


def test_an_empty_cell_is_not_zero() -> None:
    measures = measure(sheets=[*FULL, sheet(MONDAYS[2], 40, None, None, None, None)])
    row = share(measures, "request", person="p01")
    assert (row.value, row.n, row.missing) == (pytest.approx(0.5), 2, 2)
    assert row.notes == ("TIME_CELLS_BLANK:1",)
    week = pick(measures, "time.week", kind="request", label=MONDAYS[2])
    assert (week.value, week.missing, week.declined) == (None, 1, "TIME_CELLS_BLANK")


def test_an_empty_cell_is_zero_where_the_others_make_up_the_hours_worked() -> None:
    measures = measure(sheets=[sheet(MONDAYS[0], 50, 50, None, None, None, hours=40)])
    assert share(measures, "home", person="p01").value == 0
    assert share(measures, "request", person="p01").n == 1


@pytest.mark.parametrize("amounts", [(0, 0, 0, 0, 0), (-8, 40, 0, 0, 0)])
def test_a_sheet_of_nothing_or_less_tells_nothing(amounts: tuple[float, ...]) -> None:
    row = share(measure(sheets=[sheet(MONDAYS[0], *amounts)]), "request", person="p01")
    assert (row.value, row.n, row.missing, row.declined) == (None, 0, 4, "TIME_CELLS_BLANK")


def test_activities_of_a_week_of_no_hours_tell_nothing() -> None:
    measures = measure(sheets=[FULL[0], sheet(MONDAYS[1], 0.6, 0.2, 0, 0.1, 0.1, hours=0)])
    row = share(measures, "request", person="p01")
    assert (row.value, row.n, row.missing) == (pytest.approx(24 / 40), 1, 3)
    assert row.notes == ("TIME_CELLS_BLANK:1",)


# --- exposure -------------------------------------------------------------------------------------------


def test_a_week_with_a_public_holiday_counts_by_its_working_days() -> None:
    stay = make_rotation("p01", "aoi", "2024-04-22", "2024-05-03")  # 29 April and 3 May are holidays
    sheets = [sheet("2024-04-22", 40, 0, 0, 0, 0), sheet("2024-04-29", 0, 24, 0, 0, 0)]
    assert share(measure(stay, sheets=sheets), "request", person="p01").value == pytest.approx(5 / 8)


def test_a_week_of_leave_is_neither_told_nor_missing() -> None:
    leave = (Leave(person="p01", first=day("2024-06-17"), last=day("2024-06-21")),)
    measures = measure(sheets=FULL, leave=leave)
    assert share(measures, "request", person="p01").missing == 1
    row = pick(measures, "time.week", kind="request", label=MONDAYS[2])
    assert (row.value, row.missing, row.declined) == (None, 0, "NO_WORKING_DAYS")


def test_days_of_leave_weigh_a_week_less() -> None:
    leave = (Leave(person="p01", first=day("2024-06-11"), last=day("2024-06-14")),)
    row = share(measure(sheets=FULL, leave=leave), "request", person="p01")
    assert row.value == pytest.approx((0.6 * 5 + 0.4 * 1) / 6)


def test_a_half_time_person_weighs_half_in_the_programme() -> None:
    half = make_rotation("p02", "kaede", "2024-06-03", "2024-06-28", share=0.5)
    sheets = [sheet(MONDAYS[0], 40, 0, 0, 0, 0), sheet(MONDAYS[0], 0, 20, 0, 0, 0, person="p02")]
    measures = measure(STAY, half, sheets=sheets)
    row = share(measures, "request", person=None, cohort=None)
    assert (row.value, row.n, row.missing) == (pytest.approx(2 / 3), 2, 0)
    assert share(measures, "request", person="p02").value == 0


def test_a_stay_that_runs_has_weeks_to_the_day_of_the_data() -> None:
    runs = make_rotation("p01", "aoi", "2024-06-03")
    measures = measure(runs, sheets=FULL, as_of="2024-06-19")  # Wednesday of the third week
    assert share(measures, "request", person="p01").missing == 0
    weeks = [m for m in measures if m.measure == "time.week" and m.kind == "request"]
    assert [(m.label, m.declined) for m in weeks] == [
        (MONDAYS[0], None),
        (MONDAYS[1], None),
        (MONDAYS[2], "NOT_YET_DUE"),
    ]


def test_a_week_in_which_a_stay_begins_counts_by_its_days_of_the_stay() -> None:
    stay = make_rotation("p01", "aoi", "2024-06-07", "2024-06-14")  # from Friday
    sheets = [sheet("2024-06-03", 8, 0, 0, 0, 0), sheet("2024-06-10", 0, 40, 0, 0, 0)]
    assert share(measure(stay, sheets=sheets), "request", person="p01").value == pytest.approx(1 / 6)


# --- groups ---------------------------------------------------------------------------------------------


def test_a_cohort_is_about_those_whose_sheets_it_holds() -> None:
    other = make_rotation("p02", "kaede", "2024-06-03", "2024-06-28")
    row = share(measure(STAY, other, sheets=FULL), "request", cohort="1", person=None)
    assert (row.n, row.missing, row.people, row.counts) == (1, 1, ("p01",), "persons")
    assert (row.consent, row.notes) == (None, ("WEEKS:2:6",))


def test_without_any_sheet_it_is_not_known_whom_the_row_hides() -> None:
    other = make_rotation("p02", "kaede", "2024-06-03", "2024-06-28")
    row = share(measure(STAY, other, sheets=[]), "request", cohort=None)
    assert (row.value, row.declined, row.people) == (None, "NO_TIME_SHEET", ("p01", "p02"))


def test_which_weeks_have_a_row_does_not_depend_on_sheets() -> None:
    def rows(sheets: list[Row]) -> list[tuple[object, ...]]:
        weeks = [m for m in measure(sheets=sheets) if m.measure == "time.week"]
        return [(m.person, m.label, m.kind) for m in weeks]

    assert rows([]) == rows(FULL)
    assert len(rows([])) == 4 * 5


def test_a_week_that_two_stays_share_counts_for_each_by_its_own_days() -> None:
    first = make_rotation("p01", "aoi", "2024-06-03", "2024-06-11")  # to Tuesday
    second = make_rotation("p01", "aoi", "2024-06-12", "2024-06-21", cohort="2")
    sheets = [
        sheet(MONDAYS[0], 40, 0, 0, 0, 0),
        sheet(MONDAYS[1], 0, 40, 0, 0, 0),
        sheet(MONDAYS[2], 40, 0, 0, 0, 0),
    ]
    measures = measure(first, second, sheets=sheets)
    assert share(measures, "request", person="p01", cohort="1").value == pytest.approx(5 / 7)
    assert share(measures, "request", person="p01", cohort="2").value == pytest.approx(5 / 8)


@pytest.mark.parametrize("amounts", [(40, 0, 0, 0, 0), (40, None, 0, 0, 0)])
def test_a_sheet_of_a_week_of_leave_counts_neither_as_told_nor_as_missing(
    amounts: tuple[float | None, ...],
) -> None:
    leave = (Leave(person="p01", first=day("2024-06-17"), last=day("2024-06-21")),)
    row = share(measure(sheets=[*FULL, sheet(MONDAYS[2], *amounts)], leave=leave), "request", person="p01")
    assert (row.value, row.n, row.missing) == (pytest.approx(0.5), 2, 1)
