"""The measure row: one number and everything that must travel with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date
from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

import pandas as pd
from pydantic import Field

# What is judged, with its unit: the ids that an evaluation plan may name.  A count or a level claims nothing.
CLAIMED: Mapping[str, str] = {
    "skill.growth.now_minus_start": "levels",
    "skill.growth.now_minus_then": "levels",
    "skill.growth.mentor": "levels",
    "skill.theme.now_minus_start": "levels",
    "skill.theme.now_minus_then": "levels",
    "skill.theme.mentor": "levels",
    "skill.across_cohorts.now_minus_start": "levels",
    "skill.across_cohorts.now_minus_then": "levels",
    "skill.across_cohorts.mentor": "levels",
    "skill.shift": "levels",
    "skill.durability": "levels",
    "skill.first_half.self": "levels",
    "skill.self_minus_mentor.end": "levels",
    "strain.weeks_6_10": "strain",
    "strain.one_to_one.planned": "strain",
    "strain.one_to_one.all": "strain",
    "impact.self_resolution.first_graduate": "share_points",
    "impact.self_resolution.away": "share_points",
    "impact.self_resolution.second_graduate": "share_points",
    "impact.do_it_for_me.first_graduate": "share_points",
    "impact.do_it_for_me.away": "share_points",
    "impact.do_it_for_me.second_graduate": "share_points",
    "impact.author_share.first_graduate": "share_points",
    "impact.author_share.away": "share_points",
    "impact.author_share.second_graduate": "share_points",
    "impact.home_alone.first_graduate": "share_points",
    "impact.home_alone.away": "share_points",
    "impact.home_alone.second_graduate": "share_points",
    "impact.requests.first_graduate": "rate_ratio",
    "impact.requests.away": "rate_ratio",
    "impact.requests.second_graduate": "rate_ratio",
    "impact.incidents.first_graduate": "rate_ratio",
    "impact.incidents.away": "rate_ratio",
    "impact.incidents.second_graduate": "rate_ratio",
    "impact.time_to_restore.first_graduate": "waiting_ratio",
    "impact.time_to_restore.away": "waiting_ratio",
    "impact.time_to_restore.second_graduate": "waiting_ratio",
    "impact.self_solving.first_graduate": "levels",
    "waiting.change_by_rotators": "waiting_ratio",
}
CLAIMED_BY_SKILL = tuple(name for name in CLAIMED if name.startswith("skill.growth."))


@dataclass(frozen=True)
class Interval:
    """A value with its 95 % interval and p; `low`, `high`, `p` are None where `note` says why."""

    value: float | None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    note: str | None = None


@dataclass(frozen=True, kw_only=True)
class MeasureRow:
    """One number and what it is of: the one schema of the frame, results.json and the release history.

    `label` is what the data call it: a topic, a service, the first day of a week (ISO). `low`/`high` is a
    95 % interval unless `method` says otherwise. `counts` is what n counts (persons, teams, records,
    person_weeks), `people` holds the ids whose data are in it; these two never pass the gate.
    """

    measure: str
    cohort: str | None = None
    person: str | None = None
    team: str | None = None
    skill: str | None = None
    kind: str | None = None
    label: str | None = None
    phase: str | None = None
    wave: str | None = None
    n: int | None = None
    missing: int | None = None
    value: float | None = None
    low: float | None = None
    high: float | None = None
    unit: str
    method: str
    verdict: str | None = None
    notes: tuple[str, ...] = ()
    counts: str
    people: tuple[str, ...] = ()


ROW_COLUMNS = tuple(each.name for each in fields(MeasureRow))
MEASURE_COLUMNS = tuple(name for name in ROW_COLUMNS if name not in ("counts", "people"))
"""What passes the gate, in the order of files."""
GATE_COLUMNS = ("people", "counts", "consent")
KEY_COLUMNS = MEASURE_COLUMNS[: MEASURE_COLUMNS.index("n")]
"""What a figure is of: rows of different days that agree in these are the same figure."""


def list_file_fields(*, optional: Iterable[str] = (), without: Iterable[str] = ()) -> dict[str, Any]:
    """The columns of a figure as files hold them, for a pydantic model that reads them: type and default."""
    bounds = {int: Field(ge=0, le=10**12), float: Field(ge=-1e15, le=1e15)}
    found: dict[str, Any] = {}
    for name, kind in get_type_hints(MeasureRow).items():
        number = next((each for each in bounds if each in get_args(kind)), None)
        if get_origin(kind) is tuple:
            kind = list[str]
        elif number is not None:
            kind = Annotated[number, bounds[number]] | None
        if name not in without:
            found[name] = (kind, None if name in optional else ...)
    return found


@dataclass(frozen=True, kw_only=True)
class Measure(MeasureRow):
    """A figure with what decides on its verdict and on who may see it.

    `consent` is the kind of consent it needs where it shows one person (several joined by +). `sources`
    maps the kinds of source that have an estimate of their own to it (for the verdict), `declined` names
    a definition that is not met, `flips` = (k, n): k of n other ways to the estimate are against it,
    `claims` says that the row is an estimate to be judged and no mere count, `first_outcome` the first
    day on which what it claims could show in its data (a rotation's end, a first day after a return): a
    plan declared on it or later came too late.
    """

    p: float | None = None
    consent: str | None = None
    declined: str | None = None
    claims: bool = False
    compared: bool = False
    sources: Mapping[str, float] = field(default_factory=dict)
    flips: tuple[int, int] | None = None
    first_outcome: date | None = None

    def estimated(self, estimate: Interval) -> Measure:
        """The same row with an estimate; what keeps an interval away stands in the notes."""
        return replace(
            self,
            value=estimate.value,
            low=estimate.low,
            high=estimate.high,
            p=estimate.p,
            notes=(*self.notes, *([estimate.note] if estimate.note else [])),
        )

    def unless(self, declined: str | None) -> Measure:
        """The same row, or, where `declined` names a definition that is not met, that instead of a number."""
        if declined is None:
            return self
        return replace(self, value=None, low=None, high=None, p=None, notes=(declined,), declined=declined)

    def hidden(self, reason: str) -> Measure:
        """The same row without its number: only that something is not shown, and why."""
        numbers = dict.fromkeys(("n", "missing", "value", "low", "high", "p"))
        return replace(self, **numbers, verdict="hidden", notes=(reason,))  # type: ignore[arg-type]


Converted = TypeVar("Converted", bound=Interval | Measure)


def convert(row: Converted, by: Callable[[float], float]) -> Converted:
    """The row or estimate with its value and the ends of its interval in another unit; None stays None.

    >>> convert(Interval(90.0, low=60.0), lambda minutes: minutes / 60)
    Interval(value=1.5, low=1.0, high=None, p=None, note=None)
    """
    ends = {name: getattr(row, name) for name in ("value", "low", "high")}
    changed: Any = {name: None if end is None else by(end) for name, end in ends.items()}
    return replace(row, **changed)


def commonest(reasons: Iterable[str], *, otherwise: str) -> str:
    """The reason that occurs most often, of several the first by name; `otherwise` where there is none.

    >>> commonest(["NO_CHANCE", "BLANK", "NO_CHANCE"], otherwise="NOT_ASKED")
    'NO_CHANCE'
    """
    given = list(reasons)
    return max(sorted(set(given)), key=given.count) if given else otherwise


def measure_frame(measures: Iterable[Measure]) -> pd.DataFrame:
    """Measures as a frame with `MEASURE_COLUMNS` and `GATE_COLUMNS`, one row each, in the order given."""
    rows: list[dict[str, Any]] = [
        {name: getattr(measure, name) for name in (*MEASURE_COLUMNS, *GATE_COLUMNS)} for measure in measures
    ]
    return pd.DataFrame(rows, columns=[*MEASURE_COLUMNS, *GATE_COLUMNS], dtype=object)
