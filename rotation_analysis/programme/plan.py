"""What an owner declares before the data: what is judged, what change matters, what is decided when."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from ..files.declarations import Declaration, Text

PRIMARY_FAMILY = "primary"
DEFAULT_SMALLEST_CHANGE: Mapping[str, float] = {
    "levels": 0.5,
    "share_points": 0.05,
    "waiting_ratio": 0.20,
    "strain": 0.5,
    "rate_ratio": 0.20,
}


class Primary(Declaration):
    """A measure declared beforehand as the one to judge an account by."""

    measure: Text
    account: Literal["person", "home_team", "organisation"]


class Family(Declaration):
    """Measures that are judged together: Holm runs over their rows of the whole programme.

    With `skills` the family is the rows of single skills over the programme instead.
    """

    name: Text
    measures: Annotated[tuple[Text, ...], Field(min_length=1)]
    skills: bool = False


class MeasurementError(Declaration):
    """How far an answer given twice differs: retest agreement `r` and `sd` between people, in levels.

    Declared with the `source` of the two numbers, never estimated from the cohort it is used on.
    """

    of: Literal["composite", "skill"]
    r: Annotated[float, Field(gt=0, lt=1)]
    sd: Annotated[float, Field(gt=0)]
    source: Text


class EvaluationPlan(Declaration):
    """Declared before the data: what is judged, what change matters by unit, how far an answer is trusted.

    Its windows are those of `[[waves]]` and the phases of `phases`: nothing is declared twice.
    """

    declared: date
    primary: tuple[Primary, ...] = ()
    families: tuple[Family, ...] = ()
    smallest_change: dict[str, Annotated[float, Field(gt=0)]] = {}
    measurement_error: tuple[MeasurementError, ...] = ()

    @property
    def all_families(self) -> tuple[Family, ...]:
        """The primary measures as a family of their own, then the declared ones."""
        measures = tuple(dict.fromkeys(primary.measure for primary in self.primary))
        own = (Family(name=PRIMARY_FAMILY, measures=measures),) if measures else ()
        return (*own, *self.families)

    def smallest(self, unit: str) -> float:
        """The smallest change that matters in a unit: as declared, else the default; 0 for other units."""
        return self.smallest_change.get(unit, DEFAULT_SMALLEST_CHANGE.get(unit, 0.0))

    def error_for(self, of: Literal["composite", "skill"]) -> MeasurementError | None:
        """The declared measurement error of a person's mean over skills, or of a single skill."""
        return next((error for error in self.measurement_error if error.of == of), None)


class Triggers(Declaration):
    """From which value on the owner wants to decide something: set before the term, `declared` on a day.

    Shares and `waiting_rise` are fractions, `teaching_hours` hours per member of the host team and week.
    """

    declared: date | None = None
    waiting_rise: Annotated[float, Field(gt=0)] = 0.20
    teaching_hours: Annotated[float, Field(gt=0)] = 4.0
    permission_bound_share: Annotated[float, Field(gt=0, lt=1)] = 0.25
    repeat_teams: Annotated[int, Field(ge=2)] = 3
    weeks_without_one_to_one: Annotated[int, Field(ge=1)] = 3
    responder_month: Annotated[int, Field(ge=1)] = 5
    skill_bracket: Annotated[float, Field(gt=0)] = 0.5
    operations_share: Annotated[float, Field(gt=0, lt=1)] = 0.50
    on_call_share: Annotated[float, Field(gt=0, lt=1)] = 0.25
    panic_fortnights: Annotated[int, Field(ge=1)] = 2
    barrier_persons: Annotated[int, Field(ge=1)] = 2
