"""How long all reports of the sample take: one call, against the papermill command called for each.

`python benchmarks/reports.py [--quick] [--json]`.  Both build the same reports from the same files in the
same run of this script, in turn; the figure is their ratio.  `--quick` takes one report of each notebook by
papermill and multiplies.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from rotation_analysis.planning import ReportSpec, Selection, plan_reports
from rotation_analysis.programme_file import find_sample, read_programme
from rotation_analysis.report import build_reports

GOAL = 3.0


def seconds(work: Callable[[], object]) -> float:
    """Wall-clock time of one call."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def run_papermill(spec: ReportSpec, folder: Path) -> None:
    """One report as anybody can make it: the papermill command, reading and measuring in its kernel."""
    command = [
        sys.executable,
        "-m",
        "papermill",
        "--no-progress-bar",
        str(spec.file),
        str(folder / "out.ipynb"),
    ]
    for name, value in spec.parameters.items():
        command += ["-p", name, value]
    subprocess.run(command, check=True, capture_output=True)


def main() -> None:
    """Measure, print one table, exit 1 where the goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    sample = find_sample()
    programme = read_programme(sample)
    every = plan_reports(programme, Selection())
    some = {programme.cohorts[2], programme.participants[2], None}
    of_some = [spec for spec in every if (spec.cohort or spec.person) in some and spec.language == "ja"]
    chosen = of_some if options.quick else every
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        together = seconds(lambda: build_reports(sample, folder / "reports"))
        alone = [seconds(lambda spec=spec: run_papermill(spec, folder)) for spec in chosen]
    one_by_one = sum(alone) / len(alone) * len(every)
    ratio = one_by_one / together
    table = [
        {"figure": "reports built", "value": len(every), "goal": None, "ok": True},
        {"figure": "one call, seconds", "value": round(together, 1), "goal": None, "ok": True},
        {"figure": "papermill one by one, seconds", "value": round(one_by_one, 1), "goal": None, "ok": True},
        {"figure": "ratio", "value": round(ratio, 1), "goal": f">= {GOAL:g}", "ok": ratio >= GOAL},
    ]
    rows = [{**row, "low": None, "high": None} for row in table]
    if options.json:
        print(json.dumps(rows, indent=1))
    else:
        for row in rows:
            print(f"{row['figure']:<32}{row['value']:>10}  {row['goal'] or ''}")
    sys.exit(0 if all(row["ok"] for row in rows) else 1)


if __name__ == "__main__":
    main()
