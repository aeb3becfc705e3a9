"""Waiting with open records: against statsmodels, hand-made and published cases, and the unrounded curve."""

from __future__ import annotations

import time as timer

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.duration.survfunc import SurvfuncRight

from rotation_analysis.statistics import survival
from rotation_analysis.statistics.survival import draw_curve, estimate_waiting
from tests.reference_cases import FREIREICH

SIX_MP, PLACEBO = FREIREICH["6-MP"], FREIREICH["control"]
some_tenths = st.lists(st.tuples(st.integers(0, 400), st.booleans()), min_size=12, max_size=40)


def simulate(n: int, seed: int = 1, longest: float = 60.0) -> tuple[np.ndarray, np.ndarray]:
    """Log-normal waiting, cut at a random time."""
    random = np.random.RandomState(seed)
    waits, cut = np.exp(random.normal(2, 1.2, n)), random.uniform(0, longest, n)
    return np.minimum(waits, cut), waits <= cut


# --- quantiles ------------------------------------------------------------------------------------------


def test_median_of_the_done_alone_is_the_ordinary_one() -> None:
    hours = [3.0, 1.0, 4.0, 1.5, 5.0, 9.0, 2.0, 6.0, 5.5, 3.5, 8.0, 7.0]
    found = estimate_waiting(hours, [True] * 12)
    assert found.value == np.median(hours)
    assert (found.n, found.open, found.note) == (12, 0, None)
    assert estimate_waiting(hours[:11], [True] * 11).value == np.median(hours[:11])


def test_open_records_make_the_median_longer_than_that_of_the_done() -> None:
    hours, done = [2, 4, 5, 7, 8, 9, 12, 20, 30, 31, 40, 60], [True, False] * 6
    assert estimate_waiting(hours, done).value == 30  # by hand: 11/12 · 9/10 · 7/8 · 5/6 · 3/4 · 1/2 …
    assert np.median(np.array(hours)[np.array(done)]) == 10


@settings(max_examples=80, deadline=None)
@given(some_tenths, st.sampled_from([0.25, 0.5, 0.75, 0.9]))
def test_quantile_and_interval_are_those_of_statsmodels(records: list, quantile: float) -> None:
    hours = np.array([tenth / 10 for tenth, _ in records])
    done = np.array([closed for _, closed in records])
    found = estimate_waiting(hours, done, quantile=quantile)
    if done.sum() < survival.MIN_DONE:
        assert (found.low, found.high) == (None, None)
        return
    oracle = SurvfuncRight(hours, done.astype(int))
    expected = quantile_of(oracle, quantile)
    assert found.value == (None if np.isnan(expected) else pytest.approx(expected))
    low, high = interval_of(oracle, quantile)
    if not np.isnan(low):  # statsmodels finds none where one step leaps over the whole interval
        assert found.low == pytest.approx(low)
        assert found.high == (None if np.isinf(high) else pytest.approx(high))


def test_one_step_that_leaps_over_the_quantile_is_the_whole_interval() -> None:
    found = estimate_waiting([1.0] * 10 + [2.0] * 80 + [3.0] * 10, [True] * 100)
    assert (found.low, found.value, found.high) == (2.0, 2.0, 2.0)


def test_equal_records_are_weighed_as_often_as_they_occur() -> None:
    hours, done = simulate(40)
    once, thrice = estimate_waiting(hours, done), estimate_waiting(np.repeat(hours, 3), np.repeat(done, 3))
    oracle = SurvfuncRight(np.repeat(hours.round(1), 3), np.repeat(done, 3).astype(int))
    assert thrice.value == once.value
    assert (thrice.low, thrice.high) == interval_of(oracle, 0.5)
    weighed = SurvfuncRight(hours.round(1), done.astype(int), freq_weights=np.full(40, 3))
    assert interval_of(weighed, 0.5) != interval_of(oracle, 0.5), "statsmodels mended: use its interval"


@pytest.mark.parametrize("quantile", [0.5, 0.9])
@pytest.mark.parametrize("n", [40, 200, 1000])
def test_rounding_to_a_tenth_changes_no_estimate_by_more_than_a_tenth(n: int, quantile: float) -> None:
    for seed in range(5):
        hours, done = simulate(n, seed, longest=300)
        oracle = SurvfuncRight(hours, done.astype(int))
        found = estimate_waiting(hours, done, quantile=quantile)
        assert found.value == pytest.approx(quantile_of(oracle, quantile), abs=0.1001)
        low, high = interval_of(oracle, quantile)
        assert found.low == pytest.approx(low, abs=0.1001)
        assert found.high is None if np.isinf(high) else found.high == pytest.approx(high, abs=0.1001)


def quantile_of(oracle: SurvfuncRight, quantile: float) -> float:
    """statsmodels' quantile, but the middle of a step that lies exactly on it, as R has it."""
    on = np.flatnonzero(np.abs(oracle.surv_prob - (1 - quantile)) < 1e-9)
    if not len(on):
        return float(oracle.quantile(quantile))
    return float(oracle.surv_times[on[0] : on[0] + 2].mean())


def interval_of(oracle: SurvfuncRight, quantile: float) -> tuple[float, float]:
    """statsmodels' interval; it takes the logarithm of a share of 0."""
    with np.errstate(all="ignore"):
        low, high = oracle.quantile_ci(quantile)
    return float(low), float(high)


@pytest.mark.parametrize(
    ("done", "quantile", "note", "value"),
    [
        ([], 0.5, "NO_OBSERVATIONS", None),
        ([True] * 4 + [False] * 8, 0.5, "MEDIAN_NOT_REACHED", None),
        ([True] * 10 + [False] * 12, 0.5, "MEDIAN_NOT_REACHED", None),
        ([True] * 10 + [False] * 2, 0.9, "QUANTILE_NOT_REACHED:90", None),
        ([False] * 5, 0.5, "MEDIAN_NOT_REACHED", None),
        ([True] * 9 + [False] * 2, 0.5, "N_FEW_DONE:9", 6.0),
        ([True] * 10 + [False] * 8, 0.5, "UPPER_NOT_REACHED", 9.5),
        ([True] * 12, 0.5, None, 6.5),
    ],
)
def test_note_says_what_is_not_known(
    done: list[bool], quantile: float, note: str | None, value: float | None
) -> None:
    hours = np.arange(1, len(done) + 1)
    found = estimate_waiting(hours, done, quantile=quantile)
    assert (found.note, found.value) == (note, value)
    assert (found.n, found.open) == (len(done), done.count(False))
    assert (found.low is None) is (sum(done) < 10)
    assert (found.high is None) is (note is not None)


@pytest.mark.parametrize("hours", [[1.0, np.nan], [1.0, -0.5], [1.0], [[1.0, 2.0]]])
def test_missing_or_negative_hours_are_refused_not_dropped(hours: list) -> None:
    with pytest.raises(ValueError, match="hours"):
        estimate_waiting(hours, [True, True])


def test_what_was_answered_at_once_counts() -> None:
    found = estimate_waiting([0.0] * 12, [True] * 12)
    assert (found.value, found.low, found.high) == (0.0, 0.0, 0.0)


# --- the curve ------------------------------------------------------------------------------------------


def test_curve_falls_by_those_done_of_those_at_risk() -> None:
    curve = draw_curve([1, 1, 2, 2, 3], [True, False, True, True, False])
    assert curve.hours.tolist() == [1, 2]
    assert curve.share.tolist() == pytest.approx([0.8, 0.8 / 3])
    assert curve.greenwood.tolist() == pytest.approx([1 / 20, 1 / 20 + 2 / 3])
    assert (curve.n, curve.open, curve.closed) == (5, 2, 3)
    assert [curve.share_at(h) for h in (0, 0.99, 1, 5)] == pytest.approx([1, 1, 0.8, 0.8 / 3])


def test_curve_of_open_records_alone_stays_at_one() -> None:
    curve = draw_curve([4, 2], [False, False])
    assert (len(curve.hours), curve.share_at(9)) == (0, 1.0)


def test_a_million_records_are_quick() -> None:
    hours, done = simulate(10**6)
    begun = timer.process_time()
    found = estimate_waiting(hours, done)
    assert timer.process_time() - begun < 0.3
    assert found.n == 10**6
    assert found.value == pytest.approx(np.exp(2), abs=0.1)
