"""How reviews of home teams' changes by the host team went: whether they passed at first sight.

Only changes proposed by somebody at home count: what a participant proposes during a stay is the host team's
work.  Reviews by bots, of one's own change and by people outside the host team are left out.  Reviewers
differ, and so do changes: read beside the volume.
"""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from ...cohorts.cohort import Cohorts
from ...cohorts.periods import Period, list_cuts
from ...files.cells import fold_all
from ...measure_row import Measure
from ...programme.model import Programme
from ...programme.worktime import local_days
from ..rows import share_row

DECIDING = ("approved", "changes_requested")
KEY = ["repository", "change"]


def measure_review_quality(cohorts: Cohorts) -> Iterator[Measure]:
    """First-pass share per cohort's stay, and per home team and phase."""
    reviewed = list_reviewed_changes(cohorts)
    days = cohorts.tables["changes"]["day"]
    span = (days.min(), days.max())
    for cut in list_cuts(cohorts):
        if not cut.senders:
            continue
        here = reviewed["day"].between(cut.first, cut.last) & reviewed["team"].isin(cut.teams)
        covered = bool((span[0] <= cut.last) & (span[1] >= cut.first))
        yield _row_of(cut, reviewed[here], covered=covered)


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
    changes = changes[_is_declared(programme, changes["repository"]) & changes["team"].notna()]
    changes = changes[changes["team"].ne(programme.programme.host_team)]
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


def _is_declared(programme: Programme, repositories: pd.Series) -> pd.Series:
    """Whether a change is in a repository that a source names in `projects`, where any of them is named."""
    named = fold_all(
        pd.Series([name for source in programme.sources for name in source.projects], dtype="str")
    )
    folded = fold_all(repositories)
    declared = folded.isin(set(named))
    return declared if declared.any() else pd.Series(True, index=repositories.index)


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


def _row_of(cut: Period, reviewed: pd.DataFrame, *, covered: bool) -> Measure:
    """n: changes that a host review decided; missing: reviewed ones whose outcome is not told."""
    decided = reviewed[reviewed["decided"]]
    declined = None
    if not covered:
        declined = "NO_CHANGE_RECORDS"
    elif decided.empty:
        declined = "NO_HOST_REVIEWS"
    elif cut.short:
        declined = "WINDOW_TOO_SHORT"
    return share_row(
        "review.first_pass_share",
        decided["first_pass"].sum(),
        len(decided),
        missing=len(reviewed) - len(decided),
        cohort=cut.cohort,
        team=cut.team,
        phase=cut.phase,
    ).unless(declined)
