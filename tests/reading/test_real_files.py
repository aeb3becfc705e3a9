"""Real exports of other people's tools: the profile that reads each, and the outcome of each record.

The files are read in place and never copied.  Two cells of each file are compared: one typed by hand from the
file (`typed`), one read from the file with only the standard library (`copied`).  A survey has its own
questions; the test declares one of them with the words in the file (`asks`).
"""

from __future__ import annotations

import csv
import json
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pandas as pd
import pytest

from rotation_analysis.errors import FileError, Problem
from rotation_analysis.programme.model import Source
from rotation_analysis.programme.questionnaires import Instrument, Question
from rotation_analysis.reading.account import Account
from rotation_analysis.reading.exports import Export, read_export
from rotation_analysis.reading.profiles import Profile, read_profiles
from tests.builders import SHARED, make_programme

FOLDER = SHARED / "exports" / "files"
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
pytestmark = pytest.mark.skipif(
    not FOLDER.is_dir(), reason="the real exports (../shared/exports/files) are absent"
)

Place = tuple[int | str, ...]
"""Position of a text: keys (.jsonl: line first), record and column from 0 (CSV), or cell (XLSX)."""
Cell = tuple[str, int, str, Any]
"""Table, row as counted in the account, column, and its value or (copied) its position."""


@dataclass(frozen=True, kw_only=True)
class Real:
    """One file: the only profile that claims it, the sums of its account, the rows of its tables.

    `tables`: empty if only the profile's own table has rows, one per used record.  `aside`: the first
    unused record, as (row, column, reason, value).
    """

    file: str
    profile: str
    used: int
    tables: dict[str, int] = field(default_factory=dict)
    typed: Cell | None = None
    copied: Cell | None = None
    set_aside: dict[str, int] = field(default_factory=dict)
    cells: dict[str, int] = field(default_factory=dict)
    warnings: dict[str, int] = field(default_factory=dict)
    aside: tuple[int, str | None, str, str | None] | None = None
    asks: Place | None = None
    source: dict[str, Any] = field(default_factory=lambda: {"timezone": "UTC"})


REAL = (
    Real(
        file="backlog/backlog4j_issues.json",
        profile="backlog_json",
        used=2,
        warnings={"end_unknown": 2},  # no end column
        typed=("requests", 2, "created", "2014-07-04T08:28:16+00:00"),
        copied=("requests", 1, "title", (0, "summary")),
    ),
    Real(
        file="datadog/faros_rest_users.json",
        profile="datadog_users_json",
        used=2,
        typed=("accounts", 2, "active", True),
        copied=("accounts", 2, "mail", ("data", 1, "attributes", "email")),
    ),
    Real(
        file="datadog/incident_updated.json",
        profile="datadog_incidents_json",
        used=1,
        tables={"incidents": 1, "participation": 0},
        typed=("incidents", 1, "resolved", "2026-02-23T14:07:14.035556+00:00"),
        copied=("incidents", 1, "title", ("data", "attributes", "title")),
    ),
    Real(
        file="datadog/incident_with_commander.json",
        profile="datadog_incidents_json",
        used=1,
        tables={"incidents": 1, "participation": 1},
        typed=("participation", 1, "step", "lead"),
        copied=(
            "participation",
            1,
            "mail",
            ("data", "attributes", "commander", "data", "attributes", "email"),
        ),
    ),
    Real(
        file="datadog/incidents_list.json",
        profile="datadog_incidents_json",
        used=6,
        tables={"incidents": 6, "participation": 1},
        # imported: created in February 2026, detected a year before
        typed=("incidents", 1, "created", "2025-01-01T00:00:00+00:00"),
        copied=("participation", 5, "account", ("data", 4, "relationships", "commander_user", "data", "id")),
    ),
    Real(
        file="datadog/monitors_list_page_1.json",
        profile="datadog_monitors_json",
        used=2,
        warnings={"undated_list": 2},  # the export does not state its day
        typed=("monitors", 2, "created", "2021-05-03T13:03:44.909928+00:00"),
        copied=("monitors", 2, "query", (1, "query")),
    ),
    Real(
        file="datadog/monitors_list_page_2.json",
        profile="datadog_monitors_json",
        used=1,
        source={"timezone": "UTC", "listed": date(2021, 5, 4)},
        typed=("monitors", 1, "id", "34822917"),
        copied=("monitors", 1, "creator_mail", (0, "creator", "handle")),
    ),
    Real(
        file="github/octokit_recorded_issues_page1.json",
        profile="github_issues_json",
        used=3,
        typed=("requests", 3, "created", "2022-07-19T04:39:10+00:00"),
        copied=("requests", 3, "title", (2, "title")),
    ),
    Real(
        file="github/perceval_rest_issue_single.json",
        profile="github_issues_json",
        used=0,
        set_aside={"other_kind": 1},
        aside=(1, None, "other_kind", None),  # GitHub lists pull requests among the issues
    ),
    Real(
        file="github/perceval_rest_pr.json",
        profile="github_pulls_json",
        used=1,
        typed=("changes", 1, "closed", "2016-01-04T13:51:56+00:00"),
        copied=("changes", 1, "title", ("title",)),
    ),
    Real(
        file="github/perceval_rest_pr_reviews.json",
        profile="github_reviews_json",
        used=2,
        typed=("reviews", 2, "reviewer", None),  # a deleted account
        copied=("reviews", 1, "reviewer", (0, "user", "login")),
    ),
    Real(
        file="gitlab/perceval_rest_issues_page1.json",
        profile="gitlab_issues_json",
        used=2,
        typed=("requests", 2, "created", "2017-03-18T09:52:55.303000+00:00"),
        copied=("requests", 2, "title", (1, "title")),
    ),
    Real(
        file="google_forms/gentlecat_grid.csv",
        profile="google_forms_csv",
        used=13,
        cells={"unmapped_question": 31},
        asks=(0, 7),
        typed=("responses", 2, "answered_at", "2016-08-18T17:32:20+00:00"),
        copied=("responses", 3, "answer", (2, 7)),
    ),
    Real(
        file="google_forms/lebelolerato_formscsv_saved_as_xlsx.xlsx",
        profile="google_forms_xlsx",
        used=15,
        cells={"unmapped_question": 37},
        asks=("C1",),
        typed=("responses", 2, "answered_at", "2023-09-15T19:43:56+00:00"),
        copied=("responses", 16, "answer", ("C16",)),
    ),
    Real(
        file="google_forms/naist_erbot.csv",
        profile="google_forms_csv",
        used=16,
        cells={"unmapped_question": 1},
        asks=(0, 1),
        source={"dates": "mdy", "timezone": "Asia/Tokyo"},
        typed=("responses", 2, "answered_at", "2021-11-05T04:40:15+00:00"),
        copied=("responses", 17, "answer", (16, 1)),
    ),
    Real(
        file="incident_io/singertap_incidents.json",
        profile="incident_io_json",
        used=1,
        tables={"incidents": 1, "participation": 1},
        typed=("participation", 1, "step", "lead"),  # the same person also reported it
        copied=("participation", 1, "account", (0, "incident_role_assignments", 0, "assignee", "id")),
    ),
    Real(
        file="jira/ericmedlock_cloud_en.csv",
        profile="jira_csv",
        used=22,
        typed=("requests", 2, "created", "2025-09-22T09:26:00+00:00"),
        copied=("requests", 2, "requester_id", (1, 16)),
    ),
    Real(
        file="jira/matin_cloud_en.csv",
        profile="jira_csv",
        used=5,
        source={"timezone": "America/New_York"},
        typed=("requests", 2, "resolved", "2025-10-25T16:55:00+00:00"),
        copied=("requests", 2, "title", (1, 0)),
    ),
    Real(
        file="jira/perceval_rest_search_page1.json",
        profile="jira_json",
        used=2,
        warnings={"possible_truncation": 2},  # total: 3
        typed=("requests", 2, "resolved", "2016-03-03T14:30:17+00:00"),
        copied=("requests", 1, "title", ("issues", 0, "fields", "summary")),
    ),
    Real(
        file="limesurvey/ssi_2017_nl.csv",
        profile="limesurvey_csv",
        used=77,
        cells={"unmapped_question": 129},
        asks=(0, 13),
        typed=("responses", 2, "answered_at", None),  # removed before it was published
        copied=("responses", 2, "answer", (1, 13)),
    ),
    Real(
        file="ms_forms/t0mrg_form.xlsx",
        profile="ms_forms",
        used=3,
        cells={"unmapped_question": 2},
        asks=("H1",),
        typed=("responses", 4, "answered_at", "2024-02-01T12:02:00+00:00"),
        copied=("responses", 4, "respondent", ("D4",)),
    ),
    Real(
        file="opsgenie/faros_rest_incidents.json",
        profile="opsgenie_incidents_json",
        used=3,
        tables={"incidents": 3, "participation": 5},
        typed=("participation", 3, "joined", "2022-04-05T16:05:08.730000+00:00"),
        copied=("incidents", 2, "title", (1, "message")),
    ),
    Real(
        file="opsgenie/faros_rest_users.json",
        profile="opsgenie_users_json",
        used=2,
        typed=("accounts", 1, "timezone", "Asia/Novosibirsk"),
        copied=("accounts", 1, "name", (0, "fullName")),
    ),
    Real(
        file="pagerduty/faros_rest_incidents.json",
        profile="pagerduty_incidents_json",
        used=3,
        tables={"incidents": 3, "participation": 0},  # one is assigned and requested; nobody acknowledged
        typed=("incidents", 3, "created", "2021-10-29T05:52:30+00:00"),
        copied=("incidents", 3, "title", (2, "title")),
    ),
    Real(
        file="pagerduty/faros_rest_log_entries.json",
        profile="pagerduty_log_json",
        used=0,
        set_aside={"other_kind": 3},
        aside=(1, "did", "other_kind", "trigger"),
    ),
    Real(
        file="qualtrics/hausladen_3header_en.csv",
        profile="qualtrics_csv",
        used=12,
        cells={"unmapped_question": 64},
        asks=(1, 21),
        source={},
        # 09:44:10; only the third header row states America/Denver
        typed=("responses", 114, "answered_at", "2021-07-23T15:44:10+00:00"),
        copied=("responses", 125, "answer", (14, 21)),
    ),
    Real(
        file="qualtrics/ropensci_sample_3header.csv",
        profile="qualtrics_csv",
        used=1,
        cells={"unmapped_question": 1},
        asks=(1, 18),
        typed=("responses", 4, "answered_at", "2017-07-18T08:28:48+00:00"),
        copied=("responses", 4, "answer", (3, 18)),
    ),
    Real(
        file="redmine/perceval_rest_issues.json",
        profile="redmine_json",
        used=3,
        warnings={"possible_truncation": 3},  # total_count: 4
        typed=("requests", 3, "created", "2011-12-08T09:42:44+00:00"),
        copied=("requests", 3, "title", ("issues", 2, "subject")),
    ),
    Real(
        file="servicenow/faros_incidents.json",
        profile="servicenow_json",
        used=2,
        typed=("requests", 1, "resolved", "2016-12-13T21:43:14+00:00"),
        copied=("requests", 1, "title", (0, "short_description")),
    ),
    Real(
        file="servicenow/priyaroy_pdi_incident.csv",
        profile="servicenow_csv",
        used=66,
        warnings={"end_unknown": 66},  # no end column
        source={"timezone": "America/Los_Angeles"},
        # 07:19:57 in this list; the Table API's response (above) has the same incident at 15:19:57 UTC
        typed=("requests", 14, "created", "2016-12-12T15:19:57+00:00"),
        copied=("requests", 2, "requester", (1, 3)),
    ),
    Real(
        file="surveymonkey/fte_steak.csv",
        profile="surveymonkey_csv",
        used=550,  # 118 of them blank
        cells={"unmapped_question": 13},
        asks=(0, 9),
        typed=("responses", 4, "respondent", "3234982343"),
        copied=("responses", 4, "answer", (3, 9)),
    ),
    Real(
        file="surveymonkey/fte_thanksgiving.csv",
        profile="surveymonkey_csv",
        used=199,
        cells={"unmapped_question": 63},
        asks=(0, 1),
        typed=("responses", 2, "respondent", "4337954960"),
        copied=("responses", 200, "answer", (199, 1)),
    ),
    Real(
        file="surveymonkey/jupyter_2020.csv",
        profile="surveymonkey_csv",
        used=199,
        cells={"unmapped_question": 214},
        asks=(0, 1),
        typed=("responses", 2, "respondent", "12390574951"),
        copied=("responses", 2, "answer", (1, 1)),
    ),
    Real(
        file="surveymonkey/k8s_contribex_2018.csv",
        profile="surveymonkey_csv",
        used=160,
        cells={"unmapped_question": 88},
        asks=(0, 3),
        typed=("responses", 2, "answered_at", "2018-10-01T14:16:15+00:00"),
        copied=("responses", 161, "answer", (160, 3)),
    ),
    Real(
        file="zendesk/faros_all_streams.jsonl",
        profile="zendesk_json",
        used=16,
        tables={"requests": 1, "accounts": 15},
        set_aside={"other_kind": 35, "test_answer": 13},
        aside=(1, None, "other_kind", None),
        typed=("requests", 47, "created", "2024-01-31T02:20:41+00:00"),
        copied=("accounts", 48, "name", (47, "record", "data", "name")),
    ),
)
REFUSED = {
    "github/ghcli_issueList.json": "the answer has no times of its issues",
    "google_forms/edinbr_2015.csv": "the columns were renamed and the file was saved again by R",
    "google_forms/faros_sheet_survey_stream.jsonl": "a connector's stream, no answers of a form",
    "incident_io/singertap_incident_roles.json": "which roles there are, no incidents",
    "incident_io/singertap_incident_statuses.json": "which statuses there are, no incidents",
    "incident_io/singertap_incident_timestamps.json": "which named times there are, no incidents",
    "incident_io/singertap_severities.json": "which severities there are, no incidents",
    "pagerduty/faros_rest_priorities.json": "which priorities there are, no incidents",
    "slack/perceval_history.json": "messages are not read",
    "slack/perceval_user.json": "one user, as the answer to a question about them",
    "squadcast/faros_all_streams.jsonl": "no profile for this tool",
}
"""Files that no profile claims, and the reasons."""


@cache
def profiles() -> dict[str, Profile]:
    return read_profiles()


def read(real: Real) -> Export:
    """Read the file with the library; for a survey, with the question declared by the test."""
    instrument, programme = None, None
    if real.asks is not None:
        text = raw_text(real.file, real.asks)
        if real.profile == "limesurvey_csv":
            text = text.partition(". ")[2]  # without the question's code
        asked = Question(id="asked", kind="text", wordings=(text,))
        instrument = Instrument(id="real", rater="self", questions=(asked,))
        programme = make_programme(instruments=(instrument,))
    return read_export(
        FOLDER / real.file,
        name=real.file,
        source=Source(
            name="real", files=(real.file,), instrument="real" if instrument else None, **real.source
        ),
        profiles=profiles(),
        programme=programme,
    )


def refuse(name: str) -> Problem:
    source = Source(name="real", files=(name,))
    with pytest.raises(FileError) as caught:
        read_export(FOLDER / name, name=name, source=source, profiles=profiles())
    return caught.value.problem


def raw_text(name: str, place: Place) -> str:
    """Read the text at a position in the file with only the standard library."""
    path = FOLDER / name
    if path.suffix == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as opened:
            return str(list(csv.reader(opened))[int(place[0])][int(place[1])])
    if path.suffix == ".xlsx":
        return raw_cell(path, str(place[0]))
    value: Any
    if path.suffix == ".jsonl":
        value = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    else:
        value = json.loads(path.read_text(encoding="utf-8"))
    for key in place:
        value = value[key]
    return str(value)


def raw_cell(path: Path, at: str) -> str:
    """Read a cell of the first sheet: a shared string, or its own value."""
    with zipfile.ZipFile(path) as archive:
        sheet = ElementTree.fromstring(archive.read("xl/worksheets/sheet1.xml"))
        shared = ElementTree.fromstring(archive.read("xl/sharedStrings.xml"))
    texts = ["".join(text.itertext()) for text in shared.iter(f"{SHEET}si")]
    (cell,) = (cell for cell in sheet.iter(f"{SHEET}c") if cell.get("r") == at)
    value = cell.findtext(f"{SHEET}v", "")
    return texts[int(value)] if cell.get("t") == "s" else value


def cell_of(export: Export, table: str, row: int, column: str) -> Any:
    """Return a cell of a canonical table, None if missing; fail unless the record has exactly one row."""
    frame = export.tables[table]
    (value,) = frame.loc[frame["row"].eq(row), column].astype(object)
    if pd.isna(value):
        return None
    return value.isoformat() if isinstance(value, pd.Timestamp) else value


def sums_of(export: Export) -> Mapping[str, Any]:
    tables = {export.file.file: {name: len(frame) for name, frame in export.tables.items()}}
    (sums,) = Account((export.file,), export.records, export.cells, tables).sums()
    return sums


def named(cases: tuple[Real, ...]) -> list[Any]:
    return [pytest.param(real, id=real.file) for real in cases]


def test_table_lists_every_file_once() -> None:
    here = sorted(path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*") if path.is_file())
    assert sorted([*(real.file for real in REAL), *REFUSED]) == here
    assert len(here) == 46


@pytest.mark.parametrize("real", named(REAL))
def test_real_file_accounts_for_every_record(real: Real) -> None:
    export = read(real)
    assert (export.file.profile, export.candidates) == (real.profile, (real.profile,))
    sums = sums_of(export)
    assert (sums["used"], sums["set_aside"], sums["refused"]) == (real.used, real.set_aside, {})
    assert sums["read"] == real.used + sum(real.set_aside.values())
    assert sums["cells"] == real.cells
    assert {warning["code"]: warning["n"] for warning in sums["warnings"]} == real.warnings
    assert sums["tables"] == (real.tables or {profiles()[real.profile].table: real.used})
    gone = export.records[export.records["outcome"].ne("used")]
    rows = [(r.row, r.column, r.reason, r.value) for r in gone.astype(object).itertuples()]
    first = tuple(None if pd.isna(value) else value for value in rows[0]) if rows else None
    assert first == real.aside


@pytest.mark.parametrize("real", named(tuple(real for real in REAL if real.typed or real.copied)))
def test_cell_equals_text_in_real_file(real: Real) -> None:
    export = read(real)
    assert real.typed is not None
    assert real.copied is not None
    table, row, column, typed = real.typed
    assert cell_of(export, table, row, column) == typed
    table, row, column, place = real.copied
    text = raw_text(real.file, place)
    assert text
    assert cell_of(export, table, row, column) == text


@pytest.mark.parametrize(
    ("file", "column", "values"),
    [
        ("backlog/backlog4j_issues.json", "topic", ["かてごりら, かてうさぎ", None]),
        ("github/perceval_rest_pr.json", "area", ["bug, feature"]),
        ("jira/perceval_rest_search_page1.json", "topic", ["FIWARE-LAB-HELP", "SPAM"]),
        ("jira/perceval_rest_search_page1.json", "resolution", [None, "Done"]),
        ("jira/matin_cloud_en.csv", "resolution", ["Done"] * 5),
        ("zendesk/faros_all_streams.jsonl", "topic", ["follow-up, other"]),
        ("redmine/perceval_rest_issues.json", "topic", [None] * 3),
    ],
)
def test_topic_resolution_and_area_match_real_file(file: str, column: str, values: list[str | None]) -> None:
    (real,) = (each for each in REAL if each.file == file)
    found = read(real).tables[profiles()[real.profile].table][column].astype(object)
    assert found.where(found.notna(), None).tolist() == values


@pytest.mark.parametrize("name", REFUSED)
def test_unknown_real_file_is_rejected_with_next_step(name: str) -> None:
    problem = refuse(name)
    assert (problem.reason, problem.file, problem.row) == ("no_profile", name, 1)
    assert problem.expected == "a file that a profile claims"
    assert problem.value
    assert re.search(
        r"nearest: .+; else write a profile for it: docs/how-to-profile\.md", problem.next_step or ""
    )


def test_real_file_rejection_names_missing_column() -> None:
    next_step = refuse("github/ghcli_issueList.json").next_step or ""
    assert "github_issues_gh_json (lacks createdAt)" in next_step
