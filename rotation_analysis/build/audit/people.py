"""What of a programme's people stands in a finished folder and must not: names, words, answers, rows.

What a reader may see is left out: own names and words, texts approved, rows consented to, words that the
reports bring along, texts of the owner's in which `name_detection.find_named_people` has found nobody.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any

from ...cohorts.cohort import Cohorts
from ...cohorts.name_detection import list_declared_texts
from ...cohorts.people import PERSON
from ...disclosure.gate import is_in_force, list_agreed
from ...disclosure.suppression import Named
from ...files.cells import fold
from ...measure_row import KEY_COLUMNS, Measure
from ...programme.model import Audience, Programme
from ...programme.questionnaires import read_answer_scales, read_instruments, read_skill_grid
from ...study import Study
from ...texts import list_languages, read_texts
from .files import Document, Finding, ReportFolder, list_strings
from .schema import NUMBERS, list_rows

ROW_KEY = (*KEY_COLUMNS, "unit", "method")
LEAST_TEXT, LONG_TEXT, PART = 8, 18, 16
"""Letters of a text that is nobody else's by chance; of one that is found by its first or last letters."""
LEAST_ANSWERS = 6
"""Answers that are told from other numbers by being just these."""
_KINDS = {"skill_self": "skills", "skill_mentor": "skills", "pulse": "strain"}
IDENTITIES: Mapping[str, tuple[str, ...]] = {
    "responses": ("respondent", "respondent_name", "subject"),
    "requests": ("requester", "requester_id", "assignee", "assignee_id"),
    "participation": ("name", "mail", "account"),
    "changes": ("author", "author_name"),
    "reviews": ("reviewer",),
    "accounts": ("id", "name", "mail", "handle"),
    "monitors": ("creator", "creator_mail"),
    "dashboards": ("creator",),
    "study_sessions": ("speaker",),
    "alerts": ("who",),
}
"""Columns of tables that tell a person as a tool wrote it."""
_ORDINARY = ("title", "topic", "service", "name", "dashboard", "area")
"""Columns of records that reports may show: a text that stands there, too, gives nobody away."""
NOBODY_KNOWN = "?"
"""Whom a name means that stands in the exports and on no list."""


@dataclass(frozen=True, kw_only=True)
class Knowledge:
    """What must not stand in reports, by person, and the consents by which some of it may.

    `names`: everything that tells a person, by id.  `texts`: what was written → who wrote it.  `answers`:
    sorted answers to a question, or of a form → whose they are, and the consent they need.  `consents`:
    (person, kind, audience) in force; `approvals`: (person, audience, text) in force.  `kinds`: the consents
    that a person's row needs, `people` those behind a row of answers, by `ROW_KEY`, and `named` the rows of
    which the owner finds all values under names.
    `vocabulary`: words that the reports bring along; `declared`: the owner's texts for all; `words`: those
    for an edition.
    """

    k: int
    names: Mapping[str, frozenset[str]]
    texts: Mapping[str, frozenset[str]]
    answers: Mapping[tuple[float, ...], tuple[frozenset[str], str]] = field(default_factory=dict)
    consents: frozenset[tuple[str, str, str]] = frozenset()
    approvals: frozenset[tuple[str, str, str]] = frozenset()
    replies: Mapping[str, str] = field(default_factory=dict)
    kinds: Mapping[tuple[Any, ...], frozenset[str]] = field(default_factory=dict)
    people: Mapping[tuple[Any, ...], frozenset[str]] = field(default_factory=dict)
    named: frozenset[tuple[Any, ...]] = frozenset()
    home_teams: Mapping[str, frozenset[str]] = field(default_factory=dict)
    teams_together: bool = True
    vocabulary: tuple[str, ...] = ()
    declared: tuple[str, ...] = ()
    words: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def may(self, person: str, kinds: Iterable[str], audience: Audience) -> bool:
        """Whether somebody consented to all of these kinds for an audience."""
        return all((person, kind, audience) in self.consents for kind in kinds)


# --- what is known of a programme -------------------------------------------------------------------------


def know(study: Study) -> Knowledge:
    """Everything an audit compares a finished folder with, from the programme as it is read."""
    programme, cohorts = study.programme, study.cohorts
    measures, _ = study.for_readers
    as_of = programme.as_of.isoformat()
    told = list_agreed(programme.consents, "owner", as_of=as_of)
    named = Named((row for row in measures if row.person is not None), told, programme.disclosure.withhold)
    kinds: dict[tuple[Any, ...], frozenset[str]] = {}
    people: dict[tuple[Any, ...], frozenset[str]] = {}
    for row in measures:  # of rows that nothing tells apart all consents are needed, and most people count
        key = key_of(row)
        if row.person is not None:
            kinds[key] = kinds.get(key, frozenset()) | frozenset(filter(None, (row.consent or "").split("+")))
        elif row.counts == "persons":
            people[key] = max(people.get(key, frozenset()), frozenset(row.people), key=len)
    # names that every reader knows: company, programme, teams, skills, questions
    public = [
        programme.programme.model_dump(include={"name", "company"}),
        *(each.model_dump(include={"id", "ja", "en"}) for each in (*programme.teams, *programme.skills)),
        *(each.model_dump(mode="json") for each in programme.instruments),
    ]
    coded = ("measure", "unit", "method", "kind", "phase", "wave", "verdict")
    codes = {str(getattr(row, name)) for row in measures for name in coded}
    return Knowledge(
        k=programme.disclosure.k,
        names=_list_names(programme, cohorts),
        texts=_list_texts(programme, cohorts),
        answers=dict(_list_answers(cohorts)),
        consents=frozenset(
            (given.person, given.kind, given.audience)
            for given in programme.consents
            if is_in_force(given, as_of)
        ),
        approvals=frozenset(
            (given.person, given.audience, given.text)
            for given in programme.approvals
            if is_in_force(given, as_of)
        ),
        replies={reply.text: reply.person for reply in programme.replies},
        kinds=kinds,
        people=people,
        named=frozenset(key_of(row) for row in measures if row.person is None and named.tells_all(row)),
        home_teams={
            person: frozenset(stay.home_team for stay in programme.rotations if stay.person == person)
            for person in programme.participants
        },
        teams_together=programme.disclosure.teams_to_leadership == "together",
        vocabulary=(*_list_own_words(), *dict.fromkeys(list_strings(public)), *sorted(codes)),
        declared=tuple(text for _, text in list_declared_texts(programme)),
        words={edition: programme.words_for(edition) for edition in programme.words},
    )


def key_of(measure: Measure) -> tuple[Any, ...]:
    """What tells a row from others, as it stands in a publication."""
    return tuple(getattr(measure, name) for name in ROW_KEY)


def _list_names(programme: Programme, cohorts: Cohorts) -> dict[str, frozenset[str]]:
    """Ids, names, addresses, aliases and accounts by person; those of nobody on the lists together."""
    names: dict[str, set[str]] = defaultdict(set)
    for person in programme.people:
        names[person.id] |= {person.id, person.name, person.mail or person.name}
    for text, entries in cohorts.people.items():
        for entry in entries:
            if entry.kind == PERSON:
                names[entry.id].add(text)
    for table, columns in IDENTITIES.items():
        for column in columns:
            texts = map(str, cohorts.tables[table][column].dropna().unique())
            names[NOBODY_KNOWN] |= {text for text in texts if fold(text) not in cohorts.people}
    return {person: frozenset(texts) for person, texts in sorted(names.items())}


def _list_texts(programme: Programme, cohorts: Cohorts) -> dict[str, frozenset[str]]:
    """Free text of every questionnaire, replies, and cells that were not understood, with their writers.

    A text that is also the title of a record gives nobody away.
    """
    asked = programme.all_instruments.items()
    free = {(name, q.id) for name, each in asked for q in each.questions if q.kind == "text"}
    free |= {(name, "skill.example") for name, _ in asked}
    written: dict[str, set[str]] = defaultdict(set)
    answers = cohorts.tables["responses"].dropna(subset=["answer"])
    columns = ["instrument", "question", "state", "rater", "person", "answer"]
    for instrument, question, state, rater, person, answer in answers[columns].itertuples(index=False):
        if ((instrument, question) in free and state == "answered") or state == "unusable":
            own = rater == "self" and isinstance(person, str)
            written[answer.strip()].add(person if own else NOBODY_KNOWN)
    for name, table in cohorts.tables.items():
        for column in (
            column for column in _ORDINARY if column in table and name not in ("accounts", "participation")
        ):
            for text in table[column].dropna().unique():
                written.pop(str(text).strip(), None)
    for reply in programme.replies:
        written[reply.text].add(reply.person)
    return {text: frozenset(authors) for text, authors in sorted(written.items()) if text}


def _list_answers(cohorts: Cohorts) -> Iterator[tuple[tuple[float, ...], tuple[frozenset[str], str]]]:
    """Raw columns: a question as all answered it, at once or ever; one person's form or history."""
    answers = cohorts.tables["responses"]
    answers = answers.assign(given=answers["level"].astype("float64").fillna(answers["number"]))
    answers = answers[answers["given"].notna()]
    question = ["instrument", "question", "skill", "rater"]
    form = ["instrument", "question", "person", "rater", "answered_at"]
    for keys in (question, [*question, "wave", "period_start"], [*question, "person"], form):
        for key, group in answers.groupby(keys, dropna=False):
            values = tuple(sorted(float(value) for value in group["given"]))
            if len(values) >= LEAST_ANSWERS and len(set(values)) >= 3:
                yield values, (frozenset(group["person"].dropna()), _KINDS.get(str(key[0]), ""))


@cache
def _list_own_words() -> tuple[str, ...]:
    """Sentences of the reports and of the questionnaires that come along."""
    sentences = [text for language in list_languages() for text in read_texts(language).list_templates()]
    shipped = [*read_instruments().values(), *read_answer_scales().values(), read_skill_grid()]
    asked = list_strings([each.model_dump(mode="json") for each in shipped])
    return tuple(dict.fromkeys([*sentences, *asked]))


# --- searching --------------------------------------------------------------------------------------------


@lru_cache(maxsize=8_192)
def fold_letters(text: str) -> str:
    """Text as it is searched: width and case folded, letters and digits alone.

    >>> fold_letters("Ｔａｒｏ　山・田_2\\n")
    'taro山田2'
    """
    return re.sub(r"[\W_]+", "", fold_visible(text))


def fold_visible(text: str) -> str:
    """Width and case folded, without characters that nobody sees (they could part a name)."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return folded if folded.isascii() else folded.translate(_list_invisible())


@cache
def _list_invisible() -> dict[int, None]:
    """Format characters (Cf), to be taken out of a text."""
    return {n: None for n in range(sys.maxunicode + 1) if unicodedata.category(chr(n)) == "Cf"}


def search(
    wanted: Mapping[str, str], documents: Iterable[Document], vocabulary: Iterable[str]
) -> Iterator[tuple[Document, dict[str, str]]]:
    """Each document with what of the wanted stands there (text → what it means), with any separators.

    Single letters, and what is a word of the vocabulary, are nobody's name.
    """
    own = fold_visible("\n".join(vocabulary))
    own_letters = fold_letters(own)
    terms = {text: key for text in wanted if len(key := fold_letters(text)) > 1}
    terms = {
        text: key for text, key in terms.items() if key not in own_letters or not _stands_alone(text, own)
    }
    for document in documents:
        text = fold_visible("\n".join(document.readable))
        letters = fold_letters(text)
        hits = [term for term, key in terms.items() if key in letters and _stands_alone(term, text)]
        if hits:
            yield document, {term: wanted[term] for term in hits}


def _stands_alone(term: str, text: str) -> bool:
    """Whether a term is in a folded text with little between its words, Latin ones as words of their own.

    >>> _stands_alone("Ann Lee", "by ann.lee"), _stands_alone("Ann Lee", "joann lee")
    (True, False)
    """
    words = re.findall(r"[a-z0-9]+|[^\W_]", fold_visible(term))
    if sum(map(len, words)) >= 2 * PART:
        return True
    if words[0].isalpha() and len("".join(words)) >= 6:  # long enough to be a name however it is parted
        words = list("".join(words))
    begins = r"(?<![a-z0-9])" if words[0].isascii() else ""
    ends = r"(?![a-z0-9])" if words[-1].isascii() else ""
    return re.search(begins + r"[\W_]{0,4}".join(words) + ends, text) is not None


def _is_only_within(term: str, document: Document, allowed: Iterable[str]) -> bool:
    """Whether a term is gone from a document when the texts that may hold it are taken out."""
    key = fold_letters(term)
    holding = {letters for text in allowed if key in (letters := fold_letters(text))}
    left = fold_letters("\n".join(document.readable)) if holding else key
    for each in sorted(holding, key=len, reverse=True):
        left = left.replace(each, "\n")
    return key not in left


# --- names and words --------------------------------------------------------------------------------------


def check_names(folder: ReportFolder, knowledge: Knowledge) -> Iterator[Finding]:
    """Nobody's name, id, address, alias or account but the reader's own; owners may see names."""
    spelled: dict[str, str] = {}
    for person, names in knowledge.names.items():
        for name in names:
            local = name.partition("@")[0] if re.match(r"[^@]*[._0-9-][^@]*@", name) else name
            for text in (name, " ".join(reversed(name.split())), local):
                if not text.isdigit():
                    spelled.setdefault(text, person)
    others = (each for each in folder.documents.values() if each.audience != "owner")
    for document, hits in search(spelled, others, knowledge.vocabulary):
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


def check_words(folder: ReportFolder, knowledge: Knowledge) -> Iterator[Finding]:
    """Nobody's words but those approved for the audience, and in a pack those of its own writer."""
    wanted = {}
    for text in knowledge.texts:
        letters = fold_letters(text)
        if len(letters) >= LEAST_TEXT:
            wanted[text] = text
        if len(letters) >= LONG_TEXT:
            wanted |= {letters[:PART]: text, letters[-PART:]: text}
    vocabulary = (*knowledge.vocabulary, *knowledge.declared)
    for document, hits in search(wanted, folder.documents.values(), vocabulary):
        allowed = list(_may_quote(document, folder, knowledge))
        told = [text for term, text in hits.items() if not _is_only_within(term, document, allowed)]
        for text in dict.fromkeys(told):
            authors = knowledge.texts[text]
            author = "somebody" if NOBODY_KNOWN in authors else min(authors)
            yield Finding(
                check="words",
                file=document.name,
                what=f"words of {author} stand in it that this audience must not read: {text[:4]}…",
                next_step="quote only texts with an approval for the audience",
            )
    for document in folder.list_publications():
        if document.content.get("words", {}) != knowledge.words.get(document.name.rpartition("/")[0], {}):
            what = "its words are not those of the programme's file of words"
            yield Finding(check="words", file=document.name, what=what)


def _may_quote(document: Document, folder: ReportFolder, knowledge: Knowledge) -> Iterator[str]:
    audience, person = document.audience, document.person
    yield from list_strings(knowledge.words.get(document.home or document.name.rpartition("/")[0], {}))
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


# --- answers and rows -------------------------------------------------------------------------------------


def check_answers(folder: ReportFolder, knowledge: Knowledge) -> Iterator[Finding]:
    """No picture whose data are a raw column of answers, or all answers of one who did not consent."""
    for document in folder.list_of(".html"):
        drawn = {tuple(sorted(numbers)) for figure in document.figures for numbers in _list_arrays(figure)}
        shown: dict[str, list[float]] = defaultdict(list)
        for row in list_rows(folder.publication_of(document)):
            if row.get("person") is not None and row.get("value") is not None:
                shown[row["measure"]].append(float(row["value"]))  # `rows` judges these
        rows = {tuple(sorted(values)) for values in shown.values()}
        for numbers in sorted(drawn & knowledge.answers.keys() - rows):
            people, kind = knowledge.answers[numbers]
            consented = kind and people and all(knowledge.may(p, (kind,), document.audience) for p in people)
            if not (consented or (document.audience == "graduate" and people == {document.person})):
                yield Finding(check="answers", file=document.name, what="a picture holds raw answers")


def _list_arrays(value: Any) -> Iterator[tuple[float, ...]]:
    """Every list of nothing but numbers within plain JSON."""
    if isinstance(value, dict | list):
        if isinstance(value, list) and value and all(type(each) in (int, float) for each in value):
            yield tuple(map(float, value))
        for each in value.values() if isinstance(value, dict) else value:
            yield from _list_arrays(each)


def check_rows(folder: ReportFolder, knowledge: Knowledge) -> Iterator[Finding]:
    """A publication's numbers of a person by consent, of people from k on, of a team by the policy."""
    for document in folder.list_publications():
        for row in list_rows(document.content):
            given = any(row.get(name) is not None for name in NUMBERS)
            if given and (told := _judge_row(row, document, knowledge)):
                where = " ".join(str(row[name]) for name in ROW_KEY if row.get(name) is not None)
                yield Finding(check="rows", file=document.name, where=where, what=told)


def _judge_row(row: Mapping[str, Any], document: Document, knowledge: Knowledge) -> str | None:
    audience, person = document.audience, row.get("person")
    key = tuple(row.get(name) for name in ROW_KEY)
    if person is not None:
        kinds = knowledge.kinds.get(key)
        if kinds is None:
            return f"a number of {person} that the programme does not have"
        if audience != "graduate" and not knowledge.may(str(person), kinds, audience):
            return f"a number of {person}, who did not consent to it for this audience"
        return None  # `editions` finds a number of anybody but the reader
    behind = knowledge.people.get(key)
    if behind is not None and not any(str(note).startswith("CARRIED") for note in row.get("notes", ())):
        others = behind - {document.person} if audience == "graduate" else behind
        nobody = not behind and row.get("value") is None
        named = audience == "owner" and key in knowledge.named
        alone = audience == "graduate" and set(knowledge.home_teams) == {document.person}
        if len(others) < knowledge.k and not (nobody or named or alone):
            return f"an aggregate of fewer than {knowledge.k} people's answers"
    team = row.get("team")
    if team is None or audience == "owner" or (audience == "leadership" and not knowledge.teams_together):
        return None
    own = knowledge.home_teams.get(document.person or "", frozenset())
    return None if team in own else f"a number of the team {team}, which is not the reader's"
