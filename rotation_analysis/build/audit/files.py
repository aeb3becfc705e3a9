"""A report folder as an audit reads it: the files that its manifest names, and the text of each.

A file that no manifest names, or of a kind that no build writes, is a finding and is never opened.
"""

from __future__ import annotations

import hashlib
import html
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from ...disclosure.publications import AUDIENCE_FOLDERS, Edition
from ...programme.model import Audience

MANIFEST = "manifest.json"
RESULTS = ("results.json", "publication.json")
_PAGE, _PICTURE = r"[a-z0-9-]+\.[a-z]{2}\.", r"figures/[a-z0-9-]+\.[a-z]{2}\.svg"
PLACE = re.compile(
    r"index\.html|manifest\.json|owner/(?:account|manifest)\.json"
    rf"|owner/(?:cohort-[^/]+/)?(?:results\.json|{_PAGE}(?:html|md))"
    rf"|(?:graduates|home-managers)/[^/]+/(?:(?:results|manifest)\.json|{_PAGE}(?:html|md|csv)|{_PICTURE})"
    rf"|leadership/(?:(?:publication|manifest)\.json|{_PAGE}(?:html|md)|{_PICTURE})"
)
"""Every path that a build or a print writes into a report folder."""
INLINE = re.compile("a|abbr|b|bdi|cite|code|em|i|mark|q|s|small|span|strong|su[bp]|time|tspan|u|wbr")
UNREAD = re.compile(
    "charset|class|d|fill|height|hidden|http-equiv|id|lang|points|rel|role|scope|stroke|style|transform|type|viewbox"
    "|width|xmlns"
)
"""Attributes that no browser shows and no screen reader reads out."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Something in a report folder that must not be there, or is missing: where, and what to do about it."""

    check: str
    file: str
    what: str
    where: str = ""
    next_step: str = "build the reports again; hand nothing of this folder on"

    def __str__(self) -> str:
        place = f"{self.file} ({self.where})" if self.where else self.file
        return f"{self.check}: {place}: {self.what}; {self.next_step}"


@dataclass
class Element:
    """One start tag with its attributes; `content` of script and style as written."""

    tag: str
    attributes: dict[str, str]
    content: str = ""


class Markup(HTMLParser):
    """HTML or SVG taken apart: start tags, runs of text (inline tags do not end one), and what nobody reads.

    >>> Markup("<p>x <b>&amp;</b> y</p><!-- z -->").runs, Markup("<!-- z -->").hidden
    (['x & y'], [' z '])
    """

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[Element] = []
        self.runs: list[str] = []
        self.hidden: list[str] = []
        self._run, self._raw = "", False
        self.feed(text)
        self.close()
        self._end_run()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._raw = tag in ("script", "style")
        self.elements.append(Element(tag, {name: value or "" for name, value in attrs}))
        self._end_run("" if ("class", "why") in attrs else tag)  # a line of its own in a table's cell

    def handle_endtag(self, tag: str) -> None:
        self._raw = False
        self._end_run(tag)

    def handle_data(self, data: str) -> None:
        if self._raw:
            self.elements[-1].content += data
        else:
            self._run += data

    def handle_comment(self, data: str) -> None:
        self.hidden.append(data)

    def handle_pi(self, data: str) -> None:
        if not data.startswith("xml "):
            self.hidden.append(data)

    def unknown_decl(self, data: str) -> None:
        self.hidden.append(data)

    def _end_run(self, tag: str = "") -> None:
        if not INLINE.fullmatch(tag):
            if self._run.strip():
                self.runs.append(self._run.strip())
            self._run = ""


def read_label(text: str) -> str:
    """A label as plotly shows it: its tags left out, lines between Latin letters parted by a blank.

    >>> read_label("<b>a<br>b</b> &lt;c"), read_label("帰任<br>後")
    ('a b <c', '帰任後')
    """
    return html.unescape(re.sub("<[^>]*>", "", re.sub("(?<=[!-~])<br>(?=[!-~])", " ", text)))


def list_strings(value: Any) -> Iterator[str]:
    """Every text within plain JSON, without keys."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list | tuple):
        for each in value.values() if isinstance(value, dict) else value:
            yield from list_strings(each)


@dataclass(frozen=True)
class Document:
    """One file: its path below the report folder and its bytes."""

    name: str
    data: bytes

    @property
    def suffix(self) -> str:
        """.html, .json, .md, .svg, .csv."""
        return Path(self.name).suffix

    @property
    def audience(self) -> Audience:
        """Whose folder it lies in; what lies at the top is the owner's."""
        top = self.name.partition("/")[0]
        found: list[Any] = [audience for audience, folder in AUDIENCE_FOLDERS.items() if folder == top]
        return found[0] if found else "owner"

    @property
    def person(self) -> str | None:
        """The person whose folder it lies in, of the audiences that have one per person."""
        return self.name.split("/")[1] if self.audience in ("graduate", "home_manager") else None

    @property
    def home(self) -> str:
        """The audience's own folder; the owner's is the whole one."""
        owner = self.audience == "owner"
        return "" if owner else Edition(audience=self.audience, person=self.person).folder

    @cached_property
    def text(self) -> str:
        """The file as UTF-8; what is not UTF-8 as U+FFFD."""
        return self.data.decode("utf-8", "replace")

    @cached_property
    def content(self) -> dict[str, Any]:
        """The object that a JSON file holds; empty where it holds none."""
        found = _read_json(self.text) if self.suffix == ".json" else None
        return found if isinstance(found, dict) else {}

    @cached_property
    def markup(self) -> Markup:
        """A page or picture taken apart; of other files nothing."""
        return Markup(self.text if self.suffix in (".html", ".svg") else "")

    @cached_property
    def figures(self) -> tuple[Any, ...]:
        """The figures of a page, in both forms; None for a block that holds none."""
        found: list[Any] = []
        for element in self.markup.elements:
            if element.tag == "script" and element.attributes.get("type") == "application/json":
                block = _read_json(element.content)
                known = isinstance(block, dict) and block.keys() == {"wide", "narrow"}
                found += [block["wide"], *([block["narrow"]] if block["narrow"] else [])] if known else [None]
        return tuple(found)

    @cached_property
    def readable(self) -> tuple[str, ...]:
        """Every text that a reader, a screen reader, or an editor can show: the file's name comes first."""
        if self.suffix == ".json":
            return (self.name, *list_strings(self.content))
        if self.suffix not in (".html", ".svg"):
            return (self.name, html.unescape(self.text) if self.suffix == ".md" else self.text)
        elements, markup = self.markup.elements, self.markup
        told = (
            value
            for element in elements
            if "http-equiv" not in element.attributes
            for name, value in element.attributes.items()
            if not UNREAD.fullmatch(name)
        )
        styles = (element.content for element in elements if element.tag == "style")
        drawn = map(read_label, list_strings(self.figures))
        return (self.name, *markup.runs, *markup.hidden, *told, *styles, *drawn)


def _read_json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


@dataclass(frozen=True)
class ReportFolder:
    """The files that the manifest names, by name, and what is wrong with the folder as a whole."""

    documents: Mapping[str, Document]
    broken: tuple[Finding, ...] = ()
    prefix: str = ""
    """Where a folder belongs that was handed on alone: leadership/."""

    def list_of(self, *suffixes: str) -> Iterator[Document]:
        """The files of some kinds."""
        return (document for document in self.documents.values() if document.suffix in suffixes)

    def list_publications(self) -> Iterator[Document]:
        """Every results.json and publication.json."""
        return (each for each in self.list_of(".json") if each.name.endswith(RESULTS))

    def publication_of(self, document: Document) -> dict[str, Any]:
        """The publication a file's edition was made of; empty where there is none."""
        parts = document.name.split("/")[:-1]
        while parts:
            for name in RESULTS:
                if found := self.documents.get("/".join([*parts, name])):
                    return found.content
            parts.pop()
        return {}


def read_folder(folder: Path) -> ReportFolder:
    """What the folder's manifest names; an audience's own folder, handed on alone, as where it belongs."""
    outputs = _read_outputs(_open(folder, MANIFEST))
    if outputs is None:
        return ReportFolder({}, (_broken(MANIFEST, "there is no manifest that names what was built"),))
    prefix = "" if "index.html" in outputs else _find_prefix(folder, outputs)
    there = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*"))}
    documents: dict[str, Document] = {}
    broken = [
        _broken(prefix + name, "the manifest names it, and it is not there")
        for name in sorted(outputs.keys() - there.keys())
    ]
    for name, path in there.items():
        if path.is_dir() and not path.is_symlink():
            if not any(output.startswith(f"{name}/") for output in outputs):
                broken.append(_broken(f"{prefix}{name}/", "the manifest names nothing in this folder"))
        elif name not in (*outputs, MANIFEST):
            broken.append(_broken(prefix + name, "the manifest does not name it"))
        elif not PLACE.fullmatch(prefix + name):
            broken.append(_broken(prefix + name, "no report has a file of this kind or name in this place"))
        elif found := _open(folder, name):
            documents[prefix + name] = Document(prefix + name, found.data)
        else:
            broken.append(_broken(prefix + name, "a link or a device is not a file"))
    homes = {f"{each.home or 'owner'}/" for each in documents.values() if "/" in each.name} - {prefix}
    broken += _check_manifest(documents, prefix)
    for home in sorted(homes):
        broken += _check_manifest(documents, home, within=True)
    return ReportFolder(documents, tuple(broken), prefix)


def _open(folder: Path, name: str) -> Document | None:
    path = folder / name
    return Document(name, path.read_bytes()) if path.is_file() and not path.is_symlink() else None


def _check_manifest(
    documents: Mapping[str, Document], home: str, *, within: bool = False
) -> Iterator[Finding]:
    """What a manifest, also one `within` a whole folder, names differently from what lies in its folder."""
    name = f"{home}{MANIFEST}"
    outputs = _read_outputs(documents.get(name))
    if outputs is None:
        yield _broken(name, "there is no manifest that names what was built")
        return
    there = {key.removeprefix(home): each for key, each in documents.items() if key.startswith(home)}
    for key in sorted((there.keys() - {MANIFEST}) ^ outputs.keys()) if within else ():
        yield _broken(home + key, f"{name} and what lies in its folder differ")
    for key in sorted(there.keys() & outputs.keys()):
        if hashlib.sha256(there[key].data).hexdigest() != outputs[key]:
            yield _broken(home + key, f"it is not the file that {name} names: its SHA-256 differs")
    reports = documents[name].content.get("reports")
    for report in reports if isinstance(reports, list) else ():
        path = report.get("path") if isinstance(report, dict) else None
        if path not in outputs:
            yield _broken(f"{home}{path}", f"{name} names it as a report, and it is not there")


def _read_outputs(manifest: Document | None) -> dict[str, str] | None:
    outputs = manifest.content.get("outputs") if manifest else None
    return outputs if isinstance(outputs, dict) else None


def _find_prefix(folder: Path, outputs: Mapping[str, str]) -> str:
    """Where a folder handed on alone belongs, by the publication in it: graduates/p03/; else nowhere."""
    for name in RESULTS:
        found = _open(folder, name) if name in outputs else None
        if found and found.content.get("edition") in AUDIENCE_FOLDERS:
            edition = Edition(audience=found.content["edition"], person=found.content.get("person"))
            return f"{edition.folder}/"
    return ""


def _broken(file: str, what: str) -> Finding:
    return Finding(check="manifests", file=file, what=what)
