"""The frame of every report: who and what it is about, what was answered and read, and its words."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from itertools import product
from typing import Any

import pandas as pd
import pytest

from rotation_analysis import frame
from rotation_analysis.facts import describe_plan
from rotation_analysis.measures import CLAIMED, Measure
from rotation_analysis.parts import Foot, Part
from rotation_analysis.plan import EvaluationPlan, Family, MeasurementError, Primary
from rotation_analysis.texts import read_texts
from tests.builders import day, make_programme, make_rotation
from tests.publications import (
    COHORTS,
    HOSTILE,
    LANGUAGES,
    NOTEBOOKS,
    PROGRAMME,
    html_of,
    make_facts,
    make_plan_facts,
    make_report,
    make_row,
    make_stay,
    read_sample,
    sample_parts,
    sample_publication,
    sample_report,
    sections_of,
)

BOTH = pytest.mark.parametrize("language", LANGUAGES)
EACH = pytest.mark.parametrize(
    ("notebook", "cohort"), [*((notebook, "3") for notebook in NOTEBOOKS), (PROGRAMME, None)]
)
JAPANESE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uff00-\uff9f]+")
# what stays as it is in Japanese: symbols of statistics, names of tools and files, abbreviations
TAKEN_OVER = {
    "n",
    "p",
    "t",
    "PR",
    "OS",
    "DB",
    "IaC",
    "SRE",
    "Wilson",
    "SLO",
    "Terraform",
    "account.json",
    "rotation-analysis",
}
TAKEN_OVER |= {
    "Holm",
    "Paule",
    "Mandel",
    "Hartung",
    "Knapp",
    "Sidik",
    "Jonkman",
    "manifest.json",
    "results.json",
}
TAKEN_OVER |= {
    "programme.toml",
    "sources",
    "Backlog",
    "Jira",
    "PagerDuty",
    "Datadog",
    "momiji",
    "reserve-core",
}


def answered(status: str, n: int, wave: str = "start", rater: str = "self") -> Measure:
    fields = {"unit": "persons", "counts": "records", "notes": (f"STATUS_{status.upper()}",)}
    return make_row("coverage.skill_survey", float(n), kind=rater, wave=wave, n=n, **fields)


def words_of(part: Part) -> str:
    """Everything a part says: without its tags, with its alternative text."""
    html = re.sub(r"<style>.*?</style>", "", html_of(part), flags=re.S)
    return unescape(re.sub(r"<[^>]*>", " ", html)) + " " + part.alt


def body_of(table: str) -> list[list[str]]:
    rows = re.findall(r"<tr>(.*?)</tr>", table, re.S)
    cells = [[unescape(cell) for cell in re.findall(r"<t[hd](?: [^>]*)?>(.*?)</t[hd]>", row)] for row in rows]
    return cells


def account(**reasons: dict[str, int]) -> dict[str, Any]:
    told = {"set_aside": {}, "refused": {}, "cell": {}, "warning": {}, **reasons}
    return {**make_facts()["account"], "read": 12345, "reasons": told}


# --- every part of every report -----------------------------------------------------------------------------


@pytest.mark.parametrize(("notebook", "cohort"), [*product(NOTEBOOKS, COHORTS), (PROGRAMME, None)])
def test_no_word_of_a_report_is_left_in_the_other_language(notebook: str, cohort: str | None) -> None:
    facts = sample_publication(cohort).facts
    own = [stay["name"] for stay in facts["stays"]]  # what the owner wrote is said as it is written
    own += [family["name"] for family in facts["plan"]["families"] if family["name"] != "primary"]
    own += [error["source"] for error in facts["plan"]["measurement_error"].values()]
    own += [change["wording"] for change in facts["question_changes"]]
    own += [line for text in sample_publication(cohort).voices["text"] for line in text.splitlines()]
    own += [str(reply["text"]) for reply in sample_publication(cohort).replies]
    labels = set(sample_publication(cohort).measures["label"].dropna())
    own += sorted((label for label in labels if not label.isdecimal()), key=len, reverse=True)
    names = "|".join(map(re.escape, [*own, facts["plan"]["sha256"][:12]]))
    names += r"|words/[\w-]+\.toml の [\w, .]+"  # where to write what is asked for
    said = {
        language: [re.sub(names, "", words_of(part)) for part in sample_parts(notebook, cohort, language)]
        for language in LANGUAGES
    }
    assert len(said["ja"]) == len(said["en"]) > 5
    assert [word for text in said["en"] for word in JAPANESE.findall(text)] == []
    left = {word for text in said["ja"] for word in re.findall(r"(?<![A-Za-z0-9])[A-Za-z][A-Za-z_.-]*", text)}
    assert left - TAKEN_OVER == set()


@EACH
def test_every_report_begins_with_its_head_and_ends_with_its_foot(notebook: str, cohort: str | None) -> None:
    names = [section.__name__ for section in sections_of(notebook)]
    assert names[:2] == ["title", "three_accounts"]
    assert names[-1] == "appendix"
    parts = sample_parts(notebook, cohort, "en")
    assert [part.question for part in parts[-4:-1]] == [
        read_texts("en").say(f"{key}.question") for key in ("plan", "records")
    ] + [read_texts("en").say("part.glossary")]
    assert isinstance(parts[-1], Foot)


@EACH
@BOTH
def test_every_part_between_has_a_question_a_sentence_and_something_to_look_at(
    notebook: str, cohort: str | None, language: str
) -> None:
    for part in sample_parts(notebook, cohort, language)[1:-1]:
        assert part.question.strip()
        assert part.sentences or part.state, part.question
        folded = bool(part.numbers) and part.figure is None and not part.table
        shown = [part.figure is not None, bool(part.table), folded, part.state is not None]
        assert any(shown), part.question
        assert part.figure is None or part.state is None, part.question
        assert (part.figure is None) or (part.alt.strip() and part.numbers), part.question


# --- head and foot ----------------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize("notebook", [*NOTEBOOKS, PROGRAMME])
def test_the_head_names_report_cohort_company_and_day(notebook: str, language: str) -> None:
    report = make_report(language=language, name=notebook)
    head = frame.title(report)
    assert head.question == report.say(f"report.title.{notebook}", cohort="1")
    assert head.sentences == (report.say(f"report.lead.{notebook}"),)
    for told in ("company", "name"):
        assert report.texts.label(report.publication.facts[told]) in head.note
    assert "2025-03-31" in head.note


@BOTH
@pytest.mark.parametrize("synthetic", [True, False])
def test_what_a_report_must_not_be_used_for_stands_above_and_below_it(synthetic: bool, language: str) -> None:
    report = make_report(language=language, synthetic=synthetic)
    head, foot = frame.title(report), frame.footer(report)
    invented, notice = report.say("report.synthetic"), report.say("report.notice")
    assert head.notices == ((invented, notice) if synthetic else (notice,))
    assert notice in foot.sentences


@BOTH
def test_the_foot_tells_version_account_plan_and_the_rule_of_disclosure(language: str) -> None:
    report = make_report(language=language, k=7, account=account())
    said = frame.footer(report).sentences
    text = " ".join(said)
    assert report.say("report.version", version="1.2.3") in said
    assert report.say("report.notice_tail", k=7) in said
    assert "12,345" in text
    assert "2023-12-01" in text
    assert report.say("measure.skill.growth.now_minus_start") in text
    nothing = make_report(language=language, plan=make_plan_facts(primary=[]))
    assert report.say("report.plan", day="2023-12-01", primary="–") in frame.footer(nothing).sentences
    late = frame.footer(make_report(language=language, plan=make_plan_facts(when="after_data"))).sentences
    growth = report.say("measure.skill.growth.now_minus_start")
    assert report.say("report.plan_after_data", day="2023-12-01", primary=growth) in late
    assert len(late) == len(said)


# --- three accounts, who and when -------------------------------------------------------------------------


@BOTH
def test_three_accounts_have_nine_cells_and_count_who_took_part(language: str) -> None:
    stays = [make_stay(), make_stay("p2", "見本 二", "kaede")]
    report = make_report(language=language, stays=stays, name="workload")
    part = frame.three_accounts(report)
    head, *rows = body_of(part.table)
    assert head == [report.say(f"accounts.{key}") for key in ("party", "gained", "paid", "unknown")]
    assert [row[0] for row in rows] == [
        report.say(f"accounts.{key}") for key in ("person", "home_team", "organisation")
    ]
    assert all(cell.strip() for row in rows for cell in row)
    assert [len(row) for row in rows] == [4, 4, 4]
    assert part.sentences == (report.say("accounts.sentence", cohort="1", n=2),)
    effect = make_row(
        "impact.self_resolution.first_graduate",
        0.13,
        unit="share_points",
        cohort=None,
        n=7,
        low=0.06,
        high=0.2,
        verdict="supported",
    )
    present = make_row("waiting.rotators_present", 9, kind="rotators_2", unit="working_days", n=90)
    change = make_row(
        "waiting.change_by_rotators",
        0.15,
        kind="rotators_2",
        unit="waiting_ratio",
        cohort=None,
        n=15,
        low=0.07,
        high=0.22,
        verdict="leaning",
    )
    for name, value, n in (("team_impact", "+13", "n = 7"), ("workload", "+15%", "n = 15")):
        given = make_report(effect, present, change, language=language, stays=stays, name=name)
        lead, who = frame.three_accounts(given).sentences
        assert value in lead
        assert n in lead
        assert who == report.say("accounts.sentence", cohort="1", n=2)
    skills = frame.three_accounts(make_report(language=language, stays=stays, name="skill_growth"))
    assert skills.table == part.table
    assert skills.sentences[0] == report.say("summary.nothing", cohort="1", n=2)


@BOTH
def test_who_and_when_has_a_row_a_stay_and_names_the_events_in_it(language: str) -> None:
    running = {"end": None, "ending": "running", "now": "host", "returned": False}
    stays = [make_stay(), make_stay("p2", HOSTILE, "kaede", start="2025-01-06", **running)]
    events = [{"date": day, "ja": f"変{day}", "en": f"e{day}"} for day in ("2024-02-01", "2023-01-01")]
    report = make_report(language=language, stays=stays, events=events)
    part = frame.who_and_when(report)
    _, first, second = body_of(part.numbers)
    assert first[0] == "見本 一"
    assert first[2:] == ["2024-01-08", "2024-06-28", report.say("ending.as_planned"), report.say("now.home")]
    assert second[0] == HOSTILE
    assert second[2:] == ["2025-01-06", "–", report.say("ending.running"), report.say("now.host")]
    assert "2024-02-01" in part.note
    assert "2023-01-01" not in part.note
    assert report.say("who.note_running") in part.note
    quiet = frame.who_and_when(make_report(language=language))
    assert quiet.note == report.say("who.note", n=1)  # no mark in the picture, none explained
    assert re.search(r"n = 2\D", part.note)
    assert part.alt.count(" / ") == 1
    assert "<script" not in html_of(part)


# --- appendix -----------------------------------------------------------------------------------------------


@BOTH
def test_coverage_counts_each_status_apart_in_the_order_of_waves(language: str) -> None:
    rows = [
        answered("missing", 2, "end"),
        answered("answered", 3),
        answered("not_yet_due", 1),
        answered("cannot_be_asked", 1, "end"),
        answered("not_applicable", 4, rater="mentor"),
        replace(answered("answered", 9), cohort="2"),
        make_row("coverage.skill_survey.other_scale", 2.0, unit="persons", counts="records", n=2),
        make_row("coverage.skill_survey.other_scale", 1.0, unit="persons", counts="records", n=1),
    ]
    report = make_report(*rows, language=language)
    part = frame.coverage(report)
    own, mentor = (report.say("coverage.grid", name=report.say(f"kind.{of}")) for of in ("self", "mentor"))
    start, end = report.say("wave.start"), report.say("wave.end")
    assert body_of(part.table) == [
        [own, start, "3", "0", "1", "0", "0"],
        [own, end, "0", "2", "0", "1", "0"],
        [mentor, start, "0", "0", "0", "0", "4"],
    ]
    assert part.note == report.say("coverage.note", n=1, odd=3)


@BOTH
def test_coverage_lists_other_surveys_after_the_grids(language: str) -> None:
    exit_survey = replace(answered("answered", 2, "end", rater="exit"), measure="coverage.survey")
    unknown = replace(answered("missing", 1, "end", rater="N-5"), measure="coverage.survey")
    report = make_report(exit_survey, unknown, answered("answered", 3), language=language)
    grid = report.say("coverage.grid", name=report.say("kind.self"))
    names = [row[0] for row in body_of(frame.coverage(report).table)]
    assert names == [grid, report.say("coverage.other", name=report.say("kind.exit")), "N-5"]


@BOTH
def test_coverage_tells_what_a_question_was_once_called_and_whether_it_is_compared(language: str) -> None:
    changes = [
        {"question": "os", "wording": "W-1", "same_meaning": True},
        {"question": "fk_own", "wording": "W-2", "same_meaning": False},
    ]
    report = make_report(answered("answered", 3), language=language, question_changes=changes)
    name = report.texts.label(report.publication.facts["skills"][0])
    _, same, other = frame.coverage(report).sentences
    assert same == report.say("coverage.same_meaning", question=name, wording="W-1")
    assert other == report.say("coverage.other_meaning", question="fk_own", wording="W-2")


@BOTH
def test_no_survey_is_a_state_and_no_empty_table(language: str) -> None:
    report = make_report(language=language)
    part = frame.coverage(report)
    assert part.table == ""
    assert part.state is not None
    assert part.state[0] == report.say("state.not_measurable")
    assert part.state[1].lower() == report.say("reason.NO_SURVEY").lower()
    assert report.say("mend.NO_SURVEY") in part.state[2]


@BOTH
def test_records_tell_every_outcome_with_its_reasons_and_counts(language: str) -> None:
    told = account(
        set_aside={"duplicate_row": 1200},
        refused={"missing_key": 2},
        cell={"bad_date": 3},
        warning={"mojibake": 4},
    )
    report = make_report(language=language, account=told)
    part = frame.records(report)
    reasons = (
        ("set_aside", "duplicate_row", "1,200"),
        ("refused", "missing_key", "2"),
        ("cell", "bad_date", "3"),
        ("warning", "mojibake", "4"),
    )
    assert body_of(part.table) == [
        [report.say(f"records.{outcome}", reason=report.say(f"records.reason.{code}")), n]
        for outcome, code, n in reasons
    ]
    assert "12,345" in part.note
    assert report.say("records.sentence", files=1, read="12,345") in part.sentences


def test_nothing_left_out_is_told_without_a_table() -> None:
    part = frame.records(make_report(account=account()))
    assert part.table == ""
    assert len(part.sentences) == 2


@BOTH
def test_the_glossary_explains_every_word_of_its_language(language: str) -> None:
    entries = [
        text.split("|")
        for key, text in read_texts(language).sentences.items()
        if key.startswith("glossary.entry.")
    ]
    assert len(entries) > 5
    assert pd.DataFrame(entries).shape[1] == 2
    assert body_of(frame.glossary(make_report(language=language)).table) == entries


@BOTH
def test_corrected_cells_are_listed_with_place_reason_person_and_day_and_without_value(language: str) -> None:
    made = {
        "file": "a.csv",
        "row": 7,
        "column": "件名",
        "why": "誤記",
        "who": "見本 花子",
        "when": "2025-01-02",
    }
    facts = {**account(), "corrections": [made, {**made, "row": 9}]}
    part = frame.records(make_report(account=facts, language=language))
    assert "2" in part.sentences[-1]
    assert [row for row in body_of(part.table) if row[0] == "a.csv"] == [
        ["a.csv", "7", "件名", "誤記", "見本 花子", "2025-01-02"],
        ["a.csv", "9", "件名", "誤記", "見本 花子", "2025-01-02"],
    ]


# --- the evaluation plan ----------------------------------------------------------------------------------


@EACH
def test_the_plan_stands_before_the_records(notebook: str, cohort: str | None) -> None:
    asked = [part.question for part in sample_parts(notebook, cohort, "en")]
    plan, records = (read_texts("en").say(f"{key}.question") for key in ("plan", "records"))
    assert asked.index(plan) == asked.index(records) - 1


@BOTH
@pytest.mark.parametrize(
    ("when", "days"),
    [
        ("before_stays", {"2023-12-01", "2024-01-08", "2025-03-31"}),
        ("during", {"2023-12-01", "2024-01-08", "2025-03-31"}),
        ("after_data", {"2023-12-01", "2024-01-08", "2025-03-31"}),
    ],
)
def test_the_plan_says_first_when_it_was_declared_relative_to_the_data(
    when: str, days: set[str], language: str
) -> None:
    report = make_report(language=language, plan=make_plan_facts(when=when))
    first, second, *_ = frame.plan(report).sentences
    dates = {"declared": "2023-12-01", "first": "2024-01-08", "until": "2025-03-31"}
    assert first == report.say(f"plan.when.{when}", **dates)
    assert set(re.findall(r"\d{4}-\d\d-\d\d", first)) == days
    late = report.say("note.PLAN_AFTER_DATA")
    assert second == (late if when == "after_data" else report.say("plan.sentence"))


def test_the_three_times_of_a_declaration_have_three_sentences() -> None:
    for language in LANGUAGES:
        texts = read_texts(language)
        same = {"declared": "D", "first": "F", "until": "U"}
        said = {texts.say(f"plan.when.{when}", **same) for when in ("before_stays", "during", "after_data")}
        assert len(said) == 3


@BOTH
def test_the_plan_lists_each_measure_with_its_family_and_the_smallest_change(language: str) -> None:
    report = make_report(language=language)
    growth, away = (
        report.say(f"measure.{name}")
        for name in ("skill.growth.now_minus_start", "impact.self_resolution.away")
    )
    first, second, third, *_ = body_of(frame.plan(report).table)
    by_skill = report.say("plan.by_skill", measure=growth)
    levels, points = report.say("unit.levels", value="0.5"), report.say("unit.share_points", value="7")
    assert first == [report.say("plan.family.primary"), growth[:1].upper() + growth[1:], levels]
    assert second == ["N-2", by_skill[:1].upper() + by_skill[1:], levels]
    assert third == ["N-3", away[:1].upper() + away[1:], points]


@BOTH
def test_the_plan_tells_each_measurement_error_or_that_there_is_none(language: str) -> None:
    report = make_report(language=language)
    part = frame.plan(report)
    composite, skill = (report.say(f"plan.of.{of}") for of in ("composite", "skill"))
    assert body_of(part.table)[-2:] == [[composite, "0.7", "0.45", "N-4"], [skill, "–", "–", "–"]]
    assert report.say("plan.no_error", of=skill) in part.sentences
    assert report.say("plan.no_error", of=composite) not in part.sentences


@BOTH
def test_the_plan_tells_its_windows_and_the_beginning_of_its_hash(language: str) -> None:
    report = make_report(language=language)
    note = frame.plan(report).note
    assert note == report.say("plan.note", waves=3, sha="0123456789ab")
    assert "0123456789ab" in note
    assert "cc" not in note


@BOTH
def test_a_plan_that_declares_nothing_says_so(language: str) -> None:
    plan = make_plan_facts(primary=[], families=[], measurement_error={}, waves=0)
    report = make_report(language=language, plan=plan)
    part = frame.plan(report)
    assert report.say("plan.no_families") in part.sentences
    assert report.say("plan.sentence") not in part.sentences
    assert [row[1:] for row in body_of(part.table)] == [["–"] * 3] * 2


def test_what_an_owner_wrote_in_the_plan_is_text_and_no_markup() -> None:
    growth = {"measure": "skill.growth.mentor", "unit": "levels", "s": 0.5}
    plan = make_plan_facts(
        families=[{"name": HOSTILE, "skills": False, "measures": [growth]}],
        measurement_error={"skill": {"of": "skill", "r": 0.7, "sd": 0.9, "source": HOSTILE}},
    )
    part = frame.plan(make_report(plan=plan))
    assert "<script" not in html_of(part)
    rows = body_of(part.table)
    assert (rows[0][0], rows[-1][-1]) == (HOSTILE, HOSTILE)


@BOTH
def test_every_measure_that_a_plan_may_name_can_be_said_with_its_unit(language: str) -> None:
    texts = read_texts(language)
    wanted = [f"measure.{name}" for name in CLAIMED] + [f"unit.{unit}" for unit in CLAIMED.values()]
    assert not [key for key in wanted if not texts.has(key)]


def test_what_the_sample_judges_is_what_a_plan_may_name() -> None:
    judged = {row.measure: row.unit for row in read_sample().measures if row.claims}
    assert judged == dict(CLAIMED), "measures.CLAIMED lists what is judged, with its unit"


@BOTH
def test_the_samples_plan_was_declared_before_its_first_stay(language: str) -> None:
    report = sample_report("workload", "1", language)
    part = frame.plan(report)
    for told in ("2022-03-15", "2022-04-01", "2025-03-31"):
        assert told in part.sentences[0]
    rows = body_of(part.table)
    primary, skills = report.say("plan.family.primary"), report.say("plan.family.skills")
    assert [row[0] for row in rows[:3]] == [primary, primary, skills]
    assert [row[1:3] for row in rows[3:]] == [["0.7", "0.45"], ["0.7", "0.9"]]
    assert len(part.sentences) == 2  # both measurement errors are declared


def plan_of(declared: str, *stays: str, as_of: str = "2025-03-31", **other: Any) -> dict[str, Any]:
    rotations = [make_rotation(f"p{n}", "aoi", start) for n, start in enumerate(stays)]
    plan = EvaluationPlan(declared=day(declared), **other)
    return describe_plan(make_programme(*rotations, as_of=as_of, plan=plan))


@pytest.mark.parametrize(
    ("declared", "when"),
    [
        ("2024-01-07", "before_stays"),
        ("2024-01-08", "during"),  # the first stay begins on this day
        ("2025-03-30", "during"),
        ("2025-03-31", "after_data"),  # the last day of the data
        ("2025-04-01", "after_data"),
    ],
)
def test_a_plan_is_told_relative_to_the_first_stay_and_to_the_end_of_the_data(
    declared: str, when: str
) -> None:
    told = plan_of(declared, "2024-10-01", "2024-01-08")
    assert (told["when"], told["first_stay"], told["declared"]) == (when, "2024-01-08", declared)


def test_a_stay_to_come_does_not_make_a_late_plan_early() -> None:
    assert plan_of("2025-04-01", "2025-10-01")["when"] == "after_data"
    assert plan_of("2025-03-01", "2025-10-01")["when"] == "before_stays"
    assert plan_of("2025-03-01")["first_stay"] is None


def test_a_plan_is_told_with_units_changes_and_errors() -> None:
    growth, away = "skill.growth.mentor", "impact.self_resolution.away"
    error = MeasurementError(of="skill", r=0.8, sd=0.6, source="own retest")
    told = plan_of(
        "2024-01-01",
        primary=(Primary(measure=growth, account="person"),),
        families=(Family(name="one", measures=(growth, away), skills=True),),
        smallest_change={"levels": 0.75},
        measurement_error=(error,),
    )
    levels, points = {"unit": "levels", "s": 0.75}, {"unit": "share_points", "s": 0.05}
    assert told["primary"] == [growth]
    assert told["families"] == [
        {"name": "primary", "skills": False, "measures": [{"measure": growth, **levels}]},
        {
            "name": "one",
            "skills": True,
            "measures": [{"measure": growth, **levels}, {"measure": away, **points}],
        },
    ]
    assert told["measurement_error"] == {
        "skill": {"of": "skill", "r": 0.8, "sd": 0.6, "source": "own retest"}
    }
