"""Impact: what home teams solve by themselves, before and after, compared with teams that sent no one.

In: cohorts. Out: rows by team and programme. Start with `measure_impact`; `team_outcomes` defines what is
counted for a team, `team_counts` counts it over days, `team_comparison` compares sending and comparison teams
and repeats claims with other choices. Home teams' own answers are in `parties.home_survey`.

Self-resolution = (alone + review) ÷ (alone + review + consult + sre), without permission-bound tickets, from
the teams' own tickets. Differences come from `team_comparison`; also a plain before/after difference (marked
as not the answer), threats to validity, and descriptive charts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from ...cohorts.cohort import Cohorts
from ...cohorts.periods import list_home_teams
from ...cohorts.phases import is_too_short, list_cohort_phases, weeks
from ...measure_row import CLAIMED, Measure
from ..parties.home_survey import measure_self_solving
from ..parties.organisation import list_sessions
from ..rows import count_row, share_row
from .team_comparison import (
    COMPARISONS,
    DECLARED,
    Comparison,
    check_claim,
    compare_sending_teams,
    list_comparison_teams,
    list_sending_teams,
    measure_comparison,
)
from .team_counts import Count, Outcome, TeamRecords, Window
from .team_outcomes import list_outcomes, read_mix

MAIN_CLAIM, SAME_CLAIM = "impact.self_resolution.first_graduate", "impact.self_solving.first_graduate"
BY_PHASE = ("author_share", "home_alone")
TOGETHER = {
    "sender_before": ("baseline", "dip"),
    "sender_after": ("ramp", "after_first", "after_second"),
}
BEFORE_LEAVING = Comparison("anticipation", "baseline", "dip")
HALF_YEAR, YEAR, DAY = pd.Timedelta(days=182), weeks(52), pd.Timedelta(days=1)


def measure_impact(cohorts: Cohorts) -> list[Measure]:
    """Return every measure of the team impact report; the main claim has two kinds of source."""
    outcomes = list_outcomes(cohorts)
    main = outcomes[0]
    answers = list(measure_self_solving(cohorts))
    survey = next(row for row in answers if row.measure == SAME_CLAIM)
    few = len(set(survey.people)) < cohorts.programme.disclosure.k
    home_teams = {}  # not for few people: the verdict would reveal the direction of the hidden answers
    if not few and survey.value is not None and survey.low is not None:  # nor for one team
        home_teams["home_team"] = _in_steps(cohorts, survey.value, CLAIMED[SAME_CLAIM], CLAIMED[MAIN_CLAIM])
    measures = list(_measure_phases(cohorts, main))
    for kind, book in read_mix(cohorts).items():
        mix = _measure_phases(cohorts, replace(main, name="mix", book=book))
        measures += (replace(row, kind=kind) for row in mix)
    for outcome in outcomes:
        if outcome.name in BY_PHASE and not outcome.declined:
            measures += _measure_phases(cohorts, outcome)
        for comparison in COMPARISONS:
            sources = home_teams if f"{outcome.measure}.{comparison.name}" == MAIN_CLAIM else {}
            for row in measure_comparison(cohorts, outcome, comparison, sources=sources):
                claim = row.team is None and (outcome.name, comparison.name) in DECLARED
                measures += check_claim(cohorts, outcome, comparison, row) if claim else [row]
    measures += _measure_alone_together(cohorts, outcomes)
    row = next(m for m in measures if m.measure == MAIN_CLAIM and m.team is None)
    records = {}  # empty if they have no interval
    if row.value is not None and row.low is not None:
        records["records"] = _in_steps(cohorts, row.value, CLAIMED[MAIN_CLAIM], CLAIMED[SAME_CLAIM])
    measures += (replace(row, sources=records) if row.measure == SAME_CLAIM else row for row in answers)
    measures += _measure_excluded_teams(cohorts, main)
    measures += _measure_before_after(cohorts, main)
    measures += _measure_means(cohorts, main)
    measures += measure_threats(cohorts, main)
    measures += measure_timeline(cohorts, main)
    measures += measure_operating(cohorts, main)
    return measures


# --- the two kinds of source of the main claim ------------------------------------------------------------


def _in_steps(cohorts: Cohorts, value: float, unit: str, other: str) -> float:
    """Convert a value to another unit by the smallest changes that matter, as sources measure differently."""
    plan = cohorts.programme.plan
    return value / plan.smallest(unit) * plan.smallest(other)


# --- shares ---------------------------------------------------------------------------------------------


def _share_row(measure: str, outcome: Outcome, share: Count, *, usable: bool, **names: Any) -> Measure:
    """Build the share k of n records; without enough usable records, the outcome's reason instead."""
    incomplete = None if usable else outcome.incomplete
    row = share_row(measure, share.k, share.n, missing=int(share.missing), **names)
    return row.unless(incomplete if share.noted else outcome.empty)


def _pool(counts: Iterable[Count]) -> Count:
    """Add up several teams; all records of a team with too many unlabelled ones are missing."""
    return Count.total(count if count.usable else Count(0, 0, count.noted) for count in counts)


def _measure_phases(cohorts: Cohorts, outcome: Outcome) -> Iterator[Measure]:
    """Yield the share of each home team in each of its phases, and of comparison teams over the same days."""
    never = list_comparison_teams(cohorts)
    of_cohorts = (list_cohort_phases(cohorts.team_phases, cohort) for cohort in cohorts.programme.cohorts)
    for phase in (phase for phases in of_cohorts for phase in phases.itertuples()):
        window = phase.first, phase.last
        names = {"cohort": phase.cohort, "team": phase.team, "phase": phase.phase}
        share = outcome.book.count(phase.team, window)
        row = _share_row(outcome.measure, outcome, share, usable=share.usable, **names)
        short = is_too_short(phase.phase, *window)
        yield row.unless("WINDOW_TOO_SHORT" if short and row.declined is None else None)
        others = _pool(outcome.book.count(team, window) for team in never)
        yield _share_row(f"{outcome.measure}.never_senders", outcome, others, usable=others.n > 0, **names)


def _measure_alone_together(cohorts: Cohorts, outcomes: Sequence[Outcome]) -> Iterator[Measure]:
    """Yield incidents restored alone, over all teams together: one team has too few to compare.

    Sending teams before a first departure and after a return, comparison teams in the two halves of their
    days. Descriptive only, not a comparison.
    """
    outcome = next(each for each in outcomes if each.name == "home_alone")
    phases = cohorts.team_phases
    windows = {
        kind: [(row.team, (row.first, row.last)) for row in phases[phases["phase"].isin(names)].itertuples()]
        for kind, names in TOGETHER.items()
    }
    days = cohorts.tables["incidents"]["day"].dropna()  # `data_start` is optional
    if len(days):
        windows |= {"never_first_half": [], "never_last_half": []}
        for team in phases[phases["phase"].eq("never")].itertuples():
            first, last = max(team.first, days.min()), min(team.last, days.max())
            middle = (first + (last - first) // 2).normalize()
            windows["never_first_half"].append((team.team, (first, middle)))
            windows["never_last_half"].append((team.team, (middle + DAY, last)))
    for kind, found in windows.items():
        share = Count.total(outcome.count(team, window) for team, window in found)
        row = _share_row("impact.home_alone.together", outcome, share, usable=share.usable, kind=kind)
        yield row.unless(outcome.declined)


# --- next to the differences ----------------------------------------------------------------------------


def _measure_excluded_teams(cohorts: Cohorts, outcome: Outcome) -> Iterator[Measure]:
    """Yield comparison teams with too few labelled records in some windows: since when, in how many.

    The comparison goes on without them in these windows.
    """
    senders = [sender for comparison in COMPARISONS for sender in list_sending_teams(cohorts, comparison)]
    compared = [
        s for s in senders if not s.declined and s.windows and outcome.find_reason(s.team, *s.windows) is None
    ]
    windows = {window for sender in compared for window in sender.windows}
    for team in list_comparison_teams(cohorts):
        without = sum(not outcome.count(team, window).usable for window in windows)
        if without and outcome.has_records(team):
            yield count_row(
                "impact.comparison_left_out",
                "windows",
                without,
                team=team,
                label=outcome.book.find_labelling_end(team),
                n=len(windows),
            )


def _measure_means(cohorts: Cohorts, outcome: Outcome) -> Iterator[Measure]:
    """Yield the mean share of sending teams before and after the first return, and of comparison teams then.

    The comparison teams are averaged over each sending team's two windows, then over sending teams. The
    claim's estimate weighs teams by their records, so the difference of the two changes is only close to it.
    """
    never, found = list_comparison_teams(cohorts), []
    senders = list_sending_teams(cohorts, COMPARISONS[0])
    for sender in senders:
        if sender.declined or not sender.windows:
            continue
        own = [outcome.count(sender.team, window) for window in sender.windows]
        others = [[outcome.count(team, window) for window in sender.windows] for team in never]
        kept = [counts for counts in others if all(count.usable for count in counts)]
        if kept and all(count.usable for count in own):
            comparison = [
                float(np.mean([count.k / count.n for count in at])) for at in zip(*kept, strict=True)
            ]
            found.append([*(count.k / count.n for count in own), *comparison])
    phases = COMPARISONS[0].before, COMPARISONS[0].after
    places = [(kind, phase) for kind in ("sending", "comparison") for phase in phases]
    for (kind, phase), values in zip(places, zip(*found, strict=True), strict=bool(found)):
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
    """Yield weeks 9 to 26 after the first return minus half a year before the first departure, uncompared.

    Printed as what is not the answer: it includes company-wide changes, the pre-departure dip and the season.
    """
    phases = cohorts.team_phases
    differences = []
    senders = list_sending_teams(cohorts, COMPARISONS[0])
    for sender in senders:
        away = phases.loc[phases["team"].eq(sender.team) & phases["phase"].eq("away"), "first"].min()
        if sender.declined or not sender.windows:
            continue
        before = outcome.count(sender.team, (away - HALF_YEAR, away - DAY))
        after = outcome.count(sender.team, sender.windows[1])
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


# --- threats to validity: nothing here is subtracted from the differences --------------------------------


def measure_threats(cohorts: Cohorts, outcome: Outcome) -> Iterator[Measure]:
    """Yield the pre-departure dip, study sessions that reached comparison teams, graduates in other teams."""
    # from the baseline to the 13 weeks before departure, against comparison teams, so that company-wide
    # changes do not count as a dip; it makes no claim
    senders = list_sending_teams(cohorts, BEFORE_LEAVING)
    sent = not cohorts.team_phases["phase"].eq("never").all()
    nobody = None if senders else "NO_BASELINE" if sent else "NOBODY_SENT"
    row = Measure(
        measure="impact.anticipation", unit=outcome.unit, method="difference_randomised", counts="teams"
    )
    yield compare_sending_teams(cohorts, outcome, senders).fill(row, otherwise=outcome.declined or nobody)
    yield _count_comparison_teams_at_sessions(cohorts)
    yield _count_moved(cohorts)


def _count_comparison_teams_at_sessions(cohorts: Cohorts) -> Measure:
    """Count comparison teams that came to a study session given by a participant or graduate."""
    sessions, never = list_sessions(cohorts), list_comparison_teams(cohorts)
    given = sessions[sessions["by_participant"]]
    attended = given[given["came"].notna()]
    reached = {team for came in attended["came"] for team in came} & set(never)
    declined = None
    if not never:
        declined = "NO_NEVER_SENDER"
    elif sessions.empty:
        declined = "NO_SESSIONS"
    elif not sessions["speaker_known"].any():
        declined = "NO_SPEAKERS"
    elif len(given) and attended.empty:
        declined = "NO_ATTENDANCE"
    return count_row(
        "impact.contamination",
        "teams",
        len(reached),
        counts="teams",
        kind="sessions",
        n=len(never),
        missing=len(given) - len(attended),
        notes=(f"SESSIONS_GIVEN:{len(given)}",),
    ).unless(declined)


def _count_moved(cohorts: Cohorts) -> Measure:
    """Count graduates now in another team, unless the roster shows that it is a sending team too."""
    programme, never = cohorts.programme, list_comparison_teams(cohorts)
    ended = [
        stay
        for stay in programme.rotations
        if stay.direction == "dev_to_sre" and stay.end is not None and stay.end <= programme.as_of
    ]
    elsewhere = {
        stay.person
        for stay in ended
        if stay.now == "elsewhere" and (stay.now_since is None or stay.now_since <= programme.as_of)
    }
    teams = {person.id: person.team for person in programme.people}
    homes = {stay.person: stay.home_team for stay in ended}
    moved = {person for person in elsewhere if teams.get(person) in (*never, None, homes[person])}
    unknown = {person for person in moved if teams.get(person) not in never}
    return count_row(
        "impact.contamination", "persons", len(moved), kind="moved", n=len(homes), missing=len(unknown)
    ).unless(None if homes else "NOBODY_FINISHED")


# --- charts without a comparison ------------------------------------------------------------------------


def measure_timeline(cohorts: Cohorts, outcome: Outcome) -> Iterator[Measure]:
    """Yield self-resolution per quarter, for sending teams and for comparison teams.

    Company-wide changes appear in both groups; they are marked on the axis and attributed to nobody.
    """
    phases = cohorts.team_phases
    senders = tuple(dict.fromkeys(phases.loc[phases["phase"].eq("away"), "team"]))
    groups = {"sender": senders, "never": list_comparison_teams(cohorts)}
    for window in list_quarters(cohorts):
        for kind, teams in groups.items():
            if teams:
                share = _pool(outcome.count(team, window) for team in teams)
                names = {"kind": kind, "label": window[0].date().isoformat()}
                yield _share_row(
                    "impact.quarter.self_resolution", outcome, share, usable=share.n > 0, **names
                )


def list_quarters(cohorts: Cohorts) -> list[Window]:
    """List calendar quarters from the first record of tickets or requests to `as_of`, cut at both ends."""
    days = pd.concat([cohorts.tables[name]["day"] for name in ("tickets", "requests")]).dropna()
    if days.empty:
        return []
    last = pd.Timestamp(cohorts.programme.as_of)
    quarters = pd.period_range(days.min(), last, freq="Q")
    return [(quarter.start_time, min(quarter.end_time.normalize(), last)) for quarter in quarters]


def measure_operating(cohorts: Cohorts, outcome: Outcome) -> Iterator[Measure]:
    """Yield self-resolution of all home teams in the first and in the last 52 weeks on record.

    If a team lacks usable records in one of the years, its records of both are missing.
    """
    teams, years = list_home_teams(cohorts.programme), find_years(outcome.book)
    kept = [team for team in teams if years and outcome.find_reason(team, *years) is None]
    for place, kind in enumerate(("first_year", "last_year")):
        share, declined = Count(0, 0), outcome.declined or "UNDER_TWO_YEARS"
        if years and not outcome.declined:
            counts = {team: outcome.count(team, years[place]) for team in teams}
            excluded = sum(count.noted for team, count in counts.items() if team not in kept)
            total = Count.total(counts[team] for team in kept)
            share, declined = Count(total.k, total.n, total.missing + excluded), outcome.incomplete
        row = share_row(
            "organisation.self_resolution", share.k, share.n, missing=int(share.missing), kind=kind
        )
        yield row.unless(None if kept and not outcome.declined else declined)


def find_years(book: TeamRecords) -> tuple[Window, Window] | None:
    """Return the first and the last 52 weeks of the records; None if they would overlap."""
    if not book.days:
        return None
    first = pd.Timestamp(min(days[0] for days in book.days.values()))
    last = pd.Timestamp(max(days[-1] for days in book.days.values()))
    if last - first + DAY < 2 * YEAR:
        return None
    return (first, first + YEAR - DAY), (last - YEAR + DAY, last)
