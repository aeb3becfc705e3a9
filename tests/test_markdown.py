"""Typed text stays text in Markdown, whatever it holds."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from rotation_analysis.markdown import (
    bullets,
    escape_markdown,
    heading,
    image,
    join_blocks,
    prompt_line,
    table,
    tasks,
    visible_line,
)

MARKS = "`*_#[]()!<>|~&;:-+=.@/\\{}$^'\" \t\n\r\u3000\u202e\u2028"
PIECES = (
    *MARKS,
    "a",
    "1",
    "あ",
    "http://a.example",
    "www.a.example",
    "a@b.example",
    "&lt;",
    "&#60;",
    "<b>",
    "![x](y)",
    "[x]: y",
    "```",
    "---",
    "| --- |",
    "1. ",
    "- [ ] ",
    "    ",
)
TYPED = st.lists(st.sampled_from(PIECES), max_size=12).map("".join) | st.text(max_size=30)
READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def shown(tokens: object) -> str:
    """What a reader sees of an inline token's children."""
    return "".join(token.content for token in tokens)  # type: ignore[attr-defined]


def blocks_of(document: str) -> list[str]:
    return [token.type for token in READER.parse(document)]


def inlines_of(document: str) -> list[tuple[set[str], str]]:
    """Kinds of what stands in each inline token, and its text."""
    inlines = [token.children or [] for token in READER.parse(document) if token.type == "inline"]
    return [({child.type for child in children}, shown(children)) for children in inlines]


@given(TYPED)
@example("a\\")
@example("`` a ` b")
@example("a `@x` b|c@d")
@example("\u202e# x")
@example("&copy; &#96;")
def test_a_paragraph_is_text_whatever_was_typed(text: str) -> None:
    line = escape_markdown(text)
    assert "\n" not in line
    if not visible_line(text):
        return
    assert blocks_of(line) == ["paragraph_open", "inline", "paragraph_close"]
    [(kinds, seen)] = inlines_of(line)
    assert kinds <= {"text", "code_inline"}
    assert seen == visible_line(text)


@given(TYPED)
def test_a_line_of_text_breaks_no_paragraph_before_it(text: str) -> None:
    assert blocks_of("before\n" + escape_markdown(text)) == ["paragraph_open", "inline", "paragraph_close"]


@given(TYPED, st.integers(1, 6))
def test_a_heading_holds_its_text(text: str, level: int) -> None:
    tokens = READER.parse(heading(text, level))
    assert [token.type for token in tokens] == ["heading_open", "inline", "heading_close"]
    assert tokens[0].tag == f"h{level}"
    assert shown(tokens[1].children) == visible_line(text)


@given(st.lists(TYPED, min_size=1, max_size=4))
def test_a_list_has_one_item_a_text(texts: list[str]) -> None:
    for document in (bullets(texts), tasks(texts)):
        kinds = blocks_of(document)
        assert kinds.count("bullet_list_open") == 1
        assert kinds.count("list_item_open") == len(texts)
        assert set(kinds) <= {
            "bullet_list_open",
            "list_item_open",
            "paragraph_open",
            "inline",
            "paragraph_close",
            "list_item_close",
            "bullet_list_close",
        }
    said = [text for text in map(visible_line, texts) if text]
    assert [seen for _, seen in inlines_of(bullets(texts))] == said


@given(st.lists(st.tuples(TYPED, TYPED), min_size=1, max_size=3))
@example([("a\\", "|b")])
@example([("a@b\\", "c")])
def test_cells_of_a_table_hold_their_texts_and_no_more(rows: list[tuple[str, str]]) -> None:
    document = table(["a|b", "c"], rows)
    assert blocks_of(document).count("tr_open") == 1 + len(rows)
    cells = inlines_of(document)
    assert all(kinds <= {"text", "code_inline"} for kinds, _ in cells)
    assert [seen for _, seen in cells] == [
        visible_line(text) for row in (("a|b", "c"), *rows) for text in row
    ]


@given(TYPED)
def test_a_prompt_is_one_quotation_with_an_empty_line(text: str) -> None:
    kinds = blocks_of(prompt_line(text))
    assert (kinds[0], kinds[-1]) == ("blockquote_open", "blockquote_close")
    assert inlines_of(prompt_line(text))[-1] == ({"text"}, "________")


@given(TYPED)
@example("see https://a.example/b and www.b.example, p01@c.example")
def test_no_address_stands_outside_of_code(text: str) -> None:
    bare = re.sub(r"`[^`]*`", "", escape_markdown(text))
    assert "@" not in bare
    assert not re.search(r":/|www", bare, re.IGNORECASE)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("3.5 件から 2.1 件", "3.5 件から 2.1 件"),
        ("2026. 要約", "2026\\. 要約"),
        ("-1", "\\-1"),
        ("=1+1", "\\=1+1"),
        ("p50 <= 4 時間", "p50 \\<= 4 時間"),
        ("a　b", "a　b"),
        ("a\r\nb\x00c", "a bc"),
        ("@sre へ https://wiki.example/a_b_c", "`@sre` へ `https://wiki.example/a_b_c`"),
        ("", ""),
    ],
)
def test_ordinary_text_stays_readable(text: str, line: str) -> None:
    assert escape_markdown(text) == line


@given(TYPED)
def test_the_alternative_text_of_a_picture_names_no_other_file(text: str) -> None:
    [(kinds, _)] = inlines_of(image(text, "figures/a.svg"))
    assert kinds == {"image"}
    [picture] = READER.parse(image(text, "figures/a.svg"))[1].children or []
    assert picture.attrs["src"] == "figures/a.svg"


@pytest.mark.parametrize(
    "path",
    ["", "/a.svg", "../a.svg", "a/../../b.svg", "http://a/b.svg", "a b.svg", "a.svg) [x", "a//b", "./a"],
)
def test_a_picture_that_does_not_lie_beside_the_file_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="not a picture beside the file"):
        image("a", path)


def test_tables_and_headings_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match="1 cells in a table of 2"):
        table(["a", "b"], [["1"]])
    with pytest.raises(ValueError, match="at least one column"):
        table([], [])
    with pytest.raises(ValueError, match="level 1 to 6"):
        heading("a", 7)


def test_blocks_are_joined_by_one_empty_line() -> None:
    assert join_blocks(heading("a"), "", bullets(["b", "c"])) == "## a\n\n- b\n- c\n"
