"""Match files to profiles: choose the profile, separate header rows, assign records to tables.

For a file that no profile claims, `draft_profile` drafts one.
"""

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

from ..errors import FileError, refused, shorten, show_controls
from ..files import cells
from ..files.cells import find_near_zone, fold
from ..files.documents import Document, Flat, read_document
from ..files.records import Records, is_possibly_truncated, read_records
from ..programme.model import Source
from ..programme.tables import TABLES, Table
from .profiles import SHEET_TOOL, Format, Profile, ProfileColumn, nearest_profiles
from .unpack import OWN, UNPACK, UNUSED

OpenedFile = Records | Document
Missing = dict[str, list[str] | None]
"""Profile → claiming columns missing from a file ([]: it claims the file); None if the format differs."""
Numbered = tuple[int, Flat]
"""A flat record with its position in the document, from 1."""
OBJECTS = "objects"
JSON_ENDINGS = (".json", ".jsonl", ".ndjson")
CODE_AND_TEXT = re.compile(r"[A-Za-z]\w*(?:\[\w*\])?\. ")
LONGEST_MARK = 200
"""Length limit of the cell in which Qualtrics stores a column's id and zone."""
LOOKED_AT = 200
MOST_READ = 0.9
ANSWERED_AT = "answered_at"  # not required, but present in every survey
NAMELESS = re.compile(r"[^a-z0-9]+")
NO_OPTION = frozenset({"", "response", "open-ended response"})


@dataclass(frozen=True)
class Part:
    """Records of one table; `table` is OWN for the profile's.

    `linked`: not records of the file, but linked to records of its own table by `rows`.
    """

    table: str
    records: Records
    linked: bool = False


@dataclass(frozen=True)
class ArrangedFile:
    """A file arranged by its profile: records by table, the profile's own table first.

    `unused`: rows of records of an unsupported kind.  `wordings`: the question for each column of the own
    table.  `timezone`, `total` (of records): as stated in the file.
    """

    parts: tuple[Part, ...]
    unused: tuple[int, ...] = ()
    wordings: tuple[str, ...] = ()
    timezone: str | None = None
    total: int | None = None

    @property
    def own(self) -> Records:
        """Return the records of the profile's table."""
        return self.parts[0].records


def open_file(
    path: Path, *, name: str, source: Source, select: Callable[[Sequence[str]], Sequence[int]] | None = None
) -> OpenedFile:
    """Read the file's records, or its JSON value; raise `FileError` if it is neither.

    `select`: chooses the positions of a header whose cells are kept; the others are only checked.
    """
    if path.suffix.lower() in JSON_ENDINGS:
        return read_document(path, name=name, encoding=source.encoding)
    return read_records(
        path,
        name=name,
        encoding=source.encoding,
        sheet=source.sheet,
        header_row=source.header_row,
        select=select,
        may_be_empty=source.awaited,
    )


def list_wanted(
    header: Sequence[str], profiles: Iterable[Profile], source: Source, *, corrected: Iterable[str]
) -> list[int]:
    """List the positions of columns to read from a file with this header; all if it could be a survey."""
    folded = [*map(fold, header)]
    fitting = [
        profile
        for profile in profiles
        if source.profile in (None, profile.name)
        and profile.format != ("json",)
        and (source.profile is not None or profile.claims_files)
        and (not profile.code_and_text or _has_codes(header))
        and not profile.missing_claims(header)
    ]
    if len(fitting) != 1 or fitting[0].questions or fitting[0].header.rows > 1:
        return list(range(len(header)))
    (profile,) = fitting
    apart = TABLES[profile.table].apart
    if apart and not profile.unique:
        declared = [text for column in profile.columns if column.field == apart for text in column.headers]
        given = [source.columns[apart]] if source.columns.get(apart) else declared
        if {*map(fold, given)}.isdisjoint(folded):
            return list(range(len(header)))  # records with equal keys are compared by all cells
    headers = [column.headers for column in profile.columns]
    headers += [rule.headers for rule in profile.set_aside]
    texts = (*corrected, *source.columns.values(), *(text for synonyms in headers for text in synonyms))
    wanted = {fold(text) for text in texts}
    return [position for position, text in enumerate(folded) if text in wanted]


def choose_profile(
    opened: OpenedFile, source: Source, profiles: Mapping[str, Profile]
) -> tuple[Profile, tuple[str, ...]]:
    """Return the profile named by the source, or the one that claims the file; and all that claim it."""
    found = _find_missing(opened, profiles)
    claiming = tuple(sorted(name for name, p in profiles.items() if p.claims_files and found[name] == []))
    refuse = partial(_explain_no_profile, opened, profiles, found)
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


def _find_missing(opened: OpenedFile, profiles: Mapping[str, Profile]) -> Missing:
    """Find the claiming columns missing from a file, by profile; None if its format differs."""
    found: Missing = dict.fromkeys(profiles)
    if isinstance(opened, Records):
        for name, profile in profiles.items():
            coded = not profile.code_and_text or _has_codes(opened.header)
            if not coded or format_of(opened) not in profile.format:
                continue
            if rows := _count_header_rows(opened, profile):
                names = _header_row(opened, profile.header.names if rows > 1 else 1)
                found[name] = profile.missing_claims(names)
        return found
    fitting = {name: p.unpack or OBJECTS for name, p in profiles.items() if "json" in p.format}
    # each unpacking function runs over the complete document: run it once
    keys = {unpack: _list_keys(opened, unpack) for unpack in dict.fromkeys(fitting.values())}
    for name, unpack in fitting.items():
        present = keys[unpack]
        found[name] = None if present is None else profiles[name].missing_claims(present)
    return found


def _has_codes(header: Sequence[str]) -> bool:
    """Return True if at least half of the headers are `code. Text`."""
    named = [text for text in header if text.strip()]
    return bool(named) and 2 * sum(CODE_AND_TEXT.match(text) is not None for text in named) >= len(named)


def format_of(opened: OpenedFile) -> Format:
    """Return csv, xlsx or json."""
    if isinstance(opened, Document):
        return "json"
    return "xlsx" if opened.encoding == "xlsx" else "csv"


def _list_keys(document: Document, unpack: str, *, most: int | None = None) -> tuple[str, ...] | None:
    """List the keys of all objects of the profile's own table: a list can begin with another kind."""
    tree = UNPACK[unpack](document.value)
    keys: dict[bool, Flat] = {}
    for fields, _, table in () if tree is None else islice(tree.pieces, most):
        keys.setdefault(table == OWN, {}).update(fields)
    # a page can contain only records of another kind
    found = keys.get(True, keys.get(False))
    return None if found is None else tuple(found)


def _header_row(records: Records, number: int) -> tuple[str, ...]:
    if number == 1:
        return records.header
    cells = records.cells.iloc[number - 2].reindex(range(len(records.header)), fill_value="")
    return tuple(str(text) for text in cells)


def _count_header_rows(records: Records, profile: Profile) -> int | None:
    """Count the header rows; None if the mark of such exports is missing."""
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


def _explain_no_profile(
    opened: OpenedFile, profiles: Mapping[str, Profile], found: Missing, expected: str
) -> FileError:
    shown = opened.header if isinstance(opened, Records) else _list_keys(opened, OBJECTS, most=10_000) or ()
    header = shown[:10_000]  # JSON can have a million keys; a hint needs no more
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
    opened: OpenedFile, profiles: Mapping[str, Profile], header: tuple[str, ...], found: Missing
) -> list[tuple[str, list[str]]]:
    """List the nearest profiles with their missing columns: for JSON by format, otherwise by columns."""
    if isinstance(opened, Document):
        known = [(name, found[name] or []) for name, profile in profiles.items() if profile.unpack != OBJECTS]
        claims = {name: sum(column.claim for column in p.columns) for name, p in profiles.items()}
        partly = (pair for pair in known if 0 < len(pair[1]) < claims[pair[0]])
        lacking = sorted(partly, key=lambda pair: (len(pair[1]), pair[0]))
        if lacking:
            return lacking[:3]
    near = nearest_profiles(profiles.values(), header, format=format_of(opened))
    # JSON of another format can have the same keys
    return [pair for pair in near if pair[1]] if isinstance(opened, Document) else near


# --- arranging ------------------------------------------------------------------------------------------


def arrange(opened: OpenedFile, profile: Profile, columns: Sequence[ProfileColumn] = ()) -> ArrangedFile:
    """Arrange a file's records by table, below its header rows; `columns` define the keys of its records."""
    if isinstance(opened, Document):
        return _arrange_document(opened, profile, columns)
    rows = _count_header_rows(opened, profile) or 1
    own = opened if rows == 1 else _drop_header_rows(opened, profile, rows)
    wordings = _read_wordings(opened, profile, rows)
    zone = None
    for text in (text for text in _header_row(opened, rows) if "timeZone" in text):
        try:  # Qualtrics stores it with the id of a date column
            zone = zone or str(json.loads(text[:LONGEST_MARK])["timeZone"])
        except (ValueError, KeyError, TypeError):
            continue
    return ArrangedFile((Part(OWN, own),), wordings=wordings, timezone=zone)


def _drop_header_rows(records: Records, profile: Profile, rows: int) -> Records:
    """Drop the header's additional rows from the records."""
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


def _read_wordings(records: Records, profile: Profile, rows: int) -> tuple[str, ...]:
    """Return each column's question as worded, with a grid's row in brackets."""
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
    """Strip the code: `q0[q1]. [In a month]` → `In a month`; `s1. How many years? []` → `How many years?`."""
    code = CODE_AND_TEXT.match(text)
    worded = (text[code.end() :] if code else text).strip()
    if worded.startswith("[") and worded.endswith("]"):
        return worded[1:-1].strip()
    return worded.removesuffix("[]").strip()


def find_zone(file: ArrangedFile) -> str | None:
    """Return the zone stated in the file, or None; raise `FileError` if unknown: all hours depend on it."""
    if file.timezone is None or file.timezone in available_timezones():
        return file.timezone
    step = " ".join(filter(None, [find_near_zone(file.timezone), "declare the source's `timezone`"]))
    expected = "a time zone such as Asia/Tokyo"
    raise refused(file.own.file, "not_a_table", expected, step, value=shorten(file.timezone))


def _arrange_document(document: Document, profile: Profile, columns: Sequence[ProfileColumn]) -> ArrangedFile:
    tree = UNPACK[profile.unpack or "objects"](document.value)
    if tree is None:  # only for a draft: a chosen profile has already matched
        expected = "a list of objects, or one under a key"
        step = "export the records as a list of objects, or as CSV"
        raise refused(document.file, "not_a_table", expected, step)
    found: dict[tuple[str, bool], list[Numbered]] = {(OWN, False): []}
    number = 0
    for number, piece in enumerate(tree.pieces, start=1):
        found.setdefault((piece.table, False), []).append((number, piece.fields))
        for table, linked in piece.others.items():
            found.setdefault((table, True), []).extend((number, flat) for flat in linked)
    unused = [number for number, _ in found.pop((UNUSED, False), [])]
    foreign = _find_foreign_objects(found[OWN, False], profile, columns)
    found[OWN, False] = [(number, flat) for number, flat in found[OWN, False] if number not in foreign]
    warnings = dict(document.warnings)
    if (tree.total or 0) > number or tree.more or is_possibly_truncated(number):
        warnings["possible_truncation"] = number
    first = sorted(found.items(), key=lambda each: each[0][1])  # records of the file before linked ones
    parts = [Part(table, _build_records(document, flats), is_linked) for (table, is_linked), flats in first]
    parts[0] = replace(parts[0], records=replace(parts[0].records, warnings=warnings))
    unused += sorted(foreign)
    return ArrangedFile(tuple(parts), tuple(unused), wordings=parts[0].records.header, total=tree.total)


def _find_foreign_objects(
    flats: Sequence[Numbered], profile: Profile, columns: Iterable[ProfileColumn]
) -> set[int]:
    """Find objects without the key of such a record that also lack a column that identifies the export.

    An object that lacks only its key is a record that lost it, and is rejected.
    """
    table = TABLES[profile.table]
    needed = {column.name for column in table.columns if column.required and column.kind in ("id", "text")}
    names = dict.fromkeys(name for _, flat in flats for name in flat)
    keys, claims = list[list[str]](), list[list[str]]()
    for column in (column for column in columns if not column.table):
        wanted = {fold(text) for text in column.headers}
        matching = [name for name in names if fold(name) in wanted]
        if column.name in needed:
            keys.append(matching)
        elif column.claim:
            claims.append(matching)
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


def _build_records(document: Document, flats: Sequence[Numbered]) -> Records:
    """Convert flat records to a file's records: one column per key, in order of first occurrence."""
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


# --- drafting a profile for a file that no profile claims ---------------------------------------------------


@dataclass(frozen=True)
class Guess:
    """A column with its probable field; `sure`: a known profile uses this header for the field."""

    header: str
    kind: str
    field: str | None = None
    sure: bool = False
    example: str = ""


def draft_profile(
    opened: OpenedFile, profiles: Mapping[str, Profile], *, table_name: str | None = None
) -> str:
    """Draft a profile as TOML: fields recognised, fields guessed from cells, and open decisions."""
    form: Format = format_of(opened)
    unpack = "objects" if form == "json" else None
    blank = Profile(
        name="draft", tool="", export="", format=(form,), table="requests", unpack=unpack, columns=()
    )
    file = arrange(opened, blank)
    table = TABLES[table_name or _nearest_table(file.own.header, profiles)]
    guesses = guess_columns(file, table, profiles)
    name = NAMELESS.sub("_", opened.file.rpartition("/")[2].rpartition(".")[0].lower()).strip("_") or "export"
    others = ", ".join(other for other in TABLES if other != table.name)
    lines = [
        f"# Beginning of a profile for {opened.file}.  Save it as profiles/own_{name}.toml beside",
        "# programme.toml, check each guess, and try it:",
        f"#   rotation-analysis inspect FILE --profile own_{name}",
        f"# The records become {table.name}: {table.meaning}.  Others (--table): {others}",
        f'name = "own_{name}"',
        'tool = "name of the tool"',
        'export = "what it exports"',
        f'format = "{form}"',
        f'table = "{table.name}"',
        *([f'unpack = "{unpack}"'] if unpack else []),
        *(["questions = true"] if table.name == "responses" else []),
        *_list_columns(guesses, table),
    ]
    return "\n".join(lines) + "\n"


def _nearest_table(header: Sequence[str], profiles: Mapping[str, Profile]) -> str:
    """Find the table whose profiles know most of a header; requests if none knows two columns."""
    present = {fold(text) for text in header}
    tools = (profile for profile in profiles.values() if profile.tool != SHEET_TOOL)
    for name, _ in nearest_profiles(tools, header, format=None):
        known = [bool(present & {fold(text) for text in c.headers}) for c in profiles[name].columns]
        if sum(known) >= 2:
            return profiles[name].table
    return "requests"


def guess_columns(file: ArrangedFile, table: Table, profiles: Mapping[str, Profile]) -> list[Guess]:
    """Guess each named column's field: one with this header in other tools, or a required one that fits."""
    known: dict[str, str] = {}
    for profile in sorted(profiles.values(), key=lambda profile: profile.name):
        for column in profile.columns if profile.table == table.name else ():
            for text in () if column.table else column.headers:
                known.setdefault(fold(text), column.field)
    guesses: list[Guess] = []
    for position, header in enumerate(file.own.header):
        sample = file.own.cells[position].head(LOOKED_AT)
        if header.strip():
            field = known.get(fold(header))
            field = None if field in {guess.field for guess in guesses} else field
            example = next((shorten(cell, 40) for cell in sample if cell.strip()), "")
            guesses.append(Guess(header, _guess_kind(sample), field, field is not None, example))
    return _fill_needed(guesses, file, table)


def _guess_kind(text: pd.Series) -> str:
    """Return datetime, number or text, whichever nearly all filled cells can be read as."""
    filled = text[text.str.strip().ne("")]
    if filled.empty:
        return "text"
    for order in (None, "ymd", "dmy", "mdy"):
        if cells.read_datetimes(filled, order=order, timezone="UTC")[0].notna().mean() >= MOST_READ:
            return "datetime"
    numbers = cells.read_numbers(filled)[0].notna().mean() >= MOST_READ
    return "number" if numbers else "text"


def _fill_needed(guesses: list[Guess], file: ArrangedFile, table: Table) -> list[Guess]:
    """Guess required fields from cells: a key is filled and unique, a time can be read as one."""
    filled = list(guesses)
    for column in (column for column in table.columns if column.required or column.name == ANSWERED_AT):
        if any(guess.field == column.name for guess in filled):
            continue
        for n, guess in enumerate(filled):
            text = file.own.cells[file.own.header.index(guess.header)]
            unique = text.str.strip().ne("").all() and text.is_unique
            kind = "datetime" if column.kind == "date" else column.kind
            fits = unique and guess.kind != "datetime" if column.kind == "id" else guess.kind == kind
            if guess.field is None and fits:
                filled[n] = Guess(guess.header, guess.kind, column.name, False, guess.example)
                break
    return filled


def _quote(text: str) -> str:
    """Quote a text for TOML: like JSON, with the remaining control characters escaped."""
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(f"\\u{ord(c):04x}" if c != show_controls(c) else c for c in quoted)


def _list_columns(guesses: Sequence[Guess], table: Table) -> list[str]:
    """List the guessed columns, then columns without a field and fields without a column."""
    kinds = {column.name: column.kind for each in TABLES.values() for column in each.columns}
    placed = [guess for guess in guesses if guess.field is not None]
    lines = []
    if not placed:
        lines = ["columns = []  # nothing was recognised: replace this by a [[columns]] for each field"]
    for guess in placed:
        lines += [
            "",
            "[[columns]]" + ("" if guess.sure else "  # a guess: check it"),
            f'field = "{guess.field}"',
            f"headers = [{_quote(guess.header)}]",
            f'kind = "{kinds.get(str(guess.field), guess.kind)}"',
            *(["claim = true"] if guess.field in ("id", "created", "title", ANSWERED_AT) else []),
        ]
    if rest := [guess for guess in guesses if guess.field is None]:
        lines += ["", "# Columns without a field (leave them out, or give each a [[columns]]):"]
    lines += [f"#   {_quote(guess.header)}: {guess.kind}, such as {guess.example!r}" for guess in rest]
    found = {guess.field for guess in guesses}
    if open_fields := [column for column in table.columns if column.name not in found]:
        lines += ["", f"# Fields of {table.name} without a column:"]
    for column in open_fields:
        words = f" ({', '.join(column.labels)})" if column.labels else ""
        needed = ", needed" if column.required else ""
        lines.append(f"#   {column.name}: {column.kind}{needed}; {column.meaning}{words}")
    return lines
