"""Finished pages in a real browser: nothing moves, is cut off, covered or fetched; keys and paper work."""

from __future__ import annotations

import io
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import nbformat
import pypdf
import pytest

from rotation_analysis.build import making
from rotation_analysis.build.assembly import render_index
from rotation_analysis.build.notebooks.running import ExecutedNotebook
from rotation_analysis.build.planning import ReportSpec, Selection, link_reports, list_editions, plan_reports
from rotation_analysis.build.privacy_notice import render_policy
from rotation_analysis.reports import find_report
from rotation_analysis.texts import read_texts
from tests.browser import ABSENT, BROWSER, Browser, Opened, start_browser
from tests.reports.editions import publish_sample
from tests.samples import read_sample

if BROWSER is None:  # one line for the whole file
    pytest.skip(ABSENT, allow_module_level=True)

LANGUAGES = ("ja", "en")
SCREEN, PHONE = 1280, 390
SHEETS = {
    "index": 2,
    "policy": 2,
    "programme": 5,
    "skill-growth": 3,
    "workload": 4,
    "team-impact": 3,
    "summary": 3,
    "graduate-pack": 6,
    "letter": 1,
}
"""The most sheets of A4 that a page may take; all about a cohort take ten at most."""
PAGES = [
    "index.html",
    *(
        f"{path}.{language}.html"
        for path in (
            *(
                f"owner/cohort-{n}/{name}"
                for n in "56"
                for name in ("skill-growth", "workload", "team-impact")
            ),
            "owner/programme",
            "owner/policy",
            "leadership/summary",
            "graduates/p01/graduate-pack",
            "home-managers/p03/letter",
        )
        for language in LANGUAGES
    ),
]
WIDER = """
(() => {
  const width = document.documentElement.clientWidth;
  const out = [...document.querySelectorAll(".page *:not(.chart *)")].filter((e) => {
    const box = e.getBoundingClientRect();
    return box.width > 1 && (box.right > width + 1 || box.left < -1);
  });
  return [document.scrollingElement.scrollWidth - width, out.map((e) => e.outerHTML.slice(0, 90))];
})()
"""
COVERED = """
(() => {
  const found = [];
  const words = (e) => { const range = document.createRange(); range.selectNodeContents(e); return range; };
  const shown = (e) => e.checkVisibility()
    && getComputedStyle(e.closest("thead") ?? e).position !== "absolute";
  const blocks = [...document.querySelectorAll(
    "h1, h2, h3, p, li, th, td, summary, .side a, .chart")].filter(shown);
  const boxes = blocks.map((e) => (e.matches(".chart") ? e : words(e)).getBoundingClientRect());
  blocks.forEach((e, at) => {
    const own = e.getBoundingClientRect(), text = boxes[at];
    if (text.right > own.right + 1 || text.left < own.left - 1)
      found.push(["cut off", e.innerText.slice(0, 60)]);
    for (let other = at + 1; other < blocks.length; other++) {
      if (e.contains(blocks[other])) continue;
      const box = boxes[other];
      if (Math.min(text.right, box.right) - Math.max(text.left, box.left) > 1
        && Math.min(text.bottom, box.bottom) - Math.max(text.top, box.top) > 2
        && !e.closest(".side") && !blocks[other].closest(".side"))
        found.push(["covered", e.innerText.slice(0, 60), blocks[other].innerText.slice(0, 60)]);
    }
  });
  for (const chart of document.querySelectorAll(".chart")) {
    const frame = chart.getBoundingClientRect();
    const texts = [...chart.querySelectorAll("svg text")].filter((e) => e.textContent.trim());
    const around = texts.map((e) => e.getBoundingClientRect());
    texts.forEach((e, at) => {
      const a = around[at];
      if (a.left < frame.left - 1 || a.right > frame.right + 1 || a.top < frame.top - 1
        || a.bottom > frame.bottom + 1 || a.width === 0) found.push(["cut off", chart.id, e.textContent]);
      for (let other = at + 1; other < texts.length; other++) {
        const b = around[other];
        if (Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1
          && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 0.3 * Math.min(a.height, b.height))
          found.push(["labels", chart.id, e.textContent, texts[other].textContent]);
      }
    });
  }
  return found;
})()
"""
UNFOLD = "document.querySelectorAll('details').forEach((d) => { d.open = true; })"
CONTRAST = """
(() => {
  document.querySelectorAll("[data-kind]").forEach((e) => { delete e.dataset.kind; });
  const met = new Set();
  for (const e of document.querySelectorAll(".page *:not(.chart *), header *")) {
    const own = [...e.childNodes].some((child) => child.nodeType === 3 && child.textContent.trim());
    if (!own || !e.checkVisibility({ visibilityProperty: true })) continue;
    const behind = [];
    for (let box = e; box; box = box.parentElement) {
      const { backgroundColor, backgroundImage, opacity } = getComputedStyle(box);
      behind.push(backgroundColor, backgroundImage, opacity);
    }
    const { color, fontSize, fontWeight, textShadow } = getComputedStyle(e);
    const plain = behind.filter((each) => !["rgba(0, 0, 0, 0)", "none", "1"].includes(each));
    const kind = [color, fontSize, fontWeight, textShadow, ...plain].join(" ");
    if (!met.has(kind)) e.dataset.kind = met.size;
    met.add(kind);
  }
})()
"""
"""Marks one text of each kind of colours and size: all of a kind have the same contrast, slow to ask for."""
AXE = """
(async () => {
  const about = { resultTypes: ["violations"] };
  const exclude = [".chart"];
  const all = await axe.run({ exclude }, { ...about, rules: { "color-contrast": { enabled: false } } });
  const kinds = { include: ["[data-kind]"], exclude };
  const contrast = await axe.run(kinds, { runOnly: ["color-contrast"], elementRef: true });
  const judged = new Set([...contrast.passes, ...contrast.violations].flatMap(
    (each) => each.nodes.map((node) => node.element)));
  const unjudged = [...document.querySelectorAll("[data-kind]")].filter((e) => !judged.has(e));
  return [...all.violations, ...contrast.violations]
    .filter((each) => ["serious", "critical"].includes(each.impact))
    .map((each) => [each.id, each.nodes.slice(0, 3).map((node) => node.html.slice(0, 120))])
    .concat(unjudged.map((e) => ["contrast not judged", [e.outerHTML.slice(0, 120)]]));
})()
"""
FOCUSED = "document.activeElement.getAttribute('href') ?? document.activeElement.tagName"
SEEN = """
(() => {
  const box = document.querySelector(decodeURIComponent(location.hash)).getBoundingClientRect();
  return box.top >= -1 && box.top < innerHeight;
})()
"""


def show(spec: ReportSpec) -> ExecutedNotebook:
    """No notebook is run: one has the outputs that its report shows."""
    publication = publish_sample(spec.notebook, cohort=spec.cohort, person=spec.person)
    shown = find_report(spec.notebook).open(publication, read_texts(spec.language)).show()
    outputs = [nbformat.v4.new_output("display_data", data, metadata=about) for data, about in shown]
    cell = nbformat.v4.new_code_cell("", id="c", outputs=outputs)
    return ExecutedNotebook(notebook=nbformat.v4.new_notebook(cells=[cell]), failed=())


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample's pages, as a build writes them."""
    folder = tmp_path_factory.mktemp("pages")
    sample = read_sample()
    specs = link_reports(plan_reports(sample.programme, Selection()), cohorts=sample.programme.cohorts)
    publications = {edition: sample.open_edition(edition) for edition in list_editions(specs)}
    reports = [
        {"notebook": spec.notebook, "path": spec.path, "parameters": spec.parameters} for spec in specs
    ]
    (folder / "index.html").write_text(render_index(folder, publications, reports), encoding="utf-8")
    (folder / "owner").mkdir()
    for language in LANGUAGES:
        policy = render_policy(sample.programme, read_texts(language))
        (folder / f"owner/policy.{language}.html").write_text(policy, encoding="utf-8")
    for spec in specs:
        if spec.path in PAGES:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(making, "run_notebook", lambda *_, spec=spec: show(spec))
                made = making.make_report(spec, folder=folder)
            for name, text in made.files.items():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with start_browser(tmp_path_factory.mktemp("profile")) as started:
        yield started


def check_quiet(opened: Opened) -> None:
    """All is drawn, where it was kept room for; nothing was asked for or said."""
    assert opened.finished
    assert opened.complaints == ()
    assert [url for url in opened.requests if not url.startswith(("file:", "blob:", "data:"))] == []
    assert len([url for url in opened.requests if url.startswith("file:")]) == 1
    assert opened.ask("document.documentElement.dataset.figures ?? 'none'") in ("drawn", "none")
    assert opened.ask("window.first") == opened.ask("window.places()")


def check_lines(opened: Opened) -> None:
    """Nothing is wider than its page, cut off or covered."""
    assert opened.ask(WIDER) == [0, []]
    assert opened.ask(COVERED) == []


def check_access(opened: Opened) -> None:
    """axe-core finds no serious fault."""
    opened.ask(files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8") + "; true")
    opened.ask(CONTRAST)
    assert opened.ask(AXE) == []


def follow_contents(opened: Opened, first: str) -> None:
    """By keys alone: to each line of the contents, and from it to its section."""
    anchors = opened.ask(f"[...document.querySelectorAll('{first} a[href^=\"#\"]')].map((a) => a.hash)")
    assert anchors
    opened.ask("document.activeElement.blur(), scrollTo(0, 0), getSelection().collapse(document.body, 0)")
    left = list(anchors)
    for _ in range(60):
        opened.press("Tab")
        focused = opened.ask(FOCUSED)
        if focused == "SUMMARY" and not opened.ask("document.activeElement.parentNode.open"):
            opened.press("Enter")
        if focused == left[0]:
            assert opened.ask("getComputedStyle(document.activeElement).outlineStyle") == "solid"
            left.pop(0)
        if not left:
            break
    assert left == []
    for anchor in anchors:
        opened.ask(f"scrollTo(0, 0), document.querySelector('{first} a[href=\"{anchor}\"]').focus()")
        opened.press("Enter")
        assert opened.ask("decodeURIComponent(location.hash)") == anchor
        assert opened.ask(SEEN)


@pytest.mark.parametrize("page", PAGES)
def test_page_on_a_screen_and_on_paper(browser: Browser, pages: Path, page: str) -> None:
    with browser.open(pages / page, SCREEN) as opened:
        check_quiet(opened)
        check_lines(opened)
        if opened.ask("!!document.querySelector('nav')"):
            follow_contents(opened, ".side")
        opened.ask(UNFOLD)
        check_lines(opened)
        check_access(opened)
        opened.lay_on_paper()
        check_lines(opened)
        assert opened.ask(
            "[...document.querySelectorAll('details')].every((d) => !d.getClientRects().length)"
        )
        sheets = len(pypdf.PdfReader(io.BytesIO(opened.print())).pages)
        assert sheets <= SHEETS[Path(page).name.split(".")[0]]


@pytest.mark.parametrize("page", PAGES)
def test_page_on_a_phone(browser: Browser, pages: Path, page: str) -> None:
    with browser.open(pages / page, PHONE) as opened:
        check_quiet(opened)
        check_lines(opened)
        if opened.ask("!!document.querySelector('nav')"):
            follow_contents(opened, ".folded-contents")
        opened.ask(UNFOLD)
        check_lines(opened)
        check_access(opened)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_ready_sentence_is_copied(browser: Browser, pages: Path, language: str) -> None:
    browser.call("Browser.grantPermissions", permissions=["clipboardReadWrite", "clipboardSanitizedWrite"])
    with browser.open(pages / f"graduates/p01/graduate-pack.{language}.html", SCREEN) as opened:
        assert opened.ask("document.querySelectorAll('button[data-copy]').length") > 3
        opened.ask("document.querySelectorAll('button[data-copy]')[1].focus()")
        opened.press("Enter")
        copied = "new Promise((done) => setTimeout(done, 200)).then(() => navigator.clipboard.readText())"
        assert opened.ask(copied) == opened.ask("document.getElementById('sentence-2').textContent")
        told = opened.ask("document.querySelectorAll('button[data-copy]')[1].textContent")
        assert told == read_texts(language).say("frame.copied")


def test_the_index_of_six_cohorts_is_one_screen(browser: Browser, pages: Path) -> None:
    with browser.open(pages / "index.html", SCREEN) as opened:
        assert opened.ask("document.querySelector('main').scrollHeight") <= 900


def test_the_index_changes_its_language(browser: Browser, pages: Path) -> None:
    shown = "[...document.querySelectorAll('div[lang]')].filter((d) => !d.hidden).map((d) => d.lang)"
    with browser.open(pages / "index.html", SCREEN) as opened:
        for before, after in (("ja", "en"), ("en", "ja")):
            assert opened.ask(shown) == [before]
            opened.ask(f"document.querySelector('button[data-language={after}]').focus()")
            opened.press("Enter")
            assert opened.ask(shown) == [after]
            assert opened.ask("document.documentElement.lang") == after
            check_lines(opened)
            check_access(opened)


FAULTS = {
    "wider": (
        check_lines,
        "main.append(Object.assign(document.createElement('pre'), {style: 'width: 2000px'}))",
    ),
    "cut off": (check_lines, "main.querySelector('h2').style.cssText = 'white-space: nowrap; width: 20px'"),
    "covered": (check_lines, "main.querySelectorAll('p')[1].style.marginTop = '-3rem'"),
    "label": (check_lines, "main.querySelectorAll('.chart svg text')[1].setAttribute('x', '-900')"),
    "grey": (check_access, "main.querySelector('.answer').style.color = '#bbb'"),
    "all grey": (check_access, "document.querySelector('.page').style.setProperty('--ink', '#ccc')"),
    "moved": (check_quiet, "main.querySelector('h2').style.marginTop = '90px'"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_faults_that_are_planted_are_found(browser: Browser, pages: Path, fault: str) -> None:
    check, plant = FAULTS[fault]
    with browser.open(pages / "owner/cohort-5/team-impact.en.html", SCREEN) as opened:
        opened.ask(f"{{ const main = document.querySelector('main'); {plant}; }}")
        with pytest.raises(AssertionError):
            check(opened)
