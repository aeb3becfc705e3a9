"""Convert survey columns to answers: match columns to questions, and cells to levels, options or numbers.

Only declared wordings match.  One that differs in width, space or case matches (warning
`header_spelling`), and so does one that the programme maps (`renamed_question`); any other is
`unmapped_question`, with the nearest known one or the lines to paste.  "No chance" and "not applicable" are
separate values; a cell that no declaration explains is unusable, never a missing answer.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from difflib import SequenceMatcher, get_close_matches

import pandas as pd

from ..files import cells
from ..files.cells import fold
from ..files.records import Records
from ..programme.model import Programme, Skill, Source, Wording
from ..programme.questionnaires import (
    AnswerScale,
    GridSkill,
    Instrument,
    Question,
    read_answer_scales,
    read_instruments,
    read_skill_grid,
)
from ..programme.tables import TABLES, conform
from .columns import Fields, join_cells, list_bad_cells
from .profiles import Profile, number_header

DASH = " - "
SELECTED = re.compile(r" - selected choice(?= - |\s*$)", re.IGNORECASE)
"""Suffix that Qualtrics adds to a question with a text field for other answers."""
OTHERS = ("Other", "Other (please specify)", "その他", "その他(具体的に)", "その他(具体的にご記入ください)")
"""Headers of the column with answers outside a question's options."""
OTHER_MEANING = "other_meaning"  # a question never pooled with the one it replaced
NAMED = ("subject", "period", "team")
"""What a column can contain other than answers: fields of an instrument and of `responses`."""
NTH = "\n"
"""Separates a wording's key from its number among equal headers; never part of a folded text."""
NEAR, CLOSE = 0.5, 0.7
"""Similarity (0 to 1) at which two wordings are shown together, and offered as the same question."""
_NUMBERS = re.compile("[0-9]+")
MOST_COMPARED = 200
"""Unknown columns compared with every wording; a file with more of them is another questionnaire."""
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
    ERROR_VALUE: cells.ERROR_ADVICE,
}
"""Kind of question, or reason → expectation for a cell, and next step."""
SEPARATORS = ";,、|/\n"
_OPTION_BEGINS = re.compile(f"[{SEPARATORS} ]*+")
_OPTION_ENDS = re.compile(f"[^{SEPARATORS}]++")
_OPTION_WHOLE = re.compile(f" *+(?:[{SEPARATORS}]|$)")
NOT_CHOSEN = ("no", "n", "n/a", "0", "false", "いいえ", "not selected", "unchecked")
"""Cells of options that were not chosen; some tools leave them empty."""


# --- matching columns to questions --------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a survey column asks: a question, its skill, or whether one option was chosen."""

    header: str
    question: Question
    id: str
    skill: str | None = None
    option: str | None = None
    spelling: bool = False
    renamed: bool = False

    @property
    def name(self) -> str:
        """The question as shown by `inspect`."""
        row = self.skill or self.option
        return f"{self.id}[{row}]" if row else self.id


@dataclass(frozen=True, kw_only=True)
class Columns:
    """Columns of a survey: questions and unknown ones by position; `named`: positions of `NAMED` present."""

    asked: dict[int, Asked]
    named: dict[str, int]
    unknown: dict[int, str]


def find_instrument(name: str | None, programme: Programme | None) -> Instrument | None:
    """Find an instrument, the programme's own or a built-in one, by id; None if no id is given."""
    if name is None:
        return None
    return (programme.all_instruments if programme else read_instruments())[name]


def match_question(
    header: tuple[str, ...], taken: Set[int], instrument: Instrument | None, programme: Programme | None
) -> Columns:
    """Match every column that is neither in `taken` nor without a header."""
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
        keys = _list_header_keys(text)
        seen[keys[0]] += 1
        ways = (way for key in keys for way in (f"{key}{NTH}{seen[keys[0]]}", key))
        known = next((wordings[way] for way in ways if way in wordings), None)
        if about is not None:
            places[about] = position
        elif known is not None:
            split = split_row(known.header)
            ways_alike = (known.header, DASH.join(split), split[1]) if split else (known.header,)
            spelling = not known.renamed and SELECTED.sub("", text) not in ways_alike
            asked[position] = replace(known, header=text, spelling=spelling)
        else:
            near = _find_near(text, wordings) if len(unknown) < MOST_COMPARED else None
            unknown[position] = _suggest_next_step(text, near, instrument)
    return Columns(asked=asked, named=places, unknown=unknown)


def _find_near(header: str, wordings: Mapping[str, Asked]) -> Asked | None:
    """Find the declared question that a header could mean: by grid row, or by similar wording."""
    row = f" [{fold(header)}]"
    near = [key for key in wordings if key.partition(NTH)[0].endswith(row)]
    near += get_close_matches(_list_header_keys(header)[0], list(wordings), n=5, cutoff=NEAR)
    found = [wordings[key] for key in near]
    return next((each for each in found if _is_close(header, each.header)), found[0] if found else None)


def _is_close(header: str, wording: str) -> bool:
    """Return True if a header could mean a wording: similar question and row, and equal numbers.

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
    """Split a header into a grid's question and the row in its final brackets; None if it has none.

    Not a regular expression, which would take quadratic time on a header of many spaces.

    >>> split_row("How well? [of old] [Linux] ")
    ('How well? [of old]', 'Linux')
    """
    text = header.rstrip()
    opened = max(text.rfind("["), text.rfind("［"))
    row = text[opened + 1 : -1]
    if opened < 1 or text[-1] not in "]］" or "]" in row or "］" in row:
        return None
    return text[:opened].rstrip() or " ", row


def _list_header_keys(header: str) -> list[str]:
    """List the keys of a header: complete, or with its last brackets or last dash as a grid row."""
    header = SELECTED.sub("", header)
    if found := split_row(header):
        return [_row_key(*found), fold(header)]
    stem, dash, row = header.rpartition(DASH)
    return [fold(header), _row_key(stem, row)] if dash else [fold(header)]


def _row_key(stem: str, row: str) -> str:
    return f"{fold(stem)} [{fold(row)}]"


def list_wordings(instrument: Instrument | None, programme: Programme | None) -> dict[str, Asked]:
    """Index every declared wording by its key; the programme's own wordings are marked as renamed."""
    if instrument is None:
        return {}
    renamed = programme.wordings if programme else ()
    wordings: dict[str, Asked] = {}
    for question in instrument.questions:
        grid = question.kind == "grid"
        asked_by = _list_grid(question, programme, renamed) if grid else _list_question(question, renamed)
        nth = question.occurrence
        wordings |= {key if nth is None else f"{key}{NTH}{nth}": asked for key, asked in asked_by}
    # some tools omit the question from a grid's headers; with two grids a row alone is ambiguous
    rows = [asked for asked in wordings.values() if asked.skill]
    if len({asked.id for asked in rows}) != 1:
        return wordings
    split = [(split_row(asked.header), asked) for asked in reversed(rows)]
    return {fold(found[1]): asked for found, asked in split if found} | wordings


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
    """Yield a question's column, and one per option, as some tools export multiple choices."""
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


def _suggest_next_step(header: str, near: Asked | None, instrument: Instrument | None) -> str:
    """Suggest how to map a column: lines to paste if it could be a known question in other words."""
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


# --- answers --------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Survey:
    """The answers of one file; `columns`: header → meaning; `ranged`: rows that gave a range."""

    responses: pd.DataFrame
    cells: pd.DataFrame
    warnings: dict[str, int]
    columns: dict[str, str | None]
    ranged: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class _Typed:
    """Answers of one column: canonical columns, reasons of unusable cells, and which numbers are ranges."""

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
    """Read one row per answer: records × matched question columns, and options of multiple choices.

    `own`: the typed metadata of each record; `wordings`: the questions in its column headers.
    """
    taken = {place.position for place in own.places}
    taken |= {n for n, text in enumerate(own.part.records.header) if profile.is_metadata(text)}
    records, frame = replace(own.part.records, header=wordings), own.frame
    instrument = find_instrument(source.instrument, programme)
    columns = match_question(records.header, taken, instrument, programme)
    base = frame.assign(
        instrument=instrument.id if instrument else None,
        rater=instrument.rater if instrument else None,
        # blank where the form asks about whom: nobody, and not the respondent
        **{name: _text_at(records, columns.named[name]) if name in columns.named else None for name in NAMED},
    )
    parts, bad = [], []
    ranged = pd.Series(False, base.index)
    texts = {position: _text_at(records, position) for position in columns.asked}
    read = {at: _type_without_errors(texts[at], asked, programme) for at, asked in columns.asked.items()}
    for position, typed in _resolve_repeated(read, texts, columns.asked).items():
        asked, text = columns.asked[position], texts[position]
        common = {"question": asked.id, "wording": asked.header, "skill": asked.skill}
        parts.append(base.assign(answer=text.where(text.str.strip().ne(""), None), **common, **typed.fields))
        usual = EXPECTED.get(asked.question.kind, ("", ""))
        words = {reason: EXPECTED.get(reason, usual) for reason in typed.reasons.unique()}
        bad.append(list_bad_cells(base, typed.reasons, text, asked.header, words))
        ranged |= False if typed.ranges is None else typed.ranges
    if columns.unknown:
        headers = [records.header[position] for position in columns.unknown]
        place = {"file": records.file, "sheet": records.sheet, "row": 1}
        what = {"column": headers, "reason": "unmapped_question", "value": headers}
        steps = [*columns.unknown.values()]
        bad.append(pd.DataFrame({**place, **what, "expected": "a declared question", "next": steps}))
    seen, names = Counter[str](), dict[str, str | None]()
    for asked in columns.asked.values():
        seen[asked.header] += 1
        names[number_header(asked.header, seen[asked.header])] = asked.name
    responses = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
    if "option" in responses:
        responses = responses.explode("option", ignore_index=True)
    return Survey(
        responses=conform(_drop_superfluous_blanks(responses), TABLES["responses"]),
        cells=join_cells(bad),
        warnings={
            "header_spelling": sum(asked.spelling for asked in columns.asked.values()),
            "renamed_question": sum(asked.renamed for asked in columns.asked.values()),
        },
        columns=names | {records.header[at]: name for name, at in columns.named.items()},
        ranged=tuple(base.loc[ranged, "row"].tolist()),
    )


def _text_at(records: Records, position: int) -> pd.Series:
    return records.cells[position].reset_index(drop=True)


def _drop_superfluous_blanks(responses: pd.DataFrame) -> pd.DataFrame:
    """Drop a record's blank cells for a question that another column answers, and repeated options.

    A renamed grid row gets a second column, an option not chosen has an empty one, and an option can have
    both a tick box and a text field.
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


def _resolve_repeated(
    read: Mapping[int, _Typed], texts: Mapping[int, pd.Series], asked: Mapping[int, Asked]
) -> dict[int, _Typed]:
    """Keep one answer per record if several columns ask the same question: the first of equal answers.

    Contradicting answers are all unusable: nothing shows which is right.  For multiple-choice questions
    each column adds its own answers.
    """
    same: dict[tuple[str, str | None], list[int]] = {}
    for position, each in asked.items():
        if each.question.kind != "choices":
            same.setdefault((each.id, each.skill), []).append(position)
    judged = dict(read)
    for positions in (positions for positions in same.values() if len(positions) > 1):
        meant = pd.DataFrame({at: _build_meaning(read[at], texts[at]) for at in positions})
        several = meant.nunique(axis=1).gt(1)
        later = meant.notna().cumsum(axis=1).gt(1)
        for at in positions:
            typed, differ, again = read[at], several & meant[at].notna(), later[at] & meant[at].notna()
            fields = pd.DataFrame({**typed.fields}, index=meant.index)
            given = {name: fields[name].mask(differ | again) for name in fields}
            state = fields["state"].mask(differ, "unusable").mask(again, "blank")
            judged[at] = _Typed(
                fields={**given, "state": state},
                reasons=typed.reasons.mask(differ, CONFLICT),
                ranges=None if typed.ranges is None else typed.ranges & ~(differ | again),
            )
    return judged


def _build_meaning(typed: _Typed, text: pd.Series) -> pd.Series:
    """Build a text that is equal for equal answers; missing if the cell is blank."""
    fields = pd.DataFrame({**typed.fields}, index=text.index)
    values = fields[[name for name in ("level", "number", "option") if name in fields]]
    meant = fields.astype(object).fillna("").astype(str).agg("\t".join, axis=1)
    in_words = values.isna().all(axis=1) & fields["state"].isin(["answered", "unusable"])
    meant = meant.where(~in_words, meant + "\t" + cells.fold_all(text))
    return meant.where(fields["state"].ne("blank"))


# --- one column -----------------------------------------------------------------------------------------


def _type_without_errors(text: pd.Series, asked: Asked, programme: Programme | None) -> _Typed:
    """Type one column; a spreadsheet error in place of an answer is unusable, not missing."""
    broken = cells.find_errors(text)
    typed = _type_column(text.mask(broken, ""), asked, programme)
    if not broken.any():
        return typed
    state = pd.Series(typed.fields["state"], index=text.index).mask(broken, "unusable")
    reasons = typed.reasons.mask(broken, ERROR_VALUE)
    return replace(typed, fields={**typed.fields, "state": state}, reasons=reasons)


def _type_column(text: pd.Series, asked: Asked, programme: Programme | None) -> _Typed:
    """Type one column by the kind of its question."""
    question = asked.question
    if asked.option is not None:  # chosen unless empty or a word for no that is not the option itself
        same = [word for o in question.options if o.id == asked.option for word in (o.ja, o.en)]
        left = _is_one_of(text, NOT_CHOSEN) & ~_is_one_of(text, same)
        chosen = text.str.strip().ne("") & ~left
        return _state(text.where(~left, ""), option=pd.Series(asked.option, text.index).where(chosen, None))
    match question.kind:
        case "grid":
            return _type_grid(text, programme)
        case "scale":
            return _type_scale(text, question, programme)
        case "choice":
            none = _is_one_of(text, question.not_applicable)
            labels = {option.id: (option.ja, option.en, option.id) for option in question.options}
            options, reasons = cells.read_labels(text.where(~none, ""), labels)
            return _state(text, reasons, others={"not_applicable": none}, option=options)
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
    """Build the state: answered, blank or unusable, or one of the `others` where its mask is true."""
    reasons = pd.Series("", index=text.index) if reasons is None else reasons
    state = pd.Series("answered", index=text.index).where(text.str.strip().ne(""), "blank")
    for name, mask in (others or {}).items():
        state = state.mask(mask, name)
    return _Typed(fields={**fields, "state": state.where(reasons.eq(""), "unusable")}, reasons=reasons)


def _is_one_of(text: pd.Series, words: Sequence[str]) -> pd.Series:
    return cells.fold_all(text).isin([fold(word) for word in words])


def _type_grid(text: pd.Series, programme: Programme | None) -> _Typed:
    """Read levels of the grid's scale; labels of other scales that no question declares have no level."""
    scale = read_skill_grid().scale
    no_chance = _is_one_of(text, scale.no_chance)
    levels, reasons = cells.read_levels(
        text.where(~no_chance, ""), scale.labels(), low=scale.low, high=scale.high
    )
    scales = pd.Series(COMPARABLE, index=text.index).where(levels.notna(), None)
    of_questions = {q.scale for own in programme.instruments for q in own.questions} if programme else set()
    for own in programme.scales if programme else ():
        if own.id in of_questions:
            continue
        matching = _is_one_of(text, own.labels)
        scales = scales.where(~matching, own.id)
        levels = levels.where(~matching, pd.NA)
        reasons = reasons.where(~matching, "")
    return _state(text, reasons, others={"no_chance": no_chance}, level=levels, scale=scales)


def _type_scale(text: pd.Series, question: Question, programme: Programme | None) -> _Typed:
    # levels of a scale that the programme declares follow the order of its labels
    own = {scale.id: scale for scale in programme.scales} if programme else {}
    name = question.scale or ""
    if name in own:
        labels: dict[str, tuple[str, ...]] = {
            str(n): (word,) for n, word in enumerate(own[name].labels, start=1)
        }
        scale = AnswerScale(id=name, labels=labels)
    else:
        scale = read_answer_scales()[name]
    none = _is_one_of(text, (*scale.not_applicable, *question.not_applicable))
    levels, reasons = cells.read_levels(text.where(~none, ""), scale.labels, low=scale.low, high=scale.high)
    if question.reversed:
        levels = scale.low + scale.high - levels
    scales = pd.Series(scale.id, index=text.index).where(levels.notna(), None)
    return _state(text, reasons, others={"not_applicable": none}, level=levels, scale=scales)


def _type_choices(text: pd.Series, question: Question) -> _Typed:
    known = {fold(word): option.id for option in question.options for word in (option.ja, option.en)}
    codes, unique = pd.factorize(text)
    split = [split_options(cell, known) for cell in unique]
    unknown = pd.Series([bool(rest) and not question.other for _, rest in split], dtype=bool)
    options = [[*found, *(["other"] if rest and question.other else [])] or None for found, rest in split]
    reasons = unknown.map({True: "unmapped_label", False: ""}).reindex(codes).set_axis(text.index)
    return _state(text, reasons, option=pd.Series([options[code] for code in codes], index=text.index))


def split_options(cell: str, known: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """Return the declared options in a cell, and the remaining texts; the longest match wins.

    Options can contain the separator, so a cell is never simply split at commas.  `known`: folded words →
    option.

    >>> split_options("SQL, Go (e.g. gin, echo);Rust", {"sql": "sql", "go (e.g. gin, echo)": "go", "go": "x"})
    (['sql', 'go'], ['rust'])
    """
    text = fold(cell.replace("\n", ";"))
    found, left = dict[str, None](), list[str]()
    longest_first = sorted(known, key=len, reverse=True)
    at, first = 0, _OPTION_BEGINS.match(text)
    while first and (at := first.end()) < len(text):
        # matched in place, without slicing: the text can be long
        candidates = (word for word in longest_first if text.startswith(word, at))
        word = next((word for word in candidates if _OPTION_WHOLE.match(text, at + len(word))), None)
        if word is not None:
            found[known[word]] = None
            at += len(word)
        else:
            rest = _OPTION_ENDS.match(text, at)
            left.append(rest[0].strip() if rest else "")
            at += len(rest[0]) if rest else 1
        first = _OPTION_BEGINS.match(text, at)
    return list(found), left
