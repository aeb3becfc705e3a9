"""Incidents and what each person did in them, as arrays: for whom the path looks at many times.

An incident whose export cannot tell who took part stays apart (`untold`); a tool of which no incident names
anybody cannot tell it of any.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...cohorts.cohort import Cohorts
from ...reading.profiles import read_profiles

LONE = "lone_commander"


@dataclass(frozen=True, kw_only=True)
class IncidentTable:
    """Incidents, or one person's parts in them: arrays of one length.

    `untold`: who took part in it cannot be told; `step`: of a part, also `lone_commander`, NA = unknown.
    """

    id: NDArray[np.object_]
    day: NDArray[np.datetime64]
    team: NDArray[np.object_]
    shared: NDArray[np.bool_]
    untold: NDArray[np.bool_]
    step: NDArray[np.object_]

    def __len__(self) -> int:
        return len(self.id)

    def at(self, wanted: NDArray[np.bool_]) -> IncidentTable:
        """Those that are wanted."""
        return IncidentTable(**{field.name: getattr(self, field.name)[wanted] for field in fields(self)})

    def between(self, first: pd.Timestamp, last: pd.Timestamp) -> IncidentTable:
        """Those of these days, both included."""
        return self.at((self.day >= first.to_datetime64()) & (self.day <= last.to_datetime64()))

    def count(self, step: str) -> int:
        """How many parts were at that step."""
        return int((self.step == step).sum())

    @property
    def unknown(self) -> NDArray[np.bool_]:
        """Parts whose step is not told."""
        return np.asarray(pd.isna(self.step), dtype=bool)


@dataclass(frozen=True)
class Records:
    """Incidents and who took part, joined.

    `parts`: what each person did; `first`/`last`: days of the first and the last incident on record, NaT
    without any; `shared_declared`: the programme names shared services.
    """

    incidents: IncidentTable
    parts: Mapping[str, IncidentTable]
    first: pd.Timestamp
    last: pd.Timestamp
    shared_declared: bool

    def cover(self, first: pd.Timestamp, last: pd.Timestamp) -> bool:
        """Whether anything is on record from these days on and until them."""
        return bool(pd.notna(self.first) and first <= self.last and last >= self.first)

    def between(
        self, first: pd.Timestamp, last: pd.Timestamp, person: str
    ) -> tuple[IncidentTable, IncidentTable]:
        """The incidents of those days, both included, and what the person did in them."""
        nothing = self.incidents.at(np.zeros(len(self.incidents), dtype=bool))
        return self.incidents.between(first, last), self.parts.get(person, nothing).between(first, last)


def find_untold(scope: IncidentTable, attended: IncidentTable) -> NDArray[np.bool_]:
    """Incidents of which it cannot be told who took part, unless the person is known to have."""
    there = set(attended.id)
    return scope.untold & np.array([each not in there for each in scope.id], dtype=bool)


def list_records(cohorts: Cohorts) -> Records:
    """The incidents with their tool, and who took part in them."""
    incidents = cohorts.tables["incidents"]
    participation = cohorts.tables["participation"]
    incidents = incidents.assign(tool=_name_tools(cohorts, incidents["file"]))
    named = incidents["id"].isin(participation["incident"])
    mute = ~named.groupby(incidents["tool"]).transform("any").astype(bool)
    incidents = incidents.assign(untold=incidents["people_unknown"].astype(bool) | mute)
    about = incidents[["id", "team", "shared", "untold", "file"]].drop_duplicates("id")
    joined = participation.drop(columns=["team", "shared"], errors="ignore").merge(
        about, left_on="incident", right_on="id", how="inner", suffixes=("", "_incident")
    )
    joined = joined.assign(step=_mark_lone(joined))
    return Records(
        incidents=_as_arrays(incidents.assign(step=None)),
        parts={str(person): _as_arrays(rows) for person, rows in joined.groupby("person", sort=False)},
        first=incidents["day"].min(),
        last=incidents["day"].max(),
        shared_declared=bool(cohorts.programme.incidents.shared_services or incidents["shared"].any()),
    )


def _as_arrays(rows: pd.DataFrame) -> IncidentTable:
    return IncidentTable(
        id=rows["id"].to_numpy(dtype=object),
        day=rows["day"].to_numpy(),
        team=rows["team"].to_numpy(dtype=object),
        shared=rows["shared"].eq(True).to_numpy(dtype=bool),
        untold=rows["untold"].to_numpy(dtype=bool),
        step=rows["step"].to_numpy(dtype=object),
    )


def _name_tools(cohorts: Cohorts, files: pd.Series) -> pd.Series:
    """The tool that each file is from; of files of no known tool, the file."""
    profiles = read_profiles()
    tools = {
        file.file: profiles[file.profile].tool if file.profile in profiles else file.path
        for file in cohorts.account.files
    }
    told = files.astype(object).fillna("")
    return told.map(lambda file: tools.get(file, file)).astype(object)


def _mark_lone(joined: pd.DataFrame) -> pd.Series:
    """The steps, where a tool's own record names nobody but one commander: `lone_commander`.

    Datadog makes whoever declares an incident, or is alone in it, its commander.  Where the record cannot
    tell who else was there, it is not known whether that was so: the step is unknown.  A list kept by hand
    that calls somebody the lead was written by a person, and counts as written.
    """
    alone = joined.groupby("incident")["incident"].transform("size").eq(1)
    by_tool = joined["file"].astype(object).fillna("").eq(joined["file_incident"].astype(object).fillna(""))
    named = joined["step"].eq("lead") & alone & by_tool
    untold = joined["untold"].astype(bool)
    return joined["step"].astype(object).mask(named, LONE).mask(named & untold, None)
