"""One report: its publication goes through its notebook and becomes files; nothing is written here.

A part that could not be made is a labelled gap on the page, and the others stand.  Local processes and a
cluster's workers call the same function.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from os.path import relpath
from pathlib import Path
from typing import Any

from nbformat.v4 import new_output

from .. import markdown
from ..disclosure.publications import Publication
from ..files.spreadsheets import write_rows
from ..reports.kit import escape
from ..texts import Texts, list_languages, list_placeholders, read_texts
from .folder import write_text
from .notebooks.running import ExecutedNotebook, NotebookFailed, find_section, run_notebook
from .pages import HTML, Link, render_page
from .planning import COMPARING, REPORTS, MissingOutput, ReportSpec

# --- what lies beside a page: its text as Markdown to edit, a person's records as CSV ----------------------

MARKDOWN = "text/markdown"
RECORD_COLUMNS = ("day", "kind", "title", "team", "id", "step", "amount", "unit", "link", "file", "row")


def list_texts(notebook: Any) -> str:
    """The notebook's Markdown outputs as one text to edit; "" where there is none."""
    outputs = (output for cell in notebook.cells for output in cell.get("outputs", ()))
    shown = (output["data"] for output in outputs if "data" in output)
    return "\n\n".join(data[MARKDOWN].strip() for data in shown if MARKDOWN in data)


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


@dataclass(frozen=True, kw_only=True)
class RenderedReport:
    """A report's files, text by path below the report folder, and what is missing of it."""

    files: Mapping[str, str]
    gaps: tuple[MissingOutput, ...] = ()


Making = Generator[tuple[ReportSpec, RenderedReport], None, None]
"""Reports in the order in which they are made; closing it ends those that are being made."""


def make_report(spec: ReportSpec, *, folder: Path, previous: Path | None = None) -> RenderedReport:
    """The page of a report and what lies beside it; no file at all, and why, where there is no page.

    `folder` holds the finished results.json of its edition; `previous` is an earlier one, for a report that
    compares.
    """
    given = {**spec.parameters, "publication": str((folder / spec.results).resolve())}
    if previous is not None and spec.notebook in COMPARING:
        given["previous"] = str(previous.resolve())
    try:
        ran = run_notebook(spec.file, given)
    except NotebookFailed as failure:
        return describe_failure(spec, failure)
    try:
        texts = read_texts(spec.language)
        gaps = [_leave_gap(spec, ran, cell, failure, texts) for cell, failure in ran.failed]
        files = {spec.path: render_report(spec, ran.notebook, texts)}
        if written := list_texts(ran.notebook):
            files[Path(spec.path).with_suffix(".md").as_posix()] = f"{written}\n"
        return RenderedReport(files=files, gaps=tuple(gaps))
    except Exception as error:
        told = f"{type(error).__name__}: {error}"
        return describe_failure(spec, NotebookFailed(spec.file, cell=None, line="", error=told))


def describe_failure(spec: ReportSpec, failure: NotebookFailed | None = None) -> RenderedReport:
    """No file at all, and why; without a failure the process died that made the report, alone, too."""
    if failure is None:
        told = "ProcessDied: the process that made this report died"
        failure = NotebookFailed(spec.file, cell=None, line="", error=told)
    gap = MissingOutput(report=spec.path, reason=failure.reason, told=str(failure))
    return RenderedReport(files={}, gaps=(gap,))


def render_report(spec: ReportSpec, notebook: Any, texts: Texts) -> str:
    """The page of an executed notebook, with links to the pages that its reader holds."""
    links = []
    for name, path in spec.beside:
        kind, _, which = name.partition("_") if name not in REPORTS else (name, "", "")
        target = read_texts(which) if kind == "language" else texts
        text = target.say(f"link.{kind}", cohort=which or spec.cohort or "")
        links.append(Link(name, text, relpath(path, Path(spec.path).parent)))
    title = _name_report(spec, texts)
    return render_page(notebook, report=spec.notebook, title=title, texts=texts, links=links)


def _leave_gap(
    spec: ReportSpec, ran: ExecutedNotebook, cell: Any, failure: NotebookFailed, texts: Texts
) -> MissingOutput:
    """Puts in the place of a cell's outputs that this part could not be made."""
    section = find_section(cell.source) or ""
    title, *lines = describe_gap(spec, section, texts)
    said = "".join(f"<p>{escape(line)}</p>" for line in lines)
    shown: dict[str, str] = {HTML: f'<h2>{escape(title)}</h2><div class="missing">{said}</div>'}
    if list_texts(ran.notebook):
        blocks = [markdown.heading(title), *(markdown.paragraph(line) for line in lines)]
        shown[MARKDOWN] = markdown.join_blocks(*blocks)
    cell.outputs = [new_output("display_data", data=shown)]
    return MissingOutput(report=spec.path, section=section, reason=failure.reason, told=str(failure))


def describe_gap(spec: ReportSpec, section: str, texts: Texts) -> tuple[str, str, str]:
    """What stands in the place of a section: its title, that it is missing, that the others are there."""
    polite = "pack_gap" if spec.edition.audience == "graduate" else "gap"
    title = texts.say(f"{polite}.title", section=_name_section(spec, section, texts))
    return title, texts.say(f"{polite}.reason"), texts.say(f"{polite}.others")


def _name_section(spec: ReportSpec, section: str, texts: Texts) -> str:
    """A section as the contents call it, so far as that needs no values; else the report's name."""
    try:
        words = texts.section_words(spec.notebook, section)
        name = str(words.get("short", words["question"]))
    except KeyError:  # the closing list, or a cell of a notebook of one's own
        name = ""
    return name if name and not list_placeholders(name) else _name_report(spec, texts)


def _name_report(spec: ReportSpec, texts: Texts) -> str:
    return texts.say(f"link.{spec.notebook}", cohort=spec.cohort or "")
