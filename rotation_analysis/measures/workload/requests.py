"""What was asked of the host team, by whom and of what kind, who handled it, and how reviews went.

Rates are per working team-week (five working days), so that holidays do not look like progress.  What only
the host team may do (permission-bound) is counted apart.  Every request is encoded once; a row is a sum over
some teams and days.

People file what they want done as a question, and a question as work.  What a title says is no better than
what its author chose; so nothing is corrected, and a share is only given a second time with these moved.
"""

from __future__ import annotations

import math
import re
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
    list_home_teams,
    list_periods,
    list_stays,
)
from ...cohorts.phases import weeks
from ...cohorts.working_weeks import clip_to_records, count_weeks_present
from ...files.cells import fold, fold_all
from ...measure_row import Measure
from ...programme.model import Programme
from ...programme.tables import KINDS
from ...programme.worktime import local_days
from ..rows import count_row, share_row

UNKNOWN = "unknown"
MOST_UNLABELLED = 0.5
FILED = (*KINDS, UNKNOWN)
FREE, BOUND, UNMARKED = range(3)
WINDOW_WEEKS = 26
NEVER_SENT, SENT = "never_sent", "sent"
WORDS: Mapping[str, tuple[str, ...]] = {
    "review": (
        "レビュー", "差分", "プルリク", "確認依頼", "見てください",
        "review", "reviewing", "pull request", "merge request", "diff",
    ),
    "consult": (
        "相談", "質問", "について", "教えて", "比較", "どうすれば", "どちら",
        "選び方", "進め方", "やり方", "使い方", "持ち方",
        "question", "advice", "consultation", "how to", "how should", "which", "about", "compare", "options",
    ),
    "work": (
        "作成", "追加", "変更", "更新", "登録", "増強", "削除", "設定", "拡張", "移行", "停止", "再起動",
        "お願い", "してほしい", "したい",
        "add", "create", "change", "update", "renew", "register", "resize", "increase", "delete", "remove",
        "set up", "configure", "migrate", "restart", "please",
    ),
}  # fmt: skip
"""Kind → words of titles that speak of it; of several kinds the first stands."""

Counts = NDArray[np.int64]
Days = NDArray[np.datetime64]
Flags = NDArray[np.bool_]


def measure_request_mix(cohorts: Cohorts, log: RequestLog) -> Iterator[Measure]:
    """The mix per cohort, home team and phase beside never-senders; by participant; topics asked again."""
    stays = list_stays(cohorts)
    for cut in list_periods(cohorts):
        counted = log.count(cut.teams, _list_days(cut.first, cut.last))
        suffix = "" if cut.senders else ".never_senders"
        names: dict[str, Any] = {"cohort": cut.cohort, "team": cut.team, "phase": cut.phase}
        yield from _measure_rates(
            counted,
            count_team_weeks(cohorts.programme, log.clip(cut)),
            None if log.covers(cut) else "NO_REQUESTS",
            measure="requests.per_team_week" + suffix,
            unit="per_team_week",
            **names,
        )
        yield _measure_do_it_for_me(cut, counted, suffix, names)
        if cut.team is None:
            yield _measure_bound_share(log, counted, names)
            yield from _measure_kinds(counted, "requests.kind_share", names)
            spans = [_list_days(stay.first, stay.last) for stay in stays if stay.cohort != cut.cohort]
            others = np.setdiff1d(
                np.concatenate([*spans, np.array([], "datetime64[D]")]), _list_days(cut.first, cut.last)
            )
            if len(others):
                counted = log.count(cut.teams, others)
                yield from _measure_kinds(counted, "requests.kind_share.other_cohorts", names)
    yield _measure_bound_share(log, log.whole, {})
    yield from _measure_handled(cohorts, log)
    yield from _measure_topics(cohorts, log)


# --- the log, counted -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Counted:
    """How many requests there are: kind as filed × kind as titled × mark (`FREE`, `BOUND`, `UNMARKED`)."""

    each: Counts

    @property
    def free(self) -> Counts:
        """Kind as filed × as titled of what is not permission-bound; without a mark counts as not bound."""
        return np.asarray(self.each[..., FREE] + self.each[..., UNMARKED])

    @property
    def bound(self) -> int:
        return int(self.each[..., BOUND].sum())

    @property
    def unlabelled(self) -> int:
        return self.of_kind(UNKNOWN)

    def of_kind(self, kind: str) -> int:
        """Not permission-bound requests filed under a kind."""
        return int(self.free[FILED.index(kind)].sum())

    def explain_missing_kinds(self) -> str | None:
        """Why the kinds of what is not permission-bound are unknown."""
        asked = self.free.sum()
        if not asked:
            return "NO_REQUESTS"
        return "KIND_NOT_LABELLED" if self.unlabelled > MOST_UNLABELLED * asked else None


class RequestLog:
    """Every request encoded once, and those of home teams counted by team and day.

    `team`, `kind`, `titled` and `mark` hold of each request its place in `teams`, in `FILED` (as filed, and
    as its title says) and its mark; `whole` counts those of home teams; `first` and `last` are the days of
    anybody's first and last request.
    """

    def __init__(self, cohorts: Cohorts) -> None:
        requests = cohorts.tables["requests"].reset_index(drop=True)
        self.teams = list_home_teams(cohorts.programme)
        self.team, self.kind = encode(requests["team"], self.teams), encode(requests["kind"], KINDS)
        moved = find_mislabelled(requests)
        self.titled = self.kind.copy()
        self.titled[moved.index] = encode(moved, KINDS)
        self.mark = requests["permission_bound"].astype("Int8").fillna(UNMARKED).to_numpy().astype(np.int64)
        self.first, self.last = requests["day"].min(), requests["day"].max()
        wanted = (self.team < len(self.teams)) & requests["day"].notna().to_numpy()
        days = requests.loc[wanted, "day"].to_numpy("datetime64[D]").astype(np.int64)
        self._start, end = (int(days.min()), int(days.max())) if len(days) else (0, 0)
        shape = (len(self.teams), end - self._start + 1)
        self._by_day = self._tabulate(wanted, shape, self.team[wanted], days - self._start)
        self.whole = Counted(self._by_day.sum(axis=(0, 1)))

    def _tabulate(self, wanted: Flags, shape: tuple[int, ...] = (), *places: Counts) -> Counts:
        """How many requests are wanted: places × kind as filed × kind as titled × mark."""
        shape = (*shape, len(FILED), len(FILED), 3)
        kinds = (each[wanted] for each in (self.kind, self.titled, self.mark))
        codes = np.zeros(np.count_nonzero(wanted), dtype=np.int64)
        for length, place in zip(shape, (*places, *kinds), strict=True):
            codes = codes * length + place
        return np.bincount(codes, minlength=math.prod(shape)).reshape(shape)

    def count(self, teams: Sequence[str], days: Days) -> Counted:
        """The requests of some home teams on some days."""
        places = days.astype(np.int64) - self._start
        places = places[(places >= 0) & (places < self._by_day.shape[1])]
        rows = [self.teams.index(team) for team in teams]
        return Counted(self._by_day[np.ix_(rows, places)].sum(axis=(0, 1)))

    def count_rows(self, wanted: Flags) -> Counted:
        """The requests that are wanted, whosoever asked."""
        return Counted(self._tabulate(wanted))

    def covers(self, cut: Period) -> bool:
        """Whether there is a record of anybody from those days; else they are unknown, not zero."""
        return bool((self.first <= cut.last) & (self.last >= cut.first))

    def clip(self, cut: Period) -> Period:
        """The cut's days that the log covers; beyond its ends nothing is known, and no week counts."""
        if not self.covers(cut):
            return cut
        first, last = self.clip_days(cut.first.date(), cut.last.date())
        return replace(cut, first=pd.Timestamp(first), last=pd.Timestamp(last))

    def clip_days(self, first: date, last: date) -> tuple[date, date]:
        """The same of the days of a log with requests."""
        return clip_to_records(first, last, (self.first.date(), self.last.date()))


def _list_days(first: pd.Timestamp, last: pd.Timestamp) -> Days:
    """The days of a period, both ends included."""
    return np.arange(np.datetime64(first, "D"), np.datetime64(last, "D") + np.timedelta64(1, "D"))


# --- rates and shares -----------------------------------------------------------------------------------


def _measure_rates(counted: Counted, weeks: float, declined: str | None, **others: Any) -> Iterator[Measure]:
    """Requests in a working week by kind, permission-bound apart."""
    counts = {kind: counted.of_kind(kind) for kind in FILED}
    for kind, n in {"all": int(counted.each.sum()), **counts, "permission_bound": counted.bound}.items():
        yield Measure(
            method="count_per_working_week",
            counts="records",
            kind=kind,
            n=n,
            missing=0 if kind in (UNKNOWN, "permission_bound") else counts[UNKNOWN],
            value=n / weeks if weeks else None,
            **others,
        ).unless(declined or (None if weeks else "NO_WORKING_DAYS"))


def _measure_do_it_for_me(cut: Period, counted: Counted, suffix: str, names: Mapping[str, Any]) -> Measure:
    """work ÷ (work + review), permission-bound left out; a note says what it were as titles speak."""
    free = counted.free
    work, review = counted.of_kind("work"), counted.of_kind("review")
    moved = int(free.sum() - np.trace(free)) if cut.senders else 0
    as_titled = [int(free[:, FILED.index(kind)].sum()) for kind in ("work", "review")]
    noted = moved and sum(as_titled)
    declined = counted.explain_missing_kinds()
    if not declined and work + review == 0:
        declined = "NO_WORK_OR_REVIEW"
    elif not declined and cut.short:
        declined = "WINDOW_TOO_SHORT"
    return share_row(
        "requests.do_it_for_me_share" + suffix,
        work,
        work + review,
        missing=counted.unlabelled,
        notes=(f"MOVED:{moved}:{round(100 * as_titled[0] / noted)}",) if noted else (),
        **names,
    ).unless(declined)


def _measure_kinds(counted: Counted, measure: str, names: Mapping[str, Any]) -> Iterator[Measure]:
    """The share of each kind in the requests that have one, permission-bound left out."""
    known = int(counted.free.sum()) - counted.unlabelled
    for kind in KINDS:
        yield share_row(
            measure, counted.of_kind(kind), known, kind=kind, missing=counted.unlabelled, **names
        ).unless(counted.explain_missing_kinds())


def _measure_bound_share(log: RequestLog, counted: Counted, names: Mapping[str, Any]) -> Measure:
    """Permission-bound ÷ all; without a mark is not bound, and told as missing where others say "no"."""
    total, has_no = int(counted.each.sum()), bool((log.mark == FREE).any())
    unmarked = int(counted.each[..., UNMARKED].sum()) if has_no else 0
    declined = None
    if not total:
        declined = "NO_REQUESTS"
    elif unmarked == total or not (has_no or log.whole.bound):
        declined = "PERMISSION_NOT_TOLD"  # a log without any mark tells nothing
    return share_row(
        "requests.permission_bound_share", counted.bound, total, missing=unmarked, **names
    ).unless(declined)


# --- who handled them -----------------------------------------------------------------------------------


def _measure_handled(cohorts: Cohorts, log: RequestLog) -> Iterator[Measure]:
    """Per participant what they answered in a working week of the stay; over the programme, how many.

    Weeks are without leave and by the share of working time.  The programme's row is about those of whose
    stays there are requests with a doer: others did not add to it.
    """
    programme, requests = cohorts.programme, cohorts.tables["requests"]
    stays, as_of = programme.rotations, programme.as_of
    people = list(dict.fromkeys(stay.person for stay in stays))
    done = local_days(requests["answered"].fillna(requests["resolved"]), programme.programme.timezone)
    doer, named = encode(requests["person"], people), requests["person"].notna().to_numpy()
    during, handled = np.zeros(len(requests), dtype=bool), np.zeros(len(requests), dtype=bool)
    contributors: dict[str, None] = {}
    for stay in stays:
        here = done.between(pd.Timestamp(stay.start), pd.Timestamp(min(stay.end or as_of, as_of))).to_numpy()
        own = here & (doer == people.index(stay.person))
        during, handled = during | here, handled | own
        declined = _explain_missing_doer(here, here & named)
        span = stay.start, stay.end or as_of
        yield from _measure_rates(
            log.count_rows(own),
            count_weeks_present(programme, stay.person, *(span if declined else log.clip_days(*span))),
            declined,
            measure="requests.per_person_week",
            unit="per_week",
            consent="time",
            cohort=stay.cohort,
            person=stay.person,
            people=(stay.person,),
        )
        if (here & named).any():
            contributors[stay.person] = None
    known = during & named
    yield count_row(
        "requests.handled",
        "requests",
        handled.sum(),
        counts="persons",
        n=int(known.sum()),
        missing=int(during.sum() - known.sum()),
        people=tuple(contributors or people),
    ).unless(_explain_missing_doer(during, known))


def _explain_missing_doer(here: Flags, named: Flags) -> str | None:
    if not here.any():
        return "NO_REQUESTS"
    return None if named.any() else "DOER_NOT_TOLD"


# --- topics ---------------------------------------------------------------------------------------------


def _measure_topics(cohorts: Cohorts, log: RequestLog) -> Iterator[Measure]:
    """Topics that several teams consulted on: during each cohort's stay, and over the programme.

    Width, case and spaces make no other topic; one is called as it was written first.
    """
    wanted = (log.kind == KINDS.index("consult")) & (log.team < len(log.teams))
    consults = cohorts.tables["requests"].loc[wanted, ["day", "topic"]].assign(team=log.team[wanted])
    key = consults["topic"].map({text: fold(text) for text in consults["topic"].dropna().unique()})
    consults = consults.assign(label=consults.groupby(key)["topic"].transform("first").str.strip())
    for cut in list_stays(cohorts):
        here = consults[consults["day"].between(cut.first, cut.last)]
        yield from _list_topics(cohorts, here, cohort=cut.cohort, phase=cut.phase)
    yield from _list_topics(cohorts, consults)


def _list_topics(cohorts: Cohorts, consults: pd.DataFrame, **names: Any) -> Iterator[Measure]:
    """A row a topic of at least `repeat_teams` teams, the commonest first; else one row of none."""
    found = consults.groupby("label")["team"].agg(["nunique", "size"]).reset_index()
    with_topic = int(found["size"].sum())
    again = found[found["nunique"].ge(cohorts.programme.triggers.repeat_teams)]
    again = again.sort_values(["nunique", "size", "label"], ascending=[False, False, True])
    none = Measure(
        measure="requests.repeat_topic",
        unit="teams",
        method="count",
        counts="records",
        n=with_topic,
        missing=len(consults) - with_topic,
        value=0.0,
        **names,
    )
    for label, teams, n in again[["label", "nunique", "size"]].itertuples(index=False):
        yield replace(none, label=label, n=int(n), value=float(teams))
    if again.empty:
        reason = "NO_CONSULTATIONS" if consults.empty else "TOPIC_NOT_LABELLED"
        yield none.unless(None if with_topic else reason)


# --- how much each team leaves to the host team: what an owner asks who should be sent next -------------


def measure_team_dependence(cohorts: Cohorts, log: RequestLog) -> Iterator[Measure]:
    """A row a team that exists on `as_of`: "do it for me" requests per engineer, last 26 weeks."""
    programme = cohorts.programme
    last = pd.Timestamp(programme.as_of)
    first = last - weeks(WINDOW_WEEKS) + pd.Timedelta(days=1)
    read = log.first <= first and log.last >= last - weeks(4)
    senders = {stay.home_team for stay in programme.rotations}
    for team in programme.teams:
        begun, ended = team.valid_from or date.min, team.valid_until or date.max
        if team.id not in log.teams or not begun <= programme.as_of <= ended:
            continue
        counted = log.count([team.id], _list_days(first, last))
        work, declined = counted.of_kind("work"), counted.explain_missing_kinds()
        if not read:
            declined = "NO_REQUESTS"
        elif team.size is None:
            declined = "NO_TEAM_SIZE"
        elif declined != "KIND_NOT_LABELLED":
            declined = "WINDOW_TOO_SHORT" if begun > first.date() else None
        yield Measure(
            measure="team.dependence",
            unit="per_engineer",
            method="count_per_engineer",
            counts="records",
            team=team.id,
            kind=SENT if team.id in senders else NEVER_SENT,
            n=work,
            missing=counted.unlabelled,
            value=work / (team.size or 1),
        ).unless(declined)


# --- titles that speak of another kind -------------------------------------------------------------------


def _as_expressions(words: tuple[str, ...]) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Japanese words, which may stand anywhere, and Latin ones, which stand alone.

    They are searched for one after the other, and what stands before a Latin word is looked at after its
    first letter: an expression is fast where each of its branches begins with a letter that is rare.
    """
    japanese = "|".join(word for word in words if not word.isascii())
    latin = "|".join(rf"{w[0]}(?<![a-z0-9].){w[1:]}s?(?![a-z0-9])" for w in words if w.isascii())
    return re.compile(japanese), re.compile(latin)


EXPRESSIONS = {kind: _as_expressions(words) for kind, words in WORDS.items()}


def _find_matches(kind: str, titles: Sequence[str]) -> NDArray[np.bool_]:
    """Whether each title speaks of a kind."""
    japanese, latin = EXPRESSIONS[kind]
    found = np.fromiter(map(bool, map(japanese.search, titles)), dtype=bool, count=len(titles))
    rest = np.flatnonzero(~found)
    found[rest] = [latin.search(titles[place]) is not None for place in rest.tolist()]
    return found


def find_mislabelled(requests: pd.DataFrame) -> pd.Series:
    """The kind that a request's title speaks of, where it is another one; index of those rows only.

    `requests` has `kind` and `title`.  A title that (also) speaks of the kind it is filed under stays, so
    does one that speaks of none, and so do the kinds that no words are known for.

    >>> asked = pd.DataFrame({"kind": ["consult", "review"], "title": ["証明書の更新", "監視の変更レビュー"]})
    >>> find_mislabelled(asked).to_dict()
    {0: 'work'}
    """
    found: dict[object, str] = {}
    titled = requests.loc[requests["title"].notna(), ["kind", "title"]]
    for kind in WORDS:
        own = titled["title"][titled["kind"].eq(kind)]
        silent = own[~_find_matches(kind, own.tolist())]
        folded = [fold(title) for title in silent.tolist()]
        matches = {other: _find_matches(other, folded) for other in WORDS}
        for place, index in enumerate(silent.index):
            others = [other for other in WORDS if matches[other][place]]
            if others and kind not in others:
                found[index] = others[0]
    return pd.Series(found, dtype="str", index=pd.Index(list(found), dtype=requests.index.dtype))


# --- reviews ------------------------------------------------------------------------------------------------
# How reviews of home teams' changes by the host team went: whether they passed at first sight.
#
# Only changes proposed by somebody at home count: what a participant proposes during a stay is the host
# team's work.  Reviews by bots, of one's own change and by people outside the host team are left out.
# Reviewers differ, and so do changes: read beside the volume.

DECIDING = ("approved", "changes_requested")
KEY = ["repository", "change"]


def measure_review_quality(cohorts: Cohorts) -> Iterator[Measure]:
    """First-pass share per cohort's stay, and per home team and phase."""
    reviewed = list_reviewed_changes(cohorts)
    days = cohorts.tables["changes"]["day"]
    span = (days.min(), days.max())
    for cut in list_periods(cohorts):
        if not cut.senders:
            continue
        here = reviewed[reviewed["day"].between(cut.first, cut.last) & reviewed["team"].isin(cut.teams)]
        decided = here[here["decided"]]
        declined = None
        if not (span[0] <= cut.last) & (span[1] >= cut.first):
            declined = "NO_CHANGE_RECORDS"
        elif decided.empty:
            declined = "NO_HOST_REVIEWS"
        elif cut.short:
            declined = "WINDOW_TOO_SHORT"
        yield share_row(
            "review.first_pass_share",
            decided["first_pass"].sum(),
            len(decided),
            missing=len(here) - len(decided),  # reviewed ones of which no review decided
            cohort=cut.cohort,
            team=cut.team,
            phase=cut.phase,
        ).unless(declined)


def list_reviewed_changes(cohorts: Cohorts) -> pd.DataFrame:
    """Changes of home teams that somebody of the host team reviewed, a row each.

    Columns team, day, `decided` (whether a host review approved it or asked for changes) and `first_pass`
    (whether the first of these approved).
    """
    reviews = _list_host_reviews(cohorts)
    reviews = reviews.sort_values("submitted", kind="stable")
    deciding = reviews[reviews["state"].isin(DECIDING)]
    approved = deciding["state"].eq("approved")
    place = [deciding[name] for name in KEY]
    table = reviews.groupby(KEY)[["team", "day"]].first()
    passed = approved.groupby(place).first().reindex(table.index)
    return table.assign(decided=passed.notna(), first_pass=passed.eq(True)).reset_index()


def _list_host_reviews(cohorts: Cohorts) -> pd.DataFrame:
    """Reviews by the host team of changes proposed at home; with the change's team and day."""
    programme = cohorts.programme
    changes = cohorts.tables["changes"].rename(columns={"id": "change"})
    named = [name for source in programme.sources for name in source.projects]
    declared = fold_all(changes["repository"]).isin(set(fold_all(pd.Series(named, dtype="str"))))
    changes = changes[declared if declared.any() else changes["team"].notna()]
    changes = changes[changes["team"].notna() & changes["team"].ne(programme.programme.host_team)]
    changes = changes[~_is_host(programme, changes["person"], changes["day"])]
    changes = changes[[*KEY, "team", "day", "author", "person"]].drop_duplicates(KEY)
    reviews = cohorts.tables["reviews"][[*KEY, "reviewer", "state", "submitted"]]
    joined = reviews.astype({"repository": object}).merge(
        changes.astype({"repository": object}), on=KEY, how="inner"
    )
    days = local_days(joined["submitted"], programme.programme.timezone).fillna(joined["day"])
    reviewer = cohorts.identify(joined["reviewer"], days)
    own = reviewer.eq(joined["person"]) | joined["reviewer"].eq(joined["author"])
    joined = joined.assign(repository=joined["repository"].fillna(""))
    return joined[_is_host(programme, reviewer, days) & ~own.fillna(False).astype(bool)]


def _is_host(programme: Programme, persons: pd.Series, days: pd.Series) -> pd.Series:
    """Whether a person was of the host team on a day: its own people, those staying, those who stayed on."""
    host = programme.programme.host_team
    sent = {stay.person for stay in programme.rotations if stay.home_team != host}
    own = {person.id for person in programme.people if person.team == host and person.id not in sent}
    there = persons.isin(own)
    for stay in programme.rotations:
        if stay.home_team == host:
            continue  # one of the host team, at another team for a while
        stayed_on = stay.end is None or stay.now == "host"
        last = programme.as_of if stayed_on else stay.end
        within = days.between(pd.Timestamp(stay.start), pd.Timestamp(last))
        there |= persons.eq(stay.person).fillna(False).astype(bool) & within
    return there
