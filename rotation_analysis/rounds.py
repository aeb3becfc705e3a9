"""Anonymous answers in rounds: how many could be asked, how many different people answered at least.

A round is a calendar month: of the stated period where the form has one, else of the day of the answer.
Nobody is named in such answers, so the number of people behind them is that of the largest round: so many
different people answered at least, however many answers there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import pandas as pd

from .cohort import Cohorts
from .estimates import Estimate, estimate_mean
from .exposure import count_hosts
from .programme import Programme, Rotation

HOST = "host"
ASKED_ABOUT = timedelta(days=7)
"""The host team is asked about the week before."""
MIDDLE_OF_MONTH = 15


@dataclass(frozen=True, kw_only=True)
class HostRound:
    """One month of the host team's survey: `stays` are those that touch the week asked about.

    `day`: the middle one of the days on which it was answered, else the 15th.  `asked`: the people of the
    host team on that day, None where the team's size is not declared.
    """

    month: str
    day: date
    asked: int | None
    stays: tuple[Rotation, ...]

    @property
    def rotators(self) -> int:
        """How many participants were there."""
        return len({stay.person for stay in self.stays})

    def months_of_stay(self) -> list[int]:
        """In which calendar month of their stay those present were in that week, sorted, each once."""
        middle = self.day - ASKED_ABOUT / 2
        return sorted({month_of_stay(stay, middle) for stay in self.stays})


def month_of_stay(stay: Rotation, on: date) -> int:
    """The month of a stay that holds a day: 1 up to the day before the same day of the next month.

    Days before the start count as its first month.
    """
    months = 12 * (on.year - stay.start.year) + on.month - stay.start.month - (on.day < stay.start.day)
    return max(0, months) + 1


def list_host_rounds(cohorts: Cohorts) -> tuple[HostRound, ...]:
    """A round a month in which a participant was there; without regard to what was answered."""
    programme = cohorts.programme
    stays = [stay for stay in programme.rotations if stay.direction == "dev_to_sre"]
    if not stays:
        return ()
    first = min(stay.start for stay in stays)
    last = max(min(stay.end or programme.as_of, programme.as_of) for stay in stays)
    answered = list_anonymous(cohorts, HOST)
    days = answered.groupby("month")["day"].agg(lambda days: days.sort_values().iloc[(len(days) - 1) // 2])
    rounds = []
    for month in pd.period_range(first, last, freq="M"):
        usual = min(date(month.year, month.month, MIDDLE_OF_MONTH), programme.as_of)
        day = days[str(month)].date() if str(month) in days.index else usual
        there = [stay for stay in stays if _touches_week_before(programme, stay, day)]
        if there:
            rounds.append((str(month), day, tuple(there)))
    hosts = count_hosts(programme, [day for _, day, _ in rounds]).tolist()
    return tuple(
        HostRound(month=month, day=day, stays=there, asked=None if pd.isna(asked) else int(asked))
        for (month, day, there), asked in zip(rounds, hosts, strict=True)
    )


def _touches_week_before(programme: Programme, stay: Rotation, day: date) -> bool:
    end = min(stay.end or programme.as_of, programme.as_of)
    return stay.start < day and end >= day - ASKED_ABOUT


def list_anonymous(cohorts: Cohorts, instrument: str, question: str | None = None) -> pd.DataFrame:
    """The answers given to an anonymous questionnaire: month, day, question, number, level, scale, option."""
    responses = cohorts.tables["responses"]
    rows = responses[responses["instrument"].eq(instrument) & responses["state"].eq("answered")]
    rows = rows if question is None else rows[rows["question"].eq(question)]
    days = pd.to_datetime(rows["day"])
    if "period_start" in rows:
        days = pd.to_datetime(rows["period_start"]).where(rows["period"].notna(), days)
    found = rows[["question", "number", "level", "scale", "option"]].assign(
        day=pd.to_datetime(rows["day"]).fillna(days), month=days.dt.strftime("%Y-%m")
    )
    return found[days.notna()]


def name_people(prefix: str, answers_by_round: Iterable[int]) -> tuple[str, ...]:
    """Stand-ins for the different people who answered at least: as many as the largest round has answers.

    >>> name_people("host", [3, 2])
    ('host-1', 'host-2', 'host-3')
    """
    return tuple(f"{prefix}-{number}" for number in range(1, max(answers_by_round, default=0) + 1))


def estimate_rounds(means: Sequence[float], *, low: float = 0.0, high: float | None = None) -> Estimate:
    """Mean of one mean a round, with Student's t interval over rounds from four on, cut at `low` and `high`.

    Within a round answers come from different people, from round to round from the same: so the round is the
    unit, never the answer.  Rounds that follow each other are alike, so the interval is rather too narrow.
    Notes: `FEW_ROUNDS`, `ROUNDS_ALIKE`.

    >>> e = estimate_rounds([1.0, 2.0, 3.0, 2.0])
    >>> round(e.value, 2), round(e.low, 2), round(e.high, 2)
    (2.0, 0.7, 3.3)
    """
    found = estimate_mean(means)
    told = {"N1": "FEW_ROUNDS", "N_SMALL": "FEW_ROUNDS", "ZERO_SD": "ROUNDS_ALIKE"}
    found = replace(found, p=None, note=told.get(found.note or "", found.note))
    if found.low is None or found.high is None:
        return found
    ends = (max(low, found.low), found.high if high is None else min(high, found.high))
    return replace(found, low=ends[0], high=ends[1])


def shield(people: Mapping[str, tuple[str, ...]], k: int) -> dict[str, tuple[str, ...]]:
    """People of groups that are shown beside their total, so that no group can be had by subtraction.

    Where a group with answers has fewer than k people, the gate hides it; the smallest of the others then
    takes its people and is hidden, too: what is left over of the total rests on k people again.

    >>> shield({"a": ("p1",), "b": ("p1", "p2", "p3"), "c": ("p1", "p2")}, 2)
    {'a': ('p1',), 'b': ('p1', 'p2', 'p3'), 'c': ('p1',)}
    """
    few = [own for own in people.values() if 0 < len(set(own)) < k]
    others = [name for name, own in people.items() if len(set(own)) >= k]
    if not few or not others:
        return dict(people)
    smallest = min(others, key=lambda name: len(set(people[name])))
    return {**people, smallest: min(few, key=len)}
