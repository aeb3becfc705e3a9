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

from .errors import UserError
from .folders import MANIFEST, hash_file, read_manifest
from .planning import COMPARING, ReportSpec

REPORT_KEYS = ("path", "notebook", "parameters")


@dataclass(frozen=True, kw_only=True)
class Build:
    """An earlier build in its place, with what its manifest says of it."""

    folder: Path
    manifest: Mapping[str, Any]

    @cached_property
    def intact(self) -> frozenset[str]:
        """The files that are there as the manifest says."""
        return frozenset(
            name
            for name, digest in self.manifest["outputs"].items()
            if (self.folder / name).is_file() and hash_file(self.folder / name) == digest
        )

    @cached_property
    def is_whole(self) -> bool:
        """Whether the folder holds what its manifest says, byte by byte, and nothing else."""
        there = {
            path.relative_to(self.folder).as_posix()
            for path in self.folder.rglob("*")
            if path.is_file() and path != self.folder / MANIFEST
        }
        return there == self.intact == self.manifest["outputs"].keys()

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
    if not (_are_entries(reports, *REPORT_KEYS) and _are_entries(missing, "report", "reason")):
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
    }
    return sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()


def is_unchanged(
    build: Build,
    state: Mapping[str, Any],
    specs: Sequence[ReportSpec],
    *,
    previous: str | None,
    others: bool,
) -> bool:
    """Whether building would give just what is there: the same inputs, reports and bytes, nothing missing.

    With `others` there may be more reports than `specs`: a narrowed build leaves them.
    """
    if any(build.manifest.get(key) != value for key, value in state.items()) or build.manifest["missing"]:
        return False
    wanted = {spec.path: describe_report(spec, previous=previous)["parameters"] for spec in specs}
    there = {path: report["parameters"] for path, report in build.reports.items()}
    if others:
        there = {path: parameters for path, parameters in there.items() if path in wanted}
    return there == wanted and build.is_whole


def find_kept(build: Build | None, made_of: Mapping[ReportSpec, str]) -> dict[ReportSpec, Mapping[str, Any]]:
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
        and build.intact.issuperset(there[spec.path].get("files", ()))
    }


def check_same_state(build: Build, state: Mapping[str, Any]) -> None:
    """`UserError` where a narrowed build would put two states of the data side by side, or hide a change."""
    common = state.keys() - {"inputs", "programme"}  # programme.toml is one of the inputs
    before, now = (
        {**{key: facts.get(key) for key in common}, **facts["inputs"]} for facts in (build.manifest, state)
    )
    changed = sorted(name for name in {*before, *now} if before.get(name) != now.get(name))
    if changed:
        raise _say_build_all(build.folder, f"was built from another state ({_name_some(changed)} changed)")
    if not build.is_whole:
        altered = sorted(build.manifest["outputs"].keys() - build.intact) or ["a file more than it made"]
        raise _say_build_all(build.folder, f"is not as it was built ({_name_some(altered)})")


def _name_some(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (", …" if len(names) > 3 else "")


def _say_build_all(folder: Path, what: str) -> UserError:
    return UserError(f"{folder} {what}: build all reports, or name another folder with --out")
