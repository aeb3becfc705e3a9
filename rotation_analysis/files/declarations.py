"""Validate handwritten input (TOML files, rows of the owner's sheets) as frozen models.

All problems are reported at once; each names file, dotted key, value, expectation and, for a
misspelt word, the nearest valid one.
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
import types
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from ..errors import Problem, did_you_mean, refused
from .decoding import read_bytes

MAX_BYTES = 2_000_000
MAX_DEPTH = 100
Location = tuple[int | str, ...]
Text = Annotated[str, StringConstraints(min_length=1)]
"""A text that is not empty."""
ID = r"^[a-z0-9][a-z0-9_-]{0,39}$"
"""Pattern of ids that the owner chooses."""
EXPECTED: Mapping[str, str] = {
    ID: "an id: small letters a-z, digits, - and _, as p01",
    **dict.fromkeys(
        ("date_type", "date_parsing", "date_from_datetime_parsing", "date_from_datetime_inexact"),
        "a day as 2024-04-01",
    ),
    **dict.fromkeys(("time_type", "time_parsing"), "a time of day as 10:00:00"),
    **dict.fromkeys(("int_type", "int_parsing", "int_parsing_size", "int_from_float"), "a whole number"),
    **dict.fromkeys(("float_type", "float_parsing"), "a number"),
    "finite_number": "a finite number",
    **dict.fromkeys(("bool_type", "bool_parsing"), "true or false"),
    "string_type": "a text, in quotation marks",
    **dict.fromkeys(("tuple_type", "list_type"), "a list, in square brackets"),
    **dict.fromkeys(("dict_type", "model_type", "model_attributes_type"), "keys with values"),
    "greater_than": "a number greater than {gt}",
    "greater_than_equal": "a number that is at least {ge}",
    "less_than": "a number smaller than {lt}",
    "less_than_equal": "a number that is at most {le}",
    "string_too_short": "a text that is not empty",
    "string_pattern_mismatch": "a text that fits {pattern}",
    "too_short": "a list of at least {min_length}",
    "too_long": "a list of at most {max_length}",
    "value_error": "{error}",
    "missing": "this key; it is missing",
    "extra_forbidden": "a known key",
}
"""Pattern, or pydantic error type → expectation in words for an owner."""
_DAY = re.compile(r"(\d{4})[/.年](\d{1,2})[/.月](\d{1,2})日?")
"""How spreadsheet programs rewrite a day typed as 2024-04-01."""


class Declaration(BaseModel):
    """Base of all declarations: frozen; unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid")


_LONG_KEY = re.compile(
    r"""(?<![\w-])(?:(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+)""" f"{{{MAX_DEPTH}}}"
)
"""A key with very many parts: the TOML parser needs quadratic time for it."""


Model = TypeVar("Model", bound=Declaration)


def read_toml(path: Path, *, name: str) -> dict[str, Any]:
    """Read a TOML file as plain data; raise `FileError` (with line and column) if it is not valid."""
    return read_hashed_toml(path, name=name)[0]


def read_hashed_toml(path: Path, *, name: str) -> tuple[dict[str, Any], str]:
    """Read a TOML file as plain data, with the SHA-256 of exactly the bytes read.

    Raises the same errors as `read_toml`.
    """
    next_step = "move long parts into sheets or separate files"
    raw = read_bytes(path, name=name, limit=MAX_BYTES, next_step=next_step, may_be_empty=True)
    nested = f"at most {MAX_DEPTH} tables and lists inside each other"
    try:
        text = raw.decode("utf-8-sig")
        if _LONG_KEY.search(text):
            raise refused(name, "bad_toml", nested, "shorten the key")
        data = tomllib.loads(text)
    except UnicodeDecodeError as error:
        expected = f"UTF-8 (byte {error.start} is not)"
        raise refused(name, "bad_encoding", expected, "save it as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise refused(name, "bad_toml", "TOML", f"correct it: {error}") from None
    except RecursionError:
        raise refused(name, "bad_toml", nested, "use less nesting") from None
    except ValueError:  # more digits than Python converts to an int
        raise refused(name, "bad_toml", "whole numbers of at most 4,300 digits", "shorten it") from None
    if _is_deep(data):
        raise refused(name, "bad_toml", nested, "use less nesting")
    return data, hashlib.sha256(raw).hexdigest()


def _is_deep(data: Any) -> bool:
    """Return True if tables and lists are nested deeper than `MAX_DEPTH`."""
    level = [data]
    for _ in range(MAX_DEPTH):
        held = (each.values() if isinstance(each, dict) else each for each in level)
        level = [each for values in held for each in values if isinstance(each, (dict, list))]
    return bool(level)


def hash_toml(path: Path) -> str:
    """Return the SHA-256 of a TOML file's bytes in hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def validate(
    model: type[Model], data: Mapping[str, Any], *, file: str, prefix: str = ""
) -> tuple[Model | None, list[Problem]]:
    """Validate `data` as a `model`; return None and all problems if it is invalid.

    Strict: TOML has types, so `"5"` is not a number and `"yes"` is not a flag.  Validated as JSON,
    because pydantic's strict mode then accepts arrays as tuples and ISO dates as dates.
    """
    try:
        return model.model_validate_json(json.dumps(data, default=_as_json), strict=True), []
    except ValidationError as error:
        return None, list(_list_problems(model, error, file=file, prefix=prefix))


def validate_row(
    model: type[Model], cells: Mapping[str, str], *, file: str, row: int
) -> tuple[Model | None, list[Problem]]:
    """Validate a row (column → text; empty cells are absent) as a `model`, or return its problems."""
    given = {column: text.strip() for column, text in cells.items() if text.strip()}
    days = {column for column in given if model.model_fields[column].annotation in (date, date | None)}
    given |= {column: _as_iso(given[column]) for column in days}
    try:
        return model.model_validate_strings(given), []
    except ValidationError as error:
        return None, list(_list_problems(model, error, file=file, prefix="", row=row))


def _as_iso(text: str) -> str:
    """Convert a year-first day, as Excel or a person writes it, to ISO; return other text unchanged.

    >>> _as_iso("2024/4/1"), _as_iso("2024年4月1日"), _as_iso("1/4/2024")
    ('2024-04-01', '2024-04-01', '1/4/2024')
    """
    found = _DAY.fullmatch(text)
    return "-".join(part.zfill(2) for part in found.groups()) if found else text


def _as_json(value: object) -> str:
    if isinstance(value, (date, datetime, time)):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} does not occur in TOML")


def _list_problems(
    model: type[BaseModel], error: ValidationError, *, file: str, prefix: str, row: int | None = None
) -> Iterable[Problem]:
    """Convert pydantic errors to problems; report a misspelt required key only once."""
    found = error.errors(include_url=False)
    unknown = {e["loc"][:-1]: str(e["loc"][-1]) for e in found if e["type"] == "extra_forbidden"}
    for item in found:
        location: Location = item["loc"]
        near = unknown.get(location[:-1])
        if item["type"] == "missing" and near is not None and did_you_mean(near, [str(location[-1])]):
            continue
        hint = None
        value: object = item["input"]
        context = item.get("ctx", {})
        words_for = EXPECTED.get(str(context.get("pattern")), EXPECTED.get(item["type"]))
        expected = item["msg"] if words_for is None else words_for.format(**context)
        if item["type"] == "extra_forbidden":
            known = sorted(_list_fields(model, location[:-1]))
            hint = did_you_mean(str(location[-1]), known) or f"known here: {', '.join(known)}"
        elif item["type"] == "missing":
            value = None
        elif item["type"] in ("literal_error", "enum"):
            words = str(context.get("expected", "")).replace("'", "").replace(" or ", ", ")
            expected = f"one of {words}"
            hint = did_you_mean(str(value), words.split(", "))
        yield Problem(
            reason="programme",
            file=file,
            row=row,
            column=dotted(location, prefix),
            value=None if value is None else str(value),
            expected=expected,
            next_step=hint,
        )


def dotted(location: Location, prefix: str = "") -> str:
    """Format a pydantic location for an owner.

    >>> dotted(("rotations", 2, "home_tem"))
    'rotations[2].home_tem'
    """
    text = prefix
    for part in location:
        text += f"[{part}]" if isinstance(part, int) else (f".{part}" if text else str(part))
    return text


def _list_fields(model: type[BaseModel], location: Location) -> set[str]:
    """List the field names valid at a location, by walking the model's annotations."""
    current: type[BaseModel] | None = model
    for part in location:
        if current is None:
            return set()
        if isinstance(part, str) and part in current.model_fields:
            current = _find_model(current.model_fields[part].annotation)
    return set(current.model_fields) if current else set()


def _find_model(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and not isinstance(annotation, types.GenericAlias):
        return annotation if issubclass(annotation, BaseModel) else None
    for inner in get_args(annotation):
        model = _find_model(inner)
        if model is not None:
            return model
    return None
