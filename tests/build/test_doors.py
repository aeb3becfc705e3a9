"""Whatever people typed, in any field: text on pages, in Markdown, in CSV and in pictures, nothing else."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt

from rotation_analysis.build.making import write_records
from rotation_analysis.disclosure.publications import Publication
from rotation_analysis.programme.model import Audience
from tests.publications import sample_edition, show_report

PLOTLY = "application/vnd.plotly.v1+json"
MARK = "⌘"
TYPED = (
    f'{MARK}<img src="http://x.example/a.png" onerror="alert(1)"></script><!-- ![i](http://x.example/i.png) '
    "[l](javascript:alert(1)) https://x.example/p www.x.example | `c` *d* %{x} {n} {0} &lt;b&gt; \"' "
    "\u202e\u2067"
)
TYPED_KEYS = frozenset({"ja", "en", "name", "text", "title", "because_ja", "because_en", "wording", "source"})
TYPED_IN_RECORDS = frozenset({"title", "link", "id", "file"})
IDENTIFIED = {"skills", "plan"}
"""Facts whose `id` or `name` is an id of the programme's, not what anybody sees."""
PAGES: tuple[tuple[str, Audience, str | None, str | None], ...] = (
    ("programme", "owner", None, None),
    ("skill_growth", "owner", "5", None),
    ("workload", "owner", "5", None),
    ("team_impact", "owner", "5", None),
    ("leadership_summary", "leadership", None, None),
    ("home_manager_letter", "home_manager", None, "p03"),
    ("graduate_pack", "graduate", None, "p03"),
)
EVERY_PAGE = pytest.mark.parametrize("page", PAGES, ids=[page[0] for page in PAGES])
TAGS = frozenset(
    """a b blockquote button details div footer h1 h2 h3 li ol p span summary sup table tbody td th thead tr
    ul""".split()  # noqa: SIM905
)
READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def taint(value: Any, key: str = "", inside: str = "") -> Any:
    """The same with the hostile text behind every text that a person may have typed."""
    if isinstance(value, dict):
        return {name: taint(held, name, inside or name) for name, held in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(taint(held, key, inside) for held in value)
    typed = key in TYPED_KEYS and not (inside in IDENTIFIED and key in ("id", "name"))
    return f"{value}{TYPED}" if typed and isinstance(value, str) and value else value


@cache
def hostile(audience: Audience, cohort: str | None, person: str | None) -> Publication:
    """What an audience sees of the sample, had everybody typed such a text everywhere."""
    publication = sample_edition(audience, cohort=cohort, person=person)
    measures = publication.measures.copy()
    named = measures["label"].notna() & ~measures["label"].astype(str).str.fullmatch(r"[0-9-]+")
    measures.loc[named, "label"] = measures.loc[named, "label"].astype(str) + TYPED
    return replace(
        publication,
        measures=measures,
        facts=taint(publication.facts),
        words=taint(publication.words),
        records=tuple(
            {
                key: f"{held}{TYPED}" if held and key in TYPED_IN_RECORDS else held
                for key, held in record.items()
            }
            for record in publication.records
        ),
        replies=taint(publication.replies),
        voices=taint(publication.voices),
    )


@cache
def show(page: tuple[str, Audience, str | None, str | None], language: str) -> list[tuple[Any, Any]]:
    notebook, audience, cohort, person = page
    return show_report(hostile(audience, cohort, person), notebook, language)


def outputs_of(page: tuple[str, Audience, str | None, str | None], kind: str) -> Iterator[tuple[Any, Any]]:
    """Data of one type with what goes with it, of both languages."""
    for language in ("ja", "en"):
        yield from ((data[kind], about) for data, about in show(page, language) if kind in data)


class Reading(HTMLParser):
    """Tags, attributes and text of a piece of HTML; what is not closed or not known is noticed."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.said: list[str] = []
        self.other: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.said.append(data)

    def handle_comment(self, data: str) -> None:
        self.other.append(data)

    def unknown_decl(self, data: str) -> None:
        self.other.append(data)


@EVERY_PAGE
def test_typed_text_is_text_on_every_page_and_escaped_once(
    page: tuple[str, Audience, str | None, str | None],
) -> None:
    marks = 0
    for html, _ in outputs_of(page, "text/html"):
        reading = Reading()
        reading.feed(html)
        reading.close()
        assert reading.tags <= TAGS
        assert reading.other == []
        attributes = [a for a in reading.attributes if a[0] != "data-label"]
        assert not [a for a in attributes if a[0].startswith("on") or a[0] in ("src", "srcset")]
        assert all(re.fullmatch("#[a-z_]+", value) for name, value in attributes if name == "href")
        assert MARK not in "".join(value for _, value in attributes)
        text = "".join(reading.said)
        assert "&amp;" not in text
        assert "&#x27;" not in text
        assert text.count(MARK) == text.count("&lt;b&gt;") == text.count(f'{MARK}<img src="http://x.example')
        marks += text.count(MARK)
    assert marks > 0


@EVERY_PAGE
def test_no_typed_text_turns_the_direction_of_a_page(
    page: tuple[str, Audience, str | None, str | None],
) -> None:
    for html, _ in outputs_of(page, "text/html"):
        assert not re.search("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]", html)


@EVERY_PAGE
def test_typed_text_in_figures_is_no_markup_of_plotly(
    page: tuple[str, Audience, str | None, str | None],
) -> None:
    for figure, _ in outputs_of(page, PLOTLY):
        for text in strings_of({key: figure["layout"][key] for key in figure["layout"] if key != "template"}):
            assert re.sub(r"</?b>|<br>", "", text).count("<") == 0, text
        for trace in figure["data"]:
            for key, value in trace.items():
                if key != "hovertemplate":
                    assert not [text for text in strings_of(value) if re.search(r"<(?!br>)|%\{", text)]


def strings_of(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for held in value.values():
            yield from strings_of(held)
    elif isinstance(value, list):
        for held in value:
            yield from strings_of(held)


def test_typed_text_in_the_packs_markdown_is_text() -> None:
    pack = next(page for page in PAGES if page[0] == "graduate_pack")
    written = [text for text, _ in outputs_of(pack, "text/markdown")]
    document = "\n\n".join(written)
    assert document.count(MARK) > 20
    tokens = READER.parse(document)
    assert not [token for token in tokens if token.type in ("html_block", "code_block", "fence")]
    inlines = [child for token in tokens for child in token.children or ()]
    assert {child.type for child in inlines} <= {"text", "code_inline", "softbreak"}
    bare = re.sub(r"`[^`]*`", "", document)
    assert not re.search(r"://|www\.|@", bare)


def test_typed_text_in_a_persons_records_is_no_formula(tmp_path: Path) -> None:
    publication = sample_edition("graduate", person="p03")
    starts = ("=cmd", "+1", "-2+3", "@sum", "\t=1", "＝1", " =1", "a;=1")
    records = tuple(
        {**record, "title": start, "link": start, "id": start, "left_out": None}
        for record, start in zip(publication.records, starts, strict=False)
    )
    write_records(tmp_path, replace(publication, records=records))
    for language in ("ja", "en"):
        text = (tmp_path / f"records.{language}.csv").read_bytes().decode("utf-8-sig")
        head, *rows = csv.reader(io.StringIO(text, newline=""), strict=True)
        assert len(rows) == len(starts)
        cells = [cell for row in (head, *rows) for cell in row if not re.fullmatch(r"-?\d+(\.\d+)?", cell)]
        assert not [cell for cell in cells if re.match(r"[\s\u3000]*[=+\-@＝＋－＠]|[\t\r]", cell)]
        assert "'=cmd" in cells
        assert "a;'=1" in cells
