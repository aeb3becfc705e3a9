"""Any outcome of senders against never-senders: the same way for shares, rates and durations.

Team aoi: baseline 2022-04-04 to 2022-10-02, after_first 2023-08-26 to 2023-12-29.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rotation_analysis.cohorts.cohort import Cohorts
from rotation_analysis.measure_row import Measure
from rotation_analysis.measures.impact.team_comparison import (
    COMPARISONS,
    DECLARED,
    build_date_sets,
    check_claim,
    compare_sending_teams,
    describe_interval,
    list_sending_teams,
    measure_comparison,
)
from rotation_analysis.measures.impact.team_counts import Outcome
from rotation_analysis.measures.impact.team_outcomes import list_outcomes
from rotation_analysis.programme.model import Rotation
from rotation_analysis.statistics.verdicts import judge_all
from tests.builders import make_cohorts, make_programme, make_rotation, pick

Row = dict[str, Any]
STAY = make_rotation("p01", "aoi", "2023-01-02", "2023-06-30")
BEFORE, AFTER, WHOLE = "2022-08-01", "2023-10-02", ("2021-07-01", "2025-03-28")
NEVER = ("kiri", "sugi", "matsu")
FIRST, AWAY, SECOND = COMPARISONS
BASELINE_WEEKS, AFTER_WEEKS = (26 * 5 - 8) / 5, (18 * 5 - 4) / 5  # 8 and 4 public holidays on weekdays


def cohorts_of(*stays: Rotation, teams: Sequence[str] = NEVER, plan: Any = None, **tables: Any) -> Cohorts:
    other = {} if plan is None else {"plan": plan}
    return make_cohorts(make_programme(*(stays or (STAY,)), teams=teams, **other), **tables)


def outcome(name: str, cohorts: Cohorts) -> Outcome:
    (found,) = [each for each in list_outcomes(cohorts) if each.name == name]
    return found


def compare(name: str, cohorts: Cohorts, comparison: Any = FIRST, **other: Any) -> list[Measure]:
    return list(measure_comparison(cohorts, outcome(name, cohorts), comparison, **other))


def asked(counts: Mapping[str, tuple[int, int]], *, kind: str = "work") -> list[Row]:
    """Of each team so many requests before and after; the log covers all days."""
    rows = [
        {"kind": kind, "team": team, "day": on}
        for team, pair in counts.items()
        for on, n in zip((BEFORE, AFTER), pair, strict=True)
        for _ in range(n)
    ]
    return [*rows, *({"kind": kind, "team": "sre", "day": on} for on in WHOLE)]


# --- rates ----------------------------------------------------------------------------------------------


def test_a_rate_is_printed_as_ratio_less_one_of_the_change_to_that_of_never_senders() -> None:
    # with half an event added: aoi halves, the others stay as they are
    counts = {"aoi": (39, 19), **dict.fromkeys(NEVER, (39, 39))}
    rows = compare("requests", cohorts_of(requests=asked(counts)))
    assert pick(rows, "impact.requests.first_graduate", team="aoi").value == pytest.approx(19.5 / 39.5 - 1)
    whole = pick(rows, "impact.requests.first_graduate", team=None)
    assert (whole.value, whole.unit, whole.n) == (pytest.approx(19.5 / 39.5 - 1), "rate_ratio", 1)


def test_a_rate_is_per_working_week_of_each_window() -> None:
    found = outcome("requests", cohorts_of(requests=asked({"aoi": (10, 10)})))
    (sender,) = list_sending_teams(cohorts_of(), FIRST)
    weeks = [found.count("aoi", window).n for window in sender.windows]
    assert weeks == pytest.approx([BASELINE_WEEKS, AFTER_WEEKS])


def test_the_interval_of_a_rate_is_converted_at_its_ends() -> None:
    stays = [make_rotation(f"p{n}", f"s{n}", "2023-01-02", "2023-06-30") for n in range(3)]
    never = [f"n{n}" for n in range(7)]
    counts = {f"s{n}": (60, 30 + n) for n in range(3)} | {f"n{n}": (60, 58 + n) for n in range(7)}
    cohorts = cohorts_of(*stays, teams=never, requests=asked(counts))
    whole = pick(compare("requests", cohorts), "impact.requests.first_graduate", team=None)
    result = compare_sending_teams(
        cohorts, outcome("requests", cohorts), list_sending_teams(cohorts, FIRST)
    ).result
    assert result is not None
    assert result.low is not None
    assert result.high is not None
    assert whole.low == pytest.approx(math.exp(result.low) - 1)
    assert whole.high == pytest.approx(math.exp(result.high) - 1)
    assert whole.p == pytest.approx(result.p)
    half = 100 * (math.exp((result.high - result.low) / 2) - 1)
    assert f"HALF_WIDTH:{half:.1f}" in whole.notes
    needed = math.ceil(3 * ((result.high - result.low) / 2 / math.log(1.2)) ** 2)
    assert f"MORE_ROTATIONS:{max(0, needed - 3)}" in whole.notes


def test_a_team_whose_records_do_not_cover_a_window_is_left_out() -> None:
    rows = asked({"aoi": (10, 10), **dict.fromkeys(NEVER, (10, 10))})
    late = [
        row for row in rows if row["day"] >= "2022-08-01"
    ]  # four of six months of the baseline are missing
    row = pick(compare("requests", cohorts_of(requests=late)), "impact.requests.first_graduate", team="aoi")
    assert row.declined == "RECORDS_DO_NOT_COVER"


# --- incidents ------------------------------------------------------------------------------------------


def incidents(hours: Mapping[str, tuple[float | None, float | None]]) -> list[Row]:
    rows = []
    for team, pair in hours.items():
        for on, h in zip((BEFORE, AFTER), pair, strict=True):
            if h is not None:
                began = pd.Timestamp(f"{on}T01:00:00Z")
                over = began + pd.Timedelta(hours=h)
                rows += [{"team": team, "day": on, "created": began, "resolved": over, "shared": False}] * 2
    rows += [
        {"team": "sre", "day": on, "shared": True, "created": pd.Timestamp(f"{on}T00:00Z")} for on in WHOLE
    ]
    return [row | {"id": str(number)} for number, row in enumerate(rows)]


def test_times_to_restore_are_compared_as_ratios_and_teams_without_incidents_are_missing() -> None:
    kaede = make_rotation("p02", "kaede", "2023-01-02", "2023-06-30")
    hours = {"aoi": (4, 1), "kaede": (4, None), "kiri": (1, 2), "sugi": (3, 6), "matsu": (None, 2)}
    rows = compare("time_to_restore", cohorts_of(STAY, kaede, incidents=incidents(hours)))
    name = "impact.time_to_restore.first_graduate"
    assert pick(rows, name, team="aoi").value == pytest.approx(1 / 4 / 2 - 1)
    assert pick(rows, name, team="kaede").declined == "NO_OWN_INCIDENTS"
    whole = pick(rows, name, team=None)
    assert (whole.n, whole.missing, whole.notes[0]) == (1, 1, "COMPARED_WITH:2")


def test_no_incident_in_a_window_is_a_count_of_none_and_no_missing_team() -> None:
    hours = {"aoi": (4, None), **dict.fromkeys(NEVER, (1, 1))}
    rows = compare("incidents", cohorts_of(incidents=incidents(hours)))
    whole = pick(rows, "impact.incidents.first_graduate", team=None)
    assert whole.value == pytest.approx(0.5 / 2.5 - 1)


# --- what is not there ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stay", "programme", "reason"),
    [
        ({}, {"as_of": "2023-10-19"}, "WINDOW_TOO_SHORT"),  # eight weeks from 2023-08-26: a day is lacking
        ({}, {"data_start": "2022-07-05"}, "WINDOW_TOO_SHORT"),
        ({"now": "left", "now_since": "2023-10-19"}, {}, "ENDED_EARLY"),
        ({"now": "left", "now_since": "2023-10-20"}, {}, None),
        ({"now": "left", "now_since": "2023-10-19"}, {"as_of": "2023-10-19"}, "WINDOW_TOO_SHORT"),
        ({"now": "left", "now_since": "2023-10-19"}, {"data_start": "2022-07-05"}, "WINDOW_TOO_SHORT"),
    ],
)
def test_a_short_period_that_has_ended_is_not_one_to_wait_for(
    stay: dict[str, str], programme: dict[str, str], reason: str | None
) -> None:
    rotation = make_rotation("p01", "aoi", "2023-01-02", "2023-06-30", **stay)
    cohorts = make_cohorts(make_programme(rotation, teams=NEVER, **programme))
    (sender,) = list_sending_teams(cohorts, FIRST)
    assert sender.declined == reason


def test_a_period_that_the_next_departure_cuts_short_is_over() -> None:
    following = make_rotation("p02", "aoi", "2023-10-02", "2024-03-29")
    (sender,) = list_sending_teams(cohorts_of(STAY, following), FIRST)
    assert sender.declined == "ENDED_EARLY"
    (second,) = list_sending_teams(cohorts_of(STAY, following), SECOND)
    assert second.declined == "ENDED_EARLY"  # its time before is the one that was cut


@pytest.mark.parametrize("comparison", COMPARISONS)
def test_an_outcome_without_any_records_is_one_row(comparison: Any) -> None:
    (row,) = compare("requests", cohorts_of(), comparison)
    assert (row.team, row.cohort, row.declined, row.notes) == (None, None, "NO_REQUESTS", ("NO_REQUESTS",))
    assert (row.n, row.missing, row.claims) == (0, len(list_sending_teams(cohorts_of(), comparison)), True)


def test_where_members_of_the_host_team_go_out_the_question_is_another() -> None:
    out = make_rotation("s1", "sre", "2023-01-02", "2023-06-30", host_team="aoi", direction="sre_to_dev")
    cohorts = cohorts_of(out, teams=("aoi", *NEVER), requests=asked({"aoi": (9, 9), "kiri": (9, 9)}))
    (row,) = compare("requests", cohorts)
    assert (row.declined, row.missing) == ("OTHER_DIRECTION", 0)
    (row,) = compare("requests", cohorts_of(out, teams=("aoi", *NEVER)))
    assert (row.declined, row.missing) == ("OTHER_DIRECTION", 0)
    (second,) = compare("requests", cohorts_of(requests=asked({"aoi": (9, 9)})), SECOND)
    assert second.declined == "NO_POST_WINDOW"


def test_sources_are_of_the_programmes_row_alone() -> None:
    cohorts = cohorts_of(requests=asked({"aoi": (39, 19), **dict.fromkeys(NEVER, (39, 39))}))
    rows = compare("requests", cohorts, sources={"home_team": -0.3})
    assert [dict(row.sources) for row in rows] == [{}, {"home_team": -0.3}]


# --- few teams ------------------------------------------------------------------------------------------


def declare() -> Any:
    from rotation_analysis.programme.plan import EvaluationPlan, Primary
    from tests.builders import day

    claim = Primary(measure="impact.requests.first_graduate", account="home_team")
    return EvaluationPlan(declared=day("2022-01-01"), primary=(claim,))


@pytest.mark.parametrize("never", [11, 19, 24])
def test_one_sender_is_never_judged_however_many_teams_it_stands_against(never: int) -> None:
    teams = [f"n{n}" for n in range(never)]
    counts = {"aoi": (200, 20), **{team: (200, 190 + n) for n, team in enumerate(teams)}}
    cohorts = cohorts_of(teams=teams, plan=declare(), requests=asked(counts))
    programme = cohorts.programme
    rows = compare("requests", cohorts, sources={"home_team": -0.9})
    judged = judge_all(rows, programme.plan, programme.first_ends)
    for row in judged:
        assert (row.verdict, row.low, row.high) == ("not_enough_data", None, None)
    assert judged[0].notes[:2] == ("ONE_TEAM", f"RANK:1:{never + 1}")
    assert judged[1].p is None


def test_two_teams_that_agree_with_a_second_source_can_be_supported() -> None:
    stays = STAY, make_rotation("p02", "kaede", "2023-01-02", "2023-06-30")
    teams = [f"n{n}" for n in range(8)]
    counts = {"aoi": (200, 20), "kaede": (200, 22), **{team: (200, 190 + n) for n, team in enumerate(teams)}}
    cohorts = cohorts_of(*stays, teams=teams, plan=declare(), requests=asked(counts))
    rows = compare("requests", cohorts, sources={"home_team": -0.9})
    judged = judge_all(rows, cohorts.programme.plan, cohorts.programme.first_ends)
    row = pick(judged, "impact.requests.first_graduate", team=None)
    assert row.verdict == "supported"
    # it could show from the first day on which a graduate was back for long enough
    assert (
        row.first_outcome == min(sender.windows[1][0] for sender in list_sending_teams(cohorts, FIRST)).date()
    )
    day_of_it = cohorts.programme.plan.model_copy(update={"declared": row.first_outcome})
    late = judge_all(rows, day_of_it, cohorts.programme.first_ends)
    assert pick(late, "impact.requests.first_graduate", team=None).notes[-2:] == (
        "DECLARED_LATE",
        "EXPLORATORY",
    )


@pytest.mark.parametrize(
    ("half", "teams", "more"), [(0.1, 3, 9), (0.05, 3, 0), (0.02, 3, 0), (0.075, 4, 5), (0.06, 7, 4)]
)
def test_half_the_width_falls_with_the_square_root_of_the_teams(half: float, teams: int, more: int) -> None:
    found = outcome("self_resolution", cohorts_of())
    told = describe_interval(found, 0.2 - half, 0.2 + half, s=0.05, teams=teams)
    assert told == [f"HALF_WIDTH:{100 * half:.1f}", f"MORE_ROTATIONS:{more}"]


def test_a_sender_stands_in_only_for_dates_that_ended_before_its_own_dip() -> None:
    early = make_rotation("p02", "kaede", "2023-04-03", "2023-09-29")
    late = make_rotation("p03", "hinoki", "2024-06-03", "2024-08-30")  # its dip begins after aoi's dates
    counts = dict.fromkeys(("aoi", "kaede", "hinoki", *NEVER), (9, 9))
    cohorts = cohorts_of(STAY, early, late, requests=asked(counts))
    senders = list_sending_teams(cohorts, FIRST)
    dates = build_date_sets(outcome("requests", cohorts), senders, NEVER)
    assert [sender.team for sender in senders] == ["aoi", "kaede", "hinoki"]
    assert dates.admissible[:3].tolist() == [[True, False, False], [False, True, False], [True, False, True]]
    assert dates.admissible[3:].all()


# --- invariants -----------------------------------------------------------------------------------------

TEAMS = ("aoi", "kaede", *(f"n{n}" for n in range(6)))
some_counts = st.lists(st.tuples(st.integers(5, 60), st.integers(5, 60)), min_size=8, max_size=8)


def both_senders(counts: Sequence[tuple[int, int]], teams: Sequence[str] = TEAMS[2:]) -> Measure:
    stays = STAY, make_rotation("p02", "kaede", "2023-01-02", "2023-06-30")
    rows = asked(dict(zip(TEAMS, counts, strict=True)))
    cohorts = cohorts_of(*stays, teams=teams, requests=rows)
    return pick(compare("requests", cohorts), "impact.requests.first_graduate", team=None)


@settings(max_examples=15, deadline=None)
@given(counts=some_counts, order=st.permutations(TEAMS[2:]))
def test_the_order_of_teams_changes_nothing(counts: list[tuple[int, int]], order: list[str]) -> None:
    plain, moved = both_senders(counts), both_senders(counts, order)
    assert moved.value == pytest.approx(plain.value)
    assert moved.p == pytest.approx(plain.p)
    assert (moved.n, moved.notes) == (plain.n, plain.notes)


@settings(max_examples=15, deadline=None)
@given(counts=some_counts, shift=st.integers(-4, 8))
def test_what_happens_to_every_team_leaves_the_difference_as_it_is(
    counts: list[tuple[int, int]], shift: int
) -> None:
    tickets = [(100 + before, 100 + after) for before, after in counts]

    def solved(more: int) -> Measure:
        rows = [
            {"how": "alone" if i < k else "sre", "day": on, "team": team}
            for team, pair in zip(TEAMS, tickets, strict=True)
            for on, k in ((BEFORE, pair[0]), (AFTER, pair[1] + more))
            for i in range(200)
        ]
        stays = STAY, make_rotation("p02", "kaede", "2023-01-02", "2023-06-30")
        cohorts = cohorts_of(*stays, teams=TEAMS[2:], tickets=rows)
        found = compare("self_resolution", cohorts)
        return pick(found, "impact.self_resolution.first_graduate", team=None)

    assert solved(shift).value == pytest.approx(solved(0).value)


# --- each declared claim counted in other ways: which variants there are, what flips, and what it does ----


EARLIER, EARLY, LATE, RAMP, VARIANT_AFTER = (
    "2022-02-01",
    "2022-05-02",
    "2022-08-01",
    "2023-07-20",
    "2023-10-02",
)
NAME = "impact.self_resolution.first_graduate.sensitivity"


def solved(k: int, n: int, on: str, *teams: str) -> list[Row]:
    return [{"how": "alone" if i < k else "sre", "day": on, "team": team} for team in teams for i in range(n)]


RISE = [  # aoi from 10 to 16 of 20; the others from 10 to 12
    *solved(10, 20, LATE, "aoi", *NEVER),
    *solved(16, 20, VARIANT_AFTER, "aoi"),
    *solved(12, 20, VARIANT_AFTER, *NEVER),
]


def cohorts_of_variant(tickets: Sequence[Row], *stays: Rotation, **other: Any) -> Cohorts:
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
    checked = check(cohorts_of_variant(RISE))
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
    checked = check(cohorts_of_variant(tickets))
    assert variant(checked, "as_declared").value == pytest.approx(16 / 20 - 15 / 40 - 0.1)
    assert variant(checked, "other_baseline").value == pytest.approx(16 / 20 - 15 / 60 - 0.1)
    assert variant(checked, "recent_baseline").value == pytest.approx(16 / 20 - 10 / 20 - 0.1)


def test_without_records_before_the_baseline_a_longer_one_is_not_measurable() -> None:
    checked = check(cohorts_of_variant(RISE, programme={"data_start": "2022-04-04"}))
    assert variant(checked, "other_baseline").declined == "NO_EARLIER_RECORDS"
    assert checked[0].flips == (0, 6)


def test_the_weeks_right_after_the_return_may_be_kept_in() -> None:
    tickets = [*RISE, *solved(0, 20, RAMP, "aoi"), *solved(12, 20, RAMP, *NEVER)]
    checked = check(cohorts_of_variant(tickets))
    assert variant(checked, "ramp_kept").value == pytest.approx(16 / 40 - 0.5 - 0.1)
    assert variant(checked, "ramp_kept").notes == ("FLIPS_CLAIM",)
    assert checked[0].flips == (1, 7)
    assert "FLIPS:1:7" in checked[0].notes


def test_on_the_log_scale_half_a_ticket_is_added_and_the_size_is_judged_in_points() -> None:
    checked = check(cohorts_of_variant(RISE))
    row = variant(checked, "log_scale")
    change = math.log(16.5 / 4.5) - math.log(10.5 / 10.5)
    others = math.log(12.5 / 8.5) - math.log(10.5 / 10.5)
    assert (row.value, row.unit) == (pytest.approx(change - others), "log_ratio")
    assert row.notes == ()


def test_leaving_a_comparison_team_out_can_turn_a_claim() -> None:
    # without matsu, which fell, aoi rose no more than the others
    tickets = [*solved(10, 20, LATE, "aoi", *NEVER), *solved(13, 20, VARIANT_AFTER, "aoi")]
    tickets += [*solved(13, 20, VARIANT_AFTER, "kiri", "sugi"), *solved(4, 20, VARIANT_AFTER, "matsu")]
    checked = check(cohorts_of_variant(tickets))
    assert variant(checked, "as_declared").value == pytest.approx(0.15)
    without = variant(checked, "without", team="matsu")
    assert (without.value, without.notes) == (pytest.approx(0), ("FLIPS_CLAIM",))
    assert variant(checked, "without", team="kiri").value == pytest.approx(0.15 - (0.15 - 0.3) / 2)
    assert checked[0].flips == (1, 7)


def test_a_claim_smaller_than_what_matters_flips_by_its_sign_alone() -> None:
    tickets = [*solved(10, 20, LATE, "aoi", *NEVER), *solved(60, 120, VARIANT_AFTER, *NEVER)]
    tickets += [*solved(62, 120, VARIANT_AFTER, "aoi"), *solved(60, 120, RAMP, "aoi", *NEVER)]
    checked = check(cohorts_of_variant(tickets))
    assert variant(checked, "ramp_kept").value == pytest.approx(122 / 240 - 0.5)
    assert checked[0].flips == (0, 7)


def test_requests_are_moved_to_the_kind_their_titles_speak_of_and_tickets_have_none() -> None:
    def ask(team: str, on: str, *kinds: str, title: str = "") -> list[Row]:
        return [{"kind": kind, "team": team, "day": on, "title": title} for kind in kinds]

    half = ("work",) * 5 + ("review",) * 5
    requests = [row for team in ("aoi", *NEVER) for row in ask(team, LATE, *half)]
    requests += [row for team in NEVER for row in ask(team, VARIANT_AFTER, *half)]
    requests += ask("aoi", VARIANT_AFTER, "work", "work", title="監視の差分レビュー") + ask(
        "aoi", VARIANT_AFTER, "work", "review"
    )
    checked = check(cohorts_of_variant([], requests=requests), "do_it_for_me")
    assert variant(checked, "as_declared").value == pytest.approx(3 / 4 - 1 / 2)
    moved = variant(checked, "kinds_moved")
    assert (moved.value, moved.notes) == (pytest.approx(1 / 4 - 1 / 2), ("FLIPS_CLAIM",))
    assert variant(check(cohorts_of_variant(RISE)), "kinds_moved").declined == "NO_KINDS"


def test_an_absence_has_no_weeks_after_and_a_second_graduate_no_baseline() -> None:
    second = make_rotation("p02", "aoi", "2024-01-08", "2024-06-28", cohort="2")
    tickets = [
        *RISE,
        *solved(10, 20, "2023-02-01", "aoi", *NEVER),
        *solved(12, 20, "2024-10-01", "aoi", *NEVER),
    ]
    cohorts = cohorts_of_variant(tickets, STAY, second)
    kinds = [[row.kind for row in check(cohorts, comparison=n)[1:]] for n in (1, 2)]
    assert "ramp_kept" not in kinds[0]
    assert "other_baseline" in kinds[0]
    assert "ramp_kept" in kinds[1]
    assert not {"other_baseline", "recent_baseline"} & set(kinds[1])


def test_a_claim_that_cannot_be_measured_has_no_other_ways() -> None:
    checked = check(cohorts_of_variant(RISE, programme={"as_of": "2023-08-25"}))
    assert [(row.kind, row.declined) for row in checked[1:]] == [("as_declared", "NO_POST_WINDOW")]
    assert (checked[0].flips, checked[0].notes) == (None, ("NO_POST_WINDOW",))


def test_how_many_intervals_hold_zero_is_told_where_there_are_intervals() -> None:
    stays = [make_rotation(f"p{n}", f"s{n}", "2023-01-02", "2023-06-30") for n in range(3)]
    never = [f"n{n}" for n in range(7)]
    senders = [f"s{n}" for n in range(3)]
    tickets = [*solved(50, 100, LATE, *senders, *never), *solved(80, 100, VARIANT_AFTER, *senders)]
    tickets += [row for n, team in enumerate(never) for row in solved(50 + n, 100, VARIANT_AFTER, team)]
    cohorts = make_cohorts(make_programme(*stays, teams=never), tickets=tickets)
    checked = check(cohorts)
    assert checked[0].flips == (0, 11)
    assert checked[0].notes[-2:] == ("FLIPS:0:11", "VARIANTS_HOLD_ZERO:0:11")


def test_the_claims_that_are_looked_at_again_are_comparisons_that_exist() -> None:
    known = {
        (outcome.name, comparison.name)
        for outcome in list_outcomes(cohorts_of_variant([]))
        for comparison in COMPARISONS
    }
    assert set(DECLARED) <= known
