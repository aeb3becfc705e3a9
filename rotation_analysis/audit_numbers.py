"""What may stand in an edition by its own publication: the numbers of leaders' pages, the edition itself.

The leaders' allow-list: a number of a page, a picture or a text is one of the publication's as it is printed,
or part of the reports' own sentences.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from .audit_files import BUILD_AGAIN, Document, Finding, ReportFolder
from .publications import DECIMALS, Edition
from .texts import list_languages, read_texts

_DAY = re.compile(r"(?<!\d)(\d{4})-(\d{2})(?:-(\d{2}))?(?!\d)")
_NUMBER = re.compile(r"(?<![\d.,])\d[\d,]*(?:\.\d+)?")
_SHARES = frozenset({"share", "share_points"})
_SHOWN = ("value", "low", "high", "n", "missing")
_READ_ALOUD = ("aria-label", "alt", "title", "value", "content", "headers", "summary")
_DRAWN = ("x", "y", "z", "text", "customdata", "hovertext", "base", "name")
_NOBODYS = ("stays", "team_phases")


# --- the allow-list ---------------------------------------------------------------------------------------


def check_numbers(folder: ReportFolder) -> Iterator[Finding]:
    """Leaders' pages hold only numbers of their publication, as printed, and of the reports' sentences."""
    for document in folder.documents:
        if document.audience != "leadership" or document.suffix not in (".html", ".svg", ".md", ".csv"):
            continue
        allowed = _list_printed(folder.publication_of(document)) | _of_sentences()
        told: dict[str, str] = {}
        for where, text in _list_shown(document):
            for number in _numbers_in(text):
                if number not in allowed:
                    told.setdefault(number, where)
        if document.suffix == ".svg" and _are_ticks(told, allowed):
            continue
        for number, where in told.items():
            yield Finding(
                check="numbers",
                file=document.name,
                where=where,
                what=f"{number} stands in no row of publication.json and in no sentence of the reports",
                next_step="make the page of the publication alone",
            )


def _are_ticks(numbers: Iterable[str], allowed: Iterable[str]) -> bool:
    """Whether numbers may be what is written along the axes of a picture: few, round, evenly apart; months.

    >>> _are_ticks(["20", "40", "60"], []), _are_ticks(["37"], []), _are_ticks(["2024-07"], ["2025-03-31"])
    (True, False, False)
    """
    days = sorted(number for number in allowed if _DAY.fullmatch(number))
    months = [number for number in numbers if _DAY.fullmatch(number)]
    plain = [float(number) for number in numbers if number not in months]
    steps = [mantissa * 10.0**power for power in range(-3, 6) for mantissa in (1, 2, 2.5, 5)]
    fitting = [
        step
        for step in steps
        if max(plain, default=0) <= 12 * step
        and all(math.isclose(number / step, round(number / step), abs_tol=1e-9) for number in plain)
    ]
    in_range = all(days and days[0][:7] <= month[:7] <= days[-1][:7] for month in months)
    return in_range and (bool(fitting) or not plain)


def _numbers_in(text: str) -> Iterator[str]:
    """Days and numbers of a text, numbers without separators and trailing noughts.

    >>> list(_numbers_in("2025-03-31: 1,200.50 of +7 %"))
    ['2025-03-31', '1200.5', '7']
    """
    for day in _DAY.finditer(text):
        yield day[0]
    for number in _NUMBER.finditer(_DAY.sub(" ", text)):
        yield _plain(number[0].rstrip(","))


def _plain(number: str) -> str:
    whole, _, part = number.replace(",", "").partition(".")
    part = part.rstrip("0")
    return (whole.lstrip("0") or "0") + (f".{part}" if part else "")


def _list_shown(document: Document) -> Iterator[tuple[str, str]]:
    """Every text that a reader of the file can come to see, and every number that a picture is drawn from."""
    if document.suffix in (".md", ".csv"):
        yield from ((f"line {n}", line) for n, line in enumerate(document.text.split("\n"), start=1))
        return
    for tag, text in document.markup.texts:
        yield f"<{tag}>", text
    for element in document.markup.elements:
        if element.tag == "meta":
            continue
        yield from (
            (f"<{element.tag} {key}>", value) for key, value in element.attributes if key in _READ_ALOUD
        )
        if element.get("data-figure") is not None:
            yield from ((str(element.get("data-figure")), text) for text in _list_drawn(element.content))


def _list_drawn(content: str) -> Iterator[str]:
    try:
        figure = json.loads(content)
    except ValueError:
        return  # `scripts` and `figures` tell it
    for trace in figure.get("data", ()):
        for key in _DRAWN:
            yield from _said(trace.get(key))
        for key in ("error_x", "error_y"):
            for side in ("array", "arrayminus"):
                yield from _said(trace.get(key, {}).get(side))
    layout = figure.get("layout", {})
    for each in layout.get("annotations", ()):
        yield from _said(each.get("text"))
    for key in ("x0", "x1", "y0", "y1"):
        yield from _said([shape.get(key) for shape in layout.get("shapes", ())])
    for axis in (value for key, value in layout.items() if re.fullmatch(r"[xy]axis\d*", key)):
        yield from _said([axis.get("ticktext"), axis.get("title")])


def _said(value: Any) -> Iterator[str]:
    """Texts and numbers within a value, numbers as decimals without a sign."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, bool) or value is None:
        return
    elif isinstance(value, int | float):
        yield f"{abs(value):.6f}"
    elif isinstance(value, dict):
        yield from (text for each in value.values() for text in _said(each))
    elif isinstance(value, list):
        yield from (text for each in value for text in _said(each))


def _list_printed(publication: Mapping[str, Any]) -> set[str]:
    """Every way in which the publication's numbers may be printed."""
    printed: set[str] = set()
    for row in publication.get("measures", ()):
        printed |= set(_print_row(row))
    around = {key: value for key, value in publication.items() if key != "measures"}
    for text in _said(around):
        printed |= set(_numbers_in(text))
    for row in publication.get("measures", ()):
        for text in _said([row.get("label"), row.get("kind"), row.get("cohort"), row.get("notes")]):
            printed |= set(_numbers_in(text))
    return printed | {number[:7] for number in printed if _DAY.fullmatch(number)}


def _print_row(row: Mapping[str, Any]) -> Iterator[str]:
    """A row's numbers as sentences and pictures give them: shares in per cent, too, and half-widths."""
    unit = str(row.get("unit"))
    digits = DECIMALS.get(unit, 1)
    given = {name: row[name] for name in _SHOWN if row.get(name) is not None}
    values = [float(given[name]) for name in ("value", "low", "high") if name in given]
    spread = [high - low for low in values for high in values if high > low]
    for number in (*values, *spread):
        for places in {digits, 0} if digits else {0}:
            yield _plain(f"{abs(number):.{places}f}")
        if unit in _SHARES:
            yield _plain(f"{abs(number) * 100:.0f}")
        yield _plain(f"{abs(number):.6f}")
        yield _plain(f"{abs(number) * 100:.6f}")
    yield from (str(given[name]) for name in ("n", "missing") if name in given)


@cache
def _of_sentences() -> frozenset[str]:
    sentences = (text for language in list_languages() for text in read_texts(language).sentences.values())
    return frozenset(number for text in sentences for number in _numbers_in(text))


# --- the edition ------------------------------------------------------------------------------------------


def check_editions(folder: ReportFolder) -> Iterator[Finding]:
    """Each publication lies in its reader's folder, is rounded, hides whole rows and is about nobody else."""
    for document in folder.documents:
        content = document.content if document.suffix == ".json" else None
        if isinstance(content, dict) and "measures" in content and document.audience is not None:
            for what in dict.fromkeys((*_misplaced(document, content), *_judge_rows(document, content))):
                yield Finding(check="editions", file=document.name, what=what, next_step=BUILD_AGAIN)


def _misplaced(document: Document, content: Mapping[str, Any]) -> Iterator[str]:
    audience, person = document.audience, content.get("person")
    assert audience is not None
    edition = Edition(audience=audience, cohort=content.get("cohort"), person=person)
    if (content.get("edition"), edition.results) != (audience, document.name):
        yield "it is not the publication of the readers whose folder it lies in"
    if audience == "owner":
        return
    facts = content.get("facts", {})
    if any(stay.get("person") != document.person for stay in facts.get("stays", ())):
        yield "its facts tell of stays of others"
    if facts.get("account", {}).get("corrections"):
        yield "its facts tell what was corrected in the owner's files"
    if content.get("records") and audience != "graduate":
        yield "it holds records of a person's own work"
    if audience == "leadership":
        held = [name for name in ("voices", "replies") if content.get(name)]
        held += [name for name in _NOBODYS if facts.get(name)]
        yield from (f"it holds {name}, which leaders are not told" for name in held)


def _judge_rows(document: Document, content: Mapping[str, Any]) -> Iterator[str]:
    for row in content["measures"]:
        name, person = row.get("measure"), row.get("person")
        given = {key: row[key] for key in _SHOWN if row.get(key) is not None}
        if row.get("verdict") == "hidden" and given:
            yield f"{name} is said to be hidden and has numbers"
        digits = DECIMALS.get(str(row.get("unit")), 6)
        if any(
            round(float(given[key]), digits) != given[key] for key in ("value", "low", "high") if key in given
        ):
            yield f"{name} is not rounded as it is printed"
        if person is not None and document.audience != "owner" and person != document.person:
            yield f"{name} is a row of {person}"
