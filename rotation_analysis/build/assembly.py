"""The heavy half of a build: read, measure and gate once, hand each notebook its finished publication.

All of it is made in a folder beside the one wanted, looked through, and put in place only when whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

from ..cohorts.name_detection import check_named
from ..disclosure.publications import Edition, Publication
from ..errors import UserError
from ..programme.model import Programme
from ..progress_events import Progress, Step
from ..reports.changes_since import compare_publications
from ..study import Study, analyse
from ..texts import list_languages, read_texts
from . import cluster
from . import privacy_notice as policy_page
from .audit.audit import Finding, audit_folder, format_findings, know
from .folder import MANIFEST, build_folder, hash_file, keep_file, write_text
from .index import WHOLE, render_index
from .making import Making, describe_failure, make_report, write_records
from .manifest import (
    ACCOUNT,
    Build,
    describe_report,
    describe_state,
    find_changes,
    find_reusable_reports,
    hash_notebooks,
    hash_report,
    sort_reports,
    write_json,
    write_manifests,
)
from .notebooks.running import run_all
from .planning import INDEX, BuildRequest, BuildResult, MissingOutput, ReportSpec, list_editions

MOST_TOLD = 20
Entry = Mapping[str, Any]
"""What the manifest says of a report (`manifest.describe_report`)."""


def assemble_reports(
    order: BuildRequest, out: Path, before: Build | None, *, progress: Progress
) -> BuildResult:
    """Build what is ordered into `out`; what is unchanged in the build `before` is kept.

    Raises what `report.build_reports` raises.
    """
    check_named(order.programme)
    study = analyse(order.programme, progress=progress)
    publications = {edition: study.open_edition(edition) for edition in list_editions(order.specs)}
    _check_read_as_hashed(study, order.state)
    if order.earlier is not None and WHOLE in publications:
        compare_publications(order.earlier, publications[WHOLE])  # refused before anything is replaced
    account = study.cohorts.account
    with build_folder(out) as folder:
        made_of = _write_publications(folder, order, publications)
        kept = find_reusable_reports(before, made_of)
        wanted = {spec: key for spec, key in made_of.items() if spec not in kept}
        made, gaps = _write_reports(folder, order, wanted, progress=progress)
        _check_made_as_hashed(order)
        stays, names = _keep(folder, before, kept, made, narrowed=order.narrowed)
        missing = _list_missing(gaps, made, stays, before if order.narrowed else None)
        reports = sort_reports({**stays, **made}.values())
        write_json(folder / ACCOUNT, {"files": account.sums(), "rows": account.rows()})
        _write_policy(folder, order.programme)
        write_text(folder / INDEX, render_index(folder, publications, reports, missing=missing))
        outputs = write_manifests(folder, order.state, reports, missing)
        if before is not None:  # a kept file has two names, and an edit reaches both
            there = before.manifest["outputs"]
            _refuse_changed(name for name in names if outputs[name] != there[name])
        refuse_leaks(audit_folder(folder, know(study), progress=progress))
    return BuildResult(
        folder=out,
        reports=tuple(spec for spec in wanted if spec.path in made),
        kept=tuple(kept),
        missing=tuple(gaps),
        account=tuple(account.sums()),
    )


def refuse_leaks(findings: Sequence[Finding]) -> None:
    """Fails closed: `UserError` with everything that the audit found in what was just built."""
    if findings:
        raise UserError(
            f"the audit found {len(findings)} things that may not be in these reports:\n"
            f"{format_findings(findings, most=MOST_TOLD)}\n"
            "Nothing was replaced.  Mend what is named (a text in words/, a consent, an approval); where "
            "nothing of yours is named, it is a bug: please report it"
        )


# --- publications and pages ---------------------------------------------------------------------------------


def _write_publications(
    folder: Path, order: BuildRequest, publications: Mapping[Edition, Publication]
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


def _write_reports(
    folder: Path, order: BuildRequest, wanted: Mapping[ReportSpec, str], *, progress: Progress
) -> tuple[dict[str, Entry], list[MissingOutput]]:
    """Make and write the reports; what the manifest says of each by its path, and what is missing."""
    made: dict[str, Entry] = {}
    missing: list[MissingOutput] = []
    total = len(order.specs)
    kept = total - len(wanted)
    progress(Step("reports", done=kept, total=total, kept=kept))
    if order.scheduler is None:
        making = make_all(folder, list(wanted), previous=order.previous, jobs=order.jobs)
    else:
        making = cluster.make_all(folder, list(wanted), previous=order.previous, scheduler=order.scheduler)
    with closing(making):
        for done, (spec, result) in enumerate(making, start=kept + 1):
            for name, text in result.files.items():
                write_text(folder / name, text)
            if result.files:
                made[spec.path] = describe_report(
                    spec, made_of=wanted[spec], files=tuple(result.files), previous=order.compared
                )
            missing += result.gaps
            progress(Step("reports", name=spec.path, done=done, total=total, kept=kept))
    return made, sorted(missing, key=lambda gap: (gap.report, gap.section))


def make_all(folder: Path, specs: Sequence[ReportSpec], *, previous: Path | None, jobs: int) -> Making:
    """Every report with its files, `jobs` at once, in the order in which they are done."""
    work = partial(make_report, folder=folder, previous=previous)
    return run_all(work, specs, jobs=jobs, died=describe_failure)


def _write_policy(folder: Path, programme: Programme) -> None:
    """What the gate lets through, in words: for the invitation to the surveys."""
    for language in list_languages():
        texts = read_texts(language)
        page = folder / WHOLE.folder / f"{policy_page.NAME}.{language}"
        write_text(page.with_name(f"{page.name}.html"), policy_page.render_policy(programme, texts))
        write_text(page.with_name(f"{page.name}.md"), policy_page.write_markdown(programme, texts))


# --- what is kept, and what moved meanwhile -----------------------------------------------------------------


def _keep(
    folder: Path,
    before: Build | None,
    kept: Mapping[ReportSpec, Entry],
    made: Mapping[str, Entry],
    *,
    narrowed: bool,
) -> tuple[dict[str, Entry], list[str]]:
    """Put what stays of an earlier build into the new folder: reports by path, and the names of their files.

    A narrowed build leaves whatever else lies there.  Nothing of a report that was made anew: what it had
    before and has no more would stay.
    """
    if before is None:
        return {}, []
    stays = before.reports if narrowed else {spec.path: report for spec, report in kept.items()}
    remade = _list_files(report for path, report in before.reports.items() if path in made)
    own = _list_files(stays.values())
    names = sorted(
        name
        for name in (set(before.manifest["outputs"]) if narrowed else own) - remade
        if not (folder / name).exists() and not _is_written_anew(name)
    )
    _refuse_changed(name for name in names if not (before.folder / name).is_file())
    for name in names:
        keep_file(before.folder / name, folder / name)
    return stays, names


def _list_files(reports: Iterable[Entry]) -> set[str]:
    return {name for report in reports for name in report.get("files", ())}


def _is_written_anew(name: str) -> bool:
    """What every build writes, whatever it makes."""
    return name in (INDEX, ACCOUNT) or PurePosixPath(name).name == MANIFEST


def _list_missing(
    gaps: Sequence[MissingOutput], made: Mapping[str, Entry], stays: Mapping[str, Entry], before: Build | None
) -> list[Mapping[str, str]]:
    """What is missing of the pages that are there now, and which pages are missing.

    A report that failed is none of them where a page of the same state is kept: then what was missing of
    that page still is.
    """
    new = [
        {"report": gap.report, **({"section": gap.section} if gap.section else {}), "reason": gap.reason}
        for gap in gaps
        if gap.report in made or gap.report not in stays
    ]
    told = {gap["report"] for gap in new} | made.keys()
    old = [] if before is None else [gap for gap in before.manifest["missing"] if gap["report"] not in told]
    return sorted([*new, *old], key=lambda gap: (gap["report"], gap.get("section", "")))


def _check_read_as_hashed(study: Study, hashed: Mapping[str, Any]) -> None:
    """`UserError` where the inputs are not as they were before they were read, or were others meanwhile."""
    read = {file.path: file.sha256 for file in study.cohorts.account.files}
    others = (name for name, digest in read.items() if hashed["inputs"].get(name) != digest)
    _refuse_changed({*others, *find_changes(hashed, describe_state(study.programme))})


def _check_made_as_hashed(order: BuildRequest) -> None:
    """`UserError` where a notebook, or what is compared with, is not as it was before pages were made."""
    now = hash_notebooks()
    changed = {name for name, digest in order.state["notebooks"].items() if now[name] != digest}
    if order.previous is not None and hash_file(order.previous) != order.compared:
        changed.add(str(order.previous))
    _refuse_changed(changed)


def _refuse_changed(names: Iterable[str]) -> None:
    if changed := sorted(names):
        raise UserError(f"{', '.join(changed)} changed while the reports were built; run the command again")
