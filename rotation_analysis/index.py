"""The index page, the owner's alone: what needs attention, the programme and its cohorts, what others get.

Everything on it is counted in the publications and in the manifest's gaps: nothing is computed here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import pandas as pd

from .errors import shorten
from .pages import render_template
from .planning import REPORTS
from .publications import Edition, Publication, read_publication
from .texts import Texts, list_languages, read_texts
from .verdicts import SHOWN, name_verdict

Reports = Sequence[Mapping[str, Any]]
Gaps = Sequence[Mapping[str, str]]
WHOLE = Edition(audience="owner")
COVERAGE = ("coverage.skill_survey", "coverage.survey")
OUTSTANDING = "STATUS_MISSING"
NAMELESS = ("unknown_person", "ambiguous_person")
LONGEST_REASON = 300


@dataclass(frozen=True, kw_only=True)
class Link:
    """A report: its path and name; without a path it could not be built."""

    name: str
    href: str = ""


@dataclass(frozen=True, kw_only=True)
class Row:
    """The programme, a cohort or a reader: its reports; of the owner's own also answers and verdicts."""

    name: str
    links: tuple[Link, ...]
    note: str = ""
    outstanding: int | None = None
    verdicts: Mapping[str, int] | None = None


@dataclass(frozen=True, kw_only=True)
class Block:
    """The page in one language."""

    texts: Texts
    banners: tuple[str, ...]
    note: str
    attention: tuple[str, ...]
    rows: tuple[Row, ...]
    verdicts: tuple[str, ...]
    """Those that were given at all, in the order of `VERDICTS`."""
    handed: tuple[Row, ...]


def render_index(
    folder: Path, publications: Mapping[Edition, Publication], reports: Reports, *, missing: Gaps = ()
) -> str:
    """The page as HTML; both languages on one page, Japanese first; the whole programme before the cohorts.

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
    first = blocks[0].texts
    return render_template(
        "index.html",
        title=first.say("index.title"),
        language=first.language,
        blocks=[block for block in blocks if any(row.links for row in block.rows + block.handed)],
    )


def _build_block(
    texts: Texts, publications: Mapping[Edition, Publication], reports: Reports, missing: Gaps
) -> Block:
    """What the page says in one language."""
    reports = [report for report in reports if report["parameters"]["language"] == texts.language]
    gaps = [gap for gap in missing if PurePosixPath(gap["report"]).suffixes[:1] == [f".{texts.language}"]]
    rows = tuple(_list_own(texts, publications, reports, gaps))
    any_publication = next(iter(_own(publications).values()), next(iter(publications.values()), None))
    facts = any_publication.facts if any_publication else {}
    said = ["report.synthetic"] if facts.get("synthetic") else []
    until = texts.say("report.data_until", day=facts.get("as_of", "–"))
    return Block(
        texts=texts,
        banners=tuple(texts.say(key) for key in (*said, "report.notice")),
        note=" · ".join([texts.label(facts["company"]), until] if facts else [until]),
        attention=tuple(_list_attention(texts, publications, gaps, facts.get("account", {}))),
        rows=rows,
        verdicts=tuple(v for v in SHOWN if any(v in (row.verdicts or {}) for row in rows)),
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
    """The owner's: the whole programme first, whose verdicts are in every publication of the owner's."""
    own = {edition: p for edition, p in publications.items() if edition.audience == "owner"}
    if own and WHOLE not in own:
        own = {WHOLE: list(own.values())[-1], **own}
    return dict(sorted(own.items(), key=lambda item: item[0] != WHOLE))


# --- what needs attention -----------------------------------------------------------------------------------


def _list_attention(
    texts: Texts, publications: Mapping[Edition, Publication], gaps: Gaps, account: Mapping[str, Any]
) -> Iterator[str]:
    """What is missing, outstanding or unread, a sentence each."""
    for gap in gaps:
        key = "index.gap_section" if gap.get("section") else "index.gap"
        yield texts.say(key, **{**gap, "report": _name_gap(texts, gap), "reason": _shorten(gap["reason"])})
    for cohort, publication in ((edition.cohort, each) for edition, each in _own(publications).items()):
        waves = list(_list_outstanding(texts, publication, cohort)) if cohort else []
        if waves and _is_running(publication):
            listed = texts.say("list.separator").join(waves)
            yield texts.say("index.outstanding", cohort=cohort, list=listed)
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
    name = texts.say(f"report.title.{notebook}", cohort=about.removeprefix("cohort-"))
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
    due = measures["measure"].isin(COVERAGE) & measures["notes"].map(lambda notes: OUTSTANDING in notes)
    return measures[due & measures["cohort"].eq(cohort)]


# --- reports ------------------------------------------------------------------------------------------------


def _list_own(
    texts: Texts, publications: Mapping[Edition, Publication], reports: Reports, gaps: Gaps
) -> Iterator[Row]:
    """The programme, then the cohorts of which there is a report or should be."""
    for edition, publication in _own(publications).items():
        links = (*_link(texts, reports, edition), *_link_gaps(texts, gaps, edition))
        if links or edition == WHOLE:
            cohort = edition.cohort
            yield Row(
                name=texts.say("index.cohort", cohort=cohort) if cohort else texts.say("index.programme"),
                note=_describe_stays(texts, publication.facts["stays"]) if cohort else "",
                links=links,
                outstanding=int(_rows_outstanding(publication, cohort)["value"].sum()) if cohort else None,
                verdicts=_count_verdicts(publication, of_cohort=cohort is not None),
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
        Link(name=texts.say(f"index.of.{report['notebook']}"), href=str(report["path"]))
        for report in reports
        if _edition_of(report) == edition
    )


def _link_gaps(texts: Texts, gaps: Gaps, edition: Edition) -> Iterator[Link]:
    """The reports of an edition that could not be built."""
    for gap in gaps:
        notebook, folder = _find_notebook(gap), PurePosixPath(gap["report"]).parent.as_posix()
        if notebook and not gap.get("section") and folder == edition.folder:
            yield Link(name=texts.say(f"index.of.{notebook}"))


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


def _count_verdicts(publication: Publication, *, of_cohort: bool) -> dict[str, int]:
    """How often each verdict is shown, over the cohort's own rows or the programme's; no row of a part."""
    measures = publication.measures
    whole = measures["skill"].isna() & measures["kind"].isna() & (measures["cohort"].notna() == of_cohort)
    judged = measures[whole & measures["verdict"].notna()]
    counted = Counter(map(name_verdict, judged["verdict"], judged["low"], judged["high"]))
    return {verdict: counted[verdict] for verdict in SHOWN if verdict in counted}
