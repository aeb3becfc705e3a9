"""From an estimate to a verdict: one pure function, the only way a claim comes about.

First match wins: not_measurable, not_enough_data, views_differ, supported, no_large_change, leaning.
`hidden` is the gate's word.  A measure that claims nothing (a count, a level) gets none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from .estimates import LEVEL, adjust_holm
from .measures import Measure
from .plan import EvaluationPlan, Family

EXPLORATORY, ONE_SOURCE = "EXPLORATORY", "ONE_SOURCE"
VERDICTS = (
    "supported",
    "leaning",
    "no_large_change",
    "not_enough_data",
    "not_measurable",
    "views_differ",
    "hidden",
)


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What a verdict is made of; `s` is the smallest change that matters.

    `declined` names a definition that is not met; `excludes_zero` is after Holm; `compared` says that the
    design has a comparison which agrees in sign; `sources` are the other kinds of source with their own
    estimates; `robust` says that no other way of counting or comparing that was tried turns the estimate or
    makes it smaller than `s`.
    """

    value: float | None
    low: float | None
    high: float | None
    s: float
    declined: str | None = None
    declared: bool = False
    excludes_zero: bool = False
    compared: bool = False
    sources: tuple[float, ...] = ()
    robust: bool = True


def judge(evidence: Evidence) -> str:
    """The verdict of one estimate.

    >>> judge(Evidence(value=0.8, low=None, high=None, s=0.5))
    'not_enough_data'
    >>> judge(Evidence(value=0.1, low=-0.2, high=0.3, s=0.5))
    'no_large_change'
    """
    e = evidence
    if e.declined is not None or e.value is None:
        return "not_measurable"
    if e.low is None or e.high is None or (e.low < -e.s and e.high > e.s):
        return "not_enough_data"
    if any(abs(other) >= e.s and abs(e.value) >= e.s and other * e.value < 0 for other in e.sources):
        return "views_differ"
    agrees = any(other * e.value > 0 for other in e.sources)
    shown = e.declared and e.excludes_zero and abs(e.value) >= e.s and e.compared
    if shown and agrees and e.robust:
        return "supported"
    if e.low >= -e.s and e.high <= e.s:
        return "no_large_change"
    return "leaning"


def judge_all(measures: Sequence[Measure], plan: EvaluationPlan, *, as_of: date) -> list[Measure]:
    """Every measure that claims something with its verdict; Holm runs within each declared family.

    Judged again they are judged anew: nothing of an earlier verdict is left.

    `as_of` is the day up to which data count: a plan declared on it or later declares nothing, so that every
    claim is exploratory.
    """
    adjusted: dict[int, float | None] = {}
    for family in plan.all_families if plan.declared < as_of else ():
        adjusted |= _adjust(measures, family)
    return [_judged(m, plan, i in adjusted, adjusted.get(i)) for i, m in enumerate(measures)]


def _adjust(measures: Sequence[Measure], family: Family) -> dict[int, float | None]:
    """Places of a family's rows with their p after Holm; None where a row has no estimate.

    An estimate without a p counts as a test that shows nothing (p = 1): whether there is a p may depend on
    the answers, as where too few of them differ.
    """
    rows = [i for i, m in enumerate(measures) if m.measure in family.measures and _belongs(m, family)]
    tested = [i for i in rows if measures[i].value is not None]
    p = [1.0 if (given := measures[i].p) is None else given for i in tested]
    return {**dict.fromkeys(rows), **dict(zip(tested, adjust_holm(p), strict=True))}


def _belongs(measure: Measure, family: Family) -> bool:
    """A row of the whole programme: one a measure, or, where the family is of skills, one a skill."""
    whole = measure.person is None and measure.team is None and measure.cohort is None
    return whole and (measure.skill is not None) is family.skills


def _judged(measure: Measure, plan: EvaluationPlan, declared: bool, adjusted: float | None) -> Measure:
    if not measure.claims:
        return measure if measure.declined is None else replace(measure, verdict="not_measurable")
    excludes_zero = adjusted is not None and adjusted < LEVEL
    verdict = judge(
        Evidence(
            value=measure.value,
            low=measure.low,
            high=measure.high,
            s=plan.smallest(measure.unit),
            declined=measure.declined,
            declared=declared,
            excludes_zero=excludes_zero,
            compared=measure.compared,
            sources=tuple(measure.sources.values()),
            robust=measure.flips is None or measure.flips[0] == 0,
        )
    )
    told = tuple(note for note in measure.notes if note not in (EXPLORATORY, ONE_SOURCE))
    if not declared and verdict != "not_measurable":
        told = (*told, EXPLORATORY)
    elif verdict == "leaning" and excludes_zero and not measure.sources:
        told = (*told, ONE_SOURCE)
    return replace(measure, verdict=verdict, notes=told)
