"""Chart forms, each for one kind of question, as plain plotly dictionaries.

A form is declared with the groups of a section: `intervals(filled="claim")` draws their rows, in a wide and
a narrow version.  Our data are filled and thick, others hollow and grey, vermilion marks the exception;
colour is never the only signal.  Labels appear next to what they name.
"""

from __future__ import annotations

import html
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import wraps
from itertools import pairwise
from math import ceil, floor
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec

from ..texts import Texts, keep_direction
from .rows import RATIOS, NoValue, Row

if TYPE_CHECKING:
    from .kit import Picture, Shown

Options = ParamSpec("Options")

WIDTH, NARROW_WIDTH = 736, 344
INK, QUIET, RULE, PAPER = "#1d2329", "#67717b", "#d9dee3", "#ffffff"
OURS, OTHERS, ALERT, BAND = "#0b5c8a", "#7b858f", "#b3470b", "#e9edf1"
SHARES = ("#0b5c8a", "#b3470b", "#2a7f62", "#cfd5db", "#ecc970", "#8a6fa8", "#5f6b75")
ON_DARK = ("#0b5c8a", "#b3470b", "#2a7f62", "#8a6fa8", "#5f6b75")
TEXT, SMALL = 13, 12
LINE = 30
"""Height of a row of a picture, in pixels."""
NARROW_NAME = 120
"""Maximum width of a name next to a line in the narrow form, in pixels; wider words are not broken."""
GRID = {"showgrid": True, "gridcolor": RULE}


def form(
    draw: Callable[Concatenate[Shown, bool, Options], dict[str, Any] | None],
) -> Callable[Options, Picture]:
    """Turn a function that draws a section, wide or narrow, into a declaration of a picture."""

    @wraps(draw)
    def declare(*groups: Options.args, **options: Options.kwargs) -> Picture:
        return lambda shown, narrow: draw(shown, narrow, *groups, **options)

    return declare


def measure_text(text: str, size: int = TEXT) -> int:
    """Estimate the width of a text in pixels: wide characters are as wide as the font is high.

    >>> measure_text("葵 abc"), measure_text("")
    (43, 0)
    """
    wide = sum(unicodedata.east_asian_width(character) in "WFA" for character in text)
    return round(size * wide + 0.58 * size * (len(text) - wide))


def break_lines(text: str, width: int, size: int = TEXT) -> str:
    """Break a text into lines that fit the width, only between words.

    >>> break_lines("had they moved like comparison teams", 120)
    'had they moved\\nlike comparison\\nteams'
    """
    lines = [""]
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and measure_text(longer, size) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return "\n".join(lines)


def measure_lines(text: str, size: int = TEXT) -> int:
    """Return the width of the widest line of a text."""
    return max(measure_text(line, size) for line in text.split("\n"))


def mark_up(text: str, *, bold: bool = False) -> str:
    """Escape text for a label: plotly interprets tags and %{…}.

    >>> mark_up("a<b> 5 %{x}", bold=True)
    '<b>a&lt;b&gt; 5 &#37;{x}</b>'
    """
    escaped = html.escape(keep_direction(text), quote=False).replace("%", "&#37;").replace("\n", "<br>")
    return f"<b>{escaped}</b>" if bold else escaped


def find_scale(unit: str) -> float:
    """Return the drawing scale of a unit: shares, points and ratios are drawn in per cent."""
    return 100.0 if unit in ("share", "share_points", *RATIOS) else 1.0


@dataclass
class Drawing:
    """A picture under construction: traces, labels and shapes on the panel entered last."""

    data: list[dict[str, Any]] = field(default_factory=list)
    labels: list[dict[str, Any]] = field(default_factory=list)
    shapes: list[dict[str, Any]] = field(default_factory=list)
    axes: dict[str, Any] = field(default_factory=dict)
    panel: str = ""

    def enter(
        self, panel: Panel, span: tuple[float, float], x: Mapping[str, Any], y: Mapping[str, Any]
    ) -> None:
        """Switch to another panel, with its axes over a part of its height."""
        self.panel = panel.axis
        self.axes[f"xaxis{self.panel}"] = {"domain": panel.x, "anchor": f"y{self.panel}", **x}
        self.axes[f"yaxis{self.panel}"] = {
            "domain": panel.span(*span),
            "anchor": f"x{self.panel}",
            **y,
        }

    def line(
        self, x: Sequence[Any], y: Sequence[Any], colour: str, *, width: float = 2, dash: str = "solid"
    ) -> None:
        """Draw a line through points; None is a gap."""
        self._trace(x, y, mode="lines", line={"color": colour, "width": width, "dash": dash})

    def points(
        self, x: Sequence[Any], y: Sequence[Any], colour: str, *, symbol: str = "circle", size: int = 11,
        hollow: bool = False,
    ) -> None:  # fmt: skip
        """Draw markers; hollow ones have the background colour."""
        line, fill = {"color": colour, "width": 2}, PAPER if hollow else colour
        marker = {"symbol": symbol, "size": size, "color": fill, "line": line}
        self._trace(x, y, mode="markers", marker=marker)

    def _trace(self, x: Sequence[Any], y: Sequence[Any], **style: Any) -> None:
        axes = {"xaxis": f"x{self.panel}", "yaxis": f"y{self.panel}"} if self.panel else {}
        self.data.append({"type": "scatter", "x": list(x), "y": list(y), **style, **axes})

    def text(
        self, x: Any, y: Any, text: str, *, on: str = "", anchor: str = "center", colour: str = INK,
        bold: bool = False, size: int = TEXT, shift: tuple[int, int] = (0, 0), halo: bool = False,
    ) -> None:  # fmt: skip
        """Add a label, its `anchor` side at x; `on` names the paper coordinates (0 to 1): x, y, xy."""
        refs = {f"{one}ref": "paper" if one in on else f"{one}{self.panel}" for one in "xy"}
        self.labels.append(
            {
                "x": x, "y": y, **refs, "text": mark_up(text, bold=bold),
                "showarrow": False, "xanchor": anchor, "yanchor": "middle", "xshift": shift[0],
                "yshift": shift[1], "font": {"size": size, "color": colour},
                **({"bgcolor": PAPER} if halo else {}),
            }
        )  # fmt: skip

    def box(self, x0: Any, x1: Any, colour: str) -> None:
        """Draw a filled area below the traces, as high as the panel."""
        self._shape("rect", (x0, x1, 0, 1), part=True, fillcolor=colour, line={"width": 0})

    def rule(self, x0: Any, x1: Any, y0: Any, y1: Any, colour: str = RULE, *, part: bool = False) -> None:
        """Draw a thin line below the traces; `part`: y are fractions of the panel's height."""
        self._shape("line", (x0, x1, y0, y1), part=part, line={"width": 1, "color": colour, "dash": "solid"})

    def _shape(self, kind: str, ends: tuple[Any, Any, Any, Any], *, part: bool, **style: Any) -> None:
        places = dict(zip(("x0", "x1", "y0", "y1"), ends, strict=True))
        refs = {"xref": f"x{self.panel}", "yref": f"y{self.panel}" + (" domain" if part else "")}
        self.shapes.append({"type": kind, **places, **refs, **style, "layer": "below"})

    def figure(
        self, height: int, *, left: int = 8, right: int = 8, top: int = 8, bottom: int = 8, **axes: Any
    ) -> dict[str, Any]:
        """Return data and layout; `axes` are the axes of a single-panel picture."""
        bare = {"showgrid": False, "zeroline": False, "fixedrange": True, "showline": False, "ticks": ""}
        given = {"xaxis": {}, "yaxis": {}} | self.axes | axes
        layout = {
            "height": height,
            "margin": {"l": left, "r": right, "t": top, "b": bottom},
            "font": {"size": TEXT, "color": INK},
            "paper_bgcolor": PAPER,
            "plot_bgcolor": PAPER,
            "showlegend": False,
            "hovermode": False,
            **{
                name: {**bare, "tickfont": {"size": SMALL, "color": QUIET}, **axis}
                for name, axis in given.items()
            },
            "annotations": self.labels,
            "shapes": self.shapes,
        }
        return {"data": self.data, "layout": layout}


@dataclass(frozen=True)
class Panel:
    """One of several plots of a picture: the suffix of its axes' names and its position on the paper."""

    axis: str
    x: list[float]
    base: float
    tall: float

    def span(self, low: float, high: float) -> list[float]:
        """Convert fractions of its height to fractions of the paper."""
        return [self.base + low * self.tall, self.base + high * self.tall]


def divide(panels: int, columns: int, gutter: float = 0.0) -> list[Panel]:
    """Lay out panels line by line from the top, with a `gutter` on either side of each.

    >>> divide(3, 2)[2]
    Panel(axis='3', x=[0.0, 0.5], base=0.0, tall=0.5)
    """
    lines = -(-panels // columns)
    found = []
    for number in range(panels):
        line, column = divmod(number, columns)
        ends = [column / columns + gutter, (column + 1) / columns - gutter]
        axis = "" if number == 0 else str(number + 1)
        found.append(Panel(axis, ends, 1 - (line + 1) / lines, 1 / lines))
    return found


def list_ticks(
    texts: Texts, unit: str, low: float, high: float, *, signed: bool, most: int = 5
) -> dict[str, Any]:
    """List round ticks between two drawn values, formatted for the language.

    >>> from rotation_analysis.texts import read_texts
    >>> list_ticks(read_texts("en"), "share_points", -3.0, 22.0, signed=True)
    {'tickvals': [0.0, 10.0, 20.0], 'ticktext': ['0', '+10', '+20']}
    """
    steps = (m * 10.0**e for e in range(-2, 7) for m in (1, 2, 5))
    step = next(s for s in steps if (high - low) / s <= most - 1)
    values = [step * at for at in range(ceil(low / step), floor(high / step) + 1)]
    suffix = "%" if unit == "share" or unit in RATIOS else ""
    decimals = 0 if step >= 1 else 1 if step >= 0.1 else 2
    named = [texts.number(v, decimals, signed=signed and v != 0) + suffix for v in values]
    return {"tickvals": values, "ticktext": named}


# --- an estimate with its range ---------------------------------------------------------------------------


@form
def intervals(
    shown: Shown, narrow: bool, *, filled: str = "", hollow: str = "", crossed: str = "",
    by_smallest: bool = False, zero: bool = True,
) -> dict[str, Any] | None:  # fmt: skip
    """Draw values with their ranges, one line each.

    Groups, several separated by a space: `filled` are estimates, `hollow` single teams or people, or others
    for comparison, `crossed` estimates not to use.  `by_smallest` divides each by the smallest change that
    matters, with the desired direction to the right: different units share an axis.  `zero`: changes,
    around 0.
    """
    own = shown.page.publication.cohort
    lines = [
        ("filled" if style == "hollow" and own and _is_of_cohort(row, own) else style, name, row)
        for style, names in (("filled", filled), ("hollow", hollow), ("crossed", crossed))
        for name in names.split()
        for row in shown.groups[name].known_rows
    ]
    if not lines or (len(lines) == 1 and not lines[0][2].has_range):
        return None  # one value without a range is a number, not a picture
    drawing, texts = Drawing(), shown.page.texts
    mixed = len({row.data.measure for *_, row in lines}) > 1
    names = [_name_line(shown, name, row, mixed=mixed) for _, name, row in lines]
    values = [row.value for *_, row in lines]
    if by_smallest:
        values = [
            texts.say("picture.judged", value=row.value, agreement=texts.say(f"agreement.{row.agreement}"))
            for *_, row in lines
        ]
    ends: list[float] = [0.0] if zero else []
    for at, (style, _, row) in enumerate(lines):
        value, low, high = _scale_row(row, by_smallest=by_smallest)
        ends += [end for end in (value, low, high) if end is not None]
        open_ended = row.has_range and row.data.high is None
        grey = style == "crossed" or (style == "hollow" and by_smallest and row.agreement == "cannot_say")
        colour = OTHERS if grey else OURS
        if low is not None:
            to = high if high is not None else value
            drawing.line([low, to], [at, at], colour, width=3 if style == "filled" else 2)
        symbol = "x-thin" if style == "crossed" else "arrow-right" if open_ended else "circle"
        drawing.points([value], [at], colour, symbol=symbol, hollow=style == "hollow" or grey)
        # name and value next to the line, or above it if narrow
        sides = (("left", 0, 0), ("right", 1, 0)) if narrow else (("right", 0, -10), ("left", 1, 10))
        ink, rise = QUIET if style == "crossed" else INK, 19 if narrow else 0
        for (anchor, x, aside), text in zip(sides, (names[at], values[at]), strict=True):
            bold = style == "filled"
            drawing.text(x, at, text, on="x", anchor=anchor, shift=(aside, rise), colour=ink, bold=bold)
    low, high = _pad(ends)
    if zero:
        if smallest := 1.0 if by_smallest else _find_band(lines[0][-1]):
            drawing.box(-smallest, smallest, BAND)
        drawing.rule(0, 0, 0, 1, INK, part=True)
    unit = "" if by_smallest else lines[0][-1].data.unit
    axis = {"range": [low, high], **GRID, **list_ticks(texts, unit, low, high, signed=zero)}
    if by_smallest:
        axis["title"] = {"text": mark_up(texts.say("picture.by_smallest")), "font": {"size": SMALL}}
    return drawing.figure(
        (48 if narrow else LINE) * len(lines) + 34 + 20 * by_smallest,
        left=8 if narrow else 20 + max(map(measure_text, names)),
        right=12 if narrow else 20 + max(map(measure_text, values)),
        bottom=28 + 20 * by_smallest,
        xaxis=axis,
        yaxis={"range": [len(lines) - 0.5, -0.5 - 0.25 * narrow], "showticklabels": False},
    )


def _is_of_cohort(row: Row, cohort: str) -> bool:
    """Return whether a row is of the cohort, but not of a single team or person."""
    return row.data.cohort == cohort and row.data.team is None and row.data.person is None


def _scale_row(row: Row, *, by_smallest: bool) -> tuple[float, float | None, float | None]:
    """Return value and range as drawn: in the axis' unit, or in smallest changes in the desired direction."""
    data, scale, by = row.data, find_scale(row.data.unit), 1.0
    if by_smallest:
        scale, by = 1.0, row.sign * row.smallest_change
    ends = (data.low, data.high)[:: row.sign if by_smallest else 1]
    low, high = (None if end is None else scale * end / by for end in ends)
    return scale * data.value / by, low, high


def _find_band(row: Row) -> float:
    """Return half the width of the band of changes too small to matter, 0 without one."""
    try:
        return find_scale(row.data.unit) * row.smallest_change
    except NoValue:
        return 0.0


def _name_line(shown: Shown, group: str, row: Row, *, mixed: bool) -> str:
    """Return the group's label in the words if it has one row, otherwise what distinguishes the row."""
    if len(shown.groups[group]) == 1 and group in shown.words.get("labels", {}):
        return shown.label(group)
    if not mixed:
        return row.label if row.label_by else row.place
    return row.name if row.data.team is None and row.data.person is None else row.place


def _pad(ends: Sequence[float]) -> tuple[float, float]:
    low, high = min(ends), max(ends)
    room = 0.06 * ((high - low) or 1.0)
    return low - room, high + room


def _group_rows(rows: Iterable[Row], column: str) -> dict[str, list[Row]]:
    """Group rows by the cell of a column, in order."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(getattr(row.data, column), []).append(row)
    return found


# --- before, while away, after ----------------------------------------------------------------------------


NEAR = 0.3
"""Fraction of a panel's height within which a label would overlap another mark."""


@form
def slopes(
    shown: Shown, narrow: bool, own: str, *, over: str, stages: Mapping[str, Sequence[str]], beside: str = ""
) -> dict[str, Any] | None:
    """Draw a panel for each team: its values from stage to stage, others in grey.

    `stages` maps the key of a stage's label to the cells of the column `over` that belong to it.
    """
    panels = _group_rows(shown.groups[own].known_rows, "team")
    if not panels:
        return None
    drawing = Drawing()
    columns = min(2 if narrow else 4, len(panels))
    others = _group_rows(shown.groups[beside].known_rows, "team") if beside else {}
    scale = find_scale(next(iter(panels.values()))[0].data.unit)
    every = [row for groups in (panels, others) for rows in groups.values() for row in rows]
    low, high = _pad([scale * row.data.value for row in every])
    room = 0.2 * (high - low)
    x_axis = {
        "range": [-0.45, len(stages) - 0.55],
        "tickvals": list(range(len(stages))),
        "ticktext": [mark_up(shown.label(key)) for key in stages],
    }
    y_axis = {"range": [low - room, high + room], "showticklabels": False, **GRID, "nticks": 4}
    for panel, (team, rows) in zip(divide(len(panels), columns, 0.03), panels.items(), strict=True):
        drawing.enter(panel, (0.14, 0.86), x_axis, y_axis)
        staged = _find_stages(rows, over, stages)
        points = [(x, scale * row.data.value) for x, row in staged]
        grey = [(x, scale * row.data.value) for x, row in _find_stages(others.get(team, ()), over, stages)]
        if beside:
            x, y = [x for x, _ in grey], [y for _, y in grey]
            drawing.line(x, y, OTHERS, dash="dot")
            drawing.points(x, y, OTHERS, size=9, hollow=True)
        x, y = [x for x, _ in points], [y for _, y in points]
        drawing.line(x, y, OURS, width=3)
        drawing.points(x, y, OURS, size=9)
        for at, (_, row) in enumerate(staged):
            rise = -14 if _is_below(at, points, grey, high - low) else 14
            drawing.text(x[at], y[at], row.bare, colour=OURS, bold=True, shift=(0, rise))
        title = shown.page.name_cell("team", team)
        drawing.text(sum(panel.x) / 2, panel.span(0, 0.94)[1], title, on="xy", bold=True)
    return drawing.figure(190 * -(-len(panels) // columns), top=0, bottom=0)


def _find_stages(
    rows: Sequence[Row], over: str, stages: Mapping[str, Sequence[str]]
) -> list[tuple[int, Row]]:
    """Return position and row of each stage that has one; of several rows the last."""
    found = ([row for row in rows if getattr(row.data, over) in cells] for cells in stages.values())
    return [(place, here[-1]) for place, here in enumerate(found) if here]


def _is_below(
    number: int, points: Sequence[tuple[float, float]], beside: Sequence[tuple[float, float]], span: float
) -> bool:
    """Return whether the label of a point goes below it, farther from its line and other marks."""
    x, y = points[number]
    rises = [
        other - y for _, other in [*points[max(number - 1, 0) : number], *points[number + 1 : number + 2]]
    ]
    near = [other - y for at, other in beside if at == x and 0 < abs(other - y) < NEAR * span]
    above = sum(rise for rise in rises if rise > 0) + span * sum(gap > 0 for gap in near)
    below = sum(-rise for rise in rises if rise < 0) + span * sum(gap < 0 for gap in near)
    return below < above


# --- shares of a whole ------------------------------------------------------------------------------------


@form
def stacked(shown: Shown, narrow: bool, *bars: str) -> dict[str, Any] | None:
    """Draw one bar per group, its rows (one per kind) stacked to the whole; the first bar is ours.

    A share too narrow for its number has none; names of parts appear above the first bar if all fit there,
    otherwise below all bars.
    """
    given = {name: [row for row in shown.groups[name].known_rows if row.data.value > 0] for name in bars}
    groups = {name: rows for name, rows in given.items() if rows}
    if not groups:
        return None
    drawing = Drawing()
    parts = dict.fromkeys(row.data.kind for rows in groups.values() for row in rows)
    colours = {kind: SHARES[number % len(SHARES)] for number, kind in enumerate(parts)}
    named = {kind: shown.page.name_cell("kind", kind) for kind in parts}
    names = [shown.label(name) for name in groups]
    left = 8 if narrow else 20 + max(map(measure_text, names))
    plot = (NARROW_WIDTH if narrow else WIDTH) - left - 12
    crowded = narrow or any(
        row.data.value * plot <= measure_text(named[row.data.kind], SMALL) + 4
        for row in next(iter(groups.values()))
    )
    for at, rows in enumerate(groups.values()):
        start, tall, first = 0.0, 0.28 if at else 0.36, at == 0
        whole = sum(row.data.value for row in rows)
        for row in rows:
            colour = colours[row.data.kind]
            width = 100 * row.data.value / (whole if 0.95 < whole < 1.05 else 1.0)
            drawing.shapes.append(
                {
                    "type": "rect", "x0": start, "x1": start + width, "y0": at - tall, "y1": at + tall,
                    "fillcolor": colour, "line": {"width": 1, "color": PAPER},
                }
            )  # fmt: skip
            middle = start + width / 2
            if width / 100 * plot > measure_text(row.bare) + 4:
                on_it = PAPER if colour in ON_DARK else INK
                drawing.text(middle, at, row.bare, colour=on_it, bold=first)
            if first and not crowded:
                drawing.text(middle, at - tall, named[row.data.kind], colour=QUIET, size=SMALL, shift=(0, 12))
            start += width
        if narrow:
            drawing.text(0, at - tall, names[at], anchor="left", shift=(0, 11), bold=first)
        else:
            drawing.text(0, at, names[at], on="x", anchor="right", shift=(-10, 0), bold=first)
    drawing.data.append({"type": "scatter", "x": [0, 100], "y": [0, 0], "mode": "none"})
    signs = [("■", colours[kind], name) for kind, name in named.items()]
    legend = _write_signs(drawing, signs, plot) if crowded else 0
    return drawing.figure(
        (62 if narrow else 48) * len(groups) + 26 + legend,
        left=left,
        right=12,
        bottom=8 + legend,
        top=18,
        xaxis={"range": [0, 100], "showticklabels": False},
        yaxis={"range": [len(groups) - 0.5, -0.5 - 0.1], "showticklabels": False},
    )


# --- two groups before and after --------------------------------------------------------------------------


@form
def paths(
    shown: Shown, narrow: bool, ours: str, others: str, *, difference: str, over: str, stages: tuple[str, str]
) -> dict[str, Any] | None:
    """Draw two groups from one stage to another, and ours if it had moved like the others (dashed).

    `difference` names the group whose value is the claim, shown next to the gap.
    """
    ends: dict[str, list[Row]] = {}
    for name in (others, ours):
        found = {getattr(row.data, over): row for row in shown.groups[name].known_rows}
        if not all(stage in found for stage in stages):
            return None
        ends[name] = [found[stage] for stage in stages]
    drawing = Drawing()
    scale = find_scale(ends[ours][0].data.unit)
    places = {name: [scale * row.data.value for row in rows] for name, rows in ends.items()}
    expected = places[ours][0] + places[others][1] - places[others][0]
    width = NARROW_NAME if narrow else WIDTH
    height, top = (250, 40) if narrow else (190, 26)
    drawing.line([0, 1], [places[ours][0], expected], OURS, width=1.5, dash="dot")
    for name, colour in ((others, OTHERS), (ours, OURS)):
        drawing.line([0, 1], places[name], colour, width=3 if name == ours else 2)
        drawing.points([0, 1], places[name], colour, hollow=name == others)
    low, high = _pad([expected, *places[ours], *places[others]])
    room = (0.14 if narrow else 0.07) * (high - low)
    beside = []
    for at, anchor, x in ((0, "right", -12), (1, "left", 12)):
        named = [
            (places[name][at], break_lines(f"{shown.label(name)} {ends[name][at].bare}", width), name == ours)
            for name in (ours, others)
        ]
        if at == 1:
            named.append((expected, break_lines(shown.label("expected"), width), False))
        lines = max(text.count("\n") + 1 for _, text, _ in named)
        least = lines * (TEXT + 5) / (height - top - 8) * (high - low + 2 * room)
        for y, (_, text, bold) in zip(spread([y for y, *_ in named], least), named, strict=True):
            drawing.text(at, y, text, anchor=anchor, shift=(x, 0), bold=bold, colour=INK if bold else QUIET)
        drawing.rule(at, at, 0, 1, part=True)
        label, side = break_lines(shown.label(stages[at]), width), anchor if narrow else "center"
        drawing.text(at, 1, label, on="y", anchor=side, shift=(0, top // 2), colour=QUIET, size=SMALL)
        beside.append(24 + max(measure_lines(text) for _, text, _ in named))
    drawing.line([1.015, 1.015], [expected, places[ours][1]], ALERT, width=2)
    middle, value = (expected + places[ours][1]) / 2, shown.groups[difference].value
    drawing.text(1, middle, value, anchor="right", shift=(-8, 0), colour=ALERT, bold=True, halo=True)
    x_axis = {"range": [-0.02, 1.02], "showticklabels": False}
    y_axis = {"range": [low - room, high + room], "showticklabels": False}
    return drawing.figure(height, left=beside[0], right=beside[1], top=top, xaxis=x_axis, yaxis=y_axis)


def spread(places: Sequence[float], least: float) -> list[float]:
    """Move places apart, in the same order, until neighbours have `least` between them.

    >>> spread([5.0, 1.0, 1.5], 1.0)
    [5.0, 0.75, 1.75]
    """
    moved = list(places)
    order = sorted(range(len(moved)), key=lambda at: moved[at])
    for _ in range(len(moved) * 4):
        for one, other in pairwise(order):
            lack = least - (moved[other] - moved[one])
            if lack > 1e-9:
                moved[one] -= lack / 2
                moved[other] += lack / 2
    return moved


# --- people over the weeks of their stay ------------------------------------------------------------------

MARKS: Mapping[str, tuple[str, str, bool]] = {
    "observer": ("circle", OTHERS, True),
    "helper": ("circle", OURS, True),
    "responder": ("circle", OURS, False),
    "lead": ("diamond", ALERT, False),
    "step_unknown": ("x-thin", OTHERS, False),
}
"""Incident role → symbol, colour, hollow."""
SIGNS = {("circle", True): "○", ("circle", False): "●", ("diamond", False): "◆", ("x-thin", False): "×"}
AXIS_WEEKS = 4


@form
def steps(shown: Shown, narrow: bool, group: str) -> dict[str, Any] | None:
    """Draw a line per person over the weeks of the stay, with a mark for each incident role.

    The label of a row is the week number, its kind the role.
    """
    rows = [row for row in shown.groups[group].known_rows if row.week is not None]
    if not rows:
        return None
    drawing, people = Drawing(), _group_rows(rows, "person")
    last = max(row.week or 0 for row in rows)
    names = [marks[0].person for marks in people.values()]
    for at, marks in enumerate(people.values()):
        drawing.rule(1, last, at, at)
        weeks: Counter[int | None] = Counter()
        for row in marks:
            symbol, colour, hollow = MARKS.get(row.data.kind, MARKS["step_unknown"])
            drawing.points(
                [row.week], [at - 0.22 * weeks[row.week]], colour, symbol=symbol, size=9, hollow=hollow
            )
            weeks[row.week] += 1
        anchor, shift = ("left", (0, 17)) if narrow else ("right", (-10, 0))
        drawing.text(0, at, names[at], on="x", anchor=anchor, shift=shift)
    left = 8 if narrow else 20 + max(map(measure_text, names))
    width = (NARROW_WIDTH if narrow else WIDTH) - left - 16
    kinds = {row.data.kind for row in rows}
    signs = [
        (SIGNS[symbol, hollow], colour, shown.page.name_cell("kind", kind))
        for kind, (symbol, colour, hollow) in MARKS.items()
        if kind in kinds
    ]
    bottom = 26 + _write_signs(drawing, signs, width, below=36)
    ticks = list(range(AXIS_WEEKS, last + 1, AXIS_WEEKS))
    return drawing.figure(
        (52 if narrow else 40) * len(people) + bottom + 12,
        left=left,
        right=16,
        bottom=bottom,
        xaxis={"range": [0.4, last + 0.6], "tickvals": ticks, "ticktext": [str(week) for week in ticks]},
        yaxis={"range": [len(people) - 0.5, -0.8], "showticklabels": False},
    )


# --- a course over time -----------------------------------------------------------------------------------


COURSE_MARGIN = timedelta(days=4)
"""Space before the first and after the last day, so that their marks fit."""


@form
def course(
    shown: Shown, narrow: bool, group: str, *, scale: tuple[float, float], alarm: str,
    events: Mapping[str, tuple[str, str]],
) -> dict[str, Any] | None:  # fmt: skip
    """Draw a panel per person: a value over time, missing stretches shaded, and events as ticks below.

    The `label` of a row is its first day.  `alarm` names the rows marked on the line; `events` maps groups of
    days to their colour and the key of their label.
    """
    given = [row for row in shown.groups[group] if row.data.label is not None]
    if not any(row.known for row in given):
        return None
    drawing, people = Drawing(), _group_rows(given, "person")
    first, last = (end(date.fromisoformat(row.data.label) for row in given) for end in (min, max))
    ends = [(first - COURSE_MARGIN).isoformat(), (last + COURSE_MARGIN).isoformat()]
    alarms = {(row.data.person, row.data.label) for row in shown.groups[alarm].known_rows if row.data.value}
    places = divide(len(people), 1)
    for place, (person, rows) in zip(places, people.items(), strict=True):
        drawing.panel, is_last = place.axis, place is places[-1]
        rows.sort(key=lambda row: row.data.label)
        drawing.axes[f"yaxis{place.axis}"] = {
            "domain": place.span(0.3, 0.8),
            "range": [scale[0] - 0.7, scale[1] + 0.7],
            "tickvals": list(scale),
            "ticktext": [shown.page.texts.number(end) for end in scale],
            "anchor": f"x{place.axis}",
        }
        drawing.axes[f"xaxis{place.axis}"] = {
            "type": "date",
            "anchor": f"y{place.axis}",
            "range": ends,
            "showticklabels": is_last,
            **({"anchor": "free", "position": 0} if is_last else {}),
            "tickformat": "%Y-%m",
            "nticks": 4 if narrow else 8,
        }
        days, values = [row.data.label for row in rows], [row.data.value for row in rows]
        drawing.line(days, values, OURS)
        drawing.points(days, values, OURS, size=6)
        marked = {
            day: value or scale[1] for day, value in zip(days, values, strict=True) if (person, day) in alarms
        }
        drawing.points([*marked], [*marked.values()], ALERT, symbol="square", size=9)
        for gap in (row.data.label for row in rows if not row.known):
            drawing.box(gap, next((day for day in days if day > gap), ends[-1]), BAND)
        for line, (name, (colour, _)) in enumerate(events.items()):
            top = -0.12 - 0.2 * line
            for row in shown.groups[name].known_rows:
                if row.data.person == person and row.data.value:
                    drawing.rule(row.data.label, row.data.label, top - 0.14, top, colour, part=True)
        drawing.text(0, place.span(0, 0.9)[1], rows[0].person, on="xy", anchor="left", bold=True)
    for at, (colour, key) in enumerate(events.values()):
        place_of, text = at / len(events), f"| {shown.label(key)}"
        drawing.text(place_of, 0, text, on="xy", anchor="left", size=SMALL, colour=colour, shift=(0, -38))
    return drawing.figure(96 * len(people) + 50, left=26, right=12, top=4, bottom=50)


# --- levels of one person by skill ------------------------------------------------------------------------


@form
def dumbbells(
    shown: Shown, narrow: bool, group: str, *, views: Mapping[str, tuple[str, Sequence[str]]]
) -> dict[str, Any] | None:
    """Draw a panel per person and a line per skill on a scale of 1 to 5, from first to latest rating.

    `views` maps the key of a label to the kind of a row and its rounds, latest last; in the order start,
    latest, looking back, mentor.  Overlapping marks are separated.
    """
    levels: dict[str, dict[str, dict[str, float]]] = {}
    for row in shown.groups[group].known_rows:
        for view, (kind, waves) in views.items():
            if row.data.kind == kind and row.data.wave in waves:
                own = levels.setdefault(row.data.person, {})
                own.setdefault(row.data.skill, {})[view] = row.data.value
    if not levels:
        return None
    order = [skill["id"] for skill in shown.page.publication.facts["skills"]]
    skills = [skill for skill in order if any(skill in own for own in levels.values())]
    names = [shown.page.name_skill(skill) for skill in skills]
    drawing = Drawing()
    columns = 1 if narrow else min(4, len(levels))
    if narrow:
        names = [break_lines(name, 150, SMALL) for name in names]
    tall = max(22, 17 * max(name.count("\n") + 1 for name in names)) * len(skills) + 50
    x_axis = {"range": [0.6, 5.4], "tickvals": [1, 2, 3, 4, 5], **GRID}
    y_axis = {"range": [len(skills) - 0.4, -0.6], "showticklabels": False}
    places = divide(len(levels), columns, 0.02)
    for number, (panel, (person, found)) in enumerate(zip(places, levels.items(), strict=True)):
        drawing.enter(panel, (22 / tall, 1 - 26 / tall), x_axis, y_axis)
        for at, skill in enumerate(skills):
            _draw_levels(drawing, [found.get(skill, {}).get(view) for view in views], at)
            if number % columns == 0:
                drawing.text(0, at, names[at], on="x", anchor="right", size=SMALL, shift=(-4, 0))
        name, top = shown.page.name_cell("person", person), panel.span(0, 1 - 12 / tall)[1]
        drawing.text(sum(panel.x) / 2, top, name, on="xy", bold=True)
    left = 12 + max(measure_lines(name, SMALL) for name in names)
    signs = (("○", OTHERS), ("●", OURS), ("|", INK), ("◇", ALERT))
    named = [(sign, colour, shown.label(view)) for (sign, colour), view in zip(signs, views, strict=True)]
    legend = _write_signs(drawing, named, (NARROW_WIDTH if narrow else WIDTH) - left - 10)
    height = tall * -(-len(levels) // columns) + legend
    return drawing.figure(height, left=left, right=10, top=0, bottom=legend)


def _draw_levels(drawing: Drawing, levels: Sequence[float | None], at: int) -> None:
    """Draw one line: start hollow, latest filled, looking back as a tick, the mentor's as a diamond."""
    start, latest, looking_back, mentor = levels
    if start is not None and latest is not None:
        drawing.line([start, latest], [at, at], OURS)
    if start is not None:
        drawing.points([start], [at], OTHERS, size=9, hollow=True)
    if looking_back is not None:
        drawing.points([looking_back], [at], INK, symbol="line-ns", size=10)
    if latest is not None:
        drawing.points([latest], [at], OURS, size=9)
    if mentor is not None:
        drop = 0.28 if mentor in (start, latest) else 0.0
        drawing.points([mentor], [at + drop], ALERT, symbol="diamond", size=8, hollow=True)


def _write_signs(
    drawing: Drawing, signs: Sequence[tuple[str, str, str]], width: float, *, below: int = 14
) -> int:
    """Draw the legend below the panels and return its height."""
    x, line = 0.0, 0
    for sign, colour, name in signs:
        needed = measure_text(name, SMALL) + 34
        if x and x + needed > width:
            x, line = 0.0, line + 1
        for aside, text, ink in ((0, sign, colour), (16, name, QUIET)):
            shift = (aside, -below - 20 * line)
            drawing.text(x / width, 0, text, on="xy", anchor="left", size=SMALL, colour=ink, shift=shift)
        x += needed
    return 20 * (line + 1) + 8
