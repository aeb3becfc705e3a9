"""What reading a large export costs, against `pandas.read_csv` on the same file in the same run.

`python benchmarks/reading.py [--quick] [--json] [--records N]`.  The file, 25 columns as Jira exports them
with cells of several lines, is made by arithmetic in a temporary folder.  `read_export` (strict reading,
typed `requests` table, account) and `pandas.read_csv(dtype=str)` read it in turn, each time in a fresh
process after a warm-up on a small file; the figures are medians of pairs, `low` and `high` their extremes.
Time is the processor's: both use one processor, and what else the machine does counts less.
Memory is the peak of such a process less that of an idle one with pandas imported.  `--quick` takes fewer
records and pairs.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1]))

from benchmarks.table import Row, make_median_row, make_parser, print_rows

# The parent imports neither pandas nor the library: a child's peak would begin at its parent's size.
RECORDS, PAIRS = 1_000_000, 3
QUICK_RECORDS, QUICK_PAIRS = 100_000, 3
STEP = 100
"""How many times larger the large file is than the small one."""
GOAL_TIME, GOAL_MEMORY, GOAL_GROWTH = 3.0, 3.0, 1.15

HEADER = (
    "Summary,Issue key,Issue id,Issue Type,Status,Project key,Project name,Project type,Project lead,"
    "Project lead id,Priority,Resolution,Assignee,Assignee Id,Reporter,Reporter Id,Created,Updated,Resolved,"
    "Due date,Votes,Description,Comment,Comment,Status Category"
)
PEOPLE = [f"見本 {number:03d}" for number in range(400)]
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
WORDS = ("deploy", "alert", "権限", "dashboard", "本番環境", "rollback")
WORDS += ("cluster", "問い合わせ", "quota", "certificate", "調査", "token")
BEGIN = datetime(2021, 4, 1, 9, 0)


def make_records(records: int) -> Iterator[str]:
    """Lines of a Jira export as CSV: a third of the descriptions and a fifth of the comments have several."""
    yield HEADER + "\n"
    for number in range(records):
        mixed = number * 2_654_435_761 % 2**32
        created = BEGIN + timedelta(minutes=2 * number + mixed % 7)
        asked, took = mixed % 400, mixed // 400 % 25
        done = mixed % 10 != 0
        resolved = write_time(created + timedelta(minutes=mixed % 20_000)) if done else ""
        first, second, third = (WORDS[mixed // divisor % 12] for divisor in (11, 173, 2_311))
        title = f"{first} {second} {third} {mixed % 99_991}"
        summary = f'"{title}, ""{second}"""' if mixed % 9 == 0 else title
        yield (
            f"{summary},SRE-{number + 1},{10_000 + number},{'Task' if mixed % 3 else 'Story'},"
            f"{'Done' if done else 'To Do'},SRE,SRE requests,software,見本 主任,712020:0a1b2c3d-{took:012d},"
            f"Medium,{'Done' if done else ''},見本 担当{took:02d},712020:5e6f7a8b-{took:012d},"
            f"{PEOPLE[asked]},712020:9c0d1e2f-{asked:012d},{write_time(created)},"
            f"{resolved or write_time(created)},{resolved},,0,"
            f"{describe(mixed, first, third)},{comment(mixed, created, took)},,"
            f"{'Done' if done else 'To Do'}\n"
        )


def write_time(moment: datetime) -> str:
    """As Jira Cloud writes it in English, whatever this machine's locale: `25/Oct/25 12:53 PM`."""
    half = "PM" if moment.hour >= 12 else "AM"
    day = f"{moment.day:02d}/{MONTHS[moment.month - 1]}/{moment.year % 100:02d}"
    return f"{day} {(moment.hour + 11) % 12 + 1}:{moment.minute:02d} {half}"


def describe(mixed: int, first: str, third: str) -> str:
    """A description: none, one line, or several with quotes and separators."""
    if mixed % 3 == 0:
        return f'"{first}, please.\n{{noformat}}\nexit ""{mixed % 128}""\n{{noformat}}\n{third} by {mixed}"'
    return f"{third} does not answer since {mixed}" if mixed % 3 == 1 else ""


def comment(mixed: int, created: datetime, took: int) -> str:
    """A comment cell: `date;account id;body`."""
    if mixed % 5:
        return ""
    return f'"{write_time(created)};712020:5e6f7a8b-{took:012d};See ""{mixed % 977}"",\nthen ask again."'


# --- one measurement, in a process of its own -----------------------------------------------------------


def find_reader(name: str) -> Callable[[Path], object]:
    """What is measured under `name`: path → what was read."""
    import pandas as pd

    if name == "pandas":
        return lambda path: pd.read_csv(path, dtype=str)
    from rotation_analysis.programme.model import Source
    from rotation_analysis.reading.exports import read_export
    from rotation_analysis.reading.profiles import read_profiles

    source, profiles = Source(name="requests", files=("*.csv",)), read_profiles()
    return lambda path: read_export(path, name=path.name, source=source, profiles=profiles)


def measure_here(name: str, path: Path, warm_up: Path) -> dict[str, float]:
    """Processor seconds of one reading and the peak of this process in bytes; of `idle` the peak alone."""
    seconds = 0.0
    if name == "idle":
        import pandas  # noqa: F401
    else:
        read = find_reader(name)
        read(warm_up)
        begun = time.process_time()
        kept = read(path)
        seconds = time.process_time() - begun
        del kept
    unit = 1 if sys.platform == "darwin" else 1024
    return {"seconds": seconds, "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit}


def measure(name: str, path: Path, warm_up: Path) -> dict[str, float]:
    """`measure_here` in a fresh interpreter."""
    command = [sys.executable, __file__, "--child", name, str(path), str(warm_up)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


# --- the table ------------------------------------------------------------------------------------------


def measure_all(folder: Path, records: int, pairs: int) -> list[Row]:
    """The rows of the table."""
    sizes = {"large": records, "small": max(records // STEP, 1), "warm_up": 100}
    files = {size: folder / f"{size}.csv" for size in sizes}
    for size, number in sizes.items():
        with files[size].open("w", encoding="utf-8", newline="") as target:
            target.writelines(make_records(number))
    length = files["large"].stat().st_size
    idle = statistics.median(measure("idle", files["large"], files["warm_up"])["peak"] for _ in range(3))
    plan = [("pandas", "large"), ("read_export", "large"), ("read_export", "small")]
    found: dict[tuple[str, str], list[dict[str, float]]] = {each: [] for each in plan}
    for _ in range(pairs):
        for name, size in plan:
            found[name, size].append(measure(name, files[size], files["warm_up"]))
    theirs, ours, small = ([run["seconds"] for run in found[each]] for each in plan)
    peaks = [[(run["peak"] - idle) / length for run in found[each]] for each in plan[:2]]
    ratios = [mine / other for mine, other in zip(ours, theirs, strict=True)]
    growth = [large / little / (records / sizes["small"]) for large, little in zip(ours, small, strict=True)]
    return [
        make_median_row("records of 25 columns", [records]),
        make_median_row("file, MB", [length / 1e6]),
        make_median_row("pandas.read_csv(dtype=str), seconds", theirs),
        make_median_row("read_export, seconds", ours),
        make_median_row("time, times that of pandas", ratios, GOAL_TIME),
        make_median_row("peak memory of pandas, times the file", peaks[0]),
        make_median_row("peak memory, times the file", peaks[1], GOAL_MEMORY),
        make_median_row(f"time a record, times that of a file {STEP} times smaller", growth, GOAL_GROWTH),
    ]


def main() -> None:
    """Measure, print one table, exit 1 where a goal is missed."""
    parser = make_parser(__doc__, records="size of the large file")
    parser.add_argument("--child", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        name, path, warm_up = options.child
        print(json.dumps(measure_here(name, Path(path), Path(warm_up))))
        return
    records = options.records or (QUICK_RECORDS if options.quick else RECORDS)
    with tempfile.TemporaryDirectory() as folder:
        rows = measure_all(Path(folder), records, QUICK_PAIRS if options.quick else PAIRS)
    print_rows(rows, as_json=options.json)


if __name__ == "__main__":
    main()
