"""Who was in which incident and did what: the path from watching to acting, with the chances there were.

An incident whose export cannot tell who took part is no chance that was missed; a tool of which no incident
names anybody cannot tell it of any.  Whom the tool made commander because nobody else was there
(`lone_commander`) is counted apart: neither as lead nor as a first responder step.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from ...cohorts.cohort import Cohorts
from ...measure_row import Measure, commonest
from ...programme.model import Rotation
from ...programme.tables import STEPS
from ...statistics.survival import estimate_waiting
from .incident_records import LONE, IncidentTable, Records, find_untold, list_records

STAY_PHASES = ("month_1", "months_2_3", "months_4_end")
INCIDENT_PHASES = (*STAY_PHASES, "ramp", "settled")
UNKNOWN_STEP = "step_unknown"
PATH_KINDS = (*STEPS, LONE, UNKNOWN_STEP)
PARTICIPATION = "incident.participation"
ACTING = ("responder", "lead")
A_MONTH = pd.Timedelta(days=31)
"""As long may pass without an incident before the records are said to begin later or to end earlier."""


def measure_incidents(cohorts: Cohorts) -> Iterator[Measure]:
    """Per person and phase chances and steps, shared resources apart; first responder steps."""
    records = list_records(cohorts)
    yield from _measure_paths(cohorts, records)
    yield from _measure_weeks(cohorts, records)
    yield from _measure_first_steps(cohorts, records)


# --- the path -------------------------------------------------------------------------------------------


def _measure_paths(cohorts: Cohorts, records: Records) -> Iterator[Measure]:
    """Chances and steps by person and phase.

    During a stay every incident is a chance, those of shared resources also apart; after the return those of
    the own team's services.
    """
    home = {(r.person, r.cohort): r.home_team for r in cohorts.programme.rotations}
    phases = cohorts.person_phases
    for row in phases[phases["phase"].isin(INCIDENT_PHASES)].itertuples():
        scope, attended = records.between(row.first, row.last, row.person)
        if row.phase not in STAY_PHASES:
            own = home[row.person, row.cohort]
            scope, attended = (rows.at(rows.team == own) for rows in (scope, attended))
        covered = records.cover(row.first, row.last)
        declined = None if covered else "NO_INCIDENT_RECORDS"
        notes = ("RECORDS_END_EARLIER",) if covered and row.last > records.last + A_MONTH else ()
        yield from _measure_path(row, scope, attended, declined, notes)
        if row.phase in STAY_PHASES:
            scope, attended = (rows.at(rows.shared) for rows in (scope, attended))
            declined = declined or (None if records.shared_declared else "NO_SHARED_SERVICES")
            yield from _measure_path(row, scope, attended, declined, notes, suffix=".shared")


def _measure_path(
    row: Any,
    scope: IncidentTable,
    attended: IncidentTable,
    declined: str | None,
    notes: tuple[str, ...],
    *,
    suffix: str = "",
) -> Iterator[Measure]:
    unknown = int(attended.unknown.sum())
    untold = int(find_untold(scope, attended).sum())
    unheard = "PARTICIPATION_UNKNOWN" if untold and untold == len(scope) else None
    common = _of_person(row.person, row.cohort, phase=row.phase, notes=notes)
    counts = {step: attended.count(step) for step in (*STEPS, LONE)}
    yield Measure(
        measure=f"incident.chances{suffix}",
        n=len(scope) - untold,
        missing=untold,
        value=float(len(scope) - untold),
        **common,
    ).unless(declined)
    for step, count in {**counts, UNKNOWN_STEP: unknown}.items():
        yield Measure(
            measure=f"{PARTICIPATION}{suffix}",
            kind=step,
            n=len(attended),
            missing=unknown,
            value=float(count),
            **common,
        ).unless(declined or unheard)


def _measure_weeks(cohorts: Cohorts, records: Records) -> Iterator[Measure]:
    """A row a week of the stay (1 is the first) and step, for the picture; one of 0 where there was none."""
    as_of = pd.Timestamp(cohorts.programme.as_of)
    for stay in cohorts.programme.rotations:
        start = pd.Timestamp(stay.start)
        if start > as_of:
            continue
        end = min(pd.Timestamp(stay.end or as_of), as_of)
        scope, attended = records.between(start, end, stay.person)
        untold = len(scope) and find_untold(scope, attended).all()
        declined = "PARTICIPATION_UNKNOWN" if untold else None
        declined = declined if records.cover(start, end) else "NO_INCIDENT_RECORDS"
        weeks = (attended.day - start.to_datetime64()) // np.timedelta64(7, "D") + 1
        steps = np.where(attended.unknown, UNKNOWN_STEP, attended.step)
        common = _of_person(stay.person, stay.cohort, measure=f"{PARTICIPATION}.weekly", missing=0)
        for (week, step), count in sorted(Counter(zip(weeks.tolist(), steps.tolist(), strict=True)).items()):
            yield Measure(label=str(week), kind=step, n=count, value=float(count), **common)
        if not len(attended):
            yield Measure(n=0, value=0.0, **common).unless(declined)


def _of_person(person: str, cohort: str, **other: Any) -> dict[str, Any]:
    return dict(
        unit="incidents",
        method="count",
        counts="records",
        cohort=cohort,
        person=person,
        people=(person,),
        consent="incidents",
        **other,
    )


# --- the first responder step ---------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class FirstStep:
    """When somebody first was responder or lead during a stay, in days from its start.

    `days`: of that step, else how long none was on record (`done` tells which); `doubtful`: how many
    participations that may have been one came before (or at all).  `over`: the
    stay had ended by `as_of`; `cut_off`: the records end before it did.  `declined` says why it is not known.
    """

    stay: Rotation
    days: int = 0
    done: bool = False
    doubtful: int = 0
    lone: int = 0
    attended: int = 0
    over: bool = False
    cut_off: bool = False
    declined: str | None = None


def _measure_first_steps(cohorts: Cohorts, records: Records) -> Iterator[Measure]:
    """Weeks from the start of the stay to the first step as responder or lead; over all: Kaplan–Meier."""
    as_of = pd.Timestamp(cohorts.programme.as_of)
    begun = [stay for stay in cohorts.programme.rotations if pd.Timestamp(stay.start) <= as_of]
    found = [find_first_step(records, stay, as_of) for stay in sorted(begun, key=lambda stay: stay.start)]
    yield from map(_first_step_row, found)
    first: dict[str, FirstStep] = {}
    for step in found:
        first.setdefault(step.stay.person, step)  # of several stays the first: later ones begin elsewhere
    yield _measure_programme(list(first.values()))


def find_first_step(records: Records, stay: Rotation, as_of: pd.Timestamp) -> FirstStep:
    """The first responder or lead step of a stay; what keeps it from being known stands in `declined`."""
    start, end = pd.Timestamp(stay.start), min(pd.Timestamp(stay.end or as_of), as_of)
    scope, attended = records.between(start, end, stay.person)
    if not records.cover(start, end):
        return FirstStep(stay=stay, declined="NO_INCIDENT_RECORDS")
    if records.first > start + A_MONTH:
        return FirstStep(stay=stay, declined="RECORDS_BEGIN_LATER")
    acting = attended.day[np.isin(attended.step.astype(str), ACTING)]
    done = len(acting) > 0
    last = pd.Timestamp(acting.min()) if done else end if end <= records.last + A_MONTH else records.last
    doubtful = np.concatenate([attended.day[attended.unknown], scope.day[find_untold(scope, attended)]])
    earlier = doubtful[doubtful < last.to_datetime64()] if done else doubtful
    lone = attended.day[attended.step == LONE]
    return FirstStep(
        stay=stay,
        days=(last - start).days,
        done=done,
        doubtful=len(earlier),
        lone=int((lone <= last.to_datetime64()).sum()),
        attended=len(attended),
        declined=f"STEPS_UNTOLD:{len(earlier)}" if len(earlier) and not done else None,
        over=stay.end is not None and pd.Timestamp(stay.end) <= as_of,
        cut_off=end > records.last + A_MONTH,
    )


def _first_step_row(step: FirstStep) -> Measure:
    """Weeks; "none by the end" has no value and says after how many weeks that was."""
    notes = [f"STEPS_UNTOLD_BEFORE:{step.doubtful}"] if step.done and step.doubtful else []
    notes += [f"LONE_COMMANDER:{step.lone}"] if step.lone else []
    if not step.done:
        over = "NOT_BY_END" if step.over else "NOT_YET"
        notes = [f"{over}:{step.days // 7}", *notes, *(["RECORDS_END_EARLIER"] if step.cut_off else [])]
    common = _of_person(step.stay.person, step.stay.cohort, notes=tuple(notes))
    row = Measure(
        measure="incident.weeks_to_responder",
        n=step.attended,
        missing=step.doubtful,
        value=step.days / 7 if step.done else None,
        **{**common, "unit": "weeks", "method": "first_step"},
    )
    return row.unless(step.declined)


def _measure_programme(steps: Sequence[FirstStep]) -> Measure:
    """The median over persons as recorded, and what steps that are not known could make of it.

    Whoever has no such step on record counts as "not yet" until the end of the stay: leaving out those of
    whom a step is unknown would leave those who were quick.  The recorded median is the latest it can be.
    """
    known = [step for step in steps if step.declined is None or step.doubtful]
    everybody = tuple(sorted(step.stay.person for step in steps))
    row = Measure(
        measure="incident.weeks_to_responder",
        unit="weeks",
        method="kaplan_meier",
        counts="persons",
        n=len(known),
        missing=len(steps) - len(known),
        people=tuple(sorted(step.stay.person for step in known)) or everybody,
    )
    if not known:
        reason = commonest((step.declined or "" for step in steps), otherwise="NO_INCIDENT_RECORDS")
        return row.unless(reason)
    late = estimate_waiting([float(step.days) for step in known], [step.done for step in known])
    never = sum(not step.done for step in known)
    doubtful = sum(step.doubtful > 0 for step in known)
    notes = [f"NOT_ACTED_YET:{never}:{len(known)}"] if never else []
    notes += [f"STEPS_UNTOLD_OF:{doubtful}:{len(known)}"] if doubtful else []
    value, low, high = (None if days is None else days / 7 for days in (late.value, late.low, late.high))
    notes = [*([late.note] if late.note else []), *notes]
    return replace(row, value=value, low=low, high=high, notes=tuple(notes))
