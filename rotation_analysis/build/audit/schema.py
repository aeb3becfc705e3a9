"""What may stand in an edition by its own files: known keys and measures, its own readers, printed numbers.

For leaders there is an allow-list: a number is one of publication.json as it is printed, and a sentence is
one that the reports have, filled with what publication.json holds.
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

from ...disclosure.own_records import Entry
from ...disclosure.publications import DECIMALS, VOICE_COLUMNS, Edition
from ...measure_row import MEASURE_COLUMNS
from ...programme.model import Reply
from ...programme.words import LeadershipWords, LetterWords, OwnerWords, PackWords, Words, name_file
from ...texts import list_languages, read_texts
from .files import Document, Finding, ReportFolder, list_strings, read_label

_WORDS: Mapping[str, type[Words]] = {
    "owner": OwnerWords,
    "graduate": PackWords,
    "home_manager": LetterWords,
    "leadership": LeadershipWords,
}
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
_ROW: Mapping[str, tuple[Any, ...]] = {
    "unit": tuple(DECIMALS),
    "verdict": (
        *("supported", "leaning", "no_large_change", "not_enough_data", "not_measurable", "views_differ"),
        *("hidden", None),
    ),
}
"""What may stand in a row."""
_NOTE = re.compile(r"[A-Z][A-Z0-9_]*(:.*)?", re.DOTALL)
_DIGEST = re.compile("[0-9a-f]{64}")


def check_schema(folder: ReportFolder) -> Iterator[Finding]:
    """Every JSON file holds the keys, kinds and measures that a build writes, and no others."""
    for document in folder.list_of(".json"):
        content, known = document.content, PUBLICATION_KEYS
        if document.name.endswith("account.json"):
            known = {"": ACCOUNT_KEYS}
        elif document.name.endswith("manifest.json"):
            known = {"": OWNER_KEYS if document.audience == "owner" else MANIFEST_KEYS}
        found = [("", "an object is expected")] if not content else []
        found += [(key, "no build writes this key") for key in _list_keys(content, known)]
        for place, what in dict.fromkeys([*found, *_list_unknown(document, content)]):
            yield Finding(check="schema", file=document.name, where=place[:80], what=what)


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


def _list_unknown(document: Document, content: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Undocumented measures, cells of other kinds, words that no file has, sums that do not agree."""
    for name in dict.fromkeys(str(row.get("measure")) for row in list_rows(content)):
        if not is_measure(name):
            yield name, "it is not a measure of docs/measures.md"
    for row in list_rows(content):
        for key, allowed in _ROW.items():
            if row.get(key) not in allowed:
                yield f"{row.get('measure')} {key}", "no row has such a value"
        for key in NUMBERS:
            if type(row.get(key)) not in (int, float, type(None)):
                yield f"{row.get('measure')} {key}", "it is not a number"
        if not all(isinstance(note, str) and _NOTE.fullmatch(note) for note in row.get("notes") or ()):
            yield f"{row.get('measure')} notes", "it is not a code"
    outputs = content.get("outputs", {})
    if not isinstance(outputs, dict) or not all(_DIGEST.fullmatch(str(each)) for each in outputs.values()):
        yield "outputs", "they are not SHA-256"
    if content.get("words"):
        try:
            model = _WORDS.get(str(content.get("edition")), Words)
            model.model_validate_json(json.dumps(content["words"]))
        except ValidationError as error:
            place = ".".join(map(str, ("words", *error.errors()[0]["loc"])))
            yield place, "no file of words has this key or value"
    if document.name.endswith("account.json") and isinstance(content.get("files"), list):
        for file in filter(lambda each: isinstance(each, dict), content["files"]):
            counts = [file.get(name) for name in ("set_aside", "refused")]
            aside = [n for count in counts if isinstance(count, dict) for n in count.values()]
            if file.get("read") != sum(n for n in (file.get("used"), *aside) if isinstance(n, int)):
                yield str(file.get("file")), "read is not used + set aside + refused"


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


# --- leaders: numbers -------------------------------------------------------------------------------------

_DAY_OR_MONTH = re.compile(r"(?<!\d)(\d{4})-(\d{2})(?:-(\d{2}))?(?!\d)")
_NUMBER = re.compile(r"(?<![\d.,])\d[\d,]*(?:\.\d+)?")
_READ_ALOUD = ("aria-label", "alt", "title", "data-label", "data-save", "data-copied")


def check_numbers(folder: ReportFolder) -> Iterator[Finding]:
    """Leaders' pages hold only numbers of their publication, as printed, and of the reports' sentences."""
    for document, runs in _list_for_leaders(folder):
        sentences = "\n".join(read_texts(_language_of(document)).list_templates())
        allowed = _list_printed(folder.publication_of(document)) | set(_numbers_in(sentences))
        strange = (number for run in runs for number in _numbers_in(run) if number not in allowed)
        for number in dict.fromkeys(strange):
            yield Finding(
                check="numbers",
                file=document.name,
                where=number,
                what="it is in no row of publication.json and in no sentence of the reports",
            )


def _list_for_leaders(folder: ReportFolder) -> Iterator[tuple[Document, list[str]]]:
    """Each of leaders' pages, pictures and texts with what its readers can see in it."""
    for document in folder.list_of(".html", ".svg", ".md"):
        if document.audience == "leadership":
            runs = [*document.markup.runs] if document.suffix != ".md" else document.text.split("\n")
            for element in document.markup.elements:
                runs += [text for name, text in element.attributes.items() if name in _READ_ALOUD]
            yield document, [*runs, *(text for figure in document.figures for text in _list_drawn(figure))]


def _language_of(document: Document) -> str:
    return document.name.split(".")[-2]


def _list_drawn(figure: Any) -> Iterator[str]:
    """What a picture writes, and the numbers it draws along axes of values."""
    if not isinstance(figure, dict):
        return
    layout = figure.get("layout", {})
    for trace in figure.get("data", ()):
        yield from map(read_label, list_strings([trace.get(name) for name in ("x", "y", "text", "name")]))
    for shown in layout.get("annotations", ()):
        yield read_label(str(shown.get("text", "")))
    for axis in layout.values():
        if isinstance(axis, dict):
            yield from map(read_label, list_strings([axis.get("ticktext"), axis.get("title")]))


def _numbers_in(text: str) -> Iterator[str]:
    """Days and numbers of a text, numbers without separators and trailing zeros.

    >>> list(_numbers_in("2025-03-31: 1,200.50 of +7 %"))
    ['2025-03-31', '1200.5', '7']
    """
    yield from (day[0] for day in _DAY_OR_MONTH.finditer(text))
    yield from (_plain(number[0].rstrip(",")) for number in _NUMBER.finditer(_DAY_OR_MONTH.sub(" ", text)))


def _plain(number: str) -> str:
    whole, _, part = number.replace(",", "").partition(".")
    part = part.rstrip("0")
    return (whole.lstrip("0") or "0") + (f".{part}" if part else "")


def _list_printed(publication: Mapping[str, Any]) -> set[str]:
    """Every way in which the publication's numbers may be printed: shares in per cent, too."""
    printed: set[str] = set()
    for row in list_rows(publication):
        unit = str(row.get("unit"))
        digits, share = (
            DECIMALS.get(unit, 1),
            unit in ("share", "share_points", "waiting_ratio", "rate_ratio"),
        )
        for number in (row[name] for name in NUMBERS if isinstance(row.get(name), int | float)):
            printed |= {_plain(f"{abs(number):.{places}f}") for places in (digits, 0)}
            printed |= {_plain(f"{abs(number) * 100:.0f}")} if share else set()
        told = [row.get(name) for name in ("label", "kind", "cohort", "notes")]
        printed |= {number for text in list_strings(told) for number in _numbers_in(text)}
    around = {key: value for key, value in publication.items() if key != "measures"}
    printed |= {number for text in _list_scalars(around) for number in _numbers_in(text)}
    return printed


def _list_scalars(value: Any) -> Iterator[str]:
    if isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _list_scalars(each)
    else:
        yield str(value)


# --- leaders: sentences -----------------------------------------------------------------------------------


def check_sentences(folder: ReportFolder) -> Iterator[Finding]:
    """Leaders' pages hold only sentences that the reports have, filled with texts of the publication."""
    for document, runs in _list_for_leaders(folder):
        publication = folder.publication_of(document)
        told = {key: value for key, value in publication.items() if key != "measures"}
        labels = [[row.get("label"), row.get("cohort")] for row in list_rows(publication)]
        asked_for = [name_file("leadership"), *LeadershipWords.model_fields]  # by prompts to write something
        languages = [read_texts(language).say("link.language") for language in list_languages()]
        phrases = frozenset(map(fold_text, list_strings([told, labels, asked_for, languages])))
        for run in dict.fromkeys(runs):
            if left := find_foreign(run, phrases, _language_of(document)):
                yield Finding(
                    check="sentences",
                    file=document.name,
                    where=left[:40],
                    what="neither the reports nor publication.json has this sentence",
                    next_step="words of your own belong into words/leadership.toml; then build again",
                )


@lru_cache(maxsize=8_192)
def fold_text(text: str) -> str:
    """Text as sentences are compared: width and case folded, single blanks."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


@cache
def _list_templates(language: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """What stands between the placeholders of each sentence, after its longest part; what pages print of a
    sentence apart (lines, a term | its meaning) is a sentence of its own."""
    found = {}
    for sentence in read_texts(language).list_templates():
        for piece in re.split(r"[|\n]", sentence):
            plain = re.sub(r"\[([^\[\]]+)\]\([a-z_]+\)", r"\1", piece)  # a link to another report
            if parts := tuple(filter(None, (fold_text(part[0]) for part in Formatter().parse(plain)))):
                found[parts] = max(parts, key=len)
    return tuple((longest, parts) for parts, longest in found.items())


def find_foreign(text: str, phrases: Iterable[str], language: str) -> str:
    """What is left of a text from the first place on that is neither of a sentence of the reports nor one of
    the phrases; "" where nothing is.

    Parts of a sentence count only where all of it stands in the text, in order; what is not a letter is free.
    """
    folded = fold_text(text)
    known = {phrase for phrase in phrases if phrase and phrase in folded}
    for longest, parts in _list_templates(language):
        if longest in folded and _stand_in_order(parts, folded):
            known.update(parts)
    reached = [True] + [False] * len(folded)
    for at, letter in enumerate(folded):
        if reached[at]:
            reached[at + 1] |= not letter.isalpha()
            for phrase in known:
                end = at + len(phrase)
                cuts = (re.fullmatch("[a-z]{2}", folded[max(to - 1, 0) : to + 1]) for to in (at, end))
                if folded.startswith(phrase, at) and not any(cuts):  # no Latin word at either end
                    reached[end] = True
    return "" if reached[-1] else folded[max(at for at, is_reached in enumerate(reached) if is_reached) :]


def _stand_in_order(parts: Iterable[str], text: str) -> bool:
    at = 0
    for part in parts:
        at = text.find(part, at)
        if at < 0:
            return False
        at += len(part)
    return True
