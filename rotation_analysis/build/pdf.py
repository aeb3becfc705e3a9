"""Every page of a finished folder as A4 PDF, printed by the installed Chromium; nothing is fetched.

Beside a page whose text is also there as Markdown, its figures are written as SVG, and the text names them.

Needs the extra `pdf`: playwright drives the browser, pypdf takes clock, browser and paths of this machine out
of what it printed, so that the same pages give the same bytes.
"""

from __future__ import annotations

import io
import posixpath
import re
import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from ..errors import UsageError, UserError
from ..markdown import heading, image
from ..progress_events import Progress, Step
from .audit.audit import audit_folder, format_findings
from .folder import build_folder, hash_file, locate, lock_folder, read_manifest, write_bytes
from .manifest import MANIFEST, retrospective_version, write_json

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page
    from pypdf import PdfWriter

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
EXTRA = "printing needs the extra `pdf`: install it with  pip install 'rotation-analysis[pdf]'"
CLOSED = ("--host-resolver-rules=MAP * ~NOTFOUND",)  # no host has an address, for the browser itself, too
PATIENCE = 60_000  # milliseconds until a page that is not drawn is given up
SHEETS = "sheets"
"""What the manifest of printed pages has, and no other: sheets by file."""
MOST_TOLD = 5
DRAW = """
Promise.all([...document.querySelectorAll(".chart")].map(async (chart) => ({
  name: chart.closest("section").id,
  heading: chart.closest("section").querySelector("h2")?.textContent ?? "",
  alt: chart.closest("figure").getAttribute("aria-label"),
  svg: await Plotly.toImage(
    chart, { format: "svg", width: 736, height: chart.clientHeight, imageDataOnly: true }),
})))
"""
_LOT = re.compile(r"(?:\bdefs-|\btrace)([0-9a-f]{6})\b")
_NODE = re.compile(rb"\(node(\d{8})\)")


@dataclass(frozen=True, kw_only=True)
class Printed:
    """What was printed: the folder of the PDFs, and of each file how many sheets it has."""

    folder: Path
    sheets: Mapping[str, int]


def print_folder(
    folder: Path,
    out: Path,
    *,
    browser: Path | None = None,
    progress: Progress = lambda step: None,
) -> Printed:
    """Print every page of the finished report folder `folder` into `out`, under the same names.

    `folder` is a whole report folder or one audience's own.  Raises `UsageError` for folders that cannot be
    meant, `UserError` where the folder is not as it was built, or without extra or browser.
    """
    _check_out(folder, out)
    program = find_browser(browser)
    pages = _list_pages(folder)
    inputs = {page: hash_file(folder / page) for page in pages}
    progress(Step("printing", total=len(pages)))
    with _open_browser(program) as context, lock_folder(out), build_folder(out) as printing:
        sheets = {}
        for number, page in enumerate(pages, start=1):
            pdf = _make_repeatable(_print_page(context, folder / page), folder=folder, page=page, pages=pages)
            sheets[_name_pdf(page)] = len(pdf.pages)
            written = io.BytesIO()
            pdf.write(written)
            write_bytes(printing / _name_pdf(page), written.getvalue())
            text = (folder / page).with_suffix(".md")
            if text.is_file() and (figures := _draw_figures(context, folder / page)):
                _write_figures(printing / page, text.read_text("utf-8"), figures)
            progress(Step("printing", name=page, done=number, total=len(pages)))
        for name, digest in inputs.items():  # pages of two builds make no document
            if not (folder / name).is_file() or hash_file(folder / name) != digest:
                raise UserError(f"{folder / name} changed while it was printed; run the command again")
        write_json(printing / MANIFEST, _describe(printing, inputs, sheets))
    return Printed(folder=out, sheets=sheets)


def render_printed(printed: Printed) -> str:
    """One line a file with its sheets, then the sum."""
    lines = [f"printed  {printed.folder / name}: {_count(sheets)}" for name, sheets in printed.sheets.items()]
    return "\n".join([*lines, f"in all   {len(lines)} files, {_count(sum(printed.sheets.values()))} of A4"])


def _count(sheets: int) -> str:
    return f"{sheets} sheet" if sheets == 1 else f"{sheets} sheets"


# --- what is printed, and where to --------------------------------------------------------------------------


def _check_out(folder: Path, out: Path) -> None:
    """PDFs take the place of earlier PDFs or of nothing: never of reports, never inside of them."""
    if not folder.is_dir():
        raise UsageError(f"{folder} is no folder; name a folder that `report` built")
    if locate(out).is_relative_to(folder.resolve()):
        raise UsageError(f"{out} lies in the folder to be printed; name another folder with --out")
    there = read_manifest(out)
    if there is not None and SHEETS not in there:
        raise UsageError(f"{out} holds reports, which are not replaced; name another folder with --out")


def _list_pages(folder: Path) -> list[str]:
    """Every page of the folder, the index first.

    Raises `UserError` where the folder is not as its manifest says, or holds what may not be shown.
    """
    if findings := audit_folder(folder):
        told = format_findings(findings, most=MOST_TOLD)
        raise UserError(f"{folder} is not as a build leaves it, nothing is printed:\n{told}")
    pages = (path.relative_to(folder).as_posix() for path in folder.rglob("*.html"))
    return sorted(pages, key=lambda page: (page != "index.html", page))


def _name_pdf(page: str) -> str:
    """
    >>> _name_pdf("owner/programme.ja.html")
    'owner/programme.ja.pdf'
    """
    return PurePosixPath(page).with_suffix(".pdf").as_posix()


def _describe(printing: Path, inputs: Mapping[str, str], sheets: Mapping[str, int]) -> dict[str, object]:
    """The manifest: which bytes were printed, and what came of them."""
    return {
        "version": retrospective_version(),
        "inputs": dict(inputs),
        "reports": [],
        SHEETS: dict(sheets),
        "outputs": {
            path.relative_to(printing).as_posix(): hash_file(path)
            for path in sorted(printing.rglob("*"))
            if path.is_file()
        },
    }


# --- the browser --------------------------------------------------------------------------------------------


def find_browser(chosen: Path | None = None) -> Path:
    """The program that prints: the one that was `chosen`, else the first of `BROWSERS` on PATH.

    Raises `UserError` where there is none.
    """
    names = BROWSERS if chosen is None else (str(chosen),)
    found = next((path for name in names if (path := shutil.which(name))), None)
    if found is None and chosen is not None:
        raise UserError(f"{chosen} is no program; name Chromium or Chrome with --browser")
    if found is None:
        raise UserError(
            f"no browser to print with is on PATH (looked for {', '.join(BROWSERS)}): "
            "install Chromium or Chrome, or name it with --browser"
        )
    return Path(found)


@contextmanager
def _open_browser(program: Path) -> Iterator[BrowserContext]:
    """A browser without network, closed at the end; whatever it cannot do is a `UserError`."""
    try:
        import pypdf  # noqa: F401  (missed before anything is printed)
        from playwright.sync_api import Error, sync_playwright
    except ImportError:
        raise UserError(EXTRA) from None
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=program, args=CLOSED)
            yield browser.new_context(offline=True)
            browser.close()
    except Error as error:
        told = str(error).strip().split("\n")[0]
        raise UserError(
            f"{program} could not print: {told}.  Nothing was replaced; try another browser with --browser"
        ) from error


def _print_page(context: BrowserContext, path: Path) -> bytes:
    """The page as PDF, once its figures are drawn; tagged, so that it can be read aloud."""
    with _open_page(context, path) as page:
        pdf: bytes = page.pdf(prefer_css_page_size=True, print_background=True, tagged=True, outline=True)
    return pdf


@contextmanager
def _open_page(context: BrowserContext, path: Path) -> Iterator[Page]:
    """The page with its figures drawn."""
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(path.resolve().as_uri())
    if page.locator("script").count():  # the audit has seen that it is ours: it tells when it is done
        page.wait_for_selector("html[data-figures]", state="attached")
        if page.locator("html[data-figures=drawn]").count() == 0:
            raise UserError(f"the figures of {path} could not be drawn; try another browser with --browser")
    yield page
    page.close()


# --- figures beside a page ----------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A figure of a page: its section's name and heading, what it shows in words, the picture."""

    name: str
    heading: str
    alt: str
    svg: str


def _draw_figures(context: BrowserContext, path: Path) -> list[Figure]:
    """The page's figures as the page's own plotly draws them, on paper's width."""
    with _open_page(context, path) as page:
        drawn = page.evaluate(DRAW)
    return [Figure(**{**figure, "svg": _name_ids(figure["svg"])}) for figure in drawn]


def _name_ids(svg: str) -> str:
    """What plotly draws by lot is counted instead.

    >>> _name_ids('<g id="defs-3af01b" class="trace9c01de"/><g class="clip3af01b"/>')
    '<g id="defs-000001" class="trace000002"/><g class="clip000001"/>'
    """
    found = dict.fromkeys(_LOT.findall(svg))
    for number, lot in enumerate(found, start=1):
        svg = svg.replace(lot, f"{number:06}")
    return svg


def _write_figures(page: Path, text: str, figures: Sequence[Figure]) -> None:
    """The figures below figures/, and the page's text that names each after its heading."""
    language = page.suffixes[-2]
    for figure in figures:
        name = f"figures/{figure.name}{language}.svg"
        head, picture = heading(figure.heading), image(figure.alt, name)
        text = text.replace(head, f"{head}\n\n{picture}", 1) if head in text else f"{text}\n{picture}\n"
        write_bytes(page.parent / name, figure.svg.encode())
    write_bytes(page.with_suffix(".md"), text.encode())


# --- the same pages, the same bytes -------------------------------------------------------------------------


def _make_repeatable(pdf: bytes, *, folder: Path, page: str, pages: Collection[str]) -> PdfWriter:
    """The document without clock, browser and paths of this machine; links lead to the other PDFs."""
    from pypdf import PdfWriter

    document = PdfWriter(clone_from=io.BytesIO(_number_nodes(pdf)))
    title = document.metadata.title if document.metadata else None
    document.metadata = {"/Title": title or page, "/Producer": f"rotation-analysis {retrospective_version()}"}
    for sheet in document.pages:
        for link in sheet.get("/Annots", ()):
            _turn_link(link.get_object(), root=folder.resolve(), page=page, pages=pages)
    return document


def _turn_link(link: Any, *, root: Path, page: str, pages: Collection[str]) -> None:
    """A link to another page leads to its PDF, by the way from here; one to any other file leads nowhere."""
    from pypdf.generic import NameObject, TextStringObject

    address = urlsplit(str(link.get("/A", {}).get("/URI", "")))
    if address.scheme != "file":
        return
    target = Path(url2pathname(address.path))
    name = target.relative_to(root).as_posix() if target.is_relative_to(root) else ""
    if name in pages:
        way = posixpath.relpath(_name_pdf(name), posixpath.dirname(page) or ".")
        link["/A"][NameObject("/URI")] = TextStringObject(way)
    else:
        del link["/A"]


def _number_nodes(pdf: bytes) -> bytes:
    """The names of a table's cells count up from one; the browser goes on from the page before.

    >>> _number_nodes(b"(node00000712) (node00000025) (node00000712)")
    b'(node00000002) (node00000001) (node00000002)'
    """
    numbers = {old: new for new, old in enumerate(sorted(set(_NODE.findall(pdf))), start=1)}
    return _NODE.sub(lambda found: b"(node%08d)" % numbers[found[1]], pdf)
