"""What the estimates of waiting and of ups and downs that go together promise, and how often they keep it.

`python benchmarks/waiting.py [--quick] [--json] [--runs N]`.

*Waiting.*  Requests come in evenly over a window of business hours and wait log-normally; at its end three of
ten are still open.  Business hours are counted by the product's clock from times in UTC, over weekends and
public holidays; then the product's functions estimate.  Bias is the mean of the estimates over the runs
against the truth of the made-up waits, in per cent of it; `low` and `high` are the Monte-Carlo error (95 %).
Beside it stands what the closed requests alone would tell.

*Slopes within persons.*  Every person has two series of thirteen fortnights that follow themselves but have
nothing to do with each other, as ones of whole numbers (meetings, levels of 1 to 7) or as plain numbers.  The
figure is how often an association is claimed (p <= 0.05), and how often an interval holds the truth.
Seeds are fixed.  `--quick` takes a tenth of the runs.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import optimize, stats

from rotation_analysis.cohorts.clock import BusinessClock
from rotation_analysis.programme.worktime import WorkCalendar, list_working_days
from rotation_analysis.statistics.survival import estimate_waiting
from rotation_analysis.statistics.within_person import Slope, estimate_within_person_slope

sys.path.append(str(Path(__file__).resolve().parents[1]))

from benchmarks.table import Goal, Row, make_parser, make_percent_row, print_rows, run_in_processes

Array = NDArray[np.float64]
Random = np.random.RandomState

RUNS, QUICK = 2_000, 10
RECORDS = (10, 20, 40, 200, 1000)
FEW = 40

# --- made-up requests -----------------------------------------------------------------------------------

MEDIAN, SPREAD = 12.0, 1.2
"""Business hours that half of the requests wait, and the standard deviation of their logarithm."""
OPEN = 0.30
CLOCK = BusinessClock(WorkCalendar("JP"), "Asia/Tokyo")
HOURS_A_DAY = 9.0
DAYS = list_working_days(CLOCK.calendar, date(2024, 4, 1), date(2024, 12, 31))
MEAN = MEDIAN * float(np.exp(SPREAD**2 / 2))


def mean_until(horizon: float) -> float:
    """The true mean of the hours waited, none counted for longer than `horizon`."""
    z = np.log(horizon / MEDIAN) / SPREAD
    return MEAN * float(stats.norm.cdf(z - SPREAD)) + horizon * float(stats.norm.sf(z))


WINDOW = float(optimize.brentq(lambda hours: mean_until(hours) / hours - OPEN, 1, 1e5))
"""Business hours of the log: so long that the expected share of open requests at its end is `OPEN`."""


class Log(NamedTuple):
    """Requests as the product sees them: business hours waited, and whether they are done."""

    hours: Array
    done: NDArray[np.bool_]


def find_moments(business_hours: Array) -> pd.Series:
    """Business hours since the first opening as times in UTC."""
    day, hour = np.divmod(business_hours, HOURS_A_DAY)
    wall = DAYS[day.astype(int)].astype("datetime64[us]") + ((10 + hour) * 3.6e9).astype("timedelta64[us]")
    return pd.Series(wall).dt.tz_localize(CLOCK.timezone).dt.tz_convert("UTC")


def make_log(records: int, random: Random) -> Log:
    """A log of `records` requests that ends after `WINDOW` business hours."""
    asked = random.uniform(0, WINDOW, records)
    answered = asked + MEDIAN * np.exp(SPREAD * random.normal(size=records))
    done = answered <= WINDOW
    waited = CLOCK.hours_between(find_moments(asked), find_moments(np.minimum(answered, WINDOW)))
    return Log(waited.to_numpy(), done)


def estimate_median(log: Log) -> float | None:
    """The median, open requests taken into account."""
    return estimate_waiting(*log).value


def median_of_closed(log: Log) -> float | None:
    """What the closed requests alone tell."""
    return float(np.median(log.hours[log.done]))


def mean_of_closed(log: Log) -> float | None:
    """What the closed requests alone tell."""
    return float(log.hours[log.done].mean())


def median_held(log: Log) -> float | None:
    """Whether the interval of the median holds the truth; one without an upper end holds all above."""
    found = estimate_waiting(*log)
    if found.low is None:
        return None
    return float(found.low <= MEDIAN <= (np.inf if found.high is None else found.high))


# --- made-up fortnights ---------------------------------------------------------------------------------

FORTNIGHTS = 13
PERSONS = (4, 8, 16)
KEPT = (0.5, 0.8)
"""How much of one fortnight is kept in the next."""
SLOPES_DIFFER = 0.3
SLOPE = 0.5


@dataclass(frozen=True)
class World:
    """Persons whose y changes by `slope` a unit of x, each by another one where `sd` is above 0."""

    persons: int
    kept: float
    slope: float = 0.0
    sd: float = 0.0
    whole: bool = False


def follow_itself(kept: float, persons: int, random: Random) -> Array:
    """Series (persons × fortnights) of variance 1."""
    series = np.empty((persons, FORTNIGHTS))
    series[:, 0] = random.normal(size=persons)
    for n in range(1, FORTNIGHTS):
        series[:, n] = kept * series[:, n - 1] + np.sqrt(1 - kept**2) * random.normal(size=persons)
    return series


def make_fortnights(world: World, random: Random) -> pd.DataFrame:
    """One row a person and fortnight; levels differ between persons."""
    size = (world.persons, 1)
    x = follow_itself(world.kept, world.persons, random) + random.normal(size=size)
    if world.whole:
        x = np.clip(np.rint(1 + x), 0, 3)
    own = world.slope + world.sd * random.normal(size=size)
    y = own * x + follow_itself(world.kept, world.persons, random) + random.normal(size=size)
    if world.whole:
        y = np.clip(np.rint(4 + y), 1, 7)
    person, order = np.indices(x.shape)
    return pd.DataFrame({"person": person.ravel(), "order": order.ravel(), "x": x.ravel(), "y": y.ravel()})


def claims_by_shifts(found: Slope) -> float | None:
    """Whether the shifts alone would claim an association."""
    return None if found.p_of_shifts is None else float(found.p_of_shifts <= 0.05)


def claims(found: Slope) -> float | None:
    """Whether an association is claimed."""
    return None if found.p is None else float(found.p <= 0.05)


# --- the table ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Cell:
    """A row to be: `ask` gives one run's figure; of `bias` the mean against `truth`, else the share of 1."""

    figure: str
    ask: Callable[[Random], float | None]
    goal: Goal
    runs: int = RUNS
    truth: float | None = None


# goals in per cent, from … to; set before the first run
BIAS, BIAS_OF_FEW, HOLDS, HOLDS_FEW, FALSE = (-2, 2), (-5, 5), (93, 97), (90, 100), (0, 5)


def list_cells() -> Iterator[Cell]:
    """The rows in their order."""
    for n in RECORDS:
        bias, holds = (BIAS_OF_FEW, HOLDS_FEW) if n <= FEW else (BIAS, HOLDS)
        asked: list[tuple[str, Callable[[Log], float | None], Goal, float | None]] = [
            ("open at the end, %", lambda log: float((~log.done).mean()), None, None),
            ("bias of the median", estimate_median, bias, MEDIAN),
            ("bias of the median of the closed alone", median_of_closed, None, MEDIAN),
            ("bias of the mean of the closed alone", mean_of_closed, None, MEAN),
            ("interval of the median holds it", median_held, holds, None),
        ]
        for what, ask, goal, truth in asked:
            yield Cell(f"waiting, {what}; n = {n}", _of_log(ask, n), goal, truth=truth)
    for persons in PERSONS:
        for kept in KEPT:
            worlds = {
                "numbers": World(persons, kept),
                "whole numbers": World(persons, kept, whole=True),
                "slopes differ around 0": World(persons, kept, sd=SLOPES_DIFFER),
            }
            for name, world in worlds.items():
                yield Cell(f"slope, false claim; {_told(name, world)}", _of_slope(claims, world), FALSE)
            world = replace(worlds["slopes differ around 0"], slope=SLOPE)
            yield Cell(f"slope, interval holds it; {_told('slopes differ', world)}", _holds(world), HOLDS_FEW)
    for persons in PERSONS:
        world = World(persons, KEPT[0], sd=SLOPES_DIFFER)
        told = _told("slopes differ around 0", world)
        yield Cell(f"slope, false claim of shifts alone; {told}", _of_slope(claims_by_shifts, world), None)
    for persons in PERSONS:
        world = World(persons, KEPT[0], slope=SLOPE)
        yield Cell(f"slope of {SLOPE} is found; {_told('numbers', world)}", _of_slope(claims, world), None)
    for persons in PERSONS:
        world = World(persons, KEPT[-1])
        yield Cell(f"pooled correlation, false claim; {_told('numbers', world)}", _pools(world), None)


def _told(name: str, world: World) -> str:
    return f"{name}; kept {world.kept}; n = {world.persons}"


def _of_log(ask: Callable[[Log], float | None], n: int) -> Callable[[Random], float | None]:
    return lambda random: ask(make_log(n, random))


def _of_slope(ask: Callable[[Slope], float | None], world: World) -> Callable[[Random], float | None]:
    return lambda random: ask(estimate_within_person_slope(make_fortnights(world, random)))


def _holds(world: World) -> Callable[[Random], float | None]:
    def ask(found: Slope) -> float | None:
        if found.low is None or found.high is None:
            return None
        return float(found.low <= world.slope <= found.high)

    return _of_slope(ask, world)


def _pools(world: World) -> Callable[[Random], float | None]:
    def ask(random: Random) -> float:
        frame = make_fortnights(world, random)
        return float(stats.pearsonr(frame["x"], frame["y"]).pvalue <= 0.05)

    return ask


def measure(cell: Cell) -> Row:
    """One row, in per cent; runs in which the product gives no figure do not count."""
    random = np.random.RandomState(crc32(cell.figure.encode()))
    return make_percent_row(cell.figure, [cell.ask(random) for _ in range(cell.runs)], cell.goal, cell.truth)


def measure_numbered(place: int, runs: int) -> Row:
    """The row at a place of `list_cells`, for another process."""
    return measure(replace(list(list_cells())[place], runs=runs))


def main() -> None:
    """Simulate, print one table, exit 1 where a goal is missed."""
    options = make_parser(__doc__, runs="of every row").parse_args()
    fewer = QUICK if options.quick else 1
    runs = [options.runs or cell.runs // fewer for cell in list_cells()]
    print_rows(run_in_processes(measure_numbered, range(len(runs)), runs), as_json=options.json)


if __name__ == "__main__":
    main()
