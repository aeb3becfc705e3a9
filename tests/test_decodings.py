"""Whatever a text or an array is wrapped in, and in whatever order, an audit reads it."""

from __future__ import annotations

import base64
import gzip
import hashlib
import html
import io
import json
import re
import struct
import zipfile
import zlib
from collections.abc import Callable
from itertools import product
from urllib.parse import quote

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rotation_analysis import decodings
from rotation_analysis.decodings import TooMuch, decode_all, find_arrays

NAME = "見本 ひかり"
NUMBERS = (4.0, 2.0, 5.0, 1.0, 3.0, 3.0)
Wrapping = Callable[[bytes], bytes]


def to_zip(data: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("docProps/core.xml", data)
    return packed.getvalue()


def to_png(kind: bytes, data: bytes) -> bytes:
    chunk = struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    end = struct.pack(">I", 0) + b"IEND" + struct.pack(">I", zlib.crc32(b"IEND"))
    return b"\x89PNG\r\n\x1a\n" + chunk + end


def of_text(escape: Callable[[str], str]) -> Wrapping:
    return lambda data: escape(data.decode("utf-8")).encode()


def in_entities(text: str) -> str:
    return "".join(f"&#{ord(letter)};" for letter in text)


def in_hexadecimal_entities(text: str) -> str:
    return "".join(f"&#x{ord(letter):x};" for letter in text)


TEXTS: dict[str, Wrapping] = {  # text in, text out: may be nested in one another
    "as it is": lambda data: data,
    "entities": of_text(in_entities),
    "hexadecimal entities": of_text(in_hexadecimal_entities),
    "percent": of_text(quote),
    "json": of_text(json.dumps),
    "base64": base64.b64encode,
    "base64 for addresses": base64.urlsafe_b64encode,
    "hex": lambda data: data.hex().encode(),
    "markdown": of_text(lambda text: re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", text)),
}
PACKED: dict[str, Wrapping] = {  # anything in, bytes out
    "gzip": lambda data: gzip.compress(data, mtime=0),
    "zlib": zlib.compress,
    "zip": to_zip,
    "png text": lambda data: to_png(b"tEXt", b"Author\0" + data),
    "png packed text": lambda data: to_png(b"zTXt", b"Author\0\0" + zlib.compress(data)),
    "png international text": lambda data: to_png(b"iTXt", b"Author\0\0\0\0\0" + data),
}
ENCODED: dict[str, Wrapping] = {
    "utf-8 with a mark": lambda data: data.decode().encode("utf-8-sig"),
    "utf-16": lambda data: data.decode().encode("utf-16"),
    "utf-16-le": lambda data: data.decode().encode("utf-16-le"),
    "utf-16-be": lambda data: data.decode().encode("utf-16-be"),
    "cp932": lambda data: data.decode().encode("cp932"),
}
ALL = {**TEXTS, **PACKED, **ENCODED}


def says(data: bytes, text: str = NAME) -> bool:
    return any(text in view.text for view in decode_all(data, name="x.html"))


@pytest.mark.parametrize("wrapping", ALL)
def test_text_is_read_in_every_wrapping(wrapping: str) -> None:
    assert says(ALL[wrapping](NAME.encode()))


@pytest.mark.parametrize(("inner", "outer"), list(product(ALL, TEXTS)))
def test_text_is_read_in_a_wrapping_within_text(inner: str, outer: str) -> None:
    wrapped = ALL[inner](NAME.encode())
    if inner in PACKED or inner in ENCODED:
        wrapped = base64.b64encode(wrapped)
    assert says(b'<p data-x="' + TEXTS[outer](wrapped) + b'">a</p>')


@pytest.mark.parametrize(("inner", "outer"), list(product(ALL, PACKED)))
def test_text_is_read_in_a_wrapping_that_is_packed(inner: str, outer: str) -> None:
    assert says(PACKED[outer](ALL[inner](NAME.encode())))


def test_text_is_read_in_five_wrappings_of_different_kinds() -> None:
    data = NAME.encode("cp932")
    for wrap in (zlib.compress, base64.b64encode, of_text(json.dumps), to_zip, base64.b64encode):
        data = wrap(data)
    assert says(b"<p>" + data + b"</p>")


@pytest.mark.parametrize("codec", ["cp932", "utf-16-le"])
def test_bytes_of_another_encoding_within_a_page_are_read(codec: str) -> None:
    page = "<p>制度の報告</p>".encode() + b"<!--\n" + NAME.encode(codec) + b"\n-->"
    assert says(page)


def test_name_of_the_file_and_of_members_of_an_archive_are_read() -> None:
    assert any(NAME in view.text for view in decode_all(b"", name=f"owner/{NAME}.html"))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(f"{NAME}.csv", "")
    assert says(packed.getvalue())


@pytest.mark.parametrize(
    ("dtype", "written"),
    [("f8", "f8"), ("f4", "f4"), ("i1", "i1"), ("u2", "u2"), ("i4", "i4"), ("i1", "int8")],
)
def test_binary_arrays_of_plotly_are_numbers(dtype: str, written: str) -> None:
    data = base64.b64encode(np.array(NUMBERS, dtype=f"<{dtype}").tobytes()).decode()
    for figure in ({"dtype": written, "bdata": data}, {"bdata": data, "dtype": written, "shape": "6"}):
        text = json.dumps({"data": [{"type": "box", "y": figure}]})
        for page in (text, html.escape(text), base64.b64encode(text.encode()).decode()):
            assert NUMBERS in [view.numbers for view in decode_all(page.encode(), name="x.html")]


@pytest.mark.parametrize(
    "text", ["[4, 2, 5, 1, 3, 3]", "4,2,5,1,3,3", "4;2;5;1;3;3", "x 4 2 5 1 3 3", "4.0|2|5|1|3|3.0"]
)
def test_numbers_written_one_after_another_are_an_array(text: str) -> None:
    assert NUMBERS in [view.numbers for view in decode_all(text.encode(), name="x.json")]


def test_plotly_of_the_installed_package_is_left_out_and_nothing_else_in_its_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    code = b"var Plotly = 1;" * 1_000
    monkeypatch.setattr(decodings, "_RECOGNISED", {})
    monkeypatch.setattr(decodings, "_hash_plotly", lambda: hashlib.sha256(code).digest())
    page = b'<p>a</p><script type="text/plain" id="plotly">%s</script>'
    packed, changed = (base64.b64encode(gzip.compress(each)) for each in (code, NAME.encode() + code))
    views = list(decode_all(page % packed, name="x.html"))
    assert sum(len(view.text) for view in views) < 1_000
    assert says(page % changed)
    assert says(page % b"AAAA" + NAME.encode())


def test_archive_that_unpacks_to_too_much_is_told_before_it_is_unpacked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(decodings, "MAX_UNPACKED", 10_000)
    for pack in (to_zip, lambda data: gzip.compress(data, mtime=0)):
        with pytest.raises(TooMuch):
            list(decode_all(pack(b"\0" * 100_000), name="x.html"))


def test_views_of_one_file_are_bounded_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decodings, "MAX_CHARACTERS", 1_000)
    with pytest.raises(TooMuch):
        list(decode_all(b"a" * 2_000, name="x.html"))


@pytest.mark.parametrize(
    "data",
    [b"", b"PK\3\4", b"\x1f\x8b", b"\x89PNG\r\n\x1a\n\0", b"%", b"&#x110000;", b"\\ud800", b"\x78\x9c"],
)
def test_damaged_data_are_read_as_far_as_they_go(data: bytes) -> None:
    assert list(decode_all(data, name="x"))


@given(st.text(alphabet='0123456789.,;| -+eEx_\u2212\n\u3000\uff12a"', max_size=60))
def test_numbers_in_a_row_are_found_wherever_they_stand(text: str) -> None:
    """Looking where numbers may be first finds the same as looking everywhere."""
    everywhere = [
        tuple(float(number) for number in re.findall(decodings._NUMBER, found[0].replace("\u2212", "-")))
        for found in decodings._NUMBERS.finditer(text)
    ]
    assert [numbers for kind, numbers in find_arrays(text) if kind == "numbers"] == everywhere
