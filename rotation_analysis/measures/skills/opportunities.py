"""Chances to use a skill beside its growth: what was given to somebody to do, and what came of it.

Declared rules (`[[chances]]`, else `questionnaires/chances.toml`) say which records are a chance for which
skill.  Growth without a chance, chances without growth and "no chance" as an answer are findings about what
people were given to do, never about what they can do.  A skill without a rule, or without records of those
days, has unknown chances, never none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import reduce
from statistics import median

import pandas as pd

from ...cohorts.cohort import Cohorts
from ...cohorts.people import BOT, PERSON, TEST, list_teams, look_up
from ...files.cells import fold
from ...measure_row import Measure, commonest
from ...programme.model import Rotation
from ...programme.questionnaires import ChanceRule
from ...programme.worktime import local_days
from ..rows import stay_row
from .ratings import END, GROWTH, NOW, list_due, list_grids, list_ratings

# --- which records are a chance for which skill, and how many of them a person had during a stay -----------
# What would decide and is not told (who, of what kind) makes a record unknown, neither a chance nor none:
# yes, no and unknown are combined as pandas does it for its nullable flags.

RECORD_COLUMNS = (
    "day", "person", "kind", "title", "step", "service", "repository", "shared", "team", "incident",
)  # fmt: skip
CONSENT = "skills"
WITH_INCIDENTS = "skills+incidents"
INCOMPLETE = "CHANCES_INCOMPLETE"
"""None counted while a table lacks these days is unknown, never zero."""
SOMEBODY_ELSE = "-"  # who is known to be none of the participants: a team's account, not a person's


class ChanceRecords:
    """The records that rules look at, table by table, and which of them fit each rule."""

    def __init__(self, cohorts: Cohorts, rules: Mapping[str, tuple[ChanceRule, ...]]) -> None:
        self._as_of = cohorts.programme.as_of
        names = sorted({str(rule.table) for own in rules.values() for rule in own})
        self._tables: dict[str, pd.DataFrame] = {table: _list_records(cohorts, table) for table in names}
        self._rules = {
            skill: [(rule, _fit(self._tables[rule.table], rule)) for rule in own]
            for skill, own in rules.items()
        }
        self._stays: dict[tuple[str, Rotation], tuple[pd.Series, pd.Series]] = {}

    def count(self, rotation: Rotation, skill: str) -> tuple[Measure, str | None]:
        """The row of one stay's chances for a skill, both its days included, and why they are not known.

        Value: chances; n: all the person's records in the rules' tables; missing: records that may be a
        chance of theirs, as person or kind is not told.  What was done in incidents has a consent of its own.
        """
        rules = self._rules[skill]
        tables = {rule.table for rule, _ in rules}
        value = records = unknown = unread = 0
        for table in tables:
            own, elsewhere = self._of_stay(table, rotation)
            if own.empty:
                unread += 1
                continue
            fits = [
                fit.loc[own.index] & elsewhere if rule.other_teams else fit.loc[own.index]
                for rule, fit in rules
                if rule.table == table
            ]
            chance = own & reduce(lambda one, other: one | other, fits)
            value += int(chance.sum())
            unknown += int(chance.isna().sum())
            records += int(own.sum())
        declined = None
        if not tables:
            declined = "NO_CHANCE_RULE"
        elif unread == len(tables):
            declined = "NO_CHANCE_RECORDS"
        elif all(rule.words and not fit.fillna(False).any() for rule, fit in rules):
            declined = "NO_TITLE_FITS"  # no title names what the rules look for, whoever's it is
        elif unknown and not records:
            declined = "CHANCES_UNTOLD"
        elif unread and not value:
            declined = INCOMPLETE
        notes = [f"TABLES_UNREAD:{unread}:{len(tables)}"] if unread else []
        notes += ["BY_TITLE"] if any(rule.words for rule, _ in rules) else []
        row = stay_row(
            rotation,
            "skill.chances",
            unit="chances",
            method="count",
            skill=skill,
            n=records,
            missing=unknown,
            value=float(value),
            notes=tuple(notes),
            consent=WITH_INCIDENTS if "incidents" in tables else CONSENT,
        )
        return row, declined

    def _of_stay(self, table: str, rotation: Rotation) -> tuple[pd.Series, pd.Series]:
        """Of its records of the stay's days, whether each is the person's, and of another team than theirs.

        Others in an incident are left out where the person is named.
        """
        if (table, rotation) not in self._stays:  # ten skills ask for the same days
            frame = self._tables[table]
            last = pd.Timestamp(rotation.end or self._as_of)
            frame = frame[frame["day"].between(pd.Timestamp(rotation.start), last)]
            there = frame.loc[frame["person"].eq(rotation.person).fillna(False), "incident"].dropna()
            kept = frame[~(frame["person"].isna() & frame["incident"].isin(there))]
            own, home = _among(kept["person"], [rotation.person]), _among(kept["team"], [rotation.home_team])
            self._stays[table, rotation] = own, ~home
        return self._stays[table, rotation]


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
    """A table's records with `RECORD_COLUMNS`: on the day it was done, by whom (NA = not known)."""
    frame, zone = cohorts.tables[table], cohorts.programme.programme.timezone
    if table == "requests":  # by who took them; open and unanswered ones are no chance that was used
        done = local_days(frame["answered"].fillna(frame["resolved"]), zone)
        frame = frame.assign(day=done)[done.notna()]
    elif table == "changes":  # merged ones, by their author
        merged = local_days(frame["merged"], zone)
        others = frame["person"].isna() & frame["team"].notna()
        person = frame["person"].mask(others, SOMEBODY_ELSE)
        frame = frame.assign(day=merged, person=person)[merged.notna()]
    elif table == "study_sessions":  # by who spoke
        frame = frame.assign(person=_who(cohorts, frame["speaker"], frame["day"]))
    elif table == "incidents":
        frame = _list_incidents(cohorts)
    elif table == "reviews":
        frame = _list_reviews(cohorts)
    frame = frame.reset_index(drop=True).reindex(columns=list(RECORD_COLUMNS))
    texts = dict.fromkeys(set(RECORD_COLUMNS) - {"day", "shared"}, "string")
    return frame.astype({**texts, "shared": "boolean"})


def _list_incidents(cohorts: Cohorts) -> pd.DataFrame:
    """Who took part in which incident, and one record without a person where that cannot be told.

    Incidents in which nobody is named are no records of people: who took part is unknown, never nobody.
    """
    about = ["id", "title", "service", "shared", "team"]
    incidents = cohorts.tables["incidents"].drop_duplicates("id")
    named = cohorts.tables["participation"][["incident", "person", "step", "day"]]
    joined = named.merge(incidents[about], left_on="incident", right_on="id", how="left")
    unattributed = incidents[incidents["people_unknown"]]
    return pd.concat(
        [joined, unattributed.assign(incident=unattributed["id"], person=None, step=None)[[*named, *about]]]
    )


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


def _who(cohorts: Cohorts, texts: pd.Series, days: pd.Series) -> pd.Series:
    """Whom a text means: a person's id, somebody else (a bot, a team's account), or NA: not known."""
    found = look_up(cohorts.people, texts, days)
    teams = look_up(list_teams(cohorts.programme), texts, days)
    others = found["outcome"].isin([BOT, TEST]) | teams["outcome"].eq("team")
    return found["id"].where(found["outcome"].eq(PERSON)).mask(others, SOMEBODY_ELSE).astype(object)


GROWN = 1.0
HIGHEST = 5.0
VIEWS_NEEDED = 2
FINDINGS = ("growth_without_chance", "chance_without_growth", "no_chance_given")


def measure_chances(
    cohorts: Cohorts, differences: pd.DataFrame, skills: tuple[str, ...]
) -> Iterator[Measure]:
    """Chances and findings by person and skill, "no chance" by wave; over the programme, both by skill.

    `differences` holds `ratings.GROWTH` at least, as `list_differences` gives it.
    """
    rules = {skill: cohorts.programme.chance_rules(skill) for skill in skills}
    records = ChanceRecords(cohorts, rules)
    growth = differences[differences["span"].isin([span.name for span in GROWTH])]
    found: list[Measure] = []
    for rotation in cohorts.programme.rotations:
        counts = {skill: records.count(rotation, skill) for skill in skills}
        own = growth["person"].eq(rotation.person) & growth["cohort"].eq(rotation.cohort)
        of_skills = dict(list(growth[own].groupby("skill")))
        yield from (row.unless(declined) for row, declined in counts.values())
        yield from _measure_no_chance(cohorts, rotation, skills)
        known = [row.value or 0.0 for row, reason in counts.values() if reason in (None, INCOMPLETE)]
        enough = max(median(known or [0.0]), 1.0)
        for skill, (row, declined) in counts.items():
            found += _measure_findings(rotation, row, declined, of_skills[skill], enough)
    yield from found
    yield from _measure_programme(cohorts, found, skills)


# --- one person -----------------------------------------------------------------------------------------


def _measure_no_chance(cohorts: Cohorts, rotation: Rotation, skills: tuple[str, ...]) -> Iterator[Measure]:
    """One row a wave of the person's own: in how many of the skills asked there was no chance."""
    own = _of_stay(list_ratings(cohorts), rotation)
    own = own[own["question"].eq(NOW) & own["skill"].isin(skills)]
    asked = _of_stay(cohorts.coverage, rotation)
    asked = asked[asked["instrument"].isin(list_grids(cohorts))]
    statuses = dict(zip(asked["wave"], asked["status"], strict=True))
    for wave in dict.fromkeys([*statuses, END.wave]):
        here = own[own["wave"].eq(wave)]
        answered = here["state"].isin(["answered", "no_chance"])
        status = statuses.get(wave)
        reason = None if answered.any() else (f"WAVE_{status.upper()}" if status else "WAVE_NOT_DECLARED")
        yield stay_row(
            rotation,
            "skill.no_chance",
            unit="skills",
            method="count",
            wave=wave,
            n=int(answered.sum()),
            missing=int((~answered).sum()),
            value=float(here["state"].eq("no_chance").sum()),
            consent=CONSENT,
        ).unless(reason)


def _of_stay(frame: pd.DataFrame, rotation: Rotation) -> pd.DataFrame:
    """The rows of a frame that the participant of a stay rated, or was asked for."""
    own = frame["person"].eq(rotation.person) & frame["cohort"].eq(rotation.cohort)
    return frame[own & frame["rater"].eq("self")]


def _measure_findings(
    rotation: Rotation, chances: Measure, unknown: str | None, views: pd.DataFrame, enough: float
) -> Iterator[Measure]:
    """One row a kind of finding: 1 where it holds, 0 where it does not, else why that is not known.

    `views` has the person's change in the skill, one row a span of `ratings.GROWTH`; fewer than two of them
    say nothing that another would bear out.  `enough` chances are as many as the person had for half of the
    skills.  Who began at the highest level could not rise: that view does not tell of a standstill.
    """
    few = None if views["change"].notna().sum() >= VIEWS_NEEDED else views["declined"].dropna().iloc[0]
    grown = views["change"].ge(GROWN).sum() >= VIEWS_NEEDED
    still = (views["change"].le(0) & views["earlier"].ne(HIGHEST)).sum() >= VIEWS_NEEDED
    now = views.iloc[0]
    no_chance = pd.isna(now["later"]) and now["declined"] == "NO_CHANCE"
    count = chances.value or 0.0
    judged = {
        "growth_without_chance": (grown and not count, unknown or few),
        "chance_without_growth": (
            still and count >= enough,
            few if unknown == INCOMPLETE else unknown or few,
        ),
        "no_chance_given": (no_chance, None if no_chance or pd.notna(now["later"]) else now["declined"]),
    }
    for kind, (holds, declined) in judged.items():
        answer = kind == "no_chance_given"
        yield stay_row(
            rotation,
            "skill.chance_finding",
            unit="findings",
            method="count",
            kind=kind,
            skill=chances.skill,
            wave=END.wave,
            n=int(declined is None),
            missing=int(declined is not None),
            value=float(holds),
            notes=() if answer else chances.notes,
            consent=CONSENT if answer else chances.consent,
        ).unless(declined)


# --- the programme --------------------------------------------------------------------------------------


def _measure_programme(
    cohorts: Cohorts, found: Sequence[Measure], skills: tuple[str, ...]
) -> Iterator[Measure]:
    """By skill, how many people said there was no chance, and how many each other finding holds for."""
    due = {person for person, _ in list_due(cohorts, END)}
    ratings = list_ratings(cohorts)
    at_end = ratings[ratings["wave"].eq(END.wave) & ratings["rater"].eq(END.rater)]
    answered = tuple(sorted(set(at_end["person"])))
    judged = {
        kind: tuple(sorted({str(row.person) for row in found if row.kind == kind and row.value is not None}))
        for kind in FINDINGS
    }
    for skill in skills:
        own = {kind: [row for row in found if row.skill == skill and row.kind == kind] for kind in FINDINGS}
        answers = own.pop("no_chance_given")
        explanation = _explain_missing(answers)
        for kind, rows in (("", answers), *own.items()):
            of_whom = judged[kind or FINDINGS[-1]] or answered
            row = replace(_persons_row(rows, due, of_whom), skill=skill, kind=kind or None)
            row = row if kind else replace(row, measure="skill.no_chance")
            # where nobody answered, that is why: what records tell of single persons is no reason to give
            declined = None if row.n else (_explain_missing(rows) if answered else explanation)
            yield row.unless(declined)


def _explain_missing(rows: Sequence[Measure]) -> str:
    return commonest((row.declined for row in rows if row.declined), otherwise="NO_SURVEY")


def _persons_row(rows: Sequence[Measure], due: set[str], answered: tuple[str, ...]) -> Measure:
    """Of how many people a finding is known, and for how many it holds (in any of their stays).

    Where it is known of nobody, the row is about those of whom it is in other skills, else about all who
    answered: that and why it is not known is theirs, too.
    """
    holds: dict[str, bool] = {}
    for row in rows:
        if row.value is not None:
            person = str(row.person)
            holds[person] = holds.get(person, False) or row.value > 0
    return Measure(
        measure="skill.chance_finding",
        unit="persons",
        method="count",
        counts="persons",
        wave=END.wave,
        n=len(holds),
        missing=len(due - set(holds)),
        value=float(sum(holds.values())),
        people=tuple(sorted(holds)) or answered,
    )
