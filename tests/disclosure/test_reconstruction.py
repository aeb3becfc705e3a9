"""Every possible set of answers: who is told of by a mean, a count, a difference of releases."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rotation_analysis.disclosure.differencing import find_revealed_answers
from rotation_analysis.disclosure.releases import Release
from rotation_analysis.measure_row import MeasureRow

FIVE = ("p01", "p02", "p03", "p04", "p05")
SPAN = "skill.growth.now_minus_then"


def make_row(people: Sequence[str] = FIVE, value: float = 1.2, **other: Any) -> MeasureRow:
    values: dict[str, Any] = {
        "measure": SPAN,
        "unit": "levels",
        "method": "mean",
        "counts": "persons",
        "skill": "os",
        "wave": "end",
        "n": len(people),
    }
    return MeasureRow(people=tuple(people), value=value, **(values | other))


def own_row(person: str, value: float, **other: Any) -> MeasureRow:
    return make_row((person,), value, person=person, **other)


def make_release(*rows: MeasureRow, number: int = 1, **other: Any) -> Release:
    values: dict[str, Any] = {"edition": "owner", "as_of": "2025-03-31", "k": 5}
    return Release(number=number, publication_sha256="a" * 64, rows=rows, **(values | other))


def told_of(new: Release, *earlier: Release) -> dict[str, int]:
    return {exposure.person: exposure.values_left for exposure in find_revealed_answers(new, earlier)}


def test_a_mean_of_five_in_the_middle_of_the_scale_tells_of_nobody() -> None:
    assert told_of(make_release(make_row())) == {}


@pytest.mark.parametrize(
    ("value", "notes", "left"),
    [
        (1.0, (), None),
        (1.0, ("ZERO_SD",), 1),  # all changed alike
        (0.0, ("NO_P:0",), 1),  # nobody changed
        (1.0, ("NO_P:5",), None),
        (0.8, ("NO_P:1",), 2),  # four times 0 and once 4
    ],
)
def test_why_a_mean_has_no_interval_tells_of_everybody(
    value: float, notes: tuple[str, ...], left: int | None
) -> None:
    found = told_of(make_release(make_row(value=value, notes=notes)))
    assert found == ({} if left is None else dict.fromkeys(FIVE, left))


@pytest.mark.parametrize(("weekly", "silent", "left"), [(5, 0, 1), (4, 0, 1), (3, 0, None), (3, 1, None)])
def test_what_lasted_by_use_tells_who_uses_it_where_all_chose_alike(
    weekly: int, silent: int, left: int | None
) -> None:
    """As telling as the counts of `followup.use`: of 4 alike, the fifth knows the others."""
    told: dict[str, Any] = {"measure": "skill.durability", "skill": None, "wave": "after_6m"}
    rows = [make_row(value=0.1, **told)]
    for use, n in (("weekly", weekly), ("monthly", 5 - weekly - silent), ("hardly", 0)):
        rows.append(make_row(value=0.1 if n else None, kind=use, n=n, missing=silent, **told))  # type: ignore[arg-type]
    assert told_of(make_release(*rows)) == ({} if left is None else dict.fromkeys(FIVE, left))


def test_all_alike_counts_for_a_mean_over_skills_too() -> None:
    row = make_row(value=1.2, skill=None, notes=("ZERO_SD",))
    assert told_of(make_release(row)) == dict.fromkeys(FIVE, 1)


@pytest.mark.parametrize(("value", "left"), [(4.0, 1), (-4.0, 1), (3.8, 2), (3.6, None)])
def test_a_mean_at_the_end_of_the_scale_tells_of_everybody(value: float, left: int | None) -> None:
    """3.8 of five: one has 3 and the others 4; 3.6 leaves 2, 3 and 4."""
    assert told_of(make_release(make_row(value=value))) == ({} if left is None else dict.fromkeys(FIVE, left))


def test_persons_shown_by_name_leave_the_last_one_certain() -> None:
    shown = [own_row(person, 1.0) for person in FIVE[:4]]
    release = make_release(make_row(value=1.2), *shown)
    (exposure,) = find_revealed_answers(release, [])
    assert (exposure.person, exposure.values_left, exposure.of) == ("p05", 1, 9)
    assert exposure.figure == release.rows[0]
    assert told_of(make_release(make_row(value=1.2), *shown[:1])) == {}


def test_one_who_joins_is_told_of_by_the_difference_of_two_releases() -> None:
    before = make_release(make_row(value=1.2))
    after = make_row((*FIVE, "p06"), value=1.5)  # 9 of 6 after 6 of 5
    assert told_of(make_release(after, number=2), before) == {"p06": 1}
    assert told_of(make_release(after, number=2)) == {}
    six = (*FIVE, *(f"q{number}" for number in range(5)))
    assert told_of(make_release(make_row(six, value=1.5), number=2), before) == {}


def test_what_went_out_before_is_not_held_against_a_release_that_adds_nothing() -> None:
    before = make_release(make_row(value=4.0))
    assert told_of(make_release(make_row(value=4.0), number=2), before) == {}
    assert told_of(make_release(make_row(value=4.0, skill="db"), number=2), before) == dict.fromkeys(FIVE, 1)


def test_where_releases_contradict_one_another_the_new_one_counts() -> None:
    before = make_release(make_row(value=-4.0))
    assert told_of(make_release(make_row(value=1.0), number=2), before) == {}
    assert told_of(make_release(make_row(value=4.0), number=2), before) == dict.fromkeys(FIVE, 1)


@pytest.mark.parametrize(
    ("rows", "left"),
    [
        ([make_row(measure="followup.use", kind="weekly", unit="persons", value=5.0)], 1),
        (
            [
                make_row(measure="followup.use", kind=kind, unit="persons", value=value)
                for kind, value in (("weekly", 3.0), ("monthly", 2.0), ("hardly", 0.0))
            ],
            None,
        ),
        ([make_row(measure="exit.ex_brief", unit="share", value=1.0)], 2),
        ([make_row(measure="exit.ex_brief", unit="share", value=0.0)], None),  # three levels are left
        ([make_row(measure="followup.barrier", kind="time", unit="persons", value=5.0)], 1),
        ([make_row(measure="followup.barrier", kind="time", unit="persons", value=0.0)], None),
        ([make_row(measure="skill.no_chance", unit="persons", value=5.0)], 1),
        ([make_row(measure="skill.no_chance", unit="persons", value=0.0)], None),
        ([make_row(measure="strain.mean", unit="strain_level", value=5.0, skill=None)], 1),
        ([make_row(measure="strain.panic_share", unit="share", value=1.0, skill=None)], 1),
        ([make_row(measure="strain.panic_share", unit="share", value=0.0, skill=None)], None),
        ([make_row(measure=f"{SPAN}.higher", unit="persons", value=5.0, skill=None)], None),
        ([make_row(measure="incident.weeks_to_responder", unit="weeks", value=0.0)], None),  # not looked at
        ([make_row(value=4.0, counts="records")], None),
    ],
)
def test_questions_of_other_kinds_are_looked_at_by_what_can_be_answered(
    rows: list[MeasureRow], left: int | None
) -> None:
    assert told_of(make_release(*rows)) == ({} if left is None else dict.fromkeys(FIVE, left))


def test_own_fortnights_are_known_of_whoever_shows_them() -> None:
    mean = make_row(measure="strain.mean", unit="strain_level", value=1.6, skill=None, wave=None)
    shown = [
        own_row(person, 1.0, measure="strain.fortnight", unit="level", label=label, skill=None, wave=None)
        for person in FIVE[:4]
        for label in ("2025-01-10", "2025-01-24")
    ]
    assert told_of(make_release(mean)) == {}
    assert set(told_of(make_release(mean, *shown))) == {"p05"}


def test_answers_that_go_on_coming_are_compared_with_those_of_the_same_day_only() -> None:
    before = make_release(make_row(measure="strain.mean", unit="strain_level", value=1.5, skill=None))
    after = make_row((*FIVE, "p06"), measure="strain.mean", unit="strain_level", value=2.1, skill=None)
    assert set(told_of(make_release(after, number=2), before)) == {"p06"}
    assert told_of(make_release(after, number=2, as_of="2025-09-30"), before) == {}


# --- with whose eyes --------------------------------------------------------------------------------------


def test_packs_of_several_graduates_are_not_laid_together() -> None:
    packs = [
        make_release(own_row(person, 1.0), number=number, edition=f"graduates/{person}")
        for number, person in enumerate(FIVE[:4], start=1)
    ]
    assert told_of(make_release(make_row(), number=5), *packs) == {}


def test_a_graduate_reads_the_others_with_their_own_number_in_hand() -> None:
    """p01 has -2; the other four must then have 4 each."""
    pack = make_release(own_row("p01", -2.0), edition="graduates/p01")
    summary = make_release(make_row(value=2.8), number=2, edition="leadership")
    assert told_of(summary) == {}
    assert told_of(summary, pack) == dict.fromkeys(FIVE[1:], 1)


@pytest.mark.parametrize(("own", "left"), [(-2.0, dict.fromkeys(FIVE[1:], 1)), (2.0, {}), (None, {})])
def test_a_participant_reads_the_others_with_the_own_answer_in_hand(
    own: float | None, left: dict[str, int]
) -> None:
    """Nothing of it was released; whoever has -2 knows that the other four have 4 each."""
    rows = [] if own is None else [own_row("p01", own), own_row("p09", own)]
    found = find_revealed_answers(make_release(make_row(value=2.8)), [], own=rows)
    assert {exposure.person: exposure.values_left for exposure in found} == left


def test_the_only_one_who_chose_an_option_knows_what_the_others_chose() -> None:
    def count(weekly: float, monthly: float, hardly: float) -> dict[str, int]:
        counts = {"weekly": weekly, "monthly": monthly, "hardly": hardly}
        rows = [
            make_row(measure="followup.use", kind=kind, unit="persons", value=value, skill=None)
            for kind, value in counts.items()
        ]
        return told_of(make_release(*rows))

    assert count(4, 1, 0) == dict.fromkeys(FIVE, 1)
    assert count(3, 2, 0) == {}
    assert count(3, 1, 1) == {}


def test_a_graduate_is_not_told_of_by_their_own_row() -> None:
    assert told_of(make_release(make_row(), own_row("p01", 1.0), edition="graduates/p01")) == {}


def test_two_stays_of_one_person_are_no_contradiction() -> None:
    own = [own_row("p01", value, cohort=cohort) for value, cohort in ((4.0, "1"), (-4.0, "2"))]
    assert told_of(make_release(make_row(), *own)) == {}


# --- against trying every set of answers ------------------------------------------------------------------

SMALL = ("a", "b", "c", "d")


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(-4, 4), min_size=4, max_size=4),
    st.lists(st.sets(st.sampled_from(SMALL), min_size=2), min_size=1, max_size=3),
)
def test_what_is_possible_is_what_trying_every_set_of_answers_finds(
    answers: list[int], groups: list[set[str]]
) -> None:
    truth = dict(zip(SMALL, answers, strict=True))
    rows = [
        make_row(sorted(group), round(sum(truth[p] for p in group) / len(group), 1), label=str(number))
        for number, group in enumerate(groups)
    ]
    people = sorted(set().union(*groups))
    possible: dict[str, set[int]] = {person: set() for person in people}
    for values in product(range(-4, 5), repeat=len(people)):
        guess = dict(zip(people, values, strict=True))
        if all(
            abs(sum(guess[p] for p in row.people) / len(row.people) - (row.value or 0)) <= 0.05 + 1e-9
            for row in rows
        ):
            for person in people:
                possible[person].add(guess[person])
    expected = {person: len(left) for person, left in possible.items() if len(left) < 3}
    assert told_of(make_release(*rows)) == expected
