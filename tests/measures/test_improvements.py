"""Deliverables on literal frames, counted by hand: by kind and unit, in use half a year on, whose they are.

p01's stay runs from 2023-01-02 to 2023-06-30, data until 2024-01-15: what was delivered up to 2023-07-15 is
half a year old.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rotation_analysis.measure_row import Measure
from rotation_analysis.measures.workload.improvements import (
    KIND_WORDS,
    KINDS,
    find_services,
    measure_improvements,
    measure_monitoring,
    name_kind,
)
from rotation_analysis.programme.model import Person, Rotation
from tests.builders import make_cohorts, make_programme, make_rotation, pick

Row = dict[str, Any]
STAY = make_rotation("p01", "aoi", "2023-01-02", "2023-06-30")
DELIVERED, AMOUNT, IN_USE = "improvement.delivered", "improvement.amount", "improvement.in_use"


def made(
    id_: str,
    kind: str | None = "監視",
    on: str | None = "2023-03-01",
    person: str | None = "p01",
    **other: Any,
) -> Row:
    return {"id": id_, "kind": kind, "day": on, "person": person, **other}


def measure(*rows: Row, stays: Sequence[Rotation] = (STAY,), as_of: str = "2024-01-15") -> list[Measure]:
    return list(measure_improvements(make_cohorts(make_programme(*stays, as_of=as_of), improvements=rows)))


def delivered(measures: Sequence[Measure], **where: object) -> dict[tuple[str | None, str | None], float]:
    """(kind, label) → how many, of what was delivered at all."""
    where = {"cohort": "1", "person": None, **where}
    rows = [m for m in measures if m.measure == DELIVERED]
    rows = [m for m in rows if all(getattr(m, name) == value for name, value in where.items())]
    return {(m.kind, m.label): m.value for m in rows if m.value}


# --- kinds ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ("監視", "monitor"),
        ("モニター", "monitor"),
        ("Monitor", "monitor"),
        ("ダッシュボード", "dashboard"),
        ("自動化", "workflow"),
        ("ワークフロー", "workflow"),
        ("不要リソース削除", "removed_resource"),
        ("Removed resource", "removed_resource"),
        ("コスト", "cost"),
        ("ＩａＣモジュール", "iac_module"),  # full width
        ("IaC module", "iac_module"),
        ("SLO", "slo"),
        ("手順書", "runbook"),
        ("資料", "document"),
        ("花壇の水やり", "other"),
    ],
)
def test_words_of_both_languages_mean_one_kind(written: str, kind: str) -> None:
    assert name_kind(written) == kind


def test_no_word_means_two_kinds() -> None:
    words = [word for kind, words in KIND_WORDS.items() for word in (kind, *words)]
    assert len({word.casefold() for word in words}) == len(words)


def test_kinds_are_counted_apart_and_every_known_kind_has_a_row() -> None:
    measures = measure(made("1"), made("2", "Monitor"), made("3", "SLO"), made("4", None))
    assert delivered(measures) == {("monitor", None): 2, ("slo", None): 1, ("unknown", None): 1}
    rows = [m for m in measures if m.measure == DELIVERED and m.cohort == "1" and m.person is None]
    assert [m.kind for m in rows] == list(KINDS)
    assert {(m.n, m.missing, m.unit, m.counts, m.people) for m in rows} == {
        (4, 0, "deliverables", "records", ())
    }


def test_a_kind_that_is_none_of_ours_is_kept_under_its_own_name() -> None:
    measures = measure(made("1", "花壇"), made("2", " 花壇"), made("3", "棚"))
    assert delivered(measures) == {("other", None): 3, ("other", "花壇"): 2, ("other", "棚"): 1}


# --- whose and when -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "own", "missing"),
    [
        (made("2", on="2023-01-02"), 1, 0),
        (made("2", on="2023-06-30"), 1, 0),
        (made("2", on="2023-01-01"), 0, 0),
        (made("2", on="2023-07-01"), 0, 0),
        (made("2", person="sre1"), 0, 0),  # somebody else's
        (made("2", person=None), 0, 1),  # nobody's: may be theirs
        (made("2", person=None, on="2022-01-05"), 0, 0),
        (made("2", on=None), 0, 1),
        (made("2", on=None, person=None), 0, 1),
    ],
)
def test_a_deliverable_is_the_stays_of_its_person_on_its_day(row: Row, own: int, missing: int) -> None:
    measures = measure(made("1", "SLO"), row)
    found = pick(measures, DELIVERED, cohort="1", person=None, kind="monitor")
    assert (found.value, found.n, found.missing) == (own, own + 1, missing)


def test_cohorts_persons_and_the_programme_have_rows_and_persons_need_consent() -> None:
    other = make_rotation("p02", "kaede", "2023-08-01", "2023-12-28", cohort="2")
    measures = measure(made("1"), made("2", on="2023-09-01", person="p02"), stays=[STAY, other])
    for cohort in ("1", "2"):
        assert pick(measures, DELIVERED, cohort=cohort, person=None, kind="monitor").value == 1
    whole = pick(measures, DELIVERED, cohort=None, person=None, kind="monitor")
    assert (whole.value, whole.n, whole.counts, whole.consent) == (2, 2, "records", None)
    own = [m for m in measures if m.person == "p02"]
    assert {(m.consent, m.people, m.cohort) for m in own} == {("time", ("p02",), "2")}
    assert pick(own, DELIVERED, kind="monitor").value == 1


def test_what_is_nobodys_is_told_of_the_cohort_and_not_again_of_each_person() -> None:
    measures = measure(made("1"), made("2", person=None))
    missing = [pick(measures, DELIVERED, cohort="1", person=person, kind="monitor").missing
               for person in (None, "p01")]  # fmt: skip
    assert missing == [1, 0]


def test_every_person_has_the_same_measures_whatever_they_delivered() -> None:
    other = make_rotation("p02", "kaede", "2023-01-02", "2023-06-30")
    measures = measure(made("1", amount=2.0, unit="件"), stays=[STAY, other])
    names = [{m.measure for m in measures if m.person == person} for person in ("p01", "p02")]
    assert names == [{DELIVERED, AMOUNT, IN_USE}] * 2


@pytest.mark.parametrize("rows", [(), (made("1", on="2022-05-01"),), (made("1", on="2023-08-01"),)])
def test_without_a_list_of_those_days_nothing_is_zero(rows: Sequence[Row]) -> None:
    measures = measure(*rows)
    assert {(m.value, m.declined) for m in measures} == {(None, "NO_IMPROVEMENTS")}


def test_a_list_of_those_days_without_anything_of_theirs_is_zero() -> None:
    measures = measure(made("1", person="sre1"))
    assert delivered(measures) == {}
    row = pick(measures, DELIVERED, cohort="1", person=None, kind="monitor")
    assert (row.value, row.n, row.declined) == (0, 0, None)
    assert pick(measures, IN_USE, cohort="1", person=None, kind="all").declined == "NOTHING_DELIVERED"


# --- amounts --------------------------------------------------------------------------------------------


def amounts(measures: Sequence[Measure]) -> dict[tuple[str | None, str | None], tuple[Any, ...]]:
    rows = [m for m in measures if m.measure == AMOUNT and m.cohort == "1" and m.person is None]
    return {(m.kind, m.label): (m.value, m.n, m.missing, m.notes) for m in rows}


def test_amounts_are_summed_within_one_kind_and_one_unit_alone() -> None:
    measures = measure(
        made("1", amount=8.0, unit="件"),
        made("2", amount=4.0, unit=" 件 "),
        made("3", amount=2.5, unit="時間"),
        made("4"),
        made("5", amount=3.0),
        made("6", "自動化", amount=3.0, unit="件"),
    )
    assert amounts(measures) == {
        ("monitor", "件"): (12.0, 2, 2, ()),  # two monitors have no amount or no unit
        ("monitor", "時間"): (2.5, 1, 2, ()),
        ("workflow", "件"): (3.0, 1, 0, ()),
    }


@pytest.mark.parametrize(
    ("kind", "unit", "notes"),
    [
        ("コスト", "円/月", ("AS_ESTIMATED",)),
        ("コスト", "%", ("AS_ESTIMATED",)),
        ("不要リソース削除", "円/月", ("AS_ESTIMATED",)),
        ("不要リソース削除", "USD a month", ("AS_ESTIMATED",)),
        ("不要リソース削除", "台", ()),
    ],
)
def test_money_is_told_as_what_was_estimated_that_day(kind: str, unit: str, notes: tuple[str, ...]) -> None:
    measures = measure(
        made("1", kind, amount=60_000.0, unit=unit), made("2", kind, amount=24_000.0, unit=unit)
    )
    assert list(amounts(measures).values()) == [(84_000.0, 2, 0, notes)]


def test_unlike_things_that_are_none_of_ours_are_not_added_either() -> None:
    rows = [made("1", "花壇", amount=2.0, unit="件"), made("2", "棚", amount=5.0, unit="件")]
    found = amounts(measure(*rows, made("3", "花壇")))
    assert found == {("other", "棚: 件"): (5.0, 1, 0, ()), ("other", "花壇: 件"): (2.0, 1, 1, ())}


def test_without_any_amount_with_a_unit_there_is_one_row_that_says_so() -> None:
    assert amounts(measure(made("1", amount=3.0), made("2", unit="件"))) == {
        (None, None): (None, 0, 2, ("NO_AMOUNTS",))
    }


# --- in use half a year on ------------------------------------------------------------------------------


def test_yes_no_unknown_and_not_yet_due_are_four_things() -> None:
    measures = measure(
        made("1", in_use=True),
        made("2", in_use=True),
        made("3", in_use=False),
        made("4"),
        made("5", "SLO", in_use=True),
        made("6", on="2023-07-16", in_use=False),
        stays=[make_rotation("p01", "aoi", "2023-01-02", "2023-07-31")],
    )
    row = pick(measures, IN_USE, cohort="1", person=None, kind="monitor")
    assert (row.value, row.n, row.missing) == (2, 3, 1)
    whole = pick(measures, DELIVERED, cohort="1", person=None, kind="monitor")
    assert (whole.value or 0) - 3 - 1 == 1  # not due yet: its early "no" does not count
    every = pick(measures, IN_USE, cohort="1", person=None, kind="all")
    assert (every.value, every.n, every.missing) == (3, 4, 1)


@pytest.mark.parametrize(
    ("on", "as_of", "declined"),
    [
        ("2023-02-28", "2023-08-28", None),
        ("2023-02-28", "2023-08-27", "IN_USE_NOT_DUE"),
        ("2023-03-31", "2023-09-30", None),  # September has no 31st
        ("2023-03-31", "2023-09-29", "IN_USE_NOT_DUE"),
    ],
)
def test_it_is_due_six_months_after_its_day(on: str, as_of: str, declined: str | None) -> None:
    row = pick(
        measure(made("1", on=on, in_use=True), as_of=as_of), IN_USE, cohort="1", person=None, kind="all"
    )
    assert (row.declined, row.n, row.missing) == (declined, 0 if declined else 1, 0)


def test_a_due_one_without_a_record_of_use_is_unknown_and_no_kind_is_silent() -> None:
    measures = measure(made("1"))
    for kind, reason in (
        ("all", "IN_USE_UNTOLD"),
        ("monitor", "IN_USE_UNTOLD"),
        ("slo", "NOTHING_DELIVERED"),
    ):
        row = pick(measures, IN_USE, cohort="1", person=None, kind=kind)
        assert (row.value, row.n, row.declined) == (None, 0, reason)


# --- invariants -----------------------------------------------------------------------------------------


@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_the_order_of_rows_changes_nothing(data: st.DataObject) -> None:
    rows = [
        made("1", amount=1.0, unit="件"),
        made("2", "Monitor", amount=2.0, unit="件", in_use=True),
        made("3", "花壇", amount=1.0, unit="鉢"),
        made("4", "コスト", amount=5.0, unit="円/月", in_use=False),
        made("5", person=None),
    ]
    assert measure(*data.draw(st.permutations(rows))) == measure(*rows)


def test_the_words_that_the_documentation_names_mean_what_it_says() -> None:
    told = (Path(__file__).parents[2] / "docs" / "measures.md").read_text(encoding="utf-8")
    section = (
        told.split("## Kinds of improvements")[1].split("## ")[0].split(": ", 1)[1].split("(all of them")[0]
    )
    pairs = [part.split("→") for part in " ".join(section.split()).split("·")]
    named = {kind.strip().strip("`"): words.split(",") for words, kind in pairs}
    assert set(named) == set(KIND_WORDS)
    assert not [word for kind, words in named.items() for word in words if name_kind(word) != kind]


# --- monitors and widgets before and after on literal lists: which services gained, which lists are compared


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


def measure_monitor(
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
    measures = measure_monitor(rows)
    assert gains(measures) == {None: (2, 4), "booking": (0, 1), "orders": (2, 2), "search": (-1, 0)}
    row = pick(measures, GAINED, kind="monitors", label=None)
    assert (row.missing, row.unit, row.method) == (1, "monitors", "difference_of_lists")
    assert (row.cohort, row.counts, row.people, row.consent) == ("1", "records", (), None)
    assert row.notes == (f"LISTS:{BEFORE}:{AFTER}",)


def test_a_monitor_of_two_services_counts_for_each_and_once_in_all() -> None:
    found = gains(measure_monitor([monitor("1", BEFORE), monitor("2", AFTER, "a,service:b")]))
    assert found == {None: (0, 1), "a": (1, 1), "b": (1, 1), "booking": (-1, 0)}


def test_widgets_are_those_that_show_data_and_two_dashboards_may_number_theirs_alike() -> None:
    rows = [
        widget("a/1", BEFORE),
        widget("a/1", AFTER),
        widget("b/1", AFTER),
        widget("b/2", AFTER, None, kind="note"),
        widget("b/3", AFTER, "avg:load{host:a}"),
    ]
    measures = measure_monitor(dashboards=rows)
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
    assert pick(measure_monitor(rows), GAINED, kind="monitors", label=None).notes == notes


def test_a_cohort_begins_with_its_first_stay_and_ends_with_its_last() -> None:
    other = make_rotation("p02", "kaede", "2023-04-03", "2023-09-29")
    rows = [monitor("1", day) for day in (BEFORE, "2023-04-03", AFTER, "2023-09-29")]
    row = pick(measure_monitor(rows, stays=[STAY, other]), GAINED, kind="monitors", label=None)
    assert row.notes[0] == f"LISTS:{BEFORE}:2023-09-29"


def test_while_a_stay_runs_the_latest_list_stands_in_and_is_told() -> None:
    running = make_rotation("p01", "aoi", "2023-01-02")
    rows = [monitor("1", day) for day in (BEFORE, "2023-03-01", "2023-04-03", "2023-05-01")]
    for stay in (running, STAY):  # STAY ends later than the data
        row = pick(
            measure_monitor(rows, stays=[stay], as_of="2023-04-28"), GAINED, kind="monitors", label=None
        )
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
    measures = [m for m in measure_monitor([monitor("1", day) for day in days]) if m.kind == "monitors"]
    assert {(m.measure, m.value, m.declined, m.notes) for m in measures} == {
        (GAINED, None, reason, (reason,)),
        (MADE, None, reason, (reason,)),
    }


def test_a_list_without_a_day_is_no_part_of_a_dated_one() -> None:
    rows = [monitor("1", BEFORE), monitor("1", AFTER), monitor("9", None)]
    assert gains(measure_monitor(rows))[None] == (0, 1)


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
    row = pick(measure_monitor(rows, people=people), MADE, kind="monitors")
    assert (row.value, row.n, row.missing, row.unit) == (1, 4, 2, "monitors")
    assert row.notes == (f"LISTS:{BEFORE}:{AFTER}", "CREATOR_WEAK")


def test_a_participant_of_another_cohort_is_none_of_this_one_s() -> None:
    other = make_rotation("p02", "kaede", "2023-10-02", "2024-03-28", cohort="2")
    rows = [monitor("1", BEFORE), monitor("1", AFTER), monitor("2", AFTER, creator="見本 p02")]
    row = pick(measure_monitor(rows, stays=[STAY, other]), MADE, kind="monitors", cohort="1")
    assert (row.value, row.n, row.missing) == (0, 1, 0)


def test_widgets_carry_the_name_of_their_dashboard_s_maker() -> None:
    rows = [widget("a/1", BEFORE, creator="見本 p01"), widget("a/1", AFTER, creator="見本 p01"),
            widget("b/1", AFTER, creator="見本 p01")]  # fmt: skip
    row = pick(measure_monitor(dashboards=rows), MADE, kind="widgets")
    assert (row.value, row.n, row.unit) == (1, 1, "widgets")
