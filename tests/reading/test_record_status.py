"""Outcome of every record of one file: used, set_aside or refused; the first reason is final."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from rotation_analysis.files.records import Records
from rotation_analysis.programme.tables import TABLES
from rotation_analysis.reading.account import ADVICE
from rotation_analysis.reading.columns import Fields, Reader, read_fields
from rotation_analysis.reading.profile_matching import ArrangedFile, Part
from rotation_analysis.reading.profiles import ProfileColumn, SetAside
from rotation_analysis.reading.record_status import (
    exclude_by_rules,
    exclude_other_projects,
    list_outcomes,
    mark_records,
    reject_without_key,
)
from tests.small_programme import (
    BACKLOG,
    BACKLOG_HEADER,
    TOML,
    backlog_row,
    lines,
    read_small,
    replace_once,
    write_programme,
)

NONE = pd.DataFrame({name: pd.Series(dtype="str") for name in ("row", "reason", "value", "expected")})


def records(header: Sequence[str], *rows: Sequence[str], refused: pd.DataFrame = NONE) -> Records:
    """Build a file's records, from line 2."""
    return Records(
        file="a.csv",
        sha256="",
        encoding="utf-8",
        sheet=None,
        header=tuple(header),
        cells=pd.DataFrame(list(rows), columns=range(len(header)), dtype="str"),
        rows=np.arange(2, len(rows) + 2),
        refused=refused,
    )


def arrange(own: Records, *others: Part, unused: tuple[int, ...] = ()) -> ArrangedFile:
    return ArrangedFile((Part("", own), *others), unused=unused)


def read_columns(own: Records, table: str) -> Fields:
    """Read records whose headers are the table's field names."""
    columns = [
        ProfileColumn(field=column.name, headers=(column.name,), kind=column.kind)  # type: ignore[arg-type]
        for column in TABLES[table].columns
        if column.name in own.header
    ]
    return read_fields(Part("", own), columns, Reader("ymd", "UTC"))


def judge_keys(own: Records, table: str) -> pd.DataFrame:
    """Decide outcomes of records by a table's keys."""
    return reject_without_key(list_outcomes(arrange(own)), read_columns(own, table), TABLES[table])


def list_unused(outcomes: pd.DataFrame) -> list[tuple[Any, ...]]:
    """List row, outcome, reason, column and value of every unused record."""
    left = outcomes[outcomes["outcome"].ne("used")].astype(object)
    columns = ["row", "outcome", "reason", "column", "value"]
    return list(left[columns].where(left[columns].notna(), None).itertuples(index=False, name=None))


THREE = records(["id"], ["1"], ["2"], ["3"])


# --- one outcome a record -------------------------------------------------------------------------------


def test_outcomes_follow_file_order_across_tables() -> None:
    accounts = records(["id"], ["u"])
    arranged = arrange(
        records(["id"], ["1"], ["2"]),
        Part("accounts", Records(**{**accounts.__dict__, "rows": np.array([5])})),
        Part("participation", records(["name"], ["試験 一"], ["試験 二"]), linked=True),
        unused=(4, 6),
    )
    outcomes = list_outcomes(arranged)
    assert outcomes["row"].tolist() == [2, 3, 4, 5, 6]
    assert list_unused(outcomes) == [(n, "set_aside", "other_kind", None, None) for n in (4, 6)]


def test_unreadable_record_is_rejected_with_next_step() -> None:
    refused = pd.DataFrame([(7, "field_count", "a,b", "1 fields; there are 2")], columns=list(NONE))
    outcomes = list_outcomes(arrange(records(["id"], ["1"], refused=refused)))
    assert list_unused(outcomes) == [(7, "refused", "field_count", None, "a,b")]
    (row,) = outcomes[outcomes["outcome"].eq("refused")].to_dict("records")
    assert (row["file"], row["expected"]) == ("a.csv", "1 fields; there are 2")
    assert row["next"] == "correct the record and export again"


def test_first_reason_is_final() -> None:
    outcomes = mark_records(list_outcomes(arrange(THREE)), [3], "refused", "missing_key")
    outcomes = mark_records(outcomes, [2, 3], "set_aside", "bot", column="who", values={2: "x", 3: "y"})
    assert list_unused(outcomes) == [
        (2, "set_aside", "bot", "who", "x"),
        (3, "refused", "missing_key", None, None),
    ]


@pytest.mark.parametrize("reason", sorted(ADVICE))
def test_every_reason_has_expectation_and_next_step(reason: str) -> None:
    outcomes = mark_records(list_outcomes(arrange(THREE)), [4], "set_aside", reason)
    assert tuple(outcomes.loc[outcomes["row"].eq(4), ["expected", "next"]].iloc[0]) == ADVICE[reason]
    assert outcomes.loc[outcomes["row"].ne(4), ["expected", "next"]].isna().all(axis=None)


def test_marking_does_not_change_the_original() -> None:
    before = list_outcomes(arrange(THREE))
    assert mark_records(before, [], "refused", "missing_key") is before
    assert mark_records(before, [99], "refused", "missing_key") is before
    mark_records(before, [2], "refused", "missing_key")
    assert list_unused(before) == []


# --- keys -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "header", "rows", "expected"),
    [
        (
            "requests",
            ["id", "title"],
            [["1", "t"], [" ", "t"], ["#REF!", "t"], ["1.5E+12", "t"], ["１．５Ｅ＋１２", "t"], ["1E5", "t"]],
            [
                (3, "missing_key", "id", " "),
                (4, "damaged_id", "id", "#REF!"),
                (5, "damaged_id", "id", "1.5E+12"),
                (6, "damaged_id", "id", "１．５Ｅ＋１２"),
            ],
        ),
        ("requests", ["title"], [["t"]], [(2, "missing_key", "id", "")]),
        (
            "time_use",
            ["person", "week"],
            [["p1", ""], ["", "2024-02-05"]],
            [(3, "missing_key", "person", "")],
        ),
        (
            "participation",
            ["incident", "name", "mail"],
            [["1", "x", ""], ["1", "", "m"], ["1", " ", ""], ["", "x", ""]],
            [(4, "missing_key", "name", " "), (5, "missing_key", "incident", "")],
        ),
        ("participation", ["incident"], [["1"]], [(2, "missing_key", "name", "")]),
        ("responses", ["respondent"], [[""]], []),
    ],
    ids=["a key", "no column of the key", "a text", "one of several", "none of several", "no key needed"],
)
def test_record_without_required_field_is_rejected(
    table: str,
    header: list[str],
    rows: list[list[str]],
    expected: list[tuple[int, str, str, str]],
) -> None:
    own = records(header, *rows)
    outcomes = judge_keys(own, table)
    assert list_unused(outcomes) == [(row, "refused", *more) for row, *more in expected]


def test_missing_time_is_not_a_missing_key() -> None:
    own = records(["id", "created"], ["1", ""])
    assert list_unused(judge_keys(own, "requests")) == []


# --- rules of a profile ---------------------------------------------------------------------------------

STATUS = records(["Status", "Other"], ["Preview", ""], ["ＰＲＥＶＩＥＷ ", "x"], ["real", ""], ["", ""])


@pytest.mark.parametrize(
    ("rule", "rows"),
    [
        ({"values": ("preview",)}, [2, 3]),
        ({"values": ("preview", "real")}, [2, 3, 4]),
        ({"unless": ("real",)}, [2, 3, 5]),  # an empty cell contains none of them
        ({"unless": ("real", "")}, [2, 3]),
        ({"filled": True}, [2, 3, 4]),
        ({"values": ("x",)}, []),
    ],
)
def test_profile_rule_excludes_records_by_cell(rule: Mapping[str, Any], rows: list[int]) -> None:
    given = SetAside(headers=("status",), reason="test_answer", **rule)
    outcomes = exclude_by_rules(list_outcomes(arrange(STATUS)), STATUS, [given])
    assert [row for row, *_ in list_unused(outcomes)] == rows
    assert {tuple(each[1:4]) for each in list_unused(outcomes)} <= {("set_aside", "test_answer", "Status")}
    assert [each[4] for each in list_unused(outcomes)] == [STATUS.cells.loc[row - 2, 0] for row in rows]


def test_rule_for_missing_column_excludes_nothing() -> None:
    rules = [SetAside(headers=("Channel",), filled=True, reason="bot")]
    assert list_unused(exclude_by_rules(list_outcomes(arrange(STATUS)), STATUS, rules)) == []


def test_first_of_two_rules_gives_reason() -> None:
    rules = [
        SetAside(headers=("Other",), filled=True, reason="superseded"),
        SetAside(headers=("Status",), values=("preview",), reason="test_answer"),
    ]
    found = list_unused(exclude_by_rules(list_outcomes(arrange(STATUS)), STATUS, rules))
    assert [(row, reason) for row, _, reason, *_ in found] == [(2, "test_answer"), (3, "superseded")]


# --- projects -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("projects", "rows"),
    [((), []), (("基盤",), [3, 4, 5]), (("きばん", "SRE "), [2, 3, 5]), (("x",), [2, 3, 4, 5])],
)
def test_records_of_other_projects_are_excluded(projects: tuple[str, ...], rows: list[int]) -> None:
    own = records(
        ["id", "project"], *([str(n), text] for n, text in enumerate(["基盤", "よそ", "ｓｒｅ", ""]))
    )
    outcomes = list_outcomes(arrange(own))
    found = list_unused(exclude_other_projects(outcomes, read_columns(own, "requests"), projects))
    assert [row for row, *_ in found] == rows
    assert all(each[1:4] == ("set_aside", "other_project", "project") for each in found)


def test_file_without_project_column_is_not_excluded() -> None:
    own = read_columns(THREE, "requests")
    assert list_unused(exclude_other_projects(list_outcomes(arrange(THREE)), own, ["基盤"])) == []


# --- as a whole -----------------------------------------------------------------------------------------


def test_unused_records_are_only_in_account(tmp_path: Path) -> None:
    toml = TOML + replace_once(BACKLOG, ("\nfiles", '\nprojects = ["基盤"]\nfiles'))
    rows = (
        f"{backlog_row('A-1')},基盤",
        f"{backlog_row('')},よそ",  # both apply: rejection comes first
        f"{backlog_row('A-3')},よそ",
        "A-4",
        f"{backlog_row('A-5')},",
    )
    text = lines(f"{BACKLOG_HEADER},プロジェクト名", *rows)
    reading = read_small(write_programme(tmp_path, toml, {"backlog.csv": text}))[1]
    assert [(r["row"], r["reason"]) for r in reading.account.rows()] == [
        (3, "missing_key"),
        (4, "other_project"),
        (5, "field_count"),
        (6, "other_project"),
    ]
    assert reading.tables["requests"]["id"].tolist() == ["A-1"]
    assert not reading.account.records.duplicated("row").any()


def test_records_linked_to_excluded_one_are_dropped(tmp_path: Path) -> None:
    attributes = {
        "title": "t",
        "created": "2024-02-01T10:00:00Z",
        "detected": "2024-02-01T10:00:00Z",
        "resolved": None,
        "archived": None,
        "commander": {"data": {"type": "users", "id": "u", "attributes": {"name": "試験 一"}}},
    }
    incidents = [
        {"type": "incidents", "attributes": attributes | {"public_id": n, "is_test": n == 2}} for n in (1, 2)
    ]
    source = '\n[[sources]]\nname = "incidents"\nfiles = ["incidents.json"]\n'
    files: dict[str, str | bytes] = {"incidents.json": json.dumps({"data": incidents})}
    reading = read_small(write_programme(tmp_path, TOML + source, files))[1]
    assert [(r["row"], r["reason"]) for r in reading.account.rows()] == [(2, "test_answer")]
    assert reading.tables["incidents"]["id"].tolist() == ["1"]
    assert reading.tables["participation"]["incident"].tolist() == ["1"]
    (sums,) = reading.account.sums()
    assert sums["tables"] == {"incidents": 1, "participation": 1}
