"""Profiles: each built-in one reads a file of its kind, invalid ones are reported, one claims a file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from rotation_analysis.errors import FileError, Problem, ProgrammeError
from rotation_analysis.programme.model import Source
from rotation_analysis.reading.account import Account
from rotation_analysis.reading.exports import Export, read_export
from rotation_analysis.reading.profiles import Profile, nearest_profiles, read_profiles
from tests.small_programme import OWN_PROFILE

DIALECTS = Path(__file__).parents[1] / "dialects"
OWN = (
    OWN_PROFILE.replace('"own"', '"own_csv"')
    + """
[[columns]]
field = "kind"
headers = ["Kind"]
kind = "label"
[columns.labels]
work = ["w"]
"""
)


def read(path: Path, source: dict[str, Any], profiles: dict[str, Profile] | None = None) -> Export:
    given = Source(name="s", files=(path.name,), **source)
    return read_export(path, name=path.name, source=given, profiles=profiles or read_profiles())


def plain(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Convert canonical rows to JSON values, without the file's name and missing values."""
    return [
        {
            name: value.isoformat() if isinstance(value, pd.Timestamp) else value
            for name, value in row.items()
            if name != "file" and not pd.isna(value)
        }
        for row in frame.astype(object).to_dict("records")
    ]


def refuse_profile(folder: Path, toml: str) -> list[Problem]:
    (folder / "own.toml").write_text(toml, encoding="utf-8")
    with pytest.raises(ProgrammeError) as caught:
        read_profiles(folder)
    return list(caught.value.problems)


@pytest.mark.parametrize("name", sorted(path.name for path in DIALECTS.iterdir()))
def test_dialect_gives_expected_records(name: str) -> None:
    expected = json.loads((DIALECTS / name / "expected.json").read_text(encoding="utf-8"))
    (path,) = (DIALECTS / name).glob("input.*")
    export = read(path, expected["source"])
    assert export.file.profile == expected["profile"]
    assert export.candidates == (expected["profile"],)
    assert {table: plain(frame) for table, frame in export.tables.items()} == expected["records"]
    tables = {path.name: {table: len(frame) for table, frame in export.tables.items()}}
    account = Account((export.file,), export.records, export.cells, tables)
    (sums,) = account.sums()
    assert {key: sums[key] for key in expected["account"]} == expected["account"]
    rows = account.rows(values=True)
    for row, (outcome, line, column, reason, value) in zip(rows, expected["rows"], strict=True):
        assert [row[key] for key in ("outcome", "row", "column", "reason")] == [outcome, line, column, reason]
        assert value is None or row["value"] == value
        assert row["expected"]
        assert row["next"]


def test_every_built_in_profile_has_a_dialect() -> None:
    profiles = read_profiles()
    assert {
        json.loads(path.read_text(encoding="utf-8"))["profile"] for path in DIALECTS.glob("*/expected.json")
    } == set(profiles)


def test_own_profile_is_read_next_to_programme(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(OWN, encoding="utf-8")
    assert set(read_profiles(tmp_path)) == {*read_profiles(), "own_csv"}


@pytest.mark.parametrize(
    ("old", "new", "column", "value"),
    [
        ('field = "kind"', 'field = "knd"', "columns[1].field", "knd"),
        ('field = "kind"', 'field = "nowhere.name"', "columns[1].field", "nowhere.name"),
        ('work = ["w"]', 'wrk = ["w"]', "columns[1].labels", "wrk"),
        ("claim = true", 'claim = true\nunit = "hours"', "columns[0].unit", "hours"),
        ('headers = ["Kind"]', "", "columns[1].value", ""),
        ('headers = ["Kind"]', 'value = "w"', "columns[1].value", "w"),
        ('headers = ["Kind"]', "value = true", "columns[1].value", "True"),
        ('headers = ["No"]', 'value = "1"', "columns[0].value", "1"),
        ('table = "requests"', 'table = "request"', "table", "request"),
        ('name = "own_csv"', 'name = "jira_csv"', "name", "jira_csv"),
    ],
)
def test_profile_that_fits_no_table_is_reported(
    tmp_path: Path, old: str, new: str, column: str, value: str
) -> None:
    (problem,) = refuse_profile(tmp_path, OWN.replace(old, new))
    assert (problem.reason, problem.file) == ("profile", "own.toml")
    assert (problem.column, problem.value) == (column, value)
    assert problem.expected


@pytest.mark.parametrize(
    ("old", "new", "column", "hint"),
    [
        ("claim = true", "claims = true", "columns[0].claims", 'did you mean "claim"?'),
        ('kind = "label"', 'kind = "lable"', "columns[1].kind", 'did you mean "label"?'),
        ('format = "csv"', 'format = "cvs"', "format[0]", 'did you mean "csv"?'),
    ],
)
def test_misspelt_profile_word_has_suggestion(
    tmp_path: Path, old: str, new: str, column: str, hint: str
) -> None:
    (problem,) = refuse_profile(tmp_path, OWN.replace(old, new))
    assert (problem.file, problem.column, problem.next_step) == ("own.toml", column, hint)


def test_file_of_two_profiles_needs_a_named_profile(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(OWN, encoding="utf-8")
    (tmp_path / "twin.toml").write_text(OWN.replace("own_csv", "twin_csv"), encoding="utf-8")
    (tmp_path / "a.csv").write_text("No,Kind\n1,w\n", encoding="utf-8")
    profiles = read_profiles(tmp_path)
    with pytest.raises(FileError) as caught:
        read(tmp_path / "a.csv", {}, profiles)
    problem = caught.value.problem
    assert (problem.reason, problem.file, problem.value) == ("two_profiles", "a.csv", "own_csv, twin_csv")
    assert problem.expected
    assert problem.next_step == 'name one at the source: profile = "own_csv"'
    assert read(tmp_path / "a.csv", {"profile": "twin_csv"}, profiles).file.profile == "twin_csv"


def test_unclaimed_file_is_rejected_with_nearest_profiles(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("Summary,Created,Reporter\ns,1/Nov/25 9:07 AM,x\n", encoding="utf-8")
    with pytest.raises(FileError) as caught:
        read(tmp_path / "a.csv", {})
    problem = caught.value.problem
    assert (problem.reason, problem.file, problem.row) == ("no_profile", "a.csv", 1)
    assert problem.value == "Summary, Created, Reporter"
    assert "jira_csv (lacks Issue key)" in (problem.next_step or "")


@pytest.mark.parametrize(
    ("profile", "expected"),
    [
        ("jira_cvs", "'jira_cvs' does not exist"),
        ("backlog_csv", "'backlog_csv' needs the columns キー, 登録日"),
    ],
)
def test_named_profile_that_does_not_fit_is_rejected(tmp_path: Path, profile: str, expected: str) -> None:
    (tmp_path / "a.csv").write_text("Summary,Created,Issue key\ns,1/Nov/25 9:07 AM,x\n", encoding="utf-8")
    with pytest.raises(FileError) as caught:
        read(tmp_path / "a.csv", {"profile": profile})
    assert caught.value.problem.reason == "no_profile"
    assert expected in (caught.value.problem.expected or "")


def test_nearest_profiles_rank_by_share_of_headers() -> None:
    near = nearest_profiles(
        read_profiles().values(), ["incident_number", "created_on", "urgency"], format="csv"
    )
    assert near == [("pagerduty_csv", ["service_name"])]


def test_header_matches_any_width_case_and_spaces() -> None:
    header = ["ＩＳＳＵＥ key", " summary", "CREATED\u200b"]
    assert read_profiles()["jira_csv"].missing_claims(header) == []


TWICE = """\
name = "twice"
tool = "Own"
export = "incidents"
format = "csv"
table = "incidents"
columns = [
  { field = "id", headers = ["No"], kind = "id", claim = true },
  { field = "created", headers = ["Time"], kind = "datetime" },
  { field = "resolved", headers = ["Time"], occurrence = 2, kind = "datetime", claim = true },
]
"""


def test_equal_headers_are_distinguished_by_number(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(TWICE, encoding="utf-8")
    profiles = read_profiles(tmp_path)
    (tmp_path / "a.csv").write_text("No,Time,Time\n1,2024-04-01 10:00,2024-04-01 12:00\n", encoding="utf-8")
    export = read(tmp_path / "a.csv", {}, profiles)
    (incident,) = plain(export.tables["incidents"])
    assert incident["created"] == "2024-04-01T10:00:00+00:00"
    assert incident["resolved"] == "2024-04-01T12:00:00+00:00"
    assert export.file.columns == {"No": "id", "Time": "created", "Time (2)": "resolved"}
    (tmp_path / "b.csv").write_text("No,Time\n1,2024-04-01 10:00\n", encoding="utf-8")
    with pytest.raises(FileError) as caught:
        read(tmp_path / "b.csv", {"profile": "twice"}, profiles)
    assert "needs the columns Time" in caught.value.problem.expected


def test_profile_value_fills_blank_cells(tmp_path: Path) -> None:
    own = OWN + '\n[[columns]]\nfield = "topic"\nheaders = ["Topic"]\nvalue = "other"\nkind = "text"\n'
    own += '\n[[columns]]\nfield = "permission_bound"\nvalue = false\nkind = "flag"\n'
    (tmp_path / "own.toml").write_text(own, encoding="utf-8")
    (tmp_path / "a.csv").write_text("No,Kind,Topic\n1,w,disk\n2,w,\n", encoding="utf-8")
    table = read(tmp_path / "a.csv", {}, read_profiles(tmp_path)).tables["requests"]
    assert table["topic"].tolist() == ["disk", "other"]
    assert table["permission_bound"].tolist() == [False, False]
