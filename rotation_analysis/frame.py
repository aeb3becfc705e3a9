"""The frame of every report: head, three accounts, who and when; answers, records, words, foot."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from . import (
    account_narrative,
    figures,
    narrative,
    programme_narrative,
    request_narrative,
    skill_narrative,
    word_parts,
)
from .parts import Foot, Head, Part, Parts, Report, count_text, details, lookup_table, plain_table, state_box
from .replies import carry_replies

EFFECT, WAITING = "impact.self_resolution.first_graduate", "waiting.change_by_rotators"

# --- the frame of every report --------------------------------------------------------------------------


def title(report: Report) -> Part:
    """Title, what the report is about, the banner of invented data, what it must not be used for."""
    facts = report.publication.facts
    return Head(
        question=report.say(f"report.title.{report.name}", cohort=report.publication.cohort or ""),
        sentences=(report.say(f"report.lead.{report.name}"),),
        note=" · ".join(
            (
                report.texts.label(facts["company"]),
                report.texts.label(facts["name"]),
                report.say("report.data_until", day=report.texts.day(report.publication.as_of)),
                *word_parts.address_lines(report),
            )
        ),
        notices=(
            *((report.say("report.synthetic"),) if facts["synthetic"] else ()),
            report.say("report.notice"),
        ),
    )


@carry_replies("skill.growth", only_in="skill_growth")
def three_accounts(report: Report) -> Part:
    """Person, home team, organisation: gained, paid, not known."""
    cells = account_narrative.account_cells(report.publication, report.texts)
    head = [report.say(f"accounts.{key}") for key in ("party", "gained", "paid", "unknown")]
    body = [
        [report.say(f"accounts.{party}"), *(row[key] for key in ("gained", "paid", "unknown"))]
        for party, row in cells.items()
    ]
    return Part(
        question=report.say("accounts.question"),
        sentences=tuple(_summary(report)),
        table=plain_table(head, body, css="accounts"),
        css="part summary",
    )


def _summary(report: Report) -> Iterator[str]:
    """What a busy reader takes away; where a report has no summary of its own, whom it is about."""
    if report.name == "skill_growth":
        yield from skill_narrative.summary_sentences(report.publication, report.texts)
    elif report.publication.cohort is None:
        yield from programme_narrative.summary_sentences(report.publication, report.texts, report.changes)
    else:
        publication = report.publication
        yield from _headline(report)
        yield report.say(
            "accounts.sentence", cohort=publication.cohort or "", n=len(publication.facts["stays"])
        )


def _headline(report: Report) -> Iterator[str]:
    """The claim that a cohort's report is about, of the programme, before whom it is about."""
    publication, texts = report.publication, report.texts
    if report.name == "team_impact":
        yield from _say_claim(report, publication.rows(EFFECT, team=None, cohort=None))
    elif (most := request_narrative.most_present(publication)) is not None:
        present = request_narrative.number_of(most.kind)
        rows = publication.rows(WAITING, kind=most.kind, cohort=None)
        said = list(_say_claim(report, rows))
        if present and said:
            yield narrative.joined(texts, [report.say("accounts.lead_waiting", k=present), *said])


def _say_claim(report: Report, rows: pd.DataFrame) -> Iterator[str]:
    row = narrative.first_row(rows)
    if row is not None:
        yield narrative.claim(report.texts, row)


def who_and_when(report: Report) -> Part:
    """A2: people, dates, how the stays ended."""
    publication, texts = report.publication, report.texts
    entries = narrative.who_entries(publication, texts)
    events = [
        f"{texts.day(event['date'])} {texts.label(event)}" for event in figures.events_in_view(publication)
    ]
    head = [report.say(f"who.column_{key}") for key in ("person", "team", "start", "end", "ending", "now")]
    body = [
        (
            stay["name"],
            texts.label(stay["team_name"]),
            texts.day(stay["start"]),
            texts.day(stay["end"]) if stay["end"] else "–",
            report.say(f"ending.{stay['ending']}"),
            report.say(f"now.{stay['now']}"),
        )
        for stay in publication.facts["stays"]
    ]
    return Part(
        question=report.say("who.question"),
        sentences=(narrative.who_sentence(publication, texts),),
        figure=figures.stays(publication, texts),
        alt=report.say("who.alt", list=" / ".join(entries)),
        note=narrative.joined(texts, _who_notes(report, events)),
        numbers=details(report, head, body),
    )


def _who_notes(report: Report, events: list[str]) -> list[str]:
    """n, and what the marks mean that are in the picture."""
    stays = report.publication.facts["stays"]
    notes = [report.say("who.note", n=len(stays))]
    if any(stay["end"] is None for stay in stays):
        notes.append(report.say("who.note_running"))
    if events:
        notes.append(report.say("who.note_events", events=" / ".join(events)))
    return notes


# --- appendix -------------------------------------------------------------------------------------------


def appendix(report: Report) -> Parts:
    """The end of every report: own impressions, who answered, the plan, the records, the words, the foot."""
    closing = (word_parts.impressions(report),) if report.name in word_parts.CLOSING else ()
    answered = (coverage(report),) if report.name == "skill_growth" else ()
    return Parts((*closing, *answered, plan(report), records(report), glossary(report), footer(report)))


STATUSES = ("answered", "missing", "not_yet_due", "cannot_be_asked", "not_applicable")
WAVES = ("start", "middle", "end", "after_3m", "after_6m", "after_12m")


def coverage(report: Report) -> Part:
    """Appendix: who answered, by questionnaire and wave; what changed in the questions."""
    publication = report.publication
    odd = publication.rows("coverage.skill_survey.other_scale", cohort=publication.cohort)
    lines = _list_coverage(report)
    columns = [report.say("coverage.column_rater"), report.say("coverage.column_wave")]
    columns += [report.say(f"status.{status}") for status in STATUSES]
    return Part(
        question=report.say("coverage.question"),
        sentences=(report.say("coverage.sentence"), *_say_question_changes(report)),
        table=lookup_table(pd.DataFrame(lines, columns=columns), name="coverage", numbers=columns[2:])
        if lines
        else "",
        state=None if lines else state_box(report, "not_measurable", "NO_SURVEY"),
        note=report.say(
            "coverage.note", n=len(publication.facts["stays"]), odd=int(odd["value"].sum()) if len(odd) else 0
        ),
    )


def _list_coverage(report: Report) -> list[list[str]]:
    """A line a questionnaire and wave, those of the skill grid first: how many persons in each state."""
    publication = report.publication
    lines = []
    for measure, said in (("coverage.skill_survey", "coverage.grid"), ("coverage.survey", "coverage.other")):
        rows = publication.rows(measure, cohort=publication.cohort)
        for kind in sorted(set(rows["kind"]), reverse=True):  # self before mentor
            name = report.say(f"kind.{kind}") if report.texts.has(f"kind.{kind}") else kind
            for wave in WAVES:
                here = rows[rows["kind"].eq(kind) & rows["wave"].eq(wave)]
                if len(here):
                    counts = {notes[0]: n for notes, n in zip(here["notes"], here["n"], strict=True)}
                    numbers = [str(counts.get(f"STATUS_{status.upper()}", 0)) for status in STATUSES]
                    lines.append([report.say(said, name=name), report.say(f"wave.{wave}"), *numbers])
    return lines


def _say_question_changes(report: Report) -> Iterator[str]:
    """Questions that were worded otherwise at some time, and whether the owner says they ask the same."""
    labels = {skill["id"]: report.texts.label(skill) for skill in report.publication.facts["skills"]}
    for change in report.publication.facts["question_changes"]:
        yield report.say(
            f"coverage.{'same' if change['same_meaning'] else 'other'}_meaning",
            question=labels.get(change["question"], change["question"]),
            wording=change["wording"],
        )


def plan(report: Report) -> Part:
    """Appendix: what was declared beforehand: when, what is judged together, measurement error, windows."""
    declared = report.publication.facts["plan"]
    families = _list_families(report, declared["families"])
    judged = "plan.sentence" if families else "plan.no_families"
    untold = [of for of in ERRORS if of not in declared["measurement_error"]]
    return Part(
        question=report.say("plan.question"),
        sentences=(
            _say_when(report, declared),
            report.say("note.PLAN_AFTER_DATA" if declared["when"] == "after_data" else judged),
            *(report.say("plan.no_error", of=report.say(f"plan.of.{of}")) for of in untold),
        ),
        table=families + _list_errors(report, declared["measurement_error"]),
        note=report.say("plan.note", waves=declared["waves"], sha=declared["sha256"][:12]),
    )


ERRORS = ("composite", "skill")


def _say_when(report: Report, declared: dict[str, Any]) -> str:
    """When the plan was declared, relative to the data."""
    texts, first = report.texts, declared["first_stay"]
    return report.say(
        f"plan.when.{declared['when']}",
        declared=texts.day(declared["declared"]),
        first=texts.day(first) if first else "–",
        until=texts.day(report.publication.as_of),
    )


def _list_families(report: Report, families: list[dict[str, Any]]) -> str:
    """Each declared measure with its family and the smallest change that matters, as declared."""
    columns = [report.say(f"plan.column.{name}") for name in ("family", "measure", "s")]
    lines = []
    for family in families:
        own = f"plan.family.{family['name']}"
        name = report.say(own) if report.texts.has(own) else family["name"]
        for each in family["measures"]:
            said = report.say(f"measure.{each['measure']}")
            said = report.say("plan.by_skill", measure=said) if family["skills"] else said
            s = 100 * each["s"] if each["unit"] == "share_points" else each["s"]
            smallest = report.say(f"unit.{each['unit']}", value=f"{s:g}")
            lines.append([name, said[:1].upper() + said[1:], smallest])
    table = pd.DataFrame(lines, columns=columns)
    return lookup_table(table, name="plan", numbers=columns[2:]) if lines else ""


def _list_errors(report: Report, errors: dict[str, Any]) -> str:
    """The declared measurement error of a person's mean and of a single skill, with its source."""
    columns = [report.say(f"plan.column.{name}") for name in ("of", "r", "sd", "source")]
    lines = []
    for of in ERRORS:
        error = errors.get(of)
        told = [f"{error['r']:g}", f"{error['sd']:g}", error["source"]] if error else ["–"] * 3
        lines.append([report.say(f"plan.of.{of}"), *told])
    return lookup_table(pd.DataFrame(lines, columns=columns), name="plan-error", numbers=columns[1:3])


def records(report: Report) -> Part:
    """Appendix: the account's sums."""
    account = report.publication.facts["account"]
    lines = []
    for outcome in ("set_aside", "refused", "cell", "warning"):
        for reason, n in account["reasons"][outcome].items():
            said = (
                report.say(f"records.reason.{reason}")
                if report.texts.has(f"records.reason.{reason}")
                else reason
            )
            lines.append([report.say(f"records.{outcome}", reason=said), count_text(n)])
    columns = [report.say("records.column_reason"), report.say("records.column_n")]
    corrected = account["corrections"]
    told = (report.say("records.corrections", n=len(corrected)),) if corrected else ()
    table = lookup_table(pd.DataFrame(lines, columns=columns), name="records", numbers=columns[1:])
    return Part(
        question=report.say("records.question"),
        sentences=(
            report.say("records.sentence", files=account["files"], read=count_text(account["read"])),
            report.say("report.left_out", **{key: count_text(account[key]) for key in ACCOUNT_KEYS}),
            *told,
        ),
        table=(table if lines else "") + (_list_corrections(report, corrected) if corrected else ""),
        note=report.say("records.note", read=count_text(account["read"])),
    )


def _list_corrections(report: Report, corrected: list[dict[str, Any]]) -> str:
    """Every cell that the owner's sheet corrected: where, why, by whom and when; never its value."""
    names = ("file", "row", "column", "why", "who", "when")
    columns = [report.say(f"records.correction.{name}") for name in names]
    rows = [[str(each[name]) for name in names] for each in corrected]
    return lookup_table(pd.DataFrame(rows, columns=columns), name="corrections", numbers=[columns[1]])


ACCOUNT_KEYS = ("read", "used", "set_aside", "refused", "cells")


def glossary(report: Report) -> Part:
    """Appendix: the words of the report."""
    entries = [
        text.split("|", 1)
        for key, text in report.texts.sentences.items()
        if key.startswith("glossary.entry.")
    ]
    columns = [report.say("glossary.term"), report.say("glossary.meaning")]
    return Part(
        question=report.say("part.glossary"),
        sentences=(report.say("glossary.sentence"),),
        table=lookup_table(pd.DataFrame(entries, columns=columns), name="glossary"),
    )


def footer(report: Report) -> Part:
    """Data until, version, rows left out, the plan, what the report must not be used for."""
    facts = report.publication.facts
    declared = facts["plan"]
    primary = " / ".join(report.say(f"measure.{name}") for name in declared["primary"])
    late = "_after_data" if declared["when"] == "after_data" else ""
    carried = filter(None, (narrative.carried_sentence(report.publication, report.texts),))
    return Foot(
        question="",
        sentences=(
            report.say("report.data_until", day=report.texts.day(report.publication.as_of)),
            report.say("report.version", version=facts["version"]),
            report.say("report.left_out", **{key: count_text(facts["account"][key]) for key in ACCOUNT_KEYS}),
            report.say(
                f"report.plan{late}", day=report.texts.day(declared["declared"]), primary=primary or "–"
            ),
            report.say("report.notice_tail", k=facts["k"]),
            *carried,
            report.say("report.notice"),
        ),
    )
