"""Records of teams and tools, resolved: which team asked, who did it, on which day.

What falls out is set aside in the account; the first reason stands.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import pandas as pd

from ..programme.model import Programme
from ..programme.tables import STEPS, TABLES
from ..programme.worktime import local_days
from ..reading.account import TOLD, Account
from .people import (
    AMBIGUOUS,
    BOT,
    PERSON,
    SHARED,
    TEAM,
    TEST,
    UNKNOWN,
    Directory,
    alias_lines,
    candidates_of,
    look_up,
    team_on,
)

OFFICE_HOURS = (8, 20)
MIN_ROWS_FOR_ZONE = 30
FILL = {
    "not_in_roster": "fill in whose it is: an address or a name as in `people`",
    "outside_window": "fill in its day",
}
"""Reason of a record whose cell is empty → what to do next: no alias and no window mends it."""
LABELS_JOINED_BY = ", "
_LABEL_PREFIX = re.compile(r"\A.*[/:／：]\s*", re.DOTALL)


def set_aside(
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
        if people is not None and reason in ("ambiguous_person", *FILL):
            told["next"] = texts.map({text: _next_step(reason, text, people) for text in texts.unique()})
    return table[~wrong], account.set_aside(rows, reason, **told)


def _next_step(reason: str, text: str, people: Directory) -> str:
    """What to do about one record: an empty cell is filled, a name that nobody knows becomes an alias."""
    if reason in FILL and not text.strip():
        return FILL[reason]
    if reason in ("ambiguous_person", "not_in_roster"):
        return alias_lines([text], candidates_of(people, text))
    return TOLD[reason][1]


def resolve_team_records(
    table: pd.DataFrame, account: Account, programme: Programme, teams: Directory, *, label: str
) -> tuple[pd.DataFrame, Account]:
    """Day, team by label, nothing after `as_of`."""
    days = local_days(table["created"], programme.programme.timezone)
    found = look_up(teams, table[label], days)
    table = table.assign(day=days, team=found["id"].astype(object))
    table = _leave_open(table, programme)
    late_days = days > pd.Timestamp(programme.as_of)
    table, account = set_aside(table, account, late_days, "after_as_of", names=days.astype("str"))
    stranger = found["outcome"].eq(UNKNOWN) & table[label].notna()
    table, account = set_aside(table, account, stranger, "other_team", names=table[label])
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
    account = account.warn_of(table[backwards], "end_before_start")
    return account, backwards


def resolve_requests(
    requests: pd.DataFrame, account: Account, programme: Programme, people: Directory, teams: Directory
) -> tuple[pd.DataFrame, Account]:
    """As team records; besides, migrated copies joined to their originals and shared accounts counted."""
    requests, account = _join_migrated(requests, account)
    table, account = resolve_team_records(requests, account, programme, teams, label="team_label")
    by_account = look_up(people, table["requester_id"], table["day"])
    by_name = look_up(people, table["requester"], table["day"])
    for reason, outcome in (("bot", BOT), ("test_answer", TEST)):
        wrong = by_account["outcome"].eq(outcome) | by_name["outcome"].eq(outcome)
        table, account = set_aside(table, account, wrong, reason, names=table["requester"])
        by_account, by_name = by_account.loc[table.index], by_name.loc[table.index]
    asked_by = by_account["id"].where(by_account["outcome"].eq(PERSON), by_name["id"])
    known = by_account["outcome"].eq(PERSON) | by_name["outcome"].eq(PERSON)
    table = table.assign(requested_by=asked_by.where(known))
    unlabelled = table.loc[table["team"].isna() & table["requested_by"].notna(), ["requested_by", "day"]]
    days = unlabelled["day"].fillna(pd.Timestamp(programme.as_of)).dt.date
    teams_then = [
        team_on(programme, person, day) for person, day in zip(unlabelled["requested_by"], days, strict=True)
    ]
    table.loc[unlabelled.index, "team"] = pd.Series(teams_then, index=unlabelled.index, dtype=object)
    by_id = look_up(people, table["assignee_id"], table["day"])
    doer = look_up(people, table["assignee"], table["day"])
    doer = by_id.where(by_id["outcome"].isin([PERSON, SHARED]), doer)
    account = account.warn_of(table[doer["outcome"].eq(SHARED)], "shared_account")
    return table.assign(person=doer["id"].where(doer["outcome"].eq(PERSON))), account


def _join_migrated(requests: pd.DataFrame, account: Account) -> tuple[pd.DataFrame, Account]:
    """A ticket in both trackers is one request: the original stands, the copy fills what it lacks."""
    copies = _find_copies(requests)
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


def _find_copies(requests: pd.DataFrame) -> pd.DataFrame:
    """The records that say which other one they were made of; of a ring of them the first is the original."""
    here = requests["old_id"].isin(requests["id"]) & requests["old_id"].ne(requests["id"])
    if not here.any():
        return requests[here]
    made_of: dict[str, list[str]] = {}
    for copy, old in zip(requests.loc[here, "id"], requests.loc[here, "old_id"], strict=True):
        made_of.setdefault(old, []).append(copy)
    copies: set[str] = set()
    for original in [*requests.loc[~here, "id"], *requests.loc[here, "id"]]:
        left = [] if original in copies else [original]
        while left:
            made = [copy for copy in made_of.pop(left.pop(), []) if copy != original]
            copies.update(made)
            left += made
    return requests[here & requests["id"].isin(copies)]


def check_zones(requests: pd.DataFrame, account: Account, zones: Mapping[str, str]) -> Account:
    """A file most of whose requests were "created" outside working hours was read in the wrong zone."""
    for file, rows in requests.groupby("file", sort=False):
        hours = rows["created"].dt.tz_convert(zones[str(file)]).dt.hour
        inside = ((hours >= OFFICE_HOURS[0]) & (hours < OFFICE_HOURS[1])).mean()
        if len(rows) >= MIN_ROWS_FOR_ZONE and inside < 0.6:
            account = account.warn(str(file), "zone_looks_wrong", len(rows))
    return account


# --- incidents ------------------------------------------------------------------------------------------


def resolve_incidents(
    incidents: pd.DataFrame, account: Account, programme: Programme, teams: Directory
) -> tuple[pd.DataFrame, Account]:
    days = local_days(incidents["created"], programme.programme.timezone)
    found = look_up(teams, incidents["service"], days)
    table = incidents.assign(
        day=days,
        team=found["id"].where(found["outcome"].eq(TEAM)),
        shared=incidents["service"].isin(programme.incidents.shared_services),
    )
    table = _leave_open(table, programme)
    late = days > pd.Timestamp(programme.as_of)
    table, account = set_aside(table, account, late, "after_as_of", names=days.astype("str"))
    account, _ = _warn_backwards(table, account)
    nobodys = table["team"].isna() & ~table["shared"] & table["service"].notna()
    account = account.warn_of(table[nobodys], "unknown_service")
    return table, account


def resolve_participation(
    participation: pd.DataFrame, incidents: pd.DataFrame, account: Account, people: Directory
) -> tuple[pd.DataFrame, Account]:
    """One row a person and incident; where two exports tell a step, the further one counts."""
    days = incidents.drop_duplicates("id").set_index("id")["day"]
    day = days.reindex(participation["incident"]).set_axis(participation.index)
    by_mail = look_up(people, participation["mail"], day)
    by_account = look_up(people, participation["account"], day)
    by_name = look_up(people, participation["name"], day)
    found = by_account.where(by_account["outcome"].eq(PERSON), by_name)
    found = by_mail.where(by_mail["outcome"].eq(PERSON), found)
    table = participation.assign(person=found["id"].where(found["outcome"].eq(PERSON)), day=day)
    table, account = _leave_bots(table, account, found["outcome"].eq(BOT))
    # who acknowledged in the incident tool stands in a cell of the incident's own record, which stays used
    own_record = table["file"].isin(incidents["file"])
    test = found["outcome"].eq(TEST).reindex(table.index)
    table, account = set_aside(table, account, test & ~own_record, "test_answer", names=table["name"])
    table = table[~test.reindex(table.index)]
    found, own_record = found.reindex(table.index), own_record.reindex(table.index)
    wrong = found["outcome"].eq(AMBIGUOUS)
    table, account = set_aside(
        table, account, wrong & ~own_record, "ambiguous_person", names=table["name"], people=people
    )
    doubtful = (wrong & own_record).reindex(table.index, fill_value=False)
    account = account.warn_of(table[doubtful], "ambiguous_person")
    table = table[~doubtful]
    unknown = found["outcome"].eq(UNKNOWN).reindex(table.index)
    account = account.warn_of(table[unknown], "unknown_person")
    rank = table["step"].map({step: n for n, step in enumerate(STEPS)}).fillna(-1)
    who = table["person"].fillna(table["name"]).fillna(table["mail"]).fillna(table["account"])
    best = table.assign(_rank=rank, _who=who).sort_values(["incident", "_who", "_rank"], kind="stable")
    return best.drop_duplicates(["incident", "_who"], keep="last").drop(columns=["_rank", "_who"]), account


def _leave_bots(table: pd.DataFrame, account: Account, bots: pd.Series) -> tuple[pd.DataFrame, Account]:
    """The table without what bots did; a bot in an incident's record is no reason to lose the incident."""
    account = account.warn_of(table[bots], "bot")
    return table[~bots], account


# --- records of people ----------------------------------------------------------------------------------


def resolve_changes(
    changes: pd.DataFrame, account: Account, programme: Programme, people: Directory, teams: Directory
) -> tuple[pd.DataFrame, Account]:
    """Changes with `day`, author as `person`, the author's `team` then; what bots proposed is set aside.

    An author who is nobody of the programme may stand for their team in the alias sheet.  `area_team`: the
    one team that the labels name on that day.
    """
    days = local_days(changes["created"], programme.programme.timezone)
    by_account = look_up(people, changes["author"], days)
    by_name = look_up(people, changes["author_name"], days)
    found = by_account.where(by_account["outcome"].ne(UNKNOWN), by_name)
    table = changes.assign(day=days, person=found["id"].where(found["outcome"].eq(PERSON)))
    for name in ("merged", "closed"):
        late = local_days(table[name], programme.programme.timezone) > pd.Timestamp(programme.as_of)
        table[name] = table[name].mask(late)
    bots = table["bot"].fillna(False).astype(bool) | found["outcome"].eq(BOT)
    late = days > pd.Timestamp(programme.as_of)
    table, account = set_aside(table, account, bots, "bot", names=changes["author"])
    table, account = set_aside(table, account, late, "after_as_of", names=days.astype("str"))
    of_team = look_up(teams, table["author"], table["day"])
    then = [
        team if pd.isna(person) or pd.isna(day) else team_on(programme, str(person), day.date())
        for person, day, team in zip(table["person"], table["day"], of_team["id"], strict=True)
    ]
    table = table.assign(team=pd.Series(then, index=table.index, dtype=object))
    return table.assign(area_team=_find_areas(table, teams)), account


def _find_areas(changes: pd.DataFrame, teams: Directory) -> pd.Series:
    """The one team that a change's labels name, as they stand or after their last "/" or ":".

    A label may hold the comma that joins labels, so the whole text is looked at, too.
    """
    texts = changes["area"].fillna("")
    labels = {text: list(dict.fromkeys((text, *text.split(LABELS_JOINED_BY)))) for text in texts.unique()}
    asked = pd.DataFrame({"label": texts.map(labels), "day": changes["day"]}).explode("label")
    asked = asked[asked["label"].ne("")].reset_index(names="at")
    whole = look_up(teams, asked["label"], asked["day"])
    ends = look_up(teams, asked["label"].map(lambda label: _LABEL_PREFIX.sub("", label)), asked["day"])
    found = whole.where(whole["outcome"].eq(TEAM), ends)
    named = found.loc[found["outcome"].eq(TEAM), "id"].groupby(asked["at"])
    one = named.first()[named.nunique().eq(1)]
    return one.reindex(changes.index).astype(object)


def exclude_after_cutoff(
    table: pd.DataFrame, account: Account, programme: Programme, *, days: pd.Series
) -> tuple[pd.DataFrame, Account]:
    """Records of days, without those after `as_of`."""
    late = days > pd.Timestamp(programme.as_of)
    return set_aside(table.assign(day=days), account, late, "after_as_of", names=days.dt.strftime("%Y-%m-%d"))


def resolve_days(
    table: pd.DataFrame, account: Account, programme: Programme, people: Directory, *, name: str
) -> tuple[pd.DataFrame, Account]:
    """A sheet's records of a person's days (`name`: time_use, one_to_ones, improvements): `person` as an id.

    Of a table about participants, who is not in the roster and what lies outside every stay is set aside.
    """
    days, texts = table["week" if name == "time_use" else "day"], table["person"]
    found = look_up(people, texts, days)
    table = table.assign(day=days, person=found["id"].where(found["outcome"].eq(PERSON)))
    dates = days.dt.strftime("%Y-%m-%d")
    about = TABLES[name].about_participants
    rostered = {rotation.person for rotation in programme.rotations}
    inside = [_is_in_a_stay(programme, *each) for each in zip(table["person"], days, strict=True)]
    for reason, wrong, told in (
        ("test_answer", found["outcome"].eq(TEST), texts),
        ("ambiguous_person", found["outcome"].eq(AMBIGUOUS), texts),
        ("not_in_roster", ~table["person"].isin(rostered) & about, texts),
        ("after_as_of", days > pd.Timestamp(programme.as_of), dates),
        ("outside_window", ~pd.Series(inside, index=table.index, dtype=bool) & about, dates),
    ):
        table, account = set_aside(table, account, wrong, reason, names=told, people=people)
    return table, account


def resolve_notifications(
    table: pd.DataFrame, account: Account, programme: Programme, people: Directory
) -> tuple[pd.DataFrame, Account]:
    """Whom a tool disturbed on which `day` of the programme's zone, host members included.

    Who is unknown, or a shared account, is kept as nobody and warned of: somebody was disturbed.
    """
    days = local_days(table["at"], programme.programme.timezone)
    found, texts = look_up(people, table["person"], days), table["person"]
    table = table.assign(day=days, person=found["id"].where(found["outcome"].eq(PERSON)))
    for reason, wrong, told in (
        ("test_answer", found["outcome"].eq(TEST), texts),
        ("bot", found["outcome"].eq(BOT), texts),
        ("ambiguous_person", found["outcome"].eq(AMBIGUOUS), texts),
        ("after_as_of", days > pd.Timestamp(programme.as_of), days.astype("str")),
    ):
        table, account = set_aside(table, account, wrong, reason, names=told, people=people)
    outcome = found["outcome"].reindex(table.index)
    account = account.warn_of(table[outcome.eq(UNKNOWN)], "unknown_person")
    return table, account.warn_of(table[outcome.eq(SHARED)], "shared_account")


def _is_in_a_stay(programme: Programme, person: object, day: pd.Timestamp) -> bool:
    """Whether the week that begins on `day` touches a stay of the person."""
    if pd.isna(day):
        return True  # the cell is told as unusable; the record is kept without its day
    last = day + pd.Timedelta(days=6)
    return any(
        stay.start <= last.date() and day.date() <= (stay.end or programme.as_of)
        for stay in programme.rotations
        if stay.person == person
    )
