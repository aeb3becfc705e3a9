"""The policy in words, for the survey invitation: who sees what, consent, what it does not protect against.

Made of the table that the gate applies (`policy.RULES`) and of the programme's own `[disclosure]`: what is
changed there changes the page.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import get_args

from ..markdown import bullets, heading, join_blocks, paragraph, table
from ..programme.model import ConsentKind, DisclosurePolicy, Programme, Withheld
from ..programme.policy import RULES, Rule
from ..texts import Texts
from .pages import render_template

NAME = "policy"
"""Of the files: policy.ja.html, policy.ja.md."""
USUAL_K = 5
COLUMNS = ("reader", "persons", "together", "teams", "words")
LIMITS = ("operator", "colleagues", "members", "alike", "small", "earlier")


@dataclass(frozen=True, kw_only=True)
class Section:
    """A question with its answer: paragraphs, a table, points."""

    title: str
    paragraphs: tuple[str, ...] = ()
    head: tuple[str, ...] = ()
    body: tuple[tuple[str, ...], ...] = ()
    points: tuple[str, ...] = ()


def render_policy(programme: Programme, texts: Texts) -> str:
    """The page as HTML; it fetches nothing."""
    sections = list_sections(programme.disclosure, texts)
    return render_sections(sections, programme, texts, title=texts.say("policy.title"))


def write_markdown(programme: Programme, texts: Texts) -> str:
    """The same as Markdown, to paste into an invitation."""
    sections = list_sections(programme.disclosure, texts)
    return write_sections(sections, programme, texts, title=texts.say("policy.title"))


def render_sections(sections: Sequence[Section], programme: Programme, texts: Texts, *, title: str) -> str:
    """A page of such sections as HTML, headed by the programme's name and what answers are not used for."""
    return render_template(
        "policy.html",
        language=texts.language,
        title=title,
        notices=_list_notices(programme, texts),
        note=_name_programme(programme, texts),
        sections=sections,
    )


def write_sections(sections: Sequence[Section], programme: Programme, texts: Texts, *, title: str) -> str:
    """The same page as Markdown."""
    blocks = [heading(title, 1), paragraph(_name_programme(programme, texts))]
    blocks += [paragraph(text) for text in _list_notices(programme, texts)]
    for section in sections:
        blocks += [heading(section.title), *(paragraph(text) for text in section.paragraphs)]
        blocks += [table(section.head, section.body)] if section.head else []
        blocks.append(bullets(section.points))
    return join_blocks(*blocks)


def _list_notices(programme: Programme, texts: Texts) -> list[str]:
    synthetic = [texts.say("policy.synthetic")] if programme.programme.synthetic else []
    return [*synthetic, texts.say("policy.notice")]


def _name_programme(programme: Programme, texts: Texts) -> str:
    names = (programme.programme.company, programme.programme.name)
    return " · ".join(texts.label(name.model_dump()) for name in names)


def list_sections(policy: DisclosurePolicy, texts: Texts) -> tuple[Section, ...]:
    """What the page says, section by section."""
    k = {"k": policy.k}
    few = (texts.say("policy.few", **k),) if policy.k < USUAL_K else ()
    return (
        Section(
            title=texts.say("policy.who"),
            paragraphs=(texts.say("policy.together", **k), *few),
            head=tuple(texts.say(f"policy.column.{name}") for name in COLUMNS),
            body=tuple(_list_cells(audience, rule, policy, texts) for audience, rule in RULES.items()),
            points=tuple(_list_rules(policy, texts)),
        ),
        Section(
            title=texts.say("policy.consent"),
            paragraphs=(texts.say("policy.no_entry"), texts.say("policy.without")),
            points=tuple(texts.say(f"policy.kind.{kind}") for kind in get_args(ConsentKind)),
        ),
        Section(
            title=texts.say("policy.withdraw"),
            paragraphs=(texts.say("policy.withdrawn"), texts.say("policy.quotes"), texts.say("policy.reply")),
        ),
        Section(title=texts.say("policy.releases"), paragraphs=(texts.say("policy.released", **k),)),
        Section(
            title=texts.say("policy.limits"),
            paragraphs=(texts.say("policy.confidential"),),
            points=tuple(texts.say(f"policy.limit.{name}", **k) for name in LIMITS),
        ),
    )


def _list_cells(audience: str, rule: Rule, policy: DisclosurePolicy, texts: Texts) -> tuple[str, ...]:
    """What one audience sees: persons, people together, single teams, words."""
    persons = "own" if rule.own else "named" if rule.named else "nobody"
    together = "chosen" if rule.measures else "all"
    teams = policy.teams_to_leadership if rule.teams == "policy" else rule.teams
    words = "own" if rule.own else "approved" if rule.quotes else "never"
    return (
        texts.say(f"policy.reader.{audience}"),
        texts.say(f"policy.persons.{persons}"),
        texts.say(f"policy.aggregates.{together}", k=policy.k),
        texts.say(f"policy.teams.{teams}"),
        texts.say(f"policy.words.{words}"),
    )


def _list_rules(policy: DisclosurePolicy, texts: Texts) -> Iterator[str]:
    """What holds beside the table: spread, no subtraction, what is left out, names of customers."""
    for audience, rule in RULES.items():
        if rule.spread_from:
            reader = texts.say(f"policy.reader.{audience}")
            yield texts.say("policy.spread", reader=reader, n=rule.spread_from)
    yield texts.say("policy.subtraction", k=policy.k)
    yield texts.say("policy.ticked", k=policy.k)
    if policy.withhold:
        named = (_name_withheld(each, texts) for each in policy.withhold)
        yield texts.say("policy.withheld", list=texts.say("list.separator").join(named))
    yield texts.say("policy.rounded")


def _name_withheld(withheld: Withheld, texts: Texts) -> str:
    """A measure in words, and which part of it: where there are no words, as it was declared."""
    names = {f"measure.{withheld.measure}": withheld.measure}
    names |= {f"{name}.{value}": value for name, value in withheld.parts.items()}
    measure, *parts = (texts.say(key) if texts.has(key) else value for key, value in names.items())
    return f"{measure} ({', '.join(parts)})" if parts else measure
