"""Estimates against published and hand-made cases, and what must hold for all values."""

from __future__ import annotations

import csv
import json
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests

from rotation_analysis.statistics import estimates
from rotation_analysis.statistics.estimates import (
    adjust_for_missing,
    adjust_holm,
    bound_mean,
    compute_reliable_change,
    estimate_by_sign_flip,
    estimate_difference,
    estimate_mean,
    estimate_share,
    share_variance,
    smallest_detectable_change,
)
from tests.builders import SHARED
from tests.reference_cases import (
    FREIREICH,
    HOLM,
    SLEEP_CHANGES,
    TIES,
    USE,
    Figure,
    agrees,
    list_figures,
    render_table,
)

CASES = SHARED / "methods" / "reference_cases.json"
OURS = {"metafor_pm_knha"}
needs_shared = pytest.mark.skipif(not CASES.is_file(), reason="../shared with the reference cases is absent")

levels = st.integers(-8, 8).map(lambda steps: steps / 4)
some_changes = st.lists(levels, min_size=6, max_size=9)


# --- reference cases ------------------------------------------------------------------------------------


@pytest.mark.parametrize("figure", list_figures(), ids=lambda figure: f"{figure.case}-{figure.name}")
def test_reference_case_is_met_by_the_product(figure: Figure) -> None:
    assert agrees(figure), f"{figure.find()} is not {figure.expected}"


def test_used_cases_are_those_with_figures() -> None:
    used = {case for case, use in USE.items() if use.startswith("used")}
    assert used | OURS == {figure.case for figure in list_figures()}
    assert all(use == "used" or " " in use.split(" ", 1)[1] for use in USE.values()), "say why"


@needs_shared
def test_every_reference_case_has_its_use_said_and_the_same_numbers_here() -> None:
    cases = {case["id"]: case for case in json.loads(CASES.read_text(encoding="utf-8"))["cases"]}
    assert set(cases) == set(USE)
    for figure in list_figures():
        if figure.case not in OURS:
            told = cases[figure.case]["expected"][figure.name]
            assert (figure.expected, figure.tolerance) == (told["value"], told["abs_tol"])
    for case, use in USE.items():
        if use == "used":
            assert {figure.name for figure in list_figures() if figure.case == case} == set(
                cases[case]["expected"]
            )


@needs_shared
def test_data_of_the_reference_cases_are_the_same_here() -> None:
    cases = {case["id"]: case["data"] for case in json.loads(CASES.read_text(encoding="utf-8"))["cases"]}
    with (CASES.parent / cases["sleep_paired"]).open(encoding="utf-8", newline="") as file:
        extra = [float(row["extra"]) for row in csv.DictReader(file)]
    assert np.subtract(extra[:10], extra[10:]).tolist() == pytest.approx(SLEEP_CHANGES)
    assert cases["wilcoxon_ties_trap"]["d"] == TIES
    assert cases["holm_4p"]["p"] == HOLM
    assert cases["dropout_bounds_hand"] == {
        "scale": [1, 5],
        "responder_changes": [1, 1, 0, 1],
        "dropout_pre": [3, 2],
    }
    with (CASES.parent / cases["freireich_6mp"]).open(encoding="utf-8", newline="") as file:
        remissions = list(csv.DictReader(file))
    for group, (weeks, ended) in FREIREICH.items():
        read = sorted((int(row["time"]), row["cens"] == "0") for row in remissions if row["treat"] == group)
        assert read == [(week, not end) for week, end in zip(weeks, ended, strict=True)]
    assert cases["jacobson_truax_rci"] == {"pre": 32.5, "post": 47.5, "sd": 10, "r": 0.8}


def test_table_of_reference_cases_names_every_case() -> None:
    table = render_table()
    assert all(f"| {case} |" in table for case in USE)
    assert "| no |" not in table


# --- means and shares -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "note"),
    [
        ([], "NO_OBSERVATIONS"),
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
    assert estimate.n == len(changes)
    if changes:
        assert estimate.value == pytest.approx(np.mean(changes))


def test_holm_is_that_of_statsmodels_with_ties_zeros_and_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gc.collect", lambda *_: 0)  # of which it asks each time
    random = np.random.RandomState(7)
    cases = [[0.2, 0.2, 0.01, 0.01], [0.0, 1.0, 0.5], [0.03], *random.random_sample((20, 10)).tolist()]
    for p in cases:
        assert adjust_holm(p) == multipletests(p, method="holm")[1].tolist()
    assert adjust_holm([]) == []


def test_share_of_nothing_has_no_interval() -> None:
    estimate = estimate_share(0, 0)
    assert (estimate.n, estimate.low, estimate.high, estimate.note) == (0, None, None, "NO_OBSERVATIONS")


@pytest.mark.parametrize(("k", "n", "variance"), [(0, 9, 0.05 * 0.95 / 10), (9, 9, 0.05 * 0.95 / 10)])
def test_share_variance_is_never_zero(k: int, n: int, variance: float) -> None:
    assert share_variance(k, n) == pytest.approx(variance)


# --- the sign-flip test and its interval ----------------------------------------------------------------


def enumerate_p(changes: list[float], effect: float = 0.0) -> float:
    """Two-sided p of the mean by every flip, in exact quarters."""
    quarters = [round(4 * (change - effect)) for change in changes]
    sums = [
        sum(s * q for s, q in zip(signs, quarters, strict=True))
        for signs in product((1, -1), repeat=len(changes))
    ]
    return sum(abs(total) >= abs(sums[0]) for total in sums) / len(sums)


@settings(max_examples=60, deadline=None)
@given(changes=some_changes)
def test_sign_flip_p_is_that_of_every_flip_and_that_of_scipy(changes: list[float]) -> None:
    estimate = estimate_by_sign_flip(changes)
    if estimate.p is None:
        assert sum(change != 0 for change in changes) < 6
        return
    assert estimate.p == pytest.approx(enumerate_p(changes), abs=1e-12)
    theirs = stats.permutation_test(
        (changes,), np.mean, permutation_type="samples", n_resamples=np.inf, vectorized=False
    )
    assert estimate.p == pytest.approx(theirs.pvalue, abs=1e-12)


@settings(max_examples=200, deadline=None)
@given(changes=some_changes, level=st.sampled_from([0.05, 0.1, 0.032, 1 / 32]))
def test_sign_flip_interval_excludes_zero_exactly_when_p_is_at_most_the_level(
    changes: list[float], level: float
) -> None:
    estimate = estimate_by_sign_flip(changes, level=level)
    if estimate.low is None or estimate.high is None:
        return
    outside = estimate.low > 0 or estimate.high < 0
    assert outside is (estimate.p is not None and estimate.p <= level)
    assert estimate.low <= estimate.value <= estimate.high


@settings(max_examples=60, deadline=None)
@given(changes=some_changes, effect=levels)
def test_sign_flip_interval_holds_what_the_test_does_not_reject(changes: list[float], effect: float) -> None:
    estimate = estimate_by_sign_flip(changes)
    if estimate.low is None or estimate.high is None:
        return
    assert (estimate.low <= effect <= estimate.high) is (enumerate_p(changes, effect) > 0.05)


@settings(max_examples=40, deadline=None)
@given(changes=some_changes, shift=levels, order=st.randoms())
def test_sign_flip_interval_moves_with_its_values_and_not_with_their_order(
    changes: list[float], shift: float, order: object
) -> None:
    plain = estimate_by_sign_flip(changes)
    mixed = list(changes)
    order.shuffle(mixed)  # type: ignore[attr-defined]
    assert estimate_by_sign_flip(mixed) == plain
    moved = estimate_by_sign_flip([change + shift for change in changes])
    if plain.low is not None:
        assert [moved.low, moved.high] == pytest.approx([plain.low + shift, plain.high + shift], abs=1e-9)


@pytest.mark.parametrize(
    ("changes", "note", "has_interval", "p"),
    [
        ([], "NO_OBSERVATIONS", False, None),
        ([0.5], "N1", False, None),
        ([0.5, 1.0, 0.0], "N_SMALL", False, None),
        ([1.0] * 4, "ZERO_SD", False, None),
        ([1.0] * 6, "ZERO_SD", False, 2 / 2**6),
        ([0.0] * 8, "ZERO_SD", False, None),
        ([0.5, 1.0, 1.5, 0.25, 0.75], "NO_P:5", False, None),
        ([0.5, 1.0, 1.5, 0.25, 0.0, 0.0], "NO_P:4", True, None),
        ([0.5, 1.0, 1.5, 0.25, 0.75, 1.25], None, True, 2 / 2**6),
    ],
)
def test_sign_flip_says_why_there_is_no_interval_or_no_p(
    changes: list[float], note: str | None, has_interval: bool, p: float | None
) -> None:
    estimate = estimate_by_sign_flip(changes)
    assert estimate.note == note
    assert (estimate.low is not None, estimate.high is not None) == (has_interval, has_interval)
    assert estimate.p == p


def test_sign_flip_interval_of_six_ends_at_their_lowest_and_highest() -> None:
    estimate = estimate_by_sign_flip([0.5, 1.0, 1.5, 0.25, -0.75, 1.25])
    assert (estimate.low, estimate.high) == (-0.75, 1.5)


def test_sign_flip_has_no_interval_at_a_level_that_no_flip_can_reach() -> None:
    assert estimate_by_sign_flip([0.5, 1.0, 1.5, 0.25, 0.75, 1.25, 1.0, 0.5], level=0.005).note == "NO_P:8"


def test_drawn_flips_agree_with_all_flips(monkeypatch: pytest.MonkeyPatch) -> None:
    changes = np.random.RandomState(3).normal(0.3, 0.7, 14).tolist()
    every = estimate_by_sign_flip(changes)
    monkeypatch.setattr(estimates, "MOST_PERSONS_WITH_ALL_FLIPS", 10)
    estimates._list_subsets.cache_clear()
    drawn = estimate_by_sign_flip(changes)
    estimates._list_subsets.cache_clear()
    assert drawn != every
    assert drawn.p == pytest.approx(every.p, rel=0.05)
    assert [drawn.low, drawn.high] == pytest.approx([every.low, every.high], abs=0.02)


def test_sign_flip_of_many_persons_is_the_same_whenever_it_is_asked() -> None:
    changes = np.random.RandomState(4).normal(0.5, 0.7, 40).round(2).tolist()
    first = estimate_by_sign_flip(changes)
    estimates._list_subsets.cache_clear()
    assert estimate_by_sign_flip(changes[::-1]) == first
    plain = estimate_mean(changes)
    assert [first.low, first.high] == pytest.approx([plain.low, plain.high], abs=0.06)


# --- missing answers ------------------------------------------------------------------------------------


@settings(max_examples=80, deadline=None)
@given(
    changes=st.lists(levels, max_size=8),
    missing=st.lists(st.tuples(st.integers(4, 20), st.integers(4, 20)), min_size=1, max_size=5),
)
def test_bounds_hold_the_mean_of_everyone_whatever_the_missing_would_have_said(
    changes: list[float], missing: list[tuple[int, int]]
) -> None:
    pre = [before / 4 for before, _ in missing]
    after = [later / 4 for _, later in missing]
    bounds = bound_mean(changes, pre)
    everyone = np.mean([*changes, *np.subtract(after, pre)])
    assert bounds.worst - 1e-12 <= everyone <= bounds.best + 1e-12
    assert bounds.worst - 1e-12 <= bounds.nothing_gained <= bounds.best + 1e-12


def test_bounds_meet_where_nobody_is_missing_and_follow_the_scale() -> None:
    assert bound_mean([1, 0.5], []) == pytest.approx((0.75, 0.75, 0.75))
    assert bound_mean([], [3], low=0, high=10) == (0, -3, 7)


@pytest.mark.parametrize(("changes", "pre"), [([], []), ([1], [0.5]), ([1], [5.5])])
def test_bounds_refuse_nobody_and_levels_outside_the_scale(changes: list[float], pre: list[float]) -> None:
    with pytest.raises(ValueError, match=r"at least one person|outside the scale of 1 to 5"):
        bound_mean(changes, pre)


# --- one person -----------------------------------------------------------------------------------------


@given(sd=st.floats(0.1, 5), r=st.floats(0, 0.99))
def test_smallest_detectable_change_is_the_one_with_p_of_five_in_a_hundred(sd: float, r: float) -> None:
    z, p = compute_reliable_change(-smallest_detectable_change(sd, r), sd, r)
    assert (z, p) == (pytest.approx(-1.959964, abs=1e-6), pytest.approx(0.05))


@pytest.mark.parametrize(("sd", "r"), [(0, 0.7), (-1, 0.7), (1, 1), (1, -0.1), (float("nan"), 0.5)])
def test_change_of_one_person_refuses_what_cannot_be(sd: float, r: float) -> None:
    with pytest.raises(ValueError, match="sd must be above 0"):
        compute_reliable_change(1, sd, r)


# --- those who did not answer ------------------------------------------------------------------------------

ESTIMATES = pytest.mark.parametrize("estimate", [estimate_mean, estimate_by_sign_flip])
CHANGES = st.lists(st.floats(-4, 4).map(lambda x: round(x, 2)), min_size=6, max_size=9)


@ESTIMATES
@given(changes=CHANGES, missing=st.integers(0, 5))
@settings(max_examples=40, deadline=None)
def test_allowing_for_missing_answers_only_widens(estimate: Any, changes: list[float], missing: int) -> None:
    alone, allowed = estimate(changes), adjust_for_missing(estimate, changes, missing=missing)
    assert allowed.value == alone.value
    assert allowed.n == alone.n
    if missing == 0 or alone.low is None:
        assert allowed == alone
        return
    filled = estimate([*changes, *[0.0] * missing])
    if filled.low is not None:
        assert allowed.low == min(alone.low, filled.low)
        assert allowed.high == max(alone.high, filled.high)
    assert allowed.p is None or alone.p is None or allowed.p >= alone.p


@ESTIMATES
def test_allowing_for_missing_answers_is_the_same_up_and_down(estimate: Any) -> None:
    changes = [0.5, 1.0, 1.5, 1.0, 0.5, 2.0, 1.0]
    up = adjust_for_missing(estimate, changes, missing=3)
    down = adjust_for_missing(estimate, [-change for change in changes], missing=3)
    assert [down.low, down.high] == pytest.approx([-up.high, -up.low])
    assert up.low < estimate(changes).low
    assert up.high == estimate(changes).high


def test_a_rise_of_few_who_answered_is_none_where_many_did_not() -> None:
    found = adjust_for_missing(estimate_mean, [1.0, 0.5, 1.5, 1.0], missing=12)
    assert found.low < 0.5 < found.high
    assert found.p > estimate_mean([1.0, 0.5, 1.5, 1.0]).p


# --- two groups ------------------------------------------------------------------------------------------


def test_the_difference_of_two_groups_is_welch_s() -> None:
    first, second = [3.0, 4.0, 1.0, 2.1, 5.0, 3.3], [7.9, 0.2, 4.4, 6.1, 5.0]
    found = estimate_difference(first, second)
    # scipy: ttest_ind(first, second, equal_var=False).confidence_interval()
    assert (found.low, found.high) == (pytest.approx(-5.140558477), pytest.approx(1.833891811))
    assert (found.p, found.n) == (pytest.approx(0.2854371752), 6)


@pytest.mark.parametrize(
    ("first", "second", "note"),
    [
        ([1.0, 2.0, 3.0, 4.0], [1.0], "N1"),
        ([1.0, 2.0, 3.0], [1.0, 2.0, 3.0, 4.0], "N_SMALL"),
        ([1.0] * 4, [0.0] * 5, "ZERO_SD"),
        ([], [1.0, 2.0], "NO_OBSERVATIONS"),
    ],
)
def test_groups_that_cannot_tell_their_spread_have_no_interval(
    first: list[float], second: list[float], note: str
) -> None:
    found = estimate_difference(first, second)
    assert (found.low, found.high, found.p, found.note) == (None, None, None, note)


def test_one_group_that_varies_is_enough_for_an_interval() -> None:
    found = estimate_difference([1.0] * 4, [0.0, 1.0, 0.0, 1.0])
    assert (found.value, found.note) == (0.5, None)
    assert found.low == pytest.approx(0.5 - 3.1824 * 0.28868, abs=1e-3)
