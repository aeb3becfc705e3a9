"""Phases of persons and teams against the bounds of the phase table, counted by hand."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rotation_analysis.cohorts.phases import (
    PERSON_PHASES,
    TEAM_PHASES,
    explain_missing_after,
    list_cohort_phases,
    list_person_phases,
    list_team_phases,
)
from rotation_analysis.programme.model import Rotation
from tests.builders import day, make_programme, make_rotation

Bounds = dict[str, tuple[str, str]]
START, END = "2023-01-02", "2023-06-30"  # a Monday, a Friday


def bounds(frame: pd.DataFrame) -> Bounds:
    """Phase → its first and last day; every phase at most once."""
    assert frame["phase"].is_unique
    return {row.phase: (str(row.first.date()), str(row.last.date())) for row in frame.itertuples()}


def team_bounds(*stays: Rotation, team: str = "aoi", **programme: str) -> Bounds:
    phases = list_team_phases(make_programme(*stays, **programme))  # type: ignore[arg-type]
    return bounds(phases[phases["team"].eq(team)])


# --- persons --------------------------------------------------------------------------------------------


def test_phases_of_a_person_who_returned() -> None:
    programme = make_programme(make_rotation("p01", "aoi", START, END))
    assert bounds(list_person_phases(programme)) == {
        "before": ("1990-01-01", "2023-01-01"),
        "month_1": ("2023-01-02", "2023-01-29"),  # weeks 1-4
        "months_2_3": ("2023-01-30", "2023-04-02"),  # weeks 5-13
        "months_4_end": ("2023-04-03", "2023-06-30"),  # week 14 to the end
        "ramp": ("2023-07-01", "2023-08-25"),  # weeks 1-8 after
        "settled": ("2023-08-26", "2023-12-29"),  # weeks 9-26 after
        "later": ("2023-12-30", "2025-03-31"),  # from week 27, to as_of
    }
    assert tuple(bounds(list_person_phases(programme))) == PERSON_PHASES


def test_phases_of_a_running_stay_end_at_as_of() -> None:
    found = bounds(list_person_phases(make_programme(make_rotation("p01", "aoi", START), as_of="2023-02-10")))
    assert list(found) == ["before", "month_1", "months_2_3"]
    assert found["months_2_3"] == ("2023-01-30", "2023-02-10")


def test_a_stay_of_three_weeks_has_one_phase_and_no_gap() -> None:
    found = bounds(list_person_phases(make_programme(make_rotation("p01", "aoi", START, "2023-01-20"))))
    assert found["month_1"] == (START, "2023-01-20")
    assert "months_2_3" not in found
    assert found["ramp"][0] == "2023-01-21"


def test_a_person_who_stays_with_the_host_has_no_phase_after_the_end() -> None:
    found = bounds(list_person_phases(make_programme(make_rotation("p01", "aoi", START, END, now="host"))))
    assert list(found)[-1] == "months_4_end"


def test_a_graduate_who_leaves_has_phases_until_then() -> None:
    left = make_rotation("p01", "aoi", START, END, now="left", now_since=day("2023-10-31"))
    found = bounds(list_person_phases(make_programme(left)))
    assert list(found)[-1] == "settled"
    assert found["settled"] == ("2023-08-26", "2023-10-31")


def test_a_stay_that_begins_after_as_of_has_only_a_before() -> None:
    found = bounds(list_person_phases(make_programme(make_rotation("p01", "aoi", START), as_of="2022-06-30")))
    assert found == {"before": ("1990-01-01", "2022-06-30")}


@pytest.mark.parametrize(
    ("now", "since", "back"),
    [
        ("home", None, True),
        ("home", "2023-07-01", True),
        ("host", None, False),
        ("host", "2023-07-01", False),
        ("elsewhere", None, False),
        ("elsewhere", "2023-07-01", False),  # the day after the end: never back
        ("elsewhere", "2023-07-02", True),
        ("left", "2023-06-30", False),
        ("left", "2023-07-01", False),
        ("left", "2023-12-31", True),
    ],
)
def test_returned_says_whether_the_home_team_had_them_back(now: str, since: str | None, back: bool) -> None:
    stay = make_rotation("p01", "aoi", START, END, now=now, now_since=since and day(since))
    assert stay.has_returned is back


@pytest.mark.parametrize(
    ("ends", "why"),
    [
        (({"now": "host"},), "NOT_RETURNED"),
        (({"now": "host"}, {"now": "home"}), "NO_POST_WINDOW"),
        (({"now": "host"}, {"end": None}), "NO_POST_WINDOW"),
    ],
)
def test_why_a_team_has_no_time_after_a_return(ends: tuple[dict[str, Any], ...], why: str) -> None:
    stays = [make_rotation("p01", "aoi", START, **{"end": END, **other}) for other in ends]
    assert explain_missing_after(stays) == why


def test_a_running_stay_has_not_returned() -> None:
    assert not make_rotation("p01", "aoi", START).has_returned


# --- teams ----------------------------------------------------------------------------------------------


def test_phases_of_a_team_with_one_graduate() -> None:
    found = team_bounds(make_rotation("p01", "aoi", START, END))
    assert found == {
        "baseline": ("2022-04-04", "2022-10-02"),  # weeks -39 to -14: 26 weeks
        "dip": ("2022-10-03", "2023-01-01"),  # weeks -13 to -1
        "away": (START, END),
        "ramp": ("2023-07-01", "2023-08-25"),  # weeks 1-8
        "after_first": ("2023-08-26", "2023-12-29"),  # weeks 9-26
    }
    assert day("2022-10-02") - day("2022-04-04") == timedelta(weeks=26, days=-1)


def test_a_team_that_a_member_of_the_host_team_went_to_is_in_no_comparison() -> None:
    stay = make_rotation("s1", "sre", "2023-01-02", "2023-06-30", host_team="aoi", direction="sre_to_dev")
    phases = list_team_phases(make_programme(stay, teams=("aoi", "kiri")))
    assert set(phases["team"]) == {"kiri"}
    assert explain_missing_after([stay]) == "OTHER_DIRECTION"


def test_a_team_that_sent_nobody_is_never_and_the_host_team_has_no_phase() -> None:
    phases = list_team_phases(
        make_programme(make_rotation("p01", "aoi", START, END), teams=["kiri"], data_start="2022-01-01")
    )
    assert set(phases["phase"]) <= set(TEAM_PHASES)
    assert "sre" not in set(phases["team"])
    assert bounds(phases[phases["team"].eq("kiri")]) == {"never": ("2022-01-01", "2025-03-31")}
    assert phases.loc[phases["team"].eq("kiri"), ["person", "cohort"]].isna().all(axis=None)


def test_baseline_is_cut_where_data_start() -> None:
    stay = make_rotation("p01", "aoi", START, END)
    assert team_bounds(stay, data_start="2022-07-01")["baseline"] == ("2022-07-01", "2022-10-02")
    assert "baseline" not in team_bounds(stay, data_start="2022-10-03")
    assert team_bounds(stay, data_start="2022-11-01")["dip"] == ("2022-11-01", "2023-01-01")


@pytest.mark.parametrize("now", ["host", "elsewhere", "left"])
def test_a_stay_that_ends_without_a_return_starts_no_ramp(now: str) -> None:
    found = team_bounds(make_rotation("p01", "aoi", START, END, now=now, now_since=day("2023-07-01")))
    assert list(found) == ["baseline", "dip", "away"]
    assert found["away"] == (START, END)


def test_after_first_is_cut_at_the_next_departure() -> None:
    second = make_rotation("p02", "aoi", "2023-11-01", "2024-03-31", cohort="2")
    phases = list_team_phases(make_programme(make_rotation("p01", "aoi", START, END), second))
    after = phases[phases["phase"].isin(["after_first", "after_second"])]
    assert bounds(after) == {
        "after_first": ("2023-08-26", "2023-10-31"),
        "after_second": ("2024-05-27", "2024-09-29"),
    }
    assert after["person"].tolist() == ["p01", "p02"]
    assert after["cohort"].tolist() == ["1", "2"]
    assert phases.loc[phases["phase"].eq("dip"), "cohort"].tolist() == ["1"]


def test_ramp_is_cut_at_the_next_departure_and_no_after_first_follows() -> None:
    second = make_rotation("p02", "aoi", "2023-08-01", "2023-12-31", now="host")
    phases = list_team_phases(make_programme(make_rotation("p01", "aoi", START, END), second))
    assert bounds(phases[phases["phase"].ne("away")])["ramp"] == ("2023-07-01", "2023-07-31")
    assert "after_first" not in set(phases["phase"])


def test_after_first_ends_when_its_graduate_leaves() -> None:
    left = make_rotation("p01", "aoi", START, END, now="left", now_since=day("2023-10-31"))
    assert team_bounds(left)["after_first"] == ("2023-08-26", "2023-10-31")


def test_after_first_ends_at_as_of() -> None:
    stay = make_rotation("p01", "aoi", START, END)
    assert team_bounds(stay, as_of="2023-09-30")["after_first"] == ("2023-08-26", "2023-09-30")
    assert "after_first" not in team_bounds(stay, as_of="2023-08-25")


def test_away_of_a_running_stay_ends_at_as_of() -> None:
    assert team_bounds(make_rotation("p01", "aoi", START), as_of="2023-02-10")["away"] == (
        START,
        "2023-02-10",
    )


def test_a_third_graduate_opens_no_after_phase() -> None:
    stays = [
        make_rotation(f"p0{n}", "aoi", f"202{n}-01-03", f"202{n}-03-31", cohort=str(n)) for n in (1, 2, 3)
    ]
    phases = list_team_phases(make_programme(*stays))
    assert phases["phase"].value_counts().to_dict() == {
        "away": 3,
        "ramp": 3,
        "baseline": 1,
        "dip": 1,
        "after_first": 1,
        "after_second": 1,
    }


@pytest.mark.parametrize(
    ("second", "ramp"),
    [
        (("2023-03-01", "2023-09-30"), ("2023-10-01", "2023-11-25")),  # the first is back while one is away
        (("2023-03-01", "2023-04-30"), ("2023-07-01", "2023-08-25")),  # the second's stay lies in the first's
        ((START, END), ("2023-07-01", "2023-08-25")),  # both at once
    ],
)
def test_a_ramp_begins_when_nobody_of_the_team_is_away(
    second: tuple[str, str], ramp: tuple[str, str]
) -> None:
    for cohort, after in (("1", "after_first"), ("2", "after_second")):
        stays = (
            make_rotation("p01", "aoi", START, END),
            make_rotation("p02", "aoi", *second, cohort=cohort),
        )
        phases = list_team_phases(make_programme(*stays))
        found = bounds(phases[phases["phase"].ne("away")])
        assert list(found) == ["baseline", "dip", "ramp", after]
        assert found["ramp"] == ramp


def test_people_of_one_team_and_cohort_are_one_absence() -> None:
    pair = make_rotation("p01", "aoi", START, "2023-05-31"), make_rotation("p02", "aoi", "2023-02-01", END)
    assert team_bounds(*pair)["away"] == (START, END)
    stayed = make_rotation("p02", "aoi", START, END, now="host")
    for both in ((pair[0], stayed), (stayed, pair[0])):
        assert team_bounds(*both)["ramp"][0] == "2023-07-01"
    running = make_rotation("p02", "aoi", "2023-02-01")
    assert list(team_bounds(pair[0], running)) == ["baseline", "dip", "away"]


@st.composite
def some_stays(draw: st.DrawFn) -> list[Rotation]:
    stays = []
    for number in range(draw(st.integers(1, 4))):
        cohort = str(draw(st.integers(1, 3)))
        start = date(2020, 1, 1) + timedelta(days=draw(st.integers(0, 1200)))
        end = start + timedelta(days=draw(st.integers(0, 400)))
        now = draw(st.sampled_from(["home", "host", "left", "elsewhere", "running"]))
        since = end + timedelta(days=draw(st.integers(0, 300)))
        other = {} if now in ("home", "running") else {"now": now, "now_since": since}
        until = None if now == "running" else str(end)
        stays.append(make_rotation(f"p0{number}", "aoi", str(start), until, cohort=cohort, **other))
    return stays


@settings(max_examples=200, deadline=None)
@given(stays=some_stays())
def test_phases_of_one_team_never_overlap_except_two_absences(stays: list[Rotation]) -> None:
    phases = list_team_phases(make_programme(*stays, as_of="2023-12-31", data_start="2019-10-01"))
    assert (phases["first"] <= phases["last"]).all()
    rows = list(phases.itertuples())
    for n, one in enumerate(rows):
        for other in rows[:n]:
            if not one.phase == other.phase == "away":
                assert one.last < other.first or other.last < one.first, (one, other)


def test_a_cohorts_phases_hold_the_baseline_its_first_return_is_compared_with() -> None:
    stayed = make_rotation("p01", "aoi", START, END, now="host")
    second = make_rotation("p02", "aoi", "2023-11-01", "2024-03-31", cohort="2")
    phases = list_team_phases(make_programme(stayed, second))
    assert list(bounds(list_cohort_phases(phases, "1"))) == ["baseline", "dip", "away"]
    own = list_cohort_phases(phases, "2")
    assert list(bounds(own)) == ["baseline", "away", "ramp", "after_first"]
    assert set(own["cohort"]) == {"2"}
