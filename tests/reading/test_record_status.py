"""What becomes of every record of one file: used, set aside or refused; the first reason stands."""

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
    """A file's records from line 2 on."""
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
    """Records of a table with columns that are headed like its fields."""
    columns = [
        ProfileColumn(field=column.name, headers=(column.name,), kind=column.kind)  # type: ignore[arg-type]
        for column in TABLES[table].columns
        if column.name in own.header
    ]
    return read_fields(Part("", own), columns, Reader("ymd", "UTC"))


def judge_keys(own: Records, table: str) -> pd.DataFrame:
    """The outcomes of records as records of a table."""
    return reject_without_key(list_outcomes(arrange(own)), read_columns(own, table), TABLES[table])


def list_unused(outcomes: pd.DataFrame) -> list[tuple[Any, ...]]:
    """row, outcome, reason, column and value of every record that is not used."""
    left = outcomes[outcomes["outcome"].ne("used")].astype(object)
    columns = ["row", "outcome", "reason", "column", "value"]
    return list(left[columns].where(left[columns].notna(), None).itertuples(index=False, name=None))


THREE = records(["id"], ["1"], ["2"], ["3"])


# --- one outcome a record -------------------------------------------------------------------------------


def test_every_record_of_every_table_has_one_outcome_in_the_order_of_the_file() -> None:
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


def test_a_record_that_could_not_be_read_is_refused_with_its_place_and_a_next_step() -> None:
    refused = pd.DataFrame([(7, "field_count", "a,b", "1 fields; there are 2")], columns=list(NONE))
    outcomes = list_outcomes(arrange(records(["id"], ["1"], refused=refused)))
    assert list_unused(outcomes) == [(7, "refused", "field_count", None, "a,b")]
    (row,) = outcomes[outcomes["outcome"].eq("refused")].to_dict("records")
    assert (row["file"], row["expected"]) == ("a.csv", "1 fields; there are 2")
    assert row["next"] == "mend the record and export again"


def test_the_first_reason_stands() -> None:
    outcomes = mark_records(list_outcomes(arrange(THREE)), [3], "refused", "missing_key")
    outcomes = mark_records(outcomes, [2, 3], "set_aside", "bot", column="who", values={2: "x", 3: "y"})
    assert list_unused(outcomes) == [
        (2, "set_aside", "bot", "who", "x"),
        (3, "refused", "missing_key", None, None),
    ]


@pytest.mark.parametrize("reason", sorted(ADVICE))
def test_every_mark_says_what_was_expected_and_what_to_do_next(reason: str) -> None:
    outcomes = mark_records(list_outcomes(arrange(THREE)), [4], "set_aside", reason)
    assert tuple(outcomes.loc[outcomes["row"].eq(4), ["expected", "next"]].iloc[0]) == ADVICE[reason]
    assert outcomes.loc[outcomes["row"].ne(4), ["expected", "next"]].isna().all(axis=None)


def test_marking_changes_no_outcomes_that_others_hold() -> None:
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
def test_a_record_without_what_its_table_needs_is_refused(
    table: str,
    header: list[str],
    rows: list[list[str]],
    expected: list[tuple[int, str, str, str]],
) -> None:
    own = records(header, *rows)
    outcomes = judge_keys(own, table)
    assert list_unused(outcomes) == [(row, "refused", *more) for row, *more in expected]


def test_a_missing_time_is_no_missing_key() -> None:
    own = records(["id", "created"], ["1", ""])
    assert list_unused(judge_keys(own, "requests")) == []


# --- rules of a profile ---------------------------------------------------------------------------------

STATUS = records(["Status", "Other"], ["Preview", ""], ["ＰＲＥＶＩＥＷ ", "x"], ["real", ""], ["", ""])


@pytest.mark.parametrize(
    ("rule", "rows"),
    [
        ({"values": ("preview",)}, [2, 3]),
        ({"values": ("preview", "real")}, [2, 3, 4]),
        ({"unless": ("real",)}, [2, 3, 5]),  # an empty cell holds none of them
        ({"unless": ("real", "")}, [2, 3]),
        ({"filled": True}, [2, 3, 4]),
        ({"values": ("x",)}, []),
    ],
)
def test_a_rule_of_a_profile_sets_records_aside_by_a_cell(rule: Mapping[str, Any], rows: list[int]) -> None:
    given = SetAside(headers=("status",), reason="test_answer", **rule)
    outcomes = exclude_by_rules(list_outcomes(arrange(STATUS)), STATUS, [given])
    assert [row for row, *_ in list_unused(outcomes)] == rows
    assert {tuple(each[1:4]) for each in list_unused(outcomes)} <= {("set_aside", "test_answer", "Status")}
    assert [each[4] for each in list_unused(outcomes)] == [STATUS.cells.loc[row - 2, 0] for row in rows]


def test_a_rule_for_a_column_that_a_file_does_not_have_sets_nothing_aside() -> None:
    rules = [SetAside(headers=("Channel",), filled=True, reason="bot")]
    assert list_unused(exclude_by_rules(list_outcomes(arrange(STATUS)), STATUS, rules)) == []


def test_of_two_rules_the_first_tells() -> None:
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
def test_records_of_projects_that_the_source_does_not_name_are_set_aside(
    projects: tuple[str, ...], rows: list[int]
) -> None:
    own = records(
        ["id", "project"], *([str(n), text] for n, text in enumerate(["基盤", "よそ", "ｓｒｅ", ""]))
    )
    outcomes = list_outcomes(arrange(own))
    found = list_unused(exclude_other_projects(outcomes, read_columns(own, "requests"), projects))
    assert [row for row, *_ in found] == rows
    assert all(each[1:4] == ("set_aside", "other_project", "project") for each in found)


def test_a_file_that_tells_no_project_is_of_no_other_one() -> None:
    own = read_columns(THREE, "requests")
    assert list_unused(exclude_other_projects(list_outcomes(arrange(THREE)), own, ["基盤"])) == []


# --- as a whole -----------------------------------------------------------------------------------------


def test_what_is_not_used_is_in_no_table_and_each_record_is_in_the_account_once(tmp_path: Path) -> None:
    toml = TOML + replace_once(BACKLOG, ("\nfiles", '\nprojects = ["基盤"]\nfiles'))
    rows = (
        f"{backlog_row('A-1')},基盤",
        f"{backlog_row('')},よそ",  # both: refused, for that comes first
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


def test_what_hangs_on_a_record_set_aside_is_in_no_table(tmp_path: Path) -> None:
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
