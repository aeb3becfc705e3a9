"""A5, incidents, and what was improved: parts of the workload report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from . import incident_figures, narrative
from .parts import Part, Parts, Report, count_text, details, plain_table, state_box, why_empty
from .publications import Publication
from .replies import carry_replies

CHANCES, PARTICIPATION = "incident.chances", "incident.participation"
FIRST_STEP = "incident.weeks_to_responder"
LONE = "lone_commander"
STEPS = ("observer", "helper", "responder", "lead", LONE, "step_unknown")
ACTING = ("responder", "lead")
STAY_PHASES = ("month_1", "months_2_3", "months_4_end")
OWN_SHEET = "owner's sheet"
"""How results name, in the place of a tool, a sheet that the owner typed into."""


def incidents(report: Report) -> Parts:
    """A5: the path, shared resources apart, weeks to the first responder step, what the records can tell."""
    return Parts(
        (incident_path(report), shared_resources(report), first_responder(report), who_is_told(report))
    )


def label_stay(report: Report, person: str, phase: str) -> str:
    name = narrative.name_of(report.publication, person)
    return f"{name} · {report.say(f'phase.{phase}')}"


# --- the path -------------------------------------------------------------------------------------------


@carry_replies(PARTICIPATION, CHANCES)
def incident_path(report: Report) -> Part:
    """From watching to acting, with the chances there were."""
    publication, texts = report.publication, report.texts
    participation = publication.rows(PARTICIPATION)
    sums = incident_sums(publication)
    figure = incident_figures.incident_path(publication, texts) if sums["n"] else None
    shown = participation[participation["value"].notna() & participation["value"].gt(0)]
    told = [
        f"{label_stay(report, row.person, row.phase)} · {report.say(f'step.{row.kind}')} "
        f"{narrative.value_text(texts, row.unit, row.value)} (n = {count_text(row.n)})"
        for row in shown.itertuples(index=False)
    ]
    return Part(
        question=report.say("incidents.question"),
        sentences=tuple(_path_sentences(report, sums)) if figure else (),
        figure=figure,
        state=None if figure else state_box(report, *why_empty(participation)),
        alt=report.say("incidents.alt", list=" / ".join(told)),
        note=narrative.joined(texts, _path_notes(report, sums)) if figure else "",
        numbers=_chance_numbers(report, sums) if figure else "",
    )


def incident_sums(publication: Publication, suffix: str = "") -> dict[str, int]:
    """Chances, attendances and steps over the participants that are shown; `n` of them."""
    rows = publication.rows(f"{PARTICIPATION}{suffix}")
    rows = rows[rows["value"].notna()]
    chances = publication.rows(f"{CHANCES}{suffix}")
    return {
        **_sum_steps(rows),
        "chances": int(chances["value"].dropna().sum()),
        "n": rows["person"].nunique(),
    }


def _sum_steps(rows: pd.DataFrame) -> dict[str, int]:
    sums = {step: int(rows.loc[rows["kind"].eq(step), "value"].sum()) for step in STEPS}
    return {**sums, "attended": sum(sums.values())}


def _path_sentences(report: Report, sums: Mapping[str, int]) -> Iterator[str]:
    names = ("n", "chances", "attended", *(step for step in STEPS if step != LONE))
    yield report.say("incidents.sentence", **{name: sums[name] for name in names})
    if sums[LONE]:
        yield report.say("incidents.lone", lone=sums[LONE])


def _path_notes(report: Report, sums: Mapping[str, int]) -> list[str]:
    """n and what is missing: steps, periods without records, people not shown."""
    chances = report.publication.rows(CHANCES)
    notes = [report.say("incidents.note", n=sums["attended"], missing=sums["step_unknown"])]
    if any("RECORDS_END_EARLIER" in codes for codes in chances["notes"]):
        notes.append(report.say("note.RECORDS_END_EARLIER"))
    if untold := int(chances["missing"].dropna().sum()):
        notes.append(report.say("incidents.untold", n=untold))
    unread = [phase for phase, codes in zip(chances["phase"], chances["notes"], strict=True)
              if "NO_INCIDENT_RECORDS" in codes]  # fmt: skip
    if unread:
        periods = " / ".join(report.say(f"phase.{phase}") for phase in dict.fromkeys(unread))
        notes.append(report.say("incidents.unread", list=periods))
    if hidden := narrative.hidden_people(report.publication, PARTICIPATION):
        notes.append(report.say("bracket.hidden", n=hidden))
    return notes


def _chance_numbers(report: Report, sums: Mapping[str, int]) -> str:
    """Person and phase: chances, then how often at each step."""
    publication = report.publication
    steps = _steps_of(sums)
    rows = publication.rows(PARTICIPATION)
    head = ["", report.say("incidents.chances"), *(report.say(f"step.{step}") for step in steps)]
    body = []
    for chance in publication.rows(CHANCES).itertuples(index=False):
        if chance.value is None:
            continue
        own = rows[rows["person"].eq(chance.person) & rows["phase"].eq(chance.phase)]
        counts = dict(zip(own["kind"], own["value"], strict=True))
        label = label_stay(report, chance.person, chance.phase)
        known = None if chance.missing and not chance.n else chance.value  # of none it is known: no zero
        body.append((label, count_text(known), *(count_text(counts.get(step)) for step in steps)))
    return details(report, head, body)


def _steps_of(sums: Mapping[str, int]) -> list[str]:
    """The steps that stand in a table: commanders made by the tool only where there was one."""
    return [step for step in STEPS if step != LONE or sums.get(LONE)]


# --- shared resources -----------------------------------------------------------------------------------


@carry_replies(PARTICIPATION, CHANCES)
def shared_resources(report: Report) -> Part:
    """Incidents of shared resources during the stays beside the others, person by person as far as shown."""
    publication = report.publication
    rows = publication.rows(f"{PARTICIPATION}.shared")
    sums = incident_sums(publication, ".shared")
    if not sums["n"]:
        return Part(question=report.say("shared.question"), state=state_box(report, *why_empty(rows)))
    people = [stay["person"] for stay in publication.facts["stays"]]
    lines = [(who, *pair) for who in dict.fromkeys(people) if (pair := _shared_and_others(publication, who))]
    shared, others = ({k: sum(line[place][k] for line in lines) for k in lines[0][1]} for place in (1, 2))
    both = {step: shared[step] + others[step] for step in STEPS}
    steps = _steps_of(both)
    head = [report.say("shared.column_who"), report.say("incidents.chances")]
    body = [
        (
            f"{narrative.name_of(publication, who)} · {report.say(f'shared.{name}')}",
            count_text(counts["chances"]),
            *(count_text(counts[step]) for step in steps),
        )
        for who, *pair in lines
        for name, counts in zip(("own", "others"), pair, strict=True)
    ]
    acting = {name: sum(counts[s] for s in ACTING) for name, counts in (("", shared), ("other_", others))}
    return Part(
        question=report.say("shared.question"),
        sentences=(
            report.say(
                "shared.sentence",
                n=len(lines),
                **{f"{name}acting": value for name, value in acting.items()},
                **{name: shared[name] for name in ("chances", "attended")},
                **{f"other_{name}": others[name] for name in ("chances", "attended")},
            ),
        ),
        numbers=details(
            report, [*head, *(report.say(f"step.{s}") for s in steps)], body, title="shared.numbers"
        ),
        note=report.say(
            "shared.note", n=shared["attended"] + others["attended"], missing=both["step_unknown"]
        ),
    )


def _shared_and_others(publication: Publication, person: str) -> tuple[dict[str, int], dict[str, int]] | None:
    """Chances and steps of one person during the stay: of shared resources, and of the rest."""
    found = []
    for suffix in (".shared", ""):
        rows = publication.rows(f"{PARTICIPATION}{suffix}", person=person)
        chances = publication.rows(f"{CHANCES}{suffix}", person=person)
        rows, chances = (each[each["phase"].isin(STAY_PHASES)] for each in (rows, chances))
        if rows["value"].isna().all():
            return None
        found.append({**_sum_steps(rows.dropna(subset="value")), "chances": int(chances["value"].sum())})
    shared, every = found
    return shared, {name: every[name] - shared[name] for name in every}


# --- weeks to the first responder step ------------------------------------------------------------------


@carry_replies(FIRST_STEP)
def first_responder(report: Report) -> Part:
    """After how many weeks they were responder or lead for the first time: the programme, then each shown."""
    publication = report.publication
    rows = publication.rows(FIRST_STEP, cohort=publication.cohort)
    shown = rows[rows["verdict"].ne("hidden")]
    hidden = narrative.hidden_people(publication, FIRST_STEP)
    head = [report.say(f"responder.column_{name}") for name in ("who", "when", "attended", "unknown", "note")]
    body = [
        (
            narrative.name_of(publication, row.person),
            _when(report, row),
            count_text(row.n),
            count_text(row.missing),
            narrative.notes_text(report.texts, _side_notes(row)).strip() or "–",
        )
        for row in shown.itertuples(index=False)
    ]
    programme = list(_programme_sentences(report))
    return Part(
        question=report.say("responder.question"),
        sentences=(*programme, *((_cohort_sentence(report, shown),) if len(shown) else ())),
        table=plain_table(head, body, css="lookup") if body else "",
        state=None if body else state_box(report, *why_empty(rows)),
        note=report.say(
            "responder.note",
            n=len(shown),
            hidden=hidden,
            method=report.say("method.first_step"),
        ),
    )


def _when(report: Report, row: Any) -> str:
    """The week, that there was none, or why it is not known."""
    texts = report.texts
    if row.value is not None and not pd.isna(row.value):
        return report.say("responder.week", value=narrative.value_text(texts, row.unit, row.value))
    if row.verdict == "not_measurable":
        return report.say("responder.unknown", reason=narrative.reason_text(texts, row.notes[0]))
    return narrative.note_text(texts, row.notes[0]) or "–"


def _side_notes(row: Any) -> Sequence[str]:
    """What stands beside the week; the first note of a row without one is its state."""
    return row.notes if row.value is not None and not pd.isna(row.value) else row.notes[1:]


def _cohort_sentence(report: Report, shown: pd.DataFrame) -> str:
    reached, unknown = shown["value"].notna(), shown["verdict"].eq("not_measurable")
    return report.say(
        "responder.cohort",
        n=len(shown),
        reached=int(reached.sum()),
        never=int((~reached & ~unknown).sum()),
        unknown=int(unknown.sum()),
    )


def _programme_sentences(report: Report) -> Iterator[str]:
    publication, texts = report.publication, report.texts
    row = narrative.first_row(publication.rows(FIRST_STEP, person=None))
    if row is None or row.verdict in ("hidden", "not_measurable"):
        code = row.notes[0] if row is not None else "NO_INCIDENT_RECORDS"
        yield report.say("responder.sentence_none", reason=narrative.reason_text(texts, code))
        return
    counts = {"n": row.n, "missing": row.missing}
    if row.value is None:
        yield report.say("responder.sentence_not_reached", **counts)
    else:
        value = narrative.value_text(texts, row.unit, row.value)
        yield report.say("responder.sentence", value=value, **counts)
    bounds = narrative.first_row(publication.rows(f"{FIRST_STEP}.bounds", person=None))
    if bounds is not None and bounds.low is not None and bounds.low != row.value:
        low = narrative.value_text(texts, bounds.unit, bounds.low)
        yield report.say("responder.bounds", low=low, n=bounds.n)
    kept = [code for code in row.notes if code.split(":")[0] in ("NOT_ACTED_YET", "STEPS_UNTOLD_OF")]
    if kept:
        yield narrative.notes_text(texts, kept).strip()


# --- what the records can tell --------------------------------------------------------------------------


@carry_replies("incident.lone_commander")
def who_is_told(report: Report) -> Part:
    """By tool, of how many incidents the exports cannot tell who took part; who was commander alone."""
    publication = report.publication
    rows = publication.rows("incident.people_unknown", cohort=publication.cohort)
    if rows.empty:
        return Part(
            question=report.say("told.question"),
            state=state_box(report, "not_measurable", "NO_INCIDENT_RECORDS"),
        )
    n, unknown = int(rows["n"].sum()), int(rows["value"].sum())
    head = [report.say(f"told.column_{name}") for name in ("tool", "incidents", "unknown")]
    body = [
        (_name_tool(report, row.label), count_text(row.n), count_text(row.value))
        for row in rows.itertuples(index=False)
    ]
    said = [
        report.say("told.sentence", n=n, value=unknown) if unknown else report.say("told.sentence_all", n=n)
    ]
    return Part(
        question=report.say("told.question"),
        sentences=(*said, *_lone_sentence(report)),
        numbers=details(report, head, body, title="part.table"),
        note=report.say("told.note", n=n, missing=unknown, method=report.say("method.count")),
    )


def _name_tool(report: Report, label: str | None) -> str:
    """A tool's own name; what is no tool in the report's words."""
    if label == OWN_SHEET:
        return report.say("told.sheet")
    return label or report.say("told.unnamed")


def _lone_sentence(report: Report) -> Iterator[str]:
    """How often a tool made somebody shown commander because nobody else was there."""
    publication = report.publication
    rows = publication.rows("incident.lone_commander", cohort=publication.cohort)
    rows = rows[rows["value"].notna()]
    if value := int(rows["value"].sum()):
        yield report.say("told.lone", n=len(rows), attended=int(rows["n"].sum()), value=value)
