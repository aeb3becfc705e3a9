"""Requests per working team-week, the do-it-for-me share, who handled what, topics: literal frames, counted
by hand.

Without holidays the stay of p01 (2023-01-02, a Monday, to 2023-06-30, a Friday) and the baseline of team aoi
(2022-04-04 to 2022-10-02) have 26 working weeks each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rotation_analysis.cohorts.cohort import Cohorts
from rotation_analysis.measure_row import Measure
from rotation_analysis.measures.workload.requests import (
    RequestLog,
    find_mislabelled,
    list_reviewed_changes,
    measure_request_mix,
    measure_review_quality,
    measure_team_dependence,
)
from rotation_analysis.programme.model import Alias, Calendar, DaysOff, Leave, Person, Rotation, Source, Team
from rotation_analysis.programme.plan import Triggers
from rotation_analysis.programme.tables import KINDS
from tests.builders import day, make_cohorts, make_programme, make_rotation, pick
from tests.small_programme import BACKLOG, BACKLOG_HEADER, TOML, backlog_row, lines
from tests.small_programme import lay_out as read_and_lay_out

Row = dict[str, Any]
START, END = "2023-01-02", "2023-06-30"
STAY = make_rotation("p01", "aoi", START, END)
RATE, SHARE = "requests.per_team_week", "requests.do_it_for_me_share"
BASELINE, AWAY, AFTER = "2022-06-01", "2023-02-01", "2023-10-02"  # a day in each phase of team aoi


def request(
    kind: str | None, on: str = AWAY, team: str | None = "aoi", *, bound: bool | None = None, **other: Any
) -> Row:
    return {"kind": kind, "day": on, "team": team, "permission_bound": bound, **other}


def lay_out(
    *stays: Rotation,
    teams: Sequence[str] = (),
    calendar: Calendar = Calendar(country=""),  # noqa: B008
    as_of: str = "2025-03-31",
    requests: Sequence[Row] = (),
    **declared: Any,
) -> Cohorts:
    programme = make_programme(*(stays or (STAY,)), teams=teams, calendar=calendar, as_of=as_of, **declared)
    return make_cohorts(programme, requests=requests)


def measure(*stays: Rotation, **other: Any) -> list[Measure]:
    return measure_mix_of(lay_out(*stays, **other))


def measure_mix_of(cohorts: Cohorts) -> list[Measure]:
    return list(measure_request_mix(cohorts, RequestLog(cohorts)))


def counts(measures: Sequence[Measure], measure: str = RATE, **where: object) -> dict[str | None, int | None]:
    """Kind → n, of the kinds that occur."""
    rows = [m for m in measures if m.measure == measure and all(getattr(m, k) == v for k, v in where.items())]
    assert len({m.kind for m in rows}) == len(rows)
    return {m.kind: m.n for m in rows if m.n}


# The first and the last record of a log that is about every phase; of no home team.
ENDS = [request(None, "2022-01-03", team=None), request(None, "2024-12-30", team=None)]
# The table of DOMAIN.md 4.2 as SRE's log shows it: 1 and 2 never reached SRE, 7 is permission-bound.
EIGHT_PROBLEMS = [
    request("review"),
    request("review"),
    request("consult"),
    request("work"),
    request("work", bound=True),
    request("work", bound=False),
]


# --- requests per team-week -----------------------------------------------------------------------------


def test_requests_are_counted_by_kind_with_permission_bound_apart() -> None:
    measures = measure(requests=[*EIGHT_PROBLEMS, *ENDS])
    found = {"all": 6, "consult": 1, "work": 2, "review": 2, "permission_bound": 1}
    assert counts(measures, team="aoi", phase="away") == found
    assert pick(measures, RATE, team="aoi", phase="away", kind="work").value == pytest.approx(2 / 26)


def test_every_kind_has_a_row_and_a_team_week_without_requests_counts_as_zero() -> None:
    measures = measure(requests=[request("work"), request("work", AFTER)])
    rows = [m for m in measures if m.measure == RATE and m.phase == "ramp"]
    assert [m.kind for m in rows] == ["all", *KINDS, "unknown", "permission_bound"]
    assert {(m.n, m.missing, m.value, m.declined) for m in rows} == {(0, 0, 0.0, None)}


def test_rows_of_requests_are_records_of_teams_and_of_nobody() -> None:
    found = measure(requests=EIGHT_PROBLEMS, teams=["kiri"])
    rows = [m for m in found if m.measure.startswith((RATE, SHARE))]
    assert {(m.counts, m.people, m.consent, m.person, m.claims) for m in rows} == {
        ("records", (), None, None, False)
    }
    assert {m.measure: (m.unit, m.method) for m in rows} == {
        RATE: ("per_team_week", "count_per_working_week"),
        f"{RATE}.never_senders": ("per_team_week", "count_per_working_week"),
        SHARE: ("share", "share_wilson"),
        f"{SHARE}.never_senders": ("share", "share_wilson"),
    }


def test_the_stay_is_about_all_teams_but_the_host() -> None:
    asked = [request("work", team=team) for team in ("aoi", "kiri", "kiri", "sre", None)]
    row = pick(measure(requests=[*asked, *ENDS], teams=["kiri"]), RATE, phase="stay", kind="all")
    assert (row.team, row.n, row.value) == (None, 3, pytest.approx(3 / 52))


@pytest.mark.parametrize(
    ("on", "phase"),
    [
        ("2022-04-03", None),
        ("2022-04-04", "baseline"),
        ("2022-10-02", "baseline"),
        ("2022-10-03", "dip"),
        ("2023-01-01", "dip"),
        (START, "away"),
        (END, "away"),
        ("2023-07-01", "ramp"),
        ("2023-08-26", "after_first"),
        ("2023-12-29", "after_first"),
        ("2023-12-30", None),
    ],
)
def test_a_request_counts_in_the_phase_of_its_day_both_ends_included(on: str, phase: str | None) -> None:
    rows = [m for m in measure(requests=[request("work", on)]) if m.measure == RATE and m.kind == "work"]
    assert [m.phase for m in rows if m.n and m.team] == ([phase] if phase else [])


GOLDEN_WEEK = make_rotation("p01", "aoi", "2024-04-24", "2024-05-07")  # from a Wednesday to a Tuesday
DAY_OFF = (DaysOff(first=day("2024-04-30"), last=day("2024-05-01"), name="創立記念日"),)


@pytest.mark.parametrize(
    ("calendar", "days"),
    [
        (Calendar(country=""), 10),  # 3 + 5 + 2
        (Calendar(country="JP"), 7),  # 3 + 3 + 1: 29 April, 3 and 6 May are free
        (Calendar(country="JP", days_off=DAY_OFF), 5),
    ],
)
def test_partial_weeks_and_holidays_weigh_by_their_working_days(calendar: Calendar, days: int) -> None:
    asked = [request("work", "2024-04-25"), request("consult", "2024-05-04"), request("work", "2024-05-07")]
    measures = measure(GOLDEN_WEEK, calendar=calendar, requests=asked)
    row = pick(measures, RATE, team="aoi", phase="away", kind="all")
    assert (row.n, row.value) == (3, pytest.approx(3 / (days / 5)))


def test_a_period_without_working_days_has_no_rate_and_says_so() -> None:
    weekend = make_rotation("p01", "aoi", "2024-05-04", "2024-05-05")
    measures = measure(weekend, requests=[request("work", "2024-05-04")])
    row = pick(measures, RATE, team="aoi", phase="away", kind="work")
    assert (row.n, row.value, row.declined, row.notes) == (1, None, "NO_WORKING_DAYS", ("NO_WORKING_DAYS",))


@pytest.mark.parametrize("requests", [(), (request("work", "2021-01-04"),)])
def test_without_request_records_of_the_period_no_rate_is_zero(requests: Sequence[Row]) -> None:
    found = measure(requests=requests, teams=["kiri"])
    measures = [m for m in found if m.phase and not m.measure.endswith("repeat_topic")]
    assert {m.phase for m in measures} == {"stay", "baseline", "dip", "away", "ramp", "after_first"}
    assert {(m.value, m.low, m.high) for m in measures} == {(None, None, None)}
    assert {(m.declined, m.notes) for m in measures} == {("NO_REQUESTS", ("NO_REQUESTS",))}


def test_weeks_before_and_after_the_log_are_no_weeks_without_requests() -> None:
    host = [request(None, "2023-02-27", team="sre"), request(None, "2023-03-31", team="sre")]  # five weeks
    measures = measure(requests=[*[request("work", "2023-03-15", person="p01")] * 10, *host])
    assert pick(measures, RATE, phase="stay", kind="all").value == pytest.approx(10 / 5)
    near = [request(None, "2023-01-30", team="sre"), request(None, "2023-06-02", team="sre")]  # a quiet month
    measures = measure(requests=[*[request("work", "2023-03-15")] * 10, *near])
    assert pick(measures, RATE, phase="stay", kind="all").value == pytest.approx(10 / 26)


def test_a_person_s_weeks_are_those_of_the_log() -> None:
    log = [answered("work", "2023-01-02T10:00"), answered("work", "2023-02-10T10:00")]  # six weeks
    assert pick(measure(requests=log), PERSON, kind="all").value == pytest.approx(2 / 6)


def test_a_team_has_weeks_only_while_it_exists() -> None:
    cohorts = lay_out(requests=[request("work", team="kiri"), request("work"), *ENDS], teams=["kiri"])
    kiri = Team(id="kiri", ja="桐", en="Kiri", valid_until=day("2023-03-31"))  # 13 of 26 weeks
    sugi = Team(id="sugi", ja="杉", en="Sugi", valid_from=day("2023-07-01"))  # none
    teams = (*(team for team in cohorts.programme.teams if team.id != "kiri"), kiri, sugi)
    programme = cohorts.programme.model_copy(update={"teams": teams})
    measures = measure_mix_of(replace(cohorts, programme=programme))
    row = pick(measures, RATE, phase="stay", kind="all", team=None)
    assert (row.n, row.value) == (2, pytest.approx(2 / (26 + 13)))


# --- never-senders --------------------------------------------------------------------------------------


def test_never_senders_stand_beside_over_the_same_days_per_team_of_theirs() -> None:
    asked = [request("review", BASELINE, team="kiri")] * 13 + [request("work", AFTER, team="sugi")]
    asked += [request("work", BASELINE), request("review", "2022-10-03", team="kiri")]
    measures = measure(requests=[*asked, *ENDS], teams=["kiri", "sugi"])
    beside = {"measure": f"{RATE}.never_senders", "team": "aoi"}
    assert {m.phase for m in measures if m.measure == f"{RATE}.never_senders"} == {"baseline", "after_first"}
    assert counts(measures, **beside, phase="baseline") == {"all": 13, "review": 13}
    assert counts(measures, **beside, phase="after_first") == {"all": 1, "work": 1}
    assert pick(measures, **beside, phase="baseline", kind="review").value == pytest.approx(13 / (26 * 2))
    assert counts(measures, team="aoi", phase="baseline") == {"all": 1, "work": 1}


def test_a_rule_for_everybody_raises_reviews_of_never_senders_too() -> None:
    asked = [request("review", AFTER, team=team) for team in ("aoi", "kiri")]
    measures = measure(requests=[request("consult", BASELINE), *asked, *ENDS], teams=["kiri"])
    for name in (RATE, f"{RATE}.never_senders"):
        before = pick(measures, name, team="aoi", phase="baseline", kind="review")
        after = pick(measures, name, team="aoi", phase="after_first", kind="review")
        assert (before.value, after.value) == (0.0, pytest.approx(1 / 18))  # 26 August to 29 December


def test_without_a_never_sender_nothing_stands_beside() -> None:
    assert not [m for m in measure(requests=EIGHT_PROBLEMS) if m.measure.endswith("never_senders")]


def test_two_overlapping_stays_have_phases_of_their_own_and_count_a_request_once_in_the_stay() -> None:
    other = make_rotation("p02", "kaede", "2023-04-03", "2023-09-29")
    asked = [request("work", "2023-05-01"), request("work", "2023-05-01", team="kaede"), request("work", END)]
    measures = measure(STAY, other, requests=[*asked, *ENDS])
    assert counts(measures, phase="stay") == {"all": 3, "work": 3}
    stay = pick(measures, RATE, phase="stay", kind="work")
    assert stay.value == pytest.approx(3 / (39 * 2))  # 2 January to 29 September: 39 weeks of two teams
    assert counts(measures, team="aoi", phase="away") == {"all": 2, "work": 2}
    assert counts(measures, team="kaede", phase="away") == {"all": 1, "work": 1}


# --- do-it-for-me share ---------------------------------------------------------------------------------


def test_do_it_for_me_share_is_work_of_work_and_review_without_permission_bound() -> None:
    row = pick(measure(requests=EIGHT_PROBLEMS), SHARE, team="aoi", phase="away")
    assert (row.value, row.n, row.missing, row.declined) == (0.5, 4, 0, None)
    assert [row.low, row.high] == pytest.approx([0.1500, 0.8500], abs=5e-5)  # Wilson, 2 of 4


@pytest.mark.parametrize(
    ("asked", "n", "missing", "reason"),
    [
        ([], 0, 0, "NO_REQUESTS"),
        ([request("consult"), request("access")], 0, 0, "NO_WORK_OR_REVIEW"),
        ([request("work"), request(None), request(None)], 1, 2, "KIND_NOT_LABELLED"),
        ([request(None)], 0, 1, "KIND_NOT_LABELLED"),
    ],
)
def test_a_share_that_cannot_be_had_says_why(asked: Sequence[Row], n: int, missing: int, reason: str) -> None:
    row = pick(measure(requests=[*asked, request("work", AFTER)]), SHARE, team="aoi", phase="away")
    assert (row.value, row.low, row.high) == (None, None, None)
    assert (row.n, row.missing, row.declined, row.notes) == (n, missing, reason, (reason,))


@pytest.mark.parametrize(("as_of", "reason"), [("2023-10-20", None), ("2023-10-19", "WINDOW_TOO_SHORT")])
def test_a_share_over_less_than_eight_weeks_after_return_is_declined(as_of: str, reason: str | None) -> None:
    measures = measure(requests=[request("work", AFTER), request("review", AFTER)], as_of=as_of)
    row = pick(measures, SHARE, team="aoi", phase="after_first")
    assert (row.declined, row.value) == (reason, None if reason else 0.5)
    assert pick(measures, RATE, team="aoi", phase="after_first", kind="all").n == 2


def test_requests_without_a_kind_are_told_as_missing_and_are_no_kind() -> None:
    measures = measure(requests=[request("work"), request(None), request(None, bound=True)])
    assert counts(measures, team="aoi", phase="away") == {
        "all": 3,
        "work": 1,
        "unknown": 1,
        "permission_bound": 1,
    }
    known = {kind: pick(measures, RATE, team="aoi", phase="away", kind=kind).missing for kind in KINDS}
    assert set(known.values()) == {1}  # a request without a kind may be of any
    for kind, missing in (("all", 1), ("unknown", 0), ("permission_bound", 0)):
        assert pick(measures, RATE, team="aoi", phase="away", kind=kind).missing == missing
    share = pick(measures, SHARE, team="aoi", phase="away")
    assert (share.value, share.n, share.missing) == (1.0, 1, 1)  # half of them: still labelled


# --- the same with kinds that titles speak against ------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "title", "moved"),
    [
        ("consult", "証明書の更新", "work"),
        ("consult", "DBの増強について", None),  # speaks of its own kind, too
        ("work", "設定の差分を見てください", None),
        ("work", "構成の相談", "consult"),
        ("review", "Please add a queue", "work"),
        ("consult", "Ｒｅｖｉｅｗ: rollback", "review"),
        ("review", "ＲＥＶＩＥＷ: please add a queue", None),
        ("work", "レビューの相談", "review"),
        ("consult", "preview of an address", None),  # neither "review" nor "add"
        ("access", "証明書の更新", None),
        (None, "証明書の更新", None),
        ("work", None, None),
    ],
)
def test_a_title_moves_a_request_only_where_it_speaks_of_another_kind_alone(
    kind: str | None, title: str | None, moved: str | None
) -> None:
    asked = pd.DataFrame({"kind": [kind], "title": [title]}, index=[7], dtype=object)
    assert find_mislabelled(asked).to_dict() == ({7: moved} if moved else {})


def test_a_note_says_what_the_share_were_with_moved_requests_and_how_many() -> None:
    asked = [
        request("review", title="差分のレビュー"),
        request("work", title="索引の追加"),
        request("consult", title="証明書の更新"),
        request("consult", title="権限の登録", bound=True),  # left out of the share, wherever it belongs
    ]
    measures = measure(requests=asked)
    row = pick(measures, SHARE, team="aoi", phase="away")
    assert (row.value, row.n, row.notes) == (0.5, 2, ("MOVED:1:67",))
    asked[1] = request("review", title="索引の追加")
    row = pick(measure(requests=asked), SHARE, team="aoi", phase="away")
    assert (row.value, row.notes) == (0.0, ("MOVED:2:67",))  # one review, two of work
    later = pick(measures, SHARE, team="aoi", phase="ramp")
    assert (later.value, later.declined) == (None, "NO_REQUESTS")


def test_where_titles_leave_no_work_and_no_review_no_share_of_theirs_is_told() -> None:
    asked = [request("work", title="しきい値の相談"), request("consult", title="構成の相談")]
    row = pick(measure(requests=asked), SHARE, team="aoi", phase="away")
    assert (row.value, row.n) == (1.0, 1)
    assert row.notes == ()


# --- what only the host team may do ---------------------------------------------------------------------


def test_the_permission_bound_share_is_of_all_requests_by_stay_and_over_the_programme() -> None:
    asked = [
        request("work", bound=True),
        request("work"),
        request(None),
        request("access", AFTER, bound=True),
    ]
    measures = measure(requests=asked, teams=["kiri"])
    stay = pick(measures, "requests.permission_bound_share", cohort="1")
    assert (stay.value, stay.n, stay.missing, stay.phase) == (pytest.approx(1 / 3), 3, 0, "stay")
    whole = pick(measures, "requests.permission_bound_share", cohort=None)
    assert (whole.value, whole.n, whole.phase) == (0.5, 4, None)


def test_without_a_mark_is_not_bound_and_told_as_missing_where_others_say_no() -> None:
    asked = [request("work", bound=True), request("work", bound=False), request("work"), request("work")]
    row = pick(measure(requests=asked), "requests.permission_bound_share", cohort="1")
    assert (row.value, row.n, row.missing) == (0.25, 4, 2)


def test_a_log_without_any_mark_tells_nothing_of_permissions() -> None:
    row = pick(measure(requests=[request("work")]), "requests.permission_bound_share", cohort="1")
    assert (row.value, row.declined) == (None, "PERMISSION_NOT_TOLD")


# --- who handled them -----------------------------------------------------------------------------------

PERSON = "requests.per_person_week"


def answered(kind: str | None, at: str, person: str | None = "p01", **other: Any) -> Row:
    """A request first answered at a time in Tokyo."""
    moment = pd.Timestamp(at).tz_localize("Asia/Tokyo").tz_convert("UTC")
    return request(kind, at[:10], answered=moment, person=person, **other)


def test_a_person_s_requests_count_by_kind_in_a_working_week_of_the_stay() -> None:
    log = [
        answered("work", "2023-01-02T09:00"),
        answered("work", "2023-06-30T23:30"),  # the last day, whatever day it is in Greenwich
        answered("consult", "2023-03-01T10:00"),
        answered("access", "2023-03-01T10:00", bound=True),
        answered(None, "2023-03-01T10:00"),
        answered("work", "2023-07-01T00:00"),  # after the stay
        answered("work", "2023-03-01T10:00", person="sre1"),
        request("work", "2023-03-01", person="p01"),  # neither answered nor done
    ]
    measures = measure(requests=log)
    assert counts(measures, PERSON) == {
        "all": 5,
        "work": 2,
        "consult": 1,
        "permission_bound": 1,
        "unknown": 1,
    }
    row = pick(measures, PERSON, kind="work")
    assert (row.value, row.missing) == (pytest.approx(2 / 26), 1)
    assert (row.person, row.people, row.consent, row.unit) == ("p01", ("p01",), "time", "per_week")


def test_leave_and_part_time_weigh_the_weeks_of_a_person() -> None:
    half = make_rotation("p01", "aoi", START, END, share=0.5)
    away = Leave(person="p01", first=day("2023-02-06"), last=day("2023-02-17"))  # two weeks
    log = [answered("work", "2023-03-01T10:00"), *ENDS]
    row = pick(measure(half, requests=log, leave=(away,)), PERSON, kind="all")
    assert row.value == pytest.approx(1 / (0.5 * 24))


def test_over_the_programme_the_requests_that_participants_answered_are_counted_once() -> None:
    other = make_rotation("p02", "kaede", "2023-04-03", "2023-09-29", cohort="2")
    log = [
        answered("work", "2023-05-01T10:00"),
        answered("work", "2023-05-01T10:00", person="p02"),
        answered("work", "2023-05-01T10:00", person="sre1"),
        answered("work", "2023-05-01T10:00", person=None),
        answered("work", "2023-12-01T10:00", person="sre1"),  # nobody stays
    ]
    row = pick(measure(STAY, other, requests=log), "requests.handled")
    assert (row.value, row.n, row.missing) == (2.0, 3, 1)
    assert (row.counts, row.people) == ("persons", ("p01", "p02"))  # shown from k participants on


def test_what_participants_answered_is_about_those_whose_stays_the_log_covers() -> None:
    later = make_rotation("p02", "kaede", "2023-10-02", "2024-03-29", cohort="2")  # the log ends before
    row = pick(measure(STAY, later, requests=[answered("work", "2023-05-01T10:00")]), "requests.handled")
    assert (row.value, row.people) == (1.0, ("p01",))


@pytest.mark.parametrize(
    ("log", "reason"), [([], "NO_REQUESTS"), ([answered("work", "2023-05-01T10:00", None)], "DOER_NOT_TOLD")]
)
def test_without_records_of_who_answered_nobody_is_said_to_have_answered_none(
    log: list[Row], reason: str
) -> None:
    measures = measure(requests=log)
    assert {m.declined for m in measures if m.measure in (PERSON, "requests.handled")} == {reason}


def test_names_told_at_another_time_do_not_make_a_stay_without_them_one_without_requests() -> None:
    log = [answered("work", "2023-05-01T10:00", None), answered("work", "2022-05-01T10:00", "sre1")]
    assert {m.declined for m in measure(requests=log) if m.measure == PERSON} == {"DOER_NOT_TOLD"}


# --- topics ---------------------------------------------------------------------------------------------

TOPIC = "requests.repeat_topic"


def consults(topic: str | None, *teams: str, on: str = AWAY) -> list[Row]:
    return [request("consult", on, team, topic=topic) for team in teams]


def topics(measures: Sequence[Measure], **where: object) -> list[tuple[str | None, float | None, int | None]]:
    rows = [m for m in measures if m.measure == TOPIC and all(getattr(m, k) == v for k, v in where.items())]
    return [(m.label, m.value, m.n) for m in rows]


def test_a_topic_of_three_teams_is_told_with_teams_and_consultations() -> None:
    log = [
        *consults("索引", "aoi", "kiri", "sugi", "sugi"),
        *consults("キャッシュ", "aoi", "kiri", "kiri", "kiri"),
        *consults("ＤＢ ", "aoi", on=BASELINE),
        *consults("db", "kiri", "sugi"),
        *consults(None, "aoi"),
        *consults("索引", "sre"),
        *consults(None, "sre"),
        request("work", team="kaede", topic="キャッシュ"),
    ]
    measures = measure(requests=log, teams=["kiri", "sugi", "kaede"])
    assert topics(measures, cohort="1") == [("索引", 3, 4)]
    assert topics(measures, cohort=None) == [("索引", 3, 4), ("ＤＢ", 3, 3)]
    assert pick(measures, TOPIC, cohort="1").missing == 1


def test_from_how_many_teams_on_a_topic_is_told_is_declared() -> None:
    log = consults("索引", "aoi", "kiri")
    assert topics(measure(requests=log, teams=["kiri"]), cohort="1") == [(None, 0, 2)]
    declared = measure(requests=log, teams=["kiri"], triggers=Triggers(repeat_teams=2))
    assert topics(declared, cohort="1") == [("索引", 2, 2)]


@pytest.mark.parametrize(
    ("log", "reason"),
    [(consults(None, "aoi"), "TOPIC_NOT_LABELLED"), ([request("work", topic="x")], "NO_CONSULTATIONS")],
)
def test_no_topics_told_is_not_no_topic_again(log: list[Row], reason: str) -> None:
    row = pick(measure(requests=log), TOPIC, cohort="1")
    assert (row.value, row.label, row.declined) == (None, None, reason)


# --- whose request --------------------------------------------------------------------------------------


def test_a_request_is_the_team_s_that_it_names_else_its_requester_s_and_a_stranger_s_is_nobody_s(
    tmp_path: Path,
) -> None:
    log = lines(
        BACKLOG_HEADER,
        backlog_row("A-1", who="試験 二", team="葵"),  # of kaede today, asked for aoi then
        backlog_row("A-2", who="試験 二", team=""),
        backlog_row("A-3", team="よその部"),
        backlog_row("A-4", who="誰か", team=""),
    )
    cohorts = read_and_lay_out(tmp_path, TOML + BACKLOG, {"backlog.csv": log})
    measures = measure_mix_of(cohorts)
    assert counts(measures, cohort="1", phase="away", team="aoi") == {"all": 1, "consult": 1}
    assert counts(measures, cohort="1", phase="stay") == {"all": 2, "consult": 2}
    assert cohorts.gaps()["requests_without_team"] == 1
    assert [(r["row"], r["reason"]) for r in cohorts.account.rows()] == [(4, "other_team")]


# --- how much a team leaves to the host team ------------------------------------------------------------

TEAMS = (
    Team(id="sre", ja="sre", en="sre", size=7),
    Team(id="aoi", ja="aoi", en="aoi", size=8),
    Team(id="ume", ja="ume", en="ume", size=4),
    Team(id="kuri", ja="kuri", en="kuri"),
)


def ask(team: str, day: str, kind: str | None = "work", **other: Any) -> dict[str, Any]:
    return {"id": f"{team}{day}{kind}{other}", "team": team, "day": day, "kind": kind, **other}


EARLY, LATE = ask("aoi", "2024-01-08", "consult"), ask("aoi", "2025-03-28", "consult")


def measure_dependence(*requests: dict[str, Any]) -> list[Any]:
    programme = make_programme(make_rotation("p1", "aoi", "2024-01-08", "2024-06-28"), teams=("ume", "kuri"))
    cohorts = make_cohorts(programme.model_copy(update={"teams": TEAMS}), requests=requests)
    return list(measure_team_dependence(cohorts, RequestLog(cohorts)))


def test_work_of_the_last_half_year_is_divided_by_the_team_s_engineers() -> None:
    rows = measure_dependence(
        EARLY,
        LATE,
        ask("ume", "2024-09-30"),  # the day before the 26 weeks
        ask("ume", "2024-10-01"),
        ask("ume", "2025-03-31"),
        ask("ume", "2025-02-03"),
        ask("ume", "2025-02-04", permission_bound=True),
        ask("ume", "2025-02-05", None),
    )
    row = pick(rows, "team.dependence", team="ume")
    assert (row.value, row.n, row.missing, row.kind) == (0.75, 3, 1, "never_sent")
    assert pick(rows, "team.dependence", team="aoi").kind == "sent"
    assert {row.team for row in rows} == {"aoi", "ume", "kuri"}


def test_a_team_younger_than_the_half_year_is_not_compared_and_one_to_come_not_listed() -> None:
    programme = make_programme(make_rotation("p1", "aoi", "2024-01-08", "2024-06-28"))
    young = [
        Team(id="new", ja="new", en="new", size=4, valid_from=day("2025-03-03")),
        Team(id="next", ja="next", en="next", size=4, valid_from=day("2025-04-01")),
    ]
    programme = programme.model_copy(update={"teams": (*TEAMS, *young)})
    asked = [EARLY, LATE, ask("new", "2025-03-10")]
    cohorts = make_cohorts(programme, requests=asked)
    rows = list(measure_team_dependence(cohorts, RequestLog(cohorts)))
    assert pick(rows, "team.dependence", team="new").declined == "WINDOW_TOO_SHORT"
    assert "next" not in {row.team for row in rows}


def test_a_team_without_a_size_is_not_measurable() -> None:
    row = pick(measure_dependence(EARLY, LATE, ask("kuri", "2025-02-03")), "team.dependence", team="kuri")
    assert (row.value, row.declined) == (None, "NO_TEAM_SIZE")


def test_days_that_no_record_covers_are_unknown_and_not_zero() -> None:
    rows = measure_dependence(ask("ume", "2024-01-08"), ask("ume", "2024-12-02"))
    assert {row.declined for row in rows} == {"NO_REQUESTS"}


def test_a_team_whose_kinds_are_mostly_missing_is_not_measurable() -> None:
    rows = measure_dependence(
        EARLY, LATE, ask("ume", "2025-02-03", None), ask("ume", "2025-02-04", None), ask("ume", "2025-02-05")
    )
    assert pick(rows, "team.dependence", team="ume").declined == "KIND_NOT_LABELLED"


# --- invariants -----------------------------------------------------------------------------------------

some_requests = st.lists(
    st.builds(
        request,
        st.sampled_from([*KINDS, None]),
        st.sampled_from([BASELINE, "2022-11-01", AWAY, "2023-08-01", AFTER]),
        st.sampled_from(["aoi", "kiri", "sre", None]),
        bound=st.sampled_from([True, False, None]),
    ),
    max_size=12,
)


@settings(max_examples=25, deadline=None)
@given(requests=some_requests, data=st.data())
def test_the_order_of_requests_changes_nothing(requests: list[Row], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(requests))
    assert measure(teams=["kiri"], requests=shuffled) == measure(teams=["kiri"], requests=requests)


@settings(max_examples=25, deadline=None)
@given(requests=some_requests)
def test_kinds_unknown_and_permission_bound_add_up_to_all(requests: list[Row]) -> None:
    measures = [m for m in measure(teams=["kiri"], requests=requests) if m.measure == RATE]
    expected = {"stay": [r for r in requests if r["day"] == AWAY and r["team"] in ("aoi", "kiri")]}
    for phase, on in (("baseline", BASELINE), ("away", AWAY), ("after_first", AFTER)):
        expected[phase] = [r for r in requests if r["day"] == on and r["team"] == "aoi"]
    for phase, rows in expected.items():
        found = {m.kind: m.n for m in measures if m.phase == phase}
        assert found.pop("all") == len(rows) == sum(n or 0 for n in found.values())


# --- reviews by the host team of home teams' changes, on literal frames -----------------------------------


REVIEW_STAY = make_rotation("p01", "aoi", "2024-01-08", "2024-06-28")
DAY = "2024-07-10"  # after the return of p01: the ramp of team aoi
REVIEW_SHARE, ROUNDS = "review.first_pass_share", "review.rounds"


def change(id_: str, day: str = DAY, team: str = "aoi", **other: Any) -> Row:
    return {"id": id_, "repository": "infra", "day": day, "team": team, "author": f"{team}-dev", **other}


def review(id_: str, state: str, *, hour: int = 0, by: str = "host-1", **other: Any) -> Row:
    at = pd.Timestamp(f"{DAY}T00:00Z") + pd.Timedelta(hours=hour)
    return {"change": id_, "repository": "infra", "reviewer": by, "state": state, "submitted": at, **other}


def lay_out_review(
    changes: Sequence[Row],
    reviews: Sequence[Row],
    *,
    stays: Sequence[Rotation] = (REVIEW_STAY,),
    aliases: Sequence[Alias] = (),
    sources: Sequence[Source] = (),
) -> Cohorts:
    hosts = tuple(Person(id=f"host-{n}", name=f"見本 {n}", team="sre") for n in (1, 2))
    people = {stay.person: Person(id=stay.person, name=stay.person, team=stay.home_team) for stay in stays}
    programme = make_programme(
        *stays,
        teams=["kiri"],
        people=(*hosts, *people.values()),
        aliases=tuple(aliases),
        sources=tuple(sources),
    )
    return make_cohorts(programme, changes=changes, reviews=reviews)


def measure_review(*args: Any, **other: Any) -> list[Measure]:
    return list(measure_review_quality(lay_out_review(*args, **other)))


def ids_of(*args: Any, **other: Any) -> list[str]:
    return list(list_reviewed_changes(lay_out_review(*args, **other))["change"])


CHANGES = [change(id_) for id_ in ("1", "2", "3", "4", "5")]
REVIEWS = [
    review("1", "approved"),
    review("2", "approved", hour=3),
    review("2", "changes_requested", hour=1),
    review("2", "changes_requested", hour=2),
    review("2", "changes_requested", hour=4),  # after the approval: no round on the way to it
    review("3", "commented", hour=1),
    review("3", "approved", hour=2),
    review("4", "changes_requested"),
    review("5", "commented"),
]


def test_first_pass_is_what_the_first_deciding_review_approves() -> None:
    row = pick(measure_review(CHANGES, REVIEWS), REVIEW_SHARE, team="aoi", phase="ramp")
    assert (row.n, row.missing, row.value) == (4, 1, 0.5)  # 1 and 3 of 1 to 4; 5 was only commented on
    assert [row.low, row.high] == pytest.approx([0.1500, 0.8500], abs=5e-5)  # Wilson, 2 of 4


def test_reviews_by_others_by_bots_and_of_own_changes_are_left_out() -> None:
    changes = [change("1"), change("2"), change("3", author="host-1", person="host-1"), change("4")]
    reviews = [
        review("1", "approved", by="kiri-dev"),
        review("2", "approved", by="robot"),
        review("3", "approved"),
        review("4", "approved", by="aoi-dev"),
    ]
    robot = Alias(text="robot", kind="bot")
    assert ids_of(changes, reviews, aliases=[robot]) == []


def test_a_review_of_one_s_own_change_from_before_the_stay_is_left_out() -> None:
    proposed = change("1", day="2024-01-05", person="p01", author="p01")
    own = review("1", "approved", by="p01", submitted=pd.Timestamp("2024-01-10T09:00Z"))
    assert ids_of([proposed], [own]) == []
    assert ids_of([proposed], [own, review("1", "approved")]) == ["1"]


def test_what_a_participant_proposes_during_the_stay_is_no_change_of_the_home_team() -> None:
    changes = [
        change("1", day="2024-06-28", person="p01"),
        change("2", day="2024-06-29", person="p01"),
        change("3", team="sre"),
    ]
    assert ids_of(changes, [review(id_, "approved") for id_ in ("1", "2", "3")]) == ["2"]


def test_a_participant_reviews_as_host_during_the_stay_and_not_after_it() -> None:
    changes = [change("1", day="2024-06-27"), change("2")]
    reviews = [
        review("1", "approved", by="p01", submitted=pd.Timestamp("2024-06-28T09:00Z")),
        review("2", "approved", by="p01"),
    ]
    assert ids_of(changes, reviews) == ["1"]


def test_who_stayed_on_reviews_as_host() -> None:
    stayed = make_rotation("p01", "aoi", "2024-01-08", "2024-06-28", now="host")
    assert ids_of([change("1", team="kiri")], [review("1", "approved", by="p01")], stays=[stayed]) == ["1"]


def test_where_repositories_are_declared_others_do_not_count() -> None:
    changes = [change("1"), change("1", repository="app")]
    reviews = [review("1", "approved"), review("1", "changes_requested", repository="app")]
    assert len(ids_of(changes, reviews)) == 2
    declared = Source(name="pulls", files=("pulls.json",), projects=("Infra",))
    found = list_reviewed_changes(lay_out_review(changes, reviews, sources=[declared]))
    assert found["repository"].tolist() == ["infra"]


def test_the_stay_is_about_changes_of_all_home_teams() -> None:
    changes = [change("1", day="2024-03-04"), change("2", day="2024-03-04", team="kiri"), change("3")]
    row = pick(
        measure_review(changes, [review(id_, "approved") for id_ in "123"]), REVIEW_SHARE, phase="stay"
    )
    assert (row.n, row.value, row.team) == (2, 1.0, None)


def test_without_records_and_without_host_reviews_nothing_is_said_and_why() -> None:
    assert {m.declined for m in measure_review([], [])} == {"NO_CHANGE_RECORDS"}
    row = pick(measure_review(CHANGES, []), REVIEW_SHARE, team="aoi", phase="ramp")
    assert (row.value, row.n, row.declined) == (None, 0, "NO_HOST_REVIEWS")


def test_a_time_after_return_under_eight_weeks_is_too_short() -> None:
    again = make_rotation("p02", "aoi", "2024-09-02", "2025-01-31", cohort="2")
    after = change("1", day="2024-08-26")  # week 9; the next of the team leaves in week 10
    row = pick(
        measure_review([after], [review("1", "approved")], stays=[REVIEW_STAY, again]),
        REVIEW_SHARE,
        team="aoi",
        phase="after_first",
        cohort="1",
    )
    assert (row.n, row.declined) == (1, "WINDOW_TOO_SHORT")


def test_the_order_of_reviews_changes_nothing() -> None:
    assert measure_review(CHANGES, REVIEWS[::-1]) == measure_review(CHANGES, REVIEWS)
