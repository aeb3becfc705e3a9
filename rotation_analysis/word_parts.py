"""What the owner wrote for a page: to whom and from whom, what will be mended, own impressions at the end."""

from __future__ import annotations

from collections.abc import Iterator

from .parts import Part, Report, escape, plain_table
from .prompts import ask, cell_text, render, written, written_list

ADDRESS = ("day", "to", "sender")
CLOSING = ("skill_growth", "programme")
"""The pages that end with the owner's impressions: one a cohort, one for the programme."""


def address_lines(report: Report) -> Iterator[str]:
    """Day, addressee and sender, as far as they were written."""
    for field in ADDRESS:
        answer = written(report, field)
        if not answer.asked:
            yield report.say(f"own_words.{field}", text=answer.text)


def fixes_table(report: Report) -> str:
    """What will be mended, by whom and until when, as the owner wrote it; else the prompt to write it."""
    entries = written_list(report, "fixes")
    label = f'<p class="label">{escape(report.say("own_words.fixes"))}</p>'
    if not entries:
        return label + render(ask(report, "fixes"))
    names = ("what", "who", "by")
    columns = [report.say(f"own_words.column_{name}") for name in names]
    body = [[cell_text(report, entry[name]) for name in names] for entry in entries]
    return label + plain_table(columns, body, css="lookup")


def impressions(report: Report) -> Part:
    """The owner's own impressions, apart from what was measured; one prompt for all that is not written."""
    said = written(report, "impressions")
    asked = [field for field in (*ADDRESS, "impressions") if written(report, field).asked]
    words = "" if said.asked else render(said)
    words += render(ask(report, *asked)) if asked else ""
    if report.publication.cohort is not None:  # a cohort's fixes stand in A8
        return Part(
            question=report.say("own_words.question"),
            sentences=(report.say("own_words.note"),),
            table=words,
        )
    label = f'<p class="label">{escape(report.say("own_words.impressions"))}</p>'
    return Part(
        question=report.say("own_words.question_with_fixes"),
        sentences=(report.say("own_words.note_with_fixes"),),
        table=fixes_table(report) + label + words,
    )
