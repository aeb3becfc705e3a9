"""Lines, symbols, areas and intervals of a plotly figure as SVG."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any

from .vector_axes import Axis, Settings, read_values
from .vector_drawing import Drawing, cut_line, dashes_of, frame_of, point_text, setting_of
from .vector_elements import Box, Label, colour, element, number_text, read_label, segment

MODES = frozenset({"lines", "markers", "text", "none"})
SYMBOL = 8.0


# --- symbols --------------------------------------------------------------------------------------------


def _polygon(*points: tuple[float, float]) -> Callable[[float], str]:
    def draw(radius: float) -> str:
        return "M" + "L".join(point_text(x * radius, y * radius) for x, y in points) + "Z"

    return draw


def _strokes(*ends: tuple[float, float, float, float]) -> Callable[[float], str]:
    def draw(radius: float) -> str:
        return "".join(
            f"M{point_text(a * radius, b * radius)}L{point_text(c * radius, d * radius)}"
            for a, b, c, d in ends
        )

    return draw


def _circle(radius: float) -> str:
    r = number_text(radius)
    return f"M{r} 0A{r} {r} 0 1 1 -{r} 0A{r} {r} 0 1 1 {r} 0Z"


THIRD = 0.4
CROSS = (
    (1, THIRD), (THIRD, THIRD), (THIRD, 1), (-THIRD, 1), (-THIRD, THIRD), (-1, THIRD),
    (-1, -THIRD), (-THIRD, -THIRD), (-THIRD, -1), (THIRD, -1), (THIRD, -THIRD), (1, -THIRD),
)  # fmt: skip
TURN = math.sqrt(0.5)
FILLED: dict[str, Callable[[float], str]] = {
    "circle": _circle,
    "square": _polygon((1, 1), (-1, 1), (-1, -1), (1, -1)),
    "diamond": _polygon((1.3, 0), (0, 1.3), (-1.3, 0), (0, -1.3)),
    "cross": _polygon(*CROSS),
    "x": _polygon(*[((x - y) * TURN, (x + y) * TURN) for x, y in CROSS]),
    "star": _polygon(
        *[
            (1.4 * far * math.sin(n * math.pi / 5), -1.4 * far * math.cos(n * math.pi / 5))
            for n, far in enumerate((1, 0.38) * 5)
        ]
    ),
    "triangle-up": _polygon((-1.15, 0.58), (1.15, 0.58), (0, -1.15)),
    "triangle-down": _polygon((-1.15, -0.58), (1.15, -0.58), (0, 1.15)),
    "triangle-left": _polygon((0.58, -1.15), (0.58, 1.15), (-1.15, 0)),
    "triangle-right": _polygon((-0.58, -1.15), (-0.58, 1.15), (1.15, 0)),
}
STROKED: dict[str, Callable[[float], str]] = {
    "line-ns": _strokes((0, -1.4, 0, 1.4)),
    "line-ew": _strokes((-1.4, 0, 1.4, 0)),
    "x-thin": _strokes((-1, -1, 1, 1), (-1, 1, 1, -1)),
    "cross-thin": _strokes((0, -1.4, 0, 1.4), (-1.4, 0, 1.4, 0)),
}


def draw_symbol(x: float, y: float, marker: Settings, row: int, default: str) -> str:
    """One symbol; ValueError for one that is not known."""
    name = str(setting_of(marker.get("symbol"), row, "circle"))
    radius = float(setting_of(marker.get("size"), row, SYMBOL)) / 2
    ink = str(setting_of(marker.get("color"), row, default))
    line = marker.get("line") or {}
    edge = str(setting_of(line.get("color"), row, ink))
    width = float(setting_of(line.get("width"), row, 0))
    shape = name.removesuffix("-open")
    if shape in STROKED:
        path, fill, edge, width = STROKED[shape](radius), "none", edge if line else ink, width or 1.0
    elif shape in FILLED:
        hollow = name.endswith("-open")
        path, fill = FILLED[shape](radius), "none" if hollow else colour(ink)
        edge, width = (ink, width or 1.0) if hollow else (edge, width)
    else:
        raise ValueError(f"a symbol that cannot be drawn: {name!r}")
    return element(
        "path",
        d=path,
        transform=f"translate({point_text(x, y)})",
        fill=fill,
        stroke=colour(edge) if width else None,
        stroke_width=width or None,
        opacity=marker.get("opacity"),
    )


# --- scatter --------------------------------------------------------------------------------------------


def draw_scatter(
    drawing: Drawing, trace: Settings, axes: tuple[Axis, Axis], ink: str, font: Settings
) -> None:
    """Area, whiskers, lines, symbols and texts of one trace, in this order."""
    across, upright = axes
    given = zip(read_values(trace.get("x")), read_values(trace.get("y")), strict=True)
    points = [(across.read(x), upright.read(y)) for x, y in given]
    mode = str(trace.get("mode", "lines+markers" if len(points) < 20 else "lines")).split("+")
    if not MODES.issuperset(mode):
        raise ValueError(f"a scatter cannot be drawn as {trace.get('mode')!r}")
    begin = len(drawing.parts)
    drawing.parts += draw_area(trace, points, axes, ink)
    drawing.parts += draw_whiskers(trace, points, axes, ink)
    if "lines" in mode:
        drawing.parts += draw_lines(trace, points, axes, ink)
    for row, (x, y) in enumerate(points):
        if x is None or y is None or not (across.holds(x) and upright.holds(y)):
            continue
        place = (across.place(x), upright.place(y))
        if "markers" in mode:
            _add_symbol(drawing, place, trace, row, ink)
        if "text" in mode:
            _add_text(drawing, place, trace, row, font)
    _fade(drawing, begin, trace.get("opacity"))


def _fade(drawing: Drawing, begin: int, opacity: float | None) -> None:
    """Everything drawn since `begin` as one group that shines through."""
    if opacity is not None and opacity != 1 and len(drawing.parts) > begin:
        drawing.parts[begin:] = [element("g", "".join(drawing.parts[begin:]), opacity=opacity)]


def _add_symbol(drawing: Drawing, place: tuple[float, float], trace: Settings, row: int, ink: str) -> None:
    marker = trace.get("marker") or {}
    drawing.parts.append(draw_symbol(*place, marker, row, ink))
    radius = float(setting_of(marker.get("size"), row, SYMBOL)) * 0.75 + 1
    drawing.boxes.append(Box(*place, *place).grown(radius))


def _add_text(
    drawing: Drawing, place: tuple[float, float], trace: Settings, row: int, font: Settings
) -> None:
    lines = read_label(setting_of(trace.get("text"), row, ""))
    style = {**font, **(trace.get("textfont") or {})}
    position = str(setting_of(trace.get("textposition"), row, "middle center"))
    vertical, horizontal = position.split(" ")
    gap = 8.0
    height = len(lines) * style["size"] * 1.3
    shift = {"top": -gap - height, "middle": -height / 2, "bottom": gap}[vertical]
    anchor = {"left": "end", "center": "middle", "right": "start"}[horizontal]
    sideways = {"left": -gap, "center": 0.0, "right": gap}[horizontal]
    drawing.add_label(
        Label(
            lines=lines,
            x=place[0] + sideways,
            y=place[1] + shift,
            size=float(style["size"]),
            colour=str(style["color"]),
            anchor=anchor,
        )
    )


def draw_lines(
    trace: Settings, points: Sequence[tuple[float | None, float | None]], axes: tuple[Axis, Axis], ink: str
) -> Iterator[str]:
    """The trace's line, cut at the panel's edges, broken where a value is missing."""
    line = trace.get("line") or {}
    if not (width := float(line.get("width", 2))):
        return
    if line.get("shape", "linear") != "linear":
        raise ValueError(f"lines cannot be drawn as {line['shape']!r}")
    style = {
        "stroke": colour(line.get("color", ink)),
        "stroke_width": width,
        "stroke_dasharray": dashes_of(line),
    }
    if trace.get("connectgaps"):
        points = [point for point in points if None not in point]
    frame = frame_of(axes)
    for (x0, y0), (x1, y1) in pairwise(points):
        if x0 is None or y0 is None or x1 is None or y1 is None:
            continue
        begin, end = ((axes[0].place(x), axes[1].place(y)) for x, y in ((x0, y0), (x1, y1)))
        if cut := cut_line(begin, end, frame):
            yield segment(*cut, **style)


def draw_area(
    trace: Settings, points: Sequence[tuple[float | None, float | None]], axes: tuple[Axis, Axis], ink: str
) -> Iterator[str]:
    """The area that the trace encloses."""
    fill = trace.get("fill", "none")
    if fill == "none":
        return
    if fill != "toself":
        raise ValueError(f"an area cannot be filled as {fill!r}")
    frame = frame_of(axes)
    placed = [
        (
            min(max(axes[0].place(x), frame.left), frame.right),
            min(max(axes[1].place(y), frame.top), frame.bottom),
        )
        for x, y in points
        if x is not None and y is not None
    ]
    if placed:
        path = "M" + "L".join(point_text(x, y) for x, y in placed) + "Z"
        yield element("path", d=path, fill=colour(trace.get("fillcolor", ink)))


def draw_whiskers(
    trace: Settings, points: Sequence[tuple[float | None, float | None]], axes: tuple[Axis, Axis], ink: str
) -> Iterator[str]:
    """Intervals around the points, each with a stroke across its ends; cut at the panel's edges."""
    for letter in "xy":
        bars = trace.get(f"error_{letter}")
        if not bars or bars.get("visible") is False:
            continue
        if bars.get("type", "data") != "data":
            raise ValueError(f"intervals of the type {bars['type']!r} cannot be drawn")
        plus = read_values(bars.get("array"))
        minus = plus if bars.get("symmetric", "arrayminus" not in bars) else read_values(bars["arrayminus"])
        style = {"stroke": colour(bars.get("color", ink)), "stroke_width": float(bars.get("thickness", 2))}
        half = float(bars.get("width", 4))
        for (x, y), up, down in zip(points, plus, minus, strict=True):
            if x is not None and y is not None and (up or down):
                ends = (-float(down or 0), float(up or 0))
                yield from _whisker((x, y), ends, axes, letter == "x", half, style)


def _whisker(
    at: tuple[float, float],
    ends: tuple[float, float],
    axes: tuple[Axis, Axis],
    level: bool,
    half: float,
    style: dict[str, Any],
) -> Iterator[str]:
    frame = frame_of(axes)
    along, other = axes if level else (axes[1], axes[0])
    value, beside = at if level else (at[1], at[0])
    fixed = other.place(beside)
    low, high = (along.place(value + end) for end in ends)

    def turned(a: float, b: float) -> tuple[float, float]:
        return (a, b) if level else (b, a)

    if cut := cut_line(turned(low, fixed), turned(high, fixed), frame):
        yield segment(*cut, **style)
        for end, number in zip((low, high), (value + ends[0], value + ends[1]), strict=True):
            if half and along.holds(number):
                yield segment(*turned(end, fixed - half), *turned(end, fixed + half), **style)
