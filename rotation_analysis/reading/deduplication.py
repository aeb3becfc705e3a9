"""Count records once if several exports, or one export twice, contain them: copies, re-exports, versions.

Across files the one declared later is the newer version.  Within one file two contents under one key are a
conflict, and so are, anywhere, two ids that differ only in the width of their letters.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pandas as pd

from ..programme.tables import PROVENANCE, TABLES, Table
from .record_status import Export, mark_records


def exclude_duplicates(exports: Sequence[Export]) -> list[Export]:
    """Exclude repeated files and records: equal bytes, equal rows, older versions.

    A list that did not change between two days is not a duplicate: both days count.
    """
    seen: set[tuple[str, str | None, date | None]] = set()
    result: list[Export] = []
    for export in exports:
        what = (export.file.sha256, export.file.sheet, export.listed)
        if what in seen:
            rows = export.records["row"]
            export = export.with_outcomes(mark_records(export.records, rows, "set_aside", "duplicate_file"))
        seen.add(what)
        result.append(export)
    for table in TABLES.values():
        if table.apart:
            result = _separate_shared_keys(result, table, table.apart)
        if table.key:
            result = _exclude_versions(result, table)
    return result


def _join_rows(exports: Sequence[Export], table: Table, columns: Sequence[str]) -> pd.DataFrame:
    """Join these columns of a table over all exports in the order read, with `row` and `export` number."""
    frames = [
        export.tables[table.name][list(dict.fromkeys(["row", *columns]))].assign(export=number)
        for number, export in enumerate(exports)
        if len(export.tables.get(table.name, ()))
    ]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()


def _separate_shared_keys(exports: list[Export], table: Table, apart: str) -> list[Export]:
    """Append the tool's own id to keys that records with different ids share.

    A record with such a key but without that id is ambiguous, and is rejected.
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
    for number, group in named.assign(new=named[key] + " (" + named[apart] + ")").groupby("export"):
        export, new = judged[int(str(number))], group.set_index("row")["new"]
        tables = dict(export.tables)
        for name, frame in export.tables.items():
            if column := key if name == table.name else TABLES[name].link:
                keys = frame["row"].map(new).fillna(frame[column]).astype("str")
                tables[name] = frame.assign(**{column: keys})
        judged[int(str(number))] = replace(export, tables=tables)
    return judged


def _exclude_versions(exports: list[Export], table: Table) -> list[Export]:
    """Leave one record per key: exclude copies and older versions, reject contradictions.

    Records are compared by a hash of their fields and linked records; within one file also by all their
    cells, if nothing else distinguishes them.
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
    content += _hash_linked(exports, rows)
    places = zip(rows["export"], rows["row"], strict=True)
    cells = pd.Series([exports[n].cell_hashes.get(row, 0) for n, row in places], rows.index, dtype="uint64")
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


def _hash_linked(exports: Sequence[Export], rows: pd.DataFrame) -> pd.Series:
    """Hash the linked records of each record, such as its participants: they are part of its content."""
    found = pd.Series(0, index=rows.index, dtype="uint64")
    for number, group in rows.groupby("export"):
        for name, frame in exports[int(str(number))].tables.items():
            if TABLES[name].link and frame["row"].isin(group["row"]).any():
                fields = frame.drop(columns=[*PROVENANCE]).astype(object)
                each = pd.util.hash_pandas_object(fields, index=False).groupby(frame["row"]).sum()
                found[group.index] += group["row"].map(each).fillna(0).astype("uint64")
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
    for number, group in rows.groupby("export"):
        values = dict(zip(group["row"], group["key"].str.replace("\n", " "), strict=True))
        export = judged[int(str(number))]
        marked = mark_records(export.records, group["row"], outcome, reason, values=values)
        judged[int(str(number))] = export.with_outcomes(marked)
    return judged


def merge_paginated_exports(exports: Sequence[Export]) -> list[Export]:
    """Remove the truncation warning from sources whose pages are complete; expects deduplicated exports.

    Pages are complete if they add up to the tool's total or, without a total, if one of them is not full.
    """
    pages: dict[str, list[Export]] = {}
    for export in exports:
        if export.format == "json":
            pages.setdefault(export.source, []).append(export)
    complete = {source for source, its in pages.items() if _are_complete(its)}
    result: list[Export] = []
    for export in exports:
        if export.format == "json" and export.source in complete:
            warnings = {code: n for code, n in export.file.warnings.items() if code != "possible_truncation"}
            export = replace(export, file=replace(export.file, warnings=warnings))
        result.append(export)
    return result


def _are_complete(pages: Sequence[Export]) -> bool:
    totals = [page.file.total for page in pages if page.file.total is not None]
    if totals:
        # a page exported twice counts once
        again = ["duplicate_file", "duplicate_row", "superseded"]
        return sum(int((~page.records["reason"].isin(again)).sum()) for page in pages) >= max(totals)
    full = ["possible_truncation" in page.file.warnings for page in pages]
    return len(pages) > 1 and not all(full)
