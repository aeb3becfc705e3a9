"""What home teams themselves say of solving problems without the host team: the source beside their records.

Rounds of a team are sorted by the day of answering: before its first departure, while somebody is away before
the first return, and from that return on (the weeks of settling in included) until the next departure or
until the graduate leaves the company.  Of a team that never sent anyone the first and the last round count.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd

from ...cohorts.cohort import Cohorts
from ...cohorts.phases import why_nothing_after
from ...measure_row import Measure
from ...programme.model import Programme
from ...statistics.estimates import Estimate, estimate_difference, name_units
from ..parties.home_survey import HomeRound, list_home_rounds, name_respondents, say_missing
from ..parties.rounds import estimate_rounds

SELF_SOLVING, ASK = "impact.self_solving", "impact.survey_ask"
QUESTIONS: Mapping[str, str] = {SELF_SOLVING: "hm_selfsolve", ASK: "hm_ask"}
SENDER = ("sender_before", "sender_away", "sender_after")
NEVER = ("never_first", "never_last")
LATER = (SENDER[-1], NEVER[-1])
LOWEST, HIGHEST = 1.0, 5.0
DAY = pd.Timedelta(days=1)


@dataclass(frozen=True)
class Stage:
    """The rounds of one team that belong to one kind; `declined` says why there are none."""

    team: str
    kind: str
    rounds: tuple[HomeRound, ...]
    declined: str | None

    @property
    def mean(self) -> float | None:
        """The mean of the rounds' means."""
        means = [each.mean for each in self.rounds if each.values]
        return sum(means) / len(means) if means else None

    @property
    def day(self) -> pd.Timestamp:
        """The mean of the days of the rounds with answers."""
        return pd.Series([each.day for each in self.rounds if each.values]).mean()


@dataclass(frozen=True)
class Change:
    """How far a team's mean level moved from one kind of rounds to another, and over how many days."""

    levels: float
    days: float


def measure_self_solving(cohorts: Cohorts) -> Iterator[Measure]:
    """Levels by kind over the teams and team by team, and the change of senders against never-senders."""
    by_measure = {measure: list_stages(cohorts, measure) for measure in QUESTIONS}
    for measure, stages in by_measure.items():
        for kind in (*SENDER, *NEVER):
            yield _measure_kind(measure, kind, [each for each in stages if each.kind == kind])
    stages = by_measure[SELF_SOLVING]
    if any(each.rounds for each in stages):
        yield from _measure_teams(cohorts, stages)
    yield _measure_change(stages)


# --- which rounds belong together ------------------------------------------------------------------------


def list_stages(cohorts: Cohorts, measure: str) -> tuple[Stage, ...]:
    """Every team with each of its kinds, whatever was answered; not the host team and teams with a helper."""
    rounds = list_home_rounds(cohorts, QUESTIONS[measure])
    otherwise = _why_none(rounds)
    stages = []
    for team, phases in cohorts.team_phases.groupby("team", sort=False):
        own = tuple(each for each in rounds if each.team == team)
        if phases["phase"].eq("never").all():
            ends = {"never_first": own[:1], "never_last": own[1:][-1:]}
            stages += [Stage(team, kind, found, None if found else otherwise) for kind, found in ends.items()]
            continue
        after = _find_after(cohorts.programme, phases)
        stays = [stay for stay in cohorts.programme.rotations if stay.home_team == team]
        departure = min(pd.Timestamp(stay.start) for stay in stays)
        kinds = [_kind_of(each, phases[phases["phase"].eq("away")], departure, after) for each in own]
        for kind in SENDER:
            found = tuple(each for each, its in zip(own, kinds, strict=True) if its == kind)
            early = kind == "sender_after" and after is None and bool(own)
            declined = why_nothing_after(stays) if early else otherwise
            stages.append(Stage(team, kind, found, None if found else declined))
    return tuple(stages)


def _why_none(rounds: Sequence[HomeRound]) -> str:
    if not rounds:
        return "NO_SURVEY"
    return "NO_ROUND_THEN" if any(each.team for each in rounds) else "NO_TEAMS_TOLD"


def _find_after(programme: Programme, phases: pd.DataFrame) -> tuple[pd.Timestamp, pd.Timestamp] | None:
    """The days after a team's first return, up to its next departure or the day its graduate leaves."""
    ramps = phases[phases["phase"].eq("ramp")]
    if ramps.empty:
        return None
    back = ramps.sort_values("first").iloc[0]
    departures = phases.loc[phases["phase"].eq("away") & phases["first"].gt(back["first"]), "first"]
    left = [
        pd.Timestamp(stay.now_since)
        for stay in programme.rotations
        if (stay.person, stay.cohort, stay.now) == (back["person"], back["cohort"], "left") and stay.now_since
    ]
    last = min([pd.Timestamp(programme.as_of), *(departures - DAY), *left])
    return back["first"], last


def _kind_of(
    each: HomeRound,
    away: pd.DataFrame,
    departure: pd.Timestamp,
    after: tuple[pd.Timestamp, pd.Timestamp] | None,
) -> str | None:
    """Before, away or after; later rounds are of no kind, as are those after a stay without a return.

    `departure` is the first there ever was, also if the records begin later.
    """
    if each.day < departure:
        return "sender_before"
    if after is not None and each.day >= after[0]:
        return "sender_after" if each.day <= after[1] else None
    here = away["first"].le(each.day) & away["last"].ge(each.day)
    return "sender_away" if here.any() else None


# --- rows ------------------------------------------------------------------------------------------------


def _measure_kind(measure: str, kind: str, stages: Sequence[Stage]) -> Measure:
    """The mean over teams of one kind; n: usable answers."""
    rounds = [each for stage in stages for each in stage.rounds]
    means = [stage.mean for stage in stages if stage.mean is not None]
    row = _row(measure, kind, rounds)
    if not means:
        reasons = [stage.declined for stage in stages if stage.declined]
        nobody = "NO_NEVER_SENDER" if kind in NEVER else "NOBODY_SENT"
        return row.unless(reasons[0] if reasons else nobody)
    return row.estimated(estimate_rounds(means, of="teams", low=LOWEST, high=HIGHEST))


def _row(measure: str, kind: str, rounds: Sequence[HomeRound], *, team: str | None = None) -> Measure:
    return Measure(
        measure=measure,
        unit="survey_level",
        method="mean_of_team_means_t" if team is None else "count",
        counts="persons",
        kind=kind,
        team=team,
        n=sum(len(each.values) for each in rounds),
        missing=sum(each.missing for each in rounds),
        people=name_respondents(rounds),
        notes=say_missing(rounds),
    )


def _measure_teams(cohorts: Cohorts, stages: Sequence[Stage]) -> Iterator[Measure]:
    """How many answers each team gave in each of its kinds, and never which: no level of one team.

    A mean over teams with its interval tells the sum of the levels and that of their squares, so that with
    the levels of the other teams two hidden ones would follow.  A team with under k people is hidden by the
    gate, and with it another where the rest would tell it.
    """
    for kind in (*SENDER, *NEVER):
        own = {stage.team: stage for stage in stages if stage.kind == kind}
        people = {team: name_respondents(stage.rounds) for team, stage in own.items()}
        for team, stage in own.items():
            row = _row(f"{SELF_SOLVING}.by_team", kind, stage.rounds, team=team)
            row = replace(row, unit="answers", value=float(row.n or 0), people=people[team])
            yield row.unless(stage.declined if stage.mean is None else None)


def _measure_change(stages: Sequence[Stage]) -> Measure:
    """How much more the answers of senders changed than of never-senders; n: senders with both times.

    Never-senders are asked at other dates: their change is taken as even over time and scaled to the days
    between the senders' rounds, so that what goes on everywhere is in both.
    """
    changes, others = _list_changes(stages)
    senders = {stage.team for stage in stages if stage.kind in SENDER}
    both = [stage for stage in stages if stage.team in {*changes, *others}]
    sides = (
        name_respondents([each for stage in both if stage.kind == kind for each in stage.rounds])
        for kind in (*SENDER[::2], *NEVER)
    )
    row = Measure(
        measure=f"{SELF_SOLVING}.first_graduate",
        unit="levels",
        method="difference_over_teams",
        counts="persons",  # n counts teams, but it is made of people's answers: the gate counts these
        claims=True,
        compared=True,
        n=len(changes),
        missing=len(senders) - len(changes),
        people=min(sides, key=len),  # each side at each time: with the means of the others it would follow
        first_outcome=_find_first_outcome(both),
    )
    if not changes:
        return row.unless(_why_no_change(stages))
    if not others:
        never = any(stage.kind in NEVER for stage in stages)
        return row.unless("ONE_ROUND" if never else "NO_NEVER_SENDER")
    weeks = round(np.mean([change.days for change in changes.values()]) / 7)
    notes = (f"COMPARED_ROUNDS:{len(others)}:{weeks}",)
    return replace(row, notes=notes).estimated(_estimate(changes, others))


def _find_first_outcome(stages: Sequence[Stage]) -> date | None:
    """The first day of the first month in which a team answered a second time."""
    months = [each.month for stage in stages if stage.kind in LATER for each in stage.rounds if each.values]
    return date.fromisoformat(f"{min(months)}-01") if months else None


def _why_no_change(stages: Sequence[Stage]) -> str:
    reasons = [stage.declined for stage in stages if stage.kind == "sender_after" and stage.declined]
    reasons += [stage.declined for stage in stages if stage.kind == "sender_before" and stage.declined]
    if not any(stage.kind in SENDER for stage in stages):
        return "NOBODY_SENT"
    return reasons[0] if reasons else "ROUND_UNANSWERED"


def _list_changes(stages: Sequence[Stage]) -> tuple[dict[str, Change], dict[str, Change]]:
    """By team the change of its level: senders after − before, never-senders last − first round."""
    by_team = {(stage.team, stage.kind): stage for stage in stages}
    found: list[dict[str, Change]] = []
    for earlier, later in (SENDER[::2], NEVER):
        changes = {}
        for (team, kind), stage in by_team.items():
            last = by_team.get((team, later))
            if kind != earlier or last is None or stage.mean is None or last.mean is None:
                continue
            changes[team] = Change(last.mean - stage.mean, (last.day - stage.day) / DAY)
        found.append(changes)
    return found[0], found[1]


def _estimate(changes: Mapping[str, Change], others: Mapping[str, Change]) -> Estimate:
    days = float(np.mean([change.days for change in changes.values()]))
    scaled = [change.levels * days / change.days for change in others.values()]
    found = estimate_difference([change.levels for change in changes.values()], scaled)
    return replace(found, note=name_units(found.note, few="FEW_TEAMS", alike="ALL_ALIKE"))
