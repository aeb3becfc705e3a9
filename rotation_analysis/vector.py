"""A plotly figure as one SVG file, drawn in Python: no browser, no script, no reference, the same bytes.

Draws what this package's figures are made of: lines, symbols, intervals, areas, bars with hatches, lines and
notes, panels, a legend.  What it does not know is an error, never left out.  The size of the plot is
plotly's; what stands around it gets the room that its words need, so that nothing lies beyond the edge.
"""

from __future__ import annotations

import hashlib
import html
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .markdown import visible_line
from .vector_axes import Axis, Bar, Settings, lay_bars, merge, read_axes, read_values
from .vector_bars import draw_bar
from .vector_drawing import Drawing
from .vector_elements import Box, Label, bounds_of, colour, element, read_label, rectangle
from .vector_frames import Plane, add_legend, add_note, check_keys, draw_axis, draw_grid, draw_shape
from .vector_marks import draw_scatter, draw_whiskers

WIDTH, HEIGHT = 800.0, 450.0
EDGE = 12.0
LEAST = 120.0  # pixels of a plot, however long the words beside it
TALLEST = 8_000.0  # … and however many they are
FONT = {"family": "sans-serif", "size": 12, "color": "#444"}
COLOURS = ("#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd", "#8c564b")
BOTH_KEYS = frozenset(
    {
        "customdata", "hoverinfo", "hoverlabel", "hovertemplate", "hovertext", "legendgroup",
        "legendrank", "marker", "name", "opacity", "showlegend", "text", "textfont", "textposition",
        "type", "uid", "visible", "x", "xaxis", "y", "yaxis"
    }
)  # fmt: skip
TRACE_KEYS = {
    "scatter": frozenset(
        {*BOTH_KEYS, "cliponaxis", "connectgaps", "error_x", "error_y", "fill", "fillcolor", "line", "mode"}
    ),
    "bar": frozenset(
        {*BOTH_KEYS, "error_x", "error_y", "insidetextanchor", "insidetextfont", "offset", "orientation"}
        | {"outsidetextfont", "textangle", "width"}
    ),
}
LAYOUT_KEYS = frozenset(
    {
        "annotations", "autosize", "bargap", "barmode", "colorway", "dragmode", "font", "height",
        "hoverlabel", "hovermode", "legend", "margin", "paper_bgcolor", "plot_bgcolor", "shapes",
        "showlegend", "template", "title", "uirevision", "width"
    }
)  # fmt: skip


def draw_svg(figure: Mapping[str, Any], *, title: str, language: str) -> str:
    """The figure as an SVG document.

    `figure` is plotly's JSON (`data`, `layout`; the template's layout is read, its data are not); `title` is
    its alternative text, `language` a tag such as "ja".  Raises ValueError for a type of trace, a mark or a
    setting that cannot be drawn.
    """
    layout = figure.get("layout") or {}
    data = [{"type": "scatter", **trace} for trace in figure.get("data") or ()]
    traces = [trace for trace in data if trace.get("visible", True) is not False]
    _check(layout, traces)
    template = (layout.get("template") or {}).get("layout") or {}
    font = {**FONT, **(template.get("font") or {}), **(layout.get("font") or {})}
    inks = _colours(layout, template, traces)
    name = "h" + hashlib.sha256(title.encode("utf-8", "replace")).hexdigest()[:8]
    plot, plot_box = _fit(layout, template, traces, inks, font, name)
    head = Drawing(name, hatches=plot.hatches)
    top = _add_head(head, layout, traces, inks, font)
    height = top + plot_box.bottom - plot_box.top + EDGE
    foot = Drawing(name, hatches=plot.hatches)
    if _legend_below(layout, template) and (entries := _entries(layout, traces, inks)):
        height += add_legend(foot, entries, (EDGE, height), WIDTH - 2 * EDGE, font) + EDGE
    shift = f"translate({math.ceil(EDGE - plot_box.left)} {math.ceil(top - plot_box.top)})"
    boxes = [*head.boxes, *foot.boxes, Box(0, 0, plot_box.right - plot_box.left + EDGE, height)]
    width = math.ceil(max(float(layout.get("width") or WIDTH), bounds_of(boxes).right + EDGE))
    parts = [
        element("title", html.escape(visible_line(title))),
        element("desc", html.escape(_describe(layout, traces))),
        rectangle(Box(0, 0, width, math.ceil(height) + 1), fill=colour(_ground(layout, template))),
        plot.definitions(),
        *head.parts,
        element("g", "".join(plot.parts), transform=shift),
        *foot.parts,
    ]
    return _document(parts, (width, math.ceil(height) + 1), str(font["family"]), language)


def _document(parts: Sequence[str], size: tuple[int, int], family: str, language: str) -> str:
    """The file: its root says how large it is, in which font and language; its size is the picture's own."""
    width, height = size
    svg = element(
        "svg",
        "\n".join(part for part in parts if part) + "\n",
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {width} {height}",
        width=width,
        height=height,
        font_family=family,
        role="img",
        lang=language,
    )
    return svg + "\n"


def _check(layout: Settings, traces: Sequence[Settings]) -> None:
    axes = frozenset(key for key in layout if key[:5] in ("xaxis", "yaxis"))
    check_keys("a figure", layout, LAYOUT_KEYS | axes)
    for trace in traces:
        kind = trace["type"]
        if kind not in TRACE_KEYS:
            raise ValueError(f"a trace of the type {kind!r} cannot be drawn")
        check_keys(f"a {kind}", trace, TRACE_KEYS[kind])


def _colours(layout: Settings, template: Settings, traces: Sequence[Settings]) -> list[str]:
    """The colour of each trace where it has none of its own."""
    way = layout.get("colorway") or template.get("colorway") or COLOURS
    inks = []
    for number, trace in enumerate(traces):
        own = [(trace.get(key) or {}).get("color") for key in ("marker", "line")]
        named = [ink for ink in own if isinstance(ink, str)]
        inks.append(named[0] if named else str(way[number % len(way)]))
    return inks


def _ground(layout: Settings, template: Settings) -> str:
    return str(layout.get("paper_bgcolor") or template.get("paper_bgcolor") or "white")


# --- the plot -------------------------------------------------------------------------------------------


def _fit(
    layout: Settings,
    template: Settings,
    traces: Sequence[Settings],
    inks: Sequence[str],
    font: Settings,
    name: str,
) -> tuple[Drawing, Box]:
    """The plot, as wide as the words beside it leave room for, and the room that it takes with them."""
    margin = merge({"t": 100, "b": 80}, merge(template.get("margin") or {}, layout.get("margin") or {}))
    whole = float(layout.get("width") or WIDTH)
    height = max(float(layout.get("height") or HEIGHT) - margin["t"] - margin["b"], 40.0)
    width = whole - 2 * EDGE
    while True:
        axes = read_axes(layout, traces)
        plot = _draw_plot(layout, traces, axes, inks, font, (width, height), name)
        box = bounds_of([*plot.boxes, Box(0, 0, width, height)])
        over = box.right - box.left + 2 * EDGE - whole
        if plot.crowding > 1 and height < TALLEST:
            height = min(height * (plot.crowding + 0.01), TALLEST)
        elif over > 0.5 and width > LEAST:
            width = max(width - over, LEAST)
        else:
            return plot, box


def _draw_plot(
    layout: Settings,
    traces: Sequence[Settings],
    axes: dict[str, Axis],
    inks: Sequence[str],
    font: Settings,
    size: tuple[float, float],
    name: str,
) -> Drawing:
    """Shapes below, grid, marks, axes, shapes above and notes; (0, 0) is the plot's upper left corner."""
    width, height = size
    for axis in axes.values():
        low, high = axis.domain
        axis.start = low * width if axis.letter == "x" else (1 - low) * height
        axis.length = (high - low) * (width if axis.letter == "x" else -height)
    drawing, plane = Drawing(name), Plane(axes, width, height)
    shapes = layout.get("shapes") or ()
    below = [shape for shape in shapes if shape.get("layer") == "below"]
    for shape in below:
        drawing.parts += draw_shape(shape, plane)
    for axis in axes.values():
        drawing.parts += draw_grid(axis, axes)
    _add_traces(drawing, layout, traces, axes, inks, font)
    for axis in axes.values():
        draw_axis(drawing, axis, axes, font)
    for shape in shapes:
        if shape.get("layer") != "below":
            drawing.parts += draw_shape(shape, plane)
    earlier: list[Box] = []
    for note in layout.get("annotations") or ():
        add_note(drawing, note, plane, font, earlier)
    return drawing


def _add_traces(
    drawing: Drawing,
    layout: Settings,
    traces: Sequence[Settings],
    axes: Mapping[str, Axis],
    inks: Sequence[str],
    font: Settings,
) -> None:
    """Bars first, then what is drawn on them."""

    def pair(trace: Settings) -> tuple[Axis, Axis]:
        return axes[trace.get("xaxis", "x")], axes[trace.get("yaxis", "y")]

    bars = [(trace, ink) for trace, ink in zip(traces, inks, strict=True) if trace["type"] == "bar"]
    panels = dict.fromkeys((trace.get("xaxis", "x"), trace.get("yaxis", "y")) for trace, _ in bars)
    for panel in panels:
        own = [(t, ink) for t, ink in bars if (t.get("xaxis", "x"), t.get("yaxis", "y")) == panel]
        for bar in lay_bars([trace for trace, _ in own], layout, axes):
            trace, ink = own[bar.trace]
            draw_bar(drawing, bar, trace, pair(trace), ink, font)
            drawing.parts += _draw_interval(trace, bar, pair(trace), ink)
    for trace, ink in zip(traces, inks, strict=True):
        if trace["type"] == "scatter":
            draw_scatter(drawing, trace, pair(trace), ink, font)


def _draw_interval(trace: Settings, bar: Bar, axes: tuple[Axis, Axis], ink: str) -> Iterator[str]:
    """The interval around the end of a bar."""
    end, middle = bar.along[1], sum(bar.across) / 2
    ends = ("array", "arrayminus")
    own = {
        letter: {**bars, **{name: [read_values(bars[name])[bar.row]] for name in ends if name in bars}}
        for letter in "xy"
        if (bars := trace.get(f"error_{letter}"))
    }
    at = (end, middle) if bar.horizontal else (middle, end)
    return draw_whiskers({f"error_{letter}": bars for letter, bars in own.items()}, [at], axes, ink)


# --- head and foot --------------------------------------------------------------------------------------


def _add_head(
    head: Drawing, layout: Settings, traces: Sequence[Settings], inks: Sequence[str], font: Settings
) -> float:
    """The figure's own title, and the legend where it stands above; returns where the plot begins."""
    top = EDGE
    given = layout.get("title") or {}
    lines = read_label(given if isinstance(given, str) else given.get("text"))
    if any(lines):
        label = Label(lines=lines, x=EDGE, y=top, size=font["size"] + 4, colour=font["color"])
        head.add_label(label)
        top += label.height + EDGE
    template = (layout.get("template") or {}).get("layout") or {}
    entries = _entries(layout, traces, inks)
    if entries and not _legend_below(layout, template):
        top += add_legend(head, entries, (EDGE, top), WIDTH - 2 * EDGE, font) + EDGE
    return top


def _legend_below(layout: Settings, template: Settings) -> bool:
    legend = merge(template.get("legend") or {}, layout.get("legend") or {})
    return float(legend.get("y", 1)) < 0


def _entries(layout: Settings, traces: Sequence[Settings], inks: Sequence[str]) -> list[tuple[Settings, str]]:
    """Traces in the legend with their colours: as plotly has it, none where one trace stands alone."""
    shown = [
        (trace, ink)
        for trace, ink in zip(traces, inks, strict=True)
        if trace.get("showlegend", True) and trace.get("name") and read_values(trace.get("x"))
    ]
    wanted = any(trace.get("showlegend") for trace, _ in shown) or len(traces) > 1
    return shown if layout.get("showlegend", wanted) else []


def _describe(layout: Settings, traces: Sequence[Settings]) -> str:
    """What the axes and the series are called: there are no words here but the figure's own."""
    titles = [layout[key].get("title") for key in sorted(layout) if key[:5] in ("xaxis", "yaxis")]
    texts = [title.get("text") if isinstance(title, Mapping) else title for title in titles]
    texts += [trace.get("name") for trace in traces if trace.get("showlegend", True)]
    return "; ".join(dict.fromkeys(line for text in texts for line in read_label(text) if line))
