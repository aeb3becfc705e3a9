"""The forms of a programme: whom each goes to and when, what is said first, what it asks.

One form for each set of questions that rounds of a questionnaire have in common: looking back is asked at the
end only, so the last self-rating is a form of its own.
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

# --- what a form offers to choose from where it asks whom, which team and which days an answer is about ----
# Every text is one that the reader of answers finds the person, the team or the period by.


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
    as_of, host_team = programme.as_of, programme.programme.host_team
    names = [
        (team.id, texts.label({"ja": team.ja, "en": team.en}))
        for team in programme.teams
        if team.id != host_team and (team.valid_until is None or team.valid_until >= as_of)
    ]
    return tuple(name if _means(directory, name, TEAM, known) else known for known, name in names)


def list_periods(every_days: int, programme: Programme, texts: Texts) -> tuple[str, ...]:
    """The whole periods of the stays that are not over, counted from the first day of each."""
    stays = [stay for stay in programme.rotations if _is_open(stay, (), programme.as_of)]
    spans = {(stay.start, last_day(stay, programme.as_of)) for stay in stays}
    periods = sorted({period for span in spans for period in split_periods(*span, every_days)})
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
        not find_exemption(stay, wave, due) and last_to_answer(wave, due) >= today for wave, due in dues
    )


def last_to_answer(wave: Wave, due: date) -> date:
    """The last day on which an answer of a round counts."""
    return due + timedelta(days=wave.window[1])


def _name_clearly(person: Person, directory: Directory) -> str:
    """The person's name; where it means others, too, the address or the id."""
    texts = [text for text in (person.name, person.mail) if text]
    return next((text for text in texts if _means(directory, text, PERSON, person.id)), person.id)


def _means(directory: Directory, text: str, kind: str, known: str) -> bool:
    return {(entry.kind, entry.id) for entry in directory.get(fold(text), [])} == {(kind, known)}


LONGEST_NAME = 40


@dataclass(frozen=True, kw_only=True)
class Form:
    """One form; `name` is for its files, `who` and `when` tell who sends it whom to send it to.

    `rounds`: ids of the waves that ask it.  `rows_tell`: an answer headed by the row of a grid alone can only
    be of one question.
    """

    name: str
    title: str
    instrument: str
    anonymous: bool
    rounds: tuple[str, ...]
    rows_tell: bool
    who: str
    when: tuple[str, ...]
    introduction: tuple[str, ...]
    items: tuple[Item, ...]


def list_forms(programme: Programme, texts: Texts) -> tuple[Form, ...]:
    """The forms of all questionnaires of the programme, in their order."""
    forms = [
        _build_form(asked, programme, texts)
        for instrument in programme.all_instruments.values()
        for asked in _group_rounds(instrument, programme)
    ]
    return tuple(_name_apart(forms))


@dataclass(frozen=True, kw_only=True)
class _Asked:
    """What rounds of a questionnaire ask alike; no `waves` where it is asked in none."""

    instrument: Instrument
    questions: tuple[Question, ...]
    waves: tuple[Wave, ...]


def _group_rounds(instrument: Instrument, programme: Programme) -> Iterator[_Asked]:
    """The rounds that ask the same questions; without rounds, the questions that belong to none."""
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
        rows_tell=sum(question.kind == "grid" for question in instrument.questions) < 2,
        who=texts.say(f"form.who.{instrument.rater}"),
        when=tuple(_say_when(asked, texts)),
        introduction=tuple(_introduce(asked, programme, texts)),
        items=(*_ask_about(asked, programme, texts), *list_items(asked.questions, programme, texts)),
    )


def _name_apart(forms: Iterable[Form]) -> Iterator[Form]:
    """The forms with names that files can have, each once: the id of an own questionnaire may be any text."""
    taken: set[str] = set()
    for form in forms:
        plain = re.sub(r"[^a-z0-9_-]+", "-", form.name.lower()).strip("-_")[:LONGEST_NAME] or "form"
        name, number = plain, 2
        while name in taken:
            name, number = f"{plain}-{number}", number + 1
        taken.add(name)
        yield replace(form, name=name)


def _ask_about(asked: _Asked, programme: Programme, texts: Texts) -> Iterator[Item]:
    """The questions without which an answer is nobody's: about whom, of which team, of which days."""
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


# --- what is said ---------------------------------------------------------------------------------------


def _introduce(asked: _Asked, programme: Programme, texts: Texts) -> Iterator[str]:
    """What those who are asked read first: what for, whether their name is known, who sees what."""
    yield texts.say("form.purpose", programme=texts.label(programme.programme.name.model_dump()))
    yield texts.say("policy.notice")
    anonymous = asked.instrument.anonymous
    yield texts.say("form.anonymous" if anonymous else "policy.confidential")
    yield texts.say("policy.together", k=programme.disclosure.k)
    yield texts.say("form.sees")
    left_out = {"persons", "words"} if anonymous else set()  # nothing is any person's
    left_out |= set() if any(question.kind == "text" for question in asked.questions) else {"words"}
    seen = list_sections(programme.disclosure, texts)[0]
    for reader, *values in seen.body:
        told = zip(COLUMNS[1:], seen.head[1:], values, strict=True)
        shown = [f"{head}: {value}" for column, head, value in told if column not in left_out]
        yield texts.say("form.reader", reader=reader, sees=" / ".join(shown))
    if asked.instrument.rater == "mentor" and RULES["graduate"].own:
        yield texts.say("form.rated")
    yield texts.say("policy.limit.operator")


def _say_when(asked: _Asked, texts: Texts) -> Iterator[str]:
    if asked.instrument.every_days:
        yield texts.say("form.when.every_days", n=asked.instrument.every_days)
    elif asked.waves:
        yield from (_say_round(wave, texts) for wave in asked.waves)
    else:
        yield texts.say("form.when.home" if asked.instrument.rater == "home" else "form.when.undeclared")


def _say_round(wave: Wave, texts: Texts) -> str:
    """The day of a round from the first or last day of a stay, and the days around it that count."""
    first, last = (texts.number(day, signed=True) for day in wave.window)
    anchor = day = texts.say(f"form.when.{wave.anchor}")
    for unit, n in (("months", wave.months), ("days", wave.days)):
        if n:
            span = texts.say(f"form.when.{unit}", n=abs(n))
            day = texts.say(f"form.when.{'after' if n > 0 else 'before'}", anchor=day, span=span)
    day = texts.say("form.when.on", anchor=anchor) if day == anchor else day
    return texts.say("form.when.round", round=texts.say(f"wave.{wave.id}"), day=day, first=first, last=last)
