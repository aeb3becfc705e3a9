"""Study sessions: whether a participant or graduate gave them, and which teams came."""

from __future__ import annotations

import re

import pandas as pd

from ...cohorts.cohort import Cohorts
from ...cohorts.people import PERSON, TEAM, list_people, list_teams, look_up

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
    begun = pd.to_datetime(spoke["id"].where(known).map(_first_days(cohorts)))
    return table.assign(
        speaker_known=known,
        by_participant=(table["day"] >= begun).fillna(False).astype(bool),
        came=_read_teams(cohorts, table),
    )


def _first_days(cohorts: Cohorts) -> dict[str, pd.Timestamp]:
    """The first day of each participant's first stay."""
    stays = sorted(cohorts.programme.rotations, key=lambda stay: stay.start, reverse=True)
    return {stay.person: pd.Timestamp(stay.start) for stay in stays}


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
