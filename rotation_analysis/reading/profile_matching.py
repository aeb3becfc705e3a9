"""A file as its profile sees it: which profile, which rows are header, which table a record belongs to."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path
from zoneinfo import available_timezones

import numpy as np
import pandas as pd

from ..errors import FileError, refused, shorten
from ..files.cells import find_near_zone, fold
from ..files.documents import Document, Flat, read_document
from ..files.records import Records, is_possibly_truncated, read_records
from ..programme.model import Source
from ..programme.tables import TABLES
from .profiles import Format, Profile, ProfileColumn, nearest_profiles
from .unpack import OWN, UNPACK, UNUSED

Opened = Records | Document
Missing = dict[str, list[str] | None]
"""By profile the claiming columns that a file lacks ([] = it is claimed); None where the form is another."""
Numbered = tuple[int, Flat]
"""A flat record with its place in the document, from 1."""
OBJECTS = "objects"
JSON_ENDINGS = (".json", ".jsonl", ".ndjson")
CODE_AND_TEXT = re.compile(r"[A-Za-z]\w*(?:\[\w*\])?\. ")
LONGEST_MARK = 200
"""Characters of the cell in which Qualtrics tells a column's id and zone."""
NO_OPTION = frozenset({"", "response", "open-ended response"})


@dataclass(frozen=True)
class Part:
    """Records of one table; `table` is OWN for the profile's.

    `hanging`: they are no records of the file, but belong to those of its own table that `rows` name.
    """

    table: str
    records: Records
    hanging: bool = False


@dataclass(frozen=True)
class Arranged:
    """A file as a profile sees it: its records by table, the profile's own first.

    `unused`: rows of records of a kind that nobody reads.  `wordings`: for each column of the own table, the
    question as worded.  `timezone`, `total` (of records): as the file states them.
    """

    parts: tuple[Part, ...]
    unused: tuple[int, ...] = ()
    wordings: tuple[str, ...] = ()
    timezone: str | None = None
    total: int | None = None

    @property
    def own(self) -> Records:
        """The records of the profile's table."""
        return self.parts[0].records


def open_file(
    path: Path, *, name: str, source: Source, keep: Callable[[Sequence[str]], Sequence[int]] | None = None
) -> Opened:
    """The file's records, or its JSON value; `FileError` where it is neither.

    `keep`: the positions of a header whose cells are wanted; the others are judged and let go.
    """
    if path.suffix.lower() in JSON_ENDINGS:
        return read_document(path, name=name, encoding=source.encoding)
    return read_records(
        path,
        name=name,
        encoding=source.encoding,
        sheet=source.sheet,
        header_row=source.header_row,
        keep=keep,
        may_be_empty=source.awaited,
    )


def list_wanted(
    header: Sequence[str], profiles: Iterable[Profile], source: Source, *, corrected: Iterable[str]
) -> list[int]:
    """The positions whose cells a file with this header is read for; all of them where it may be a survey."""
    named = (profile for profile in profiles if source.profile in (None, profile.name))
    fitting = [profile for profile in named if _may_fit(header, profile, named=source.profile is not None)]
    if len(fitting) != 1 or fitting[0].questions or fitting[0].header.rows > 1:
        return list(range(len(header)))
    (profile,) = fitting
    apart = TABLES[profile.table].apart
    if apart and not profile.unique and not _names(header, profile, source, apart):
        return list(range(len(header)))  # all its cells tell a record from another of the same key
    headers = [column.headers for column in profile.columns]
    headers += [rule.headers for rule in profile.set_aside]
    texts = (*corrected, *source.columns.values(), *(text for synonyms in headers for text in synonyms))
    wanted = {fold(text) for text in texts}
    return [position for position, text in enumerate(header) if fold(text) in wanted]


def _names(header: Sequence[str], profile: Profile, source: Source, field: str) -> bool:
    """Whether a column of this header is the field, as the source or the profile declares it."""
    declared = (column.headers for column in profile.columns if column.field == field)
    own = source.columns.get(field)
    wanted = [own] if own else [text for headers in declared for text in headers]
    return not {*map(fold, wanted)}.isdisjoint(map(fold, header))


def choose_profile(
    opened: Opened, source: Source, profiles: Mapping[str, Profile]
) -> tuple[Profile, tuple[str, ...]]:
    """The profile the source names, or the one that claims the file; with all that claim it."""
    found = _find_missing(opened, profiles)
    claiming = tuple(sorted(name for name, p in profiles.items() if p.claims_files and found[name] == []))
    refuse = partial(_no_profile, opened, profiles, found)
    if source.profile is not None:
        if source.profile not in profiles:
            raise refuse(f"profile {source.profile!r} does not exist")
        missing = found[source.profile]
        if missing is None:
            raise refuse(f"a file in the form of profile {source.profile!r}")
        if missing:
            raise refuse(f"profile {source.profile!r} needs the columns {', '.join(missing)}")
        return profiles[source.profile], claiming
    if len(claiming) == 1:
        return profiles[claiming[0]], claiming
    if claiming:
        expected = "one profile that claims the file"
        step = f'name one at the source: profile = "{claiming[0]}"'
        raise refused(opened.file, "two_profiles", expected, step, value=", ".join(claiming))
    raise refuse("a file that a profile claims")


def _find_missing(opened: Opened, profiles: Mapping[str, Profile]) -> Missing:
    """What a file lacks by profile; None where it has another form."""
    if isinstance(opened, Records):
        return {name: _find_lacking(opened, profile) for name, profile in profiles.items()}
    fitting = {name: p.unpack or OBJECTS for name, p in profiles.items() if "json" in p.format}
    # each way to take it apart goes over all of it, and once is enough
    keys = {unpack: _all_keys(opened, unpack) for unpack in dict.fromkeys(fitting.values())}
    found: Missing = dict.fromkeys(profiles)
    for name, unpack in fitting.items():
        here = keys[unpack]
        found[name] = None if here is None else profiles[name].missing_claims(here)
    return found


def _find_lacking(opened: Records, profile: Profile) -> list[str] | None:
    if format_of(opened) not in profile.format:
        return None
    rows = _count_header_rows(opened, profile)
    if rows is None:
        return None
    if profile.code_and_text and not _has_codes(opened.header):
        return None
    return profile.missing_claims(_header_row(opened, profile.header.names if rows > 1 else 1))


def _may_fit(header: Sequence[str], profile: Profile, *, named: bool) -> bool:
    """Whether a CSV file or sheet with this first row may be such an export."""
    if profile.format == ("json",) or (profile.code_and_text and not _has_codes(header)):
        return False
    return (named or profile.claims_files) and not profile.missing_claims(header)


def _has_codes(header: Sequence[str]) -> bool:
    """Whether half of the columns are headed `code. Text`."""
    named = [text for text in header if text.strip()]
    return bool(named) and 2 * sum(CODE_AND_TEXT.match(text) is not None for text in named) >= len(named)


def format_of(opened: Opened) -> Format:
    """csv, xlsx or json."""
    if isinstance(opened, Document):
        return "json"
    return "xlsx" if opened.encoding == "xlsx" else "csv"


def _all_keys(document: Document, unpack: str, *, most: int | None = None) -> tuple[str, ...] | None:
    """The keys of the objects of the profile's own table: a list may begin with an object of another kind."""
    tree = UNPACK[unpack](document.value)
    keys: dict[bool, Flat] = {}
    for fields, _, table in () if tree is None else islice(tree.pieces, most):
        keys.setdefault(table == OWN, {}).update(fields)
    # a page may hold nothing but records of another kind
    found = keys.get(True, keys.get(False))
    return None if found is None else tuple(found)


def _header_row(records: Records, number: int) -> tuple[str, ...]:
    if number == 1:
        return records.header
    cells = records.cells.iloc[number - 2].reindex(range(len(records.header)), fill_value="")
    return tuple(str(text) for text in cells)


def _count_header_rows(records: Records, profile: Profile) -> int | None:
    """How many rows are header; None where the mark of such exports is missing."""
    header = profile.header
    if header.rows == 1:
        return 1
    if len(records.cells) >= header.rows - 1:
        last = _header_row(records, header.rows)
        empty = {fold(text) for text in header.empty}
        named = zip(_header_row(records, header.names), last, strict=True)
        marked = any(fold(text).startswith(fold(header.mark)) for text in last)
        bare = not empty or any(fold(name) in empty and not fold(text) for name, text in named)
        if marked and bare:
            return header.rows
    return 1 if header.optional else None


def _no_profile(opened: Opened, profiles: Mapping[str, Profile], found: Missing, expected: str) -> FileError:
    shown = opened.header if isinstance(opened, Records) else _all_keys(opened, OBJECTS, most=10_000) or ()
    header = shown[:10_000]  # of JSON there may be a million, and a hint needs no more
    near = [
        f"{name} (lacks {', '.join(missing)})"
        if missing
        else name
        if profiles[name].claims_files
        else f'{name} (none of its columns claims; name it at the source: profile = "{name}")'
        for name, missing in _list_near(opened, profiles, header, found)
    ]
    own = "write a profile for it: docs/how-to-profile.md, `rotation-analysis inspect --draft`"
    value = shorten(", ".join(header), 300) if header else None
    step = f"nearest: {'; '.join(near)}; else {own}" if near else own
    return refused(opened.file, "no_profile", expected, step, row=1, value=value)


def _list_near(
    opened: Opened, profiles: Mapping[str, Profile], header: tuple[str, ...], found: Missing
) -> list[tuple[str, list[str]]]:
    """The nearest profiles with what the file lacks: of JSON those whose form it has, else by columns."""
    if isinstance(opened, Document):
        known = [(name, found[name] or []) for name, profile in profiles.items() if profile.unpack != OBJECTS]
        claims = {name: sum(column.claim for column in p.columns) for name, p in profiles.items()}
        partly = (pair for pair in known if 0 < len(pair[1]) < claims[pair[0]])
        lacking = sorted(partly, key=lambda pair: (len(pair[1]), pair[0]))
        if lacking:
            return lacking[:3]
    near = nearest_profiles(profiles.values(), header, format=format_of(opened))
    # a tree of another form may name the same keys
    return [pair for pair in near if pair[1]] if isinstance(opened, Document) else near


# --- arranging ------------------------------------------------------------------------------------------


def arrange(opened: Opened, profile: Profile, columns: Sequence[ProfileColumn] = ()) -> Arranged:
    """The file's records by table, its header rows read; of `columns` are the keys of its own records."""
    if isinstance(opened, Document):
        return _arrange_document(opened, profile, columns)
    rows = _count_header_rows(opened, profile) or 1
    own = opened if rows == 1 else _below_header(opened, profile, rows)
    wordings = _words_of(opened, profile, rows)
    return Arranged((Part(OWN, own),), wordings=wordings, timezone=_zone_in(_header_row(opened, rows)))


def _below_header(records: Records, profile: Profile, rows: int) -> Records:
    """The records without the header's further rows."""
    extra = rows - 1
    if len(records.cells) + len(records.refused) <= extra:
        expected = f"records below {rows} header rows"
        raise refused(records.file, "empty_file", expected, "export it again")
    warnings = {code: n for code, n in records.warnings.items() if code != "possible_truncation"}
    total = len(records.rows) + len(records.refused) - extra
    if is_possibly_truncated(total):
        warnings["possible_truncation"] = total
    return replace(
        records,
        header=_header_row(records, profile.header.names),
        cells=records.cells.iloc[extra:].reset_index(drop=True),
        rows=records.rows[extra:],
        warnings=warnings,
    )


def _words_of(records: Records, profile: Profile, rows: int) -> tuple[str, ...]:
    """For each column the question as worded, a grid's row in brackets."""
    header = profile.header
    asked = _header_row(records, min(rows, header.questions or header.names))
    if profile.code_and_text:
        return tuple(_without_code(text) for text in asked)
    if header.options is None or rows == 1:
        return asked
    words, question = [], ""
    for text, option in zip(asked, _header_row(records, header.options), strict=True):
        question = text if text.strip() else question
        words.append(question if fold(option) in NO_OPTION else f"{question} [{option}]")
    return tuple(words)


def _without_code(text: str) -> str:
    """`likert0[q1]. [In a month]` → `In a month`; `soft1. How many years? []` → `How many years?`."""
    code = CODE_AND_TEXT.match(text)
    worded = (text[code.end() :] if code else text).strip()
    if worded.startswith("[") and worded.endswith("]"):
        return worded[1:-1].strip()
    return worded.removesuffix("[]").strip()


def _zone_in(header: Sequence[str]) -> str | None:
    """The zone that Qualtrics writes beside the id of a date column."""
    for text in header:
        if "timeZone" in text:
            try:
                return str(json.loads(text[:LONGEST_MARK])["timeZone"])
            except (ValueError, KeyError, TypeError):
                continue
    return None


def find_zone(file: Arranged) -> str | None:
    """The zone that the file tells; `FileError` where there is none of that name: all hours hang on it."""
    if file.timezone is None or file.timezone in available_timezones():
        return file.timezone
    step = " ".join(filter(None, [find_near_zone(file.timezone), "declare the source's `timezone`"]))
    expected = "a time zone such as Asia/Tokyo"
    raise refused(file.own.file, "not_a_table", expected, step, value=shorten(file.timezone))


def _arrange_document(document: Document, profile: Profile, columns: Sequence[ProfileColumn]) -> Arranged:
    tree = UNPACK[profile.unpack or "objects"](document.value)
    if tree is None:  # a profile that was chosen has seen it; a draft is for whatever there is
        expected = "a list of objects, or one under a key"
        step = "export the records as a list of objects, or as CSV"
        raise refused(document.file, "not_a_table", expected, step)
    found: dict[tuple[str, bool], list[Numbered]] = {(OWN, False): []}
    number = 0
    for number, piece in enumerate(tree.pieces, start=1):
        found.setdefault((piece.table, False), []).append((number, piece.fields))
        for table, hanging in piece.others.items():
            found.setdefault((table, True), []).extend((number, flat) for flat in hanging)
    unused = [number for number, _ in found.pop((UNUSED, False), [])]
    strange = _find_strangers(found[OWN, False], profile, columns)
    found[OWN, False] = [(number, flat) for number, flat in found[OWN, False] if number not in strange]
    warnings = dict(document.warnings)
    if (tree.total or 0) > number or tree.more or is_possibly_truncated(number):
        warnings["possible_truncation"] = number
    first = sorted(found.items(), key=lambda each: each[0][1])  # records of the file before those that hang
    parts = [Part(table, _as_records(document, flats), hangs) for (table, hangs), flats in first]
    parts[0] = replace(parts[0], records=replace(parts[0].records, warnings=warnings))
    unused += sorted(strange)
    return Arranged(tuple(parts), tuple(unused), wordings=parts[0].records.header, total=tree.total)


def _find_strangers(
    flats: Sequence[Numbered], profile: Profile, columns: Iterable[ProfileColumn]
) -> set[int]:
    """The objects that have no key of such a record, and lack another column that tells such an export.

    One that lacks its key alone is a record that lost it, and is refused.
    """
    table = TABLES[profile.table]
    needed = {column.name for column in table.columns if column.required and column.kind in ("id", "text")}
    names = dict.fromkeys(name for _, flat in flats for name in flat)
    keys, claims = list[list[str]](), list[list[str]]()
    for column in (column for column in columns if not column.table):
        wanted = {fold(text) for text in column.headers}
        here = [name for name in names if fold(name) in wanted]
        if column.name in needed:
            keys.append(here)
        elif column.claim:
            claims.append(here)
    keyless = [
        (number, flat)
        for number, flat in flats
        if keys and not any(flat.get(name, "").strip() for key in keys for name in key)
    ]
    return {
        number
        for number, flat in keyless
        if not all(any(name in flat for name in names) for names in claims or keys)
    }


def _as_records(document: Document, flats: Sequence[Numbered]) -> Records:
    """Flat records as a file's records: a column a key, in the order the keys first occur."""
    header = tuple(dict.fromkeys(key for _, flat in flats for key in flat))
    columns = {n: [flat.get(key, "") for _, flat in flats] for n, key in enumerate(header)}
    return Records(
        file=document.file,
        sha256=document.sha256,
        encoding=document.encoding,
        sheet=None,
        header=header,
        cells=pd.DataFrame(columns, index=range(len(flats)), dtype="str"),
        rows=np.array([number for number, _ in flats], dtype=np.int64),
    )
