"""Sessions, documents, mentors and use at home on literal records."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rotation_analysis.measure_row import Measure
from rotation_analysis.measures.parties.organisation import measure_spread
from rotation_analysis.programme.model import Rotation
from tests.builders import make_cohorts, make_programme, make_rotation, pick

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
