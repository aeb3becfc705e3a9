"""Builds the reports of a programme: everything or nothing.

Reading, measuring, judging and gating happen once; each notebook is handed its finished publication.  All of
it is built in a folder beside the one wanted, checked, and moved into place only when whole.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from . import __all__ as EXPORTED
from . import cluster, policy_page
from .attachments import write_records
from .audit import Finding, audit_folder, know
from .errors import UsageError, UserError
from .folders import build_folder, check_unaltered, hash_file, keep_file, lock_folder, write_text
from .index import render_index
from .keeping import (
    Build,
    check_same_state,
    describe_report,
    find_kept,
    hash_report,
    is_unchanged,
    read_build,
)
from .kernels import open_kernels
from .making import Gap, Made, Making, make_or_tell
from .manifests import describe_state, sort_reports, write_json, write_manifests
from .planning import COMPARING, REPORTS, ReportSpec, Selection, check_selection, list_editions, plan_reports
from .programme import Programme
from .programme_file import read_programme
from .publications import Edition, Publication
from .releases import check_threshold, read_releases
from .retrospective import Retrospective, build_retrospective, open_publication
from .since import compare_publications
from .steps import Progress, Step
from .texts import list_languages, read_texts

PRELOADED = tuple(
    f"rotation_analysis.{name}" for name in EXPORTED if name == "frame" or name.endswith("sections")
)
"""What notebooks import: once, before their kernels are forked."""
WHOLE = Edition(audience="owner")
ACCOUNT, INDEX = "owner/account.json", "index.html"
MOST_TOLD = 20
DEFAULT_JOBS = 4  # kernels idle while they start: four pay on two cores

MakeAll = Callable[..., Making]


@dataclass(frozen=True, kw_only=True)
class Built:
    """What came of a build: reports made and kept, what is missing, the account's sums by file."""

    folder: Path
    reports: tuple[ReportSpec, ...] = ()
    kept: tuple[ReportSpec, ...] = ()
    missing: tuple[Gap, ...] = ()
    account: tuple[dict[str, Any], ...] = field(default=())


@dataclass(frozen=True, kw_only=True)
class Order:
    """What is to be built of which state of the programme; `previous` is an earlier results.json.

    `specs` are the selected reports in the order of the index.
    """

    programme: Programme
    selection: Selection
    specs: Sequence[ReportSpec]
    previous: Path | None = None

    @cached_property
    def state(self) -> dict[str, Any]:
        """What the manifest says of inputs, notebooks and library; no export has been read."""
        return describe_state(self.programme)

    @cached_property
    def compared(self) -> str | None:
        """SHA-256 of the earlier publication."""
        return None if self.previous is None else hash_file(self.previous)


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
) -> Built:
    """Build the selected reports of the programme at `path` into `out`; what is unchanged there is kept.

    `previous` is the results.json of an earlier programme report: the new one tells what changed since.
    `jobs` are made at once here, or as many as there are workers on the dask cluster of a `scheduler`.
    Raises `UserError` before anything is replaced; a report whose notebook fails, or a part of one, is named
    in the result and in the manifest, and the others stand.
    """
    selection = selection or Selection()
    check_selection(selection)
    earlier = None if previous is None else _open_previous(previous, selection)
    make: MakeAll = partial(make_all, jobs=jobs)
    if scheduler is not None:
        cluster.check_scheduler(scheduler)
        make = partial(cluster.make_all, scheduler=scheduler, preload=PRELOADED)
    programme = read_programme(path, as_of=as_of)
    check_threshold(programme.disclosure, read_releases(programme.folder))
    specs = plan_reports(programme, selection)
    order = Order(programme=programme, selection=selection, specs=specs, previous=previous)
    with lock_folder(out):
        before = read_build(out)
        if before is not None and _is_unchanged(before, order):
            progress(Step("reports", done=len(order.specs), total=len(order.specs), kept=len(order.specs)))
            return Built(folder=out, kept=tuple(order.specs), account=_read_account(out))
        if before is not None and selection.is_narrowed:
            check_same_state(before, order.state)
        retrospective = build_retrospective(programme, progress=progress)
        _check_read_as_hashed(retrospective, order.state)
        publications = {edition: retrospective.publish(edition) for edition in list_editions(order.specs)}
        if earlier is not None and WHOLE in publications:
            compare_publications(earlier, publications[WHOLE])  # refused before anything is replaced
        return _build(order, retrospective, publications, out, before, make=make, progress=progress)


def _build(
    order: Order,
    retrospective: Retrospective,
    publications: Mapping[Edition, Publication],
    out: Path,
    before: Build | None,
    *,
    make: MakeAll,
    progress: Progress,
) -> Built:
    """Write all of it beside `out`, look through it, and put it in place."""
    with build_folder(out) as folder:
        made_of = _write_publications(folder, order, publications)
        kept = find_kept(before, made_of)
        reports = _keep(folder, before, kept, others=order.selection.is_narrowed)
        wanted = {spec: key for spec, key in made_of.items() if spec not in kept}
        made, gaps = _write_reports(folder, order, wanted, make=make, progress=progress)
        reports |= made
        missing = _list_missing(gaps, made, reports, before if order.selection.is_narrowed else None)
        write_json(folder / ACCOUNT, _describe_account(retrospective))
        _write_policy(folder, order.programme)
        told = sort_reports(reports.values())
        write_text(folder / INDEX, render_index(folder, publications, told, missing=missing))
        write_manifests(folder, order.state, told, missing)
        refuse_leaks(audit_folder(folder, know(retrospective), progress=progress))
    return Built(
        folder=out,
        reports=tuple(spec for spec in wanted if spec.path in made),
        kept=tuple(kept),
        missing=tuple(gaps),
        account=tuple(retrospective.cohorts.account.sums()),
    )


def _write_reports(
    folder: Path, order: Order, wanted: Mapping[ReportSpec, str], *, make: MakeAll, progress: Progress
) -> tuple[dict[str, Mapping[str, Any]], list[Gap]]:
    """Make and write the reports; what the manifest says of each by its path, and what is missing."""
    made: dict[str, Mapping[str, Any]] = {}
    missing: list[Gap] = []
    total = len(order.specs)
    kept = total - len(wanted)
    progress(Step("reports", done=kept, total=total, kept=kept))
    with closing(make(folder, list(wanted), previous=order.previous)) as results:
        for done, (spec, result) in enumerate(results, start=kept + 1):
            for name, text in result.files.items():
                write_text(folder / name, text)
            if result.files:
                made[spec.path] = describe_report(
                    spec, made_of=wanted[spec], files=tuple(result.files), previous=order.compared
                )
            missing += result.gaps
            progress(Step("reports", name=spec.path, done=done, total=total, kept=kept))
    return made, sorted(missing, key=lambda gap: (gap.report, gap.section))


def refuse_leaks(findings: Sequence[Finding]) -> None:
    """Fails closed: `UserError` with everything that the audit found in what was just built."""
    if findings:
        told = "\n".join(f"  {finding}" for finding in findings[:MOST_TOLD])
        told += f"\n  … and {len(findings) - MOST_TOLD} more" if len(findings) > MOST_TOLD else ""
        raise UserError(
            f"the audit found {len(findings)} things that may not be in these reports:\n{told}\n"
            "Nothing was replaced.  Mend what is named (a text in words/, a consent, an approval); where "
            "nothing of yours is named, it is a bug: please report it"
        )


def _open_previous(previous: Path, selection: Selection) -> Publication:
    """The publication to compare with; `UsageError` where no report that compares is to be built."""
    if not any(selection.takes(REPORTS[name]) for name in COMPARING) or (
        selection.notebooks and not set(COMPARING) & set(selection.notebooks)
    ):
        raise UsageError("only the report 'programme' compares with a previous one; leave out --previous")
    check_unaltered(previous)
    return open_publication(programme="", publication=str(previous))


# --- what is kept -----------------------------------------------------------------------------------------


def _is_unchanged(before: Build, order: Order) -> bool:
    others = order.selection.is_narrowed
    return is_unchanged(before, order.state, order.specs, previous=order.compared, others=others)


def _read_account(out: Path) -> tuple[dict[str, Any], ...]:
    return tuple(json.loads((out / ACCOUNT).read_text(encoding="utf-8"))["files"])


def _check_read_as_hashed(retrospective: Retrospective, state: Mapping[str, Any]) -> None:
    """`UserError` where a file was exchanged between being hashed and being read."""
    read = {file.path: file.sha256 for file in retrospective.cohorts.account.files}
    changed = sorted(name for name, digest in read.items() if state["inputs"].get(name) != digest)
    if changed:
        raise UserError(f"{', '.join(changed)} changed while being read; run the command again")


def _keep(
    folder: Path, before: Build | None, kept: Mapping[ReportSpec, Mapping[str, Any]], *, others: bool
) -> dict[str, Mapping[str, Any]]:
    """Put what an earlier build made into the new folder; what is kept of its reports, by path.

    With `others`, all that is there and is not made anew comes along.
    """
    if before is None:
        return {}
    reports = before.reports if others else {spec.path: report for spec, report in kept.items()}
    own = {name for report in reports.values() for name in report["files"]}
    names = before.manifest["outputs"] if others else own
    for name in sorted(names):
        if not (folder / name).exists():
            keep_file(before.folder / name, folder / name)
    return dict(reports)


def _list_missing(
    gaps: Sequence[Gap], made: Mapping[str, Any], reports: Mapping[str, Any], before: Build | None
) -> list[Mapping[str, str]]:
    """What is missing of the pages that are there now, and which pages are missing.

    A report that failed is none of them where a page of the same state is kept: then what was missing of
    that page still is.
    """
    new = [
        {"report": gap.report, **({"section": gap.section} if gap.section else {}), "reason": gap.reason}
        for gap in gaps
        if gap.report in made or gap.report not in reports
    ]
    told = {gap["report"] for gap in new} | made.keys()
    old = [] if before is None else [gap for gap in before.manifest["missing"] if gap["report"] not in told]
    return sorted([*new, *old], key=lambda gap: (gap["report"], gap.get("section", "")))


# --- pages ----------------------------------------------------------------------------------------------


def make_all(folder: Path, specs: Sequence[ReportSpec], *, previous: Path | None, jobs: int) -> Making:
    """Every report with its files, `jobs` at once, in the order in which they are done.

    No more than a few wait for their turn, so that the memory does not grow with the number of reports.
    """
    if not specs:
        return
    with open_kernels(preload=PRELOADED) as kernels:

        def make(spec: ReportSpec) -> tuple[ReportSpec, Made]:
            return spec, make_or_tell(kernels, spec, publication=folder / spec.results, previous=previous)

        pool = ThreadPoolExecutor(max_workers=jobs)
        try:
            waiting: set[Future[tuple[ReportSpec, Made]]] = set()
            for spec in specs:
                waiting.add(pool.submit(make, spec))
                if len(waiting) > jobs:
                    done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                    yield from (future.result() for future in done)
            while waiting:
                done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                yield from (future.result() for future in done)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            kernels.close()
            raise
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _write_publications(
    folder: Path, order: Order, publications: Mapping[Edition, Publication]
) -> dict[ReportSpec, str]:
    """Write what every edition may see; what each report is made of, as a hash."""
    texts = {edition: publication.to_json() for edition, publication in publications.items()}
    for edition, publication in publications.items():
        write_text(folder / edition.results, texts[edition])
        if edition.reader is not None:
            write_records(folder / edition.folder, publication)
    return {
        spec: hash_report(spec, texts[spec.edition], order.state, previous=order.compared)
        for spec in order.specs
    }


def _describe_account(retrospective: Retrospective) -> dict[str, Any]:
    account = retrospective.cohorts.account
    return {"files": account.sums(), "rows": account.rows()}


def _write_policy(folder: Path, programme: Programme) -> None:
    """What the gate lets through, in words: for the invitation to the surveys."""
    for language in list_languages():
        texts = read_texts(language)
        page = folder / WHOLE.folder / f"{policy_page.NAME}.{language}"
        write_text(page.with_name(f"{page.name}.html"), policy_page.render_policy(programme, texts))
        write_text(page.with_name(f"{page.name}.md"), policy_page.write_markdown(programme, texts))
