"""Runs every benchmark and rewrites the tables in docs/performance.md, where alone figures stand."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
PERFORMANCE = HERE.parent / "docs" / "performance.md"
BENCHMARKS = ("reports", "reading")
HEAD = """# Performance

Made by `make benchmark`; a figure is one run on one machine, what counts is the ratio within a run.
"""


def render_range(row: dict[str, Any]) -> str:
    """The lowest and the highest of several runs, where there were several."""
    return "–" if row["low"] is None else f"{row['low']} to {row['high']}"


def main() -> None:
    """Run, render, write."""
    parts = [HEAD]
    for name in BENCHMARKS:
        command = [sys.executable, str(HERE / f"{name}.py"), "--json"]
        rows = json.loads(subprocess.run(command, capture_output=True, text=True, check=False).stdout)
        lines = ["| figure | value | low to high | goal | met |", "|---|---|---|---|---|"]
        lines += [
            f"| {row['figure']} | {row['value']} | {render_range(row)} | {row['goal'] or '–'} "
            f"| {'yes' if row['ok'] else 'no'} |"
            for row in rows
        ]
        parts.append(f"## `benchmarks/{name}.py`\n\n" + "\n".join(lines) + "\n")
    PERFORMANCE.write_text("\n".join(parts), encoding="utf-8")


if __name__ == "__main__":
    main()
