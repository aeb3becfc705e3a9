"""Waiting for the host team on literal frames: hours counted by hand, 10:00 to 19:00 on working days."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from rotation_analysis.cohorts.cohort import Cohorts
from rotation_analysis.measure_row import Measure
from rotation_analysis.measures.workload.waiting import list_waits, measure_waiting
from rotation_analysis.programme.model import Calendar, Header, Label, Requests, Rotation
from tests.builders import make_cohorts, make_programme, make_rotation, pick
from tests.small_programme import (
    BACKLOG,
    BACKLOG_HEADER,
    JIRA,
    JIRA_HEADER,
    TOML,
    backlog_row,
    lines,
    replace_once,
)
from tests.small_programme import lay_out as read_and_lay_out

Row = dict[str, Any]
STAY = make_rotation("p01", "aoi", "2024-04-01", "2024-09-30")
DONE, ANSWER = "waiting.done", "waiting.first_answer"
FRIDAY, MONDAY = "2024-05-10T18:00", "2024-05-13T11:00"


def asked(
    created: str,
    done: str | None = None,
    *,
    answered: str | None = None,
    zone: str = "Asia/Tokyo",
    **other: Any,
) -> Row:
    """A request by local times."""
    times = {"created": created, "resolved": done, "answered": answered}
    moments = {
        name: None if at is None else pd.Timestamp(at).tz_localize(zone).tz_convert("UTC")
        for name, at in times.items()
    }
    row = {"day": created[:10], "team": "aoi", "kind": "work", "status": "done" if done else "open"}
    return {**row, **moments, **other}


def lay_out(
    *requests: Row,
    stays: Sequence[Rotation] = (STAY,),
    teams: Sequence[str] = (),
    timezone: str = "Asia/Tokyo",
    country: str = "JP",
    as_of: str = "2025-03-31",
    **declared: Any,
) -> Cohorts:
    header = Header(
        name=Label(ja="留学", en="Rotation"),
        company=Label(ja="見本", en="Sample"),
        as_of=date.fromisoformat(as_of),
        host_team="sre",
        timezone=timezone,
    )
    calendar = Calendar(country=country)
    programme = make_programme(*stays, teams=teams, programme=header, calendar=calendar, **declared)
    return make_cohorts(programme, requests=requests)


def measure(*requests: Row, **other: Any) -> list[Measure]:
    return list(measure_waiting(lay_out(*requests, **other)))


def hours(*requests: Row, name: str = DONE, **other: Any) -> list[float]:
    """The business hours of each request."""
    found: list[float] = list_waits(lay_out(*requests, **other))[f"{name}.hours"].tolist()
    return found


# --- one wait -------------------------------------------------------------------------------------------


def test_from_friday_evening_to_monday_morning_are_the_hours_of_both_days() -> None:
    assert hours(asked(FRIDAY, MONDAY)) == [2.0]


def test_public_holidays_and_company_days_off_are_no_waiting() -> None:
    # Thursday 18:00, then Constitution Day, a weekend with two holidays, a substitute holiday, Tuesday 11:00
    assert hours(asked("2024-05-02T18:00", "2024-05-07T11:00")) == [2.0]


def test_a_change_of_the_clocks_over_the_weekend_changes_no_wait() -> None:
    new_york = {"timezone": "America/New_York", "country": ""}
    spring = asked("2024-03-08T18:00", "2024-03-11T11:00", zone="America/New_York")  # −5 h, then −4 h
    autumn = asked("2024-11-01T18:00", "2024-11-04T11:00", zone="America/New_York")
    assert hours(spring, autumn, **new_york) == [2.0, 2.0]


def test_who_asks_from_another_zone_waits_for_the_programme_s_hours() -> None:
    # Friday 05:00 in New York is 18:00 in Tokyo; Sunday 22:00 there is Monday 11:00 here
    assert hours(asked("2024-05-10T05:00", "2024-05-12T22:00", zone="America/New_York")) == [2.0]


def test_what_is_open_has_waited_until_the_end_of_the_last_day() -> None:
    waits = list_waits(lay_out(asked(FRIDAY), as_of="2024-05-13"))
    assert waits[f"{DONE}.hours"].tolist() == [1 + 9]
    assert waits[f"{DONE}.closed"].tolist() == [False]


def test_what_is_open_in_an_export_that_ended_earlier_was_not_watched_until_the_day_of_the_data() -> None:
    old = asked(FRIDAY, file="january.csv"), asked(MONDAY, "2024-05-13T18:00", file="january.csv")
    new = asked(MONDAY, "2024-06-12T18:00", file="june.csv"), asked("2024-06-28T18:00", file="june.csv")
    assert hours(*old, *new, as_of="2024-06-30")[:2] == [1 + 8, 7]  # until Monday 18:00, the last it tells of
    assert hours(*old, *new, as_of="2024-06-30")[3] == 1


def test_what_ends_before_it_begins_is_left_out_and_counted() -> None:
    measures = measure(asked(MONDAY, FRIDAY), asked(FRIDAY, MONDAY))
    row = pick(measures, DONE, kind="all")
    assert (row.n, row.missing, row.value) == (1, 1, 2.0)


def test_a_first_answer_that_nothing_tells_is_missing_never_the_end() -> None:
    told = asked(FRIDAY, MONDAY, answered="2024-05-10T18:30")
    measures = measure(told, asked(FRIDAY, MONDAY))
    row = pick(measures, ANSWER, kind="all")
    assert (row.n, row.missing, row.value) == (1, 1, 0.5)
    assert pick(measures, DONE, kind="all").n == 2


def test_what_is_open_in_a_tool_that_tells_no_answers_may_have_been_answered() -> None:
    told = asked(FRIDAY, MONDAY, answered="2024-05-10T18:30", file="jira.csv")
    measures = measure(told, asked(FRIDAY, file="jira.csv"), *[asked(FRIDAY, file="backlog.csv")] * 3)
    row = pick(measures, ANSWER, kind="all")
    assert (row.n, row.missing, row.notes[0]) == (2, 3, "STILL_OPEN:1")
    assert pick(measures, DONE, kind="all").n == 5


def test_without_any_answer_time_the_first_answer_is_not_measurable() -> None:
    row = pick(measure(asked(FRIDAY, MONDAY), asked(FRIDAY)), ANSWER, kind="all")
    assert (row.value, row.declined) == (None, "NO_ANSWER_TIMES")


def test_a_migrated_request_has_waited_since_it_was_first_asked(tmp_path: Path) -> None:
    old = backlog_row("A-1", created="2024/02/02 18:00:00", resolved="")  # a Friday
    copy = "J-1,t,05/Feb/24 10:00 AM,05/Feb/24 11:00 AM,x,葵,A-1"
    files: dict[str, str | bytes] = {
        "backlog.csv": lines(BACKLOG_HEADER, old),
        "jira.csv": lines(JIRA_HEADER, copy),
    }
    waits = list_waits(read_and_lay_out(tmp_path, TOML + BACKLOG + JIRA, files))
    assert waits[f"{DONE}.hours"].tolist() == [2.0]
    assert waits[f"{DONE}.closed"].tolist() == [True]


def test_a_team_renamed_between_two_requests_is_one_team(tmp_path: Path) -> None:
    alias = """
[[aliases]]
text = "旧葵"
kind = "team"
id = "aoi"
valid_until = 2024-03-31
"""
    log = lines(
        BACKLOG_HEADER,
        backlog_row("A-1", team="旧葵"),
        backlog_row("A-2", created="2024/04/01 10:00:00", resolved="2024/04/01 12:00:00"),
    )
    toml = replace_once(TOML, ("[plan]", alias + "[plan]")) + BACKLOG
    waits = list_waits(read_and_lay_out(tmp_path, toml, {"backlog.csv": log}))
    assert waits["team"].tolist() == ["aoi", "aoi"]
    assert waits[f"{DONE}.hours"].tolist() == [9.0, 2.0]


# --- what was given up ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ("resolution", "Won't Do"),
        ("resolution", "Ｄｕｐｌｉｃａｔｅ"),
        ("resolution", "対応しない"),
        ("status", "取り下げ"),
        ("status", "CANCELED"),
    ],
)
def test_what_was_given_up_is_counted_apart_and_no_wait(column: str, text: str) -> None:
    given_up = asked("2024-05-10T10:00", "2024-05-10T10:30", answered="2024-05-10T10:06", **{column: text})
    measures = measure(given_up, asked(FRIDAY, MONDAY, answered=MONDAY))
    for name in (DONE, ANSWER):
        row = pick(measures, name, kind="all")
        assert (row.n, row.value) == (1, 2.0)
        assert "GIVEN_UP:1" in row.notes


def test_words_of_the_programme_say_given_up_too() -> None:
    own = asked(FRIDAY, MONDAY, resolution="お蔵入り")
    assert pick(measure(own), DONE, kind="all").n == 1
    measures = measure(own, requests=Requests(cancelled=("お蔵入り",)))
    row = pick(measures, DONE, kind="all")
    assert (row.n, row.declined) == (0, "NO_REQUESTS")


# --- a stay ---------------------------------------------------------------------------------------------


def within_a_day(waited: float, on: str = "2024-05-13", **other: Any) -> Row:
    """Asked at 10:00 and done after that many hours of the same day."""
    done = pd.Timestamp(f"{on}T10:00") + pd.Timedelta(hours=waited)
    return asked(f"{on}T10:00", done.isoformat(), **other)


def test_a_stay_has_median_and_ninetieth_percentile_by_kind() -> None:
    log = [within_a_day(hours) for hours in range(1, 10)] + [within_a_day(3, "2024-09-30")]  # its last day
    outside = [within_a_day(5, "2024-03-29"), within_a_day(5, "2024-10-01")]
    measures = measure(*log, within_a_day(9, kind="review"), *outside)
    assert pick(measures, DONE, kind="work").value == 4.5  # 1 2 3 3 4 5 6 7 8 9
    assert pick(measures, f"{DONE}.p90", kind="work").value == 8.5
    everything = pick(measures, DONE, kind="all")
    assert (everything.value, everything.n, everything.counts, everything.people) == (5.0, 11, "records", ())


def test_open_requests_lengthen_the_median_and_are_told() -> None:
    log = [within_a_day(hours) for hours in (1, 2, 3)]
    before = pick(measure(*log), DONE, kind="all")
    after = pick(measure(*log, asked("2024-05-13T10:00"), asked("2024-05-13T10:00")), DONE, kind="all")
    assert (before.value, before.notes) == (2.0, ("N_FEW_DONE:3",))
    assert (after.value, after.n, after.notes) == (3.0, 5, ("STILL_OPEN:2", "N_FEW_DONE:3"))


def test_a_median_that_was_not_reached_is_no_number() -> None:
    row = pick(measure(within_a_day(1), *[asked("2024-05-13T10:00")] * 3), DONE, kind="all")
    assert (row.value, row.declined) == (None, "MEDIAN_NOT_REACHED")


def test_requests_of_the_host_team_are_no_waiting_of_others() -> None:
    measures = measure(within_a_day(1), within_a_day(9, team="sre"), within_a_day(9, team=None))
    assert (pick(measures, DONE, kind="all").n, pick(measures, DONE, kind="all").value) == (1, 1.0)


# --- beside the number present --------------------------------------------------------------------------

TEAMS = ("aoi", "kiri", "sugi", "kaede")
WITHOUT, WITH_ONE = "2024-03-11", "2024-05-13"


def log_of(team: str, *, factor: float, work: int = 20, review: int = 20) -> list[Row]:
    """Work takes 4 hours and a review 1 on days without participants, `factor` times that with one."""
    usual = {"work": 4.0, "review": 1.0}
    before = [within_a_day(usual[kind], WITHOUT, team=team, kind=kind) for kind in usual for _ in range(20)]
    counts = {"work": work, "review": review}
    return before + [
        within_a_day(factor * usual[kind], WITH_ONE, team=team, kind=kind)
        for kind in usual
        for _ in range(counts[kind])
    ]


def test_the_change_with_participants_is_that_of_the_same_kinds() -> None:
    log = log_of("aoi", factor=1.5, work=40, review=1)  # the plain median would go from 2.5 to 6
    row = pick(measure(*log), "waiting.change_by_rotators", kind="rotators_1")
    assert (row.value, row.n, row.missing) == (pytest.approx(0.5), 1, 0)
    assert row.notes == ("OBSERVED", "FEW_TEAMS")
    assert (row.low, row.high, row.unit, row.claims) == (None, None, "waiting_ratio", True)
    assert row.first_outcome == date.fromisoformat(WITH_ONE)


def test_hours_by_number_present_keep_the_mix_of_days_without() -> None:
    measures = measure(*log_of("aoi", factor=1.5, work=40, review=1))
    without, one = (pick(measures, "waiting.by_rotators", kind=f"rotators_{n}") for n in (0, 1))
    assert (without.value, without.n) == (pytest.approx(2.5), 40)
    assert (one.value, one.n) == (pytest.approx(1.5 * 2.5), 41)


def test_teams_are_compared_with_themselves_and_weigh_alike() -> None:
    factors = dict(zip(TEAMS, (1.0, 1.25, 1.25, 1.5), strict=True))
    log = [row for team, factor in factors.items() for row in log_of(team, factor=factor)]
    log += log_of("aoi", factor=1.0) * 5  # the busiest team counts once
    row = pick(measure(*log, teams=TEAMS), "waiting.change_by_rotators", kind="rotators_1")
    expected = (1.0 * 1.25 * 1.25 * 1.5) ** 0.25 - 1  # geometric mean
    assert (row.n, row.value) == (4, pytest.approx(expected, abs=1e-6))
    # logarithms 0, 0.2231, 0.2231, 0.4055: mean 0.2129, standard deviation 0.1657, t(3) = 3.182
    assert [row.low, row.high] == pytest.approx(
        [math.expm1(0.2129 - 0.2636), math.expm1(0.2129 + 0.2636)], abs=1e-3
    )


def test_a_team_with_too_few_waits_is_missing_in_the_change() -> None:
    log = log_of("aoi", factor=1.5) + log_of("kiri", factor=2.0, work=10, review=9)
    row = pick(measure(*log, teams=TEAMS), "waiting.change_by_rotators", kind="rotators_1")
    assert (row.n, row.missing, row.value) == (1, 3, pytest.approx(0.5))


def test_what_was_given_up_is_in_no_comparison_by_presence() -> None:
    log = log_of("aoi", factor=1.5)
    given_up = [within_a_day(0.1, WITH_ONE, resolution="Won't Do") for _ in range(50)]
    rows = [m for m in measure(*log, *given_up) if "by_rotators" in m.measure]
    assert rows == [m for m in measure(*log) if "by_rotators" in m.measure]


def test_without_days_without_participants_there_is_nothing_to_compare_with() -> None:
    log = [row for row in log_of("aoi", factor=1.5) if row["day"] == WITH_ONE]
    rows = [m for m in measure(*log) if "by_rotators" in m.measure]
    assert {m.declined for m in rows} == {"NO_DAYS_WITHOUT"}


def test_the_order_of_requests_changes_no_wait() -> None:
    log = log_of("aoi", factor=1.5) + log_of("kiri", factor=1.2)
    assert measure(*log[::-1], teams=TEAMS) == measure(*log, teams=TEAMS)


def test_without_any_request_nothing_is_said_and_why() -> None:
    measures = [m for m in measure() if m.measure != "waiting.rotators_present"]
    assert {m.declined for m in measures} == {"NO_REQUESTS", "NO_DAYS_WITHOUT"}
    assert {m.value for m in measures} == {None}


def test_a_request_without_a_day_belongs_to_no_stay() -> None:
    measures = measure(asked(FRIDAY, MONDAY), asked(FRIDAY, MONDAY, day=None))
    assert pick(measures, DONE, kind="all").n == 1
