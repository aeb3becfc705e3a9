"""The parts of a report: a question, one sentence or a few, a picture or why there is none, n, what is missing.

A notebook opens a report and names its parts in order; each part is a short function here that puts a
sentence of `narrative` and a picture of `figures` together.  This is the one door into HTML: text is escaped
here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

import pandas as pd
import plotly.graph_objects as go
from great_tables import GT, loc, style

from . import figures, narrative
from .disclosure import Publication
from .retrospective import open_publication
from .texts import Texts, read_texts


@dataclass(frozen=True)
class Report:
    """What a notebook works with: one publication in one language."""

    publication: Publication
    texts: Texts
    name: str

    def say(self, key: str, **values: object) -> str:
        """A sentence of the report's language."""
        return self.texts.say(key, **values)


@dataclass(frozen=True, kw_only=True)
class Part:
    """One part as shown; in JupyterLab and in the page alike."""

    question: str
    sentences: tuple[str, ...] = ()
    note: str = ""
    figure: go.Figure | None = None
    alt: str = ""
    table: str = ""
    state: tuple[str, str, str] | None = None
    numbers: str = ""
    css: str = "part"
    notices: tuple[str, ...] = field(default=())

    def html_before(self) -> str:
        """What stands above the picture."""
        said = "".join(f'<p class="sentence">{escape(text)}</p>' for text in self.sentences)
        return f'<section class="{self.css}"><h2>{escape(self.question)}</h2>{said}{self._state()}{self.table}</section>'

    def html_after(self) -> str:
        """What stands below the picture."""
        note = f'<p class="note">{escape(self.note)}</p>' if self.note else ""
        return f'<div class="after">{self.numbers}{note}</div>' if note or self.numbers else ""

    def _state(self) -> str:
        if self.state is None:
            return ""
        title, reason, mend = self.state
        told = f'<p class="mend">{escape(mend)}</p>' if mend else ""
        return f'<div class="state"><p class="state-title">{escape(title)}</p><p>{escape(reason)}</p>{told}</div>'

    def _ipython_display_(self) -> None:
        from IPython.display import HTML, display

        display(HTML(self.html_before()))
        if self.figure is not None:
            bundle = {"application/vnd.plotly.v1+json": self.figure.to_plotly_json()}
            display(_plain(bundle), raw=True, metadata={"alt": self.alt})
        if after := self.html_after():
            display(HTML(after))

    def __repr__(self) -> str:
        return f"Part({self.question!r})"


def _plain(bundle: Mapping[str, Any]) -> dict[str, Any]:
    """A figure as plain JSON data: readable numbers, no numpy."""
    import json

    from plotly.utils import PlotlyJSONEncoder

    return dict(json.loads(json.dumps(bundle, cls=PlotlyJSONEncoder)))


def open_report(
    name: str, *, programme: str, cohort: str | int, language: str, publication: str = ""
) -> Report:
    """The report a notebook puts in order: on the finished `publication`, or one built here.

    `programme` is a programme.toml, its folder, or "sample"; papermill turns `-p cohort 3` into a number, which
    is taken too.  Raises `UserError` for a programme, cohort or language that cannot be used.
    """
    texts = read_texts(language)
    return Report(open_publication(programme=programme, cohort=cohort, publication=publication), texts, name)


# --- tables ---------------------------------------------------------------------------------------------


def lookup_table(frame: pd.DataFrame, *, name: str, numbers: Sequence[str] = ()) -> str:
    """A table where people look up numbers: great_tables with an id of its own (the same bytes each time)."""
    table = (
        GT(frame, id=f"t-{name}")
        .sub_missing(missing_text="–")
        .cols_align("left")
        .tab_options(table_font_size="0.9em", table_width="100%", data_row_padding="4px")
        .tab_style(style=style.text(weight="bold"), locations=loc.column_labels())
    )
    if numbers:
        table = table.cols_align("right", columns=list(numbers))
    return table.as_raw_html()


def numbers_table(report: Report, rows: Iterable[Any], label: Any, *, name: str) -> str:
    """The numbers of a figure, for those who print it or cannot see it."""
    texts = report.texts
    head = ("", texts.say("part.value"), texts.say("part.interval"), "n", texts.say("part.missing"))
    body = []
    for row in rows:
        interval = ""
        if row.low is not None and not pd.isna(row.low):
            low, high = (narrative.value_text(texts, row.unit, x) for x in (row.low, row.high))
            interval = f"{low} – {high}"
        value = narrative.value_text(texts, row.unit, row.value)
        cells = (label(row), value, interval, _count(row.n), _count(row.missing))
        body.append(cells)
    return details(report, head, body)


def details(report: Report, head: Sequence[str], body: Iterable[Sequence[str]]) -> str:
    """A folded plain table; opened in print."""
    header = "".join(f"<th>{escape(text)}</th>" for text in head)
    lines = "".join(
        "<tr>"
        + f"<th>{escape(cells[0])}</th>"
        + "".join(f'<td class="number">{escape(text)}</td>' for text in cells[1:])
        + "</tr>"
        for cells in body
    )
    title = escape(report.say("part.numbers"))
    table = f'<table class="lookup"><thead><tr>{header}</tr></thead><tbody>{lines}</tbody></table>'
    return f'<details class="numbers"><summary>{title}</summary>{table}</details>'


def _count(value: object) -> str:
    return "–" if value is None or pd.isna(value) else f"{int(value):,}"  # type: ignore[call-overload]


def _state(report: Report, kind: str, reason: str) -> tuple[str, str, str]:
    """The box that stands where a picture would: what, why, and what would make it answerable."""
    return (
        report.say(f"state.{kind}"),
        narrative.reason_text(report.texts, reason),
        narrative.mend_text(report.texts, reason) or "",
    )


def _why_empty(rows: pd.DataFrame) -> tuple[str, str]:
    """Kind of state and reason for rows none of which has a value."""
    if rows.empty:
        return "not_measurable", "NO_SURVEY"
    hidden = rows[rows["verdict"].eq("hidden")]
    if len(hidden) == len(rows):
        return "hidden", hidden["notes"].iloc[0][0]
    reasons = [notes[0] for notes in rows.loc[rows["verdict"].eq("not_measurable"), "notes"] if notes]
    return "not_measurable", max(sorted(set(reasons)), key=reasons.count) if reasons else "NO_SURVEY"


# --- the frame of every report --------------------------------------------------------------------------


def title(report: Report) -> Part:
    """Title, what the report is about, the banner of invented data, what it must not be used for."""
    facts = report.publication.facts
    return _Header(
        question=report.say(f"report.title.{report.name}", cohort=report.publication.cohort or ""),
        sentences=(report.say(f"report.lead.{report.name}"),),
        note=" · ".join(
            (
                report.texts.label(facts["company"]),
                report.texts.label(facts["name"]),
                report.say("report.data_until", day=report.texts.day(report.publication.as_of)),
            )
        ),
        notices=(
            *((report.say("report.synthetic"),) if facts["synthetic"] else ()),
            report.say("report.notice"),
        ),
    )


@dataclass(frozen=True, kw_only=True)
class _Header(Part):
    """The head of a page."""

    def html_before(self) -> str:
        banners = "".join(f'<p class="banner">{escape(text)}</p>' for text in self.notices)
        lead = "".join(f'<p class="lead">{escape(text)}</p>' for text in self.sentences)
        return f'<header class="report">{banners}<h1>{escape(self.question)}</h1><p class="note">{escape(self.note)}</p>{lead}</header>'

    def html_after(self) -> str:
        return ""


def three_accounts(report: Report) -> Part:
    """Person, home team, organisation: gained, paid, not known."""
    cells = narrative.account_cells(report.publication, report.texts)
    head = "".join(
        f"<th>{escape(report.say(f'accounts.{key}'))}</th>" for key in ("party", "gained", "paid", "unknown")
    )
    body = "".join(
        f"<tr><th>{escape(report.say(f'accounts.{party}'))}</th>"
        + "".join(f"<td>{escape(row[key])}</td>" for key in ("gained", "paid", "unknown"))
        + "</tr>"
        for party, row in cells.items()
    )
    return Part(
        question=report.say("accounts.question"),
        sentences=(
            report.say(
                "accounts.sentence",
                cohort=report.publication.cohort or "",
                n=len(report.publication.facts["stays"]),
            ),
        ),
        table=f'<table class="accounts"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>',
        css="part summary",
    )


def who_and_when(report: Report) -> Part:
    """A2: people, dates, how the stays ended."""
    publication, texts = report.publication, report.texts
    entries = narrative.who_entries(publication, texts)
    events = [texts.label(e) for e in publication.facts["events"]]
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
        note=report.say("who.note", n=len(entries), events=" / ".join(events) or "–"),
        numbers=details(report, head, body),
    )


# --- skill growth ---------------------------------------------------------------------------------------


def skill_bracket(report: Report) -> Part:
    """A3: levels of the persons shown, self and mentor, and the programme's bracket."""
    publication, texts = report.publication, report.texts
    figure = figures.skill_bracket(publication, texts)
    levels = publication.rows("skill.level")
    shown = levels[levels["value"].notna()]
    changes = publication.rows("skill.growth.now_minus_start", cohort=publication.cohort)
    per_skill = changes[changes["skill"].notna()]
    state = None if figure else _state(report, *_why_empty(levels if len(levels) else changes))
    return Part(
        question=report.say("bracket.question"),
        sentences=tuple(narrative.bracket_sentences(publication, texts)),
        figure=figure,
        state=state,
        alt=report.say("bracket.alt", list=_bracket_alt(report, shown)),
        note=report.say(
            "bracket.note",
            n=shown["person"].nunique(),
            hidden=narrative.hidden_people(publication, "skill.growth.now_minus_start"),
            missing=int(per_skill["verdict"].eq("not_measurable").sum()),
        ),
        numbers=_bracket_numbers(report, shown) if figure else "",
    )


def _bracket_cells(report: Report, shown: pd.DataFrame) -> list[tuple[str, str, dict[str, str]]]:
    """Person, skill and the level of each view as text."""
    publication, texts = report.publication, report.texts
    skills = {skill["id"]: texts.label(skill) for skill in publication.facts["skills"]}
    cells = []
    for (person, skill), rows in shown.groupby(["person", "skill"], sort=False):
        at = {(row.kind, row.wave): str(int(row.value)) for row in rows.itertuples()}
        now = at.get(("self", "end")) or at.get(("self", "middle")) or "–"
        mentor = at.get(("mentor", "end")) or at.get(("mentor", "middle")) or "–"
        views = {
            "start": at.get(("self", "start"), "–"),
            "then": at.get(("then", "end"), "–"),
            "now": now,
            "mentor": mentor,
        }
        cells.append((narrative.name_of(publication, person), skills[skill], views))
    return cells


def _bracket_alt(report: Report, shown: pd.DataFrame) -> str:
    return " / ".join(
        report.say("bracket.alt_entry", person=person, skill=skill, **views)
        for person, skill, views in _bracket_cells(report, shown)
    )


def _bracket_numbers(report: Report, shown: pd.DataFrame) -> str:
    head = ["", *(report.say(f"figure.bracket.{key}") for key in ("start", "then", "now", "mentor"))]
    body = [
        (f"{person} · {skill}", *views.values()) for person, skill, views in _bracket_cells(report, shown)
    ]
    return details(report, head, body)


def growth_table(report: Report) -> Part:
    """A3: the three arms of the bracket, person by person, and over the programme with interval."""
    publication, texts = report.publication, report.texts
    arms = {"start": "now_minus_start", "then": "now_minus_then", "mentor": "mentor"}
    lines = []
    for stay in publication.facts["stays"]:
        rows = {
            key: narrative.growth_row(publication, arm, person=stay["person"]) for key, arm in arms.items()
        }
        lines.append([stay["name"], *(_growth_cell(report, row) for row in rows.values())])
    programme = [narrative.growth_row(publication, arm) for arm in arms.values()]
    lines.append([report.say("growth.programme"), *(_programme_cell(report, row) for row in programme)])
    columns = [report.say(f"growth.column_{key}") for key in ("who", *arms)]
    frame = pd.DataFrame(lines, columns=columns)
    return Part(
        question=report.say("growth.question"),
        table=lookup_table(frame, name="growth", numbers=columns[1:]),
        note=report.say("growth.note"),
    )


def _growth_cell(report: Report, row: Any | None) -> str:
    if row is None or row.value is None:
        reason = row.notes[0] if row is not None and row.notes else "NOT_ASKED"
        return narrative.reason_text(report.texts, reason)
    skills = len(report.publication.facts["skills"]) - int(row.missing)
    return report.say("growth.cell", value=narrative.value_text(report.texts, row.unit, row.value), n=skills)


def _programme_cell(report: Report, row: Any | None) -> str:
    if row is None or row.value is None:
        return narrative.reason_text(report.texts, row.notes[0] if row is not None else "NOT_ASKED")
    values = {
        name: narrative.value_text(report.texts, row.unit, getattr(row, name))
        for name in ("value", "low", "high")
    }
    key = "growth.cell_plain" if row.low is None else "growth.cell_programme"
    return report.say(key, n=row.n, **values)


# --- workload -------------------------------------------------------------------------------------------


def request_mix(report: Report) -> Part:
    """A4: requests per working team-week by kind."""
    publication, texts = report.publication, report.texts
    rows = publication.rows("requests.per_team_week")
    total = narrative.first_row(publication.rows("requests.per_team_week", phase="stay", kind="all"))
    sentence = narrative.mix_sentence(publication, texts)
    figure = figures.request_mix(publication, texts) if sentence else None
    shown = rows[rows["value"].notna() & rows["n"].gt(0)]

    def label(row: Any) -> str:
        where = figures.phase_label(publication, texts, row.team, row.phase, "own")
        return f"{where} · {report.say(f'kind.{row.kind}')}"

    return Part(
        question=report.say("mix.question"),
        sentences=(sentence,) if sentence else (),
        figure=figure,
        state=None if figure else _state(report, "not_measurable", "NO_REQUESTS"),
        alt=report.say("mix.alt", list=" / ".join(_row_texts(report, shown, label))),
        note=report.say(
            "mix.note",
            n=0 if total is None else total.n,
            missing=0 if total is None else total.missing,
            method=report.say("method.count_per_working_week"),
        ),
        numbers=numbers_table(report, shown.itertuples(index=False), label, name="mix") if figure else "",
    )


def _row_texts(report: Report, rows: pd.DataFrame, label: Any) -> list[str]:
    texts = report.texts
    return [
        f"{label(row)} {narrative.value_text(texts, row.unit, row.value)} (n = {row.n})"
        for row in rows.itertuples(index=False)
    ]


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
    never = publication.rows(f"{measure}.never_senders")
    shown = pd.concat([own.assign(_key="own"), never.assign(_key="never")])
    shown = shown[shown["value"].notna() & shown["team"].notna()]
    keys = dict(zip(shown.index, shown["_key"], strict=True))
    labels = {
        index: figures.phase_label(publication, texts, row.team, row.phase, keys[index])
        for index, row in shown.iterrows()
    }
    rows = [(labels[index], row) for index, row in shown.iterrows()]
    return Part(
        question=report.say(f"{prefix}.question"),
        sentences=tuple(narrative.share_pairs(publication, texts, measure, prefix)),
        figure=figure,
        state=None if figure else _state(report, *_why_empty(own)),
        alt=report.say(
            f"{prefix}.alt",
            list=" / ".join(
                f"{label} {narrative.value_text(texts, row.unit, row.value)} (n = {row.n})"
                for label, row in rows
            ),
        ),
        note=report.say(
            f"{prefix}.note",
            n=int(own["n"].dropna().sum()),
            missing=int(own["missing"].dropna().sum()),
            method=report.say("method.share_wilson"),
        ),
        numbers=_labelled_numbers(report, rows) if figure else "",
    )


def _labelled_numbers(report: Report, rows: Sequence[tuple[str, Any]]) -> str:
    labels = iter([label for label, _ in rows])
    return numbers_table(report, [row for _, row in rows], lambda row: next(labels), name="shares")


def incident_path(report: Report) -> Part:
    """A5: from watching to acting, with the chances there were."""
    publication, texts = report.publication, report.texts
    sentence = narrative.incident_sentence(publication, texts)
    figure = figures.incident_path(publication, texts) if sentence else None
    chances = publication.rows("incident.chances")
    sums = narrative.incident_sums(publication)
    partly = any("RECORDS_END_EARLIER" in notes for notes in chances["notes"])
    shown = publication.rows("incident.participation")
    shown = shown[shown["value"].notna() & shown["value"].gt(0)]

    def label(row: Any) -> str:
        person = narrative.name_of(publication, row.person)
        return f"{person} · {report.say(f'phase.{row.phase}')} · {report.say(f'step.{row.kind}')}"

    return Part(
        question=report.say("incidents.question"),
        sentences=(sentence,) if sentence else (),
        figure=figure,
        state=None if figure else _state(report, *_why_empty(chances)),
        alt=report.say("incidents.alt", list=" / ".join(_row_texts(report, shown, label))),
        note=report.say(
            "incidents.note",
            n=sums["attended"],
            missing=sums.get("step_unknown", 0),
            partly=narrative.note_text(texts, "RECORDS_END_EARLIER") if partly else "",
        ),
        numbers=_chance_numbers(report) if figure else "",
    )


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
        body.append((label, _count(chance.value), *(_count(counts.get(step)) for step in steps)))
    return details(report, head, body)


# --- team impact ----------------------------------------------------------------------------------------


def impact_difference(report: Report) -> Part:
    """A9: differences to never-senders with interval, single teams without, before/after as no answer."""
    publication, texts = report.publication, report.texts
    figure = figures.impact_difference(publication, texts)
    main = narrative.first_row(publication.rows("impact.self_resolution.first_graduate", team=None))
    names = ("first_graduate", "away", "second_graduate", "before_after")
    rows = pd.concat([publication.rows(f"impact.self_resolution.{name}") for name in names])

    def label(row: Any) -> str:
        name = row.measure.rsplit(".", 1)[1]
        if row.team is None or pd.isna(row.team):
            return report.say(f"figure.comparison.{name}")
        team = texts.label(publication.facts["teams"][row.team])
        return report.say(f"figure.comparison_team.{name}", team=team)

    shown = rows[rows["value"].notna()]
    return Part(
        question=report.say("difference.question"),
        sentences=tuple(narrative.difference_sentences(publication, texts)),
        figure=figure,
        state=None if figure else _state(report, *_why_empty(rows)),
        alt=report.say("difference.alt", list=" / ".join(_row_texts(report, shown, label))),
        note=report.say(
            "difference.note",
            n=0 if main is None else main.n,
            missing=0 if main is None else main.missing,
            notes=narrative.notes_text(texts, main.notes) if main is not None else "",
            method=report.say("method.difference_randomised"),
        ),
        numbers=numbers_table(report, shown.itertuples(index=False), label, name="difference")
        if figure
        else "",
    )


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
        table=lookup_table(pd.DataFrame(lines, columns=columns), name="events"),
        note=report.say("events.note", n=len(entries)),
    )


def _phases_at(report: Report, day: str) -> str:
    """In which phase each of the cohort's home teams was on a day."""
    found = [
        f"{report.texts.label(report.publication.facts['teams'][p['team']])}: {report.say('phase.' + p['phase'])}"
        for p in report.publication.facts["team_phases"]
        if p["first"] <= day <= p["last"]
    ]
    return " / ".join(found) or "–"


# --- appendix -------------------------------------------------------------------------------------------


def coverage(report: Report) -> Part:
    """Appendix: who answered, by wave and rater."""
    publication = report.publication
    rows = publication.rows("coverage.skill_survey", cohort=publication.cohort)
    odd = publication.rows("coverage.skill_survey.other_scale", cohort=publication.cohort)
    statuses = ("answered", "missing", "not_yet_due", "cannot_be_asked", "not_applicable")
    lines = []
    for rater in ("self", "mentor"):
        for wave in ("start", "middle", "end", "after_3m", "after_6m", "after_12m"):
            here = rows[rows["kind"].eq(rater) & rows["wave"].eq(wave)]
            if here.empty:
                continue
            counts = {notes[0]: n for notes, n in zip(here["notes"], here["n"], strict=True)}
            numbers = [str(counts.get(f"STATUS_{status.upper()}", 0)) for status in statuses]
            lines.append([report.say(f"kind.{rater}"), report.say(f"wave.{wave}"), *numbers])
    columns = [report.say("coverage.column_rater"), report.say("coverage.column_wave")]
    columns += [report.say(f"status.{status}") for status in statuses]
    return Part(
        question=report.say("coverage.question"),
        sentences=(report.say("coverage.sentence"),),
        table=lookup_table(pd.DataFrame(lines, columns=columns), name="coverage", numbers=columns[2:])
        if lines
        else "",
        state=None if lines else _state(report, "not_measurable", "NO_SURVEY"),
        note=report.say(
            "coverage.note", n=len(publication.facts["stays"]), odd=int(odd["value"].sum()) if len(odd) else 0
        ),
    )


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
            lines.append([report.say(f"records.{outcome}", reason=said), _count(n)])
    columns = [report.say("records.column_reason"), report.say("records.column_n")]
    return Part(
        question=report.say("records.question"),
        sentences=(
            report.say("records.sentence", files=account["files"], read=_count(account["read"])),
            report.say("report.left_out", **{key: _count(account[key]) for key in ACCOUNT_KEYS}),
        ),
        table=lookup_table(pd.DataFrame(lines, columns=columns), name="records", numbers=columns[1:])
        if lines
        else "",
        note=report.say("records.note", read=_count(account["read"])),
    )


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
    primary = " / ".join(report.say(f"measure.{name}") for name in facts["plan"]["primary"])
    return _Footer(
        question="",
        sentences=(
            report.say("report.data_until", day=report.texts.day(report.publication.as_of)),
            report.say("report.version", version=facts["version"]),
            report.say("report.left_out", **{key: _count(facts["account"][key]) for key in ACCOUNT_KEYS}),
            report.say(
                "report.plan", day=report.texts.day(facts["plan"]["declared"]), primary=primary or "–"
            ),
            report.say("report.notice_tail", k=facts["k"]),
            report.say("report.notice"),
        ),
    )


@dataclass(frozen=True, kw_only=True)
class _Footer(Part):
    """The foot of a page."""

    def html_before(self) -> str:
        lines = "".join(f"<p>{escape(text)}</p>" for text in self.sentences)
        return f'<footer class="report">{lines}</footer>'
