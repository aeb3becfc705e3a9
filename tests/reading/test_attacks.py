"""Inputs that once broke the reading: no traceback, no double counting, bounded time."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from rotation_analysis.errors import FileError, ProgrammeError
from rotation_analysis.files.documents import find_total
from rotation_analysis.programme.model import Source
from rotation_analysis.reading.answers import find_instrument, match_question, split_options, split_row
from rotation_analysis.reading.exports import read_export
from rotation_analysis.reading.profile_matching import _without_code, draft_profile, open_file
from rotation_analysis.reading.profiles import read_profiles
from tests.small_programme import (
    JIRA,
    JIRA_HEADER,
    STEM,
    SURVEY,
    TOML,
    lay_out,
    lines,
    outcomes,
    read_small,
    replace_once,
    write_programme,
)

SOURCE = Source(name="s", files=("*",))
DIALECTS = Path(__file__).parents[1] / "dialects"
OPTIONS = {"a": "a", "b": "b"}
LONG: dict[str, Callable[[], bool]] = {
    "a header of spaces": lambda: split_row("a" + " " * 10**6 + "b") is None,
    "a cell of options": lambda: split_options("a," * 500_000, OPTIONS) == (["a"], []),
    "a cell of no options": lambda: len(split_options("x y," * 250_000, OPTIONS)[1]) == 250_000,
    "a header of thousands of unknown questions": lambda: (
        len(match_question(UNKNOWN, set(), find_instrument("skill_self", None), None).unknown) == 16_000
    ),
    "a header of letters": lambda: _without_code("a" * 10**6) == "a" * 10**6,
}
UNKNOWN = tuple(f"次の仕事について、いまの自分に最も近いもの {n}" * 2 for n in range(16_000))


@pytest.mark.parametrize("read", LONG.values(), ids=LONG.keys())
def test_million_character_text_is_read_in_bounded_time(read: Callable[[], bool]) -> None:
    def stop(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(30)
    try:
        assert read()
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("How well? [Linux] ", ("How well?", "Linux")),
        ("How well? [of old] ［Linux］", ("How well? [of old]", "Linux")),
        ("a\nb [c\nd]", ("a\nb", "c\nd")),
        ("a [b]]", None),
        ("[b]", None),
        ("a ]b[", None),
        ("", None),
    ],
)
def test_grid_row_is_in_last_brackets(header: str, found: tuple[str, str] | None) -> None:
    assert split_row(header) == found


@pytest.mark.parametrize("value", [None, "text", [], ["a"], [{}, 1], 7])
def test_draft_rejects_json_without_records(tmp_path: Path, value: object) -> None:
    path = tmp_path / "x.json"
    path.write_text(json.dumps(value), encoding="utf-8")
    with pytest.raises(FileError) as refused:
        draft_profile(open_file(path, name="x.json", source=SOURCE), read_profiles())
    assert refused.value.problem.next_step


def test_total_with_thousands_of_digits_is_ignored() -> None:
    assert find_total({"total": "9" * 5_000}, ("total",)) is None
    assert find_total({"total": "120"}, ("total",)) == 120


@pytest.mark.parametrize(
    ("mark", "hint"),
    [
        ('{"ImportId":"x","timeZone": "Mars/Olympus"}', ""),
        ('{"ImportId":"x","timeZone": ["UTC"]}', 'did you mean "UTC"? '),
    ],
    ids=["unknown", "a list"],
)
def test_unknown_zone_in_header_needs_declared_zone(tmp_path: Path, mark: str, hint: str) -> None:
    path = _qualtrics_with(tmp_path, mark)
    with pytest.raises(FileError) as refused:
        read_export(path, name="x.csv", source=SOURCE, profiles=read_profiles())
    assert refused.value.problem.next_step == f"{hint}declare the source's `timezone`"
    declared = SOURCE.model_copy(update={"timezone": "Asia/Tokyo"})
    assert read_export(path, name="x.csv", source=declared, profiles=read_profiles()).timezone == "Asia/Tokyo"


def test_deeply_nested_zone_in_header_is_ignored(tmp_path: Path) -> None:
    path = _qualtrics_with(tmp_path, '{"ImportId":"x","timeZone": ' + "[" * 100_000)
    assert read_export(path, name="x.csv", source=SOURCE, profiles=read_profiles()).timezone == "UTC"


def _qualtrics_with(folder: Path, mark: str) -> Path:
    """Write Qualtrics' example with `mark` in place of the first column's id and zone."""
    text = (DIALECTS / "qualtrics_csv" / "input.csv").read_text(encoding="utf-8-sig")
    original = '{"ImportId":"startDate","timeZone":"America/Denver"}'
    assert original.replace('"', '""') in text
    text = text.replace(original.replace('"', '""'), mark.replace('"', '""')).replace("America/Denver", "UTC")
    path = folder / "x.csv"
    path.write_text(text, encoding="utf-8")
    return path


def _answers_of(folder: Path, *cells: str) -> tuple[list[tuple[str, object]], list[str]]:
    """Read one record whose columns ask the same: state and level of answers, reasons of cells."""
    header = ",".join(["タイムスタンプ,メールアドレス", *[f"{STEM} [OS・プロセス]"] * len(cells)])
    record = ",".join(["2024/01/08 10:00:00,p1@invented.example", *cells])
    _, reading = read_small(write_programme(folder, TOML + SURVEY, {"survey.csv": lines(header, record)}))
    answers = reading.tables["responses"]
    levels = answers["level"].astype(object).where(answers["level"].notna(), None)
    return list(zip(answers["state"], levels, strict=True)), list(reading.account.cells["reason"])


@pytest.mark.parametrize(
    ("cells", "answers", "reasons"),
    [
        (("3", "3"), [("answered", 3)], []),
        (("3", ""), [("answered", 3)], []),
        (("", "3", "3"), [("answered", 3)], []),
        (("", ""), [("blank", None)], []),
        (("機会なし", "機会なし"), [("no_chance", None)], []),
        (("3", "5"), [("unusable", None)], ["conflicting_answer"] * 2),
        (("3", "", "5"), [("unusable", None)], ["conflicting_answer"] * 2),
        (("3", "機会なし"), [("unusable", None)], ["conflicting_answer"] * 2),
        (("3", "何か"), [("unusable", None)], ["conflicting_answer"] * 2),
        (("何か", "何か"), [("unusable", None)], ["unmapped_label"] * 2),
    ],
)
def test_question_in_several_columns_has_one_answer(
    tmp_path: Path, cells: tuple[str, ...], answers: list[tuple[str, object]], reasons: list[str]
) -> None:
    assert _answers_of(tmp_path, *cells) == (answers, reasons)


@pytest.mark.parametrize(
    ("old", "aside"),
    [
        ({"B-1": "B-2", "B-2": "B-1"}, ["B-2"]),
        ({"B-1": "B-3", "B-2": "B-1", "B-3": "B-2"}, ["B-2", "B-3"]),
        ({"B-1": "B-2", "B-2": "B-3", "B-3": ""}, ["B-1", "B-2"]),
        ({"B-1": "B-1", "B-2": "B-9"}, []),
    ],
    ids=["two of each other", "a ring", "a chain", "itself and nobody"],
)
def test_circular_ticket_copies_count_once(tmp_path: Path, old: dict[str, str], aside: list[str]) -> None:
    rows = [f"{key},t,2024-02-01 10:00,2024-02-02 10:00,試験 一,葵,{of}" for key, of in old.items()]
    cohorts = lay_out(tmp_path, TOML + JIRA, {"jira.csv": lines(JIRA_HEADER, *rows)})
    left = [(file, row, reason) for file, row, _, reason in outcomes(cohorts)]
    assert left == [("jira.csv", [*old].index(key) + 2, "migrated_copy") for key in aside]
    assert sorted(cohorts.tables["requests"]["id"]) == sorted(set(old) - set(aside))


@pytest.mark.parametrize("separator", ["^", "]", "\\", "a-"])
def test_profile_separator_is_literal_text(tmp_path: Path, separator: str) -> None:
    profile = f"""\
name = "own_incidents"
tool = "x"
export = "x"
format = "csv"
table = "incidents"
[[columns]]
field = "id"
headers = ["key"]
kind = "id"
claim = true
[[columns]]
field = "created"
headers = ["when"]
kind = "datetime"
[[columns]]
field = "participation.name"
headers = ["who"]
kind = "text"
separator = {json.dumps(separator)}
"""
    names = {
        "profiles/own_incidents.toml": profile,
        "x.csv": lines("key,when,who", f"1,2024-02-01,見本{separator[-1]}試験"),
    }
    toml = TOML + '[[sources]]\nname = "x"\nfiles = ["x.csv"]\nprofile = "own_incidents"\n'
    _, reading = read_small(write_programme(tmp_path, toml, names))
    assert list(reading.tables["participation"]["name"]) == ["見本", "試験"]


QUESTIONS = """
[[scales]]
id = "old"
labels = ["良い", "悪い"]
[[instruments]]
id = "own"
rater = "self"
[[instruments.questions]]
id = "q1"
kind = "choice"
wordings = ["質問", "問い"]
options = [{ id = "a", ja = "はい", en = "yes" }, { id = "b", ja = "いいえ", en = "no" }]
[[instruments.questions]]
id = "q2"
kind = "scale"
scale = "old"
wordings = ["別の質問"]
"""


@pytest.mark.parametrize(
    ("before", "after", "column"),
    [
        ('"悪い"', '"良い　"', "scales[0].labels"),
        ('en = "no"', 'en = "ＹＥＳ"', "instruments[0].questions[0].options"),
        ('["別の質問"]', '[" 質問"]', "instruments[0].questions"),
        ('scale = "old"', 'scale = "olt"', "instruments[0].questions[1].scale"),
        ('scale = "old"\n', "", "instruments[0].questions[1].scale"),
    ],
)
def test_ambiguous_own_words_are_rejected_before_reading(
    tmp_path: Path, before: str, after: str, column: str
) -> None:
    source = SURVEY.replace("skill_self", "own")
    files = {
        "survey.csv": lines(
            "タイムスタンプ,メールアドレス,質問", "2024/01/08 10:00:00,p1@invented.example,yes"
        )
    }
    read_small(write_programme(tmp_path, TOML + QUESTIONS + source, files))
    with pytest.raises(ProgrammeError) as refused:
        read_small(write_programme(tmp_path, TOML + replace_once(QUESTIONS, (before, after)) + source, files))
    assert [problem.column for problem in refused.value.problems] == [column]


@pytest.mark.parametrize("pattern", ["**x", "x" * 5_000, "[", "\\u0000"])
def test_impossible_file_pattern_is_rejected_with_position(tmp_path: Path, pattern: str) -> None:
    toml = TOML + f'[[sources]]\nname = "x"\nfiles = ["{pattern}"]\n'
    with pytest.raises(ProgrammeError) as refused:
        read_small(write_programme(tmp_path, toml, {"x.csv": "a,b\n1,2\n"}))
    assert [problem.column for problem in refused.value.problems] == ["sources[0].files[0]"]


def test_mixed_user_list_is_not_shortened(tmp_path: Path) -> None:
    users = json.loads((DIALECTS / "zendesk_users_json" / "input.json").read_text(encoding="utf-8"))
    path = tmp_path / "x.json"
    path.write_text(json.dumps(users | {"users": [*users["users"], ["a"]]}), encoding="utf-8")
    with pytest.raises(FileError):
        read_export(path, name="x.json", source=SOURCE, profiles=read_profiles())
