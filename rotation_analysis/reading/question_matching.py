"""Which question a survey's column asks: only a declared wording is understood.

A wording that differs in width, space or case counts (warning `header_spelling`); one that the programme
maps counts (`renamed_question`); any other is `unmapped_question`, with the nearest known one or the lines
to paste.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, replace
from difflib import SequenceMatcher, get_close_matches

from ..files.cells import fold
from ..programme.model import Programme, Skill, Wording
from ..programme.questionnaires import GridSkill, Instrument, Question, read_instruments, read_skill_grid
from .profiles import number_header

DASH = " - "
SELECTED = re.compile(r" - selected choice(?= - |\s*$)", re.IGNORECASE)
"""What Qualtrics puts after a question that also has room for another answer."""
OTHERS = ("Other", "Other (please specify)", "その他", "その他(具体的に)", "その他(具体的にご記入ください)")
"""How tools head the column of the answers that are none of a question's options."""
OTHER_MEANING = "other_meaning"  # a question that no measure pools with the one it replaced
NAMED = ("subject", "period", "team")
"""What a column may tell besides the answers: fields of an instrument and of `responses`."""
NTH = "\n"
"""What parts a wording's key from its number among columns headed alike; no folded text holds it."""
NEAR, CLOSE = 0.5, 0.7
"""How alike two wordings are, of 1, to be shown beside each other, and to be offered as one question."""
_NUMBERS = re.compile("[0-9]+")
MOST_COMPARED = 200
"""Unknown columns that are compared with every wording; a file with more of them is another questionnaire."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a survey column asks: a question, of which skill, or whether one option was chosen."""

    header: str
    question: Question
    id: str
    skill: str | None = None
    option: str | None = None
    spelling: bool = False
    renamed: bool = False

    @property
    def name(self) -> str:
        """The question as `inspect` shows it."""
        row = self.skill or self.option
        return f"{self.id}[{row}]" if row else self.id


@dataclass(frozen=True, kw_only=True)
class Columns:
    """The columns of a survey by position: questions, unknown ones; `named`: those of `NAMED` there are."""

    asked: dict[int, Asked]
    named: dict[str, int]
    unknown: dict[int, str]


def find_instrument(name: str | None, programme: Programme | None) -> Instrument | None:
    """The instrument of that id, the programme's own or one that comes along."""
    if name is None:
        return None
    return (programme.all_instruments if programme else read_instruments())[name]


def match_question(
    header: tuple[str, ...], taken: Set[int], instrument: Instrument | None, programme: Programme | None
) -> Columns:
    """What every column asks that is neither `taken` nor nameless."""
    wordings = list_wordings(instrument, programme)
    named = {name: {fold(text) for text in getattr(instrument, name, ())} for name in NAMED}
    asked: dict[int, Asked] = {}
    unknown: dict[int, str] = {}
    places: dict[str, int] = {}
    seen = Counter[str]()
    for position, text in enumerate(header):
        if position in taken or not text.strip():
            continue
        about = next((name for name, texts in named.items() if fold(text) in texts), None)
        keys = _keys_of(text)
        seen[keys[0]] += 1
        ways = (way for key in keys for way in (_nth_key(key, seen[keys[0]]), key))
        known = next((wordings[way] for way in ways if way in wordings), None)
        if about is not None:
            places[about] = position
        elif known is not None:
            spelling = not known.renamed and not _is_spelt_alike(text, known.header)
            asked[position] = replace(known, header=text, spelling=spelling)
        else:
            near = _find_near(text, wordings) if len(unknown) < MOST_COMPARED else None
            unknown[position] = _tell_next_step(text, near, instrument)
    return Columns(asked=asked, named=places, unknown=unknown)


def _find_near(header: str, wordings: Mapping[str, Asked]) -> Asked | None:
    """The declared question that a header may mean: of a grid whose row it names, or of similar words."""
    row = f" [{fold(header)}]"
    near = [key for key in wordings if key.partition(NTH)[0].endswith(row)]
    near += get_close_matches(_keys_of(header)[0], list(wordings), n=5, cutoff=NEAR)
    found = [wordings[key] for key in near]
    return next((each for each in found if _is_close(header, each.header)), found[0] if found else None)


def _is_close(header: str, wording: str) -> bool:
    """Whether a header may ask what a wording asks: question and row in close words, all numbers alike.

    >>> _is_close("Were you tired?", "Were you tired"), _is_close("Class 11", "Class 1")
    (True, False)
    """
    ours, theirs = split_row(header), split_row(wording)
    pairs = list(zip(ours, theirs, strict=True)) if ours and theirs else [(header, wording)]
    folded = [(fold(one), fold(other)) for one, other in pairs]
    return all(
        _NUMBERS.findall(one) == _NUMBERS.findall(other)
        and SequenceMatcher(None, one, other).ratio() >= CLOSE
        for one, other in folded
    )


def split_row(header: str) -> tuple[str, str] | None:
    """A grid's question and the row in the last brackets that end its header; None where none do.

    Not an expression: on a header of many spaces one takes time with the square of its length.

    >>> split_row("How well? [of old] [Linux] ")
    ('How well? [of old]', 'Linux')
    """
    text = header.rstrip()
    opened = max(text.rfind("["), text.rfind("［"))
    row = text[opened + 1 : -1]
    if opened < 1 or text[-1] not in "]］" or "]" in row or "］" in row:
        return None
    return text[:opened].rstrip() or " ", row


def _keys_of(header: str) -> list[str]:
    """The keys under which a header may be known: as it is, its last brackets or its last dash as a row."""
    header = SELECTED.sub("", header)
    if found := split_row(header):
        return [_row_key(*found), fold(header)]
    stem, dash, row = header.rpartition(DASH)
    return [fold(header), _row_key(stem, row)] if dash else [fold(header)]


def _is_spelt_alike(text: str, header: str) -> bool:
    """Whether only the tool's way to head a question's row differs: in brackets, after a dash, or alone."""
    found = split_row(header)
    ways = (header, DASH.join(found), found[1]) if found else (header,)
    return SELECTED.sub("", text) in ways


def _nth_key(key: str, nth: int) -> str:
    return f"{key}{NTH}{nth}"


def _row_key(stem: str, row: str) -> str:
    return f"{fold(stem)} [{fold(row)}]"


def list_wordings(instrument: Instrument | None, programme: Programme | None) -> dict[str, Asked]:
    """Every declared wording by its key; own wordings of the programme are marked as renamed."""
    if instrument is None:
        return {}
    renamed = programme.wordings if programme else ()
    wordings: dict[str, Asked] = {}
    for question in instrument.questions:
        grid = question.kind == "grid"
        own = _list_grid(question, programme, renamed) if grid else _list_question(question, renamed)
        nth = question.occurrence
        wordings |= {key if nth is None else _nth_key(key, nth): asked for key, asked in own}
    return _list_bare_rows(wordings) | wordings


def _list_bare_rows(wordings: Mapping[str, Asked]) -> dict[str, Asked]:
    """The rows of an instrument's only grid without its question, as some tools head them.

    Of two grids, or one that was asked in another meaning, a row alone does not tell which.
    """
    rows = [asked for asked in wordings.values() if asked.skill]
    if len({asked.id for asked in rows}) != 1:
        return {}
    found = [(split_row(asked.header), asked) for asked in reversed(rows)]
    return {fold(split[1]): asked for split, asked in found if split}


def _list_grid(
    question: Question, programme: Programme | None, renamed: tuple[Wording, ...]
) -> Iterator[tuple[str, Asked]]:
    skills: list[GridSkill | Skill] = [*read_skill_grid().skills, *(programme.skills if programme else ())]
    stems: list[tuple[str, Wording | None]] = [(stem, None) for stem in question.wordings]
    stems += [(own.wording, own) for own in renamed if own.question == question.id]
    for stem, own_stem in stems:
        for skill in skills:
            for name in (skill.ja, skill.en):
                yield _row_key(stem, name), _asked(f"{stem} [{name}]", question, own_stem, skill=skill.id)
        for own in renamed:
            if own.question in {skill.id for skill in skills}:
                header = f"{stem} [{own.wording}]"
                yield _row_key(stem, own.wording), _asked(header, question, own, skill=own.question)


def _list_question(question: Question, renamed: tuple[Wording, ...]) -> Iterator[tuple[str, Asked]]:
    """A question's own column, and one column an option, as some tools spread several answers."""
    texts: list[tuple[str, Wording | None]] = [(text, None) for text in question.wordings]
    texts += [(own.wording, own) for own in renamed if own.question == question.id]
    for text, own in texts:
        yield fold(text), _asked(text, question, own)
        if question.kind == "choices":
            words = [(option.id, word) for option in question.options for word in (option.ja, option.en)]
            others = [("other", word) for word in OTHERS] if question.other else []
            for option, word in [*others, *words]:
                asked = _asked(f"{text} [{word}]", question, own)
                yield _row_key(text, word), replace(asked, option=option)


def _asked(header: str, question: Question, own: Wording | None, *, skill: str | None = None) -> Asked:
    same = own is None or own.same_meaning
    return Asked(
        header=header,
        question=question,
        id=question.id if same else f"{question.id}.{OTHER_MEANING}",
        skill=skill,
        renamed=own is not None,
    )


def _tell_next_step(header: str, near: Asked | None, instrument: Instrument | None) -> str:
    """What makes a column understood: lines to paste where it may be a known question in other words."""
    if instrument is None:
        return "name the source's instrument, or leave the column out"
    found, near_by = split_row(header), near is not None and _is_close(header, near.header)
    if near is not None and near.question.kind == "grid":
        if not (found and near.skill and fold(found[0]) in map(fold, near.question.wordings)):
            return f'ask it as "{near.header}", or leave the column out'
        if near_by:
            return _lines_to_paste(near, near.skill, found[1])
    elif near is not None and near_by:
        return _lines_to_paste(near, near.question.id, header)
    ids = ", ".join(question.id for question in instrument.questions)
    return f"leave the column out; or, if it is one of {ids}, map its wording by [[wordings]]"


def _lines_to_paste(near: Asked, question: str, wording: str) -> str:
    text = json.dumps(wording, ensure_ascii=False)  # a JSON text is a TOML text
    lines = ("[[wordings]]", f'question = "{question}"', f"wording = {text}", "same_meaning = true")
    return "\n".join((f'if this is "{near.header}", add to programme.toml:', *lines))


def names_of(asked: Mapping[int, Asked]) -> dict[str, str | None]:
    """Header → what it was understood as; of columns headed alike the second is `header (2)`."""
    seen, names = Counter[str](), dict[str, str | None]()
    for each in asked.values():
        seen[each.header] += 1
        names[number_header(each.header, seen[each.header])] = each.name
    return names
