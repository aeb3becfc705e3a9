"""Where the stays ended: back home, in the host team, elsewhere, out of the company, as competing outcomes.

Every stay that has begun has one place, so the counts of a row's kinds add up to n.  All of it stands on the
roster: nobody was asked.  A stay of a member of the host team is read the same way, its home being that team.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import date

from ...cohorts.cohort import Cohorts
from ...cohorts.phases import returned
from ...measure_row import Measure
from ...programme.model import Rotation
from ..rows import count_row

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
    gone = sum(_gone_to(stay, "left", by=as_of) for stay in back)
    row = count_row("programme.left_later", "stays", gone, n=len(back))
    yield row.unless(None if back else "NOBODY_BACK")
    yield from _measure_teams(begun, as_of)


def classify_outcome(stay: Rotation, as_of: date) -> str:
    """The one place a stay led to when it ended; who returned first and left later has returned."""
    if not _is_over(stay, as_of):
        return RUNNING
    return RETURNED if returned(stay) else _NOT_RETURNED[stay.now]


def _is_over(stay: Rotation, as_of: date) -> bool:
    return stay.end is not None and stay.end <= as_of


def _gone_to(stay: Rotation, now: str, *, by: date) -> bool:
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


# --- home teams -----------------------------------------------------------------------------------------


def _measure_teams(begun: Sequence[Rotation], as_of: date) -> Iterator[Measure]:
    """Of the teams that sent somebody, those with a graduate at work there; of these, those with just one.

    A member of the host team who goes to another team is no graduate of a home team.
    """
    sent = [stay for stay in begun if stay.direction == "dev_to_sre"]
    # the last stay of each person: who is away a second time is not at home
    latest = {stay.person: stay for stay in sorted(sent, key=lambda stay: stay.start)}
    teams = Counter(stay.home_team for stay in latest.values() if _practises(stay, as_of))
    n, ones = len({stay.home_team for stay in sent}), sum(number == 1 for number in teams.values())
    declined = "OTHER_DIRECTION" if begun and not sent else None if sent else "NO_STAY_YET"
    yield count_row("programme.practising", "teams", len(teams), n=n).unless(declined)
    declined = declined or (None if teams else "NO_GRADUATE_AT_HOME")
    yield count_row("programme.depends_on_one", "teams", ones, n=len(teams)).unless(declined)


def _practises(stay: Rotation, as_of: date) -> bool:
    """Whether its graduate is back in the home team and still there on the day of the data."""
    gone = any(_gone_to(stay, now, by=as_of) for now in ("left", "elsewhere"))
    return classify_outcome(stay, as_of) == RETURNED and not gone
