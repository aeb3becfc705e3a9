"""What a worker of a dask cluster does for a build: it makes reports with kernels of its own.

Needs the extra `dask`; `cluster` is the caller's side.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

from distributed import WorkerPlugin, get_worker

from .errors import UserError
from .folders import hash_file, write_text
from .kernels import Kernels, open_kernels
from .making import Made, make_or_tell
from .manifests import hash_library
from .planning import ReportSpec


@dataclass(frozen=True, kw_only=True)
class Job:
    """A report to make, with all that it is made of; `made_by`: hashes of the library and of the notebook.

    What people answered is never shown by `repr`, which dask writes into its workers' logs.
    """

    spec: ReportSpec
    made_by: tuple[str, str]
    publication: str = field(repr=False)
    previous: str | None = field(default=None, repr=False)


class WorkerKernels(WorkerPlugin):
    """The kernels of one worker for one build: opened for its first report, closed with the build."""

    def __init__(self, preload: Sequence[str]) -> None:
        self._preload = tuple(preload)

    def setup(self, worker: Any) -> None:
        """Called by dask on every worker, also on one that comes later."""
        self._lock = Lock()
        self._kernels: Kernels | None = None
        self._is_over = False

    def teardown(self, worker: Any) -> None:
        """Called by dask when the build or the worker ends: reports that are being made fail."""
        with self._lock:
            self._is_over = True
            if self._kernels is not None:
                self._kernels.close()

    def lend(self) -> Kernels:
        """The worker's kernels, whichever of its threads asks."""
        with self._lock:
            if self._is_over:  # a job that had been taken up: nobody would close what it opens
                raise RuntimeError("the build is over")
            if self._kernels is None:
                self._kernels = open_kernels(preload=self._preload)
            return self._kernels


def identify(spec: ReportSpec) -> tuple[str, str]:
    """What makes a report here: hashes of the library (with what it draws with) and of the notebook."""
    return hash_library(), hash_file(spec.file)


def make_job(job: Job, build: str) -> Made:
    """Make a report on this worker; `build` is the name of its plugin.

    Raises `UserError` where the worker would make another page than the caller.
    """
    worker = get_worker()
    if identify(job.spec) != job.made_by:
        raise UserError(
            f"the worker {worker.address} has another version of rotation-analysis, of its notebooks or of "
            "what it draws with (plotly, pandas …); install the same on every worker"
        )
    plugin = worker.plugins[build]
    assert isinstance(plugin, WorkerKernels)
    kernels = plugin.lend()
    with tempfile.TemporaryDirectory(prefix="ra-") as name:
        publication, previous = Path(name) / "results.json", Path(name) / "previous.json"
        write_text(publication, job.publication)
        if job.previous is not None:
            write_text(previous, job.previous)
        compared = None if job.previous is None else previous
        return make_or_tell(kernels, job.spec, publication=publication, previous=compared)
