"""Where a quote of a CSV file went wrong: looked for only once a file is known to be broken."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_QUOTED = re.compile(r'"[^"]*+(?:""[^"]*+)*+("?)')


@dataclass(frozen=True)
class BadQuote:
    """The first broken record: its first line, the number (from 0) and the text of the broken field on.

    `opened` and `closed` are the lines on which the field begins and ends; `open` where it never ends, `bare`
    where it has no opening quote.
    """

    row: int
    field: int
    value: str
    opened: int
    closed: int
    open: bool
    bare: bool


def find_bad_quote(lines: Iterable[str], separator: str) -> BadQuote:
    """The place in lines that a strict reader refuses, or whose quotes are not all in pairs.

    A cell is too long where it exceeds csv's limit at this moment.

    Raises `ValueError` where nothing is wrong.
    """
    row, written = _find_record(lines, separator)
    unquoted = re.compile(f"[^{separator}\r\n]*")
    end, field = -1, -1
    while end < len(written):
        begin, field = end + 1, field + 1
        quoted = _QUOTED.match(written, begin)
        end = (quoted or unquoted.match(written, begin)).end()  # type: ignore[union-attr]
        follows = written[end : end + 1]
        bare = quoted is None and '"' in written[begin:end]
        unclosed = quoted is not None and not quoted[1]
        too_long = end - begin > csv.field_size_limit()
        if bare or unclosed or too_long or follows not in ("", separator, "\r", "\n"):
            break
    opened, closed = row + _line_ends(written[:begin]), row + _line_ends(written[:end])
    return BadQuote(row, field, written[begin : begin + 1_000], opened, closed, unclosed, bare)


def find_bare_quote(body: bytes, separator: str) -> int | None:
    """Where the first quote stands in the middle of a cell that has none around it; None where none does.

    For bytes in which every quoted cell ends at a separator or with its line.
    """
    mark = re.escape(separator.encode())
    sound = re.compile(rb'(?:[^"]*+(?<![^' + mark + rb'\r\n])"[^"]*+"(?:"[^"]*+")*+)*+').match(body)
    at = body.find(b'"', sound.end() if sound else 0)
    return None if at < 0 else at


def _find_record(lines: Iterable[str], separator: str) -> tuple[int, str]:
    """First line and text of the first record that is refused, or that holds an odd number of quotes."""
    taken: list[str] = []

    def take() -> Iterator[str]:
        for line in lines:
            taken.append(line)
            yield line

    row = 1
    reader = csv.reader(take(), delimiter=separator, strict=True)
    try:
        for _ in reader:
            if sum(line.count('"') for line in taken) % 2:
                return row, "".join(taken)
            taken.clear()
            row = reader.line_num + 1
    except csv.Error:
        return row, "".join(taken)
    raise ValueError("every quote has its pair")


def _line_ends(written: str) -> int:
    return len(re.findall(r"\r\n|\r|\n", written))
