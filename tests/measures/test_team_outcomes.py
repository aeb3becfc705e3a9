"""What is counted of a team over a window: every outcome on literal records, counted by hand.

Weeks are of the Japanese calendar; the window of five working days is 2023-06-05 (Monday) to 2023-06-09.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd
import pytest

from rotation_analysis.cohorts.cohort import Cohorts
from rotation_analysis.measures.impact.team_counts import Count, Outcome, TeamRecords, Window
from rotation_analysis.measures.impact.team_outcomes import list_outcomes
from rotation_analysis.programme.model import Person, Team
from tests.builders import day, make_cohorts, make_programme, make_rotation

Row = dict[str, Any]
STAY = make_rotation("p01", "aoi", "2023-01-02", "2023-06-30")
HOST = Person(id="sre01", name="見本 れん", team="sre")
DAY = "2023-06-07"


def window(first: str, last: str) -> Window:
    return pd.Timestamp(first), pd.Timestamp(last)


WEEK = window("2023-06-05", "2023-06-09")


def cohorts_of(**tables: Sequence[Row]) -> Cohorts:
    programme = make_programme(STAY, teams=("kiri",))
    return make_cohorts(programme.model_copy(update={"people": (*programme.people, HOST)}), **tables)


def outcome(name: str, cohorts: Cohorts) -> Outcome:
    (found,) = [each for each in list_outcomes(cohorts) if each.name == name]
    return found


def request(
    kind: str | None, *, team: str = "aoi", on: str = DAY, bound: bool = False, title: str = ""
) -> Row:
    return {"kind": kind, "team": team, "day": on, "permission_bound": bound, "title": title}


# --- counting -------------------------------------------------------------------------------------------


def told_by_week(*told: bool) -> TeamRecords:
    """Ten records a week from 2023-01-02 on, all of a week telling or none."""
    days = pd.date_range("2023-01-02", periods=len(told), freq="7D")
    tells = pd.Series(told)
    return TeamRecords.of(
        pd.DataFrame({"team": "aoi", "day": days, "k": 0, "n": 10 * tells, "missing": 10 * ~tells})
    )


@pytest.mark.parametrize(
    ("told", "end"),
    [
        ([True] * 20 + [False] * 20, "2023-05-22"),
        ([True] * 40, None),
        ([False] * 30 + [True] * 70, None),  # it began late, and tells to the end
        ([True] * 30 + [False] * 20 + [True] * 20, None),  # a gap
    ],
)
def test_end_of_telling_is_the_day_from_which_records_tell_no_more(told: list[bool], end: str | None) -> None:
    assert told_by_week(*told).find_labelling_end("aoi") == end


def test_a_window_holds_both_its_ends_and_records_in_any_order() -> None:
    days = ["2023-06-09", "2023-06-04", "2023-06-05", "2023-06-10", "2023-06-07"]
    frame = pd.DataFrame(
        {"team": "aoi", "day": pd.to_datetime(days), "k": [1, 1, 0, 1, 1], "n": 1, "missing": 0}
    )
    book = TeamRecords.of(frame)
    assert book.count("aoi", WEEK) == Count(2, 3, 0)
    assert book.count("kiri", WEEK) == Count(0, 0, 0)


def test_records_without_a_team_or_a_day_are_nobodys() -> None:
    frame = pd.DataFrame({"team": ["aoi", None, "aoi"], "day": pd.to_datetime([DAY, DAY, None])})
    assert TeamRecords.of(frame.assign(k=1, n=1, missing=0)).count("aoi", WEEK) == Count(1, 1, 0)


@pytest.mark.parametrize(
    ("count", "usable"),
    [
        (Count(1, 4, 1), True),
        (Count(1, 7, 2), False),
        (Count(0, 0, 0), False),
        (Count(0, 3, 0), True),
    ],
)
def test_one_record_in_five_may_tell_nothing(count: Count, usable: bool) -> None:
    assert count.usable is usable


# --- the outcomes ---------------------------------------------------------------------------------------


def test_do_it_for_me_is_work_of_work_and_review_without_what_only_the_host_may_do() -> None:
    asked = [request(kind) for kind in ("work", "work", "review", "consult", None)]
    asked += [request("work", bound=True), request("work", team="kiri"), request("work", on="2023-06-12")]
    assert outcome("do_it_for_me", cohorts_of(requests=asked)).count("aoi", WEEK) == Count(2, 3, 1)


def test_requests_are_counted_per_working_week_of_the_days_on_record() -> None:
    asked = [request(kind) for kind in ("work", "consult", None)] + [request("work", bound=True)]
    asked += [request("work", team="kiri", on="2022-01-04"), request("work", team="kiri", on="2024-12-27")]
    found = outcome("requests", cohorts_of(requests=asked))
    assert found.count("aoi", WEEK) == Count(3, 1.0, 0)
    golden_week = window("2023-05-01", "2023-05-07")  # three public holidays
    assert found.count("aoi", golden_week) == Count(0, 0.4, 0)
    assert found.count("nobody", WEEK).usable is False


def test_weeks_that_the_log_does_not_cover_are_no_weeks_without_requests() -> None:
    asked = [request("work", on=on) for on in ("2023-06-05", "2023-12-20")]
    found = outcome("requests", cohorts_of(requests=asked))
    before = found.count("aoi", window("2022-12-05", "2023-06-09"))
    assert (before.k, before.n) == (1, 1.0)
    assert not before.usable
    assert found.find_reason("aoi", window("2021-06-07", "2021-09-10")) == "RECORDS_DO_NOT_COVER"


def test_a_team_has_no_weeks_before_it_existed() -> None:
    asked = [request("work", on=on, team=t) for on in ("2022-01-04", "2024-12-27") for t in ("aoi", "kiri")]
    cohorts = cohorts_of(requests=asked)
    young = Team(id="kiri", ja="桐", en="Kiri", valid_from=day("2023-06-08"))
    teams = tuple(young if team.id == "kiri" else team for team in cohorts.programme.teams)
    programme = cohorts.programme.model_copy(update={"teams": teams})
    found = outcome("requests", make_cohorts(programme, requests=asked))
    assert found.count("kiri", WEEK) == Count(0, 0.4, 0.6)
    assert found.count("aoi", WEEK) == Count(0, 1.0, 0)


def change(area: str | None, author: str | None, *, merged: str | None = "2023-06-08T00:00:00Z") -> Row:
    moment = None if merged is None else pd.Timestamp(merged)
    return {"area_team": area, "team": author, "merged": moment, "day": DAY}


def test_author_share_is_of_merged_changes_in_the_teams_area() -> None:
    changes = [
        change("aoi", "aoi"),
        change("aoi", "sre"),
        change("aoi", None),
        change("aoi", "aoi", merged=None),
    ]
    changes += [change("kiri", "aoi"), change(None, "aoi")]
    found = outcome("author_share", cohorts_of(changes=changes))
    assert found.count("aoi", WEEK) == Count(1, 2, 1)
    assert found.count("kiri", WEEK) == Count(0, 1, 0)


def test_without_areas_no_author_share_can_be_told() -> None:
    assert outcome("author_share", cohorts_of(changes=[change(None, "aoi")])).declined == "AREA_NOT_TOLD"
    assert outcome("author_share", cohorts_of()).declined == "NO_CHANGES"


def incident(
    number: int, *, hours: float | None = 2, team: str | None = "aoi", shared: bool = False, **other: Any
) -> Row:
    began = pd.Timestamp(f"{DAY}T01:00:00Z")
    over = None if hours is None else began + pd.Timedelta(hours=hours)
    return {
        "id": str(number),
        "team": team,
        "shared": shared,
        "day": DAY,
        "created": began,
        "resolved": over,
        **other,
    }


def part(number: int, person: str | None, on: str = DAY) -> Row:
    return {"incident": str(number), "person": person, "name": person or "誰か", "day": on, "step": "helper"}


def test_home_alone_is_restored_without_anybody_of_the_host_team() -> None:
    incidents = [incident(number) for number in range(1, 7)]
    incidents += [
        incident(7, hours=None),
        incident(8, team="sre", shared=True),
        incident(9, people_told=False),
    ]
    taking_part = [
        part(1, "sre01"),
        part(2, None),  # a name the roster does not know
        part(3, None),
        part(3, "sre01"),
        part(4, "p01"),  # staying with the host team that day
        part(7, None),
    ]
    found = outcome("home_alone", cohorts_of(incidents=incidents, participation=taking_part))
    # 2, 5 and 6 alone; 1, 3 and 4 not; 9 untold; 7 still open, 8 shared
    assert found.count("aoi", WEEK) == Count(3, 6, 1)


def test_who_stayed_on_with_the_host_team_is_of_it_and_who_went_home_is_not() -> None:
    gone = "2023-07-05"
    incidents = [incident(1) | {"day": gone}, incident(2) | {"day": gone}]
    taking_part = [part(1, "p01", gone), part(2, None, gone), part(2, "sre01", gone)]
    later = window("2023-07-03", "2023-07-07")
    home = outcome("home_alone", cohorts_of(incidents=incidents, participation=taking_part))
    assert home.count("aoi", later) == Count(1, 2, 0)
    stayed = make_programme(make_rotation("p01", "aoi", "2023-01-02", "2023-06-30", now="host"))
    stayed = stayed.model_copy(update={"people": (*stayed.people, HOST)})
    found = outcome("home_alone", make_cohorts(stayed, incidents=incidents, participation=taking_part))
    assert found.count("aoi", later) == Count(0, 2, 0)


def test_a_member_of_the_host_team_who_stays_elsewhere_is_not_with_it() -> None:
    out = make_rotation("sre01", "sre", "2023-06-01", "2023-06-30", host_team="aoi", direction="sre_to_dev")
    programme = make_programme(STAY, out)
    incidents, taking_part = [incident(1), incident(2)], [part(1, "sre01"), part(2, "p01")]
    found = outcome("home_alone", make_cohorts(programme, incidents=incidents, participation=taking_part))
    assert found.count("aoi", WEEK) == Count(1, 2, 0)


def test_without_the_host_teams_members_nobody_is_known_to_be_alone() -> None:
    taking_part = [part(1, "p01")]
    cohorts = make_cohorts(make_programme(STAY), incidents=[incident(1)], participation=taking_part)
    assert outcome("home_alone", cohorts).declined == "HOSTS_NOT_DECLARED"
    untold = cohorts_of(incidents=[incident(1, people_told=False)], participation=[])
    assert outcome("home_alone", untold).declined == "PARTICIPATION_UNKNOWN"


def test_incidents_of_own_services_are_counted_per_working_week() -> None:
    incidents = [
        incident(1),
        incident(2, hours=None),
        incident(3, team="sre", shared=True),
        incident(4, team=None),
    ]
    found = outcome("incidents", cohorts_of(incidents=incidents))
    assert found.count("aoi", window(DAY, DAY)) == Count(2, 0.2, 0)


def test_time_to_restore_is_the_mean_of_logarithms_and_open_ones_do_not_tell() -> None:
    incidents = [incident(n, hours=h) for n, h in enumerate([1, math.e**2, None, 0])]
    found = outcome("time_to_restore", cohorts_of(incidents=incidents))
    count = found.count("aoi", WEEK)
    assert (count.n, count.missing) == (3, 1)
    assert count.k == pytest.approx(0 + 2 + math.log(1 / 60))
    logs = [0, 2, math.log(1 / 60)]
    mean = sum(logs) / 3
    assert found.spread == pytest.approx(sum((x - mean) ** 2 for x in logs) / 2)
    assert outcome("time_to_restore", cohorts_of(incidents=incidents[:1])).declined == "FEW_INCIDENTS"


def test_what_no_records_tell_of_is_declined_with_its_reason() -> None:
    assert {each.name: each.declined for each in list_outcomes(cohorts_of())} == {
        "self_resolution": "NO_TICKETS",
        "do_it_for_me": "NO_REQUESTS",
        "author_share": "NO_CHANGES",
        "home_alone": "NO_INCIDENT_RECORDS",
        "requests": "NO_REQUESTS",
        "incidents": "NO_INCIDENT_RECORDS",
        "time_to_restore": "NO_INCIDENT_RECORDS",
    }
    unlabelled = outcome("do_it_for_me", cohorts_of(requests=[request(None)]))
    assert unlabelled.declined == "KIND_NOT_LABELLED"


# --- changes --------------------------------------------------------------------------------------------


def test_a_rate_changes_by_the_logarithm_of_its_ratio_with_half_an_event_added() -> None:
    found = outcome("requests", cohorts_of(requests=[request("work")]))
    change, variance = found.change(Count(9.5, 10), Count(4.5, 10))
    assert change == pytest.approx(math.log(5 / 10))
    assert variance == pytest.approx(1 / 10 + 1 / 5)
    assert found.printed(change) == pytest.approx(-0.5)
    assert (found.unit, found.measure) == ("rate_ratio", "impact.requests")


def test_a_duration_changes_by_the_ratio_of_geometric_means() -> None:
    found = outcome(
        "time_to_restore", cohorts_of(incidents=[incident(1, hours=1), incident(2, hours=math.e)])
    )
    change, variance = found.change(Count(2 * math.log(4), 2), Count(math.log(8), 1))
    assert found.printed(change) == pytest.approx(1.0)
    assert variance == pytest.approx(0.5 * (1 / 2 + 1))
