"""Forms of a programme: recipients, dates, introduction and questions.

Rounds of a survey that ask the same questions share a form: looking back is asked only at the end, so the
last self-rating is a separate form.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from ..build.privacy_notice import COLUMNS, list_sections
from ..cohorts.people import PERSON, TEAM, Directory, list_people, list_teams
from ..cohorts.phases import last_day, split_periods
from ..cohorts.submissions import due_date, find_exemption
from ..files.cells import fold
from ..programme.model import Person, Programme, Rotation, Wave
from ..programme.policy import RULES
from ..programme.questionnaires import Instrument, Question
from ..texts import Texts
from .form_items import Item, list_items, pick_wording

# --- choices for the person, team and period that an answer is about ---------------------------------------
# The reader of answers can match every text to its person, team or period.


def list_subjects(waves: Sequence[Wave], programme: Programme) -> tuple[str, ...]:
    """List participants that a round can still ask about; without rounds, those whose stay is not over."""
    directory = list_people(programme)
    people = {person.id: person for person in programme.people}
    stays = [stay for stay in programme.rotations if _is_open(stay, waves, programme.as_of)]
    ordered = sorted(stays, key=lambda stay: (stay.start, stay.person))
    return tuple(
        _name_clearly(people[person], directory) for person in dict.fromkeys(s.person for s in ordered)
    )


def list_asked_teams(programme: Programme, texts: Texts) -> tuple[str, ...]:
    """List the teams at the cut-off date, without the host team."""
    directory = list_teams(programme)
    as_of, host_team = programme.as_of, programme.programme.host_team
    names = [
        (team.id, texts.label({"ja": team.ja, "en": team.en}))
        for team in programme.teams
        if team.id != host_team and (team.valid_until is None or team.valid_until >= as_of)
    ]
    return tuple(name if _identifies(directory, name, TEAM, known) else known for known, name in names)


def list_periods(every_days: int, programme: Programme, texts: Texts) -> tuple[str, ...]:
    """List the complete periods of stays that are not over, counted from the first day of each."""
    stays = [stay for stay in programme.rotations if _is_open(stay, (), programme.as_of)]
    spans = {(stay.start, last_day(stay, programme.as_of)) for stay in stays}
    periods = sorted({period for span in spans for period in split_periods(*span, every_days)})
    return tuple(
        texts.say("form.period", first=f"{first:%Y/%m/%d}", last=f"{last:%Y/%m/%d}")
        for first, last in periods
    )


def _is_open(stay: Rotation, waves: Sequence[Wave], today: date) -> bool:
    """Return whether an answer about the stay can still arrive."""
    if not waves:
        return last_day(stay, today) >= today
    dues = [(wave, due_date(wave, stay)) for wave in waves]
    return any(
        not find_exemption(stay, wave, due) and last_to_answer(wave, due) >= today for wave, due in dues
    )


def last_to_answer(wave: Wave, due: date) -> date:
    """Return the last day on which an answer of a round counts."""
    return due + timedelta(days=wave.window[1])


def _name_clearly(person: Person, directory: Directory) -> str:
    """Return the person's name, or the address or id if others share it."""
    texts = [text for text in (person.name, person.mail) if text]
    return next((text for text in texts if _identifies(directory, text, PERSON, person.id)), person.id)


def _identifies(directory: Directory, text: str, kind: str, known: str) -> bool:
    return {(entry.kind, entry.id) for entry in directory.get(fold(text), [])} == {(kind, known)}


LONGEST_NAME = 40


@dataclass(frozen=True, kw_only=True)
class Form:
    """One form; `name` is for its files, `who` and `when` are its recipients and dates.

    `rounds`: ids of the waves that ask it.  `rows_are_distinct`: the row of a grid alone identifies the
    question of an answer.
    """

    name: str
    title: str
    instrument: str
    anonymous: bool
    rounds: tuple[str, ...]
    rows_are_distinct: bool
    who: str
    when: tuple[str, ...]
    introduction: tuple[str, ...]
    items: tuple[Item, ...]


def list_forms(programme: Programme, texts: Texts) -> tuple[Form, ...]:
    """List the forms of all surveys of the programme, in order."""
    forms = [
        _build_form(asked, programme, texts)
        for instrument in programme.all_instruments.values()
        for asked in _group_rounds(instrument, programme)
    ]
    return tuple(_name_uniquely(forms))


@dataclass(frozen=True, kw_only=True)
class _Asked:
    """Questions that rounds of a survey share; no `waves` if no round asks it."""

    instrument: Instrument
    questions: tuple[Question, ...]
    waves: tuple[Wave, ...]


def _group_rounds(instrument: Instrument, programme: Programme) -> Iterator[_Asked]:
    """Group rounds that ask the same questions; without rounds, yield the questions outside any."""
    groups: dict[tuple[Question, ...], list[Wave]] = {}
    for wave in programme.waves:
        if wave.rater == instrument.rater and instrument.id in programme.asked_in(wave):
            asked = tuple(q for q in instrument.questions if not q.waves or wave.id in q.waves)
            groups.setdefault(asked, []).append(wave)
    if not groups:
        groups[tuple(question for question in instrument.questions if not question.waves)] = []
    for questions, waves in groups.items():
        if questions:
            yield _Asked(instrument=instrument, questions=questions, waves=tuple(waves))


def _build_form(asked: _Asked, programme: Programme, texts: Texts) -> Form:
    instrument, waves, name = asked.instrument, asked.waves, asked.instrument.id
    title = texts.label({"ja": instrument.ja or name, "en": instrument.en or name})
    if any(question.waves for question in asked.questions):  # other rounds do not ask it
        name = "_".join([name, *(wave.id for wave in waves)])
        rounds = texts.say("list.separator").join(texts.say(f"wave.{wave.id}") for wave in waves)
        title = texts.say("form.title_of_round", title=title, rounds=rounds)
    return Form(
        name=name,
        title=title,
        instrument=instrument.id,
        anonymous=instrument.anonymous,
        rounds=tuple(wave.id for wave in waves),
        rows_are_distinct=sum(question.kind == "grid" for question in instrument.questions) < 2,
        who=texts.say(f"form.who.{instrument.rater}"),
        when=tuple(_describe_dates(asked, texts)),
        introduction=tuple(_introduce(asked, programme, texts)),
        items=(*_ask_about(asked, programme, texts), *list_items(asked.questions, programme, texts)),
    )


def _name_uniquely(forms: Iterable[Form]) -> Iterator[Form]:
    """Give each form a unique name that is valid for files: the id of an own survey can be any text."""
    taken: set[str] = set()
    for form in forms:
        plain = re.sub(r"[^a-z0-9_-]+", "-", form.name.lower()).strip("-_")[:LONGEST_NAME] or "form"
        name, number = plain, 2
        while name in taken:
            name, number = f"{plain}-{number}", number + 1
        taken.add(name)
        yield replace(form, name=name)


def _ask_about(asked: _Asked, programme: Programme, texts: Texts) -> Iterator[Item]:
    """List the questions that identify what an answer is about: person, team, period."""
    instrument, days = asked.instrument, asked.instrument.every_days
    for field, wordings, choices in (
        ("subject", instrument.subject, list_subjects(asked.waves, programme)),
        ("team", instrument.team, list_asked_teams(programme, texts)),
        ("period", instrument.period, list_periods(days, programme, texts) if days else ()),
    ):
        if wordings:
            yield Item(
                id=field,
                kind="list" if choices else "short",
                title=pick_wording(wordings, texts.language),
                required=True,
                hint=texts.say(f"form.hint.{field}" if choices else f"form.hint.{field}_typed"),
                choices=choices,
            )


# --- introduction and dates -----------------------------------------------------------------------------


def _introduce(asked: _Asked, programme: Programme, texts: Texts) -> Iterator[str]:
    """List what respondents read first: purpose, anonymity, who sees what."""
    yield texts.say("form.purpose", programme=texts.label(programme.programme.name.model_dump()))
    yield texts.say("policy.notice")
    anonymous = asked.instrument.anonymous
    yield texts.say("form.anonymous" if anonymous else "policy.confidential")
    yield texts.say("policy.together", k=programme.disclosure.k)
    yield texts.say("form.sees")
    left_out = {"persons", "words"} if anonymous else set()  # answers carry no person
    left_out |= set() if any(question.kind == "text" for question in asked.questions) else {"words"}
    seen = list_sections(programme.disclosure, texts)[0]
    for reader, *values in seen.body:
        cells = zip(COLUMNS[1:], seen.head[1:], values, strict=True)
        shown = [f"{head}: {value}" for column, head, value in cells if column not in left_out]
        yield texts.say("form.reader", reader=reader, sees=" / ".join(shown))
    if asked.instrument.rater == "mentor" and RULES["graduate"].own:
        yield texts.say("form.rated")
    yield texts.say("policy.limit.operator")


def _describe_dates(asked: _Asked, texts: Texts) -> Iterator[str]:
    if asked.instrument.every_days:
        yield texts.say("form.when.every_days", n=asked.instrument.every_days)
    elif asked.waves:
        yield from (_describe_round(wave, texts) for wave in asked.waves)
    else:
        yield texts.say("form.when.home" if asked.instrument.rater == "home" else "form.when.undeclared")


def _describe_round(wave: Wave, texts: Texts) -> str:
    """Describe the day of a round relative to the stay, and the days around it that count."""
    first, last = (texts.number(day, signed=True) for day in wave.window)
    anchor = day = texts.say(f"form.when.{wave.anchor}")
    for unit, n in (("months", wave.months), ("days", wave.days)):
        if n:
            span = texts.say(f"form.when.{unit}", n=abs(n))
            day = texts.say(f"form.when.{'after' if n > 0 else 'before'}", anchor=day, span=span)
    day = texts.say("form.when.on", anchor=anchor) if day == anchor else day
    return texts.say("form.when.round", round=texts.say(f"wave.{wave.id}"), day=day, first=first, last=last)
