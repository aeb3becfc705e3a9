"""Sessions, documents, mentors and use at home on literal records."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

import pytest

from rotation_analysis.measure_row import Measure
from rotation_analysis.measures.parties.organisation import (
    AT_END,
    ENDINGS,
    measure_destinations,
    measure_spread,
)
from rotation_analysis.programme.model import Rotation
from tests.builders import day, make_cohorts, make_programme, make_rotation, pick

FIRST = make_rotation("p01", "aoi", "2023-01-02", "2023-06-30", mentor="sre01")
SECOND = make_rotation("p02", "kaede", "2023-07-03", "2023-12-29", cohort="2", mentor="p01")
Row = dict[str, Any]


def session(number: int, on: str, **other: Any) -> Row:
    return {"id": str(number), "day": on, **other}


def measure(*, stays: Sequence[Rotation] = (FIRST, SECOND), **tables: Sequence[Row]) -> list[Measure]:
    return list(measure_spread(make_cohorts(make_programme(*stays, teams=["ume"]), **tables)))


SESSIONS = [
    session(1, "2022-12-01", speaker="p01", attendees=50, teams="ume"),  # before the programme
    session(2, "2023-02-01", speaker="見本 p01", attendees=8, teams="aoi、kaede"),
    session(3, "2023-08-01", speaker="somebody else", attendees=None, teams="kaede, data platform"),
    session(4, "2024-02-01", speaker=None, attendees=5, teams=None),
]


def test_sessions_are_those_since_the_first_stay_and_of_a_cohort_those_of_its_days() -> None:
    rows = measure(study_sessions=SESSIONS)
    values = {c: pick(rows, "spread.sessions", cohort=c, kind=None).value for c in (None, "1", "2")}
    assert values == {None: 3.0, "1": 1.0, "2": 1.0}


def test_who_spoke_is_known_or_missing() -> None:
    row = pick(measure(study_sessions=SESSIONS), "spread.sessions", cohort=None, kind="by_participants")
    assert (row.value, row.n, row.missing) == (1.0, 1, 2)
    unknown = pick(measure(study_sessions=SESSIONS), "spread.sessions", cohort="2", kind="by_participants")
    assert unknown.declined == "NO_SPEAKERS"


def test_who_is_yet_to_come_gave_no_session_as_a_participant() -> None:
    early = session(5, "2023-03-01", speaker="p02")  # whose stay begins in July
    later = session(6, "2024-03-01", speaker="p02")
    rows = measure(study_sessions=[early, later])
    row = pick(rows, "spread.sessions", cohort=None, kind="by_participants")
    assert (row.value, row.n, row.missing) == (1.0, 2, 0)


def test_attendances_are_added_up_where_they_are_told() -> None:
    row = pick(measure(study_sessions=SESSIONS), "spread.attendances", cohort=None)
    assert (row.value, row.n, row.missing) == (13.0, 2, 1)
    assert (
        pick(measure(study_sessions=SESSIONS), "spread.attendances", cohort="2").declined == "NO_ATTENDANCE"
    )


def test_teams_count_once_and_labels_of_no_team_do_not() -> None:
    row = pick(measure(study_sessions=SESSIONS), "spread.session_teams", cohort=None)
    assert (row.value, row.n, row.missing) == (2.0, 2, 1)


def test_without_a_list_of_sessions_none_is_not_nought() -> None:
    rows = measure()
    reasons = {row.declined for row in rows if row.measure.startswith(("spread.sess", "spread.att"))}
    assert reasons == {"NO_SESSIONS"}
    elsewhere = measure(study_sessions=[session(1, "2023-02-01", attendees=3, teams="aoi")])
    assert pick(elsewhere, "spread.sessions", cohort="2", kind=None).value == 0.0
    assert pick(elsewhere, "spread.attendances", cohort="2").value == 0.0


def test_documents_are_improvements_of_such_a_kind() -> None:
    listed = [
        {"id": str(n), "day": "2023-03-01", "kind": kind}
        for n, kind in enumerate(("手順書", "Runbook", "monitor", None))
    ]
    row = pick(measure(improvements=listed), "spread.documents", cohort=None)
    assert (row.value, row.n, row.missing) == (2.0, 4, 1)
    assert pick(measure(improvements=listed), "spread.documents", cohort="2").value == 0.0
    assert pick(measure(), "spread.documents", cohort=None).declined == "NO_IMPROVEMENTS"


def test_graduates_who_mentor_a_later_stay_count() -> None:
    rows = measure()
    assert pick(rows, "spread.mentors", cohort=None).value == 1.0
    assert (pick(rows, "spread.mentors", cohort="1").value, pick(rows, "spread.mentors", cohort="1").n) == (
        1.0,
        1,
    )
    beside = make_rotation("p02", "kaede", "2023-06-01", "2023-12-29", cohort="2", mentor="p01")
    assert pick(measure(stays=(FIRST, beside)), "spread.mentors", cohort=None).value == 0.0


def test_a_graduate_may_mentor_between_two_stays_of_their_own() -> None:
    again = make_rotation("p01", "aoi", "2024-04-01", "2024-09-27", cohort="3", mentor="sre01")
    assert pick(measure(stays=(FIRST, SECOND, again)), "spread.mentors", cohort=None).value == 1.0


def test_who_has_not_ended_by_the_day_of_the_data_is_no_graduate() -> None:
    programme = make_programme(FIRST, SECOND, as_of="2023-05-31")
    rows = list(measure_spread(make_cohorts(programme)))
    assert pick(rows, "spread.mentors", cohort=None).declined == "NOBODY_FINISHED"


def test_mentors_that_nobody_noted_are_unknown() -> None:
    alone = make_rotation("p01", "aoi", "2023-01-02", "2023-06-30")
    assert pick(measure(stays=(alone,)), "spread.mentors", cohort=None).declined == "NO_MENTORS_TOLD"
    running = make_rotation("p01", "aoi", "2023-01-02", mentor="sre01")
    assert pick(measure(stays=(running,)), "spread.mentors", cohort=None).declined == "NOBODY_FINISHED"


def test_use_at_home_is_the_share_of_yes_round_by_round() -> None:
    def used(month: str, option: str | None, state: str = "answered") -> Row:
        given = {"instrument": "home", "rater": "home", "question": "hm_spread", "day": f"{month}-10"}
        return {**given, "option": option, "state": state}

    answers = [used("2023-08", o) for o in ("yes", "yes", "no", "no")] + [used("2023-10", "yes")]
    row = pick(measure(responses=[*answers, used("2023-10", None, "not_applicable")]), "spread.used")
    assert (row.value, row.n, row.missing, len(row.people)) == (0.75, 5, 1, 4)
    assert pick(measure(), "spread.used").declined == "NO_SURVEY"
    early = used("2023-03", "yes")  # nobody has come back yet
    assert pick(measure(responses=[early]), "spread.used").declined == "NO_ROUND_THEN"
    away = make_rotation("p01", "aoi", "2023-01-02", mentor="sre01")
    assert pick(measure(stays=(away,), responses=answers), "spread.used").declined == "NOBODY_BACK"
    row = pick(measure(responses=[*answers, early]), "spread.used")
    assert (row.n, row.value) == (5, 0.75)
    by_team = [{**answer, "team": team} for answer, team in zip(answers, ("aoi", "ume") * 3, strict=False)]
    row = pick(measure(responses=by_team), "spread.used")
    assert row.value == 0.625  # aoi: (0.5 + 1) / 2, ume: 0.5
    assert row.people == ("home-aoi-1", "home-aoi-2", "home-ume-1", "home-ume-2")


# --- where stays ended on literal rosters: competing outcomes, so every stay has exactly one place --------


AS_OF = "2025-03-31"
SPAN = ("2024-01-08", "2024-06-28")


def measure_outcome(*stays: Rotation, as_of: str = AS_OF) -> list[Measure]:
    return list(measure_destinations(make_cohorts(make_programme(*stays, as_of=as_of))))


def counts(rows: list[Measure], name: str) -> dict[str | None, float]:
    """The kinds of a measure that occur, with their counts."""
    return {row.kind: row.value for row in rows if row.measure == name and row.value}


def stay(person: str = "p1", team: str = "aoi", *span: str, **other: object) -> Rotation:
    return make_rotation(person, team, *(span or SPAN), **other)


CASES = {
    "returned": (stay(), "returned"),
    "stayed in the host team": (stay(now="host"), "stayed"),
    "moved elsewhere": (stay(now="elsewhere"), "moved"),
    "moved elsewhere on the day after": (
        stay(now="elsewhere", now_since=day("2024-06-29")),
        "moved",
    ),
    "left at the end": (stay(now="left", now_since=day("2024-06-28")), "left_at_end"),
    "left before the planned end": (
        stay(planned_end=day("2024-09-30"), ending="early", now="left", now_since=day("2024-06-20")),
        "left_at_end",
    ),
    "returned and left within half a year": (
        stay(now="left", now_since=day("2024-12-27")),
        "returned",
    ),
    "returned and left after half a year": (
        stay(now="left", now_since=day("2024-12-28")),
        "returned",
    ),
    "returned and moved within half a year": (
        stay(now="elsewhere", now_since=day("2024-09-01")),
        "returned",
    ),
    "running": (make_rotation("p1", "aoi", "2024-10-07"), "running"),
    "an end yet to come": (stay("p1", "aoi", "2024-10-07", "2025-06-30"), "running"),
    "over for less than half a year": (stay("p1", "aoi", "2024-07-01", "2024-12-27"), "returned"),
    "part-time": (stay(share=0.4), "returned"),
    "a member of the host team": (
        stay("p1", "sre", direction="sre_to_dev", host_team="aoi"),
        "returned",
    ),
    "a member of the host team who stayed there": (
        stay("p1", "sre", direction="sre_to_dev", host_team="aoi", now="host"),
        "stayed",
    ),
}


@pytest.mark.parametrize(("one", "at_end"), CASES.values(), ids=CASES)
def test_a_stay_has_one_place_at_its_end(one: Rotation, at_end: str) -> None:
    assert counts(measure_outcome(one), "programme.destination") == {at_end: 1.0}


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("programme.destination", AT_END),
        ("programme.ending", ENDINGS),
    ],
)
def test_every_kind_has_a_row_and_they_add_up_to_n(name: str, kinds: tuple[str, ...]) -> None:
    roster = [
        stay(f"p{number}", f"t{number}", start, end, now=now, now_since=day(since))
        for number, ((start, end), now, since) in enumerate(
            product(
                [SPAN, ("2024-07-01", "2024-12-27")],
                ["home", "host", "elsewhere", "left"],
                ["2024-12-28", "2025-01-15"],
            )
        )
    ]
    rows = [
        row
        for row in measure_outcome(*roster, make_rotation("p99", "aoi", "2025-01-06"))
        if row.measure == name
    ]
    assert tuple(row.kind for row in rows) == kinds
    n = {row.n for row in rows}
    assert {sum(row.value or 0 for row in rows)} == n
    assert {row.n + row.missing for row in rows if row.n is not None and row.missing is not None} == {17}


def test_endings_are_as_planned_extended_early_or_running() -> None:
    rows = measure_outcome(
        stay("p1"),
        stay("p2", planned_end=day("2024-03-29"), ending="extended"),
        stay("p3", planned_end=day("2024-09-30"), ending="early"),
        make_rotation("p4", "aoi", "2024-10-07"),
        stay("p5", "aoi", "2024-10-07", "2025-06-30"),
    )
    expected = {"as_planned": 1.0, "extended": 1.0, "early": 1.0, "running": 2.0}
    assert counts(rows, "programme.ending") == expected


def test_a_stay_that_has_not_begun_is_missing() -> None:
    rows = measure_outcome(stay(), make_rotation("p2", "kaede", "2025-04-07"))
    row = pick(rows, "programme.destination", kind="returned")
    assert (row.n, row.missing, row.value) == (1, 1, 1.0)
    assert pick(rows, "programme.practising").n == 1


def test_without_a_stay_that_has_begun_nothing_is_counted() -> None:
    rows = measure_outcome(make_rotation("p1", "aoi", "2025-04-07"))
    assert {row.declined for row in rows} == {"NO_STAY_YET", "NOBODY_BACK"}
    assert {row.value for row in rows} == {None}


def test_who_left_later_is_told_of_those_who_returned() -> None:
    rows = measure_outcome(
        stay("p1"),
        stay("p2", now="left", now_since=day("2025-01-10")),
        stay("p3", now="left", now_since=day("2025-05-10")),  # after the day of the data
        stay("p4", now="elsewhere", now_since=day("2025-01-10")),
        stay("p5", now="left", now_since=day("2024-06-28")),
    )
    left = pick(rows, "programme.left_later")
    assert (left.value, left.n) == (1.0, 4)


def teams(*stays: Rotation) -> tuple[object, ...]:
    """(practising, sending, with one graduate, of so many)."""
    rows = measure_outcome(*stays)
    practising, one = pick(rows, "programme.practising"), pick(rows, "programme.depends_on_one")
    return practising.value, practising.n, one.value, one.n


def test_two_graduates_at_home_are_no_dependence_on_one() -> None:
    both = [stay("p1"), stay("p2")]
    assert teams(*both, stay("p3", "kaede")) == (2.0, 2, 1.0, 2)


def test_a_graduate_who_is_gone_practises_no_longer() -> None:
    gone = stay("p2", now="left", now_since=day("2025-01-10"))
    assert teams(stay("p1"), gone) == (1.0, 1, 1.0, 1)
    assert teams(stay("p1"), stay("p2", "kaede", now="elsewhere", now_since=day("2025-01-10")))[:2] == (
        1.0,
        2,
    )


def test_a_graduate_who_is_away_a_second_time_is_not_at_home() -> None:
    again = make_rotation("p1", "aoi", "2025-01-06", cohort="2")
    assert teams(stay("p1"), stay("p2", "kaede"), again) == (1.0, 2, 1.0, 1)


def test_a_person_who_went_twice_is_one_graduate() -> None:
    again = stay("p1", "aoi", "2024-07-01", "2024-12-27", cohort="2")
    assert teams(stay("p1"), again) == (1.0, 1, 1.0, 1)


def test_without_a_graduate_at_home_no_team_depends_on_one() -> None:
    rows = measure_outcome(stay(now="host"))
    assert pick(rows, "programme.practising").value == 0
    assert pick(rows, "programme.depends_on_one").declined == "NO_GRADUATE_AT_HOME"


def test_a_member_of_the_host_team_is_no_graduate_of_a_home_team() -> None:
    other = stay("p2", "sre", direction="sre_to_dev", host_team="aoi")
    assert teams(stay("p1"), other) == (1.0, 1, 1.0, 1)
    rows = measure_outcome(other)
    assert pick(rows, "programme.practising").declined == "OTHER_DIRECTION"
    assert pick(rows, "programme.depends_on_one").declined == "OTHER_DIRECTION"
    assert counts(rows, "programme.destination") == {"returned": 1.0}


def test_every_row_is_of_the_programme_and_counts_the_roster() -> None:
    rows = measure_outcome(stay(), stay("p2", "kaede", now="host"))
    assert {(row.cohort, row.person, row.team, row.counts, row.people) for row in rows} == {
        (None, None, None, "records", ())
    }
