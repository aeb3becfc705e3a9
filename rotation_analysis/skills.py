"""Skill growth as a bracket: now − start (understates), now − then (overstates), the mentor's now − week 4.

The person is the unit: changes are averaged within a person (composite), then over persons.  Only answers on
the comparable scale count; "no chance" is missing, never a low level.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import pandas as pd

from .cohort import Cohorts
from .estimates import estimate_mean
from .measures import Measure
from .programme import Rotation

CONSENT = "skills"


@dataclass(frozen=True)
class Span:
    """One arm of the bracket: the same question's level at two points, or two questions at one."""

    name: str
    rater: str
    later: tuple[str, str]
    earlier: tuple[str, str]


NOW, THEN = "skill.now", "skill.then"
SPANS = (
    Span("now_minus_start", "self", ("end", NOW), ("start", NOW)),
    Span("now_minus_then", "self", ("end", NOW), ("end", THEN)),
    Span("mentor", "mentor", ("end", NOW), ("start", NOW)),
)


def measure_skills(cohorts: Cohorts, skills: tuple[str, ...]) -> list[Measure]:
    """Levels, changes per person and skill, composites per person and over the programme, and coverage."""
    responses = cohorts.tables["responses"]
    answers = responses[responses["question"].isin([NOW, THEN]) & responses["person"].notna()]
    measures: list[Measure] = []
    composites: dict[str, dict[str, float]] = {span.name: {} for span in SPANS}
    for rotation in cohorts.programme.rotations:
        own = answers[answers["person"].eq(rotation.person) & answers["cohort"].eq(rotation.cohort)]
        arms: list[Measure] = []
        declined: list[str] = []
        for span in SPANS:
            changes = list(_measure_changes(cohorts, own, rotation, span, skills))
            composite = _measure_composite(changes, rotation, span)
            if composite.value is not None:
                composites[span.name][rotation.person] = composite.value
            declined += [composite.declined] if composite.declined else []
            arms += [*changes, composite]
        # who gave no level has a row, too: that there is one must not depend on the answers
        measures += [*(_measure_levels(own, rotation) or [_level_row(rotation).unless(declined[0])]), *arms]
    measures += _measure_programme(cohorts, composites)
    measures += _measure_coverage(cohorts)
    return measures


def _measure_levels(own: pd.DataFrame, rotation: Rotation) -> list[Measure]:
    """One row a level as answered (hollow mark, filled mark, mentor's mark of the figure)."""
    levels = own[own["level"].notna() & own["scale"].eq("level5")]
    return [
        replace(
            _level_row(rotation),
            skill=row.skill,
            wave=row.wave,
            kind="mentor" if row.rater == "mentor" else ("then" if row.question == THEN else "self"),
            n=1,
            value=float(row.level),
        )
        for row in levels.sort_values(["skill", "rater", "wave", "question"]).itertuples()
    ]


def _level_row(rotation: Rotation) -> Measure:
    """The row of a person's level without one."""
    return Measure(
        measure="skill.level",
        unit="level",
        method="as_answered",
        counts="persons",
        cohort=rotation.cohort,
        person=rotation.person,
        n=0,
        missing=0,
        people=(rotation.person,),
        consent=CONSENT,
    )


def _measure_changes(
    cohorts: Cohorts, own: pd.DataFrame, rotation: Rotation, span: Span, skills: tuple[str, ...]
) -> Iterator[Measure]:
    """One row a skill: the change of one person, or why there is none."""
    for skill in skills:
        earlier, why_not_earlier = _level(cohorts, own, rotation, span.rater, span.earlier, skill)
        later, why_not_later = _level(cohorts, own, rotation, span.rater, span.later, skill)
        declined = why_not_later or why_not_earlier
        change = None if later is None or earlier is None else later - earlier
        notes = ["N1"] if change is not None else []
        if change is not None and span.rater == "self":
            notes.append("SELF_ONLY")
        if change is not None and abs(change) >= 3:
            notes.append("LARGE_JUMP")
        yield Measure(
            measure=f"skill.growth.{span.name}",
            unit="levels",
            method="difference_of_levels",
            counts="persons",
            cohort=rotation.cohort,
            person=rotation.person,
            skill=skill,
            wave=span.later[0],
            n=int(change is not None),
            missing=int(change is None),
            value=change,
            notes=tuple(notes),
            people=(rotation.person,),
            consent=CONSENT,
            claims=True,
        ).unless(declined)


def _level(
    cohorts: Cohorts,
    own: pd.DataFrame,
    rotation: Rotation,
    rater: str,
    at: tuple[str, str],
    skill: str,
) -> tuple[float | None, str | None]:
    """The level at a wave and question, or the reason why there is none."""
    wave, question = at
    wave_rows = own[own["rater"].eq(rater) & own["wave"].eq(wave)]
    if wave_rows.empty:
        coverage = cohorts.coverage
        status = coverage.loc[
            coverage["person"].eq(rotation.person)
            & coverage["cohort"].eq(rotation.cohort)
            & coverage["rater"].eq(rater)
            & coverage["wave"].eq(wave),
            "status",
        ]
        return None, f"WAVE_{status.iloc[0].upper()}" if len(status) else "WAVE_NOT_DECLARED"
    rows = wave_rows[wave_rows["question"].eq(question) & wave_rows["skill"].eq(skill)]
    if rows.empty or rows["state"].iloc[0] == "blank":
        return None, "NOT_ASKED" if rows.empty else "BLANK"
    row = rows.iloc[0]
    if row["state"] == "no_chance":
        return None, "NO_CHANCE"
    if row["state"] == "unusable":
        return None, "UNUSABLE"
    if row["scale"] != "level5":
        return None, "OTHER_SCALE"
    return float(row["level"]), None


def _measure_composite(changes: list[Measure], rotation: Rotation, span: Span) -> Measure:
    """The person's mean change over the skills that have one; how many have none stands in `missing`."""
    values = [m.value for m in changes if m.value is not None]
    reasons = [m.declined for m in changes if m.declined]
    declined = None if values else (max(sorted(set(reasons)), key=reasons.count) if reasons else "NOT_ASKED")
    return Measure(
        measure=f"skill.growth.{span.name}",
        unit="levels",
        method="mean_over_skills",
        counts="persons",
        cohort=rotation.cohort,
        person=rotation.person,
        wave=span.later[0],
        n=int(bool(values)),
        missing=len(changes) - len(values),
        value=sum(values) / len(values) if values else None,
        notes=("N1", *(("SELF_ONLY",) if span.rater == "self" else ())),
        people=(rotation.person,),
        consent=CONSENT,
        claims=True,
    ).unless(declined)


def _measure_programme(cohorts: Cohorts, composites: dict[str, dict[str, float]]) -> Iterator[Measure]:
    """The arms of the bracket over all persons who have them, each with its own n."""
    means = {name: sum(v.values()) / len(v) for name, v in composites.items() if v}
    finished = [stay.person for stay in cohorts.programme.rotations if stay.end is not None]
    for span in SPANS:
        values = composites[span.name]
        measure = Measure(
            measure=f"skill.growth.{span.name}",
            unit="levels",
            method="mean_of_persons_t",
            counts="persons",
            wave=span.later[0],
            n=len(values),
            missing=len([person for person in finished if person not in values]),
            people=tuple(sorted(values)),
        )
        if not values:
            responses = cohorts.tables["responses"]
            asked = (responses["rater"].eq(span.rater) & responses["skill"].notna()).any()
            yield replace(measure, claims=True).unless("NOT_ASKED" if asked else "NO_SURVEY")
            continue
        estimate = estimate_mean([values[person] for person in sorted(values)])
        raw_and_then = [means.get("now_minus_start"), means.get("now_minus_then")]
        yield replace(
            measure,
            value=estimate.value,
            low=estimate.low,
            high=estimate.high,
            p=estimate.p,
            notes=tuple(note for note in (estimate.note,) if note),
            claims=True,
            compared=all(mean is not None and mean * estimate.value > 0 for mean in raw_and_then),
            sources=_other_view(span, means),
        )
        higher = float(sum(value > 0 for value in values.values()))
        yield replace(
            measure,
            measure=f"{measure.measure}.higher",
            unit="persons",
            method="count",
            value=higher,
        )


def _other_view(span: Span, means: Mapping[str, float]) -> dict[str, float]:
    """The kind of source that does not rest on this arm's own answers, with its mean."""
    kind, arm = ("mentor", "mentor") if span.rater == "self" else ("self", "now_minus_start")
    return {kind: means[arm]} if arm in means else {}


def _measure_coverage(cohorts: Cohorts) -> Iterator[Measure]:
    """Who was asked and answered: administrative counts, no answers in them."""
    grouped = cohorts.coverage.groupby(["cohort", "rater", "wave", "status"], sort=True)
    for (cohort, rater, wave, status), rows in grouped:
        yield Measure(
            measure="coverage.skill_survey",
            unit="persons",
            method="count",
            counts="records",
            cohort=cohort,
            wave=wave,
            kind=rater,
            phase=None,
            n=len(rows),
            missing=0,
            value=float(len(rows)),
            notes=(f"STATUS_{status.upper()}",),
        )
        odd = int((~rows["comparable"]).sum()) if status == "answered" else 0
        if odd:
            yield Measure(
                measure="coverage.skill_survey.other_scale",
                unit="persons",
                method="count",
                counts="records",
                cohort=cohort,
                wave=wave,
                kind=rater,
                n=odd,
                missing=0,
                value=float(odd),
            )
