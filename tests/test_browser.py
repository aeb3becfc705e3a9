"""Finished pages in a real browser: all is drawn, nothing is fetched, cut off, covered or unreadable."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import pytest

import rotation_analysis
from rotation_analysis.pages import render_page
from rotation_analysis.parts import Part, Parts, lookup_table, plain_table
from rotation_analysis.planning import Selection
from rotation_analysis.report import build_reports
from tests.browser import ABSENT, BROWSER, Browser, Opened, start_browser
from tests.publications import (
    LANGUAGES,
    NOTEBOOKS,
    PROGRAMME,
    displayed,
    sample_parts,
    sample_report_of,
    sections_of,
)

if BROWSER is None:  # one line for the whole file
    pytest.skip(ABSENT, allow_module_level=True)

TINY = Path(rotation_analysis.__file__).parent / "sample"
A4, SCREEN = 794, 1280
REPORTS = [
    f"{name.replace('_', '-')}.{language}" for name in (*NOTEBOOKS, PROGRAMME) for language in LANGUAGES
]
WIDE = [f"difference.{language}" for language in LANGUAGES]
UNASSIGNED = "\u0378"  # no font has a glyph for it
TEXTS = """
[...document.querySelectorAll(".js-plotly-plot")].map((chart) => {
  const frame = chart.getBoundingClientRect();
  const box = (e) => {
    const b = e.getBoundingClientRect();
    return [b.left - frame.left, b.top - frame.top, b.right - frame.left, b.bottom - frame.top];
  };
  const words = [...chart.querySelectorAll("svg text")].filter((e) => e.textContent.trim());
  return {
    name: chart.id,
    svg: Math.min(...[...chart.querySelectorAll("svg.main-svg")].flatMap((e) => box(e).slice(2))),
    size: [frame.width, frame.height],
    marks: chart.querySelectorAll(".points path, .lines path, .bars path").length,
    texts: words.map((e) => [e.textContent, box(e)]),
  };
})
"""
SPREAD = """
(() => {
  document.querySelectorAll("details").forEach((d) => { d.open = true; });
  const width = document.documentElement.clientWidth;
  const over = [...document.querySelectorAll("main *:not(details.numbers *)")]
    .filter((e) => e.getBoundingClientRect().right > width + 1).map((e) => e.outerHTML.slice(0, 80));
  return [document.scrollingElement.scrollWidth - width, over];
})()
"""
FOLDED = """
[...document.querySelectorAll("details.numbers")]
  .filter((d) => d.scrollWidth > d.clientWidth + 1
    || [...d.querySelectorAll("tbody th")].some((cell) => cell.clientWidth < 60))
  .map((d) => [d.innerText.slice(0, 200), d.scrollWidth, d.clientWidth])
"""
WITHOUT_GLYPH = """
((text) => {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 48;
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  pen.font = "32px " + getComputedStyle(document.body).fontFamily;
  const drawn = (letter) => {
    pen.clearRect(0, 0, 48, 48);
    pen.fillText(letter, 4, 36);
    return pen.getImageData(0, 0, 48, 48).data.join();
  };
  const none = [drawn(" "), drawn("\\u{10FFFF}"), drawn("\\u0378")];
  return [...new Set(text)].filter((letter) => letter.trim() && none.includes(drawn(letter))).join("");
})
"""


@dataclass(frozen=True)
class Look:
    """A page as opened, and what was measured in it."""

    opened: Opened
    wanted: int
    figures: list[dict[str, Any]]

    def texts(self) -> Iterator[tuple[str, list[tuple[str, list[float]]]]]:
        """Each figure's texts with their boxes: left, top, right, bottom."""
        for figure in self.figures:
            yield figure["name"], [(text, box) for text, box in figure["texts"]]


def look_at(opened: Opened) -> Look:
    wanted = opened.ask("document.querySelectorAll('script[data-figure]').length")
    return Look(opened, wanted, opened.ask(TEXTS))


def page_of(*outputs: tuple[dict[str, Any], dict[str, Any]], language: str = "en") -> str:
    shown = [nbformat.v4.new_output("display_data", data, metadata=about) for data, about in outputs]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("", id="c", outputs=shown)])
    return render_page(notebook, title="t", language=language, no_script="n")


def figure_output(**trace: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    figure = {"data": [trace], "layout": {"height": 200, "xaxis": {"tickangle": 0, "automargin": False}}}
    return {"application/vnd.plotly.v1+json": figure}, {"alt": "a"}


def covered(look: Look) -> list[tuple[str, str, str]]:
    """Pairs of texts of one figure whose boxes share more than a pixel each way."""
    return [
        (name, one, other)
        for name, texts in look.texts()
        for (one, a), (other, b) in combinations(texts, 2)
        if min(a[2], b[2]) - max(a[0], b[0]) > 1 and min(a[3], b[3]) - max(a[1], b[1]) > 1
    ]


def cut_off(look: Look) -> list[tuple[str, str]]:
    """Texts that reach out of their figure or have no size at all."""
    sizes = {figure["name"]: figure["size"] for figure in look.figures}
    return [
        (name, text)
        for name, texts in look.texts()
        for text, (left, top, right, bottom) in texts
        if min(left, top) < -1 or right > sizes[name][0] + 1 or bottom > sizes[name][1] + 1 or right <= left
    ]


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with start_browser(tmp_path_factory.mktemp("profile")) as started:
        yield started


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The tiny programme's reports as the runner makes them, and the one picture it has no data for."""
    folder = tmp_path_factory.mktemp("pages")
    chosen = (Selection(cohorts=("3",)), Selection(notebooks=(PROGRAMME,)))
    built = [build_reports(TINY, folder / "reports", selection=some) for some in chosen]
    found = {Path(spec.path).stem: one.folder / spec.path for one in built for spec in one.reports}
    for language in LANGUAGES:
        parts = sample_parts("team_impact", "3", language)
        path = found[f"difference.{language}"] = folder / f"difference.{language}.html"
        shown = [output for part in parts for output in displayed(part)]
        path.write_text(page_of(*shown, language=language), encoding="utf-8")
    return found


@pytest.fixture(scope="session", params=[A4, SCREEN], ids=["a4", "screen"])
def width(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture(scope="session", params=[*REPORTS, *WIDE])
def look(
    request: pytest.FixtureRequest, browser: Browser, pages: dict[str, Path], width: int
) -> Iterator[Look]:
    with browser.open(pages[request.param], width) as opened:
        yield look_at(opened)


def test_every_figure_is_drawn_and_has_a_size(look: Look) -> None:
    assert look.opened.finished
    assert len(look.figures) == look.wanted > 0
    for figure in look.figures:
        assert figure["svg"] > 100, figure["name"]
        assert figure["marks"] > 0, figure["name"]
        assert figure["texts"], figure["name"]
    assert look.opened.ask("document.getElementById('no-script').hidden")


def test_nothing_is_fetched_and_nothing_complained_of(look: Look) -> None:
    assert look.opened.complaints == ()
    page, *others = look.opened.requests
    assert page.startswith("file:")
    assert [url for url in others if not url.startswith("blob:")] == []


def test_no_page_is_wider_than_its_window(look: Look) -> None:
    assert look.opened.ask(SPREAD) == [0, []]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_folded_table_is_wider_than_a_sheet(browser: Browser, tmp_path: Path, language: str) -> None:
    """Paper cannot be scrolled: a table of four people has to break its lines instead."""
    shown = [output for part in sample_parts("skill_growth", "5", language) for output in displayed(part)]
    path = tmp_path / "page.html"
    path.write_text(page_of(*shown, language=language), encoding="utf-8")
    with browser.open(path, A4) as opened:
        opened.ask(SPREAD)
        assert opened.ask(FOLDED) == []


def test_no_text_of_a_figure_covers_another_or_is_cut_off(look: Look) -> None:
    assert covered(look) == []
    assert cut_off(look) == []


def test_every_letter_has_a_glyph(look: Look) -> None:
    if missing_letters(look.opened, "あ"):
        pytest.skip("no Japanese font is installed: letters not looked at")
    text = look.opened.ask("document.body.innerText")
    text += "".join(word for _, texts in look.texts() for word, _ in texts)
    assert len(set(text)) > 50
    assert missing_letters(look.opened, text) == ""


LEADERS_WORDS: dict[str, Any] = {
    "to": {"ja": "執行役員 技術本部長 殿", "en": "Vice President, Engineering"},
    "sender": {"ja": "SRE留学制度 運営", "en": "The programme's owners"},
    "day": "2025-04-10",
    "conclusion": {"ja": "継続が妥当と考える。" * 9, "en": "We hold that the programme should go on. " * 4},
    "decisions": [
        {
            "what": {"ja": "次期の受け入れを2名とする" * 2, "en": "Two places in the next term. " * 2},
            "by": "2025-04-25",
            "otherwise": {"ja": "最大4名で募集する", "en": "Up to four places, as now"},
        }
    ]
    * 3,
    "last_time": [
        {
            "decided": {"ja": "二人を同時に受け入れる", "en": "Two people at a time"},
            "came_of_it": {"ja": "待ち時間は延びなかった。" * 2, "en": "Nobody waited longer. " * 2},
        }
    ]
    * 2,
    "concerns": [
        {
            "concern": {
                "ja": "同時に4名いた期間、待ち時間が延びた",
                "en": "Others waited while four were here",
            },
            "answer": {"ja": "同時に2名までとする", "en": "At most two at a time"},
        }
    ]
    * 3,
    "cases": [
        {
            "text": {"ja": "夜間の障害を復旧した。" * 6, "en": "Restored a service at night. " * 6},
            "agreed": "2025-03-20",
        }
    ]
    * 2,
    "impressions": {"ja": "会話が増えたと感じる。" * 6, "en": "Teams talk more with each other. " * 6},
}


LONG_WORDS = LEADERS_WORDS | {
    "decisions": [
        each | {"what": {name: text * 2 for name, text in each["what"].items()}}
        for each in LEADERS_WORDS["decisions"]
    ],
    "concerns": [
        each | {"answer": {name: text * 2 for name, text in each["answer"].items()}}
        for each in LEADERS_WORDS["concerns"]
    ],
}


@pytest.mark.parametrize(
    "words", [{}, LEADERS_WORDS, LONG_WORDS, None], ids=["empty", "written", "long", "sample"]
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_leaders_get_one_sheet_to_decide_on_and_two_of_backing(
    browser: Browser, tmp_path: Path, language: str, words: dict[str, Any] | None
) -> None:
    """Each backing begins a page, so three pages in all are one page each."""
    report = sample_report_of("leadership_summary", "leadership", language)
    if words is not None:
        report = replace(report, publication=replace(report.publication, words=words))
    shown = [section(report) for section in sections_of("leadership_summary")]
    parts = [part for each in shown for part in (each.parts if isinstance(each, Parts) else (each,))]
    path = tmp_path / "page.html"
    outputs = [output for part in parts for output in displayed(part)]
    path.write_text(page_of(*outputs, language=language), encoding="utf-8")
    assert path.read_text(encoding="utf-8").count('next-page">') == 2
    assert count_printed(browser, path) == 3


def lengthen(words: dict[str, Any], times: float) -> dict[str, Any]:
    """The same with every text of page one as many times as long."""
    counted = ("conclusion", "decisions", "last_time", "concerns")
    return {field: _lengthen(value, times) if field in counted else value for field, value in words.items()}


def _lengthen(value: Any, times: float) -> Any:
    if isinstance(value, list):
        return [{key: _lengthen(text, times) for key, text in entry.items()} for entry in value]
    if isinstance(value, dict):
        return {name: (text * 9)[: int(len(text) * times)] for name, text in value.items()}
    return value


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_that_take_more_than_the_sheet_are_told_before_they_overflow_it(
    browser: Browser, tmp_path: Path, language: str
) -> None:
    report = sample_report_of("leadership_summary", "leadership", language)
    told, sheets = {}, {}
    for times in (2.0, 2.5, 3.5):
        words = lengthen(LEADERS_WORDS, times)
        changed = replace(report, publication=replace(report.publication, words=words))
        shown = [section(changed) for section in sections_of("leadership_summary")]
        parts = [part for each in shown for part in (each.parts if isinstance(each, Parts) else (each,))]
        path = tmp_path / "page.html"
        path.write_text(
            page_of(*(o for part in parts for o in displayed(part)), language=language), encoding="utf-8"
        )
        told[times] = "words/leadership.toml" in parts[0].html_before()
        sheets[times] = count_printed(browser, path)
    assert told == {2.0: False, 2.5: False, 3.5: True}
    assert sheets[2.0] == sheets[2.5] == 3
    assert sheets[3.5] > 3  # a limit that is never reached would be none


@pytest.mark.parametrize("width", [A4, SCREEN])
def test_words_of_any_length_stay_on_the_page(browser: Browser, tmp_path: Path, width: int) -> None:
    word, address = "x" * 300, "https://invented.example/" + "abc/" * 80
    cells = [("row", word, "ok", "some words"), (word, "b", "5", address)]
    tables = [
        f'<section class="part"><h2>{word}</h2><p class="sentence">{address}</p>'
        + plain_table((word, "b", "c", "d"), cells, css=css)
        + "</section>"
        for css in ("lookup", "lookup pack", "lookup words", "accounts", "entries", "entries decisions")
    ]
    great = lookup_table(pd.DataFrame(cells, columns=list("abcd")), name="long")
    others = f'<h1>{word}</h1><ul><li>{word}</li></ul><p class="prompt">{word}</p><p class="note">{word}</p>'
    path = tmp_path / "page.html"
    path.write_text(page_of(*(({"text/html": part}, {}) for part in (*tables, great, others))), "utf-8")
    with browser.open(path, width) as opened:
        assert opened.ask(SPREAD) == [0, []]


@pytest.mark.parametrize("person", ["p03", "p07"], ids=["shares", "shares nothing"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_letter_to_a_home_manager_is_one_sheet(
    browser: Browser, tmp_path: Path, language: str, person: str
) -> None:
    report = sample_report_of("home_manager_letter", "home_manager", language, person=person)
    shown = [section(report) for section in sections_of("home_manager_letter")]
    outputs = [output for part in shown if isinstance(part, Part) for output in displayed(part)]
    path = tmp_path / "page.html"
    path.write_text(page_of(*outputs, language=language), encoding="utf-8")
    assert count_printed(browser, path) == 1


def count_printed(browser: Browser, path: Path) -> int:
    """Sheets of A4 that a page takes in print."""
    with browser.open(path, A4) as opened:
        printed = browser.call("Page.printToPDF", opened.session, preferCSSPageSize=True)
    return len(re.findall(rb"/Type\s*/Page\b", base64.b64decode(printed["data"])))


def missing_letters(opened: Opened, text: str) -> str:
    return str(opened.ask(f"{WITHOUT_GLYPH}({json.dumps(text)})"))


# --- the looking itself: each of these pages has one thing wrong with it -----------------------------------


def test_sheets_are_counted_as_printed(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    for pages in (1, 2):
        text = {"text/html": "<p>a</p><p style='break-before: page'>b</p>" if pages == 2 else "<p>a</p>"}
        path.write_text(page_of((text, {})), encoding="utf-8")
        assert count_printed(browser, path) == pages


def test_a_page_that_asks_for_more_or_complains_is_noticed(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    picture = "<main><img src='http://picture.example/a.png'>"
    path.write_text(page_of(figure_output(type="bar", x=[1], y=[1])).replace("<main>", picture), "utf-8")
    with browser.open(path, A4) as opened:
        assert any("Content Security Policy" in text for text in opened.complaints)
    open_page = re.sub(r"<meta http-equiv.*?>", "", path.read_text("utf-8")).replace(
        "http://picture.example", ""
    )
    path.write_text(open_page, "utf-8")
    with browser.open(path, A4) as opened:
        assert [url for url in opened.requests if url.endswith("a.png")]


def test_a_page_that_is_too_wide_is_noticed(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    wide = {"text/html": "<p style='width: 900px'>w</p>"}
    path.write_text(page_of((wide, {})), encoding="utf-8")
    with browser.open(path, SCREEN) as opened:
        assert opened.ask(SPREAD) == [0, []]
    with browser.open(path, A4) as opened:
        beyond, wider = opened.ask(SPREAD)
    assert beyond > 0
    assert any("900px" in element for element in wider)


def test_texts_that_cover_each_other_are_noticed(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    labels = [f"a very long label of category {n}" for n in range(9)]
    path.write_text(page_of(figure_output(type="bar", x=labels, y=[1] * 9)), encoding="utf-8")
    with browser.open(path, A4) as opened:
        assert covered(look_at(opened))


def test_a_letter_without_a_glyph_is_noticed(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text(page_of(({"text/html": "<p>a</p>"}, {})), encoding="utf-8")
    with browser.open(path, A4) as opened:
        assert missing_letters(opened, f"a{UNASSIGNED}z\U0001fffe") == f"{UNASSIGNED}\U0001fffe"
