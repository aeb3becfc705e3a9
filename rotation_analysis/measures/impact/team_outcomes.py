"""What a home team's records tell over any days: how much it solved itself, what it asked, what it wrote.

An outcome counts one team over one window; comparisons know nothing else of it.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...cohorts.cohort import Cohorts
from ...cohorts.periods import leave_bound
from ...programme.model import Programme
from ..workload.incidents import list_records
from ..workload.requests import find_mislabelled
from .team_counts import Exposure, Outcome, TeamRecords

SELF = ("alone", "review")
SHORTEST_HOURS = 1 / 60
"""An incident that was over at once counts as a minute: zero has no logarithm."""


def list_outcomes(cohorts: Cohorts) -> tuple[Outcome, ...]:
    """Every outcome of home teams, the declared one first; each tells whether its records are there."""
    own = _list_own_incidents(cohorts)
    return (
        read_self_resolution(cohorts),
        read_do_it_for_me(cohorts),
        _read_author_share(cohorts),
        _read_home_alone(cohorts, own),
        read_requests(cohorts),
        _read_incidents(cohorts, own),
        _read_time_to_restore(own),
    )


def read_self_resolution(cohorts: Cohorts) -> Outcome:
    """(alone + review) ÷ (alone + review + consult + sre) of own tickets, permission-bound left out."""
    tickets = cohorts.tables["tickets"]
    free = leave_bound(tickets)
    told = free["how"].notna()
    records = free[["team", "day"]].assign(k=free["how"].isin(SELF), n=told, missing=~told)
    return Outcome(
        name="self_resolution",
        scale="share",
        book=TeamRecords.of(records),
        absent="NO_TICKETS",
        empty="NO_TICKETS",
        untold="TEAM_NOT_LABELLED",
        declined="NO_TICKETS" if free.empty else None,
    )


def read_mix(cohorts: Cohorts) -> dict[str, TeamRecords]:
    """The same tickets by who solved them: `alone`, with a `review`, with the `host` team (consult, sre)."""
    tickets = cohorts.tables["tickets"]
    free = leave_bound(tickets)
    told = free["how"].notna()
    kinds = {"alone": ["alone"], "review": ["review"], "host": ["consult", "sre"]}
    return {
        kind: TeamRecords.of(free[["team", "day"]].assign(k=free["how"].isin(hows), n=told, missing=~told))
        for kind, hows in kinds.items()
    }


def read_do_it_for_me(cohorts: Cohorts, *, moved: bool = False) -> Outcome:
    """work ÷ (work + review) of a team's requests, permission-bound left out.

    Where `moved`, requests whose title speaks of another kind count as that kind.
    """
    free = _list_free_requests(cohorts)
    kind = free["kind"].astype(object)
    if moved:
        told = find_mislabelled(free)
        kind = kind.where(~kind.index.isin(told.index), told.reindex(kind.index))
    asked = kind.isin(["work", "review"])
    records = free[["team", "day"]].assign(k=kind.eq("work"), n=asked, missing=kind.isna())
    declined = "NO_REQUESTS" if free.empty else None
    if not free.empty and kind.isna().all():
        declined = "KIND_NOT_LABELLED"
    return Outcome(
        name="do_it_for_me",
        scale="share",
        book=TeamRecords.of(records),
        absent="NO_REQUESTS",
        empty="NO_WORK_OR_REVIEW",
        untold="KIND_NOT_LABELLED",
        declined=declined,
    )


def read_requests(cohorts: Cohorts) -> Outcome:
    """Requests in a working week, permission-bound left out."""
    free = _list_free_requests(cohorts)
    return Outcome(
        name="requests",
        scale="rate",
        book=TeamRecords.of(free[["team", "day"]].assign(k=1, n=0, missing=0)),
        absent="NO_REQUESTS",
        empty="NO_WORKING_DAYS",
        untold="RECORDS_DO_NOT_COVER",
        declined="NO_REQUESTS" if free["day"].isna().all() else None,
        exposure=_expose(cohorts.programme, cohorts.tables["requests"]["day"]),
    )


def _list_free_requests(cohorts: Cohorts) -> pd.DataFrame:
    return leave_bound(cohorts.tables["requests"])


def _expose(programme: Programme, days: pd.Series) -> Exposure | None:
    if days.isna().all():
        return None
    teams = (team for team in programme.teams if team.valid_from or team.valid_until)
    lives = {team.id: (team.valid_from or date.min, team.valid_until or date.max) for team in teams}
    return Exposure(programme.work_calendar, (days.min().date(), days.max().date()), lives)


def _read_author_share(cohorts: Cohorts) -> Outcome:
    """Merged changes of a team's area that the team itself proposed, of all merged there; bots are out.

    A change counts on the day it was proposed; one whose author is of no known team does not tell.
    """
    changes = cohorts.tables["changes"]
    merged = changes[changes["merged"].notna()]
    author = merged["team"]
    records = pd.DataFrame(
        {
            "team": merged["area_team"],
            "day": merged["day"],
            "k": author.eq(merged["area_team"]).fillna(False),
            "n": author.notna(),
            "missing": author.isna(),
        }
    )
    declined = "NO_CHANGES" if merged.empty else None
    if not merged.empty and merged["area_team"].isna().all():
        declined = "AREA_NOT_TOLD"
    return Outcome(
        name="author_share",
        scale="share",
        book=TeamRecords.of(records),
        absent="AREA_NOT_TOLD",
        empty="NO_CHANGES",
        untold="AUTHOR_NOT_TOLD",
        declined=declined,
    )


# --- incidents ------------------------------------------------------------------------------------------


def _list_own_incidents(cohorts: Cohorts) -> pd.DataFrame:
    """Incidents of teams' own services, shared ones left out; `untold`: who took part cannot be told."""
    incidents = cohorts.tables["incidents"].assign(untold=list_records(cohorts).incidents["untold"])
    return incidents[incidents["team"].notna() & ~incidents["shared"].eq(True)]


def _read_home_alone(cohorts: Cohorts, own: pd.DataFrame) -> Outcome:
    """Incidents that were restored without anybody of the host team, or staying with it, of all restored.

    Whom the roster does not know is somebody else, since it names the host team's members.
    """
    programme = cohorts.programme
    restored = own[own["resolved"].notna()]
    taking_part = cohorts.tables["participation"]
    with_host = set(taking_part.loc[_find_hosts(programme, taking_part), "incident"])
    untold = restored["untold"] & ~restored["id"].isin(with_host)
    records = restored[["team", "day"]].assign(
        k=~restored["id"].isin(with_host) & ~untold, n=~untold, missing=untold
    )
    host = programme.programme.host_team
    declined = None
    if own.empty:
        declined = "NO_INCIDENT_RECORDS"
    elif untold.all():
        declined = "PARTICIPATION_UNKNOWN"
    elif not any(person.team == host for person in programme.people):
        declined = "HOSTS_NOT_DECLARED"
    return Outcome(
        name="home_alone",
        scale="share",
        book=TeamRecords.of(records),
        absent="NO_OWN_INCIDENTS",
        empty="NO_OWN_INCIDENTS",
        untold="PARTICIPATION_UNKNOWN",
        declined=declined,
    )


def _find_hosts(programme: Programme, taking_part: pd.DataFrame) -> NDArray[np.bool_]:
    """Whether each row of participation is of somebody who was with the host team that day."""
    host = programme.programme.host_team
    people, days = taking_part["person"], taking_part["day"]
    found = people.isin([person.id for person in programme.people if person.team == host]).to_numpy(bool)
    for stay in programme.rotations:
        his = people.eq(stay.person).fillna(False).to_numpy(bool)
        here = his & days.between(pd.Timestamp(stay.start), pd.Timestamp(stay.end or programme.as_of))
        if stay.direction == "sre_to_dev":
            found = found & ~here
            continue
        found = found | here
        if stay.end is not None and stay.now == "host":
            found = found | (his & days.ge(pd.Timestamp(max(stay.end, stay.now_since or stay.end))))
    return np.asarray(found, dtype=bool)


def _read_incidents(cohorts: Cohorts, own: pd.DataFrame) -> Outcome:
    """Incidents of the team's own services in a working week; none in a window is a count of 0."""
    return Outcome(
        name="incidents",
        scale="rate",
        book=TeamRecords.of(own[["team", "day"]].assign(k=1, n=0, missing=0)),
        absent="NO_OWN_INCIDENTS",
        empty="NO_WORKING_DAYS",
        untold="RECORDS_DO_NOT_COVER",
        declined="NO_INCIDENT_RECORDS" if own.empty else None,
        exposure=_expose(cohorts.programme, cohorts.tables["incidents"]["day"]),
    )


def _read_time_to_restore(own: pd.DataFrame) -> Outcome:
    """Hours from the beginning to the end of own incidents, as logarithms; open ones do not tell."""
    hours = (own["resolved"] - own["created"]).dt.total_seconds() / 3600
    told = hours.ge(0).fillna(False)
    logs = np.log(hours.where(told, 1.0).clip(lower=SHORTEST_HOURS).astype(float))
    single = logs[told].groupby(own.loc[told, "team"].astype(str))
    free = int(told.sum()) - single.ngroups
    declined = None
    if own.empty:
        declined = "NO_INCIDENT_RECORDS"
    elif free < 1:
        declined = "FEW_INCIDENTS"
    return Outcome(
        name="time_to_restore",
        scale="duration",
        book=TeamRecords.of(own[["team", "day"]].assign(k=logs.where(told, 0.0), n=told, missing=~told)),
        absent="NO_OWN_INCIDENTS",
        empty="NO_OWN_INCIDENTS",
        untold="NOT_RESTORED",
        declined=declined,
        spread=float(((logs[told] - single.transform("mean")) ** 2).sum() / free) if free > 0 else 0.0,
    )
