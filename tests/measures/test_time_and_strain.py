"""Strain by fortnight: each has its row, missing ones are told, the own other weeks are the yardstick."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pandas as pd
import pytest

from rotation_analysis.cohorts.cohort import Cohorts
from rotation_analysis.measure_row import Measure
from rotation_analysis.measures.workload.time_and_strain import (
    measure_one_to_ones,
    measure_strain,
    measure_time,
)
from rotation_analysis.programme.model import Leave, Rotation
from rotation_analysis.programme.plan import Triggers
from tests.builders import day, make_cohorts, make_programme, make_rotation, pick

START = "2024-01-01"
STAY = make_rotation("p01", "aoi", START, "2024-02-26")  # four whole fortnights and one day
LONG = "2024-06-16"  # twelve whole fortnights
Row = dict[str, Any]


def first_of(number: int) -> str:
    return str((pd.Timestamp(START) + timedelta(days=14 * number)).date())


def answer(
    number: int,
    strain: int | None = 3,
    zone: str | None = "learning",
    *,
    person: str = "p01",
    cohort: str = "1",
    begins: str | None = None,
    sent: str | None = None,
    state: str = "answered",
) -> list[Row]:
    """The answers to the fortnight of that number (from 0): one row a question."""
    begins = begins or first_of(number)
    sent_at = pd.Timestamp(sent or str(pd.Timestamp(begins) + timedelta(days=15)), tz="UTC")
    common = {
        "instrument": "pulse",
        "rater": "self",
        "person": person,
        "cohort": cohort,
        "period_start": begins,
        "answered_at": sent_at,
    }
    told = "answered" if strain is not None else state if state != "answered" else "blank"
    return [
        {**common, "question": "pl_strain", "level": strain, "state": told},
        {**common, "question": "pl_zone", "option": zone, "state": "answered" if zone else "blank"},
    ]


def lay(*stays: Rotation, answers: list[list[Row]], meetings: Sequence[Row] = (), **other: Any) -> Cohorts:
    rows = [row for sending in answers for row in sending]
    programme = make_programme(*(stays or (STAY,)), **other)
    return make_cohorts(programme, responses=rows, one_to_ones=meetings)


def measure(*stays: Rotation, answers: list[list[Row]], **other: Any) -> list[Measure]:
    return list(measure_strain(lay(*stays, answers=answers, **other)))


def series(person: str, levels: list[int | None], **other: Any) -> list[list[Row]]:
    """One answer a fortnight; none where the level is None."""
    return [answer(n, level, person=person, **other) for n, level in enumerate(levels) if level is not None]


def group(count: int, end: str = LONG) -> list[Rotation]:
    return [make_rotation(f"p{n:02}", f"t{n}", START, end) for n in range(1, count + 1)]


# --- one person -----------------------------------------------------------------------------------------


def test_every_whole_fortnight_has_a_row_answered_or_not() -> None:
    rows = [m for m in measure(answers=[answer(0, 4), answer(2, 2)]) if m.measure == "strain.fortnight"]
    assert [(m.label, m.value, m.missing, m.declined) for m in rows] == [
        ("2024-01-01", 4, 0, None),
        ("2024-01-15", None, 1, "NOT_ANSWERED"),
        ("2024-01-29", 2, 0, None),
        ("2024-02-12", None, 1, "NOT_ANSWERED"),
    ]
    assert {(m.person, m.consent, m.unit) for m in rows} == {("p01", "strain", "level")}


def test_answers_of_a_stay_are_no_other_stay_s_of_the_same_cohort() -> None:
    again = make_rotation("p01", "aoi", "2024-04-03", "2024-05-05")
    first = make_rotation("p01", "aoi", START, "2024-02-10")
    answers = [answer(0, 2), answer(0, 5, begins="2024-04-17")]
    rows = [m for m in measure(first, again, answers=answers) if m.measure == "strain.fortnight"]
    assert [(m.label, m.value) for m in rows] == [
        ("2024-01-01", 2),
        ("2024-01-15", None),
        ("2024-04-03", None),
        ("2024-04-17", 5),
    ]


def test_zones_are_rows_of_their_own() -> None:
    answers = [answer(0, 4, "panic"), answer(1, 2, "comfort"), answer(2, 3, None)]
    rows = [m for m in measure(answers=answers) if m.measure == "strain.zone"]
    assert [(m.kind, m.value, m.declined) for m in rows] == [
        ("panic", 1, None),
        ("comfort", 1, None),
        (None, None, "BLANK"),
        (None, None, "NOT_ANSWERED"),
    ]


@pytest.mark.parametrize(("state", "reason"), [("blank", "BLANK"), ("unusable", "UNUSABLE")])
def test_a_cell_without_a_level_says_why(state: str, reason: str) -> None:
    row = pick(measure(answers=[answer(0, None, state=state)]), "strain.fortnight", label=START)
    assert (row.value, row.missing, row.declined) == (None, 1, reason)


def test_where_nobody_ever_answered_nothing_was_asked_and_nothing_is_missing() -> None:
    rows = measure(*group(2), answers=[])
    assert {(m.declined, m.missing) for m in rows if m.person} == {("NO_SURVEY", 0)}
    for name in ("strain.mean", "strain.panic_share.bounds", "strain.weeks_6_10"):
        row = pick(rows, name, cohort=None)
        assert (row.value, row.declined, row.missing) == (None, "NO_SURVEY", 0)


def test_which_fortnights_have_a_row_does_not_depend_on_answers() -> None:
    def rows(answers: list[list[Row]]) -> list[tuple[object, ...]]:
        return [(m.measure, m.person, m.cohort, m.label) for m in measure(answers=answers)]

    assert rows([]) == rows(series("p01", [1, 2, 3, 4]))


def test_of_a_stay_that_runs_the_fortnights_to_come_are_not_due() -> None:
    runs = make_rotation("p01", "aoi", START, planned_end=pd.Timestamp("2024-02-26").date())
    other = make_rotation("p02", "kaede", "2023-11-01", "2023-11-28")
    told = answer(0, 3, person="p02", begins="2023-11-01")
    rows = [
        m
        for m in measure(runs, other, answers=[told], as_of="2024-01-28")
        if m.measure == "strain.fortnight" and m.person == "p01"
    ]  # the second one ends on that day: its form opens on the next
    assert [m.declined for m in rows] == ["NOT_ANSWERED", "NOT_YET_DUE", "NOT_YET_DUE", "NOT_YET_DUE"]
    assert [m.missing for m in rows] == [1, 0, 0, 0]


@pytest.mark.parametrize(
    ("begins", "label"),
    [("2024-01-07", "2024-01-01"), ("2024-01-08", "2024-01-15"), ("2024-01-21", "2024-01-15")],
)
def test_a_period_that_begins_on_another_day_counts_for_the_nearest_fortnight(
    begins: str, label: str
) -> None:
    rows = measure(answers=[answer(0, 5, begins=begins)])
    assert pick(rows, "strain.fortnight", value=5).label == label


def test_of_two_answers_the_nearest_period_counts_else_the_last_sent() -> None:
    near, far = answer(0, 5), answer(0, 1, begins="2024-01-04")
    for answers in ([near, far], [far, near]):
        assert pick(measure(answers=answers), "strain.fortnight", label=START).value == 5
    later = answer(0, 2, sent="2024-01-20T10:00")
    assert pick(measure(answers=[later, near]), "strain.fortnight", label=START).value == 2


def test_two_stays_of_a_person_have_their_own_fortnights() -> None:
    again = make_rotation("p01", "aoi", "2024-07-01", "2024-07-28", cohort="2")
    late = answer(0, 5, begins="2024-07-15", cohort="2")
    rows = measure(STAY, again, answers=[answer(0, 2), late])
    assert pick(rows, "strain.fortnight", cohort="2", label="2024-07-15").value == 5
    assert pick(rows, "strain.mean", cohort=None).n == 1


# --- over persons ---------------------------------------------------------------------------------------


def test_mean_is_of_persons_and_tells_who_and_what_is_missing() -> None:
    stays = [make_rotation(f"p{n:02}", f"t{n}", START, "2024-02-25") for n in (1, 2, 3)]
    answers = [*series("p01", [2, 2, 2, 2]), *series("p02", [5])]
    row = pick(measure(*stays, answers=answers), "strain.mean", cohort=None)
    assert (row.value, row.n, row.missing) == (pytest.approx(3.5), 2, 1)
    assert (row.people, row.counts, row.consent) == (("p01", "p02"), "persons", None)
    assert row.notes == ("FORTNIGHTS:5:7", "N_SMALL")


def test_bounds_put_what_is_missing_at_either_end_of_the_scale() -> None:
    stays = [make_rotation(f"p{n:02}", f"t{n}", START, "2024-01-28") for n in (1, 2)]
    row = pick(measure(*stays, answers=series("p01", [2, 4])), "strain.mean.bounds", cohort=None)
    assert (row.value, row.low, row.high) == (pytest.approx(3), pytest.approx(2), pytest.approx(4))
    assert (row.n, row.missing) == (2, 2)


def test_panic_share_counts_the_fortnights_that_told_a_zone() -> None:
    stays = [make_rotation(f"p{n:02}", f"t{n}", START, "2024-02-25") for n in (1, 2)]
    answers = [answer(0, 4, "panic"), answer(1, 3), answer(2, 3, None)]
    answers += [answer(n, 3, person="p02") for n in range(4)]
    rows = measure(*stays, answers=answers)
    share = pick(rows, "strain.panic_share", cohort=None)
    assert (share.value, share.n, share.notes[0]) == (pytest.approx(0.25), 2, "FORTNIGHTS:6:2")
    bounds = pick(rows, "strain.panic_share.bounds", cohort=None)
    assert (bounds.low, bounds.high) == (pytest.approx(0.125), pytest.approx(0.375))


def test_interval_of_a_share_stays_within_0_and_1() -> None:
    stays = group(4, "2024-02-25")
    answers = [answer(0, 4, "panic"), *(answer(1, 3, person=f"p{n:02}") for n in range(1, 5))]
    row = pick(measure(*stays, answers=answers), "strain.panic_share", cohort=None)
    assert (row.value, row.low) == (pytest.approx(0.125), 0)
    assert 0.125 < (row.high or 0) < 1


def test_cohorts_are_about_those_who_answered_and_without_answers_about_all() -> None:
    stays = group(2, "2024-02-25")
    assert pick(measure(*stays, answers=series("p02", [3])), "strain.mean", cohort="1").people == ("p02",)
    later = make_rotation("p03", "t3", "2024-04-01", "2024-05-26", cohort="2")
    told = answer(0, 3, person="p03", cohort="2", begins="2024-04-01")
    row = pick(measure(*stays, later, answers=[told]), "strain.mean", cohort="1")
    assert (row.value, row.declined, row.people) == (None, "NOT_ANSWERED", ("p01", "p02"))


# --- weeks 6 to 10 --------------------------------------------------------------------------------------


def test_weeks_6_to_10_are_held_against_the_same_persons_other_fortnights() -> None:
    stays = group(4)
    flat, high = [2] * 12, [4] * 12
    for place in (2, 3, 4):  # days 29 to 70
        flat[place], high[place] = 3, 5
    steep = [2, 2, 4, 4, 4, *[2] * 7]
    answers = [
        *series("p01", [*flat]),
        *series("p02", [*high]),
        *series("p03", [*steep]),
        *series("p04", [*flat]),
    ]
    row = pick(measure(*stays, answers=answers), "strain.weeks_6_10")
    assert (row.value, row.n, row.missing, row.unit) == (pytest.approx(1.25), 4, 0, "strain")
    assert (row.claims, row.compared) == (True, True)
    assert (row.low or 0) > 0
    assert (row.person, row.cohort) == (None, None)


def test_who_did_not_answer_in_those_weeks_widens_the_interval_to_no_difference() -> None:
    stays = group(5)
    told = [level for n in range(1, 5) for level in series(f"p{n:02}", [2, 2, 3, 3, 3 + n % 2, *[2] * 7])]
    silent = series("p05", [3, 3, None, None, None, *[3] * 7])
    all_answered = pick(measure(*stays[:4], answers=told), "strain.weeks_6_10")
    row = pick(measure(*stays, answers=[*told, *silent]), "strain.weeks_6_10")
    assert (row.n, row.missing, row.people) == (4, 1, ("p01", "p02", "p03", "p04"))
    assert row.value == all_answered.value
    assert (row.low or 0) < (all_answered.low or 0)


def test_a_stay_that_did_not_reach_those_weeks_is_not_missing() -> None:
    short = make_rotation("p05", "t5", START, "2024-01-28")
    answers = [*series("p01", [2, 2, 3, 3, 3, 2]), *series("p05", [3, 3])]
    row = pick(measure(*group(1), short, answers=answers), "strain.weeks_6_10")
    assert (row.value, row.n, row.missing) == (pytest.approx(1), 1, 0)


# --- 1:1s -----------------------------------------------------------------------------------------------


def meeting(person: str, number: int, *, held: bool | None = True, planned: bool = True) -> Row:
    on = str((pd.Timestamp(first_of(number)) + timedelta(days=3)).date())
    return {"person": person, "day": on, "planned": planned, "held": held}


def one_to_ones_of(person: str, held: list[bool]) -> list[Row]:
    return [meeting(person, number, held=each) for number, each in enumerate(held)]


PATTERNS = (
    [True, False, True, True, False, False, True, False, True, True, False, True],
    [False, True, True, False, True, False, False, True, True, False, True, False],
    [True, True, False, False, True, True, False, True, False, False, True, True],
    [False, False, True, True, False, True, True, False, False, True, True, False],
    [True, False, False, True, True, False, True, True, False, True, False, False],
)


def alternating(people: int) -> tuple[list[list[Row]], list[Row]]:
    """Strain is 2 in a fortnight with a planned 1:1 held and 4 in another, each person in an own rhythm."""
    answers: list[list[Row]] = []
    meetings: list[Row] = []
    for n, held in enumerate(PATTERNS[:people], start=1):
        answers += series(f"p{n:02}", [2 if each else 4 for each in held])
        meetings += one_to_ones_of(f"p{n:02}", held)
    return answers, meetings


def test_strain_goes_down_by_two_a_planned_one_to_one() -> None:
    answers, meetings = alternating(5)
    row = pick(measure(*group(5), answers=answers, meetings=meetings), "strain.one_to_one.planned")
    assert (row.value, row.n, row.missing) == (pytest.approx(-2), 5, 0)
    assert row.notes[0] == "PAIRS:60"
    assert (row.p or 1) < 0.05
    assert (row.claims, row.compared, row.people) == (True, False, ("p01", "p02", "p03", "p04", "p05"))


def test_ad_hoc_ones_after_bad_fortnights_hide_what_planned_ones_show() -> None:
    answers, meetings = alternating(5)
    ad_hoc = [
        meeting(f"p{n:02}", number, planned=False)
        for n, held in enumerate(PATTERNS, start=1)
        for number, each in enumerate(held)
        if not each
    ]
    rows = measure(*group(5), answers=answers, meetings=[*meetings, *ad_hoc[::2]])
    planned, every = (pick(rows, f"strain.one_to_one.{kind}").value for kind in ("planned", "all"))
    assert planned == pytest.approx(-2)
    assert -2 < (every or 0) < 0


def test_who_has_fewer_than_ten_pairs_is_not_in_it() -> None:
    answers, meetings = alternating(5)
    kept = [sending for sending in answers if sending[0]["person"] != "p05"]
    few = [sending for sending in answers if sending[0]["person"] == "p05"][:9]
    row = pick(measure(*group(5), answers=[*kept, *few], meetings=meetings), "strain.one_to_one.planned")
    assert (row.n, row.missing, row.notes[0], row.people[-1]) == (4, 1, "PAIRS:48", "p04")


def test_a_fortnight_with_a_one_to_one_of_unknown_outcome_is_left_out() -> None:
    answers, meetings = alternating(5)
    meetings[0] = {**meetings[0], "held": None}
    row = pick(measure(*group(5), answers=answers, meetings=meetings), "strain.one_to_one.planned")
    assert row.notes[0] == "PAIRS:59"


@pytest.mark.parametrize(("meetings", "reason"), [(0, "NO_ONE_TO_ONE_RECORDS"), (1, "FEW_PAIRS")])
def test_without_pairs_nothing_is_said(meetings: int, reason: str) -> None:
    rows = measure(answers=series("p01", [1, 2, 3, 4]), meetings=[meeting("p01", 0)] * meetings)
    for kind in ("planned", "all"):
        row = pick(rows, f"strain.one_to_one.{kind}")
        assert (row.value, row.declined, row.people) == (None, reason, ("p01",))


def test_a_one_to_one_on_the_last_day_of_a_fortnight_belongs_to_it() -> None:
    answers, meetings = alternating(5)
    last = [
        {**each, "day": str((pd.Timestamp(each["day"]) + timedelta(days=10)).date())} for each in meetings
    ]
    assert last[0]["day"] == "2024-01-14"
    row = pick(measure(*group(5), answers=answers, meetings=last), "strain.one_to_one.planned")
    assert (row.value, row.notes[0]) == (pytest.approx(-2), "PAIRS:60")


def test_a_one_to_one_that_may_have_been_planned_is_left_out_of_planned_ones_alone() -> None:
    answers, meetings = alternating(5)
    meetings[0] = {**meetings[0], "planned": None}
    rows = measure(*group(5), answers=answers, meetings=meetings)
    assert pick(rows, "strain.one_to_one.planned").notes[0] == "PAIRS:59"
    assert pick(rows, "strain.one_to_one.all").notes[0] == "PAIRS:60"


def test_who_had_as_many_one_to_ones_in_every_fortnight_tells_nothing() -> None:
    answers, meetings = alternating(4)
    answers += series("p05", [1, 5] * 6)
    meetings += one_to_ones_of("p05", [True] * 12)
    row = pick(measure(*group(5), answers=answers, meetings=meetings), "strain.one_to_one.planned")
    assert (row.n, row.missing, row.people) == (4, 1, ("p01", "p02", "p03", "p04"))
    assert row.value == pytest.approx(-2)


def test_weeks_that_are_not_due_yet_are_not_missing_in_the_hump() -> None:
    runs = make_rotation("p05", "t5", START)
    answers = [*series("p01", [2, 2, 3, 3, 3, 2]), *series("p05", [3])]
    row = pick(measure(*group(1), runs, answers=answers, as_of="2024-01-20"), "strain.weeks_6_10")
    assert (row.n, row.missing) == (1, 0)


# --- shares of working time from time sheets: weeks by their exposure, what is missing, hours by week -----


HOURS_STAY = make_rotation("p01", "aoi", "2024-06-03", "2024-06-28")  # four weeks of five working days
MONDAYS = ("2024-06-03", "2024-06-10", "2024-06-17", "2024-06-24")


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


def measure_hours(*stays: Rotation, sheets: list[Row], **programme: Any) -> list[Measure]:
    cohorts = make_cohorts(make_programme(*(stays or (HOURS_STAY,)), **programme), time_use=sheets)
    return list(measure_time(cohorts))


def share(measures: list[Measure], kind: str, **where: object) -> Measure:
    return pick(measures, "time.share", kind=kind, **where)


FULL = [sheet(MONDAYS[0], 24, 8, 0, 4, 4), sheet(MONDAYS[1], 16, 8, 8, 4, 4)]


def test_shares_are_the_mean_of_the_weeks_and_weeks_without_a_sheet_are_missing() -> None:
    measures = measure_hours(sheets=FULL)
    row = share(measures, "request", person="p01")
    assert row.value == pytest.approx((24 / 40 + 16 / 40) / 2)
    assert (row.n, row.missing, row.people, row.consent) == (2, 2, ("p01",), "time")
    assert sum(m.value or 0 for m in measures if m.measure == "time.share" and m.person) == pytest.approx(1)


def test_operations_are_requests_and_incidents_beside_the_declared_reference() -> None:
    row = pick(
        measure_hours(sheets=FULL, triggers=Triggers(operations_share=0.4)),
        "time.operations_share",
        person="p01",
    )
    assert row.value == pytest.approx((24 / 40 + 24 / 40) / 2)
    assert row.notes == ("REFERENCE_SHARE:40",)


@pytest.mark.parametrize("amounts", [(0.6, 0.2, 0.0, 0.1, 0.1), (60, 20, 0, 10, 10)])
def test_shares_beside_hours_worked_become_hours(amounts: tuple[float, ...]) -> None:
    measures = measure_hours(sheets=[sheet(MONDAYS[0], *amounts, hours=35)])
    row = pick(measures, "time.week", kind="request", label=MONDAYS[0])
    assert row.value == pytest.approx(21)
    assert share(measures, "request", person="p01").value == pytest.approx(0.6)


@pytest.mark.parametrize("hours", [40, 39])
def test_hours_beside_the_hours_worked_stay_hours(hours: float) -> None:
    measures = measure_hours(sheets=[sheet(MONDAYS[0], 20, 10, 0, 5, 5, hours=hours)])
    row = pick(measures, "time.week", kind="request", label=MONDAYS[0])
    assert row.value == 20
    assert share(measures, "request", person="p01").value == pytest.approx(0.5)


@pytest.mark.parametrize("amounts", [(0.6, 0.2, 0.0, 0.1, 0.1), (60, 20, 0, 10, 10)])
def test_shares_without_hours_worked_have_no_hours(amounts: tuple[float, ...]) -> None:
    measures = measure_hours(sheets=[sheet(MONDAYS[0], *amounts)])
    row = pick(measures, "time.week", kind="request", label=MONDAYS[0])
    assert (row.value, row.declined) == (None, "HOURS_NOT_TOLD")
    assert share(measures, "request", person="p01").value == pytest.approx(0.6)


def test_a_sheet_counts_for_the_week_of_any_of_its_days() -> None:
    row = pick(measure_hours(sheets=[sheet("2024-06-07", 40, 0, 0, 0, 0)]), "time.week", kind="request", n=1)
    assert (row.label, row.value) == (MONDAYS[0], 40)


def test_several_sheets_of_one_week_are_added_up() -> None:
    days = [sheet("2024-06-03", 8, 0, 0, 0, 0), sheet("2024-06-04", 0, 8, 0, 0, 0)]
    measures = measure_hours(sheets=days)
    row = share(measures, "request", person="p01")
    assert (row.value, row.n) == (pytest.approx(0.5), 1)


def test_an_empty_cell_is_not_zero() -> None:
    measures = measure_hours(sheets=[*FULL, sheet(MONDAYS[2], 40, None, None, None, None)])
    row = share(measures, "request", person="p01")
    assert (row.value, row.n, row.missing) == (pytest.approx(0.5), 2, 2)
    assert row.notes == ("TIME_CELLS_BLANK:1",)
    week = pick(measures, "time.week", kind="request", label=MONDAYS[2])
    assert (week.value, week.missing, week.declined) == (None, 1, "TIME_CELLS_BLANK")


def test_an_empty_cell_is_zero_where_the_others_make_up_the_hours_worked() -> None:
    measures = measure_hours(sheets=[sheet(MONDAYS[0], 50, 50, None, None, None, hours=40)])
    assert share(measures, "home", person="p01").value == 0
    assert share(measures, "request", person="p01").n == 1


@pytest.mark.parametrize("amounts", [(0, 0, 0, 0, 0), (-8, 40, 0, 0, 0)])
def test_a_sheet_of_nothing_or_less_tells_nothing(amounts: tuple[float, ...]) -> None:
    row = share(measure_hours(sheets=[sheet(MONDAYS[0], *amounts)]), "request", person="p01")
    assert (row.value, row.n, row.missing, row.declined) == (None, 0, 4, "TIME_CELLS_BLANK")


def test_activities_of_a_week_of_no_hours_tell_nothing() -> None:
    measures = measure_hours(sheets=[FULL[0], sheet(MONDAYS[1], 0.6, 0.2, 0, 0.1, 0.1, hours=0)])
    row = share(measures, "request", person="p01")
    assert (row.value, row.n, row.missing) == (pytest.approx(24 / 40), 1, 3)
    assert row.notes == ("TIME_CELLS_BLANK:1",)


# --- exposure -------------------------------------------------------------------------------------------


def test_a_week_with_a_public_holiday_counts_by_its_working_days() -> None:
    stay = make_rotation("p01", "aoi", "2024-04-22", "2024-05-03")  # 29 April and 3 May are holidays
    sheets = [sheet("2024-04-22", 40, 0, 0, 0, 0), sheet("2024-04-29", 0, 24, 0, 0, 0)]
    assert share(measure_hours(stay, sheets=sheets), "request", person="p01").value == pytest.approx(5 / 8)


def test_a_week_of_leave_is_neither_told_nor_missing() -> None:
    leave = (Leave(person="p01", first=day("2024-06-17"), last=day("2024-06-21")),)
    measures = measure_hours(sheets=FULL, leave=leave)
    assert share(measures, "request", person="p01").missing == 1
    row = pick(measures, "time.week", kind="request", label=MONDAYS[2])
    assert (row.value, row.missing, row.declined) == (None, 0, "NO_WORKING_DAYS")


def test_days_of_leave_weigh_a_week_less() -> None:
    leave = (Leave(person="p01", first=day("2024-06-11"), last=day("2024-06-14")),)
    row = share(measure_hours(sheets=FULL, leave=leave), "request", person="p01")
    assert row.value == pytest.approx((0.6 * 5 + 0.4 * 1) / 6)


def test_a_half_time_person_weighs_half_in_the_programme() -> None:
    half = make_rotation("p02", "kaede", "2024-06-03", "2024-06-28", share=0.5)
    sheets = [sheet(MONDAYS[0], 40, 0, 0, 0, 0), sheet(MONDAYS[0], 0, 20, 0, 0, 0, person="p02")]
    measures = measure_hours(HOURS_STAY, half, sheets=sheets)
    row = share(measures, "request", person=None, cohort=None)
    assert (row.value, row.n, row.missing) == (pytest.approx(2 / 3), 2, 0)
    assert share(measures, "request", person="p02").value == 0


def test_a_stay_that_runs_has_weeks_to_the_day_of_the_data() -> None:
    runs = make_rotation("p01", "aoi", "2024-06-03")
    measures = measure_hours(runs, sheets=FULL, as_of="2024-06-19")  # Wednesday of the third week
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
    assert share(measure_hours(stay, sheets=sheets), "request", person="p01").value == pytest.approx(1 / 6)


# --- groups ---------------------------------------------------------------------------------------------


def test_a_cohort_is_about_those_whose_sheets_it_holds() -> None:
    other = make_rotation("p02", "kaede", "2024-06-03", "2024-06-28")
    row = share(measure_hours(HOURS_STAY, other, sheets=FULL), "request", cohort="1", person=None)
    assert (row.n, row.missing, row.people, row.counts) == (1, 1, ("p01",), "persons")
    assert (row.consent, row.notes) == (None, ("WEEKS:2:6",))


def test_without_any_sheet_it_is_not_known_whom_the_row_hides() -> None:
    other = make_rotation("p02", "kaede", "2024-06-03", "2024-06-28")
    row = share(measure_hours(HOURS_STAY, other, sheets=[]), "request", cohort=None)
    assert (row.value, row.declined, row.people) == (None, "NO_TIME_SHEET", ("p01", "p02"))


def test_which_weeks_have_a_row_does_not_depend_on_sheets() -> None:
    def rows(sheets: list[Row]) -> list[tuple[object, ...]]:
        weeks = [m for m in measure_hours(sheets=sheets) if m.measure == "time.week"]
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
    measures = measure_hours(first, second, sheets=sheets)
    assert share(measures, "request", person="p01", cohort="1").value == pytest.approx(5 / 7)
    assert share(measures, "request", person="p01", cohort="2").value == pytest.approx(5 / 8)


@pytest.mark.parametrize("amounts", [(40, 0, 0, 0, 0), (40, None, 0, 0, 0)])
def test_a_sheet_of_a_week_of_leave_counts_neither_as_told_nor_as_missing(
    amounts: tuple[float | None, ...],
) -> None:
    leave = (Leave(person="p01", first=day("2024-06-17"), last=day("2024-06-21")),)
    row = share(
        measure_hours(sheets=[*FULL, sheet(MONDAYS[2], *amounts)], leave=leave), "request", person="p01"
    )
    assert (row.value, row.n, row.missing) == (pytest.approx(0.5), 2, 1)


# --- 1:1s from the calendar: held of planned, ad hoc, the longest gap within a stay -----------------------


MEETINGS_STAY = make_rotation("p01", "aoi", "2024-06-03", "2024-07-26")


def meeting_meetings(
    on: str, *, held: bool | None = True, planned: bool | None = True, person: str = "p01"
) -> Row:
    return {"person": person, "day": on, "planned": planned, "held": held}


def measure_meetings(*stays: Rotation, meetings: list[Row], **programme: Any) -> list[Measure]:
    cohorts = make_cohorts(make_programme(*(stays or (MEETINGS_STAY,)), **programme), one_to_ones=meetings)
    return list(measure_one_to_ones(cohorts))


SOME = [
    meeting_meetings("2024-06-05"),
    meeting_meetings("2024-06-12", held=False),
    meeting_meetings("2024-06-19"),
    meeting_meetings("2024-06-24", planned=False),
]


def test_held_is_counted_against_planned_and_ad_hoc_apart() -> None:
    measures = measure_meetings(meetings=SOME)
    for cohort in ("1", None):
        row = pick(measures, "one_to_one.held_share", cohort=cohort)
        assert (row.value, row.n, row.missing) == (pytest.approx(2 / 3), 3, 0)
        assert (row.counts, row.person) == ("persons", None)  # of a cohort of one they are one person's
        assert pick(measures, "one_to_one.ad_hoc", cohort=cohort).value == 1
        assert pick(measures, "one_to_one.gap_over", cohort=cohort).counts == "records"


def test_what_the_calendar_does_not_tell_is_missing() -> None:
    untold = [meeting_meetings("2024-07-03", held=None), meeting_meetings("2024-07-10", planned=None)]
    measures = measure_meetings(meetings=[*SOME, *untold])
    row = pick(measures, "one_to_one.held_share", cohort="1")
    assert (row.value, row.n, row.missing) == (pytest.approx(2 / 3), 3, 2)
    assert pick(measures, "one_to_one.ad_hoc", cohort="1").value == 1


def test_a_calendar_that_never_tells_what_was_held_tells_no_gap() -> None:
    measures = measure_meetings(
        meetings=[meeting_meetings(f"2024-06-{day:02}", held=None) for day in (5, 12, 19, 26)]
    )
    assert pick(measures, "one_to_one.longest_gap").value is None
    row = pick(measures, "one_to_one.gap_over", cohort="1")
    assert (row.value, row.n, row.missing, row.declined) == (None, 0, 1, "NO_ONE_TO_ONE_RECORDS")


def test_an_end_declared_ahead_makes_no_gap_of_days_to_come() -> None:
    row = pick(measure_meetings(meetings=SOME, as_of="2024-06-28"), "one_to_one.longest_gap")
    assert row.value == 2.0  # from 5 to 19 June


def test_without_the_word_planned_nothing_can_be_held_against_it() -> None:
    measures = measure_meetings(meetings=[meeting_meetings("2024-06-05", planned=None)])
    for name in ("one_to_one.held_share", "one_to_one.ad_hoc"):
        row = pick(measures, name, cohort="1")
        assert (row.value, row.declined) == (None, "PLANNED_NOT_TOLD")


@pytest.mark.parametrize(
    ("held", "weeks"),
    [
        (["2024-06-05", "2024-06-12", "2024-07-24"], 6),  # 42 days between two of them
        (["2024-06-30"], 3),  # 26 days before the stay's end, 27 after its beginning
        (["2024-06-05", "2024-06-12", "2024-06-19", "2024-06-26"], 4),  # 30 days to the end
        ([], 7),  # 53 days
    ],
)
def test_longest_gap_is_in_whole_weeks_and_the_ends_of_the_stay_bound_it(held: list[str], weeks: int) -> None:
    row = pick(
        measure_meetings(meetings=[*map(meeting_meetings, held), meeting_meetings("2024-07-10", held=False)]),
        "one_to_one.longest_gap",
    )
    assert (row.value, row.n, row.missing) == (weeks, len(held), 0)
    assert (row.person, row.consent) == ("p01", "time")


def test_an_ad_hoc_one_ends_a_gap() -> None:
    planned = [meeting_meetings("2024-06-05"), meeting_meetings("2024-07-24")]
    assert pick(measure_meetings(meetings=planned), "one_to_one.longest_gap").value == 7
    ad_hoc = meeting_meetings("2024-06-28", planned=False)
    assert pick(measure_meetings(meetings=[*planned, ad_hoc]), "one_to_one.longest_gap").value == 3


def test_days_of_leave_are_no_gap_and_count_once() -> None:
    planned = [meeting_meetings("2024-06-05"), meeting_meetings("2024-07-03"), meeting_meetings("2024-07-17")]
    leave = (
        Leave(person="p01", first=day("2024-06-10"), last=day("2024-06-21")),
        Leave(person="p01", first=day("2024-06-17"), last=day("2024-06-23")),
    )
    assert pick(measure_meetings(meetings=planned), "one_to_one.longest_gap").value == 4
    assert pick(measure_meetings(meetings=planned, leave=leave), "one_to_one.longest_gap").value == 2


def test_a_stay_that_runs_is_looked_at_to_the_day_of_the_data() -> None:
    runs = make_rotation("p01", "aoi", "2024-06-03")
    row = pick(
        measure_meetings(runs, meetings=[meeting_meetings("2024-06-05")], as_of="2024-06-26"),
        "one_to_one.longest_gap",
    )
    assert row.value == 3


def test_1_1s_outside_the_stay_do_not_count() -> None:
    measures = measure_meetings(meetings=[*SOME, meeting_meetings("2024-08-07", held=False)])
    assert pick(measures, "one_to_one.held_share", cohort="1").n == 3


@pytest.mark.parametrize(("weeks", "value"), [(3, 1), (4, 1), (5, 0)])
def test_persons_with_a_long_gap_are_counted_from_records_by_the_declared_trigger(
    weeks: int, value: int
) -> None:
    others = [make_rotation(person, "kaede", "2024-06-03", "2024-06-28") for person in ("p02", "p03")]
    meetings = [
        *SOME,
        *(meeting_meetings(f"2024-06-{on}", person="p02") for on in ("10", "17")),
    ]  # p01: 32 days
    measures = measure_meetings(
        MEETINGS_STAY, *others, meetings=meetings, triggers=Triggers(weeks_without_one_to_one=weeks)
    )
    row = pick(measures, "one_to_one.gap_over", cohort="1")
    assert (row.value, row.n, row.missing, row.notes) == (value, 2, 1, (f"GAP_WEEKS:{weeks}",))
    assert (row.counts, row.person) == ("records", None)


def test_who_has_no_record_is_unknown_not_alone() -> None:
    other = make_rotation("p02", "kaede", "2024-06-03", "2024-07-26")
    row = pick(measure_meetings(MEETINGS_STAY, other, meetings=SOME), "one_to_one.longest_gap", person="p02")
    assert (row.value, row.declined) == (None, "NO_ONE_TO_ONE_RECORDS")


def test_without_records_nothing_is_counted() -> None:
    for row in measure_meetings(meetings=[]):
        assert (row.value, row.declined) == (None, "NO_ONE_TO_ONE_RECORDS"), row.measure


def test_every_day_has_its_kind_for_the_picture() -> None:
    days = [m for m in measure_meetings(meetings=SOME) if m.measure == "one_to_one.day"]
    assert [(m.label, m.kind, m.value) for m in days] == [
        ("2024-06-05", "held", 1),
        ("2024-06-12", "missed", 1),
        ("2024-06-19", "held", 1),
        ("2024-06-24", "ad_hoc", 1),
    ]
    assert {m.consent for m in days} == {"time"}


def test_who_has_no_day_to_draw_still_has_a_row() -> None:
    rows = [
        m
        for m in measure_meetings(meetings=[meeting_meetings("2024-06-05", held=None)])
        if m.measure == "one_to_one.day"
    ]
    assert [(m.value, m.kind, m.missing) for m in rows] == [(0, None, 1)]


def test_leave_that_begins_on_the_day_of_a_one_to_one_counts_from_the_next() -> None:
    meetings = [meeting_meetings(f"2024-{on}") for on in ("06-05", "06-28", "07-05", "07-12", "07-19")]
    leave = (Leave(person="p01", first=day("2024-06-05"), last=day("2024-06-14")),)
    row = pick(measure_meetings(meetings=meetings, leave=leave), "one_to_one.longest_gap")
    assert row.value == 2  # 23 days without nine of leave


def test_an_ad_hoc_one_that_did_not_take_place_was_not_missed() -> None:
    meetings = [meeting_meetings("2024-06-05"), meeting_meetings("2024-06-10", planned=False, held=False)]
    days = [m for m in measure_meetings(meetings=meetings) if m.measure == "one_to_one.day"]
    assert [(m.label, m.kind) for m in days] == [("2024-06-05", "held")]


def test_a_person_with_two_stays_counts_once_by_the_longer_gap() -> None:
    again = make_rotation("p01", "aoi", "2024-09-02", "2024-09-13", cohort="2")
    meetings = [*SOME, meeting_meetings("2024-09-04"), meeting_meetings("2024-09-11")]
    rows = measure_meetings(MEETINGS_STAY, again, meetings=meetings)
    assert pick(rows, "one_to_one.gap_over", cohort="2").value == 0
    whole = pick(rows, "one_to_one.gap_over", cohort=None)
    assert (whole.value, whole.n) == (1, 1)
