"""What is to be decided for the next term: declared triggers beside the evidence that this edition may show.

A decision compares published rows with a threshold that the owner set (`[triggers]`), and nothing else; it
names what moves people to decide, it does not decide.  "Protect the rotator" is none of them:
whom it is about is told on that person's own page alone.
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
WEEKS_A_MONTH = 365.25 / 12 / 7
NOTHING_HINDERED = "none"
CONTINUE = "continue"
SELF_VIEWS = ("skill.growth.now_minus_start", "skill.growth.now_minus_then")

Find = Callable[[Publication], pd.DataFrame]
Reached = Literal["beyond", "from", "below"]


@dataclass(frozen=True, kw_only=True)
class Trigger:
    """One trigger: the published rows that move it, and the declared threshold.

    `unit` is the threshold's.  It is reached `beyond` the threshold, `from` it on, or by what stays `below`.
    `counts`: it looks at counts, which need no interval.  `nothing`: why there may be no row at all.
    `key`: what declares it under `[triggers]`, in the threshold's unit times `scale`.
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
    """One decision: the `rows` it looks at (those that reached the threshold first), and where they stand.

    `open`: the value is beyond the threshold or short of it, and its interval reaches to the other side.
    `too_little`: there is a value, and too little data to judge it.
    `reason`: why nothing can be said, where the state is unknown or hidden.
    `accounts`: of continue or pause, whose account each row is.
    """

    name: str
    state: str
    threshold: float
    unit: str
    rows: tuple[Any, ...] = ()
    reason: str | None = None
    accounts: tuple[str, ...] = ()


def list_decisions(publication: Publication, earlier: Publication | None = None) -> tuple[Decision, ...]:
    """Every decision of the programme: whether to continue, then those of `TRIGGERS` in their order.

    `earlier` is what the report of the term before showed: continue or pause takes two reports.
    """
    return (_decide_to_continue(publication, earlier), *(_decide(each, publication) for each in TRIGGERS))


# --- what moves each decision -----------------------------------------------------------------------------


def _programme(measure: str, **where: object) -> Find:
    """The rows of the whole programme of a measure."""
    return lambda publication: publication.rows(measure, cohort=None, person=None, team=None, **where)


def _least_skills(publication: Publication) -> pd.DataFrame:
    """Each skill by the larger of its two views, the least first."""
    rows = pd.concat([publication.rows(view, cohort=None, person=None) for view in SELF_VIEWS])
    rows = rows[rows["skill"].notna()]
    shown = rows[rows["value"].notna()].sort_values("value", kind="stable")
    largest = shown.drop_duplicates("skill", keep="last")
    untold = rows[~rows["skill"].isin(shown["skill"])].drop_duplicates("skill")
    return pd.concat([largest, untold]) if len(untold) else largest


def _hindrances(publication: Publication) -> pd.DataFrame:
    """How many graduates named each barrier, most first; then how many hardly use it, in the last round."""
    barriers = publication.rows("followup.barrier", cohort=None)
    barriers = barriers[barriers["kind"].ne(NOTHING_HINDERED)].sort_values(
        "value", ascending=False, kind="stable", na_position="last"
    )
    hardly = publication.rows("followup.use", cohort=None, kind="hardly")
    told = hardly[hardly["value"].notna()]
    return pd.concat([barriers, (told if len(told) else hardly).tail(1)])


TRIGGERS = (
    Trigger(
        name="length",
        key="responder_month",
        find=_programme("incident.weeks_to_responder"),
        scale=WEEKS_A_MONTH,
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
        find=_least_skills,
        unit="levels",
        reached="below",
    ),
    Trigger(
        name="return_plan",
        key="barrier_persons",
        find=_hindrances,
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


# --- where a decision stands ------------------------------------------------------------------------------


def _decide(trigger: Trigger, publication: Publication) -> Decision:
    threshold = publication.facts["triggers"][trigger.key] * trigger.scale
    decision = {"name": trigger.name, "threshold": threshold, "unit": trigger.unit}
    told = list(trigger.find(publication).itertuples(index=False))
    valued = [row for row in told if _has_value(row)]
    if not valued:
        reason = next((str(row.notes[0]) for row in told if row.notes), trigger.nothing)
        return Decision(**decision, state=_why(told), reason=reason)
    stands = [(_stand(row, threshold, trigger.reached, counts=trigger.counts), row) for row in valued]
    state = min((stand for stand, _ in stands), key=STATES.index)
    first = tuple(row for stand, row in stands if stand == state)
    return Decision(**decision, state=state, rows=first)


def _has_value(row: Any) -> bool:
    return row.value is not None and not pd.isna(row.value)


def _stand(row: Any, threshold: float, kind: Reached, *, counts: bool = False) -> str:
    """Where one row stands; the interval decides whether that is certain."""
    if not counts and (row.verdict == "not_enough_data" or row.low is None or pd.isna(row.low)):
        return TOO_LITTLE
    sign = -1 if kind == "below" else 1
    value, limit = sign * row.value, sign * threshold
    reached = value >= limit if kind == "from" else value > limit
    low, high = (None if end is None or pd.isna(end) else end for end in (row.low, row.high))
    if low is not None:  # a waiting time may have no upper end: longer than `low`
        ends = (sign * low, sign * (inf if high is None else high))
        if min(ends) <= limit < max(ends):
            return OPEN
    return REACHED if reached else NOT_REACHED


def _why(rows: Iterable[Any]) -> str:
    return HIDDEN if any(row.verdict == "hidden" for row in rows) else UNKNOWN


# --- continue or pause ------------------------------------------------------------------------------------


def find_last_balance(publication: Publication) -> pd.DataFrame:
    """Hours that the host team has had back less those it spent, at the last week of a stay that is told."""
    rows = publication.rows("host.balance", cohort=None)
    told = rows[rows["value"].notna()]
    weeks = pd.to_numeric(told["label"], errors="coerce").dropna()  # an earlier file may hold another label
    last = weeks.sort_values(kind="stable").tail(1).index
    return told.loc[last] if len(last) else publication.rows("host.break_even_week", cohort=None)


ACCOUNTS: Mapping[str, Find] = {
    "person": _programme("skill.growth.now_minus_start", skill=None),
    "home_team": _programme("impact.self_resolution.first_graduate"),
    "organisation": find_last_balance,
}
"""Account → the one row of the programme that says whether it is negative: below 0 is a loss."""
ONE_TERM = "ONE_TERM"


def _decide_to_continue(publication: Publication, earlier: Publication | None) -> Decision:
    """Pause only where one value is negative in this report and the last.

    Else the first state of `order` that one of the values has.  Both are over all terms to date: single terms
    are not looked at.
    """
    # where no stay started or ended between, two reports look at one term, and tell of it once
    days = [stay[name] for stay in publication.facts["stays"] for name in ("start", "end")]
    since = "" if earlier is None else earlier.as_of
    before = earlier if any(day and since < day <= publication.as_of for day in days) else None
    found = {name: _judge_account(publication, find) for name, find in ACCOUNTS.items()}
    told = {name: row for name, (_, row) in found.items() if row is not None}
    states = []
    for name, (state, _) in found.items():
        if state == REACHED:  # negative now: and in the report of the term before?
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
        rows=tuple(told.values()),
        accounts=tuple(told),
        reason=ONE_TERM if negative and state == UNKNOWN else None,
    )


def _judge_account(publication: Publication, find: Find) -> tuple[str, Any | None]:
    """Where an account stands, and the row that says so, None where there is none."""
    told = list(find(publication).itertuples(index=False))
    row = next((row for row in told if _has_value(row)), None)
    if row is None or row.measure == "host.break_even_week":
        return _why(told), None
    return _stand(row, 0.0, "below"), row
