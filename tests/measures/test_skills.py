"""The bracket of skill growth on a few literal answers: every arm, every reason for a missing one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rotation_analysis.cohorts.cohort import Cohorts
from rotation_analysis.disclosure.gate import may_show
from rotation_analysis.measure_row import Measure
from rotation_analysis.measures.skills import list_themes, measure_programme, measure_skills
from rotation_analysis.measures.skills.ratings import CONTRASTS, GROWTH, list_differences
from rotation_analysis.programme.plan import EvaluationPlan, MeasurementError, Primary
from rotation_analysis.programme.questionnaires import read_skill_grid
from rotation_analysis.statistics.estimates import estimate_mean
from rotation_analysis.statistics.verdicts import judge_all
from tests.builders import make_cohorts, make_programme, make_rotation, pick

SKILLS = ("os", "db", "network")
ARMS = ("now_minus_start", "now_minus_then", "mentor")
Answer = dict[str, Any]


def level(
    wave: str,
    skill: str,
    level: int | None,
    *,
    question: str = "skill.now",
    rater: str = "self",
    person: str = "p01",
    state: str = "answered",
    scale: str | None = "level5",
) -> Answer:
    """One answer to one question; without a level it is blank or no chance, as `state` says."""
    return {
        "wave": wave,
        "skill": skill,
        "level": level,
        "question": question,
        "rater": rater,
        "person": person,
        "cohort": "1",
        "state": state,
        "scale": scale,
    }


def then(skill: str, value: int, **other: Any) -> Answer:
    return level("end", skill, value, question="skill.then", **other)


def mentor(wave: str, skill: str, value: int, **other: Any) -> Answer:
    return level(wave, skill, value, rater="mentor", **other)


def lay_out(
    responses: Sequence[Answer],
    *,
    people: Sequence[str] = ("p01",),
    coverage: Sequence[tuple[object, ...]] = (),
) -> Cohorts:
    stays = [make_rotation(person, "aoi", "2023-01-02", "2023-06-30") for person in people]
    return make_cohorts(make_programme(*stays), responses=responses, coverage=coverage)


def measure(responses: Sequence[Answer], **other: Any) -> list[Measure]:
    return measure_skills(lay_out(responses, **other), SKILLS)


def growth(measures: Sequence[Measure], arm: str, skill: str | None, person: str | None = "p01") -> Measure:
    return pick(measures, f"skill.growth.{arm}", skill=skill, person=person)


BRACKET = [
    level("start", "os", 2),
    level("end", "os", 3),
    then("os", 1),
    mentor("start", "os", 2),
    mentor("end", "os", 4),
]


@pytest.mark.parametrize(("arm", "change"), [("now_minus_start", 1), ("now_minus_then", 2), ("mentor", 2)])
def test_each_arm_of_the_bracket_is_its_own_difference(arm: str, change: int) -> None:
    row = growth(measure(BRACKET), arm, "os")
    assert (row.value, row.n, row.missing, row.unit) == (change, 1, 0, "levels")
    assert row.declined is None
    assert (row.low, row.high) == (None, None)


def test_a_self_rating_says_that_it_is_one_a_mentors_does_not() -> None:
    measures = measure(BRACKET)
    assert growth(measures, "now_minus_then", "os").notes == ("N1", "SELF_ONLY")
    assert growth(measures, "mentor", "os").notes == ("N1",)


def test_rows_of_a_person_carry_whose_they_are_and_the_consent_they_need() -> None:
    own = ("skill.level", "skill.growth", "skill.shift", "skill.first", "skill.self")
    rows = [m for m in measure(BRACKET) if m.person is not None and m.measure.startswith(own)]
    assert len(rows) > 20
    for row in rows:
        assert (row.people, row.consent, row.counts) == (("p01",), "skills", "persons")


def test_levels_are_told_as_answered_by_view() -> None:
    rows = [m for m in measure(BRACKET) if m.measure == "skill.level"]
    assert {(m.wave, m.kind): m.value for m in rows} == {
        ("start", "self"): 2,
        ("end", "self"): 3,
        ("end", "then"): 1,
        ("start", "mentor"): 2,
        ("end", "mentor"): 4,
    }


def test_no_chance_is_missing_and_never_level_one() -> None:
    answers = [level("start", "os", None, state="no_chance", scale=None), level("end", "os", 3)]
    measures = measure(answers)
    row = growth(measures, "now_minus_start", "os")
    assert (row.value, row.declined, row.notes, row.missing) == (None, "NO_CHANCE", ("NO_CHANCE",), 1)
    levels = [m for m in measures if m.measure == "skill.level"]
    assert [(m.wave, m.value) for m in levels] == [("end", 3)]


def test_an_answer_on_another_scale_is_not_pooled() -> None:
    answers = [
        level("start", "os", 2, scale="level4"),
        level("end", "os", 3),
        level("start", "db", 2),
        level("end", "db", 3),
    ]
    measures = measure(answers)
    assert growth(measures, "now_minus_start", "os").declined == "OTHER_SCALE"
    composite = growth(measures, "now_minus_start", None)
    assert (composite.value, composite.missing) == (1, 2)
    assert all(m.skill == "db" or m.wave == "end" for m in measures if m.measure == "skill.level")


@pytest.mark.parametrize(
    ("start", "reason"),
    [
        (level("start", "os", None, state="blank", scale=None), "BLANK"),
        (level("start", "os", None, state="unusable", scale=None), "UNUSABLE"),
        (level("start", "db", 2), "NOT_ASKED"),
    ],
)
def test_a_missing_level_says_why(start: Answer, reason: str) -> None:
    row = growth(measure([start, level("end", "os", 3)]), "now_minus_start", "os")
    assert (row.value, row.declined) == (None, reason)


def test_the_question_about_then_may_not_have_been_asked() -> None:
    row = growth(measure([level("end", "os", 3)]), "now_minus_then", "os")
    assert row.declined == "NOT_ASKED"


@pytest.mark.parametrize("status", ["missing", "not_yet_due", "cannot_be_asked", "not_applicable"])
def test_a_wave_without_answers_gives_its_status_as_reason(status: str) -> None:
    coverage = [("p01", "1", "self", "end", None, status, False)]
    row = growth(measure([level("start", "os", 2)], coverage=coverage), "now_minus_start", "os")
    assert row.declined == f"WAVE_{status.upper()}"


def test_a_wave_that_nobody_declared_is_the_reason() -> None:
    assert growth(measure([level("start", "os", 2)]), "mentor", "os").declined == "WAVE_NOT_DECLARED"


def test_a_change_of_three_levels_is_flagged_for_a_look() -> None:
    answers = [level("start", "os", 1), level("end", "os", 4), level("start", "db", 4), level("end", "db", 1)]
    answers += [level("start", "network", 1), level("end", "network", 3)]
    measures = measure(answers)
    flagged = {skill for skill in SKILLS if "LARGE_JUMP" in growth(measures, "now_minus_start", skill).notes}
    assert flagged == {"os", "db"}


def test_a_composite_is_the_mean_over_the_skills_that_have_a_change() -> None:
    answers = [level("start", "os", 2), level("end", "os", 4), level("start", "db", 3), level("end", "db", 3)]
    answers += [level("start", "network", 1), level("end", "network", None, state="no_chance", scale=None)]
    row = growth(measure(answers), "now_minus_start", None)
    assert (row.value, row.n, row.missing, row.notes) == (1, 1, 1, ("N1", "SELF_ONLY"))


def test_a_composite_of_nothing_tells_the_commonest_reason() -> None:
    answers = [level("start", skill, 2) for skill in SKILLS]
    answers += [level("end", skill, None, state="no_chance", scale=None) for skill in SKILLS[:2]]
    answers += [level("end", "network", None, state="blank", scale=None)]
    row = growth(measure(answers), "now_minus_start", None)
    assert (row.value, row.n, row.missing, row.declined) == (None, 0, 3, "NO_CHANCE")


# --- the programme --------------------------------------------------------------------------------------

PEOPLE = ("p01", "p02", "p03", "p04", "p05")
STARTS = {"p01": (1, 1), "p02": (2, 2), "p03": (1, 3), "p04": (2, 1)}  # of os and db; p05 never answered
ENDS = {"p01": (2, 2), "p02": (3, 2), "p03": (3, 4), "p04": (3, 3)}


def four_people() -> list[Answer]:
    """Composites 1, 0.5, 1.5 and 1.5: the mean is 1.125."""
    return [
        level(wave, skill, value, person=person)
        for wave, people in (("start", STARTS), ("end", ENDS))
        for person, values in people.items()
        for skill, value in zip(("os", "db"), values, strict=True)
    ]


ALL_DUE = [(person, "1", "self", "end", None, "answered", True) for person in PEOPLE[:4]]
ALL_DUE += [("p05", "1", "self", "end", None, "missing", False)]


def test_the_programme_is_the_mean_over_persons_with_its_interval() -> None:
    row = growth(measure(four_people(), people=PEOPLE, coverage=ALL_DUE), "now_minus_start", None, None)
    assert (row.value, row.n, row.missing) == (pytest.approx(1.125), 4, 1)
    # s = 0.478714, t(3, 0.975) = 3.182446: 1.125 + 3.182446 · 0.478714 / 2; with p05 unchanged:
    # s = 0.651920, t(4, 0.975) = 2.776445: 0.9 - 2.776445 · 0.651920 / √5
    assert [row.low, row.high] == pytest.approx([0.090536, 1.886742], abs=1e-5)
    assert row.people == ("p01", "p02", "p03", "p04")
    assert row.consent is None


def test_persons_weigh_alike_however_many_skills_they_answered() -> None:
    answers = [level("start", s, 1) for s in SKILLS] + [level("end", s, 2) for s in SKILLS]
    answers += [level("start", "os", 1, person="p02"), level("end", "os", 4, person="p02")]
    row = growth(measure(answers, people=("p01", "p02")), "now_minus_start", None, None)
    assert row.value == 2
    assert (row.low, row.high, row.notes) == (None, None, ("N_SMALL",))


@pytest.mark.parametrize(("arm", "reason"), [("mentor", "NO_SURVEY"), ("now_minus_then", "NOT_ASKED")])
def test_an_arm_that_nobody_has_is_declined(arm: str, reason: str) -> None:
    answers = [level(wave, "os", 2, person=person) for person in PEOPLE for wave in ("start", "end")]
    row = growth(measure(answers, people=PEOPLE), arm, None, None)
    assert (row.value, row.n, row.declined, row.notes) == (None, 0, reason, (reason,))


@pytest.mark.parametrize(("then_level", "compared"), [(1, True), (4, False), (None, False)])
def test_raw_and_then_must_agree_in_sign_to_count_as_compared(then_level: int | None, compared: bool) -> None:
    answers: list[Answer] = []
    for person, start in zip(PEOPLE, (1, 2, 2, 2, 2), strict=True):
        of = {"person": person}
        answers += [level("start", "os", start, **of), level("end", "os", 3, **of)]
        answers += [mentor("start", "os", start, **of), mentor("end", "os", 3, **of)]
        if then_level is not None:
            answers.append(then("os", then_level + (person == "p01"), **of))
    measures = measure(answers, people=PEOPLE)
    row = growth(measures, "now_minus_start", None, None)
    assert row.compared is compared
    assert row.sources == {"mentor": pytest.approx(1.2)}
    assert growth(measures, "mentor", None, None).sources == {"self": pytest.approx(1.2)}


def test_coverage_counts_by_status() -> None:
    coverage = [
        ("p01", "1", "self", "start", None, "answered", True),
        ("p02", "1", "self", "start", None, "answered", False),
        ("p03", "1", "self", "start", None, "missing", False),
    ]
    measures = measure([], people=PEOPLE, coverage=coverage)
    rows = [m for m in measures if m.measure == "coverage.survey"]
    assert {m.notes: m.value for m in rows} == {("STATUS_ANSWERED",): 2, ("STATUS_MISSING",): 1}


def test_questionnaires_beside_the_grid_are_covered_by_their_own_name() -> None:
    coverage = [("p01", "1", "self", "end", None, "answered", True)]
    cohorts = lay_out([], coverage=coverage)
    asked = cohorts.coverage.assign(instrument="exit")
    rows = [m for m in measure_skills(replace(cohorts, coverage=asked), SKILLS) if "coverage" in m.measure]
    assert [(m.measure, m.kind, m.value) for m in rows] == [("coverage.survey", "exit", 1)]


# --- one person against a declared measurement error ----------------------------------------------------


def with_error(responses: Sequence[Answer]) -> list[Measure]:
    """r = 0.7 everywhere, SD 0.9 of a skill and 0.45 of a composite: two levels and 0.7 are beyond it."""
    errors = [
        MeasurementError(of=of, r=0.7, sd=sd, source="a study")
        for of, sd in (("skill", 0.9), ("composite", 0.45))
    ]
    cohorts = lay_out(responses)
    plan = cohorts.programme.plan.model_copy(update={"measurement_error": tuple(errors)})
    programme = cohorts.programme.model_copy(update={"plan": plan})
    return measure_skills(replace(cohorts, programme=programme), SKILLS)


def changed(*changes: int) -> list[Answer]:
    """Self-ratings that start at 1 and end so much higher, one a skill."""
    return [
        level(wave, skill, 1 + change * (wave == "end"))
        for skill, change in zip(SKILLS, changes, strict=False)
        for wave in ("start", "end")
    ]


@pytest.mark.parametrize(
    ("changes", "note"),
    [((1, 0, 0), "WITHIN_ERROR:0.7"), ((1, 1, 1), "BEYOND_ERROR:0.7"), ((2, 0, 0), "BEYOND_ERROR:0.7")],
)
def test_a_composite_stands_beside_the_change_that_error_alone_makes(
    changes: tuple[int, ...], note: str
) -> None:
    assert note in growth(with_error(changed(*changes)), "now_minus_start", None).notes


def test_a_composite_of_few_skills_is_not_set_against_the_error_of_a_whole_one() -> None:
    assert growth(with_error(changed(2)), "now_minus_start", None).notes == ("N1", "SELF_ONLY")


def test_single_skills_are_beyond_error_only_after_holm_over_all_of_them() -> None:
    """Two levels alone are beyond 1.37, p = 0.004; among three, three times as rare a change is needed."""
    alone = growth(with_error(changed(2)), "now_minus_start", "os")
    assert "BEYOND_ERROR_HOLM" in alone.notes
    among = with_error(changed(2, 1, 0))
    told = {skill: growth(among, "now_minus_start", skill).notes[-1] for skill in SKILLS}
    assert told == {"os": "BEYOND_ERROR_HOLM", "db": "WITHIN_ERROR_HOLM", "network": "WITHIN_ERROR_HOLM"}


def test_without_a_declared_error_no_change_of_one_person_is_called_beyond_it() -> None:
    rows = [m for m in measure(changed(4, 4, 4)) if m.person is not None]
    assert not [m for m in rows if any("ERROR" in note for note in m.notes)]


def test_without_an_answer_every_arm_is_declined_and_none_is_a_number() -> None:
    measures = [m for m in measure([]) if m.measure.startswith("skill.growth")]
    assert {m.measure.split(".")[2] for m in measures} == set(ARMS)
    assert all(m.value is None and m.declined for m in measures)


# --- skill growth over the programme on a few literal answers: pooled, bounded, by skill, theme and cohort --


CORE = tuple(skill.id for skill in read_skill_grid().core)
RAW = "skill.growth.now_minus_start"
Changes = Mapping[str, Mapping[str, int]]  # by person, by skill


def rated(
    changes: Changes, *, cohorts: Mapping[str, str] | None = None, rater: str = "self", start: int = 2
) -> list[Answer]:
    """Everybody starts at `start` and ends so much higher; `cohorts` by person, else "1"."""
    return [
        {
            **level(wave, skill, start + change * (wave == "end"), person=person, rater=rater),
            "cohort": (cohorts or {}).get(person, "1"),
        }
        for person, own in changes.items()
        for skill, change in own.items()
        for wave in ("start", "end")
    ]


def lay_out_growth(
    answers: Sequence[Answer],
    people: Sequence[str],
    *,
    cohorts: Mapping[str, str] | None = None,
    silent: Sequence[str] = (),
) -> Cohorts:
    """A programme of these people, all due at the end; the silent did not answer there."""
    stays = [
        make_rotation(person, "aoi", "2023-01-02", "2023-06-30", cohort=(cohorts or {}).get(person, "1"))
        for person in people
    ]
    coverage = [
        (p, (cohorts or {}).get(p, "1"), "self", "end", None, "missing" if p in silent else "answered", True)
        for p in people
    ]
    return make_cohorts(make_programme(*stays), responses=answers, coverage=coverage)


def pool(cohorts: Cohorts) -> list[Measure]:
    """The rows over the programme, without those of persons."""
    differences = list_differences(cohorts, (*GROWTH, *CONTRASTS), CORE)
    return list(measure_programme(cohorts, differences, CORE))


def measure_growth(changes: Changes, *, cohorts: Mapping[str, str] | None = None) -> list[Measure]:
    people = list(changes)
    return pool(lay_out_growth(rated(changes, cohorts=cohorts), people, cohorts=cohorts))


def persons(*values: int, skills: Sequence[str] = CORE) -> dict[str, dict[str, int]]:
    """One person a value, who changed by it in every skill."""
    return {f"p{n:02d}": dict.fromkeys(skills, value) for n, value in enumerate(values, start=1)}


# --- contrasts --------------------------------------------------------------------------------------------


def test_every_planned_contrast_has_its_row_of_the_programme() -> None:
    answers = rated(persons(1, 2, 1, 1))
    answers += [
        level("middle", "os", value, person=f"p0{n}") for n, value in enumerate((1, 1, 2, 3), start=1)
    ]
    measures = pool(lay_out_growth(answers, ["p01", "p02", "p03", "p04"]))
    row = pick(measures, "skill.first_half.self", person=None)
    assert (row.value, row.n) == (-0.25, 4)
    assert row.low is not None
    assert pick(measures, "skill.shift", person=None).declined == "NOT_ASKED"
    assert pick(measures, "skill.self_minus_mentor.end", person=None).declined == "NO_SURVEY"


def test_a_fall_that_the_mentor_does_not_see_carries_the_other_view() -> None:
    people = [f"p0{n}" for n in range(1, 6)]
    answers = [
        level(wave, "os", value, person=person, rater=rater)
        for n, person in enumerate(people)
        for rater, levels in (("self", (4 + n % 2, 2)), ("mentor", (2, 3 + n % 2)))
        for wave, value in zip(("start", "end"), levels, strict=True)
    ]
    measures = pool(lay_out_growth(answers, people))
    assert pick(measures, RAW, person=None, skill=None).sources == {"mentor": pytest.approx(1.4)}
    assert pick(measures, "skill.growth.mentor", person=None, skill=None).sources == {
        "self": pytest.approx(-2.4)
    }


@pytest.mark.parametrize("seen", [-2, 2])
@pytest.mark.parametrize("of", [1, 4, 5])
def test_a_second_view_counts_from_k_people_on(of: int, seen: int) -> None:
    """Else the verdict tells which way the hidden answer of one participant's mentor goes."""
    own = persons(1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1)
    people = list(own)
    answers = [*rated(own), *(then("os", 1, person=p) for p in people)]
    shown = rated({p: {"os": seen + (p == "p01")} for p in people[:of]}, rater="mentor", start=3)
    measures = pool(lay_out_growth([*answers, *shown], people))
    row = pick(measures, RAW, person=None, skill=None)
    assert row.compared
    assert row.sources == ({} if of < 5 else {"mentor": pytest.approx(seen + 0.2)})
    plan = EvaluationPlan(declared=date(2022, 1, 1), primary=(Primary(measure=RAW, account="person"),))
    judged = judge_all(measures, plan, dict.fromkeys(people, date(2023, 6, 30)))
    verdict = pick(judged, RAW, person=None, skill=None).verdict
    assert verdict == ("leaning" if of < 5 else "supported" if seen > 0 else "views_differ")


@pytest.mark.parametrize("of", [1, 5])
def test_a_look_back_of_fewer_than_k_people_is_no_comparison(of: int) -> None:
    own = persons(1, 2, 1, 2, 1, 2)
    backs = [then("os", 1, person=p) for p in list(own)[:of]]
    measures = pool(lay_out_growth([*rated(own), *backs], list(own)))
    assert pick(measures, RAW, person=None, skill=None).compared is (of == 5)


# --- answers that are missing -----------------------------------------------------------------------------


def test_the_bounds_hold_whatever_the_silent_could_have_answered() -> None:
    """Two of six are silent: fewer than five, so their own start is not in the bounds."""
    people = [f"p{n:02d}" for n in range(1, 7)]
    answers = rated({p: {"os": c} for p, c in zip(people, (1, 1, 0, 1), strict=False)})
    answers += [level("start", "os", before, person=p) for p, before in (("p05", 3), ("p06", 2))]
    measures = pool(lay_out_growth(answers, people, silent=people[4:]))
    row = pick(measures, f"{RAW}.bounds")
    assert (row.n, row.missing, row.notes) == (6, 2, ("BOUNDS:2:6",))
    assert [row.value, row.low, row.high] == pytest.approx([0.5, -5 / 6, 11 / 6])
    assert row.people == tuple(people[:4])


def test_silent_people_do_not_hide_the_one_who_answered_in_the_bounds() -> None:
    """One of five answered twice: five times the mean would be that person's growth."""
    people = [f"p{n:02d}" for n in range(1, 6)]
    measures = pool(lay_out_growth(rated(persons(2)), people, silent=people[1:]))
    row = pick(measures, f"{RAW}.bounds")
    assert (row.n, row.missing, row.people) == (5, 4, ("p01",))
    assert not may_show(row, 5, set())


def test_with_as_many_silent_as_the_gate_wants_their_start_narrows_the_bounds() -> None:
    people = [f"p{n:02d}" for n in range(1, 11)]
    answers = rated(persons(1, 1, 1, 1, 1, skills=("os",)))
    answers += [level("start", "os", 3, person=person) for person in people[5:]]
    row = pick(pool(lay_out_growth(answers, people, silent=people[5:])), f"{RAW}.bounds")
    assert [row.value, row.low, row.high] == pytest.approx([0.5, (5 - 10) / 10, (5 + 10) / 10])


def test_a_start_on_another_scale_narrows_no_bounds() -> None:
    """Levels of a scale of four would put the silent where they never said they were."""
    people = [f"p{n:02d}" for n in range(1, 11)]
    answers = rated(persons(1, 1, 1, 1, 1, skills=("os",)))
    answers += [level("start", "os", 3, person=person, scale="four") for person in people[5:]]
    row = pick(pool(lay_out_growth(answers, people, silent=people[5:])), f"{RAW}.bounds")
    assert [row.value, row.low, row.high] == pytest.approx([0.5, (5 - 20) / 10, (5 + 20) / 10])


def test_where_everybody_answered_there_is_nothing_to_bound() -> None:
    row = pick(measure_growth(persons(1, 1, 0, 1)), f"{RAW}.bounds")
    assert (row.value, row.low, row.high, row.missing) == (0.75, 0.75, 0.75, 0)


def test_the_programme_names_how_many_of_those_due_are_missing() -> None:
    people = ["p01", "p02", "p03", "p04", "p05"]
    answers = rated(persons(1, 1, 0, 1))
    row = pick(pool(lay_out_growth(answers, people, silent=["p05"])), RAW, person=None, skill=None)
    assert (row.n, row.missing) == (4, 1)


def test_whether_a_skill_is_hidden_or_not_measurable_does_not_tell_of_the_few_who_could_be_compared() -> None:
    """Six began and one is through: in which skills that one gave no level must not show."""
    people = [f"p{n:02d}" for n in range(1, 7)]
    answers = [level("start", skill, 2, person=person) for person in people for skill in CORE]
    answers += [level("end", skill, 3, person="p01") for skill in CORE if skill != "os"]
    answers += [level("end", "os", None, state="no_chance", person="p01")]
    measures = pool(lay_out_growth(answers, people, silent=people[1:]))
    rows = [
        m
        for m in measures
        if m.person is None and m.skill is not None and m.measure.startswith("skill.growth")
    ]
    rows += [m for m in measures if m.measure in ("skill.band", "skill.no_chance", "skill.chance_finding")]
    own = [m for m in rows if m.person is None and m.measure != "skill.growth.mentor" and m.kind != "mentor"]
    assert {may_show(m, 5, set()) for m in own} == {False}


def test_the_interval_also_holds_where_the_missing_have_not_changed() -> None:
    changes = persons(1, 2, 1, 2)
    people = [*changes, "p05", "p06", "p07"]
    everybody = pick(measure_growth(changes), RAW, person=None, skill=None)
    some = pick(pool(lay_out_growth(rated(changes), people, silent=people[4:])), RAW, person=None, skill=None)
    assert (some.value, some.high) == (everybody.value, everybody.high)
    assert some.low == estimate_mean([1, 2, 1, 2, 0, 0, 0]).low < everybody.low
    assert some.p > everybody.p


def test_cohorts_pooled_allow_for_the_missing_of_each() -> None:
    labels = {f"p{n:02d}": str(1 + n % 3) for n in range(1, 10)}
    changes = persons(1, 2, 1, 3, 1, 2)
    whole, some = (
        pick(
            pool(lay_out_growth(rated(changes, cohorts=labels), people, cohorts=labels, silent=people[6:])),
            "skill.across_cohorts.now_minus_start",
        )
        for people in (list(changes), list(labels))
    )
    assert some.value == whole.value
    assert some.low < whole.low
    assert some.high >= whole.high
    assert (whole.missing, some.missing) == (0, 3)


# --- single skills ----------------------------------------------------------------------------------------


def of_skill(measures: Sequence[Measure], skill: str) -> Measure:
    return pick(measures, RAW, person=None, skill=skill)


def test_a_skill_of_few_people_has_no_interval_and_says_what_n_could_give() -> None:
    row = of_skill(measure_growth(persons(1, 2, 1, 2, 1, 1)), "os")
    assert (row.n, row.low, row.high) == (6, None, None)
    assert row.notes == ("SIMULTANEOUS:10:10", "NO_P:6")


def test_with_enough_people_a_skills_interval_holds_beside_those_of_the_others() -> None:
    """Ten who all rose: two of 1,024 flips are as extreme, 0.002 < 0.05 / 10."""
    changes = {f"p{n:02d}": {"os": 1 + n % 2, "db": (-1) ** n} for n in range(1, 11)}
    measures = measure_growth(changes)
    os, db = of_skill(measures, "os"), of_skill(measures, "db")
    assert os.p == pytest.approx(2 / 1024)
    assert os.low is not None
    assert 0 < os.low < os.value < os.high
    assert db.low < 0 < db.high


def test_an_interval_that_would_end_at_one_persons_change_is_not_shown() -> None:
    """With nine people only the least and the greatest change lie outside enough flips at 0.05 / 10."""
    changes = {f"p{n:02d}": {"os": 1 + n % 2} for n in range(1, 10)}
    row = of_skill(measure_growth(changes), "os")
    assert (row.low, row.high, row.p) == (None, None, None)
    assert row.notes == ("SIMULTANEOUS:10:10", "ENDS_ARE_PERSONS")


def test_a_declared_skill_can_be_supported_only_beside_the_look_back_and_the_mentor() -> None:
    changes = {f"p{n:02d}": {"os": 1 + n % 2} for n in range(1, 11)}
    answers = rated(changes) + rated(changes, rater="mentor")
    answers += [level("end", "os", 1, question="skill.then", person=person) for person in changes]
    row = of_skill(pool(lay_out_growth(answers, list(changes))), "os")
    assert row.compared
    assert row.sources == {"mentor": pytest.approx(1.5)}
    alone = of_skill(measure_growth(changes), "os")
    assert (alone.compared, alone.sources) == (False, {})


def test_who_has_no_change_in_a_skill_is_missing_there_and_not_elsewhere() -> None:
    changes = persons(1, 2, 1, 2)
    changes["p04"] = {"os": 1}
    measures = measure_growth(changes)
    assert (of_skill(measures, "os").n, of_skill(measures, "os").missing) == (4, 0)
    assert (of_skill(measures, "db").n, of_skill(measures, "db").missing) == (3, 1)
    assert of_skill(measures, "db").people == ("p01", "p02", "p03")


def test_themes_are_the_rows_that_graduates_tell_of() -> None:
    assert list_themes(CORE) == {
        "landscape": ("landscape",),
        "pre_mortem": ("change_safety",),
        "low_layer": ("os", "db", "network"),
    }
    assert list_themes(("os", "consulting")) == {"low_layer": ("os",)}
    changes = persons(0, 0, 0)
    for own in changes.values():
        own |= {"os": 1, "db": 2, "network": 0, "landscape": 3}
    measures = measure_growth(changes)
    values = {m.kind: m.value for m in measures if m.measure == "skill.theme.now_minus_start"}
    assert values == {"landscape": 3, "pre_mortem": 0, "low_layer": 1}


# --- across cohorts ---------------------------------------------------------------------------------------


def in_cohorts(*groups: Sequence[int]) -> list[Measure]:
    changes = persons(*(value for group in groups for value in group))
    names = iter(changes)
    labels = {next(names): str(number) for number, group in enumerate(groups, start=1) for _ in group}
    return measure_growth(changes, cohorts=labels)


def test_two_cohorts_stand_side_by_side_without_a_common_interval() -> None:
    measures = in_cohorts((1, 1), (2, 3))
    row = pick(measures, "skill.across_cohorts.now_minus_start")
    assert (row.low, row.high, row.notes) == (None, None, ("COHORTS:2", "K2"))
    assert row.n == 4


def test_two_cohorts_have_the_mean_of_the_persons_so_that_a_cohort_of_one_cannot_be_had_from_both() -> None:
    """Means of cohorts, (3 + 1) / 2 = 2, beside that of persons, 1.4, would solve to p01's 3."""
    measures = in_cohorts((3,), (1, 1, 1, 1))
    row = pick(measures, "skill.across_cohorts.now_minus_start")
    assert row.value == pick(measures, RAW, person=None, skill=None).value == 1.4


def test_a_hidden_row_across_cohorts_does_not_tell_of_how_many_cohorts_it_is() -> None:
    rows = [
        pick(in_cohorts(*groups), "skill.across_cohorts.now_minus_start")
        for groups in (((1,),), ((1,), (2,), (1,)))
    ]
    assert rows[0].method == rows[1].method
    assert not any(may_show(row, 5, set()) for row in rows)


def test_from_three_cohorts_on_the_mean_has_the_interval_of_cohorts_that_differ() -> None:
    measures = in_cohorts((1, 2), (0, 1), (1, 3, 2))
    row = pick(measures, "skill.across_cohorts.now_minus_start")
    assert row.notes == ("COHORTS:3",)
    assert row.low is not None
    assert row.low < row.value < row.high
    assert not [m for m in measures if m.measure.endswith(".next")]


def test_from_five_cohorts_on_the_next_one_is_foretold_more_widely_than_the_mean() -> None:
    measures = in_cohorts((1, 2), (0, 1), (1, 3, 2), (0, 0), (2, 1))
    mean = pick(measures, "skill.across_cohorts.now_minus_start")
    coming = pick(measures, "skill.across_cohorts.now_minus_start.next")
    assert coming.low < mean.low < mean.high < coming.high
    assert coming.people == mean.people


# --- which skills grow most -------------------------------------------------------------------------------


def bands(measures: Sequence[Measure], kind: str = "relative") -> dict[str, Measure]:
    return {str(m.skill): m for m in measures if m.measure == "skill.band" and m.kind == kind}


def unlike() -> dict[str, dict[str, int]]:
    """Six people who all grew by three in the landscape, by none in networks, by one or two elsewhere."""
    changes = {
        f"p{n:02d}": {skill: 1 + (n * place) % 2 for place, skill in enumerate(CORE)} for n in range(1, 7)
    }
    for own in changes.values():
        own |= {"landscape": 3, "network": 0}
    return changes


@cache
def measure_unlike() -> list[Measure]:
    """They are measured once for the tests of them."""
    return measure_growth(unlike())


def test_the_band_holds_the_skill_that_grew_most_and_not_the_one_that_grew_least() -> None:
    found = bands(measure_unlike())
    assert "TOP_BAND" in found["landscape"].notes
    assert "BOTTOM_BAND" in found["network"].notes
    assert "TOP_BAND" not in found["network"].notes


def test_means_are_drawn_towards_each_other_and_never_past() -> None:
    measures = measure_unlike()
    found = bands(measures, "now_minus_start")
    plain = {skill: of_skill(measures, skill).value for skill in CORE}
    overall = sum(plain.values()) / len(plain)
    for skill, row in found.items():
        assert abs(row.value - overall) <= abs(plain[skill] - overall) + 1e-9
        assert row.low <= row.value <= row.high


def test_where_nothing_says_that_skills_differ_none_stands_out() -> None:
    changes = {f"p{n:02d}": {s: (n + place) % 3 for place, s in enumerate(CORE)} for n in range(1, 7)}
    assert {row.notes for row in bands(measure_growth(changes)).values()} == {("ALIKE",)}


def test_one_person_gives_no_band() -> None:
    assert {row.declined for row in bands(measure_growth(persons(2))).values()} == {"TOO_FEW"}


@given(st.permutations(range(6)))
@settings(max_examples=6, deadline=None)
def test_the_order_of_people_changes_no_number(order: Sequence[int]) -> None:
    people = list(unlike().items())
    one = measure_unlike()
    other = measure_growth({people[n][0]: people[n][1] for n in order})
    key = lambda m: (m.measure, m.person or "", m.skill or "", m.kind or "", m.wave or "")  # noqa: E731
    for a, b in zip(sorted(one, key=key), sorted(other, key=key), strict=True):
        assert key(a) == key(b)
        assert (a.n, a.missing) == (b.n, b.missing)
        assert a.value == (None if b.value is None else pytest.approx(b.value))


def test_a_skill_of_few_people_is_not_what_the_skills_shown_fall_short_of() -> None:
    """Four of twelve grew by three levels in `os`: with it all others would be bottom and none top."""
    changes = {
        f"p{n:02d}": {
            skill: 3 if skill == "os" else (n + number) % 2
            for number, skill in enumerate(CORE)
            if skill != "os" or n <= 4
        }
        for n in range(1, 13)
    }
    rows = [m for m in measure_growth(changes) if m.measure == "skill.band" and m.kind == "relative"]
    shown = [m for m in rows if may_show(m, 5, set())]
    assert [m.skill for m in rows if m not in shown] == ["os"]
    assert {m.notes for m in shown} == {("ALIKE",)}
