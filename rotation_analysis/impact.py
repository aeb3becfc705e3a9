"""Does the home team solve more itself?  Its records by phase, against teams that never sent anyone.

Self-resolution = (alone + review) ÷ (alone + review + consult + sre), permission-bound left out, from the
teams' own tickets.  Differences come from `comparisons`; a plain before/after is printed beside, as what is
not the answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from .cohort import Cohorts
from .comparisons import COMPARISONS, Comparison, list_never_senders, list_senders, measure_comparison
from .estimates import estimate_share
from .measures import Measure
from .phases import phases_of_cohort, too_short
from .sensitivity import DECLARED, check_claim
from .team_outcomes import Book, Count, Outcome, list_outcomes, read_mix

HALF_YEAR = pd.Timedelta(days=182)
DAY = pd.Timedelta(days=1)


def measure_impact(cohorts: Cohorts) -> list[Measure]:
    """Shares by team and phase, differences to never-senders per team and over the programme."""
    outcomes = list_outcomes(cohorts)
    main = outcomes[0]
    measures = list(_measure_phases(cohorts, main))
    measures += _measure_mix(cohorts)
    for outcome in outcomes:
        for comparison in COMPARISONS:
            measures += _measure_claim(cohorts, outcome, comparison)
    measures += _measure_left_out(cohorts, main)
    measures += _measure_before_after(cohorts, main)
    return measures


def _measure_claim(cohorts: Cohorts, outcome: Outcome, comparison: Comparison) -> Iterator[Measure]:
    """A comparison's rows; where it is one of the declared claims, looked at in other ways as well."""
    for row in measure_comparison(cohorts, outcome, comparison):
        if row.team is not None or (outcome.name, comparison.name) not in DECLARED:
            yield row
            continue
        checked = check_claim(cohorts, outcome, comparison, row)
        yield checked.claim
        yield from checked.variants


# --- shares by phase ------------------------------------------------------------------------------------


def _measure_phases(cohorts: Cohorts, outcome: Outcome) -> Iterator[Measure]:
    """Self-resolution of each home team in each of its phases, and of never-senders over the same days."""
    for row, share, together, left_out in _count_phases(cohorts, outcome.book):
        short = too_short(row.phase, row.first, row.last)
        yield _share_row("impact.self_resolution", share, row, short=short)
        name = "impact.self_resolution.never_senders"
        yield _share_row(name, together, row, short=False, left_out=left_out)


def _measure_mix(cohorts: Cohorts) -> Iterator[Measure]:
    """Alone, with a review, or with the host team (asked or done by it): three shares of the same tickets."""
    for kind, book in read_mix(cohorts).items():
        for row, share, together, left_out in _count_phases(cohorts, book):
            short = too_short(row.phase, row.first, row.last)
            yield replace(_share_row("impact.mix", share, row, short=short), kind=kind)
            never = _share_row("impact.mix.never_senders", together, row, short=False, left_out=left_out)
            yield replace(never, kind=kind)


def _count_phases(cohorts: Cohorts, book: Book) -> Iterator[tuple[Any, Count, Count, int]]:
    """Each home team's phase, its count, that of never-senders together, and their records left out."""
    never = list_never_senders(cohorts)
    of_cohorts = (phases_of_cohort(cohorts.team_phases, cohort) for cohort in cohorts.programme.cohorts)
    for row in (row for phases in of_cohorts for row in phases.itertuples()):
        window = (row.first, row.last)
        others = [book.count(team, window) for team in never]
        kept = [other for other in others if other.usable]
        together = Count(sum(o.k for o in kept), sum(o.n for o in kept), sum(o.missing for o in kept))
        left_out = sum(other.noted for other in others if not other.usable)
        yield row, book.count(row.team, window), together, int(left_out)


def _share_row(name: str, share: Count, row: Any, *, short: bool, left_out: int = 0) -> Measure:
    declined = None
    if share.noted + left_out == 0:
        declined = "NO_TICKETS"
    elif not share.usable:
        declined = "TEAM_NOT_LABELLED"
    elif short:
        declined = "WINDOW_TOO_SHORT"
    estimate = estimate_share(int(share.k), int(share.n))
    return Measure(
        measure=name,
        unit="share",
        method="share_wilson",
        counts="records",
        cohort=row.cohort,
        team=row.team,
        phase=row.phase,
        n=int(share.n),
        missing=int(share.missing) + left_out,
        value=estimate.value,
        low=estimate.low,
        high=estimate.high,
    ).unless(declined)


# --- beside the differences -----------------------------------------------------------------------------


def _measure_left_out(cohorts: Cohorts, outcome: Outcome) -> Iterator[Measure]:
    """Never-senders whose records do not tell over some of the senders' windows: since when, and of how many.

    The comparison goes on without them over these windows.
    """
    senders = [sender for comparison in COMPARISONS for sender in list_senders(cohorts, comparison)]
    compared = [
        s for s in senders if not s.declined and s.before and outcome.why_not(s.team, *s.windows) is None
    ]
    windows = {window for sender in compared for window in sender.windows}
    for team in list_never_senders(cohorts):
        without = sum(not outcome.count(team, window).usable for window in windows)
        if without and outcome.knows(team):
            yield Measure(
                measure="impact.comparison_left_out",
                unit="windows",
                method="count",
                counts="records",
                team=team,
                label=outcome.book.find_end_of_telling(team),
                n=len(windows),
                missing=0,
                value=float(without),
            )


def _measure_before_after(cohorts: Cohorts, outcome: Outcome) -> Iterator[Measure]:
    """Half a year after the first return minus half a year before the first departure, nothing compared.

    Printed as what is not the answer: company-wide changes, the trough before departure and the season are
    all in it.
    """
    phases = cohorts.team_phases
    differences = []
    senders = list_senders(cohorts, COMPARISONS[0])
    for sender in senders:
        away = phases.loc[phases["team"].eq(sender.team) & phases["phase"].eq("away"), "first"].min()
        if sender.declined or sender.after is None:
            continue
        before = outcome.count(sender.team, (away - HALF_YEAR, away - DAY))
        after = outcome.count(sender.team, sender.after)
        if before.usable and after.usable:
            differences.append(after.k / after.n - before.k / before.n)
    if differences:
        yield Measure(
            measure="impact.self_resolution.before_after",
            unit="share_points",
            method="before_after",
            counts="teams",
            n=len(differences),
            missing=len(senders) - len(differences),
            value=float(np.mean(differences)),
            notes=("NOT_THE_ANSWER",),
        )
