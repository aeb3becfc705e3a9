"""`programme.toml` and the owner's sheets it names are read into one checked `Programme`."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

from ..errors import FileError, Problem, ProgrammeError, did_you_mean
from ..files.cells import fold
from ..files.declarations import Declaration, read_hashed_toml, validate, validate_row
from ..files.decoding import list_folder
from ..files.records import Records, read_records
from .model import (
    Alias,
    Approval,
    Consent,
    Correction,
    Event,
    Leave,
    Person,
    Programme,
    ReadFile,
    Reply,
    Rotation,
    Team,
    is_inside,
)
from .validation import validate_programme
from .words import FOLDER, Words, list_files

SAMPLE = Path("sample")
SHEET_ROWS: dict[str, type[Declaration]] = {
    "people": Person,
    "teams": Team,
    "rotations": Rotation,
    "aliases": Alias,
    "events": Event,
    "consents": Consent,
    "approvals": Approval,
    "replies": Reply,
    "corrections": Correction,
    "leave": Leave,
}
_OURS = ("words", "folder", "read_from", "sheet_rows")  # set by read_programme, never by an owner


def find_programme(path: Path | str) -> Path:
    """`path` itself, or the programme.toml in it; `FileError` where neither is a file.

    Where nothing of that name lies here, "sample" is the repository's sample or the tiny one in the wheel.
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
    """The folder of the invented programme: the repository's, or else the tiny one inside the wheel."""
    package = Path(str(files("rotation_analysis")))
    stored = package.parent / "data" / "sample"
    return stored if (stored / "programme.toml").is_file() else package / "sample"


def read_programme(path: Path | str, *, as_of: date | None = None) -> Programme:
    """The programme at `path` (file or folder), checked as a whole.

    Raises `ProgrammeError` with every problem of the TOML file and of every sheet it names at once.
    """
    file = find_programme(path)
    data, sha256 = read_hashed_toml(file, name=file.name)
    if as_of is not None and isinstance(data.get("programme"), dict):
        data["programme"]["as_of"] = as_of
    problems = [
        Problem(reason="programme", file=file.name, column=key, expected="a known key", next_step="remove it")
        for key in _OURS
        if data.pop(key, None) is not None
    ]
    declared, found = validate(Programme, data, file=file.name)
    problems += found
    sheets = data.get("sheets")
    lists, rows, read_from, sheet_problems = _read_sheets(
        file.parent, sheets if isinstance(sheets, dict) else {}, data
    )
    problems += sheet_problems
    if declared is None or problems:
        raise ProgrammeError(problems)
    toml = ReadFile(file=file.name, sha256=sha256)
    programme = declared.model_copy(
        update={
            **lists,
            "folder": file.parent.resolve(),
            "read_from": (toml, *read_from),
            "sheet_rows": rows,
        }
    )
    problems = [_placed(problem, programme) for problem in validate_programme(programme)]
    try:
        words, read_from, word_problems = _read_words(programme)
    except FileError as refused:
        raise ProgrammeError([*problems, refused.problem]) from None
    problems += word_problems
    if problems:
        raise ProgrammeError(problems)
    return programme.model_copy(update={"words": words, "read_from": (*programme.read_from, *read_from)})


def _read_words(programme: Programme) -> tuple[dict[str, Words], list[ReadFile], list[Problem]]:
    """What people wrote beside the programme, by edition; a file that is for no edition is a problem."""
    known = list_files(cohorts=programme.cohorts, people=programme.participants)
    words: dict[str, Words] = {}
    read_from: list[ReadFile] = []
    problems: list[Problem] = []
    for file in _list_word_files(programme.folder):
        if file not in known:
            hint = did_you_mean(file, list(known)) or "docs/formats.md lists the names"
            expected = "a file of words for a cohort or a participant that exists"
            problems.append(Problem(reason="programme", file=file, expected=expected, next_step=hint))
            continue
        edition, model = known[file]
        try:
            data, sha256 = read_hashed_toml(programme.folder / file, name=file)
        except FileError as refused:
            problems.append(refused.problem)
            continue
        written, found = validate(model, data, file=file)
        problems += found
        if written is not None:
            words[edition] = written
            read_from.append(ReadFile(file=file, sha256=sha256))
    return words, read_from, problems


def _list_word_files(folder: Path) -> list[str]:
    """Everything in words/ but what an editor or a system leaves there, in the order of names."""
    names = [path.name for path in list_folder(folder / FOLDER)]
    return [f"{FOLDER}/{name}" for name in names if not name.startswith(".") and not name.endswith("~")]


def _read_sheets(
    folder: Path, sheets: dict[str, Any], data: dict[str, Any]
) -> tuple[dict[str, Any], dict[str, tuple[int, ...]], list[ReadFile], list[Problem]]:
    lists: dict[str, Any] = {}
    places: dict[str, tuple[int, ...]] = {}
    read_from: list[ReadFile] = []
    problems: list[Problem] = []
    for name, file in sheets.items():
        if name not in SHEET_ROWS or not isinstance(file, str):
            continue  # already a problem of the TOML file
        if data.get(name):
            problems.append(
                Problem(
                    reason="programme",
                    file="programme.toml",
                    column=name,
                    expected=f"either [[{name}]] or sheets.{name}, not both",
                    next_step="move the entries into the sheet",
                )
            )
        if not is_inside(file):
            problems.append(
                Problem(
                    reason="programme",
                    file="programme.toml",
                    column=f"sheets.{name}",
                    value=file,
                    expected="a path inside the programme's folder",
                    next_step="copy the sheet into it",
                )
            )
            continue
        try:
            records = read_records(folder / file, name=file, may_be_empty=True)
        except FileError as refused:
            problems.append(refused.problem)
            continue
        rows, numbers, found = _read_rows(records, SHEET_ROWS[name], file)
        problems += found
        lists[name] = tuple(rows)
        places[name] = tuple(numbers)
        read_from.append(ReadFile(file=file, sha256=records.sha256, rows=len(numbers)))
    return lists, places, read_from, problems


def _read_rows(
    records: Records, model: type[Declaration], file: str
) -> tuple[list[Declaration], list[int], list[Problem]]:
    """A sheet's rows, where each stands, and every problem; a row of empty cells, as Excel keeps, is none."""
    header, problems = _match_fields(records.header, model, file)
    problems += [
        Problem(reason=r.reason, file=file, row=r.row, value=r.value, expected=r.expected)
        for r in records.refused.itertuples()
    ]
    rows: list[Declaration] = []
    numbers: list[int] = []
    for row, cells in zip(records.rows, records.cells.itertuples(index=False), strict=True):
        if not any(text.strip() for text in cells):
            continue
        given = {field: text for field, text in zip(header, cells, strict=True) if field}
        value, found = validate_row(model, given, file=file, row=int(row))
        problems += found
        numbers.append(int(row))
        if value is not None:
            rows.append(value)
    return rows, numbers, problems


def _match_fields(
    header: tuple[str, ...], model: type[Declaration], file: str
) -> tuple[list[str | None], list[Problem]]:
    """The model's field for each column (None = not understood), and the problems of the header."""
    fields = list(model.model_fields)
    matched: list[str | None] = []
    problems = []
    for text in header:
        field = fold(text).replace(" ", "_")
        matched.append(field if field in fields else None)
        if field and field not in fields:
            problems.append(
                Problem(
                    reason="programme",
                    file=file,
                    row=1,
                    column=text,
                    expected=f"one of {', '.join(fields)}",
                    next_step=did_you_mean(field, fields) or "remove the column",
                )
            )
    return matched, problems


def _placed(problem: Problem, programme: Programme) -> Problem:
    """A problem at `rotations[2].end`, told at its row and column if rotations stand in a sheet."""
    file, row, column = programme.place_of(problem.column or "")
    return replace(problem, file=file, row=row, column=column or None)
