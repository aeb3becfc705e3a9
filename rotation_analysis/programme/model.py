"""Everything an owner declares, as one frozen value; `file.read_programme` reads it.

People, dates, input files, the evaluation plan, and the disclosure policy.
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
    """Name and company of a programme, its cut-off date (`as_of`) and its host team."""

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
    """Anyone named in the data: participants, mentors, host team members, requesters.

    `timezone` (IANA): where they live; default: the programme's.
    """

    id: Id
    name: Text
    team: Id | None = None
    mail: Text | None = None
    timezone: Text | None = None


class Rotation(Declaration):
    """One person's rotation; `now`: where they have been since `now_since`."""

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
    """Another text that stands for a person, a team, a shared account, test answers or a bot."""

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
    """One person's approval to quote exactly this text of theirs to an audience.

    An answer is quoted only if it equals an approved text letter by letter.  The person's own pack lists the
    texts that an owner's page would quote.
    """

    person: Id
    audience: Audience
    text: Text
    given: date
    withdrawn: date | None = None


class Reply(Declaration):
    """A person's comment on a figure about them, shown wherever that figure is shown.

    `measure`: an id, or the start of ids up to a dot (`strain`, `skill.growth`); `skill` narrows it.
    """

    person: Id
    measure: Text
    skill: Id | None = None
    text: Text
    given: date


class Leave(Declaration):
    """Days on which a participant was absent, both ends included; excluded from exposure."""

    person: Id
    first: date
    last: date


class Correction(Declaration):
    """A correction: read one cell of an export as `value`; `row` or an id (`record`) selects the record.

    If `was` is given, the correction applies only while the cell still contains that text.
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
    """One planned survey round: due `months` and `days` after the anchor, answered within `window`.

    `asks`: the questionnaires of the round; default: the rater's skill grid.
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
    """Another wording of a question or of a row of the grid, used `since` a day (recorded for readers).

    Answers to it are comparable with the others only if `same_meaning`.
    """

    question: Text
    wording: Text
    same_meaning: bool
    since: date | None = None


class Adjustment(Declaration):
    """A change that the owner made to the programme for one cohort, with the reason if it was recorded."""

    cohort: Id
    ja: Text
    en: Text
    because_ja: Text | None = None
    because_en: Text | None = None


class OwnScale(Declaration):
    """An earlier answer scale: its labels are recognised, but its answers are never pooled with others."""

    id: Id
    labels: tuple[Text, ...]


class Source(Declaration):
    """Files of one tool and how to read them; `columns` and `labels` add a company's own fields.

    `header_row`: row of the header, if rows precede it.  `projects`: records of other projects are excluded.
    `repeated`: which answer counts if one person answered twice in a round or period.  Default: the last;
    two different answers about one period, more than a week apart, are a contradiction for the owner to fix.
    `listed`: the day a list of monitors or dashboards was exported; the export itself does not contain it.
    `awaited`: a missing or empty file is not yet a problem.
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
    """Services shared by all teams; the host team always takes part in their incidents."""

    shared_services: tuple[Text, ...] = ()


class Requests(Declaration):
    """Additional words of a tracker's status or resolution that mark a request as cancelled."""

    cancelled: tuple[Text, ...] = ()


class Costs(Declaration):
    """Costs of a rotation in addition to time away; money is shown only if `person_week` has a price.

    `programme_hours_per_stay`: organising, pairing, presenting; None = unknown, never 0.
    """

    hours_per_week: Annotated[float, Field(gt=0, le=80)] = 40.0
    programme_hours_per_stay: Annotated[float, Field(ge=0)] | None = None
    person_week: Annotated[float, Field(gt=0)] | None = None
    currency: Text | None = None


def _as_measure(given: object) -> object:
    return {"measure": given} if isinstance(given, str) else given


class Withheld(Declaration):
    """A measure withheld from every audience: its id, or the start of ids up to a dot.

    `skill`, `wave` or `kind` (an option, a view) limit it to those figures; in TOML, a plain text withholds
    the complete measure.
    """

    measure: Text
    skill: Text | None = None
    wave: Text | None = None
    kind: Text | None = None

    @property
    def parts(self) -> dict[str, str]:
        """The parts of the measure that are withheld: {"skill": "os"}; empty = all of it."""
        return self.model_dump(exclude={"measure"}, exclude_none=True)

    def __str__(self) -> str:
        """As it is written in TOML."""
        named = [f'{name} = "{value}"' for name, value in self.model_dump(exclude_none=True).items()]
        return f"{{{', '.join(named)}}}" if self.parts else f'"{self.measure}"'


class DisclosurePolicy(Declaration):
    """Minimum group size `k` (at least 4): people other than the reader behind an aggregate of answers.

    `customer_words`: customer names; `check` reports free text that contains one, as it does people's names.
    `teams_to_leadership`: whether leaders see figures of single teams (named), or of all teams together.
    `withhold`: measures withheld from everyone, for example to resolve a refused publication.
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
    """A file that the programme was read from, with its hash and, for a sheet, its number of rows."""

    file: str
    sha256: str
    rows: int = 0


class Programme(Declaration):
    """All declarations; a list can be in the TOML file or, through `sheets`, in a CSV or XLSX file."""

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
    """Owner's texts by the folder of their edition (`publications.Edition`)."""
    folder: Path = Path()
    read_from: tuple[ReadFile, ...] = ()
    sheet_rows: dict[str, tuple[int, ...]] = {}
    """Row numbers of the entries of each list that is read from a sheet."""

    def words_for(self, edition: str) -> dict[str, Any]:
        """Return the texts written for the edition in that folder as plain JSON; empty if there are none."""
        written = self.words.get(edition)
        return {} if written is None else written.model_dump(mode="json")

    def locate_key(self, place: str) -> tuple[str, int | None, str]:
        """Return file, row (None outside sheets) and column of a dotted key such as `rotations[2].end`."""
        name, _, rest = place.partition("[")
        if name not in self.sheet_rows or not rest:
            return self.read_from[0].file, None, place
        index, _, column = rest.partition("].")
        return self.sheets[name], self.sheet_rows[name][int(index)], column  # type: ignore[index]

    @property
    def as_of(self) -> date:
        """The cut-off date: later data are ignored."""
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
        """Ids of everyone with a rotation, in the order of their first start."""
        ordered = sorted(self.rotations, key=lambda rotation: (rotation.start, rotation.person))
        return tuple(dict.fromkeys(rotation.person for rotation in ordered))

    @property
    def all_instruments(self) -> dict[str, Instrument]:
        """All questionnaires by id; the programme's own replace built-in ones with the same id."""
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
        """Return the opportunity rules of a skill: the programme's own, otherwise the built-in ones."""
        own = tuple(rule for rule in self.chances if rule.skill == skill)
        return own or tuple(rule for rule in read_chance_rules() if rule.skill == skill)

    def asked_in(self, wave: Wave) -> tuple[str, ...]:
        """Return a round's questionnaires: as declared, else the rater's with a grid, else all of theirs."""
        if wave.asks:
            return wave.asks
        own = [i for i in self.all_instruments.values() if i.rater == wave.rater and not i.every_days]
        grids = [i for i in own if any(question.kind == "grid" for question in i.questions)]
        return tuple(instrument.id for instrument in grids or own)

    @property
    def first_ends(self) -> dict[str, date]:
        """By person, the end of the rotation that ended first; `as_of` if it is still running."""
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
        """Return the team with that id."""
        return next(team for team in self.teams if team.id == team_id)


def check_cohort(programme: Programme, cohort: str) -> str:
    """Return the cohort's label; raise `UsageError` that lists the existing ones."""
    return _check_known("cohort", cohort, programme.cohorts)


def check_person(programme: Programme, person: str) -> str:
    """Return the participant's id; raise `UsageError` that lists the existing ones."""
    return _check_known("person", person, programme.participants)


def _check_known(kind: str, given: str, known: Sequence[str]) -> str:
    if given not in known:
        hint = did_you_mean(given, known)
        raise UsageError(
            f"{kind} {given!r} does not exist; this programme has {', '.join(known)}"
            + (f"; {hint}" if hint else "")
        )
    return given


# --- files that match a source's pattern ------------------------------------------------------------------

TEMPORARY_PREFIXES = (".", "~")
"""First characters of temporary files of editors and systems: .DS_Store, ~$answers.xlsx."""


def is_inside(pattern: str) -> bool:
    """Whether a path is relative and stays inside its folder."""
    return not Path(pattern).is_absolute() and ".." not in Path(pattern).parts


def find_files(folder: Path, pattern: str) -> list[Path]:
    """List the paths below `folder` that match `pattern`, sorted; empty if the pattern is invalid."""
    try:
        found = sorted(folder.glob(pattern))
    except (
        ValueError,
        OSError,
        RuntimeError,
    ):  # a loop of links, `**` next to other text, or a name that is too long
        return []
    return [path for path in found if not path.name.startswith(TEMPORARY_PREFIXES)]
