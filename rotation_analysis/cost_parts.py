"""The cost account as a table, and in money where a price of a week is declared."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from . import narrative
from .host_cells import (
    find_of_cohort,
    find_whole,
    has_value,
    list_counted,
    name_cohort,
    say_count,
    say_reason,
    say_value,
)
from .parts import Part, Report, count_text, plain_table

ACCOUNT = ("away", "collaboration", "teaching", "programme_hours", "net", "offset")


def account(report: Report) -> Part:
    """What the stays cost in person-weeks, line by line: the cohort's and the programme's."""
    rows = {
        kind: (
            find_of_cohort(report, "cost.account", kind=kind),
            find_whole(report, "cost.account", kind=kind),
        )
        for kind in ACCOUNT
    }
    head = [
        report.say("cost.column"),
        name_cohort(report),
        "n",
        report.say("hosting.of_programme"),
        report.say("part.interval"),
        "n",
        report.say("part.missing"),
        report.say("cost.column_basis"),
    ]
    body = [
        (
            report.say(f"cost.line.{kind}"),
            _signed(report, kind, own),
            "–" if own is None else say_count(report, own),
            _signed(report, kind, whole),
            *list_counted(report, whole)[1:],
            report.say(f"cost.basis.{kind}"),
        )
        for kind, (own, whole) in rows.items()
    ]
    return Part(
        question=report.say("cost.question"),
        sentences=tuple(_say_cost(report, rows)),
        table=plain_table(head, body, css="lookup account"),
        note=narrative.joined(report.texts, [report.say("cost.note"), _say_parts_notes(report, rows)]),
    )


def _signed(report: Report, kind: str, row: Any | None) -> str:
    """A line's value; what is taken off has its sign, what is not known its reason."""
    if not has_value(row):
        return say_reason(report, row)
    value = say_value(report, row)
    return report.say("cost.minus", value=value) if kind == "collaboration" else value


def _say_cost(report: Report, rows: dict[str, tuple[Any | None, Any | None]]) -> Iterator[str]:
    """The net and the offset of the cohort and of the programme; which lines of the cohort are not shown."""
    own, whole = rows["net"]
    for row, scope in ((own, name_cohort(report)), (whole, report.say("hosting.of_programme"))):
        if has_value(row):
            without = narrative.notes_text(report.texts, _lacking(row))
            said = report.say("cost.net", scope=scope, value=say_value(report, row), n=count_text(row.n))
            yield narrative.joined(report.texts, [said, without])
    lacking = [kind for kind, (row, _) in rows.items() if not has_value(row)]
    if lacking:
        named = report.say("list.separator").join(report.say(f"cost.line.{kind}") for kind in lacking)
        reasons = dict.fromkeys(say_reason(report, rows[kind][0]) for kind in lacking)
        yield report.say("cost.not_shown", scope=name_cohort(report), list=named, reason=" / ".join(reasons))
    offset = rows["offset"][1]
    if has_value(offset):
        yield report.say(
            "cost.offset",
            scope=report.say("hosting.of_programme"),
            value=say_value(report, offset),
            n=count_text(offset.n),
            missing=count_text(offset.missing),
        )


def _lacking(row: Any) -> list[str]:
    return [note for note in row.notes if note.startswith("WITHOUT_")]


def _say_parts_notes(report: Report, rows: dict[str, tuple[Any | None, Any | None]]) -> str:
    """What the programme's lines take for granted, each once."""
    shown = [row for _, row in rows.values() if row is not None and has_value(row)]
    codes = dict.fromkeys(
        note for row in shown for note in row.notes if not note.startswith(("WITHOUT_", "ROUNDS:"))
    )
    return narrative.notes_text(report.texts, codes)


def in_money(report: Report, rows: pd.DataFrame) -> Part:
    """The same lines at the declared price of a person-week."""
    own = rows[rows["cohort"].eq(report.publication.cohort)].set_index("kind")
    whole = rows[rows["cohort"].isna()].set_index("kind")
    currency = str(rows["label"].iloc[0] or "")
    head = [report.say("cost.column"), name_cohort(report), report.say("hosting.of_programme")]
    body = [
        (report.say(f"cost.line.{kind}"), *(_price(report, found, kind) for found in (own, whole)))
        for kind in ACCOUNT
    ]
    net = narrative.first_row(rows[rows["cohort"].isna() & rows["kind"].eq("net")])
    said = (
        (report.say("money.sentence", value=say_value(report, net), currency=currency, n=count_text(net.n)),)
        if net is not None and has_value(net)
        else ()
    )
    return Part(
        question=report.say("money.question"),
        sentences=said,
        table=plain_table(head, body, css="lookup account"),
        note=report.say("money.note", currency=currency),
    )


def _price(report: Report, rows: pd.DataFrame, kind: str) -> str:
    if kind not in rows.index:
        return "–"
    return _signed(report, kind, narrative.first_row(rows.loc[[kind]].reset_index()))
