"""Skill growth: levels as rated, and planned differences of them, person by person and over the programme.

Growth is a bracket: now − start (understates), now − then (overstates), the mentor's now − week 4.  Contrasts
are planned, too: response shift, the two halves of a stay, self against mentor at each wave.  The person is
the unit: changes are averaged within a person (composite), then over persons.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from ...cohorts.cohort import Cohorts
from ...files.cells import fold
from ...measure_row import Measure, commonest
from ...programme.model import Rotation, Wording
from ...programme.plan import EvaluationPlan, MeasurementError
from ...reading.question_matching import OTHER_MEANING, split_row
from ...statistics.estimates import LEVEL, adjust_holm, compute_reliable_change, smallest_detectable_change
from ..rows import count_row, stay_row
from .follow_up import measure_afterwards
from .growth import arm_of, list_themes, measure_programme
from .opportunities import measure_chances
from .ratings import (
    AFTERWARDS,
    CONTRASTS,
    GROWTH,
    LEVEL_SCALE,
    THEN,
    Span,
    list_differences,
    list_grids,
    list_ratings,
)

CONSENT = "skills"
LARGE_JUMP = 3
LOOKED_AT = (*GROWTH, *CONTRASTS)


def measure_skills(cohorts: Cohorts, skills: tuple[str, ...]) -> list[Measure]:
    """Levels, differences by person and skill, composites by person, the programme level, and coverage."""
    differences = list_differences(cohorts, (*LOOKED_AT, *AFTERWARDS), skills)
    return [
        *_measure_persons(cohorts, differences, list_themes(skills)),
        *measure_programme(cohorts, differences, skills),
        *measure_chances(cohorts, differences, skills),
        *measure_afterwards(cohorts, differences, skills),
        *_measure_coverage(cohorts),
        *measure_lineage(cohorts, skills),
    ]


def _measure_persons(
    cohorts: Cohorts, differences: pd.DataFrame, themes: Mapping[str, tuple[str, ...]]
) -> Iterator[Measure]:
    """All rows of one person after the other: levels, differences, composites, themes."""
    ratings = list_ratings(cohorts)
    for rotation in cohorts.programme.rotations:
        stay = differences[
            differences["person"].eq(rotation.person) & differences["cohort"].eq(rotation.cohort)
        ]
        arms: list[Measure] = []
        for span in LOOKED_AT:
            own = stay[stay["span"].eq(span.name)]
            arms += [*_measure_changes(own, rotation, span, cohorts.programme.plan)]
            error = cohorts.programme.plan.error_of("composite") if span in GROWTH else None
            arms.append(_measure_composite(own, rotation, span, error))
            if span in GROWTH:
                arms += [_measure_theme(own, rotation, span, *theme) for theme in themes.items()]
        # who gave no level has a row, too: that there is one must not depend on the answers
        levels = [*_measure_levels(ratings, rotation)]
        declined = next((arm.declined for arm in arms if arm.declined), None)
        yield from levels or [_level_row(rotation).unless(declined or "NOT_ASKED")]
        yield from arms


def _measure_levels(ratings: pd.DataFrame, rotation: Rotation) -> Iterator[Measure]:
    """One row a level as answered (hollow mark, filled mark, mentor's mark of the figure)."""
    own = ratings[ratings["person"].eq(rotation.person) & ratings["cohort"].eq(rotation.cohort)]
    levels = own[own["level"].notna() & own["scale"].eq(LEVEL_SCALE)]
    for row in levels.sort_values(["skill", "rater", "wave", "question"]).itertuples():
        yield replace(
            _level_row(rotation),
            skill=row.skill,
            wave=row.wave,
            kind="mentor" if row.rater == "mentor" else ("then" if row.question == THEN else "self"),
            n=1,
            value=float(row.level),
        )


def _level_row(rotation: Rotation) -> Measure:
    """The row of a person's level without one."""
    return stay_row(
        rotation, "skill.level", unit="level", method="as_answered", n=0, missing=0, consent=CONSENT
    )


def _measure_changes(
    own: pd.DataFrame, rotation: Rotation, span: Span, plan: EvaluationPlan
) -> Iterator[Measure]:
    """One row a skill: the change of one person, or why there is none."""
    beyond = _beyond_error(own, plan.error_of("skill")) if span in GROWTH else {}
    for row in own.itertuples():
        change = None if pd.isna(row.change) else float(row.change)
        notes = _notes_of_one(span) if change is not None else []
        if change is not None and abs(change) >= LARGE_JUMP:
            notes.append("LARGE_JUMP")
        if row.skill in beyond:
            notes.append(beyond[row.skill])
        yield stay_row(
            rotation,
            span.name,
            unit="levels",
            method="difference_of_levels",
            consent=CONSENT,
            skill=row.skill,
            wave=span.later.wave,
            n=int(change is not None),
            missing=int(change is None),
            value=change,
            notes=tuple(notes),
            claims=True,
        ).unless(row.declined)


def _notes_of_one(span: Span) -> list[str]:
    return ["N1", *(["SELF_ONLY"] if span.self_only else [])]


def _beyond_error(own: pd.DataFrame, error: MeasurementError | None) -> dict[str, str]:
    """By skill, whether its change is beyond the declared error of a rating; Holm over the skills."""
    known = own[own["change"].notna()]
    if error is None or known.empty:
        return {}
    p = adjust_holm(
        [compute_reliable_change(change, sd=error.sd, r=error.r)[1] for change in known["change"]]
    )
    return {
        skill: "BEYOND_ERROR_HOLM" if adjusted < LEVEL else "WITHIN_ERROR_HOLM"
        for skill, adjusted in zip(known["skill"], p, strict=True)
    }


def _measure_composite(
    own: pd.DataFrame, rotation: Rotation, span: Span, error: MeasurementError | None
) -> Measure:
    """The person's mean change over the skills that have one; how many have none stands in `missing`."""
    changes = own["change"].dropna()
    declined = None if len(changes) else commonest(own["declined"].dropna(), otherwise="NOT_ASKED")
    value = float(changes.mean()) if len(changes) else None
    whole = 2 * len(changes) >= len(own)  # a composite of few skills errs more than the declared one
    notes = _notes_of_one(span)
    if error is not None and value is not None and whole:
        least = smallest_detectable_change(sd=error.sd, r=error.r)
        beyond = round(abs(value), 1) >= round(least, 1)  # as printed
        code = "BEYOND_ERROR" if beyond else "WITHIN_ERROR"
        notes.append(f"{code}:{least:.1f}")
    return stay_row(
        rotation,
        span.name,
        unit="levels",
        method="mean_over_skills",
        consent=CONSENT,
        wave=span.later.wave,
        n=int(value is not None),
        missing=len(own) - len(changes),
        value=value,
        notes=tuple(notes),
        claims=True,
    ).unless(declined)


def _measure_theme(
    own: pd.DataFrame, rotation: Rotation, span: Span, name: str, skills: tuple[str, ...]
) -> Measure:
    """The person's mean change over the skills of one theme."""
    row = _measure_composite(own[own["skill"].isin(skills)], rotation, span, None)
    return replace(row, measure=f"skill.theme.{arm_of(span)}", kind=name)


# --- who answered ---------------------------------------------------------------------------------------


def _measure_coverage(cohorts: Cohorts) -> Iterator[Measure]:
    """Who was asked and answered: administrative counts, no answers in them."""
    grids = list_grids(cohorts)
    grouped = cohorts.coverage.groupby(["cohort", "rater", "wave", "instrument", "status"], sort=True)
    for (cohort, rater, wave, instrument, status), rows in grouped:
        yield count_row(
            "coverage.survey",
            "persons",
            len(rows),
            cohort=cohort,
            wave=wave,
            kind=rater if instrument in grids else instrument,
            notes=(f"STATUS_{status.upper()}",),
        )


# --- the lineage of the questions: in which words and on which scale each was asked, and when --------------
# Comparison across versions needs the owner's mark that they mean the same; answers on another scale are
# never pooled. Counts here are administrative: how many persons were asked so, never what they answered.

CURRENT, SAME, OTHER = "wording_current", "wording_same", "wording_other"
POOLED, APART = "scale_pooled", "scale_apart"


def measure_lineage(cohorts: Cohorts, skills: Collection[str]) -> Iterator[Measure]:
    """A row a wording of each question or skill that had several, then a row a scale of the skill grid."""
    responses = cohorts.tables["responses"]
    order = cohorts.programme.cohorts
    for wording in cohorts.programme.wordings:
        yield from _measure_wording(responses, wording, skills, order)
    yield from _measure_scales(cohorts, responses)


def _measure_wording(
    responses: pd.DataFrame, wording: Wording, skills: Collection[str], order: Sequence[str]
) -> Iterator[Measure]:
    """The declared wording, and the one in use beside it."""
    names = (wording.question, f"{wording.question}.{OTHER_MEANING}")
    asked = responses[responses["question"].isin(names) | responses["skill"].eq(wording.question)]
    rows = asked["wording"].map(_row_of)
    old = rows.map(fold).eq(fold(wording.wording))
    kind = SAME if wording.same_meaning else OTHER
    skill = wording.question if wording.question in skills else None
    name = "" if skill else f"{wording.question}: "  # a question that is no row of the grid
    yield _count_asked("lineage.wording", kind, asked[old], order, label=name + wording.wording, skill=skill)
    others = rows[~old]
    current = f"{name}{others.mode().iloc[0]}" if len(others) else None
    yield _count_asked("lineage.wording", CURRENT, asked[~old], order, label=current, skill=skill)


def _row_of(header: object) -> str:
    """What a column asks: the row of a grid, else its whole heading."""
    found = split_row(str(header))
    return (found[1] if found else str(header)).strip()


def _measure_scales(cohorts: Cohorts, responses: pd.DataFrame) -> Iterator[Measure]:
    """The scales on which the skill grid was answered; the own ones by their labels."""
    own = {scale.id: " / ".join(scale.labels) for scale in cohorts.programme.scales}
    grids = responses[responses["instrument"].isin(list_grids(cohorts)) & responses["skill"].notna()]
    for scale, answers in grids.groupby(_scale_asked(grids), sort=True):
        kind = POOLED if scale == LEVEL_SCALE else APART
        yield _count_asked(
            "lineage.scale", kind, answers, cohorts.programme.cohorts, label=own.get(str(scale))
        )


def _scale_asked(grids: pd.DataFrame) -> pd.Series:
    """The scale a row was asked on: as answered, else as others of its sending, then of its file, were.

    Who left every level blank, or had no chance at all, was asked all the same: how many were asked must not
    tell what anybody answered.
    """
    scale = grids["scale"].astype(object).where(grids["scale"].notna(), None)
    for same in (["file", "sheet", "row"], ["file"]):
        known = scale.groupby([grids[name].fillna("") for name in same]).transform("first")
        scale = scale.where(scale.notna(), known)
    return scale.where(scale.notna(), LEVEL_SCALE)


def _count_asked(
    measure: str,
    kind: str,
    answers: pd.DataFrame,
    order: Sequence[str],
    *,
    label: str | None,
    skill: str | None = None,
) -> Measure:
    """How many persons were asked so, from which month to which, in which cohorts."""
    days = pd.to_datetime(answers["day"]).dropna()
    seen = [] if days.empty else [f"FROM_MONTH:{days.min():%Y-%m}", f"TO_MONTH:{days.max():%Y-%m}"]
    cohorts = _join_cohorts(set(answers["cohort"].dropna().astype(str)), order)
    notes: list[str] = [*seen, *([f"IN_COHORTS:{cohorts}"] if cohorts else [])]
    waves: set[Any] = set(answers["wave"].dropna())
    return count_row(
        measure,
        "persons",
        answers["person"].nunique(),
        skill=skill,
        kind=kind,
        label=label,
        wave=str(next(iter(waves))) if len(waves) == 1 else None,
        notes=tuple(notes),
    )


def _join_cohorts(seen: Collection[str], order: Sequence[str]) -> str:
    """Cohorts in their order, those that follow one another as first–last.

    >>> _join_cohorts({"1", "2", "3", "6"}, ("1", "2", "3", "4", "5", "6"))
    '1–3, 6'
    """
    runs: list[list[str]] = []
    for before, cohort in zip((None, *order), order, strict=False):
        if cohort in seen and runs and runs[-1][-1] == before:
            runs[-1].append(cohort)
        elif cohort in seen:
            runs.append([cohort])
    return ", ".join(run[0] if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs)
