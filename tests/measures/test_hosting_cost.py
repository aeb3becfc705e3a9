"""Teaching hours, opinions, rework and heads on literal answers, counted by hand.

p01 stays from 2023-01-02 to 2023-06-30; the host team has 4 members, so each month asks 4.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from rotation_analysis.cohorts.cohort import Cohorts
from rotation_analysis.disclosure.gate import publish
from rotation_analysis.disclosure.publications import Edition
from rotation_analysis.measure_row import Measure
from rotation_analysis.measures.parties.hosting_cost import (
    average_outputs,
    count_outputs,
    find_host_members,
    find_last_week,
    measure_break_even,
    measure_hosting,
)
from rotation_analysis.programme.model import Costs, DisclosurePolicy, Person, Rotation
from tests.builders import day, make_cohorts, make_programme, make_rotation, pick

STAY = make_rotation("p01", "aoi", "2023-01-02", "2023-06-30")
MONTHS = ("2023-01", "2023-02", "2023-03", "2023-04", "2023-05", "2023-06")
TEACHING, PER_ROTATOR, REVERTED = "host.teaching_hours", "host.teaching_per_rotator", "host.reverted"
Row = dict[str, Any]


def answer(month: str, question: str = "ho_hours", **other: Any) -> Row:
    fixed = {"instrument": "host", "rater": "host", "state": "answered", "day": f"{month}-25"}
    return {**fixed, "question": question, **other}


def hours(month: str, *given: float) -> list[Row]:
    return [answer(month, number=each) for each in given]


def agree(month: str, question: str, *levels: int, scale: str = "scale5") -> list[Row]:
    return [answer(month, question, level=level, scale=scale) for level in levels]


def change(number: int, title: str, merged: str | None, person: str | None = "p01", **other: Any) -> Row:
    fixed = {"id": str(number), "repository": "infra", "created": merged or "2023-01-02"}
    return {**fixed, "title": title, "merged": merged, "person": person, **other}


def lay_out(
    answers: Sequence[Row] = (),
    *,
    stays: Sequence[Rotation] = (STAY,),
    size: int | None = 4,
    as_of: str = "2025-03-31",
    **tables: Sequence[Row],
) -> Cohorts:
    programme = make_programme(*stays, as_of=as_of)
    teams = tuple(t.model_copy(update={"size": size}) if t.id == "sre" else t for t in programme.teams)
    people = (*programme.people, Person(id="sre01", name="見本 一", team="sre"))
    programme = programme.model_copy(update={"teams": teams, "people": people})
    return make_cohorts(programme, responses=answers, **tables)


def measure(answers: Iterable[Row] = (), **other: Any) -> list[Measure]:
    return list(measure_hosting(lay_out(list(answers), **other)))


def flat(*parts: list[Row]) -> list[Row]:
    return [row for part in parts for row in part]


# --- hours ----------------------------------------------------------------------------------------------


def test_hours_are_averaged_within_a_round_and_then_over_rounds() -> None:
    answers = flat(
        hours("2023-01", 4, 2), hours("2023-02", 1), hours("2023-03", 0, 0, 3), hours("2023-04", 2)
    )
    row = pick(measure(answers), TEACHING, cohort=None, kind=None)
    assert row.value == pytest.approx((3 + 1 + 1 + 2) / 4)  # each answer alike would give 12 / 7
    assert (row.n, row.missing, row.notes) == (7, 17, ("ROUNDS:4:6",))
    assert row.low == pytest.approx(1.75 - 3.182 * 0.9574 / 2, abs=0.001)
    assert row.high == pytest.approx(1.75 + 3.182 * 0.9574 / 2, abs=0.001)
    assert row.people == ("host-1", "host-2", "host-3")


def test_a_blank_is_missing_and_nought_is_nought() -> None:
    blank = answer("2023-01", state="blank")
    row = pick(measure([*hours("2023-01", 0, 2), blank]), TEACHING, cohort=None, kind=None)
    assert (row.value, row.n, row.missing) == (1.0, 2, 22)


def test_hours_by_participants_present_have_a_row_for_every_number_there_was() -> None:
    other = make_rotation("p02", "aoi", "2023-04-03", "2023-06-30", cohort="2")
    rows = measure(flat(hours("2023-01", 1), hours("2023-05", 3), hours("2023-06", 5)), stays=(STAY, other))
    one, two = (pick(rows, TEACHING, kind=f"rotators_{n}") for n in (1, 2))
    assert (one.value, one.n, one.missing) == (1.0, 1, 11)
    assert (two.value, two.n, two.missing) == (4.0, 2, 10)
    assert {row.kind for row in rows if row.measure == TEACHING} == {None, "rotators_1", "rotators_2"}


def test_which_rows_there_are_does_not_depend_on_what_was_answered() -> None:
    def names(rows: list[Measure]) -> list[tuple[str, object, object]]:
        return [(row.measure, row.cohort, row.kind) for row in rows if row.measure.startswith("host.teach")]

    silent, told = measure(), measure(hours("2023-03", 9.0))
    assert names(silent) == names(told)
    assert {row.declined for row in silent if row.measure.startswith("host.teach")} == {"NO_SURVEY"}


def test_a_cohort_s_hours_are_those_of_rounds_in_which_it_was_there() -> None:
    later = make_rotation("p02", "aoi", "2023-07-03", "2023-09-29", cohort="2")
    rows = measure(flat(hours("2023-02", 2), hours("2023-08", 6, 8)), stays=(STAY, later))
    assert pick(rows, TEACHING, cohort="1", kind=None).value == 2.0
    assert pick(rows, TEACHING, cohort="2", kind=None).value == 7.0
    assert pick(rows, TEACHING, cohort=None, kind=None).value == 4.5


def test_a_cohort_without_an_answer_says_so() -> None:
    later = make_rotation("p02", "aoi", "2023-07-03", "2023-09-29", cohort="2")
    row = pick(measure(hours("2023-02", 2), stays=(STAY, later)), TEACHING, cohort="2", kind=None)
    assert (row.declined, row.value, row.n, row.missing) == ("ROUND_UNANSWERED", None, 0, 12)


# --- by month of the stay -------------------------------------------------------------------------------


def test_hours_per_participant_are_those_of_the_whole_team_divided_by_heads() -> None:
    beside = make_rotation("p02", "aoi", "2023-01-02", "2023-06-30")
    rows = measure(flat(hours("2023-01", 2, 4), hours("2023-06", 1)), stays=(STAY, beside))
    assert pick(rows, PER_ROTATOR, kind="month_1").value == 3 * 4 / 2
    assert pick(rows, PER_ROTATOR, kind="month_6").value == 1 * 4 / 2
    assert pick(rows, PER_ROTATOR, kind="month_3").declined == "ROUND_UNANSWERED"
    assert [row.kind for row in rows if row.measure == PER_ROTATOR] == [f"month_{n}" for n in range(1, 7)]


def test_a_round_with_stays_in_different_months_counts_in_each_with_equal_shares() -> None:
    other = make_rotation("p02", "aoi", "2023-04-03", "2023-06-30", cohort="2")
    rows = measure(hours("2023-04", 5), stays=(STAY, other))
    first, fourth = (pick(rows, PER_ROTATOR, kind=f"month_{n}") for n in (1, 4))
    assert first.value == fourth.value == 5 * 4 / 2
    assert first.notes == ("ROUNDS:1:2", "FEW_ROUNDS", "MIXED_MONTHS:1:1")  # January was asked, too


def test_rounds_with_stays_in_one_month_alone_decide_where_there_are_any() -> None:
    other = make_rotation("p02", "aoi", "2023-04-03", "2023-06-30", cohort="2")
    rows = measure(flat(hours("2023-01", 1), hours("2023-04", 5)), stays=(STAY, other))
    first = pick(rows, PER_ROTATOR, kind="month_1")
    assert (first.value, first.n, first.notes) == (4.0, 1, ("ROUNDS:1:1", "FEW_ROUNDS"))


# --- opinions -------------------------------------------------------------------------------------------


def test_the_share_that_agrees_is_taken_within_rounds() -> None:
    answers = flat(agree("2023-01", "ho_again", 4, 5, 3, 1), agree("2023-02", "ho_again", 5))
    row = pick(measure(answers), "host.again", cohort=None)
    assert (row.value, row.n, row.unit) == (0.75, 5, "share")
    assert pick(measure(answers), "host.helped", cohort=None).declined == "NO_SURVEY"


def test_postponed_is_often_or_always_and_another_scale_does_not_count() -> None:
    answers = flat(
        agree("2023-01", "ho_squeeze", 4, 3, scale="freq5"), agree("2023-01", "ho_squeeze", 5, scale="own")
    )
    assert pick(measure(answers), "host.postponed", cohort=None).value == 0.5


def test_an_interval_of_shares_stays_between_nothing_and_all() -> None:
    answers = flat(
        *(agree(month, "ho_again", level) for month, level in zip(MONTHS, (5, 1) * 3, strict=True))
    )
    row = pick(measure(answers), "host.again", cohort=None)
    assert (row.value, row.low, row.high) == (0.5, 0.0, pytest.approx(1.0))


# --- what the gate does ---------------------------------------------------------------------------------


def test_a_few_answers_are_hidden_and_the_smallest_other_cohort_with_them() -> None:
    stays = (
        STAY,
        make_rotation("p02", "aoi", "2023-07-03", "2023-12-29", cohort="2"),
        make_rotation("p03", "aoi", "2024-01-09", "2024-06-28", cohort="3"),
    )
    answers = flat(
        hours("2023-02", 1, 2), hours("2023-08", 1, 2, 3, 4, 5), hours("2024-02", 1, 2, 3, 4, 5, 6)
    )
    rows = measure(answers, stays=stays, size=8)
    shown = {
        cohort: publish(
            rows,
            Edition(audience="owner", cohort=cohort),
            DisclosurePolicy(),
            (),
            facts={"as_of": "2025-03-31", "programme_sha256": ""},
        )
        .rows(TEACHING, cohort=cohort)["value"]
        .iloc[0]
        for cohort in "123"
    }
    assert shown == {"1": None, "2": None, "3": 3.5}
    assert pick(rows, TEACHING, cohort=None, kind=None).people == tuple(f"host-{n}" for n in range(1, 7))


# --- rework ---------------------------------------------------------------------------------------------


def test_a_revert_names_the_latest_change_with_its_title_within_two_weeks() -> None:
    changes = [
        change(1, "Add a queue", "2023-02-01"),
        change(2, "Add a queue", "2023-03-01"),
        change(3, 'Revert "Add a queue"', "2023-03-10", "sre01"),
        change(4, "Widen the pool", "2023-03-01"),
        change(5, 'Revert "Widen the pool"', "2023-03-16"),
        change(6, "Name a host", "2023-03-01", "sre01"),
        change(7, 'Revert "Name a host"', "2023-03-05", "sre01", repository="other"),
        change(8, "Still open", None),
    ]
    rows = measure(changes=changes)
    own, members = (pick(rows, REVERTED, kind=kind) for kind in ("participants", "host_members"))
    assert (own.n, own.value, own.people) == (3, pytest.approx(1 / 3), ("p01",))
    assert own.low == pytest.approx(0.0615, abs=0.0001)  # Wilson, 1 of 3
    assert (members.n, members.value) == (1, 0.0)


def test_a_revert_of_a_revert_takes_back_the_revert_alone() -> None:
    changes = [
        change(1, "Add a queue", "2023-03-01"),
        change(2, 'Revert "Add a queue"', "2023-03-02", "sre01"),
        change(3, 'Revert "Revert "Add a queue""', "2023-03-03"),
        change(4, "Other", "2023-03-03"),
    ]
    assert pick(measure(changes=changes), REVERTED, kind="participants").value == 0.5


def test_a_change_that_can_still_be_taken_back_is_missing() -> None:
    changes = [
        change(1, "Add", "2023-03-01"),
        change(2, 'Revert "Add"', "2023-03-02", "sre01"),
        change(3, "New", "2023-06-20"),
    ]
    row = pick(measure(changes=changes, as_of="2023-06-30"), REVERTED, kind="participants")
    assert (row.n, row.missing, row.value) == (1, 1, 1.0)


def test_without_any_revert_title_nothing_is_known_of_reverts() -> None:
    rows = measure(changes=[change(1, "Add", "2023-03-01"), change(2, "Drop", "2023-03-01", "sre01")])
    assert {row.declined for row in rows if row.measure == REVERTED} == {"NO_REVERT_TITLES"}
    assert {row.declined for row in measure() if row.measure == REVERTED} == {"NO_CHANGES"}


def test_who_stayed_on_counts_with_the_host_team_after_the_stay() -> None:
    stayed = make_rotation("p01", "aoi", "2023-01-02", "2023-06-30", now="host")
    changes = [
        change(1, "Before", "2023-06-30"),
        change(2, "After", "2023-07-03"),
        change(3, 'Revert "After"', "2023-07-04", "sre01"),
    ]
    rows = measure(changes=changes, stays=(stayed,))
    assert pick(rows, REVERTED, kind="participants").value == 0.0
    assert pick(rows, REVERTED, kind="host_members").value == 1.0


def test_reverts_are_told_of_the_programme_alone_and_only_from_k_people_on() -> None:
    changes = [change(1, "Add", "2023-03-01"), change(2, 'Revert "Add"', "2023-03-02", "sre01")]
    rows = [row for row in measure(changes=changes) if row.measure == REVERTED]
    assert {row.cohort for row in rows} == {None}
    assert {row.counts for row in rows} == {"persons"}


# --- heads ----------------------------------------------------------------------------------------------


def test_members_per_participant_are_averaged_over_the_days_of_the_cohort() -> None:
    other = make_rotation("p02", "aoi", "2023-04-01", "2023-06-30", cohort="2")  # 91 of p01's 180 days
    rows = measure(stays=(STAY, other))
    first, second = (pick(rows, "host.sres_per_rotator", cohort=cohort) for cohort in "12")
    assert (first.n, first.value) == (180, pytest.approx(4 * 180 / (180 + 91)))
    assert (second.n, second.value) == (91, 2.0)


# --- members of the host team -----------------------------------------------------------------------------

LENT = make_rotation(
    "p01", "sre", "2024-01-01", "2024-03-31", direction="sre_to_dev", host_team="aoi", now="host"
)
STAYED_ON = make_rotation("p01", "aoi", "2023-01-02", "2023-06-30", now="host")


@pytest.mark.parametrize("stays", [(LENT, STAYED_ON), (STAYED_ON, LENT)])
def test_who_stayed_on_and_is_lent_is_no_host_member_meanwhile_in_whatever_order(
    stays: tuple[Rotation, ...],
) -> None:
    on = pd.Series(pd.to_datetime(["2023-03-01", "2023-07-01", "2024-02-01", "2024-06-01"]))
    people = pd.Series(["p01"] * 4)
    for rules, expected in (({}, [False, True, False, True]), ({"lent": True}, [False, True, True, True])):
        found = find_host_members(make_programme(*stays), people, on, **rules)
        assert found.tolist() == expected


def test_who_is_lent_and_stays_there_is_no_host_member_afterwards() -> None:
    on = pd.Series(pd.to_datetime(["2024-02-01", "2024-06-01"]))
    programme = make_programme(LENT)
    roster = (Person(id="p01", name="見本 一", team="aoi"),)
    programme = programme.model_copy(update={"people": roster})
    found = find_host_members(programme, pd.Series(["p01"] * 2), on)
    assert found.tolist() == [False, False]


# --- the balance in host time, week by week, counted by hand ----------------------------------------------


START, END, WEEKS = day("2023-01-02"), "2023-02-26", 8
STAYS = tuple(make_rotation(f"p0{n}", "aoi", START.isoformat(), END) for n in (1, 2, 3, 4))
BALANCE, WEEK = "host.balance", "host.break_even_week"


def done(person: str | None, week: int, number: int) -> list[dict[str, Any]]:
    """So many requests, closed on the Wednesday of a week of the stay."""
    closed = f"{START + timedelta(days=7 * (week - 1) + 2)}T01:00:00Z"
    row = {"created": closed, "resolved": closed, "person": person}
    return [{**row, "id": f"{person}-{week}-{n}"} for n in range(number)]


def taught(
    hours: float | None, low: float | None = None, high: float | None = None, month: int = 1
) -> Measure:
    people = tuple(f"host-{n}" for n in range(1, 8))
    row = Measure(
        measure="host.teaching_per_rotator", unit="hours", method="m", counts="persons",
        kind=f"month_{month}", value=hours, low=low, high=high, people=people,
    )  # fmt: skip
    return row.unless("NO_SURVEY" if hours is None else None)


def lay_out_repaid(
    own: Mapping[str, Sequence[int]], *, stays: Sequence[Rotation] = STAYS, size: int = 2, hosts: int = 4
) -> Cohorts:
    """Requests closed by week: `own` of participants, `hosts` of the host team's sre01."""
    programme = make_programme(*stays)
    teams = tuple(t.model_copy(update={"size": size}) if t.id == "sre" else t for t in programme.teams)
    members = (Person(id=f"sre0{n}", name=f"見本 {n}", team="sre") for n in (1, 2))
    people = (*programme.people, *members)
    programme = programme.model_copy(
        update={"teams": teams, "people": people, "costs": Costs(hours_per_week=40)}
    )
    requests = [row for week in range(1, WEEKS + 1) for row in done("sre01", week, hosts)]
    for person, counts in own.items():
        requests += [row for week, n in enumerate(counts, start=1) for row in done(person, week, n)]
    return make_cohorts(programme, requests=requests)


def everybody(*counts: int) -> dict[str, Sequence[int]]:
    return {stay.person: counts for stay in STAYS}


def test_output_is_counted_in_weeks_of_one_host_team_member() -> None:
    outputs = count_outputs(lay_out_repaid({"p01": [0, 1, 2, 4]}))
    assert outputs.iloc[:, 0].dropna().tolist() == [0.0, 0.5, 1.5, 3.5, 3.5, 3.5, 3.5, 3.5]
    assert outputs.loc[4].dropna().tolist() == [3.5, 0.0, 0.0, 0.0]
    assert find_last_week(outputs, 5) == WEEKS


def test_members_whom_the_programme_does_not_list_are_no_members_who_did_nothing() -> None:
    outputs = count_outputs(lay_out_repaid(everybody(1, 1), size=8))  # sre01 and sre02 are two of the eight
    assert outputs.loc[2].dropna().tolist() == pytest.approx([1.0] * 4)


def test_the_balance_is_output_less_teaching_added_up() -> None:
    rows = list(measure_break_even(lay_out_repaid(everybody(0, 0, 2, 2, 2, 2, 2, 2)), [taught(20.0)]))
    balance = [row.value for row in rows if row.measure == BALANCE]
    assert balance == [-0.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0]
    assert [row.label for row in rows if row.measure == BALANCE] == [str(n) for n in range(1, 9)]
    assert pick(rows, WEEK).value == 4.0


def test_a_week_counts_only_where_no_later_one_falls_below() -> None:
    rows = list(measure_break_even(lay_out_repaid(everybody(2, 0, 0, 0, 4, 2, 2, 2)), [taught(20.0)]))
    assert [row.value for row in rows if row.measure == BALANCE][:5] == [0.5, 0.0, -0.5, -1.0, 0.5]
    assert pick(rows, WEEK).value == 5.0


def test_the_range_takes_the_ends_of_both_intervals() -> None:
    own = {f"p0{n}": counts for n, counts in ((1, [1] * 8), (2, [2] * 8), (3, [2] * 8), (4, [3] * 8))}
    rows = list(measure_break_even(lay_out_repaid(own), [taught(20.0, 10.0, 30.0)]))
    first = pick(rows, BALANCE, label="1")
    # outputs 0.5, 1, 1, 1.5: mean 1, sd 0.408, t(3) 3.182: ± 0.650
    assert first.value == pytest.approx(1.0 - 0.5)
    assert first.low == pytest.approx(1.0 - 0.6497 - 0.75, abs=0.001)
    assert first.high == pytest.approx(1.0 + 0.6497 - 0.25, abs=0.001)
    assert first.n == 4
    row = pick(rows, WEEK)
    assert (row.value, row.low, row.high, row.notes) == (
        1.0,
        1.0,
        None,
        ("HOURS_CARRIED:1", "LATEST_BEYOND:8"),
    )


def test_a_balance_that_never_gets_there_is_no_missing_measure() -> None:
    row = pick(list(measure_break_even(lay_out_repaid(everybody(1)), [taught(20.0, 19.0, 21.0)])), WEEK)
    assert (row.value, row.low, row.declined) == (None, None, None)
    assert row.notes == (
        "HOURS_CARRIED:1",
        "NOT_WITHIN_STAY:8",
        "NO_RANGE",
    )  # all four did the same: no interval of outputs


def test_fewer_than_four_stays_have_no_range() -> None:
    rows = list(
        measure_break_even(lay_out_repaid({"p01": [2] * 8}, stays=STAYS[:1]), [taught(20.0, 10.0, 30.0)])
    )
    assert pick(rows, WEEK).notes == ("HOURS_CARRIED:1", "NO_RANGE")
    assert (pick(rows, BALANCE, label="8").low, pick(rows, WEEK).value) == (None, 1.0)


def test_a_month_without_hours_takes_those_of_the_month_before() -> None:
    hours = [taught(40.0), taught(None, month=2)]
    rows = list(measure_break_even(lay_out_repaid(everybody(*[2] * 8)), hours))
    assert [row.value for row in rows if row.measure == BALANCE] == [0.0] * 8
    later = list(
        measure_break_even(lay_out_repaid(everybody(*[2] * 8)), [taught(None), taught(40.0, month=2)])
    )
    assert pick(later, BALANCE, label="1").value == 0.0


def test_a_month_of_few_people_takes_a_neighbour_s_hours_and_that_is_said() -> None:
    few = replace(taught(8.0, month=2), people=("host-1",))
    rows = list(measure_break_even(lay_out_repaid(everybody(*[2] * 8)), [taught(40.0), few]))
    assert [row.value for row in rows if row.measure == BALANCE] == [0.0] * 8
    assert pick(rows, BALANCE, label="1").notes == ("HOURS_CARRIED:1",)
    alone = list(measure_break_even(lay_out_repaid(everybody(*[2] * 8)), [replace(few, kind="month_1")]))
    assert pick(alone, WEEK).people == ("host-1",)  # hidden by the gate, and not passed off as others'


def test_weeks_in_which_the_host_team_closed_nothing_count_as_none_done() -> None:
    outputs = count_outputs(lay_out_repaid({"p01": [3] * 8}, hosts=0))
    assert outputs.iloc[:, 0].dropna().tolist() == [0.0] * 8


def test_open_requests_and_those_of_nobody_known_are_not_done_by_anybody() -> None:
    open_one = {"id": "o", "created": "2023-01-03T01:00:00Z", "person": "p01"}
    rows = [open_one, *done("p01", 1, 2), *done(None, 1, 9), *done("sre01", 1, 4)]
    cohorts = lay_out_repaid({})
    table = make_cohorts(cohorts.programme, requests=rows).tables["requests"]
    outputs = count_outputs(replace(cohorts, tables={**cohorts.tables, "requests": table}))
    assert outputs.iloc[:, 0].dropna().tolist() == [1.0]


def test_what_somebody_does_after_staying_on_is_the_host_team_s() -> None:
    stayed = make_rotation("p05", "aoi", "2022-06-01", "2022-12-30", now="host")
    outputs = count_outputs(lay_out_repaid({"p01": [2] * 8, "p05": [2] * 8}, stays=(*STAYS, stayed)))
    assert outputs.iloc[:, 0].dropna().tolist() == pytest.approx([n * 2 / (6 / 3) for n in range(1, 9)])
    assert outputs.iloc[:, 4].isna().all()  # no request was read of the time of that stay


def test_the_end_of_a_stay_leaves_no_jump_that_tells_what_its_person_did() -> None:
    short = make_rotation("p05", "aoi", START.isoformat(), "2023-01-15")
    stays = (*STAYS, make_rotation("p06", "aoi", START.isoformat(), END), short)
    own = {**everybody(*[2] * 8), "p05": [12, 12], "p06": [2] * 8}
    means = average_outputs(count_outputs(lay_out_repaid(own, stays=stays)))
    assert means[:4].tolist() == pytest.approx(
        [11 / 6, 22 / 6, 28 / 6, 34 / 6]
    )  # (5 × 1 + 6) ÷ 6 twice, then 1 a week
    rows = list(measure_break_even(lay_out_repaid(own, stays=stays), [taught(20.0)]))
    assert [row.n for row in rows if row.measure == BALANCE][:4] == [6, 6, 5, 5]


def test_only_weeks_that_as_many_participants_reached_as_the_gate_asks_for_are_told() -> None:
    short = make_rotation("q01", "aoi", START.isoformat(), "2023-01-22")
    again = make_rotation("p01", "aoi", "2022-10-03", "2022-12-18", cohort="2")  # nobody else
    rows = list(
        measure_break_even(lay_out_repaid(everybody(*[2] * 8), stays=(*STAYS, short, again)), [taught(8.0)])
    )
    assert max(int(row.label or 0) for row in rows if row.measure == BALANCE) == 3


@pytest.mark.parametrize(
    ("cohorts", "hours", "reason"),
    [
        (lay_out_repaid(everybody(2)), [taught(None)], "NO_SURVEY"),
        (lay_out_repaid(everybody(2)), [], "NO_SURVEY"),
        (lay_out_repaid({}), [taught(20.0)], "NO_DOER"),
        (make_cohorts(make_programme(*STAYS)), [taught(20.0)], "NO_REQUESTS"),
    ],
)
def test_what_is_lacking_is_named(cohorts: Cohorts, hours: list[Measure], reason: str) -> None:
    (row,) = measure_break_even(cohorts, hours)
    assert (row.measure, row.declined, row.value) == (WEEK, reason, None)


def test_it_rests_on_whichever_are_fewer_hosts_or_participants() -> None:
    few = list(measure_break_even(lay_out_repaid(everybody(2)), [taught(20.0)]))
    assert {row.people for row in few} == {("p01", "p02", "p03", "p04")}
    many = tuple(make_rotation(f"p{n:02}", "aoi", START.isoformat(), END) for n in range(1, 10))
    row = pick(list(measure_break_even(lay_out_repaid(everybody(2), stays=many), [taught(20.0)])), WEEK)
    assert len(row.people) == 7


def test_stays_that_the_requests_do_not_reach_are_missing_and_no_people_of_it() -> None:
    before = tuple(make_rotation(f"q0{n}", "aoi", "2021-01-04", "2021-06-25") for n in range(1, 4))
    cohorts = lay_out_repaid(everybody(2), stays=(*STAYS, *before))
    (row,) = measure_break_even(cohorts, [taught(20.0)])
    assert (row.n, row.missing, row.people) == (4, 3, ("p01", "p02", "p03", "p04"))


def test_one_request_beside_two_and_ten_hours_of_forty_give_a_quarter_of_a_week() -> None:
    rows = list(measure_break_even(lay_out_repaid(everybody(1)), [taught(10.0)]))
    assert pick(rows, BALANCE, label="1").value == 0.25
    document = (Path(__file__).parents[2] / "docs" / "measures.md").read_text(encoding="utf-8")
    assert "1 ÷ 2 − 10 ÷ 40 = +0.25 weeks" in document
