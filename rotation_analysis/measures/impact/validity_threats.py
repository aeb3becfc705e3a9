"""What could disturb the comparison with never-senders: a dip before leaving, and what reaches never-senders.

Nothing here is taken off the differences; it is said beside them.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...cohorts.cohort import Cohorts
from ...measure_row import Measure
from ..parties.knowledge_sharing import list_sessions
from ..rows import count_row
from .team_comparison import Comparison, compare_senders, list_comparison_teams, list_sending_teams
from .team_outcomes import read_self_resolution

BEFORE_LEAVING = Comparison("anticipation", "baseline", "dip")


def measure_threats(cohorts: Cohorts) -> Iterator[Measure]:
    """The dip before the first departure, sessions that never-senders came to, graduates in other teams."""
    yield _measure_anticipation(cohorts)
    yield _count_never_senders_at_sessions(cohorts)
    yield _count_moved(cohorts)


def _measure_anticipation(cohorts: Cohorts) -> Measure:
    """The change of self-resolution from the baseline to the 13 weeks before leaving, against never-senders.

    As every comparison, so that what went on everywhere is not taken for a dip; nothing is claimed of it.
    """
    outcome = read_self_resolution(cohorts)
    senders = list_sending_teams(cohorts, BEFORE_LEAVING)
    compared = compare_senders(cohorts, outcome, senders)
    low, high = compared.interval
    result = compared.result
    sent = not cohorts.team_phases["phase"].eq("never").all()
    none = outcome.declined or (compared.reason if senders else "NO_BASELINE" if sent else "NOBODY_SENT")
    return Measure(
        measure="impact.anticipation",
        unit=outcome.unit,
        method="difference_randomised",
        counts="teams",
        n=len(compared.usable),
        missing=len(compared.declined),
        value=None if result is None else result.value,
        low=low,
        high=high,
    ).unless(none if result is None else None)


def _count_never_senders_at_sessions(cohorts: Cohorts) -> Measure:
    """Never-senders that came to a study session given by a participant or graduate."""
    sessions, never = list_sessions(cohorts), list_comparison_teams(cohorts)
    given = sessions[sessions["by_participant"]]
    told = given[given["came"].notna()]
    reached = {team for came in told["came"] for team in came} & set(never)
    declined = None
    if not never:
        declined = "NO_NEVER_SENDER"
    elif sessions.empty:
        declined = "NO_SESSIONS"
    elif not sessions["speaker_known"].any():
        declined = "NO_SPEAKERS"
    elif len(given) and told.empty:
        declined = "NO_ATTENDANCE"
    return count_row(
        "impact.contamination",
        "teams",
        len(reached),
        counts="teams",
        kind="sessions",
        n=len(never),
        missing=len(given) - len(told),
        notes=(f"SESSIONS_GIVEN:{len(given)}",),
    ).unless(declined)


def _count_moved(cohorts: Cohorts) -> Measure:
    """Graduates who are in another team now, unless the roster says that it is one that sends, too."""
    programme, never = cohorts.programme, list_comparison_teams(cohorts)
    ended = [
        stay
        for stay in programme.rotations
        if stay.direction == "dev_to_sre" and stay.end is not None and stay.end <= programme.as_of
    ]
    elsewhere = {
        stay.person
        for stay in ended
        if stay.now == "elsewhere" and (stay.now_since is None or stay.now_since <= programme.as_of)
    }
    teams = {person.id: person.team for person in programme.people}
    homes = {stay.person: stay.home_team for stay in ended}
    moved = {person for person in elsewhere if teams.get(person) in (*never, None, homes[person])}
    untold = {person for person in moved if teams.get(person) not in never}
    return count_row(
        "impact.contamination", "persons", len(moved), kind="moved", n=len(homes), missing=len(untold)
    ).unless(None if homes else "NOBODY_FINISHED")
