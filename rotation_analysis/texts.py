"""Words of the reports: whole sentences by dotted id, numbers by Babel; one folder per language.

`texts/ja/shared.toml` holds what every report uses, `texts/ja/workload.toml` the words of one report.
`Texts` is an argument, never a global.  The same ids have the same placeholders in all languages (tested);
what a language lacks is said in English.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from string import Formatter
from typing import Any

from babel.dates import format_date
from babel.numbers import format_decimal, format_percent

from .errors import UsageError, did_you_mean
from .files.declarations import read_toml

FOLDER = Path(str(files("rotation_analysis"))) / "texts"
FALLBACK = "en"
MINUS = "\u2212"
TURNS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True)
class Texts:
    """The sentences of one language."""

    language: str
    sentences: Mapping[str, str]
    reports: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """The words of each report, as its file has them."""

    def say(self, key: str, **values: object) -> str:
        """The sentence of that id with its placeholders filled; KeyError on an id that does not exist."""
        return self.sentences[key].format(**values)

    def section_words(self, report: str, section: str) -> Mapping[str, Any]:
        """The words of a section: the report's own, or those that several reports share; KeyError without."""
        found: Mapping[str, Any] = self.reports[report].get(section) or self.reports["sections"][section]
        return found

    def has(self, key: str) -> bool:
        """Whether a sentence of that id exists."""
        return key in self.sentences

    def join(self, entries: Iterable[str]) -> str:
        """Entries of a list, one after the other."""
        return self.say("list.separator").join(entries)

    def number(self, value: float, decimals: int = 0, *, signed: bool = False) -> str:
        """A number as this language prints it.

        >>> read_texts("en").number(-0.5, 1, signed=True)
        '−0.5'
        """
        pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
        text = format_decimal(abs(value), format=pattern, locale=self.language)
        if float(round(abs(value), decimals)) == 0:
            return ("±" if signed else "") + text
        return (MINUS if value < 0 else "+" if signed else "") + text

    def percent(self, share: float) -> str:
        """A share as a whole per cent."""
        return str(format_percent(round(share, 2), format="0%", locale=self.language))

    def day(self, value: date | str) -> str:
        """A day, ISO style in both languages.

        >>> read_texts("ja").day("2024-10-31")
        '2024-10-31'
        """
        day = date.fromisoformat(value) if isinstance(value, str) else value
        return str(format_date(day, format="yyyy-MM-dd", locale=self.language))

    def month(self, value: date | str) -> str:
        """A month as a sentence has it.

        >>> read_texts("ja").month("2024-10-31"), read_texts("en").month("2024-10-31")
        ('2024年10月', 'October 2024')
        """
        day = date.fromisoformat(value) if isinstance(value, str) else value
        pattern = "y年M月" if self.language == "ja" else "MMMM y"
        return str(format_date(day, format=pattern, locale=self.language))

    def list_templates(self) -> list[str]:
        """Every sentence of the language, of all reports, with its placeholders."""
        return [
            *self.sentences.values(),
            *(text for words in self.reports.values() for text in _list_texts(words)),
        ]

    def label(self, name: Mapping[str, str]) -> str:
        """The name in this language of something that carries several; the English one where it has none."""
        return name.get(self.language, name["en"])


def list_languages() -> list[str]:
    """Languages there is a file for."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


@lru_cache(maxsize=8)
def read_texts(language: str) -> Texts:
    """The texts of a language; `UsageError` where there is no such file."""
    if language not in list_languages():
        known = ", ".join(list_languages())
        hint = did_you_mean(language, list_languages())
        raise UsageError(
            f"language {language!r} does not exist; known: {known}" + (f"; {hint}" if hint else "")
        )
    words = _merge(read_words(FALLBACK), read_words(language))
    sentences = [*flatten(words.pop("")), *flatten(words.pop("shared"))]
    return Texts(language, dict(sentences), words)


def read_words(language: str) -> dict[str, Any]:
    """What the files of a language hold, nothing of another's, by file; "" is the one beside the folder."""
    return {"": read_toml(FOLDER / f"{language}.toml", name=f"{language}.toml")} | {
        path.stem: read_toml(path, name=f"{language}/{path.name}")
        for path in sorted((FOLDER / language).glob("*.toml"))
    }


def _merge(base: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """The base with everything of one's own in its place; a list is taken whole."""
    both = base.keys() & own.keys()
    inner = {
        key: _merge(base[key], own[key])
        for key in both
        if isinstance(base[key], Mapping) and isinstance(own[key], Mapping)
    }
    return {**base, **own, **inner}


def _list_texts(words: object) -> list[str]:
    if isinstance(words, Mapping):
        return [text for value in words.values() for text in _list_texts(value)]
    if isinstance(words, list):
        return [text for value in words for text in _list_texts(value)]
    return [str(words)]


def flatten(tree: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """The texts of a file with their dotted ids."""
    flat: list[tuple[str, str]] = []
    for key, value in tree.items():
        if isinstance(value, Mapping):
            flat += flatten(value, f"{prefix}{key}.")
        else:
            flat.append((prefix + key, str(value)))
    return flat


def list_placeholders(sentence: str) -> set[str]:
    """The names a sentence wants filled.

    >>> sorted(list_placeholders("{n} of {all}"))
    ['all', 'n']
    """
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


def keep_direction(text: str) -> str:
    """A typed text without controls and marks that turn what follows: "n = 15" must not read "51 = n".

    >>> keep_direction("a\u202eb\x1b")
    'ab'
    """
    return TURNS.sub("", text)
