"""An outcome of teams that sent someone, against teams that never did, over the same days.

Absence and return are two effects, a second graduate a third.  Inference assigns the sets of dates to other
teams (`randomisation_test.compare_teams`); what a design cannot tell is a row with its reason.  Declared
claims are then repeated in other ways that are as good (`check_claim`).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd

from ...cohorts.cohort import Cohorts
from ...cohorts.phases import explain_missing_after, is_too_short, weeks
from ...measure_row import Measure
from ...statistics.estimates import Array
from ...statistics.randomisation_test import DateSets, TeamDifference, compare_teams
from .team_counts import Outcome, Window
from .team_outcomes import read_do_it_for_me

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
class SendingTeam:
    """A team that sent somebody; `declined` says why it is in no comparison.

    `touched` is the first day of its dip: before it nothing of the programme had reached the team. `windows`
    are those before and after, empty where it has none.
    """

    team: str
    cohort: str
    touched: pd.Timestamp
    windows: tuple[Window, ...] = ()
    declined: str | None = None


@dataclass(frozen=True)
class Compared:
    """Senders that can be compared and those that cannot, the never-senders they stand against, the result.

    `result` is on the scale of the outcome's changes, None where nobody can be compared; `beside` counts the
    never-senders that are usable over at least one sender's windows.
    """

    outcome: Outcome
    usable: tuple[SendingTeam, ...]
    declined: tuple[SendingTeam, ...]
    never: tuple[str, ...]
    result: TeamDifference | None = None
    comparison_count: int = 0

    @property
    def reason(self) -> str:
        """The commonest reason why a team cannot be in it."""
        reasons = Counter(sender.declined or "" for sender in self.declined).most_common(1)
        return reasons[0][0] if reasons else "NO_POST_WINDOW"

    @property
    def interval(self) -> tuple[float, float] | None:
        """On the scale of changes; none of one team, however many it stands against, nor with an open end.

        What happened to a single sender alone cannot be told from what sending brought: its rank is all.
        """
        result = self.result
        if result is None or len(self.usable) == 1 or result.low is None or result.high is None:
            return None
        return result.low, result.high

    def fill(self, row: Measure, *, otherwise: str | None = None) -> Measure:
        """The row with the difference of all usable teams as printed, or why there is none."""
        row = replace(row, n=len(self.usable), missing=len(self.declined))
        if self.result is None:
            return row.unless(otherwise or self.reason)
        printed = self.outcome.printed
        low, high = map(printed, self.interval) if self.interval else (None, None)
        return replace(row, value=printed(self.result.value), low=low, high=high)


def measure_comparison(
    cohorts: Cohorts, outcome: Outcome, comparison: Comparison, *, sources: Mapping[str, float] = NOTHING
) -> Iterator[Measure]:
    """One row a team (rank among teams, no interval) and one for the programme (interval).

    `sources` are estimates of other kinds of source, in the outcome's unit.  Where the outcome's records are
    not there at all, one row says so.
    """
    senders = list_sending_teams(cohorts, comparison)
    stays = cohorts.programme.rotations
    other_way = bool(stays) and all(stay.direction == "sre_to_dev" for stay in stays)
    nobody = None if senders else "OTHER_DIRECTION" if other_way else "NO_POST_WINDOW"
    row = Measure(
        measure=f"{outcome.measure}.{comparison.name}",
        unit=outcome.unit,
        method="difference_to_never_senders",
        counts="teams",
        claims=True,
    )
    if outcome.declined:
        reason = nobody if nobody == "OTHER_DIRECTION" else outcome.declined
        yield replace(row, n=0, missing=len(senders)).unless(reason)
        return
    compared = compare_sending_teams(cohorts, outcome, senders)
    for sender in compared.declined:
        yield replace(row, cohort=sender.cohort, team=sender.team, n=0, missing=1).unless(sender.declined)
    for sender in compared.usable:
        alone = compare_teams(build_date_sets(outcome, [sender], compared.never))
        yield replace(
            row,
            cohort=sender.cohort,
            team=sender.team,
            n=1,
            missing=0,
            value=outcome.printed(alone.value),
            notes=("ONE_TEAM", f"RANK:{alone.rank}:{alone.of}"),
            compared=True,
        )
    row = compared.fill(row, otherwise=nobody)
    result = compared.result
    if result is None:
        yield row
        return
    notes = [f"COMPARED_WITH:{compared.comparison_count}", f"SMALLEST_P:{result.smallest_p:.4f}"]
    if compared.interval:
        s = cohorts.programme.plan.smallest(outcome.unit)
        notes += describe_interval(outcome, *compared.interval, s=s, teams=len(compared.usable))
    yield replace(
        row,
        method="difference_randomised",
        p=result.p if len(compared.usable) > 1 else None,  # so that nothing is claimed of a single team
        notes=tuple(notes),
        compared=True,
        first_outcome=min(sender.windows[1][0] for sender in compared.usable).date(),
        sources=dict(sources),
    )


def describe_interval(outcome: Outcome, low: float, high: float, *, s: float, teams: int) -> list[str]:
    """How far the interval reaches, and how many more teams like these would bring it to ± s.

    Half the width falls with the square root of the teams, as it does where further terms are like these and
    at other dates.  `low`, `high` are on the scale of changes, `s` as printed; points, of ratios per cent.
    """
    ratio = outcome.scale in ("rate", "duration")
    half, step = (high - low) / 2, math.log1p(s) if ratio else s
    width = f"HALF_WIDTH:{100 * (math.expm1(half) if ratio else half):.1f}"
    if not step:
        return [width]
    return [width, f"MORE_ROTATIONS:{max(0, math.ceil(teams * (half / step) ** 2 - 1e-9) - teams)}"]


# --- who, and over which days ---------------------------------------------------------------------------


def list_comparison_teams(cohorts: Cohorts) -> tuple[str, ...]:
    """Teams that sent nobody, in the order of the programme."""
    phases = cohorts.team_phases
    return tuple(phases.loc[phases["phase"].eq("never"), "team"])


def list_sending_teams(cohorts: Cohorts, comparison: Comparison) -> list[SendingTeam]:
    """The teams a comparison is about; the cohort is the one that opens the later phase.

    A second graduate is asked of those teams alone that had one.
    """
    by_team: dict[str, dict[str, Any]] = {}
    for phase in cohorts.team_phases.itertuples():
        # of several absences the first; later ones follow a graduate's return
        by_team.setdefault(phase.team, {}).setdefault(phase.phase, phase)
    senders = []
    for team, own in by_team.items():
        before, after = own.get(comparison.before), own.get(comparison.after)
        if "away" not in own:
            continue
        touched = min(phase.first for name, phase in own.items() if name != "baseline")
        if before is not None and after is not None:
            windows = (before.first, before.last), (after.first, after.last)
            declined = _explain_short(comparison, *windows, as_of=pd.Timestamp(cohorts.programme.as_of))
            senders.append(SendingTeam(team, after.cohort, touched, windows, declined))
        elif comparison.before == "baseline":
            stays = [stay for stay in cohorts.programme.rotations if stay.home_team == team]
            declined = "NO_BASELINE" if before is None else explain_missing_after(stays)
            senders.append(SendingTeam(team, own["away"].cohort, touched, declined=declined))
    return senders


def _explain_short(
    comparison: Comparison, before: Window, after: Window, *, as_of: pd.Timestamp
) -> str | None:
    """Whether a short period may still grow: with time, or with older records; one that has ended cannot."""
    if is_too_short(comparison.before, *before):
        return "WINDOW_TOO_SHORT" if comparison.before == "baseline" else "ENDED_EARLY"
    few_weeks_away = comparison.after == "away" and (after[1] - after[0]).days + 1 < 7 * MIN_AWAY_WEEKS
    if is_too_short(comparison.after, *after) or few_weeks_away:
        return "ENDED_EARLY" if after[1] < as_of else "WINDOW_TOO_SHORT"
    return None


def compare_sending_teams(
    cohorts: Cohorts, outcome: Outcome, senders: Sequence[SendingTeam], *, never: Sequence[str] | None = None
) -> Compared:
    """The senders whose records can be compared, and what their comparison gives.

    `never` are the teams to compare with; without them all that never sent anyone.
    """
    others = list_comparison_teams(cohorts) if never is None else tuple(never)
    checked = [_check_records(outcome, sender, others) for sender in senders]
    usable = tuple(sender for sender in checked if sender.declined is None)
    declined = tuple(sender for sender in checked if sender.declined is not None)
    if not usable:
        return Compared(outcome, usable, declined, others)
    dates = build_date_sets(outcome, usable, others)
    count = int(dates.admissible[-len(others) :].any(axis=1).sum())  # they are the last rows
    return Compared(outcome, usable, declined, others, compare_teams(dates), count)


def _check_records(outcome: Outcome, sender: SendingTeam, never: Sequence[str]) -> SendingTeam:
    """The sender, declined where its own records, or those of too many never-senders, do not tell."""
    if not sender.windows:
        return sender if outcome.has_records(sender.team) else replace(sender, declined=outcome.absent)
    declined = sender.declined or outcome.find_reason(sender.team, *sender.windows)
    if declined is None:
        compared = [team for team in never if outcome.find_reason(team, *sender.windows) is None]
        declined = None if len(compared) >= MIN_COMPARISON_TEAMS else "NO_CONTROL"
    return replace(sender, declined=declined)


# --- changes over the dates -----------------------------------------------------------------------------


def build_date_sets(outcome: Outcome, senders: Sequence[SendingTeam], never: Sequence[str]) -> DateSets:
    """Changes of all teams over each sender's windows, and which team could have had them.

    Besides never-senders, a sender may stand in for dates that ended before its own dip began, and for dates
    equal to its own (then the effect is in its change, `own`).
    """
    teams = [*dict.fromkeys(sender.team for sender in senders), *never]
    shape = (len(teams), len(senders))
    change, variance = np.zeros(shape), np.ones(shape)
    admissible, own = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=bool)
    own_of = {sender.team: sender for sender in senders}
    for k, (before, after) in enumerate(sender.windows for sender in senders):
        for j, team in enumerate(teams):
            sender = own_of.get(team)
            own[j, k] = sender is not None and sender.windows == (before, after)
            counts = outcome.count(team, before), outcome.count(team, after)
            free = sender is None or own[j, k] or after[1] < sender.touched
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


def _overlap(senders: Sequence[SendingTeam]) -> Array:
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


# --- whether a claim stands when it is counted or compared in another way that is as good ----------------
# The ways are fixed here, before any data: another baseline, the weeks right after a return kept in, the
# logarithmic scale, requests moved to the kind that their titles speak of, each comparison team left out.

DECLARED = (
    ("self_resolution", "first_graduate"),
    ("self_resolution", "away"),
    ("self_resolution", "second_graduate"),
    ("do_it_for_me", "first_graduate"),
)
"""Outcome and comparison of the claims that are looked at again."""
RAMP, DIP = weeks(8), weeks(13)
BASELINES = {"other_baseline": weeks(52), "recent_baseline": weeks(26)}
"""How long before the first departure another baseline begins."""


def check_claim(
    cohorts: Cohorts, outcome: Outcome, comparison: Comparison, claim: Measure
) -> tuple[Measure, ...]:
    """The programme's row of a comparison, with its `flips`, then itself as declared and a row a variant.

    A variant flips the claim where its estimate has the other sign, or falls short of the smallest change
    that matters where the claim does not.
    """
    name, value = f"{claim.measure}.sensitivity", claim.value
    row = replace(claim, measure=name, kind="as_declared", claims=False, compared=False, sources={}, p=None)
    if value is None:
        return claim, row
    row, s = replace(row, notes=()), cohorts.programme.plan.smallest(claim.unit)
    senders, never = list_sending_teams(cohorts, comparison), list_comparison_teams(cohorts)
    rows: list[Measure] = []
    for kind, way in _list_variants(cohorts, outcome, comparison, senders).items():
        as_variant = replace(row, kind=kind)
        if isinstance(way, str):
            none = replace(as_variant, unit=outcome.unit, n=0, missing=len(senders))
            rows.append(none.unless(way))
        else:
            rows.append(_measure_variant(as_variant, compare_sending_teams(cohorts, *way), value, s))
    for team in filter(outcome.has_records, never):
        others = [other for other in never if other != team]
        compared = compare_sending_teams(cohorts, outcome, senders, never=others)
        rows.append(_measure_variant(replace(row, kind="without", team=team), compared, value, s))
    known = [row for row in rows if row.value is not None]
    flips = sum(row.notes == ("FLIPS_CLAIM",) for row in known)
    ranges = [(row.low, row.high) for row in known if row.low is not None and row.high is not None]
    zero = sum(low <= 0 <= high for low, high in ranges)
    notes = [f"FLIPS:{flips}:{len(known)}"] if known else []
    notes += [f"VARIANTS_HOLD_ZERO:{zero}:{len(ranges)}"] if ranges else []
    counted = (flips, len(known)) if known else None
    return replace(claim, flips=counted, notes=(*claim.notes, *notes)), row, *rows


def _list_variants(
    cohorts: Cohorts, outcome: Outcome, comparison: Comparison, senders: Sequence[SendingTeam]
) -> dict[str, tuple[Outcome, Sequence[SendingTeam]] | str]:
    """Other ways to a claim by their kind: what is compared of whom, or why there is no such way."""
    found: dict[str, tuple[Outcome, Sequence[SendingTeam]] | str] = {}
    if comparison.before == "baseline":
        for kind, length in BASELINES.items():
            found[kind] = outcome, [_move_baseline(cohorts, sender, length) for sender in senders]
        if found["other_baseline"][1] == senders:
            found["other_baseline"] = "NO_EARLIER_RECORDS"
    if comparison.after != "away":
        found["ramp_kept"] = outcome, [_include_ramp(sender) for sender in senders]
    found["log_scale"] = replace(outcome, scale="log_odds"), senders
    moved = outcome.name == "do_it_for_me"
    found["kinds_moved"] = (read_do_it_for_me(cohorts, moved=True), senders) if moved else "NO_KINDS"
    return found


def _include_ramp(sender: SendingTeam) -> SendingTeam:
    if not sender.windows:
        return sender
    before, (first, last) = sender.windows
    return replace(sender, windows=(before, (first - RAMP, last)))


def _move_baseline(cohorts: Cohorts, sender: SendingTeam, length: timedelta) -> SendingTeam:
    """The sender with a baseline that begins so long before its first departure, if there is data."""
    if not sender.windows:
        return sender
    (_, last), after = sender.windows
    begins = last + DIP + pd.Timedelta(days=1) - length
    data_start = cohorts.programme.programme.data_start
    if data_start is not None:
        begins = max(begins, pd.Timestamp(data_start))
    return replace(sender, windows=((begins, last), after))


def _measure_variant(row: Measure, compared: Compared, value: float, s: float) -> Measure:
    """A variant's row; `value` is the claim's, `s` the smallest change that matters, both as printed."""
    outcome = compared.outcome
    row = compared.fill(replace(row, unit=outcome.unit))
    if row.value is None:
        return row
    found = row.value
    if outcome.scale == "log_odds":  # what a small difference is in share points: p(1 − p) before
        counts = [outcome.count(sender.team, sender.windows[0]) for sender in compared.usable]
        share = float(np.mean([count.k / count.n for count in counts]))
        found *= share * (1 - share)
    flips = found * value < 0 or abs(found) < s <= abs(value)
    return replace(row, notes=("FLIPS_CLAIM",) if flips else ())
