"""What the stays cost in person-weeks: always the same lines, each with what it rests on.

away − collaboration + teaching + programme hours = net.  What participants did for the host team meanwhile
stands beside it as an offset and is never subtracted.  A part that is not known is named, never taken as 0 in
silence.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ...cohorts.cohort import Cohorts
from ...cohorts.working_weeks import working_weeks_of
from ...measure_row import Measure
from ...programme.model import Programme, Rotation
from ...programme.worktime import list_working_days
from .rounds import COHORT, Asked, HostRound, estimate_rounds, gather_hours, shield_hours

ACCOUNT, MONEY, AWAY_OF_PERSON = "cost.account", "cost.money", "cost.person_weeks_away"
PARTS: Mapping[str, int] = {"away": 1, "collaboration": -1, "teaching": 1, "programme_hours": 1}
KINDS = (*PARTS, "net", "offset")
PER_STAY = ("net", "offset")
"""The parts of the net with their signs; their values are all positive."""
Shares = Mapping[tuple[str, str], Mapping[str, float]]
"""(person, cohort) → share of each activity in the time told."""
HOST_WORK = ("request", "improvement", "incident")
METHODS = {
    "away": "working_weeks",
    "collaboration": "away_by_share_of_time",
    "teaching": "host_hours",
    "programme_hours": "declared_hours",
    "net": "sum_of_parts",
    "offset": "away_by_share_of_time",
}


@dataclass(frozen=True, kw_only=True)
class Group:
    """The programme (`cohort` None) or one cohort: its stays."""

    cohort: str | None
    stays: tuple[Rotation, ...]

    @property
    def name(self) -> str:
        """As the groups are told apart; "" for the programme."""
        return self.cohort or ""


def measure_costs(cohorts: Cohorts, time: Iterable[Measure]) -> Iterator[Measure]:
    """Weeks away by person; the account of the programme and of every cohort; money where prices are told.

    `time` has the rows time.share of persons: what part of their time went to which activity.
    """
    programme = cohorts.programme
    shares = _list_shares(time)
    yield from _measure_weeks_away(programme)
    groups = [
        Group(cohort=None, stays=programme.rotations),
        *(
            Group(cohort=cohort, stays=tuple(s for s in programme.rotations if s.cohort == cohort))
            for cohort in programme.cohorts
        ),
    ]
    collaboration = {group.name: _collaborated(programme, group, shares) for group in groups}
    offset = {group.name: _offset(programme, group, shares) for group in groups}
    hours = gather_hours(cohorts)
    people = shield_hours(cohorts, hours)
    teaching = {
        group.name: replace(row, people=people.get((COHORT, group.name), row.people))
        for group in groups
        for row in [_taught(programme, group, hours)]
    }
    for group in groups:
        rows = [
            _away(programme, group),
            collaboration[group.name],
            teaching[group.name],
            _programme_hours(programme, group),
        ]
        account = [*rows, sum_up(rows), offset[group.name]]
        yield from account
        if group.cohort is None:
            yield from _per_stay(account)
        yield from _in_money(programme, account)


def weeks_away(programme: Programme, stay: Rotation) -> float:
    """Working weeks of a stay so far, without leave, times the share of working time."""
    return working_weeks_of(programme, stay.person, stay.start, stay.end or programme.as_of)


def _measure_weeks_away(programme: Programme) -> Iterator[Measure]:
    """What a stay costs before anything is set against it."""
    for stay in programme.rotations:
        yield Measure(
            measure=AWAY_OF_PERSON,
            unit="person_weeks",
            method="working_weeks",
            counts="records",
            cohort=stay.cohort,
            person=stay.person,
            team=stay.home_team,
            n=1,
            missing=0,
            value=weeks_away(programme, stay),
            people=(stay.person,),
            consent="time",  # with the dates of the stay it tells leave and part-time work
        )


def _per_stay(account: Sequence[Measure]) -> Iterator[Measure]:
    """What is counted as cost and as work done for the host team, both per stay: one unit for both."""
    stays = account[0].n
    for row in account:
        if row.kind in PER_STAY and stays:
            value, low, high = (None if e is None else e / stays for e in (row.value, row.low, row.high))
            each = replace(row, kind=f"{row.kind}_per_stay", unit="person_weeks_per_stay")
            yield replace(each, value=value, low=low, high=high)


# --- the lines ------------------------------------------------------------------------------------------


def _line(kind: str, group: Group, **fields: object) -> Measure:
    return Measure(
        measure=ACCOUNT,
        unit="person_weeks",
        method=METHODS[kind],
        cohort=group.cohort,
        kind=kind,
        **{"counts": "records", "missing": 0, **fields},  # type: ignore[arg-type]
    )


def _away(programme: Programme, group: Group) -> Measure:
    weeks = [weeks_away(programme, stay) for stay in group.stays]
    return _line("away", group, n=len(weeks), value=float(sum(weeks)))


def _programme_hours(programme: Programme, group: Group) -> Measure:
    costs = programme.costs
    each = costs.programme_hours_per_stay
    row = _line("programme_hours", group, n=len(group.stays), missing=0 if each is not None else None)
    if each is None:
        return row.unless("PROGRAMME_HOURS_UNDECLARED")
    return replace(row, value=each * len(group.stays) / costs.hours_per_week)


def sum_up(parts: Sequence[Measure]) -> Measure:
    """The net of the parts that are known, with a note for each that is not.

    `n` is the number of stays.  It rests on the answers of whichever part rests on the fewest people: beside
    the other lines it would give away that one.  The interval is that of the teaching hours.
    """
    by_kind = {str(row.kind): row for row in parts}
    known = [row for row in parts if row.value is not None]
    answers = [row for row in known if row.counts == "persons" and row.people]
    fewest = min((row.people for row in answers), key=lambda people: len(set(people)), default=())
    away, taught = by_kind["away"], by_kind["teaching"]
    row = _line(
        "net",
        Group(cohort=away.cohort, stays=()),
        n=away.n,
        missing=len(parts) - len(known),
        counts="persons" if answers else "records",
        people=fewest,
        value=float(sum(PARTS[str(row.kind)] * (row.value or 0.0) for row in known)),
        notes=tuple(f"WITHOUT_{str(row.kind).upper()}" for row in parts if row.value is None),
    )
    if taught.value is None or taught.low is None or taught.high is None or row.value is None:
        return row
    rest = row.value - taught.value
    return replace(row, low=rest + taught.low, high=rest + taught.high)


# --- time sheets ----------------------------------------------------------------------------------------


def _list_shares(time: Iterable[Measure]) -> Shares:
    shares: dict[tuple[str, str], dict[str, float]] = {}
    for row in time:
        if row.measure == "time.share" and row.person and row.value is not None:
            shares.setdefault((row.person, str(row.cohort)), {})[str(row.kind)] = row.value
    return shares


def _collaborated(programme: Programme, group: Group, shares: Shares) -> Measure:
    return _by_share("collaboration", ("home",), programme, group, shares)


def _offset(programme: Programme, group: Group, shares: Shares) -> Measure:
    return _by_share("offset", HOST_WORK, programme, group, shares)


def _by_share(
    kind: str,
    activities: Sequence[str],
    programme: Programme,
    group: Group,
    shares: Shares,
) -> Measure:
    """Weeks away × share of time; stays without a sheet are taken to be like the others (note)."""
    told = [stay for stay in group.stays if (stay.person, stay.cohort) in shares]
    silent = len(group.stays) - len(told)
    people = tuple(sorted({stay.person for stay in told}))
    row = _line(kind, group, counts="persons", people=people, n=len(told), missing=silent)
    weeks = np.array([weeks_away(programme, stay) for stay in told])
    if not weeks.sum():
        return row.unless("NO_TIME_SHEETS")
    each = np.array([sum(shares[stay.person, stay.cohort][name] for name in activities) for stay in told])
    everybody = sum(weeks_away(programme, stay) for stay in group.stays)
    notes = (f"OTHERS_ALIKE:{silent}",) if silent else ()
    return replace(row, value=float((weeks * each).sum() / weeks.sum() * everybody), notes=notes)


# --- the host team's hours ------------------------------------------------------------------------------


def _taught(programme: Programme, group: Group, hours: Asked) -> Measure:
    """Hours of the host team a week for the group's participants, over the rounds, × weeks ÷ hours a week.

    In rounds with participants of several cohorts the hours are divided by heads.
    """
    stays = {(stay.person, stay.cohort) for stay in group.stays}
    own = hours.of(lambda each: _heads(each, stays) > 0)
    n = sum(len(own.values[each.month]) for each in own.answered)
    unknown = any(each.asked is None for each in own.rounds)
    row = _line(
        "teaching",
        group,
        counts="persons",
        people=own.people,
        n=n,
        missing=None if unknown else max(0, sum(each.asked or 0 for each in own.rounds) - n),
        notes=(f"ROUNDS:{len(own.answered)}:{len(own.rounds)}",),
    )
    if not n:
        return row.unless("ROUND_UNANSWERED" if hours.values else "NO_SURVEY")
    if unknown:
        return row.unless("HOST_SIZE_UNKNOWN")
    weekly = [
        own.mean(each) * (each.asked or 0) * _heads(each, stays) / each.rotators for each in own.answered
    ]
    weeks = _weeks_present(programme, group) / programme.costs.hours_per_week
    found = estimate_rounds(weekly)
    return replace(
        row.estimated(found),
        value=found.value * weeks,
        low=None if found.low is None else found.low * weeks,
        high=None if found.high is None else found.high * weeks,
    )


def _heads(each: HostRound, own: set[tuple[str, str]]) -> int:
    return len({stay.person for stay in each.stays if (stay.person, stay.cohort) in own})


def _weeks_present(programme: Programme, group: Group) -> float:
    """Working weeks in which at least one of the group was with the host team."""
    stays = [stay for stay in group.stays if stay.direction == "dev_to_sre"]
    days: set[np.datetime64] = set()
    for stay in stays:
        last = min(stay.end or programme.as_of, programme.as_of)
        days |= set(list_working_days(programme.work_calendar, stay.start, last))
    return len(days) / 5


# --- money ----------------------------------------------------------------------------------------------


def _in_money(programme: Programme, account: Sequence[Measure]) -> Iterator[Measure]:
    """Every line × the declared price of a week.

    The weeks are taken as printed, so that money tells no more than they do.
    """
    price = programme.costs.person_week
    if price is None:
        return
    for row in account:
        value, low, high = (
            None if end is None else round(end) * price for end in (row.value, row.low, row.high)
        )
        yield replace(
            row,
            measure=MONEY,
            unit="money",
            method="weeks_by_price",
            label=programme.costs.currency,
            value=value,
            low=low,
            high=high,
        )
