"""From an estimate to a verdict: one pure function, the only way a claim comes about.

First match wins: not_measurable, not_enough_data, views_differ, supported, no_large_change, leaning.
`hidden` is the gate's word.  A measure that claims nothing (a count, a level) gets none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from .estimates import LEVEL, adjust_holm
from .measures import Measure
from .programme import EvaluationPlan

DEFAULT_SMALLEST_CHANGE: Mapping[str, float] = {
    "levels": 0.5,
    "share_points": 0.05,
    "waiting_ratio": 0.20,
    "strain": 0.5,
    "rate_ratio": 0.20,
}
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
    estimates.
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
    if e.declared and e.excludes_zero and abs(e.value) >= e.s and e.compared and agrees:
        return "supported"
    if e.low >= -e.s and e.high <= e.s:
        return "no_large_change"
    return "leaning"


def judge_all(measures: Sequence[Measure], plan: EvaluationPlan) -> list[Measure]:
    """Every measure that claims something with its verdict; Holm runs over the declared family."""
    declared = {primary.measure for primary in plan.primary}
    family = [i for i, m in enumerate(measures) if m.measure in declared and _whole(m) and m.p is not None]
    adjusted = dict(zip(family, adjust_holm([measures[i].p or 0.0 for i in family]), strict=True))
    return [_judged(m, plan, declared, adjusted.get(i)) for i, m in enumerate(measures)]


def _whole(measure: Measure) -> bool:
    """A row of the whole programme: the family holds one row a primary measure."""
    return measure.person is None and measure.team is None and measure.cohort is None and not measure.skill


def _judged(measure: Measure, plan: EvaluationPlan, declared: set[str], adjusted: float | None) -> Measure:
    if not measure.claims:
        return measure if measure.declined is None else replace(measure, verdict="not_measurable")
    primary = measure.measure in declared and _whole(measure)
    verdict = judge(
        Evidence(
            value=measure.value,
            low=measure.low,
            high=measure.high,
            s=plan.smallest_change.get(measure.unit, DEFAULT_SMALLEST_CHANGE.get(measure.unit, 0.0)),
            declined=measure.declined,
            declared=primary,
            excludes_zero=adjusted is not None and adjusted < LEVEL,
            compared=measure.compared,
            sources=tuple(measure.sources.values()),
        )
    )
    told = measure.notes
    if not primary and verdict != "not_measurable":
        told = (*told, "EXPLORATORY")
    elif verdict == "leaning" and adjusted is not None and adjusted < LEVEL and not measure.sources:
        told = (*told, "ONE_SOURCE")
    return replace(measure, verdict=verdict, notes=told)
