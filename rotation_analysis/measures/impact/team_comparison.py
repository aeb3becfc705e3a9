"""An outcome of teams that sent someone, against teams that never did, over the same days.

Absence and return are two effects, a second graduate a third.  Inference assigns the sets of dates to other
teams (`randomisation_test.compare_teams`); what a design cannot tell is a row with its reason.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from ...cohorts.cohort import Cohorts
from ...cohorts.phases import too_short, why_nothing_after
from ...measure_row import Measure
from ...statistics.estimates import Array
from ...statistics.randomisation_test import DateSets, TeamDifference, compare_teams
from .team_counts import Outcome, Window

MIN_COMPARISON_TEAMS = 2
MIN_AWAY_WEEKS = 8
"""As of the time after a return: a few days of an absence would count as much as half a year."""
NOTHING: Mapping[str, float] = {}


@dataclass(frozen=True)
class Comparison:
    """One question about teams: which phase against which, and whose."""

    name: str
    before: str
    after: str


COMPARISONS = (
    Comparison("first_graduate", "baseline", "after_first"),
    Comparison("away", "baseline", "away"),
    Comparison("second_graduate", "after_first", "after_second"),
)


@dataclass(frozen=True)
class Sender:
    """A team with its two windows for one comparison; `declined` says why it cannot be in it."""

    team: str
    cohort: str
    before: Window | None
    after: Window | None
    declined: str | None = None

    @property
    def windows(self) -> tuple[Window, Window]:
        """Both windows of a team that has them."""
        assert self.before is not None
        assert self.after is not None
        return self.before, self.after


@dataclass(frozen=True)
class Compared:
    """Senders that can be compared and those that cannot, the never-senders they stand against, the result.

    `result` is on the scale of the outcome's changes, None where nobody can be compared; `beside` counts the
    never-senders that are usable over at least one sender's windows.
    """

    usable: tuple[Sender, ...]
    declined: tuple[Sender, ...]
    never: tuple[str, ...]
    result: TeamDifference | None
    beside: int

    @property
    def reason(self) -> str:
        """The commonest reason why a team cannot be in it."""
        reasons = Counter(sender.declined or "" for sender in self.declined).most_common(1)
        return reasons[0][0] if reasons else "NO_POST_WINDOW"

    @property
    def interval(self) -> tuple[float | None, float | None]:
        """On the scale of changes; none of one team, however many it stands against, nor with an open end.

        What happened to a single sender alone cannot be told from what sending brought: its rank is all.
        """
        result = self.result
        if result is None or len(self.usable) == 1 or result.low is None or result.high is None:
            return None, None
        return result.low, result.high


def measure_comparison(
    cohorts: Cohorts, outcome: Outcome, comparison: Comparison, *, sources: Mapping[str, float] = NOTHING
) -> Iterator[Measure]:
    """One row a team (rank among teams, no interval) and one for the programme (interval).

    `sources` are estimates of other kinds of source, in the outcome's unit.  Where the outcome's records are
    not there at all, one row says so.
    """
    senders = list_sending_teams(cohorts, comparison)
    row = Measure(
        measure=f"{outcome.measure}.{comparison.name}",
        unit=outcome.unit,
        method="difference_to_never_senders",
        counts="teams",
        claims=True,
    )
    if outcome.declined:
        nobody = None if senders else _why_nobody(cohorts)
        reason = nobody if nobody == "OTHER_DIRECTION" else outcome.declined
        yield replace(row, n=0, missing=len(senders)).unless(reason)
        return
    compared = compare_senders(cohorts, outcome, senders)
    for sender in compared.declined:
        yield replace(row, cohort=sender.cohort, team=sender.team, n=0, missing=1).unless(sender.declined)
    for sender in compared.usable:
        yield _one_team(row, cohorts, outcome, sender, compared.never)
    if compared.result is None:
        reason = compared.reason if compared.declined else _why_nobody(cohorts)
        yield replace(row, n=0, missing=len(compared.declined)).unless(reason)
        return
    yield replace(_programme(row, cohorts, outcome, compared), sources=dict(sources))


def _why_nobody(cohorts: Cohorts) -> str:
    """Why there is no team that a comparison could be about."""
    stays = cohorts.programme.rotations
    out = stays and all(stay.direction == "sre_to_dev" for stay in stays)
    return "OTHER_DIRECTION" if out else "NO_POST_WINDOW"


def _one_team(
    row: Measure, cohorts: Cohorts, outcome: Outcome, sender: Sender, never: Sequence[str]
) -> Measure:
    result = compare_teams(make_date_sets(cohorts, outcome, [sender], never))
    return replace(
        row,
        cohort=sender.cohort,
        team=sender.team,
        n=1,
        missing=0,
        value=outcome.printed(result.value),
        notes=("ONE_TEAM", f"RANK:{result.rank}:{result.of}"),
        compared=True,
    )


def _programme(row: Measure, cohorts: Cohorts, outcome: Outcome, compared: Compared) -> Measure:
    """All usable teams together; of a single one no p, so that nothing is claimed of it."""
    result = compared.result
    assert result is not None
    low, high = compared.interval
    notes = [f"COMPARED_WITH:{compared.beside}", f"SMALLEST_P:{result.smallest_p:.4f}"]
    if low is not None and high is not None:
        s = cohorts.programme.plan.smallest(outcome.unit)
        notes += tell_reach(outcome, low, high, s=s, teams=len(compared.usable))
    return replace(
        row,
        method="difference_randomised",
        n=len(compared.usable),
        missing=len(compared.declined),
        value=outcome.printed(result.value),
        low=None if low is None else outcome.printed(low),
        high=None if high is None else outcome.printed(high),
        p=result.p if len(compared.usable) > 1 else None,
        notes=tuple(notes),
        compared=True,
        first_outcome=min(sender.windows[1][0] for sender in compared.usable).date(),
    )


def tell_reach(outcome: Outcome, low: float, high: float, *, s: float, teams: int) -> list[str]:
    """How far the interval reaches, and how many more teams like these would bring it to ± s.

    Half the width falls with the square root of the teams, as it does where further terms are like these and
    at other dates.  `low`, `high` are on the scale of changes, `s` as printed; points, of ratios per cent.
    """
    ratio = outcome.scale in ("rate", "duration")
    half, step = (high - low) / 2, math.log1p(s) if ratio else s
    told = f"HALF_WIDTH:{100 * (math.expm1(half) if ratio else half):.1f}"
    if not step:
        return [told]
    return [told, f"MORE_ROTATIONS:{max(0, math.ceil(teams * (half / step) ** 2 - 1e-9) - teams)}"]


# --- who, and over which days ---------------------------------------------------------------------------


def list_comparison_teams(cohorts: Cohorts) -> tuple[str, ...]:
    """Teams that sent nobody, in the order of the programme."""
    phases = cohorts.team_phases
    return tuple(phases.loc[phases["phase"].eq("never"), "team"])


def list_sending_teams(cohorts: Cohorts, comparison: Comparison) -> list[Sender]:
    """The teams a comparison is about; the cohort is the one that opens the later phase.

    A second graduate is asked of those teams alone that had one.
    """
    senders = []
    for team, own in _phases_by_team(cohorts).items():
        away = next((phase for phase in own if phase.phase == "away"), None)
        if away is None:
            continue
        # of several absences the first; later ones follow a graduate's return
        before, after = (
            next((phase for phase in own if phase.phase == name), None)
            for name in (comparison.before, comparison.after)
        )
        if before is None or after is None:
            if comparison.before == "baseline":
                why = "NO_BASELINE" if before is None else _why_no_time_after(cohorts, team)
                senders.append(Sender(team, away.cohort, None, None, why))
            continue
        windows = (before.first, before.last), (after.first, after.last)
        short = too_short(comparison.before, *windows[0]) or too_short(comparison.after, *windows[1])
        short |= comparison.after == "away" and (after.last - after.first).days + 1 < 7 * MIN_AWAY_WEEKS
        declined = _why_short(cohorts, comparison, before, after) if short else None
        senders.append(Sender(team, after.cohort, *windows, declined))
    return senders


def _why_short(cohorts: Cohorts, comparison: Comparison, before: _Phase, after: _Phase) -> str:
    """Whether a short period may still grow: with time, or with older records; one that has ended cannot."""
    if too_short(comparison.before, before.first, before.last):
        return "WINDOW_TOO_SHORT" if comparison.before == "baseline" else "ENDED_EARLY"
    over = after.last < pd.Timestamp(cohorts.programme.as_of)
    return "ENDED_EARLY" if over else "WINDOW_TOO_SHORT"


class _Phase(NamedTuple):
    team: str
    phase: str
    cohort: str
    first: pd.Timestamp
    last: pd.Timestamp


def _phases_by_team(cohorts: Cohorts) -> dict[str, list[_Phase]]:
    found: dict[str, list[_Phase]] = {}
    for phase in map(_Phase._make, zip(*(cohorts.team_phases[name] for name in _Phase._fields), strict=True)):
        found.setdefault(phase.team, []).append(phase)
    return found


def _why_no_time_after(cohorts: Cohorts, team: str) -> str:
    return why_nothing_after(stay for stay in cohorts.programme.rotations if stay.home_team == team)


def compare_senders(
    cohorts: Cohorts, outcome: Outcome, senders: Sequence[Sender], *, never: Sequence[str] | None = None
) -> Compared:
    """The senders whose records can be compared, and what their comparison gives.

    `never` are the teams to compare with; without them all that never sent anyone.
    """
    beside = list_comparison_teams(cohorts) if never is None else tuple(never)
    checked = [_check(outcome, sender, beside) for sender in senders]
    usable = tuple(sender for sender in checked if sender.declined is None)
    declined = tuple(sender for sender in checked if sender.declined is not None)
    if not usable:
        return Compared(usable, declined, beside, None, 0)
    dates = make_date_sets(cohorts, outcome, usable, beside)
    there = int(dates.admissible[-len(beside) :].any(axis=1).sum())  # never-senders are the last rows
    return Compared(usable, declined, beside, compare_teams(dates), there)


def _check(outcome: Outcome, sender: Sender, never: Sequence[str]) -> Sender:
    """The sender, declined where its own records, or those of too many never-senders, do not tell."""
    if sender.before is None:
        return sender if outcome.knows(sender.team) else replace(sender, declined=outcome.absent)
    declined = sender.declined or outcome.why_not(sender.team, *sender.windows)
    if declined is None:
        compared = [team for team in never if outcome.why_not(team, *sender.windows) is None]
        declined = None if len(compared) >= MIN_COMPARISON_TEAMS else "NO_CONTROL"
    return replace(sender, declined=declined)


# --- changes over the dates -----------------------------------------------------------------------------


def make_date_sets(
    cohorts: Cohorts, outcome: Outcome, senders: Sequence[Sender], never: Sequence[str]
) -> DateSets:
    """Changes of all teams over each sender's windows, and which team could have had them.

    Besides never-senders, a sender may stand in for dates that ended before its own dip began, and for dates
    equal to its own (then the effect is in its change, `own`).
    """
    teams = [*dict.fromkeys(sender.team for sender in senders), *never]
    shape = (len(teams), len(senders))
    change, variance = np.zeros(shape), np.ones(shape)
    admissible, own = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=bool)
    untouched = _untouched_until(cohorts) if len(senders) > 1 else {}
    windows = {sender.team: sender.windows for sender in senders}
    for k, dates in enumerate(senders):
        before, after = dates.windows
        for j, team in enumerate(teams):
            own[j, k] = windows.get(team) == dates.windows
            free = team in never or own[j, k] or after[1] < untouched[team]
            counts = outcome.count(team, before), outcome.count(team, after)
            if free and all(count.usable for count in counts):
                admissible[j, k] = True
                change[j, k], variance[j, k] = outcome.change(*counts)
    return DateSets(
        change=change,
        variance=variance,
        admissible=admissible,
        own=own,
        treated=tuple(teams.index(sender.team) for sender in senders),
        overlap=_overlap(senders),
    )


def _overlap(senders: Sequence[Sender]) -> Array:
    """Correlation (K × K) of one team's changes over two sets of dates, from the days the windows share.

    A change is mean(after) − mean(before) of independent days, so that two changes share the variance of
    their common days: positive where the same kind of window overlaps, negative where one's after is the
    other's before.
    """
    days = np.array(
        [[[day.to_datetime64().astype("datetime64[D]") for day in w] for w in s.windows] for s in senders]
    ).astype(np.int64)
    first, last = days[..., 0], days[..., 1]  # K × 2 windows
    length = last - first + 1
    shared = np.minimum(last[:, None, :, None], last[None, :, None, :])
    shared = shared - np.maximum(first[:, None, :, None], first[None, :, None, :]) + 1
    share = np.maximum(shared, 0) / (length[:, None, :, None] * length[None, :, None, :])
    sign = np.array([-1, 1])
    cov = (share * np.outer(sign, sign)).sum(axis=(2, 3))
    scale = np.sqrt(np.diag(cov))
    return np.asarray(cov / np.outer(scale, scale))


def _untouched_until(cohorts: Cohorts) -> dict[str, pd.Timestamp]:
    """The first day of each sending team's dip: before it nothing of the programme had touched the team."""
    return {
        team: min((phase.first for phase in own if phase.phase != "baseline"), default=pd.Timestamp.max)
        for team, own in _phases_by_team(cohorts).items()
    }
