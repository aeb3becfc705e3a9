"""What is still missing of a programme, in the order in which its owner supplies it.

Nothing here is wrong, and reports are built without it.  A consent that somebody did not give is not listed:
no row of the sheet is an answer, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from ..cohorts.cohort import Cohorts
from ..errors import name_first
from ..programme.model import Programme, Source
from ..reading.exports import list_files, name_file

COMPANY = ("(会社名)", "(your company)")
"""What the starter writes in the place of a company's name."""
ASK = "ask, or put in what came back"
TOO_LATE = "put in what came back in time; it is too late to ask"


@dataclass(frozen=True, kw_only=True)
class Missing:
    """One thing that is still missing: what, in which files it belongs, what to do next."""

    what: str
    files: tuple[str, ...]
    next_step: str

    def __str__(self) -> str:
        """One line.

        >>> print(Missing(what="no stays", files=("rotations.csv",), next_step="one row a stay"))
        no stays (rotations.csv): one row a stay
        """
        return f"{self.what} ({name_first(self.files)}): {self.next_step}"

    def as_json(self) -> dict[str, Any]:
        """What, where, and what to do, as JSON has them."""
        return {"what": self.what, "files": list(self.files), "next": self.next_step}


def list_missing(cohorts: Cohorts) -> tuple[Missing, ...]:
    """Everything that is still missing, what comes first first."""
    programme = cohorts.programme
    return (
        *_miss_company(programme),
        *_miss_teams(programme),
        *_miss_people(programme),
        *_miss_stays(programme),
        *_miss_consents(programme),
        *_miss_plan(programme),
        *_miss_records(cohorts),
        *_miss_unasked(cohorts),
        *_miss_answers(cohorts),
        *_miss_days(cohorts),
    )


# --- who and when ---------------------------------------------------------------------------------------


def _home_of(programme: Programme, sheet: str) -> tuple[str, ...]:
    """Where the rows of a sheet are written: in its file, else in the TOML."""
    return (dict(programme.sheets).get(sheet, "programme.toml"),)  # type: ignore[call-overload]


def _miss_company(programme: Programme) -> Iterator[Missing]:
    if programme.programme.company.ja in COMPANY or programme.programme.company.en in COMPANY:
        yield Missing(
            what="the company's name",
            files=("programme.toml",),
            next_step="write it at `company`, in Japanese and English",
        )


def _miss_teams(programme: Programme) -> Iterator[Missing]:
    if all(team.id == programme.programme.host_team for team in programme.teams):
        yield Missing(
            what="no team but the host team",
            files=_home_of(programme, "teams"),
            next_step="one row a team: those that send somebody, and those that never do, to compare with",
        )


def _miss_people(programme: Programme) -> Iterator[Missing]:
    home = _home_of(programme, "people")
    if not programme.people:
        yield Missing(
            what="no people",
            files=home,
            next_step="one row a person: participants, mentors, members of the host team",
        )
    aliases = {alias.id for alias in programme.aliases}
    unreachable = [
        person.id
        for person in programme.people
        if person.id in programme.participants and person.mail is None and person.id not in aliases
    ]
    if unreachable:
        yield Missing(
            what=f"no address of {name_first(unreachable)}",
            files=home,
            next_step="fill `mail`: it tells whose an answer is",
        )


def _miss_stays(programme: Programme) -> Iterator[Missing]:
    home = _home_of(programme, "rotations")
    if not programme.rotations:
        yield Missing(what="no stays", files=home, next_step="one row a stay: person, cohort, teams, days")
    alone = [stay.person for stay in programme.rotations if stay.mentor is None]
    if alone and any(wave.rater == "mentor" for wave in programme.waves):
        yield Missing(
            what=f"no mentor of {name_first(alone)}",
            files=home,
            next_step="fill `mentor`, who is asked in rounds of its own",
        )


def _miss_consents(programme: Programme) -> Iterator[Missing]:
    if not programme.consents:
        yield Missing(
            what="no consents",
            files=_home_of(programme, "consents"),
            next_step="ask with the consent page, one row a kind and audience agreed to; no row means no",
        )


def _miss_plan(programme: Programme) -> Iterator[Missing]:
    """What is to be decided on, and by what, before data are seen."""
    home = ("programme.toml",)
    if not programme.plan.primary:
        yield Missing(
            what="no measure that the programme is judged by",
            files=home,
            next_step="declare `primary` in [plan] before you see data",
        )
    if programme.triggers.declared is None:
        yield Missing(
            what="no day on which the triggers were set",
            files=home,
            next_step="read [triggers], and say `declared`",
        )


# --- records and answers --------------------------------------------------------------------------------


def _miss_records(cohorts: Cohorts) -> Iterator[Missing]:
    """Sources of records, not of answers, that hold none yet."""
    empty = [source for source in _list_empty(cohorts) if source.instrument is None]
    if empty:
        yield Missing(
            what=f"no records of {name_first(source.name for source in empty)}",
            files=_patterns_of(empty),
            next_step="type them in, drop a tool's export there, or remove the sources you never use",
        )


def _miss_unasked(cohorts: Cohorts) -> Iterator[Missing]:
    """Questionnaires without any answer; once there is a stay, only those that no round asks."""
    programme = cohorts.programme
    asked = {name for wave in programme.waves for name in programme.asked_in(wave)}
    empty = [source for source in _list_empty(cohorts) if source.instrument is not None]
    if programme.rotations:
        empty = [source for source in empty if source.instrument not in asked]
    if empty:
        yield Missing(
            what=f"no answers of {name_first(source.name for source in empty)}",
            files=_patterns_of(empty),
            next_step="send the questionnaires, and drop what comes back there",
        )


def _miss_answers(cohorts: Cohorts) -> Iterator[Missing]:
    """Who has not answered which round: those who still can, then those whose time is over."""
    programme = cohorts.programme
    windows = {(wave.rater, wave.id): wave.window[1] for wave in programme.waves}
    due = cohorts.coverage[cohorts.coverage["status"].eq("missing")]
    last = [row.due + timedelta(days=windows[row.rater, row.wave]) for row in due.itertuples()]
    due = due.assign(last=last, over=[day < programme.as_of for day in last])
    ordered = due.sort_values("over", kind="stable")
    for (over, wave, name), rows in ordered.groupby(["over", "wave", "instrument"], sort=False):
        sources = [source for source in programme.sources if source.instrument == name]
        people = (row.person if over else f"{row.person} (until {row.last})" for row in rows.itertuples())
        yield Missing(
            what=f"answers to {name} at {wave} of {name_first(people)}",
            files=_patterns_of(sources) or ("programme.toml",),
            next_step=(TOO_LATE if over else ASK) if sources else "declare a source of that instrument",
        )


def _list_empty(cohorts: Cohorts) -> list[Source]:
    """The sources in none of whose files there is a record."""
    programme = cohorts.programme
    filled = set(cohorts.account.records["file"])
    found = {
        source.name
        for source, path in list_files(programme)
        for name in (name_file(programme, path),)
        if filled & {name, f"{name}#{source.sheet}"}
    }
    return [source for source in programme.sources if source.name not in found]


def _patterns_of(sources: Iterable[Source]) -> tuple[str, ...]:
    return tuple(pattern for source in sources for pattern in source.files)


def _miss_days(cohorts: Cohorts) -> Iterator[Missing]:
    """Records after the last day that counts."""
    records = cohorts.account.records
    later = int(records["reason"].eq("after_as_of").sum())
    if later:
        yield Missing(
            what=f"a later last day: {later} records are after {cohorts.programme.as_of}",
            files=("programme.toml",),
            next_step="move `as_of` on",
        )
