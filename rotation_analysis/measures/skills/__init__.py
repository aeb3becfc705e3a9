"""Skills: growth by rater and survey round, person by person and over the programme.

In: cohorts. Out: rows for people, cohorts and the programme. Start with `measure_skills`; `ratings` names
every difference between ratings that can be claimed, `opportunities` sets chances to practise beside growth,
`surveys` counts what else was answered.

Growth is a bracket: now − start (understates), now − then (overstates), the mentor's now − week 4.  Contrasts
are planned, too: response shift, the two halves of a stay, self against mentor at each wave.  The person is
the unit: changes are averaged within a person (composite), then over persons.

Over the programme composites carry Student's t interval; single skills and themes carry the interval of the
exact sign-flip test at a level shared among them, so that all of them hold together.  Which skill grew most
is a band, never a podium.  Of people who did not answer, the mean is bounded by what they could have said.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Any

import pandas as pd

from ...cohorts.cohort import Cohorts
from ...measure_row import Measure, commonest
from ...programme.model import Rotation
from ...programme.plan import EvaluationPlan, MeasurementError
from ...programme.questionnaires import read_skill_grid
from ...statistics.estimates import (
    LEVEL,
    Estimate,
    adjust_for_missing,
    adjust_holm,
    bound_mean,
    compute_reliable_change,
    estimate_by_sign_flip,
    estimate_mean,
    smallest_detectable_change,
    widen_interval,
)
from ...statistics.pooling import MIN_COHORTS, pool_cohorts, shrink
from ..rows import stay_row
from .opportunities import measure_chances
from .ratings import (
    AFTERWARDS,
    CONTRASTS,
    GROWTH,
    LEVEL_SCALE,
    START,
    THEN,
    Point,
    Span,
    list_differences,
    list_due,
    list_ratings,
    measure_composite,
)
from .surveys import measure_afterwards, measure_coverage, measure_lineage

CONSENT = "skills"
LARGE_JUMP = 3
LOOKED_AT = (*GROWTH, *CONTRASTS)
LOWEST, HIGHEST = 1.0, 5.0
RAW, LOOKED_BACK, MENTOR = (span.name for span in GROWTH)
OTHER_VIEW = {
    RAW: ("mentor", MENTOR),
    LOOKED_BACK: ("mentor", MENTOR),
    MENTOR: ("self", RAW),
}
"""The kind of source that does not rest on a difference's own answers, and its difference."""


def measure_skills(cohorts: Cohorts, skills: tuple[str, ...]) -> list[Measure]:
    """Levels, differences by person and skill, composites by person, the programme level, and coverage."""
    differences = list_differences(cohorts, (*LOOKED_AT, *AFTERWARDS), skills)
    return [
        *_measure_persons(cohorts, differences, list_themes(skills)),
        *measure_programme(cohorts, differences, skills),
        *measure_chances(cohorts, differences, skills),
        *measure_afterwards(cohorts, differences, skills),
        *measure_coverage(cohorts),
        *measure_lineage(cohorts, skills),
    ]


def _measure_persons(
    cohorts: Cohorts, differences: pd.DataFrame, themes: Mapping[str, tuple[str, ...]]
) -> Iterator[Measure]:
    """All rows of one person after the other: levels, differences, composites, themes."""
    ratings = list_ratings(cohorts)
    ratings = ratings[ratings["level"].notna() & ratings["scale"].eq(LEVEL_SCALE)]
    ratings = ratings.sort_values(["skill", "rater", "wave", "question"])
    for rotation in cohorts.programme.rotations:
        stay = differences[
            differences["person"].eq(rotation.person) & differences["cohort"].eq(rotation.cohort)
        ]
        arms: list[Measure] = []
        for span in LOOKED_AT:
            own = stay[stay["span"].eq(span.name)]
            arms += [*_measure_changes(own, rotation, span, cohorts.programme.plan)]
            error = cohorts.programme.plan.error_for("composite") if span in GROWTH else None
            arms.append(_beside_error(measure_composite(own, rotation, span), len(own), error))
            if span in GROWTH:
                for name, skills in themes.items():
                    row = measure_composite(own[own["skill"].isin(skills)], rotation, span)
                    arms.append(replace(row, measure=f"skill.theme.{arm_of(span)}", kind=name))
        # who gave no level has a row, too: that there is one must not depend on the answers
        own_ratings = ratings[ratings["person"].eq(rotation.person) & ratings["cohort"].eq(rotation.cohort)]
        none = stay_row(
            rotation, "skill.level", unit="level", method="as_answered", n=0, missing=0, consent=CONSENT
        )
        levels = [
            replace(
                none,
                skill=row.skill,
                wave=row.wave,
                kind="mentor" if row.rater == "mentor" else ("then" if row.question == THEN else "self"),
                n=1,
                value=float(row.level),
            )
            for row in own_ratings.itertuples()
        ]
        declined = next((arm.declined for arm in arms if arm.declined), None)
        yield from levels or [none.unless(declined or "NOT_ASKED")]
        yield from arms


def _measure_changes(
    own: pd.DataFrame, rotation: Rotation, span: Span, plan: EvaluationPlan
) -> Iterator[Measure]:
    """One row a skill: the change of one person, or why there is none."""
    beyond = _beyond_error(own, plan.error_for("skill")) if span in GROWTH else {}
    for row in own.itertuples():
        change = None if pd.isna(row.change) else float(row.change)
        notes = [*span.notes_of_one] if change is not None else []
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


def _beside_error(row: Measure, asked: int, error: MeasurementError | None) -> Measure:
    """The composite with whether it is beyond the declared error; one of few skills errs more than that."""
    if error is None or row.value is None or 2 * (row.missing or 0) > asked:
        return row
    least = smallest_detectable_change(sd=error.sd, r=error.r)
    # as printed
    code = "BEYOND_ERROR" if round(abs(row.value), 1) >= round(least, 1) else "WITHIN_ERROR"
    return replace(row, notes=(*row.notes, f"{code}:{least:.1f}"))


# --- over the programme ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Answers:
    """Differences of the whole programme, and what is needed to judge how complete they are."""

    cohorts: Cohorts
    differences: pd.DataFrame
    _means: dict[tuple[str, tuple[str, ...] | None], pd.Series] = field(default_factory=dict)

    @cached_property
    def _changes(self) -> dict[str, pd.DataFrame]:
        """The differences that are known, by span."""
        known = self.differences[self.differences["change"].notna()]
        return {span.name: known[known["span"].eq(span.name)] for span in LOOKED_AT}

    @cached_property
    def _ratings(self) -> pd.DataFrame:
        return list_ratings(self.cohorts)

    @cached_property
    def _stays(self) -> dict[tuple[str, str], set[tuple[str, str]]]:
        """By rater and wave, (person, cohort) of every stay that was rated."""
        stays: dict[tuple[str, str], set[tuple[str, str]]] = defaultdict(set)
        columns = (self._ratings[name] for name in ("rater", "wave", "person", "cohort"))
        for rater, wave, *stay in zip(*columns, strict=True):
            stays[rater, wave].add((stay[0], stay[1]))
        return stays

    @cached_property
    def _due(self) -> dict[Point, set[tuple[str, str]]]:
        """By the later point of a span, (person, cohort) of every stay whose wave is over."""
        points = {span.later for span in LOOKED_AT}
        return {point: list_due(self.cohorts, point) for point in points}

    def of_persons(self, span: Span, skills: tuple[str, ...] | None = None) -> pd.Series:
        """Mean change by person over the named skills (all), then over the person's stays.

        Found once: rows, their bounds and the bands ask for the same ones again.
        """
        if (span.name, skills) not in self._means:
            own = self._changes[span.name]
            if skills is not None:
                own = own[own["skill"].isin(skills)]
            stays = own.groupby(["person", "cohort"], sort=True)["change"].mean()
            self._means[span.name, skills] = stays.groupby("person", sort=True).mean()
        return self._means[span.name, skills]

    def of_cohorts(self, span: Span) -> dict[str, pd.Series]:
        """Composites by person, for each cohort that has any, in the programme's order."""
        own = self._changes[span.name]
        values = own.groupby(["cohort", "person"], sort=True)["change"].mean()
        there = set(own["cohort"])
        return {cohort: values[cohort] for cohort in self.cohorts.programme.cohorts if cohort in there}

    def people(self, span: Span, values: pd.Series) -> tuple[str, ...]:
        """Whose answers are in a row: who has a value, else who could have had one, else who answered at all.

        A row of nobody would pass the gate, and so would, beside one of a few, that of a skill in which these
        few gave no level: who answered in both waves must be k, not who answered in one of them.
        """
        if len(values):
            return tuple(values.index)
        raters = span.later.rater, span.earlier.rater
        earlier, later = (
            self._stays.get((point.rater, point.wave), set()) for point in (span.earlier, span.later)
        )
        anybody = {stay for (rater, _), stays in self._stays.items() if rater in raters for stay in stays}
        return tuple(sorted({person for person, _ in earlier & later or later or anybody}))

    def silent(self, span: Span, values: pd.Series, *, cohort: str | None = None) -> list[str]:
        """The persons whose later wave is over and who have no value, sorted."""
        due = {person for person, of in self._due[span.later] if cohort in (None, of)}
        return sorted(due - set(values.index))

    def levels_at(self, point: Point) -> pd.Series:
        """Mean level by person at a point, of answers on the comparable scale."""
        rated = self._ratings
        here = rated["rater"].eq(point.rater) & rated["wave"].eq(point.wave)
        here &= rated["question"].eq(point.question) & rated["scale"].eq(LEVEL_SCALE)
        return rated[here].groupby("person", sort=True)["level"].mean()

    def explain_missing(self, span: Span) -> str:
        """The commonest reason where nobody has a value."""
        if not {span.later.rater, span.earlier.rater} <= {rater for rater, _ in self._stays}:
            return "NO_SURVEY"
        own = self.differences[self.differences["span"].eq(span.name)]
        return commonest(own["declined"].dropna(), otherwise="NOT_ASKED")


def measure_programme(
    cohorts: Cohorts, differences: pd.DataFrame, skills: tuple[str, ...]
) -> Iterator[Measure]:
    """Every planned difference over the programme; growth by skill, by theme, over cohorts; bounds."""
    answers = _Answers(cohorts, differences)
    k, themes = cohorts.programme.disclosure.k, list_themes(skills)
    pooled = []
    for span in LOOKED_AT:  # the mean over all persons who have a composite
        values = answers.of_persons(span)
        row = _row(answers, span.name, span, values, method="mean_of_persons_t", claims=True)
        if not row.declined:
            found = adjust_for_missing(estimate_mean, values.tolist(), missing=row.missing or 0)
            row = row.estimated(found)
        pooled.append(row)
    yield from (_beside_others(row, pooled, k=k) for row in pooled)
    yield _measure_bounds(answers)
    by_skill = [
        [
            _measure_together(answers, span.name, span, (skill,), among=len(skills), skill=skill)
            for span in GROWTH
        ]
        for skill in skills
    ]
    for place, span in enumerate(GROWTH):
        yield from (_beside_others(rows[place], rows, k=k) for rows in by_skill)
        for name, ids in themes.items():
            measure = f"skill.theme.{arm_of(span)}"
            yield _measure_together(answers, measure, span, ids, among=len(themes), kind=name)
        yield from _measure_cohorts(answers, span)
    yield from _measure_bands(answers, skills)


def _row(answers: _Answers, measure: str, span: Span, values: pd.Series, **others: Any) -> Measure:
    """A row over the persons who have a value: the gate counts them; where nobody has one, why."""
    own: dict[str, Any] = {
        "n": len(values),
        "missing": len(answers.silent(span, values)),
        "people": answers.people(span, values),
    }
    row = Measure(measure=measure, unit="levels", counts="persons", wave=span.later.wave, **(own | others))
    return row.unless(answers.explain_missing(span) if values.empty else None)


def _beside_others(row: Measure, views: Iterable[Measure], *, k: int) -> Measure:
    """The row with what a claim needs: raw and look-back agree in sign, another kind of source.

    Only a view of k people or more with an interval counts: else a verdict would tell which way the hidden
    answer of a single person goes, and rest on it.
    """
    value = row.value
    if not row.claims or value is None:
        return row
    means = {
        view.measure: view.value
        for view in views
        if view.claims and view.value is not None and view.low is not None and len(view.people) >= k
    }
    compared = all(means.get(name, 0.0) * value > 0 for name in (RAW, LOOKED_BACK))
    kind, other = OTHER_VIEW.get(row.measure, ("", ""))
    return replace(
        row,
        compared=compared and row.measure in (RAW, LOOKED_BACK, MENTOR),
        sources={kind: means[other]} if other in means else {},
    )


def _measure_bounds(answers: _Answers) -> Measure:
    """What the mean of now − start could be with the answers that are missing: none gained, worst, best.

    Where fewer than k did not answer, their start levels would show in the bounds: then they could have
    started anywhere.
    """
    span = GROWTH[0]
    values = answers.of_persons(span)
    silent = answers.silent(span, values)
    # the silent hide nobody: the mean is of those who answered
    n = len(values) + len(silent)
    row = _row(answers, f"{span.name}.bounds", span, values, method="manski_bounds", n=n)
    if row.declined:
        return row
    before = answers.levels_at(START).reindex(silent)
    known = len(silent) >= answers.cohorts.programme.disclosure.k and before.notna().all()
    worst, best = (
        bound_mean(values.tolist(), before.tolist() if known else [anywhere] * len(silent))
        for anywhere in (HIGHEST, LOWEST)
    )
    return replace(
        row,
        value=worst.nothing_gained,
        low=worst.worst,
        high=best.best,
        notes=(f"BOUNDS:{row.missing}:{row.n}",),
    )


def _measure_together(
    answers: _Answers, measure: str, span: Span, skills: tuple[str, ...], *, among: int, **names: str
) -> Measure:
    """The mean over persons of one of so many skills or themes, whose intervals all hold together."""
    values = answers.of_persons(span, skills)
    row = _row(answers, measure, span, values, method="mean_of_persons_sign_flip", claims=True, **names)
    if row.declined:
        return row
    estimate = estimate_together(values.tolist(), missing=row.missing or 0, among=among)
    return replace(row, notes=(f"SIMULTANEOUS:{among}:{fewest_for_interval(among)}",)).estimated(estimate)


def estimate_together(changes: Sequence[float], *, missing: int, among: int) -> Estimate:
    """The mean of one of so many skills or themes, with its interval of those that hold together."""
    flipped = partial(estimate_by_sign_flip, level=LEVEL / among)
    estimate = adjust_for_missing(flipped, changes, missing=missing)
    if estimate.low is not None and len(changes) < fewest_for_interval(among):
        return replace(estimate, low=None, high=None, p=None, note="ENDS_ARE_PERSONS")
    return estimate


def fewest_for_interval(among: int) -> int:
    """The fewest persons whose sign-flip interval, one of so many, does not end at one person's own change.

    Its ends are the (level · 2^n / 2)-th least and greatest of the subsets' means; the first is the least
    change itself.

    >>> fewest_for_interval(10), fewest_for_interval(3)
    (10, 8)
    """
    n = 1
    while 4 / 2**n > LEVEL / among:
        n += 1
    return n


# --- themes: what graduates say they learned ------------------------------------------------------------


def list_themes(skills: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """The rows that graduates tell of: the landscape, the pre-mortem, the low layer; by skill of the grid."""
    low = [skill.id for skill in read_skill_grid().skills if skill.group == "low_layer"]
    themes = {"landscape": ["landscape"], "pre_mortem": ["change_safety"], "low_layer": low}
    asked = {name: tuple(skill for skill in ids if skill in skills) for name, ids in themes.items()}
    return {name: ids for name, ids in asked.items() if ids}


def arm_of(span: Span) -> str:
    """The view of a growth span, as measure ids and kinds name it: now_minus_start."""
    return span.name.removeprefix("skill.growth.")


# --- across cohorts -------------------------------------------------------------------------------------


def _measure_cohorts(answers: _Answers, span: Span) -> Iterator[Measure]:
    """What the cohorts say together."""
    by_cohort, values = answers.of_cohorts(span), answers.of_persons(span)
    row = _row(
        answers,
        f"skill.across_cohorts.{arm_of(span)}",
        span,
        values,
        method="mean_of_cohorts_hksj",
        n=sum(map(len, by_cohort.values())),
        claims=True,
    )
    if row.declined:
        yield row
        return
    pooled = pool_cohorts([own.tolist() for own in by_cohort.values()])
    silent = {cohort: len(answers.silent(span, own, cohort=cohort)) for cohort, own in by_cohort.items()}
    if any(silent.values()):  # an interval that also holds where those without a value have not changed
        filled = [[*own.tolist(), *[0.0] * silent[cohort]] for cohort, own in by_cohort.items()]
        pooled = widen_interval(pooled, pool_cohorts(filled))
    if pooled.k < MIN_COHORTS:
        # beside the persons' mean that of two cohorts' means would give away a cohort of one
        pooled = replace(pooled, value=float(values.mean()))
    told = (f"COHORTS:{pooled.k}", *([pooled.note] if pooled.note else []))
    yield replace(row, notes=(f"COHORTS:{pooled.k}",)).estimated(pooled)
    if pooled.predicted is not None:
        yield replace(
            row,
            measure=f"{row.measure}.next",
            method="prediction_interval",
            value=pooled.value,
            low=pooled.predicted[0],
            high=pooled.predicted[1],
            notes=told,
            claims=False,
        )


# --- which skills grow most -----------------------------------------------------------------------------


def _measure_bands(answers: _Answers, skills: tuple[str, ...]) -> Iterator[Measure]:
    """Each skill's mean, shrunk to that of all skills: by view, and relative to the person's own average.

    How much more a person grew in a skill than in all of them is taken within a person and a view, then over
    the views, so that neither the person's nor the view's leaning is in it.
    """
    apart: dict[str, list[pd.Series]] = {skill: [] for skill in skills}
    for span in GROWTH:
        values = {skill: answers.of_persons(span, (skill,)) for skill in skills}
        yield from _measure_band(answers, span, values, kind=arm_of(span))
        own = answers.of_persons(span)
        for skill, grown in values.items():
            apart[skill].append(grown - own.reindex(grown.index))
    relative = {skill: pd.concat(views).groupby(level=0, sort=True).mean() for skill, views in apart.items()}
    yield from _measure_band(answers, GROWTH[0], relative, kind="relative")


def _measure_band(
    answers: _Answers, span: Span, values: Mapping[str, pd.Series], *, kind: str
) -> Iterator[Measure]:
    """Of `relative` values the skills that can be the first or the last are marked."""
    there = {skill: own for skill, own in values.items() if len(own)}
    k = answers.cohorts.programme.disclosure.k
    # a skill that the gate hides must not show as the one that all others fall short of
    compared = {skill: own for skill, own in there.items() if len(own) >= k} or there
    anywhere = tuple(sorted({person for own in there.values() for person in own.index}))
    rated = pd.DataFrame(compared).sort_index()  # persons × skills, nan where one is missing
    shrunk = shrink({skill: rated[skill].tolist() for skill in compared})
    ends = [("TOP_BAND", shrunk.top), ("BOTTOM_BAND", shrunk.bottom)] if kind == "relative" else []
    for skill, own in values.items():
        people = tuple(own.index) or anywhere or answers.people(span, own)
        row = _row(
            answers, "skill.band", span, own, kind=kind, skill=skill, method="shrunk_mean", people=people
        )
        item = shrunk.items.get(skill)
        if item is None or shrunk.note is not None:
            yield row.unless(shrunk.note or answers.explain_missing(span))
            continue
        notes = ["ALIKE"] if shrunk.alike else [code for code, among in ends if skill in among]
        yield replace(row, value=item.value, low=item.low, high=item.high, notes=tuple(notes))
