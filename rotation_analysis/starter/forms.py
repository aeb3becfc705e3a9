"""A programme's surveys ready to send, in every language.

Each language has a folder: every form as Markdown, a script that builds them all as Google Forms, a workbook
to copy them into Microsoft Forms, a workbook per form to type answers into, the schedule, and the consent
page.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from importlib.resources import files
from itertools import product
from pathlib import Path
from typing import get_args

from ..build.folder import build_folder, check_free, lock_folder, write_files
from ..build.privacy_notice import Section, list_sections, render_sections, write_sections
from ..cohorts.phases import last_day, split_periods
from ..cohorts.submissions import due_date, find_exemption
from ..markdown import bullets, heading, join_blocks, paragraph, table, tasks
from ..programme.model import ConsentKind, Programme, Rotation, Wave
from ..programme.policy import RULES, Rule, matches_measure
from ..programme.questionnaires import Instrument
from ..texts import Texts, list_languages, read_texts
from .form_items import Item
from .form_rounds import Form, last_to_answer, list_forms
from .form_workbooks import write_answers, write_questions

# --- forms as a Google Apps Script ------------------------------------------------------------------------

NO_FORMS = "const FORMS = [];\n"
UNSEEN = re.compile("[\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
"""Characters that could end a line of the script or display it in another order than it runs."""


def write_script(forms: Sequence[Form]) -> str:
    """Return the script that builds the forms; typed words appear in it only as JSON strings."""
    code = files("rotation_analysis").joinpath("templates", "forms.gs").read_text(encoding="utf-8")
    before, after = code.split(NO_FORMS)
    content = json.dumps([asdict(form) for form in forms], ensure_ascii=False, indent=1)
    content = UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", content)
    return f"{before}const FORMS = {content};\n{after}"


# --- a form as Markdown, to read and to correct before it is built -----------------------------------------


def write_form(form: Form, texts: Texts) -> str:
    """Return the complete form: recipients, dates, introduction, questions with their choices."""
    blocks = [heading(form.title, 1)]
    blocks += [paragraph(texts.say("form.page.who", who=form.who)), bullets(form.when)]
    blocks += [paragraph(texts.say(f"form.page.{'anonymous' if form.anonymous else 'named'}"))]
    blocks += [heading(texts.say("form.page.introduction")), *map(paragraph, form.introduction)]
    blocks += [heading(texts.say("form.page.questions"))]
    for number, item in enumerate(form.items, start=1):
        for guide in item.guides:
            blocks += [heading(guide.title, 4), bullets(guide.lines)]
        blocks += _write_item(item, number, texts)
    return join_blocks(*blocks)


def _write_item(item: Item, number: int, texts: Texts) -> Iterator[str]:
    yield heading(f"Q{number}. {item.title}", 3)  # a bare number would need a backslash
    needed = texts.say("form.page.required" if item.required else "form.page.optional")
    yield paragraph(texts.say(f"form.kind.{item.kind}", needed=needed))
    yield paragraph(item.hint)
    if item.rows:
        yield paragraph(texts.say("form.page.rows"))
        yield bullets(item.rows)
        yield paragraph(texts.say("form.page.columns"))
    yield tasks(item.choices)
    if item.other:
        yield tasks((texts.say("form.page.other"),))


# --- schedule: which form goes to whom and when, for answers that can still arrive -------------------------


@dataclass(frozen=True, kw_only=True)
class Sending:
    """One form to one reader; `until`: the last day on which the answer counts as of that round or period."""

    day: date
    until: date
    form: str
    whom: str


def write_schedule(forms: Sequence[Form], programme: Programme, texts: Texts) -> str:
    """Return the schedule as Markdown: a line per day and form, from the cut-off date."""
    readers: dict[tuple[date, date, str], list[str]] = {}
    for sending in sorted(list_sendings(forms, programme, texts), key=lambda each: (each.day, each.until)):
        readers.setdefault((sending.day, sending.until, sending.form), []).append(sending.whom)
    rows = [
        (texts.day(day), form, texts.say("list.separator").join(dict.fromkeys(whom)), texts.day(until))
        for (day, until, form), whom in readers.items()
    ]
    head = [texts.say(f"form.schedule.{name}") for name in ("day", "form", "whom", "until")]
    return join_blocks(
        heading(texts.say("form.schedule.title"), 1),
        paragraph(texts.say("form.schedule.lead", day=texts.day(programme.as_of))),
        table(head, rows) if rows else paragraph(texts.say("form.schedule.nothing")),
        paragraph(texts.say("form.schedule.home")),
    )


def list_sendings(forms: Sequence[Form], programme: Programme, texts: Texts) -> Iterator[Sending]:
    """List every form due in a round or period that can still be answered, form by form."""
    for form in forms:
        instrument = programme.all_instruments[form.instrument]
        if instrument.every_days:
            yield from _list_periodic(form, instrument, instrument.every_days, programme)
            continue
        waves = [
            wave for wave in programme.waves if wave.rater == instrument.rater and wave.id in form.rounds
        ]
        for stay, wave in product(programme.rotations, waves):
            due = due_date(wave, stay)
            if not find_exemption(stay, wave, due) and last_to_answer(wave, due) >= programme.as_of:
                whom = _name_asked(form, wave, stay, programme, texts)
                yield Sending(day=due, until=last_to_answer(wave, due), form=form.title, whom=whom)


def _list_periodic(
    form: Form, instrument: Instrument, every_days: int, programme: Programme
) -> Iterator[Sending]:
    """List the last day of each period of a stay; a whole team is asked once for all stays."""
    spans = [
        (_name(stay.person, programme), stay.start, last)
        for stay in programme.rotations
        if (last := last_day(stay, programme.as_of)) >= programme.as_of
    ]
    if instrument.rater != "self" and spans:
        _, begins, ends = zip(*spans, strict=True)
        spans = [(form.who, min(begins), max(ends))]
    for whom, begin, end in spans:
        for _, last in split_periods(begin, end, every_days):
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


# --- consent page: kinds of data with boxes to tick ---------------------------------------------------------
# Who sees what comes from the table that the gate applies (`policy.RULES`), in the words of the policy page.

BOX, NO_BOX = "☐", "—"
TO_FILL_IN = "\u3000"
RECORDS = (
    "requests",
    "incidents",
    "changes",
    "notifications",
    "monitors",
    "one_to_ones",
    "time_use",
    "improvements",
    "study_sessions",
)
"""The tables that name participants; incidents include who took part."""
OPENED: Mapping[ConsentKind, tuple[str, ...]] = {
    "skills": ("skill",),
    "incidents": ("incident",),
    "strain": ("strain",),
    "time": ("cost", "improvement", "interruption", "one_to_one", "requests", "time"),
    "quotes": (),
}
"""Kind of consent → prefixes of the measures it opens for one person; quotes open words."""


def render_consent(programme: Programme, texts: Texts) -> str:
    """Return the page as HTML, to print and sign; it fetches nothing."""
    return render_sections(_list_parts(programme, texts), programme, texts, title=texts.say("consent.title"))


def write_consent(programme: Programme, texts: Texts) -> str:
    """Return the same page as Markdown."""
    return write_sections(_list_parts(programme, texts), programme, texts, title=texts.say("consent.title"))


def _list_parts(programme: Programme, texts: Texts) -> tuple[Section, ...]:
    """List the sections: data collected, who sees it, boxes, withdrawal, releases, limits, signature."""
    who, consent, withdrawal, releases, limits = list_sections(programme.disclosure, texts)
    return (
        _describe_collected(programme, texts),
        who,
        Section(title=consent.title, paragraphs=(texts.say("consent.free"), *consent.paragraphs)),
        _list_boxes(texts),
        withdrawal,
        releases,
        limits,
        Section(
            title=texts.say("consent.signature"),
            paragraphs=(texts.say("consent.recorded"),),
            head=tuple(texts.say(f"consent.column.{name}") for name in ("name", "signed")),
            body=((TO_FILL_IN,) * 2,),
        ),
    )


def _describe_collected(programme: Programme, texts: Texts) -> Section:
    """Describe the surveys, named or anonymous, and the records that are collected."""
    head = ("form", "asked", "names")
    forms = list_forms(programme, texts)
    return Section(
        title=texts.say("consent.collected"),
        paragraphs=(texts.say("consent.purpose"),),
        head=tuple(texts.say(f"consent.column.{name}") for name in head),
        body=tuple(
            (form.title, form.who, texts.say("consent.anonymous" if form.anonymous else "consent.named"))
            for form in forms
        ),
        points=tuple(texts.say(f"consent.record.{name}") for name in RECORDS),
    )


def _list_boxes(texts: Texts) -> Section:
    """Tabulate one line per kind, with a box for each reader it can be allowed to."""
    readers = {audience: rule for audience, rule in RULES.items() if rule.named or rule.quotes}
    return Section(
        title=texts.say("consent.kinds"),
        paragraphs=(texts.say("consent.tick"),),
        head=(texts.say("consent.column.kind"), *(texts.say(f"policy.reader.{name}") for name in readers)),
        body=tuple(
            (
                texts.say(f"policy.kind.{kind}"),
                *(BOX if _can_be_allowed(kind, rule) else NO_BOX for rule in readers.values()),
            )
            for kind in get_args(ConsentKind)
        ),
        points=(texts.say("consent.no_box"),),
    )


def _can_be_allowed(kind: ConsentKind, rule: Rule) -> bool:
    """Return whether that consent lets the reader see more."""
    if kind == "quotes":
        return rule.quotes
    if not rule.persons:
        return rule.named
    return rule.named and any(matches_measure(measure, OPENED[kind]) for measure in rule.persons)


# --- all files -------------------------------------------------------------------------------------------


def write_forms(programme: Programme, folder: Path) -> tuple[str, ...]:
    """Write all files to `folder` or none, and return their paths.

    Raises `UserError` if `folder` is not empty: it could contain typed answers.
    """
    check_free(folder)
    contents = render_forms(programme)
    with lock_folder(folder), build_folder(folder) as building:
        write_files(building, contents)
    return tuple(contents)


def render_forms(programme: Programme) -> Mapping[str, bytes | str]:
    """Map each file's relative path to its content; the same programme gives the same bytes."""
    return {
        f"{language}/{name}": content
        for language in list_languages()
        for name, content in _render_language(programme, read_texts(language))
    }


def _render_language(programme: Programme, texts: Texts) -> Iterator[tuple[str, bytes | str]]:
    forms = list_forms(programme, texts)
    yield "google-forms.gs", write_script(forms)
    yield "microsoft-forms.xlsx", write_questions(forms, texts)
    yield "schedule.md", write_schedule(forms, programme, texts)
    yield "consent.html", render_consent(programme, texts)
    yield "consent.md", write_consent(programme, texts)
    for form in forms:
        yield f"{form.name}.md", write_form(form, texts)
        yield f"answers/{form.name}.xlsx", write_answers(form, texts)
