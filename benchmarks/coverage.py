"""What the intervals of the skill pages promise, and how often they keep it.

`python benchmarks/coverage.py [--quick] [--json] [--runs N]`.  Persons rate ten skills from 1 to 5, whole
levels, at the start and at the end; the functions of the product estimate, and the figure is how often an
interval holds the truth.  The truth is the expected value of the estimand *as measured*: the mean change of
the rounded and cut levels over a very large number of persons, not that of what stands behind them.  `low`
and `high` are the Monte-Carlo error (95 %).  n are the persons who start; intervals that are withheld do
not count.  Seeds are fixed.  `--quick` takes a tenth of the runs.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from rotation_analysis.measures.skills import estimate_together, fewest_for_interval
from rotation_analysis.statistics.estimates import (
    LEVEL,
    Estimate,
    adjust_for_missing,
    adjust_holm,
    bound_mean,
    compute_reliable_change,
    estimate_mean,
)
from rotation_analysis.statistics.pooling import Shrunk, pool_cohorts, shrink

sys.path.append(str(Path(__file__).resolve().parents[1]))

from benchmarks.table import Row, make_parser, make_percent_row, print_rows, run_in_processes

Array = NDArray[np.float64]

RUNS, SLOW_RUNS, QUICK = 4_000, 1_000, 10
MANY = 400_000
PERSONS = (4, 5, 6, 8, 12, 20)
COHORTS = {3: (4, 5, 3), 4: (4, 5, 3, 2), 6: (4, 5, 3, 2, 6, 1)}

SKILLS, THEMES = 10, 3
LEVELS = np.linspace(-0.4, 0.4, SKILLS)
"""How much higher than the average a skill stands at the start."""
GAINS = 0.25 * np.array([-1.5, -1.0, -0.7, -0.4, -0.1, 0.1, 0.4, 0.7, 1.0, 1.5])
"""How much more than the average a skill grows."""
GAIN, GAIN_SD = 0.8, 0.4
LEVEL_SD, OWN_SD, NOISE_SD = 0.4, 0.7, 0.45
"""Between persons, of a person's skill around the person's level, of one answer: a reliability near 0.7."""
COHORT_SD = 0.3


@dataclass(frozen=True)
class Scenario:
    """Where persons start, how many go backwards, whose answer at the end is missing."""

    name: str
    start: tuple[float, float] | None = None
    backwards: float = 0.0
    missing: str | None = None
    gain: float = GAIN
    gain_sd: float = GAIN_SD
    alike: bool = False
    cohort_sd: float = 0.0


PLAIN = Scenario("plain")
CEILING = Scenario("ceiling", start=(3.5, 4.5))
BACKWARDS = Scenario("one in six backwards", backwards=1 / 6)
RANDOM = Scenario("30 % missing at random", missing="random")
LEAST = Scenario("30 % missing, those who gained least", missing="least")
HOLES = Scenario("15 % of single answers missing", missing="single")
ALIKE = Scenario("skills grow alike", alike=True)
NOTHING = Scenario("no change", gain=0.0, alike=True)
STILL = Scenario("no change", gain=0.0, gain_sd=0.0, alike=True)
COHORTS_DIFFER = (
    Scenario("plain", cohort_sd=COHORT_SD),
    Scenario("ceiling", start=(3.5, 4.5), cohort_sd=COHORT_SD),
    Scenario("one in six backwards", backwards=1 / 6, cohort_sd=COHORT_SD),
)


Ask = Callable[[Scenario, int, np.random.RandomState], float | None]


@dataclass(frozen=True)
class Cell:
    """A row to be: what is asked of which scenario, n persons or k cohorts, in how many runs; the goal."""

    figure: str
    ask: Ask
    scenario: Scenario
    n: int
    runs: int
    goal: tuple[float, float]


# goals in per cent, from … to; set before the first run
PLAIN_T, AT_LEAST_PLAIN, STRESS, ALWAYS, FALSE = (93, 97), (93, 100), (85, 100), (100, 100), (0, 5)


# --- made-up answers ------------------------------------------------------------------------------------


def answer(
    scenario: Scenario, persons: int, random: np.random.RandomState, *, cohort: Array | float | None = None
) -> tuple[Array, Array]:
    """Levels at the start and at the end (persons × skills), whole and from 1 to 5; nobody is missing yet."""
    skill, gain = (0.0, 0.0) if scenario.alike else (LEVELS, GAINS)
    middle = 3.0 if scenario.gain == 0 else 2.5
    own = middle + LEVEL_SD * random.normal(size=(persons, 1))
    if scenario.start is not None:
        own = random.uniform(*scenario.start, size=(persons, 1))
    if cohort is None:
        cohort = scenario.cohort_sd * random.normal(size=(persons, 1))
    level = own + skill + OWN_SD * random.normal(size=(persons, SKILLS))
    grown = scenario.gain + cohort + scenario.gain_sd * random.normal(size=(persons, 1))
    grown = np.where(random.uniform(size=(persons, 1)) < scenario.backwards, -scenario.gain, grown)
    start, end = (
        np.clip(np.rint(each + NOISE_SD * random.normal(size=(persons, SKILLS))), 1, 5)
        for each in (level, level + grown + gain)
    )
    return start, end


def leave_out(scenario: Scenario, change: Array, random: np.random.RandomState) -> NDArray[np.bool_]:
    """Which persons answer at the end."""
    persons = len(change)
    if scenario.missing == "random":
        return random.uniform(size=persons) >= 0.3
    there = np.ones(persons, dtype=bool)
    if scenario.missing == "least":
        there[np.argsort(change.mean(axis=1), kind="stable")[: round(0.3 * persons)]] = False
    return there


@lru_cache
def find_truth(scenario: Scenario) -> Array:
    """Expected change of each skill as measured, everyone answering."""
    random = np.random.RandomState(1)
    blocks = [
        np.subtract(*answer(scenario, 20_000, random)[::-1]).mean(axis=0) for _ in range(MANY // 20_000)
    ]
    return np.mean(blocks, axis=0)


@lru_cache
def find_reliability() -> tuple[float, float]:
    """Standard deviation between persons and test-retest correlation of one skill, where nothing changes."""
    start, end = answer(STILL, MANY // 10, np.random.RandomState(2))
    still = [(start[:, skill], end[:, skill]) for skill in range(SKILLS)]
    return (
        float(np.mean([np.std(first) for first, _ in still])),
        float(np.mean([np.corrcoef(first, second)[0, 1] for first, second in still])),
    )


# --- one run of each question: 1 = the promise is kept, None = nothing printed ------------------------------


def holds(low: float | None, high: float | None, truth: float) -> float | None:
    """Whether an interval holds the truth."""
    return None if low is None or high is None else float(low <= truth <= high)


def ask_mean(
    scenario: Scenario, n: int, random: np.random.RandomState, estimate: Callable[[list[float]], Estimate]
) -> float | None:
    """The interval of the mean change of ten skills, over those who answered."""
    start, end = answer(scenario, n, random)
    change = end - start
    there = leave_out(scenario, change, random)
    found = adjust_for_missing(estimate, change[there].mean(axis=1).tolist(), missing=int((~there).sum()))
    return holds(found.low, found.high, float(find_truth(scenario).mean()))


def ask_t(scenario: Scenario, n: int, random: np.random.RandomState) -> float | None:
    """Student's t."""
    return ask_mean(scenario, n, random, estimate_mean)


def ask_together(
    scenario: Scenario, n: int, random: np.random.RandomState, *, themes: int = 0
) -> float | None:
    """Whether all intervals that are printed of ten skills, or so many themes, hold at once.

    A theme is a person's mean over some skills; the ten are dealt out to the themes one after the other.
    """
    start, end = answer(scenario, n, random)
    change, truth = end - start, find_truth(scenario)
    there = leave_out(scenario, change, random)
    dealt = [np.arange(place, SKILLS, themes or SKILLS) for place in range(themes or SKILLS)]
    kept = []
    for skills in dealt:
        own = change[there][:, skills].mean(axis=1).tolist()
        found = estimate_together(own, missing=int((~there).sum()), among=len(dealt))
        kept.append(holds(found.low, found.high, float(truth[skills].mean())))
    printed = [each for each in kept if each is not None]
    return min(printed) if printed else None


def ask_skills_together(scenario: Scenario, n: int, random: np.random.RandomState) -> float | None:
    """The sign-flip intervals of the ten skills."""
    return ask_together(scenario, n, random)


def ask_themes_together(scenario: Scenario, n: int, random: np.random.RandomState) -> float | None:
    """The sign-flip intervals of the three themes."""
    return ask_together(scenario, n, random, themes=THEMES)


def ask_bounds(scenario: Scenario, n: int, random: np.random.RandomState) -> float | None:
    """Whether the bounds hold the mean change that all n persons would have shown."""
    start, end = answer(scenario, n, random)
    change = end - start
    there = leave_out(scenario, change, random)
    found = bound_mean(change[there].mean(axis=1).tolist(), start[~there].mean(axis=1).tolist())
    return float(found.worst - 1e-9 <= change.mean() <= found.best + 1e-9)


def make_cohorts(scenario: Scenario, k: int, random: np.random.RandomState) -> list[list[float]]:
    """Mean changes of persons, by cohort."""
    cohorts = []
    for size in COHORTS[k]:
        start, end = answer(scenario, size, random, cohort=scenario.cohort_sd * random.normal())
        cohorts.append((end - start).mean(axis=1).tolist())
    return cohorts


def ask_pooled(scenario: Scenario, k: int, random: np.random.RandomState) -> float | None:
    """The interval of the mean over cohorts."""
    found = pool_cohorts(make_cohorts(scenario, k, random))
    return holds(found.low, found.high, float(find_truth(scenario).mean()))


def ask_predicted(scenario: Scenario, k: int, random: np.random.RandomState) -> float | None:
    """Where the mean of one more cohort lies, as measured and of a size like the others."""
    found = pool_cohorts(make_cohorts(scenario, k, random))
    another = make_cohorts(scenario, k, random)[random.randint(k)]
    return None if found.predicted is None else holds(*found.predicted, float(np.mean(another)))


def shrink_change(scenario: Scenario, n: int, random: np.random.RandomState, *, relative: bool) -> Shrunk:
    """Skills of n persons, drawn together; `relative`: less the person's own average."""
    start, end = answer(scenario, n, random)
    change = end - start
    change = change[leave_out(scenario, change, random)]
    if scenario.missing == "single":
        change[random.uniform(size=change.shape) < 0.15] = np.nan
    if relative:
        change = change - np.nanmean(change, axis=1, keepdims=True)
    return shrink({str(skill): change[:, skill].tolist() for skill in range(SKILLS)})


def share_held(found: Shrunk, truth: Array) -> float | None:
    """The share of the ten skills whose band holds the skill's truth."""
    kept = [holds(item.low, item.high, truth[int(skill)]) for skill, item in found.items.items()]
    return None if None in kept else float(np.mean(kept))


def ask_band(scenario: Scenario, n: int, random: np.random.RandomState) -> float | None:
    """The bands of the skills."""
    return share_held(shrink_change(scenario, n, random, relative=False), find_truth(scenario))


def ask_relative(scenario: Scenario, n: int, random: np.random.RandomState) -> float | None:
    """The bands of the skills against the persons' own average."""
    truth = find_truth(scenario)
    return share_held(shrink_change(scenario, n, random, relative=True), truth - truth.mean())


def ask_top(scenario: Scenario, n: int, random: np.random.RandomState) -> float | None:
    """Whether the skill that grows most is among those called the highest."""
    found = shrink_change(scenario, n, random, relative=True)
    return None if found.note else float(str(int(find_truth(scenario).argmax())) in found.top)


def ask_skills(scenario: Scenario, n: int, random: np.random.RandomState) -> float | None:
    """Whether any of ten skills that did not change is said to have, over n persons."""
    start, end = answer(scenario, n, random)
    found = [estimate_together(change.tolist(), missing=0, among=SKILLS) for change in (end - start).T]
    return float(any(holds(each.low, each.high, 0.0) == 0 for each in found))


def ask_person(scenario: Scenario, n: int, random: np.random.RandomState) -> float | None:
    """Whether any of one person's ten skills that did not change is said to have."""
    start, end = answer(scenario, n, random)
    sd, r = find_reliability()
    p = [compute_reliable_change(float(change), sd, r)[1] for change in (end - start)[0]]
    return float(min(adjust_holm(p)) <= LEVEL)


# --- the table ------------------------------------------------------------------------------------------


def list_cells() -> Iterator[Cell]:
    """The rows in their order."""
    for scenario in (PLAIN, CEILING, BACKWARDS, RANDOM, LEAST):
        goal = PLAIN_T if scenario is PLAIN else STRESS
        for n in PERSONS:
            if scenario.missing is None or n >= 6:  # under it, hardly anything is printed
                yield _cell("mean, t", ask_t, scenario, n, goal)
    for what, ask, among in (
        ("all ten skills at once, sign flip", ask_skills_together, SKILLS),
        ("all three themes at once, sign flip", ask_themes_together, THEMES),
    ):
        for scenario in (PLAIN, CEILING, BACKWARDS, RANDOM, LEAST):
            goal = AT_LEAST_PLAIN if scenario is PLAIN else STRESS
            for n in PERSONS:
                if (0.7 * n if scenario.missing else n) >= fewest_for_interval(among):
                    yield _cell(what, ask, scenario, n, goal)
    for scenario in (RANDOM, LEAST):
        for n in (4, 20):
            yield _cell("bounds hold the mean of everyone", ask_bounds, scenario, n, ALWAYS)
    for scenario in COHORTS_DIFFER:
        for k in COHORTS:
            goal = AT_LEAST_PLAIN if scenario is COHORTS_DIFFER[0] else STRESS
            yield _cell("mean over cohorts, HKSJ", ask_pooled, scenario, k, goal, unit="k")
    yield _cell("another cohort, prediction", ask_predicted, COHORTS_DIFFER[0], 6, AT_LEAST_PLAIN, unit="k")
    for scenario in (PLAIN, ALIKE, CEILING, BACKWARDS, HOLES):
        goal = AT_LEAST_PLAIN if scenario in (PLAIN, ALIKE) else STRESS
        for n in PERSONS:
            yield _cell("skill, drawn together", ask_band, scenario, n, goal)
    for n in (8, 12, 20):  # the bands are of the answers alone
        yield _cell("skill, drawn together", ask_band, LEAST, n, STRESS)
    for scenario in (PLAIN, HOLES):
        goal = AT_LEAST_PLAIN if scenario is PLAIN else STRESS
        for n in PERSONS:
            yield _cell("skill against the own average, drawn together", ask_relative, scenario, n, goal)
    for n in PERSONS:
        yield _cell("top set holds the skill that grew most", ask_top, PLAIN, n, AT_LEAST_PLAIN)
    for n in (12, 20):
        yield _cell("any of ten skills, false claim", ask_skills, NOTHING, n, FALSE)
    yield _cell("any of one person's ten skills, false claim", ask_person, STILL, 1, FALSE)


def _cell(
    what: str, ask: Ask, scenario: Scenario, n: int, goal: tuple[float, float], *, unit: str = "n"
) -> Cell:
    flips = ask in (ask_skills_together, ask_themes_together, ask_skills)
    slow = ask is ask_person or (flips and n > 12)
    return Cell(f"{what}; {scenario.name}; {unit} = {n}", ask, scenario, n, SLOW_RUNS if slow else RUNS, goal)


def measure(cell: Cell) -> Row:
    """One row, in per cent of the runs in which something was printed."""
    random = np.random.RandomState(crc32(cell.figure.encode()))
    return make_percent_row(
        cell.figure, [cell.ask(cell.scenario, cell.n, random) for _ in range(cell.runs)], cell.goal
    )


def main() -> None:
    """Simulate, print one table, exit 1 where a goal is missed."""
    options = make_parser(__doc__, runs="of every row").parse_args()
    fewer = QUICK if options.quick else 1
    cells = [replace(cell, runs=options.runs or cell.runs // fewer) for cell in list_cells()]
    for cell in cells:  # before the processes fork, so that each has it
        find_truth(cell.scenario)
    find_reliability()
    longest_first = sorted(cells, key=lambda cell: -cell.n)
    rows = dict(zip(longest_first, run_in_processes(measure, longest_first), strict=True))
    print_rows((rows[cell] for cell in cells), as_json=options.json)


if __name__ == "__main__":
    main()
