"""Builds the reports of a programme: everything or nothing, and nothing twice.

This is the light half: what is asked for, and whether it is there already.  Reading, measuring and making
pages happen in `assembly`, which is imported only when something is to be made.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

from ..disclosure.publications import Publication, read_publication
from ..disclosure.releases import check_threshold, read_releases
from ..errors import UsageError
from ..programme.file import read_programme
from ..progress_events import Progress, Step
from .folder import hash_file, lock_folder, read_json, verify_hash
from .manifest import ACCOUNT, check_same_state, describe_state, is_unchanged, read_build
from .planning import (
    COMPARING,
    REPORTS,
    BuildRequest,
    BuildResult,
    Selection,
    check_selection,
    link_reports,
    plan_reports,
)

DEFAULT_JOBS = 4  # processes idle while they start: four pay on two cores


def build_reports(
    path: Path,
    out: Path,
    *,
    selection: Selection | None = None,
    as_of: date | None = None,
    previous: Path | None = None,
    jobs: int = DEFAULT_JOBS,
    scheduler: str | None = None,
    progress: Progress = lambda step: None,
) -> BuildResult:
    """Build the selected reports of the programme at `path` into `out`; what is unchanged there is kept.

    `previous` is the results.json of an earlier programme report: the new one tells what changed since.
    `jobs` are made at once here, or as many as there are workers on the dask cluster of a `scheduler`.
    Raises `UserError` before anything is replaced; a report whose notebook fails, or a part of one, is named
    in the result and in the manifest, and the others stand.
    """
    selection = selection or Selection()
    check_selection(selection)
    earlier = None if previous is None else _open_previous(previous, selection)
    programme = read_programme(path, as_of=as_of)
    check_threshold(programme.disclosure, read_releases(programme.folder))
    specs = plan_reports(programme, selection)
    with lock_folder(out):
        before = read_build(out)
        others = before.reports if before is not None and selection.is_narrowed else ()
        order = BuildRequest(
            programme=programme,
            specs=link_reports(specs, cohorts=programme.cohorts, others=others),
            narrowed=selection.is_narrowed,
            state=describe_state(programme),
            earlier=earlier,
            previous=previous,
            compared=None if previous is None else hash_file(previous),
            jobs=jobs,
            scheduler=scheduler,
        )
        if before is not None and is_unchanged(before, order):
            every = len(order.specs)
            progress(Step("reports", done=every, total=every, kept=every))
            account = tuple(read_json(out / ACCOUNT)["files"])
            return BuildResult(folder=out, kept=tuple(order.specs), account=account)
        if before is not None and order.narrowed:
            check_same_state(before, order.state)
        if scheduler is not None:
            from .cluster import check_scheduler

            check_scheduler(scheduler)
        from .assembly import assemble_reports

        return assemble_reports(order, out, before, progress=progress)


def _open_previous(previous: Path, selection: Selection) -> Publication:
    """The publication to compare with; `UsageError` where no report that compares is to be built."""
    if not any(selection.takes(REPORTS[name]) for name in COMPARING) or (
        selection.notebooks and not set(COMPARING) & set(selection.notebooks)
    ):
        raise UsageError("only the report 'programme' compares with a previous one; leave out --previous")
    verify_hash(previous)
    return read_publication(previous)
