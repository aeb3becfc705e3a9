"""Convert text to typed cells, with a reason for each cell that cannot be read.

Every reader takes one column of text (dtype str, "" if empty) and returns two columns with the same index:
values, missing if the cell is empty or unusable, and reasons, "" or one of the contract's cell reasons
(for ids: a record reason).  Text shown to readers is never changed.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from difflib import get_close_matches
from functools import lru_cache
from typing import Literal, NamedTuple, TypeVar
from zoneinfo import ZoneInfo, available_timezones

import numpy as np
import pandas as pd

from ..errors import UsageError, did_you_mean

Key = TypeVar("Key")
Read = tuple[pd.Series, pd.Series]

ORDERS = ("ymd", "dmy", "mdy")
FIRST_YEAR, LAST_YEAR = 1900, 2199
MONTHS = {
    1: "january jan janvier janv enero ene 1月",
    2: "february feb février févr fév febrero 2月",
    3: "march mar mars marzo 3月",
    4: "april apr avril avr abril abr 4月",
    5: "may mai mayo 5月",
    6: "june jun juin junio 6月",
    7: "july jul juillet juil julio 7月",
    8: "august aug août agosto ago 8月",
    9: "september sep sept septembre septiembre 9月",
    10: "october oct octobre octubre 10月",
    11: "november nov novembre noviembre 11月",
    12: "december dec décembre déc diciembre dic 12月",
}
_MONTH = {word: month for month, words in MONTHS.items() for word in words.split()}

_LONGEST_KEY = 10_000
_FOLDED = str.maketrans({"〜": "~", "−": "-", "∥": "‖", "―": "—"})
_OBJECT_BEGINS = re.compile(r"""\{\s*+(?:u?["']|\}\Z)""")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_NUMBER = re.compile(
    r"[+-]?(?:(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]*)?|\.[0-9]+)(?:e[+-]?[0-9]{1,4})?"
)
_INFINITE = re.compile(r"[+-]?(?:inf|infinity|∞)")
_LEVEL = re.compile(r"([+-]?[0-9]{1,9})([^0-9].*)", re.DOTALL)
_RANGE = re.compile(r"\s*+(?:[-~/:.,–—]|to\b|or\b|から|または)?\s*+[0-9]")
_ERROR = r"#(?:n/a|ref!|value!|name\?|num!|null!|div/0!|spill!|calc!|field!|blocked!|connect!|getting_data)"
ERROR = re.compile(_ERROR)
"""A spreadsheet error in place of a value, folded."""
NO_VALUE = "#formula without a value"
"""The text of a cell whose formula was never computed."""
ERROR_ADVICE = ("a value", "open the file in a spreadsheet program, correct the formula, and save it again")
"""Expected value and next step for both."""
_DAMAGED_ID = re.compile(rf"[+-]?[0-9](?:[.,][0-9]+)?e\+[0-9]{{1,3}}|{_ERROR}|{NO_VALUE}")

# Year-first dates need no order: pandas reads these forms, the expression below the others.
_QUICK = re.compile(r"[0-9]{4}[-/][0-9]{1,2}[-/][0-9]{1,2}[ T][0-9]{1,2}:[0-9]{2}")
_QUICK_FORMATS = (
    *("%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M"),
    *("%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M:%S.%f%z", "%Y-%m-%d %H:%M:%S%z"),
)
_NOTHING = re.compile(r"(?:0001[-/]0?1[-/]0?1(?![0-9]).*)?", re.DOTALL)
_JAPANESE = re.compile(r"([0-9]{4})年\s?([0-9]{1,2})月\s?([0-9]{1,2})日")
_MARK = r"am|pm|a\.\s?m\.|p\.\s?m\.|午前|午後"
_YEAR = r"[0-9]{4}|[0-9]{1,2}"
_CLOCK = rf"""(?P<before>{_MARK})?\s?
      (?P<hour>[0-9]{{1,2}}):(?P<minute>[0-9]{{2}})
      (?::(?P<second>[0-9]{{2}})(?:[.,](?P<fraction>[0-9]{{1,9}}))?)?
      \s?(?P<after>{_MARK})?
      \s?(?P<zone>z|utc|gmt|jst)?(?:(?P<sign>[+-])(?P<hours>[0-9]{{1,2}}):?(?P<minutes>[0-9]{{2}})?)?
      (?:\s\(.*\))?"""
_TIME = re.compile(rf"\A{_CLOCK}\Z", re.VERBOSE)
_MOMENT = re.compile(
    rf"""\A(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,?\s)?
    (?:
      (?P<a>{_YEAR})(?P<separator>[-/.])(?P<b>[0-9]{{1,2}})(?P=separator)(?P<c>{_YEAR})
    | (?P<day>{_YEAR})[-/.\s](?P<name>[^\W\d_]+|[0-9]{{1,2}}月)\.?[-/.,\s]\s?(?P<year>{_YEAR})
    | (?P<name_first>[^\W\d_]+)\.?\s(?P<day_second>[0-9]{{1,2}}),?\s(?P<year_last>[0-9]{{4}})
    )
    \s?(?:\([日月火水木金土]\))?
    (?:(?:t|,?\s|(?<=\s)|(?=午))
      {_CLOCK}
    )?\Z""",
    re.VERBOSE,
)


def fold(text: str) -> str:
    """Return the key by which texts match, ignoring width, case, invisible characters and extra spaces.

    >>> fold("  Ｃreated\\u200b  １〜２ ")
    'created 1~2'
    """
    # No key is that long, and normalisation can turn one character into eighteen.
    if text.isascii() or len(text) > _LONGEST_KEY:
        return " ".join(text.split()).casefold()
    plain = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)).translate(_FOLDED)
    return unicodedata.normalize("NFKC", " ".join(plain.split()).casefold())


def find_object_cells(text: pd.Series) -> pd.Series:
    """Mark cells that contain a serialised object or list of objects (JSON, Python dict).

    >>> find_object_cells(pd.Series(["{'link': 'x'}", '[{"id": 1}]', "{name}", "Hana"], dtype="str")).tolist()
    [True, True, False, False]
    """
    perhaps = text.str.contains("{", regex=False).fillna(False).astype(bool)
    if not perhaps.any():
        return perhaps
    return perhaps & text.where(perhaps, "").map(_is_object).astype(bool)


def _is_object(cell: str) -> bool:
    inner = cell.strip()
    if inner.startswith("[") and inner.endswith("]"):
        inner = inner[1:-1].strip()
    return inner.endswith("}") and _OBJECT_BEGINS.match(inner) is not None


def fold_all(text: pd.Series) -> pd.Series:
    """Fold every cell; missing cells become ""."""
    codes, unique = pd.factorize(text)
    folded = pd.Series([*(fold(cell) for cell in unique.tolist()), ""], dtype="str")
    return pd.Series(folded.array.take(codes), index=text.index, name=text.name)


def find_errors(text: pd.Series) -> pd.Series:
    """Mark cells that contain a spreadsheet error or a formula that was never computed."""
    begins = text.str.startswith("#")
    if not begins.any():
        return begins
    return begins & text.map(lambda cell: cell == NO_VALUE or ERROR.fullmatch(fold(cell)) is not None)


def _read_each(text: pd.Series, dtype: str, read: Callable[[str], tuple[object, str]]) -> Read:
    """Apply `read` (cell → value, reason) to each distinct cell; empty cells are missing without a reason."""
    codes, unique = pd.factorize(text)
    found = [read(cell) if fold(cell) else (None, "") for cell in unique.tolist()]
    # Code -1 is a missing cell and selects the last entry.
    found.append((None, ""))
    values = pd.Series([value for value, _ in found], dtype=dtype).array.take(codes)
    reasons = pd.Series([reason for _, reason in found], dtype="str").array.take(codes)
    return pd.Series(values, index=text.index), pd.Series(reasons, index=text.index)


def read_ids(text: pd.Series) -> Read:
    """Read ids as stripped text; `damaged_id` if a spreadsheet turned one into `1.2E+19` or `#N/A`."""

    codes, unique = pd.factorize(text)
    different = unique.tolist()
    values: list[str | None] = [cell.strip() or None for cell in different]
    # Code -1 is a missing cell and selects the last entry.
    values.append(None)
    damaged = np.zeros(len(values), dtype=bool)
    for at, cell in enumerate(different):
        # Nearly all ids are distinct and plain: few need the expression.
        if not cell.isascii() or "+" in cell or "#" in cell:
            folded = fold(cell)
            damaged[at] = _DAMAGED_ID.fullmatch(folded) is not None
            if damaged[at] or not folded:
                values[at] = None
    reasons = pd.Series(
        np.array(["", "damaged_id"], dtype=object)[damaged[codes].astype("int64")], dtype="str"
    )
    ids = pd.Series(values, dtype="str").array.take(codes)
    return pd.Series(ids, index=text.index), reasons.set_axis(text.index)


def read_numbers(text: pd.Series) -> Read:
    """Read finite numbers (float64), also full-width or with thousands separators; otherwise `bad_number`."""

    def read(cell: str) -> tuple[float | None, str]:
        number = _read_number(fold(cell))
        return (None, "bad_number") if number is None or math.isinf(number) else (number, "")

    return _read_each(text, "float64", read)


def _read_number(folded: str) -> float | None:
    return float(folded.replace(",", "")) if _NUMBER.fullmatch(folded) else None


# --- numbers as people type them into a form or a sheet: なし, 約2, 2時間, 2〜3 -----------------------------
# `read_numbers` reads plain numbers; only cells that it rejects are parsed here.

Unit = Literal["hours", "minutes"]

NOTHING = frozenset({"なし", "無し", "無", "特になし", "ゼロ", "none", "nothing", "zero"})
_HOURS = r"h|hrs?|hours?|時間"
_MINUTES = r"mins?|minutes?|分間?"
_FACTOR = {("hours", "h"): 1.0, ("hours", "min"): 1 / 60, ("minutes", "h"): 60.0, ("minutes", "min"): 1.0}
_PLAIN = r"(?:[0-9]{1,3}+(?:,[0-9]{3})++|[0-9]++)(?:\.[0-9]++)?+"
_BOUND = rf"({_PLAIN})\s?(?:({_HOURS})|({_MINUTES}))?"
_AMOUNT = re.compile(
    rf"(?:約|およそ|about\s)?\s?{_BOUND}(?:\s?(?:[-~‐‑–—ー]|から|to\s)\s?{_BOUND})?\s?(?:程度|くらい|ぐらい)?"
)


class Amounts(NamedTuple):
    """Value (missing if empty or unusable), reason, and whether the cell was a range, for each cell."""

    values: pd.Series
    reasons: pd.Series
    ranges: pd.Series


def read_amounts(text: pd.Series, *, unit: Unit | None = None) -> Amounts:
    """Read numbers (float64): words for none as 0, "about", units of time, and ranges as their midpoint.

    `unit` is the unit asked for; without one, a cell with a unit of time is `bad_number`, as is any other
    text.  An empty cell is missing, never 0.

    >>> typed = pd.Series(["2.5", "なし", "約2", "2〜3時間", "30分", ""], dtype="str")
    >>> read_amounts(typed, unit="hours").values.tolist()
    [2.5, 0.0, 2.0, 2.5, 0.5, nan]
    >>> read_amounts(typed).reasons.tolist()
    ['', '', '', 'bad_number', 'bad_number', '']
    """
    values, reasons = read_numbers(text)
    left = reasons.eq("bad_number").to_numpy()
    known = {cell: _read_amount(fold(cell), unit) for cell in text[left].unique()}
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
    """Return the amount (NaN if there is none) and whether it is the midpoint of a range."""
    if folded in NOTHING:
        return 0.0, False
    found = _AMOUNT.fullmatch(folded)
    if found is None:
        return math.nan, False
    low, low_hours, low_minutes, high, high_hours, high_minutes = found.groups()
    low_unit = "h" if low_hours else "min" if low_minutes else ""
    high_unit = "h" if high_hours else "min" if high_minutes else ""
    # a bound without a unit takes the other bound's unit: 2〜3時間
    first = _in_unit(low, low_unit or high_unit, unit)
    last = first if high is None else _in_unit(high, high_unit or low_unit, unit)
    if not (math.isfinite(first) and first <= last < math.inf):
        return math.nan, False
    return (first + last) / 2, first < last


def _in_unit(number: str, given: str, unit: Unit | None) -> float:
    value = float(number.replace(",", ""))
    return value * _FACTOR.get((unit or "", given), math.nan) if given else value


# --- words ----------------------------------------------------------------------------------------------


def read_flags(text: pd.Series, yes: Sequence[str], no: Sequence[str]) -> Read:
    """Read declared words for yes and no (boolean, nullable); otherwise `unmapped_label`."""
    return _read_declared(text, "boolean", {True: yes, False: no})


def read_labels(text: pd.Series, labels: Mapping[str, Sequence[str]]) -> Read:
    """Read labels as the key (str) under which they are declared; otherwise `unmapped_label`."""
    return _read_declared(text, "str", labels)


def _read_declared(text: pd.Series, dtype: str, labels: Mapping[Key, Sequence[str]]) -> Read:
    known = _index_labels(labels)

    def read(cell: str) -> tuple[Key | None, str]:
        value = known.get(fold(cell))
        return value, "unmapped_label" if value is None else ""

    return _read_each(text, dtype, read)


def read_levels(
    text: pd.Series, labels: Mapping[str, Sequence[str]] | Mapping[int, Sequence[str]], *, low: int, high: int
) -> Read:
    """Read answers on a scale of whole numbers (Int64, nullable): a declared label, `3`, or `3 label`.

    A label whose key is not a number ("not applicable") is missing here, without a reason; `read_labels`
    reads it.  4.5, 99 and inf are `out_of_scale`; a cell that is neither label nor number, or contains two
    numbers, is `unmapped_label`.
    """
    known = _index_labels({str(key): words for key, words in labels.items()})

    def read(cell: str) -> tuple[int | None, str]:
        folded = fold(cell)
        if folded in known:
            key = known[folded]
            return (int(key), "") if re.fullmatch(r"[+-]?[0-9]+", key) else (None, "")
        number = math.inf if _INFINITE.fullmatch(folded) else _read_number(folded)
        if number is None:
            found = _LEVEL.fullmatch(folded)
            if found is None or _RANGE.match(found[2]):
                return None, "unmapped_label"
            number = float(found[1])
        inside = low <= number <= high and number == int(number)
        return (int(number), "") if inside else (None, "out_of_scale")

    return _read_each(text, "Int64", read)


def _index_labels(labels: Mapping[Key, Sequence[str]]) -> dict[str, Key]:
    """Index folded labels to keys; raise ValueError if a label is declared for two keys."""
    known: dict[str, Key] = {}
    for key, words in labels.items():
        for word in words:
            if known.setdefault(fold(word), key) != key:
                raise ValueError(f"label {word!r} stands for {known[fold(word)]!r} and for {key!r}")
    return known


def read_datetimes(text: pd.Series, *, order: str | None, timezone: str) -> Read:
    """Read instants (datetime64[us, UTC]).

    `order`: ymd, dmy or mdy for ambiguous dates; None uses the one order that fits all cells.  If none fits,
    or several do with different results, every cell is `ambiguous_date`.
    Cells without an offset are local in `timezone`; there a repeated hour is `ambiguous_time` and a skipped
    one `nonexistent_time`.  `0001-01-01` is missing without a reason.  Otherwise `bad_date`.

    Raises `UsageError` for an unknown time zone, `ValueError` for an unknown order.
    """
    return read_instants(text, order=order, timezone=timezone)[:2]


def read_instants(
    text: pd.Series, *, order: str | None, timezone: str
) -> tuple[pd.Series, pd.Series, pd.Series]:
    """Like `read_datetimes`, and mark cells read as local: those with a time but no offset."""
    found = _read_moments(text, order)
    zone = _find_zone(timezone)
    local = found["moment"].mask(found["exact"])
    instants = local.dt.tz_localize(zone, ambiguous="NaT", nonexistent="NaT").dt.tz_convert("UTC")
    values = instants.fillna(found["moment"].where(found["exact"]).dt.tz_localize("UTC")).dt.as_unit("us")
    reasons, lost = found["reason"], local.notna() & instants.isna()
    if lost.any():
        shifted = local.where(lost).dt.tz_localize(zone, ambiguous="NaT", nonexistent="shift_forward")
        reasons = reasons.mask(lost, "ambiguous_time").mask(shifted.notna(), "nonexistent_time")
    return values.rename(None), reasons.rename(None), local.notna().rename(None)


def read_dates(text: pd.Series, *, order: str | None, timezone: str | None = None) -> Read:
    """Read dates (datetime64[us], midnight, without a zone); `order` as in `read_datetimes`.

    A local time is dropped.  The date of an instant with an offset depends on `timezone`: without one
    such a cell is `bad_date`, because its first ten characters could be the day before.
    """
    found = _read_moments(text, order)
    moment, reasons = found["moment"], found["reason"]
    if timezone is None:
        reasons = reasons.mask(found["exact"], "bad_date")
        moment = moment.mask(found["exact"])
    else:
        there = moment.dt.tz_localize("UTC").dt.tz_convert(_find_zone(timezone)).dt.tz_localize(None)
        moment = moment.where(~found["exact"], there)
    return moment.dt.normalize().dt.as_unit("us").rename(None), reasons.rename(None)


def find_near_zone(name: str) -> str | None:
    """Suggest a time zone for an unknown name: by city, otherwise by similar name.

    >>> find_near_zone("Tokyo"), find_near_zone("US/new york"), find_near_zone("Asia/Tokio")
    ('did you mean "Asia/Tokyo"?', 'did you mean "America/New_York"?', 'did you mean "Asia/Tokyo"?')
    """
    zones = sorted(available_timezones())
    cities = {fold(zone.rpartition("/")[2]): zone for zone in zones if "/" in zone}
    city = get_close_matches(fold(name.rpartition("/")[2]).replace(" ", "_"), [*cities], n=1, cutoff=0.8)
    return f'did you mean "{cities[city[0]]}"?' if city else did_you_mean(name, zones)


@lru_cache(maxsize=64)
def _find_zone(timezone: str) -> ZoneInfo:
    if timezone not in available_timezones():
        hint = find_near_zone(timezone) or "a name such as Asia/Tokyo is needed"
        raise UsageError(f"time zone {timezone!r} does not exist ({hint})")
    return ZoneInfo(timezone)


def _read_moments(text: pd.Series, order: str | None) -> pd.DataFrame:
    """Return moment (naive: UTC if `exact`, otherwise local), exact and reason, with the index of `text`."""
    if order is not None and order not in ORDERS:
        raise ValueError(f"order {order!r} is none of {', '.join(ORDERS)}")
    codes, unique = pd.factorize(text)
    cells = pd.Series([*unique, ""], dtype="str")
    found = _read_quickly(cells)
    left = found["moment"].isna() & cells.ne("")  # an empty cell is missing without a reason already
    if left.any():
        slow = _read_slowly(cells[left], order)
        for name in slow:
            found.loc[left, name] = slow[name]
        doubtful = found["reason"].eq("ambiguous_date")
        if doubtful.any():
            found["reason"] = found["reason"].mask(found["moment"].notna() | doubtful, "ambiguous_date")
            found = found.assign(moment=pd.Series(pd.NaT, found.index, dtype="datetime64[us]"), exact=False)
    return found.take(codes).set_axis(text.index)


def _read_quickly(cells: pd.Series) -> pd.DataFrame:
    """Read the commonest forms with pandas, which never sees a cell such as "now": it would accept that."""
    moment = pd.Series(pd.NaT, cells.index, dtype="datetime64[us]")
    exact = pd.Series(False, cells.index)
    candidates = cells[cells.str.match(_QUICK)]
    for form in _QUICK_FORMATS:
        if candidates.empty:
            break
        zoned = form.endswith("%z")
        read = pd.to_datetime(candidates, format=form, errors="coerce", utc=zoned).dt.as_unit("us")
        if zoned:
            read = read.dt.tz_localize(None)
        read = read[read.dt.year.between(FIRST_YEAR, LAST_YEAR)]
        moment[read.index] = read
        exact[read.index] = zoned
        candidates = candidates.drop(read.index)
    return pd.DataFrame({"moment": moment, "exact": exact, "reason": pd.Series("", cells.index, dtype="str")})


def _read_slowly(cells: pd.Series, order: str | None) -> pd.DataFrame:
    """Return moment, exact and reason of distinct cells, by expression.

    A cell is split at its first space if that gives a day and a time of day: a long column contains few
    distinct values of either, and each is read once.
    """
    at_day, heads = _find_different(cell.partition(" ")[0] for cell in cells.tolist())
    at_time, tails = _find_different(cell.partition(" ")[2] for cell in cells.tolist())
    days, times = [fold(head) for head in heads], [fold(tail) for tail in tails]
    parts, clocks = [_match_moment(day) for day in days], [_TIME.match(time) for time in times]
    bare = np.array([found is not None and found["hour"] is None for found in parts])[at_day]
    timed = np.array([found is not None for found in clocks])[at_time]
    alone = np.array([time == "" for time in times])[at_time]
    whole = ~(alone | (bare & timed))
    at_day[whole] = len(days) + np.arange(whole.sum())
    at_time = np.where(alone | whole, len(clocks) + at_day, at_time)
    rest = [fold(cell) for cell in cells[whole].tolist()]
    parts += [_match_moment(cell) for cell in rest]
    nothing = np.array([_NOTHING.fullmatch(day) is not None for day in (*days, *rest)])
    used = set(at_day.tolist())
    day, doubtful = _read_days(
        [found if at in used and not nothing[at] else None for at, found in enumerate(parts)], order
    )
    spans, exact = zip(*map(_read_time, (*clocks, *parts)), strict=True)
    moment = pd.Series(day[at_day] + np.array(spans, "timedelta64[us]")[at_time], cells.index)
    reason = moment.isna().map({True: "bad_date", False: ""}).mask(nothing[at_day], "")
    reason = reason.mask(doubtful[at_day], "ambiguous_date")
    return pd.DataFrame(
        {"moment": moment, "exact": np.array(exact)[at_time] & moment.notna(), "reason": reason}
    )


def _find_different(texts: Iterable[str]) -> tuple[np.ndarray, list[str]]:
    """Return the index of each text among the distinct texts, and the distinct texts."""
    known: dict[str, int] = {}
    return np.fromiter((known.setdefault(text, len(known)) for text in texts), dtype=np.int64), [*known]


def _match_moment(folded: str) -> re.Match[str] | None:
    """Match `_MOMENT`; None if the cell is not a moment."""
    return _MOMENT.match(_JAPANESE.sub(r"\1/\2/\3 ", folded).strip())


def _read_days(parts: Sequence[re.Match[str] | None], order: str | None) -> tuple[np.ndarray, np.ndarray]:
    """Return the day of each cell, and which cells have none because the order of numbers is ambiguous."""
    days = [found and _read_certain_day(found) for found in parts]
    unordered = {at: found for at, found in enumerate(parts) if found and found["a"] and len(found["a"]) < 4}
    readings = [
        {at: day for at, found in unordered.items() if (day := _order_day(found, each))}
        for each in ([order] if order else ORDERS)
    ]
    readable = {at for reading in readings for at in reading}
    fitting = [reading for reading in readings if reading.keys() == readable]
    settled = bool(fitting) and all(reading == fitting[0] for reading in fitting)
    for at in readable if settled else ():
        days[at] = fitting[0][at]
    doubtful = np.array([at in readable and not settled for at in range(len(parts))])
    return np.array([day or None for day in days], "datetime64[us]"), doubtful


def _read_certain_day(found: re.Match[str]) -> date | None:
    """Return the day of a cell that names its month or begins with a year; None if it needs an order.

    A leading year has four digits: 31/Nov/25 is an invalid day, not one in 2031.
    """
    if found["a"]:
        return _order_day(found, "ymd") if len(found["a"]) == 4 else None
    if found["name_first"]:
        return _join_day(found["year_last"], _MONTH.get(found["name_first"]), found["day_second"])
    month = _MONTH.get(found["name"])
    first = _join_day(found["year"], month, found["day"])
    return first or (_join_day(found["day"], month, found["year"]) if len(found["day"]) == 4 else None)


def _order_day(found: re.Match[str], order: str) -> date | None:
    at = dict(zip(order, (found["a"], found["b"], found["c"]), strict=True))
    return _join_day(at["y"], int(at["m"]) if len(at["m"]) <= 2 else None, at["d"])


def _join_day(year: str, month: int | None, day: str) -> date | None:
    """Return the date, None if invalid; years have four digits, or two for 20xx, and days at most two."""
    full = {2: 2000 + int(year), 4: int(year)}.get(len(year))
    if full is None or month is None or len(day) > 2 or not FIRST_YEAR <= full <= LAST_YEAR:
        return None
    try:
        return date(full, month, int(day))
    except ValueError:
        return None


def _read_time(found: re.Match[str] | None) -> tuple[int | None, bool]:
    """Return microseconds since midnight (None if invalid), and whether an offset makes it UTC."""
    if found is None:
        return None, False
    hour, minute, second, hours, minutes = (
        int(found[name] or 0) for name in ("hour", "minute", "second", "hours", "minutes")
    )
    mark = found["before"] or found["after"]
    if hour > (12 if mark else 23) or minute > 59 or second > 59 or hours > 14 or minutes > 59:
        return None, False
    if mark:
        hour = hour % 12 + (12 if mark.startswith(("p", "午後")) else 0)
    offset = (hours * 60 + minutes) * (-1 if found["sign"] == "-" else 1) + 540 * (found["zone"] == "jst")
    seconds = hour * 3600 + minute * 60 + second - offset * 60
    micro = int((found["fraction"] or "").ljust(6, "0")[:6])
    return seconds * 1_000_000 + micro, bool(found["zone"] or found["sign"])
