"""The letter to the home manager: what is shared and what is not, prompts where nobody wrote, one page."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from rotation_analysis import letter_sections
from rotation_analysis.measures import MEASURE_COLUMNS, Measure, measure_frame
from rotation_analysis.parts import Report
from rotation_analysis.texts import read_texts

from .publications import HOSTILE, html_of, make_publication, make_row, make_stay, sections_of

NOTEBOOK = "home_manager_letter"


def letter(*rows: Measure, words: dict[str, Any] | None = None, language: str = "en", **facts: Any) -> Report:
    publication = replace(
        make_publication(**facts),
        edition="home_manager",
        cohort=None,
        person="p1",
        words=words or {},
        measures=measure_frame(rows)[list(MEASURE_COLUMNS)],
    )
    return Report(publication, read_texts(language), NOTEBOOK)


def level(view: str, skill: str, value: float | None, wave: str = "end", **other: Any) -> Measure:
    return make_row(
        "skill.level", value, person="p1", kind=view, skill=skill, wave=wave, unit="level", **other
    )


def hidden(measure: str, **other: Any) -> Measure:
    return make_row(measure, person="p1", verdict="hidden", notes=("NO_CONSENT",), n=None, **other)


def test_the_notebook_calls_every_part_once() -> None:
    called = [section.__name__ for section in sections_of(NOTEBOOK)]
    assert called == ["head", "can_do", "needs", "cover", "next_steps", "foot"]


def test_a_skill_is_told_where_both_views_say_so_and_apart_where_one_does() -> None:
    shown = html_of(
        letter_sections.can_do(
            letter(
                level("self", "os", 3),
                level("mentor", "os", 4),
                level("self", "db", 4),
                level("mentor", "db", 2),
            )
        )
    )
    assert "in 1 of 2 skills: Systems." in shown
    assert "only one of them sees that: Databases." in shown


def test_the_latest_own_answer_counts() -> None:
    rows = [level("self", "os", 2), level("self", "os", 3, "after_6m"), level("mentor", "os", 3)]
    shown = html_of(letter_sections.can_do(letter(*rows)))
    assert "the graduate (6 months after) and the mentor (End)" in shown
    assert "in 1 of 1 skills" in shown


def test_without_a_mentor_s_view_the_graduate_s_own_stands_alone() -> None:
    shown = html_of(letter_sections.can_do(letter(level("self", "os", 2))))
    assert "in 0 of 1 skills (End): none." in shown
    assert "mentor" not in shown


def test_what_is_not_shared_is_named_and_says_nothing_about_ability() -> None:
    report = letter(level("self", "os", 3), hidden("incident.participation", unit="incidents"))
    shown = html_of(letter_sections.can_do(report))
    assert "Not in this letter: incidents. The graduate decides what goes in; that says nothing" in shown
    assert "What to ask" not in shown


def test_where_nothing_is_shared_the_letter_says_what_to_ask() -> None:
    report = letter(
        hidden("skill.level", unit="level"),
        hidden("incident.participation", unit="incidents"),
        hidden("improvement.in_use", unit="deliverables"),
    )
    shown = html_of(letter_sections.can_do(report))
    assert "Nothing of the graduate" in shown
    assert shown.count("<li>") == 3


def test_nothing_recorded_is_told_otherwise_than_nothing_shared() -> None:
    shown = html_of(letter_sections.can_do(letter()))
    assert "no answers on skills" in shown
    assert "decides what goes in" not in shown


def test_incidents_of_the_stay_are_counted_by_step_and_later_ones_are_not() -> None:
    def row(step: str, phase: str, value: float, n: int) -> Measure:
        fields: dict[str, Any] = {"kind": step, "phase": phase, "n": n, "missing": 1, "unit": "incidents"}
        return make_row("incident.participation", value, person="p1", **fields)

    rows = [
        row("observer", "month_1", 2, 3),
        row("responder", "month_1", 1, 3),
        row("responder", "months_2_3", 4, 4),
        row("responder", "ramp", 9, 9),
    ]
    shown = html_of(letter_sections.can_do(letter(*rows)))
    assert "Observer 2, Responder 5 (n\u00a0=\u00a07, of which 2 without" in shown


def test_what_cover_cost_has_its_n_and_a_team_alone_claims_nothing() -> None:
    fields: dict[str, Any] = {"team": "aoi", "unit": "share"}
    rows = [
        make_row("home.cover", 0.1, unit="share", cohort=None, n=116, low=0.04, high=0.16, missing=48),
        make_row("impact.self_resolution", 0.45, phase="baseline", n=123, **fields),
        make_row("impact.self_resolution", 0.68, phase="after_first", n=87, **fields),
        make_row("impact.self_resolution.never_senders", 0.42, phase="baseline", n=940, **fields),
    ]
    shown = html_of(letter_sections.cover(letter(*rows)))
    assert "Away in the host team from 2024-01-08 to 2024-06-28." in shown
    assert "10% of the answers from home teams do not agree" in shown
    assert "(range 4% to 16%, answers n\u00a0=\u00a0116, no answer or cannot say 48)" in shown
    assert "<td>45% (n\u00a0=\u00a0123)</td><td>68% (n\u00a0=\u00a087)</td>" in shown
    assert "<td>42% (n\u00a0=\u00a0940)</td><td>–</td>" in shown
    assert "cannot be put down to the stay alone" in shown


def test_a_stay_that_goes_on_has_no_end() -> None:
    stay = make_stay(end=None, ending="running", now="host", returned=False)
    assert "since 2024-01-08; the stay goes on" in html_of(letter_sections.cover(letter(stays=[stay])))


def test_the_letter_is_about_the_last_stay_with_a_return() -> None:
    stays = [
        make_stay(),
        make_stay(cohort="2", start="2024-09-02", end="2025-02-28", planned_end="2025-02-28"),
        make_stay(cohort="3", start="2025-03-10", end=None, ending="running", returned=False),
    ]
    assert "(cohort 2)" in html_of(letter_sections.head(letter(stays=stays)))


@pytest.mark.parametrize("language", ["ja", "en"])
def test_where_nobody_wrote_every_part_asks_and_makes_nothing_up(language: str) -> None:
    report = letter(language=language)
    fields = {"head": "day, to, sender", "needs": "needs", "next_steps": "next_steps, message"}
    for name, asked in fields.items():
        shown = html_of(getattr(letter_sections, name)(report))
        assert shown.count('class="prompt"') == 1
        assert asked in shown
        assert "words/home-manager-p1.toml" in shown


def test_what_people_wrote_stands_and_is_asked_for_no_more() -> None:
    def both(text: str) -> dict[str, str]:
        return {"ja": text, "en": text}

    words = {
        "to": both("Manager"),
        "sender": both("Owner"),
        "day": "2024-07-01",
        "needs": [both("Permission")],
        "next_steps": [{"what": both("Talk"), "who": both(""), "by": "2024-07-08"}],
        "message": both("Thank you"),
    }
    report = letter(words=words)
    shown = "".join(html_of(section(report)) for section in sections_of(NOTEBOOK))
    assert 'class="prompt"' not in shown
    assert "<th>2024-07-01</th><td>Manager</td><td>Owner</td>" in shown
    assert "<li>Permission</li>" in shown
    assert "<th>Talk</th><td>not written yet</td><td>2024-07-08</td>" in shown
    assert '<p class="written">Thank you</p>' in shown


def test_hostile_words_and_names_stay_text() -> None:
    hostile = {"ja": HOSTILE, "en": HOSTILE}
    words = {
        "to": hostile,
        "needs": [hostile],
        "message": hostile,
        "next_steps": [{"what": hostile, "who": hostile, "by": ""}],
    }
    report = letter(words=words, stays=[make_stay(name=HOSTILE)])
    shown = "".join(html_of(section(report)) for section in sections_of(NOTEBOOK))
    assert "<script" not in shown
    assert shown.count("&lt;script&gt;") >= 6
