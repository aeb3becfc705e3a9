"""Published rows in the language of a page, as sentences, pictures and tables use them.

A section gives its rows names; a sentence of `texts/` names a row and one of its attributes: `{claim.value}`,
`{claim.range}`, `{teams.count}`, `{claim.note[FLIPS][0]}`.  Everything here is plain text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ..disclosure.publications import DECIMALS
from ..texts import Texts

if TYPE_CHECKING:
    from .kit import Page

RATIOS = ("waiting_ratio", "rate_ratio")  # a ratio less 1, printed as per cent
SIGNED = ("levels", "share_points", "strain", "log_ratio", *RATIOS)
COLUMNS = ("measure", "cohort", "person", "team", "skill", "kind", "label", "phase", "wave")
PROGRAMME, COHORT, COHORTS, PEOPLE, TEAMS = "programme", "cohort", "cohorts", "people", "teams"
SCOPES: Mapping[str, Callable[[Any, str | None], bool]] = {
    PROGRAMME: lambda row, cohort: row.cohort is None and row.person is None and row.team is None,
    COHORT: lambda row, cohort: row.cohort == cohort and row.person is None and row.team is None,
    COHORTS: lambda row, cohort: row.cohort is not None and row.person is None and row.team is None,
    PEOPLE: lambda row, cohort: row.person is not None and cohort in (None, row.cohort),
    TEAMS: lambda row, cohort: row.team is not None and row.person is None and cohort in (None, row.cohort),
}
"""Scopes: the whole programme, the page's cohort, each cohort, the page's people, its teams."""
MOST_LISTED = 4
NO_ANSWER_BY_RULE = ("FEW_PEOPLE", "SUBTRACTION", "FEW_NEW")
"""Notes of rows that the gate hides because they rest on few people: one footnote explains all."""


class NoValue(Exception):
    """A sentence names a missing value, so the sentence is omitted."""


# --- numbers ----------------------------------------------------------------------------------------------


def format_value(texts: Texts, unit: str, value: float | None, *, with_unit: bool = True) -> str:
    """Format a measure's value, "–" without one; shares as per cent, share points times 100.

    >>> from rotation_analysis.texts import read_texts
    >>> format_value(read_texts("ja"), "share", 0.58), format_value(read_texts("ja"), "share_points", 0.13)
    ('58%', '+13ポイント')
    """
    if value is None:
        return "–"
    if unit == "share":
        text = texts.percent(value)
    elif unit in ("share_points", *RATIOS):
        text = texts.number(100 * value, 0, signed=True) + ("%" if unit in RATIOS else "")
    else:
        text = texts.number(value, DECIMALS[unit], signed=unit in SIGNED)
    key = f"unit.{unit}"
    if text.lstrip("+\u2212") == "1" and texts.has(f"{key}_one"):
        key = f"{key}_one"
    return texts.say(key, value=text) if with_unit and texts.has(key) else text


def format_range(texts: Texts, unit: str, low: float | None, high: float | None) -> str:
    """Format a range, without its unit except per cent; "–" without one, "… or more" if open above.

    >>> from rotation_analysis.texts import read_texts
    >>> format_range(read_texts("en"), "share_points", 0.06, 0.2)
    '+6 to +20'
    >>> format_range(read_texts("ja"), "share", 0.21, 0.51)
    '21〜51%'
    """
    if low is None:
        return "–"
    ends = [format_value(texts, unit, end, with_unit=False) for end in (low, high)]
    if high is None:
        return texts.say("range.open", low=ends[0])
    if ends[0] == ends[1]:
        return ends[0]
    return texts.say("range.closed", low=ends[0].removesuffix("%"), high=ends[1])


def format_count_span(texts: Texts, counts: Sequence[int]) -> str:
    """Format the smallest to the largest count, or the only one."""
    low, high = texts.number(min(counts)), texts.number(max(counts))
    return low if low == high else texts.say("range.closed", low=low, high=high)


# --- one row ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """A published row in the language of a page.

    `data` is the row as published, `sign` is -1 if a fall is desired, `label_by` names the columns that
    distinguish it from the other rows of its group.
    """

    data: Any
    page: Page
    sign: int = 1
    label_by: tuple[str, ...] = ()

    @property
    def known(self) -> bool:
        """Whether it has a value."""
        return self.data.value is not None

    @property
    def has_range(self) -> bool:
        """Whether it has an interval; a waiting time can have no upper end."""
        return self.data.low is not None

    def _need(self) -> Any:
        if not self.known:
            raise NoValue
        return self.data

    @property
    def value(self) -> str:
        """+13 points, 58%."""
        row = self._need()
        return format_value(self.page.texts, row.unit, row.value)

    @property
    def bare(self) -> str:
        """The value without its unit, except per cent."""
        row = self._need()
        return format_value(self.page.texts, row.unit, row.value, with_unit=False)

    @property
    def amount(self) -> str:
        """The size of a change, without its sign: 13 points."""
        row = self._need()
        return format_value(self.page.texts, row.unit, abs(row.value)).lstrip("+±")

    @property
    def range(self) -> str:
        """+6 to +20, the 95% interval."""
        if not self.has_range:
            raise NoValue
        return format_range(self.page.texts, self.data.unit, self.data.low, self.data.high)

    @property
    def cells(self) -> tuple[str, str, str, str]:
        """Value, range, n and missing as a table prints them."""
        row, texts = self.data, self.page.texts
        counts = ("–" if count is None else texts.number(count) for count in (row.n, row.missing))
        value = format_value(texts, row.unit, row.value)
        return (value, format_range(texts, row.unit, row.low, row.high), *counts)  # type: ignore[return-value]

    @property
    def n(self) -> str:
        """The sample size, as printed."""
        if self.data.n is None:
            raise NoValue
        return self.cells[2]

    @property
    def missing(self) -> str:
        """The number missing, as printed."""
        if self.data.missing is None:
            raise NoValue
        return self.cells[3]

    @property
    def smallest(self) -> str:
        """The smallest change that matters, as declared, in the row's unit."""
        return format_value(self.page.texts, self.data.unit, self.smallest_change).lstrip("+")

    @property
    def smallest_change(self) -> float:
        """The smallest change that matters, as declared."""
        declared = self.page.publication.facts["smallest_change"]
        for key in (self.data.measure, self.data.unit):
            if key in declared:
                return float(declared[key])
        raise NoValue

    # --- names

    @property
    def name(self) -> str:
        """The short name of the measure."""
        return self.page.name_measure(self.data.measure)

    @property
    def place(self) -> str:
        """Who the row is about: a person, a team, a cohort or the whole programme."""
        for column in ("person", "team", "cohort"):
            if getattr(self.data, column) is not None:
                return self.page.name_cell(column, getattr(self.data, column))
        return self.page.texts.say("place.programme")

    def __getattr__(self, column: str) -> str:
        """The text of a column: `person`, `team`, `cohort`, `skill`, `kind`, `phase`, `wave`."""
        if column not in COLUMNS:
            raise AttributeError(column)
        cell = getattr(self.data, column)
        if cell is None:
            raise NoValue
        return self.page.name_cell(column, cell)

    @property
    def label(self) -> str:
        """What distinguishes it from the other rows of its group."""
        cells = [(column, getattr(self.data, column)) for column in self.label_by]
        named = [self.page.name_cell(column, cell) for column, cell in cells if cell is not None]
        if named:
            return self.page.texts.say("list.of_one").join(named)
        return self.name if self.data.person is None and self.data.team is None else self.place

    @property
    def entry(self) -> str:
        """ "Keyaki +19 points": the row in a list."""
        return self.page.texts.say("list.entry", label=self.label, value=self.value)

    def __format__(self, spec: str) -> str:
        """Raise `NoValue`: a sentence must name an attribute of a row."""
        raise NoValue

    @property
    def week(self) -> int | None:
        """The week number in the label, None without one."""
        label = str(self.data.label or "")
        return int(label) if label.isdecimal() else None

    # --- verdict, notes, reasons

    @cached_property
    def note(self) -> dict[str, list[str]]:
        """Arguments of the notes: `{claim.note[FLIPS][1]}`."""
        return {name: arguments for name, *arguments in (code.split(":") for code in self.data.notes)}

    @property
    def finding(self) -> str:
        """The form of a sentence that fits: the verdict; without one, whether the range includes 0.

        One of `none`, `either_way`, `supported`, `leaning`, `no_large_change`, `not_enough_data`,
        `views_differ`, `zero`, `value`.
        """
        row = self.data
        if not self.known:
            return "none"
        holds_zero = self.has_range and row.low <= 0 and (row.high is None or row.high >= 0)
        if row.verdict in (None, "leaning") and holds_zero and row.unit in SIGNED:
            return "either_way"
        return row.verdict or ("zero" if row.value == 0 else "value")

    @property
    def agreement(self) -> str:
        """Whether it has the desired direction: `agrees`, `apart`, `no_sign` or `cannot_say`."""
        if self.finding in ("supported", "leaning"):
            return "agrees" if self.sign * self.data.value > 0 else "apart"
        return "no_sign" if self.finding in ("no_large_change", "either_way") else "cannot_say"

    @property
    def is_open(self) -> bool:
        """Whether it belongs in the closing list: no value, or not enough data to judge it."""
        return not self.known or self.data.verdict in ("not_enough_data", "not_measurable", "hidden")

    @property
    def is_withheld_person(self) -> bool:
        """Whether it is one person's hidden row: nobody is named for not consenting."""
        return self.data.verdict == "hidden" and self.data.person is not None

    @property
    def code(self) -> str:
        """The note with the reason for a missing value or judgement: `NO_OWN_INCIDENTS`, `FEW_PEOPLE:5`."""
        known = (note for note in self.data.notes if self.page.has_reason(note))
        return next(known, "WIDE" if self.known and self.has_range else "FEW")

    @property
    def reason(self) -> str:
        """Why it has no value or judgement, in half a sentence."""
        return self.page.explain(self.code)

    @property
    def remedy(self) -> str:
        """What would supply it, "" if nothing would."""
        return self.page.explain_remedy(self.code)


SHARED_COLUMNS: Mapping[str, str] = {
    "value": "value",
    "bare": "value",
    "range": "value",
    "n": "n",
    "missing": "missing",
}
"""Attribute of a group → the column in which its rows must agree."""


@dataclass(frozen=True)
class Group:
    """The rows of one selection; attributes are the first row's, numbers only if all rows agree.

    Counts are whole numbers; `most` and `least` are the rows with the largest and the smallest value.
    """

    rows: tuple[Row, ...]

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, place: int | str) -> Row:
        """Return a row by position, or the one with that kind, phase, wave, skill, team or person."""
        if isinstance(place, int):
            return self.rows[place]
        for row in self.rows:
            if place in (getattr(row.data, column) for column in COLUMNS):
                return row
        raise NoValue

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if not self.rows:
            raise NoValue
        rows = self.rows
        if field := SHARED_COLUMNS.get(name):
            rows = (field != "value" and tuple(self.known_rows)) or rows  # n of the rows that are shown
            if len({getattr(row.data, field) for row in rows}) > 1:
                raise NoValue
        return getattr(rows[0], name)

    def __format__(self, spec: str) -> str:
        """Raise `NoValue`: a sentence must name an attribute of a group."""
        raise NoValue

    @property
    def count(self) -> int:
        """How many rows there are."""
        return len(self.rows)

    @property
    def known_rows(self) -> list[Row]:
        """The rows that have a value."""
        return [row for row in self.rows if row.known]

    @property
    def compared(self) -> int:
        """How many rows have a value."""
        return len(self.known_rows)

    @property
    def most(self) -> Row:
        """The row with the largest value."""
        return max(self._need(), key=lambda row: row.data.value)

    @property
    def least(self) -> Row:
        """The row with the smallest value."""
        return min(self._need(), key=lambda row: row.data.value)

    def _need(self) -> list[Row]:
        if not (known := self.known_rows):
            raise NoValue
        return known

    @property
    def own(self) -> Row:
        """The row of the page's cohort."""
        return self._list_cohort(own=True)[0]

    @property
    def others(self) -> Group:
        """The rows of other cohorts that have a value."""
        return Group(tuple(self._list_cohort(own=False)))

    def _list_cohort(self, *, own: bool) -> list[Row]:
        rows = [row for row in self._need() if (row.data.cohort == row.page.publication.cohort) is own]
        if not rows:
            raise NoValue
        return rows

    @property
    def span(self) -> str:
        """ "57–59%": from the smallest value to the largest."""
        return format_range(self.page.texts, self.data.unit, self.least.data.value, self.most.data.value)

    @property
    def n_span(self) -> str:
        """ "54〜835": from the smallest n of the rows that have a value to the largest."""
        return format_count_span(self.page.texts, [row.data.n or 0 for row in self._need()])

    @property
    def list(self) -> str:
        """Labels and values of the rows that have a value."""
        return self.page.join([row.entry for row in self._need()])

    @property
    def agree(self) -> int:
        """How many rows have the desired direction."""
        return sum(row.agreement == "agrees" for row in self.rows)

    @property
    def agreeing(self) -> str:
        """The names of the rows with the desired direction."""
        return self.page.join([row.name for row in self.rows if row.agreement == "agrees"])


class Rows:
    """A selection of published rows: measures, a scope, and required values of columns.

    `of` is a scope of `SCOPES`; `falls` names the measures for which a fall is desired.  In `where`, a value
    must be equal, None means empty, a tuple selects and orders; other columns are not restricted.
    Rows are ordered by measure, then by the tuples, then as published.
    """

    def __init__(
        self, *measures: str, of: str = PROGRAMME, falls: tuple[str, ...] = (), **where: Any
    ) -> None:
        self.measures, self.of, self.falls, self.where = measures, of, falls, where
        if of not in SCOPES or any(column not in COLUMNS for column in where):
            raise ValueError(f"rows of {of} where {sorted(where)}: not a scope, or not columns")

    def read(self, page: Page) -> Group:
        """Return the selected rows of a page."""
        scope, cohort = SCOPES[self.of], page.publication.cohort
        found = [
            row
            for measure in self.measures
            for row in page.rows(measure)
            if scope(row, cohort)
            and all(
                getattr(row, column) in (wanted if isinstance(wanted, tuple) else (wanted,))
                for column, wanted in self.where.items()
            )
        ]
        for column, wanted in reversed(self.where.items()):
            if isinstance(wanted, tuple):
                found.sort(key=lambda row, c=column, w=wanted: w.index(getattr(row, c)))  # type: ignore[misc]
        if len(self.measures) > 1:
            found.sort(key=lambda row: self.measures.index(row.measure))
        return group_rows(page, found, falls=self.falls)


def group_rows(page: Page, found: list[Any], *, falls: tuple[str, ...] = ()) -> Group:
    """Group published rows; columns in which they differ label them."""
    label_by = _find_varying(found)
    return Group(tuple(Row(row, page, -1 if row.measure in falls else 1, label_by) for row in found))


def _find_varying(found: Sequence[Any]) -> tuple[str, ...]:
    varying = [c for c in COLUMNS if len({getattr(row, c) for row in found}) > 1]
    implied = ("cohort", "team") if "person" in varying else ()  # a person has one of each
    return tuple(c for c in varying if c not in implied)


def label_distinctly(rows: Iterable[Row]) -> list[Row]:
    """Return rows of several groups, each once; rows with the same label get more columns in it."""
    once: dict[tuple[Any, ...], Row] = {}
    alike: dict[tuple[str, str], list[Any]] = {}
    for row in rows:
        key = tuple(getattr(row.data, column) for column in COLUMNS)
        if once.setdefault(key, row) is row:
            alike.setdefault((row.data.measure, row.label), []).append(row.data)
    apart = {place: _find_varying(found) for place, found in alike.items() if len(found) > 1}
    return [
        replace(row, label_by=(*row.label_by, *apart.get((row.data.measure, row.label), ())))
        for row in once.values()
    ]
