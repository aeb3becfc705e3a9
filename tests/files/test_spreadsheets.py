"""Written CSV: no cell is computed, and every cell is read back unchanged."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rotation_analysis.files.spreadsheets import escape_formula, write_rows

SIGNS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "﹦", "﹣")
PIECES = (*SIGNS, *" \u3000\u00a0\u200b\u202e\t\r\n\";,\0'", "a", "あ", "1", "cmd|' /C calc'!A0")
TYPED = st.lists(st.sampled_from(PIECES), max_size=10).map("".join) | st.text(max_size=20)
NUMBERS = st.integers(-(10**9), 10**9) | st.floats(allow_nan=False, allow_infinity=False)


def read_back(text: str) -> list[list[str]]:
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True))


def begins_to_compute(cell: str) -> bool:
    bare = cell.strip(' \u3000\u00a0\u200b\u202e\t\r\n"\0')
    return bare[:1] in SIGNS


@given(st.lists(st.tuples(TYPED, NUMBERS, st.none()), min_size=1, max_size=4))
@example([("=HYPERLINK(1)", -1, None)])
@example([('" =1"', 1.5, None)])
def test_text_cells_are_never_computed(
    rows: list[tuple[str, float, None]],
) -> None:
    [head, *body] = read_back(write_rows(["=a", "b", "c"], rows))
    assert head == ["'=a", "b", "c"]
    assert len(body) == len(rows)
    for (typed, number, _), (text, printed, empty) in zip(rows, body, strict=True):
        assert not begins_to_compute(text)
        assert all(not begins_to_compute(piece) for piece in text.replace("\t", ";").split(";"))
        plain = typed.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
        assert text.replace("'", "") == plain.replace("'", "")
        assert float(printed) == number
        assert empty == ""


@given(st.lists(st.lists(TYPED, min_size=2, max_size=2), max_size=4))
def test_line_ends_are_crlf_and_output_deterministic(rows: list[list[str]]) -> None:
    text = write_rows(["a", "b"], rows)
    assert text == write_rows(["a", "b"], rows)
    assert text.endswith("\r\n")
    assert text.encode("utf-8").startswith(b"\xef\xbb\xbf")


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("障害の記録", "障害の記録"),
        ("a=1+1", "a=1+1"),
        ("=1+1", "'=1+1"),
        ("－5", "'－5"),
        ("\u3000 ＠sum", "'\u3000 ＠sum"),
        ("\t=1", "'\t'=1"),
        ("\u200b=1", "'\u200b=1"),
        ("a;=1", "a;'=1"),
        ("'=1", "'=1"),
        ("", ""),
        ("–", "–"),
    ],
)
def test_only_formulas_get_an_apostrophe(text: str, written: str) -> None:
    assert escape_formula(text) == written


def test_lone_surrogate_and_carriage_return_are_replaced() -> None:
    assert read_back(write_rows(["a"], [["x\ud800\r=y"]]))[1] == ["x?\n=y"]


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_non_finite_number_is_rejected(number: float) -> None:
    with pytest.raises(ValueError, match="no number for a spreadsheet"):
        write_rows(["a"], [[number]])


def test_row_of_wrong_width_is_rejected() -> None:
    with pytest.raises(ValueError, match="1 cells in a table of 2"):
        write_rows(["a", "b"], [["1"]])
