"""The leaders' report: one page to decide on, then two pages of backing; of all teams and people together.

Page one: conclusion, who took part, the three parties' account, concerns, decisions wanted, the last ones.
What only a person can say comes from `words/leadership.toml`, or is a prompt to write it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from unicodedata import east_asian_width

from . import leadership_figures, leadership_narrative, narrative
from .decision_sections import trigger_lines
from .parts import Foot, Head, Part, Parts, Report, count_text, escape, plain_table
from .prompts import Answer, ask, cell_text, render, written, written_list

SHEET, HALF = "part sheet", "part sheet half"
BACKING, FIRST_BACKING = "part sheet backing", "part sheet backing next-page"
MUCH = 850  # more than three short decisions, three concerns and two of last time take
MOST = 1850  # more does not fit on the sheet, however small it is set
ADDRESS = ("to", "sender", "day")
KINDS = ("sender", "never")
TERMS = ("self_resolution", "never", "hidden")
OWN_TERMS = ("range", "missing", "not_measurable", "person_weeks", "time_back")


@dataclass(frozen=True, kw_only=True)
class Sheet(Part):
    """A part with a person's words, or the prompts for them, above what the data allow to say."""

    answers: tuple[Answer, ...] = ()
    label: str = ""
    css: str = SHEET

    def html_before(self) -> str:
        words = "".join(render(answer) for answer in self.answers)
        label = f'<p class="label">{escape(self.label)}</p>' if self.label else ""
        said = "".join(f'<p class="said">{escape(text)}</p>' for text in self.sentences)
        head = f"<h2>{escape(self.question)}</h2>" if self.question else ""
        return f'<section class="{self.css}">{head}{words}{label}{said}{self.table}</section>'


@dataclass(frozen=True, kw_only=True)
class SheetHead(Head):
    """The head of the page: title, to whom, from whom, of which day."""

    address: tuple[str, ...] = ()
    answers: tuple[Answer, ...] = ()
    dense: bool = False

    def html_before(self) -> str:
        banners = "".join(f'<p class="banner">{escape(text)}</p>' for text in self.notices)
        note = f'<p class="note">{escape(self.note)}</p>'
        words = "".join(render(answer) for answer in self.answers)
        address = "".join(f"<span>{escape(text)}</span>" for text in self.address)
        head = f'<h1>{escape(self.question)}</h1>{note}<p class="address">{address}</p>{words}'
        css = f"report leadership{' dense' if self.dense else ''}"
        return f'<header class="{css}">{banners}{head}</header>'


# --- page one ---------------------------------------------------------------------------------------------


def head(report: Report) -> Part:
    """Title, addressee, sender, day; what the page must not be used for."""
    facts, texts = report.publication.facts, report.texts
    found = {field: written(report, field) for field in ADDRESS}
    address = tuple(
        report.say("leadership.address", field=report.say(f"leadership.{field}"), text=answer.text)
        for field, answer in found.items()
        if not answer.asked
    )
    note = (
        texts.label(facts["company"]),
        report.say("report.data_until", day=texts.day(report.publication.as_of)),
        report.say("leadership.notice"),
    )
    return SheetHead(
        question=report.say("leadership.title", programme=texts.label(facts["name"])),
        note=" · ".join(note),
        notices=(report.say("report.synthetic"),) if facts["synthetic"] else (),
        address=address,
        answers=(*(answer for answer in found.values() if answer.asked), *_ask_for_less(report)),
        dense=measure_words(report) > MUCH,
    )


def _ask_for_less(report: Report) -> Iterator[Answer]:
    """The prompt where the words take more room than the sheet has."""
    per = 2 if report.texts.language == "ja" else 1  # in letters of the language
    if (much := measure_words(report)) > MOST:
        yield Answer(text=report.say("leadership.too_long", n=much // per, most=MOST // per), asked=True)


def measure_words(report: Report) -> int:
    """How much room the words on page one take: letters, those of full width twice."""
    texts = [written(report, "conclusion").text]
    for field in ("decisions", "last_time", "concerns"):
        texts += [text for entry in written_list(report, field) for text in entry.values()]
    return sum(2 if east_asian_width(letter) in "FWA" else 1 for text in texts for letter in text)


def conclusion(report: Report) -> Part:
    """The conclusion in the owner's words; beside it what the data allow to say."""
    return Sheet(
        question=report.say("leadership.conclusion"),
        answers=(written(report, "conclusion"),),
        label=report.say("leadership.evidence"),
        sentences=tuple(leadership_narrative.evidence(report.publication, report.texts)),
    )


def to_date(report: Report) -> Part:
    """B1 and B2: where the stays led, and the self-resolution rate by quarter."""
    publication, texts = report.publication, report.texts
    drawn = leadership_figures.quarters(publication, texts)
    return Sheet(
        question=report.say("leadership.to_date"),
        sentences=(
            leadership_narrative.participants_sentence(publication, texts),
            _say_quarters(report, drawn is not None),
        ),
        figure=drawn,
        figure_name="self-resolution",
        alt=report.say("leadership.alt_quarters", list=" / ".join(_list_quarters(report))),
    )


def _say_quarters(report: Report, drawn: bool) -> str:
    if drawn:
        found = (
            leadership_figures.quarter_rows(report.publication, "self_resolution", kind) for kind in KINDS
        )
        counts = [int(n) for rows in found for n in rows["n"].dropna()]
        if len(set(counts)) == 1:
            return report.say("leadership.quarters_alike", n=count_text(counts[0]))
        return report.say("leadership.quarters", low=count_text(min(counts)), high=count_text(max(counts)))
    return report.say("leadership.quarters_none", reason=narrative.reason_text(report.texts, "NO_TICKETS"))


def _list_quarters(report: Report) -> list[str]:
    """First and last value of each line, for those who cannot see them."""
    texts, entries = report.texts, []
    for kind in KINDS:
        values = leadership_figures.quarter_rows(report.publication, "self_resolution", kind)["value"]
        if len(values):
            ends = {
                "first": texts.percent(float(values.iloc[0])),
                "last": texts.percent(float(values.iloc[-1])),
            }
            entries.append(
                report.say("leadership.alt_group", group=report.say(f"quarters.group.{kind}"), **ends)
            )
    return entries


def three_parties(report: Report) -> Part:
    """三方よし: gained, paid, and the compulsory column of what is not known."""
    cells = leadership_narrative.party_cells(report.publication, report.texts)
    columns = [
        report.say("accounts.party"),
        *(report.say(f"leadership.{n}") for n in ("gained", "paid", "unknown")),
    ]
    body = [[report.say(f"accounts.{party}"), *row] for party, row in cells.items()]
    return Sheet(question=report.say("leadership.three"), table=plain_table(columns, body, css="parties"))


def concerns(report: Report) -> Part:
    """Concerns and what is done about them, at most three."""
    return _listed(report, "concerns", ("concern", "answer"), css=HALF)


def last_time(report: Report) -> Part:
    """What was decided last time, and what came of it."""
    return _listed(report, "last_time", ("decided", "came_of_it"), css=HALF)


def decisions(report: Report) -> Part:
    """What leaders are to decide, until when, and what holds without an answer."""
    offered = leadership_narrative.candidates(report.publication, report.texts)
    return _listed(report, "decisions", ("what", "by", "otherwise"), offered=offered, numbered=True)


def _listed(
    report: Report,
    field: str,
    keys: Sequence[str],
    *,
    offered: str | None = None,
    numbered: bool = False,
    css: str = SHEET,
) -> Part:
    """The owner's entries of a field as a table; without any the prompt, and what might stand there."""
    entries = written_list(report, field)
    question = report.say(f"leadership.{field}")
    if not entries:
        answers, said = (ask(report, field),), (offered,) if offered else ()
        return Sheet(question=question, answers=answers, sentences=said, css=css)
    body = [[cell_text(report, entry[key]) for key in keys] for entry in entries]
    if numbered:
        for number, line in enumerate(body, start=1):
            line[0] = report.say("leadership.number", number=number, text=line[0])
    columns = [report.say(f"leadership.{key}") for key in keys]
    table = plain_table(columns, body, css=f"entries {field.replace('_', '-')}")
    return Sheet(question=question, table=table, css=css)


# --- backing page 1 ---------------------------------------------------------------------------------------


def backing_method(report: Report) -> Parts:
    """How it was measured, why not before and after, what else changed, thresholds, where the stays led."""
    parts = (_method, _before_after, _what_else, _triggers, _participants)
    return Parts(tuple(part(report) for part in parts))


def _method(report: Report) -> Part:
    return Sheet(
        question=report.say("leadership.method_question"),
        sentences=tuple(leadership_narrative.method_sentences(report.publication, report.texts)),
        css=FIRST_BACKING,
    )


def _before_after(report: Report) -> Part:
    publication, texts = report.publication, report.texts
    entries = [
        report.say(
            "leadership.alt_entry",
            what=report.say(f"figure.comparison.{row.measure.rsplit('.', 1)[1]}"),
            value=narrative.value_text(texts, row.unit, row.value, with_unit=True),
        )
        for row in leadership_figures.effect_rows(publication)
    ]
    return Sheet(
        question=report.say("leadership.before_after_question"),
        sentences=(
            *leadership_narrative.before_after_sentences(publication, texts),
            *_say_how_to_read(report),
        ),
        figure=leadership_figures.effect(publication, texts),
        figure_name="effect",
        alt=report.say("leadership.alt_effect", list=" / ".join(entries)),
        css=BACKING,
    )


def _say_how_to_read(report: Report) -> Iterator[str]:
    """The n of each mark of the figure, and what its grey band is."""
    publication, texts = report.publication, report.texts
    counts = [
        report.say(
            "leadership.alt_entry",
            what=report.say(f"figure.comparison.{row.measure.rsplit('.', 1)[1]}"),
            value=leadership_narrative.count_text(texts, "teams", row.n),
        )
        for row in leadership_figures.effect_rows(publication)
    ]
    if counts:
        smallest = texts.number(100 * publication.facts["smallest_change"]["share_points"])
        yield report.say("leadership.effect_note", list=report.say("list.separator").join(counts), s=smallest)


def _what_else(report: Report) -> Part:
    """Company-wide changes by the number that the figure has, and what spread to the never-senders."""
    publication, texts = report.publication, report.texts
    columns = [
        report.say("leadership.event_number"),
        *(report.say(f"events.column_{n}") for n in ("date", "what")),
    ]
    body = [
        [f"({number})", texts.day(event["date"]), texts.label(event)]
        for number, event in leadership_figures.events_drawn(publication)
    ]
    spread = leadership_narrative.spillover_sentence(publication, texts)
    said = report.say(f"events.sentence{'' if body else '_none'}")
    return Sheet(
        question=report.say("leadership.changed_question"),
        sentences=(said, *((spread,) if spread else ())),
        table=plain_table(columns, body, css="entries events") if body else "",
        css=BACKING,
    )


def _triggers(report: Report) -> Part:
    """The declared thresholds that leaders may see the rows of, with what was seen."""
    columns = [report.say(f"decide.column_{name}") for name in ("what", "trigger", "seen", "state")]
    lines = trigger_lines(report, leadership_narrative.judged_decisions(report.publication))
    return Sheet(
        question=report.say("leadership.triggers_question"),
        table=plain_table(columns, lines, css="entries triggers"),
        css=BACKING,
    )


def _participants(report: Report) -> Part:
    publication, texts = report.publication, report.texts
    said = leadership_narrative.participants_sentence(publication, texts)
    return Sheet(
        question=report.say("leadership.participants_question"),
        sentences=(said,),
        figure=leadership_figures.participants(publication, texts),
        figure_name="participants",
        alt=report.say("leadership.alt_participants", said=said),
        css=BACKING,
    )


# --- backing page 2 ---------------------------------------------------------------------------------------


def backing_cases(report: Report) -> Parts:
    """The cost by line, two cases, who answered, terms, own impressions, the foot."""
    parts = (_cost, _cases, _answered, _terms, _impressions, foot)
    return Parts(tuple(part(report) for part in parts))


def _cost(report: Report) -> Part:
    publication, texts = report.publication, report.texts
    rows = leadership_figures.cost_rows(publication)
    entries = [_say_cost(report, row) for row in rows]
    reason = narrative.reason_text(texts, "NO_RECORDS")
    said = (
        report.say("leadership.cost_sentence") if rows else report.say("leadership.cost_none", reason=reason)
    )
    return Sheet(
        question=report.say("leadership.cost_question"),
        sentences=(
            said,
            *((texts.say("list.separator").join(entries),) if entries else ()),
            *leadership_narrative.costs_untold(publication, texts),
        ),
        figure=leadership_figures.cost(publication, texts),
        figure_name="cost",
        alt=report.say("leadership.alt_cost", list=" / ".join(entries)),
        css=FIRST_BACKING,
    )


def _say_cost(report: Report, row: Any) -> str:
    value = narrative.value_text(report.texts, row.unit, row.value)
    what = report.say(f"leadership.cost.{row.kind}")
    return report.say("leadership.alt_entry", what=what, value=value)


def _cases(report: Report) -> Part:
    entries = written_list(report, "cases")
    told = [report.say("leadership.case", text=each["text"], day=each["agreed"]) for each in entries]
    answers = tuple(Answer(text=text) for text in told) or (ask(report, "cases"),)
    return Sheet(question=report.say("leadership.cases_question"), answers=answers, css=BACKING)


def _answered(report: Report) -> Part:
    columns = [report.say("leadership.survey_column")]
    columns += [report.say(f"status.{status}") for status in leadership_narrative.STATUSES]
    body = list(leadership_narrative.answered_rows(report.publication, report.texts))
    return Sheet(
        question=report.say("leadership.answered_question"),
        sentences=(report.say("leadership.answered_note"),),
        table=plain_table(columns, body, css="entries lookup", numbers=True) if body else "",
        css=BACKING,
    )


def _terms(report: Report) -> Part:
    keys = [f"leadership.term.{name}" for name in OWN_TERMS] + [f"glossary.entry.{name}" for name in TERMS]
    body = [report.say(key).split("|", 1) for key in keys]
    columns = [report.say("glossary.term"), report.say("glossary.meaning")]
    return Sheet(
        question=report.say("leadership.terms_question"),
        table=plain_table(columns, body, css="entries terms"),
        css=BACKING,
    )


def _impressions(report: Report) -> Part:
    return Sheet(
        question=report.say("leadership.impressions"), answers=(written(report, "impressions"),), css=BACKING
    )


def foot(report: Report) -> Part:
    """Version, plan, from how many people on, what it must not be used for."""
    facts = report.publication.facts
    return Foot(
        question="",
        sentences=(
            report.say("report.data_until", day=report.texts.day(report.publication.as_of)),
            report.say("report.version", version=facts["version"]),
            report.say("leadership.foot", k=facts["k"]),
            *filter(None, (narrative.carried_sentence(report.publication, report.texts),)),
            report.say("leadership.notice"),
        ),
    )
