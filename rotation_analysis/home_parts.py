"""What a stay costs the home team, and what spread beyond those who took part."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from .host_cells import (
    find_of_cohort,
    find_whole,
    has_value,
    list_cells,
    make_table,
    name_cohort,
    say_range,
    say_value,
)
from .parts import Part, Report, count_text, plain_table, state_box, why_empty

SPREAD = (
    ("spread.sessions", None),
    ("spread.sessions", "by_participants"),
    ("spread.attendances", None),
    ("spread.session_teams", None),
    ("spread.documents", None),
    ("spread.mentors", None),
)

OF_SURVEY = ("home.cover", "home.send_again")


def home_side(report: Report) -> Part:
    """Does the team cope, would it send again, was the delay planned for, could others stand in."""
    delay = "home.delay_within_plan"
    rows = [
        *((report.say(f"home_side.label.{name}"), find_whole(report, name)) for name in OF_SURVEY),
        (
            report.say(f"home_side.label.{delay}", scope=report.say("hosting.of_programme")),
            find_whole(report, delay),
        ),
        (report.say(f"home_side.label.{delay}", scope=name_cohort(report)), find_of_cohort(report, delay)),
        (report.say("home_side.label.home.bus_factor_away"), find_whole(report, "home.bus_factor_away")),
    ]
    shown = [row for _, row in rows if has_value(row)]
    told = pd.concat([report.publication.rows(name, cohort=None) for name in (*OF_SURVEY, delay)])
    return Part(
        question=report.say("home_side.question"),
        sentences=tuple(
            report.say(
                f"home_side.sentence.{row.measure}",
                value=say_value(report, row),
                range=say_range(report, row),
                n=count_text(row.n),
                missing=count_text(row.missing),
            )
            for row in shown
            if row.cohort is None or pd.isna(row.cohort)
        ),
        table=make_table(report, report.say("home_side.column"), rows) if shown else "",
        state=None if shown else state_box(report, *why_empty(told)),
        note=report.say(
            "home_side.note",
            rows=len(shown),
            all=len(rows),
            k=report.publication.facts["k"],
            mend=report.say("mend.HOME_NOT_RATED"),
        ),
    )


# --- spread ---------------------------------------------------------------------------------------------


def spread(report: Report) -> Part:
    """Sessions, who came, documents, graduates who mentor; how many at home used something."""
    first = report.say("spread.column")
    head = [first, name_cohort(report), report.say("hosting.of_programme"), "n", report.say("part.missing")]
    body = []
    for name, kind in SPREAD:
        own, whole = (find(report, name, kind=kind) for find in (find_of_cohort, find_whole))
        label, over = report.say(_spread_key(name, kind)), list_cells(report, whole)
        body.append((label, list_cells(report, own)[0], over[0], *over[2:]))
    used = find_whole(report, "spread.used")
    body.append(
        (report.say("spread.label.spread.used"), "–", *(list_cells(report, used)[i] for i in (0, 2, 3)))
    )
    known = any(has_value(find_whole(report, name, kind=kind)) for name, kind in SPREAD) or has_value(used)
    rows = report.publication.rows("spread.sessions", cohort=None)
    return Part(
        question=report.say("spread.question"),
        sentences=tuple(_say_spread(report, used)),
        table=plain_table(head, body, css="lookup") if known else "",
        state=None if known else state_box(report, *why_empty(rows)),
        note=report.say("spread.note", k=report.publication.facts["k"]),
    )


def _spread_key(name: str, kind: str | None) -> str:
    return f"spread.label.{name}" if kind is None else f"spread.label_{kind}"


def _say_spread(report: Report, used: Any | None) -> Iterator[str]:
    """Sessions and mentors over the programme, and use at home."""
    sessions, teams = (
        find_whole(report, "spread.sessions", kind=None),
        find_whole(report, "spread.session_teams"),
    )
    if has_value(sessions):
        yield report.say("spread.sentence_sessions", n=count_text(sessions.n))
    if has_value(teams):
        yield report.say(
            "spread.sentence_teams",
            value=say_value(report, teams),
            n=count_text(teams.n),
            missing=count_text(teams.missing),
        )
    mentors = find_whole(report, "spread.mentors")
    if has_value(mentors):
        yield report.say(
            "spread.sentence_mentors",
            value=say_value(report, mentors),
            n=count_text(mentors.n),
        )
    if has_value(used):
        yield report.say(
            "spread.sentence_used",
            value=say_value(report, used),
            n=count_text(used.n),
            missing=count_text(used.missing),
        )
