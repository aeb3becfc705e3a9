"""The index page of a report folder: one row a cohort, one link a report, verdicts counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from .disclosure import Publication, read_publication
from .pages import content_policy
from .texts import Texts, list_languages, read_texts
from .verdicts import VERDICTS


def render_index(
    folder: Path, publications: Mapping[str, Publication], reports: Sequence[Mapping[str, Any]]
) -> str:
    """The page as HTML; both languages on one page, Japanese first."""
    cohorts = sorted({report["parameters"]["cohort"] for report in reports})
    known = {
        cohort: publications.get(cohort) or read_publication(folder / f"owner/cohort-{cohort}/results.json")
        for cohort in cohorts
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
        blocks=[block for block in blocks if block["cohorts"]],
        facts=facts,
        policy=content_policy(),
        style=Markup(_read("page.css").strip()),
    )


def _block(
    texts: Texts, publications: Mapping[str, Publication], reports: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """What the page says in one language."""
    cohorts = []
    for cohort, publication in publications.items():
        links = [
            {"href": r["path"], "text": texts.say(f"report.title.{r['notebook']}", cohort=cohort)}
            for r in reports
            if r["parameters"]["cohort"] == cohort
        ]
        if links:
            name = texts.say("index.cohort", cohort=cohort)
            verdicts = _count_verdicts(texts, publication, of_cohort=True)
            cohorts.append({"name": name, "links": links, "verdicts": verdicts})
    newest = list(publications.values())[-1:]
    facts = next(iter(publications.values())).facts if publications else {}
    return {
        "language": texts.language,
        "texts": texts,
        "cohorts": cohorts,
        "programme": [
            line for publication in newest for line in _count_verdicts(texts, publication, of_cohort=False)
        ],
        "until": texts.say("report.data_until", day=facts.get("as_of", "–")),
        "company": texts.label(facts["company"]) if facts else "",
    }


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
