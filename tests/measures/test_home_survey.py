"""What home teams say of themselves, by hand: which rounds belong together, the change, who is hidden."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pandas as pd
import pytest

from rotation_analysis.cohorts.cohort import Cohorts
from rotation_analysis.disclosure.gate import publish
from rotation_analysis.disclosure.publications import Edition
from rotation_analysis.measure_row import Measure
from rotation_analysis.measures.parties.home_survey import measure_home_cover, measure_self_solving
from rotation_analysis.programme.model import DisclosurePolicy, Programme, Rotation
from rotation_analysis.statistics.verdicts import judge_all
from tests.builders import COVERAGE_COLUMNS, make_cohorts, make_programme, make_rotation, pick

LEVEL, BY_TEAM, CHANGE = (
    "impact.self_solving",
    "impact.self_solving.by_team",
    "impact.self_solving.first_graduate",
)
BEFORE, AWAY, AFTER, FIRST, LAST = "sender_before", "sender_away", "sender_after", "never_first", "never_last"
Row = dict[str, Any]
STAYS = (
    make_rotation("p01", "aoi", "2023-04-03", "2023-09-29"),
    make_rotation("p02", "kaede", "2023-04-03", "2023-09-29"),
)
NEVER = ("kuri", "ume")


def answers(team: str | None, on: str, *levels: int | None, question: str = "hm_selfsolve") -> list[Row]:
    """One form a level; None: received, "cannot say"."""
    fixed = {"instrument": "home", "rater": "home", "question": question, "team": team, "day": on}
    return [
        {
            **fixed,
            "level": level,
            "scale": None if level is None else "scale5",
            "state": "not_applicable" if level is None else "answered",
        }
        for level in levels
    ]


def declare(
    *stays: Rotation, sizes: Mapping[str, int] | None = None, never: Sequence[str] = NEVER
) -> Programme:
    programme = make_programme(*(stays or STAYS), teams=never)
    teams = tuple(team.model_copy(update={"size": (sizes or {}).get(team.id)}) for team in programme.teams)
    return programme.model_copy(update={"teams": teams})


def measure(*given: list[Row], programme: Programme | None = None) -> list[Measure]:
    rows = [row for each in given for row in each]
    return list(measure_self_solving(make_cohorts(programme or declare(), responses=rows)))


FORMS = (
    answers("aoi", "2023-03-06", 2, 3),
    answers("aoi", "2023-06-05", 1),
    answers("aoi", "2023-10-02", 4, 4),  # the first week back is after
    answers("aoi", "2024-03-04", 5),
    answers("kaede", "2023-03-06", 3),
    answers("kaede", "2024-03-04", 4, None),
    answers("kuri", "2023-03-06", 3, 3),
    answers("kuri", "2023-10-02", 1),  # neither first nor last
    answers("kuri", "2024-03-04", 4),
    answers("ume", "2023-03-06", 2),
    answers("ume", "2024-03-04", 2),
)


def test_rounds_are_sorted_by_the_day_and_teams_count_alike() -> None:
    rows = measure(*FORMS)
    told = {kind: (row.value, row.n, row.missing) for kind in (BEFORE, AWAY, AFTER, FIRST, LAST) for row in
            [pick(rows, LEVEL, kind=kind)]}  # fmt: skip
    assert told == {
        BEFORE: (2.75, 3, 0),  # (2.5 + 3) / 2
        AWAY: (1.0, 1, 0),
        AFTER: (4.25, 4, 1),  # ((4 + 5) / 2 + 4) / 2
        FIRST: (2.5, 3, 0),
        LAST: (3.0, 2, 0),
    }
    assert pick(rows, LEVEL, kind=AFTER).unit == "survey_level"


def test_the_change_is_that_of_senders_less_that_of_never_senders() -> None:
    row = pick(measure(*FORMS), CHANGE)
    # aoi 4.5 - 2.5 in 287 days, kaede 4 - 3 in 364: 1.5 in 325.5; kuri 4 - 3, ume 0: 0.5 in 364
    assert (row.n, row.missing, row.low) == (2, 0, None)
    assert row.value == pytest.approx(1.5 - 0.5 * 325.5 / 364)
    assert row.notes == ("COMPARED_ROUNDS:2:46", "FEW_TEAMS")
    assert (row.claims, row.compared, row.unit) == (True, True, "levels")
    assert row.first_outcome == date(2023, 10, 1)  # the month in which aoi answered after a return


def test_what_goes_on_everywhere_is_no_difference_however_long_never_senders_are_watched() -> None:
    """Everybody rises by a level a year: senders in 39 weeks, never-senders in 104."""
    year = 364
    forms = [
        answers("aoi", "2023-03-06", 2),
        answers("aoi", "2023-12-04", 3),
        answers("aoi", "2023-12-04", 2),
    ]
    forms += [
        form
        for team in ("kuri", "ume")
        for form in (answers(team, "2023-03-06", 1), answers(team, "2025-03-03", 3))
    ]
    row = pick(measure(*forms), CHANGE)
    assert row.value == pytest.approx(0.5 - 273 / year)


def test_the_change_rests_on_k_people_on_each_side_at_each_time() -> None:
    forms = [answers(team, on, *[3] * 6) for team in ("aoi", "kuri") for on in ("2023-03-06", "2024-03-04")]
    assert len(set(pick(measure(*forms), CHANGE).people)) == 6
    forms[1] = answers("aoi", "2024-03-04", 4, 4)
    assert len(set(pick(measure(*forms), CHANGE).people)) == 2


def test_whoever_answered_is_somebody_where_the_roster_has_nobody_left_to_ask() -> None:
    rows = measure(answers("aoi", "2023-06-05", 1), programme=declare(sizes={"aoi": 1}))
    assert pick(rows, BY_TEAM, team="aoi", kind=AWAY).people == ("home-aoi-1",)


def test_four_teams_of_each_have_an_interval() -> None:
    stays = [make_rotation(f"p{n}", f"s{n}", "2023-04-03", "2023-09-29") for n in range(4)]
    programme = declare(*stays, never=[f"n{n}" for n in range(4)])
    forms = [answers(f"{side}{n}", "2023-03-06", 2) for side in "sn" for n in range(4)]
    forms += [answers(f"s{n}", "2023-12-04", level) for n, level in enumerate((3, 4, 5, 4))]
    forms += [answers(f"n{n}", "2023-12-04", level) for n, level in enumerate((2, 3, 2, 3))]
    row = pick(measure(*forms, programme=programme), CHANGE)
    # changes 1 2 3 2 and 0 1 0 1: 1.5, variances 2/3 and 1/3, df 5.4
    assert (row.value, row.n) == (1.5, 4)
    assert (row.low, row.high) == (pytest.approx(0.243, abs=0.001), pytest.approx(2.757, abs=0.001))
    assert row.p == pytest.approx(0.0275, abs=0.0005)


def test_a_departure_or_the_graduate_s_leaving_ends_the_time_after() -> None:
    second = make_rotation("p03", "aoi", "2024-02-01", "2024-07-31", cohort="2")
    left = make_rotation(
        "p02", "kaede", "2023-04-03", "2023-09-29", now="left", now_since=pd.Timestamp("2024-01-31")
    )
    rows = measure(
        answers("aoi", "2023-10-02", 3),
        answers("aoi", "2024-02-05", 5),  # the second is away: in no kind
        answers("aoi", "2024-09-02", 5),
        answers("kaede", "2023-10-02", 4),
        answers("kaede", "2024-03-04", 1),  # without the graduate
        programme=declare(STAYS[0], left, second),
    )
    assert (pick(rows, LEVEL, kind=AFTER).value, pick(rows, LEVEL, kind=AFTER).n) == (3.5, 2)
    assert pick(rows, LEVEL, kind=AWAY).n == 0


def test_who_stayed_with_the_host_team_leaves_no_time_after() -> None:
    stayed = make_rotation("p01", "aoi", "2023-04-03", "2023-09-29", now="host")
    rows = measure(
        answers("aoi", "2023-03-06", 3), answers("aoi", "2023-12-04", 5), programme=declare(stayed)
    )
    assert pick(rows, BY_TEAM, team="aoi", kind=AFTER).declined == "NOT_RETURNED"
    assert pick(rows, CHANGE).declined == "NOT_RETURNED"


def test_what_did_not_come_back_is_missing_where_the_size_is_declared() -> None:
    programme = declare(sizes={"aoi": 5, "kuri": 4})
    rows = measure(
        answers("aoi", "2023-03-06", 2, None),
        answers("aoi", "2023-06-05", 2, 2),  # one of five is away
        answers("kuri", "2023-03-06", 2),
        answers("ume", "2023-03-06", 2, None),
        programme=programme,
    )
    assert (pick(rows, LEVEL, kind=BEFORE).n, pick(rows, LEVEL, kind=BEFORE).missing) == (1, 4)
    assert pick(rows, LEVEL, kind=AWAY).missing == 2
    assert pick(rows, LEVEL, kind=BEFORE).notes[0] == "ASKED_BY_SIZE"
    assert (pick(rows, LEVEL, kind=FIRST).missing, pick(rows, LEVEL, kind=FIRST).notes[0]) == (
        4,  # three of kuri's four, one form of ume's
        "ASKED_UNKNOWN:1:2",
    )


def test_somebody_to_ask_is_told_in_the_same_kinds() -> None:
    rows = measure(answers("aoi", "2023-03-06", 2, 4, question="hm_ask"))
    assert pick(rows, "impact.survey_ask", kind=BEFORE).value == 3.0
    assert pick(rows, LEVEL, kind=BEFORE).declined == "NO_SURVEY"
    assert not [row for row in rows if row.measure == BY_TEAM]


@pytest.mark.parametrize(
    ("forms", "programme", "kind", "why", "why_change"),
    [
        ((), declare(), BEFORE, "NO_SURVEY", "NO_SURVEY"),
        ((answers(None, "2023-03-06", 3),), declare(), BEFORE, "NO_TEAMS_TOLD", "NO_TEAMS_TOLD"),
        ((answers("aoi", "2023-03-06", 3),), declare(), AFTER, "NO_ROUND_THEN", "NO_ROUND_THEN"),
        ((answers("aoi", "2023-03-06", 3),), declare(never=()), FIRST, "NO_NEVER_SENDER", "NO_ROUND_THEN"),
        (FORMS[:4], declare(never=()), LAST, "NO_NEVER_SENDER", "NO_NEVER_SENDER"),
        (FORMS[:7], declare(), LAST, "NO_ROUND_THEN", "ONE_ROUND"),
    ],
)
def test_what_cannot_be_told_says_why(
    forms: Sequence[list[Row]], programme: Programme, kind: str, why: str, why_change: str
) -> None:
    rows = measure(*forms, programme=programme)
    assert pick(rows, LEVEL, kind=kind).declined == why
    assert pick(rows, CHANGE).declined == why_change


def test_a_programme_in_which_nobody_was_sent_says_so() -> None:
    programme = make_programme(teams=NEVER)
    rows = measure(answers("kuri", "2023-03-06", 3), programme=programme)
    assert pick(rows, LEVEL, kind=BEFORE).declined == "NOBODY_SENT"
    assert pick(rows, CHANGE).declined == "NOBODY_SENT"


def test_which_rows_there_are_depends_on_the_stays_and_not_on_the_answers() -> None:
    few, many = measure(*FORMS), measure(*FORMS[:1])
    assert [(r.measure, r.team, r.kind) for r in few] == [(r.measure, r.team, r.kind) for r in many]


# --- who is hidden -----------------------------------------------------------------------------------------


def shown(rows: list[Measure], programme: Programme) -> dict[tuple[str, str], float | None]:
    facts = {"programme_sha256": "0", "as_of": "2025-03-31"}
    judged = judge_all(rows, programme.plan, programme.first_ends)
    found = publish(judged, Edition(audience="owner"), DisclosurePolicy(), (), facts=facts).rows(BY_TEAM)
    return {
        (row.team, row.kind): None if row.verdict == "hidden" or pd.isna(row.value) else row.value
        for row in found.itertuples()
    }


def test_a_small_team_is_hidden_and_another_with_it_where_the_rest_would_tell_it() -> None:
    forms = [
        answers("kuri", "2023-03-06", *[3] * 6),
        answers("matsu", "2023-03-06", *[3] * 5),
        answers("sugi", "2023-03-06", *[3] * 7),
        answers("ume", "2023-03-06", 5, 5),  # hidden: under five people
    ]
    programme = declare(never=("kuri", "matsu", "sugi", "ume"))
    rows = measure(*forms, programme=programme)
    assert pick(rows, LEVEL, kind=FIRST).value == 3.5
    found = shown(rows, programme)
    # all answers less those of three teams shown are ume's; with matsu hidden, too, the rest is of seven
    assert {team: found[team, FIRST] for team in ("kuri", "matsu", "sugi", "ume")} == {
        "kuri": 6,
        "matsu": None,
        "sugi": 7,
        "ume": None,
    }


def test_small_teams_that_are_many_together_hide_nobody_else() -> None:
    forms = [
        answers("kuri", "2023-03-06", *[3] * 6),
        answers("sugi", "2023-03-06", 1, 2, 3),
        answers("ume", "2023-03-06", 5, 5),
    ]
    programme = declare(never=("kuri", "sugi", "ume"))
    found = shown(measure(*forms, programme=programme), programme)
    assert [found[team, FIRST] for team in ("kuri", "sugi", "ume")] == [6, None, None]


# --- what the home team pays, on literal answers ----------------------------------------------------------


TEAMS = {"p01": "aoi", "p02": "kaede", "p03": "aoi", "p04": "sakura"}
COHORTS = {"p01": "1", "p02": "1", "p03": "2", "p04": "2"}
COVER, DELAY, BUS = "home.cover", "home.delay_within_plan", "home.bus_factor_away"


def cover(month: str, level: int | None, **other: Any) -> Row:
    fixed = {"instrument": "home", "rater": "home", "question": "hm_cover", "day": f"{month}-10"}
    return {**fixed, "state": "answered", "level": level, "scale": "scale5", **other}


def delay(person: str, level: int | None, on: str = "2023-03-10", **other: Any) -> Row:
    fixed = {"instrument": "manager", "rater": "manager", "question": "mg_cost", "person": person}
    told = {"state": "answered", "level": level, "scale": "scale5"}
    return {**fixed, "cohort": COHORTS[person], "day": on, **told, **other}


def lay_out(answers: Sequence[Row], status: dict[str, str]) -> Cohorts:
    stays = [
        make_rotation(person, team, "2023-01-02", "2023-06-30", cohort=COHORTS[person])
        for person, team in TEAMS.items()
    ]
    cohorts = make_cohorts(make_programme(*stays, teams=["ume"]), responses=answers)
    columns = [*COVERAGE_COLUMNS[:4], "instrument", "status"]
    rows = [(p, COHORTS[p], "manager", "middle", "manager", state) for p, state in status.items()]
    return replace(cohorts, coverage=pd.DataFrame(rows, columns=columns).assign(comparable=True))


def measure_cover(answers: Sequence[Row] = (), status: dict[str, str] | None = None) -> list[Measure]:
    return list(measure_home_cover(lay_out(answers, status or {})))


def test_cover_strain_is_the_share_that_does_not_agree_month_by_month() -> None:
    answers = [cover("2023-02", level) for level in (1, 2, 3, 5)] + [cover("2023-04", 5)]
    blank = cover("2023-04", None, state="not_applicable", scale=None)
    row = pick(measure_cover([*answers, blank]), COVER)
    assert (row.value, row.n, row.missing, row.cohort) == (0.25, 5, 1, None)
    assert row.notes == ("ROUNDS:2:2", "ASKED_UNKNOWN:2:2", "FEW_ROUNDS")
    assert row.people == ("home-1", "home-2", "home-3", "home-4")


def test_where_the_form_asks_the_team_teams_count_alike_from_their_first_departure_on() -> None:
    answers = [
        cover("2022-11", 1, team="aoi"),  # nobody is away yet
        *(cover("2023-02", level, team="aoi") for level in (1, 5)),
        *(cover("2023-04", level, team="aoi") for level in (5, 5)),
        cover("2023-02", 2, team="kaede"),
        cover("2023-02", 1, team="ume"),  # sends nobody: has no absence to cope with
        cover("2023-02", 1),  # of no known team
    ]
    row = pick(measure_cover(answers), COVER)
    assert (row.value, row.n, row.method) == (0.625, 5, "share_of_teams_t")  # (0.25 + 1) / 2
    assert row.missing == 1
    assert row.notes == ("ROUNDS:3:3", "ASKED_UNKNOWN:4:4", "FEW_TEAMS")
    assert row.people == ("home-aoi-1", "home-aoi-2", "home-kaede-1")


def test_what_did_not_come_back_is_missing_by_the_team_s_size_without_those_away() -> None:
    given = lay_out([cover("2023-02", 4, team="kaede"), cover("2023-08", 4, team="kaede")], {})
    sized = tuple(
        team.model_copy(update={"size": 4}) if team.id == "kaede" else team for team in given.programme.teams
    )
    cohorts = replace(given, programme=given.programme.model_copy(update={"teams": sized}))
    row = pick(list(measure_home_cover(cohorts)), COVER)
    assert (row.n, row.missing) == (2, 2 + 3)  # p02 is away until the end of June
    assert "ASKED_BY_SIZE" in row.notes


def test_forms_that_came_too_early_or_blank_tell_nothing_and_say_why() -> None:
    assert pick(measure_cover([cover("2022-11", 1, team="aoi")]), COVER).declined == "NO_ROUND_THEN"
    blank = cover("2023-02", None, team="aoi", state="blank", scale=None)
    assert pick(measure_cover([blank]), COVER).declined == "ROUND_UNANSWERED"


def test_who_would_send_somebody_again_are_those_who_agree_in_all_teams() -> None:
    answers = [
        cover("2022-11", level, team=team, question="hm_sendagain")
        for team, level in (("aoi", 4), ("aoi", 3), ("ume", 5), ("sakura", 1), ("kaede", 2))
    ]
    row = pick(measure_cover(answers), "home.send_again")
    assert (row.value, row.n) == (0.375, 5)  # teams: 0.5, 1, 0, 0
    assert (row.low, row.high) == (0.0, 1.0)  # 0.375 ± 3.182 · 0.479 / 2, cut where no share can be


def test_without_the_home_team_s_survey_cover_is_not_known() -> None:
    assert pick(measure_cover(), COVER).declined == "NO_SURVEY"


def test_a_delay_within_plan_is_told_by_each_manager_s_latest_answer() -> None:
    answers = [
        delay("p01", 2),
        delay("p01", 4, "2023-06-25"),
        delay("p02", 3),
        delay("p03", 5),
        delay("p03", 1, scale="own", on="2023-06-25"),
    ]
    rows = measure_cover(answers, {"p01": "answered", "p02": "answered", "p03": "answered", "p04": "missing"})
    row = pick(rows, DELAY, cohort=None)
    assert (row.n, row.missing, row.value) == (3, 1, pytest.approx(2 / 3))
    assert row.low == pytest.approx(0.2077, abs=0.0001)  # Wilson, 2 of 3
    assert pick(rows, DELAY, cohort="1").value == 0.5


def test_one_manager_of_two_participants_is_one_person() -> None:
    rows = measure_cover([delay("p01", 4), delay("p03", 4), delay("p04", 2)])
    assert pick(rows, DELAY, cohort=None).people == ("manager-aoi", "manager-sakura")


def test_why_no_manager_told_is_the_state_of_their_survey() -> None:
    rows = measure_cover([delay("p03", 4)], {"p01": "missing", "p02": "missing", "p03": "answered"})
    assert pick(rows, DELAY, cohort="1").declined == "WAVE_MISSING"
    assert pick(measure_cover(), DELAY, cohort="1").declined == "NO_SURVEY"
