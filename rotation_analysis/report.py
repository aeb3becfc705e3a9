"""Builds the reports of a programme: everything or nothing.

Reading, measuring, judging and gating happen once; each notebook is handed its finished publication.  All of
it is built in a folder beside the one wanted, checked, and moved into place only when whole.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from . import __all__ as EXPORTED
from . import policy_page
from .attachments import write_attachments, write_records
from .audit import Finding, audit_folder, know
from .errors import UsageError, UserError
from .folders import build_folder, write_text
from .index import render_index
from .kernels import Kernels, NotebookFailed, open_kernels
from .manifests import describe_state, list_reports, write_json, write_manifests
from .pages import render_page
from .planning import COMPARING, REPORTS, ReportSpec, Selection, check_selection, list_editions, plan_reports
from .programme import Programme
from .programme_file import read_programme
from .publications import Edition, Publication
from .releases import check_threshold, read_releases
from .retrospective import Retrospective, build_retrospective, open_publication
from .since import compare_publications
from .texts import Texts, list_languages, read_texts

PRELOADED = tuple(
    f"rotation_analysis.{name}" for name in EXPORTED if name == "frame" or name.endswith("sections")
)
"""What notebooks import: once, before their kernels are forked."""
WHOLE = Edition(audience="owner")
MOST_TOLD = 20
DEFAULT_JOBS = 4  # kernels idle while they start: four pay on two cores

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, kw_only=True)
class Built:
    """What came of a build: reports made, reports missing with the reason, the account's sums."""

    folder: Path
    reports: tuple[ReportSpec, ...]
    missing: tuple[tuple[ReportSpec, str], ...] = ()
    account: tuple[dict[str, Any], ...] = field(default=())


def build_reports(
    path: Path,
    out: Path,
    *,
    selection: Selection | None = None,
    as_of: date | None = None,
    previous: Path | None = None,
    jobs: int = DEFAULT_JOBS,
    progress: Progress = lambda step, done, total: None,
) -> Built:
    """Build the selected reports of the programme at `path` into `out`.

    `previous` is the results.json of an earlier programme report: the new one tells what changed since.
    Raises `UserError` before anything is replaced; a report whose notebook fails is named in the result and
    in the manifest, and the others stand.
    """
    selection = selection or Selection()
    check_selection(selection)
    earlier = None if previous is None else _open_previous(previous, selection)
    programme = read_programme(path, as_of=as_of)
    check_threshold(programme.disclosure, read_releases(programme.folder))
    specs = plan_reports(programme, selection)
    retrospective = build_retrospective(programme, progress=_Counter(progress, "reading"))
    publications = {edition: retrospective.publish(edition) for edition in list_editions(specs)}
    if earlier is not None and WHOLE in publications:
        compare_publications(earlier, publications[WHOLE])  # refused before anything is replaced
    with build_folder(out, keep=selection.is_narrowed, state=describe_state(retrospective)) as folder:
        _write_publications(folder, publications)
        missing = _write_pages(folder, specs, previous=previous, jobs=jobs, progress=progress)
        _write_account(folder, retrospective)
        _write_policy(folder, programme)
        built = [spec for spec in specs if spec not in dict(missing)]
        reports = list_reports(folder, built, previous=previous)
        write_text(folder / "index.html", render_index(folder, publications, reports))
        write_manifests(folder, retrospective, reports, missing)
        refuse_leaks(audit_folder(folder, know(retrospective)))
    return Built(
        folder=out,
        reports=tuple(built),
        missing=tuple(missing),
        account=tuple(retrospective.cohorts.account.sums()),
    )


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


class _Counter:
    """Turns "this file now" into a step with a count, for a progress bar without a known end."""

    def __init__(self, progress: Progress, step: str) -> None:
        self._progress, self._step, self._done = progress, step, 0

    def __call__(self, file: str) -> None:
        self._done += 1
        self._progress(f"{self._step} {file}", self._done, 0)


def _open_previous(previous: Path, selection: Selection) -> Publication:
    """The publication to compare with; `UsageError` where no report that compares is to be built."""
    if not any(selection.takes(REPORTS[name]) for name in COMPARING) or (
        selection.notebooks and not set(COMPARING) & set(selection.notebooks)
    ):
        raise UsageError("only the report 'programme' compares with a previous one; leave out --previous")
    return open_publication(programme="", publication=str(previous))


# --- pages ----------------------------------------------------------------------------------------------


def _write_publications(folder: Path, publications: Mapping[Edition, Publication]) -> None:
    for edition, publication in publications.items():
        write_text(folder / edition.results, publication.to_json())
        if edition.reader is not None:
            write_records(folder / edition.folder, publication)


def _write_pages(
    folder: Path, specs: Sequence[ReportSpec], *, previous: Path | None, jobs: int, progress: Progress
) -> list[tuple[ReportSpec, str]]:
    """Run every notebook on `jobs` workers; what failed comes back with the reason."""
    missing: list[tuple[ReportSpec, str]] = []
    with open_kernels(preload=PRELOADED) as kernels:
        pool = ThreadPoolExecutor(max_workers=jobs)
        try:
            futures = [pool.submit(_write_page, kernels, folder, spec, previous) for spec in specs]
            for number, (spec, future) in enumerate(zip(specs, futures, strict=True), start=1):
                try:
                    future.result()
                except NotebookFailed as error:
                    missing.append((spec, str(error)))
                progress(spec.path, number, len(specs))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            kernels.close()
            raise
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
    return missing


def _write_page(kernels: Kernels, folder: Path, spec: ReportSpec, previous: Path | None) -> None:
    texts: Texts = read_texts(spec.language)
    compared = {"previous": str(previous.resolve())} if previous and spec.notebook in COMPARING else {}
    publication = str((folder / spec.results).resolve())
    notebook = kernels.run(spec.file, {**spec.parameters, "publication": publication, **compared})
    page = render_page(
        notebook,
        title=texts.say(f"report.title.{spec.notebook}", cohort=spec.cohort or ""),
        language=spec.language,
        no_script=texts.say("report.no_script"),
    )
    write_text(folder / spec.path, page)
    write_attachments(folder / spec.path, notebook, language=spec.language)


def _write_policy(folder: Path, programme: Programme) -> None:
    """What the gate lets through, in words: for the invitation to the surveys."""
    for language in list_languages():
        texts = read_texts(language)
        page = folder / WHOLE.folder / f"{policy_page.NAME}.{language}"
        write_text(page.with_name(f"{page.name}.html"), policy_page.render_policy(programme, texts))
        write_text(page.with_name(f"{page.name}.md"), policy_page.write_markdown(programme, texts))


def _write_account(folder: Path, retrospective: Retrospective) -> None:
    account = retrospective.cohorts.account
    write_json(folder / "owner/account.json", {"files": account.sums(), "rows": account.rows()})
