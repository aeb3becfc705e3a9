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
from ...statistics.estimates import estimate_difference, name_units
from ..parties.home_survey import HomeRound, list_home_rounds, name_respondents, say_missing
from ..parties.rounds import estimate_rounds

SELF_SOLVING, ASK = "impact.self_solving", "impact.survey_ask"
QUESTIONS: Mapping[str, str] = {SELF_SOLVING: "hm_selfsolve", ASK: "hm_ask"}
SENDER = ("sender_before", "sender_away", "sender_after")
NEVER = ("never_first", "never_last")
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


def measure_self_solving(cohorts: Cohorts) -> Iterator[Measure]:
    """Levels by kind over the teams and team by team, and the change of senders against never-senders."""
    by_measure = {measure: list_stages(cohorts, measure) for measure in QUESTIONS}
    for measure, stages in by_measure.items():
        for kind in (*SENDER, *NEVER):
            yield _measure_kind(measure, kind, [each for each in stages if each.kind == kind])
    stages = by_measure[SELF_SOLVING]
    if any(each.rounds for each in stages):
        for kind in (*SENDER, *NEVER):
            yield from (_measure_team(stage) for stage in stages if stage.kind == kind)
    yield _measure_change(stages)


# --- which rounds belong together ------------------------------------------------------------------------


def list_stages(cohorts: Cohorts, measure: str) -> tuple[Stage, ...]:
    """Every team with each of its kinds, whatever was answered; not the host team and teams with a helper."""
    rounds = list_home_rounds(cohorts, QUESTIONS[measure])
    told = any(each.team for each in rounds)
    otherwise = "NO_SURVEY" if not rounds else "NO_ROUND_THEN" if told else "NO_TEAMS_TOLD"
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
    means = [stage.mean for stage in stages if stage.mean is not None]
    row = _row(measure, kind, [each for stage in stages for each in stage.rounds])
    if not means:
        reasons = [stage.declined for stage in stages if stage.declined]
        nobody = "NO_NEVER_SENDER" if kind in NEVER else "NOBODY_SENT"
        return row.unless(reasons[0] if reasons else nobody)
    return row.estimated(estimate_rounds(means, of="teams", low=LOWEST, high=HIGHEST))


def _row(measure: str, kind: str, rounds: Sequence[HomeRound]) -> Measure:
    return Measure(
        measure=measure,
        unit="survey_level",
        method="mean_of_team_means_t",
        counts="persons",
        kind=kind,
        n=sum(len(each.values) for each in rounds),
        missing=sum(each.missing for each in rounds),
        people=name_respondents(rounds),
        notes=say_missing(rounds),
    )


def _measure_team(stage: Stage) -> Measure:
    """How many answers a team gave in one of its kinds, and never which: no level of one team.

    A mean over teams with its interval tells the sum of the levels and that of their squares, so that with
    the levels of the other teams two hidden ones would follow.  A team with under k people is hidden by the
    gate, and with it another where the rest would tell it.
    """
    row = _row(f"{SELF_SOLVING}.by_team", stage.kind, stage.rounds)
    row = replace(row, team=stage.team, unit="answers", method="count", value=float(row.n or 0))
    return row.unless(stage.declined if stage.mean is None else None)


def _measure_change(stages: Sequence[Stage]) -> Measure:
    """How much more the answers of senders changed than of never-senders; n: senders with both times.

    Never-senders are asked at other dates: their change is taken as even over time and scaled to the days
    between the senders' rounds, so that what goes on everywhere is in both.
    """
    changes, others = _list_changes(stages, *SENDER[::2]), _list_changes(stages, *NEVER)
    senders = {stage.team for stage in stages if stage.kind in SENDER}
    both = [stage for stage in stages if stage.team in {*changes, *others}]
    rounds = {kind: [each for s in both if s.kind == kind for each in s.rounds] for kind in SENDER + NEVER}
    sides = [name_respondents(rounds[kind]) for kind in (*SENDER[::2], *NEVER)]
    again = [each.month for kind in (SENDER[-1], NEVER[-1]) for each in rounds[kind] if each.values]
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
        first_outcome=date.fromisoformat(f"{min(again)}-01") if again else None,
    )
    if not changes:
        return row.unless(_why_no_change(stages))
    if not others:
        never = any(stage.kind in NEVER for stage in stages)
        return row.unless("ONE_ROUND" if never else "NO_NEVER_SENDER")
    days = float(np.mean([days for _, days in changes.values()]))
    scaled = [levels * days / own_days for levels, own_days in others.values()]
    found = estimate_difference([levels for levels, _ in changes.values()], scaled)
    found = replace(found, note=name_units(found.note, few="FEW_TEAMS", alike="ALL_ALIKE"))
    return replace(row, notes=(f"COMPARED_ROUNDS:{len(others)}:{round(days / 7)}",)).estimated(found)


def _why_no_change(stages: Sequence[Stage]) -> str:
    if not any(stage.kind in SENDER for stage in stages):
        return "NOBODY_SENT"
    kinds = ("sender_after", "sender_before")
    reasons = [stage.declined for kind in kinds for stage in stages if stage.kind == kind and stage.declined]
    return reasons[0] if reasons else "ROUND_UNANSWERED"


def _list_changes(stages: Sequence[Stage], earlier: str, later: str) -> dict[str, tuple[float, float]]:
    """By team how far its mean level moved from one kind of rounds to another, and over how many days."""
    known = {(stage.team, stage.kind): stage for stage in stages if stage.mean is not None}
    changes = {}
    for (team, kind), first in known.items():
        last = known.get((team, later))
        if kind == earlier and first.mean is not None and last is not None and last.mean is not None:
            changes[team] = last.mean - first.mean, (last.day - first.day) / DAY
    return changes
