"""What hosting costs the host team: teaching hours, what was put off, rework, and when it is paid back.

Hours and opinions come from the host team's anonymous survey, asked in months in which a participant was
there: one mean a round (see `rounds`).  "Per SRE-week": hours of one member of the host team in one week.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd

from ...cohorts.cohort import Cohorts
from ...cohorts.working_weeks import count_hosts, count_participants_present
from ...files.cells import fold
from ...measure_row import Measure
from ...programme.model import Programme, Rotation
from ...programme.worktime import local_days
from ...statistics.estimates import estimate_mean
from ..rows import share_row
from .rounds import (
    COHORT,
    HOST,
    MONTH,
    ROTATORS,
    Array,
    Asked,
    Group,
    gather,
    gather_hours,
    group_hours,
    list_anonymous,
    shield_hours,
)

TEACHING, PER_ROTATOR = "host.teaching_hours", "host.teaching_per_rotator"
OPINIONS: Mapping[str, tuple[str, str]] = {
    "host.postponed": ("ho_squeeze", "freq5"),
    "host.helped": ("ho_output", "scale5"),
    "host.again": ("ho_again", "scale5"),
}
AGREES_FROM = 4  # "often" and "always" of freq5, "agree" and "strongly agree" of scale5
REVERTED_WITHIN = timedelta(days=14)
PARTICIPANTS, MEMBERS = "participants", "host_members"
_REVERT = re.compile(r"revert:?\s*[\"“”'「『](?P<title>.+)[\"“”'」』]\s*", re.I)
BALANCE, WEEK = "host.balance", "host.break_even_week"
DAYS_A_MONTH = 365.25 / 12
SEVEN_DAYS = np.timedelta64(7, "D")


def measure_hosting(cohorts: Cohorts) -> Iterator[Measure]:
    """Teaching hours, opinions, rework, members of the host team per participant, break-even."""
    hours = gather_hours(cohorts)
    groups = group_hours(cohorts, hours)
    people = shield_hours(cohorts, hours)
    for (of, name), own in {("", ""): hours, **groups}.items():
        if of != MONTH:
            row = own.measure(
                TEACHING,
                unit="hours",
                method="mean_of_rounds_t",
                cohort=name if of == COHORT else None,
                kind=name if of == ROTATORS else None,
            )
            yield replace(row, people=people.get((of, name), own.people))
    per_rotator = list(_measure_per_rotator(groups, people))
    yield from per_rotator
    for measure, (question, scale) in OPINIONS.items():
        given = list_anonymous(cohorts, HOST, question)
        given = given[given["scale"].eq(scale) & given["level"].notna()]
        agrees = given.assign(agrees=given["level"].ge(AGREES_FROM).astype(float))
        asked = gather(hours.rounds, agrees, "agrees")
        for cohort in (None, *cohorts.programme.cohorts):
            own = asked if cohort is None else asked.of_cohort(cohort)
            yield own.measure(measure, high=1.0, unit="share", method="share_of_rounds_t", cohort=cohort)
    yield from _measure_reverted(cohorts)
    yield from _measure_ratio(cohorts)
    yield from measure_break_even(cohorts, per_rotator)


def _measure_per_rotator(
    groups: Mapping[Group, Asked], people: Mapping[Group, tuple[str, ...]]
) -> Iterator[Measure]:
    """Hours of the whole host team a week per participant, by month of the stay.

    A round's hours per member × members ÷ participants, over rounds in which all who were there were in that
    month.  A month without such a round takes those in which some were, with equal shares for all of them
    (note `MIXED_MONTHS`).
    """
    for (of, kind), own in groups.items():
        if of != MONTH:
            continue
        values = [own.mean(each) * (each.asked or 0) / each.rotators for each in own.answered]
        row = own.measure(PER_ROTATOR, values, unit="hours", method="mean_of_rounds_t", kind=kind)
        if not row.declined and any(each.asked is None for each in own.answered):
            row = row.unless("HOST_SIZE_UNKNOWN")
        mixed = sum(len(each.months_of_stay()) > 1 for each in own.answered)
        notes = (f"MIXED_MONTHS:{mixed}:{len(own.answered)}",) if mixed and not row.declined else ()
        yield replace(row, notes=(*row.notes, *notes), people=people[of, kind])


# --- who was with the host team, and as what -------------------------------------------------------------


def find_present(programme: Programme, people: pd.Series, days: pd.Series) -> pd.Series:
    """Whether each was with the host team as a participant on that day."""
    return _find_in_stay(programme, people, days, ("dev_to_sre",))


def find_host_members(
    programme: Programme,
    people: pd.Series,
    days: pd.Series,
    *,
    lent: bool = False,
    from_now_since: bool = False,
) -> pd.Series:
    """Whether each was a member of the host team on that day: its people and who stayed on, no participants.

    `lent`: a member who stays with another team counts all the same.  `from_now_since`: who stayed on counts
    from the day that the roster names, as in `count_hosts`, else from the day after the stay.
    """
    host = programme.programme.host_team
    members = people.isin([person.id for person in programme.people if person.team == host])
    for stay in programme.rotations:
        if stay.end is not None and stay.now == "host" and stay.direction == "dev_to_sre":
            since = stay.end + timedelta(days=1)
            if from_now_since:
                since = max(since, stay.now_since or since)
            members |= people.eq(stay.person).fillna(False).astype(bool) & days.ge(pd.Timestamp(since))
    away = ("dev_to_sre",) if lent else ("dev_to_sre", "sre_to_dev")
    return members & ~_find_in_stay(programme, people, days, away)


def _find_in_stay(
    programme: Programme, people: pd.Series, days: pd.Series, directions: Sequence[str]
) -> pd.Series:
    found = pd.Series(False, index=people.index)
    for stay in programme.rotations:
        if stay.direction in directions:
            own = people.eq(stay.person).fillna(False).astype(bool)
            last = pd.Timestamp(stay.end or programme.as_of)
            found |= own & days.between(pd.Timestamp(stay.start), last)
    return found


# --- rework ---------------------------------------------------------------------------------------------


def _measure_reverted(cohorts: Cohorts) -> Iterator[Measure]:
    """Of merged changes, those that a change titled `Revert "…"` names within two weeks, over the programme.

    Never by cohort: what was taken back of one or two people's work is theirs.  Changes merged less than two
    weeks before `as_of` are missing: they can still be taken back.
    """
    merged = find_reverted(cohorts)
    has_reverts = merged["reverting"].any()
    open_from = pd.Timestamp(cohorts.programme.as_of) - REVERTED_WITHIN
    who = cohorts.programme, merged["person"], merged["on"]
    groups = {PARTICIPANTS: find_present(*who), MEMBERS: find_host_members(*who, lent=True)}
    for kind, rows in groups.items():
        own = merged[rows & ~merged["reverting"]]
        known = own[own["on"] <= open_from]
        declined = None
        if not len(known):
            declined = "NO_CHANGES"
        elif not has_reverts:
            declined = "NO_REVERT_TITLES"
        yield share_row(
            "host.reverted",
            known["reverted"].sum(),
            len(known),
            missing=len(own) - len(known),
            counts="persons",
            kind=kind,
            people=tuple(sorted(set(known["person"]))),
        ).unless(declined)


def find_reverted(cohorts: Cohorts) -> pd.DataFrame:
    """Merged changes with `on` (day), `reverting` (its title says that it takes one back), `reverted`.

    The change taken back is the latest one with that title in the repository, merged at most 14 days before.
    """
    changes = cohorts.tables["changes"]
    merged = changes[changes["merged"].notna()].sort_values("merged", kind="stable")
    titles = merged["title"].fillna("")
    named = [_REVERT.fullmatch(title.strip()) for title in titles]
    merged = merged.assign(
        on=local_days(merged["merged"], cohorts.programme.programme.timezone),
        folded=[fold(title) for title in titles],
        reverting=[match is not None for match in named],
        names=[fold(match["title"]) if match else None for match in named],
    )
    reverted = set[object]()
    earlier: dict[tuple[object, str], tuple[object, pd.Timestamp]] = {}
    for row in merged.itertuples():
        found = earlier.get((row.repository, row.names)) if row.reverting else None
        if found and row.merged - found[1] <= REVERTED_WITHIN:
            reverted.add(found[0])
        earlier[row.repository, row.folded] = (row.Index, row.merged)
    return merged.assign(reverted=merged.index.isin(list(reverted)))


# --- members per participant ----------------------------------------------------------------------------


def _measure_ratio(cohorts: Cohorts) -> Iterator[Measure]:
    """Members of the host team ÷ participants present, over the days on which one of the cohort was there."""
    programme = cohorts.programme
    for cohort in programme.cohorts:
        present = {
            day
            for stay in programme.rotations
            if stay.cohort == cohort and stay.direction == "dev_to_sre"
            for day in pd.date_range(stay.start, min(stay.end or programme.as_of, programme.as_of))
        }
        days = pd.DatetimeIndex(sorted(present))
        hosts, rotators = count_hosts(programme, days), count_participants_present(programme, days)
        declined = None if len(days) else "NO_ROTATOR_THEN"
        if len(days) and hosts.isna().any():
            declined = "HOST_SIZE_UNKNOWN"
        yield Measure(
            measure="host.sres_per_rotator",
            unit="ratio",
            method="mean_over_days",
            counts="records",
            cohort=cohort,
            n=len(days),
            missing=0,
            value=None if declined else float(hosts.sum()) / float(rotators.sum()),
        ).unless(declined)


# --- from which week of a stay the host team has had back the time it spent, in its own working time -------
# Host time is not value: a request done by a participant is counted like one done by a member of the host
# team, what they improved, learned or changed at home is not counted at all.


def measure_break_even(cohorts: Cohorts, per_rotator: Sequence[Measure]) -> Iterator[Measure]:
    """The balance week by week and the first week from which it stays at 0 or above, over the programme.

    `per_rotator` are the rows host.teaching_per_rotator; requests done by host team members are the measure.
    """
    k = cohorts.programme.disclosure.k
    outputs = count_outputs(cohorts)
    lengths = outputs.notna().sum()
    seen, weeks = int((lengths > 0).sum()), find_last_week(outputs, k)
    teaching, carried = _hours_in_use(per_rotator, weeks, k)
    # the hours rest on answers of the host team, the output on participants
    own = tuple(sorted(set(outputs.columns[lengths > 0]))) or tuple(sorted(set(outputs.columns)))
    row = Measure(
        measure=WEEK,
        unit="weeks",
        method="cumulated_host_time",
        counts="persons",
        n=seen,
        missing=len(lengths) - seen,
        people=min(
            [*(hours.people for hours in teaching.values()), own], key=lambda people: len(set(people))
        ),
        notes=(f"HOURS_CARRIED:{carried}",) if carried else (),
    )
    declined = None
    if all(hours.value is None for hours in per_rotator):
        declined = next((hours.declined for hours in per_rotator if hours.declined), "NO_SURVEY")
    elif cohorts.tables["requests"]["resolved"].isna().all() or not weeks:
        declined = "NO_REQUESTS"
    elif not outputs.any(axis=None):
        declined = "NO_DOER"
    if declined:
        yield row.unless(declined)
        return
    balance = _balance(outputs.head(weeks), teaching, cohorts.programme.costs.hours_per_week)
    for week, (value, low, high, n) in enumerate(balance, start=1):
        yield replace(
            row,
            measure=BALANCE,
            unit="host_weeks",
            label=str(week),
            n=n,
            missing=len(lengths) - n,
            value=value,
            low=low,
            high=high,
        )
    yield _first_week(row, balance)


def count_outputs(cohorts: Cohorts) -> pd.DataFrame:
    """What participants did up to each week of their stay, in weeks of a host team member's requests.

    A row a week from 1, a column a stay by its person; missing from where a stay was no longer observed,
    throughout where its weeks lie outside the requests that were read.  "A member" is one of those that the
    programme lists: of others it is not known what they did.  A week in which the host team closed nothing
    counts as none done.
    """
    programme = cohorts.programme
    requests = cohorts.tables["requests"]
    on = local_days(requests["resolved"], programme.programme.timezone)
    counts = on.groupby([requests["person"].astype("category"), on], observed=True, dropna=False).size()
    counts.index.names = ["person", "on"]
    done = counts.rename("n").reset_index().sort_values("on", kind="stable")
    done = done[done["on"].notna()].astype({"person": object})
    by_hosts = done[find_host_members(programme, done["person"], done["on"])]
    host = programme.team(programme.programme.host_team)
    listed = sum(person.team == host.id for person in programme.people)
    unlisted = max(0, (host.size or 0) - listed)
    stays = [stay for stay in programme.rotations if stay.direction == "dev_to_sre"]
    found = []
    for stay in stays:
        starts = _week_starts(stay, programme.as_of, done["on"])
        own = _count_by_week(done[done["person"].eq(stay.person)], starts)
        known = (
            count_hosts(programme, [start.date() for start in starts]).astype("float64").to_numpy() - unlisted
        )
        usual = np.divide(_count_by_week(by_hosts, starts), known, out=np.zeros_like(own), where=known > 0)
        ratio = np.divide(own, usual, out=np.zeros_like(own), where=usual > 0)
        found.append(pd.Series(np.cumsum(ratio), index=range(1, len(starts) + 1), dtype=float))
    outputs = pd.concat(found, axis=1) if found else pd.DataFrame()
    return outputs.set_axis([stay.person for stay in stays], axis=1)


def find_last_week(outputs: pd.DataFrame, k: int) -> int:
    """The last week that k participants reached; where there are fewer of them, that all of them did.

    What is added from one week to the next is the mean of those who were there: told of fewer than k, it
    would tell what they did.
    """
    lengths = outputs.notna().sum().groupby(level=0).max().sort_values(ascending=False)
    return int(lengths.iloc[min(len(lengths), k) - 1]) if len(lengths) else 0


def average_outputs(outputs: pd.DataFrame) -> Array:
    """By week the sum, up to it, of the weekly means over the stays that were there in each week.

    Not the mean of the sums: where one stay ends, that would jump, and tell what its person did.
    """
    weekly = outputs.diff().fillna(outputs.head(1)).to_numpy()
    return np.cumsum([np.mean(week[~np.isnan(week)]) for week in weekly])


def _hours_in_use(per_rotator: Sequence[Measure], weeks: int, k: int) -> tuple[dict[int, Measure], int]:
    """Month → its hours, of the months that hold the weeks; and how many of them take a neighbour's.

    A month whose hours rest on fewer than k people would show in the balance: it has none of its own, unless
    all are like that.
    """
    last = _month_of_week(max(weeks, 1))
    by_month = {
        int(str(row.kind).removeprefix("month_")): row for row in per_rotator if row.value is not None
    }
    enough = {month: row for month, row in by_month.items() if len(set(row.people)) >= k} or by_month
    needed = {month: row for month, row in enough.items() if month <= last} or enough
    return needed, last - sum(month <= last for month in needed)


def _week_starts(stay: Rotation, as_of: date, days: pd.Series) -> list[pd.Timestamp]:
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
    outputs: pd.DataFrame, teaching: Mapping[int, Measure], hours_per_week: float
) -> list[tuple[float, float | None, float | None, int]]:
    """(value, low, high, stays) up to each week: outputs − teaching, both added up.

    The interval of the outputs is as wide as Student's t over the sums of the stays that reached the week.
    """
    spent = np.zeros(3)
    found = []
    for (week, sums), output in zip(outputs.iterrows(), average_outputs(outputs).tolist(), strict=True):
        # of a month without hours those of the last one before it, else the first there are
        earlier = [month for month in teaching if month <= _month_of_week(week)]
        row = teaching[max(earlier) if earlier else min(teaching)]
        ends = (row.low, row.value, row.high)
        spent = spent + np.array([np.nan if end is None else end for end in ends]) / hours_per_week
        stays = estimate_mean(sums.dropna().tolist())
        wide = None if stays.high is None else stays.high - stays.value
        least, middle, most = spent.tolist()
        low = None if wide is None or np.isnan(most) else output - wide - most
        high = None if wide is None or np.isnan(least) else output + wide - least
        found.append((output - middle, low, high, stays.n))
    return found


def _month_of_week(week: int) -> int:
    """The month of a stay that holds the middle of its week, in months of equal length.

    >>> [_month_of_week(week) for week in (1, 4, 5, 26)]
    [1, 1, 2, 6]
    """
    return int((7 * week - 4) / DAYS_A_MONTH) + 1


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
