"""`programme.toml` and the owner's sheets it names, as one frozen value.

`read_programme` is the way in.  Everything an owner declares is here: who, when, which files, what was
planned to be looked at (evaluation plan) and what may be shown to whom (disclosure policy).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

from pydantic import Field, StringConstraints

from .cells import fold
from .declarations import Declaration, dotted, hash_toml, read_toml, validate, validate_row
from .errors import FileRefused, Problem, ProgrammeRefused, did_you_mean
from .questionnaires import read_instruments, read_skill_grid
from .records import read_records
from .worktime import WorkCalendar

Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]
Text = Annotated[str, StringConstraints(min_length=1)]
DateOrder = Literal["ymd", "dmy", "mdy"]
Audience = Literal["owner", "graduate", "home_manager", "leadership"]
ConsentKind = Literal["skills", "incidents", "strain", "time", "quotes"]
ACCOUNTS = ("person", "home_team", "organisation")


class Label(Declaration):
    """A name in both languages."""

    ja: Text
    en: Text


class Header(Declaration):
    """Name, company, and the day up to which data count."""

    name: Label
    company: Label
    as_of: date
    timezone: Text = "Asia/Tokyo"
    host_team: Id
    data_start: date | None = None
    synthetic: bool = False


class DaysOff(Declaration):
    """A run of company days off, both ends included."""

    first: date
    last: date
    name: Text


class Calendar(Declaration):
    """Public holidays by country (ISO 3166; "" = none) and company days off."""

    country: str = "JP"
    days_off: tuple[DaysOff, ...] = ()


class Team(Declaration):
    """A team; `size` is its number of engineers."""

    id: Id
    ja: Text
    en: Text
    size: Annotated[int, Field(ge=1)] | None = None
    valid_from: date | None = None
    valid_until: date | None = None


class Person(Declaration):
    """Anyone whose name occurs: participants, mentors, host team members, requesters."""

    id: Id
    name: Text
    team: Id | None = None
    mail: Text | None = None


class Rotation(Declaration):
    """One person's stay; `now` says where they are since `now_since`."""

    person: Id
    cohort: Id
    home_team: Id
    host_team: Id
    start: date
    planned_end: date
    end: date | None = None
    ending: Literal["as_planned", "extended", "early", "running"]
    now: Literal["home", "host", "elsewhere", "left"]
    now_since: date | None = None
    direction: Literal["dev_to_sre", "sre_to_dev"] = "dev_to_sre"
    share: Annotated[float, Field(gt=0, le=1)] = 1.0
    mentor: Id | None = None


class Alias(Declaration):
    """Another text under which a person, a team, a shared account or test answers occur."""

    text: Text
    kind: Literal["person", "team", "shared", "test"]
    id: Id | None = None
    valid_from: date | None = None
    valid_until: date | None = None


class Event(Declaration):
    """A dated change for the whole company: a portal, a rule, a migration."""

    date: date
    ja: Text
    en: Text


class Consent(Declaration):
    """What one person allows one audience to see; no entry = no."""

    person: Id
    kind: ConsentKind
    audience: Audience
    given: date
    withdrawn: date | None = None


class Wave(Declaration):
    """One planned round of a survey: due `months` and `days` after the anchor, answered within `window`."""

    id: Literal["start", "middle", "end", "after_3m", "after_6m", "after_12m"]
    rater: Literal["self", "mentor"]
    anchor: Literal["start", "end"]
    months: Annotated[int, Field(ge=0, le=24)] = 0
    days: Annotated[int, Field(ge=-60, le=60)] = 0
    window: tuple[int, int]


class Skill(Declaration):
    """A row of the skill grid."""

    id: Id
    ja: Text
    en: Text
    group: Text = "own"


class Wording(Declaration):
    """Another wording of a question; comparable with the others only by `same_meaning`."""

    question: Text
    wording: Text
    same_meaning: bool


class OwnScale(Declaration):
    """Another scale that answers were once given on: its labels are understood, never pooled with others."""

    id: Id
    labels: tuple[Text, ...]


class Source(Declaration):
    """Files of one tool and how to read them; `columns`, `labels` add a company's own fields."""

    name: Text
    files: tuple[Text, ...]
    profile: Text | None = None
    timezone: Text | None = None
    dates: DateOrder | None = None
    encoding: Text | None = None
    sheet: Text | None = None
    instrument: Text | None = None
    columns: dict[str, Text] = {}
    labels: dict[str, dict[str, tuple[str, ...]]] = {}


class Incidents(Declaration):
    """Services that belong to everybody: the host team is always in their incidents."""

    shared_services: tuple[Text, ...] = ()


class Primary(Declaration):
    """A measure declared beforehand as the one to judge an account by."""

    measure: Text
    account: Literal["person", "home_team", "organisation"]


class EvaluationPlan(Declaration):
    """Declared before the data: primary measures, and by unit the smallest change that matters."""

    declared: date
    primary: tuple[Primary, ...] = ()
    smallest_change: dict[str, Annotated[float, Field(gt=0)]] = {}


class DisclosurePolicy(Declaration):
    """`k` people other than the reader behind any aggregate of people's answers; never under 4."""

    k: Annotated[int, Field(ge=4)] = 5


class ReadFile(Declaration):
    """A file the programme itself was read from, with its hash and, for a sheet, its rows."""

    file: str
    sha256: str
    rows: int = 0


class Programme(Declaration):
    """Everything declared; lists may stand in the TOML or, by `sheets`, in the owner's CSV or XLSX files."""

    programme: Header
    calendar: Calendar = Calendar()
    sheets: dict[Literal["people", "teams", "rotations", "aliases", "events", "consents"], Text] = {}
    people: tuple[Person, ...] = ()
    teams: tuple[Team, ...] = ()
    rotations: tuple[Rotation, ...] = ()
    aliases: tuple[Alias, ...] = ()
    events: tuple[Event, ...] = ()
    consents: tuple[Consent, ...] = ()
    waves: tuple[Wave, ...] = ()
    skills: tuple[Skill, ...] = ()
    wordings: tuple[Wording, ...] = ()
    scales: tuple[OwnScale, ...] = ()
    sources: tuple[Source, ...] = ()
    incidents: Incidents = Incidents()
    plan: EvaluationPlan
    disclosure: DisclosurePolicy = DisclosurePolicy()
    folder: Path = Path()
    read_from: tuple[ReadFile, ...] = ()

    @property
    def as_of(self) -> date:
        """The day up to which data count."""
        return self.programme.as_of

    @property
    def cohorts(self) -> tuple[str, ...]:
        """Cohort labels in the order of their first start."""
        ordered = sorted(self.rotations, key=lambda rotation: (rotation.start, rotation.cohort))
        return tuple(dict.fromkeys(rotation.cohort for rotation in ordered))

    @property
    def work_calendar(self) -> WorkCalendar:
        """Public holidays and company days as one calendar."""
        days = frozenset(
            date.fromordinal(n)
            for off in self.calendar.days_off
            for n in range(off.first.toordinal(), off.last.toordinal() + 1)
        )
        return WorkCalendar(self.calendar.country or None, days)

    def team(self, team_id: str) -> Team:
        """The team of that id."""
        return next(team for team in self.teams if team.id == team_id)


SHEET_ROWS: dict[str, type[Declaration]] = {
    "people": Person,
    "teams": Team,
    "rotations": Rotation,
    "aliases": Alias,
    "events": Event,
    "consents": Consent,
}
_OURS = ("folder", "read_from")  # set by read_programme, never by an owner


def find_programme(path: Path) -> Path:
    """`path` itself, or the programme.toml in it; `FileRefused` where neither is a file."""
    file = path / "programme.toml" if path.is_dir() else path
    if not file.is_file():
        raise FileRefused(
            Problem(
                reason="not_a_file",
                file=str(path),
                expected="a programme.toml or the folder that holds one",
                next_step="check the path; `rotation-analysis report data/sample` builds the sample",
            )
        )
    return file


def read_programme(path: Path, *, as_of: date | None = None) -> Programme:
    """The programme at `path` (file or folder), checked as a whole.

    Raises `ProgrammeRefused` with every problem of the TOML file and of every sheet it names at once.
    """
    file = find_programme(path)
    data = read_toml(file, name=file.name)
    if as_of is not None and isinstance(data.get("programme"), dict):
        data["programme"]["as_of"] = as_of
    problems = [
        Problem(reason="programme", file=file.name, column=key, expected="a known key", next_step="remove it")
        for key in _OURS
        if data.pop(key, None) is not None
    ]
    declared, found = validate(Programme, data, file=file.name)
    problems += found
    sheets = data.get("sheets")
    lists, places, read_from, sheet_problems = _read_sheets(
        file.parent, sheets if isinstance(sheets, dict) else {}, data
    )
    problems += sheet_problems
    if declared is None or problems:
        raise ProgrammeRefused(problems)
    toml = ReadFile(file=file.name, sha256=hash_toml(file))
    programme = declared.model_copy(
        update={**lists, "folder": file.parent.resolve(), "read_from": (toml, *read_from)}
    )
    problems = [_placed(problem, file.name, places) for problem in find_inconsistencies(programme)]
    if problems:
        raise ProgrammeRefused(problems)
    return programme


def _read_sheets(
    folder: Path, sheets: dict[str, Any], data: dict[str, Any]
) -> tuple[dict[str, Any], dict[str, tuple[str, list[int]]], list[ReadFile], list[Problem]]:
    lists: dict[str, Any] = {}
    places: dict[str, tuple[str, list[int]]] = {}
    read_from: list[ReadFile] = []
    problems: list[Problem] = []
    for name, file in sheets.items():
        if name not in SHEET_ROWS or not isinstance(file, str):
            continue  # already a problem of the TOML file
        if data.get(name):
            problems.append(
                Problem(
                    reason="programme",
                    file="programme.toml",
                    column=name,
                    expected=f"either [[{name}]] or sheets.{name}, not both",
                    next_step="move the entries into the sheet",
                )
            )
        try:
            records = read_records(folder / file, name=file)
        except FileRefused as refused:
            problems.append(refused.problem)
            continue
        header, unknown = _match_fields(records.header, SHEET_ROWS[name], file)
        problems += unknown
        problems += [
            Problem(reason=r.reason, file=file, row=r.row, value=r.value, expected=r.expected)
            for r in records.refused.itertuples()
        ]
        rows = []
        for row, cells in zip(records.rows, records.cells.itertuples(index=False), strict=True):
            given = {field: text for field, text in zip(header, cells, strict=True) if field}
            value, found = validate_row(SHEET_ROWS[name], given, file=file, row=int(row))
            problems += found
            if value is not None:
                rows.append(value)
        lists[name] = tuple(rows)
        places[name] = (file, [int(row) for row in records.rows])
        read_from.append(ReadFile(file=file, sha256=records.sha256, rows=len(records.cells)))
    return lists, places, read_from, problems


def _match_fields(
    header: tuple[str, ...], model: type[Declaration], file: str
) -> tuple[list[str | None], list[Problem]]:
    """The model's field for each column (None = not understood), and the problems of the header."""
    fields = list(model.model_fields)
    matched: list[str | None] = []
    problems = []
    for text in header:
        field = fold(text).replace(" ", "_")
        matched.append(field if field in fields else None)
        if field and field not in fields:
            problems.append(
                Problem(
                    reason="programme",
                    file=file,
                    row=1,
                    column=text,
                    expected=f"one of {', '.join(fields)}",
                    next_step=did_you_mean(field, fields) or "remove the column",
                )
            )
    return matched, problems


def _placed(problem: Problem, file: str, places: dict[str, tuple[str, list[int]]]) -> Problem:
    """A problem at `rotations[2].end`, told at its row and column if rotations stand in a sheet."""
    name, _, rest = (problem.column or "").partition("[")
    if name in places and rest:
        index, _, field = rest.partition("].")
        sheet, rows = places[name]
        return Problem(
            reason=problem.reason,
            file=sheet,
            row=rows[int(index)],
            column=field,
            value=problem.value,
            expected=problem.expected,
            next_step=problem.next_step,
        )
    return Problem(**{**problem.__dict__, "file": file})


# --- inconsistencies ------------------------------------------------------------------------------------


def find_inconsistencies(programme: Programme) -> list[Problem]:
    """What single values cannot show: unknown ids, ends before starts, overlaps, planned against real."""
    return [
        *_find_repeats(programme),
        *_find_unknown_ids(programme),
        *_find_impossible_stays(programme),
        *_find_overlaps(programme),
        *_find_unreachable_sources(programme),
        *_find_unknown_words(programme),
    ]


def _told(
    place: tuple[int | str, ...], value: object, expected: str, next_step: str | None = None
) -> Problem:
    return Problem(
        reason="programme",
        column=dotted(place),
        value=None if value is None else str(value),
        expected=expected,
        next_step=next_step,
    )


def _find_repeats(programme: Programme) -> Iterable[Problem]:
    for name in ("people", "teams"):
        seen: set[str] = set()
        for index, item in enumerate(getattr(programme, name)):
            if item.id in seen:
                yield _told((name, index, "id"), item.id, "an id that occurs once", "merge the two rows")
            seen.add(item.id)


def _find_unknown_ids(programme: Programme) -> Iterable[Problem]:
    people = [person.id for person in programme.people]
    teams = [team.id for team in programme.teams]
    skills = [*read_skill_grid().ids, *(skill.id for skill in programme.skills)]
    wanted: list[tuple[tuple[int | str, ...], str | None, list[str]]] = [
        (("programme", "host_team"), programme.programme.host_team, teams)
    ]
    for index, person in enumerate(programme.people):
        wanted.append((("people", index, "team"), person.team, teams))
    for index, rotation in enumerate(programme.rotations):
        wanted += [
            (("rotations", index, "person"), rotation.person, people),
            (("rotations", index, "mentor"), rotation.mentor, people),
            (("rotations", index, "home_team"), rotation.home_team, teams),
            (("rotations", index, "host_team"), rotation.host_team, teams),
        ]
    for index, alias in enumerate(programme.aliases):
        known = {"person": people, "team": teams, "shared": teams}.get(alias.kind)
        if known is not None:
            wanted.append((("aliases", index, "id"), alias.id or "", known))
    for index, consent in enumerate(programme.consents):
        wanted.append((("consents", index, "person"), consent.person, people))
    for index, wording in enumerate(programme.wordings):
        wanted.append((("wordings", index, "question"), wording.question, skills))
    for place, value, known in wanted:
        if value is not None and value not in known:
            yield _told(place, value, "an id declared in this programme", did_you_mean(value, known))


def _find_impossible_stays(programme: Programme) -> Iterable[Problem]:
    for index, stay in enumerate(programme.rotations):

        def at(field: str, index: int = index) -> tuple[int | str, ...]:
            return ("rotations", index, field)

        if stay.planned_end < stay.start:
            yield _told(at("planned_end"), stay.planned_end, f"a day after the start {stay.start}")
        if stay.end is not None and stay.end < stay.start:
            yield _told(at("end"), stay.end, f"a day after the start {stay.start}")
        if (stay.end is None) != (stay.ending == "running"):
            yield _told(at("ending"), stay.ending, '"running" exactly where end is empty')
        if stay.end is not None and stay.ending == "as_planned" and stay.end != stay.planned_end:
            yield _told(
                at("ending"), stay.ending, f"extended or early: planned {stay.planned_end}, ended {stay.end}"
            )
        if stay.end is not None and stay.ending == "extended" and stay.end <= stay.planned_end:
            yield _told(at("ending"), stay.ending, f"an end after the planned {stay.planned_end}")
        if stay.end is not None and stay.ending == "early" and stay.end >= stay.planned_end:
            yield _told(at("ending"), stay.ending, f"an end before the planned {stay.planned_end}")
        if stay.now == "left" and stay.now_since is None:
            yield _told(at("now_since"), None, "the day they left the company")


def _find_overlaps(programme: Programme) -> Iterable[Problem]:
    for index, stay in enumerate(programme.rotations):
        for other in programme.rotations[:index]:
            last = min(stay.end or date.max, other.end or date.max)
            if stay.person == other.person and max(stay.start, other.start) <= last:
                yield _told(
                    ("rotations", index, "start"),
                    stay.start,
                    f"a stay of {stay.person} that does not overlap the one from {other.start}",
                )


def _find_unknown_words(programme: Programme) -> Iterable[Problem]:
    """Time zones and instruments that do not exist."""
    zones, instruments = sorted(available_timezones()), sorted(read_instruments())
    wanted: list[tuple[tuple[int | str, ...], str | None, list[str]]] = [
        (("programme", "timezone"), programme.programme.timezone, zones)
    ]
    for index, source in enumerate(programme.sources):
        wanted.append((("sources", index, "timezone"), source.timezone, zones))
        wanted.append((("sources", index, "instrument"), source.instrument, instruments))
    for place, value, known in wanted:
        if value is not None and value not in known:
            yield _told(place, value, f"a known {place[-1]}", did_you_mean(value, known))


def _find_unreachable_sources(programme: Programme) -> Iterable[Problem]:
    for index, source in enumerate(programme.sources):
        for number, pattern in enumerate(source.files):
            if Path(pattern).is_absolute() or ".." in Path(pattern).parts:
                yield _told(
                    ("sources", index, "files", number), pattern, "a path inside the programme's folder"
                )
            elif not any(programme.folder.glob(pattern)):
                yield _told(
                    ("sources", index, "files", number),
                    pattern,
                    "a file that exists",
                    "check the name, or remove the source",
                )
