"""The owner's own words on a page: address where written, fixes with owner and date, impressions last."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from rotation_analysis import after_sections, frame, word_parts
from rotation_analysis.parts import Parts, Report
from rotation_analysis.texts import read_texts

from .publications import HOSTILE, html_of, make_publication


def both(text: str) -> dict[str, str]:
    return {"ja": text, "en": text}


FIXES = [
    {"what": both("Guide"), "who": both("Host team"), "by": "2025-04-25"},
    {"what": both("Talk"), "who": both(""), "by": None},
]


def page(
    words: dict[str, Any], *, name: str = "skill_growth", cohort: str | None = "1", language: str = "en"
) -> Report:
    publication = replace(make_publication(), cohort=cohort, words=words)
    return Report(publication, read_texts(language), name)


def test_the_head_has_the_address_as_far_as_it_was_written() -> None:
    shown = frame.title(page({"to": both("Steering group"), "day": "2025-04-03"})).html_before()
    assert "Day: 2025-04-03 · To: Steering group" in shown
    assert "From:" not in shown
    assert "prompt" not in frame.title(page({})).html_before()


def test_fixes_have_owner_and_date_and_an_open_one_says_so() -> None:
    shown = word_parts.fixes_table(page({"fixes": FIXES}))
    assert "<th>Guide</th><td>Host team</td><td>2025-04-25</td>" in shown
    assert "<th>Talk</th><td>not written yet</td><td>not written yet</td>" in shown
    assert "prompt" not in shown


def test_without_fixes_a8_asks_for_them_in_the_cohort_s_file() -> None:
    shown = html_of(after_sections.fixes(page({})))
    assert shown.count('class="prompt"') == 1
    assert "fixes in words/owner-cohort-1.toml" in shown
    assert "Guide" in html_of(after_sections.fixes(page({"fixes": FIXES})))


def test_impressions_are_called_an_opinion() -> None:
    words = {
        "impressions": both("It went well.\nMostly."),
        "to": both("a"),
        "sender": both("b"),
        "day": "2025-04-03",
    }
    part = word_parts.impressions(page(words))
    assert "opinion, not a result" in part.sentences[0]
    assert '<p class="written">It went well.</p><p class="written">Mostly.</p>' in html_of(part)
    assert "prompt" not in html_of(part)


def test_one_prompt_at_the_end_asks_for_all_that_is_not_written() -> None:
    shown = html_of(word_parts.impressions(page({"to": both("a")})))
    assert shown.count('class="prompt"') == 1
    assert "under day, sender, impressions in words/owner-cohort-1.toml" in shown


def test_the_programme_s_fixes_stand_at_its_end() -> None:
    shown = html_of(word_parts.impressions(page({"fixes": FIXES}, name="programme", cohort=None)))
    assert "<h2>What will be fixed, and own impressions</h2>" in shown
    assert shown.index("Guide") < shown.index("Own impressions (the owner’s opinion)")
    assert "words/owner.toml" in shown
    assert "Guide" not in html_of(word_parts.impressions(page({"fixes": FIXES})))


@pytest.mark.parametrize(
    ("name", "asks"), [("skill_growth", True), ("workload", False), ("team_impact", False)]
)
def test_only_one_page_a_cohort_ends_with_impressions(name: str, asks: bool) -> None:
    shown = frame.appendix(page({}, name=name))
    assert isinstance(shown, Parts)
    assert ("prompt" in html_of(shown.parts[0])) == asks
    assert sum("prompt" in html_of(part) for part in shown.parts) == asks


def test_hostile_words_stay_text() -> None:
    words = {
        "to": both(HOSTILE),
        "impressions": both(HOSTILE),
        "fixes": [{"what": both(HOSTILE), "who": both(HOSTILE), "by": None}],
    }
    report = page(words, name="programme", cohort=None)
    shown = html_of(word_parts.impressions(report)) + frame.title(report).html_before()
    assert "<script" not in shown
    assert shown.count("&lt;script&gt;") == 4
