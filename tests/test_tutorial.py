"""What the tutorial says of the sample's pages, people and truth is what they hold."""

from __future__ import annotations

import html
import re
import tomllib
from pathlib import Path

import pytest

from rotation_analysis.parts import Part, Parts
from rotation_analysis.planning import REPORTS
from rotation_analysis.programme import Audience
from tests.publications import (
    SAMPLE,
    html_of,
    read_sample,
    sample_edition,
    sample_parts,
    sample_report_of,
    sections_of,
)

TUTORIAL = (Path(__file__).parents[1] / "docs" / "tutorial.md").read_text(encoding="utf-8")
TRUTH = tomllib.loads((SAMPLE / "truth.toml").read_text(encoding="utf-8"))
QUESTIONS = dict(re.findall(r"^### (\d+)\. .*?\n(.*?)(?=^### |^## )", TUTORIAL, re.S | re.M))
LOOK = re.compile(r'^Look: `(.+?)\.en\.html`, "(.+)"$', re.M)
NOTEBOOKS = {kind.file: name for name, kind in REPORTS.items()}


def text_of(part: Part) -> str:
    """A part as one reads it: the cells of a row apart by bars, no tags."""
    told = f"<p>{html.escape(part.note)}</p>{html_of(part)}"
    told = re.sub(r"</t[dh]>\s*<t[dh][^>]*>", " | ", told)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", told)))


def parts_of(page: str) -> tuple[Part, ...]:
    """The parts of one of the sample's English pages, by its path in the report folder."""
    folder, about, name = re.fullmatch(r"(\w[\w-]*)/(?:([\w-]+)/)?([\w-]+)", page).groups()  # type: ignore[union-attr]
    notebook = NOTEBOOKS[name]
    if folder == "owner":
        return sample_parts(notebook, about and about.removeprefix("cohort-"), "en")
    audience: Audience = REPORTS[notebook].audience
    report = sample_report_of(notebook, audience, "en", person=about)
    shown = [section(report) for section in sections_of(notebook)]
    return tuple(part for each in shown for part in (each.parts if isinstance(each, Parts) else (each,)))


def test_there_are_ten_questions_each_with_a_place_to_look_at() -> None:
    assert list(QUESTIONS) == [str(number) for number in range(1, 11)]
    assert all(len(LOOK.findall(told)) == 1 for told in QUESTIONS.values())


@pytest.mark.parametrize("number", QUESTIONS)
def test_what_is_quoted_stands_on_the_page_under_that_question(number: str) -> None:
    told = QUESTIONS[number]
    ((page, question),) = LOOK.findall(told)
    quoted = re.findall(r"^> (.+)$", told, re.M)
    assert quoted
    held = "\n".join(text_of(part) for part in parts_of(page) if part.question == question)
    assert held, f"no part of {page} asks {question!r}"
    for text in quoted:
        assert re.sub(r"\s+", " ", text) in held


@pytest.mark.parametrize("number", QUESTIONS)
def test_every_other_place_that_is_named_is_a_question_of_that_page(number: str) -> None:
    told = re.sub(r"\s+", " ", QUESTIONS[number])
    ((page, _),) = LOOK.findall(QUESTIONS[number])
    named = [text for text in re.findall(r'"([^"]+)"', told) if text[0].isupper() and text.endswith("?")]
    asked = {re.sub(r"\s+", " ", part.question) for part in parts_of(page)}
    assert [text for text in named if text not in asked] == []


def test_the_follow_ups_that_are_missing_are_those_of_the_people_named() -> None:
    coverage = read_sample().cohorts.coverage.query("instrument == 'followup'")
    columns = ("missing", "not_yet_due", "cannot_be_asked", "not_applicable")
    rows = re.findall(r"^\| `(after_\dm)` \|(.*)\|$", QUESTIONS["1"], re.M)
    assert len(rows) == 2
    for wave, cells in rows:
        for status, cell in zip(columns, cells.split("|"), strict=True):
            here = coverage[coverage["wave"].eq(wave) & coverage["status"].eq(status)]
            assert cell.strip() == ", ".join(here["person"])


def test_leaders_are_told_nothing_of_a_single_cohort_person_or_team() -> None:
    rows = sample_edition("leadership").measures
    assert len(rows) > 100
    assert rows[["cohort", "person", "team"]].isna().all(axis=None)


def test_effects_are_called_as_in_the_truth_and_what_is_declined_is_so() -> None:
    named = set(re.findall(r"`(E\d+\w*)`", TUTORIAL))
    assert len(named) > 10
    families = {name.split("_")[0] for name in TRUTH if name != "seeds"}
    assert named <= TRUTH.keys() | families
    for name in ("E2", "E9_rotators_2", "E9_rotators_3", "E11", "E16_incidents", "E16_left"):
        assert TRUTH[name]["recoverable"] is False
    for name in ("E1", "E3", "E4", "E9_rotators_4", "E10_mentor", "E13_weeks_6_10"):
        assert TRUTH[name]["recoverable"] is True


@pytest.mark.parametrize(
    ("number", "said", "effect", "key", "value"),
    [
        ("3", "a quarter longer with four", "E9_rotators_4", "truth", 0.25),
        ("3", "5 and 8 %", "E9_rotators_2", "truth", 0.05),
        ("3", "5 and 8 %", "E9_rotators_3", "truth", 0.08),
        ("4", "+11 on average over the seven teams", "E1", "truth", 0.11),
        ("4", "+8 points, also for teams", "E3", "truth", 0.08),
        ("4", "in the last 13 weeks before", "E4", "windows", None),
        ("4", "−39 to −14", "E1", "windows", None),
        ("5", "1.09 levels", "E10_now_minus_start", "planted", None),
        ("5", "0.45", "E10_now_minus_start", "planted", None),
        ("5", "(0.15)", "E10_now_minus_then", "planted", None),
        ("5", "landscape 1.7", "E10_skill_landscape", "planted", None),
        ("5", "observability 1.6", "E10_skill_observability", "planted", None),
        ("5", "code 1.5", "E10_skill_cloud_iac", "planted", None),
        ("5", "network 0.4", "E10_skill_network", "planted", None),
        ("5", "system 0.5", "E10_skill_os", "planted", None),
        ("7", "hump of 0.55 around weeks 7 and 8", "E13_weeks_6_10", "planted", None),
    ],
)
def test_what_is_called_true_is_what_was_planted(
    number: str, said: str, effect: str, key: str, value: float | None
) -> None:
    told = re.sub(r"\s+", " ", QUESTIONS[number])
    planted = TRUTH[effect][key]
    if value is not None:
        assert said in told
        assert round(planted, 2) == value
        return
    numbers = re.findall(r"\d+(?:\.\d+)?", said)
    assert numbers
    assert said in told
    assert all(re.search(rf"(?<![\d.]){re.escape(text)}(?![\d.])", planted) for text in numbers)


def test_the_second_graduate_is_declined_with_the_numbers_told() -> None:
    held = "\n".join(text_of(part) for part in parts_of("owner/cohort-1/team-impact"))
    told = re.sub(r"\s+", " ", TUTORIAL)
    assert '"Not enough data to say": −2 points, range −18 to +15' in told
    assert "| −2 points | −18 to +15 |" in held


def test_the_check_of_the_sample_warns_as_told() -> None:
    found = {file.file: file.warnings for file in read_sample().cohorts.account.files}
    (warned,) = [warnings for warnings in found.values() if "renamed_question" in warnings]
    told = re.findall(r"`(\w+) (\d)`", QUESTIONS["2"])
    assert {code: int(n) for code, n in told} == dict(warned)
