"""The truth table from estimate to verdict, and the family over which Holm runs."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from rotation_analysis.measures import Measure
from rotation_analysis.programme import EvaluationPlan, Primary
from rotation_analysis.verdicts import DEFAULT_SMALLEST_CHANGE, VERDICTS, Evidence, judge, judge_all

STRONG: dict[str, Any] = {
    "value": 0.8,
    "low": 0.3,
    "high": 1.3,
    "declared": True,
    "excludes_zero": True,
    "compared": True,
    "sources": (0.7,),
}
# Every row changes a strong piece of evidence (s = 0.5); in the order of the rules, the first match wins.
TRUTH_TABLE = [
    # 2 not_measurable: a definition is not met, whatever the numbers say
    ({"declined": "NO_CONTROL"}, "not_measurable"),
    ({"declined": "NO_CONTROL", "low": None, "high": None}, "not_measurable"),
    ({"declined": "TEAM_NOT_LABELLED", "sources": (-0.7,)}, "not_measurable"),
    ({"value": None, "low": None, "high": None}, "not_measurable"),
    # 3 not_enough_data: no interval, or one that reaches beyond both -s and +s
    ({"low": None, "high": None}, "not_enough_data"),
    ({"low": None}, "not_enough_data"),
    ({"high": None}, "not_enough_data"),
    ({"low": None, "high": None, "sources": (-0.7,)}, "not_enough_data"),
    ({"value": 0.6, "low": -0.51, "high": 1.7}, "not_enough_data"),
    ({"value": 0.6, "low": -0.51, "high": 1.7, "sources": (-0.7,)}, "not_enough_data"),
    ({"value": 0.0, "low": -0.6, "high": 0.6}, "not_enough_data"),
    # 4 views_differ: both by at least s, in opposite directions
    ({"sources": (-0.7,)}, "views_differ"),
    ({"sources": (-0.5,)}, "views_differ"),
    ({"sources": (0.7, -0.6)}, "views_differ"),
    ({"value": 0.5, "low": 0.1, "high": 0.9, "sources": (-0.5,)}, "views_differ"),
    ({"value": -0.8, "low": -1.3, "high": -0.3, "sources": (0.5,)}, "views_differ"),
    ({"sources": (-0.49,)}, "leaning"),
    ({"value": 0.49, "low": 0.1, "high": 0.9, "sources": (-0.7,)}, "leaning"),
    # 5 supported: all of it
    ({}, "supported"),
    ({"value": 0.5}, "supported"),
    ({"value": -0.8, "low": -1.3, "high": -0.3, "sources": (-0.1,)}, "supported"),
    ({"sources": (0.7, -0.1)}, "supported"),
    ({"value": 0.5, "low": 0.5, "high": 0.5}, "supported"),
    ({"declared": False}, "leaning"),
    ({"excludes_zero": False}, "leaning"),
    ({"compared": False}, "leaning"),
    ({"sources": ()}, "leaning"),
    ({"sources": (0.0,)}, "leaning"),
    ({"value": 0.49}, "leaning"),
    # 6 no_large_change: the whole interval within -s and +s, the ends included
    ({"value": 0.1, "low": -0.2, "high": 0.4}, "no_large_change"),
    ({"value": 0.0, "low": -0.5, "high": 0.5}, "no_large_change"),
    ({"value": 0.3, "low": 0.1, "high": 0.5}, "no_large_change"),
    ({"value": 0.1, "low": -0.2, "high": 0.4, "declared": False}, "no_large_change"),
    ({"value": 0.1, "low": -0.2, "high": 0.4, "sources": (-0.9,)}, "no_large_change"),
    # 7 leaning: everything else
    ({"value": 0.3, "low": 0.1, "high": 0.51}, "leaning"),
    ({"value": 0.4, "low": -0.5, "high": 1.3, "excludes_zero": False}, "leaning"),
    ({"value": -0.4, "low": -1.3, "high": 0.5, "excludes_zero": False, "sources": ()}, "leaning"),
]


@pytest.mark.parametrize(("change", "verdict"), TRUTH_TABLE)
def test_first_rule_that_holds_gives_the_verdict(change: dict[str, Any], verdict: str) -> None:
    assert judge(Evidence(s=0.5, **(STRONG | change))) == verdict


def test_the_truth_table_reaches_every_verdict_but_the_gates_own() -> None:
    assert {verdict for _, verdict in TRUTH_TABLE} == set(VERDICTS) - {"hidden"}


@pytest.mark.parametrize(
    ("unit", "s"),
    [
        ("levels", 0.5),
        ("share_points", 0.05),
        ("waiting_ratio", 0.2),
        ("strain", 0.5),
        ("rate_ratio", 0.2),
    ],
)
def test_smallest_change_that_matters_has_the_methods_default(unit: str, s: float) -> None:
    assert DEFAULT_SMALLEST_CHANGE[unit] == s


def make_plan(*measures: str, **smallest_change: float) -> EvaluationPlan:
    primary = tuple(Primary(measure=measure, account="person") for measure in measures)
    return EvaluationPlan(declared=date(2022, 1, 1), primary=primary, smallest_change=smallest_change)


def make_claim(measure: str, p: float | None = 0.03, **other: Any) -> Measure:
    values: dict[str, Any] = {
        "value": 0.8,
        "low": 0.1,
        "high": 1.5,
        "compared": True,
        "sources": {"mentor": 0.7},
        "claims": True,
    }
    return Measure(measure=measure, unit="levels", method="m", counts="persons", p=p, **(values | other))


def test_holm_runs_over_the_declared_family_only() -> None:
    others = [make_claim(f"other{n}", p=0.04) for n in range(8)]
    judged = judge_all([make_claim("a", p=0.03), *others], make_plan("a"))
    assert judged[0].verdict == "supported"
    assert {row.verdict for row in judged[1:]} == {"leaning"}


def test_holm_takes_back_what_two_declared_measures_cannot_carry() -> None:
    rows = [make_claim("a", p=0.03), make_claim("b", p=0.04)]
    assert [row.verdict for row in judge_all(rows, make_plan("a", "b"))] == ["leaning", "leaning"]
    assert [row.verdict for row in judge_all(rows, make_plan("a"))] == ["supported", "leaning"]


@pytest.mark.parametrize("part", [{"person": "p01"}, {"team": "aoi"}, {"cohort": "1"}, {"skill": "os"}])
def test_rows_of_a_part_of_the_programme_are_no_family(part: dict[str, str]) -> None:
    whole, single = judge_all([make_claim("a"), make_claim("a", p=0.001, **part)], make_plan("a"))
    assert (whole.verdict, single.verdict) == ("supported", "leaning")
    assert single.notes == ("EXPLORATORY",)
    assert "EXPLORATORY" not in whole.notes


def test_what_was_not_declared_is_exploratory_and_at_most_leaning() -> None:
    (row,) = judge_all([make_claim("a", p=0.0001, notes=("SELF_ONLY",))], make_plan())
    assert (row.verdict, row.notes) == ("leaning", ("SELF_ONLY", "EXPLORATORY"))


def test_the_plan_says_what_change_matters() -> None:
    rows = [make_claim("a", p=0.001, value=0.8, low=0.6, high=1.0)]
    assert judge_all(rows, make_plan("a", levels=1.0))[0].verdict == "no_large_change"
    assert judge_all(rows, make_plan("a", levels=0.8))[0].verdict == "supported"


def test_without_a_p_value_nothing_is_supported() -> None:
    assert judge_all([make_claim("a", p=None)], make_plan("a"))[0].verdict == "leaning"


def test_a_count_gets_no_verdict_unless_its_definition_is_not_met() -> None:
    count = make_claim("a", claims=False)
    declined = make_claim("a", claims=False, declined="NO_TICKETS")
    assert [row.verdict for row in judge_all([count, declined], make_plan("a"))] == [None, "not_measurable"]
