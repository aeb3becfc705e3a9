"""One team's counts with their trend taken off: against the published case and literals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rotation_analysis.segments import estimate_segments
from tests.reference_cases import SICILY, compare_raw, segments_of_sicily

WEEK = 1 / 52
needs_data = pytest.mark.skipif(not SICILY.is_file(), reason="../shared with the reference data is absent")


def weeks(n: int) -> np.ndarray:
    return np.arange(n) * WEEK


def halves(n: int) -> np.ndarray:
    return np.arange(n) >= n // 2


def test_step_without_a_trend_is_the_ratio_of_the_rates() -> None:
    counts = [6, 4, 5, 5, 4, 6] * 2 + [3, 2, 2, 3, 3, 2] * 2  # no slope on either side
    found = estimate_segments(counts, np.ones(24), years=weeks(24), after=halves(24))
    assert (found.before, found.after, found.raw) == (5.0, 2.5, 0.5)
    assert found.value == pytest.approx(0.5, abs=0.03)
    assert found.low < found.value < found.high < 1
    assert (found.df, found.n, found.season, found.note) == (21, 24, False, None)


def test_steady_trend_is_no_step_though_the_raw_rate_rises() -> None:
    expected = 20 * np.exp(1.2 * weeks(60))
    found = estimate_segments(np.rint(expected), np.ones(60), years=weeks(60), after=halves(60))
    assert found.raw > 1.6
    assert found.value == pytest.approx(1, abs=0.03)
    assert found.trend == pytest.approx(np.exp(1.2), rel=0.05)


def test_exposure_is_taken_off_the_counts() -> None:
    exposure = np.tile([1.0, 0.4, 0.8], 10)
    found = estimate_segments(10 * exposure, exposure, years=weeks(30), after=halves(30))
    assert (found.raw, found.value, found.trend) == (pytest.approx(1), pytest.approx(1), pytest.approx(1))


def test_interval_is_student_s_on_the_dispersion_of_pearson() -> None:
    random = np.random.RandomState(2)
    counts = random.negative_binomial(4, 4 / (4 + 8), 30)
    found = estimate_segments(counts, np.ones(30), years=weeks(30), after=halves(30))
    assert found.dispersion > 1.5
    assert np.log(found.high / found.value) == pytest.approx(2.0518305 * found.error)  # t(27, 0.975)
    assert found.p is None


def test_months_are_in_the_model_from_two_years_on() -> None:
    spring = 10 + 6 * np.sin(2 * np.pi * weeks(130))
    for n, season in ((103, False), (104, True), (130, True)):
        found = estimate_segments(np.rint(spring[:n]), np.ones(n), years=weeks(n), after=halves(n))
        assert found.season is season
    assert found.df == 130 - 7
    autumn = np.arange(130) >= 85  # more low weeks than high ones after it
    series = {"years": weeks(130), "after": autumn}
    adjusted, plain = (
        estimate_segments(np.rint(spring), np.ones(130), season=season, **series) for season in (True, False)
    )
    assert abs(np.log(adjusted.value)) < 0.05 < abs(np.log(plain.value))


@pytest.mark.parametrize(
    ("counts", "note", "raw"),
    [
        ([5] * 11 + [4] * 12, "POINTS_FEW:11:12", 0.8),
        ([5] * 12 + [4] * 5, "POINTS_FEW:12:5", 0.8),
        ([3] * 12 + [2] * 12, "COUNTS_LOW:2.5", 2 / 3),
        ([8] * 12 + [0] * 12, "COUNTS_LOW:4.0", 0.0),
        ([0] * 12 + [8] * 12, "COUNTS_LOW:4.0", None),
        ([5] * 12, "POINTS_FEW:12:0", None),
    ],
)
def test_small_series_has_raw_rates_and_no_model(counts: list[int], note: str, raw: float | None) -> None:
    after = np.arange(len(counts)) >= (11 if note.startswith("POINTS_FEW:11") else 12)
    found = estimate_segments(counts, np.ones(len(counts)), years=weeks(len(counts)), after=after)
    assert found.note == note
    assert found.raw == (None if raw is None else pytest.approx(raw))
    assert (found.value, found.low, found.high, found.error, found.trend) == (None,) * 5


def test_counts_without_any_spread_have_no_interval() -> None:
    found = estimate_segments([6] * 24, np.ones(24), years=weeks(24), after=halves(24))
    assert found.value == pytest.approx(1)
    assert (found.low, found.high, found.note) == (None, None, "ALL_ALIKE")


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(3, 40), min_size=24, max_size=40), st.floats(0.2, 5), st.floats(0, 30))
def test_unit_of_exposure_and_origin_of_time_do_not_matter(
    counts: list[int], unit: float, origin: float
) -> None:
    n = len(counts)
    found = estimate_segments(counts, np.ones(n), years=weeks(n), after=halves(n))
    other = estimate_segments(counts, np.full(n, unit), years=origin + weeks(n), after=halves(n))
    assert other.note == found.note
    assert other.raw == pytest.approx(found.raw)
    for name in ("value", "error", "dispersion", "trend"):
        assert getattr(other, name) == pytest.approx(getattr(found, name), rel=1e-5, abs=1e-5)


@needs_data
def test_smoking_ban_the_raw_mean_rises_and_the_adjusted_falls() -> None:
    raw = segments_of_sicily(season=False, standardised=False)
    for season, low, high in ((False, 0.838, 0.955), (True, 0.838, 0.934)):
        adjusted = segments_of_sicily(season=season)
        assert raw.raw > 1.05
        assert (adjusted.low, adjusted.high) == (pytest.approx(low, abs=1e-3), pytest.approx(high, abs=1e-3))


@needs_data
def test_raw_and_adjusted_stand_side_by_side() -> None:
    assert compare_raw() == [
        "| metrics_banks_did, banks of district 6 | -14 | +19 |",
        "| sicily_its, attacks a month, trend off | 1.058 | 0.894 |",
        "| sicily_its, attacks a month, trend and season off | 1.058 | 0.885 |",
    ]
