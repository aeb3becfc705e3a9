"""The record account: the outcome (used, set_aside, refused) and reason of every source record.

`read = used + Σ set_aside + Σ refused` for every file, however many tables it fills.  A record with a bad
cell is used without that cell; bad cells are counted separately.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

ADVICE: Mapping[str, tuple[str, str]] = {
    "duplicate_file": ("a file with other contents", "remove the copy"),
    "duplicate_row": ("a record that occurs once", "nothing; the other one counts"),
    "superseded": ("the newest version", "nothing; the newer one counts"),
    "not_in_roster": ("one person of the roster", "add an alias, or leave it"),
    "ambiguous_person": ("one person of the roster", "add an alias that identifies the person"),
    "outside_window": (
        "a day within the window of a wave, or within a stay",
        "correct the day, widen `window` of the wave, or leave it",
    ),
    "after_as_of": ("a day up to `as_of`", "nothing, or a later `as_of`"),
    "conflicting_answer": (
        "one answer for one wave or period",
        'ask which is right, and declare `repeated = "last"` or "first" at the source',
    ),
    "test_answer": ("a real record", "nothing; the tool or the alias sheet says that it is a test"),
    "bot": ("a record of a person", "nothing; it was made by a bot"),
    "other_kind": ("a record of a kind that is read", "nothing; no measure uses this kind of record"),
    "other_project": ("a project of this source", "add it to `projects` of the source, or leave it"),
    "other_team": ("a team of this programme", "add the text to the alias sheet, if it is one of its teams"),
    "migrated_copy": ("a record that was not migrated", "nothing; the original counts"),
    "conflicting_key": (
        "one content under one key",
        "leave one of them out; of two records that share a number, declare the tool's own id as `uid`",
    ),
    "missing_key": ("a key", "fill the key, or leave the record out"),
    "damaged_id": ("a key as the tool wrote it", "format the column as text and export again"),
}
"""Reason of a record → expectation and next step."""
OUTCOMES = ("used", "set_aside", "refused")
RECORD_COLUMNS = ["file", "sheet", "row", "outcome", "reason", "column", "value", "expected", "next"]


@dataclass(frozen=True, kw_only=True)
class FileAccount:
    """Facts about one file; its sums are computed from the account's records.

    `warned`: warning → affected rows, for warnings about single records.  If a sheet of a workbook is a
    source, `file` is `path#sheet` and `sheet` its name.  `unread`: sheets of the workbook that have content
    and were not read.  `total`: number of records as stated by the tool.
    """

    file: str
    sha256: str
    profile: str
    encoding: str
    warnings: Mapping[str, int]
    columns: Mapping[str, str | None]
    warned: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    sheet: str | None = None
    unread: tuple[str, ...] = ()
    total: int | None = None

    @property
    def path(self) -> str:
        """The file without its sheet."""
        return self.file.removesuffix(f"#{self.sheet}") if self.sheet else self.file


@dataclass(frozen=True, repr=False)
class Account:
    """`files` in the order read; `records`: one row per source record; `cells`: one per unusable cell.

    `corrected`: one row per cell that the owner's correction sheet changed.
    """

    files: tuple[FileAccount, ...]
    records: pd.DataFrame
    cells: pd.DataFrame
    tables: Mapping[str, Mapping[str, int]]
    corrected: pd.DataFrame = field(default_factory=lambda: pd.DataFrame({"file": []}))

    @property
    def summary(self) -> str:
        """ "33,959 records = 33,709 used + 250 set aside + 0 refused"."""
        counts = self.records["outcome"].value_counts()
        parts = (f"{counts.get(each, 0):,} {each.replace('_', ' ')}" for each in OUTCOMES)
        return f"{len(self.records):,} records = {' + '.join(parts)}"

    def __repr__(self) -> str:
        return f"<account of {len(self.files)} files: {self.summary}>"

    def exclude(self, rows: pd.DataFrame, reason: str, **more: str | pd.Series) -> Account:
        """Exclude the records at `rows` (columns file, row) for `reason`.

        Only records still in use change: the first reason is final.
        """
        if rows.empty:
            return self
        wanted = pd.MultiIndex.from_frame(rows[["file", "row"]])
        chosen = pd.MultiIndex.from_frame(self.records[["file", "row"]]).isin(wanted)
        chosen &= self.records["outcome"].eq("used").to_numpy()
        records = self.records.copy()
        records.loc[chosen, "outcome"] = "set_aside"
        records.loc[chosen, ["reason", "expected", "next"]] = [reason, *ADVICE.get(reason, (None, None))]
        places = list(zip(records.loc[chosen, "file"], records.loc[chosen, "row"], strict=True))
        for name, text in more.items():
            if not isinstance(text, str):
                given = dict(zip(zip(rows["file"], rows["row"], strict=True), text, strict=True))
                records.loc[chosen, name] = [given[place] for place in places]
            else:
                records.loc[chosen, name] = text
        return replace(self, records=records)

    def lacks_end(self, rows: pd.DataFrame) -> pd.Series:
        """Mark rows (column file) of files without end times: which of their records are open is unknown."""
        return rows["file"].isin([file.file for file in self.files if "end_unknown" in file.warnings])

    def add_cells(self, cells: pd.DataFrame) -> Account:
        """Add unusable cells (columns as `cells`)."""
        if cells.empty:
            return self
        return replace(self, cells=pd.concat([self.cells, cells], ignore_index=True))

    def add_warnings(self, rows: pd.DataFrame, code: str) -> Account:
        """Add the warning `code` for the records of `rows` (columns file, row), with their rows."""
        account = self
        for file, affected in rows["row"].groupby(rows["file"], sort=False):
            account = account.add_warning(str(file), code, len(affected), rows=[int(row) for row in affected])
        return account

    def add_warning(self, file: str, code: str, n: int, *, rows: Iterable[int] = ()) -> Account:
        """Add `n` to the warning `code` of a file, with the affected rows if given."""
        files = []
        for each in self.files:
            if each.file == file and n:
                each = replace(each, warnings={**each.warnings, code: each.warnings.get(code, 0) + n})
                if more := tuple(rows):
                    each = replace(each, warned={**each.warned, code: (*each.warned.get(code, ()), *more)})
            files.append(each)
        return replace(self, files=tuple(files))

    def sums(self) -> list[dict[str, Any]]:
        """List one object per file, as in `account.json`."""
        outcome = self.records["outcome"]
        # all outcomes: the other counts add up to this one
        read = self.records["file"].value_counts().to_dict()
        used = self.records.loc[outcome.eq("used"), "file"].value_counts().to_dict()
        excluded, refused = (
            _count_reasons(self.records[outcome.eq(each)]) for each in ("set_aside", "refused")
        )
        cells, corrected = _count_reasons(self.cells), self.corrected["file"].value_counts().to_dict()
        return [
            {
                "file": file.file,
                "sha256": file.sha256,
                "profile": file.profile,
                "encoding": file.encoding,
                "tables": dict(self.tables.get(file.file, {})),
                "read": int(read.get(file.file, 0)),
                "used": int(used.get(file.file, 0)),
                "set_aside": excluded.get(file.file, {}),
                "refused": refused.get(file.file, {}),
                "cells": cells.get(file.file, {}),
                "warnings": [_describe_warning(code, n, file) for code, n in sorted(file.warnings.items())],
                "corrected": int(corrected.get(file.file, 0)),
            }
            for file in self.files
        ]

    def rows(self, *, values: bool = False) -> list[dict[str, Any]]:
        """List excluded and rejected records and unusable cells by position; values only on request."""
        unused = self.records[self.records["outcome"].ne("used")]
        names = ["file", "sheet", "row", "column", "outcome", "reason"]
        names += ["value", "expected", "next"] if values else []
        frame = pd.concat([unused, self.cells.assign(outcome="cell")], ignore_index=True)
        frame = frame.sort_values(["file", "row"], kind="stable")
        return [
            {name: None if pd.isna(value) else value for name, value in zip(names, row, strict=True)}
            for row in frame[names].itertuples(index=False)
        ]


def _count_reasons(rows: pd.DataFrame) -> dict[str, dict[str, int]]:
    """Count each reason by file, sorted by reason."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for file, reason in zip(rows["file"], rows["reason"], strict=True):
        if not pd.isna(reason):
            counts[file][str(reason)] += 1
    return {file: dict(sorted(reasons.items())) for file, reasons in counts.items()}


def _describe_warning(code: str, n: int, file: FileAccount) -> dict[str, Any]:
    entry: dict[str, Any] = {"code": code, "n": n}
    if code in file.warned:
        entry["rows"] = list(file.warned[code])
    if code == "possible_truncation" and file.total is not None:
        entry["of"] = file.total
    if code == "unread_sheets":
        entry["sheets"] = list(file.unread)
    return entry
