"""The balance in host time, week by week, counted by hand.

p01 … p04 stay from Monday 2023-01-02 for eight weeks; the host team has 2 members and closes 4 requests a
week, so one request is half a week of one of them.  Teaching of 20 hours a week is half a week of 40 hours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from rotation_analysis.cohorts.cohort import Cohorts
from rotation_analysis.measure_row import Measure
from rotation_analysis.measures.parties.hosting_cost import (
    average_outputs,
    count_outputs,
    find_last_week,
    measure_break_even,
)
from rotation_analysis.programme.model import Costs, Person, Rotation
from tests.builders import day, make_cohorts, make_programme, make_rotation, pick

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


def lay_out(
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
    outputs = count_outputs(lay_out({"p01": [0, 1, 2, 4]}))
    assert outputs.iloc[:, 0].dropna().tolist() == [0.0, 0.5, 1.5, 3.5, 3.5, 3.5, 3.5, 3.5]
    assert outputs.loc[4].dropna().tolist() == [3.5, 0.0, 0.0, 0.0]
    assert find_last_week(outputs, 5) == WEEKS


def test_members_whom_the_programme_does_not_list_are_no_members_who_did_nothing() -> None:
    outputs = count_outputs(lay_out(everybody(1, 1), size=8))  # sre01 and sre02 are two of the eight
    assert outputs.loc[2].dropna().tolist() == pytest.approx([1.0] * 4)


def test_the_balance_is_output_less_teaching_added_up() -> None:
    rows = list(measure_break_even(lay_out(everybody(0, 0, 2, 2, 2, 2, 2, 2)), [taught(20.0)]))
    balance = [row.value for row in rows if row.measure == BALANCE]
    assert balance == [-0.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0]
    assert [row.label for row in rows if row.measure == BALANCE] == [str(n) for n in range(1, 9)]
    assert pick(rows, WEEK).value == 4.0


def test_a_week_counts_only_where_no_later_one_falls_below() -> None:
    rows = list(measure_break_even(lay_out(everybody(2, 0, 0, 0, 4, 2, 2, 2)), [taught(20.0)]))
    assert [row.value for row in rows if row.measure == BALANCE][:5] == [0.5, 0.0, -0.5, -1.0, 0.5]
    assert pick(rows, WEEK).value == 5.0


def test_the_range_takes_the_ends_of_both_intervals() -> None:
    own = {f"p0{n}": counts for n, counts in ((1, [1] * 8), (2, [2] * 8), (3, [2] * 8), (4, [3] * 8))}
    rows = list(measure_break_even(lay_out(own), [taught(20.0, 10.0, 30.0)]))
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
    row = pick(list(measure_break_even(lay_out(everybody(1)), [taught(20.0, 19.0, 21.0)])), WEEK)
    assert (row.value, row.low, row.declined) == (None, None, None)
    assert row.notes == (
        "HOURS_CARRIED:1",
        "NOT_WITHIN_STAY:8",
        "NO_RANGE",
    )  # all four did the same: no interval of outputs


def test_fewer_than_four_stays_have_no_range() -> None:
    rows = list(measure_break_even(lay_out({"p01": [2] * 8}, stays=STAYS[:1]), [taught(20.0, 10.0, 30.0)]))
    assert pick(rows, WEEK).notes == ("HOURS_CARRIED:1", "NO_RANGE")
    assert (pick(rows, BALANCE, label="8").low, pick(rows, WEEK).value) == (None, 1.0)


def test_a_month_without_hours_takes_those_of_the_month_before() -> None:
    hours = [taught(40.0), taught(None, month=2)]
    rows = list(measure_break_even(lay_out(everybody(*[2] * 8)), hours))
    assert [row.value for row in rows if row.measure == BALANCE] == [0.0] * 8
    later = list(measure_break_even(lay_out(everybody(*[2] * 8)), [taught(None), taught(40.0, month=2)]))
    assert pick(later, BALANCE, label="1").value == 0.0


def test_a_month_of_few_people_takes_a_neighbour_s_hours_and_that_is_said() -> None:
    few = replace(taught(8.0, month=2), people=("host-1",))
    rows = list(measure_break_even(lay_out(everybody(*[2] * 8)), [taught(40.0), few]))
    assert [row.value for row in rows if row.measure == BALANCE] == [0.0] * 8
    assert pick(rows, BALANCE, label="1").notes == ("HOURS_CARRIED:1",)
    alone = list(measure_break_even(lay_out(everybody(*[2] * 8)), [replace(few, kind="month_1")]))
    assert pick(alone, WEEK).people == ("host-1",)  # hidden by the gate, and not passed off as others'


def test_weeks_in_which_the_host_team_closed_nothing_count_as_none_done() -> None:
    outputs = count_outputs(lay_out({"p01": [3] * 8}, hosts=0))
    assert outputs.iloc[:, 0].dropna().tolist() == [0.0] * 8


def test_open_requests_and_those_of_nobody_known_are_not_done_by_anybody() -> None:
    open_one = {"id": "o", "created": "2023-01-03T01:00:00Z", "person": "p01"}
    rows = [open_one, *done("p01", 1, 2), *done(None, 1, 9), *done("sre01", 1, 4)]
    cohorts = lay_out({})
    table = make_cohorts(cohorts.programme, requests=rows).tables["requests"]
    outputs = count_outputs(replace(cohorts, tables={**cohorts.tables, "requests": table}))
    assert outputs.iloc[:, 0].dropna().tolist() == [1.0]


def test_what_somebody_does_after_staying_on_is_the_host_team_s() -> None:
    stayed = make_rotation("p05", "aoi", "2022-06-01", "2022-12-30", now="host")
    outputs = count_outputs(lay_out({"p01": [2] * 8, "p05": [2] * 8}, stays=(*STAYS, stayed)))
    assert outputs.iloc[:, 0].dropna().tolist() == pytest.approx([n * 2 / (6 / 3) for n in range(1, 9)])
    assert outputs.iloc[:, 4].isna().all()  # no request was read of the time of that stay


def test_the_end_of_a_stay_leaves_no_jump_that_tells_what_its_person_did() -> None:
    short = make_rotation("p05", "aoi", START.isoformat(), "2023-01-15")
    stays = (*STAYS, make_rotation("p06", "aoi", START.isoformat(), END), short)
    own = {**everybody(*[2] * 8), "p05": [12, 12], "p06": [2] * 8}
    means = average_outputs(count_outputs(lay_out(own, stays=stays)))
    assert means[:4].tolist() == pytest.approx(
        [11 / 6, 22 / 6, 28 / 6, 34 / 6]
    )  # (5 × 1 + 6) ÷ 6 twice, then 1 a week
    rows = list(measure_break_even(lay_out(own, stays=stays), [taught(20.0)]))
    assert [row.n for row in rows if row.measure == BALANCE][:4] == [6, 6, 5, 5]


def test_only_weeks_that_as_many_participants_reached_as_the_gate_asks_for_are_told() -> None:
    short = make_rotation("q01", "aoi", START.isoformat(), "2023-01-22")
    again = make_rotation("p01", "aoi", "2022-10-03", "2022-12-18", cohort="2")  # nobody else
    rows = list(measure_break_even(lay_out(everybody(*[2] * 8), stays=(*STAYS, short, again)), [taught(8.0)]))
    assert max(int(row.label or 0) for row in rows if row.measure == BALANCE) == 3


@pytest.mark.parametrize(
    ("cohorts", "hours", "reason"),
    [
        (lay_out(everybody(2)), [taught(None)], "NO_SURVEY"),
        (lay_out(everybody(2)), [], "NO_SURVEY"),
        (lay_out({}), [taught(20.0)], "NO_DOER"),
        (make_cohorts(make_programme(*STAYS)), [taught(20.0)], "NO_REQUESTS"),
    ],
)
def test_what_is_lacking_is_named(cohorts: Cohorts, hours: list[Measure], reason: str) -> None:
    (row,) = measure_break_even(cohorts, hours)
    assert (row.measure, row.declined, row.value) == (WEEK, reason, None)


def test_it_rests_on_whichever_are_fewer_hosts_or_participants() -> None:
    few = list(measure_break_even(lay_out(everybody(2)), [taught(20.0)]))
    assert {row.people for row in few} == {("p01", "p02", "p03", "p04")}
    many = tuple(make_rotation(f"p{n:02}", "aoi", START.isoformat(), END) for n in range(1, 10))
    row = pick(list(measure_break_even(lay_out(everybody(2), stays=many), [taught(20.0)])), WEEK)
    assert len(row.people) == 7


def test_stays_that_the_requests_do_not_reach_are_missing_and_no_people_of_it() -> None:
    before = tuple(make_rotation(f"q0{n}", "aoi", "2021-01-04", "2021-06-25") for n in range(1, 4))
    cohorts = lay_out(everybody(2), stays=(*STAYS, *before))
    (row,) = measure_break_even(cohorts, [taught(20.0)])
    assert (row.n, row.missing, row.people) == (4, 3, ("p01", "p02", "p03", "p04"))


def test_one_request_beside_two_and_ten_hours_of_forty_give_a_quarter_of_a_week() -> None:
    rows = list(measure_break_even(lay_out(everybody(1)), [taught(10.0)]))
    assert pick(rows, BALANCE, label="1").value == 0.25
    document = (Path(__file__).parents[2] / "docs" / "measures.md").read_text(encoding="utf-8")
    assert "1 ÷ 2 − 10 ÷ 40 = +0.25 weeks" in document
