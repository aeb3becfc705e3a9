"""Figures over time: a difference of two releases tells of k people or of nobody."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rotation_analysis.disclosure.differencing import isolates_small_group, reuse_released_figures
from rotation_analysis.disclosure.releases import Release, release_row
from rotation_analysis.measure_row import Measure

TEN = tuple(f"p{number:02}" for number in range(1, 11))
SIX, SEVEN = TEN[:6], TEN[:7]


def make_row(people: tuple[str, ...] = SIX, **other: Any) -> Measure:
    values: dict[str, Any] = {
        "measure": "skill.growth.now_minus_then",
        "unit": "levels",
        "method": "mean",
        "counts": "persons",
        "people": people,
        "n": len(people),
        "missing": 0,
        "value": 1.234,
        "low": 0.5,
        "high": 1.9,
        "p": 0.01,
        "verdict": "supported",
    }
    return Measure(**(values | other))


def make_release(*rows: Measure, number: int = 1, as_of: str = "2025-03-31", **other: Any) -> Release:
    values: dict[str, Any] = {"edition": "owner", "k": 5, "publication_sha256": "a" * 64}
    released = tuple(release_row(row) for row in rows)
    return Release(number=number, as_of=as_of, rows=released, **(values | other))


def carry_one(row: Measure, *earlier: Release, **other: Any) -> Measure:
    (carried,) = reuse_released_figures([row], earlier, k=5, **other)
    return carried


# --- what passes ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "before"),
    [
        (make_row(), None),
        (make_row(value=2.0), make_row()),  # the same people
        (make_row(people=SIX[::-1], value=2.0), make_row()),
        (make_row(people=TEN), make_row(people=TEN[:5])),  # k people came
        (make_row(people=SEVEN), make_row(measure="skill.shift")),
        (make_row(people=SEVEN), make_row(cohort="1")),
        (make_row(people=SEVEN), make_row(skill="os")),
        (make_row(people=SEVEN), make_row(wave="end")),
        (make_row(people=("p01",), person="p01"), make_row(people=("p02",), person="p01")),
        (make_row(people=SEVEN, counts="records"), make_row(counts="records")),
        (make_row(people=()), make_row()),  # nobody's data
    ],
)
def test_rows_that_tell_of_nobody_or_of_k_pass_as_they_are(row: Measure, before: Measure | None) -> None:
    assert carry_one(row, *([make_release(before)] if before else [])) is row


def test_those_shown_by_name_are_no_cover_for_who_is_new() -> None:
    """Five came, four of them are shown by name: the two figures tell the fifth's answer."""
    before = make_release(make_row(people=TEN[:5]))
    named = frozenset(TEN[5:9])
    assert carry_one(make_row(people=TEN), before).people == TEN
    assert carry_one(make_row(people=TEN), before, known=lambda row: [named]).people == TEN[:5]
    assert carry_one(make_row(people=TEN), before, known=lambda row: [frozenset(TEN[5:])]).people == TEN


@pytest.mark.parametrize(
    ("named", "verdict"), [(1, "supported"), (2, "hidden"), (5, "hidden"), (6, "supported")]
)
def test_a_figure_that_names_of_today_would_leave_to_few_is_not_shown_again(named: int, verdict: str) -> None:
    row = make_row(people=TEN[:8])
    carried = carry_one(row, make_release(make_row()), known=lambda row: [frozenset(SIX[:named])])
    assert carried.verdict == verdict
    assert carried.notes == (("FEW_NEW:5",) if verdict == "hidden" else ("CARRIED:2025-03-31",))


@pytest.mark.parametrize(
    ("measure", "today", "carried"),
    [
        ("followup.barrier", "2025-09-30", True),
        ("strain.mean", "2025-09-30", True),
        ("strain.mean", "2025-03-31", False),  # the same data
        ("skill.growth.mentor", "2025-09-30", False),  # answered once
    ],
)
def test_of_those_who_go_on_answering_nobody_knows_how_many_did(
    measure: str, today: str, carried: bool
) -> None:
    before = make_release(make_row(measure=measure, value=3.0))
    row = carry_one(make_row(measure=measure, value=4.0), before, as_of=today)
    assert row.value == (3.0 if carried else 4.0)
    assert row.notes == (("CARRIED:2025-03-31",) if carried else ())
    assert carry_one(row, before, as_of=today) == row  # what is shown again may go out


# --- what is carried --------------------------------------------------------------------------------------


@pytest.mark.parametrize("people", [SEVEN, SIX[:5], (*SIX[:5], "p07"), TEN])
def test_few_new_people_leave_the_older_figure_with_its_day(people: tuple[str, ...]) -> None:
    old = make_row(value=1.2, notes=("NO_P:6",), method="old method")
    row = carry_one(make_row(people=people, value=3.0, n=99, verdict="contradicted"), make_release(old))
    assert (row.value, row.low, row.high, row.n, row.missing) == (1.2, 0.5, 1.9, 6, 0)
    assert (row.people, row.method, row.verdict, row.p) == (SIX, "old method", "supported", None)
    assert row.notes == ("NO_P:6", "CARRIED:2025-03-31")


def test_a_figure_carried_twice_keeps_the_day_it_is_from() -> None:
    first = make_release(make_row())
    once = carry_one(make_row(people=SEVEN), first)
    second = make_release(once, number=2, as_of="2025-09-30")
    twice = carry_one(make_row(people=(*SEVEN, "p08")), first, second)
    assert twice.notes == ("CARRIED:2025-03-31",)
    assert twice.people == SIX


def test_every_earlier_release_counts_and_the_newest_is_carried() -> None:
    releases = [
        make_release(make_row(value=1.0)),
        make_release(
            make_row(people=tuple(f"q{n}" for n in range(9)), value=2.0), number=2, as_of="2025-06-30"
        ),
    ]
    row = carry_one(make_row(people=SEVEN), *releases)
    assert (row.value, row.notes) == (2.0, ("CARRIED:2025-06-30",))
    assert carry_one(make_row(people=SEVEN), *reversed(releases)) == row


def test_a_release_of_another_edition_counts() -> None:
    assert carry_one(make_row(people=SEVEN), make_release(make_row(), edition="graduates/p03")).people == SIX


@pytest.mark.parametrize(
    ("before", "other"),
    [
        ([make_row(people=SIX[:4])], {}),  # released under no threshold
        ([make_row(unit="share")], {}),
        ([make_row(value=1.0), make_row(value=2.0)], {}),
        ([make_row(people=SIX[:5])], {"reader": "p01"}),  # four others
        ([make_row()], {"may_carry": lambda row, old: False}),
    ],
)
def test_where_no_older_figure_may_be_shown_none_is(before: list[Measure], other: dict[str, Any]) -> None:
    row = carry_one(make_row(people=SEVEN), make_release(*before), **other)
    assert [row.n, row.missing, row.value, row.low, row.high, row.p] == [None] * 6
    assert (row.verdict, row.notes) == ("hidden", ("FEW_NEW:5",))


def test_the_reader_is_nobody_new_to_themselves() -> None:
    """Five come, one of them the reader: four others."""
    row = make_row(people=TEN)
    before = make_release(make_row(people=TEN[:5]))
    assert carry_one(row, before, reader="p01") is row
    assert carry_one(row, before, reader="p10").notes == ("CARRIED:2025-03-31",)


@pytest.mark.parametrize(("n", "passes"), [(157, True), (158, False), (161, False), (162, True)])
def test_of_anonymous_surveys_new_answers_count(n: int, passes: bool) -> None:
    before = make_row(measure="host.helped", people=("host-1", "host-2"), n=157)
    row = make_row(measure="host.helped", people=("host-1", "host-2", "host-3"), n=n)
    assert (carry_one(row, make_release(before)) is row) is passes


# --- combinations of several releases ---------------------------------------------------------------------


def test_three_figures_that_tell_of_one_only_together_are_too_close() -> None:
    """{6 … 11} = all ten without the first five, and one more; no two of them are close."""
    first, both, third = (frozenset(range(*ends)) for ends in ((1, 6), (1, 11), (6, 12)))
    sets = [frozenset(f"p{number}" for number in each) for each in (first, both, third)]
    assert min(len(a ^ b) for a, b in combinations(sets, 2)) >= 5
    assert isolates_small_group(frozenset(sets[:2]), sets[2], 5)
    assert not isolates_small_group(frozenset(sets[:1]), sets[2], 5)


def test_disjoint_groups_of_k_never_leave_few() -> None:
    groups = [frozenset(f"{letter}{n}" for n in range(5)) for letter in "abcd"]
    sums = [frozenset().union(*groups[:n]) for n in range(1, 4)]
    assert not isolates_small_group(frozenset(sums), frozenset().union(*groups), 5)
    assert not isolates_small_group(frozenset(groups[:3]), frozenset().union(*groups[:3]), 5)


GROUPS = st.frozensets(st.sampled_from("abcdefgh"), min_size=3)


def spans(table: np.ndarray, row: np.ndarray) -> bool:
    """Whether a row is a combination of the table's rows."""
    solution = np.linalg.lstsq(table.T, row, rcond=None)[0]
    return bool(np.allclose(table.T @ solution, row))


@example([frozenset("abg"), frozenset("abch"), frozenset("abh")], frozenset("abcg"))
@settings(max_examples=60, deadline=None)
@given(
    st.lists(GROUPS, min_size=1, max_size=3, unique=True),
    GROUPS,
)
def test_combinations_are_found_as_by_trying_every_group(
    before: list[frozenset[str]], people: frozenset[str]
) -> None:
    """Every group of 1 to k - 1 of all people, by null spaces of plain matrices; two sets side by side."""
    k = 3
    everybody = sorted(frozenset().union(people, *before))

    def follows(outside: list[str]) -> bool:
        table = np.array([[person in each for person in outside] for each in [*before, people]], dtype=float)
        return spans(table[:-1], table[-1])

    told = not follows(everybody) and any(
        follows([person for person in everybody if person not in group])
        for size in range(1, k)
        for group in combinations(everybody, size)
    )
    beside = people not in before and any(len(people ^ each) < k for each in before)
    assert isolates_small_group(frozenset(before), people, k) is (beside or told)


@settings(max_examples=60, deadline=None)
@given(st.lists(GROUPS, min_size=2, max_size=6))
def test_a_history_of_carried_figures_tells_of_no_single_person(groups: list[frozenset[str]]) -> None:
    """Whatever is asked for in turn: nobody's own row is a combination of what went out."""
    releases: list[Release] = []
    for number, people in enumerate(groups, start=1):
        (row,) = reuse_released_figures([make_row(people=tuple(sorted(people)))], releases, k=3)
        shown = [row] if row.value is not None else []
        releases.append(make_release(*shown, number=number, k=3))
    sets = {frozenset(row.people) for released in releases for row in released.rows}
    table = np.array(
        [[person in each for person in "abcdefgh"] for each in sorted(sets, key=sorted)], dtype=float
    )
    assert not [person for person, row in zip("abcdefgh", np.eye(8), strict=True) if spans(table, row)]
