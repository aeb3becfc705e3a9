"""The sample programme under many seeds: written as files, read, measured and judged as any programme is.

What a seed gives is kept outside the repository, by a digest of all that it depends on, so that a run goes on
where it was broken off and nothing old is ever taken for new.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from unittest.mock import patch

from effects import EFFECTS, Finding, Rows
from make_sample import REPOSITORY, write_exports
from synthetic.world import simulate

SAMPLE = REPOSITORY / "data" / "sample"
CACHE = Path(tempfile.gettempdir()) / "rotation-analysis-seeds"
PROCESSES = 2
PARTS = ("read_exports", "build_cohorts", "measure_skills", "measure_workload", "measure_impact", "judge_all")


@dataclass(frozen=True)
class Seed:
    """What one seed gives: by effect the finding and the truth (None: only known over seeds), the claims."""

    seed: int
    findings: Mapping[str, Finding]
    truths: Mapping[str, float | None]
    supported: tuple[str, ...]


def measure_seed(seed: int, *, null: bool = False) -> Seed:
    """Every effect as the product measures it on one seed."""
    from rotation_analysis import analyse, read_programme

    world = simulate(seed, null=null)
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(SAMPLE / "programme.toml", folder)
        write_exports(world, Path(folder) / "exports")
        retrospective = analyse(read_programme(Path(folder)))
    rows = Rows(retrospective.rows)
    truths: dict[str, float | None] = {}
    for effect in EFFECTS:
        truth = effect.null if null else effect.truth
        truths[effect.key] = truth(world, retrospective.cohorts) if callable(truth) else truth
    findings = {effect.key: effect.read(rows) for effect in EFFECTS}
    return Seed(seed, findings, truths, tuple(rows.list_supported()))


def run_seeds(
    seeds: Iterable[int], *, null: bool = False, cache: Path = CACHE, processes: int = PROCESSES
) -> list[Seed]:
    """The seeds in their order; what `cache` holds of the same code and programme is not run again."""
    folder = cache / digest_sources() / ("null" if null else "planted")
    folder.mkdir(parents=True, exist_ok=True)
    run = partial(_measure_once, folder=folder, null=null)
    wanted = list(seeds)
    found = []
    with ProcessPoolExecutor(processes, mp_context=get_context("fork")) as pool:
        for seed in pool.map(run, wanted):
            found.append(seed)
            print(f"\r{folder.name}: {len(found)} of {len(wanted)} seeds", end="", file=sys.stderr)
    print(file=sys.stderr)
    return found


def _measure_once(seed: int, *, folder: Path, null: bool) -> Seed:
    file = folder / f"{seed}.json"
    if file.exists():
        return read_seed(file)
    found = measure_seed(seed, null=null)
    unfinished = folder / f"{seed}.{os.getpid()}"
    unfinished.write_text(json.dumps(asdict(found)), encoding="utf-8")
    unfinished.replace(file)
    return found


def read_seed(file: Path) -> Seed:
    """A seed as it was kept."""
    content = json.loads(file.read_text(encoding="utf-8"))
    findings = {key: Finding(**each) for key, each in content["findings"].items()}
    return Seed(content["seed"], findings, content["truths"], tuple(content["supported"]))


def digest_sources() -> str:
    """A digest of the generator, of the programme and of every module that measures."""
    import rotation_analysis.study

    package = Path(rotation_analysis.study.__file__).parent
    modules = [sys.modules[name].__file__ for name in sorted(sys.modules) if name.startswith(package.name)]
    files = [Path(file) for file in modules if file]
    files += sorted([*package.glob("profiles/*.toml"), *package.glob("questionnaires/*.toml")])
    files += sorted([*(REPOSITORY / "data").glob("*.py"), *(REPOSITORY / "data" / "synthetic").glob("*.py")])
    content = [file.name.encode() + file.read_bytes() for file in (*files, SAMPLE / "programme.toml")]
    return hashlib.sha256(b"".join(content)).hexdigest()[:16]


def time_parts(seed: int) -> dict[str, float]:
    """Seconds that the parts of one seed take, in this process."""
    from rotation_analysis import analyse, read_programme

    seconds: dict[str, float] = {}
    with _clock(seconds, "simulate"):
        world = simulate(seed)
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(SAMPLE / "programme.toml", folder)
        with _clock(seconds, "write_exports"):
            write_exports(world, Path(folder) / "exports")
        with _clocked_parts(seconds):
            analyse(read_programme(Path(folder)))
    return seconds


@contextmanager
def _clock(seconds: dict[str, float], part: str) -> Iterator[None]:
    begun = time.perf_counter()
    yield
    seconds[part] = time.perf_counter() - begun


@contextmanager
def _clocked_parts(seconds: dict[str, float]) -> Iterator[None]:
    """The story's own steps, each timed; a step that is an iterator is run to its end."""
    from rotation_analysis import study as retrospective

    def clocked(name: str) -> Callable[..., Any]:
        step = getattr(retrospective, name)

        def run(*given: Any, **named: Any) -> Any:
            with _clock(seconds, name):
                result = step(*given, **named)
                return list(result) if name.startswith(("measure", "judge")) else result

        return run

    with patch.multiple(retrospective, **{name: clocked(name) for name in PARTS}):
        yield
