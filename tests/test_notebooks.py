"""The notebooks: a dozen short calls, committed without outputs, run by papermill as users do."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
import pytest

from rotation_analysis import study
from rotation_analysis.build.notebooks.notebook_files import find_notebooks, read_parameters
from rotation_analysis.build.notebooks.running import run_notebook
from rotation_analysis.build.planning import COMPARING, REPORTS
from rotation_analysis.disclosure.publications import Edition
from rotation_analysis.programme.file import read_programme
from rotation_analysis.reports import find_report
from rotation_analysis.texts import list_languages
from tests.samples import read_tiny

ROOT = Path(__file__).parents[1]
TINY = ROOT / "rotation_analysis" / "sample"
PAPERMILL = Path(sys.executable).with_name("papermill")
WORDS = ("-p", "programme", str(TINY), "-p", "language", "ja")
each = pytest.mark.parametrize("name", REPORTS)


def path_of(name: str) -> Path:
    return find_notebooks() / f"{name}.ipynb"


def read_notebook(name: str) -> Any:
    return nbformat.read(path_of(name), as_version=nbformat.NO_CONVERT)


def code_of(name: str) -> list[str]:
    return [cell.source for cell in read_notebook(name).cells if cell.cell_type == "code"]


def run_papermill(name: str, made: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """The public command, in the repository's folder."""
    return subprocess.run(
        [PAPERMILL, f"notebooks/{name}.ipynb", made, *words],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def shown(notebook: Any) -> str:
    """All HTML that an executed notebook shows."""
    outputs = [output for cell in notebook["cells"] for output in cell.get("outputs", ())]
    return "".join("".join(output.get("data", {}).get("text/html", ())) for output in outputs)


def headings_of(notebook: Any) -> list[str]:
    return re.findall(r"<h1>(.*?)</h1>", shown(notebook))


@pytest.fixture
def read_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """What runs in this process finds the small programme read; papermill's kernels read it."""
    tiny = read_tiny()
    monkeypatch.setattr(study, "analyse", lambda programme: replace(tiny, programme=programme))
    monkeypatch.setenv("PLOTLY_RENDERER", "plotly_mimetype")


# --- as committed -----------------------------------------------------------------------------------------


def test_every_notebook_in_the_folder_is_a_report_but_the_tutorial() -> None:
    assert {path.stem for path in find_notebooks().glob("*.ipynb")} == {*REPORTS, "tutorial"}


@each
def test_a_notebook_is_valid_and_says_which_kernel_runs_it(name: str) -> None:
    notebook = read_notebook(name)
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) >= (4, 5)
    assert notebook.metadata.kernelspec == {
        "name": "python3",
        "display_name": "Python 3",
        "language": "python",
    }


@each
def test_a_notebook_is_committed_without_outputs(name: str) -> None:
    code = [cell for cell in read_notebook(name).cells if cell.cell_type == "code"]
    assert [cell.id for cell in code if cell.outputs or cell.execution_count is not None] == []
    assert {key for cell in code for key in cell.metadata} == {"tags"}


@each
def test_a_notebook_is_a_dozen_short_cells_without_definitions(name: str) -> None:
    code = code_of(name)
    assert len(code) <= 13
    assert max(len(source.splitlines()) for source in code) <= 4
    trees = [node for source in code for node in ast.walk(ast.parse(source))]
    assert {
        type(node).__name__ for node in trees if isinstance(node, (ast.stmt, ast.comprehension, ast.Lambda))
    } == {"Assign", "Expr", "ImportFrom"}
    assert [node.module for node in trees if isinstance(node, ast.ImportFrom)] == ["rotation_analysis"]


@each
def test_a_notebook_opens_its_own_report_and_frames_it(name: str) -> None:
    _, opening, *parts = code_of(name)
    assert opening.splitlines()[-1].startswith(f'report = open_report("{name}", ')
    report = find_report(name)
    shown = ["report.top", *(f'report["{section.name}"]' for section in report.sections)]
    assert parts == [*shown, *(["report.closing"] if report.lists_open or report.closing else [])]


@each
def test_the_parameters_cell_has_defaults_that_exist(name: str) -> None:
    tagged = [cell for cell in read_notebook(name).cells if cell.metadata.get("tags") == ["parameters"]]
    assert [cell.source for cell in tagged] == code_of(name)[:1]
    defaults = {word: parameter.default for word, parameter in read_parameters(path_of(name)).items()}
    if name in COMPARING:
        assert list(defaults) == ["programme", "language", "publication", "previous"]
        assert defaults["previous"] == ""
    else:
        about = {"cohort": "cohort", "person": "person", "graduate": "person"}.get(REPORTS[name].about)
        known = read_programme(Path(str(defaults["programme"])))
        assert list(defaults) == ["programme", *([about] if about else []), "language", "publication"]
        if about:
            assert defaults[about] in {"cohort": known.cohorts, "person": known.participants}[about]
    assert defaults["language"] in list_languages()
    assert defaults["publication"] == ""


def test_the_tutorial_keeps_text_outputs_that_nbval_compares() -> None:
    code = [cell for cell in read_notebook("tutorial").cells if cell.cell_type == "code"]
    assert 8 <= len(code) <= 14
    compared = [cell for cell in code if cell.outputs]
    assert len(compared) >= len(code) - 1  # the picture alone keeps none
    for cell in compared:
        assert cell.metadata["tags"] == ["nbval-check-output"]
        assert [(output.output_type, output.name) for output in cell.outputs] == [("stream", "stdout")]
        assert len(cell.outputs[0].text.splitlines()) <= 16
    nodes = [node for cell in code for node in ast.walk(ast.parse(cell.source))]
    imported = [node.module for node in nodes if isinstance(node, ast.ImportFrom)]
    imported += [each.name for node in nodes if isinstance(node, ast.Import) for each in node.names]
    assert imported == ["rotation_analysis"]


def test_the_tutorial_prints_nothing_of_any_person() -> None:
    printed = "".join(
        output.text for cell in read_notebook("tutorial").cells for output in cell.get("outputs", ())
    )
    programme = read_programme(ROOT / "data" / "sample")
    people = [text for person in programme.people for text in (person.id, person.name, person.mail) if text]
    assert len(people) > 30
    assert [text for text in people if re.search(rf"(?<!\w){re.escape(text)}(?!\w)", printed)] == []


# --- as run -----------------------------------------------------------------------------------------------


def test_papermill_runs_a_notebook_from_the_exports_on(tmp_path: Path) -> None:
    made = tmp_path / "made.ipynb"
    run = run_papermill("workload", made, *WORDS, "-p", "cohort", "3")  # which arrives as a number
    assert run.returncode == 0, run.stderr
    assert headings_of(json.loads(made.read_text(encoding="utf-8"))) == ["仕事と負荷"]


def test_a_wrong_cohort_is_one_paragraph_in_the_notebook_and_on_the_terminal(tmp_path: Path) -> None:
    made = tmp_path / "made.ipynb"
    run = run_papermill("workload", made, *WORDS, "-p", "cohort", "7")
    told = "error: cohort '7' does not exist; this programme has 3, 4"
    assert run.returncode == 1
    assert run.stderr.rstrip().endswith(f'Exception encountered at "In [3]":\n{told}')
    cells = json.loads(made.read_text(encoding="utf-8"))["cells"]
    outputs = [output for cell in cells for output in cell.get("outputs", ())]
    assert [(output["ename"], output["traceback"]) for output in outputs] == [("UsageError", [told])]


@pytest.mark.usefixtures("read_before")
@pytest.mark.parametrize(
    ("name", "language", "heading"),
    [("skill_growth", "ja", "スキルの伸び"), ("team_impact", "en", "Team impact")],
    ids=["skill_growth", "team_impact"],
)
def test_a_notebook_runs_alone_in_the_asked_language(name: str, language: str, heading: str) -> None:
    ran = run_notebook(path_of(name), {"programme": str(TINY), "cohort": "3", "language": language})
    assert (headings_of(ran.notebook), ran.failed) == ([heading], ())


def previous_of(as_of: str, folder: Path) -> dict[str, str]:
    """Parameters of the programme's notebook that compares with a report of that day."""
    earlier = replace(read_tiny().open_edition(Edition(audience="owner")), as_of=as_of)
    (folder / "results.json").write_text(earlier.to_json(), encoding="utf-8")
    return {"programme": str(TINY), "language": "en", "previous": str(folder / "results.json")}


@pytest.mark.usefixtures("read_before")
def test_the_programmes_notebook_compares_with_an_earlier_report(tmp_path: Path) -> None:
    ran = run_notebook(path_of("programme"), previous_of("2023-07-02", tmp_path))
    assert (headings_of(ran.notebook), ran.failed) == (["Programme report"], ())
    assert "2023-07-02" in shown(ran.notebook)


@pytest.mark.usefixtures("read_before")
def test_a_report_that_is_no_earlier_one_is_one_sentence(tmp_path: Path) -> None:
    told = "the previous report holds data until 2025-03-31, later than 2023-08-06: give an earlier one"
    ran = run_notebook(path_of("programme"), previous_of("2025-03-31", tmp_path))
    (cell, failure), *_ = ran.failed
    assert failure.error.startswith(f"UserError: {told}")
    assert {output.traceback[0] for output in cell.outputs} == {f"error: {failure.error[11:]}"}
