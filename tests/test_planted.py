"""The table of planted effects: it says what is missed, and stands in docs/ as one line an effect."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks import planted
from benchmarks.planted import Finding, Seed, list_rows
from benchmarks.write_tables import render_effects

KEYS = tuple(effect.key for effect in planted.EFFECTS)
NAMES = {"figure", "value", "low", "high", "goal", "ok"}


def make_seed(number: int, *, supported: tuple[str, ...] = (), **found: Finding) -> Seed:
    """A seed that found 0.1 (0 to 0.2) of every effect but those given."""
    usual = Finding(0.1, 0.0, 0.2, "leaning")
    truths: dict[str, float | None] = dict.fromkeys(KEYS) | {"E1": 0.11, "E2": 0.04}
    return Seed(number, {key: found.get(key, usual) for key in KEYS}, truths, supported)


def rows_by_figure(seeds: list[Seed], *, null: bool = False) -> dict[str, dict[str, Any]]:
    rows = list(list_rows(seeds, null=null))
    assert all(set(row) == NAMES for row in rows)
    assert len({row["figure"] for row in rows}) == len(rows)
    return {row["figure"]: row for row in rows}


def test_an_effect_is_told_from_nothing_by_its_interval_or_its_verdict() -> None:
    found = [
        Finding(0.10, 0.05, 0.15, "leaning"),  # holds 0.11, not 0
        Finding(0.02, -0.01, 0.05, "supported"),  # neither, but claimed
        Finding(0.12, -0.02, 0.30, "not_enough_data"),  # both
        Finding(0.12, 0.09, 0.13, "leaning"),
    ]
    rows = rows_by_figure([make_seed(n, E1=each) for n, each in enumerate(found)])
    assert rows["E1; estimate"]["value"] == pytest.approx(0.09)
    assert rows["E1; interval holds it, %"]["value"] == rows["E1; told from 0, %"]["value"] == 75.0
    assert not rows["E1; interval holds it, %"]["ok"]
    assert not rows["E1; told from 0, %"]["ok"]
    assert rows["E1; supported, %"]["value"] == rows["E1; not_enough_data, %"]["value"] == 25.0
    assert rows["E1; supported, %"]["goal"] is None


def test_what_cannot_be_told_is_missed_where_it_is_claimed_too_often() -> None:
    claimed = Finding(0.1, 0.05, 0.2, "supported")
    seeds = [make_seed(n, E2=claimed if n == 0 else Finding(0.0)) for n in range(10)]
    row = rows_by_figure(seeds)["E2; supported, %"]
    assert (row["value"], row["goal"], row["ok"]) == (10.0, "<= 5", False)
    away = [make_seed(n, supported=("impact.incidents.away",) if n == 0 else ()) for n in range(10)]
    rows = rows_by_figure(away)
    assert rows["E16_incidents; supported, %"]["ok"]
    assert not rows["with effects: E16, any of its comparisons supported, %"]["ok"]


def test_any_claim_in_the_company_without_effects_counts_once_a_programme() -> None:
    names = ("impact.requests.away", "skill.growth.mentor")
    rows = rows_by_figure([make_seed(n, supported=names if n == 0 else ()) for n in range(4)], null=True)
    row = rows["without any effect: anything supported, %"]
    assert (row["value"], row["goal"], row["ok"]) == (25.0, "<= 5", False)
    assert rows["without any effect: impact.requests.away supported, %"]["value"] == 25.0
    assert not [row for figure, row in rows.items() if figure.startswith("null") and row["goal"]]


def test_an_effect_that_some_seeds_do_not_measure_says_on_how_many_it_was() -> None:
    seeds = [make_seed(n, E11=Finding(float("nan") if n else 0.3)) for n in range(4)]
    rows = rows_by_figure(seeds)
    assert rows["E11; measured, %"]["value"] == 25.0
    assert rows["E11; estimate"]["value"] == 0.3
    assert rows["E11; spread (sd)"]["value"] is None
    none = rows_by_figure([make_seed(n, E11=Finding(float("nan"))) for n in range(4)])
    assert none["E11; estimate"]["value"] is None


def test_the_table_in_docs_has_a_line_an_effect_with_goals_and_what_is_missed() -> None:
    seeds = [make_seed(n, E1=Finding(0.1, 0.12, 0.2, "leaning")) for n in range(4)]
    rows = [
        planted.make_row("seeds", 4),
        *list_rows(seeds, null=False),
        planted.make_row("seconds a seed: x", 1),
    ]
    text = render_effects(rows)
    (line,) = [line for line in text.splitlines() if line.startswith("| E1 |")]
    cells = [cell.strip() for cell in line.strip("|").split("|")]
    assert cells == [
        "E1", "+0.12 by the first graduate (half for p07)", "0.1 (0.0)", "0.11", "0.0 (>= 93) **missed**",
        "100.0 (>= 85)", "0.0", "100.0", "0.0", "0.0",
    ]  # fmt: skip
    assert "0.1 (mean of the seeds)" in next(line for line in text.splitlines() if line.startswith("| E6 |"))
    assert "| seeds | 4 |" in text
    assert "seconds" not in text
