"""The bracket of skill growth on a few literal answers: every arm, every reason for a missing one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from rotation_analysis.cohorts.cohort import Cohorts
from rotation_analysis.measure_row import Measure
from rotation_analysis.measures.skills import measure_skills
from rotation_analysis.programme.plan import MeasurementError
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
