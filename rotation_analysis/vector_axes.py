"""Axes of a plotly figure: of which kind, from where to where, and where a value stands in pixels."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import numpy as np

Settings = Mapping[str, Any]
EPOCH = datetime(1970, 1, 1)
DAY = 24 * 3600 * 1000.0
PAD = 0.05  # of the span, on each side of what is drawn
AXIS_KEYS = frozenset(
    {
        "anchor",
        "automargin",
        "autorange",
        "categoryarray",
        "categoryorder",
        "color",
        "domain",
        "dtick",
        "fixedrange",
        "gridcolor",
        "gridwidth",
        "hoverformat",
        "linecolor",
        "linewidth",
        "matches",
        "nticks",
        "range",
        "rangemode",
        "showgrid",
        "showline",
        "showticklabels",
        "side",
        "tick0",
        "tickangle",
        "tickcolor",
        "tickfont",
        "tickformat",
        "ticklen",
        "tickprefix",
        "ticks",
        "ticksuffix",
        "ticktext",
        "tickvals",
        "tickwidth",
        "title",
        "type",
        "visible",
        "zeroline",
        "zerolinecolor",
        "zerolinewidth",
    }
)


@dataclass
class Axis:
    """One axis: `start` and `length` in pixels of the drawing, with the range's first value at `start`."""

    name: str
    settings: Settings
    kind: str
    categories: list[Any] = field(default_factory=list)
    range: tuple[float, float] = (0.0, 1.0)
    start: float = 0.0
    length: float = 1.0

    @property
    def letter(self) -> str:
        """x or y."""
        return self.name[0]

    @property
    def domain(self) -> tuple[float, float]:
        """From where to where the axis goes, as shares of the plot."""
        low, high = self.settings.get("domain", (0.0, 1.0))
        return float(low), float(high)

    def read(self, value: Any) -> float | None:
        """A value of the data as a number of this axis: itself, milliseconds, or a category's place."""
        if value is None or (isinstance(value, float) and np.isnan(value)):
            return None
        if self.kind == "category":
            return float(self.categories.index(value)) if value in self.categories else float(value)
        return read_day(value) if self.kind == "date" and isinstance(value, str) else float(value)

    def place(self, number: float) -> float:
        """Pixels of a number."""
        low, high = self.range
        return self.start + (number - low) / (high - low) * self.length

    def holds(self, number: float) -> bool:
        """Whether the number lies in the range."""
        low, high = sorted(self.range)
        slack = (high - low) * 1e-9
        return low - slack <= number <= high + slack


def read_day(text: str) -> float:
    """Milliseconds of a day or a time in ISO style; ValueError for anything else.

    >>> read_day("1970-01-02")
    86400000.0
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is not None:
        moment = moment.astimezone(UTC).replace(tzinfo=None)
    return (moment - EPOCH).total_seconds() * 1000


def read_values(values: Any) -> list[Any]:
    """A column of a trace as a list: a list, an array, or plotly's packed {"dtype", "bdata"}."""
    if values is None:
        return []
    if isinstance(values, Mapping):
        packed = np.frombuffer(base64.b64decode(values["bdata"]), dtype=np.dtype(values["dtype"]))
        return list(packed.tolist())
    return list(values.tolist() if hasattr(values, "tolist") else values)


def full_name(letter: str, reference: str | None) -> str:
    """ "xaxis2" of "x2", "xaxis" of "x" or nothing."""
    return f"{letter}axis{(reference or letter)[1:]}"


def read_axes(layout: Settings, traces: Sequence[Settings]) -> dict[str, Axis]:
    """Every axis that is declared or drawn on, by its short name (x, y2), with kind and range.

    Raises ValueError for settings of an axis that are not known here.
    """
    names = {name for trace in traces for name in (trace.get("xaxis", "x"), trace.get("yaxis", "y"))}
    names |= {key[0] + key[5:] for key in layout if key[1:5] == "axis"}
    axes: dict[str, Axis] = {}
    for name in sorted(names):
        settings = _settings(layout, name)
        if unknown := sorted(set(settings) - AXIS_KEYS):
            raise ValueError(f"an axis has settings that cannot be drawn: {', '.join(unknown)}")
        values = [value for trace in traces for value in _positions(trace, name)]
        axis = Axis(name, settings, _kind(settings, values))
        if axis.kind == "category":
            axis.categories = _categories(settings, values)
        axes[name] = axis
    for axis in axes.values():
        axis.range = _range(axis, axes, layout, traces)
    return axes


def merge(below: Settings, above: Settings) -> dict[str, Any]:
    """The settings of both, those of `above` first, nested ones too."""
    merged = dict(below)
    for key, value in above.items():
        old = merged.get(key)
        merged[key] = merge(old, value) if isinstance(old, Mapping) and isinstance(value, Mapping) else value
    return merged


def _settings(layout: Settings, name: str) -> Settings:
    template = layout.get("template", {}).get("layout", {}).get(f"{name[0]}axis", {})
    return merge(template, layout.get(full_name(name[0], name), {}))


def _positions(trace: Settings, name: str) -> list[Any]:
    """What a trace has on that axis, as given."""
    letter = name[0]
    return read_values(trace.get(letter)) if trace.get(f"{letter}axis", letter) == name else []


def _kind(settings: Settings, values: Iterable[Any]) -> str:
    declared = settings.get("type", "-")
    if declared in ("linear", "date", "category"):
        return str(declared)
    if declared != "-":
        raise ValueError(f"an axis of the type {declared!r} cannot be drawn")
    texts = [value for value in values if isinstance(value, str)]
    if not texts:
        return "linear"
    return "date" if all(_is_day(text) for text in texts) else "category"


def _is_day(text: str) -> bool:
    try:
        read_day(text)
    except ValueError:
        return False
    return "-" in text


def _categories(settings: Settings, values: Iterable[Any]) -> list[Any]:
    return list(dict.fromkeys([*settings.get("categoryarray", ()), *(v for v in values if v is not None)]))


# --- ranges ---------------------------------------------------------------------------------------------


def _range(
    axis: Axis, axes: Mapping[str, Axis], layout: Settings, traces: Sequence[Settings]
) -> tuple[float, float]:
    """Declared, or around everything drawn on this axis and on those that go with it."""
    declared = axis.settings.get("range")
    if declared is not None and None not in declared:
        low, high = (axis.read(value) for value in declared)
        return _opened(low or 0.0, high or 0.0)
    group = _matching(axis, axes)
    ends = [end for other in group for end in _drawn_on(other, axes, layout, traces)]
    low, high = _around(axis, ends, bars=any(trace["type"] == "bar" for trace in traces))
    return (high, low) if axis.settings.get("autorange") == "reversed" else (low, high)


def _matching(axis: Axis, axes: Mapping[str, Axis]) -> list[Axis]:
    def head(other: Axis) -> str:
        return str(other.settings.get("matches", other.name))

    return [other for other in axes.values() if other.letter == axis.letter and head(other) == head(axis)]


def _around(axis: Axis, ends: Sequence[float], *, bars: bool) -> tuple[float, float]:
    if axis.kind == "category":
        return -0.5, max(len(axis.categories), 1) - 0.5
    if not ends:
        return 0.0, 1.0
    low, high = min(ends), max(ends)
    if axis.settings.get("rangemode") in ("tozero", "nonnegative"):
        low, high = min(low, 0.0), max(high, 0.0)
    pad = (high - low) * PAD
    to_zero = bars or axis.settings.get("rangemode") in ("tozero", "nonnegative")
    return _opened(low if to_zero and low == 0 else low - pad, high if to_zero and high == 0 else high + pad)


def _opened(low: float, high: float) -> tuple[float, float]:
    """A range that is not one point, or so little more that no ticks can be told apart."""
    least = max(1e-12, 1e-9 * max(abs(low), abs(high)))
    return (low, high) if abs(high - low) > least else (low - 1, high + 1)


def _drawn_on(
    axis: Axis, axes: Mapping[str, Axis], layout: Settings, traces: Sequence[Settings]
) -> Iterator[float]:
    """Numbers that must lie within the axis: values, ends of intervals and bars, lines and notes."""
    own = [trace for trace in traces if trace.get(f"{axis.letter}axis", axis.letter) == axis.name]
    for trace in own:
        if trace["type"] != "bar":
            yield from _ends(axis, trace)
    bars = [trace for trace in own if trace["type"] == "bar"]
    for box in lay_bars(bars, layout, axes):
        yield from (box.along if (box.horizontal == (axis.letter == "x")) else box.across)
    for trace in bars:
        if trace.get(f"error_{axis.letter}"):
            yield from _ends(axis, trace)
    for thing in (*layout.get("shapes", ()), *layout.get("annotations", ())):
        if thing.get(f"{axis.letter}ref", axis.letter) == axis.name:
            given = (thing.get(f"{axis.letter}{end}") for end in ("", "0", "1"))
            yield from (number for value in given if (number := axis.read(value)) is not None)


def _ends(axis: Axis, trace: Settings) -> Iterator[float]:
    bars = trace.get(f"error_{axis.letter}") or {}
    plus = read_values(bars.get("array"))
    minus = read_values(bars.get("arrayminus")) or plus
    for number, value in enumerate(_positions(trace, axis.name)):
        at = axis.read(value)
        if at is not None:
            yield at
            yield at + float((plus[number : number + 1] or [0])[0] or 0)
            yield at - float((minus[number : number + 1] or [0])[0] or 0)


# --- bars -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Bar:
    """One bar: `along` from its base to its value, `across` from side to side; numbers of its axes."""

    trace: int
    row: int
    horizontal: bool
    along: tuple[float, float]
    across: tuple[float, float]


def lay_bars(traces: Sequence[Settings], layout: Settings, axes: Mapping[str, Axis]) -> list[Bar]:
    """The bars of traces on the same two axes, stacked, beside or over each other as the figure says."""
    mode = layout.get("barmode", "group")
    if mode not in ("stack", "relative", "overlay", "group"):
        raise ValueError(f"bars cannot be drawn as {mode!r}")
    places = [_bar_places(trace, axes) for trace in traces]
    taken = [place for column in places for place in column if place is not None]
    gaps = sorted(set(taken))
    beside = mode == "group" and len(taken) > len(gaps)  # alone at its place, a bar has all the room
    step = min((after - before for before, after in pairwise(gaps)), default=1.0)
    room = step * (1 - float(layout.get("bargap", 0.2)))
    bars: list[Bar] = []
    tops: dict[tuple[float, bool], float] = {}
    for number, (trace, column) in enumerate(zip(traces, places, strict=True)):
        horizontal = trace.get("orientation") == "h"
        values = read_values(trace.get("x" if horizontal else "y"))
        for row, (place, value) in enumerate(zip(column, values, strict=True)):
            if place is None or value is None:
                continue
            base, size = 0.0, float(value)
            if mode in ("stack", "relative"):
                base = tops.get((place, size < 0), 0.0)
                tops[place, size < 0] = base + size
            share = (number, len(traces)) if beside else (0, 1)
            sides = _sides(trace, row, place, room, share)
            bars.append(Bar(number, row, horizontal, (base, base + size), sides))
    return bars


def _bar_places(trace: Settings, axes: Mapping[str, Axis]) -> list[float | None]:
    letter = "y" if trace.get("orientation") == "h" else "x"
    axis = axes[trace.get(f"{letter}axis", letter)]
    return [axis.read(value) for value in read_values(trace.get(letter))]


def _sides(
    trace: Settings, row: int, place: float, room: float, share: tuple[int, int]
) -> tuple[float, float]:
    def given(key: str) -> float | None:
        value = trace.get(key)
        if value is None or isinstance(value, int | float):
            return value
        return float(read_values(value)[row])

    width, offset = given("width"), given("offset")
    number, count = share
    wide = room / count if width is None else width
    left = place - room / 2 + number * wide if width is None else place - wide / 2
    left = left if offset is None else place + offset
    return left, left + wide
