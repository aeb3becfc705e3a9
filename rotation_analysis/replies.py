"""Right of reply: what people add to their own numbers stands wherever those numbers stand.

The gate lets through the replies of those whose numbers an edition shows; a section says by
`carry_replies` which numbers of persons it shows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import wraps
from typing import Any, TypeVar

from . import narrative
from .parts import Part, Parts, Report, escape

Shown = TypeVar("Shown", Part, Parts)


def reply_lines(report: Report, *measures: str) -> tuple[str, ...]:
    """The replies to any of these measures (ids or their beginnings up to a dot), in the order given."""
    return tuple(
        _say(report, reply)
        for reply in report.publication.replies
        if any(_concern_each_other(str(reply["measure"]), measure) for measure in measures)
    )


def render(report: Report, *measures: str) -> str:
    """The same as HTML, "" for none."""
    return "".join(f'<p class="reply">{escape(line)}</p>' for line in reply_lines(report, *measures))


def carry_replies(
    *measures: str, only_in: str | None = None
) -> Callable[[Callable[[Report], Shown]], Callable[[Report], Shown]]:
    """A section that shows these numbers of persons, with the replies to them under its own numbers.

    `only_in`: the one notebook in which it shows them.  Of several parts the last carries them.
    """

    def decorate(section: Callable[[Report], Shown]) -> Callable[[Report], Shown]:
        @wraps(section)
        def with_replies(report: Report) -> Shown:
            shown = section(report)
            told = render(report, *measures) if only_in in (None, report.name) else ""
            return _add(shown, told) if told else shown

        return with_replies

    return decorate


def _add(shown: Part | Parts, told: str) -> Any:
    """The same with the replies under the numbers of the last part."""
    if isinstance(shown, Parts):
        *first, last = shown.parts
        return Parts((*first, _add(last, told)))
    return replace(shown, numbers=shown.numbers + told)


def _concern_each_other(reply: str, measure: str) -> bool:
    """Whether one is the other, or the beginning of it."""
    return reply == measure or reply.startswith(f"{measure}.") or measure.startswith(f"{reply}.")


def _say(report: Report, reply: Mapping[str, Any]) -> str:
    told = {
        "about": _name_number(report, reply),
        "day": report.texts.day(reply["given"]),
        "text": reply["text"],
    }
    if report.publication.edition == "graduate":
        return report.say("reply.line_graduate", **told)
    person = narrative.name_of(report.publication, str(reply["person"]))
    return report.say("reply.line", person=person, **told)


def _name_number(report: Report, reply: Mapping[str, Any]) -> str:
    """What the number is: the skill, the measure, or what its ids begin with."""
    measure, texts = str(reply["measure"]), report.texts
    if reply.get("skill"):
        labels = {skill["id"]: texts.label(skill) for skill in report.publication.facts["skills"]}
        return labels.get(str(reply["skill"]), str(reply["skill"]))
    keys = (f"measure.{measure}", f"reply.about.{measure.partition('.')[0]}")
    return next((texts.say(key) for key in keys if texts.has(key)), measure)
