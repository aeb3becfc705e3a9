"""What all workload measures cost on a large request log, after reading.

`python benchmarks/workload.py [--quick] [--json] [--records N]`.  The sample programme is read and laid out
with everything it has, and its requests are replaced by N made by arithmetic: a title of its own each, five
in a hundred without a kind, three open, two given up.  `measure_workload` then runs in turn on all of them
and on a quarter, in one process after a warm-up; the figures are medians of the turns, `low` and `high` their
extremes.  Time is the processor's.  Below the whole stands what each of its parts takes of it.  `--quick`
takes fewer records.
"""

from __future__ import annotations

import gc
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pandas as pd

from rotation_analysis.cohorts.cohort import Cohorts, build_cohorts
from rotation_analysis.cohorts.periods import list_home_teams
from rotation_analysis.measure_row import Measure
from rotation_analysis.measures import workload
from rotation_analysis.programme.file import find_sample, read_programme
from rotation_analysis.programme.tables import TABLES, conform
from rotation_analysis.programme.worktime import local_days
from rotation_analysis.reading.exports import read_exports

sys.path.append(str(Path(__file__).resolve().parents[1]))

from benchmarks.table import Row, make_median_row, make_parser, print_rows

RECORDS, TURNS = 1_000_000, 3
QUICK_RECORDS = 100_000
SHARE = 4
"""The smaller log is this part of the large one."""
GOAL_SECONDS, GOAL_GROWTH = 2.0, 1.15
KINDS = ("work", "review", "consult", "access", None)
WEIGHTS = (0.55, 0.2, 0.15, 0.05, 0.05)
SUBJECTS = {
    "work": ("証明書の更新", "キューの追加をお願いします", "add a read replica", "検証環境のDBを増強したい"),
    "review": ("監視設定の変更レビュー", "構成コードの差分を見てください", "review the rollback"),
    "consult": ("索引の張り方の相談", "アラートのしきい値について", "how to choose a cache"),
    "access": ("本番DBの参照権限", "新しい端末の登録"),
}
TOPICS = ("db", "network", "deploy", "monitoring", "cost", None)

Parts = dict[str, float]


def lay_out_sample() -> Cohorts:
    """The sample programme with every table it has."""
    programme = read_programme(find_sample())
    return build_cohorts(programme, read_exports(programme))


def make_requests(cohorts: Cohorts, records: int) -> pd.DataFrame:
    """A resolved table of `records` requests over the sample's years, the same each time."""
    programme, random = cohorts.programme, np.random.RandomState(1)
    first = pd.Timestamp(programme.programme.data_start or "2021-07-05")
    minutes = int((pd.Timestamp(programme.as_of) - first) / pd.Timedelta(minutes=1))
    moments = np.sort(random.randint(0, minutes, records))  # as trackers export them
    created = (first + pd.to_timedelta(moments, unit="min")).tz_localize("UTC")
    waits = 17 * np.exp(random.standard_normal(records))
    resolved = pd.Series(created + pd.to_timedelta(60 * waits, unit="min"))
    kind = np.array(KINDS, dtype=object)[random.choice(len(KINDS), records, p=WEIGHTS)]
    people = [rotation.person for rotation in programme.rotations] + 5 * [f"sre{n:02d}" for n in range(1, 8)]
    table = pd.DataFrame(
        {
            "id": [f"R-{number}" for number in range(records)],
            "created": created,
            "answered": created + pd.to_timedelta(60 * waits * random.random_sample(records), unit="min"),
            "resolved": resolved.mask(pd.Series(random.random_sample(records) < 0.03)),
            "status": np.where(random.random_sample(records) < 0.02, "Won't Do", "Done"),
            "kind": kind,
            "permission_bound": np.where(random.random_sample(records) < 0.08, True, None),
            "title": _write_titles(kind, random),
            "topic": np.array(TOPICS, dtype=object)[random.randint(0, len(TOPICS), records)],
        }
    )
    done = conform(table, TABLES["requests"])
    teams = np.array(list_home_teams(programme), dtype=object)
    return done.assign(
        day=local_days(done["created"], programme.programme.timezone),
        team=teams[random.randint(0, len(teams), records)],
        person=np.array(people, dtype=object)[random.randint(0, len(people), records)],
        backwards=False,
        requested_by=None,
    )


def _write_titles(kind: np.ndarray, random: np.random.RandomState) -> list[str]:
    """A title each, no two alike; most speak of the kind they are filed under."""
    every = [subject for subjects in SUBJECTS.values() for subject in subjects]
    own = [SUBJECTS.get(one, tuple(every)) for one in kind]
    other = random.random_sample(len(kind)) < 0.01
    place = random.randint(0, 1000, len(kind))
    return [
        f"service-{n % 211}: {every[p % len(every)] if moved else subjects[p % len(subjects)]} #{n}"
        for n, (subjects, moved, p) in enumerate(zip(own, other, place, strict=True))
    ]


# --- measuring ------------------------------------------------------------------------------------------


def measure_here(cohorts: Cohorts) -> tuple[float, Parts]:
    """Processor seconds of `measure_workload`, and of each function that it calls for its rows."""
    parts: Parts = {}
    names = [name for name in vars(workload) if name.lstrip("_").startswith("measure_")]
    names.remove("measure_workload")
    timed = {name: _time(name, getattr(workload, name), parts) for name in names}
    gc.collect()
    with patch.multiple(workload, **timed):
        begun = time.process_time()
        workload.measure_workload(cohorts)
        return time.process_time() - begun, parts


def _time(name: str, measure: Callable[..., Any], parts: Parts) -> Callable[..., list[Measure]]:
    """The function with its rows drawn at once and its seconds kept."""

    def timed(*arguments: Any, **options: Any) -> list[Measure]:
        begun = time.process_time()
        rows = list(measure(*arguments, **options))
        parts[name.lstrip("_")] = time.process_time() - begun
        return rows

    return timed


def measure_all(records: int) -> list[Row]:
    """The rows of the table."""
    sample = lay_out_sample()
    requests = make_requests(sample, records)
    quarter = requests.iloc[::SHARE].reset_index(drop=True)
    large, small = (
        replace(sample, tables={**sample.tables, "requests": table}) for table in (requests, quarter)
    )
    measure_here(sample)
    runs = [(measure_here(large), measure_here(small)) for _ in range(TURNS)]
    seconds = [whole for (whole, _), _ in runs]
    growth = [whole / little / SHARE for (whole, _), (little, _) in runs]
    rows = [
        make_median_row("requests", [records]),
        make_median_row("measure_workload, seconds", seconds, GOAL_SECONDS),
        make_median_row("time a request, times that of a quarter of them", growth, GOAL_GROWTH),
    ]
    found = [parts for (_, parts), _ in runs]
    by_time = sorted(found[0], key=lambda name: -statistics.median(parts[name] for parts in found))
    return rows + [
        make_median_row(f"of it {name}, seconds", [parts[name] for parts in found]) for name in by_time
    ]


def main() -> None:
    """Measure, print one table, exit 1 where a goal is missed."""
    options = make_parser(__doc__, records="size of the large log").parse_args()
    rows = measure_all(options.records or (QUICK_RECORDS if options.quick else RECORDS))
    print_rows(rows, as_json=options.json)


if __name__ == "__main__":
    main()
