"""Skill growth over the whole programme: pooled by person, by skill, by theme, by cohort.

Composites carry Student's t interval; single skills and themes carry the interval of the exact sign-flip test
at a level shared among them, so that all of them hold together.  Which skill grew most is a band, never a
podium.  Of people who did not answer, the mean is bounded by what they could have answered.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Any

import pandas as pd

from ...cohorts.cohort import Cohorts
from ...measure_row import Measure, commonest
from ...programme.questionnaires import read_skill_grid
from ...statistics.estimates import (
    LEVEL,
    Estimate,
    adjust_for_missing,
    bound_mean,
    estimate_by_sign_flip,
    estimate_mean,
    widen_interval,
)
from ...statistics.pooling import MIN_COHORTS, Pooled, pool_cohorts, shrink
from .ratings import CONTRASTS, GROWTH, LEVEL_SCALE, START, Point, Span, list_due, list_ratings

LOWEST, HIGHEST = 1.0, 5.0
RAW, LOOKED_BACK, MENTOR = (span.name for span in GROWTH)
OTHER_VIEW = {
    RAW: ("mentor", MENTOR),
    LOOKED_BACK: ("mentor", MENTOR),
    MENTOR: ("self", RAW),
}
"""The kind of source that does not rest on a difference's own answers, and its difference."""


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
        return {span.name: known[known["span"].eq(span.name)] for span in (*GROWTH, *CONTRASTS)}

    @cached_property
    def _ratings(self) -> pd.DataFrame:
        return list_ratings(self.cohorts)

    @cached_property
    def _due(self) -> dict[Point, set[tuple[str, str]]]:
        """By the later point of a span, (person, cohort) of every stay whose wave is over."""
        points = {span.later for span in (*GROWTH, *CONTRASTS)}
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
        own = self._ratings
        earlier, later = (
            own[own["rater"].eq(point.rater) & own["wave"].eq(point.wave)]
            for point in (span.earlier, span.later)
        )
        stays = set(zip(earlier["person"], earlier["cohort"], strict=True))
        both = {stay[0] for stay in zip(later["person"], later["cohort"], strict=True) if stay in stays}
        raters = {span.later.rater, span.earlier.rater}
        anybody = set(own.loc[own["rater"].isin(raters), "person"])
        return tuple(sorted(both or set(later["person"]) or anybody))

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

    def why_none(self, span: Span) -> str:
        """The commonest reason where nobody has a value."""
        ratings = self._ratings
        for rater in (span.later.rater, span.earlier.rater):
            if not ratings["rater"].eq(rater).any():
                return "NO_SURVEY"
        own = self.differences[self.differences["span"].eq(span.name)]
        return commonest(own["declined"].dropna(), otherwise="NOT_ASKED")


def measure_programme(
    cohorts: Cohorts, differences: pd.DataFrame, skills: tuple[str, ...]
) -> Iterator[Measure]:
    """Every planned difference over the programme; growth by skill, by theme, over cohorts; bounds."""
    answers = _Answers(cohorts, differences)
    k = cohorts.programme.disclosure.k
    pooled = [_measure_pooled(answers, span) for span in (*GROWTH, *CONTRASTS)]
    yield from (_beside_others(row, pooled, k=k) for row in pooled)
    yield from _measure_bounds(answers)
    by_skill = [
        [
            _measure_together(answers, span.name, span, (skill,), among=len(skills), skill=skill)
            for span in GROWTH
        ]
        for skill in skills
    ]
    for place, span in enumerate(GROWTH):
        yield from (_beside_others(rows[place], rows, k=k) for rows in by_skill)
        yield from _measure_themes(answers, span, skills)
        yield from _measure_cohorts(answers, span)
    yield from _measure_bands(answers, skills)


def _row(answers: _Answers, measure: str, span: Span, values: pd.Series, **others: Any) -> Measure:
    """A row over the persons who have a value: the gate counts them."""
    own: dict[str, Any] = {
        "n": len(values),
        "missing": len(answers.silent(span, values)),
        "people": answers.people(span, values),
    }
    return Measure(measure=measure, unit="levels", counts="persons", wave=span.later.wave, **(own | others))


def _measure_pooled(answers: _Answers, span: Span) -> Measure:
    """The mean over all persons who have a composite."""
    values = answers.of_persons(span)
    row = _row(answers, span.name, span, values, method="mean_of_persons_t", claims=True)
    if values.empty:
        return row.unless(answers.why_none(span))
    return row.estimated(adjust_for_missing(estimate_mean, values.tolist(), missing=row.missing or 0))


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


def _measure_bounds(answers: _Answers) -> Iterator[Measure]:
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
    if values.empty:
        yield row.unless(answers.why_none(span))
        return
    before = answers.levels_at(START).reindex(silent)
    known = len(silent) >= answers.cohorts.programme.disclosure.k and before.notna().all()
    worst = bound_mean(values.tolist(), before.tolist() if known else [HIGHEST] * len(silent))
    best = bound_mean(values.tolist(), before.tolist() if known else [LOWEST] * len(silent))
    yield replace(
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
    if values.empty:
        return row.unless(answers.why_none(span))
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


def _measure_themes(answers: _Answers, span: Span, skills: tuple[str, ...]) -> Iterator[Measure]:
    """Each theme's mean over persons of their mean over its skills."""
    themes = list_themes(skills)
    for name, ids in themes.items():
        measure = f"skill.theme.{arm_of(span)}"
        yield _measure_together(answers, measure, span, ids, among=len(themes), kind=name)


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
    if not by_cohort:
        yield row.unless(answers.why_none(span))
        return
    pooled = _pool(answers, span, by_cohort)
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


def _pool(answers: _Answers, span: Span, by_cohort: Mapping[str, pd.Series]) -> Pooled:
    """The cohorts together, with an interval that also holds where those without a value have not changed."""
    found = pool_cohorts([values.tolist() for values in by_cohort.values()])
    silent = {cohort: len(answers.silent(span, own, cohort=cohort)) for cohort, own in by_cohort.items()}
    filled = [[*own.tolist(), *[0.0] * silent[cohort]] for cohort, own in by_cohort.items()]
    return widen_interval(found, pool_cohorts(filled)) if any(silent.values()) else found


# --- which skills grow most -----------------------------------------------------------------------------


def _measure_bands(answers: _Answers, skills: tuple[str, ...]) -> Iterator[Measure]:
    """Each skill's mean, shrunk to that of all skills: by view, and relative to the person's own average."""
    for span in GROWTH:
        values = {skill: answers.of_persons(span, (skill,)) for skill in skills}
        yield from _measure_band(answers, span, values, kind=arm_of(span))
    yield from _measure_band(answers, GROWTH[0], _relative(answers, skills), kind="relative")


def _relative(answers: _Answers, skills: tuple[str, ...]) -> dict[str, pd.Series]:
    """How much more a person grew in a skill than in all of them, over the views there are.

    Within a person and a view, so that neither the person's nor the view's leaning is in it.
    """
    apart: dict[str, list[pd.Series]] = {skill: [] for skill in skills}
    for span in GROWTH:
        own = answers.of_persons(span)
        for skill in skills:
            values = answers.of_persons(span, (skill,))
            apart[skill].append(values - own.reindex(values.index))
    return {skill: pd.concat(views).groupby(level=0, sort=True).mean() for skill, views in apart.items()}


def _measure_band(
    answers: _Answers, span: Span, values: Mapping[str, pd.Series], *, kind: str
) -> Iterator[Measure]:
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
            yield row.unless(shrunk.note or answers.why_none(span))
            continue
        notes = ["ALIKE"] if shrunk.alike else [code for code, among in ends if skill in among]
        yield replace(row, value=item.value, low=item.low, high=item.high, notes=tuple(notes))
