"""The home teams' survey: rounds, shares over the programme, and how much they solve without the host team.

The form is anonymous and may ask for the team.  A round is a calendar month of one team; without a team, a
month.  Of a team that declares its size, whoever is not away is asked: what did not come back is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd

from ...cohorts.cohort import Cohorts
from ...cohorts.phases import explain_missing_after
from ...measure_row import Measure, commonest
from ...programme.model import Programme
from ...statistics.estimates import estimate_difference, name_units
from ..rows import share_row
from .rounds import estimate_rounds, name_people

HOME = "home"
AGREEMENT_SCALE = "scale5"
AGREES_FROM, DISAGREES_UP_TO = 4, 2
Read = Callable[[pd.DataFrame], pd.Series]
"""Rows of `responses` → one number each, missing where the answer cannot be used."""


@dataclass(frozen=True, kw_only=True)
class HomeRound:
    """One month of one team's answers to a question; `team` is None where the form does not tell it.

    `day`: the middle one of the days of answering.  `asked`: who could be asked on it, None where that is not
    known; `received`: forms, with or without a usable answer; `values`: the usable answers.
    """

    team: str | None
    month: str
    day: pd.Timestamp
    asked: int | None
    received: int
    values: tuple[float, ...]

    @property
    def missing(self) -> int:
        """People, or where nobody knows how many were asked forms, without a usable answer."""
        return max(self.asked or 0, self.received) - len(self.values)

    @property
    def mean(self) -> float:
        """The mean of the usable answers."""
        return sum(self.values) / len(self.values)


def read_levels(rows: pd.DataFrame) -> pd.Series:
    """The level of agreement."""
    return rows["level"].astype("float64").where(rows["scale"].eq(AGREEMENT_SCALE))


def mark_answers(answers: pd.Series, marked: pd.Series) -> pd.Series:
    """1.0 where an answer is marked, 0.0 where it is not, missing where there is none."""
    return marked.astype("float64").where(answers.notna())


def list_home_rounds(cohorts: Cohorts, question: str, read: Read = read_levels) -> tuple[HomeRound, ...]:
    """The rounds in which anybody sent the form, by team and month."""
    responses = cohorts.tables["responses"]
    rows = responses[responses["instrument"].eq(HOME) & responses["question"].eq(question)]
    days = pd.to_datetime(rows["day"])
    teams = rows["team"].astype(object)
    given = pd.DataFrame(
        {
            "team": teams.where(teams.notna(), None),
            "month": days.dt.strftime("%Y-%m"),
            "day": days,
            "value": read(rows).where(rows["state"].eq("answered")),
        }
    )
    rounds = []
    for (team, month), own in given[days.notna()].groupby(["team", "month"], dropna=False, sort=True):
        known = None if pd.isna(team) else str(team)
        day = own["day"].sort_values().iloc[(len(own) - 1) // 2]
        rounds.append(
            HomeRound(
                team=known,
                month=str(month),
                day=day,
                asked=_count_asked(cohorts.programme, known, day),
                received=len(own),
                values=tuple(own["value"].dropna().tolist()),
            )
        )
    return tuple(rounds)


def _count_asked(programme: Programme, team: str | None, day: pd.Timestamp) -> int | None:
    """People of a team who are there on a day: its declared size without those who are away."""
    size = None if team is None else programme.team(team).size
    if size is None:
        return None
    away = {
        stay.person
        for stay in programme.rotations
        if stay.home_team == team and stay.start <= day.date() <= (stay.end or programme.as_of)
    }
    return max(0, size - len(away))


def name_respondents(rounds: Sequence[HomeRound]) -> tuple[str, ...]:
    """Stand-ins for the different people who answered at least; teams are different people, rounds are not.

    Of a round there are never more than could be asked: some may have answered twice.
    """
    most: dict[str | None, int] = {}
    for each in rounds:
        # somebody answered, also where by the roster nobody was there to be asked
        people = len(each.values) if each.asked is None else min(len(each.values), max(each.asked, 1))
        most[each.team] = max(most.get(each.team, 0), people)
    of_teams = [name for team, n in most.items() if team for name in name_people(f"{HOME}-{team}", [n])]
    # whoever told no team may be one of those who did another time
    return (*of_teams, *name_people(HOME, [max(0, most.get(None, 0) - len(of_teams))]))


def describe_missing(rounds: Sequence[HomeRound]) -> tuple[str, ...]:
    """The note that tells whether `missing` knows of forms that never came back."""
    unknown = sum(each.asked is None for each in rounds)
    if not rounds:
        return ()
    return (f"ASKED_UNKNOWN:{unknown}:{len(rounds)}",) if unknown else ("ASKED_BY_SIZE",)


def measure_share(
    cohorts: Cohorts,
    measure: str,
    question: str,
    *,
    read: Read,
    since: Mapping[str, pd.Timestamp] | None = None,
) -> Measure:
    """The programme's share of answers that `read` gives as 1.0, over rounds; n: usable answers.

    Where the form tells teams: mean of the teams' means of rounds, with Student's t over teams; whoever told
    no team is missing then.  Otherwise mean of the months' shares, t over months: the same people answer from
    month to month.  `since`: from which day on the question can be answered, by team; a team that is not
    named there is not asked, and without a team it is the earliest day.
    """
    every = rounds = list_home_rounds(cohorts, question, read)
    if since is not None:
        earliest = min(since.values(), default=None)
        begun = [(each, since.get(each.team) if each.team else earliest) for each in every]
        rounds = tuple(each for each, first in begun if first is not None and each.day >= first)
    by_team: dict[str | None, list[float]] = {}
    for each in (each for each in rounds if each.values):
        by_team.setdefault(each.team, []).append(each.mean)
    teams = {team: means for team, means in by_team.items() if team is not None}
    counted = tuple(each for each in rounds if each.team is not None) if teams else rounds
    left = sum(len(each.values) for each in rounds) - sum(len(each.values) for each in counted)
    answered = sum(bool(each.values) for each in counted)
    row = Measure(
        measure=measure,
        unit="share",
        method="share_of_teams_t" if teams else "share_of_rounds_t",
        counts="persons",
        n=sum(len(each.values) for each in counted),
        missing=sum(each.missing for each in rounds) + left,
        people=name_respondents(counted),
        notes=(f"ROUNDS:{answered}:{len(counted)}", *describe_missing(rounds)),
    )
    if not by_team:
        untimely = "NO_ROUND_THEN" if every else "NO_SURVEY"
        return row.unless("ROUND_UNANSWERED" if rounds else untimely)
    if not teams:
        return row.estimated(estimate_rounds(by_team[None], high=1.0))
    means = [sum(own) / len(own) for own in teams.values()]
    return row.estimated(estimate_rounds(means, of="teams", high=1.0))


# --- what a stay costs the home team: does it cope, was the delay planned for, who could stand in ----------

MANAGER = "manager"
COVER, SEND_AGAIN, DELAY = "hm_cover", "hm_sendagain", "mg_cost"


def measure_home_cover(cohorts: Cohorts) -> Iterator[Measure]:
    """Shares of those at home who do not cope or would send again, of delays within plan."""
    latest_first = sorted(cohorts.programme.rotations, key=lambda stay: stay.start, reverse=True)
    # from when on a team can tell how it copes with an absence
    departures = {stay.home_team: pd.Timestamp(stay.start) for stay in latest_first}
    yield measure_share(
        cohorts,
        "home.cover",
        COVER,
        read=lambda rows: mark_answers(levels := read_levels(rows), levels.le(DISAGREES_UP_TO)),
        since=departures,
    )
    yield measure_share(
        cohorts,
        "home.send_again",
        SEND_AGAIN,
        read=lambda rows: mark_answers(levels := read_levels(rows), levels.ge(AGREES_FROM)),
    )
    for cohort in (None, *cohorts.programme.cohorts):
        yield _measure_delay(cohorts, cohort)


def _measure_delay(cohorts: Cohorts, cohort: str | None) -> Measure:
    """The share of participants whose manager agrees that the delay was within plan; the latest answer holds.

    A manager may answer for several participants of the team, so the people behind it are the home teams.
    """
    responses = cohorts.tables["responses"]
    rows = responses[
        responses["instrument"].eq(MANAGER)
        & responses["question"].eq(DELAY)
        & responses["state"].eq("answered")
        & responses["scale"].eq(AGREEMENT_SCALE)
        & responses["level"].notna()
        & responses["person"].notna()
    ]
    rows = rows if cohort is None else rows[rows["cohort"].eq(cohort)]
    latest = rows.sort_values("day", kind="stable").drop_duplicates(["person", "cohort"], keep="last")
    levels = latest.set_index(["person", "cohort"])["level"]
    asked = cohorts.coverage[cohorts.coverage["instrument"].eq(MANAGER)]
    asked = asked if cohort is None else asked[asked["cohort"].eq(cohort)]
    due = asked[asked["status"].isin(["answered", "missing"])]
    stays = {(stay.person, stay.cohort): stay.home_team for stay in cohorts.programme.rotations}
    teams = {stays.get(key, "") for key in levels.index}
    statuses = "WAVE_" + asked["status"].astype("str").str.upper()
    return share_row(
        "home.delay_within_plan",
        levels.ge(AGREES_FROM).sum(),
        len(levels),
        missing=len(set(zip(due["person"], due["cohort"], strict=True)) - set(levels.index)),
        counts="persons",
        cohort=cohort,
        people=tuple(sorted(f"{MANAGER}-{team}" for team in teams)),
    ).unless(commonest(statuses, otherwise="NO_SURVEY") if levels.empty else None)


# --- solving problems without the host team -----------------------------------------------------------------
# What home teams themselves say of solving problems without the host team: the source beside their records.
#
# Rounds of a team are sorted by the day of answering: before its first departure, while somebody is away
# before the first return, and from that return on (the weeks of settling in included) until the next
# departure or until the graduate leaves the company.  Of a team that never sent anyone the first and the last
# round count.


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
    has_teams = any(each.team for each in rounds)
    otherwise = "NO_SURVEY" if not rounds else "NO_ROUND_THEN" if has_teams else "NO_TEAMS_TOLD"
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
            declined = explain_missing_after(stays) if early else otherwise
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
        notes=describe_missing(rounds),
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
        later_first = [s for kind in ("sender_after", "sender_before") for s in stages if s.kind == kind]
        reasons = [stage.declined for stage in later_first if stage.declined]
        otherwise = "ROUND_UNANSWERED" if senders else "NOBODY_SENT"
        return row.unless(reasons[0] if reasons else otherwise)
    if not others:
        never = any(stage.kind in NEVER for stage in stages)
        return row.unless("ONE_ROUND" if never else "NO_NEVER_SENDER")
    days = float(np.mean([days for _, days in changes.values()]))
    scaled = [levels * days / own_days for levels, own_days in others.values()]
    found = estimate_difference([levels for levels, _ in changes.values()], scaled)
    found = replace(found, note=name_units(found.note, few="FEW_TEAMS", alike="ALL_ALIKE"))
    return replace(row, notes=(f"COMPARED_ROUNDS:{len(others)}:{round(days / 7)}",)).estimated(found)


def _list_changes(stages: Sequence[Stage], earlier: str, later: str) -> dict[str, tuple[float, float]]:
    """By team how far its mean level moved from one kind of rounds to another, and over how many days."""
    known = {(stage.team, stage.kind): stage for stage in stages if stage.mean is not None}
    changes = {}
    for (team, kind), first in known.items():
        last = known.get((team, later))
        if kind == earlier and first.mean is not None and last is not None and last.mean is not None:
            changes[team] = last.mean - first.mean, (last.day - first.day) / DAY
    return changes
