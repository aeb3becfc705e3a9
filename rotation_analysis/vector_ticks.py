"""Ticks of an axis: where they stand and what they say."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from .vector_axes import DAY, EPOCH, Axis, read_values
from .vector_elements import read_label

MINUS = "\u2212"
NUMBER_FORMAT = re.compile(r"(\+?)(,?)(?:\.(\d))?([f%d]?)")
DAY_FORMAT = re.compile(r"(?:%[Ymd]|[-/. :])+")
MONTH_STEPS = (1, 2, 3, 6, 12, 24, 60, 120)
DAY_STEPS = (1, 2, 7, 14)
ROOM = {"x": 66.0, "y": 22.0}
"""Pixels from one tick to the next at least, where the figure leaves it open."""


@dataclass(frozen=True)
class Tick:
    """A number of the axis and the lines beside it."""

    at: float
    lines: tuple[str, ...]


def find_ticks(axis: Axis) -> list[Tick]:
    """The ticks within the range, in the order of their numbers."""
    given = axis.settings.get("tickvals")
    if given is not None:
        return _declared(axis)
    if axis.kind == "category":
        ticks = [Tick(float(n), read_label(name)) for n, name in enumerate(axis.categories)]
    elif axis.kind == "date":
        ticks = _days(axis)
    else:
        ticks = _numbers(axis)
    return [tick for tick in ticks if axis.holds(tick.at)]


def _declared(axis: Axis) -> list[Tick]:
    values = read_values(axis.settings["tickvals"])
    texts = axis.settings.get("ticktext")
    labels = [_said(axis, value) for value in values] if texts is None else read_values(texts)
    if len(labels) != len(values):
        raise ValueError(f"{len(values)} ticks with {len(labels)} texts")
    placed = [(axis.read(value), label) for value, label in zip(values, labels, strict=True)]
    ticks = [Tick(at, read_label(label)) for at, label in placed if at is not None and axis.holds(at)]
    return sorted(ticks, key=lambda tick: tick.at)


def _said(axis: Axis, value: object) -> str:
    return format_number(float(str(value)), "") if axis.kind == "linear" else str(value)


# --- numbers --------------------------------------------------------------------------------------------


def _numbers(axis: Axis) -> list[Tick]:
    low, high = sorted(axis.range)
    step = float(axis.settings.get("dtick") or find_step(high - low, _count(axis)))
    if step <= 0 or (high - low) / step > 1000:
        raise ValueError(f"ticks {step} apart on an axis from {low} to {high}")
    first = float(axis.settings.get("tick0") or 0.0)
    begin, end = math.ceil((low - first) / step - 1e-9), math.floor((high - first) / step + 1e-9)
    form = str(axis.settings.get("tickformat") or "")
    around = [axis.settings.get(key) or "" for key in ("tickprefix", "ticksuffix")]
    return [
        Tick(at, read_label(around[0] + format_number(at, form) + around[1]))
        for at in (round(first + step * number, _decimals(step)) for number in range(begin, end + 1))
    ]


def _count(axis: Axis) -> int:
    fits = max(int(abs(axis.length) / ROOM[axis.letter]), 1)
    return min(fits, int(axis.settings.get("nticks") or fits))


def find_step(span: float, count: int) -> float:
    """A round step (1, 2 or 5 times a power of ten) at which at most `count` fit in the span.

    >>> find_step(1, 5), find_step(37, 4)
    (0.2, 10.0)
    """
    least = span / count
    power = 10.0 ** math.floor(math.log10(least))
    return next(power * times for times in (1, 2, 5, 10) if power * times >= least * (1 - 1e-9))


def _decimals(step: float) -> int:
    return next((n for n in range(9) if abs(round(step, n) - step) < step * 1e-6), 9)


def format_number(value: float, form: str) -> str:
    """A number by one of d3's formats that the figures use: .1f, +.0f, .0%, d, ",.0f", or "" for as it is.

    >>> format_number(-0.25, "+.0%"), format_number(1200, ",d"), format_number(2.5, "")
    ('−25%', '1,200', '2.5')
    """
    read = NUMBER_FORMAT.fullmatch(form)
    if read is None:
        raise ValueError(f"a format of numbers that cannot be written: {form!r}")
    sign, comma, decimals, kind = read.groups()
    number = value * 100 if kind == "%" else value
    if form == "":
        text = f"{abs(number):.9g}"
    else:
        text = f"{abs(number):{comma}.{0 if kind == 'd' else int(decimals or 0)}f}"
    negative = number < 0 and any(digit in "123456789" for digit in text)
    return (MINUS if negative else sign) + text + ("%" if kind == "%" else "")


# --- days -----------------------------------------------------------------------------------------------


def _days(axis: Axis) -> list[Tick]:
    low, high = sorted(axis.range)
    form = str(axis.settings.get("tickformat") or "%Y-%m-%d")
    if not DAY_FORMAT.fullmatch(form):
        raise ValueError(f"a format of days that cannot be written: {form!r}")
    count = _count(axis)
    steps = [step for step in DAY_STEPS if "%d" in form and (high - low) / DAY / step <= count]
    ticks: Iterator[float] = _every_day(low, high, steps[0]) if steps else _every_month(low, high, count)
    return [Tick(at, ((EPOCH + timedelta(milliseconds=at)).strftime(form),)) for at in ticks]


def _every_day(low: float, high: float, step: int) -> Iterator[float]:
    """Days from the first midnight on; weeks begin on Mondays."""
    day = math.ceil(low / DAY)
    if step >= 7:
        day += (4 - day) % 7  # 1970-01-05 was a Monday
    while day * DAY <= high:
        yield day * DAY
        day += step


def _every_month(low: float, high: float, count: int) -> Iterator[float]:
    """First days of months, so many months apart that at most `count` fit."""
    begin, end = (EPOCH + timedelta(milliseconds=bound) for bound in (low, high))
    months = (end.year - begin.year) * 12 + end.month - begin.month
    step = next((step for step in MONTH_STEPS if months / step <= count), MONTH_STEPS[-1])
    first = (begin.year * 12 + begin.month - 1) // step * step
    for month in range(first, end.year * 12 + end.month, step):
        at = (EPOCH.replace(year=month // 12, month=month % 12 + 1) - EPOCH).total_seconds() * 1000
        if low <= at <= high:
            yield at
