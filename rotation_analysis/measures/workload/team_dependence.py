"""How much each team leaves to the host team: what an owner asks who should be sent next (DOMAIN 1.2).

"Do it for me" requests per engineer over the last half year; what only the host team may do is left out.
"""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from ...cohorts.cohort import Cohorts
from ...cohorts.cuts import leave_bound
from ...cohorts.phases import weeks
from ...measure_row import Measure
from ...programme.model import Team

WINDOW_WEEKS = 26
MOST_UNLABELLED = 0.5
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
