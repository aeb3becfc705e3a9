"""Does the home team solve more itself?  Its records by phase, against teams that never sent anyone.

Self-resolution = (alone + review) ÷ (alone + review + consult + sre), permission-bound left out, from the
teams' own tickets.  Differences come from `comparisons`; a plain before/after is printed beside, as what is
not the answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from .cohort import Cohorts
from .comparisons import COMPARISONS, list_never_senders, list_senders, measure_comparison
from .estimates import estimate_share
from .measures import Measure
from .phases import phases_of_cohort, too_short
from .team_outcomes import Count, Outcome, list_outcomes

HALF_YEAR = pd.Timedelta(days=182)
DAY = pd.Timedelta(days=1)


def measure_impact(cohorts: Cohorts) -> list[Measure]:
    """Shares by team and phase, differences to never-senders per team and over the programme."""
    outcomes = list_outcomes(cohorts)
    main = outcomes[0]
    measures = list(_measure_phases(cohorts, main))
    for outcome in outcomes:
        for comparison in COMPARISONS:
            measures += measure_comparison(cohorts, outcome, comparison)
    measures += _measure_before_after(cohorts, main)
    return measures


def _measure_phases(cohorts: Cohorts, outcome: Outcome) -> Iterator[Measure]:
    """Each home team in each of its phases, and never-senders over the same days."""
    never = list_never_senders(cohorts)
    of_cohorts = (phases_of_cohort(cohorts.team_phases, cohort) for cohort in cohorts.programme.cohorts)
    for row in (row for phases in of_cohorts for row in phases.itertuples()):
        window = (row.first, row.last)
        share = outcome.count(row.team, window)
        yield _share_row("impact.self_resolution", share, row, short=too_short(row.phase, *window))
        others = [outcome.count(team, window) for team in never]
        kept = [other for other in others if other.usable]
        together = Count(sum(o.k for o in kept), sum(o.n for o in kept), sum(o.missing for o in kept))
        left_out = sum(other.noted for other in others if not other.usable)
        name = "impact.self_resolution.never_senders"
        yield _share_row(name, together, row, short=False, left_out=int(left_out))


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
