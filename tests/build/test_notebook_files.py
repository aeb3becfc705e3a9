"""Parameters are known, and wrong ones refused, before a kernel starts."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from rotation_analysis.build.notebooks import notebook_files
from rotation_analysis.build.notebooks.notebook_files import (
    Parameter,
    check_parameters,
    find_notebooks,
    prepare_parameters,
    read_parameters,
)
from rotation_analysis.errors import FileError, UsageError, UserError

DECLARATIONS = """\
programme = "sample"  # a programme.toml, or its folder # or "sample"
cohort: str = "3"
weeks = 26
share = 0.5  # of working time
draft = False
people = [
    "p01",  # first
    "p02",
]  # ids
as_of: str | None = None
"""


def write_notebook(folder: Path, source: str, *, tags: tuple[str, ...] = ("parameters",)) -> Path:
    cells = [
        nbformat.v4.new_markdown_cell("# title", id="title"),
        nbformat.v4.new_code_cell(source, id="parameters", metadata={"tags": list(tags)}),
        nbformat.v4.new_code_cell("other = 1", id="other", metadata={"tags": list(tags)}),
    ]
    path = folder / "some.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    return path


def test_parameters_are_read_with_default_kind_and_help(tmp_path: Path) -> None:
    found = read_parameters(write_notebook(tmp_path, DECLARATIONS))
    assert list(found) == ["programme", "cohort", "weeks", "share", "draft", "people", "as_of"]
    assert found["programme"] == Parameter(
        "programme", "sample", str, 'a programme.toml, or its folder # or "sample"'
    )
    assert found["share"] == Parameter("share", 0.5, float, "of working time")
    assert found["people"] == Parameter("people", ["p01", "p02"], list, "ids")
    assert found["as_of"].default is None


def test_parameters_of_a_notebook_without_the_tag_are_none(tmp_path: Path) -> None:
    assert read_parameters(write_notebook(tmp_path, DECLARATIONS, tags=())) == {}


@pytest.mark.parametrize(
    "line", ["a = b = 5", "j, k = 1, 2", "x: int", "import os", "day = today()", "a = ("]
)
def test_a_line_that_declares_no_parameter_is_named(tmp_path: Path, line: str) -> None:
    path = write_notebook(tmp_path, f'programme = "sample"\n{line}')
    with pytest.raises(UserError, match=r"some\.ipynb, cell tagged parameters, line 2"):
        read_parameters(path)


def test_an_unknown_parameter_is_refused_with_the_nearest_name(tmp_path: Path) -> None:
    path = write_notebook(tmp_path, DECLARATIONS)
    with pytest.raises(UsageError, match=r"no parameter 'cohrot'; did you mean \"cohort\"\?"):
        check_parameters(path, {"cohrot": "3"})
    with pytest.raises(UsageError, match="it has: programme, cohort"):
        check_parameters(path, {"x=1;import os": 1})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("cohort", 3.0),
        ("cohort", True),
        ("cohort", None),
        ("cohort", ["3"]),
        ("weeks", "26"),
        ("weeks", True),
        ("weeks", 26.0),
        ("share", "half"),
        ("draft", 1),
        ("draft", "yes"),
        ("people", "p01"),
        ("people", [object()]),
        ("programme", Path("programme.toml")),
    ],
)
def test_a_wrong_type_is_refused(tmp_path: Path, name: str, value: object) -> None:
    with pytest.raises(UsageError, match=rf"some\.ipynb, parameter '{name}': expected "):
        check_parameters(write_notebook(tmp_path, DECLARATIONS), {name: value})


def test_all_findings_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        check_parameters(write_notebook(tmp_path, DECLARATIONS), {"wekes": 1, "draft": 2})
    assert "did you mean" in str(caught.value)
    assert "true or false" in str(caught.value)


def test_a_number_becomes_text_where_text_is_declared(tmp_path: Path) -> None:
    given = {"cohort": 3, "share": 1, "people": ("p07",), "as_of": "2025-03-31"}
    prepared = prepare_parameters(write_notebook(tmp_path, DECLARATIONS), given)
    assert prepared == {"cohort": "3", "share": 1.0, "people": ["p07"], "as_of": "2025-03-31"}
    assert given["cohort"] == 3


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"cells": [{"cell_type": "code"}]}', '{"cells": 3}'])
def test_a_file_that_is_no_notebook_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "broken.ipynb"
    path.write_text(content, encoding="utf-8")
    if content == '{"cells": [{"cell_type": "code"}]}':
        assert read_parameters(path) == {}
    else:
        with pytest.raises(FileError, match=r"broken\.ipynb: not_a_notebook"):
            read_parameters(path)


def test_a_missing_notebook_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="not_a_file"):
        read_parameters(tmp_path / "none.ipynb")


def test_notebooks_are_found_beside_the_package_or_inside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "rotation_analysis"
    monkeypatch.setattr(
        notebook_files, "__file__", str(package / "build" / "notebooks" / "notebook_files.py")
    )
    with pytest.raises(UserError, match="install the package again"):
        find_notebooks()
    (tmp_path / "notebooks").mkdir()
    assert find_notebooks() == (tmp_path / "notebooks").resolve()
    (package / "notebooks").mkdir(parents=True)
    assert find_notebooks() == (package / "notebooks").resolve()
