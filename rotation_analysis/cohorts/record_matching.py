"""Resolve records of teams and tools: which team asked, who did it, on which day.

The account records why a record is excluded; only the first reason counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Set

import pandas as pd

from ..programme.model import Programme
from ..programme.tables import STEPS, TABLES
from ..programme.worktime import local_days
from ..reading.account import ADVICE, Account
from .people import (
    AMBIGUOUS,
    BOT,
    PERSON,
    SHARED,
    TEAM,
    TEST,
    UNKNOWN,
    Directory,
    format_aliases,
    list_candidates,
    list_people,
    list_teams,
    look_up,
    prefer,
    team_on,
    with_accounts,
)

OFFICE_HOURS = (8, 20)
MIN_ROWS_FOR_ZONE = 30
FILL_IN_STEPS = {
    "not_in_roster": "fill in whose it is: an address or a name as in `people`",
    "outside_window": "fill in its day",
}
"""Exclusion reason of a record with an empty cell → next step; an alias or window would not help."""
PARTICIPANT_REASONS = ("test_answer", "ambiguous_person", "not_in_roster", "after_as_of", "outside_window")
DATED: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "time_use": ("week", PARTICIPANT_REASONS),
    "one_to_ones": ("day", PARTICIPANT_REASONS),
    "improvements": ("day", ("test_answer", "ambiguous_person", "after_as_of")),
    "notifications": ("at", ("test_answer", "bot", "ambiguous_person", "after_as_of")),
    "monitors": ("listed", ("after_as_of",)),
    "dashboards": ("listed", ("after_as_of",)),
    "study_sessions": ("day", ("after_as_of",)),
    "alerts": ("created", ("after_as_of",)),
}
"""Tables of which only day and `person` are resolved → column of the day, possible exclusion reasons."""
LABELS_JOINED_BY = ", "
_LABEL_PREFIX = re.compile(r"\A.*[/:／：]\s*", re.DOTALL)


class Matching:
    """A programme's people, teams and cut-off, and the account that records exclusions and warnings."""

    def __init__(self, programme: Programme, account: Account, accounts: pd.DataFrame) -> None:
        self.programme = programme
        self.account = account
        self.people = with_accounts(list_people(programme), accounts)
        self.teams = list_teams(programme)

    def local_days(self, times: pd.Series) -> pd.Series:
        """Convert UTC times to calendar days in the programme's zone."""
        return local_days(times, self.programme.programme.timezone)

    def is_late(self, days: pd.Series) -> pd.Series:
        """Whether days are after `as_of`."""
        return days > pd.Timestamp(self.programme.as_of)

    def exclude(self, table: pd.DataFrame, reason: str, wrong: pd.Series, values: pd.Series) -> pd.DataFrame:
        """Return the table without the records at `wrong`; record reason and value in the account.

        The index of `wrong` and `values` (texts or days) contains the table's index.
        """
        wrong = wrong.reindex(table.index, fill_value=False).astype(bool)
        if not wrong.any():
            return table
        values = values[table.index[wrong]]
        if values.dtype.kind == "M":
            values = values.dt.strftime("%Y-%m-%d")
        values = values.fillna("")
        more: dict[str, str | pd.Series] = {"value": values}
        if reason in ("ambiguous_person", *FILL_IN_STEPS):
            texts = values.unique()
            if reason == "outside_window":
                steps = dict.fromkeys(texts, ADVICE[reason][1])
            else:  # suggest an alias for the name
                steps = {text: format_aliases([text], list_candidates(self.people, text)) for text in texts}
            if reason in FILL_IN_STEPS:
                steps |= {text: FILL_IN_STEPS[reason] for text in texts if not text.strip()}
            more["next"] = values.map(steps)
        self.account = self.account.exclude(table.loc[wrong, ["file", "row"]], reason, **more)
        return table[~wrong]

    def exclude_people(
        self,
        table: pd.DataFrame,
        found: pd.DataFrame,
        texts: pd.Series,
        reasons: Iterable[str],
        **other: pd.Series,
    ) -> pd.DataFrame:
        """Return the table (with `person`, `day`) after excluding records for these reasons, in order.

        `found`: the `look_up` result of `texts`; `other`: masks that replace the default ones, by reason.
        """
        outcome = found["outcome"]
        wrong = {
            "test_answer": outcome.eq(TEST),
            "bot": outcome.eq(BOT),
            "ambiguous_person": outcome.eq(AMBIGUOUS),
            "not_in_roster": ~table["person"].isin(self.programme.participants),
            "after_as_of": self.is_late(table["day"]),
            **other,
        }
        days = table["day"]
        for reason in reasons:
            values = days if reason in ("after_as_of", "outside_window") else texts
            table = self.exclude(table, reason, wrong[reason], values)
        return table

    def exclude_after_cutoff(self, table: pd.DataFrame) -> pd.DataFrame:
        """Return the table without records whose `day` is after `as_of`."""
        return self.exclude(table, "after_as_of", self.is_late(table["day"]), table["day"])

    def reopen_after_cutoff(self, table: pd.DataFrame, *ends: str) -> pd.DataFrame:
        """Return the table as of `as_of`: records answered, resolved or merged later are still open."""
        for name in ends:
            table = table.assign(**{name: table[name].mask(self.is_late(self.local_days(table[name])))})
        return table

    def warn(self, rows: pd.DataFrame, code: str) -> None:
        """Add a warning for each of these records."""
        if len(rows):
            self.account = self.account.add_warnings(rows, code)

    def warn_file(self, file: str, code: str, n: int) -> None:
        """Add a warning for `n` records of a file."""
        self.account = self.account.add_warning(file, code, n)

    def add_cells(self, cells: pd.DataFrame) -> None:
        """Add unusable cells to the account."""
        self.account = self.account.add_cells(cells)

    def warn_backwards(self, table: pd.DataFrame) -> pd.Series:
        """Add a warning for each record that ends before it starts; return a mask of them."""
        backwards = (table["resolved"] < table["created"]).fillna(False)
        self.warn(table[backwards], "end_before_start")
        return backwards

    def fill_teams(self, table: pd.DataFrame, persons: pd.Series, days: pd.Series) -> pd.DataFrame:
        """Set `team` in the rows of `persons` to the team of each person on that day; return the table."""
        then = [
            team_on(self.programme, person, day.date()) for person, day in zip(persons, days, strict=True)
        ]
        table.loc[persons.index, "team"] = pd.Series(then, index=persons.index, dtype=object)
        return table


# --- requests and tickets -------------------------------------------------------------------------------


def resolve_requests(requests: pd.DataFrame, matching: Matching) -> pd.DataFrame:
    """Resolve requests like tickets, merge migrated copies, and resolve requester and assignee."""
    people = matching.people
    table = matching.reopen_after_cutoff(_join_migrated(requests, matching), "answered")
    table = resolve_tickets(table, matching)
    by_account = look_up(people, table["requester_id"], table["day"])
    by_name = look_up(people, table["requester"], table["day"])
    for reason, outcome in (("bot", BOT), ("test_answer", TEST)):
        wrong = by_account["outcome"].eq(outcome) | by_name["outcome"].eq(outcome)
        table = matching.exclude(table, reason, wrong, table["requester"])
    table = table.assign(requested_by=_person_ids(prefer(by_account, by_name, kinds=(PERSON,))))
    lacking = table.loc[table["team"].isna() & table["requested_by"].notna()]
    days = lacking["day"].fillna(pd.Timestamp(matching.programme.as_of))
    table = matching.fill_teams(table, lacking["requested_by"], days)
    by_id = look_up(people, table["assignee_id"], table["day"])
    assignee = prefer(by_id, look_up(people, table["assignee"], table["day"]), kinds=(PERSON, SHARED))
    matching.warn(table[assignee["outcome"].eq(SHARED)], "shared_account")
    return table.assign(person=_person_ids(assignee))


def resolve_tickets(table: pd.DataFrame, matching: Matching) -> pd.DataFrame:
    """Add day, team (by label) and `backwards` (ends before it starts); exclude records after `as_of`."""
    days = matching.local_days(table["created"])
    found = look_up(matching.teams, table["team_label"], days)
    table = table.assign(day=days, team=found["id"].astype(object))
    table = matching.exclude_after_cutoff(matching.reopen_after_cutoff(table, "resolved"))
    unmatched = found["outcome"].eq(UNKNOWN) & table["team_label"].notna()
    table = matching.exclude(table, "other_team", unmatched, table["team_label"])
    return table.assign(backwards=matching.warn_backwards(table))


def _person_ids(found: pd.DataFrame) -> pd.Series:
    """Return the ids of `look_up` results that are people; missing otherwise."""
    return found["id"].where(found["outcome"].eq(PERSON))


def _join_migrated(requests: pd.DataFrame, matching: Matching) -> pd.DataFrame:
    """Merge tickets that are in two trackers: keep the original; the copy fills its missing values."""
    copies = _find_copies(requests)
    if copies.empty:
        return requests
    newer = copies.drop_duplicates("old_id").set_index("old_id")
    joined = requests.drop(index=copies.index)
    here = joined["id"].isin(newer.index)
    optional = [c.name for c in TABLES["requests"].columns if not c.required and c.name != "old_id"]
    for name in optional:
        filled = joined.loc[here, name].fillna(joined.loc[here, "id"].map(newer[name]))
        joined[name] = joined[name].mask(here, filled.reindex(joined.index))
    matching.exclude(copies, "migrated_copy", pd.Series(True, index=copies.index), copies["old_id"])
    return joined


def _find_copies(requests: pd.DataFrame) -> pd.DataFrame:
    """Return records that name the one they were copied from; the first of a cycle is the original."""
    here = requests["old_id"].isin(requests["id"]) & requests["old_id"].ne(requests["id"])
    if not here.any():
        return requests[here]
    copies_by_original: dict[str, list[str]] = {}
    for copy, old in zip(requests.loc[here, "id"], requests.loc[here, "old_id"], strict=True):
        copies_by_original.setdefault(old, []).append(copy)
    copies: set[str] = set()
    for original in [*requests.loc[~here, "id"], *requests.loc[here, "id"]]:
        pending = [] if original in copies else [original]
        while pending:
            found = [copy for copy in copies_by_original.pop(pending.pop(), []) if copy != original]
            copies.update(found)
            pending += found
    return requests[here & requests["id"].isin(copies)]


def check_zones(requests: pd.DataFrame, matching: Matching, zones: Mapping[str, str]) -> None:
    """Add a warning for files with most requests "created" outside office hours: the zone looks wrong."""
    for file, rows in requests.groupby("file", sort=False):
        hours = rows["created"].dt.tz_convert(zones[str(file)]).dt.hour
        inside = ((hours >= OFFICE_HOURS[0]) & (hours < OFFICE_HOURS[1])).mean()
        if len(rows) >= MIN_ROWS_FOR_ZONE and inside < 0.6:
            matching.warn_file(str(file), "zone_looks_wrong", len(rows))


# --- incidents ------------------------------------------------------------------------------------------


def resolve_incidents(incidents: pd.DataFrame, matching: Matching) -> pd.DataFrame:
    """Add day, team (by service) and `shared` (a service shared by all teams)."""
    days = matching.local_days(incidents["created"])
    team = look_up(matching.teams, incidents["service"], days)["id"]
    shared = incidents["service"].isin(matching.programme.incidents.shared_services)
    table = incidents.assign(day=days, team=team, shared=shared)
    table = matching.exclude_after_cutoff(matching.reopen_after_cutoff(table, "resolved"))
    matching.warn_backwards(table)
    unowned = table["team"].isna() & ~table["shared"] & table["service"].notna()
    matching.warn(table[unowned], "unknown_service")
    return table


def resolve_participation(
    participation: pd.DataFrame, incidents: pd.DataFrame, later: Set[str], matching: Matching
) -> pd.DataFrame:
    """Return one row per person and incident; if two exports give a step, the more active role counts.

    Participation in incidents that began after `as_of` (`later`) is excluded.
    """
    after = participation["incident"].isin(later)
    table = matching.exclude(participation, "after_as_of", after, participation["incident"])
    days = incidents.drop_duplicates("id").set_index("id")["day"]
    day = days.reindex(table["incident"]).set_axis(table.index)
    by = (look_up(matching.people, table[name], day) for name in ("mail", "account", "name"))
    found = prefer(*by, kinds=(PERSON,))
    table = table.assign(person=_person_ids(found), day=day)
    matching.warn(table[found["outcome"].eq(BOT)], "bot")  # but keep the incident's own record
    table = table[found["outcome"].ne(BOT)]
    # the acknowledger is in a cell of the incident's own record, which must stay used
    own_record = table["file"].isin(incidents["file"])
    for outcome, reason in ((TEST, "test_answer"), (AMBIGUOUS, "ambiguous_person")):
        wrong = found["outcome"].eq(outcome)
        table = matching.exclude(table, reason, wrong & ~own_record, table["name"])
        doubtful = wrong.reindex(table.index)
        if outcome == AMBIGUOUS:
            matching.warn(table[doubtful], reason)
        table = table[~doubtful]
    matching.warn(table[found["outcome"].eq(UNKNOWN).reindex(table.index)], "unknown_person")
    rank = table["step"].map({step: n for n, step in enumerate(STEPS)}).fillna(-1)
    who = table["person"].fillna(table["name"]).fillna(table["mail"]).fillna(table["account"])
    best = table.assign(_rank=rank, _who=who).sort_values(["incident", "_who", "_rank"], kind="stable")
    return best.drop_duplicates(["incident", "_who"], keep="last").drop(columns=["_rank", "_who"])


# --- records of people ----------------------------------------------------------------------------------


def resolve_changes(changes: pd.DataFrame, matching: Matching) -> pd.DataFrame:
    """Add `day`, `person` (the author) and the author's `team` on that day; exclude changes by bots.

    The alias sheet can map an author outside the programme to a team.  `area_team`: the only team that the
    labels name on that day.
    """
    days = matching.local_days(changes["created"])
    by = (look_up(matching.people, changes[name], days) for name in ("author", "author_name"))
    found = prefer(*by, kinds=(PERSON, SHARED, TEST, BOT, AMBIGUOUS))
    table = matching.reopen_after_cutoff(
        changes.assign(day=days, person=_person_ids(found)), "merged", "closed"
    )
    bots = table["bot"].fillna(False).astype(bool) | found["outcome"].eq(BOT)
    table = matching.exclude_after_cutoff(matching.exclude(table, "bot", bots, table["author"]))
    table = table.assign(team=look_up(matching.teams, table["author"], table["day"])["id"].astype(object))
    known = table[table["person"].notna() & table["day"].notna()]
    table = matching.fill_teams(table, known["person"], known["day"])
    return table.assign(area_team=_find_areas(table, matching.teams))


def _find_areas(changes: pd.DataFrame, teams: Directory) -> pd.Series:
    """Find the only team that a change's labels name, in full or after their last "/" or ":".

    A label can contain the comma that joins labels, so the complete text is looked up as well.
    """
    texts = changes["area"].fillna("")
    labels = {text: list(dict.fromkeys((text, *text.split(LABELS_JOINED_BY)))) for text in texts.unique()}
    asked = pd.DataFrame({"label": texts.map(labels), "day": changes["day"]}).explode("label")
    asked = asked[asked["label"].ne("")].reset_index(names="at")
    whole = look_up(teams, asked["label"], asked["day"])
    ends = look_up(teams, asked["label"].map(lambda label: _LABEL_PREFIX.sub("", label)), asked["day"])
    named = prefer(whole, ends, kinds=(TEAM,))["id"].dropna().groupby(asked["at"])
    one = named.first()[named.nunique().eq(1)]
    return one.reindex(changes.index).astype(object)


def resolve_dated(name: str, table: pd.DataFrame, matching: Matching) -> pd.DataFrame:
    """Add `day` to a table of `DATED`, and resolve `person` if it has that column.

    Records of participants are excluded if the person is not in the roster or the day is outside their
    rotations.  Notifications can concern anyone: unknown people and shared accounts only cause a warning.
    """
    column, reasons = DATED[name]
    is_time = TABLES[name].column(column).kind == "datetime"
    table = table.assign(day=matching.local_days(table[column]) if is_time else table[column])
    if "person" not in table:
        return matching.exclude_after_cutoff(table)
    texts = table["person"]
    found = look_up(matching.people, texts, table["day"])
    table = table.assign(person=_person_ids(found))
    inside = table["day"].isna()  # or its week overlaps a rotation; records without a day are kept
    for stay in matching.programme.rotations:
        first = pd.Timestamp(stay.start) - pd.Timedelta(days=6)
        last = pd.Timestamp(stay.end or matching.programme.as_of)
        inside |= table["person"].eq(stay.person) & table["day"].between(first, last)
    table = matching.exclude_people(table, found, texts, reasons, outside_window=~inside)
    if name == "notifications":
        outcome = found["outcome"].reindex(table.index)
        matching.warn(table[outcome.eq(UNKNOWN)], "unknown_person")
        matching.warn(table[outcome.eq(SHARED)], "shared_account")
    return table
