"""Builds without what takes long, for tests of what becomes of a folder: pages come without a notebook."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from rotation_analysis.build import assembly
from rotation_analysis.build.audit.audit import CHECKS, Finding
from rotation_analysis.build.audit.files import read_folder
from rotation_analysis.build.making import RenderedReport
from rotation_analysis.build.manifest import hash_inputs
from rotation_analysis.build.planning import ReportSpec
from rotation_analysis.programme.model import Programme
from rotation_analysis.study import Study, analyse
from tests.small_reports import make_page

Files = dict[str, bytes]


def contents(folder: Path) -> Files:
    """Bytes of every file below `folder`, by relative path."""
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def once(call: Callable[..., Any], key: Callable[..., Any]) -> Callable[..., Any]:
    """`call`, made once for each key: what it gives is the same for the same state."""
    given: dict[Any, Any] = {}

    def called(*arguments: Any, **named: Any) -> Any:
        known = key(*arguments, **named)
        if known not in given:
            given[known] = (call(*arguments, **named), arguments)  # kept, so that no other takes its id
        return given[known][0]

    return called


@dataclass
class Pages:
    """Runs no notebook: `meanwhile` happens after the first page, `other` is what comes of a report."""

    meanwhile: Callable[[], object] = lambda: None
    other: Mapping[str, RenderedReport] = field(default_factory=dict)
    made: list[str] = field(default_factory=list)

    def make_all(
        self, folder: Path, specs: Sequence[ReportSpec], *, previous: Path | None, jobs: int
    ) -> Iterator[tuple[ReportSpec, RenderedReport]]:
        for spec in specs:
            told = previous.read_text("utf-8")[:0] if previous else ""
            page = render_once(f"<p>{spec.notebook}{told}</p>")
            yield spec, self.other.get(spec.path, RenderedReport(files={spec.path: page}))
            self.made.append(spec.path)
            self.meanwhile()
            self.meanwhile = lambda: None


render_once = once(make_page, lambda html: html)
analyse_once = once(analyse, lambda programme, **_: key_of(programme))
publish_once = once(Study.open_edition, lambda study, edition: (key_of(study.programme), edition))


def key_of(programme: Programme) -> str:
    """All that a state of a programme is read from."""
    return json.dumps([programme.as_of.isoformat(), hash_inputs(programme)])


def read_once(patch: pytest.MonkeyPatch) -> None:
    """Builds read, measure and publish every state of a programme once; the folder it lies in is no part."""
    patch.setattr(
        assembly, "analyse", lambda programme, **_: replace(analyse_once(programme), programme=programme)
    )
    patch.setattr(Study, "open_edition", publish_once)


def leave_out_notebooks(patch: pytest.MonkeyPatch) -> Pages:
    """Every state of a programme is read, measured and published once; the audit asks for whole folders."""

    def audit_manifests(folder: Path, knowledge: object, **_: object) -> list[Finding]:
        return list(CHECKS["manifests"](read_folder(folder)))

    pages = Pages()
    read_once(patch)
    patch.setattr(assembly, "make_all", pages.make_all)
    patch.setattr(assembly, "know", lambda study: None)
    patch.setattr(assembly, "audit_folder", audit_manifests)
    return pages
