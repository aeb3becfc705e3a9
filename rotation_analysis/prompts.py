"""What only a person can supply, as its page shows it: the words that were written, or where to write them.

Nothing is made up for a person: an empty field is a visible prompt that names its file and field.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .parts import Report, escape
from .words import name_file


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What stands at a field: a person's text, or (`asked`) the prompt to write one."""

    text: str
    asked: bool = False


def written(report: Report, field: str) -> Answer:
    """The text of a field in the report's language; a prompt where nobody wrote one."""
    text = _say(report, report.publication.words.get(field))
    return Answer(text=text) if text else ask(report, field)


def written_list(report: Report, field: str) -> list[dict[str, str]]:
    """The entries of a list, each a text by key, "" where it is empty; a plain text has the key "text".

    Entries without any text are left out; without any entry the page shows `ask(report, field)`.
    """
    entries = [_say_entry(report, entry) for entry in report.publication.words.get(field) or ()]
    return [entry for entry in entries if any(entry.values())]


def ask(report: Report, *fields: str) -> Answer:
    """The prompt for one or more fields: what is wanted, in which file, under which keys."""
    publication, separator = report.publication, report.say("list.separator")
    keys = (
        field if _is_empty(publication.words.get(field)) else f"{field}.{report.texts.language}"
        for field in fields
    )
    text = report.say(
        "prompt.unwritten_graduate" if publication.edition == "graduate" else "prompt.unwritten",
        what=separator.join(report.say(f"prompt.what.{field}") for field in fields),
        file=name_file(publication.edition, cohort=publication.cohort, person=publication.person),
        field=", ".join(keys),
    )
    return Answer(text=text, asked=True)


def cell_text(report: Report, text: str) -> str:
    """A text of an entry as a table's cell: that it is not written yet is said."""
    return text or report.say("prompt.cell")


def render(answer: Answer) -> str:
    """The answer as HTML: a person's paragraphs, or the dashed box of a prompt."""
    if answer.asked:
        return f'<p class="prompt">{escape(answer.text)}</p>'
    paragraphs = (line.strip() for line in answer.text.splitlines())
    return "".join(f'<p class="written">{escape(line)}</p>' for line in paragraphs if line)


def _say_entry(report: Report, entry: Mapping[str, Any]) -> dict[str, str]:
    if set(entry) == {"ja", "en"}:
        return {"text": _say(report, entry)}
    return {key: _say(report, value) for key, value in entry.items()}


def _say(report: Report, value: Any) -> str:
    """A text in the report's language, a day as it was written (ISO, as pages print it), else ""."""
    text = value.get(report.texts.language) if isinstance(value, Mapping) else value
    return str(text or "").strip()


def _is_empty(value: Any) -> bool:
    """Whether a field holds a text in no language."""
    return not (any(str(text).strip() for text in value.values()) if isinstance(value, Mapping) else value)
