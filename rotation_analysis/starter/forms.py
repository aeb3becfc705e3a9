"""A programme's questionnaires ready to send, in every language.

For each language a folder: each form as Markdown to read, a script that builds all of them as Google Forms, a
workbook to copy them into Microsoft Forms from, for each form a workbook to type answers into, the days on
which each goes out, and the page by which participants agree to what is shown.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import cache
from importlib.resources import files
from pathlib import Path

from ..build.folder import build_folder, check_free, lock_folder, write_files
from ..markdown import bullets, heading, join_blocks, paragraph, tasks
from ..programme.model import Programme
from ..texts import Texts, list_languages, read_texts
from .consent_page import render_consent, write_consent
from .form_items import Guide, Item
from .form_rounds import Form, list_forms
from .form_schedule import write_schedule
from .form_workbooks import write_answers, write_questions

# --- forms as a Google Apps Script ------------------------------------------------------------------------

NO_FORMS = "const FORMS = [];\n"
UNSEEN = re.compile("[\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
"""What could end a line of the script, or show it in another order than it runs."""


def write_script(forms: Sequence[Form]) -> str:
    """The script that builds the forms; typed words stand in it as JSON texts only."""
    before, after = _read_code().split(NO_FORMS)
    told = json.dumps([asdict(form) for form in forms], ensure_ascii=False, indent=1)
    told = UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", told)
    return f"{before}const FORMS = {told};\n{after}"


@cache
def _read_code() -> str:
    return files("rotation_analysis").joinpath("templates", "forms.gs").read_text(encoding="utf-8")


# --- a form as Markdown, to read and to correct before it is built -----------------------------------------


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


def write_forms(programme: Programme, folder: Path) -> tuple[str, ...]:
    """All files, whole or not at all, at `folder`; their paths.

    Raises `UserError` where `folder` holds anything: answers may have been typed into it.
    """
    check_free(folder)
    contents = render_forms(programme)
    with lock_folder(folder), build_folder(folder) as building:
        write_files(building, contents)
    return tuple(contents)


def render_forms(programme: Programme) -> Mapping[str, bytes | str]:
    """Path below a folder → content, of every file; the same programme gives the same bytes."""
    return {
        f"{language}/{name}": content
        for language in list_languages()
        for name, content in _render_language(programme, read_texts(language))
    }


def _render_language(programme: Programme, texts: Texts) -> Iterator[tuple[str, bytes | str]]:
    forms = list_forms(programme, texts)
    yield "google-forms.gs", write_script(forms)
    yield "microsoft-forms.xlsx", write_questions(forms, texts)
    yield "schedule.md", write_schedule(forms, programme, texts)
    yield "consent.html", render_consent(programme, texts)
    yield "consent.md", write_consent(programme, texts)
    for form in forms:
        yield f"{form.name}.md", write_form(form, texts)
        yield f"answers/{form.name}.xlsx", write_answers(form, texts)
