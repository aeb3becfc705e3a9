"""Folder of a new programme: commented settings, sheets to fill in, surveys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from importlib.resources import files
from pathlib import Path

from ..build.folder import build_folder, check_free, lock_folder, write_files
from ..files.spreadsheets import write_rows
from ..programme.file import SHEET_ROWS, read_programme
from ..programme.model import Programme
from ..programme.tables import SHEETS, TABLES
from ..texts import Texts, read_texts
from .form_rounds import list_forms
from .form_workbooks import write_answers
from .forms import render_forms

TEMPLATES = Path(str(files("rotation_analysis"))) / "templates" / "programme"
WRITTEN = ("README.md", "programme.toml", "words/owner.toml", "words/leadership.toml")
TOOLS_ONLY = ("old_id", "uid", "project", "status", "requester_id", "assignee_id", "account")
"""Columns of a sheet of records that only a tool can fill."""
HOST_TEAM = {"id": "sre", "ja": "SRE", "en": "SRE"}
ANSWERS = "answers"
Content = Mapping[str, bytes | str]


def start_programme(folder: Path, *, day: date, language: str) -> tuple[str, ...]:
    """Write a programme to fill in to `folder`, completely or not at all, and return its paths.

    `day` is the cut-off and the day its plan is declared; sheets have headers in `language`.  Raises
    `UserError` if `folder` is not empty, and `UsageError` for an unknown language.
    """
    texts = read_texts(language)
    check_free(folder)
    declared = _render_declared(day, texts)
    with lock_folder(folder), build_folder(folder) as building:
        write_files(building, declared)
        asked = _render_questionnaires(read_programme(building), texts)
        write_files(building, asked)
    return (*declared, *asked)


def render_started(folder: Path, written: Sequence[str]) -> str:
    """Describe the files written and the next step, for a terminal."""
    places = dict.fromkeys(
        f"{first}/" if rest else first for first, _, rest in (n.partition("/") for n in written)
    )
    return "\n".join(
        (
            f"made     {folder}: {len(written)} files ({', '.join(places)})",
            f"read     {folder / 'README.md'}: what is where, and the steps in order",
            f"next     rotation-analysis check {folder}",
        )
    )


def _render_declared(day: date, texts: Texts) -> Content:
    """Render commented settings, the owner's sheets, and sheets of records as our profiles read them.

    Sheets have the headers of their row models.  `exports` is created although it is empty.
    """
    written = {name: (TEMPLATES / name).read_text(encoding="utf-8") for name in WRITTEN}
    content = {name: text.replace("{{day}}", day.isoformat()) for name, text in written.items()}
    content["exports/.keep"] = ""
    for name, model in SHEET_ROWS.items():
        head = list(model.model_fields)
        rows = [[HOST_TEAM.get(field) for field in head]] if name == "teams" else []
        content[f"sheets/{name}.csv"] = write_rows(head, rows)
    for name in SHEETS:
        # header: its caption in the language, otherwise its name in words
        head = [
            dict(zip(("ja", "en"), column.captions, strict=False)).get(
                texts.language, column.name.replace("_", " ").capitalize()
            )
            for column in TABLES[name].columns
            if column.name not in TOOLS_ONLY
        ]
        content[f"records/{name}/typed.csv"] = write_rows(head, [])
    return content


def _render_questionnaires(programme: Programme, texts: Texts) -> Content:
    """Render surveys in every language, and in one a workbook per form to type answers into."""
    typed = {
        f"{ANSWERS}/{form.instrument}/{form.name}.xlsx": write_answers(form, texts)
        for form in list_forms(programme, texts)
    }
    to_send = {
        f"questionnaires/{name}": content
        for name, content in render_forms(programme).items()
        if ANSWERS not in Path(name).parts  # they are written where they are read
    }
    return {**typed, **to_send}
