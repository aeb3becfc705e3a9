"""1:1s from the calendar: held of planned, ad hoc, the longest gap within a stay."""

from __future__ import annotations

from typing import Any

import pytest

from rotation_analysis.measure_row import Measure
from rotation_analysis.measures.workload.time_and_strain import measure_one_to_ones
from rotation_analysis.programme.model import Leave, Rotation
from rotation_analysis.programme.plan import Triggers
from tests.builders import day, make_cohorts, make_programme, make_rotation, pick

STAY = make_rotation("p01", "aoi", "2024-06-03", "2024-07-26")
Row = dict[str, Any]


def meeting(on: str, *, held: bool | None = True, planned: bool | None = True, person: str = "p01") -> Row:
    return {"person": person, "day": on, "planned": planned, "held": held}


def measure(*stays: Rotation, meetings: list[Row], **programme: Any) -> list[Measure]:
    cohorts = make_cohorts(make_programme(*(stays or (STAY,)), **programme), one_to_ones=meetings)
    return list(measure_one_to_ones(cohorts))


SOME = [
    meeting("2024-06-05"),
    meeting("2024-06-12", held=False),
    meeting("2024-06-19"),
    meeting("2024-06-24", planned=False),
]


def test_held_is_counted_against_planned_and_ad_hoc_apart() -> None:
    measures = measure(meetings=SOME)
    for cohort in ("1", None):
        row = pick(measures, "one_to_one.held_share", cohort=cohort)
        assert (row.value, row.n, row.missing) == (pytest.approx(2 / 3), 3, 0)
        assert (row.counts, row.person) == ("persons", None)  # of a cohort of one they are one person's
        assert pick(measures, "one_to_one.ad_hoc", cohort=cohort).value == 1
        assert pick(measures, "one_to_one.gap_over", cohort=cohort).counts == "records"


def test_what_the_calendar_does_not_tell_is_missing() -> None:
    untold = [meeting("2024-07-03", held=None), meeting("2024-07-10", planned=None)]
    measures = measure(meetings=[*SOME, *untold])
    row = pick(measures, "one_to_one.held_share", cohort="1")
    assert (row.value, row.n, row.missing) == (pytest.approx(2 / 3), 3, 2)
    assert pick(measures, "one_to_one.ad_hoc", cohort="1").value == 1


def test_a_calendar_that_never_tells_what_was_held_tells_no_gap() -> None:
    measures = measure(meetings=[meeting(f"2024-06-{day:02}", held=None) for day in (5, 12, 19, 26)])
    assert pick(measures, "one_to_one.longest_gap").value is None
    row = pick(measures, "one_to_one.gap_over", cohort="1")
    assert (row.value, row.n, row.missing, row.declined) == (None, 0, 1, "NO_ONE_TO_ONE_RECORDS")


def test_an_end_declared_ahead_makes_no_gap_of_days_to_come() -> None:
    row = pick(measure(meetings=SOME, as_of="2024-06-28"), "one_to_one.longest_gap")
    assert row.value == 2.0  # from 5 to 19 June


def test_without_the_word_planned_nothing_can_be_held_against_it() -> None:
    measures = measure(meetings=[meeting("2024-06-05", planned=None)])
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
        measure(meetings=[*map(meeting, held), meeting("2024-07-10", held=False)]), "one_to_one.longest_gap"
    )
    assert (row.value, row.n, row.missing) == (weeks, len(held), 0)
    assert (row.person, row.consent) == ("p01", "time")


def test_an_ad_hoc_one_ends_a_gap() -> None:
    planned = [meeting("2024-06-05"), meeting("2024-07-24")]
    assert pick(measure(meetings=planned), "one_to_one.longest_gap").value == 7
    ad_hoc = meeting("2024-06-28", planned=False)
    assert pick(measure(meetings=[*planned, ad_hoc]), "one_to_one.longest_gap").value == 3


def test_days_of_leave_are_no_gap_and_count_once() -> None:
    planned = [meeting("2024-06-05"), meeting("2024-07-03"), meeting("2024-07-17")]
    leave = (
        Leave(person="p01", first=day("2024-06-10"), last=day("2024-06-21")),
        Leave(person="p01", first=day("2024-06-17"), last=day("2024-06-23")),
    )
    assert pick(measure(meetings=planned), "one_to_one.longest_gap").value == 4
    assert pick(measure(meetings=planned, leave=leave), "one_to_one.longest_gap").value == 2


def test_a_stay_that_runs_is_looked_at_to_the_day_of_the_data() -> None:
    runs = make_rotation("p01", "aoi", "2024-06-03")
    row = pick(measure(runs, meetings=[meeting("2024-06-05")], as_of="2024-06-26"), "one_to_one.longest_gap")
    assert row.value == 3


def test_1_1s_outside_the_stay_do_not_count() -> None:
    measures = measure(meetings=[*SOME, meeting("2024-08-07", held=False)])
    assert pick(measures, "one_to_one.held_share", cohort="1").n == 3


@pytest.mark.parametrize(("weeks", "value"), [(3, 1), (4, 1), (5, 0)])
def test_persons_with_a_long_gap_are_counted_from_records_by_the_declared_trigger(
    weeks: int, value: int
) -> None:
    others = [make_rotation(person, "kaede", "2024-06-03", "2024-06-28") for person in ("p02", "p03")]
    meetings = [*SOME, *(meeting(f"2024-06-{on}", person="p02") for on in ("10", "17"))]  # p01: 32 days
    measures = measure(STAY, *others, meetings=meetings, triggers=Triggers(weeks_without_one_to_one=weeks))
    row = pick(measures, "one_to_one.gap_over", cohort="1")
    assert (row.value, row.n, row.missing, row.notes) == (value, 2, 1, (f"GAP_WEEKS:{weeks}",))
    assert (row.counts, row.person) == ("records", None)


def test_who_has_no_record_is_unknown_not_alone() -> None:
    other = make_rotation("p02", "kaede", "2024-06-03", "2024-07-26")
    row = pick(measure(STAY, other, meetings=SOME), "one_to_one.longest_gap", person="p02")
    assert (row.value, row.declined) == (None, "NO_ONE_TO_ONE_RECORDS")


def test_without_records_nothing_is_counted() -> None:
    for row in measure(meetings=[]):
        assert (row.value, row.declined) == (None, "NO_ONE_TO_ONE_RECORDS"), row.measure


def test_every_day_has_its_kind_for_the_picture() -> None:
    days = [m for m in measure(meetings=SOME) if m.measure == "one_to_one.day"]
    assert [(m.label, m.kind, m.value) for m in days] == [
        ("2024-06-05", "held", 1),
        ("2024-06-12", "missed", 1),
        ("2024-06-19", "held", 1),
        ("2024-06-24", "ad_hoc", 1),
    ]
    assert {m.consent for m in days} == {"time"}


def test_who_has_no_day_to_draw_still_has_a_row() -> None:
    rows = [m for m in measure(meetings=[meeting("2024-06-05", held=None)]) if m.measure == "one_to_one.day"]
    assert [(m.value, m.kind, m.missing) for m in rows] == [(0, None, 1)]


def test_leave_that_begins_on_the_day_of_a_one_to_one_counts_from_the_next() -> None:
    meetings = [meeting(f"2024-{on}") for on in ("06-05", "06-28", "07-05", "07-12", "07-19")]
    leave = (Leave(person="p01", first=day("2024-06-05"), last=day("2024-06-14")),)
    row = pick(measure(meetings=meetings, leave=leave), "one_to_one.longest_gap")
    assert row.value == 2  # 23 days without nine of leave


def test_an_ad_hoc_one_that_did_not_take_place_was_not_missed() -> None:
    meetings = [meeting("2024-06-05"), meeting("2024-06-10", planned=False, held=False)]
    days = [m for m in measure(meetings=meetings) if m.measure == "one_to_one.day"]
    assert [(m.label, m.kind) for m in days] == [("2024-06-05", "held")]


def test_a_person_with_two_stays_counts_once_by_the_longer_gap() -> None:
    again = make_rotation("p01", "aoi", "2024-09-02", "2024-09-13", cohort="2")
    meetings = [*SOME, meeting("2024-09-04"), meeting("2024-09-11")]
    rows = measure(STAY, again, meetings=meetings)
    assert pick(rows, "one_to_one.gap_over", cohort="2").value == 0
    whole = pick(rows, "one_to_one.gap_over", cohort=None)
    assert (whole.value, whole.n) == (1, 1)
