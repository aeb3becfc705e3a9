"""Chances to use a skill beside its growth: what was given to somebody to do, and what came of it.

Declared rules (`[[chances]]`, else `questionnaires/chances.toml`) say which records are a chance for which
skill.  Growth without a chance, chances without growth and "no chance" as an answer are findings about what
people were given to do, never about what they can do.  A skill without a rule, or without records of those
days, has unknown chances, never none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from statistics import median

import pandas as pd

from ...cohorts.cohort import Cohorts
from ...cohorts.people import BOT, PERSON, TEST, list_people, list_teams, look_up, with_accounts
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
    def nothing_known(self) -> str | None:
        """None counted while a table lacks these days is unknown, never zero."""
        return "CHANCES_INCOMPLETE" if self.unread and not self.value else None

    @property
    def consent(self) -> str:
        """What was done in incidents is shown by a consent of its own."""
        return WITH_INCIDENTS if self.with_incidents else CONSENT

    @property
    def notes(self) -> tuple[str, ...]:
        """What the count leaves out: tables without these days, what titles do not name."""
        unread = [f"TABLES_UNREAD:{self.unread}:{self.tables}"] if self.unread else []
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
            silent=bool(rules)
            and all(rule.words and not self._fits[id(rule)].fillna(False).any() for rule in rules),
        )

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
        "study_sessions": _list_sessions,
    }
    frame = listing[table](cohorts) if table in listing else cohorts.tables[table]
    frame = frame.reset_index(drop=True).reindex(columns=list(RECORD_COLUMNS))
    texts = dict.fromkeys(set(RECORD_COLUMNS) - {"day", "shared"}, "string")
    return frame.astype({**texts, "shared": "boolean"})


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


GROWN = 1.0
HIGHEST = 5.0
VIEWS_NEEDED = 2
FINDINGS = ("growth_without_chance", "chance_without_growth", "no_chance_given")

Finding = tuple[bool | None, str | None]


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
        yield from (_chance_row(rotation, skill, counts[skill]) for skill in skills)
        yield from _measure_no_chance(cohorts, rotation, skills)
        known = [count.value for count in counts.values() if count.declined is None]
        for skill in skills:
            usual = median(known) if known else 0.0
            found += _finding_rows(rotation, skill, counts[skill], of_skills[skill], usual)
    yield from found
    yield from _measure_programme(cohorts, found, skills)


# --- one person -----------------------------------------------------------------------------------------


def _chance_row(rotation: Rotation, skill: str, count: Count) -> Measure:
    return stay_row(
        rotation,
        "skill.chances",
        unit="chances",
        method="count",
        skill=skill,
        n=count.records,
        missing=count.unknown,
        value=float(count.value),
        notes=count.notes,
        consent=count.consent,
    ).unless(count.declined or count.nothing_known)


def _measure_no_chance(cohorts: Cohorts, rotation: Rotation, skills: tuple[str, ...]) -> Iterator[Measure]:
    """One row a wave of the person's own: in how many of the skills asked there was no chance."""
    own = _of_stay(list_ratings(cohorts), rotation)
    own = own[own["question"].eq(NOW) & own["skill"].isin(skills)]
    asked = _of_stay(cohorts.coverage, rotation)
    asked = asked[asked["instrument"].isin(list_grids(cohorts))]
    statuses = dict(zip(asked["wave"], asked["status"], strict=True))
    for wave in dict.fromkeys([*statuses, END.wave]):
        here = own[own["wave"].eq(wave)]
        told = here["state"].isin(["answered", "no_chance"])
        status = statuses.get(wave)
        reason = None if told.any() else (f"WAVE_{status.upper()}" if status else "WAVE_NOT_DECLARED")
        yield stay_row(
            rotation,
            "skill.no_chance",
            unit="skills",
            method="count",
            wave=wave,
            n=int(told.sum()),
            missing=int((~told).sum()),
            value=float(here["state"].eq("no_chance").sum()),
            consent=CONSENT,
        ).unless(reason)


def _of_stay(frame: pd.DataFrame, rotation: Rotation) -> pd.DataFrame:
    """The rows of a frame that the participant of a stay rated, or was asked for."""
    own = frame["person"].eq(rotation.person) & frame["cohort"].eq(rotation.cohort)
    return frame[own & frame["rater"].eq("self")]


def _finding_rows(
    rotation: Rotation, skill: str, count: Count, views: pd.DataFrame, usual: float
) -> Iterator[Measure]:
    """One row a kind of finding: 1 where it holds, 0 where it does not, else why that is not known.

    `views` has the person's change in the skill, one row a span of `ratings.GROWTH`.
    """
    judged = {
        "growth_without_chance": _judge_growth(views, count),
        "chance_without_growth": _judge_standstill(views, count, usual),
        "no_chance_given": _judge_answer(views),
    }
    for kind in FINDINGS:
        holds, declined = judged[kind]
        yield stay_row(
            rotation,
            "skill.chance_finding",
            unit="findings",
            method="count",
            kind=kind,
            skill=skill,
            wave=END.wave,
            n=int(holds is not None),
            missing=int(holds is None),
            value=float(bool(holds)),
            notes=() if kind == "no_chance_given" else count.notes,
            consent=CONSENT if kind == "no_chance_given" else count.consent,
        ).unless(declined)


def _why_few(views: pd.DataFrame) -> str | None:
    """Why fewer than two views have a change: they say nothing that another view would bear out."""
    return None if views["change"].notna().sum() >= VIEWS_NEEDED else views["declined"].dropna().iloc[0]


def _judge_growth(views: pd.DataFrame, count: Count) -> Finding:
    """A level or more by two views, and no chance on record."""
    if declined := count.declined or count.nothing_known or _why_few(views):
        return None, declined
    return bool(views["change"].ge(GROWN).sum() >= VIEWS_NEEDED and count.value == 0), None


def _judge_standstill(views: pd.DataFrame, count: Count, usual: float) -> Finding:
    """As many chances as the person had for half of the skills, and no growth by two views.

    Who began at the highest level could not rise: that view does not tell of a standstill.
    """
    if declined := count.declined or _why_few(views):
        return None, declined
    still = (views["change"].le(0) & views["earlier"].ne(HIGHEST)).sum()
    return bool(still >= VIEWS_NEEDED and count.value >= max(usual, 1)), None


def _judge_answer(views: pd.DataFrame) -> Finding:
    """Whether "no chance" was the answer at the end, by the difference from the start."""
    now = views.iloc[0]
    if pd.notna(now["later"]):
        return False, None
    return (True, None) if now["declined"] == "NO_CHANCE" else (None, now["declined"])


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
        why_none = _why_none(answers)
        for kind, rows in (("", answers), *own.items()):
            of_whom = judged[kind or FINDINGS[-1]] or answered
            row = replace(_persons_row(rows, due, of_whom), skill=skill, kind=kind or None)
            row = row if kind else replace(row, measure="skill.no_chance")
            # where nobody answered, that is why: what records tell of single persons is no reason to give
            declined = None if row.n else (_why_none(rows) if answered else why_none)
            yield row.unless(declined)


def _why_none(rows: Sequence[Measure]) -> str:
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
