"""Editions that reports are tested on: the sample's, one without rows, one in which every row is hidden."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

from rotation_analysis.build.planning import REPORTS
from rotation_analysis.disclosure.publications import Edition, Publication
from rotation_analysis.reports import find_report
from rotation_analysis.reports.kit import FIGURE, Opened
from rotation_analysis.texts import read_texts
from tests.samples import read_sample

GOLDEN = Path(__file__).parent / "golden"
LANGUAGES = ("ja", "en")
SHOWN = {
    "cohort": {"cohort": "5"},
    "person": {"person": "p01"},
    "graduate": {"person": "p01"},
    "programme": {},
}


@cache
def publish_sample(name: str, *, cohort: str | None = None, person: str | None = None) -> Publication:
    """The sample's edition that a report is built from."""
    return read_sample().open_edition(Edition(audience=REPORTS[name].audience, cohort=cohort, person=person))


def list_editions(name: str) -> list[dict[str, str]]:
    """Every cohort or person that the sample has the report of."""
    programme = read_sample().programme
    about = REPORTS[name].about
    if about == "cohort":
        return [{"cohort": cohort} for cohort in programme.cohorts]
    return [{}] if about == "programme" else [{"person": person} for person in programme.participants]


def make_edition(name: str, state: str) -> Publication:
    """The sample's edition of a report (cohort 5, person p01), empty or with every row hidden."""
    sample = publish_sample(name, **SHOWN[REPORTS[name].about])
    if state == "sample":
        return sample
    if state == "empty":
        facts = {**sample.facts, "sources": {}}
        return replace(
            sample, measures=sample.measures.iloc[:0], voices=sample.voices.iloc[:0], facts=facts, records=()
        )
    rows = sample.measures.copy()
    rows[["n", "missing", "value", "low", "high"]] = None
    rows["verdict"] = "hidden"
    rows["notes"] = [("FEW_PEOPLE:5",)] * len(rows)
    return replace(sample, measures=rows, voices=sample.voices.iloc[:0])


def open_sample(name: str, language: str, state: str = "sample") -> Opened:
    """A report on such an edition."""
    return find_report(name).open(make_edition(name, state), read_texts(language))


def check_golden(name: str, state: str, language: str) -> None:
    """Compare the text of a report with its golden file; WRITE_GOLDEN=1 rewrites it for review."""
    text = write_text(open_sample(name, language, state))
    path = GOLDEN / f"{name}.{state}.{language}.md"
    if os.environ.get("WRITE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    golden = path.read_text(encoding="utf-8")
    differ = difflib.unified_diff(golden.splitlines(), text.splitlines(), "golden", "now", lineterm="", n=1)
    assert golden == text, "\n".join(differ)


def write_text(opened: Opened) -> str:
    """Return the unfolded page as Markdown, a picture as its alternative text."""
    lines: list[str] = []
    for bundle, about in opened.show():
        if FIGURE in bundle:
            lines.append(f"![{about['alt']}]")
        else:
            lines += _Lines(bundle["text/html"])
    return "\n".join(lines) + "\n"


class _Lines(HTMLParser):
    """Lines of Markdown from the HTML of a section, without its folds."""

    MARKS = {"h1": "# ", "h2": "## ", "h3": "### ", "li": "- ", "tr": "| ", "blockquote": "> "}
    ENDS = {"p", "h1", "h2", "h3", "li", "tr", "blockquote", "summary"}

    def __init__(self, html: str) -> None:
        super().__init__()
        self.folded, self.line, self.lines = 0, "", list[str]()
        self.feed(html)
        self._end()

    def __iter__(self) -> Iterator[str]:
        return iter(self.lines)

    def _end(self) -> None:
        if self.line.strip():
            self.lines.append(self.line.strip())
        self.line = ""

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag in self.ENDS:
            self._end()
        self.folded += tag == "details"
        if not self.folded:
            self.line += self.MARKS.get(tag, "")

    def handle_endtag(self, tag: str) -> None:
        self.folded -= tag == "details"
        if tag in ("th", "td") and not self.folded:
            self.line += " | "
        if tag in self.ENDS:
            self._end()

    def handle_data(self, data: str) -> None:
        if not self.folded:
            self.line += data.replace("\n", " ")
