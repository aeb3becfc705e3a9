"""What need not be built again: a report is kept where all that it is made of is as it was, by hash.

A folder is believed only as far as its bytes are what its manifest says.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

from ..errors import UserError, name_first
from .folder import MANIFEST, hash_file, read_manifest
from .planning import COMPARING, BuildRequest, ReportSpec

BY_FILE = ("inputs", "notebooks")
"""What of a state is told file by file."""


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
        return frozenset(
            name for name in self.there & outputs.keys() if _hash_regular(self.folder / name) == outputs[name]
        )

    @cached_property
    def is_whole(self) -> bool:
        """Whether the folder holds what its manifest says, byte by byte, and nothing else."""
        return self.there == self.intact == self.manifest["outputs"].keys()

    @property
    def reports(self) -> dict[str, Mapping[str, Any]]:
        """What the manifest says of each report, by its path."""
        return {report["path"]: report for report in self.manifest["reports"]}


def _hash_regular(path: Path) -> str | None:
    """None of what is no file of its own: nobody knows what a link leads to tomorrow, or a pipe at all."""
    return hash_file(path) if path.is_file() and not path.is_symlink() else None


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
    if not (listed and all(_are_hashes(manifest.get(of)) for of in (*BY_FILE, "outputs"))):
        raise UserError(f"{out} holds no reports by its {MANIFEST}: name another folder with --out")
    return Build(folder=out, manifest=manifest)


def _are_entries(found: object, *keys: str) -> bool:
    return isinstance(found, list) and all(
        isinstance(each, dict) and each.keys() >= set(keys) for each in found
    )


def _are_hashes(found: object) -> bool:
    return isinstance(found, dict) and all(isinstance(digest, str) for digest in found.values())


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
