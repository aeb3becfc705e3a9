"""The parts of the workload and team impact reports: a sentence and a picture each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from . import figures, narrative
from .parts import Part, Report, count_text, details, lookup_table, numbers_table, state_box, why_empty

# --- workload -------------------------------------------------------------------------------------------


def request_mix(report: Report) -> Part:
    """A4: requests per working team-week by kind."""
    publication, texts = report.publication, report.texts
    total = narrative.first_row(publication.rows("requests.per_team_week", phase="stay", kind="all"))
    sentence = narrative.mix_sentence(publication, texts)
    figure = figures.request_mix(publication, texts) if sentence else None
    drawn = figures.mix_rows(publication)
    rows = [
        (f"{figures.row_label(publication, texts, row)} · {report.say('kind.' + row['kind'])}", row)
        for _, row in drawn[drawn["n"].gt(0)].iterrows()
    ]
    return Part(
        question=report.say("mix.question"),
        sentences=(sentence,) if sentence else (),
        figure=figure,
        state=None if figure else state_box(report, "not_measurable", "NO_REQUESTS"),
        alt=report.say("mix.alt", list=" / ".join(_labelled_texts(report, rows))),
        note=report.say(
            "mix.note",
            n=count_text(0 if total is None else total.n),
            missing=count_text(0 if total is None else total.missing),
            method=report.say("method.count_per_working_week"),
        ),
        numbers=_labelled_numbers(report, rows) if figure else "",
    )


def do_it_for_me(report: Report) -> Part:
    """A4: the share of "do it for me" among work and review, before and after, beside never-senders."""
    return _share_part(report, "requests.do_it_for_me_share", "do_it_for_me")


def phase_shares(report: Report) -> Part:
    """A9: self-resolution by team phase, beside never-senders over the same days."""
    return _share_part(report, "impact.self_resolution", "phases")


def _share_part(report: Report, measure: str, prefix: str) -> Part:
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
        alt=report.say(f"{prefix}.alt", list=" / ".join(_labelled_texts(report, rows))),
        note=report.say(
            f"{prefix}.note",
            n=count_text(own["n"].dropna().sum()),
            missing=count_text(own["missing"].dropna().sum()),
            method=report.say("method.share_wilson"),
        ),
        numbers=_labelled_numbers(report, rows) if figure else "",
    )


def _labelled_texts(report: Report, rows: Sequence[tuple[str, Any]]) -> list[str]:
    return [
        f"{label} {narrative.value_text(report.texts, row.unit, row.value)} (n = {count_text(row.n)})"
        for label, row in rows
    ]


def _labelled_numbers(report: Report, rows: Sequence[tuple[str, Any]]) -> str:
    labels = iter([label for label, _ in rows])
    return numbers_table(report, [row for _, row in rows], lambda row: next(labels), name="shares")


def incident_path(report: Report) -> Part:
    """A5: from watching to acting, with the chances there were."""
    publication, texts = report.publication, report.texts
    sentence = narrative.incident_sentence(publication, texts)
    figure = figures.incident_path(publication, texts) if sentence else None
    sums = narrative.incident_sums(publication)
    participation = publication.rows("incident.participation")
    shown = participation[participation["value"].notna() & participation["value"].gt(0)]

    def label(row: Any) -> str:
        person = narrative.name_of(publication, row.person)
        return f"{person} · {report.say(f'phase.{row.phase}')} · {report.say(f'step.{row.kind}')}"

    return Part(
        question=report.say("incidents.question"),
        sentences=(sentence,) if sentence else (),
        figure=figure,
        state=None if figure else state_box(report, *why_empty(participation)),
        alt=report.say(
            "incidents.alt",
            list=" / ".join(
                _labelled_texts(report, [(label(row), row) for row in shown.itertuples(index=False)])
            ),
        ),
        note=narrative.joined(texts, _incident_notes(report, sums)) if figure else "",
        numbers=_chance_numbers(report) if figure else "",
    )


def _incident_notes(report: Report, sums: dict[str, int]) -> list[str]:
    """n and what is missing: steps, periods without records, people not shown."""
    chances = report.publication.rows("incident.chances")
    notes = [report.say("incidents.note", n=sums["attended"], missing=sums.get("step_unknown", 0))]
    if any("RECORDS_END_EARLIER" in codes for codes in chances["notes"]):
        notes.append(report.say("note.RECORDS_END_EARLIER"))
    untold = int(chances.loc[chances["value"].notna(), "missing"].fillna(0).sum())
    if untold:
        notes.append(report.say("incidents.untold", n=untold))
    unread = [phase for phase, codes in zip(chances["phase"], chances["notes"], strict=True)
              if "NO_INCIDENT_RECORDS" in codes]  # fmt: skip
    if unread:
        periods = " / ".join(report.say(f"phase.{phase}") for phase in dict.fromkeys(unread))
        notes.append(report.say("incidents.unread", list=periods))
    hidden = narrative.hidden_people(report.publication, "incident.participation")
    if hidden:
        notes.append(report.say("bracket.hidden", n=hidden))
    return notes


def _chance_numbers(report: Report) -> str:
    """Person and phase: chances, then how often at each step."""
    publication = report.publication
    steps = ("observer", "helper", "responder", "lead", "step_unknown")
    rows = publication.rows("incident.participation")
    head = ["", report.say("incidents.chances"), *(report.say(f"step.{step}") for step in steps)]
    body = []
    for chance in publication.rows("incident.chances").itertuples(index=False):
        if chance.value is None:
            continue
        own = rows[rows["person"].eq(chance.person) & rows["phase"].eq(chance.phase)]
        counts = dict(zip(own["kind"], own["value"], strict=True))
        label = f"{narrative.name_of(publication, chance.person)} · {report.say(f'phase.{chance.phase}')}"
        body.append((label, count_text(chance.value), *(count_text(counts.get(step)) for step in steps)))
    return details(report, head, body)


# --- team impact ----------------------------------------------------------------------------------------


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
                _labelled_texts(report, [(label(row), row) for row in shown.itertuples(index=False)])
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
