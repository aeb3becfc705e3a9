"""What may stand in an edition by its own files: known keys and measures, its own readers.

For leaders there is an allow-list of words and numbers: their page is made again of publication.json.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any

from nbformat.v4 import new_code_cell, new_notebook, new_output

from ...disclosure.own_records import Entry
from ...disclosure.publications import DECIMALS, VOICE_COLUMNS, Edition, read_publication
from ...measure_row import MEASURE_COLUMNS
from ...programme.model import Reply
from ...reports import find_report
from ...texts import list_languages, read_texts
from ..making import describe_gap, render_report
from ..planning import ReportSpec, link_reports
from .files import Document, Finding, ReportFolder

NUMBERS = ("value", "low", "high", "n", "missing")
MANIFEST_KEYS = re.compile(
    "version|reports|missing|outputs|path|notebook|parameters|cohort|person|language|previous|section|report|reason"
)
OWNER_KEYS = re.compile(
    MANIFEST_KEYS.pattern + "|library|programme|as_of|plan|inputs|notebooks|made_of|files"
)
ACCOUNT_KEYS = re.compile(
    "files|rows|file|sha256|profile|encoding|tables|read|used|set_aside|refused|cells|warnings|code|n|corrected"
    "|of|sheets|sheet|row|column|outcome|reason"
)
PUBLICATION_KEYS: Mapping[str, re.Pattern[str]] = {
    "": re.compile("edition|programme|cohort|person|as_of|measures|voices|records|replies|words|facts"),
    "measures": re.compile("|".join(MEASURE_COLUMNS)),
    "voices": re.compile("|".join(VOICE_COLUMNS)),
    "records": re.compile("|".join(each.name for each in fields(Entry))),
    "replies": re.compile("|".join(Reply.model_fields)),
    "facts": re.compile(
        "programme_sha256|version|as_of|name|company|ja|en|synthetic|k|plan|triggers|default_triggers"
        "|smallest_change|teams|skills|id|stays|why_nothing_after|events|question_changes|adjustments|team_phases"
        "|account|sources|anchors|consents|declared|when|first_stay|sha256|waves|primary|families|measures?|unit|s"
        "|measurement_error|of|r|sd|source|person|cohort|team|team_name|start|planned_end|end|ending|now|returned"
        "|date|question|wording|same_meaning|since|because_ja|because_en|phase|first|last|files|read|used|set_aside"
        "|refused|cells|reasons|cell|warning|corrections|file|row|column|why|who|kind|audience|given|withdrawn"
    ),
}
"""Every key that a build writes: of a manifest, the account, a publication by the part it stands in."""
_NAMED = re.compile(
    "outputs|inputs|notebooks|tables|set_aside|refused|cells?|warning|triggers|smallest_change|teams"
    "|why_nothing_after|anchors|measurement_error|sources|words"
)
"""Keys of objects whose own keys are names: files, teams, reasons; `words` have a model of their own."""
_NOTE = re.compile(r"[A-Z][A-Z0-9_]*(:.*)?", re.DOTALL)


def check_schema(folder: ReportFolder) -> Iterator[Finding]:
    """Every JSON file holds keys that a build writes, a publication documented measures, and no others."""
    for document in folder.list_of(".json"):
        content = document.content
        found = [] if content else [("", "an object is expected")]
        found += [
            (key, "no build writes this key") for key in _list_keys(content, _list_known_keys(document))
        ]
        for row in list_rows(content):
            name = str(row.get("measure"))
            if not is_measure(name):
                found.append((name, "it is not a measure of docs/measures.md"))
            if any(type(row.get(key)) not in (int, float, type(None)) for key in NUMBERS):
                found.append((name, "a text stands in the place of a number"))
            if not all(isinstance(note, str) and _NOTE.fullmatch(note) for note in row.get("notes") or ()):
                found.append((f"{name} notes", "it is not a code"))
        for place, what in dict.fromkeys(found):
            yield Finding(check="schema", file=document.name, where=place[:80], what=what)


def _list_known_keys(document: Document) -> Mapping[str, re.Pattern[str]]:
    """The keys of the whole file, and of what lies under some of them."""
    if document.name.endswith("account.json"):
        return {"": ACCOUNT_KEYS}
    if document.name.endswith("manifest.json"):
        return {"": OWNER_KEYS if document.audience == "owner" else MANIFEST_KEYS}
    return PUBLICATION_KEYS


def _list_keys(value: Any, known: Mapping[str, re.Pattern[str]], within: str = "") -> Iterator[str]:
    """Keys that are not known where they stand."""
    for each in value if isinstance(value, list) else ():
        yield from _list_keys(each, known, within)
    for key, each in value.items() if isinstance(value, dict) else ():
        if not known[within].fullmatch(key):
            yield key
        elif _NAMED.fullmatch(key):
            inner = each.values() if isinstance(each, dict) and key != "words" else ()
            yield from (found for one in inner for found in _list_keys(one, known, within))
        else:
            yield from _list_keys(each, known, key if not within and key in known else within)


def list_rows(content: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rows of a publication; none of any other file."""
    rows = content.get("measures")
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def is_measure(name: str) -> bool:
    """Whether docs/measures.md, which is installed with the package, has a row of that id.

    >>> is_measure("skill.growth.mentor"), is_measure("skill.growth.salary"), is_measure("skill.salary")
    (True, False, False)
    """
    return _measure_pattern().fullmatch(name) is not None


@cache
def _measure_pattern() -> re.Pattern[str]:
    """Ids as the first column of the document has them: `a.b`, `a.*`, and `.c` for a.c or a.b.c."""
    package = Path(__file__).resolve().parents[2]
    inside, beside = package / "measures.md", package.parent / "docs" / "measures.md"
    ids: list[str] = []
    for line in (inside if inside.is_file() else beside).read_text(encoding="utf-8").splitlines():
        names = re.findall(r"`([a-z0-9_.*]+)`", line.split("|")[1]) if line.startswith("| `") else []
        whole = [name for name in names if "." in name[1:]]
        ids += whole
        for ending in (name for name in names if name.startswith(".")):
            ids += [start + ending for name in whole for start in (name, name.rpartition(".")[0])]
    parts = "|".join(sorted({part for name in ids for part in name.split(".") if part != "*"}))
    known = "|".join(re.escape(name).replace(r"\*", rf"(?:{parts})(?:\.(?:{parts}))*") for name in ids)
    return re.compile(rf"(?:{known})")


# --- the edition ------------------------------------------------------------------------------------------


def check_editions(folder: ReportFolder) -> Iterator[Finding]:
    """Each publication lies in its reader's folder, is rounded, hides whole rows and is about nobody else."""
    for document in folder.list_publications():
        for what in dict.fromkeys((*_misplaced(document, document.content), *_judge_rows(document))):
            yield Finding(check="editions", file=document.name, what=what)


def _misplaced(document: Document, content: Mapping[str, Any]) -> Iterator[str]:
    audience, facts = document.audience, content.get("facts")
    facts = facts if isinstance(facts, dict) else {}
    edition = Edition(audience=audience, cohort=content.get("cohort"), person=content.get("person"))
    if (content.get("edition"), edition.results) != (audience, document.name):
        yield "it is not the publication of the readers whose folder it lies in"
    if audience == "owner":
        return
    if any(stay.get("person") != document.person for stay in facts.get("stays") or ()):
        yield "its facts describe the rotations of others"
    if (facts.get("account") or {}).get("corrections"):
        yield "its facts list what was corrected in the owner's files"
    if content.get("records") and audience != "graduate":
        yield "it holds records of a person's own work"
    if audience == "leadership":
        held = [name for name in ("voices", "replies") if content.get(name)]
        held += [name for name in ("stays", "team_phases", "account", "consents") if facts.get(name)]
        yield from (f"it holds {name}, which leaders are not shown" for name in held)


def _judge_rows(document: Document) -> Iterator[str]:
    for row in list_rows(document.content):
        name, person = row.get("measure"), row.get("person")
        given = {key: row[key] for key in NUMBERS if isinstance(row.get(key), int | float)}
        if row.get("verdict") == "hidden" and given:
            yield f"{name} is marked as hidden and has numbers"
        digits = DECIMALS.get(str(row.get("unit")), 6)
        if any(round(given[key], digits) != given[key] for key in ("value", "low", "high") if key in given):
            yield f"{name} is not rounded as it is printed"
        if person is not None and document.audience != "owner" and person != document.person:
            yield f"{name} is a row of {person}"


# --- leaders ----------------------------------------------------------------------------------------------


def check_leaders(folder: ReportFolder) -> Iterator[Finding]:
    """Leaders' pages show what their report makes of publication.json, in words and numbers, and no more."""
    specs = [ReportSpec(notebook="leadership_summary", language=language) for language in list_languages()]
    for spec in link_reports(specs, cohorts=()):
        if page := folder.documents.get(spec.path):
            for text in _list_foreign(page, spec, folder.root / spec.results.removeprefix(folder.prefix)):
                yield Finding(
                    check="leaders",
                    file=page.name,
                    where=text[:40],
                    what="it is not what the report makes of publication.json",
                    next_step="words of your own belong into words/leadership.toml; then build again",
                )


def _list_foreign(page: Document, spec: ReportSpec, publication: Path) -> Iterator[str]:
    """What a reader of the page sees or hears, and no page that is made of the publication has."""
    texts = read_texts(spec.language)
    try:
        opened = find_report(spec.notebook).open(read_publication(publication), texts)
        outputs = [new_output("display_data", data, metadata=about) for data, about in opened.show()]
    except Exception as error:  # of what no build wrote anything may come
        yield f"publication.json: {type(error).__name__}"
        return
    notebook = new_notebook(cells=[new_code_cell("", outputs=outputs)])
    made = Document(page.name, render_report(spec, notebook, texts).encode())
    gaps = (line for section in opened.shown for line in describe_gap(spec, section, texts))
    known = {*made.readable, *gaps, *describe_gap(spec, "", texts)}
    yield from dict.fromkeys(text for text in page.readable if text not in known)
    if any(figure not in made.figures for figure in page.figures):
        yield "a figure"
