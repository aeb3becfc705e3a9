"""Some agree to be shown by name, some do not, some take it back: figures stay, and tell of nobody hidden."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rotation_analysis.build.publishing import attach_contributors
from rotation_analysis.disclosure.gate import SHOWN_ONLY, publish, rest_on_shown, withhold
from rotation_analysis.disclosure.publications import Edition
from rotation_analysis.disclosure.releases import Release, key_of
from rotation_analysis.disclosure.suppression import list_revealing_measures
from rotation_analysis.measure_row import Measure
from rotation_analysis.programme.model import Consent, DisclosurePolicy
from rotation_analysis.study import Study
from tests.builds import once
from tests.samples import read_sample

K = 5
POLICY = DisclosurePolicy(k=K)
TERMS = (date(2024, 3, 31), date(2024, 9, 30), date(2025, 3, 31))
GROWTH = "skill.growth.now_minus_start"
OWNER, LEADERS = Edition(audience="owner"), Edition(audience="leadership")
ASKED = ("skill.", "followup.", "exit.")


# --- a made-up programme ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Person:
    """The term of somebody's answer, and from which term on consent is taken back (0: never given)."""

    joins: int
    leaves: int
    answer: int


def measure(people: Mapping[str, Person], term: int, only: Set[str] | None = None) -> list[Measure]:
    """One question: the programme's mean and everybody's own row."""
    told = {p: each.answer for p, each in people.items() if each.joins <= term and (not only or p in only)}
    row = Measure(
        measure=GROWTH,
        unit="levels",
        method="mean",
        counts="persons",
        wave="end",
        n=len(told),
        missing=sum(each.joins <= term for each in people.values()) - len(told),
        value=float(np.mean(list(told.values()))) if told else None,
        people=tuple(sorted(told)),
    )
    own: dict[str, Any] = {"n": 1, "missing": 0, "consent": "skills", "cohort": "1"}
    return [row, *(replace(row, person=p, people=(p,), value=float(v), **own) for p, v in told.items())]


def agree(people: Mapping[str, Person]) -> list[Consent]:
    return [
        Consent(
            person=p,
            kind="skills",
            audience="owner",
            given=date(2024, 1, 1),
            withdrawn=TERMS[each.leaves] if each.leaves < len(TERMS) else None,
        )
        for p, each in people.items()
        if each.leaves > 0
    ]


def release(people: Mapping[str, Person], terms: int = len(TERMS)) -> list[Release]:
    """Owner's and leaders' edition after every term."""
    history: list[Release] = []
    consents = agree(people)
    for term, day in enumerate(TERMS[:terms]):
        as_of, measures = day.isoformat(), measure(people, term)
        telling = withhold(measures, POLICY, consents, as_of=as_of, earlier=history)
        rows, hidden = rest_on_shown(
            measures,
            telling,
            POLICY,
            consents,
            as_of=as_of,
            again=lambda shown, term=term: {  # type: ignore[misc]
                key_of(row): row for row in measure(people, term, shown) if row.person is None
            },
        )
        for edition in (Edition(audience="owner", cohort="1"), LEADERS):
            publication = publish(
                rows,
                edition,
                POLICY,
                consents,
                facts={"as_of": as_of, "programme_sha256": "", "stays": [], "k": K},
                withheld=hidden,
                earlier=history,
            )
            printed = publication.measures.to_dict("records")
            history.append(
                Release(
                    number=len(history) + 1,
                    edition=edition.folder.partition("/")[0],
                    as_of=as_of,
                    k=K,
                    publication_sha256="",
                    rows=tuple(attach_contributors(printed, rows, history)),  # type: ignore[arg-type]
                )
            )
    return history


def tells_few(releases: Sequence[Release]) -> bool:
    """Whether 1 to k - 1 of those whom these releases do not name follow from their figures."""
    rows = [row for released in releases for row in released.rows if row.value is not None]
    named = {row.person for row in rows if row.person is not None}
    sets = {frozenset(row.people) - named for row in rows if row.person is None} - {frozenset()}
    if not sets or any(0 < len(each) < K for each in sets):
        return bool(sets)
    if any(0 < len(one ^ other) < K for one, other in combinations(sets, 2)):
        return True
    everybody = sorted(frozenset[str]().union(*sets))
    table = np.array([[p in each for p in everybody] for each in sets], dtype=float)
    return any(
        np.linalg.matrix_rank(np.vstack([table, alone])) == np.linalg.matrix_rank(table)
        for alone in np.eye(len(everybody))
    )


def figures(released: Release) -> list[Any]:
    return [row for row in released.rows if row.person is None]


def programme(*groups: tuple[int, int, int]) -> dict[str, Person]:
    """So many people who join and leave then."""
    told = [(joins, leaves) for n, joins, leaves in groups for _ in range(n)]
    return {f"p{n:02}": Person(joins, leaves, n % 4 - 1) for n, (joins, leaves) in enumerate(told)}


PEOPLE = st.lists(
    st.builds(Person, joins=st.integers(0, 2), leaves=st.sampled_from([0, 1, 2, 9, 9, 9]), answer=st.just(1)),
    min_size=5,
    max_size=14,
)


@settings(max_examples=250, deadline=None)
@given(PEOPLE)
def test_no_reader_is_told_of_few_by_any_history_of_refusals_and_withdrawals(told: list[Person]) -> None:
    """Who read everything, who reads today's editions alone, and leaders, who see no names."""
    history = release({f"p{n:02}": person for n, person in enumerate(told)})
    assert not tells_few(history)
    assert not tells_few(history[-2:])
    assert not tells_few([each for each in history if each.edition == "leadership"])


@settings(max_examples=100, deadline=None)
@given(PEOPLE, st.lists(st.integers(-4, 4), min_size=14, max_size=14))
def test_what_the_hidden_answered_changes_nothing(told: list[Person], answers: list[int]) -> None:
    """Where a figure is made over the shown alone, of those who never agreed nothing is in it."""
    people = {f"p{n:02}": person for n, person in enumerate(told)}
    other = {
        p: replace(each, answer=answers[n]) if each.leaves == 0 else each
        for n, (p, each) in enumerate(people.items())
    }
    for before, after in zip(release(people, 1), release(other, 1), strict=True):
        for one, two in zip(figures(before), figures(after), strict=True):
            assert one == two or SHOWN_ONLY not in one.notes


def test_two_of_ten_who_refuse_leave_a_figure_of_the_other_eight() -> None:
    owner, leaders = release(programme((2, 0, 0), (8, 0, 9)), 1)
    for (row,) in (figures(owner), figures(leaders)):
        assert (row.n, row.missing, row.people) == (8, 2, tuple(f"p{n:02}" for n in range(2, 10)))
        assert row.notes == (SHOWN_ONLY,)


@pytest.mark.parametrize(
    ("refusing", "agreeing", "shown"),
    [(0, 10, 10), (4, 5, 5), (4, 4, None), (5, 1, 6), (1, 5, 5), (2, 4, None), (9, 0, 9)],
)
def test_a_figure_is_hidden_only_where_neither_all_nor_the_shown_are_k(
    refusing: int, agreeing: int, shown: int | None
) -> None:
    for released in release(programme((refusing, 0, 0), (agreeing, 0, 9)), 1):
        assert [row.n for row in figures(released)] == ([] if shown is None else [shown])


def test_who_joins_leaves_leaders_the_figure_of_before_with_its_day() -> None:
    """The owner reads the new one by name all the same."""
    *_, owner, leaders = release(programme((2, 0, 0), (7, 0, 9), (1, 1, 9)), 2)
    assert [row.n for row in figures(owner)] == [8]
    assert [(row.n, row.notes) for row in figures(leaders)] == [(7, (SHOWN_ONLY, "CARRIED:2024-03-31"))]


def test_who_takes_consent_back_is_in_no_figure_that_stands_beside_the_names_of_the_others() -> None:
    *_, owner, leaders = release(programme((9, 0, 9), (1, 0, 1)), 2)
    (row,) = figures(owner)
    assert (row.n, "p09" in row.people) == (9, False)
    assert figures(leaders) == []  # neither: 10 before and 9 now are one apart, and 10 beside 9 names, too


# --- the sample -------------------------------------------------------------------------------------------


@cache
def refuse(*people: str) -> Study:
    """The sample where some agree to nothing that the owner may see."""
    read = read_sample()
    consents = [c for c in read.programme.consents if c.audience != "owner" or c.person not in people]
    return replace(read, programme=read.programme.model_copy(update={"consents": tuple(consents)}))


open_once = once(Study.open_edition, lambda read, edition: (id(read), edition))


def list_shown(read: Study, edition: Edition) -> set[object]:
    """Figures about skills, follow-ups and exit that an edition has."""
    rows = open_once(read, edition).measures
    return {
        (row.measure, row.skill, row.kind, row.wave)
        for row in rows.itertuples()
        if row.measure.startswith(ASKED) and row.person is None and row.verdict != "hidden"
    }


@pytest.mark.parametrize("refusing", [("p08",), ("p04", "p11"), ("p03", "p12")])
def test_of_the_samples_claims_four_of_five_are_kept_where_others_refuse_too(
    refusing: tuple[str, ...],
) -> None:
    """p07 took consent back; leaders lose nothing of what they are told of growth."""
    whole, fewer = read_sample(), refuse(*refusing)
    asked, kept = (list_shown(read, OWNER) for read in (whole, fewer))
    assert len(kept) >= 0.8 * len(asked) > 100
    assert list_shown(fewer, LEADERS) == list_shown(whole, LEADERS)
    claims = open_once(fewer, LEADERS).rows(GROWTH)
    assert [SHOWN_ONLY in notes for notes in claims["notes"]] == [True]


def test_figures_over_the_shown_say_how_many_are_missing_and_bound_their_answers() -> None:
    told = open_once(refuse("p04", "p11"), OWNER)
    (whole,) = open_once(read_sample(), OWNER).rows(GROWTH, skill=None).itertuples()
    (row,) = told.rows(GROWTH, skill=None).itertuples()
    (bounds,) = told.rows(f"{GROWTH}.bounds").itertuples()
    assert (row.n, row.missing) == (whole.n - 2, whole.missing + 2)
    assert bounds.notes == (f"BOUNDS:{row.missing}:{row.n + row.missing}", SHOWN_ONLY)
    assert bounds.low < row.value < bounds.high


def test_no_verdict_of_the_sample_is_made_of_somebody_hidden() -> None:
    """Turned round, the answers of those who refuse change no figure and no verdict on growth."""
    refusing = ("p04", "p11")
    read = refuse(*refusing)
    tables = dict(read.cohorts.tables)
    responses = tables["responses"]
    theirs = responses["person"].isin(refusing) & responses["level"].notna()
    turned = responses.assign(level=responses["level"].mask(theirs, 6 - responses["level"]))
    other = replace(read, cohorts=replace(read.cohorts, tables={**tables, "responses": turned}))
    again = {
        key_of(row): row for row in other._measure_again(frozenset(read.programme.participants)).values()
    }
    changed = tuple(again.get(key_of(row), row) for row in read.rows)
    assert sum(one != two for one, two in zip(changed, read.rows, strict=True)) > 50
    shown = [
        open_once(each, OWNER).measures.query("measure.str.startswith('skill.growth')")
        for each in (read, replace(other, rows=changed))
    ]
    assert shown[0].equals(shown[1])


# --- a sum of shown people is shown -------------------------------------------------------------------------


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.sampled_from([0, 1, 9]), min_size=1, max_size=7),
    st.lists(st.sampled_from(["skills", "skills+incidents", "time"]), min_size=7, max_size=7),
)
def test_a_figure_of_people_who_are_all_shown_by_name_is_shown_to_the_same_reader(
    leaves: list[int], kinds: list[str]
) -> None:
    """Of a cohort of one to seven: to the owner where all agreed, or from k people on; never to others."""
    people = {f"p{n:02}": Person(0, each, n % 4 - 1) for n, each in enumerate(leaves)}
    row, *own = measure(people, 0)
    row = replace(row, cohort="1")
    own = [replace(each, consent=kind) for each, kind in zip(own, kinds[: len(own)], strict=True)]
    named = {each.person for each in own if each.consent == "skills" and people[str(each.person)].leaves > 1}
    facts = {"as_of": TERMS[1].isoformat(), "programme_sha256": "", "stays": [], "k": K}

    def shows(row: Measure, edition: Edition) -> bool:
        told = publish(
            [row, *own], edition, POLICY, agree(people), facts=facts, withheld=frozenset()
        ).measures
        return bool(told.loc[told["person"].isna(), "value"].notna().any())

    assert shows(row, Edition(audience="owner", cohort="1")) is (named == set(people) or len(people) >= K)
    whole = replace(row, cohort=None)
    assert shows(whole, OWNER) is (named == set(people) or len(people) >= K)
    assert shows(whole, LEADERS) is (len(people) >= K)
    barrier = replace(whole, measure="followup.barrier", unit="persons", value=9.0)
    others = set(people) - {"p00"}
    for audience, alone in (("graduate", not others), ("home_manager", False)):
        edition = Edition(audience=audience, person="p00")  # type: ignore[arg-type]
        counted = others if audience == "graduate" else people
        assert shows(barrier, edition) is (alone or len(counted) >= K)


def test_what_leans_on_more_than_its_people_is_not_shown_for_their_names() -> None:
    """A band leans on other skills, durability by use names the smallest group, hosts are unknown."""
    row, *own = measure(programme((3, 0, 9)), 0)
    for measure_id, kind in (("skill.band", "mentor"), ("skill.durability", "weekly"), ("host.again", None)):
        row_of = replace(row, measure=measure_id, kind=kind)
        told = [replace(each, measure=list_revealing_measures(row_of)[0])
                for each in own]  # fmt: skip
        shown = publish(
            [row_of, *told],
            OWNER,
            POLICY,
            agree(programme((3, 0, 9))),
            facts={"as_of": TERMS[0].isoformat(), "programme_sha256": "", "stays": [], "k": K},
        ).measures
        assert shown["notes"].tolist() == [("FEW_PEOPLE:5",)]


def test_a_cohort_of_the_sample_whose_people_all_agreed_has_its_figures() -> None:
    """Cohort 5 agreed to have time and strain shown; of cohort 6 one of two did not."""
    named = read_sample().open_edition(Edition(audience="owner", cohort="5")).measures
    hidden = read_sample().open_edition(Edition(audience="owner", cohort="6")).measures
    for told, cohort, shown in ((named, "5", True), (hidden, "6", False)):
        rows = told[told["cohort"].eq(cohort) & told["person"].isna() & told["measure"].eq("time.share")]
        assert len(rows) > 1
        assert rows["verdict"].ne("hidden").all() == rows["value"].notna().any() == shown
    leaders = open_once(read_sample(), LEADERS).measures
    assert leaders["cohort"].isna().all()
