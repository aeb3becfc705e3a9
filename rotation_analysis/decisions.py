"""What is to be decided for the next term: declared triggers beside the evidence that this edition may show.

A decision compares published rows with a threshold that the owner set (`[triggers]`), and nothing else; it
names what moves people to decide, it does not decide (DOMAIN 1.2).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from math import inf
from typing import Any

import pandas as pd

from .disclosure import Publication

REACHED, OPEN, TOO_LITTLE, NOT_REACHED = "reached", "open", "too_little", "not_reached"
UNKNOWN, HIDDEN = "unknown", "hidden"
STATES = (REACHED, OPEN, TOO_LITTLE, NOT_REACHED, UNKNOWN, HIDDEN)
WEEKS_A_MONTH = 365.25 / 12 / 7


@dataclass(frozen=True, kw_only=True)
class Decision:
    """One decision: the `rows` it looks at (those that reached the threshold first), and where they stand.

    `open`: the value is beyond the threshold or short of it, and its interval reaches to the other side.
    `too_little`: there is a value, and too little data to judge it.
    `reason`: why nothing can be said, where the state is unknown or hidden.
    """

    name: str
    state: str
    threshold: float
    rows: tuple[Any, ...] = ()
    reason: str | None = None


def list_decisions(publication: Publication) -> tuple[Decision, ...]:
    """Every decision that has a declared trigger, in the order of the table in DOMAIN 1.2."""
    triggers: Mapping[str, float] = publication.facts["triggers"]
    return tuple(
        _decide(name, find(publication), limit(triggers), least=name in AT_LEAST)
        for name, (find, limit) in EVIDENCE.items()
    )


def _programme(measure: str, **where: object) -> Callable[[Publication], pd.DataFrame]:
    """The rows of the whole programme of a measure."""
    return lambda publication: publication.rows(measure, cohort=None, person=None, team=None, **where)


def _cohort(measure: str) -> Callable[[Publication], pd.DataFrame]:
    return lambda publication: publication.rows(measure, cohort=publication.cohort, person=None, team=None)


def _least_skills(publication: Publication) -> pd.DataFrame:
    """Each skill by the larger of its two views, the least first."""
    views = [
        publication.rows(f"skill.growth.{view}", cohort=None, person=None)
        for view in ("now_minus_start", "now_minus_then")
    ]
    rows = pd.concat(views)
    rows = rows[rows["skill"].notna()]
    shown = rows[rows["value"].notna()].sort_values("value", kind="stable")
    largest = shown.drop_duplicates("skill", keep="last")
    untold = rows[~rows["skill"].isin(shown["skill"])].drop_duplicates("skill")
    return pd.concat([largest, untold]) if len(untold) else largest


Limit = Callable[[Mapping[str, float]], float]
EVIDENCE: Mapping[str, tuple[Callable[[Publication], pd.DataFrame], Limit]] = {
    "length": (
        _programme("incident.weeks_to_responder"),
        lambda triggers: triggers["responder_month"] * WEEKS_A_MONTH,
    ),
    "size_waiting": (_programme("waiting.change_by_rotators"), lambda triggers: triggers["waiting_rise"]),
    "size_teaching": (
        _programme("host.teaching_hours", kind=None),
        lambda triggers: triggers["teaching_hours"],
    ),
    "onboarding": (_least_skills, lambda triggers: triggers["skill_bracket"]),
    "talk": (_cohort("one_to_one.gap_over"), lambda triggers: 1.0),
    "permission": (
        _programme("requests.permission_bound_share"),
        lambda triggers: triggers["permission_bound_share"],
    ),
    "tooling": (_cohort("requests.repeat_topic"), lambda triggers: triggers["repeat_teams"]),
}
"""Decision → the published rows that move it, and the declared threshold in their unit."""
AT_LEAST = ("talk", "tooling")
"""Decisions whose trigger is reached at the threshold; the others beyond it."""
COUNTS = ("talk", "tooling")
"""Decisions that look at counts from records; the others at estimates, which need an interval."""
BELOW = ("onboarding",)
"""Decisions that are moved by what stays below the threshold."""


def _decide(name: str, rows: pd.DataFrame, threshold: float, *, least: bool) -> Decision:
    told = list(rows.itertuples(index=False))
    valued = [row for row in told if row.value is not None and not pd.isna(row.value)]
    if not valued:
        if name == "tooling" and not told:
            return Decision(name=name, state=UNKNOWN, threshold=threshold, reason="NO_TOPICS")
        return Decision(name=name, state=_why(told), threshold=threshold, reason=_reason(told))
    stands = [
        (
            TOO_LITTLE
            if name not in COUNTS and _lacks_data(row)
            else _stand(row, threshold, least=least, below=name in BELOW),
            row,
        )
        for row in valued
    ]
    state = min((stand for stand, _ in stands), key=STATES.index)
    first = [row for stand, row in stands if stand == state]
    return Decision(name=name, state=state, threshold=threshold, rows=tuple(first))


def _lacks_data(row: Any) -> bool:
    """Whether an estimate has no interval, or was judged to rest on too little."""
    return row.verdict == "not_enough_data" or row.low is None or bool(pd.isna(row.low))


def _stand(row: Any, threshold: float, *, least: bool, below: bool) -> str:
    """Where one row stands; the interval decides whether that is certain."""
    sign = -1 if below else 1
    value, limit = sign * row.value, sign * threshold
    reached = value >= limit if least else value > limit
    low, high = (None if end is None or pd.isna(end) else end for end in (row.low, row.high))
    if low is not None:  # a waiting time may have no upper end: longer than `low`
        ends = (sign * low, sign * (inf if high is None else high))
        if min(ends) <= limit < max(ends):
            return OPEN
    return REACHED if reached else NOT_REACHED


def _why(rows: Iterable[Any]) -> str:
    return HIDDEN if any(row.verdict == "hidden" for row in rows) else UNKNOWN


def _reason(rows: Iterable[Any]) -> str:
    return next((str(row.notes[0]) for row in rows if row.notes), "NO_RECORDS")
