"""Levels as rated, and the difference between two of them with the reason where there is none.

A difference belongs to one person, one skill and one span; a span names two points: whose view, in which
wave, to which question.  "No chance" is missing, never a low level; only one scale is comparable.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from ...cohorts.cohort import Cohorts
from ...measure_row import Measure, commonest
from ...programme.model import Rotation
from ...reading.answers import OTHER_MEANING
from ..rows import stay_row

NOW, THEN = "skill.now", "skill.then"
LEVEL_SCALE = "level5"
DIFFERENCE_COLUMNS = (
    "span", "wave", "cohort", "person", "skill", "earlier", "later", "change", "declined",
)  # fmt: skip
Levels = dict[tuple[Any, ...], tuple[float | None, str | None]]


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
    def notes_of_one(self) -> tuple[str, ...]:
        """The notes of one person's change: of n = 1, and whether the person alone rated both points."""
        return ("N1", "SELF_ONLY") if {self.later.rater, self.earlier.rater} == {"self"} else ("N1",)


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
    levels, otherwise = _read_levels(cohorts)
    rows = []
    for span in spans:
        for stay in cohorts.programme.rotations:
            for skill in skills:
                found = []
                for at in (span.earlier, span.later):
                    wave = stay.person, stay.cohort, at.rater, at.wave
                    none = None, otherwise.get(wave, "WAVE_NOT_DECLARED")
                    level, reason = levels.get((*wave, at.question, skill), none)
                    found.append((None if level is None else float(level), reason))
                (earlier, no_earlier), (later, no_later) = found
                change = None if later is None or earlier is None else later - earlier
                place = span.name, span.later.wave, stay.cohort, stay.person, skill
                rows.append((*place, earlier, later, change, no_later or no_earlier))
    frame = pd.DataFrame(rows, columns=list(DIFFERENCE_COLUMNS))
    declined = frame["declined"].astype(object)
    return frame.assign(declined=declined.where(declined.notna(), None)).astype(
        dict.fromkeys(("earlier", "later", "change"), "float64")
    )


def measure_composite(own: pd.DataFrame, rotation: Rotation, span: Span) -> Measure:
    """A person's mean change over the skills that have one; how many have none is in `missing`.

    `own` are the rows of `list_differences` of the stay and the span.
    """
    changes = own["change"].dropna()
    return stay_row(
        rotation,
        span.name,
        unit="levels",
        method="mean_over_skills",
        consent="skills",
        wave=span.later.wave,
        n=int(len(changes) > 0),
        missing=len(own) - len(changes),
        value=float(changes.mean()) if len(changes) else None,
        notes=span.notes_of_one,
        claims=True,
    ).unless(None if len(changes) else commonest(own["declined"].dropna(), otherwise="NOT_ASKED"))


def _read_levels(cohorts: Cohorts) -> tuple[Levels, dict[tuple[Any, ...], str]]:
    """By person, cohort, rater, wave, question and skill the level, or why there is none.

    Then, by the first four of these, why there is none where the question was not asked for that skill.
    """
    asked = cohorts.coverage[cohorts.coverage["instrument"].isin(list_grids(cohorts))]
    otherwise: dict[tuple[Any, ...], str] = {
        (row.person, row.cohort, row.rater, row.wave): f"WAVE_{row.status.upper()}"
        for row in asked.itertuples()
    }
    levels: Levels = {}
    responses = cohorts.tables["responses"]
    suffix = f".{OTHER_MEANING}"
    named = [NOW, THEN, NOW + suffix, THEN + suffix]
    rated = responses[responses["question"].isin(named) & responses["person"].notna()]
    columns = ["person", "cohort", "rater", "wave", "question", "skill", "state", "scale", "level"]
    for row in rated[columns].itertuples():
        wave = row.person, row.cohort, row.rater, row.wave
        otherwise[wave] = "NOT_ASKED"
        cell = (*wave, row.question.removesuffix(suffix), row.skill)
        if row.question.endswith(suffix):  # in words that are not declared to mean the same
            levels.setdefault(cell, (None, "OTHER_MEANING"))
        elif row.state == "no_chance" and row.rater != "self":
            levels[cell] = None, "NOT_SEEN"
        elif row.state in ("blank", "no_chance", "unusable"):
            levels[cell] = None, row.state.upper()
        else:
            comparable = row.scale == LEVEL_SCALE
            levels[cell] = (row.level, None) if comparable else (None, "OTHER_SCALE")
    return levels, otherwise


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
