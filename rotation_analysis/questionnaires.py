"""The questionnaires that come along: the skill grid with its scale, and the instruments that ask for it."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from .declarations import Declaration, Model, read_toml, validate
from .errors import ProgrammeRefused

FOLDER = Path(str(files("rotation_analysis"))) / "questionnaires"


class Level(Declaration):
    """One level of the scale with the rule by which it is told from the next."""

    level: int
    ja: str
    en: str
    rule_ja: str
    rule_en: str


class Scale(Declaration):
    """An ordinal scale; `no_chance` texts are a value of their own, never a level and never missing."""

    id: str
    low: int
    high: int
    no_chance: tuple[str, ...]
    levels: tuple[Level, ...]

    def labels(self) -> dict[str, tuple[str, ...]]:
        """Level as text → its names in both languages, as `cells.read_levels` takes them."""
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
    """Scale and skills."""

    id: str
    scale: Scale
    skills: tuple[GridSkill, ...]

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids of all rows, the optional ones too."""
        return tuple(skill.id for skill in self.skills)

    @property
    def core(self) -> tuple[GridSkill, ...]:
        """The rows every programme asks for."""
        return tuple(skill for skill in self.skills if skill.group != "optional")


class Grid(Declaration):
    """A grid question, one column a skill; `stems` are its wordings."""

    question: str
    stems: tuple[str, ...]


class TextQuestion(Declaration):
    """A question answered in words."""

    question: str
    stems: tuple[str, ...]


class Instrument(Declaration):
    """A questionnaire: whose view it gives, what it asks, and which column names whom it is about."""

    id: str
    rater: Literal["self", "mentor"]
    subject: tuple[str, ...] = ()
    grids: tuple[Grid, ...] = ()
    texts: tuple[TextQuestion, ...] = ()


class InstrumentFile(Declaration):
    """The instruments that come along."""

    instruments: tuple[Instrument, ...]


def _read(model: type[Model], name: str) -> Model:
    value, problems = validate(model, read_toml(FOLDER / name, name=name), file=name)
    if value is None:
        raise ProgrammeRefused(problems)
    return value


@lru_cache(maxsize=1)
def read_skill_grid() -> SkillGrid:
    """The skill grid of `questionnaires/skills.toml`."""
    return _read(SkillGrid, "skills.toml")


@lru_cache(maxsize=1)
def read_instruments() -> dict[str, Instrument]:
    """The instruments of `questionnaires/instruments.toml` by id."""
    return {instrument.id: instrument for instrument in _read(InstrumentFile, "instruments.toml").instruments}
