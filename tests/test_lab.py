"""`make lab` opens the tutorial: its server answers, where its environment has been made."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

ROOT = Path(__file__).parents[1]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
LAB = ROOT / os.environ.get("LAB_VENV", ".venv-lab") / "bin" / "jupyter"
PATIENCE = 60.0  # seconds


def test_make_lab_opens_the_tutorial() -> None:
    (line,) = re.findall(r"^lab:.*\n\t(.+)$", MAKEFILE, re.M)
    assert line == "$(LAB_VENV)/bin/jupyter lab notebooks/tutorial.ipynb"
    assert (ROOT / "notebooks" / "tutorial.ipynb").is_file()


@pytest.mark.skipif(not LAB.is_file(), reason="no .venv-lab: `make lab` has not been run here")
def test_the_server_of_make_lab_answers_with_the_notebooks(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = [
        "--no-browser",
        "--ip=127.0.0.1",
        f"--port={port}",
        "--IdentityProvider.token=t",
        "--allow-root",
    ]
    with (tmp_path / "log").open("w", encoding="utf-8") as log:
        server = subprocess.Popen(
            [LAB, "lab", "notebooks/tutorial.ipynb", *options],
            cwd=ROOT,
            env={**os.environ, "JUPYTER_CONFIG_DIR": str(tmp_path), "JUPYTER_RUNTIME_DIR": str(tmp_path)},
            stdout=log,
            stderr=log,
        )
    try:
        listed = ask(f"http://127.0.0.1:{port}/api/contents?token=t", server)
        names = {entry["name"] for entry in json.loads(listed)["content"]}
        page = ask(f"http://127.0.0.1:{port}/lab?token=t", server)
    finally:
        server.terminate()
        server.wait(PATIENCE)
    assert {"tutorial.ipynb", "skill_growth.ipynb"} <= names
    assert "JupyterLab" in page


def ask(address: str, server: subprocess.Popen[bytes]) -> str:
    """What the server answers, once it does."""
    until = time.monotonic() + PATIENCE
    while True:
        assert server.poll() is None, "the server has ended"
        try:
            with urlopen(address, timeout=5) as answer:
                return str(answer.read().decode("utf-8"))
        except (URLError, ConnectionError, TimeoutError):
            assert time.monotonic() < until, "the server does not answer"
            time.sleep(0.2)
