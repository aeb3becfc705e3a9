"""How long all reports of the sample take: one call, against the papermill command called for each.

`python benchmarks/reports.py [--quick] [--json]`.  Both build the same reports from the same files in the
same run of this script.  papermill makes some reports of each notebook, in both languages, and their mean
stands for the others of that notebook; `--quick` takes one of each, and fewer for the memory.  The cells' own
time is what papermill notes of each cell when notebooks run one after another in a process that has imported
everything: what no runner can save.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import psutil

from rotation_analysis.build.assembly import make_all
from rotation_analysis.build.notebooks.running import run_notebook
from rotation_analysis.build.planning import ReportSpec, Selection, plan_reports
from rotation_analysis.build.report import DEFAULT_JOBS, build_reports
from rotation_analysis.programme.file import find_sample, read_programme

sys.path.append(str(Path(__file__).resolve().parents[1]))

from benchmarks.table import Row, make_parser, make_row, print_rows

LEAST_RATIO, MOST_OVER_CELLS, MOST_UNCHANGED, MOST_GROWTH = 6.0, 1.5, 2.0, 1.05


def seconds(work: Callable[[], object]) -> float:
    """Wall-clock time of one call."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def run_papermill(spec: ReportSpec, folder: Path) -> None:
    """One report as anybody can make it: the papermill command, reading and measuring in its kernel."""
    out = str(folder / "out.ipynb")
    command = [sys.executable, "-m", "papermill", "--no-progress-bar", str(spec.file), out]
    for name, value in spec.parameters.items():
        command += ["-p", name, value]
    subprocess.run(command, check=True, capture_output=True)


def choose(specs: Sequence[ReportSpec], each: int) -> Mapping[str, Sequence[ReportSpec]]:
    """By notebook some of its reports: in turn Japanese and English, from the whole range of cohorts."""
    chosen: dict[str, Sequence[ReportSpec]] = {}
    for name in dict.fromkeys(spec.notebook for spec in specs):
        own = [spec for spec in specs if spec.notebook == name]
        places = [round((number + 0.5) * len(own) / each - 0.5) for number in range(min(each, len(own)))]
        chosen[name] = [own[place] for place in places]
    return chosen


def time_papermill(specs: Sequence[ReportSpec], each: int, folder: Path) -> float:
    """Seconds that papermill takes for all reports one by one, from `each` of every notebook."""
    total = 0.0
    for name, some in choose(specs, each).items():
        mean = statistics.fmean(seconds(lambda spec=spec: run_papermill(spec, folder)) for spec in some)
        total += mean * sum(spec.notebook == name for spec in specs)
    return total


def time_cells(specs: Sequence[ReportSpec], folder: Path) -> float:
    """Seconds that the cells of all notebooks take by themselves, one after another."""
    return sum(
        cell.metadata.papermill.duration or 0.0
        for spec in specs
        for cell in run_notebook(
            spec.file, {**spec.parameters, "publication": str(folder / spec.results)}
        ).notebook.cells
        if cell.cell_type == "code"
    )


def time_unchanged(programme: Path, out: Path) -> float:
    """Seconds of the command where everything is there already: the shortest of three."""
    command = [sys.executable, "-m", "rotation_analysis.cli", "report", str(programme), "--out", str(out)]
    return min(seconds(lambda: subprocess.run(command, check=True, capture_output=True)) for _ in range(3))


def watch_memory(specs: Sequence[ReportSpec], folder: Path) -> Iterator[float]:
    """Memory of this process and of all it started, in MB, after each report (proportional set size)."""
    own = psutil.Process()
    for _ in make_all(folder, specs, previous=None, jobs=DEFAULT_JOBS):
        used = 0
        for process in (own, *own.children(recursive=True)):
            try:
                used += process.memory_full_info().pss
            except psutil.NoSuchProcess:
                continue
        yield used / 1e6


def row(figure: str, value: float, *, most: float | None = None, least: float | None = None) -> Row:
    """One line of the table, with its goal."""
    goal = f"<= {most:g}" if most is not None else f">= {least:g}" if least is not None else None
    met = (most is None or value <= most) and (least is None or value >= least)
    return make_row(figure, value, goal=goal, ok=met)


def measure(*, quick: bool) -> list[Row]:
    """The whole table."""
    sample = find_sample()
    specs = plan_reports(read_programme(sample), Selection())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        out = folder / "reports"
        together = seconds(lambda: build_reports(sample, out))
        unchanged = time_unchanged(sample, out)
        alone = time_papermill(specs, 1 if quick else 4, folder)
        cells = time_cells(specs, out)
        many = (list(specs) * 4)[: 120 if quick else 300]
        memory = list(watch_memory(many, out))
    half = len(memory) // 2
    first, last = (max(part) for part in (memory[half // 3 : half], memory[half:]))
    return [
        row("reports built", len(specs)),
        row("one call, seconds", round(together, 1)),
        row("papermill one by one, seconds", round(alone, 1)),
        row("papermill one by one, times the call", round(alone / together, 1), least=LEAST_RATIO),
        row("the cells' own time, seconds", round(cells, 1)),
        row("one call, times the cells' own time", round(together / cells, 2), most=MOST_OVER_CELLS),
        row("the command where nothing changed, seconds", round(unchanged, 2), most=MOST_UNCHANGED),
        row(f"most memory in the first half of {len(memory)} reports, MB", round(first)),
        row("most in the second half, times that", round(last / first, 3), most=MOST_GROWTH),
    ]


def main() -> None:
    """Measure, print one table, exit 1 where a goal is missed."""
    options = make_parser(__doc__).parse_args()
    print_rows(measure(quick=options.quick), as_json=options.json)


if __name__ == "__main__":
    main()
