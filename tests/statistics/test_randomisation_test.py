"""Differences between teams: what an inference over teams must keep."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import replace
from itertools import product
from time import process_time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

from rotation_analysis.statistics import randomisation_test as team_differences
from rotation_analysis.statistics.estimates import share_variance
from rotation_analysis.statistics.randomisation_test import DateSets, compare_teams
from tests.builders import SHARED
from tests.reference_cases import BANKS, PLACEBO_POST, PLACEBO_PRE, date_sets, rank_of_treated, two_teams

DATA = SHARED / "methods" / "data" / "banks.csv"


def same_dates(changes: list[float], *, treated: tuple[int, ...], variance: float = 0.01) -> DateSets:
    change = np.tile(np.asarray(changes)[:, None], (1, len(treated)))
    return date_sets(change, np.full(change.shape, variance), treated=treated)


def test_placebo_rank_from_literals() -> None:
    found = rank_of_treated(PLACEBO_PRE, PLACEBO_POST, (18, 12), 0)
    assert (found.p, found.rank, found.of) == (pytest.approx(1 / 9), 1, 9)
    other = rank_of_treated(PLACEBO_PRE, PLACEBO_POST, (18, 12), 2)
    assert other.p > 0.5


@pytest.mark.skipif(not DATA.is_file(), reason="../shared with the reference data is absent")
def test_banks_of_the_reference_case_are_those_of_its_data() -> None:
    with DATA.open(encoding="utf-8", newline="") as file:
        july = {row["year"]: row for row in csv.DictReader(file) if (row["month"], row["day"]) == ("7", "1")}
    counts = [[float(july[year][column]) for year in ("1930", "1931")] for column in ("bib6", "bib8")]
    assert counts == [*BANKS]


def test_banks_difference_from_literals_is_no_inference() -> None:
    result = compare_teams(two_teams(*BANKS))
    assert result.value == 19
    assert (result.low, result.high, result.smallest_p) == (None, None, 1.0)


def test_smallest_p_of_two_treated_among_eight_is_one_in_28() -> None:
    result = compare_teams(same_dates([0.5, 0.4, 0.0, 0.01, 0.03, -0.02, -0.04, 0.05], treated=(0, 1)))
    assert result.of == 28  # which two teams: that they change places is no other difference
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
    result = compare_teams(same_dates(changes, treated=(0,)))
    assert (result.rank, result.of, result.smallest_p) == (rank, 5, pytest.approx(0.2))
    assert result.p == pytest.approx(rank / 5)
    assert (result.low, result.high) == (None, None)


def test_teams_that_could_not_have_had_the_dates_are_no_comparison() -> None:
    dates = same_dates([0.3, 0.1, 0.1, 9.0], treated=(0,))
    admissible = dates.admissible.copy()
    admissible[3, 0] = False
    result = compare_teams(replace(dates, admissible=admissible))
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
    there = compare_teams(date_sets(change, variance, treated=(0, 1)))
    moved = (order.index(0), order.index(1))
    back = compare_teams(date_sets(change[order], variance[order], treated=moved))
    for name in ("value", "p", "smallest_p", "rank", "of", "each"):
        assert getattr(back, name) == pytest.approx(getattr(there, name), abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(changes=some_changes, effect=st.floats(-1, 1))
def test_effect_shifts_value_and_interval_by_itself(changes: list[float], effect: float) -> None:
    plain = compare_teams(same_dates(changes, treated=(0, 1)))
    shifted = [change + effect * (team < 2) for team, change in enumerate(changes)]
    result = compare_teams(same_dates(shifted, treated=(0, 1)))
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
        rejected += compare_teams(dates).p <= 0.05
    assert rejected / 300 <= 0.07


def p_at(x: np.ndarray, y: np.ndarray, effect: float) -> float:
    """Share of assignments that score no less than the real one, were this the effect."""
    scores = np.abs(x - effect * y)
    return float((scores >= scores[0] - 1e-9).mean())


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 10_000), st.booleans())
def test_interval_holds_just_the_effects_that_are_not_rejected(seed: int, has_twin: bool) -> None:
    random = np.random.RandomState(seed)
    n = random.randint(45, 120)
    x = random.normal(size=n)
    y = random.choice([0.0, 0.3, -0.2, 0.6], size=n) * random.uniform(0.8, 1.2)
    x[0], y[0] = 2 * random.normal(), 1.0
    if has_twin:  # the two senders with the same dates, changed about
        x[1], y[1] = x[0], y[0]
    low, high = team_differences._invert(x, y)
    assert low <= x[0] <= high
    for end, outward in ((low, -1), (high, 1)):
        assert p_at(x, y, end - outward * 1e-6) > 0.05 >= p_at(x, y, end + outward * 1e-6)
        far = end + outward * np.linspace(0.01, 50, 300)
        assert all(p_at(x, y, effect) <= 0.05 for effect in far)


@pytest.mark.parametrize(
    ("other", "low", "high"),
    [
        ((1.0, 1.0), 1.5, None),  # the same share of the effect, a smaller estimate
        ((4.0, 1.0), None, 3.0),
        ((1.0, -1.0), 0.5, None),
        ((0.0, 2.0), None, None),  # a larger share: nothing far away is rejected
        ((0.0, 0.5), 4 / 3, 4.0),
    ],
)
def test_interval_ends_where_assignments_begin_to_count_and_may_have_no_end(
    other: tuple[float, float], low: float | None, high: float | None
) -> None:
    three_of_forty = [(2.0, 1.0), *[other] * 3, *[(0.0, 0.0)] * 36]
    x, y = np.array(three_of_forty).T
    assert team_differences._invert(x, y) == (
        None if low is None else pytest.approx(low),
        None if high is None else pytest.approx(high),
    )


def test_assignments_are_listed_while_there_are_at_most_twenty_thousand() -> None:
    listed = team_differences._list_assignments(((0, 2, 3), (1, 2, 3)), (0, 1), (0, 1), 1)
    assert listed[0].tolist() == [0, 1]
    assert sorted(map(tuple, listed.tolist())) == [(a, b) for a in (0, 2, 3) for b in (1, 2, 3) if a != b]
    every = tuple(range(12))  # 11,880 of four sets, 95,040 of five
    listed = team_differences._list_assignments((every,) * 4, (0, 1, 2, 3), (0, 1, 2, 3), 1)
    assert len({tuple(row) for row in listed.tolist()}) == len(listed) == 11_880
    drawn = team_differences._list_assignments((every,) * 5, (0, 1, 2, 3, 4), (0, 1, 2, 3, 4), 1)
    assert len(drawn) == 10_000
    assert drawn[0].tolist() == [0, 1, 2, 3, 4]
    assert all(len(set(row)) == 5 for row in drawn.tolist())


def test_sets_with_the_same_dates_are_listed_once_however_teams_change_places() -> None:
    """Four of fifteen teams on one day: 32,760 ways in order, 1,365 that are different."""
    every = tuple(range(15))
    listed = team_differences._list_assignments((every,) * 4, (0, 0, 0, 0), (3, 1, 2, 0), 1)
    assert listed[0].tolist() == [3, 1, 2, 0]
    assert len({frozenset(row) for row in listed.tolist()}) == len(listed) == 1_365


def test_every_assignment_is_drawn_as_often_as_any_other() -> None:
    options = ((0, 2, 3, 4), (1, 2, 3), (0, 1, 4, 5))
    every = [each for each in product(*options) if len(set(each)) == 3]
    ways = team_differences._Ways(options)
    assert ways.count() == len(every)
    drawn = Counter(map(tuple, ways.draw(400 * len(every), np.random.RandomState(1)).tolist()))
    assert set(drawn) == set(every)
    assert chisquare(list(drawn.values())).pvalue > 0.01


def test_fifteen_dates_against_eight_teams_are_compared_at_once() -> None:
    """Of plain draws hardly any gives each set another team: drawing again until one does took minutes."""
    random = np.random.RandomState(1)
    teams, sets = 23, 15
    admissible = np.zeros((teams, sets), dtype=bool)
    admissible[sets:] = True
    admissible[range(sets), range(sets)] = True
    change = np.where(admissible, random.normal(size=admissible.shape), 0.0)
    own = admissible & (np.arange(teams)[:, None] < sets)
    dates = DateSets(change, np.full(change.shape, 0.01), admissible, own, tuple(range(sets)), np.eye(sets))
    begun = process_time()
    assert compare_teams(dates).of == 10_000
    assert process_time() - begun < 5
