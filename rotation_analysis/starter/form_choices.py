"""What a form offers to choose from where it asks whom, which team and which days an answer is about.

Every text is one that the reader of answers finds the person, the team or the period by.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from ..cohorts.people import PERSON, TEAM, Directory, list_people, list_teams
from ..cohorts.phases import cut_periods, last_day
from ..cohorts.sendings import due_date, why_not_asked
from ..files.cells import fold
from ..programme.model import Person, Programme, Rotation, Team, Wave
from ..texts import Texts


def list_subjects(waves: Sequence[Wave], programme: Programme) -> tuple[str, ...]:
    """The participants whom one of the rounds can still ask about; without rounds, whose stay is not over."""
    directory = list_people(programme)
    people = {person.id: person for person in programme.people}
    stays = [stay for stay in programme.rotations if _is_open(stay, waves, programme.as_of)]
    ordered = sorted(stays, key=lambda stay: (stay.start, stay.person))
    return tuple(
        _name_clearly(people[person], directory) for person in dict.fromkeys(s.person for s in ordered)
    )


def list_asked_teams(programme: Programme, texts: Texts) -> tuple[str, ...]:
    """The teams of the day up to which data count, without the host team."""
    directory = list_teams(programme)
    asked = [team for team in programme.teams if _is_asked(team, programme)]
    names = [(team.id, texts.label({"ja": team.ja, "en": team.en})) for team in asked]
    return tuple(name if _means(directory, name, TEAM, known) else known for known, name in names)


def list_periods(every_days: int, programme: Programme, texts: Texts) -> tuple[str, ...]:
    """The whole periods of the stays that are not over, counted from the first day of each."""
    stays = [stay for stay in programme.rotations if _is_open(stay, (), programme.as_of)]
    spans = {(stay.start, last_day(stay, programme.as_of)) for stay in stays}
    periods = sorted({period for span in spans for period in cut_periods(*span, every_days)})
    return tuple(
        texts.say("form.period", first=f"{first:%Y/%m/%d}", last=f"{last:%Y/%m/%d}")
        for first, last in periods
    )


def _is_open(stay: Rotation, waves: Sequence[Wave], today: date) -> bool:
    """Whether an answer about the stay can still come."""
    if not waves:
        return last_day(stay, today) >= today
    dues = [(wave, due_date(wave, stay)) for wave in waves]
    return any(
        due is not None and not why_not_asked(stay, wave, due) and last_to_answer(wave, due) >= today
        for wave, due in dues
    )


def last_to_answer(wave: Wave, due: date) -> date:
    """The last day on which an answer of a round counts."""
    return due + timedelta(days=wave.window[1])


def _name_clearly(person: Person, directory: Directory) -> str:
    """The person's name; where it means others, too, the address or the id."""
    texts = [text for text in (person.name, person.mail) if text]
    return next((text for text in texts if _means(directory, text, PERSON, person.id)), person.id)


def _is_asked(team: Team, programme: Programme) -> bool:
    there = team.valid_until is None or team.valid_until >= programme.as_of
    return there and team.id != programme.programme.host_team


def _means(directory: Directory, text: str, kind: str, known: str) -> bool:
    return {(entry.kind, entry.id) for entry in directory.get(fold(text), [])} == {(kind, known)}
