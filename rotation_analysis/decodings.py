"""Every way in which bytes of a report can be read: what an audit searches for what may not be in them.

Text in its encodings, entities and escapes, base64 and hex, compressed data and the members of archives, the
text of pictures, plotly's binary arrays, in one another, bounded.  plotly.js itself, as the installed package
has it, is left out of a page by its hash: it is the same in every report.
"""

from __future__ import annotations

import base64
import binascii
import gzip
import hashlib
import html
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from urllib.parse import unquote_to_bytes

import numpy as np

MAX_DEPTH = 12
MAX_CHARACTERS = 200_000_000
"""Of all views of one file together: what holds more is said to be too much to look through."""
MAX_UNPACKED = 30_000_000
LEAST_ARRAY = 4
MAX_INSIDE = 20
"""Archives and pictures within other bytes that are looked for."""
_INSIDE = re.compile(rb"\x1f\x8b\x08|PK\x03\x04|\x89PNG|(?<=\0)\x78[\x01\x5e\x9c\xda]")
_BUNDLE = re.compile(rb'<script type="text/plain" id="plotly">([^<]*)</script>')
_BASE64 = re.compile(r"[A-Za-z0-9+/]{12,}={0,2}")
_RUN = re.compile(r"[A-Za-z0-9+/_-][A-Za-z0-9+/_-]{11,}={0,2}")  # its first letter apart: found more quickly
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2}){8,}")
_OBJECT = re.compile(r"\{[^{}]*+\}")
_BINARY = re.compile(r'"bdata"\s*:\s*"([^"]*+)"')
_DTYPE = re.compile(r'"dtype"\s*:\s*"([^"]*)"')
_NUMBER = r"[-\u2212]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?"
_NUMBERS = re.compile(
    rf"(?<![\w.]){_NUMBER}(?:(?:\s*+[,;|]\s*+|\s++){_NUMBER}){{{LEAST_ARRAY - 1},}}(?![\w.])"
)
_NUMERIC = re.compile(rf"[-\u2212\d][-+\u2212\d.eE,;|\s]{{{2 * LEAST_ARRAY - 2},}}")
"""Where numbers may stand one after another: quickly found, and nothing of `_NUMBERS` lies outside."""
_JSON_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2})|(.))", re.DOTALL)
_JSON_SHORT = {"n": "\n", "r": "\r", "t": "\t", "b": "", "f": ""}
_DTYPES = {
    "f8": "<f8",
    "f4": "<f4",
    "i1": "<i1",
    "i2": "<i2",
    "i4": "<i4",
    "u1": "<u1",
    "u1c": "<u1",
    "u2": "<u2",
    "u4": "<u4",
    "float64": "<f8",
    "float32": "<f4",
    "int8": "<i1",
    "int16": "<i2",
    "int32": "<i4",
    "uint8": "<u1",
    "uint16": "<u2",
    "uint32": "<u4",
}


@dataclass(frozen=True)
class View:
    """One reading of bytes: a text, or an array of numbers; `how` it was come by, outermost first."""

    how: tuple[str, ...]
    text: str = ""
    numbers: tuple[float, ...] = ()


class TooMuch(ValueError):
    """Bytes that unpack to more than can be looked through."""


def decode_all(data: bytes, *, name: str) -> Iterator[View]:
    """Every view of a file's bytes, each once; the file's `name` is one of them.

    Raises `TooMuch` where archives or nested encodings hold more than `MAX_CHARACTERS`.
    """
    yield View(("name",), name)
    seen: set[bytes] = set()
    budget = MAX_CHARACTERS
    waiting: list[tuple[tuple[str, ...], bytes | str]] = [((), _without_bundle(data))]
    while waiting:
        how, content = waiting.pop()
        raw = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
        key = hashlib.blake2b(raw, digest_size=16).digest() + (b"t" if isinstance(content, str) else b"b")
        if key in seen:
            continue
        seen.add(key)
        budget -= len(content)
        if budget < 0:
            raise TooMuch(f"{name} unpacks to more than {MAX_CHARACTERS:,} characters")
        if isinstance(content, str):
            yield View(how, content)
            yield from (View((*how, kind), "", numbers) for kind, numbers in find_arrays(content))
        inside = _open_text(content) if isinstance(content, str) else _open_bytes(content)
        if len(how) < MAX_DEPTH:
            waiting += [((*how, kind), more) for kind, more in inside if more]


# --- bytes ------------------------------------------------------------------------------------------------


def _open_bytes(data: bytes) -> Iterator[tuple[str, bytes | str]]:
    """What bytes are: packed data, a picture, else text in each encoding that they may be in."""
    if data.startswith((b"\x1f\x8b", *_ZLIB)):
        yield "zlib", _inflate(data)
    if data[:2] == b"PK":
        yield from _open_zip(data)
    if data[:8] == b"\x89PNG\r\n\x1a\n":
        yield from _open_png(data)
    for found in list(_INSIDE.finditer(data, 1))[:MAX_INSIDE]:
        yield "inside", data[found.start() :]
    yield from _read_texts(data)


def _read_texts(data: bytes) -> Iterator[tuple[str, str]]:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        yield "utf-16", data.decode("utf-16", "ignore")
    try:
        yield "utf-8", data.decode("utf-8-sig")
        strict = True
    except UnicodeDecodeError:
        yield "utf-8", data.decode("utf-8", "ignore")
        yield "cp932", data.decode("cp932", "ignore")
        strict = False
    if not strict or b"\0" in data:
        for codec in ("utf-16-le", "utf-16-be"):
            yield codec, data.decode(codec, "ignore")
            yield codec, data[1:].decode(codec, "ignore")


def _inflate(data: bytes) -> bytes:
    """gzip or zlib data, several members too, as far as they can be read."""
    out = b""
    while data and len(out) <= MAX_UNPACKED:
        machine = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
        try:
            out += machine.decompress(data, MAX_UNPACKED + 1)
        except zlib.error:
            break
        data = machine.unused_data
    if len(out) > MAX_UNPACKED:
        raise TooMuch(f"packed data hold more than {MAX_UNPACKED:,} bytes")
    return out


def _open_zip(data: bytes) -> Iterator[tuple[str, bytes | str]]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            if sum(member.file_size for member in members) > MAX_UNPACKED:
                raise TooMuch(f"an archive holds more than {MAX_UNPACKED:,} bytes")
            yield "zip", "\n".join([member.filename for member in members])
            yield "zip", archive.comment
            for member in members:
                yield "zip", member.comment
                yield "zip", archive.read(member)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, zlib.error, EOFError):
        return


def _open_png(data: bytes) -> Iterator[tuple[str, bytes | str]]:
    """Texts of a PNG: plain, packed and international."""
    at = 8
    while at + 12 <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        kind, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        at += 12 + length
        if kind not in (b"IHDR", b"IDAT"):
            yield "png", body.replace(b"\0", b"\n")
            yield "png", body.partition(b"\0")[2].lstrip(b"\0")
    yield "png", data[at:]


# --- text -------------------------------------------------------------------------------------------------


def _open_text(text: str) -> Iterator[tuple[str, bytes | str]]:
    """What stands in a text: its lines without entities and escapes, and what is packed in it."""
    yield "escapes", _unescape_all(_pick_lines(text, "&\\"))
    if "%" in text:
        yield "percent", unquote_to_bytes(_pick_lines(text, "%"))
    runs = dict.fromkeys(_RUN.findall(text))
    kinds = {
        "base64": [_unpack_base64(part) for run in runs for part in _list_base64(run)],
        "hex": [bytes.fromhex(part) for run in runs for part in _HEX.findall(run)],
    }
    for kind, unpacked in kinds.items():
        yield from ((kind, data) for data in unpacked if data.startswith((*_MAGIC, *_ZLIB)))
        yield kind, b"\n".join(unpacked)
        yield kind, "\n".join(data.decode("utf-16-le", "ignore") for data in unpacked if b"\0" in data)


def _pick_lines(text: str, marks: str) -> str:
    """The lines that hold one of the marks, with their neighbours: the rest is read as it stands."""
    if not any(mark in text for mark in marks):
        return ""
    lines = text.split("\n")
    marked = [n for n, line in enumerate(lines) if any(mark in line for mark in marks)]
    wanted = sorted({near for n in marked for near in (n - 1, n, n + 1) if 0 <= near < len(lines)})
    return "\n".join(lines[n] for n in wanted)


def _unescape_all(text: str) -> str:
    for _ in range(MAX_DEPTH):
        before = text
        text = html.unescape(text) if "&" in text else text
        text = _unescape_json(text) if "\\" in text else text
        if text == before:
            break
    return text


def _list_base64(run: str) -> list[str]:
    """A run of letters as base64 for addresses, else its parts in the usual alphabet."""
    if "-" not in run and "_" not in run:
        return [run]
    return [*([run] if "+" not in run and "/" not in run else []), *_BASE64.findall(run)]


def _unescape_json(text: str) -> str:
    """Text as JSON and JavaScript mean it; a backslash before anything else falls away, as in Markdown."""

    def say(match: re.Match[str]) -> str:
        code = match[1] or match[2]
        return chr(int(code, 16)) if code else _JSON_SHORT.get(match[3], match[3])

    plain = _JSON_ESCAPE.sub(say, text)
    return plain.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")  # pairs become letters


def _unpack_base64(run: str) -> bytes:
    body = run.rstrip("=").replace("-", "+").replace("_", "/")
    body = body[: len(body) - (len(body) % 4 == 1)]
    try:
        return base64.b64decode(body + "=" * (-len(body) % 4))
    except binascii.Error:
        return b""


_MAGIC = (b"\x1f\x8b\x08", b"PK\x03\x04", b"PK\x05\x06", b"\x89PNG")
_ZLIB = (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")


# --- numbers ----------------------------------------------------------------------------------------------


def find_arrays(text: str) -> Iterator[tuple[str, tuple[float, ...]]]:
    """Arrays of numbers in a text: plotly's binary ones, and numbers written one after another.

    >>> [numbers for _, numbers in find_arrays('{"dtype":"i1","bdata":"AQIDBA=="} 5, 6 7;8')]
    [(1.0, 2.0, 3.0, 4.0), (5.0, 6.0, 7.0, 8.0)]
    """
    for found in _OBJECT.finditer(text) if '"bdata"' in text else ():
        declared = _DTYPE.search(found[0])
        dtype = _DTYPES.get(declared[1] if declared else "")
        for binary in _BINARY.findall(found[0]):
            yield from _read_binary(dtype, binary)
    for place in _NUMERIC.finditer(text):
        for found in _NUMBERS.finditer(text, place.start(), place.end() + 1):  # and the letter behind it
            written = re.findall(_NUMBER, found[0].replace("\u2212", "-"))
            yield "numbers", tuple(float(number) for number in written)


def _read_binary(dtype: str | None, written: str) -> Iterator[tuple[str, tuple[float, ...]]]:
    data = _unpack_base64(written.replace("\\/", "/").replace("\\u002b", "+"))
    if dtype is not None and data:
        whole = len(data) - len(data) % np.dtype(dtype).itemsize
        yield "bdata", tuple(np.frombuffer(data[:whole], dtype=dtype).astype(float).tolist())


# --- plotly.js --------------------------------------------------------------------------------------------


def _without_bundle(data: bytes) -> bytes:
    """The page without plotly.js, where it is the very one of the installed package."""
    found = _BUNDLE.search(data)
    if found is None or not is_plotly(hashlib.sha256(found[1]).digest(), found[1]):
        return data
    return data[: found.start(1)] + data[found.end(1) :]


_RECOGNISED: dict[bytes, bool] = {}


def is_plotly(digest: bytes, packed: bytes) -> bool:
    """Whether gzip data in base64 are the installed plotly.js; looked at once a digest."""
    if digest not in _RECOGNISED:
        try:
            code = gzip.decompress(base64.b64decode(packed, validate=True))
        except (OSError, EOFError, zlib.error, binascii.Error):
            code = b""
        _RECOGNISED[digest] = hashlib.sha256(code).digest() == _hash_plotly()
    return _RECOGNISED[digest]


@cache
def _hash_plotly() -> bytes:
    from plotly.offline import get_plotlyjs

    return hashlib.sha256(get_plotlyjs().encode()).digest()
