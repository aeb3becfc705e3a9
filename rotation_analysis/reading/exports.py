"""Other tools' files become canonical tables, and every record is accounted for.

`read_exports` reads all sources of a programme; `read_export` one file.  A file that no profile or two
profiles claim, or that is not a table, is refused as a whole; the others are read all the same, so that an
owner learns of everything at once.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import pandas as pd

from ..errors import FileError, Problem
from ..files.cells import fold
from ..files.records import Records, list_warned
from ..programme.model import Correction, Programme, Source, find_files
from ..programme.tables import TABLES, Table, conform, empty
from ..programme.words import FOLDER as WORDS
from ..progress_events import Progress, Step
from .account import Account, FileAccount
from .answers import read_answers
from .columns import (
    Fields,
    Place,
    Reader,
    columns_for,
    count_spelling,
    find_objects,
    find_undated,
    lay_out,
    name_columns,
    no_cells,
    read_fields,
    tell_cells,
)
from .deduplication import exclude_duplicates, merge_paginated_exports
from .profile_matching import (
    Arranged,
    Opened,
    arrange,
    choose_profile,
    find_zone,
    format_of,
    list_wanted,
    open_file,
)
from .profiles import Profile, ProfileColumn, read_profiles
from .record_status import (
    Export,
    leave_other_projects,
    leave_out,
    list_outcomes,
    no_records,
    refuse_keyless,
)

# --- the owner's corrections: single cells of an export read as something else, the file itself untouched ---
# A correction says what, why, who and when; it is counted in the account and listed in the owner's
# appendix.

CORRECTED_COLUMNS = ["number", "file", "row", "column", "was", "value", "why", "who", "when"]


def no_corrections() -> pd.DataFrame:
    """No correction made: the columns alone."""
    return pd.DataFrame(columns=CORRECTED_COLUMNS, dtype=object)


def apply_corrections(
    records: Records, corrections: Sequence[Correction], *, key: int | None
) -> tuple[Records, pd.DataFrame]:
    """The records with the corrections of their file made, and the corrections made with their places.

    `key` is the position of the column that holds a record's id.
    """
    wanted = [(n, each) for n, each in enumerate(corrections) if each.file == records.file]
    made: list[tuple[object, ...]] = []
    texts = records.cells
    header = [fold(text) for text in records.header]
    for number, each in wanted:
        place = _find_place(records, each, key)
        column = header.index(fold(each.column)) if fold(each.column) in header else None
        if place is None or column is None:
            continue
        was = str(texts.at[place, column])
        if each.was is not None and fold(each.was) != fold(was):
            continue
        if not made:
            texts = texts.copy()
        texts.at[place, column] = each.value
        row = int(records.rows[place])
        told = (number, records.file, row, records.header[column], was, each.value)
        made.append((*told, each.why, each.who, each.when.isoformat()))
    if not made:
        return records, no_corrections()
    return replace(records, cells=texts), pd.DataFrame(made, columns=CORRECTED_COLUMNS)


def _find_place(records: Records, correction: Correction, key: int | None) -> int | None:
    """Where among the records the corrected one stands; None where no or more than one does."""
    if correction.row is not None:
        here = (records.rows == correction.row).nonzero()[0]
    elif key is not None and correction.record is not None:
        here = records.cells[key].str.strip().eq(correction.record.strip()).to_numpy().nonzero()[0]
    else:
        return None
    return int(here[0]) if len(here) == 1 else None


def list_unmatched_corrections(corrections: Sequence[Correction], made: pd.DataFrame) -> list[Problem]:
    """Corrections that met no cell: a mistake in the sheet, or an export that has changed since."""
    numbers = set(made["number"])
    return [_tell(number, each) for number, each in enumerate(corrections) if number not in numbers]


def _tell(number: int, correction: Correction) -> Problem:
    value = "and this value" if correction.was is not None else None
    words = ["one record", correction.record, "with this column", value]
    which = f"correction {number + 1} of {correction.when.isoformat()} ({correction.why})"
    return Problem(
        reason="programme",
        file=correction.file,
        row=correction.row,
        column=correction.column,
        value=correction.was,
        expected=" ".join(word for word in words if word),
        next_step=f"mend {which}, or remove it",
    )


ENDS = ("resolved", "closed", "merged")
"""Fields that are missing of what is not over yet."""
SHEET_PROFILE = "owner's sheet (programme)"


@dataclass(frozen=True, kw_only=True)
class Reading:
    """All sources of a programme as read; `refused` holds the files that were not."""

    tables: Mapping[str, pd.DataFrame]
    account: Account
    refused: tuple[Problem, ...] = ()
    zones: Mapping[str, str] = field(default_factory=dict)
    repeated: Mapping[str, str] = field(default_factory=dict)


def read_exports(programme: Programme, *, progress: Progress = lambda step: None) -> Reading:
    """Every file of every source of `programme`, in the order declared."""
    profiles = read_profiles(programme.folder / "profiles")
    exports: list[Export] = []
    refused: list[Problem] = []
    repeated: dict[str, str] = {}
    files = list(list_files(programme))
    records = 0
    for number, (source, path) in enumerate(files):
        name = name_file(programme, path)
        name += f"#{source.sheet}" if source.sheet else ""  # two sheets of a workbook are two files
        progress(Step("reading", name=name, done=number, total=len(files), records=records))
        if source.repeated:
            repeated[name] = source.repeated
        try:
            exports.append(
                read_export(path, name=name, source=source, profiles=profiles, programme=programme)
            )
            records += len(exports[-1].records)
        except FileError as error:
            refused.append(error.problem)
    progress(Step("reading", done=len(files), total=len(files), records=records))
    made = pd.concat([no_corrections(), *(export.corrected for export in exports)], ignore_index=True)
    refused += list_unmatched_corrections(programme.corrections, made)
    sheets = [
        _sheet_export(file.file, file.sha256, file.rows)
        for file in programme.read_from[1:]
        if not file.file.startswith(f"{WORDS}/")  # no records
    ]
    exports = merge_paginated_exports(exclude_duplicates(exports))
    return Reading(
        tables=_join_tables(exports),
        account=_join_accounts([*sheets, *exports]),
        refused=tuple(refused),
        zones={export.file.file: export.timezone for export in exports},
        repeated=repeated,
    )


def list_files(programme: Programme) -> Iterator[tuple[Source, Path]]:
    """Each source with each of its files, patterns resolved in sorted order."""
    for source in programme.sources:
        found = (path for pattern in source.files for path in find_files(programme.folder, pattern))
        for path in dict.fromkeys(found):
            yield source, path


def name_file(programme: Programme, path: Path) -> str:
    """The file's path from the programme on, as the account and the manifest name it."""
    return path.relative_to(programme.folder).as_posix()


def read_export(
    path: Path,
    *,
    name: str,
    source: Source,
    profiles: Mapping[str, Profile],
    programme: Programme | None = None,
) -> Export:
    """One file through its profile; `FileError` where it cannot be read at all."""
    corrections = programme.corrections if programme else ()
    opened = _open(path, name, source, profiles, corrections)
    profile, candidates = choose_profile(opened, source, profiles)
    columns = columns_for(profile, source)
    file = arrange(opened, profile, columns)
    zone = source.timezone or find_zone(file) or profile.timezone
    zone = zone or (programme.programme.timezone if programme else "UTC")
    reader = Reader(source.dates or profile.dates, zone)
    own_columns = [column for column in columns if not column.table]
    places = lay_out(file.own, own_columns)
    key = next((place.position for place in places if place.column.field == "id"), None)
    own, corrected = apply_corrections(file.own, corrections, key=key)
    file = replace(file, own=own)
    typed = read_fields(file.own, places, reader, own_columns)
    read = _read_own(file, profile, places, typed, source, programme)
    others = _read_others(file, columns, reader, read.frame)
    outcomes = _judge(file, profile, source, columns, read.frame, others.tables)
    warned = {**list_warned(file.own), **read.warned}
    unread = opened.unread if isinstance(opened, Records) else ()
    export = Export(
        file=FileAccount(
            file=name,
            sha256=opened.sha256,
            profile=profile.name,
            encoding=opened.encoding,
            warnings={
                **file.own.warnings,
                **read.warnings,
                **{code: len(rows) for code, rows in read.warned.items()},
                **({"unread_sheets": len(unread)} if unread else {}),
            },
            columns=read.columns,
            sheet=source.sheet,
            warned=warned,
            unread=unread,
            total=file.total,
        ),
        tables={**read.tables, **others.tables},
        records=no_records(),
        cells=_tell_once(pd.concat([read.cells, others.cells], ignore_index=True), outcomes),
        corrected=corrected,
        source=source.name,
        format=format_of(opened),
        candidates=candidates,
        timezone=zone,
        local=read.local + others.local,
        total=file.total,
        listed=source.listed,
        wholes=_hash_cells(file.own, profile, read.frame),
    )
    return _with_day(export.judged(outcomes))


def _hash_cells(own: Records, profile: Profile, frame: pd.DataFrame) -> dict[int, int]:
    """By row a hash of all cells of the records that share a key, where nothing else tells them apart."""
    table = TABLES[profile.table]
    if profile.unique or table.apart is None or table.apart in frame or not {*table.key} <= {*frame}:
        return {}
    again = frame.duplicated([*table.key], keep=False).to_numpy()
    hashes = pd.util.hash_pandas_object(own.cells[again].astype(object), index=False)
    return dict(zip(own.rows[again].tolist(), hashes.tolist(), strict=True))


def _with_day(export: Export) -> Export:
    """The export, its lists with the day they were taken; where nothing tells the day, a warning does."""
    tables, undated = dict(export.tables), 0
    for name, frame in export.tables.items():
        if "listed" in frame:
            days = frame["listed"]
            days = days if export.listed is None else days.fillna(pd.Timestamp(export.listed))
            tables[name] = frame.assign(listed=days)
            undated += int(days.isna().sum())
    if not undated:
        return replace(export, tables=tables)
    warnings = {**export.file.warnings, "undated_list": undated}
    return replace(export, tables=tables, file=replace(export.file, warnings=warnings))


def _open(
    path: Path,
    name: str,
    source: Source,
    profiles: Mapping[str, Profile],
    corrections: Sequence[Correction],
) -> Opened:
    corrected = [each.column for each in corrections if each.file == name]
    keep = partial(list_wanted, profiles=profiles.values(), source=source, corrected=corrected)
    return open_file(path, name=name, source=source, keep=keep)


@dataclass(frozen=True, kw_only=True)
class _Read:
    """Some of a file's tables, the typed fields of its own records, bad cells, what became of its columns."""

    tables: dict[str, pd.DataFrame]
    cells: pd.DataFrame
    frame: pd.DataFrame = field(default_factory=pd.DataFrame)
    columns: Mapping[str, str | None] = field(default_factory=dict)
    warnings: Mapping[str, int] = field(default_factory=dict)
    warned: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    local: int = 0


def _read_own(
    file: Arranged,
    profile: Profile,
    places: Sequence[Place],
    typed: Fields,
    source: Source,
    programme: Programme | None,
) -> _Read:
    """The profile's own table: of a survey its answers, else one row a record."""
    table = TABLES[profile.table]
    bad = pd.concat([typed.cells, find_undated(file.own, typed, places, table)], ignore_index=True)
    columns = name_columns(file.own.header, places)
    columns = {text: field or _name_other(text, profile) for text, field in columns.items()}
    frame = _tell_people(file, typed.frame, profile)
    spelling = Counter(header_spelling=count_spelling(file.own.header, places))
    if not profile.questions:
        spelling["end_unknown"] = len(frame) if _lacks_end(frame, table) else 0
        return _Read(
            tables={table.name: conform(frame, table)},
            cells=bad,
            frame=frame,
            columns=columns,
            warnings=+spelling,
            warned=typed.warned,
            local=typed.local,
        )
    asks_nothing = {n for n, text in enumerate(file.own.header) if profile.is_metadata(text)}
    taken = {place.position for place in places} | asks_nothing
    survey = read_answers(
        replace(file.own, header=file.wordings), frame, taken=taken, source=source, programme=programme
    )
    return _Read(
        tables={"responses": survey.responses},
        cells=pd.concat([bad, survey.cells], ignore_index=True),
        frame=frame,
        columns={**columns, **survey.columns},
        warnings=+(spelling + Counter(survey.warnings)),
        warned={**typed.warned, **({"midpoint_of_range": survey.ranged} if survey.ranged else {})},
        local=typed.local,
    )


def _lacks_end(frame: pd.DataFrame, table: Table) -> bool:
    """Whether the file has no column of when a record ended, so that none can be said to be open."""
    return any(column.name in ENDS and column.name not in frame for column in table.columns)


def _tell_people(file: Arranged, frame: pd.DataFrame, profile: Profile) -> pd.DataFrame:
    """The incidents, unknown who took part in them where the file lacks the columns that would tell."""
    telling = [column for column in profile.columns if column.table == "participation"]
    if not telling or "participation" in file.hanging or lay_out(file.own, telling):
        return frame
    return frame.assign(people_told=False)


def _name_other(header: str, profile: Profile) -> str | None:
    """What a column is that is no field: one that a rule of the profile looks at, or the tool's own."""
    ruled = (text for rule in profile.set_aside for text in rule.headers)
    if fold(header) in map(fold, ruled):
        return "set_aside"
    return "metadata" if profile.is_metadata(header) else None


def _read_others(
    file: Arranged, columns: Sequence[ProfileColumn], reader: Reader, frame: pd.DataFrame
) -> _Read:
    """Tables besides the profile's own: their own records, those that hang on others, names in cells."""
    tables: dict[str, pd.DataFrame] = {}
    bad, local = [no_cells()], 0
    for name in dict.fromkeys(column.table for column in columns if column.table):
        table = TABLES[name]
        wanted = [column for column in columns if column.table == name]
        parts = [empty(name)]
        for records in (file.tables.get(name), file.hanging.get(name)):
            if records is not None:
                fields = read_fields(records, lay_out(records, wanted), reader, wanted)
                bad.append(fields.cells)
                local += fields.local
                read = fields.frame.rename(columns={column.field: column.name for column in wanted})
                parts.append(conform(_link(read, table, frame), table))
        named, cells = _split_names(file.own, wanted)
        bad.append(cells)
        parts.append(conform(_link(named, table, frame), table))
        tables[name] = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
    return _Read(tables=tables, cells=pd.concat(bad, ignore_index=True), local=local)


def _link(hanging: pd.DataFrame, table: Table, frame: pd.DataFrame) -> pd.DataFrame:
    """The hanging records with the key of the record they hang on, where they do not say it themselves."""
    if table.link is None or table.link in hanging or "id" not in frame:
        return hanging
    ids = frame.drop_duplicates("row").set_index("row")["id"]
    return hanging.assign(**{table.link: hanging["row"].map(ids)})


def _split_names(own: Records, columns: Sequence[ProfileColumn]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """One row a name for cells that hold several; cells beside each other (ids, names) are taken in step.

    Besides, the cells that hold an object.
    """
    places = [place for place in lay_out(own, columns) if place.column.separator]
    rows = pd.DataFrame({"file": own.file, "sheet": own.sheet, "row": own.rows})
    bad = [no_cells()]
    for place in places:
        name, text = place.column.name, own.cells[place.position].reset_index(drop=True)
        reasons = find_objects(text, place.column).map({True: "serialised_object", False: ""})
        bad.append(tell_cells(rows, reasons, text, own.header[place.position]))
        text = text.mask(reasons.ne(""), "")
        split = text.str.split(f"[{re.escape(place.column.separator)}]", regex=True)
        rows[name] = split.where(text.str.strip().ne(""), rows[name]) if name in rows else split
    told = pd.concat(bad, ignore_index=True)
    if not places or rows.empty:
        return rows.iloc[:0], told
    names = list(dict.fromkeys(place.column.name for place in places))
    first = rows[names[0]].str.len()
    for name in names[1:]:
        # ids that are more or fewer than the names belong to nobody
        rows[name] = rows[name].where(rows[name].str.len().eq(first), first.map(lambda n: [""] * n))
    rows = rows.explode(names, ignore_index=True)
    rows[names] = rows[names].apply(lambda column: column.str.strip())
    rows = rows[rows[names].ne("").any(axis=1)]
    rows = rows.assign(**{name: rows[name].where(rows[name].ne(""), None) for name in names})
    stated = {c.name: c.value for c in columns if c.value is not None and c.name not in names}
    return rows.assign(**stated), told


def _judge(
    file: Arranged,
    profile: Profile,
    source: Source,
    columns: Sequence[ProfileColumn],
    frame: pd.DataFrame,
    others: Mapping[str, pd.DataFrame],
) -> pd.DataFrame:
    """What became of each record: refused without a key, set aside by the profile's or the source's rules."""
    outcomes = leave_out(list_outcomes(file), file.own, profile.set_aside)
    typed = {"": frame} | {name: others[name] for name in file.tables}
    for name, records in {"": file.own, **file.tables}.items():
        places = lay_out(records, [column for column in columns if column.table == name])
        own = typed[name]
        own = own[own["row"].isin(records.rows)].reset_index(drop=True) if name else own
        outcomes = refuse_keyless(outcomes, records, own, TABLES[name or profile.table], places)
    at = lay_out(file.own, [column for column in columns if column.field == "project"])
    header = file.own.header[at[0].position] if at else None
    return leave_other_projects(outcomes, frame, source.projects, header=header)


def _tell_once(cells: pd.DataFrame, outcomes: pd.DataFrame) -> pd.DataFrame:
    """The unusable cells without the damaged keys for which their record is refused already, and without what
    records that are not used lack.
    """
    refused = outcomes.loc[outcomes["reason"].eq("damaged_id"), "row"]
    unused = outcomes.loc[outcomes["outcome"].ne("used"), "row"]
    again = cells["reason"].eq("damaged_id") & cells["row"].isin(refused)
    return cells[~(again | cells["reason"].eq("missing_date") & cells["row"].isin(unused))]


# --- several files --------------------------------------------------------------------------------------


def _join_tables(exports: Sequence[Export]) -> dict[str, pd.DataFrame]:
    joined = {}
    for name in TABLES:
        frames = [export.tables[name] for export in exports if name in export.tables]
        joined[name] = pd.concat([empty(name), *frames], ignore_index=True)
    return joined


def _join_accounts(exports: Sequence[Export]) -> Account:
    return Account(
        files=tuple(export.file for export in exports),
        records=pd.concat([e.records for e in exports] or [no_records()], ignore_index=True),
        cells=pd.concat([no_cells(), *(export.cells for export in exports)], ignore_index=True),
        tables={e.file.file: {name: len(frame) for name, frame in e.tables.items()} for e in exports},
        corrected=pd.concat([no_corrections(), *(e.corrected for e in exports)], ignore_index=True),
    )


def _sheet_export(file: str, sha256: str, rows: int) -> Export:
    records = pd.DataFrame({"file": file, "row": range(2, rows + 2), "outcome": "used", "reason": ""})
    return Export(
        file=FileAccount(
            file=file, sha256=sha256, profile=SHEET_PROFILE, encoding="utf-8", warnings={}, columns={}
        ),
        tables={},
        records=records.reindex(columns=no_records().columns),
        cells=no_cells(),
        corrected=no_corrections(),
    )
