"""What may stand in an edition by its own files: known keys and measures, its own readers, printed numbers.

For leaders there is an allow-list: a number is one of publication.json as it is printed, and a sentence is one that
the reports have, filled with what publication.json holds.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from functools import cache, lru_cache
from pathlib import Path
from string import Formatter
from typing import Any

from pydantic import ValidationError

from .audit_files import MANIFEST, Document, Finding, ReportFolder, list_strings, read_label
from .measures import MEASURE_COLUMNS
from .own_records import Entry
from .programme import Reply
from .publications import DECIMALS, VOICE_COLUMNS, Edition
from .texts import list_sentences
from .words import LeadershipWords, LetterWords, OwnerWords, PackWords, Words, name_file

_WORDS: Mapping[str, type[Words]] = {
    "owner": OwnerWords,
    "graduate": PackWords,
    "home_manager": LetterWords,
    "leadership": LeadershipWords,
}
VERDICTS = (
    *("supported", "leaning", "no_large_change", "not_enough_data", "not_measurable", "views_differ"),
    *("hidden", None),
)
_NUMBERS = ("value", "low", "high", "n", "missing")
_KEYS: Mapping[str, str] = {
    "manifest.json": """version reports missing outputs path notebook parameters cohort person language report
        section reason""",
    "owner": "library programme as_of plan inputs notebooks made_of files previous",
    "account.json": """files rows file sha256 profile encoding tables read used set_aside refused cells warnings code n
        corrected sheet row column outcome reason""",
    "publication": """edition programme cohort person as_of measures voices records replies words facts
        programme_sha256 version name company ja en synthetic k plan triggers default_triggers smallest_change
        teams skills id stays why_nothing_after events question_changes adjustments team_phases account anchors
        consents declared when first_stay sha256 waves primary families s measurement_error of r sd source team_name
        start planned_end end ending now returned date wording same_meaning since because_ja because_en first last
        files read used set_aside refused cells reasons cell warning corrections column why who audience withdrawn""",
}
"""Every key that a build writes, by kind of file; `owner`: only in the owner's manifests."""
_OPEN = re.compile(
    "outputs|inputs|notebooks|tables|set_aside|refused|cells?|triggers|smallest_change|teams|why_nothing_after|anchors"
    "|measurement_error|warning"
)
"""Keys whose own keys are names."""


def _list_known_keys(document: Document) -> set[str]:
    kind = document.name.rpartition("/")[2]
    known = set(_KEYS.get(kind, _KEYS["publication"]).split())
    if kind == MANIFEST and document.audience == "owner":
        known.update(_KEYS["owner"].split())
    if kind not in _KEYS:
        known.update(
            MEASURE_COLUMNS, VOICE_COLUMNS, Reply.model_fields, (each.name for each in fields(Entry))
        )
    return known


def check_schema(folder: ReportFolder) -> Iterator[Finding]:
    """Every JSON file holds the keys, kinds and measures that a build writes, and no others."""
    for document in folder.documents:
        if document.suffix == ".json":
            found = [("", "it is not a JSON object")]
            if isinstance(document.content, dict):
                known = _list_known_keys(document)
                found = [*_list_unknown_keys(document.content, known), *_list_misfits(document.content)]
            for place, what in dict.fromkeys(found):
                yield Finding(check="schema", file=document.name, where=place, what=what)


def _list_unknown_keys(value: Any, known: set[str], place: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, list):
        for each in value:
            yield from _list_unknown_keys(each, known, place)
    elif isinstance(value, dict):
        is_open = _OPEN.fullmatch(place.rpartition(".")[2])
        for key, each in value.items():
            inner = f"{place}.{key}".strip(".")
            if not (is_open or key in known):
                yield inner[:80], "no build writes this key"
            elif inner != "words":
                yield from _list_unknown_keys(each, known, inner)


def _list_misfits(content: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Measures, units and verdicts that no build writes, words that no file has, sums that do not agree."""
    for row in _list_rows(content):
        name = str(row.get("measure"))[:60]
        if row.keys() != set(MEASURE_COLUMNS):
            yield name, "it has not the keys of a measure"
        elif not is_measure(name):
            yield name, "it is not a measure of docs/measures.md"
        elif row["unit"] not in DECIMALS or row["verdict"] not in VERDICTS:
            yield name, "no build writes this unit or verdict"
        elif any(type(row[key]) not in (int, float, type(None)) for key in _NUMBERS):
            yield name, "no number where a number is expected"
    if content.get("words"):
        try:
            model = _WORDS.get(str(content.get("edition")), Words)
            model.model_validate_json(json.dumps(content["words"]))
        except ValidationError as error:
            yield (
                ".".join(map(str, ("words", *error.errors()[0]["loc"]))),
                "no file of words has this key or value",
            )
    for file in content.get("files", ()):
        if file["read"] != file["used"] + sum(file["set_aside"].values()) + sum(file["refused"].values()):
            yield str(file["file"]), "read is not used + set aside + refused"


def _list_rows(content: Any) -> list[dict[str, Any]]:
    """The rows of a publication; none of any other file."""
    rows = content.get("measures") if isinstance(content, dict) else None
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


@cache
def is_measure(name: str) -> bool:
    """Whether docs/measures.md, which travels with the package, has a row of that id.

    >>> is_measure("skill.growth.mentor"), is_measure("skill.growth.salary"), is_measure("skill.salary")
    (True, False, False)
    """
    return _measure_pattern().fullmatch(name) is not None


@cache
def _measure_pattern() -> re.Pattern[str]:
    """Ids as the first column of the document has them: `a.b`, `a.*`, and `.c` for a.c or a.b.c."""
    package = Path(__file__).resolve().parent
    inside, beside = package / "measures.md", package.parent / "docs" / "measures.md"
    lines = (inside if inside.is_file() else beside).read_text(encoding="utf-8").splitlines()
    ids: list[str] = []
    for line in lines:
        names = re.findall(r"`([a-z0-9_.*]+)`", line.split("|")[1]) if line.startswith("| `") else []
        for name in names:
            before = names[0].rpartition(".")[0]
            short = [
                end + name for first in names if first[0] != "." for end in (first, first.rpartition(".")[0])
            ]
            ids += short if name.startswith(".") else [name, f"{name}.never_senders"] * bool(before)
    parts = {part for name in ids for part in name.split(".") if part != "*"}
    star = rf"(?:(?:{'|'.join(sorted(parts))})(?:\.(?={'|'.join(sorted(parts))}))?)+"
    known = "|".join(re.escape(name).replace(r"\*", star) for name in dict.fromkeys(ids))
    return re.compile(rf"(?:{known})(?:\.higher)?")


# --- the edition ------------------------------------------------------------------------------------------


def check_editions(folder: ReportFolder) -> Iterator[Finding]:
    """Each publication lies in its reader's folder, is rounded, hides whole rows and is about nobody else."""
    for document in folder.documents:
        if isinstance(document.content, dict) and "edition" in document.content:
            for what in dict.fromkeys((*_misplaced(document, document.content), *_judge_rows(document))):
                yield Finding(check="editions", file=document.name, what=what)


def _misplaced(document: Document, content: Mapping[str, Any]) -> Iterator[str]:
    audience, facts = document.audience, content.get("facts") or {}
    edition = Edition(audience=audience, cohort=content.get("cohort"), person=content.get("person"))
    if (content["edition"], edition.results) != (audience, document.name):
        yield "it is not the publication of the readers whose folder it lies in"
    if audience == "owner":
        return
    if any(stay.get("person") != document.person for stay in facts.get("stays", ())):
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
    for row in _list_rows(document.content):
        name, person = row.get("measure"), row.get("person")
        given = {key: row[key] for key in _NUMBERS if isinstance(row.get(key), int | float)}
        if row.get("verdict") == "hidden" and given:
            yield f"{name} is marked as hidden and has numbers"
        digits = DECIMALS.get(str(row.get("unit")), 6)
        if any(round(given[key], digits) != given[key] for key in ("value", "low", "high") if key in given):
            yield f"{name} is not rounded as it is printed"
        if person is not None and document.audience != "owner" and person != document.person:
            yield f"{name} is a row of {person}"


# --- leaders: numbers -------------------------------------------------------------------------------------

_DAYS = re.compile(r"(?<!\d)(\d{4})-(\d{2})(?:-(\d{2}))?(?!\d)")
_NUMBER = re.compile(r"(?<![\d.,])\d[\d,]*(?:\.\d+)?")
_TICK, _NO_TICK = re.compile(r"\d{4}-\d\d|\d{1,2}0*|0\.0*\d{1,2}|\d\.5"), re.compile("(?!)")
"""What is written along the axes of a picture: months, numbers of two digits that count."""
_READ_ALOUD = ("aria-label", "alt", "title", "value", "content", "headers", "summary", "placeholder")
_DRAWN = ("x", "y", "z", "text", "customdata", "hovertext", "base", "name")


def check_numbers(folder: ReportFolder) -> Iterator[Finding]:
    """Leaders' pages hold only numbers of their publication, as printed, and of the reports' sentences."""
    for document, publication, runs in _list_for_leaders(folder):
        allowed = _list_printed(publication) | _list_own_numbers()
        ticks = _TICK if document.suffix == ".svg" else _NO_TICK
        found = dict.fromkeys(number for run in runs for number in _numbers_in(run))
        for number in (each for each in found if each not in allowed and not ticks.fullmatch(each)):
            yield Finding(
                check="numbers",
                file=document.name,
                where=number,
                what="it is in no row of publication.json and in no sentence of the reports",
                next_step="make the page from the publication alone",
            )


def _list_for_leaders(folder: ReportFolder) -> Iterator[tuple[Document, dict[str, Any], list[str]]]:
    """Each of leaders' pages, pictures and texts with its publication and what its readers can see in it."""
    for document in folder.documents:
        if document.audience == "leadership" and document.suffix != ".json":
            markup = document.markup
            runs = [*markup.runs] if markup else document.readable[1].split("\n")
            for element in markup.elements if markup else ():
                if element.tag != "meta":
                    runs += [text for name, text in element.attributes.items() if name in _READ_ALOUD]
            runs += [text for figure in document.figures for text in _list_drawn(figure)]
            yield document, folder.publication_of(document), runs


def _list_drawn(figure: Any) -> Iterator[str]:
    """What a picture shows, numbers as decimals without a sign; `figures` reports what is no figure."""
    if not isinstance(figure, dict):
        return
    layout = figure.get("layout", {})
    for trace in figure.get("data", ()):
        yield from _printed_values([trace.get(key) for key in _DRAWN])
        errors = [trace.get(key) or {} for key in ("error_x", "error_y")]
        yield from _printed_values([each.get(side) for each in errors for side in ("array", "arrayminus")])
    for shown in (*layout.get("annotations", ()), *layout.get("shapes", ())):
        yield from _printed_values([shown.get(key) for key in ("text", "x0", "x1", "y0", "y1")])
    for key, axis in layout.items():
        if re.fullmatch(r"[xy]axis\d*", key):
            yield from _printed_values([axis.get("ticktext"), (axis.get("title") or {}).get("text")])


def _printed_values(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield read_label(value)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield f"{abs(value):.6f}"
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _printed_values(each)


def _numbers_in(text: str) -> Iterator[str]:
    """Days and numbers of a text, numbers without separators and trailing zeros.

    >>> list(_numbers_in("2025-03-31: 1,200.50 of +7 %"))
    ['2025-03-31', '1200.5', '7']
    """
    yield from (day[0] for day in _DAYS.finditer(text))
    yield from (_plain(number[0].rstrip(",")) for number in _NUMBER.finditer(_DAYS.sub(" ", text)))


def _plain(number: str) -> str:
    whole, _, part = number.replace(",", "").partition(".")
    part = part.rstrip("0")
    return (whole.lstrip("0") or "0") + (f".{part}" if part else "")


def _list_printed(publication: Mapping[str, Any]) -> set[str]:
    """Every way in which the publication's numbers may be printed: shares in per cent, too, and half-widths."""
    printed: set[str] = set()
    for row in _list_rows(publication):
        unit = str(row.get("unit"))
        digits, share = DECIMALS.get(unit, 1), unit in ("share", "share_points")
        values = [float(row[name]) for name in ("value", "low", "high") if row.get(name) is not None]
        for number in (*values, *(high - low for low in values for high in values if high > low)):
            places = {digits, 0, 6} if digits else {0, 6}
            printed |= {_plain(f"{abs(number):.{place}f}") for place in places}
            printed |= {_plain(f"{abs(number) * 100:.{place}f}") for place in (0, 6) if share or place}
        printed |= {str(row[name]) for name in ("n", "missing") if row.get(name) is not None}
        told = [row.get(name) for name in ("label", "kind", "cohort", "notes")]
        printed |= {number for text in _printed_values(told) for number in _numbers_in(text)}
    around = {key: value for key, value in publication.items() if key != "measures"}
    printed |= {number for text in _printed_values(around) for number in _numbers_in(text)}
    return printed | {number[:7] for number in printed if _DAYS.fullmatch(number)}


@cache
def _list_own_numbers() -> frozenset[str]:
    return frozenset(number for text in list_sentences() for number in _numbers_in(text))


# --- leaders: sentences -----------------------------------------------------------------------------------


def check_sentences(folder: ReportFolder) -> Iterator[Finding]:
    """Leaders' pages hold only sentences that the reports have, filled with texts of the publication."""
    for document, publication, runs in _list_for_leaders(folder):
        asked_for = (name_file("leadership"), *LeadershipWords.model_fields)  # by prompts to write something
        phrases = frozenset(map(fold_text, (*list_strings(publication), *asked_for)))
        for run in dict.fromkeys(runs):
            left = find_foreign(run, phrases)
            if left:
                yield Finding(
                    check="sentences",
                    file=document.name,
                    where=left[:40],
                    what="neither the reports nor publication.json has this sentence",
                    next_step="words of your own belong into words/leadership.toml; then build again",
                )


@lru_cache(maxsize=4_096)
def fold_text(text: str) -> str:
    """Text as sentences are compared: width and case folded, without blanks."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


@cache
def _list_templates() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """What stands between the placeholders of each sentence, after its longest part; what pages print of a
    sentence apart (lines, a term | its meaning) is a sentence of its own."""
    found = {}
    for sentence in list_sentences():
        for piece in re.split(r"[|\n]", sentence):
            parts = tuple(filter(None, (fold_text(part[0]) for part in Formatter().parse(piece))))
            if parts:
                found[parts] = max(parts, key=len)
    return tuple((longest, parts) for parts, longest in found.items())


def find_foreign(text: str, phrases: Iterable[str]) -> str:
    """What is left of a text from the first place on that is neither of a sentence of the reports nor one of the
    phrases; "" where nothing is.

    Parts of a sentence count only where all of it stands in the text, in order; what is not a letter is free.
    """
    folded = fold_text(text)
    known = {phrase for phrase in phrases if phrase in folded}
    for longest, parts in _list_templates():
        if longest in folded and _stand_in_order(parts, folded):
            known.update(parts)
    reached = [True] + [False] * len(folded)
    for at, letter in enumerate(folded):
        if reached[at]:
            reached[at + 1] |= not letter.isalpha()
            for phrase in known:
                if phrase and folded.startswith(phrase, at):
                    reached[at + len(phrase)] = True
    return "" if reached[-1] else folded[max(at for at, is_reached in enumerate(reached) if is_reached) :]


def _stand_in_order(parts: Iterable[str], text: str) -> bool:
    at = 0
    for part in parts:
        at = text.find(part, at)
        if at < 0:
            return False
        at += len(part)
    return True
