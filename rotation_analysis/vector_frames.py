"""Around the marks of a plotly figure: grid, ticks and titles of axes, lines and notes, and the legend."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from .vector_axes import Axis, Settings
from .vector_drawing import Drawing, cut_line, dashes_of, setting_of
from .vector_elements import LINE_HEIGHT, Box, Label, colour, read_label, rectangle, segment, wrap
from .vector_marks import draw_symbol
from .vector_ticks import Tick, find_ticks

GRID = "#e3e3e3"
GAP = 5.0
SWATCH = 26.0
BETWEEN = 18.0  # pixels from one entry of the legend to the next
LABEL_LIMIT = 340.0
SHAPE_KEYS = frozenset(
    {"type", "xref", "yref", "x0", "x1", "y0", "y1", "line", "fillcolor", "opacity", "layer"}
)
NOTE_KEYS = frozenset(
    {
        "align", "bgcolor", "borderpad", "font", "showarrow", "text", "textangle", "x", "xanchor", "xref",
        "xshift", "y", "yanchor", "yref", "yshift",
    }
)  # fmt: skip


def check_keys(what: str, settings: Settings, known: frozenset[str]) -> None:
    """ValueError where settings hold something that would be left out of the picture."""
    if unknown := sorted(set(settings) - known):
        raise ValueError(f"{what} has settings that cannot be drawn: {', '.join(unknown)}")


# --- axes -----------------------------------------------------------------------------------------------


def panel_of(axis: Axis, axes: Mapping[str, Axis]) -> Axis:
    """The axis across."""
    default = ("y" if axis.letter == "x" else "x") + axis.name[1:]
    anchor = str(axis.settings.get("anchor", default))
    if anchor not in axes or axis.settings.get("side", "bottom") not in ("bottom", "left"):
        raise ValueError(f"the axis {axis.name} stands where it cannot be drawn")
    return axes[anchor]


def draw_grid(axis: Axis, axes: Mapping[str, Axis]) -> Iterator[str]:
    """A line at every tick, over the panel; the line at 0 where it is asked for."""
    settings, across = axis.settings, panel_of(axis, axes)
    if settings.get("visible") is False:
        return
    begin, end = across.start, across.start + across.length
    lines = []
    if settings.get("showgrid", True):
        style = {
            "stroke": colour(settings.get("gridcolor", GRID)),
            "stroke_width": settings.get("gridwidth", 1),
        }
        lines += [(tick.at, style) for tick in find_ticks(axis)]
    if settings.get("zeroline") and axis.holds(0):
        lines.append((0, {"stroke": colour(settings.get("zerolinecolor", "#444")), "stroke_width": 2}))
    for at, style in lines:
        place = axis.place(at)
        ends = (place, begin, place, end) if axis.letter == "x" else (begin, place, end, place)
        yield segment(*ends, **style)


def draw_axis(drawing: Drawing, axis: Axis, axes: Mapping[str, Axis], font: Settings) -> None:
    """Ticks, what they say, and the axis's title."""
    if axis.settings.get("visible") is False:
        return
    labels: list[Label] = []
    if axis.settings.get("showticklabels", True):
        style = {**font, **(axis.settings.get("tickfont") or {})}
        place = _labels_below if axis.letter == "x" else _labels_left
        labels = place(axis, panel_of(axis, axes), style, drawing)
    for label in labels:
        drawing.add_label(label)
    _add_title(drawing, axis, panel_of(axis, axes), [label.box for label in labels], font)


def _spacing(axis: Axis, ticks: Sequence[Tick]) -> float:
    """Pixels between the two ticks that are nearest."""
    places = sorted({axis.place(tick.at) for tick in ticks})
    return min((after - before for before, after in pairwise(places)), default=abs(axis.length))


def _labels_below(axis: Axis, across: Axis, font: Settings, drawing: Drawing) -> list[Label]:
    ticks = find_ticks(axis)
    room = max(_spacing(axis, ticks) - 6, 3 * font["size"])
    return [
        Label(
            lines=wrap(tick.lines, room, font["size"]),
            x=axis.place(tick.at),
            y=across.start + GAP,
            size=font["size"],
            colour=font["color"],
            anchor="middle",
        )
        for tick in ticks
    ]


def _labels_left(axis: Axis, across: Axis, font: Settings, drawing: Drawing) -> list[Label]:
    ticks = find_ticks(axis)
    labels = []
    for tick in ticks:
        lines = wrap(tick.lines, LABEL_LIMIT, font["size"])
        height = len(lines) * font["size"] * LINE_HEIGHT
        labels.append(
            Label(
                lines=lines,
                x=across.start - GAP - 3,
                y=axis.place(tick.at) - height / 2,
                size=font["size"],
                colour=font["color"],
                anchor="end",
            )
        )
    if len(labels) > 1 and axis.settings.get("tickvals") is not None:
        tallest = max(label.height for label in labels)
        drawing.crowding = max(drawing.crowding, tallest / _spacing(axis, ticks))
    return labels


def _add_title(drawing: Drawing, axis: Axis, across: Axis, ticks: Sequence[Box], font: Settings) -> None:
    given = axis.settings.get("title") or {}
    title: Settings = {"text": given} if isinstance(given, str) else given
    lines = read_label(title.get("text"))
    if not any(lines):
        return
    style = {**font, **(title.get("font") or {})}
    middle = axis.start + axis.length / 2
    size, ink = style["size"], style["color"]
    lines = wrap(lines, max(abs(axis.length), 120), size)
    if axis.letter == "x":
        top = max((box.bottom for box in ticks), default=across.start) + GAP
        label = Label(lines=lines, x=middle, y=top, size=size, colour=ink, anchor="middle")
    else:
        edge = min((box.left for box in ticks), default=across.start) - GAP
        at = edge - len(lines) * size * LINE_HEIGHT / 2
        label = Label(lines=lines, x=at, y=middle, size=size, colour=ink, upright=True)
    drawing.add_label(label)


# --- lines and notes ------------------------------------------------------------------------------------


class Plane:
    """Where things stand that are placed by axes or by shares of the whole plot."""

    def __init__(self, axes: Mapping[str, Axis], width: float, height: float) -> None:
        self.axes, self.width, self.height = axes, width, height

    def place(self, letter: str, reference: str | None, value: Any) -> float:
        """Pixels of a value; ValueError for a place that is not known."""
        name = reference or letter
        if name == "paper":
            return float(value) * self.width if letter == "x" else (1 - float(value)) * self.height
        axis = self.axes.get(name.removesuffix(" domain"))
        if axis is None:
            raise ValueError(f"nothing can be placed by {name!r}")
        if name.endswith(" domain"):
            return axis.start + axis.length * float(value)
        number = axis.read(value)
        if number is None:
            raise ValueError(f"nothing can be placed at {value!r}")
        return axis.place(number)

    def edges(self, letter: str, reference: str | None) -> tuple[float, float]:
        """From where to where a thing may be drawn that is placed so."""
        name = (reference or letter).removesuffix(" domain")
        if name == "paper":
            return (0, self.width) if letter == "x" else (0, self.height)
        axis = self.axes[name]
        low, high = sorted((axis.start, axis.start + axis.length))
        return low, high


def draw_shape(shape: Settings, plane: Plane) -> Iterator[str]:
    """A line or a rectangle, cut at the edges of what it is placed by."""
    check_keys("a shape", shape, SHAPE_KEYS)
    xref, yref = shape.get("xref"), shape.get("yref")
    x0, x1 = (plane.place("x", xref, shape[key]) for key in ("x0", "x1"))
    y0, y1 = (plane.place("y", yref, shape[key]) for key in ("y0", "y1"))
    (left, right), (top, bottom) = plane.edges("x", xref), plane.edges("y", yref)
    line = shape.get("line") or {}
    width = float(line.get("width", 2))
    stroke = {
        "stroke": colour(line.get("color", "#444")) if width else None,
        "stroke_width": width or None,
        "stroke_dasharray": dashes_of(line),
        "opacity": shape.get("opacity"),
    }
    if shape.get("type") == "line":
        if cut := cut_line((x0, y0), (x1, y1), Box(left, top, right, bottom)):
            yield segment(*cut, **stroke)
    elif shape.get("type") == "rect":
        box = Box(
            max(min(x0, x1), left), max(min(y0, y1), top), min(max(x0, x1), right), min(max(y0, y1), bottom)
        )
        if box.left < box.right and box.top < box.bottom:
            yield rectangle(box, fill=colour(shape.get("fillcolor", "none")), **stroke)
    else:
        raise ValueError(f"a shape that cannot be drawn: {shape.get('type')!r}")


def add_note(drawing: Drawing, note: Settings, plane: Plane, font: Settings, earlier: list[Box]) -> None:
    """A note; one that would lie on an earlier one moves away from it, up or down."""
    check_keys("a note", note, NOTE_KEYS)
    if note.get("showarrow", True) or note.get("textangle"):
        raise ValueError("a note with an arrow or turned cannot be drawn")
    style = {**font, **(note.get("font") or {})}
    size = float(style["size"])
    lines = wrap(read_label(note.get("text")), _room(note, plane), size)
    if not any(lines):
        return
    anchor = _anchor(note)
    height = len(lines) * size * LINE_HEIGHT
    x = plane.place("x", note.get("xref"), note["x"]) + float(note.get("xshift", 0))
    y = plane.place("y", note.get("yref"), note["y"]) - float(note.get("yshift", 0))
    upper = {"top": 0.0, "bottom": 1.0}.get(note.get("yanchor", "middle"), 0.5)
    pad = float(note.get("borderpad", 1))
    label = Label(
        lines=lines,
        x=x + {"start": pad, "middle": 0.0, "end": -pad}[anchor],
        y=y - height * upper + pad * (1 - 2 * upper),
        size=size,
        colour=style["color"],
        anchor=anchor,
        ground=note.get("bgcolor"),
        pad=pad if note.get("bgcolor") else 0,
    )
    step = -height if note.get("yanchor") == "bottom" else height
    while any(label.box.meets(box) for box in earlier):
        label = replace(label, y=label.y + step)
    earlier.append(label.box)
    drawing.add_label(label)
    drawing.crowding = max(drawing.crowding, (label.height + GAP) / _gap_above(note, plane))


def _gap_above(note: Settings, plane: Plane) -> float:
    """Pixels from a note above a panel to the panel above that one; endless where there is none."""
    if note.get("yref") != "paper" or note.get("yanchor") != "bottom":
        return math.inf
    bottoms = [axis.domain[0] for axis in plane.axes.values() if axis.letter == "y"]
    gap = min((bottom - note["y"] for bottom in bottoms if bottom > note["y"]), default=math.inf)
    return gap * plane.height


def _anchor(note: Settings) -> str:
    named = {"left": "start", "center": "middle", "right": "end"}
    given = note.get("xanchor", "auto")
    if given in named:
        return named[given]
    if note.get("xref") != "paper" or 1 / 3 <= float(note["x"]) <= 2 / 3:
        return "middle"
    return "start" if float(note["x"]) < 1 / 3 else "end"


def _room(note: Settings, plane: Plane) -> float:
    """How wide a note may be: the title of a panel as its panel, others as the whole plot."""
    if note.get("xref") == "paper":
        for axis in plane.axes.values():
            low, high = axis.domain
            if axis.letter == "x" and abs((low + high) / 2 - float(note["x"])) < 1e-6:
                return (high - low) * plane.width
    return plane.width


# --- legend ---------------------------------------------------------------------------------------------


def add_legend(
    drawing: Drawing,
    entries: Sequence[tuple[Settings, str]],
    at: tuple[float, float],
    width: float,
    font: Settings,
) -> float:
    """Entries (a trace and its colour) in rows from the left; returns how high they are."""
    left, top = at
    x, y, row_height = left, top, 0.0
    size = font["size"]
    for trace, ink in entries:
        lines = wrap(read_label(trace.get("name")), width - SWATCH - 8, size)
        label = Label(lines=lines, x=0, y=0, size=size, colour=font["color"])
        if x > left and x + SWATCH + 6 + label.width > left + width:
            x, y, row_height = left, y + row_height + 2, 0.0
        _add_swatch(drawing, trace, (x, y + size * LINE_HEIGHT / 2), ink)
        drawing.add_label(Label(lines=lines, x=x + SWATCH + 6, y=y, size=size, colour=font["color"]))
        x += SWATCH + 6 + label.width + BETWEEN
        row_height = max(row_height, label.height)
    return y + row_height - top


def _add_swatch(drawing: Drawing, trace: Settings, at: tuple[float, float], ink: str) -> None:
    """The sign of a trace: its bar's fill, or its line and symbol."""
    x, y = at
    if trace["type"] == "bar":
        box = Box(x + 5, y - 6, x + SWATCH - 1, y + 6)
        line = (trace.get("marker") or {}).get("line") or {}
        edge = colour(setting_of(line.get("color"), 0, "#444")) if line.get("width") else None
        fill = drawing.fill(trace.get("marker") or {}, 0, ink)
        drawing.parts.append(rectangle(box, fill=fill, stroke=edge, stroke_width=0.5 if edge else None))
        return
    mode = str(trace.get("mode", "lines+markers"))
    line = trace.get("line") or {}
    if trace.get("fill", "none") != "none":
        box = Box(x, y - 6, x + SWATCH, y + 6)
        drawing.parts.append(
            rectangle(box, fill=colour(trace.get("fillcolor", ink)), opacity=trace.get("opacity"))
        )
    if "lines" in mode and line.get("width", 2):
        style = {
            "stroke": colour(line.get("color", ink)),
            "stroke_width": min(float(line.get("width", 2)), 6),
            "stroke_dasharray": dashes_of(line),
        }
        drawing.parts.append(segment(x, y, x + SWATCH, y, **style))
    if "markers" in mode:
        drawing.parts.append(draw_symbol(x + SWATCH / 2, y, trace.get("marker") or {}, 0, ink))
