"""Read export files into canonical tables, and account for every record.

`read_exports` reads all sources of a programme; `read_export` one file.  A file that matches no profile or
two, or is not a table, is rejected; the others are still read, so that the owner sees all problems at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import pandas as pd

from ..errors import FileError, Problem
from ..files.cells import fold
from ..files.records import Records
from ..programme.model import Correction, Programme, Source, find_files
from ..programme.tables import TABLES, conform, empty
from ..programme.words import FOLDER as WORDS
from ..progress_events import Progress, Step
from .account import Account, FileAccount
from .answers import read_answers
from .columns import (
    NO_CELLS,
    Fields,
    Reader,
    columns_for,
    find_missing_dates,
    join_cells,
    locate_columns,
    name_columns,
    read_fields,
    split_names,
)
from .deduplication import exclude_duplicates, merge_paginated_exports
from .profile_matching import (
    ArrangedFile,
    arrange,
    choose_profile,
    find_zone,
    format_of,
    list_wanted,
    open_file,
)
from .profiles import Profile, ProfileColumn, read_profiles
from .record_status import Export, empty_records, judge_records

# --- the owner's corrections: replace single cells while reading; the file itself is not changed ------------
# A correction records what, why, who and when; it is counted in the account and listed in the owner's
# appendix.

CORRECTED_COLUMNS = ["number", "file", "row", "column", "was", "value", "why", "who", "when"]


def empty_corrections() -> pd.DataFrame:
    """Build a table of corrections without rows."""
    return pd.DataFrame(columns=CORRECTED_COLUMNS, dtype=object)


def apply_corrections(
    file: ArrangedFile, columns: Sequence[ProfileColumn], corrections: Sequence[Correction]
) -> tuple[ArrangedFile, pd.DataFrame]:
    """Apply the corrections of a file's own records; also return the applied ones with their positions."""
    records, applied = file.own, list[tuple[object, ...]]()
    texts, header = records.cells, [fold(text) for text in records.header]
    ids = locate_columns(records, [column for column in columns if column.field == "id"])
    key = ids[0].position if ids else None
    for number, each in enumerate(corrections):
        if each.file != records.file or fold(each.column) not in header:
            continue
        place, column = _find_place(records, each, key), header.index(fold(each.column))
        was = "" if place is None else str(texts.at[place, column])
        if place is None or (each.was is not None and fold(each.was) != fold(was)):
            continue
        texts = texts if applied else texts.copy()
        texts.at[place, column] = each.value
        row = int(records.rows[place])
        what = (number, records.file, row, records.header[column], was, each.value)
        applied.append((*what, each.why, each.who, each.when.isoformat()))
    own = replace(file.parts[0], records=replace(records, cells=texts))
    return replace(file, parts=(own, *file.parts[1:])), pd.DataFrame(applied, columns=CORRECTED_COLUMNS)


def _find_place(records: Records, correction: Correction, key: int | None) -> int | None:
    """Find the position of the corrected record; None unless exactly one record matches."""
    if correction.row is not None:
        matches = (records.rows == correction.row).nonzero()[0]
    elif key is not None and correction.record is not None:
        matches = records.cells[key].str.strip().eq(correction.record.strip()).to_numpy().nonzero()[0]
    else:
        return None
    return int(matches[0]) if len(matches) == 1 else None


def list_unmatched_corrections(corrections: Sequence[Correction], applied: pd.DataFrame) -> list[Problem]:
    """List corrections that match no cell: a mistake in the sheet, or an export that has changed since."""
    problems, met = [], set(applied["number"])
    for number, each in enumerate(corrections):
        if number in met:
            continue
        value = "and this value" if each.was is not None else None
        words = ["one record", each.record, "with this column", value]
        which = f"correction {number + 1} of {each.when.isoformat()} ({each.why})"
        problems.append(
            Problem(
                reason="programme",
                file=each.file,
                row=each.row,
                column=each.column,
                value=each.was,
                expected=" ".join(word for word in words if word),
                next_step=f"change {which}, or remove it",
            )
        )
    return problems


ENDS = ("resolved", "closed", "merged")
"""Fields that are empty while a record is open."""
SHEET_PROFILE = "owner's sheet (programme)"


@dataclass(frozen=True, kw_only=True)
class Reading:
    """All sources of a programme as read; `refused`: problems of rejected files."""

    tables: Mapping[str, pd.DataFrame]
    account: Account
    refused: tuple[Problem, ...] = ()
    zones: Mapping[str, str] = field(default_factory=dict)
    repeated: Mapping[str, str] = field(default_factory=dict)


def read_exports(programme: Programme, *, progress: Progress = lambda step: None) -> Reading:
    """Read every file of every source of `programme`, in the order declared."""
    profiles = read_profiles(programme.folder / "profiles")
    exports: list[Export] = []
    refused: list[Problem] = []
    repeated: dict[str, str] = {}
    files = list(list_files(programme))
    records = 0
    for number, (source, path) in enumerate(files):
        name = name_file(programme, path)
        name += f"#{source.sheet}" if source.sheet else ""  # each sheet of a workbook counts as a file
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
    applied = pd.concat([empty_corrections(), *(export.corrected for export in exports)], ignore_index=True)
    refused += list_unmatched_corrections(programme.corrections, applied)
    sheets = [
        _sheet_export(file.file, file.sha256, file.rows)
        for file in programme.read_from[1:]
        if not file.file.startswith(f"{WORDS}/")  # no records
    ]
    exports = merge_paginated_exports(exclude_duplicates(exports))
    frames = {name: [e.tables[name] for e in exports if name in e.tables] for name in TABLES}
    return Reading(
        tables={name: pd.concat([empty(name), *own], ignore_index=True) for name, own in frames.items()},
        account=join_accounts([*sheets, *exports]),
        refused=tuple(refused),
        zones={export.file.file: export.timezone for export in exports},
        repeated=repeated,
    )


def list_files(programme: Programme) -> Iterator[tuple[Source, Path]]:
    """Yield each source with each of its files, patterns resolved in sorted order."""
    for source in programme.sources:
        found = (path for pattern in source.files for path in find_files(programme.folder, pattern))
        for path in dict.fromkeys(found):
            yield source, path


def name_file(programme: Programme, path: Path) -> str:
    """Return the file's path relative to the programme, as used in the account and the manifest."""
    return path.relative_to(programme.folder).as_posix()


def read_export(
    path: Path,
    *,
    name: str,
    source: Source,
    profiles: Mapping[str, Profile],
    programme: Programme | None = None,
) -> Export:
    """Read one file through its profile; raise `FileError` if it cannot be read at all."""
    corrections = programme.corrections if programme else ()
    corrected_columns = [each.column for each in corrections if each.file == name]
    select = partial(list_wanted, profiles=profiles.values(), source=source, corrected=corrected_columns)
    opened = open_file(path, name=name, source=source, select=select)
    profile, candidates = choose_profile(opened, source, profiles)
    columns, table = columns_for(profile, source), TABLES[profile.table]
    file, corrected = apply_corrections(arrange(opened, profile, columns), columns, corrections)
    zone = source.timezone or find_zone(file) or profile.timezone
    zone = zone or (programme.programme.timezone if programme else "UTC")
    reader = Reader(source.dates or profile.dates, zone)
    fields = [read_fields(part, columns, reader) for part in file.parts]
    fields += split_names(file.parts[0], columns)
    naming = [column for column in profile.columns if column.table == "participation"]
    linked = any(part.table == "participation" for part in file.parts)
    if naming and not linked and not locate_columns(file.own, naming):  # participants unknown
        fields[0] = fields[0]._replace(frame=fields[0].frame.assign(people_told=False))
    outcomes = judge_records(file, fields, profile, source)
    own, used = fields[0], outcomes.loc[outcomes["outcome"].eq("used"), "row"]
    understood, warned = name_columns(own, profile), {**file.own.warned, **own.warned}
    misspelt = sum(file.own.header[place.position] not in place.column.headers for place in own.places)
    warnings = Counter(header_spelling=misspelt)
    bad = [own.cells, find_missing_dates(own, table, {*used})]
    if profile.questions:
        survey = read_answers(own, file.wordings, profile=profile, source=source, programme=programme)
        tables = {"responses": survey.responses}
        warnings.update(survey.warnings)
        understood |= survey.columns
        bad.append(survey.cells)
        warned |= {"midpoint_of_range": survey.ranged} if survey.ranged else {}
    else:
        tables = {table.name: conform(own.frame, table)}
        # without an end column it is unknown which records are open
        lacks_end = any(c.name in ENDS and c.name not in own.frame for c in table.columns)
        warnings["end_unknown"] = len(own.frame) if lacks_end else 0
    tables |= _build_other_tables(columns, fields)
    tables = {name: frame[frame["row"].isin(used)] for name, frame in tables.items()}
    for listed in (name for name, frame in tables.items() if "listed" in frame):
        days = tables[listed]["listed"]
        days = days if source.listed is None else days.fillna(pd.Timestamp(source.listed))
        tables[listed] = tables[listed].assign(listed=days)
        warnings["undated_list"] += int(days.isna().sum())
    cells = join_cells([*bad, *(each.cells for each in fields[1:])])
    refused = outcomes.loc[outcomes["reason"].eq("damaged_id"), "row"]  # already reported with their records
    cells = cells[~(cells["reason"].eq("damaged_id") & cells["row"].isin(refused))]
    unread = opened.unread if isinstance(opened, Records) else ()
    warnings["unread_sheets"] = len(unread)
    counts = {code: len(rows) for code, rows in warned.items() if code not in file.own.warned}
    return Export(
        file=FileAccount(
            file=name,
            sha256=opened.sha256,
            profile=profile.name,
            encoding=opened.encoding,
            warnings={**file.own.warnings, **+warnings, **counts},
            columns=understood,
            sheet=source.sheet,
            warned=warned,
            unread=unread,
            total=file.total,
        ),
        tables=tables,
        records=outcomes,
        cells=cells,
        corrected=corrected,
        source=source.name,
        format=format_of(opened),
        candidates=candidates,
        timezone=zone,
        local=sum(each.local for each in fields),
        listed=source.listed,
        cell_hashes=_hash_cells(own, profile),
    )


def _build_other_tables(
    columns: Sequence[ProfileColumn], fields: Sequence[Fields]
) -> dict[str, pd.DataFrame]:
    """Build the tables other than the profile's own, each record linked to the one it belongs to."""
    tables = {}
    own = fields[0].frame
    for name in dict.fromkeys(column.table for column in columns if column.table):
        link, frames = TABLES[name].link, [empty(name)]
        for frame in (each.frame for each in fields if each.part.table == name):
            if link is not None and link not in frame and "id" in own:
                ids = own.drop_duplicates("row").set_index("row")["id"]
                frame = frame.assign(**{link: frame["row"].map(ids)})
            frames.append(conform(frame, TABLES[name]))
        tables[name] = pd.concat([frame for frame in frames if len(frame)] or frames[:1], ignore_index=True)
    return tables


def _hash_cells(own: Fields, profile: Profile) -> dict[int, int]:
    """Hash all cells of records that share a key, by row, if nothing else distinguishes them."""
    table, frame, records = TABLES[profile.table], own.frame, own.part.records
    if profile.unique or table.apart is None or table.apart in frame or not {*table.key} <= {*frame}:
        return {}
    again = frame.duplicated([*table.key], keep=False).to_numpy()
    hashes = pd.util.hash_pandas_object(records.cells[again].astype(object), index=False)
    return dict(zip(records.rows[again].tolist(), hashes.tolist(), strict=True))


# --- several files --------------------------------------------------------------------------------------


def join_accounts(exports: Sequence[Export]) -> Account:
    """Join the accounts of these files."""
    return Account(
        files=tuple(export.file for export in exports),
        records=pd.concat([e.records for e in exports] or [empty_records()], ignore_index=True),
        cells=join_cells(export.cells for export in exports),
        tables={e.file.file: {name: len(frame) for name, frame in e.tables.items()} for e in exports},
        corrected=pd.concat([empty_corrections(), *(e.corrected for e in exports)], ignore_index=True),
    )


def _sheet_export(file: str, sha256: str, rows: int) -> Export:
    records = pd.DataFrame({"file": file, "row": range(2, rows + 2), "outcome": "used", "reason": ""})
    return Export(
        file=FileAccount(
            file=file, sha256=sha256, profile=SHEET_PROFILE, encoding="utf-8", warnings={}, columns={}
        ),
        tables={},
        records=records.reindex(columns=empty_records().columns),
        cells=NO_CELLS,
        corrected=empty_corrections(),
    )
