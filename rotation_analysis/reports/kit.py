"""Building blocks of all reports: sections are declared, and their surroundings follow from their rows.

A section names its rows, the sentences that answer its question and the form of its picture.  This module
builds the fold with numbers and method, the caption with n, the alternative text and the line in the closing
list the same way for every section.  Only here does text become HTML.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ..disclosure.publications import Publication, list_rows
from ..markdown import from_html
from ..texts import Texts, keep_direction
from .rows import (
    MOST_LISTED,
    NO_ANSWER_BY_RULE,
    Group,
    NoValue,
    Row,
    Rows,
    format_count_span,
    label_distinctly,
)

FIGURE = "application/vnd.plotly.v1+json"
LINK = re.compile(r"\[([^\[\]]+)\]\(([a-z_]+)\)")
NUMBER = re.compile(r"[+±\u2212-]?\d[\d,]*(\.\d+)?%?|–|")
BRACKETS = re.compile(r"(?<=\S)\s*\([^()]*\)\Z")
DAY, DATE = re.compile(r"\d{4}-\d{2}-\d{2}"), ' class="date"'
MOST_NAMED = 3
"""How many names the closing list shows before "and … more"."""
MOST_FOLDED = 60
"""Rows a fold prints; the fold states how many more are in results.json."""

Groups = Mapping[str, Group]
Picture = Callable[["Shown", bool], "dict[str, Any] | None"]
"""A section as shown, and whether the narrow form is wanted → plotly data and layout; None without values."""


# --- page -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Page:
    """A publication, the texts of a language and the words of one report."""

    publication: Publication
    texts: Texts
    report: str
    earlier: Publication | None = None
    """The publication of an earlier report to compare with, if given."""

    @cached_property
    def words(self) -> Mapping[str, Any]:
        """The words of the report: `texts/LANGUAGE/REPORT.toml`."""
        return self.texts.reports[self.report]

    def section_words(self, section: str) -> Mapping[str, Any]:
        """Return the words of a section: the report's own, or shared ones."""
        return self.texts.section_words(self.report, section)

    def find_word(self, table: str, shared: str, key: str) -> str | None:
        """Return an entry of a table of words such as `[rows]`: the report's own, otherwise the shared one.

        `shared` is the prefix of its id among the shared sentences.  Return None if there is no entry.
        """
        for words in (self.words, self.texts.reports.get("sections", {})):
            if key in words.get(table, {}):
                return str(words[table][key])
        return self.texts.sentences.get(f"{shared}.{key}")

    @cached_property
    def facts(self) -> Mapping[str, Any]:
        """What sentences can name in addition to rows: `{facts[cohort]}`, `{facts[people]}`, `{facts[k]}`."""
        facts, texts = self.publication.facts, self.texts
        stays = facts["stays"]
        ends = [stay["end"] or self.publication.as_of for stay in stays]
        marked = [
            f"{texts.day(event['date'])} {texts.label(event)}"
            for event in facts.get("events", ())  # earlier versions had none
            if stays and min(stay["start"] for stay in stays) <= event["date"] <= max(ends)
        ]
        return {
            **({"events": texts.join(marked)} if marked else {}),
            **({"event_count": len(facts["events"])} if facts.get("events") else {}),
            "cohort": self.publication.cohort or "",
            "people": texts.say("place.one" if len(stays) == 1 else "place.people", n=len(stays)),
            "k": facts["k"],
            "as_of": texts.day(self.publication.as_of),
            "company": texts.label(facts["company"]),
            "programme": texts.label(facts["name"]),
            "first_month": texts.month(min(stay["start"] for stay in stays)) if stays else "",
            "last_month": texts.month(max(ends)) if stays else "",
            "cohorts": len({stay["cohort"] for stay in stays}),
            "person": stays[-1]["name"] if len({stay["person"] for stay in stays}) == 1 else "",
        }

    # --- rows

    @cached_property
    def _by_measure(self) -> dict[str, list[Any]]:
        frame = self.publication.measures
        found: dict[str, list[Any]] = {}
        for row in list_rows(frame.astype(object).where(frame.notna(), None)):
            found.setdefault(row.measure, []).append(row)
        return found

    def rows(self, measure: str) -> list[Any]:
        """Return the published rows of a measure; an empty cell is None."""
        return self._by_measure.get(measure, [])

    # --- names

    def name_measure(self, measure: str) -> str:
        """Return a measure's short name: the report's own, or the shared one."""
        return self.find_word("rows", "measure", measure) or measure

    def name_cell(self, column: str, cell: str) -> str:
        """Return the text of a cell: a person's or team's name, a kind, a phase, a wave."""
        facts, texts = self.publication.facts, self.texts
        if column == "measure":
            return self.name_measure(cell)
        if column == "person":
            return next((str(stay["name"]) for stay in facts["stays"] if stay["person"] == cell), cell)
        if column == "team":
            return texts.label(facts["teams"][cell]) if cell in facts["teams"] else cell
        if column == "skill":
            return next((texts.label(skill) for skill in facts["skills"] if skill["id"] == cell), cell)
        if column == "cohort":
            return texts.say("place.cohort", cohort=cell)
        return self.find_word(f"{column}s", column, cell) or cell

    def name_skill(self, skill: str) -> str:
        """Return a skill's name without the brackets at its end."""
        return BRACKETS.sub("", self.name_cell("skill", skill))

    def join(self, entries: Sequence[str]) -> str:
        """Join entries; those after the fourth are only counted."""
        named = self.texts.join(entries[:MOST_LISTED])
        more = len(entries) - MOST_LISTED
        return self.texts.say("list.more", list=named, more=more) if more > 0 else named

    def join_names(self, names: Iterable[tuple[str, str]]) -> str:
        """Join names with their labels, each name once: "Opportunities (Databases), Growth (8 values)"."""
        named: dict[str, list[str]] = {}
        for name, label in names:
            labels = named.setdefault(name, [])
            if label not in ("", name, *labels):
                labels.append(label)
        say, separator = self.texts.say, self.texts.say("list.separator")
        entries = [
            name
            if not labels
            else say("unsaid.of_many", name=name, n=len(labels))
            if len(labels) > MOST_NAMED
            else say("unsaid.of", name=name, labels=separator.join(labels))
            for name, labels in named.items()
        ]
        return self.join(entries)

    # --- reasons

    def has_reason(self, code: str) -> bool:
        """Return whether a note code explains a missing value or judgement."""
        name = code.split(":")[0]
        return name in NO_ANSWER_BY_RULE or self.find_word("why", "reason", name) is not None

    def explain(self, code: str) -> str:
        """Return why a value or judgement is missing, in half a sentence; one text for all small groups."""
        name, *arguments = code.split(":")
        if name in NO_ANSWER_BY_RULE:
            return self.texts.say("unsaid.few_people")
        return (self.find_word("why", "reason", name) or self.texts.sentences[f"reason.{name}"]).format(
            *arguments
        )

    def explain_remedy(self, code: str) -> str:
        """Return what would supply it, "" if nothing would."""
        name = code.split(":")[0]
        return "" if name in NO_ANSWER_BY_RULE else self.find_word("mend", "mend", name) or ""

    def explain_missing(self, rows: Rows) -> str:
        """Return the reason code if there are no rows: no source, empty source, not yet due, none here."""
        states = self.publication.facts.get("sources", {})
        topic = next((t for m in rows.measures for t in TOPICS if m.startswith(t)), "")
        return STATES.get(states.get(TOPICS.get(topic, ""), "absent"), "NOTHING_HERE")

    # --- what people wrote

    def written(self, field: str) -> str:
        """Return the text of a field of `words/*.toml` in the page's language, "" if empty."""
        return self._translate(self.publication.words.get(field))

    def entries(self, field: str) -> list[dict[str, str]]:
        """Return the entries of a list in `words/*.toml`, each a text by key (a plain text: `text`)."""
        found = [
            {"text": self._translate(entry)}
            if set(entry) == {"ja", "en"}
            else {key: self._translate(value) for key, value in entry.items()}
            for entry in self.publication.words.get(field) or ()
        ]
        return [entry for entry in found if any(entry.values())]

    def _translate(self, value: Any) -> str:
        text = value.get(self.texts.language) if isinstance(value, Mapping) else value
        return str(text or "").strip()

    # --- sentences

    def sentence(self, place: Mapping[str, Any], groups: Mapping[str, Any]) -> str:
        """Return the form of a sentence that fits, "" if a row that it names has no value.

        `place` is a text, or forms of it by name; `by` (a group and one of its attributes, or a named text)
        chooses the form, by default the finding of the group named like the sentence.
        """
        if isinstance(place, Mapping):
            named, _, attribute = place["by"].partition(".")
            found = groups.get(named)
            if isinstance(found, (Row, Group)):
                try:
                    chosen = getattr(found, attribute or "finding")
                    form = chosen.finding if isinstance(chosen, (Row, Group)) else str(chosen)
                except NoValue:
                    form = "none"
            else:
                form = "none" if found is None else str(found)
            place = place.get(form, place.get("none" if form == "none" else "value", ""))
        try:
            return str(place).format_map({**groups, "facts": self.facts})
        except (NoValue, KeyError):
            return ""

    def format_sentence(self, section: str, name: str, groups: Mapping[str, Any]) -> str:
        """Return the sentence `[section.say] name` of the report's words, "" if none fits."""
        found = self.section_words(section).get("say", {}).get(name, "")
        if isinstance(found, Mapping) and "by" not in found:
            found = {"by": name, **found}
        return self.sentence(found, groups)


TOPICS: Mapping[str, str] = {
    "skill.chance": "requests",
    "skill.no_chance": "requests",
    "skill.": "skill_self",
    "requests.": "requests",
    "review.": "changes",
    "waiting.": "requests",
    "team.": "requests",
    "incident.": "incidents",
    "interruption.": "notifications",
    "improvement.": "improvements",
    "monitoring.": "monitors",
    "time.": "time_use",
    "strain.": "pulse",
    "one_to_one.": "one_to_ones",
    "host.": "host",
    "home.": "home",
    "impact.self_solving": "home",
    "impact.survey": "home",
    "impact.author_share": "changes",
    "impact.incidents": "incidents",
    "impact.home_alone": "incidents",
    "impact.time_to_restore": "incidents",
    "impact.do_it_for_me": "requests",
    "impact.requests": "requests",
    "impact.": "tickets",
    "followup.": "followup",
    "exit.": "exit",
    "spread.": "study_sessions",
}
"""Prefix of a measure's id → the table or survey it is computed from; the first match counts."""


STATES: Mapping[str, str] = {
    "absent": "SOURCE_ABSENT",
    "empty": "SOURCE_EMPTY",
    "not_yet_due": "WAVE_NOT_YET_DUE",
}
"""State of a source (`facts.describe_sources`) → reason code for no row."""


# --- HTML -------------------------------------------------------------------------------------------------


def escape(text: str) -> str:
    """Escape text for HTML, in the page's direction, without a line break between n and its number."""
    return html.escape(keep_direction(text).replace("n = ", "n\u00a0=\u00a0"))


def escape_sentence(text: str) -> str:
    """Escape a sentence for HTML; `[words](programme)` becomes a link to a report the reader has.

    >>> escape_sentence("see [the programme](programme) & more")
    'see <a data-report="programme">the programme</a> &amp; more'
    """
    return LINK.sub(r'<a data-report="\2">\1</a>', escape(text))


@dataclass(frozen=True)
class Cell:
    """A cell of a table with a line below (`detail`); `css` is the class of its text: `big`, `state act`."""

    text: str
    detail: str = ""
    css: str = ""

    def html(self) -> str:
        text = f'<span class="{self.css}">{escape(self.text)}</span>' if self.css else escape(self.text)
        return text + (f'<span class="why">{escape(self.detail)}</span>' if self.detail else "")


@dataclass(frozen=True)
class Table:
    """A table of plain text with row headers in its first column; a card per row on narrow screens."""

    head: Sequence[str]
    rows: Sequence[Sequence[str | Cell]]
    css: str = ""

    def __bool__(self) -> bool:
        """Return whether it has any row."""
        return bool(self.rows)

    def html(self) -> str:
        """Return HTML, "" without rows; columns of numbers only are right-aligned."""
        if not self:
            return ""
        cells = [[cell if isinstance(cell, Cell) else Cell(cell) for cell in row] for row in self.rows]
        right = [
            at > 0
            and any(row[at].text not in ("", "–") for row in cells)
            and all(not row[at].css and NUMBER.fullmatch(row[at].text) for row in cells)
            for at in range(len(self.head))
        ]
        style = [' class="n"' if number else "" for number in right]
        head = "".join(f'<th scope="col"{s}>{escape(h)}</th>' for h, s in zip(self.head, style, strict=True))
        body = "".join(
            f'<tr><th scope="row"{DATE if DAY.fullmatch(first.text) else ""}>{first.html()}</th>'
            + "".join(
                f'<td data-label="{escape(h)}"{DATE if DAY.fullmatch(cell.text) else s}>{cell.html()}</td>'
                for cell, h, s in zip(rest, self.head[1:], style[1:], strict=True)
            )
            + "</tr>"
            for first, *rest in cells
        )
        css = f' class="{self.css}"' if self.css else ""
        return f"<table{css}><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


class Outputs(list[tuple[dict[str, Any], dict[str, Any]]]):
    """Outputs of a notebook cell, each (MIME bundle, metadata); a cell that ends with them shows them."""

    def html(self, text: str, about: Mapping[str, Any], *, markdown: bool = False) -> None:
        """Add HTML in the style of the page, with `markdown` also as editable Markdown."""
        bundle = {"text/html": f'<div class="report">{text}</div>'}
        self.append((bundle | ({"text/markdown": from_html(text)} if markdown else {}), dict(about)))

    def _ipython_display_(self) -> None:
        from IPython.display import display

        for bundle, metadata in self:
            display(bundle, raw=True, metadata=metadata)


# --- sections ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Section:
    """One question of a report.

    `rows` appear in the picture, caption, alternative text and fold.  `also` are rows that only sentences,
    fold and closing list need.  `says` names its sentences in order, the answer first; the report's words
    contain them under `[name.say]`, with `picture` for the picture's title and `caption` for its caption.
    `facts` returns further texts that sentences can name or be chosen by, None or "" if missing.
    `table` or `prose` accompanies or replaces a picture; `prose` is HTML built with `escape`.
    """

    name: str
    rows: Mapping[str, Rows] = field(default_factory=dict)
    says: tuple[str, ...] = ()
    picture: Picture | None = None
    also: Mapping[str, Rows] = field(default_factory=dict)
    facts: Callable[[Page, Groups], Mapping[str, Any]] | None = None
    table: Callable[[Shown], Table] | None = None
    prose: Callable[[Shown], str] | None = None
    always: bool = False
    """Whether it is printed even if none of its rows has a value."""
    lists: bool = True
    """Whether its rows without a verdict are listed at the end; its picture can show them instead."""
    new_sheet: bool = False
    """Whether it starts a new sheet on paper."""


@dataclass(frozen=True)
class Shown:
    """A section on a page, printed the same way in JupyterLab and on the page."""

    section: Section
    page: Page
    first: bool = False
    """Whether it is the first screen: its sentences are the findings of the page."""
    markdown: bool = False

    @cached_property
    def groups(self) -> dict[str, Group]:
        """The rows by the names that sentences use."""
        selections = {**self.section.rows, **self.section.also}
        return {name: rows.read(self.page) for name, rows in selections.items()}

    @cached_property
    def named(self) -> dict[str, Any]:
        """What sentences can name: the groups and the section's own facts."""
        given = self.section.facts(self.page, self.groups) if self.section.facts else {}
        return {**self.groups, **{name: value for name, value in given.items() if value not in (None, "")}}

    @property
    def words(self) -> Mapping[str, Any]:
        """The section's words."""
        return self.page.section_words(self.section.name)

    @property
    def question(self) -> str:
        """The heading; the first screen's is the report's."""
        return self.page.sentence(self.words["question"], self.named)

    @property
    def in_contents(self) -> str:
        """Its title in the table of contents: the question, or something shorter."""
        return str(self.words.get("short", self.question))

    @cached_property
    def has_values(self) -> bool:
        """Whether any of its rows has a value."""
        return any(group.compared for group in self.groups.values())

    @property
    def is_printed(self) -> bool:
        """Whether it appears on the page; without any value its question moves to the closing list."""
        if self.first or self.section.always or self.has_values:
            return True
        given = self.section.table or self.section.prose
        return not self.groups and bool(self.sentences or (given and given(self)))

    @cached_property
    def sentences(self) -> list[str]:
        """The sentences whose values are known, in order."""
        return [text for name in self.section.says if (text := self.format_sentence(name))]

    def format_sentence(self, name: str) -> str:
        """A sentence of the section's words, "" if none fits."""
        return self.page.format_sentence(self.section.name, name, self.named)

    # --- what follows from the rows

    @property
    def drawn(self) -> list[Row]:
        """The rows of the picture that have a value."""
        return [row for name in self.section.rows for row in self.groups[name].known_rows]

    def draw(self, *, narrow: bool = False) -> dict[str, Any] | None:
        """Return the picture as plotly data and layout, in the wide or narrow form."""
        return self.section.picture(self, narrow) if self.section.picture else None

    def label(self, name: str) -> str:
        """Return the label of a series: `[name.labels]` of the words, or its first row's place."""
        own = self.words.get("labels", {}).get(name)
        if own is not None:
            return self.page.sentence(own, self.named)
        group = self.groups.get(name)
        return group[0].place if group else name

    def tabulate(self, columns: Sequence[str], rows: Sequence[Sequence[str | Cell]]) -> Table:
        """Build a table whose column headers are under `[name.labels]` of the words."""
        return Table([self.label(name) for name in columns], rows)

    @property
    def alt(self) -> str:
        """The picture in words: its title and its first rows."""
        listed = self.page.join([row.entry for row in self.drawn])
        title = self.format_sentence("picture") or self.question
        return self.page.texts.say("picture.alt", title=title, list=listed) if listed else title

    @property
    def caption(self) -> str:
        """The n and number missing of the rows shown, once per section."""
        if own := self.format_sentence("caption"):
            return own
        rows = [row.data for row in self.drawn if row.data.n is not None]
        if not rows:
            return ""
        spans = {
            name: format_count_span(self.page.texts, [getattr(row, name) or 0 for row in rows])
            for name in ("n", "missing")
        }
        return self.page.texts.say("picture.caption", counted=self.words.get("counted", ""), **spans)

    def fold(self) -> str:
        """Render numbers and method: value, range, n and missing of every row, then notes."""
        texts = self.page.texts
        shown = (row for group in self.groups.values() for row in group if not row.is_withheld_person)
        rows = label_distinctly(shown)
        if not rows:
            return ""
        several = len({row.data.measure for row in rows}) > 1
        known = [row for row in rows if row.known]
        lines = [
            (f"{row.name}: {row.label}" if several and row.label != row.name else row.label, *row.cells)
            for row in known[:MOST_FOLDED]
        ]
        without: dict[str, list[Row]] = {}
        for row in rows:
            if not row.known:
                without.setdefault(row.reason, []).append(row)
        columns = [texts.say(f"fold.{name}") for name in ("what", "value", "range", "n", "missing")]
        table = Table(columns, lines, css="numbers").html()
        notes = list(self._list_notes(known))
        if len(known) > MOST_FOLDED:
            notes.append(texts.say("fold.more", more=len(known) - MOST_FOLDED))
        for reason, unknown in without.items():
            listed = self.page.join_names((row.name, row.label) for row in unknown)
            notes.append(texts.say("fold.without", labels=listed, why=reason))
        if own := self.page.sentence(self.words.get("method", ""), self.named):
            notes.insert(0, own)
        text = "".join(f"<p>{escape_sentence(note)}</p>" for note in notes)
        head = f"<summary>{escape(texts.say('fold.title'))}</summary>"
        return f'<details class="fold">{head}{table}{text}</details>'

    def _list_notes(self, rows: Sequence[Row]) -> Iterator[str]:
        """List each method and note of the rows once, with the rows it applies to unless all."""
        texts = self.page.texts
        methods = dict.fromkeys(row.data.method for row in rows)
        for method in methods:
            if texts.has(f"method.{method}"):
                yield texts.say(f"method.{method}")
        notes = dict.fromkeys(note for row in rows for note in row.data.notes)
        for note in notes:
            name, *arguments = note.split(":")
            if texts.has(f"note.{name}"):
                having = [row.label for row in rows if note in row.data.notes]
                text = texts.sentences[f"note.{name}"].format(*arguments)
                if len(having) < len(rows):
                    text = texts.say("fold.note_of", labels=self.page.join(having), note=text)
                yield text

    def list_open(self) -> Iterator[tuple[str, str, str, str]]:
        """List lines for the closing list: name, label, reason, remedy."""
        if not self.groups or (self.is_printed and not self.section.lists):
            return
        if not self.is_printed:
            yield (self.question, "", *self._explain_empty())
            return
        for name, rows in {**self.section.rows, **self.section.also}.items():
            group = self.groups[name]
            if not group:
                code = self.page.explain_missing(rows)
                for measure in rows.measures[:1]:
                    if code != "NOTHING_HERE":
                        yield (self.page.name_measure(measure), "", *self._explain(code))
            for row in group:
                if row.is_open:
                    named = row.label != row.name and not row.is_withheld_person
                    yield row.name, row.label if named else "", row.reason, row.remedy

    def _explain_empty(self) -> tuple[str, str]:
        """Return the commonest reason why the section has no value or no rows, and its remedy."""
        rows = [row for group in self.groups.values() for row in group]
        if rows:
            codes = [row.code for row in rows]
            return self._explain(max(dict.fromkeys(codes), key=codes.count))
        codes = [self.page.explain_missing(each) for each in self.section.rows.values()]
        return self._explain(next(iter(codes), "NOTHING_HERE"))

    def _explain(self, code: str) -> tuple[str, str]:
        return self.page.explain(code), self.page.explain_remedy(code)

    @property
    def replies(self) -> list[str]:
        """Replies of people to their own numbers of the measures or families shown."""
        rows = [row.data for group in self.groups.values() for row in group.known_rows]
        shown = {f"{row.measure}." for row in rows if row.person is not None}
        page = self.page
        return [
            page.texts.say(
                "frame.reply", person=page.name_cell("person", reply["person"]), text=reply["text"]
            )
            for reply in page.publication.replies
            if any(
                own.startswith(of) or of.startswith(own) for of in [f"{reply['measure']}."] for own in shown
            )
        ]

    # --- as HTML

    def html_before(self) -> str:
        """Render what precedes the picture: question and answer, or the findings of the page."""
        sentences = self.sentences
        if self.first:
            listed = "".join(f"<li>{escape_sentence(sentence)}</li>" for sentence in sentences)
            head = f'<ul class="findings">{listed}</ul>' if listed else ""
        else:
            anchor = self.page.texts.say("frame.anchor")
            link = f'<a class="anchor" href="#{self.section.name}" aria-label="{escape(anchor)}"></a>'
            head = f"<h2>{escape(self.question)}{link}</h2>"
            head += "".join(f'<p class="answer">{escape_sentence(answer)}</p>' for answer in sentences[:1])
        title = self.format_sentence("picture") if self.draw() is not None else ""
        return head + (f'<p class="finding">{escape_sentence(title)}</p>' if title else "")

    def html_after(self, *, drawn: bool) -> str:
        """Render what follows the picture: caption, table, further sentences, fold."""
        parts = []
        if drawn and (caption := self.caption):
            parts.append(f'<p class="caption">{escape(caption)}</p>')
        if self.section.table and (table := self.section.table(self)):
            parts.append(table.html())
            if not drawn and (caption := self.caption):
                parts.append(f'<p class="caption">{escape(caption)}</p>')
        if self.section.prose:
            parts.append(self.section.prose(self))
        if not self.first:
            parts += [f"<p>{escape_sentence(sentence)}</p>" for sentence in self.sentences[1:]]
        elif decide := self.format_sentence("decide"):
            parts.append(f'<p class="decide">{escape_sentence(decide)}</p>')
        parts += [f'<p class="reply">{escape(reply)}</p>' for reply in self.replies]
        return "".join(parts) + self.fold()

    def show(self) -> Outputs:
        """Return HTML, the picture, HTML."""
        outputs = Outputs()
        if not self.is_printed:
            return outputs
        about: dict[str, Any] = {"section": self.section.name, "contents": self.in_contents}
        if self.section.new_sheet:
            about["new_sheet"] = True
        wide = self.draw()
        outputs.html(self.html_before(), about, markdown=self.markdown)
        if wide is not None:
            narrow = self.draw(narrow=True)
            named = {"alt": self.alt, "narrow": narrow if narrow != wide else None}
            outputs.append(({FIGURE: wide}, {**about, **named}))
        if after := self.html_after(drawn=wide is not None):
            outputs.html(after, about, markdown=self.markdown)
        return outputs

    def _ipython_display_(self) -> None:
        self.show()._ipython_display_()

    def __repr__(self) -> str:
        return f"<section {self.section.name}: {self.question}>"


def tabulate_entries(field: str, columns: Sequence[str]) -> Callable[[Shown], Table]:
    """Return a function that tabulates the entries of a field of `words/*.toml`."""
    return lambda shown: shown.tabulate(
        columns, [[entry[name] or "–" for name in columns] for entry in shown.page.entries(field)]
    )


# --- a report ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Report:
    """Declaration of a report: its first screen, its sections and its closing part."""

    name: str
    top: Section
    sections: tuple[Section, ...]
    closing: Callable[[Page], str] | None = None
    """Further HTML after the closing list (who answered, records)."""
    lead: Callable[[Page], str] | None = None
    """HTML between the head and the first findings, such as a letter's recipient."""
    lists_open: bool = True
    """Whether the report ends with a list of what the data cannot show; a letter does not."""
    markdown: bool = False
    """Whether its text is also available as editable Markdown."""
    headline: str = ""
    """The sentence of the first screen that the index repeats; by default the first one."""

    def open(self, publication: Publication, texts: Texts, earlier: Publication | None = None) -> Opened:
        """Open the report on a publication in a language; `earlier` is the one to compare with."""
        return Opened(self, Page(publication, texts, self.name, earlier))


@dataclass(frozen=True)
class Opened:
    """A report on a publication: `report.top`, `report["moved"]`, `report.closing` show its parts."""

    report: Report
    page: Page

    @cached_property
    def shown(self) -> dict[str, Shown]:
        """Every section by its name, the first screen first."""
        written = self.report.markdown
        top = Shown(self.report.top, self.page, first=True, markdown=written)
        others = (Shown(section, self.page, markdown=written) for section in self.report.sections)
        return {shown.section.name: shown for shown in (top, *others)}

    def __getitem__(self, section: str) -> Shown:
        """A section by its name."""
        if section not in self.shown:
            raise KeyError(f"{self.report.name} has no section {section!r}; it has {', '.join(self.shown)}")
        return self.shown[section]

    @property
    def headline(self) -> str:
        """The finding that distinguishes this report from its siblings, "" without one."""
        shown = self.shown[self.report.top.name]
        if (name := self.report.headline) and (sentence := shown.format_sentence(name)):
            return sentence
        return "".join(shown.sentences[:1])

    @property
    def top(self) -> Outputs:
        """The head of the page and its first screen: findings, picture and decision."""
        shown = self.shown[self.report.top.name]
        outputs = Outputs()
        about = {"section": "top", "contents": shown.in_contents, "head": True}
        outputs.html(self._head(), about, markdown=self.report.markdown)
        return Outputs(outputs + shown.show())

    @property
    def closing(self) -> Outputs:
        """The list of what the data cannot show yet, and the end of the report."""
        outputs = Outputs()
        if self.report.lists_open and (listed := self._list_open()):
            outputs.html(listed, {"section": "unsaid", "contents": self.page.texts.say("unsaid.title")})
        if self.report.closing and (more := self.report.closing(self.page)):
            outputs.html(more, {"section": "end", "contents": ""}, markdown=self.report.markdown)
        return outputs

    def show(self) -> Outputs:
        """Return all outputs in order, as a notebook shows them."""
        sections = [each for section in self.report.sections for each in self.shown[section.name].show()]
        return Outputs([*self.top, *sections, *self.closing])

    def _head(self) -> str:
        """Render the report's subject, its title and one line of notices."""
        page, texts = self.page, self.page.texts
        notices = [
            *([texts.say("frame.synthetic")] if page.publication.facts["synthetic"] else []),
            texts.say("frame.as_of", day=texts.day(page.publication.as_of)),
            *(page.sentence(each, {}) for each in page.words["notices"]),
        ]
        of, title = (page.sentence(page.words[name], {}) for name in ("of", "title"))
        lead = self.report.lead(page) if self.report.lead else ""
        return (
            f'<p class="of">{escape(of)}</p><h1>{escape(title)}</h1>'
            f'<p class="notice">{escape(" · ".join(notices))}</p>{lead}'
        )

    def _list_open(self) -> str:
        """Render what the data cannot show; rows with the same reason and remedy share a line."""
        page, texts = self.page, self.page.texts
        lines: dict[tuple[str, str], list[tuple[str, str]]] = {}
        for shown in self.shown.values():
            for name, label, reason, remedy in shown.list_open():
                lines.setdefault((reason, remedy), []).append((name, label))
        if not lines:
            return ""
        few = texts.say("unsaid.few_people")
        entries = []
        for (reason, remedy), names in lines.items():
            mark = "<sup>1</sup>" if reason == few else ""
            after = texts.say("unsaid.mend", mend=remedy) if remedy and reason != few else ""
            because = texts.say("unsaid.why", why=reason[:1].upper() + reason[1:])
            what = escape(page.join_names(names))
            entries.append(f"<li><b>{what}</b>{escape(because)}{mark}{escape(after)}</li>")
        head = f'<h2>{escape(texts.say("unsaid.title"))}</h2><ul class="unsaid">{"".join(entries)}</ul>'
        if all(reason != few for reason, _ in lines):
            return head
        note = texts.say("unsaid.footnote", k=page.publication.facts["k"])
        return head + f'<p class="caption"><sup>1</sup> {escape(note)}</p>'

    def _ipython_display_(self) -> None:
        self.show()._ipython_display_()

    def __repr__(self) -> str:
        return f"<report {self.report.name}: {', '.join(self.shown)}>"
