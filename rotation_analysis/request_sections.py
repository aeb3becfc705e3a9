"""The part of the workload report on requests: mix, do-it-for-me, who handled, topics, reviews, waits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pandas as pd

from . import figures, narrative, request_figures, request_narrative
from .parts import Part, Parts, Report, count_text, details, lookup_table, state_box, why_empty
from .replies import carry_replies
from .share_parts import labelled_numbers, labelled_texts, share_part

SHARE = request_narrative.SHARE
PERSON = "requests.per_person_week"
COLUMNS = ("all", "consult", "work", "review", "incident_help", "access", "permission_bound", "unknown")
MOST_LINES = 5
LEAST_CHANGES = 5
WAITS = ("first_answer", "first_answer.p90", "done", "done.p90", "done.mean")


def requests(report: Report) -> Parts:
    """A4: everything about requests, in the order of the questions."""
    return Parts(
        tuple(part(report) for part in (request_mix, do_it_for_me, handled, topics, reviews, waiting))
    )


def request_mix(report: Report) -> Part:
    """A4: requests per working team-week by kind."""
    publication, texts = report.publication, report.texts
    total = narrative.first_row(publication.rows("requests.per_team_week", phase="stay", kind="all"))
    sentence = request_narrative.mix_sentence(publication, texts)
    figure = request_figures.request_mix(publication, texts) if sentence else None
    known = request_figures.mix_rows(publication)
    rows = [
        (f"{figures.row_label(publication, texts, row)} · {report.say('kind.' + row['kind'])}", row)
        for _, row in known[known["n"].gt(0)].iterrows()
    ]
    drawn = [(label, row) for label, row in rows if row["phase"] not in request_figures.NOT_DRAWN]
    return Part(
        question=report.say("mix.question"),
        sentences=(sentence, request_narrative.bound_sentence(publication, texts)) if sentence else (),
        figure=figure,
        state=None if figure else state_box(report, "not_measurable", "NO_REQUESTS"),
        alt=report.say("mix.alt", list=" / ".join(labelled_texts(report, drawn))),
        note=report.say(
            "mix.note",
            n=count_text(0 if total is None else total.n),
            missing=count_text(0 if total is None else total.missing),
            method=report.say("method.count_per_working_week"),
        ),
        numbers=labelled_numbers(report, rows) if figure else "",
    )


def do_it_for_me(report: Report) -> Part:
    """A4: the share of "do it for me", before and after; and with kinds that titles speak against moved."""
    part = share_part(report, SHARE, "do_it_for_me")
    said = request_narrative.sensitivity_sentence(report.publication, report.texts)
    return replace(
        part,
        sentences=(*part.sentences, *((said,) if said else ())),
        numbers=part.numbers + (_sensitivity_numbers(report) if part.numbers else ""),
    )


def _sensitivity_numbers(report: Report) -> str:
    """Each share as filed beside the one with requests moved; folded."""
    publication, texts = report.publication, report.texts
    head = ["", *(report.say(f"do_it_for_me.column_{name}") for name in ("filed", "moved", "n_moved")), "n"]
    body = []
    for row in publication.rows(f"{SHARE}.relabelled").itertuples(index=False):
        filed = narrative.first_row(publication.rows(SHARE, team=row.team, phase=row.phase))
        if row.value is None or filed is None:
            continue
        label = figures.phase_label(publication, texts, row.team, row.phase, "own")
        shares = [narrative.value_text(texts, "share", value) for value in (filed.value, row.value)]
        body.append((label, *shares, count_text(request_narrative.moved_of(row)), count_text(row.n)))
    return details(report, head, body, title="do_it_for_me.numbers_moved")


# --- who handled them, what came again ------------------------------------------------------------------


@carry_replies(PERSON)
def handled(report: Report) -> Part:
    """A4: what each participant who can be shown answered in a working week; over the programme, how much."""
    publication = report.publication
    rows = publication.rows(PERSON, cohort=publication.cohort)
    people = list(_people_lines(report, rows))
    columns = [report.say("handled.column_who"), *(report.say(f"kind.{kind}") for kind in COLUMNS), "n"]
    table = pd.DataFrame(people, columns=columns)
    shown = rows[rows["value"].notna() & rows["kind"].eq("all")]
    return Part(
        question=report.say("handled.question"),
        sentences=(request_narrative.handled_sentence(publication, report.texts),),
        state=None if people else state_box(report, *why_empty(rows)),
        table=lookup_table(table, name="handled", numbers=columns[1:], unbroken=columns[:1])
        if people
        else "",
        note=report.say(
            "handled.note" if people else "handled.note_none",
            n=len(shown),
            hidden=narrative.hidden_people(publication, PERSON),
            missing=count_text(shown["missing"].sum()),
            method=report.say("method.count_per_working_week"),
        ),
    )


def _people_lines(report: Report, rows: pd.DataFrame) -> Iterator[list[str]]:
    """A line a person with values: per working week by kind, and how many there were."""
    for stay in report.publication.facts["stays"]:
        own = rows[rows["person"].eq(stay["person"]) & rows["value"].notna()]
        found = {row.kind: row for row in own.itertuples(index=False)}
        if "all" in found:
            values = [narrative.value_text(report.texts, "per_week", _value(found, kind)) for kind in COLUMNS]
            yield [stay["name"], *values, count_text(found["all"].n)]


def _value(rows: dict[Any, Any], kind: str) -> float | None:
    return rows[kind].value if kind in rows else None


def topics(report: Report) -> Part:
    """A4: topics that several teams consulted on: a guide or a tool may answer them once for all."""
    publication = report.publication
    rows = publication.rows("requests.repeat_topic", cohort=publication.cohort)
    again = rows[rows["label"].notna()]
    columns = [report.say(f"topics.column_{name}") for name in ("topic", "teams", "n")]
    lines = [(row.label, count_text(row.value), count_text(row.n)) for row in again.itertuples(index=False)]
    rest = lines[MOST_LINES:]
    unknown = len(rows) and rows["value"].isna().all()
    table = pd.DataFrame(lines[:MOST_LINES], columns=columns)
    return Part(
        question=report.say("topics.question"),
        sentences=(request_narrative.topic_sentence(publication, report.texts),),
        state=state_box(report, *why_empty(rows)) if unknown or rows.empty else None,
        table=lookup_table(table, name="topics", numbers=columns[1:]) if lines else "",
        note=report.say(
            "topics.note",
            n=count_text(rows["n"].dropna().sum()),
            missing=count_text(rows["missing"].dropna().max() if len(rows) else 0),
            method=report.say("method.count"),
        ),
        numbers=details(report, columns, rest, title="topics.numbers_rest") if rest else "",
    )


# --- reviews --------------------------------------------------------------------------------------------


def reviews(report: Report) -> Part:
    """A4: whether changes of home teams passed at first sight, by team and phase, with the volume."""
    publication, texts = report.publication, report.texts
    rows = publication.rows("review.first_pass_share", cohort=publication.cohort)
    rounds = publication.rows("review.rounds", cohort=publication.cohort)
    valued = [row for row in rows.itertuples(index=False) if row.value is not None]
    lines = [_review_line(report, row, narrative.first_row(_same_place(rounds, row))) for row in valued]
    told = [line for line, row in zip(lines, valued, strict=True) if row.n >= LEAST_CHANGES]
    columns = [report.say(f"reviews.column_{name}") for name in ("of", "share", "n", "rounds", "approved")]
    said = request_narrative.review_sentence(publication, texts)
    whole = narrative.first_row(rows[rows["team"].isna()])
    table = pd.DataFrame(told, columns=columns)
    return Part(
        question=report.say("reviews.question"),
        sentences=(said,) if said else (),
        state=None if lines else state_box(report, *why_empty(rows)),
        table=lookup_table(table, name="reviews", numbers=columns[1:], unbroken=columns[:1]) if told else "",
        note=report.say(
            "reviews.note",
            n=count_text(0 if whole is None else whole.n),
            missing=count_text(0 if whole is None else whole.missing),
            method=report.say("method.share_wilson"),
            rounds=report.say("method.mean_of_changes_t"),
            least=LEAST_CHANGES,
        ),
        numbers=details(report, columns, lines, title="reviews.numbers_all") if lines else "",
    )


def _same_place(rows: pd.DataFrame, row: Any) -> pd.DataFrame:
    team = rows["team"].isna() if row.team is None else rows["team"].eq(row.team)
    return rows[team & rows["phase"].eq(row.phase)]


def _review_line(report: Report, share: Any, rounds: Any | None) -> list[str]:
    label = figures.phase_label(report.publication, report.texts, share.team, share.phase, "own")
    passed = _interval_text(report, share)
    if share.n < LEAST_CHANGES:  # a share of so few would say more than they can
        passed = report.say("reviews.of", k=round(share.value * share.n), n=count_text(share.n))
    cells = [passed, count_text(share.n), _interval_text(report, rounds)]
    return [label, *cells, count_text(rounds.n if rounds else 0)]


def _interval_text(report: Report, row: Any | None) -> str:
    """A value with its interval, where it has one."""
    if row is None or row.value is None:
        return "–"
    texts = [narrative.value_text(report.texts, row.unit, value) for value in (row.value, row.low, row.high)]
    if row.low is None or pd.isna(row.low):
        return texts[0]
    return report.say("part.value_interval", value=texts[0], low=texts[1], high=texts[2])


# --- waiting --------------------------------------------------------------------------------------------


def waiting(report: Report) -> Part:
    """A4: how long other teams waited by kind, and how waits differ with participants present."""
    publication, texts = report.publication, report.texts
    rows = publication.rows("waiting.done", cohort=publication.cohort)
    lines, few = list(_waiting_lines(report)), list(_waiting_lines(report, few=True))
    columns = [
        report.say(f"waiting.column_{name.replace('.', '_')}") for name in ("kind", *WAITS, "n", "open")
    ]
    table = pd.DataFrame(lines, columns=columns)
    return Part(
        question=report.say("waiting.question"),
        sentences=tuple(request_narrative.waiting_sentences(publication, texts)),
        state=None if lines else state_box(report, *why_empty(rows)),
        table=lookup_table(table, name="waiting", numbers=columns[1:], unbroken=columns[:1]) if lines else "",
        note=_waiting_note(report, rows),
        numbers=(details(report, columns, few, title="waiting.numbers_few") if few else "")
        + _presence_numbers(report),
    )


def _waiting_lines(report: Report, *, few: bool = False) -> Iterator[list[str]]:
    """A line a kind that was asked (often, or a `few` times): first answer and end, n and what is open."""
    publication = report.publication
    for kind in ("all", *request_narrative.MIX):
        found = [
            narrative.first_row(publication.rows(f"waiting.{name}", cohort=publication.cohort, kind=kind))
            for name in WAITS
        ]
        done = found[WAITS.index("done")]
        if done is None or not done.n or few != (kind != "all" and done.n < LEAST_CHANGES):
            continue
        values = [
            "–" if row is None else narrative.value_text(report.texts, row.unit, row.value) for row in found
        ]
        still_open = request_narrative.open_of(done)
        yield [report.say(f"kind.{kind}"), *values, count_text(done.n), count_text(still_open)]


def _waiting_note(report: Report, rows: pd.DataFrame) -> str:
    """n, what is left out, what was given up, and what a comparison by presence cannot say."""
    publication = report.publication
    whole = narrative.first_row(rows[rows["kind"].eq("all")])
    given_up = narrative.first_row(publication.rows("waiting.cancelled", cohort=publication.cohort))
    told = [
        report.say(
            "waiting.note",
            n=count_text(0 if whole is None else whole.n),
            missing=count_text(0 if whole is None else whole.missing),
            cancelled="–" if given_up is None else count_text(given_up.value),
            method=report.say("method.kaplan_meier_median"),
        ),
        report.say("note.OBSERVED") if request_narrative.most_present(publication) is not None else "",
    ]
    return narrative.joined(report.texts, told)


def _presence_numbers(report: Report) -> str:
    """By number of participants present: hours in the same mix of kinds, change, requests, teams; folded."""
    publication, texts = report.publication, report.texts
    names = ("present", "hours", "requests", "change", "teams", "teams_missing", "days")
    head = [report.say(f"waiting.presence_{name}") for name in names]
    body = []
    for row in publication.rows("waiting.by_rotators").itertuples(index=False):
        change = narrative.first_row(publication.rows("waiting.change_by_rotators", kind=row.kind))
        days = narrative.first_row(
            publication.rows("waiting.rotators_present", cohort=publication.cohort, kind=row.kind)
        )
        body.append(
            (
                report.say("waiting.presence", n=request_narrative.number_of(row.kind)),
                _interval_text(report, row),
                count_text(row.n),
                request_narrative.change_text(texts, change),
                count_text(None if change is None else change.n),
                count_text(None if change is None else change.missing),
                count_text(0 if days is None else days.value),
            )
        )
    return details(report, head, body, title="waiting.numbers_presence") if body else ""
