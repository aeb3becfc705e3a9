"""Evaluation plan: what is judged, which change matters, and when the owner decides; fixed in advance."""

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
    """A pre-specified measure by which one of the three parties' accounts is judged."""

    measure: Text
    account: Literal["person", "home_team", "organisation"]


class Family(Declaration):
    """Measures that are judged together: the Holm correction covers their rows for the programme.

    With `skills`, the family consists of the programme's rows for single skills instead.
    """

    name: Text
    measures: Annotated[tuple[Text, ...], Field(min_length=1)]
    skills: bool = False


class MeasurementError(Declaration):
    """Measurement error of a rating: retest correlation `r` and `sd` between people, in levels.

    Declared with the `source` of both numbers; never estimated from the cohort it is applied to.
    """

    of: Literal["composite", "skill"]
    r: Annotated[float, Field(gt=0, lt=1)]
    sd: Annotated[float, Field(gt=0)]
    source: Text


class EvaluationPlan(Declaration):
    """Pre-specified measures, smallest changes that matter by unit, and measurement errors.

    Its time windows are those of `[[waves]]` and of `cohorts.phases`; the plan does not repeat them.
    """

    declared: date
    primary: tuple[Primary, ...] = ()
    families: tuple[Family, ...] = ()
    smallest_change: dict[str, Annotated[float, Field(gt=0)]] = {}
    measurement_error: tuple[MeasurementError, ...] = ()

    @property
    def all_families(self) -> tuple[Family, ...]:
        """The primary measures as one family, followed by the declared families."""
        measures = tuple(dict.fromkeys(primary.measure for primary in self.primary))
        own = (Family(name=PRIMARY_FAMILY, measures=measures),) if measures else ()
        return (*own, *self.families)

    def smallest(self, unit: str) -> float:
        """Return the smallest change that matters in a unit: declared or default; 0 for other units."""
        return self.smallest_change.get(unit, DEFAULT_SMALLEST_CHANGE.get(unit, 0.0))

    def error_for(self, of: Literal["composite", "skill"]) -> MeasurementError | None:
        """Return the measurement error of a person's mean over skills or of one skill; None if undeclared."""
        return next((error for error in self.measurement_error if error.of == of), None)


class Triggers(Declaration):
    """Thresholds at which the owner wants to make a decision; set in advance, on the day `declared`.

    Shares and `waiting_rise` are fractions; `teaching_hours` are hours per host team member and week.
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
