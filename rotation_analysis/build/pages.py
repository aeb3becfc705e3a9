"""One self-contained page from an executed notebook: its outputs in order, no code, nothing fetched.

Figures travel as data blocks, plotly.js once, compressed; one constant script, named by its hash in the
page's policy, draws them.  The same outputs give the same bytes.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup, escape

from ..texts import Texts

FIGURE = "application/vnd.plotly.v1+json"
HTML = "text/html"
WRAPPER = '<div class="report">'
REPORT_LINK = re.compile(r'<a data-report="([a-z_]+)">(.*?)</a>')


@dataclass(frozen=True)
class Link:
    """A link to another page that the same reader holds: its report's name, and where it is from here."""

    report: str
    text: str
    href: str


@dataclass(frozen=True)
class Block:
    """One thing on the page: HTML as it stands, or a picture's data with its name and alternative text."""

    html: Markup | None = None
    figure: Markup | None = None
    name: str = ""
    alt: str = ""
    heights: tuple[int, int] = (0, 0)
    """Of the wide and of the narrow form, in pixels: the room that is kept for it."""


@dataclass
class Part:
    """A section of the page: its anchor, its line in the contents, what it consists of."""

    anchor: str
    contents: str
    new_sheet: bool = False
    blocks: list[Block] = field(default_factory=list)


def render_page(notebook: Any, *, report: str, title: str, texts: Texts, links: Sequence[Link] = ()) -> str:
    """The whole HTML document.

    `notebook` is an executed nbformat `NotebookNode`.  Outputs of the type text/html are taken as they stand
    (the reports have escaped them), pictures are drawn with `output.metadata["alt"]` as alternative text;
    printed text and code are left out.  `output.metadata["section"]` says to which section an output belongs,
    `contents` what the contents call it.  `report` is the report's name; `links` lead to pages that the same
    reader holds.

    Raises ValueError for an output that is an error, and for a picture without alternative text.
    """
    head, parts = _list_parts(notebook)
    has_figures = any(block.figure is not None for part in parts for block in part.blocks)
    hrefs = {link.report: link.href for link in links}
    for part in parts:
        part.blocks = [replace(b, html=_resolve_links(b.html, hrefs)) if b.html else b for b in part.blocks]
    return render_template(
        "page.html",
        report=report,
        title=title,
        language=texts.language,
        texts=texts,
        head=head,
        parts=parts,
        contents=[part for part in parts if part.contents],
        links=[link for link in links if link.text],
        script=Markup(read_script()),
        bundle=Markup(read_plotly()) if has_figures else None,
    )


def _resolve_links(text: Markup, hrefs: Mapping[str, str]) -> Markup:
    """Links to reports that the reader holds lead there; of others the words alone are left."""

    def resolve(found: re.Match[str]) -> str:
        href = hrefs.get(found[1])
        return f'<a href="{escape(href)}">{found[2]}</a>' if href else found[2]

    return Markup(REPORT_LINK.sub(resolve, text))


def render_template(name: str, *, title: str, language: str, **values: Any) -> str:
    """A whole HTML document: the template `name` in the head that all pages have, with `values` escaped."""
    style = Markup(_read("page.css").strip())
    template = _templates().get_template(name)
    return template.render(title=title, language=language, policy=content_policy(), style=style, **values)


def read_script() -> str:
    """The one script that every page holds."""
    return _read("page.js").strip()


def content_policy() -> str:
    """The content security policy of every page: its one script, the blob that script makes, no network."""
    digest = base64.b64encode(hashlib.sha256(read_script().encode()).digest()).decode()
    return (
        f"default-src 'none'; script-src 'sha256-{digest}' blob:; style-src 'unsafe-inline'; "
        "img-src data: blob:; font-src data:; base-uri 'none'; form-action 'none'"
    )


def _list_parts(notebook: Any) -> tuple[Markup, list[Part]]:
    """The head of the page, and its sections in order; what belongs to none is a section of its own."""
    parts: list[Part] = []
    head, number = Markup(""), 0
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            if output.output_type == "error":
                raise ValueError(f"no page is made of a notebook with an error in it: {output.ename}")
            data, about = output.get("data", {}), output.get("metadata", {})
            if about.get("head"):
                head = Markup(_unwrap(data[HTML]))
                continue
            if FIGURE in data:
                number += 1
                block = _figure_block(data[FIGURE], f"figure-{number}", about)
            elif HTML in data:
                block = Block(html=Markup(_unwrap(data[HTML])))
            else:
                continue
            anchor = about.get("section", "")
            if not parts or not anchor or parts[-1].anchor != anchor:
                name = anchor or f"part-{len(parts) + 1}"
                parts.append(Part(name, about.get("contents", ""), bool(about.get("new_sheet"))))
            parts[-1].blocks.append(block)
    return head, parts


def _unwrap(text: str) -> str:
    """An output's HTML without the element that gives it its style in a notebook."""
    inner = text.strip()
    if inner.startswith(WRAPPER) and inner.endswith("</div>"):
        return inner.removeprefix(WRAPPER).removesuffix("</div>")
    return inner


def _figure_block(figure: Any, name: str, about: Any) -> Block:
    alt = about.get("alt", "")
    if not alt.strip():
        raise ValueError(f"{name} has no alternative text (metadata alt of its output)")
    forms = [figure, about.get("narrow") or figure]
    kept = [{"data": form.get("data", []), "layout": form.get("layout", {})} for form in forms]
    heights = tuple(int(form["layout"].get("height", 0)) for form in kept)
    both = {"wide": kept[0], "narrow": kept[1] if about.get("narrow") else None}
    return Block(figure=_json_in_html(both), name=name, alt=alt, heights=heights)  # type: ignore[arg-type]


def _json_in_html(value: object) -> Markup:
    """JSON that no text in it can end or comment out of a script element.

    >>> str(_json_in_html("</script>"))
    '"\\\\u003c/script\\\\u003e"'
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)


@cache
def read_plotly() -> str:
    """plotly.js of the installed package, gzip in base64: 1.96 MB instead of 4.8."""
    from plotly.offline import get_plotlyjs

    packed = bytearray(gzip.compress(get_plotlyjs().encode(), 9, mtime=0))
    packed[9] = 255  # the system it was packed on (RFC 1952): Pythons tell it differently
    return base64.b64encode(packed).decode()


def is_plotly(packed: str) -> bool:
    """Whether a text is plotly.js as pages carry it: the one packed block that belongs into a page."""
    return packed.strip() == read_plotly()


@cache
def _read(name: str) -> str:
    return files("rotation_analysis").joinpath("templates", name).read_text(encoding="utf-8")


@cache
def _templates() -> Environment:
    return Environment(
        loader=FunctionLoader(_read),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
    )
