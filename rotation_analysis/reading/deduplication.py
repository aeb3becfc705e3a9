"""What stands in several exports, or twice in one, counts once: copies of files, re-exports, newer versions.

Over files the one declared later is the newer.  Within one file two contents under one key are a conflict,
and so are, anywhere, two ids that differ in the width of their letters alone.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pandas as pd

from ..programme.tables import PROVENANCE, TABLES, Table
from .record_status import Export, mark

_REPEATS = ["export", "row", "key", "written", "content", "whole"]


def exclude_duplicates(exports: Sequence[Export]) -> list[Export]:
    """Exports with repeated files and records set aside: the same bytes, the same row, an older version.

    A list that did not change between two days is none: both days are told.
    """
    seen: set[tuple[str, str | None, date | None]] = set()
    result: list[Export] = []
    for export in exports:
        what = (export.file.sha256, export.file.sheet, export.listed)
        if what in seen:
            rows = export.records["row"]
            export = export.judged(mark(export.records, rows, "set_aside", "duplicate_file"))
        seen.add(what)
        result.append(export)
    for table in TABLES.values():
        if table.apart:
            result = _tell_twins_apart(result, table, table.apart)
        if table.key:
            result = _set_versions_aside(result, table)
    return result


def _tell_twins_apart(exports: list[Export], table: Table, apart: str) -> list[Export]:
    """Exports whose records of one key and different ids of the tool's own have that id in their key.

    One that does not say which of them it is would be counted for any of them: it is refused.
    """
    (key,) = table.key
    frames = [
        export.tables[table.name][["row", key, apart]].assign(export=number)
        for number, export in enumerate(exports)
        if table.name in export.tables
    ]
    if not frames:
        return exports
    every = pd.concat(frames, ignore_index=True)
    plain = _without_width(every[key])
    every = every[plain.duplicated(keep=False) & plain.notna()]
    twins = every[every.groupby(plain[every.index])[apart].transform("nunique").gt(1)]
    unsaid = twins[twins[apart].isna()].rename(columns={key: "key"})
    judged = _judge(exports, unsaid, "refused", "conflicting_key")
    told = twins[twins[apart].notna()]
    for number, here in told.assign(new=told[key] + " (" + told[apart] + ")").groupby("export"):
        export, new = judged[int(str(number))], here.set_index("row")["new"]
        tables = {name: _rename(frame, TABLES[name], table, new) for name, frame in export.tables.items()}
        judged[int(str(number))] = replace(export, tables=tables)
    return judged


def _rename(frame: pd.DataFrame, table: Table, renamed: Table, new: pd.Series) -> pd.DataFrame:
    """A table with the new keys of the records at these rows, or with those of what its records hang on."""
    name = table.key[0] if table is renamed else table.link
    if name is None:
        return frame
    return frame.assign(**{name: frame["row"].map(new).fillna(frame[name]).astype("str")})


def _set_versions_aside(exports: list[Export], table: Table) -> list[Export]:
    repeats = _find_repeats(exports, table)
    if repeats.empty:
        return exports
    within = repeats.groupby(["export", "key"])["whole"].transform("nunique").gt(1)
    conflict = within | repeats.groupby("key")["written"].transform("nunique").gt(1)
    judged = _judge(exports, repeats[conflict], "refused", "conflicting_key")
    sound = repeats[~conflict]
    again = sound.groupby("key")["content"].shift().eq(sound["content"])
    judged = _judge(judged, sound[again], "set_aside", "duplicate_row")
    versions = sound[~again]
    older = versions.duplicated("key", keep="last")
    return _judge(judged, versions[older], "set_aside", "superseded")


def _find_repeats(exports: Sequence[Export], table: Table) -> pd.DataFrame:
    """Rows whose key occurs more than once, in the order read; `key` is without width.

    `content` is a hash of what was read of the record and of what hangs on it, `whole` one of all it has.
    """
    frames = [
        export.tables[table.name].assign(export=number)
        for number, export in enumerate(exports)
        if table.name in export.tables
    ]
    if not frames:
        return pd.DataFrame(columns=_REPEATS)
    joined = pd.concat([frame[[*table.key]] for frame in frames], ignore_index=True)
    ids = [name for name in table.key if table.column(name).kind == "id"]
    plain = joined.assign(**{name: _without_width(joined[name]) for name in ids})
    needed = [name for name in table.key if table.column(name).required]
    repeated = plain.duplicated(keep=False) & plain[needed].notna().all(axis=1)
    if not repeated.any():
        return pd.DataFrame(columns=_REPEATS)
    rows = pd.concat(frames, ignore_index=True)[repeated]
    told = rows.drop(columns=[*PROVENANCE, "export", *filter(None, [table.apart])]).astype(object)
    content = pd.util.hash_pandas_object(told, index=False) + _hash_hanging(exports, rows)
    places = zip(rows["export"], rows["row"], strict=True)
    cells = pd.Series([exports[n].wholes.get(row, 0) for n, row in places], rows.index, dtype="uint64")
    keys = {"key": _join_key(plain[repeated]), "written": _join_key(joined[repeated])}
    return rows[["export", "row"]].assign(**keys, content=content, whole=content + cells)


def _hash_hanging(exports: Sequence[Export], rows: pd.DataFrame) -> pd.Series:
    """For each record a hash of what hangs on it, such as who took part: that is part of what it has."""
    found = pd.Series(0, index=rows.index, dtype="uint64")
    for number, here in rows.groupby("export"):
        for name, frame in exports[int(str(number))].tables.items():
            if TABLES[name].link and frame["row"].isin(here["row"]).any():
                told = frame.drop(columns=[*PROVENANCE]).astype(object)
                each = pd.util.hash_pandas_object(told, index=False).groupby(frame["row"]).sum()
                found[here.index] += here["row"].map(each).fillna(0).astype("uint64")
    return found


def _without_width(ids: pd.Series) -> pd.Series:
    if ids.str.isascii().all():
        return ids
    return ids.map(lambda text: unicodedata.normalize("NFKC", text), na_action="ignore")


def _join_key(columns: pd.DataFrame) -> pd.Series:
    return columns.astype(object).fillna("").astype(str).agg("\n".join, axis=1)


def _judge(exports: list[Export], rows: pd.DataFrame, outcome: str, reason: str) -> list[Export]:
    judged = list(exports)
    for number, here in rows.groupby("export"):
        values = dict(zip(here["row"], here["key"].str.replace("\n", " "), strict=True))
        export = judged[int(str(number))]
        marked = mark(export.records, here["row"], outcome, reason, values=values)
        judged[int(str(number))] = export.judged(marked)
    return judged


def merge_paginated_exports(exports: Sequence[Export]) -> list[Export]:
    """Exports, repeats set aside, without the warning of truncation where the pages of a source are whole.

    They are where they make up the tool's total or, where it tells none, where one of them is not full.
    """
    pages: dict[str, list[Export]] = {}
    for export in exports:
        if export.format == "json":
            pages.setdefault(export.source, []).append(export)
    whole = {source for source, its in pages.items() if _are_whole(its)}
    result: list[Export] = []
    for export in exports:
        if export.format == "json" and export.source in whole:
            warnings = {code: n for code, n in export.file.warnings.items() if code != "possible_truncation"}
            export = replace(export, file=replace(export.file, warnings=warnings))
        result.append(export)
    return result


def _are_whole(pages: Sequence[Export]) -> bool:
    totals = [page.file.total for page in pages if page.file.total is not None]
    if totals:
        # one page exported twice does not stand for two
        again = ["duplicate_file", "duplicate_row", "superseded"]
        return sum(int((~page.records["reason"].isin(again)).sum()) for page in pages) >= max(totals)
    full = ["possible_truncation" in page.file.warnings for page in pages]
    return len(pages) > 1 and not all(full)
