"""Does the home team solve more itself?  Its records by phase, against teams that never sent anyone.

Self-resolution = (alone + review) ÷ (alone + review + consult + sre), permission-bound left out, from the
teams' own tickets.  Differences come from `team_comparison`; a plain before/after difference is printed
beside them as what is not the answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from ...cohorts.cohort import Cohorts
from ...cohorts.phases import phases_of_cohort, too_short
from ...measure_row import CLAIMED, Measure
from ..rows import count_row, share_row
from .quarterly_rates import measure_operating, measure_timeline
from .self_resolution_survey import measure_self_solving
from .sensitivity_analysis import DECLARED, check_claim
from .team_comparison import (
    COMPARISONS,
    Comparison,
    list_comparison_teams,
    list_sending_teams,
    measure_comparison,
)
from .team_counts import Count, Outcome, TeamRecords, Window
from .team_outcomes import list_outcomes, read_mix
from .validity_threats import measure_threats

MAIN_CLAIM, SAME_CLAIM = "impact.self_resolution.first_graduate", "impact.self_solving.first_graduate"
BY_PHASE = ("author_share", "home_alone")
TOGETHER = {
    "sender_before": ("baseline", "dip"),
    "sender_after": ("ramp", "after_first", "after_second"),
}
GROUPS = ("sending", "comparison")
STAGES = (COMPARISONS[0].before, COMPARISONS[0].after)
HALF_YEAR = pd.Timedelta(days=182)
DAY = pd.Timedelta(days=1)


def measure_impact(cohorts: Cohorts) -> list[Measure]:
    """Every measure of the team impact report; the main claim has two kinds of source beside each other."""
    outcomes = list_outcomes(cohorts)
    main = outcomes[0]
    answers = list(measure_self_solving(cohorts))
    measures = list(_measure_phases(cohorts, main))
    measures += _measure_mix(cohorts, main)
    for outcome in outcomes:
        if outcome.name in BY_PHASE and not outcome.declined:
            measures += _measure_phases(cohorts, outcome)
        for comparison in COMPARISONS:
            measures += _measure_claim(cohorts, outcome, comparison, answers)
    measures += _measure_alone_together(cohorts, outcomes)
    records = _list_records(cohorts, measures)
    measures += (replace(row, sources=records) if row.measure == SAME_CLAIM else row for row in answers)
    measures += _measure_left_out(cohorts, main)
    measures += _measure_before_after(cohorts, main)
    measures += _measure_means(cohorts, main)
    measures += measure_threats(cohorts)
    measures += measure_timeline(cohorts)
    measures += measure_operating(cohorts)
    return measures


# --- claims and their sources ---------------------------------------------------------------------------


def _measure_claim(
    cohorts: Cohorts, outcome: Outcome, comparison: Comparison, answers: Sequence[Measure]
) -> Iterator[Measure]:
    """A comparison's rows; where it is one of the declared claims, looked at in other ways as well."""
    name = f"{outcome.measure}.{comparison.name}"
    sources = _list_answers(cohorts, answers) if name == MAIN_CLAIM else {}
    for row in measure_comparison(cohorts, outcome, comparison, sources=sources):
        if row.team is not None or (outcome.name, comparison.name) not in DECLARED:
            yield row
        else:
            yield from check_claim(cohorts, outcome, comparison, row)


def _list_answers(cohorts: Cohorts, answers: Sequence[Measure]) -> dict[str, float]:
    """What home teams say themselves, as a source beside their records.

    Of fewer than k people nothing: the verdict would tell which way the hidden answers go.  Nor of too few
    teams for an interval: what a single one says supports nothing.
    """
    said = next(row for row in answers if row.measure == SAME_CLAIM)
    few = len(set(said.people)) < cohorts.programme.disclosure.k
    if few or said.value is None or said.low is None:
        return {}
    return {"home_team": _in_steps(cohorts, said.value, CLAIMED[SAME_CLAIM], CLAIMED[MAIN_CLAIM])}


def _list_records(cohorts: Cohorts, measures: Sequence[Measure]) -> dict[str, float]:
    """What the records tell, as a source beside what home teams say; nothing where they have no interval."""
    row = next(m for m in measures if m.measure == MAIN_CLAIM and m.team is None)
    if row.value is None or row.low is None:
        return {}
    return {"records": _in_steps(cohorts, row.value, CLAIMED[MAIN_CLAIM], CLAIMED[SAME_CLAIM])}


def _in_steps(cohorts: Cohorts, value: float, unit: str, other: str) -> float:
    """As many smallest changes that matter of another unit: two sources differ by their own measure each."""
    plan = cohorts.programme.plan
    return value / plan.smallest(unit) * plan.smallest(other)


# --- shares by phase ------------------------------------------------------------------------------------


def _measure_phases(cohorts: Cohorts, outcome: Outcome) -> Iterator[Measure]:
    """A share of each home team in each of its phases, and of never-senders over the same days."""
    for row, share, together, left_out in _count_phases(cohorts, outcome.book):
        short = too_short(row.phase, row.first, row.last)
        own = _share_row(outcome.measure, outcome, share, row)
        yield own.unless("WINDOW_TOO_SHORT" if short and own.declined is None else None)
        yield _share_row(f"{outcome.measure}.never_senders", outcome, together, row, left_out=left_out)


def _measure_mix(cohorts: Cohorts, outcome: Outcome) -> Iterator[Measure]:
    """Alone, with a review, or with the host team (asked or done by it): three shares of the same tickets."""
    for kind, book in read_mix(cohorts).items():
        for row in _measure_phases(cohorts, replace(outcome, name="mix", book=book)):
            yield replace(row, kind=kind)


def _count_phases(cohorts: Cohorts, book: TeamRecords) -> Iterator[tuple[Any, Count, Count, int]]:
    """Each home team's phase, its count, that of never-senders together, and their records left out."""
    never = list_comparison_teams(cohorts)
    of_cohorts = (phases_of_cohort(cohorts.team_phases, cohort) for cohort in cohorts.programme.cohorts)
    for row in (row for phases in of_cohorts for row in phases.itertuples()):
        window = (row.first, row.last)
        others = [book.count(team, window) for team in never]
        kept = [other for other in others if other.usable]
        left_out = sum(other.noted for other in others if not other.usable)
        yield row, book.count(row.team, window), Count.total(kept), int(left_out)


def _share_row(name: str, outcome: Outcome, share: Count, row: Any, *, left_out: int = 0) -> Measure:
    """`left_out`: records of teams that do not tell enough."""
    declined = None if share.usable else outcome.untold
    return share_row(
        name,
        share.k,
        share.n,
        missing=int(share.missing) + left_out,
        cohort=row.cohort,
        team=row.team,
        phase=row.phase,
    ).unless(outcome.empty if share.noted + left_out == 0 else declined)


def _measure_alone_together(cohorts: Cohorts, outcomes: Sequence[Outcome]) -> Iterator[Measure]:
    """Incidents a team restored alone, of all teams together: of a single one they are too few to compare.

    Senders before a first departure and after a return, never-senders in the two halves of their days.  It
    tells what was, and is no comparison.
    """
    outcome = next(each for each in outcomes if each.name == "home_alone")
    phases = cohorts.team_phases
    windows = {
        kind: [(row.team, (row.first, row.last)) for row in phases[phases["phase"].isin(names)].itertuples()]
        for kind, names in TOGETHER.items()
    }
    days = cohorts.tables["incidents"]["day"].dropna()  # a programme may not tell when its data begin
    for half in ("first", "last") if len(days) else ():
        never = phases[phases["phase"].eq("never")].itertuples()
        ends = [(row.team, max(row.first, days.min()), min(row.last, days.max())) for row in never]
        windows[f"never_{half}_half"] = [(team, _halve(first, last)[half]) for team, first, last in ends]
    for kind, found in windows.items():
        share = Count.total(outcome.count(team, window) for team, window in found)
        untold = None if share.usable else outcome.untold if share.noted else outcome.empty
        yield share_row(
            "impact.home_alone.together", share.k, share.n, missing=int(share.missing), kind=kind
        ).unless(outcome.declined or untold)


def _halve(first: pd.Timestamp, last: pd.Timestamp) -> dict[str, Window]:
    """The two halves of a span of days."""
    middle = (first + (last - first) // 2).normalize()
    return {"first": (first, middle), "last": (middle + DAY, last)}


# --- beside the differences -----------------------------------------------------------------------------


def _measure_left_out(cohorts: Cohorts, outcome: Outcome) -> Iterator[Measure]:
    """Never-senders whose records do not tell over some of the senders' windows: since when, and of how many.

    The comparison goes on without them over these windows.
    """
    senders = [sender for comparison in COMPARISONS for sender in list_sending_teams(cohorts, comparison)]
    compared = [
        s for s in senders if not s.declined and s.before and outcome.why_not(s.team, *s.windows) is None
    ]
    windows = {window for sender in compared for window in sender.windows}
    for team in list_comparison_teams(cohorts):
        without = sum(not outcome.count(team, window).usable for window in windows)
        if without and outcome.knows(team):
            yield count_row(
                "impact.comparison_left_out",
                "windows",
                without,
                team=team,
                label=outcome.book.find_end_of_telling(team),
                n=len(windows),
            )


def _measure_means(cohorts: Cohorts, outcome: Outcome) -> Iterator[Measure]:
    """The mean share of sending teams before and after the first return, and of comparison teams then.

    Of each sending team's two windows the comparison teams' mean is taken, then the mean over sending teams.
    The claim's estimate weighs teams by their records, so the difference of the two changes is only near it.
    """
    never = list_comparison_teams(cohorts)
    shares: dict[tuple[str, str], list[float]] = {(kind, p): [] for kind in GROUPS for p in STAGES}
    senders = list_sending_teams(cohorts, COMPARISONS[0])
    for sender in senders:
        if sender.declined or sender.before is None or sender.after is None:
            continue
        own = [outcome.count(sender.team, window) for window in sender.windows]
        others = [[outcome.count(team, window) for window in sender.windows] for team in never]
        kept = [counts for counts in others if all(count.usable for count in counts)]
        if not kept or not all(count.usable for count in own):
            continue
        for at, phase in enumerate(STAGES):
            shares["sending", phase].append(own[at].k / own[at].n)
            shares["comparison", phase].append(float(np.mean([c[at].k / c[at].n for c in kept])))
    for (kind, phase), values in shares.items():
        if values:
            yield Measure(
                measure="impact.self_resolution.group_mean",
                unit="share",
                method="mean_of_teams",
                counts="teams",
                kind=kind,
                phase=phase,
                n=len(values),
                missing=len(senders) - len(values),
                value=float(np.mean(values)),
            )


def _measure_before_after(cohorts: Cohorts, outcome: Outcome) -> Iterator[Measure]:
    """Weeks 9 to 26 after the first return minus half a year before the first departure, nothing compared.

    Printed as what is not the answer: company-wide changes, the trough before departure and the season are
    all in it.
    """
    phases = cohorts.team_phases
    differences = []
    senders = list_sending_teams(cohorts, COMPARISONS[0])
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
