"""Runs notebooks, each in a fresh kernel, several at once.

Where it is safe to fork, kernels are forked from a process that has imported everything already (the
zygote): a report then takes a third of the time and still shares nothing with any other.  Elsewhere, and
whenever the zygote cannot be had, ordinary kernels of this Python give the same outputs.

Neither papermill's return nor its metadata says that a notebook ran to its end: `Kernels.run` checks it.
"""

from __future__ import annotations

import ast
import asyncio
import contextlib
import itertools
import logging
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextvars import Context
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.launcher import launch_kernel
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning import LocalProvisioner
from jupyter_core.utils import ensure_event_loop
from nbformat.v4 import new_notebook

from .errors import shorten
from .notebook_files import prepare_parameters
from .zygote import ENVIRONMENT, START_TIMEOUT, ForkedProcess, Zygote

# Python on macOS has fork, but the system's own libraries do not survive it.
CAN_FORK = hasattr(os, "fork") and sys.platform != "darwin"

# Not the installed kernelspec: a user's own one of the same name may start another Python.
KERNEL_SPEC = KernelSpec(
    argv=[sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
    display_name="Python 3",
    language="python",
)

# Without any handler Python would print the library's warnings to standard error.
logging.getLogger("papermill").addHandler(logging.NullHandler())


class NotebookFailed(Exception):
    """A notebook did not run to its end.

    `cell` counts the notebook's own code cells from 1 (None: none was begun), `line` is the first line of its
    source, `error` the error's name and text.
    """

    def __init__(self, notebook: Path, *, cell: int | None, line: str, error: str) -> None:
        self.notebook, self.cell, self.line, self.error = notebook, cell, line, error
        place = notebook.name if cell is None else f"{notebook.name}, code cell {cell} ({shorten(line)})"
        super().__init__(f"{place}: {error}")

    def __reduce__(self) -> Any:
        """It may come from another process."""
        return _rebuild, (self.notebook, self.cell, self.line, self.error)

    @property
    def reason(self) -> str:
        """Notebook, number of the cell, kind of error: without any text, which may be anybody's words."""
        cell = "" if self.cell is None else f", code cell {self.cell}"
        return f"{self.notebook.name}{cell}: {self.error.partition(':')[0]}"


def _rebuild(notebook: Path, cell: int | None, line: str, error: str) -> NotebookFailed:
    return NotebookFailed(notebook, cell=cell, line=line, error=error)


@dataclass(frozen=True, kw_only=True)
class Ran:
    """An executed notebook, and what failed in it: nothing that another cell depends on."""

    notebook: Any
    failed: tuple[tuple[Any, NotebookFailed], ...] = ()
    """Each cell with what is to be said of it; its outputs still hold the error."""


def open_kernels(*, preload: Sequence[str] = (), forked: bool = CAN_FORK) -> Kernels:
    """Kernels for a `with` statement; leaving it ends them all.

    `preload` names modules that notebooks will import; `forked=False` asks for ordinary kernels.
    """
    return Kernels(preload=preload, forked=forked)


class Kernels:
    """Gives every notebook a kernel of its own; all methods may be called from several threads.

    Kernels work in the folder that was current when this was made, whatever happens to it later.
    `fallback` says why kernels are ordinary ones although forked ones were asked for, else it is None.
    """

    def __init__(self, *, preload: Sequence[str], forked: bool) -> None:
        self._directory = Path.cwd()
        self._runtime = _make_runtime_folder()
        self._names = itertools.count(1)
        self._lock = threading.Lock()
        self._processes: list[Any] = []
        self._closed = False
        self.fallback: str | None = None
        self._zygote = Zygote(preload, self._runtime) if forked else None
        self._manager = type("Manager", (KernelManager,), {"kernels": self})

    def __enter__(self) -> Kernels:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def run(self, path: Path, parameters: Mapping[str, object]) -> Any:
        """The executed notebook (an nbformat `NotebookNode`), of which every code cell ran without an error.

        Raises `UsageError` before a kernel starts where the notebook cannot take the parameters, and
        `NotebookFailed` otherwise.
        """
        ran = self.run_through(path, parameters)
        for _, failure in ran.failed:
            raise failure
        return ran.notebook

    def run_through(self, path: Path, parameters: Mapping[str, object]) -> Ran:
        """The executed notebook, of which cells may have failed that only show something.

        Where one fails that others may need (it is more than the call of a function), where the kernel dies
        or the parameters do not fit, it raises what `run` raises.
        """
        from papermill.exceptions import PapermillExecutionError

        prepared = prepare_parameters(path, parameters)
        begun: list[Any] = []
        try:
            if self._closed:
                raise RuntimeError("the kernels are closed")
            # An empty context: nbclient's event loop is then this call's own, and can be closed after it.
            notebook = Context().run(self._execute, path, prepared, begun)
        except PapermillExecutionError:  # it has run through all the same
            notebook = new_notebook(cells=begun)
        except Exception as error:
            told = "the run was stopped" if self._closed else f"{type(error).__name__}: {error}"
            raise _failure(path, begun, told) from error
        return Ran(notebook=notebook, failed=tuple(_list_failed(path, notebook)))

    def _execute(self, path: Path, parameters: Mapping[str, object], begun: list[Any]) -> Any:
        from papermill import execute_notebook

        try:
            return execute_notebook(
                str(path.resolve()).replace("{", "{{").replace("}", "}}"),  # papermill formats paths
                output_path=None,
                parameters=parameters,
                kernel_name="python3",
                language="python",
                progress_bar=False,
                log_output=False,
                request_save_on_cell_execute=False,
                start_timeout=START_TIMEOUT,
                kernel_manager_class=self._manager,
                shutdown_kernel="immediate",
                iopub_timeout=60,
                allow_errors=True,
                on_cell_start=lambda cell, **_: begun.append(cell),
            )
        finally:
            _close_event_loop()

    def start(self, command: list[str], environment: Mapping[str, str]) -> Any:
        """A kernel's process for `command`: an object with the methods of `subprocess.Popen`."""
        own = {**environment, **ENVIRONMENT, "IPYTHONDIR": str(self._runtime / "ipython")}
        with self._lock:
            process: Any = self._fork(command, own)
            if self._closed:
                raise RuntimeError("the kernels are closed")
            if process is None:
                process = launch_kernel(
                    command,
                    env=own,
                    cwd=str(self._directory),
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                )
            self._processes = [*(p for p in self._processes if p.poll() is None), process]
            return process

    def _fork(self, command: list[str], environment: Mapping[str, str]) -> ForkedProcess | None:
        if self._zygote is None:
            return None
        try:
            return self._zygote.fork(command, environment, str(self._directory))
        except OSError as error:
            self._zygote.close()
            self._zygote, self.fallback = None, str(error)
            return None

    def connection_file(self) -> str:
        """A new name for a kernel's connection file; its sockets lie beside it."""
        return str(self._runtime / f"{next(self._names)}.json")

    def close(self) -> None:
        """Ends the zygote and every kernel at once; notebooks still running fail. May be called again."""
        self._closed = True
        zygote = self._zygote
        if zygote is not None:
            zygote.close()
        with self._lock:
            for process in self._processes:
                _kill(process)
            self._processes = []
        shutil.rmtree(self._runtime, ignore_errors=True)


def _close_event_loop() -> None:
    """Ends what nbclient leaves open in this thread: one loop, several sockets a notebook."""
    loop = ensure_event_loop()
    if loop.is_running():  # a caller's own
        return
    tasks = asyncio.all_tasks(loop)
    for task in tasks:
        task.cancel()
    if tasks:
        loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
    loop.close()
    asyncio.set_event_loop(None)


def _make_runtime_folder() -> Path:
    """A private folder with a short name: the path of a Unix socket has at most 104 bytes."""
    folder = tempfile.gettempdir()
    return Path(tempfile.mkdtemp(prefix="ra-", dir=folder if len(os.fsencode(folder)) < 70 else "/tmp"))


def _kill(process: Any) -> None:
    if isinstance(process, subprocess.Popen) and hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.wait()


def _own_code_cells(cells: Sequence[Any]) -> Iterator[Any]:
    """Code cells that were written by the author (papermill injects one) and are not empty."""
    for cell in cells:
        injected = "injected-parameters" in cell.metadata.get("tags", [])
        if cell.cell_type == "code" and cell.source.strip() and not injected:
            yield cell


def _failure(path: Path, begun: Sequence[Any], error: str) -> NotebookFailed:
    cells = list(_own_code_cells(begun))
    line = cells[-1].source.strip().splitlines()[0] if cells else ""
    return NotebookFailed(path, cell=len(cells) or None, line=line, error=error)


def _list_failed(path: Path, notebook: Any) -> Iterator[tuple[Any, NotebookFailed]]:
    """Cells that only show something and failed; raises `NotebookFailed` for one that does more."""
    cells = list(_own_code_cells(notebook.cells))
    for number, cell in enumerate(cells, start=1):
        errors = [output for output in cell.outputs if output.output_type == "error"]
        for error in errors[:1]:
            failure = _failure(path, cells[:number], f"{error.ename}: {error.evalue}")
            if find_section(cell.source) is None:
                raise failure
            yield cell, failure
        if cell.execution_count is None:
            raise _failure(path, cells[:number], "was not run")


def find_section(source: str) -> str | None:
    """The section of a report that a cell only shows, None where the cell does more.

    Nothing that another cell may need can come of such a cell.  A name stands in the report and in its
    manifest: it holds nothing that anybody wrote.

    >>> find_section('report["moved"]'), find_section("report.closing")
    ('moved', 'closing')
    >>> find_section("report = open_report('workload')")
    """
    try:
        body = ast.parse(source).body
    except SyntaxError:
        return None
    match body:
        case [ast.Expr(value=ast.Subscript(value=ast.Name(), slice=ast.Constant(value=str(name))))]:
            return name if name.isidentifier() else None
        case [ast.Expr(value=ast.Attribute(value=ast.Name(), attr=name))]:
            return name
    return None


class KernelManager(AsyncKernelManager):
    """Starts this Python's kernel through `kernels`, whatever kernels are installed."""

    kernels: Kernels

    def __init__(self, **traits: Any) -> None:
        super().__init__(**traits)
        self.connection_file = self.kernels.connection_file()
        if os.name == "posix":
            self.transport = "ipc"  # no ports, and no warning about unencrypted ones
        self.provisioner = Provisioner(
            kernel_id=Path(self.connection_file).stem, kernel_spec=self.kernel_spec, parent=self
        )

    @property
    def kernel_spec(self) -> KernelSpec:
        """Always `KERNEL_SPEC`."""
        return KERNEL_SPEC


class Provisioner(LocalProvisioner):
    """Takes the kernel's process from `Kernels.start`."""

    parent: KernelManager

    async def launch_kernel(self, cmd: list[str], **options: Any) -> Any:
        """See `LocalProvisioner.launch_kernel`; the environment is the only option that counts."""
        self.process = self.parent.kernels.start(cmd, options["env"])
        self.pid = self.process.pid
        self.pgid = self.pid if isinstance(self.process, subprocess.Popen) and os.name == "posix" else None
        return self.connection_info
