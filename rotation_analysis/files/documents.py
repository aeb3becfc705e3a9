"""Parse a JSON file to dicts, lists and text, or reject it.

Stricter than `json`: rejects repeated keys, NaN, text after the value, and truncated files.
Size, number of values and depth are checked before parsing, so no file takes minutes or gigabytes.
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
"""Digits of a total; Python refuses to parse thousands of digits."""
NAMES = ("name", "value", "displayName", "login")

_EXPORT_LESS = "export a shorter period, or fewer fields"
_EXPORT_AGAIN = "export it again; a file contains one JSON value, or, as .jsonl, one per line"
# Possessive, and matching to the end if never closed, so that matching takes linear time.
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

    `warnings`: `mojibake`, the number of texts that look as if once decoded with the wrong encoding.
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
    """Read the value of a JSON file; of .jsonl, .ndjson or one object per line, a list of the values.

    `name` identifies the file in messages.  `encoding` is needed only if the file is not UTF-8 and has no
    byte order mark.  Blank lines are skipped.  A lone surrogate escape becomes U+FFFD, as in any decoder,
    and counts as mojibake.

    Raises `FileError`: not_a_file, too_large, empty_file, not_a_table, bad_encoding.
    """
    raw = read_bytes(path, name=name, limit=MAX_BYTES, next_step=_EXPORT_LESS)
    sha256 = hashlib.sha256(raw).hexdigest()
    text, known = decode_json(raw, name=name, encoding=encoding)
    del raw
    if not text.strip():
        raise refused(name, "empty_file", "a JSON value; the file is empty", "export it again")
    _check_bounds(text, name)
    text = _replace_lone_surrogates(text)
    if path.suffix.lower() in (".jsonl", ".ndjson") or _has_object_a_line(text):
        if text.count("\n") + text.count("\r") > MAX_VALUES:
            raise refused(name, "too_large", f"at most {MAX_VALUES:,} lines", _EXPORT_LESS)
        lines = (line for line in _LINE.finditer(text) if not line[0].isspace())
        value: object = [_parse(text, name, start=line.start(), end=line.end()) for line in lines]
    else:
        value = _parse(text, name)
    # check text by text only if a mojibake character occurs anywhere
    beyond_ascii = not text.isascii() and any(lead in text for lead in LEADS)
    doubtful = beyond_ascii or _ESCAPED_LEAD.search(text)
    number = sum(MOJIBAKE.search(each) is not None for each in _list_texts(value)) if doubtful else 0
    return Document(name, sha256, known, value, {"mojibake": number} if number else {})


def _check_bounds(text: str, name: str) -> None:
    """Reject files too large to parse, by counting commas and brackets outside strings."""
    bones = _STRINGS.sub("", text)
    if bones.count(",") + bones.count("[") + bones.count("{") > MAX_VALUES:
        raise refused(name, "too_large", f"at most {MAX_VALUES:,} values", _EXPORT_LESS)
    if bones.count(":") > MAX_KEYS:
        raise refused(name, "too_large", f"at most {MAX_KEYS:,} fields in all objects", _EXPORT_LESS)
    brackets = bones.encode().translate(None, _NO_BRACKETS)
    # More brackets than this cannot be balanced: the parser stops earlier.
    steps = _DEEPER[np.frombuffer(brackets[: 2 * MAX_VALUES], dtype=np.uint8)]
    if steps.cumsum(dtype=np.int32).max(initial=0) > MAX_DEPTH:
        raise refused(name, "too_large", f"at most {MAX_DEPTH} brackets inside each other", _EXPORT_LESS)


def _replace_lone_surrogates(text: str) -> str:
    """Replace each lone surrogate escape with U+FFFD; positions do not change."""
    if r"\u" not in text or not _SURROGATE.search(text):
        return text
    return _ESCAPES.sub(lambda escape: r"\ufffd" if escape["half"] else escape[0], text)


def _has_object_a_line(text: str) -> bool:
    """Return True if a line ends with an object and the next begins with one, unlike in a JSON value."""
    lines = (line[0] for line in _LINE.finditer(text) if not line[0].isspace())
    first, second = next(lines, ""), next(lines, "")
    return first.rstrip().endswith("}") and second.lstrip().startswith("{")


def _parse(text: str, name: str, *, start: int = 0, end: int | None = None) -> object:
    """Parse part of the text; errors give line and column within the complete text."""
    part = text[start:end]
    try:
        if r"\u0000" in part and (nul := _NUL.search(part)) is not None:  # an expression alone takes as long
            raise json.JSONDecodeError("NUL", part, nul.end() - len("\\u0000"))
        return _write_text(_DECODER.decode(part))
    except json.JSONDecodeError as error:
        at, expected = error.pos, _explain_error(error)
    except _RepeatedKey as error:
        at, expected = _find_repeated(part, str(error)), "each key once in an object; this one is there twice"
    except _Constant:
        at = next(found.start() for found in _CONSTANTS.finditer(part) if found["constant"])
        expected = "finite numbers; JSON has no NaN and no Infinity"
    raise _refuse_at(text, start + at, name, expected)


def _explain_error(error: json.JSONDecodeError) -> str:
    if error.msg == "NUL" or error.doc[error.pos : error.pos + 1] == "\0":
        return "text without NUL"
    if error.pos >= len(error.doc.rstrip()):
        return "the rest of the value; the text ends here, perhaps cut"
    return next((expected for start, expected in _EXPECTED if error.msg.startswith(start)), "a JSON value")


def _build_object(pairs: list[tuple[str, Any]]) -> dict[str, object]:
    built = dict(pairs)
    if len(built) < len(pairs):
        # Without a second structure of this size: at its second occurrence, a key is already popped.
        raise _RepeatedKey(next(key for key, _ in pairs if built.pop(key, built) is built))
    for key, item in pairs:
        if item is True or item is False or type(item) is list:
            built[key] = _write_text(item)
    return built


def _write_text(item: Any) -> object:
    """Convert booleans to text; objects inside are already converted."""
    if item is True or item is False:
        return "true" if item else "false"
    return [_write_text(each) for each in item] if type(item) is list else item


def _refuse_constant(written: str) -> object:
    raise _Constant(written)


_DECODER = json.JSONDecoder(
    parse_int=str, parse_float=str, parse_constant=_refuse_constant, object_pairs_hook=_build_object
)


def _find_repeated(text: str, key: str) -> int:
    """Return the position at which an object repeats the key."""
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


def _list_texts(value: object) -> Iterator[str]:
    left = [value]
    while left:
        item = left.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, dict):
            left += item.values()
        elif isinstance(item, list):
            left += item


def _refuse_at(text: str, offset: int, name: str, expected: str) -> FileError:
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


# --- access to values -------------------------------------------------------------------------------------
# A document contains dicts, lists, texts and None anywhere; none of these functions fails on the wrong type.


def flatten(value: Mapping[str, Value], *, deepest: int = DEEPEST) -> Flat:
    """Flatten a nested object to dotted names and texts; lists of texts are joined, lists of objects omitted.

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
    """Return a list of objects, or one object as a list of one; None for anything else."""
    if isinstance(value, dict):
        return [value]
    if isinstance(value, list) and set(map(type, value)) == {dict}:
        return value
    return None


def list_under(value: Value, *keys: str) -> Items | None:
    """Return the objects under the first of `keys` present, otherwise the value itself as a list."""
    if isinstance(value, dict):
        found = next((value[key] for key in keys if isinstance(value.get(key), (list, dict))), None)
        if found is not None:
            return list_objects(found)
    return list_objects(value)


def value_at(value: Value, *keys: str) -> Value:
    """Return the value under nested keys, or None."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def as_dicts(value: Value) -> list[dict[str, Value]]:
    """Return the objects in a list; an empty list for anything else."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def as_dict(value: Value) -> dict[str, Value]:
    """Return the object, or an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def as_text(value: Value) -> str:
    """Return the text, or "" for anything else."""
    return value if isinstance(value, str) else ""


def join_names(item: Mapping[str, Value]) -> Flat:
    """Join the names in each list of named objects in an item: labels, categories, components."""
    named = {
        key: [as_text(next((each[k] for k in NAMES if each.get(k)), None)) for each in as_dicts(given)]
        for key, given in item.items()
    }
    return {key: ", ".join(filter(None, names)) for key, names in named.items() if any(names)}


def with_keys(items: Items | None, *keys: str) -> Items | None:
    """Return the items if one has all `keys` (`find_sample`: it identifies the list), otherwise None."""
    return items if items and find_sample(items, *keys) else None


def find_sample(items: Items, *keys: str) -> dict[str, Value]:
    """Return the first item with all `keys`, otherwise {}: a list can begin with objects of another kind."""
    wanted, first = {*keys}, keys[0]  # testing one key first is five times as fast in a list of other objects
    return next((item for item in items if first in item and wanted <= item.keys()), {})


def find_total(value: Value, *places: tuple[str, ...]) -> int | None:
    """Return the total stated by the tool, or None."""
    texts = [as_text(value_at(value, *place)) for place in places]
    return next((int(text) for text in texts if text.isdecimal() and len(text) <= LONGEST_TOTAL), None)
