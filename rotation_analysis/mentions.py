"""Free text that names somebody: another person of the programme, or a customer in the owner's words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

import pandas as pd

from .cells import fold
from .people import PERSON
from .programme import Programme

CUSTOMER = "customer"  # nobody's id: a declared word counts whoever writes it
_ADDRESSED = r"[\s-]?(?:さん|くん|君|ちゃん|氏|先輩|san\b)"
"""What makes one part of a name a name: alone it may be an ordinary word, as may a nickname."""
_BETWEEN = r"[\s・,、]*"
_SEPARATED = re.compile(r"[\s・,、]+")
_HANDLE = re.compile(r"[a-z0-9]+[-._@0-9][-._@a-z0-9]*")
Terms = dict[tuple[tuple[str, ...], bool], set[str]]
"""(parts of a name, whether they tell alone) → whom they may mean."""


def find_mentions(texts: pd.Series, writers: pd.Series, programme: Programme) -> pd.Series:
    """Whether each text names a person of the people or alias sheet other than its writer, or a customer.

    A name counts whole, in either order and with or without a space; an address or handle as a word of its
    own; one part of a name, or a nickname, with さん or the like behind it or @ before it.  `texts` is text,
    `writers` ids of people (missing where not known); the result is bool with their index.
    """
    terms = [
        ("".join(parts), parts, whole, meant) for (parts, whole), meant in _list_terms(programme).items()
    ]
    named: dict[str, set[str]] = {}
    for text in texts.dropna().unique():
        folded = fold(text)
        squeezed = _SEPARATED.sub("", folded)
        named[text] = {
            person
            for key, parts, whole, meant in terms
            if key in squeezed and _pattern(parts, whole=whole).search(folded)
            for person in meant
        }
    found = [bool(named.get(text, set()) - {writer}) for text, writer in zip(texts, writers, strict=True)]
    return pd.Series(found, index=texts.index, dtype=bool)


def _list_terms(programme: Programme) -> Terms:
    terms: Terms = {}
    for text, person in _list_names(programme):
        parts = tuple(part for part in _SEPARATED.split(fold(text)) if part)
        if len(parts) > 1:
            terms.setdefault((parts, True), set()).add(person)
            terms.setdefault((parts[::-1], True), set()).add(person)
            for part in parts:
                terms.setdefault(((part,), False), set()).add(person)
        elif parts:
            terms.setdefault((parts, _HANDLE.fullmatch(parts[0]) is not None), set()).add(person)
    for word in programme.disclosure.customer_words:
        terms.setdefault((tuple(_SEPARATED.split(fold(word))), True), set()).add(CUSTOMER)
    return terms


def _list_names(programme: Programme) -> Iterator[tuple[str, str]]:
    """What people are called, whenever: (text, id)."""
    for person in programme.people:
        yield person.name, person.id
        if person.mail:
            yield person.mail, person.id
    for alias in programme.aliases:
        if alias.kind == PERSON and alias.id:
            yield alias.text, alias.id


@lru_cache(maxsize=10_000)
def _pattern(parts: tuple[str, ...], *, whole: bool) -> re.Pattern[str]:
    """The parts one after another, Latin ones as whole words; one alone only where somebody is addressed."""
    name = _BETWEEN.join(map(re.escape, parts))
    before = r"(?<![a-z0-9])" if re.match("[a-z0-9]", parts[0]) else ""
    after = r"(?![a-z0-9])" if re.search("[a-z0-9]$", parts[-1]) else ""
    if whole:
        return re.compile(f"{before}{name}{after}")
    return re.compile(f"@{name}{after}|{before}{name}{after}{_ADDRESSED}")
