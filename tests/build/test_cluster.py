"""A dask cluster makes what is made here, byte by byte; what goes wrong there is told in a sentence."""

from __future__ import annotations

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError, Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
from distributed import Client, LocalCluster
from distributed.scheduler import KilledWorker

from rotation_analysis import cli
from rotation_analysis.build import cluster, planning
from rotation_analysis.build.assembly import WHOLE
from rotation_analysis.build.cluster import Job
from rotation_analysis.build.making import MissingOutput, RenderedReport
from rotation_analysis.build.notebooks import notebook_files
from rotation_analysis.build.planning import ReportSpec, Selection
from rotation_analysis.build.report import build_reports
from rotation_analysis.errors import UserError
from rotation_analysis.programme.file import read_programme
from tests.builds import analyse_once, contents, read_once
from tests.small_programme import BACKLOG, BACKLOG_HEADER, TOML, backlog_row, lines, write_programme

LETTERS = tuple("abcdefghij")
ROOT = Path(__file__).parents[2]
SELECTION = Selection(notebooks=("programme", "workload"), languages=("ja",))


@contextmanager
def running(command: str) -> Iterator[None]:
    program, *words = shlex.split(command)
    process = subprocess.Popen(
        [sys.executable, "-m", program, *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=60)


@pytest.fixture(scope="module")
def commands() -> list[str]:
    """The commands of the document, for a free port of this machine: scheduler, workers, a build."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        here = f"127.0.0.1:{free.getsockname()[1]}"
    page = (ROOT / "docs/how-to-cluster.md").read_text(encoding="utf-8")
    page = page.replace("10.0.0.5:8786", here).replace("10.0.0.5 --port 8786", here.replace(":", " --port "))
    found = re.findall(r"^ *((?:dask|rotation-analysis) .*)$", page, flags=re.MULTILINE)
    scheduler, workers, build = found
    return [f"{scheduler} --no-dashboard", workers.replace("--nworkers 4", "--nworkers 2"), build]


@pytest.fixture(scope="module")
def processes(commands: list[str]) -> Iterator[str]:
    """The address of a cluster of two workers that the document's commands began."""
    scheduler, workers, build = commands
    address = build.split()[-1]
    with running(scheduler), running(workers):
        with Client(address, timeout=60, set_as_default=False) as client:
            client.wait_for_workers(2, timeout=60)
        yield address


@pytest.fixture
def threads() -> Iterator[LocalCluster]:
    """A cluster of two workers inside this process, which see what a test replaces."""
    with LocalCluster(n_workers=2, threads_per_worker=1, processes=False, dashboard_address=":0") as local:
        yield local


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cluster") / "small"
    rows = lines(BACKLOG_HEADER, backlog_row(), backlog_row("A-2", team="楓"))
    return write_programme(folder, TOML + BACKLOG, {"backlog.csv": rows})


@pytest.fixture
def fakes(tmp_path: Path) -> list[ReportSpec]:
    """Ten reports with publications of a few letters, for tests that replace the making."""
    specs = [ReportSpec(notebook="workload", cohort=name, language="en") for name in LETTERS]
    for spec in specs:
        (tmp_path / spec.results).parent.mkdir(parents=True)
        (tmp_path / spec.results).write_text(f"about {spec.cohort}", encoding="utf-8")
    return specs


def make_fake(spec: ReportSpec, *, folder: Path, previous: Path | None) -> RenderedReport:
    told = (folder / spec.results).read_text("utf-8") + (previous.read_text("utf-8") if previous else "")
    return RenderedReport(files={spec.path: told})


def make_on(local: LocalCluster, folder: Path, specs: Sequence[ReportSpec]) -> Any:
    return cluster.make_all(folder, specs, previous=None, scheduler=local.scheduler_address)


# --- the same reports -------------------------------------------------------------------------------------


def kill_a_busy_worker(client: Client, killed: list[str]) -> None:
    """Waits for a worker that makes a report, and kills it."""
    until = time.monotonic() + 60
    while not (busy := [worker for worker, jobs in client.processing().items() if jobs]):
        if time.monotonic() > until:
            return
        time.sleep(0.05)
    killed.append(busy[0])
    psutil.Process(client.run(os.getpid, workers=killed)[busy[0]]).kill()


@pytest.mark.usefixtures("in_process")
def test_the_documents_command_makes_the_same_bytes_even_where_a_worker_is_killed(
    processes: str,
    commands: list[str],
    small: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    read_once(monkeypatch)
    previous = tmp_path / "previous.json"
    whole = analyse_once(read_programme(small)).open_edition(WHOLE)
    previous.write_text(whole.to_json(), encoding="utf-8")
    here = build_reports(small, tmp_path / "here", selection=SELECTION, previous=previous)
    given = commands[-1].replace(" sample ", f" {small} ").replace(" reports ", f" {tmp_path / 'there'} ")
    more = ["--notebook", "workload", "--language", "ja", "--previous", str(previous)]
    monkeypatch.setattr(sys, "argv", [*shlex.split(given), *more])
    killed: list[str] = []
    with Client(processes, set_as_default=False) as client:
        killing = threading.Thread(target=kill_a_busy_worker, args=(client, killed))
        killing.start()
        with pytest.raises(SystemExit) as ending:
            cli.main()
        killing.join()
        left = client.run(lambda: [child.name() for child in psutil.Process().children(recursive=True)])
    told = capsys.readouterr()
    assert ending.value.code == 0, told.err
    assert told.out.count("built    ") == len(here.reports) >= 3
    assert len(killed) == 1
    assert contents(tmp_path / "there") == contents(tmp_path / "here")
    assert not [name for names in left.values() for name in names]


def test_a_notebook_that_fails_on_a_worker_is_a_gap_like_here(processes: str, tmp_path: Path) -> None:
    spec = ReportSpec(notebook="workload", cohort="1", language="en")
    (tmp_path / spec.results).parent.mkdir(parents=True)
    (tmp_path / spec.results).write_text('{"secret": "answers"}', encoding="utf-8")
    ((told, made),) = cluster.make_all(tmp_path, [spec], previous=None, scheduler=processes)
    assert told == spec
    assert not made.files
    (gap,) = made.gaps
    assert gap.report == spec.path
    assert gap.reason.startswith("workload.ipynb, code cell ")
    assert "secret" not in gap.reason


def test_every_report_comes_once_with_its_own_publication(
    threads: LocalCluster, fakes: list[ReportSpec], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "make_report", make_fake)
    made = list(make_on(threads, tmp_path, fakes))
    assert sorted((spec.cohort or "", result.files[spec.path]) for spec, result in made) == [
        (name, f"about {name}") for name in LETTERS
    ]


def test_no_more_jobs_are_out_than_there_are_threads_and_one(
    threads: LocalCluster, fakes: list[ReportSpec], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = 0
    most = 0

    def identify(spec: ReportSpec) -> tuple[str, str]:
        nonlocal out, most
        if threading.current_thread() is threading.main_thread():  # the caller describes a job
            out += 1
            most = max(most, out)
        return "", ""

    monkeypatch.setattr(cluster, "identify", identify)
    monkeypatch.setattr(cluster, "make_report", make_fake)
    for _ in make_on(threads, tmp_path, fakes):
        out -= 1
    assert most == 3


def test_nothing_to_make_needs_no_cluster(tmp_path: Path) -> None:
    assert list(cluster.make_all(tmp_path, [], previous=None, scheduler="nowhere")) == []


def test_what_people_answered_is_not_in_what_dask_logs() -> None:
    spec = ReportSpec(notebook="workload", cohort="1", language="en")
    job = Job(spec=spec, made_by=("", ""), publication="secret answer", previous="secret before")
    assert "secret" not in repr(job)


# --- what goes wrong --------------------------------------------------------------------------------------


def test_a_worker_with_other_notebooks_is_refused(
    processes: str, small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "notebooks"
    own.mkdir()
    for path in notebook_files.find_notebooks().glob("*.ipynb"):
        (own / path.name).write_bytes(path.read_bytes() + b"\n")
    read_once(monkeypatch)
    monkeypatch.setattr(planning, "find_notebooks", lambda: own)
    with pytest.raises(UserError, match=r"worker tcp://\S+ has another version of rotation-analysis"):
        build_reports(small, tmp_path / "out", selection=SELECTION, scheduler=processes)
    assert sorted(path.name for path in tmp_path.iterdir() if not path.name.startswith(".")) == ["notebooks"]


def test_without_the_extra_it_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(UserError, match=r"pip install 'rotation-analysis\[dask\]'"):
        cluster.check_scheduler("tcp://127.0.0.1:8786")


@pytest.mark.parametrize(
    "address", ["tcp://127.0.0.1:PORT", "127.0.0.1:PORT", "nonsense", "nonsense://x:1", "tcp://"]
)
def test_a_scheduler_that_is_not_there_is_one_sentence(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    monkeypatch.setattr(cluster, "CONNECTING", 0.5)
    with pytest.raises(UserError, match="no scheduler answers at ") as caught:
        cluster.check_scheduler(address.replace("PORT", str(port)))
    assert "\n" not in str(caught.value)


def test_the_command_ends_with_1_where_no_scheduler_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["report", "sample", "--out", str(tmp_path / "out"), "--scheduler", "tcp://127.0.0.1"]
    monkeypatch.setattr(sys, "argv", ["rotation-analysis", *words])
    with pytest.raises(SystemExit) as ending:
        cli.main()
    told = capsys.readouterr()
    assert (ending.value.code, told.out) == (1, "")
    assert told.err.startswith("error: no scheduler answers at tcp://127.0.0.1 (ValueError: missing port ")
    assert not list(tmp_path.iterdir())


def test_a_scheduler_without_workers_is_told_before_anything_is_read(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "CONNECTING", 0.5)
    steps: list[object] = []
    with (
        LocalCluster(n_workers=0, processes=False, dashboard_address=":0") as empty,
        pytest.raises(UserError, match="has no worker; start one with  dask worker "),
    ):
        build_reports(small, tmp_path / "out", scheduler=empty.scheduler_address, progress=steps.append)
    assert steps == []


def test_a_cluster_that_loses_its_workers_does_not_wait_for_ever(
    threads: LocalCluster, fakes: list[ReportSpec], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    released = threading.Event()

    def hang(spec: ReportSpec, *, folder: Path, previous: Path | None) -> RenderedReport:
        released.wait(20)
        return RenderedReport(files={})

    monkeypatch.setattr(cluster, "make_report", hang)
    monkeypatch.setattr(cluster, "LOOKING", 0.2)
    monkeypatch.setattr(cluster, "CONNECTING", 2)
    making = make_on(threads, tmp_path, fakes)
    closing = threading.Timer(0.5, threads.scale, (0,))
    closing.start()
    try:
        with pytest.raises(UserError, match=r"no worker any more|cluster could not make"):
            next(making)
    finally:
        released.set()
        closing.join()


@pytest.mark.parametrize("error", [CancelledError(), OSError("connection lost")])
def test_a_lost_cluster_is_a_users_error(error: Exception) -> None:
    future: Future[RenderedReport] = Future()
    future.set_exception(error)
    with pytest.raises(UserError, match="the cluster could not make owner/cohort-1/workload"):
        cluster._take(future, ReportSpec(notebook="workload", cohort="1", language="en"))


def test_a_worker_that_dies_of_a_report_loses_that_report_alone() -> None:
    future: Future[RenderedReport] = Future()
    future.set_exception(KilledWorker("make_job-1", None, 3))
    spec = ReportSpec(notebook="workload", cohort="1", language="en")
    made = cluster._take(future, spec)
    told = "workload.ipynb: ProcessDied"
    more = "the process that made this report died"
    assert made.gaps == (MissingOutput(report=spec.path, reason=told, told=f"{told}: {more}"),)
