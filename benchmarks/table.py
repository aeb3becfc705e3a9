"""What all benchmarks share: the rows that they print, goals in words, two processes, options and the table.

Neither pandas nor the library is imported with it: what `reading.py` weighs would begin at that size.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

Row = dict[str, Any]
Goal = tuple[float, float] | None

PROCESSES = 2


def make_row(figure: str, value: float | None, **other: Any) -> Row:
    """A row as the contract names it; met and without low, high and goal unless they are given."""
    return {"figure": figure, "value": value, "low": None, "high": None, "goal": None, "ok": True} | other


def make_median_row(figure: str, values: Sequence[float], goal: float | None = None) -> Row:
    """Median and extremes of several turns, and whether the median is at most the goal."""
    middle = statistics.median(values)
    row = make_row(figure, round(middle, 2))
    if len(values) > 1:
        row |= {"low": round(min(values), 2), "high": round(max(values), 2)}
    return row if goal is None else row | {"goal": f"<= {goal:g}", "ok": middle <= goal}


def make_percent_row(
    figure: str, asked: Iterable[float | None], goal: Goal, truth: float | None = None
) -> Row:
    """What runs gave, in per cent with its Monte-Carlo error: the mean, or how often; None does not count.

    With a `truth`: how far the mean is from it, in per cent of it.
    """
    from rotation_analysis.statistics.estimates import estimate_mean, estimate_share

    given = [each for each in asked if each is not None]
    if truth is not None:
        found = estimate_mean([each / truth - 1 for each in given])
    elif set(given) <= {0.0, 1.0}:
        found = estimate_share(int(sum(given)), len(given))
    else:
        found = estimate_mean(given)
    value, low, high = (
        None if x is None else round(100 * x, 1) + 0.0 for x in (found.value, found.low, found.high)
    )
    met = goal is None or (value is not None and goal[0] <= value <= goal[1])
    return make_row(figure, value, low=low, high=high, goal=name_goal(goal), ok=met)


def name_goal(goal: Goal) -> str | None:
    """A goal in words: from … to, where 0 and 100 are no bounds."""
    if goal is None:
        return None
    least, most = goal
    if least == most:
        return f"= {most}"
    return f"<= {most}" if least == 0 else f">= {least}" if most == 100 else f"{least} to {most}"


def run_in_processes(work: Callable[..., Any], *given: Iterable[Any]) -> list[Any]:
    """`map` over two forked processes: they have what was made before."""
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("fork")) as pool:
        return list(pool.map(work, *given))


def make_parser(description: str | None, **sizes: str) -> argparse.ArgumentParser:
    """The options of every benchmark, and whole numbers by name with their help."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    for name, what in sizes.items():
        parser.add_argument(f"--{name}", type=int, help=what)
    return parser


def print_rows(rows: Iterable[Row], *, as_json: bool) -> None:
    """One table; ends the process with 1 where a goal is missed."""
    rows = list(rows)
    if as_json:
        print(json.dumps(rows, indent=1, ensure_ascii=False))
    else:
        for row in rows:
            value = "–" if row["value"] is None else row["value"]
            between = "" if row["low"] is None else f"{row['low']} to {row['high']}"
            missed = "" if row["ok"] else "missed"
            print(f"{row['figure']:<76}{value!s:>12}  {between:<18}{row['goal'] or '':<10}{missed}")
    sys.exit(0 if all(row["ok"] for row in rows) else 1)
