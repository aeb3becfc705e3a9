"""What was asked of the host team, by whom and of what kind; who was in which incident and did what.

Rates are per working team-week (five working days), so that holidays do not look like progress.  What only
the host team may do (permission-bound) is counted apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pandas as pd

from .cohort import Cohorts
from .estimates import estimate_share
from .measures import Measure
from .phases import phases_of_cohort, too_short
from .tables import KINDS, STEPS
from .worktime import count_working_days, count_working_weeks

UNKNOWN = "unknown"
MOST_UNLABELLED = 0.5
INCIDENT_PHASES = ("month_1", "months_2_3", "months_4_end", "ramp", "settled")


@dataclass(frozen=True)
class Cut:
    """Requests of some teams over some days: the rows, the team-weeks they fall into, and what to call it."""

    cohort: str
    team: str | None
    phase: str
    rows: pd.DataFrame
    team_weeks: float
    covered: bool
    short: bool
    senders: bool = True


def measure_workload(cohorts: Cohorts) -> list[Measure]:
    """Request mix per cohort, home team and phase beside never-senders; incident paths per person."""
    measures: list[Measure] = []
    for cut in _cut_requests(cohorts):
        measures += _measure_requests(cut)
    measures += _measure_incidents(cohorts)
    measures += _measure_weeks_away(cohorts)
    return measures


def _measure_weeks_away(cohorts: Cohorts) -> Iterator[Measure]:
    """What a stay costs before anything is set against it: working weeks × share of the working time."""
    programme = cohorts.programme
    for stay in programme.rotations:
        weeks = count_working_weeks(programme.work_calendar, stay.start, stay.end or programme.as_of)
        yield Measure(
            measure="cost.person_weeks_away",
            unit="person_weeks",
            method="working_weeks",
            counts="records",
            cohort=stay.cohort,
            person=stay.person,
            team=stay.home_team,
            n=1,
            missing=0,
            value=weeks * stay.share,
            people=(stay.person,),
        )


def _cut_requests(cohorts: Cohorts) -> Iterator[Cut]:
    """All teams during the cohort's stays; each home team by phase; never-senders over the same days."""
    programme = cohorts.programme
    requests = cohorts.tables["requests"]
    phases = cohorts.team_phases
    never = phases.loc[phases["phase"].eq("never"), "team"].tolist()
    host = programme.programme.host_team
    teams = [team.id for team in programme.teams if team.id != host]
    for cohort in programme.cohorts:
        stays = [r for r in programme.rotations if r.cohort == cohort]
        first = pd.Timestamp(min(r.start for r in stays))
        last = pd.Timestamp(max(r.end or programme.as_of for r in stays))
        yield _cut(cohorts, requests, cohort, teams, "stay", first, last, team=None)
        for row in phases_of_cohort(phases, cohort).itertuples():
            yield _cut(cohorts, requests, cohort, [row.team], row.phase, row.first, row.last, team=row.team)
            if never and row.phase in ("baseline", "after_first", "after_second"):
                cut = _cut(cohorts, requests, cohort, never, row.phase, row.first, row.last, team=row.team)
                yield replace(cut, senders=False)


def _cut(
    cohorts: Cohorts,
    requests: pd.DataFrame,
    cohort: str,
    teams: Sequence[str],
    phase: str,
    first: pd.Timestamp,
    last: pd.Timestamp,
    *,
    team: str | None,
) -> Cut:
    here = requests["day"].between(first, last) & requests["team"].isin(teams)
    weeks = sum(_count_days(cohorts, team, first.date(), last.date()) for team in teams) / 5
    covered = bool((requests["day"].min() <= last) & (requests["day"].max() >= first))
    return Cut(cohort, team, phase, requests[here], weeks, covered, short=too_short(phase, first, last))


def _count_days(cohorts: Cohorts, team: str, first: date, last: date) -> int:
    """Working days from `first` to `last` on which the team existed."""
    declared = cohorts.programme.team(team)
    first, last = max(first, declared.valid_from or first), min(last, declared.valid_until or last)
    return count_working_days(cohorts.programme.work_calendar, first, last)


def _measure_requests(cut: Cut) -> Iterator[Measure]:
    """Rates by kind, permission-bound apart, and the do-it-for-me share of one cut."""
    bound = cut.rows["permission_bound"].fillna(False).astype(bool)
    own = cut.rows[~bound]
    unlabelled = int(own["kind"].isna().sum())
    suffix = "" if cut.senders else ".never_senders"
    common: dict[str, Any] = dict(cohort=cut.cohort, team=cut.team, phase=cut.phase, counts="records")
    declined = None if cut.team_weeks else "NO_WORKING_DAYS"
    if not cut.covered:
        declined = "NO_REQUESTS"  # no record of anybody from those days: unknown, not zero
    counted = {kind: int(own["kind"].eq(kind).sum()) for kind in KINDS} | {UNKNOWN: unlabelled}
    for kind, count in [("all", len(cut.rows)), *counted.items(), ("permission_bound", int(bound.sum()))]:
        yield Measure(
            measure=f"requests.per_team_week{suffix}",
            unit="per_team_week",
            method="count_per_working_week",
            kind=kind,
            n=count,
            missing=0 if kind in (UNKNOWN, "permission_bound") else unlabelled,
            value=None if declined else count / cut.team_weeks,
            notes=(declined,) if declined else (),
            declined=declined,
            **common,
        )
    yield _measure_do_it_for_me(own, unlabelled, suffix, common, short=cut.short)


def _measure_do_it_for_me(
    own: pd.DataFrame, unlabelled: int, suffix: str, common: dict[str, Any], *, short: bool
) -> Measure:
    """work ÷ (work + review), permission-bound left out."""
    work, review = int(own["kind"].eq("work").sum()), int(own["kind"].eq("review").sum())
    declined = None
    if own.empty:
        declined = "NO_REQUESTS"
    elif unlabelled > MOST_UNLABELLED * len(own):
        declined = "KIND_NOT_LABELLED"
    elif work + review == 0:
        declined = "NO_WORK_OR_REVIEW"
    elif short:
        declined = "WINDOW_TOO_SHORT"
    estimate = estimate_share(work, work + review)
    return Measure(
        measure=f"requests.do_it_for_me_share{suffix}",
        unit="share",
        method="share_wilson",
        n=work + review,
        missing=unlabelled,
        value=estimate.value,
        low=estimate.low,
        high=estimate.high,
        **common,
    ).unless(declined)


# --- incidents ------------------------------------------------------------------------------------------


def _measure_incidents(cohorts: Cohorts) -> Iterator[Measure]:
    """Per person and phase: chances, incidents attended by step, steps unknown.

    During a stay every incident is a chance; after the return those of the own team's services.  One whose
    export cannot tell who took part is no chance that was missed: unless the person is known to have been
    there, it is left out and counted as missing.
    """
    incidents = cohorts.tables["incidents"]
    joined = cohorts.tables["participation"].merge(
        incidents[["id", "team", "shared"]].drop_duplicates("id"),
        left_on="incident",
        right_on="id",
        how="inner",
        suffixes=("", "_incident"),
    )
    home = {(r.person, r.cohort): r.home_team for r in cohorts.programme.rotations}
    seen = (incidents["day"].min(), incidents["day"].max())
    phases = cohorts.person_phases
    for row in phases[phases["phase"].isin(INCIDENT_PHASES)].itertuples():
        after = row.phase in ("ramp", "settled")
        scope = incidents[incidents["day"].between(row.first, row.last)]
        attended = joined[joined["day"].between(row.first, row.last) & joined["person"].eq(row.person)]
        if after:
            own = home[row.person, row.cohort]
            scope, attended = scope[scope["team"].eq(own)], attended[attended["team"].eq(own)]
        covered = pd.notna(seen[0]) and row.first <= seen[1] and row.last >= seen[0]
        partly = covered and (row.last > seen[1] + pd.Timedelta(days=31))
        # where nobody was recorded in any incident, who took part is unknown: never "nobody"
        known = bool(covered) and not joined.empty
        yield from _measure_path(row, scope, attended, covered=covered, known=known, partly=partly)


def _measure_path(
    row: Any, scope: pd.DataFrame, attended: pd.DataFrame, *, covered: bool, known: bool, partly: bool
) -> Iterator[Measure]:
    person, cohort, phase = row.person, row.cohort, row.phase
    declined = None if covered else "NO_INCIDENT_RECORDS"
    unknown = int(attended["step"].isna().sum())
    untold = int((scope["people_unknown"] & ~scope["id"].isin(attended["incident"])).sum())
    chances = len(scope) - untold
    common: dict[str, Any] = dict(
        unit="incidents",
        method="count",
        counts="records",
        cohort=cohort,
        person=person,
        phase=phase,
        people=(person,),
        consent="incidents",
        notes=("RECORDS_END_EARLIER",) if partly else (),
    )
    counts = {step: int(attended["step"].eq(step).sum()) for step in STEPS} | {"step_unknown": unknown}
    yield Measure(
        measure="incident.chances",
        n=chances,
        missing=untold,
        value=float(chances),
        **common,
    ).unless(declined)
    for step, count in counts.items():
        yield Measure(
            measure="incident.participation",
            kind=step,
            n=len(attended),
            missing=unknown,
            value=float(count),
            **common,
        ).unless(declined if known else "NO_INCIDENT_RECORDS")
