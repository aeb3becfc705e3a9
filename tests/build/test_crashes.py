"""Whatever stops a run, at whatever instant: the last good folder stands, or the new one, and nothing beside.

The builds are real but for what takes long: the tiny sample is read and measured once, pages come without a
kernel (test_running.py has those that die), and the audit asks for whole folders only.
"""

from __future__ import annotations

import errno
import os
import random
import resource
import shutil
import signal
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

import pytest

from rotation_analysis import cli
from rotation_analysis.build import assembly, report
from rotation_analysis.build import folder as folders
from rotation_analysis.build import privacy_notice as policy_page
from rotation_analysis.build.assembly import WHOLE
from rotation_analysis.build.audit.audit import CHECKS, Finding, audit_folder
from rotation_analysis.build.audit.files import read_folder
from rotation_analysis.build.folder import add_file, lock_folder
from rotation_analysis.build.making import RenderedReport
from rotation_analysis.build.manifest import describe_state
from rotation_analysis.build.planning import ReportSpec, Selection
from rotation_analysis.build.report import build_reports
from rotation_analysis.disclosure.publications import Publication
from rotation_analysis.errors import UserError
from rotation_analysis.programme.model import Programme
from rotation_analysis.reading.account import Account
from rotation_analysis.study import Study
from tests.builds import Files, contents, once
from tests.samples import TINY, read_tiny
from tests.small_reports import make_page

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="faults as Linux has them")
LASTING = frozenset({"open", "write", "mkdir", "link"})
"""What a full disk goes on refusing; names can still be changed and taken away."""


# --- a build without what takes long ----------------------------------------------------------------------


@dataclass(frozen=True)
class Place:
    """A programme in two states, and the report folder that each gives; `reports` is where a test builds."""

    root: Path
    old: Files
    new: Files

    @property
    def reports(self) -> Path:
        return self.root / "reports"

    def build(self, state: str = "new") -> None:
        build_reports(self.root / state, self.reports)

    def restore(self, files: Files | None) -> None:
        """What an earlier run left: the old folder, or none."""
        for left in (*self.root.glob(".*"), *self.root.glob("reports")):
            shutil.rmtree(left) if left.is_dir() else left.unlink()
        for name, content in (files or {}).items():
            path = self.reports / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)

    def beside(self) -> set[str]:
        return {path.name for path in self.root.iterdir()} - {"old", "new", "reports"}


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    tiny = read_tiny()
    with in_memory() as root, pytest.MonkeyPatch.context() as patch:
        for state in ("old", "new"):
            shutil.copytree(TINY, root / state)
            with (root / state / "programme.toml").open("a", encoding="utf-8") as file:
                file.write(f"# {state}\n")
        leave_out_what_takes_long(patch, tiny)
        yield record(root)


@contextmanager
def in_memory() -> Iterator[Path]:
    """A folder that is quickly filled and emptied hundreds of times, where there is one."""
    memory = Path("/dev/shm")
    with TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as folder:
        yield Path(folder).resolve()


def leave_out_what_takes_long(patch: pytest.MonkeyPatch, tiny: Study) -> None:
    planned = report.plan_reports(tiny.programme, Selection())
    planned = [spec for spec in planned if spec.language == "ja"]
    account = tiny.cohorts.account
    sums, rows = account.sums(), account.rows()

    def make_all(
        folder: Path, specs: Sequence[ReportSpec], **_: Any
    ) -> Iterator[tuple[ReportSpec, RenderedReport]]:
        for spec in specs:
            yield spec, RenderedReport(files={spec.path: make_page("<p>1</p>", "<p>2</p>" * 999)})

    def audit_manifests(folder: Path, knowledge: Any, **_: Any) -> list[Finding]:
        return list(CHECKS["manifests"](read_folder(folder)))

    patch.setattr(report, "read_programme", cache(report.read_programme))
    patch.setattr(assembly, "analyse", lambda programme, **_: replace(tiny, programme=programme))
    patch.setattr(Account, "sums", lambda self: sums)
    patch.setattr(Account, "rows", lambda self: rows)
    published = once(Study.open_edition, lambda study, edition: (digest_of(study.programme), edition))
    patch.setattr(Study, "open_edition", published)
    patch.setattr(Publication, "to_json", once(Publication.to_json, id))  # all are kept in `published`
    patch.setattr(assembly, "make_all", make_all)
    patch.setattr(assembly, "know", lambda retrospective: None)
    patch.setattr(assembly, "audit_folder", audit_manifests)
    patch.setattr(report, "plan_reports", lambda programme, selection: planned)
    render_index = once(
        assembly.render_index, lambda folder, publications, *_, **__: publications[WHOLE].programme
    )
    patch.setattr(assembly, "render_index", render_index)
    for module in (report, assembly):
        patch.setattr(module, "describe_state", once(describe_state, digest_of))
    for name in ("render_policy", "write_markdown"):
        written = once(
            getattr(policy_page, name), lambda programme, texts: (texts.language, digest_of(programme))
        )
        patch.setattr(policy_page, name, written)


def digest_of(programme: Programme) -> str:
    return programme.read_from[0].sha256


def record(root: Path) -> Place:
    """Build both states where nothing was, and let the whole audit look at them."""
    made = []
    for state in ("old", "new"):
        build_reports(root / state, root / "reports")
        made.append(contents(root / "reports"))
        assert audit_folder(root / "reports") == []
        shutil.rmtree(root / "reports")
    assert made[0] != made[1]
    return Place(root, *made)


# --- faults -----------------------------------------------------------------------------------------------


class Faults:
    """Counts what a run asks of the disk below a folder, and lets it fail at one of the steps.

    `strike` is called before the step of that number, `lasting` at all later ones of these kinds as well.
    Nothing waits for the disk: a process that ends loses nothing that it has handed to the system.
    """

    def __init__(
        self,
        root: Path,
        *,
        at: int = 0,
        strike: Callable[[], None] = lambda: None,
        lasting: Set[str] = frozenset(),
    ) -> None:
        self.root, self.at, self.strike, self.lasting = os.fspath(root), at, strike, lasting
        self.kinds: list[str] = []

    def step(self, kind: str) -> None:
        self.kinds.append(kind)
        here = len(self.kinds)
        if here == self.at or (here > self.at > 0 and kind in self.lasting):
            self.strike()

    def concerns(self, path: Any) -> bool:
        return isinstance(path, str | Path) and os.fspath(path).startswith(self.root)

    @contextmanager
    def armed(self) -> Iterator[Faults]:
        with pytest.MonkeyPatch.context() as patch:
            for name in ("rename", "link", "mkdir", "unlink", "rmdir"):
                patch.setattr(os, name, self._counted(name, getattr(os, name)))
            patch.setattr(os, "fsync", lambda descriptor: self.step("fsync"))
            patch.setattr(os, "open", self._count_created(os.open))
            patch.setattr(folders, "_exchange", self._counted("exchange", folders._exchange))
            patch.setattr(Path, "open", self._count_written(Path.open))
            yield self

    def _counted(self, kind: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(path: Any, *rest: Any, **options: Any) -> Any:
            if self.concerns(path) and (kind not in ("unlink", "rmdir") or os.path.lexists(path)):
                self.step(kind)
            done = call(path, *rest, **options)
            if kind in ("exchange", "rename", "link"):
                self.step(f"after {kind}")
            return done

        return counted

    def _count_created(self, call: Callable[..., int]) -> Callable[..., int]:
        def counted(path: Any, flags: int, *rest: Any, **options: Any) -> int:
            if self.concerns(path) and flags & os.O_CREAT:
                self.step("lock")
            return call(path, flags, *rest, **options)

        return counted

    def _count_written(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(path: Path, mode: str = "r", *rest: Any, **options: Any) -> Any:
            if "x" not in mode or not self.concerns(path):
                return call(path, mode, *rest, **options)
            self.step("open")
            return Halting(call(path, mode, *rest, **options), self)

        return counted


class Halting:
    """A file of which half is written when the disk strikes."""

    def __init__(self, file: IO[bytes], faults: Faults) -> None:
        self._file, self._faults = file, faults

    def __enter__(self) -> Halting:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def write(self, content: bytes) -> None:
        self._file.write(content[: len(content) // 2])
        self._file.flush()
        self._faults.step("write")
        self._file.write(content[len(content) // 2 :])


def fail(code: int) -> Callable[[], None]:
    def strike() -> None:
        raise OSError(code, os.strerror(code))

    return strike


def count_steps(run: Callable[[], object], root: Path) -> list[str]:
    """What a run that nothing stops asks of the disk, in order."""
    with Faults(root).armed() as faults:
        run()
    return faults.kinds


def check_sentence(error: UserError, code: int) -> None:
    told = str(error)
    assert os.strerror(code) in told
    assert "nothing was replaced" in told
    assert "\n" not in told
    assert len(told) < 400


def sweep(place: Place) -> None:
    """What the next run does first."""
    with lock_folder(place.reports):
        pass
    assert place.beside() == set()


@pytest.mark.parametrize("first", [True, False])
def test_a_build_asks_the_disk_for_what_these_tests_let_fail(place: Place, first: bool) -> None:
    place.restore(None if first else place.old)
    kinds = count_steps(place.build, place.root)
    assert contents(place.reports) == place.new
    files = len(place.new)
    assert kinds.count("open") == kinds.count("write") == files - kinds.count("link")
    assert kinds.count("fsync") > files
    assert {"lock", "mkdir", "unlink", *(("rename",) if first else ("link", "exchange"))} <= set(kinds)
    assert len(kinds) > 100


@pytest.mark.parametrize("first", [True, False])
def test_an_error_of_the_disk_at_any_step_leaves_the_old_folder_or_the_new_one(
    place: Place, first: bool
) -> None:
    before = None if first else place.old
    place.restore(before)
    for at in list_failing(count_steps(place.build, place.root)):
        place.restore(before)
        with Faults(place.root, at=at, strike=fail(errno.EIO)).armed() as faults:
            check_outcome(place, before, errno.EIO)
        assert len(faults.kinds) >= at


def test_an_error_between_the_two_renames_brings_the_old_folder_back(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folders, "_exchange", lambda one, other: False)
    place.restore(place.old)
    kinds = count_steps(place.build, place.root)
    assert kinds.count("rename") == 2
    for at in list_failing(kinds)[kinds.index("rename") - 10 :]:
        place.restore(place.old)
        with Faults(place.root, at=at, strike=fail(errno.EIO)).armed():
            check_outcome(place, place.old, errno.EIO)


def list_failing(kinds: Sequence[str]) -> list[int]:
    """The numbers of the steps that a disk can refuse."""
    return [number for number, kind in enumerate(kinds, start=1) if not kind.startswith("after")]


def check_outcome(place: Place, before: Files | None, code: int) -> None:
    """The new folder where the run says so, else one sentence and what was there."""
    try:
        place.build()
    except UserError as error:
        check_sentence(error, code)
        after = before
    else:
        after = place.new
    assert contents(place.reports) == (after or {})
    assert place.reports.exists() == (after is not None)


@pytest.mark.parametrize("first", [True, False])
def test_a_full_disk_leaves_the_old_folder_and_nothing_beside_it(place: Place, first: bool) -> None:
    before = None if first else place.old
    place.restore(before)
    kinds = count_steps(place.build, place.root)
    for at in [number for number, kind in enumerate(kinds, start=1) if kind in LASTING][::2]:
        place.restore(before)
        faults = Faults(place.root, at=at, strike=fail(errno.ENOSPC), lasting=LASTING)
        with faults.armed(), pytest.raises(UserError) as raised:
            place.build()
        check_sentence(raised.value, errno.ENOSPC)
        assert contents(place.reports) == (before or {})
        assert place.beside() == set()


# --- the end of a process ---------------------------------------------------------------------------------


def run_apart(run: Callable[[], object]) -> int:
    """Process id of a child that runs it and ends with 0, 1 for a sentence, 3 for anything else."""
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", DeprecationWarning
        )  # libraries have threads, which the child does not use
        child = os.fork()
    if child:
        return child
    ending = 3
    try:
        run()
        ending = 0
    except UserError:
        ending = 1
    finally:
        os._exit(ending)


def wait_for(child: int) -> int:
    """Its exit code; of a signal the negative number."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def run_and_die(place: Place, at: int) -> None:
    def die() -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    with Faults(place.root, at=at, strike=die).armed():
        place.build()


@pytest.mark.parametrize("way", ["first", "exchange", "rename twice"])
def test_a_run_that_is_killed_at_any_step_leaves_the_old_folder_or_the_new_one(
    place: Place, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if way == "rename twice":
        monkeypatch.setattr(folders, "_exchange", lambda one, other: False)
    before = None if way == "first" else place.old
    place.restore(before)
    kinds = count_steps(place.build, place.root)
    ends = "exchange" if way == "exchange" else "rename"
    last = len(kinds) - kinds[::-1].index(ends)  # with this step the new folder has its place
    early = range(1, last - 4, 20 if way == "rename twice" else 4)
    for at in [*early, *range(last - 4, len(kinds) + 1)]:
        place.restore(before)
        child = run_apart(lambda at=at: run_and_die(place, at))
        assert wait_for(child) == -signal.SIGKILL
        sweep(place)
        assert contents(place.reports) == ((before or {}) if at <= last else place.new)


@pytest.mark.parametrize("exchanges", [True, False])
def test_a_run_that_is_killed_at_any_instant_leaves_the_old_folder_or_the_new_one(
    place: Place, exchanges: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not exchanges:
        monkeypatch.setattr(folders, "_exchange", lambda one, other: False)
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)
    instants = random.Random(5)
    place.restore(place.old)
    began = time.monotonic()
    place.build()
    lasts = time.monotonic() - began
    for _ in range(15):
        place.restore(place.old)
        child = run_apart(place.build)
        time.sleep(instants.uniform(0, 1.2 * lasts))
        os.kill(child, signal.SIGKILL)
        assert wait_for(child) in (-signal.SIGKILL, 0)
        sweep(place)
        assert contents(place.reports) in (place.old, place.new)
    place.build()
    assert contents(place.reports) == place.new
    assert place.beside() == set()


@pytest.fixture
def answered_ctrl_c() -> Iterator[None]:
    """Ctrl-C as at a terminal: a job in the background does not hear it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("answered_ctrl_c")
@pytest.mark.parametrize("first", [True, False])
def test_ctrl_c_at_any_step_leaves_the_old_folder_or_the_new_one(place: Place, first: bool) -> None:
    before = None if first else place.old
    place.restore(before)
    kinds = count_steps(place.build, place.root)
    last = next(number for number, kind in enumerate(kinds, start=1) if kind in ("exchange", "rename"))
    for at in [*range(1, last - 2, 6), *range(last - 2, len(kinds) + 1)]:
        place.restore(before)
        faults = Faults(place.root, at=at, strike=lambda: signal.raise_signal(signal.SIGINT))
        with faults.armed(), pytest.raises(KeyboardInterrupt):
            place.build()
        assert contents(place.reports) == ((before or {}) if at <= last else place.new)
        sweep(place)


@pytest.mark.usefixtures("answered_ctrl_c")
@pytest.mark.parametrize("step", ["analyse", "make_all", "render_index", "audit_folder"])
def test_ctrl_c_while_reading_making_pages_or_auditing_leaves_the_old_folder(
    place: Place, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object, **__: object) -> None:
        signal.raise_signal(signal.SIGINT)

    place.restore(place.old)
    monkeypatch.setattr(assembly, step, stop)
    with pytest.raises(KeyboardInterrupt):
        place.build()
    assert contents(place.reports) == place.old
    assert place.beside() == set()


@pytest.mark.parametrize("limit", [0, 1, 1_000, 5_000, 20_000])
def test_a_limit_of_a_file_s_size_is_a_full_disk(place: Place, limit: int) -> None:
    def run() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        place.build()

    place.restore(place.old)
    assert wait_for(run_apart(run)) == 1
    assert contents(place.reports) == place.old
    assert place.beside() == set()


def test_of_two_runs_at_once_the_second_is_told_of_the_first_and_changes_nothing(
    place: Place, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    place.restore(place.old)
    there, may_go_on = os.pipe(), os.pipe()
    audit = assembly.audit_folder

    def wait_in_audit(*arguments: Any, **named: Any) -> list[Finding]:
        os.write(there[1], b"!")
        os.read(may_go_on[0], 1)
        return audit(*arguments, **named)

    monkeypatch.setattr(assembly, "audit_folder", wait_in_audit)
    child = run_apart(place.build)
    os.read(there[0], 1)
    assert call_command(monkeypatch, place) == 1
    assert capsys.readouterr().err.strip().splitlines()[-1] == (
        f"error: another run builds {place.reports} now: wait for it, or name another folder with --out"
    )
    assert contents(place.reports) == place.old
    os.write(may_go_on[1], b"!")
    assert wait_for(child) == 0
    assert contents(place.reports) == place.new
    assert place.beside() == set()
    for end in (*there, *may_go_on):
        os.close(end)


def call_command(monkeypatch: pytest.MonkeyPatch, place: Place) -> int:
    """The exit code of the command, as a shell sees it."""
    words = ["rotation-analysis", "report", str(place.root / "new"), "--out", str(place.reports)]
    monkeypatch.setattr(sys, "argv", words)
    with pytest.raises(SystemExit) as ending:
        cli.main()
    return int(ending.value.code or 0)


def test_the_command_tells_a_full_disk_in_one_line(
    place: Place, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    place.restore(place.old)
    with Faults(place.root, at=40, strike=fail(errno.ENOSPC), lasting=LASTING).armed():
        assert call_command(monkeypatch, place) == 1
    lines = [line for line in capsys.readouterr().err.splitlines() if "error" in line or "Traceback" in line]
    assert len(lines) == 1
    assert lines[0].startswith(f"error: {place.root}/.reports.building/")
    assert lines[0].endswith(
        "No space left on device; nothing was replaced: make room on the disk, then run the command again"
    )


# --- the history of releases ------------------------------------------------------------------------------


def history(folder: Path) -> Files:
    return contents(folder / "releases") if (folder / "releases").exists() else {}


def start_history(folder: Path, files: Files) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    for name, content in files.items():
        (folder / "releases").mkdir(parents=True, exist_ok=True)
        (folder / "releases" / name).write_bytes(content)


@pytest.mark.parametrize("before", [{}, {"001.json": b"first"}])
def test_a_release_is_recorded_whole_or_not_at_all_whatever_stops_it(tmp_path: Path, before: Files) -> None:
    folder, name = tmp_path / "programme", f"{len(before) + 1:03}.json"
    after = before | {name: "第2版".encode()}

    def record_release() -> None:
        add_file(folder / "releases" / name, "第2版")

    start_history(folder, before)
    kinds = count_steps(record_release, tmp_path)
    assert {"lock", "open", "write", "fsync", "link"} <= set(kinds)
    link = kinds.index("link") + 1
    for at, kind in enumerate(kinds, start=1):
        start_history(folder, before)
        child = run_apart(lambda at=at: _die_recording(record_release, tmp_path, at))
        assert wait_for(child) == -signal.SIGKILL
        assert visible(history(folder)) == (before if at <= link else after)
        if kind.startswith("after"):
            continue
        start_history(folder, before)
        with Faults(tmp_path, at=at, strike=fail(errno.EIO)).armed():
            check_recorded(record_release, folder, before, after)
    start_history(folder, before)
    (folder / "releases").mkdir(parents=True, exist_ok=True)
    (folder / "releases" / ".001.json.writing").write_bytes(b"half")
    record_release()
    assert history(folder) == after
    assert [path.name for path in folder.iterdir()] == ["releases"]


def _die_recording(record_release: Callable[[], None], root: Path, at: int) -> None:
    with Faults(root, at=at, strike=lambda: os.kill(os.getpid(), signal.SIGKILL)).armed():
        record_release()


def visible(files: Files) -> Files:
    return {name: content for name, content in files.items() if not name.startswith(".")}


def check_recorded(record_release: Callable[[], None], folder: Path, before: Files, after: Files) -> None:
    """Recorded where the run says so, else one sentence and the history as it was."""
    try:
        record_release()
    except UserError as error:
        check_sentence(error, errno.EIO)
        assert visible(history(folder)) == before
    else:
        assert visible(history(folder)) == after
