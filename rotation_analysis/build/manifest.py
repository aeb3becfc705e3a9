"""What a report folder says of itself: one manifest over everything, one in each audience's own folder."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

from ..disclosure.facts import hash_plan
from ..disclosure.publications import AUDIENCE_FOLDERS
from ..disclosure.releases import list_release_files
from ..programme.model import Programme
from ..reading.exports import list_files, name_file
from .folder import MANIFEST, hash_file, write_text
from .planning import REPORTS, ReportSpec

ACCOUNT = "owner/account.json"
SOURCES = (".py", ".toml", ".css", ".html", ".js")
NOT_LIBRARY = ("notebooks", "sample")
MADE_WITH = (
    *("holidays", "pydantic", "python-calamine", "tzdata"),  # what is read, and how
    *("numpy", "pandas", "scipy", "statsmodels"),
    *("babel", "jinja2", "plotly"),
)
"""What other packages' versions can change a page."""
ONLY_IN_ROOT = ("made_of", "files")
"""What only the manifest over everything tells of a report: what it was made of, which files are its own."""


def write_json(path: Path, content: object) -> None:
    """JSON for people and scripts alike: readable, the same bytes for the same content."""
    write_text(path, json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False) + "\n")


def hash_inputs(programme: Programme) -> dict[str, str]:
    """SHA-256 of every file the reports depend on, by path relative to the programme; none has been read.

    What is no file has none: reading refuses it.
    """
    declared = {file.file: file.sha256 for file in programme.read_from}
    found = {name_file(programme, path): path for _, path in list_files(programme)}
    own = {name_file(programme, path): path for path in sorted(programme.folder.glob("profiles/*.toml"))}
    exports = {name: hash_file(path) for name, path in {**found, **own}.items() if path.is_file()}
    return dict(sorted({**declared, **exports, **list_release_files(programme.folder)}.items()))


@cache
def hash_library() -> str:
    """SHA-256 over the library's own files and the versions of what it reads, counts and draws with.

    Of Python the minor version counts: each has its own table of characters, and 3.12 began to add floats
    otherwise.
    """
    root = Path(str(files("rotation_analysis")))
    digest = sha256()
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root)
        if path.suffix in SOURCES and name.parts[0] not in NOT_LIBRARY:
            digest.update(f"{name.as_posix()} {hash_file(path)}\n".encode())
    digest.update(f"python {'.'.join(map(str, sys.version_info[:2]))}\n".encode())
    for package in MADE_WITH:
        digest.update(f"{package} {version(package)}\n".encode())
    return digest.hexdigest()


def describe_state(programme: Programme) -> dict[str, Any]:
    """What all reports of one folder have in common, as the manifest tells it; no export has been read."""
    return {
        "version": retrospective_version(),
        "library": hash_library(),
        "programme": programme.read_from[0].sha256,
        "as_of": programme.as_of.isoformat(),
        "plan": hash_plan(programme),
        "inputs": hash_inputs(programme),
        "notebooks": hash_notebooks(),
    }


def hash_notebooks() -> dict[str, str]:
    """SHA-256 of every notebook that becomes a report, by its name."""
    return {f"{name}.ipynb": hash_file(ReportSpec(notebook=name, language="").file) for name in REPORTS}


def sort_reports(reports: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """By audience, cohort or person, notebook and language, whichever build made the report."""
    notebooks, audiences = list(REPORTS), list(AUDIENCE_FOLDERS)

    def place(report: Mapping[str, Any]) -> tuple[int, str, int, str]:
        parameters, notebook = report["parameters"], report["notebook"]
        about = parameters.get("cohort") or parameters.get("person") or ""
        audience = audiences.index(REPORTS[notebook].audience)
        return audience, about, notebooks.index(notebook), parameters["language"]

    return sorted(reports, key=place)


def write_manifests(
    folder: Path,
    state: Mapping[str, Any],
    reports: Sequence[Mapping[str, Any]],
    missing: Sequence[Mapping[str, str]],
) -> dict[str, str]:
    """One manifest in each audience's folder over what lies in it, then one over everything: its outputs.

    Only the owner's tell what the reports were made of: the bytes of the others' folders depend on nothing
    but what is in them.
    """
    outputs: dict[str, str] = {}
    for root in (*list_audience_folders(folder), folder):
        own = state if root in (folder, folder / AUDIENCE_FOLDERS["owner"]) else {"version": state["version"]}
        prefix = "" if root == folder else f"{root.relative_to(folder).as_posix()}/"
        without = ONLY_IN_ROOT if prefix else ()
        outputs = {
            path.relative_to(root).as_posix(): hash_file(path)
            for path in sorted(root.rglob("*"))
            if path.is_file() and path != root / MANIFEST
        }
        content = {
            **own,
            "reports": _list_below(prefix, reports, "path", without),
            "missing": _list_below(prefix, missing, "report"),
            "outputs": outputs,
        }
        write_json(root / MANIFEST, content)
    return outputs


def _list_below(
    prefix: str, entries: Sequence[Mapping[str, Any]], key: str, without: Sequence[str] = ()
) -> list[dict[str, Any]]:
    """The entries of what lies below a folder, with paths from there."""
    return [
        {name: value for name, value in entry.items() if name not in without}
        | {key: entry[key].removeprefix(prefix)}
        for entry in entries
        if entry[key].startswith(prefix)
    ]


def list_audience_folders(folder: Path) -> list[Path]:
    """Every folder that is handed to somebody alone: owner, graduates/p03, home-managers/p03, leadership."""
    whole = [folder / AUDIENCE_FOLDERS[audience] for audience in ("owner", "leadership")]
    persons = [
        path
        for audience in ("graduate", "home_manager")
        for path in sorted((folder / AUDIENCE_FOLDERS[audience]).glob("*"))
    ]
    return [path for path in (*whole, *persons) if path.is_dir()]


def retrospective_version() -> str:
    """The library's version, as manifest and footer name it."""
    return version("rotation-analysis")
