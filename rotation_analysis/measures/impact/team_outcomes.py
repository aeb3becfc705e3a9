"""What a home team's records tell over any days: how much it solved itself, what it asked, what it wrote.

An outcome counts one team over one window; comparisons know nothing else of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from ...cohorts.cohort import Cohorts
from ...cohorts.periods import exclude_permission_bound
from ...cohorts.working_weeks import clip_to_records
from ...programme.model import Programme
from ...programme.worktime import count_working_weeks
from ..parties.hosting_cost import find_host_members, find_present
from ..workload.incidents import list_records
from ..workload.requests import find_mislabelled
from .team_counts import Exposure, Outcome, Scale, TeamRecords, Window

SOLVED: Mapping[str, tuple[str, ...]] = {
    "alone": ("alone",),
    "review": ("review",),
    "host": ("consult", "sre"),
}
"""Who solved a ticket: the team alone, with a review, or with the host team (asked or done by it)."""
SHORTEST_HOURS = 1 / 60
"""An incident that was over at once counts as a minute: zero has no logarithm."""
KINDS: Mapping[str, tuple[Scale, str, str, str]] = {
    "self_resolution": ("share", "NO_TICKETS", "NO_TICKETS", "TEAM_NOT_LABELLED"),
    "do_it_for_me": ("share", "NO_REQUESTS", "NO_WORK_OR_REVIEW", "KIND_NOT_LABELLED"),
    "author_share": ("share", "AREA_NOT_TOLD", "NO_CHANGES", "AUTHOR_NOT_TOLD"),
    "home_alone": ("share", "NO_OWN_INCIDENTS", "NO_OWN_INCIDENTS", "PARTICIPATION_UNKNOWN"),
    "requests": ("rate", "NO_REQUESTS", "NO_WORKING_DAYS", "RECORDS_DO_NOT_COVER"),
    "incidents": ("rate", "NO_OWN_INCIDENTS", "NO_WORKING_DAYS", "RECORDS_DO_NOT_COVER"),
    "time_to_restore": ("duration", "NO_OWN_INCIDENTS", "NO_OWN_INCIDENTS", "NOT_RESTORED"),
}
"""By outcome its scale, and why it is unknown: of a team without records, of a window without, of too few."""


def list_outcomes(cohorts: Cohorts) -> tuple[Outcome, ...]:
    """Every outcome of home teams, the declared one first; each tells whether its records are there."""
    incidents = cohorts.tables["incidents"].assign(
        unattributed=list_records(cohorts).incidents["unattributed"]
    )
    own = incidents[incidents["team"].notna() & ~incidents["shared"].eq(True)]  # shared services are nobody's
    return (
        read_self_resolution(cohorts),
        read_do_it_for_me(cohorts),
        _read_author_share(cohorts),
        _read_home_alone(cohorts, own),
        read_requests(cohorts),
        _read_rate(cohorts, "incidents", own, "NO_INCIDENT_RECORDS" if own.empty else None),
        _read_time_to_restore(own),
    )


def _outcome(name: str, records: pd.DataFrame, declined: str | None, **others: Any) -> Outcome:
    scale, absent, empty, incomplete = KINDS[name]
    return Outcome(
        name=name,
        scale=scale,
        book=TeamRecords.of(records),
        absent=absent,
        empty=empty,
        incomplete=incomplete,
        declined=declined,
        **others,
    )


def read_self_resolution(cohorts: Cohorts) -> Outcome:
    """(alone + review) ÷ (alone + review + consult + sre) of own tickets, permission-bound left out."""
    records = _count_tickets(cohorts, SOLVED["alone"] + SOLVED["review"])
    return _outcome("self_resolution", records, "NO_TICKETS" if records.empty else None)


def read_mix(cohorts: Cohorts) -> dict[str, TeamRecords]:
    """The same tickets by who solved them: the keys of `SOLVED`."""
    return {kind: TeamRecords.of(_count_tickets(cohorts, hows)) for kind, hows in SOLVED.items()}


def _count_tickets(cohorts: Cohorts, hows: tuple[str, ...]) -> pd.DataFrame:
    free = exclude_permission_bound(cohorts.tables["tickets"])
    labelled = free["how"].notna()
    return free[["team", "day"]].assign(k=free["how"].isin(hows), n=labelled, missing=~labelled)


def read_do_it_for_me(cohorts: Cohorts, *, moved: bool = False) -> Outcome:
    """work ÷ (work + review) of a team's requests, permission-bound left out.

    Where `moved`, requests whose title speaks of another kind count as that kind.
    """
    free = exclude_permission_bound(cohorts.tables["requests"])
    kind = free["kind"].astype(object)
    if moved:
        titled = find_mislabelled(free)
        kind = kind.where(~kind.index.isin(titled.index), titled.reindex(kind.index))
    asked = kind.isin(["work", "review"])
    records = free[["team", "day"]].assign(k=kind.eq("work"), n=asked, missing=kind.isna())
    unknown = "KIND_NOT_LABELLED" if kind.isna().all() else None
    return _outcome("do_it_for_me", records, "NO_REQUESTS" if free.empty else unknown)


def read_requests(cohorts: Cohorts) -> Outcome:
    """Requests in a working week, permission-bound left out."""
    free = exclude_permission_bound(cohorts.tables["requests"])
    return _read_rate(cohorts, "requests", free, "NO_REQUESTS" if free["day"].isna().all() else None)


def _read_rate(cohorts: Cohorts, table: str, rows: pd.DataFrame, declined: str | None) -> Outcome:
    """Records of a table in a working week that it covers; none in a window is a count of 0."""
    records = rows[["team", "day"]].assign(k=1, n=0, missing=0)
    exposure = _expose(cohorts.programme, cohorts.tables[table]["day"])
    return _outcome(table, records, declined, exposure=exposure)


def _expose(programme: Programme, days: pd.Series) -> Exposure | None:
    """The working weeks that a log of these days covers, while a team existed."""
    if days.isna().all():
        return None
    log, calendar = (days.min().date(), days.max().date()), programme.work_calendar

    @cache
    def count(team: str, window: Window) -> tuple[float, float]:
        declared = programme.team(team)
        first, last = (day.date() for day in window)
        begins = max(first, declared.valid_from or first)
        ends = min(last, declared.valid_until or last)
        whole = count_working_weeks(calendar, first, last)
        if ends < begins or log[1] < begins or log[0] > ends:
            return 0.0, whole
        covered = count_working_weeks(calendar, *clip_to_records(begins, ends, log))
        return covered, whole - covered

    return count


def _read_author_share(cohorts: Cohorts) -> Outcome:
    """Merged changes of a team's area that the team itself proposed, of all merged there; bots are out.

    A change counts on the day it was proposed; one whose author is of no known team does not tell.
    """
    changes = cohorts.tables["changes"]
    merged = changes[changes["merged"].notna()]
    author, area = merged["team"], merged["area_team"]
    own = author.eq(area).fillna(False)
    records = pd.DataFrame(
        {"team": area, "day": merged["day"], "k": own, "n": author.notna(), "missing": author.isna()}
    )
    unknown = "AREA_NOT_TOLD" if area.isna().all() else None
    return _outcome("author_share", records, "NO_CHANGES" if merged.empty else unknown)


# --- incidents of teams' own services; `unattributed`: who took part is unknown -----------------------------


def _read_home_alone(cohorts: Cohorts, own: pd.DataFrame) -> Outcome:
    """Incidents that were restored without anybody of the host team, or staying with it, of all restored.

    Whom the roster does not know is somebody else, since it names the host team's members.
    """
    programme = cohorts.programme
    restored = own[own["resolved"].notna()]
    parts = cohorts.tables["participation"]
    hosts = find_present(programme, parts["person"], parts["day"])
    hosts |= find_host_members(programme, parts["person"], parts["day"], from_now_since=True)
    with_host = restored["id"].isin(set(parts.loc[hosts, "incident"]))
    unattributed = restored["unattributed"] & ~with_host
    records = restored[["team", "day"]].assign(
        k=~with_host & ~unattributed, n=~unattributed, missing=unattributed
    )
    host = programme.programme.host_team
    declined = None
    if own.empty:
        declined = "NO_INCIDENT_RECORDS"
    elif unattributed.all():
        declined = "PARTICIPATION_UNKNOWN"
    elif not any(person.team == host for person in programme.people):
        declined = "HOSTS_NOT_DECLARED"
    return _outcome("home_alone", records, declined)


def _read_time_to_restore(own: pd.DataFrame) -> Outcome:
    """Hours from the beginning to the end of own incidents, as logarithms; open ones do not tell."""
    hours = (own["resolved"] - own["created"]).dt.total_seconds() / 3600
    restored = hours.ge(0).fillna(False)
    logs = np.log(hours.where(restored, 1.0).clip(lower=SHORTEST_HOURS).astype(float))
    single = logs[restored].groupby(own.loc[restored, "team"].astype(str))
    free = int(restored.sum()) - single.ngroups
    few = "FEW_INCIDENTS" if free < 1 else None
    return _outcome(
        "time_to_restore",
        own[["team", "day"]].assign(k=logs.where(restored, 0.0), n=restored, missing=~restored),
        "NO_INCIDENT_RECORDS" if own.empty else few,
        spread=float(((logs[restored] - single.transform("mean")) ** 2).sum() / free) if free > 0 else 0.0,
    )
