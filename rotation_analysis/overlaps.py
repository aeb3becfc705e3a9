"""What stands in several exports, or twice in one, counts once: copies of files, re-exports, newer versions.

Over files the one declared later is the newer.  Within one file two contents under one key are a conflict,
and so are, anywhere, two ids that differ in the width of their letters alone.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date

import pandas as pd

from .outcomes import Export, mark
from .schema import Table
from .tables import PROVENANCE, TABLES

_REPEATS = ["export", "row", "key", "written", "content", "whole", "identity"]


def set_repeats_aside(exports: Sequence[Export]) -> list[Export]:
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
        if table.key:
            result = _set_versions_aside(result, table)
    return result


def _set_versions_aside(exports: list[Export], table: Table) -> list[Export]:
    repeats = _find_repeats(exports, table)
    if repeats.empty:
        return exports
    ids = repeats["identity"].where(repeats["identity"].ne(""))
    several = ids.groupby(repeats["key"]).transform("nunique").gt(1)
    judged = _judge(exports, repeats[several & ids.isna()], "refused", "conflicting_key")
    judged = _number_apart(judged, table, repeats[several & ids.notna()])
    repeats = repeats.assign(key=repeats["key"].where(~several, repeats["key"] + "\n" + repeats["identity"]))
    repeats = repeats[~(several & ids.isna())]
    within = repeats.groupby(["export", "key"])["whole"].transform("nunique").gt(1)
    conflict = within | repeats.groupby("key")["written"].transform("nunique").gt(1)
    judged = _judge(judged, repeats[conflict], "refused", "conflicting_key")
    sound = repeats[~conflict]
    again = sound.groupby("key")["content"].shift().eq(sound["content"])
    judged = _judge(judged, sound[again], "set_aside", "duplicate_row")
    versions = sound[~again]
    older = versions.duplicated("key", keep="last")
    return _judge(judged, versions[older], "set_aside", "superseded")


def _number_apart(exports: list[Export], table: Table, rows: pd.DataFrame) -> list[Export]:
    """The exports; records that share a number of their tool have their own id behind it: they are two.

    What hangs on one of them follows it; what names the number alone belongs to none.
    """
    judged = list(exports)
    for number, here in rows.groupby("export"):
        export = judged[int(str(number))]
        behind = dict(zip(here["row"], " (" + here["identity"] + ")", strict=True))
        tables = dict(export.tables)
        for name, frame in export.tables.items():
            column = "id" if name == table.name else TABLES[name].link
            if column is not None:
                told = frame["row"].map(behind).fillna("").astype("str")
                tables[name] = frame.assign(**{column: frame[column] + told})
        judged[int(str(number))] = replace(export, tables=tables)
    return judged


def _find_repeats(exports: Sequence[Export], table: Table) -> pd.DataFrame:
    """Rows whose key occurs more than once, in the order read; `key` is without width.

    `content` is a hash of what was read of the record and of what hangs on it, `whole` one of what tells it
    from others in its file, `identity` the tool's own id or "".
    """
    frames = [
        export.tables[table.name].assign(export=number)
        for number, export in enumerate(exports)
        if table.name in export.tables
    ]
    if not frames:
        return pd.DataFrame(columns=_REPEATS)
    joined = pd.concat([frame[[*table.key]] for frame in frames], ignore_index=True)
    plain = joined.assign(**{name: _without_width(joined[name]) for name in _ids_of(table)})
    needed = [name for name in table.key if table.column(name).required]
    repeated = plain.duplicated(keep=False) & plain[needed].notna().all(axis=1)
    if not repeated.any():
        return pd.DataFrame(columns=_REPEATS)
    rows = pd.concat(frames, ignore_index=True)[repeated]
    rows = rows.assign(key=_join_key(plain[repeated]), written=_join_key(joined[repeated]))
    return pd.concat(
        [_describe(exports[int(str(number))], table, here) for number, here in rows.groupby("export")]
    )[_REPEATS]


def _describe(export: Export, table: Table, rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of one export with `content`, `whole` and `identity`."""
    content = _hash_rows(rows[[column.name for column in table.columns]])
    for name, frame in export.tables.items():
        if name != table.name:
            hanging = frame[frame["row"].isin(rows["row"])]
            sums = _hash_rows(hanging.drop(columns=[*PROVENANCE])).groupby(hanging["row"]).sum()
            content += rows["row"].map(sums).fillna(0).astype("uint64")
    whole = [export.wholes.get(row, own) for row, own in zip(rows["row"], content, strict=True)]
    identity = rows["row"].map(lambda row: export.identities.get(row, ""))
    return rows.assign(content=content, whole=whole, identity=identity)


def _hash_rows(frame: pd.DataFrame) -> pd.Series:
    return pd.util.hash_pandas_object(frame.astype(object), index=False)


def _ids_of(table: Table) -> list[str]:
    return [name for name in table.key if table.column(name).kind == "id"]


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


def believe_whole_pages(exports: Sequence[Export]) -> list[Export]:
    """Exports, repeats set aside, without the warning of truncation where the pages of a source are whole.

    They are where they make up the tool's total or, where it tells none, where one of them is not full.
    """
    whole = {source for source, pages in _pages_of(exports) if _are_whole(pages)}
    return [_without_warning(e) if e.source in whole and e.format == "json" else e for e in exports]


def _pages_of(exports: Sequence[Export]) -> Iterator[tuple[str, list[Export]]]:
    for source in dict.fromkeys(export.source for export in exports):
        yield source, [e for e in exports if e.source == source and e.format == "json"]


def _are_whole(pages: Sequence[Export]) -> bool:
    totals = [page.total for page in pages if page.total is not None]
    if totals:
        return sum(_count_once(page) for page in pages) >= max(totals)
    full = ["possible_truncation" in page.file.warnings for page in pages]
    return len(pages) > 1 and not all(full)


def _count_once(page: Export) -> int:
    """The records of a page that no other page has: one page exported twice does not stand for two."""
    return int((~page.records["reason"].isin(["duplicate_file", "duplicate_row", "superseded"])).sum())


def _without_warning(export: Export) -> Export:
    warnings: Mapping[str, int] = {
        code: n for code, n in export.file.warnings.items() if code != "possible_truncation"
    }
    return replace(export, file=replace(export.file, warnings=warnings))
