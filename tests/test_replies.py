"""What people add to their own numbers stands wherever those numbers stand, as text."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from rotation_analysis.parts import Part, Parts, Report
from rotation_analysis.replies import carry_replies, render, reply_lines
from rotation_analysis.texts import read_texts

from .publications import COHORTS, HOSTILE, html_of, make_publication, sample_parts, sample_publication


def reply(measure: str, text: str = "I had no access.", **other: Any) -> dict[str, Any]:
    return {"person": "p1", "measure": measure, "skill": None, "text": text, "given": "2024-05-20", **other}


def report_with(*replies: dict[str, Any], audience: str = "owner", language: str = "en") -> Report:
    publication = replace(make_publication(), edition=audience, replies=replies)
    return Report(publication, read_texts(language), "skill_growth")


@pytest.mark.parametrize(
    ("about", "shown", "found"),
    [
        ("skill.growth.mentor", "skill.growth.mentor", True),
        ("skill.growth.mentor", "skill.growth", True),
        ("skill", "skill.growth", True),
        ("skill.growth", "skill.growth_of", False),
        ("strain", "skill.growth", False),
    ],
)
def test_a_reply_stands_at_its_number_and_at_what_holds_it(about: str, shown: str, found: bool) -> None:
    assert bool(reply_lines(report_with(reply(about)), shown)) == found


def test_a_reply_tells_whose_it_is_of_what_and_when() -> None:
    (line,) = reply_lines(report_with(reply("strain")), "strain.fortnight")
    assert line == "見本 一 adds (strain, 2024-05-20): I had no access."
    (line,) = reply_lines(report_with(reply("skill.growth", skill="db")), "skill.growth")
    assert "(Databases, 2024-05-20)" in line
    (line,) = reply_lines(report_with(reply("skill.growth"), audience="graduate", language="ja"), "skill")
    assert line.startswith("あなたの補足(スキル、2024-05-20)")


def test_replies_keep_their_order_and_none_gives_nothing() -> None:
    report = report_with(reply("skill.use", "b"), reply("skill.level", "a"))
    assert [line[-1] for line in reply_lines(report, "skill")] == ["b", "a"]
    assert render(report, "strain") == ""


def test_a_section_carries_the_replies_under_its_numbers() -> None:
    @carry_replies("strain")
    def section(report: Report) -> Part:
        """About strain."""
        return Part(question="q", numbers="<p>n</p>")

    assert section.__name__ == "section"
    shown = html_of(section(report_with(reply("strain.zone"))))
    assert shown.index("<p>n</p>") < shown.index('<p class="reply">')
    assert "reply" not in html_of(section(report_with(reply("skill"))))


def test_of_several_parts_the_last_carries_them() -> None:
    @carry_replies("strain")
    def section(report: Report) -> Parts:
        return Parts((Part(question="a"), Part(question="b")))

    first, last = section(report_with(reply("strain"))).parts
    assert "reply" not in html_of(first)
    assert "reply" in html_of(last)


def test_a_section_can_show_the_numbers_in_one_notebook_only() -> None:
    @carry_replies("strain", only_in="workload")
    def section(report: Report) -> Part:
        return Part(question="q")

    report = report_with(reply("strain"))
    assert "reply" not in html_of(section(report))
    assert "reply" in html_of(section(replace(report, name="workload")))


def test_a_hostile_reply_stays_text() -> None:
    shown = render(report_with(reply("strain", HOSTILE)), "strain")
    assert "<script" not in shown
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp;" in shown


@pytest.mark.parametrize("cohort", COHORTS)
def test_every_reply_of_the_sample_that_passed_the_gate_stands_on_a_page(cohort: str) -> None:
    pages = "".join(
        html_of(part)
        for notebook in ("skill_growth", "workload")
        for part in sample_parts(notebook, cohort, "ja")
    )
    for each in sample_publication(cohort).replies:
        assert each["text"] in pages
    assert ('class="reply"' in pages) == bool(sample_publication(cohort).replies)


def test_the_sample_has_replies() -> None:
    assert any(sample_publication(cohort).replies for cohort in COHORTS)
