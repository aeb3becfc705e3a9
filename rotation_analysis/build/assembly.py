"""The heavy half of a build: read, measure and gate once, hand each notebook its finished publication.

All of it is made in a folder beside the one wanted, looked through, and put in place only when whole.  The
index page, the owner's alone, has what is due, a line a cohort with its findings, and what others get: all in
the publications and in the manifest's gaps, nothing is computed for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

from markupsafe import Markup

from ..cohorts.name_detection import check_names_absent
from ..disclosure.publications import Edition, Publication, read_publication
from ..errors import UserError, shorten
from ..programme.model import Programme
from ..progress_events import Progress, Step
from ..reports import find_report
from ..reports.changes_since import compare_publications
from ..reports.decisions import REACHED, list_decisions
from ..study import analyse
from ..texts import Texts, list_languages, read_texts
from . import cluster
from . import privacy_notice as policy_page
from .audit.audit import Finding, audit_folder, format_findings
from .audit.people import know
from .folder import MANIFEST, build_folder, hash_file, keep_file, write_text
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
from .pages import read_script, render_template
from .planning import INDEX, REPORTS, BuildRequest, BuildResult, MissingOutput, ReportSpec, list_editions

MOST_TOLD = 20
WHOLE = Edition(audience="owner")
COVERAGE = "coverage.survey"
OUTSTANDING = "STATUS_MISSING"
NAMELESS = ("unknown_person", "ambiguous_person")
LONGEST_REASON = 300
Entry = Mapping[str, Any]
"""What the manifest says of a report (`manifest.describe_report`)."""
Reports = Sequence[Entry]
Gaps = Sequence[Mapping[str, str]]


def assemble_reports(
    order: BuildRequest, out: Path, before: Build | None, *, progress: Progress
) -> BuildResult:
    """Build what is ordered into `out`; what is unchanged in the build `before` is kept.

    Raises what `report.build_reports` raises.
    """
    check_names_absent(order.programme)
    study = analyse(order.programme, progress=progress)
    publications = {edition: study.open_edition(edition) for edition in list_editions(order.specs)}
    read = {file.path: file.sha256 for file in study.cohorts.account.files}
    others = {name for name, digest in read.items() if order.state["inputs"].get(name) != digest}
    _refuse_changed({*others, *find_changes(order.state, describe_state(study.programme))})
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
        if not (folder / name).exists()
        and name not in (INDEX, ACCOUNT)  # which every build writes
        and PurePosixPath(name).name != MANIFEST
    )
    _refuse_changed(name for name in names if not (before.folder / name).is_file())
    for name in names:
        keep_file(before.folder / name, folder / name)
    return stays, names


def _list_files(reports: Iterable[Entry]) -> set[str]:
    return {name for report in reports for name in report.get("files", ())}


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


# --- the index page ---------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Link:
    """A report: its path, name and finding; without a path it could not be built."""

    report: str
    name: str
    href: str = ""
    finding: str = ""


@dataclass(frozen=True, kw_only=True)
class Row:
    """A cohort or a reader, with reports."""

    name: str
    links: tuple[Link, ...]
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Block:
    """The page in one language."""

    texts: Texts
    company: str
    notice: str
    due: tuple[str, ...]
    programme: tuple[Link, ...]
    cohorts: tuple[Row, ...]
    handed: tuple[Row, ...]

    @property
    def columns(self) -> dict[str, str]:
        """The names of the reports that any cohort has, in their order."""
        return {link.report: link.name for row in self.cohorts for link in row.links}


def render_index(
    folder: Path, publications: Mapping[Edition, Publication], reports: Reports, *, missing: Gaps = ()
) -> str:
    """The page as HTML: both languages on one page with a switch, Japanese first.

    What was not built anew (`publications`) is read from the folder.  `missing` are the manifest's gaps: a
    report, or a section of one, with the reason.
    """
    editions = dict.fromkeys(_edition_of(report) for report in reports)
    known = {
        edition: publications.get(edition) or read_publication(folder / edition.results)
        for edition in editions
    }
    languages = sorted(list_languages(), reverse=True)  # ja before en
    blocks = [_build_block(read_texts(language), known, reports, missing) for language in languages]
    blocks = [block for block in blocks if block.cohorts or block.handed or block.programme]
    return render_template(
        "index.html",
        title=blocks[0].texts.say("index.title") if blocks else "",
        language=blocks[0].texts.language if blocks else languages[0],
        report="index",
        blocks=blocks,
        script=Markup(read_script()),
    )


def _build_block(
    texts: Texts, publications: Mapping[Edition, Publication], reports: Reports, missing: Gaps
) -> Block:
    """What the page says in one language."""
    reports = [report for report in reports if report["parameters"]["language"] == texts.language]
    gaps = [gap for gap in missing if PurePosixPath(gap["report"]).suffixes[:1] == [f".{texts.language}"]]
    any_publication = next(iter(_own(publications).values()), next(iter(publications.values()), None))
    facts = any_publication.facts if any_publication else {}
    notices = [texts.say("frame.synthetic")] if facts.get("synthetic") else []
    notices += [texts.say("frame.as_of", day=facts.get("as_of", "–")), texts.say("index.notice")]
    return Block(
        texts=texts,
        company=texts.label(facts["company"]) if facts else "",
        notice=" · ".join(notices),
        due=tuple(_list_due(texts, publications, gaps, facts.get("account", {}))),
        programme=_link(texts, reports, WHOLE) + tuple(_link_gaps(texts, gaps, WHOLE)),
        cohorts=tuple(_list_cohorts(texts, publications, reports, gaps)),
        handed=tuple(_list_handed(texts, publications, reports)),
    )


def _edition_of(report: Mapping[str, Any]) -> Edition:
    """For whom and about whom a report is."""
    parameters = report["parameters"]
    return Edition(
        audience=REPORTS[report["notebook"]].audience,
        cohort=parameters.get("cohort"),
        person=parameters.get("person"),
    )


def _own(publications: Mapping[Edition, Publication]) -> dict[Edition, Publication]:
    """The owner's: the whole programme first."""
    own = {edition: p for edition, p in publications.items() if edition.audience == "owner"}
    return dict(sorted(own.items(), key=lambda item: item[0] != WHOLE))


def _list_due(
    texts: Texts, publications: Mapping[Edition, Publication], gaps: Gaps, account: Mapping[str, Any]
) -> Iterator[str]:
    """What is to be decided, what could not be built, which answers are overdue, what was not read."""
    leaders = publications.get(Edition(audience="leadership"))
    for entry in leaders.words.get("decisions", ()) if leaders else ():
        if entry.get("by") and (what := entry["what"].get(texts.language)):
            yield texts.say("index.decision", by=entry["by"], what=what)
    if whole := publications.get(WHOLE):
        words = texts.reports["programme"]["decide"]["item"]
        reached = [words[each.name] for each in list_decisions(whole) if each.state == REACHED]
        if reached:
            yield texts.say("index.reached", list=texts.say("list.separator").join(reached))
    for gap in gaps:
        key = "index.gap_section" if gap.get("section") else "index.gap"
        reason = shorten(gap["reason"].strip().split("\n")[0], LONGEST_REASON)  # the manifest has all of it
        yield texts.say(key, **{**gap, "report": _name_gap(texts, gap), "reason": reason})
    for edition, publication in _own(publications).items():
        waves = list(_list_outstanding(texts, publication, edition.cohort)) if edition.cohort else []
        if waves and any(stay["end"] is None for stay in publication.facts["stays"]):
            listed = texts.say("list.separator").join(waves)
            yield texts.say("index.outstanding", cohort=edition.cohort, list=listed)
    for key in ("refused", "cells"):
        if account.get(key):
            yield texts.say(f"index.{key}", n=account[key])
    reasons = account.get("reasons", {})
    nameless = sum(told.get(reason, 0) for told in reasons.values() for reason in NAMELESS)
    if nameless:
        yield texts.say("index.nameless", n=nameless)


def _name_gap(texts: Texts, gap: Mapping[str, str]) -> str:
    """Which report it was to be, from its path: "Work and load — cohort 3", "Letter … — p03"."""
    about = PurePosixPath(gap["report"]).parent.name
    notebook = _find_notebook(gap)
    if notebook is None:
        return gap["report"]
    name = texts.say(f"link.{notebook}", cohort=about.removeprefix("cohort-"))
    personal = REPORTS[notebook].about in ("person", "graduate")
    return texts.say("index.of_person", report=name, person=about) if personal else name


def _find_notebook(gap: Mapping[str, str]) -> str | None:
    """The notebook that a gap's report is made of, by the name of its file."""
    file = PurePosixPath(gap["report"]).name.split(".")[0]
    return next((name for name, kind in REPORTS.items() if kind.file == file), None)


def _list_outstanding(texts: Texts, publication: Publication, cohort: str) -> Iterator[str]:
    """Questionnaire and wave that are due and not answered, with how many persons."""
    measures = publication.measures
    due = measures["measure"].eq(COVERAGE) & measures["notes"].map(lambda notes: OUTSTANDING in notes)
    rows = measures[due & measures["cohort"].eq(cohort)]
    for (kind, wave), n in rows.groupby(["kind", "wave"], sort=True)["value"].sum().items():
        who = texts.say(f"kind.{kind}") if texts.has(f"kind.{kind}") else str(kind)
        yield texts.say("index.answers_of", who=who, wave=texts.say(f"wave.{wave}"), n=int(n))


def _list_cohorts(
    texts: Texts, publications: Mapping[Edition, Publication], reports: Reports, gaps: Gaps
) -> Iterator[Row]:
    """A line a cohort: when, how many, and the finding of each report."""
    for edition, publication in _own(publications).items():
        if edition.cohort is None:
            continue
        links = [*_link(texts, reports, edition), *_link_gaps(texts, gaps, edition)]
        yield Row(
            name=texts.say("place.cohort", cohort=edition.cohort),
            note=_describe_stays(texts, publication.facts["stays"]),
            links=tuple(
                replace(link, finding=find_report(link.report).open(publication, texts).headline)
                for link in links
            ),
        )


def _list_handed(
    texts: Texts, publications: Mapping[Edition, Publication], reports: Reports
) -> Iterator[Row]:
    """Leaders, then persons: all that is for one person on one line."""
    others = [edition for edition in publications if edition.audience != "owner"]
    for edition in (each for each in others if each.person is None):
        if links := _link(texts, reports, edition):
            yield Row(name=texts.say("index.leadership"), links=links)
    for person in sorted({edition.person for edition in others if edition.person}):
        editions = [edition for edition in others if edition.person == person]
        if links := tuple(link for each in editions for link in _link(texts, reports, each)):
            stays = publications[editions[0]].facts["stays"]
            names = [str(stay["name"]) for stay in stays if stay["person"] == person]
            yield Row(name=names[0] if names else person, links=links)


def _link(texts: Texts, reports: Reports, edition: Edition) -> tuple[Link, ...]:
    """The reports of an edition."""
    return tuple(
        Link(
            report=report["notebook"],
            name=texts.say(f"index.of.{report['notebook']}"),
            href=str(report["path"]),
        )
        for report in reports
        if _edition_of(report) == edition
    )


def _link_gaps(texts: Texts, gaps: Gaps, edition: Edition) -> Iterator[Link]:
    """The reports of an edition that could not be built."""
    for gap in gaps:
        notebook, folder = _find_notebook(gap), PurePosixPath(gap["report"]).parent.as_posix()
        if notebook and not gap.get("section") and folder == edition.folder:
            yield Link(report=notebook, name=texts.say(f"index.of.{notebook}"))


def _describe_stays(texts: Texts, stays: Iterable[Mapping[str, Any]]) -> str:
    """How many persons, from when to when; a stay that goes on has no end."""
    stays = list(stays)
    if not stays:
        return ""
    ends = [stay["end"] for stay in stays]
    first = texts.day(min(stay["start"] for stay in stays))
    if None in ends:
        return texts.say("index.running", n=len(stays), first=first)
    return texts.say("index.stays", n=len(stays), first=first, last=texts.day(max(ends)))
