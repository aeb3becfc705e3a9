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
VIEW = {  # what each module of the view may import from the package
    "markdown": set(),
    "spreadsheets": set(),
    "vector": {
        "markdown",
        "vector_axes",
        "vector_bars",
        "vector_drawing",
        "vector_elements",
        "vector_frames",
        "vector_marks",
    },
    "vector_frames": {"vector_axes", "vector_drawing", "vector_elements", "vector_marks", "vector_ticks"},
    "vector_marks": {"vector_axes", "vector_drawing", "vector_elements"},
    "vector_bars": {"vector_axes", "vector_drawing", "vector_elements"},
    "vector_drawing": {"vector_axes", "vector_elements"},
    "vector_ticks": {"vector_axes", "vector_elements"},
    "vector_axes": set(),
    "vector_elements": {"markdown"},
    "figures": {"publications", "texts"},
    "narrative": {"publications", "texts"},
    "parts": {"programme", "publications", "texts", "narrative", "retrospective", "since"},
    "prompts": {"parts", "words"},
    "replies": {"narrative", "parts"},
    "word_parts": {"parts", "prompts"},
    "letter_sections": {"host_cells", "narrative", "parts", "prompts", "replies"},
    "since": {"publications", "errors"},
    "frame": {
        "account_narrative",
        "figures",
        "narrative",
        "parts",
        "programme_narrative",
        "replies",
        "request_narrative",
        "skill_narrative",
        "word_parts",
    },
    "account_narrative": {"decisions", "publications", "narrative", "texts"},
    "load_figures": {"publications", "figures", "texts"},
    "load_narrative": {"publications", "narrative", "texts"},
    "load_sections": {"load_figures", "load_narrative", "narrative", "parts", "replies"},
    "impact_figures": {"publications", "figures", "texts"},
    "impact_narrative": {"publications", "impact_figures", "narrative", "texts"},
    "impact_parts": {
        "host_cells",
        "impact_figures",
        "impact_narrative",
        "narrative",
        "parts",
        "share_parts",
    },
    "impact_checks": {
        "host_cells",
        "impact_figures",
        "impact_narrative",
        "impact_parts",
        "narrative",
        "parts",
    },
    "impact_sections": {"impact_checks", "impact_parts", "parts", "share_parts"},
    "share_parts": {"figures", "narrative", "parts"},
    "request_figures": {"publications", "figures", "texts"},
    "request_narrative": {"publications", "narrative", "texts"},
    "request_sections": {
        "figures",
        "narrative",
        "parts",
        "replies",
        "request_figures",
        "request_narrative",
        "share_parts",
    },
    "incident_figures": {"publications", "figures", "texts"},
    "incident_sections": {"incident_figures", "narrative", "parts", "publications", "replies"},
    "skill_sections": {"narrative", "parts", "replies", "skill_figures", "skill_narrative"},
    "improvement_sections": {"narrative", "parts", "replies"},
    "after_sections": {"narrative", "parts", "replies", "word_parts"},
    "host_figures": {"publications", "figures", "texts"},
    "host_cells": {"narrative", "parts"},
    "host_parts": {"host_cells", "host_figures", "narrative", "parts"},
    "home_parts": {"host_cells", "parts"},
    "cost_parts": {"host_cells", "narrative", "parts"},
    "host_sections": {"cost_parts", "home_parts", "host_parts", "parts"},
    "chance_sections": {"narrative", "parts", "replies"},
    "pack_records": {"publications", "narrative", "texts"},
    "graduate_figures": {"publications", "figures", "load_figures", "pack_records", "skill_figures", "texts"},
    "graduate_narrative": {"publications", "narrative", "pack_records", "texts"},
    "pack_candidates": {"publications", "pack_records", "texts"},
    "pack_parts": {"markdown", "pack_records", "parts", "prompts", "replies"},
    "pack_work": {"graduate_figures", "graduate_narrative", "pack_parts", "pack_records", "parts"},
    "graduate_sections": {
        "graduate_figures",
        "graduate_narrative",
        "narrative",
        "pack_candidates",
        "pack_parts",
        "pack_records",
        "pack_work",
        "parts",
        "prompts",
    },
    "decisions": {"publications"},
    "decision_sections": {"decisions", "host_cells", "narrative", "parts", "programme_narrative"},
    "programme_figures": {"publications", "figures", "texts"},
    "programme_narrative": {"decisions", "publications", "narrative", "since", "texts"},
    "programme_parts": {"host_cells", "narrative", "parts", "programme_figures", "skill_narrative"},
    "programme_balance": {"host_cells", "impact_narrative", "narrative", "parts"},
    "programme_history": {"narrative", "parts", "since"},
    "leadership_figures": {"figures", "impact_figures", "programme_figures", "publications", "texts"},
    "leadership_narrative": {"decisions", "impact_narrative", "narrative", "publications", "texts"},
    "leadership_sections": {
        "decision_sections",
        "leadership_figures",
        "leadership_narrative",
        "narrative",
        "parts",
        "prompts",
    },
    "programme_sections": {
        "decision_sections",
        "host_parts",
        "impact_parts",
        "parts",
        "programme_balance",
        "programme_history",
        "programme_parts",
    },
}
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
    "trends",
    "operating",
    "costs",
    "spread",
    "afterwards",
    "team_differences",
    "pooling",
    "survival",
    "segments",
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
    "workbooks": {"from_filelike", "open"},  # … and the workbooks among them, part by part
    "declarations": {"read_bytes"},  # TOML
    "notebook_files": {"read_bytes"},  # our notebooks
    "publications": {"read_text"},  # a finished publication
    "pages": {"read_text"},  # our templates
    "form_scripts": {"read_text"},
    "starter": {"read_text"},
    "audit_files": {"read_bytes", "read_text"},  # a finished folder, every byte of it
    "cluster": {"read_text"},  # publications, on their way to workers
    "copies": {"read_bytes"},  # … and once more, on its way to a store
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
    assert Counter(re.findall(r"\w+", lines["layers"])) == Counter(MODULES)


def test_modules_import_only_from_lines_below_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

    monkeypatch.chdir(ROOT)
    assert lint_imports(config_filename=".importlinter", no_cache=True) == EXIT_STATUS_SUCCESS


def test_modules_are_imported_by_name_only_where_nothing_else_will_do() -> None:
    importing = {
        module for module in (*MODULES, "__init__") if ("importlib", "import_module") in imports_of(module)
    }
    assert importing == {"__init__", "zygote"}, "import-linter cannot see such imports"


@pytest.mark.parametrize("module", VIEW)
def test_the_view_is_fed_by_the_gate_alone(module: str) -> None:
    ours = {(source, name) for source, name in imports_of(module) if source in MODULES}
    assert {source for source, _ in ours} <= VIEW[module]
    assert {name for source, name in ours if source == "publications"} <= FROM_THE_GATE
    assert {name for source, name in ours if source == "retrospective"} <= {"open_publication"}


@pytest.mark.parametrize("module", ["figures", "narrative"])
def test_pictures_and_sentences_take_no_measures_and_no_tables(module: str) -> None:
    taken = {
        ast.unparse(argument.annotation)
        for function in tree_of(module).body
        if isinstance(function, ast.FunctionDef) and not function.name.startswith("_")
        for argument in (*function.args.args, *function.args.kwonlyargs)
        if argument.annotation is not None
    }
    assert "Publication" in taken
    assert not [kind for kind in taken if re.search(r"Measure|Cohorts|Retrospective|Programme", kind)]


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
