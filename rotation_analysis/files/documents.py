"""A JSON file becomes one value of dicts, lists and text, or is refused as a whole.

Strict where `json` is lenient: a key that an object has twice, NaN, text after the value, a file that was
cut.  What would take minutes or gigabytes is refused by its size, its number of values and its depth before
anything is built of it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import FileError, refused, shorten
from .decoding import LEADS, MOJIBAKE, decode_json, read_bytes

MAX_BYTES = 64_000_000
MAX_VALUES = 2_000_000
MAX_KEYS = 1_250_000
MAX_DEPTH = 100

Flat = dict[str, str]
Value = Any  # what `read_document` gives: dict, list, str or None
Items = list[dict[str, Value]]
DEEPEST = 3
LONGEST_TOTAL = 15
"""Digits of a number of records; Python refuses to read one of thousands."""
NAMES = ("name", "value", "displayName", "login")

_EXPORT_LESS = "export a shorter period, or fewer fields"
_EXPORT_AGAIN = "export it again; a file holds one JSON value, or, as .jsonl, one a line"
# Taken possessively, and to the end where it never closes, so that no text takes more than linear time.
_STRING = r'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)'
_STRINGS = re.compile(_STRING, re.DOTALL)
_CONSTANTS = re.compile(rf"{_STRING}|(?P<constant>NaN|-?Infinity)", re.DOTALL)
_KEYS = re.compile(rf"(?P<text>{_STRING})(?P<colon>[ \t\r\n]*+:)?|[{{}}]", re.DOTALL)
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_ESCAPES = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\(?P<half>u[dD][89a-fA-F][0-9a-fA-F]{2})|\\.",
    re.DOTALL,
)
_NUL = re.compile(r"(?<!\\)(?:\\\\)*+\\u0000")
_ESCAPED_LEAD = re.compile(r"\\u(?:00[cCeE]|[fF]{3}[dD]|7[eE])")
_LINE = re.compile(r"[^\r\n]+")
_LINE_END = re.compile(r"\r\n|\r|\n")
_DEEPER = np.zeros(256, dtype=np.int8)
_DEEPER[list(b"[{")], _DEEPER[list(b"]}")] = 1, -1
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_EXPECTED = (
    ("Expecting property name", "a key in double quotes"),
    ("Expecting ':'", "a colon after the key"),
    ("Expecting ','", "a comma or a closing bracket"),
    ("Illegal trailing comma", "a value after the comma"),
    ("Unterminated string", "a closing quote to the one opened here"),
    ("Invalid control character", "text whose line ends, tabs and other control characters are escaped"),
    ("Invalid \\", "a backslash followed by an escape that JSON knows"),
    ("Extra data", "nothing after the value"),
)


@dataclass(frozen=True)
class Document:
    """One file as dicts, lists and text: numbers as written, "true" and "false"; null is None.

    `warnings`: `mojibake`, how many texts look as if they were once read in the wrong encoding.
    """

    file: str
    sha256: str
    encoding: str
    value: object
    warnings: dict[str, int]


class _RepeatedKey(Exception):
    """An object has this key twice."""


class _Constant(Exception):
    """NaN, Infinity or -Infinity."""


def read_document(path: Path, *, name: str, encoding: str | None = None) -> Document:
    """The value of a JSON file; where it is .jsonl or .ndjson, or has an object on each line, a list of them.

    `name` is how messages call the file.  `encoding` is needed only where the file is not UTF-8 and has no
    mark.  Blank lines are nothing.  Half a character (a lone surrogate escape) becomes U+FFFD, as in any
    decoder, and counts as mojibake.

    Raises `FileError`: not_a_file, too_large, empty_file, not_a_table, bad_encoding.
    """
    raw = read_bytes(path, name=name, limit=MAX_BYTES, next_step=_EXPORT_LESS)
    sha256 = hashlib.sha256(raw).hexdigest()
    text, known = decode_json(raw, name=name, encoding=encoding)
    del raw
    if not text.strip():
        raise refused(name, "empty_file", "a JSON value; the file is empty", "export it again")
    _check_bounds(text, name)
    text = _mend_halves(text)
    if path.suffix.lower() in (".jsonl", ".ndjson") or _has_object_a_line(text):
        if text.count("\n") + text.count("\r") > MAX_VALUES:
            raise refused(name, "too_large", f"at most {MAX_VALUES:,} lines", _EXPORT_LESS)
        lines = (line for line in _LINE.finditer(text) if not line[0].isspace())
        value: object = [_parse(text, name, start=line.start(), end=line.end()) for line in lines]
    else:
        value = _parse(text, name)
    # texts are looked at one by one only where a character of mojibake is somewhere
    beyond_ascii = not text.isascii() and any(lead in text for lead in LEADS)
    doubtful = beyond_ascii or _ESCAPED_LEAD.search(text)
    number = sum(MOJIBAKE.search(each) is not None for each in _walk(value)) if doubtful else 0
    return Document(name, sha256, known, value, {"mojibake": number} if number else {})


def _check_bounds(text: str, name: str) -> None:
    """Refuses what is too much to build, by its commas and brackets outside strings."""
    bones = _STRINGS.sub("", text)
    if bones.count(",") + bones.count("[") + bones.count("{") > MAX_VALUES:
        raise refused(name, "too_large", f"at most {MAX_VALUES:,} values", _EXPORT_LESS)
    if bones.count(":") > MAX_KEYS:
        raise refused(name, "too_large", f"at most {MAX_KEYS:,} fields in all objects", _EXPORT_LESS)
    brackets = bones.encode().translate(None, _NO_BRACKETS)
    # More brackets than this are not in pairs: the parser stops before it is there.
    steps = _DEEPER[np.frombuffer(brackets[: 2 * MAX_VALUES], dtype=np.uint8)]
    if steps.cumsum(dtype=np.int32).max(initial=0) > MAX_DEPTH:
        raise refused(name, "too_large", f"at most {MAX_DEPTH} brackets inside each other", _EXPORT_LESS)


def _mend_halves(text: str) -> str:
    """The text with U+FFFD for every escaped half of a character; no place changes."""
    if r"\u" not in text or not _SURROGATE.search(text):
        return text
    return _ESCAPES.sub(lambda escape: r"\ufffd" if escape["half"] else escape[0], text)


def _has_object_a_line(text: str) -> bool:
    """Whether a line ends with an object and the next begins with one, as in no JSON value."""
    lines = (line[0] for line in _LINE.finditer(text) if not line[0].isspace())
    first, second = next(lines, ""), next(lines, "")
    return first.rstrip().endswith("}") and second.lstrip().startswith("{")


def _parse(text: str, name: str, *, start: int = 0, end: int | None = None) -> object:
    """The value of a part of the text; a refusal counts its line and column in the whole."""
    part = text[start:end]
    try:
        if r"\u0000" in part and (nul := _NUL.search(part)) is not None:  # an expression alone takes as long
            raise json.JSONDecodeError("NUL", part, nul.end() - len("\\u0000"))
        return _write_text(_DECODER.decode(part))
    except json.JSONDecodeError as error:
        at, expected = error.pos, _explain(error)
    except _RepeatedKey as error:
        at, expected = _find_repeated(part, str(error)), "each key once in an object; this one is there twice"
    except _Constant:
        at = next(found.start() for found in _CONSTANTS.finditer(part) if found["constant"])
        expected = "finite numbers; JSON has no NaN and no Infinity"
    raise _refused_at(text, start + at, name, expected)


def _explain(error: json.JSONDecodeError) -> str:
    if error.msg == "NUL" or error.doc[error.pos : error.pos + 1] == "\0":
        return "text without NUL"
    if error.pos >= len(error.doc.rstrip()):
        return "the rest of the value; the text ends here, perhaps cut"
    return next((told for start, told in _EXPECTED if error.msg.startswith(start)), "a JSON value")


def _build_object(pairs: list[tuple[str, Any]]) -> dict[str, object]:
    built = dict(pairs)
    if len(built) < len(pairs):
        # Nothing of its size is built besides: the second time, a key is no longer there.
        raise _RepeatedKey(next(key for key, _ in pairs if built.pop(key, built) is built))
    for key, item in pairs:
        if item is True or item is False or type(item) is list:
            built[key] = _write_text(item)
    return built


def _write_text(item: Any) -> object:
    """The value without booleans; the objects in it have none any more."""
    if item is True or item is False:
        return "true" if item else "false"
    return [_write_text(each) for each in item] if type(item) is list else item


def _refuse_constant(written: str) -> object:
    raise _Constant(written)


_DECODER = json.JSONDecoder(
    parse_int=str, parse_float=str, parse_constant=_refuse_constant, object_pairs_hook=_build_object
)


def _find_repeated(text: str, key: str) -> int:
    """Where an object has the key for the second time."""
    seen: list[bool] = []
    for token in _KEYS.finditer(text):
        if token[0] == "{":
            seen.append(False)
        elif token[0] == "}":
            seen.pop()
        elif token["colon"] and json.loads(token["text"]) == key:
            if seen[-1]:
                return token.start()
            seen[-1] = True
    raise ValueError(f"no object has {key!r} twice")


def _walk(value: object) -> Iterator[str]:
    left = [value]
    while left:
        item = left.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, dict):
            left += item.values()
        elif isinstance(item, list):
            left += item


def _refused_at(text: str, offset: int, name: str, expected: str) -> FileError:
    row, begin = 1, 0
    for line_end in _LINE_END.finditer(text, 0, offset):
        row, begin = row + 1, line_end.end()
    return refused(
        name,
        "not_a_table",
        expected,
        _EXPORT_AGAIN,
        row=row,
        column=f"character {offset - begin + 1}",
        value=shorten(text[offset : offset + 1_000]).replace("\0", "\N{SYMBOL FOR NULL}") or None,
    )


# --- looking into a value ---------------------------------------------------------------------------------
# A document holds dicts, lists, texts and None, anywhere; nothing here fails on the wrong one.


def flatten(value: Mapping[str, Value], *, deepest: int = DEEPEST) -> Flat:
    """Dotted names and texts of a nested object; a list of texts is joined, a list of objects left out.

    >>> flatten({"id": "7", "user": {"login": "mihon", "team": None}, "labels": ["a", "b"], "notes": [{}]})
    {'id': '7', 'user.login': 'mihon', 'user.team': '', 'labels': 'a, b'}
    """
    flat: Flat = {}
    for name, item in value.items():
        if isinstance(item, str):
            flat[name] = item
        elif isinstance(item, dict):
            if deepest > 1:
                inner = flatten(item, deepest=deepest - 1)
                flat.update({f"{name}.{key}": text for key, text in inner.items()})
        elif isinstance(item, list):
            if all(isinstance(each, str) for each in item):
                flat[name] = ", ".join(item)
        else:
            flat[name] = ""
    return flat


def list_objects(value: Value) -> Items | None:
    """A list of objects, or one object as a list of one."""
    if isinstance(value, dict):
        return [value]
    if isinstance(value, list) and set(map(type, value)) == {dict}:
        return value
    return None


def list_under(value: Value, *keys: str) -> Items | None:
    """The list of objects under the first of `keys` that the value has, or the value itself as a list."""
    if isinstance(value, dict):
        found = next((value[key] for key in keys if isinstance(value.get(key), (list, dict))), None)
        if found is not None:
            return list_objects(found)
    return list_objects(value)


def value_at(value: Value, *keys: str) -> Value:
    """What stands under nested keys, or None."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def dicts_in(value: Value) -> list[dict[str, Value]]:
    """The objects of a list; nothing of what is no list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def dict_of(value: Value) -> dict[str, Value]:
    """The object, or an empty one in place of anything else."""
    return value if isinstance(value, dict) else {}


def text_of(value: Value) -> str:
    """The text, or "" in place of anything else."""
    return value if isinstance(value, str) else ""


def join_names(item: Mapping[str, Value]) -> Flat:
    """The lists of named objects that an item has, as their names: labels, categories, components."""
    named = {
        key: [text_of(next((each[k] for k in NAMES if each.get(k)), None)) for each in dicts_in(given)]
        for key, given in item.items()
    }
    return {key: ", ".join(filter(None, names)) for key, names in named.items() if any(names)}


def having(items: Items | None, *keys: str) -> Items | None:
    """The items, where one of them has all of `keys`; that one shows what the list is (`sample_of`)."""
    return items if items and sample_of(items, *keys) else None


def sample_of(items: Items, *keys: str) -> dict[str, Value]:
    """The first item that has all of `keys`, {} where none has: a list may begin with another kind."""
    wanted, first = {*keys}, keys[0]  # asking for one key first is five times as fast in a list of others
    return next((item for item in items if first in item and wanted <= item.keys()), {})


def find_total(value: Value, *places: tuple[str, ...]) -> int | None:
    """The number the tool gives as its total."""
    texts = [text_of(value_at(value, *place)) for place in places]
    return next((int(text) for text in texts if text.isdecimal() and len(text) <= LONGEST_TOTAL), None)
