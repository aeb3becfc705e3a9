"""Estimates against published and hand-made cases, and what an inference over teams must keep."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from rotation_analysis.estimates import (
    DateSets,
    Estimate,
    TeamDifference,
    adjust_holm,
    compare_date_sets,
    estimate_mean,
    estimate_share,
    share_variance,
)
from tests.builders import SHARED

CASES = SHARED / "methods" / "reference_cases.json"
needs_shared = pytest.mark.skipif(not CASES.is_file(), reason="../shared with the reference cases is absent")

USE = {
    "sleep_paired": "used",
    "wilcoxon_ties_trap": "not used (issue 4)",
    "borenstein_prepost_g": "not used (issue 4)",
    "cliffs_delta_effsize": "not used (issue 4)",
    "jacobson_truax_rci": "not used (issue 4)",
    "sicily_its": "not used (issue 6)",
    "bland_altman_1986": "not used (issue 4)",
    "icc_shrout_fleiss": "not used (issue 4)",
    "krippendorff_12units": "not used (issue 4)",
    "rmcorr_bland1995": "not used (issue 5)",
    "newcombe_wilson_81_263": "used",
    "newcombe_wilson_0_20": "used",
    "holm_4p": "used",
    "freireich_6mp": "not used (issue 5)",
    "bcg_rr_re": "not used (issue 4)",
    "bcg_or_ml_hksj": "not used (issue 4)",
    "gini_ineq": "not used (issue 5)",
    "sleepstudy_lmm": "not used (issue 4)",
    "dropout_bounds_hand": "not used (issue 4)",
    "little_law_hand": "not used (issue 5)",
    "rmst_waltons": "not used (issue 5)",
    "metrics_banks_did": "used",
    "placebo_mom_hand": "used (p)",
}

# The same numbers as in the reference cases, so that they are tested without ../shared too.
SLEEP_CHANGES = [-1.2, -2.4, -1.3, -1.3, 0.0, -1.0, -1.8, -0.8, -4.6, -1.4]
SLEEP = {"mean_diff": -1.58, "ci": [-2.4599, -0.7001], "t": -4.0621, "p": 0.002833}
HOLM = ([0.01, 0.04, 0.03, 0.005], [0.03, 0.06, 0.06, 0.02])
PLACEBO_PRE = [60.0, 55.0, 80.0, 40.0, 100.0, 70.0, 65.0, 90.0, 50.0]
PLACEBO_POST = [20.0, 40.0, 52.0, 28.0, 66.0, 45.0, 44.0, 58.0, 35.0]


def read_case(case_id: str) -> dict[str, Any]:
    cases = json.loads(CASES.read_text(encoding="utf-8"))["cases"]
    return next(case for case in cases if case["id"] == case_id)


def expected(case: dict[str, Any], name: str) -> Any:
    return pytest.approx(case["expected"][name]["value"], abs=case["expected"][name]["abs_tol"] or 1e-12)


def t_of(estimate: Estimate) -> float:
    """Student's t as the interval implies it."""
    assert estimate.low is not None
    assert estimate.high is not None
    half = (estimate.high - estimate.low) / 2
    return estimate.value / half * float(stats.t.ppf(0.975, estimate.n - 1))


def rank_of_treated(
    pre: list[float], post: list[float], months: tuple[float, float], treated: int
) -> TeamDifference:
    """Teams' log rate ratios over one set of dates, half an event added to each count."""
    a, b = np.asarray(pre), np.asarray(post)
    change = np.log((b + 0.5) / months[1]) - np.log((a + 0.5) / months[0])
    variance = 1 / (a + 0.5) + 1 / (b + 0.5)
    return compare_date_sets(date_sets(change[:, None], variance[:, None], treated=(treated,)))


def two_teams(first: list[int], second: list[int]) -> DateSets:
    change = np.array([[first[1] - first[0]], [second[1] - second[0]]], dtype=float)
    return date_sets(change, np.ones_like(change), treated=(0,))


def date_sets(change: np.ndarray, variance: np.ndarray, *, treated: tuple[int, ...]) -> DateSets:
    """All treated teams share their dates; every team could have had them."""
    own = np.zeros(change.shape, dtype=bool)
    own[list(treated), :] = True
    return DateSets(
        change=change,
        variance=variance,
        admissible=np.ones(change.shape, dtype=bool),
        own=own,
        treated=treated,
        overlap=np.ones((len(treated), len(treated))),
    )


def same_dates(changes: list[float], *, treated: tuple[int, ...], variance: float = 0.01) -> DateSets:
    change = np.tile(np.asarray(changes)[:, None], (1, len(treated)))
    return date_sets(change, np.full(change.shape, variance), treated=treated)


# --- reference cases ------------------------------------------------------------------------------------


@needs_shared
def test_every_reference_case_is_used_or_assigned_to_an_issue() -> None:
    cases = json.loads(CASES.read_text(encoding="utf-8"))["cases"]
    assert {case["id"] for case in cases} == set(USE)


@needs_shared
def test_sleep_paired_from_the_reference_file() -> None:
    case = read_case("sleep_paired")
    with (CASES.parent / case["data"]).open(encoding="utf-8", newline="") as file:
        extra = [float(row["extra"]) for row in csv.DictReader(file)]
    estimate = estimate_mean(np.subtract(extra[:10], extra[10:]).tolist())
    assert estimate.value == expected(case, "mean_diff")
    assert [estimate.low, estimate.high] == expected(case, "ci")
    assert t_of(estimate) == expected(case, "t")
    assert estimate.p == expected(case, "p")
    assert estimate.n - 1 == expected(case, "df")


def test_sleep_paired_from_literals() -> None:
    estimate = estimate_mean(SLEEP_CHANGES)
    assert estimate.value == pytest.approx(SLEEP["mean_diff"])
    assert [estimate.low, estimate.high] == pytest.approx(SLEEP["ci"], abs=1e-4)
    assert t_of(estimate) == pytest.approx(SLEEP["t"], abs=5e-5)
    assert estimate.p == pytest.approx(SLEEP["p"], abs=5e-7)
    assert estimate.note is None


@needs_shared
@pytest.mark.parametrize("case_id", ["newcombe_wilson_81_263", "newcombe_wilson_0_20"])
def test_wilson_interval_from_the_reference_file(case_id: str) -> None:
    case = read_case(case_id)
    estimate = estimate_share(case["data"]["x"], case["data"]["n"])
    assert [estimate.low, estimate.high] == expected(case, "ci")


@pytest.mark.parametrize(("k", "n", "interval"), [(81, 263, [0.2553, 0.3662]), (0, 20, [0.0, 0.1611])])
def test_wilson_interval_from_literals(k: int, n: int, interval: list[float]) -> None:
    estimate = estimate_share(k, n)
    assert [estimate.low, estimate.high] == pytest.approx(interval, abs=6e-5)
    assert estimate.value == pytest.approx(k / n)


@needs_shared
def test_holm_from_the_reference_file() -> None:
    case = read_case("holm_4p")
    assert adjust_holm(case["data"]["p"]) == expected(case, "adj")


def test_holm_from_literals_keeps_the_order_given() -> None:
    assert adjust_holm(HOLM[0]) == pytest.approx(HOLM[1], abs=1e-9)
    assert adjust_holm([]) == []


@needs_shared
def test_placebo_rank_from_the_reference_file() -> None:
    """Its `s` are an earlier formula's own figures and not used; the rank does not depend on the formula."""
    case = read_case("placebo_mom_hand")
    data = case["data"]
    found = rank_of_treated(
        data["pre"], data["post"], (data["months_pre"], data["months_post"]), data["treated"]
    )
    assert found.p == expected(case, "p")
    assert (found.rank, found.of) == (1, 9)


def test_placebo_rank_from_literals() -> None:
    found = rank_of_treated(PLACEBO_PRE, PLACEBO_POST, (18, 12), 0)
    assert (found.p, found.rank, found.of) == (pytest.approx(1 / 9), 1, 9)
    other = rank_of_treated(PLACEBO_PRE, PLACEBO_POST, (18, 12), 2)
    assert other.p > 0.5


@needs_shared
def test_banks_difference_from_the_reference_file() -> None:
    case = read_case("metrics_banks_did")
    told = {name: case["expected"][name]["value"] for name in ("d6", "d8")}
    with (CASES.parent / case["data"]).open(encoding="utf-8", newline="") as file:
        july = {
            int(row["year"]): row
            for row in csv.DictReader(file)
            if row["month"] == "7" and row["day"] == "1" and row["year"] in ("1930", "1931")
        }
    for name, column in (("d6", "bib6"), ("d8", "bib8")):
        assert [float(july[year][column]) for year in (1930, 1931)] == told[name]
    assert compare_date_sets(two_teams(told["d6"], told["d8"])).value == expected(case, "did")


def test_banks_difference_from_literals_is_no_inference() -> None:
    result = compare_date_sets(two_teams([135, 121], [165, 132]))
    assert result.value == 19
    assert (result.low, result.high, result.smallest_p) == (None, None, 1.0)


# --- means and shares -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "note"),
    [
        ([1.0], "N1"),
        ([1.0, 0.5], "N_SMALL"),
        ([1.0, 0.5, 0.0], "N_SMALL"),
        ([1.0, 1.0, 1.0, 1.0], "ZERO_SD"),
        ([0.1 + 0.2, 0.3, 0.3, 0.3], "ZERO_SD"),
        ([1.0, 0.5, 0.0, 0.5], None),
    ],
)
def test_mean_says_why_there_is_no_interval(changes: list[float], note: str | None) -> None:
    estimate = estimate_mean(changes)
    assert estimate.note == note
    assert ((estimate.low, estimate.high, estimate.p) == (None, None, None)) is (note is not None)
    assert (estimate.value, estimate.n) == (pytest.approx(np.mean(changes)), len(changes))


def test_share_of_nothing_has_no_interval() -> None:
    estimate = estimate_share(0, 0)
    assert (estimate.n, estimate.low, estimate.high, estimate.note) == (0, None, None, "NO_OBSERVATIONS")


@pytest.mark.parametrize(("k", "n", "variance"), [(0, 9, 0.05 * 0.95 / 10), (9, 9, 0.05 * 0.95 / 10)])
def test_share_variance_is_never_zero(k: int, n: int, variance: float) -> None:
    assert share_variance(k, n) == pytest.approx(variance)


# --- differences between teams --------------------------------------------------------------------------


def test_smallest_p_of_two_treated_among_eight_is_one_in_28() -> None:
    result = compare_date_sets(same_dates([0.5, 0.4, 0.0, 0.01, 0.03, -0.02, -0.04, 0.05], treated=(0, 1)))
    assert result.of == 56
    assert result.smallest_p == pytest.approx(1 / 28)
    assert result.p == pytest.approx(1 / 28)
    assert result.rank == 1
    assert result.value == pytest.approx(0.45 - 0.03 / 6)
    assert result.each == pytest.approx((0.5 - 0.03 / 6, 0.4 - 0.03 / 6))
    assert result.low is not None
    assert result.low > 0


@pytest.mark.parametrize(("treated_change", "rank"), [(0.9, 1), (0.35, 3), (0.0, 5)])
def test_one_treated_team_has_a_rank_and_no_interval(treated_change: float, rank: int) -> None:
    changes = [treated_change, 0.5, -0.4, 0.15, -0.15]
    result = compare_date_sets(same_dates(changes, treated=(0,)))
    assert (result.rank, result.of, result.smallest_p) == (rank, 5, pytest.approx(0.2))
    assert result.p == pytest.approx(rank / 5)
    assert (result.low, result.high) == (None, None)


def test_teams_that_could_not_have_had_the_dates_are_no_comparison() -> None:
    dates = same_dates([0.3, 0.1, 0.1, 9.0], treated=(0,))
    admissible = dates.admissible.copy()
    admissible[3, 0] = False
    result = compare_date_sets(replace(dates, admissible=admissible))
    assert (result.value, result.of) == (pytest.approx(0.2), 3)


some_changes = st.lists(st.floats(-0.5, 0.5).map(lambda x: round(x, 3)), min_size=8, max_size=8)
some_variances = st.lists(st.floats(0.001, 0.02).map(lambda x: round(x, 4)), min_size=8, max_size=8)


@settings(max_examples=40, deadline=None)
@given(changes=some_changes, variances=some_variances, order=st.permutations(range(8)))
def test_difference_does_not_depend_on_the_order_of_teams(
    changes: list[float], variances: list[float], order: list[int]
) -> None:
    change = np.tile(np.asarray(changes)[:, None], (1, 2))
    variance = np.tile(np.asarray(variances)[:, None], (1, 2))
    there = compare_date_sets(date_sets(change, variance, treated=(0, 1)))
    moved = (order.index(0), order.index(1))
    back = compare_date_sets(date_sets(change[order], variance[order], treated=moved))
    for name in ("value", "p", "smallest_p", "rank", "of", "each"):
        assert getattr(back, name) == pytest.approx(getattr(there, name), abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(changes=some_changes, effect=st.floats(-1, 1))
def test_effect_shifts_value_and_interval_by_itself(changes: list[float], effect: float) -> None:
    plain = compare_date_sets(same_dates(changes, treated=(0, 1)))
    shifted = [change + effect * (team < 2) for team, change in enumerate(changes)]
    result = compare_date_sets(same_dates(shifted, treated=(0, 1)))
    assert result.value == pytest.approx(plain.value + effect, abs=1e-9)
    assert result.each == pytest.approx([each + effect for each in plain.each], abs=1e-9)


def test_no_effect_is_rejected_in_at_most_one_of_fourteen_runs() -> None:
    random = np.random.RandomState(1)
    tickets = np.array([40, 60, 100, 120, 80, 150, 90, 200, 70])
    rejected = 0
    for _ in range(300):
        level = np.clip(random.normal(0.45, 0.05, 9), 0.05, 0.95)
        later = np.clip(level + random.normal(0, 0.03, 9), 0.05, 0.95)
        before, after = random.binomial(tickets, level), random.binomial(tickets, later)
        variance = [
            share_variance(a, n) + share_variance(b, n)
            for a, b, n in zip(before, after, tickets, strict=True)
        ]
        change = np.tile(((after - before) / tickets)[:, None], (1, 2))
        dates = date_sets(change, np.tile(np.asarray(variance)[:, None], (1, 2)), treated=(0, 1))
        rejected += compare_date_sets(dates).p <= 0.05
    assert rejected / 300 <= 0.07
