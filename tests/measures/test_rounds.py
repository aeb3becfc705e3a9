"""Rounds of anonymous answers, by hand: which month, who could be asked, how many people at least."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rotation_analysis.cohorts.cohort import Cohorts
from rotation_analysis.measures.parties.rounds import (
    estimate_rounds,
    gather_hours,
    group_hours,
    list_anonymous,
    list_host_rounds,
    month_of_stay,
    name_people,
    shield_hours,
)
from rotation_analysis.programme.model import Rotation
from tests.builders import day, make_cohorts, make_programme, make_rotation

STAY = make_rotation("p01", "aoi", "2023-01-02", "2023-03-31")


def hours(on: str, value: float | None = 2.0, **other: Any) -> dict[str, Any]:
    return {
        "instrument": "host",
        "question": "ho_hours",
        "rater": "host",
        "state": "answered",
        "number": value,
        "day": on,
        **other,
    }


def lay_out(*answers: dict[str, Any], stays: tuple[Rotation, ...] = (STAY,), size: int | None = 7) -> Cohorts:
    programme = make_programme(*stays)
    teams = tuple(
        team.model_copy(update={"size": size}) if team.id == "sre" else team for team in programme.teams
    )
    return make_cohorts(programme.model_copy(update={"teams": teams}), responses=answers)


# --- rounds ---------------------------------------------------------------------------------------------


def test_a_round_a_month_is_asked_while_somebody_is_there() -> None:
    rounds = list_host_rounds(lay_out())
    assert [each.month for each in rounds] == ["2023-01", "2023-02", "2023-03"]
    assert [each.asked for each in rounds] == [7, 7, 7]
    assert [each.rotators for each in rounds] == [1, 1, 1]
    assert [str(each.day) for each in rounds] == ["2023-01-15", "2023-02-15", "2023-03-15"]


def test_the_middle_answer_s_day_is_that_of_the_round() -> None:
    answers = [hours(on) for on in ("2023-01-27", "2023-01-25", "2023-01-31")]
    assert str(list_host_rounds(lay_out(*answers))[0].day) == "2023-01-27"


def test_the_week_before_the_first_day_is_no_round() -> None:
    answered_at_once = hours("2023-01-02")
    assert [each.month for each in list_host_rounds(lay_out(answered_at_once))] == ["2023-02", "2023-03"]


def test_the_month_of_the_data_is_a_round_once_somebody_answered() -> None:
    running = make_rotation("p01", "aoi", "2025-01-06")
    before, after = lay_out(stays=(running,)), lay_out(hours("2025-03-28"), stays=(running,))
    assert [each.month for each in list_host_rounds(before)] == ["2025-01", "2025-02"]
    assert [each.month for each in list_host_rounds(after)] == ["2025-01", "2025-02", "2025-03"]


def test_a_stay_that_ended_within_the_week_asked_about_is_in_the_round() -> None:
    late, too_late = lay_out(hours("2023-03-31")), lay_out(hours("2023-04-08"))
    assert list_host_rounds(late)[-1].month == "2023-03"
    assert [each.month for each in list_host_rounds(too_late)] == ["2023-01", "2023-02", "2023-03"]


def test_who_stayed_on_is_asked_from_then_on() -> None:
    stayed = make_rotation("p01", "aoi", "2023-01-02", "2023-03-31", now="host", now_since=day("2023-04-01"))
    other = make_rotation("p02", "aoi", "2023-03-01", "2023-05-31", cohort="2")
    rounds = list_host_rounds(lay_out(stays=(stayed, other)))
    assert [each.asked for each in rounds] == [7, 7, 7, 8, 8]
    assert [each.rotators for each in rounds] == [1, 1, 2, 1, 1]


def test_without_a_declared_size_nobody_knows_how_many_were_asked() -> None:
    assert {each.asked for each in list_host_rounds(lay_out(size=None))} == {None}


def test_stays_of_host_members_elsewhere_are_nothing_to_ask_about() -> None:
    elsewhere = make_rotation("p01", "aoi", "2023-01-02", "2023-03-31", direction="sre_to_dev")
    assert list_host_rounds(lay_out(stays=(elsewhere,))) == ()


def test_months_of_stay_are_told_apart_where_stays_overlap() -> None:
    other = make_rotation("p02", "aoi", "2023-03-01", "2023-05-31", cohort="2")
    march = list_host_rounds(lay_out(stays=(STAY, other)))[2]
    assert march.months_of_stay() == [1, 3]


@pytest.mark.parametrize(
    ("on", "month"),
    [("2023-01-01", 1), ("2023-01-02", 1), ("2023-02-01", 1), ("2023-02-02", 2), ("2024-01-02", 13)],
)
def test_a_month_of_the_stay_begins_on_the_day_of_the_start(on: str, month: int) -> None:
    assert month_of_stay(STAY, day(on)) == month


# --- answers --------------------------------------------------------------------------------------------


def test_an_answer_belongs_to_its_stated_period_else_to_its_month() -> None:
    cohorts = lay_out(hours("2023-02-02", period="2023/01/01〜2023/01/31"), hours("2023-02-03"))
    responses = cohorts.tables["responses"]
    starts = pd.Series(pd.to_datetime(["2023-01-01", "2023-01-07"]), index=responses.index)
    cohorts.tables["responses"]["period_start"] = starts  # type: ignore[index]
    assert list_anonymous(cohorts, "host", "ho_hours")["month"].tolist() == ["2023-01", "2023-02"]


def test_blank_and_unreadable_answers_are_no_answers() -> None:
    cohorts = lay_out(hours("2023-01-27", 0.0), hours("2023-01-27", None, state="blank"))
    assert list_anonymous(cohorts, "host", "ho_hours")["number"].tolist() == [0.0]


def test_as_many_people_answered_as_the_largest_round_has_answers() -> None:
    assert name_people("host", [2, 4, 3]) == ("host-1", "host-2", "host-3", "host-4")
    assert name_people("host", []) == ()


def test_who_answers_twice_in_a_month_makes_no_more_people_than_there_are() -> None:
    twice = [hours(on) for on in ("2023-02-01", "2023-02-27") for _ in range(3)]  # January's form came late
    assert len(gather_hours(lay_out(*twice, size=3)).people) == 3
    assert len(gather_hours(lay_out(*twice, size=None)).people) == 6


# --- a mean of rounds -----------------------------------------------------------------------------------


def test_an_interval_over_rounds_is_students_and_stays_within_what_is_possible() -> None:
    found = estimate_rounds([1.0, 2.0, 3.0, 2.0])  # sd 0.8165, t(3) 3.182: ± 1.299
    assert (found.value, found.low, found.high) == (
        2.0,
        pytest.approx(0.701, abs=0.001),
        pytest.approx(3.299, abs=0.001),
    )
    wide = estimate_rounds([0.0, 0.0, 1.0, 1.0], high=1.0)
    assert (wide.low, wide.high, wide.p) == (0.0, 1.0, None)


@pytest.mark.parametrize(
    ("means", "note"),
    [([1.0], "FEW_ROUNDS"), ([1.0, 2.0, 3.0], "FEW_ROUNDS"), ([2.0] * 4, "ROUNDS_ALIKE")],
)
def test_few_or_equal_rounds_have_no_interval(means: list[float], note: str) -> None:
    found = estimate_rounds(means)
    assert (found.low, found.high, found.note) == (None, None, note)


# --- hours by overlapping groups ------------------------------------------------------------------------


ALONE = make_rotation("p01", "aoi", "2023-01-02", "2023-02-28")
PAIR = tuple(
    make_rotation(person, "aoi", "2023-03-01", "2023-04-28", cohort="2") for person in ("p02", "p03")
)


def answered(**counts: int) -> list[dict[str, Any]]:
    """So many answers in the months 2023-01 (m1), 2023-02 (m2) …"""
    return [hours(f"2023-{int(name[1:]):02}-25") for name, n in counts.items() for _ in range(n)]


def shielded(*answers: dict[str, Any], stays: tuple[Rotation, ...] = (ALONE, *PAIR)) -> dict[str, int]:
    """People by group as the gate will count them."""
    cohorts = lay_out(*answers, stays=stays)
    found = shield_hours(cohorts, gather_hours(cohorts))
    return {f"{of} {name}": len(own) for (of, name), own in found.items()}


def test_groups_are_told_by_the_stays_alone() -> None:
    silent, told = (shielded(*answers) for answers in ([], answered(m1=6, m3=7)))
    assert list(silent) == list(told)
    assert list(told) == [
        *("cohort 1", "cohort 2"),
        *("rotators rotators_1", "rotators rotators_2"),
        *("month month_1", "month month_2"),
    ]


def test_a_hidden_cohort_cannot_be_had_from_the_others_whatever_they_are_called() -> None:
    found = shielded(*answered(m1=3, m2=3, m3=7, m4=6))
    assert found["cohort 1"] == found["rotators rotators_1"] == 3
    assert found["cohort 2"] == found["rotators rotators_2"] == 3  # total − either of them = cohort 1
    assert found["month month_1"] == 7


def test_nothing_is_taken_along_where_nobody_is_few() -> None:
    assert set(shielded(*answered(m1=6, m2=6, m3=6, m4=6)).values()) == {6}


def test_what_rounding_blurs_need_not_be_hidden() -> None:
    long = make_rotation("p01", "aoi", "2021-01-04", "2022-12-30")  # 24 months before
    short = make_rotation("p02", "aoi", "2023-01-04", "2023-01-31", cohort="2")
    answers = [hours(f"{year}-{month:02}-25") for year in (2021, 2022) for month in range(1, 13)] * 6
    found = shielded(*answers, *answered(m1=3), stays=(long, short))
    assert (found["cohort 1"], found["cohort 2"]) == (6, 3)


@settings(deadline=None)
@given(
    counts=st.lists(st.integers(0, 7), min_size=6, max_size=6),
    starts=st.lists(st.integers(1, 5), min_size=2, max_size=3),
)
def test_no_hidden_group_s_sum_follows_from_those_shown(counts: list[int], starts: list[int]) -> None:
    stays = tuple(
        make_rotation(f"p0{n}", "aoi", f"2023-{start:02}-01", f"2023-{start + 1:02}-28", cohort=str(n))
        for n, start in enumerate(starts)
    )
    answers = answered(**{f"m{month}": n for month, n in enumerate(counts, start=1)})
    cohorts = lay_out(*answers, stays=stays)
    given_hours = gather_hours(cohorts)
    groups, people = group_hours(cohorts, given_hours), shield_hours(cohorts, given_hours)
    k = cohorts.programme.disclosure.k
    months = [each.month for each in given_hours.answered]

    def ends(name: tuple[str, str]) -> list[float]:
        """What the printed value is made of, by round."""
        own, per_head = groups[name], name[0] == "month"
        weight = {
            each.month: ((each.asked or 0) / each.rotators if per_head else 1.0) / len(own.answered)
            for each in own.answered
        }
        return [weight.get(month, 0.0) for month in months]

    if len(given_hours.people) < k:
        assert max((len(own) for own in people.values()), default=0) < k  # not even the total is shown
        return
    total = [1 / len(months)] * len(months)
    shown = np.array([total, *(ends(name) for name, own in people.items() if len(own) >= k)])
    for name, own in groups.items():
        if 0 < len(own.people) < k:
            with_it = np.vstack([shown, ends(name)])
            assert np.linalg.matrix_rank(with_it) > np.linalg.matrix_rank(shown)
