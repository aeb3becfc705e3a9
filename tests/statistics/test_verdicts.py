"""The truth table from estimate to verdict, and the family over which Holm runs."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest

from rotation_analysis.measure_row import Measure
from rotation_analysis.programme.plan import DEFAULT_SMALLEST_CHANGE, EvaluationPlan, Family, Primary
from rotation_analysis.statistics.verdicts import SHOWN, VERDICTS, Evidence, judge, judge_all, name_verdict

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
    ({"value": -0.8, "low": -1.3, "high": -0.3, "sources": (-0.25,)}, "supported"),
    ({"sources": (0.7, -0.1)}, "supported"),
    # a second kind of source that shows next to nothing is no agreement
    ({"sources": (0.01,)}, "leaning"),
    ({"sources": (0.24,)}, "leaning"),
    ({"value": -0.8, "low": -1.3, "high": -0.3, "sources": (-0.1,)}, "leaning"),
    ({"value": 0.5, "low": 0.5, "high": 0.5}, "supported"),
    ({"declared": False}, "leaning"),
    ({"declared": False, "sources": (-0.7,)}, "views_differ"),
    ({"declared": False, "low": None, "high": None}, "not_enough_data"),
    ({"declared": False, "declined": "NO_CONTROL"}, "not_measurable"),
    ({"excludes_zero": False}, "leaning"),
    ({"compared": False}, "leaning"),
    ({"sources": ()}, "leaning"),
    ({"sources": (0.0,)}, "leaning"),
    ({"value": 0.49}, "leaning"),
    # another way of counting or comparing turns it
    ({"robust": False}, "leaning"),
    ({"robust": False, "sources": (-0.7,)}, "views_differ"),
    ({"robust": False, "low": None}, "not_enough_data"),
    ({"robust": False, "value": 0.1, "low": -0.2, "high": 0.4}, "no_large_change"),
    ({"robust": False, "declined": "NO_CONTROL"}, "not_measurable"),
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


FIRST_END = date(2025, 3, 31)


def judge_rows(rows: list[Measure], plan: EvaluationPlan, *, ended: date = FIRST_END) -> list[Measure]:
    return judge_all(rows, plan, {"p01": ended, "p02": date(2026, 3, 31)})


def make_plan(*measures: str, families: tuple[Family, ...] = (), **smallest_change: float) -> EvaluationPlan:
    primary = tuple(Primary(measure=measure, account="person") for measure in measures)
    return EvaluationPlan(
        declared=date(2022, 1, 1), primary=primary, families=families, smallest_change=smallest_change
    )


def make_claim(measure: str, p: float | None = 0.03, **other: Any) -> Measure:
    values: dict[str, Any] = {
        "value": 0.8,
        "low": 0.1,
        "high": 1.5,
        "compared": True,
        "sources": {"mentor": 0.7},
        "claims": True,
        "people": ("p01", "p02"),
    }
    return Measure(measure=measure, unit="levels", method="m", counts="persons", p=p, **(values | other))


def test_holm_runs_over_the_declared_family_only() -> None:
    others = [make_claim(f"other{n}", p=0.04) for n in range(8)]
    judged = judge_rows([make_claim("a", p=0.03), *others], make_plan("a"))
    assert judged[0].verdict == "supported"
    assert {row.verdict for row in judged[1:]} == {"leaning"}


def test_holm_takes_back_what_two_declared_measures_cannot_carry() -> None:
    rows = [make_claim("a", p=0.03), make_claim("b", p=0.04)]
    both = judge_rows(rows, make_plan("a", "b"))
    one = judge_rows(rows, make_plan("a"))
    assert [row.verdict for row in both] == ["leaning", "leaning"]
    assert [row.verdict for row in one] == ["supported", "leaning"]


@pytest.mark.parametrize("part", [{"person": "p01"}, {"team": "aoi"}, {"cohort": "1"}, {"skill": "os"}])
def test_rows_of_a_part_of_the_programme_are_no_family(part: dict[str, str]) -> None:
    rows = [make_claim("a"), make_claim("a", p=0.001, **part)]
    whole, single = judge_rows(rows, make_plan("a"))
    assert (whole.verdict, single.verdict) == ("supported", "leaning")
    assert single.notes == ("EXPLORATORY",)
    assert "EXPLORATORY" not in whole.notes


def test_what_was_not_declared_is_exploratory_and_at_most_leaning() -> None:
    (row,) = judge_rows([make_claim("a", p=0.0001, notes=("SELF_ONLY",))], make_plan())
    assert (row.verdict, row.notes) == ("leaning", ("SELF_ONLY", "EXPLORATORY"))


def test_the_plan_says_what_change_matters() -> None:
    rows = [make_claim("a", p=0.001, value=0.8, low=0.6, high=1.0)]
    assert judge_rows(rows, make_plan("a", levels=1.0))[0].verdict == "no_large_change"
    assert judge_rows(rows, make_plan("a", levels=0.8))[0].verdict == "supported"


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        ({"p": None}, "leaning"),
        ({"flips": None}, "supported"),
        ({"flips": (0, 12)}, "supported"),
        ({"flips": (1, 12)}, "leaning"),  # another way of counting turns it
    ],
)
def test_a_declared_claim_is_supported_with_a_p_and_where_no_other_count_turns_it(
    claim: dict[str, Any], verdict: str
) -> None:
    assert judge_rows([make_claim("a", **claim)], make_plan("a"))[0].verdict == verdict


def test_a_count_gets_no_verdict_unless_its_definition_is_not_met() -> None:
    count = make_claim("a", claims=False)
    declined = make_claim("a", claims=False, declined="NO_TICKETS")
    assert [row.verdict for row in judge_rows([count, declined], make_plan("a"))] == [
        None,
        "not_measurable",
    ]


# --- families ---------------------------------------------------------------------------------------------


def test_a_family_of_its_own_takes_no_claim_out_of_the_one_correction() -> None:
    rows = [make_claim(name, p=0.03) for name in ("a", "b", "c", "d")]
    alone = (Family(name="one", measures=("b",)), Family(name="two", measures=("c",)))
    judged = judge_rows(rows, make_plan("a", families=alone))
    assert [row.verdict for row in judged] == ["leaning"] * 4
    # a, b and c take each other's strength, and are declared all the same; d is not
    assert [row.notes for row in judged] == [("JUDGED_TOGETHER:3",)] * 3 + [("EXPLORATORY",)]
    strong = [make_claim(name, p=p) for name, p in (("a", 0.016), ("b", 0.02), ("c", 0.04))]
    assert {row.verdict for row in judge_rows(strong, make_plan("a", families=alone))} == {"supported"}


def test_five_claims_without_an_effect_are_false_in_one_programme_of_twenty_whatever_they_are_called() -> (
    None
):
    random = np.random.RandomState(1)
    plan = make_plan(families=tuple(Family(name=name, measures=(name,)) for name in "abcde"))
    false = 0
    for _ in range(1000):
        rows = [make_claim(name, p=p) for name, p in zip("abcde", random.uniform(size=5), strict=True)]
        false += any(row.verdict == "supported" for row in judge_rows(rows, plan))
    assert 0.03 <= false / 1000 <= 0.07


def test_a_family_of_skills_holds_the_rows_of_single_skills_over_the_programme() -> None:
    skills = (Family(name="skills", measures=("a",), skills=True),)
    one = make_claim("a", p=0.01, skill="os")
    others = [
        make_claim("a", p=0.001),
        make_claim("a", p=0.001, skill="os", person="p01"),
        make_claim("a", p=0.001, skill="os", cohort="1"),
        make_claim("a", p=0.001, skill="os", team="aoi"),
        make_claim("b", p=0.001, skill="os"),
    ]
    judged = judge_rows([one, *others], make_plan(families=skills))
    assert judged[0].verdict == "supported"
    assert [(row.verdict, "EXPLORATORY" in row.notes) for row in judged[1:]] == [("leaning", True)] * 5


def test_skills_of_one_family_pay_for_each_other_and_not_for_the_primary_measure() -> None:
    skills = (Family(name="skills", measures=("a",), skills=True),)
    rows = [make_claim("a", p=0.03), *(make_claim("a", p=0.03, skill=skill) for skill in ("os", "db"))]
    judged = judge_rows(rows, make_plan("a", families=skills))
    assert [row.verdict for row in judged] == ["supported", "leaning", "leaning"]


def test_an_estimate_without_a_p_value_counts_as_a_test_and_a_declined_row_does_not() -> None:
    both = (Family(name="one", measures=("a", "b")),)
    strong = make_claim("a", p=0.03)
    judged = judge_rows([strong, make_claim("b", p=None)], make_plan(families=both))
    assert [row.verdict for row in judged] == ["leaning", "leaning"]
    declined = make_claim("b").unless("NO_SURVEY")
    judged = judge_rows([strong, declined], make_plan(families=both))
    assert [row.verdict for row in judged] == ["supported", "not_measurable"]
    assert [row.notes for row in judged] == [(), ("NO_SURVEY",)]


# --- declared in time -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ended", "verdict"),
    [(date(2022, 1, 2), "supported"), (date(2022, 1, 1), "leaning"), (date(2021, 4, 1), "leaning")],
)
def test_a_claim_about_people_counts_where_it_was_declared_before_the_first_stay_ended(
    ended: date, verdict: str
) -> None:
    families = (Family(name="skills", measures=("a",), skills=True),)
    rows = [make_claim("a", p=0.001), make_claim("a", p=0.001, skill="os")]
    judged = judge_rows(rows, make_plan("a", families=families), ended=ended)
    assert [row.verdict for row in judged] == [verdict] * 2
    late = ("DECLARED_LATE", "EXPLORATORY")
    assert [row.notes for row in judged] == [() if verdict == "supported" else late] * 2


@pytest.mark.parametrize(
    ("first", "notes"),
    [
        (date(2022, 1, 2), ()),
        (date(2022, 1, 1), ("DECLARED_LATE", "EXPLORATORY")),
        (None, ("DECLARED_LATE", "EXPLORATORY")),
    ],
)
def test_a_claim_about_teams_counts_where_it_was_declared_before_its_first_outcome(
    first: date | None, notes: tuple[str, ...]
) -> None:
    """Of a claim that does not say since when its outcome shows, nobody can say that it came in time."""
    row = make_claim("a", p=0.001, people=(), first_outcome=first)
    (judged,) = judge_rows([row], make_plan("a"))
    assert judged.notes == notes


def test_each_claim_has_a_first_outcome_of_its_own() -> None:
    rows = [make_claim("a", p=0.001, first_outcome=date(2021, 1, 1)), make_claim("b", p=0.001)]
    judged = judge_rows(rows, make_plan("a", "b"))
    assert [row.verdict for row in judged] == ["leaning", "supported"]


def test_what_change_matters_holds_for_a_plan_that_came_too_late() -> None:
    rows = [make_claim("a", p=0.001, value=0.8, low=0.6, high=1.0)]
    (row,) = judge_rows(rows, make_plan("a", levels=1.0), ended=date(2021, 1, 1))
    assert (row.verdict, row.notes) == ("no_large_change", ("DECLARED_LATE", "EXPLORATORY"))


# --- the reason -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "reasons"),
    [
        ({"value": 0.4, "low": 0.2, "high": 0.6}, ("BELOW_SMALLEST",)),
        ({"sources": {"mentor": -0.1}}, ("SOURCE_AGAINST",)),
        ({"sources": {"mentor": 0.1}}, ("SOURCE_WEAK",)),
        ({"sources": {}}, ("ONE_SOURCE",)),
        ({"compared": False}, ("NOT_COMPARED",)),
        ({"flips": (1, 9)}, ("NOT_ROBUST",)),
        ({"value": 0.4, "low": 0.2, "high": 0.6, "sources": {}}, ("BELOW_SMALLEST", "ONE_SOURCE")),
        ({"p": 0.06, "value": 0.4, "sources": {"mentor": -0.1}}, ()),  # chance comes first
    ],
)
def test_a_leaning_claim_says_what_keeps_it_from_more(
    change: dict[str, Any], reasons: tuple[str, ...]
) -> None:
    (row,) = judge_rows([make_claim("a", **({"p": 0.0008} | change))], make_plan("a"))
    assert (row.verdict, row.notes) == ("leaning", reasons)


@pytest.mark.parametrize(
    ("verdict", "low", "high", "shown"),
    [
        ("leaning", -0.1, 0.9, "either_way"),
        ("leaning", 0.1, 0.9, "leaning"),
        ("supported", 0.1, 0.9, "supported"),
        ("not_enough_data", None, None, "not_enough_data"),
        ("no_large_change", -0.1, 0.1, "no_large_change"),
    ],
)
def test_a_leaning_that_holds_zero_is_shown_as_one_that_leans_no_way(
    verdict: str, low: float | None, high: float | None, shown: str
) -> None:
    assert name_verdict(verdict, low, high) == shown
    assert shown in SHOWN


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
