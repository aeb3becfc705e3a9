"""Chances to use a skill beside its growth: what was given to somebody to do, and what came of it.

Declared rules (`[[chances]]`, else `questionnaires/chances.toml`) say which records are a chance for which
skill.  Growth without a chance, chances without growth and "no chance" as an answer are findings about what
people were given to do, never about what they can do.  A skill without a rule, or without records of those
days, has unknown chances, never none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median

import pandas as pd

from ...cohorts.cohort import Cohorts
from ...measure_row import Measure, commonest
from ...programme.model import Rotation
from .chance_records import ChanceRecords, Count
from .ratings import END, GROWTH, NOW, list_due, list_grids, list_ratings

CONSENT = "skills"
WITH_INCIDENTS = "skills+incidents"
GROWN = 1.0
HIGHEST = 5.0
ARMS_NEEDED = 2
FINDINGS = ("growth_without_chance", "chance_without_growth", "no_chance_given")

Finding = tuple[bool | None, str | None]


def measure_chances(
    cohorts: Cohorts, differences: pd.DataFrame, skills: tuple[str, ...]
) -> Iterator[Measure]:
    """Chances and findings by person and skill, "no chance" by wave; over the programme, both by skill.

    `differences` holds `ratings.GROWTH` at least, as `list_differences` gives it.
    """
    rules = {skill: cohorts.programme.chance_rules(skill) for skill in skills}
    records = ChanceRecords(cohorts, rules)
    found: list[Measure] = []
    for rotation in cohorts.programme.rotations:
        counts = {skill: records.count(rotation, skill) for skill in skills}
        arms = _arms_of(differences, rotation)
        yield from (_chance_row(rotation, skill, counts[skill]) for skill in skills)
        yield from _measure_no_chance(cohorts, rotation, skills)
        known = [count.value for count in counts.values() if count.declined is None]
        for skill in skills:
            found += _finding_rows(rotation, skill, counts[skill], arms, median(known) if known else 0.0)
    yield from found
    yield from _measure_programme(cohorts, found, skills)


# --- one person -----------------------------------------------------------------------------------------


def _row(rotation: Rotation, measure: str, **fields: object) -> Measure:
    """A row of one person, shown as far as that person consents."""
    return Measure(
        measure=measure,
        method="count",
        counts="persons",
        cohort=rotation.cohort,
        person=rotation.person,
        people=(rotation.person,),
        **fields,  # type: ignore[arg-type]
    )


def _consent(count: Count) -> str:
    """What was done in incidents is shown by a consent of its own."""
    return WITH_INCIDENTS if count.with_incidents else CONSENT


def _chance_row(rotation: Rotation, skill: str, count: Count) -> Measure:
    return _row(
        rotation,
        "skill.chances",
        unit="chances",
        skill=skill,
        n=count.records,
        missing=count.unknown,
        value=float(count.value),
        notes=count.notes,
        consent=_consent(count),
    ).unless(count.declined or _nothing_known(count))


def _nothing_known(count: Count) -> str | None:
    """None counted while a table lacks these days is unknown, never zero."""
    return "CHANCES_INCOMPLETE" if count.incomplete and not count.value else None


def _measure_no_chance(cohorts: Cohorts, rotation: Rotation, skills: tuple[str, ...]) -> Iterator[Measure]:
    """One row a wave of the person's own: in how many of the skills asked there was no chance."""
    ratings = list_ratings(cohorts)
    own = ratings[
        ratings["person"].eq(rotation.person)
        & ratings["cohort"].eq(rotation.cohort)
        & ratings["rater"].eq("self")
        & ratings["question"].eq(NOW)
        & ratings["skill"].isin(skills)
    ]
    statuses = _statuses(cohorts, rotation)
    for wave in dict.fromkeys([*statuses, END.wave]):
        here = own[own["wave"].eq(wave)]
        told = here["state"].isin(["answered", "no_chance"])
        status = statuses.get(wave)
        reason = None if told.any() else (f"WAVE_{status.upper()}" if status else "WAVE_NOT_DECLARED")
        yield _row(
            rotation,
            "skill.no_chance",
            unit="skills",
            wave=wave,
            n=int(told.sum()),
            missing=int((~told).sum()),
            value=float(here["state"].eq("no_chance").sum()),
            consent=CONSENT,
        ).unless(reason)


def _statuses(cohorts: Cohorts, rotation: Rotation) -> dict[str, str]:
    """Wave → status of the rounds that ask the person for the skill grid."""
    coverage = cohorts.coverage
    asked = coverage[
        coverage["person"].eq(rotation.person)
        & coverage["cohort"].eq(rotation.cohort)
        & coverage["rater"].eq("self")
        & coverage["instrument"].isin(list_grids(cohorts))
    ]
    return dict(zip(asked["wave"], asked["status"], strict=True))


@dataclass(frozen=True)
class _Arm:
    """One view of a change: from which level to which, and why it is not known."""

    earlier: float | None
    later: float | None
    change: float | None
    declined: str | None


def _arms_of(differences: pd.DataFrame, rotation: Rotation) -> dict[tuple[str, str], _Arm]:
    """(span, skill) → the person's change in that view."""
    own = differences[
        differences["person"].eq(rotation.person)
        & differences["cohort"].eq(rotation.cohort)
        & differences["span"].isin([span.name for span in GROWTH])
    ]
    columns = own[["span", "skill", "earlier", "later", "change", "declined"]].astype(object)
    return {
        (span, skill): _Arm(*(None if pd.isna(value) else value for value in values))
        for span, skill, *values in columns.itertuples(index=False)
    }


def _finding_rows(
    rotation: Rotation, skill: str, count: Count, arms: Mapping[tuple[str, str], _Arm], usual: float
) -> Iterator[Measure]:
    """One row a kind of finding: 1 where it holds, 0 where it does not, else why that is not known."""
    own = [arms[span.name, skill] for span in GROWTH]
    judged = {
        "growth_without_chance": _judge_growth(own, count),
        "chance_without_growth": _judge_standstill(own, count, usual),
        "no_chance_given": _judge_answer(own[0]),
    }
    for kind in FINDINGS:
        holds, declined = judged[kind]
        yield _row(
            rotation,
            "skill.chance_finding",
            unit="findings",
            kind=kind,
            skill=skill,
            wave=END.wave,
            n=int(holds is not None),
            missing=int(holds is None),
            value=float(bool(holds)),
            notes=() if kind == "no_chance_given" else count.notes,
            consent=CONSENT if kind == "no_chance_given" else _consent(count),
        ).unless(declined)


def _views(arms: Sequence[_Arm]) -> tuple[list[_Arm], str | None]:
    """The views that have a change; fewer than two say nothing that another view would bear out."""
    known = [arm for arm in arms if arm.change is not None]
    reasons = [arm.declined for arm in arms if arm.declined]
    return known, None if len(known) >= ARMS_NEEDED else (reasons[0] if reasons else "NOT_ASKED")


def _judge_growth(arms: Sequence[_Arm], count: Count) -> Finding:
    """A level or more by two views, and no chance on record."""
    known, declined = _views(arms)
    declined = count.declined or _nothing_known(count) or declined
    if declined:
        return None, declined
    grown = sum(arm.change is not None and arm.change >= GROWN for arm in known)
    return grown >= ARMS_NEEDED and count.value == 0, None


def _judge_standstill(arms: Sequence[_Arm], count: Count, usual: float) -> Finding:
    """As many chances as the person had for half of the skills, and no growth by two views.

    Who began at the highest level could not rise: that view does not tell of a standstill.
    """
    known, declined = _views(arms)
    if declined := count.declined or declined:
        return None, declined
    still = sum(arm.change is not None and arm.change <= 0 and arm.earlier != HIGHEST for arm in known)
    return still >= ARMS_NEEDED and count.value >= max(usual, 1), None


def _judge_answer(now: _Arm) -> Finding:
    """Whether "no chance" was the answer at the end; `now` is the difference from the start."""
    if now.later is not None:
        return False, None
    return (True, None) if now.declined == "NO_CHANCE" else (None, now.declined)


# --- the programme --------------------------------------------------------------------------------------


def _measure_programme(
    cohorts: Cohorts, found: Sequence[Measure], skills: tuple[str, ...]
) -> Iterator[Measure]:
    """By skill, how many people said there was no chance, and how many each other finding holds for."""
    due = {person for person, _ in list_due(cohorts, END)}
    ratings = list_ratings(cohorts)
    at_end = ratings[ratings["wave"].eq(END.wave) & ratings["rater"].eq(END.rater)]
    answered = tuple(sorted(set(at_end["person"])))
    judged = {
        kind: tuple(sorted({str(row.person) for row in found if row.kind == kind and row.value is not None}))
        for kind in FINDINGS
    }
    for skill in skills:
        own = {kind: [row for row in found if row.skill == skill and row.kind == kind] for kind in FINDINGS}
        answers = own.pop("no_chance_given")
        why_none = _why_none(answers)
        for kind, rows in (("", answers), *own.items()):
            of_whom = judged[kind or FINDINGS[-1]] or answered
            row = replace(_persons_row(rows, due, of_whom), skill=skill, kind=kind or None)
            row = row if kind else replace(row, measure="skill.no_chance")
            # where nobody answered, that is why: what records tell of single persons is no reason to give
            declined = None if row.n else (_why_none(rows) if answered else why_none)
            yield row.unless(declined)


def _why_none(rows: Sequence[Measure]) -> str:
    return commonest((row.declined for row in rows if row.declined), otherwise="NO_SURVEY")


def _persons_row(rows: Sequence[Measure], due: set[str], answered: tuple[str, ...]) -> Measure:
    """Of how many people a finding is known, and for how many it holds (in any of their stays).

    Where it is known of nobody, the row is about those of whom it is in other skills, else about all who
    answered: that and why it is not known is theirs, too.
    """
    holds: dict[str, bool] = {}
    for row in rows:
        if row.value is not None:
            person = str(row.person)
            holds[person] = holds.get(person, False) or row.value > 0
    return Measure(
        measure="skill.chance_finding",
        unit="persons",
        method="count",
        counts="persons",
        wave=END.wave,
        n=len(holds),
        missing=len(due - set(holds)),
        value=float(sum(holds.values())),
        people=tuple(sorted(holds)) or answered,
    )
