"""The owner's corrections: each replaces one cell and is counted; an unmatched one is a problem."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rotation_analysis.errors import Problem
from rotation_analysis.reading.exports import Reading
from rotation_analysis.starter.inspection import check_programme
from tests.small_programme import (
    BACKLOG,
    BACKLOG_HEADER,
    SURVEY,
    TOML,
    backlog_row,
    lines,
    outcomes,
    read_small,
    replace_once,
    survey,
    write_programme,
)

SHEET_HEADER = "file,row,record,column,was,value,why,who,when"
WITH_SHEET = replace_once(TOML, ("[plan]", '[sheets]\ncorrections = "corrections.csv"\n\n[plan]'))
BROKEN = lines(
    BACKLOG_HEADER,
    backlog_row("A-1"),
    backlog_row("A-2", created="2024/02/31 10:00:00", kind="雑談"),
    "A-3",
    backlog_row("A-4", title="t、u"),
)
Files = dict[str, str | bytes]


def correct(*rows: str) -> str:
    """Write the sheet; a row is `file,row,record,column,was,value`, signed by the owner."""
    return lines(SHEET_HEADER, *(f"{row},typing error,見本 担当,2024-12-01" for row in rows))


def read(folder: Path, *rows: str, files: Files | None = None, toml: str = WITH_SHEET + BACKLOG) -> Reading:
    files = {"backlog.csv": BROKEN} if files is None else files
    return read_small(write_programme(folder, toml, {**files, "corrections.csv": correct(*rows)}))[1]


def made(reading: Reading) -> list[tuple[object, ...]]:
    columns = ["number", "file", "row", "column", "was", "value"]
    return list(reading.account.corrected[columns].itertuples(index=False, name=None))


UNTOUCHED = [
    ("backlog.csv", 3, "cell", "bad_date"),
    ("backlog.csv", 3, "cell", "unmapped_label"),
    ("backlog.csv", 4, "refused", "field_count"),
]


@pytest.mark.parametrize(
    "place",
    ["3,,区分,雑談", "3,,区分,", ",A-2,区分,雑談", ", A-2 ,区分,", "3,, 区分 ,雑談"],
    ids=["by row", "whatever it was", "by record", "by record, with spaces", "a column with spaces"],
)
def test_correction_applies_by_row_or_record(tmp_path: Path, place: str) -> None:
    reading = read(tmp_path, f"backlog.csv,{place},相談")
    assert reading.refused == ()
    assert made(reading) == [(0, "backlog.csv", 3, "区分", "雑談", "相談")]
    signed = reading.account.corrected[["why", "who", "when"]].to_numpy().tolist()
    assert signed == [["typing error", "見本 担当", "2024-12-01"]]
    assert outcomes(reading) == [row for row in UNTOUCHED if row[3] != "unmapped_label"]
    assert reading.tables["requests"]["kind"].tolist() == ["consult", "consult", "consult"]
    sums = {each["file"]: each["corrected"] for each in reading.account.sums()}
    assert sums == {"corrections.csv": 0, "backlog.csv": 1}


def test_cell_can_be_corrected_to_blank(tmp_path: Path) -> None:
    reading = read(tmp_path, "backlog.csv,3,,登録日,2024/02/31 10:00:00,", "backlog.csv,3,,区分,雑談,")
    assert outcomes(reading) == [
        ("backlog.csv", 3, "cell", "missing_date"),
        ("backlog.csv", 4, "refused", "field_count"),
    ]
    assert reading.tables["requests"]["created"].isna().tolist() == [False, True, False]
    assert reading.account.sums()[1]["corrected"] == 2


def test_corrected_key_joins_older_version(tmp_path: Path) -> None:
    files: Files = {
        "backlog_1.csv": lines(BACKLOG_HEADER, backlog_row("A-1")),
        "backlog_2.csv": lines(BACKLOG_HEADER, backlog_row("1.2E+19", title="u")),
    }
    reading = read(tmp_path, "backlog_2.csv,2,,キー,1.2E+19,A-1", files=files)
    assert outcomes(reading) == [("backlog_1.csv", 2, "set_aside", "superseded")]
    assert reading.tables["requests"]["title"].tolist() == ["u"]


def test_correction_applies_to_survey_answer(tmp_path: Path) -> None:
    form = survey(("2024/06/28 10:00:00", "p1", "33"))
    column = form.partition("\n")[0].split(",")[2]
    files: Files = {"survey.csv": form}
    reading = read(tmp_path, f"survey.csv,2,,{column},33,3", files=files, toml=WITH_SHEET + SURVEY)
    assert reading.tables["responses"]["level"].tolist() == [3]
    assert (outcomes(reading), reading.account.sums()[1]["corrected"]) == ([], 1)


def test_json_record_is_corrected_by_position_or_key(tmp_path: Path) -> None:
    issues = [
        {"key": f"J-{n}", "fields": {"summary": "t", "created": "2024-02-01T10:00:00+0900"}} for n in (1, 2)
    ]
    toml = WITH_SHEET + '\n[[sources]]\nname = "moved"\nfiles = ["moved.json"]\n'
    reading = read(
        tmp_path,
        "moved.json,1,,summary,t,first",
        "moved.json,,J-2,summary,t,second",
        files={"moved.json": json.dumps({"issues": issues, "total": 2})},
        toml=toml,
    )
    assert reading.refused == ()
    assert reading.tables["requests"]["title"].tolist() == ["first", "second"]


# --- what meets no cell ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "line", "column", "was"),
    [
        ("backlog.csv,3,,区分,相談,作業依頼", 3, "区分", "相談"),
        ("backlog.csv,9,,区分,,相談", 9, "区分", None),
        ("backlog.csv,4,,件名,,t", 4, "件名", None),  # a record that could not be read
        ("backlog.csv,,A-9,区分,,相談", None, "区分", None),
        ("backlog.csv,3,,種別,,相談", 3, "種別", None),
        ("backlog_9.csv,3,,区分,,相談", 3, "区分", None),
        ("backlog.csv,,,区分,,相談", None, "区分", None),
    ],
    ids=[
        "no longer what it was",
        "no such row",
        "a refused row",
        "no such record",
        "no such column",
        "no such file",
        "neither row nor record",
    ],
)
def test_unmatched_correction_is_reported_and_changes_nothing(
    tmp_path: Path, row: str, line: int | None, column: str, was: str | None
) -> None:
    reading = read(tmp_path, row)
    (problem,) = reading.refused
    assert (problem.reason, problem.file) == ("programme", row.partition(",")[0])
    assert (problem.row, problem.column, problem.value) == (line, column, was)
    assert problem.expected
    assert problem.next_step == "change correction 1 of 2024-12-01 (typing error), or remove it"
    assert outcomes(reading) == UNTOUCHED
    assert [sums["corrected"] for sums in reading.account.sums()] == [0, 0]
    assert made(reading) == []


def test_correction_without_record_matches_no_keyless_record(tmp_path: Path) -> None:
    keyless = lines(BACKLOG_HEADER, backlog_row("A-1"), backlog_row(""))
    reading = read(tmp_path, "backlog.csv,,,キー,,A-2", files={"backlog.csv": keyless})
    assert outcomes(reading) == [("backlog.csv", 3, "refused", "missing_key")]
    assert len(reading.refused) == 1


def test_correction_by_shared_key_matches_no_record(tmp_path: Path) -> None:
    twice = lines(BACKLOG_HEADER, backlog_row("A-1"), backlog_row("A-1", title="u"))
    reading = read(tmp_path, "backlog.csv,,A-1,件名,,v", files={"backlog.csv": twice})
    assert [problem.expected for problem in reading.refused] == ["one record A-1 with this column"]
    assert made(reading) == []


def test_valid_corrections_apply_in_order(tmp_path: Path) -> None:
    reading = read(
        tmp_path,
        "backlog.csv,3,,区分,雑談,相談",
        "backlog.csv,99,,区分,雑談,相談",
        "backlog.csv,3,,区分,相談,作業依頼",
    )
    assert [row[0] for row in made(reading)] == [0, 2]
    assert reading.tables["requests"]["kind"].tolist() == ["consult", "work", "consult"]
    assert [problem.row for problem in reading.refused] == [99]


def test_check_fails_on_unmatched_correction(tmp_path: Path) -> None:
    good = lines(BACKLOG_HEADER, backlog_row("A-1"))
    for name, row, clean in (("made", "2", True), ("unmade", "9", False)):
        files: Files = {"backlog.csv": good, "corrections.csv": correct(f"backlog.csv,{row},,件名,t,u")}
        check = check_programme(write_programme(tmp_path / name, WITH_SHEET + BACKLOG, files))
        assert check.is_clean is clean
        assert [sums["corrected"] for sums in check.as_json()["files"]] == [0, int(clean)]


def test_correction_does_not_change_the_file(tmp_path: Path) -> None:
    before = BROKEN.encode()
    read(tmp_path, "backlog.csv,3,,区分,雑談,相談")
    assert (tmp_path / "backlog.csv").read_bytes() == before


def test_correction_problem_is_one_line(tmp_path: Path) -> None:
    (problem,) = read(tmp_path, "backlog.csv,3,,区分,相談,作業依頼").refused
    assert isinstance(problem, Problem)
    assert str(problem) == (
        "backlog.csv, row 3, 区分: programme: '相談' (expected one record with this column and this value; "
        "change correction 1 of 2024-12-01 (typing error), or remove it)"
    )


def test_correction_problems_are_numbered_by_sheet_row(tmp_path: Path) -> None:
    files: Files = {
        "backlog_1.csv": lines(BACKLOG_HEADER, backlog_row("A-1")),
        "backlog_2.csv": lines(BACKLOG_HEADER, backlog_row("A-2"), backlog_row("A-3")),
    }
    reading = read(
        tmp_path,
        "backlog_2.csv,2,,件名,t,u",
        "backlog_1.csv,2,,件名,t,v",
        "backlog_2.csv,9,,件名,t,w",
        "backlog_2.csv,3,,件名,t,x",
        files=files,
    )
    assert [(number, file, row) for number, file, row, *_ in made(reading)] == [
        (1, "backlog_1.csv", 2),
        (0, "backlog_2.csv", 2),
        (3, "backlog_2.csv", 3),
    ]
    assert [(problem.file, problem.row) for problem in reading.refused] == [("backlog_2.csv", 9)]
    assert str(reading.refused[0].next_step).startswith("change correction 3 ")
    assert reading.tables["requests"]["title"].tolist() == ["v", "u", "x"]
