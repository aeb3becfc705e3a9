"""The rooms of ARCHITECTURE.md hold: who may import whom, who feeds the view, who opens files."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import rotation_analysis

PACKAGE = Path(rotation_analysis.__file__).parent
ROOT = PACKAGE.parent
MODULES = {".".join(p.relative_to(PACKAGE).with_suffix("").parts): p for p in sorted(PACKAGE.rglob("*.py"))}
PAGES = [name for name in MODULES if name.startswith("reports.")]
VIEW = {"disclosure.publications", "errors", "markdown", "texts"}
"""What a page may take from the package besides its kit: a publication, words, and nothing that measures."""
FROM_THE_GATE = {"Publication", "DECIMALS", "list_rows"}
MEASURING = [name for name in MODULES if re.match(r"(cohorts|statistics|measures|disclosure)\.", name)]
MOST_MODULES = 14
READS = (
    r"open|read_(bytes|text|csv|excel|json|table|fwf|parquet|pickle|html|xml)|from_(filelike|path)|loadtxt"
)
WRITES = r"write_(text|bytes)|mkdir|touch|symlink_to|to_(csv|excel|parquet|pickle)|savetxt|write_html"
READERS = {
    "files.decoding": {"open"},  # what people write and export …
    "files.workbooks": {"from_filelike", "open"},  # … and the workbooks among them, part by part
    "files.declarations": {"read_bytes"},  # TOML
    "disclosure.publications": {"read_text"},  # a finished publication
    "build.notebooks.running": {"open"},
    "build.notebooks.notebook_files": {"read_bytes"},  # our notebooks
    "build.pages": {"read_text"},  # our templates
    "build.pdf": {"read_text"},  # a finished page, to be told its figures
    "build.audit.files": {"read_bytes"},  # what the manifest of a finished folder names
    "build.audit.schema": {"read_text"},  # docs/measures.md
    "build.cluster": {"read_text"},  # publications, on their way to workers
    "build.assembly": {"open"},  # no file: a report on a publication
    "build.folder": {"open", "read_text"},  # what a build wrote
    "starter.forms": {"read_text"},
    "study": {"open"},  # no file either
    "starter.init": {"read_text"},
}


def tree_of(module: str) -> ast.Module:
    return ast.parse(MODULES[module].read_text(encoding="utf-8"))


def imports_of(module: str) -> set[tuple[str, str]]:
    """(module, name) of everything imported, at the top or later; modules of the package without a prefix."""
    path, found = MODULES[module], set()
    for node in ast.walk(tree_of(module)):
        if isinstance(node, ast.Import):
            found |= {(alias.name, "") for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            source = (node.module or "").removeprefix("rotation_analysis").removeprefix(".")
            if node.level:
                room = path.relative_to(PACKAGE).parent.parts
                source = ".".join((*room[: len(room) - node.level + 1], *filter(None, [source])))
            found |= {(source, alias.name) for alias in node.names}
    return found


def calls_of(module: str, pattern: str) -> set[str]:
    """Methods called, and the built-in `open`, whose name fits the pattern."""
    functions = [node.func for node in ast.walk(tree_of(module)) if isinstance(node, ast.Call)]
    names = {function.attr for function in functions if isinstance(function, ast.Attribute)}
    names |= {f.id for f in functions if isinstance(f, ast.Name) and f.id == "open"}
    return {name for name in names if re.fullmatch(pattern, name)}


def test_rooms_import_only_from_rooms_below_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

    monkeypatch.chdir(ROOT)
    assert lint_imports(config_filename=".importlinter", no_cache=True) == EXIT_STATUS_SUCCESS


def test_a_room_is_small_and_says_what_it_is_for() -> None:
    for front in sorted(PACKAGE.rglob("*/__init__.py")):
        inside = [path for path in front.parent.glob("*.py") if path != front]
        assert len(inside) <= MOST_MODULES, front.parent.name
        assert len((ast.get_docstring(ast.parse(front.read_text(encoding="utf-8"))) or "").split()) > 20, (
            front
        )


def test_modules_are_imported_by_name_only_where_nothing_else_will_do() -> None:
    importing = {module for module in MODULES if ("importlib", "import_module") in imports_of(module)}
    assert importing == {"__init__", "reports.__init__", "build.notebooks.warm"}, (
        "import-linter cannot see such imports"
    )


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_fed_by_the_gate_alone(page: str) -> None:
    ours = set(MODULES) | {name.removesuffix(".__init__") for name in MODULES}
    taken = {(source, name) for source, name in imports_of(page) if source in ours}
    taken = {(source, name) for source, name in taken if source.split(".")[0] != "reports"}
    assert {source for source, _ in taken} <= VIEW | (
        {"statistics.verdicts"} if page == "reports.changes_since" else set()
    )
    if page not in ("reports.changes_since", "reports.decisions"):
        assert {n for source, n in taken if source == "disclosure.publications"} <= FROM_THE_GATE


@pytest.mark.parametrize("module", MEASURING)
def test_measures_know_no_words_and_no_pictures(module: str) -> None:
    roots = {source.split(".")[0] for source, _ in imports_of(module)}
    assert not roots & {"texts", "babel", "plotly", "great_tables", "jinja2", "html"}


def test_files_are_opened_only_where_the_architecture_says() -> None:
    found = {module: calls_of(module, READS) for module in MODULES}
    assert {module: calls for module, calls in found.items() if calls} == READERS
    assert [m for m in MODULES if ("tomllib", "") in imports_of(m)] == ["files.declarations"]


def test_only_folder_writes() -> None:
    assert [module for module in MODULES if calls_of(module, WRITES)] == ["build.folder"]


@pytest.mark.parametrize(
    ("module", "heavy"),
    [
        ("rotation_analysis.build.report", {"scipy", "plotly", "nbformat", "IPython"}),  # nothing has changed
        ("rotation_analysis.cli", {"pandas", "scipy", "plotly", "pydantic"}),  # --help
    ],
)
def test_what_ends_at_once_imports_nothing_heavy(module: str, heavy: set[str]) -> None:
    asked = f"import sys, {module}; print(*sys.modules)"
    told = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert module in told.stdout.split()
    assert heavy & set(told.stdout.split()) == set()
