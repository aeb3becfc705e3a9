"""The part on chances from literal publications: sentences, table, its states, in both languages."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from typing import Any

import pytest

from rotation_analysis.chance_sections import chances
from rotation_analysis.measures import Measure
from rotation_analysis.parts import Part
from tests.publications import HOSTILE, html_of, make_report, make_row, make_stay

LANGUAGES = pytest.mark.parametrize("language", ["ja", "en"])
TWO = [make_stay(), make_stay("p2", "見本 二", "kaede")]
BLAME = re.compile(r"能力|できない人|力不足|weak|lacks|failed|poor", re.I)


def chance(value: float | None = 33.0, **other: Any) -> Measure:
    fields = {"skill": "os", "person": "p1", "unit": "chances", "n": 1175, "missing": 8, **other}
    return make_row("skill.chances", value, **fields)


def finding(kind: str, value: float | None = 1.0, **other: Any) -> Measure:
    fields = {"kind": kind, "skill": "os", "person": "p1", "wave": "end", "unit": "findings", **other}
    return make_row("skill.chance_finding", value, **fields)


def no_chance(value: float | None = 2.0, **other: Any) -> Measure:
    fields = {"person": "p1", "wave": "end", "unit": "skills", "n": 9, "missing": 1, **other}
    return make_row("skill.no_chance", value, **fields)


def over_people(value: float | None = 4.0, skill: str = "os", **other: Any) -> Measure:
    fields = {
        "cohort": None,
        "skill": skill,
        "wave": "end",
        "unit": "persons",
        "n": 11,
        "missing": 3,
        **other,
    }
    return make_row("skill.no_chance", value, **fields)


def grown(value: float | None, arm: str = "now_minus_start", **other: Any) -> Measure:
    return make_row(f"skill.growth.{arm}", value, **{"skill": "os", "person": "p1", **other})


def findings(*holding: str, **other: Any) -> list[Measure]:
    kinds = ("growth_without_chance", "chance_without_growth", "no_chance_given")
    return [finding(kind, float(kind in holding), **other) for kind in kinds]


def without(row: Measure, reason: str, verdict: str = "not_measurable") -> Measure:
    return replace(row, value=None, verdict=verdict, notes=(reason,))


def hide(row: Measure) -> Measure:
    hidden = without(row, "NO_CONSENT", "hidden")
    return replace(hidden, n=None, missing=None, skill=None, kind=None, wave=None)


def show(*rows: Measure, language: str = "en", **facts: Any) -> Part:
    return chances(make_report(*rows, language=language, **facts))


def words_of(html: str) -> str:
    text = re.sub(r"<style>.*?</style>", "", html, flags=re.S)
    return unescape(re.sub(r"<[^>]*>", " ", text)).replace("\N{NO-BREAK SPACE}", " ")


FULL = [
    chance(),
    *findings("chance_without_growth"),
    grown(0.0),
    grown(-1.0, "now_minus_then"),
    without(grown(None, "mentor"), "NO_CHANCE"),
    no_chance(),
    over_people(),
    over_people(2.0, "db"),
]


@LANGUAGES
def test_chances_growth_and_finding_stand_side_by_side_with_n_and_missing(language: str) -> None:
    part = show(*FULL, language=language)
    report = make_report(language=language)
    assert part.question == report.say("chances.question")
    assert part.state is None
    table = words_of(part.table)
    count = {"ja": "33件(n = 1,175、不明8)", "en": "33 (n = 1,175, unclear 8)"}
    growth = {"ja": "−1〜±0(n = 2)", "en": "−1 to ±0 (n = 2)"}
    for told in (count[language], growth[language], report.say("kind.chance_without_growth")):
        assert told in table
    assert report.say("kind.growth_without_chance") not in table
    assert not BLAME.search(words_of(html_of(part)))


def test_the_part_is_wholly_in_its_language() -> None:
    same = {
        "stays": [make_stay(name="N-1", team_name={"ja": "T-1", "en": "T-1"})],
        "skills": [{"id": id_, "ja": f"S-{n}", "en": f"S-{n}"} for n, id_ in enumerate(("os", "db"))],
    }
    noted = [replace(FULL[0], notes=("TABLES_UNREAD:1:3", "BY_TITLE")), *FULL[1:]]
    ja = re.sub(r"[NS]-\d|\bn\b", "", words_of(html_of(show(*noted, language="ja", **same))))
    assert re.findall(r"[A-Za-z]+", ja) == []
    assert not re.search(r"[ぁ-んァ-ヶ一-龠]", words_of(html_of(show(*noted, language="en", **same))))


def test_sentences_count_over_the_persons_shown_with_what_could_not_be_judged() -> None:
    second = {"person": "p2"}
    rows = [*FULL, chance(0.0, **second), *findings("growth_without_chance", **second)]
    rows += [finding(kind, skill="db", value=None, verdict="not_measurable", notes=("BLANK",), **second)
             for kind in ("growth_without_chance", "chance_without_growth", "no_chance_given")]  # fmt: skip
    said = show(*rows, no_chance(1.0, n=10, missing=0, **second), stays=TWO).sentences
    assert "(n = 2)" in said[0]
    assert "no chance on record”: 1 (judged n = 2, could not be judged 1)" in said[0]
    assert said[1].endswith("no gain by two views”: 1 (n = 2, could not be judged 1).")
    assert "3 (n = 19, not answered 1)" in said[2]
    assert "given to do, not of the people" in said[2]


def test_the_programme_names_the_skills_that_most_had_no_chance_in() -> None:
    skills = [{"id": id_, "ja": id_, "en": id_.upper()} for id_ in ("os", "db", "network", "slo", "incident")]
    counts = {"os": 1.0, "db": 4.0, "network": 0.0, "slo": 2.0, "incident": 1.0}
    said = show(*(over_people(value, skill) for skill, value in counts.items()), skills=skills).sentences[-1]
    order = re.findall(r"([A-Z]+) \(people: (\d), n = 11, not answered 3\)", said)
    assert order == [("DB", "4"), ("SLO", "2"), ("OS", "1")]
    assert "skills besides: 1" in said


@LANGUAGES
def test_that_nobody_had_no_chance_is_told_with_n(language: str) -> None:
    part = show(over_people(0.0), over_people(0.0, "db", n=9), language=language)
    expected = make_report(language=language).say("chances.sentence_programme_none", n="9–11", missing="3")
    assert expected in part.sentences


@pytest.mark.parametrize("reason", ["FEW_PEOPLE:5", "WAVE_NOT_YET_DUE"])
@LANGUAGES
def test_a_programme_that_cannot_be_shown_says_why(reason: str, language: str) -> None:
    row = without(over_people(), reason, "hidden" if reason.startswith("FEW") else "not_measurable")
    report = make_report(language=language)
    name = reason.split(":")[0]
    told = report.texts.sentences[f"reason.{name}"].format("5")
    assert (
        report.say("chances.sentence_programme_unknown", reason=told)
        in show(row, language=language).sentences
    )


def test_answers_of_no_chance_that_records_contradict_are_told_of() -> None:
    def said(value: float) -> str:
        return " ".join(show(chance(value), *findings("no_chance_given"), no_chance()).sentences)

    assert "For 1 of them (n = 1) there are chances on record" in said(5.0)
    assert "there are chances on record" not in said(0.0)
    assert "there are chances on record" not in " ".join(show(*FULL).sentences)


def test_no_answer_of_no_chance_is_told_with_n() -> None:
    said = show(chance(), *findings(), no_chance(0.0)).sentences
    assert "Nobody who can be shown answered “no chance” at the end (n = 9, not answered 1)." in said


@LANGUAGES
def test_who_did_not_consent_is_hidden_and_counted(language: str) -> None:
    rows = [hide(row) for row in (chance(), finding("no_chance_given"), no_chance(), grown(1.0))]
    part = show(*rows, language=language)
    report = make_report(language=language)
    assert part.state is not None
    assert part.state[0] == report.say("state.hidden")
    assert part.table == ""
    assert "33" not in html_of(part)
    assert {"ja": "非表示 1名", "en": "not shown: 1"}[language] in part.note
    assert report.say("chances.sentence_no_answer") in part.sentences


def test_a_skill_that_needs_another_consent_is_hidden_alone() -> None:
    incident = {"skill": "db"}
    rows = [
        *FULL,
        hide(chance()),
        hide(finding("growth_without_chance")),
        finding("no_chance_given", **incident),
    ]
    part = show(*rows)
    line = next(row for row in re.findall(r"<tr>.*?</tr>", part.table, re.S) if "Databases" in row)
    reason = make_report().say("reason.NO_CONSENT")
    assert words_of(line).count(reason) == 1
    assert "not shown: 0" in part.note
    assert "(judged n = 1, could not be judged 0)" in part.sentences[0]


@LANGUAGES
@pytest.mark.parametrize("reason", ["NO_CHANCE_RECORDS", "NO_CHANCE_RULE", "CHANCES_UNTOLD", "NO_TITLE_FITS"])
def test_without_known_chances_the_box_says_why_and_what_would_help(reason: str, language: str) -> None:
    rows = [without(chance(), reason), *(without(row, reason) for row in findings()), no_chance(0.0)]
    part = show(*rows, language=language)
    report = make_report(language=language)
    assert part.state is not None
    assert part.state[0] == report.say("state.not_measurable")
    assert part.state[1].lower() == report.say(f"reason.{reason}").lower()
    assert report.say(f"mend.{reason}") in part.state[2]
    assert part.table == ""


def test_a_publication_without_these_measures_has_a_box() -> None:
    assert show().state is not None


@LANGUAGES
def test_a_stay_under_way_is_counted_until_the_day_of_the_data(language: str) -> None:
    waiting = [without(row, "WAVE_NOT_YET_DUE") for row in (*findings(), no_chance())]
    stays = [make_stay(end=None, ending="running", now="host", returned=False)]
    part = show(chance(), *waiting, language=language, stays=stays)
    report = make_report(language=language)
    assert part.sentences[0] == report.say("chances.sentence_running", n=1, day="2025-03-31")
    untimely = (
        report.say("chances.sentence_found_none", missing=1),
        report.say("chances.sentence_no_answer"),
    )
    assert not set(untimely) & set(part.sentences)  # the end is not due: nothing is lacking
    assert "33" in part.numbers
    assert report.say("reason.WAVE_NOT_YET_DUE") in words_of(part.numbers)


def test_where_some_have_finished_what_was_found_of_them_comes_first() -> None:
    running = make_stay("p2", "見本 二", "kaede", end=None, ending="running", now="host", returned=False)
    waiting = [without(row, "WAVE_NOT_YET_DUE") for row in findings(person="p2")]
    said = show(*FULL, chance(person="p2"), *waiting, stays=[make_stay(), running]).sentences
    assert said[-1] == make_report().say("chances.sentence_running", n=1, day="2025-03-31")
    assert "no gain by two views”: 1" in said[0]  # what there is, before what there is not


def test_a_reason_that_stands_beside_it_is_not_told_again() -> None:
    rows = [without(chance(), "NO_TITLE_FITS"), *(without(row, "NO_TITLE_FITS") for row in findings())]
    others = [chance(skill="db"), *(without(row, "BLANK") for row in findings(skill="db"))]
    told = words_of(show(*rows, *others, no_chance()).numbers)
    report = make_report()
    assert told.count(report.say("reason.NO_TITLE_FITS")) == 1
    assert report.say("chances.cell_unknown", reason=report.say("reason.BLANK")) in told


def test_a_finished_stay_is_not_told_as_under_way() -> None:
    assert not [said for said in show(*FULL).sentences if "under way" in said]


def test_what_counts_leave_out_is_told_below() -> None:
    noted = replace(chance(), notes=("TABLES_UNREAD:1:3", "BY_TITLE"))
    report = make_report()
    note = show(noted, *findings()).note
    assert report.texts.sentences["note.TABLES_UNREAD"].format("1", "3") in note
    assert report.say("note.BY_TITLE") in note
    assert report.say("note.BY_TITLE") not in show(*FULL).note


def test_every_skill_of_the_programme_stands_in_the_folded_table() -> None:
    rows = [over_people(), without(over_people(skill="db"), "FEW_PEOPLE:5", "hidden")]
    part = show(*FULL[:-2], *rows)
    told = words_of(part.numbers)
    assert "4 (n = 11, unknown 3)" in told
    assert 'class="number"' not in part.numbers  # cells of words must wrap
    assert make_report().texts.sentences["reason.FEW_PEOPLE"].format("5") in told


def test_names_are_escaped() -> None:
    html = html_of(show(*FULL, stays=[make_stay(name=HOSTILE)]))
    assert "<script>alert" not in html
    assert "&lt;script&gt;" in html
