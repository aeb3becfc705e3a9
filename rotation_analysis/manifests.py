"""What a report folder says of itself: one manifest over everything, one in each audience's own folder."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from .facts import hash_plan
from .folders import hash_file, read_manifest, write_text
from .planning import COMPARING, REPORTS, ReportSpec
from .publications import AUDIENCE_FOLDERS
from .releases import list_release_files
from .retrospective import Retrospective

MANIFEST = "manifest.json"
Missing = Sequence[tuple[ReportSpec, str]]


def write_json(path: Path, content: object) -> None:
    """JSON for people and scripts alike: readable, the same bytes for the same content."""
    write_text(path, json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False) + "\n")


def hash_inputs(retrospective: Retrospective) -> dict[str, str]:
    """SHA-256 of every file the reports depend on, by path relative to the programme."""
    programme = {file.file: file.sha256 for file in retrospective.programme.read_from}
    exports = {file.path: file.sha256 for file in retrospective.cohorts.account.files}
    releases = list_release_files(retrospective.programme.folder)
    return dict(sorted({**programme, **exports, **releases}.items()))


def describe_state(retrospective: Retrospective) -> dict[str, Any]:
    """What all reports of one folder have in common, as the manifest tells it."""
    return {
        "version": retrospective_version(),
        "programme": retrospective.programme.read_from[0].sha256,
        "as_of": retrospective.programme.as_of.isoformat(),
        "plan": hash_plan(retrospective.programme),
        "inputs": hash_inputs(retrospective),
        "notebooks": {
            f"{name}.ipynb": hash_file(ReportSpec(notebook=name, language="").file) for name in REPORTS
        },
    }


def list_reports(
    folder: Path, built: Iterable[ReportSpec], *, previous: Path | None = None
) -> list[dict[str, Any]]:
    """All reports in the folder, the programme's first: just built, or kept from a build of the same inputs.

    A report that compares names the SHA-256 of what it was compared with.
    """
    kept = read_manifest(folder) or {"reports": []}
    known = {report["path"]: report for report in kept["reports"] if (folder / report["path"]).is_file()}
    compared = {"previous": hash_file(previous)} if previous else {}
    for spec in built:
        others = compared if spec.notebook in COMPARING else {}
        known[spec.path] = {
            "path": spec.path,
            "notebook": spec.notebook,
            "parameters": {**spec.parameters, **others},
        }
    return sorted(known.values(), key=_order_of)


def _order_of(report: Mapping[str, Any]) -> tuple[int, str, int, str]:
    """By audience, cohort or person, notebook and language, whichever build made the report."""
    parameters = report["parameters"]
    notebooks, audiences = list(REPORTS), list(AUDIENCE_FOLDERS)
    about = parameters.get("cohort") or parameters.get("person") or ""
    audience = audiences.index(REPORTS[report["notebook"]].audience)
    return audience, about, notebooks.index(report["notebook"]), parameters["language"]


def write_manifests(
    folder: Path, retrospective: Retrospective, reports: Sequence[Mapping[str, Any]], missing: Missing
) -> None:
    """One manifest in each audience's folder over what lies in it, then one over everything.

    Only the owner's tell what the reports were made of: the bytes of the others' folders depend on nothing
    but what is in them.
    """
    there = {report["path"] for report in reports}  # a report that failed may be kept from an earlier build
    gaps = [{"report": spec.path, "reason": reason} for spec, reason in missing if spec.path not in there]
    state = describe_state(retrospective)
    for root in (*list_audience_folders(folder), folder):
        own = state if root in (folder, folder / AUDIENCE_FOLDERS["owner"]) else {"version": state["version"]}
        prefix = "" if root == folder else f"{root.relative_to(folder).as_posix()}/"
        content = {
            **own,
            "reports": [_below(report, "path", prefix) for report in _inside(reports, "path", prefix)],
            "missing": [_below(gap, "report", prefix) for gap in _inside(gaps, "report", prefix)],
            "outputs": _hash_outputs(root),
        }
        write_json(root / MANIFEST, content)


def list_audience_folders(folder: Path) -> list[Path]:
    """Every folder that is handed to somebody alone: owner, graduates/p03, home-managers/p03, leadership."""
    whole = [folder / AUDIENCE_FOLDERS[audience] for audience in ("owner", "leadership")]
    persons = [
        path
        for audience in ("graduate", "home_manager")
        for path in sorted((folder / AUDIENCE_FOLDERS[audience]).glob("*"))
    ]
    return [path for path in (*whole, *persons) if path.is_dir()]


def _inside(entries: Sequence[Mapping[str, Any]], key: str, prefix: str) -> list[Mapping[str, Any]]:
    return [entry for entry in entries if str(entry[key]).startswith(prefix)]


def _below(entry: Mapping[str, Any], key: str, prefix: str) -> dict[str, Any]:
    return {**entry, key: str(entry[key]).removeprefix(prefix)}


def _hash_outputs(root: Path) -> dict[str, str]:
    return {
        path.relative_to(root).as_posix(): hash_file(path)
        for path in sorted(root.rglob("*"))
        if path.is_file() and path != root / MANIFEST
    }


def retrospective_version() -> str:
    """The library's version, as manifest and footer name it."""
    return version("rotation-analysis")
