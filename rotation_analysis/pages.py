"""One self-contained page from an executed notebook: its outputs in order, no code, nothing fetched.

Figures travel as data blocks, plotly.js once, compressed; one constant script, named by its hash in the
page's policy, draws them.  The same outputs give the same bytes.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

FIGURE = "application/vnd.plotly.v1+json"
HTML = "text/html"


@dataclass(frozen=True)
class Block:
    """One thing on the page: HTML as it stands, or a figure's data with its name and alternative text.

    A figure that is `saved_as` a name has a button that saves it as a picture of that name.
    """

    html: Markup | None = None
    figure: Markup | None = None
    name: str = ""
    alt: str = ""
    saved_as: str = ""


def render_page(notebook: Any, *, title: str, language: str, no_script: str) -> str:
    """The whole HTML document.

    `notebook` is an executed nbformat `NotebookNode`.  Outputs of the type text/html are taken as they stand
    (the sections layer has escaped them), plotly figures are drawn with `output.metadata["alt"]` as their
    alternative text, and can be saved as a picture where it has a `figure_name`; printed text and code are
    left out.  `language` is a tag such as "ja"; `no_script` is the sentence shown where figures cannot be
    drawn.

    Raises ValueError for an output that is an error, and for a figure without alternative text.
    """
    blocks = list(_blocks(notebook))
    has_figures = any(block.figure is not None for block in blocks)
    return render_template(
        "page.html",
        title=title,
        language=language,
        no_script=no_script,
        blocks=blocks,
        script=Markup(_read("page.js").strip()),
        bundle=Markup(_plotly_bundle()) if has_figures else None,
    )


def render_template(name: str, *, title: str, language: str, **values: Any) -> str:
    """A whole HTML document: the template `name` in the head that all pages have, with `values` escaped."""
    style = Markup(_read("page.css").strip())
    template = _templates().get_template(name)
    return template.render(title=title, language=language, policy=content_policy(), style=style, **values)


def content_policy() -> str:
    """The content security policy of every page: its one script, the blob that script makes, no network."""
    digest = base64.b64encode(hashlib.sha256(_read("page.js").strip().encode()).digest()).decode()
    return (
        f"default-src 'none'; script-src 'sha256-{digest}' blob:; style-src 'unsafe-inline'; "
        "img-src data: blob:; font-src data:; base-uri 'none'; form-action 'none'"
    )


def _blocks(notebook: Any) -> Iterator[Block]:
    number = 0
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            if output.output_type == "error":
                raise ValueError(f"no page is made of a notebook with an error in it: {output.ename}")
            data = output.get("data", {})
            if FIGURE in data:
                number += 1
                yield _figure_block(data[FIGURE], f"figure-{number}", output.metadata)
            elif HTML in data:
                yield Block(html=Markup(data[HTML].strip()))


def _figure_block(figure: Any, name: str, about: Any) -> Block:
    alt = about.get("alt", "")
    if not alt.strip():
        raise ValueError(f"{name} has no alternative text (metadata alt of its output)")
    kept = {"data": figure.get("data", []), "layout": figure.get("layout", {})}
    return Block(figure=_json_in_html(kept), name=name, alt=alt, saved_as=about.get("figure_name", ""))


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
def _plotly_bundle() -> str:
    """plotly.js of the installed package, gzip in base64: 1.96 MB instead of 4.8."""
    from plotly.offline import get_plotlyjs

    return base64.b64encode(gzip.compress(get_plotlyjs().encode(), 9, mtime=0)).decode()


def is_plotly(packed: str) -> bool:
    """Whether a text is plotly.js as pages carry it: the one packed block that belongs into a page."""
    return packed.strip() == _plotly_bundle()


@cache
def _read(name: str) -> str:
    return files(__package__).joinpath("templates", name).read_text(encoding="utf-8")


@cache
def _templates() -> Environment:
    return Environment(
        loader=FunctionLoader(_read),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
    )
