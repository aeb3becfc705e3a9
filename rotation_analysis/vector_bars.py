"""Bars of a plotly figure as SVG, with their hatches and texts."""

from __future__ import annotations

from dataclasses import replace

from .vector_axes import Axis, Bar, Settings
from .vector_drawing import Drawing, frame_of, setting_of
from .vector_elements import Box, Label, colour, read_label, rectangle

SMALLEST = 7.0  # pixels of a text in a bar that is narrow


def draw_bar(
    drawing: Drawing, bar: Bar, trace: Settings, axes: tuple[Axis, Axis], ink: str, font: Settings
) -> None:
    """One bar, cut at the panel's edges, and its text."""
    across, upright = axes
    spans = (bar.along, bar.across) if bar.horizontal else (bar.across, bar.along)
    xs = sorted(across.place(value) for value in spans[0])
    ys = sorted(upright.place(value) for value in spans[1])
    frame = frame_of(axes)
    box = Box(
        max(xs[0], frame.left), max(ys[0], frame.top), min(xs[1], frame.right), min(ys[1], frame.bottom)
    )
    if box.left > box.right or box.top > box.bottom:
        return
    marker = trace.get("marker") or {}
    line = marker.get("line") or {}
    width = float(setting_of(line.get("width"), bar.row, 0))
    fill = drawing.fill(marker, bar.row, ink)
    stroke = colour(setting_of(line.get("color"), bar.row, "#444")) if width else None
    opacity = trace.get("opacity")
    drawing.parts.append(
        rectangle(box, fill=fill, stroke=stroke, stroke_width=width or None, opacity=opacity)
    )
    label = _start_label(trace, bar, font)
    if any(label.lines):
        hatched = setting_of((marker.get("pattern") or {}).get("shape"), bar.row, "")
        halo = str(setting_of(marker.get("color"), bar.row, ink)) if hatched else None
        drawing.add_label(_place_label(replace(label, halo=halo), box, trace, horizontal=bar.horizontal))


def _start_label(trace: Settings, bar: Bar, font: Settings) -> Label:
    """The text of a bar in its font, not placed yet."""
    position = trace.get("textposition", "auto")
    style = {**font, **(trace.get("textfont") or {}), **(trace.get(f"{position}textfont") or {})}
    lines = read_label(setting_of(trace.get("text"), bar.row, ""))
    size, ink = float(style["size"]), str(style["color"])
    return Label(lines=lines, x=0, y=0, size=size, colour=ink, anchor="middle")


def _place_label(label: Label, box: Box, trace: Settings, *, horizontal: bool) -> Label:
    """The text in the middle of its bar, smaller where it does not fit, or beyond the bar's end."""
    position = trace.get("textposition", "auto")
    x, y = (box.left + box.right) / 2, (box.top + box.bottom) / 2
    if position in ("inside", "auto"):
        room = min((box.right - box.left - 2) / label.width, (box.bottom - box.top) / label.height, 1)
        smaller = replace(label, size=max(label.size * room, SMALLEST))
        return replace(smaller, x=x, y=y - smaller.height / 2)
    if position != "outside":
        raise ValueError(f"the text of a bar cannot be drawn {position!r}")
    if horizontal:
        return replace(label, x=box.right + 4, y=y - label.height / 2, anchor="start", halo=None)
    return replace(label, x=x, y=box.top - label.height, halo=None)
