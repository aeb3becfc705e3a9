"""Runs the benchmarks and rewrites their tables in docs/, where alone figures about the product stand.

`python benchmarks/write_tables.py [NAME …]`.  A table is the section of its benchmark; other words stay.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
DOCS = HERE.parent / "docs"
PAGES = {
    "reports": "performance.md",
    "reading": "performance.md",
    "workload": "performance.md",
    "coverage": "honesty.md",
    "waiting": "honesty.md",
    "impact": "honesty.md",
    "planted": "honesty.md",
    "disclosure": "honesty.md",
}


def render_range(row: dict[str, Any]) -> str:
    """The lowest and the highest of several runs, or the Monte-Carlo error; where there is one."""
    return "–" if row["low"] is None else f"{row['low']} to {row['high']}"


def render_table(rows: Sequence[dict[str, Any]]) -> str:
    """The rows as the contract names them."""
    lines = ["| figure | value | low to high | goal | met |", "|---|---|---|---|---|"]
    lines += [
        f"| {row['figure']} | {'–' if row['value'] is None else row['value']} | {render_range(row)} "
        f"| {row['goal'] or '–'} | {'yes' if row['ok'] else 'no'} |"
        for row in rows
    ]
    return "\n".join(lines) + "\n"


EFFECT_COLUMNS = (
    "interval holds it, %", "told from 0, %", "supported, %", "leaning, %", "no_large_change, %",
    "not_enough_data, %",
)  # fmt: skip


def render_effects(rows: Sequence[dict[str, Any]]) -> str:
    """Rows named `effect; figure` as one line an effect; others, but seconds, as the contract names them."""
    effects: dict[str, dict[str, dict[str, Any]]] = {}
    for row in rows:
        effect, between, figure = row["figure"].partition("; ")
        if between:
            effects.setdefault(effect, {})[figure] = row
    shown = (*("effect", "planted", "estimate (sd)", "should be"), *EFFECT_COLUMNS)
    lines = ["| " + " | ".join(shown).replace("_", " ") + " |", "|---" * len(shown) + "|"]
    lines += [f"| {' | '.join(_effect_cells(effect, told))} |" for effect, told in effects.items()]
    others = [row for row in rows if "; " not in row["figure"] and not row["figure"].startswith("seconds")]
    return "\n".join(lines) + "\n\n" + render_table(others)


def _effect_cells(effect: str, told: Mapping[str, dict[str, Any]]) -> list[str]:
    spread = told.get("spread (sd)", {}).get("value")
    estimate = f"{_cell(told['estimate'])} ({'–' if spread is None else spread})"
    kind, row = next(((f, row) for f, row in told.items() if ": " in f), ("", None))
    name, _, planted = kind.partition(": ")
    truth = _cell(row) + (" (mean of the seeds)" if name == "mean over the seeds" else "")
    return [effect, planted or "–", estimate, truth, *(_cell(told.get(name)) for name in EFFECT_COLUMNS)]


def _cell(row: dict[str, Any] | None) -> str:
    """A value, with its goal where it has one, and the word where that is missed."""
    if row is None or row["value"] is None:
        return "–"
    goal = f" ({row['goal']})" if row["goal"] else ""
    return f"{row['value']}{goal}{'' if row['ok'] else ' **missed**'}"


def replace_section(page: str, name: str, table: str) -> str:
    """The page with this table in the benchmark's section, which is added where there is none."""
    title = f"## `benchmarks/{name}.py`\n"
    section = f"{title}\n{table}"
    if title not in page:
        return page.rstrip("\n") + f"\n\n{section}"
    pattern = re.escape(title) + r".*?(?=\n## |\Z)"
    return re.sub(pattern, lambda _: section, page, count=1, flags=re.DOTALL)


def main() -> None:
    """Run, render, write; those named, else all."""
    for name in sys.argv[1:] or PAGES:
        command = [sys.executable, str(HERE / f"{name}.py"), "--json"]
        rows = json.loads(subprocess.run(command, capture_output=True, text=True, check=False).stdout)
        page = DOCS / PAGES[name]
        render = render_effects if name == "planted" else render_table
        written = replace_section(page.read_text(encoding="utf-8"), name, render(rows))
        page.write_text(written, encoding="utf-8")


if __name__ == "__main__":
    main()
