"""What holds of any finished report folder: it is whole, closed to the network, and nothing stands beside.

Each check takes a `ReportFolder` and yields findings; `audit` lists them and adds those that know the
programme (`audit_traces`).
"""

from __future__ import annotations

import base64
import hashlib
import posixpath
import re
from collections.abc import Iterator
from functools import cache

from .audit_files import BUILD_AGAIN, MANIFEST, Document, Element, Finding, ReportFolder
from .pages import content_policy

SUFFIXES = (".html", ".json", ".md", ".svg", ".csv")
_SEGMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,79}(?:\.[a-z]{2})?(?:\.[a-z]{2,4})?")
_REFERENCES = frozenset(
    # attributes that a browser follows or fetches
    {"action", "archive", "background", "cite", "classid", "codebase", "data", "formaction", "href", "icon"}
    | {"longdesc", "manifest", "ping", "poster", "profile", "src", "srcdoc", "srcset", "usemap"}
    | {"xlink:href", "xml:base"}
)
_ELSEWHERE = re.compile(r"\s*(?:[a-z][a-z0-9+.-]*:|[/\\]{2})", re.IGNORECASE)
_FETCHED_BY_STYLE = re.compile(r"@import|url\s*\(|image-set\s*\(|expression\s*\(|-moz-binding", re.IGNORECASE)
_IN_MARKDOWN = re.compile(
    r"(?<!\\)\]\(\s*+<?\s*+([^)\s>]+)|^\s{0,3}\[[^\]]+\](?<!\\\]):\s*(\S+)"
    r"|(?<![\w\\])((?:https?|ftp)://\S+|www\.\S+)|(?<!\\)(<[a-z/!][^\s>]*)",
    re.IGNORECASE | re.MULTILINE,
)
_CODE = re.compile(r"(?<![\\`])`[^`]++`(?!`)")
"""A span of code as `markdown` writes it: what stands in it is no link."""
_HARMLESS_DATA = ("data:,",)
_ELEMENTS_THAT_LOAD = frozenset(
    {
        "animate",
        "applet",
        "audio",
        "base",
        "embed",
        "feimage",
        "fencedframe",
        "foreignobject",
        "form",
        "frame",
    }
    | {"frameset", "iframe", "image", "img", "input", "object", "picture", "portal", "set", "source", "track"}
    | {"use", "video"}
)


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
            if folder.by_name[path].sha256 != listed[path]:
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
    plain = re.sub(r"/\*.*?(?:\*/|\Z)", "", style, flags=re.DOTALL)
    return re.sub(r"\\([0-9a-fA-F]{1,6})\s?", lambda code: chr(int(code[1], 16) % 0x110000), plain)


def _fetched_by_markdown(document: Document) -> Iterator[tuple[str, str]]:
    for number, line in enumerate(document.text.split("\n"), start=1):
        for found in _IN_MARKDOWN.finditer(_CODE.sub("`", line)):
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
    """The content security policy first, our one script by its hash, data blocks; no handler, no other."""
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
