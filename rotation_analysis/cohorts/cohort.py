"""Resolved tables of a programme: who answered in which survey round, which team asked, who took part.

`build_cohorts` builds them and records why a record is excluded.  Measures use only its result.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, replace
from functools import cached_property

import pandas as pd

from ..programme.model import Programme
from ..reading.account import Account
from ..reading.exports import Reading
from .people import PERSON, Directory, list_people, look_up, with_accounts
from .phases import list_person_phases, list_team_phases
from .record_matching import (
    DATED,
    Matching,
    check_zones,
    resolve_changes,
    resolve_dated,
    resolve_incidents,
    resolve_participation,
    resolve_requests,
    resolve_tickets,
)
from .submissions import build_coverage_table, resolve_responses

STATUSES = ("answered", "missing", "not_yet_due", "cannot_be_asked", "not_applicable")


@dataclass(frozen=True, kw_only=True, repr=False)
class Cohorts:
    """A programme and its resolved tables.

    `tables`: canonical tables with the additional columns `person`, `team`, `wave`, `day` where they apply;
    `coverage`: one row per rotation × survey round × questionnaire, with its status.
    """

    programme: Programme
    tables: Mapping[str, pd.DataFrame]
    person_phases: pd.DataFrame
    team_phases: pd.DataFrame
    coverage: pd.DataFrame
    account: Account

    def __repr__(self) -> str:
        sizes = ", ".join(f"{name} {len(table):,}" for name, table in self.tables.items() if len(table))
        return f"<cohorts {', '.join(self.programme.cohorts)}: {sizes}>"

    def only(self, people: Set[str]) -> Cohorts:
        """Return a copy with only the answers of and about these people; everyone else counts as missing."""
        responses = self.tables["responses"]
        kept = responses[responses["person"].isna() | responses["person"].isin(people)]
        coverage = build_coverage_table(self.programme, kept)
        return replace(self, tables={**self.tables, "responses": kept}, coverage=coverage)

    @cached_property
    def people(self) -> Directory:
        """Directory that maps texts to people, including accounts of tools."""
        return with_accounts(list_people(self.programme), self.tables["accounts"])

    def identify(self, texts: pd.Series, days: pd.Series) -> pd.Series:
        """Resolve each name or account to a person on its day; missing for bots and unknown names."""
        found = look_up(self.people, texts, days)
        return found["id"].where(found["outcome"].eq(PERSON))

    def gaps(self) -> dict[str, int]:
        """Count used records that lack what a measure needs: an end, a kind, `how`, a step, people."""
        requests, tickets = self.tables["requests"], self.tables["tickets"]
        participation = self.tables["participation"]
        return {
            "open_requests": int((requests["resolved"].isna() & ~self.account.lacks_end(requests)).sum()),
            "requests_without_kind": int(requests["kind"].isna().sum()),
            "requests_without_team": int(requests["team"].isna().sum()),
            "tickets_without_how": int(tickets["how"].isna().sum()),
            "participations_without_step": int(participation["step"].isna().sum()),
            "incidents_without_people": int(self.tables["incidents"]["people_unknown"].sum()),
            "answers_on_another_scale": int(
                (~self.coverage["comparable"] & self.coverage["status"].eq("answered")).sum()
            ),
        }


def build_cohorts(programme: Programme, reading: Reading) -> Cohorts:
    """Resolve people, teams, survey rounds and days; the account records each excluded record."""
    read = reading.tables
    matching = Matching(programme, reading.account, read["accounts"])
    responses = resolve_responses(read["responses"], matching, reading.repeated)
    requests = resolve_requests(read["requests"], matching)
    check_zones(requests, matching, reading.zones)
    incidents = resolve_incidents(read["incidents"], matching)
    later = set(read["incidents"]["id"]) - set(incidents["id"])
    participation = resolve_participation(read["participation"], incidents, later, matching)
    changes = resolve_changes(read["changes"], matching)
    records, reviews = matching.account.records, read["reviews"]
    dropped = records.loc[
        records["outcome"].ne("used"), ["file", "row"]
    ]  # a review belongs to a change's record
    unused = pd.MultiIndex.from_frame(reviews[["file", "row"]]).isin(pd.MultiIndex.from_frame(dropped))
    tables = {
        "accounts": read["accounts"],
        "responses": responses,
        "requests": requests,
        "tickets": resolve_tickets(read["tickets"], matching),
        "incidents": _mark_unknown_people(incidents, participation),
        "participation": participation,
        "changes": changes,
        "reviews": reviews[~unused],
        **{name: resolve_dated(name, read[name], matching) for name in DATED},
    }
    return Cohorts(
        programme=programme,
        tables=tables,
        person_phases=list_person_phases(programme),
        team_phases=list_team_phases(programme),
        coverage=build_coverage_table(programme, responses),
        account=matching.account,
    )


def _mark_unknown_people(incidents: pd.DataFrame, participation: pd.DataFrame) -> pd.DataFrame:
    """Add `people_unknown`: the export does not list all who took part, and no other one names anyone.

    People whom such an export does name (the commander) took part; others could have.
    """
    stated = incidents["people_told"].astype("boolean").fillna(False)
    named = participation.merge(incidents[["id", "file"]], left_on="incident", right_on="id", how="inner")
    elsewhere = named.loc[named["file_x"].ne(named["file_y"]), "incident"]
    return incidents.assign(people_unknown=~stated & ~incidents["id"].isin(elsewhere))
