"""A report folder as an audit reads it: what its manifest names and nothing else, and the text of each file.

A file that no manifest names, or of a kind that no report has, is a finding and is never opened.
"""

from __future__ import annotations

import hashlib
import html
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

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
PLACE = re.compile(
    r"index\.html|manifest\.json"
    r"|owner/(?:account\.json|manifest\.json|(?:cohort-[^/]+/)?(?:results\.json|{name}(?:html|md)))"
    r"|(?:graduates|home-managers)/[^/]+/(?:(?:results|manifest)\.json|{name}(?:html|md|csv)|{figure})"
    r"|leadership/(?:(?:publication|manifest)\.json|{name}(?:html|md)|{figure})".replace(
        "{name}", r"[a-z0-9-]+\.[a-z]{2}\."
    ).replace("{figure}", r"figures/[a-z0-9-]+\.[a-z]{2}\.svg")
)
"""Every path that a build writes."""
_INLINE = frozenset("a abbr b bdi cite code em i mark q s small span strong sub sup time tspan u wbr".split())
_UNREAD_ATTRIBUTES = frozenset(
    "class style id lang type rel role scope http-equiv d points transform viewbox fill stroke xmlns".split()
) | {"text-anchor", "dominant-baseline", "font-family", "stroke-dasharray"}
_STYLE_OF_FIGURES = re.compile(
    r"template|.*(?:color|family|anchor|ref|side|mode|format|position)|type|dash|symbol|align|orientation|ticks"
)
"""Keys of a figure whose values are plotly's own words, never ours."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Something in a report folder that must not be there, or is missing: where, and what to do about it."""

    check: str
    file: str
    what: str
    where: str = ""
    next_step: str = BUILD_AGAIN

    def __str__(self) -> str:
        place = f"{self.file} ({self.where})" if self.where else self.file
        return f"{self.check}: {place}: {self.what}; {self.next_step}"


# --- markup -----------------------------------------------------------------------------------------------


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
        self._end_run(tag)

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

    def unknown_decl(self, data: str) -> None:
        self.hidden.append(data)

    def _end_run(self, tag: str = "") -> None:
        if tag not in _INLINE:
            if self._run.strip():
                self.runs.append(self._run.strip())
            self._run = ""


def read_label(text: str) -> str:
    """A label as plotly shows it: its tags left out.

    >>> read_label("a<br>b &lt;c")
    'ab <c'
    """
    return html.unescape(re.sub("<[^>]*>", "", text))


def list_strings(value: Any, *, skip: re.Pattern[str] | None = None) -> Iterator[str]:
    """Every text within plain JSON, keys too; without those under a key that `skip` matches."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, each in value.items():
            if skip is None or not skip.fullmatch(key):
                yield from (key, *list_strings(each, skip=skip))
    elif isinstance(value, list | tuple):
        for each in value:
            yield from list_strings(each, skip=skip)


# --- files ------------------------------------------------------------------------------------------------


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
        return AUDIENCES.get(self.name.partition("/")[0], "owner")

    @property
    def person(self) -> str | None:
        """The person whose folder it lies in, of the audiences that have one per person."""
        personal = self.audience in ("graduate", "home_manager")
        return self.name.split("/")[1] if personal else None

    @property
    def home(self) -> str:
        """The audience's own folder: what a link may not leave; empty for the whole folder's files."""
        return Edition(audience=self.audience, person=self.person).folder if "/" in self.name else ""

    @cached_property
    def sha256(self) -> str:
        """Its hash, as manifests name it."""
        return hashlib.sha256(self.data).hexdigest()

    @cached_property
    def text(self) -> str:
        """The file as UTF-8; what is not UTF-8 as U+FFFD."""
        return self.data.decode("utf-8", "replace")

    @cached_property
    def content(self) -> Any:
        """The value of a JSON file; None where it is not JSON."""
        try:
            return json.loads(self.text) if self.suffix == ".json" else None
        except (ValueError, RecursionError):
            return None

    @cached_property
    def markup(self) -> Markup | None:
        """A page or picture taken apart; None of other files."""
        return Markup(self.text) if self.suffix in (".html", ".svg") else None

    @cached_property
    def figures(self) -> tuple[Any, ...]:
        """The data blocks of a page; None for one that is not JSON."""
        found = []
        for element in self.markup.elements if self.markup else ():
            if element.tag == "script" and element.attributes.get("type") == "application/json":
                try:
                    found.append(json.loads(element.content))
                except (ValueError, RecursionError):
                    found.append(None)
        return tuple(found)

    @cached_property
    def readable(self) -> tuple[str, ...]:
        """Every text that a reader, a screen reader, or an editor can show: the file's name comes first."""
        if self.markup is None:
            if self.suffix == ".json":
                return (self.name, *list_strings(self.content))
            return (self.name, html.unescape(self.text) if self.suffix == ".md" else self.text)
        elements = self.markup.elements
        attributes = (
            value
            for element in elements
            if "http-equiv" not in element.attributes
            for name, value in element.attributes.items()
            if name not in _UNREAD_ATTRIBUTES
        )
        styles = (element.content for element in elements if element.tag == "style")
        drawn = (
            read_label(text)
            for figure in self.figures
            for text in list_strings(figure, skip=_STYLE_OF_FIGURES)
        )
        return (self.name, *self.markup.runs, *self.markup.hidden, *attributes, *styles, *drawn)


@dataclass(frozen=True)
class ReportFolder:
    """The files that the manifest names, and what is wrong with the folder as a whole."""

    documents: tuple[Document, ...]
    broken: tuple[Finding, ...] = ()
    by_name: Mapping[str, Document] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", {document.name: document for document in self.documents})

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
    """What the folder's manifest names; an audience's own folder, handed on alone, as where it belongs."""
    path = folder / MANIFEST
    outputs = _read_outputs(Document(MANIFEST, path.read_bytes())) if _is_file(path) else None
    if outputs is None:
        return ReportFolder((), (_broken(MANIFEST, "there is no manifest that names what was built"),))
    prefix = "" if "index.html" in outputs else _find_prefix(folder, outputs)
    there = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*"))}
    documents, broken = [], []
    for name, path in there.items():
        if path.is_dir() and not path.is_symlink():
            if not any(output.startswith(f"{name}/") for output in outputs):
                broken.append(
                    _broken(f"{prefix}{name}/", "the manifest does not name anything in this folder")
                )
        elif name not in (*outputs, MANIFEST):
            broken.append(_broken(prefix + name, "the manifest does not name it"))
        elif not _is_file(path):
            broken.append(_broken(prefix + name, "a link or a device is not a file"))
        elif not PLACE.fullmatch(prefix + name):
            broken.append(_broken(prefix + name, "no report has a file of this kind or name in this place"))
        else:
            documents.append(Document(prefix + name, path.read_bytes()))
    broken += [
        _broken(prefix + name, "the manifest names it, and it is not there")
        for name in outputs.keys() - there.keys()
    ]
    found = ReportFolder(tuple(documents))
    broken += _check_hashes(found, prefix, outputs)
    homes = {document.home for document in documents} - {"", prefix.rstrip("/")}
    for home in sorted(homes):
        broken += _check_home(found, home)
    return ReportFolder(found.documents, tuple(sorted(broken, key=lambda finding: finding.file)))


def _is_file(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _check_hashes(folder: ReportFolder, prefix: str, outputs: Mapping[str, str]) -> Iterator[Finding]:
    """Files, and reports, that are not those which the manifest names."""
    for name, digest in outputs.items():
        document = folder.by_name.get(prefix + name)
        if document is not None and document.sha256 != digest:
            yield _broken(
                document.name, f"it is not the file that {prefix}{MANIFEST} names: its SHA-256 differs"
            )
    for report in folder.by_name[prefix + MANIFEST].content.get("reports", ()):
        path = report.get("path") if isinstance(report, dict) else None
        if path not in outputs:
            yield _broken(f"{prefix}{path}", f"{prefix}{MANIFEST} names it as a report, and it is not there")


def _check_home(folder: ReportFolder, home: str) -> Iterator[Finding]:
    """What an audience's own manifest names differently from what lies in its folder."""
    manifest = folder.by_name.get(f"{home}/{MANIFEST}")
    outputs = _read_outputs(manifest) if manifest is not None else None
    if outputs is None:
        yield _broken(f"{home}/{MANIFEST}", "there is no manifest that names what was built")
        return
    there = {d.name.removeprefix(f"{home}/") for d in folder.documents if d.name.startswith(f"{home}/")}
    for name in sorted((there - {MANIFEST}) ^ outputs.keys()):
        yield _broken(f"{home}/{name}", f"{home}/{MANIFEST} and what lies in its folder differ")
    yield from _check_hashes(folder, f"{home}/", outputs)


def _read_outputs(manifest: Document) -> dict[str, str] | None:
    outputs = manifest.content.get("outputs") if isinstance(manifest.content, dict) else None
    return outputs if isinstance(outputs, dict) else None


def _find_prefix(folder: Path, outputs: Mapping[str, str]) -> str:
    """Where a folder handed on alone belongs: graduates/p03/ by the publication in it; else nowhere."""
    for name in ("results.json", "publication.json"):
        if name in outputs and _is_file(folder / name):
            content = Document(name, (folder / name).read_bytes()).content
            if isinstance(content, dict) and content.get("edition") in AUDIENCE_FOLDERS:
                return f"{Edition(audience=content['edition'], person=content.get('person')).folder}/"
    return ""


def _broken(file: str, what: str) -> Finding:
    return Finding(check="manifests", file=file, what=what)
