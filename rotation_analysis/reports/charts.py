"""The few forms of picture, each for one kind of question, as plain plotly dictionaries.

A form is a function that returns a function: `intervals(filled="claim")` draws the rows of the section it is
declared in, in a wide and in a narrow form.  Ours is filled and thick, others are hollow and grey, vermilion
marks the exception; nothing is said by colour alone.  Labels stand beside what they name.
"""

from __future__ import annotations

import html
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from math import ceil, floor
from typing import TYPE_CHECKING, Any

from ..texts import Texts, keep_direction
from .rows import RATIOS, Group, NoValue, Row

if TYPE_CHECKING:
    from .kit import Picture, Shown

WIDTH, NARROW_WIDTH = 736, 344
INK, QUIET, RULE, PAPER = "#1d2329", "#67717b", "#d9dee3", "#ffffff"
OURS, OTHERS, ALERT, BAND = "#0b5c8a", "#7b858f", "#b3470b", "#e9edf1"
SHARES = ("#0b5c8a", "#b3470b", "#2a7f62", "#cfd5db", "#ecc970", "#8a6fa8", "#5f6b75")
ON_DARK = ("#0b5c8a", "#b3470b", "#2a7f62", "#8a6fa8", "#5f6b75")
TEXT, SMALL = 13, 12
LINE = 30
"""Height of a row of a picture, in pixels."""
NARROW_NAME = 120
"""The widest a name beside a line is in the narrow form, in pixels, if its words are not wider."""


def measure_text(text: str, size: int = TEXT) -> int:
    """Width of a text in pixels, estimated: wide characters are as wide as the font is high.

    >>> measure_text("葵 abc"), measure_text("")
    (43, 0)
    """
    wide = sum(unicodedata.east_asian_width(character) in "WFA" for character in text)
    return round(size * wide + 0.58 * size * (len(text) - wide))


def break_lines(text: str, width: int, size: int = TEXT) -> str:
    """The text in lines that fit the width, broken between words alone.

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
    """Width of the widest line of a text."""
    return max(measure_text(line, size) for line in text.split("\n"))


def mark_up(text: str, *, bold: bool = False) -> str:
    """Text for a label: plotly reads tags and %{…} in it.

    >>> mark_up("a<b> 5 %{x}", bold=True)
    '<b>a&lt;b&gt; 5 &#37;{x}</b>'
    """
    escaped = html.escape(keep_direction(text), quote=False).replace("%", "&#37;").replace("\n", "<br>")
    return f"<b>{escaped}</b>" if bold else escaped


def scale_of(unit: str) -> float:
    """Shares, points and ratios are drawn in per cent."""
    return 100.0 if unit in ("share", "share_points", *RATIOS) else 1.0


@dataclass
class Drawing:
    """A picture while it is drawn: traces, labels and shapes on any number of panels."""

    data: list[dict[str, Any]] = field(default_factory=list)
    labels: list[dict[str, Any]] = field(default_factory=list)
    shapes: list[dict[str, Any]] = field(default_factory=list)

    def line(
        self, x: Sequence[Any], y: Sequence[Any], colour: str, *, width: float = 2, dash: str = "solid",
        panel: str = "",
    ) -> None:  # fmt: skip
        """A line through points; None is a gap."""
        line = {"color": colour, "width": width, "dash": dash}
        self._trace(x, y, mode="lines", line=line, panel=panel)

    def points(
        self, x: Sequence[Any], y: Sequence[Any], colour: str, *, symbol: str = "circle", size: int = 11,
        hollow: bool = False, panel: str = "",
    ) -> None:  # fmt: skip
        """Marks at points; hollow ones are filled with paper."""
        line, fill = {"color": colour, "width": 2}, PAPER if hollow else colour
        marker = {"symbol": symbol, "size": size, "color": fill, "line": line}
        self._trace(x, y, mode="markers", marker=marker, panel=panel)

    def _trace(self, x: Sequence[Any], y: Sequence[Any], *, panel: str = "", **style: Any) -> None:
        axes = {"xaxis": f"x{panel}", "yaxis": f"y{panel}"} if panel else {}
        self.data.append({"type": "scatter", "x": list(x), "y": list(y), **style, **axes})

    def text(
        self, x: Any, y: Any, text: str, *, anchor: str = "center", colour: str = INK, bold: bool = False,
        size: int = TEXT, shift: tuple[int, int] = (0, 0), xref: str = "x", yref: str = "y",
        halo: bool = False,
    ) -> None:  # fmt: skip
        """A label, its `anchor` side at x; `xref`/`yref` may be paper (0 to 1) or an axis."""
        self.labels.append(
            {
                "x": x, "y": y, "xref": xref, "yref": yref, "text": mark_up(text, bold=bold),
                "showarrow": False, "xanchor": anchor, "yanchor": "middle", "xshift": shift[0],
                "yshift": shift[1], "font": {"size": size, "color": colour},
                **({"bgcolor": PAPER} if halo else {}),
            }
        )  # fmt: skip

    def box(self, x0: Any, x1: Any, y0: Any, y1: Any, colour: str, **axes: str) -> None:
        """A filled area below the traces; `xref` and `yref` as in `rule`."""
        self._shape("rect", (x0, x1, y0, y1), fillcolor=colour, line={"width": 0}, **axes)

    def rule(self, x0: Any, x1: Any, y0: Any, y1: Any, colour: str = RULE, **axes: str) -> None:
        """A thin line below the traces: an axis, a threshold; `xref` and `yref` name its axes."""
        self._shape("line", (x0, x1, y0, y1), line={"width": 1, "color": colour, "dash": "solid"}, **axes)

    def _shape(
        self, kind: str, ends: tuple[Any, Any, Any, Any], *, xref: str = "x", yref: str = "y", **style: Any
    ) -> None:
        places = dict(zip(("x0", "x1", "y0", "y1"), ends, strict=True))
        self.shapes.append({"type": kind, **places, "xref": xref, "yref": yref, **style, "layer": "below"})

    def figure(
        self, height: int, *, left: int = 8, right: int = 8, top: int = 8, bottom: int = 8, **axes: Any
    ) -> dict[str, Any]:
        """Data and layout; `axes` are layout entries such as xaxis, yaxis2."""
        bare = {"showgrid": False, "zeroline": False, "fixedrange": True, "showline": False, "ticks": ""}
        given = {"xaxis": {}, "yaxis": {}} | axes
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
    """One of several plots of a picture: the ending of its axes' names, and its place on the paper."""

    axis: str
    x: list[float]
    base: float
    tall: float

    def span(self, low: float, high: float) -> list[float]:
        """From one part of its height to another, as parts of the paper."""
        return [self.base + low * self.tall, self.base + high * self.tall]


def divide(panels: int, columns: int, gutter: float = 0.0) -> list[Panel]:
    """Panels line by line from above; `gutter` is left free on either side of each.

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
    """Round ticks between two drawn values as an axis has them, printed as the language does it.

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


def intervals(
    *, filled: str = "", hollow: str = "", crossed: str = "", by_smallest: bool = False, zero: bool = True
) -> Picture:
    """Values with their ranges, one line each.

    Groups, several joined by a blank: `filled` are estimates, `hollow` single teams or people, or others
    beside them, `crossed` what is not the answer.  `by_smallest` divides each by the smallest change that
    matters and turns it so that the right is hoped for: different units share an axis.  `zero`: changes,
    around 0.
    """

    def draw(shown: Shown, narrow: bool) -> dict[str, Any] | None:
        lines = [
            (style, name, row)
            for style, names in (("filled", filled), ("hollow", hollow), ("crossed", crossed))
            for name in names.split()
            for row in shown.groups[name].known_rows
        ]
        own = shown.page.publication.cohort
        lines = [
            ("filled" if style == "hollow" and own and _is_own_cohort(row, own) else style, name, row)
            for style, name, row in lines
        ]
        if not lines or (len(lines) == 1 and not lines[0][2].has_range):
            return None  # one value without a range is a number, not a picture
        drawing = Drawing()
        scale = _scale_by_smallest if by_smallest else _scale_by_unit
        mixed = len({row.data.measure for *_, row in lines}) > 1
        names = [_name_line(shown, name, row, mixed=mixed) for _, name, row in lines]
        values = [_format_line(row, judged=by_smallest) for *_, row in lines]
        step = 48 if narrow else LINE
        ends: list[float] = [0.0] if zero else []
        for at, (style, _, row) in enumerate(lines):
            value, low, high = scale(row)
            ends += [end for end in (value, low, high) if end is not None]
            open_ended = row.has_range and row.data.high is None
            grey = style == "crossed" or (style == "hollow" and by_smallest and row.agreement == "cannot_say")
            colour = OTHERS if grey else OURS
            if low is not None:
                to = high if high is not None else value
                drawing.line([low, to], [at, at], colour, width=3 if style == "filled" else 2)
            symbol = "x-thin" if style == "crossed" else "arrow-right" if open_ended else "circle"
            drawing.points([value], [at], colour, symbol=symbol, hollow=style == "hollow" or grey)
            _name_row(
                drawing,
                at,
                names[at],
                values[at],
                narrow=narrow,
                bold=style == "filled",
                quiet=style == "crossed",
            )
        low, high = _pad(ends)
        if zero:
            smallest = 1.0 if by_smallest else _find_band(lines[0][-1])
            if smallest:
                drawing.box(-smallest, smallest, 0, 1, BAND, yref="y domain")
            drawing.rule(0, 0, 0, 1, INK, yref="y domain")
        left = 8 if narrow else 20 + max(map(measure_text, names))
        right = 12 if narrow else 20 + max(map(measure_text, values))
        unit = "" if by_smallest else lines[0][-1].data.unit
        ticks = list_ticks(shown.page.texts, unit, low, high, signed=zero)
        axis = {"range": [low, high], "showgrid": True, "gridcolor": RULE, **ticks}
        if by_smallest:
            axis["title"] = {
                "text": mark_up(shown.page.texts.say("picture.by_smallest")),
                "font": {"size": SMALL},
            }
        y = {"range": [len(lines) - 0.5, -0.5 - 0.25 * narrow], "showticklabels": False}
        height = step * len(lines) + 34 + 20 * by_smallest
        return drawing.figure(
            height, left=left, right=right, bottom=28 + 20 * by_smallest, xaxis=axis, yaxis=y
        )

    return draw


def _is_own_cohort(row: Row, own: str) -> bool:
    """Whether a row of several cohorts is the page's own, and of no single team or person."""
    return row.data.cohort == own and row.data.team is None and row.data.person is None


def _scale_by_unit(row: Row) -> tuple[float, float | None, float | None]:
    scale, data = scale_of(row.data.unit), row.data
    low, high = (None if end is None else scale * end for end in (data.low, data.high))
    return scale * data.value, low, high


def _scale_by_smallest(row: Row) -> tuple[float, float | None, float | None]:
    smallest = row.sign * row.smallest_change
    ends = (row.data.low, row.data.high)[:: row.sign]
    low, high = (None if end is None else end / smallest for end in ends)
    return row.data.value / smallest, low, high


def _find_band(row: Row) -> float:
    """Half the width of the band of changes too small to matter; 0 for measures without one."""
    try:
        return scale_of(row.data.unit) * row.smallest_change
    except NoValue:
        return 0.0


def _name_line(shown: Shown, group: str, row: Row, *, mixed: bool) -> str:
    """The label that the words give the group, if it is one row; else what tells the row from the others."""
    if len(shown.groups[group]) == 1 and group in shown.words.get("labels", {}):
        return shown.label(group)
    if not mixed:
        return row.label if row.label_by else row.place
    return row.name if row.data.team is None and row.data.person is None else row.place


def _format_line(row: Row, *, judged: bool) -> str:
    if not judged:
        return row.value
    texts = row.page.texts
    return texts.say("picture.judged", value=row.value, agreement=texts.say(f"agreement.{row.agreement}"))


def _name_row(
    drawing: Drawing, at: float, name: str, value: str, *, narrow: bool, bold: bool, quiet: bool = False
) -> None:
    """Name and value beside a row, or above it where it is narrow."""
    colour = QUIET if quiet else INK
    sides = (("left", 0), ("right", 1)) if narrow else (("right", 0), ("left", 1))
    rise = 19 if narrow else 0
    for (anchor, x), text in zip(sides, (name, value), strict=True):
        shift = (0 if narrow else -10 if x == 0 else 10, rise)
        drawing.text(x, at, text, anchor=anchor, xref="paper", shift=shift, colour=colour, bold=bold)


def _pad(ends: Sequence[float]) -> tuple[float, float]:
    low, high = min(ends), max(ends)
    room = 0.06 * ((high - low) or 1.0)
    return low - room, high + room


# --- before, while away, after ----------------------------------------------------------------------------


NEAR = 0.3
"""The part of a panel's height within which the label of one mark would lie on another."""


def slopes(
    own: str, *, over: str, stages: Mapping[str, Sequence[str]], beside: str = "", by: str = "team"
) -> Picture:
    """A panel for each team (or whatever `by` names): its values from stage to stage, others in grey.

    `stages` maps the key of a stage's label to the cells of the column `over` that belong to it.
    """

    def draw(shown: Shown, narrow: bool) -> dict[str, Any] | None:
        panels: dict[str, list[Row]] = {}
        for row in shown.groups[own].known_rows:
            panels.setdefault(getattr(row.data, by), []).append(row)
        if not panels:
            return None
        drawing = Drawing()
        columns = min(2 if narrow else 4, len(panels))
        every = [*shown.groups[own].known_rows, *(shown.groups[beside].known_rows if beside else [])]
        scale = scale_of(every[0].data.unit)
        low, high = _pad([scale * row.data.value for row in every])
        room = 0.2 * (high - low)
        names = [mark_up(shown.label(key)) for key in stages]
        axes: dict[str, Any] = {}
        places = divide(len(panels), columns, 0.03)
        for panel, (cell, rows) in zip(places, panels.items(), strict=True):
            axes[f"xaxis{panel.axis}"] = {
                "domain": panel.x,
                "anchor": f"y{panel.axis}",
                "range": [-0.45, len(stages) - 0.55],
                "tickvals": list(range(len(stages))),
                "ticktext": names,
            }
            axes[f"yaxis{panel.axis}"] = {
                "domain": panel.span(0.14, 0.86),
                "anchor": f"x{panel.axis}",
                "range": [low - room, high + room],
                "showticklabels": False,
                "showgrid": True,
                "gridcolor": RULE,
                "nticks": 4,
            }
            grey: list[tuple[int, float]] = []
            for name, colour, dash in ((beside, OTHERS, "dot"), (own, OURS, "solid")):
                here = shown.groups[name].known_rows if name else []
                staged = _find_stages([r for r in here if getattr(r.data, by) == cell], over, stages)
                points = [(x, scale * row.data.value) for x, row in staged]
                x, y = [x for x, _ in points], [y for _, y in points]
                if name:
                    width = 3 if name == own else 2
                    drawing.line(x, y, colour, width=width, dash=dash, panel=panel.axis)
                    drawing.points(x, y, colour, size=9, hollow=name != own, panel=panel.axis)
                if name == beside:
                    grey = points
                    continue
                for at, (_, row) in enumerate(staged):
                    rise = -14 if _is_below(at, points, grey, high - low) else 14
                    style = {"xref": f"x{panel.axis}", "yref": f"y{panel.axis}", "colour": OURS}
                    drawing.text(x[at], y[at], row.bare, bold=True, shift=(0, rise), **style)  # type: ignore[arg-type]
            title = rows[0].page.name_cell(by, cell)
            drawing.text(
                sum(panel.x) / 2, panel.span(0, 0.94)[1], title, xref="paper", yref="paper", bold=True
            )
        return drawing.figure(190 * -(-len(panels) // columns), top=0, bottom=0, **axes)

    return draw


def _find_stages(
    rows: Sequence[Row], over: str, stages: Mapping[str, Sequence[str]]
) -> list[tuple[int, Row]]:
    """The place and the row of each stage that has one; of several the last phase named."""
    found = ([row for row in rows if getattr(row.data, over) in cells] for cells in stages.values())
    return [(place, here[-1]) for place, here in enumerate(found) if here]


def _is_below(
    number: int, points: Sequence[tuple[float, float]], beside: Sequence[tuple[float, float]], span: float
) -> bool:
    """Whether the label of a point goes below it: there its own line and the marks beside it are farther."""
    x, y = points[number]
    rises = [
        other - y for _, other in [*points[max(number - 1, 0) : number], *points[number + 1 : number + 2]]
    ]
    near = [other - y for at, other in beside if at == x and 0 < abs(other - y) < NEAR * span]
    above = sum(rise for rise in rises if rise > 0) + span * sum(gap > 0 for gap in near)
    below = sum(-rise for rise in rises if rise < 0) + span * sum(gap < 0 for gap in near)
    return below < above


# --- shares of a whole ------------------------------------------------------------------------------------


def stacked(*bars: str, by: str = "kind") -> Picture:
    """One bar a group, its rows stacked to the whole; the first bar is ours, the others lie beside it.

    A share too narrow for its number carries none; the parts are named above the first bar if all names fit
    there, else below all.
    """

    def draw(shown: Shown, narrow: bool) -> dict[str, Any] | None:
        given = [
            (name, [row for row in shown.groups[name].known_rows if row.data.value > 0]) for name in bars
        ]
        groups = [(name, Group(tuple(rows))) for name, rows in given if rows]
        if not groups:
            return None
        drawing = Drawing()
        kinds = list(dict.fromkeys(getattr(row.data, by) for _, group in groups for row in group.known_rows))
        names = [shown.label(name) for name, _ in groups]
        left = 8 if narrow else 20 + max(map(measure_text, names))
        plot = (NARROW_WIDTH if narrow else WIDTH) - left - 12
        crowded = narrow or _is_crowded(groups[0][1], by, plot)
        for at, (_, group) in enumerate(groups):
            start, tall = 0.0, 0.36 if at == 0 else 0.28
            whole = sum(row.data.value for row in group.known_rows)
            for row in group.known_rows:
                colour = SHARES[kinds.index(getattr(row.data, by)) % len(SHARES)]
                width = 100 * row.data.value / (whole if 0.95 < whole < 1.05 else 1.0)
                drawing.shapes.append(
                    {
                        "type": "rect", "x0": start, "x1": start + width, "y0": at - tall, "y1": at + tall,
                        "fillcolor": colour, "line": {"width": 1, "color": PAPER},
                    }
                )  # fmt: skip
                text = row.bare
                if width / 100 * plot > measure_text(text) + 4:
                    on = PAPER if colour in ON_DARK else INK
                    drawing.text(start + width / 2, at, text, colour=on, bold=at == 0)
                name = row.page.name_cell(by, getattr(row.data, by))
                if at == 0 and not crowded:
                    drawing.text(start + width / 2, at - tall, name, colour=QUIET, size=SMALL, shift=(0, 12))
                start += width
            if narrow:
                drawing.text(0, at - tall, names[at], anchor="left", shift=(0, 11), bold=at == 0)
            else:
                drawing.text(0, at, names[at], anchor="right", xref="paper", shift=(-10, 0), bold=at == 0)
        drawing.data.append({"type": "scatter", "x": [0, 100], "y": [0, 0], "mode": "none"})
        named = [shown.page.name_cell(by, kind) for kind in kinds]
        signs = [("■", SHARES[number % len(SHARES)], name) for number, name in enumerate(named)]
        legend = _write_signs(drawing, signs, plot) if crowded else 0
        step = 62 if narrow else 48
        y = {"range": [len(groups) - 0.5, -0.5 - 0.1], "showticklabels": False}
        x = {"range": [0, 100], "showticklabels": False}
        return drawing.figure(
            step * len(groups) + 26 + legend, left=left, right=12, bottom=8 + legend, top=18, xaxis=x, yaxis=y
        )

    return draw


def _is_crowded(group: Group, by: str, plot: float) -> bool:
    """Whether some part of the first bar is too narrow for its name."""
    rows = group.known_rows
    return any(
        row.data.value * plot <= measure_text(row.page.name_cell(by, getattr(row.data, by)), SMALL) + 4
        for row in rows
    )


# --- two groups before and after --------------------------------------------------------------------------


def paths(ours: str, others: str, *, difference: str, over: str, stages: tuple[str, str]) -> Picture:
    """Two groups from one stage to another, and how ours would have moved like the others (dashed).

    `difference` names the group whose value is the claim: it is written beside the gap.
    """

    def draw(shown: Shown, narrow: bool) -> dict[str, Any] | None:
        ends: dict[str, tuple[Row, Row]] = {}
        for name in (ours, others):
            found = {getattr(row.data, over): row for row in shown.groups[name].known_rows}
            if not all(stage in found for stage in stages):
                return None
            ends[name] = (found[stages[0]], found[stages[1]])
        drawing = Drawing()
        scale = scale_of(ends[ours][0].data.unit)
        places = {name: [scale * row.data.value for row in rows] for name, rows in ends.items()}
        start, _ = places[ours]
        expected = start + places[others][1] - places[others][0]
        width = NARROW_NAME if narrow else WIDTH
        texts = {
            (name, at): break_lines(f"{shown.label(name)} {rows[at].bare}", width)
            for name, rows in ends.items()
            for at in (0, 1)
        }
        unmoved = break_lines(shown.label("expected"), width)
        height, top = (250, 40) if narrow else (190, 26)
        drawing.line([0, 1], [start, expected], OURS, width=1.5, dash="dot")
        for name, colour in ((others, OTHERS), (ours, OURS)):
            drawing.line([0, 1], places[name], colour, width=3 if name == ours else 2)
            drawing.points([0, 1], places[name], colour, hollow=name == others)
        low, high = _pad([expected, *places[ours], *places[others]])
        room = (0.14 if narrow else 0.07) * (high - low)
        for at, anchor, x in ((0, "right", -12), (1, "left", 12)):
            named = [(places[name][at], texts[name, at], name == ours) for name in (ours, others)]
            if at == 1:
                named.append((expected, unmoved, False))
            lines = max(text.count("\n") + 1 for _, text, _ in named)
            least = lines * (TEXT + 5) / (height - top - 8) * (high - low + 2 * room)
            for y, (_, text, bold) in zip(spread([y for y, *_ in named], least), named, strict=True):
                drawing.text(
                    at, y, text, anchor=anchor, shift=(x, 0), bold=bold, colour=INK if bold else QUIET
                )
            drawing.rule(at, at, 0, 1, yref="y domain")
            label, side = break_lines(shown.label(stages[at]), width), anchor if narrow else "center"
            drawing.text(
                at, 1, label, yref="paper", anchor=side, shift=(0, top // 2), colour=QUIET, size=SMALL
            )
        drawing.line([1.015, 1.015], [expected, places[ours][1]], ALERT, width=2)
        sides = [max(measure_lines(t) for (_, at), t in texts.items() if at == side) for side in (0, 1)]
        right = 24 + max(sides[1], measure_lines(unmoved))
        value = shown.groups[difference].value
        middle = (expected + places[ours][1]) / 2
        drawing.text(1, middle, value, anchor="right", shift=(-8, 0), colour=ALERT, bold=True, halo=True)
        x_axis = {"range": [-0.02, 1.02], "showticklabels": False}
        y_axis = {"range": [low - room, high + room], "showticklabels": False}
        return drawing.figure(height, left=24 + sides[0], right=right, top=top, xaxis=x_axis, yaxis=y_axis)

    return draw


def spread(places: Sequence[float], least: float) -> list[float]:
    """The same places in the same order, moved apart until neighbours have `least` between them.

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
"""Kind of a step → symbol, colour, hollow."""
SIGNS = {("circle", True): "○", ("circle", False): "●", ("diamond", False): "◆", ("x-thin", False): "×"}
AXIS_WEEKS = 4


def steps(group: str) -> Picture:
    """A line a person over the weeks of the stay, a mark for each step; the first one taken alone stands out.

    The label of a row is the number of the week, its kind the step.
    """

    def draw(shown: Shown, narrow: bool) -> dict[str, Any] | None:
        names: dict[str, str] = {}
        people: dict[str, list[tuple[int, str]]] = {}
        for row in shown.groups[group].known_rows:
            if row.week is not None:
                names[row.data.person] = row.person
                people.setdefault(row.data.person, []).append((row.week, row.data.kind))
        if not people:
            return None
        drawing = Drawing()
        last = max(week for taken in people.values() for week, _ in taken)
        for at, (person, taken) in enumerate(people.items()):
            drawing.rule(1, last, at, at)
            weeks: dict[int, int] = {}
            for week, kind in taken:
                weeks[week] = weeks.get(week, 0) + 1
                lift = 0.22 * (weeks[week] - 1)
                symbol, colour, hollow = MARKS.get(kind, MARKS["step_unknown"])
                drawing.points([week], [at - lift], colour, symbol=symbol, size=9, hollow=hollow)
            side = {"anchor": "left" if narrow else "right", "xref": "paper"}
            drawing.text(0, at, names[person], shift=(0, 17) if narrow else (-10, 0), **side)  # type: ignore[arg-type]
        kinds = [kind for kind in MARKS if any(kind == one for taken in people.values() for _, one in taken)]
        left = 8 if narrow else 20 + max(map(measure_text, names.values()))
        width = (NARROW_WIDTH if narrow else WIDTH) - left - 16
        signs = [
            (SIGNS[MARKS[kind][0], MARKS[kind][2]], MARKS[kind][1], shown.page.name_cell("kind", kind))
            for kind in kinds
        ]
        legend = _write_signs(drawing, signs, width, below=36)
        ticks = list(range(AXIS_WEEKS, last + 1, AXIS_WEEKS))
        x = {"range": [0.4, last + 0.6], "tickvals": ticks, "ticktext": [str(week) for week in ticks]}
        step = 52 if narrow else 40
        y = {"range": [len(people) - 0.5, -0.8], "showticklabels": False}
        bottom = 26 + legend
        return drawing.figure(
            step * len(people) + bottom + 12, left=left, right=16, bottom=bottom, xaxis=x, yaxis=y
        )

    return draw


# --- a course over time -----------------------------------------------------------------------------------


COURSE_MARGIN = 4
"""Days before the first and after the last day of a course."""


def course(
    group: str,
    *,
    scale: tuple[float, float],
    alarm: str = "",
    events: Mapping[str, tuple[str, str]] | None = None,
) -> Picture:
    """A panel a person: a value over time with missing stretches shaded, and events as ticks below.

    Rows carry their first day as `label`.  `alarm` names the rows that are marked on the line; `events` maps
    groups of days to their colour and to the key of their label.
    """

    def draw(shown: Shown, narrow: bool) -> dict[str, Any] | None:
        people: dict[str, list[Row]] = {}
        for row in shown.groups[group]:
            if row.data.label is not None:
                people.setdefault(row.data.person, []).append(row)
        if not any(row.known for rows in people.values() for row in rows):
            return None
        drawing = Drawing()
        axes: dict[str, Any] = {}
        days = sorted({row.data.label for rows in people.values() for row in rows})
        margin = timedelta(days=COURSE_MARGIN)  # a mark of the first or last day stands inside
        first, last_day = (date.fromisoformat(day) for day in (days[0], days[-1]))
        ends = [(first - margin).isoformat(), (last_day + margin).isoformat()]
        alarms = {
            (r.data.person, r.data.label)
            for r in (shown.groups[alarm].known_rows if alarm else [])
            if r.data.value
        }
        places = divide(len(people), 1)
        for place, (person, rows) in zip(places, people.items(), strict=True):
            panel, last = place.axis, place is places[-1]
            rows.sort(key=lambda row: row.data.label)
            axes[f"yaxis{panel}"] = {
                "domain": place.span(0.3, 0.8),
                "range": [scale[0] - 0.7, scale[1] + 0.7],
                "tickvals": list(scale),
                "ticktext": [shown.page.texts.number(end) for end in scale],
                "anchor": f"x{panel}",
            }
            axes[f"xaxis{panel}"] = {
                "type": "date",
                "anchor": f"y{panel}",
                "range": ends,
                "showticklabels": last,
                **({"anchor": "free", "position": 0} if last else {}),
                "tickformat": "%Y-%m",
                "nticks": 4 if narrow else 8,
            }
            values = [row.data.value for row in rows]
            days = [row.data.label for row in rows]
            drawing.line(days, values, OURS, panel=panel)
            drawing.points(days, values, OURS, size=6, panel=panel)
            marked = {
                r.data.label: r.data.value or scale[1] for r in rows if (person, r.data.label) in alarms
            }
            drawing.points([*marked], [*marked.values()], ALERT, symbol="square", size=9, panel=panel)
            below = {"xref": f"x{panel}", "yref": f"y{panel} domain"}
            for gap in (row.data.label for row in rows if not row.known):
                after = next((day for day in days if day > gap), ends[-1])
                drawing.box(gap, after, 0, 1, BAND, **below)
            for line, (name, (colour, _)) in enumerate((events or {}).items()):
                top = -0.12 - 0.2 * line
                for row in shown.groups[name].known_rows:
                    if row.data.person == person and row.data.value:
                        drawing.rule(row.data.label, row.data.label, top - 0.14, top, colour, **below)
            title = {"xref": "paper", "yref": "paper", "anchor": "left"}
            drawing.text(0, place.span(0, 0.9)[1], rows[0].person, bold=True, **title)  # type: ignore[arg-type]
        for at, (colour, key) in enumerate((events or {}).values()):
            style = {"xref": "paper", "yref": "paper", "size": SMALL, "anchor": "left", "colour": colour}
            drawing.text(at / len(events or {}), 0, f"| {shown.label(key)}", shift=(0, -38), **style)  # type: ignore[arg-type]
        return drawing.figure(96 * len(people) + 50, left=26, right=12, top=4, bottom=50, **axes)

    return draw


# --- levels of one person by skill ------------------------------------------------------------------------


def dumbbells(group: str, *, views: Mapping[str, tuple[str, Sequence[str]]]) -> Picture:
    """A panel a person, a line a skill on a scale from 1 to 5: from the start to the latest rating.

    `views` maps the key of a label to the kind of a row and its rounds, latest last; in the order start,
    latest, looking back, mentor.  Marks that would lie on each other are set apart.
    """

    def draw(shown: Shown, narrow: bool) -> dict[str, Any] | None:
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
        axes: dict[str, Any] = {}
        places = divide(len(levels), columns, 0.02)
        for number, (panel, (person, found)) in enumerate(zip(places, levels.items(), strict=True)):
            axes[f"xaxis{panel.axis}"] = {
                "domain": panel.x,
                "anchor": f"y{panel.axis}",
                "range": [0.6, 5.4],
                "tickvals": [1, 2, 3, 4, 5],
                "showgrid": True,
                "gridcolor": RULE,
            }
            axes[f"yaxis{panel.axis}"] = {
                "domain": panel.span(22 / tall, 1 - 26 / tall),
                "anchor": f"x{panel.axis}",
                "range": [len(skills) - 0.4, -0.6],
                "showticklabels": False,
            }
            for at, skill in enumerate(skills):
                _draw_levels(drawing, found.get(skill, {}), list(views), at, panel.axis)
                if number % columns == 0:
                    side = {"xref": "paper", "yref": f"y{panel.axis}", "anchor": "right", "size": SMALL}
                    drawing.text(0, at, names[at], shift=(-4, 0), **side)  # type: ignore[arg-type]
            name, top = shown.page.name_cell("person", person), panel.span(0, 1 - 12 / tall)[1]
            drawing.text(sum(panel.x) / 2, top, name, xref="paper", yref="paper", bold=True)
        left = 12 + max(measure_lines(name, SMALL) for name in names)
        signs = (("○", OTHERS), ("●", OURS), ("|", INK), ("◇", ALERT))
        named = [(sign, colour, shown.label(view)) for (sign, colour), view in zip(signs, views, strict=True)]
        legend = _write_signs(drawing, named, (NARROW_WIDTH if narrow else WIDTH) - left - 10)
        height = tall * -(-len(levels) // columns) + legend
        return drawing.figure(height, left=left, right=10, top=0, bottom=legend, **axes)

    return draw


def _draw_levels(
    drawing: Drawing, found: Mapping[str, float], views: Sequence[str], at: int, panel: str
) -> None:
    """One line of a panel: start hollow, latest filled, looking back as a tick, the mentor's as a diamond."""
    start, latest, looking_back, mentor = (found.get(view) for view in views)
    if start is not None and latest is not None:
        drawing.line([start, latest], [at, at], OURS, width=2, panel=panel)
    if start is not None:
        drawing.points([start], [at], OTHERS, size=9, hollow=True, panel=panel)
    if looking_back is not None:
        drawing.points([looking_back], [at], INK, symbol="line-ns", size=10, panel=panel)
    if latest is not None:
        drawing.points([latest], [at], OURS, size=9, panel=panel)
    if mentor is not None:
        drop = 0.28 if mentor in (start, latest) else 0.0
        drawing.points([mentor], [at + drop], ALERT, symbol="diamond", size=8, hollow=True, panel=panel)


def _write_signs(
    drawing: Drawing, signs: Sequence[tuple[str, str, str]], width: float, *, below: int = 14
) -> int:
    """What the marks mean, below the panels; returns the height it takes."""
    x, line = 0.0, 0
    for sign, colour, name in signs:
        needed = measure_text(name, SMALL) + 34
        if x and x + needed > width:
            x, line = 0.0, line + 1
        style = {"xref": "paper", "yref": "paper", "anchor": "left", "size": SMALL}
        drop = -below - 20 * line
        drawing.text(x / width, 0, sign, colour=colour, shift=(0, drop), **style)  # type: ignore[arg-type]
        drawing.text(x / width, 0, name, colour=QUIET, shift=(16, drop), **style)  # type: ignore[arg-type]
        x += needed
    return 20 * (line + 1) + 8
