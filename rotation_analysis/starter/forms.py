"""A programme's questionnaires ready to send, in every language.

For each language a folder: each form as Markdown to read, a script that builds all of them as Google Forms, a
workbook to copy them into Microsoft Forms from, for each form a workbook to type answers into, the days on
which each goes out, and the page by which participants agree to what is shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from ..build.folders import build_folder, check_free, lock_folder, write_files
from ..programme.model import Programme
from ..texts import Texts, list_languages, read_texts
from .consent_page import render_consent, write_consent
from .form_pages import write_form
from .form_rounds import list_forms
from .form_schedule import write_schedule
from .form_scripts import write_script
from .form_workbooks import write_answers, write_questions


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
