"""The account: for every source record of every file used, set aside or refused, and why.

`read = used + Σ set_aside + Σ refused` for every file, however many tables it fills.  A record with a bad
cell is used without that cell; bad cells are counted apart.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

TOLD: Mapping[str, tuple[str, str]] = {
    "duplicate_file": ("a file with other contents", "remove the copy"),
    "duplicate_row": ("a record that occurs once", "nothing; the other one counts"),
    "superseded": ("the newest version", "nothing; the newer one counts"),
    "not_in_roster": ("one person of the roster", "add an alias, or leave it"),
    "ambiguous_person": ("one person of the roster", "add an alias that tells whom it means"),
    "outside_window": (
        "a day within the window of a wave, or within a stay",
        "correct the day, widen `window` of the wave, or leave it",
    ),
    "after_as_of": ("a day up to `as_of`", "nothing, or a later `as_of`"),
    "conflicting_answer": (
        "one answer for one wave or period",
        'ask which holds, and declare `repeated = "last"` or "first" at the source',
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
"""Reason of a record → what was expected, and what to do next."""
OUTCOMES = ("used", "set_aside", "refused")
RECORD_COLUMNS = ["file", "sheet", "row", "outcome", "reason", "column", "value", "expected", "next"]


@dataclass(frozen=True, kw_only=True)
class FileAccount:
    """What is said of one file as a whole; its sums come from the account's records.

    `warned`: by warning the rows that have it, where single records do.  Of a workbook whose sheets are
    sources of their own, `file` is `path#sheet` and `sheet` names it.  `unread`: the sheets of the workbook
    that hold something and were not read.  `total`: how many records there are as the tool says.
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
        """The file itself, without its sheet."""
        return self.file.removesuffix(f"#{self.sheet}") if self.sheet else self.file


@dataclass(frozen=True, repr=False)
class Account:
    """`files` in the order read; `records` one row a source record; `cells` one row an unusable cell.

    `corrected`: one row a cell that the owner's correction sheet changed.
    """

    files: tuple[FileAccount, ...]
    records: pd.DataFrame
    cells: pd.DataFrame
    tables: Mapping[str, Mapping[str, int]]
    corrected: pd.DataFrame = field(default_factory=lambda: pd.DataFrame({"file": []}))

    @property
    def told(self) -> str:
        """ "33,959 records = 33,709 used + 250 set aside + 0 refused"."""
        counts = self.records["outcome"].value_counts()
        parts = (f"{counts.get(each, 0):,} {each.replace('_', ' ')}" for each in OUTCOMES)
        return f"{len(self.records):,} records = {' + '.join(parts)}"

    def __repr__(self) -> str:
        return f"<account of {len(self.files)} files: {self.told}>"

    def set_aside(self, rows: pd.DataFrame, reason: str, **more: str | pd.Series) -> Account:
        """The account with the records at `rows` (columns file, row) set aside for `reason`.

        Only records that are still used change: the first reason stands.
        """
        if rows.empty:
            return self
        wanted = pd.MultiIndex.from_frame(rows[["file", "row"]])
        here = pd.MultiIndex.from_frame(self.records[["file", "row"]]).isin(wanted)
        here &= self.records["outcome"].eq("used").to_numpy()
        records = self.records.copy()
        records.loc[here, "outcome"] = "set_aside"
        records.loc[here, ["reason", "expected", "next"]] = [reason, *TOLD.get(reason, (None, None))]
        places = list(zip(records.loc[here, "file"], records.loc[here, "row"], strict=True))
        for name, text in more.items():
            if not isinstance(text, str):
                given = dict(zip(zip(rows["file"], rows["row"], strict=True), text, strict=True))
                records.loc[here, name] = [given[place] for place in places]
            else:
                records.loc[here, name] = text
        return replace(self, records=records)

    def lack_end(self, rows: pd.DataFrame) -> pd.Series:
        """Which rows (column file) are of a file that tells of no record when it ended: open is unknown."""
        return rows["file"].isin([file.file for file in self.files if "end_unknown" in file.warnings])

    def add_cells(self, cells: pd.DataFrame) -> Account:
        """The account with more unusable cells (columns as `cells`)."""
        if cells.empty:
            return self
        return replace(self, cells=pd.concat([self.cells, cells], ignore_index=True))

    def warn_of(self, rows: pd.DataFrame, code: str) -> Account:
        """The account with the warning `code` at the records of `rows` (columns file, row), rows included."""
        account = self
        for file, here in rows["row"].groupby(rows["file"], sort=False):
            account = account.warn(str(file), code, len(here), rows=[int(row) for row in here])
        return account

    def warn(self, file: str, code: str, n: int, *, rows: Iterable[int] = ()) -> Account:
        """The account with `n` more of the warning `code` at a file, at these rows where some are given."""
        files = []
        for each in self.files:
            if each.file == file and n:
                each = replace(each, warnings={**each.warnings, code: each.warnings.get(code, 0) + n})
                if more := tuple(rows):
                    each = replace(each, warned={**each.warned, code: (*each.warned.get(code, ()), *more)})
            files.append(each)
        return replace(self, files=tuple(files))

    def sums(self) -> list[dict[str, Any]]:
        """One object a file, as `account.json` holds it."""
        outcome = self.records["outcome"]
        # whatever became of them: the others add up to it
        read = self.records["file"].value_counts().to_dict()
        used = self.records.loc[outcome.eq("used"), "file"].value_counts().to_dict()
        aside, refused = (_count_reasons(self.records[outcome.eq(each)]) for each in ("set_aside", "refused"))
        cells, made = _count_reasons(self.cells), self.corrected["file"].value_counts().to_dict()
        return [
            {
                "file": file.file,
                "sha256": file.sha256,
                "profile": file.profile,
                "encoding": file.encoding,
                "tables": dict(self.tables.get(file.file, {})),
                "read": int(read.get(file.file, 0)),
                "used": int(used.get(file.file, 0)),
                "set_aside": aside.get(file.file, {}),
                "refused": refused.get(file.file, {}),
                "cells": cells.get(file.file, {}),
                "warnings": [_warning(code, n, file) for code, n in sorted(file.warnings.items())],
                "corrected": int(made.get(file.file, 0)),
            }
            for file in self.files
        ]

    def rows(self, *, values: bool = False) -> list[dict[str, Any]]:
        """Every record set aside or refused and every unusable cell, by position; values only on request."""
        aside = self.records[self.records["outcome"].ne("used")]
        names = ["file", "sheet", "row", "column", "outcome", "reason"]
        names += ["value", "expected", "next"] if values else []
        frame = pd.concat([aside, self.cells.assign(outcome="cell")], ignore_index=True)
        frame = frame.sort_values(["file", "row"], kind="stable")
        return [
            {name: None if pd.isna(value) else value for name, value in zip(names, row, strict=True)}
            for row in frame[names].itertuples(index=False)
        ]


def _count_reasons(rows: pd.DataFrame) -> dict[str, dict[str, int]]:
    """By file how often each reason occurs, in the order of the reasons."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for file, reason in zip(rows["file"], rows["reason"], strict=True):
        if not pd.isna(reason):
            counts[file][str(reason)] += 1
    return {file: dict(sorted(reasons.items())) for file, reasons in counts.items()}


def _warning(code: str, n: int, file: FileAccount) -> dict[str, Any]:
    told: dict[str, Any] = {"code": code, "n": n}
    if code in file.warned:
        told["rows"] = list(file.warned[code])
    if code == "possible_truncation" and file.total is not None:
        told["of"] = file.total
    if code == "unread_sheets":
        told["sheets"] = list(file.unread)
    return told
