"""The programme's people and teams laid over its tables: who answered in which wave, which team asked, who
was there; and, for every record left out here, the reason.

`build_cohorts` is the way in.  Measures take what it returns and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import pandas as pd

from .account import Account
from .exports import Reading
from .people import (
    AMBIGUOUS,
    PERSON,
    SHARED,
    TEST,
    UNKNOWN,
    Directory,
    alias_lines,
    candidates_of,
    list_people,
    list_teams,
    look_up,
    team_on,
)
from .phases import list_person_phases, list_team_phases, returned
from .programme import Programme, Rotation, Wave
from .tables import STEPS, TABLES
from .worktime import local_days

OFFICE_HOURS = (8, 20)
MIN_ROWS_FOR_ZONE = 30
STATUSES = ("answered", "missing", "not_yet_due", "cannot_be_asked", "not_applicable")


@dataclass(frozen=True, kw_only=True)
class Cohorts:
    """A programme and its tables, resolved.

    `tables` are canonical tables with, besides, `person`, `team`, `wave`, `day` where they apply;
    `coverage` has one row a rotation × rater × wave with its status.
    """

    programme: Programme
    tables: Mapping[str, pd.DataFrame]
    person_phases: pd.DataFrame
    team_phases: pd.DataFrame
    coverage: pd.DataFrame
    account: Account

    def gaps(self) -> dict[str, int]:
        """Records in use that lack something a measure needs: open ones, those without kind, how or step."""
        requests, tickets = self.tables["requests"], self.tables["tickets"]
        participation = self.tables["participation"]
        return {
            "open_requests": int(requests["resolved"].isna().sum()),
            "requests_without_kind": int(requests["kind"].isna().sum()),
            "requests_without_team": int(requests["team"].isna().sum()),
            "tickets_without_how": int(tickets["how"].isna().sum()),
            "participations_without_step": int(participation["step"].isna().sum()),
            "answers_on_another_scale": int(
                (~self.coverage["comparable"] & self.coverage["status"].eq("answered")).sum()
            ),
        }


def build_cohorts(programme: Programme, reading: Reading) -> Cohorts:
    """Resolve people, teams, waves and days; records that fall out are set aside in the account."""
    people, teams = list_people(programme), list_teams(programme)
    account = reading.account
    tables: dict[str, pd.DataFrame] = {}
    tables["responses"], account = _resolve_responses(reading.tables["responses"], account, programme, people)
    tables["requests"], account = _resolve_requests(
        reading.tables["requests"], account, programme, people, teams
    )
    account = _check_zones(tables["requests"], account, reading.zones)
    tables["tickets"], account = _resolve_team_records(
        reading.tables["tickets"], account, programme, teams, label="team_label"
    )
    tables["incidents"], account = _resolve_incidents(reading.tables["incidents"], account, programme, teams)
    later = set(reading.tables["incidents"]["id"]) - set(tables["incidents"]["id"])
    participation = reading.tables["participation"]
    participation, account = _set_aside(
        participation,
        account,
        participation["incident"].isin(later),
        "after_as_of",
        names=participation["incident"],
    )
    tables["participation"], account = _resolve_participation(
        participation, tables["incidents"], account, people
    )
    return Cohorts(
        programme=programme,
        tables=tables,
        person_phases=list_person_phases(programme),
        team_phases=list_team_phases(programme),
        coverage=_cover(programme, tables["responses"]),
        account=account,
    )


# --- responses ------------------------------------------------------------------------------------------


def _resolve_responses(
    responses: pd.DataFrame, account: Account, programme: Programme, people: Directory
) -> tuple[pd.DataFrame, Account]:
    if responses.empty:
        return responses.assign(person=None, cohort=None, wave=None, day=pd.NaT), account
    days = local_days(responses["answered_at"], programme.programme.timezone)
    about = responses["subject"].fillna(responses["respondent"])
    found = look_up(people, about, days)
    sender = look_up(people, responses["respondent"], days)
    table = responses.assign(person=found["id"].where(found["outcome"].eq(PERSON)), day=days)
    waves = [
        _wave_of(programme, person, rater, day)
        for person, rater, day in zip(table["person"], table["rater"], days, strict=True)
    ]
    table[["cohort", "wave"]] = pd.DataFrame(waves, index=table.index, dtype=object)
    rostered = {rotation.person for rotation in programme.rotations}
    dates = days.dt.strftime("%Y-%m-%d")
    for reason, wrong, told in (
        ("test_answer", found["outcome"].eq(TEST) | sender["outcome"].eq(TEST), about),
        ("ambiguous_person", found["outcome"].eq(AMBIGUOUS), about),
        ("not_in_roster", ~table["person"].isin(rostered), about),
        ("after_as_of", days > pd.Timestamp(programme.as_of), dates),
        ("outside_window", table["wave"].isna(), dates),
    ):
        table, account = _set_aside(table, account, wrong, reason, names=told, people=people)
    # the same sending in two exports, or twice in one, is one answer
    sending = ["person", "rater", "cohort", "wave", "respondent", "answered_at"]
    first = table.groupby(sending, dropna=False)[["file", "row"]].transform("first")
    again = table[["file", "row"]].ne(first).any(axis=1)
    table, account = _set_aside(table, account, again, "duplicate_row", names=about, people=people)
    newest = table.groupby(["person", "rater", "cohort", "wave"])["answered_at"].transform("max")
    return _set_aside(table, account, table["answered_at"] < newest, "superseded", names=about)


def _set_aside(
    table: pd.DataFrame,
    account: Account,
    wrong: pd.Series,
    reason: str,
    *,
    names: pd.Series | None = None,
    people: Directory | None = None,
) -> tuple[pd.DataFrame, Account]:
    """The table without the records at `wrong`, and the account that says so."""
    wrong = wrong.reindex(table.index, fill_value=False).astype(bool)
    rows = table.loc[wrong, ["file", "row"]]
    told: dict[str, str | pd.Series] = {}
    if names is not None:
        texts = names[rows.index].fillna("")
        told = {"value": texts}
        if people is not None and reason in ("ambiguous_person", "not_in_roster"):
            told["next"] = texts.map(lambda text: alias_lines([text], candidates_of(people, text)))
    return table[~wrong], account.set_aside(rows, reason, **told)


def due_date(wave: Wave, rotation: Rotation) -> date | None:
    """When a wave is due for a rotation; the end of a running stay is its planned end."""
    anchor = rotation.start if wave.anchor == "start" else (rotation.end or rotation.planned_end)
    moved = pd.Timestamp(anchor) + pd.DateOffset(months=wave.months, days=wave.days)
    return moved.date()


def _wave_of(
    programme: Programme, person: object, rater: object, day: pd.Timestamp
) -> tuple[str | None, str | None]:
    """Cohort and wave of an answer: the wave whose window holds the day, the nearest due date first."""
    if pd.isna(day):
        return None, None
    near: list[tuple[int, str, str]] = []
    for rotation in programme.rotations:
        if rotation.person != person:
            continue
        for wave in programme.waves:
            due = due_date(wave, rotation)
            if wave.rater != rater or due is None:
                continue
            off = (day.date() - due).days
            if wave.window[0] <= off <= wave.window[1]:
                near.append((abs(off), rotation.cohort, wave.id))
    return (near[0][1], near[0][2]) if (near := sorted(near)[:1]) else (None, None)


def _cover(programme: Programme, responses: pd.DataFrame) -> pd.DataFrame:
    """For every rotation × rater × wave: due day, status, whether it has answers, none on another scale."""
    rows = []
    for rotation in programme.rotations:
        for wave in programme.waves:
            due = due_date(wave, rotation)
            here = responses[
                responses["person"].eq(rotation.person)
                & responses["cohort"].eq(rotation.cohort)
                & responses["rater"].eq(wave.rater)
                & responses["wave"].eq(wave.id)
            ]
            status = "answered" if len(here) else _status(programme, rotation, wave, due)
            levels = here.loc[here["scale"].notna(), "scale"]
            comparable = bool(len(here)) and bool(levels.eq("level5").all())
            rows.append((rotation.person, rotation.cohort, wave.rater, wave.id, due, status, comparable))
    columns = ["person", "cohort", "rater", "wave", "due", "status", "comparable"]
    return pd.DataFrame(rows, columns=columns)


def _status(programme: Programme, rotation: Rotation, wave: Wave, due: date | None) -> str:
    assert due is not None
    if wave.id.startswith("after_"):
        if rotation.now == "left" and rotation.now_since is not None and rotation.now_since <= due:
            return "cannot_be_asked"
        if rotation.end is not None and not returned(rotation):
            return "not_applicable"
    return "not_yet_due" if due > programme.as_of else "missing"


# --- records of teams -----------------------------------------------------------------------------------


def _resolve_team_records(
    table: pd.DataFrame, account: Account, programme: Programme, teams: Directory, *, label: str
) -> tuple[pd.DataFrame, Account]:
    """Day, team by label, nothing after `as_of`."""
    days = local_days(table["created"], programme.programme.timezone)
    found = look_up(teams, table[label], days)
    table = table.assign(day=days, team=found["id"].astype(object))
    table = _leave_open(table, programme)
    late_days = days > pd.Timestamp(programme.as_of)
    table, account = _set_aside(table, account, late_days, "after_as_of", names=days.astype("str"))
    stranger = found["outcome"].eq(UNKNOWN) & table[label].notna()
    table, account = _set_aside(table, account, stranger, "other_team", names=table[label])
    account, backwards = _warn_backwards(table, account)
    return table.assign(backwards=backwards), account


def _leave_open(table: pd.DataFrame, programme: Programme) -> pd.DataFrame:
    """The table as it stood on `as_of`: what was answered or resolved later is still open."""
    for name in table.columns.intersection(["answered", "resolved"]):
        late = local_days(table[name], programme.programme.timezone) > pd.Timestamp(programme.as_of)
        table = table.assign(**{name: table[name].mask(late)})
    return table


def _warn_backwards(table: pd.DataFrame, account: Account) -> tuple[Account, pd.Series]:
    """The account with a warning a record that ends before it starts, and which these are."""
    backwards = (table["resolved"] < table["created"]).fillna(False)
    for file, n in table.loc[backwards, "file"].value_counts(sort=False).items():
        account = account.warn(str(file), "end_before_start", int(n))
    return account, backwards


def _resolve_requests(
    requests: pd.DataFrame, account: Account, programme: Programme, people: Directory, teams: Directory
) -> tuple[pd.DataFrame, Account]:
    """As team records; besides, migrated copies joined to their originals and shared accounts counted."""
    requests, account = _join_migrated(requests, account)
    table, account = _resolve_team_records(requests, account, programme, teams, label="team_label")
    by_account = look_up(people, table["requester_id"], table["day"])
    by_name = look_up(people, table["requester"], table["day"])
    asked_by = by_account["id"].where(by_account["outcome"].eq(PERSON), by_name["id"])
    known = by_account["outcome"].eq(PERSON) | by_name["outcome"].eq(PERSON)
    table = table.assign(requested_by=asked_by.where(known))
    unlabelled = table.loc[table["team"].isna() & table["requested_by"].notna(), ["requested_by", "day"]]
    days = unlabelled["day"].fillna(pd.Timestamp(programme.as_of)).dt.date
    teams_then = [
        team_on(programme, person, day) for person, day in zip(unlabelled["requested_by"], days, strict=True)
    ]
    table.loc[unlabelled.index, "team"] = pd.Series(teams_then, index=unlabelled.index, dtype=object)
    doer = look_up(people, table["assignee"], table["day"])
    for file, n in table.loc[doer["outcome"].eq(SHARED), "file"].value_counts(sort=False).items():
        account = account.warn(str(file), "shared_account", int(n))
    return table.assign(person=doer["id"].where(doer["outcome"].eq(PERSON))), account


def _join_migrated(requests: pd.DataFrame, account: Account) -> tuple[pd.DataFrame, Account]:
    """A ticket in both trackers is one request: the original stands, the copy fills what it lacks."""
    copies = requests[requests["old_id"].isin(requests["id"]) & requests["old_id"].ne(requests["id"])]
    if copies.empty:
        return requests, account
    newer = copies.drop_duplicates("old_id").set_index("old_id")
    joined = requests.drop(index=copies.index)
    here = joined["id"].isin(newer.index)
    may_lack = [c.name for c in TABLES["requests"].columns if not c.required and c.name != "old_id"]
    for name in may_lack:
        filled = joined.loc[here, name].fillna(joined.loc[here, "id"].map(newer[name]))
        joined[name] = joined[name].mask(here, filled.reindex(joined.index))
    return joined, account.set_aside(copies[["file", "row"]], "migrated_copy", value=copies["old_id"])


def _check_zones(requests: pd.DataFrame, account: Account, zones: Mapping[str, str]) -> Account:
    """A file most of whose requests were "created" outside working hours was read in the wrong zone."""
    for file, rows in requests.groupby("file", sort=False):
        hours = rows["created"].dt.tz_convert(zones[str(file)]).dt.hour
        inside = ((hours >= OFFICE_HOURS[0]) & (hours < OFFICE_HOURS[1])).mean()
        if len(rows) >= MIN_ROWS_FOR_ZONE and inside < 0.6:
            account = account.warn(str(file), "zone_looks_wrong", len(rows))
    return account


# --- incidents ------------------------------------------------------------------------------------------


def _resolve_incidents(
    incidents: pd.DataFrame, account: Account, programme: Programme, teams: Directory
) -> tuple[pd.DataFrame, Account]:
    days = local_days(incidents["created"], programme.programme.timezone)
    found = look_up(teams, incidents["service"], days)
    table = incidents.assign(
        day=days,
        team=found["id"].where(found["outcome"].eq("team")),
        shared=incidents["service"].isin(programme.incidents.shared_services),
    )
    table = _leave_open(table, programme)
    late = days > pd.Timestamp(programme.as_of)
    table, account = _set_aside(table, account, late, "after_as_of", names=days.astype("str"))
    account, _ = _warn_backwards(table, account)
    return table, account


def _resolve_participation(
    participation: pd.DataFrame, incidents: pd.DataFrame, account: Account, people: Directory
) -> tuple[pd.DataFrame, Account]:
    """One row a person and incident; where two exports tell a step, the further one counts."""
    days = incidents.drop_duplicates("id").set_index("id")["day"]
    day = days.reindex(participation["incident"]).set_axis(participation.index)
    by_mail = look_up(people, participation["mail"], day)
    by_name = look_up(people, participation["name"], day)
    known = by_mail["outcome"].eq(PERSON)
    found = by_name.where(~known, by_mail)
    table = participation.assign(person=found["id"].where(found["outcome"].eq(PERSON)), day=day)
    wrong = found["outcome"].eq(AMBIGUOUS)
    # who acknowledged in the incident tool stands in a cell of the incident's own record, which stays used
    own_record = table["file"].isin(incidents["file"])
    table, account = _set_aside(
        table, account, wrong & ~own_record, "ambiguous_person", names=table["name"], people=people
    )
    doubtful = (wrong & own_record).reindex(table.index, fill_value=False)
    for file, n in table.loc[doubtful, "file"].value_counts(sort=False).items():
        account = account.warn(str(file), "ambiguous_person", int(n))
    table = table[~doubtful]
    unknown = found["outcome"].eq(UNKNOWN).reindex(table.index)
    for file, n in table.loc[unknown, "file"].value_counts(sort=False).items():
        account = account.warn(str(file), "unknown_person", int(n))
    rank = table["step"].map({step: n for n, step in enumerate(STEPS)}).fillna(-1)
    who = table["person"].fillna(table["name"])
    best = table.assign(_rank=rank, _who=who).sort_values(["incident", "_who", "_rank"], kind="stable")
    return best.drop_duplicates(["incident", "_who"], keep="last").drop(columns=["_rank", "_who"]), account
