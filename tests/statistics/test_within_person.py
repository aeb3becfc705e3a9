"""Slopes within persons: hand-made cases, the shift reference, and series that follow themselves."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from rotation_analysis.statistics.within_person import estimate_within_person_slope

BLAND = Path(__file__).parents[3] / "shared" / "methods" / "data" / "bland1995_rmcorr.csv"


def frame_of(**series: tuple[list, list]) -> pd.DataFrame:
    """One person a keyword: x and y in order."""
    rows = [
        {"person": person, "order": order, "x": x, "y": y}
        for person, (xs, ys) in series.items()
        for order, (x, y) in enumerate(zip(xs, ys, strict=True))
    ]
    return pd.DataFrame(rows, columns=["person", "order", "x", "y"])


def follow_itself(random: np.random.RandomState, n: int, rho: float) -> np.ndarray:
    """A series whose every value keeps a share `rho` of the one before."""
    values = [random.normal() / np.sqrt(1 - rho**2)]
    for _ in range(n - 1):
        values.append(rho * values[-1] + random.normal())
    return np.array(values)


def simulate(
    seed: int, *, persons: int = 6, n: int = 12, rho: float = 0.8, slope: float = 0.0, sd: float = 0.0
) -> pd.DataFrame:
    """Persons with levels of their own; y follows x by a slope of the person's own."""
    random = np.random.RandomState(seed)
    people = {}
    for person in range(persons):
        x, noise = follow_itself(random, n, rho), follow_itself(random, n, rho)
        y = (slope + sd * random.normal()) * x + noise
        x, y = x + 2 * random.normal(), y + 2 * random.normal()
        people[f"p{person}"] = (x.tolist(), y.tolist())
    return frame_of(**people)


# --- the slope ------------------------------------------------------------------------------------------


def test_slope_is_within_persons_whatever_their_levels() -> None:
    # within: +1 each; between: the person with the higher x has the lower y
    frame = frame_of(a=([0, 1, 2], [10, 11, 12]), b=([10, 11, 12], [0, 1, 2]))
    found = estimate_within_person_slope(frame)
    assert found.value == pytest.approx(1.0)
    assert stats.linregress(frame["x"], frame["y"]).slope < 0
    assert (found.persons, found.pairs) == (2, 6)


def test_slope_weighs_persons_by_how_much_x_varies() -> None:
    # Sxx 2 and 8, Sxy 2 and 0
    assert (
        estimate_within_person_slope(frame_of(a=([0, 1, 2], [0, 1, 2]), b=([0, 2, 4], [1, 0, 1]))).value
        == 0.2
    )


def test_pairs_with_a_gap_and_persons_whose_x_stands_still_do_not_count() -> None:
    frame = frame_of(a=([0, 1, None, 2], [1, 2, 9, 3]), b=([1, 1, 1, 1], [1, 5, 2, 3]), c=([1], [4]))
    found = estimate_within_person_slope(frame)
    assert (found.value, found.persons, found.pairs) == (pytest.approx(1.0), 1, 3)


def test_rows_are_taken_in_their_order_not_as_they_lie() -> None:
    frame = simulate(3, persons=2, n=5)
    mixed = frame.sample(frac=1, random_state=1)
    assert estimate_within_person_slope(mixed) == estimate_within_person_slope(frame)


@pytest.mark.parametrize("frame", [frame_of(), frame_of(a=([1, 1], [2, 3])), frame_of(a=([None], [2]))])
def test_without_any_variation_there_is_no_slope(frame: pd.DataFrame) -> None:
    found = estimate_within_person_slope(frame)
    assert np.isnan(found.value)
    assert (found.low, found.high, found.p, found.attainable) == (None,) * 4
    assert (found.persons, found.pairs, found.note) == (0, 0, "NO_OBSERVATIONS")


@pytest.mark.skipif(not BLAND.is_file(), reason="../shared with the reference data is absent")
def test_slope_is_that_of_the_published_correlation_within_subjects() -> None:
    data = pd.read_csv(BLAND).rename(columns={"Subject": "person", "pH": "x", "PacO2": "y"})
    found = estimate_within_person_slope(data.assign(order=range(len(data))))
    spread = {name: (data[name] - data.groupby("person")[name].transform("mean")).std() for name in "xy"}
    assert found.value * spread["x"] / spread["y"] == pytest.approx(-0.5067697, abs=1e-6)


# --- the reference by shifts ----------------------------------------------------------------------------


def test_all_shifts_are_counted_where_they_are_few() -> None:
    frame = simulate(5, persons=2, n=6)
    found = estimate_within_person_slope(frame)
    sides = [(g["x"] - g["x"].mean(), g["y"].to_numpy()) for _, g in frame.groupby("person")]
    slopes = [
        sum(x @ np.roll(y, by) for (x, y), by in zip(sides, offsets, strict=True))
        for offsets in product(range(6), repeat=2)
    ]
    assert found.p_of_shifts == pytest.approx(np.mean(np.abs(slopes) >= abs(slopes[0]) - 1e-9))
    assert found.attainable == 1 / 36


def test_many_shifts_are_drawn_the_same_each_time() -> None:
    frame = simulate(6, persons=5, n=12)
    found = estimate_within_person_slope(frame)
    assert found.attainable == 1 / 10_000
    assert found == estimate_within_person_slope(frame)
    assert 0 < found.p_of_shifts <= 1


def test_too_few_shifts_give_no_p() -> None:
    found = estimate_within_person_slope(
        frame_of(a=([0, 1, 2, 3], [0, 1, 2, 3]), b=([0, 1, 0, 1], [0, 1, 0, 1]))
    )
    assert (found.p, found.attainable, found.note) == (None, 1 / 16, "FEW_SERIES:0")
    lone = estimate_within_person_slope(simulate(1, persons=1, n=19))
    assert (lone.p, lone.attainable) == (None, 1 / 19)


# --- the interval ---------------------------------------------------------------------------------------


def test_interval_is_students_over_the_persons_own_slopes() -> None:
    frame = simulate(7, persons=5, slope=1.0)
    found = estimate_within_person_slope(frame)
    own = [stats.linregress(g["x"], g["y"]).slope for _, g in frame.groupby("person")]
    expected = stats.ttest_1samp(own, 0).confidence_interval()
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))
    assert found.p == max(found.p_of_shifts, stats.ttest_1samp(own, 0).pvalue)
    assert found.note is None


def test_interval_reaches_to_the_slope_where_one_person_weighs_most() -> None:
    small = [0, 1] * 5
    alike = {
        f"p{i}": (small, [step + 0.01 * i * place for place, step in enumerate(small)]) for i in range(4)
    }
    frame = frame_of(**alike, heavy=([0, 100] * 5, [0, 130] * 5))
    found = estimate_within_person_slope(frame)
    assert found.low <= found.value <= found.high
    assert found.value == pytest.approx(1.3, abs=0.01)


def test_interval_needs_four_persons_with_ten_pairs() -> None:
    three, short = simulate(8, persons=3), simulate(8, persons=5, n=9)
    assert estimate_within_person_slope(three).note == "FEW_SERIES:3"
    assert estimate_within_person_slope(short).note == "FEW_SERIES:0"
    assert estimate_within_person_slope(three).low is estimate_within_person_slope(short).high is None
    assert estimate_within_person_slope(three).p == estimate_within_person_slope(three).p_of_shifts
    assert estimate_within_person_slope(simulate(8, persons=4, n=10)).note is None


def test_slopes_that_are_all_alike_have_no_interval() -> None:
    found = estimate_within_person_slope(
        frame_of(**{f"p{i}": ([0, 1] * 5, [i, i + 1] * 5) for i in range(4)})
    )
    assert (found.value, found.low, found.note) == (pytest.approx(1.0), None, "ZERO_SD")


# --- what it is for -------------------------------------------------------------------------------------


def test_a_slope_that_is_there_is_found() -> None:
    found = [
        estimate_within_person_slope(simulate(seed, persons=8, slope=1.0, rho=0.5)) for seed in range(60)
    ]
    assert np.mean([slope.p <= 0.05 for slope in found]) > 0.9
    assert np.mean([slope.value for slope in found]) == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize("sd", [0.0, 0.4])
def test_series_that_only_follow_themselves_are_seldom_called_associated(sd: float) -> None:
    frames = [simulate(seed, sd=sd) for seed in range(200)]
    found = [estimate_within_person_slope(frame) for frame in frames]
    assert np.mean([slope.p <= 0.05 for slope in found]) <= 0.07
    assert np.mean([slope.low <= 0 <= slope.high for slope in found]) >= 0.92
    pooled = [stats.pearsonr(frame["x"], frame["y"]).pvalue <= 0.05 for frame in frames]
    assert np.mean(pooled) > 0.5
