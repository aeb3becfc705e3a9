"""Pages as PDF: all of a folder that is as it was built, the same bytes each time, no trace of a machine."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pypdf
import pytest

from rotation_analysis import cli
from rotation_analysis.build import pdf as printing
from rotation_analysis.build.pages import render_page
from rotation_analysis.build.pdf import Printed, find_browser, print_folder, render_printed
from rotation_analysis.errors import UsageError, UserError
from rotation_analysis.texts import read_texts
from tests.browser import needs_browser
from tests.small_reports import FIGURE, make_page, write_manifests, write_reports

BREAK = '<p style="break-before: page">次の頁</p>'


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clean folder of all audiences; its programme report takes three sheets."""
    folder = write_reports(tmp_path_factory.mktemp("reports"))
    page = folder / "owner/programme.ja.html"
    page.write_text(page.read_text("utf-8").replace("</main>", BREAK * 2 + "</main>"), encoding="utf-8")
    index = '<p><a href="owner/programme.ja.html">報告</a> <a href="manifest.json">目録</a></p>'
    (folder / "index.html").write_text(make_page(index), encoding="utf-8")
    write_manifests(folder)
    return folder


@pytest.fixture(scope="module")
def printed(reports: Path, tmp_path_factory: pytest.TempPathFactory) -> Printed:
    return print_folder(reports, tmp_path_factory.mktemp("printed") / "pdf")


@pytest.fixture
def small(tmp_path: Path) -> Path:
    return write_reports(tmp_path / "reports")


# --- what comes out -----------------------------------------------------------------------------------------


@needs_browser
def test_every_page_is_printed_on_a4_and_its_sheets_are_counted(reports: Path, printed: Printed) -> None:
    pages = {path.relative_to(reports).with_suffix(".pdf").as_posix() for path in reports.rglob("*.html")}
    assert set(printed.sheets) == pages
    assert next(iter(printed.sheets)) == "index.pdf"
    assert printed.sheets["owner/programme.ja.pdf"] == 3
    assert printed.sheets["home-managers/p03/letter.ja.pdf"] == 1
    for name, sheets in printed.sheets.items():
        document = pypdf.PdfReader(printed.folder / name)
        assert len(document.pages) == sheets
        assert {tuple(round(float(x)) for x in sheet.mediabox) for sheet in document.pages} == {
            (0, 0, 595, 842)
        }


@needs_browser
def test_words_numbers_of_pages_and_language_are_in_the_document(printed: Printed) -> None:
    document = pypdf.PdfReader(printed.folder / "owner/programme.ja.pdf")
    texts = [sheet.extract_text() for sheet in document.pages]
    assert "次の" in texts[1]
    assert ["1 / 3" in texts[0], "2 / 3" in texts[1], "3 / 3" in texts[2]] == [True] * 3
    root = document.trailer["/Root"]
    assert root["/Lang"] == "ja"
    assert root["/MarkInfo"]["/Marked"]
    assert document.metadata is not None
    assert document.metadata.title == "SRE留学制度の報告"


@needs_browser
def test_a_figure_is_drawn_before_its_page_is_printed(printed: Printed) -> None:
    """The bar's label is drawn by the page's script; the page without a figure has none."""
    text = pypdf.PdfReader(printed.folder / "owner/programme.ja.pdf").pages[0].extract_text()
    assert "派遣チーム" in text
    assert "図を表示できない" not in text


@needs_browser
def test_the_same_pages_give_the_same_bytes_and_nothing_of_this_machine(
    reports: Path, printed: Printed, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "copied"
    for path in sorted(reports.rglob("*")):
        if path.is_file():
            (elsewhere / path.relative_to(reports)).parent.mkdir(parents=True, exist_ok=True)
            (elsewhere / path.relative_to(reports)).write_bytes(path.read_bytes())
    again = print_folder(elsewhere, tmp_path / "again")
    for name in (*printed.sheets, "manifest.json"):
        content = (printed.folder / name).read_bytes()
        assert content == (again.folder / name).read_bytes(), name
        for trace in (b"CreationDate", b"ModDate", b"Chrome", b"file:", str(reports).encode()):
            assert trace not in content, (name, trace)


@needs_browser
def test_links_lead_to_the_other_documents_and_to_nothing_that_was_not_printed(printed: Printed) -> None:
    sheet = pypdf.PdfReader(printed.folder / "index.pdf").pages[0]
    actions = [link.get_object().get("/A", {}).get("/URI") for link in sheet["/Annots"]]
    assert actions == ["owner/programme.ja.pdf", None]


@needs_browser
def test_the_manifest_says_what_was_printed_from_which_bytes(reports: Path, printed: Printed) -> None:
    told = json.loads((printed.folder / "manifest.json").read_text("utf-8"))
    assert told["sheets"] == dict(printed.sheets)
    for name, digest in told["outputs"].items():
        assert hashlib.sha256((printed.folder / name).read_bytes()).hexdigest() == digest
    for page, digest in told["inputs"].items():
        assert hashlib.sha256((reports / page).read_bytes()).hexdigest() == digest
    assert len(told["inputs"]) == len(told["outputs"]) == len(printed.sheets)


@needs_browser
def test_figures_of_a_page_with_markdown_are_written_and_named_in_it_the_same_each_time(
    tmp_path: Path,
) -> None:
    page = tmp_path / "graduate-pack.en.html"
    shown = [
        ("text/html", "<h2>What &amp; who?</h2>", {}),
        ("application/vnd.plotly.v1+json", FIGURE, {"alt": "levels [n = 3]"}),
    ]
    outputs = [
        nbformat.v4.new_output("display_data", {kind: data}, metadata={"section": "learned", **about})
        for kind, data, about in shown
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("", id="c", outputs=outputs)])
    made = render_page(notebook, report="graduate_pack", title="t", texts=read_texts("en"))
    page.write_text(made, encoding="utf-8")
    drawn = []
    for number in range(2):
        with printing._open_browser(find_browser()) as context:
            figures = printing._draw_figures(context, page)
        beside = tmp_path / str(number) / page.name
        printing._write_figures(beside, "# T\n\n## What \\& who?\n\nText.\n", figures)
        drawn.append((beside.parent / "figures/learned.en.svg").read_bytes())
        assert beside.with_suffix(".md").read_text("utf-8") == (
            "# T\n\n## What \\& who?\n\n![levels \\[n = 3\\]](figures/learned.en.svg)\n\nText.\n"
        )
    assert drawn[0] == drawn[1]
    assert drawn[0].startswith(b"<svg")
    assert "派遣チーム".encode() in drawn[0]
    assert b"file:" not in drawn[0]


@needs_browser
def test_one_audiences_folder_is_printed_alone_and_takes_the_place_of_earlier_prints(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["rotation-analysis", "print", str(small / "graduates/p03"), "--out", str(tmp_path / "pdf")]
    monkeypatch.setattr(sys, "argv", words)
    for _ in range(2):
        with pytest.raises(SystemExit) as ending:
            cli.main()
        assert not ending.value.code
        told = capsys.readouterr()
        assert told.out.splitlines() == [
            f"printed  {tmp_path / 'pdf' / 'graduate-pack.ja.pdf'}: 1 sheet",
            "in all   1 files, 1 sheet of A4",
        ]
    assert sorted(path.name for path in (tmp_path / "pdf").iterdir()) == [
        "graduate-pack.ja.pdf",
        "manifest.json",
    ]


def test_numbers_of_sheets_are_told_one_line_a_file(tmp_path: Path) -> None:
    printed = Printed(folder=Path("pdf"), sheets={"index.pdf": 2, "owner/a.pdf": 1})
    assert render_printed(printed).splitlines() == [
        "printed  pdf/index.pdf: 2 sheets",
        "printed  pdf/owner/a.pdf: 1 sheet",
        "in all   2 files, 3 sheets of A4",
    ]


# --- what is refused ----------------------------------------------------------------------------------------


@needs_browser
@pytest.mark.parametrize("name", ["owner/programme.ja.html", "owner/results.json"])
def test_a_folder_that_is_not_as_it_was_built_is_not_printed(small: Path, tmp_path: Path, name: str) -> None:
    (small / name).write_bytes((small / name).read_bytes() + b" ")
    with pytest.raises(UserError, match="not as a build leaves it") as refused:
        print_folder(small, tmp_path / "pdf")
    assert name in str(refused.value)
    assert not (tmp_path / "pdf").exists()


@needs_browser
def test_of_many_findings_the_first_are_told(small: Path, tmp_path: Path) -> None:
    for number in range(9):
        (small / f"owner/stray-{number}.md").write_text("a", encoding="utf-8")
    with pytest.raises(UserError, match="more") as refused:
        print_folder(small, tmp_path / "pdf")
    assert len(str(refused.value).splitlines()) == printing.MOST_TOLD + 2


def test_folders_that_cannot_be_meant_are_refused(small: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is no folder"):
        print_folder(tmp_path / "nothing", tmp_path / "pdf")
    for inside in (small, small / "pdf"):
        with pytest.raises(UsageError, match="lies in the folder to be printed"):
            print_folder(small, inside)
    others = write_reports(tmp_path / "others")
    with pytest.raises(UsageError, match="holds reports, which are not replaced"):
        print_folder(small, others)


def test_without_a_browser_the_next_step_is_told(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UserError, match=r"no browser to print with is on PATH.*--browser"):
        print_folder(small, tmp_path / "pdf")
    with pytest.raises(UserError, match=r"mine is no program.*--browser"):
        print_folder(small, tmp_path / "pdf", browser=Path("mine"))
    program = tmp_path / "google-chrome"
    program.write_text("#!/bin/sh\nexit 7\n", encoding="utf-8")
    program.chmod(0o755)
    assert find_browser() == program
    assert find_browser(program) == program


@pytest.mark.parametrize("module", ["playwright.sync_api", "pypdf"])
def test_without_the_extra_the_next_step_is_told(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(UserError, match=r"pip install 'rotation-analysis\[pdf\]'"):
        print_folder(small, tmp_path / "pdf", browser=Path(sys.executable))


def test_a_program_that_is_no_browser_is_a_users_error(small: Path, tmp_path: Path) -> None:
    program = tmp_path / "chromium"
    program.write_text("#!/bin/sh\nexit 7\n", encoding="utf-8")
    program.chmod(0o755)
    with pytest.raises(UserError, match=r"could not print.*Nothing was replaced"):
        print_folder(small, tmp_path / "pdf", browser=program)
    assert not (tmp_path / "pdf").exists()


@needs_browser
def test_a_page_whose_figures_cannot_be_drawn_is_not_printed_without_them(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    nothing = base64.b64encode(gzip.compress(b"1;", mtime=0)).decode()
    broken = re.sub('(id="plotly">)[^<]+', rf"\g<1>{nothing}", make_page(figure=FIGURE))
    page.write_text(broken, encoding="utf-8")
    with (
        pytest.raises(UserError, match=r"figures of .*page\.html could not be drawn"),
        printing._open_browser(find_browser()) as context,
    ):
        printing._print_page(context, page)


@pytest.fixture
def asked() -> Iterator[tuple[int, list[bytes]]]:
    """A server of this machine: its port, and what it was asked."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.1)
        ended = threading.Event()

        def listen() -> None:
            while not ended.is_set():
                try:
                    visitor, _ = server.accept()
                except TimeoutError:
                    continue
                with visitor:
                    heard.append(visitor.recv(100))

        listener = threading.Thread(target=listen)
        listener.start()
        yield server.getsockname()[1], heard
        ended.set()
        listener.join()


@needs_browser
def test_a_page_gets_nothing_over_the_network_even_where_it_would(
    tmp_path: Path, asked: tuple[int, list[bytes]]
) -> None:
    """The audit lets no such page pass; the browser that prints would not fetch for it either."""
    port, heard = asked
    page = tmp_path / "page.html"
    addresses = (f"http://127.0.0.1:{port}/a.png", f"http://localhost:{port}/b.png")
    page.write_text("".join(f'<img src="{address}">' for address in addresses), encoding="utf-8")
    with printing._open_browser(find_browser()) as context:
        assert printing._print_page(context, page).startswith(b"%PDF")
    assert heard == []
