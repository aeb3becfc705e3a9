"""Runs the benchmarks and rewrites their tables in docs/, where alone figures about the product stand.

`python benchmarks/write_tables.py [NAME …]`.  A table is the section of its benchmark; other words stay.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Sequence
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
        written = replace_section(page.read_text(encoding="utf-8"), name, render_table(rows))
        page.write_text(written, encoding="utf-8")


if __name__ == "__main__":
    main()
