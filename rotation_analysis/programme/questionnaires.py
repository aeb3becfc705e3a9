"""Built-in skill grid with its scale, questionnaires, and opportunity rules."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from ..errors import ProgrammeError
from ..files.cells import Unit
from ..files.declarations import Declaration, Model, read_toml, validate

FOLDER = Path(str(files("rotation_analysis"))) / "questionnaires"


Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
WaveId = Literal["start", "middle", "end", "after_3m", "after_6m", "after_12m"]


class Level(Declaration):
    """One level of the scale with the rule that distinguishes it from the next."""

    level: int
    ja: str
    en: str
    rule_ja: str
    rule_en: str


class Scale(Declaration):
    """An ordinal scale; `no_chance` texts are a separate value, never a level and never missing."""

    id: str
    low: int
    high: int
    no_chance: tuple[str, ...]
    levels: tuple[Level, ...]

    def labels(self) -> dict[str, tuple[str, ...]]:
        """Return level as text → its names in both languages (input of `cells.read_levels`)."""
        return {str(level.level): (level.ja, level.en) for level in self.levels}


class GridSkill(Declaration):
    """One row of the grid with its five anchors."""

    id: str
    ja: str
    en: str
    group: Literal["low_layer", "platform", "operation", "context", "optional"]
    anchors_ja: Annotated[tuple[str, ...], Field(min_length=5, max_length=5)]
    anchors_en: Annotated[tuple[str, ...], Field(min_length=5, max_length=5)]


class SkillGrid(Declaration):
    """A skill grid: scale and skills."""

    id: str
    scale: Scale
    skills: tuple[GridSkill, ...]

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids of all rows, including optional ones."""
        return tuple(skill.id for skill in self.skills)

    @property
    def core(self) -> tuple[GridSkill, ...]:
        """The rows every programme asks for."""
        return tuple(skill for skill in self.skills if skill.group != "optional")


class AnswerScale(Declaration):
    """An ordinal scale of a question: level as text → its words; `not_applicable` is a separate value."""

    id: str
    labels: dict[str, tuple[str, ...]]
    not_applicable: tuple[str, ...] = ()

    @property
    def low(self) -> int:
        """The lowest level."""
        return min(int(level) for level in self.labels)

    @property
    def high(self) -> int:
        """The highest level."""
        return max(int(level) for level in self.labels)


class Option(Declaration):
    """One answer option; `ja` and `en` are its words."""

    id: str
    ja: str
    en: str


class Question(Declaration):
    """A question and its answer format; `wordings` are its texts, its `id` never changes.

    grid: one column per skill; scale: a level of `scale` (`reversed`: high levels count as low); choice: one
    of `options`; choices: any of them, plus others if `other`; number (people can type its `unit` after it);
    text.  `waves`: the rounds whose form contains the question; default: all.  `occurrence`: which of the
    columns with the same header it is, counted from 1, if a form asks it twice.
    """

    id: str
    kind: Literal["grid", "scale", "choice", "choices", "number", "text"]
    wordings: Annotated[tuple[str, ...], Field(min_length=1)]
    occurrence: Annotated[int, Field(ge=1)] | None = None
    scale: str | None = None
    reversed: bool = False
    options: tuple[Option, ...] = ()
    other: bool = False
    not_applicable: tuple[str, ...] = ()
    unit: Unit | None = None
    waves: tuple[WaveId, ...] = ()


class Instrument(Declaration):
    """A questionnaire: its rater and its questions.

    `subject`, `period`: the columns with the person and the days it is about; `team`: the column with the
    respondent's team.  `every_days`: asked at that interval during a rotation, not in rounds.  `anonymous`:
    answers belong to no person.  `ja`, `en`: title of its form; default: its id.
    """

    id: str
    ja: Word | None = None
    en: Word | None = None
    rater: Literal["self", "mentor", "host", "home", "manager"]
    subject: tuple[str, ...] = ()
    period: tuple[str, ...] = ()
    team: tuple[str, ...] = ()
    every_days: Annotated[int, Field(ge=1, le=3_660)] | None = None
    anonymous: bool = False
    questions: tuple[Question, ...]


class ChanceRule(Declaration):
    """Rule for which records of one table are an opportunity to use a skill; all given keys must match.

    `kind`: of a request, a review (its decision) or an improvement; `words`: any of them in the title;
    `step`, `service`, `shared`: of an incident; `repository`: of a change or review; `other_teams`: requests
    from teams other than the person's own.
    """

    skill: Word
    table: Literal["requests", "incidents", "changes", "reviews", "improvements", "study_sessions"]
    kind: tuple[Word, ...] = ()
    words: tuple[Word, ...] = ()
    step: tuple[Literal["observer", "helper", "responder", "lead"], ...] = ()
    service: tuple[Word, ...] = ()
    repository: tuple[Word, ...] = ()
    shared: bool = False
    other_teams: bool = False


class ChanceFile(Declaration):
    """The built-in opportunity rules."""

    chances: tuple[ChanceRule, ...]


class InstrumentFile(Declaration):
    """The built-in questionnaires and the answer scales of their questions."""

    scales: tuple[AnswerScale, ...]
    instruments: tuple[Instrument, ...]


def _read(model: type[Model], name: str) -> Model:
    value, problems = validate(model, read_toml(FOLDER / name, name=name), file=name)
    if value is None:
        raise ProgrammeError(problems)
    return value


@lru_cache(maxsize=1)
def read_skill_grid() -> SkillGrid:
    """Read the skill grid from `questionnaires/skills.toml`."""
    return _read(SkillGrid, "skills.toml")


@lru_cache(maxsize=1)
def _read_instrument_file() -> InstrumentFile:
    return _read(InstrumentFile, "instruments.toml")


def read_instruments() -> dict[str, Instrument]:
    """Read the questionnaires from `questionnaires/instruments.toml`, by id."""
    return {instrument.id: instrument for instrument in _read_instrument_file().instruments}


def read_answer_scales() -> dict[str, AnswerScale]:
    """Read the answer scales from `questionnaires/instruments.toml`, by id."""
    return {scale.id: scale for scale in _read_instrument_file().scales}


@lru_cache(maxsize=1)
def read_chance_rules() -> tuple[ChanceRule, ...]:
    """Read the opportunity rules from `questionnaires/chances.toml`, in skill order."""
    return _read(ChanceFile, "chances.toml").chances
