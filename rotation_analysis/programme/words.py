"""Texts that only a person can write, one file per edition: recipient, sender, conclusion, decisions.

Files `words/*.toml` next to programme.toml, all optional; `file` reads them.  Nothing is invented: if a text
is empty, the page shows what to write and where (`prompts`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Annotated, Any, ClassVar

from pydantic import Field, model_validator

from ..files.declarations import Declaration

FOLDER = "words"


class OwnerText(Declaration):
    """A text for both languages, or one for each (`{ ja = "…", en = "…" }`); empty = not yet written."""

    ja: str = ""
    en: str = ""

    @model_validator(mode="before")
    @classmethod
    def _copy_to_both_languages(cls, given: Any) -> Any:
        if isinstance(given, str):
            return {"ja": given, "en": given}
        if isinstance(given, Mapping):
            return given
        raise ValueError('a text, or { ja = "…", en = "…" }')


class Task(Declaration):
    """A task, who does it, and its due date."""

    what: OwnerText = OwnerText()
    who: OwnerText = OwnerText()
    by: date | None = None


class Decision(Declaration):
    """A requested decision, its due date, and what happens without an answer."""

    what: OwnerText = OwnerText()
    by: date | None = None
    otherwise: OwnerText = OwnerText()


class PastDecision(Declaration):
    """A decision of last time and its result."""

    decided: OwnerText = OwnerText()
    came_of_it: OwnerText = OwnerText()


class Concern(Declaration):
    """A concern and the response to it."""

    concern: OwnerText = OwnerText()
    answer: OwnerText = OwnerText()


class Case(Declaration):
    """A case, and the day on which the person it is about agreed to this text."""

    text: OwnerText
    agreed: date


class Mistake(Declaration):
    """A mistake that its author chooses to share, and the lesson from it."""

    what: OwnerText = OwnerText()
    learned: OwnerText = OwnerText()


class Words(Declaration):
    """Texts written for one edition."""

    unshown: ClassVar[frozenset[str]] = frozenset()
    """Keys that earlier files can contain but no page shows any more."""


class AddressedWords(Words):
    """Texts with recipient, sender and date."""

    to: OwnerText = OwnerText()
    sender: OwnerText = OwnerText()
    day: date | None = None


class OwnerWords(AddressedWords):
    """Texts for the owner's pages of a cohort or of the programme."""

    unshown = frozenset({"to", "sender", "day", "impressions"})

    impressions: OwnerText = OwnerText()
    fixes: tuple[Task, ...] = ()


class LeadershipWords(AddressedWords):
    """Texts for the leadership page; they name nobody except its sender and recipient."""

    unshown = frozenset({"impressions"})

    conclusion: OwnerText = OwnerText()
    decisions: tuple[Decision, ...] = ()
    last_time: tuple[PastDecision, ...] = ()
    concerns: Annotated[tuple[Concern, ...], Field(max_length=3)] = ()
    cases: Annotated[tuple[Case, ...], Field(max_length=2)] = ()
    impressions: OwnerText = OwnerText()


class LetterWords(AddressedWords):
    """Texts for the letter to a home-team manager: the graduate's needs, next steps, and a message."""

    needs: tuple[OwnerText, ...] = ()
    next_steps: tuple[Task, ...] = ()
    message: OwnerText = OwnerText()


class PackWords(Words):
    """Texts a graduate writes for their own pack; nobody else reads them."""

    unshown = frozenset({"note"})

    mistakes: tuple[Mistake, ...] = ()
    learned: Annotated[tuple[OwnerText, ...], Field(max_length=3)] = ()
    keep: OwnerText = OwnerText()
    change: OwnerText = OwnerText()
    stop: OwnerText = OwnerText()
    view: OwnerText = OwnerText()
    note: OwnerText = OwnerText()


def name_file(audience: str, *, cohort: str | None = None, person: str | None = None) -> str:
    """Return the path of an edition's texts, relative to programme.toml.

    >>> name_file("owner", cohort="3"), name_file("home_manager", person="p03")
    ('words/owner-cohort-3.toml', 'words/home-manager-p03.toml')
    """
    name = audience.replace("_", "-")
    if person is not None:
        name += f"-{person}"
    elif cohort is not None:
        name += f"-cohort-{cohort}"
    return f"{FOLDER}/{name}.toml"


def list_files(*, cohorts: Iterable[str], people: Iterable[str]) -> dict[str, tuple[str, type[Words]]]:
    """List every possible file of texts with the edition's folder (`Edition.folder`) and its model."""
    people = tuple(people)
    return {
        name_file("owner"): ("owner", OwnerWords),
        name_file("leadership"): ("leadership", LeadershipWords),
        **{name_file("owner", cohort=each): (f"owner/cohort-{each}", OwnerWords) for each in cohorts},
        **{name_file("graduate", person=each): (f"graduates/{each}", PackWords) for each in people},
        **{name_file("home_manager", person=each): (f"home-managers/{each}", LetterWords) for each in people},
    }


def list_texts(content: Any, place: str = "") -> Iterator[tuple[str, str]]:
    """Yield every text with its dotted key."""
    if isinstance(content, str):
        yield place, content
    elif isinstance(content, Mapping):
        for key, value in content.items():
            yield from list_texts(value, f"{place}.{key}" if place else str(key))
    elif isinstance(content, list):
        for index, value in enumerate(content):
            yield from list_texts(value, f"{place}[{index}]")
