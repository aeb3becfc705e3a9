"""Output of `check` and `inspect`: each file's account, each problem with its place, and a clean result."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest

from rotation_analysis.cli import _to_json
from rotation_analysis.errors import UsageError, show_controls
from rotation_analysis.programme.model import Source
from rotation_analysis.progress_events import Step
from rotation_analysis.starter.inspection import (
    MOST_ROWS,
    Inspection,
    check_programme,
    draft_for,
    inspect_file,
    render_check,
    render_inspection,
)
from tests.files.test_workbooks import build, row, text
from tests.small_programme import (
    BACKLOG,
    BACKLOG_HEADER,
    INCIDENTS,
    PAGERDUTY_HEADER,
    STEM,
    SURVEY,
    TICKETS,
    TICKETS_HEADER,
    TOML,
    backlog_row,
    lines,
    replace_once,
    survey,
    write_programme,
)

OLD_SCALE = '[[scales]]\nid = "old"\nlabels = ["できる"]\n\n[plan]'
QUESTION = f"{STEM} [OS・プロセス]"
EVERYTHING = replace_once(TOML, ("[plan]", OLD_SCALE)) + SURVEY + BACKLOG + TICKETS + INCIDENTS
ON = "2024/06/28 10:00:00"
Files = dict[str, str | bytes]


def backlog(*rows: str) -> str:
    return lines(BACKLOG_HEADER, *rows)


MIXED: Files = {
    "survey.csv": survey((ON, "p1", "できる"), (ON, "誰か", "3"), ("2024/01/10 10:00:00", "p1", "7")),
    "backlog.csv": backlog(
        backlog_row("A-1", resolved=""),
        backlog_row("A-2", kind="雑談", team="", who="誰か"),
        backlog_row(""),
        backlog_row("A-3", resolved="2024/01/31 10:00:00"),
    ),
    "tickets.csv": lines(TICKETS_HEADER, "T-1,葵,2024-02-02 10:00,2024-02-03 10:00,"),
    "pagerduty.csv": lines(PAGERDUTY_HEADER, '1,2024-02-02 10:00:00,,aoi,"試験 一,導き 手"'),
}
SHOWN = f"""\
survey.csv: google_forms_csv, utf-8
  3 read = 2 used + 1 set aside (not_in_roster 1) + 0 refused
  unusable cells: out_of_scale 1
backlog.csv: backlog_csv, utf-8
  4 read = 3 used + 0 set aside + 1 refused (missing_key 1)
  unusable cells: unmapped_label 1
  warnings: end_before_start 1 (rows 5)
tickets.csv: tickets_sheet, utf-8
  1 read = 1 used + 0 set aside + 0 refused
pagerduty.csv: pagerduty_csv, utf-8
  1 read = 1 used + 0 set aside + 0 refused
  backlog.csv, row 3, 区分: unmapped_label: '雑談' \
(expected a declared label; add it to `labels` of the source)
  backlog.csv, row 4, キー: missing_key: '' (expected a key; fill the key, or leave the record out)
  survey.csv, row 3: not_in_roster: '誰か' \
(expected one person of the roster; add to the alias sheet: 誰か,person,<id>,,)
  survey.csv, row 4, {QUESTION}: out_of_scale: '7' \
(expected a level of the scale, or 「機会なし」; declare the label under [[scales]], or correct the cell)
gaps: open_requests 1, requests_without_kind 1, requests_without_team 1, tickets_without_how 1, \
participations_without_step 2, incidents_without_people 0, answers_on_another_scale 1
4 files, 9 read = 7 used + 1 set aside + 1 refused
still missing, first things first:
  1. no consents (programme.toml): ask with the consent page, one row a kind and audience agreed to; no row \
means no
  2. no measure that the programme is judged by (programme.toml): declare `primary` in [plan] before you \
see data
  3. no day on which the triggers were set (programme.toml): read [triggers], and say `declared`
  4. answers to skill_self at after_6m of p1 (until 2025-02-26) (survey*.csv): ask, or put in what came \
back
  5. answers to skill_self at middle of p1 (survey*.csv): put in what came back in time; it is too \
late to ask
  6. answers to skill_self at start of p2 (survey*.csv): put in what came back in time; it is too \
late to ask"""


# --- check ----------------------------------------------------------------------------------------------


def test_check_shows_files_unused_records_gaps_and_sum(tmp_path: Path) -> None:
    folder = write_programme(tmp_path, EVERYTHING, MIXED)
    steps: list[Step] = []
    check = check_programme(folder, progress=steps.append)
    assert render_check(check) == SHOWN
    assert [step.name for step in steps] == [*MIXED, ""]
    assert steps[-1] == Step("reading", done=len(MIXED), total=len(MIXED), records=9)
    assert {path.name for path in folder.iterdir()} == {"programme.toml", *MIXED}


def test_check_json_has_the_same_with_every_value(tmp_path: Path) -> None:
    check = check_programme(write_programme(tmp_path, EVERYTHING, MIXED))
    found = json.loads(json.dumps(check.as_json()))
    assert check.account is not None
    keys = ("file", "profile", "read", "used", "set_aside", "refused", "cells", "warnings")
    assert [tuple(file[key] for key in keys) for file in found["files"]] == [
        ("survey.csv", "google_forms_csv", 3, 2, {"not_in_roster": 1}, {}, {"out_of_scale": 1}, []),
        (
            "backlog.csv",
            "backlog_csv",
            4,
            3,
            {},
            {"missing_key": 1},
            {"unmapped_label": 1},
            [{"code": "end_before_start", "n": 1, "rows": [5]}],
        ),
        ("tickets.csv", "tickets_sheet", 1, 1, {}, {}, {}, []),
        ("pagerduty.csv", "pagerduty_csv", 1, 1, {}, {}, {}, []),
    ]
    assert found["files"] == check.account.sums()
    assert found["rows"][0] == {
        "file": "backlog.csv",
        "sheet": None,
        "row": 3,
        "column": "区分",
        "outcome": "cell",
        "reason": "unmapped_label",
        "value": "雑談",
        "expected": "a declared label",
        "next": "add it to `labels` of the source",
    }
    assert [(row["file"], row["row"], row["outcome"]) for row in found["rows"][1:]] == [
        ("backlog.csv", 4, "refused"),
        ("survey.csv", 3, "set_aside"),
        ("survey.csv", 4, "cell"),
    ]
    assert found["gaps"] == {
        "open_requests": 1,
        "requests_without_kind": 1,
        "requests_without_team": 1,
        "tickets_without_how": 1,
        "participations_without_step": 2,
        "incidents_without_people": 0,
        "answers_on_another_scale": 1,
    }
    assert "gaps: " + ", ".join(f"{name} {n}" for name, n in found["gaps"].items()) in SHOWN
    assert found["problems"] == []
    assert len(found["still_missing"]) == 6
    assert found["still_missing"][3] == {
        "what": "answers to skill_self at after_6m of p1 (until 2025-02-26)",
        "files": ["survey*.csv"],
        "next": "ask, or put in what came back",
    }


@pytest.mark.parametrize(
    ("toml", "text", "clean", "accounted"),
    [
        (TOML, backlog(backlog_row()), True, True),
        (TOML, backlog(backlog_row(kind="雑談")), True, True),
        (TOML, backlog(backlog_row(team="よその部")), True, True),
        (TOML, backlog(backlog_row(), backlog_row()), True, True),
        (TOML, backlog(backlog_row(), backlog_row("")), False, True),
        (TOML, "何か,他\n1,2\n", False, True),
        (replace_once(TOML, ('mentor = "m1"', 'mentor = "m9"')), backlog(backlog_row()), False, False),
        (TOML + '\n[[sources]]\nname = "x"\nfiles = ["no.csv"]\n', backlog(backlog_row()), False, False),
    ],
    ids=[
        "all used",
        "unusable cell",
        "of another team",
        "repeated row",
        "refused record",
        "refused file",
        "unknown id",
        "no such file",
    ],
)
def test_check_is_clean_without_rejections_or_contradictions(
    tmp_path: Path, toml: str, text: str, *, clean: bool, accounted: bool
) -> None:
    check = check_programme(write_programme(tmp_path, toml + BACKLOG, {"backlog.csv": text}))
    assert check.is_clean is clean
    assert (check.account is not None) is accounted


def test_rejected_file_is_a_problem_others_are_counted(tmp_path: Path) -> None:
    files: Files = {"backlog_1.csv": "何か,他\n1,2\n", "backlog_2.csv": backlog(backlog_row())}
    check = check_programme(write_programme(tmp_path, TOML + BACKLOG, files))
    shown = render_check(check).splitlines()
    assert shown[0] == "backlog_2.csv: backlog_csv, utf-8"
    at = shown.index("1 files, 1 read = 1 used + 0 set aside + 0 refused")
    assert shown[at + 1].startswith(
        "problem: backlog_1.csv, row 1: no_profile: '何か, 他' (expected a file that"
    )
    assert shown[at + 2 : at + 4] == ["1 problem", "still missing, first things first:"]
    (problem,) = check.as_json()["problems"]
    assert (problem["file"], problem["row"], problem["reason"]) == ("backlog_1.csv", 1, "no_profile")
    assert problem["next"].endswith("`rotation-analysis inspect --draft`")


def test_check_lists_all_contradictions_of_plan_at_once(tmp_path: Path) -> None:
    toml = replace_once(
        TOML,
        ("\nend = 2024-06-28", "\nend = 2024-05-31"),
        ('ending = "running"\nnow = "host"', 'ending = "extended"\nnow = "left"'),
    )
    check = check_programme(write_programme(tmp_path, toml))
    assert render_check(check).splitlines() == [
        "problem: programme.toml, rotations[0].ending: programme: 'as_planned' "
        "(expected extended or early: planned 2024-06-28, ended 2024-05-31)",
        "problem: programme.toml, rotations[1].ending: programme: 'extended' "
        '(expected "running" exactly where end is empty)',
        "problem: programme.toml, rotations[1].now_since: programme (expected the day they left the company)",
        "3 problems",
    ]
    found = check.as_json()
    assert (found["files"], found["rows"], found["gaps"]) == ([], [], {})
    assert [problem["column"] for problem in found["problems"]] == [
        "rotations[0].ending",
        "rotations[1].ending",
        "rotations[1].now_since",
    ]


@pytest.mark.parametrize(
    ("toml", "files", "place"),
    [
        (None, {}, (None, "not_a_file")),
        ("[programme\n", {}, ("programme.toml", "bad_toml")),
        (TOML + replace_once(BACKLOG, ("kind = ", "knd = ")), {}, ("programme.toml", "programme")),
        (TOML + BACKLOG, {"profiles/own.toml": "name = 1\n"}, ("own.toml", "programme")),
    ],
    ids=["no programme", "broken TOML", "source that fits no table", "broken profile"],
)
def test_unreadable_programme_is_a_problem_not_a_crash(
    tmp_path: Path, toml: str | None, files: Files, place: tuple[str | None, str]
) -> None:
    if toml is not None:
        write_programme(tmp_path, toml, {"backlog.csv": backlog(backlog_row()), **files})
    check = check_programme(tmp_path)
    found = {(problem.file, problem.reason) for problem in check.problems}
    assert found == {(place[0] or str(tmp_path), place[1])}
    assert (check.account, check.is_clean) == (None, False)


def test_terminal_shows_first_rows_and_remaining_count(tmp_path: Path) -> None:
    rows = [backlog_row(f"A-{n}", kind="雑談") for n in range(MOST_ROWS + 2)]
    check = check_programme(write_programme(tmp_path, TOML + BACKLOG, {"backlog.csv": backlog(*rows)}))
    shown = render_check(check).splitlines()
    assert sum("unmapped_label: " in line for line in shown) == MOST_ROWS
    assert "  … and 2 more (--json lists all)" in shown
    assert len(check.as_json()["rows"]) == MOST_ROWS + 2


# --- inspect --------------------------------------------------------------------------------------------

BOTH = lines(
    "キー,登録日,件名,チケット,チーム,起票日時,解決のしかた,備考, ",
    "A-1,2024/02/01 10:00,t,T-1,葵,2024/02/01 10:00,自チームのみ,x,",
    "A-2,2024/02/31 10:00,u,,葵,2024/02/01 10:00,気合い,x,",
    "A-3,2024/03/01 10:00,v,T-3,楓,2024/03/01 10:00,alone,x,",
)


def inspect(folder: Path, content: str | bytes = BOTH, **options: str | None) -> Inspection:
    (folder / "a.csv").write_bytes(content.encode() if isinstance(content, str) else content)
    source = Source(name="inspect", files=("*",), **options)  # type: ignore[arg-type]
    return inspect_file(folder / "a.csv", source, rows=1)


def test_inspection_shows_column_mapping_and_first_records(
    tmp_path: Path,
) -> None:
    inspection = inspect(tmp_path, profile="tickets_sheet", timezone="Asia/Tokyo")
    assert render_inspection(inspection).splitlines() == [
        "a.csv: tickets_sheet, utf-8",
        "  3 read = 2 used + 0 set aside + 1 refused (missing_key 1)",
        "  unusable cells: unmapped_label 1",
        "  warnings: end_unknown 3",
        "  3 times without an offset read as Asia/Tokyo",
        "  件名 -> title",
        "  チケット -> id",
        "  チーム -> team_label",
        "  起票日時 -> created",
        "  解決のしかた -> how",
        "  not understood: キー, 登録日, 備考",
        "  a.csv, row 3, チケット: missing_key: '' (expected a key; fill the key, or leave the record out)",
        "  a.csv, row 3, 解決のしかた: unmapped_label: '気合い' "
        "(expected a declared label; add it to `labels` of the source)",
        "  first rows of tickets:",
        "     id                   created team_label   how title  file  row",
        "    T-1 2024-02-01 01:00:00+00:00          葵 alone     t a.csv    2",
    ]


def test_inspection_json_has_candidates_columns_rows_and_records(tmp_path: Path) -> None:
    found = json.loads(json.dumps(inspect(tmp_path, profile="backlog_csv").as_json()))
    assert (found["file"], found["profile"], found["timezone"]) == ("a.csv", "backlog_csv", "UTC")
    assert found["candidates"] == ["backlog_csv", "tickets_sheet"]
    assert (found["read"], found["used"], found["tables"]) == (3, 3, {"requests": 3})
    assert found["columns"] == {
        "キー": "id",
        "登録日": "created",
        "件名": "title",
        **dict.fromkeys(["チケット", "チーム", "起票日時", "解決のしかた", "備考", " "]),
    }
    (row,) = found["rows"]
    assert (row["row"], row["reason"], row["value"]) == (3, "bad_date", "2024/02/31 10:00")
    (record,) = found["records"]["requests"]
    given = {name: value for name, value in record.items() if value is not None}
    assert given == {
        "id": "A-1",
        "created": "2024-02-01T10:00:00+00:00",
        "title": "t",
        "file": "a.csv",
        "row": 2,
    }
    assert {"resolved", "kind", "permission_bound", "sheet"} <= set(record)


@pytest.mark.parametrize(
    ("content", "options", "created"),
    [
        (backlog(backlog_row()), {}, "2024-02-01T10:00:00+00:00"),
        (backlog(backlog_row()), {"timezone": "Asia/Tokyo"}, "2024-02-01T01:00:00+00:00"),
        (backlog(backlog_row(created="01/02/2024 10:00")), {"dates": "dmy"}, "2024-02-01T10:00:00+00:00"),
        (backlog(backlog_row(created="01/02/2024 10:00")), {"dates": "mdy"}, "2024-01-02T10:00:00+00:00"),
        (
            backlog(backlog_row(title="表示")).encode("euc_jp"),
            {"encoding": "euc-jp"},
            "2024-02-01T10:00:00+00:00",
        ),
    ],
)
def test_inspection_options_match_source_options(
    tmp_path: Path, content: str | bytes, options: dict[str, str], created: str
) -> None:
    found = inspect(tmp_path, content, **options).as_json()
    (record,) = found["records"]["requests"]
    assert record["created"] == created
    assert found["timezone"] == options.get("timezone", "UTC")


def test_questions_without_instrument_are_listed_once(tmp_path: Path) -> None:
    inspection = inspect(tmp_path, survey((ON, "p1", "3"), skill="データベース"))
    shown = render_inspection(inspection)
    assert "  not understood: " + STEM[:40] in shown
    assert "unmapped_question:" not in shown
    (row,) = inspection.as_json()["rows"]
    assert (row["reason"], row["value"]) == ("unmapped_question", f"{STEM} [データベース]")


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        (BOTH, {}, "a.csv: two_profiles: 'backlog_csv, tickets_sheet'"),
        ("何か,他\n1,2\n", {}, "a.csv, row 1: no_profile: '何か, 他'"),
        (BOTH, {"profile": "jira_csv"}, "a.csv, row 1: no_profile: "),
        (lines(BACKLOG_HEADER), {}, "a.csv: empty_file"),
        (backlog(backlog_row(title='"open')), {}, "a.csv, row 2, 件名: bad_quote: "),
        (backlog(backlog_row(title="表示")).encode("euc_jp"), {}, "a.csv, row 1: bad_encoding: "),
    ],
)
def test_rejected_file_has_place_and_reason_without_account(
    tmp_path: Path, content: str | bytes, options: dict[str, str], message: str
) -> None:
    inspection = inspect(tmp_path, content, **options)
    first, second = render_inspection(inspection).splitlines()
    assert first == "a.csv: refused"
    assert second.startswith(f"  {message}")
    found = json.loads(json.dumps(inspection.as_json()))
    assert set(found) == {"file", "refused_file"}
    assert found["refused_file"]["reason"] in message
    assert found["refused_file"]["expected"]
    assert found["refused_file"]["next"]


def test_unknown_timezone_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match='did you mean "Asia/Tokyo"'):
        inspect(tmp_path, backlog(backlog_row()), timezone="Asia/Tokio")


# --- control characters ---------------------------------------------------------------------------------

ESC = "\x1b[2J\x1b]0;owned\x07\x9b31m\u202e\x7f"
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def test_no_control_character_of_file_reaches_terminal(tmp_path: Path) -> None:
    header = f"{BACKLOG_HEADER},x{ESC}"
    rows = [backlog_row(f"A-1{ESC}", title=f"t{ESC}", created="soon" + ESC), backlog_row("", title=ESC)]
    folder = write_programme(
        tmp_path, TOML + BACKLOG, {"backlog.csv": lines(header, *(f"{row},{ESC}" for row in rows))}
    )
    seen = inspect_file(folder / "backlog.csv", Source(name="s", files=("*",), dates="ymd"), rows=5)
    texts = [render_inspection(seen), render_check(check_programme(folder))]
    for shown in texts:
        assert "␛[2J" in shown
        assert not CONTROL.search(shown)
    for value in ([seen.as_json()], check_programme(folder).as_json()):
        assert not CONTROL.search(_to_json(value))
        assert json.loads(_to_json(value)) == value
    draft = draft_for(folder / "backlog.csv", Source(name="s", files=("*",)), table=None)
    assert not CONTROL.search(show_controls(draft))
    assert tomllib.loads(show_controls(draft))


def test_rejected_file_message_has_no_control_characters(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f"x{ESC},y\n1,2\n", encoding="utf-8")
    text = render_inspection(inspect_file(tmp_path / "a.csv", Source(name="s", files=("*",)), rows=5))
    assert "␛" in text
    assert not CONTROL.search(text)


# --- totals in warnings ---------------------------------------------------------------------------------


def test_truncation_warning_gives_totals_and_omits_zone(
    tmp_path: Path,
) -> None:
    fields = {"summary": "t", "created": "2024-02-01T10:00:00+0900", "resolutiondate": None}
    page = {"total": 1703, "issues": [{"key": f"J-{n}", "fields": fields} for n in range(30)]}
    (tmp_path / "a.json").write_text(json.dumps(page), encoding="utf-8")
    text = render_inspection(inspect_file(tmp_path / "a.json", Source(name="s", files=("*",)), rows=1))
    assert "  warnings: possible_truncation 30 of 1,703\n" in text
    assert "read as" not in text


def test_sheets_that_were_not_read_are_named(tmp_path: Path) -> None:
    sheet = row(
        1, *(text(f"{at}1", name) for at, name in zip("ABC", ("キー", "件名", "登録日"), strict=True))
    )
    sheet += row(2, text("A2", "A-1"), text("B2", "t"), text("C2", "2024/02/01 10:00"))
    (tmp_path / "a.xlsx").write_bytes(build({"1月": sheet, "2月": sheet}))
    printed = render_inspection(inspect_file(tmp_path / "a.xlsx", Source(name="s", files=("*",)), rows=1))
    assert "unread_sheets 1 (2月)\n" in printed
