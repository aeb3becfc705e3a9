"""Who was in which incident and did what: the path from watching to acting, with the chances there were.

An incident whose export does not record who took part (`unattributed`) is not a missed chance. A tool that
names nobody in any incident records it for none. Someone the tool made commander because they were alone
(`lone_commander`) is counted separately: neither as lead nor as a first responder step.

And how often a tool disturbed a participant off work or in hours of sleep, where that person lives: from
records of paging tools alone; how tired anybody was is not inferred from them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...cohorts.clock import business_clock_for
from ...cohorts.cohort import Cohorts
from ...cohorts.working_weeks import clip_to_records, count_weeks_present
from ...measure_row import Measure, commonest, convert
from ...programme.model import Rotation
from ...programme.tables import STEPS
from ...programme.worktime import local_days
from ...reading.profiles import read_profiles
from ...statistics.survival import estimate_waiting
from ..rows import Stay, event_rows, stay_row

STAY_PHASES = ("month_1", "months_2_3", "months_4_end")
INCIDENT_PHASES = (*STAY_PHASES, "ramp", "settled")
LONE, UNKNOWN_STEP = "lone_commander", "step_unknown"
PATH_KINDS = (*STEPS, LONE, UNKNOWN_STEP)
PARTICIPATION = "incident.participation"
ACTING = ("responder", "lead")
PAGED = ("off", "sleep")
WEEKS_A_MONTH = 4.0  # a person-month is 20 working days
NO_PAGES = "NO_NOTIFICATIONS"
A_MONTH = pd.Timedelta(days=31)
"""As long may pass without an incident before the records are said to begin later or to end earlier."""

Seen = tuple[pd.DataFrame, pd.DataFrame]
"""Incidents, and one person's parts in them."""


def measure_incidents(cohorts: Cohorts) -> Iterator[Measure]:
    """Per person and phase chances and steps, shared resources apart; first responder steps."""
    records = list_records(cohorts)
    seen = {stay.person: records.of(stay.person) for stay in cohorts.programme.rotations}
    yield from _measure_paths(cohorts, records, seen)
    yield from _measure_weeks(cohorts, records, seen)
    yield from _measure_first_steps(cohorts, records, seen)


# --- incidents and who took part ------------------------------------------------------------------------


@dataclass(frozen=True)
class Records:
    """Incidents, and who took part in them.

    `incidents`: id, day, team, shared and unattributed (who took part is unknown), one row per incident;
    `parts` the same of each person's part, with person and step (one of `PATH_KINDS`).  `first`/`last`: days
    of the first and the last incident on record, NaT without any; `shared_declared`: the programme names
    shared services.
    """

    incidents: pd.DataFrame
    parts: pd.DataFrame
    first: pd.Timestamp
    last: pd.Timestamp
    shared_declared: bool

    def cover(self, first: pd.Timestamp, last: pd.Timestamp) -> bool:
        """Whether anything is on record from these days on and until them."""
        return bool((first <= self.last) & (last >= self.first))

    def of(self, person: str) -> Seen:
        """Return incidents and the person's parts by day; incidents with a part are not `unattributed`."""
        parts = self.parts[self.parts["person"].eq(person)]
        known = pd.MultiIndex.from_frame(parts[["id", "day"]])  # an id may stand twice, of two days
        at = pd.MultiIndex.from_frame(self.incidents[["id", "day"]])
        unattributed = self.incidents["unattributed"] & ~at.isin(known)
        frames = (self.incidents.assign(unattributed=unattributed), parts)
        scope, attended = (rows[rows["day"].notna()].sort_values("day", kind="stable") for rows in frames)
        return scope, attended


def _between(seen: Seen, first: pd.Timestamp, last: pd.Timestamp) -> Iterator[pd.DataFrame]:
    """Of incidents and of parts, in order of day as `of` gives them, those of these days, both included."""
    for rows in seen:
        ends = np.array([first, last + pd.Timedelta(days=1)], dtype="datetime64[us]")
        yield rows.iloc[slice(*rows["day"].to_numpy().searchsorted(ends))]


def list_records(cohorts: Cohorts) -> Records:
    """The incidents, and who took part in them."""
    incidents, participation = cohorts.tables["incidents"], cohorts.tables["participation"]
    profiles = read_profiles()
    tools = {
        file.file: profiles[file.profile].tool if file.profile in profiles else file.path
        for file in cohorts.account.files
    }
    files = incidents["file"].astype(object).fillna("")
    named = incidents["id"].isin(participation["incident"])
    mute = ~named.groupby(files.map(lambda file: tools.get(file, file))).transform("any").astype(bool)
    columns = ["id", "day", "team", "shared", "unattributed"]
    incidents = incidents.assign(
        file=files,
        shared=incidents["shared"].eq(True).astype(bool),
        unattributed=incidents["people_unknown"].astype(bool) | mute,
    )
    joined = participation[["incident", "person", "day", "step", "file"]].merge(
        incidents[["id", "team", "shared", "unattributed", "file"]].drop_duplicates("id"),
        left_on="incident", right_on="id", how="inner", suffixes=("", "_incident"),
    )  # fmt: skip
    # Datadog makes whoever declares an incident, or is alone in it, its commander.  Where the record cannot
    # tell who else was there, it is not known whether that was so: the step is unknown.  A list kept by hand
    # that calls somebody the lead was written by a person, and counts as written.
    alone = joined.groupby("incident")["incident"].transform("size").eq(1)
    by_tool = joined["file"].astype(object).fillna("").eq(joined["file_incident"])
    lone = joined["step"].eq("lead") & alone & by_tool
    known = joined["step"].astype(object).fillna(UNKNOWN_STEP)
    parts = joined.assign(step=known.mask(lone, LONE).mask(lone & joined["unattributed"], UNKNOWN_STEP))
    return Records(
        incidents=incidents[columns],
        parts=parts.loc[parts["person"].notna(), [*columns, "person", "step"]],
        first=incidents["day"].min(),
        last=incidents["day"].max(),
        shared_declared=bool(cohorts.programme.incidents.shared_services or incidents["shared"].any()),
    )


# --- the path -------------------------------------------------------------------------------------------


def _measure_paths(cohorts: Cohorts, records: Records, seen: Mapping[str, Seen]) -> Iterator[Measure]:
    """Chances and steps by person and phase.

    During a stay every incident is a chance, those of shared resources also apart; after the return those of
    the own team's services.
    """
    home = {(r.person, r.cohort): r.home_team for r in cohorts.programme.rotations}
    phases = cohorts.person_phases
    for row in phases[phases["phase"].isin(INCIDENT_PHASES)].itertuples():
        scope, attended = _between(seen[row.person], row.first, row.last)
        unattributed, steps = scope["unattributed"].to_numpy(), attended["step"].to_numpy()
        covered = records.cover(row.first, row.last)
        declined = None if covered else "NO_INCIDENT_RECORDS"
        notes = ("RECORDS_END_EARLIER",) if covered and row.last > records.last + A_MONTH else ()
        if row.phase in STAY_PHASES:
            yield from _measure_path(row, unattributed, steps, declined, notes)
            unattributed, steps = (
                unattributed[scope["shared"].to_numpy()],
                steps[attended["shared"].to_numpy()],
            )
            declined = declined or (None if records.shared_declared else "NO_SHARED_SERVICES")
            yield from _measure_path(row, unattributed, steps, declined, notes, suffix=".shared")
        else:
            ours = [rows["team"].eq(home[row.person, row.cohort]).to_numpy() for rows in (scope, attended)]
            yield from _measure_path(row, unattributed[ours[0]], steps[ours[1]], declined, notes)


def _measure_path(
    row: Any,
    unattributed: NDArray[np.bool_],
    steps: NDArray[np.object_],
    declined: str | None,
    notes: tuple[str, ...],
    *,
    suffix: str = "",
) -> Iterator[Measure]:
    """Chances, by whether who took part in each is `unattributed`, and how often the person had each step."""
    unknown = int(unattributed.sum())
    chances = len(unattributed) - unknown
    unheard = "PARTICIPATION_UNKNOWN" if unknown and not chances else None
    common: dict[str, Any] = {"phase": row.phase, "notes": notes}
    yield _person_row(
        row, f"incident.chances{suffix}", n=chances, missing=unknown, value=float(chances), **common
    ).unless(declined)
    counts = Counter(steps)
    common |= {"n": len(steps), "missing": counts[UNKNOWN_STEP]}
    for step in PATH_KINDS:
        found = _person_row(row, PARTICIPATION + suffix, kind=step, value=float(counts[step]), **common)
        yield found.unless(declined or unheard)


def _measure_weeks(cohorts: Cohorts, records: Records, seen: Mapping[str, Seen]) -> Iterator[Measure]:
    """A row a week of the stay (1 is the first) and step, for the picture; one of 0 where there was none."""
    as_of = pd.Timestamp(cohorts.programme.as_of)
    for stay in cohorts.programme.rotations:
        start = pd.Timestamp(stay.start)
        if start > as_of:
            continue
        end = min(pd.Timestamp(stay.end or as_of), as_of)
        scope, attended = _between(seen[stay.person], start, end)
        declined = "PARTICIPATION_UNKNOWN" if len(scope) and scope["unattributed"].all() else None
        declined = declined if records.cover(start, end) else "NO_INCIDENT_RECORDS"
        weeks = (attended["day"] - start).dt.days // 7 + 1
        none = _person_row(stay, f"{PARTICIPATION}.weekly", n=0, missing=0, value=0.0)
        yield from event_rows(none, zip(weeks, attended["step"], strict=True), declined=declined)


def _person_row(stay: Stay, measure: str, **others: Any) -> Measure:
    common = {"unit": "incidents", "method": "count", "counts": "records", "consent": "incidents"}
    return stay_row(stay, measure, **(common | others))


# --- the first responder step ---------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class FirstStep:
    """The row of a person's first step as responder or lead during a stay, and what the median needs of it.

    `days`: from the start of the stay to that step, else how long none was on record (`done` tells which).
    """

    row: Measure
    days: int = 0
    done: bool = False


def _measure_first_steps(cohorts: Cohorts, records: Records, seen: Mapping[str, Seen]) -> Iterator[Measure]:
    """Weeks from the start of the stay to the first step as responder or lead; over all: Kaplan–Meier."""
    as_of = pd.Timestamp(cohorts.programme.as_of)
    begun = [stay for stay in cohorts.programme.rotations if pd.Timestamp(stay.start) <= as_of]
    found = [
        _find_first_step(records, seen[stay.person], stay, as_of)
        for stay in sorted(begun, key=lambda stay: stay.start)
    ]
    yield from (step.row for step in found)
    first: dict[str | None, FirstStep] = {}
    for step in found:
        first.setdefault(step.row.person, step)  # of several stays the first: later ones begin elsewhere
    yield _measure_programme(list(first.values()))


def _find_first_step(records: Records, seen: Seen, stay: Rotation, as_of: pd.Timestamp) -> FirstStep:
    """Weeks, with the parts that may have been such a step as `missing`.

    "None by the end" has no value and says after how many weeks that was.
    """
    start, end = pd.Timestamp(stay.start), min(pd.Timestamp(stay.end or as_of), as_of)
    row = _person_row(stay, "incident.weeks_to_responder", unit="weeks", method="first_step", n=0, missing=0)
    if not records.cover(start, end):
        return FirstStep(row=row.unless("NO_INCIDENT_RECORDS"))
    if records.first > start + A_MONTH:
        return FirstStep(row=row.unless("RECORDS_BEGIN_LATER"))
    scope, attended = _between(seen, start, end)
    cut_off = end > records.last + A_MONTH
    days, steps = attended["day"].to_numpy(), attended["step"].to_numpy()
    acting = days[np.isin(steps.astype(str), ACTING)]
    done = len(acting) > 0
    last = pd.Timestamp(acting[0]) if done else records.last if cut_off else end
    until = last.to_datetime64()
    doubtful = np.concatenate(
        [days[steps == UNKNOWN_STEP], scope["day"].to_numpy()[scope["unattributed"].to_numpy()]]
    )
    doubts = int((doubtful < until).sum()) if done else len(doubtful)
    lone = int((days[steps == LONE] <= until).sum())
    weeks = (last - start).days / 7
    notes = [f"STEPS_UNTOLD_BEFORE:{doubts}"] if done and doubts else []
    notes += [f"LONE_COMMANDER:{lone}"] if lone else []
    if not done:
        over = stay.end is not None and pd.Timestamp(stay.end) <= as_of
        notes = [f"{'NOT_BY_END' if over else 'NOT_YET'}:{int(weeks)}", *notes]
        notes += ["RECORDS_END_EARLIER"] if cut_off else []
    found = replace(
        row, n=len(attended), missing=doubts, value=weeks if done else None, notes=tuple(notes)
    ).unless(f"STEPS_UNTOLD:{doubts}" if doubts and not done else None)
    return FirstStep(row=found, days=(last - start).days, done=done)


def _measure_programme(steps: Sequence[FirstStep]) -> Measure:
    """The median over persons as recorded, and what steps that are not known could make of it.

    Whoever has no such step on record counts as "not yet" until the end of the stay: leaving out those of
    whom a step is unknown would leave those who were quick.  The recorded median is the latest it can be.
    """
    known = [step for step in steps if step.row.declined is None or step.row.missing]
    row = Measure(
        measure="incident.weeks_to_responder",
        unit="weeks",
        method="kaplan_meier",
        counts="persons",
        n=len(known),
        missing=len(steps) - len(known),
        people=tuple(sorted(str(step.row.person) for step in known or steps)),
    )
    if not known:
        reasons = (step.row.declined or "" for step in steps)
        return row.unless(commonest(reasons, otherwise="NO_INCIDENT_RECORDS"))
    late = estimate_waiting([float(step.days) for step in known], [step.done for step in known])
    never = sum(not step.done for step in known)
    doubtful = sum(bool(step.row.missing) for step in known)
    notes = [late.note] if late.note else []
    notes += [f"NOT_ACTED_YET:{never}:{len(known)}"] if never else []
    notes += [f"STEPS_UNTOLD_OF:{doubtful}:{len(known)}"] if doubtful else []
    weeks = convert(late, lambda days: days / 7)
    return replace(row, value=weeks.value, low=weeks.low, high=weeks.high, notes=tuple(notes))


# --- pages off work -------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Watched:
    """One person's phase: its messages off work, and those of which it is unknown whom they reached.

    `covered`: whether the tools' records reach into it at all; `months`: working months that they cover.
    """

    person: str
    cohort: str
    phase: str
    months: float
    covered: bool
    own: pd.DataFrame
    unattributed: pd.DataFrame


def measure_interruptions(cohorts: Cohorts) -> Iterator[Measure]:
    """Rates by person and phase, each event by person; rates over the programme.

    Counted are distinct incidents, never the messages of one burst.
    """
    watched = list(_watch_phases(cohorts))
    for each in watched:
        names: dict[str, Any] = {"cohort": each.cohort, "person": each.person, "people": (each.person,)}
        yield from _measure_rates([each], each.phase, counts="records", consent="time", **names)
    for stay in cohorts.programme.rotations:
        own = [each for each in watched if (each.person, each.cohort) == (stay.person, stay.cohort)]
        yield from _list_events(stay, own)
    for phase in STAY_PHASES:
        own = [each for each in watched if each.phase == phase]
        covered = [each for each in own if each.covered]
        months = sum(each.months for each in covered)
        yield from _measure_rates(
            covered,
            phase,
            counts="persons",
            people=tuple(sorted({each.person for each in covered})),
            notes=(f"MONTHS:{months:.0f}", f"UNCOVERED:{len(own) - len(covered)}"),
        )


def _watch_phases(cohorts: Cohorts) -> Iterator[Watched]:
    """Every phase of a stay, in the order of `person_phases`."""
    times = _list_times(cohorts)
    messages = _list_messages(cohorts, times)
    seen = local_days(times["at"], cohorts.programme.programme.timezone)
    begins, ends = seen.min(), seen.max()
    phases = cohorts.person_phases
    for span in phases[phases["phase"].isin(STAY_PHASES)].itertuples():
        first, last = span.first.date(), span.last.date()
        covered = bool((span.first <= ends) & (span.last >= begins))
        if covered:
            first, last = clip_to_records(first, last, (begins.date(), ends.date()))
        within = messages[messages["day"].between(span.first, span.last)]
        yield Watched(
            person=span.person,
            cohort=span.cohort,
            phase=span.phase,
            months=count_weeks_present(cohorts.programme, span.person, first, last) / WEEKS_A_MONTH,
            covered=covered,
            own=within[within["person"].eq(span.person)],
            unattributed=within[within["person"].isna()],
        )


def _list_times(cohorts: Cohorts) -> pd.DataFrame:
    """person, at, incident: messages of the notifications and alerts that somebody acknowledged."""
    sent, alerts = cohorts.tables["notifications"], cohorts.tables["alerts"]
    acknowledged = alerts[alerts["acknowledged"].notna()]
    days = local_days(acknowledged["created"], cohorts.programme.programme.timezone)
    who = cohorts.identify(acknowledged["who"], days)
    parts = [
        sent[["person", "at", "incident"]],
        pd.DataFrame({"person": who, "at": acknowledged["created"], "incident": acknowledged["id"]}),
    ]
    times = pd.concat([part.astype({"person": object, "incident": object}) for part in parts])
    return times[times["at"].notna()].reset_index(drop=True)


def _list_messages(cohorts: Cohorts, times: pd.DataFrame) -> pd.DataFrame:
    """One row a message off work, by time: person, day, kind, night, what.

    `kind` is sleep or off; `day` the date where the person lives, `night` the date on which that night began;
    `what` the incident, or where none is told, the night itself; `person` is missing where it is not known
    whom it reached: then the programme's zone counts.
    """
    clock, programme = business_clock_for(cohorts.programme), cohorts.programme
    zones = {person.id: person.timezone for person in programme.people if person.timezone}
    zone = times["person"].map(zones).astype(object).fillna(programme.programme.timezone)
    times = times.assign(kind=clock.kind_of_hours(times["at"], zone).astype(object), zone=zone)
    times = times[times["kind"].notna()].sort_values("at", kind="stable")
    wall = pd.Series(pd.NaT, index=times.index, dtype="datetime64[us]")
    for name, at in times.groupby("zone")["at"]:
        wall[at.index] = at.dt.tz_convert(name).dt.tz_localize(None)
    morning = pd.Timedelta(hours=clock.sleep_until.hour, minutes=clock.sleep_until.minute)
    night = (wall - morning).dt.normalize()
    alone = times["kind"] + night.dt.strftime(" %Y-%m-%d")
    what = times["incident"].fillna(alone)
    return times[["person", "kind"]].assign(day=wall.dt.normalize(), night=night, what=what)


def count_incidents(messages: pd.DataFrame) -> dict[str, int]:
    """Kind → distinct incidents; one that came in both counts as sleep."""
    found = set(zip(messages["kind"], messages["what"], strict=True))
    asleep = {what for kind, what in found if kind == "sleep"}
    return {"off": len({what for _, what in found} - asleep), "sleep": len(asleep)}


def _measure_rates(watched: Sequence[Watched], phase: str, **others: Any) -> Iterator[Measure]:
    """Incidents by the sum of working months; missing: what may have been theirs, the recipient unknown."""
    months = sum(each.months for each in watched)
    declined = None if any(each.covered for each in watched) else NO_PAGES
    maybe = count_incidents(pd.concat([each.unattributed for each in watched])) if watched else {}
    counts = [count_incidents(each.own) for each in watched]
    for kind in PAGED:
        n = sum(count[kind] for count in counts)
        yield Measure(
            measure="interruption.rate",
            unit="per_month",
            method="count_per_working_month",
            phase=phase,
            kind=kind,
            n=n,
            missing=maybe.get(kind, 0),
            value=n / months if months else None,
            **others,
        ).unless(declined or (None if months else "NO_WORKING_DAYS"))


def _list_events(stay: Rotation, watched: list[Watched]) -> Iterator[Measure]:
    """A row a day (of sleep: the night) and kind, for the picture; where there is none, one that says so."""
    events: set[tuple[str, str, str]] = set()
    for each in watched:
        days = each.own["day"].where(each.own["kind"].eq("off"), each.own["night"]).dt.strftime("%Y-%m-%d")
        events |= set(zip(days, each.own["kind"], each.own["what"], strict=True))
    none = stay_row(
        stay, "interruption.event", counts="records", consent="time",
        unit="incidents", method="count", n=0, missing=0, value=0.0,
    )  # fmt: skip
    declined = None if any(each.covered for each in watched) else NO_PAGES
    yield from event_rows(none, ((day, kind) for day, kind, _ in events), declined=declined)
