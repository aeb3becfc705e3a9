"""Rows of the host, home and cost parts as text: value or reason, interval, n, missing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeGuard

import pandas as pd

from . import narrative
from .parts import Report, count_text, details, plain_table


def find_whole(report: Report, measure: str, **where: object) -> Any | None:
    """The programme's row of a measure."""
    found = report.publication.rows(measure, cohort=None, person=None, team=None, **where)
    return narrative.first_row(found)


def find_of_cohort(report: Report, measure: str, **where: object) -> Any | None:
    """The row of the report's cohort."""
    found = report.publication.rows(measure, cohort=report.publication.cohort, person=None, **where)
    return narrative.first_row(found)


def has_value(row: Any | None) -> TypeGuard[Any]:
    """Whether there is a row, and a number in it."""
    return row is not None and row.value is not None and not pd.isna(row.value)


def say_reason(report: Report, row: Any | None) -> str:
    """Why a row has no value."""
    code = row.notes[0] if row is not None and row.notes else "NO_SURVEY"
    return narrative.reason_text(report.texts, code)


def say_value(report: Report, row: Any) -> str:
    """The value with its unit."""
    return narrative.value_text(report.texts, row.unit, row.value, with_unit=True)


def say_range(report: Report, row: Any) -> str:
    """The interval, "–" where there is none."""
    if row.low is None or pd.isna(row.low) or row.high is None or pd.isna(row.high):
        return "–"
    low, high = (narrative.value_text(report.texts, row.unit, end) for end in (row.low, row.high))
    return report.say("part.ends", low=low, high=high)


COUNTED: tuple[tuple[str, str], ...] = (
    ("skill.", "persons"),
    ("impact.self_resolution.", "teams"),
    ("impact.self_solving.first_graduate", "teams"),
    ("host.teaching", "answers"),
    ("host.postponed", "answers"),
    ("host.balance", "stays"),
    ("host.break_even", "stays"),
    ("waiting.by_rotators", "requests"),
    ("waiting.change_by_rotators", "teams"),
    ("home.cover", "answers"),
    ("strain.", "persons"),
    ("improvement.in_use", "deliverables"),
    ("incident.weeks_to_responder", "persons"),
    ("one_to_one.", "persons"),
    ("followup.", "persons"),
    ("requests.repeat_topic", "consultations"),
    ("requests.", "requests"),
)
"""What the n of a measure counts, by how its name begins: lines with other n stand in one table."""


def say_count(report: Report, row: Any, n: object = None) -> str:
    """n (or another number of the same things) with what it counts, where that is known."""
    number = count_text(row.n if n is None else n)
    counted = _counted(row)
    if counted is None or number == "–":
        return number
    return report.say(f"counted.{counted}{'_one' if number == '1' else ''}", n=number)


def _counted(row: Any) -> str | None:
    if row.measure == "cost.account":
        return "answers" if row.kind == "teaching" else "stays"
    return next((counted for begin, counted in COUNTED if row.measure.startswith(begin)), None)


def list_cells(report: Report, row: Any | None) -> list[str]:
    """Value or why there is none, interval, n, missing."""
    if row is None or not has_value(row):
        n, missing = (None, None) if row is None else (row.n, row.missing)
        return [say_reason(report, row), "–", count_text(n), count_text(missing)]
    return [say_value(report, row), say_range(report, row), count_text(row.n), count_text(row.missing)]


def list_heads(report: Report, first: str) -> list[str]:
    """The heads above `list_cells`, after that of the labels."""
    return [
        first,
        report.say("part.value"),
        report.say("part.interval"),
        "n",
        report.say("part.missing"),
    ]


def name_cohort(report: Report) -> str:
    """The cohort as a column or sentence names it."""
    return report.say("hosting.of_cohort", cohort=report.publication.cohort or "")


def make_table(report: Report, first: str, rows: Iterable[tuple[str, Any | None]]) -> str:
    """A table of labelled rows."""
    body = [(label, *list_cells(report, row)) for label, row in rows]
    return plain_table(list_heads(report, first), body, css="lookup")


def say_rounds(row: Any) -> dict[str, str]:
    """How many rounds were answered, of how many."""
    code = next((note for note in row.notes if note.startswith("ROUNDS:")), "ROUNDS:0:0")
    _, answered, rounds = code.split(":")
    return {"answered": answered, "rounds": rounds}


def list_counted(report: Report, row: Any | None) -> list[str]:
    """The same where n counts other things in every line: n with what it counts."""
    cells = list_cells(report, row)
    return cells if row is None else [*cells[:2], say_count(report, row), cells[3]]


def fold_rows(
    report: Report, rows: Sequence[tuple[str, Any]], *, first: str = "", counted: bool = False
) -> str:
    """The numbers of a figure, folded; with the head of the labels, those of a table.

    `counted`: n stands with what it counts.
    """
    cells = list_counted if counted else list_cells
    body = [(label, *cells(report, row)) for label, row in rows]
    title = "part.table" if first else "part.numbers"
    return details(report, list_heads(report, first), body, title=title, numbers=False)


def say_entry(report: Report, label: str, row: Any) -> str:
    """One row of a list: label, value, n with what it counts."""
    return report.say("hosting.entry", label=label, value=say_value(report, row), n=say_count(report, row))


def say_note(report: Report, row: Any | None, key: str) -> str:
    """n, missing, method and what else is said of a row."""
    notes = () if row is None else [note for note in row.notes if not note.startswith("ROUNDS:")]
    return report.say(
        key,
        n=count_text(None if row is None else row.n),
        missing=count_text(None if row is None else row.missing),
        method=report.say(f"method.{row.method}") if row is not None else "–",
        notes=narrative.notes_text(report.texts, notes) if has_value(row) else "",
    )
