"""Working weeks of stays, and how many people were there on a day."""

from __future__ import annotations

import pandas as pd
import pytest

from rotation_analysis.cohorts.working_weeks import (
    count_hosts,
    count_participants_present,
    count_weeks_present,
)
from rotation_analysis.programme.model import Leave, Programme, Team
from tests.builders import day, make_programme, make_rotation

STAY = make_rotation("p1", "web", "2024-04-01", "2024-06-28")


def weeks_of(programme: Programme, first: str, last: str, person: str = "p1") -> float:
    return count_weeks_present(programme, person, day(first), day(last))


def with_size(programme: Programme, size: int) -> Programme:
    return programme.model_copy(update={"teams": (Team(id="sre", ja="sre", en="sre", size=size),)})


@pytest.mark.parametrize(
    ("first", "last", "weeks"),
    [
        ("2024-05-13", "2024-05-19", 1.0),
        ("2024-04-29", "2024-05-05", 0.6),  # Golden Week
        ("2024-03-25", "2024-04-02", 0.4),  # the stay begins on 1 April
        ("2024-06-27", "2024-07-10", 0.4),  # and ends on 28 June
        ("2024-07-01", "2024-07-31", 0.0),
        ("2024-05-14", "2024-05-13", 0.0),
    ],
)
def test_weeks_are_working_days_of_the_stay(first: str, last: str, weeks: float) -> None:
    assert weeks_of(make_programme(STAY), first, last) == pytest.approx(weeks)


def test_part_time_weighs_the_weeks() -> None:
    half = STAY.model_copy(update={"share": 0.5})
    assert weeks_of(make_programme(half), "2024-05-13", "2024-05-26") == pytest.approx(1.0)


def test_leave_is_no_exposure_and_counts_once() -> None:
    leave = (
        Leave(person="p1", first=day("2024-05-13"), last=day("2024-05-14")),
        Leave(person="p1", first=day("2024-05-14"), last=day("2024-05-18")),  # to a Saturday
        Leave(person="p2", first=day("2024-05-20"), last=day("2024-05-24")),
    )
    programme = make_programme(STAY, leave=leave)
    assert weeks_of(programme, "2024-05-13", "2024-05-19") == 0.0
    assert weeks_of(programme, "2024-05-13", "2024-05-26") == 1.0


def test_a_running_stay_counts_until_the_data_end() -> None:
    programme = make_programme(make_rotation("p1", "web", "2024-05-13"), as_of="2024-05-22")
    assert weeks_of(programme, "2024-05-01", "2024-12-31") == pytest.approx(1.6)


def test_two_stays_of_one_person_add_up() -> None:
    again = make_rotation("p1", "web", "2024-07-01", "2024-07-05", cohort="2")
    other = make_rotation("p2", "app", "2024-04-01", "2024-07-05")
    assert weeks_of(make_programme(STAY, again, other), "2024-06-24", "2024-07-31") == pytest.approx(2.0)
    assert weeks_of(make_programme(STAY), "2024-06-24", "2024-07-31", person="p9") == 0.0


def test_rotators_of_a_day_are_those_who_stay_then() -> None:
    programme = make_programme(
        STAY,
        make_rotation("p2", "app", "2024-06-28"),
        make_rotation("p3", "sre", "2024-04-01", direction="sre_to_dev", host_team="web"),
        as_of="2024-08-01",
        leave=(Leave(person="p2", first=day("2024-07-01"), last=day("2024-07-05")),),
    )
    days = [day(text) for text in ("2024-03-31", "2024-04-01", "2024-06-28", "2024-07-02", "2024-08-02")]
    found = count_participants_present(programme, days)
    assert found.tolist() == [0, 1, 2, 1, 0]
    assert found.index.tolist() == [pd.Timestamp(each) for each in days]
    assert count_participants_present(make_programme(), pd.DatetimeIndex(days)).tolist() == [0] * 5
    assert count_participants_present(programme, []).tolist() == []


def test_hosts_are_the_team_and_those_who_stayed_on() -> None:
    stayed = STAY.model_copy(update={"now": "host"})
    later = make_rotation("p2", "app", "2024-04-01", "2024-06-28", now="host", now_since=day("2024-07-03"))
    returned = make_rotation("p3", "db", "2024-04-01", "2024-06-28")
    programme = with_size(make_programme(stayed, later, returned), 6)
    days = pd.to_datetime(["2024-06-28", "2024-06-29", "2024-07-03"])
    assert count_hosts(programme, days).tolist() == [6, 7, 8]


def test_hosts_are_unknown_where_the_size_is_not_declared() -> None:
    found = count_hosts(make_programme(STAY), [day("2024-05-01")])
    assert found.isna().all()
    assert str(found.dtype) == "Int64"
