"""What lies beside a page: its text as Markdown to edit, a person's records as CSV."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..disclosure.publications import Publication
from ..files.spreadsheets import write_rows
from ..texts import Texts, list_languages, read_texts
from .folders import write_text

MARKDOWN = "text/markdown"
RECORD_COLUMNS = ("day", "kind", "title", "team", "id", "step", "amount", "unit", "link", "file", "row")


def list_texts(notebook: Any) -> str:
    """The notebook's Markdown outputs as one text to edit; "" where there is none."""
    found = (output["data"] for output in _outputs(notebook))
    return "\n\n".join(data[MARKDOWN].strip() for data in found if MARKDOWN in data)


def _outputs(notebook: Any) -> Iterator[Any]:
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            if "data" in output:
                yield output


def write_records(folder: Path, publication: Publication) -> None:
    """A person's own records as records.LANGUAGE.csv, one row a record, to sort and to pick from."""
    for language in list_languages():
        texts = read_texts(language)
        head = [texts.say(f"own_records.{name}") for name in RECORD_COLUMNS]
        rows = [
            [_cell(texts, record, name, publication.facts["teams"]) for name in RECORD_COLUMNS]
            for record in publication.records
        ]
        write_text(folder / f"records.{language}.csv", write_rows(head, rows))


def _cell(texts: Texts, record: Any, name: str, teams: Mapping[str, Any]) -> str | float | None:
    value = record[name]
    if name == "title" and record["left_out"]:
        return texts.say(f"own_records.left_out.{record['left_out']}")
    if name == "team" and value in teams:
        return texts.label(teams[value])
    if name in ("kind", "step") and value:
        return texts.say(f"own_records.{name}s.{value}")
    return value
