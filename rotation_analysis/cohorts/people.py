"""Resolve texts to people and teams on a given day, with the programme's alias table."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

import pandas as pd

from ..files.cells import fold
from ..programme.model import Alias, Programme

PERSON, SHARED, TEST, BOT = "person", "shared", "test", "bot"
TEAM, AMBIGUOUS, UNKNOWN = "team", "ambiguous", "unknown"


@dataclass(frozen=True)
class Entry:
    """A meaning of a text, valid between two dates (included; None = open); `alias`: from the alias table."""

    kind: str
    id: str
    first: date | None = None
    last: date | None = None
    alias: bool = False


Directory = dict[str, list[Entry]]


def list_people(programme: Programme) -> Directory:
    """List people, shared accounts and test answers by normalised name, address, id and alias."""
    directory: Directory = {}
    for person in programme.people:
        for text in (person.id, person.name, person.mail):
            _add(directory, text, Entry(PERSON, person.id))
    for alias in programme.aliases:
        if alias.kind != TEAM:
            _add(directory, alias.text, _entry(alias))
    return directory


def with_accounts(directory: Directory, accounts: pd.DataFrame) -> Directory:
    """Return the directory with the ids and handles of accounts whose address or name it contains.

    An alias for the id takes precedence over the tool's account data.
    """
    known = {text: list(entries) for text, entries in directory.items()}
    for account in accounts.drop_duplicates("id").itertuples():
        # people its address means, otherwise its name; several if ambiguous
        given = [directory.get(fold(str(t)), []) for t in (account.mail, account.name) if not pd.isna(t)]
        meant = [(entry.kind, entry.id) for entry in next(filter(None, given), [])]
        for text in (account.id, account.handle):
            if not pd.isna(text) and not directory.get(fold(str(text))):
                for kind, person in [(BOT, str(account.id))] if account.bot is True else meant:
                    _add(known, str(text), Entry(kind, person))
    return known


def list_teams(programme: Programme) -> Directory:
    """List teams by normalised id, name and alias."""
    directory: Directory = {}
    for team in programme.teams:
        for text in (team.id, team.ja, team.en):
            _add(directory, text, Entry(TEAM, team.id, team.valid_from, team.valid_until))
    for alias in programme.aliases:
        if alias.kind == TEAM:
            _add(directory, alias.text, _entry(alias))
    return directory


def _entry(alias: Alias) -> Entry:
    return Entry(alias.kind, alias.id or "", alias.valid_from, alias.valid_until, alias=True)


def _add(directory: Directory, text: str | None, entry: Entry) -> None:
    if text:
        entries = directory.setdefault(fold(text), [])
        if entry not in entries:
            entries.append(entry)


def look_up(directory: Directory, texts: pd.Series, days: pd.Series) -> pd.DataFrame:
    """Resolve each text on its day; return columns `outcome` and `id` with the index of `texts`.

    Outcomes: person, team, shared, test, bot, ambiguous, unknown.  `days`: timestamps without zone; can be
    missing.
    """
    keys = texts.fillna("").tolist()
    plain = {text: _meaning(directory.get(fold(text), []), None, dated=False) for text in set(keys)}
    found = [plain[text] for text in keys]
    for place in (place for place, meaning in enumerate(found) if meaning is None):
        day = days.iloc[place]
        found[place] = _meaning(
            directory[fold(keys[place])], None if pd.isna(day) else day.date(), dated=True
        )
    return pd.DataFrame(found, columns=["outcome", "id"], index=texts.index, dtype=object)


def prefer(*found: pd.DataFrame, kinds: Collection[str]) -> pd.DataFrame:
    """Combine `look_up` results for several texts of a record: the first with one of `kinds`, else the last.

    >>> by_id, by_name = (pd.DataFrame({"outcome": [what], "id": [whom]}) for what, whom in
    ...                   (("unknown", None), ("person", "p01")))
    >>> prefer(by_id, by_name, kinds=("person",))["id"].tolist()
    ['p01']
    """
    best = found[-1]
    for each in found[-2::-1]:
        best = each.where(each["outcome"].isin(kinds), best)
    return best


def _meaning(entries: list[Entry], day: date | None, *, dated: bool) -> tuple[str, str | None] | None:
    """Return the single meaning of the entries; None if it depends on the day and `dated` is false.

    An unknown day (None) matches only entries with open bounds.
    """
    if not dated and any(entry.first or entry.last for entry in entries):
        return None
    valid = [
        entry
        for entry in entries
        if (entry.first is None or (day is not None and entry.first <= day))
        and (entry.last is None or (day is not None and day <= entry.last))
    ]
    aliases = [entry for entry in valid if entry.alias]  # the alias table takes precedence over names
    meant = {(entry.kind, entry.id) for entry in aliases or valid}
    if len(meant) == 1:
        return meant.pop()
    return (AMBIGUOUS, None) if meant else (UNKNOWN, None)


def team_on(programme: Programme, person: str, day: date) -> str | None:
    """Return a person's home team on `day`: their rotation's until it ends, then the current team or None."""
    stays = [stay for stay in programme.rotations if stay.person == person]
    for stay in sorted(stays, key=lambda stay: stay.start):
        if stay.end is None or day <= stay.end:
            return stay.home_team
    return next((other.team for other in programme.people if other.id == person), None)


def format_aliases(texts: Iterable[str], candidates: Iterable[str] = ()) -> str:
    """Format the line to paste into the alias sheet.

    >>> format_aliases(["見本 ひかり"], ["p03", "sre04"])
    'add to the alias sheet: 見本 ひかり,person,p03|sre04,,'
    """
    ids = "|".join(candidates) or "<id>"
    return "add to the alias sheet: " + "; ".join(f"{text},person,{ids},," for text in texts)


def list_candidates(directory: Directory, text: str) -> list[str]:
    """List ids that an ambiguous text can mean; for an unknown text, those that differ only by spaces."""
    wanted = fold(text).replace(" ", "")
    entries = directory.get(fold(text)) or [
        entry for known, each in directory.items() if known.replace(" ", "") == wanted for entry in each
    ]
    return sorted({entry.id for entry in entries if entry.kind == PERSON})
