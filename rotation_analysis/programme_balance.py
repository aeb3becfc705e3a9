"""What was gained and what it cost, side by side; which kinds of source each claim rests on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from . import impact_narrative, narrative
from .host_cells import (
    find_whole,
    has_value,
    list_counted,
    list_heads,
    say_count,
    say_range,
    say_reason,
    say_value,
)
from .parts import Part, Report, count_text, plain_table, state_box

# --- two sources for each claim -------------------------------------------------------------------------

CLAIMS = (  # claim, its measure, and the kinds of source with the measure each has
    ("growth", (("self", "skill.growth.now_minus_start"), ("mentor", "skill.growth.mentor"))),
    (
        "first_graduate",
        (
            ("records", "impact.self_resolution.first_graduate"),
            ("home_team", "impact.self_solving.first_graduate"),
        ),
    ),
    ("away", (("records", "impact.self_resolution.away"), ("home_cover", "home.cover"))),
    ("waiting", (("records", "waiting.change_by_rotators"), ("host_postponed", "host.postponed"))),
)
AGREEMENT = ("alike", "apart", "open", "unsigned", "one", "none")
UNSIGNED = ("home.cover", "host.postponed")
"""Shares of answers: they speak to the claim, and have no direction to be set beside another's."""


def sources(report: Report) -> Part:
    """Which kinds of source speak to each claim, and whether they point the same way."""
    lines = [(claim, *_read_claim(report, given)) for claim, given in CLAIMS]
    told = [line for line in lines if line[-1] != "none"]
    head = [report.say(f"sources.column_{name}") for name in ("claim", "first", "second", "state")]
    body = [
        (report.say(f"sources.claim.{claim}"), *cells, report.say(f"sources.state.{state}"))
        for claim, cells, state in told
    ]
    return Part(
        question=report.say("sources.question"),
        sentences=(_count_sources(report, [state for _, _, state in lines]),) if body else (),
        table=plain_table(head, body, css="lookup") if body else "",
        state=None if body else (report.say("state.not_measurable"), report.say("sources.none"), ""),
        note=report.say("sources.note") if body else "",
    )


def _count_sources(report: Report, states: list[str]) -> str:
    """How many claims two sources tell alike and apart; the other states as far as there are any."""
    alike, apart, *others = ((state, states.count(state)) for state in AGREEMENT)
    listed = report.say("list.separator").join(
        report.say("sources.rest_entry", state=report.say(f"sources.state.{state}"), k=k)
        for state, k in others
        if k
    )
    rest = report.say("sources.rest", list=listed) if listed else ""
    return report.say("sources.sentence", n=len(states), alike=alike[1], apart=apart[1], rest=rest)


def _read_claim(report: Report, given: tuple[tuple[str, str], ...]) -> tuple[list[str], str]:
    """The value of each source with its interval and n, and whether they point the same way."""
    rows = [(source, _strongest(report, name)) for source, name in given]
    cells = [_source_cell(report, source, row) for source, row in rows]
    told = [row for _, row in rows if has_value(row)]
    if len(told) < 2:
        return cells, "one" if told else "none"
    if any(name in UNSIGNED for _, name in given):
        return cells, "unsigned"
    if any(row.verdict == "views_differ" for row in told):
        return cells, "apart"
    return cells, impact_narrative.compare_directions(*told)


def _strongest(report: Report, measure: str) -> Any | None:
    """The programme's row of a measure; of several (by participants present) the last that has a value."""
    where: dict[str, object] = {"skill": None} if measure.startswith("skill.") else {}
    rows = report.publication.rows(measure, cohort=None, person=None, team=None, **where)
    told = rows[rows["value"].notna()]
    return narrative.first_row((told if len(told) else rows).tail(1))


def _source_cell(report: Report, source: str, row: Any | None) -> str:
    name = report.say(f"sources.source.{source}")
    if row is None or not has_value(row):
        missing = "NO_RECORDS" if source == "records" else "NO_SURVEY"
        reason = say_reason(report, row) if row is not None else narrative.reason_text(report.texts, missing)
        return report.say("sources.cell_none", source=name, reason=reason)
    value, interval, n = say_value(report, row), say_range(report, row), say_count(report, row)
    if row.kind is not None:  # of several rows, which
        name = report.say("sources.source_of", source=name, of=report.say(f"kind.{row.kind}"))
    return report.say("sources.cell", source=name, value=value, range=interval, n=n)


# --- what was gained, beside what it cost ---------------------------------------------------------------

Line = tuple[str, str, dict[str, object]]
GAINS: tuple[Line, ...] = (
    ("growth", "skill.growth.now_minus_start", {"skill": None}),
    ("first_graduate", "impact.self_resolution.first_graduate", {}),
    ("second_graduate", "impact.self_resolution.second_graduate", {}),
    ("in_use", "improvement.in_use", {"kind": "all"}),
    ("offset", "cost.account", {"kind": "offset"}),
)
ACCOUNT, TAKEN_OFF = ("away", "collaboration", "teaching", "programme_hours"), "collaboration"
COSTS: tuple[Line, ...] = (
    ("net", "cost.account", {"kind": "net"}),
    ("away", "impact.self_resolution.away", {}),
    ("teaching", "host.teaching_hours", {"kind": None}),
    ("cover", "home.cover", {}),
    ("panic", "strain.panic_share", {}),
)


def gain_and_cost(report: Report) -> Part:
    """What the programme brought and what it cost, one above the other; never divided by one another."""
    lines = [
        (side, name, find_whole(report, measure, **where))
        for side, given in (("gain", GAINS), ("cost", COSTS))
        for name, measure, where in given
    ]
    shown = [(side, name, row) for side, name, row in lines if has_value(row)]
    body = [
        (
            name_line(report, f"{side}_unconfirmed" if _holds_zero(row) else side, name),
            *list_counted(report, row)[:3],
            _say_missing(report, side, name, row),
            narrative.verdict_word(report.texts, row),
        )
        for side, name, row in shown
    ]
    without = [name_line(report, *line[:2]) for line in lines if not has_value(line[2])]
    head = [*list_heads(report, report.say("beside.column")), report.say("beside.verdict")]
    return Part(
        question=report.say("beside.question"),
        sentences=tuple(_say_balance(report, shown, without)) if body else (),
        table=plain_table(head, body, css="lookup") if body else "",
        state=None if body else state_box(report, "not_measurable", "NO_RECORDS"),
        note=_say_money(report) if body else "",
    )


def name_line(report: Report, side: str, name: str) -> str:
    """A line's name with its side: gain or cost, or one of the two that is not confirmed."""
    what = report.say(f"beside.{side.removesuffix('_unconfirmed')}.{name}")
    return report.say("beside.label", side=report.say(f"beside.side.{side}"), what=what)


def _holds_zero(row: Any) -> bool:
    return impact_narrative.has_range(row) and row.low <= 0 <= row.high


def _say_missing(report: Report, side: str, name: str, row: Any) -> str:
    """What is missing; of the net, the answers about teaching that it lacks."""
    taught = find_whole(report, "cost.account", kind="teaching")
    if (side, name) == ("cost", "net") and has_value(taught) and taught.missing:
        return say_count(report, taught, taught.missing)
    return count_text(row.missing)


def _say_balance(report: Report, shown: list[tuple[str, str, Any]], without: list[str]) -> Iterator[str]:
    """How many lines are not confirmed; what the net is made of; which lines have no value."""
    open_lines = sum(_holds_zero(row) for _, _, row in shown)
    yield report.say("beside.sentence", k=open_lines, n=len(shown))
    account = list(_list_account(report))
    if account:
        said = report.say("beside.account", list=report.say("list.separator").join(account))
        yield narrative.joined(report.texts, [said, _say_account_range(report)])
    if without:
        yield report.say("beside.without", n=len(without), list=report.say("list.separator").join(without))


def _say_account_range(report: Report) -> str:
    """Which line the interval of the net comes from."""
    taught = find_whole(report, "cost.account", kind="teaching")
    if not has_value(taught) or not impact_narrative.has_range(taught):
        return ""
    return report.say("beside.account_range", n=count_text(taught.n), missing=count_text(taught.missing))


def _list_account(report: Report) -> Iterator[str]:
    """The lines that the net is made of, as far as they are known."""
    for kind in ACCOUNT:
        row = find_whole(report, "cost.account", kind=kind)
        if has_value(row):
            name, value = report.say(f"cost.line.{kind}"), _signed(report, kind, row)
            yield report.say("beside.account_line", name=name, value=value, n=say_count(report, row))


def _signed(report: Report, kind: str, row: Any) -> str:
    """A line of the account; what is taken off has its sign."""
    value = say_value(report, row)
    return report.say("cost.minus", value=value) if kind == TAKEN_OFF else value


def _say_money(report: Report) -> str:
    """Money only where the owner declared a price; then what is left out is said."""
    rows = report.publication.rows("cost.money", cohort=None, kind="net")
    row = narrative.first_row(rows)
    if row is None or not has_value(row):
        return report.say("beside.note")
    value = say_value(report, row)
    said = report.say("beside.money", value=value, currency=str(row.label or ""), n=count_text(row.n))
    return narrative.joined(report.texts, [said, report.say("beside.note")])
