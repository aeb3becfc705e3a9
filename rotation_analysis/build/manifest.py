"""What a report folder says of itself, and what a later build believes of it.

One manifest over everything, one in each audience's own folder.  A report is kept where all that it is made
of is as it was, by hash, and a folder is believed only as far as its bytes are what its manifest says.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from hashlib import sha256
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

from ..disclosure.facts import hash_plan
from ..disclosure.publications import AUDIENCE_FOLDERS
from ..disclosure.releases import list_release_files
from ..errors import UserError, name_first
from ..programme.model import Programme
from ..reading.exports import list_files, name_file
from .folder import MANIFEST, hash_file, read_manifest, write_text
from .planning import COMPARING, REPORTS, BuildRequest, ReportSpec

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
BY_FILE = ("inputs", "notebooks")
"""What of a state is told file by file."""


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


# --- an earlier build -------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Build:
    """An earlier build in its place, with what its manifest says of it."""

    folder: Path
    manifest: Mapping[str, Any]

    @cached_property
    def there(self) -> frozenset[str]:
        """Whatever lies in the folder beside the manifest, also what no build leaves: links and devices."""
        return frozenset(
            path.relative_to(self.folder).as_posix()
            for path in self.folder.rglob("*")
            if path != self.folder / MANIFEST and (path.is_symlink() or not path.is_dir())
        )

    @cached_property
    def intact(self) -> frozenset[str]:
        """The files of the folder, and of no other place, that are as the manifest says."""
        outputs = self.manifest["outputs"]
        regular = (  # nobody knows what a link leads to tomorrow, or a pipe at all
            name
            for name in self.there & outputs.keys()
            if (self.folder / name).is_file() and not (self.folder / name).is_symlink()
        )
        return frozenset(name for name in regular if hash_file(self.folder / name) == outputs[name])

    @cached_property
    def is_whole(self) -> bool:
        """Whether the folder holds what its manifest says, byte by byte, and nothing else."""
        return self.there == self.intact == self.manifest["outputs"].keys()

    @property
    def reports(self) -> dict[str, Mapping[str, Any]]:
        """What the manifest says of each report, by its path."""
        return {report["path"]: report for report in self.manifest["reports"]}


def read_build(out: Path) -> Build | None:
    """The build that lies in `out`; None where there is none.

    Raises `UserError` where the manifest there is not one of reports (printed ones have another).
    """
    manifest = read_manifest(out)
    if manifest is None:
        return None
    reports, missing = manifest.get("reports"), manifest.get("missing")
    listed = _are_entries(reports, "path", "notebook", "parameters") and _are_entries(
        missing, "report", "reason"
    )
    hashes = [manifest.get(of) for of in (*BY_FILE, "outputs")]
    hashed = all(isinstance(by, dict) and all(isinstance(h, str) for h in by.values()) for by in hashes)
    if not (listed and hashed):
        raise UserError(f"{out} holds no reports by its {MANIFEST}: name another folder with --out")
    return Build(folder=out, manifest=manifest)


def _are_entries(found: object, *keys: str) -> bool:
    return isinstance(found, list) and all(
        isinstance(each, dict) and each.keys() >= set(keys) for each in found
    )


def describe_report(
    spec: ReportSpec, *, made_of: str = "", files: Sequence[str] = (), previous: str | None = None
) -> dict[str, Any]:
    """What the manifest says of a report; `previous` is the SHA-256 of what it is compared with."""
    compared = {"previous": previous} if previous and spec.notebook in COMPARING else {}
    about = {"path": spec.path, "notebook": spec.notebook, "parameters": {**spec.parameters, **compared}}
    return {**about, "made_of": made_of, "files": sorted(files)}


def hash_report(spec: ReportSpec, publication: str, state: Mapping[str, Any], *, previous: str | None) -> str:
    """SHA-256 over all that a report is made of: its publication (the text of results.json), notebook,
    parameters, library with its texts, and what it is compared with."""
    notebook = f"{spec.notebook}.ipynb"
    made_of = {
        "publication": sha256(publication.encode()).hexdigest(),
        "notebook": [notebook, state["notebooks"][notebook]],
        "library": [state["version"], state["library"]],
        "parameters": describe_report(spec, previous=previous)["parameters"],
        "beside": spec.beside,
    }
    return sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()


def is_unchanged(build: Build, order: BuildRequest) -> bool:
    """Whether building would give just what is there: the same inputs, reports and bytes, nothing missing.

    A narrowed build leaves reports that it does not make.
    """
    if any(build.manifest.get(key) != value for key, value in order.state.items()):
        return False
    wanted = {spec.path: describe_report(spec, previous=order.compared) for spec in order.specs}
    there = {path for path in build.reports if path in wanted or not order.narrowed}
    same = wanted.keys() == there and all(
        build.reports[path]["parameters"] == report["parameters"] for path, report in wanted.items()
    )
    return same and not build.manifest["missing"] and build.is_whole


def find_reusable_reports(
    build: Build | None, made_of: Mapping[ReportSpec, str]
) -> dict[ReportSpec, Mapping[str, Any]]:
    """The reports of an earlier build that are made of the same, whole, and not altered since."""
    if build is None:
        return {}
    gaps = {gap["report"] for gap in build.manifest["missing"]}
    there = build.reports
    return {
        spec: there[spec.path]
        for spec, key in made_of.items()
        if spec.path in there.keys() - gaps
        and there[spec.path].get("made_of") == key
        and build.intact.issuperset({spec.path, *there[spec.path].get("files", ())})
    }


def find_changes(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """What differs between two states (`manifests.describe_state`): files by name, else what it is called."""
    common = now.keys() - {*BY_FILE, "programme"}  # programme.toml is one of the inputs
    one, other = (
        {key: facts.get(key) for key in common}
        | {n: h for of in BY_FILE for n, h in dict(facts.get(of) or {}).items()}
        for facts in (before, now)
    )
    return sorted(name for name in {*one, *other} if one.get(name) != other.get(name))


def check_same_state(build: Build, state: Mapping[str, Any]) -> None:
    """`UserError` where a narrowed build would put two states of the data side by side, or hide a change."""
    if changed := find_changes(build.manifest, state):
        what = f"was built from another state ({name_first(changed, most=3)} changed)"
    elif not build.is_whole:
        altered = sorted(build.manifest["outputs"].keys() - build.intact) or ["a file more than it made"]
        what = f"is not as it was built ({name_first(altered, most=3)})"
    else:
        return
    raise UserError(f"{build.folder} {what}: build all reports, or name another folder with --out")
