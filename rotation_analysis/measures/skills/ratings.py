"""Levels as rated, and the difference between two of them with the reason where there is none.

A difference belongs to one person, one skill and one span; a span names two points: whose view, in which
wave, to which question.  "No chance" is missing, never a low level; only one scale is comparable.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pandas as pd

from ...cohorts.cohort import Cohorts
from ...programme.model import Rotation
from ...reading.question_matching import OTHER_MEANING

NOW, THEN = "skill.now", "skill.then"
LEVEL_SCALE = "level5"
DIFFERENCE_COLUMNS = (
    "span", "wave", "cohort", "person", "skill", "earlier", "later", "change", "declined",
)  # fmt: skip


@dataclass(frozen=True)
class Point:
    """Where a level comes from: whose view, which wave, which question."""

    rater: str
    wave: str
    question: str = NOW


@dataclass(frozen=True)
class Span:
    """A planned difference, later − earlier; `name` is the id of its measure."""

    name: str
    later: Point
    earlier: Point

    @property
    def self_only(self) -> bool:
        """Whether the person alone rated both points."""
        return {self.later.rater, self.earlier.rater} == {"self"}


START, END = Point("self", "start"), Point("self", "end")
GROWTH = (
    Span("skill.growth.now_minus_start", END, START),
    Span("skill.growth.now_minus_then", END, Point("self", "end", THEN)),
    Span("skill.growth.mentor", Point("mentor", "end"), Point("mentor", "start")),
)
CONTRASTS = (
    Span("skill.shift", Point("self", "end", THEN), START),
    Span("skill.first_half.self", Point("self", "middle"), START),
    Span("skill.self_minus_mentor.end", END, Point("mentor", "end")),
)
NOT_MEASURED_ANY_MORE = (
    Span("skill.first_half.mentor", Point("mentor", "middle"), Point("mentor", "start")),
    Span("skill.second_half.self", END, Point("self", "middle")),
    Span("skill.self_minus_mentor.start", START, Point("mentor", "start")),
    Span("skill.self_minus_mentor.middle", Point("self", "middle"), Point("mentor", "middle")),
)
"""Differences that releases of earlier versions hold: figures of today can still be subtracted from them."""
AFTERWARDS = tuple(
    Span("skill.durability", Point("self", wave), END) for wave in ("after_3m", "after_6m", "after_12m")
)


def list_ratings(cohorts: Cohorts) -> pd.DataFrame:
    """The rows of `responses` that rate a skill of a participant."""
    responses = cohorts.tables["responses"]
    return responses[responses["question"].isin([NOW, THEN]) & responses["person"].notna()]


def list_differences(cohorts: Cohorts, spans: Iterable[Span], skills: tuple[str, ...]) -> pd.DataFrame:
    """A row a span × stay × skill with `DIFFERENCE_COLUMNS`; `change` or `declined`, never both.

    `earlier`, `later`, `change` in levels; `span` is the measure's id, `wave` that of the later point.
    """
    lookup = _Levels(cohorts)
    rows = [
        row
        for span in spans
        for rotation in cohorts.programme.rotations
        for row in _list_of_stay(lookup, span, rotation, skills)
    ]
    frame = pd.DataFrame(rows, columns=list(DIFFERENCE_COLUMNS))
    declined = frame["declined"].astype(object)
    return frame.assign(declined=declined.where(declined.notna(), None)).astype(
        dict.fromkeys(("earlier", "later", "change"), "float64")
    )


def _list_of_stay(
    lookup: _Levels, span: Span, rotation: Rotation, skills: tuple[str, ...]
) -> Iterator[tuple[object, ...]]:
    for skill in skills:
        earlier, why_not_earlier = lookup.level(rotation, span.earlier, skill)
        later, why_not_later = lookup.level(rotation, span.later, skill)
        change = None if later is None or earlier is None else later - earlier
        declined = why_not_later or why_not_earlier
        place = (span.name, span.later.wave, rotation.cohort, rotation.person, skill)
        yield (*place, earlier, later, change, declined)


class _Levels:
    """Looks up a level, or the reason why there is none."""

    def __init__(self, cohorts: Cohorts) -> None:
        ratings = list_ratings(cohorts)
        where = ["person", "cohort", "rater", "wave"]
        keys = zip(*(ratings[name] for name in (*where, "question", "skill")), strict=True)
        cells = ratings[["state", "scale", "level"]].itertuples(index=False)
        self._cells = dict(zip(keys, cells, strict=True))
        self._otherwise = _list_other_meanings(cohorts)
        self._answered = {key[:4] for key in (*self._cells, *self._otherwise)}
        asked = cohorts.coverage[cohorts.coverage["instrument"].isin(list_grids(cohorts))]
        waves = zip(*(asked[name] for name in where), strict=True)
        self._status = dict(zip(waves, asked["status"], strict=True))

    def level(self, rotation: Rotation, at: Point, skill: str) -> tuple[float | None, str | None]:
        """The level of a stay at a point, or why there is none."""
        wave = (rotation.person, rotation.cohort, at.rater, at.wave)
        if wave not in self._answered:
            status = self._status.get(wave)
            return None, f"WAVE_{status.upper()}" if status else "WAVE_NOT_DECLARED"
        cell = self._cells.get((*wave, at.question, skill))
        if cell is None:
            otherwise = (*wave, at.question, skill) in self._otherwise
            return None, "OTHER_MEANING" if otherwise else "NOT_ASKED"
        if cell.state == "no_chance" and at.rater != "self":
            return None, "NOT_SEEN"
        if cell.state in ("blank", "no_chance", "unusable"):
            return None, str(cell.state).upper()
        if cell.scale != LEVEL_SCALE:
            return None, "OTHER_SCALE"
        return float(cell.level), None


def _list_other_meanings(cohorts: Cohorts) -> set[tuple[object, ...]]:
    """Where a level was asked for in words that are not declared to mean the same."""
    responses = cohorts.tables["responses"]
    suffix = f".{OTHER_MEANING}"
    own = responses[responses["question"].isin([NOW + suffix, THEN + suffix]) & responses["person"].notna()]
    questions = own["question"].str.removesuffix(suffix)
    columns = [own[name] for name in ("person", "cohort", "rater", "wave")]
    return set(zip(*columns, questions, own["skill"], strict=True))


def list_grids(cohorts: Cohorts) -> list[str]:
    """Ids of the questionnaires that ask the skill grid."""
    return [
        instrument.id
        for instrument in cohorts.programme.all_instruments.values()
        if any(question.kind == "grid" for question in instrument.questions)
    ]


def list_due(cohorts: Cohorts, point: Point) -> set[tuple[str, str]]:
    """(person, cohort) of every stay whose wave is over, answered or not."""
    coverage = cohorts.coverage
    here = coverage[
        coverage["rater"].eq(point.rater)
        & coverage["wave"].eq(point.wave)
        & coverage["instrument"].isin(list_grids(cohorts))
        & coverage["status"].isin(["answered", "missing", "cannot_be_asked"])
    ]
    return set(zip(here["person"], here["cohort"], strict=True))
