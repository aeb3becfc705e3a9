"""The lines of ARCHITECTURE.md hold: who may import whom, who feeds the view, who opens files."""

from __future__ import annotations

import ast
import re
from collections import Counter
from configparser import ConfigParser
from pathlib import Path

import pytest

import rotation_analysis

PACKAGE = Path(rotation_analysis.__file__).parent
ROOT = PACKAGE.parent
MODULES = sorted(path.stem for path in PACKAGE.glob("*.py") if path.stem != "__init__")
PAGES = sorted(path.stem for path in (PACKAGE / "reports").glob("*.py"))
VIEW = {"decisions", "errors", "markdown", "programme", "publications", "retrospective", "since", "texts"}
"""What a page may take from the package besides its kit: a publication, words, and nothing that measures."""
FROM_THE_GATE = {"Publication", "DECIMALS", "list_rows"}
MEASURING = (
    "skills",
    "chances",
    "chance_records",
    "workload",
    "cuts",
    "request_titles",
    "request_mix",
    "review_quality",
    "waiting",
    "team_dependence",
    "incident_paths",
    "incident_records",
    "improvements",
    "monitoring_coverage",
    "impact",
    "sensitivity",
    "comparisons",
    "team_outcomes",
    "team_counts",
    "destinations",
    "rounds",
    "break_even",
    "hosting",
    "home_cover",
    "home_survey",
    "self_solving",
    "session_records",
    "threats",
    "timeline",
    "operating",
    "costs",
    "spread",
    "afterwards",
    "team_differences",
    "pooling",
    "survival",
    "association",
    "clock",
    "exposure",
    "time_shares",
    "strain",
    "interruptions",
    "one_to_ones",
    "estimates",
    "verdicts",
    "cohort",
    "growth",
    "lineage",
    "voices",
    "ratings",
    "releases",
    "differencing",
    "spans",
    "reconstruction",
    "answer_spaces",
)
READS = (
    r"open|read_(bytes|text|csv|excel|json|table|fwf|parquet|pickle|html|xml)|from_(filelike|path)|loadtxt"
)
WRITES = r"write_(text|bytes)|mkdir|touch|symlink_to|to_(csv|excel|parquet|pickle)|savetxt|write_html"
READERS = {
    "decoding": {"open"},  # what people write and export …
    "running": {"open"},
    "workbooks": {"from_filelike", "open"},  # … and the workbooks among them, part by part
    "declarations": {"read_bytes"},  # TOML
    "notebook_files": {"read_bytes"},  # our notebooks
    "publications": {"read_text"},  # a finished publication
    "pages": {"read_text"},  # our templates
    "printing": {"read_text"},  # a finished page, to be told its figures
    "form_scripts": {"read_text"},
    "starter": {"read_text"},
    "audit_files": {"read_bytes"},  # what the manifest of a finished folder names
    "audit_schema": {"read_text"},  # docs/measures.md
    "cluster": {"read_text"},  # publications, on their way to workers
    "index": {"open"},  # no file: a report on a publication
    "folders": {"open", "read_text"},  # what a build wrote
}


def tree_of(module: str) -> ast.Module:
    return ast.parse((PACKAGE / f"{module}.py").read_text(encoding="utf-8"))


def imports_of(module: str) -> set[tuple[str, str]]:
    """(module, name) of everything imported, at the top or later; modules of the package without a prefix."""
    found: set[tuple[str, str]] = set()
    for node in ast.walk(tree_of(module)):
        if isinstance(node, ast.Import):
            found |= {(alias.name, "") for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            source = (node.module or "").removeprefix("rotation_analysis").removeprefix(".")
            found |= {(source or alias.name, alias.name if source else "") for alias in node.names}
    return found


def calls_of(module: str, pattern: str) -> set[str]:
    """Methods called, and the built-in `open`, whose name fits the pattern."""
    functions = [node.func for node in ast.walk(tree_of(module)) if isinstance(node, ast.Call)]
    names = {function.attr for function in functions if isinstance(function, ast.Attribute)}
    names |= {f.id for f in functions if isinstance(f, ast.Name) and f.id == "open"}
    return {name for name in names if re.fullmatch(pattern, name)}


def test_every_module_stands_in_exactly_one_line() -> None:
    config = ConfigParser()
    config.read(ROOT / ".importlinter", encoding="utf-8")
    lines = config["importlinter:contract:lines"]
    assert lines.getboolean("exhaustive")
    assert Counter(re.findall(r"\w+", lines["layers"])) == Counter([*MODULES, "reports"])


def test_modules_import_only_from_lines_below_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

    monkeypatch.chdir(ROOT)
    assert lint_imports(config_filename=".importlinter", no_cache=True) == EXIT_STATUS_SUCCESS


def test_modules_are_imported_by_name_only_where_nothing_else_will_do() -> None:
    importing = {
        module for module in (*MODULES, "__init__") if ("importlib", "import_module") in imports_of(module)
    }
    assert importing == {"__init__", "warm"}, "import-linter cannot see such imports"


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_fed_by_the_gate_alone(page: str) -> None:
    taken = {
        (node.module or "", alias.name)
        for node in ast.walk(ast.parse((PACKAGE / "reports" / f"{page}.py").read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.level == 2
        for alias in node.names
    }
    assert {source for source, _ in taken} <= VIEW
    assert {name for source, name in taken if source == "publications"} <= FROM_THE_GATE
    assert {name for source, name in taken if source == "retrospective"} <= {"open_publication"}
    assert {name for source, name in taken if source == "programme"} <= {"Audience"}


@pytest.mark.parametrize("module", MEASURING)
def test_measures_know_no_words_and_no_pictures(module: str) -> None:
    roots = {source.split(".")[0] for source, _ in imports_of(module)}
    assert not roots & {"texts", "babel", "plotly", "great_tables", "jinja2", "html"}


def test_files_are_opened_only_where_the_architecture_says() -> None:
    found = {module: calls_of(module, READS) for module in MODULES}
    assert {module: calls for module, calls in found.items() if calls} == READERS
    assert [module for module in MODULES if ("tomllib", "") in imports_of(module)] == ["declarations"]


def test_only_folders_writes() -> None:
    assert [module for module in MODULES if calls_of(module, WRITES)] == ["folders"]
