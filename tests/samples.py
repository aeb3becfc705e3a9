"""The sample programmes, read and measured once a run of the tests, however many processes it has.

The first process that asks reads; the others take over what it made, which is a hundred times as fast.
"""

from __future__ import annotations

import os
import pickle
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock

if TYPE_CHECKING:
    from rotation_analysis.retrospective import Retrospective

ROOT = Path(__file__).parents[1]
SAMPLE = ROOT / "data" / "sample"
TINY = ROOT / "rotation_analysis" / "sample"
RUN = "ROTATION_ANALYSIS_TEST_RUN"
"""The variable that names this run's folder to all its processes (tests/conftest.py)."""


@cache
def read_sample() -> Retrospective:
    """The sample programme of the repository."""
    return _read_once(SAMPLE, "sample")


@cache
def read_tiny() -> Retrospective:
    """The small one that is installed with the library."""
    return _read_once(TINY, "tiny")


def _read_once(programme: Path, name: str) -> Retrospective:
    from rotation_analysis.programme_file import (
        read_programme,
    )  # late: tests/conftest.py needs the name alone
    from rotation_analysis.retrospective import build_retrospective

    kept = Path(os.environ[RUN]) / f"{name}.pickle"
    with FileLock(f"{kept}.lock"):
        if not kept.exists():
            kept.write_bytes(pickle.dumps(build_retrospective(read_programme(programme))))
        return pickle.loads(kept.read_bytes())
