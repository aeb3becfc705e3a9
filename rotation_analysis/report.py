"""Builds the reports of a programme: everything or nothing.

Reading, measuring, judging and gating happen once; each notebook is handed its finished publication.  All of
it is built in a folder beside the one wanted, checked, and moved into place only when whole.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from . import __all__ as EXPORTED
from .errors import UsageError, did_you_mean
from .facts import hash_plan
from .folders import build_folder, hash_file, read_manifest, write_text
from .index import render_index
from .kernels import Kernels, NotebookFailed, open_kernels
from .notebook_files import check_parameters, find_notebooks
from .pages import render_page
from .programme import Programme
from .programme_file import read_programme
from .publications import Edition, Publication
from .retrospective import Retrospective, build_retrospective, check_cohort, open_publication
from .since import compare_publications
from .texts import Texts, list_languages, read_texts

PROGRAMME_REPORTS = ("programme",)
COHORT_REPORTS = ("skill_growth", "workload", "team_impact")
REPORTS = (*PROGRAMME_REPORTS, *COHORT_REPORTS)
PRELOADED = tuple(
    f"rotation_analysis.{name}" for name in EXPORTED if name == "frame" or name.endswith("sections")
)
"""What notebooks import: once, before their kernels are forked."""
AUDIENCE = "owner"
DEFAULT_JOBS = 4  # kernels idle while they start: four pay on two cores

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, kw_only=True)
class Selection:
    """What to build; empty means all."""

    notebooks: tuple[str, ...] = ()
    cohorts: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()

    @property
    def is_narrowed(self) -> bool:
        """Whether anything is left out."""
        return bool(self.notebooks or self.cohorts or self.languages)


@dataclass(frozen=True, kw_only=True)
class ReportSpec:
    """One report to build: which notebook for which cohort in which language, and where it goes.

    Without a cohort it is about the whole programme.
    """

    notebook: str
    cohort: str | None = None
    language: str

    @property
    def path(self) -> str:
        """Path below the report folder."""
        return f"{_folder_of(self.cohort)}/{self.notebook.replace('_', '-')}.{self.language}.html"

    @property
    def results(self) -> str:
        """Path of its publication below the report folder."""
        return f"{_folder_of(self.cohort)}/results.json"

    @property
    def parameters(self) -> dict[str, str]:
        """The notebook's parameters that tell which report it is."""
        of_cohort = {} if self.cohort is None else {"cohort": self.cohort}
        return {**of_cohort, "language": self.language}


def _folder_of(cohort: str | None) -> str:
    return AUDIENCE if cohort is None else f"{AUDIENCE}/cohort-{cohort}"


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
    specs = plan_reports(programme, selection)
    retrospective = build_retrospective(programme, progress=_Counter(progress, "reading"))
    publications = {
        cohort: retrospective.publish(Edition(audience="owner", cohort=cohort))
        for cohort in dict.fromkeys(spec.cohort for spec in specs)
    }
    if earlier is not None and None in publications:
        compare_publications(earlier, publications[None])  # refused before anything is replaced
    with build_folder(out, keep=selection.is_narrowed, state=describe_state(retrospective)) as folder:
        _write_publications(folder, publications)
        missing = _write_pages(folder, specs, previous=previous, jobs=jobs, progress=progress)
        _write_account(folder, retrospective)
        built = [spec for spec in specs if spec not in dict(missing)]
        reports = _list_reports(folder, built, previous)
        write_text(folder / "index.html", render_index(folder, publications, reports))
        _write_manifests(folder, retrospective, reports, missing)
    return Built(
        folder=out,
        reports=tuple(built),
        missing=tuple(missing),
        account=tuple(retrospective.cohorts.account.sums()),
    )


class _Counter:
    """Turns "this file now" into a step with a count, for a progress bar without a known end."""

    def __init__(self, progress: Progress, step: str) -> None:
        self._progress, self._step, self._done = progress, step, 0

    def __call__(self, file: str) -> None:
        self._done += 1
        self._progress(f"{self._step} {file}", self._done, 0)


# --- planning -------------------------------------------------------------------------------------------


def check_selection(selection: Selection) -> None:
    """`UsageError` for a notebook or language that does not exist; before any file is read."""
    known: list[tuple[str, Iterable[str], Sequence[str]]] = [
        ("notebook", selection.notebooks, REPORTS),
        ("language", selection.languages, list_languages()),
    ]
    for kind, given, existing in known:
        for word in given:
            if word not in existing:
                hint = did_you_mean(word, existing)
                told = f"{kind} {word!r} does not exist; there are {', '.join(existing)}"
                raise UsageError(told + (f"; {hint}" if hint else ""))
    whole = [notebook for notebook in selection.notebooks if notebook in PROGRAMME_REPORTS]
    if whole and selection.cohorts:
        raise UsageError(f"the report {whole[0]!r} is about all cohorts; leave out --cohort")


def _open_previous(previous: Path, selection: Selection) -> Publication:
    """The publication to compare with; `UsageError` where no report that compares is to be built."""
    if selection.cohorts or (selection.notebooks and "programme" not in selection.notebooks):
        raise UsageError("only the report 'programme' compares with a previous one; leave out --previous")
    return open_publication(programme="", publication=str(previous))


def plan_reports(programme: Programme, selection: Selection) -> list[ReportSpec]:
    """The reports of a selection, parameters checked against the notebooks; no export has been read."""
    cohorts = [check_cohort(programme, cohort) for cohort in selection.cohorts] or programme.cohorts
    wanted = selection.notebooks or REPORTS
    whole = () if selection.cohorts or not programme.cohorts else (None,)
    specs = [
        ReportSpec(notebook=notebook, cohort=cohort, language=language)
        for reports, about in ((PROGRAMME_REPORTS, whole), (COHORT_REPORTS, cohorts))
        for cohort in about
        for notebook in reports
        if notebook in wanted
        for language in selection.languages or list_languages()
    ]
    for spec in specs:
        check_parameters(_notebook(spec), _parameters(spec, publication="results.json"))
    return specs


def _notebook(spec: ReportSpec) -> Path:
    return find_notebooks() / f"{spec.notebook}.ipynb"


def _parameters(spec: ReportSpec, *, publication: str, previous: str = "") -> dict[str, object]:
    to_compare = {"previous": previous} if spec.notebook in PROGRAMME_REPORTS else {}
    return {**spec.parameters, "publication": publication, **to_compare}


# --- pages ----------------------------------------------------------------------------------------------


def _write_publications(folder: Path, publications: dict[str | None, Publication]) -> None:
    for cohort, publication in publications.items():
        write_text(folder / _folder_of(cohort) / "results.json", publication.to_json())


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
    parameters = _parameters(
        spec,
        publication=str((folder / spec.results).resolve()),
        previous=str(previous.resolve()) if previous else "",
    )
    notebook = kernels.run(_notebook(spec), parameters)
    page = render_page(
        notebook,
        title=texts.say(f"report.title.{spec.notebook}", cohort=spec.cohort or ""),
        language=spec.language,
        no_script=texts.say("report.no_script"),
    )
    write_text(folder / spec.path, page)


# --- account and manifest -------------------------------------------------------------------------------


def _write_account(folder: Path, retrospective: Retrospective) -> None:
    account = retrospective.cohorts.account
    content = {"files": account.sums(), "rows": account.rows()}
    write_json(folder / AUDIENCE / "account.json", content)


def write_json(path: Path, content: object) -> None:
    """JSON for people and scripts alike: readable, the same bytes for the same content."""
    write_text(path, json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False) + "\n")


def hash_inputs(retrospective: Retrospective) -> dict[str, str]:
    """SHA-256 of every file the reports depend on, by path relative to the programme."""
    programme = {file.file: file.sha256 for file in retrospective.programme.read_from}
    exports = {file.path: file.sha256 for file in retrospective.cohorts.account.files}
    return dict(sorted({**programme, **exports}.items()))


def describe_state(retrospective: Retrospective) -> dict[str, Any]:
    """What all reports of one folder have in common, as the manifest tells it."""
    return {
        "version": retrospective_version(),
        "programme": retrospective.programme.read_from[0].sha256,
        "as_of": retrospective.programme.as_of.isoformat(),
        "plan": hash_plan(retrospective.programme),
        "inputs": hash_inputs(retrospective),
        "notebooks": {f"{name}.ipynb": hash_file(find_notebooks() / f"{name}.ipynb") for name in REPORTS},
    }


def _list_reports(folder: Path, built: Sequence[ReportSpec], previous: Path | None) -> list[dict[str, Any]]:
    """All reports in the folder, the programme's first: just built, or kept from a build of the same inputs.

    A report that compares names the SHA-256 of what it was compared with.
    """
    kept = read_manifest(folder) or {"reports": []}
    known = {report["path"]: report for report in kept["reports"] if (folder / report["path"]).is_file()}
    compared = {"previous": hash_file(previous)} if previous else {}
    for spec in built:
        others = compared if spec.notebook in PROGRAMME_REPORTS else {}
        known[spec.path] = {
            "path": spec.path,
            "notebook": spec.notebook,
            "parameters": {**spec.parameters, **others},
        }
    return sorted(known.values(), key=_order_of)


def _order_of(report: dict[str, Any]) -> tuple[str, int, str]:
    """By cohort, notebook and language, whichever build made the report."""
    parameters = report["parameters"]
    return parameters.get("cohort", ""), REPORTS.index(report["notebook"]), parameters["language"]


def _write_manifests(
    folder: Path,
    retrospective: Retrospective,
    reports: Sequence[dict[str, Any]],
    missing: Sequence[tuple[ReportSpec, str]],
) -> None:
    """One manifest over everything, and one in the audience's folder over what lies in it."""
    there = {report["path"] for report in reports}  # a report that failed may be kept from an earlier build
    gaps = [{"report": spec.path, "reason": reason} for spec, reason in missing if spec.path not in there]
    for root in (folder / AUDIENCE, folder):
        inside = [report for report in reports if (folder / report["path"]).is_relative_to(root)]
        prefix = "" if root == folder else f"{AUDIENCE}/"
        outputs = {
            path.relative_to(root).as_posix(): hash_file(path)
            for path in sorted(root.rglob("*"))
            if path.is_file() and path != root / "manifest.json"
        }
        content = {
            **describe_state(retrospective),
            "reports": [{**report, "path": report["path"].removeprefix(prefix)} for report in inside],
            "missing": [{**gap, "report": gap["report"].removeprefix(prefix)} for gap in gaps],
            "outputs": outputs,
        }
        write_json(root / "manifest.json", content)


def retrospective_version() -> str:
    """The library's version, as manifest and footer name it."""
    from importlib.metadata import version

    return version("rotation-analysis")
