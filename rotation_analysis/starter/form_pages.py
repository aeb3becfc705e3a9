"""A form as Markdown, to read and to correct before it is built."""

from __future__ import annotations

from collections.abc import Iterator

from ..markdown import bullets, heading, join_blocks, paragraph, tasks
from ..texts import Texts
from .form_items import Guide, Item
from .form_rounds import Form


def write_form(form: Form, texts: Texts) -> str:
    """The whole form: whom it goes to and when, what is said first, the questions with their answers."""
    blocks = [heading(form.title, 1)]
    blocks += [paragraph(texts.say("form.page.who", who=form.who)), bullets(form.when)]
    blocks += [paragraph(texts.say(f"form.page.{'anonymous' if form.anonymous else 'named'}"))]
    blocks += [heading(texts.say("form.page.introduction")), *map(paragraph, form.introduction)]
    blocks += [heading(texts.say("form.page.questions"))]
    for number, item in enumerate(form.items, start=1):
        blocks += [block for guide in item.guides for block in _write_guide(guide)]
        blocks += _write_item(item, number, texts)
    return join_blocks(*blocks)


def _write_guide(guide: Guide) -> Iterator[str]:
    yield heading(guide.title, 4)
    yield bullets(guide.lines)


def _write_item(item: Item, number: int, texts: Texts) -> Iterator[str]:
    yield heading(f"Q{number}. {item.title}", 3)  # a bare number would need a backslash
    needed = texts.say("form.page.required" if item.required else "form.page.optional")
    yield paragraph(texts.say(f"form.kind.{item.kind}", needed=needed))
    yield paragraph(item.hint)
    if item.rows:
        yield paragraph(texts.say("form.page.rows"))
        yield bullets(item.rows)
        yield paragraph(texts.say("form.page.columns"))
    yield tasks(item.choices)
    if item.other:
        yield tasks((texts.say("form.page.other"),))
