"""From which week of a stay the host team has had back the time it spent, counted in its own working time.

Host time is not value: a request done by a participant is counted like one done by a member of the host team,
what they improved, learned or changed at home is not counted at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...cohorts.cohort import Cohorts
from ...cohorts.working_weeks import count_hosts
from ...measure_row import Measure
from ...programme.model import Programme, Rotation
from ...programme.worktime import local_days
from ...statistics.estimates import estimate_mean

Array = NDArray[np.float64]
BALANCE, WEEK = "host.balance", "host.break_even_week"
DAYS_A_MONTH = 365.25 / 12
SEVEN_DAYS = np.timedelta64(7, "D")


@dataclass(frozen=True)
class Outputs:
    """What participants did, in weeks of a host team member's requests: one cumulated series a stay.

    `cumulated[i][w]` is the sum of stay i up to its week w + 1; as long as whole weeks were observed.
    `k`: of how many participants an aggregate is shown.
    """

    stays: tuple[Rotation, ...]
    cumulated: tuple[Array, ...]
    k: int

    def at(self, week: int) -> list[float]:
        """The sums up to a week (from 1) of the stays that were observed so long."""
        return [float(own[week - 1]) for own in self.cumulated if len(own) >= week]

    def mean_up_to(self, week: int) -> float:
        """The sum of the weekly means over the stays that were there in each week.

        Not the mean of the sums: where one stay ends, that would jump, and tell what its person did.
        """
        weekly = [np.diff(own, prepend=0.0) for own in self.cumulated]
        return sum(float(np.mean([own[w] for own in weekly if len(own) > w])) for w in range(week))

    @property
    def weeks(self) -> int:
        """The last week that k participants reached; where there are fewer of them, that all of them did.

        What is added from one week to the next is the mean of those who were there: told of fewer than k, it
        would tell what they did.
        """
        longest: dict[str, int] = {}
        for stay, own in zip(self.stays, self.cumulated, strict=True):
            longest[stay.person] = max(longest.get(stay.person, 0), len(own))
        lengths = sorted(longest.values(), reverse=True)
        return lengths[min(len(lengths), self.k) - 1] if lengths else 0


def measure_break_even(cohorts: Cohorts, per_rotator: Sequence[Measure]) -> Iterator[Measure]:
    """The balance week by week and the first week from which it stays at 0 or above, over the programme.

    `per_rotator` are the rows host.teaching_per_rotator; requests done by host team members are the measure.
    """
    outputs = count_outputs(cohorts)
    teaching, carried = _hours_in_use(per_rotator, outputs.weeks, cohorts.programme.disclosure.k)
    people = _fewest(teaching, outputs)
    seen = sum(len(own) > 0 for own in outputs.cumulated)
    row = Measure(
        measure=WEEK,
        unit="weeks",
        method="cumulated_host_time",
        counts="persons",
        n=seen,
        missing=len(outputs.stays) - seen,
        people=people,
        notes=(f"HOURS_CARRIED:{carried}",) if carried else (),
    )
    if declined := _why_not(cohorts, per_rotator, outputs):
        yield row.unless(declined)
        return
    balance = _balance(cohorts, teaching, outputs)
    for week, (value, low, high, n) in enumerate(balance, start=1):
        yield replace(
            row,
            measure=BALANCE,
            unit="host_weeks",
            label=str(week),
            n=n,
            missing=len(outputs.stays) - n,
            value=value,
            low=low,
            high=high,
        )
    yield _first_week(row, balance)


def _hours_in_use(per_rotator: Sequence[Measure], weeks: int, k: int) -> tuple[dict[int, Measure], int]:
    """Month → its hours, of the months that hold the weeks; and how many of them take a neighbour's.

    A month whose hours rest on fewer than k people would show in the balance: it has none of its own, unless
    all are like that.
    """
    last = _month_of_week(max(weeks, 1))
    told = {int(str(row.kind).removeprefix("month_")): row for row in per_rotator if row.value is not None}
    enough = {month: row for month, row in told.items() if len(set(row.people)) >= k} or told
    needed = {month: row for month, row in enough.items() if month <= last} or enough
    return needed, last - sum(month <= last for month in needed)


def _why_not(cohorts: Cohorts, per_rotator: Sequence[Measure], outputs: Outputs) -> str | None:
    if all(row.value is None for row in per_rotator):
        return next((row.declined for row in per_rotator if row.declined), "NO_SURVEY")
    if cohorts.tables["requests"]["resolved"].isna().all() or not outputs.weeks:
        return "NO_REQUESTS"
    return None if any(own.any() for own in outputs.cumulated) else "NO_DOER"


def count_outputs(cohorts: Cohorts) -> Outputs:
    """Requests done by each participant in each week of the stay ÷ those done by a host team member then.

    "A member" is one of those that the programme lists: of others it is not known what they did.  A week in
    which the host team closed nothing counts as none done.  Stays whose weeks lie outside the
    requests that were read have no weeks.
    """
    programme = cohorts.programme
    done = _count_done(cohorts)
    by_hosts = done[_done_by_hosts(cohorts, done)]
    stays = [stay for stay in programme.rotations if stay.direction == "dev_to_sre"]
    found = []
    for stay in stays:
        starts = _week_starts(stay, programme.as_of, done["on"])
        own = _count_by_week(done[done["person"].eq(stay.person)], starts)
        hosts = count_hosts(programme, [start.date() for start in starts]).astype("float64").to_numpy()
        known = hosts - _count_unlisted(programme)
        usual = np.divide(_count_by_week(by_hosts, starts), known, out=np.zeros_like(own), where=known > 0)
        ratio = np.divide(own, usual, out=np.zeros_like(own), where=usual > 0)
        found.append(np.cumsum(ratio))
    return Outputs(tuple(stays), tuple(found), programme.disclosure.k)


def _count_unlisted(programme: Programme) -> int:
    """Members of the host team whose requests nobody can know: those that the programme does not list."""
    host = programme.team(programme.programme.host_team)
    listed = sum(person.team == host.id for person in programme.people)
    return max(0, (host.size or 0) - listed)


def _count_done(cohorts: Cohorts) -> pd.DataFrame:
    """person, on, n: requests closed by day and by whom, where that is known; sorted by day."""
    requests = cohorts.tables["requests"]
    on = local_days(requests["resolved"], cohorts.programme.programme.timezone)
    counts = on.groupby([requests["person"].astype("category"), on], observed=True, dropna=False).size()
    counts.index.names = ["person", "on"]
    done = counts.rename("n").reset_index().sort_values("on", kind="stable")
    return done[done["on"].notna()].astype({"person": object})


def _done_by_hosts(cohorts: Cohorts, done: pd.DataFrame) -> pd.Series:
    """Whether a member of the host team did it: its people, and those who stayed on, after their stay."""
    programme = cohorts.programme
    host = programme.programme.host_team
    members = {person.id for person in programme.people if person.team == host}
    found = done["person"].isin(members)
    for stay in programme.rotations:
        own = done["person"].eq(stay.person)
        inside = done["on"].between(pd.Timestamp(stay.start), pd.Timestamp(stay.end or programme.as_of))
        found &= ~(own & inside)
        if stay.end is not None and stay.now == "host":
            found |= own & (done["on"] > pd.Timestamp(stay.end))
    return found


def _week_starts(stay: Rotation, as_of: object, days: pd.Series) -> list[pd.Timestamp]:
    """The first days of the whole weeks of a stay that lie within the days on record."""
    if days.empty:
        return []
    last = min(pd.Timestamp(stay.end or as_of), pd.Timestamp(as_of))
    starts = pd.date_range(stay.start, last - timedelta(days=6), freq="7D")
    if pd.Timestamp(stay.start) < days.min() - timedelta(days=6):
        return []  # without its first weeks a sum says nothing
    return [start for start in starts if start <= days.max()]


def _count_by_week(done: pd.DataFrame, starts: Sequence[pd.Timestamp]) -> Array:
    """How many were closed in each week; `done` is sorted by day."""
    days = done["on"].to_numpy().astype("datetime64[D]")
    so_far = np.concatenate([[0.0], np.cumsum(done["n"].to_numpy(dtype=float))])
    first = np.array([start.to_datetime64() for start in starts], dtype="datetime64[D]")
    counts: Array = so_far[np.searchsorted(days, first + SEVEN_DAYS)] - so_far[np.searchsorted(days, first)]
    return counts


def _balance(
    cohorts: Cohorts, teaching: Mapping[int, Measure], outputs: Outputs
) -> list[tuple[float, float | None, float | None, int]]:
    """(value, low, high, stays) up to each week: outputs − teaching, both added up.

    The interval of the outputs is as wide as Student's t over the sums of the stays that reached the week.
    """
    hours = cohorts.programme.costs.hours_per_week
    spent = np.zeros(3)
    found = []
    for week in range(1, outputs.weeks + 1):
        row = teaching[_nearest(teaching, _month_of_week(week))]
        ends = (row.low, row.value, row.high)
        spent = spent + np.array([np.nan if end is None else end for end in ends]) / hours
        output, stays = outputs.mean_up_to(week), estimate_mean(outputs.at(week))
        wide = None if stays.high is None else stays.high - stays.value
        least, most = float(spent[0]), float(spent[2])
        low = None if wide is None or np.isnan(most) else output - wide - most
        high = None if wide is None or np.isnan(least) else output + wide - least
        found.append((output - float(spent[1]), low, high, stays.n))
    return found


def _month_of_week(week: int) -> int:
    """The month of a stay that holds the middle of its week, in months of equal length.

    >>> [_month_of_week(week) for week in (1, 4, 5, 26)]
    [1, 1, 2, 6]
    """
    return int((7 * week - 4) / DAYS_A_MONTH) + 1


def _nearest(teaching: Mapping[int, Measure], month: int) -> int:
    """The month whose hours stand for a month: itself, else the last before it, else the first there is."""
    earlier = [there for there in teaching if there <= month]
    return max(earlier) if earlier else min(teaching)


def _first_week(row: Measure, balance: Sequence[tuple[float, float | None, float | None, int]]) -> Measure:
    """The row with the first week from which the balance stays at 0 or above, and the ends of its range."""
    weeks = len(balance)
    value = _stays_above([value for value, _, _, _ in balance])
    soonest = _stays_above([high for _, _, high, _ in balance])
    latest = _stays_above([low for _, low, _, _ in balance])
    known = all(low is not None and high is not None for _, low, high, _ in balance)
    notes = [*row.notes]
    if value is None:
        notes.append(f"NOT_WITHIN_STAY:{weeks}")
    if not known:
        notes.append("NO_RANGE")
    elif value is not None and latest is None:
        notes.append(f"LATEST_BEYOND:{weeks}")
    return replace(
        row,
        value=None if value is None else float(value),
        low=float(soonest) if known and soonest is not None else None,
        high=float(latest) if known and latest is not None else None,
        notes=tuple(notes),
    )


def _stays_above(values: Sequence[float | None]) -> int | None:
    """The first week (from 1) from which no value is below 0 or missing; None where the last one is."""
    below = [week for week, value in enumerate(values, start=1) if value is None or value < 0]
    first = (below[-1] if below else 0) + 1
    return first if first <= len(values) else None


def _fewest(teaching: Mapping[int, Measure], outputs: Outputs) -> tuple[str, ...]:
    """Whose data are in it: the hours rest on answers of the host team, the output on participants."""
    seen = zip(outputs.stays, outputs.cumulated, strict=True)
    own = tuple(sorted({stay.person for stay, weeks in seen if len(weeks)}))
    own = own or tuple(sorted({stay.person for stay in outputs.stays}))
    sets = [row.people for row in teaching.values()] + [own]
    return min(sets, key=lambda people: len(set(people)))
