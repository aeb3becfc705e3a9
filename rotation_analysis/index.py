"""The index page, the owner's alone: the programme and its cohorts, then what is handed to others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from .pages import content_policy
from .planning import REPORTS
from .publications import Edition, Publication, read_publication
from .texts import Texts, list_languages, read_texts
from .verdicts import VERDICTS

Reports = Sequence[Mapping[str, Any]]
WHOLE = Edition(audience="owner")


def render_index(folder: Path, publications: Mapping[Edition, Publication], reports: Reports) -> str:
    """The page as HTML; both languages on one page, Japanese first; the whole programme before the cohorts.

    What was not built anew (`publications`) is read from the folder.
    """
    editions = dict.fromkeys(_edition_of(report) for report in reports)
    known = {
        edition: publications.get(edition) or read_publication(folder / edition.results)
        for edition in editions
    }
    any_publication = next(iter(known.values()), None)
    facts = any_publication.facts if any_publication else {}
    languages = sorted(list_languages(), reverse=True)  # ja before en
    blocks = [
        _block(read_texts(language), known, [r for r in reports if r["parameters"]["language"] == language])
        for language in languages
    ]
    template = _environment().from_string(_read("index.html"))
    return template.render(
        blocks=[block for block in blocks if any(row["links"] for row in block["rows"] + block["handed"])],
        facts=facts,
        policy=content_policy(),
        style=Markup(_read("page.css").strip()),
    )


def _edition_of(report: Mapping[str, Any]) -> Edition:
    """For whom and about whom a report is."""
    parameters = report["parameters"]
    return Edition(
        audience=REPORTS[report["notebook"]].audience,
        cohort=parameters.get("cohort"),
        person=parameters.get("person"),
    )


def _block(texts: Texts, publications: Mapping[Edition, Publication], reports: Reports) -> dict[str, Any]:
    """What the page says in one language: the owner's own reports by cohort, then what others get."""
    own = {edition: p for edition, p in publications.items() if edition.audience == "owner"}
    if own and WHOLE not in own:  # its verdicts are in every publication of the owner's
        own = {WHOLE: list(own.values())[-1], **own}
    own = dict(sorted(own.items(), key=lambda item: item[0] != WHOLE))
    rows = [_row(texts, edition, publication, reports) for edition, publication in own.items()]
    others = [edition for edition in publications if edition.audience != "owner"]
    leaders = [edition for edition in others if edition.person is None]
    people = sorted({edition.person: edition for edition in others if edition.person}.items())
    facts = next(iter(publications.values())).facts if publications else {}
    return {
        "language": texts.language,
        "texts": texts,
        "rows": [row for number, row in enumerate(rows) if number == 0 or row["links"]],
        "handed": [
            *({"name": texts.say("index.leadership"), "links": _links(texts, reports, e)} for e in leaders),
            *(
                {"name": _name_of(publications[e], str(p)), "links": _links(texts, reports, e, person=p)}
                for p, e in people
            ),
        ],
        "until": texts.say("report.data_until", day=facts.get("as_of", "–")),
        "company": texts.label(facts["company"]) if facts else "",
    }


def _name_of(publication: Publication, person: str) -> str:
    names = [str(stay["name"]) for stay in publication.facts["stays"] if stay["person"] == person]
    return names[0] if names else person


def _row(texts: Texts, edition: Edition, publication: Publication, reports: Reports) -> dict[str, Any]:
    """Name, links and verdicts of a cohort, or of the programme."""
    cohort = edition.cohort
    return {
        "name": texts.say("index.programme") if cohort is None else texts.say("index.cohort", cohort=cohort),
        "links": _links(texts, reports, edition),
        "verdicts": _count_verdicts(texts, publication, of_cohort=cohort is not None),
    }


def _links(
    texts: Texts, reports: Reports, edition: Edition, *, person: str | None = None
) -> list[dict[str, str]]:
    """The reports of an edition, or of everybody whom a person's reports are for."""
    return [
        {
            "href": str(report["path"]),
            "text": texts.say(f"report.title.{report['notebook']}", cohort=edition.cohort or ""),
        }
        for report in reports
        if (person and report["parameters"].get("person") == person) or _edition_of(report) == edition
    ]


def _count_verdicts(texts: Texts, publication: Publication, *, of_cohort: bool) -> list[dict[str, Any]]:
    """How often each verdict was given, over the cohort's own rows or the programme's; no row of a part."""
    measures = publication.measures
    whole = measures["skill"].isna() & measures["kind"].isna() & (measures["cohort"].notna() == of_cohort)
    counted = measures.loc[whole, "verdict"].value_counts()
    return [
        {"name": texts.say(f"verdict.{verdict}"), "n": int(counted[verdict])}
        for verdict in VERDICTS
        if verdict in counted
    ]


def _read(name: str) -> str:
    return (files("rotation_analysis") / "templates" / name).read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    return Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
