"""Any hostile file: a refusal with a reason and a next step, within five seconds and 500 MB (TRUST 3)."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests import hostile_files
from tests.hostile_files import FILES

Outcome = dict[str, object]
THREADS = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")


@pytest.fixture(scope="module")
def read_in_child() -> Iterator[Callable[[Path], Outcome]]:
    command = [sys.executable, hostile_files.__file__]
    environment = {**os.environ, **THREADS, "PYTHONPATH": str(Path(__file__).parents[1])}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as reader:
        assert reader.stdin is not None
        assert reader.stdout is not None
        asked, answers = reader.stdin, reader.stdout

        def read(path: Path) -> Outcome:
            print(path, file=asked, flush=True)
            return json.loads(answers.readline())

        yield read
        asked.close()


@pytest.mark.parametrize("what", FILES)
def test_hostile_file_is_refused_or_read_within_bounds(
    what: str, tmp_path: Path, read_in_child: Callable[[Path], Outcome]
) -> None:
    make, reason = FILES[what]
    path = make(tmp_path)
    outcome = read_in_child(path)
    if path.is_file() and not path.is_symlink():
        path.unlink()
    assert outcome.keys() & {"read", "reason"}, outcome
    if "reason" in outcome:
        assert outcome["expected"], outcome
        assert outcome["next_step"], outcome
        assert isinstance(outcome["shown"], int)
        assert outcome["shown"] < 1_000, "a message is short, whatever the file holds"
    assert reason is None or outcome.get("reason") == reason, outcome
