"""A programme's questionnaires ready to send, in every language.

For each language a folder: the forms as Markdown to read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .form_pages import write_form
from .form_rounds import list_forms
from .programme import Programme
from .texts import Texts, list_languages, read_texts


def render_forms(programme: Programme) -> Mapping[str, bytes | str]:
    """Path below a folder → content, of every file; the same programme gives the same bytes."""
    return {
        f"{language}/{name}": content
        for language in list_languages()
        for name, content in _render_language(programme, read_texts(language))
    }


def _render_language(programme: Programme, texts: Texts) -> Iterator[tuple[str, bytes | str]]:
    forms = list_forms(programme, texts)
    yield from ((f"{form.name}.md", write_form(form, texts)) for form in forms)
