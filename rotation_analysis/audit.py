"""Whether a finished report folder is whole, closed to the network, and holds only what its readers may see.

`audit_folder` is what a build asks before it replaces the previous one.  With `Knowledge` of the programme (`know`) it
also searches for its people.  Text is searched as a reader can see it, in pages, pictures and data.
"""

from __future__ import annotations

import base64
import hashlib
import posixpath
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any

from .audit_files import Document, Element, Finding, ReportFolder, list_strings, read_folder
from .audit_people import Knowledge, check_names, check_rows, check_words, know
from .audit_schema import check_editions, check_numbers, check_schema, check_sentences
from .pages import content_policy, is_plotly
from .steps import Progress, Step

__all__ = ["CHECKS", "KNOWING_CHECKS", "Finding", "Knowledge", "audit_folder", "know", "tell_findings"]


def check_manifests(folder: ReportFolder) -> Iterator[Finding]:
    """The manifests name every file with its hash, every name is there, and each is of a kind that a build writes."""
    yield from folder.broken


# --- closed to the network --------------------------------------------------------------------------------

_REFERENCES = re.compile(
    "action|archive|background|cite|classid|codebase|data|formaction|href|icon|longdesc|manifest|ping|poster|profile|src"
    "|srcset|usemap|xlink:href|xml:base"
)
"""Attributes that a browser follows or fetches."""
_ELSEWHERE = re.compile(r"\s*(?:[a-z][a-z0-9+.-]*:|[/\\]{2})", re.IGNORECASE)
_FETCHED_BY_STYLE = re.compile(
    r"@import|(?:url|image-set|expression)\s*\(|-moz-binding|\\[0-9a-f]", re.IGNORECASE
)
"""Also with its letters written as escapes, as in u\\72l(."""
_IN_MARKDOWN = re.compile(
    r"(?<!\\)\]\(\s*<?\s*([^)\s>]+)|(?<!\\)<([a-z][a-z0-9+.-]*:[^>\s]*)>|^\s{0,3}\[[^\]]+\](?<!\\\]):\s*(\S+)"
    r"|(?<![\w\\])((?:https?|ftp)://\S+|www\.\S+)|(?<!\\)(<(?:[a-z/][^>]*>|!))",
    re.IGNORECASE | re.MULTILINE,
)
_CODE = re.compile(r"(?<![\\`])(`+)(?!`).*?(?<!`)\1(?!`)")
"""A span of code: what stands in it is not a link."""


def check_network(folder: ReportFolder) -> Iterator[Finding]:
    """Nothing that a reader's browser or editor would fetch."""
    for document in folder.documents:
        if document.markup is not None:
            found = [each for element in document.markup.elements for each in _list_fetched(element)]
        else:
            found = list(_list_fetched_by_markdown(document)) if document.suffix == ".md" else []
        for where, what in found:
            yield Finding(
                check="network",
                file=document.name,
                where=where,
                what=f"it refers to something outside of the report: {what[:120]}",
                next_step="text of the programme must pass parts.escape or markdown.escape_markdown",
            )


def _list_fetched(element: Element) -> Iterator[tuple[str, str]]:
    for name, value in element.attributes.items():
        refers = _REFERENCES.fullmatch(name) and _ELSEWHERE.match(value) and value != "data:,"
        refreshes = name == "http-equiv" and value.lower() == "refresh"
        if refers or refreshes or name == "srcdoc" or (name == "style" and _FETCHED_BY_STYLE.search(value)):
            yield f"<{element.tag} {name}>", value
    if element.tag in ("form", "iframe", "object", "embed", "foreignobject") or (
        element.tag == "style" and _FETCHED_BY_STYLE.search(element.content)
    ):
        yield f"<{element.tag}>", "an element that loads or sends"


def _list_fetched_by_markdown(document: Document) -> Iterator[tuple[str, str]]:
    for number, line in enumerate(document.text.split("\n"), start=1):
        for found in _IN_MARKDOWN.finditer(_CODE.sub("`", line)):
            target = next(group for group in found.groups() if group)
            if _ELSEWHERE.match(target) or target.startswith(("<", "www.", "/")):
                yield f"line {number}", target


def check_links(folder: ReportFolder) -> Iterator[Finding]:
    """Every link and picture leads to a file of the same audience's folder that is there."""
    for document in folder.documents:
        targets = re.findall(r"(?<!\\)\]\(\s*<?([^)\s>]+)", document.text) if document.suffix == ".md" else []
        for element in document.markup.elements if document.markup else ():
            targets += [value for name, value in element.attributes.items() if _REFERENCES.fullmatch(name)]
        for target in targets:
            path = target.split("#")[0].split("?")[0]
            if not path or _ELSEWHERE.match(target):
                continue
            at = posixpath.normpath(posixpath.join(posixpath.dirname(document.name), path))
            inside = not at.startswith("../") and (not document.home or at.startswith(f"{document.home}/"))
            if not inside or at not in folder.by_name:
                what = "leads to no file of the folder" if inside else "leads out of the reader's own folder"
                yield Finding(check="links", file=document.name, where=path, what=what)


def check_scripts(folder: ReportFolder) -> Iterator[Finding]:
    """The content security policy first, our one script by its hash, data, plotly.js; no handler, no other."""
    for document in folder.documents:
        elements = document.markup.elements if document.markup else []
        found = [each for element in elements for each in _list_foreign_scripts(element, document.suffix)]
        if document.suffix == ".html":
            policies = [
                e for e in elements if e.attributes.get("http-equiv", "").lower().startswith("content-s")
            ]
            if [policy.attributes.get("content") for policy in policies] != [content_policy()]:
                found.append(("<meta>", "the content security policy is not the one of this version's pages"))
            elif policies[0] not in elements[:4] or {e.tag for e in elements[:4]} - {"html", "head", "meta"}:
                found.append(("<head>", "something stands before the content security policy"))
        for where, what in found:
            yield Finding(check="scripts", file=document.name, where=where, what=what)


def _list_foreign_scripts(element: Element, suffix: str) -> Iterator[tuple[str, str]]:
    for name, value in element.attributes.items():
        if name.startswith("on"):
            yield f"<{element.tag} {name}>", "an event handler"
        if value.strip().lower().startswith(("javascript:", "vbscript:")):
            yield f"<{element.tag} {name}>", "a link that is a script"
    if element.tag == "script" and not (suffix == ".html" and _is_ours(element)):
        yield "<script>", "a script, or a packed one, that is not this version's"


def _is_ours(script: Element) -> bool:
    kind = script.attributes.get("type")
    if kind == "application/json":
        return True
    if kind == "text/plain":
        return is_plotly(script.content)
    digest = base64.b64encode(hashlib.sha256(script.content.encode()).digest()).decode()
    return not script.attributes and f"'sha256-{digest}'" in content_policy()


# --- nothing behind what is shown -------------------------------------------------------------------------

_TRACES = frozenset({"scatter", "bar", "heatmap"})
_RAW_DATA = frozenset({"bdata", "ids", "meta", "uid", "source", "transforms", "selectedpoints"})
_ELSEWHERE_DRAWN = frozenset({"geo", "map", "mapbox", "images", "updatemenus", "sliders"})
_PACKED = re.compile(r"(?<![A-Za-z0-9+/])(?=[A-Za-z+/]*[0-9])(?=[0-9+/]*[A-Za-z])[A-Za-z0-9+/]{32,}={0,2}")
_TRACES_OF_CODE = ("Traceback (most recent call last)", "ipykernel_", "# Parameters", "injected-parameters")


def check_figures(folder: ReportFolder) -> Iterator[Finding]:
    """Pictures of kinds that draw what they are given; no trace that embeds raw columns or fetches maps."""
    for document in folder.documents:
        for number, figure in enumerate(document.figures, start=1):
            for what in dict.fromkeys(_look_at_figure(figure)):
                yield Finding(check="figures", file=document.name, where=f"figure {number}", what=what)


def _look_at_figure(figure: Any) -> Iterator[str]:
    if not isinstance(figure, dict) or not {"data", "layout"} <= figure.keys():
        yield "it is not a figure"
        return
    for trace in figure["data"]:
        if trace.get("type") not in _TRACES:
            yield f"a trace of the kind {trace.get('type')!r} could hold raw answers or fetch something"
    shown = {key: value for key, value in figure["layout"].items() if key != "template"}
    for key in sorted(set(list_strings([figure["data"], shown])) & _RAW_DATA):
        yield f"it has {key!r}, which a reader does not see"
    for key in sorted(figure["layout"].keys() & _ELSEWHERE_DRAWN):
        yield f"its layout has {key!r}"


def check_hidden(folder: ReportFolder) -> Iterator[Finding]:
    """UTF-8 without comments, packed data, code, and paths of the machine that built it.

    What people typed, and a publication holds, is none of these, whatever it looks like.
    """
    contents = [d.content for d in folder.documents if isinstance(d.content, dict) and "edition" in d.content]
    typed = "\n".join(text for content in contents for text in _list_typed(content))
    for document in folder.documents:
        for where, what in (*_list_unread(document), *_list_traces(document, typed)):
            yield Finding(check="hidden", file=document.name, where=where[:60], what=what)


def _list_unread(document: Document) -> Iterator[tuple[str, str]]:
    if "\ufffd" in document.text and b"\xef\xbf\xbd" not in document.data:
        yield "", "it is not UTF-8"
    if re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", document.text):
        yield "", "it holds control characters"
    if document.markup is not None:
        yield from ((text, "a comment that no reader sees") for text in document.markup.hidden)
        for element in document.markup.elements:
            name = element.attributes.get("name", "viewport")
            if element.tag in ("metadata", "template") or (
                element.tag == "meta" and name not in ("viewport", "referrer", "color-scheme")
            ):
                yield f"<{element.tag}>", "an element that no reader sees"


def _list_traces(document: Document, typed: str) -> Iterator[tuple[str, str]]:
    text = "\n".join(document.readable)
    found = [(mark, "a part of the program that built it") for mark in _TRACES_OF_CODE if mark in text]
    pattern = _machine_pattern()
    found += [(hit[0], "a folder of the machine that built it") for hit in pattern.finditer(text)]
    if document.suffix != ".json":  # `schema` knows the hashes in those
        found += [(hit[0], "packed data, or a hash") for hit in _PACKED.finditer(text)]
    yield from (each for each in dict.fromkeys(found) if each[0] not in typed)


def _list_typed(content: Mapping[str, Any]) -> Iterator[str]:
    """What a publication shows as people typed it: words, records, replies, labels of the data, names, events."""
    facts = content.get("facts") or {}
    yield from list_strings([content.get(key) for key in ("voices", "records", "replies", "words")])
    yield from list_strings(
        [facts.get(key) for key in ("name", "company", "teams", "skills", "stays", "events")]
    )
    yield from list_strings(
        [facts.get(key) for key in ("question_changes", "adjustments", "account", "plan")]
    )
    yield from (row["label"] for row in content.get("measures", ()) if isinstance(row.get("label"), str))


@cache
def _machine_pattern() -> re.Pattern[str]:
    """Folders of this machine: the user's own, where it was started, the library's, that of temporary files."""
    folders = (Path.home(), Path.cwd(), Path(__file__).parent, Path(tempfile.gettempdir()))
    known = "|".join(re.escape(str(path)) for path in folders if len(path.parts) > 1)
    return re.compile(rf"(?<![\w.])(?:{known or '(?!)'})(?!\w)")


# --- all of them ------------------------------------------------------------------------------------------

CHECKS: Mapping[str, Callable[[ReportFolder], Iterable[Finding]]] = {
    "manifests": check_manifests,
    "schema": check_schema,
    "editions": check_editions,
    "network": check_network,
    "links": check_links,
    "scripts": check_scripts,
    "figures": check_figures,
    "hidden": check_hidden,
    "numbers": check_numbers,
    "sentences": check_sentences,
}
"""What can be asked of any finished folder, by name."""
KNOWING_CHECKS: Mapping[str, Callable[[ReportFolder, Knowledge], Iterable[Finding]]] = {
    "names": check_names,
    "words": check_words,
    "rows": check_rows,
}
"""What can only be asked beside the programme, by name."""


def audit_folder(
    folder: Path, knowledge: Knowledge | None = None, *, progress: Progress = lambda step: None
) -> list[Finding]:
    """Everything in a report folder that must not be there, in the order of checks and files; empty: clean.

    `folder` is a whole report folder or one audience's own (leadership/ handed on alone).
    """
    progress(Step("audit"))
    found = read_folder(folder)
    asked: dict[str, Callable[[], Iterable[Finding]]] = {
        name: partial(check, found) for name, check in CHECKS.items()
    }
    if knowledge is not None:
        asked |= {name: partial(check, found, knowledge) for name, check in KNOWING_CHECKS.items()}
    findings: list[Finding] = []
    for done, (name, check) in enumerate(asked.items()):
        progress(Step("audit", name=name, done=done, total=len(asked)))
        findings += check()
    return findings


def tell_findings(findings: Sequence[Finding], *, most: int) -> str:
    """The first findings, a line each, and how many more there are."""
    lines = [f"  {finding}" for finding in findings[:most]]
    lines += [f"  … and {len(findings) - most} more"] if len(findings) > most else []
    return "\n".join(lines)
