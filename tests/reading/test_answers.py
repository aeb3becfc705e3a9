"""Survey columns as answers: question, skill, level, and cells without a level."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from rotation_analysis.errors import ProgrammeError
from rotation_analysis.reading.exports import Reading
from tests.small_programme import (
    STEM,
    SURVEY,
    TOML,
    lay_out,
    lines,
    read_small,
    replace_once,
    survey,
    warnings_of,
    write_programme,
)

THEN = "いまの物差しで、留学を始める前の自分を評価するとどれに近いですか"
EXAMPLE = "この期間で一番印象に残った仕事"
MENTOR_STEM = 'Choose what you have seen this person do at work (choose "not seen" otherwise)'
OS, DB = "OS・プロセス", "データベース"
ON = "2024/06/28 10:00:00"
RENAMED = '[[wordings]]\nquestion = "os"\nwording = "OS(Linux)"\nsame_meaning = true\n\n'
OLD_SCALE = '[[scales]]\nid = "old"\nlabels = ["できない", "できる", "4 だいたいできる"]\n\n'
OWN_SKILL = '[[skills]]\nid = "oncall"\nja = "当番"\nen = "On call"\n\n'


def write_form(*columns: str, answers: tuple[tuple[str, ...], ...], who: str = "メールアドレス") -> str:
    """Write a form's CSV with these question columns, quoted; each row is an answer of p1."""
    rows = [("タイムスタンプ", who, *columns), *((ON, "p1", *cells) for cells in answers)]
    return lines(*(",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows))


def read_form(
    folder: Path,
    *columns: str,
    answers: tuple[tuple[str, ...], ...],
    declared: str = "",
    source: str = SURVEY,
) -> Reading:
    toml = replace_once(TOML, ("[plan]", f"{declared}[plan]")) + source
    return read_small(write_programme(folder, toml, {"survey.csv": write_form(*columns, answers=answers)}))[1]


def answers_of(reading: Reading, *columns: str) -> list[tuple[Any, ...]]:
    """List the columns of every answer, None if missing."""
    table = reading.tables["responses"][list(columns)].astype(object)
    return list(table.where(table.notna(), None).itertuples(index=False, name=None))


def unknown_columns(reading: Reading) -> dict[str, str]:
    """Map the header of every unmatched column to its next step."""
    rows = [row for row in reading.account.rows(values=True) if row["reason"] == "unmapped_question"]
    assert all(row["column"] == row["value"] and row["expected"] for row in rows)
    return {row["column"]: row["next"] for row in rows}


# --- cells ----------------------------------------------------------------------------------------------


CELLS: list[tuple[str, str, int | None, str | None, str | None]] = [
    ("3", "answered", 3, "level5", None),
    ("５", "answered", 5, "level5", None),
    ("2 支援があればできる", "answered", 2, "level5", None),
    ("これから", "answered", 1, "level5", None),
    ("improves AND teaches", "answered", 5, "level5", None),
    ("できる", "answered", None, "old", None),
    (" できない ", "answered", None, "old", None),
    ("４ だいたいできる", "answered", None, "old", None),  # not level 4 of the five-level scale
    ("機会なし", "no_chance", None, None, None),
    ("No Chance", "no_chance", None, None, None),
    ("見ていない", "no_chance", None, None, None),
    ("", "blank", None, None, None),
    (" \u3000", "blank", None, None, None),
    ("0", "unusable", None, None, "out_of_scale"),
    ("6", "unusable", None, None, "out_of_scale"),
    ("3.5", "unusable", None, None, "out_of_scale"),
    ("3-4", "unusable", None, None, "unmapped_label"),
    ("機会", "unusable", None, None, "unmapped_label"),
]
"""Cell → state, level, scale, and the reason if unusable."""


def test_grid_cell_is_never_guessed(tmp_path: Path) -> None:
    header = f"{STEM} [{OS}]"
    answers = tuple((cell,) for cell, *_ in CELLS)
    reading = read_form(tmp_path, header, answers=answers, declared=OLD_SCALE)
    assert answers_of(reading, "answer", "state", "level", "scale", "question", "skill") == [
        (cell if cell.strip() else None, state, level, scale, "skill.now", "os")
        for cell, state, level, scale, _ in CELLS
    ]
    found = reading.account.rows(values=True)
    assert [(r["row"], r["column"], r["outcome"], r["reason"], r["value"]) for r in found] == [
        (row, header, "cell", reason, cell) for row, (cell, *_, reason) in enumerate(CELLS, start=2) if reason
    ]
    (sums,) = reading.account.sums()
    n = len(CELLS)
    assert (sums["read"], sums["used"], sums["tables"]) == (n, n, {"responses": n})


def test_text_answer_has_no_level(tmp_path: Path) -> None:
    reading = read_form(tmp_path, EXAMPLE, answers=(("機会なし",), ("3\nと少し",), (" ",)))
    assert answers_of(reading, "question", "skill", "state", "level", "scale", "answer") == [
        ("skill.example", None, "answered", None, None, "機会なし"),
        ("skill.example", None, "answered", None, None, "3\nと少し"),
        ("skill.example", None, "blank", None, None, None),
    ]
    assert reading.account.rows() == []


# --- columns --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "question", "skill", "warned"),
    [
        (f"{STEM} [{DB}]", "skill.now", "db", {}),
        (f"{THEN} [{DB}]", "skill.then", "db", {}),
        (f"{STEM} [Databases]", "skill.now", "db", {}),
        (f"{STEM} [当番]", "skill.now", "oncall", {}),
        (f"{THEN} [On call]", "skill.then", "oncall", {}),
        (EXAMPLE, "skill.example", None, {}),
        (f"{STEM}［ﾃﾞｰﾀﾍﾞｰｽ］", "skill.now", "db", {"header_spelling": 1}),
        (f"{THEN}  [ON  CALL] ", "skill.then", "oncall", {"header_spelling": 1}),
        (f"{STEM} [OS(Linux)]", "skill.now", "os", {"renamed_question": 1}),
        (f"{THEN} [os（LINUX）]", "skill.then", "os", {"renamed_question": 1}),
    ],
)
def test_question_matches_any_width_case_and_spaces(
    tmp_path: Path, header: str, question: str, skill: str | None, warned: dict[str, int]
) -> None:
    reading = read_form(tmp_path, header, answers=(("3",),), declared=OWN_SKILL + RENAMED)
    assert answers_of(reading, "question", "skill", "answer") == [(question, skill, "3")]
    assert warnings_of(reading) == warned
    (file,) = reading.account.files
    assert file.columns[header] == question + (f"[{skill}]" if skill else "")


def test_renamed_question_with_new_meaning_is_separate(tmp_path: Path) -> None:
    declared = replace_once(RENAMED, ("same_meaning = true", "same_meaning = false"))
    columns = (f"{STEM} [{OS}]", f"{STEM} [OS(Linux)]")
    reading = read_form(tmp_path, *columns, answers=(("3", "4"),), declared=declared)
    assert answers_of(reading, "question", "skill", "level") == [
        ("skill.now", "os", 3),
        ("skill.now.other_meaning", "os", 4),
    ]
    assert warnings_of(reading) == {"renamed_question": 1}


@pytest.mark.parametrize("again", ["OS(Linux)", OS])
def test_answered_column_wins_over_blank_one(tmp_path: Path, again: str) -> None:
    columns = (f"{STEM} [{OS}]", f"{STEM} [{DB}]", f"{STEM} [{again}]")
    answers = (("3", "", ""), ("", "4", "5"), ("", "", ""), ("機会なし", "", ""), ("", "", "十"))
    reading = read_form(tmp_path, *columns, answers=answers, declared=RENAMED)
    found = {
        (row, skill): (state, level)
        for row, skill, state, level in answers_of(reading, "row", "skill", "state", "level")
    }
    assert {row: said for (row, skill), said in found.items() if skill == "os"} == {
        2: ("answered", 3),
        3: ("answered", 5),
        4: ("blank", None),
        5: ("no_chance", None),
        6: ("unusable", None),
    }
    assert [found[row, "db"][0] for row in range(2, 7)] == ["blank", "answered", *["blank"] * 3]
    assert len(reading.tables["responses"]) == 10


def test_undeclared_column_is_reported_and_never_pooled(tmp_path: Path) -> None:
    columns = (f"{STEM} [{OS}]", f"{STEM} [OSとプロセス]", f"いまの自分に近いもの [{OS}]", OS, "所属", " ")
    reading = read_form(tmp_path, *columns, answers=(("3", "5", "5", "5", "5", "5"),))
    assert answers_of(reading, "question", "skill", "level") == [("skill.now", "os", 3)]
    assert list(unknown_columns(reading)) == list(columns[1:5])
    (file,) = reading.account.files
    assert [file.columns[header] for header in columns[1:]] == [None] * 5


def test_suggested_lines_map_a_renamed_row(tmp_path: Path) -> None:
    header = f"{THEN} [OSとプロセス]"
    (step,) = unknown_columns(read_form(tmp_path / "before", header, answers=(("4",),))).values()
    nearest, _, lines = step.partition("\n")
    assert nearest == f'if this is "{THEN} [{OS}]", add to programme.toml:'
    declared = f"{lines}\n\n"
    reading = read_form(tmp_path / "after", header, answers=(("4",),), declared=declared)
    assert answers_of(reading, "question", "skill", "level") == [("skill.then", "os", 4)]
    assert (unknown_columns(reading), warnings_of(reading)) == ({}, {"renamed_question": 1})


@pytest.mark.parametrize(
    ("header", "source", "suggestion"),
    [
        (
            f"いまの自分に最も近いもの(機会がなかったものは「機会なし」) [{OS}]",
            SURVEY,
            f'ask it as "{STEM} [{OS}]"',
        ),
        ("所属", SURVEY, "leave the column out"),
        (f"{STEM} [{OS}]", SURVEY.replace('instrument = "skill_self"\n', ""), "name the source's instrument"),
    ],
)
def test_unmapped_column_suggests_next_step(
    tmp_path: Path, header: str, source: str, suggestion: str
) -> None:
    (next_step,) = unknown_columns(read_form(tmp_path, header, answers=(("3",),), source=source)).values()
    assert next_step.startswith(suggestion)
    assert "same_meaning" not in next_step  # nothing to paste


@pytest.mark.parametrize(
    ("header", "source", "offered"),
    [
        (f"{STEM} [Class 11]", SURVEY, False),  # not class 1, and no other row is similar
        (f"{STEM} [Clas 1]", SURVEY, True),
        (f"{STEM} [コンテナの運用]", SURVEY, False),  # another row of the same grid
        ("疲れが翌日に残った", SURVEY.replace("skill_self", "pulse"), True),
        ("疲れを翌朝だれかに話した", SURVEY.replace("skill_self", "pulse"), False),
    ],
)
def test_same_meaning_offered_only_for_similar_wordings(
    tmp_path: Path, header: str, source: str, offered: bool
) -> None:
    own = '[[skills]]\nid = "class1"\nja = "授業1"\nen = "Class 1"\n\n'
    reading = read_form(tmp_path, header, answers=(("3",),), declared=own, source=source)
    (step,) = unknown_columns(reading).values()
    assert ("same_meaning = true" in step, "leave the column out" in step) == (offered, not offered)


def test_spreadsheet_error_is_unusable_not_missing(tmp_path: Path) -> None:
    header = (f"{STEM} [{OS}]", "この期間で一番印象に残った仕事")
    cells = (("#N/A", "#REF!"), ("", ""), ("4", "#1 を直した"))
    reading = read_form(tmp_path, *header, answers=cells)
    states = [state for _, state, _ in answers_of(reading, "question", "state", "level")]
    assert states == ["unusable", "blank", "answered", "unusable", "blank", "answered"]
    reported = [
        (row["row"], row["column"], row["reason"], row["value"]) for row in reading.account.rows(values=True)
    ]
    assert reported == [(2, header[0], "error_value", "#N/A"), (2, header[1], "error_value", "#REF!")]


# --- whose answer ---------------------------------------------------------------------------------------


def test_mentor_answer_names_its_subject(tmp_path: Path) -> None:
    columns = ("Rotation member you rate", f"{MENTOR_STEM} [Databases]", "What you have seen, by example")
    reading = read_form(
        tmp_path,
        *columns,
        answers=(("p1", "With help", "x"), ("試験 二", "not seen", "")),
        source=replace_once(SURVEY, ("skill_self", "skill_mentor")),
    )
    assert answers_of(reading, "rater", "respondent", "subject", "question", "state", "level") == [
        ("mentor", "p1", "p1", "skill.now", "answered", 2),
        ("mentor", "p1", "試験 二", "skill.now", "no_chance", None),
        ("mentor", "p1", "p1", "skill.example", "answered", None),
        ("mentor", "p1", "試験 二", "skill.example", "blank", None),
    ]
    (file,) = reading.account.files
    assert file.columns[columns[0]] == "subject"
    assert unknown_columns(reading) == {}


def test_form_answers_get_wave_and_test_status(tmp_path: Path) -> None:
    toml = replace_once(TOML, ("[plan]", '[[aliases]]\ntext = "テスト"\nkind = "test"\n\n[plan]'))
    form = survey(
        ("2024/01/10 10:00:00", "p1", "1"),
        ("2024/04/08 10:00:00", "p1", "機会なし"),
        ("2024/06/28 10:00:00", "ｐ１", "4"),
        ("2024/06/28 10:00:00", "テスト", "5"),
        ("2024/10/01 10:00:00", "p2", ""),
    )
    cohorts = lay_out(tmp_path, toml + SURVEY, {"survey.csv": form})
    table = cohorts.tables["responses"]
    found = table[["person", "cohort", "wave", "state", "level"]].astype(object)
    assert found.where(found.notna(), None).to_numpy().tolist() == [
        ["p1", "1", "start", "answered", 1],
        ["p1", "1", "middle", "no_chance", None],
        ["p1", "1", "end", "answered", 4],
        ["p2", "2", "start", "blank", None],
    ]
    assert table["day"].eq(pd.Timestamp("2024-06-28")).tolist() == [False, False, True, False]
    assert [(row["row"], row["reason"]) for row in cohorts.account.rows()] == [(5, "test_answer")]


# --- questions of other kinds ----------------------------------------------------------------------------

PULSE = replace_once(SURVEY, ('instrument = "skill_self"', 'instrument = "pulse"'))
STRAIN, SUPPORT = "疲れが翌朝まで残った", "困ったときに、すぐ聞ける人がいた"
ZONE = "この2週間の仕事は、自分にとってどの状態が多かったですか"
FOLLOWUP = replace_once(SURVEY, ('instrument = "skill_self"', 'instrument = "followup"'))
BARRIER = "使えなかった理由(複数選択)"
OWN_INSTRUMENT = """\
[[scales]]
id = "ease"
labels = ["hard", "so so", "easy"]

[[instruments]]
id = "tools"
rater = "self"
[[instruments.questions]]
id = "tool_used"
kind = "choices"
wordings = ["Which tools?"]
options = [
  { id = "r", ja = "R", en = "R" },
  { id = "r_packages", ja = "パッケージ", en = "R packages (e.g. dplyr, data.table)" },
  { id = "sql", ja = "SQL", en = "SQL" },
]
[[instruments.questions]]
id = "tool_ease"
kind = "scale"
scale = "ease"
reversed = true
wordings = ["Was it hard?"]
[[instruments.questions]]
id = "tool_hours"
kind = "number"
wordings = ["Hours"]

"""
TOOLS = replace_once(SURVEY, ('instrument = "skill_self"', 'instrument = "tools"'))


PULSES: list[tuple[str, str, str, int | None, str | None, str | None]] = [
    (STRAIN, "ときどき", "answered", 3, None, None),
    (STRAIN, "always", "answered", 5, None, None),
    (STRAIN, "そう思う", "unusable", None, None, "unmapped_label"),
    (SUPPORT, "５ とてもそう思う", "answered", 5, None, None),
    (SUPPORT, "5 (very good)", "answered", 5, None, None),
    (SUPPORT, "答えられない", "not_applicable", None, None, None),
    (SUPPORT, "6", "unusable", None, None, "out_of_scale"),
    (SUPPORT, "", "blank", None, None, None),
    (ZONE, "背伸びして学べた", "answered", None, "learning", None),
    (ZONE, "Overwhelmed", "answered", None, "panic", None),
    (ZONE, "ふつう", "unusable", None, None, "unmapped_label"),
]
"""Question and cell → state, level, option, and the reason if unusable."""


def test_pulse_cell_is_typed_by_question_kind(tmp_path: Path) -> None:
    columns = (STRAIN, SUPPORT, ZONE)
    answers = tuple(tuple(cell * (column == asked) for column in columns) for asked, cell, *_ in PULSES)
    reading = read_form(tmp_path, *columns, answers=answers, source=PULSE)
    given = answers_of(reading, "row", "wording", "state", "level", "option")
    found = {(row, wording): tuple(more) for row, wording, *more in given}
    rows = list(enumerate(PULSES, start=2))
    assert [found[row, asked] for row, (asked, *_) in rows] == [tuple(case[2:5]) for case in PULSES]
    bad = [(row["row"], row["column"], row["reason"]) for row in reading.account.rows(values=True)]
    assert bad == [(row, asked, reason) for row, (asked, *_, reason) in rows if reason]


def test_typed_hours_warn_about_ranges_by_row(tmp_path: Path) -> None:
    typed = ("2.5", "なし", "2〜3", "30分", "", "多め", "1-2h")
    source = replace_once(SURVEY, ('instrument = "skill_self"', 'instrument = "host"'))
    wording = "先週、留学生に教える・見る・直すのに使った時間(時間)"
    reading = read_form(tmp_path, wording, answers=tuple((cell,) for cell in typed), source=source)
    assert answers_of(reading, "state", "number", "answer") == [
        ("answered", 2.5, "2.5"),
        ("answered", 0.0, "なし"),
        ("answered", 2.5, "2〜3"),
        ("answered", 0.5, "30分"),
        ("blank", None, None),
        ("unusable", None, "多め"),
        ("answered", 1.5, "1-2h"),
    ]
    (file,) = reading.account.sums()
    assert file["warnings"] == [{"code": "midpoint_of_range", "n": 2, "rows": [4, 8]}]
    assert file["cells"] == {"bad_number": 1}


def test_period_of_an_answer_stays_as_written(tmp_path: Path) -> None:
    reading = read_form(
        tmp_path, "対象期間", STRAIN, answers=(("2024/06/10〜2024/06/23", "3"),), source=PULSE
    )
    assert answers_of(reading, "period", "level", "scale") == [("2024/06/10〜2024/06/23", 3, "freq5")]


def test_each_chosen_option_is_one_row(tmp_path: Path) -> None:
    expected: dict[str, list[str | None]] = {
        "機会がない": ["chance"],
        "機会がない, 時間がない": ["chance", "time"],
        "時間がない;権限がない;": ["time", "permission"],
        "忘れた、別の案件": ["forgot", "other"],
        "": [None],
    }
    reading = read_form(tmp_path, BARRIER, answers=tuple((cell,) for cell in expected), source=FOLLOWUP)
    assert answers_of(reading, "row", "option") == [
        (row, option) for row, options in enumerate(expected.values(), start=2) for option in options
    ]


def test_option_with_commas_is_not_split(tmp_path: Path) -> None:
    cells = ("SQL, R packages (e.g. dplyr, data.table), R, SPSS", "hard", "1.5")
    headers = ("Which tools?", "Was it hard?", "Hours")
    reading = read_form(tmp_path, *headers, answers=(cells,), declared=OWN_INSTRUMENT, source=TOOLS)
    rows = answers_of(reading, "question", "option", "level", "number", "state")
    assert rows == [
        ("tool_used", "sql", None, None, "unusable"),
        ("tool_used", "r_packages", None, None, "unusable"),
        ("tool_used", "r", None, None, "unusable"),
        ("tool_ease", None, 3, None, "answered"),
        ("tool_hours", None, None, 1.5, "answered"),
    ]
    (row,) = [row for row in reading.account.rows(values=True) if row["outcome"] == "cell"]
    assert (row["reason"], row["column"], row["value"]) == ("unmapped_label", "Which tools?", cells[0])


def test_option_column_is_chosen_unless_blank(tmp_path: Path) -> None:
    headers = (f"{BARRIER} [機会がない]", f"{BARRIER} - 時間がない", f"{BARRIER} [忘れた]")
    answers = (("機会がない", "", "忘れた"), ("", "", ""))
    reading = read_form(tmp_path, *headers, answers=answers, source=FOLLOWUP)
    assert answers_of(reading, "row", "option", "state") == [
        (2, "chance", "answered"),
        (3, None, "blank"),
        (2, "forgot", "answered"),
    ]


@pytest.mark.parametrize("word", ["No", "いいえ", "0", "N", "false"])
def test_option_column_with_no_is_not_chosen(tmp_path: Path, word: str) -> None:
    headers = (f"{BARRIER} [機会がない]", f"{BARRIER} [忘れた]", f"{BARRIER} [その他]")
    answers = (("Yes", word, word), (word, word, "席が遠い"))
    reading = read_form(tmp_path, *headers, answers=answers, source=FOLLOWUP)
    assert sorted(answers_of(reading, "row", "option", "state", "answer")) == [
        (2, "chance", "answered", "Yes"),
        (3, "other", "answered", "席が遠い"),
    ]


def test_row_without_question_matches_single_grid(tmp_path: Path) -> None:
    source = replace_once(SURVEY, ("skill_self", "skill_mentor"))
    reading = read_form(tmp_path, "データベース", answers=(("3",), ("見ていない",)), source=source)
    assert answers_of(reading, "question", "skill", "state", "level") == [
        ("skill.now", "db", "answered", 3),
        ("skill.now", "db", "no_chance", None),
    ]
    assert (reading.account.rows(), warnings_of(reading)) == ([], {})


def test_row_without_question_is_ambiguous_between_grids(tmp_path: Path) -> None:
    reading = read_form(tmp_path, "データベース", answers=(("3",),))
    assert answers_of(reading, "question") == []
    (step,) = unknown_columns(reading).values()
    assert step == f'ask it as "{STEM} [データベース]", or leave the column out'


def test_row_or_choice_after_dash_matches_declaration(tmp_path: Path) -> None:
    headers = (f"{BARRIER} - Selected Choice", f"{BARRIER} - selected choice - 忘れた")
    reading = read_form(tmp_path, *headers, answers=(("機会がない", "忘れた"),), source=FOLLOWUP)
    assert answers_of(reading, "option", "state") == [("chance", "answered"), ("forgot", "answered")]
    assert warnings_of(reading) == {}


def test_renamed_question_counts_once_mapped(tmp_path: Path) -> None:
    renamed = '[[wordings]]\nquestion = "pl_strain"\nwording = "翌朝まで疲れた"\nsame_meaning = false\n\n'
    before = read_form(tmp_path / "before", "疲れが翌朝に残った", answers=(("3",),), source=PULSE)
    (step,) = unknown_columns(before).values()
    assert 'question = "pl_strain"\nwording = "疲れが翌朝に残った"\nsame_meaning = true' in step
    reading = read_form(
        tmp_path / "after", "翌朝まで疲れた", answers=(("3",),), declared=renamed, source=PULSE
    )
    assert answers_of(reading, "question", "level") == [("pl_strain.other_meaning", 3)]
    assert warnings_of(reading) == {"renamed_question": 1}


TWICE = """\
[[instruments]]
id = "sure"
rater = "self"
questions = [
  { id = "s_before", kind = "number", wordings = ["How sure are you?"], occurrence = 1 },
  { id = "s_after", kind = "number", wordings = ["How sure are you?"], occurrence = 2 },
]

"""
SURE = replace_once(SURVEY, ('"skill_self"', '"sure"'))


def test_repeated_wording_is_two_questions_by_occurrence(tmp_path: Path) -> None:
    columns = ("How sure are you?", "How sure  are you?")
    reading = read_form(tmp_path, *columns, answers=(("3", "5"),), declared=TWICE, source=SURE)
    assert answers_of(reading, "question", "number") == [("s_before", 3.0), ("s_after", 5.0)]
    assert not len(reading.account.cells)


def test_conflicting_answers_suggest_occurrence(tmp_path: Path) -> None:
    once = TWICE.replace(", occurrence = 1", "").replace(
        '  { id = "s_after", kind = "number", wordings = ["How sure are you?"], occurrence = 2 },\n', ""
    )
    reading = read_form(
        tmp_path, *["How sure are you?"] * 2, answers=(("3", "5"),), declared=once, source=SURE
    )
    rows = [row for row in reading.account.rows(values=True) if row["reason"] == "conflicting_answer"]
    assert len(rows) == 2
    assert all("`occurrence = 2`" in row["next"] for row in rows)


def test_shared_wording_suggests_occurrence(tmp_path: Path) -> None:
    alike = TWICE.replace("occurrence = 2", "occurrence = 1")
    with pytest.raises(ProgrammeError, match="`occurrence = 2`"):
        read_form(tmp_path, "How sure are you?", answers=(("3",),), declared=alike, source=SURE)
