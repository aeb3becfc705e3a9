"""The questions of a questionnaire as the items of a form, in the words of one language.

Titles, rows and choices are wordings that the reader of answers knows, so that the export of such a form
needs no declaration of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from ..programme.model import Programme, Skill
from ..programme.questionnaires import GridSkill, Level, Option, Question, read_answer_scales, read_skill_grid
from ..texts import Texts

Kind = Literal["grid", "choice", "list", "checkboxes", "number", "short", "long"]
JAPANESE = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]")


@dataclass(frozen=True, kw_only=True)
class Guide:
    """What is to be read before a question: a title with lines."""

    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Item:
    """One question of a form.

    `kind`: grid (one of `choices` in each of `rows`), choice (one of few), list (one of many), checkboxes
    (any of them, and others if `other`), number, short and long text.  `required` only where the choices hold
    one for who cannot say, or where an answer without it is nobody's.
    """

    id: str
    kind: Kind
    title: str
    required: bool = False
    hint: str = ""
    choices: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()
    other: bool = False
    guides: tuple[Guide, ...] = ()

    @property
    def headers(self) -> tuple[str, ...]:
        """The columns that the answers have in an export: of a grid, one a row."""
        return tuple(f"{self.title} [{row}]" for row in self.rows) or (self.title,)


def list_items(questions: Sequence[Question], programme: Programme, texts: Texts) -> Iterator[Item]:
    """The items of the questions; what is to be read before a grid stands before the first one only."""
    guides = tuple(_list_guides(programme, texts))
    for question in questions:
        item = _build_item(question, programme, texts)
        if item.kind == "grid":
            item, guides = replace(item, guides=guides), ()
        yield item


def pick_wording(wordings: Sequence[str], language: str) -> str:
    """The first wording in that language, by its letters; where none is, the first.

    >>> pick_wording(["対象期間", "Period"], "en"), pick_wording(["対象期間"], "en")
    ('Period', '対象期間')
    """
    fitting = [text for text in wordings if bool(JAPANESE.search(text)) == (language == "ja")]
    return (fitting or list(wordings))[0]


def _build_item(question: Question, programme: Programme, texts: Texts) -> Item:
    item = Item(id=question.id, kind="long", title=pick_wording(question.wordings, texts.language))
    match question.kind:
        case "grid":
            rows = tuple(texts.label(_names_of(skill)) for skill in programme.all_skills)
            levels = _list_levels(item.title, texts)
            return replace(item, kind="grid", rows=rows, choices=levels, required=True)
        case "scale":
            levels, none = _list_labels(question, programme, texts)
            return replace(item, kind="choice", choices=(*levels, *none), required=bool(none))
        case "choice":
            none = _cannot_say(question.not_applicable, texts)
            options = (*_list_options(question, texts), *none)
            return replace(item, kind="choice", choices=options, required=bool(none))
        case "choices":
            options, hint = _list_options(question, texts), texts.say("form.hint.choices")
            return replace(item, kind="checkboxes", choices=options, other=question.other, hint=hint)
        case "number":
            return replace(item, kind="number", hint=texts.say(f"form.hint.{question.unit or 'number'}"))
    return item


def _list_options(question: Question, texts: Texts) -> tuple[str, ...]:
    return tuple(texts.label(_names_of(option)) for option in question.options)


def _list_labels(
    question: Question, programme: Programme, texts: Texts
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The labels of the question's scale, the lowest first, and what stands for none of them."""
    own = next((scale.labels for scale in programme.scales if scale.id == question.scale), None)
    if own is not None:
        return own, _cannot_say(question.not_applicable, texts)
    scale = read_answer_scales()[question.scale or ""]
    ordered = sorted(scale.labels, key=int)
    labels = tuple(pick_wording(scale.labels[level], texts.language) for level in ordered)
    return labels, _cannot_say(question.not_applicable or scale.not_applicable, texts)


def _cannot_say(words: Sequence[str], texts: Texts) -> tuple[str, ...]:
    return (pick_wording(words, texts.language),) if words else ()


# --- the skill grid ---------------------------------------------------------------------------------------


def _list_levels(title: str, texts: Texts) -> tuple[str, ...]:
    """The columns of the grid: numbered levels, and the word for no chance that the question names."""
    scale = read_skill_grid().scale
    levels = (f"{level.level} {texts.label(_names_of(level))}" for level in scale.levels)
    named = [word for word in scale.no_chance if word in title]
    return (*levels, pick_wording(named or scale.no_chance, texts.language))


def _list_guides(programme: Programme, texts: Texts) -> Iterator[Guide]:
    """How one level is told from the next, over all and for each row."""
    grid = read_skill_grid()
    rules = tuple(
        f"{level.level} {texts.label(_names_of(level))}: "
        f"{texts.label({'ja': level.rule_ja, 'en': level.rule_en})}"
        for level in grid.scale.levels
    )
    yield Guide(title=texts.say("form.guide"), lines=rules)
    asked = {row.id for row in programme.all_skills}
    for skill in grid.skills:
        if skill.id in asked:
            both = zip(skill.anchors_ja, skill.anchors_en, strict=True)
            anchors = (texts.label({"ja": ja, "en": en}) for ja, en in both)
            lines = tuple(f"{level} {anchor}" for level, anchor in enumerate(anchors, start=grid.scale.low))
            yield Guide(title=texts.label(_names_of(skill)), lines=lines)


def _names_of(named: GridSkill | Skill | Level | Option) -> dict[str, str]:
    return {"ja": named.ja, "en": named.en}
