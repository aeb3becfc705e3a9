"""Quarter by quarter, teams that sent somebody beside teams that never did: a picture, no comparison.

Company-wide changes show in both groups; they are marked on the axis and credited to nobody.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pandas as pd

from ...cohorts.cohort import Cohorts
from ...measure_row import Measure
from ...statistics.estimates import estimate_share
from .comparisons import list_never_senders
from .team_counts import Outcome, Window
from .team_outcomes import read_self_resolution

GROUPS = ("sender", "never")


def measure_timeline(cohorts: Cohorts) -> Iterator[Measure]:
    """Self-resolution of each quarter and group."""
    outcome = read_self_resolution(cohorts)
    never, phases = list_never_senders(cohorts), cohorts.team_phases
    senders = tuple(dict.fromkeys(phases.loc[phases["phase"].eq("away"), "team"]))
    for window in list_quarters(cohorts):
        for kind, teams in zip(GROUPS, (senders, never), strict=True):
            if teams:
                label = window[0].date().isoformat()
                yield replace(_measure_share(outcome, teams, window), kind=kind, label=label)


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
