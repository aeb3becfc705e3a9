"""Other tools' files become canonical tables, and every record is accounted for.

`read_exports` reads all sources of a programme; `read_export` one file.  A file that no profile or two
profiles claim, or that is not a table, is refused as a whole; the others are read all the same, so that an
owner learns of everything at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from . import cells
from .account import RECORD_COLUMNS, TOLD, Account, FileAccount
from .answers import read_answers
from .errors import FileRefused, Problem, ProgrammeRefused
from .profiles import Profile, ProfileColumn, find_unknown_fields, nearest_profiles, read_profiles
from .programme import Programme, Source
from .records import Records, read_records
from .tables import TABLES, Table, conform, empty

SHEET_PROFILE = "owner's sheet (programme)"
EXPECTED = {
    "bad_date": "a date and time",
    "ambiguous_date": "dates that fit one order only",
    "nonexistent_time": "a time that exists in its zone",
    "ambiguous_time": "a time that occurs once in its zone",
    "bad_number": "a number",
    "out_of_scale": "a level of the scale",
    "unmapped_label": "a declared label",
}
NEXT_STEP = {
    "bad_date": "correct the cell, or declare `dates` of the source",
    "ambiguous_date": 'declare `dates = "ymd"`, "dmy" or "mdy" at the source',
    "nonexistent_time": "declare the source's `timezone`; the clock skipped this time",
    "ambiguous_time": "declare the source's `timezone`; the clock showed this time twice",
    "bad_number": "correct the cell",
    "out_of_scale": "correct the cell",
    "unmapped_label": "add it to `labels` of the source",
}


@dataclass(frozen=True, kw_only=True)
class Export:
    """One file as read: tables, what became of its records, cells that could not be used."""

    file: FileAccount
    tables: Mapping[str, pd.DataFrame]
    records: pd.DataFrame
    cells: pd.DataFrame
    candidates: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Reading:
    """All sources of a programme as read; `refused` holds the files that were not."""

    tables: Mapping[str, pd.DataFrame]
    account: Account
    refused: tuple[Problem, ...] = ()
    zones: Mapping[str, str] = field(default_factory=dict)


def read_exports(programme: Programme, *, progress: Callable[[str], None] = lambda file: None) -> Reading:
    """Every file of every source of `programme`, in the order declared; `progress` is told each file."""
    profiles = read_profiles(programme.folder / "profiles")
    exports: list[Export] = []
    refused: list[Problem] = []
    zones: dict[str, str] = {}
    for source, path in list_files(programme):
        name = path.relative_to(programme.folder).as_posix()
        progress(name)
        zones[name] = source.timezone or programme.programme.timezone
        try:
            exports.append(
                read_export(path, name=name, source=source, profiles=profiles, programme=programme)
            )
        except FileRefused as error:
            refused.append(error.problem)
    sheets = [_sheet_export(file.file, file.sha256, file.rows) for file in programme.read_from[1:]]
    exports = _set_repeats_aside(exports)
    return Reading(
        tables=_join_tables(exports),
        account=_join_accounts([*sheets, *exports]),
        refused=tuple(refused),
        zones=zones,
    )


def list_files(programme: Programme) -> Iterator[tuple[Source, Path]]:
    """Each source with each of its files, patterns resolved in sorted order."""
    for source in programme.sources:
        found = (path for pattern in source.files for path in sorted(programme.folder.glob(pattern)))
        for path in dict.fromkeys(found):
            yield source, path


def read_export(
    path: Path,
    *,
    name: str,
    source: Source,
    profiles: Mapping[str, Profile],
    programme: Programme | None = None,
) -> Export:
    """One file through its profile; `FileRefused` where it cannot be read at all."""
    records = read_records(path, name=name, encoding=source.encoding, sheet=source.sheet)
    profile, candidates = choose_profile(records, source, profiles)
    layout = _lay_out(records.header, profile, source)
    timezone = source.timezone or profile.timezone or (programme.programme.timezone if programme else "UTC")
    frame, bad = _read_fields(records, layout, order=source.dates or profile.dates, timezone=timezone)
    warnings = dict(records.warnings)
    columns: dict[str, str | None] = dict.fromkeys(records.header)
    columns |= {records.header[at.position]: at.column.field for at in layout}
    if profile.questions:
        understood = {at.position for at in layout}
        survey = read_answers(records, frame, taken=understood, source=source, programme=programme)
        tables = {"responses": survey.responses}
        bad = pd.concat([bad, survey.cells], ignore_index=True)
        warnings |= survey.warnings
        columns |= survey.columns
    else:
        tables = _split_tables(frame, profile)
    tables, outcomes = _refuse_keyless(tables, records, TABLES[profile.table], layout)
    return Export(
        file=FileAccount(
            file=name,
            sha256=records.sha256,
            profile=profile.name,
            encoding=records.encoding,
            warnings=warnings,
            columns=columns,
        ),
        tables=tables,
        records=outcomes,
        cells=bad,
        candidates=candidates,
    )


def choose_profile(
    records: Records, source: Source, profiles: Mapping[str, Profile]
) -> tuple[Profile, tuple[str, ...]]:
    """The profile the source names, or the one that claims the file; with all that claim it."""
    kind = "xlsx" if records.encoding == "xlsx" else "csv"
    claiming = tuple(
        sorted(p.name for p in profiles.values() if p.format == kind and p.claims(records.header))
    )
    if source.profile is not None:
        if source.profile not in profiles:
            raise _no_profile(records, profiles, f"profile {source.profile!r} does not exist")
        missing = profiles[source.profile].missing_claims(records.header)
        if missing:
            raise _no_profile(
                records, profiles, f"profile {source.profile!r} needs the columns {', '.join(missing)}"
            )
        return profiles[source.profile], claiming
    if len(claiming) == 1:
        return profiles[claiming[0]], claiming
    if claiming:
        raise FileRefused(
            Problem(
                reason="two_profiles",
                file=records.file,
                value=", ".join(claiming),
                expected="one profile that claims the file",
                next_step=f'name one at the source: profile = "{claiming[0]}"',
            )
        )
    raise _no_profile(records, profiles, "a file that a profile claims")


def _no_profile(records: Records, profiles: Mapping[str, Profile], expected: str) -> FileRefused:
    near = [
        f"{name} (lacks {', '.join(missing)})" if missing else name
        for name, missing in nearest_profiles(profiles.values(), records.header)
    ]
    return FileRefused(
        Problem(
            reason="no_profile",
            file=records.file,
            row=1,
            value=", ".join(records.header),
            expected=expected,
            next_step=f"nearest: {'; '.join(near)}; else write a profile for it"
            if near
            else "write a profile for it",
        )
    )


@dataclass(frozen=True)
class _At:
    """A profile's column at its position in a file."""

    position: int
    column: ProfileColumn


def _lay_out(header: Sequence[str], profile: Profile, source: Source) -> list[_At]:
    """Where each field stands; of repeated names the first counts, all others keep their own position."""
    table = TABLES[profile.table]
    unknown = find_unknown_fields(profile, source.name, columns=source.columns, labels=source.labels)
    if unknown:
        raise ProgrammeRefused(unknown)
    columns = [column for column in profile.columns if column.field not in source.columns]
    for name, text in source.columns.items():
        canonical = table.column(name)
        columns.append(ProfileColumn(field=name, headers=(text,), kind=canonical.kind))  # type: ignore[arg-type]
    here = [cells.fold(text) for text in header]
    laid = []
    for column in columns:
        given = source.labels.get(column.field)
        if given and column.kind == "flag":
            column = column.model_copy(update={"yes": given.get("yes", ()), "no": given.get("no", ())})
        elif given:
            column = column.model_copy(update={"labels": {**column.labels, **given}})
        _check_words(column, source)
        wanted = [cells.fold(text) for text in column.headers]
        position = next((here.index(text) for text in wanted if text in here), None)
        if position is not None:
            laid.append(_At(position, column))
    return laid


def _check_words(column: ProfileColumn, source: Source) -> None:
    """A word that stands for two labels is the owner's mistake, told before any cell is read."""
    meaning: dict[str, str] = {}
    for label, words in {**column.labels, "yes": column.yes, "no": column.no}.items():
        for word in words:
            other = meaning.setdefault(cells.fold(word), label)
            if other != label:
                problem = Problem(
                    reason="programme",
                    file="programme.toml",
                    column=f'sources["{source.name}"].labels.{column.field}',
                    value=word,
                    expected="a word that stands for one label",
                    next_step=f"keep it under one of {other}, {label}",
                )
                raise ProgrammeRefused([problem])


def _read_fields(
    records: Records, layout: Sequence[_At], *, order: str | None, timezone: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The typed fields of every record with its place, and the cells that could not be used."""
    frame = pd.DataFrame({"file": records.file, "sheet": records.sheet, "row": records.rows})
    bad = []
    for at in layout:
        text = records.cells[at.position].reset_index(drop=True)
        values, reasons = _read_column(text, at.column, order=order, timezone=timezone)
        frame[at.column.field] = values.to_numpy() if values.dtype == object else values.array
        bad.append(_bad_cells(frame, reasons, text, records.header[at.position]))
    return frame, pd.concat([_no_cells(), *bad], ignore_index=True)


def _read_column(
    text: pd.Series, column: ProfileColumn, *, order: str | None, timezone: str
) -> tuple[pd.Series, pd.Series]:
    match column.kind:
        case "datetime":
            return cells.read_datetimes(text, order=order, timezone=timezone)
        case "date":
            return cells.read_dates(text, order=order)
        case "number":
            return cells.read_numbers(text)
        case "flag":
            return cells.read_flags(text, yes=column.yes, no=column.no)
        case "label":
            return cells.read_labels(text, column.labels)
        case "id":
            return cells.read_ids(text)
        case _:
            values = text.where(text.str.strip().ne(""), None)
            return values, pd.Series("", index=text.index)


def _no_records() -> pd.DataFrame:
    return pd.DataFrame(columns=RECORD_COLUMNS, dtype=object)


def _no_cells() -> pd.DataFrame:
    return pd.DataFrame(
        columns=["file", "sheet", "row", "column", "reason", "value", "expected", "next"], dtype=object
    )


def _bad_cells(frame: pd.DataFrame, reasons: pd.Series, text: pd.Series, header: str) -> pd.DataFrame:
    here = reasons.ne("") & reasons.isin(list(EXPECTED))
    place = frame.loc[here, ["file", "sheet", "row"]]
    return place.assign(
        column=header,
        reason=reasons[here],
        value=text[here],
        expected=reasons[here].map(EXPECTED),
        next=reasons[here].map(NEXT_STEP),
    )


def _split_tables(frame: pd.DataFrame, profile: Profile) -> dict[str, pd.DataFrame]:
    """The profile's own table, and one row a name for columns that belong to another table."""
    table = TABLES[profile.table]
    tables = {table.name: conform(frame, table)}
    for column in profile.columns:
        other, _, name = column.field.rpartition(".")
        if not other or column.field not in frame:
            continue
        sub = TABLES[other]
        names = frame[column.field].fillna("").str.split(f"[{column.separator}]", regex=True)
        rows = frame[["file", "sheet", "row"]].assign(**{name: names, str(sub.link): frame["id"]})
        rows = rows.explode(name)
        rows[name] = rows[name].str.strip()
        tables[other] = conform(rows[rows[name].ne("")], sub)
    return tables


def _refuse_keyless(
    tables: dict[str, pd.DataFrame], records: Records, table: Table, layout: Sequence[_At]
) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """Records without their key, or with one that a spreadsheet damaged, are refused; so the others stand."""
    outcomes = pd.DataFrame({"file": records.file, "sheet": records.sheet, "row": records.rows})
    outcomes = outcomes.assign(outcome="used", reason="").reindex(columns=RECORD_COLUMNS)
    told_columns = ["sheet", "column", "value", "expected", "next"]
    outcomes[told_columns] = outcomes[told_columns].astype(object)
    told = records.refused.assign(
        file=records.file, sheet=records.sheet, outcome="refused", next="mend the record and export again"
    )
    positions = {at.column.field: at.position for at in layout}
    for column in (c for c in table.columns if c.required and c.kind in ("id", "text")):
        at = positions.get(column.name)
        text = pd.Series("", outcomes.index) if at is None else records.cells[at].reset_index(drop=True)
        damaged = cells.read_ids(text)[1].eq("damaged_id") & (column.kind == "id")
        for reason, wrong in (("missing_key", text.str.strip().eq("")), ("damaged_id", damaged)):
            here = wrong & outcomes["outcome"].eq("used")
            place = column.name if at is None else records.header[at]
            outcomes.loc[here, ["outcome", "reason", "column"]] = ["refused", reason, place]
            outcomes.loc[here, ["expected", "next"]] = TOLD[reason]
            outcomes.loc[here, "value"] = text[here]
    gone = set(outcomes.loc[outcomes["outcome"].ne("used"), "row"])
    kept = {key: frame[~frame["row"].isin(gone)] for key, frame in tables.items()}
    return kept, pd.concat([outcomes, told.reindex(columns=RECORD_COLUMNS)], ignore_index=True)


# --- several files --------------------------------------------------------------------------------------


def _set_repeats_aside(exports: Sequence[Export]) -> list[Export]:
    """Exports with repeated files and records set aside: the same bytes, the same row, an older version.

    Within one file two contents under one key are a conflict and are refused; over files the one declared
    later is the newer.
    """
    seen_files: set[str] = set()
    seen: dict[str, dict[str, _Seen]] = {}
    result: list[Export] = []
    for export in exports:
        if export.file.sha256 in seen_files:
            result.append(_mark(export, export.records["row"], "set_aside", "duplicate_file"))
            continue
        seen_files.add(export.file.sha256)
        result.append(export)
        for name, frame in export.tables.items():
            if TABLES[name].key == ("id",):
                _compare_keys(result, frame, seen.setdefault(name, {}))
    return result


@dataclass(frozen=True)
class _Seen:
    """Where a key stood last: number of the export, hash of the record's content, its row."""

    export: int
    content: int
    row: int


def _compare_keys(result: list[Export], frame: pd.DataFrame, seen: dict[str, _Seen]) -> None:
    """Marks the records of the newest export's table, and older ones, whose key occurs again."""
    content = frame.drop(columns=["file", "sheet", "row"]).astype(object)
    hashes = pd.util.hash_pandas_object(content, index=False)
    here = len(result) - 1
    conflicting = hashes.groupby(frame["id"]).transform("nunique").gt(1)
    for key, rows in frame.loc[conflicting, "row"].groupby(frame["id"], sort=False):
        result[here] = _mark(result[here], rows, "refused", "conflicting_key", value=key)
    sound = frame[~conflicting]
    for key, digest, row in zip(sound["id"], hashes[~conflicting], sound["row"], strict=True):
        earlier = seen.get(key)
        if earlier is not None and earlier.content == digest:
            result[here] = _mark(result[here], [row], "set_aside", "duplicate_row", value=key)
            continue
        if earlier is not None:
            at = earlier.export
            result[at] = _mark(result[at], [earlier.row], "set_aside", "superseded", value=key)
        seen[key] = _Seen(here, int(digest), int(row))


def _mark(
    export: Export, rows: Iterable[object], outcome: str, reason: str, *, value: object = None
) -> Export:
    records = export.records.copy()
    gone = records["row"].isin(list(rows)) & records["outcome"].eq("used")
    expected, next_step = TOLD[reason]
    told = [outcome, reason, value, expected, next_step]
    records.loc[gone, ["outcome", "reason", "value", "expected", "next"]] = told
    dead = set(records.loc[records["outcome"].ne("used"), "row"])
    tables = {name: frame[~frame["row"].isin(dead)] for name, frame in export.tables.items()}
    return replace(export, records=records, tables=tables)


def _join_tables(exports: Sequence[Export]) -> dict[str, pd.DataFrame]:
    joined = {}
    for name in TABLES:
        frames = [export.tables[name] for export in exports if name in export.tables]
        joined[name] = pd.concat([empty(name), *frames], ignore_index=True)
    return joined


def _join_accounts(exports: Sequence[Export]) -> Account:
    return Account(
        files=tuple(export.file for export in exports),
        records=pd.concat([e.records for e in exports] or [_no_records()], ignore_index=True),
        cells=pd.concat([_no_cells(), *(export.cells for export in exports)], ignore_index=True),
        tables={e.file.file: {name: len(frame) for name, frame in e.tables.items()} for e in exports},
    )


def _sheet_export(file: str, sha256: str, rows: int) -> Export:
    records = pd.DataFrame({"file": file, "row": range(2, rows + 2), "outcome": "used", "reason": ""})
    return Export(
        file=FileAccount(
            file=file, sha256=sha256, profile=SHEET_PROFILE, encoding="utf-8", warnings={}, columns={}
        ),
        tables={},
        records=records.reindex(columns=RECORD_COLUMNS),
        cells=_no_cells(),
    )
