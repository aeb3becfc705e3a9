"""Survey columns become answers: which level, which options, which number, and what is none of these.

"No chance" and "not applicable" are values of their own; a cell that nothing declared explains is unusable,
never a missing answer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from ..files import cells
from ..files.records import Records
from ..programme.model import OwnScale, Programme, Source
from ..programme.questionnaires import AnswerScale, Question, read_answer_scales, read_skill_grid
from ..programme.tables import TABLES, conform
from .columns import Fields, join_cells, list_bad_cells
from .profiles import Profile
from .question_matching import NAMED, Asked, find_instrument, match_question, names_of

COMPARABLE = "level5"
CONFLICT = "conflicting_answer"
ERROR_VALUE = "error_value"
EXPECTED = {
    "grid": (
        "a level of the scale, or 「機会なし」",
        "declare the label under [[scales]], or correct the cell",
    ),
    "scale": ("a level of the scale", "correct the cell"),
    "choice": ("one of the question's options", "declare the option, or correct the cell"),
    "choices": ("the question's options", "declare the option, or correct the cell"),
    "number": ("a number", "correct the cell"),
    CONFLICT: (
        "one answer to a question",
        "leave one of its columns out, or correct the cell; where it is asked twice (before and after), "
        "declare a question for each column: `occurrence = 1`, `occurrence = 2`",
    ),
    ERROR_VALUE: cells.TOLD_OF_ERRORS,
}
"""Kind of question, or reason of its own → what was expected of a cell, and what to do next."""
SEPARATORS = ";,、|/\n"
_OPTION_BEGINS = re.compile(f"[{SEPARATORS} ]*+")
_OPTION_ENDS = re.compile(f"[^{SEPARATORS}]++")
_OPTION_WHOLE = re.compile(f" *+(?:[{SEPARATORS}]|$)")
NOT_CHOSEN = ("no", "n", "n/a", "0", "false", "いいえ", "not selected", "unchecked")
"""What some tools write into the column of an option that was not chosen; others leave it empty."""


@dataclass(frozen=True, kw_only=True)
class Survey:
    """The answers of one file; `columns` says what each header became, `ranged` which rows told a range."""

    responses: pd.DataFrame
    cells: pd.DataFrame
    warnings: dict[str, int]
    columns: dict[str, str | None]
    ranged: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class _Typed:
    """One column's answers: canonical columns, a reason for each unusable cell, which numbers are ranges."""

    fields: dict[str, object]
    reasons: pd.Series
    ranges: pd.Series | None = None


def read_answers(
    own: Fields,
    wordings: tuple[str, ...],
    *,
    profile: Profile,
    source: Source,
    programme: Programme | None,
) -> Survey:
    """One row an answer: records × understood question columns, and options where several may be chosen.

    `own` holds the typed metadata of each record; `wordings` are the questions that head its columns.
    """
    taken = {place.position for place in own.places}
    taken |= {n for n, text in enumerate(own.part.records.header) if profile.is_metadata(text)}
    records, frame = replace(own.part.records, header=wordings), own.frame
    instrument = find_instrument(source.instrument, programme)
    columns = match_question(records.header, taken, instrument, programme)
    base = frame.assign(
        instrument=instrument.id if instrument else None,
        rater=instrument.rater if instrument else None,
        # blank where the form asks whom: nobody, and not the one who answers
        **{name: _text_at(records, columns.named[name]) if name in columns.named else None for name in NAMED},
    )
    parts, bad = [], []
    ranged = pd.Series(False, base.index)
    texts = {position: _text_at(records, position) for position in columns.asked}
    read = {at: _type_sound(texts[at], asked, programme) for at, asked in columns.asked.items()}
    for position, typed in _judge_repeated(read, texts, columns.asked).items():
        asked, text = columns.asked[position], texts[position]
        common = {"question": asked.id, "wording": asked.header, "skill": asked.skill}
        parts.append(base.assign(answer=text.where(text.str.strip().ne(""), None), **common, **typed.fields))
        usual = EXPECTED.get(asked.question.kind, ("", ""))
        words = {reason: EXPECTED.get(reason, usual) for reason in typed.reasons.unique()}
        bad.append(list_bad_cells(base, typed.reasons, text, asked.header, words))
        ranged |= False if typed.ranges is None else typed.ranges
    bad += [_tell_columns(records, columns.unknown)] if columns.unknown else []
    responses = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
    if "option" in responses:
        responses = responses.explode("option", ignore_index=True)
    return Survey(
        responses=conform(_keep_given(responses), TABLES["responses"]),
        cells=join_cells(bad),
        warnings={
            "header_spelling": sum(asked.spelling for asked in columns.asked.values()),
            "renamed_question": sum(asked.renamed for asked in columns.asked.values()),
        },
        columns=names_of(columns.asked) | {records.header[at]: name for name, at in columns.named.items()},
        ranged=tuple(base.loc[ranged, "row"].tolist()),
    )


def _text_at(records: Records, position: int) -> pd.Series:
    return records.cells[position].reset_index(drop=True)


def _tell_columns(records: Records, unknown: Mapping[int, str]) -> pd.DataFrame:
    """The columns that ask nothing declared, as cells of the header."""
    headers = [records.header[position] for position in unknown]
    told = {"row": 1, "column": headers, "reason": "unmapped_question", "value": headers}
    place = {"file": records.file, "sheet": records.sheet}
    return pd.DataFrame({**place, **told, "expected": "a declared question", "next": [*unknown.values()]})


def _keep_given(responses: pd.DataFrame) -> pd.DataFrame:
    """Of a record's cells for one question, blank ones only where none is given: a row that a form's owner
    renames becomes a new column beside the old one, and an option not chosen is an empty column.  An option
    counts once, though it may have a column to tick and one to write in.
    """
    if responses.empty:
        return responses
    place = ["row", "question", "skill"]
    blank = responses["state"].eq("blank")
    given = (~blank).groupby([responses[name] for name in place], dropna=False).transform("any")
    superfluous = blank & (given | responses.duplicated(place))
    if "option" in responses:
        superfluous |= responses["option"].notna() & responses.duplicated([*place, "option"])
    return responses[~superfluous]


def _judge_repeated(
    read: Mapping[int, _Typed], texts: Mapping[int, pd.Series], asked: Mapping[int, Asked]
) -> dict[int, _Typed]:
    """The columns with one answer a record where several ask the same: the first of equal ones.

    Answers that differ are unusable, all of them: nothing tells which one holds.  Of questions with several
    answers each column adds its own.
    """
    same: dict[tuple[str, str | None], list[int]] = {}
    for position, each in asked.items():
        if each.question.kind != "choices":
            same.setdefault((each.id, each.skill), []).append(position)
    judged = dict(read)
    for positions in (positions for positions in same.values() if len(positions) > 1):
        meant = pd.DataFrame({at: _meaning_of(read[at], texts[at]) for at in positions})
        differ = meant.nunique(axis=1).gt(1)
        again = meant.notna().cumsum(axis=1).gt(1)
        for at in positions:
            judged[at] = _leave(judged[at], differ & meant[at].notna(), again[at] & meant[at].notna())
    return judged


def _meaning_of(typed: _Typed, text: pd.Series) -> pd.Series:
    """What makes two answers the same, as text; missing where the cell is blank."""
    fields = pd.DataFrame({**typed.fields}, index=text.index)
    values = fields[[name for name in ("level", "number", "option") if name in fields]]
    meant = fields.astype(object).fillna("").astype(str).agg("\t".join, axis=1)
    in_words = values.isna().all(axis=1) & fields["state"].isin(["answered", "unusable"])
    meant = meant.where(~in_words, meant + "\t" + cells.fold_all(text))
    return meant.where(fields["state"].ne("blank"))


def _leave(typed: _Typed, differ: pd.Series, again: pd.Series) -> _Typed:
    """The answers, unusable where they `differ` from another column's, blank where they say it `again`."""
    fields = pd.DataFrame({**typed.fields}, index=differ.index)
    state = fields["state"].mask(differ, "unusable").mask(again, "blank")
    left = differ | again
    given = {name: fields[name].mask(left) for name in fields.columns if name != "state"}
    ranges = None if typed.ranges is None else typed.ranges & ~left
    return _Typed(
        fields={**given, "state": state}, reasons=typed.reasons.mask(differ, CONFLICT), ranges=ranges
    )


# --- one column -----------------------------------------------------------------------------------------


def _type_sound(text: pd.Series, asked: Asked, programme: Programme | None) -> _Typed:
    """The answers of one column; a spreadsheet's error in place of an answer is unusable, and not missing."""
    broken = cells.find_errors(text)
    typed = _type_column(text.mask(broken, ""), asked, programme)
    if not broken.any():
        return typed
    state = pd.Series(typed.fields["state"], index=text.index).mask(broken, "unusable")
    reasons = typed.reasons.mask(broken, ERROR_VALUE)
    return replace(typed, fields={**typed.fields, "state": state}, reasons=reasons)


def _type_column(text: pd.Series, asked: Asked, programme: Programme | None) -> _Typed:
    """The answers of one column by the kind of its question."""
    question = asked.question
    if asked.option is not None:
        return _type_option(text, asked)
    match question.kind:
        case "grid":
            return _type_grid(text, _scales_of_grids(programme))
        case "scale":
            return _type_scale(text, question, programme)
        case "choice":
            return _type_choice(text, question)
        case "choices":
            return _type_choices(text, question)
        case "number":
            numbers, reasons, ranges = cells.read_amounts(text, unit=question.unit)
            return replace(_state(text, reasons, number=numbers), ranges=ranges)
        case _:
            return _state(text)


def _state(
    text: pd.Series,
    reasons: pd.Series | None = None,
    *,
    others: Mapping[str, pd.Series] | None = None,
    **fields: pd.Series,
) -> _Typed:
    """Answered, blank or unusable, or one of the `others` where they hold."""
    reasons = pd.Series("", index=text.index) if reasons is None else reasons
    state = pd.Series("answered", index=text.index).where(text.str.strip().ne(""), "blank")
    for name, here in (others or {}).items():
        state = state.mask(here, name)
    return _Typed(fields={**fields, "state": state.where(reasons.eq(""), "unusable")}, reasons=reasons)


def _is_one_of(text: pd.Series, words: Sequence[str]) -> pd.Series:
    return cells.fold_all(text).isin([cells.fold(word) for word in words])


def _scales_of_grids(programme: Programme | None) -> list[OwnScale]:
    """The programme's scales that a grid may once have been answered on: those no question declares."""
    if programme is None:
        return []
    asked = {question.scale for own in programme.instruments for question in own.questions}
    return [scale for scale in programme.scales if scale.id not in asked]


def _type_grid(text: pd.Series, own_scales: Sequence[OwnScale]) -> _Typed:
    scale = read_skill_grid().scale
    no_chance = _is_one_of(text, scale.no_chance)
    levels, reasons = cells.read_levels(
        text.where(~no_chance, ""), scale.labels(), low=scale.low, high=scale.high
    )
    scales = pd.Series(COMPARABLE, index=text.index).where(levels.notna(), None)
    for own in own_scales:
        here = _is_one_of(text, own.labels)
        scales = scales.where(~here, own.id)
        levels = levels.where(~here, pd.NA)
        reasons = reasons.where(~here, "")
    return _state(text, reasons, others={"no_chance": no_chance}, level=levels, scale=scales)


def _type_scale(text: pd.Series, question: Question, programme: Programme | None) -> _Typed:
    scale = _find_scale(question.scale or "", programme)
    words = (*scale.not_applicable, *question.not_applicable)
    none = _is_one_of(text, words)
    levels, reasons = cells.read_levels(text.where(~none, ""), scale.labels, low=scale.low, high=scale.high)
    if question.reversed:
        levels = scale.low + scale.high - levels
    scales = pd.Series(scale.id, index=text.index).where(levels.notna(), None)
    return _state(text, reasons, others={"not_applicable": none}, level=levels, scale=scales)


def _find_scale(name: str, programme: Programme | None) -> AnswerScale:
    """The scale of that id; an own one of the programme has its levels in the order of its labels."""
    for own in programme.scales if programme else ():
        if own.id == name:
            return AnswerScale(id=own.id, labels={str(n): (w,) for n, w in enumerate(own.labels, start=1)})
    return read_answer_scales()[name]


def _type_choice(text: pd.Series, question: Question) -> _Typed:
    none = _is_one_of(text, question.not_applicable)
    labels = {option.id: (option.ja, option.en, option.id) for option in question.options}
    chosen, reasons = cells.read_labels(text.where(~none, ""), labels)
    return _state(text, reasons, others={"not_applicable": none}, option=chosen)


def _type_option(text: pd.Series, asked: Asked) -> _Typed:
    """The own column of one option: chosen unless it is empty or says no in words that are not the option."""
    words = [
        word for each in asked.question.options if each.id == asked.option for word in (each.ja, each.en)
    ]
    left = _is_one_of(text, NOT_CHOSEN) & ~_is_one_of(text, words)
    chosen = text.str.strip().ne("") & ~left
    return _state(text.where(~left, ""), option=pd.Series(asked.option, text.index).where(chosen, None))


def _type_choices(text: pd.Series, question: Question) -> _Typed:
    known = {cells.fold(word): option.id for option in question.options for word in (option.ja, option.en)}
    codes, unique = pd.factorize(text)
    split = [split_options(cell, known) for cell in unique]
    unknown = pd.Series([bool(rest) and not question.other for _, rest in split], dtype=bool)
    options = [[*found, *(["other"] if rest and question.other else [])] or None for found, rest in split]
    reasons = unknown.map({True: "unmapped_label", False: ""}).reindex(codes).set_axis(text.index)
    return _state(text, reasons, option=pd.Series([options[code] for code in codes], index=text.index))


def split_options(cell: str, known: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """The declared options in a cell, and what is left over; the longest option that fits counts.

    An option may hold the separator, so that a cell is never simply split at commas.  `known`: folded words →
    option.

    >>> split_options("SQL, Go (e.g. gin, echo);Rust", {"sql": "sql", "go (e.g. gin, echo)": "go", "go": "x"})
    (['sql', 'go'], ['rust'])
    """
    text = cells.fold(cell.replace("\n", ";"))
    found, left = dict[str, None](), list[str]()
    longest_first = sorted(known, key=len, reverse=True)
    at, first = 0, _OPTION_BEGINS.match(text)
    while first and (at := first.end()) < len(text):
        word = next((word for word in longest_first if _stands_at(text, at, word)), None)
        if word is not None:
            found[known[word]] = None
            at += len(word)
        else:
            rest = _OPTION_ENDS.match(text, at)
            left.append(rest[0].strip() if rest else "")
            at += len(rest[0]) if rest else 1
        first = _OPTION_BEGINS.match(text, at)
    return list(found), left


def _stands_at(text: str, at: int, word: str) -> bool:
    """Whether an option stands there whole; the text itself is never cut, for it may be long."""
    return text.startswith(word, at) and _OPTION_WHOLE.match(text, at + len(word)) is not None
