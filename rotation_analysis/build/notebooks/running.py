"""Runs notebooks by papermill without a kernel, each in a fresh process of its own, several at once.

Processes are forked from one that has imported everything (`multiprocessing`'s fork server): they share
nothing with each other and start without importing.  Where forking is not safe, they are started anew.

Neither papermill's return nor its metadata says that a notebook ran to its end: `run_notebook` checks it.
"""

from __future__ import annotations

import ast
import io
import logging
import multiprocessing
import os
import random
import signal
import sys
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence, Set
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass
from functools import partial
from itertools import islice
from multiprocessing import forkserver, resource_tracker
from multiprocessing.process import BaseProcess
from pathlib import Path
from threading import Thread
from types import ModuleType
from typing import Any, TypeVar

import numpy
from nbformat.v4 import new_notebook, new_output

from ...errors import shorten
from .notebook_files import prepare_parameters

ENGINE = "rotation_analysis"
ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1", "PLOTLY_RENDERER": "plotly_mimetype"}
WARM = "rotation_analysis.build.notebooks.warm"
# Python on macOS has fork, but the system's own libraries do not survive it.
CAN_FORK = hasattr(os, "fork") and sys.platform != "darwin"
HAS_GROUPS = hasattr(os, "setsid")  # not on Windows

# Without any handler Python would print the library's warnings to standard error.
logging.getLogger("papermill").addHandler(logging.NullHandler())

Given = TypeVar("Given")
Result = TypeVar("Result")


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
        return partial(type(self), cell=self.cell, line=self.line, error=self.error), (self.notebook,)

    @property
    def reason(self) -> str:
        """Notebook, number of the cell, kind of error: without any text, which may be anybody's words."""
        cell = "" if self.cell is None else f", code cell {self.cell}"
        return f"{self.notebook.name}{cell}: {self.error.partition(':')[0]}"


@dataclass(frozen=True, kw_only=True)
class ExecutedNotebook:
    """An executed notebook, and what failed in it: nothing that another cell depends on."""

    notebook: Any
    failed: tuple[tuple[Any, NotebookFailed], ...] = ()
    """Each cell with what is to be said of it; its outputs still hold the error."""


# --- one notebook, in this process --------------------------------------------------------------------------


def run_notebook(path: Path, parameters: Mapping[str, object]) -> ExecutedNotebook:
    """The executed notebook, of which cells may have failed that only show something.

    Raises `UsageError` before anything runs where the notebook cannot take the parameters, and
    `NotebookFailed` where a cell fails that others may need (it is more than the call of a function).
    """
    from papermill.engines import papermill_engines
    from papermill.exceptions import PapermillExecutionError
    from papermill.execute import execute_notebook

    prepared = prepare_parameters(path, parameters)
    begun: list[Any] = []
    papermill_engines.register(ENGINE, _make_engine())
    try:
        with _hide_main():  # a shell puts a module of its own in its place
            notebook = execute_notebook(
                str(path.resolve()).replace("{", "{{").replace("}", "}}"),  # papermill formats paths
                output_path=None,
                parameters=prepared,
                engine_name=ENGINE,
                kernel_name="python3",
                language="python",
                progress_bar=False,
                log_output=False,
                begun=begun,
            )
    except PapermillExecutionError:  # it has run through all the same
        notebook = new_notebook(cells=begun)
    except Exception as error:
        raise _failure(path, begun, f"{type(error).__name__}: {error}") from error
    return ExecutedNotebook(notebook=notebook, failed=tuple(_list_failed(path, notebook)))


def _make_engine() -> type:
    """A papermill engine that runs the cells in an IPython shell of this process."""
    from papermill.engines import Engine

    class InProcess(Engine):
        @classmethod
        def execute_managed_notebook(
            cls, nb_man: Any, kernel_name: str, *, begun: list[Any], **_: object
        ) -> None:
            shell = make_shell()
            for index, cell in enumerate(nb_man.nb.cells):
                nb_man.cell_start(cell, index)
                begun.append(cell)
                if cell.cell_type == "code" and cell.source.strip():
                    _run_cell(shell, cell)
                nb_man.cell_complete(cell, cell_index=index)

    return InProcess


def make_shell() -> Any:
    """A shell whose results, displays and errors are outputs as a kernel would send them."""
    from IPython.core.displayhook import DisplayHook
    from IPython.core.displaypub import DisplayPublisher
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets import Type
    from traitlets.config import Config

    class Results(DisplayHook):
        def write_output_prompt(self) -> None:
            pass

        def write_format_data(self, format_dict: Any, md_dict: Any = None) -> None:
            count = self.prompt_count
            told = {"data": dict(format_dict), "metadata": md_dict or {}, "execution_count": count}
            shell.outputs.append(new_output("execute_result", **told))

        def finish_displayhook(self) -> None:
            pass

    class Displays(DisplayPublisher):
        def publish(self, data: Any, metadata: Any = None, *_: Any, **__: Any) -> None:
            shell.outputs.append(new_output("display_data", data=data, metadata=metadata or {}))

        def clear_output(self, wait: bool = False) -> None:
            shell.outputs.clear()

    class Shell(InteractiveShell):
        displayhook_class = Type(Results)
        display_pub_class = Type(Displays)
        outputs: list[Any]

        def _showtraceback(self, etype: Any, evalue: Any, stb: Any) -> None:
            told = {"ename": etype.__name__, "evalue": str(evalue), "traceback": list(stb)}
            self.outputs.append(new_output("error", **told))

        def enable_gui(self, gui: Any = None) -> None:
            pass

    InteractiveShell.clear_instance()
    shell: Any = Shell.instance(config=Config({"HistoryManager": {"enabled": False}}))
    return shell


def _run_cell(shell: Any, cell: Any) -> None:
    cell.outputs = shell.outputs = []
    out, err = (_Stream(name, shell.outputs) for name in ("stdout", "stderr"))
    with redirect_stdout(out), redirect_stderr(err):
        cell.execution_count = shell.execution_count
        shell.run_cell(cell.source, store_history=True)


class _Stream(io.TextIOBase):
    """What a cell prints, as outputs between its displays."""

    def __init__(self, name: str, outputs: list[Any]) -> None:
        self._name, self._outputs = name, outputs

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        last = self._outputs[-1] if self._outputs else None
        if last is None or last.output_type != "stream" or last.name != self._name:
            self._outputs.append(last := new_output("stream", name=self._name))
        last.text += text
        return len(text)


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


# --- many, each in a process of its own ---------------------------------------------------------------------


def run_all(
    work: Callable[[Given], Result], given: Iterable[Given], *, jobs: int, died: Callable[[Given], Result]
) -> Generator[tuple[Given, Result], None, None]:
    """What `work` makes of each, `jobs` at once, in the order in which they are done; closing it ends them.

    A process that dies takes the others of its pool along: those are run again one by one, and of what dies
    alone, too, the result is `died`'s.  No more than a few wait for their turn, so that the memory does not
    grow with their number.
    """
    waiting = iter(given)
    while doubtful := (yield from _run_pool(work, waiting, jobs)):
        for each in doubtful:
            if (yield from _run_pool(work, iter([each]), 1)):
                yield each, died(each)


def _run_pool(
    work: Callable[[Given], Result], given: Iterator[Given], jobs: int
) -> Generator[tuple[Given, Result], None, list[Given]]:
    """Runs all; where a process dies it returns at once with those that were begun and not done."""
    before = set(multiprocessing.active_children())
    running: dict[Future[Result], Given] = {}
    with _hide_main(), _make_pool(jobs) as pool:
        try:
            while True:
                for each in islice(given, jobs + 1 - len(running)):
                    running[_submit(pool, work, each)] = each
                if not running:
                    return []
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    if isinstance(future.exception(), BrokenProcessPool):
                        return list(running.values())
                    each = running.pop(future)
                    yield each, future.result()
        except BaseException:
            _end_now(pool, before)
            raise


def _end_now(pool: ProcessPoolExecutor, before: Set[BaseProcess]) -> None:
    """Kills until the pool has ended: who is killed while telling a result leaves another waiting."""
    ending = Thread(target=pool.shutdown, kwargs={"cancel_futures": True})
    ending.start()
    while ending.is_alive():
        for process in set(multiprocessing.active_children()) - before:
            if HAS_GROUPS and process.pid:  # with what a notebook started
                with suppress(ProcessLookupError, PermissionError):
                    os.killpg(process.pid, signal.SIGKILL)
            process.kill()
        ending.join(0.05)


def _submit(pool: ProcessPoolExecutor, work: Callable[[Given], Result], each: Given) -> Future[Result]:
    try:
        return pool.submit(work, each)
    except BrokenProcessPool as error:  # between two submits
        future: Future[Result] = Future()
        future.set_exception(error)
        return future


def _make_pool(jobs: int) -> ProcessPoolExecutor:
    """Fresh processes, a new one for every task."""
    context = multiprocessing.get_context("forkserver" if CAN_FORK else "spawn")
    if CAN_FORK:
        context.set_forkserver_preload([WARM])
        kept = {name: os.environ.get(name) for name in ENVIRONMENT}
        os.environ.update(ENVIRONMENT)  # numpy's own threads would make forking unsafe
        resource_tracker.ensure_running()  # whose beginning would lift what comes next
        # an interrupt is the maker's alone, from the first instant of those that inherit this
        masked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            forkserver.ensure_running()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, masked)
            for name, value in kept.items():
                os.environ.pop(name)
                os.environ.update({name: value} if value is not None else {})
    return ProcessPoolExecutor(jobs, mp_context=context, max_tasks_per_child=1, initializer=_begin)


def _begin() -> None:
    """In the new process: nothing is printed, chance is its own, and it ends when its maker does."""
    if HAS_GROUPS:  # an interrupt is the maker's; whatever a notebook starts ends with the process
        os.setsid()
    for descriptor in (1, 2):
        os.dup2(os.open(os.devnull, os.O_WRONLY), descriptor)
    os.environ.update(ENVIRONMENT)
    random.seed()
    numpy.random.seed()
    Thread(target=_end_with_maker, daemon=True).start()


def _end_with_maker() -> None:
    maker = multiprocessing.parent_process()
    assert maker is not None
    maker.join()
    if HAS_GROUPS:
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


@contextmanager
def _hide_main() -> Iterator[None]:
    """A new process would else begin by running the caller's script anew."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main
