"""Does the home team solve more itself?  Self-resolution by team phase, against teams that never sent anyone.

Self-resolution = (alone + review) ÷ (alone + review + consult + sre), permission-bound left out, from the
teams' own tickets.  Inference assigns the sets of dates to other teams
(`team_differences.compare_date_sets`); a plain before/after is printed beside, as what is not the answer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from .cohort import Cohorts
from .estimates import estimate_share, share_variance
from .measures import Measure
from .phases import phases_of_cohort, too_short, why_nothing_after
from .team_differences import DateSets, TeamDifference, compare_date_sets

MOST_UNLABELLED = 0.2
MIN_COMPARISON_TEAMS = 2
MIN_TEAMS_FOR_ONE = 20
SELF = ("alone", "review")
HALF_YEAR = pd.Timedelta(days=182)
DAY = pd.Timedelta(days=1)

Window = tuple[pd.Timestamp, pd.Timestamp]


@dataclass(frozen=True)
class Share:
    """k of n tickets the team solved itself; `unlabelled` tickets say not how they were solved."""

    k: int
    n: int
    unlabelled: int

    @property
    def noted(self) -> int:
        """All tickets there are."""
        return self.n + self.unlabelled

    @property
    def labelled(self) -> bool:
        """Whether enough tickets say how they were solved."""
        return self.n > 0 and self.unlabelled <= MOST_UNLABELLED * self.noted


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


def measure_impact(cohorts: Cohorts) -> list[Measure]:
    """Shares by team and phase, differences to never-senders per team and over the programme."""
    book = TicketBook(cohorts.tables["tickets"])
    measures = list(_measure_phases(cohorts, book))
    for comparison in COMPARISONS:
        measures += _measure_comparison(cohorts, book, comparison)
    measures += _measure_before_after(cohorts, book)
    return measures


class TicketBook:
    """Tickets by team, ready to be counted over any window."""

    def __init__(self, tickets: pd.DataFrame) -> None:
        countable = tickets[~tickets["permission_bound"].fillna(False).astype(bool)]
        self._teams = {
            str(team): (
                rows["day"].to_numpy(),
                rows["how"].isin(SELF).to_numpy(),
                rows["how"].isna().to_numpy(),
            )
            for team, rows in countable.groupby("team", sort=True)
        }

    def knows(self, team: str) -> bool:
        """Whether any ticket of the team was read."""
        return team in self._teams

    def count(self, team: str, window: Window) -> Share:
        """The team's share over a window, both days included."""
        if not self.knows(team):
            return Share(0, 0, 0)
        days, solved, unlabelled = self._teams[team]
        here = (days >= window[0].to_datetime64()) & (days <= window[1].to_datetime64())
        none = int((here & unlabelled).sum())
        return Share(int((here & solved & ~unlabelled).sum()), int(here.sum()) - none, none)


def _measure_phases(cohorts: Cohorts, book: TicketBook) -> Iterator[Measure]:
    """Each home team in each of its phases, and never-senders over the same days."""
    never = _never_senders(cohorts)
    of_cohorts = (phases_of_cohort(cohorts.team_phases, cohort) for cohort in cohorts.programme.cohorts)
    for row in (row for phases in of_cohorts for row in phases.itertuples()):
        window = (row.first, row.last)
        share = book.count(row.team, window)
        yield _share_row("impact.self_resolution", share, row, short=too_short(row.phase, *window))
        others = [book.count(team, window) for team in never]
        kept = [other for other in others if other.labelled]
        together = Share(sum(o.k for o in kept), sum(o.n for o in kept), sum(o.unlabelled for o in kept))
        left_out = sum(other.noted for other in others if not other.labelled)
        name = "impact.self_resolution.never_senders"
        yield _share_row(name, together, row, short=False, left_out=left_out)


def _share_row(name: str, share: Share, row: Any, *, short: bool, left_out: int = 0) -> Measure:
    declined = None
    if share.noted + left_out == 0:
        declined = "NO_TICKETS"
    elif not share.labelled:
        declined = "TEAM_NOT_LABELLED"
    elif short:
        declined = "WINDOW_TOO_SHORT"
    estimate = estimate_share(share.k, share.n)
    return Measure(
        measure=name,
        unit="share",
        method="share_wilson",
        counts="records",
        cohort=row.cohort,
        team=row.team,
        phase=row.phase,
        n=share.n,
        missing=share.unlabelled + left_out,
        value=estimate.value,
        low=estimate.low,
        high=estimate.high,
    ).unless(declined)


def _never_senders(cohorts: Cohorts) -> list[str]:
    phases = cohorts.team_phases
    return phases.loc[phases["phase"].eq("never"), "team"].tolist()


# --- differences ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class TreatedTeam:
    """A team with its two windows for one comparison; `declined` says why it cannot be in it."""

    team: str
    cohort: str
    before: Window | None
    after: Window | None
    declined: str | None


def _list_treated(cohorts: Cohorts, book: TicketBook, comparison: Comparison) -> list[TreatedTeam]:
    """The teams a comparison is about; the cohort is the one that opens the later phase."""
    phases = cohorts.team_phases
    treated = []
    for team in dict.fromkeys(phases.loc[phases["phase"].eq("away"), "team"]):
        own = phases[phases["team"].eq(team)]
        before = own[own["phase"].eq(comparison.before)]
        after = own[own["phase"].eq(comparison.after)]
        if comparison.after == "away":
            after = after.iloc[:1]  # the first absence; later ones follow a graduate's return
        if before.empty or after.empty:
            if comparison.name != "second_graduate":
                cohort = own.loc[own["phase"].eq("away"), "cohort"].iloc[0]
                why = _why_no_window(cohorts, team, before) if book.knows(team) else "NO_TICKETS"
                treated.append(TreatedTeam(team, cohort, None, None, why))
            continue
        first, later = before.iloc[0], after.iloc[0]
        windows = ((first["first"], first["last"]), (later["first"], later["last"]))
        declined = None
        if too_short(comparison.before, *windows[0]) or too_short(comparison.after, *windows[1]):
            declined = "WINDOW_TOO_SHORT"
        elif any(book.count(team, window).noted == 0 for window in windows):
            declined = "NO_TICKETS"
        elif not all(book.count(team, window).labelled for window in windows):
            declined = "TEAM_NOT_LABELLED"
        treated.append(TreatedTeam(team, later["cohort"], *windows, declined))
    return treated


def _why_no_window(cohorts: Cohorts, team: str, before: pd.DataFrame) -> str:
    """Why a sending team lacks one of a comparison's two phases."""
    if before.empty:
        return "NO_BASELINE"
    return why_nothing_after(stay for stay in cohorts.programme.rotations if stay.home_team == team)


def _measure_comparison(cohorts: Cohorts, book: TicketBook, comparison: Comparison) -> Iterator[Measure]:
    """One row a team (rank among teams, no interval) and one for the programme (interval)."""
    name = f"impact.self_resolution.{comparison.name}"
    never = _never_senders(cohorts)
    treated = [_check_control(team, book, never) for team in _list_treated(cohorts, book, comparison)]
    usable = [team for team in treated if team.declined is None]
    for team in treated:
        if team.declined:
            yield _declined_row(name, team.declined, cohort=team.cohort, team=team.team)
    for team in usable:
        yield _one_team_row(name, cohorts, book, team, never)
    if not usable:
        reasons = Counter(team.declined or "" for team in treated).most_common(1)
        reason = reasons[0][0] if reasons else "NO_POST_WINDOW"
        yield replace(_declined_row(name, reason), missing=len(treated))
        return
    yield _programme_row(name, cohorts, book, usable, never, left_out=len(treated) - len(usable))


def _check_control(team: TreatedTeam, book: TicketBook, never: Sequence[str]) -> TreatedTeam:
    """The team, declined where too few never-senders label their tickets over its windows."""
    windows = [window for window in (team.before, team.after) if window is not None]
    control = [other for other in never if all(book.count(other, window).labelled for window in windows)]
    if team.declined or len(control) >= MIN_COMPARISON_TEAMS:
        return team
    return replace(team, declined="NO_CONTROL")


def _declined_row(name: str, reason: str, *, cohort: str | None = None, team: str | None = None) -> Measure:
    return Measure(
        measure=name,
        unit="share_points",
        method="difference_to_never_senders",
        counts="teams",
        cohort=cohort,
        team=team,
        n=0,
        missing=1,
        notes=(reason,),
        declined=reason,
        claims=True,
    )


def _one_team_row(
    name: str, cohorts: Cohorts, book: TicketBook, team: TreatedTeam, never: Sequence[str]
) -> Measure:
    dates = _date_sets(cohorts, book, [team], never)
    result = compare_date_sets(dates)
    enough = result.smallest_p <= 0.05 and result.of >= MIN_TEAMS_FOR_ONE
    return Measure(
        measure=name,
        unit="share_points",
        method="difference_to_never_senders",
        counts="teams",
        cohort=team.cohort,
        team=team.team,
        n=1,
        missing=0,
        value=result.value,
        low=result.low if enough else None,
        high=result.high if enough else None,
        notes=("ONE_TEAM", f"RANK:{result.rank}:{result.of}"),
        claims=True,
        compared=True,
    )


def _programme_row(
    name: str,
    cohorts: Cohorts,
    book: TicketBook,
    usable: Sequence[TreatedTeam],
    never: Sequence[str],
    *,
    left_out: int,
) -> Measure:
    dates = _date_sets(cohorts, book, usable, never)
    result: TeamDifference = compare_date_sets(dates)
    compared = int(dates.admissible[-len(never) :].any(axis=1).sum())  # never-senders are the last rows
    one = len(usable) == 1 and result.of < MIN_TEAMS_FOR_ONE
    return Measure(
        measure=name,
        unit="share_points",
        method="difference_randomised",
        counts="teams",
        n=len(usable),
        missing=left_out,
        value=result.value,
        low=None if one else result.low,
        high=None if one else result.high,
        p=result.p,
        notes=(f"COMPARED_WITH:{compared}", f"SMALLEST_P:{result.smallest_p:.4f}"),
        claims=True,
        compared=True,
    )


def _date_sets(
    cohorts: Cohorts, book: TicketBook, treated: Sequence[TreatedTeam], never: Sequence[str]
) -> DateSets:
    """Changes of all teams over each treated team's windows, and which team could have had them.

    Besides never-senders, a sender may stand in for dates that ended before its own dip began, and for dates
    equal to its own (then the effect is in its change, `own`).
    """
    teams = [*dict.fromkeys(team.team for team in treated), *never]
    shape = (len(teams), len(treated))
    change, variance = np.zeros(shape), np.ones(shape)
    admissible, own = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=bool)
    untouched = _untouched_until(cohorts)
    windows = {team.team: (team.before, team.after) for team in treated}
    for k, dates in enumerate(treated):
        assert dates.before is not None
        assert dates.after is not None
        for j, team in enumerate(teams):
            before, after = book.count(team, dates.before), book.count(team, dates.after)
            own[j, k] = windows.get(team) == (dates.before, dates.after)
            free = team in never or own[j, k] or dates.after[1] < untouched[team]
            if not (free and before.labelled and after.labelled):
                continue
            admissible[j, k] = True
            change[j, k] = after.k / after.n - before.k / before.n
            variance[j, k] = share_variance(before.k, before.n) + share_variance(after.k, after.n)
    return DateSets(
        change=change,
        variance=variance,
        admissible=admissible,
        own=own,
        treated=tuple(teams.index(team.team) for team in treated),
        overlap=_overlap(treated),
    )


def _overlap(treated: Sequence[TreatedTeam]) -> np.ndarray:
    """Correlation (K × K) of one team's changes over two sets of dates, from the days the windows share.

    A change is mean(after) − mean(before) of independent days, so that two changes share the variance of
    their common days: positive where the same kind of window overlaps, negative where one's after is the
    other's before.
    """
    sign = (-1, 1)
    windows = [(team.before, team.after) for team in treated]

    def covariance(a: Sequence[Window | None], b: Sequence[Window | None]) -> float:
        return sum(
            sign[i] * sign[j] * _shared_days(x, y) / (_days(x) * _days(y))
            for i, x in enumerate(a)
            for j, y in enumerate(b)
            if x is not None and y is not None
        )

    cov = np.array([[covariance(a, b) for b in windows] for a in windows])
    scale = np.sqrt(np.diag(cov))
    return cov / np.outer(scale, scale)


def _days(window: Window) -> int:
    return (window[1] - window[0]).days + 1


def _shared_days(a: Window, b: Window) -> int:
    return max(0, (min(a[1], b[1]) - max(a[0], b[0])).days + 1)


def _untouched_until(cohorts: Cohorts) -> dict[str, pd.Timestamp]:
    """The first day of each sending team's dip: before it nothing of the programme had touched the team."""
    phases = cohorts.team_phases
    touched = phases[~phases["phase"].isin(["never", "baseline"])]
    return touched.groupby("team")["first"].min().to_dict()


def _measure_before_after(cohorts: Cohorts, book: TicketBook) -> Iterator[Measure]:
    """Half a year after the first return minus half a year before the first departure, nothing compared.

    Printed as what is not the answer: company-wide changes, the trough before departure and the season are
    all in it.
    """
    phases = cohorts.team_phases
    differences = []
    treated = _list_treated(cohorts, book, COMPARISONS[0])
    for team in treated:
        away = phases.loc[phases["team"].eq(team.team) & phases["phase"].eq("away"), "first"].min()
        if team.declined or team.after is None:
            continue
        before = book.count(team.team, (away - HALF_YEAR, away - DAY))
        after = book.count(team.team, team.after)
        if before.labelled and after.labelled:
            differences.append(after.k / after.n - before.k / before.n)
    if differences:
        yield Measure(
            measure="impact.self_resolution.before_after",
            unit="share_points",
            method="before_after",
            counts="teams",
            n=len(differences),
            missing=len(treated) - len(differences),
            value=float(np.mean(differences)),
            notes=("NOT_THE_ANSWER",),
        )
