"""Bad files, records and cells: all reported with position, value, expectation and next step."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rotation_analysis.cohorts.cohort import build_cohorts
from rotation_analysis.errors import Problem, ProgrammeError
from rotation_analysis.measures.workload.waiting import list_waits
from rotation_analysis.programme.model import Source
from rotation_analysis.reading.exports import Reading, read_exports
from tests.builders import make_programme
from tests.files.test_workbooks import build, row, text, value
from tests.small_programme import (
    BACKLOG,
    BACKLOG_HEADER,
    INCIDENTS,
    OWN_PROFILE,
    PAGERDUTY_HEADER,
    SURVEY,
    TOML,
    backlog_row,
    lay_out,
    lines,
    outcomes,
    read_small,
    replace_once,
    survey,
    warnings_of,
    write_programme,
)

REQUESTS = TOML + BACKLOG
TICKETS = '\n[[sources]]\nname = "tickets"\nfiles = ["tickets*.csv"]\ndates = "ymd"\n'
TICKETS_HEADER = "チケット,チーム,起票日時,完了日時,解決のしかた"
GOOD = lines(BACKLOG_HEADER, backlog_row("A-1"))
Files = dict[str, str | bytes]


def read(folder: Path, files: Files, toml: str = REQUESTS) -> Reading:
    return read_small(write_programme(folder, toml, files))[1]


def backlog(*rows: str) -> str:
    return lines(BACKLOG_HEADER, *rows)


def check_sums(reading: Reading) -> None:
    """Check that every file's sums add up and every record is in the account once."""
    for sums in reading.account.sums():
        parts = [sums["used"], *sums["set_aside"].values(), *sums["refused"].values()]
        assert sums["read"] == sum(parts), sums
    records = reading.account.records
    assert not records.duplicated(["file", "row"]).any()
    assert records["outcome"].isin(["used", "set_aside", "refused"]).all()
    assert records.loc[records["outcome"].ne("used"), ["reason", "expected", "next"]].notna().all(axis=None)


# --- files ----------------------------------------------------------------------------------------------

REFUSED_FILES: dict[str, tuple[str | bytes, Problem]] = {
    "a file that no profile claims": (
        "キー,件名,担当\nA-1,t,x\n",
        Problem(
            reason="no_profile",
            row=1,
            value="キー, 件名, 担当",
            next_step="nearest: backlog_csv (lacks 登録日)",
        ),
    ),
    "a file two profiles claim": (
        "No,Title\n1,t\n",
        Problem(reason="two_profiles", value="own_a, own_b", next_step='profile = "own_a"'),
    ),
    "an unbalanced quote": (
        backlog(backlog_row("A-1"), backlog_row("A-2", title='"open'), backlog_row("A-3")),
        Problem(reason="bad_quote", row=3, column="件名", value='"open', next_step="close the quote"),
    ),
    "another encoding": (
        backlog(backlog_row("A-1", title="表示が遅い")).encode("euc_jp"),
        Problem(reason="bad_encoding", row=1, value="A5 AD A1 BC", next_step="declare its encoding"),
    ),
    "no record": (
        lines(BACKLOG_HEADER),
        Problem(reason="empty_file", next_step="export it again"),
    ),
    "a web page": (
        "<!DOCTYPE html><html><body>Sign in</body></html>\n",
        Problem(reason="not_a_table", next_step="sign in to the tool"),
    ),
}


def check_refusal(found: Problem, file: str, wanted: Problem) -> None:
    assert (found.reason, found.file) == (wanted.reason, file)
    assert (found.row, found.column) == (wanted.row, wanted.column)
    assert (found.value or "").startswith(wanted.value or "")
    assert found.expected
    assert (wanted.next_step or "?") in (found.next_step or "")


def test_all_rejected_files_are_reported_together(tmp_path: Path) -> None:
    files: Files = {f"profiles/own_{n}.toml": OWN_PROFILE.replace('"own"', f'"own_{n}"') for n in "ab"}
    files["backlog_good.csv"] = GOOD
    bad = {f"backlog_{n}.csv": case for n, case in enumerate(REFUSED_FILES.values())}
    files |= {name: content for name, (content, _) in bad.items()}
    reading = read(tmp_path, files)
    assert [problem.file for problem in reading.refused] == list(bad)
    for problem in reading.refused:
        check_refusal(problem, str(problem.file), bad[str(problem.file)][1])
    assert reading.tables["requests"]["id"].tolist() == ["A-1"]
    assert [sums["file"] for sums in reading.account.sums()] == ["backlog_good.csv"]


def test_only_file_rejected_gives_empty_tables(tmp_path: Path) -> None:
    reading = read(tmp_path, {"backlog.csv": "a,b\n1,2\n"})
    assert [problem.reason for problem in reading.refused] == ["no_profile"]
    assert all(table.empty for table in reading.tables.values())
    assert (reading.account.sums(), reading.account.rows()) == ([], [])


def test_declared_encoding_reads_rejected_file(tmp_path: Path) -> None:
    toml = replace_once(
        REQUESTS, ('files = ["backlog*.csv"]', 'files = ["backlog*.csv"]\nencoding = "euc-jp"')
    )
    reading = read(tmp_path, {"backlog.csv": backlog(backlog_row(title="表示が遅い")).encode("euc_jp")}, toml)
    assert reading.refused == ()
    assert reading.tables["requests"]["title"].tolist() == ["表示が遅い"]
    assert reading.account.sums()[0]["encoding"] == "euc_jp"


# --- what a source declares -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "column", "value", "hint"),
    [
        ("kind = ", "knd = ", 'sources["requests"].columns.knd', None, 'did you mean "kind"?'),
        (
            'work = ["作業依頼"]',
            'wrk = ["作業依頼"]',
            'sources["requests"].labels.kind.wrk',
            None,
            'did you mean "work"?',
        ),
        (
            'work = ["作業依頼"]',
            'work = ["作業依頼", " 相談"]',
            'sources["requests"].labels.kind',
            " 相談",
            "keep it under one of consult, work",
        ),
    ],
)
def test_source_with_unknown_field_is_reported(
    tmp_path: Path, old: str, new: str, column: str, value: str | None, hint: str
) -> None:
    with pytest.raises(ProgrammeError) as caught:
        read(tmp_path, {"backlog.csv": GOOD}, TOML + replace_once(BACKLOG, (old, new)))
    (problem,) = caught.value.problems
    assert (problem.reason, problem.file, problem.column) == ("programme", "programme.toml", column)
    assert (problem.value, problem.next_step) == (value, hint)
    assert problem.expected


@pytest.mark.parametrize(
    ("zone", "created"), [("", "2024-02-01 01:00"), ('timezone = "UTC"', "2024-02-01 10:00")]
)
def test_times_use_source_zone_then_programme_zone(tmp_path: Path, zone: str, created: str) -> None:
    toml = replace_once(REQUESTS, ('name = "requests"', f'name = "requests"\n{zone}'))
    reading = read(tmp_path, {"backlog.csv": GOOD}, toml)
    assert reading.tables["requests"]["created"].tolist() == [pd.Timestamp(created, tz="UTC")]
    assert reading.zones == {"backlog.csv": "UTC" if zone else "Asia/Tokyo"}


# --- records --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "reason", "column", "value", "expected"),
    [
        (backlog_row("A-2") + ",x", "field_count", None, "A-2,2024", "9 fields; there are 10"),
        ("A-2,2024/02/01", "field_count", None, "A-2,2024/02/01", "9 fields; there are 2"),
        (backlog_row(" "), "missing_key", "キー", " ", "a key"),
        (backlog_row("1.2E+19"), "damaged_id", "キー", "1.2E+19", "a key as the tool wrote it"),
        (backlog_row("A-2", title="a\0b"), "bad_encoding", None, "A-2,2024", "text without NUL bytes"),
    ],
)
def test_bad_record_is_rejected_alone_with_position(
    tmp_path: Path, row: str, reason: str, column: str | None, value: str, expected: str
) -> None:
    reading = read(tmp_path, {"backlog.csv": backlog(backlog_row("A-1"), row, backlog_row("A-3"))})
    (entry,) = reading.account.rows(values=True)
    assert (entry["file"], entry["row"], entry["outcome"]) == ("backlog.csv", 3, "refused")
    assert (entry["reason"], entry["column"], entry["expected"]) == (reason, column, expected)
    assert entry["value"].startswith(value)
    assert entry["next"]
    assert reading.tables["requests"]["id"].tolist() == ["A-1", "A-3"]
    check_sums(reading)


# --- cells ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "reason", "column", "value", "expected", "hint"),
    [
        ({"kind": "雑談"}, "unmapped_label", "区分", "雑談", "a declared label", "add it to `labels`"),
        (
            {"created": "2024/02/31 10:00:00"},
            "bad_date",
            "登録日",
            "2024/02/31 10:00:00",
            "a date and time",
            "correct the cell",
        ),
        ({"resolved": "soon"}, "bad_date", "完了日時", "soon", "a date and time", "correct the cell"),
    ],
)
def test_bad_cell_is_reported_and_record_used(
    tmp_path: Path, cell: dict[str, str], reason: str, column: str, value: str, expected: str, hint: str
) -> None:
    reading = read(tmp_path, {"backlog.csv": backlog(backlog_row("A-1"), backlog_row("A-2", **cell))})
    (entry,) = reading.account.rows(values=True)
    assert (entry["file"], entry["row"], entry["outcome"]) == ("backlog.csv", 3, "cell")
    assert (entry["reason"], entry["column"], entry["value"]) == (reason, column, value)
    assert entry["expected"] == expected
    assert hint in entry["next"]
    (field,) = cell
    assert reading.tables["requests"][field].isna().tolist() == [False, True]
    check_sums(reading)


def test_ambiguous_date_order_is_reported_per_cell(tmp_path: Path) -> None:
    toml = TOML + replace_once(SURVEY, ('dates = "ymd"\n', ""))
    answers = [("03/04/2024 10:00:00", "p1", "3"), ("05/06/2024 10:00:00", "p1", "4")]
    reading = read(tmp_path, {"survey.csv": survey(*answers)}, toml)
    rows = reading.account.rows(values=True)
    assert [(row["row"], row["column"], row["reason"], row["value"]) for row in rows] == [
        (2, "タイムスタンプ", "ambiguous_date", "03/04/2024 10:00:00"),
        (3, "タイムスタンプ", "ambiguous_date", "05/06/2024 10:00:00"),
    ]
    assert {row["expected"] for row in rows} == {"dates that fit one order only"}
    assert all('declare `dates = "ymd"`' in row["next"] for row in rows)
    assert reading.tables["responses"]["answered_at"].isna().all()


@pytest.mark.parametrize(("order", "day"), [("dmy", "2024-04-03"), ("mdy", "2024-03-04")])
def test_declared_date_order_is_used(tmp_path: Path, order: str, day: str) -> None:
    toml = TOML + replace_once(SURVEY, ('dates = "ymd"', f'dates = "{order}"'))
    reading = read(tmp_path, {"survey.csv": survey(("03/04/2024 10:00:00", "p1", "3"))}, toml)
    assert reading.tables["responses"]["answered_at"].dt.strftime("%Y-%m-%d").tolist() == [day]
    assert reading.account.rows() == []


def test_end_before_start_warns_in_every_table(tmp_path: Path) -> None:
    files: Files = {
        "backlog.csv": backlog(
            backlog_row("A-1", resolved="2024/01/31 10:00:00"),
            backlog_row("A-2", resolved="2024/02/01 10:00:00"),  # an equal time is not earlier
            backlog_row("A-3", resolved=""),
        ),
        "tickets.csv": lines(TICKETS_HEADER, "T-1,葵,2024-02-02 10:00,2024-02-01 10:00,自チームのみ"),
        "pagerduty.csv": lines(PAGERDUTY_HEADER, "1,2024-02-02 10:00:00,2024-02-01 10:00:00,aoi,"),
    }
    cohorts = lay_out(tmp_path, REQUESTS + TICKETS + INCIDENTS, files)
    warned = {sums["file"]: sums["warnings"] for sums in cohorts.account.sums()}
    assert warned == {file: [{"code": "end_before_start", "n": 1, "rows": [2]}] for file in files}
    assert cohorts.account.rows() == []


# --- persons whom two aliases claim ---------------------------------------------------------------------


def test_ambiguous_alias_suggests_line_to_paste(tmp_path: Path) -> None:
    aliases = "".join(
        f'[[aliases]]\ntext = "はる"\nkind = "person"\nid = "{id_}"\n\n' for id_ in ("p1", "p2")
    )
    toml = replace_once(TOML, ("[plan]", f"{aliases}[plan]"))
    files: Files = {
        "survey.csv": survey(("2024/01/10 10:00:00", "p1", "3"), ("2024/01/10 10:00:00", "はる", "3")),
        "pagerduty.csv": lines(PAGERDUTY_HEADER, '1,2024-02-02 10:00:00,,aoi,"試験 一,はる"'),
    }
    cohorts = lay_out(tmp_path, toml + SURVEY + INCIDENTS, files)
    (row,) = cohorts.account.rows(values=True)
    assert (row["file"], row["row"], row["value"]) == ("survey.csv", 3, "はる")
    assert (row["outcome"], row["reason"]) == ("set_aside", "ambiguous_person")
    assert row["expected"] == "one person of the roster"
    assert row["next"] == "add to the alias sheet: はる,person,p1|p2,,"
    # the incident is used without the ambiguous name, with a warning
    assert cohorts.tables["participation"]["name"].tolist() == ["試験 一"]
    assert warnings_of(cohorts) == {"ambiguous_person": 1}


# --- repeated files and records -------------------------------------------------------------------------


def test_account_includes_owner_sheets(tmp_path: Path) -> None:
    toml = replace_once(REQUESTS, ("[plan]", '[sheets]\nevents = "events.csv"\n\n[plan]'))
    events = lines("date,ja,en", "2024-03-01,窓口,Portal", "2024-04-01,規則,Rule")
    sums = read(tmp_path, {"backlog.csv": GOOD, "events.csv": events}, toml).account.sums()
    assert [(entry["file"], entry["read"], entry["used"]) for entry in sums] == [
        ("events.csv", 2, 2),
        ("backlog.csv", 1, 1),
    ]


# --- no record is lost ----------------------------------------------------------------------------------

Row = tuple[str, str]  # kind and title
rows = st.lists(
    st.tuples(
        st.sampled_from(["A-1", "A-2", "A-3", "short", "long", "keyless", "damaged", "blank"]),
        st.sampled_from("tu"),
    ),
    min_size=1,
    max_size=12,
).filter(lambda drawn: any(what != "blank" for what, _ in drawn))
REFUSED = {"short": "field_count", "long": "field_count", "keyless": "missing_key", "damaged": "damaged_id"}


def write_row(what: str, title: str) -> str:
    match what:
        case "blank":
            return ""
        case "short":
            return f"A-1,{title}"
        case "long":
            return backlog_row(title=title) + ","
        case "keyless":
            return backlog_row("", title=title)
        case "damaged":
            return backlog_row("1.5E+12", title=title)
    return backlog_row(what, title=title)


def expect(exports: list[list[Row]]) -> dict[tuple[int, int], str]:
    """Map (export, row) to its reason ("" if used), derived record by record from the rules."""
    reasons: dict[tuple[int, int], str] = {}
    standing: dict[str, tuple[tuple[int, int], str]] = {}
    for number, drawn in enumerate(exports):
        written = [[write_row(*row) for row in rows] for rows in exports]
        original = written.index(written[number])
        contents = {key: {title for what, title in drawn if what == key} for key, _ in drawn}
        for line, (what, title) in enumerate(drawn, start=2):
            place = number, line
            if what == "blank":
                continue
            if what in REFUSED:
                reasons[place] = REFUSED[what]
            elif original < number:
                reasons[place] = "duplicate_file"
            elif len(contents[what]) > 1:
                reasons[place] = "conflicting_key"
            elif what in standing and standing[what][1] == title:
                reasons[place] = "duplicate_row"
            else:
                if what in standing:
                    reasons[standing[what][0]] = "superseded"
                reasons[place], standing[what] = "", (place, title)
    return reasons


@settings(max_examples=120, deadline=None)
@given(exports=st.lists(rows, min_size=1, max_size=3))
def test_no_record_is_lost_in_mixed_files(exports: list[list[Row]]) -> None:
    with TemporaryDirectory() as folder:
        for number, drawn in enumerate(exports):
            text = backlog(*(write_row(*row) for row in drawn))
            (Path(folder) / f"b{number}.csv").write_text(text, encoding="utf-8")
        source = Source(name="requests", files=("b*.csv",))
        reading = read_exports(make_programme(sources=(source,), folder=Path(folder)))
    assert reading.refused == ()
    check_sums(reading)
    found = {(int(r.file[1]), int(r.row)): r.reason for r in reading.account.records.itertuples()}
    assert found == expect(exports)
    used = [(f"b{export}.csv", line) for (export, line), reason in found.items() if not reason]
    table = reading.tables["requests"]
    assert sorted(zip(table["file"], table["row"], strict=True)) == sorted(used)
    assert table["id"].is_unique


def test_two_sheets_count_as_two_files(tmp_path: Path) -> None:
    sheets = {
        "稼働": [("氏名", "週", "依頼対応"), ("試験 一", "2024-02-05", "4"), ("試験 一", "2024-02-12", "6")],
        "1on1": [("氏名", "日付", "実施"), ("試験 一", "2024-02-06", "はい")],
    }
    xml = {
        name: "".join(
            row(n, *(text(f"{'ABC'[at]}{n}", cell) for at, cell in enumerate(cells)))
            for n, cells in enumerate(rows, start=1)
        )
        for name, rows in sheets.items()
    }
    toml = TOML + "".join(
        f'\n[[sources]]\nname = "{sheet}"\nfiles = ["book.xlsx"]\nsheet = "{sheet}"\n' for sheet in sheets
    )
    reading = read(tmp_path, {"book.xlsx": build(xml)}, toml)
    check_sums(reading)
    assert {(file["file"], file["used"]) for file in reading.account.sums()} == {
        ("book.xlsx#稼働", 2),
        ("book.xlsx#1on1", 1),
    }
    assert {file.path for file in reading.account.files} == {"book.xlsx"}


def test_typed_hours_are_read_only_in_sheets(
    tmp_path: Path,
) -> None:
    sheet = """
[[sources]]
name = "hours"
files = ["hours.csv"]
columns = { learning = "学び" }
"""
    profile = """\
name = "own"
tool = "Own"
export = "time"
format = "csv"
table = "time_use"
columns = [
  { field = "person", headers = ["Who"], kind = "text", claim = true },
  { field = "week", headers = ["When"], kind = "date" },
  { field = "request", headers = ["Requests"], kind = "number" },
  { field = "home", headers = ["Home"], kind = "amount", unit = "minutes" },
]
"""
    files: dict[str, str | bytes] = {
        "hours.csv": lines("氏名,週,依頼対応,学び", "p1,2024-02-05,2h,30分", "p1,2024-02-12,1〜2,2-3"),
        "own.csv": lines("Who,When,Requests,Home", "p1,2024-02-19,2h,1時間"),
        "profiles/own.toml": profile,
    }
    toml = f'{TOML}{sheet}\n[[sources]]\nname = "own"\nfiles = ["own.csv"]\n'
    _, reading = read_small(write_programme(tmp_path, toml, files))
    table = reading.tables["time_use"]
    assert table["request"].astype(object).where(table["request"].notna(), None).tolist() == [2.0, 1.5, None]
    assert table["learning"].tolist()[:2] == [0.5, 2.5]
    assert table["home"].tolist()[2] == 60.0
    reported = {file["file"]: (file["warnings"], file["cells"]) for file in reading.account.sums()}
    assert reported["hours.csv"] == ([{"code": "midpoint_of_range", "n": 1, "rows": [3]}], {})
    assert reported["own.csv"] == ([], {"bad_number": 1})


def test_source_flag_labels_extend_profile_labels(tmp_path: Path) -> None:
    toml = TOML + TICKETS + '[sources.labels]\npermission_bound = { yes = ["必須"] }\n'
    rows = ["T-1,葵,2024/02/01,,,はい", "T-2,葵,2024/02/01,,,必須", "T-3,葵,2024/02/01,,,いいえ"]
    form = lines(f"{TICKETS_HEADER},SREのみ可", *rows)
    reading = read(tmp_path, {"tickets.csv": form}, toml)
    assert reading.tables["tickets"]["permission_bound"].tolist() == [True, True, False]


# --- what an export does not tell -----------------------------------------------------------------------

OWN_INCIDENTS = """\
name = "own"
tool = "Own"
export = "incidents"
format = "json"
unpack = "objects"
table = "incidents"
columns = [
  { field = "id", headers = ["nr"], kind = "id", claim = true },
  { field = "created", headers = ["began"], kind = "datetime", claim = true },
  { field = "resolved", headers = ["ended"], kind = "datetime" },
  { field = "service", headers = ["service"], kind = "text" },
  MORE
]
"""
OWN_SOURCE = TOML + '\n[[sources]]\nname = "own"\nfiles = ["own.json"]\n'


def own_files(records: object, more: str = "") -> Files:
    return {"own.json": json.dumps(records), "profiles/own.toml": OWN_INCIDENTS.replace("MORE", more)}


def list_problems(reading: Reading) -> list[tuple[int, str, str]]:
    return [(row, outcome, reason) for _, row, outcome, reason in outcomes(reading)]


@pytest.mark.parametrize(
    ("more", "unknown"),
    [
        ("", True),
        ('{ field = "people_told", kind = "flag", value = false },', True),
        ('{ field = "people_told", kind = "flag", value = true },', False),
    ],
)
def test_participants_are_unknown_unless_profile_declares_them(
    tmp_path: Path, more: str, unknown: bool
) -> None:
    files = own_files([{"nr": "1", "began": "2024-04-01T10:00:00Z", "service": "x"}], more)
    cohorts = build_cohorts(*read_small(write_programme(tmp_path, OWN_SOURCE, files)))
    assert cohorts.tables["incidents"]["people_unknown"].tolist() == [unknown]
    assert cohorts.gaps()["incidents_without_people"] == int(unknown)


def test_participants_are_unknown_without_their_columns(tmp_path: Path) -> None:
    bare = lines("incident_number,created_on,service_name", "1,2024-04-01T10:00:00Z,x")
    reading = read(tmp_path, {"pagerduty.csv": bare}, TOML + INCIDENTS)
    assert reading.tables["incidents"]["people_told"].tolist() == [False]


def test_end_without_column_is_unknown_with_warning(tmp_path: Path) -> None:
    over = [{"type": "resolved", "occurred_at": "2024-04-01T12:00:00Z"}]
    record = {"nr": "1", "began": "2024-04-01T10:00:00Z", "service": "x", "milestones": over}
    reading = read(tmp_path, own_files([record]), OWN_SOURCE)
    assert warnings_of(reading) == {"end_unknown": 1}
    assert warnings_of(read(tmp_path, own_files([{**record, "ended": None}]), OWN_SOURCE)) == {}


def test_requests_without_end_column_are_not_open(tmp_path: Path) -> None:
    toml = TOML + BACKLOG.replace(', resolved = "完了日時"', "")
    header = BACKLOG_HEADER.removesuffix(",完了日時")
    rows = [backlog_row(f"A-{n}").rpartition(",")[0] for n in range(3)]
    folder = write_programme(tmp_path, toml, {"backlog.csv": lines(header, *rows)})
    cohorts = build_cohorts(*read_small(folder))
    assert warnings_of(cohorts) == {"end_unknown": 3}
    assert cohorts.gaps()["open_requests"] == 0
    assert list_waits(cohorts)["waiting.done.hours"].isna().all()


# --- objects of another kind, rules of a profile --------------------------------------------------------


def test_list_is_claimed_by_all_its_objects(tmp_path: Path) -> None:
    records = [
        {"level": "INFO", "message": "begin"},
        {"nr": "1", "began": "2024-04-01T10:00:00Z", "service": "x"},
        {"nr": None, "began": "2024-04-02T10:00:00Z", "service": "x"},
        {"nr": "2", "service": "x"},
        {},
    ]
    reading = read(tmp_path, own_files(records), OWN_SOURCE)
    assert reading.tables["incidents"]["id"].tolist() == ["1", "2"]
    assert list_problems(reading) == [
        (1, "set_aside", "other_kind"), (3, "refused", "missing_key"),
        (4, "cell", "missing_date"), (5, "set_aside", "other_kind"),
    ]  # fmt: skip
    check_sums(reading)


@pytest.mark.parametrize(
    ("name", "record"),
    [
        ("github", {"number": 1, "title": "t", "user": None, "state": "open",
                    "created_at": "2024-04-01T10:00:00Z"}),
        ("jira", {"key": "A-1", "fields": {"summary": "t", "created": "2024-04-01T10:00:00.000+0000"}}),
        ("pagerduty", {"incident_number": 1, "status": "triggered", "created_at": "2024-04-01T10:00:00Z",
                       "service": {"summary": "x"}}),
    ],
)  # fmt: skip
def test_tool_list_can_begin_with_foreign_object(tmp_path: Path, name: str, record: object) -> None:
    reading = read(tmp_path, {"own.json": json.dumps([{"message": "rate limit"}, record])}, OWN_SOURCE)
    assert [problem.reason for problem in reading.refused] == []
    assert list_problems(reading) == [(1, "set_aside", "other_kind")]
    (file,) = reading.account.files
    assert file.profile.startswith(name)


RULED = (
    OWN_PROFILE
    + """
[[columns]]
field = "created"
headers = ["Made"]
kind = "datetime"
[[columns]]
field = "resolved"
headers = ["Done"]
kind = "datetime"
[[set_aside]]
headers = ["Type"]
unless = ["Request"]
reason = "other_kind"
"""
)


def test_exclusion_rule_precedes_missing_key(tmp_path: Path) -> None:
    profile = RULED.replace('table = "requests"', 'table = "requests"\nmetadata = ["Row *"]')
    rows = ("1,Request,2024-04-01 10:00,,1", ",Total,,,2", ",,,,3", ",Request,,,4")
    files: Files = {
        "profiles/own.toml": profile,
        "own.csv": lines("No,Type,Made,Done,Row number", *rows),
    }
    reading = read(tmp_path, files, OWN_SOURCE.replace("own.json", "own.csv"))
    assert list_problems(reading) == [
        (3, "set_aside", "other_kind"), (4, "set_aside", "other_kind"), (5, "refused", "missing_key"),
    ]  # fmt: skip
    (file,) = reading.account.files
    assert (file.columns["Type"], file.columns["Row number"]) == ("set_aside", "metadata")
    check_sums(reading)


# --- objects in cells -----------------------------------------------------------------------------------


def test_object_cell_is_not_a_name(tmp_path: Path) -> None:
    link = "\"{'link': 'https://x.example/u', 'value': '0a'}\""
    title = '"{""a"": 1} fails"'
    header = "number,opened_at,short_description,caller_id,assigned_to,resolved_at"
    rows = (f"INC1,2024-04-01 10:00:00,{title},{link},{link},", "INC2,2024-04-01 10:00:00,t,{x},試験 一,")
    toml = OWN_SOURCE.replace("own.json", "own.csv")
    reading = read(tmp_path, {"own.csv": lines(header, *rows)}, toml)
    table = reading.tables["requests"]
    assert table["requester"].fillna("").tolist() == ["", "{x}"]
    assert table["assignee"].fillna("").tolist() == ["", "試験 一"]
    assert table["title"].tolist() == ['{"a": 1} fails', "t"]
    assert list_problems(reading) == [(2, "cell", "serialised_object")] * 2


def test_object_cell_is_not_a_name_list(tmp_path: Path) -> None:
    row = '1,2024-04-01T10:00:00Z,,x,"[{""name"": ""a"", ""id"": 1}]"'
    reading = read(tmp_path, {"pagerduty.csv": lines(PAGERDUTY_HEADER, row)}, TOML + INCIDENTS)
    assert reading.tables["participation"].empty
    assert list_problems(reading) == [(2, "cell", "serialised_object")]


def test_bot_requests_are_excluded_like_pull_requests(tmp_path: Path) -> None:
    asked = {"title": "t", "created_at": "2024-02-01T10:00:00Z", "state": "open"}
    issues = [
        {**asked, "number": n, "user": {"login": f"a{n}", "id": n, "type": kind}}
        for n, kind in ((1, "Bot"), (2, "User"))
    ]
    toml = f'{TOML}\n[[sources]]\nname = "issues"\nfiles = ["issues.json"]\n'
    reading = read(tmp_path, {"issues.json": json.dumps(issues)}, toml)
    assert outcomes(reading) == [("issues.json", 1, "set_aside", "bot")]
    assert reading.tables["requests"]["requester"].tolist() == ["a2"]


def test_spreadsheet_error_is_not_a_value(tmp_path: Path) -> None:
    sheet = row(
        1, *(text(f"{at}1", name) for at, name in zip("ABCDE", TICKETS_HEADER.split(","), strict=True))
    )
    sheet += row(
        2,
        text("A2", "T-1"),
        value("B2", "#N/A", kind="e"),
        text("C2", "2024-02-02 10:00"),
        "<c r='D2'><f>C2</f></c>",
    )
    sheet += row(3, "<c r='A3'><f>A2</f></c>", text("B3", "葵"), text("C3", "2024-02-02 10:00"))
    toml = f'{TOML}\n[[sources]]\nname = "tickets"\nfiles = ["tickets.xlsx"]\n'
    reading = read(tmp_path, {"tickets.xlsx": build({"S": sheet})}, toml)
    rows = [(r["row"], r["column"], r["outcome"], r["reason"]) for r in reading.account.rows()]
    assert rows == [
        (2, "完了日時", "cell", "error_value"),
        (2, "チーム", "cell", "error_value"),
        (3, "チケット", "refused", "damaged_id"),
    ]
    assert reading.tables["tickets"]["team_label"].isna().all()
    check_sums(reading)


def test_missing_times_and_mixed_offsets_are_reported(tmp_path: Path) -> None:
    times = ("2024-02-01T10:00:00+09:00", "", "2024-02-01T10:00:00+09:00", "2024-02-01T10:00:00")
    rows = [f"T-{n},葵,{time},," for n, time in enumerate(times)]
    reading = read(tmp_path, {"tickets.csv": lines(TICKETS_HEADER, *rows)}, TOML + TICKETS)
    assert outcomes(reading) == [("tickets.csv", 3, "cell", "missing_date")]
    assert reading.account.sums()[-1]["warnings"] == [{"code": "mixed_offsets", "n": 1, "rows": [5]}]


def test_missing_time_column_is_reported_once(tmp_path: Path) -> None:
    toml = f'{TOML}\n[[sources]]\nname = "own"\nfiles = ["own.csv"]\n'
    files: Files = {"profiles/own.toml": OWN_PROFILE, "own.csv": "No,Title\n1,t\n2,t\n"}
    (row,) = read(tmp_path, files, toml).account.rows()
    assert (row["row"], row["column"], row["reason"]) == (1, "created", "missing_date")
