"""One part of a graduate's pack: as HTML on the page and as Markdown to edit, from the same content."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from . import markdown, pack_records
from .parts import Part, Parts, Report, escape, plain_table
from .prompts import Answer, render
from .replies import reply_lines

Grid = tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]
"""Head and rows of a table, all text."""


@dataclass(frozen=True, kw_only=True)
class PackPart(Part):
    """A part with its content as text, so that it can be written twice.

    From above: `sentences`, `lines` (bullets), `grids` (tables), `quotes` (the graduate's own words with
    where they are from), the figure, `answers` (what only a person can supply), `tasks` (boxes to tick).
    `language` names the figure's file.
    """

    language: str
    level: int = 2
    lines: tuple[str, ...] = ()
    grids: tuple[Grid, ...] = ()
    quotes: tuple[tuple[str, str], ...] = ()
    answers: tuple[Answer, ...] = ()
    tasks: tuple[str, ...] = ()

    def html_before(self) -> str:
        """What stands above the picture."""
        head = f"<h{self.level}>{escape(self.question)}</h{self.level}>"
        notices = "".join(f'<p class="banner">{escape(text)}</p>' for text in self.notices)
        said = "".join(f'<p class="sentence">{escape(text)}</p>' for text in self.sentences)
        quoted = "".join(_quote(text, source) for text, source in self.quotes)
        tables = "".join(plain_table(head, body, css="lookup pack") for head, body in self.grids if body)
        inside = f"{notices}{head}{said}{self._state()}{_list(self.lines, '')}{tables}{quoted}"
        below = "" if self.figure is not None else self._below()
        return f'<section class="{self.css}">{inside}{below}</section>'

    def html_after(self) -> str:
        """What stands below the picture; without one it stands in the section."""
        return "" if self.figure is None else self._below()

    def _below(self) -> str:
        """What to fill in and to tick, how to read it."""
        asked = "".join(render(answer) for answer in self.answers)
        note = f'<p class="note">{escape(self.note)}</p>' if self.note else ""
        inside = asked + _list(self.tasks, "☐ ") + note
        return f'<div class="after">{inside}</div>' if inside else ""

    def markdown_before(self) -> str:
        """What stands above the picture, and the picture's place."""
        picture = ""
        if self.figure is not None and self.figure_name:
            picture = markdown.image(self.alt, f"figures/{self.figure_name}.{self.language}.svg")
        return _blocks(
            markdown.heading(self.question, self.level),
            *(markdown.paragraph(text) for text in (*self.notices, *self.sentences)),
            *(markdown.paragraph(text) for text in (self.state or ()) if text),
            markdown.bullets(self.lines),
            *(markdown.table(head, body) for head, body in self.grids if body),
            *(f"> {markdown.escape_markdown(text)}\n>\n> — {markdown.escape_markdown(source)}"
              for text, source in self.quotes),
            picture,
        )  # fmt: skip

    def markdown_after(self) -> str:
        """What stands below the picture."""
        return _blocks(
            *(markdown.prompt_line(a.text) if a.asked else markdown.paragraph(a.text) for a in self.answers),
            markdown.tasks(self.tasks),
            markdown.paragraph(self.note),
        )

    def _ipython_display_(self) -> None:
        from IPython.display import display

        below = "" if self.figure is not None else self.markdown_after()
        display(_bundle(self.html_before(), _blocks(self.markdown_before(), below)), raw=True)
        self._display_figure()
        if self.figure is not None:
            display(_bundle(self.html_after(), self.markdown_after()), raw=True)

    def __repr__(self) -> str:
        return f"PackPart({self.question!r})"


def _bundle(html: str, text: str) -> dict[str, str]:
    return {"text/html": html, "text/markdown": text}


def _blocks(*blocks: str) -> str:
    return "\n\n".join(block for block in blocks if block)


def _quote(text: str, source: str) -> str:
    lines = "<br>".join(escape(line.strip()) for line in text.splitlines() if line.strip())
    return f'<blockquote class="own"><p>{lines}</p><footer>{escape(source)}</footer></blockquote>'


def _list(items: Sequence[str], mark: str) -> str:
    lines = "".join(f"<li>{escape(mark + item)}</li>" for item in items)
    css = "tasks" if mark else "lines"
    return f'<ul class="{css}">{lines}</ul>' if items else ""


# --- parts of a report ----------------------------------------------------------------------------------


def pack_part(report: Report, question: str, *, name: str = "", stay: str = "", **content: Any) -> PackPart:
    """A part of the pack under a question (id of its text), with dates where there are several stays."""
    said = report.say(question, name=name)
    if stay:
        said = report.say("pack.of_stay", question=said, stay=stay)
    return PackPart(question=said, language=report.texts.language, **content)


def say_all(report: Report, key: str, n: int, **values: object) -> tuple[str, ...]:
    return tuple(report.say(f"{key}_{number}", **values) for number in range(1, n + 1))


def each_stay(report: Report, make: Callable[[Report, str, str], Iterator[PackPart]]) -> Parts:
    """The parts of each stay; where there are several, headed by its dates, its figures by its number."""
    stays = report.publication.facts["stays"]
    parts: list[PackPart] = []
    for number, stay in enumerate(stays, start=1):
        narrowed = replace(report, publication=pack_records.narrow(report.publication, stay))
        several = len(stays) > 1
        end = report.texts.day(stay["end"]) if stay["end"] else ""
        dates = report.say("pack.dates", start=report.texts.day(stay["start"]), end=end)
        parts.extend(make(narrowed, dates if several else "", f"-{number}" if several else ""))
    return Parts(tuple(parts))


def without_empty(head: tuple[str, ...], rows: tuple[tuple[str, ...], ...]) -> Grid:
    """The table without the columns that have "–" in every row."""
    kept = [n for n in range(len(head)) if not rows or any(row[n] != "–" for row in rows)]
    return tuple(head[n] for n in kept), tuple(tuple(row[n] for n in kept) for row in rows)


def ask_graduate(report: Report, key: str, **values: object) -> Answer:
    """A line that only the graduate can fill in."""
    return Answer(text=report.say(f"pack.ask.{key}", **values), asked=True)


def own_replies(report: Report, *measures: str) -> tuple[Answer, ...]:
    """What the graduate added to own numbers of these measures."""
    return tuple(Answer(text=line) for line in reply_lines(report, *measures))


def nothing_to_list(report: Report, key: str) -> tuple[str, str, str]:
    """The box that stands where there is nothing: what, why, and what would help."""
    return report.say("pack.nothing"), report.say(f"pack.none.{key}"), ""
