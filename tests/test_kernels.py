"""Notebooks run to their end or fail aloud, share nothing, and leave no process behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import nbformat
import psutil
import pytest

from rotation_analysis.errors import UsageError
from rotation_analysis.kernels import CAN_FORK, Kernels, NotebookFailed, open_kernels

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

needs_fork = pytest.mark.skipif(not CAN_FORK, reason="no safe fork on this system")


@pytest.fixture(
    scope="module", params=[pytest.param(True, marks=needs_fork), False], ids=["forked", "ordinary"]
)
def kernels(request: pytest.FixtureRequest) -> Iterator[Kernels]:
    with open_kernels(forked=request.param) as opened:
        yield opened
        assert opened.fallback is None


def write(path: Path, *sources: str) -> Path:
    tagged = nbformat.v4.new_code_cell('cohort = "1"', id="parameters", metadata={"tags": ["parameters"]})
    cells = [nbformat.v4.new_markdown_cell("# title", id="title"), tagged]
    cells += [nbformat.v4.new_code_cell(source, id=f"c{i}") for i, source in enumerate(sources)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    return path


def outputs(notebook: Any) -> list[Any]:
    return [output for cell in notebook.cells for output in cell.get("outputs", ())]


def printed(notebook: Any) -> str:
    return "".join(output.text for output in outputs(notebook) if output.output_type == "stream")


def fails(kernels: Kernels, path: Path) -> NotebookFailed:
    with pytest.raises(NotebookFailed) as caught:
        kernels.run(path, {})
    return caught.value


def test_parameters_arrive_whatever_the_text(kernels: Kernels, tmp_path: Path) -> None:
    path = write(tmp_path / "p {x}.ipynb", "print(ascii(cohort))")
    awkward = '\'"""\\n\n\t{x} #\u0301第3期😀'
    assert printed(kernels.run(path, {"cohort": awkward})).strip() == ascii(awkward)
    assert printed(kernels.run(path, {"cohort": 3})) == "'3'\n"
    assert printed(kernels.run(path, {})) == "'1'\n"


def test_wrong_parameters_are_refused_before_a_kernel_starts(kernels: Kernels, tmp_path: Path) -> None:
    path = write(tmp_path / "a.ipynb", f"open({str(tmp_path / 'ran')!r}, 'w')")
    with pytest.raises(UsageError, match='did you mean "cohort"'):
        kernels.run(path, {"cohorts": "3"})
    assert not (tmp_path / "ran").exists()


def test_nothing_of_an_earlier_notebook_is_left(kernels: Kernels, tmp_path: Path) -> None:
    probe, pollute = write(tmp_path / "a.ipynb", PROBE), write(tmp_path / "b.ipynb", PROBE, POLLUTE)
    clean = printed(kernels.run(probe, {}))
    kernels.run(pollute, {})
    assert printed(kernels.run(probe, {})) == clean
    assert clean.splitlines()[1:] == ["False plotly False", "False False"]


def test_two_kernels_draw_different_random_numbers(kernels: Kernels, tmp_path: Path) -> None:
    path = write(tmp_path / "a.ipynb", "import random, numpy\nprint(random.random(), numpy.random.random())")
    first, second = (printed(kernels.run(path, {})).split() for _ in range(2))
    assert first[0] != second[0]
    assert first[1] != second[1]


@needs_fork
def test_forked_and_ordinary_kernels_give_equal_outputs(tmp_path: Path) -> None:
    path = write(tmp_path / "a.ipynb", PROBE, SHOW, TABLE)
    with open_kernels() as forked, open_kernels(forked=False) as ordinary:
        assert outputs(forked.run(path, {})) == outputs(ordinary.run(path, {}))
        assert forked.fallback is None


def test_a_figure_is_data_and_nothing_else(kernels: Kernels, tmp_path: Path) -> None:
    shown = outputs(kernels.run(write(tmp_path / "a.ipynb", SHOW), {}))
    assert [list(output.data) for output in shown] == [["application/vnd.plotly.v1+json"]]


def test_a_failing_cell_is_named(kernels: Kernels, tmp_path: Path) -> None:
    path = write(tmp_path / "a.ipynb", "x = 1", "y = {}  # first line\ny['z']", "print('later')")
    failure = fails(kernels, path)
    assert (failure.notebook, failure.cell, failure.line) == (path, 3, "y = {}  # first line")
    assert failure.error == "KeyError: 'z'"
    assert str(failure) == "a.ipynb, code cell 3 (y = {} # first line): KeyError: 'z'"


@pytest.mark.parametrize(
    ("source", "error"),
    [
        ("import sys\nsys.exit(0)", "SystemExit: 0"),
        ("import sys\nsys.exit()", "SystemExit: "),
        ("import os\nos._exit(0)", "DeadKernelError: Kernel died"),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", "DeadKernelError: Kernel died"),
    ],
)
def test_a_kernel_that_ends_early_is_a_failure(
    kernels: Kernels, tmp_path: Path, capfd: pytest.CaptureFixture[str], source: str, error: str
) -> None:
    failure = fails(kernels, write(tmp_path / "a.ipynb", "x = 1", source, "print('later')"))
    assert failure.error == error
    assert (failure.cell, failure.line) == (3, source.splitlines()[0])
    assert capfd.readouterr() == ("", "")


def test_an_error_that_is_allowed_by_a_tag_is_a_failure(kernels: Kernels, tmp_path: Path) -> None:
    path = write(tmp_path / "a.ipynb", "1 / 0")
    content = nbformat.read(path, 4)
    content.cells[-1].metadata["tags"] = ["raises-exception"]
    nbformat.write(content, path)
    assert fails(kernels, path).error.startswith("ZeroDivisionError")


def test_empty_cells_and_a_notebook_without_parameters_are_complete(kernels: Kernels, tmp_path: Path) -> None:
    cells = [nbformat.v4.new_code_cell(source, id=f"c{i}") for i, source in enumerate(("", "1", " \n"))]
    path = tmp_path / "a.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    assert outputs(kernels.run(path, {}))[0].data == {"text/plain": "1"}


def test_six_notebooks_in_three_threads_keep_apart(
    kernels: Kernels, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path / "a.ipynb", "import os, time\ntime.sleep(0.1)\nprint(cohort, os.getcwd())", SHOW)
    with ThreadPoolExecutor(3) as pool:
        done = list(pool.map(lambda number: kernels.run(path, {"cohort": number}), range(6)))
    assert [printed(notebook) for notebook in done] == [f"{number} {Path.cwd()}\n" for number in range(6)]
    assert capfd.readouterr() == ("", "")


def test_kernels_stay_in_the_folder_where_they_were_opened(
    kernels: Kernels, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, before = write(tmp_path / "a.ipynb", "import os\nprint(os.getcwd())"), Path.cwd()
    monkeypatch.chdir(tmp_path)
    assert printed(kernels.run(path, {})) == f"{before}\n"


def test_an_installed_kernelspec_of_the_same_name_is_not_used(
    kernels: Kernels, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = tmp_path / "kernels" / "python3"
    spec.mkdir(parents=True)
    (spec / "kernel.json").write_text('{"argv": ["/bin/false"], "display_name": "x", "language": "python"}')
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    path = write(tmp_path / "a.ipynb", "import sys\nprint(sys.executable)")
    assert printed(kernels.run(path, {})) == f"{sys.executable}\n"


@pytest.mark.parametrize("forked", [pytest.param(True, marks=needs_fork), False])
def test_leaving_ends_every_process_and_running_notebooks_fail(tmp_path: Path, forked: bool) -> None:
    started = tmp_path / "started"
    child = "import subprocess, time; from pathlib import Path; subprocess.Popen(['sleep', '300'])"
    path = write(tmp_path / "a.ipynb", f"{child}\nPath({str(started)!r}).touch()\ntime.sleep(300)")
    before = set(psutil.Process().children(recursive=True))
    with ThreadPoolExecutor(1) as pool:
        with open_kernels(forked=forked) as opened:
            running = pool.submit(fails, opened, path)
            wait_for(started.exists)
            began = set(psutil.Process().children(recursive=True)) - before
        assert len(began) == 3 if forked else 2  # zygote, kernel, sleep
        left = time.monotonic()
        assert running.result(timeout=20).error == "the run was stopped"
        assert time.monotonic() - left < 5
    wait_for(lambda: not any(alive(process) for process in began))
    with pytest.raises(NotebookFailed, match="the run was stopped"):
        opened.run(path, {})
    opened.close()


@needs_fork
def test_the_death_of_the_host_ends_zygote_and_kernels(tmp_path: Path) -> None:
    path = write(tmp_path / "a.ipynb", f"import time\nopen({str(tmp_path / 'on')!r}, 'w')\ntime.sleep(300)")
    code = (
        "from pathlib import Path; from rotation_analysis.kernels import open_kernels\n"
        f"with open_kernels() as kernels: kernels.run(Path({str(path)!r}), {{}})"
    )
    with subprocess.Popen([sys.executable, "-c", code]) as host:
        wait_for((tmp_path / "on").exists)
        began = psutil.Process(host.pid).children(recursive=True)
        assert len(began) == 2
        host.send_signal(signal.SIGKILL)
    wait_for(lambda: not any(alive(process) for process in began))


INTERRUPTED = """\
import signal, sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from rotation_analysis.kernels import open_kernels
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in tests that run in the background
with open_kernels(forked=sys.argv[2] == "True") as kernels:
    pool = ThreadPoolExecutor(2)
    runs = [pool.submit(kernels.run, Path(sys.argv[1]), {}) for _ in range(4)]
    try:
        runs[0].result()
    except KeyboardInterrupt:
        pool.shutdown(wait=False, cancel_futures=True)
        kernels.close()
        sys.exit(130)
"""


@pytest.mark.parametrize("forked", [pytest.param(True, marks=needs_fork), False])
def test_an_interrupt_ends_the_run_soon_and_quietly(tmp_path: Path, forked: bool) -> None:
    path = write(tmp_path / "a.ipynb", f"import time\nopen({str(tmp_path / 'on')!r}, 'w')\ntime.sleep(300)")
    command = [sys.executable, "-c", INTERRUPTED, str(path), str(forked)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, start_new_session=True) as host:
        wait_for((tmp_path / "on").exists)
        began = psutil.Process(host.pid).children(recursive=True)
        os.killpg(host.pid, signal.SIGINT)
        sent = time.monotonic()
        _, told = host.communicate(timeout=20)
        assert (host.returncode, told) == (130, b"")
        assert time.monotonic() - sent < 5
    assert began
    wait_for(lambda: not any(alive(process) for process in began))


def test_closing_at_once_leaves_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    before = set(psutil.Process().children(recursive=True))
    with open_kernels():
        pass
    assert set(psutil.Process().children(recursive=True)) == before
    assert capfd.readouterr() == ("", "")


@needs_fork
def test_a_killed_zygote_takes_its_kernels_along_and_is_replaced(tmp_path: Path) -> None:
    path = write(tmp_path / "a.ipynb", f"import time\nopen({str(tmp_path / 'on')!r}, 'w')\ntime.sleep(300)")
    quick = write(tmp_path / "b.ipynb", "print(1)")
    before = set(psutil.Process().children())
    with open_kernels() as opened, ThreadPoolExecutor(1) as pool:
        running = pool.submit(fails, opened, path)
        wait_for((tmp_path / "on").exists)
        (zygote,) = set(psutil.Process().children()) - before
        kernel = zygote.children()[0]
        zygote.kill()
        assert running.result(timeout=20).error == "DeadKernelError: Kernel died"
        wait_for(lambda: not alive(kernel))
        assert printed(opened.run(quick, {})) == "1\n"
        assert opened.fallback is not None


@needs_fork
def test_a_zygote_that_cannot_start_gives_ordinary_kernels(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with open_kernels(preload=("rotation_analysis.no_such_module",)) as opened:
        assert printed(opened.run(write(tmp_path / "a.ipynb", "print(1)"), {})) == "1\n"
        assert "no_such_module" in str(opened.fallback)
    assert capfd.readouterr() == ("", "")


@needs_fork
def test_a_zygote_with_threads_is_not_forked_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = "import threading, time\nthreading.Thread(target=time.sleep, args=(300,), daemon=True).start()"
    (tmp_path / "starts_a_thread.py").write_text(module)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")]))
    with open_kernels(preload=("starts_a_thread",)) as opened:
        opened.run(write(tmp_path / "a.ipynb", "print(1)"), {})
        assert "2 threads" in str(opened.fallback)


def test_no_files_are_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with open_kernels() as opened:
        opened.run(write(tmp_path / "a.ipynb", "print(1)"), {})
        assert len(list(tmp_path.glob("ra-*"))) == 1 or len(str(tmp_path)) >= 70
    assert [path.name for path in tmp_path.iterdir()] == ["a.ipynb"]
    assert threading.active_count() < 20


def alive(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def wait_for(condition: Any, seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)
