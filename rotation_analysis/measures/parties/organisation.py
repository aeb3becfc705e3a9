"""What spread beyond those who took part: study sessions, documents, graduates who mentor, use at home.

And where the stays ended, as the roster has it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import date

import pandas as pd

from ...cohorts.cohort import Cohorts
from ...cohorts.people import PERSON, TEAM, list_people, list_teams, look_up
from ...files.cells import fold
from ...measure_row import Measure
from ...programme.model import Rotation
from ..rows import count_row
from .home_survey import mark_answers, measure_share

# --- study sessions: whether a participant or graduate gave them, and which teams came ---------------------

_SEPARATORS = re.compile(r"[,、，;；/／|｜\n]")


def list_sessions(cohorts: Cohorts) -> pd.DataFrame:
    """The table of study sessions with three columns more, one row a session.

    `speaker_known`: the roster names the speaker; `by_participant`: whose own stay had begun by that day (who
    is yet to come is no participant); `came`: the ids of the teams that came, None where none is told.
    Labels of no known team are left out.
    """
    table = cohorts.tables["study_sessions"]
    spoke = look_up(list_people(cohorts.programme), table["speaker"], table["day"])
    known = spoke["outcome"].eq(PERSON)
    stays = sorted(cohorts.programme.rotations, key=lambda stay: stay.start, reverse=True)
    first_days = {stay.person: pd.Timestamp(stay.start) for stay in stays}
    begun = pd.to_datetime(spoke["id"].where(known).map(first_days))
    return table.assign(
        speaker_known=known,
        by_participant=(table["day"] >= begun).fillna(False).astype(bool),
        came=_read_teams(cohorts, table),
    )


def _read_teams(cohorts: Cohorts, table: pd.DataFrame) -> pd.Series:
    """Of each session the teams that came, by id, in the order written."""
    labels = table["teams"].map(
        lambda text: [part.strip() for part in _SEPARATORS.split(text)], na_action="ignore"
    )
    long = labels.explode().dropna()
    long = long[long.ne("")]
    found = look_up(list_teams(cohorts.programme), long.astype("str"), table["day"].reindex(long.index))
    ids = found["id"].where(found["outcome"].eq(TEAM)).to_numpy()
    by_session = (
        pd.Series(ids, index=long.index, dtype=object)
        .groupby(level=0)
        .agg(lambda teams: tuple(dict.fromkeys(team for team in teams if isinstance(team, str))))
    )
    came = by_session.reindex(table.index).astype(object)
    return came.where(came.notna(), None)


BY_PARTICIPANTS = "by_participants"
USED = "hm_spread"
DOCUMENT_KINDS = (
    "runbook", "document", "documents", "documentation", "guide", "doc", "docs", "ランブック", "手順書",
    "ドキュメント", "文書", "資料", "ガイド",
)  # fmt: skip


def measure_spread(cohorts: Cohorts) -> Iterator[Measure]:
    """Sessions, who came from where, documents and mentors of later cohorts; what is used at home."""
    sessions = list_sessions(cohorts)
    for cohort in (None, *cohorts.programme.cohorts):
        yield from _measure_sessions(cohorts, sessions, cohort)
        yield _count_documents(cohorts, cohort)
        yield _count_mentors(cohorts, cohort)
    # people at home who used something learned from a graduate, since the first came back
    programme = cohorts.programme
    back = [pd.Timestamp(stay.end) for stay in programme.rotations if stay.end and stay.has_returned]
    row = measure_share(
        cohorts,
        "spread.used",
        USED,
        read=lambda rows: mark_answers(rows["option"], rows["option"].eq("yes")),
        since={team.id: min(back) for team in programme.teams} if back else {},
    )
    yield row.unless("NOBODY_BACK" if row.declined and not back else None)


def _stays(cohorts: Cohorts, cohort: str | None) -> list[Rotation]:
    return [stay for stay in cohorts.programme.rotations if cohort in (None, stay.cohort)]


def _of_cohort(cohorts: Cohorts, table: pd.DataFrame, cohort: str | None) -> pd.DataFrame:
    """Records of the days on which one of the cohort was away; of the programme, from its first day on."""
    here = pd.Series(False, index=table.index)
    for stay in _stays(cohorts, cohort):
        last = cohorts.programme.as_of if cohort is None else (stay.end or cohorts.programme.as_of)
        here |= table["day"].between(pd.Timestamp(stay.start), pd.Timestamp(last))
    return table[here]


def _measure_sessions(cohorts: Cohorts, table: pd.DataFrame, cohort: str | None) -> Iterator[Measure]:
    """Sessions held, those that a participant or graduate gave, who came, and from how many teams."""
    held = _of_cohort(cohorts, table, cohort)
    own = held.loc[held["speaker_known"], "by_participant"]
    attendees, came = held["attendees"].dropna(), held["came"].dropna()
    teams = {team for of_session in came for team in of_session}  # labels of no known team are none
    yield count_row("spread.sessions", "sessions", len(held), cohort=cohort).unless(
        None if len(table) else "NO_SESSIONS"
    )
    for measure, unit, kind, value, recorded, reason in (
        ("spread.sessions", "sessions", BY_PARTICIPANTS, own.sum(), own, "NO_SPEAKERS"),
        ("spread.attendances", "attendances", None, attendees.sum(), attendees, "NO_ATTENDANCE"),
        ("spread.session_teams", "teams", None, len(teams), came, "NO_ATTENDANCE"),
    ):
        n, missing = len(recorded), len(held) - len(recorded)
        row = count_row(measure, unit, value, cohort=cohort, kind=kind, n=n, missing=missing)
        known = None if n or held.empty else reason
        yield row.unless(known if len(table) else "NO_SESSIONS")


def _count_documents(cohorts: Cohorts, cohort: str | None) -> Measure:
    """Improvements that are documents, of all that were listed."""
    table = cohorts.tables["improvements"]
    listed = _of_cohort(cohorts, table, cohort)
    kinds = listed["kind"].dropna().map(fold)
    documents = kinds.isin([fold(kind) for kind in DOCUMENT_KINDS]).sum()
    missing = len(listed) - len(kinds)
    row = count_row(
        "spread.documents", "deliverables", documents, cohort=cohort, n=len(listed), missing=missing
    )
    return row.unless(None if len(table) else "NO_IMPROVEMENTS")


def _count_mentors(cohorts: Cohorts, cohort: str | None) -> Measure:
    """Graduates who mentor somebody whose stay began after theirs ended; n: graduates."""
    programme = cohorts.programme
    ends = [(stay.end, stay.person) for stay in _stays(cohorts, cohort) if stay.end is not None]
    ended = {person: end for end, person in sorted(ends, reverse=True) if end <= programme.as_of}
    mentors = {
        later.mentor
        for later in programme.rotations
        if later.mentor in ended and ended[later.mentor] < later.start <= programme.as_of
    }
    recorded = any(stay.mentor for stay in programme.rotations)
    declined = None if recorded else "NO_MENTORS_TOLD"
    return count_row("spread.mentors", "persons", len(mentors), cohort=cohort, n=len(ended)).unless(
        declined or (None if ended else "NOBODY_FINISHED")
    )


# --- where the rotations ended ------------------------------------------------------------------------------
# Where the stays ended: back home, in the host team, elsewhere, out of the company, as competing outcomes.
#
# Every stay that has begun has one place, so the counts of a row's kinds add up to n.  All of it stands on
# the roster: nobody was asked.  A stay of a member of the host team is read the same way, its home being that
# team.

RETURNED, STAYED, MOVED, LEFT, RUNNING = "returned", "stayed", "moved", "left_at_end", "running"
AT_END = (RETURNED, STAYED, MOVED, LEFT, RUNNING)
ENDINGS = ("as_planned", "extended", "early", RUNNING)
_NOT_RETURNED = {"host": STAYED, "elsewhere": MOVED, "left": LEFT}


def measure_destinations(cohorts: Cohorts) -> Iterator[Measure]:
    """Counts of stays by place at the end, and by ending; home teams with a graduate."""
    as_of = cohorts.programme.as_of
    begun = [stay for stay in cohorts.programme.rotations if stay.start <= as_of]
    to_come = len(cohorts.programme.rotations) - len(begun)
    yield from _count(
        "programme.destination", AT_END, begun, lambda stay: classify_outcome(stay, as_of), missing=to_come
    )
    yield from _count(
        "programme.ending",
        ENDINGS,
        begun,
        lambda stay: stay.ending if _is_over(stay, as_of) else RUNNING,
        missing=to_come,
    )
    back = [stay for stay in begun if classify_outcome(stay, as_of) == RETURNED]
    gone = sum(_has_moved_to(stay, "left", by=as_of) for stay in back)
    row = count_row("programme.left_later", "stays", gone, n=len(back))
    yield row.unless(None if back else "NOBODY_BACK")
    # of the teams that sent somebody, those with a graduate at work there; of these, those with just one
    sent = [stay for stay in begun if stay.direction == "dev_to_sre"]
    # the last stay of each person: who is away a second time is not at home
    latest = {stay.person: stay for stay in sorted(sent, key=lambda stay: stay.start)}
    teams = Counter(
        stay.home_team
        for stay in latest.values()
        if classify_outcome(stay, as_of) == RETURNED
        and not any(_has_moved_to(stay, now, by=as_of) for now in ("left", "elsewhere"))
    )
    n, ones = len({stay.home_team for stay in sent}), sum(number == 1 for number in teams.values())
    declined = "OTHER_DIRECTION" if begun and not sent else None if sent else "NO_STAY_YET"
    yield count_row("programme.practising", "teams", len(teams), n=n).unless(declined)
    declined = declined or (None if teams else "NO_GRADUATE_AT_HOME")
    yield count_row("programme.depends_on_one", "teams", ones, n=len(teams)).unless(declined)


def classify_outcome(stay: Rotation, as_of: date) -> str:
    """The one place a stay led to when it ended; who returned first and left later has returned."""
    if not _is_over(stay, as_of):
        return RUNNING
    return RETURNED if stay.has_returned else _NOT_RETURNED[stay.now]


def _is_over(stay: Rotation, as_of: date) -> bool:
    return stay.end is not None and stay.end <= as_of


def _has_moved_to(stay: Rotation, now: str, *, by: date) -> bool:
    """Whether somebody who had returned was gone by a day: left the company, or elsewhere."""
    return stay.now == now and stay.now_since is not None and stay.now_since <= by


def _count(
    measure: str,
    kinds: Sequence[str],
    stays: Sequence[Rotation],
    kind_of: Callable[[Rotation], str],
    *,
    missing: int,
) -> Iterator[Measure]:
    """One row a kind, those that did not happen included: the values add up to n."""
    found = [kind_of(stay) for stay in stays]
    for kind in kinds:
        row = count_row(measure, "stays", found.count(kind), kind=kind, n=len(stays), missing=missing)
        yield row.unless(None if stays else "NO_STAY_YET")
