"""A sheet of an XLSX workbook becomes a header and rows of text, bounded before its reader sees it.

calamine aborts the whole process on some hostile workbooks (a value at XFD1048576 makes it ask for 512 GiB).
So the zip is checked first, the used range is found by a streaming parser, and calamine is given a small
workbook that holds nothing but the parts that were checked.
"""

from __future__ import annotations

import io
import posixpath
import re
import sys
import zipfile
import zlib
from array import array
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from xml.parsers import expat

from python_calamine import CalamineWorkbook

from .cells import ERROR, NO_VALUE
from .errors import FileRefused, Problem, did_you_mean

MAX_MEMBERS = 2_000
MAX_UNPACKED = 300_000_000
MAX_RATIO = 200
"""How often a part may be larger unpacked; sheets of a survey reach 30, a bomb 1,000 and more."""
SMALL_MEMBER = 5_000_000
MAX_AREA = 3_000_000
MAX_ROWS, MAX_COLUMNS = 1_048_576, 16_384
MAX_CELL = 1_000_000
MAX_TEXTS = 2_000_000
MAX_CHARACTERS = 40_000_000
"""Of all cells: the file holds a text once, its reader once for every cell that shows it."""
LARGEST_EXACT = 2**53

_REFERENCE = re.compile(r"\$?([A-Za-z]{1,3})\$?([0-9]{1,7})")
_VALUE = re.compile(rb"<(?:[A-Za-z0-9_]+:)?(?:v|is)[ />]")
_NEW_EXPORT = "open it in a spreadsheet program and save it again as .xlsx"
_COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


@dataclass(frozen=True)
class Sheet:
    """One sheet as text: `cells` are rectangular, `rows` their rows in the sheet (from 1), none is empty.

    A cell with an error reads as written (`#N/A`), a formula that nobody computed as `NO_VALUE`, and neither
    makes a row.  `warned`: the rows of both, as `error_cells` and `formulas_without_value`.  `unread`: the
    other sheets that hold something, where none was named.
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
class _Used:
    """What a sheet's XML holds: the last row and column with a value, and where cells have none of their own.

    `broken` are places, counted along the rows of the largest sheet there is, `texts` what stands there.
    """

    rows: int
    columns: int
    broken: array[int]
    texts: list[str]


def read_sheet(
    raw: bytes, *, name: str, sheet: str | None = None, header_row: int = 1, may_be_empty: bool = False
) -> Sheet:
    """The sheet called `sheet`, or the first visible one with any value, of the workbook `raw`.

    Cells become text: whole numbers without ".0", `2024-01-07 19:41:41` (with milliseconds if there are any),
    `2024-01-07`, `true`/`false`.  Numbers too large to be exact keep an exponent, so that an id shows its
    damage.  Columns after the last one with a value, and rows without any, are left out.  `may_be_empty`: a
    header alone will do.

    Raises `FileRefused`: not_a_table, too_large, empty_file.
    """
    try:
        parts = _unpack(raw, name)
        entries, needed, texts = _list_sheets(parts, name)
        lengths = [length for path in texts for length in _measure_texts(parts[path], name)]
        entry, used = _choose(entries, parts, lengths, name=name, sheet=sheet)
        others = [each for each in entries if each != entry] if sheet is None else []
        unread = tuple(each.title for each in others if _holds_something(parts, each))
        grid = _read_grid(_repack(parts, {*needed, entry.path}), entry.title)
    except (
        zipfile.BadZipFile,
        zlib.error,
        NotImplementedError,
        RuntimeError,
        EOFError,
        LookupError,
    ) as error:
        raise _damaged(name, str(error)) from None
    except (expat.ExpatError, UnicodeError, ValueError, ArithmeticError, StopIteration) as error:
        raise _damaged(name, str(error)) from None
    found = replace(_cut(grid, entry.title, used, name=name, header_row=header_row), unread=unread)
    if not found.rows and not may_be_empty:
        expected = "rows below the header"
        raise _refused(name, "empty_file", expected, "export it again, or name the sheet", sheet=found.sheet)
    return found


def _cut(grid: list[list[str]], title: str, used: _Used, *, name: str, header_row: int) -> Sheet:
    """Header and rows of a grid that begins at A1."""
    grid = grid[header_row - 1 :]
    width = max((_filled(row) for row in grid), default=0)
    if not grid or not any(cell.strip() for cell in grid[0]):
        reason, expected = "not_a_table" if width else "empty_file", f"names of columns in row {header_row}"
        raise _refused(name, reason, expected, "say which row is the header (header_row)", sheet=title)
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


def _filled(row: list[str]) -> int:
    """The number of cells up to the last one that is not empty."""
    return next((at for at in range(len(row), 0, -1) if row[at - 1] != ""), 0)


def _unpack(raw: bytes, name: str) -> dict[str, bytes]:
    """The XML parts of the workbook, of bounded size, each with the right checksum."""
    if raw.startswith(b"\xd0\xcf\x11\xe0"):
        expected = "an .xlsx workbook; this is an old or a locked one"
        raise _refused(name, "not_a_table", expected, "save it as .xlsx without a password")
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        members = archive.infolist()
        _check_members(members, name)
        # Reading fails where a part is longer than its entry says, as its checksum then differs.
        return {
            member.filename.replace("\\", "/").lstrip("/"): archive.read(member)
            for member in members
            if member.filename.endswith((".xml", ".rels"))
        }


def _check_members(members: list[zipfile.ZipInfo], name: str) -> None:
    if len(members) > MAX_MEMBERS:
        raise _refused(name, "too_large", f"at most {MAX_MEMBERS:,} parts in the workbook", _NEW_EXPORT)
    if sum(member.file_size for member in members) > MAX_UNPACKED:
        raise _refused(name, "too_large", f"at most {MAX_UNPACKED:,} bytes when unpacked", "export less")
    for member in members:
        if member.file_size > max(SMALL_MEMBER, MAX_RATIO * member.compress_size):
            expected = f"parts that unpack to at most {MAX_RATIO} times their size"
            raise _refused(name, "too_large", expected, _NEW_EXPORT, value=member.filename)
        if member.compress_type not in _COMPRESSIONS or member.flag_bits & 1:
            raise _damaged(name, f"{member.filename} is packed in an unknown way, or encrypted")
    if len({member.filename.casefold() for member in members}) < len(members):
        raise _damaged(name, "two parts of the workbook have one name")


def _parse(
    xml: bytes,
    name: str,
    start: Callable[[str, Mapping[str, str]], None] | None = None,
    text: Callable[[str], None] | None = None,
) -> None:
    """Hands elements to `start` (name without prefix, attributes) and what is in them to `text`.

    A DOCTYPE is refused.
    """

    def refuse(*_: object) -> None:
        raise _refused(name, "not_a_table", "a workbook without DOCTYPE declarations", _NEW_EXPORT)

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    if start is not None:
        parser.StartElementHandler = lambda tag, attributes: start(tag.rpartition(":")[2], attributes)
    if text is not None:
        parser.buffer_text = True
        parser.CharacterDataHandler = text
    parser.Parse(xml, True)


def _read_relations(parts: Mapping[str, bytes], of: str, name: str) -> dict[str, tuple[str, str]]:
    """Id → (last word of the type, path) of what the part `of` refers to."""
    folder, file = posixpath.split(of)
    found: dict[str, tuple[str, str]] = {}

    def start(tag: str, attributes: Mapping[str, str]) -> None:
        if tag == "Relationship" and attributes.get("TargetMode") != "External":
            target = posixpath.normpath(posixpath.join("/", folder, attributes["Target"]))
            found[attributes["Id"]] = (attributes["Type"].rpartition("/")[2], target.lstrip("/"))

    _parse(parts[posixpath.join(folder, "_rels", f"{file}.rels")], name, start)
    return found


def _list_sheets(parts: Mapping[str, bytes], name: str) -> tuple[list[_Entry], set[str], list[str]]:
    """The worksheets in order, the other parts a reader needs, and those of them that hold the texts."""
    if "[Content_Types].xml" not in parts or "_rels/.rels" not in parts:
        raise _refused(name, "not_a_table", "an .xlsx workbook; this is another kind of zip", _NEW_EXPORT)
    root = _read_relations(parts, "", name)
    workbook = next(path for kind, path in root.values() if kind == "officeDocument")
    relations = _read_relations(parts, workbook, name)
    entries: list[_Entry] = []

    def start(tag: str, attributes: Mapping[str, str]) -> None:
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
    return entries, {"[Content_Types].xml", "_rels/.rels", workbook, rels, *styles, *texts}, texts


def _choose(
    entries: list[_Entry], parts: Mapping[str, bytes], lengths: list[int], *, name: str, sheet: str | None
) -> tuple[_Entry, _Used]:
    if sheet is not None:
        entry = next((entry for entry in entries if entry.title == sheet), None)
        if entry is None:
            titles = [entry.title for entry in entries]
            hint = did_you_mean(sheet, titles) or f"its sheets: {', '.join(titles)}"
            raise _refused(name, "not_a_table", "a sheet of the workbook", hint, value=sheet)
        return entry, _find_used(parts[entry.path], entry.title, name, lengths)
    for entry in entries:
        if entry.visible:
            used = _find_used(parts[entry.path], entry.title, name, lengths)
            if used.rows:
                return entry, used
    raise _refused(name, "empty_file", "a visible sheet that holds something", "export it again")


def _holds_something(parts: Mapping[str, bytes], entry: _Entry) -> bool:
    return entry.path in parts and _VALUE.search(parts[entry.path]) is not None


def _measure_texts(xml: bytes, name: str) -> list[int]:
    """The length of every shared text."""
    lengths: list[int] = []

    def start(tag: str, _: Mapping[str, str]) -> None:
        if tag == "si":
            lengths.append(0)
            if len(lengths) > MAX_TEXTS:
                raise _refused(name, "too_large", f"at most {MAX_TEXTS:,} different texts", "export less")

    def add(text: str) -> None:
        if lengths:
            lengths[-1] += len(text)

    _parse(xml, name, start, add)
    return lengths


class _Survey:
    """What a pass over a sheet's XML finds; every method is a handler of it."""

    def __init__(self, title: str, name: str, lengths: list[int]) -> None:
        self.title, self.name, self.lengths = title, name, lengths
        self.row = self.column = self.last_row = self.last_column = 0
        self.characters = self.length = 0
        self.pending = self.is_shared = self.is_error = self.in_value = False
        self.before, self.index, self.error = (0, 0), "", ""
        self.broken, self.texts = array("q"), list[str]()

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self.in_value = tag == "v"
        if tag == "c":
            self.close()
            self.is_error, self.is_shared = attributes.get("t") == "e", attributes.get("t") == "s"
            reference = attributes.get("r")
            self.row, self.column = (self.row, self.column + 1) if reference is None else _locate(reference)
            self.place()
        elif tag == "v" or tag == "is":
            self.pending = False
            self.last_row = max(self.last_row, self.row)
            self.last_column = max(self.last_column, self.column)
            if (
                self.last_row * self.last_column > MAX_AREA
                or self.row > MAX_ROWS
                or self.column > MAX_COLUMNS
            ):
                expected = f"at most {MAX_AREA:,} cells from A1 to the last one with a value"
                raise self.refusal(expected, "delete the stray cell, or export less")
        elif tag == "f":
            self.pending = True
        elif tag == "row":
            self.close()
            self.row, self.column = int(attributes.get("r", self.row + 1)), 0

    def place(self) -> None:
        """Refuses a second cell at one place: a reader would drop one of them in silence."""
        here = (self.row, self.column)
        if here <= self.before:
            raise ValueError(f"cell {_letters(self.column)}{self.row} is there twice, or out of order")
        self.before = here

    def text(self, text: str) -> None:
        self.length += len(text)
        if self.is_shared and self.in_value and len(self.index) < 10:
            self.index += text
        elif self.is_error and self.in_value and len(self.error) < 20:
            self.error += text

    def close(self) -> None:
        """Counts the cell that ends here."""
        if self.is_error or self.pending:
            self.broken.append(self.row * MAX_COLUMNS + self.column - 1)
            written = self.error if ERROR.fullmatch(self.error.casefold()) else "#N/A"
            self.texts.append(sys.intern(written) if self.is_error else NO_VALUE)
        if self.is_shared and self.index.strip():
            at = int(self.index)
            if not 0 <= at < len(self.lengths):
                raise ValueError(f"{_letters(self.column)}{self.row} is text {at}, which is not there")
            self.length = self.lengths[at]
        self.characters += self.length
        if self.length > MAX_CELL:
            raise self.refusal(f"cells of at most {MAX_CELL:,} characters", "shorten the cell")
        if self.characters > MAX_CHARACTERS:
            raise self.refusal(f"at most {MAX_CHARACTERS:,} characters in all cells", "export less")
        self.pending = self.is_shared = self.is_error = False
        self.index, self.error, self.length = "", "", 0

    def refusal(self, expected: str, next_step: str) -> FileRefused:
        column = _letters(self.column)
        place = {"sheet": self.title, "row": self.row, "column": column}
        return _refused(self.name, "too_large", expected, next_step, **place)


def _find_used(xml: bytes, title: str, name: str, lengths: list[int]) -> _Used:
    """The used range, by the cells themselves: what `<dimension>` says may be wrong.

    Styled cells without a value do not count, and calamine does not count them either.
    """
    survey = _Survey(title, name, lengths)
    _parse(xml, name, survey.start, survey.text)
    survey.close()
    return _Used(survey.last_row, survey.last_column, survey.broken, survey.texts)


def _locate(reference: str) -> tuple[int, int]:
    """Row and column, from 1, of a cell reference.

    >>> _locate("XFD1048576")
    (1048576, 16384)
    """
    found = _REFERENCE.fullmatch(reference)
    if found is None:
        raise ValueError(f"{reference!r} is no cell")
    column = 0
    for letter in found[1].upper():
        column = column * 26 + ord(letter) - 64
    return int(found[2]), column


def _letters(column: int) -> str:
    """A column as a spreadsheet names it.

    >>> _letters(16384), _letters(26)
    ('XFD', 'Z')
    """
    name = ""
    while column > 0:
        column, letter = divmod(column - 1, 26)
        name = chr(65 + letter) + name
    return name


def _repack(parts: Mapping[str, bytes], names: set[str]) -> io.BytesIO:
    """A workbook of the checked parts alone, so that no other reading of the zip is possible."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name in sorted(names):
            _parse(parts[name], name)
            archive.writestr(zipfile.ZipInfo(name), parts[name])
    target.seek(0)
    return target


def _read_grid(workbook: io.BytesIO, title: str) -> list[list[str]]:
    try:
        found = CalamineWorkbook.from_filelike(workbook).get_sheet_by_name(title)
        rows = found.to_python(skip_empty_area=False)
    except BaseException as error:
        # A Rust panic is no Exception, and its class cannot be imported.
        if isinstance(error, Exception) or type(error).__name__ == "PanicException":
            raise ValueError(f"its reader gave up: {error}") from None
        raise
    return [[_write_text(cell) for cell in row] for row in rows]


def _write_text(cell: Any) -> str:
    """A typed cell as text.

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


def _damaged(name: str, what: str) -> FileRefused:
    return _refused(name, "not_a_table", f"a sound .xlsx workbook ({what})", _NEW_EXPORT)


def _refused(name: str, reason: str, expected: str, next_step: str, **place: Any) -> FileRefused:
    return FileRefused(Problem(reason=reason, file=name, expected=expected, next_step=next_step, **place))
