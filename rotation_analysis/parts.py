"""One part of a report as shown: question, sentences, picture or why there is none, n and what is missing.

This is the one door into HTML: text is escaped here and nowhere else.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
import plotly.graph_objects as go
from great_tables import GT, loc, style

from . import narrative
from .programme import Audience
from .publications import Publication
from .retrospective import open_publication
from .since import Changes, compare_publications
from .texts import Texts, keep_direction, read_texts

NUMBER = re.compile(r"[+±\u2212-]?\d[\d,]*(\.\d+)?%?|–|")


@dataclass(frozen=True)
class Report:
    """What a notebook works with: one publication in one language."""

    publication: Publication
    texts: Texts
    name: str
    changes: Changes | None = None
    """What changed since an earlier report, where one was given."""

    def say(self, key: str, **values: object) -> str:
        """A sentence of the report's language."""
        return self.texts.say(key, **values)


@dataclass(frozen=True, kw_only=True)
class Part:
    """One part as shown; in JupyterLab and in the page alike."""

    question: str
    sentences: tuple[str, ...] = ()
    note: str = ""
    figure: go.Figure | None = None
    alt: str = ""
    table: str = ""
    state: tuple[str, str, str] | None = None
    numbers: str = ""
    css: str = "part"
    figure_name: str = ""
    """Under which the figure is also written as a file of its own (SVG); empty: it is not."""
    notices: tuple[str, ...] = field(default=())

    def html_before(self) -> str:
        """What stands above the picture."""
        said = "".join(f'<p class="sentence">{escape(text)}</p>' for text in self.sentences)
        head = f"<h2>{escape(self.question)}</h2>"
        return f'<section class="{self.css}">{head}{said}{self._state()}{self.table}</section>'

    def html_after(self) -> str:
        """What stands below the picture."""
        note = f'<p class="note">{escape(self.note)}</p>' if self.note else ""
        return f'<div class="after">{self.numbers}{note}</div>' if note or self.numbers else ""

    def _state(self) -> str:
        if self.state is None:
            return ""
        title, reason, mend = self.state
        lines = "".join(f"<p>{escape(text)}</p>" for text in (title, reason, mend) if text)
        return f'<div class="state">{lines}</div>'

    def _ipython_display_(self) -> None:
        from IPython.display import HTML, display

        display(HTML(self.html_before()))
        self._display_figure()
        if after := self.html_after():
            display(HTML(after))

    def _display_figure(self) -> None:
        from IPython.display import display

        if self.figure is not None:
            bundle = {"application/vnd.plotly.v1+json": self.figure.to_plotly_json()}
            display(_plain(bundle), raw=True, metadata=self._describe_figure())

    def _describe_figure(self) -> dict[str, str]:
        named = {"figure_name": self.figure_name} if self.figure_name else {}
        return {"alt": self.alt, **named}

    def __repr__(self) -> str:
        return f"Part({self.question!r})"


@dataclass(frozen=True)
class Parts:
    """Several parts, shown one after the other."""

    parts: tuple[Part, ...]

    def _ipython_display_(self) -> None:
        for part in self.parts:
            part._ipython_display_()

    def __repr__(self) -> str:
        return f"Parts({len(self.parts)})"


@dataclass(frozen=True, kw_only=True)
class Head(Part):
    """The head of a page."""

    def html_before(self) -> str:
        banners = "".join(f'<p class="banner">{escape(text)}</p>' for text in self.notices)
        lead = "".join(f'<p class="lead">{escape(text)}</p>' for text in self.sentences)
        head = f'<h1>{escape(self.question)}</h1><p class="note">{escape(self.note)}</p>'
        return f'<header class="report">{banners}{head}{lead}</header>'

    def html_after(self) -> str:
        return ""


@dataclass(frozen=True, kw_only=True)
class Foot(Part):
    """The foot of a page."""

    def html_before(self) -> str:
        lines = "".join(f"<p>{escape(text)}</p>" for text in self.sentences)
        return f'<footer class="report">{lines}</footer>'


def escape(text: str) -> str:
    """Text as HTML, in the direction of the page."""
    return html.escape(_keep(text))


def keep_n(text: str) -> str:
    """The same with no line break between an n and its number."""
    return text.replace("n = ", "n\u00a0=\u00a0")


def _keep(text: str) -> str:
    return keep_n(keep_direction(text))


def _plain(bundle: Mapping[str, Any]) -> dict[str, Any]:
    """A figure as plain JSON data: readable numbers, no numpy."""
    import json

    from plotly.utils import PlotlyJSONEncoder

    return dict(json.loads(json.dumps(bundle, cls=PlotlyJSONEncoder)))


def open_report(
    name: str,
    *,
    programme: str,
    language: str,
    cohort: str | int | None = None,
    person: str | None = None,
    publication: str = "",
    previous: str = "",
    audience: Audience = "owner",
) -> Report:
    """The report a notebook puts in order: on the finished `publication`, or one built here.

    `programme` is a programme.toml, its folder, or "sample"; papermill turns `-p cohort 3` into a number,
    which is taken too; without a cohort the report is the whole programme's.  `previous` is the results.json
    of an earlier report to compare with.  Raises `UserError` for a programme, cohort, language or earlier
    report that cannot be used.
    """
    texts = read_texts(language)
    opened = open_publication(
        programme=programme, cohort=cohort, person=person, publication=publication, audience=audience
    )
    if not previous:
        return Report(opened, texts, name)
    earlier = open_publication(programme=programme, publication=previous)
    return Report(opened, texts, name, compare_publications(earlier, opened))


# --- tables ---------------------------------------------------------------------------------------------


def lookup_table(
    frame: pd.DataFrame, *, name: str, numbers: Sequence[str] = (), unbroken: Sequence[str] = ()
) -> str:
    """A table where people look up numbers: great_tables with an id of its own (the same bytes each time).

    Columns in `numbers` stand to the right, cells of columns in `unbroken` stay on one line.
    """
    table = (
        GT(frame.map(_keep, na_action="ignore"), id=f"t-{name}")
        .sub_missing(missing_text="–")
        .cols_align("left")
        .tab_options(
            table_font_names="inherit", table_font_size="0.9em", table_width="100%", data_row_padding="4px"
        )
        .tab_style(style=style.text(weight="bold"), locations=loc.column_labels())
    )
    if numbers:
        table = table.cols_align("right", columns=list(numbers))
    if unbroken:
        table = table.tab_style(
            style=style.css("white-space: nowrap"), locations=loc.body(columns=list(unbroken))
        )
    return table.as_raw_html()


def numbers_table(report: Report, rows: Iterable[Any], label: Any, *, name: str) -> str:
    """The numbers of a figure, for those who print it or cannot see it."""
    texts = report.texts
    head = ("", texts.say("part.value"), texts.say("part.interval"), "n", texts.say("part.missing"))
    body = []
    for row in rows:
        interval = ""
        if row.low is not None and not pd.isna(row.low):
            low, high = (narrative.value_text(texts, row.unit, x) for x in (row.low, row.high))
            interval = f"{low} – {high}"
        value = narrative.value_text(texts, row.unit, row.value)
        cells = (label(row), value, interval, count_text(row.n), count_text(row.missing))
        body.append(cells)
    return details(report, head, body)


def details(
    report: Report,
    head: Sequence[str],
    body: Iterable[Sequence[str]],
    *,
    title: str = "part.numbers",
    numbers: bool = True,
) -> str:
    """A folded plain table under a title (id of its text); opened in print; `numbers`: its cells are."""
    table = plain_table(head, body, css="lookup", numbers=numbers)
    return f'<details class="numbers"><summary>{escape(report.say(title))}</summary>{table}</details>'


def plain_table(
    head: Sequence[str], body: Iterable[Sequence[str]], *, css: str, numbers: bool = False
) -> str:
    """A table of escaped text, the first column as row heads; columns of numbers stand to the right.

    With `numbers` all columns are, else those in which nothing but numbers stands.
    """
    first, *others = head
    lines = [tuple(line) for line in body]
    to_right = [numbers or _are_numbers([line[at] for line in lines]) for at in range(1, len(head))]
    header = f"<th>{escape(first)}</th>" + _write_cells("th", others, to_right)
    rows = "".join(
        f"<tr><th>{escape(name)}</th>{_write_cells('td', rest, to_right)}</tr>" for name, *rest in lines
    )
    return f'<table class="{css}"><thead><tr>{header}</tr></thead><tbody>{rows}</tbody></table>'


def _are_numbers(cells: Sequence[str]) -> bool:
    """
    >>> _are_numbers(["1,204", "–", "+0.7"]), _are_numbers(["–"]), _are_numbers(["2024-05-11"])
    (True, False, False)
    """
    return all(map(NUMBER.fullmatch, cells)) and any(cell not in ("", "–") for cell in cells)


def _write_cells(tag: str, texts: Iterable[str], to_right: Sequence[bool]) -> str:
    styles = (' class="number"' if right else "" for right in to_right)
    return "".join(f"<{tag}{style}>{escape(text)}</{tag}>" for text, style in zip(texts, styles, strict=True))


def count_text(value: object) -> str:
    return "–" if value is None or pd.isna(value) else f"{int(value):,}"  # type: ignore[call-overload]


def state_box(report: Report, kind: str, reason: str) -> tuple[str, str, str]:
    """The box that stands where a picture would: what, why, and what would make it answerable."""
    return (
        report.say(f"state.{kind}"),
        _capital(narrative.reason_text(report.texts, reason)),
        narrative.mend_text(report.texts, reason) or "",
    )


def _capital(text: str) -> str:
    """A reason that stands alone instead of inside a sentence."""
    return text[:1].upper() + text[1:]


def why_empty(rows: pd.DataFrame) -> tuple[str, str]:
    """Kind of state and reason for rows none of which has a value."""
    if rows.empty:
        return "not_measurable", "NO_SURVEY"
    hidden = rows[rows["verdict"].eq("hidden")]
    if len(hidden) == len(rows):
        return "hidden", hidden["notes"].iloc[0][0]
    reasons = [
        notes[0]
        for verdict, notes in zip(rows["verdict"], rows["notes"], strict=True)
        if notes and (verdict == "not_measurable" or notes[0].startswith("FEWER_THAN:"))
    ]
    return "not_measurable", max(sorted(set(reasons)), key=reasons.count) if reasons else "NO_SURVEY"
