"""What only a person can supply, one file an edition: to whom, from whom, a conclusion, decisions wanted.

Files `words/*.toml` beside programme.toml, all optional; `file` reads them.  Nothing here is ever
made up: where a text is empty, the page shows what to write where (`prompts`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Annotated, Any, ClassVar

from pydantic import Field, model_validator

from ..files.declarations import Declaration

FOLDER = "words"


class OwnerText(Declaration):
    """A text for both languages, or one for each (`{ ja = "…", en = "…" }`); empty: not written yet."""

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
    """Something to do, who does it, and until when."""

    what: OwnerText = OwnerText()
    who: OwnerText = OwnerText()
    by: date | None = None


class Decision(Declaration):
    """A decision wanted, until when, and what holds without an answer."""

    what: OwnerText = OwnerText()
    by: date | None = None
    otherwise: OwnerText = OwnerText()


class PastDecision(Declaration):
    """What was decided last time and what came of it."""

    decided: OwnerText = OwnerText()
    came_of_it: OwnerText = OwnerText()


class Concern(Declaration):
    """A concern and what is done about it."""

    concern: OwnerText = OwnerText()
    answer: OwnerText = OwnerText()


class Case(Declaration):
    """What happened in one case, and the day on which whoever it is about agreed to this text."""

    text: OwnerText
    agreed: date


class Mistake(Declaration):
    """A mistake its author chooses to tell, and what was learned of it."""

    what: OwnerText = OwnerText()
    learned: OwnerText = OwnerText()


class Words(Declaration):
    """What somebody wrote for one edition."""

    unshown: ClassVar[frozenset[str]] = frozenset()
    """Keys that earlier files may have, and that no page shows any more."""


class AddressedWords(Words):
    """To whom, from whom, and of which day."""

    to: OwnerText = OwnerText()
    sender: OwnerText = OwnerText()
    day: date | None = None


class OwnerWords(AddressedWords):
    """The owner's pages of a cohort, or of the whole programme."""

    unshown = frozenset({"to", "sender", "day", "impressions"})

    impressions: OwnerText = OwnerText()
    fixes: tuple[Task, ...] = ()


class LeadershipWords(AddressedWords):
    """The leaders' page; nobody is named in it but who writes and who reads."""

    unshown = frozenset({"impressions"})

    conclusion: OwnerText = OwnerText()
    decisions: tuple[Decision, ...] = ()
    last_time: tuple[PastDecision, ...] = ()
    concerns: Annotated[tuple[Concern, ...], Field(max_length=3)] = ()
    cases: Annotated[tuple[Case, ...], Field(max_length=2)] = ()
    impressions: OwnerText = OwnerText()


class LetterWords(AddressedWords):
    """The letter to a graduate's manager: what the graduate needs, what comes next, and a message."""

    needs: tuple[OwnerText, ...] = ()
    next_steps: tuple[Task, ...] = ()
    message: OwnerText = OwnerText()


class PackWords(Words):
    """A graduate's own pack, in the graduate's own words; nobody else reads them."""

    unshown = frozenset({"note"})

    mistakes: tuple[Mistake, ...] = ()
    learned: Annotated[tuple[OwnerText, ...], Field(max_length=3)] = ()
    keep: OwnerText = OwnerText()
    change: OwnerText = OwnerText()
    stop: OwnerText = OwnerText()
    view: OwnerText = OwnerText()
    note: OwnerText = OwnerText()


def name_file(audience: str, *, cohort: str | None = None, person: str | None = None) -> str:
    """The file an edition's words stand in, beside programme.toml.

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
    """Every file that words may stand in, with the edition's folder (`Edition.folder`) and its model."""
    people = tuple(people)
    return {
        name_file("owner"): ("owner", OwnerWords),
        name_file("leadership"): ("leadership", LeadershipWords),
        **{name_file("owner", cohort=each): (f"owner/cohort-{each}", OwnerWords) for each in cohorts},
        **{name_file("graduate", person=each): (f"graduates/{each}", PackWords) for each in people},
        **{name_file("home_manager", person=each): (f"home-managers/{each}", LetterWords) for each in people},
    }


def list_texts(content: Any, place: str = "") -> Iterator[tuple[str, str]]:
    """Every text with the dotted key an owner finds it by."""
    if isinstance(content, str):
        yield place, content
    elif isinstance(content, Mapping):
        for key, value in content.items():
            yield from list_texts(value, f"{place}.{key}" if place else str(key))
    elif isinstance(content, list):
        for index, value in enumerate(content):
            yield from list_texts(value, f"{place}[{index}]")
