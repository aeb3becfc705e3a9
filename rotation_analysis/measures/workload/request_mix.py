"""What was asked of the host team, by whom and of what kind, and who of the participants handled it.

Rates are per working team-week (five working days), so that holidays do not look like progress.  What only
the host team may do (permission-bound) is counted apart.  Records are counted once, by team, day and kind;
every row is a difference of these sums.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...cohorts.cohort import Cohorts
from ...cohorts.periods import (
    Period,
    count_team_weeks,
    encode,
    leave_bound,
    list_cuts,
    list_home_teams,
    list_stays,
)
from ...cohorts.phases import weeks
from ...cohorts.working_weeks import clip_to_records, working_weeks_of
from ...files.cells import fold
from ...measure_row import Measure
from ...programme.model import Rotation, Team
from ...programme.tables import KINDS
from ...programme.worktime import local_days
from ...statistics.estimates import estimate_share
from .mislabelled_requests import find_mislabelled

UNKNOWN = "unknown"
OF_OTHERS = ".other_cohorts"
MOST_UNLABELLED = 0.5
COLUMNS = (*KINDS, UNKNOWN)
MARKS = ("not_bound", "bound", "untold")

Counts = NDArray[np.integer]


def measure_request_mix(cohorts: Cohorts) -> Iterator[Measure]:
    """The mix per cohort, home team and phase beside never-senders; by participant; topics asked again."""
    codes = _encode(cohorts)
    log = RequestLog.of(cohorts, codes)
    for cut in list_cuts(cohorts):
        counted = log.count(cut)
        yield from _measure_rates(cohorts, log, cut, counted)
        yield _measure_do_it_for_me(cut, counted)
        if cut.team is None:
            yield _measure_bound_share(log, counted, cohort=cut.cohort, phase=cut.phase)
            yield from _measure_kinds(cut, counted)
            if len(others := _list_other_days(list_stays(cohorts), cut)):
                yield from _measure_kinds(cut, log.count_days(others), OF_OTHERS)
    yield _measure_bound_share(log, log.count_all(), cohort=None, phase=None)
    yield from _measure_handled(cohorts)
    yield from _measure_topics(cohorts, codes)


def _encode(cohorts: Cohorts) -> dict[str, Counts]:
    """Of every request the places of its kind and of its home team."""
    requests = cohorts.tables["requests"]
    teams = list_home_teams(cohorts.programme)
    return {"kind": encode(requests["kind"], KINDS), "team": encode(requests["team"], teams)}


# --- the log, summed up ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Counted:
    """Requests of a cut: `filed` kinds × marks as filed, `moved` from kind × to kind by what titles say."""

    filed: Counts
    moved: Counts

    @property
    def free(self) -> Counts:
        """By kind, what is not permission-bound; without a mark counts as not bound."""
        return np.asarray(self.filed[:, 0] + self.filed[:, 2])

    @property
    def bound(self) -> int:
        return int(self.filed[:, 1].sum())

    @property
    def total(self) -> int:
        return int(self.filed.sum())

    def of_kind(self, kind: str, *, relabelled: bool = False) -> int:
        """Not permission-bound requests of a kind, as filed or as their titles say."""
        place = COLUMNS.index(kind)
        moved = int(self.moved[:, place].sum() - self.moved[place].sum()) if relabelled else 0
        return int(self.free[place]) + moved


@dataclass(frozen=True)
class RequestLog:
    """Requests by team and day, summed up over the days: `sums[team, day]` are all before that day."""

    teams: dict[str, int]
    first: int
    filed: Counts
    moved: Counts
    covered: tuple[pd.Timestamp, pd.Timestamp]
    has_no: bool

    @classmethod
    def of(cls, cohorts: Cohorts, codes: Mapping[str, Counts]) -> RequestLog:
        """The log of the home teams' requests; `codes` of `kind` and `team`; titles are looked at once."""
        requests = cohorts.tables["requests"].reset_index(drop=True)
        teams = {team: place for place, team in enumerate(list_home_teams(cohorts.programme))}
        kind, team = codes["kind"], codes["team"]
        mark = requests["permission_bound"].astype("Int8").fillna(2).to_numpy().astype(np.int64)
        moved = find_mislabelled(requests)
        here = requests.index.isin(moved.index) & (mark != 1)
        to = encode(moved.reindex(requests.index[here]), KINDS)
        days = requests["day"].to_numpy("datetime64[D]").astype(np.int64)
        wanted = (team < len(teams)) & requests["day"].notna().to_numpy()
        first = int(days[wanted].min()) if wanted.any() else 0
        length = int(days[wanted].max()) - first + 1 if wanted.any() else 1
        place = team * length + days - first
        shape = (len(teams), length, len(COLUMNS), len(MARKS))
        pairs = (len(teams), length, len(COLUMNS), len(COLUMNS))
        return cls(
            teams=teams,
            first=first,
            filed=_sum_up(place[wanted], (kind * len(MARKS) + mark)[wanted], shape),
            moved=_sum_up(place[wanted & here], (kind[here] * len(COLUMNS) + to)[wanted[here]], pairs),
            covered=(requests["day"].min(), requests["day"].max()),
            has_no=bool((mark == 0).any()),
        )

    def count(self, cut: Period) -> Counted:
        """The requests of a cut's teams and days."""
        rows = [self.teams[team] for team in cut.teams]
        return Counted(*(self._between(sums, rows, cut.first, cut.last) for sums in (self.filed, self.moved)))

    def count_days(self, days: NDArray[np.datetime64]) -> Counted:
        """The requests of all home teams on some days."""
        places = days.astype("datetime64[D]").astype(np.int64) - self.first
        places = places[(places >= 0) & (places < self.filed.shape[1] - 1)]
        return Counted(
            *((sums[:, places + 1] - sums[:, places]).sum(axis=(0, 1)) for sums in (self.filed, self.moved))
        )

    def count_all(self) -> Counted:
        """All requests of home teams, whenever they were asked."""
        return Counted(self.filed[:, -1].sum(axis=0), self.moved[:, -1].sum(axis=0))

    def _between(self, sums: Counts, rows: Sequence[int], first: pd.Timestamp, last: pd.Timestamp) -> Counts:
        days = np.array([first, last + pd.Timedelta(days=1)], dtype="datetime64[D]").astype(np.int64)
        start, end = np.clip(days - self.first, 0, sums.shape[1] - 1)
        return np.asarray((sums[rows, end] - sums[rows, start]).sum(axis=0))

    def clip(self, cut: Period) -> Period:
        """The cut's days that the log covers; beyond its ends nothing is known, and no week counts."""
        if not self.covers(cut):
            return cut
        first, last = _clip(cut.first.date(), cut.last.date(), self.covered)
        return replace(cut, first=pd.Timestamp(first), last=pd.Timestamp(last))

    def covers(self, cut: Period) -> bool:
        """Whether there is a record of anybody from those days; else they are unknown, not zero."""
        return bool((self.covered[0] <= cut.last) & (self.covered[1] >= cut.first))


def _clip(first: date, last: date, covered: tuple[pd.Timestamp, pd.Timestamp]) -> tuple[date, date]:
    return clip_to_records(first, last, (covered[0].date(), covered[1].date()))


def _sum_up(place: Counts, column: Counts, shape: tuple[int, int, int, int]) -> Counts:
    """Counts by place (team × day) and column, summed up over the days with nothing before the first."""
    teams, days, *columns = shape
    width = columns[0] * columns[1]
    counts = np.bincount(place * width + column, minlength=teams * days * width).reshape(teams, days, width)
    sums = np.zeros((teams, days + 1, width), dtype=np.int32)
    np.cumsum(counts, axis=1, out=sums[:, 1:])
    return sums.reshape(teams, days + 1, *columns)


# --- rates and shares -----------------------------------------------------------------------------------


def _name(cut: Period) -> dict[str, Any]:
    return {"cohort": cut.cohort, "team": cut.team, "phase": cut.phase, "counts": "records"}


def _measure_rates(cohorts: Cohorts, log: RequestLog, cut: Period, counted: Counted) -> Iterator[Measure]:
    """Rates by kind, permission-bound apart."""
    weeks = count_team_weeks(cohorts.programme, log.clip(cut))
    declined = None if weeks else "NO_WORKING_DAYS"
    if not log.covers(cut):
        declined = "NO_REQUESTS"
    counts = {kind: counted.of_kind(kind) for kind in COLUMNS}
    for kind, count in [("all", counted.total), *counts.items(), ("permission_bound", counted.bound)]:
        yield Measure(
            measure="requests.per_team_week" + _suffix(cut),
            unit="per_team_week",
            method="count_per_working_week",
            kind=kind,
            n=count,
            missing=0 if kind in (UNKNOWN, "permission_bound") else counts[UNKNOWN],
            value=None if declined else count / weeks,
            **_name(cut),
        ).unless(declined)


def _suffix(cut: Period) -> str:
    return "" if cut.senders else ".never_senders"


def _measure_do_it_for_me(cut: Period, counted: Counted) -> Measure:
    """work ÷ (work + review), permission-bound left out; a note says what it were as titles speak."""
    work, review = counted.of_kind("work"), counted.of_kind("review")
    unlabelled, asked = counted.of_kind(UNKNOWN), int(counted.free.sum())
    declined = None
    if not asked:
        declined = "NO_REQUESTS"
    elif unlabelled > MOST_UNLABELLED * asked:
        declined = "KIND_NOT_LABELLED"
    elif work + review == 0:
        declined = "NO_WORK_OR_REVIEW"
    elif cut.short:
        declined = "WINDOW_TOO_SHORT"
    moved = int(counted.moved.sum()) if cut.senders else 0
    as_titled = [counted.of_kind(kind, relabelled=True) for kind in ("work", "review")]
    told = moved and sum(as_titled)
    row = Measure(
        measure="requests.do_it_for_me_share" + _suffix(cut),
        unit="share",
        method="share_wilson",
        n=work + review,
        missing=unlabelled,
        notes=(f"MOVED:{moved}:{round(100 * as_titled[0] / told)}",) if told else (),
        **_name(cut),
    )
    return row.estimated(estimate_share(work, work + review)).unless(declined)


def _measure_kinds(cut: Period, counted: Counted, suffix: str = "") -> Iterator[Measure]:
    """The share of each kind in the requests that have one, permission-bound left out."""
    known, unlabelled = (int(counted.free.sum()) - counted.of_kind(UNKNOWN), counted.of_kind(UNKNOWN))
    declined = None
    if not known:
        declined = "KIND_NOT_LABELLED" if unlabelled else "NO_REQUESTS"
    elif unlabelled > MOST_UNLABELLED * (known + unlabelled):
        declined = "KIND_NOT_LABELLED"
    for kind in KINDS:
        row = Measure(
            measure=f"requests.kind_share{suffix}",
            unit="share",
            method="share_wilson",
            kind=kind,
            n=known,
            missing=unlabelled,
            **_name(cut),
        )
        yield row.estimated(estimate_share(counted.of_kind(kind), known)).unless(declined)


def _list_other_days(stays: Sequence[Period], own: Period) -> NDArray[np.datetime64]:
    """The days of other cohorts' stays on which nobody of the own one was there, each once."""
    spans = [pd.date_range(stay.first, stay.last) for stay in stays if stay.cohort != own.cohort]
    days = np.unique(np.concatenate([span.to_numpy() for span in spans])) if spans else np.array([], "M8[ns]")
    return days[(days < own.first.to_datetime64()) | (days > own.last.to_datetime64())]


def _measure_bound_share(
    log: RequestLog, counted: Counted, *, cohort: str | None, phase: str | None
) -> Measure:
    """Permission-bound ÷ all; without a mark is not bound, and told as missing where others say "no"."""
    untold = int(counted.filed[:, 2].sum()) if log.has_no else 0
    declined = None
    if not counted.total:
        declined = "NO_REQUESTS"
    elif untold == counted.total or not (log.has_no or log.filed[:, -1, :, 1].any()):
        declined = "PERMISSION_NOT_TOLD"  # a log without any mark tells nothing
    row = Measure(
        measure="requests.permission_bound_share",
        unit="share",
        method="share_wilson",
        counts="records",
        cohort=cohort,
        phase=phase,
        n=counted.total,
        missing=untold,
    )
    return row.estimated(estimate_share(counted.bound, counted.total)).unless(declined)


# --- who handled them -----------------------------------------------------------------------------------


def _measure_handled(cohorts: Cohorts) -> Iterator[Measure]:
    """Per participant what they answered in a working week of the stay; over the programme, how many.

    The programme's is about those of whose stays there are requests with a doer: others did not add to it.
    """
    programme, requests = cohorts.programme, cohorts.tables["requests"]
    as_of = programme.as_of
    people = tuple(dict.fromkeys(rotation.person for rotation in programme.rotations))
    done = local_days(requests["answered"].fillna(requests["resolved"]), programme.programme.timezone)
    doer = encode(requests["person"], people)
    named = requests["person"].notna().to_numpy()
    within = [
        done.between(pd.Timestamp(stay.start), pd.Timestamp(min(stay.end or as_of, as_of))).to_numpy()
        for stay in programme.rotations
    ]
    during = np.any(within, axis=0) if within else np.zeros(len(requests), dtype=bool)
    theirs = np.flatnonzero(doer < len(people))
    own, doer = requests[["kind", "permission_bound"]].iloc[theirs], doer[theirs]
    handled = np.zeros(len(own), dtype=bool)
    for rotation, here in zip(programme.rotations, within, strict=True):
        mine = here[theirs] & (doer == people.index(rotation.person))
        handled |= mine
        yield from _rows_of_person(cohorts, rotation, own[mine], _why_no_doer(here, here & named))
    known = during & named
    each = zip(programme.rotations, within, strict=True)
    told = tuple(dict.fromkeys(rotation.person for rotation, here in each if (here & named).any()))
    yield Measure(
        measure="requests.handled",
        unit="requests",
        method="count",
        counts="persons",
        n=int(known.sum()),
        missing=int(during.sum() - known.sum()),
        value=float(handled.sum()),
        people=told or people,
    ).unless(_why_no_doer(during, known))


def _why_no_doer(here: NDArray[np.bool_], named: NDArray[np.bool_]) -> str | None:
    if not here.any():
        return "NO_REQUESTS"
    return None if named.any() else "DOER_NOT_TOLD"


def _rows_of_person(
    cohorts: Cohorts, rotation: Rotation, handled: pd.DataFrame, declined: str | None
) -> Iterator[Measure]:
    """A row a kind: requests of it answered ÷ working weeks of the stay, without leave, by working share."""
    programme, days = cohorts.programme, cohorts.tables["requests"]["day"]
    span = rotation.start, rotation.end or programme.as_of
    span = span if declined else _clip(*span, (days.min(), days.max()))
    weeks = working_weeks_of(programme, rotation.person, *span)
    bound = handled["permission_bound"].fillna(False).astype(bool)
    kinds = encode(handled.loc[~bound, "kind"], KINDS)
    counts = dict(zip(COLUMNS, np.bincount(kinds, minlength=len(COLUMNS)).tolist(), strict=True))
    unlabelled = counts[UNKNOWN]
    for kind, count in [("all", len(handled)), *counts.items(), ("permission_bound", int(bound.sum()))]:
        yield Measure(
            measure="requests.per_person_week",
            unit="per_week",
            method="count_per_working_week",
            counts="records",
            cohort=rotation.cohort,
            person=rotation.person,
            people=(rotation.person,),
            consent="time",
            kind=kind,
            n=count,
            missing=0 if kind in (UNKNOWN, "permission_bound") else unlabelled,
            value=count / weeks if weeks else None,
        ).unless(declined or (None if weeks else "NO_WORKING_DAYS"))


# --- topics ---------------------------------------------------------------------------------------------


def _measure_topics(cohorts: Cohorts, codes: Mapping[str, Counts]) -> Iterator[Measure]:
    """Topics that several teams consulted on: during each cohort's stay, and over the programme."""
    requests = cohorts.tables["requests"]
    teams = list_home_teams(cohorts.programme)
    team = codes["team"]
    wanted = (codes["kind"] == KINDS.index("consult")) & (team < len(teams))
    consults = requests.loc[wanted, ["day", "topic"]]
    topics, place = _fold_topics(consults["topic"])
    pairs = pd.DataFrame({"day": consults["day"], "place": place, "team": team[wanted]})
    for cut in list_stays(cohorts):
        here = pairs[pairs["day"].between(cut.first, cut.last)]
        yield from _topic_rows(cohorts, here, topics, cohort=cut.cohort, phase=cut.phase)
    yield from _topic_rows(cohorts, pairs, topics, cohort=None, phase=None)


def _fold_topics(texts: pd.Series) -> tuple[list[str], Counts]:
    """Each topic as it was written first, and which one every text is (-1: none told).

    Width, case and spaces make no other topic.
    """
    codes, unique = pd.factorize(texts)
    first: dict[str, str] = {}
    keys = [fold(text) for text in unique.tolist()]
    for key, text in zip(keys, unique.tolist(), strict=True):
        first.setdefault(key, text.strip())
    order = {key: number for number, key in enumerate(first)}
    return list(first.values()), np.array([*(order[key] for key in keys), -1], dtype=np.int64)[codes]


def _topic_rows(
    cohorts: Cohorts, pairs: pd.DataFrame, topics: Sequence[str], *, cohort: str | None, phase: str | None
) -> Iterator[Measure]:
    """A row a topic of at least `repeat_teams` teams, the commonest first; else one row of none."""
    teams = len(list_home_teams(cohorts.programme))
    told = pairs[pairs["place"].ge(0)]
    counts = np.bincount(told["place"] * teams + told["team"], minlength=len(topics) * teams)
    counts = counts.reshape(len(topics), teams)
    asking = (counts > 0).sum(axis=1)
    again = np.flatnonzero(asking >= cohorts.programme.triggers.repeat_teams).tolist()
    common: dict[str, Any] = dict(
        measure="requests.repeat_topic",
        unit="teams",
        method="count",
        counts="records",
        cohort=cohort,
        phase=phase,
        missing=len(pairs) - len(told),
    )
    for place in sorted(again, key=lambda p: (-asking[p], -counts[p].sum(), topics[p])):
        yield Measure(label=topics[place], n=int(counts[place].sum()), value=float(asking[place]), **common)
    if not again:
        declined = "NO_CONSULTATIONS" if pairs.empty else None if len(told) else "TOPIC_NOT_LABELLED"
        yield Measure(n=len(told), value=0.0, **common).unless(declined)


# --- how much each team leaves to the host team: what an owner asks who should be sent next ----------------
# "Do it for me" requests per engineer over the last half year; what only the host team may do is left out.

WINDOW_WEEKS = 26
NEVER_SENT, SENT = "never_sent", "sent"


def measure_team_dependence(cohorts: Cohorts) -> Iterator[Measure]:
    """A row a team that exists on `as_of`: "do it for me" requests per engineer, last 26 weeks."""
    programme = cohorts.programme
    last = pd.Timestamp(programme.as_of)
    first = last - weeks(WINDOW_WEEKS) + pd.Timedelta(days=1)
    requests = cohorts.tables["requests"][["day", "team", "kind", "permission_bound"]]
    read = requests["day"].min() <= first and requests["day"].max() >= last - weeks(4)
    recent = requests[requests["day"].between(first, last)]
    recent = leave_bound(recent)
    senders = {stay.home_team for stay in programme.rotations}
    for team in programme.teams:
        if team.id != programme.programme.host_team and _exists(team, last):
            own = recent[recent["team"].eq(team.id)]
            young = team.valid_from is not None and pd.Timestamp(team.valid_from) > first
            row = _measure_team(team, own, sent=team.id in senders, read=bool(read))
            yield row.unless("WINDOW_TOO_SHORT" if young and row.declined is None else row.declined)


def _exists(team: Team, day: pd.Timestamp) -> bool:
    begun = team.valid_from is None or pd.Timestamp(team.valid_from) <= day
    return begun and (team.valid_until is None or pd.Timestamp(team.valid_until) >= day)


def _measure_team(team: Team, own: pd.DataFrame, *, sent: bool, read: bool) -> Measure:
    work = int(own["kind"].eq("work").sum())
    unlabelled = int(own["kind"].isna().sum())
    declined = None
    if not read:
        declined = "NO_REQUESTS"
    elif team.size is None:
        declined = "NO_TEAM_SIZE"
    elif unlabelled > MOST_UNLABELLED * len(own):
        declined = "KIND_NOT_LABELLED"
    return Measure(
        measure="team.dependence",
        unit="per_engineer",
        method="count_per_engineer",
        counts="records",
        team=team.id,
        kind=SENT if sent else NEVER_SENT,
        n=work,
        missing=unlabelled,
        value=work / (team.size or 1),
    ).unless(declined)
