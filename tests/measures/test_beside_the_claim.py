"""What stands beside the claim, on literal tickets, sessions and stays: what could disturb it, and pictures.

Team aoi: baseline 2022-04-04 to 2022-10-02, dip 2022-10-03 to 2023-01-01, away 2023-01-02 to 2023-06-30.
"""

from __future__ import annotations

from typing import Any

import pytest

from rotation_analysis.measure_row import Measure
from rotation_analysis.measures.impact import measure_operating, measure_threats, measure_timeline
from rotation_analysis.measures.impact.team_outcomes import read_self_resolution
from rotation_analysis.measures.parties.organisation import list_sessions
from rotation_analysis.programme.model import Person, Programme
from tests.builders import make_cohorts, make_programme, make_rotation, pick

Row = dict[str, Any]
STAY = make_rotation("p01", "aoi", "2023-01-02", "2023-06-30")
NEVER = ("kiri", "sugi", "matsu")
BASELINE, DIP = "2022-08-01", "2022-11-01"
APRIL, JULY = "2022-04-01", "2022-07-01"
FIRST, LAST = "2022-04-01", "2025-03-30"
QUARTER, LEVEL = "impact.quarter.self_resolution", "organisation.self_resolution"


def solved(k: int, n: int, on: str, team: str = "aoi", how: str | None = "sre") -> list[Row]:
    """So many tickets of a day, k of which the team solved itself."""
    return [{"how": "alone" if i < k else how, "day": on, "team": team} for i in range(n)]


def session(on: str, speaker: str | None, teams: str | None, number: int = 1) -> Row:
    return {"id": str(number), "day": on, "speaker": speaker, "teams": teams}


def measure(programme: Programme, **tables: Any) -> list[Measure]:
    cohorts = make_cohorts(programme, **tables)
    outcome = read_self_resolution(cohorts)
    measures = (measure_threats, measure_timeline, measure_operating)
    return [row for each in measures for row in each(cohorts, outcome)]


def threats(*stays: Any, teams: tuple[str, ...] = NEVER, people: Any = None, **tables: Any) -> list[Measure]:
    more = {} if people is None else {"people": people}
    return measure(make_programme(*(stays or (STAY,)), teams=teams, **more), **tables)


def quarters(*others: Any, teams: tuple[str, ...] = ("kiri", "sugi"), **tables: Any) -> list[Measure]:
    stay = make_rotation("p01", "aoi", "2022-02-07", "2022-08-05")
    rows = measure(make_programme(stay, *others, teams=teams, as_of="2022-12-31"), **tables)
    return [row for row in rows if row.measure == QUARTER]


def years(tickets: list[Row]) -> list[Measure]:
    """The rows of the first and of the last year."""
    rows = threats(teams=("kiri", "sugi"), tickets=tickets)
    return [pick(rows, LEVEL, kind=kind) for kind in ("first_year", "last_year")]


STILL = [row for team in NEVER for on in (BASELINE, DIP) for row in solved(10, 20, on, team)]
"""Never-senders that solve half of their problems before and after."""


# --- before leaving -------------------------------------------------------------------------------------


def test_dip_is_the_last_weeks_before_leaving_less_the_baseline_against_never_senders() -> None:
    other = make_rotation("p02", "ume", "2023-01-02", "2023-06-30")
    tickets = [*solved(10, 20, BASELINE, "aoi"), *solved(8, 20, DIP, "aoi")]
    tickets += [*solved(12, 20, BASELINE, "ume"), *solved(6, 10, DIP, "ume"), *STILL]
    row = pick(threats(STAY, other, tickets=tickets), "impact.anticipation")
    assert (row.value, row.n, row.missing) == (pytest.approx(-0.05), 2, 0)
    assert (row.claims, row.p, row.unit) == (False, None, "share_points")
    assert (row.cohort, row.team, row.counts) == (None, None, "teams")


def test_what_falls_everywhere_is_no_dip() -> None:
    teams = ("aoi", *NEVER)
    tickets = [t for team in teams for t in (*solved(10, 20, BASELINE, team), *solved(6, 20, DIP, team))]
    row = pick(threats(tickets=tickets), "impact.anticipation")
    assert (row.value, row.n) == (pytest.approx(0), 1)
    nothing_beside = pick(threats(tickets=tickets, teams=()), "impact.anticipation")
    assert (nothing_beside.value, nothing_beside.declined) == (None, "NO_CONTROL")


def test_team_that_does_not_label_is_not_in_the_dip_and_counted() -> None:
    other = make_rotation("p02", "ume", "2023-01-02", "2023-06-30")
    tickets = [*solved(10, 20, BASELINE, "aoi"), *solved(8, 20, DIP, "aoi")]
    tickets += [
        *solved(10, 20, BASELINE, "ume"),
        *({"how": None, "day": DIP, "team": "ume"} for _ in range(9)),
        *STILL,
    ]
    row = pick(threats(STAY, other, tickets=tickets), "impact.anticipation")
    assert (row.value, row.n, row.missing) == (pytest.approx(-0.1), 1, 1)
    alone = pick(threats(other, tickets=tickets), "impact.anticipation")
    assert (alone.value, alone.declined) == (None, "TEAM_NOT_LABELLED")


def test_dip_without_tickets_says_so() -> None:
    assert pick(threats(), "impact.anticipation").declined == "NO_TICKETS"
    started_with_data = make_rotation("p01", "aoi", "2022-01-05", "2022-06-30")
    programme = make_programme(started_with_data, teams=NEVER, data_start="2022-01-03")
    rows = measure(programme, tickets=solved(1, 2, "2022-03-01"))
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
    row = pick(threats(study_sessions=sessions), "impact.contamination", kind="sessions")
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
    row = pick(threats(study_sessions=sessions), "impact.contamination", kind="sessions")
    assert (row.value, row.declined) == (None, declined)


def test_session_of_a_participant_without_a_never_sender_is_a_zero() -> None:
    rows = threats(study_sessions=[session("2023-03-01", "見本 p01", "aoi、知らない会")])
    row = pick(rows, "impact.contamination", kind="sessions")
    assert (row.value, row.n, row.missing, row.declined) == (0.0, 3, 0, None)
    nobody_left = threats(teams=(), study_sessions=[session("2023-03-01", "見本 p01", "aoi")])
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
    row = pick(threats(*stays, people=people), "impact.contamination", kind="moved")
    assert (row.value, row.n, row.missing, row.unit) == (2.0, 5, 1, "persons")
    assert (row.people, row.person, row.counts) == ((), None, "records")


def test_nobody_has_moved_before_anybody_has_finished() -> None:
    row = pick(threats(make_rotation("p01", "aoi", "2024-10-01")), "impact.contamination", kind="moved")
    assert row.declined == "NOBODY_FINISHED"


# --- quarter by quarter ------------------------------------------------------------------------------------


def test_each_quarter_has_a_share_of_senders_and_of_never_senders() -> None:
    records = [
        *solved(3, 10, "2022-04-01", "aoi"),
        *solved(5, 10, "2022-06-30", "aoi"),
        *solved(9, 10, "2022-07-01", "aoi"),
        *solved(2, 10, "2022-05-01", "kiri"),
        *solved(6, 10, "2022-05-01", "sugi"),
    ]
    rows = quarters(tickets=records)
    spring = pick(rows, QUARTER, kind="sender", label=APRIL)
    assert (spring.value, spring.n, spring.missing) == (pytest.approx(0.4), 20, 0)
    assert (spring.cohort, spring.team, spring.unit, spring.counts) == (None, None, "share", "records")
    assert spring.low < 0.4 < spring.high
    assert pick(rows, QUARTER, kind="sender", label=JULY).value == pytest.approx(0.9)
    assert pick(rows, QUARTER, kind="never", label=APRIL).value == pytest.approx(0.4)
    none = pick(rows, QUARTER, kind="never", label=JULY)
    assert (none.value, none.declined) == (None, "NO_TICKETS")
    assert {row.label for row in rows} == {APRIL, JULY, "2022-10-01"}
    assert not [row for row in rows if row.claims]


def test_team_that_stops_labelling_is_left_out_and_its_tickets_are_missing() -> None:
    records = [
        *solved(4, 10, "2022-05-01", "kiri"),
        *solved(8, 8, "2022-05-01", "sugi"),
        *solved(0, 7, "2022-05-02", "sugi", None),
        *solved(0, 2, "2022-05-02", "kiri", None),
        *solved(0, 3, "2022-08-02", "sugi", None),
    ]
    rows = quarters(tickets=records)
    row = pick(rows, QUARTER, kind="never", label=APRIL)
    assert (row.value, row.n, row.missing) == (pytest.approx(0.4), 10, 2 + 15)
    later = pick(rows, QUARTER, kind="never", label=JULY)
    assert (later.value, later.n, later.missing, later.declined) == (None, 0, 3, "TEAM_NOT_LABELLED")


def test_a_team_that_a_member_of_the_host_team_went_to_is_in_neither_group() -> None:
    helper = make_rotation("s1", "sre", "2022-02-07", "2022-08-05", host_team="ume", direction="sre_to_dev")
    log = [*solved(2, 5, "2022-04-04", "aoi"), *solved(5, 50, "2022-04-04", "ume")]
    rows = quarters(helper, teams=("kiri", "sugi", "ume"), tickets=log)
    assert pick(rows, QUARTER, kind="sender", label=APRIL).n == 5
    assert pick(rows, QUARTER, kind="never", label=APRIL).n == 0


def test_without_records_or_without_never_senders_there_are_no_such_rows() -> None:
    assert quarters() == []
    assert {
        row.kind for row in quarters(teams=(), requests=[{"id": "1", "team": "kiri", "day": "2022-05-10"}])
    } == {"sender"}


# --- the first and the last year --------------------------------------------------------------------------


def test_level_is_that_of_all_home_teams_in_the_first_and_the_last_year() -> None:
    records = [*solved(2, 10, FIRST), *solved(6, 10, "2023-03-30", "kiri")]
    records += [*solved(9, 9, "2023-03-31"), *solved(9, 9, "2024-03-31", "kiri")]  # between the years
    records += [*solved(7, 10, "2024-04-01"), *solved(8, 10, LAST, "kiri"), *solved(5, 5, LAST, "sre")]
    first, last = years(records)
    assert (first.value, first.n, first.missing) == (pytest.approx(0.4), 20, 0)
    assert (last.value, last.n, last.missing) == (pytest.approx(0.75), 20, 0)
    assert last.low < 0.75 < last.high
    assert (last.cohort, last.team, last.counts, last.claims) == (None, None, "records", False)


def test_team_that_tells_in_one_of_the_years_alone_is_left_out_of_both() -> None:
    records = [*solved(2, 10, FIRST), *solved(6, 10, FIRST, "kiri"), *solved(3, 3, FIRST, "sugi")]
    records += [*solved(7, 10, LAST), *solved(0, 4, LAST, "kiri", None)]
    first, last = years(records)
    assert (first.value, first.n, first.missing) == (pytest.approx(0.2), 10, 13)
    assert (last.value, last.n, last.missing) == (pytest.approx(0.7), 10, 4)


def test_records_of_less_than_two_years_have_no_two_years() -> None:
    records = [*solved(2, 10, FIRST), *solved(2, 10, "2024-03-27")]  # a day short of 104 weeks
    assert [row.declined for row in years(records)] == ["UNDER_TWO_YEARS"] * 2
    assert [row.declined for row in years([*records, *solved(2, 10, "2024-03-28")])] == [None] * 2


def test_level_without_records_says_which_are_missing() -> None:
    assert [row.declined for row in years([])] == ["NO_TICKETS"] * 2
    unlabelled = [*solved(0, 3, FIRST, how=None), *solved(0, 3, LAST, how=None)]
    assert [(row.declined, row.missing) for row in years(unlabelled)] == [("TEAM_NOT_LABELLED", 3)] * 2
