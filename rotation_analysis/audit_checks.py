"""What holds of any finished report folder: it is whole, closed to the network, and nothing stands beside.

Each check takes a `ReportFolder` and yields findings; `audit` lists them and adds those that know the
programme (`audit_traces`).
"""

from __future__ import annotations

import base64
import getpass
import hashlib
import json
import posixpath
import re
import socket
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from .audit_files import MANIFEST, Document, Element, Finding, ReportFolder
from .pages import content_policy

SUFFIXES = (".html", ".json", ".md", ".svg", ".csv")
BUILD_AGAIN = "build the reports again; hand nothing of this folder on"
_SEGMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,79}(?:\.[a-z]{2})?(?:\.[a-z]{2,4})?")
_REFERENCES = frozenset(
    [
        "action",
        "archive",
        "background",
        "cite",
        "classid",
        "codebase",
        "data",
        "formaction",
        "href",
        "icon",
        "longdesc",
        "manifest",
        "ping",
        "poster",
        "profile",
        "src",
        "srcdoc",
        "srcset",
        "usemap",
        "xlink:href",
        "xml:base",
    ]
)
_ELSEWHERE = re.compile(r"\s*(?:[a-z][a-z0-9+.-]*:|[/\\]{2})", re.IGNORECASE)
_FETCHED_BY_STYLE = re.compile(r"@import|url\s*\(|image-set\s*\(|expression\s*\(|-moz-binding", re.IGNORECASE)
_IN_MARKDOWN = re.compile(
    r"(?<!\\)\]\(\s*<?\s*([^)\s>]+)|(?<!\\)<([a-z][a-z0-9+.-]*:[^>\s]*)>|^\s{0,3}\[[^\]]+\](?<!\\\]):\s*(\S+)"
    r"|(?<![\w\\])((?:https?|ftp)://\S+|www\.\S+)|(?<!\\)(<[a-z/!][^>]*>)",
    re.IGNORECASE | re.MULTILINE,
)
_HARMLESS_DATA = ("data:,",)
_ELEMENTS_THAT_LOAD = frozenset(
    [
        "applet",
        "audio",
        "base",
        "embed",
        "fencedframe",
        "form",
        "frame",
        "frameset",
        "iframe",
        "image",
        "img",
        "input",
        "object",
        "picture",
        "portal",
        "source",
        "track",
        "video",
        "animate",
        "set",
        "foreignobject",
        "feimage",
        "use",
    ]
)
_TRACES = frozenset({"scatter", "bar"})
_KEYS_OF_RAW_DATA = frozenset({"bdata", "ids", "meta", "uid", "source", "transforms", "selectedpoints"})
_META_NAMES = frozenset({"viewport", "referrer"})
_DATA_ATTRIBUTES = frozenset({"data-figure", "data-quarto-disable-processing", "data-quarto-bootstrap"})
_MACHINE: Mapping[str, tuple[tuple[str, ...], re.Pattern[str]]] = {  # marks to look for first: they are quick
    "a path of a machine": (
        (
            "/home/",
            "/Users/",
            "/root/",
            "/tmp/",
            "/private/",
            "/var/folders/",
            "/work/",
            "/mnt/",
            "/opt/",
            ":\\",
            "file:/",
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


# --- whole ------------------------------------------------------------------------------------------------


def check_manifests(folder: ReportFolder) -> Iterator[Finding]:
    """A manifest over everything and one in each audience's folder; each names every file with its hash."""
    homes = {document.home for document in folder.documents if document.home}
    whole = {"": "manifest.json"} if any(not document.home for document in folder.documents) else {}
    for home in sorted({*homes, *whole}):
        name = f"{home}/{MANIFEST}" if home else MANIFEST
        manifest = folder.by_name.get(name)
        outputs = _outputs_of(manifest)
        if manifest is None or outputs is None:
            yield _broken(name, "there is no manifest that names what was built")
            continue
        prefix = f"{home}/" if home else ""
        there = {d.name for d in folder.documents if d.name.startswith(prefix) and d.name != name}
        listed = {prefix + path: digest for path, digest in outputs.items()}
        yield from (_broken(path, f"{name} does not name it") for path in sorted(there - listed.keys()))
        yield from (
            _broken(path, f"{name} names it, and it is not there") for path in sorted(listed.keys() - there)
        )
        for path in sorted(there & listed.keys()):
            if hashlib.sha256(folder.by_name[path].data).hexdigest() != listed[path]:
                yield _broken(path, f"it is not the file that {name} names: its SHA-256 differs")
        reports = manifest.content.get("reports", [])
        for path in sorted(prefix + str(report["path"]) for report in reports if isinstance(report, dict)):
            if path not in there:
                yield _broken(path, f"{name} names it as a report, and it is not there")


def _outputs_of(manifest: Document | None) -> dict[str, str] | None:
    content = manifest.content if manifest is not None else None
    outputs = content.get("outputs") if isinstance(content, dict) else None
    return outputs if isinstance(outputs, dict) else None


def _broken(file: str, what: str) -> Finding:
    return Finding(check="manifests", file=file, what=what, next_step=BUILD_AGAIN)


def check_places(folder: ReportFolder) -> Iterator[Finding]:
    """Files of the kinds that reports are, in folders of audiences, with plain names; no caches, no links."""
    for name in folder.strange:
        yield Finding(check="places", file=name, what="a link or a device is no file", next_step=BUILD_AGAIN)
    for document in folder.documents:
        parts = document.name.split("/")
        told = None
        if document.audience is None:
            told = f"{parts[0]}/ is no folder of an audience"
        elif document.suffix not in SUFFIXES:
            told = f"a file of this kind is in no report ({', '.join(SUFFIXES)} are)"
        elif not all(_SEGMENT.fullmatch(part) for part in parts):
            told = "a name in its path is none that a report has"
        elif document.suffix == ".json" and document.content is None:
            told = "it is no JSON"
        if told:
            yield Finding(check="places", file=document.name, what=told, next_step=BUILD_AGAIN)


# --- closed to the network --------------------------------------------------------------------------------


def check_network(folder: ReportFolder) -> Iterator[Finding]:
    """Nothing that a reader's browser or editor would fetch, or that leads out of the folder's files."""
    for document in folder.documents:
        if document.suffix in (".html", ".svg"):
            found = _fetched_by_markup(document)
        elif document.suffix == ".md":
            found = _fetched_by_markdown(document)
        else:
            continue
        for where, what in found:
            yield Finding(
                check="network",
                file=document.name,
                where=where,
                what=f"it refers to something outside of the report: {what[:120]}",
                next_step="text of the programme must pass parts.escape or markdown.escape_markdown",
            )


def _fetched_by_markup(document: Document) -> Iterator[tuple[str, str]]:
    for element in document.markup.elements:
        for name, value in element.attributes:
            here = f"<{element.tag} {name}>"
            if name in _REFERENCES and _ELSEWHERE.match(value) and value not in _HARMLESS_DATA:
                yield here, value
            if name == "style" and _FETCHED_BY_STYLE.search(_without_css_escapes(value)):
                yield here, value
            if name == "http-equiv" and value.lower() == "refresh":
                yield here, element.get("content") or ""
        if element.tag in _ELEMENTS_THAT_LOAD:
            yield f"<{element.tag}>", "an element that loads or sends"
        if element.tag == "style" and _FETCHED_BY_STYLE.search(_without_css_escapes(element.content)):
            yield "<style>", "a style sheet that loads"
        if element.tag == "link" and (element.get("rel"), element.get("href")) != ("icon", "data:,"):
            yield "<link>", element.get("href") or ""


def _without_css_escapes(style: str) -> str:
    """Style as a browser reads it: `\\75rl(` is url(; comments between letters fall away."""
    plain = re.sub(r"/\*.*?\*/", "", style, flags=re.DOTALL)
    return re.sub(r"\\([0-9a-fA-F]{1,6})\s?", lambda code: chr(int(code[1], 16) % 0x110000), plain)


def _fetched_by_markdown(document: Document) -> Iterator[tuple[str, str]]:
    for number, line in enumerate(document.text.split("\n"), start=1):
        for found in _IN_MARKDOWN.finditer(line):
            target = next(group for group in found.groups() if group)
            if _ELSEWHERE.match(target) or target.startswith(("<", "www.", "/")):
                yield f"line {number}", target


def check_links(folder: ReportFolder) -> Iterator[Finding]:
    """Every link and picture leads to a file of the same audience's folder that is there."""
    for document in folder.documents:
        for target in _local_targets(document):
            at = posixpath.normpath(posixpath.join(posixpath.dirname(document.name), target))
            inside = not at.startswith("../") and (not document.home or at.startswith(f"{document.home}/"))
            if not inside or at not in folder.by_name:
                told = "leads to no file of the folder" if inside else "leads out of the reader's own folder"
                yield Finding(
                    check="links", file=document.name, where=target, what=told, next_step=BUILD_AGAIN
                )


def _local_targets(document: Document) -> Iterator[str]:
    targets: list[str] = []
    if document.suffix in (".html", ".svg"):
        for element in document.markup.elements:
            targets += [value for name, value in element.attributes if name in _REFERENCES]
    elif document.suffix == ".md":
        targets = [found[1] for found in re.finditer(r"(?<!\\)\]\(\s*<?([^)\s>]+)", document.text)]
    for target in targets:
        path = target.split("#")[0].split("?")[0]
        if path and not _ELSEWHERE.match(target):
            yield path


# --- scripts ----------------------------------------------------------------------------------------------


def check_scripts(folder: ReportFolder) -> Iterator[Finding]:
    """The content security policy first, our one script by its hash, data blocks; no handler, nothing else."""
    for document in folder.documents:
        if document.suffix not in (".html", ".svg"):
            continue
        for where, what in (*_foreign_scripts(document), *_policy_gaps(document)):
            yield Finding(check="scripts", file=document.name, where=where, what=what, next_step=BUILD_AGAIN)


def _policy_gaps(document: Document) -> Iterator[tuple[str, str]]:
    """A page's policy stands before anything that it is to govern."""
    if document.suffix != ".html":
        return
    policies = [
        e for e in document.markup.elements if (e.get("http-equiv") or "").lower().startswith("content-s")
    ]
    if len(policies) != 1 or policies[0].get("content") != content_policy():
        yield "<meta>", "the content security policy is not the one of this version's pages"
    before = [element.tag for element in document.markup.elements[:4]]
    if policies and before[:3] != ["html", "head", "meta"]:
        yield "<head>", "something stands before the content security policy"
    if policies and policies[0] not in document.markup.elements[:4]:
        yield "<head>", "the content security policy does not stand first"


def _foreign_scripts(document: Document) -> Iterator[tuple[str, str]]:
    allowed = content_policy()
    for element in document.markup.elements:
        for name, value in element.attributes:
            if name.startswith("on"):
                yield f"<{element.tag} {name}>", "an event handler"
            if value.strip().lower().startswith(("javascript:", "vbscript:")):
                yield f"<{element.tag} {name}>", "a link that is a script"
        if element.tag != "script":
            continue
        if document.suffix == ".svg":
            yield "<script>", "a picture with a script"
        elif not _is_data(element) and (
            element.attributes or f"'sha256-{_digest(element.content)}'" not in allowed
        ):
            yield "<script>", "a script that is not this version's"


def _is_data(script: Element) -> bool:
    """A figure's data or plotly.js, packed: nothing that a browser runs."""
    kind, data, name = (script.get(key) for key in ("type", "data-figure", "id"))
    return (kind, bool(data)) == ("application/json", True) or (kind, name) == ("text/plain", "plotly")


@cache
def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


# --- nothing beside ---------------------------------------------------------------------------------------


def check_figures(folder: ReportFolder) -> Iterator[Finding]:
    """Pictures of the kinds that draw what they are given; no trace that embeds raw columns or fetches maps."""
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
    """No comment, no hidden attribute, no path, user, host, time or traceback of the machine that built it."""
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
