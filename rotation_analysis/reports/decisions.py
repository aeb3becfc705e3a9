"""Decisions for the next term: declared triggers compared with the evidence that this edition can show.

A decision only compares published rows with a threshold set by the owner (`[triggers]`); it shows the
evidence and does not decide.  "Protect the participant" is not included: that evidence appears only on the
person's own page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from math import inf
from typing import Any, Literal

import pandas as pd

from ..disclosure.publications import Publication

REACHED, OPEN, TOO_LITTLE, NOT_REACHED = "reached", "open", "too_little", "not_reached"
UNKNOWN, HIDDEN = "unknown", "hidden"
STATES = (REACHED, OPEN, TOO_LITTLE, NOT_REACHED, UNKNOWN, HIDDEN)
WEEKS_PER_MONTH = 365.25 / 12 / 7
NOTHING_HINDERED = "none"
CONTINUE = "continue"
SELF_VIEWS = ("skill.growth.now_minus_start", "skill.growth.now_minus_then")

Find = Callable[[Publication], pd.DataFrame]
Reached = Literal["beyond", "from", "below"]


@dataclass(frozen=True, kw_only=True)
class Trigger:
    """One trigger: the published rows that it checks, and the declared threshold.

    `unit` is the threshold's.  A value reaches it if `beyond` it, at it or beyond (`from`), or `below` it.
    `counts`: the rows are counts, which need no interval.  `nothing`: reason code if there is no row.
    `key`: its key under `[triggers]`; the threshold is that value times `scale`.
    """

    name: str
    find: Find
    unit: str
    reached: Reached = "beyond"
    counts: bool = False
    nothing: str = "NO_RECORDS"
    key: str
    scale: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Decision:
    """One decision: its `state` and the `rows` that led to it.

    State `open`: the interval includes the threshold.
    State `too_little`: there is a value, but too little data to judge it.
    `reason`: why there is no result, if the state is unknown or hidden.
    `accounts`: for continue or pause, whose account each row is.
    """

    name: str
    state: str
    threshold: float
    unit: str
    rows: tuple[Any, ...] = ()
    reason: str | None = None
    accounts: tuple[str, ...] = ()


def list_decisions(publication: Publication, earlier: Publication | None = None) -> tuple[Decision, ...]:
    """List every decision: whether to continue, then those of `TRIGGERS` in order.

    `earlier` is the publication of the previous term: continue or pause needs two reports.
    """
    return (_decide_to_continue(publication, earlier), *(_decide(each, publication) for each in TRIGGERS))


# --- evidence for each decision ---------------------------------------------------------------------------


def _programme(measure: str, **where: object) -> Find:
    """Return a function that finds the programme-wide rows of a measure."""
    return lambda publication: publication.rows(measure, cohort=None, person=None, team=None, **where)


def _list_lowest_skills(publication: Publication) -> pd.DataFrame:
    """List each skill by the larger of its two views, lowest first."""
    rows = pd.concat([publication.rows(view, cohort=None, person=None) for view in SELF_VIEWS])
    rows = rows[rows["skill"].notna()]
    shown = rows[rows["value"].notna()].sort_values("value", kind="stable")
    largest = shown.drop_duplicates("skill", keep="last")
    without_value = rows[~rows["skill"].isin(shown["skill"])].drop_duplicates("skill")
    return pd.concat([largest, without_value]) if len(without_value) else largest


def _list_barriers(publication: Publication) -> pd.DataFrame:
    """List graduates per barrier, most first; then how many hardly use the skills, in the latest round."""
    barriers = publication.rows("followup.barrier", cohort=None)
    barriers = barriers[barriers["kind"].ne(NOTHING_HINDERED)].sort_values(
        "value", ascending=False, kind="stable", na_position="last"
    )
    hardly = publication.rows("followup.use", cohort=None, kind="hardly")
    answered = hardly[hardly["value"].notna()]
    return pd.concat([barriers, (answered if len(answered) else hardly).tail(1)])


TRIGGERS = (
    Trigger(
        name="length",
        key="responder_month",
        find=_programme("incident.weeks_to_responder"),
        scale=WEEKS_PER_MONTH,
        unit="weeks",
    ),
    Trigger(
        name="size_waiting",
        key="waiting_rise",
        find=_programme("waiting.change_by_rotators"),
        unit="waiting_ratio",
    ),
    Trigger(
        name="size_teaching",
        key="teaching_hours",
        find=_programme("host.teaching_hours", kind=None),
        unit="hours",
    ),
    Trigger(
        name="onboarding",
        key="skill_bracket",
        find=_list_lowest_skills,
        unit="levels",
        reached="below",
    ),
    Trigger(
        name="return_plan",
        key="barrier_persons",
        find=_list_barriers,
        unit="persons",
        reached="from",
        counts=True,
        nothing="NO_SURVEY",
    ),
    Trigger(
        name="permission",
        key="permission_bound_share",
        find=_programme("requests.permission_bound_share"),
        unit="share",
    ),
)


# --- state of a decision ----------------------------------------------------------------------------------


def _decide(trigger: Trigger, publication: Publication) -> Decision:
    threshold = publication.facts["triggers"][trigger.key] * trigger.scale
    decision = {"name": trigger.name, "threshold": threshold, "unit": trigger.unit}
    rows = list(trigger.find(publication).itertuples(index=False))
    valued = [row for row in rows if _has_value(row)]
    if not valued:
        reason = next((str(row.notes[0]) for row in rows if row.notes), trigger.nothing)
        return Decision(**decision, state=_find_gap_state(rows), reason=reason)
    judged = [(_judge_row(row, threshold, trigger.reached, counts=trigger.counts), row) for row in valued]
    state = min((each for each, _ in judged), key=STATES.index)
    first = tuple(row for each, row in judged if each == state)
    return Decision(**decision, state=state, rows=first)


def _has_value(row: Any) -> bool:
    return row.value is not None and not pd.isna(row.value)


def _judge_row(row: Any, threshold: float, kind: Reached, *, counts: bool = False) -> str:
    """Return the state of one row; the interval decides whether it is certain."""
    if not counts and (row.verdict == "not_enough_data" or row.low is None or pd.isna(row.low)):
        return TOO_LITTLE
    sign = -1 if kind == "below" else 1
    value, limit = sign * row.value, sign * threshold
    reached = value >= limit if kind == "from" else value > limit
    low, high = (None if end is None or pd.isna(end) else end for end in (row.low, row.high))
    if low is not None:  # a waiting time can lack an upper end: longer than `low`
        ends = (sign * low, sign * (inf if high is None else high))
        if min(ends) <= limit < max(ends):
            return OPEN
    return REACHED if reached else NOT_REACHED


def _find_gap_state(rows: Iterable[Any]) -> str:
    return HIDDEN if any(row.verdict == "hidden" for row in rows) else UNKNOWN


# --- continue or pause ------------------------------------------------------------------------------------


def find_last_balance(publication: Publication) -> pd.DataFrame:
    """Return host-team hours recovered minus hours spent, at the last week of a stay with a value."""
    rows = publication.rows("host.balance", cohort=None)
    known = rows[rows["value"].notna()]
    weeks = pd.to_numeric(
        known["label"], errors="coerce"
    ).dropna()  # an earlier file can contain another label
    last = weeks.sort_values(kind="stable").tail(1).index
    return known.loc[last] if len(last) else publication.rows("host.break_even_week", cohort=None)


ACCOUNTS: Mapping[str, Find] = {
    "person": _programme("skill.growth.now_minus_start", skill=None),
    "home_team": _programme("impact.self_resolution.first_graduate"),
    "organisation": find_last_balance,
}
"""Account → the one programme row that shows whether it is negative: below 0 is a loss."""
ONE_TERM = "ONE_TERM"


def _decide_to_continue(publication: Publication, earlier: Publication | None) -> Decision:
    """Recommend a pause only if one value is negative in this report and the last.

    Otherwise return the first state of `order` that any value has.  Both reports cover all terms to date;
    single terms are not examined.
    """
    # without a stay that started or ended between them, two reports cover one term and count once
    days = [stay[name] for stay in publication.facts["stays"] for name in ("start", "end")]
    since = "" if earlier is None else earlier.as_of
    before = earlier if any(day and since < day <= publication.as_of for day in days) else None
    found = {name: _judge_account(publication, find) for name, find in ACCOUNTS.items()}
    judged = {name: row for name, (_, row) in found.items() if row is not None}
    states = []
    for name, (state, _) in found.items():
        if state == REACHED:  # negative now: was it in the previous report?
            then = UNKNOWN if before is None else _judge_account(before, ACCOUNTS[name])[0]
            state = then if then in (REACHED, NOT_REACHED) else UNKNOWN
        states.append(state)
    order = (REACHED, OPEN, TOO_LITTLE, UNKNOWN, HIDDEN, NOT_REACHED)
    state = min(states, key=order.index)
    negative = any(state == REACHED for state, _ in found.values())
    return Decision(
        name=CONTINUE,
        state=state,
        threshold=0.0,
        unit="",
        rows=tuple(judged.values()),
        accounts=tuple(judged),
        reason=ONE_TERM if negative and state == UNKNOWN else None,
    )


def _judge_account(publication: Publication, find: Find) -> tuple[str, Any | None]:
    """Return the state of an account and its row, or None without a row."""
    rows = list(find(publication).itertuples(index=False))
    row = next((row for row in rows if _has_value(row)), None)
    if row is None or row.measure == "host.break_even_week":
        return _find_gap_state(rows), None
    return _judge_row(row, 0.0, "below"), row
