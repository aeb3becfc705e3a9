"""What a stay costs the home team: does it cope, was the delay planned for, who could stand in."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from ...cohorts.cohort import Cohorts
from ...measure_row import Measure, commonest
from ...programme.model import Programme
from ...statistics.estimates import estimate_share
from .home_survey import AGREEMENT_SCALE, AGREES_FROM, DISAGREES_UP_TO, measure_share, read_levels

MANAGER = "manager"
COVER, SEND_AGAIN, DELAY = "hm_cover", "hm_sendagain", "mg_cost"


def measure_home_cover(cohorts: Cohorts) -> Iterator[Measure]:
    """Shares of those at home who do not cope or would send again, of delays within plan."""
    yield measure_share(
        cohorts, "home.cover", COVER, read=_disagrees, since=_list_first_departures(cohorts.programme)
    )
    yield measure_share(cohorts, "home.send_again", SEND_AGAIN, read=_agrees)
    for cohort in (None, *cohorts.programme.cohorts):
        yield _measure_delay(cohorts, cohort)


def _disagrees(rows: pd.DataFrame) -> pd.Series:
    levels = read_levels(rows)
    return levels.le(DISAGREES_UP_TO).astype("float64").where(levels.notna())


def _agrees(rows: pd.DataFrame) -> pd.Series:
    levels = read_levels(rows)
    return levels.ge(AGREES_FROM).astype("float64").where(levels.notna())


def _list_first_departures(programme: Programme) -> dict[str, pd.Timestamp]:
    """From when on a team can tell how it copes with an absence."""
    latest_first = sorted(programme.rotations, key=lambda stay: stay.start, reverse=True)
    return {stay.home_team: pd.Timestamp(stay.start) for stay in latest_first}


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
