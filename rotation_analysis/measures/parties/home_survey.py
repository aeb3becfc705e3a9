"""Rounds of the home teams' survey: how many were asked, what was answered, and shares over the programme.

The form is anonymous and may ask for the team.  A round is a calendar month of one team; without a team, a
month.  Of a team that declares its size, whoever is not away is asked: what did not come back is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from ...cohorts.cohort import Cohorts
from ...measure_row import Measure, commonest
from ...programme.model import Programme
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


def say_missing(rounds: Sequence[HomeRound]) -> tuple[str, ...]:
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
    every = list_home_rounds(cohorts, question, read)
    rounds = every if since is None else tuple(each for each in every if _is_asked(each, since))
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
        notes=(f"ROUNDS:{answered}:{len(counted)}", *say_missing(rounds)),
    )
    if not by_team:
        untimely = "NO_ROUND_THEN" if every else "NO_SURVEY"
        return row.unless("ROUND_UNANSWERED" if rounds else untimely)
    if not teams:
        return row.estimated(estimate_rounds(by_team[None], high=1.0))
    means = [sum(own) / len(own) for own in teams.values()]
    return row.estimated(estimate_rounds(means, of="teams", high=1.0))


def _is_asked(each: HomeRound, since: Mapping[str, pd.Timestamp]) -> bool:
    first = min(since.values(), default=None) if each.team is None else since.get(each.team)
    return first is not None and each.day >= first


# --- what a stay costs the home team: does it cope, was the delay planned for, who could stand in ----------

MANAGER = "manager"
COVER, SEND_AGAIN, DELAY = "hm_cover", "hm_sendagain", "mg_cost"


def measure_home_cover(cohorts: Cohorts) -> Iterator[Measure]:
    """Shares of those at home who do not cope or would send again, of delays within plan."""
    latest_first = sorted(cohorts.programme.rotations, key=lambda stay: stay.start, reverse=True)
    # from when on a team can tell how it copes with an absence
    departures = {stay.home_team: pd.Timestamp(stay.start) for stay in latest_first}
    yield measure_share(cohorts, "home.cover", COVER, read=_disagrees, since=departures)
    yield measure_share(cohorts, "home.send_again", SEND_AGAIN, read=_agrees)
    for cohort in (None, *cohorts.programme.cohorts):
        yield _measure_delay(cohorts, cohort)


def _disagrees(rows: pd.DataFrame) -> pd.Series:
    levels = read_levels(rows)
    return levels.le(DISAGREES_UP_TO).astype("float64").where(levels.notna())


def _agrees(rows: pd.DataFrame) -> pd.Series:
    levels = read_levels(rows)
    return levels.ge(AGREES_FROM).astype("float64").where(levels.notna())


def _measure_delay(cohorts: Cohorts, cohort: str | None) -> Measure:
    """The share of participants whose manager agrees that the delay was within plan; the latest answer holds.

    A manager may answer for several participants of the team, so the people behind it are the home teams.
    """
    told = _list_told(cohorts, cohort)
    asked = cohorts.coverage[cohorts.coverage["instrument"].eq(MANAGER)]
    asked = asked if cohort is None else asked[asked["cohort"].eq(cohort)]
    due = asked[asked["status"].isin(["answered", "missing"])]
    stays = {(stay.person, stay.cohort): stay.home_team for stay in cohorts.programme.rotations}
    teams = {stays.get(key, "") for key in told.index}
    statuses = "WAVE_" + asked["status"].astype("str").str.upper()
    return share_row(
        "home.delay_within_plan",
        told.ge(AGREES_FROM).sum(),
        len(told),
        missing=len(set(zip(due["person"], due["cohort"], strict=True)) - set(told.index)),
        counts="persons",
        cohort=cohort,
        people=tuple(sorted(f"{MANAGER}-{team}" for team in teams)),
    ).unless(commonest(statuses, otherwise="NO_SURVEY") if told.empty else None)


def _list_told(cohorts: Cohorts, cohort: str | None) -> pd.Series:
    """The latest level by stay (person, cohort)."""
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
    return latest.set_index(["person", "cohort"])["level"]
