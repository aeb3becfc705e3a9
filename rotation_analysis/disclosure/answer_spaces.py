"""What one person can have answered to a question whose figures are released, and what a figure tells of it.

`describe` lists the figures that the reconstruction looks at; all others are none of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import ceil

from .publications import DECIMALS
from .releases import ReleasedRow

LEAST_LEFT, LEAST_SHARE = 3, 0.6
"""A person needs 3 answers left, or 60 % of them where the question has few: 3 of 5, 2 of 3, 2 of 2."""


@dataclass(frozen=True)
class Question:
    """What one person can answer: `values` on a grid, the `cells` of it that are told apart, their weight.

    A weight is how many answers of the form lie in a cell; all together are `of`.
    """

    values: tuple[float, ...]
    cells: tuple[tuple[int, ...], ...]
    weights: tuple[int, ...]

    @property
    def of(self) -> int:
        """How many answers there are."""
        return sum(self.weights)

    @property
    def needed(self) -> int:
        """How many must be left for everybody."""
        return min(LEAST_LEFT, ceil(LEAST_SHARE * self.of))


@dataclass(frozen=True)
class Told:
    """What a figure tells: a question by its name, and the values' share in it.

    `coefficients`: what each value adds to the figure's sum; `per_person`: whether the sum is divided by n.
    """

    question: str
    coefficients: tuple[float, ...]
    per_person: bool


def _grid(least: float, most: float, step: float) -> Question:
    """Values from least to most; told apart in whole steps."""
    values = tuple(round(least + step * place, 2) for place in range(round((most - least) / step) + 1))
    wholes = sorted({round(value) for value in values})
    cells = tuple(tuple(p for p, value in enumerate(values) if round(value) == whole) for whole in wholes)
    return Question(values, cells, (1,) * len(cells))


def _options(*weights: int) -> Question:
    """Options by number, with how many answers of the form each stands for."""
    return Question(
        tuple(float(place) for place in range(len(weights))),
        tuple((place,) for place in range(len(weights))),
        weights,
    )


def _share_of_fortnights() -> Question:
    """A person's share of fortnights in a zone of three: always there leaves one answer, else two or more."""
    values = tuple(round(0.05 * place, 2) for place in range(21))
    return Question(values, (tuple(range(20)), (20,)), (2, 1))


CHANGE, MEAN_CHANGE, STRAIN, PANIC = (
    _grid(-4, 4, 1),
    _grid(-4, 4, 0.1),
    _grid(1, 5, 0.1),
    _share_of_fortnights(),
)
AGREEING, TICKED, NO_CHANCE = _options(3, 2), _options(2, 1), _options(5, 1)
USE, TAUGHT, LENGTH = _options(1, 1, 1), _options(1, 1), _options(1, 1, 1)
OPTIONS = (AGREEING, TICKED, NO_CHANCE, USE, TAUGHT, LENGTH)
"""Questions whose figures count answers exactly."""
CHOICES: Mapping[str, tuple[Question, tuple[str, ...]]] = {
    "followup.use": (USE, ("weekly", "monthly", "hardly")),
    "skill.use": (USE, ("weekly", "monthly", "hardly")),
    "followup.taught": (TAUGHT, ("yes", "no")),
    "exit.ex_length": (LENGTH, ("short", "right", "long")),
}
"""One answer of several; the second name is a person's own row."""
SPANS = re.compile(
    r"skill\.(?:(?:growth|cohort|theme)\.(?P<span>now_minus_start|now_minus_then|mentor)"
    r"|(?P<other>shift|durability|first_half\.(?:self|mentor)|second_half\.self"
    r"|self_minus_mentor\.(?:start|middle|end)))(?P<higher>\.higher)?"
)


def describe(row: ReleasedRow) -> tuple[Question, Told] | None:
    """Which question a figure is about and what it tells of the answers; None where it is not looked at."""
    if row.value is None or row.counts != "persons" or not row.people:
        return None
    span = SPANS.fullmatch(row.measure)
    if span is not None and not (span["other"] == "durability" and row.person is None and row.kind):
        return _describe_span(row, span)
    if row.measure in CHOICES:
        question, names = CHOICES[row.measure]
        if row.kind not in names:
            return None
        chosen = tuple(float(name == row.kind) for name in names)
        return question, Told(
            _name(row.measure.replace("skill.use", "followup.use"), row.wave), chosen, False
        )
    if row.measure == "followup.barrier":
        return TICKED, Told(_name(row.measure, row.kind), (0.0, 1.0), False)
    if row.measure in ("exit.ex_brief", "exit.ex_match"):
        return AGREEING, Told(_name(row.measure), (0.0, 1.0), True)
    if row.measure == "skill.no_chance" and row.person is None:
        return NO_CHANCE, Told(_name(row.measure, row.skill, row.wave), (0.0, 1.0), False)
    if row.measure in ("strain.mean", "strain.panic_share"):
        question = STRAIN if row.measure == "strain.mean" else PANIC
        return question, Told(_name(row.measure, row.cohort, row.phase), question.values, True)
    return None


def _describe_span(row: ReleasedRow, span: re.Match[str]) -> tuple[Question, Told]:
    question = CHANGE if row.skill is not None else MEAN_CHANGE
    theme = f"theme {row.kind}" if row.measure.startswith("skill.theme.") else None
    name = _name(span["span"] or span["other"], theme, row.skill, row.wave)
    if span["higher"]:
        return question, Told(name, tuple(float(value > 0) for value in question.values), False)
    return question, Told(name, question.values, True)


def describe_notes(row: ReleasedRow, question: Question) -> Iterator[tuple[tuple[float, ...], int]]:
    """What the reason for a missing interval tells: what each value counts, and the sum of these counts.

    `ZERO_SD` says that everybody has the printed value, `NO_P:m` that m changes differ from zero.
    """
    assert row.value is not None
    half = 0.5 * 10.0 ** -DECIMALS[row.unit] + 1e-6
    for note in row.notes:
        if note == "ZERO_SD":
            yield tuple(float(abs(value - row.value) <= half) for value in question.values), len(row.people)
        elif note.startswith("NO_P:") and question is CHANGE:
            yield tuple(float(value != 0) for value in question.values), int(note.removeprefix("NO_P:"))


def _name(*parts: str | None) -> str:
    return " ".join(part for part in parts if part)


ACCUMULATING = ("strain.", "followup.barrier")
"""Answers go on coming from the same people: figures of another day are about other answers."""
