"""What a person did, record by record, from the programme's tables: for that person's own pack alone.

Nothing is counted or judged here.  A title that names somebody else is left out, and so is a link that does:
whoever is named has agreed to nothing.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import pandas as pd

from ..cohorts.cohort import Cohorts
from ..cohorts.name_detection import find_mentions
from ..files.cells import fold
from ..measures.workload.improvements import KIND_OF
from ..measures.workload.incidents import list_records
from ..programme.model import Programme
from ..programme.worktime import local_days

NAMES_SOMEBODY = "NAMES_SOMEBODY"
REQUEST = "request"
"""A request whose kind the tracker does not tell."""
ASKED = ("exit", "followup")
"""Questionnaires whose answers a pack gives back, besides levels (measures) and free text (voices)."""
ANSWER_KINDS = ("choice", "choices", "scale", "number")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One record of a person's own work, or one own answer.

    `kind`: consult, work, review, incident_help, access, request (answered; kind not told), incident,
    improvement, session (spoken at), one_to_one, change (merged, own), change_review (given), answer (to a
    question, `id`; its `option`, or level in `amount`).  `day` is ISO; `title` is "" where it names somebody
    else (`left_out`: why); `names_customer`: it holds a word declared as a customer's.  `team`: who asked, or
    whose area it is; `step`: the person's in an incident, `held` or `missed` of a 1:1; `about`: kind of an
    improvement, service of an incident; `link`, `amount`, `unit`, `in_use` of an improvement; `wave` of an
    answer; `file`, `row`: where it was read.
    """

    day: str
    kind: str
    title: str = ""
    cohort: str | None = None
    phase: str | None = None
    team: str | None = None
    id: str | None = None
    step: str | None = None
    about: str | None = None
    wave: str | None = None
    option: str | None = None
    link: str | None = None
    amount: float | None = None
    unit: str | None = None
    in_use: bool | None = None
    names_customer: bool = False
    left_out: str | None = None
    file: str = ""
    row: int = 0


def list_entries(cohorts: Cohorts, person: str) -> list[Entry]:
    """The person's records in the order of their days, from the start of the first stay on."""
    phases = cohorts.person_phases
    phases = phases[phases["person"].eq(person) & phases["phase"].ne("before")]
    newest_first = phases.sort_values("first", kind="stable").iloc[::-1].to_dict("records")
    found = [
        *_list_requests(cohorts, person),
        *_list_incidents(cohorts, person),
        *_list_improvements(cohorts, person),
        *_list_sessions(cohorts, person),
        *_list_one_to_ones(cohorts, person),
        *_list_changes(cohorts, person),
        *_list_reviews(cohorts, person),
        *_list_answers(cohorts, person),
    ]
    placed = [placed for entry in found for placed in _place(entry, newest_first)]
    placed.sort(key=lambda entry: (entry.day, entry.kind, entry.file, entry.row, entry.id or ""))
    return _leave_names_out(placed, person, cohorts.programme)


def _place(entry: Entry, newest_first: Sequence[Mapping[Hashable, Any]]) -> Iterator[Entry]:
    """The entry with its cohort and phase, where it falls into one; an answer keeps its own cohort."""
    day = pd.Timestamp(entry.day)
    for phase in newest_first:
        if phase["first"] <= day <= phase["last"]:
            yield replace(entry, cohort=entry.cohort or str(phase["cohort"]), phase=str(phase["phase"]))
            return


def _leave_names_out(entries: list[Entry], person: str, programme: Programme) -> list[Entry]:
    """Without titles and links that name somebody else; titles with a customer's word are marked."""
    policy = programme.disclosure.model_copy(update={"customer_words": ()})
    people = programme.model_copy(update={"disclosure": policy})
    customers = programme.model_copy(update={"people": (), "aliases": ()})
    titles = pd.Series([entry.title for entry in entries], dtype=object)
    links = pd.Series([entry.link or "" for entry in entries], dtype=object)
    writers = pd.Series([person] * len(entries), dtype=object)
    named = find_mentions(titles, writers, people)
    linked = find_mentions(links, writers, people)
    sold = find_mentions(titles, writers, customers)
    return [
        replace(
            entry,
            title="" if title else entry.title,
            link=None if link else entry.link,
            left_out=NAMES_SOMEBODY if title else None,
            names_customer=bool(customer) and not title,
        )
        for entry, title, link, customer in zip(entries, named, linked, sold, strict=True)
    ]


# --- what each table tells ------------------------------------------------------------------------------


def _list_requests(cohorts: Cohorts, person: str) -> Iterator[Entry]:
    """Requests the person took, on the day of the first answer, else of the end; open ones are not done."""
    own = _own_rows(cohorts, "requests", person)
    done = local_days(own["answered"].fillna(own["resolved"]), cohorts.programme.programme.timezone)
    for row in own.assign(day=done).to_dict("records"):
        yield from _read_entry(row, kind=_text(row["kind"]) or REQUEST, texts={"team": "team", "id": "id"})


def _list_incidents(cohorts: Cohorts, person: str) -> Iterator[Entry]:
    """Incidents the person took part in, with the step as the incident path counts it."""
    parts = list_records(cohorts).parts
    parts = parts[parts["person"].eq(person)]
    about = cohorts.tables["incidents"].drop_duplicates("id").set_index("id", drop=False)
    own = _own_rows(cohorts, "participation", person).drop_duplicates("incident").set_index("incident")
    texts = {"team": "team", "id": "id", "about": "service"}
    for incident, step in dict(zip(parts["id"], parts["step"], strict=True)).items():
        row = {**about.loc[incident], **own.loc[incident, ["file", "row"]]}
        yield from _read_entry(row, kind="incident", texts=texts, step=step)


def _list_improvements(cohorts: Cohorts, person: str) -> Iterator[Entry]:
    for row in _own_rows(cohorts, "improvements", person).to_dict("records"):
        kind = _text(row["kind"])
        yield from _read_entry(
            row,
            kind="improvement",
            texts={"id": "id", "link": "link", "unit": "unit"},
            about=KIND_OF.get(fold(kind), kind) if kind else None,
            amount=_number(row["amount"]),
            in_use=None if pd.isna(row["in_use"]) else bool(row["in_use"]),
        )


def _list_sessions(cohorts: Cohorts, person: str) -> Iterator[Entry]:
    """Study sessions at which the person spoke; `amount`: how many came."""
    sessions = cohorts.tables["study_sessions"]
    own = _means(cohorts, sessions["speaker"], sessions["day"], person)
    for row in sessions[own].to_dict("records"):
        yield from _read_entry(row, kind="session", texts={"id": "id"}, amount=_number(row["attendees"]))


def _list_one_to_ones(cohorts: Cohorts, person: str) -> Iterator[Entry]:
    """1:1s with whether they were held; with whom and what about is nobody's business here."""
    for row in _own_rows(cohorts, "one_to_ones", person).to_dict("records"):
        if pd.notna(row["held"]):
            step = "held" if row["held"] else "missed"
            yield from _read_entry(row, kind="one_to_one", title=None, step=step)


def _list_changes(cohorts: Cohorts, person: str) -> Iterator[Entry]:
    """Changes to code that the person wrote, on the day they were merged."""
    own = _own_rows(cohorts, "changes", person)
    merged = local_days(own["merged"], cohorts.programme.programme.timezone)
    for row in own.assign(day=merged).to_dict("records"):
        yield from _read_entry(row, kind="change", texts={"team": "area_team", "id": "id"})


def _list_reviews(cohorts: Cohorts, person: str) -> Iterator[Entry]:
    """Changes of others that the person reviewed, on the day of the first review."""
    reviews = cohorts.tables["reviews"]
    days = local_days(reviews["submitted"], cohorts.programme.programme.timezone)
    given = reviews.assign(day=days)[_means(cohorts, reviews["reviewer"], days, person) & days.notna()]
    given = given.sort_values("day", kind="stable").drop_duplicates(["repository", "change"])
    changes = cohorts.tables["changes"]
    reviewed = changes[changes["id"].isin(given["change"])].drop_duplicates(["repository", "id"])
    about = {(row["repository"], row["id"]): row for row in reviewed.to_dict("records")}
    for row in given.to_dict("records"):
        change = about.get((row["repository"], row["change"]))
        if change is not None and change["person"] != person:
            told = {**row, "title": change["title"], "team": change["area_team"]}
            yield from _read_entry(told, kind="change_review", texts={"team": "team", "id": "change"})


def _list_answers(cohorts: Cohorts, person: str) -> Iterator[Entry]:
    """Own answers to what the exit survey and the follow-ups ask by options and scales."""
    instruments = cohorts.programme.all_instruments
    asked = {
        (name, question.id)
        for name in ASKED
        if name in instruments
        for question in instruments[name].questions
        if question.kind in ANSWER_KINDS
    }
    own = _own_rows(cohorts, "responses", person)
    texts = {"cohort": "cohort", "id": "question", "option": "option", "about": "instrument", "wave": "wave"}
    for row in own[own["rater"].eq("self")].to_dict("records"):
        answered = row["state"] in ("answered", "not_applicable")
        if answered and (row["instrument"], row["question"]) in asked:
            level = row["level"] if pd.notna(row["level"]) else row["number"]
            yield from _read_entry(row, kind="answer", title="answer", texts=texts, amount=_number(level))


# --- rows and cells -------------------------------------------------------------------------------------


def _own_rows(cohorts: Cohorts, table: str, person: str) -> pd.DataFrame:
    rows = cohorts.tables[table]
    return rows[rows["person"].eq(person).fillna(False)]


def _read_entry(
    row: Mapping[Hashable, Any],
    *,
    kind: str,
    title: str | None = "title",
    texts: Mapping[str, str] = MappingProxyType({}),
    **others: Any,
) -> Iterator[Entry]:
    """The entry of a row that has a day.

    `title`: the column of the title; `texts`: of other texts, by the field of the entry; `others`: fields as
    they are.
    """
    if pd.notna(row["day"]):
        fields: dict[str, Any] = {field: _text(row[column]) for field, column in texts.items()}
        written = (_text(row[title]) or "") if title else ""
        yield Entry(
            day=pd.Timestamp(row["day"]).date().isoformat(),
            kind=kind,
            title=written.strip() if kind == "answer" else written,
            **fields,
            **others,
            file=_text(row.get("file")) or "",
            row=0 if pd.isna(row.get("row")) else int(row["row"]),
        )


def _means(cohorts: Cohorts, texts: pd.Series, days: pd.Series, person: str) -> pd.Series:
    """Whether each text means this person on its day."""
    return cohorts.identify(texts, days).eq(person).fillna(False).astype(bool)


def _text(value: Any) -> str | None:
    return None if pd.isna(value) or str(value) == "" else str(value)


def _number(value: Any) -> float | None:
    return None if pd.isna(value) else float(value)
