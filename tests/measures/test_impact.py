"""Self-resolution by phase and its difference to never-senders on literal tickets, counted by hand.

Team aoi: baseline 2022-04-04 to 2022-10-02, away 2023-01-02 to 2023-06-30, after_first 2023-08-26 to
2023-12-29.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rotation_analysis.measure_row import Measure
from rotation_analysis.measures.impact import (
    measure_impact,
    measure_operating,
    measure_threats,
    measure_timeline,
)
from rotation_analysis.measures.impact.team_outcomes import read_self_resolution
from rotation_analysis.measures.parties.organisation import list_sessions
from rotation_analysis.programme.model import Person, Programme, Rotation
from tests.builders import make_cohorts, make_programme, make_rotation, pick

Row = dict[str, Any]
STAY = make_rotation("p01", "aoi", "2023-01-02", "2023-06-30")
BEFORE, DIP, AWAY, AFTER = "2022-08-01", "2022-11-01", "2023-02-01", "2023-10-02"  # a day in each phase
NEVER = ("kiri", "sugi", "matsu")
SHARE = "impact.self_resolution"
FIRST, SECOND = f"{SHARE}.first_graduate", f"{SHARE}.second_graduate"


def ticket(how: str | None, on: str = AFTER, team: str = "aoi", *, bound: bool | None = None) -> Row:
    return {"how": how, "day": on, "team": team, "permission_bound": bound}


def solved(k: int, n: int, on: str, *teams: str) -> list[Row]:
    """For each team n tickets of a day, k of which it solved itself."""
    return [ticket("alone" if i < k else "sre", on, team) for team in teams for i in range(n)]


def measure(
    tickets: Sequence[Row], *stays: Rotation, teams: Sequence[str] = NEVER, **programme: Any
) -> list[Measure]:
    declared = make_programme(*(stays or (STAY,)), teams=teams, **programme)
    return measure_impact(make_cohorts(declared, tickets=tickets))


RISE = [  # aoi from 10 to 16 of 20; the others from 10 to 12
    *solved(10, 20, BEFORE, "aoi", *NEVER),
    *solved(16, 20, AFTER, "aoi"),
    *solved(12, 20, AFTER, *NEVER),
]

# --- incidents restored alone -----------------------------------------------------------------------------


def test_incidents_restored_alone_are_counted_over_all_teams_together() -> None:
    """aoi alone: 1 of 2 before, 1 of 1 after; while away it is not asked; kiri: 0 of 1, then 1 of 1."""
    host = Person(id="sre01", name="見本 れん", team="sre")
    programme = make_programme(STAY, teams=("kiri",), data_start="2022-01-01")
    programme = programme.model_copy(update={"people": (*programme.people, host)})
    days = {"i1": BEFORE, "i2": BEFORE, "i3": AWAY, "i4": AFTER, "k1": "2022-05-02", "k2": "2024-12-02"}
    incidents = [
        {"id": name, "team": "aoi" if name[0] == "i" else "kiri", "day": on, "shared": False}
        | {"created": f"{on} 01:00", "resolved": f"{on} 02:00"}
        for name, on in days.items()
    ]
    there = [("i1", "sre01"), ("i2", None), ("i3", "sre01"), ("i4", None), ("k1", "sre01")]
    taking_part = [
        {"incident": name, "person": person, "name": "だれか", "day": days[name]} for name, person in there
    ]
    cohorts = make_cohorts(programme, incidents=incidents, participation=taking_part)
    rows = {m.kind: m for m in measure_impact(cohorts) if m.measure == "impact.home_alone.together"}
    assert {kind: (row.value, row.n) for kind, row in rows.items()} == {
        "sender_before": (0.5, 2),
        "sender_after": (1.0, 1),
        "never_first_half": (0.0, 1),
        "never_last_half": (1.0, 1),
    }
    alone = make_programme(STAY, data_start="2022-01-01")
    alone = alone.model_copy(update={"people": (*alone.people, host)})
    cohorts = make_cohorts(alone, incidents=incidents, participation=taking_part)
    rows = {m.kind: m for m in measure_impact(cohorts) if m.measure == "impact.home_alone.together"}
    assert [(kind, row.n, row.declined) for kind, row in rows.items() if kind.startswith("never")] == [
        ("never_first_half", 0, "NO_OWN_INCIDENTS"),
        ("never_last_half", 0, "NO_OWN_INCIDENTS"),
    ]


# --- shares ---------------------------------------------------------------------------------------------

# The table of DOMAIN.md 4.2 as the team's own tracker shows it: 8 was never written down.
EIGHT_PROBLEMS = [
    ticket("alone"),
    ticket("alone"),
    ticket("review"),
    ticket("review"),
    ticket("consult"),
    ticket("sre", bound=False),
    ticket("sre", bound=True),
]


def test_self_resolution_is_alone_and_review_of_all_but_permission_bound() -> None:
    row = pick(measure(EIGHT_PROBLEMS), SHARE, team="aoi", phase="after_first")
    assert (row.value, row.n, row.missing, row.declined) == (pytest.approx(4 / 6), 6, 0, None)
    assert [row.low, row.high] == pytest.approx([0.3000, 0.9032], abs=5e-5)  # Wilson, 4 of 6
    assert (row.unit, row.method, row.cohort) == ("share", "share_wilson", "1")


def test_rows_are_of_teams_and_nobodys_answers() -> None:
    rows = measure(RISE)
    assert {(m.people, m.consent, m.person) for m in rows} == {((), None, None)}
    shares = [m for m in rows if m.unit == "share"]
    assert {m.counts for m in shares if not m.measure.endswith("group_mean")} == {"records"}
    assert {m.counts for m in shares if m.measure.endswith("group_mean")} == {"teams"}
    assert {(m.counts, m.claims) for m in rows if m.unit == "share_points"} == {
        ("teams", True),
        ("teams", False),
    }


@pytest.mark.parametrize(
    ("on", "phase"),
    [
        ("2023-08-25", "ramp"),
        ("2023-08-26", "after_first"),
        ("2023-12-29", "after_first"),
        ("2023-12-30", None),
    ],
)
def test_a_ticket_counts_in_the_phase_of_its_day_both_ends_included(on: str, phase: str | None) -> None:
    rows = [m for m in measure([ticket("alone", on)]) if m.measure == SHARE and m.n]
    assert [m.phase for m in rows] == ([phase] if phase else [])


@pytest.mark.parametrize(
    ("labelled", "unlabelled", "reason"),
    [
        (4, 1, None),  # one in five may lack it
        (7, 2, "TEAM_NOT_LABELLED"),
        (0, 3, "TEAM_NOT_LABELLED"),
        (0, 0, "NO_TICKETS"),
    ],
)
def test_a_team_that_does_not_label_its_tickets_has_no_share(
    labelled: int, unlabelled: int, reason: str | None
) -> None:
    tickets = [ticket("alone")] * labelled + [ticket(None)] * unlabelled + [ticket("alone", AWAY)]
    row = pick(measure(tickets), SHARE, team="aoi", phase="after_first")
    assert (row.n, row.missing, row.declined) == (labelled, unlabelled, reason)
    assert (row.value, row.notes) == ((None, (reason,)) if reason else (1.0, ()))


def test_never_senders_are_counted_together_over_the_same_days() -> None:
    tickets = solved(1, 4, AFTER, "kiri") + solved(3, 4, AFTER, "sugi") + solved(4, 4, DIP, "sugi")
    row = pick(measure(tickets), f"{SHARE}.never_senders", team="aoi", phase="after_first")
    assert (row.value, row.n, row.missing) == (0.5, 8, 0)


def test_tickets_of_a_never_sender_that_does_not_label_are_left_out_and_told() -> None:
    tickets = solved(1, 4, AFTER, "kiri") + [ticket(None, AFTER, "sugi")] * 3 + solved(1, 1, AFTER, "sugi")
    row = pick(measure(tickets), f"{SHARE}.never_senders", team="aoi", phase="after_first")
    assert (row.value, row.n, row.missing) == (0.25, 4, 4)
    alone = measure([ticket(None, AFTER, "sugi")])
    assert pick(alone, f"{SHARE}.never_senders", phase="after_first").declined == "TEAM_NOT_LABELLED"


# --- the mix --------------------------------------------------------------------------------------------


def test_the_mix_is_three_shares_of_the_same_tickets() -> None:
    rows = measure(EIGHT_PROBLEMS)
    found = {
        kind: pick(rows, "impact.mix", team="aoi", phase="after_first", kind=kind)
        for kind in ("alone", "review", "host")
    }
    assert {kind: row.value for kind, row in found.items()} == pytest.approx(
        {"alone": 2 / 6, "review": 2 / 6, "host": 2 / 6}
    )
    assert {(row.n, row.missing, row.unit, row.counts) for row in found.values()} == {
        (6, 0, "share", "records")
    }


def test_the_mix_of_never_senders_is_of_the_same_days_and_unlabelled_tickets_are_missing() -> None:
    tickets = [*solved(1, 4, AFTER, "kiri"), ticket("consult", AFTER, "sugi"), ticket(None, AFTER, "kiri")]
    row = pick(measure(tickets), "impact.mix.never_senders", team="aoi", phase="after_first", kind="host")
    assert (row.value, row.n, row.missing) == (pytest.approx(4 / 5), 5, 1)
    assert pick(measure(tickets), "impact.mix", phase="after_first", kind="alone").declined == "NO_TICKETS"


# --- other shares by phase --------------------------------------------------------------------------------


def test_the_share_of_authors_stands_by_team_and_phase_beside_never_senders() -> None:
    def change(author: str | None, area: str) -> Row:
        return {"area_team": area, "team": author, "merged": "2023-10-03T00:00:00Z", "day": AFTER}

    changes = [change("aoi", "aoi"), change("sre", "aoi"), change("kiri", "kiri"), change("sre", "sugi")]
    changes += [change(None, "matsu")]
    rows = measure_impact(make_cohorts(make_programme(STAY, teams=NEVER), changes=changes))
    name = "impact.author_share"
    row = pick(rows, name, team="aoi", phase="after_first")
    assert (row.value, row.n, row.missing, row.unit) == (0.5, 2, 0, "share")
    never = pick(rows, f"{name}.never_senders", team="aoi", phase="after_first")
    assert (never.value, never.n, never.missing) == (0.5, 2, 1)
    assert pick(rows, name, team="aoi", phase="baseline").declined == "NO_CHANGES"
    assert not [m for m in rows if m.measure == "impact.home_alone"]  # no incidents at all: said once


# --- comparison teams that stop telling -------------------------------------------------------------------


def test_a_comparison_team_that_stops_labelling_is_told_with_the_day_and_the_windows() -> None:
    others = [row for row in RISE if row["team"] != "matsu" or row["day"] == BEFORE]
    tickets = [*others, ticket("alone", "2023-09-01", "matsu")]
    tickets += [ticket(None, on, "matsu") for on in ("2023-09-04", AFTER, AFTER)]
    rows = [row for row in measure(tickets) if row.measure == "impact.comparison_left_out"]
    # two windows of aoi are compared, its baseline and the time after
    assert [(row.team, row.label, row.value, row.n) for row in rows] == [("matsu", "2023-09-04", 1, 2)]
    assert pick(measure(tickets), FIRST, team=None).notes[0] == "COMPARED_WITH:2"


def test_a_comparison_team_without_tickets_in_a_window_has_no_day_from_which_it_stopped() -> None:
    tickets = [row for row in RISE if row["team"] != "matsu" or row["day"] == BEFORE]
    row = pick(measure(tickets), "impact.comparison_left_out")
    assert (row.team, row.label, row.value, row.n) == ("matsu", None, 1, 2)
    assert not [row for row in measure(RISE) if row.measure == "impact.comparison_left_out"]


# --- differences ----------------------------------------------------------------------------------------


def test_the_difference_is_the_teams_change_less_that_of_never_senders() -> None:
    measures = measure(RISE)
    row = pick(measures, FIRST, team="aoi")
    assert (row.value, row.n, row.missing, row.cohort) == (pytest.approx(0.3 - 0.1), 1, 0, "1")
    assert (row.low, row.high, row.notes) == (None, None, ("ONE_TEAM", "RANK:1:4"))
    whole = pick(measures, FIRST, team=None)
    assert (whole.value, whole.n, whole.missing, whole.cohort) == (pytest.approx(0.2), 1, 0, None)
    assert (whole.low, whole.high) == (None, None)  # one team of four: smallest p is 1/4
    assert whole.notes == ("COMPARED_WITH:3", "SMALLEST_P:0.2500", "FLIPS:0:7")
    assert whole.compared
    assert whole.claims


def test_group_means_are_those_of_senders_and_of_comparison_teams_in_the_same_windows() -> None:
    tickets = solved(8, 20, BEFORE, "aoi") + solved(14, 20, AFTER, "aoi")
    tickets += solved(10, 20, BEFORE, *NEVER) + solved(12, 20, AFTER, *NEVER)
    rows = [m for m in measure(tickets) if m.measure == f"{SHARE}.group_mean"]
    assert [(row.kind, row.phase, row.value, row.n) for row in rows] == [
        ("sending", "baseline", pytest.approx(0.4), 1),
        ("sending", "after_first", pytest.approx(0.7), 1),
        ("comparison", "baseline", pytest.approx(0.5), 1),
        ("comparison", "after_first", pytest.approx(0.6), 1),
    ]


def test_what_changed_for_everybody_is_not_credited_to_a_graduate() -> None:
    tickets = solved(8, 20, BEFORE, "aoi", *NEVER) + solved(12, 20, AFTER, "aoi", *NEVER)
    measures = measure(tickets)
    assert pick(measures, FIRST, team="aoi").value == pytest.approx(0)
    assert pick(measures, FIRST, team=None).value == pytest.approx(0)
    raw = pick(measures, f"{SHARE}.before_after")
    assert (raw.value, raw.notes, raw.claims) == (pytest.approx(0.2), ("NOT_THE_ANSWER",), False)


def test_never_senders_weigh_alike_however_many_tickets_they_have() -> None:
    tickets = solved(10, 20, BEFORE, "aoi") + solved(10, 20, AFTER, "aoi")
    tickets += solved(50, 100, BEFORE, "kiri") + solved(80, 100, AFTER, "kiri")
    tickets += solved(5, 10, BEFORE, "sugi") + solved(5, 10, AFTER, "sugi")
    assert pick(measure(tickets), FIRST, team="aoi").value == pytest.approx(0 - (0.3 + 0) / 2)


def test_two_senders_that_overlap_are_each_compared_over_their_own_days() -> None:
    # kaede: baseline 2022-07-04 to 2023-01-01, after_first 2023-11-25 to 2024-03-29
    other = make_rotation("p02", "kaede", "2023-04-03", "2023-09-29")
    early, late = ("2022-05-02", AFTER), ("2022-11-01", "2024-02-01")
    tickets = solved(10, 20, early[0], "aoi", *NEVER) + solved(10, 20, late[0], "kaede", *NEVER)
    tickets += solved(16, 20, early[1], "aoi") + solved(16, 20, late[1], "kaede", *NEVER)
    tickets += solved(12, 20, early[1], *NEVER)
    measures = measure(tickets, STAY, other)
    assert pick(measures, FIRST, team="aoi").value == pytest.approx(0.3 - 0.1)
    assert pick(measures, FIRST, team="kaede").value == pytest.approx(0.3 - 0.3)
    whole = pick(measures, FIRST, team=None)
    assert (whole.value, whole.n, whole.missing) == (pytest.approx(0.1), 2, 0)


def test_two_overlapping_stays_of_one_team_leave_no_time_after_a_first_graduate() -> None:
    other = make_rotation("p02", "aoi", "2023-03-01", "2023-09-30", cohort="2")
    row = pick(measure(RISE, STAY, other), FIRST, team="aoi")
    assert (row.value, row.declined) == (None, "NO_POST_WINDOW")


def test_two_of_one_cohort_are_one_first_return() -> None:
    pair = STAY, make_rotation("p02", "aoi", "2023-02-01", "2023-06-30")
    assert pick(measure(RISE, *pair), FIRST, team="aoi").value == pytest.approx(0.2)


def test_a_second_graduate_is_compared_with_the_time_after_the_first() -> None:
    second = make_rotation("p02", "aoi", "2024-01-08", "2024-06-28", cohort="2")
    tickets = [*RISE, *solved(18, 20, "2024-10-01", "aoi"), *solved(13, 20, "2024-10-01", *NEVER)]
    measures = measure(tickets, STAY, second)
    row = pick(measures, SECOND, team="aoi")
    assert (row.value, row.cohort) == (pytest.approx(0.1 - 0.05), "2")
    assert pick(measures, FIRST, team="aoi").value == pytest.approx(0.2)


def test_away_is_the_first_stay_against_the_baseline() -> None:
    tickets = [*RISE, *solved(8, 20, AWAY, "aoi"), *solved(10, 20, AWAY, *NEVER)]
    assert pick(measure(tickets), f"{SHARE}.away", team="aoi").value == pytest.approx(-0.1 - 0)


# --- two kinds of source ----------------------------------------------------------------------------------


def said(team: str, on: str, *levels: int) -> list[Row]:
    """Answers of a home team to how much it solves by itself."""
    fixed = {"instrument": "home", "rater": "home", "question": "hm_selfsolve", "scale": "scale5"}
    return [fixed | {"team": team, "day": on, "level": level, "state": "answered"} for level in levels]


def measure_both(after: int) -> list[Measure]:
    """Tickets that rise by 0.2 against never-senders, and senders whose answers go from 3 to `after`."""
    others = ("kaede", "ume", "momo")
    stays = [make_rotation(f"p-{team}", team, "2023-01-02", "2023-06-30") for team in others]
    tickets = [*RISE, *solved(10, 20, BEFORE, *others), *solved(16, 20, AFTER, *others)]
    never = (*NEVER, "kuri")
    answers = [row for team in ("aoi", *others, *never) for row in said(team, BEFORE, 3, 3)]
    answers += [row for team in ("aoi", *others) for row in said(team, AFTER, after, after)]
    answers += [
        row
        for team, level in zip(never, (2, 3, 3, 4), strict=True)
        for row in said(team, AFTER, level, level)
    ]
    declared = make_programme(STAY, *stays, teams=never)
    return measure_impact(make_cohorts(declared, tickets=tickets, responses=answers))


@pytest.mark.parametrize("after", [1, 4, 5])
def test_records_and_answers_are_each_others_second_source_in_their_own_steps(after: int) -> None:
    measures = measure_both(after)
    records = pick(measures, FIRST, team=None)
    answers = pick(measures, "impact.self_solving.first_graduate", team=None)
    assert (records.value, answers.value) == (pytest.approx(0.2), pytest.approx(after - 3))
    # half a level matters as 5 points do
    assert records.sources == {"home_team": pytest.approx((after - 3) / 0.5 * 0.05)}
    assert answers.sources == {"records": pytest.approx(0.2 / 0.05 * 0.5)}
    assert {name for m in measures if m.measure == FIRST and m.team for name in m.sources} == set()


def test_answers_of_fewer_than_k_people_are_no_source() -> None:
    tickets, kept = [*RISE], NEVER[:2]
    answers = [row for team in ("aoi", *kept) for on in (BEFORE, AFTER) for row in said(team, on, 3)]
    answers += said("aoi", AFTER, 5)
    rows = measure_impact(make_cohorts(make_programme(STAY, teams=NEVER), tickets=tickets, responses=answers))
    answered = pick(rows, "impact.self_solving.first_graduate")
    assert (answered.value, len(set(answered.people))) == (1.0, 1)
    assert pick(rows, FIRST, team=None).sources == {}


def test_without_one_of_the_two_there_is_no_second_source() -> None:
    alone = measure(RISE)
    assert pick(alone, FIRST, team=None).sources == {}
    # nor is a single team's difference, which has no interval
    assert pick(alone, FIRST, team=None).value == pytest.approx(0.2)
    assert pick(alone, "impact.self_solving.first_graduate").sources == {}
    answers = [row for team in ("aoi", *NEVER) for on in (BEFORE, AFTER) for row in said(team, on, 3)]
    declared = make_programme(STAY, teams=NEVER)
    rows = measure_impact(make_cohorts(declared, responses=answers))
    assert pick(rows, "impact.self_solving.first_graduate").sources == {}


# --- not measurable -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("programme", "reason"),
    [
        ({"data_start": "2022-07-04"}, None),  # 13 weeks of baseline
        ({"data_start": "2022-07-05"}, "WINDOW_TOO_SHORT"),
        ({"data_start": "2022-10-03"}, "NO_BASELINE"),
        ({"as_of": "2023-10-20"}, None),  # 8 weeks after
        ({"as_of": "2023-10-19"}, "WINDOW_TOO_SHORT"),
        ({"as_of": "2023-08-25"}, "NO_POST_WINDOW"),
    ],
)
def test_a_window_too_short_for_a_difference_is_told(programme: dict[str, str], reason: str | None) -> None:
    measures = measure(RISE, **programme)
    for row in (pick(measures, FIRST, team="aoi"), pick(measures, FIRST, team=None)):
        assert (row.declined, row.value is None) == (reason, reason is not None)
        assert (row.n, row.missing) == ((0, 1) if reason else (1, 0))


def test_without_a_return_there_is_no_time_after() -> None:
    stayed = make_rotation("p01", "aoi", "2023-01-02", "2023-06-30", now="host")
    assert pick(measure(RISE, stayed), FIRST, team="aoi").declined == "NOT_RETURNED"


def test_without_tickets_nothing_is_a_number_and_every_row_says_why() -> None:
    measures = measure([])
    assert {m.measure for m in measures} >= {SHARE, f"{SHARE}.never_senders", FIRST, f"{SHARE}.away"}
    assert f"{SHARE}.before_after" not in {m.measure for m in measures}
    told = [m for m in measures if m.claims or m.unit == "share"]
    assert {(m.value, m.low, m.high) for m in told} == {(None, None, None)}
    own = [m for m in measures if m.measure.startswith(SHARE)]
    assert {(m.declined, m.notes) for m in own} == {("NO_TICKETS", ("NO_TICKETS",))}


@pytest.mark.parametrize("teams", [(), ("kiri",), NEVER])
def test_without_two_never_senders_that_label_there_is_no_comparison(teams: Sequence[str]) -> None:
    tickets = [row for row in RISE if row["team"] in ("aoi", "kiri")]
    measures = measure([*tickets, *[ticket(None, AFTER, "sugi")] * 9], teams=teams)
    for row in (pick(measures, FIRST, team="aoi"), pick(measures, FIRST, team=None)):
        assert (row.value, row.declined, row.notes, row.compared) == (
            None,
            "NO_CONTROL",
            ("NO_CONTROL",),
            False,
        )


def test_teams_left_out_are_told_and_the_others_stay() -> None:
    other = make_rotation("p02", "kaede", "2023-01-02", "2023-06-30")
    measures = measure([*RISE, *[ticket(None, AFTER, "kaede")] * 5], STAY, other)
    assert pick(measures, FIRST, team="kaede").declined is not None
    whole = pick(measures, FIRST, team=None)
    assert (whole.value, whole.n, whole.missing) == (pytest.approx(0.2), 1, 1)
    raw = pick(measures, f"{SHARE}.before_after")
    assert (raw.value, raw.n, raw.missing) == (pytest.approx(0.3), 1, 1)


def test_where_no_team_is_left_the_programme_tells_their_reason_and_number() -> None:
    other = make_rotation("p02", "kaede", "2023-01-02", "2023-06-30")
    unlabelled = [ticket(None, day, team) for day in (BEFORE, AFTER) for team in ("aoi", "kaede")]
    never = [row for row in RISE if row["team"] in NEVER]
    row = pick(measure([*never, *unlabelled], STAY, other), FIRST, team=None)
    assert (row.n, row.missing, row.declined) == (0, 2, "TEAM_NOT_LABELLED")


def test_never_senders_that_do_not_label_are_not_counted_as_compared() -> None:
    tickets = [row for row in RISE if row["team"] != "matsu"] + [ticket(None, AFTER, "matsu")]
    row = pick(measure(tickets), FIRST, team=None)
    assert (row.value, row.notes[0]) == (pytest.approx(0.2), "COMPARED_WITH:2")


# --- invariants -----------------------------------------------------------------------------------------


@cache
def measure_in_order() -> list[Measure]:
    """What every other order is held against, measured once."""
    return measure([*RISE, *EIGHT_PROBLEMS])


@cache
def measure_rise() -> list[Measure]:
    """What the rise with more tickets is held against, measured once."""
    return measure(RISE)


@settings(max_examples=20, deadline=None)
@given(tickets=st.permutations([*RISE, *EIGHT_PROBLEMS]))
def test_the_order_of_tickets_changes_nothing(tickets: list[Row]) -> None:
    assert measure(tickets) == measure_in_order()


@settings(max_examples=20, deadline=None)
@given(
    bound=st.lists(st.tuples(st.sampled_from(["alone", "sre", None]), st.sampled_from([BEFORE, AFTER]))),
    between=st.lists(
        st.tuples(st.sampled_from(["alone", "sre", None]), st.sampled_from([DIP, "2023-07-20"]))
    ),
)
def test_permission_bound_tickets_and_days_of_no_comparison_change_no_difference(
    bound: list[tuple[str | None, str]], between: list[tuple[str | None, str]]
) -> None:
    more = [ticket(how, on, bound=True) for how, on in bound] + [ticket(how, on) for how, on in between]
    rows = [pick(measures, FIRST, team=None) for measures in (measure_rise(), measure([*RISE, *more]))]
    # one of the other ways counts the weeks right after the return as well
    found = [replace(row, flips=None, notes=row.notes[:2]) for row in rows]
    assert found[0] == found[1]


# --- what stands beside the claim, on literal tickets, sessions and stays: what could disturb it, and picture


BASELINE, BESIDE_DIP = "2022-08-01", "2022-11-01"
APRIL, JULY = "2022-04-01", "2022-07-01"
BESIDE_FIRST, LAST = "2022-04-01", "2025-03-30"
QUARTER, LEVEL = "impact.quarter.self_resolution", "organisation.self_resolution"


def solved_beside(k: int, n: int, on: str, team: str = "aoi", how: str | None = "sre") -> list[Row]:
    """So many tickets of a day, k of which the team solved itself."""
    return [{"how": "alone" if i < k else how, "day": on, "team": team} for i in range(n)]


def session(on: str, speaker: str | None, teams: str | None, number: int = 1) -> Row:
    return {"id": str(number), "day": on, "speaker": speaker, "teams": teams}


def measure_beside(programme: Programme, **tables: Any) -> list[Measure]:
    cohorts = make_cohorts(programme, **tables)
    outcome = read_self_resolution(cohorts)
    measures = (measure_threats, measure_timeline, measure_operating)
    return [row for each in measures for row in each(cohorts, outcome)]


def threats(*stays: Any, teams: tuple[str, ...] = NEVER, people: Any = None, **tables: Any) -> list[Measure]:
    more = {} if people is None else {"people": people}
    return measure_beside(make_programme(*(stays or (STAY,)), teams=teams, **more), **tables)


def quarters(*others: Any, teams: tuple[str, ...] = ("kiri", "sugi"), **tables: Any) -> list[Measure]:
    stay = make_rotation("p01", "aoi", "2022-02-07", "2022-08-05")
    rows = measure_beside(make_programme(stay, *others, teams=teams, as_of="2022-12-31"), **tables)
    return [row for row in rows if row.measure == QUARTER]


def years(tickets: list[Row]) -> list[Measure]:
    """The rows of the first and of the last year."""
    rows = threats(teams=("kiri", "sugi"), tickets=tickets)
    return [pick(rows, LEVEL, kind=kind) for kind in ("first_year", "last_year")]


STILL = [row for team in NEVER for on in (BASELINE, BESIDE_DIP) for row in solved_beside(10, 20, on, team)]
"""Never-senders that solve half of their problems before and after."""


# --- before leaving -------------------------------------------------------------------------------------


def test_dip_is_the_last_weeks_before_leaving_less_the_baseline_against_never_senders() -> None:
    other = make_rotation("p02", "ume", "2023-01-02", "2023-06-30")
    tickets = [*solved_beside(10, 20, BASELINE, "aoi"), *solved_beside(8, 20, BESIDE_DIP, "aoi")]
    tickets += [*solved_beside(12, 20, BASELINE, "ume"), *solved_beside(6, 10, BESIDE_DIP, "ume"), *STILL]
    row = pick(threats(STAY, other, tickets=tickets), "impact.anticipation")
    assert (row.value, row.n, row.missing) == (pytest.approx(-0.05), 2, 0)
    assert (row.claims, row.p, row.unit) == (False, None, "share_points")
    assert (row.cohort, row.team, row.counts) == (None, None, "teams")


def test_what_falls_everywhere_is_no_dip() -> None:
    teams = ("aoi", *NEVER)
    tickets = [
        t
        for team in teams
        for t in (*solved_beside(10, 20, BASELINE, team), *solved_beside(6, 20, BESIDE_DIP, team))
    ]
    row = pick(threats(tickets=tickets), "impact.anticipation")
    assert (row.value, row.n) == (pytest.approx(0), 1)
    nothing_beside = pick(threats(tickets=tickets, teams=()), "impact.anticipation")
    assert (nothing_beside.value, nothing_beside.declined) == (None, "NO_CONTROL")


def test_team_that_does_not_label_is_not_in_the_dip_and_counted() -> None:
    other = make_rotation("p02", "ume", "2023-01-02", "2023-06-30")
    tickets = [*solved_beside(10, 20, BASELINE, "aoi"), *solved_beside(8, 20, BESIDE_DIP, "aoi")]
    tickets += [
        *solved_beside(10, 20, BASELINE, "ume"),
        *({"how": None, "day": BESIDE_DIP, "team": "ume"} for _ in range(9)),
        *STILL,
    ]
    row = pick(threats(STAY, other, tickets=tickets), "impact.anticipation")
    assert (row.value, row.n, row.missing) == (pytest.approx(-0.1), 1, 1)
    alone = pick(threats(other, tickets=tickets), "impact.anticipation")
    assert (alone.value, alone.declined) == (None, "TEAM_NOT_LABELLED")


def test_dip_without_tickets_says_so() -> None:
    assert pick(threats(), "impact.anticipation").declined == "NO_TICKETS"
    started_with_data = make_rotation("p01", "aoi", "2022-01-05", "2022-06-30")
    programme = make_programme(started_with_data, teams=NEVER, data_start="2022-01-03")
    rows = measure_beside(programme, tickets=solved_beside(1, 2, "2022-03-01"))
    assert pick(rows, "impact.anticipation").declined == "NO_BASELINE"


# --- what reaches never-senders -------------------------------------------------------------------------


def test_never_senders_at_sessions_of_participants_are_counted_once_each() -> None:
    sessions = [
        session("2023-03-01", "見本 p01", "kiri、aoi、kiri", 1),
        session("2024-03-01", "見本 p01", "kiri、sugi", 2),  # back home by then
        session("2022-12-01", "見本 p01", "matsu", 3),  # not yet a participant
        session("2023-03-02", "見本 だれか", "matsu", 4),
        session("2023-03-03", "見本 p01", None, 5),
    ]
    row = pick(threats(study_sessions=sessions), "impact.contamination", kind="sessions")
    assert (row.value, row.n, row.missing, row.unit) == (2.0, 3, 1, "teams")
    assert row.notes == ("SESSIONS_GIVEN:3",)


@pytest.mark.parametrize(
    ("sessions", "declined"),
    [
        ([], "NO_SESSIONS"),
        ([session("2023-03-01", None, "kiri")], "NO_SPEAKERS"),
        ([session("2023-03-01", "見本 だれか", "kiri")], "NO_SPEAKERS"),
        ([session("2023-03-01", "見本 p01", None)], "NO_ATTENDANCE"),
    ],
)
def test_sessions_that_do_not_tell_are_no_zero(sessions: list[Row], declined: str) -> None:
    row = pick(threats(study_sessions=sessions), "impact.contamination", kind="sessions")
    assert (row.value, row.declined) == (None, declined)


def test_session_of_a_participant_without_a_never_sender_is_a_zero() -> None:
    rows = threats(study_sessions=[session("2023-03-01", "見本 p01", "aoi、知らない会")])
    row = pick(rows, "impact.contamination", kind="sessions")
    assert (row.value, row.n, row.missing, row.declined) == (0.0, 3, 0, None)
    nobody_left = threats(teams=(), study_sessions=[session("2023-03-01", "見本 p01", "aoi")])
    assert pick(nobody_left, "impact.contamination", kind="sessions").declined == "NO_NEVER_SENDER"


def test_sessions_name_the_teams_that_came_by_id_in_their_order() -> None:
    programme = make_programme(STAY, teams=NEVER)
    sessions = [
        session("2023-03-01", "見本 p01", "sugi / kiri、sugi", 1),
        session("2023-03-02", None, "だれか", 2),
        session("2023-03-03", None, None, 3),
    ]
    table = list_sessions(make_cohorts(programme, study_sessions=sessions))
    assert table["came"].tolist() == [("sugi", "kiri"), (), None]
    assert table["by_participant"].tolist() == [True, False, False]
    assert list_sessions(make_cohorts(programme)).empty


# --- who moved ------------------------------------------------------------------------------------------


def test_graduates_in_other_teams_are_counted_unless_that_team_sends_itself() -> None:
    ended = {"start": "2023-01-02", "end": "2023-06-30"}
    stays = [
        make_rotation("p01", "aoi", **ended),
        make_rotation("p02", "ume", **ended, now="elsewhere"),  # to kiri, which never sent anyone
        make_rotation("p03", "ume", **ended, now="elsewhere"),  # to aoi, which did
        make_rotation("p04", "ume", **ended, now="elsewhere"),  # the roster has the old team still
        make_rotation("p05", "ume", **ended, now="left"),
        make_rotation("p06", "aoi", "2024-10-01"),
    ]
    teams = {"p01": "aoi", "p02": "kiri", "p03": "aoi", "p04": "ume", "p05": "ume", "p06": "aoi"}
    people = tuple(Person(id=id_, name=f"見本 {id_}", team=team) for id_, team in teams.items())
    row = pick(threats(*stays, people=people), "impact.contamination", kind="moved")
    assert (row.value, row.n, row.missing, row.unit) == (2.0, 5, 1, "persons")
    assert (row.people, row.person, row.counts) == ((), None, "records")


def test_nobody_has_moved_before_anybody_has_finished() -> None:
    row = pick(threats(make_rotation("p01", "aoi", "2024-10-01")), "impact.contamination", kind="moved")
    assert row.declined == "NOBODY_FINISHED"


# --- quarter by quarter ------------------------------------------------------------------------------------


def test_each_quarter_has_a_share_of_senders_and_of_never_senders() -> None:
    records = [
        *solved_beside(3, 10, "2022-04-01", "aoi"),
        *solved_beside(5, 10, "2022-06-30", "aoi"),
        *solved_beside(9, 10, "2022-07-01", "aoi"),
        *solved_beside(2, 10, "2022-05-01", "kiri"),
        *solved_beside(6, 10, "2022-05-01", "sugi"),
    ]
    rows = quarters(tickets=records)
    spring = pick(rows, QUARTER, kind="sender", label=APRIL)
    assert (spring.value, spring.n, spring.missing) == (pytest.approx(0.4), 20, 0)
    assert (spring.cohort, spring.team, spring.unit, spring.counts) == (None, None, "share", "records")
    assert spring.low < 0.4 < spring.high
    assert pick(rows, QUARTER, kind="sender", label=JULY).value == pytest.approx(0.9)
    assert pick(rows, QUARTER, kind="never", label=APRIL).value == pytest.approx(0.4)
    none = pick(rows, QUARTER, kind="never", label=JULY)
    assert (none.value, none.declined) == (None, "NO_TICKETS")
    assert {row.label for row in rows} == {APRIL, JULY, "2022-10-01"}
    assert not [row for row in rows if row.claims]


def test_team_that_stops_labelling_is_left_out_and_its_tickets_are_missing() -> None:
    records = [
        *solved_beside(4, 10, "2022-05-01", "kiri"),
        *solved_beside(8, 8, "2022-05-01", "sugi"),
        *solved_beside(0, 7, "2022-05-02", "sugi", None),
        *solved_beside(0, 2, "2022-05-02", "kiri", None),
        *solved_beside(0, 3, "2022-08-02", "sugi", None),
    ]
    rows = quarters(tickets=records)
    row = pick(rows, QUARTER, kind="never", label=APRIL)
    assert (row.value, row.n, row.missing) == (pytest.approx(0.4), 10, 2 + 15)
    later = pick(rows, QUARTER, kind="never", label=JULY)
    assert (later.value, later.n, later.missing, later.declined) == (None, 0, 3, "TEAM_NOT_LABELLED")


def test_a_team_that_a_member_of_the_host_team_went_to_is_in_neither_group() -> None:
    helper = make_rotation("s1", "sre", "2022-02-07", "2022-08-05", host_team="ume", direction="sre_to_dev")
    log = [*solved_beside(2, 5, "2022-04-04", "aoi"), *solved_beside(5, 50, "2022-04-04", "ume")]
    rows = quarters(helper, teams=("kiri", "sugi", "ume"), tickets=log)
    assert pick(rows, QUARTER, kind="sender", label=APRIL).n == 5
    assert pick(rows, QUARTER, kind="never", label=APRIL).n == 0


def test_without_records_or_without_never_senders_there_are_no_such_rows() -> None:
    assert quarters() == []
    assert {
        row.kind for row in quarters(teams=(), requests=[{"id": "1", "team": "kiri", "day": "2022-05-10"}])
    } == {"sender"}


# --- the first and the last year --------------------------------------------------------------------------


def test_level_is_that_of_all_home_teams_in_the_first_and_the_last_year() -> None:
    records = [*solved_beside(2, 10, BESIDE_FIRST), *solved_beside(6, 10, "2023-03-30", "kiri")]
    records += [
        *solved_beside(9, 9, "2023-03-31"),
        *solved_beside(9, 9, "2024-03-31", "kiri"),
    ]  # between the years
    records += [
        *solved_beside(7, 10, "2024-04-01"),
        *solved_beside(8, 10, LAST, "kiri"),
        *solved_beside(5, 5, LAST, "sre"),
    ]
    first, last = years(records)
    assert (first.value, first.n, first.missing) == (pytest.approx(0.4), 20, 0)
    assert (last.value, last.n, last.missing) == (pytest.approx(0.75), 20, 0)
    assert last.low < 0.75 < last.high
    assert (last.cohort, last.team, last.counts, last.claims) == (None, None, "records", False)


def test_team_that_tells_in_one_of_the_years_alone_is_left_out_of_both() -> None:
    records = [
        *solved_beside(2, 10, BESIDE_FIRST),
        *solved_beside(6, 10, BESIDE_FIRST, "kiri"),
        *solved_beside(3, 3, BESIDE_FIRST, "sugi"),
    ]
    records += [*solved_beside(7, 10, LAST), *solved_beside(0, 4, LAST, "kiri", None)]
    first, last = years(records)
    assert (first.value, first.n, first.missing) == (pytest.approx(0.2), 10, 13)
    assert (last.value, last.n, last.missing) == (pytest.approx(0.7), 10, 4)


def test_records_of_less_than_two_years_have_no_two_years() -> None:
    records = [
        *solved_beside(2, 10, BESIDE_FIRST),
        *solved_beside(2, 10, "2024-03-27"),
    ]  # a day short of 104 weeks
    assert [row.declined for row in years(records)] == ["UNDER_TWO_YEARS"] * 2
    assert [row.declined for row in years([*records, *solved_beside(2, 10, "2024-03-28")])] == [None] * 2


def test_level_without_records_says_which_are_missing() -> None:
    assert [row.declined for row in years([])] == ["NO_TICKETS"] * 2
    unlabelled = [*solved_beside(0, 3, BESIDE_FIRST, how=None), *solved_beside(0, 3, LAST, how=None)]
    assert [(row.declined, row.missing) for row in years(unlabelled)] == [("TEAM_NOT_LABELLED", 3)] * 2
