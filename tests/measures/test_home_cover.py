"""What the home team pays, on literal answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from rotation_analysis.cohorts.cohort import Cohorts
from rotation_analysis.measure_row import Measure
from rotation_analysis.measures.parties.home_survey import measure_home_cover
from tests.builders import COVERAGE_COLUMNS, make_cohorts, make_programme, make_rotation, pick

TEAMS = {"p01": "aoi", "p02": "kaede", "p03": "aoi", "p04": "sakura"}
COHORTS = {"p01": "1", "p02": "1", "p03": "2", "p04": "2"}
COVER, DELAY, BUS = "home.cover", "home.delay_within_plan", "home.bus_factor_away"
Row = dict[str, Any]


def cover(month: str, level: int | None, **other: Any) -> Row:
    fixed = {"instrument": "home", "rater": "home", "question": "hm_cover", "day": f"{month}-10"}
    return {**fixed, "state": "answered", "level": level, "scale": "scale5", **other}


def delay(person: str, level: int | None, on: str = "2023-03-10", **other: Any) -> Row:
    fixed = {"instrument": "manager", "rater": "manager", "question": "mg_cost", "person": person}
    told = {"state": "answered", "level": level, "scale": "scale5"}
    return {**fixed, "cohort": COHORTS[person], "day": on, **told, **other}


def lay_out(answers: Sequence[Row], status: dict[str, str]) -> Cohorts:
    stays = [
        make_rotation(person, team, "2023-01-02", "2023-06-30", cohort=COHORTS[person])
        for person, team in TEAMS.items()
    ]
    cohorts = make_cohorts(make_programme(*stays, teams=["ume"]), responses=answers)
    columns = [*COVERAGE_COLUMNS[:4], "instrument", "status"]
    rows = [(p, COHORTS[p], "manager", "middle", "manager", state) for p, state in status.items()]
    return replace(cohorts, coverage=pd.DataFrame(rows, columns=columns).assign(comparable=True))


def measure(answers: Sequence[Row] = (), status: dict[str, str] | None = None) -> list[Measure]:
    return list(measure_home_cover(lay_out(answers, status or {})))


def test_cover_strain_is_the_share_that_does_not_agree_month_by_month() -> None:
    answers = [cover("2023-02", level) for level in (1, 2, 3, 5)] + [cover("2023-04", 5)]
    blank = cover("2023-04", None, state="not_applicable", scale=None)
    row = pick(measure([*answers, blank]), COVER)
    assert (row.value, row.n, row.missing, row.cohort) == (0.25, 5, 1, None)
    assert row.notes == ("ROUNDS:2:2", "ASKED_UNKNOWN:2:2", "FEW_ROUNDS")
    assert row.people == ("home-1", "home-2", "home-3", "home-4")


def test_where_the_form_asks_the_team_teams_count_alike_from_their_first_departure_on() -> None:
    answers = [
        cover("2022-11", 1, team="aoi"),  # nobody is away yet
        *(cover("2023-02", level, team="aoi") for level in (1, 5)),
        *(cover("2023-04", level, team="aoi") for level in (5, 5)),
        cover("2023-02", 2, team="kaede"),
        cover("2023-02", 1, team="ume"),  # sends nobody: has no absence to cope with
        cover("2023-02", 1),  # of no known team
    ]
    row = pick(measure(answers), COVER)
    assert (row.value, row.n, row.method) == (0.625, 5, "share_of_teams_t")  # (0.25 + 1) / 2
    assert row.missing == 1
    assert row.notes == ("ROUNDS:3:3", "ASKED_UNKNOWN:4:4", "FEW_TEAMS")
    assert row.people == ("home-aoi-1", "home-aoi-2", "home-kaede-1")


def test_what_did_not_come_back_is_missing_by_the_team_s_size_without_those_away() -> None:
    given = lay_out([cover("2023-02", 4, team="kaede"), cover("2023-08", 4, team="kaede")], {})
    sized = tuple(
        team.model_copy(update={"size": 4}) if team.id == "kaede" else team for team in given.programme.teams
    )
    cohorts = replace(given, programme=given.programme.model_copy(update={"teams": sized}))
    row = pick(list(measure_home_cover(cohorts)), COVER)
    assert (row.n, row.missing) == (2, 2 + 3)  # p02 is away until the end of June
    assert "ASKED_BY_SIZE" in row.notes


def test_forms_that_came_too_early_or_blank_tell_nothing_and_say_why() -> None:
    assert pick(measure([cover("2022-11", 1, team="aoi")]), COVER).declined == "NO_ROUND_THEN"
    blank = cover("2023-02", None, team="aoi", state="blank", scale=None)
    assert pick(measure([blank]), COVER).declined == "ROUND_UNANSWERED"


def test_who_would_send_somebody_again_are_those_who_agree_in_all_teams() -> None:
    answers = [
        cover("2022-11", level, team=team, question="hm_sendagain")
        for team, level in (("aoi", 4), ("aoi", 3), ("ume", 5), ("sakura", 1), ("kaede", 2))
    ]
    row = pick(measure(answers), "home.send_again")
    assert (row.value, row.n) == (0.375, 5)  # teams: 0.5, 1, 0, 0
    assert (row.low, row.high) == (0.0, 1.0)  # 0.375 ± 3.182 · 0.479 / 2, cut where no share can be


def test_without_the_home_team_s_survey_cover_is_not_known() -> None:
    assert pick(measure(), COVER).declined == "NO_SURVEY"


def test_a_delay_within_plan_is_told_by_each_manager_s_latest_answer() -> None:
    answers = [
        delay("p01", 2),
        delay("p01", 4, "2023-06-25"),
        delay("p02", 3),
        delay("p03", 5),
        delay("p03", 1, scale="own", on="2023-06-25"),
    ]
    rows = measure(answers, {"p01": "answered", "p02": "answered", "p03": "answered", "p04": "missing"})
    row = pick(rows, DELAY, cohort=None)
    assert (row.n, row.missing, row.value) == (3, 1, pytest.approx(2 / 3))
    assert row.low == pytest.approx(0.2077, abs=0.0001)  # Wilson, 2 of 3
    assert pick(rows, DELAY, cohort="1").value == 0.5


def test_one_manager_of_two_participants_is_one_person() -> None:
    rows = measure([delay("p01", 4), delay("p03", 4), delay("p04", 2)])
    assert pick(rows, DELAY, cohort=None).people == ("manager-aoi", "manager-sakura")


def test_why_no_manager_told_is_the_state_of_their_survey() -> None:
    rows = measure([delay("p03", 4)], {"p01": "missing", "p02": "missing", "p03": "answered"})
    assert pick(rows, DELAY, cohort="1").declined == "WAVE_MISSING"
    assert pick(measure(), DELAY, cohort="1").declined == "NO_SURVEY"
