"""Read `programme.toml` and the owner's sheets it names into one checked `Programme`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any, get_args

from ..errors import FileError, Problem, ProgrammeError, did_you_mean
from ..files.cells import fold
from ..files.declarations import Declaration, read_hashed_toml, validate, validate_row
from ..files.decoding import list_folder
from ..files.records import Records, read_records
from .model import Programme, ReadFile, SheetName, is_inside
from .validation import validate_programme
from .words import FOLDER, list_files

SAMPLE = Path("sample")
SHEET_ROWS: dict[str, type[Declaration]] = {
    name: get_args(Programme.model_fields[name].annotation)[0] for name in get_args(SheetName)
}
"""Row model of each sheet: the entry type of the programme list that the sheet replaces."""
_RESERVED_KEYS = ("words", "folder", "read_from", "sheet_rows")  # set by read_programme only


def find_programme(path: Path | str) -> Path:
    """Return `path` or the programme.toml in it; raise `FileError` if neither is a file.

    If no file or folder "sample" exists here, "sample" means the one that `find_sample` returns.
    """
    path = Path(path)
    if path == SAMPLE and not path.exists():
        path = find_sample()
    file = path / "programme.toml" if path.is_dir() else path
    if not file.is_file():
        raise FileError(
            Problem(
                reason="not_a_file",
                file=str(path),
                expected="a programme.toml or the folder that holds one",
                next_step="check the path; `rotation-analysis report sample` builds the sample",
            )
        )
    return file


def find_sample() -> Path:
    """Return the folder of the invented programme: the repository's, otherwise the tiny one in the wheel."""
    package = Path(str(files("rotation_analysis")))
    stored = package.parent / "data" / "sample"
    return stored if (stored / "programme.toml").is_file() else package / "sample"


@dataclass(frozen=True)
class _Part:
    """One file next to programme.toml: its content for a list or an edition (`name`), and its problems.

    `rows`: the row number of each entry of a sheet.
    """

    name: str
    problems: Sequence[Problem] = ()
    content: Any = None
    read: ReadFile | None = None
    rows: tuple[int, ...] = ()


def read_programme(path: Path | str, *, as_of: date | None = None) -> Programme:
    """Read and check the programme at `path` (file or folder).

    Raises one `ProgrammeError` that lists every problem in the TOML file and in the sheets it names.
    """
    file = find_programme(path)
    data, sha256 = read_hashed_toml(file, name=file.name)
    if as_of is not None and isinstance(data.get("programme"), dict):
        data["programme"]["as_of"] = as_of
    reserved = [key for key in _RESERVED_KEYS if data.pop(key, None) is not None]
    problems = [_problem(file.name, key, None, "a known key", "remove it") for key in reserved]
    declared, found = validate(Programme, data, file=file.name)
    sheets = list(_read_sheets(file.parent, data))
    problems += [*found, *(problem for sheet in sheets for problem in sheet.problems)]
    if declared is None or problems:
        raise ProgrammeError(problems)
    read_from = [ReadFile(file=file.name, sha256=sha256), *(sheet.read for sheet in sheets)]
    lists = {sheet.name: sheet.content for sheet in sheets}
    rows = {sheet.name: sheet.rows for sheet in sheets}
    update = {**lists, "folder": file.parent.resolve(), "read_from": tuple(read_from), "sheet_rows": rows}
    programme = declared.model_copy(update=update)
    for problem in validate_programme(programme):  # if rotations are a sheet: rotations[2].end → its row
        name, row, column = programme.locate_key(problem.column or "")
        problems.append(replace(problem, file=name, row=row, column=column or None))
    words: list[_Part] = []
    try:
        words += _read_words(programme)
    except FileError as error:
        problems.append(error.problem)
    problems += [problem for part in words for problem in part.problems]
    if problems:
        raise ProgrammeError(problems)
    read_from += [part.read for part in words]
    written = {part.name: part.content for part in words}
    return programme.model_copy(update={"words": written, "read_from": tuple(read_from)})


def _problem(
    file: str, column: str | None, value: str | None, expected: str, next_step: str, row: int | None = None
) -> Problem:
    return Problem(
        reason="programme",
        file=file,
        row=row,
        column=column,
        value=value,
        expected=expected,
        next_step=next_step,
    )


def _read_words(programme: Programme) -> Iterator[_Part]:
    """Read the owner's texts in words/, by edition; a file that belongs to no edition is a problem.

    Skips temporary files of editors and systems.  Raises `FileError` if words/ is not a folder.
    """
    known = list_files(cohorts=programme.cohorts, people=programme.participants)
    for path in list_folder(programme.folder / FOLDER):
        file = f"{FOLDER}/{path.name}"
        if path.name.startswith(".") or path.name.endswith("~"):
            continue
        if file not in known:
            hint = did_you_mean(file, list(known)) or "docs/formats.md lists the names"
            expected = "a file of words for a cohort or a participant that exists"
            yield _Part(file, [_problem(file, None, None, expected, hint)])
            continue
        edition, model = known[file]
        try:
            data, sha256 = read_hashed_toml(path, name=file)
        except FileError as error:
            yield _Part(edition, [error.problem])
            continue
        written, problems = validate(model, data, file=file)
        yield _Part(edition, problems, written, ReadFile(file=file, sha256=sha256))


def _read_sheets(folder: Path, data: Mapping[str, Any]) -> Iterator[_Part]:
    """Read the sheets that the TOML names; mistakes in `sheets` itself are problems of the TOML file."""
    sheets = data.get("sheets")
    for name, file in sheets.items() if isinstance(sheets, dict) else ():
        if name not in SHEET_ROWS or not isinstance(file, str):
            continue
        if data.get(name):
            expected = f"either [[{name}]] or sheets.{name}, not both"
            both = _problem("programme.toml", name, None, expected, "move the entries into the sheet")
            yield _Part(name, [both])
        if not is_inside(file):
            expected = "a path inside the programme's folder"
            at = f"sheets.{name}"
            yield _Part(name, [_problem("programme.toml", at, file, expected, "copy the sheet into it")])
            continue
        try:
            records = read_records(folder / file, name=file, may_be_empty=True)
        except FileError as error:
            yield _Part(name, [error.problem])
            continue
        yield _read_rows(name, records, SHEET_ROWS[name], file)


def _read_rows(name: str, records: Records, model: type[Declaration], file: str) -> _Part:
    """Read a sheet's rows with their numbers, and its problems; skip the empty rows that Excel keeps."""
    fields = list(model.model_fields)
    header = [fold(text).replace(" ", "_") for text in records.header]
    expected = f"one of {', '.join(fields)}"
    problems = [
        _problem(file, text, None, expected, did_you_mean(field, fields) or "remove the column", row=1)
        for text, field in zip(records.header, header, strict=True)
        if field and field not in fields
    ]
    problems += [
        Problem(reason=r.reason, file=file, row=r.row, value=r.value, expected=r.expected)
        for r in records.refused.itertuples()
    ]
    rows: list[Declaration] = []
    numbers: list[int] = []
    for row, cells in zip(records.rows, records.cells.itertuples(index=False), strict=True):
        if not any(text.strip() for text in cells):
            continue
        given = {field: text for field, text in zip(header, cells, strict=True) if field in fields}
        value, found = validate_row(model, given, file=file, row=int(row))
        problems += found
        numbers.append(int(row))
        if value is not None:
            rows.append(value)
    read = ReadFile(file=file, sha256=records.sha256, rows=len(numbers))
    return _Part(name, problems, tuple(rows), read, tuple(numbers))
