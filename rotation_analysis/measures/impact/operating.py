"""At which level all home teams work, in the first and in the last year: whatever it came from, no effect."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd

from ...cohorts.cohort import Cohorts
from ...cohorts.cuts import list_home_teams
from ...cohorts.phases import weeks
from ...measure_row import Measure
from ...statistics.estimates import estimate_share
from .team_counts import Book, Outcome, Window
from .team_outcomes import list_outcomes

YEAR = weeks(52)
DAY = pd.Timedelta(days=1)
KINDS = ("first_year", "last_year")
NAME = "self_resolution"


def measure_operating(cohorts: Cohorts) -> Iterator[Measure]:
    """Self-resolution in the first and in the last 52 weeks."""
    outcome = next(outcome for outcome in list_outcomes(cohorts) if outcome.name == NAME)
    yield from _measure_level(outcome, list_home_teams(cohorts.programme))


def _row(kind: str, k: float, n: float, missing: float) -> Measure:
    estimate = estimate_share(int(k), int(n))
    return Measure(
        measure=f"organisation.{NAME}",
        unit="share",
        method="share_wilson",
        counts="records",
        kind=kind,
        n=int(n),
        missing=int(missing),
        value=estimate.value,
        low=estimate.low,
        high=estimate.high,
    )


def find_years(book: Book) -> tuple[Window, Window] | None:
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
            yield _row(kind, 0, 0, 0).unless(outcome.declined or "UNDER_TWO_YEARS")
            continue
        counts = {team: outcome.count(team, years[place]) for team in teams}
        kept = [team for team in teams if outcome.why_not(team, *years) is None]
        total = [sum(getattr(counts[team], part) for team in kept) for part in ("k", "n", "missing")]
        left_out = sum(counts[team].noted for team in teams if team not in kept)
        row = _row(kind, total[0], total[1], total[2] + left_out)
        yield row.unless(None if kept else outcome.untold)
