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

from rotation_analysis.pages import content_policy, render_page
from rotation_analysis.texts import read_texts
from tests.browser import browse, needs_browser, start_browser

FIGURE = "application/vnd.plotly.v1+json"


def output(data: dict[str, Any], **metadata: str) -> Any:
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
    assert text.index("<h2>first</h2>") < text.index('<div id="figure-1">') < text.index("<p>last</p>")


def test_two_renders_give_the_same_bytes() -> None:
    assert page(figure(), figure("days")) == page(figure(), figure("days"))


def test_rendering_leaves_the_notebook_alone() -> None:
    given = notebook(figure(), output({"text/html": "<p>a</p>"}))
    before = nbformat.writes(given)
    render_page(given, report="workload", title="t", texts=read_texts("ja"))
    assert nbformat.writes(given) == before


def test_language_and_title_are_escaped_attributes_and_text() -> None:
    text = page(title="<b>A & B</b>", language='ja"><script>')
    assert "<title>&lt;b&gt;A &amp; B&lt;/b&gt;</title>" in text
    assert '<html lang="ja&#34;&gt;&lt;script&gt;">' in text


def test_text_in_a_figure_cannot_end_its_block() -> None:
    hostile = "</script><!--<script>alert(1)</script>&\u2028"
    text = page(figure(hostile, alt=f'">{hostile}'))
    assert "alert(1)</script>" not in text
    assert "<!--" not in text
    assert figure_data(text)[0]["data"][0]["name"] == hostile
    assert html.unescape(re.findall(r'aria-label="([^"]*)"', text)[0]) == f'">{hostile}'


def test_figures_are_numbered_and_carry_their_alternative_text() -> None:
    text = page(figure(alt="first"), figure(alt="second"))
    assert re.findall(r'role="img" aria-label="(\w+)"><div id="([\w-]+)">', text) == [
        ("first", "figure-1"),
        ("second", "figure-2"),
    ]


def test_only_data_and_layout_of_a_figure_travel() -> None:
    text = page(figure())
    assert set(figure_data(text)[0]) == {"data", "layout"}
    assert "plot.example" not in text


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
    assert "The figures cannot be drawn here." not in without
    assert 1_000_000 < len(single) < 3_000_000
    assert len(double) - len(single) < 1_000


def test_the_sentence_for_readers_without_scripts_stands_twice() -> None:
    text = page(figure())
    assert "<noscript><p" in text
    assert text.count("The figures cannot be drawn here.") == 2


def test_the_policy_names_the_only_script_that_runs() -> None:
    text = page(figure())
    runs = re.findall(r"<script>(.*?)</script>", text, re.S)
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


def contrast(text: str, ground: str) -> float:
    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    lighter, darker = sorted((luminance(text), luminance(ground)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_colours_of_text_are_readable() -> None:
    colours = dict(re.findall(r"--(\w+): (#\w{6})", page()))
    for name in ("ink", "quiet", "accent"):
        for ground in ("#ffffff", colours["faint"]):
            assert contrast(colours[name], ground) >= 4.5, (name, ground)
    assert contrast("#573a00", "#fff6e0") >= 4.5


@needs_browser
def test_a_browser_draws_every_figure_under_the_policy(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text(page(figure("</script>待ち時間"), figure(title={"text": "b"})), encoding="utf-8")
    drawn = browse(path, "--dump-dom")
    for name in ("figure-1", "figure-2"):
        assert re.search(rf'id="{name}" class="js-plotly-plot".*?class="main-svg"', drawn, re.S)
    assert re.search(r'id="no-script" hidden', drawn)
    assert "modebar-btn" not in drawn


@needs_browser
def test_a_browser_that_cannot_unpack_plotly_says_so(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    broken = re.sub(r'(id="plotly">)[^<]+', r"\1AAAA", page(figure()))
    path.write_text(broken, encoding="utf-8")
    assert re.search(r'id="no-script">The figures', browse(path, "--dump-dom"))


@needs_browser
@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext is not on PATH: print not read")
def test_a_printed_page_is_a4_and_shows_the_numbers(tmp_path: Path) -> None:
    path, pdf = tmp_path / "page.html", tmp_path / "page.pdf"
    numbers = '<details class="numbers"><summary>numbers</summary><p>behind the figure</p></details>'
    path.write_text(page(figure(), output({"text/html": numbers})), encoding="utf-8")
    browse(path, f"--print-to-pdf={pdf}")
    text = subprocess.run(["pdftotext", str(pdf), "-"], capture_output=True, check=True).stdout.decode()
    size = subprocess.run(["pdfinfo", str(pdf)], capture_output=True, check=True).stdout.decode()
    assert "A4" in size
    assert "behind the figure" in text
    assert "before" in text
    assert re.search(r"1 ?/ ?1", text)
    assert "Skill growth" not in text, "the browser's own header is printed"


def named_figure(name: str) -> Any:
    bars = {"type": "bar", "x": ["前", "後"], "y": [12, 7]}
    return output({FIGURE: {"data": [bars], "layout": {}}}, alt="two bars", figure_name=name)


def test_only_a_figure_with_a_name_can_be_saved_and_its_name_is_an_attribute() -> None:
    text = page(figure(), named_figure('a" onclick="alert(1)'))
    assert re.findall(r'<div id="figure-\d"(.*?)></div>', text) == [
        "",
        ' data-save="a&#34; onclick=&#34;alert(1)"',
    ]


@needs_browser
def test_a_figure_is_saved_as_a_picture_without_a_request(tmp_path: Path) -> None:
    path, saved = tmp_path / "page.html", tmp_path / "saved"
    path.write_text(page(figure(), named_figure("cost")), encoding="utf-8")
    with start_browser(tmp_path / "profile") as browser:
        browser.call("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(saved))
        with browser.open(path, 1000) as opened:
            assert opened.ask("document.querySelectorAll('.modebar-btn').length") == 1
            assert opened.ask("document.querySelector('#figure-2 .modebar-btn').dataset.title") == "PNG"
            opened.ask("document.querySelector('#figure-2 .modebar-btn').click()")
            picture = wait_for(saved / "cost.png")
            asked = opened.ask("performance.getEntriesByType('resource').map((e) => e.name)")
            assert [url for url in asked if not url.startswith(("blob:", "data:"))] == []
            assert opened.complaints == ()
    assert picture.startswith(b"\x89PNG")
    assert len(picture) > 5_000


def wait_for(path: Path) -> bytes:
    """What a download holds, once it is there."""
    for _ in range(200):
        if path.exists() and path.stat().st_size:
            return path.read_bytes()
        time.sleep(0.05)
    raise AssertionError(f"{path.name} was not saved")
