"""What comes after a stay on a few literal answers: what lasts by use, counts, who can stand in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from rotation_analysis.cohorts.cohort import Cohorts
from rotation_analysis.disclosure.gate import publish
from rotation_analysis.disclosure.publications import Edition, Publication
from rotation_analysis.measure_row import Measure
from rotation_analysis.measures.skills.ratings import AFTERWARDS, list_differences
from rotation_analysis.measures.skills.surveys import measure_afterwards, measure_lineage
from rotation_analysis.programme.file import read_programme
from rotation_analysis.programme.model import Consent, DisclosurePolicy
from rotation_analysis.programme.questionnaires import read_skill_grid
from rotation_analysis.statistics.verdicts import judge_all
from rotation_analysis.study import analyse
from tests.builders import COVERAGE_COLUMNS, day, make_cohorts, make_programme, make_rotation, pick
from tests.publications import read_sample
from tests.small_programme import SURVEY, TOML, replace_once, write_programme
from tests.test_small_reports import END, GRID, RENAMED, START, form
from tests.test_small_reports import answer as answer_form

SKILLS = ("os", "db")
SIX = ("p01", "p02", "p03", "p04", "p05", "p06")
WAVE = "after_6m"
USES = ("weekly", "monthly", "hardly")
Answer = dict[str, Any]


def answer(person: str, question: str, *, instrument: str = "followup", **other: Any) -> Answer:
    """One answer of a participant; half a year after the stay unless said otherwise."""
    values = {"wave": WAVE, "rater": "self", "cohort": "1", "state": "answered", "day": "2023-12-28"}
    return {**values, "person": person, "instrument": instrument, "question": question, **other}


def level(person: str, wave: str, value: int | None, *, skill: str = "os", **other: Any) -> Answer:
    given = {"question": "skill.now", "instrument": "skill_self", "level": value, "scale": "level5"}
    return {**answer(person, "skill.now"), **given, "skill": skill, "wave": wave, **other}


def use(person: str, option: str, wave: str = WAVE) -> Answer:
    return answer(person, "fu_use", option=option, wave=wave)


def change(person: str, value: int, option: str | None = None) -> list[Answer]:
    """Level 3 at the end, `value` more half a year later; how often it is used, if told."""
    rated = [level(person, "end", 3, day="2023-06-30"), level(person, WAVE, 3 + value)]
    return [*rated, *([use(person, option)] if option else [])]


def exit_answer(person: str, question: str, **other: Any) -> Answer:
    return answer(person, question, instrument="exit", **{"wave": "end", "day": "2023-06-30", **other})


def agree(person: str, value: int | None, question: str = "ex_brief", **other: Any) -> Answer:
    return exit_answer(person, question, **{"level": value, "scale": "scale5", **other})


def lay_out(
    answers: Sequence[Answer],
    *,
    people: Sequence[str] = SIX,
    missing: Sequence[tuple[str, str, str]] = (),
    stays: Sequence[Any] = (),
) -> Cohorts:
    """Finished stays of `people`; who answered is in the coverage, and who of `missing` is with that status.

    An entry of `missing` is (instrument, wave, person or person:status).
    """
    rotations = [make_rotation(person, "aoi", "2023-01-02", "2023-06-30") for person in people]
    cohorts = make_cohorts(make_programme(*(stays or rotations)), responses=answers)
    rows = {(a["person"], a["cohort"], "self", a["wave"], a["instrument"]): "answered" for a in answers}
    for instrument, wave, who in missing:
        person, _, status = who.partition(":")
        rows[person, "1", "self", wave, instrument] = status or "missing"
    columns = [*COVERAGE_COLUMNS[:4], "instrument", "status"]
    coverage = pd.DataFrame([[*place, status] for place, status in rows.items()], columns=columns)
    return replace(cohorts, coverage=coverage.assign(comparable=True))


def measure(answers: Sequence[Answer], **other: Any) -> list[Measure]:
    cohorts = lay_out(answers, **other)
    return [*measure_afterwards(cohorts, list_differences(cohorts, AFTERWARDS, SKILLS), SKILLS)]


def pass_gate(measures: Sequence[Measure], *allowed: str) -> Publication:
    consents = [
        Consent(person=person, kind="skills", audience="owner", given=day("2023-01-01")) for person in allowed
    ]
    facts = {"as_of": "2025-03-31", "programme_sha256": "f" * 64}
    judged = judge_all(measures, make_programme().plan, make_programme().first_ends)
    edition = Edition(audience="owner", cohort="1")
    return publish(judged, edition, DisclosurePolicy(k=5), consents, facts=facts)


def durability(measures: Sequence[Measure], kind: str | None, person: str | None = None) -> Measure:
    return pick(measures, "skill.durability", kind=kind, person=person, wave=WAVE)


# --- what lasts: persons --------------------------------------------------------------------------------


def test_a_persons_change_after_the_stay_is_the_mean_over_skills_with_the_use_told() -> None:
    answers = [
        *change("p01", -1, "hardly"),
        level("p01", "end", 2, skill="db"),
        level("p01", WAVE, 2, skill="db"),
    ]
    row = durability(measure(answers), "hardly", "p01")
    assert (row.value, row.n, row.missing, row.unit) == (-0.5, 1, 0, "levels")
    assert (row.people, row.consent, row.counts, row.cohort) == (("p01",), "skills", "persons", "1")
    assert row.notes == ("N1", "SELF_ONLY")


def test_use_that_was_not_told_in_that_round_is_not_told() -> None:
    row = durability(measure([*change("p01", 1), use("p01", "weekly", wave="after_3m")]), None, "p01")
    assert row.value == 1


def test_every_stay_has_a_row_with_the_reason_where_there_is_no_change() -> None:
    answers = [*change("p01", 1, "weekly"), use("p02", "hardly")]
    measures = measure(
        answers, missing=[("skill_self", WAVE, "p02"), ("skill_self", WAVE, "p03:not_yet_due")]
    )
    rows = [m for m in measures if m.measure == "skill.durability" and m.person]
    assert [row.person for row in rows] == list(SIX)
    assert {row.person: row.declined for row in rows[1:3]} == {
        "p02": "WAVE_MISSING",
        "p03": "WAVE_NOT_YET_DUE",
    }
    assert (rows[1].kind, rows[1].value, rows[1].n, rows[1].missing) == ("hardly", None, 0, 2)


def test_no_chance_is_no_change_and_never_a_fall() -> None:
    later = [level("p01", WAVE, None, state="no_chance", scale=None, skill=skill) for skill in SKILLS]
    row = durability(measure([level("p01", "end", 3), *later]), None, "p01")
    assert (row.value, row.declined) == (None, "NO_CHANCE")


def test_rounds_that_do_not_ask_the_grid_again_have_no_row_unless_none_does() -> None:
    asked = measure([*change("p01", 1), use("p01", "weekly", wave="after_3m")])
    assert {m.wave for m in asked if m.measure == "skill.durability"} == {WAVE}
    none = [m for m in measure([use("p01", "weekly")]) if m.measure == "skill.durability" and not m.person]
    assert {m.wave for m in none} == {"after_3m", "after_6m", "after_12m"}
    assert {m.declined for m in none} == {"WAVE_NOT_DECLARED"}


# --- what lasts: by use ---------------------------------------------------------------------------------


def test_the_mean_over_persons_has_a_row_for_each_use_beside_it() -> None:
    answers = [a for p, v in zip(SIX, (0, 1, 0, -1, -1, 0), strict=True) for a in change(p, v, USES[v % 3])]
    measures = measure(answers)
    everybody = durability(measures, None)
    assert everybody.value == pytest.approx(-1 / 6)
    assert (everybody.n, everybody.missing, everybody.people) == (6, 0, SIX)
    assert (round(everybody.low or 0, 2), round(everybody.high or 0, 2)) == (-0.96, 0.62)
    means = {kind: durability(measures, kind) for kind in USES}
    assert {kind: (row.value, row.n) for kind, row in means.items()} == {
        "weekly": (0, 3), "monthly": (1, 1), "hardly": (-1, 2),
    }  # fmt: skip
    assert all(row.claims for row in (everybody, *means.values()))


def test_a_person_who_stayed_twice_counts_once() -> None:
    again = [{**a, "cohort": "2"} for a in change("p01", -1, "weekly")]
    stays = [make_rotation("p01", "aoi", "2022-01-03", "2022-06-30"),
             make_rotation("p01", "aoi", "2023-01-02", "2023-06-30", cohort="2")]  # fmt: skip
    row = durability(measure([*change("p01", 0, "weekly"), *again], stays=stays), "weekly")
    assert (row.n, row.value) == (1, -0.5)


def test_missing_by_use_are_those_without_a_change_or_without_a_word_on_use() -> None:
    answers = [*change("p01", 0, "weekly"), *change("p02", 0), use("p03", "weekly")]
    silent = [("skill_self", WAVE, who) for who in ("p03", "p04", "p05:cannot_be_asked", "p06:not_yet_due")]
    measures = measure(answers, missing=silent)
    assert (durability(measures, None).n, durability(measures, None).missing) == (2, 2)
    assert [(durability(measures, kind).n, durability(measures, kind).missing) for kind in USES] == [
        (1, 3), (0, 3), (0, 3),
    ]  # fmt: skip


def test_four_answers_by_use_are_hidden_or_not_enough_and_never_a_mean_alone() -> None:
    """E11: weekly +0, hardly −1 average to something that nobody told."""
    told = zip(SIX, (0, 0, -1, -1), ("weekly", "weekly", "hardly", "hardly"), strict=False)
    shown = pass_gate(measure([a for person, value, kind in told for a in change(person, value, kind)]))
    rows = shown.rows("skill.durability", person=None)
    assert rows["kind"].tolist() == [None, *USES]
    assert rows["verdict"].tolist() == ["hidden"] * 4
    assert rows[["n", "missing", "value"]].isna().all(axis=None)


def test_which_use_was_told_does_not_show_through_rows_that_are_hidden() -> None:
    texts = {
        pass_gate(
            measure([a for p, kind in zip(SIX, kinds, strict=False) for a in change(p, 0, kind)])
        ).to_json()
        for kinds in product(USES, repeat=3)
    }
    assert len(texts) == 1


def test_that_the_one_who_answered_had_no_chance_at_all_does_not_show() -> None:
    def told(value: int | None) -> str:
        state = "answered" if value else "no_chance"
        rated = [level("p01", wave, value, state=state, skill=s) for wave in ("end", WAVE) for s in SKILLS]
        return pass_gate(measure([*rated, use("p01", "weekly")])).to_json()

    assert told(3) == told(None)


@pytest.mark.parametrize(
    ("weekly", "hardly", "untold", "shown"),
    [
        (5, 5, 0, True),
        (5, 4, 0, False),
        (6, 1, 0, False),
        (5, 5, 2, False),
        (5, 0, 5, True),
        (5, 0, 1, False),
    ],
)
def test_a_small_group_is_not_had_by_subtraction(weekly: int, hardly: int, untold: int, shown: bool) -> None:
    people = [f"p{i:02}" for i in range(1, 1 + weekly + hardly + untold)]
    kinds = ["weekly"] * weekly + ["hardly"] * hardly + [None] * untold
    answers = [
        a for person, kind in zip(people, kinds, strict=True) for a in change(person, len(person) % 2, kind)
    ]
    rows = pass_gate(measure(answers, people=people)).rows("skill.durability", person=None)
    told = dict(zip(rows["kind"], rows["verdict"].ne("hidden"), strict=True))
    assert told == {None: True, **dict.fromkeys(USES, shown)}


def test_a_use_that_nobody_told_says_so() -> None:
    people = [f"p{i:02}" for i in range(1, 6)]
    measures = measure([a for p in people for a in change(p, 0, "weekly")], people=people)
    assert durability(measures, "monthly").declined == "NOBODY_CHOSE_IT"
    untold = measure([a for p in people for a in change(p, 0)], people=people)
    assert durability(untold, "monthly").declined == "NO_SURVEY"


# --- follow-ups and exit --------------------------------------------------------------------------------


def test_use_is_counted_by_round_with_n_and_who_did_not_answer() -> None:
    answers = [
        use("p01", "weekly"),
        use("p02", "weekly"),
        use("p03", "hardly"),
        use("p01", "monthly", "after_3m"),
    ]
    measures = measure(
        answers, missing=[("followup", WAVE, "p04"), ("followup", WAVE, "p05:cannot_be_asked")]
    )
    rows = {kind: pick(measures, "followup.use", wave=WAVE, kind=kind) for kind in USES}
    assert {kind: (row.value, row.n, row.missing) for kind, row in rows.items()} == {
        "weekly": (2, 3, 1), "monthly": (0, 3, 1), "hardly": (1, 3, 1),
    }  # fmt: skip
    assert {row.people for row in rows.values()} == {("p01", "p02", "p03")}
    assert pick(measures, "followup.use", wave="after_3m", kind="monthly").people == ("p01",)


def test_use_of_a_person_is_told_with_consent_and_a_row_stands_for_it_without_answers_too() -> None:
    silent = [("followup", WAVE, "p02:not_yet_due"), ("followup", "after_3m", "p01")]
    measures = measure([use("p01", "hardly")], missing=silent)
    rows = {(m.person, m.wave): m for m in measures if m.measure == "skill.use"}
    assert {key: (row.kind, row.value, row.n, row.declined) for key, row in rows.items()} == {
        ("p01", WAVE): ("hardly", 1, 1, None),
        ("p01", "after_3m"): (None, None, 0, "WAVE_MISSING"),
        ("p02", WAVE): (None, None, 0, "WAVE_NOT_YET_DUE"),
    }
    assert {(row.people, row.consent) for row in rows.values()} == {
        (("p01",), "skills"),
        (("p02",), "skills"),
    }
    hidden = pass_gate(measures).rows("skill.use", person="p01").to_dict("records")
    other = pass_gate(measure([use("p01", "weekly")], missing=silent)).rows("skill.use", person="p01")
    assert hidden == other.to_dict("records")
    shown = pass_gate(measures, "p01").rows("skill.use", person="p01", wave=WAVE)
    assert shown["kind"].tolist() == ["hardly"]


def test_barriers_are_counted_in_people_over_all_rounds() -> None:
    answers = [
        answer("p01", "fu_barrier", option="time", wave="after_3m"),
        answer("p01", "fu_barrier", option="time"),
        answer("p01", "fu_barrier", option="chance"),
        answer("p02", "fu_barrier", option="time"),
        answer("p03", "fu_barrier", option=None, state="blank"),
    ]
    measures = measure(answers)
    rows = {m.kind: m for m in measures if m.measure == "followup.barrier"}
    assert list(rows) == ["chance", "time", "permission", "support", "forgot", "none", "other"]
    assert {kind: row.value for kind, row in rows.items() if row.value} == {"chance": 1, "time": 2}
    assert {(row.n, row.missing, row.people, row.wave) for row in rows.values()} == {
        (2, 1, ("p01", "p02"), None)
    }


def test_teaching_is_counted_by_round() -> None:
    measures = measure([answer("p01", "fu_taught", option="yes"), answer("p02", "fu_taught", option="yes")])
    assert [pick(measures, "followup.taught", kind=kind).value for kind in ("yes", "no")] == [2, 0]


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("not_yet_due", "WAVE_NOT_YET_DUE"),
        ("missing", "WAVE_MISSING"),
        ("not_applicable", "WAVE_NOT_APPLICABLE"),
    ],
)
def test_a_question_that_nobody_answered_says_why(status: str, reason: str) -> None:
    measures = measure([], missing=[("followup", WAVE, f"p01:{status}"), ("exit", "end", f"p01:{status}")])
    for name in ("followup.use", "followup.barrier", "followup.taught", "exit.ex_length", "exit.ex_brief"):
        rows = [m for m in measures if m.measure == name]
        assert rows
        assert {(m.declined, m.value, m.n) for m in rows} == {(reason, None, 0)}


def test_that_four_left_a_question_out_is_as_hidden_as_their_answers() -> None:
    blank = [agree(person, None, state="blank", scale=None) for person in SIX[:4]]
    full = [agree(person, 4) for person in SIX[:4]]
    rows = [pass_gate(measure(answers)).rows("exit.ex_brief").to_dict("records") for answers in (blank, full)]
    assert rows[0] == rows[1]
    assert rows[0][0]["notes"] == ("FEW_PEOPLE:5",)


def test_the_share_that_agrees_has_wilsons_interval() -> None:
    levels = (5, 4, 4, 3, 2, 1)
    answers = [agree(person, value) for person, value in zip(SIX, levels, strict=True)]
    row = pick(measure(answers, missing=[("exit", "end", "p07")]), "exit.ex_brief")
    assert (row.value, row.n, row.missing, row.people, row.unit) == (0.5, 6, 1, SIX, "share")
    assert (round(row.low or 0, 4), round(row.high or 0, 4)) == (0.1876, 0.8124)  # 3 of 6, by hand
    assert not row.claims


def test_cannot_say_is_missing_and_no_disagreement() -> None:
    answers = [
        agree("p01", 4, "ex_match"),
        agree("p02", None, "ex_match", state="not_applicable", scale=None),
    ]
    row = pick(measure(answers), "exit.ex_match")
    assert (row.value, row.n, row.missing) == (1, 1, 1)


def test_an_answer_on_an_own_scale_is_not_read_as_agreement() -> None:
    row = pick(measure([agree("p01", 4), agree("p02", 7, scale="own9")]), "exit.ex_brief")
    assert (row.n, row.missing, row.value) == (1, 1, 1)


def test_the_judgement_of_the_length_is_counted() -> None:
    measures = measure(
        [exit_answer(p, "ex_length", option=o) for p, o in (("p01", "short"), ("p02", "right"))]
    )
    assert [pick(measures, "exit.ex_length", kind=kind).value for kind in ("short", "right", "long")] == [
        1,
        1,
        0,
    ]


@pytest.mark.parametrize("name", ["followup.use", "followup.barrier", "followup.taught", "exit.ex_length"])
def test_counts_of_four_people_are_hidden_alike_whatever_they_chose(name: str) -> None:
    def told(first: str, second: str) -> list[dict[str, Any]]:
        answers = [
            {"fu_use": use(p, first), "fu_barrier": answer(p, "fu_barrier", option=second)}[q]
            for p in SIX[:4]
            for q in ("fu_use", "fu_barrier")
        ]
        answers += [answer(p, "fu_taught", option="yes" if first == "weekly" else "no") for p in SIX[:4]]
        answers += [
            exit_answer(p, "ex_length", option="long" if first == "weekly" else "short") for p in SIX[:4]
        ]
        return pass_gate(measure(answers)).rows(name).to_dict("records")

    assert told("weekly", "time") == told("hardly", "other")
    assert {row["verdict"] for row in told("weekly", "time")} == {"hidden"}


def test_whether_the_only_one_who_could_be_compared_gave_a_level_does_not_show() -> None:
    """Six answered afterwards, one of them at the end, too."""

    def told(value: int | None) -> list[dict[str, Any]]:
        answers = [level(person, WAVE, 3) for person in SIX]
        state = "answered" if value else "no_chance"
        answers += [level("p01", "end", value, state=state, day="2023-06-30"), use("p01", "weekly")]
        return pass_gate(measure(answers)).rows("skill.durability", wave=WAVE, person=None).to_dict("records")

    assert told(1) == told(5) == told(None)


# --- who can stand in -----------------------------------------------------------------------------------


def test_whether_a_team_is_hidden_depends_on_who_rated_and_not_on_no_chance() -> None:
    def told(value: int | None) -> list[dict[str, Any]]:
        state = "answered" if value else "no_chance"
        answers = [level(p, WAVE, value, state=state) for p in SIX[:2]]
        return pass_gate(measure(answers)).rows("skill.bus_factor").to_dict("records")

    assert told(5) == told(1) == told(None)


def test_a_programme_without_stays_and_answers_is_measured_without_numbers() -> None:
    measures = measure([], people=())
    assert {m.measure for m in measures} >= {"skill.durability", "exit.ex_brief"}
    assert {m.value for m in measures} == {None}


# --- in which words and on which scale it was asked, from when to when, and in which cohorts --------------


def read_lineage(
    folder: Path, files: dict[str, str | bytes], toml: str
) -> dict[tuple[str, str | None], Measure]:
    """The rows by kind and label."""
    built = analyse(read_programme(write_programme(folder, toml + SURVEY, files)))
    return {(str(row.kind), row.label): row for row in built.rows if row.measure.startswith("lineage.")}


def test_a_renamed_row_is_dated_beside_the_wording_in_use(tmp_path: Path) -> None:
    old = {**GRID, "incident": "インシデント対応", "db": "ＤＢの運用"}
    files: dict[str, str | bytes] = {
        "survey_1.csv": form(answer_form(START, {}, rest="2"), rows=old),
        "survey_2.csv": form(answer_form(END, {}, rest="3")),
    }
    rows = read_lineage(tmp_path, files, replace_once(TOML, ("[plan]", RENAMED + "\n[plan]")))
    same = rows["wording_same", "インシデント対応"]
    assert (same.value, same.skill) == (1, "incident")
    assert same.notes[:2] == ("FROM_MONTH:2024-01", "TO_MONTH:2024-01")
    assert rows["wording_current", GRID["incident"]].notes[:2] == ("FROM_MONTH:2024-06", "TO_MONTH:2024-06")
    other = rows["wording_other", "DBの運用"]
    assert (other.value, other.skill, other.notes[-1]) == (1, "db", "IN_COHORTS:1")
    assert rows["wording_current", GRID["db"]].value == 1


def test_a_wording_that_nobody_was_asked_in_has_a_row_of_none(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"survey.csv": form(answer_form(START, {}, rest="2"))}
    rows = read_lineage(tmp_path, files, replace_once(TOML, ("[plan]", RENAMED + "\n[plan]")))
    unused = rows["wording_same", "インシデント対応"]
    assert (unused.value, unused.notes) == (0, ())


@pytest.mark.parametrize("kind", ["scale_pooled", "scale_apart"])
def test_the_sample_keeps_the_first_cohort_s_four_point_scale_apart(kind: str) -> None:
    sample = read_sample()
    rows = measure_lineage(sample.cohorts, sample.programme.skill_ids)
    (row,) = [row for row in rows if row.kind == kind]
    if kind == "scale_apart":
        assert (row.value, row.wave, row.notes[-1]) == (1, "start", "IN_COHORTS:1")
        assert str(row.label).count(" / ") == 3
    else:
        assert (row.label, row.notes[-1]) == (None, "IN_COHORTS:1–6")
        assert row.value == len({stay.person for stay in sample.programme.rotations})


def test_rows_of_the_lineage_hold_no_answer() -> None:
    sample = read_sample()
    rows = list(measure_lineage(sample.cohorts, [skill.id for skill in read_skill_grid().skills]))
    assert {row.counts for row in rows} == {"records"}
    assert all(row.person is None and row.cohort is None and not row.people for row in rows)
