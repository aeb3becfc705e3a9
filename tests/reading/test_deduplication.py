"""Records in several exports count once: copies, re-exports, versions, conflicts, pages of one list."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rotation_analysis.programme.model import Source
from rotation_analysis.programme.tables import TABLES, conform
from rotation_analysis.reading.account import RECORD_COLUMNS, FileAccount
from rotation_analysis.reading.columns import NO_CELLS
from rotation_analysis.reading.deduplication import exclude_duplicates, merge_paginated_exports
from rotation_analysis.reading.exports import Reading, empty_corrections, read_exports
from rotation_analysis.reading.record_status import Export
from tests.builders import make_programme
from tests.small_programme import (
    BACKLOG_HEADER,
    OWN_PROFILE,
    TOML,
    backlog_row,
    lines,
    outcomes,
    read_small,
    write_programme,
)

Rows = Sequence[Mapping[str, Any]]
Outcome = tuple[str, int, str]


def export(name: str, rows: Rows, *, table: str = "requests", sha: str = "", **more: Any) -> Export:
    """Build a file whose records, from row 2, are these rows of a table."""
    numbers = list(range(2, len(rows) + 2))
    frame = pd.DataFrame([dict(row) for row in rows]).assign(file=name, sheet=None, row=numbers)
    records = pd.DataFrame({"file": name, "row": numbers, "outcome": "used", "reason": ""})
    values: dict[str, Any] = {
        "file": FileAccount(
            file=name, sha256=sha or name, profile="x", encoding="utf-8", warnings={}, columns={}
        ),
        "tables": {table: conform(frame, TABLES[table])},
        "records": records.reindex(columns=RECORD_COLUMNS).astype(object),
        "cells": NO_CELLS,
        "corrected": empty_corrections(),
    }
    return Export(**(values | more))


def requests(*pairs: str) -> list[dict[str, str]]:
    """Build requests from `id:title`."""
    return [dict(zip(("id", "title"), pair.split(":"), strict=True)) for pair in pairs]


def judge(*exports: Export) -> list[Outcome]:
    """List file, row and reason of every unused record."""
    records = pd.concat([each.records for each in exclude_duplicates(exports)])
    left = records[records["outcome"].ne("used")]
    return list(left[["file", "row", "reason"]].itertuples(index=False, name=None))


# --- versions -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("versions", "expected"),
    [
        (["a"], []),
        (["a", "a"], [("1", 2, "duplicate_row")]),
        (["a", "b"], [("0", 2, "superseded")]),
        (["a", "b", "a"], [("0", 2, "superseded"), ("1", 2, "superseded")]),
        (["a", "a", "b"], [("0", 2, "superseded"), ("1", 2, "duplicate_row")]),
        (["a", "b", "b"], [("0", 2, "superseded"), ("2", 2, "duplicate_row")]),
        (["a", "b", "a", "a"], [("0", 2, "superseded"), ("1", 2, "superseded"), ("3", 2, "duplicate_row")]),
    ],
    ids=lambda value: " ".join(value) if value and isinstance(value[0], str) else None,
)
def test_newest_version_counts_and_equal_is_duplicate(versions: list[str], expected: list[Outcome]) -> None:
    exports = [export(str(n), requests(f"A-1:{title}")) for n, title in enumerate(versions)]
    assert judge(*exports) == expected
    kept = [exclude_duplicates(exports)[n].tables["requests"]["title"].tolist() for n in range(len(versions))]
    assert [title for titles in kept for title in titles] == [versions[-1]]


def test_repeated_key_in_one_file_must_be_equal() -> None:
    first = export("0", requests("A-1:a", "A-1:a", "A-2:a", "A-2:b", "A-3:a"))
    assert judge(first) == [
        ("0", 3, "duplicate_row"),
        ("0", 4, "conflicting_key"),
        ("0", 5, "conflicting_key"),
    ]


def test_conflict_in_one_file_keeps_other_versions() -> None:
    conflict = requests("A-1:a", "A-1:b")
    found = judge(export("0", requests("A-1:a")), export("1", conflict), export("2", requests("A-1:c")))
    assert found == [("0", 2, "superseded"), ("1", 2, "conflicting_key"), ("1", 3, "conflicting_key")]


@pytest.mark.parametrize("wide", ["Ａ-1", "A-１", "A－1"])
def test_ids_differing_only_in_width_conflict(wide: str) -> None:
    apart = judge(export("0", requests("A-1:a", "A-2:a")), export("1", requests(f"{wide}:a")))
    assert apart == [("0", 2, "conflicting_key"), ("1", 2, "conflicting_key")]
    together = judge(export("0", requests("A-1:a", "A-2:a", f"{wide}:a")))
    assert together == [("0", 2, "conflicting_key"), ("0", 4, "conflicting_key")]


def test_ids_are_case_sensitive() -> None:
    assert judge(export("0", requests("a-1:a", "A-1:a"))) == []


def test_missing_cell_equals_only_missing_cell() -> None:
    rows = [{"id": "A-1"}, {"id": "A-1", "title": "a"}]
    assert judge(export("0", rows[:1]), export("1", rows[:1])) == [("1", 2, "duplicate_row")]
    assert judge(export("0", rows[:1]), export("1", rows[1:])) == [("0", 2, "superseded")]


# --- keys -----------------------------------------------------------------------------------------------


def test_two_column_key_needs_both_equal() -> None:
    rows = [{"repository": name, "id": id_} for name, id_ in (("a", "1"), ("b", "1"), ("a", "2"), ("a", "1"))]
    assert judge(export("0", rows, table="changes")) == [("0", 5, "duplicate_row")]
    nowhere = [{"repository": None, "id": "1"}, {"repository": None, "id": "1"}]
    assert judge(export("0", nowhere, table="changes")) == [("0", 3, "duplicate_row")]


def test_unreadable_week_is_not_a_key() -> None:
    weeks = [pd.Timestamp("2024-02-05"), pd.NaT, pd.NaT, pd.Timestamp("2024-02-05")]
    rows = [{"person": "p1", "week": week, "request": n} for n, week in enumerate(weeks)]
    expected = [("0", 2, "conflicting_key"), ("0", 5, "conflicting_key")]
    assert judge(export("0", rows, table="time_use")) == expected


@pytest.mark.parametrize("table", ["responses", "participation", "one_to_ones", "reviews"])
def test_records_without_own_key_are_not_compared(table: str) -> None:
    assert judge(export("0", [{}, {}], table=table), export("1", [{}], table=table)) == []


def test_keys_are_separate_per_table() -> None:
    assert judge(export("0", requests("1:a")), export("1", [{"id": "1"}], table="incidents")) == []


def test_equal_bytes_are_a_duplicate_file() -> None:
    rows = requests("A-1:a", "A-2:a")
    found = judge(*(export(str(n), rows, sha="same") for n in range(3)))
    assert found == [(str(n), row, "duplicate_file") for n in (1, 2) for row in (2, 3)]


def test_excluded_record_is_not_a_version() -> None:
    first, second = export("0", requests("A-1:a")), export("1", requests("A-1:b"))
    aside = second.records.assign(outcome="set_aside", reason="other_project")
    assert judge(first, second.with_outcomes(aside)) == [("1", 2, "other_project")]


def test_key_is_shown_as_read() -> None:
    (first, _) = exclude_duplicates([export("0", requests("A-1:a")), export("1", requests("A-1:b"))])
    (row,) = first.records.to_dict("records")
    assert (row["value"], row["outcome"]) == ("A-1", "set_aside")
    assert row["expected"]
    assert row["next"]


# --- all that a record has ------------------------------------------------------------------------------


def servicenow(*records: tuple[str, str]) -> str:
    """Write ServiceNow incidents from (number, sys_id), otherwise equal."""
    fields = {"opened_at": "2024-02-01 10:00:00", "short_description": "t", "state": "7"}
    return json.dumps([{"number": number, "sys_id": own, **fields} for number, own in records])


def datadog(*records: tuple[str, str]) -> str:
    """Write Datadog incidents from (id, id of the commander), all with the public number 1."""
    times = {"detected": "2024-02-01T10:00:00+00:00", "resolved": "2024-02-01T11:00:00+00:00"}
    return json.dumps(
        {
            "data": [
                {
                    "type": "incidents",
                    "id": own,
                    "attributes": {"public_id": 1, "title": "t", **times},
                    "relationships": {"commander_user": {"data": {"type": "users", "id": user}}},
                }
                for own, user in records
            ]
        }
    )


def read_lists(folder: Path, *contents: str, form: str = "json", profile: str = "") -> Reading:
    """Read files of one source in the order given."""
    toml = f'{TOML}\n[[sources]]\nname = "list"\nfiles = ["list*.{form}"]\ntimezone = "UTC"\n'
    files: dict[str, str | bytes] = {f"list{n}.{form}": text for n, text in enumerate(contents)}
    return read_small(
        write_programme(folder, toml, {**files, **({"profiles/own.toml": profile} if profile else {})})
    )[1]


def test_shared_number_with_two_ids_is_two_records(tmp_path: Path) -> None:
    first, second = "1c741bd70b2322007518478d83673af3", "1c741bd70b2322007518478d83673af4"
    reading = read_lists(tmp_path, servicenow(("INC7", first), ("INC7", second), ("INC8", first[::-1])))
    assert outcomes(reading) == []
    assert reading.tables["requests"]["id"].tolist() == [f"INC7 ({first})", f"INC7 ({second})", "INC8"]


def test_linked_records_follow_separated_keys(tmp_path: Path) -> None:
    reading = read_lists(tmp_path, datadog(("aa", "u1"), ("bb", "u2")))
    assert outcomes(reading) == []
    people = reading.tables["participation"]
    assert list(zip(people["incident"], people["account"], strict=True)) == [
        ("1 (aa)", "u1"),
        ("1 (bb)", "u2"),
    ]


def test_newer_version_has_same_tool_id(tmp_path: Path) -> None:
    reading = read_lists(tmp_path, datadog(("aa", "u1"), ("bb", "u1")), datadog(("bb", "u2")))
    assert outcomes(reading) == [("list0.json", 2, "set_aside", "superseded")]
    assert reading.tables["participation"]["account"].tolist() == ["u1", "u2"]
    assert reading.tables["incidents"]["id"].tolist() == ["1 (aa)", "1 (bb)"]


def test_number_without_id_matches_only_when_unique(tmp_path: Path) -> None:
    alone = servicenow(("INC7", ""))
    one = read_lists(tmp_path / "one", servicenow(("INC7", "a" * 32)), alone)
    assert outcomes(one) == [("list1.json", 1, "set_aside", "duplicate_row")]
    two = read_lists(tmp_path / "two", servicenow(("INC7", "a" * 32), ("INC7", "b" * 32)), alone)
    assert outcomes(two) == [("list1.json", 1, "refused", "conflicting_key")]
    (row,) = two.account.rows(values=True)
    assert "the tool's own id as `uid`" in row["next"]


OWN = (
    OWN_PROFILE
    + """
[[columns]]
field = "created"
headers = ["On"]
kind = "datetime"
"""
)


def test_unread_cells_distinguish_records_of_one_key(tmp_path: Path) -> None:
    rows = ("No,On,Queue", *(f"{key},2024-02-01 10:00,{queue}" for key, queue in ("1a", "1b", "2a", "2a")))
    conflict = [("list0.csv", row, "refused", "conflicting_key") for row in (2, 3)]
    again = ("list0.csv", 5, "set_aside", "duplicate_row")
    reading = read_lists(tmp_path / "cells", lines(*rows), form="csv", profile=OWN)
    assert outcomes(reading) == [*conflict, again]
    unique = OWN.replace('table = "requests"', 'table = "requests"\nunique = true')
    reading = read_lists(tmp_path / "key", lines(*rows), form="csv", profile=unique)
    assert outcomes(reading) == [("list0.csv", 3, "set_aside", "duplicate_row"), again]
    uid = '[[columns]]\nfield = "uid"\nheaders = ["Queue"]\nkind = "id"\n'
    reading = read_lists(tmp_path / "uid", lines(*rows), form="csv", profile=OWN + uid)
    assert outcomes(reading) == [again]
    assert reading.tables["requests"]["id"].tolist() == ["1 (a)", "1 (b)", "2"]


# --- pages ----------------------------------------------------------------------------------------------

CUT = {"possible_truncation": 1}


def page(name: str, rows: int, *, total: int | None = None, cut: bool = True, **more: Any) -> Export:
    """Build a page of a JSON list with `rows` records."""
    made = export(name, requests(*(f"{name}-{n}:t" for n in range(rows))))
    file = FileAccount(
        file=name,
        sha256=name,
        profile="x",
        encoding="utf-8",
        warnings={"mojibake": 2, **(CUT if cut else {})},
        columns={},
        total=total,
    )
    values: dict[str, Any] = {"source": "list", "format": "json"}
    return Export(
        file=file, tables=made.tables, records=made.records, cells=made.cells, corrected=made.corrected,
        **(values | more),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("pages", "warned"),
    [
        ([page("a", 2, total=4), page("b", 2, total=4)], []),
        ([page("a", 2, total=5), page("b", 2, total=5)], ["a", "b"]),
        ([page("a", 2, total=4), page("b", 2, total=5)], ["a", "b"]),  # the list grew between the exports
        ([page("a", 2, total=2)], []),
        ([page("a", 2), page("b", 1, cut=False)], []),
        ([page("a", 2), page("b", 2)], ["a", "b"]),
        ([page("a", 2)], ["a"]),
        ([page("a", 2, source="one"), page("b", 1, cut=False, source="other")], ["a"]),
        ([page("a", 2, format="csv"), page("b", 1, cut=False, format="csv")], ["a"]),
    ],
)
def test_pages_are_complete_by_total_or_short_page(pages: list[Export], warned: list[str]) -> None:
    found = merge_paginated_exports(pages)
    assert [each.file.file for each in found if "possible_truncation" in each.file.warnings] == warned
    assert all(each.file.warnings["mojibake"] == 2 for each in found)


def test_pages_with_total_are_one_list(tmp_path: Path) -> None:
    source = '\n[[sources]]\nname = "moved"\nfiles = ["page*.json"]\n'
    fields = {"summary": "t", "created": "2024-02-01T10:00:00+0900", "resolutiondate": None}

    def write(*numbers: int) -> str:
        return json.dumps({"total": 3, "issues": [{"key": f"J-{n}", "fields": fields} for n in numbers]})

    for name, second, warned in (("whole", write(2, 3), 0), ("cut", write(2), 2)):
        files: dict[str, str | bytes] = {"page1.json": write(1), "page2.json": second}
        reading = read_small(write_programme(tmp_path / name, TOML + source, files))[1]
        assert [len(sums["warnings"]) for sums in reading.account.sums()].count(1) == warned


# --- whatever overlaps ----------------------------------------------------------------------------------

KEYS, TITLES = [f"A-{n}" for n in range(1, 6)], "tu"
record = st.tuples(st.sampled_from(KEYS), st.sampled_from(TITLES))
tables = st.lists(st.lists(record, min_size=1, max_size=8), min_size=1, max_size=4)


def sums_of(exports: Sequence[Export]) -> list[dict[tuple[str, str], int]]:
    return [
        {
            (str(k[0]), str(k[1])): int(n)
            for k, n in each.records.groupby(["outcome", "reason"]).size().items()
        }  # type: ignore[index]
        for each in exports
    ]


def build(drawn: Sequence[Sequence[tuple[str, str]]]) -> list[Export]:
    return [
        export(str(n), [{"id": key, "title": title} for key, title in rows]) for n, rows in enumerate(drawn)
    ]


@settings(max_examples=50, deadline=None)
@given(drawn=tables, seed=st.integers(0, 9))
def test_record_order_does_not_change_sums(drawn: list[list[tuple[str, str]]], seed: int) -> None:
    mixed = [random.Random(seed + n).sample(rows, len(rows)) for n, rows in enumerate(drawn)]
    assert sums_of(exclude_duplicates(build(drawn))) == sums_of(exclude_duplicates(build(mixed)))


@settings(max_examples=50, deadline=None)
@given(drawn=tables)
def test_used_keys_are_unique_after_deduplication(
    drawn: list[list[tuple[str, str]]],
) -> None:
    exports = exclude_duplicates(build(drawn))
    for each, rows in zip(exports, drawn, strict=True):
        assert len(each.records) == len(rows)
        used = each.records.loc[each.records["outcome"].eq("used"), "row"]
        assert used.tolist() == each.tables["requests"]["row"].tolist()
    kept = pd.concat([each.tables["requests"] for each in exports])
    assert kept["id"].is_unique
    # a key is lost only if every file that has it contradicts itself
    sound = {
        key
        for rows in drawn
        for key in {key for key, _ in rows}
        if len({title for other, title in rows if other == key}) == 1
    }
    assert set(kept["id"]) == sound


@settings(max_examples=12, deadline=None)
@given(subsets=st.lists(st.sets(st.integers(1, 9), min_size=1), min_size=1, max_size=4), order=st.randoms())
def test_overlapping_files_are_read_as_union(subsets: list[set[int]], order: random.Random) -> None:
    with TemporaryDirectory() as folder:
        for n, numbers in enumerate(subsets):
            rows = [backlog_row(f"A-{number}", title=f"t{number}") for number in numbers]
            order.shuffle(rows)
            (Path(folder) / f"b{n}.csv").write_text(lines(BACKLOG_HEADER, *rows), encoding="utf-8")
        reading = read_files(Path(folder))
    for sums, numbers in zip(reading.account.sums(), subsets, strict=True):
        parts = [sums["used"], *sums["set_aside"].values(), *sums["refused"].values()]
        assert sums["read"] == sum(parts) == len(numbers)
        assert sums["refused"] == {}
    union = {f"A-{number}" for numbers in subsets for number in numbers}
    assert sorted(reading.tables["requests"]["id"]) == sorted(union)


def read_files(folder: Path) -> Reading:
    source = Source(name="requests", files=("b*.csv",))
    return read_exports(make_programme(sources=(source,), folder=folder))


def test_repeated_page_counts_once() -> None:
    twice = [page("a", 2, total=4), replace(page("a", 2, total=4), source="list")]
    twice[1] = replace(twice[1], file=replace(twice[1].file, file="b", sha256="b"))
    found = merge_paginated_exports(exclude_duplicates(twice))
    assert [each.records["reason"].tolist() for each in found] == [["", ""], ["duplicate_row"] * 2]
    assert all("possible_truncation" in each.file.warnings for each in found)


# --- records that share a number ------------------------------------------------------------------------


def numbered(*records: str) -> list[dict[str, str]]:
    """Build incidents from `number:the tool's own id:title`."""
    return [dict(zip(("id", "uid", "title"), record.split(":"), strict=True)) for record in records]


def test_added_participant_makes_a_newer_version() -> None:
    exports = []
    for number, names in enumerate((["x"], ["x", "y"], ["y", "x"])):
        file = export(str(number), numbered("7:a:t"), table="incidents", sha=str(number))
        people = pd.DataFrame({"incident": "7", "name": names, "row": 2}).assign(file=str(number), sheet=None)
        tables = {**file.tables, "participation": conform(people, TABLES["participation"])}
        exports.append(replace(file, tables=tables))
    assert judge(*exports) == [("0", 2, "superseded"), ("2", 2, "duplicate_row")]
