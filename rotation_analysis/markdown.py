"""The one door into Markdown: typed text stays text, whatever it holds.

Written for GitHub's dialect (https://github.github.com/gfm/, 0.29), which includes CommonMark: no link,
image, HTML, emphasis, heading, list or end of a table's cell can arise from a text.  Addresses (http://…,
www.…, a@b.c, @name) are what that dialect links by itself, backslashes or not, so they stand as code.
Every function takes plain text and returns lines without an end; `join_blocks` puts an empty line between.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from html.parser import HTMLParser
from itertools import pairwise

BLANK = r"\_\_\_\_\_\_\_\_"
BLANKS = re.compile(r"[\t-\r\x1c- \x85\u2028\u2029]+")
UNSEEN = frozenset({"Cc", "Cf", "Cs"})
NO_CHARACTERS = frozenset("\ufffe\uffff")  # XML does not allow them
JOINERS = frozenset("\u200c\u200d")
"""Of the unseen, what scripts and emoji are spelt with; the rest turns text around or hides it."""
WORD = re.compile(r"[!-_a-{}~]+")
"""A run of ASCII that can stand as code: without blanks, backticks and bars."""
ADDRESS = re.compile(r"@|:/|www", re.IGNORECASE)
SPECIAL = re.compile(r"[\\*_\[\]{}<>~&$|^]")
BEGINNING = re.compile(r"([0-9]+)[.)](?= |$)|[#+=:-]")
PLACE = re.compile(r"(?!.*(?:^|/)\.\.?(?:/|$))[A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+)*")


def escape_markdown(text: str) -> str:
    r"""Text on one line that shows as it was typed.

    Blanks and ends of lines become one blank; characters that are not seen (controls, marks that turn the
    direction of text) are left out.

    >>> escape_markdown("1. *a* <b> [c](d)")
    '1\\. \\*a\\* \\<b\\> \\[c\\](d)'
    >>> escape_markdown("see https://a.example/b_c")
    'see `https://a.example/b_c`'
    """
    line = visible_line(text)
    # runs that can stand as code, and what lies between them
    bounds = sorted({0, len(line), *(bound for found in WORD.finditer(line) for bound in found.span())})
    line = "".join(_escape_run(line[start:end]) for start, end in pairwise(bounds))
    begins = BEGINNING.match(line)
    if begins is None:
        return line
    at = max(begins.end(1), 0)
    return f"{line[:at]}\\{line[at:]}"


def visible_line(text: str) -> str:
    """The text on one line, single blanks between its words, without characters that are not seen.

    >>> visible_line("a \\n b\u202ec")
    'a bc'
    """
    kept = (
        letter
        for letter in BLANKS.sub(" ", text)
        if letter in JOINERS or (unicodedata.category(letter) not in UNSEEN and letter not in NO_CHARACTERS)
    )
    return BLANKS.sub(" ", "".join(kept)).strip()


def heading(text: str, level: int = 2) -> str:
    """A heading of that level (1–6).

    >>> heading("手順 #1 #")
    '## 手順 \\\\#1 \\\\#'
    """
    if not 1 <= level <= 6:
        raise ValueError(f"a heading has level 1 to 6, not {level}")
    line = escape_markdown(text).replace(" #", r" \#")  # a closing row of # would be left out
    return f"{'#' * level} {line}".rstrip()


def paragraph(text: str) -> str:
    """A paragraph on one line."""
    return escape_markdown(text)


def bullets(items: Sequence[str]) -> str:
    """A list, one line an item; "" for none."""
    return "\n".join(f"- {escape_markdown(item)}".rstrip() for item in items)


def tasks(items: Sequence[str]) -> str:
    """A list with boxes to tick."""
    return "\n".join(f"- [ ] {escape_markdown(item) or BLANK}" for item in items)


def prompt_line(text: str) -> str:
    """A line that a person fills in: what is asked, and an empty line after it.

    >>> print(prompt_line("学んだこと"))
    > 学んだこと
    >
    > \\_\\_\\_\\_\\_\\_\\_\\_
    """
    return f"> {escape_markdown(text)}\n>\n> {BLANK}"


def table(head: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    """A table; rows of `body` are as wide as `head`, or ValueError.

    >>> print(table(["a", "b|c"], [["1", ""]]))
    | a | b\\|c |
    | --- | --- |
    | 1 |  |
    """
    if not head:
        raise ValueError("a table has at least one column")
    lines = []
    for cells in (head, *body):
        if len(cells) != len(head):
            raise ValueError(f"a row of {len(cells)} cells in a table of {len(head)} columns")
        lines.append(" | ".join(escape_markdown(cell) for cell in cells))
    lines.insert(1, " | ".join(["---"] * len(head)))
    return "\n".join(f"| {line} |" for line in lines)


def image(alt: str, path: str) -> str:
    """A picture that lies beside the file.

    Raises ValueError for a path that is not relative, leaves the folder or holds anything but ASCII letters,
    digits and `_ . - /`: nothing typed may name what a reader's program fetches.

    >>> image("増減 [n = 8]", "figures/growth.svg")
    '![増減 \\\\[n = 8\\\\]](figures/growth.svg)'
    """
    if not PLACE.fullmatch(path):
        raise ValueError(f"not a picture beside the file: {path!r}")
    return f"![{escape_markdown(alt)}]({path})"


def join_blocks(*blocks: str) -> str:
    """A document: blocks that are not empty with an empty line between, ended by one end of line."""
    return "\n\n".join(block for block in blocks if block) + "\n"


def from_html(text: str) -> str:
    """The Markdown of a section's HTML, as the reports write it; folds of numbers and buttons are left out.

    >>> print(from_html('<h2>A</h2><p>b*c</p><ul><li>d</li></ul>'))
    ## A
    <BLANKLINE>
    b\\*c
    <BLANKLINE>
    - d
    """
    return _Converter(text).written()


class _Converter(HTMLParser):
    """Blocks of text with what they are: headings, items, boxes to fill in, quotations, rows."""

    BLOCKS = frozenset({"h1", "h2", "h3", "p", "li", "summary", "footer"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.blocks: list[str] = []
        self.rows: list[list[str]] = []
        self.line, self.kind, self.quoted, self.left_out = "", "p", False, 0
        self.feed(text)

    def written(self) -> str:
        """The blocks with an empty line between, lines of one list or quotation together."""
        joined = ""
        for before, block in pairwise(["", *self.blocks]):
            together = before[:2] == block[:2] and block[:2] in ("- ", "> ")
            joined += ("\n" if together else "\n\n" if joined else "") + block
        return joined

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        css = dict(attrs).get("class") or ""
        if (
            self.left_out
            or (tag == "details" and css == "fold")
            or (tag in ("button", "a") and css == "anchor")
        ):
            self.left_out += tag not in ("br", "img")
        elif tag == "button":
            self.left_out += 1
        elif tag in self.BLOCKS:
            self.line, self.kind = "", "prompt" if css == "prompt" else tag
        elif tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.line = ""
        self.quoted = self.quoted or tag == "blockquote"

    def handle_endtag(self, tag: str) -> None:
        if self.left_out:
            self.left_out -= 1
            return
        if tag in ("td", "th"):
            self.rows[-1].append(self.line.strip())
        elif tag == "table":
            head, *body = self.rows
            self.blocks.append(table(head, body))
            self.rows = []
        elif tag == "blockquote":
            self.quoted = False
        elif tag in self.BLOCKS and self.line.strip():
            self.blocks.append(self._write(self.line.strip()))
            self.line = ""

    def handle_data(self, data: str) -> None:
        if not self.left_out:
            self.line += data

    def _write(self, line: str) -> str:
        if self.kind in ("h1", "h2", "h3"):
            return heading(line, int(self.kind[1]))
        if self.kind == "prompt":
            return prompt_line(line)
        if self.kind == "li":
            return tasks([line.removeprefix("☐ ")]) if line.startswith("☐ ") else bullets([line])
        if self.kind == "summary":
            return heading(line, 3)
        return f"> {escape_markdown(line)}" if self.quoted else paragraph(line)


def _escape_run(run: str) -> str:
    if WORD.fullmatch(run) and ADDRESS.search(run):
        return f"`{run}`"
    return SPECIAL.sub(r"\\\g<0>", run).replace("`", "&#96;")
