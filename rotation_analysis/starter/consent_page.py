"""What a participant is asked to agree to, kind by kind with boxes to tick, and what becomes of it.

Who sees what is told by the table that the gate applies (`policy.RULES`), in the words of the policy page.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from ..build.privacy_notice import Section, list_sections, render_sections, write_sections
from ..programme.model import ConsentKind, Programme
from ..programme.policy import RULES, Rule, concerns
from ..texts import Texts
from .form_rounds import list_forms

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
"""The tables in which participants stand; who took part in an incident is told with it."""
OPENED: Mapping[ConsentKind, tuple[str, ...]] = {
    "skills": ("skill",),
    "incidents": ("incident",),
    "strain": ("strain",),
    "time": ("cost", "improvement", "interruption", "one_to_one", "requests", "time"),
    "quotes": (),
}
"""What each kind opens of one person, by the beginnings of measures' ids; quotes open words."""


def render_consent(programme: Programme, texts: Texts) -> str:
    """The page as HTML, to print and sign; it fetches nothing."""
    return render_sections(_list_parts(programme, texts), programme, texts, title=texts.say("consent.title"))


def write_consent(programme: Programme, texts: Texts) -> str:
    """The same as Markdown."""
    return write_sections(_list_parts(programme, texts), programme, texts, title=texts.say("consent.title"))


def _list_parts(programme: Programme, texts: Texts) -> tuple[Section, ...]:
    """What is collected, who sees it, kinds with boxes, how to take it back, what nobody can promise."""
    who, consent, withdrawal, releases, limits = list_sections(programme.disclosure, texts)
    return (
        _tell_collected(programme, texts),
        who,
        Section(title=consent.title, paragraphs=(texts.say("consent.free"), *consent.paragraphs)),
        _list_boxes(texts),
        withdrawal,
        releases,
        limits,
        _sign(texts),
    )


def _tell_collected(programme: Programme, texts: Texts) -> Section:
    """The questionnaires that name whoever answers or is asked about, those that do not, and the records."""
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
    """One line a kind, one box a reader to whom it can be allowed."""
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
    """Whether the reader sees anything more by that consent."""
    if kind == "quotes":
        return rule.quotes
    if not rule.persons:
        return rule.named
    return rule.named and any(concerns(measure, OPENED[kind]) for measure in rule.persons)


def _sign(texts: Texts) -> Section:
    head = ("name", "signed")
    return Section(
        title=texts.say("consent.signature"),
        paragraphs=(texts.say("consent.recorded"),),
        head=tuple(texts.say(f"consent.column.{name}") for name in head),
        body=((TO_FILL_IN,) * len(head),),
    )
