"""A1: what is to be decided for the next term, by triggers that were declared; and who could be sent next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pandas as pd

from . import narrative, programme_narrative
from .decisions import SELF_VIEWS, Decision, list_decisions, list_defaults
from .host_cells import say_count
from .parts import Part, Parts, Report, count_text, details, lookup_table, state_box, why_empty

MOST_NAMED = 4


def decide(report: Report) -> Parts:
    """The declared triggers with what was seen, and the teams that never sent anybody."""
    return Parts((next_term(report), who_goes_next(report)))


def next_term(report: Report) -> Part:
    """Each declared trigger, the value it looks at with its n, and whether it is reached."""
    decisions = list_decisions(report.publication, report.changes.earlier if report.changes else None)
    columns = [report.say(f"decide.column_{name}") for name in ("what", "trigger", "seen", "state")]
    lines = trigger_lines(report, decisions)
    return Part(
        question=report.say("decide.question"),
        sentences=(programme_narrative.reached_sentence(report.texts, decisions), _say_declared(report)),
        table=lookup_table(pd.DataFrame(lines, columns=columns), name="decide", unbroken=columns[3:]),
        note=_note(report, decisions),
    )


def trigger_lines(report: Report, decisions: Iterable[Decision]) -> list[list[str]]:
    """A line a decision: what is decided, its threshold, what was seen, where it stands."""
    return [
        [
            report.say(f"decide.item.{each.name}"),
            report.say(f"decide.trigger.{each.name}", value=_amount(report, each)),
            " / ".join(_seen(report, each)),
            report.say(f"decide.state.{each.state}"),
        ]
        for each in decisions
    ]


def _note(report: Report, decisions: tuple[Decision, ...]) -> str:
    """How to read the table; on the programme's page what the three values leave out."""
    gains = report.say("decide.note_gains") if report.publication.cohort is None else ""
    return narrative.joined(report.texts, [report.say("decide.note", n=len(decisions)), gains])


def _say_declared(report: Report) -> str:
    """Whether the triggers stood before the data, and which of the page's are not declared at all."""
    declared = report.publication.facts["triggers"]["declared"]
    if declared is None:
        return report.say("decide.not_declared")
    first = report.publication.facts["plan"]["first_stay"]
    when = "" if first is None or declared < first else "_during"
    when = "_late" if declared >= report.publication.as_of else when
    said = report.say(f"decide.declared{when}", day=report.texts.day(declared))
    names = [report.say(f"decide.item.{name}") for name in list_defaults(report.publication)]
    ours = report.say("decide.defaults", list=report.say("decide.join").join(names)) if names else ""
    return narrative.joined(report.texts, [said, ours])


def _amount(report: Report, decision: Decision) -> str:
    """The threshold with its unit; "" where the trigger names none."""
    if not decision.unit:
        return ""
    unit = decision.rows[0].unit if decision.rows else decision.unit
    return narrative.value_text(report.texts, unit, decision.threshold, with_unit=True)


def _seen(report: Report, decision: Decision) -> Iterator[str]:
    """The rows a decision looks at, each with its n; why there are none."""
    if decision.reason is not None:
        yield _say_untold(report, decision.reason)
    rows = decision.rows[:MOST_NAMED]
    abouts = [report.say(f"accounts.{name}") for name in decision.accounts] or [
        _name(report, r) for r in rows
    ]
    for about, row in zip(abouts, rows, strict=True):
        value = _value(report, row)
        key = "decide.seen_of" if about else "decide.seen"
        yield report.say(key, of=about, value=value, n=say_count(report, row))
    if (more := len(decision.rows) - MOST_NAMED) > 0:
        yield report.say("decide.more", n=more)
    yield from _say_besides(report, decision)
    for name, code in decision.untold:
        yield report.say(
            "decide.untold_of", of=report.say(f"accounts.{name}"), said=_say_untold(report, code)
        )


def _say_besides(report: Report, decision: Decision) -> Iterator[str]:
    """What a reader needs beside the rows of some decisions, where there are any."""
    if decision.name == "length":  # a median of so few stands and falls with who has not acted yet
        told = (narrative.note_text(report.texts, code) for row in decision.rows for code in row.notes)
        yield from (note for note in told if note)
    elif decision.rows and decision.name == "onboarding":
        yield report.say("decide.as_rated")
    elif decision.rows and decision.name == "tooling" and decision.rows[0].label is not None:
        yield report.say("decide.topics_words")


def _say_untold(report: Report, code: str) -> str:
    return report.say("decide.untold", reason=narrative.reason_text(report.texts, code))


def _value(report: Report, row: Any) -> str:
    """The value, with its interval where both ends are known: a state may rest on it."""
    value = narrative.value_text(report.texts, row.unit, row.value, with_unit=True)
    if any(end is None or pd.isna(end) for end in (row.low, row.high)):
        return value
    low, high = (narrative.value_text(report.texts, row.unit, end) for end in (row.low, row.high))
    return report.say("part.value_interval", value=value, low=low, high=high)


def _name(report: Report, row: Any) -> str:
    """What a row is about, where a decision looks at several: a skill, a topic, a number of participants."""
    if row.skill is not None:
        skills = {skill["id"]: report.texts.label(skill) for skill in report.publication.facts["skills"]}
        return _name_view(report, row, skills.get(row.skill, str(row.skill)))
    if row.label is not None:
        return str(row.label)
    return report.say(f"kind.{row.kind}") if row.kind and report.texts.has(f"kind.{row.kind}") else ""


def _name_view(report: Report, row: Any, skill: str) -> str:
    """A skill with the view that its row is of, and whether that is the only one that may be shown."""
    others = [view for view in SELF_VIEWS if view != row.measure]
    found = pd.concat([report.publication.rows(view, cohort=None, skill=row.skill) for view in others])
    key = "skill_of" if found["value"].notna().any() else "skill_alone"
    view = report.say(f"kind.{row.measure.rpartition('.')[2]}")
    return report.say(f"decide.{key}", skill=skill, view=view)


def who_goes_next(report: Report) -> Part:
    """Teams that never sent anybody, in the roster's order, with what they ask of the host team."""
    publication, texts = report.publication, report.texts
    rows = publication.rows("team.dependence", kind="never_sent")
    roster = list(publication.facts["teams"])
    shown = rows[rows["value"].notna()].sort_values("team", key=lambda ids: ids.map(roster.index))
    sent = publication.rows("team.dependence", kind="sent")
    columns = [report.say(f"next_team.column_{name}") for name in ("team", "value", "n", "missing")]
    lines = [
        [
            texts.label(publication.facts["teams"][row.team]),
            narrative.value_text(texts, row.unit, row.value),
            count_text(row.n),
            count_text(row.missing),
        ]
        for row in shown.itertuples(index=False)
    ]
    folded = publication.cohort is None  # the programme's page is long, and its sentences name the range
    table = (
        ""
        if folded
        else lookup_table(pd.DataFrame(lines, columns=columns), name="next-team", numbers=columns[1:])
    )
    return Part(
        question=report.say("next_team.question"),
        sentences=tuple(_say_next(report, shown, sent)),
        state=None if len(shown) else _why_no_team(report, rows),
        table=table if len(shown) else "",
        numbers=details(report, columns, lines, title="part.table") if folded and len(shown) else "",
        note=report.say(
            "next_team.note",
            n=len(shown),
            missing=len(rows) - len(shown),
            method=report.say("method.count_per_engineer"),
        ),
    )


def _why_no_team(report: Report, rows: pd.DataFrame) -> tuple[str, str, str]:
    return state_box(report, *(why_empty(rows) if len(rows) else ("not_measurable", "NO_NEVER_SENDER")))


def _say_next(report: Report, shown: pd.DataFrame, sent: pd.DataFrame) -> Iterator[str]:
    """How much those teams ask per engineer, beside the teams that have sent somebody."""
    if shown.empty:
        return
    texts = report.texts
    low, high = (
        narrative.value_text(texts, "per_engineer", end)
        for end in (shown["value"].min(), shown["value"].max())
    )
    yield report.say("next_team.sentence", n=len(shown), low=low, high=high)
    beside = sent[sent["value"].notna()]["value"]
    if len(beside):
        low, high = (narrative.value_text(texts, "per_engineer", end) for end in (beside.min(), beside.max()))
        yield report.say("next_team.sentence_sent", n=len(beside), low=low, high=high)
    yield report.say("next_team.unknown")
