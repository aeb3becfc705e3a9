"""The parts of the team impact report: a sentence and a picture each."""

from __future__ import annotations

from typing import Any

import pandas as pd

from . import figures, narrative
from .parts import Part, Report, count_text, lookup_table, numbers_table, state_box, why_empty
from .share_parts import labelled_texts, share_part


def phase_shares(report: Report) -> Part:
    """A9: self-resolution by team phase, beside never-senders over the same days."""
    return share_part(report, "impact.self_resolution", "phases")


def impact_difference(report: Report) -> Part:
    """A9: differences to never-senders with interval, single teams without, before/after as no answer."""
    publication, texts = report.publication, report.texts
    figure = figures.impact_difference(publication, texts)
    names = ("first_graduate", "away", "second_graduate", "before_after")
    rows = pd.concat([publication.rows(f"impact.self_resolution.{name}") for name in names])

    def label(row: Any) -> str:
        name = row.measure.rsplit(".", 1)[1]
        if row.team is None or pd.isna(row.team):
            return report.say(f"figure.comparison.{name}")
        team = texts.label(publication.facts["teams"][row.team])
        return report.say(f"figure.comparison_team.{name}", team=team)

    shown = rows[rows["value"].notna()]
    notes = narrative.notes_text(texts, _programme_notes(rows))
    return Part(
        question=report.say("difference.question"),
        sentences=tuple(narrative.difference_sentences(publication, texts)),
        figure=figure,
        state=None if figure else state_box(report, *why_empty(rows)),
        alt=report.say(
            "difference.alt",
            list=" / ".join(
                labelled_texts(report, [(label(row), row) for row in shown.itertuples(index=False)])
            ),
        ),
        note=report.say(
            "difference.note",
            **_compared_teams(rows),
            s=texts.number(100 * publication.facts["smallest_change"]["share_points"]),
            notes=report.say("difference.note_first_graduate", notes=notes) if notes else "",
            method=report.say("method.difference_randomised"),
        ),
        numbers=numbers_table(report, shown.itertuples(index=False), label, name="difference")
        if figure
        else "",
    )


def _compared_teams(rows: pd.DataFrame) -> dict[str, str]:
    """n and missing of each comparison over the programme."""
    whole = rows[rows["team"].isna()]
    found: dict[str, str] = {}
    for name in ("first_graduate", "away", "second_graduate"):
        row = narrative.first_row(whole[whole["measure"].eq(f"impact.self_resolution.{name}")])
        found[name] = count_text(0 if row is None else row.n)
        found[f"{name}_missing"] = count_text(0 if row is None else row.missing)
    return found


def _programme_notes(rows: pd.DataFrame) -> tuple[str, ...]:
    main = narrative.first_row(
        rows[rows["team"].isna() & rows["measure"].eq("impact.self_resolution.first_graduate")]
    )
    return () if main is None or main.value is None else tuple(main.notes)


def events(report: Report) -> Part:
    """A9: what else changed, for everybody, on which day."""
    entries = report.publication.facts["events"]
    if not entries:
        return Part(question=report.say("events.question"), sentences=(report.say("events.sentence_none"),))
    columns = [report.say(f"events.column_{key}") for key in ("date", "what", "phases")]
    lines = [
        [report.texts.day(entry["date"]), report.texts.label(entry), _phases_at(report, entry["date"])]
        for entry in entries
    ]
    return Part(
        question=report.say("events.question"),
        sentences=(report.say("events.sentence"),),
        table=lookup_table(pd.DataFrame(lines, columns=columns), name="events", unbroken=columns[:1]),
        note=report.say("events.note", n=len(entries)),
    )


def _phases_at(report: Report, day: str) -> str:
    """In which phase of this cohort's each of its home teams was on a day."""
    names = report.publication.facts["teams"]
    found = [
        f"{report.texts.label(names[phase['team']])}: {report.say('phase.' + phase['phase'])}"
        for phase in report.publication.facts["team_phases"]
        if phase["first"] <= day <= phase["last"]
    ]
    return " / ".join(found) or "–"
