"""Quarter by quarter, teams that sent somebody beside teams that never did: a picture, no comparison.

Company-wide changes show in both groups; they are marked on the axis and credited to nobody.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd

from ...cohorts.cohort import Cohorts
from ...cohorts.periods import list_home_teams
from ...cohorts.phases import weeks
from ...measure_row import Measure
from ..rows import share_row
from .team_comparison import list_comparison_teams
from .team_counts import Count, Outcome, TeamRecords, Window
from .team_outcomes import read_self_resolution

GROUPS = ("sender", "never")


def measure_timeline(cohorts: Cohorts) -> Iterator[Measure]:
    """Self-resolution of each quarter and group."""
    outcome = read_self_resolution(cohorts)
    never, phases = list_comparison_teams(cohorts), cohorts.team_phases
    senders = tuple(dict.fromkeys(phases.loc[phases["phase"].eq("away"), "team"]))
    for window in list_quarters(cohorts):
        for kind, teams in zip(GROUPS, (senders, never), strict=True):
            if teams:
                label = window[0].date().isoformat()
                yield _measure_share(outcome, teams, window, kind=kind, label=label)


def list_quarters(cohorts: Cohorts) -> list[Window]:
    """Calendar quarters from the first record of tickets or requests to `as_of`, the ends cut there."""
    days = pd.concat([cohorts.tables[name]["day"] for name in ("tickets", "requests")]).dropna()
    if days.empty:
        return []
    last = pd.Timestamp(cohorts.programme.as_of)
    quarters = pd.period_range(days.min(), last, freq="Q")
    return [(quarter.start_time, min(quarter.end_time.normalize(), last)) for quarter in quarters]


def _measure_share(
    outcome: Outcome, teams: Sequence[str], window: Window, *, kind: str, label: str
) -> Measure:
    """Self-resolution of the group's tickets; a team that does not label them is left out, and told."""
    counts = [outcome.count(team, window) for team in teams]
    kept = Count.total(count for count in counts if count.usable)
    missing = int(kept.missing + sum(count.noted for count in counts if not count.usable))
    declined = None if kept.n else "TEAM_NOT_LABELLED" if missing else "NO_TICKETS"
    return share_row(
        "impact.quarter.self_resolution", kept.k, kept.n, missing=missing, kind=kind, label=label
    ).unless(declined)


# --- at which level all home teams work, in the first and in the last year --------------------------------

YEAR = weeks(52)
DAY = pd.Timedelta(days=1)
KINDS = ("first_year", "last_year")
OPERATING = "organisation.self_resolution"


def measure_operating(cohorts: Cohorts) -> Iterator[Measure]:
    """Self-resolution in the first and in the last 52 weeks."""
    yield from _measure_level(read_self_resolution(cohorts), list_home_teams(cohorts.programme))


def find_years(book: TeamRecords) -> tuple[Window, Window] | None:
    """The first and the last 52 weeks of the records; None where they are one and the same time in part."""
    if not book.days:
        return None
    first = pd.Timestamp(min(days[0] for days in book.days.values()))
    last = pd.Timestamp(max(days[-1] for days in book.days.values()))
    if last - first + DAY < 2 * YEAR:
        return None
    return (first, first + YEAR - DAY), (last - YEAR + DAY, last)


def _measure_level(outcome: Outcome, teams: Sequence[str]) -> Iterator[Measure]:
    """All home teams whose records tell in both years; those of the others are missing in both."""
    years = find_years(outcome.book)
    for place, kind in enumerate(KINDS):
        if outcome.declined or years is None:
            row = share_row(OPERATING, 0, 0, missing=0, kind=kind)
            yield row.unless(outcome.declined or "UNDER_TWO_YEARS")
            continue
        counts = {team: outcome.count(team, years[place]) for team in teams}
        kept = [team for team in teams if outcome.why_not(team, *years) is None]
        total = Count.total(counts[team] for team in kept)
        left_out = sum(counts[team].noted for team in teams if team not in kept)
        row = share_row(OPERATING, total.k, total.n, missing=int(total.missing + left_out), kind=kind)
        yield row.unless(None if kept else outcome.untold)
