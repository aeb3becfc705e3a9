"""Numbers as people type them into a form or a sheet: なし, 約2, 2時間, 2〜3.

A plain number is what `cells.read_numbers` reads; only what it cannot read is looked at here.
"""

from __future__ import annotations

import math
import re
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd

from . import cells

Unit = Literal["hours", "minutes"]

NOTHING = frozenset({"なし", "無し", "無", "特になし", "ゼロ", "none", "nothing", "zero"})
_HOURS = r"h|hrs?|hours?|時間"
_MINUTES = r"mins?|minutes?|分間?"
_FACTOR = {("hours", "h"): 1.0, ("hours", "min"): 1 / 60, ("minutes", "h"): 60.0, ("minutes", "min"): 1.0}
_NUMBER = r"(?:[0-9]{1,3}+(?:,[0-9]{3})++|[0-9]++)(?:\.[0-9]++)?+"
_BOUND = rf"({_NUMBER})\s?(?:({_HOURS})|({_MINUTES}))?"
_AMOUNT = re.compile(
    rf"(?:約|およそ|about\s)?\s?{_BOUND}(?:\s?(?:[-~‐‑–—ー]|から|to\s)\s?{_BOUND})?\s?(?:程度|くらい|ぐらい)?"
)


class Amounts(NamedTuple):
    """Of each cell its value (missing where empty or unusable), the reason, and whether it was a range."""

    values: pd.Series
    reasons: pd.Series
    ranges: pd.Series


def read_amounts(text: pd.Series, *, unit: Unit | None = None) -> Amounts:
    """Numbers (float64) with words for none as 0, "about", units of time, and ranges as their midpoint.

    `unit` is what is asked for; without one, a cell with a unit of time is `bad_number`, as is anything else.
    An empty cell is missing, never 0.

    >>> typed = pd.Series(["2.5", "なし", "約2", "2〜3時間", "30分", ""], dtype="str")
    >>> read_amounts(typed, unit="hours").values.tolist()
    [2.5, 0.0, 2.0, 2.5, 0.5, nan]
    >>> read_amounts(typed).reasons.tolist()
    ['', '', '', 'bad_number', 'bad_number', '']
    """
    values, reasons = cells.read_numbers(text)
    left = reasons.eq("bad_number").to_numpy()
    known = {cell: _read_amount(cells.fold(cell), unit) for cell in text[left].unique()}
    found = np.full(len(text), math.nan)
    ranges = np.zeros(len(text), dtype=bool)
    if known:
        found[left], ranges[left] = zip(*(known[cell] for cell in text[left]), strict=True)
    return Amounts(
        values.where(~left, found),
        reasons.mask(left & np.isfinite(found), ""),
        pd.Series(ranges, index=text.index),
    )


def _read_amount(folded: str, unit: Unit | None) -> tuple[float, bool]:
    """The amount (NaN where there is none) and whether it is the midpoint of a range."""
    if folded in NOTHING:
        return 0.0, False
    found = _AMOUNT.fullmatch(folded)
    if found is None:
        return math.nan, False
    low, low_hours, low_minutes, high, high_hours, high_minutes = found.groups()
    of_low = "h" if low_hours else "min" if low_minutes else ""
    of_high = "h" if high_hours else "min" if high_minutes else ""
    # a bound without a unit has the other one's: 2〜3時間
    first = _in_unit(low, of_low or of_high, unit)
    last = first if high is None else _in_unit(high, of_high or of_low, unit)
    if not (math.isfinite(first) and first <= last < math.inf):
        return math.nan, False
    return (first + last) / 2, first < last


def _in_unit(number: str, given: str, unit: Unit | None) -> float:
    value = float(number.replace(",", ""))
    return value * _FACTOR.get((unit or "", given), math.nan) if given else value
