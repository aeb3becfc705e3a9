"""Whether a finished report folder is whole, closed to the network, and holds only what its readers may see.

`audit_folder` is what a build asks before it replaces the previous one.  With `Knowledge` of the programme
(`people.know`) it also searches for its people.  Text is compared as a reader can see it.
"""

from __future__ import annotations

import base64
import getpass
import hashlib
import posixpath
import re
import socket
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache, partial
from pathlib import Path
from typing import Any

from ...progress_events import Progress, Step
from ..pages import content_policy, is_plotly
from .files import MANIFEST, Element, Finding, ReportFolder, list_strings, read_folder
from .people import Knowledge, check_answers, check_names, check_rows, check_words
from .schema import check_editions, check_numbers, check_schema, check_sentences

TAGS = re.compile(
    "a|b|blockquote|body|br|button|code|dd|details|div|dl|dt|em|figcaption|figure|footer|h1|h2|h3|head|header|html|i"
    "|li|link|main|meta|nav|noscript|ol|p|script|section|small|span|strong|style|sub|summary|sup|table|tbody|td|th"
    "|thead|title|tr|ul"
)
ATTRIBUTES = re.compile(
    "aria-label|charset|class|colspan|content|data-(?:copied|copy|figure|label|language|save)|hidden|href|http-equiv"
    "|id|lang|name|rel|role|rowspan|scope|start|style|type"
)
"""What pages are written with: anything else is not of this library, whatever a browser would make of it."""
SVG_TAGS = re.compile(
    "circle|clippath|defs|desc|ellipse|g|line|lineargradient|path|polygon|polyline|rect|stop|style|svg|text|title"
    "|tspan"
)
META = frozenset({"viewport", "referrer", "color-scheme"})
ELSEWHERE = re.compile(r"\s*(?:[a-z][a-z0-9+.-]*:|[/\\])", re.IGNORECASE)
"""An address that is not one beside the page."""
_LOADS = re.compile(r"@import|image-set|expression|binding|\\|url\s*\((?!\s*['\"]?#)", re.IGNORECASE)
"""Style that fetches, or that is written so that it may (`\\75rl(` is url( to a browser)."""
_CODE = re.compile(r"(?<![\\`])(`+)(?!`).*?(?<!`)\1(?!`)")
"""A span of code in Markdown: what stands in it is no link."""
_MARKDOWN_LINK = re.compile(r"(?<!\\)\]\(\s*<?\s*([^)\s>]*)")
_LINKED = re.compile(
    r"(?<!\\)(<[a-z/!][^<>\s]*)|^\s{0,3}\[[^\]]+\](?<!\\\]):\s*(\S+)|(?<![\w\\])((?:https?|ftp)://\S+)"
    r"|(?<![\w\\])(www\.\S+)",
    re.IGNORECASE,
)
_TRACES = frozenset({"scatter", "bar", "heatmap"})
_RAW_DATA = frozenset({"bdata", "customdata", "ids", "meta", "selectedpoints", "source", "transforms", "uid"})
_ELSEWHERE_DRAWN = frozenset({"geo", "images", "map", "mapbox", "sliders", "updatemenus"})
_MARKS_OF_CODE = ("Traceback (most recent call last)", "ipykernel_", "# Parameters", "injected-parameters")


def check_manifests(folder: ReportFolder) -> Iterator[Finding]:
    """The manifests name every file with its hash; all are there, each of a kind that a build writes."""
    yield from folder.broken


def check_markup(folder: ReportFolder) -> Iterator[Finding]:
    """Pages hold our elements and our one script behind our policy; nothing is fetched, nothing is hidden."""
    for document in folder.list_of(".html", ".svg"):
        elements, is_page = document.markup.elements, document.suffix == ".html"
        found = [(text, "a comment that no reader sees") for text in document.markup.hidden]
        if is_page:
            found += _judge_policy(elements)
        for element in elements:
            found += ((f"<{element.tag}>", what) for what in _judge_element(element, is_page=is_page))
        for where, what in dict.fromkeys(found):
            yield Finding(check="markup", file=document.name, where=where[:60], what=what)
    for document in folder.list_of(".md"):
        for number, line in enumerate(document.text.split("\n"), start=1):
            for match in _LINKED.finditer(_CODE.sub("`", line)):
                told = next(filter(None, match.groups()))
                what = f"an address or element that an editor would follow: {told[:60]}"
                yield Finding(check="markup", file=document.name, where=f"line {number}", what=what)


def _judge_policy(elements: Sequence[Element]) -> Iterator[tuple[str, str]]:
    """The content security policy stands first, and is the one of this version's pages."""
    policies = [
        e for e in elements if e.attributes.get("http-equiv", "").lower() == "content-security-policy"
    ]
    if [policy.attributes.get("content") for policy in policies] != [content_policy()]:
        yield "<meta>", "the content security policy is not the one of this version's pages"
    elif policies[0] not in elements[:4] or {e.tag for e in elements[:4]} - {"html", "head", "meta"}:
        yield "<head>", "something stands before the content security policy"


def _judge_element(element: Element, *, is_page: bool) -> Iterator[str]:
    tag, attributes = element.tag, element.attributes
    if not (TAGS if is_page else SVG_TAGS).fullmatch(tag):
        yield "no report has such an element"
    if strange := [
        name for name in attributes if name.startswith("on") or (is_page and not ATTRIBUTES.fullmatch(name))
    ]:
        yield f"no report has such an attribute: {strange[0][:40]}"
    if _LOADS.search(attributes.get("style", "")) or (tag == "style" and _LOADS.search(element.content)):
        yield "its style loads something"
    if tag == "link" and attributes != {"rel": "icon", "href": "data:,"}:
        yield "it loads something"
    if tag == "meta" and (
        attributes.get("name", "viewport") not in META
        or attributes.get("http-equiv", "content-security-policy").lower() != "content-security-policy"
    ):
        yield "an element that no reader sees"
    if tag == "script" and not _is_ours(element):
        yield "a script, or a packed one, that is not this version's"


def _is_ours(script: Element) -> bool:
    kind = script.attributes.get("type")
    if kind == "application/json":
        return script.attributes.keys() == {"type", "data-figure"}
    if kind == "text/plain":
        return is_plotly(script.content)
    digest = base64.b64encode(hashlib.sha256(script.content.encode()).digest()).decode()
    return (
        script.attributes.keys() <= {"data-save", "data-copied"} and f"'sha256-{digest}'" in content_policy()
    )


def check_links(folder: ReportFolder) -> Iterator[Finding]:
    """Every link leads to a file of the same reader's that is there, or to a report that a manifest tells as
    missing; owners hold the whole folder."""
    missing = {
        posixpath.join(posixpath.dirname(manifest.name), gap["report"])
        for manifest in folder.list_of(".json")
        if posixpath.basename(manifest.name) == MANIFEST and isinstance(manifest.content, dict)
        for gap in manifest.content.get("missing", ())
        if isinstance(gap, dict) and isinstance(gap.get("report"), str) and "section" not in gap
    }
    for document in folder.list_of(".html", ".svg", ".md"):
        targets = _MARKDOWN_LINK.findall(document.text) if document.suffix == ".md" else []
        for element in document.markup.elements:
            if element.tag != "link":
                targets += [
                    v for name, v in element.attributes.items() if name in ("href", "xlink:href", "src")
                ]
        for target in dict.fromkeys(targets):
            path = re.split("[#?]", target)[0]
            at = posixpath.normpath(posixpath.join(posixpath.dirname(document.name), path))
            inside = not at.startswith("..") and (not document.home or at.startswith(f"{document.home}/"))
            if ELSEWHERE.match(target) or (path and not inside):
                yield Finding(check="links", file=document.name, where=target[:60], what="it leads elsewhere")
            elif (
                path
                and at not in {*folder.documents, *missing}
                and (at.startswith(folder.prefix) or at != "index.html")
            ):
                yield Finding(
                    check="links", file=document.name, where=target[:60], what="no such file is there"
                )


def check_figures(folder: ReportFolder) -> Iterator[Finding]:
    """Pictures of kinds that draw what they are given; no trace that embeds raw columns or fetches maps."""
    for document in folder.list_of(".html"):
        for number, figure in enumerate(document.figures, start=1):
            for what in dict.fromkeys(_look_at_figure(figure)):
                yield Finding(check="figures", file=document.name, where=f"figure {number}", what=what)


def _look_at_figure(figure: Any) -> Iterator[str]:
    if not isinstance(figure, dict) or figure.keys() != {"data", "layout"}:
        yield "it is not a figure"
        return
    for trace in figure["data"]:
        if trace.get("type") not in _TRACES:
            yield f"a trace of the kind {str(trace.get('type'))[:20]!r} could hold raw answers"
        for key in sorted(_list_keys(trace) & _RAW_DATA):
            yield f"it has {key!r}, which a reader does not see"
    for key in sorted(figure["layout"].keys() & (_ELSEWHERE_DRAWN | _RAW_DATA)):
        yield f"its layout has {key!r}"


def _list_keys(value: Any) -> set[str]:
    if isinstance(value, dict):
        return {*value, *(key for each in value.values() for key in _list_keys(each))}
    return {key for each in value for key in _list_keys(each)} if isinstance(value, list) else set()


def check_traces(folder: ReportFolder) -> Iterator[Finding]:
    """No code and no folder, user or host of the machine that built it.

    What people typed, and the publication therefore holds, is none of these, whatever it looks like.
    """
    pattern = _machine_pattern()
    for document in folder.list_of(".html", ".svg", ".md", ".csv"):
        text = "\n".join(document.readable)
        found = [mark for mark in _MARKS_OF_CODE if mark in text] + pattern.findall(text)
        typed = "\n".join(list_strings(folder.publication_of(document))) if found else ""
        for told in dict.fromkeys(each for each in found if each not in typed):
            what = "a part of the program, or a name of the machine, that built it"
            yield Finding(check="traces", file=document.name, where=told[:60], what=what)


@cache
def _machine_pattern() -> re.Pattern[str]:
    folders = (Path.home(), Path.cwd(), Path(__file__).parents[2], Path(tempfile.gettempdir()))
    names = {str(path) for path in folders if len(path.parts) > 1}
    with suppress(OSError, KeyError):  # a user without a name
        names |= {name for name in (getpass.getuser(), socket.gethostname()) if len(name) > 6}
    known = "|".join(map(re.escape, sorted(names, key=len, reverse=True))) or "(?!)"
    return re.compile(rf"(?<![\w.])(?:{known})(?!\w)")


CHECKS: Mapping[str, Callable[[ReportFolder], Iterable[Finding]]] = {
    "manifests": check_manifests,
    "schema": check_schema,
    "editions": check_editions,
    "markup": check_markup,
    "links": check_links,
    "figures": check_figures,
    "traces": check_traces,
    "numbers": check_numbers,
    "sentences": check_sentences,
}
"""What can be asked of any finished folder, by name."""
KNOWING_CHECKS: Mapping[str, Callable[[ReportFolder, Knowledge], Iterable[Finding]]] = {
    "names": check_names,
    "words": check_words,
    "answers": check_answers,
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


def format_findings(findings: Sequence[Finding], *, most: int) -> str:
    """The first findings, a line each, and how many more there are."""
    lines = [f"  {finding}" for finding in findings[:most]]
    lines += [f"  … and {len(findings) - most} more"] if len(findings) > most else []
    return "\n".join(lines)
