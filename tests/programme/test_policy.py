"""The table of who may see what, and that the gate applies each column of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, get_args

import pytest

from rotation_analysis.disclosure.gate import find_reason, permit
from rotation_analysis.disclosure.publications import Edition
from rotation_analysis.errors import ProgrammeError
from rotation_analysis.measure_row import Measure
from rotation_analysis.programme.model import Audience, DisclosurePolicy, Programme, Reply
from rotation_analysis.programme.policy import RULES, SPREAD_MEASURES, matches_measure, reveals_spread
from rotation_analysis.starter.forms import OPENED
from rotation_analysis.study import check_named_measures
from tests.builders import day
from tests.disclosure.test_disclosure import FACTS, aggregate, own_row, pass_gate
from tests.publications import read_sample, sample_edition

STAYS = {"stays": [{"person": "p01", "team": "aoi", "cohort": "1"}]}
READERS = {
    "owner": Edition(audience="owner", cohort="1"),
    "graduate": Edition(audience="graduate", person="p01"),
    "home_manager": Edition(audience="home_manager", person="p01"),
    "leadership": Edition(audience="leadership"),
}


def shown(audience: str, *rows: Any, policy: DisclosurePolicy | None = None) -> list[str]:
    """Labels of the rows that an audience is told of, hidden ones included."""
    told = pass_gate(rows, (), READERS[audience], policy=policy or DisclosurePolicy(), facts=FACTS | STAYS)
    return list(told.measures["label"])


def test_every_audience_has_a_rule_and_is_read_by_somebody() -> None:
    assert set(RULES) == set(get_args(Audience)) == set(READERS)


@pytest.mark.parametrize(
    ("audience", "policy", "expected"),
    [
        ("owner", "together", ["all", "aoi", "kaede"]),
        ("graduate", "named", ["all", "aoi"]),
        ("home_manager", "named", ["all", "aoi"]),
        ("leadership", "together", ["all"]),
        ("leadership", "named", ["all", "aoi", "kaede"]),
    ],
)
def test_figures_of_single_teams(audience: str, policy: Any, expected: list[str]) -> None:
    """Of records of the cohort in which the reader's team had somebody away."""
    names = {"graduate": "followup.barrier"}
    rows = [
        aggregate(
            (),
            measure=names.get(audience, "impact.self_resolution"),
            counts="records",
            team=team,
            label=team or "all",
            cohort="1" if team else None,
        )
        for team in (None, "aoi", "kaede")
    ]
    assert shown(audience, *rows, policy=DisclosurePolicy(teams_to_leadership=policy)) == expected


@pytest.mark.parametrize("audience", ["graduate", "home_manager", "leadership"])
def test_sums_of_one_cohort_are_for_the_owner_alone(audience: str) -> None:
    names = {"graduate": "followup.barrier", "home_manager": "home.cover", "leadership": "host.again"}
    rows = [
        aggregate((), measure=names[audience], counts="records", cohort=cohort, label=str(cohort))
        for cohort in (None, "1")
    ]
    assert shown(audience, *rows) == ["None"]
    assert shown("owner", *rows) == ["None", "1"]


@pytest.mark.parametrize(
    ("measure", "people", "reason"),
    [
        ("followup.use", 9, "FEW_PEOPLE:10"),
        ("followup.use", 10, None),
        ("strain.panic_share.bounds", 9, "FEW_PEOPLE:10"),
        ("strain.panic_share", 9, None),
        ("strain.panic_share", 4, "FEW_PEOPLE:5"),
    ],
)
def test_leaders_see_how_answers_lie_from_ten_people_on(
    measure: str, people: int, reason: str | None
) -> None:
    row = aggregate([f"p{number:02}" for number in range(people)], measure=measure)
    policy = DisclosurePolicy()
    leaders = permit(READERS["leadership"], policy, (), facts=FACTS)
    assert find_reason(row, leaders) == reason
    owner = permit(READERS["owner"], policy, (), facts=FACTS)
    assert find_reason(row, owner) == (None if people >= 5 else "FEW_PEOPLE:5")


def test_measures_that_tell_how_answers_lie_exist() -> None:
    """A name in the table that nothing is called any more would protect nobody."""
    names = {row.measure for row in read_sample().rows if row.counts == "persons"}
    of_sample = {".median", ".p90"}  # only of records, in the sample
    for entry in set(SPREAD_MEASURES) - of_sample:
        assert any(
            name.endswith(entry) if entry[0] == "." else matches_measure(name, (entry,)) for name in names
        )


@pytest.mark.parametrize("audience", ["graduate", "home_manager", "leadership"])
def test_measures_in_the_table_exist(audience: Any) -> None:
    names = {row.measure for row in read_sample().rows}
    for entry in (*RULES[audience].measures, *RULES[audience].persons):
        assert any(matches_measure(name, (entry,)) for name in names), entry


def test_words_of_the_table_mean_what_they_say() -> None:
    assert [reveals_spread(name) for name in ("exit.ex_length", "exits", "waiting.done.p90")] == [
        True,
        False,
        True,
    ]


@pytest.mark.parametrize(("policy", "hidden"), [("together", True), ("named", False)])
def test_a_figure_of_all_teams_that_is_one_teams_is_as_that_teams(policy: Any, hidden: bool) -> None:
    effect = aggregate((), measure="impact.self_resolution.away", counts="teams", n=1)
    quarter = aggregate((), measure="impact.quarter.self_resolution", counts="records", n=40, kind="sender")
    stay = own_row(measure="cost.person_weeks_away", counts="records", team="aoi", consent="time")
    chosen = DisclosurePolicy(teams_to_leadership=policy)

    def reasons(*rows: Measure) -> list[bool]:
        told = pass_gate(rows, (), READERS["leadership"], policy=chosen).measures
        return [notes == ("SINGLE_TEAM",) for notes in told["notes"]]

    assert reasons(effect, quarter, stay) == [hidden, hidden]
    two = replace(effect, n=2)
    other = replace(stay, person="p02", people=("p02",), team="sugi")
    assert reasons(two, quarter, stay, other) == [False, False]
    assert reasons(two, replace(quarter, kind="never"), stay) == [False, False]


def test_a_misspelt_measure_is_not_taken_for_withheld() -> None:
    """Else it would be shown: the gate fails closed."""
    whole = read_sample()

    def declare(*names: str) -> Programme:
        return whole.programme.model_copy(update={"disclosure": DisclosurePolicy(withhold=names)})

    check_named_measures(declare("strain", "skill.growth.mentor"), whole.rows)
    with pytest.raises(ProgrammeError, match=r'disclosure\.withhold.*"strain\.mean"'):
        check_named_measures(declare("strain", "strian.mean"), whole.rows)


def test_a_part_that_no_figure_has_is_not_taken_for_withheld() -> None:
    whole = read_sample()

    def declare(**named: str) -> Programme:
        policy = DisclosurePolicy(withhold=({"measure": "skill.growth", **named},))  # type: ignore[arg-type]
        return whole.programme.model_copy(update={"disclosure": policy})

    check_named_measures(declare(skill="os", wave="end"), whole.rows)
    with pytest.raises(ProgrammeError, match=r'skill = "oss".*did you mean "os"'):
        check_named_measures(declare(skill="oss"), whole.rows)
    with pytest.raises(ProgrammeError, match=r"skill, wave or kind that figures of skill.growth have"):
        check_named_measures(declare(skill="os", wave="start"), whole.rows)


def test_a_reply_to_a_misspelt_measure_is_told() -> None:
    """Else it would stand nowhere, and nobody would know."""
    whole = read_sample()

    def declare(measure: str) -> Programme:
        reply = Reply(person="p03", measure=measure, text="忙しかった。", given=day("2024-01-01"))
        return whole.programme.model_copy(update={"replies": (reply,)})

    check_named_measures(declare("strain"), whole.rows)
    with pytest.raises(ProgrammeError, match=r'replies\.0\.measure.*"strain\.mean"'):
        check_named_measures(declare("strian.mean"), whole.rows)


# --- the sample -------------------------------------------------------------------------------------------


def test_leaders_of_the_sample_are_told_of_nobody_and_no_single_skill() -> None:
    measures = sample_edition("leadership").measures
    assert measures[["person", "team", "cohort", "skill"]].isna().all(axis=None)
    assert set(measures["measure"]) <= {
        name for name in measures["measure"] if matches_measure(name, RULES["leadership"].measures)
    }
    assert sample_edition("leadership").voices.empty


@pytest.mark.parametrize("person", ["p01", "p02", "p07", "p08"])
def test_a_graduate_of_the_sample_is_told_of_no_other(person: str) -> None:
    told = sample_edition("graduate", person=person)
    assert set(told.measures["person"].dropna()) == {person}
    assert set(told.voices["person"]) <= {person}
    assert {reply["person"] for reply in told.replies} <= {person}
    assert {stay["person"] for stay in told.facts["stays"]} == {person}


@pytest.mark.parametrize("person", ["p01", "p03"])
def test_a_home_manager_of_the_sample_sees_what_was_shared_and_the_own_team(person: str) -> None:
    told = sample_edition("home_manager", person=person)
    home = {stay["team"] for stay in told.facts["stays"]}
    assert set(told.measures["person"].dropna()) <= {person}
    assert set(told.measures["team"].dropna()) <= home
    shared = {
        c.kind for c in read_sample().programme.consents if (c.person, c.audience) == (person, "home_manager")
    }
    of_person = told.measures[told.measures["person"].eq(person)]
    assert bool(of_person["verdict"].ne("hidden").any()) == bool(shared - {"quotes"})


def test_consent_page_knows_what_each_kind_of_consent_opens() -> None:
    told = {
        (m.measure, kind) for m in read_sample().rows if m.person for kind in (m.consent or "").split("+")
    }
    assert {kind for _, kind in told} == {"skills", "incidents", "strain", "time"}
    # chances to use a skill come of incidents, too: both are asked for
    both = {name for name, kind in told if kind == "incidents" and matches_measure(name, OPENED["skills"])}
    assert both == {"skill.chances", "skill.chance_finding"}
    assert all(matches_measure(name, OPENED[kind]) for name, kind in told if name not in both)
