"""JSON to one value of dicts, lists and text: what is read, what is rejected and where."""

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rotation_analysis.errors import FileError, Problem
from rotation_analysis.files import documents
from rotation_analysis.files.documents import Document, read_document

EXPORTS = Path(__file__).parents[3] / "shared" / "exports" / "files"
MANY = settings(
    max_examples=200,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
Read = Callable[..., Document]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def read_raw(raw: bytes | str, *, name: str = "a.json", encoding: str | None = None) -> Document:
        path = tmp_path / name
        path.write_bytes(raw.encode() if isinstance(raw, str) else raw)
        return read_document(path, name=name, encoding=encoding)

    return read_raw


@pytest.fixture
def refuse(read: Read) -> Callable[..., Problem]:
    def refuse_raw(raw: bytes | str, *, name: str = "a.json", **options: str) -> Problem:
        with pytest.raises(FileError) as caught:
            read(raw, name=name, **options)
        problem = caught.value.problem
        assert problem.file == name
        assert problem.expected
        assert problem.next_step
        return problem

    return refuse_raw


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("12345678901234567890", "12345678901234567890"),
        ("1.50", "1.50"),
        ("-0", "-0"),
        ("1e999", "1e999"),
        ("9" * 300, "9" * 300),
        ("true", "true"),
        ("false", "false"),
        ("null", None),
        ('"null"', "null"),
        ('"\\u3042\\ud83d\\ude00"', "あ😀"),
        ("[]", []),
        ("{}", {}),
        ('{"a": [true, [false, [null, 1]]]}', {"a": ["true", ["false", [None, "1"]]]}),
        ('[{"a": false}, true]', [{"a": "false"}, "true"]),
        (' \r\n{"a"\t:1}\n\n', {"a": "1"}),
        ('"\u2028"', "\u2028"),
        ('{"b": 1, "a": 2}', {"b": "1", "a": "2"}),
    ],
)
def test_value_is_text_as_written(read: Read, written: str, value: object) -> None:
    assert read(written).value == value


def test_document_names_its_file_and_bytes(read: Read) -> None:
    found = read(b'{"a": 1}')
    assert (found.file, found.encoding, found.warnings) == ("a.json", "utf-8", {})
    assert found.sha256 == hashlib.sha256(b'{"a": 1}').hexdigest()


@pytest.mark.parametrize(
    ("encoding", "declared", "expected"),
    [
        ("utf-8", None, "utf-8"),
        ("utf-8-sig", None, "utf-8-sig"),
        ("utf-16", None, "utf-16"),
        ("utf-16-le", "UTF-16LE", "utf-16-le"),
        ("cp932", "Shift_JIS", "cp932"),
    ],
)
def test_text_with_known_encoding_is_read(
    read: Read, encoding: str, declared: str | None, expected: str
) -> None:
    found = read('{"名前": "見本"}'.encode(encoding), encoding=declared)
    assert (found.value, found.encoding, found.warnings) == ({"名前": "見本"}, expected, {})


@pytest.mark.parametrize("encoding", ["cp932", "euc_jp", "utf-16-le", "utf-16-be"])
def test_text_of_unknown_encoding_is_rejected(refuse: Callable[..., Problem], encoding: str) -> None:
    assert refuse('{"name": "見本"}'.encode(encoding)).reason == "bad_encoding"


@pytest.mark.parametrize("name", ["a.jsonl", "a.ndjson", "a.JSONL", "a.json"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\n\n", "\r"])
def test_lines_of_objects_are_a_list(read: Read, name: str, line_end: str) -> None:
    lines = ['{"a": 1}', '{"a": "x\\ny\u2028"}', "{}"]
    assert read(line_end.join(lines), name=name).value == [{"a": "1"}, {"a": "x\ny\u2028"}, {}]
    assert read(line_end.join([*lines, ""]), name=name).value == [{"a": "1"}, {"a": "x\ny\u2028"}, {}]


def test_single_line_is_a_list_only_by_suffix(read: Read) -> None:
    assert read('{"a": 1}\n', name="a.json").value == {"a": "1"}
    assert read('{"a": 1}\n', name="a.jsonl").value == [{"a": "1"}]
    assert read('[{"a": {}},\n{"a": {}}]').value == [{"a": {}}, {"a": {}}]


@pytest.mark.parametrize(
    ("raw", "row", "column", "expected"),
    [
        ('{"a": 1, "a": 2}', 1, 10, "each key once"),
        ('[{"a": {"a": 1}},\n {"b": "}", "c": {"d": 1, "d":\n1}}]', 2, 27, "each key once"),
        ('{"あ": 1, "\\u3042": 2}', 1, 10, "each key once"),
        ('{"a": {"b": 1}, "b": 2, "x": "b",\n"b" : 2}', 2, 1, "each key once"),
        ('["NaN",\nNaN]', 2, 1, "finite numbers"),
        ('{"a": -Infinity}', 1, 7, "finite numbers"),
        ('{"a": 1', 1, 8, "text ends here"),
        ('{"a": [1,\n', 2, 1, "text ends here"),
        ('{"a": "x', 1, 7, "closing quote"),
        ('{"a": 1} x', 1, 10, "nothing after"),
        ("[1, 2]\n[3]", 2, 1, "nothing after"),
        ('{"a": "x\0y"}', 1, 9, "without NUL"),
        ('{"a": "x\\u0000y"}', 1, 9, "without NUL"),
        ('{"a": "x\ny"}', 1, 9, "control characters"),
        ("{'a': 1}", 1, 2, "double quotes"),
        ('{"a" 1}', 1, 6, "a colon"),
        ("[1 2]", 1, 4, "a comma"),
        ('["\\x41"]', 1, 3, "an escape"),
        ("[01]", 1, 3, "a comma"),
        ("a,b\n1,2\n", 1, 1, "a JSON value"),
        ('{"a": 1}\n\n{"a": 2\n', 3, 8, "text ends here"),
        ('{"a": 1}\r\n{"a": 2}\r\n{"a": 3, "a": 3}', 3, 10, "each key once"),
    ],
)
def test_invalid_json_is_rejected_with_position(
    refuse: Callable[..., Problem], raw: str, row: int, column: int, expected: str
) -> None:
    problem = refuse(raw)
    assert (problem.reason, problem.row, problem.column) == ("not_a_table", row, f"character {column}")
    assert expected in str(problem.expected)
    assert problem.value is None or len(problem.value) <= 80
    assert "\0" not in str(problem)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "empty_file"),
        (b" \r\n", "empty_file"),
        (b"\xef\xbb\xbf \n", "empty_file"),
        (b"<!DOCTYPE html><title>Sign in</title>", "not_a_table"),
        (b'\xef\xbb\xbf\n<html lang="ja">', "not_a_table"),
        (b"PK\x03\x04rest", "not_a_table"),
        (b"\x1f\x8brest", "not_a_table"),
        (b'{"a": "\xe6\x9c"}', "bad_encoding"),
        (b'{"a": "\xed\xa0\xbd"}', "bad_encoding"),
    ],
)
def test_non_json_file_is_rejected(refuse: Callable[..., Problem], raw: bytes, reason: str) -> None:
    assert refuse(raw).reason == reason
    assert refuse(raw, name="a.jsonl").reason == reason


def test_path_that_is_not_a_file_is_rejected(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.json")
    for path in (tmp_path, tmp_path / "pipe.json", tmp_path / "absent.json", Path("a\0.json")):
        with pytest.raises(FileError, match="not_a_file"):
            read_document(path, name="x")


def test_depth_is_limited_outside_text(read: Read, refuse: Callable[..., Problem]) -> None:
    deep = documents.MAX_DEPTH
    assert read("[" * deep + "]" * deep).value
    assert refuse("[" * (deep + 1) + "]" * (deep + 1)).reason == "too_large"
    assert refuse('[{"a":' * (deep // 2) + '{"a":1}' + "}]" * (deep // 2)).reason == "too_large"
    assert read('["' + "[{" * 10 * deep + '\\"' + "[{" * 10 * deep + '"]').value
    assert read("[" + ",".join(["[[]]"] * 10 * deep) + "]").value


@pytest.mark.parametrize(
    ("bound", "limit"), [("MAX_BYTES", 15), ("MAX_VALUES", 2), ("MAX_KEYS", 1), ("MAX_DEPTH", 1)]
)
def test_file_over_a_limit_is_rejected(
    read: Read, refuse: Callable[..., Problem], monkeypatch: pytest.MonkeyPatch, bound: str, limit: int
) -> None:
    raw = '[{"a": 1, "b": 2}]'
    assert read(raw).value == [{"a": "1", "b": "2"}]
    monkeypatch.setattr(documents, bound, limit)
    assert refuse(raw).reason == "too_large"


def test_lines_are_limited_like_values(
    refuse: Callable[..., Problem], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(documents, "MAX_VALUES", 2)
    assert refuse("1\n1\n1\n", name="a.jsonl").reason == "too_large"


def test_commas_and_brackets_in_text_are_not_counted(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "MAX_VALUES", 1)
    assert read(r'["a,b,[{\",\\"]').value == [r"a,b,[{" + '",\\']


@pytest.mark.parametrize(
    ("raw", "value", "number"),
    [
        ('["\\ufffd", "x", "\ufffd"]', ["\ufffd", "x", "\ufffd"], 2),
        ('["ã\\u0081\\u0082"]', ["ã\x81\x82"], 1),
        ('["\\u00e3\\u0081\\u0082"]', ["ã\x81\x82"], 1),
        ('[{"a": ["繧"]}, "café"]', [{"a": ["繧"]}, "café"], 0),
        ('["\\ud83d", "\\ud83d\\ude00", "\\ude00x"]', ["\ufffd", "😀", "\ufffdx"], 2),
        ('["\\\\ud83d"]', ["\\ud83d"], 0),
        ('["\\ud83d\\ud83d\\ude00"]', ["\ufffd😀"], 1),
    ],
)
def test_mojibake_is_counted_and_unchanged(read: Read, raw: str, value: object, number: int) -> None:
    found = read(raw)
    assert found.value == value
    assert found.warnings == ({"mojibake": number} if number else {})
    json.dumps(found.value, ensure_ascii=False).encode()


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


def as_text(value: object) -> object:
    """Return the expected reading of a value written by `json.dumps`."""
    if isinstance(value, dict):
        return {key: as_text(item) for key, item in value.items()}
    if isinstance(value, list):
        return [as_text(item) for item in value]
    return value if value is None or isinstance(value, str) else json.dumps(value)


@MANY
@given(
    value=VALUES,
    escaped=st.booleans(),
    indent=st.sampled_from([None, 1]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_written_value_reads_back(
    read: Read, value: object, escaped: bool, indent: int | None, encoding: str
) -> None:
    text = json.dumps(value, ensure_ascii=escaped, indent=indent)
    if "\\u0000" in text.replace("\\\\", ""):
        with pytest.raises(FileError, match="without NUL"):
            read(text.encode(encoding))
    else:
        assert read(text.encode(encoding)).value == as_text(value)


@MANY
@given(value=VALUES, data=st.data())
def test_damaged_file_reads_like_json_or_is_rejected(read: Read, value: object, data: st.DataObject) -> None:
    raw = json.dumps({"a": value, "b": [value]}, ensure_ascii=False).encode()
    at = data.draw(st.integers(0, len(raw)))
    new = data.draw(st.sampled_from([b"", b'"', b",", b"{", b"]", b"\\", b"\0", b"\n", b"\xff", b"1"]))
    damaged = raw[:at] + new + raw[at + data.draw(st.integers(0, 2)) :]
    try:
        found = read(damaged)
    except FileError:
        return
    again = json.loads(damaged, parse_int=str, parse_float=str)
    assert as_text(again) == found.value or "\\ud" in damaged.decode()


REAL = sorted([*EXPORTS.rglob("*.json"), *EXPORTS.rglob("*.jsonl")]) if EXPORTS.is_dir() else []


@pytest.mark.skipif(not REAL, reason="the real exports (../shared/exports/files) are absent")
def test_real_documents_are_read_completely() -> None:
    for path in REAL:
        found = read_document(path, name=path.name)
        text = path.read_text(encoding="utf-8-sig")
        written = (
            [json.loads(line, parse_float=str, parse_int=str) for line in text.splitlines() if line.strip()]
            if path.suffix == ".jsonl"
            else json.loads(text, parse_float=str, parse_int=str)
        )
        assert (path.name, found.value) == (path.name, as_text(written))
        assert (path.name, found.warnings) == (path.name, {})
