"""Form items built from the questions of a survey, in one language.

Titles, rows and choices are wordings that the reader of answers recognises, so exports of such a form need no
separate declaration.
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
    """Text to read before a question: a title with lines."""

    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Item:
    """One question of a form.

    `kind`: grid (one of `choices` in each of `rows`), choice (one of few), list (one of many), checkboxes
    (any of them, and others if `other`), number, short and long text.  `required` only if the choices include
    an opt-out, or if an answer without it cannot be attributed.
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
        """The columns of the answers in an export: for a grid, one per row."""
        return tuple(f"{self.title} [{row}]" for row in self.rows) or (self.title,)


def list_items(questions: Sequence[Question], programme: Programme, texts: Texts) -> Iterator[Item]:
    """List the items of the questions; guides precede the first grid only."""
    guides = tuple(_list_guides(programme, texts))
    for question in questions:
        item = _build_item(question, programme, texts)
        if item.kind == "grid":
            item, guides = replace(item, guides=guides), ()
        yield item


def pick_wording(wordings: Sequence[str], language: str) -> str:
    """Return the first wording in that language, judged by its script, otherwise the first.

    >>> pick_wording(["対象期間", "Period"], "en"), pick_wording(["対象期間"], "en")
    ('Period', '対象期間')
    """
    fitting = [text for text in wordings if bool(JAPANESE.search(text)) == (language == "ja")]
    return (fitting or list(wordings))[0]


def _build_item(question: Question, programme: Programme, texts: Texts) -> Item:
    item = Item(id=question.id, kind="long", title=pick_wording(question.wordings, texts.language))
    match question.kind:
        case "grid":
            rows = tuple(texts.label(_names(skill)) for skill in programme.all_skills)
            levels = _list_levels(item.title, texts)
            return replace(item, kind="grid", rows=rows, choices=levels, required=True)
        case "scale":
            levels, none = _list_labels(question, programme, texts)
            return replace(item, kind="choice", choices=(*levels, *none), required=bool(none))
        case "choice":
            none = _list_opt_out(question.not_applicable, texts)
            options = (*_list_options(question, texts), *none)
            return replace(item, kind="choice", choices=options, required=bool(none))
        case "choices":
            options, hint = _list_options(question, texts), texts.say("form.hint.choices")
            return replace(item, kind="checkboxes", choices=options, other=question.other, hint=hint)
        case "number":
            return replace(item, kind="number", hint=texts.say(f"form.hint.{question.unit or 'number'}"))
    return item


def _list_options(question: Question, texts: Texts) -> tuple[str, ...]:
    return tuple(texts.label(_names(option)) for option in question.options)


def _list_labels(
    question: Question, programme: Programme, texts: Texts
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the labels of the question's scale, lowest first, and its opt-out."""
    own = next((scale.labels for scale in programme.scales if scale.id == question.scale), None)
    if own is not None:
        return own, _list_opt_out(question.not_applicable, texts)
    scale = read_answer_scales()[question.scale or ""]
    ordered = sorted(scale.labels, key=int)
    labels = tuple(pick_wording(scale.labels[level], texts.language) for level in ordered)
    return labels, _list_opt_out(question.not_applicable or scale.not_applicable, texts)


def _list_opt_out(words: Sequence[str], texts: Texts) -> tuple[str, ...]:
    return (pick_wording(words, texts.language),) if words else ()


# --- the skill grid ---------------------------------------------------------------------------------------


def _list_levels(title: str, texts: Texts) -> tuple[str, ...]:
    """Return the columns of the grid: numbered levels, and the word for no chance in the question."""
    scale = read_skill_grid().scale
    levels = (f"{level.level} {texts.label(_names(level))}" for level in scale.levels)
    named = [word for word in scale.no_chance if word in title]
    return (*levels, pick_wording(named or scale.no_chance, texts.language))


def _list_guides(programme: Programme, texts: Texts) -> Iterator[Guide]:
    """List what distinguishes the levels, in general and for each row."""
    grid = read_skill_grid()
    rules = tuple(
        f"{level.level} {texts.label(_names(level))}: "
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
            yield Guide(title=texts.label(_names(skill)), lines=lines)


def _names(named: GridSkill | Skill | Level | Option) -> dict[str, str]:
    return {"ja": named.ja, "en": named.en}
