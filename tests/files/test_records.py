"""Bytes to records: the cases of `trust/TRUST.md` 4 about files, and properties over many texts."""

import csv
import hashlib
import io
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from rotation_analysis.errors import FileError
from rotation_analysis.files import records
from rotation_analysis.files.records import Records, read_records

EXPORTS = Path(__file__).parents[3] / "shared" / "exports" / "files"
MANY = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.fixture
def read(tmp_path):
    def read_bytes(raw: bytes, **options) -> Records:
        path = tmp_path / "a.csv"
        path.write_bytes(raw)
        return read_records(path, name="a.csv", **options)

    return read_bytes


@pytest.fixture
def refuse(read):
    def refuse_bytes(raw: bytes, **options):
        with pytest.raises(FileError) as caught:
            read(raw, **options)
        problem = caught.value.problem
        assert problem.file == "a.csv"
        assert problem.expected
        assert problem.next_step
        return problem

    return refuse_bytes


def cells_of(found: Records) -> list[list[str]]:
    return found.cells.to_numpy().tolist()


JAPANESE = "名前,答え\n佐藤〜,できる\n"


@pytest.mark.parametrize(
    ("raw", "encoding", "warnings"),
    [
        (JAPANESE.encode(), "utf-8", {}),
        (JAPANESE.encode("utf-8-sig"), "utf-8-sig", {}),
        (JAPANESE.encode("utf-16"), "utf-16", {}),
        (b"\xfe\xff" + JAPANESE.encode("utf-16-be"), "utf-16", {}),
        (JAPANESE.replace("〜", "～").encode("cp932"), "cp932", {"encoding_guessed": 1}),
    ],
)
def test_text_with_visible_encoding_is_read(read, raw, encoding, warnings):
    found = read(raw)
    assert found.header == ("名前", "答え")
    assert found.cells.iloc[0, 0] in ("佐藤〜", "佐藤～")
    assert (found.encoding, found.warnings) == (encoding, warnings)
    assert found.sha256 == hashlib.sha256(raw).hexdigest()


@pytest.mark.parametrize(
    ("encoding", "declared", "expected"),
    [
        ("cp932", "Shift_JIS", "cp932"),
        ("euc_jp", "EUC-JP", "euc_jp"),
        ("iso2022_jp", "iso-2022-jp", "iso2022_jp"),
        ("utf-16-le", "UTF-16LE", "utf-16-le"),
    ],
)
def test_text_with_declared_encoding_is_read(read, encoding, declared, expected):
    found = read("名,b\n日本,2\n".encode(encoding), encoding=declared)
    assert found.encoding == expected
    assert cells_of(found) == [["日本", "2"]]
    assert found.warnings == {}


@pytest.mark.parametrize("encoding", ["euc_jp", "iso2022_jp", "utf-16-le", "utf-16-be"])
def test_text_of_unknown_encoding_is_rejected(refuse, encoding):
    assert refuse("名前,b\n日本,2\n".encode(encoding)).reason == "bad_encoding"


def test_guessed_cp932_gives_warning(read):
    assert read("b,c\nあいう,2\n".encode("euc_jp")).warnings == {"encoding_guessed": 1}


def test_unknown_encoding_name_is_rejected(refuse):
    problem = refuse(b"a,b\n1,2\n", encoding="cp923")
    assert (problem.reason, problem.next_step) == ("bad_encoding", 'did you mean "cp932"?')


@pytest.mark.parametrize(
    ("raw", "row"),
    [
        ("名前,b\n日本,2\n".encode() + "名前,b\n".encode("cp932"), 3),
        ("名前,b\n日本,2\n".encode("cp932") + "名前,b\n".encode(), 1),
        ("a,b\n日,本".encode()[:-1], 2),
        (b"a,b\n1,2\n3,\xe6\x9c", 3),
        (b"a,b\n1,\xff\n", 2),
        (b"caf\xe9,b\n1,2\n", 1),
    ],
)
def test_mixed_encodings_are_rejected_with_line(refuse, raw, row):
    problem = refuse(raw)
    assert (problem.reason, problem.row) == ("bad_encoding", row)
    assert f"of line {row}" in problem.expected


def test_undecodable_file_suggests_fitting_encodings(refuse):
    for encoding in ("cp1252", "mac-roman"):
        next_step = refuse("a,né\n1,2\n".encode(encoding)).next_step
        assert f'encoding = "{encoding}" reads "a,né"' in next_step
    assert 'encoding = "euc_jp" reads "名前,件名"' in refuse("名前,件名\n1,2\n".encode("euc_jp")).next_step
    assert (
        "reads" not in refuse("名前,件名\n".encode() + "落,1\n".encode("cp932")).next_step
    )  # no encoding reads both


@pytest.mark.parametrize(
    ("encoding", "broken"), [("cp932", b"\xff"), ("cp932", b"\x81"), ("utf-8", b"\xe3\x81")]
)
def test_single_broken_line_is_reported(refuse, encoding, broken):
    sound = "名前,件名\n一,おそい\n二,はやい\n".encode(encoding)
    problem = refuse(sound + "三,".encode(encoding) + broken + b"\n" + "四,x\n".encode(encoding))
    assert (problem.row, problem.value[:2]) == (4, broken[:1].hex().upper())
    assert problem.next_step == f"line 4 alone is not {encoding}: correct it, or save the file as UTF-8"


@pytest.mark.parametrize(
    ("raw", "rows"),
    [
        (b"a,b\n1,2\n3,4\n", [2, 3]),
        (b"a,b\n1,2\n3,4", [2, 3]),
        (b"a,b\r\n1,2\r\n3,4\r\n", [2, 3]),
        (b"a,b\r1,2\r3,4\r", [2, 3]),
        (b"a,b\r\r\n1,2\r\r\n3,4\r\r\n", [3, 5]),
        (b"\na,b\n1,2\n\n3,4\n\n\n", [3, 5]),
        (b'sep=;\r\n"a";"b"\r\n1;2\r\n3;4\r\n', [3, 4]),
        (b"a;b\n1;2\n3;4\n", [2, 3]),
        (b"a\tb\n1\t2\n3\t4\n", [2, 3]),
    ],
)
def test_records_have_line_numbers_in_every_dialect(read, raw, rows):
    found = read(raw)
    assert found.header == ("a", "b")
    assert cells_of(found) == [["1", "2"], ["3", "4"]]
    assert found.rows.tolist() == rows
    assert found.rows.dtype == "int64"
    assert found.refused.empty


def test_multiline_record_has_its_first_line(read):
    found = read(b'a,b\n"x\ny",1\n"p\r\nq",2\nz,3\n')
    assert found.rows.tolist() == [2, 4, 6]
    assert found.cells[0].tolist() == ["x\ny", "p\r\nq", "z"]


def test_balanced_quotes_inside_a_cell_are_text(read):
    assert cells_of(read(b'a,b\nsay "x" now,2\n"5"" disk",3\n')) == [['say "x" now', "2"], ['5" disk', "3"]]


def test_stray_tab_does_not_change_semicolon_separator(read):
    found = read(b"\ta;b;c\n1;2;3\n")
    assert (found.header, cells_of(found)) == (("\ta", "b", "c"), [["1", "2", "3"]])


def test_ambiguous_separator_is_a_comma(read):
    assert read(b"a;b,c\n1,2\n").header == ("a;b", "c")
    assert read(b'"a;b"\n1\n').header == ("a;b",)


def test_header_has_repeated_and_empty_names(read):
    found = read(b"a,a,\n1,2,3\n")
    assert found.header == ("a", "a", "")
    assert list(found.cells.columns) == [0, 1, 2]


def test_lines_above_header_are_not_records(read):
    found = read(b"A report\n\nof,many,things\na,b\n1,2\n", header_row=3)
    assert (found.header, cells_of(found), found.rows.tolist()) == (("a", "b"), [["1", "2"]], [5])


def test_text_like_other_types_stays_text(read):
    written = ["NA", "None", "Null", "", "007", "1.2E+19", "-", "inf", " x ", "=1"]
    found = read(("a,b\n" + "".join(f"{cell},1\n" for cell in written)).encode())
    assert found.cells[0].tolist() == written
    assert found.cells.dtypes.astype(str).unique().tolist() == ["str"]


def test_record_with_wrong_field_count_is_rejected(read):
    found = read(b"a,b\n1,2,3\n4,5\n6\n")
    assert (cells_of(found), found.rows.tolist()) == ([["4", "5"]], [3])
    assert found.refused.to_dict("records") == [
        {"row": 2, "reason": "field_count", "value": "1,2,3", "expected": "2 fields; there are 3"},
        {"row": 4, "reason": "field_count", "value": "6", "expected": "2 fields; there are 1"},
    ]


def test_every_record_with_extra_field_is_rejected(read):
    found = read(b"a,b\n1,2,\n3,4,\n")
    assert found.cells.shape == (0, 2)
    assert found.refused["row"].tolist() == [2, 3]


def test_record_with_nul_is_rejected(read):
    found = read(b"a,b\n1,\0\n3,4\n")
    assert cells_of(found) == [["3", "4"]]
    assert found.refused[["row", "reason", "value"]].to_numpy().tolist() == [[2, "bad_encoding", "1,␀"]]


@pytest.mark.parametrize(
    ("raw", "row", "column", "expected"),
    [
        (b'a,b\n1,"2\n3,4\n', 2, "b", "opened on line 2"),
        (b'a,b\n1,"2"x\n3,4\n', 2, "b", "closes on line 2"),
        (b'a,b\n1,2\n"1\n","2"x\n3,4\n', 3, "b", "closes on line 4"),
        (b'a,b\n1,2\n"p\nq,2\n"r",2\n', 3, "a", "closes on line 5"),
        (b'a,"b\n1,2\n', 1, None, "opened on line 1"),
        (b'sep=;\na;b\n1;"2\n', 3, "b", "opened on line 3"),
        (b'a,b\n1,2\n,\n1","2"\n', 4, "a", "quotes in pairs"),
    ],
)
def test_unbalanced_quote_is_rejected_with_position(refuse, raw, row, column, expected):
    problem = refuse(raw)
    assert (problem.reason, problem.row, problem.column) == ("bad_quote", row, column)
    assert expected in problem.expected


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "empty_file"),
        (b" \r\n\n", "empty_file"),
        (b"\xef\xbb\xbf", "empty_file"),
        (b"a,b\n", "empty_file"),
        (b"a,b\n\n\n", "empty_file"),
        (b" , \n1,2\n", "not_a_table"),
        (b"<!DOCTYPE html><title>Sign in</title>", "not_a_table"),
        (b'\xef\xbb\xbf\n<html lang="ja">', "not_a_table"),
        (b'[{"id": 1}]', "not_a_table"),
        (b"PK\x03\x04rest", "not_a_table"),
        (b"\xd0\xcf\x11\xe0rest", "not_a_table"),
    ],
)
def test_non_table_is_rejected(refuse, raw, reason):
    assert refuse(raw).reason == reason


def test_path_that_is_not_a_file_is_rejected(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    for path in (tmp_path, tmp_path / "pipe.csv", tmp_path / "absent.csv", Path("a\0.csv")):
        with pytest.raises(FileError, match="not_a_file"):
            read_records(path, name="x")


def test_file_over_a_limit_is_rejected(refuse, monkeypatch):
    assert refuse(b"a,b\n1," + b"x" * 1_000_001 + b"\n").reason == "too_large"
    assert refuse(b"a,b\n1," + b'"x\n' + b"y\n" * 500_001 + b'"\n').reason == "bad_quote"
    assert refuse(b"," * 20_000 + b"a\n1\n").reason == "too_large"
    for bound, limit in (("MAX_BYTES", 7), ("MAX_LINES", 1), ("MAX_LINE_BYTES", 3), ("MAX_CELLS", 1)):
        with monkeypatch.context() as patch:
            patch.setattr(records, bound, limit)
            assert refuse(b"a,b\n1,2\n").reason == "too_large"


def test_csv_field_limit_is_restored(read):
    before = csv.field_size_limit()
    read(b"a,b\n1,2\n")
    assert csv.field_size_limit() == before


@pytest.mark.parametrize("number", [500, 1_000, 10_000, 20_000])
def test_known_record_limit_suggests_truncation(read, number):
    assert read(b"a,b\n" + b"1,2\n" * number).warnings == {"possible_truncation": number}
    assert read(b"a,b\n" + b"1,2\n" * (number - 1) + b"1\n").warnings == {"possible_truncation": number}
    assert read(b"a,b\n" + b"1,2\n" * (number + 1)).warnings == {}


@pytest.mark.parametrize(
    "cell",
    [
        "\ufffd",
        "日本".encode().decode("cp1252", "replace"),
        "あいう".encode().decode("cp1252", "replace"),
        "é".encode().decode("latin-1"),
        "“".encode().decode("cp1252", "replace"),
        "あいうえ".encode().decode("cp932", "replace"),
    ],
)
def test_mojibake_is_reported_by_row_and_unchanged(read, cell):
    found = read(f"a,b\n1,2\n{cell},2\n".encode())
    assert found.warnings == {"mojibake": 1}
    assert found.warned == {"mojibake": (3,)}
    assert found.cells.iloc[1, 0] == cell


def test_unselected_columns_are_still_checked(read):
    asked = []

    def select(header):
        asked.append(header)
        return [2, 0]

    found = read("a,b,c\n1,\ufffd,3\n4,5\n6,7,8\n".encode(), select=select)
    assert asked == [("a", "b", "c")]
    assert (list(found.cells.columns), cells_of(found)) == ([0, 2], [["1", "3"], ["6", "8"]])
    assert (found.warned, found.refused["row"].tolist()) == ({"mojibake": (2,)}, [3])
    assert read(b"a,b\n1,2\n", select=lambda header: []).cells.shape == (1, 0)


def test_cells_have_correct_positions_across_blocks(read):
    table = [[str(at), str(at % 7), str(at % 1_500)] for at in range(5_000)]
    found = read(("a,b,c\n" + "".join(",".join(record) + "\n" for record in table)).encode())
    assert cells_of(found) == table
    assert found.rows.tolist() == list(range(2, 5_002))


def test_row_of_blanks_is_not_a_record(read, refuse):
    found = read('a,b\n,\n1,2\n" ",\u3000\n,,,\n3,\n'.encode())
    assert (cells_of(found), found.rows.tolist(), len(found.refused)) == ([["1", "2"], ["3", ""]], [3, 6], 0)
    assert refuse(b"a,b\n,\n ,\n").reason == "empty_file"


def test_mojibake_is_not_reported_for_valid_text(read):
    assert read("a,b\ncafé “não” é\xa0» “café” Müller,日本\n".encode()).warnings == {}


ALPHABET = st.sampled_from(" ab1,;\"\n\t'=-\\.あ漢ソ表")
WIDTHS = st.integers(1, 4)
TABLES = WIDTHS.flatmap(
    # a row of blanks is not a record, and one damaged byte can blank a single letter
    lambda width: st.lists(
        st.lists(st.text(ALPHABET, max_size=6), min_size=width, max_size=width).filter(
            lambda row: len("".join(row).strip()) > 1
        ),
        min_size=1,
        max_size=6,
    )
)


def write(table: list[list[str]], *, separator=",", line_end="\n", quoting=csv.QUOTE_ALL) -> str:
    target = io.StringIO(newline="")
    writer = csv.writer(target, delimiter=separator, lineterminator=line_end, quoting=quoting)
    writer.writerows([[f"h{at}" for at in range(len(table[0]))], *table])
    return target.getvalue()


@MANY
@given(
    table=TABLES,
    separator=st.sampled_from(",;\t"),
    line_end=st.sampled_from(["\n", "\r\n", "\r", "\r\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL, csv.QUOTE_NONNUMERIC]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp932", "euc_jp", "utf-16-be"]),
)
@example([["a\n\nb"]], ",", "\r\r\n", csv.QUOTE_MINIMAL, "utf-8")
def test_written_table_reads_back(read, table, separator, line_end, quoting, encoding):
    if len(table[0]) == 1:
        separator = ","
    if line_end == "\r":
        # csv.writer of Python 3.11 quotes a line feed only if it is the line end.
        quoting = csv.QUOTE_ALL
    text = write(table, separator=separator, line_end=line_end, quoting=quoting)
    found = read(text.encode(encoding), encoding=encoding)
    assert found.header == tuple(f"h{at}" for at in range(len(table[0])))
    assert cells_of(found) == table
    assert found.refused.empty


def differences(found: Records, table: list[list[str]]) -> int:
    """Count the cells that differ, or return a large number if the shape does."""
    now = cells_of(found)
    if len(now) != len(table) or any(len(a) != len(b) for a, b in zip(now, table, strict=True)):
        return 1_000
    return sum(a != b for old, new in zip(table, now, strict=True) for a, b in zip(old, new, strict=True))


@settings(MANY, max_examples=400)
@given(table=TABLES.filter(lambda table: len(table[0]) > 1), data=st.data())
def test_damaged_byte_changes_one_cell_or_is_reported(read, table, data):
    raw = write(table).encode()
    at = data.draw(st.integers(0, len(raw) - 2))
    kind = data.draw(st.sampled_from(["delete", "insert", "swap"]))
    new = data.draw(st.sampled_from([b",", b'"', b"\n", b"\r", b"x", b"\0", b"\xff", b"\xe3"]))
    damaged = {
        "delete": raw[:at] + raw[at + 1 :],
        "insert": raw[:at] + new + raw[at:],
        "swap": raw[:at] + raw[at + 1 : at + 2] + raw[at : at + 1] + raw[at + 2 :],
    }[kind]
    try:
        found = read(damaged)
    except FileError:
        return
    if found.refused.empty and not found.warnings:
        touched = differences(found, table) + (found.header != tuple(f"h{i}" for i in range(len(table[0]))))
        # Two neighbouring cells share the quote between them; more cells never change silently.
        assert touched <= 2


REAL = sorted(EXPORTS.rglob("*.csv")) if EXPORTS.is_dir() else []


@pytest.mark.skipif(not REAL, reason="the real exports (../shared/exports/files) are absent")
def test_real_exports_are_read_completely():
    for path in REAL:
        found = read_records(path, name=path.name)
        with path.open(encoding="utf-8-sig", newline="") as lines:
            written = [record for record in csv.reader(lines, strict=True) if record]
        assert (path.name, list(found.header)) == (path.name, written[0])
        assert (path.name, cells_of(found)) == (path.name, written[1:])
        assert (path.name, found.refused.empty, found.warnings) == (path.name, True, {})
        assert len(found.rows) == len(found.cells)
