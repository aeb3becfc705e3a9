"""Monitors and widgets before and after on literal lists: which services gained, which lists are compared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from rotation_analysis.measure_row import Measure
from rotation_analysis.measures.workload.improvements import find_services, measure_monitoring
from rotation_analysis.programme.model import Person, Rotation
from tests.builders import make_cohorts, make_programme, make_rotation, pick

Row = dict[str, Any]
STAY = make_rotation("p01", "aoi", "2023-01-02", "2023-06-30")
BEFORE, AFTER = "2022-12-26", "2023-07-03"
GAINED, MADE = "monitoring.gained", "monitoring.made"


def monitor(id_: str, listed: str | None, service: str | None = "booking", **other: Any) -> Row:
    tags = None if service is None else f"team:aoi,service:{service}"
    return {"id": id_, "listed": listed, "tags": tags, **other}


def widget(
    id_: str, listed: str | None, query: str | None = "avg:load{service:booking}", **other: Any
) -> Row:
    board, number = id_.split("/")
    return {"id": board, "widget": number, "listed": listed, "query": query, **other}


def measure(
    monitors: Sequence[Row] = (),
    dashboards: Sequence[Row] = (),
    *,
    stays: Sequence[Rotation] = (STAY,),
    as_of: str = "2024-03-29",
    people: Sequence[Person] = (),
) -> list[Measure]:
    programme = make_programme(*stays, as_of=as_of)
    programme = programme.model_copy(update={"people": (*programme.people, *people)})
    return list(measure_monitoring(make_cohorts(programme, monitors=monitors, dashboards=dashboards)))


def gains(
    measures: Sequence[Measure], kind: str = "monitors"
) -> dict[str | None, tuple[float | None, int | None]]:
    """Service (None: all) → gain and number after."""
    return {m.label: (m.value, m.n) for m in measures if (m.measure, m.kind) == (GAINED, kind)}


# --- which service --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tags", "query", "services"),
    [
        ("env:prod,service:booking,team:aoi", "avg:load{service:search} > 1", ("booking",)),
        ("service:Booking, service:search", None, ("booking", "search")),
        ("team:aoi,env:prod", "avg(last_5m):avg:load{service:search,env:prod} > 1", ("search",)),
        (None, 'logs("service:search status:error").index("*").rollup("count") > 5', ("search",)),
        (None, 'logs("service:(search OR booking)").rollup("count") > 5', ("search", "booking")),
        (None, "sum:hits{service IN (search, booking)} by {env}", ("search", "booking")),
        (None, "sum:hits{!service:search}", ()),
        (None, 'logs("-service:search env:prod")', ()),
        (None, "sum:hits{env:prod AND NOT service:search}", ()),
        (None, "sum:hits{env:prod AND NOT service IN (search, booking)}", ()),
        (None, "sum:hits{service:*}", ()),
        (None, "sum:hits{$service} by {host}", ()),
        (None, "sum:hits{service:$service.value}", ()),
        (None, "sum:aws.dynamodb.throttled_requests{tablename:Orders}.as_count() > 1", ("dynamodb:orders",)),
        (None, "sum:aws.dynamodb.throttled_requests{tablename:orders,service:shop}", ("shop",)),
        (None, "sum:aws.dynamodb.read_throttle_events{env:prod} by {tablename}.as_count()", ("dynamodb",)),
        ("tablename:orders", "sum:aws.dynamodb.throttled_requests{*}", ("dynamodb:orders",)),
        (None, "avg:aws.rds.cpuutilization{dbinstanceidentifier:main-1}", ("rds:main-1",)),
        (None, "max:aws.sqs.approximate_age_of_oldest_message{queuename:mail}", ("sqs:mail",)),
        (
            None,
            "avg:aws.dynamodb.a{tablename:x}; avg:aws.dynamodb.b{tablename:y}",
            ("dynamodb:x", "dynamodb:y"),
        ),
        (None, "avg:system.load.1{host:a} > 4", ()),
        (None, None, ()),
    ],
)
def test_the_service_is_the_tag_s_else_the_query_s_else_the_name_space_s(
    tags: str | None, query: str | None, services: tuple[str, ...]
) -> None:
    assert find_services(tags, query) == services


# --- gains ----------------------------------------------------------------------------------------------


def test_a_gain_is_the_later_list_less_the_earlier_one_by_service() -> None:
    rows = [
        monitor("1", BEFORE),
        monitor("2", BEFORE, "search"),
        monitor("1", AFTER),
        monitor("3", AFTER, "orders"),
        monitor("4", AFTER, "orders"),
        monitor("5", AFTER, None),
    ]
    measures = measure(rows)
    assert gains(measures) == {None: (2, 4), "booking": (0, 1), "orders": (2, 2), "search": (-1, 0)}
    row = pick(measures, GAINED, kind="monitors", label=None)
    assert (row.missing, row.unit, row.method) == (1, "monitors", "difference_of_lists")
    assert (row.cohort, row.counts, row.people, row.consent) == ("1", "records", (), None)
    assert row.notes == (f"LISTS:{BEFORE}:{AFTER}",)


def test_a_monitor_of_two_services_counts_for_each_and_once_in_all() -> None:
    found = gains(measure([monitor("1", BEFORE), monitor("2", AFTER, "a,service:b")]))
    assert found == {None: (0, 1), "a": (1, 1), "b": (1, 1), "booking": (-1, 0)}


def test_widgets_are_those_that_show_data_and_two_dashboards_may_number_theirs_alike() -> None:
    rows = [
        widget("a/1", BEFORE),
        widget("a/1", AFTER),
        widget("b/1", AFTER),
        widget("b/2", AFTER, None, kind="note"),
        widget("b/3", AFTER, "avg:load{host:a}"),
    ]
    measures = measure(dashboards=rows)
    assert gains(measures, "widgets") == {None: (2, 3), "booking": (1, 2)}
    assert pick(measures, GAINED, kind="widgets", label=None).missing == 1
    assert gains(measures) == {None: (None, 0)}
    assert pick(measures, GAINED, kind="monitors").declined == "NO_LIST"


# --- which lists ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "notes"),
    [
        (["2022-06-01", "2023-01-02", "2023-03-01", "2023-06-30", "2023-08-01"],
         ("LISTS:2023-01-02:2023-06-30",)),
        (["2022-12-05", "2023-01-03", "2023-07-28"], ("LISTS:2022-12-05:2023-07-28",)),
        (["2022-11-28", "2023-07-28"], ("LISTS:2022-11-28:2023-07-28", "LIST_FAR:5:4")),
        (["2022-12-05", "2023-08-04"], ("LISTS:2022-12-05:2023-08-04", "LIST_FAR:4:5")),
    ],
)  # fmt: skip
def test_the_nearest_list_before_is_compared_with_the_first_after(
    days: Sequence[str], notes: tuple[str, ...]
) -> None:
    rows = [monitor(str(n), day) for day in days for n in range(3)]
    assert pick(measure(rows), GAINED, kind="monitors", label=None).notes == notes


def test_a_cohort_begins_with_its_first_stay_and_ends_with_its_last() -> None:
    other = make_rotation("p02", "kaede", "2023-04-03", "2023-09-29")
    rows = [monitor("1", day) for day in (BEFORE, "2023-04-03", AFTER, "2023-09-29")]
    row = pick(measure(rows, stays=[STAY, other]), GAINED, kind="monitors", label=None)
    assert row.notes[0] == f"LISTS:{BEFORE}:2023-09-29"


def test_while_a_stay_runs_the_latest_list_stands_in_and_is_told() -> None:
    running = make_rotation("p01", "aoi", "2023-01-02")
    rows = [monitor("1", day) for day in (BEFORE, "2023-03-01", "2023-04-03", "2023-05-01")]
    for stay in (running, STAY):  # STAY ends later than the data
        row = pick(measure(rows, stays=[stay], as_of="2023-04-28"), GAINED, kind="monitors", label=None)
        assert row.notes == (f"LISTS:{BEFORE}:2023-04-03", "LIST_DURING_STAY")


@pytest.mark.parametrize(
    ("days", "reason"),
    [
        ([], "NO_LIST"),
        ([None], "LIST_NOT_DATED"),
        ([AFTER], "NO_LIST_BEFORE"),
        (["2023-01-03", AFTER], "NO_LIST_BEFORE"),
        ([BEFORE], "NO_LIST_AFTER"),
        ([BEFORE, "2023-06-29"], "NO_LIST_AFTER"),
        ([BEFORE, "2024-04-01"], "NO_LIST_AFTER"),  # after the day of the data
    ],
)
def test_without_both_lists_nothing_is_compared(days: Sequence[str | None], reason: str) -> None:
    measures = [m for m in measure([monitor("1", day) for day in days]) if m.kind == "monitors"]
    assert {(m.measure, m.value, m.declined, m.notes) for m in measures} == {
        (GAINED, None, reason, (reason,)),
        (MADE, None, reason, (reason,)),
    }


def test_a_list_without_a_day_is_no_part_of_a_dated_one() -> None:
    rows = [monitor("1", BEFORE), monitor("1", AFTER), monitor("9", None)]
    assert gains(measure(rows))[None] == (0, 1)


# --- whose name new ones carry --------------------------------------------------------------------------


def test_of_new_ones_those_that_name_a_participant_are_counted_and_called_weak() -> None:
    people = [Person(id="sre1", name="見本 三", mail="sre1@invented.example")]
    rows = [
        monitor("1", BEFORE, creator="見本 p01"),
        monitor("1", AFTER, creator="見本 p01"),
        monitor("2", AFTER, creator="見本 p01"),
        monitor("3", AFTER, creator="見本 p01", creator_mail="sre1@invented.example"),
        monitor("4", AFTER, creator="terraform"),
        monitor("5", AFTER),
    ]
    row = pick(measure(rows, people=people), MADE, kind="monitors")
    assert (row.value, row.n, row.missing, row.unit) == (1, 4, 2, "monitors")
    assert row.notes == (f"LISTS:{BEFORE}:{AFTER}", "CREATOR_WEAK")


def test_a_participant_of_another_cohort_is_none_of_this_one_s() -> None:
    other = make_rotation("p02", "kaede", "2023-10-02", "2024-03-28", cohort="2")
    rows = [monitor("1", BEFORE), monitor("1", AFTER), monitor("2", AFTER, creator="見本 p02")]
    row = pick(measure(rows, stays=[STAY, other]), MADE, kind="monitors", cohort="1")
    assert (row.value, row.n, row.missing) == (0, 1, 0)


def test_widgets_carry_the_name_of_their_dashboard_s_maker() -> None:
    rows = [widget("a/1", BEFORE, creator="見本 p01"), widget("a/1", AFTER, creator="見本 p01"),
            widget("b/1", AFTER, creator="見本 p01")]  # fmt: skip
    row = pick(measure(dashboards=rows), MADE, kind="widgets")
    assert (row.value, row.n, row.unit) == (1, 1, "widgets")
