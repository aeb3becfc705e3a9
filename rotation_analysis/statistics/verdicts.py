"""From an estimate to a verdict: one pure function, the only way a claim comes about.

First match wins: not_measurable, not_enough_data, views_differ, supported, no_large_change, leaning. Only the
gate assigns `hidden`. A measure that claims nothing (a count, a level) gets none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from ..measure_row import Measure
from ..programme.plan import EvaluationPlan
from .estimates import LEVEL, adjust_holm

VERDICTS = (
    "supported",
    "leaning",
    "no_large_change",
    "not_enough_data",
    "not_measurable",
    "views_differ",
    "hidden",
)
SHOWN = (*VERDICTS[:2], "either_way", *VERDICTS[2:])
"""Verdicts as pages name them, see `name_verdict`."""


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """Input of a verdict; `s` is the smallest change that matters.

    `declined` names a definition that is not met; `excludes_zero` is after Holm; `compared`: the design has a
    comparison that agrees in sign; `sources` are the other kinds of source with their own estimates, each
    from k or more people and with its own interval; `robust`: no alternative way of counting or comparing
    reverses the estimate or makes it smaller than `s`.
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

    @property
    def agrees(self) -> bool:
        """Whether another kind of source points the same way, nearer to a change that matters than to 0."""
        value = self.value or 0.0
        return any(other * value > 0 and abs(other) >= self.s / 2 for other in self.sources)

    @property
    def disagrees(self) -> bool:
        """Whether none agrees and at least one points the other way, however little."""
        return not self.agrees and any(other * (self.value or 0.0) < 0 for other in self.sources)


DOUBTS: Mapping[str, Callable[[Evidence], bool]] = {
    "BELOW_SMALLEST": lambda e: abs(e.value or 0.0) < e.s,
    "SOURCE_AGAINST": lambda e: e.disagrees,
    "NOT_COMPARED": lambda e: not e.compared,
    "NOT_ROBUST": lambda e: not e.robust,
    "SOURCE_WEAK": lambda e: bool(e.sources) and not e.agrees and not e.disagrees,
    "ONE_SOURCE": lambda e: not e.sources,
}
"""What can keep an estimate beyond chance from being supported; the first is the reason."""


def judge(evidence: Evidence) -> str:
    """Return the verdict of one estimate.

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
    if e.declared and e.excludes_zero and not find_doubts(e):
        return "supported"
    if e.low >= -e.s and e.high <= e.s:
        return "no_large_change"
    return "leaning"


def find_doubts(evidence: Evidence) -> tuple[str, ...]:
    """List what keeps an estimate beyond chance from being supported: codes of `DOUBTS`.

    >>> find_doubts(Evidence(value=0.4, low=0.2, high=0.6, s=0.5, compared=True, sources=(-0.1,)))
    ('BELOW_SMALLEST', 'SOURCE_AGAINST')
    """
    return tuple(code for code, applies in DOUBTS.items() if applies(evidence))


def name_verdict(verdict: str, low: float | None, high: float | None) -> str:
    """Return the verdict as shown: a leaning whose interval contains 0 is `either_way`."""
    open_ = verdict == "leaning" and low is not None and high is not None and low <= 0 <= high
    return "either_way" if open_ else verdict


def judge_all(
    measures: Sequence[Measure], plan: EvaluationPlan, first_ends: Mapping[str, date]
) -> list[Measure]:
    """Return every measure, those that claim something with their verdict.

    Holm runs once over all declared claims about the programme, and once over all declared single skills:
    naming a separate family does not relax the correction. `first_ends`: by participant the day on which the
    first rotation ended. A claim declared only after its first outcome is exploratory. Judging again starts
    afresh: notes of an earlier verdict are removed.
    """
    tested: dict[int, tuple[float, int]] = {}
    late: set[int] = set()
    for skills in (False, True):
        families = (family for family in plan.all_families if family.skills is skills)
        names = {name for family in families for name in family.measures}
        declared = {
            place
            for place, m in enumerate(measures)
            if m.measure in names
            and (m.person, m.team, m.cohort) == (None, None, None)
            and (m.skill is not None) is skills
        }
        in_time = sorted(place for place in declared if _is_in_time(measures[place], plan, first_ends))
        late |= declared.difference(in_time)
        # an estimate without a p counts as a test with p = 1: whether there is a p can depend on the answers,
        # for example if too few of them differ; a row without an estimate is not a test
        tests = [place for place in in_time if measures[place].value is not None]
        p = [1.0 if (given := measures[place].p) is None else given for place in tests]
        found = dict(zip(tests, adjust_holm(p), strict=True))
        tested |= {place: (found.get(place, 1.0), len(tests)) for place in in_time}
    return [_judged(m, plan, tested.get(i), late=i in late) for i, m in enumerate(measures)]


def _is_in_time(measure: Measure, plan: EvaluationPlan, first_ends: Mapping[str, date]) -> bool:
    """Whether the plan was declared before the first outcome or, for people, before the first rotation ended.

    If neither date is known, it was not; a row without a value has no outcome.
    """
    ends = [first_ends[person] for person in measure.people if person in first_ends]
    first = measure.first_outcome or min(ends, default=None)
    return measure.value is None or (first is not None and plan.declared < first)


def _judged(
    measure: Measure, plan: EvaluationPlan, tested: tuple[float, int] | None, *, late: bool
) -> Measure:
    """Return the measure with its verdict; `tested`: p of a declared claim after Holm, and over how many
    tests.
    """
    if not measure.claims:
        return measure if measure.declined is None else replace(measure, verdict="not_measurable")
    evidence = Evidence(
        value=measure.value,
        low=measure.low,
        high=measure.high,
        s=plan.smallest(measure.unit),
        declined=measure.declined,
        declared=tested is not None,
        excludes_zero=tested is not None and tested[0] < LEVEL,
        compared=measure.compared,
        sources=tuple(measure.sources.values()),
        robust=measure.flips is None or measure.flips[0] == 0,
    )
    verdict = judge(evidence)
    added: list[str] = []
    if verdict == "not_measurable":
        pass
    elif tested is None:
        added = [*(["DECLARED_LATE"] if late else []), "EXPLORATORY"]
    else:
        added = [f"JUDGED_TOGETHER:{tested[1]}"] if tested[1] > 1 else []
        added += find_doubts(evidence) if verdict == "leaning" and evidence.excludes_zero else ()
    earlier = {"DECLARED_LATE", "EXPLORATORY", *DOUBTS}
    kept = (note for note in measure.notes if note not in earlier and not note.startswith("JUDGED_TOGETHER:"))
    return replace(measure, verdict=verdict, notes=(*kept, *added))
