"""What the comparison of teams promises, and how often it keeps it.

`python benchmarks/impact.py [--quick] [--json] [--runs N]`.

Made-up programmes of 8, 12, 15 and 20 teams, of which 2, 3, 7 and 4 send somebody for half a year.  Teams are
of unequal size (log-normal), what they do follows itself from month to month (AR(1), 0.5), and in the middle
something changes for the whole company.  Every team notes its own tickets and asks the host team; senders are
in trouble before they send, lose while somebody is away, and gain after eight weeks back.  Phases, outcomes
and comparisons are the product's own, from the programme and its tables to the row with its verdict.

*False claim*: nobody's sending changes anything, and p <= 0.05 all the same (when the interval leaves
out 0), of the first graduate or of the absence, each counted.  The design says how often that can be at most:
two of eight teams with the same dates have 28 assignments, so that 1 in 28 is as near to 5 % as it gets.
*Bias*: mean of the estimates against what was planted within the windows, in per cent of it, of a rate both
as logarithms.  *Interval holds it*: of those that are printed.  *Leaves out 0*: how often the planted change
is told from none.

Seeds are fixed; `low` and `high` are the Monte-Carlo error (95 %).  `--quick` takes a tenth of the runs.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from zlib import crc32

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rotation_analysis.cohorts.cohort import Cohorts
from rotation_analysis.cohorts.phases import list_person_phases, list_team_phases
from rotation_analysis.measure_row import Measure
from rotation_analysis.measures.impact.team_comparison import COMPARISONS, measure_comparison
from rotation_analysis.measures.impact.team_outcomes import read_requests, read_self_resolution
from rotation_analysis.programme.model import Calendar, Header, Label, Person, Programme, Rotation, Team
from rotation_analysis.programme.plan import EvaluationPlan, Primary
from rotation_analysis.programme.tables import TABLES, conform
from rotation_analysis.reading.account import RECORD_COLUMNS, Account
from rotation_analysis.statistics.verdicts import judge_all

sys.path.append(str(Path(__file__).resolve().parents[1]))

from benchmarks.table import Goal, Row, make_parser, make_percent_row, print_rows, run_in_processes

Array = NDArray[np.float64]
Random = np.random.RandomState

RUNS, QUICK, PART = 2_000, 10, 250

# --- made-up programmes ---------------------------------------------------------------------------------

FIRST, LAST = date(2021, 4, 5), date(2025, 3, 30)
WEEKS = ((LAST - FIRST).days + 1) // 7
MONTH = 4
"""Weeks of one step of the series that follows itself."""
SHOCK = (date(2023, 7, 3) - FIRST).days // 7
SHOCK_SHARE, SHOCK_RATE = 0.08, -0.15
"""What changes for every team in the middle: points of the share, log of the rate."""
KEPT, SHARE_SD, RATE_SD = 0.5, 0.05, 0.3
TICKETS, SIZE_SD = 5.0, 0.4
"""Tickets a week of the middle team, and the spread of the logarithm of sizes."""
BASE, BASE_SD = 0.44, 0.04
DIP, AWAY, BACK = -0.06, -0.04, 0.12
"""Points of the share: in the 13 weeks before the first departure, while away, from week 9 after."""
AWAY_RATE, BACK_RATE = 0.15, -0.25
"""Requests while away and from week 9 after, as ratio less one."""


@dataclass(frozen=True)
class Design:
    """So many teams; of the first ones somebody leaves for half a year on these days."""

    name: str
    teams: int
    departures: tuple[date, ...]


TERMS = (date(2022, 4, 4), date(2022, 10, 3), date(2023, 4, 3), date(2023, 10, 2))
SAMPLE = (date(2022, 4, 1), date(2022, 10, 3), *2 * (date(2023, 5, 8),), date(2023, 11, 1))
DESIGNS = (
    Design("8 teams, 2 send", 8, TERMS[1:3]),
    Design("12 teams, 3 send", 12, TERMS[:3]),
    Design("20 teams, 4 send", 20, TERMS),
    Design("15 teams, 7 send", 15, (*SAMPLE, *2 * (date(2024, 5, 1),))),
)
SAME = Design("8 teams, 2 send on one day", 8, 2 * TERMS[1:2])
ALONE = tuple(Design(f"{teams} teams, 1 sends", teams, TERMS[1:2]) for teams in (12, 25))


@lru_cache
def make_programme(design: Design) -> Programme:
    """The programme of a design: who went when, and what was declared beforehand."""
    teams = [f"team{number:02d}" for number in range(design.teams)]
    rotations = tuple(
        Rotation(
            person=f"p{number:02d}",
            cohort=f"{start:%Y-%m}",
            home_team=teams[number],
            host_team="sre",
            start=start,
            planned_end=start + timedelta(weeks=26),
            end=start + timedelta(weeks=26),
            ending="as_planned",
            now="home",
        )
        for number, start in enumerate(design.departures)
    )
    return Programme(
        programme=Header(
            name=Label(ja="模擬", en="Made up"),
            company=Label(ja="模擬", en="Made up"),
            as_of=LAST,
            host_team="sre",
            data_start=FIRST,
        ),
        calendar=Calendar(country="JP"),
        people=tuple(Person(id=stay.person, name=stay.person, team=stay.home_team) for stay in rotations),
        teams=tuple(Team(id=team, ja=team, en=team) for team in ("sre", *teams)),
        rotations=rotations,
        plan=EvaluationPlan(
            declared=FIRST,
            primary=(Primary(measure="impact.self_resolution.first_graduate", account="home_team"),),
        ),
    )


@lru_cache
def lay_out(design: Design) -> Cohorts:
    """The programme over empty tables; phases are made once."""
    programme = make_programme(design)
    none = pd.DataFrame(columns=RECORD_COLUMNS)
    return Cohorts(
        programme=programme,
        tables={name: make_empty(name) for name in TABLES},
        person_phases=list_person_phases(programme),
        team_phases=list_team_phases(programme),
        coverage=pd.DataFrame(),
        account=Account((), none, none, {}),
    )


def make_empty(name: str) -> pd.DataFrame:
    """A canonical table without a row, with the columns that resolving adds."""
    table = conform(pd.DataFrame(), TABLES[name])
    for column in ("person", "team", "cohort", "wave", "shared", "area_team"):
        table[column] = pd.Series(dtype=object)
    days = pd.Series(dtype="datetime64[us]")
    return table.assign(day=days, period_start=days, people_unknown=pd.Series(dtype=bool))


@dataclass(frozen=True)
class World:
    """What happens to the teams of a design; without an `effect` sending changes nothing but the dip."""

    design: Design
    effect: bool


def follow_itself(teams: int, spread: float, random: Random) -> Array:
    """Deviations (teams × weeks) that keep half of themselves from month to month."""
    months = -(-WEEKS // MONTH)
    series = np.empty((teams, months))
    series[:, 0] = random.normal(size=teams)
    for n in range(1, months):
        series[:, n] = KEPT * series[:, n - 1] + np.sqrt(1 - KEPT**2) * random.normal(size=teams)
    return spread * np.repeat(series, MONTH, axis=1)[:, :WEEKS]


@lru_cache
def plan_effects(world: World) -> tuple[Array, Array]:
    """What sending does to each team in each week: points of its share, log of its rate."""
    share, rate = np.zeros((2, world.design.teams, WEEKS))
    for team, start in enumerate(world.design.departures):
        leaves = (start - FIRST).days // 7
        share[team, leaves - 13 : leaves] = DIP
        if world.effect:
            share[team, leaves : leaves + 26], rate[team, leaves : leaves + 26] = AWAY, np.log1p(AWAY_RATE)
            share[team, leaves + 26 : leaves + 34] = BACK / 2
            rate[team, leaves + 26 : leaves + 34] = np.log1p(BACK_RATE) / 2
            share[team, leaves + 34 :], rate[team, leaves + 34 :] = BACK, np.log1p(BACK_RATE)
    return share, rate


def make_cohorts(world: World, scale: str, random: Random) -> Cohorts:
    """The programme with a made-up log: of tickets for a share, of requests for a rate."""
    teams, laid_out = world.design.teams, lay_out(world.design)
    share, rate = plan_effects(world)
    later = np.arange(WEEKS) >= SHOCK
    size = TICKETS * np.exp(SIZE_SD * random.normal(size=(teams, 1)))
    volume = size * np.exp(follow_itself(teams, RATE_SD, random) - RATE_SD**2 / 2)
    if scale == "rate":
        asked = random.poisson(volume * np.exp(SHOCK_RATE * later + rate))
        return replace(
            laid_out, tables={**laid_out.tables, "requests": make_log(world.design, asked, random)}
        )
    base = BASE + BASE_SD * random.normal(size=(teams, 1))
    level = base + SHOCK_SHARE * later + share + follow_itself(teams, SHARE_SD, random)
    noted = random.poisson(volume)
    solved = random.binomial(noted, np.clip(level, 0.02, 0.98))
    tickets = make_log(world.design, noted, random).assign(how=mark(solved, noted))
    return replace(laid_out, tables={**laid_out.tables, "tickets": tickets})


def make_log(design: Design, counts: NDArray[np.int64], random: Random) -> pd.DataFrame:
    """A record each, of its team, on a working day of its week."""
    names = np.array([team.id for team in make_programme(design).teams[1:]], dtype=object)
    team, week = (np.repeat(place.ravel(), counts.ravel()) for place in np.indices(counts.shape))
    days = np.datetime64(FIRST, "us") + (7 * week + random.randint(0, 5, len(week))) * np.timedelta64(1, "D")
    log = pd.DataFrame({"team": names[team], "day": days, "kind": "work", "title": "infra"})
    return log.assign(permission_bound=pd.Series(False, index=log.index, dtype="boolean"))


def mark(solved: NDArray[np.int64], tickets: NDArray[np.int64]) -> NDArray[np.object_]:
    """How each ticket was solved: the first ones of a team's week by itself, the others by the host team."""
    counts = np.stack([solved, tickets - solved], axis=-1)
    alone = np.tile(np.array(["alone", "sre"], dtype=object), tickets.size)
    return np.repeat(alone, counts.ravel())


# --- what the product makes of them -----------------------------------------------------------------------

READ = {"share": read_self_resolution, "rate": read_requests}
FIRST_GRADUATE, WHILE_AWAY = COMPARISONS[0].name, COMPARISONS[1].name
TRUTH = {
    ("share", FIRST_GRADUATE): BACK,
    ("share", WHILE_AWAY): AWAY,
    ("rate", FIRST_GRADUATE): BACK_RATE,
    ("rate", WHILE_AWAY): AWAY_RATE,
}
Found = dict[str, Measure]


def compare(cohorts: Cohorts, scale: str) -> Found:
    """The programme's row of the first graduate and of the first absence, with their verdicts."""
    outcome = READ[scale](cohorts)
    found = {}
    for comparison in COMPARISONS[:2]:
        rows = list(measure_comparison(cohorts, outcome, comparison))
        plan = cohorts.programme.plan
        (found[comparison.name],) = judge_all(
            [row for row in rows if row.team is None], plan, cohorts.programme.first_ends
        )
    return found


@dataclass(frozen=True)
class Scene:
    """A world looked at through one outcome, in many runs."""

    world: World
    scale: str

    @property
    def name(self) -> str:
        """As the rows call it."""
        return f"{self.scale}; {self.world.design.name}"

    @property
    def times(self) -> int:
        """How many times the runs: twice where few senders leave nothing to find, for a finer false claim."""
        return 1 if self.world.effect or len(self.world.design.departures) > 3 else 2


def run(scene: Scene, part: int, runs: int) -> list[Found]:
    """Some of a scene's runs; each part has a seed of its own."""
    random = np.random.RandomState(crc32(f"{scene.name}, {scene.world.effect}, {part}".encode()))
    return [compare(make_cohorts(scene.world, scene.scale, random), scene.scale) for _ in range(runs)]


# --- the table ------------------------------------------------------------------------------------------

Ask = Callable[[Found], float | None]


@dataclass(frozen=True)
class Cell:
    """A row to be: `ask` gives one run's figure; with a `truth` the mean against it, else the share of 1."""

    figure: str
    scene: Scene
    ask: Ask
    goal: Goal = None
    truth: float | None = None


# goals in per cent, from … to; set before the first run
FALSE, BIAS, HOLDS, ALWAYS = (0, 5.5), (-10, 10), (93, 100), (100, 100)


def list_cells() -> Iterator[Cell]:
    """The rows in their order."""
    for design in (SAME, *DESIGNS):
        for scale in READ:
            scene = Scene(World(design, effect=False), scale)
            yield Cell(f"false claim; {scene.name}", scene, _claims_at_all, FALSE)
            if len(design.departures) == 2:
                yield Cell(f"false claim can be at most; {scene.name}", scene, _at_most)
    for design in ALONE:
        alone = Scene(World(design, effect=True), "share")
        yield Cell(f"a single sender is not judged; {alone.name}", alone, _is_declined, ALWAYS)
    for design in DESIGNS:
        for scale in READ:
            scene = Scene(World(design, effect=True), scale)
            for name in TOLD:
                truth = TRUTH[scale, name]
                about = f"{truth:+.2f}; {scene.name}"
                ask, expected = _value(name, scale), on_scale(truth, scale)
                yield Cell(f"{TOLD[name]}, bias of {about}", scene, ask, BIAS, expected)
                yield Cell(f"{TOLD[name]}, interval holds {about}", scene, _holds(name, truth), HOLDS)
                yield Cell(f"{TOLD[name]}, interval leaves out 0; {about}", scene, _claims(name))


TOLD = {FIRST_GRADUATE: "first graduate", WHILE_AWAY: "away"}


def _claims(name: str) -> Ask:
    return lambda found: None if (p := found[name].p) is None else float(p <= 0.05)


def _claims_at_all(found: Found) -> float:
    """Of both comparisons of a run, how many claim something."""
    return float(np.mean([p is not None and p <= 0.05 for p in (row.p for row in found.values())]))


def _value(name: str, scale: str) -> Ask:
    return lambda found: None if (value := found[name].value) is None else on_scale(value, scale)


def on_scale(value: float, scale: str) -> float:
    """A value as teams are averaged: of a ratio less one the logarithm."""
    return float(np.log1p(value)) if scale == "rate" else value


def _holds(name: str, truth: float) -> Ask:
    def ask(found: Found) -> float | None:
        low, high = found[name].low, found[name].high
        return None if low is None or high is None else float(low <= truth <= high)

    return ask


def _at_most(found: Found) -> float:
    """How many of the smallest steps that p can take fit into 5 %, mean of both comparisons."""
    notes = [note for row in found.values() for note in row.notes if note.startswith("SMALLEST_P:")]
    steps = np.array([float(note.partition(":")[2]) for note in notes])
    return float(np.mean(steps * np.floor(0.05 / steps)))


def _is_declined(found: Found) -> float:
    return float(all(row.verdict == "not_enough_data" for row in found.values()))


def measure(cell: Cell, found: Sequence[Found]) -> Row:
    """One row, in per cent; runs in which the product gives no figure do not count."""
    return make_percent_row(cell.figure, map(cell.ask, found), cell.goal, cell.truth)


def measure_all(runs: int) -> Iterator[Row]:
    """Every row; each scene is simulated once, in parts for several processes."""
    cells = list(list_cells())
    parts = [
        (scene, part, min(PART, runs * scene.times - begun))
        for scene in dict.fromkeys(cell.scene for cell in cells)
        for part, begun in enumerate(range(0, runs * scene.times, PART))
    ]
    found: dict[Scene, list[Found]] = defaultdict(list)
    for (scene, *_), several in zip(parts, run_in_processes(run, *zip(*parts, strict=True)), strict=True):
        found[scene] += several
    return (measure(cell, found[cell.scene]) for cell in cells)


def main() -> None:
    """Simulate, print one table, exit 1 where a goal is missed."""
    options = make_parser(__doc__, runs="of every row").parse_args()
    rows = measure_all(options.runs or (RUNS // QUICK if options.quick else RUNS))
    print_rows(rows, as_json=options.json)


if __name__ == "__main__":
    main()
