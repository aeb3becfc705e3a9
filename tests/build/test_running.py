"""Notebooks run to their end or fail aloud, share nothing, and leave no process behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import nbformat
import psutil
import pytest

from rotation_analysis.build.notebooks import running
from rotation_analysis.build.notebooks.running import (
    CAN_FORK,
    ExecutedNotebook,
    NotebookFailed,
    run_all,
    run_notebook,
)
from rotation_analysis.errors import UsageError

PROBE = """\
import os, random, sys
import numpy, pandas, plotly.graph_objects as go, plotly.io
print(pandas.options.display.max_rows, os.environ.get("PROBE"), "/probe" in sys.path, os.getcwd())
print(hasattr(pandas, "probe"), plotly.io.templates.default, "leftover" in globals())
print(random.random() == 0.13436424411240122, numpy.random.random() == 0.417022004702574)
"""
POLLUTE = """\
leftover = 1
pandas.options.display.max_rows = 7
os.environ["PROBE"] = "set"
sys.path.insert(0, "/probe")
os.chdir("/")
pandas.probe = 1
plotly.io.templates.default = "ggplot2"
random.seed(1)
numpy.random.seed(1)
"""
SHOW = 'import plotly.graph_objects as go, pandas\ngo.Figure(go.Bar(x=["待ち"], y=[2]))'
TABLE = 'pandas.DataFrame({"a": [1.5, 2.0]})'
HANGS = "import subprocess, time\nsubprocess.Popen(['sleep', '300'])\nopen({path!r}, 'w')\ntime.sleep(300)"

needs_fork = pytest.mark.skipif(not CAN_FORK, reason="no safe fork on this system")


@pytest.fixture(params=[pytest.param(True, marks=needs_fork), False], ids=["forked", "spawned"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes are forked from a warm one, or started anew."""
    monkeypatch.setattr(running, "CAN_FORK", request.param)


def write(path: Path, *sources: str) -> Path:
    tagged = nbformat.v4.new_code_cell('cohort = "1"', id="parameters", metadata={"tags": ["parameters"]})
    cells = [nbformat.v4.new_markdown_cell("# title", id="title"), tagged]
    cells += [nbformat.v4.new_code_cell(source, id=f"c{i}") for i, source in enumerate(sources)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    return path


def die(path: Path) -> str:
    return "died"


def run_each(*paths: Path, jobs: int = 1, **given: Any) -> Iterator[tuple[Path, Any]]:
    return run_all(partial(run_notebook, parameters=given), paths, jobs=jobs, died=die)


def run(path: Path, **given: Any) -> Any:
    """The executed notebook, from a process of its own."""
    ((_, ran),) = run_each(path, **given)
    assert isinstance(ran, ExecutedNotebook)
    return ran.notebook


def outputs(notebook: Any) -> list[Any]:
    return [output for cell in notebook.cells for output in cell.get("outputs", ())]


def printed(notebook: Any) -> str:
    return "".join(output.text for output in outputs(notebook) if output.output_type == "stream")


def fails(path: Path, given: Mapping[str, object] | None = None) -> NotebookFailed:
    with pytest.raises(NotebookFailed) as caught:
        run_notebook(path, given or {})
    return caught.value


# --- one notebook -------------------------------------------------------------------------------------------


def test_parameters_arrive_whatever_the_text(tmp_path: Path) -> None:
    path = write(tmp_path / "p {x}.ipynb", "print(ascii(cohort))")
    awkward = '\'"""\\n\n\t{x} #\u0301第3期😀'
    assert printed(run_notebook(path, {"cohort": awkward}).notebook).strip() == ascii(awkward)
    assert printed(run_notebook(path, {"cohort": 3}).notebook) == "'3'\n"
    assert printed(run_notebook(path, {}).notebook) == "'1'\n"


def test_wrong_parameters_are_refused_before_anything_runs(tmp_path: Path) -> None:
    path = write(tmp_path / "a.ipynb", f"open({str(tmp_path / 'ran')!r}, 'w')")
    with pytest.raises(UsageError, match='did you mean "cohort"'):
        run_notebook(path, {"cohorts": "3"})
    assert not (tmp_path / "ran").exists()


def test_outputs_are_those_of_a_kernel(tmp_path: Path) -> None:
    """Results, displays, what is printed between them, awaited and split results, and a last silent line."""
    cells = (
        SHOW,
        TABLE,
        "print('a')\ndisplay({'x': 1})\nprint('b')\n'end'",
        "import asyncio\nawait asyncio.sleep(0, 'slept')",
        "1;",
        "2 + 3",
        "_ * 2",
    )
    path = write(tmp_path / "a.ipynb", *cells)
    own = run(path)
    out = tmp_path / "kernel.ipynb"
    command = [sys.executable, "-m", "papermill", str(path), str(out), "--no-progress-bar"]
    kept = {**os.environ, **running.ENVIRONMENT}
    subprocess.run([*command, "-k", "python3"], check=True, capture_output=True, env=kept)
    kernels = outputs(nbformat.read(out, 4))
    assert [dict(o) for o in outputs(own)] == [dict(o) for o in kernels]


def test_a_figure_is_data_and_nothing_else(tmp_path: Path) -> None:
    shown = outputs(run(write(tmp_path / "a.ipynb", SHOW)))
    assert [list(output.data) for output in shown] == [["application/vnd.plotly.v1+json"]]


def test_a_failing_cell_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "a.ipynb", "x = 1", "y = {}  # first line\ny['z']", "print('later')")
    failure = fails(path)
    assert (failure.notebook, failure.cell, failure.line) == (path, 3, "y = {}  # first line")
    assert failure.error == "KeyError: 'z'"
    assert str(failure) == "a.ipynb, code cell 3 (y = {} # first line): KeyError: 'z'"


@pytest.mark.parametrize(
    ("source", "error"),
    [("import sys\nsys.exit(0)", "SystemExit: 0"), ("x =", "SyntaxError: invalid syntax"),
     ("raise KeyboardInterrupt", "KeyboardInterrupt: ")],
)  # fmt: skip
def test_a_notebook_that_ends_early_is_a_failure(tmp_path: Path, source: str, error: str) -> None:
    path = write(tmp_path / "a.ipynb", "x = 1", source, "print('later')")
    with pytest.raises(NotebookFailed) as caught:
        list(run_each(path))
    assert caught.value.error.startswith(error)
    assert (caught.value.cell, caught.value.line) == (3, source.splitlines()[0])


def test_an_error_that_is_allowed_by_a_tag_is_a_failure(tmp_path: Path) -> None:
    path = write(tmp_path / "a.ipynb", "1 / 0")
    content = nbformat.read(path, 4)
    content.cells[-1].metadata["tags"] = ["raises-exception"]
    nbformat.write(content, path)
    assert fails(path).error.startswith("ZeroDivisionError")


def test_empty_cells_and_a_notebook_without_parameters_are_complete(tmp_path: Path) -> None:
    cells = [nbformat.v4.new_code_cell(source, id=f"c{i}") for i, source in enumerate(("", "1", " \n"))]
    path = tmp_path / "a.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    assert outputs(run_notebook(path, {}).notebook)[0].data == {"text/plain": "1"}


def test_a_failure_can_come_from_another_process(tmp_path: Path) -> None:
    with pytest.raises(NotebookFailed, match=r"code cell 2 .*ZeroDivisionError"):
        list(run_each(write(tmp_path / "a.ipynb", "1 / 0")))


# --- many, each in a process of its own ---------------------------------------------------------------------


@pytest.mark.usefixtures("way")
def test_nothing_of_an_earlier_notebook_is_left(tmp_path: Path) -> None:
    probe, pollute = write(tmp_path / "a.ipynb", PROBE), write(tmp_path / "b.ipynb", PROBE, POLLUTE)
    first, _, last = (printed(ran.notebook) for _, ran in run_each(probe, pollute, probe))
    assert first == last
    assert first.splitlines()[0].split()[1:] == ["None", "False", str(Path.cwd())]
    assert first.splitlines()[1:] == ["False plotly False", "False False"]


@needs_fork
def test_an_interrupt_is_held_back_from_the_first_instant_of_a_process(tmp_path: Path) -> None:
    """What a fork inherits: until it has a group of its own, the terminal's interrupt reaches it, too."""
    source = "import signal\nprint(signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, ()))"
    assert printed(run(write(tmp_path / "a.ipynb", source))) == "True\n"
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())


def test_two_notebooks_draw_different_random_numbers(tmp_path: Path) -> None:
    path = write(tmp_path / "a.ipynb", "import random, numpy\nprint(random.random(), numpy.random.random())")
    first, second = (printed(ran.notebook).split() for _, ran in run_each(path, path))
    assert first[0] != second[0]
    assert first[1] != second[1]


@pytest.mark.usefixtures("way")
def test_a_process_that_dies_takes_its_own_report_alone(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    good = [write(tmp_path / f"{n}.ipynb", f"print({n})") for n in range(4)]
    ends = write(tmp_path / "ends.ipynb", "import os\nos._exit(0)")
    shot = write(tmp_path / "shot.ipynb", "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)")
    found = dict(run_each(good[0], ends, good[1], shot, *good[2:], jobs=2))
    assert (found.pop(ends), found.pop(shot)) == ("died", "died")
    assert {path: printed(ran.notebook) for path, ran in found.items()} == {
        path: f"{n}\n" for n, path in enumerate(good)
    }
    assert capfd.readouterr() == ("", "")


def test_leaving_ends_every_process_and_what_it_started(tmp_path: Path) -> None:
    path = write(tmp_path / "a.ipynb", HANGS.format(path=str(tmp_path / "on")))
    quick = write(tmp_path / "b.ipynb", "1")
    runs = run_each(quick, path, jobs=2)
    assert next(runs)[0] == quick
    wait_for((tmp_path / "on").exists)
    began = find_processes("300")
    assert began
    runs.close()  # type: ignore[attr-defined]
    wait_for(lambda: not any(alive(process) for process in began))


HOST = """\
import sys
from functools import partial
from pathlib import Path
from rotation_analysis.build.notebooks.running import run_all, run_notebook
import signal; signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in the background
open(sys.argv[2], "a").write("begun ")
try:
    list(run_all(partial(run_notebook, parameters={}), [Path(sys.argv[1])] * 4, jobs=2, died=str))
except KeyboardInterrupt:
    sys.exit(130)
"""


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGKILL, -9)])
def test_the_end_of_the_host_ends_all_soon_and_quietly(tmp_path: Path, number: int, code: int) -> None:
    """An interrupt as a terminal sends it, to the whole group; a script without a guard is run once."""
    path = write(tmp_path / "a.ipynb", HANGS.format(path=str(tmp_path / "on")))
    script = tmp_path / "host.py"
    script.write_text(HOST)
    command = [sys.executable, str(script), str(path), str(tmp_path / "log")]
    with subprocess.Popen(command, stderr=subprocess.PIPE, start_new_session=True) as host:
        wait_for((tmp_path / "on").exists)
        began = psutil.Process(host.pid).children(recursive=True)
        os.killpg(host.pid, number)
        sent = time.monotonic()
        _, told = host.communicate(timeout=20)
        assert (host.returncode, told) == (code, b"")
        assert time.monotonic() - sent < 5
    assert (tmp_path / "log").read_text() == "begun "
    assert began
    wait_for(lambda: not any(alive(process) for process in began))


def find_processes(argument: str) -> list[psutil.Process]:
    children = psutil.Process().children(recursive=True)
    return [process for process in children if alive(process) and process.cmdline()[-1:] == [argument]]


def alive(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def wait_for(condition: Any, seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)
