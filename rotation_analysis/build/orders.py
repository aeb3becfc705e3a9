"""What is to be built, what came of it, and what is missing: the words that runner and rooms share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from ..programme.model import Programme
from .folder import hash_file
from .manifest import describe_state
from .planning import ReportSpec, Selection

DEFAULT_JOBS = 4  # kernels idle while they start: four pay on two cores


@dataclass(frozen=True, kw_only=True)
class BuildRequest:
    """What is to be built of which state of the programme; `previous` is an earlier results.json.

    `specs` are the selected reports in the order of the index; `jobs` of them are made at once here, or as
    many as there are workers on the dask cluster of a `scheduler`.
    """

    programme: Programme
    selection: Selection
    specs: Sequence[ReportSpec]
    previous: Path | None = None
    jobs: int = DEFAULT_JOBS
    scheduler: str | None = None

    @cached_property
    def state(self) -> dict[str, Any]:
        """What the manifest says of inputs, notebooks and library; no export has been read."""
        return describe_state(self.programme)

    @cached_property
    def compared(self) -> str | None:
        """SHA-256 of the earlier publication."""
        return None if self.previous is None else hash_file(self.previous)


@dataclass(frozen=True, kw_only=True)
class MissingOutput:
    """What is missing: a whole report, or one part of it (`section`: the function that makes it).

    `reason` tells kind and place of the error and goes into the manifest; `told` has the error's own text,
    which may hold anybody's words, and goes to the terminal alone.
    """

    report: str
    section: str = ""
    reason: str
    told: str


@dataclass(frozen=True, kw_only=True)
class BuildResult:
    """What came of a build: reports made and kept, what is missing, the account's sums by file."""

    folder: Path
    reports: tuple[ReportSpec, ...] = ()
    kept: tuple[ReportSpec, ...] = ()
    missing: tuple[MissingOutput, ...] = ()
    account: tuple[dict[str, Any], ...] = field(default=())
