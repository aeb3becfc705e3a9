"""What the product says of the sample's planted effects over many seeds, and how often that is right.

`python benchmarks/planted.py [--seeds N] [--quick] [--json] [--null] [--cache DIR]`.  Every seed is a whole
company: simulated, written as files, read, measured and judged by the product's own functions.  By effect
(E1 to E16): mean and spread of the product's estimate, what its interval should hold (planted, or what the
world expects over the same windows; where levels are rounded and cut the mean over the seeds, marked so), how
often it holds it, and how often each verdict is given.  Then the same company without any effect, where
nothing should be claimed (`--null`: that alone).  `low` and `high` are the middle 95 % of estimates, and the
Monte-Carlo error (95 %) of shares.  Seeds are 1 to N; what they gave is kept in `--cache` as long as neither
generator nor library change, so that a broken run goes on.  `--quick` takes six seeds.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # two processes on two cores: its threads would only wait

import numpy as np

from rotation_analysis.statistics.estimates import estimate_share

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "data"))
sys.path.append(str(Path(__file__).resolve().parents[1]))

from effects import EFFECTS, NOTHING_EXPECTED, VERDICTS, Effect, Finding
from seeds import CACHE, Seed, run_seeds, time_parts

from benchmarks.table import Row, make_parser, make_row, print_rows

SEEDS, QUICK = 200, 6
POWER, COVERAGE, FALSE = 85.0, 93.0, 5.0
NOT_CLAIMED = ("E2", "E11", "E16_incidents", "E16_time_to_restore")
"""Too small to be told, or nothing at all: to be claimed in at most `FALSE` per cent of the seeds."""


def make_share(
    figure: str, k: int, n: int, *, at_least: float | None = None, at_most: float | None = None
) -> Row:
    """k of n seeds in per cent with its Monte-Carlo error."""
    if n == 0:
        return make_row(figure, None, ok=at_least is None and at_most is None)
    found = estimate_share(k, n)
    value, low, high = (round(100 * x, 1) for x in (found.value, found.low or 0.0, found.high or 0.0))
    goal = f">= {at_least:g}" if at_least is not None else f"<= {at_most:g}" if at_most is not None else None
    ok = (at_least is None or value >= at_least) and (at_most is None or value <= at_most)
    return make_row(figure, value, low=low, high=high, goal=goal, ok=ok)


def list_rows(seeds: Sequence[Seed], *, null: bool) -> Iterator[Row]:
    """The rows of all effects, then what is claimed of the whole programme."""
    for effect in EFFECTS:
        yield from list_effect(effect, seeds, null=null)
    where = "without any effect" if null else "with effects"
    supported = [set(seed.supported) for seed in seeds]
    if null:
        any_ = sum(bool(names) for names in supported)
        yield make_share("without any effect: anything supported, %", any_, len(seeds), at_most=FALSE)
    else:
        wrong = sum(any(name.startswith(NOTHING_EXPECTED) for name in names) for names in supported)
        figure = "with effects: E16, any of its comparisons supported, %"
        yield make_share(figure, wrong, len(seeds), at_most=FALSE)
    for name, count in sorted(Counter(name for names in supported for name in names).items()):
        yield make_share(f"{where}: {name} supported, %", count, len(seeds))


def list_effect(effect: Effect, seeds: Sequence[Seed], *, null: bool) -> Iterator[Row]:
    """One effect: estimate, spread, truth, how often the interval holds it, how often which verdict."""
    name = f"null {effect.key}" if null else effect.key
    found = [seed.findings[effect.key] for seed in seeds]
    values = np.array([each.value for each in found])
    known = values[~np.isnan(values)]
    if not len(known):
        yield make_row(f"{name}; estimate", None)
        return
    low, high = np.percentile(known, [2.5, 97.5])
    yield make_row(f"{name}; estimate", round(known.mean(), 4), low=round(low, 4), high=round(high, 4))
    yield make_row(f"{name}; spread (sd)", round(known.std(ddof=1), 4) if len(known) > 1 else None)
    told = [seed.truths[effect.key] for seed in seeds]
    computed = [float(known.mean()) if truth is None else truth for truth in told]
    kind = "mean over the seeds" if told[0] is None else "truth"
    planted = "nothing" if null else effect.planted
    yield make_row(f"{name}; {kind}: {planted}", round(float(np.mean(computed)), 4))
    if len(known) < len(seeds):
        yield make_share(f"{name}; measured, %", len(known), len(seeds))
    yield from _list_intervals(effect, name, found, computed, goals=effect.key == "E1" and not null)
    yield from _list_verdicts(effect, name, found, goals=not null)


def _list_intervals(
    effect: Effect, name: str, found: Sequence[Finding], truths: Sequence[float], *, goals: bool
) -> Iterator[Row]:
    """How often the printed interval holds the truth; of E1 how often it, or the verdict, tells it from 0."""
    pairs = [
        (each.low <= truth <= each.high, each.low <= 0 <= each.high)
        for each, truth in zip(found, truths, strict=True)
        if each.low is not None and each.high is not None
    ]
    if not pairs:
        return
    held = sum(holds for holds, _ in pairs)
    figure = f"{name}; interval holds it, %"
    yield make_share(figure, held, len(pairs), at_least=COVERAGE if goals else None)
    excluded = sum(
        each.verdict == "supported" or (each.low is not None and each.high is not None
                                        and not each.low <= 0 <= each.high)
        for each in found
    )  # fmt: skip
    power = POWER if goals else None
    yield make_share(f"{name}; told from 0, %", excluded, len(found), at_least=power)


def _list_verdicts(effect: Effect, name: str, found: Sequence[Finding], *, goals: bool) -> Iterator[Row]:
    given = Counter(each.verdict for each in found)
    if set(given) == {None}:
        return
    for verdict in VERDICTS:
        wrong = goals and verdict == "supported" and effect.key in NOT_CLAIMED
        share = f"{name}; {verdict}, %"
        yield make_share(share, given[verdict], len(found), at_most=FALSE if wrong else None)


def list_times() -> Iterator[Row]:
    """Seconds that the parts of a seed take here, one process."""
    for part, seconds in time_parts(1).items():
        yield make_row(f"seconds a seed: {part}", round(seconds, 2))


def main() -> None:
    """Run the seeds, print one table, exit 1 where a goal is missed."""
    parser = make_parser(__doc__, seeds=f"{SEEDS} unless given")
    parser.add_argument("--null", action="store_true", help="only the company without any effect")
    parser.add_argument("--cache", type=Path, default=CACHE, help="where what seeds gave is kept")
    options = parser.parse_args()
    seeds = range(1, 1 + (QUICK if options.quick else options.seeds or SEEDS))
    worlds = (True,) if options.null else (False, True)
    rows = [make_row("seeds", len(seeds))]
    for null in worlds:
        rows += list_rows(run_seeds(seeds, null=null, cache=options.cache), null=null)
    print_rows([*rows, *list_times()], as_json=options.json)


if __name__ == "__main__":
    main()
