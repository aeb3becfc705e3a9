"""Handwritten files as frozen models, or all problems at once with position, value and remedy."""

from __future__ import annotations

import re
from datetime import date, datetime
from pathlib import Path
from typing import Literal, get_args

import pytest
from pydantic import BaseModel, ValidationError

from rotation_analysis.errors import FileError, Problem
from rotation_analysis.files.declarations import Declaration, read_toml, validate, validate_row
from rotation_analysis.programme.model import Programme, Rotation
from rotation_analysis.programme.questionnaires import Instrument
from rotation_analysis.reading.profiles import Profile


class Part(Declaration):
    home_team: str
    size: int = 1


class Whole(Declaration):
    day: date
    kind: Literal["early", "running"] = "running"
    parts: tuple[Part, ...] = ()


def problems_of(data: dict[str, object]) -> list[Problem]:
    value, problems = validate(Whole, data, file="a.toml")
    assert value is None
    return problems


def test_toml_values_become_a_frozen_model() -> None:
    value, problems = validate(
        Whole, {"day": date(2024, 1, 2), "parts": [{"home_team": "aoi"}]}, file="a.toml"
    )
    assert problems == []
    assert value == Whole(day=date(2024, 1, 2), parts=(Part(home_team="aoi"),))
    with pytest.raises(ValidationError):
        value.day = date(2024, 1, 3)  # type: ignore[union-attr,misc]


def test_misspelt_key_is_reported_once_with_suggestion() -> None:
    (problem,) = problems_of({"day": date(2024, 1, 2), "parts": [{"home_tem": "aoi"}]})
    assert problem == Problem(
        reason="programme",
        file="a.toml",
        column="parts[0].home_tem",
        value="aoi",
        expected="a known key",
        next_step='did you mean "home_team"?',
    )


def test_unknown_key_lists_known_keys() -> None:
    (problem,) = problems_of({"day": date(2024, 1, 2), "zzz": 1})
    assert problem.next_step == "known here: day, kind, parts"


def test_missing_key_is_reported_without_value() -> None:
    (problem,) = problems_of({"parts": []})
    assert (problem.column, problem.value, problem.expected) == ("day", None, "this key; it is missing")


def test_word_outside_closed_list_has_suggestion() -> None:
    (problem,) = problems_of({"day": date(2024, 1, 2), "kind": "runing"})
    assert (problem.column, problem.value) == ("kind", "runing")
    assert problem.next_step == 'did you mean "running"?'


@pytest.mark.parametrize(("key", "value"), [("day", "yesterday"), ("day", 5), ("parts", "aoi")])
def test_wrong_type_is_reported(key: str, value: object) -> None:
    (problem,) = problems_of({"day": date(2024, 1, 2), key: value})
    assert (problem.column, problem.value) == (key, str(value))


def test_text_is_not_a_number_in_toml() -> None:
    (problem,) = problems_of({"day": date(2024, 1, 2), "parts": [{"home_team": "aoi", "size": "3"}]})
    assert (problem.column, problem.value) == ("parts[0].size", "3")


def test_all_problems_are_reported_at_once() -> None:
    problems = problems_of({"kind": "x", "parts": [{"home_team": 1}, {"home_tem": "a"}], "more": 1})
    assert {problem.column for problem in problems} == {
        "day",
        "kind",
        "parts[0].home_team",
        "parts[1].home_tem",
        "more",
    }


def test_empty_sheet_cells_are_absent() -> None:
    value, problems = validate_row(Part, {"home_team": " aoi ", "size": ""}, file="s.csv", row=4)
    assert (value, problems) == (Part(home_team="aoi"), [])
    assert validate_row(Part, {"home_team": "aoi", "size": "8"}, file="s.csv", row=4)[0] == Part(
        home_team="aoi", size=8
    )


def test_bad_sheet_cell_has_full_position() -> None:
    value, (problem,) = validate_row(Part, {"home_team": "aoi", "size": "eight"}, file="s.csv", row=4)
    assert value is None
    assert (problem.file, problem.row, problem.column, problem.value) == ("s.csv", 4, "size", "eight")
    assert problem.expected


@pytest.mark.parametrize(
    ("raw", "reason"),
    [(b"a = = 1", "bad_toml"), (b"a = 1\na = 2", "bad_toml"), ("名 = 'x'".encode("cp932"), "bad_encoding")],
)
def test_invalid_toml_is_rejected(tmp_path: Path, raw: bytes, reason: str) -> None:
    (tmp_path / "a.toml").write_bytes(raw)
    with pytest.raises(FileError) as caught:
        read_toml(tmp_path / "a.toml", name="a.toml")
    problem = caught.value.problem
    assert (problem.reason, problem.file) == (reason, "a.toml")
    assert problem.expected
    assert problem.next_step


@pytest.mark.parametrize("name", ["missing.toml", "."])
def test_unreadable_toml_is_rejected(tmp_path: Path, name: str) -> None:
    with pytest.raises(FileError) as caught:
        read_toml(tmp_path / name, name=name)
    assert caught.value.problem.reason == "not_a_file"


def test_toml_error_names_line_and_column(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text("ok = 1\nbad = = 1\n", encoding="utf-8")
    with pytest.raises(FileError, match="line 2, column 7"):
        read_toml(tmp_path / "a.toml", name="a.toml")


class Dated(Declaration):
    first: date
    last: date | None = None
    note: str = ""


def test_sheet_accepts_days_rewritten_by_spreadsheets() -> None:
    cells = {"first": "2024/4/1", "last": "2024年10月31日", "note": "2024/4/1"}
    assert validate_row(Dated, cells, file="s.csv", row=2) == (
        Dated(first=date(2024, 4, 1), last=date(2024, 10, 31), note="2024/4/1"),
        [],
    )


@pytest.mark.parametrize("cell", ["1/4/2024", "24/4/1", "2024/2/30", "2024/4", "4月1日"])
def test_ambiguous_or_invalid_day_is_a_problem(cell: str) -> None:
    value, (problem,) = validate_row(Dated, {"first": cell}, file="s.csv", row=2)
    assert value is None
    assert (problem.row, problem.column) == (2, "first")


# --- in our words ---------------------------------------------------------------------------------------

WRONG = (
    "x",
    "",
    3,
    -1,
    1.5,
    10**12,
    True,
    [],
    [[1]],
    {},
    {"ja": 1},
    [{}],
    date(2024, 1, 2),
    datetime(2024, 1, 2),
)
THEIRS = re.compile(r"\b[Ii]nput\b|should|Value error|String|Tuple|[{}]")


def list_models(model: type[BaseModel], seen: dict[str, type[BaseModel]]) -> dict[str, type[BaseModel]]:
    """Index a model and the models in its fields by name."""
    if model.__name__ not in seen:
        seen[model.__name__] = model
        for field in model.model_fields.values():
            for inner in find_models(field.annotation):
                list_models(inner, seen)
    return seen


def find_models(annotation: object) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for inner in get_args(annotation) for model in find_models(inner)]


MODELS = {name: m for root in (Programme, Profile, Instrument) for name, m in list_models(root, {}).items()}


@pytest.mark.parametrize("name", sorted(MODELS))
def test_every_error_is_reported_in_own_words(name: str) -> None:
    model = MODELS[name]
    for key in model.model_fields:
        for value in WRONG:
            _, problems = validate(model, {key: value}, file="a.toml")
            theirs = [each.expected for each in problems if THEIRS.search(each.expected or "")]
            assert not theirs, (key, value)


def test_bounds_are_reported_with_their_numbers() -> None:
    _, problems = validate(Rotation, {"share": 1.5}, file="a.toml")
    assert "a number that is at most 1.0" in {problem.expected for problem in problems}
