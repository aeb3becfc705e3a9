"""The part about a share before and after, beside never-senders: of requests, of problems solved alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from . import figures, narrative
from .parts import Part, Report, count_text, numbers_table, state_box, why_empty


def share_part(report: Report, measure: str, prefix: str) -> Part:
    """The share of each home team by phase; texts under `prefix`."""
    publication, texts = report.publication, report.texts
    figure = figures.shares_by_phase(publication, texts, measure)
    own = publication.rows(measure)
    own = own[own["team"].notna()]
    rows = [
        (figures.row_label(publication, texts, row), row)
        for _, row in figures.share_rows(publication, measure).iterrows()
    ]
    return Part(
        question=report.say(f"{prefix}.question"),
        sentences=tuple(narrative.share_pairs(publication, texts, measure, prefix)),
        figure=figure,
        state=None if figure else state_box(report, *why_empty(own)),
        alt=report.say(f"{prefix}.alt", list=" / ".join(labelled_texts(report, rows))),
        note=report.say(
            f"{prefix}.note",
            n=count_text(own["n"].dropna().sum()),
            missing=count_text(own["missing"].dropna().sum()),
            method=report.say("method.share_wilson"),
        ),
        numbers=labelled_numbers(report, rows) if figure else "",
    )


def labelled_texts(report: Report, rows: Sequence[tuple[str, Any]]) -> list[str]:
    """Each labelled row as said of a picture that cannot be seen."""
    return [
        f"{label} {narrative.value_text(report.texts, row.unit, row.value)} (n = {count_text(row.n)})"
        for label, row in rows
    ]


def labelled_numbers(report: Report, rows: Sequence[tuple[str, Any]]) -> str:
    """The numbers of labelled rows, folded."""
    labels = iter([label for label, _ in rows])
    return numbers_table(report, [row for _, row in rows], lambda row: next(labels), name="shares")
