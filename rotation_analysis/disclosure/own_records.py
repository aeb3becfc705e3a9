"""What a person did, record by record, for that person's own pack alone; and what people wrote in own words.

Nothing is counted or judged here.  Whoever is named has agreed to nothing: a title or a link that names
somebody else is left out.  Whose words may be read, and by whom, the gate decides.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from ..cohorts.cohort import Cohorts
from ..cohorts.name_detection import find_mentions
from ..files.cells import fold
from ..measures.workload.improvements import KIND_OF
from ..measures.workload.incidents import list_records
from ..programme.model import Programme
from ..programme.worktime import local_days
from .publications import Quotation

NAMES_SOMEBODY = "NAMES_SOMEBODY"
REQUEST = "request"
"""A request whose kind the tracker does not tell."""
ASKED = ("exit", "followup")
"""Questionnaires after a stay: a pack gives back answers to them, besides levels (measures) and free text."""
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
    """The person's records in the order of their days, from the start of the first stay on.

    Each with its cohort (an answer keeps its own) and the phase that its day falls into.
    """
    phases = cohorts.person_phases
    phases = phases[phases["person"].eq(person) & phases["phase"].ne("before")]
    newest_first = phases.sort_values("first", kind="stable").iloc[::-1].to_dict("records")
    entries = []
    for entry in _read_entries(cohorts, person):
        day = pd.Timestamp(entry.day)
        phase = next((each for each in newest_first if each["first"] <= day <= each["last"]), None)
        if phase is not None:
            entries.append(replace(entry, cohort=entry.cohort or phase["cohort"], phase=phase["phase"]))
    entries.sort(key=lambda entry: (entry.day, entry.kind, entry.file, entry.row, entry.id or ""))
    return _leave_names_out(entries, person, cohorts.programme)


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


def _read_entries(cohorts: Cohorts, person: str) -> Iterator[Entry]:
    """The person's own rows of each table that have a day."""
    for kind, rows, columns in _list_own(cohorts, person):
        for row in rows[rows["day"].notna()].to_dict("records"):
            texts = {field: _text(row[column]) for field, column in columns.items() if field in _TEXTS}
            amount: Any = row[columns["amount"]] if "amount" in columns else None
            in_use: Any = row[columns["in_use"]] if "in_use" in columns else None
            yield Entry(
                **{**texts, "title": texts.get("title") or ""},  # type: ignore[arg-type]
                day=row["day"].date().isoformat(),
                kind=kind or row["kind"],
                amount=None if pd.isna(amount) else float(amount),
                in_use=None if pd.isna(in_use) else bool(in_use),
                file=_text(row["file"]) or "",
                row=0 if pd.isna(row["row"]) else int(row["row"]),
            )


_TEXTS = ("title", "cohort", "team", "id", "step", "about", "wave", "option", "link", "unit")
Own = tuple[str | None, pd.DataFrame, Mapping[str, str]]


def _list_own(cohorts: Cohorts, person: str) -> Iterator[Own]:
    """Kind (None: the row's own), rows, and the column of each field of the entry."""
    tables, timezone = cohorts.tables, cohorts.programme.programme.timezone

    def own(table: str) -> pd.DataFrame:
        return tables[table][tables[table]["person"].eq(person).fillna(False)]

    def means(texts: pd.Series, days: pd.Series) -> pd.Series:
        return cohorts.identify(texts, days).eq(person).fillna(False)

    taken = own("requests")  # on the day of the first answer, else of the end; open ones are not done
    done = local_days(taken["answered"].fillna(taken["resolved"]), timezone)
    taken = taken.assign(day=done, kind=taken["kind"].fillna(REQUEST))
    yield None, taken, {"title": "title", "team": "team", "id": "id"}

    parts = list_records(cohorts).parts  # with the step as the incident path counts it
    steps = parts.loc[parts["person"].eq(person), ["id", "step"]].drop_duplicates("id", keep="last")
    about = tables["incidents"].drop_duplicates("id").drop(columns=["file", "row"])
    where = own("participation").drop_duplicates("incident").set_index("incident")[["file", "row"]]
    columns = {"title": "title", "team": "team", "id": "id", "about": "service", "step": "step"}
    yield "incident", steps.merge(about, on="id").join(where, on="id"), columns

    made = own("improvements")
    about_kind = [KIND_OF.get(fold(text), text) if (text := _text(each)) else None for each in made["kind"]]
    columns = {name: name for name in ("title", "id", "link", "unit", "amount", "in_use")}
    yield "improvement", made.assign(kind=about_kind), columns | {"about": "kind"}

    sessions = tables["study_sessions"]
    spoken = sessions[means(sessions["speaker"], sessions["day"])]
    yield "session", spoken, {"title": "title", "id": "id", "amount": "attendees"}

    meetings = own("one_to_ones")  # with whom and what about is nobody's business here
    meetings = meetings[meetings["held"].notna()]
    yield (
        "one_to_one",
        meetings.assign(step=meetings["held"].map({True: "held", False: "missed"})),
        {"step": "step"},
    )

    changes = own("changes")
    merged = changes.assign(day=local_days(changes["merged"], timezone))
    yield "change", merged, {"title": "title", "team": "area_team", "id": "id"}

    reviews = tables["reviews"]  # of others' changes, on the day of the first one
    given = reviews.assign(day=local_days(reviews["submitted"], timezone))
    given = given[means(given["reviewer"], given["day"]) & given["day"].notna()]
    given = given.sort_values("day", kind="stable").drop_duplicates(["repository", "change"])
    others = tables["changes"][tables["changes"]["id"].isin(given["change"])].rename(columns={"id": "change"})
    others = others[["repository", "change", "title", "area_team", "person"]]
    others = others.drop_duplicates(["repository", "change"])
    given = given[["repository", "change", "day", "file", "row"]].merge(others, on=["repository", "change"])
    given = given[given["person"].ne(person).fillna(True)]
    yield "change_review", given, {"title": "title", "team": "area_team", "id": "change"}

    answers = own("responses")  # to what is asked after a stay by options and scales
    instruments = cohorts.programme.all_instruments
    asked = {
        (name, question.id)
        for name in ASKED
        if name in instruments
        for question in instruments[name].questions
        if question.kind in ANSWER_KINDS
    }
    wanted = [each in asked for each in zip(answers["instrument"], answers["question"], strict=True)]
    answers = answers[
        pd.Series(wanted, index=answers.index, dtype=bool)
        & answers["rater"].eq("self")
        & answers["state"].isin(["answered", "not_applicable"])
    ]
    level = answers["level"].astype("float64").fillna(answers["number"])
    answers = answers.assign(answer=answers["answer"].str.strip(), amount=level)
    columns = {name: name for name in ("cohort", "option", "wave", "amount")}
    yield "answer", answers, columns | {"title": "answer", "id": "question", "about": "instrument"}


def _text(value: Any) -> str | None:
    return None if pd.isna(value) or str(value) == "" else str(value)


# --- own words --------------------------------------------------------------------------------------------

EXAMPLE = "skill.example"


def list_voices(cohorts: Cohorts) -> list[Quotation]:
    """Free texts of the exit survey and the follow-ups, and the work that participants remember most.

    What names a colleague or a customer is left out: whoever is named has agreed to nothing.
    """
    asked = {(name, id_) for name, id_ in _list_free_texts(cohorts) if name in ASKED}
    own = _own_answers(cohorts, asked)
    placed = own[["cohort", "wave"]].notna().all(axis=1) & ~own["names_somebody"].eq(True)
    return _voices_of(own[placed])


def list_own_words(cohorts: Cohorts, person: str) -> list[Quotation]:
    """Everything a participant wrote in any questionnaire, for that person alone, names included."""
    own = _own_answers(cohorts, _list_free_texts(cohorts))
    return _voices_of(own[own["person"].eq(person)])


def _list_free_texts(cohorts: Cohorts) -> set[tuple[str, str]]:
    """Every question answered in free text, as (questionnaire, question)."""
    return {
        (name, question.id)
        for name, instrument in cohorts.programme.all_instruments.items()
        for question in instrument.questions
        if question.kind == "text"
    }


def _own_answers(cohorts: Cohorts, asked: Container[tuple[str, str]]) -> pd.DataFrame:
    """What participants themselves answered to these questions, and the examples of any questionnaire."""
    responses = cohorts.tables["responses"]
    said = responses[
        responses["rater"].eq("self")
        & responses["state"].eq("answered")
        & responses[["person", "answer"]].notna().all(axis=1)
    ]
    wanted = [
        question == EXAMPLE or (instrument, question) in asked
        for instrument, question in zip(said["instrument"], said["question"], strict=True)
    ]
    return said[pd.Series(wanted, index=said.index, dtype=bool)]  # also of no answers


def _voices_of(answers: pd.DataFrame) -> list[Quotation]:
    return [
        Quotation(
            person=row.person,
            cohort="" if pd.isna(row.cohort) else row.cohort,
            instrument=row.instrument,
            question=row.question,
            wave=_say_when(row.wave, row.period_start),
            text=row.answer.strip(),
            names_somebody=not pd.isna(row.names_somebody) and bool(row.names_somebody),
        )
        for row in answers.itertuples()
        if row.answer.strip()
    ]


def _say_when(wave: str | None, period_start: pd.Timestamp) -> str:
    if not pd.isna(wave):
        return str(wave)
    return "" if pd.isna(period_start) else period_start.date().isoformat()
