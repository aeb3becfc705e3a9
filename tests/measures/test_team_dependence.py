"""Requests per engineer by team: who was counted, over which days, and when it cannot be told."""

from __future__ import annotations

from typing import Any

from rotation_analysis.measures.workload.request_mix import measure_team_dependence
from rotation_analysis.programme.model import Team
from tests.builders import day, make_cohorts, make_programme, make_rotation, pick

TEAMS = (
    Team(id="sre", ja="sre", en="sre", size=7),
    Team(id="aoi", ja="aoi", en="aoi", size=8),
    Team(id="ume", ja="ume", en="ume", size=4),
    Team(id="kuri", ja="kuri", en="kuri"),
)


def ask(team: str, day: str, kind: str | None = "work", **other: Any) -> dict[str, Any]:
    return {"id": f"{team}{day}{kind}{other}", "team": team, "day": day, "kind": kind, **other}


EARLY, LATE = ask("aoi", "2024-01-08", "consult"), ask("aoi", "2025-03-28", "consult")


def measure(*requests: dict[str, Any]) -> list[Any]:
    programme = make_programme(make_rotation("p1", "aoi", "2024-01-08", "2024-06-28"), teams=("ume", "kuri"))
    cohorts = make_cohorts(programme.model_copy(update={"teams": TEAMS}), requests=requests)
    return list(measure_team_dependence(cohorts))


def test_work_of_the_last_half_year_is_divided_by_the_team_s_engineers() -> None:
    rows = measure(
        EARLY,
        LATE,
        ask("ume", "2024-09-30"),  # the day before the 26 weeks
        ask("ume", "2024-10-01"),
        ask("ume", "2025-03-31"),
        ask("ume", "2025-02-03"),
        ask("ume", "2025-02-04", permission_bound=True),
        ask("ume", "2025-02-05", None),
    )
    row = pick(rows, "team.dependence", team="ume")
    assert (row.value, row.n, row.missing, row.kind) == (0.75, 3, 1, "never_sent")
    assert pick(rows, "team.dependence", team="aoi").kind == "sent"
    assert {row.team for row in rows} == {"aoi", "ume", "kuri"}


def test_a_team_younger_than_the_half_year_is_not_compared_and_one_to_come_not_listed() -> None:
    programme = make_programme(make_rotation("p1", "aoi", "2024-01-08", "2024-06-28"))
    young = [
        Team(id="new", ja="new", en="new", size=4, valid_from=day("2025-03-03")),
        Team(id="next", ja="next", en="next", size=4, valid_from=day("2025-04-01")),
    ]
    programme = programme.model_copy(update={"teams": (*TEAMS, *young)})
    asked = [EARLY, LATE, ask("new", "2025-03-10")]
    rows = list(measure_team_dependence(make_cohorts(programme, requests=asked)))
    assert pick(rows, "team.dependence", team="new").declined == "WINDOW_TOO_SHORT"
    assert "next" not in {row.team for row in rows}


def test_a_team_without_a_size_is_not_measurable() -> None:
    row = pick(measure(EARLY, LATE, ask("kuri", "2025-02-03")), "team.dependence", team="kuri")
    assert (row.value, row.declined) == (None, "NO_TEAM_SIZE")


def test_days_that_no_record_covers_are_unknown_and_not_zero() -> None:
    rows = measure(ask("ume", "2024-01-08"), ask("ume", "2024-12-02"))
    assert {row.declined for row in rows} == {"NO_REQUESTS"}


def test_a_team_whose_kinds_are_mostly_missing_is_not_measurable() -> None:
    rows = measure(
        EARLY, LATE, ask("ume", "2025-02-03", None), ask("ume", "2025-02-04", None), ask("ume", "2025-02-05")
    )
    assert pick(rows, "team.dependence", team="ume").declined == "KIND_NOT_LABELLED"
