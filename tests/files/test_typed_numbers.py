"""Numbers as people type them: what is read, what stays unusable, and that a plain number is read as ever."""

from __future__ import annotations

import time

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rotation_analysis.files import cells
from rotation_analysis.files.cells import Unit, read_amounts

MANY = settings(max_examples=300, deadline=None, derandomize=True, database=None)


def column(*texts: str) -> pd.Series:
    return pd.Series(list(texts), dtype="str")


def read_one(text: str, unit: Unit | None = None) -> tuple[float | None, str, bool]:
    """Value (None: missing), reason and whether it was a range."""
    values, reasons, ranges = read_amounts(column(text), unit=unit)
    value = values.iloc[0]
    return (None if pd.isna(value) else float(value)), str(reasons.iloc[0]), bool(ranges.iloc[0])


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("0", 0.0), ("なし", 0.0), ("　特になし ", 0.0), ("None", 0.0), ("0時間", 0.0),
        ("2h", 2.0), ("２ｈ", 2.0), ("2.5 hours", 2.5), ("1 hr", 1.0), ("2時間", 2.0), ("1,200時間", 1200.0),
        ("30分", 0.5), ("30 min", 0.5), ("90 minutes", 1.5), ("45分間", 0.75),
        ("約2", 2.0), ("約２時間", 2.0), ("about 2", 2.0), ("2時間くらい", 2.0), ("30分程度", 0.5),
        ("2〜2", 2.0),
    ],
)  # fmt: skip
def test_hours_are_read_as_typed(text: str, hours: float) -> None:
    assert read_one(text, "hours") == (hours, "", False)


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("2〜3", 2.5), ("2～3時間", 2.5), ("2-3", 2.5), ("2–3 h", 2.5), ("２−３", 2.5), ("0〜1", 0.5),
        ("2時間〜3時間", 2.5), ("2から3", 2.5), ("2 to 3 hours", 2.5), ("約2〜3時間", 2.5),
        ("30〜60分", 0.75), ("30分〜1時間", 0.75),
    ],
)  # fmt: skip
def test_a_range_is_its_midpoint_and_told_as_one(text: str, hours: float) -> None:
    assert read_one(text, "hours") == (hours, "", True)


@pytest.mark.parametrize(
    "text",
    [
        "たくさん", "2〜", "〜3", "3〜2", "1時間〜30分", "1〜2〜3", "1h30m", "2h/週", "25%", "2日", "約", "h",
        "約-3", "2回", "2月3日", "?", "9" * 400 + "時間", "1,5", "2 3", "約なし",
    ],
)  # fmt: skip
def test_anything_else_is_a_bad_number(text: str) -> None:
    assert read_one(text, "hours") == (None, "bad_number", False)


@pytest.mark.parametrize("unit", [None, "hours", "minutes"])
@pytest.mark.parametrize("text", ["", "  ", "\u3000"])
def test_an_empty_cell_is_missing_and_never_nothing(text: str, unit: Unit | None) -> None:
    assert read_one(text, unit) == (None, "", False)


@pytest.mark.parametrize(
    ("unit", "typed"),
    [
        ("hours", [2.0, 0.5, 2.0, 2.5, 0.0]),
        ("minutes", [120.0, 30.0, 2.0, 2.5, 0.0]),
        (None, [None, None, 2.0, 2.5, 0.0]),
    ],
)
def test_a_unit_of_time_counts_where_time_is_asked_for(unit: Unit | None, typed: list[float | None]) -> None:
    values = read_amounts(column("2時間", "30分", "約2", "2〜3", "なし"), unit=unit).values.astype(object)
    assert values.where(values.notna(), None).tolist() == typed


def test_index_and_types_are_kept_where_the_index_repeats_or_the_column_is_empty() -> None:
    text = pd.Series(["2〜3", "x", "2〜3", "1"], index=[7, 7, 8, 8], dtype="str")
    for part in (text, text.iloc[:0]):
        values, reasons, ranges = read_amounts(part)
        assert (str(values.dtype), str(ranges.dtype)) == ("float64", "bool")
        assert values.index.equals(part.index)
        assert reasons.index.equals(part.index)
    values, reasons, ranges = read_amounts(text)
    assert values.tolist()[::2] == [2.5, 2.5]
    assert (reasons.tolist(), ranges.tolist()) == (["", "bad_number", "", ""], [True, False, True, False])


@MANY
@given(texts=st.lists(st.text(max_size=8) | st.from_regex(r"\A[0-9.,〜~ hなし約分-]{1,9}\Z"), max_size=5))
def test_a_plain_number_is_read_as_ever_and_every_cell_has_a_value_or_a_reason(texts: list[str]) -> None:
    text = column(*texts)
    before, wrong = cells.read_numbers(text)
    for unit in (None, "hours", "minutes"):
        values, reasons, ranges = read_amounts(text, unit=unit)  # type: ignore[arg-type]
        plain = wrong.ne("bad_number")
        pd.testing.assert_series_equal(values[plain], before[plain])
        assert not ranges[plain].any()
        assert (values.notna() ^ reasons.ne("") | cells.fold_all(text).eq("")).all()
        assert not (ranges & values.isna()).any()


@MANY
@given(
    low=st.integers(0, 500),
    more=st.integers(1, 500),
    between=st.sampled_from(["〜", "-", "~ ", " – ", "から"]),
    unit=st.sampled_from([("", 1.0), ("h", 1.0), ("分", 1 / 60)]),
)
def test_midpoint_lies_midway_whatever_stands_between(
    low: int, more: int, between: str, unit: tuple[str, float]
) -> None:
    word, factor = unit
    value, reason, ranged = read_one(f"{low}{between}{low + more}{word}", "hours")
    assert (reason, ranged) == ("", True)
    assert value == pytest.approx((low + more / 2) * factor)


@pytest.mark.parametrize("piece", ["1", "1,111", "約", "〜", "1〜", " ", "1.", "時間"])
def test_long_cell_is_read_in_linear_time(piece: str) -> None:
    begin = time.perf_counter()
    read_amounts(column(piece * 100_000, piece * 100_000 + "x", "3〜" + piece * 100_000), unit="hours")
    assert time.perf_counter() - begin < 5
