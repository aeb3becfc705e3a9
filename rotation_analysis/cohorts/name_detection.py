"""Detect free text that names another person of the programme, or a customer the owner declared."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

import pandas as pd

from ..errors import Problem, ProgrammeError
from ..files.cells import fold
from ..programme.model import Programme
from ..programme.words import LeadershipWords, LetterWords, list_files, list_texts
from .people import PERSON

CUSTOMER = "customer"  # not a person's id: a customer's name counts whoever wrote it
_KANJI, _KATAKANA = "々〆一-鿿", "ァ-ヺー"
_ADDRESSED = (
    r"[\s-]?(?:さん|くん|君|ちゃん|さま(?!ざま)|様(?![子々式相])|氏(?!名)|先輩|先生|部長|課長"
    rf"|サン(?![{_KATAKANA}])|(?:san|kun|chan|sama|sensei)(?![a-z0-9]))|['’]s(?![a-z0-9])"
)
"""Suffixes that mark a single name part or nickname as a name: alone it can be an ordinary word."""
_TITLE = r"(?<![a-z0-9])(?:mr|mrs|ms|miss|dr|prof)(?:\.\s*|\s+)"
_WORDS_BEFORE = ("昨日", "今日", "明日", "先日", "毎日", "当時", "担当", "同僚", "先輩", "後輩", "上司", "元")
"""Kanji words that can precede a name without being part of it: 大森さん does not name 森."""
_BETWEEN = r"[\s・,、._‐–—-]*"
_SEPARATED = re.compile(r"[\s・,、]+")
_SQUEEZED = re.compile(r"[\s・,、._‐–—-]+")
_HANDLE = re.compile(r"[a-z0-9](?=[a-z]*+[-._@0-9])[-._@a-z0-9]*+")
Terms = dict[tuple[tuple[str, ...], bool], set[str]]
"""(parts of a name, whether they identify a person without a suffix) → ids they can mean."""


def find_mentions(texts: pd.Series, writers: pd.Series, programme: Programme) -> pd.Series:
    """Return whether each text names a customer, or a person other than its writer (people or alias sheet).

    A full name counts in either order, with or without a space, dot or hyphen; an address, its local part or
    a handle counts as a separate word; a single name part or nickname counts only with a suffix (さん, 部長,
    's) or prefix (@, Ms.).  `writers`: ids of people, missing if unknown.  Returns bool with their index.
    """
    terms = [
        (_SQUEEZED.sub("", "".join(parts)), parts, whole, meant)
        for (parts, whole), meant in _list_terms(programme).items()
    ]
    named: dict[str, set[str]] = {}
    for text in texts.dropna().unique():
        folded = fold(text)
        squeezed = _SQUEEZED.sub("", folded)
        named[text] = {
            person
            for key, parts, whole, meant in terms
            if key in squeezed and _pattern(parts, whole=whole).search(folded)
            for person in meant
        }
    found = [bool(named.get(text, set()) - {writer}) for text, writer in zip(texts, writers, strict=True)]
    return pd.Series(found, index=texts.index, dtype=bool)


# --- the owner's texts ------------------------------------------------------------------------------------


def list_declared_texts(programme: Programme) -> Iterator[tuple[str, str]]:
    """Yield dotted key (events[0].ja) and text of everything the owner declares for all readers."""
    for name, keys in (
        ("events", ("ja", "en")),
        ("adjustments", ("ja", "en", "because_ja", "because_en")),
        ("wordings", ("wording",)),
    ):
        for index, row in enumerate(getattr(programme, name)):
            for key in keys:
                if text := getattr(row, key):
                    yield f"{name}[{index}].{key}", text
    for index, error in enumerate(programme.plan.measurement_error):
        yield f"plan.measurement_error[{index}].source", error.source


def find_named_people(programme: Programme) -> list[Problem]:
    """Find texts that name someone, even by surname or nickname, to readers who are shown no names.

    Allowed: the participant in their own letter, and sender (`sender`) and recipient (`to`) everywhere.
    """
    texts = [(*programme.locate_key(place), text, "") for place, text in list_declared_texts(programme)]
    files = list_files(cohorts=programme.cohorts, people=programme.participants)
    for file, (edition, _) in files.items():
        words = programme.words.get(edition)
        if isinstance(words, LeadershipWords | LetterWords):
            content = words.model_dump(mode="json", exclude={"to", "sender", "day"})
            writer = edition.rpartition("/")[2]
            written = {(re.sub(r"\.(ja|en)$", "", place), text): None for place, text in list_texts(content)}
            texts += [(file, None, place, text, writer) for place, text in written if text]
    without = programme.disclosure.model_copy(update={"customer_words": ()})
    named = find_mentions(
        pd.Series([text for *_, text, _ in texts], dtype="str"),
        pd.Series([writer for *_, writer in texts], dtype="str"),
        programme.model_copy(update={"disclosure": without}),
    )
    return [
        Problem(
            reason="programme",
            file=file,
            row=row,
            column=column,
            value=text,
            expected="a text that names nobody: its readers are shown no names",
            next_step="write 参加者, 卒業生 or a team instead",
        )
        for (file, row, column, text, _), is_named in zip(texts, named, strict=True)
        if is_named
    ]


def check_names_absent(programme: Programme) -> None:
    """Raise `ProgrammeError` with the problems of `find_named_people`."""
    if problems := find_named_people(programme):
        raise ProgrammeError(problems)


# --- names ------------------------------------------------------------------------------------------------


def _list_terms(programme: Programme) -> Terms:
    names = [(alias.text, alias.id) for alias in programme.aliases if alias.kind == PERSON and alias.id]
    for each in programme.people:
        mails = (each.mail, each.mail.partition("@")[0]) if each.mail else ()
        names += [(text, each.id) for text in (each.name, *mails)]
    terms: Terms = {}
    for text, person in names:
        parts = tuple(part for part in _SEPARATED.split(fold(text)) if part)
        if len(parts) > 1:
            for order in (parts, parts[::-1], (parts[-1], *parts[:-1]), (*parts[1:], parts[0])):
                terms.setdefault((order, True), set()).add(person)
            for part in parts:
                terms.setdefault(((part,), False), set()).add(person)
        elif parts:
            terms.setdefault((parts, _HANDLE.fullmatch(parts[0]) is not None), set()).add(person)
    for word in programme.disclosure.customer_words:
        if parts := tuple(part for part in _SQUEEZED.split(fold(word)) if part):
            terms.setdefault((parts, True), set()).add(CUSTOMER)
    return terms


@lru_cache(maxsize=10_000)
def _pattern(parts: tuple[str, ...], *, whole: bool) -> re.Pattern[str]:
    """Compile a pattern for the parts in order (Latin: as words); unless `whole`, with prefix or suffix."""
    name = _BETWEEN.join(map(re.escape, parts))
    before = r"(?<![a-z0-9])" if re.match("[a-z0-9]", parts[0]) else ""
    after = r"(?![a-z0-9])" if re.search("[a-z0-9]$", parts[-1]) else ""
    if whole:
        return re.compile(f"{before}{name}{after}")
    alone = before or _begin_word(parts[0])
    return re.compile(f"@{name}{after}|{_TITLE}{name}{after}|{alone}{name}(?:{_ADDRESSED})")


def _begin_word(part: str) -> str:
    """Return a lookbehind so that a kanji or katakana part does not match the end of a longer name."""
    if re.match(f"[{_KANJI}]", part):
        return f"(?:(?<![{_KANJI}])|{'|'.join(f'(?<={word})' for word in _WORDS_BEFORE)})"
    return f"(?<![{_KATAKANA}])" if re.match(f"[{_KATAKANA}]", part) else ""
