"""Locate the fields of a table in a file and convert their texts to typed values.

A cell that cannot be read does not invalidate its record: it is reported with its reason and left empty.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

import pandas as pd

from ..errors import Problem, ProgrammeError
from ..files import cells
from ..files.records import Records
from ..programme.model import Source
from ..programme.tables import TABLES, Table
from .profile_matching import Part
from .profiles import Profile, ProfileColumn, find_unknown_fields, number_header

CELL_COLUMNS = ["file", "sheet", "row", "column", "reason", "value", "expected", "next"]
NO_CELLS = pd.DataFrame(columns=CELL_COLUMNS, dtype=object)
"""Table of unusable cells without rows."""
EXPECTED = {
    "bad_date": ("a date and time", "correct the cell, or declare `dates` of the source"),
    "ambiguous_date": (
        "dates that fit one order only",
        'declare `dates = "ymd"`, "dmy" or "mdy" at the source',
    ),
    "nonexistent_time": (
        "a time that exists in its zone",
        "declare the source's `timezone`; the clock skipped this time",
    ),
    "ambiguous_time": (
        "a time that occurs once in its zone",
        "declare the source's `timezone`; the clock showed this time twice",
    ),
    "bad_number": ("a number", "correct the cell"),
    "damaged_id": ("an id as the tool wrote it", "export it again, without opening it in a spreadsheet"),
    "out_of_scale": ("a level of the scale", "correct the cell"),
    "unmapped_label": ("a declared label", "add it to `labels` of the source"),
    "serialised_object": (
        "a name or an id; this is an object written as text",
        "export what the tool shows in place of the reference, each field in its own column",
    ),
    "error_value": cells.ERROR_ADVICE,
    "missing_date": ("a date and time, which every such record has", "fill the cell, or export it again"),
}
"""Reason of a cell → expectation and next step."""


FREE_TEXT = ("title", "query")
"""Texts that are neither a name nor an id: any content is valid."""


@dataclass(frozen=True)
class Place:
    """A profile column at its position in a file."""

    position: int
    column: ProfileColumn


@dataclass(frozen=True)
class Reader:
    """How to type the texts of one file: date order, and zone of times without one."""

    order: str | None
    timezone: str


def locate_columns(records: Records, columns: Iterable[ProfileColumn]) -> list[Place]:
    """Locate each column: by occurrence among equal headers, and the first among synonyms.

    A blank column does not hide a filled one: among synonyms, the first with content is used.
    """
    positions: dict[str, list[int]] = {}
    for position, text in enumerate(records.header):
        positions.setdefault(cells.fold(text), []).append(position)
    places = []
    for column in columns:
        nth = slice(column.occurrence - 1, column.occurrence)
        found = [at for text in column.headers for at in positions.get(cells.fold(text), [])[nth]]
        if len(found) > 1:
            filled = (at for at in found if records.cells[at].str.strip().ne("").any())
            places.append(Place(next(filled, found[0]), column))
        elif found:
            places.append(Place(found[0], column))
    return places


def columns_for(profile: Profile, source: Source) -> list[ProfileColumn]:
    """Return the profile's columns with the company's own fields and labels, as declared by the source.

    Raises `ProgrammeError` for unknown fields and labels, and for words that mean two labels.
    """
    unknown = find_unknown_fields(profile, source.name, columns=source.columns, labels=source.labels)
    if unknown:
        raise ProgrammeError(unknown)
    columns = [column for column in profile.columns if column.field not in source.columns]
    typed = {column.field: column.unit for column in profile.columns if column.kind == "amount"}
    for name, text in source.columns.items():
        kind = "amount" if name in typed else TABLES[profile.table].column(name).kind
        own = ProfileColumn(field=name, headers=(text,), kind=kind, unit=typed.get(name))  # type: ignore[arg-type]
        columns.append(own)
    columns = [_with_labels(column, source) for column in columns]
    problems = [problem for column in columns for problem in _find_ambiguous_words(column, source)]
    fields = {column.field for column in columns}
    problems += [  # keys without a column: every record would be rejected
        Problem(
            reason="profile",
            file=profile.name,
            column="columns",
            expected=f"a column for {key.name}: {key.meaning}",
            next_step=f'add [[columns]] with field = "{key.name}" to the profile',
        )
        for key in TABLES[profile.table].columns
        if key.required and key.kind in ("id", "text") and key.name not in fields
    ]
    if problems:
        raise ProgrammeError(problems)
    return columns


def _with_labels(column: ProfileColumn, source: Source) -> ProfileColumn:
    given = source.labels.get(column.field)
    if not given:
        return column
    if column.kind == "flag":
        yes, no = given.get("yes", ()), given.get("no", ())
        return column.model_copy(update={"yes": (*column.yes, *yes), "no": (*column.no, *no)})
    labels = {label: (*column.labels.get(label, ()), *words) for label, words in given.items()}
    return column.model_copy(update={"labels": {**column.labels, **labels}})


def _find_ambiguous_words(column: ProfileColumn, source: Source) -> Iterable[Problem]:
    """Yield a problem for each word with two labels: the owner's mistake, reported before reading cells."""
    meaning: dict[str, str] = {}
    for label, words in {**column.labels, "yes": column.yes, "no": column.no}.items():
        for word in words:
            other = meaning.setdefault(cells.fold(word), label)
            if other != label:
                yield Problem(
                    reason="programme",
                    file="programme.toml",
                    column=f'sources["{source.name}"].labels.{column.field}',
                    value=word,
                    expected="a word for one label",
                    next_step=f"keep it under one of {other}, {label}",
                )


class Fields(NamedTuple):
    """A part of a file as read: column positions, typed values, unusable cells, rows by warning.

    `frame`: one row per record, with its position.  `local`: number of times without an offset.
    """

    part: Part
    places: list[Place]
    frame: pd.DataFrame
    cells: pd.DataFrame
    warned: Mapping[str, tuple[int, ...]] = MappingProxyType({})
    local: int = 0

    def text(self, place: Place) -> pd.Series:
        """Return the cells of a column, indexed like `frame`."""
        return self.part.records.cells[place.position].reset_index(drop=True)


def read_fields(part: Part, columns: Iterable[ProfileColumn], reader: Reader) -> Fields:
    """Type the texts of a part, and add the values declared by its columns, by field name.

    If a field has several columns, the last one that is not blank counts; if all are blank, a declared value.
    """
    records, wanted = part.records, [column for column in columns if column.table == part.table]
    places = locate_columns(records, wanted)
    stated = {column.name: column.value for column in wanted if column.value is not None}
    frame = pd.DataFrame({"file": records.file, "sheet": records.sheet, "row": records.rows, **stated})
    fields = Fields(part, places, frame, NO_CELLS)
    bad = []
    ranged = mixed = pd.Series(False, frame.index)
    times = 0
    for place in places:
        column = place.column
        text = fields.text(place)
        if column.nothing:
            text = text.mask(cells.fold_all(text).isin([cells.fold(word) for word in column.nothing]), "")
        broken = cells.find_errors(text) & (column.kind != "id")  # a damaged id is reported as such
        read = text.mask(broken, "") if broken.any() else text
        if column.kind == "amount":
            values, reasons, ranges = cells.read_amounts(read, unit=column.unit)
            ranged = ranged | ranges
        elif column.kind == "datetime":
            values, reasons, local = cells.read_instants(read, order=reader.order, timezone=reader.timezone)
            times += int(local.sum())
            exact = values.notna() & ~local
            if exact.any() and local.any():  # report the minority: these are the rows to check
                mixed = mixed | (local if local.sum() <= exact.sum() else exact)
        else:
            objects = find_objects(read, column)
            held = objects.any()
            values, reasons = _read_column(read.mask(objects, "") if held else read, column, reader)
            reasons = reasons.mask(objects, "serialised_object") if held else reasons
        reasons = reasons.mask(broken, "error_value") if broken.any() else reasons
        if column.name in frame:
            values = values.where(values.notna(), frame[column.name])
        frame[column.name] = values.to_numpy() if values.dtype == object else values.array
        bad.append(list_bad_cells(frame, reasons, text, records.header[place.position]))
    warned = {"midpoint_of_range": ranged, "mixed_offsets": mixed}
    rows = {code: tuple(frame.loc[mask, "row"].tolist()) for code, mask in warned.items() if mask.any()}
    return fields._replace(cells=join_cells(bad), warned=rows, local=times)


def split_names(part: Part, columns: Iterable[ProfileColumn]) -> Iterator[Fields]:
    """Yield, by table, one row per name for cells with several; ids and names are split in parallel."""
    records = part.records
    tables: dict[str, list[ProfileColumn]] = {}
    for column in (column for column in columns if column.table):
        tables.setdefault(column.table, []).append(column)
    for table, wanted in tables.items():
        places = [place for place in locate_columns(records, wanted) if place.column.separator]
        rows = pd.DataFrame({"file": records.file, "sheet": records.sheet, "row": records.rows})
        fields = Fields(Part(table, records, linked=True), places, rows, NO_CELLS)
        bad = []
        for place in places:
            name, text = place.column.name, fields.text(place)
            objects = find_objects(text, place.column)
            reasons = objects.map({True: "serialised_object", False: ""})
            bad.append(list_bad_cells(rows, reasons, text, records.header[place.position]))
            text = text.mask(objects, "")
            split = text.str.split(f"[{re.escape(place.column.separator)}]", regex=True)
            rows[name] = split.where(text.str.strip().ne(""), rows[name]) if name in rows else split
        names = list(dict.fromkeys(place.column.name for place in places))
        if names and len(rows):
            rows = _explode_in_step(rows, names)
            stated = {c.name: c.value for c in wanted if c.value is not None and c.name not in names}
            yield fields._replace(frame=rows.assign(**stated), cells=join_cells(bad))


def _explode_in_step(rows: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """Explode the lists in the columns `names` in parallel; drop entries that are blank in all of them."""
    first = rows[names[0]].str.len()
    for name in names[1:]:
        # ids that differ in number from the names cannot be assigned
        rows[name] = rows[name].where(rows[name].str.len().eq(first), first.map(lambda n: [""] * n))
    rows = rows.explode(names, ignore_index=True)
    rows[names] = rows[names].apply(lambda column: column.str.strip())
    rows = rows[rows[names].ne("").any(axis=1)]
    return rows.assign(**{name: rows[name].where(rows[name].ne(""), None) for name in names})


def find_missing_dates(fields: Fields, table: Table, used: Collection[int]) -> pd.DataFrame:
    """Find empty cells of required times in the rows that are `used`.

    A missing column is reported once, at the header.
    """
    records, frame = fields.part.records, fields.frame
    at = {place.column.name: place for place in fields.places}
    bad = []
    for column in (each for each in table.columns if each.required and each.kind in ("datetime", "date")):
        place = at.get(column.name)
        if place is None and len(records.rows):
            header = frame.head(1).assign(row=1)
            reasons = pd.Series("missing_date", header.index)
            bad.append(list_bad_cells(header, reasons, pd.Series(None, header.index), column.name))
        elif place is not None:
            header = records.header[place.position]
            known = fields.cells.loc[fields.cells["column"].eq(header), "row"]
            none = frame[column.name].isna() & frame["row"].isin(used) & ~frame["row"].isin(known)
            reasons = none.map({True: "missing_date", False: ""})
            bad.append(list_bad_cells(frame, reasons, fields.text(place), header))
    return join_cells(bad)


def name_columns(own: Fields, profile: Profile) -> dict[str, str | None]:
    """Map headers to their field, `set_aside` (used by a profile rule), `metadata` (of the tool) or None.

    Repeats of a matched header are numbered.
    """
    header, fields = own.part.records.header, {at.position: at.column.field for at in own.places}
    understood = {header[position] for position in fields}
    ruled = {cells.fold(text) for rule in profile.set_aside for text in rule.headers}
    seen, named = Counter[str](), dict[str, str | None]()
    for position, text in enumerate(header):
        seen[text] += 1
        name = number_header(text, seen[text]) if text in understood else text
        other = (
            "set_aside" if cells.fold(name) in ruled else "metadata" if profile.is_metadata(name) else None
        )
        named[name] = fields.get(position) or other
    return named


def find_objects(text: pd.Series, column: ProfileColumn) -> pd.Series:
    """Mark cells of a name or id column that contain an object: no part of it is a person's name."""
    if column.kind in ("text", "id", "names") and column.name not in FREE_TEXT:
        return cells.find_object_cells(text)
    return pd.Series(False, text.index)


def _read_column(text: pd.Series, column: ProfileColumn, reader: Reader) -> tuple[pd.Series, pd.Series]:
    match column.kind:
        case "date":
            return cells.read_dates(text, order=reader.order, timezone=reader.timezone)
        case "number":
            return cells.read_numbers(text)
        case "flag":
            return cells.read_flags(text, yes=column.yes, no=column.no)
        case "label":
            return cells.read_labels(text, column.labels)
        case "id":
            return cells.read_ids(text)
        case _:
            values = text.where(text.str.strip().ne(""), None)
            return values, pd.Series("", index=text.index)


def join_cells(bad: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Concatenate tables of unusable cells."""
    some = [each for each in bad if len(each)]
    return pd.concat([NO_CELLS, *some], ignore_index=True) if some else NO_CELLS


def list_bad_cells(
    places: pd.DataFrame,
    reasons: pd.Series,
    text: pd.Series,
    header: str,
    words: Mapping[str, tuple[str, str]] = EXPECTED,
) -> pd.DataFrame:
    """List a column's cells with a reason (not ""); `places`: file, sheet and row of each record."""
    bad = reasons.ne("")
    if not bad.any():  # the usual case
        return NO_CELLS
    advice = reasons[bad].map(words)
    return places.loc[bad, ["file", "sheet", "row"]].assign(
        column=header,
        reason=reasons[bad],
        value=text[bad],
        expected=advice.str[0],
        next=advice.str[1],
    )
