"""The sample programmes, read and measured once a run of the tests, however many processes it has.

The first process that asks reads; the others take over what it made, which is a hundred times as fast.
The library is imported late: tests/conftest.py needs but names.
"""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock

if TYPE_CHECKING:
    from rotation_analysis.programme.model import Programme
    from rotation_analysis.study import Study

ROOT = Path(__file__).resolve().parents[1]
SAMPLE = ROOT / "data" / "sample"
TINY = ROOT / "rotation_analysis" / "sample"
RUN = "ROTATION_ANALYSIS_TEST_RUN"
"""The variable that names this run's folder to all its processes (tests/conftest.py)."""


@cache
def read_sample() -> Study:
    """The sample programme of the repository."""
    from rotation_analysis.study import analyse

    return _read_once(SAMPLE, "sample", analyse)


@cache
def read_tiny() -> Study:
    """The small one that is installed with the library."""
    from rotation_analysis.study import analyse

    return _read_once(TINY, "tiny", analyse)


def _read_once(programme: Path, name: str, build: Callable[[Programme], Study]) -> Study:
    from rotation_analysis.programme.file import read_programme

    kept = Path(os.environ[RUN]) / f"{name}.pickle"
    with FileLock(f"{kept}.lock"):
        if not kept.exists():
            made = build(read_programme(programme))
            _ = made.for_readers  # kept with it: every process that opens an edition would measure again
            kept.write_bytes(pickle.dumps(made))
        return pickle.loads(kept.read_bytes())


# --- in the kernels of nbval --------------------------------------------------------------------------------

STARTUP = f"""\
import sys
sys.path.insert(0, {str(ROOT)!r})
from tests import samples
del sys.path[0]
samples.take_over()
"""


def prepare_kernels(run: Path) -> Path:
    """An IPython folder whose kernels take over the sample: nbval runs eight notebooks that each read it.

    papermill, as tests/test_notebooks.py runs it, has a kernel read all of it.
    """
    startup = run / "ipython" / "profile_default" / "startup" / "sample.py"
    startup.parent.mkdir(parents=True)
    startup.write_text(STARTUP, encoding="utf-8")
    return run / "ipython"


def take_over() -> None:
    """From here on in this process the sample of the repository is not read again; other programmes are."""
    from rotation_analysis import study

    study.analyse = partial(analyse_once, build=study.analyse)


def analyse_once(
    programme: Programme | Path | str, *, build: Callable[..., Study] | None = None, **options: Any
) -> Study:
    """`analyse`, but the sample of the repository is taken over."""
    from rotation_analysis.programme.file import read_programme
    from rotation_analysis.programme.model import Programme
    from rotation_analysis.study import analyse

    build = build or analyse
    if not isinstance(programme, Programme):
        programme = read_programme(Path(programme))
    if programme.folder.resolve() == SAMPLE and programme == read_programme(programme.folder):
        return _read_once(SAMPLE, "sample", build)
    return build(programme, **options)
