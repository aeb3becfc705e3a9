"""Any table of text, written in any known dialect, is read back cell by cell; damage is reported.

Detectable damage.  In a file of two or more columns with every cell quoted, losing, adding or changing a
structural byte (quote, separator, line end) leaves the table unchanged or is reported, and changing a byte
of a cell's text changes only that cell; a quote swapped with a carriage return moves it into the cell.
In a file that quotes only where necessary, a change in the number of records or fields is reported, a
change of a cell's text, including its quotes and commas, is not.  Reported means: the file or a record is
rejected, or the file has a warning.

Undetectable damage.  A header that lost its only separator, other than a comma, is a header of one
column; a damaged `sep=` line is a different header.  No profile matches either.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from rotation_analysis.errors import FileError
from rotation_analysis.files.documents import read_document
from rotation_analysis.files.records import Records, read_records
from tests.hostile_files import make_workbook

Table = list[list[str]]
MANY = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
NOT_BACK = "¢£¬‖−〜"
"""Written as CP932, these are read back as their full-width variants."""


@dataclass(frozen=True)
class Dialect:
    """How a table is written; `quoted`: every cell, otherwise only those that need it."""

    separator: str
    encoding: str
    line_end: str
    quoted: bool
    named: bool
    """Whether the file starts with a `sep=` line."""


DIALECTS = st.builds(
    Dialect,
    separator=st.sampled_from(",;\t"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp932"]),
    line_end=st.sampled_from(["\n", "\r\n"]),
    quoted=st.booleans(),
    named=st.booleans(),
)


def tables(dialect: Dialect | None = None, *, least: int = 1) -> st.SearchStrategy[Table]:
    """Draw a header of letters and digits, and at least one record of any text."""
    codec = "cp932" if dialect and dialect.encoding == "cp932" else "utf-8"
    return st.integers(least, 4).flatmap(lambda width: tables_of_width(width, codec))


@cache
def tables_of_width(width: int, codec: str) -> st.SearchStrategy[Table]:
    # NUL rejects its record, and a byte order mark can be stripped from the start of a file.
    plain = st.characters(codec=codec, exclude_characters="\0\ufeff" + NOT_BACK)
    cell = st.text(plain | st.sampled_from(" ,;\t\"\r\n'=あ表"), max_size=8)
    name = st.text(st.characters(codec=codec, categories=["L", "N"]), min_size=1, max_size=4)
    row = st.lists(cell, min_size=width, max_size=width)
    return st.builds(
        lambda header, rows: [header, *rows],
        st.lists(name, min_size=width, max_size=width),
        # a row of blanks is not a record, and one damaged byte can blank a single letter
        st.lists(row.filter(lambda row: len("".join(row).strip()) > 1), min_size=1, max_size=5),
    )


def write_cells(table: Table, dialect: Dialect) -> tuple[list[tuple[str, int]], list[int]]:
    """Split the file into pieces, each with the number of its cell (-1: structure), and the lines."""
    special = re.compile(f'["\r\n{dialect.separator}]')
    pieces: list[tuple[str, int]] = []
    rows, line, number = [], 1, 0
    if dialect.named:
        pieces.append((f"sep={dialect.separator}{dialect.line_end}", -1))
        line += 1
    for record in table:
        rows.append(line)
        for at, cell in enumerate(record):
            # A record of one empty cell would be a blank line.
            quoted = dialect.quoted or special.search(cell) or (len(record) == 1 and not cell)
            quote = '"' if quoted else ""
            pieces += [
                (dialect.separator * (at > 0) + quote, -1),
                (cell.replace('"', '""'), number),
                (quote, -1 if cell else number),  # text inserted between the two belongs to an empty cell
            ]
            line += len(re.findall("\r\n|\r|\n", cell))
            number += 1
        pieces.append((dialect.line_end, -1))
        line += 1
    return pieces, rows


def encode(pieces: list[tuple[str, int]], encoding: str) -> tuple[bytes, list[int]]:
    """Return the bytes, and the cell that each byte belongs to (-1: structure)."""
    mark = {"utf-8-sig": "\ufeff".encode(), "utf-16": b"\xff\xfe"}.get(encoding, b"")
    codec = {"utf-8-sig": "utf-8", "utf-16": "utf-16-le"}.get(encoding, encoding)
    raw, owners = mark, [-1] * len(mark)
    for text, owner in pieces:
        written = text.encode(codec)
        raw, owners = raw + written, owners + [owner] * len(written)
    return raw, owners


def cells_of(found: Records) -> Table:
    return [list(found.header), *found.cells.to_numpy().tolist()]


@pytest.fixture
def read(tmp_path: Path) -> Callable[[bytes, Dialect], Records]:
    def read_raw(raw: bytes, dialect: Dialect) -> Records:
        path = tmp_path / "a.csv"
        path.write_bytes(raw)
        declared = dialect.encoding if dialect.encoding == "cp932" else None
        return read_records(path, name="a.csv", encoding=declared)

    return read_raw


@MANY
@given(dialect=DIALECTS, data=st.data())
def test_table_reads_back_in_every_dialect(
    read: Callable[[bytes, Dialect], Records], dialect: Dialect, data: st.DataObject
) -> None:
    # A header of one column does not show the separator.
    least = 1 if dialect.separator == "," or dialect.named else 2
    table = data.draw(tables(dialect, least=least))
    pieces, rows = write_cells(table, dialect)
    found = read(encode(pieces, dialect.encoding)[0], dialect)
    assert cells_of(found) == table
    assert found.rows.tolist() == rows[1:]
    assert found.refused.empty
    assert found.encoding == dialect.encoding


def damage(data: st.DataObject, raw: bytes, owners: list[int], *, first: int = 0) -> tuple[bytes, set[int]]:
    """Damage the bytes once at or after `first`; also return the affected cells (-1: structure).

    The two bytes of a line end count as one position: a separator between them is a record of empty cells.
    """
    at = data.draw(st.integers(first, len(raw) - 2), label="at")
    at -= raw[max(at - 1, 0) : at + 1] == b"\r\n"
    kind = data.draw(st.sampled_from(["delete", "insert", "replace", "swap"]), label="kind")
    new = data.draw(
        st.sampled_from(b'",;\t\r\n x1\0\xff\xe3\x81').map(lambda byte: bytes([byte])), label="new"
    )
    if kind == "delete":
        return raw[:at] + raw[at + 1 :], {owners[at]}
    if kind == "replace":
        return raw[:at] + new + raw[at + 1 :], {owners[at]}
    if kind == "swap":
        swapped = raw[:at] + raw[at + 1 : at + 2] + raw[at : at + 1] + raw[at + 2 :]
        return swapped, set(owners[max(at - 1, 0) : at + 3])
    # Anything inserted between a cell's quotes is text, also at the edges.
    return raw[:at] + new + raw[at:], {owners[at], owners[at - 1] if at else -1}


def is_reported(found: Records) -> bool:
    return bool(len(found.refused) or found.warnings)


@settings(MANY, max_examples=300)
@given(dialect=DIALECTS, data=st.data())
def test_damaged_byte_changes_one_quoted_cell(
    read: Callable[[bytes, Dialect], Records], dialect: Dialect, data: st.DataObject
) -> None:
    dialect = replace(dialect, quoted=True, named=False)
    table = data.draw(tables(dialect, least=2))
    raw, owners = encode(write_cells(table, dialect)[0], dialect.encoding)
    damaged, touched = damage(data, raw, owners)
    try:
        found = read(damaged, dialect)
    except FileError:
        return
    if is_reported(found):
        return
    now = cells_of(found)
    assert [len(record) for record in now] == [len(record) for record in table]
    before, after = ([cell for record in each for cell in record] for each in (table, now))
    changed = {at for at, (old, new) in enumerate(zip(before, after, strict=True)) if old != new}
    assert len(changed) <= 1
    assert changed <= touched


@settings(MANY, max_examples=300)
@given(dialect=DIALECTS, data=st.data())
def test_damaged_byte_never_changes_record_count_silently(
    read: Callable[[bytes, Dialect], Records], dialect: Dialect, data: st.DataObject
) -> None:
    dialect = replace(dialect, named=False)
    table = data.draw(tables(dialect, least=2 if dialect.separator == "," else 3))
    assume(all(any(record) for record in table))  # a line of separators only is one byte from a blank line
    raw, owners = encode(write_cells(table, dialect)[0], dialect.encoding)
    # A damaged header is reported one step later: no profile claims the file.
    header = len(encode(write_cells(table[:1], dialect)[0], dialect.encoding)[0])
    damaged, _ = damage(data, raw, owners, first=header)
    try:
        found = read(damaged, dialect)
    except FileError:
        return
    if not is_reported(found):
        assert [len(record) for record in cells_of(found)] == [len(record) for record in table]


def write_workbook(table: Table) -> bytes:
    rows = "".join(
        f'<row r="{at}">'
        + "".join(
            f'<c r="{"ABCD"[column]}{at}" t="inlineStr"><is><t xml:space="preserve">'
            f"{escape(cell, {chr(13): '&#13;'})}</t></is></c>"
            for column, cell in enumerate(record)
            if cell
        )
        + "</row>"
        for at, record in enumerate(table, start=1)
    )
    return make_workbook(rows)


@MANY
@given(data=st.data())
def test_table_reads_back_from_workbook(tmp_path: Path, data: st.DataObject) -> None:
    table = [
        [re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", "", cell) for cell in record]
        for record in data.draw(tables())
    ]
    path = tmp_path / "a.xlsx"
    path.write_bytes(write_workbook(table))
    kept = [(at, record) for at, record in enumerate(table, start=1) if any(record)]
    if len(kept) == 1:
        with pytest.raises(FileError, match="empty_file"):
            read_records(path, name="a.xlsx")
        return
    found = read_records(path, name="a.xlsx")
    assert cells_of(found) == [record for _, record in kept]
    assert found.rows.tolist() == [at for at, _ in kept[1:]]


@MANY
@given(
    data=st.data(),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    escaped=st.booleans(),
    by_line=st.booleans(),
)
def test_table_reads_back_from_list_of_objects(
    tmp_path: Path, data: st.DataObject, encoding: str, escaped: bool, by_line: bool
) -> None:
    header, *rows = data.draw(tables())
    names = [f"{name} {at}" for at, name in enumerate(header)]
    objects = [dict(zip(names, row, strict=True)) for row in rows]
    written = [json.dumps(each, ensure_ascii=escaped) for each in objects]
    path = tmp_path / ("a.jsonl" if by_line else "a.json")
    text = "\n".join(written) if by_line else f"[{', '.join(written)}]"
    path.write_bytes(text.encode(encoding))
    assert read_document(path, name="a").value == objects
