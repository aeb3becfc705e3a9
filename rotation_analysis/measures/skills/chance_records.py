"""Which records are a chance for which skill, and how many of them a person had during a stay.

What would decide and is not told (who, of what kind) makes a record unknown, neither a chance nor none:
yes, no and unknown are combined as pandas does it for its nullable flags.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

import pandas as pd

from ...cohorts.cohort import Cohorts
from ...cohorts.people import BOT, PERSON, TEST, list_people, list_teams, look_up, with_accounts
from ...files.cells import fold
from ...programme.model import Rotation
from ...programme.questionnaires import ChanceRule
from ...programme.worktime import local_days

RECORD_COLUMNS = (
    "day", "person", "kind", "title", "step", "service", "repository", "shared", "team", "incident",
)  # fmt: skip
SOMEBODY_ELSE = "-"  # who is known to be none of the participants: a team's account, not a person's


@dataclass(frozen=True, kw_only=True)
class Count:
    """Chances of one person for one skill during one stay.

    `records`: all the person's records in the rules' tables; `unknown`: records that may be a chance of
    theirs, as person or kind is not told; `unread` of `tables` have no record of those days; `silent`: all
    rules go by titles, and none names what they look for, whoever's it is.
    """

    value: int = 0
    records: int = 0
    unknown: int = 0
    unread: int = 0
    tables: int = 0
    with_incidents: bool = False
    by_title: bool = False
    silent: bool = False

    @property
    def declined(self) -> str | None:
        """Why the chances are not known at all."""
        if not self.tables:
            return "NO_CHANCE_RULE"
        if self.unread == self.tables:
            return "NO_CHANCE_RECORDS"
        if self.silent:
            return "NO_TITLE_FITS"
        return "CHANCES_UNTOLD" if self.unknown and not self.records else None

    @property
    def incomplete(self) -> bool:
        """Whether none counted may still be some: a table lacks these days."""
        return self.unread > 0

    @property
    def notes(self) -> tuple[str, ...]:
        """What the count leaves out: tables without these days, what titles do not name."""
        unread = [f"TABLES_UNREAD:{self.unread}:{self.tables}"] if self.incomplete else []
        return (*unread, *(["BY_TITLE"] if self.by_title else []))


class ChanceRecords:
    """The records that rules look at, table by table, and which of them fit each rule."""

    def __init__(self, cohorts: Cohorts, rules: Mapping[str, tuple[ChanceRule, ...]]) -> None:
        self._as_of = cohorts.programme.as_of
        self._rules = rules
        self._tables = {table: _list_records(cohorts, table) for table in sorted(_tables_of(rules.values()))}
        self._stays: dict[tuple[str, Rotation], pd.DataFrame] = {}
        self._fits = {
            id(rule): _fit(self._tables[rule.table], rule) for own in rules.values() for rule in own
        }

    def count(self, rotation: Rotation, skill: str) -> Count:
        """The chances of one stay, both its days included."""
        rules = self._rules[skill]
        tables = _tables_of([rules])
        values = {"value": 0, "records": 0, "unknown": 0, "unread": 0}
        for table in tables:
            frame = self._of_stay(table, rotation)
            if frame.empty:
                values["unread"] += 1
                continue
            own = _among(frame["person"], [rotation.person])
            fits = [self._fit_stay(rule, frame, rotation) for rule in rules if rule.table == table]
            chance = own & reduce(lambda one, other: one | other, fits)
            values["value"] += int(chance.fillna(False).sum())
            values["unknown"] += int(chance.isna().sum())
            values["records"] += int(own.fillna(False).sum())
        return Count(
            **values,
            tables=len(tables),
            with_incidents="incidents" in tables,
            by_title=any(rule.words for rule in rules),
            silent=bool(rules) and all(rule.words and not self._fits_any(rule) for rule in rules),
        )

    def _fits_any(self, rule: ChanceRule) -> bool:
        """Whether the rule fits any record at all, of anybody on any day."""
        return bool(self._fits[id(rule)].fillna(False).any())

    def _of_stay(self, table: str, rotation: Rotation) -> pd.DataFrame:
        """Its records of the stay's days; others in an incident are no matter where the person is named."""
        if (table, rotation) not in self._stays:  # ten skills ask for the same days
            frame = self._tables[table]
            last = pd.Timestamp(rotation.end or self._as_of)
            frame = frame[frame["day"].between(pd.Timestamp(rotation.start), last)]
            there = frame.loc[frame["person"].eq(rotation.person).fillna(False), "incident"].dropna()
            kept = frame[~(frame["person"].isna() & frame["incident"].isin(there))]
            self._stays[table, rotation] = kept
        return self._stays[table, rotation]

    def _fit_stay(self, rule: ChanceRule, frame: pd.DataFrame, rotation: Rotation) -> pd.Series:
        fits = self._fits[id(rule)].loc[frame.index]
        return fits & ~_among(frame["team"], [rotation.home_team]) if rule.other_teams else fits


def _tables_of(rules: Iterable[Sequence[ChanceRule]]) -> set[str]:
    return {rule.table for own in rules for rule in own}


def _among(values: pd.Series, wanted: Sequence[str]) -> pd.Series:
    """Whether each value is one of them, unknown where it is not told."""
    return values.isin(wanted).astype("boolean").mask(values.isna())


def _fit(records: pd.DataFrame, rule: ChanceRule) -> pd.Series:
    """Whether a record fits the rule: yes, no, or unknown where something that would decide is not told."""
    fits = pd.Series(True, index=records.index, dtype="boolean")
    for column in ("kind", "step", "service", "repository"):
        if wanted := getattr(rule, column):
            texts = _fold_each(records[column])
            fits &= _among(texts, [fold(text) for text in wanted])
    if rule.words:
        titles = _fold_each(records["title"])
        fits &= titles.str.contains("|".join(map(_pattern, rule.words)), regex=True).astype("boolean")
    if rule.shared:
        fits &= records["shared"].astype("boolean")
    return fits


def _fold_each(texts: pd.Series) -> pd.Series:
    """`fold` of every cell, each text once; missing stays missing."""
    return texts.map({text: fold(text) for text in texts.dropna().unique()}).astype("string")


def _pattern(word: str) -> str:
    """A word as an expression: where it begins or ends with a Latin letter, no other one may follow on it."""
    text = fold(word)
    before = r"(?<![a-z0-9])" if re.match(r"[a-z0-9]", text) else ""
    after = r"s?(?![a-z0-9])" if re.search(r"[a-z0-9]$", text) else ""
    return f"{before}{re.escape(text)}{after}"


# --- the records of each table --------------------------------------------------------------------------


def _list_records(cohorts: Cohorts, table: str) -> pd.DataFrame:
    """A table's records with `RECORD_COLUMNS`: on the day it was done, by whom (NA = not told)."""
    listing = {
        "requests": _list_requests,
        "incidents": _list_incidents,
        "changes": _list_changes,
        "reviews": _list_reviews,
        "improvements": _list_improvements,
        "study_sessions": _list_sessions,
    }
    frame = listing[table](cohorts).reset_index(drop=True)
    texts = {
        name: frame[name].astype("string") if name in frame else pd.Series(index=frame.index, dtype="string")
        for name in RECORD_COLUMNS
        if name not in ("day", "shared")
    }
    shared = frame["shared"] if "shared" in frame else pd.Series(index=frame.index, dtype=object)
    return pd.DataFrame({"day": frame["day"], **texts, "shared": shared.astype("boolean")})


def _list_requests(cohorts: Cohorts) -> pd.DataFrame:
    """Answered or done, by who took them; open and unanswered ones are no chance that was used."""
    requests = cohorts.tables["requests"]
    done = local_days(requests["answered"].fillna(requests["resolved"]), cohorts.programme.programme.timezone)
    return requests.assign(day=done)[done.notna()]


def _list_incidents(cohorts: Cohorts) -> pd.DataFrame:
    """Who took part in which incident, and one record without a person where that cannot be told.

    Incidents in which nobody is named are no records of people: who took part is unknown, never nobody.
    """
    about = ["id", "title", "service", "shared", "team"]
    incidents = cohorts.tables["incidents"].drop_duplicates("id")
    named = cohorts.tables["participation"][["incident", "person", "step", "day"]]
    joined = named.merge(incidents[about], left_on="incident", right_on="id", how="left")
    untold = incidents[incidents["people_unknown"]]
    return pd.concat([joined, untold.assign(incident=untold["id"], person=None, step=None)[[*named, *about]]])


def _list_changes(cohorts: Cohorts) -> pd.DataFrame:
    """Merged ones, by their author."""
    changes = cohorts.tables["changes"]
    merged = local_days(changes["merged"], cohorts.programme.programme.timezone)
    others = changes["person"].isna() & changes["team"].notna()
    return changes.assign(day=merged, person=changes["person"].mask(others, SOMEBODY_ELSE))[merged.notna()]


def _list_reviews(cohorts: Cohorts) -> pd.DataFrame:
    """By who gave them; a remark on one's own change is none."""
    reviews = cohorts.tables["reviews"]
    days = local_days(reviews["submitted"], cohorts.programme.programme.timezone)
    reviews = reviews.assign(day=days, kind=reviews["state"], person=_who(cohorts, reviews["reviewer"], days))
    key = ["repository", "change"]
    changes = cohorts.tables["changes"].rename(columns={"id": "change", "person": "author_is"})
    changes = changes[[*key, "title", "author_is"]].drop_duplicates(key)
    joined = reviews.astype({"repository": object}).merge(
        changes.astype({"repository": object}), on=key, how="left"
    )
    own = joined["person"].notna() & joined["person"].eq(joined["author_is"])
    return joined[~own]


def _list_improvements(cohorts: Cohorts) -> pd.DataFrame:
    return cohorts.tables["improvements"]


def _list_sessions(cohorts: Cohorts) -> pd.DataFrame:
    """By who spoke."""
    sessions = cohorts.tables["study_sessions"]
    return sessions.assign(person=_who(cohorts, sessions["speaker"], sessions["day"]))


def _who(cohorts: Cohorts, texts: pd.Series, days: pd.Series) -> pd.Series:
    """Whom a text means: a person's id, somebody else (a bot, a team's account), or NA: not told."""
    people = with_accounts(list_people(cohorts.programme), cohorts.tables["accounts"])
    found = look_up(people, texts, days)
    teams = look_up(list_teams(cohorts.programme), texts, days)
    others = found["outcome"].isin([BOT, TEST]) | teams["outcome"].eq("team")
    return found["id"].where(found["outcome"].eq(PERSON)).mask(others, SOMEBODY_ELSE).astype(object)
