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


def exclude_duplicates(exports: Sequence[Export]) -> list[Export]:
    """Exports with repeated files and records set aside: the same bytes, the same row, an older version.

    A list that did not change between two days is none: both days count.
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
            result = _separate_twins(result, table, table.apart)
        if table.key:
            result = _exclude_versions(result, table)
    return result


def _join_rows(exports: Sequence[Export], table: Table, columns: Sequence[str]) -> pd.DataFrame:
    """These columns of a table of all exports in the order read, with `row` and the `export`'s number."""
    frames = [
        export.tables[table.name][list(dict.fromkeys(["row", *columns]))].assign(export=number)
        for number, export in enumerate(exports)
        if len(export.tables.get(table.name, ()))
    ]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()


def _separate_twins(exports: list[Export], table: Table, apart: str) -> list[Export]:
    """Exports whose records of one key and different ids of the tool's own have that id in their key.

    A record that does not give that id would be counted for any of them: it is rejected.
    """
    (key,) = table.key
    every = _join_rows(exports, table, [key, apart])
    if every.empty:
        return exports
    plain = _without_width(every[key])
    every = every[plain.duplicated(keep=False) & plain.notna()]
    twins = every[every.groupby(plain[every.index])[apart].transform("nunique").gt(1)]
    without = twins[twins[apart].isna()].rename(columns={key: "key"})
    judged = _judge(exports, without, "refused", "conflicting_key")
    named = twins[twins[apart].notna()]
    for number, here in named.assign(new=named[key] + " (" + named[apart] + ")").groupby("export"):
        export, new = judged[int(str(number))], here.set_index("row")["new"]
        tables = dict(export.tables)
        for name, frame in export.tables.items():
            if column := key if name == table.name else TABLES[name].link:
                keys = frame["row"].map(new).fillna(frame[column]).astype("str")
                tables[name] = frame.assign(**{column: keys})
        judged[int(str(number))] = replace(export, tables=tables)
    return judged


def _exclude_versions(exports: list[Export], table: Table) -> list[Export]:
    """Exports with one record a key: copies and older versions excluded, contradictions rejected.

    Records are compared by a hash of what was read of them and of what hangs on them; those of one file also
    by all their cells, where nothing else tells them apart.
    """
    joined = _join_rows(exports, table, table.key)
    if joined.empty:
        return exports
    ids = [name for name in table.key if table.column(name).kind == "id"]
    plain = joined[[*table.key]].assign(**{name: _without_width(joined[name]) for name in ids})
    needed = [name for name in table.key if table.column(name).required]
    repeated = plain.duplicated(keep=False) & plain[needed].notna().all(axis=1)
    if not repeated.any():
        return exports
    fields = [column.name for column in table.columns if column.name != table.apart]
    rows = _join_rows(exports, table, fields)[repeated]
    content = pd.util.hash_pandas_object(rows[fields].astype(object), index=False)
    content += _hash_hanging(exports, rows)
    places = zip(rows["export"], rows["row"], strict=True)
    cells = pd.Series([exports[n].wholes.get(row, 0) for n, row in places], rows.index, dtype="uint64")
    written = _join_key(joined.loc[repeated, [*table.key]])
    repeats = rows[["export", "row"]].assign(key=_join_key(plain[repeated]), content=content)
    within = (content + cells).groupby([repeats["export"], repeats["key"]]).transform("nunique").gt(1)
    conflict = within | written.groupby(repeats["key"]).transform("nunique").gt(1)
    judged = _judge(exports, repeats[conflict], "refused", "conflicting_key")
    sound = repeats[~conflict]
    again = sound.groupby("key")["content"].shift().eq(sound["content"])
    judged = _judge(judged, sound[again], "set_aside", "duplicate_row")
    versions = sound[~again]
    older = versions.duplicated("key", keep="last")
    return _judge(judged, versions[older], "set_aside", "superseded")


def _hash_hanging(exports: Sequence[Export], rows: pd.DataFrame) -> pd.Series:
    """For each record a hash of what hangs on it, such as who took part: that is part of what it has."""
    found = pd.Series(0, index=rows.index, dtype="uint64")
    for number, here in rows.groupby("export"):
        for name, frame in exports[int(str(number))].tables.items():
            if TABLES[name].link and frame["row"].isin(here["row"]).any():
                fields = frame.drop(columns=[*PROVENANCE]).astype(object)
                each = pd.util.hash_pandas_object(fields, index=False).groupby(frame["row"]).sum()
                found[here.index] += here["row"].map(each).fillna(0).astype("uint64")
    return found


def _without_width(ids: pd.Series) -> pd.Series:
    if ids.str.isascii().all():
        return ids
    return ids.map(lambda text: unicodedata.normalize("NFKC", text), na_action="ignore")


def _join_key(columns: pd.DataFrame) -> pd.Series:
    return columns.astype(object).fillna("").astype(str).agg("\n".join, axis=1)


def _judge(exports: list[Export], rows: pd.DataFrame, outcome: str, reason: str) -> list[Export]:
    if rows.empty:
        return exports
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
