"""Skill growth over the programme on a few literal answers: pooled, bounded, by skill, theme and cohort."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rotation_analysis.cohorts.cohort import Cohorts
from rotation_analysis.disclosure.gate import may_show
from rotation_analysis.measure_row import Measure
from rotation_analysis.measures.skills import list_themes, measure_programme
from rotation_analysis.measures.skills.ratings import CONTRASTS, GROWTH, list_differences
from rotation_analysis.programme.plan import EvaluationPlan, Primary
from rotation_analysis.programme.questionnaires import read_skill_grid
from rotation_analysis.statistics.estimates import estimate_mean
from rotation_analysis.statistics.verdicts import judge_all
from tests.builders import make_cohorts, make_programme, make_rotation, pick
from tests.measures.test_skills import Answer, level, then

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


def lay_out(
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


def measure(changes: Changes, *, cohorts: Mapping[str, str] | None = None) -> list[Measure]:
    people = list(changes)
    return pool(lay_out(rated(changes, cohorts=cohorts), people, cohorts=cohorts))


def persons(*values: int, skills: Sequence[str] = CORE) -> dict[str, dict[str, int]]:
    """One person a value, who changed by it in every skill."""
    return {f"p{n:02d}": dict.fromkeys(skills, value) for n, value in enumerate(values, start=1)}


# --- contrasts --------------------------------------------------------------------------------------------


def test_every_planned_contrast_has_its_row_of_the_programme() -> None:
    answers = rated(persons(1, 2, 1, 1))
    answers += [
        level("middle", "os", value, person=f"p0{n}") for n, value in enumerate((1, 1, 2, 3), start=1)
    ]
    measures = pool(lay_out(answers, ["p01", "p02", "p03", "p04"]))
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
    measures = pool(lay_out(answers, people))
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
    measures = pool(lay_out([*answers, *shown], people))
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
    measures = pool(lay_out([*rated(own), *backs], list(own)))
    assert pick(measures, RAW, person=None, skill=None).compared is (of == 5)


# --- answers that are missing -----------------------------------------------------------------------------


def test_the_bounds_hold_whatever_the_silent_could_have_answered() -> None:
    """Two of six are silent: fewer than five, so their own start is not in the bounds."""
    people = [f"p{n:02d}" for n in range(1, 7)]
    answers = rated({p: {"os": c} for p, c in zip(people, (1, 1, 0, 1), strict=False)})
    answers += [level("start", "os", before, person=p) for p, before in (("p05", 3), ("p06", 2))]
    measures = pool(lay_out(answers, people, silent=people[4:]))
    row = pick(measures, f"{RAW}.bounds")
    assert (row.n, row.missing, row.notes) == (6, 2, ("BOUNDS:2:6",))
    assert [row.value, row.low, row.high] == pytest.approx([0.5, -5 / 6, 11 / 6])
    assert row.people == tuple(people[:4])


def test_silent_people_do_not_hide_the_one_who_answered_in_the_bounds() -> None:
    """One of five answered twice: five times the mean would be that person's growth."""
    people = [f"p{n:02d}" for n in range(1, 6)]
    measures = pool(lay_out(rated(persons(2)), people, silent=people[1:]))
    row = pick(measures, f"{RAW}.bounds")
    assert (row.n, row.missing, row.people) == (5, 4, ("p01",))
    assert not may_show(row, 5, set())


def test_with_as_many_silent_as_the_gate_wants_their_start_narrows_the_bounds() -> None:
    people = [f"p{n:02d}" for n in range(1, 11)]
    answers = rated(persons(1, 1, 1, 1, 1, skills=("os",)))
    answers += [level("start", "os", 3, person=person) for person in people[5:]]
    row = pick(pool(lay_out(answers, people, silent=people[5:])), f"{RAW}.bounds")
    assert [row.value, row.low, row.high] == pytest.approx([0.5, (5 - 10) / 10, (5 + 10) / 10])


def test_a_start_on_another_scale_narrows_no_bounds() -> None:
    """Levels of a scale of four would put the silent where they never said they were."""
    people = [f"p{n:02d}" for n in range(1, 11)]
    answers = rated(persons(1, 1, 1, 1, 1, skills=("os",)))
    answers += [level("start", "os", 3, person=person, scale="four") for person in people[5:]]
    row = pick(pool(lay_out(answers, people, silent=people[5:])), f"{RAW}.bounds")
    assert [row.value, row.low, row.high] == pytest.approx([0.5, (5 - 20) / 10, (5 + 20) / 10])


def test_where_everybody_answered_there_is_nothing_to_bound() -> None:
    row = pick(measure(persons(1, 1, 0, 1)), f"{RAW}.bounds")
    assert (row.value, row.low, row.high, row.missing) == (0.75, 0.75, 0.75, 0)


def test_the_programme_names_how_many_of_those_due_are_missing() -> None:
    people = ["p01", "p02", "p03", "p04", "p05"]
    answers = rated(persons(1, 1, 0, 1))
    row = pick(pool(lay_out(answers, people, silent=["p05"])), RAW, person=None, skill=None)
    assert (row.n, row.missing) == (4, 1)


def test_whether_a_skill_is_hidden_or_not_measurable_does_not_tell_of_the_few_who_could_be_compared() -> None:
    """Six began and one is through: in which skills that one gave no level must not show."""
    people = [f"p{n:02d}" for n in range(1, 7)]
    answers = [level("start", skill, 2, person=person) for person in people for skill in CORE]
    answers += [level("end", skill, 3, person="p01") for skill in CORE if skill != "os"]
    answers += [level("end", "os", None, state="no_chance", person="p01")]
    measures = pool(lay_out(answers, people, silent=people[1:]))
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
    everybody = pick(measure(changes), RAW, person=None, skill=None)
    some = pick(pool(lay_out(rated(changes), people, silent=people[4:])), RAW, person=None, skill=None)
    assert (some.value, some.high) == (everybody.value, everybody.high)
    assert some.low == estimate_mean([1, 2, 1, 2, 0, 0, 0]).low < everybody.low
    assert some.p > everybody.p


def test_cohorts_pooled_allow_for_the_missing_of_each() -> None:
    labels = {f"p{n:02d}": str(1 + n % 3) for n in range(1, 10)}
    changes = persons(1, 2, 1, 3, 1, 2)
    whole, some = (
        pick(
            pool(lay_out(rated(changes, cohorts=labels), people, cohorts=labels, silent=people[6:])),
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
    row = of_skill(measure(persons(1, 2, 1, 2, 1, 1)), "os")
    assert (row.n, row.low, row.high) == (6, None, None)
    assert row.notes == ("SIMULTANEOUS:10:10", "NO_P:6")


def test_with_enough_people_a_skills_interval_holds_beside_those_of_the_others() -> None:
    """Ten who all rose: two of 1,024 flips are as extreme, 0.002 < 0.05 / 10."""
    changes = {f"p{n:02d}": {"os": 1 + n % 2, "db": (-1) ** n} for n in range(1, 11)}
    measures = measure(changes)
    os, db = of_skill(measures, "os"), of_skill(measures, "db")
    assert os.p == pytest.approx(2 / 1024)
    assert os.low is not None
    assert 0 < os.low < os.value < os.high
    assert db.low < 0 < db.high


def test_an_interval_that_would_end_at_one_persons_change_is_not_shown() -> None:
    """With nine people only the least and the greatest change lie outside enough flips at 0.05 / 10."""
    changes = {f"p{n:02d}": {"os": 1 + n % 2} for n in range(1, 10)}
    row = of_skill(measure(changes), "os")
    assert (row.low, row.high, row.p) == (None, None, None)
    assert row.notes == ("SIMULTANEOUS:10:10", "ENDS_ARE_PERSONS")


def test_a_declared_skill_can_be_supported_only_beside_the_look_back_and_the_mentor() -> None:
    changes = {f"p{n:02d}": {"os": 1 + n % 2} for n in range(1, 11)}
    answers = rated(changes) + rated(changes, rater="mentor")
    answers += [level("end", "os", 1, question="skill.then", person=person) for person in changes]
    row = of_skill(pool(lay_out(answers, list(changes))), "os")
    assert row.compared
    assert row.sources == {"mentor": pytest.approx(1.5)}
    alone = of_skill(measure(changes), "os")
    assert (alone.compared, alone.sources) == (False, {})


def test_who_has_no_change_in_a_skill_is_missing_there_and_not_elsewhere() -> None:
    changes = persons(1, 2, 1, 2)
    changes["p04"] = {"os": 1}
    measures = measure(changes)
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
    measures = measure(changes)
    values = {m.kind: m.value for m in measures if m.measure == "skill.theme.now_minus_start"}
    assert values == {"landscape": 3, "pre_mortem": 0, "low_layer": 1}


# --- across cohorts ---------------------------------------------------------------------------------------


def in_cohorts(*groups: Sequence[int]) -> list[Measure]:
    changes = persons(*(value for group in groups for value in group))
    names = iter(changes)
    labels = {next(names): str(number) for number, group in enumerate(groups, start=1) for _ in group}
    return measure(changes, cohorts=labels)


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
    return measure(unlike())


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
    assert {row.notes for row in bands(measure(changes)).values()} == {("ALIKE",)}


def test_one_person_gives_no_band() -> None:
    assert {row.declined for row in bands(measure(persons(2))).values()} == {"TOO_FEW"}


@given(st.permutations(range(6)))
@settings(max_examples=6, deadline=None)
def test_the_order_of_people_changes_no_number(order: Sequence[int]) -> None:
    people = list(unlike().items())
    one = measure_unlike()
    other = measure({people[n][0]: people[n][1] for n in order})
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
    rows = [m for m in measure(changes) if m.measure == "skill.band" and m.kind == "relative"]
    shown = [m for m in rows if may_show(m, 5, set())]
    assert [m.skill for m in rows if m not in shown] == ["os"]
    assert {m.notes for m in shown} == {("ALIKE",)}
