"""What no reader sees and no report holds: raw data behind pictures, comments, traces of the machine."""

from __future__ import annotations

import getpass
import json
import re
import socket
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from .audit_files import BUILD_AGAIN, MANIFEST, Document, Finding, ReportFolder

_TRACES = frozenset({"scatter", "bar"})
_KEYS_OF_RAW_DATA = frozenset({"bdata", "ids", "meta", "uid", "source", "transforms", "selectedpoints"})
_META_NAMES = frozenset({"viewport", "referrer"})
_DATA_ATTRIBUTES = frozenset(
    {"data-figure", "data-save", "data-quarto-disable-processing", "data-quarto-bootstrap"}
)
_MACHINE: Mapping[str, tuple[tuple[str, ...], re.Pattern[str]]] = {  # marks to look for first: they are quick
    "a path of a machine": (
        (
            "/home/",
            "/Users/",
            "/root/",
            "/tmp/",
            "/private/",
            "/var/",
            "/work/",
            "/mnt/",
            "/opt/",
            ":\\",
            "file:",
        ),
        re.compile(
            r"(?<![\w.:/-])(?:/(?:home|Users|root|tmp|private|var/folders|work|mnt|opt)/[^\s\"'<>]+)"
            r"|\b[A-Za-z]:\\+(?:Users|Documents|Temp|Windows)\b[^\s\"'<>]*|\bfile:/{2,3}[^\s\"'<>]+"
        ),
    ),
    "a traceback": (
        ("Traceback", ", line ", "ipykernel"),
        re.compile(r"Traceback \(most recent call last\)|File \"[^\"]+\", line \d+|\bipykernel\w*"),
    ),
    "a notebook's inside": (
        ("cell_type", "nbformat", "execution_count", "kernelspec", "papermill", "arameters"),
        re.compile(
            r"\"(?:cell_type|nbformat|execution_count|kernelspec)\"|\bpapermill\b|# Parameters\b"
            r"|injected-parameters"
        ),
    ),
    "a time of a clock": (
        ("T0", "T1", "T2"),
        re.compile(r"\b20\d\d-\d\d-\d\dT\d\d:\d\d(?::\d\d)?"),
    ),
}
_OWNERS_ONLY = frozenset({"programme", "as_of", "plan", "inputs", "notebooks"})


def check_figures(folder: ReportFolder) -> Iterator[Finding]:
    """Pictures of kinds that draw what they are given; no trace that embeds raw columns or fetches maps."""
    for document in folder.documents:
        if document.suffix != ".html":
            continue
        for element in document.markup.elements:
            name = element.get("data-figure") if element.tag == "script" else None
            if name is None:
                continue
            for what in dict.fromkeys(_look_at_figure(element.content)):
                yield Finding(
                    check="figures", file=document.name, where=name, what=what, next_step=BUILD_AGAIN
                )


def _look_at_figure(text: str) -> Iterator[str]:
    try:
        figure = json.loads(text)
        traces, layout = figure["data"], figure["layout"]
    except (ValueError, KeyError, TypeError, RecursionError):
        yield "it is no figure"
        return
    for trace in traces:
        if trace.get("type") not in _TRACES:
            yield f"a trace of the kind {trace.get('type')!r} may hold raw answers or fetch something"
    shown = {key: value for key, value in layout.items() if key != "template"}
    for key in sorted(_keys_of([traces, shown]) & _KEYS_OF_RAW_DATA):
        yield f"it has {key!r}, which a reader does not see"
    for key in sorted(set(layout) & {"geo", "map", "mapbox", "images", "updatemenus", "sliders"}):
        yield f"its layout has {key!r}"


def _keys_of(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set(value).union(*map(_keys_of, value.values()))
    return set().union(*map(_keys_of, value)) if isinstance(value, list) else set()


def check_metadata(folder: ReportFolder) -> Iterator[Finding]:
    """No comment or hidden attribute, no path, user, host, time or traceback of the machine that built it."""
    for document in folder.documents:
        for where, what in _hidden_metadata(document):
            yield Finding(check="metadata", file=document.name, where=where, what=what, next_step=BUILD_AGAIN)
        typed = " ".join(typed_texts(folder.publication_of(document)))
        for kind, (marks, pattern) in {**_MACHINE, **_this_machine()}.items():
            texts = (view.text for view in document.views if any(mark in view.text for mark in marks))
            for hit in sorted({hit[0] for text in texts for hit in pattern.finditer(text)}):
                if hit not in typed:
                    yield Finding(
                        check="metadata", file=document.name, where=hit[:80], what=kind, next_step=BUILD_AGAIN
                    )


def _hidden_metadata(document: Document) -> Iterator[tuple[str, str]]:
    if document.suffix in (".html", ".svg"):
        for stray in document.markup.strange:
            yield stray[:60], "a comment or a tag that is none of a report's"
        for element in document.markup.elements:
            if element.tag == "meta" and (element.get("name") or "viewport") not in _META_NAMES:
                yield f"<meta {element.get('name')}>", "metadata that no report has"
            if element.tag in ("metadata", "template"):
                yield f"<{element.tag}>", "an element that no reader sees"
            for name, _ in element.attributes:
                if name.startswith("data-") and name not in _DATA_ATTRIBUTES:
                    yield f"<{element.tag} {name}>", "an attribute that no reader sees"
    if document.suffix == ".md" and "<!--" in document.text:
        yield "<!--", "a comment"
    if (
        document.name.endswith(MANIFEST)
        and document.audience != "owner"
        and isinstance(document.content, dict)
    ):
        for key in sorted(document.content.keys() & _OWNERS_ONLY):
            yield key, "only the owner's manifest tells what the reports were made of"


@cache
def _this_machine() -> dict[str, tuple[tuple[str, ...], re.Pattern[str]]]:
    """Names of the machine and the user at work here, where they are long enough to be no ordinary word."""
    try:
        known = {getpass.getuser(), socket.gethostname(), str(Path.home()), str(Path.cwd())}
    except (OSError, KeyError, RuntimeError):
        known = set()
    names = tuple(sorted(name for name in known if len(name) > 6))
    pattern = re.compile("|".join(map(re.escape, names)))
    return {"a name of this machine": (names, pattern)} if names else {}


def typed_texts(publication: dict[str, Any]) -> Iterator[str]:
    """What people typed and a publication shows as it stands: words, records, replies, labels of the data."""
    for key, names in (("voices", ("text",)), ("records", ("title", "link")), ("replies", ("text",))):
        for entry in publication.get(key, ()):
            yield from (str(entry[name]) for name in names if entry.get(name))
    yield from (str(row["label"]) for row in publication.get("measures", ()) if row.get("label"))
    waiting = [publication.get("words", {})]
    while waiting:
        value = waiting.pop()
        waiting += value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        if isinstance(value, str):
            yield value
