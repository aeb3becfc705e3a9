"""Profiles: how the exports of one tool look, declared in TOML, one file a tool and kind of export.

The vocabulary is closed; docs/formats.md explains each key.  Users add their own beside programme.toml.
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
    """One word as a tuple of one; strict validation takes no list here."""
    return (given,) if isinstance(given, str) else tuple(given) if isinstance(given, list) else given


class ProfileColumn(Declaration):
    """How one field of a canonical table stands in the export.

    `field` is a column of the profile's table, or `other_table.column` for a record that hangs on it (names
    in one cell, people of an incident).  `headers` are synonyms over languages and versions; the first that a
    file has filled counts.  Of columns headed alike `occurrence` tells which, 1 being the first.  `value`, in
    place of headers or beside them, is what every record has whose cell is blank: a text, a label, true or
    false.  `claim` columns must all be there for the profile to claim a file.  `nothing` are words that stand
    for an empty cell.  An `amount` is a number typed by hand, with or without its `unit`.
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
        """The other table the field belongs to, "" for the profile's own."""
        return self.field.rpartition(".")[0]

    @property
    def name(self) -> str:
        """The field without its table."""
        return self.field.rpartition(".")[2]


class HeaderRows(Declaration):
    """Where more than one row stands above the records.

    `names`, `questions`, `options`: in which of the `rows` (from 1) the tool's column names, the wordings and
    the options of a question stand.  The last of them is known by a cell that begins with `mark`, or by
    being `empty` in one of these columns; a file without has one header row if `optional`, else it is no such
    export.
    """

    rows: Annotated[int, Field(ge=1, le=3)] = 1
    names: Annotated[int, Field(ge=1, le=3)] = 1
    questions: Annotated[int, Field(ge=1, le=3)] | None = None
    options: Annotated[int, Field(ge=1, le=3)] | None = None
    mark: str = ""
    empty: tuple[str, ...] = ()
    optional: bool = False


class SetAside(Declaration):
    """Records that a profile leaves out: where one of `headers` holds one of `values`, none of `unless` (a
    blank cell holds none either), or (`filled`) anything at all.
    """

    headers: tuple[str, ...]
    values: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    filled: bool = False
    reason: Literal["test_answer", "bot", "other_kind", "superseded"]


class Profile(Declaration):
    """A declared dialect.

    `format`: csv, xlsx, json, or several.  `unpack` names the function that takes a JSON tree apart.
    `code_and_text`: questions are worded `code. Text [row]`.  `metadata`: columns of the tool that ask
    nothing (`*` at an end stands for any text).  `unique`: the tool gives each key once, so that records of
    one key are one; else all their cells tell, if no `uid` does.  `unverified` lists what no real file has
    shown.
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
        """Whether a file can be recognised as such an export; otherwise a source has to name the profile."""
        return self.code_and_text or any(column.claim for column in self.columns)

    def is_metadata(self, header: str) -> bool:
        """Whether the tool itself writes this column: it asks nothing."""
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
        """The claiming headers (first synonym) that a header lacks."""
        here = Counter(map(fold, header))
        return [
            column.headers[0]
            for column in self.columns
            if column.claim and all(here[fold(text)] < column.occurrence for text in column.headers)
        ]


def read_profiles(*folders: Path) -> dict[str, Profile]:
    """The profiles that come along (one a sheet of the owner, too) and those in `folders`, by name.

    Raises `ProgrammeError` with all problems of all files at once.
    """
    return _add_profiles(_read_own(), folders)


@cache  # the same for every programme, and frozen
def _read_own() -> Mapping[str, Profile]:
    sheets = {f"{name}_sheet": sheet_profile(TABLES[name]) for name in SHEETS}
    return MappingProxyType(_add_profiles(sheets, [FOLDER]))


def _add_profiles(known: Mapping[str, Profile], folders: Iterable[Path]) -> dict[str, Profile]:
    """The known profiles and those in `folders`, after one another."""
    profiles = dict(known)
    problems: list[Problem] = []
    for file in (path for folder in folders for path in list_folder(folder) if path.suffix == ".toml"):
        profile, found = validate(Profile, read_toml(file, name=file.name), file=file.name)
        problems += found
        if profile is not None:
            problems += find_misfits(profile, file.name)
            if profile.name in profiles:
                problems.append(
                    _misfit(file.name, "name", profile.name, "a name of its own", "rename the profile")
                )
            profiles[profile.name] = profile
    if problems:
        raise ProgrammeError(problems)
    return profiles


def sheet_profile(table: Table) -> Profile:
    """The profile of a sheet that an owner keeps: a column is headed by its name or its caption."""
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
    """A sheet's headers for a column: its captions and its name, however they are capitalised."""
    texts = (*column.captions, column.name, column.name.replace("_", " "))
    return tuple(dict.fromkeys(form for text in texts for form in (text, text.lower(), text.capitalize())))


def _misfit(file: str, column: str, value: str, expected: str, next_step: str | None = None) -> Problem:
    return Problem(
        reason="profile", file=file, column=column, value=value, expected=expected, next_step=next_step
    )


def find_misfits(profile: Profile, file: str) -> Iterable[Problem]:
    """What a profile declares and the tables, formats and unpacking functions do not have."""
    if profile.table not in TABLES:
        yield _misfit(file, "table", profile.table, f"one of {', '.join(TABLES)}")
        return
    if ("json" in profile.format) != (profile.unpack is not None):
        yield _misfit(file, "unpack", profile.unpack or "", "a function for JSON, and for JSON alone")
    if profile.unpack is not None and profile.unpack not in UNPACK:
        yield _misfit(
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
            yield _misfit(
                file,
                f"columns[{index}].field",
                column.field,
                f"one of {', '.join(known)}",
                did_you_mean(column.field, known),
            )
            continue
        if wanted := _find_no_value(column, canonical, key=canonical.required and not column.table):
            value = "" if column.value is None else str(column.value)
            yield _misfit(file, f"columns[{index}].value", value, wanted, "say it in `headers` or `value`")
        if column.unit is not None and column.kind != "amount":
            expected = "a unit at a column of kind amount only"
            yield _misfit(file, f"columns[{index}].unit", column.unit, expected, "remove it")
        wrong = sorted(set(column.labels) - set(canonical.labels))
        if wrong:
            expected = f"labels of {column.field}: {', '.join(canonical.labels)}"
            yield _misfit(file, f"columns[{index}].labels", ", ".join(wrong), expected)


def _find_no_value(column: ProfileColumn, canonical: Column, *, key: bool) -> str | None:
    """What is expected where a column has neither headers nor a value that its field can take."""
    if column.value is None:
        return None if column.headers else "headers of the file, or a value for every record"
    if key or (column.claim and not column.headers):
        return "headers: neither a needed field nor a claim is a value for every record"
    if canonical.kind == "flag":
        return None if isinstance(column.value, bool) else "true or false"
    if canonical.kind == "label":
        return None if column.value in canonical.labels else f"one of {', '.join(canonical.labels)}"
    fits = canonical.kind in ("text", "id") and isinstance(column.value, str) and column.value.strip()
    return None if fits else "a text, of a field that holds texts"


def number_header(header: str, nth: int) -> str:
    """How the n-th of the columns headed alike is called.

    >>> number_header("Date", 1), number_header("Date", 2)
    ('Date', 'Date (2)')
    """
    return header if nth == 1 else f"{header} ({nth})"


def find_unknown_fields(
    profile: Profile, source: str, *, columns: Iterable[str], labels: Mapping[str, Iterable[str]]
) -> list[Problem]:
    """Fields and labels that a source of the programme adds to a profile and its table does not have."""
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
    """The profiles of a format (None: of any) that recognise most of a header, with the claims it lacks."""
    here = {fold(text) for text in header}

    def score(profile: Profile) -> float:
        hits = sum(1 for column in profile.columns if here & {fold(text) for text in column.headers})
        return hits / len(profile.columns)

    fitting = [profile for profile in profiles if format in (None, *profile.format) and score(profile) > 0]
    ranked = sorted(fitting, key=lambda profile: (-score(profile), profile.name))
    return [(profile.name, profile.missing_claims(header)) for profile in ranked[:most]]
