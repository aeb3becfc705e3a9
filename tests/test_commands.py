"""Every command that a document shows is run, in a folder where the sample is the tiny one."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from rotation_analysis import study
from rotation_analysis.build import assembly, publishing
from rotation_analysis.build.notebooks.notebook_files import check_parameters
from rotation_analysis.cli import app
from tests.browser import ABSENT, BROWSER
from tests.builds import read_once

ROOT = Path(__file__).parents[1]
TINY = ROOT / "rotation_analysis" / "sample"
OWN_TESTS = {
    "how-to-profile.md": "test_docs.py",
    "how-to-questionnaire.md": "test_docs.py",
    "how-to-programme.md": "test_how_to_programme.py",
    "how-to-measure.md": "test_how_to_extend.py",
    "how-to-language.md": "test_how_to_extend.py",
    "how-to-cluster.md": "build/test_cluster.py",
}
"""Documents whose commands need the files they show: their own tests run all of them."""
DOCUMENTS = [
    path
    for path in (ROOT / "README.md", ROOT / "README.ja.md", *sorted((ROOT / "docs").glob("*.md")))
    if path.name not in OWN_TESTS
]


def commands_of(path: Path) -> Iterator[str]:
    """The lines of the blocks without a language: each is one command."""
    text = path.read_text(encoding="utf-8")
    for language, block in re.findall(r"^ *```(\w*)\n(.*?)^ *```$", text, re.S | re.M):
        if not language:
            yield from map(str.strip, block.splitlines())


def list_commands() -> list[str]:
    """Every command once, in the order in which a reader meets it."""
    return list(dict.fromkeys(command for path in DOCUMENTS for command in commands_of(path)))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, in_process: None) -> Iterator[Path]:
    """A folder as the repository's, the sample tiny; `earlier` holds its reports of five weeks before.

    What several commands read is read once.
    """
    folder = tmp_path_factory.mktemp("world")
    shutil.copytree(TINY, folder / "data" / "sample")
    shutil.copytree(TINY, folder / "sample")  # as `sample` is where the repository is not
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        read_once(patch)
        for module in (publishing, study):  # of `publish`, and of `audit`
            patch.setattr(module, "analyse", assembly.analyse)
        narrow = ["--as-of", "2023-07-02", "--notebook", "programme", "--language", "en"]
        call(["report", "data/sample", "--out", "earlier", *narrow])
        yield folder


def call(words: list[str]) -> str:
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, f"{words}: {result.output}"
    return result.output


def test_the_documents_with_tests_of_their_own_are_those() -> None:
    for document, module in OWN_TESTS.items():
        assert document in (ROOT / "tests" / module).read_text(encoding="utf-8")
        assert list(commands_of(ROOT / "docs" / document))


def test_every_command_of_the_documents_runs(world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(world)
    run: dict[str, int] = {}
    unprinted: list[str] = []
    for command in list_commands():
        program, *words = shlex.split(command)
        if program == "make":
            plan = subprocess.run(["make", "-n", *words], cwd=ROOT, capture_output=True, check=False)
            assert plan.returncode == 0, command
        elif program == "papermill":  # test_notebooks runs it on the sample
            notebook, _, *given = words
            names, values = given[1::3], given[2::3]
            assert set(given[::3]) == {"-p"}
            parameters = dict(zip(names, [int(v) if v.isdigit() else v for v in values], strict=True))
            check_parameters(ROOT / notebook, parameters)
        elif program == "rotation-analysis" and words[0] == "print" and BROWSER is None:
            unprinted.append(command)
        else:
            assert program == "rotation-analysis", command
            call(words)
        run[program] = run.get(program, 0) + 1
    assert run["rotation-analysis"] >= 12
    assert (world / "reports" / "index.html").is_file()
    assert "2023-07-02" in (world / "reports" / "owner" / "programme.en.html").read_text(encoding="utf-8")
    if unprinted:
        pytest.skip(f"{ABSENT}: all but {unprinted} ran")


def test_commands_within_sentences_and_their_options_exist() -> None:
    program = typer.main.get_command(app)
    texts = [path.read_text(encoding="utf-8") for path in (*DOCUMENTS, *(ROOT / "docs").glob("how-to-*.md"))]
    named = {match for text in texts for match in re.findall(r"`rotation-analysis ([^`\n]+)`", text)}
    assert named
    for line in sorted(named):
        command, *words = line.split()
        found = program.get_command(typer.Context(program), command)  # type: ignore[attr-defined]
        assert found is not None, line
        options = {option for parameter in found.params for option in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= options, line


@pytest.mark.parametrize(("set_to", "told"), [(None, "true"), ("false", "false")])
def test_make_lets_uv_trust_the_certificates_of_the_machine_as_pip_does(
    set_to: str | None, told: str, tmp_path: Path
) -> None:
    (tmp_path / "asks.mk").write_text(f"include {ROOT / 'Makefile'}\nasks:\n\t@echo $$UV_SYSTEM_CERTS\n")
    environment = {name: value for name, value in os.environ.items() if name != "UV_SYSTEM_CERTS"}
    if set_to is not None:
        environment["UV_SYSTEM_CERTS"] = set_to
    command = ["make", "-s", "-f", str(tmp_path / "asks.mk"), "-C", str(ROOT), "asks"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == f"{told}\n"


def test_make_targets_within_sentences_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.M))
    documents = [*DOCUMENTS, ROOT / "CONTRIBUTING.md"]
    named = {
        target
        for path in documents
        for target in re.findall(r"`make (\w+)`", path.read_text(encoding="utf-8"))
    }
    assert {"report", "test", "lab", "check"} <= named <= targets
