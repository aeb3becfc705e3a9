"""What is drawn so far, with the room that its labels take; hatches, dashes, and lines cut at the edges."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from .vector_axes import Axis, Settings, read_values
from .vector_elements import Box, Label, colour, element, number_text, rectangle

DASHES = {"solid": None, "dot": "2 3", "dash": "8 6", "longdash": "12 6", "dashdot": "8 5 2 5"}
HATCH_SIZE = 8.0


@dataclass
class Drawing:
    """What is drawn so far, the room of its labels, and the hatches it refers to."""

    hatch_name: str
    parts: list[str] = field(default_factory=list)
    boxes: list[Box] = field(default_factory=list)
    hatches: dict[str, str] = field(default_factory=dict)
    crowding: float = 0.0
    """How much more room the labels of an axis would need: above 1 they lie on one another."""

    def add_label(self, label: Label) -> None:
        """Draw a label and keep the room it takes."""
        if any(label.lines):
            self.parts.append(label.draw())
            self.boxes.append(label.box)

    def fill(self, marker: Settings, row: int, default: str) -> str:
        """Colour or hatch of a bar; a hatch is defined once."""
        ground = str(setting_of(marker.get("color"), row, default))
        pattern = marker.get("pattern") or {}
        shape = setting_of(pattern.get("shape"), row, "")
        if not shape:
            return colour(ground)
        written = draw_hatch(shape, pattern, ground)
        name = self.hatches.setdefault(written, f"{self.hatch_name}-{len(self.hatches) + 1}")
        return f"url(#{name})"

    def definitions(self) -> str:
        """The hatches, to be put before everything that refers to them."""
        named = (
            written.replace("<pattern", f'<pattern id="{name}"', 1) for written, name in self.hatches.items()
        )
        return element("defs", "".join(named)) if self.hatches else ""


def setting_of(value: Any, row: int, default: Any) -> Any:
    """A setting of one mark: its own in a list, or the one of all."""
    if value is None:
        return default
    return value if isinstance(value, str | int | float) else read_values(value)[row]


def point_text(x: float, y: float) -> str:
    """Two lengths of a path."""
    return f"{number_text(x)} {number_text(y)}"


def draw_hatch(shape: str, pattern: Settings, ground: str) -> str:
    """A pattern element without its id, with plotly's geometry; ValueError for a shape that is not known."""
    size = float(pattern.get("size", HATCH_SIZE))
    density = float(pattern.get("solidity", 0.3))
    over = pattern.get("fillmode", "replace") == "overlay"
    ink = colour(pattern.get("fgcolor", "#444" if over else ground))
    below = colour(ground if over else pattern.get("bgcolor", "white"))
    wide = size * math.sqrt(2)
    straight, crossed = density * size, size - size * math.sqrt(1 - density)
    w = wide if shape in "/\\x" else size
    rising = _lines(w, ((-0.25, 0.25, 0.5, -0.5), (0, 1, 1, -1), (0.75, 1.25, 0.5, -0.5)))
    falling = _lines(w, ((0.75, -0.25, 0.5, 0.5), (0, 0, 1, 1), (-0.25, 0.75, 0.5, 0.5)))
    level, upright = _lines(w, ((0, 0.5, 1, 0),)), _lines(w, ((0.5, 0, 0, 1),))
    paths = {
        "/": (rising, straight),
        "\\": (falling, straight),
        "x": (rising + falling, crossed),
        "-": (level, straight),
        "|": (upright, straight),
        "+": (level + upright, crossed),
    }
    opacity = pattern.get("fgopacity")
    if shape == ".":
        radius = math.sqrt(density * size * size / math.pi)
        marks = element("circle", cx=w / 2, cy=w / 2, r=radius, fill=ink, fill_opacity=opacity)
    elif shape in paths:
        path, width = paths[shape]
        marks = element("path", d=path, stroke=ink, stroke_width=width, stroke_opacity=opacity)
    else:
        raise ValueError(f"a hatch that cannot be drawn: {shape!r}")
    tile = rectangle(Box(0, 0, w, w), fill=below) + marks
    return element("pattern", tile, patternUnits="userSpaceOnUse", width=w, height=w)


def _lines(size: float, lines: Sequence[tuple[float, float, float, float]]) -> str:
    """Lines of a tile: where each begins and how far it goes, as shares of the tile's size."""
    return "".join(
        f"M{point_text(x * size, y * size)}l{point_text(dx * size, dy * size)}" for x, y, dx, dy in lines
    )


def dashes_of(line: Settings) -> str | None:
    """The pattern of a line; ValueError for one that is not known."""
    name = str(line.get("dash", "solid"))
    if name not in DASHES:
        raise ValueError(f"a line that cannot be drawn: {name!r}")
    return DASHES[name]


def frame_of(axes: tuple[Axis, Axis]) -> Box:
    """The panel of two axes."""
    across, upright = axes
    xs = sorted((across.start, across.start + across.length))
    ys = sorted((upright.start, upright.start + upright.length))
    return Box(xs[0], ys[0], xs[1], ys[1])


def cut_line(
    begin: tuple[float, float], end: tuple[float, float], frame: Box
) -> tuple[float, float, float, float] | None:
    """The piece of a line that lies in the frame (Liang & Barsky 1984); None where none does."""
    (x0, y0), (x1, y1) = begin, end
    first, last = 0.0, 1.0
    for step, room in (
        (x0 - x1, x0 - frame.left),
        (x1 - x0, frame.right - x0),
        (y0 - y1, y0 - frame.top),
        (y1 - y0, frame.bottom - y0),
    ):
        if step == 0:
            if room < -1e-9:
                return None
        elif step < 0:
            first = max(first, room / step)
        else:
            last = min(last, room / step)
    if first > last:
        return None
    dx, dy = x1 - x0, y1 - y0
    return x0 + first * dx, y0 + first * dy, x0 + last * dx, y0 + last * dy
