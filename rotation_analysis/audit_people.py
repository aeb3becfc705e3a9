"""What of a programme's people stands in a finished folder and must not: names, words, answers, by audience.

What a reader may see is left out: own names and words, texts approved, rows consented to, words that the reports
bring along, texts of the owner's in which `mentions.find_named` has found nobody.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any

import pandas as pd

from .audit_files import Document, Finding, ReportFolder, list_strings
from .cohort import Cohorts
from .measures import Measure
from .mentions import list_declared_texts
from .programme import Audience, Programme
from .questionnaires import read_answer_scales, read_instruments, read_skill_grid
from .retrospective import Retrospective
from .texts import list_sentences

ROW_KEY = ("measure", "cohort", "person", "team", "skill", "kind", "label", "phase", "wave", "unit", "method")
LEAST_TEXT, LONG_TEXT, PART = 8, 20, 16
"""Letters of a text that is nobody else's by chance; of one that is found by its first or last letters, too."""
_IDENTITIES: Mapping[str, tuple[tuple[str, str], ...]] = {  # columns as written → whom they mean
    "requests": (("requester", "requested_by"), ("requester_id", "requested_by")),
    "participation": (("name", "person"), ("mail", "person"), ("account", "person")),
    "changes": (("author", "person"), ("author_name", "person")),
}
_ORDINARY = (("requests", "title"), ("requests", "topic"), ("incidents", "title"), ("improvements", "title"))
NOBODY_KNOWN = "?"
"""Whom a name means that stands in the exports and on no list."""


@dataclass(frozen=True, kw_only=True)
class Knowledge:
    """What must not stand in reports, by person, and the consents by which some of it may.

    `names`: everything that tells a person, by id.  `texts`: what was written → who wrote it.  `consents`: (person, kind, audience) in
    force; `approvals`: (person, audience, text) in force.  `kinds`: the consents that a person's row needs, and
    `people` those behind a row of answers, by `ROW_KEY`.  `vocabulary`: words that the reports bring along
    themselves; `declared`: texts of the owner's for all readers; `words`: what was written for an edition.
    """

    k: int
    names: Mapping[str, frozenset[str]]
    texts: Mapping[str, frozenset[str]]
    consents: frozenset[tuple[str, str, str]] = frozenset()
    approvals: frozenset[tuple[str, str, str]] = frozenset()
    replies: Mapping[str, str] = field(default_factory=dict)
    kinds: Mapping[tuple[Any, ...], frozenset[str]] = field(default_factory=dict)
    people: Mapping[tuple[Any, ...], frozenset[str]] = field(default_factory=dict)
    home_teams: Mapping[str, frozenset[str]] = field(default_factory=dict)
    teams_together: bool = True
    vocabulary: tuple[str, ...] = ()
    declared: tuple[str, ...] = ()
    words: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def may(self, person: str, kinds: Iterable[str], audience: Audience) -> bool:
        """Whether somebody consented to all of these kinds for an audience."""
        return all((person, kind, audience) in self.consents for kind in kinds)


# --- what is known of a programme -------------------------------------------------------------------------


def know(retrospective: Retrospective) -> Knowledge:
    """Everything an audit compares a finished folder with, from the programme as it is read."""
    programme, cohorts, measures = retrospective.programme, retrospective.cohorts, retrospective.measures
    as_of = programme.as_of
    kinds: dict[tuple[Any, ...], frozenset[str]] = {}
    people: dict[tuple[Any, ...], frozenset[str]] = {}
    for (
        measure
    ) in measures:  # of rows that nothing tells apart all consents are needed, and most people count
        key = key_of(measure)
        if measure.person is not None:
            needed = frozenset(measure.consent.split("+")) if measure.consent else frozenset()
            kinds[key] = kinds.get(key, frozenset()) | needed
        elif measure.counts == "persons":
            people[key] = max(people.get(key, frozenset()), frozenset(measure.people), key=len)
    return Knowledge(
        k=programme.disclosure.k,
        names=_list_names(programme, cohorts),
        texts=_list_texts(programme, cohorts),
        consents=frozenset((c.person, c.kind, c.audience) for c in programme.consents if _holds(c, as_of)),
        approvals=frozenset((a.person, a.audience, a.text) for a in programme.approvals if _holds(a, as_of)),
        replies={reply.text: reply.person for reply in programme.replies},
        kinds=kinds,
        people=people,
        home_teams={
            person: frozenset(stay.home_team for stay in programme.rotations if stay.person == person)
            for person in programme.participants
        },
        teams_together=programme.disclosure.teams_to_leadership == "together",
        vocabulary=(*_list_own_words(), *_list_public_words(programme)),
        declared=tuple(text for _, text in list_declared_texts(programme)),
        words={edition: programme.words_for(edition) for edition in programme.words},
    )


def _holds(given: Any, as_of: Any) -> bool:
    return bool(given.given <= as_of and (given.withdrawn is None or given.withdrawn > as_of))


def key_of(measure: Measure) -> tuple[Any, ...]:
    """What tells a row from others, as it stands in a publication."""
    return tuple(getattr(measure, name) for name in ROW_KEY)


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
        (answers[answers["subject"].notna()], "subject", "person"),
        *((cohorts.tables[table], *columns) for table, pairs in _IDENTITIES.items() for columns in pairs),
    ]
    for frame, column, whom in written:
        for text, person in frame[[column, whom]].dropna(subset=[column]).drop_duplicates().values:
            names[NOBODY_KNOWN if pd.isna(person) else str(person)].add(str(text))
    names[NOBODY_KNOWN] -= {
        text for person, texts in names.items() if person != NOBODY_KNOWN for text in texts
    }
    return {person: frozenset(texts) for person, texts in sorted(names.items())}


def _list_texts(programme: Programme, cohorts: Cohorts) -> dict[str, frozenset[str]]:
    """Free text of every questionnaire, replies, and cells that were not understood, with their writers.

    A text that is also the title of a request, an incident or an improvement gives nobody away.
    """
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
    ordinary = {
        text.strip() for table, column in _ORDINARY for text in cohorts.tables[table][column].dropna()
    }
    written = {text: authors for text, authors in written.items() if text not in ordinary}
    for reply in programme.replies:
        written[reply.text] = {*written.get(reply.text, ()), reply.person}
    return {text: frozenset(authors) for text, authors in sorted(written.items()) if text}


@cache
def _list_own_words() -> tuple[str, ...]:
    """Sentences of the reports and of the questionnaires that come along."""
    asked = [each.model_dump(mode="json") for each in read_instruments().values()]
    scales = [scale.model_dump(mode="json") for scale in read_answer_scales().values()]
    return tuple(
        dict.fromkeys([*list_sentences(), *list_strings([asked, scales, read_skill_grid().model_dump()])])
    )


def _list_public_words(programme: Programme) -> tuple[str, ...]:
    """Names that every reader knows: company, programme, teams, skills, questions."""
    shown = [
        programme.programme.model_dump(include={"name", "company"}),
        *(each.model_dump(include={"id", "ja", "en"}) for each in (*programme.teams, *programme.skills)),
        *(each.model_dump(mode="json") for each in programme.instruments),
    ]
    return tuple(dict.fromkeys(list_strings(shown)))


# --- searching --------------------------------------------------------------------------------------------


@lru_cache(maxsize=8_192)
def fold_letters(text: str) -> str:
    """Text as it is searched: width and case folded, letters and digits alone.

    >>> fold_letters("Ｔａｒｏ　山・田_2\\n")
    'taro山田2'
    """
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text).casefold())


class Terms:
    """Texts to search for, with any separators between their letters; Latin ones as words of their own."""

    def __init__(self, wanted: Mapping[str, str], vocabulary: Iterable[str]) -> None:
        """`wanted`: text → whose or what it is; what stands in the vocabulary, and single letters, are left out."""
        known = "\n".join(map(fold_letters, vocabulary))
        self._wanted: dict[str, tuple[str, str]] = {}
        for text, meaning in wanted.items():
            key = fold_letters(text)
            if len(key) > 1 and key not in known:
                self._wanted.setdefault(key, (text, meaning))

    def find(self, documents: Iterable[Document]) -> Iterator[tuple[Document, dict[str, str]]]:
        """Each document with what of it stands there: the text as given → what it is."""
        documents = list(documents)
        everything = fold_letters("\n".join({text for each in documents for text in each.readable}))
        occurring = {key: told for key, told in self._wanted.items() if key in everything}
        for document in documents:
            text = "\n".join(document.readable)
            letters = fold_letters(text)
            hits = [
                told for key, told in occurring.items() if key in letters and _stands_alone(told[0], text)
            ]
            if hits:
                yield document, dict(hits)


def _stands_alone(term: str, text: str) -> bool:
    """Whether a term is in a text with little between its words, Latin ones as words of their own.

    >>> _stands_alone("Ann Lee", "by ann.lee"), _stands_alone("Ann Lee", "Joann Lee")
    (True, False)
    """
    folded = unicodedata.normalize("NFKC", term).casefold()
    if len(folded) >= 2 * PART:
        return True
    words = re.findall(r"[a-z0-9]+|[^\W_]", folded)
    begins, ends = (
        (r"(?<![a-z0-9])" if words[0].isascii() else ""),
        (r"(?![a-z0-9])" if words[-1].isascii() else ""),
    )
    pattern = begins + r"[\W_]{0,4}".join(words) + ends
    return re.search(pattern, unicodedata.normalize("NFKC", text).casefold()) is not None


def _is_only_within(term: str, document: Document, allowed: Iterable[str]) -> bool:
    """Whether a term is gone from a document when the texts that may hold it are taken out."""
    key = fold_letters(term)
    holding = {fold_letters(text) for text in allowed if key in fold_letters(text)}
    left = fold_letters("\n".join(document.readable))
    for each in sorted(holding, key=len, reverse=True):
        left = left.replace(each, "\n")
    return key not in left


# --- names ------------------------------------------------------------------------------------------------


def check_names(folder: ReportFolder, knowledge: Knowledge) -> Iterator[Finding]:
    """Nobody's name, id, address, alias or account but the reader's own; owners may see names."""
    spelled: dict[str, str] = {}
    for person, names in knowledge.names.items():
        for name in names:
            local = name.partition("@")[0] if re.match(r"[^@]*[._0-9-][^@]*@", name) else name
            for text in (name, " ".join(reversed(name.split())), local):
                if not text.isdigit():
                    spelled.setdefault(text, person)
    terms = Terms(spelled, knowledge.vocabulary)
    for document, hits in terms.find(d for d in folder.documents if d.audience != "owner"):
        own = set(map(fold_letters, knowledge.names.get(document.person or "", ())))
        allowed = list(_may_name(document, folder, knowledge))
        for person in dict.fromkeys(
            person
            for term, person in hits.items()
            if person != document.person
            and fold_letters(term) not in own
            and not _is_only_within(term, document, allowed)
        ):
            whom = "somebody named in the exports" if person == NOBODY_KNOWN else person
            what = f"a name, id, address or account of {whom} stands in it"
            yield Finding(check="names", file=document.name, what=what)


def _may_name(document: Document, folder: ReportFolder, knowledge: Knowledge) -> Iterator[str]:
    """Texts of this edition in which names may stand: the owner's own, and in a pack its reader's."""
    yield from knowledge.declared
    yield from list_strings(knowledge.words.get(document.home, {}))
    if document.audience == "graduate":
        yield from (text for text, authors in knowledge.texts.items() if document.person in authors)
        yield from list_strings(folder.publication_of(document).get("records", ()))


# --- words ------------------------------------------------------------------------------------------------


def check_words(folder: ReportFolder, knowledge: Knowledge) -> Iterator[Finding]:
    """Nobody's words but those approved for the audience, and in a pack those of its own writer."""
    wanted = {}
    for text in knowledge.texts:
        letters = fold_letters(text)
        if len(letters) >= LEAST_TEXT:
            wanted[text] = text
        if len(letters) >= LONG_TEXT:
            wanted |= {letters[:PART]: text, letters[-PART:]: text}
    for document, hits in Terms(wanted, (*knowledge.vocabulary, *knowledge.declared)).find(folder.documents):
        allowed = list(_may_quote(document, folder, knowledge))
        for text in dict.fromkeys(
            text for term, text in hits.items() if not _is_only_within(term, document, allowed)
        ):
            author = "somebody" if NOBODY_KNOWN in knowledge.texts[text] else min(knowledge.texts[text])
            yield Finding(
                check="words",
                file=document.name,
                what=f"words of {author} stand in it that this audience must not read: {text[:4]}…",
                next_step="quote only texts with an approval for the audience",
            )
    for document in folder.documents:
        content = document.content
        if isinstance(content, dict) and "edition" in content:
            edition = document.name.rpartition("/")[0]
            if content.get("words", {}) != knowledge.words.get(edition, {}):
                told = "its words are not those of the programme's file of words"
                yield Finding(check="words", file=document.name, what=told)


def _may_quote(document: Document, folder: ReportFolder, knowledge: Knowledge) -> Iterator[str]:
    audience, person = document.audience, document.person
    yield from list_strings(knowledge.words.get(document.home, {}))
    if audience == "graduate":
        yield from (text for text, authors in knowledge.texts.items() if person in authors)
    elif audience != "leadership":
        for author, to, text in knowledge.approvals:
            if to == audience and knowledge.may(author, ("quotes",), audience) and person in (None, author):
                yield text
        shown = {str(reply.get("text")) for reply in folder.publication_of(document).get("replies", ())}
        for text, author in knowledge.replies.items():
            if person in (None, author) and (text in shown or audience == "owner"):
                yield text


# --- rows -------------------------------------------------------------------------------------------------


def check_rows(folder: ReportFolder, knowledge: Knowledge) -> Iterator[Finding]:
    """A publication's numbers of a person by consent, of people from k on, of a team by the policy."""
    for document in folder.documents:
        content = document.content if isinstance(document.content, dict) else {}
        for row in content.get("measures", ()):
            if any(row.get(name) is not None for name in ("value", "low", "high", "n", "missing")):
                told = _judge_row(row, document, knowledge)
                if told is not None:
                    where = " ".join(str(row[name]) for name in ROW_KEY if row.get(name) is not None)
                    yield Finding(check="rows", file=document.name, where=where, what=told)


def _judge_row(row: Mapping[str, Any], document: Document, knowledge: Knowledge) -> str | None:
    audience, person = document.audience, row.get("person")
    key = tuple(row.get(name) for name in ROW_KEY)
    if person is not None:
        if audience == "leadership" or (document.person is not None and person != document.person):
            return f"a number of {person}, whose edition this is not"
        kinds = knowledge.kinds.get(key)
        if kinds is None:
            return f"a number of {person} that the programme does not have"
        if audience != "graduate" and not knowledge.may(str(person), kinds, audience):
            return f"a number of {person}, who did not consent to it for this audience"
        return None
    behind = knowledge.people.get(key)
    if behind is not None and not any(str(note).startswith("CARRIED") for note in row.get("notes", ())):
        others = behind - {document.person} if audience == "graduate" else behind
        nobody = not behind and row.get("value") is None
        if len(others) < knowledge.k and not nobody:
            return f"an aggregate of fewer than {knowledge.k} people's answers"
    team = row.get("team")
    if team is None or audience == "owner":
        return None
    if audience == "leadership":
        return f"a number of the team {team} alone" if knowledge.teams_together else None
    own = knowledge.home_teams.get(document.person or "", frozenset())
    return None if team in own else f"a number of the team {team}, which is not the reader's"
