"""Parse the bytes of a table to records of text.

Every cell keeps its position.  A record that cannot be read is rejected alone; a file whose record
boundaries or characters are uncertain is rejected completely, with position and remedy.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from array import array
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..errors import FileError, refused, shorten
from .decoding import MOJIBAKE, Text, decode, read_bytes
from .workbooks import read_sheet

# --- locating a bad quote in a CSV file: runs only once a file is known to be broken ----------------------

_QUOTED = re.compile(r'"[^"]*+(?:""[^"]*+)*+("?)')


@dataclass(frozen=True)
class BadQuote:
    """The first broken record: its first line, the broken field's index (from 0), and the text from there.

    `opened` and `closed` are the lines on which the field begins and ends; `open` if it never ends, `bare`
    if it has no opening quote.
    """

    row: int
    field: int
    value: str
    opened: int
    closed: int
    open: bool
    bare: bool


def find_bad_quote(lines: Iterable[str], separator: str) -> BadQuote:
    """Find the record that a strict reader rejects, or whose quotes are unbalanced.

    A cell is too long if it exceeds csv's current limit.

    Raises `ValueError` if nothing is wrong.
    """
    row, written = _find_record(lines, separator)
    unquoted = re.compile(f"[^{separator}\r\n]*")
    end, field = -1, -1
    while end < len(written):
        begin, field = end + 1, field + 1
        quoted = _QUOTED.match(written, begin)
        end = (quoted or unquoted.match(written, begin)).end()  # type: ignore[union-attr]
        follows = written[end : end + 1]
        bare = quoted is None and '"' in written[begin:end]
        unclosed = quoted is not None and not quoted[1]
        too_long = end - begin > csv.field_size_limit()
        if bare or unclosed or too_long or follows not in ("", separator, "\r", "\n"):
            break
    opened, closed = row + _line_ends(written[:begin]), row + _line_ends(written[:end])
    return BadQuote(row, field, written[begin : begin + 1_000], opened, closed, unclosed, bare)


def find_bare_quote(body: bytes, separator: str) -> int | None:
    """Find the first quote inside a cell that is not quoted; None if there is none.

    For bytes in which every quoted cell ends at a separator or a line end.
    """
    mark = re.escape(separator.encode())
    sound = re.compile(rb'(?:[^"]*+(?<![^' + mark + rb'\r\n])"[^"]*+"(?:"[^"]*+")*+)*+').match(body)
    at = body.find(b'"', sound.end() if sound else 0)
    return None if at < 0 else at


def _find_record(lines: Iterable[str], separator: str) -> tuple[int, str]:
    """Return first line and text of the first record that is rejected, or has an odd number of quotes."""
    passed: list[str] = []

    def copy_lines() -> Iterator[str]:
        for line in lines:
            passed.append(line)
            yield line

    row = 1
    reader = csv.reader(copy_lines(), delimiter=separator, strict=True)
    try:
        for _ in reader:
            if sum(line.count('"') for line in passed) % 2:
                return row, "".join(passed)
            passed.clear()
            row = reader.line_num + 1
    except csv.Error:
        return row, "".join(passed)
    raise ValueError("every quote has its pair")


def _line_ends(written: str) -> int:
    return len(re.findall(r"\r\n|\r|\n", written))


MAX_BYTES = 2**29
MAX_LINES = 20_000_000
MAX_LINE_BYTES = 2**24
MAX_CELL = 1_000_000
MAX_COLUMNS = 16_384
MAX_CELLS = 50_000_000
ROUND_COUNTS = frozenset({500, 1_000, 10_000, 20_000})
"""Record counts at which known tools truncate an export silently."""

_EXPORT_LESS = "export a shorter period, or fewer columns"
_FIX_QUOTE = 'close the quote, double a quote that belongs to the text (""), or export it again'
_BLOCK = 256
"""Records processed at a time: few enough to stay in the CPU cache."""
_MOST_CACHED = 1_024
"""Distinct cells of a column that are interned, so that equal cells share one object."""

Select = Callable[[tuple[str, ...]], Collection[int]]
"""Header → positions of the columns to read."""


@dataclass(frozen=True)
class Records:
    """One file (or one sheet of a workbook) as text by position.

    `cells`: str, columns 0 … width-1 or the selected ones, "" never NaN, one row per good record.
    `rows`: int64, the line on which each record starts (1 = the file's first) or its row in the sheet.
    `refused`: row, reason (`field_count`, `bad_encoding`), value, expected.  `warnings`: code → number of
    records (`encoding_guessed`: 1, `possible_truncation`: all).  `warned`: code → rows of the affected
    records.  `refused`, `warnings` and `warned` cover all columns, selected or not.  `unread`: other sheets
    with content, if no sheet was named.
    """

    file: str
    sha256: str
    encoding: str
    sheet: str | None
    header: tuple[str, ...]
    cells: pd.DataFrame
    rows: np.ndarray
    refused: pd.DataFrame = field(default_factory=lambda: list_refused([]))
    warnings: dict[str, int] = field(default_factory=dict)
    warned: dict[str, tuple[int, ...]] = field(default_factory=dict)
    unread: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Layout:
    """Layout of a file: body, separator, lines before (`sep=`), and the header's position among the records.

    `quoted`: every header cell is quoted.
    """

    name: str
    body: bytes
    separator: str
    skipped: int
    header_row: int
    quoted: bool = False

    def lines(self) -> io.TextIOWrapper:
        # A StringIO would take four bytes per character.
        lines = io.TextIOWrapper(io.BytesIO(self.body), encoding="utf-8", newline="")
        for _ in range(self.skipped):
            lines.readline()
        return lines

    def refusal(self, reason: str, expected: str, next_step: str, **place: Any) -> FileError:
        return refused(self.name, reason, expected, next_step, **place)


@dataclass(frozen=True)
class _Found:
    """Result of the strict reader: first lines and selected cells (by position) of good records.

    `garbled`: first lines of good records with a cell once decoded with the wrong encoding.
    """

    header: tuple[str, ...]
    starts: array[int]
    cells: dict[int, list[str]]
    refused: list[tuple[int, str, str, str]]
    garbled: list[int]
    warned: dict[str, list[int]] = field(default_factory=dict)


def list_refused(found: Sequence[tuple[int, str, str, str]]) -> pd.DataFrame:
    """Build a table with one row per unreadable record: row, reason, value, expected."""
    frame = pd.DataFrame(found, columns=["row", "reason", "value", "expected"])
    return frame.astype({"row": "int64", "reason": "str", "value": "str", "expected": "str"})


def is_possibly_truncated(records: int) -> bool:
    """Return True if a tool's limit could have cut the export: 500, 1,000, 10,000 or 20,000 records.

    >>> is_possibly_truncated(1_000), is_possibly_truncated(1_001)
    (True, False)
    """
    return records in ROUND_COUNTS


def read_records(
    path: Path,
    *,
    name: str,
    encoding: str | None = None,
    sheet: str | None = None,
    header_row: int = 1,
    select: Select | None = None,
    may_be_empty: bool = False,
) -> Records:
    """Read the records of a CSV or XLSX file as text.

    `name` identifies the file in messages.  `encoding` is needed only if the bytes do not identify it.
    `sheet`: XLSX only; default: the first visible sheet with content.  `header_row`: the header's row in a
    sheet; in a CSV file its position among the records, without blank lines and a `sep=` line.  Rows above
    the header, blank lines and rows of blank cells are not records.  `select` is called once to choose the
    columns (default: all); the others take no memory, and an error it raises ends the reading.
    `may_be_empty`: a header alone is valid, as in a sheet that is still to be filled in.

    Raises `FileError`: not_a_file, too_large, empty_file, not_a_table, bad_encoding, bad_quote.
    """
    raw = read_bytes(path, name=name, limit=MAX_BYTES, next_step=_EXPORT_LESS)
    file = {"file": name, "sha256": hashlib.sha256(raw).hexdigest()}
    if path.suffix.lower() in (".xlsx", ".xlsm"):
        found = read_sheet(raw, name=name, sheet=sheet, header_row=header_row, may_be_empty=may_be_empty)
        parsed = _Found(
            header=found.header,
            starts=array("q", found.rows),
            cells={at: [record[at] for record in found.cells] for at in _choose(found.header, select)},
            refused=[],
            garbled=_find_garbled(found.rows, found.cells),
            warned=found.warned,
        )
        return _build_records(parsed, {}, **file, encoding="xlsx", sheet=found.sheet, unread=found.unread)
    # Before decoding, which can take four bytes per character.
    _check_bounds(_Layout(name, raw, ",", 0, header_row))
    text = decode(raw, name=name, encoding=encoding)
    del raw
    layout = _find_layout(text, name=name, header_row=header_row)
    parsed = _read_text(layout, select, garbled=text.garbled)
    if not may_be_empty and not parsed.starts and not parsed.refused:
        raise layout.refusal("empty_file", "records below the header", "export it again")
    warnings = {"encoding_guessed": 1} if text.guessed else {}
    return _build_records(parsed, warnings, **file, encoding=text.encoding, sheet=None)


def _choose(header: tuple[str, ...], select: Select | None) -> list[int]:
    return list(range(len(header))) if select is None else sorted(set(select(header)))


def _find_garbled(rows: Iterable[int], records: Iterable[Sequence[str]]) -> list[int]:
    # MOJIBAKE never matches a line end.
    return [row for row, record in zip(rows, records, strict=True) if MOJIBAKE.search("\n".join(record))]


def _build_records(found: _Found, warnings: dict[str, int], **about: Any) -> Records:
    """Build the records, with the warnings that depend on all of them; `about`: fields about the file."""
    cells = {at: pd.Series(column, dtype="str") for at, column in found.cells.items()}
    number = len(found.garbled) + any(MOJIBAKE.search(cell) for cell in found.header)
    total = len(found.starts) + len(found.refused)
    more = {"mojibake": number, "possible_truncation": total if is_possibly_truncated(total) else 0}
    more |= {code: len(rows) for code, rows in found.warned.items()}
    warned = {"mojibake": found.garbled, **found.warned}
    return Records(
        header=found.header,
        cells=pd.DataFrame(cells, index=range(len(found.starts)), columns=list(cells)),
        rows=np.array(found.starts, dtype=np.int64),
        refused=list_refused(found.refused),
        warnings={**warnings, **{code: n for code, n in more.items() if n}},
        warned={code: tuple(rows) for code, rows in warned.items() if rows},
        **about,
    )


def _find_layout(text: Text, *, name: str, header_row: int) -> _Layout:
    """Find the separator: a `sep=` line, otherwise a comma, otherwise the most frequent in the header."""
    layout = _Layout(name, text.body, ",", 0, header_row)
    first = layout.lines().readline().strip("\r\n")
    if named := re.fullmatch(r"""(?i)("?)sep=([,;|\t])\1""", first):
        layout = replace(layout, separator=named[2], skipped=1)
    written, quotes, seen = "", 0, 0
    for line in layout.lines():
        written, quotes = written + line, quotes + line.count('"')
        if quotes % 2 and len(written) <= MAX_CELL:
            continue
        seen += bool(written.strip("\r\n"))
        if seen == header_row:
            break
        written, quotes = "", 0
    marked = re.sub(r'"[^"]*+"?', '"', written)
    bare = marked.replace('"', "")
    present = [separator for separator in ",;\t" if separator in bare]
    if not layout.skipped and present and "," not in present:
        layout = replace(layout, separator=max(present, key=bare.count))
    return replace(layout, quoted=all('"' in cell for cell in marked.split(layout.separator)))


def _check_bounds(layout: _Layout) -> None:
    """Reject files that would take minutes or gigabytes, before reading any record."""
    body = layout.body
    if max(body.count(b"\n"), body.count(b"\r")) > MAX_LINES:
        raise layout.refusal("too_large", f"at most {MAX_LINES:,} lines", _EXPORT_LESS)
    position = 0
    while len(body) - position > MAX_LINE_BYTES:
        window = (position, position + MAX_LINE_BYTES)
        end = max(body.rfind(b"\n", *window), body.rfind(b"\r", *window))
        if end < 0:
            row = body.count(b"\n", 0, position) + 1
            expected = f"lines of at most {MAX_LINE_BYTES:,} bytes"
            raise layout.refusal("too_large", expected, "export it again as CSV", row=row)
        position = end + 1


def _read_text(layout: _Layout, select: Select | None, *, garbled: bool) -> _Found:
    """Read all records in one strict pass: width, first line and selected cells."""
    header: tuple[str, ...] = ()
    before = csv.field_size_limit(MAX_CELL)
    try:
        reader = csv.reader(layout.lines(), delimiter=layout.separator, strict=True)
        written = islice(filter(None, reader), layout.header_row - 1, None)
        header = tuple(next(written, ()))
        _check_header(layout, header)
        found = _Found(header, array("q"), {at: [] for at in _choose(header, select)}, [], [])
        _read_good_records(layout, reader, found, garbled=garbled)
        # A lost quote can leave records that look complete: a line end inside a cell then splits one in two.
        if layout.body.count(b'"') % 2:
            raise _build_record_error(layout, header, None)
        _check_bare_quotes(layout, header)
    except csv.Error as error:
        raise _build_record_error(layout, header, error) from None
    finally:
        csv.field_size_limit(before)
    return found


def _check_bare_quotes(layout: _Layout, header: tuple[str, ...]) -> None:
    """Reject quotes inside an unquoted cell unless they can be part of its text.

    They can if the file quotes only cells that need it, and the quotes of each record are balanced.
    """
    at = find_bare_quote(layout.body, layout.separator)
    if at is None:
        return
    if layout.quoted:
        begin = max(layout.body.rfind(mark, 0, at) for mark in (b"\n", b"\r", layout.separator.encode())) + 1
        before = layout.body[:begin].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        value = layout.body[begin : begin + 1_000].decode(errors="ignore")
        expected = "quotes around this cell, as around those of the header"
        place = {"row": before.count(b"\n") + 1, "value": shorten(value)}
        raise layout.refusal("bad_quote", expected, _FIX_QUOTE, **place)
    try:
        refusal = _build_record_error(layout, header, None)
    except ValueError:
        return
    raise refusal


def _read_good_records(layout: _Layout, reader: Any, found: _Found, *, garbled: bool) -> None:
    """Add the good records to `found`, block by block."""
    most = MAX_CELLS // len(found.header)
    known: dict[int, dict[str, str]] = {at: {} for at in found.cells}
    for starts, records in _read_blocks(layout, reader, found):
        if len(found.starts) + len(starts) > most:
            raise layout.refusal("too_large", f"at most {MAX_CELLS:,} cells", _EXPORT_LESS)
        found.starts.extend(starts)
        for at, one in known.items():
            if len(one) > _MOST_CACHED:
                one.clear()
            found.cells[at].extend([one.setdefault(record[at], record[at]) for record in records])
        if garbled:
            found.garbled.extend(_find_garbled(starts, records))


def _read_blocks(layout: _Layout, reader: Any, found: _Found) -> Iterator[tuple[list[int], list[list[str]]]]:
    """Yield first lines and cells of good records, `_BLOCK` at a time; add rejected ones to `found`."""
    width, skipped = len(found.header), layout.skipped
    has_nul = b"\0" in layout.body
    starts, records = list[int](), list[list[str]]()
    line = reader.line_num + 1 + skipped
    for record in reader:
        if not any(map(str.strip, record)):
            pass  # only blank cells: not a record
        elif len(record) == width and not (has_nul and any("\0" in cell for cell in record)):
            starts.append(line)
            records.append(record)
            if len(records) == _BLOCK:
                yield starts, records
                starts, records = [], []
        else:
            value = shorten(",".join(record[:100])[:1_000])
            if len(record) != width:
                expected = f"{width} fields; there are {len(record)}"
                found.refused.append((line, "field_count", value, expected))
            else:
                shown = value.replace("\0", "\N{SYMBOL FOR NULL}")
                found.refused.append((line, "bad_encoding", shown, "text without NUL bytes"))
        line = reader.line_num + 1 + skipped
    yield starts, records


def _check_header(layout: _Layout, header: tuple[str, ...]) -> None:
    if not header:
        expected = f"a header as record {layout.header_row}"
        raise layout.refusal("empty_file", expected, "export it again, or correct header_row")
    if len(header) > MAX_COLUMNS:
        raise layout.refusal("too_large", f"at most {MAX_COLUMNS:,} columns", _EXPORT_LESS)
    if not any(cell.strip() for cell in header):
        expected = "names of columns in the header"
        raise layout.refusal("not_a_table", expected, "set header_row to the header's record")


def _build_record_error(layout: _Layout, header: tuple[str, ...], error: csv.Error | None) -> FileError:
    """Build the error for a file that the strict reader rejected, or whose quotes are unbalanced."""
    found = find_bad_quote(layout.lines(), layout.separator)
    place = {
        "row": found.row + layout.skipped,
        "column": header[found.field] if found.field < len(header) else None,
        "value": shorten(found.value),
    }
    opened, closed = found.opened + layout.skipped, found.closed + layout.skipped
    too_long = error is not None and "limit" in str(error)
    if too_long and opened == closed:
        expected = f"cells of at most {MAX_CELL:,} characters"
        return layout.refusal("too_large", expected, "shorten the cell, or leave the column out", **place)
    if found.bare:
        expected = "quotes in pairs; this cell has one in its middle and none around it"
    elif too_long or found.open:
        expected = f"a closing quote to the one opened on line {opened}"
    else:
        expected = f"nothing after the quote that closes on line {closed} (opened on line {opened})"
    return layout.refusal("bad_quote", expected, _FIX_QUOTE, **place)
