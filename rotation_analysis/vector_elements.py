"""SVG elements, and labels with the room they take: what `vector` draws with.

Text and attributes are escaped here and nowhere else.  Widths of text are reckoned from a table, not
measured: the reader's fonts are not here, so they are reckoned wide.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .markdown import visible_line

LINE_HEIGHT = 1.3
NARROW = frozenset("iljI.,:;'|!()[]{}ft·")
WIDE = frozenset("mwMW@%…→−±")
COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}|[a-zA-Z]{3,20}|rgba?\([0-9., %]+\)")
BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
STYLE = re.compile(r"</?(?:b|i|em|strong|sub|sup)>", re.IGNORECASE)
PIECE = re.compile(r"[!-~\u00c0-\u024f]+ ?| |.")
"""Where a line may be broken: between words, and around every Japanese character."""


@dataclass(frozen=True)
class Box:
    """A rectangle in pixels, y downwards."""

    left: float
    top: float
    right: float
    bottom: float

    def grown(self, by: float) -> Box:
        """The same with that much more room on every side."""
        return Box(self.left - by, self.top - by, self.right + by, self.bottom + by)

    def meets(self, other: Box) -> bool:
        """Whether the two lie on one another."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )


def bounds_of(boxes: Iterable[Box]) -> Box:
    """The smallest box around all; one point where there is none."""
    found = list(boxes) or [Box(0, 0, 0, 0)]
    return Box(
        min(box.left for box in found),
        min(box.top for box in found),
        max(box.right for box in found),
        max(box.bottom for box in found),
    )


@dataclass(frozen=True, kw_only=True)
class Label:
    """Lines of text: `x` is where they begin, their middle or end by `anchor`, `y` the top of the first.

    Upright ones (`upright`) read upwards with (x, y) in their middle.  A `ground` lies below the whole, a
    `halo` around every letter.
    """

    lines: tuple[str, ...]
    x: float
    y: float
    size: float
    colour: str
    anchor: str = "start"
    upright: bool = False
    ground: str | None = None
    halo: str | None = None
    pad: float = 0

    @property
    def width(self) -> float:
        """Pixels of the longest line."""
        return max((width_of(line, self.size) for line in self.lines), default=0.0)

    @property
    def height(self) -> float:
        """Pixels of all lines."""
        return len(self.lines) * self.size * LINE_HEIGHT

    @property
    def box(self) -> Box:
        """The room taken."""
        if self.upright:
            across, along = self.height / 2, self.width / 2
            return Box(self.x - across, self.y - along, self.x + across, self.y + along)
        left = self.x - self.width * {"start": 0.0, "middle": 0.5, "end": 1.0}[self.anchor]
        return Box(left, self.y, left + self.width, self.y + self.height).grown(self.pad)

    def draw(self) -> str:
        """The text element, on its ground where it has one."""
        y = self.y - self.height / 2 if self.upright else self.y
        spans = [
            element(
                "tspan",
                html.escape(line),
                x=self.x,
                y=y + self.size * (0.98 + LINE_HEIGHT * number),
            )
            for number, line in enumerate(self.lines)
        ]
        turned = f"rotate(-90 {number_text(self.x)} {number_text(self.y)})" if self.upright else None
        text = element(
            "text",
            "".join(spans),
            font_size=self.size,
            fill=colour(self.colour),
            stroke=colour(self.halo) if self.halo else None,
            stroke_width=3 if self.halo else None,
            paint_order="stroke" if self.halo else None,
            text_anchor="middle" if self.upright else self.anchor,
            transform=turned,
        )
        return text if self.ground is None else rectangle(self.box, fill=colour(self.ground)) + text


def read_label(text: object) -> tuple[str, ...]:
    """A plotly label as lines of plain text: its line breaks, without its tags, entities read.

    >>> read_label("a&lt;b&gt;<br>50&#37;")
    ('a<b>', '50%')
    """
    parts = BREAK.split("" if text is None else str(text))
    return tuple(visible_line(html.unescape(STYLE.sub("", part))) for part in parts)


def width_of(text: str, size: float) -> float:
    """About how many pixels wide a line is in a sans-serif font, rather too many.

    >>> width_of("ab", 10) < width_of("漢字", 10)
    True
    """
    return size * sum(_letter_width(letter) for letter in text)


def _letter_width(letter: str) -> float:
    if unicodedata.east_asian_width(letter) in "WF":
        return 1.0
    if letter in NARROW:
        return 0.36
    if letter in WIDE or (ord(letter) > 0x24F and not unicodedata.combining(letter)):
        return 1.0
    if unicodedata.combining(letter):
        return 0.0
    return 0.68 if letter.isupper() else 0.3 if letter == " " else 0.57


def wrap(lines: Sequence[str], width: float, size: float) -> tuple[str, ...]:
    """The lines broken so that none is wider, between words where that is possible.

    >>> wrap(["aa bb"], 20, 10)
    ('aa', 'bb')
    """
    broken: list[str] = []
    for line in lines:
        here, wide = "", 0.0
        for piece in _pieces(line, width, size):
            if here and wide + width_of(piece.rstrip(), size) > width:
                broken.append(here.rstrip())
                here, wide = "", 0.0
                piece = piece.lstrip()
            here += piece
            wide += width_of(piece, size)
        broken.append(here.rstrip())
    return tuple(broken)


def _pieces(line: str, width: float, size: float) -> list[str]:
    pieces: list[str] = []
    for piece in PIECE.findall(line):
        pieces += [piece] if width_of(piece.rstrip(), size) <= width else list(piece)
    return pieces


def colour(value: object) -> str:
    """A colour as SVG has it; ValueError for anything else, references among them."""
    text = str(value)
    if not COLOUR.fullmatch(text):
        raise ValueError(f"not a colour: {text!r}")
    return text


def number_text(value: float) -> str:
    """A length with at most two decimals.

    >>> number_text(3.0), number_text(-0.001)
    ('3', '0')
    """
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def element(name: str, content: str = "", /, **attributes: object) -> str:
    """An element with finished `content`; attributes escaped, those that are None left out.

    >>> element("circle", r=1.5, stroke_width=2, fill=None)
    '<circle r="1.5" stroke-width="2"/>'
    """
    written = "".join(
        f' {key.replace("_", "-")}="{_attribute(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{written}>{content}</{name}>" if content else f"<{name}{written}/>"


def _attribute(value: object) -> str:
    return number_text(value) if isinstance(value, int | float) else html.escape(str(value))


def rectangle(box: Box, /, **attributes: object) -> str:
    """A rectangle element."""
    return element(
        "rect",
        "",
        x=box.left,
        y=box.top,
        width=box.right - box.left,
        height=box.bottom - box.top,
        **attributes,
    )


def segment(x0: float, y0: float, x1: float, y1: float, /, **attributes: object) -> str:
    """A straight line."""
    return element("line", "", x1=x0, y1=y0, x2=x1, y2=y1, **attributes)
