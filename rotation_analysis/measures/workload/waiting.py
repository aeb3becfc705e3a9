"""How long other teams wait for the host team: business hours to the first answer, and until it is done.

What is open at the end of `as_of`, or of an export that ended earlier, has waited at least that long
(censored).  What was given up is counted apart, what ends before it begins is left out and counted.  A
request that moved to another tracker keeps the moment it was asked (`record_matching` joins the two).

Waiting beside the number of participants present is an observation: nobody drew lots which days had four.
Each wait is divided by the median of its kind on days without participants, so that another mix of kinds does
not look like another wait, and each team is compared with itself.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...cohorts.clock import BusinessClock, business_clock_for
from ...cohorts.cohort import Cohorts
from ...cohorts.periods import Period, encode, list_home_teams, list_stays
from ...cohorts.working_weeks import A_MONTH, count_participants_present
from ...files.cells import fold
from ...measure_row import Measure, convert
from ...programme.model import Programme
from ...programme.tables import KINDS
from ...statistics.estimates import estimate_mean, name_units
from ...statistics.survival import draw_curve, estimate_quantile, estimate_waiting

CANCELLED = (
    "cancelled", "canceled", "declined", "rejected", "duplicate", "duplicated", "won't do", "won't fix",
    "won’t do", "won’t fix", "wontfix", "wont do", "not planned", "not_planned", "invalid", "withdrawn",
    "abandoned", "obsolete", "incomplete", "cannot reproduce",
    "対応しない", "対応せず", "対応不要", "不要", "無効", "重複", "取り下げ", "取下げ", "キャンセル", "中止",
    "却下", "見送り", "再現しない",
)  # fmt: skip
"""Usual words of a status or a resolution that say a request was given up."""
MIN_WAITS = 20
FINE = 100.0  # curves count in tenths: ratios are drawn a hundred times as large
ENDS = {"waiting.first_answer": "answered", "waiting.done": "resolved"}
BY_ROTATORS = "waiting.done"
READ = ("created", "answered", "resolved", "day", "kind", "status", "resolution", "file")


def measure_waiting(cohorts: Cohorts) -> Iterator[Measure]:
    """Waits per cohort's stay and kind, and waits by number of participants present."""
    waits = list_waits(cohorts)
    for cut in list_stays(cohorts):
        ends = waits["day"].searchsorted([cut.first, cut.last + pd.Timedelta(days=1)])  # in order of day
        for name in ENDS:
            yield from _measure_stay(cut, waits.iloc[slice(*ends)], name)
    yield from _measure_by_rotators(cohorts.programme, waits[~waits["cancelled"]])


# --- one wait a request ---------------------------------------------------------------------------------


def list_waits(cohorts: Cohorts) -> pd.DataFrame:
    """The home teams' requests in order of day: team, day, kind (categories), whether `cancelled`, and waits.

    `has_status`: whether there is a status or resolution.  Of each measure there are its `.closed` and its
    `.hours`: business hours to the end, or as long as it was watched where it is not closed; missing where it
    ended before it was asked; a first answer's also where the request is done and nothing tells when it was
    answered, or where its file tells that of no request; until it is done also where its file has no such
    time.
    """
    programme, requests = cohorts.programme, cohorts.tables["requests"]
    teams = list_home_teams(programme)
    team = encode(requests["team"], teams)
    here = (team < len(teams)) & requests["day"].notna().to_numpy()
    requests = requests[list(READ)]
    requests = requests if here.all() else requests[here]
    cancelled, has_status = _find_cancelled(programme, requests)
    kind = encode(requests["kind"], KINDS)
    columns: dict[str, Any] = {
        "team": pd.Categorical.from_codes(team[here], categories=teams),
        "day": requests["day"],
        "kind": pd.Categorical.from_codes(np.where(kind < len(KINDS), kind, -1), categories=KINDS),
        "cancelled": cancelled,
        "has_status": has_status,
    }
    clock = business_clock_for(programme)
    file, _ = pd.factorize(requests["file"], use_na_sentinel=False)
    until = _end_of_watch(programme, clock, requests, file)
    for name, ended in ENDS.items():
        columns[f"{name}.closed"] = requests[ended].notna()
        columns[f"{name}.hours"] = clock.hours_between(requests["created"], requests[ended].fillna(until))
    unknown = ~columns["waiting.first_answer.closed"]
    # some tools never record when a request was answered
    answers = np.bincount(file, weights=requests["answered"].notna().to_numpy())
    unknown &= columns["waiting.done.closed"] | (answers[file] == 0)
    columns["waiting.first_answer.hours"] = columns["waiting.first_answer.hours"].mask(unknown)
    endless = cohorts.account.lacks_end(requests) & ~columns["waiting.done.closed"]
    columns["waiting.done.hours"] = columns["waiting.done.hours"].mask(endless)
    waits = pd.DataFrame(columns)
    return waits if waits["day"].is_monotonic_increasing else waits.sort_values("day", kind="stable")


def _end_of_watch(
    programme: Programme, clock: BusinessClock, requests: pd.DataFrame, file: NDArray[np.intp]
) -> pd.Series:
    """Until when each request was watched: the end of `as_of`.

    Of a file whose last record of anything lies more than a month before that, until that record: what was
    open in an export of January may have been done in February.
    """
    day = pd.Timestamp(programme.as_of) + pd.Timedelta(days=1)
    end = day.tz_localize(clock.timezone, ambiguous=True, nonexistent="shift_forward").tz_convert("UTC")
    times = requests[["created", *ENDS.values()]]
    last = times.groupby(file).max().max(axis=1)
    until = last.where(last < end - A_MONTH, end)
    return pd.Series(until.reindex(file).array, index=requests.index)


def _find_cancelled(
    programme: Programme, requests: pd.DataFrame
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Whether resolution or status say that a request was given up, and whether either says anything."""
    words = {fold(text) for text in (*CANCELLED, *programme.requests.cancelled)}
    cancelled, has_status = (np.zeros(len(requests), dtype=bool) for _ in range(2))
    for name in ("resolution", "status"):
        codes, unique = pd.factorize(requests[name])
        cancelled |= np.array([*(fold(text) in words for text in unique.tolist()), False], dtype=bool)[codes]
        has_status |= codes >= 0
    return cancelled, has_status


# --- a cohort's stay ------------------------------------------------------------------------------------


def _measure_stay(cut: Period, waits: pd.DataFrame, name: str) -> Iterator[Measure]:
    """A row a kind: median and 90th percentile."""
    hours, closed = waits[f"{name}.hours"].to_numpy(), waits[f"{name}.closed"].to_numpy()
    codes, observed = waits["kind"].cat.codes.to_numpy(), ~np.isnan(hours)
    given_up = waits["cancelled"].to_numpy()
    for kind in ("all", *KINDS):
        asked = np.ones(len(waits), dtype=bool) if kind == "all" else codes == KINDS.index(kind)
        here, gone = asked & ~given_up, int((asked & given_up).sum())
        known = here & observed
        waited, done = hours[known], closed[known]
        row = Measure(
            measure=name,
            unit="business_hours",
            method="kaplan_meier_median",
            counts="records",
            cohort=cut.cohort,
            phase=cut.phase,
            kind=kind,
            n=len(waited),
            missing=int(here.sum() - known.sum()),
            notes=(
                *([f"STILL_OPEN:{int((~done).sum())}"] if not done.all() else []),
                *([f"GIVEN_UP:{gone}"] if gone else []),
            ),
        )
        declined = None
        if not here.any():
            declined = "NO_REQUESTS"
        elif not closed.any():
            declined = "NO_ANSWER_TIMES" if name == "waiting.first_answer" else "NOTHING_DONE"
        curve = draw_curve(waited, done)
        yield _estimated(row, estimate_quantile(curve, 0.5)).unless(declined)
        ninth = replace(row, measure=f"{name}.p90", method="kaplan_meier_p90")
        yield _estimated(ninth, estimate_quantile(curve, 0.9)).unless(declined)


def _estimated(row: Measure, found: Any) -> Measure:
    """The row with its estimate; without a value the reason for that stands first."""
    if found.value is None:
        return row.unless(found.note)
    return row.estimated(found)


# --- beside the number of participants present ----------------------------------------------------------


def _measure_by_rotators(programme: Programme, waits: pd.DataFrame) -> Iterator[Measure]:
    """Over the programme, the wait by number present, and its change against days without, team by team."""
    table = _scale(programme, waits)
    known = table[table["scaled"].notna()]
    without = known[known["rotators"].eq(0)]
    base = estimate_waiting(without["hours"].to_numpy(), without["closed"].to_numpy()).value
    declined = None if len(without) >= MIN_WAITS and base else "NO_DAYS_WITHOUT"
    medians = _medians_by_team(known)
    most = int(table["rotators"].max()) if len(table) else 0
    for number in range(most + 1):
        here = table["rotators"].eq(number)
        yield _waits_row(table[here], number, base or 0.0).unless(declined)
        if number:
            asked = waits["day"][here].min()  # a stay of which no record tells has no day
            changed = _change_row(programme, medians, number)
            yield replace(changed, first_outcome=None if pd.isna(asked) else asked.date()).unless(declined)


def _scale(programme: Programme, waits: pd.DataFrame) -> pd.DataFrame:
    """Columns team, rotators, hours, closed, `scaled`: hours ÷ median of the kind on days without.

    `scaled` is missing where the wait is not known, or the kind has too few waits on days without.
    """
    place, days = pd.factorize(waits["day"])
    present = count_participants_present(programme, pd.DatetimeIndex(days)).to_numpy()
    codes = waits["kind"].cat.codes.to_numpy()
    table = pd.DataFrame(
        {
            "team": waits["team"],
            "rotators": present[place],
            "hours": waits[f"{BY_ROTATORS}.hours"],
            "closed": waits[f"{BY_ROTATORS}.closed"],
        }
    )
    without = table["rotators"].eq(0).to_numpy() & table["hours"].notna().to_numpy()
    hours, closed = table["hours"].to_numpy(), table["closed"].to_numpy()
    of_kind = [without & (codes == code) for code in (*range(len(KINDS)), -1)]
    usual = [_find_median(hours[here], closed[here]) or np.nan for here in of_kind]  # 0 is no scale
    return table.assign(scaled=hours / np.array(usual)[codes])


def _find_median(waited: NDArray[np.float64], closed: NDArray[np.bool_]) -> float:
    """The median, NaN where it is not known or of fewer waits than `MIN_WAITS`."""
    found = estimate_waiting(waited, closed).value if len(waited) >= MIN_WAITS else None
    return float("nan") if found is None else found


def _waits_row(table: pd.DataFrame, number: int, base: float) -> Measure:
    """The median wait with `number` present, as if kinds were asked in the mix of days without."""
    known = table[table["scaled"].notna()]
    found = estimate_waiting(FINE * known["scaled"].to_numpy(), known["closed"].to_numpy())
    still_open = int((~known["closed"]).sum())
    row = Measure(
        measure="waiting.by_rotators",
        unit="business_hours",
        method="kaplan_meier_scaled",
        counts="records",
        kind=f"rotators_{number}",
        n=len(known),
        missing=len(table) - len(known),
        notes=("OBSERVED", *((f"STILL_OPEN:{still_open}",) if still_open else ())),
    )
    scaled = convert(found, lambda end: end * (base / FINE))
    return _estimated(row, scaled).unless(None if len(table) else "NO_REQUESTS")


def _medians_by_team(known: pd.DataFrame) -> pd.DataFrame:
    """Median scaled wait of each team (rows) by number present (columns); missing under `MIN_WAITS`."""
    numbers = known["rotators"].to_numpy()
    width = int(numbers.max(initial=0)) + 1
    place = known["team"].cat.codes.to_numpy().astype(np.int64) * width + numbers
    order = np.argsort(place, kind="stable")
    scaled, closed = known["scaled"].to_numpy()[order], known["closed"].to_numpy()[order]
    teams = known["team"].cat.categories
    ends = np.searchsorted(place[order], np.arange(len(teams) * width + 1))
    medians = [_find_median(FINE * scaled[a:b], closed[a:b]) for a, b in pairwise(ends)]
    return pd.DataFrame(np.reshape(medians, (len(teams), width)), index=teams)


def _change_row(programme: Programme, medians: pd.DataFrame, number: int) -> Measure:
    """Mean over teams of median with `number` present ÷ median without, minus 1, with a t interval.

    The mean is that of the ratios' logarithms: ratios of medians of few waits are too large on average.
    """
    teams = len(list_home_teams(programme))
    ratios: Sequence[float] = ()
    if number in medians and 0 in medians:
        positive = medians[[0, number]].where(medians[[0, number]].gt(0)).dropna()
        ratios = np.log(positive[number] / positive[0]).tolist()
    row = Measure(
        measure="waiting.change_by_rotators",
        unit="waiting_ratio",
        method="mean_of_teams_t",
        counts="records",
        kind=f"rotators_{number}",
        n=len(ratios),
        missing=teams - len(ratios),
        claims=True,
        notes=("OBSERVED",),
    )
    if not ratios:
        return row.unless("FEW_WAITS")
    found = convert(estimate_mean(ratios), math.expm1)
    return row.estimated(replace(found, note=name_units(found.note, few="FEW_TEAMS", alike="ALL_ALIKE")))
