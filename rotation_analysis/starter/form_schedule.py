"""When which form goes to whom, day by day, for the stays of which an answer can still come."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from ..cohorts.phases import cut_periods, last_day
from ..cohorts.submissions import due_date, find_exemption
from ..markdown import heading, join_blocks, paragraph, table
from ..programme.model import Programme, Rotation, Wave
from ..programme.questionnaires import Instrument
from ..texts import Texts
from .form_rounds import Form, last_to_answer


@dataclass(frozen=True, kw_only=True)
class Sending:
    """One form to one reader; `until`: the last day on which the answer counts as of that round or period."""

    day: date
    until: date
    form: str
    whom: str


def write_schedule(forms: Sequence[Form], programme: Programme, texts: Texts) -> str:
    """The schedule as Markdown: a line a day and form, from the day on up to which data count."""
    told: dict[tuple[date, date, str], list[str]] = {}
    for sending in sorted(list_sendings(forms, programme, texts), key=lambda each: (each.day, each.until)):
        told.setdefault((sending.day, sending.until, sending.form), []).append(sending.whom)
    rows = [
        (texts.day(day), form, texts.say("list.separator").join(dict.fromkeys(whom)), texts.day(until))
        for (day, until, form), whom in told.items()
    ]
    head = [texts.say(f"form.schedule.{name}") for name in ("day", "form", "whom", "until")]
    return join_blocks(
        heading(texts.say("form.schedule.title"), 1),
        paragraph(texts.say("form.schedule.lead", day=texts.day(programme.as_of))),
        table(head, rows) if rows else paragraph(texts.say("form.schedule.nothing")),
        paragraph(texts.say("form.schedule.home")),
    )


def list_sendings(forms: Sequence[Form], programme: Programme, texts: Texts) -> Iterator[Sending]:
    """Every form that a round or a period asks for and that can still be answered, form by form."""
    for form in forms:
        instrument = programme.all_instruments[form.instrument]
        if instrument.every_days:
            yield from _list_periodic(form, instrument, instrument.every_days, programme)
        else:
            yield from _list_rounds(form, instrument, programme, texts)


def _list_rounds(form: Form, instrument: Instrument, programme: Programme, texts: Texts) -> Iterator[Sending]:
    waves = [wave for wave in programme.waves if wave.rater == instrument.rater and wave.id in form.rounds]
    for stay in programme.rotations:
        for wave in waves:
            due = due_date(wave, stay)
            if due and not find_exemption(stay, wave, due) and last_to_answer(wave, due) >= programme.as_of:
                whom = _name_asked(form, wave, stay, programme, texts)
                yield Sending(day=due, until=last_to_answer(wave, due), form=form.title, whom=whom)


def _list_periodic(
    form: Form, instrument: Instrument, every_days: int, programme: Programme
) -> Iterator[Sending]:
    """On the last day of each period of a stay; a whole team is asked once for all stays together."""
    spans = [
        (_name(stay.person, programme), stay.start, last)
        for stay in programme.rotations
        if (last := last_day(stay, programme.as_of)) >= programme.as_of
    ]
    if instrument.rater != "self" and spans:
        _, begins, ends = zip(*spans, strict=True)
        spans = [(form.who, min(begins), max(ends))]
    for whom, begin, end in spans:
        for _, last in cut_periods(begin, end, every_days):
            until = last + timedelta(days=every_days)
            if until >= programme.as_of:
                yield Sending(day=last, until=until, form=form.title, whom=whom)


def _name_asked(form: Form, wave: Wave, stay: Rotation, programme: Programme, texts: Texts) -> str:
    person = _name(stay.person, programme)
    if wave.rater == "self":
        return person
    mentor = stay.mentor if wave.rater == "mentor" else None
    who = _name(mentor, programme) if mentor else form.who
    return texts.say("form.schedule.about", who=who, person=person)


def _name(person: str, programme: Programme) -> str:
    return next((each.name for each in programme.people if each.id == person), person)
