"""Chances beside growth on a few literal records: what counts, what is unknown, what is found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rotation_analysis.cohorts.cohort import Cohorts
from rotation_analysis.disclosure.gate import may_show
from rotation_analysis.measure_row import Measure
from rotation_analysis.measures.skills.opportunities import FINDINGS, measure_chances
from rotation_analysis.measures.skills.ratings import GROWTH, list_differences
from rotation_analysis.programme.model import Alias, Incidents, Person
from rotation_analysis.programme.questionnaires import ChanceRule
from tests.builders import make_cohorts, make_programme, make_rotation, make_table, pick

Row = dict[str, Any]
CONSULT = ChanceRule(skill="consulting", table="requests", kind=("consult",))
STAY = ("2023-01-02", "2023-06-30")


def utc(day: str) -> pd.Timestamp:
    """Noon of a day in Tokyo."""
    return pd.Timestamp(f"{day} 03:00", tz="UTC")


def request(day: str = "2023-03-01", **other: Any) -> Row:
    """A consult that p01 answered."""
    return {
        "kind": "consult",
        "person": "p01",
        "team": "kaede",
        "title": "相談",
        "answered": utc(day),
        **other,
    }


def change(day: str | None = "2023-03-01", **other: Any) -> Row:
    return {"repository": "infra", "id": "1", "merged": utc(day) if day else pd.NaT, "person": "p01", **other}


def joined(step: str | None, incident: str = "1", person: str | None = "p01", day: str = "2023-03-01") -> Row:
    return {"incident": incident, "step": step, "person": person, "day": day}


def incident(id_: str = "1", day: str = "2023-03-01", **other: Any) -> Row:
    return {"id": id_, "day": day, "service": "api", "title": "応答の遅れ", "shared": False, **other}


def answer(wave: str, skill: str, level: int | None, **other: Any) -> Row:
    """A self-rating of p01; without a level "no chance"."""
    return {
        "wave": wave,
        "skill": skill,
        "level": level,
        "question": "skill.now",
        "rater": "self",
        "person": "p01",
        "cohort": "1",
        "state": "answered" if level else "no_chance",
        "scale": "level5" if level else None,
        **other,
    }


def rated(skill: str, start: int, end: int, *, person: str = "p01") -> list[Row]:
    """Self and mentor agree on where the person was and is."""
    return [
        answer(wave, skill, level, rater=rater, person=person)
        for rater in ("self", "mentor")
        for wave, level in (("start", start), ("end", end))
    ]


def lay_out(
    *rules: ChanceRule,
    people: Sequence[str] = ("p01",),
    end: str | None = STAY[1],
    coverage: Sequence[tuple[object, ...]] = (),
    declared: Mapping[str, Any] | None = None,
    **tables: Sequence[Row],
) -> Cohorts:
    stays = [make_rotation(person, "aoi", STAY[0], end) for person in people]
    programme = make_programme(*stays, teams=("kaede",), chances=rules, **(declared or {}))
    return make_cohorts(programme, coverage=coverage, **tables)


def measure(cohorts: Cohorts, *skills: str) -> list[Measure]:
    return list(measure_chances(cohorts, list_differences(cohorts, GROWTH, skills), skills))


def chances(*rules: ChanceRule, skill: str = "consulting", **tables: Any) -> Measure:
    return pick(measure(lay_out(*rules, **tables), skill), "skill.chances", skill=skill)


def finding(measures: Sequence[Measure], kind: str, skill: str = "consulting") -> Measure:
    return pick(measures, "skill.chance_finding", kind=kind, skill=skill, person="p01")


# --- what counts ----------------------------------------------------------------------------------------


def test_a_chance_is_a_record_of_the_person_in_the_stay_that_fits_the_rule() -> None:
    row = chances(CONSULT, requests=[request(), request(kind="work"), request(person="p02")])
    assert (row.value, row.n, row.missing, row.unit, row.notes) == (1, 2, 0, "chances", ())
    assert (row.person, row.people, row.consent, row.claims) == ("p01", ("p01",), "skills", False)


@pytest.mark.parametrize(
    ("day", "counts"),
    [("2023-01-01", 0), ("2023-01-02", 1), ("2023-06-30", 1), ("2023-07-01", 0)],
)
def test_both_days_of_a_stay_belong_to_it(day: str, counts: int) -> None:
    row = chances(CONSULT, requests=[request(day), request(kind="work")])
    assert (row.value, row.n) == (counts, 1 + counts)


def test_a_stay_under_way_counts_until_the_day_of_the_data() -> None:
    requests = [request("2025-03-31"), request("2025-04-01")]
    assert chances(CONSULT, end=None, requests=requests).value == 1


@pytest.mark.parametrize(
    ("other", "unknown"), [({"person": None}, 1), ({"kind": None}, 1), ({"person": None, "kind": "work"}, 0)]
)
def test_what_is_not_told_is_missing_and_never_counted(other: Row, unknown: int) -> None:
    row = chances(CONSULT, requests=[request(), request(**other)])
    assert (row.value, row.missing) == (1, unknown)


def test_of_another_person_nothing_is_missing() -> None:
    row = chances(CONSULT, requests=[request(), request(person="p02", kind=None)])
    assert (row.value, row.n, row.missing) == (1, 1, 0)


def test_a_request_counts_on_the_day_of_its_answer_else_of_its_end_and_open_ones_do_not() -> None:
    none = {"answered": pd.NaT}
    requests = [
        request(**none, resolved=utc("2023-03-01")),
        request(**none, resolved=utc("2023-07-01")),
        request(**none),
        request("2023-06-30", resolved=utc("2023-09-01")),
    ]
    row = chances(CONSULT, requests=requests)
    assert (row.value, row.n) == (2, 2)


def test_requests_of_other_teams_leave_out_the_own_one_and_those_of_unknown_teams() -> None:
    rule = ChanceRule(skill="landscape", table="requests", other_teams=True)
    requests = [*[request(team="kaede")] * 2, request(team="aoi"), request(team=None)]
    row = chances(rule, skill="landscape", requests=requests)
    assert (row.value, row.n, row.missing) == (2, 4, 1)


@pytest.mark.parametrize(
    ("title", "fits"),
    [
        ("本番DBの参照", True),
        ("ＤＢ を増やす", True),
        ("two dbs", True),
        ("shared-db: slow", True),
        ("feedback", False),
        ("dbt の更新", False),
        ("応答の遅れ", False),
        (None, False),
    ],
)
def test_a_latin_word_is_found_as_a_whole_word(title: str | None, fits: bool) -> None:
    rule = ChanceRule(skill="db", table="requests", words=("DB",))
    row = chances(rule, skill="db", requests=[request(title=title), request(title="DB", person="p02")])
    assert (row.value, row.missing, row.notes) == (int(fits), int(title is None), ("BY_TITLE",))


def test_a_word_is_no_expression() -> None:
    rule = ChanceRule(skill="db", table="requests", words=("d.", "(b"))
    assert chances(rule, skill="db", requests=[request(title="db d1"), request(title="a (B)")]).value == 1


def test_a_change_counts_when_it_is_merged() -> None:
    rule = ChanceRule(skill="cloud_iac", table="changes", repository=("INFRA",))
    changes = [change(), change(None, id="2"), change("2023-07-01", id="3"), change(repository="app")]
    changes += [
        change(person=None, team="aoi", id="4"),
        change(person=None, id="5"),
        change(person=None, id="6"),
    ]
    row = chances(rule, skill="cloud_iac", changes=changes)
    # an account that stands for its team is no participant's; one that nobody knows may be
    assert (row.value, row.n, row.missing) == (1, 2, 2)


def test_a_review_counts_for_who_gave_it_unless_the_change_is_the_own_one() -> None:
    rule = ChanceRule(skill="change_safety", table="reviews", kind=("approved", "commented"))
    alias = {"declared": {"aliases": (Alias(text="hana-m", kind="person", id="p01"),)}}
    given = {"repository": "infra", "reviewer": "hana-m", "submitted": utc("2023-03-01"), "state": "approved"}
    reviews = [
        {**given, "change": "1"},
        {**given, "change": "2"},
        {**given, "change": "2", "state": "pending"},
        {**given, "change": "2", "reviewer": "nobody-m"},
        {**given, "change": "2", "submitted": utc("2023-07-01")},
    ]
    changes = [change(), change(id="2", person=None)]
    row = chances(rule, skill="change_safety", changes=changes, reviews=reviews, **alias)
    assert (row.value, row.n, row.missing) == (1, 2, 1)


def test_an_incident_counts_for_who_took_part_in_it_at_a_step() -> None:
    rule = ChanceRule(skill="incident", table="incidents", step=("helper", "lead"))
    people = [joined("observer"), joined("helper", "2"), joined(None, "3"), joined("lead", "2", "p02")]
    incidents = [incident(), incident("2"), incident("3")]
    row = chances(rule, skill="incident", incidents=incidents, participation=people)
    assert (row.value, row.n, row.missing) == (1, 3, 1)
    assert row.consent == "skills+incidents"


def test_an_incident_that_cannot_tell_its_people_is_unknown_unless_the_person_is_named() -> None:
    rule = ChanceRule(skill="incident", table="incidents", step=("lead",))
    incidents = [incident(people_told=False), incident("2", people_told=False)]
    row = chances(rule, skill="incident", incidents=incidents, participation=[joined("lead")])
    assert (row.value, row.n, row.missing) == (1, 1, 1)


def test_incidents_in_which_nobody_is_named_are_no_records_of_people() -> None:
    rule = ChanceRule(skill="incident", table="incidents", step=("lead",))
    assert chances(rule, skill="incident", incidents=[incident()]).declined == "NO_CHANCE_RECORDS"


@pytest.mark.parametrize(
    ("rule", "counts"),
    [({"shared": True}, 1), ({"service": ("API",)}, 1), ({"words": ("容量",)}, 1), ({}, 3)],
)
def test_incidents_are_chosen_by_service_and_title(rule: Row, counts: int) -> None:
    incidents = [
        incident("1", service="api"),
        incident("2", service="gateway", shared=True),
        incident("3", service="db", title="容量の不足"),
    ]
    people = [joined("helper", number) for number in "123"]
    shared = {"declared": {"incidents": Incidents(shared_services=("gateway",))}}
    own = ChanceRule(skill="landscape", table="incidents", **rule)
    assert (
        chances(own, skill="landscape", incidents=incidents, participation=people, **shared).value == counts
    )


def test_improvements_count_for_their_kinds_as_written_and_sessions_for_who_spoke() -> None:
    rules = [
        ChanceRule(skill="observability", table="improvements", kind=("監視",)),
        ChanceRule(skill="observability", table="study_sessions", words=("監視",)),
    ]
    made = {"day": "2023-03-01", "person": "p01"}
    sessions = [
        {"day": "2023-03-01", "title": "監視の話", "speaker": who} for who in ("見本 p01", "見本 p02")
    ]
    people = (Person(id="p01", name="見本 p01", team="aoi"), Person(id="p02", name="見本 p02", team="aoi"))
    row = chances(
        *rules,
        skill="observability",
        improvements=[{**made, "kind": " 監視 "}, {**made, "kind": "費用"}, {**made, "kind": None}],
        study_sessions=sessions,
        declared={"people": people},
    )
    assert (row.value, row.n, row.missing) == (2, 4, 1)


def test_a_record_that_fits_two_rules_of_a_skill_is_one_chance() -> None:
    words = ChanceRule(skill="consulting", table="requests", words=("相談",))
    assert chances(CONSULT, words, requests=[request()]).value == 1


def test_an_own_rule_stands_in_place_of_those_that_come_along() -> None:
    requests = [request(), request(kind="work")]
    assert chances(requests=requests).value == 1
    assert chances(ChanceRule(skill="consulting", table="requests"), requests=requests).value == 2


# --- unknown is not none --------------------------------------------------------------------------------


@pytest.mark.parametrize("requests", [[], [request("2022-12-31")]])
def test_without_records_of_those_days_chances_are_unknown(requests: list[Row]) -> None:
    row = chances(CONSULT, requests=requests)
    assert (row.value, row.declined, row.notes) == (None, "NO_CHANCE_RECORDS", ("NO_CHANCE_RECORDS",))


def test_without_a_rule_chances_are_unknown() -> None:
    assert chances(skill="cooking", requests=[request()]).declined == "NO_CHANCE_RULE"


def test_who_is_not_found_where_records_are_nobodys_has_unknown_chances() -> None:
    others = [request(person="p02"), request(person=None)]
    assert chances(CONSULT, requests=others).declined == "CHANCES_UNTOLD"
    row = chances(CONSULT, requests=others[:1])
    assert (row.value, row.declined) == (0, None)


def test_words_that_no_title_has_tell_of_nothing() -> None:
    rule = ChanceRule(skill="db", table="requests", words=("DB",))
    own = request(title="応答の遅れ")
    assert chances(rule, skill="db", requests=[own]).declined == "NO_TITLE_FITS"
    fitting = request("2021-01-04", title="DB", person="p02")  # whoever's and whenever: the word is in use
    assert chances(rule, skill="db", requests=[own, fitting]).value == 0
    kinds = ChanceRule(skill="db", table="requests", kind=("review",))
    assert chances(rule, kinds, skill="db", requests=[own]).value == 0


def test_a_table_without_those_days_is_told() -> None:
    row = chances(CONSULT, ChanceRule(skill="consulting", table="study_sessions"), requests=[request()])
    assert (row.value, row.notes) == (1, ("TABLES_UNREAD:1:2",))


def test_none_counted_while_a_table_lacks_those_days_is_unknown_and_not_zero() -> None:
    others = request(person="p02")
    row = chances(CONSULT, ChanceRule(skill="consulting", table="study_sessions"), requests=[others])
    assert (row.value, row.declined) == (None, "CHANCES_INCOMPLETE")


# --- what is found --------------------------------------------------------------------------------------


def find(kind: str, responses: Sequence[Row], requests: Sequence[Row], *rules: ChanceRule) -> Measure:
    cohorts = lay_out(*(rules or (CONSULT,)), responses=responses, requests=requests)
    return finding(measure(cohorts, "consulting"), kind)


@pytest.mark.parametrize(
    ("start", "end", "kind", "holds"),
    [(2, 3, "work", 1), (2, 4, "work", 1), (2, 2, "work", 0), (3, 2, "work", 0), (2, 3, "consult", 0)],
)
def test_growth_of_a_level_without_any_chance_is_a_finding(
    start: int, end: int, kind: str, holds: int
) -> None:
    row = find("growth_without_chance", rated("consulting", start, end), [request(kind=kind)])
    assert (row.value, row.n, row.missing, row.unit, row.claims) == (holds, 1, 0, "findings", False)


def test_growth_needs_two_views_that_agree() -> None:
    alone = [answer("start", "consulting", 2), answer("end", "consulting", 4)]
    row = find("growth_without_chance", alone, [request(kind="work")])
    assert (row.value, row.declined, row.missing) == (None, "NOT_ASKED", 1)
    mentor = [answer(wave, "consulting", 3, rater="mentor") for wave in ("start", "end")]
    assert find("growth_without_chance", [*alone, *mentor], [request(kind="work")]).value == 0
    then = [answer("end", "consulting", 1, question="skill.then")]
    assert find("growth_without_chance", [*alone, *then], [request(kind="work")]).value == 1


def test_no_chance_is_not_known_where_a_table_lacks_the_days() -> None:
    rules = (CONSULT, ChanceRule(skill="consulting", table="study_sessions"))
    row = find("growth_without_chance", rated("consulting", 2, 4), [request(kind="work")], *rules)
    assert (row.value, row.declined) == (None, "CHANCES_INCOMPLETE")
    assert find("growth_without_chance", rated("consulting", 2, 4), [request()], *rules).value == 0


@pytest.mark.parametrize(
    ("start", "end", "asked", "holds"), [(3, 3, 4, 1), (3, 2, 2, 1), (3, 3, 1, 0), (3, 4, 4, 0), (5, 5, 4, 0)]
)
def test_as_many_chances_as_usual_without_growth_are_a_finding(
    start: int, end: int, asked: int, holds: int
) -> None:
    """The person's other skills have 2 and 3 chances: 2 are as many as usual, 1 is not."""
    other = [ChanceRule(skill=skill, table="requests", kind=(kind,)) for skill, kind in
             (("db", "work"), ("os", "review"))]  # fmt: skip
    requests = [request()] * asked + [request(kind="work")] * 2 + [request(kind="review")] * 3
    cohorts = lay_out(CONSULT, *other, responses=rated("consulting", start, end), requests=requests)
    row = finding(measure(cohorts, "consulting", "db", "os"), "chance_without_growth")
    assert (row.value, row.n) == (holds, 1)


def test_a_standstill_needs_two_views_that_agree() -> None:
    views = [answer("start", "consulting", 3), answer("end", "consulting", 3)]
    views += [answer("end", "consulting", 2, question="skill.then")]
    assert find("chance_without_growth", views, [request()]).value == 0
    views += [answer(wave, "consulting", 3, rater="mentor") for wave in ("start", "end")]
    assert find("chance_without_growth", views, [request()]).value == 1


def test_no_chances_at_all_are_never_many() -> None:
    row = find("chance_without_growth", rated("consulting", 3, 3), [request(kind="work")])
    assert row.value == 0


@pytest.mark.parametrize(
    ("end", "value", "declined"),
    [
        ([answer("end", "consulting", None)], 1, None),
        ([answer("end", "consulting", 2)], 0, None),
        ([answer("end", "consulting", None, state="blank")], None, "BLANK"),
        ([], None, "WAVE_NOT_DECLARED"),
    ],
)
def test_no_chance_as_an_answer_at_the_end_is_a_finding_without_any_record(
    end: list[Row], value: float | None, declined: str | None
) -> None:
    start = answer("start", "consulting", None)
    row = find("no_chance_given", [start, *end], [])
    assert (row.value, row.declined, row.consent) == (value, declined, "skills")


def test_a_person_has_the_same_rows_whatever_was_answered() -> None:
    def shape(responses: Sequence[Row]) -> list[tuple[object, ...]]:
        cohorts = lay_out(responses=responses, requests=[request()])
        return [(m.measure, m.person, m.skill, m.kind, m.wave) for m in measure(cohorts, "consulting", "db")]

    one = [*rated("consulting", 2, 4), *rated("db", 3, 3)]
    assert shape(one) == shape([answer(w, s, None) for w in ("start", "end") for s in ("consulting", "db")])
    assert shape(one) == shape([])


def test_what_was_done_in_incidents_is_shown_with_both_consents_only() -> None:
    cohorts = lay_out(incidents=[incident()], participation=[joined("lead")])
    row = pick(measure(cohorts, "incident"), "skill.chances")
    allowed = {("p01", "skills"), ("p01", "incidents")}
    assert may_show(row, 5, allowed)
    assert not any(may_show(row, 5, {one}) for one in allowed)
    consents = {kind: finding(measure(cohorts, "incident"), kind, "incident").consent for kind in FINDINGS}
    assert consents == dict(zip(FINDINGS, [row.consent, row.consent, "skills"], strict=True))


# --- "no chance" by wave and over the programme ---------------------------------------------------------


def test_no_chance_is_counted_by_wave_among_the_skills_that_were_asked() -> None:
    responses = [
        *(answer("end", skill, None) for skill in ("os", "db")),
        answer("end", "network", 2),
        answer("end", "incident", None, state="blank"),
        answer("end", "os", None, rater="mentor"),
    ]
    coverage = [
        ("p01", "1", "self", "end", None, "answered", True),
        ("p01", "1", "self", "after_6m", None, "not_yet_due", False),
        ("p01", "1", "mentor", "middle", None, "answered", True),
    ]
    measures = measure(lay_out(responses=responses, coverage=coverage), "os", "db", "network", "incident")
    rows = {m.wave: m for m in measures if m.measure == "skill.no_chance" and m.person}
    assert set(rows) == {"end", "after_6m"}
    assert (rows["end"].value, rows["end"].n, rows["end"].missing, rows["end"].unit) == (2, 3, 1, "skills")
    assert rows["after_6m"].declined == "WAVE_NOT_YET_DUE"


def test_the_programme_counts_people_by_skill() -> None:
    people = ("p01", "p02", "p03")
    responses = [
        *rated("consulting", 2, 3),
        *rated("consulting", 2, 3, person="p02"),
        answer("end", "consulting", None, person="p03"),
    ]
    coverage = [(person, "1", "self", "end", None, "answered", True) for person in (*people, "p04")]
    requests = [request(kind="work"), request(person="p02"), request(person="p03")]
    cohorts = lay_out(
        CONSULT, people=(*people, "p04"), responses=responses, coverage=coverage, requests=requests
    )
    measures = [m for m in measure(cohorts, "consulting") if m.person is None]
    assert len(measures) == 3
    row = pick(measures, "skill.no_chance")
    assert (row.value, row.n, row.missing, row.people, row.unit) == (1, 3, 1, people, "persons")
    row = pick(measures, "skill.chance_finding", kind="growth_without_chance")
    assert (row.value, row.n, row.missing, row.people, row.counts) == (1, 2, 2, people[:2], "persons")
    assert (row.cohort, row.skill, row.wave) == (None, "consulting", "end")


def test_who_stayed_twice_is_one_person() -> None:
    stays = [make_rotation("p01", "aoi", "2022-01-03", "2022-06-30", cohort="0")]
    stays += [make_rotation("p01", "aoi", *STAY)]
    responses = [answer("end", "os", None, cohort="0"), answer("end", "os", 3)]
    for order in (responses, responses[::-1]):
        cohorts = make_cohorts(make_programme(*stays), responses=order)
        row = pick(measure(cohorts, "os"), "skill.no_chance", person=None)
        assert (row.value, row.n, row.people) == (1, 1, ("p01",))


@pytest.mark.parametrize("requests", [[], [request()], [request(person=None)]])
def test_why_nothing_is_known_of_a_few_people_is_theirs(requests: list[Row]) -> None:
    measures = measure(lay_out(CONSULT, responses=[answer("end", "db", 2)], requests=requests), "consulting")
    for row in (m for m in measures if m.person is None):
        assert (row.value, row.people) == (None, ("p01",))
        assert not may_show(row, 5, set())


def test_where_nobody_answered_no_record_of_anybody_is_a_reason() -> None:
    told = [
        {row.declined for row in measure(lay_out(CONSULT, requests=requests), "consulting") if not row.person}
        for requests in ([], [request()], [request(person=None)])
    ]
    assert told == [{"WAVE_NOT_DECLARED"}] * 3


def test_a_skill_that_nobody_was_asked_of_says_why() -> None:
    row = pick(measure(lay_out(requests=[request()]), "consulting"), "skill.no_chance", person=None)
    assert (row.value, row.declined, row.people) == (None, "WAVE_NOT_DECLARED", ())


# --- the sums agree with the tables ---------------------------------------------------------------------

PLACES = st.fixed_dictionaries(
    {
        "day": st.sampled_from(["2023-01-01", *STAY, "2023-03-01", "2023-07-01", "2024-03-01"]),
        "person": st.sampled_from(["p01", "p02", "sre01", None]),
        "kind": st.sampled_from(["consult", "work", None]),
    }
)


@cache
def lay_out_fixed(*rules: ChanceRule, people: tuple[str, ...]) -> Cohorts:
    """These people without a record: what is the same in every example."""
    return lay_out(*rules, people=people)


@settings(max_examples=60, deadline=None)
@given(st.lists(PLACES, max_size=12))
def test_every_record_is_one_persons_chance_or_nobodys(places: list[dict[str, Any]]) -> None:
    table = make_table("requests", [request(**place) for place in places])
    told, untold = (
        replace(fixed, tables={**fixed.tables, "requests": table})
        for fixed in (lay_out_fixed(CONSULT, people=("p01", "p02")), lay_out_fixed(people=("p01",)))
    )
    rows = [m for m in measure(told, "consulting") if m.measure == "skill.chances"]
    inside = [place for place in places if STAY[0] <= place["day"] <= STAY[1]]
    for row in rows:
        own = [place for place in inside if place["person"] == row.person]
        unknown = [p for p in inside if (p["person"], p["kind"]) in ((row.person, None), (None, None),
                                                                     (None, "consult"))]  # fmt: skip
        if row.declined is None:
            consults = sum(place["kind"] == "consult" for place in own)
            assert (row.value, row.n, row.missing) == (consults, len(own), len(unknown))
        else:
            assert row.declined == ("CHANCES_UNTOLD" if inside else "NO_CHANCE_RECORDS")
            assert (len(own), row.value) == (0, None)
    assert set(FINDINGS) == {m.kind for m in measure(untold, "os") if m.kind}
