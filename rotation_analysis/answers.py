"""Survey columns become answers: which question, which skill, which level.

A column is understood only by a declared wording.  A wording that differs in width, space or case counts
(warning `header_spelling`); one that the programme maps counts (`renamed_question`); any other is
`unmapped_question`, with the nearest known one or the line to paste.
"""

from __future__ import annotations

import json
import re
from collections.abc import Set
from dataclasses import dataclass
from difflib import get_close_matches

import pandas as pd

from . import cells
from .programme import Programme, Skill, Source
from .questionnaires import GridSkill, Instrument, read_instruments, read_skill_grid
from .records import Records
from .tables import TABLES, conform

GRID_HEADER = re.compile(r"^(?P<stem>.+?)\s*[\[［](?P<row>[^\[\]［］]*)[\]］]\s*$", re.DOTALL)
COMPARABLE = "level5"
OTHER_MEANING = "other_meaning"  # a question that no measure pools with the one it replaced


@dataclass(frozen=True)
class Question:
    """What a survey column asks."""

    header: str
    question: str
    skill: str | None
    spelling: bool = False
    renamed: bool = False


@dataclass(frozen=True, kw_only=True)
class Survey:
    """The answers of one file; `columns` says what each header became."""

    responses: pd.DataFrame
    cells: pd.DataFrame
    warnings: dict[str, int]
    columns: dict[str, str | None]


def read_answers(
    records: Records,
    frame: pd.DataFrame,
    *,
    taken: Set[int],
    source: Source,
    programme: Programme | None,
) -> Survey:
    """One row an answer: records × understood question columns.

    `frame` holds the typed metadata of each record; `taken` are the positions already used for it.
    """
    instrument = read_instruments()[source.instrument] if source.instrument else None
    asked, subject, unknown = _understand(records.header, taken, instrument, programme)
    base = frame.assign(
        rater=instrument.rater if instrument else None,
        subject=None if subject is None else records.cells[subject].to_numpy(),
    )
    parts, bad = [], []
    for position, question in asked.items():
        text = records.cells[position].reset_index(drop=True)
        part, reasons = _read_answer_column(text, question, programme)
        parts.append(base.assign(**part))
        wrong = reasons.ne("")
        bad.append(
            base.loc[wrong, ["file", "sheet", "row"]].assign(
                column=question.header,
                reason=reasons[wrong],
                value=text[wrong],
                expected="a level of the scale, or 「機会なし」",
                next="declare the label under [[scales]], or correct the cell",
            )
        )
    for position, next_step in unknown.items():
        header = records.header[position]
        bad.append(
            pd.DataFrame(
                {
                    "file": [records.file],
                    "sheet": [records.sheet],
                    "row": [1],
                    "column": [header],
                    "reason": ["unmapped_question"],
                    "value": [header],
                    "expected": ["a declared question"],
                    "next": [next_step],
                }
            )
        )
    responses = _keep_given(pd.concat(parts, ignore_index=True)) if parts else pd.DataFrame()
    warnings = {
        "header_spelling": sum(q.spelling for q in asked.values()),
        "renamed_question": sum(q.renamed for q in asked.values()),
    }
    names = {q.header: q.question + (f"[{q.skill}]" if q.skill else "") for q in asked.values()}
    if subject is not None:
        names[records.header[subject]] = "subject"
    return Survey(
        responses=conform(responses, TABLES["responses"]),
        cells=pd.concat(bad, ignore_index=True) if bad else pd.DataFrame(),
        warnings={code: n for code, n in warnings.items() if n},
        columns={**names},
    )


def _keep_given(responses: pd.DataFrame) -> pd.DataFrame:
    """Of a record's cells for one question, blank ones only where none is given: a row that a form's owner
    renames becomes a new column beside the old one.
    """
    place = ["row", "question", "skill"]
    blank = responses["state"].eq("blank")
    given = (~blank).groupby([responses[name] for name in place], dropna=False).transform("any")
    return responses[~(blank & (given | responses.duplicated(place)))]


def _understand(
    header: tuple[str, ...], taken: Set[int], instrument: Instrument | None, programme: Programme | None
) -> tuple[dict[int, Question], int | None, dict[int, str]]:
    """Positions of understood questions, of the subject column, and of unknown ones with the next step."""
    asked: dict[int, Question] = {}
    unknown: dict[int, str] = {}
    subject: int | None = None
    wordings = _list_wordings(instrument, programme)
    subjects = {cells.fold(text) for text in instrument.subject} if instrument else set()
    for position, text in enumerate(header):
        if position in taken or not text.strip():
            continue
        if cells.fold(text) in subjects:
            subject = position
            continue
        key = _question_key(text)
        if key not in wordings:
            near = get_close_matches(key, list(wordings), n=1, cutoff=0.5)
            unknown[position] = _tell_next_step(text, wordings[near[0]] if near else None, instrument)
            continue
        known = wordings[key]
        asked[position] = Question(
            text,
            known.question,
            known.skill,
            spelling=text != known.header and not known.renamed,
            renamed=known.renamed,
        )
    return asked, subject, unknown


def _tell_next_step(header: str, near: Question | None, instrument: Instrument | None) -> str:
    """What makes a column understood: a line to paste where its stem is a declared one, else the wording."""
    if instrument is None:
        return "name the source's instrument, or leave the column out"
    if near is None:
        return "leave the column out"
    row = GRID_HEADER.match(header)
    stems = [cells.fold(stem) for grid in instrument.grids for stem in grid.stems]
    if row and near.skill and cells.fold(row["stem"]) in stems:
        wording = json.dumps(row["row"], ensure_ascii=False)  # a JSON text is a TOML text
        lines = ("[[wordings]]", f'question = "{near.skill}"', f"wording = {wording}", "same_meaning = true")
        return "\n".join((f'if this is "{near.header}", add to programme.toml:', *lines))
    return f'ask it as "{near.header}", or leave the column out'


def _question_key(header: str) -> str:
    match = GRID_HEADER.match(header)
    if not match:
        return cells.fold(header)
    return f"{cells.fold(match['stem'])} [{cells.fold(match['row'])}]"


def _list_wordings(instrument: Instrument | None, programme: Programme | None) -> dict[str, Question]:
    """Every declared wording by its folded key; own wordings of the programme are marked as renamed."""
    if instrument is None:
        return {}
    wordings: dict[str, Question] = {}
    skills: list[GridSkill | Skill] = list(read_skill_grid().skills)
    skills += programme.skills if programme else ()
    renamed = list(programme.wordings) if programme else []
    for grid in instrument.grids:
        for stem in grid.stems:
            for skill in skills:
                for name in (skill.ja, skill.en):
                    header = f"{stem} [{name}]"
                    wordings[_question_key(header)] = Question(header, grid.question, skill.id)
            for wording in renamed:
                header = f"{stem} [{wording.wording}]"
                asked = grid.question if wording.same_meaning else f"{grid.question}.{OTHER_MEANING}"
                wordings[_question_key(header)] = Question(header, asked, wording.question, renamed=True)
    for text in instrument.texts:
        for stem in text.stems:
            wordings[_question_key(stem)] = Question(stem, text.question, None)
    return wordings


def _read_answer_column(
    text: pd.Series, question: Question, programme: Programme | None
) -> tuple[dict[str, object], pd.Series]:
    """The canonical columns of one question's answers, and a reason for each cell that is unusable."""
    blank = text.str.strip().eq("")
    none = pd.Series("", index=text.index)
    fields: dict[str, object] = {
        "question": question.question,
        "skill": question.skill,
        "answer": text.where(~blank, None),
    }
    if question.skill is None:
        return {**fields, "state": blank.map({True: "blank", False: "answered"}), "scale": None}, none
    scale = read_skill_grid().scale
    no_chance = cells.fold_all(text).isin([cells.fold(word) for word in scale.no_chance])
    levels, reasons = cells.read_levels(
        text.where(~no_chance, ""), scale.labels(), low=scale.low, high=scale.high
    )
    scales = pd.Series(COMPARABLE, index=text.index).where(levels.notna(), None)
    for own in programme.scales if programme else ():
        here = cells.fold_all(text).isin([cells.fold(label) for label in own.labels])
        scales = scales.where(~here, own.id)
        levels = levels.where(~here, pd.NA)
        reasons = reasons.where(~here, "")
    state = pd.Series("answered", index=text.index)
    state = state.where(~blank, "blank").where(~no_chance, "no_chance").where(reasons.eq(""), "unusable")
    return {**fields, "state": state, "level": levels, "scale": scales}, reasons
