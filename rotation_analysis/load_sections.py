"""Time (A4) and load (A6) in the workload report: a person's own as far as that person consents."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from . import load_figures, load_narrative, narrative
from .load_narrative import people_shown
from .parts import Part, Parts, Report, count_text, details, lookup_table, state_box, why_empty
from .replies import carry_replies

ACTIVITIES = ("request", "incident", "improvement", "home", "learning")
STAY_PHASES = ("month_1", "months_2_3", "months_4_end")
MOST_LINES = 8
LEVELS = ("strain.mean", "strain.panic_share")


@carry_replies("time.week", "time.share", load_narrative.OPERATIONS)
def time(report: Report) -> Parts:
    """A4: what the working time went to, week by week and over the stay, beside the reference."""
    publication, texts = report.publication, report.texts
    people = people_shown(publication, "time.week")
    figure = load_figures.weekly_hours(publication, texts, people)
    columns = ["", *(report.say(f"time.activity.{kind}") for kind in ACTIVITIES)]
    columns += [report.say(f"time.column_{name}") for name in ("operations", "weeks")]
    table = pd.DataFrame(list(_time_lines(report, people)), columns=columns)
    rows = publication.rows("time.week", cohort=publication.cohort)
    operations = publication.rows(load_narrative.OPERATIONS)
    return Parts(
        (
            Part(
                question=report.say("time.question"),
                sentences=tuple(load_narrative.time_sentences(publication, texts)),
                figure=figure,
                state=None if figure else state_box(report, *why_empty(rows)),
                alt=report.say("time.alt", list=" / ".join(_time_entries(report))),
                table=lookup_table(table, name="time", numbers=columns[1:-1], unbroken=columns[:1])
                if operations["value"].notna().any()
                else "",
                note=report.say(
                    "time.note" if figure else "time.note_none",
                    n=len(people),
                    hidden=narrative.hidden_people(publication, load_narrative.OPERATIONS),
                    k=publication.facts["k"],
                    reference=load_narrative.reference_of(operations),
                    method=report.say("method.share_of_time"),
                ),
                numbers=_weekly_numbers(report, people) if figure else "",
            ),
        )
    )


def load(report: Report) -> Parts:
    """A6: when it was too much, what the programme shows of it, 1:1s, and interruptions off work."""
    return Parts((_timeline(report), _programme(report), _one_to_ones(report), _interruptions(report)))


# --- time -----------------------------------------------------------------------------------------------


def _time_lines(report: Report, people: Sequence[str]) -> Iterator[list[str]]:
    """A line a person shown, the cohort, the programme."""
    publication = report.publication
    for person in people:
        name = narrative.name_of(publication, person)
        yield [name, *_time_cells(report, cohort=publication.cohort, person=person)]
    cohort = report.say("load.cohort", cohort=publication.cohort)
    yield [cohort, *_time_cells(report, cohort=publication.cohort, person=None)]
    yield [report.say("load.programme"), *_time_cells(report, cohort=None, person=None)]
    limit = load_narrative.reference_of(publication.rows(load_narrative.OPERATIONS))
    if limit:
        empty = [""] * len(ACTIVITIES)
        yield [report.say("time.reference"), *empty, f"{limit}%", report.say("time.reference_not")]


def _time_cells(report: Report, **of_whom: object) -> list[str]:
    """Shares, operations, and from how many weeks; why there are none stands elsewhere."""
    publication, texts = report.publication, report.texts
    row = narrative.first_row(publication.rows(load_narrative.OPERATIONS, **of_whom))
    if row is None or row.value is None:
        hidden = row is not None and row.verdict == "hidden"
        return ["–"] * (len(ACTIVITIES) + 1) + [report.say("state.hidden") if hidden else "–"]
    shares = {
        share.kind: narrative.value_text(texts, share.unit, share.value)
        for share in publication.rows("time.share", **of_whom).itertuples(index=False)
    }
    n, missing = load_narrative.arguments_of(row, "WEEKS") or (row.n, row.missing)
    weeks = report.say("time.cell_counts", n=n, missing=missing)
    operations = narrative.value_text(texts, row.unit, row.value)
    return [*(shares.get(kind, "–") for kind in ACTIVITIES), operations, weeks]


def _time_entries(report: Report) -> Iterator[str]:
    """What the picture shows, in words: each person's share of operations."""
    publication = report.publication
    rows = publication.rows(load_narrative.OPERATIONS, cohort=publication.cohort)
    for row in rows[rows["person"].notna() & rows["value"].notna()].itertuples(index=False):
        name = narrative.name_of(publication, row.person)
        value = narrative.value_text(report.texts, row.unit, row.value)
        yield report.say("time.entry", person=name, value=value, n=row.n, missing=row.missing)


def _weekly_numbers(report: Report, people: Sequence[str]) -> str:
    """Every person and week: hours by activity, or why there are none; folded."""
    rows = report.publication.rows("time.week", cohort=report.publication.cohort)
    head = ["", *(report.say(f"time.activity.{kind}") for kind in ACTIVITIES)]
    body = []
    for person in people:
        name = narrative.name_of(report.publication, person)
        for label, week in rows[rows["person"].eq(person)].groupby("label", sort=False):
            values = dict(zip(week["kind"], week["value"], strict=True))
            cells = [narrative.value_text(report.texts, "hours", values[kind]) for kind in ACTIVITIES]
            if week["value"].isna().all():
                cells = [load_narrative.reason_of(report.texts, narrative.first_row(week)), *cells[1:]]
            body.append([f"{name} · {report.texts.day(str(label))}", *cells])
    return details(report, head, body)


# --- the timeline ---------------------------------------------------------------------------------------


@carry_replies("strain.fortnight", "strain.zone", "interruption.event", "one_to_one.day")
def _timeline(report: Report) -> Part:
    publication, texts = report.publication, report.texts
    people = people_shown(publication, "strain.fortnight")
    figure = load_figures.load_timeline(publication, texts, people)
    entries = load_narrative.strain_entries(publication, texts, people)
    rows = publication.rows("strain.fortnight", cohort=publication.cohort)
    told = rows[rows["person"].isin(people)]
    counts = {"n": len(people), "answered": int(told["value"].notna().sum())}
    counts["missing"] = int(told["missing"].sum())
    sentences = (
        report.say("load.sentence", **counts),
        report.say("load.entries", list=" / ".join(entries)),
    )
    unread = publication.rows("interruption.event", cohort=publication.cohort)
    unread = unread[unread["person"].isin(people) & unread["notes"].map(lambda n: "NO_NOTIFICATIONS" in n)]
    hidden = narrative.hidden_people(publication, "interruption.event")
    notes = [
        report.say(
            "load.note" if figure else "load.note_none",
            hidden=narrative.hidden_people(publication, "strain.fortnight"),
            **counts,
        ),
        *([report.say("load.note_marks_hidden", n=hidden)] if people and hidden else []),
        *([report.say("load.note_unread", n=unread["person"].nunique())] if len(unread) else []),
    ]
    return Part(
        question=report.say("load.question"),
        sentences=sentences if figure else (_say_no_timeline(report, rows),),
        figure=figure,
        state=None if figure else state_box(report, *why_empty(rows)),
        alt=report.say("load.alt", list=" / ".join(entries)),
        note=narrative.joined(texts, notes),
        numbers=_timeline_numbers(report, people) if figure else "",
    )


def _say_no_timeline(report: Report, rows: pd.DataFrame) -> str:
    """Of how many persons nothing is drawn: for want of consent, or of answers."""
    kind, _ = why_empty(rows)
    key = "load.sentence_hidden" if kind == "hidden" else "load.sentence_none"
    return report.say(key, n=len(report.publication.facts["stays"]))


def _timeline_numbers(report: Report, people: Sequence[str]) -> str:
    """Every person and fortnight: strain, zone, nights interrupted, 1:1s; folded."""
    kinds = ("held", "ad_hoc", "missed")
    head = ["", report.say("figure.load.strain"), report.say("figure.load.zone")]
    head += [report.say("figure.load.nights"), *(report.say(f"figure.load.{kind}") for kind in kinds)]
    publication = report.publication
    body = []
    for person in people:
        of_person = {"cohort": publication.cohort, "person": person}
        zones = publication.rows("strain.zone", **of_person).set_index("label")
        events = publication.rows("interruption.event", **of_person)
        meetings = publication.rows("one_to_one.day", **of_person)
        for row in publication.rows("strain.fortnight", **of_person).itertuples(index=False):
            strain = narrative.value_text(report.texts, row.unit, row.value)
            zone = zones.loc[row.label, "kind"]
            cells = [strain if row.value is not None else load_narrative.reason_of(report.texts, row)]
            cells.append("–" if zone is None else report.say(f"load.zone.{zone}"))
            cells.append(_count_within(events, "sleep", row.label))
            cells += [_count_within(meetings, kind, row.label) for kind in kinds]
            name = narrative.name_of(publication, person)
            body.append([f"{name} · {report.texts.day(row.label)}", *cells])
    return details(report, head, body)


def _count_within(rows: pd.DataFrame, kind: str, first: str) -> str:
    """How many days of a kind lie in the fortnight; "–" where they are not shown or not known."""
    if rows.empty or rows["value"].isna().all():
        return "–"
    days = pd.to_datetime(rows.loc[rows["kind"].eq(kind), "label"])
    return str(int(days.between(pd.Timestamp(first), pd.Timestamp(first) + pd.Timedelta(days=13)).sum()))


# --- the programme --------------------------------------------------------------------------------------


def _programme(report: Report) -> Part:
    """Over the whole programme, from k people on; of a cohort's answers nothing is told."""
    publication, texts = report.publication, report.texts
    names = (*LEVELS, "strain.weeks_6_10")
    rows = pd.concat([publication.rows(name, cohort=None) for name in names])
    columns = ["", report.say("part.value"), report.say("part.interval"), report.say("load.column_bounds")]
    columns += [report.say("load.column_persons"), report.say("load.column_fortnights")]
    lines = [_level_line(report, row) for row in rows.itertuples(index=False)]
    shown = rows["value"].notna().any()
    return Part(
        question=report.say("load.programme_question"),
        sentences=tuple(load_narrative.programme_sentences(publication, texts)),
        state=None if shown else state_box(report, *why_empty(rows)),
        numbers=details(report, columns, lines, title="part.table", numbers=False) if shown else "",
        note=report.say("load.programme_note", k=publication.facts["k"]),
    )


def _level_line(report: Report, row: Any) -> list[str]:
    texts = report.texts
    label = report.say(f"load.row.{row.measure}")
    if row.value is None:
        return [label, load_narrative.reason_of(texts, row), "–", "–", "–", "–"]
    bounds = narrative.first_row(report.publication.rows(f"{row.measure}.bounds", cohort=None))
    persons = report.say("load.cell_counts", n=row.n, missing=row.missing)
    fortnights = "–" if bounds is None else report.say(
        "load.cell_counts", n=count_text(bounds.n), missing=count_text(bounds.missing)
    )  # fmt: skip
    value = narrative.value_text(texts, row.unit, row.value)
    return [label, value, _ends(report, row), _ends(report, bounds), persons, fortnights]


def _ends(report: Report, row: Any | None) -> str:
    if row is None or row.low is None or pd.isna(row.low):
        return "–"
    low, high = (narrative.value_text(report.texts, row.unit, end) for end in (row.low, row.high))
    return report.say("part.ends", low=low, high=high)


# --- 1:1s -----------------------------------------------------------------------------------------------


@carry_replies("one_to_one.longest_gap")
def _one_to_ones(report: Report) -> Part:
    publication, texts = report.publication, report.texts
    rows = publication.rows("one_to_one.held_share")
    recorded = rows["notes"].map(lambda notes: "NO_ONE_TO_ONE_RECORDS" not in notes).any()
    columns = ["", *(report.say(f"one_to_ones.column_{name}") for name in ("held", "ad_hoc", "gap"))]
    lines = list(_one_to_one_lines(report))
    weeks = publication.rows("one_to_one.gap_over", cohort=None)
    limit = [load_narrative.arguments_of(row, "GAP_WEEKS") for row in weeks.itertuples(index=False)]
    note = report.say(
        "one_to_ones.note",
        weeks=limit[0][0] if limit and limit[0] else "–",
        hidden=narrative.hidden_people(publication, "one_to_one.longest_gap"),
        n=len(people_shown(publication, "one_to_one.longest_gap")),
    )
    return Part(
        question=report.say("one_to_ones.question"),
        sentences=tuple(load_narrative.one_to_one_sentences(publication, texts)),
        state=None if recorded else state_box(report, "not_measurable", "NO_ONE_TO_ONE_RECORDS"),
        table=_name_table(lines, columns, "one-to-ones") if recorded else "",
        note=note if recorded else "",
    )


def _name_table(lines: Sequence[Sequence[str]], columns: Sequence[str], name: str) -> str:
    return lookup_table(pd.DataFrame(list(lines), columns=list(columns)), name=name, unbroken=columns[:1])


def _one_to_one_lines(report: Report) -> Iterator[list[str]]:
    """The cohort and the programme from records; a line a person shown with the longest gap."""
    publication, texts = report.publication, report.texts
    groups = ((report.say("load.cohort", cohort=publication.cohort), publication.cohort),
              (report.say("load.programme"), None))  # fmt: skip
    for label, cohort in groups:
        found = [
            narrative.first_row(publication.rows(f"one_to_one.{name}", cohort=cohort, person=None))
            for name in ("held_share", "ad_hoc", "gap_over")
        ]
        yield [label, *(_counted(report, row) for row in found)]
    for person in people_shown(publication, "one_to_one.longest_gap"):
        gaps = publication.rows("one_to_one.longest_gap", cohort=publication.cohort, person=person)
        row = narrative.first_row(gaps)
        gap = load_narrative.reason_of(texts, row)
        if row is not None and row.value is not None:
            value = narrative.value_text(texts, row.unit, row.value, with_unit=True)
            gap = report.say("one_to_ones.cell_gap", value=value, n=row.n, missing=row.missing)
        yield [narrative.name_of(publication, person), "–", "–", gap]


def _counted(report: Report, row: Any | None) -> str:
    if row is None or row.value is None:
        return load_narrative.reason_of(report.texts, row)
    value = narrative.value_text(report.texts, row.unit, row.value, with_unit=True)
    return report.say("load.cell_value", value=value, n=row.n, missing=row.missing)


# --- interruptions --------------------------------------------------------------------------------------


@carry_replies("interruption.rate", "interruption.nights")
def _interruptions(report: Report) -> Part:
    """Per month of work, by phase of the stay: each person shown, then the programme."""
    publication, texts = report.publication, report.texts
    people = people_shown(publication, "interruption.rate")
    rows = publication.rows("interruption.rate")
    columns = ["", report.say("interruptions.column_phase")]
    columns += [report.say(f"kind.{kind}") for kind in ("off", "sleep")]
    columns.append(report.say("interruptions.column_nights"))
    shown = rows["value"].notna().any()
    whole = list(_interruption_lines(report, report.say("load.programme"), None))
    own = [
        line
        for person in people
        for line in _interruption_lines(report, narrative.name_of(publication, person), person)
    ]
    folded = len(whole) + len(own) > MOST_LINES
    lines = pd.DataFrame(whole if folded else [*own, *whole], columns=columns)
    lines = lines.drop(columns=columns[-1:]) if folded or not own else lines  # nights are a person's own
    table = lookup_table(lines, name="interruptions", unbroken=columns[:2])
    return Part(
        question=report.say("interruptions.question"),
        sentences=tuple(load_narrative.interruption_sentences(publication, texts, STAY_PHASES[-1])),
        state=None if shown else state_box(report, *why_empty(rows)),
        table=table if shown else "",
        note=report.say(
            "interruptions.note",
            n=len(people),
            hidden=narrative.hidden_people(publication, "interruption.rate"),
            method=report.say("method.count_per_working_month"),
        ),
        numbers=details(report, columns, own, title="interruptions.numbers", numbers=False) if folded else "",
    )


def _interruption_lines(report: Report, name: str, person: str | None) -> Iterator[list[str]]:
    """A line a phase of the stay that there is something to tell of."""
    for phase in STAY_PHASES:
        if len(_of(report, "interruption.rate", person, phase)):
            yield [name, report.say(f"phase.{phase}"), *_interruption_cells(report, person, phase)]


def _of(report: Report, measure: str, person: str | None, phase: str) -> pd.DataFrame:
    cohort = report.publication.cohort if person else None
    return report.publication.rows(measure, cohort=cohort, person=person, phase=phase)


def _interruption_cells(report: Report, person: str | None, phase: str) -> list[str]:
    rates = _of(report, "interruption.rate", person, phase)
    by_kind = {row.kind: row for row in rates.itertuples(index=False)}
    nights = narrative.first_row(_of(report, "interruption.nights", person, phase)) if person else None
    cells = [_rate_cell(report, by_kind.get(kind)) for kind in ("off", "sleep")]
    return [*cells, "–" if nights is None else _rate_cell(report, nights)]


def _rate_cell(report: Report, row: Any | None) -> str:
    if row is None or row.value is None:
        return load_narrative.reason_of(report.texts, row)
    value = narrative.value_text(report.texts, row.unit, row.value)
    return report.say("load.cell_value", value=value, n=row.n, missing=row.missing)
