"""What lies beside a page: its text as Markdown to edit, its figures as SVG, a person's records as CSV."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from .folders import write_text
from .pages import FIGURE
from .publications import Publication
from .spreadsheets import write_rows
from .texts import Texts, list_languages, read_texts
from .vector import draw_svg

MARKDOWN = "text/markdown"
RECORD_COLUMNS = ("day", "kind", "title", "team", "id", "step", "amount", "unit", "link", "file", "row")


def write_attachments(page: Path, notebook: Any, *, language: str) -> None:
    """Beside `page`: page.md of the notebook's Markdown outputs, figures/NAME.LANGUAGE.svg of named figures.

    A notebook without such outputs leaves nothing.
    """
    outputs = list(_outputs(notebook))
    written = [output["data"][MARKDOWN].strip() for output in outputs if MARKDOWN in output["data"]]
    if written:
        write_text(page.with_suffix(".md"), "\n\n".join(written) + "\n")
    for output in outputs:
        name = output["metadata"].get("figure_name")
        if name and FIGURE in output["data"]:
            drawn = draw_svg(output["data"][FIGURE], title=output["metadata"]["alt"], language=language)
            write_text(page.parent / "figures" / f"{name}.{language}.svg", drawn)


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
