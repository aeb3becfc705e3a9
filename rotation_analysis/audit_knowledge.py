"""What an audit knows of a programme: who there is, what was written and answered, what was agreed to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pandas as pd

from .cohort import Cohorts
from .measures import Measure
from .programme import Audience, Programme
from .questionnaires import read_answer_scales, read_instruments, read_skill_grid
from .retrospective import Retrospective
from .texts import list_languages, read_texts

ROW_KEY = ("measure", "cohort", "person", "team", "skill", "kind", "label", "phase", "wave", "unit", "method")
LEAST_NUMBERS = 6
"""Numbers of a column or of a person that are told apart from anything else by being just these."""
_KINDS = {"skill_self": "skills", "skill_mentor": "skills", "pulse": "strain"}
_IDENTITIES: Mapping[str, tuple[tuple[str, str], ...]] = {  # columns as written → whom they mean
    "requests": (("requester", "requested_by"), ("requester_id", "requested_by")),
    "participation": (("name", "person"), ("mail", "person"), ("account", "person")),
    "changes": (("author", "person"), ("author_name", "person")),
}
NOBODY_KNOWN = "?"
"""Whom a name means that stands in the exports and on no list."""


@dataclass(frozen=True, kw_only=True)
class Numbers:
    """Answers as they stand in a raw column, or in one person's form: whose, and the consent they need."""

    what: str
    people: frozenset[str]
    kind: str
    values: tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class Knowledge:
    """What may not stand in reports, by person, and the consents by which some of it may.

    `names`: everything that tells a person, by id.  `texts`: what was written → who wrote it.  `consents`:
    (person, kind, audience) in force; `approvals`: (person, audience, text) in force.  `kinds`: the consents
    that a person's row needs, and `people` those behind a row of answers, by `ROW_KEY`.  `vocabulary`: words
    that the reports bring along themselves.  `programme`: to find names in what was typed for an edition.
    """

    k: int
    names: Mapping[str, frozenset[str]]
    texts: Mapping[str, frozenset[str]]
    numbers: tuple[Numbers, ...] = ()
    consents: frozenset[tuple[str, str, str]] = frozenset()
    approvals: frozenset[tuple[str, str, str]] = frozenset()
    replies: Mapping[str, str] = field(default_factory=dict)
    kinds: Mapping[tuple[Any, ...], frozenset[str]] = field(default_factory=dict)
    people: Mapping[tuple[Any, ...], frozenset[str]] = field(default_factory=dict)
    home_teams: Mapping[str, frozenset[str]] = field(default_factory=dict)
    teams_together: bool = True
    vocabulary: tuple[str, ...] = ()
    programme: Programme | None = None

    def may(self, person: str, kinds: Iterable[str], audience: Audience) -> bool:
        """Whether somebody consented to all of these kinds for an audience."""
        return all((person, kind, audience) in self.consents for kind in kinds)


def know(retrospective: Retrospective) -> Knowledge:
    """Everything an audit compares a finished folder with, from the programme as it is read."""
    programme, cohorts = retrospective.programme, retrospective.cohorts
    as_of = programme.as_of
    return Knowledge(
        k=programme.disclosure.k,
        names=_list_names(programme, cohorts),
        texts=_list_texts(programme, cohorts),
        numbers=tuple(_list_numbers(cohorts)),
        consents=frozenset(
            (c.person, c.kind, c.audience)
            for c in programme.consents
            if c.given <= as_of and (c.withdrawn is None or c.withdrawn > as_of)
        ),
        approvals=frozenset(
            (a.person, a.audience, a.text)
            for a in programme.approvals
            if a.given <= as_of and (a.withdrawn is None or a.withdrawn > as_of)
        ),
        replies={reply.text: reply.person for reply in programme.replies},
        kinds=_list_kinds(retrospective.measures),
        people=_list_people(retrospective.for_readers[0]),
        home_teams={
            person: frozenset(stay.home_team for stay in programme.rotations if stay.person == person)
            for person in programme.participants
        },
        teams_together=programme.disclosure.teams_to_leadership == "together",
        vocabulary=(*_own_words(), *_public_words(programme)),
        programme=programme,
    )


def _list_kinds(measures: Iterable[Measure]) -> dict[tuple[Any, ...], frozenset[str]]:
    """The consents that each row of a person needs; of rows that nothing tells apart, all together."""
    kinds: dict[tuple[Any, ...], frozenset[str]] = {}
    for measure in measures:
        if measure.person is not None:
            key = key_of(measure)
            needed = frozenset(measure.consent.split("+")) if measure.consent else frozenset()
            kinds[key] = kinds.get(key, frozenset()) | needed
    return kinds


def key_of(measure: Measure) -> tuple[Any, ...]:
    """What tells a row from others, as it stands in a publication."""
    return tuple(getattr(measure, name) for name in ROW_KEY)


def _list_people(measures: Iterable[Measure]) -> dict[tuple[Any, ...], frozenset[str]]:
    """Who is behind each row of answers; of rows that nothing tells apart, of the one with most people."""
    people: dict[tuple[Any, ...], frozenset[str]] = {}
    for measure in measures:
        if measure.person is None and measure.counts == "persons":
            key = key_of(measure)
            people[key] = max(people.get(key, frozenset()), frozenset(measure.people), key=len)
    return people


# --- names ------------------------------------------------------------------------------------------------


def _list_names(programme: Programme, cohorts: Cohorts) -> dict[str, frozenset[str]]:
    """Ids, names, addresses, aliases and accounts by person; those of nobody on the lists together."""
    names: dict[str, set[str]] = defaultdict(set)
    for person in programme.people:
        names[person.id] |= {person.id, person.name, person.mail or person.name}
    for alias in programme.aliases:
        if alias.kind == "person" and alias.id:
            names[alias.id].add(alias.text)
    answers = cohorts.tables["responses"]
    own = answers[answers["rater"].eq("self")]
    written = [
        *((own, column, "person") for column in ("respondent", "respondent_name")),
        *((answers[answers["subject"].notna()], "subject", "person"),),
        *((cohorts.tables[table], *columns) for table, pairs in _IDENTITIES.items() for columns in pairs),
    ]
    for frame, column, whom in written:
        pairs = frame[[column, whom]].dropna(subset=[column]).drop_duplicates()
        for text, person in pairs.itertuples(index=False):
            names[NOBODY_KNOWN if pd.isna(person) else str(person)].add(str(text))
    known = {text for person, texts in names.items() if person != NOBODY_KNOWN for text in texts}
    names[NOBODY_KNOWN] -= known
    return {person: frozenset(texts) for person, texts in sorted(names.items())}


# --- words ------------------------------------------------------------------------------------------------


def _list_texts(programme: Programme, cohorts: Cohorts) -> dict[str, frozenset[str]]:
    """Free text of every questionnaire, replies, and cells that were not understood, with their writers."""
    instruments = programme.all_instruments
    free = {
        (name, question.id)
        for name, instrument in instruments.items()
        for question in instrument.questions
        if question.kind == "text"
    } | {(name, "skill.example") for name in instruments}
    written: dict[str, set[str]] = defaultdict(set)
    answers = cohorts.tables["responses"]
    columns = ["instrument", "question", "state", "person", "respondent", "rater", "answer"]
    for row in answers.loc[answers["answer"].notna(), columns].itertuples():
        if ((row.instrument, row.question) in free and row.state == "answered") or row.state == "unusable":
            own = row.rater == "self" and not pd.isna(row.person)
            written[row.answer.strip()].add(str(row.person) if own else NOBODY_KNOWN)
    for reply in programme.replies:
        written[reply.text].add(reply.person)
    return {text: frozenset(authors) for text, authors in sorted(written.items()) if text}


@cache
def _own_words() -> tuple[str, ...]:
    """Sentences of the reports and of the questionnaires that come along."""
    sentences = [text for language in list_languages() for text in read_texts(language).sentences.values()]
    asked = [i.model_dump(mode="json") for i in read_instruments().values()]
    scales = [scale.model_dump(mode="json") for scale in read_answer_scales().values()]
    return tuple(dict.fromkeys([*sentences, *_strings([asked, scales, read_skill_grid().model_dump()])]))


def _public_words(programme: Programme) -> tuple[str, ...]:
    """Names that every reader knows: company, programme, teams, skills, questions, what was changed."""
    shown = [
        programme.programme.model_dump(include={"name", "company"}),
        *(each.model_dump(include={"id", "ja", "en"}) for each in (*programme.teams, *programme.skills)),
        *(each.model_dump(include={"ja", "en"}) for each in programme.events),
        *(each.model_dump() for each in programme.adjustments),
        *(each.model_dump(mode="json") for each in programme.instruments),
    ]
    return tuple(dict.fromkeys(_strings(shown)))


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _strings(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _strings(each)


# --- numbers ----------------------------------------------------------------------------------------------


def _list_numbers(cohorts: Cohorts) -> Iterator[Numbers]:
    """Raw columns: a question as all answered it, at once or ever; a person's form, answers to a question
    over time, hours."""
    answers = cohorts.tables["responses"]
    answers = answers.assign(given=answers["level"].astype("float64").fillna(answers["number"]))
    answers = answers[answers["given"].notna()]
    question = ["instrument", "question", "skill", "rater"]
    form = ["instrument", "question", "person", "rater", "answered_at"]
    for keys in (question, [*question, "wave", "period_start"], [*question, "person"], form):
        for key, group in answers.groupby(keys, dropna=False):
            people = group["person"].dropna()
            yield from _numbers(key, frozenset(people), _KINDS.get(str(key[0]), ""), group["given"])
    hours = cohorts.tables["time_use"]
    for person, group in hours.groupby("person"):
        for name in ("request", "improvement", "incident", "home", "learning"):
            yield from _numbers(("time_use", name), frozenset({person}), "time", group[name].dropna())


def _numbers(key: tuple[Any, ...], people: frozenset[str], kind: str, values: pd.Series) -> Iterator[Numbers]:
    """The values where there are enough of them, and enough different ones, to be told from others."""
    given = tuple(float(value) for value in values)
    if len(given) >= LEAST_NUMBERS and len(set(given)) >= 3:
        what = " ".join(str(part) for part in key if isinstance(part, str))
        yield Numbers(what=what, people=people, kind=kind, values=given)
