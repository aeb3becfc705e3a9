"""The index page, the owner's alone: what is due, a line a cohort with its findings, what others get.

Everything on it is in the publications and in the manifest's gaps: nothing is computed here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

import pandas as pd
from markupsafe import Markup

from ..disclosure.publications import Edition, Publication, read_publication
from ..errors import shorten
from ..reports import find_report
from ..reports.decisions import REACHED, list_decisions
from ..texts import Texts, list_languages, read_texts
from .pages import read_script, render_template
from .planning import REPORTS

Reports = Sequence[Mapping[str, Any]]
Gaps = Sequence[Mapping[str, str]]
WHOLE = Edition(audience="owner")
COVERAGE = "coverage.survey"
OUTSTANDING = "STATUS_MISSING"
NAMELESS = ("unknown_person", "ambiguous_person")
LONGEST_REASON = 300


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


# --- what is due -----------------------------------------------------------------------------------


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
        yield texts.say(key, **{**gap, "report": _name_gap(texts, gap), "reason": _shorten(gap["reason"])})
    for edition, publication in _own(publications).items():
        waves = list(_list_outstanding(texts, publication, edition.cohort)) if edition.cohort else []
        if waves and _is_running(publication):
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


def _shorten(reason: str) -> str:
    """The first line; the whole stands in the manifest."""
    return shorten(reason.strip().split("\n")[0], LONGEST_REASON)


def _is_running(publication: Publication) -> bool:
    return any(stay["end"] is None for stay in publication.facts["stays"])


def _list_outstanding(texts: Texts, publication: Publication, cohort: str) -> Iterator[str]:
    """Questionnaire and wave that are due and not answered, with how many persons."""
    rows = _rows_outstanding(publication, cohort)
    for (kind, wave), n in rows.groupby(["kind", "wave"], sort=True)["value"].sum().items():
        who = texts.say(f"kind.{kind}") if texts.has(f"kind.{kind}") else str(kind)
        yield texts.say("index.answers_of", who=who, wave=texts.say(f"wave.{wave}"), n=int(n))


def _rows_outstanding(publication: Publication, cohort: str) -> pd.DataFrame:
    """The rows that count answers which are due and not there."""
    measures = publication.measures
    due = measures["measure"].eq(COVERAGE) & measures["notes"].map(lambda notes: OUTSTANDING in notes)
    return measures[due & measures["cohort"].eq(cohort)]


# --- reports ------------------------------------------------------------------------------------------------


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
            yield Row(name=_name_of(publications[editions[0]], person), links=links)


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


def _name_of(publication: Publication, person: str) -> str:
    names = [str(stay["name"]) for stay in publication.facts["stays"] if stay["person"] == person]
    return names[0] if names else person
