"""Read a sheet of an XLSX workbook as a header and rows of text, with limits checked before calamine runs.

calamine aborts the process on some hostile workbooks (a value at XFD1048576, or a stated number of texts,
makes it request 512 GiB).  So bytes are counted during unpacking, a streaming parser finds the used range,
and calamine gets a small workbook that contains only checked parts, without stated counts, and with every
value that it would fail on as text.
"""

from __future__ import annotations

import io
import math
import posixpath
import re
import sys
import zipfile
import zlib
from array import array
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from xml.parsers import expat

from python_calamine import CalamineWorkbook

from ..errors import FileError, did_you_mean, refused
from .cells import ERROR, NO_VALUE

MAX_MEMBERS = 2_000
MAX_UNPACKED = 160_000_000
"""For all parts that are read; three million cells take less."""
MAX_RATIO = 200
"""Limit of the compression ratio; survey sheets reach 30, a zip bomb 1,000 or more."""
SMALL_MEMBER = 5_000_000
MAX_OTHER = 20_000_000
MAX_AREA = 3_000_000
MAX_ELEMENTS = 7_000_000
"""Per sheet: a cell is one or two elements, or three with inline text."""
MAX_ROWS, MAX_COLUMNS = 1_048_576, 16_384
MAX_CELL = 1_000_000
MAX_TEXTS = 2_000_000
MAX_CHARACTERS = 40_000_000
"""In all cells: the file stores a shared text once, the reader once per cell."""
LARGEST_EXACT = 2**53
DAYS = 2_958_466
"""Length of a spreadsheet's calendar, which ends with 9999: larger numbers are not dates."""
ERRORS = ("#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!")

_PIECE = 2**16
_LOOKED_AT = 2**20
_ENTRY = b"PK\x01\x02"  # signature of each entry in a zip's directory
_FINITE = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_TAG = re.compile(rb"""<([^\s/<>]+)((?:\s+[^\s=]+\s*=\s*(?:"[^"]*"|'[^']*'))*+)(?=\s*/?>)""")
_ATTRIBUTE = re.compile(rb"""(?<!\s)\s+([^\s=]+)\s*=\s*(?:"[^"]*"|'[^']*')""")
_REFERENCE = re.compile(r"\$?([A-Za-z]{1,3})\$?([0-9]{1,7})")
_VALUE = re.compile(rb"<(?:[A-Za-z0-9_]+:)?(?:v|is)[ />]")
_NEW_EXPORT = "open it in a spreadsheet program and save it again as .xlsx"
_LONGEST_NUMBER = 400
_TEXTS = ("s", "str", "inlineStr", "d")  # cell types with any value
_VALUES: Mapping[str, tuple[str, ...]] = {"b": ("0", "1"), "e": ERRORS}
_BROKEN = (
    *(zipfile.BadZipFile, zlib.error, expat.ExpatError, EOFError, LookupError, RuntimeError),
    *(UnicodeError, ValueError, ArithmeticError, StopIteration),
)
"""Errors raised by a file that is not a valid workbook."""
_COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


@dataclass(frozen=True)
class Sheet:
    """One sheet as text: `cells` are rectangular, `rows` their rows in the sheet (from 1), none empty.

    An error cell is read as written (`#N/A`), a formula that was never computed as `NO_VALUE`; a row with
    nothing else is empty.  `warned`: rows of both, as `error_cells` and `formulas_without_value`.  `unread`:
    other sheets with content, if no sheet was named.
    """

    sheet: str
    header: tuple[str, ...]
    cells: list[list[str]]
    rows: list[int]
    warned: dict[str, list[int]]
    unread: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Entry:
    title: str
    path: str
    visible: bool


@dataclass(frozen=True)
class _UsedRange:
    """Used range of a sheet's XML (last row and column with a value), and its problem cells.

    `broken`: positions of errors and formulas without a value, counted along the rows of the largest
    possible sheet; `texts`: their texts.  `unreadable`: cells whose value contradicts their type, as twice
    the offset of their first byte, plus 1 if the value has to become text and not a plain number.
    """

    rows: int
    columns: int
    broken: array[int]
    texts: list[str]
    unreadable: array[int]


def read_sheet(
    raw: bytes, *, name: str, sheet: str | None = None, header_row: int = 1, may_be_empty: bool = False
) -> Sheet:
    """Read the sheet called `sheet`, or the first visible one with a value, from the workbook `raw`.

    Cells become text: whole numbers without ".0", `2024-01-07 19:41:41` (with milliseconds if there are any),
    `2024-01-07`, `true`/`false`.  Numbers too large to be exact keep an exponent, so that damaged ids are
    recognised.  Columns after the last one with a value, and rows without any, are dropped.
    `may_be_empty`: a header alone is valid.

    Raises `FileError`: not_a_table, too_large, empty_file.
    """
    try:
        parts = _Parts(raw, name)
        entries, needed, texts = _list_sheets(parts, name)
        lengths: list[int] = []
        for path in texts:
            lengths, lists = _measure_texts(parts[path], name)
            parts.unpacked[path] = _rewrite(parts[path], lists, b"count", b"uniqueCount")
        entry, used = _choose_sheet(entries, parts, lengths, name=name, sheet=sheet)
        others = [each for each in entries if each != entry] if sheet is None else []
        unread = tuple(each.title for each in others if parts.has_values(each.path))
        unreadable = ((at >> 1, bool(at & 1)) for at in used.unreadable)
        parts.unpacked[entry.path] = _rewrite(parts[entry.path], unreadable, b"s", b"t")
        grid = _read_grid(parts.repack({*needed, entry.path}), entry.title)
    except _BROKEN as error:
        raise _build_damage_error(name, str(error)) from None
    found = replace(_trim(grid, entry.title, used, name=name, header_row=header_row), unread=unread)
    if not found.rows and not may_be_empty:
        expected = "rows below the header"
        raise refused(name, "empty_file", expected, "export it again, or name the sheet", sheet=found.sheet)
    return found


def _trim(grid: list[list[str]], title: str, used: _UsedRange, *, name: str, header_row: int) -> Sheet:
    """Split a grid that begins at A1 into header and rows."""
    grid = grid[header_row - 1 :]
    filled = (next((at for at in range(len(row), 0, -1) if row[at - 1] != ""), 0) for row in grid)
    width = max(filled, default=0)  # up to the last column with a value
    if not grid or not any(cell.strip() for cell in grid[0]):
        reason, expected = "not_a_table" if width else "empty_file", f"names of columns in row {header_row}"
        raise refused(name, reason, expected, "set header_row to the header's row", sheet=title)
    kept = {
        header_row + at: row[:width]
        for at, row in enumerate(grid)
        if at and any(cell.strip() for cell in row[:width])
    }
    warned: dict[str, list[int]] = {}
    for place, text in zip(used.broken, used.texts, strict=True):
        row, column = divmod(place, MAX_COLUMNS)
        warned.setdefault("formulas_without_value" if text == NO_VALUE else "error_cells", []).append(row)
        if row in kept and column < width:
            kept[row][column] = text
    return Sheet(
        sheet=title,
        header=tuple(grid[0][:width]),
        cells=[*kept.values()],
        rows=[*kept],
        warned=warned,
    )


class _Parts:
    """The parts of a workbook, unpacked on first access, with limited size and verified checksum."""

    def __init__(self, raw: bytes, name: str) -> None:
        if raw.startswith(b"\xd0\xcf\x11\xe0"):
            expected = "an .xlsx workbook; this is an old or a locked one"
            raise refused(name, "not_a_table", expected, "save it as .xlsx without a password")
        if raw.count(_ENTRY) > MAX_MEMBERS:
            raise refused(name, "too_large", f"at most {MAX_MEMBERS:,} parts in the workbook", _NEW_EXPORT)
        self.name, self.left = name, MAX_UNPACKED
        self.archive = zipfile.ZipFile(io.BytesIO(raw))
        members = self.archive.infolist()
        for member in members:  # reject at once if the stated size is too large
            if member.file_size > max(SMALL_MEMBER, MAX_RATIO * member.compress_size):
                expected = f"parts that unpack to at most {MAX_RATIO} times their size"
                raise refused(name, "too_large", expected, _NEW_EXPORT, value=member.filename)
            if member.compress_type not in _COMPRESSIONS or member.flag_bits & 1:
                raise _build_damage_error(
                    name, f"{member.filename} is packed in an unknown way, or encrypted"
                )
        if len({member.filename.casefold() for member in members}) < len(members):
            raise _build_damage_error(name, "two parts of the workbook have one name")
        self.members = {member.filename.replace("\\", "/").lstrip("/"): member for member in members}
        self.unpacked: dict[str, bytes] = {}

    def __contains__(self, path: str) -> bool:
        return path in self.members

    def __getitem__(self, path: str) -> bytes:
        if path not in self.unpacked:
            self.unpacked[path] = self.unpack(self.members[path])
        return self.unpacked[path]

    def unpack(self, member: zipfile.ZipInfo) -> bytes:
        """Unpack a part in pieces: zipfile would check the stated size only after reading everything.

        Fails if the part is longer than stated, because its checksum then differs.
        """
        unpacked = bytearray()
        with self.archive.open(member) as part:
            while piece := part.read(_PIECE):
                self.left -= len(piece)
                if self.left < 0:
                    expected = f"at most {MAX_UNPACKED:,} bytes when unpacked"
                    raise refused(self.name, "too_large", expected, "export less")
                unpacked += piece
        return bytes(unpacked)

    def has_values(self, path: str) -> bool:
        """Return True if an unread sheet has a value near its beginning, or cannot be unpacked."""
        if path not in self:
            return False
        try:
            with self.archive.open(self.members[path]) as part:
                return _VALUE.search(part.read(_LOOKED_AT)) is not None
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError):
            return True

    def repack(self, names: set[str]) -> io.BytesIO:
        """Build a workbook of the checked parts only, so that the zip has a single interpretation."""
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w") as archive:
            for path in sorted(names):
                _parse(self[path], self.name)
                archive.writestr(zipfile.ZipInfo(path), self.unpacked.pop(path))
        target.seek(0)
        return target


def _parse(
    xml: bytes,
    name: str,
    start: Callable[[str, dict[str, str], expat.XMLParserType], None] | None = None,
    text: Callable[[str], None] | None = None,
) -> None:
    """Pass elements to `start` (name without prefix, attributes, parser), and their character data to `text`.

    Rejects a DOCTYPE, and more elements than the largest sheet has.
    """
    # counted in advance: ten times as fast; elements in comments hardly matter
    if xml.count(b"<") - sum(map(xml.count, (b"</", b"<!", b"<?"))) > MAX_ELEMENTS:
        raise refused(name, "too_large", f"at most {MAX_ELEMENTS:,} elements in a part", "export less")

    def refuse(*_: object) -> None:
        raise refused(name, "not_a_table", "a workbook without DOCTYPE declarations", _NEW_EXPORT)

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    if start is not None:

        def begin(tag: str, attributes: dict[str, str]) -> None:
            start(tag.rpartition(":")[2] if ":" in tag else tag, attributes, parser)

        parser.StartElementHandler = begin
    if text is not None:
        parser.buffer_text = True
        parser.CharacterDataHandler = text
    parser.Parse(xml, True)


def _read_relations(parts: _Parts, of: str, name: str) -> dict[str, tuple[str, str]]:
    """Read the relations of the part `of`: id → (last word of the type, path)."""
    folder, file = posixpath.split(of)
    found: dict[str, tuple[str, str]] = {}

    def start(tag: str, attributes: dict[str, str], _: object) -> None:
        if tag == "Relationship" and attributes.get("TargetMode") != "External":
            target = posixpath.normpath(posixpath.join("/", folder, attributes["Target"]))
            found[attributes["Id"]] = (attributes["Type"].rpartition("/")[2], target.lstrip("/"))

    _parse(parts[posixpath.join(folder, "_rels", f"{file}.rels")], name, start)
    return found


def _list_sheets(parts: _Parts, name: str) -> tuple[list[_Entry], set[str], list[str]]:
    """List the worksheets in order, the other parts a reader needs, and those with the shared texts."""
    if "[Content_Types].xml" not in parts or "_rels/.rels" not in parts:
        raise refused(name, "not_a_table", "an .xlsx workbook; this is another kind of zip", _NEW_EXPORT)
    root = _read_relations(parts, "", name)
    workbook = next(path for kind, path in root.values() if kind == "officeDocument")
    relations = _read_relations(parts, workbook, name)
    entries: list[_Entry] = []

    def start(tag: str, attributes: dict[str, str], _: object) -> None:
        if tag == "sheet":
            by_id = next(value for key, value in attributes.items() if key.rpartition(":")[2] == "id")
            kind, path = relations[by_id]
            if kind == "worksheet":
                visible = attributes.get("state", "visible") == "visible"
                entries.append(_Entry(attributes["name"], path, visible))

    _parse(parts[workbook], name, start)
    present = [(kind, path) for kind, path in relations.values() if path in parts]
    texts = [path for kind, path in present if kind == "sharedStrings"]
    if len(texts) > 1:
        raise ValueError("it has two lists of texts")
    styles = [path for kind, path in present if kind == "styles"]
    rels = posixpath.join(posixpath.dirname(workbook), "_rels", posixpath.basename(workbook) + ".rels")
    others = {"[Content_Types].xml", "_rels/.rels", workbook, rels, *styles}
    large = max(others, key=lambda path: len(parts[path]))
    if len(parts[large]) > MAX_OTHER:
        expected = f"parts other than sheets and texts of at most {MAX_OTHER:,} bytes"
        raise refused(name, "too_large", expected, _NEW_EXPORT, value=large)
    return entries, others | set(texts), texts


def _choose_sheet(
    entries: list[_Entry], parts: _Parts, lengths: list[int], *, name: str, sheet: str | None
) -> tuple[_Entry, _UsedRange]:
    if sheet is not None:
        entry = next((entry for entry in entries if entry.title == sheet), None)
        if entry is None:
            titles = [entry.title for entry in entries]
            hint = did_you_mean(sheet, titles) or f"its sheets: {', '.join(titles)}"
            raise refused(name, "not_a_table", "a sheet of the workbook", hint, value=sheet)
        return entry, _find_used(parts[entry.path], entry.title, name, lengths)
    for entry in entries:
        if entry.visible:
            used = _find_used(parts[entry.path], entry.title, name, lengths)
            if used.rows:
                return entry, used
    raise refused(name, "empty_file", "a visible sheet with content", "export it again")


def _measure_texts(xml: bytes, name: str) -> tuple[list[int], list[tuple[int, bool]]]:
    """Return the length of every shared text, and the tags of their lists, which state a count."""
    lengths: list[int] = []
    lists: list[tuple[int, bool]] = []

    def start(tag: str, _: dict[str, str], parser: expat.XMLParserType) -> None:
        if tag == "sst":
            lists.append((parser.CurrentByteIndex, False))
        elif tag == "si":
            lengths.append(0)

    def add(text: str) -> None:
        if lengths:
            lengths[-1] += len(text)

    too_many = refused(name, "too_large", f"at most {MAX_TEXTS:,} different texts", "export less")
    if xml.count(b"<si>") > MAX_TEXTS:  # the usual spelling: rejected before reading two million
        raise too_many
    _parse(xml, name, start, add)
    if len(lengths) > MAX_TEXTS:
        raise too_many
    return lengths, lists


class _SheetScan:
    """State of one pass over a sheet's XML; the methods are its handlers."""

    def __init__(self, title: str, name: str, lengths: list[int]) -> None:
        self.title, self.name, self.lengths = title, name, lengths
        self.row = self.column = self.last_row = self.last_column = self.before = self.cells = 0
        self.characters = self.length = 0
        self.pending = self.is_styled = self.in_value = False
        self.kind, self.value, self.at = "", "", 0
        self.broken, self.texts, self.unreadable = array("q"), list[str](), array("q")

    def start(self, tag: str, attributes: dict[str, str], parser: expat.XMLParserType) -> None:
        if tag == "c":
            self.in_value = False
            if self.length or self.pending or self.kind == "e":
                self.close()
            self.kind, self.is_styled = attributes.get("t", ""), "s" in attributes
            self.at = parser.CurrentByteIndex
            self.place(attributes.get("r"))
            return
        self.in_value = tag == "v"
        if tag == "v" or tag == "is":
            self.pending = False
            if self.row > self.last_row:
                self.last_row = self.row
            if self.column > self.last_column:
                self.last_column = self.column
            if self.last_row * self.last_column > MAX_AREA:
                expected = f"at most {MAX_AREA:,} cells from A1 to the last one with a value"
                raise self.refusal(expected, "delete the stray cell, or export less")
        elif tag == "f":
            self.pending = True
        elif tag == "row":
            self.close()
            self.row, self.column = int(attributes.get("r", self.row + 1)), 0

    def place(self, reference: str | None) -> None:
        """Record the cell's position; reject a second cell there: a reader would silently drop one of them.

        Rejects a cell that names a row other than its own, too: readers interpret it differently.
        """
        self.column += 1
        if reference is not None and reference != f"{_letters(self.column)}{self.row}":
            row, self.column = _locate(reference)
            if row != self.row:
                raise ValueError(f"cell {reference} is in row {self.row}")
        position = self.row * (MAX_COLUMNS + 1) + self.column
        if position <= self.before:
            raise ValueError(f"cell {_letters(self.column)}{self.row} is there twice, or out of order")
        self.before = position
        self.cells += 1
        if self.cells > MAX_AREA or self.row > MAX_ROWS or self.column > MAX_COLUMNS:
            raise self.refusal(f"at most {MAX_AREA:,} cells, empty ones included", "export less")

    def text(self, text: str) -> None:
        self.length += len(text)
        if self.in_value and len(self.value) < _LONGEST_NUMBER:
            self.value += text

    def close(self) -> None:
        """Count the cell that ends here and check its limits."""
        if self.pending or self.kind == "e":
            self.broken.append(self.row * MAX_COLUMNS + self.column - 1)
            written = self.value if ERROR.fullmatch(self.value.casefold()) else "#N/A"
            self.texts.append(sys.intern(written) if self.kind == "e" else NO_VALUE)
        if self.kind == "s" and self.value.strip():
            at = int(self.value)
            if not 0 <= at < len(self.lengths):
                raise ValueError(f"{_letters(self.column)}{self.row} is text {at}, which is not there")
            self.length = self.lengths[at]
        elif self.value:
            self.note_unreadable()
        self.characters += self.length
        if self.length > MAX_CELL:
            raise self.refusal(f"cells of at most {MAX_CELL:,} characters", "shorten the cell")
        if self.characters > MAX_CHARACTERS:
            raise self.refusal(f"at most {MAX_CHARACTERS:,} characters in all cells", "export less")
        self.pending, self.kind, self.value, self.length = False, "", "", 0

    def note_unreadable(self) -> None:
        """Record a cell whose value contradicts its type or is not a day of the calendar."""
        value = self.value.rstrip()
        if self.kind in ("", "n"):
            number = float(value) if _FINITE.fullmatch(value) else math.inf
            if math.isinf(number):
                self.unreadable.append(self.at * 2 + 1)
            elif self.is_styled and not 0 <= number < DAYS:
                self.unreadable.append(self.at * 2)
        elif self.kind not in _TEXTS and value not in _VALUES.get(self.kind, ()):
            self.unreadable.append(self.at * 2 + 1)

    def refusal(self, expected: str, next_step: str) -> FileError:
        column = _letters(self.column)
        place = {"sheet": self.title, "row": self.row, "column": column}
        return refused(self.name, "too_large", expected, next_step, **place)


def _find_used(xml: bytes, title: str, name: str, lengths: list[int]) -> _UsedRange:
    """Find the used range from the cells, because `<dimension>` can be wrong.

    Like calamine, ignores styled cells without a value.
    """
    scan = _SheetScan(title, name, lengths)
    _parse(xml, name, scan.start, scan.text)
    scan.close()
    found = (scan.last_row, scan.last_column, scan.broken, scan.texts)
    return _UsedRange(*found, scan.unreadable)


def _locate(reference: str) -> tuple[int, int]:
    """Parse a cell reference to row and column, from 1.

    >>> _locate("XFD1048576")
    (1048576, 16384)
    """
    found = _REFERENCE.fullmatch(reference)
    if found is None:
        raise ValueError(f"{reference!r} is not a cell")
    column = 0
    for letter in found[1].upper():
        column = column * 26 + ord(letter) - 64
    return int(found[2]), column


@lru_cache(MAX_COLUMNS)
def _letters(column: int) -> str:
    """Format a column number as spreadsheet letters.

    >>> _letters(16384), _letters(26)
    ('XFD', 'Z')
    """
    name = ""
    while column > 0:
        column, letter = divmod(column - 1, 26)
        name = chr(65 + letter) + name
    return name


def _rewrite(xml: bytes, tags: Iterable[tuple[int, bool]], *names: bytes) -> bytes:
    """Remove the attributes `names` from tags (first byte, whether the content becomes text) of the XML."""
    written, done = bytearray(), 0
    for at, is_text in tags:
        tag = _TAG.match(xml, at)
        if tag is None:
            raise ValueError("its XML is not UTF-8")
        kept = b"".join([found[0] for found in _ATTRIBUTE.finditer(tag[2]) if found[1] not in names])
        written += b"%b<%b%b%b" % (xml[done:at], tag[1], kept, b' t="str"' if is_text else b"")
        done = tag.end()
    return bytes(written + xml[done:]) if written else xml


def _read_grid(workbook: io.BytesIO, title: str) -> list[list[str]]:
    try:
        found = CalamineWorkbook.from_filelike(workbook).get_sheet_by_name(title)
        workbook.close()  # calamine has a copy
        rows: list[list[Any]] = found.to_python(skip_empty_area=False)
    except BaseException as error:
        # A Rust panic is not an Exception, and its class cannot be imported.
        if isinstance(error, Exception) or type(error).__name__ == "PanicException":
            raise ValueError(f"its reader gave up: {error}") from None
        raise
    for row in rows:  # in place, to hold a large sheet only once
        row[:] = map(_write_text, row)
    return rows


def _write_text(cell: Any) -> str:
    """Format a typed cell as text.

    >>> _write_text(3.0), _write_text(0.1), _write_text(1.2e19), _write_text(timedelta(hours=36))
    ('3', '0.1', '1.2E+19', '36:00:00')
    """
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, (int, float)):
        if cell == int(cell) and abs(cell) < LARGEST_EXACT:
            return str(int(cell))
        return f"{cell:.15G}" if abs(cell) < LARGEST_EXACT else re.sub(r"\.?0+E", "E", f"{cell:.15E}")
    if isinstance(cell, datetime):
        return f"{cell.date().isoformat()} {_write_time(cell.time())}"
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, time):
        return _write_time(cell)
    if isinstance(cell, timedelta):
        minutes, seconds = divmod(round(cell.total_seconds()), 60)
        return f"{minutes // 60:02d}:{minutes % 60:02d}:{seconds:02d}"
    raise ValueError(f"a cell of type {type(cell).__name__}")


def _write_time(clock: time) -> str:
    return clock.isoformat("milliseconds" if clock.microsecond >= 1_000 else "seconds")


def _build_damage_error(name: str, what: str) -> FileError:
    return refused(name, "not_a_table", f"a sound .xlsx workbook ({what})", _NEW_EXPORT)
