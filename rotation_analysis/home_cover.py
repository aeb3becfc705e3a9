"""What a stay costs the home team: does it cope, was the delay planned for, who could stand in."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from .cohort import Cohorts
from .estimates import estimate_share
from .measures import Measure, commonest
from .rounds import estimate_rounds, list_anonymous, name_people

HOME, MANAGER = "home", "manager"
COVER, DELAY = "hm_cover", "mg_cost"
AGREEMENT_SCALE = "scale5"
AGREES_FROM, DISAGREES_UP_TO = 4, 2


def measure_home_cover(cohorts: Cohorts) -> Iterator[Measure]:
    """The share that says the team does not cope, the share of delays within plan, the bus factor."""
    yield _measure_cover(cohorts)
    for cohort in (None, *cohorts.programme.cohorts):
        yield _measure_delay(cohorts, cohort)
    yield _decline_bus_factor()


def _measure_cover(cohorts: Cohorts) -> Measure:
    """Of those at home who could tell, the share that does not agree that the team copes.

    The form asks nobody's team, so there is no row of a cohort.  The share of each month, averaged: the same
    people answer from round to round.
    """
    given = list_anonymous(cohorts, HOME, COVER)
    given = given[given["scale"].eq(AGREEMENT_SCALE) & given["level"].notna()]
    strained = given["level"].le(DISAGREES_UP_TO).astype(float)
    by_round = strained.groupby(given["month"])
    blank = cohorts.tables["responses"]
    blank = blank[blank["instrument"].eq(HOME) & blank["question"].eq(COVER) & blank["state"].ne("answered")]
    row = Measure(
        measure="home.cover",
        unit="share",
        method="share_of_rounds_t",
        counts="persons",
        n=len(given),
        missing=len(blank),
        people=name_people(HOME, by_round.size()),
        notes=(f"ROUNDS:{by_round.ngroups}:{by_round.ngroups}",),
    )
    if given.empty:
        return row.unless("NO_SURVEY")
    return row.estimated(estimate_rounds(by_round.mean().tolist(), high=1.0))


def _measure_delay(cohorts: Cohorts, cohort: str | None) -> Measure:
    """The share of participants whose manager agrees that the delay was within plan; the latest answer holds.

    A manager may answer for several participants of the team, so the people behind it are the home teams.
    """
    told = _list_told(cohorts, cohort)
    due = _list_due(cohorts, cohort)
    stays = {(stay.person, stay.cohort): stay.home_team for stay in cohorts.programme.rotations}
    teams = {stays.get(key, "") for key in told.index}
    row = Measure(
        measure="home.delay_within_plan",
        unit="share",
        method="share_wilson",
        counts="persons",
        cohort=cohort,
        n=len(told),
        missing=len(due - set(told.index)),
        people=tuple(sorted(f"{MANAGER}-{team}" for team in teams)),
    )
    if told.empty:
        return row.unless(_why_nobody(cohorts, cohort))
    return row.estimated(estimate_share(int(told.ge(AGREES_FROM).sum()), len(told)))


def _list_told(cohorts: Cohorts, cohort: str | None) -> pd.Series:
    """The latest level by stay (person, cohort)."""
    responses = cohorts.tables["responses"]
    rows = responses[
        responses["instrument"].eq(MANAGER)
        & responses["question"].eq(DELAY)
        & responses["state"].eq("answered")
        & responses["scale"].eq(AGREEMENT_SCALE)
        & responses["level"].notna()
        & responses["person"].notna()
    ]
    rows = rows if cohort is None else rows[rows["cohort"].eq(cohort)]
    latest = rows.sort_values("day", kind="stable").drop_duplicates(["person", "cohort"], keep="last")
    return latest.set_index(["person", "cohort"])["level"]


def _list_due(cohorts: Cohorts, cohort: str | None) -> set[tuple[str, str]]:
    """The stays whose manager answered or should have."""
    asked = _list_asked(cohorts, cohort)
    asked = asked[asked["status"].isin(["answered", "missing"])]
    return set(zip(asked["person"], asked["cohort"], strict=True))


def _list_asked(cohorts: Cohorts, cohort: str | None) -> pd.DataFrame:
    asked = cohorts.coverage[cohorts.coverage["instrument"].eq(MANAGER)]
    return asked if cohort is None else asked[asked["cohort"].eq(cohort)]


def _why_nobody(cohorts: Cohorts, cohort: str | None) -> str:
    statuses = "WAVE_" + _list_asked(cohorts, cohort)["status"].astype("str").str.upper()
    return commonest(statuses, otherwise="NO_SURVEY")


def _decline_bus_factor() -> Measure:
    """How many could stand in while somebody is away: those at home do not rate themselves on the grid."""
    row = Measure(
        measure="home.bus_factor_away", unit="persons", method="count", counts="persons", n=0, missing=0
    )
    return row.unless("HOME_NOT_RATED")
