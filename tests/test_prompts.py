"""What a person wrote stands as written; where nobody wrote, a prompt names file and field."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from rotation_analysis import words as models
from rotation_analysis.parts import Report
from rotation_analysis.programme import Audience
from rotation_analysis.prompts import Answer, ask, cell_text, render, written, written_list
from rotation_analysis.texts import read_texts

from .publications import HOSTILE, make_publication


def report_with(
    words: dict[str, Any],
    *,
    audience: Audience = "owner",
    cohort: str | None = None,
    person: str | None = None,
    language: str = "ja",
) -> Report:
    publication = replace(make_publication(), edition=audience, cohort=cohort, person=person, words=words)
    return Report(publication, read_texts(language), "skill_growth")


def test_what_was_written_stands_in_the_report_s_language() -> None:
    words = {"impressions": {"ja": " よかった ", "en": "It went well"}}
    assert written(report_with(words), "impressions") == Answer(text="よかった")
    assert written(report_with(words, language="en"), "impressions") == Answer(text="It went well")


def test_a_day_stands_as_a_day() -> None:
    assert written(report_with({"day": "2025-04-10"}), "day") == Answer(text="2025-04-10")


@pytest.mark.parametrize("words", [{}, {"impressions": {"ja": "", "en": " "}}, {"impressions": None}])
def test_an_empty_field_is_a_prompt_that_names_file_and_field(words: dict[str, Any]) -> None:
    answer = written(report_with(words, cohort="3"), "impressions")
    assert answer.asked
    assert answer.text == "未記入: 所感。words/owner-cohort-3.toml の impressions に書くと載る。"


def test_a_text_in_the_other_language_only_is_asked_for_by_its_language() -> None:
    answer = written(report_with({"impressions": {"ja": "よかった", "en": ""}}, language="en"), "impressions")
    assert answer.asked
    assert "impressions.en in words/owner.toml" in answer.text


def test_a_graduate_is_asked_politely_and_in_the_graduate_s_own_file() -> None:
    answer = ask(report_with({}, audience="graduate", person="p03"), "mistakes")
    assert "words/graduate-p03.toml の mistakes" in answer.text
    assert "ください" in answer.text


def test_entries_are_texts_by_key_and_empty_ones_are_left_out() -> None:
    both = {"ja": "入門", "en": "Onboarding"}
    nothing = {"ja": "", "en": ""}
    fixes = [
        {"what": both, "who": nothing, "by": "2025-03-31"},
        {"what": nothing, "who": nothing, "by": None},
    ]
    report = report_with({"fixes": fixes, "learned": [both, nothing]}, language="en")
    assert written_list(report, "fixes") == [{"what": "Onboarding", "who": "", "by": "2025-03-31"}]
    assert written_list(report, "learned") == [{"text": "Onboarding"}]
    assert written_list(report, "concerns") == []


def test_a_cell_that_nobody_filled_says_so() -> None:
    report = report_with({})
    assert (cell_text(report, "SRE"), cell_text(report, "")) == ("SRE", "未記入")


def test_a_prompt_is_a_box_and_what_was_written_are_paragraphs() -> None:
    assert render(Answer(text="a", asked=True)) == '<p class="prompt">a</p>'
    assert render(Answer(text="a\n\n b")) == '<p class="written">a</p><p class="written">b</p>'


@pytest.mark.parametrize("asked", [True, False])
def test_hostile_words_stay_text(asked: bool) -> None:
    shown = render(Answer(text=HOSTILE, asked=asked))
    assert "<script" not in shown
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; %{x}" in shown


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_field_that_can_be_written_has_its_prompt(language: str) -> None:
    files = {
        "owner": models.OwnerWords,
        "leadership": models.LeadershipWords,
        "home_manager": models.LetterWords,
        "graduate": models.PackWords,
    }
    for audience, model in files.items():
        report = report_with({}, audience=audience, language=language)  # type: ignore[arg-type]
        for field in model.model_fields:
            assert written(report, field).text.count(f"words/{audience.replace('_', '-')}.toml") == 1
