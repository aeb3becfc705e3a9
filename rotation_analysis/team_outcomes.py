"""What a home team's records tell over any days: how much it solved itself, what it asked, what it wrote.

An outcome counts one team over one window; comparisons know nothing else of it.  Records are sorted by team
and day once and summed up, so that a window costs two look-ups.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .cohort import Cohorts
from .estimates import share_variance
from .exposure import clip_to_records
from .incident_records import list_records
from .programme import Programme
from .request_titles import find_mislabelled
from .worktime import WorkCalendar, count_working_weeks

MOST_UNLABELLED = 0.2
SELF = ("alone", "review")
TAIL = np.timedelta64(13 * 7, "D")
SHORTEST_HOURS = 1 / 60
"""An incident that was over at once counts as a minute: zero has no logarithm."""

Window = tuple[pd.Timestamp, pd.Timestamp]
Days = NDArray[np.datetime64]
Scale = Literal["share", "rate", "duration", "log_odds"]
UNITS: Mapping[Scale, str] = {
    "share": "share_points",
    "rate": "rate_ratio",
    "duration": "waiting_ratio",
    "log_odds": "log_ratio",
}


@dataclass(frozen=True)
class Count:
    """What was counted of one team in one window.

    Of a share k of n records, `missing` do not tell; of a rate k records in n working weeks, `missing` weeks
    are on no record; of a duration k is the sum of the logarithms of n records' hours.
    """

    k: float
    n: float
    missing: float = 0

    @property
    def noted(self) -> float:
        """All records, or weeks, there are."""
        return self.n + self.missing

    @property
    def usable(self) -> bool:
        """Whether enough of them tell."""
        return self.n > 0 and self.missing <= MOST_UNLABELLED * self.noted


@dataclass(frozen=True)
class Book:
    """Records by team, ready to be counted over any window: sorted days, and sums of k, n, missing before."""

    days: Mapping[str, Days]
    sums: Mapping[str, NDArray[np.float64]]
    known: dict[tuple[str, Window], Count] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of(cls, records: pd.DataFrame) -> Book:
        """`records` has `team`, `day`, `k`, `n`, `missing`; without a team or a day a record is of nobody."""
        records = records[records["team"].notna() & records["day"].notna()]
        if records.empty:
            return cls({}, {})
        codes, teams = pd.factorize(records["team"], sort=True)
        days = records["day"].to_numpy("datetime64[D]")
        order = np.lexsort((days, codes))
        cuts = np.searchsorted(codes[order], np.arange(1, len(teams)))
        values = records[["k", "n", "missing"]].to_numpy(np.float64)[order]
        pairs = zip(teams, np.split(days[order], cuts), np.split(values, cuts), strict=True)
        found = {str(team): (own, np.vstack([np.zeros(3), rows.cumsum(axis=0)])) for team, own, rows in pairs}
        return cls(
            {team: own[0] for team, own in found.items()}, {team: own[1] for team, own in found.items()}
        )

    def count(self, team: str, window: Window) -> Count:
        """The team's sums over a window, both days included."""
        if team not in self.days:
            return Count(0, 0)
        key = team, window
        if key not in self.known:
            self.known[key] = self._count(team, window)
        return self.known[key]

    def _count(self, team: str, window: Window) -> Count:
        first, last = (day.to_datetime64().astype("datetime64[D]") for day in window)
        days, sums = self.days[team], self.sums[team]
        k, n, missing = (
            sums[np.searchsorted(days, last, side="right")] - sums[np.searchsorted(days, first)]
        ).tolist()
        return Count(k, n, missing)

    def find_end_of_telling(self, team: str) -> str | None:
        """The day (ISO) from which the team's records no longer tell; None where they do to the end.

        Of all days the one from which on those that do not tell exceed what may not by most; the last
        `TAIL` of the records must not tell either, else they only had a gap.
        """
        days, first = np.unique(self.days[team], return_index=True)
        left = self.sums[team][-1] - self.sums[team][first]  # from each day on
        excess = left[:, 2] - MOST_UNLABELLED * (left[:, 1] + left[:, 2])
        day, tail = int(excess.argmax()), int(np.searchsorted(days, days[-1] - TAIL))
        return str(days[day]) if excess[day] > 0 and excess[tail] > 0 else None


@dataclass(frozen=True)
class Exposure:
    """Working weeks of a window that a log tells of.

    `records`: the first and the last day of the log; `lives`: of teams that did not always exist, from when
    and until when they did.
    """

    calendar: WorkCalendar
    records: tuple[date, date]
    lives: Mapping[str, tuple[date, date]]
    known: dict[tuple[str, Window], tuple[float, float]] = field(
        default_factory=dict, compare=False, repr=False
    )

    def count(self, team: str, window: Window) -> tuple[float, float]:
        """(told, not told) working weeks of the company's calendar."""
        key = team if team in self.lives else "", window
        if key not in self.known:
            self.known[key] = self._count(team, window[0].date(), window[1].date())
        return self.known[key]

    def _count(self, team: str, first: date, last: date) -> tuple[float, float]:
        whole = count_working_weeks(self.calendar, first, last)
        begun, ended = self.lives.get(team, (first, last))
        begins, ends = max(first, begun), min(last, ended)
        if ends < begins or self.records[1] < begins or self.records[0] > ends:
            return 0.0, whole
        told = count_working_weeks(self.calendar, *clip_to_records(begins, ends, self.records))
        return told, whole - told


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One quantity of a home team, to be compared before and after.

    `declined` is why nothing of it can be told of anybody; `absent` why of a team without any record, `empty`
    of one without records in a window, `untold` of one whose records do not tell.  `spread` is the variance
    of a single logarithm within teams (durations).
    """

    name: str
    scale: Scale
    book: Book
    absent: str
    empty: str
    untold: str
    declined: str | None = None
    exposure: Exposure | None = None
    spread: float = 0.0

    @property
    def measure(self) -> str:
        """The id its rows begin with."""
        return f"impact.{self.name}"

    @property
    def unit(self) -> str:
        """The unit of its differences."""
        return UNITS[self.scale]

    def knows(self, team: str) -> bool:
        """Whether any record of the team was read."""
        return team in self.book.days

    def count(self, team: str, window: Window) -> Count:
        """The team's count over a window, both days included."""
        counted = self.book.count(team, window)
        if self.exposure is None or not self.knows(team):
            return counted
        weeks, beyond = self.exposure.count(team, window)
        return Count(counted.k, weeks, beyond)

    def why_not(self, team: str, *windows: Window) -> str | None:
        """Why the team cannot be counted over all of these windows; None where it can."""
        if not self.knows(team):
            return self.absent
        counts = [self.count(team, window) for window in windows]
        if any(count.noted == 0 for count in counts):
            return self.empty
        return None if all(count.usable for count in counts) else self.untold

    def change(self, before: Count, after: Count) -> tuple[float, float]:
        """The change on the scale on which teams are compared, and its sampling variance.

        Rates and odds: half an event is added to each count (METHODS, simulation 2b).
        """
        if self.scale == "share":
            variance = share_variance(before.k, before.n) + share_variance(after.k, after.n)
            return after.k / after.n - before.k / before.n, variance
        if self.scale == "duration":
            return after.k / after.n - before.k / before.n, self.spread * (1 / before.n + 1 / after.n)
        k = np.array([before.k, after.k]) + 0.5
        n = np.array([before.n, after.n])
        if self.scale == "rate":
            return float(np.diff(np.log(k / n))[0]), float((1 / k).sum())
        rest = n - k + 1
        return float(np.diff(np.log(k / rest))[0]), float((1 / k + 1 / rest).sum())

    def printed(self, value: float) -> float:
        """A difference of changes as it is printed: of rates and durations ratio − 1."""
        return float(np.expm1(value)) if self.scale in ("rate", "duration") else value


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
    free = tickets[~tickets["permission_bound"].fillna(False).astype(bool)]
    told = free["how"].notna()
    records = free[["team", "day"]].assign(k=free["how"].isin(SELF), n=told, missing=~told)
    return Outcome(
        name="self_resolution",
        scale="share",
        book=Book.of(records),
        absent="NO_TICKETS",
        empty="NO_TICKETS",
        untold="TEAM_NOT_LABELLED",
        declined="NO_TICKETS" if free.empty else None,
    )


def read_mix(cohorts: Cohorts) -> dict[str, Book]:
    """The same tickets by who solved them: `alone`, with a `review`, with the `host` team (consult, sre)."""
    tickets = cohorts.tables["tickets"]
    free = tickets[~tickets["permission_bound"].fillna(False).astype(bool)]
    told = free["how"].notna()
    kinds = {"alone": ["alone"], "review": ["review"], "host": ["consult", "sre"]}
    return {
        kind: Book.of(free[["team", "day"]].assign(k=free["how"].isin(hows), n=told, missing=~told))
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
        book=Book.of(records),
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
        book=Book.of(free[["team", "day"]].assign(k=1, n=0, missing=0)),
        absent="NO_REQUESTS",
        empty="NO_WORKING_DAYS",
        untold="RECORDS_DO_NOT_COVER",
        declined="NO_REQUESTS" if free["day"].isna().all() else None,
        exposure=_expose(cohorts.programme, cohorts.tables["requests"]["day"]),
    )


def _list_free_requests(cohorts: Cohorts) -> pd.DataFrame:
    requests = cohorts.tables["requests"]
    return requests[~requests["permission_bound"].fillna(False).astype(bool)]


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
        book=Book.of(records),
        absent="AREA_NOT_TOLD",
        empty="NO_CHANGES",
        untold="AUTHOR_NOT_TOLD",
        declined=declined,
    )


# --- incidents ------------------------------------------------------------------------------------------


def _list_own_incidents(cohorts: Cohorts) -> pd.DataFrame:
    """Incidents of teams' own services, shared ones left out; `untold`: who took part cannot be told."""
    incidents = cohorts.tables["incidents"].assign(untold=list_records(cohorts).incidents.untold)
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
        book=Book.of(records),
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
        book=Book.of(own[["team", "day"]].assign(k=1, n=0, missing=0)),
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
        book=Book.of(own[["team", "day"]].assign(k=logs.where(told, 0.0), n=told, missing=~told)),
        absent="NO_OWN_INCIDENTS",
        empty="NO_OWN_INCIDENTS",
        untold="NOT_RESTORED",
        declined=declined,
        spread=float(((logs[told] - single.transform("mean")) ** 2).sum() / free) if free > 0 else 0.0,
    )
