"""Profiles: column mappings for tools, declared in TOML, one file per tool and export type.

The vocabulary is closed; docs/formats.md explains each key.  Users add their own next to programme.toml.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from ..errors import Problem, ProgrammeError, did_you_mean
from ..files.cells import Unit, fold
from ..files.declarations import Declaration, read_toml, validate
from ..files.decoding import list_folder
from ..programme.tables import SHEETS, TABLES, Column, Table
from .unpack import UNPACK

FOLDER = Path(str(files("rotation_analysis"))) / "profiles"
SHEET_TOOL = "owner's sheet"
Format = Literal["csv", "xlsx", "json"]
Kind = Literal["text", "id", "datetime", "date", "number", "amount", "flag", "label", "names"]


def _as_tuple(given: object) -> object:
    """Convert a word or a list to a tuple, as strict validation requires."""
    return (given,) if isinstance(given, str) else tuple(given) if isinstance(given, list) else given


class ProfileColumn(Declaration):
    """How an export represents one field of a canonical table.

    `field`: a column of the profile's table, or `other_table.column` for a linked record (names in one cell,
    people of an incident).  `headers`: synonyms across languages and versions; the first with content in a
    file counts.  `occurrence`: which of several equal headers, from 1.  `value`, instead of or in addition
    to headers: the value of every record whose cell is blank (a text, a label, true or false).  A profile
    claims a file only if all its `claim` columns are present.  `nothing`: words that mean an empty cell.
    An `amount` is a number typed by hand, with or without its `unit`.
    """

    field: str
    headers: tuple[str, ...] = ()
    value: str | bool | None = None
    occurrence: Annotated[int, Field(ge=1)] = 1
    kind: Kind
    labels: dict[str, tuple[str, ...]] = {}
    yes: tuple[str, ...] = ()
    no: tuple[str, ...] = ()
    claim: bool = False
    separator: str = ""
    nothing: tuple[str, ...] = ()
    unit: Unit | None = None

    @property
    def table(self) -> str:
        """Return the other table the field belongs to, "" for the profile's own."""
        return self.field.rpartition(".")[0]

    @property
    def name(self) -> str:
        """Return the field without its table."""
        return self.field.rpartition(".")[2]


class HeaderRows(Declaration):
    """Layout of exports with several header rows.

    `names`, `questions`, `options`: which of the `rows` (from 1) contain the tool's column names, the
    wordings, and the options of a question.  The last row is recognised by a cell that begins with `mark`,
    or by being `empty` in one of these columns.  A file without such a row has one header row if `optional`;
    otherwise the profile does not match.
    """

    rows: Annotated[int, Field(ge=1, le=3)] = 1
    names: Annotated[int, Field(ge=1, le=3)] = 1
    questions: Annotated[int, Field(ge=1, le=3)] | None = None
    options: Annotated[int, Field(ge=1, le=3)] | None = None
    mark: str = ""
    empty: tuple[str, ...] = ()
    optional: bool = False


class SetAside(Declaration):
    """Rule that excludes records: a cell under one of `headers` contains one of `values`, none of `unless`
    (a blank cell contains none either), or (`filled`) any text.
    """

    headers: tuple[str, ...]
    values: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    filled: bool = False
    reason: Literal["test_answer", "bot", "other_kind", "superseded"]


class Profile(Declaration):
    """Column mapping for one export type of one tool.

    `format`: csv, xlsx, json, or several.  `unpack`: the function that flattens the JSON.
    `code_and_text`: questions are worded `code. Text [row]`.  `metadata`: columns of the tool that are not
    questions (`*` at an end matches any text).  `unique`: the tool uses each key once, so records with equal
    keys are the same; otherwise `uid` or all their cells decide.  `unverified`: parts not yet confirmed by a
    real file.
    """

    name: str
    tool: str
    export: str
    format: Annotated[tuple[Format, ...], BeforeValidator(_as_tuple)]
    table: str
    dates: Literal["ymd", "dmy", "mdy"] | None = None
    timezone: str | None = None
    unverified: tuple[str, ...] = ()
    questions: bool = False
    code_and_text: bool = False
    metadata: tuple[str, ...] = ()
    unique: bool = False
    unpack: str | None = None
    header: HeaderRows = HeaderRows()
    set_aside: tuple[SetAside, ...] = ()
    columns: tuple[ProfileColumn, ...]

    @property
    def claims_files(self) -> bool:
        """Return True if files can be recognised by this profile; otherwise a source must name it."""
        return self.code_and_text or any(column.claim for column in self.columns)

    def is_metadata(self, header: str) -> bool:
        """Return True if the tool itself writes this column: it is not a question."""
        text = fold(header)
        return any(
            text.startswith(fold(word[:-1]))
            if word.endswith("*")
            else text.endswith(fold(word[1:]))
            if word.startswith("*")
            else text == fold(word)
            for word in self.metadata
        )

    def missing_claims(self, header: Sequence[str]) -> list[str]:
        """List the claiming columns (first synonym) missing from a header."""
        present = Counter(map(fold, header))
        return [
            column.headers[0]
            for column in self.columns
            if column.claim and all(present[fold(text)] < column.occurrence for text in column.headers)
        ]


def read_profiles(*folders: Path) -> dict[str, Profile]:
    """Read the built-in profiles (including one per owner's sheet) and those in `folders`, by name.

    Raises `ProgrammeError` with the problems of all files.
    """
    return _add_profiles(_read_own(), folders)


@cache  # equal for all programmes, and frozen
def _read_own() -> Mapping[str, Profile]:
    sheets = {f"{name}_sheet": sheet_profile(TABLES[name]) for name in SHEETS}
    return MappingProxyType(_add_profiles(sheets, [FOLDER]))


def _add_profiles(known: Mapping[str, Profile], folders: Iterable[Path]) -> dict[str, Profile]:
    """Add the profiles in `folders`, in order, to the known ones."""
    profiles = dict(known)
    problems: list[Problem] = []
    for file in (path for folder in folders for path in list_folder(folder) if path.suffix == ".toml"):
        profile, found = validate(Profile, read_toml(file, name=file.name), file=file.name)
        problems += found
        if profile is not None:
            problems += validate_profile(profile, file.name)
            if profile.name in profiles:
                problems.append(
                    _build_problem(file.name, "name", profile.name, "a name of its own", "rename the profile")
                )
            profiles[profile.name] = profile
    if problems:
        raise ProgrammeError(problems)
    return profiles


def sheet_profile(table: Table) -> Profile:
    """Build the profile of an owner's sheet: headers are column names or captions."""
    columns = [
        ProfileColumn(
            field=column.name,
            headers=_sheet_headers(column),
            kind="amount" if column.kind in ("level", "number") else column.kind,  # type: ignore[arg-type]
            labels={label: (label, *column.words.get(label, ())) for label in column.labels},
            yes=("はい", "yes", "true", "1", "○"),
            no=("いいえ", "no", "false", "0", "×", "") if column.kind == "flag" else (),
            claim=column.name in SHEETS[table.name],
            unit=column.unit,
        )
        for column in table.columns
    ]
    return Profile(
        name=f"{table.name}_sheet",
        tool=SHEET_TOOL,
        export=table.meaning,
        format=("csv", "xlsx"),
        table=table.name,
        columns=tuple(columns),
    )


def _sheet_headers(column: Column) -> tuple[str, ...]:
    """List a sheet's headers for a column: its captions and its name, in any capitalisation."""
    texts = (*column.captions, column.name, column.name.replace("_", " "))
    return tuple(dict.fromkeys(form for text in texts for form in (text, text.lower(), text.capitalize())))


def _build_problem(
    file: str, column: str, value: str, expected: str, next_step: str | None = None
) -> Problem:
    return Problem(
        reason="profile", file=file, column=column, value=value, expected=expected, next_step=next_step
    )


def validate_profile(profile: Profile, file: str) -> Iterable[Problem]:
    """Yield what a profile declares but the tables, formats and unpacking functions do not support."""
    if profile.table not in TABLES:
        yield _build_problem(file, "table", profile.table, f"one of {', '.join(TABLES)}")
        return
    if ("json" in profile.format) != (profile.unpack is not None):
        yield _build_problem(file, "unpack", profile.unpack or "", "a function for JSON, and for JSON alone")
    if profile.unpack is not None and profile.unpack not in UNPACK:
        yield _build_problem(
            file,
            "unpack",
            profile.unpack,
            f"one of {', '.join(UNPACK)}",
            did_you_mean(profile.unpack, [*UNPACK]),
        )
    for index, column in enumerate(profile.columns):
        try:
            canonical = TABLES[column.table or profile.table].column(column.name)
        except KeyError:
            known = [c.name for c in TABLES[profile.table].columns]
            yield _build_problem(
                file,
                f"columns[{index}].field",
                column.field,
                f"one of {', '.join(known)}",
                did_you_mean(column.field, known),
            )
            continue
        if wanted := _find_value_problem(column, canonical, key=canonical.required and not column.table):
            value = "" if column.value is None else str(column.value)
            yield _build_problem(file, f"columns[{index}].value", value, wanted, "set `headers` or `value`")
        if column.unit is not None and column.kind != "amount":
            expected = "a unit at a column of kind amount only"
            yield _build_problem(file, f"columns[{index}].unit", column.unit, expected, "remove it")
        wrong = sorted(set(column.labels) - set(canonical.labels))
        if wrong:
            expected = f"labels of {column.field}: {', '.join(canonical.labels)}"
            yield _build_problem(file, f"columns[{index}].labels", ", ".join(wrong), expected)


def _find_value_problem(column: ProfileColumn, canonical: Column, *, key: bool) -> str | None:
    """Return the expectation if a column has neither headers nor a valid value; None if it is valid."""
    if column.value is None:
        return None if column.headers else "headers of the file, or a value for every record"
    if key or (column.claim and not column.headers):
        return "headers: neither a needed field nor a claim is a value for every record"
    if canonical.kind == "flag":
        return None if isinstance(column.value, bool) else "true or false"
    if canonical.kind == "label":
        return None if column.value in canonical.labels else f"one of {', '.join(canonical.labels)}"
    fits = canonical.kind in ("text", "id") and isinstance(column.value, str) and column.value.strip()
    return None if fits else "a text, for a field of texts"


def number_header(header: str, nth: int) -> str:
    """Name the n-th column with the same header.

    >>> number_header("Date", 1), number_header("Date", 2)
    ('Date', 'Date (2)')
    """
    return header if nth == 1 else f"{header} ({nth})"


def find_unknown_fields(
    profile: Profile, source: str, *, columns: Iterable[str], labels: Mapping[str, Iterable[str]]
) -> list[Problem]:
    """List the fields and labels that a source adds to a profile, but its table does not have."""
    own = {column.name: column.labels for column in TABLES[profile.table].columns}
    fields = [*own, *(column.field for column in profile.columns if column.field not in own)]
    wanted: list[tuple[str, Iterable[str], Sequence[str]]] = [
        ("columns", columns, [*own]),
        ("labels", labels, fields),
        *((f"labels.{name}", words, own[name]) for name, words in labels.items() if own.get(name)),
    ]
    return [
        Problem(
            reason="programme",
            file="programme.toml",
            column=f'sources["{source}"].{key}.{name}',
            expected=f"one of {', '.join(known)}",
            next_step=did_you_mean(name, known),
        )
        for key, given, known in wanted
        for name in given
        if name not in known
    ]


def nearest_profiles(
    profiles: Iterable[Profile], header: Sequence[str], *, format: str | None, most: int = 3
) -> list[tuple[str, list[str]]]:
    """Rank profiles of a format (None: any) by the share of columns in a header, with missing claims."""
    present = {fold(text) for text in header}

    def score(profile: Profile) -> float:
        hits = sum(1 for column in profile.columns if present & {fold(text) for text in column.headers})
        return hits / len(profile.columns)

    fitting = [profile for profile in profiles if format in (None, *profile.format) and score(profile) > 0]
    ranked = sorted(fitting, key=lambda profile: (-score(profile), profile.name))
    return [(profile.name, profile.missing_claims(header)) for profile in ranked[:most]]
