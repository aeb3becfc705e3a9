"""What of a programme's people stands in a finished folder and may not: names, words, answers, by audience.

Every view of every byte is searched (`decodings`); what a reader may see is left out: own names, own words,
texts approved, rows consented to, words that the reports bring along.
"""

from __future__ import annotations

import base64
import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from .audit_files import BUILD_AGAIN, Document, Finding, ReportFolder
from .audit_hidden import typed_texts
from .audit_knowledge import LEAST_NUMBERS, NOBODY_KNOWN, ROW_KEY, Knowledge, Numbers
from .mentions import find_mentions

LEAST_TEXT = 8
"""Letters of a text that is nobody else's by chance."""
LONG_TEXT = 20
PART = 16
"""A text that is cut off is found by its first or its last letters."""
LONG, VERY_LONG = 10, 20
"""Numbers that are nobody else's by chance: in their order within others, or sorted; in any order."""
_MAY_NAME = ("to", "sender")
_SHOWN = ("value", "low", "high", "n", "missing")
_WIDTHS = (8, 4, 2)
_BASE = np.uint64(0x9E3779B97F4A7C15)
_TOP = np.uint64(48)


# --- searching --------------------------------------------------------------------------------------------


@lru_cache(maxsize=4_096)
def squeeze(text: str) -> str:
    """Text as it is compared: width and case folded, without any space.

    >>> squeeze("Ｔａｒｏ　山 田\\n")
    'taro山田'
    """
    return "".join(unicodedata.normalize("NFKC", text).casefold().split()).replace("\u200b", "")


class Needles:
    """Many texts looked for in one pass: the beginnings of all by their hash, the rest letter by letter."""

    def __init__(self, wanted: Mapping[str, str], vocabulary: Iterable[str] = ()) -> None:
        """`wanted`: text → what it is; what stands in the vocabulary, and single letters, are left out."""
        known = "\n".join(squeeze(text) for text in vocabulary)
        squeezed = {squeeze(text): (text, meaning) for text, meaning in wanted.items()}
        self._wanted = {text: told for text, told in squeezed.items() if len(text) > 1 and text not in known}
        self._starts: dict[int, dict[int, list[str]]] = {width: {} for width in _WIDTHS}
        for text in self._wanted:
            width = next(width for width in _WIDTHS if len(text) >= width)
            self._starts[width].setdefault(int(_hash_windows(text, width)[0]), []).append(text)
        self._maybe = {width: np.zeros(1 << 16, dtype=bool) for width in _WIDTHS}  # by a hash's first bits
        for width, starts in self._starts.items():
            self._maybe[width][np.array(list(starts), dtype=np.uint64) >> _TOP] = True

    def find(self, text: str) -> dict[str, str]:
        """What of it stands in a text: each as given → what it is."""
        found: dict[str, str] = {}
        squeezed = squeeze(text)
        for width, starts in self._starts.items():
            if not starts or len(squeezed) < width:
                continue
            hashes = _hash_windows(squeezed, width)
            for at in np.flatnonzero(self._maybe[width][hashes >> _TOP]):
                for needle in starts.get(int(hashes[at]), ()):
                    if squeezed.startswith(needle, int(at)) and _stands_alone(
                        squeezed, text, needle, int(at)
                    ):
                        given, meaning = self._wanted[needle]
                        found[given] = meaning
        return found


def _hash_windows(text: str, width: int) -> np.ndarray[Any, np.dtype[np.uint64]]:
    letters = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.uint64)
    hashes = np.zeros(len(letters) - width + 1, dtype=np.uint64)
    for offset in range(width):
        hashes = hashes * _BASE + letters[offset : offset + len(hashes)]
    return hashes * _BASE


def _stands_alone(squeezed: str, text: str, needle: str, at: int) -> bool:
    """Whether a short needle in Latin letters is a word of its own; of others any occurrence counts."""
    if not needle.isascii() or len(needle) >= PART:
        return True
    pattern = r"\s*".join(map(re.escape, needle))
    folded = unicodedata.normalize("NFKC", text).casefold()
    return re.search(rf"(?<![a-z0-9_]){pattern}(?![a-z0-9_])", folded) is not None


# --- names ------------------------------------------------------------------------------------------------


def check_names(folder: ReportFolder, knowledge: Knowledge) -> Iterator[Finding]:
    """Nobody's name, id, address, alias or account, plain or hashed, but the reader's own; owners may."""
    own_names = {person: frozenset(map(squeeze, names)) for person, names in knowledge.names.items()}
    needles = Needles(_spell_out(knowledge), knowledge.vocabulary)
    ids = [person for person in knowledge.names if person != NOBODY_KNOWN and not person.isdigit()]
    vocabulary = set(knowledge.vocabulary)
    of_ids = re.compile(
        r"(?<![A-Za-z0-9])(?:"
        + "|".join(re.escape(p) for p in ids if p not in vocabulary)
        + r")(?![A-Za-z0-9])"
    )
    for document in folder.documents:
        if document.audience == "owner":
            continue
        publication = folder.publication_of(document)
        allowed = _may_be_named(document, publication, knowledge)
        told: dict[tuple[str, str], None] = {}
        for view in document.views:
            found = dict.fromkeys(of_ids.findall(view.text)) if ids else {}
            hits = {**{hit: hit for hit in found}, **needles.find(view.text)}
            for hit, person in hits.items():
                own = person == document.person or squeeze(hit) in own_names.get(document.person or "", ())
                if not own and not _stands_only_in(hit, view.text, allowed):
                    told[person, " → ".join(view.how)] = None
        for person, how in told:
            whom = "somebody named in the exports" if person == NOBODY_KNOWN else person
            yield Finding(
                check="names",
                file=document.name,
                where=how,
                what=f"a name, id, address or account of {whom} stands in it",
                next_step=BUILD_AGAIN,
            )


def _spell_out(knowledge: Knowledge) -> dict[str, str]:
    """Every way to write a person: names in either order, addresses before the @, hashes of all."""
    spelled: dict[str, str] = {}
    for person, names in knowledge.names.items():
        for name in names:
            if name == person or name.isdigit():
                texts = []
            else:
                parts = name.split()
                texts = [name, " ".join(reversed(parts)), *(sep.join(parts) for sep in "._-")]
            for text in texts:
                spelled.setdefault(text, person)
            for text in dict.fromkeys((name, name.lower(), "".join(name.split()))):
                for algorithm in ("md5", "sha1", "sha256"):
                    digest = hashlib.new(algorithm, text.encode(), usedforsecurity=False)
                    spelled.setdefault(digest.hexdigest()[:PART], person)
                    spelled.setdefault(base64.b64encode(digest.digest()).decode()[:PART], person)
    return spelled


def _may_be_named(document: Document, publication: Mapping[str, Any], knowledge: Knowledge) -> list[str]:
    """Texts of this edition in which names may stand: the reader's own, and to whom and by whom it is."""
    words = publication.get("words", {})
    allowed = [text for key in _MAY_NAME for text in _strings_of(words.get(key))]
    if document.audience == "graduate":
        own = [text for text, authors in knowledge.texts.items() if document.person in authors]
        allowed += [*own, *_strings_of(words)]
        allowed += [str(entry["title"]) for entry in publication.get("records", ()) if entry.get("title")]
    return allowed


def _strings_of(value: Any) -> list[str]:
    return list(typed_texts({"words": value})) if value else []


def _stands_only_in(hit: str, text: str, allowed: Iterable[str]) -> bool:
    """Whether a hit is gone when the texts that may hold it are taken out."""
    wanted = squeeze(hit)
    holding = [squeeze(each) for each in allowed if wanted in squeeze(each)]
    if not holding:
        return False
    left = squeeze(text)
    for each in sorted(holding, key=len, reverse=True):
        left = left.replace(each, "\n")
    return wanted not in left


def check_typed(folder: ReportFolder, knowledge: Knowledge) -> Iterator[Finding]:
    """What the owner typed for leaders names nobody, not by a surname or a nickname either."""
    if knowledge.programme is None:
        return
    without = knowledge.programme.disclosure.model_copy(update={"customer_words": ()})
    programme = knowledge.programme.model_copy(update={"disclosure": without})
    for document in folder.documents:
        if document.audience != "leadership" or document.suffix != ".json" or not document.content:
            continue
        words = document.content.get("words") or {}
        texts = _strings_of({key: text for key, text in words.items() if key not in _MAY_NAME})
        if not texts:
            continue
        typed = pd.Series(texts, dtype="str")
        for text in typed[find_mentions(typed, pd.Series(pd.NA, index=typed.index, dtype="str"), programme)]:
            yield Finding(
                check="typed",
                file=document.name,
                what=f"a text typed for leaders names somebody: {text[:40]}",
                next_step="name nobody in words/leadership.toml but in to and sender",
            )


# --- words ------------------------------------------------------------------------------------------------


def check_words(folder: ReportFolder, knowledge: Knowledge) -> Iterator[Finding]:
    """Nobody's words but those approved for the audience, and in a pack those of its own writer."""
    wanted = {}
    for text in knowledge.texts:
        whole = squeeze(text)
        if len(whole) >= LEAST_TEXT:
            wanted[text] = text
        if len(whole) >= LONG_TEXT:
            wanted |= {whole[:PART]: text, whole[-PART:]: text}
    needles = Needles(wanted, knowledge.vocabulary)
    for document in folder.documents:
        allowed = [squeeze(text) for text in _may_be_read(document, folder, knowledge)]
        told = {}
        for view in document.views:
            for hit, text in needles.find(view.text).items():
                if not any(squeeze(hit) in each for each in allowed):
                    told[text] = " → ".join(view.how)
        for text, how in told.items():
            authors = "somebody" if NOBODY_KNOWN in knowledge.texts[text] else min(knowledge.texts[text])
            yield Finding(
                check="words",
                file=document.name,
                where=how,
                what=f"words of {authors} stand in it that this audience may not read: {text[:4]}…",
                next_step="quote only texts with an approval for the audience",
            )


def _may_be_read(document: Document, folder: ReportFolder, knowledge: Knowledge) -> Iterator[str]:
    audience, person = document.audience, document.person
    if audience == "graduate":
        yield from (text for text, authors in knowledge.texts.items() if person in authors)
        yield from (text for text, author in knowledge.replies.items() if author == person)
        return
    if audience is None or audience == "leadership":
        return
    for author, to, text in knowledge.approvals:
        if to == audience and knowledge.may(author, ("quotes",), audience) and person in (None, author):
            yield text
    shown = {str(reply.get("text")) for reply in folder.publication_of(document).get("replies", ())}
    for text, author in knowledge.replies.items():
        if person in (None, author) and (text in shown or audience == "owner"):
            yield text


# --- answers ----------------------------------------------------------------------------------------------


def check_answers(folder: ReportFolder, knowledge: Knowledge) -> Iterator[Finding]:
    """No array that is a raw column, or all that one person answered: in a row, or whole in another order."""
    raw: dict[tuple[float, ...], list[Numbers]] = {}
    for numbers in knowledge.numbers:
        raw.setdefault(tuple(sorted(numbers.values)), []).append(numbers)
    long = {
        _write_out(values): each
        for each in knowledge.numbers
        if len(each.values) >= LONG
        for values in (each.values, each.values[::-1])
    }
    for document in folder.documents:
        told = {}
        for how, array, columns in _find_columns(document, raw, long):
            if any(_may_hold(document, each, knowledge) for each in columns):
                continue
            if not _are_shown_rows(array, document, folder.publication_of(document)):
                told[columns[0].what] = " → ".join(how)
        for what, place in told.items():
            yield Finding(
                check="answers",
                file=document.name,
                where=place,
                what=f"raw answers stand in it: {what}",
                next_step=BUILD_AGAIN,
            )


def _find_columns(
    document: Document, raw: Mapping[tuple[float, ...], list[Numbers]], long: Mapping[str, Numbers]
) -> Iterator[tuple[tuple[str, ...], tuple[float, ...], list[Numbers]]]:
    """Arrays of a file that are one of the raw ones, each with how it was come by and which it is."""
    for view in document.views:
        given = tuple(number for number in view.numbers if number == number)
        if len(given) < LEAST_NUMBERS:
            continue
        columns = [each for each in raw.get(tuple(sorted(given)), ()) if _is_column(given, each, document)]
        if columns:
            yield view.how, given, columns
        if len(given) > LONG:
            written = _write_out(given)
            for values, each in long.items():
                if values in written and len(each.values) < len(given):
                    yield view.how, each.values, [each]


def _is_column(array: tuple[float, ...], numbers: Numbers, document: Document) -> bool:
    """Whether an array with a column's values is that column.

    Few small numbers are in some other order by chance: there the order counts, but to leaders.
    """
    values = numbers.values
    orders = [values, values[::-1]]
    if len(values) >= LONG:
        orders += [tuple(sorted(values)), tuple(sorted(values, reverse=True))]
    return document.audience == "leadership" or len(values) >= VERY_LONG or array in orders


def _write_out(numbers: tuple[float, ...]) -> str:
    return "," + "".join(f"{number:g}," for number in numbers)


def _are_shown_rows(numbers: tuple[float, ...], document: Document, publication: Mapping[str, Any]) -> bool:
    """Whether numbers are rows of people that the edition shows (`check_rows` judges those): no column."""
    if document.audience == "leadership":
        return False
    shown: dict[str, Counter[float]] = {}
    for row in publication.get("measures", ()):
        own = row.get("person") is not None and document.person in (None, row["person"])
        if own and row.get("value") is not None:
            shown.setdefault(str(row["measure"]), Counter())[float(row["value"])] += 1
    return any(Counter(numbers) <= values for values in shown.values())


def _may_hold(document: Document, numbers: Numbers, knowledge: Knowledge) -> bool:
    audience = document.audience
    if audience == "graduate":
        return bool(numbers.people == {document.person})
    if audience is None or audience == "leadership" or not numbers.people or not numbers.kind:
        return False
    return all(knowledge.may(person, (numbers.kind,), audience) for person in numbers.people)


# --- rows -------------------------------------------------------------------------------------------------


def check_rows(folder: ReportFolder, knowledge: Knowledge) -> Iterator[Finding]:
    """A publication's numbers of a person by consent, of people from k on, of a team by the policy."""
    for document in folder.documents:
        content = document.content if document.suffix == ".json" else None
        if not isinstance(content, dict) or "measures" not in content or document.audience is None:
            continue
        for row in content["measures"]:
            if all(row.get(name) is None for name in _SHOWN):
                continue
            told = _judge_row(row, document, knowledge)
            if told is not None:
                where = " ".join(str(row[name]) for name in ROW_KEY if row.get(name) is not None)
                yield Finding(check="rows", file=document.name, where=where, what=told, next_step=BUILD_AGAIN)


def _judge_row(row: Mapping[str, Any], document: Document, knowledge: Knowledge) -> str | None:
    audience, person = document.audience, row.get("person")
    key = tuple(row.get(name) for name in ROW_KEY)
    assert audience is not None
    if person is not None:
        if audience == "leadership" or (document.person is not None and person != document.person):
            return f"a number of {person}, who is not this edition's"
        kinds = knowledge.kinds.get(key)
        if kinds is None:
            return f"a number of {person} that the programme does not have"
        if audience != "graduate" and not knowledge.may(str(person), kinds, audience):
            return f"a number of {person}, who did not consent to it for this audience"
        return None
    behind = knowledge.people.get(key)
    if behind is not None and not any(str(note).startswith("CARRIED") for note in row.get("notes", ())):
        others = behind - {document.person} if audience == "graduate" else behind
        nobody = not behind and row.get("value") is None
        named = audience == "owner" and key in knowledge.named
        only = audience == "graduate" and set(knowledge.home_teams) == {document.person}
        if len(others) < knowledge.k and not (nobody or named or only):
            return f"an aggregate of fewer than {knowledge.k} people's answers"
    team = row.get("team")
    if team is None or audience == "owner":
        return None
    if audience == "leadership":
        return f"a number of the team {team} alone" if knowledge.teams_together else None
    own = knowledge.home_teams.get(document.person or "", frozenset())
    return None if team in own else f"a number of the team {team}, which is not the reader's"
