"""A report folder as an audit reads it: every file, whose it is, bytes decoded, markup taken apart."""

from __future__ import annotations

import hashlib
import html
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from .decodings import View, decode_all
from .programme import Audience
from .publications import AUDIENCE_FOLDERS, Edition

MANIFEST = "manifest.json"
BUILD_AGAIN = "build the reports again; hand nothing of this folder on"
AUDIENCES: Mapping[str, Audience] = {
    "owner": "owner",
    "graduates": "graduate",
    "home-managers": "home_manager",
    "leadership": "leadership",
}
_PERSONAL = ("graduate", "home_manager")
_ATTRIBUTE = r"""(?<!\s)\s++([^\s"'<>/=]+)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s"'=<>`]+))?"""
_TAG = re.compile(rf"<(/?)([A-Za-z][A-Za-z0-9:-]*)((?:{_ATTRIBUTE})*)\s*(/?)>")
_ONE_ATTRIBUTE = re.compile(_ATTRIBUTE)
_RAW = ("script", "style")


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Something in a report folder that may not be there, or is missing: where, and what to do about it."""

    check: str
    file: str
    what: str
    where: str = ""
    next_step: str = ""

    def __str__(self) -> str:
        place = f"{self.file} ({self.where})" if self.where else self.file
        return f"{self.check}: {place}: {self.what}" + (f"; {self.next_step}" if self.next_step else "")


@dataclass(frozen=True)
class Element:
    """One start tag: name and attributes, unescaped; `content` of script and style as written."""

    tag: str
    attributes: tuple[tuple[str, str], ...]
    content: str = ""

    def get(self, name: str) -> str | None:
        """The attribute's value; None where it is not there."""
        return next((value for key, value in self.attributes if key == name), None)


@dataclass(frozen=True)
class Markup:
    """HTML or SVG taken apart: start tags in order, text runs between them, and what is neither."""

    elements: tuple[Element, ...]
    texts: tuple[tuple[str, str], ...]
    strange: tuple[str, ...]


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
    def audience(self) -> Audience | None:
        """Whose folder it lies in; what lies at the top is the owner's."""
        first, _, rest = self.name.partition("/")
        return AUDIENCES.get(first) if rest else "owner"

    @property
    def person(self) -> str | None:
        """The person whose folder it lies in, of the audiences that have one a person."""
        parts = self.name.split("/")
        return parts[1] if self.audience in _PERSONAL and len(parts) > 2 else None

    @property
    def home(self) -> str:
        """The audience's own folder: what a link may not leave; empty for the whole folder's files."""
        if "/" not in self.name or self.audience is None:
            return ""
        return Edition(audience=self.audience, person=self.person).folder

    @cached_property
    def sha256(self) -> str:
        """Its hash, as manifests name it."""
        return hashlib.sha256(self.data).hexdigest()

    @cached_property
    def text(self) -> str:
        """The file as UTF-8, what is none of it left out."""
        return self.data.decode("utf-8", "replace")

    @cached_property
    def views(self) -> tuple[View, ...]:
        """Every reading of the bytes (`decodings`)."""
        return tuple(decode_all(self.data, name=self.name))

    @cached_property
    def markup(self) -> Markup:
        """The page's tags and texts."""
        return take_apart(self.text)

    @cached_property
    def content(self) -> Any:
        """What a JSON file holds; None where it is none."""
        try:
            return json.loads(self.text)
        except (ValueError, RecursionError):
            return None


@dataclass(frozen=True)
class ReportFolder:
    """Every regular file of a folder, and the names of what is none."""

    documents: tuple[Document, ...]
    strange: tuple[str, ...] = ()

    @cached_property
    def by_name(self) -> dict[str, Document]:
        """Documents by their path."""
        return {document.name: document for document in self.documents}

    def publication_of(self, document: Document) -> dict[str, Any]:
        """The publication a file's edition was made of; empty where there is none."""
        parts = document.name.split("/")[:-1]
        while parts:
            for name in ("results.json", "publication.json"):
                found = self.by_name.get("/".join([*parts, name]))
                if found is not None and isinstance(found.content, dict):
                    return found.content
            parts.pop()
        return {}


def read_folder(folder: Path) -> ReportFolder:
    """Every file below a folder, in the order of names; an audience's own folder as where it belongs."""
    prefix = _find_prefix(folder)
    documents, strange = [], []
    for path in sorted(folder.rglob("*")):
        name = prefix + path.relative_to(folder).as_posix()
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            strange.append(name)
        elif path.is_file():
            documents.append(Document(name, path.read_bytes()))
    return ReportFolder(tuple(documents), tuple(strange))


def _find_prefix(folder: Path) -> str:
    """Where a folder handed on alone belongs: graduates/p03/ by the publication in it, else nowhere."""
    for name in ("results.json", "publication.json"):
        path = folder / name
        if not path.is_file():
            continue
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            edition = Edition(audience=content["edition"], person=content.get("person"))
        except (ValueError, KeyError, TypeError, RecursionError):
            continue
        if edition.audience in AUDIENCE_FOLDERS:
            return f"{edition.folder}/"
    return ""


# --- markup -----------------------------------------------------------------------------------------------


def take_apart(text: str) -> Markup:
    """HTML or SVG as tags and texts, by a grammar stricter than a browser's: what does not fit is told.

    >>> take_apart('<p class="a">x &amp; y</p><!-- z -->').texts
    (('p', 'x & y'),)
    >>> take_apart('<p class="a">x &amp; y</p><!-- z -->').strange
    ('<!-- z -->',)
    """
    elements: list[Element] = []
    texts: list[tuple[str, str]] = []
    strange: list[str] = []
    at, inside = 0, [""]
    while at < len(text):
        tag = _TAG.match(text, at) if text[at] == "<" else None
        if tag is None:
            run, stray = _take_run(text, at)
            at += len(run)
            if stray:
                strange.append(run[:200])
            elif run.strip():
                texts.append((inside[-1], html.unescape(run.strip())))
            continue
        at = tag.end()
        name = tag[2].lower()
        if tag[1]:
            _close(inside, name)
            continue
        content = ""
        if name in _RAW:
            end = re.compile(rf"</{name}\s*>", re.IGNORECASE).search(text, at)
            content = text[at : end.start() if end else len(text)]
            at = end.end() if end else len(text)
        elif not tag[6] and name not in _VOID:
            inside.append(name)
        elements.append(Element(name, tuple(_attributes(tag[3])), content))
    return Markup(tuple(elements), tuple(texts), tuple(strange))


_VOID = ("meta", "link", "br", "hr", "img", "input", "col", "wbr", "source", "area", "base", "embed")


def _take_run(text: str, at: int) -> tuple[str, bool]:
    """Text up to the next tag; or, true beside it, something that begins with < and is no tag."""
    if text[at] != "<":
        end = text.find("<", at)
        return text[at : end if end >= 0 else len(text)], False
    if re.match(r"<!doctype html>|<\?xml [^<>]*\?>", text[at : at + 200], re.IGNORECASE):
        return text[at : text.index(">", at) + 1], at > 0
    end = text.find("-->", at) + 3 if text.startswith("<!--", at) else text.find(">", at) + 1
    return text[at : end if end > at else len(text)], True


def _close(inside: list[str], name: str) -> None:
    if name in inside:
        while inside.pop() != name:
            pass


def _attributes(text: str) -> Iterator[tuple[str, str]]:
    for match in _ONE_ATTRIBUTE.finditer(text):
        value = match[2] or ""
        yield match[1].lower(), html.unescape(value[1:-1] if value[:1] in "\"'" else value)
