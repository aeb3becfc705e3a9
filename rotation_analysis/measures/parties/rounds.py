"""Anonymous answers in rounds: how many could be asked, how many different people answered at least.

A round is a calendar month: of the stated period where the form has one, else of the day of the answer.
Nobody is named in such answers, so the number of people behind them is that of the largest round: so many
different people answered at least, however many answers there are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...cohorts.cohort import Cohorts
from ...cohorts.working_weeks import count_hosts, count_participants_present
from ...measure_row import Measure
from ...programme.model import Programme, Rotation
from ...statistics.estimates import Estimate, estimate_mean, name_units

Array = NDArray[np.float64]
Group = tuple[str, str]
"""What a group of rounds is by, and its name: ("cohort", "3"), ("rotators", "rotators_2")."""
HOST, HOURS = "host", "ho_hours"
COHORT, ROTATORS, MONTH = "cohort", "rotators", "month"
ROUNDED_BY = 0.05  # hours are printed with one decimal
BLURRED = 1.0
"""A group's hours that can be told no closer than to this many hours are not told."""
NO_INTERVAL = {"rounds": ("FEW_ROUNDS", "ROUNDS_ALIKE"), "teams": ("FEW_TEAMS", "ALL_ALIKE")}
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
    """A round a month in which a participant was there; without regard to what was answered.

    The month of `as_of` is one as soon as anybody answered: until then its form may just have been sent.
    """
    programme = cohorts.programme
    stays = [stay for stay in programme.rotations if stay.direction == "dev_to_sre"]
    if not stays:
        return ()
    first = min(stay.start for stay in stays)
    last = max(_last_day(programme, stay) for stay in stays)
    answered = list_anonymous(cohorts, HOST)
    days = answered.groupby("month")["day"].agg(lambda days: days.sort_values().iloc[(len(days) - 1) // 2])
    rounds = []
    for month in pd.period_range(first, last, freq="M"):
        usual = min(date(month.year, month.month, MIDDLE_OF_MONTH), programme.as_of)
        day = days[str(month)].date() if str(month) in days.index else usual
        there = [s for s in stays if s.start < day and _last_day(programme, s) >= day - ASKED_ABOUT]
        sent = str(month) in days.index or month < pd.Period(programme.as_of, freq="M")
        if there and sent:
            rounds.append((str(month), day, tuple(there)))
    hosts = count_hosts(programme, [day for _, day, _ in rounds]).tolist()
    return tuple(
        HostRound(month=month, day=day, stays=there, asked=None if pd.isna(asked) else int(asked))
        for (month, day, there), asked in zip(rounds, hosts, strict=True)
    )


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


@dataclass(frozen=True)
class Asked:
    """The answers to one question of the host team's survey by round, and the rounds there were."""

    rounds: tuple[HostRound, ...]
    values: Mapping[str, list[float]]

    def of(self, wanted: Callable[[HostRound], bool]) -> Asked:
        """The rounds that are wanted, with all their answers."""
        return Asked(tuple(each for each in self.rounds if wanted(each)), self.values)

    @property
    def answered(self) -> list[HostRound]:
        """The rounds that anybody answered."""
        return [each for each in self.rounds if self.values.get(each.month)]

    @property
    def people(self) -> tuple[str, ...]:
        """Stand-ins for those who answered: of a round never more than there were to ask.

        Who answers twice in a month, late for the one before and for this one, is one.
        """
        counts = [(len(self.values[each.month]), each.asked) for each in self.answered]
        return name_people(HOST, (n if asked is None else min(n, asked) for n, asked in counts))

    def mean(self, each: HostRound) -> float:
        """The mean of a round's answers."""
        own = self.values[each.month]
        return sum(own) / len(own)

    def of_cohort(self, cohort: str) -> Asked:
        """The rounds in which one of its participants was there."""
        return self.of(lambda each: cohort in {stay.cohort for stay in each.stays})

    def row(self, measure: str, **others: Any) -> Measure:
        """A row without its value: n answers, how many more could have been given, from whom."""
        n = sum(len(self.values[each.month]) for each in self.answered)
        could = [each.asked for each in self.rounds]
        known = [count for count in could if count is not None]
        row = Measure(
            measure=measure,
            counts="persons",
            n=n,
            missing=max(0, sum(known) - n) if len(known) == len(could) else None,
            people=self.people,
            notes=(f"ROUNDS:{len(self.answered)}:{len(self.rounds)}",),
            **others,
        )
        unanswered = "ROUND_UNANSWERED" if self.rounds else "NO_ROTATOR_THEN"
        return row.unless(None if n else unanswered if self.values else "NO_SURVEY")

    def measure(
        self,
        measure: str,
        values: Sequence[float] | None = None,
        *,
        high: float | None = None,
        **others: Any,
    ) -> Measure:
        """The mean over rounds of each one's mean, or of the `values` given for them; cut at `high`."""
        row = self.row(measure, **others)
        if row.declined:
            return row
        means = [self.mean(each) for each in self.answered] if values is None else values
        return row.estimated(estimate_rounds(means, high=high))


def gather(rounds: tuple[HostRound, ...], answers: pd.DataFrame, column: str) -> Asked:
    """The answers (month, `column`) by round."""
    values = answers.groupby("month")[column].agg(lambda given: [float(value) for value in given])
    return Asked(rounds, values.to_dict())


def gather_hours(cohorts: Cohorts) -> Asked:
    """The hours of the week before that the host team's survey asks for."""
    given = list_anonymous(cohorts, HOST, HOURS).dropna(subset="number")
    return gather(list_host_rounds(cohorts), given, "number")


def group_hours(cohorts: Cohorts, hours: Asked) -> dict[Group, Asked]:
    """The groups of rounds whose hours are told beside the total: by cohort, participants present, month.

    Which groups there are is told by the stays alone.  A month of the stay has the rounds in which everybody
    was in it; where none of these was answered, those in which anybody was.
    """
    programme = cohorts.programme
    stays = [stay for stay in programme.rotations if stay.direction == "dev_to_sre"]
    most = int(count_participants_present(programme, [stay.start for stay in stays]).max()) if stays else 0
    longest = max((month_of_stay(stay, _last_day(programme, stay)) for stay in stays), default=0)
    groups: dict[Group, Asked] = {}
    for cohort in programme.cohorts:
        groups[COHORT, cohort] = hours.of_cohort(cohort)
    for number in range(1, most + 1):
        groups[ROTATORS, f"rotators_{number}"] = hours.of(lambda each, n=number: each.rotators == n)  # type: ignore[misc]
    for month in range(1, longest + 1):
        some = hours.of(lambda each, m=month: m in each.months_of_stay())  # type: ignore[misc]
        alone = some.of(lambda each: len(each.months_of_stay()) == 1)
        groups[MONTH, f"month_{month}"] = alone if alone.answered else some
    return groups


def _last_day(programme: Programme, stay: Rotation) -> date:
    return min(stay.end or programme.as_of, programme.as_of)


def name_people(prefix: str, answers_by_round: Iterable[int]) -> tuple[str, ...]:
    """Stand-ins for the different people who answered at least: as many as the largest round has answers.

    >>> name_people("host", [3, 2])
    ('host-1', 'host-2', 'host-3')
    """
    return tuple(f"{prefix}-{number}" for number in range(1, max(answers_by_round, default=0) + 1))


def estimate_rounds(
    means: Sequence[float], *, of: str = "rounds", low: float = 0.0, high: float | None = None
) -> Estimate:
    """Mean of one mean a round (or team), Student's t interval from four rounds on, cut at `low` and `high`.

    Within a round answers come from different people, from round to round from the same: so the round is the
    unit, never the answer.  Rounds are taken as independent: habits of the same few people make the interval
    too narrow, a trend from round to round too wide.
    Notes: `FEW_ROUNDS`, `ROUNDS_ALIKE`; of teams `FEW_TEAMS`, `ALL_ALIKE`.

    >>> e = estimate_rounds([1.0, 2.0, 3.0, 2.0])
    >>> round(e.value, 2), round(e.low, 2), round(e.high, 2)
    (2.0, 0.7, 3.3)
    """
    found = estimate_mean(means)
    few, alike = NO_INTERVAL[of]
    found = replace(found, p=None, note=name_units(found.note, few=few, alike=alike))
    if found.low is None or found.high is None:
        return found
    ends = (max(low, found.low), found.high if high is None else min(high, found.high))
    return replace(found, low=ends[0], high=ends[1])


def shield_hours(cohorts: Cohorts, hours: Asked) -> dict[Group, tuple[str, ...]]:
    """People of every group of `group_hours`, so that none that is hidden can be had from those shown.

    Each printed mean is a weighted sum of the rounds' means.  Where the sum of a group with fewer than k
    people follows from the sums shown, the total among them, to within `BLURRED` hours, the smallest group
    without which it does not takes the people of the hidden one.
    """
    groups, k = group_hours(cohorts, hours), cohorts.programme.disclosure.k
    people = {name: own.people for name, own in groups.items()}
    months = [each.month for each in hours.answered]
    sums = {name: _weigh(own, months, per_head=name[0] == MONTH) for name, own in groups.items()}
    total = _weigh(hours, months, per_head=False)
    few = [name for name, own in people.items() if 0 < len(own) < k]
    shown = sorted(
        (name for name, own in people.items() if len(own) >= k),
        key=lambda name: (len(people[name]), len(groups[name].answered)),
    )

    def reveals(names: Sequence[Group]) -> bool:
        known = np.array([total, *(sums[name] for name in names)])
        return any(_follows(sums[name], known) for name in few)

    hidden: list[Group] = []
    while shown and reveals(shown):
        cure = next((name for name in shown if not reveals([s for s in shown if s != name])), shown[0])
        shown.remove(cure)
        hidden.append(cure)
    least = min((people[name] for name in few), key=len, default=())
    return {**people, **dict.fromkeys(hidden, least)}


def _weigh(own: Asked, months: Sequence[str], *, per_head: bool) -> Array:
    """What each round's mean counts for in the printed mean of some rounds."""
    weights = dict.fromkeys(months, 0.0)
    for each in own.answered:
        share = (each.asked or 0) / each.rotators if per_head else 1.0
        weights[each.month] = share / len(own.answered)
    return np.array([weights[month] for month in months])


def _follows(wanted: Array, known: Array) -> bool:
    """Whether a weighted sum is a sum of known ones that rounding does not blur."""
    if not wanted.any():
        return False
    factors = np.linalg.lstsq(known.T, wanted, rcond=None)[0]
    exact = np.allclose(known.T @ factors, wanted, atol=1e-9)
    off_by = ROUNDED_BY * float(np.abs(factors).sum() / wanted.sum())  # in hours of one member
    return exact and off_by < BLURRED
