"""Everything an owner declares, as one frozen value (`programme_file` reads it).

Who, when, which files, what was planned to be looked at (evaluation plan) and what may be shown to whom
(disclosure policy).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, time, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from ..errors import UsageError, did_you_mean
from ..files.declarations import ID, Declaration, Text
from .plan import EvaluationPlan, Triggers
from .questionnaires import (
    ChanceRule,
    GridSkill,
    Instrument,
    WaveId,
    read_chance_rules,
    read_instruments,
    read_skill_grid,
)
from .words import Words
from .worktime import WorkCalendar

Id = Annotated[str, StringConstraints(pattern=ID)]
DateOrder = Literal["ymd", "dmy", "mdy"]
Audience = Literal["owner", "graduate", "home_manager", "leadership"]
ConsentKind = Literal["skills", "incidents", "strain", "time", "quotes"]


WindowEnd = Annotated[int, Field(ge=-3_660, le=3_660)]


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
    """Public holidays by country (ISO 3166; "" = none), company days off, and the hours of a day.

    Business hours are `opens` to `closes` on working days; `sleep_from` to `sleep_until` runs over midnight.
    """

    country: str = "JP"
    days_off: tuple[DaysOff, ...] = ()
    opens: time = time(10)
    closes: time = time(19)
    sleep_from: time = time(22)
    sleep_until: time = time(7)


class Team(Declaration):
    """A team; `size` is its number of engineers."""

    id: Id
    ja: Text
    en: Text
    size: Annotated[int, Field(ge=1)] | None = None
    valid_from: date | None = None
    valid_until: date | None = None


class Person(Declaration):
    """Anyone whose name occurs: participants, mentors, host team members, requesters.

    `timezone` (IANA) is where they live; without it, the programme's.
    """

    id: Id
    name: Text
    team: Id | None = None
    mail: Text | None = None
    timezone: Text | None = None


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

    @property
    def has_returned(self) -> bool:
        """Whether the stay ended with a return to the home team (also if the person left later)."""
        if self.end is None or self.now == "host":
            return False
        if self.now == "home":
            return True
        return self.now_since is not None and self.now_since > self.end + timedelta(days=1)


class Alias(Declaration):
    """Another text under which a person, a team, a shared account, test answers or a bot occur."""

    text: Text
    kind: Literal["person", "team", "shared", "test", "bot"]
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


class Approval(Declaration):
    """One person's approval that just this text of theirs is quoted to an audience.

    An answer is quoted only where it is, letter by letter, a text approved; the texts an owner's page shows
    for approval stand in the person's own pack.
    """

    person: Id
    audience: Audience
    text: Text
    given: date
    withdrawn: date | None = None


class Reply(Declaration):
    """What a person adds to a number about them: it is shown wherever that number is.

    `measure` is its id, or the beginning of ids up to a dot (`strain`, `skill.growth`); `skill` narrows it.
    """

    person: Id
    measure: Text
    skill: Id | None = None
    text: Text
    given: date


class Leave(Declaration):
    """Days on which a participant was not at work, both ends included: they count as no exposure."""

    person: Id
    first: date
    last: date


class Correction(Declaration):
    """One cell of an export that is read as `value`; the record by its `row` or by its id (`record`).

    With `was` it is made only while the export still says so.
    """

    file: Text
    row: Annotated[int, Field(ge=1)] | None = None
    record: Text | None = None
    column: Text
    was: str | None = None
    value: str = ""
    why: Text
    who: Text
    when: date


class Wave(Declaration):
    """One planned round of a survey: due `months` and `days` after the anchor, answered within `window`.

    `asks`: the questionnaires of the round; undeclared, the rater's skill grid.
    """

    id: WaveId
    rater: Literal["self", "mentor", "manager"]
    anchor: Literal["start", "end"]
    months: Annotated[int, Field(ge=0, le=24)] = 0
    days: Annotated[int, Field(ge=-60, le=60)] = 0
    window: tuple[WindowEnd, WindowEnd]
    asks: tuple[Id, ...] = ()


class Skill(Declaration):
    """A row of the skill grid."""

    id: Id
    ja: Text
    en: Text
    group: Text = "own"


class Wording(Declaration):
    """Another wording of a question or a row of the grid, asked `since` a day (for the record of questions).

    Comparable with the others only by `same_meaning`.
    """

    question: Text
    wording: Text
    same_meaning: bool
    since: date | None = None


class Adjustment(Declaration):
    """What the owner changed in the programme for a cohort's term, and why, where that was written down."""

    cohort: Id
    ja: Text
    en: Text
    because_ja: Text | None = None
    because_en: Text | None = None


class OwnScale(Declaration):
    """Another scale that answers were once given on: its labels are understood, never pooled with others."""

    id: Id
    labels: tuple[Text, ...]


class Source(Declaration):
    """Files of one tool and how to read them; `columns`, `labels` add a company's own fields.

    `header_row`: where rows stand above the header.  `projects`: records of others are set aside.
    `repeated`: which answer holds where one person answered twice in a wave or period; undeclared, the last
    holds, but of answers about one period a contradiction after more than a week is left to the owner.
    `listed`: the day a list of monitors or dashboards was taken, which no such export tells.  `awaited`: that
    no file, or no record in it, is there yet is no problem.
    """

    name: Text
    files: tuple[Text, ...]
    awaited: bool = False
    profile: Text | None = None
    timezone: Text | None = None
    dates: DateOrder | None = None
    encoding: Text | None = None
    sheet: Text | None = None
    header_row: Annotated[int, Field(ge=1, le=100)] = 1
    instrument: Text | None = None
    projects: tuple[Text, ...] = ()
    repeated: Literal["last", "first", "refuse"] | None = None
    listed: date | None = None
    columns: dict[str, Text] = {}
    labels: dict[str, dict[str, tuple[str, ...]]] = {}


class Incidents(Declaration):
    """Services that belong to everybody: the host team is always in their incidents."""

    shared_services: tuple[Text, ...] = ()


class Requests(Declaration):
    """Words of a tracker's status or resolution that say a request was given up, besides the usual ones."""

    cancelled: tuple[Text, ...] = ()


class Costs(Declaration):
    """What a stay costs besides time away; money is printed only where `person_week` has a price.

    `programme_hours_per_stay`: organising, pairing, presenting; undeclared = not known, never 0.
    """

    hours_per_week: Annotated[float, Field(gt=0, le=80)] = 40.0
    programme_hours_per_stay: Annotated[float, Field(ge=0)] | None = None
    person_week: Annotated[float, Field(gt=0)] | None = None
    currency: Text | None = None


def _as_measure(given: object) -> object:
    return {"measure": given} if isinstance(given, str) else given


class Withheld(Declaration):
    """What is shown to nobody: a measure by its id or its beginning up to a dot.

    With `skill`, `wave` or `kind` (an option, a view) only its figures of these; in TOML a text is a whole
    measure.
    """

    measure: Text
    skill: Text | None = None
    wave: Text | None = None
    kind: Text | None = None

    @property
    def parts(self) -> dict[str, str]:
        """What of the measure, where not all of it: {"skill": "os"}."""
        return self.model_dump(exclude={"measure"}, exclude_none=True)

    def __str__(self) -> str:
        """As it is written in TOML."""
        named = [f'{name} = "{value}"' for name, value in self.model_dump(exclude_none=True).items()]
        return f"{{{', '.join(named)}}}" if self.parts else f'"{self.measure}"'


class DisclosurePolicy(Declaration):
    """`k` people other than the reader behind any aggregate of people's answers; never under 4.

    `customer_words`: names of customers; free text that holds one is told to the owner, as are people's.
    `teams_to_leadership`: whether leaders see figures of single teams (named), or of all teams together.
    `withhold`: what is shown to nobody: what a refused publication can leave out.
    """

    k: Annotated[int, Field(ge=4)] = 5
    customer_words: tuple[Text, ...] = ()
    teams_to_leadership: Literal["named", "together"] = "together"
    withhold: tuple[Annotated[Withheld, BeforeValidator(_as_measure)], ...] = ()


SheetName = Literal[
    "people",
    "teams",
    "rotations",
    "aliases",
    "events",
    "consents",
    "approvals",
    "replies",
    "corrections",
    "leave",
]


class ReadFile(Declaration):
    """A file the programme itself was read from, with its hash and, for a sheet, its rows."""

    file: str
    sha256: str
    rows: int = 0


class Programme(Declaration):
    """Everything declared; lists may stand in the TOML or, by `sheets`, in the owner's CSV or XLSX files."""

    programme: Header
    calendar: Calendar = Calendar()
    sheets: dict[SheetName, Text] = {}
    people: tuple[Person, ...] = ()
    teams: tuple[Team, ...] = ()
    rotations: tuple[Rotation, ...] = ()
    aliases: tuple[Alias, ...] = ()
    events: tuple[Event, ...] = ()
    consents: tuple[Consent, ...] = ()
    approvals: tuple[Approval, ...] = ()
    replies: tuple[Reply, ...] = ()
    corrections: tuple[Correction, ...] = ()
    leave: tuple[Leave, ...] = ()
    waves: tuple[Wave, ...] = ()
    skills: tuple[Skill, ...] = ()
    wordings: tuple[Wording, ...] = ()
    adjustments: tuple[Adjustment, ...] = ()
    scales: tuple[OwnScale, ...] = ()
    instruments: tuple[Instrument, ...] = ()
    chances: tuple[ChanceRule, ...] = ()
    sources: tuple[Source, ...] = ()
    incidents: Incidents = Incidents()
    requests: Requests = Requests()
    costs: Costs = Costs()
    triggers: Triggers = Triggers()
    plan: EvaluationPlan
    disclosure: DisclosurePolicy = DisclosurePolicy()
    words: dict[str, Words] = {}
    """What people wrote for an edition, by its folder (`publications.Edition`)."""
    folder: Path = Path()
    read_from: tuple[ReadFile, ...] = ()
    sheet_rows: dict[str, tuple[int, ...]] = {}
    """Where each entry of a list that is in a sheet was read."""

    def words_for(self, edition: str) -> dict[str, Any]:
        """What people wrote for the edition of that folder, as plain JSON; empty where nobody did."""
        written = self.words.get(edition)
        return {} if written is None else written.model_dump(mode="json")

    def locate_key(self, place: str) -> tuple[str, int | None, str]:
        """File, row (where rotations are a sheet) and column of a dotted place as `rotations[2].end`."""
        name, _, rest = place.partition("[")
        if name not in self.sheet_rows or not rest:
            return self.read_from[0].file, None, place
        index, _, column = rest.partition("].")
        return self.sheets[name], self.sheet_rows[name][int(index)], column  # type: ignore[index]

    @property
    def as_of(self) -> date:
        """The day up to which data count."""
        return self.programme.as_of

    @property
    def cohorts(self) -> tuple[str, ...]:
        """Cohort labels in the order of their first start."""
        ordered = sorted(self.rotations, key=lambda rotation: (rotation.start, rotation.cohort))
        return tuple(dict.fromkeys(rotation.cohort for rotation in ordered))

    def __repr__(self) -> str:
        return (
            f"<programme of {self.programme.company.en}: {len(self.cohorts)} cohorts, "
            f"{len(self.participants)} people, {len(self.sources)} sources, data until {self.as_of}>"
        )

    __str__ = __repr__

    @property
    def participants(self) -> tuple[str, ...]:
        """Ids of everyone who has a stay, in the order of their first start."""
        ordered = sorted(self.rotations, key=lambda rotation: (rotation.start, rotation.person))
        return tuple(dict.fromkeys(rotation.person for rotation in ordered))

    @property
    def all_instruments(self) -> dict[str, Instrument]:
        """Every questionnaire by id: those that come along, and the programme's own in their place."""
        return read_instruments() | {own.id: own for own in self.instruments}

    @property
    def all_skills(self) -> tuple[GridSkill | Skill, ...]:
        """The core skills and the owner's own rows, in the order of the grid."""
        return (*read_skill_grid().core, *self.skills)

    @property
    def skill_ids(self) -> tuple[str, ...]:
        """Ids of `all_skills`."""
        return tuple(skill.id for skill in self.all_skills)

    def chance_rules(self, skill: str) -> tuple[ChanceRule, ...]:
        """What is a chance for a skill: the programme's own rules for it, else those that come along."""
        own = tuple(rule for rule in self.chances if rule.skill == skill)
        return own or tuple(rule for rule in read_chance_rules() if rule.skill == skill)

    def asked_in(self, wave: Wave) -> tuple[str, ...]:
        """Ids of the questionnaires of a round: as declared, else the rater's, the one with a grid first."""
        if wave.asks:
            return wave.asks
        own = [i for i in self.all_instruments.values() if i.rater == wave.rater and not i.every_days]
        grids = [i for i in own if any(question.kind == "grid" for question in i.questions)]
        return tuple(instrument.id for instrument in grids or own)

    @property
    def first_ends(self) -> dict[str, date]:
        """By person the day on which the first of their stays ended, `as_of` where it goes on."""
        ends: dict[str, date] = {}
        for stay in self.rotations:
            end = min(stay.end or self.as_of, self.as_of)
            ends[stay.person] = min(end, ends.get(stay.person, end))
        return ends

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


def check_cohort(programme: Programme, cohort: str) -> str:
    """The cohort's label, or `UsageError` with the ones that exist."""
    return _check_known("cohort", cohort, programme.cohorts)


def check_person(programme: Programme, person: str) -> str:
    """The participant's id, or `UsageError` with the ones that exist."""
    return _check_known("person", person, programme.participants)


def _check_known(kind: str, given: str, known: Sequence[str]) -> str:
    if given not in known:
        hint = did_you_mean(given, known)
        raise UsageError(
            f"{kind} {given!r} does not exist; this programme has {', '.join(known)}"
            + (f"; {hint}" if hint else "")
        )
    return given


# --- which files a source's pattern means ------------------------------------------------------------------

TEMPORARY_PREFIXES = (".", "~")
"""How the names of files begin that an editor or a system leaves in a folder: .DS_Store, ~$answers.xlsx."""


def is_inside(pattern: str) -> bool:
    """Whether a path stays inside the folder it is beside of."""
    return not Path(pattern).is_absolute() and ".." not in Path(pattern).parts


def find_files(folder: Path, pattern: str) -> list[Path]:
    """What lies below `folder` under names that `pattern` fits, in order of paths; none for a bad pattern."""
    try:
        found = sorted(folder.glob(pattern))
    except (
        ValueError,
        OSError,
        RuntimeError,
    ):  # a link that leads round in a circle, `**` beside other text, or longer than a name can be
        return []
    return [path for path in found if not path.name.startswith(TEMPORARY_PREFIXES)]
