"""The same reports, made by the workers of a dask cluster that is there already.

Publications go out as text and reports come back as text: workers and caller share no folder, and only the
caller writes.  Needs the extra `dask`, here and on the workers.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from ..errors import UserError, shorten
from .folder import hash_file, write_text
from .making import Making, RenderedReport, describe_failure, make_report
from .manifest import hash_library
from .planning import COMPARING, ReportSpec

if TYPE_CHECKING:
    from distributed import Client

EXTRA = "a scheduler needs the extra `dask`: install it with  pip install 'rotation-analysis[dask]'"
IN_PROCESS = "inproc://"
CONNECTING = 10.0  # seconds until a scheduler must have answered, or a worker be there
LOOKING = 30.0  # seconds without a report until it is asked whether there are workers at all


ONE_AT_A_TIME = Lock()
"""A worker's threads share its process, and a notebook has that to itself while it runs."""


@dataclass(frozen=True, kw_only=True)
class Job:
    """A report to make, with all that it is made of; `made_by`: hashes of the library and of the notebook.

    What people answered is never shown by `repr`, which dask writes into its workers' logs.
    """

    spec: ReportSpec
    made_by: tuple[str, str]
    publication: str = field(repr=False)
    previous: str | None = field(default=None, repr=False)


def check_scheduler(scheduler: str) -> None:
    """Before anything is read: `UserError` without the extra, the scheduler or any worker."""
    with _connect(scheduler):
        pass


def make_all(folder: Path, specs: Sequence[ReportSpec], *, previous: Path | None, scheduler: str) -> Making:
    """Every report with its files, in the order in which they are done.

    `folder` holds their publications.  Raises `UserError` where the cluster cannot be reached any more, or
    would make other pages than this machine.
    """
    read = cache(lambda path: path.read_text(encoding="utf-8"))

    def describe(spec: ReportSpec) -> Job:
        compared = read(previous) if previous is not None and spec.notebook in COMPARING else None
        text = (folder / spec.results).read_text(encoding="utf-8")
        return Job(spec=spec, made_by=identify(spec), publication=text, previous=compared)

    if specs:
        with _connect(scheduler) as client:
            yield from _make_in_turn(client, (describe(spec) for spec in specs))


def _make_in_turn(client: Client, jobs: Iterator[Job]) -> Making:
    """One job more than there are threads is out at any time, so that the memory stays flat on both sides."""
    pool = client.get_executor(pure=False, retries=0)
    running: dict[Future[RenderedReport], ReportSpec] = {}
    try:
        while True:
            while len(running) <= _count_threads(client) and (job := next(jobs, None)) is not None:
                running[pool.submit(make_job, job)] = job.spec
            if not running:
                return
            for future in wait(running, timeout=LOOKING, return_when=FIRST_COMPLETED).done:
                yield running[future], _take(future, running.pop(future))
    finally:
        pool.shutdown(wait=False)


def _take(future: Future[RenderedReport], spec: ReportSpec) -> RenderedReport:
    """What a worker made; a worker that died while making it, several times, is like a process that died."""
    from distributed.scheduler import KilledWorker

    try:
        return future.result()
    except KilledWorker:
        return describe_failure(spec)
    except (CancelledError, OSError) as error:
        raise UserError(
            f"the cluster could not make {spec.path} ({_tell(error)}).  Nothing was replaced; "
            "run the command again"
        ) from error
    except (ImportError, AttributeError) as error:
        raise UserError(
            f"the workers cannot make reports ({_tell(error)}); "
            "each needs the same rotation-analysis[dask] as this machine"
        ) from error


def identify(spec: ReportSpec) -> tuple[str, str]:
    """What makes a report here: hashes of the library (with what it draws with) and of the notebook."""
    return hash_library(), hash_file(spec.file)


def make_job(job: Job) -> RenderedReport:
    """Make a report on this worker.

    Raises `UserError` where the worker would make another page than the caller.
    """
    from distributed import get_worker

    if identify(job.spec) != job.made_by:
        raise UserError(
            f"the worker {get_worker().address} has another version of rotation-analysis, of its notebooks "
            "or of what it draws with (plotly, pandas …); install the same on every worker"
        )
    with tempfile.TemporaryDirectory(prefix="ra-") as name, ONE_AT_A_TIME:
        folder, previous = Path(name), None
        write_text(folder / job.spec.results, job.publication)
        if job.previous is not None:
            previous = folder / "previous.json"
            write_text(previous, job.previous)
        return make_report(job.spec, folder=folder, previous=previous)


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
