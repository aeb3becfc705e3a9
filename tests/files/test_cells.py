"""Text to typed cells: forms of real exports, and cells that are never guessed."""

from __future__ import annotations

import re
import time

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rotation_analysis.errors import UsageError
from rotation_analysis.files import cells

MANY = settings(max_examples=300, deadline=None, derandomize=True, database=None)


def column(*texts: str) -> pd.Series:
    return pd.Series(texts, index=range(10, 10 + len(texts)), dtype="str")


def read_one(text: str, *, order=None, timezone="Asia/Tokyo") -> tuple[str, str]:
    values, reasons = cells.read_datetimes(column(text), order=order, timezone=timezone)
    value = values.iloc[0]
    return ("" if pd.isna(value) else value.isoformat().removesuffix("+00:00")), reasons.iloc[0]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("  Created  At ", "created at"),
        ("Ｃｒｅａｔｅｄ\u3000ａｔ", "created at"),
        ("\ufeffcre\u200bated\u00a0at", "created at"),
        ("10〜20", "10~20"),
        ("10～20", "10~20"),
        ("−5", "-5"),
        ("－5", "-5"),
        ("ｶﾀｶﾅ", "カタカナ"),
        ("Straße", "strasse"),
        ("", ""),
    ],
)
def test_fold_ignores_invisible_differences(text, key):
    assert cells.fold(text) == key
    assert cells.fold_all(column(text, "x")).tolist() == [key, "x"]


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2024-01-07 19:41:41", "2024-01-07T10:41:41"),
        ("2024/01/07 19:41:41", "2024-01-07T10:41:41"),
        ("2024-01-07T19:41:41", "2024-01-07T10:41:41"),
        ("2024-01-07 19:41", "2024-01-07T10:41:00"),
        ("2024-01-07 19:41:41.125", "2024-01-07T10:41:41.125000"),
        ("2016-03-03T13:40:01.000+0000", "2016-03-03T13:40:01"),
        ("2023-02-26T00:10:04+00:00", "2023-02-26T00:10:04"),
        ("2024-01-07T19:41:41+09:00", "2024-01-07T10:41:41"),
        ("2024-01-07 19:41:41 -05:30", "2024-01-08T01:11:41"),
        ("2014-07-15T15:00:00Z", "2014-07-15T15:00:00"),
        ("2024-01-07T19:41:41.39Z", "2024-01-07T19:41:41.390000"),
        ("2024-01-07T19:41:41.123456789Z", "2024-01-07T19:41:41.123456"),
        ("2023/09/15 10:43:56 PM GMT+3", "2023-09-15T19:43:56"),
        ("2020/09/09 12:59:25 午後 GMT+9", "2020-09-09T03:59:25"),
        ("2020/09/09 12:59:25 午前 GMT+9", "2020-09-08T15:59:25"),
        ("2020/09/09 午後 0:05", "2020-09-09T03:05:00"),
        ("2020年9月9日 午前0:05", "2020-09-08T15:05:00"),
        ("2020/09/09(水) 9:05", "2020-09-09T00:05:00"),
        ("25/Oct/25 12:53 PM", "2025-10-25T03:53:00"),
        ("19/févr./26 7:31 PM", "2026-02-19T10:31:00"),
        ("04/nov/25 1:16 PM", "2025-11-04T04:16:00"),
        ("01/4月/22 3:45 午後", "2022-04-01T06:45:00"),
        ("8/18/2016 17:32:20", "2016-08-18T08:32:20"),
        ("22/02/2015 13:09:25", "2015-02-22T04:09:25"),
        ("01/17/2020 12:30:48 AM", "2020-01-16T15:30:48"),
        ("29-12-2018 23:46", "2018-12-29T14:46:00"),
        ("2023/4/3 9:12", "2023-04-03T00:12:00"),
        ("2023/4/3", "2023-04-02T15:00:00"),
        ("Jan 7, 2023", "2023-01-06T15:00:00"),
        ("Mon Sep 08 2025 13:58:23 GMT-0500 (Central Daylight Time)", "2025-09-08T18:58:23"),
        ("２０２４／０１／０７　１９：４１：４１", "2024-01-07T10:41:41"),
        ("2024-01-07\u202f7:41 PM", "2024-01-07T10:41:00"),
        (" 2024-01-07 19:41:41 ", "2024-01-07T10:41:41"),
    ],
)
def test_moment_is_read_in_every_known_form(text, utc):
    assert read_one(text) == (utc, "")


@pytest.mark.parametrize(
    "text",
    [
        *("now", "today", "NaT", "nan", "null", "-", "45298", "45298.5", "13:05", "x", "2024", "2024-01"),
        *("2024-02-30", "2023-02-29 01:00", "2024-13-01", "2024-01-07 24:00", "2024-01-07 9:60"),
        *("2024-01-07 13:05 PM", "2024/01/0719:41", "2024-01-07 19:41:41+99:00", "令和6年1月7日", "31/31/24"),
        *("9999-12-31 00:00:00", "0202-01-07", "2024-01/07", "1/2/024", "25/Okt/25", "2024-01-07 19:41 EST"),
    ],
)
def test_cell_without_unique_moment_is_bad_date(text):
    assert read_one(text) == ("", "bad_date")


@pytest.mark.parametrize(
    "text", ["", "  ", "\u3000", "0001-01-01T00:00:00Z", "0001-01-01", "0001-01-01 00:00:00"]
)
def test_empty_moment_is_missing_without_reason(text):
    assert read_one(text) == ("", "")


@pytest.mark.parametrize(
    ("order", "texts", "days"),
    [
        ("dmy", ["01/02/2024", "7/2/20"], ["2024-02-01", "2020-02-07"]),
        ("mdy", ["01/02/2024", "7/2/20"], ["2024-01-02", "2020-07-02"]),
        ("ymd", ["24/01/07"], ["2024-01-07"]),
        ("dmy", ["2024-01-07", "25/Oct/25"], ["2024-01-07", "2025-10-25"]),
        (None, ["01/02/2024", "01/13/2024"], ["2024-01-02", "2024-01-13"]),
        (None, ["01/02/2024", "13/01/2024", "x"], ["2024-02-01", "2024-01-13", "bad_date"]),
        (None, ["03/03/2024"], ["2024-03-03"]),
        (None, ["01/02/2024", "2024-01-07", "", "x"], ["ambiguous_date", "ambiguous_date", "", "bad_date"]),
        (None, ["13/01/2024", "01/13/2024"], ["ambiguous_date", "ambiguous_date"]),
        (None, ["01/02/03"], ["ambiguous_date"]),
        ("mdy", ["13/01/2024"], ["bad_date"]),
        ("ymd", ["13/01/2024"], ["bad_date"]),
    ],
)
def test_date_order_is_never_guessed(order, texts, days):
    values, reasons = cells.read_dates(column(*texts), order=order)
    dates = values.dt.strftime("%Y-%m-%d").fillna("").astype("str")
    assert dates.where(reasons.eq(""), reasons).tolist() == days
    moments, same = cells.read_datetimes(column(*texts), order=order, timezone="UTC")
    assert same.tolist() == reasons.tolist()
    assert moments.dt.tz_localize(None).equals(values)


def test_local_time_has_reason_when_clocks_change():
    text = column("2024-11-03 01:30", "2024-03-10 02:30", "2024-11-03T01:30:00-04:00", "2024-07-01 00:00")
    values, reasons = cells.read_datetimes(text, order=None, timezone="America/New_York")
    assert reasons.tolist() == ["ambiguous_time", "nonexistent_time", "", ""]
    assert values.isna().tolist() == [True, True, False, False]
    assert values.iloc[2:].dt.hour.tolist() == [5, 4]


def test_date_of_instant_needs_a_zone():
    text = column("2014-07-15T15:00:00Z", "2014-07-15 23:59")
    values, reasons = cells.read_dates(text, order=None)
    assert reasons.tolist() == ["bad_date", ""]
    values, reasons = cells.read_dates(text, order=None, timezone="Asia/Tokyo")
    assert values.dt.strftime("%Y-%m-%d").tolist() == ["2014-07-16", "2014-07-15"]
    assert reasons.tolist() == ["", ""]


def test_unknown_zone_suggests_nearest_name():
    with pytest.raises(UsageError, match="Asia/Tokyo"):
        cells.read_datetimes(column("2024-01-07"), order=None, timezone="Asia/Tokio")
    with pytest.raises(ValueError, match="order"):
        cells.read_dates(column("2024-01-07"), order="ydm")


def test_readers_keep_index_and_types():
    for text in (pd.Series([], dtype="str"), pd.Series(["", ""], index=[3, 3], dtype="str")):
        results = [
            (cells.read_datetimes(text, order=None, timezone="UTC"), "datetime64[us, UTC]"),
            (cells.read_dates(text, order=None), "datetime64[us]"),
            (cells.read_numbers(text), "float64"),
            (cells.read_flags(text, yes=["y"], no=["n"]), "boolean"),
            (cells.read_labels(text, {}), "str"),
            (cells.read_levels(text, {}, low=1, high=5), "Int64"),
            (cells.read_ids(text), "str"),
        ]
        for (values, reasons), dtype in results:
            assert str(values.dtype) == dtype
            assert values.index.equals(text.index)
            assert values.isna().all()
            assert reasons.tolist() == [""] * len(text)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("3", 3.0), ("3.5", 3.5), ("-2", -2.0), ("−2", -2.0), ("１，２３４", 1234.0),
        ("1,234,567.5", 1234567.5), ("1e3", 1000.0), (".5", 0.5), (" 7 ", 7.0), ("0", 0.0),
    ],
)  # fmt: skip
def test_number_is_read(text, number):
    values, reasons = cells.read_numbers(column(text))
    assert (values.iloc[0], reasons.iloc[0]) == (number, "")


@pytest.mark.parametrize(
    "text", ["inf", "-inf", "nan", "1e999", "9" * 400, "1,23", "1,2345", "3 h", "0x10", "1_000", "."]
)
def test_non_finite_or_non_numeric_is_bad_number(text):
    values, reasons = cells.read_numbers(column(text))
    assert values.isna().all()
    assert reasons.tolist() == ["bad_number"]


# --- numbers as people type them ----------------------------------------------------------------------


def read_amount(text: str, unit: cells.Unit | None = None) -> tuple[float | None, str, bool]:
    """Return value (None: missing), reason and whether it was a range."""
    values, reasons, ranges = cells.read_amounts(column(text), unit=unit)
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
    assert read_amount(text, "hours") == (hours, "", False)


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("2〜3", 2.5), ("2～3時間", 2.5), ("2-3", 2.5), ("2–3 h", 2.5), ("２−３", 2.5), ("0〜1", 0.5),
        ("2時間〜3時間", 2.5), ("2から3", 2.5), ("2 to 3 hours", 2.5), ("約2〜3時間", 2.5),
        ("30〜60分", 0.75), ("30分〜1時間", 0.75),
    ],
)  # fmt: skip
def test_range_becomes_midpoint_and_is_marked(text: str, hours: float) -> None:
    assert read_amount(text, "hours") == (hours, "", True)


@pytest.mark.parametrize(
    "text",
    [
        "たくさん", "2〜", "〜3", "3〜2", "1時間〜30分", "1〜2〜3", "1h30m", "2h/週", "25%", "2日", "約", "h",
        "約-3", "2回", "2月3日", "?", "9" * 400 + "時間", "1,5", "2 3", "約なし",
    ],
)  # fmt: skip
def test_other_text_is_bad_number(text: str) -> None:
    assert read_amount(text, "hours") == (None, "bad_number", False)


@pytest.mark.parametrize("unit", [None, "hours", "minutes"])
@pytest.mark.parametrize("text", ["", "  ", "\u3000"])
def test_empty_cell_is_missing_not_zero(text: str, unit: cells.Unit | None) -> None:
    assert read_amount(text, unit) == (None, "", False)


@pytest.mark.parametrize(
    ("unit", "typed"),
    [
        ("hours", [2.0, 0.5, 2.0, 2.5, 0.0]),
        ("minutes", [120.0, 30.0, 2.0, 2.5, 0.0]),
        (None, [None, None, 2.0, 2.5, 0.0]),
    ],
)
def test_unit_counts_only_if_time_is_asked(unit: cells.Unit | None, typed: list[float | None]) -> None:
    values = cells.read_amounts(column("2時間", "30分", "約2", "2〜3", "なし"), unit=unit).values.astype(
        object
    )
    assert values.where(values.notna(), None).tolist() == typed


def test_amounts_keep_index_and_types() -> None:
    text = pd.Series(["2〜3", "x", "2〜3", "1"], index=[7, 7, 8, 8], dtype="str")
    for part in (text, text.iloc[:0]):
        values, reasons, ranges = cells.read_amounts(part)
        assert (str(values.dtype), str(ranges.dtype)) == ("float64", "bool")
        assert values.index.equals(part.index)
        assert reasons.index.equals(part.index)
    values, reasons, ranges = cells.read_amounts(text)
    assert values.tolist()[::2] == [2.5, 2.5]
    assert (reasons.tolist(), ranges.tolist()) == (["", "bad_number", "", ""], [True, False, True, False])


@MANY
@given(texts=st.lists(st.text(max_size=8) | st.from_regex(r"\A[0-9.,〜~ hなし約分-]{1,9}\Z"), max_size=5))
def test_every_amount_has_value_or_reason(texts: list[str]) -> None:
    text = column(*texts)
    before, wrong = cells.read_numbers(text)
    plain, empty = wrong.ne("bad_number"), cells.fold_all(text).eq("")
    for unit in (None, "hours", "minutes"):
        values, reasons, ranges = cells.read_amounts(text, unit=unit)  # type: ignore[arg-type]
        pd.testing.assert_series_equal(values[plain], before[plain])
        assert not ranges[plain].any()
        assert (values.notna() ^ reasons.ne("") | empty).all()
        assert not (ranges & values.isna()).any()


@MANY
@given(
    low=st.integers(0, 500),
    more=st.integers(1, 500),
    between=st.sampled_from(["〜", "-", "~ ", " – ", "から"]),
    unit=st.sampled_from([("", 1.0), ("h", 1.0), ("分", 1 / 60)]),
)
def test_midpoint_is_halfway_for_any_separator(
    low: int, more: int, between: str, unit: tuple[str, float]
) -> None:
    word, factor = unit
    value, reason, ranged = read_amount(f"{low}{between}{low + more}{word}", "hours")
    assert (reason, ranged) == ("", True)
    assert value == pytest.approx((low + more / 2) * factor)


# --- words, levels, ids ---------------------------------------------------------------------------------


def test_flag_is_a_declared_word():
    values, reasons = cells.read_flags(column("Yes", "はい", "ＮＯ", "", "1"), yes=["yes", "はい"], no=["no"])
    assert values.astype("object").where(values.notna(), None).tolist() == [True, True, False, None, None]
    assert reasons.tolist() == ["", "", "", "", "unmapped_label"]


def test_label_is_a_declared_word():
    labels = {"done": ["Done", "完了"], "open": ["To do"]}
    values, reasons = cells.read_labels(column("ＤＯＮＥ", " 完了 ", "to  do", "", "done?"), labels)
    assert values.fillna("-").tolist() == ["done", "done", "open", "-", "-"]
    assert reasons.tolist() == ["", "", "", "", "unmapped_label"]
    with pytest.raises(ValueError, match="stands for"):
        cells.read_labels(column("x"), {"a": ["X"], "b": ["x"]})


@pytest.mark.parametrize(
    ("text", "level", "reason"),
    [
        ("3", 3, ""), ("３", 3, ""), ("③", 3, ""), ("4.0", 4, ""), ("3 定型なら一人でできる", 3, ""),
        ("5 (very good)", 5, ""), ("+1 どちらかというと得意", 1, ""), ("3: 一人でできる", 3, ""),
        ("一人でできる", 4, ""), ("1人でできる", 2, ""), ("該当なし", None, ""), ("", None, ""),
        ("4.5", None, "out_of_scale"), ("99", None, "out_of_scale"), ("inf", None, "out_of_scale"),
        ("0", None, "out_of_scale"), ("-1", None, "out_of_scale"), ("99 - don't know", None, "out_of_scale"),
        ("9" * 5_000, None, "out_of_scale"),
        ("nan", None, "unmapped_label"), ("n/a", None, "unmapped_label"), ("good", None, "unmapped_label"),
        ("3-5", None, "unmapped_label"), ("2 or 3", None, "unmapped_label"),
        ("7 / 10", None, "unmapped_label"), ("3〜4回", None, "unmapped_label"),
        ("3.5 くらい", None, "unmapped_label"),
    ],
)  # fmt: skip
def test_level_is_a_label_or_whole_number(text, level, reason):
    labels = {"4": ["一人でできる"], "2": ["１人でできる"], "not_applicable": ["該当なし"]}
    values, reasons = cells.read_levels(column(text), labels, low=1, high=5)
    assert (None if pd.isna(values.iloc[0]) else values.iloc[0]) == level
    assert reasons.iloc[0] == reason


def test_scale_can_include_zero_and_negative_levels():
    values, reasons = cells.read_levels(column("−2 苦手", "0", "+2"), {}, low=-2, high=2)
    assert values.tolist() == [-2, 0, 2]
    assert reasons.tolist() == ["", "", ""]


def test_id_stays_text_and_damage_is_rejected():
    text = column("007", " INC-1 ", "1e10", "NA", "", "1.2E+19", "1,2E+19", "7e+10", "#N/A")
    values, reasons = cells.read_ids(text)
    assert values.fillna("-").tolist() == ["007", "INC-1", "1e10", "NA", "-", "-", "-", "-", "-"]
    assert reasons.tolist() == [""] * 5 + ["damaged_id"] * 4


MOMENTS = st.datetimes(min_value=pd.Timestamp("1900-01-02"), max_value=pd.Timestamp("2199-12-30"))


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(
    moment=MOMENTS, form=st.sampled_from(["%Y-%m-%d %H:%M:%S", "%Y/%m/%dT%H:%M:%S+0000", "%d.%m.%Y %H:%M:%S"])
)
def test_written_moment_reads_back(moment, form):
    text = moment.strftime(form)
    order = "dmy" if form.startswith("%d") else None
    assert read_one(text, order=order, timezone="UTC") == (moment.replace(microsecond=0).isoformat(), "")


@MANY
@given(texts=st.lists(st.text(max_size=12) | st.from_regex(re.compile(r"\A[0-9/: -]{1,16}\Z")), max_size=5))
def test_every_cell_has_value_reason_or_is_empty(texts):
    text = pd.Series(texts, dtype="str")
    empty = cells.fold_all(text).eq("") | text.str.contains("^[0０]{3}[1１]", regex=True)
    for values, reasons in (
        cells.read_datetimes(text, order=None, timezone="America/New_York"),
        cells.read_dates(text, order="dmy"),
        cells.read_numbers(text),
        cells.read_levels(text, {}, low=1, high=5),
        cells.read_ids(text),
    ):
        assert (values.notna() ^ reasons.ne("") | empty).all()


@pytest.mark.parametrize(
    "piece", ["1", "1/", "a.", " ", "(", "午後", "1,111", "+", "約", "〜", "1〜", "1.", "時間"]
)
def test_long_cell_is_read_in_linear_time(piece):
    text = column("2024-01-07 " + piece * 100_000, piece * 100_000 + "x", "3 " + piece * 100_000)
    begin = time.perf_counter()
    cells.read_datetimes(text, order=None, timezone="UTC")
    cells.read_amounts(pd.concat([text, column("3〜" + piece * 100_000)]), unit="hours")
    cells.read_levels(text, {}, low=1, high=5)
    cells.read_ids(text)
    assert time.perf_counter() - begin < 5
