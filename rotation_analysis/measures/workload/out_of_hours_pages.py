"""Times that a tool disturbed a participant off work or in hours of sleep, where that person lives.

Counted are distinct incidents and distinct nights, never the messages of one burst.  From records of paging
tools alone: how tired anybody was is not inferred from them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from ...cohorts.clock import business_clock_for
from ...cohorts.cohort import Cohorts
from ...cohorts.people import PERSON, list_people, look_up, with_accounts
from ...cohorts.phases import PERSON_PHASES
from ...cohorts.working_weeks import clip_to_records, working_weeks_of
from ...measure_row import Measure
from ...programme.model import Programme
from ...programme.worktime import local_days

CONSENT = "time"
KINDS = ("off", "sleep")
STAY_PHASES = tuple(phase for phase in PERSON_PHASES if phase.startswith("month"))
WEEKS_A_MONTH = 4.0  # a person-month is 20 working days
NO_RECORDS = "NO_NOTIFICATIONS"
MESSAGE_COLUMNS = ("person", "day", "kind", "night", "what")


def measure_interruptions(cohorts: Cohorts) -> Iterator[Measure]:
    """Rates by person and phase, each event by person; rates over the programme."""
    cuts = list(_cut_phases(cohorts))
    for cut in cuts:
        yield from _measure_person(cut)
    for stay in cohorts.programme.rotations:
        own = [cut for cut in cuts if (cut.person, cut.cohort) == (stay.person, stay.cohort)]
        yield from _list_events(stay.person, stay.cohort, own)
    for phase in STAY_PHASES:
        yield from _measure_programme(phase, [cut for cut in cuts if cut.phase == phase])


@dataclass(frozen=True, kw_only=True)
class Period:
    """One person's phase: its working months, their messages off work, and those that nobody is told of.

    `covered`: whether the tools' records reach into it at all; `months`: those that they cover.
    """

    person: str
    cohort: str
    phase: str
    months: float
    covered: bool
    own: pd.DataFrame
    untold: pd.DataFrame


def _cut_phases(cohorts: Cohorts) -> Iterator[Period]:
    messages, seen = list_messages(cohorts), _seen_days(cohorts)
    phases = cohorts.person_phases
    for span in phases[phases["phase"].isin(STAY_PHASES)].itertuples():
        person, first, last = str(span.person), span.first, span.last
        watched = first.date(), last.date()
        if seen is not None:
            watched = clip_to_records(*watched, (seen[0].date(), seen[1].date()))
        weeks = working_weeks_of(cohorts.programme, person, *watched)
        within = messages[messages["day"].between(first, last)]
        yield Period(
            person=person,
            cohort=str(span.cohort),
            phase=str(span.phase),
            months=weeks / WEEKS_A_MONTH,
            covered=seen is not None and first <= seen[1] and last >= seen[0],
            own=within[within["person"].eq(person)],
            untold=within[within["person"].isna()],
        )


# --- messages -------------------------------------------------------------------------------------------


def list_messages(cohorts: Cohorts) -> pd.DataFrame:
    """One row a message off work, with `MESSAGE_COLUMNS`, by time.

    `kind` is sleep or off; `day` the date where the person lives, `night` the date on which that night began;
    `what` the incident, or where none is told, the night itself; `person` is missing where it is not known
    whom it reached.
    """
    clock = business_clock_for(cohorts.programme)
    times = _list_times(cohorts)
    zones = _list_zones(cohorts.programme, times["person"])
    kinds = clock.kind_of_hours(times["at"], zones)
    times = times.assign(kind=kinds.astype(object), zone=zones)[kinds.notna()]
    wall = _wall_times(times)
    ends = pd.Timedelta(hours=clock.sleep_until.hour, minutes=clock.sleep_until.minute)
    times = times.assign(day=wall.dt.normalize(), night=(wall - ends).dt.normalize())
    alone = times["kind"] + times["night"].dt.strftime(" %Y-%m-%d")
    times = times.assign(what=times["incident"].fillna(alone)).sort_values("at", kind="stable")
    return times[list(MESSAGE_COLUMNS)].reset_index(drop=True)


def count_incidents(messages: pd.DataFrame) -> dict[str, int]:
    """Kind → distinct incidents of one person; one that came in both counts as sleep."""
    told = list(zip(messages["kind"], messages["what"], strict=True))
    asleep = {what for kind, what in told if kind == "sleep"}
    return {"off": len({what for _, what in told} - asleep), "sleep": len(asleep)}


def _list_times(cohorts: Cohorts) -> pd.DataFrame:
    """person, at, incident: messages of the notifications and alerts that somebody acknowledged."""
    sent, alerts = cohorts.tables["notifications"], cohorts.tables["alerts"]
    taken = alerts[alerts["acknowledged"].notna()]
    parts = [
        sent[["person", "at", "incident"]],
        pd.DataFrame({"person": _identify(cohorts, taken), "at": taken["created"], "incident": taken["id"]}),
    ]
    times = pd.concat([part.astype({"person": object, "incident": object}) for part in parts])
    times = times.reset_index(drop=True)
    return times[times["at"].notna()]


def _identify(cohorts: Cohorts, alerts: pd.DataFrame) -> pd.Series:
    """Who acknowledged each alert; missing where that is nobody known."""
    people = with_accounts(list_people(cohorts.programme), cohorts.tables["accounts"])
    found = look_up(
        people, alerts["who"], local_days(alerts["created"], cohorts.programme.programme.timezone)
    )
    return found["id"].where(found["outcome"].eq(PERSON))


def _list_zones(programme: Programme, people: pd.Series) -> pd.Series:
    """Where each person lives; who is not known is taken to live where the programme is."""
    zones = {person.id: person.timezone for person in programme.people if person.timezone}
    return people.map(zones).astype(object).fillna(programme.programme.timezone)


def _wall_times(times: pd.DataFrame) -> pd.Series:
    """What the clock showed where the person lives."""
    wall = pd.Series(pd.NaT, index=times.index, dtype="datetime64[us]")
    for zone in times["zone"].unique():
        here = times["zone"].eq(zone)
        wall[here] = times.loc[here, "at"].dt.tz_convert(zone).dt.tz_localize(None)
    return wall


def _seen_days(cohorts: Cohorts) -> tuple[pd.Timestamp, pd.Timestamp] | None:
    """First and last day of which there is any message, at whatever hour, to whomever."""
    times = _list_times(cohorts)["at"]
    if times.empty:
        return None
    local = times.dt.tz_convert(cohorts.programme.programme.timezone).dt.tz_localize(None).dt.normalize()
    return local.min(), local.max()


# --- measures -------------------------------------------------------------------------------------------


def _person_row(person: str, cohort: str, measure: str, **fields: Any) -> Measure:
    return Measure(
        measure=measure,
        counts="records",
        cohort=cohort,
        person=person,
        people=(person,),
        consent=CONSENT,
        **fields,
    )


def _measure_person(cut: Period) -> Iterator[Measure]:
    """Rate of either kind; missing: what may have been theirs, as nobody is told."""
    counts, maybe = count_incidents(cut.own), count_incidents(cut.untold)
    declined = None if cut.covered else NO_RECORDS
    for kind in KINDS:
        yield _person_row(
            cut.person,
            cut.cohort,
            "interruption.rate",
            unit="per_month",
            method="count_per_working_month",
            kind=kind,
            phase=cut.phase,
            n=counts[kind],
            missing=maybe[kind],
            value=counts[kind] / cut.months if cut.months else None,
        ).unless(declined or (None if cut.months else "NO_WORKING_DAYS"))


def _list_events(person: str, cohort: str, cuts: list[Period]) -> Iterator[Measure]:
    """A row a day (of sleep: the night) and kind, for the picture; where there is none, one that says so."""
    common: dict[str, Any] = dict(unit="incidents", method="count")
    rows = pd.concat([cut.own for cut in cuts]) if cuts else pd.DataFrame(columns=list(MESSAGE_COLUMNS))
    days = rows["day"].where(rows["kind"].eq("off"), rows["night"]).map(lambda day: day.date().isoformat())
    distinct = set(zip(days, rows["kind"], rows["what"], strict=True))
    for (day, kind), n in sorted(Counter((day, kind) for day, kind, _ in distinct).items()):
        yield _person_row(
            person, cohort, "interruption.event", kind=kind, label=day,
            n=n, missing=0, value=float(n), **common,
        )  # fmt: skip
    if rows.empty:
        none = _person_row(person, cohort, "interruption.event", n=0, missing=0, value=0.0, **common)
        yield none.unless(None if any(cut.covered for cut in cuts) else NO_RECORDS)


def _measure_programme(phase: str, cuts: list[Period]) -> Iterator[Measure]:
    """Over everybody whose phase the records cover: incidents by the sum of their months."""
    covered = [cut for cut in cuts if cut.covered]
    months = sum(cut.months for cut in covered)
    untold = [cut.untold for cut in covered]
    maybe = count_incidents(pd.concat(untold)) if untold else dict.fromkeys(KINDS, 0)
    reason = None if months else ("NO_WORKING_DAYS" if covered else NO_RECORDS)
    for kind in KINDS:
        n = sum(count_incidents(cut.own)[kind] for cut in covered)
        yield Measure(
            measure="interruption.rate",
            unit="per_month",
            method="count_per_working_month",
            counts="persons",
            kind=kind,
            phase=phase,
            n=n,
            missing=maybe[kind],
            value=n / months if months else None,
            notes=(f"MONTHS:{months:.0f}", f"UNCOVERED:{len(cuts) - len(covered)}"),
            people=tuple(sorted({cut.person for cut in covered})),
        ).unless(reason)
