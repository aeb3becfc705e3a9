"""What went wrong, where, and what to do next.

A user's mistake is a `UserError` and is shown as one short paragraph; anything else is a bug and is
shown as a traceback.  The command line turns `exit_code` into its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One finding: file, row (as the owner sees it), column, value, expectation, next step."""

    reason: str
    file: str | None = None
    sheet: str | None = None
    row: int | None = None
    column: str | None = None
    value: str | None = None
    expected: str | None = None
    next_step: str | None = None

    def __str__(self) -> str:
        """One line, place first.

        >>> print(Problem(reason="bad_date", file="a.csv", row=3, column="Created", value="31/31/24",
        ...               expected="a date, day first", next_step="correct the cell"))
        a.csv, row 3, Created: bad_date: '31/31/24' (expected a date, day first; correct the cell)
        """
        place = ", ".join(
            part
            for part in (
                self.file,
                f"sheet {self.sheet}" if self.sheet else None,
                f"row {self.row}" if self.row is not None else None,
                self.column and " ".join(self.column.split()),
            )
            if part
        )
        what = self.reason if self.value is None else f"{self.reason}: {shorten(self.value)!r}"
        hints = [f"expected {self.expected}" if self.expected else None, self.next_step]
        told = "; ".join(hint for hint in hints if hint)
        return show_controls((f"{place}: " if place else "") + what + (f" ({told})" if told else ""))


class UserError(Exception):
    """Something the user can mend; `str()` is the paragraph to show."""

    exit_code = 1

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows: IPython asks for it, and no traceback helps a user."""
        return [f"error: {show_controls(str(self))}"]


class UsageError(UserError):
    """A word of the command line, or a notebook's parameter, that does not exist."""

    exit_code = 2


class FileError(UserError):
    """A file that is refused as a whole; `problem.reason` is one of the contract's file reasons."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


def refused(name: str, reason: str, expected: str, next_step: str | None, **place: Any) -> FileError:
    """The refusal of the file called `name`; `place` holds other fields of its problem."""
    return FileError(Problem(reason=reason, file=name, expected=expected, next_step=next_step, **place))


class ProgrammeError(UserError):
    """A programme that cannot be used as written: all its problems at once."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def show_controls(text: str) -> str:
    """Text for a terminal, which obeys no cell: its control characters as pictures, ends of lines kept.

    >>> show_controls("\x1b[31mred\u202e")
    '␛[31mred�'
    """
    return _CONTROLS.sub(lambda found: chr(0x2400 + ord(found[0])) if found[0] < " " else "\ufffd", text)


def did_you_mean(word: str, known: Sequence[str]) -> str | None:
    """The hint for a misspelt word, or None.

    >>> did_you_mean("home_tem", ["home_team", "host_team"])
    'did you mean "home_team"?'
    >>> did_you_mean("zzz", ["home_team"]) is None
    True
    """
    near = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f'did you mean "{near[0]}"?' if near else None


def name_first(names: Iterable[str], *, most: int = 8) -> str:
    """Names in a row, the first ones where there are many.

    >>> name_first(["a", "b"]), name_first("abcdefghij")
    ('a, b', 'a, b, c, d, e, f, g, h and 2 more')
    """
    named = list(names)
    more = f" and {len(named) - most} more" if len(named) > most else ""
    return ", ".join(named[:most]) + more


def shorten(text: str, limit: int = 80) -> str:
    """A value as it may stand in a message: one line, at most `limit` characters.

    >>> shorten("a" * 100, 10)
    'aaaaaaaaa…'
    """
    line = show_controls(" ".join(text.split()))
    return line if len(line) <= limit else line[: limit - 1] + "…"
