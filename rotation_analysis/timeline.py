"""Quarter by quarter, teams that sent somebody beside teams that never did: a picture, no comparison.

Company-wide changes show in both groups; they are marked on the axis and credited to nobody.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

import pandas as pd

from .cohort import Cohorts
from .comparisons import list_never_senders
from .cuts import Cut, count_team_weeks, leave_bound
from .estimates import estimate_share
from .exposure import clip_to_records
from .measures import Measure
from .team_counts import Book, Count, Outcome, Window
from .team_outcomes import read_self_resolution

GROUPS = ("sender", "never")


@dataclass(frozen=True)
class Requests:
    """Requests that are not permission-bound, ready to be counted; `first`, `last`: days of the log.

    k of a count are requests for a review, n those that tell their kind, `missing` those that do not.
    """

    book: Book
    first: date | None
    last: date | None

    @classmethod
    def of(cls, cohorts: Cohorts) -> Requests:
        """The requests of home teams; the log is as long as all of its records."""
        table = cohorts.tables["requests"]
        free = leave_bound(table)
        told = free["kind"].notna()
        review = free["kind"].eq("review").fillna(False)
        book = Book.of(free[["team", "day"]].assign(k=review, n=told, missing=~told))
        days = table["day"].dropna()
        return cls(book, *((None, None) if days.empty else (days.min().date(), days.max().date())))

    def weeks(self, cohorts: Cohorts, teams: Sequence[str], window: Window) -> float:
        """Working weeks of the teams together that the log covers."""
        if self.first is None or self.last is None:
            return 0.0
        first, last = window[0].date(), window[1].date()
        if last < self.first or first > self.last:
            return 0.0
        first, last = clip_to_records(first, last, (self.first, self.last))
        cut = Cut("", None, "", tuple(teams), pd.Timestamp(first), pd.Timestamp(last))
        return count_team_weeks(cohorts.programme, cut)


def measure_timeline(cohorts: Cohorts) -> Iterator[Measure]:
    """Of each quarter and group: self-resolution, requests and requests for a review a team-week."""
    outcome, requests = read_self_resolution(cohorts), Requests.of(cohorts)
    never, phases = list_never_senders(cohorts), cohorts.team_phases
    senders = tuple(dict.fromkeys(phases.loc[phases["phase"].eq("away"), "team"]))
    for window in list_quarters(cohorts):
        for kind, teams in zip(GROUPS, (senders, never), strict=True):
            if teams:
                own = {"kind": kind, "label": window[0].date().isoformat()}
                yield replace(_measure_share(outcome, teams, window), **own)
                for row in _measure_requests(cohorts, requests, teams, window):
                    yield replace(row, **own)


def list_quarters(cohorts: Cohorts) -> list[Window]:
    """Calendar quarters from the first record of tickets or requests to `as_of`, the ends cut there."""
    days = pd.concat([cohorts.tables[name]["day"] for name in ("tickets", "requests")]).dropna()
    if days.empty:
        return []
    last = pd.Timestamp(cohorts.programme.as_of)
    quarters = pd.period_range(days.min(), last, freq="Q")
    return [(quarter.start_time, min(quarter.end_time.normalize(), last)) for quarter in quarters]


def _measure_share(outcome: Outcome, teams: Sequence[str], window: Window) -> Measure:
    """Self-resolution of the group's tickets; a team that does not label them is left out, and told."""
    counts = [outcome.count(team, window) for team in teams]
    kept = [count for count in counts if count.usable]
    left_out = sum(count.noted for count in counts if not count.usable)
    n = int(sum(count.n for count in kept))
    missing = int(sum(count.missing for count in kept) + left_out)
    estimate = estimate_share(int(sum(count.k for count in kept)), n)
    declined = None if n else "TEAM_NOT_LABELLED" if missing else "NO_TICKETS"
    return Measure(
        measure="impact.quarter.self_resolution",
        unit="share",
        method="share_wilson",
        counts="records",
        n=n,
        missing=missing,
        value=estimate.value,
        low=estimate.low,
        high=estimate.high,
    ).unless(declined)


def _measure_requests(
    cohorts: Cohorts, requests: Requests, teams: Sequence[str], window: Window
) -> Iterator[Measure]:
    """All requests and those for a review, per working week of a team; permission-bound are left out."""
    counts = [requests.book.count(team, window) for team in teams]
    reviews, told, untold = (sum(getattr(count, name) for count in counts) for name in ("k", "n", "missing"))
    weeks = requests.weeks(cohorts, teams, window)
    declined = None if weeks else "NO_REQUESTS"
    if not declined and untold and not Count(reviews, told, untold).usable:
        declined = "KIND_NOT_LABELLED"
    for name, n, missing in (("requests", told + untold, 0), ("reviews", reviews, untold)):
        yield Measure(
            measure=f"impact.quarter.{name}",
            unit="per_team_week",
            method="count_per_working_week",
            counts="records",
            n=int(n),
            missing=int(missing),
            value=n / weeks if weeks else None,
        ).unless("NO_REQUESTS" if not weeks else declined if name == "reviews" else None)
