"""The record account: its sums add up after any steps in any order."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from rotation_analysis.build.audit.schema import ACCOUNT_KEYS, _list_keys
from rotation_analysis.reading.account import RECORD_COLUMNS, Account, FileAccount

A, B = "exports/a.csv", "exports/b.xlsx"


def make_file(name: str, **warnings: int) -> FileAccount:
    return FileAccount(
        file=name, sha256="0" * 64, profile="p", encoding="utf-8", warnings=warnings, columns={}
    )


def make_account() -> Account:
    """Five records of one file, one refused; three of another; one unusable cell."""
    records = [(A, None, row, "used", None) for row in (2, 3, 4, 5)]
    records += [(A, None, 6, "refused", "field_count")]
    records += [(B, "Sheet1", row, "used", None) for row in (2, 3, 4)]
    frame = pd.DataFrame(records, columns=RECORD_COLUMNS[:5], dtype=object).reindex(columns=RECORD_COLUMNS)
    cell = {"file": A, "row": 3, "reason": "bad_date", "column": "Created", "value": "31/31/24"}
    cells = pd.DataFrame([cell], columns=RECORD_COLUMNS, dtype=object)
    return Account((make_file(A), make_file(B)), frame.astype(object), cells, {A: {"requests": 4}})


def at(file: str, *rows: int) -> pd.DataFrame:
    return pd.DataFrame({"file": [file] * len(rows), "row": list(rows)}, dtype=object)


def sums_of(account: Account, file: str) -> dict[str, Any]:
    return next(entry for entry in account.sums() if entry["file"] == file)


def test_sums_match_records() -> None:
    account = make_account().exclude(at(A, 2, 4), "duplicate_row")
    assert sums_of(account, A) == {
        "file": A,
        "sha256": "0" * 64,
        "profile": "p",
        "encoding": "utf-8",
        "tables": {"requests": 4},
        "read": 5,
        "used": 2,
        "set_aside": {"duplicate_row": 2},
        "refused": {"field_count": 1},
        "cells": {"bad_date": 1},
        "warnings": [],
        "corrected": 0,
    }
    assert sums_of(account, B)["used"] == 3


def test_file_without_records_sums_to_zero() -> None:
    empty = Account((make_file(A),), make_account().records.iloc[:0], make_account().cells.iloc[:0], {})
    entry = sums_of(empty, A)
    assert (entry["read"], entry["used"], entry["set_aside"], entry["refused"], entry["cells"]) == (
        0,
        0,
        {},
        {},
        {},
    )


def test_exclude_does_not_change_original_account() -> None:
    account = make_account()
    account.exclude(at(A, 2), "bot").add_warning(A, "mojibake", 1)
    assert sums_of(account, A)["used"] == 4
    assert sums_of(account, A)["warnings"] == []


def test_warnings_add_up_by_code() -> None:
    account = (
        make_account()
        .add_warning(A, "mojibake", 2)
        .add_warning(A, "late_answer", 1)
        .add_warning(A, "mojibake", 3)
    )
    assert sums_of(account, A)["warnings"] == [{"code": "late_answer", "n": 1}, {"code": "mojibake", "n": 5}]
    assert sums_of(account.add_warning(B, "mojibake", 0), B)["warnings"] == []


def test_rows_include_values_only_on_request() -> None:
    rows = at(A, 4, 2)
    names = pd.Series(["誰か", "見本 ひかり"], index=rows.index)
    account = make_account().exclude(rows, "not_in_roster", value=names, expected="one person")
    listed = account.rows()
    assert [(row["row"], row["outcome"], row["reason"]) for row in listed] == [
        (2, "set_aside", "not_in_roster"),
        (3, "cell", "bad_date"),
        (4, "set_aside", "not_in_roster"),
        (6, "refused", "field_count"),
    ]
    assert set(listed[0]) == {"file", "sheet", "row", "column", "outcome", "reason"}
    assert listed[0]["sheet"] is None
    assert [row["value"] for row in account.rows(values=True)] == ["見本 ひかり", "31/31/24", "誰か", None]
    assert account.rows(values=True)[0]["expected"] == "one person"


steps = st.lists(
    st.tuples(
        st.sampled_from([A, B, "exports/other.csv"]),
        st.lists(st.integers(1, 8), max_size=5),
        st.sampled_from(["duplicate_row", "bot", "after_as_of", "other_team"]),
    ),
    max_size=8,
)


@settings(max_examples=60, deadline=None)
@given(steps=steps)
def test_outcomes_add_up_after_any_steps(
    steps: list[tuple[str, list[int], str]],
) -> None:
    account, first_reason = make_account(), {}
    used = set(zip(account.records["file"], account.records["row"], strict=True)) - {(A, 6)}
    for file, rows, reason in steps:
        account = account.exclude(at(file, *rows), reason)
        for row in rows:
            if (file, row) in used:
                first_reason.setdefault((file, row), reason)
    for entry, read in zip(account.sums(), (5, 3), strict=True):
        assert entry["read"] == read
        assert entry["used"] + sum(entry["set_aside"].values()) + sum(entry["refused"].values()) == read
    aside = account.records[account.records["outcome"].eq("set_aside")]
    assert {(r.file, r.row): r.reason for r in aside.itertuples()} == first_reason


def test_audit_accepts_every_account_key() -> None:
    """An unread sheet once made the audit reject every report: its account contained the key `sheets`."""
    warned = replace(
        make_file(B, unread_sheets=1, possible_truncation=1, end_unknown=2),
        unread=("Notes",),
        total=1000,
        warned={"end_unknown": (2, 3)},
    )
    account = replace(make_account(), files=(make_file(A), warned))
    document = {"files": account.sums(), "rows": account.rows()}
    assert list(_list_keys(document, {"": ACCOUNT_KEYS})) == []
    (_, file) = account.sums()
    assert {key for warning in file["warnings"] for key in warning} == {"code", "n", "rows", "of", "sheets"}
