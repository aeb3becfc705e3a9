"""What could disturb the comparison, on literal tickets, sessions and stays.

Team aoi: baseline 2022-04-04 to 2022-10-02, dip 2022-10-03 to 2023-01-01, away 2023-01-02 to 2023-06-30.
"""

from __future__ import annotations

from typing import Any

import pytest

from rotation_analysis.measure_row import Measure
from rotation_analysis.measures.impact.impact import measure_threats
from rotation_analysis.measures.impact.team_outcomes import read_self_resolution
from rotation_analysis.measures.parties.knowledge_sharing import list_sessions
from rotation_analysis.programme.model import Person
from tests.builders import make_cohorts, make_programme, make_rotation, pick

Row = dict[str, Any]
STAY = make_rotation("p01", "aoi", "2023-01-02", "2023-06-30")
NEVER = ("kiri", "sugi", "matsu")
BASELINE, DIP = "2022-08-01", "2022-11-01"


def solved(k: int, n: int, on: str, team: str) -> list[Row]:
    return [{"how": "alone" if i < k else "sre", "day": on, "team": team} for i in range(n)]


def session(on: str, speaker: str | None, teams: str | None, number: int = 1) -> Row:
    return {"id": str(number), "day": on, "speaker": speaker, "teams": teams}


def measure(*stays: Any, teams: tuple[str, ...] = NEVER, people: Any = None, **tables: Any) -> list[Measure]:
    more = {} if people is None else {"people": people}
    programme = make_programme(*(stays or (STAY,)), teams=teams, **more)
    cohorts = make_cohorts(programme, **tables)
    return list(measure_threats(cohorts, read_self_resolution(cohorts)))


STILL = [
    ticket
    for team in NEVER
    for on in ("2022-08-01", "2022-11-01")
    for ticket in ({"how": how, "day": on, "team": team} for how in ["alone"] * 10 + ["sre"] * 10)
]
"""Never-senders that solve half of their problems before and after."""


# --- before leaving -------------------------------------------------------------------------------------


def test_dip_is_the_last_weeks_before_leaving_less_the_baseline_against_never_senders() -> None:
    other = make_rotation("p02", "ume", "2023-01-02", "2023-06-30")
    tickets = [*solved(10, 20, BASELINE, "aoi"), *solved(8, 20, DIP, "aoi")]
    tickets += [*solved(12, 20, BASELINE, "ume"), *solved(6, 10, DIP, "ume"), *STILL]
    row = pick(measure(STAY, other, tickets=tickets), "impact.anticipation")
    assert (row.value, row.n, row.missing) == (pytest.approx(-0.05), 2, 0)
    assert (row.claims, row.p, row.unit) == (False, None, "share_points")
    assert (row.cohort, row.team, row.counts) == (None, None, "teams")


def test_what_falls_everywhere_is_no_dip() -> None:
    teams = ("aoi", *NEVER)
    tickets = [t for team in teams for t in (*solved(10, 20, BASELINE, team), *solved(6, 20, DIP, team))]
    row = pick(measure(tickets=tickets), "impact.anticipation")
    assert (row.value, row.n) == (pytest.approx(0), 1)
    nothing_beside = pick(measure(tickets=tickets, teams=()), "impact.anticipation")
    assert (nothing_beside.value, nothing_beside.declined) == (None, "NO_CONTROL")


def test_team_that_does_not_label_is_not_in_the_dip_and_counted() -> None:
    other = make_rotation("p02", "ume", "2023-01-02", "2023-06-30")
    tickets = [*solved(10, 20, BASELINE, "aoi"), *solved(8, 20, DIP, "aoi")]
    tickets += [
        *solved(10, 20, BASELINE, "ume"),
        *({"how": None, "day": DIP, "team": "ume"} for _ in range(9)),
        *STILL,
    ]
    row = pick(measure(STAY, other, tickets=tickets), "impact.anticipation")
    assert (row.value, row.n, row.missing) == (pytest.approx(-0.1), 1, 1)
    alone = pick(measure(other, tickets=tickets), "impact.anticipation")
    assert (alone.value, alone.declined) == (None, "TEAM_NOT_LABELLED")


def test_dip_without_tickets_says_so() -> None:
    assert pick(measure(), "impact.anticipation").declined == "NO_TICKETS"
    started_with_data = make_rotation("p01", "aoi", "2022-01-05", "2022-06-30")
    programme = make_programme(started_with_data, teams=NEVER, data_start="2022-01-03")
    cohorts = make_cohorts(programme, tickets=solved(1, 2, "2022-03-01", "aoi"))
    rows = list(measure_threats(cohorts, read_self_resolution(cohorts)))
    assert pick(rows, "impact.anticipation").declined == "NO_BASELINE"


# --- what reaches never-senders -------------------------------------------------------------------------


def test_never_senders_at_sessions_of_participants_are_counted_once_each() -> None:
    sessions = [
        session("2023-03-01", "見本 p01", "kiri、aoi、kiri", 1),
        session("2024-03-01", "見本 p01", "kiri、sugi", 2),  # back home by then
        session("2022-12-01", "見本 p01", "matsu", 3),  # not yet a participant
        session("2023-03-02", "見本 だれか", "matsu", 4),
        session("2023-03-03", "見本 p01", None, 5),
    ]
    row = pick(measure(study_sessions=sessions), "impact.contamination", kind="sessions")
    assert (row.value, row.n, row.missing, row.unit) == (2.0, 3, 1, "teams")
    assert row.notes == ("SESSIONS_GIVEN:3",)


@pytest.mark.parametrize(
    ("sessions", "declined"),
    [
        ([], "NO_SESSIONS"),
        ([session("2023-03-01", None, "kiri")], "NO_SPEAKERS"),
        ([session("2023-03-01", "見本 だれか", "kiri")], "NO_SPEAKERS"),
        ([session("2023-03-01", "見本 p01", None)], "NO_ATTENDANCE"),
    ],
)
def test_sessions_that_do_not_tell_are_no_zero(sessions: list[Row], declined: str) -> None:
    row = pick(measure(study_sessions=sessions), "impact.contamination", kind="sessions")
    assert (row.value, row.declined) == (None, declined)


def test_session_of_a_participant_without_a_never_sender_is_a_zero() -> None:
    rows = measure(study_sessions=[session("2023-03-01", "見本 p01", "aoi、知らない会")])
    row = pick(rows, "impact.contamination", kind="sessions")
    assert (row.value, row.n, row.missing, row.declined) == (0.0, 3, 0, None)
    nobody_left = measure(teams=(), study_sessions=[session("2023-03-01", "見本 p01", "aoi")])
    assert pick(nobody_left, "impact.contamination", kind="sessions").declined == "NO_NEVER_SENDER"


def test_sessions_name_the_teams_that_came_by_id_in_their_order() -> None:
    programme = make_programme(STAY, teams=NEVER)
    sessions = [
        session("2023-03-01", "見本 p01", "sugi / kiri、sugi", 1),
        session("2023-03-02", None, "だれか", 2),
        session("2023-03-03", None, None, 3),
    ]
    table = list_sessions(make_cohorts(programme, study_sessions=sessions))
    assert table["came"].tolist() == [("sugi", "kiri"), (), None]
    assert table["by_participant"].tolist() == [True, False, False]
    assert list_sessions(make_cohorts(programme)).empty


# --- who moved ------------------------------------------------------------------------------------------


def test_graduates_in_other_teams_are_counted_unless_that_team_sends_itself() -> None:
    ended = {"start": "2023-01-02", "end": "2023-06-30"}
    stays = [
        make_rotation("p01", "aoi", **ended),
        make_rotation("p02", "ume", **ended, now="elsewhere"),  # to kiri, which never sent anyone
        make_rotation("p03", "ume", **ended, now="elsewhere"),  # to aoi, which did
        make_rotation("p04", "ume", **ended, now="elsewhere"),  # the roster has the old team still
        make_rotation("p05", "ume", **ended, now="left"),
        make_rotation("p06", "aoi", "2024-10-01"),
    ]
    teams = {"p01": "aoi", "p02": "kiri", "p03": "aoi", "p04": "ume", "p05": "ume", "p06": "aoi"}
    people = tuple(Person(id=id_, name=f"見本 {id_}", team=team) for id_, team in teams.items())
    row = pick(measure(*stays, people=people), "impact.contamination", kind="moved")
    assert (row.value, row.n, row.missing, row.unit) == (2.0, 5, 1, "persons")
    assert (row.people, row.person, row.counts) == ((), None, "records")


def test_nobody_has_moved_before_anybody_has_finished() -> None:
    row = pick(measure(make_rotation("p01", "aoi", "2024-10-01")), "impact.contamination", kind="moved")
    assert row.declined == "NOBODY_FINISHED"
