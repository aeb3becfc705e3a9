"""Cohorts pooled and skills compared: against metafor's figures, and what must hold for all values."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from rotation_analysis.statistics.estimates import estimate_mean
from rotation_analysis.statistics.pooling import Shrunk, combine, pool_cohorts, shrink
from tests.builders import SHARED

METHODS = SHARED / "methods"
SKILLS = "abcdefghij"

cohorts = st.lists(
    st.lists(st.integers(-8, 8).map(lambda x: x / 4), min_size=1, max_size=5), min_size=3, max_size=7
)


def hksj(y: np.ndarray, v: np.ndarray, tau2: float) -> tuple[float, float, float]:
    """The Hartung-Knapp-Sidik-Jonkman interval for a given τ², written a second time."""
    w = 1 / (v + tau2)
    mean = np.average(y, weights=w)
    error = np.sqrt(np.sum(w * (y - mean) ** 2) / (len(y) - 1) / w.sum())
    half = stats.t.ppf(0.975, len(y) - 1) * error
    return mean, mean - half, mean + half


# --- cohorts --------------------------------------------------------------------------------------------


@pytest.mark.skipif(not METHODS.is_dir(), reason="../shared with the reference data is absent")
def test_interval_is_the_published_formula_with_the_tau2_of_paule_and_mandel() -> None:
    """The formula gives van Houwelingen's case with its τ², and the product's interval with the product's."""
    cases = {case["id"]: case for case in json.loads((METHODS / "reference_cases.json").read_text())["cases"]}
    case = cases["bcg_or_ml_hksj"]
    told = {name: (each["value"], each["abs_tol"]) for name, each in case["expected"].items()}
    with (METHODS / case["data"]).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    cells = np.array(
        [[float(row[name]) for name in ("BCGTB", "BCGVacc", "NoVaccTB", "NoVacc")] for row in rows]
    )
    cells[:, [1, 3]] -= cells[:, [0, 2]]
    y = np.log(cells[:, 0] / cells[:, 1]) - np.log(cells[:, 2] / cells[:, 3])
    v = (1 / cells).sum(axis=1)

    published = np.exp(hksj(y, v, told["tau2"][0]))
    assert published[0] == pytest.approx(told["pred"][0], abs=told["pred"][1])
    assert published[1:].tolist() == pytest.approx(told["ci_hksj"][0], abs=told["ci_hksj"][1])
    ours = combine(y, v)
    assert ours.tau2 is not None
    assert (ours.value, ours.low, ours.high) == pytest.approx(hksj(y, v, ours.tau2))


@settings(max_examples=60, deadline=None)
@given(
    groups=st.lists(
        st.tuples(st.integers(-40, 40).map(lambda x: x / 20), st.floats(0.01, 0.5)), min_size=3, max_size=8
    )
)
def test_tau2_solves_paule_and_mandels_equation_or_is_zero(groups: list[tuple[float, float]]) -> None:
    y, v = np.array(groups).T
    found = combine(y, v)
    assert found.tau2 is not None
    w = 1 / (v + found.tau2)
    q = np.sum(w * (y - np.average(y, weights=w)) ** 2)
    assert q == pytest.approx(len(y) - 1, abs=1e-4) or (found.tau2 == 0 and q < len(y) - 1)
    if found.note is None:
        assert (found.value, found.low, found.high) == pytest.approx(hksj(y, v, found.tau2))


def test_p_is_five_in_a_hundred_where_the_interval_ends_at_zero() -> None:
    v = np.array([0.04, 0.02, 0.05, 0.03])
    found = combine([0.2, 0.5, 0.9, 0.4], v)
    assert found.low is not None
    moved = combine(np.array([0.2, 0.5, 0.9, 0.4]) - found.low, v)
    assert moved.p == pytest.approx(0.05, abs=1e-6)


@pytest.mark.parametrize(("k", "predicts"), [(3, False), (4, False), (5, True), (8, True)])
def test_another_cohort_is_predicted_from_five_on(k: int, predicts: bool) -> None:
    found = pool_cohorts([[0.1 * i, 0.1 * i + 0.5, 1.0] for i in range(k)])
    assert (found.predicted is not None) is predicts
    if found.predicted is not None:
        means = [0.2 * i / 3 + 0.5 for i in range(k)]
        half = stats.t.ppf(0.975, k - 1) * np.std(means, ddof=1) * np.sqrt(1 + 1 / k)
        assert found.predicted == pytest.approx((np.mean(means) - half, np.mean(means) + half))
        assert found.predicted[0] < found.low < found.high < found.predicted[1]


@pytest.mark.parametrize(
    ("values", "note", "has_interval", "value"),
    [
        ([], "NO_OBSERVATIONS", False, None),
        ([[], []], "NO_OBSERVATIONS", False, None),
        ([[1.0, 0.0, 0.5]], "ONE_COHORT", False, 0.5),
        ([[1.0, 0.0, 0.5], [], [1.0]], "K2", False, 0.75),
        ([[1.0], [0.5], [0.0]], "N_SMALL", False, 0.5),
        ([[1.0], [0.5], [0.0], [0.5]], "NO_WITHIN", True, 0.5),
        ([[1.0, 1.0], [0.5, 0.5], [0.0]], "NO_WITHIN", True, 0.5),
        ([[1.0, 1.0], [1.0], [1.0]], "ZERO_SD", False, 1.0),
        ([[1.5, 0.5], [0.5, 1.5], [1.0, 1.0]], "ZERO_SD", False, 1.0),
        ([[1.0, 0.5], [0.5], [0.0]], None, True, None),
    ],
)
def test_pooling_says_why_there_is_no_interval(
    values: list[list[float]], note: str | None, has_interval: bool, value: float | None
) -> None:
    found = pool_cohorts(values)
    assert found.note == note
    assert (found.low is not None, found.p is not None) == (has_interval, has_interval)
    assert (found.k, found.n) == (sum(map(bool, values)), sum(map(len, values)))
    if value is not None:
        assert found.value == pytest.approx(value)


def test_cohorts_of_one_person_each_are_students_t() -> None:
    found, plain = pool_cohorts([[1.0], [0.5], [0.0], [0.75]]), estimate_mean([1.0, 0.5, 0.0, 0.75])
    assert (found.value, found.low, found.high, found.p) == pytest.approx(
        (plain.value, plain.low, plain.high, plain.p)
    )


def test_variance_within_is_pooled_over_the_cohorts_that_have_one() -> None:
    """Squares within: 0.5 + 2 + 0, freedom 1 + 2 + 0, so s² = 5/6; of means with 2, 3 and 1 persons."""
    found = pool_cohorts([[0.0, 1.0], [0.0, 1.0, 2.0], [3.0]])
    again = combine([0.5, 1.0, 3.0], [5 / 12, 5 / 18, 5 / 6])
    assert (found.value, found.low, found.high) == pytest.approx((again.value, again.low, again.high))


@settings(max_examples=60, deadline=None)
@given(values=cohorts, shift=st.integers(-8, 8).map(lambda x: x / 4), order=st.randoms(use_true_random=False))
def test_pooling_moves_with_its_values_and_not_with_the_order_of_cohorts(
    values: list[list[float]], shift: float, order: object
) -> None:
    plain = pool_cohorts(values)
    mixed = [[value + shift for value in group] for group in values]
    order.shuffle(mixed)  # type: ignore[attr-defined]
    moved = pool_cohorts(mixed)
    assert moved.note == plain.note
    assert moved.value == pytest.approx(plain.value + shift, abs=1e-4)
    if plain.low is not None and plain.high is not None:
        expected = [plain.low + shift, plain.high + shift]
        assert [moved.low, moved.high] == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize(
    ("effects", "variances"), [([1, 2], [1, 1]), ([1, 2, 3], [1, 1]), ([1, 2, 3], [1, 0, 1])]
)
def test_combining_refuses_too_few_effects_and_effects_without_variance(
    effects: list[float], variances: list[float]
) -> None:
    with pytest.raises(ValueError, match="combine needs 3 effects or more"):
        combine(effects, variances)


# --- skills ---------------------------------------------------------------------------------------------


def rate(
    persons: int, *, spread: float, person: float = 0.4, noise: float = 0.5, seed: int = 1
) -> np.ndarray:
    random = np.random.RandomState(seed)
    skills = spread * np.linspace(-1, 1, len(SKILLS))
    return (
        skills
        + person * random.normal(size=(persons, 1))
        + noise * random.normal(size=(persons, len(SKILLS)))
    )


def shrink_table(values: np.ndarray) -> Shrunk:
    return shrink({skill: values[:, column].tolist() for column, skill in enumerate(SKILLS)})


@pytest.mark.parametrize(("spread", "seed"), [(0.4, 1), (0.4, 2), (0.5, 1), (0.6, 3), (0.8, 2)])
def test_values_are_those_of_the_formula_where_all_answered(spread: float, seed: int) -> None:
    values = rate(5, spread=spread, seed=seed)
    found = shrink_table(values)
    n, k = values.shape
    item, person = values.mean(axis=0), values.mean(axis=1)
    left = values - item - person[:, None] + values.mean()
    v = (left**2).sum() / (n - 1) / (k - 1) / n
    tau2 = item.var(ddof=1) - v
    assert found.tau2 == pytest.approx(tau2)
    drawn = v / (v + tau2)
    told = values.mean() + (1 - drawn) * (item - values.mean())
    assert [each.value for each in found.items.values()] == pytest.approx(told.tolist())
    own = v * (1 - drawn * 7 / 9) * 0.9 + 2 / 7 * drawn**2 * (item - values.mean()) ** 2
    near = told.max() - told <= 1.959964 * np.sqrt(own + own[told.argmax()])
    assert found.top == tuple(skill for skill, is_near in zip(SKILLS, near, strict=True) if is_near)
    assert 1 < len(found.top) < len(SKILLS)
    half = np.sqrt(1.959964**2 * own + stats.t.ppf(0.975, n - 1) ** 2 * person.var(ddof=1) / n)
    width = [
        each.high - each.low
        for each in found.items.values()
        if each.low is not None and each.high is not None
    ]
    assert width == pytest.approx((2 * half).tolist(), rel=1e-6)


def test_skills_that_do_not_differ_stand_at_the_overall_mean() -> None:
    values = np.tile([[0.0], [1.0], [0.5], [1.5]], (1, len(SKILLS))) + 0.25 * np.eye(4, len(SKILLS))
    found = shrink_table(values)
    assert found.alike
    assert [each.value for each in found.items.values()] == pytest.approx([found.overall] * len(SKILLS))
    assert found.top == found.bottom == tuple(SKILLS)


def test_top_and_bottom_are_sets_in_the_order_given() -> None:
    values = rate(8, spread=1.5, noise=0.3)
    found = shrink_table(values)
    assert not found.alike
    assert set(found.top) >= {"j"}
    assert set(found.bottom) >= {"a"}
    assert not set(found.top) & set(found.bottom)
    turned = shrink({skill: values[:, SKILLS.index(skill)].tolist() for skill in reversed(SKILLS)})
    assert turned.top == found.top[::-1]
    assert list(turned.items) == list(reversed(SKILLS))


def test_a_person_who_rates_everything_higher_does_not_make_skills_differ() -> None:
    values = rate(5, spread=0.6)
    raised = values + np.array([[3.0], [0.0], [0.0], [0.0], [-3.0]])
    plain, other = shrink_table(values), shrink_table(raised)
    assert other.tau2 == pytest.approx(plain.tau2)
    assert [each.value for each in other.items.values()] == pytest.approx(
        [each.value for each in plain.items.values()]
    )
    widths = [np.subtract(found.items["a"].high, found.items["a"].low) for found in (plain, other)]
    assert widths[1] > 2 * widths[0]


def test_a_missing_answer_of_a_harsh_person_does_not_raise_the_skill() -> None:
    values = rate(5, spread=0.6, noise=0.05)
    values[0] -= 2
    holes = values.copy()
    holes[0, 0] = np.nan
    plain, found = shrink_table(values), shrink_table(holes)
    assert np.nanmean(holes[:, 0]) - values[:, 0].mean() > 0.2
    assert found.items["a"].value == pytest.approx(plain.items["a"].value, abs=0.05)


@settings(max_examples=40, deadline=None)
@given(persons=st.integers(2, 7), seed=st.integers(0, 10_000), spread=st.floats(0, 2))
def test_every_value_lies_between_its_mean_and_the_overall_mean(
    persons: int, seed: int, spread: float
) -> None:
    values = rate(persons, spread=spread, seed=seed)
    found = shrink_table(values)
    for skill, mean in zip(SKILLS, values.mean(axis=0), strict=True):
        item = found.items[skill]
        low, high = sorted([mean, found.overall])
        assert low - 1e-9 <= item.value <= high + 1e-9
        assert item.low is not None
        assert item.high is not None
        assert item.low < item.value < item.high
    assert set(found.top) | set(found.bottom) <= set(SKILLS)


@pytest.mark.parametrize(
    ("values", "note"),
    [
        ({}, "TOO_FEW"),
        ({skill: [1.0, 2.0, 1.5] for skill in "abcde"}, "TOO_FEW"),
        ({skill: [1.0] for skill in SKILLS}, "TOO_FEW"),
        ({skill: [1.0, np.nan] for skill in SKILLS}, "TOO_FEW"),
        ({**{skill: [1.0, 2.0] for skill in "abcde"}, "f": [np.nan, np.nan]}, "TOO_FEW"),
        ({s: [1.0, np.nan] if s < "f" else [np.nan, 2.0] for s in SKILLS}, "TOO_FEW"),
        ({skill: [1.0, 2.0] for skill in SKILLS}, "ZERO_SD"),
    ],
)
def test_too_few_answers_are_told_as_plain_means(values: dict[str, list[float]], note: str) -> None:
    found = shrink(values)
    assert found.note == note
    assert (found.top, found.bottom, found.tau2, found.alike) == ((), (), None, False)
    for skill, item in found.items.items():
        assert item == (np.nanmean(values[skill]), None, None)


def test_lists_of_unequal_length_are_refused() -> None:
    with pytest.raises(ValueError, match="one value a person"):
        shrink({"a": [1.0, 2.0], "b": [1.0]})
