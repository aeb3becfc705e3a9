"""What the stays cost in person-weeks: always the same lines, each with what it rests on.

away − collaboration + teaching + programme hours = net.  What participants did for the host team meanwhile
stands beside it as an offset and is never subtracted.  A part that is not known is named, never taken as 0 in
silence.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ...cohorts.cohort import Cohorts
from ...cohorts.working_weeks import count_weeks_present
from ...measure_row import Measure, convert
from ...programme.model import Programme, Rotation
from ...programme.worktime import list_working_days
from ..rows import stay_row
from .rounds import COHORT, Asked, HostRound, estimate_rounds, gather_hours, shield_hours

ACCOUNT, MONEY, AWAY_OF_PERSON = "cost.account", "cost.money", "cost.person_weeks_away"
PARTS: Mapping[str, int] = {"away": 1, "collaboration": -1, "teaching": 1, "programme_hours": 1}
"""The parts of the net with their signs; their values are all positive."""
KINDS = (*PARTS, "net", "offset")
PER_STAY = ("net", "offset")
Stays = Sequence[Rotation]
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


def measure_costs(cohorts: Cohorts, time: Iterable[Measure]) -> Iterator[Measure]:
    """Weeks away by person; the account of the programme and of every cohort; money where prices are told.

    `time` has the rows time.share of persons: what part of their time went to which activity.
    """
    programme = cohorts.programme
    shares: dict[tuple[str, str], dict[str, float]] = {}
    for row in time:
        if row.measure == "time.share" and row.person and row.value is not None:
            shares.setdefault((row.person, str(row.cohort)), {})[str(row.kind)] = row.value
    for stay in programme.rotations:
        yield stay_row(
            stay,
            AWAY_OF_PERSON,
            unit="person_weeks",
            method="working_weeks",
            counts="records",
            team=stay.home_team,
            n=1,
            missing=0,
            value=weeks_away(programme, stay),
            consent="time",  # with the dates of the stay it tells leave and part-time work
        )
    hours = gather_hours(cohorts)
    people = shield_hours(cohorts, hours)
    for cohort in (None, *programme.cohorts):
        stays = [stay for stay in programme.rotations if cohort in (None, stay.cohort)]
        taught = _taught(programme, cohort, stays, hours)
        parts = [
            _line("away", cohort, n=len(stays), value=sum((weeks_away(programme, s) for s in stays), 0.0)),
            _by_share("collaboration", ("home",), programme, cohort, stays, shares),
            replace(taught, people=people.get((COHORT, cohort or ""), taught.people)),
            _programme_hours(programme, cohort, stays),
        ]
        account = [*parts, sum_up(parts), _by_share("offset", HOST_WORK, programme, cohort, stays, shares)]
        yield from account
        n = len(stays)
        for row in account if cohort is None and n else ():
            if row.kind in PER_STAY:  # what is counted as cost and as work for the host team, in one unit
                each = replace(row, kind=f"{row.kind}_per_stay", unit="person_weeks_per_stay")
                yield convert(each, lambda end, n=n: end / n)  # type: ignore[misc]
        if (price := programme.costs.person_week) is not None:
            for row in account:  # the weeks as printed: money tells no more than they do
                label = programme.costs.currency
                row = replace(row, measure=MONEY, unit="money", method="weeks_by_price", label=label)
                yield convert(row, lambda weeks, price=price: round(weeks) * price)  # type: ignore[misc]


def weeks_away(programme: Programme, stay: Rotation) -> float:
    """Working weeks of a stay so far, without leave, times the share of working time."""
    return count_weeks_present(programme, stay.person, stay.start, stay.end or programme.as_of)


# --- the lines ------------------------------------------------------------------------------------------


def _line(kind: str, cohort: str | None, **others: Any) -> Measure:
    line: dict[str, Any] = {
        "unit": "person_weeks",
        "method": METHODS[kind],
        "counts": "records",
        "missing": 0,
    }
    return Measure(measure=ACCOUNT, cohort=cohort, kind=kind, **(line | others))


def _programme_hours(programme: Programme, cohort: str | None, stays: Stays) -> Measure:
    costs, n = programme.costs, len(stays)
    each = costs.programme_hours_per_stay
    if each is None:
        return _line("programme_hours", cohort, n=n, missing=None).unless("PROGRAMME_HOURS_UNDECLARED")
    return _line("programme_hours", cohort, n=n, value=each * n / costs.hours_per_week)


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
        away.cohort,
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


def _by_share(
    kind: str,
    activities: Sequence[str],
    programme: Programme,
    cohort: str | None,
    stays: Stays,
    shares: Shares,
) -> Measure:
    """Weeks away × share of time; stays without a sheet are taken to be like the others (note)."""
    with_sheet = [stay for stay in stays if (stay.person, stay.cohort) in shares]
    silent = len(stays) - len(with_sheet)
    people = tuple(sorted({stay.person for stay in with_sheet}))
    row = _line(kind, cohort, counts="persons", people=people, n=len(with_sheet), missing=silent)
    weeks = np.array([weeks_away(programme, stay) for stay in with_sheet])
    if not weeks.sum():
        return row.unless("NO_TIME_SHEETS")
    each = np.array(
        [sum(shares[stay.person, stay.cohort][name] for name in activities) for stay in with_sheet]
    )
    everybody = sum(weeks_away(programme, stay) for stay in stays)
    notes = (f"OTHERS_ALIKE:{silent}",) if silent else ()
    return replace(row, value=float((weeks * each).sum() / weeks.sum() * everybody), notes=notes)


# --- the host team's hours ------------------------------------------------------------------------------


def _taught(programme: Programme, cohort: str | None, stays: Stays, hours: Asked) -> Measure:
    """Hours of the host team a week for the group's participants, over the rounds, × weeks ÷ hours a week.

    In rounds with participants of several cohorts the hours are divided by heads.
    """
    own = hours.of(lambda each: _heads(each, cohort) > 0)
    row = own.row(ACCOUNT, unit="person_weeks", method=METHODS["teaching"], cohort=cohort, kind="teaching")
    if row.declined:
        return row.unless("ROUND_UNANSWERED" if hours.values else "NO_SURVEY")
    if row.missing is None:
        return row.unless("HOST_SIZE_UNKNOWN")
    weekly = [
        own.mean(each) * (each.asked or 0) * _heads(each, cohort) / each.rotators for each in own.answered
    ]
    days: set[np.datetime64] = set()  # on which at least one of them was with the host team
    for stay in (stay for stay in stays if stay.direction == "dev_to_sre"):
        last = min(stay.end or programme.as_of, programme.as_of)
        days |= set(list_working_days(programme.work_calendar, stay.start, last))
    weeks = len(days) / 5 / programme.costs.hours_per_week
    return convert(row.estimated(estimate_rounds(weekly)), lambda end: end * weeks)


def _heads(each: HostRound, cohort: str | None) -> int:
    return len({stay.person for stay in each.stays if cohort in (None, stay.cohort)})
