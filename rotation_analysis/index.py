"""The index page: the programme first, then a row a cohort; one link a report, verdicts counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from .pages import content_policy
from .publications import Publication, read_publication
from .texts import Texts, list_languages, read_texts
from .verdicts import VERDICTS


def render_index(
    folder: Path, publications: Mapping[str | None, Publication], reports: Sequence[Mapping[str, Any]]
) -> str:
    """The page as HTML; both languages on one page, Japanese first; the whole programme before the cohorts.

    What was not built anew (`publications`, by cohort; None: the programme's) is read from the folder.
    """
    cohorts = sorted({_cohort_of(report) for report in reports}, key=lambda cohort: cohort or "")
    known = {
        cohort: publications.get(cohort) or read_publication(folder / _results_of(cohort))
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
        blocks=[block for block in blocks if any(row["links"] for row in block["rows"])],
        facts=facts,
        policy=content_policy(),
        style=Markup(_read("page.css").strip()),
    )


def _cohort_of(report: Mapping[str, Any]) -> str | None:
    """The cohort a report is about; None: the whole programme."""
    cohort = report["parameters"].get("cohort")
    return None if cohort is None else str(cohort)


def _results_of(cohort: str | None) -> str:
    return "owner/results.json" if cohort is None else f"owner/cohort-{cohort}/results.json"


def _block(
    texts: Texts, publications: Mapping[str | None, Publication], reports: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """What the page says in one language: a row for the programme, one for each cohort that has a page."""
    cohorts = [_row(texts, cohort, publication, reports) for cohort, publication in publications.items()]
    newest = list(publications.values())[-1:]
    if None not in publications and newest:  # its verdicts are in every publication
        cohorts = [_row(texts, None, newest[0], reports), *cohorts]
    facts = next(iter(publications.values())).facts if publications else {}
    return {
        "language": texts.language,
        "texts": texts,
        "rows": [row for number, row in enumerate(cohorts) if number == 0 or row["links"]],
        "until": texts.say("report.data_until", day=facts.get("as_of", "–")),
        "company": texts.label(facts["company"]) if facts else "",
    }


def _row(
    texts: Texts, cohort: str | None, publication: Publication, reports: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """Name, links and verdicts of a cohort, or of the programme."""
    return {
        "name": texts.say("index.programme") if cohort is None else texts.say("index.cohort", cohort=cohort),
        "links": [
            {"href": r["path"], "text": texts.say(f"report.title.{r['notebook']}", cohort=cohort or "")}
            for r in reports
            if _cohort_of(r) == cohort
        ],
        "verdicts": _count_verdicts(texts, publication, of_cohort=cohort is not None),
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
