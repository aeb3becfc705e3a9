"""The notebooks: a dozen short calls, committed without outputs, run by papermill as users do."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import nbformat
import pytest
from papermill import PapermillExecutionError, execute_notebook

from rotation_analysis.build.notebooks.notebook_files import find_notebooks, read_parameters
from rotation_analysis.build.planning import COMPARING, REPORTS
from rotation_analysis.disclosure.publications import Edition
from rotation_analysis.programme.file import read_programme
from rotation_analysis.reports import find_report
from rotation_analysis.study import analyse
from rotation_analysis.texts import list_languages
from tests.publications import reports_about
from tests.samples import read_tiny

ROOT = Path(__file__).parents[1]
TINY = ROOT / "rotation_analysis" / "sample"
PAPERMILL = Path(sys.executable).with_name("papermill")
each = pytest.mark.parametrize("name", REPORTS)


def read_notebook(name: str) -> Any:
    return nbformat.read(find_notebooks() / f"{name}.ipynb", as_version=nbformat.NO_CONVERT)


def code_of(name: str) -> list[str]:
    return [cell.source for cell in read_notebook(name).cells if cell.cell_type == "code"]


def run_papermill(name: str, made: Path, **parameters: object) -> None:
    """As the public command does, in the repository's folder and with a kernel, but from this process."""
    execute_notebook(
        ROOT / "notebooks" / f"{name}.ipynb",
        made,
        parameters,
        cwd=ROOT,
        kernel_name="python3",
        progress_bar=False,
    )


def shown(made: Path) -> str:
    """All HTML that an executed notebook shows."""
    cells = json.loads(made.read_text(encoding="utf-8"))["cells"]
    outputs = [output for cell in cells for output in cell.get("outputs", ())]
    return "".join("".join(output.get("data", {}).get("text/html", ())) for output in outputs)


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
    assert parts == [*shown, *(["report.closing"] if report.unsaid or report.closing else [])]


@each
def test_the_parameters_cell_has_defaults_that_exist(name: str) -> None:
    tagged = [cell for cell in read_notebook(name).cells if cell.metadata.get("tags") == ["parameters"]]
    assert [cell.source for cell in tagged] == code_of(name)[:1]
    defaults = {
        word: parameter.default
        for word, parameter in read_parameters(find_notebooks() / f"{name}.ipynb").items()
    }
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


@pytest.mark.parametrize(
    ("name", "language", "heading"),
    [
        ("skill_growth", "ja", "スキルの伸び"),
        ("workload", "ja", "仕事と負荷"),
        ("team_impact", "en", "Team impact"),
    ],
    ids=reports_about("cohort"),
)
def test_papermill_runs_a_notebook_alone_in_the_asked_language(
    tmp_path: Path, name: str, language: str, heading: str
) -> None:
    made = tmp_path / "made.ipynb"
    run_papermill(name, made, programme=str(TINY), cohort=3, language=language)  # as -p makes it of a label
    html = shown(made)
    assert re.findall(r"<h1>(.*?)</h1>", html) == [heading]


def test_papermill_runs_the_programmes_notebook_and_compares_with_an_earlier_report(tmp_path: Path) -> None:
    earlier = analyse(read_programme(TINY, as_of=date(2023, 7, 2)))
    previous = tmp_path / "results.json"
    previous.write_text(earlier.open_edition(Edition(audience="owner")).to_json(), encoding="utf-8")
    made = tmp_path / "made.ipynb"
    run_papermill("programme", made, programme=str(TINY), language="en", previous=str(previous))
    html = shown(made)
    assert re.findall(r"<h1>(.*?)</h1>", html) == ["Programme report"]
    assert "2023-07-02" in html


def test_a_report_that_is_no_earlier_one_is_one_paragraph(tmp_path: Path) -> None:
    previous = tmp_path / "results.json"
    later = replace(read_tiny().open_edition(Edition(audience="owner")), as_of="2025-03-31")
    previous.write_text(later.to_json(), encoding="utf-8")
    with pytest.raises(PapermillExecutionError) as caught:
        run_papermill("programme", tmp_path / "made.ipynb", programme=str(TINY), previous=str(previous))
    reason = (
        "error: the previous report holds data until 2025-03-31, later than 2023-08-06: give an earlier one"
    )
    assert str(caught.value).rstrip().splitlines()[-1].startswith(reason)


def test_a_wrong_cohort_is_one_paragraph_in_the_notebook_and_on_the_terminal(tmp_path: Path) -> None:
    made = tmp_path / "made.ipynb"
    command = [PAPERMILL, "notebooks/workload.ipynb", made, "-p", "programme", TINY, "-p", "cohort", "7"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", check=False)
    told = "error: cohort '7' does not exist; this programme has 3, 4"
    assert run.returncode == 1
    assert run.stderr.rstrip().endswith(f'Exception encountered at "In [3]":\n{told}')
    cells = json.loads(made.read_text(encoding="utf-8"))["cells"]
    outputs = [output for cell in cells for output in cell.get("outputs", ())]
    assert [(output["ename"], output["traceback"]) for output in outputs] == [("UsageError", [told])]
