"""Pages of every edition made of hostile text, opened: nothing fetched, asked or run, all figures drawn."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
import pytest

from rotation_analysis.build.pages import FIGURE, render_page
from rotation_analysis.build.privacy_notice import render_policy
from rotation_analysis.disclosure.publications import Edition, Publication
from rotation_analysis.programme.model import Audience
from rotation_analysis.texts import read_texts
from tests.browser import ABSENT, BROWSER, Browser, start_browser
from tests.publications import show_report
from tests.samples import read_tiny

if BROWSER is None:  # one line for the whole file
    pytest.skip(ABSENT, allow_module_level=True)

MARK = "<script>alert(1)</script>"
HOSTILE = (
    MARK + "</script><img src=x onerror=alert(2)><svg onload=alert(3)> & %{x} %{customdata} \"' "
    "<a href='http://a.invalid'>![i](http://a.invalid/i.png) <!-- {{7*7}} =1+1 \\u003c "
)
EDITIONS: tuple[tuple[str, Audience, str | None, str | None], ...] = (  # notebook, audience, cohort, person
    ("programme", "owner", None, None),
    ("skill_growth", "owner", "3", None),
    ("workload", "owner", "3", None),
    ("team_impact", "owner", "3", None),
    ("graduate_pack", "graduate", None, "p03"),
    ("home_manager_letter", "home_manager", None, "p03"),
    ("leadership_summary", "leadership", None, None),
)
NAMES = ("ja", "en", "name", "text", "title", "link", "because_ja", "because_en", "what", "source")


def make_hostile(value: Any, key: str = "") -> Any:
    """Plain data with every text that people type made hostile."""
    if isinstance(value, dict):
        return {name: make_hostile(each, str(name)) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(make_hostile(each, key) for each in value)
    return HOSTILE + value if isinstance(value, str) and value and key in NAMES else value


def publish_hostile(audience: Audience, cohort: str | None, person: str | None) -> Publication:
    """An edition of the tiny programme with hostile names, titles, words, replies and labels of the data."""
    publication = read_tiny().open_edition(Edition(audience=audience, cohort=cohort, person=person))
    measures = publication.measures.copy()
    typed = measures["label"].map(lambda label: isinstance(label, str) and not re.match(r"\d{4}-", label))
    measures.loc[typed, "label"] = HOSTILE + measures.loc[typed, "label"]
    voices = publication.voices.assign(text=HOSTILE + publication.voices["text"].astype("str"))
    return replace(
        publication,
        measures=measures,
        facts=make_hostile(publication.facts),
        voices=voices if len(voices) else publication.voices,
        records=make_hostile(publication.records),
        replies=make_hostile(publication.replies),
        words=make_hostile(publication.words),
    )


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with start_browser(tmp_path_factory.mktemp("profile")) as started:
        yield started


def assert_harmless(browser: Browser, path: Path, *, figures: int) -> str:
    """Nothing fetched, asked, complained of; all figures drawn; the text that a reader sees."""
    with browser.open(path, 1280) as opened:
        page, *others = opened.requests
        assert page.startswith("file:")
        assert [url for url in others if not url.startswith(("blob:", "data:"))] == []
        assert opened.complaints == ()
        assert opened.finished
        assert opened.ask("document.querySelectorAll('.js-plotly-plot').length") == figures
        assert opened.ask("document.querySelectorAll('main script:not([data-figure]), main img').length") == 0
        return str(opened.ask("document.documentElement.textContent"))


@pytest.mark.parametrize(("notebook", "audience", "cohort", "person"), EDITIONS)
def test_page_of_hostile_text_is_harmless(
    browser: Browser,
    tmp_path: Path,
    notebook: str,
    audience: Audience,
    cohort: str | None,
    person: str | None,
) -> None:
    outputs = show_report(publish_hostile(audience, cohort, person), notebook, "ja")
    cell = nbformat.v4.new_code_cell(
        "", id="c", outputs=[nbformat.v4.new_output("display_data", data, metadata=m) for data, m in outputs]
    )
    page = render_page(
        nbformat.v4.new_notebook(cells=[cell]), report=notebook, title=HOSTILE, texts=read_texts("ja")
    )
    path = tmp_path / "page.html"
    path.write_text(page, encoding="utf-8")
    figures = sum(FIGURE in data for data, _ in outputs)
    assert MARK in assert_harmless(browser, path, figures=figures)


def test_policy_page_of_hostile_names_is_harmless(browser: Browser, tmp_path: Path) -> None:
    programme = read_tiny().programme
    name = programme.programme.name.model_copy(update={"ja": HOSTILE, "en": HOSTILE})
    hostile = programme.model_copy(
        update={"programme": programme.programme.model_copy(update={"name": name, "company": name})}
    )
    path = tmp_path / "policy.html"
    path.write_text(render_policy(hostile, read_texts("ja")), encoding="utf-8")
    assert MARK in assert_harmless(browser, path, figures=0)


def test_page_that_runs_a_text_is_noticed(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text(f"<!doctype html><main>{MARK}</main>", encoding="utf-8")
    with browser.open(path, 1280) as opened:
        assert opened.complaints == ("a dialog: 1",)
