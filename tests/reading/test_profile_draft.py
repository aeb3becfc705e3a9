"""Profile drafts: saved unchanged, a draft reads its file; guesses are marked."""

from __future__ import annotations

import json
import tomllib
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rotation_analysis.errors import FileError
from rotation_analysis.files.declarations import read_toml, validate
from rotation_analysis.programme.model import Source
from rotation_analysis.programme.tables import TABLES
from rotation_analysis.reading.profile_matching import draft_profile, open_file
from rotation_analysis.reading.profiles import Profile, read_profiles, validate_profile
from rotation_analysis.starter.inspection import draft_for, inspect_file
from tests.files.test_workbooks import build, row, text, value
from tests.small_programme import TOML, lines, outcomes, read_small, write_programme

ANY = Source(name="any", files=())
HEADER = "チケットNo,作成日,概要,担当者,閉じた日,優先度"
TICKETS = lines(
    HEADER,
    "T-1,2024/02/01 10:00,表示が遅い,導き 手,2024/02/02 10:00,3",
    "T-2,2024/02/03 10:00,落ちた,導き 手,,2",
)
ISSUES = json.dumps(
    {
        "items": [
            {"ref": "T-1", "opened": "2024-02-01T01:00:00Z", "subject": "t", "who": {"name": "x"}},
            {"ref": "T-2", "opened": "2024-02-03T01:00:00Z", "subject": "u", "who": {"name": "y"}},
        ],
        "next": None,
    }
)
WORKBOOK = build(
    {
        "課題": row(1, text("A1", "番号"), text("B1", "作った日"))
        + row(2, value("A2", 1), value("B2", "45323.416666666664", style=1))
        + row(3, value("A3", 2), value("B3", "45325.416666666664", style=1))
    }
)


def draft(folder: Path, name: str, content: str | bytes, *, table: str | None = None) -> str:
    """Draft a profile for a file in the folder of a programme."""
    raw = content.encode() if isinstance(content, str) else content
    (folder / name).write_bytes(raw)
    return draft_for(folder / name, ANY, table=table)


def code_of(profile: str) -> list[str]:
    """List a profile's lines other than comments."""
    return [line for line in profile.splitlines() if line and not line.startswith("#")]


# --- a draft as it is reads the file --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "ids"),
    [
        ("Ticket list 2024.csv", TICKETS, ["T-1", "T-2"]),
        ("issues.json", ISSUES, ["T-1", "T-2"]),
        ("課題.xlsx", WORKBOOK, ["1", "2"]),
    ],
)
def test_saved_draft_reads_its_unknown_file(
    tmp_path: Path, name: str, content: str | bytes, ids: list[str]
) -> None:
    source = f'\n[[sources]]\nname = "own"\nfiles = ["{name}"]\n'
    folder = write_programme(tmp_path, TOML + source, {name: content})
    before = read_small(folder)[1]
    assert [problem.reason for problem in before.refused] == ["no_profile"]
    profile = draft(folder, name, content)
    assert len(code_of(profile)) <= 30
    file = profile.partition("profiles/")[2].partition(".toml")[0]
    write_programme(folder, TOML + source, {f"profiles/{file}.toml": profile})
    reading = read_small(folder)[1]
    assert (reading.refused, outcomes(reading)) == ((), [])
    table = reading.tables["requests"]
    assert table["id"].tolist() == ids
    created = [pd.Timestamp(f"2024-02-0{day} 01:00", tz="UTC") for day in (1, 3)]
    assert table["created"].tolist() == created
    (sums,) = reading.account.sums()
    assert (sums["profile"], sums["used"]) == (file, 2)
    inspection = inspect_file(folder / name, ANY, rows=1)
    assert inspection.refused is None
    assert inspection.export is not None
    assert inspection.export.candidates == (file,)


@pytest.mark.parametrize("table", sorted(TABLES))
def test_draft_for_any_table_is_valid(tmp_path: Path, table: str) -> None:
    profile = draft(tmp_path, "list.csv", TICKETS, table=table)
    assert f'table = "{table}"' in code_of(profile)
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / "own.toml").write_text(profile, encoding="utf-8")
    assert read_profiles(tmp_path / "profiles")["own_list"].table == table


def test_draft_is_deterministic(tmp_path: Path) -> None:
    assert draft(tmp_path, "list.csv", TICKETS) == draft(tmp_path, "list.csv", TICKETS)


# --- guesses --------------------------------------------------------------------------------------------


def columns_of(profile: str) -> dict[str, tuple[str, str, bool]]:
    """Map headers to field, kind, and whether the draft marks it as a guess."""
    marked = [line.endswith("# a guess: check it") for line in profile.splitlines() if "[[columns]]" in line]
    declared = tomllib.loads(profile).get("columns", [])
    return {
        column["headers"][0]: (column["field"], column["kind"], guess)
        for column, guess in zip(declared, marked, strict=False)
    }


def test_known_headers_are_sure_and_cells_are_guesses(tmp_path: Path) -> None:
    found = columns_of(draft(tmp_path, "list.csv", TICKETS))
    assert found == {
        "チケットNo": ("id", "id", True),
        "作成日": ("created", "datetime", False),
        "担当者": ("assignee", "text", False),
    }


@pytest.mark.parametrize(
    ("table", "content", "expected"),
    [
        ("requests", "x,y\n1,2024-02-01\n2,2024-02-02\n", {"x": "id", "y": "created"}),
        ("requests", "x,y\n1,2024-02-01\n1,2024-02-02\n", {"y": "created"}),  # not unique
        ("requests", "x,y\n1,2024-02-01\n,2024-02-02\n", {"y": "created"}),  # not filled
        ("requests", "x,y\n1,z\n2,z\n", {"x": "id"}),
        ("requests", "x,y\n1,03/04/2024\n2,05/06/2024\n", {"x": "id", "y": "created"}),
        ("one_to_ones", "x,y\n見本,2024-02-01\n見本,2024-02-02\n", {"x": "person", "y": "day"}),
        ("responses", "x,y\n見本,2024-02-01 10:00\n", {"y": "answered_at"}),
        ("study_sessions", "x,y\n1,2024-02-01\n2,2024-02-02\n", {"x": "id", "y": "day"}),
    ],
)
def test_required_fields_are_guessed_from_fitting_cells(
    tmp_path: Path, table: str, content: str, expected: dict[str, str]
) -> None:
    profile = draft(tmp_path, "list.csv", content, table=table)
    found = columns_of(profile)
    assert {header: field for header, (field, _, _) in found.items()} == expected
    assert all(guess for _, _, guess in found.values())
    needed = {column.name for column in TABLES[table].columns if column.required}
    for name in needed - set(expected.values()):
        assert any(line.startswith(f"#   {name}: ") and ", needed;" in line for line in profile.splitlines())


def test_ambiguous_date_order_is_not_declared(tmp_path: Path) -> None:
    profile = draft(tmp_path, "list.csv", "x,y\n1,03/04/2024\n2,05/06/2024\n")
    assert "dates" not in tomllib.loads(profile)


def test_draft_lists_open_columns_and_fields(tmp_path: Path) -> None:
    profile = draft(tmp_path, "list.csv", TICKETS)
    assert "#   \"概要\": text, such as '表示が遅い'" in profile.splitlines()
    assert "#   \"優先度\": number, such as '3'" in profile.splitlines()
    named = [*columns_of(profile).values()]
    for column in TABLES["requests"].columns:
        listed = any(line.startswith(f"#   {column.name}: ") for line in profile.splitlines())
        assert listed is (column.name not in {field for field, _, _ in named})


def test_non_table_has_no_draft(tmp_path: Path) -> None:
    with pytest.raises(FileError) as caught:
        draft(tmp_path, "list.csv", "<html></html>")
    assert caught.value.problem.reason == "not_a_table"


# --- whatever stands in a file --------------------------------------------------------------------------

known_profiles = cache(read_profiles)
anything = st.text(st.characters(exclude_categories=["Cs"], exclude_characters='\0\r\n",'), max_size=8)


@settings(max_examples=20, deadline=None)
@given(header=st.lists(anything, min_size=2, max_size=4), cell=anything)
@example(header=["\x7f", "b"], cell="\x7f")
@example(header=["a]\\", "#", "a]\\"], cell="'''")
@example(header=["\x1b[31m", "\u2028"], cell="\u2028")
def test_any_header_gives_a_valid_draft(header: list[str], cell: str) -> None:
    content = "\n".join((",".join(f'"{name}"' for name in header), ",".join([f'"{cell}"'] * len(header)), ""))
    with TemporaryDirectory() as made:
        folder = Path(made)
        (folder / "list.csv").write_text(content, encoding="utf-8", newline="")
        try:
            opened = open_file(folder / "list.csv", name="list.csv", source=ANY)
        except FileError:
            return  # no header at all
        profile = draft_profile(opened, known_profiles())
        declared = tomllib.loads(profile)
        assert declared["name"] == "own_list"
        assert {name for column in declared.get("columns", []) for name in column["headers"]} <= set(header)
        (folder / "own.toml").write_text(profile, encoding="utf-8")
        found, problems = validate(Profile, read_toml(folder / "own.toml", name="own.toml"), file="own.toml")
        assert found is not None
        assert [*problems, *validate_profile(found, "own.toml")] == []
