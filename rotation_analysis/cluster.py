"""The same reports, made by the workers of a dask cluster that is there already.

Publications go out as text and reports come back as text: workers and caller share no folder, and only the
caller writes.  Needs the extra `dask`, here and on the workers.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import UserError, shorten
from .kernels import NotebookFailed
from .making import Made, Making, describe_failure
from .planning import COMPARING, ReportSpec

if TYPE_CHECKING:
    from distributed import Client

    from .cluster_jobs import Job

EXTRA = "a scheduler needs the extra `dask`: install it with  pip install 'rotation-analysis[dask]'"
IN_PROCESS = "inproc://"
CONNECTING = 10.0  # seconds until a scheduler must have answered, or a worker be there
LOOKING = 30.0  # seconds without a report until it is asked whether there are workers at all


def check_scheduler(scheduler: str) -> None:
    """Before anything is read: `UserError` without the extra, the scheduler or any worker."""
    with _connect(scheduler):
        pass


def make_all(
    folder: Path,
    specs: Sequence[ReportSpec],
    *,
    previous: Path | None,
    scheduler: str,
    preload: Sequence[str],
) -> Making:
    """Every report with its files, in the order in which they are done.

    `folder` holds their publications; `preload` names modules that notebooks import.  Raises `UserError`
    where the cluster cannot be reached any more, or would make other pages than this machine.
    """
    from .cluster_jobs import Job, identify

    read = cache(lambda path: path.read_text(encoding="utf-8"))

    def describe(spec: ReportSpec) -> Job:
        compared = read(previous) if previous is not None and spec.notebook in COMPARING else None
        text = (folder / spec.results).read_text(encoding="utf-8")
        return Job(spec=spec, made_by=identify(spec), publication=text, previous=compared)

    if not specs:
        return
    with _connect(scheduler) as client, _prepare(client, preload) as build:
        yield from _make_in_turn(client, build, (describe(spec) for spec in specs))


def _make_in_turn(client: Client, build: str, jobs: Iterator[Job]) -> Making:
    """One job more than there are threads is out at any time, so that the memory stays flat on both sides."""
    from .cluster_jobs import make_job

    pool = client.get_executor(pure=False, retries=0)
    running: dict[Future[Made], ReportSpec] = {}
    try:
        while True:
            while len(running) <= _count_threads(client) and (job := next(jobs, None)) is not None:
                running[pool.submit(make_job, job, build)] = job.spec
            if not running:
                return
            for future in wait(running, timeout=LOOKING, return_when=FIRST_COMPLETED).done:
                yield running[future], _take(future, running.pop(future))
    finally:
        pool.shutdown(wait=False)


def _take(future: Future[Made], spec: ReportSpec) -> Made:
    """What a worker made; a worker that died while making it, several times, is like a dead kernel."""
    from distributed.scheduler import KilledWorker

    try:
        return future.result()
    except KilledWorker:
        told = "KilledWorker: the worker died each time that it made this report"
        return describe_failure(spec, NotebookFailed(spec.file, cell=None, line="", error=told))
    except (CancelledError, OSError) as error:
        raise UserError(
            f"the cluster could not make {spec.path} ({_tell(error)}).  Nothing was replaced; "
            "run the command again"
        ) from error


@contextmanager
def _connect(scheduler: str) -> Iterator[Client]:
    try:
        from distributed import Client
        from distributed.comm.addressing import get_address_host_port
    except ImportError:
        raise UserError(EXTRA) from None
    try:
        if not scheduler.startswith(IN_PROCESS):
            get_address_host_port(scheduler)  # a client of no address leaves threads behind
        client = Client(scheduler, timeout=CONNECTING, set_as_default=False)
    except (OSError, ValueError) as error:
        raise UserError(
            f"no scheduler answers at {scheduler} ({_tell(error)}); expected an address as `dask scheduler` "
            "prints it, e.g. tcp://10.0.0.5:8786"
        ) from None
    with client:
        try:
            client.wait_for_workers(1, timeout=CONNECTING)
        except TimeoutError:
            raise UserError(
                f"the scheduler at {scheduler} has no worker; start one with  dask worker {scheduler}"
            ) from None
        yield client


@contextmanager
def _prepare(client: Client, preload: Sequence[str]) -> Iterator[str]:
    """Every worker gets kernels for this build; the build's name on the workers."""
    try:
        from .cluster_jobs import WorkerKernels

        build = f"rotation-analysis-{uuid.uuid4()}"
        client.register_plugin(WorkerKernels(preload), name=build)
    except Exception as error:  # whatever a worker's own environment raises
        raise UserError(
            f"the workers cannot make reports ({_tell(error)}); "
            "each needs the same rotation-analysis[dask] as this machine"
        ) from error
    try:
        yield build
    finally:
        with suppress(Exception):  # a cluster that is lost, too: what went wrong is told already
            client.unregister_worker_plugin(build)


def _count_threads(client: Client) -> int:
    """How many jobs run at once; `UserError` where no worker is left."""
    try:
        client.wait_for_workers(1, timeout=CONNECTING)  # one that died may be begun anew
        return sum(client.nthreads().values())
    except TimeoutError:
        raise UserError(
            "the cluster has no worker any more.  Nothing was replaced; run the command again"
        ) from None
    except OSError as error:
        raise UserError(
            f"the scheduler does not answer any more ({_tell(error)}).  Nothing was replaced"
        ) from error


def _tell(error: BaseException) -> str:
    return shorten(f"{type(error).__name__}: {error}", 200)
