"""Each declared claim counted in other ways: which variants there are, what flips, and what it does.

Team aoi: baseline 2022-04-04 to 2022-10-02 (weeks −39 to −14), ramp from 2023-07-01, after_first
2023-08-26 to 2023-12-29.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pytest

from rotation_analysis.cohorts.cohort import Cohorts
from rotation_analysis.measure_row import Measure
from rotation_analysis.measures.impact.team_comparison import (
    COMPARISONS,
    DECLARED,
    check_claim,
    measure_comparison,
)
from rotation_analysis.measures.impact.team_outcomes import list_outcomes
from rotation_analysis.programme.model import Rotation
from tests.builders import make_cohorts, make_programme, make_rotation, pick

Row = dict[str, Any]
STAY = make_rotation("p01", "aoi", "2023-01-02", "2023-06-30")
EARLIER, EARLY, LATE, RAMP, AFTER = "2022-02-01", "2022-05-02", "2022-08-01", "2023-07-20", "2023-10-02"
NEVER = ("kiri", "sugi", "matsu")
NAME = "impact.self_resolution.first_graduate.sensitivity"


def solved(k: int, n: int, on: str, *teams: str) -> list[Row]:
    return [{"how": "alone" if i < k else "sre", "day": on, "team": team} for team in teams for i in range(n)]


RISE = [  # aoi from 10 to 16 of 20; the others from 10 to 12
    *solved(10, 20, LATE, "aoi", *NEVER),
    *solved(16, 20, AFTER, "aoi"),
    *solved(12, 20, AFTER, *NEVER),
]


def cohorts_of(tickets: Sequence[Row], *stays: Rotation, **other: Any) -> Cohorts:
    programme = make_programme(*(stays or (STAY,)), teams=NEVER, **other.pop("programme", {}))
    return make_cohorts(programme, tickets=tickets, **other)


def check(cohorts: Cohorts, name: str = "self_resolution", comparison: int = 0) -> tuple[Measure, ...]:
    (outcome,) = [each for each in list_outcomes(cohorts) if each.name == name]
    rows = list(measure_comparison(cohorts, outcome, COMPARISONS[comparison]))
    (claim,) = [row for row in rows if row.team is None]
    return check_claim(cohorts, outcome, COMPARISONS[comparison], claim)


def variant(checked: Sequence[Measure], kind: str, **where: Any) -> Measure:
    return pick(checked[1:], checked[0].measure + ".sensitivity", kind=kind, **where)


def test_every_way_is_a_row_of_the_programme_that_claims_nothing() -> None:
    checked = check(cohorts_of(RISE))
    assert [(row.kind, row.team) for row in checked[1:]] == [
        ("as_declared", None),
        ("other_baseline", None),
        ("recent_baseline", None),
        ("ramp_kept", None),
        ("log_scale", None),
        ("kinds_moved", None),
        *(("without", team) for team in NEVER),
    ]
    assert {(row.measure, row.cohort, row.claims, row.compared, row.counts) for row in checked[1:]} == {
        (NAME, None, False, False, "teams")
    }
    declared = variant(checked, "as_declared")
    assert (declared.value, declared.n, declared.notes) == (pytest.approx(0.2), 1, ())


def test_another_baseline_counts_other_weeks() -> None:
    # aoi solved 0 of 20 long before, 5 of 20 in the first half of the baseline; the others stayed alike
    tickets = [*RISE, *solved(0, 20, EARLIER, "aoi"), *solved(5, 20, EARLY, "aoi")]
    tickets += [*solved(10, 20, EARLIER, *NEVER), *solved(10, 20, EARLY, *NEVER)]
    checked = check(cohorts_of(tickets))
    assert variant(checked, "as_declared").value == pytest.approx(16 / 20 - 15 / 40 - 0.1)
    assert variant(checked, "other_baseline").value == pytest.approx(16 / 20 - 15 / 60 - 0.1)
    assert variant(checked, "recent_baseline").value == pytest.approx(16 / 20 - 10 / 20 - 0.1)


def test_without_records_before_the_baseline_a_longer_one_is_not_measurable() -> None:
    checked = check(cohorts_of(RISE, programme={"data_start": "2022-04-04"}))
    assert variant(checked, "other_baseline").declined == "NO_EARLIER_RECORDS"
    assert checked[0].flips == (0, 6)


def test_the_weeks_right_after_the_return_may_be_kept_in() -> None:
    tickets = [*RISE, *solved(0, 20, RAMP, "aoi"), *solved(12, 20, RAMP, *NEVER)]
    checked = check(cohorts_of(tickets))
    assert variant(checked, "ramp_kept").value == pytest.approx(16 / 40 - 0.5 - 0.1)
    assert variant(checked, "ramp_kept").notes == ("FLIPS_CLAIM",)
    assert checked[0].flips == (1, 7)
    assert "FLIPS:1:7" in checked[0].notes


def test_on_the_log_scale_half_a_ticket_is_added_and_the_size_is_judged_in_points() -> None:
    checked = check(cohorts_of(RISE))
    row = variant(checked, "log_scale")
    change = math.log(16.5 / 4.5) - math.log(10.5 / 10.5)
    others = math.log(12.5 / 8.5) - math.log(10.5 / 10.5)
    assert (row.value, row.unit) == (pytest.approx(change - others), "log_ratio")
    assert row.notes == ()


def test_leaving_a_comparison_team_out_can_turn_a_claim() -> None:
    # without matsu, which fell, aoi rose no more than the others
    tickets = [*solved(10, 20, LATE, "aoi", *NEVER), *solved(13, 20, AFTER, "aoi")]
    tickets += [*solved(13, 20, AFTER, "kiri", "sugi"), *solved(4, 20, AFTER, "matsu")]
    checked = check(cohorts_of(tickets))
    assert variant(checked, "as_declared").value == pytest.approx(0.15)
    without = variant(checked, "without", team="matsu")
    assert (without.value, without.notes) == (pytest.approx(0), ("FLIPS_CLAIM",))
    assert variant(checked, "without", team="kiri").value == pytest.approx(0.15 - (0.15 - 0.3) / 2)
    assert checked[0].flips == (1, 7)


def test_a_claim_smaller_than_what_matters_flips_by_its_sign_alone() -> None:
    tickets = [*solved(10, 20, LATE, "aoi", *NEVER), *solved(60, 120, AFTER, *NEVER)]
    tickets += [*solved(62, 120, AFTER, "aoi"), *solved(60, 120, RAMP, "aoi", *NEVER)]
    checked = check(cohorts_of(tickets))
    assert variant(checked, "ramp_kept").value == pytest.approx(122 / 240 - 0.5)
    assert checked[0].flips == (0, 7)


def test_requests_are_moved_to_the_kind_their_titles_speak_of_and_tickets_have_none() -> None:
    def ask(team: str, on: str, *kinds: str, title: str = "") -> list[Row]:
        return [{"kind": kind, "team": team, "day": on, "title": title} for kind in kinds]

    half = ("work",) * 5 + ("review",) * 5
    requests = [row for team in ("aoi", *NEVER) for row in ask(team, LATE, *half)]
    requests += [row for team in NEVER for row in ask(team, AFTER, *half)]
    requests += ask("aoi", AFTER, "work", "work", title="監視の差分レビュー") + ask(
        "aoi", AFTER, "work", "review"
    )
    checked = check(cohorts_of([], requests=requests), "do_it_for_me")
    assert variant(checked, "as_declared").value == pytest.approx(3 / 4 - 1 / 2)
    moved = variant(checked, "kinds_moved")
    assert (moved.value, moved.notes) == (pytest.approx(1 / 4 - 1 / 2), ("FLIPS_CLAIM",))
    assert variant(check(cohorts_of(RISE)), "kinds_moved").declined == "NO_KINDS"


def test_an_absence_has_no_weeks_after_and_a_second_graduate_no_baseline() -> None:
    second = make_rotation("p02", "aoi", "2024-01-08", "2024-06-28", cohort="2")
    tickets = [
        *RISE,
        *solved(10, 20, "2023-02-01", "aoi", *NEVER),
        *solved(12, 20, "2024-10-01", "aoi", *NEVER),
    ]
    cohorts = cohorts_of(tickets, STAY, second)
    kinds = [[row.kind for row in check(cohorts, comparison=n)[1:]] for n in (1, 2)]
    assert "ramp_kept" not in kinds[0]
    assert "other_baseline" in kinds[0]
    assert "ramp_kept" in kinds[1]
    assert not {"other_baseline", "recent_baseline"} & set(kinds[1])


def test_a_claim_that_cannot_be_measured_has_no_other_ways() -> None:
    checked = check(cohorts_of(RISE, programme={"as_of": "2023-08-25"}))
    assert [(row.kind, row.declined) for row in checked[1:]] == [("as_declared", "NO_POST_WINDOW")]
    assert (checked[0].flips, checked[0].notes) == (None, ("NO_POST_WINDOW",))


def test_how_many_intervals_hold_zero_is_told_where_there_are_intervals() -> None:
    stays = [make_rotation(f"p{n}", f"s{n}", "2023-01-02", "2023-06-30") for n in range(3)]
    never = [f"n{n}" for n in range(7)]
    senders = [f"s{n}" for n in range(3)]
    tickets = [*solved(50, 100, LATE, *senders, *never), *solved(80, 100, AFTER, *senders)]
    tickets += [row for n, team in enumerate(never) for row in solved(50 + n, 100, AFTER, team)]
    cohorts = make_cohorts(make_programme(*stays, teams=never), tickets=tickets)
    checked = check(cohorts)
    assert checked[0].flips == (0, 11)
    assert checked[0].notes[-2:] == ("FLIPS:0:11", "VARIANTS_HOLD_ZERO:0:11")


def test_the_claims_that_are_looked_at_again_are_comparisons_that_exist() -> None:
    known = {
        (outcome.name, comparison.name)
        for outcome in list_outcomes(cohorts_of([]))
        for comparison in COMPARISONS
    }
    assert set(DECLARED) <= known
