"""The stored sample against what was planted in it: careful answers hold the truth, careless ones do not."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from rotation_analysis import build_retrospective, read_programme
from rotation_analysis.disclosure import Edition, Publication
from rotation_analysis.measures import Measure

SAMPLE = Path(__file__).resolve().parents[1] / "data" / "sample"
SHARE = "impact.self_resolution"


@pytest.fixture(scope="module")
def truth() -> dict[str, Any]:
    return tomllib.loads((SAMPLE / "truth.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def retrospective() -> Any:
    return build_retrospective(read_programme(SAMPLE))


@pytest.fixture(scope="module")
def measures(retrospective: Any) -> tuple[Measure, ...]:
    return retrospective.measures


@pytest.fixture(scope="module")
def cohort_3(retrospective: Any) -> Publication:
    return retrospective.publish(Edition(audience="owner", cohort="3"))


def whole(measures: tuple[Measure, ...], name: str) -> Measure:
    (row,) = [
        m for m in measures if m.measure == name and m.cohort is None and m.team is None and not m.skill
    ]
    return row


def test_interval_of_the_first_graduate_holds_its_truth(measures: Any, truth: Any) -> None:
    row = whole(measures, f"{SHARE}.first_graduate")
    assert row.low < truth["E1"]["expected"] < row.high
    assert row.low > 0
    assert row.n == 7


def test_second_graduate_is_declined(measures: Any) -> None:
    row = whole(measures, f"{SHARE}.second_graduate")
    assert row.verdict == "not_enough_data"
    assert row.low < 0 < row.high
    assert row.low < 0.12 < row.high


def test_absence_is_shown_as_a_cost_of_the_home_team(measures: Any, truth: Any) -> None:
    row = whole(measures, f"{SHARE}.away")
    assert row.value < 0
    assert row.low < truth["E5"]["expected"] < row.high


def test_company_portal_is_in_before_after_and_not_in_the_difference(measures: Any, cohort_3: Any) -> None:
    """E3: every team rose on the portal's day; only the comparison that nobody should use credits it."""
    never = cohort_3.rows(f"{SHARE}.never_senders", team="hinoki")
    rose = (
        never.loc[never["phase"].eq("after_first"), "value"].iloc[0]
        - never.loc[never["phase"].eq("baseline"), "value"].iloc[0]
    )
    careful = whole(measures, f"{SHARE}.first_graduate")
    careless = whole(measures, f"{SHARE}.before_after")
    assert rose > 0.05
    assert careless.value > careful.value + 0.05
    assert "NOT_THE_ANSWER" in careless.notes
    assert careless.verdict is None


def test_compulsory_review_raises_never_senders_too(measures: Any) -> None:
    """E7: the rule's date lies in cohort 1's stay, and teams that sent nobody review more as well."""
    rates = {
        m.phase: m.value
        for m in measures
        if m.measure == "requests.per_team_week.never_senders" and m.cohort == "1" and m.kind == "review"
    }
    assert rates["after_first"] > rates["baseline"] + 0.05


def test_events_stand_on_the_page_with_the_phases_they_fall_into(cohort_3: Any) -> None:
    days = {event["date"] for event in cohort_3.facts["events"]}
    assert {"2022-07-01", "2023-07-03"} <= days


def test_bracket_of_skill_growth_lies_within_the_range_over_seeds(measures: Any, truth: Any) -> None:
    for arm in ("now_minus_start", "now_minus_then", "mentor"):
        row = whole(measures, f"skill.growth.{arm}")
        expected = truth[f"E10_{arm}"]
        assert abs(row.value - expected["expected"]) < 2 * expected["sd"]
        assert row.low < expected["expected"] < row.high
    low, high = (
        whole(measures, f"skill.growth.{arm}").value for arm in ("now_minus_start", "now_minus_then")
    )
    assert low < 1.09 < high  # the truth lies inside the bracket


def test_incident_path_moves_from_watching_to_acting(measures: Any, truth: Any) -> None:
    """E12, and p01 stays helper at most."""
    rows = [m for m in measures if m.measure == "incident.participation" and m.value]
    acting = {
        phase: sum(m.value for m in rows if m.phase == phase and m.kind in ("responder", "lead"))
        / sum(m.value for m in rows if m.phase == phase and m.kind != "step_unknown")
        for phase in ("month_1", "months_4_end")
    }
    assert acting["month_1"] < acting["months_4_end"]
    assert truth["E12_months_4_end"]["low"] < acting["months_4_end"] < truth["E12_months_4_end"]["high"]
    assert not [m for m in rows if m.person == "p01" and m.phase in ("month_1", "months_2_3", "months_4_end")
                and m.kind in ("responder", "lead")]  # fmt: skip


def test_do_it_for_me_falls_and_permission_bound_stays(measures: Any, truth: Any) -> None:
    """E6 and E8."""
    shares = [m for m in measures if m.measure == "requests.do_it_for_me_share" and m.value is not None]
    mean = {
        phase: sum(m.value for m in shares if m.phase == phase) / sum(m.phase == phase for m in shares)
        for phase in ("baseline", "after_first")
    }
    assert truth["E6"]["low"] < mean["after_first"] - mean["baseline"] < truth["E6"]["high"]
    bound = [
        m.value
        for m in measures
        if m.measure == "requests.per_team_week" and m.kind == "permission_bound" and m.phase == "stay"
    ]
    assert truth["E8"]["low"] < sum(bound) / len(bound) < truth["E8"]["high"]


def test_team_that_stopped_labelling_is_left_out_and_the_comparison_goes_on(retrospective: Any) -> None:
    """M17: tsubaki's tickets say not how they were solved since 2023-10."""
    tickets = retrospective.cohorts.tables["tickets"]
    late = tickets[tickets["team"].eq("tsubaki") & (tickets["day"] >= "2023-10-02")]
    assert late["how"].isna().all()
    rows = [
        m for m in retrospective.measures if m.measure == f"{SHARE}.first_graduate" and m.team == "keyaki"
    ]
    assert rows[0].value is not None
