"""What the tutorial says of the sample's pages, people and truth is what they hold."""

from __future__ import annotations

import html
import re
import tomllib
from functools import cache
from pathlib import Path

import pytest

from rotation_analysis.build.planning import REPORTS
from rotation_analysis.texts import read_texts
from tests.publications import SAMPLE, read_sample, sample_edition, show_report, text_of

TUTORIAL = (Path(__file__).parents[1] / "docs" / "tutorial.md").read_text(encoding="utf-8")
TRUTH = tomllib.loads((SAMPLE / "truth.toml").read_text(encoding="utf-8"))
QUESTIONS = dict(re.findall(r"^### (\d+)\. .*?\n(.*?)(?=^### |^## )", TUTORIAL, re.S | re.M))
PLACE = re.compile(r'^(Look|And): `(.+?)\.en\.html`, "(.+)"$')
NOTEBOOKS = {kind.file: name for name, kind in REPORTS.items()}
FOLDED = re.compile(r"<details[^>]*><summary>(.*?)</summary>(.*?)</details>", re.S)
HEADED = re.compile(r"<h[12][^>]*>(.*?)</h[12]>(.*?)(?=<h[12][ >]|\Z)", re.S)


def read_lines(markup: str) -> tuple[str, ...]:
    """HTML as one reads it, line by line: the cells of a row apart by bars, no tags."""
    told = re.sub(r"\s+", " ", markup)
    told = re.sub(r"</t[dh]>\s*<t[dh][^>]*>", " | ", told)
    told = re.sub(r"</?(?:p|div|li|ul|tr|table|thead|tbody|details|summary|h\d)\b[^>]*>", "\n", told)
    told = html.unescape(re.sub(r"<[^>]+>", "", told))
    return tuple(re.sub(r"\s+", " ", line).strip() for line in told.split("\n") if line.strip())


@cache
def read_page(page: str) -> dict[str, tuple[str, ...]]:
    """The lines of one of the sample's English pages below each heading, and in each fold with a title."""
    found = re.fullmatch(r"([\w-]+)/(?:([\w-]+)/)?([\w-]+)", page)
    assert found
    folder, about, file = found.groups()
    name = NOTEBOOKS[file]
    cohort = about.removeprefix("cohort-") if about and folder == "owner" else None
    person = about if about and folder != "owner" else None
    shown = text_of(
        show_report(sample_edition(REPORTS[name].audience, cohort=cohort, person=person), name, "en")
    )
    everywhere = read_texts("en").say("fold.title")
    parts = [*HEADED.findall(shown), *(fold for fold in FOLDED.findall(shown) if fold[0] != everywhere)]
    return {" ".join(read_lines(heading)): read_lines(text) for heading, text in parts}


def list_places(told: str) -> list[tuple[str, str, str, list[str]]]:
    """Look or And, page, heading and the quoted lines below it, in order."""
    places: list[tuple[str, str, str, list[str]]] = []
    for line in told.splitlines():
        if place := PLACE.match(line):
            places.append((place[1], place[2], place[3], []))
        elif line.startswith("> "):
            places[-1][3].append(re.sub(r"\s+", " ", line[2:]).strip())
    return places


def test_there_are_ten_questions_each_with_a_place_to_look_at() -> None:
    assert list(QUESTIONS) == [str(number) for number in range(1, 11)]
    for told in QUESTIONS.values():
        words = [place[0] for place in list_places(told)]
        assert words[0] == "Look"
        assert words.count("Look") == 1
        assert len(re.findall(r"^(?:Look|And): ", told, re.M)) == len(words)


@pytest.mark.parametrize("number", QUESTIONS)
def test_what_is_quoted_stands_on_the_page_under_that_heading(number: str) -> None:
    for _, page, heading, quoted in list_places(QUESTIONS[number]):
        assert quoted
        held = read_page(page)
        assert heading in held, f"{page} has {', '.join(held)}"
        for text in quoted:
            assert any(text in line for line in held[heading]), text


@pytest.mark.parametrize("number", QUESTIONS)
def test_every_other_heading_that_is_named_is_one_of_the_pages_named(number: str) -> None:
    told = re.sub(r"\s+", " ", QUESTIONS[number])
    named = [text for text in re.findall(r'"([^"]+)"', told) if text[0].isupper()]
    headings = {heading for _, page, _, _ in list_places(QUESTIONS[number]) for heading in read_page(page)}
    assert [text for text in named if text not in headings] == []


def test_the_follow_ups_that_are_missing_are_those_of_the_people_named() -> None:
    coverage = read_sample().cohorts.coverage.query("instrument == 'followup'")
    columns = ("missing", "not_yet_due", "cannot_be_asked", "not_applicable")
    rows = re.findall(r"^\| `(after_\dm)` \|(.*)\|$", QUESTIONS["1"], re.M)
    assert len(rows) == 2
    for wave, cells in rows:
        for status, cell in zip(columns, cells.split("|"), strict=True):
            here = coverage[coverage["wave"].eq(wave) & coverage["status"].eq(status)]
            assert cell.strip() == ", ".join(here["person"])


def test_the_wordings_are_those_of_the_results() -> None:
    rows = sample_edition("owner").rows("lineage.wording")
    assert sorted(rows["label"]) == sorted(re.findall(r"`(\w+)` \(`wording_\w+`\)", QUESTIONS["2"]))
    assert sorted(rows["kind"]) == sorted(re.findall(r"`(wording_\w+)`", QUESTIONS["2"]))


def test_the_team_that_is_left_out_is_so_in_the_results() -> None:
    rows = sample_edition("owner", cohort="5").rows("impact.comparison_left_out")
    ((team, since, left_out, n),) = rows[["team", "label", "value", "n"]].itertuples(index=False)
    told = re.sub(r"\s+", " ", QUESTIONS["8"])
    assert f"`impact.comparison_left_out`: team {team}, from {since}, in {left_out:g} of {n} periods" in told


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
    held = read_page("owner/programme")
    told = re.sub(r"\s+", " ", TUTORIAL)
    assert "−2 points, range −18 to +15" in told
    assert any(
        "| −2 points | −18 to +15 |" in row for row in held["Did home teams become more self-reliant?"]
    )
    said = "The range is wide: a rise and a fall are both possible."
    assert f'"{said}"' in told
    assert any("After a second return" in line and said in line for line in held["What cannot be said yet"])


def test_the_check_of_the_sample_warns_as_told() -> None:
    found = {file.file: file.warnings for file in read_sample().cohorts.account.files}
    (warned,) = [warnings for warnings in found.values() if "renamed_question" in warnings]
    told = re.findall(r"`(\w+) (\d)`", QUESTIONS["2"])
    assert {code: int(n) for code, n in told} == dict(warned)
