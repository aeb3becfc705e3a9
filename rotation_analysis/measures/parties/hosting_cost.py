"""What hosting costs the host team: teaching hours, what was put off, rework, and when it is paid back.

Hours and opinions come from the host team's anonymous survey, asked in months in which a participant was
there: one mean a round (see `rounds`).  "Per SRE-week": hours of one member of the host team in one week.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import pandas as pd

from ...cohorts.cohort import Cohorts
from ...cohorts.working_weeks import count_hosts, count_participants_present
from ...files.cells import fold
from ...measure_row import Measure
from ...programme.model import Programme
from ...programme.worktime import local_days
from ..rows import share_row
from .break_even import measure_break_even
from .rounds import (
    COHORT,
    HOST,
    MONTH,
    ROTATORS,
    Asked,
    Group,
    HostRound,
    estimate_rounds,
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


def measure_hosting(cohorts: Cohorts) -> Iterator[Measure]:
    """Teaching hours, opinions, rework, members of the host team per participant, break-even."""
    hours = gather_hours(cohorts)
    groups = group_hours(cohorts, hours)
    people = shield_hours(cohorts, hours)
    yield from _measure_hours(hours, groups, people)
    per_rotator = list(_measure_per_rotator(groups, people))
    yield from per_rotator
    yield from _measure_opinions(cohorts, hours.rounds)
    yield from _measure_reverted(cohorts)
    yield from _measure_ratio(cohorts)
    yield from measure_break_even(cohorts, per_rotator)


# --- a mean of rounds -----------------------------------------------------------------------------------


def _estimated(row: Measure, values: Sequence[float], *, high: float | None = None) -> Measure:
    return row if row.declined else row.estimated(estimate_rounds(values, high=high))


def _measure_opinions(cohorts: Cohorts, rounds: tuple[HostRound, ...]) -> Iterator[Measure]:
    """The share that agrees: the programme, and each cohort over the rounds in which it was there."""
    for measure, (question, scale) in OPINIONS.items():
        given = list_anonymous(cohorts, HOST, question)
        given = given[given["scale"].eq(scale) & given["level"].notna()]
        asked = gather(rounds, given.assign(agrees=given["level"].ge(AGREES_FROM).astype(float)), "agrees")
        for cohort in (None, *cohorts.programme.cohorts):
            own = asked if cohort is None else asked.of_cohort(cohort)
            row = own.row(measure, unit="share", method="share_of_rounds_t", cohort=cohort)
            yield _estimated(row, [own.mean(each) for each in own.answered], high=1.0)


def _measure_hours(
    hours: Asked, groups: Mapping[Group, Asked], people: Mapping[Group, tuple[str, ...]]
) -> Iterator[Measure]:
    """Hours per SRE-week: the programme, each cohort, and by how many participants were there."""
    for (of, name), own in {("", ""): hours, **groups}.items():
        if of == MONTH:
            continue
        where = {"cohort": name if of == COHORT else None, "kind": name if of == ROTATORS else None}
        row = own.row(TEACHING, unit="hours", method="mean_of_rounds_t", **where)
        row = _estimated(row, [own.mean(each) for each in own.answered])
        yield replace(row, people=people.get((of, name), own.people))


# --- by month of the stay -------------------------------------------------------------------------------


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
        row = own.row(PER_ROTATOR, unit="hours", method="mean_of_rounds_t", kind=kind)
        if not row.declined and any(each.asked is None for each in own.answered):
            row = row.unless("HOST_SIZE_UNKNOWN")
        values = [own.mean(each) * (each.asked or 0) / each.rotators for each in own.answered]
        row = _estimated(row, values)
        mixed = sum(len(each.months_of_stay()) > 1 for each in own.answered)
        notes = (f"MIXED_MONTHS:{mixed}:{len(own.answered)}",) if mixed and not row.declined else ()
        yield replace(row, notes=(*row.notes, *notes), people=people[of, kind])


# --- rework ---------------------------------------------------------------------------------------------


def _measure_reverted(cohorts: Cohorts) -> Iterator[Measure]:
    """Of merged changes, those that a change titled `Revert "…"` names within two weeks, over the programme.

    Never by cohort: what was taken back of one or two people's work is theirs.  Changes merged less than two
    weeks before `as_of` are missing: they can still be taken back.
    """
    merged = find_reverted(cohorts)
    told = merged["reverting"].any()
    open_from = pd.Timestamp(cohorts.programme.as_of) - REVERTED_WITHIN
    groups = {PARTICIPANTS: _during_stay(cohorts, merged), MEMBERS: _by_members(cohorts, merged)}
    for kind, rows in groups.items():
        own = merged[rows & ~merged["reverting"]]
        known = own[own["on"] <= open_from]
        declined = None
        if not len(known):
            declined = "NO_CHANGES"
        elif not told:
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
    taken_back = set[object]()
    earlier: dict[tuple[object, str], tuple[object, pd.Timestamp]] = {}
    for row in merged.itertuples():
        found = earlier.get((row.repository, row.names)) if row.reverting else None
        if found and row.merged - found[1] <= REVERTED_WITHIN:
            taken_back.add(found[0])
        earlier[row.repository, row.folded] = (row.Index, row.merged)
    return merged.assign(reverted=merged.index.isin(list(taken_back)))


def _during_stay(cohorts: Cohorts, merged: pd.DataFrame) -> pd.Series:
    """Whether a participant merged it while with the host team."""
    found = pd.Series(False, index=merged.index)
    for stay in cohorts.programme.rotations:
        if stay.direction == "dev_to_sre":
            last = pd.Timestamp(stay.end or cohorts.programme.as_of)
            found |= merged["person"].eq(stay.person) & merged["on"].between(pd.Timestamp(stay.start), last)
    return found


def _by_members(cohorts: Cohorts, merged: pd.DataFrame) -> pd.Series:
    """Whether somebody of the host team merged it, those who stayed on after their stay included."""
    programme = cohorts.programme
    members = {person.id for person in programme.people if person.team == programme.programme.host_team}
    found = merged["person"].isin(members)
    for stay in programme.rotations:
        if stay.end is not None and stay.now == "host" and stay.direction == "dev_to_sre":
            found |= merged["person"].eq(stay.person) & (merged["on"] > pd.Timestamp(stay.end))
    return found & ~_during_stay(cohorts, merged)


# --- members per participant ----------------------------------------------------------------------------


def _measure_ratio(cohorts: Cohorts) -> Iterator[Measure]:
    """Members of the host team ÷ participants present, over the days on which one of the cohort was there."""
    programme = cohorts.programme
    for cohort in programme.cohorts:
        days = _days_present(programme, cohort)
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


def _days_present(programme: Programme, cohort: str) -> pd.DatetimeIndex:
    """The calendar days on which a participant of the cohort was with the host team, each once."""
    days = {
        day
        for stay in programme.rotations
        if stay.cohort == cohort and stay.direction == "dev_to_sre"
        for day in pd.date_range(stay.start, min(stay.end or programme.as_of, programme.as_of))
    }
    return pd.DatetimeIndex(sorted(days))
