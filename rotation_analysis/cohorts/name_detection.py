"""Free text that names somebody: another person of the programme, or a customer in the owner's words."""

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

CUSTOMER = "customer"  # nobody's id: a declared word counts whoever writes it
_KANJI, _KATAKANA = "々〆一-鿿", "ァ-ヺー"
_ADDRESSED = (
    r"[\s-]?(?:さん|くん|君|ちゃん|さま(?!ざま)|様(?![子々式相])|氏(?!名)|先輩|先生|部長|課長"
    rf"|サン(?![{_KATAKANA}])|(?:san|kun|chan|sama|sensei)(?![a-z0-9]))|['’]s(?![a-z0-9])"
)
"""What makes one part of a name a name: alone it may be an ordinary word, as may a nickname."""
_TITLE = r"(?<![a-z0-9])(?:mr|mrs|ms|miss|dr|prof)(?:\.\s*|\s+)"
_WORDS_BEFORE = ("昨日", "今日", "明日", "先日", "毎日", "当時", "担当", "同僚", "先輩", "後輩", "上司", "元")
"""Words in kanji that stand before a name without being part of it: 大森さん is nobody called 森."""
_BETWEEN = r"[\s・,、._‐–—-]*"
_SEPARATED = re.compile(r"[\s・,、]+")
_SQUEEZED = re.compile(r"[\s・,、._‐–—-]+")
_HANDLE = re.compile(r"[a-z0-9](?=[a-z]*+[-._@0-9])[-._@a-z0-9]*+")
Terms = dict[tuple[tuple[str, ...], bool], set[str]]
"""(parts of a name, whether they tell alone) → whom they may mean."""


def find_mentions(texts: pd.Series, writers: pd.Series, programme: Programme) -> pd.Series:
    """Whether each text names a person of the people or alias sheet other than its writer, or a customer.

    A name counts whole, in either order and with or without a space, dot or hyphen; an address, its local
    part or a handle as a word of its own; one part of a name, or a nickname, with さん, 部長, 's or the like
    behind it, or with @ or Ms. before it.  `texts` is text,
    `writers` ids of people (missing where not known); the result is bool with their index.
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


# --- texts of the owner's ---------------------------------------------------------------------------------


def list_declared_texts(programme: Programme) -> Iterator[tuple[str, str]]:
    """Texts that the owner declares for all readers, each after its dotted place: events[0].ja."""
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
    """Texts for readers who are shown no names, in which somebody is named, by a surname or a nickname, too.

    In a letter its own participant may be named; everywhere who writes (`sender`) and who reads (`to`).
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
    """Raises `ProgrammeError` with what `find_named_people` finds."""
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
    """The parts one after another, Latin ones as whole words; one alone only where somebody is addressed."""
    name = _BETWEEN.join(map(re.escape, parts))
    before = r"(?<![a-z0-9])" if re.match("[a-z0-9]", parts[0]) else ""
    after = r"(?![a-z0-9])" if re.search("[a-z0-9]$", parts[-1]) else ""
    if whole:
        return re.compile(f"{before}{name}{after}")
    alone = before or _begin_word(parts[0])
    return re.compile(f"@{name}{after}|{_TITLE}{name}{after}|{alone}{name}(?:{_ADDRESSED})")


def _begin_word(part: str) -> str:
    """What may not stand before one part of a name in kanji or katakana: the rest of a longer name."""
    if re.match(f"[{_KANJI}]", part):
        return f"(?:(?<![{_KANJI}])|{'|'.join(f'(?<={word})' for word in _WORDS_BEFORE)})"
    return f"(?<![{_KATAKANA}])" if re.match(f"[{_KATAKANA}]", part) else ""
