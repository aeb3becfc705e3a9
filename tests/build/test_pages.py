"""A page is one file that fetches nothing, shows no code, and cannot be broken out of."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import nbformat
import pytest

from rotation_analysis.build.pages import Link, content_policy, render_page
from rotation_analysis.texts import read_texts
from tests.browser import browse, needs_browser, start_browser

FIGURE = "application/vnd.plotly.v1+json"


NO_SCRIPT = read_texts("en").say("report.no_script")


def output(data: dict[str, Any], **metadata: Any) -> Any:
    return nbformat.v4.new_output("display_data", data, metadata=metadata)


def figure(name: str = "hours", alt: str = "two bars", **layout: Any) -> Any:
    bars = {"type": "bar", "x": ["before", "after"], "y": [12, 7], "name": name}
    config = {"plotlyServerURL": "https://plot.example"}
    return output({FIGURE: {"data": [bars], "layout": layout, "config": config}}, alt=alt)


def notebook(*outputs: Any) -> Any:
    cell = nbformat.v4.new_code_cell("secret_code()", id="c", outputs=list(outputs), execution_count=1)
    words = nbformat.v4.new_markdown_cell("secret words", id="m")
    return nbformat.v4.new_notebook(cells=[words, cell])


def page(*outputs: Any, title: str = "Skill growth", language: str = "en") -> str:
    return render_page(notebook(*outputs), report="workload", title=title, texts=read_texts(language))


def figure_data(text: str) -> list[Any]:
    blocks = re.findall(r'<script type="application/json" data-figure="[^"]+">(.*?)</script>', text, re.S)
    return [json.loads(block) for block in blocks]


def test_outputs_stand_in_their_order_and_nothing_else_is_shown() -> None:
    text = page(
        output({"text/html": "<h2>first</h2>"}),
        nbformat.v4.new_output("stream", name="stdout", text="secret print"),
        nbformat.v4.new_output("stream", name="stderr", text="secret warning"),
        output({"text/plain": "secret repr"}),
        figure(),
        nbformat.v4.new_output("execute_result", {"text/html": "<p>last</p>", "text/plain": "secret"}),
    )
    assert "secret" not in text
    assert (
        text.index("<h2>first</h2>")
        < text.index('<div id="figure-1" class="chart"')
        < text.index("<p>last</p>")
    )


def test_two_renders_give_the_same_bytes() -> None:
    assert page(figure(), figure("days")) == page(figure(), figure("days"))


def test_rendering_leaves_the_notebook_alone() -> None:
    given = notebook(figure(), output({"text/html": "<p>a</p>"}))
    before = nbformat.writes(given)
    render_page(given, report="workload", title="t", texts=read_texts("ja"))
    assert nbformat.writes(given) == before


def test_language_and_title_are_attribute_and_escaped_text() -> None:
    text = page(title="<b>A & B</b>", language="ja")
    assert "<title>&lt;b&gt;A &amp; B&lt;/b&gt;</title>" in text
    assert '<html lang="ja">' in text


def test_text_in_a_figure_cannot_end_its_block() -> None:
    hostile = "</script><!--<script>alert(1)</script>&\u2028"
    text = page(figure(hostile, alt=f'">{hostile}'))
    assert "alert(1)</script>" not in text
    assert "<!--" not in text
    assert figure_data(text)[0]["wide"]["data"][0]["name"] == hostile
    assert html.unescape(re.findall(r'<figure role="img" aria-label="([^"]*)"', text)[0]) == f'">{hostile}'


def test_figures_are_numbered_and_carry_their_alternative_text() -> None:
    text = page(figure(alt="first"), figure(alt="second"))
    assert re.findall(r'role="img" aria-label="(\w+)"><div id="([\w-]+)" class="chart"', text) == [
        ("first", "figure-1"),
        ("second", "figure-2"),
    ]


def test_only_data_and_layout_of_a_figure_travel() -> None:
    text = page(figure())
    assert set(figure_data(text)[0]["wide"]) == {"data", "layout"}
    assert "plot.example" not in text


def test_room_is_kept_for_the_wide_and_the_narrow_form() -> None:
    narrow = {"data": [], "layout": {"height": 300}}
    text = page(output({FIGURE: {"data": [], "layout": {"height": 200}}}, alt="a", narrow=narrow))
    assert 'style="--wide:200px;--narrow:300px"' in text
    assert figure_data(text) == [{"wide": {"data": [], "layout": {"height": 200}}, "narrow": narrow}]


def test_sections_have_anchors_and_stand_in_the_contents_on_the_side_and_folded() -> None:
    text = page(
        output({"text/html": "<h1>head</h1>"}, section="top", contents="First", head=True),
        output({"text/html": "<p>a</p>"}, section="top", contents="First"),
        output({"text/html": "<p>b</p>"}, section="more", contents="More & more", new_sheet=True),
        output({"text/html": "<p>c</p>"}, section="end", contents=""),
    )
    assert re.findall(r'<section id="(\w+)"( class="new-sheet")?>', text) == [
        ("top", ""),
        ("more", ' class="new-sheet"'),
        ("end", ""),
    ]
    lines = [("top", "First"), ("more", "More &amp; more")]
    assert re.findall(r'<li><a href="#(\w+)">(.*?)</a></li>', text) == [*lines, *lines]
    assert text.index("<h1>head</h1>") < text.index("<main>")


def test_a_link_to_a_report_leads_there_or_is_words_alone() -> None:
    parts = output({"text/html": '<p><a data-report="programme">all</a> <a data-report="workload">w</a></p>'})
    text = render_page(
        notebook(parts),
        report="workload",
        title="t",
        texts=read_texts("en"),
        links=[Link("programme", "Programme report", "../programme.en.html")],
    )
    assert '<p><a href="../programme.en.html">all</a> w</p>' in text
    assert text.count('<li><a href="../programme.en.html">Programme report</a></li>') == 2


@pytest.mark.parametrize("alt", ["", "  "])
def test_a_figure_without_alternative_text_is_refused(alt: str) -> None:
    with pytest.raises(ValueError, match="figure-1 has no alternative text"):
        page(figure(alt=alt))


def test_a_notebook_with_an_error_makes_no_page() -> None:
    with pytest.raises(ValueError, match="KeyError"):
        page(nbformat.v4.new_output("error", ename="KeyError", evalue="'a'", traceback=[]))


def test_plotly_is_in_a_page_once_and_only_with_figures() -> None:
    without, single, double = (
        page(output({"text/html": "<p>a</p>"})),
        page(figure()),
        page(figure(), figure()),
    )
    assert len(without) < 20_000
    assert NO_SCRIPT not in without
    assert 1_000_000 < len(single) < 3_000_000
    assert len(double) - len(single) < 1_000


def test_the_sentence_for_readers_without_scripts_stands_twice() -> None:
    text = page(figure())
    assert "<noscript><p" in text
    assert text.count(NO_SCRIPT) == 2


def test_the_policy_names_the_only_script_that_runs() -> None:
    text = page(figure())
    runs = re.findall(r"<script(?! type)[^>]*>(.*?)</script>", text, re.S)
    digest = base64.b64encode(hashlib.sha256(runs[0].encode()).digest()).decode()
    policy = html.unescape(re.findall(r'Content-Security-Policy" content="([^"]*)"', text)[0])
    assert len(runs) == 1
    assert policy == content_policy()
    assert f"default-src 'none'; script-src 'sha256-{digest}' blob:;" in policy
    assert policy.endswith("base-uri 'none'; form-action 'none'"), "default-src does not cover these two"


def test_nothing_in_a_page_points_elsewhere() -> None:
    text = page(figure())
    own = re.sub(r'<script type="text/plain".*?</script>', "", text, flags=re.S)
    assert re.findall(r"https?:|@import|url\(|src=", own) == []


@needs_browser
def test_a_browser_draws_every_figure_under_the_policy(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text(page(figure("</script>待ち時間"), figure(title={"text": "b"})), encoding="utf-8")
    drawn = browse(path, "--dump-dom")
    for name in ("figure-1", "figure-2"):
        assert re.search(rf'id="{name}" class="chart js-plotly-plot".*?class="main-svg"', drawn, re.S)
    assert re.search(r'id="no-script" hidden', drawn)
    assert "modebar-btn" not in drawn


@needs_browser
def test_a_browser_that_cannot_unpack_plotly_says_so(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    broken = re.sub(r'(id="plotly">)[^<]+', r"\1AAAA", page(figure()))
    path.write_text(broken, encoding="utf-8")
    assert re.search(f'id="no-script">{NO_SCRIPT}', browse(path, "--dump-dom"))


@needs_browser
@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext is not on PATH: print not read")
def test_a_printed_page_is_a4_and_leaves_folds_out(tmp_path: Path) -> None:
    path, pdf = tmp_path / "page.html", tmp_path / "page.pdf"
    numbers = '<details class="fold"><summary>numbers</summary><p>behind the figure</p></details>'
    path.write_text(page(figure(), output({"text/html": numbers})), encoding="utf-8")
    browse(path, f"--print-to-pdf={pdf}")
    text = subprocess.run(["pdftotext", str(pdf), "-"], capture_output=True, check=True).stdout.decode()
    size = subprocess.run(["pdfinfo", str(pdf)], capture_output=True, check=True).stdout.decode()
    assert "A4" in size
    assert "behind the figure" not in text
    assert "before" in text
    assert re.search(r"1 ?/ ?1", text)
    assert "Skill growth" not in text, "the browser's own header is printed"


@needs_browser
def test_the_button_of_a_fold_saves_the_figure_as_svg_without_a_request(tmp_path: Path) -> None:
    path, saved = tmp_path / "page.html", tmp_path / "saved"
    fold = '<details class="fold" open><summary>Numbers</summary></details>'
    about = {"section": "cost", "contents": "Cost"}
    bars = {"type": "bar", "x": ["前", "後"], "y": [12, 7]}
    shown = output({FIGURE: {"data": [bars], "layout": {"height": 200}}}, alt="two bars", **about)
    path.write_text(page(shown, output({"text/html": fold}, **about)), encoding="utf-8")
    with start_browser(tmp_path / "profile") as browser:
        browser.call("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(saved))
        with browser.open(path, 1000) as opened:
            opened.ask("document.querySelector('details.fold button').click()")
            picture = wait_for(saved / "cost.svg")
            asked = opened.ask("performance.getEntriesByType('resource').map((e) => e.name)")
            assert [url for url in asked if not url.startswith(("blob:", "data:"))] == []
            assert opened.complaints == ()
    assert picture.startswith(b"<svg")
    assert "後".encode() in picture


def wait_for(path: Path) -> bytes:
    """What a download holds, once it is there."""
    for _ in range(200):
        if path.exists() and path.stat().st_size:
            return path.read_bytes()
        time.sleep(0.05)
    raise AssertionError(f"{path.name} was not saved")
