"""What a new release would tell in addition to all earlier ones: by its people, and by its values.

Pure.  Source: docs/disclosure.md.

`reuse_released_figures` goes by sets of people only: whether a figure passes depends on who answered when,
never on what they answered.  A figure whose people differ from those of earlier releases by fewer than k
gives these few away; the newest earlier one is shown again in its place, or none.

`find_revealed_answers` tries every set of answers.  Each question that `describe` knows is laid out with all
figures ever released about it; persons shown by name are known.  A value is possible for a person where some
answers of everybody give all the printed figures, each within its rounding.  Whoever can have fewer than
three of five values left is told of.  Not looked at: intervals, medians, shrunk and pooled means, figures of
anonymous surveys, what one question tells of another.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from math import ceil
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from ..measure_row import Measure, MeasureRow
from ..programme.policy import matches_measure
from .publications import DECIMALS
from .releases import Key, Release, key_of
from .suppression import COUNTS_ANSWERS, People, choose_few, group_people, is_spanned, list_untold

ACCUMULATING: tuple[str, ...] = ("strain", "followup.barrier", "skill.teams_at_level_3")
"""Answers go on coming from the same people: nobody knows of how many, so it may be one."""
CARRIED = "CARRIED"
FEW_NEW = "FEW_NEW"


def reuse_released_figures(
    rows: Sequence[Measure],
    earlier: Sequence[Release],
    *,
    k: int,
    as_of: str = "",
    reader: str | None = None,
    known: Callable[[Measure], Iterable[People]] = lambda row: (),
    may_carry: Callable[[Measure, Measure], bool] = lambda row, old: True,
    follows: Callable[[Measure], bool] = lambda row: False,
) -> list[Measure]:
    """The rows that would be shown, each as it may be shown after all that went out before.

    A row that is no aggregate of answers passes, and so do one that follows from the names of the same
    edition (`follows`) and one on the same people as before, unless answers accumulate and the day (`as_of`)
    is another.  Where the new answers are those of 1 to k - 1 people (not counting the reader, nor those whom
    some reader knows by name, each set of `known`), the newest earlier figure stands in the row's place with
    the note `CARRIED:YYYY-MM-DD`; where that one has too few people, is in another unit, contradicts another
    of the same release, would leave 1 to k - 1 beside the names of today, or `may_carry` says no of the row
    and it, the row is hidden with `FEW_NEW:k`.
    """
    history = list_history(earlier)
    carried = []
    for row in rows:
        before = history.get(key_of(row), []) if _is_aggregate(row) and not follows(row) else []
        named = {frozenset[str](), *(known(row) if before else ())}
        few = bool(before) and _tells_few(row, before, k, as_of, reader, named)
        carried.append(_carry(row, before, k, reader, named, may_carry) if few else row)
    return carried


def _is_aggregate(row: MeasureRow) -> bool:
    """Whether a row is an aggregate of somebody's answers."""
    return row.counts == "persons" and row.person is None and bool(row.people)


Old = tuple[Release, MeasureRow]


def list_history(earlier: Sequence[Release]) -> Mapping[Key, list[Old]]:
    """Released aggregates of answers by figure, oldest first; none that the same release tells by names."""
    history: dict[Key, list[Old]] = defaultdict(list)
    for released in sorted(earlier, key=lambda released: released.number):
        for row in list_untold(released):
            if _is_aggregate(row):
                history[key_of(row)].append((released, row))
    return history


def _carry(
    row: Measure,
    before: Sequence[Old],
    k: int,
    reader: str | None,
    known: Iterable[People],
    may_carry: Callable[[Measure, Measure], bool],
) -> Measure:
    """An earlier figure in the row's place, or none."""
    newest = before[-1][0]
    columns = ("n", "missing", "value", "low", "high", "unit", "people")
    figures = {
        tuple(getattr(old, name) for name in columns) for released, old in before if released is newest
    }
    carried = _show_again(row, *before[-1])
    others = set(carried.people) - {reader}
    hides_few = any(0 < len(others - named) < k for named in known)  # beside names it would tell the rest
    same = len(figures) == 1 and carried.unit == before[-1][1].unit
    if same and len(others) >= k and not hides_few and may_carry(row, carried):
        return carried
    return row.hidden(f"{FEW_NEW}:{k}")


def _show_again(row: Measure, released: Release, old: MeasureRow) -> Measure:
    """The row with an earlier figure, its people, its judgement, and the day it is from."""
    told = [note for note in old.notes if note.startswith(f"{CARRIED}:")]
    return replace(
        row,
        **{name: getattr(old, name) for name in ("n", "missing", "value", "low", "high", "method", "people")},
        p=None,
        verdict=old.verdict,
        notes=old.notes if told else (*old.notes, f"{CARRIED}:{released.as_of}"),
    )


# --- who is told of ---------------------------------------------------------------------------------------


def _tells_few(
    row: Measure, before: Sequence[Old], k: int, as_of: str, reader: str | None, known: Iterable[People]
) -> bool:
    """Whether the row and figures that went out before together tell of 1 to k - 1 people."""
    if row.measure in COUNTS_ANSWERS:  # people are counted from below
        return any(0 < abs((row.n or 0) - (old.n or 0)) < k for _, old in before)
    people = frozenset(row.people)
    if matches_measure(row.measure, ACCUMULATING) and any(
        frozenset(old.people) == people and released.as_of != as_of for released, old in before
    ):
        return True
    sets = frozenset(frozenset(old.people) for _, old in before)
    own = frozenset([reader]) if reader is not None else frozenset[str]()
    return any(
        isolates_small_group(frozenset(each - told for each in sets), people - told, k)
        for told in {told | itself for told in known for itself in (frozenset[str](), own)}
    )


@lru_cache(maxsize=4096)
def isolates_small_group(before: frozenset[People], people: People, k: int) -> bool:
    """Whether some combination of sums over `before` with the one over `people` rests on 1 to k - 1 people.

    >>> first, both = frozenset("abcdefgh"), frozenset("abcdefghi")
    >>> isolates_small_group(frozenset([first]), both, 5), isolates_small_group(frozenset([first]), first, 5)
    (True, False)

    Exact: such a combination exists where, without the columns of some 1 to k - 1 people, the new row lies in
    the span of the earlier ones, and with them it does not.  Two figures whose people differ by so few never
    stand side by side, also where others told these few before.
    """
    if people in before:
        return False
    if any(0 < len(people ^ each) < k for each in before):
        return True
    if len(before) < 2:
        return False
    groups = group_people((*sorted(before, key=sorted), people))
    table = np.array(list(groups), dtype=float).T  # sets × groups of people who are in the same sets
    if is_spanned(table):
        return False
    sizes = list(groups.values())
    return any(is_spanned(np.delete(table, left_out, axis=1)) for left_out in choose_few(sizes, k))


# --- what one person can have answered, and what a figure tells of it -------------------------------------
# `describe` lists the figures that the reconstruction looks at; all others are none of them.

AnswerKey = tuple[str, "Question"]
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
class AnswerConstraint:
    """What a figure tells: `about` which answers to which question, and the values' share in it.

    `coefficients`: what each value adds to the figure's sum; `per_person`: whether the sum is divided by n.
    """

    question: Question
    about: str
    coefficients: tuple[float, ...]
    per_person: bool

    @property
    def key(self) -> AnswerKey:
        """What figures of the same answers have in common."""
        return self.about, self.question


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


CHANGE, MEAN_CHANGE, STRAIN = _grid(-4, 4, 1), _grid(-4, 4, 0.1), _grid(1, 5, 0.1)
PANIC = Question(tuple(round(0.05 * place, 2) for place in range(21)), (tuple(range(20)), (20,)), (2, 1))
"""A share of fortnights in a zone of three: always there leaves one answer, less often two or more."""
AGREEING, TICKED, NO_CHANCE = _options(3, 2), _options(2, 1), _options(5, 1)
USE, TAUGHT, LENGTH = _options(1, 1, 1), _options(1, 1), _options(1, 1, 1)
OPTIONS = (AGREEING, TICKED, NO_CHANCE, USE, TAUGHT, LENGTH)
"""Questions whose figures count answers exactly."""
COUNTED = (0.0, 1.0)
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


def describe(row: MeasureRow) -> AnswerConstraint | None:
    """Which question a figure is about and what it tells of the answers; None where it is not looked at."""
    if row.value is None or row.counts != "persons" or not row.people:
        return None
    span = SPANS.fullmatch(row.measure)
    if span is not None and not (span["other"] == "durability" and row.person is None and row.kind):
        question = CHANGE if row.skill is not None else MEAN_CHANGE
        theme = f"theme {row.kind}" if row.measure.startswith("skill.theme.") else None
        about = _name(span["span"] or span["other"], theme, row.skill, row.wave)
        if span["higher"]:
            higher = tuple(float(value > 0) for value in question.values)
            return AnswerConstraint(question, about, higher, per_person=False)
        return AnswerConstraint(question, about, question.values, per_person=True)
    if row.measure in CHOICES:
        question, names = CHOICES[row.measure]
        chosen = tuple(float(name == row.kind) for name in names)
        about = _name(row.measure.replace("skill.use", "followup.use"), row.wave)
        return AnswerConstraint(question, about, chosen, per_person=False) if row.kind in names else None
    if row.measure == "followup.barrier":
        return AnswerConstraint(TICKED, _name(row.measure, row.kind), COUNTED, per_person=False)
    if row.measure in ("exit.ex_brief", "exit.ex_match"):
        return AnswerConstraint(AGREEING, row.measure, COUNTED, per_person=True)
    if row.measure == "skill.no_chance" and row.person is None:
        about = _name(row.measure, row.skill, row.wave)
        return AnswerConstraint(NO_CHANCE, about, COUNTED, per_person=False)
    if row.measure in ("strain.mean", "strain.panic_share"):
        question = STRAIN if row.measure == "strain.mean" else PANIC
        about = _name(row.measure, row.cohort, row.phase)
        return AnswerConstraint(question, about, question.values, per_person=True)
    return None


def describe_notes(row: MeasureRow, question: Question) -> Iterator[tuple[tuple[float, ...], int]]:
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


PACKS = "graduates/"
LASTED = "skill.durability"
INFEASIBLE = 2
"""How `milp` says that nothing fits."""
SLACK = 1e-6


@dataclass(frozen=True)
class Exposure:
    """A person whose answer follows: through which figures, how many values are left, of how many.

    Without `figures` it would not; no fewer of them would do.
    """

    figures: tuple[MeasureRow, ...]
    person: str
    values_left: int
    of: int

    @property
    def figure(self) -> MeasureRow:
        """The first of the figures."""
        return self.figures[0]


@dataclass(frozen=True)
class _Figure:
    """A released figure as a bound on a sum over people."""

    people: frozenset[str]
    coefficients: tuple[float, ...]
    low: float
    high: float
    row: MeasureRow | None = field(default=None, compare=False)


Laid = dict[AnswerKey, list[_Figure]]


@dataclass(frozen=True)
class _Eyes:
    """Whoever reads: with a graduate's pack (its edition), or as a participant with the own answers."""

    pack: str | None = None
    reader: str | None = None
    own: Laid = field(default_factory=dict)


def find_revealed_answers(
    new: Release, earlier: Sequence[Release], *, own: Iterable[MeasureRow] = ()
) -> list[Exposure]:
    """Persons of whom `new`, with all that went out before, leaves too few values; empty: nobody.

    Seen with the eyes of a stranger who knows every release but no graduate's own pack, of each graduate who
    has a pack, and of each participant with the own answer in hand: `own` are the rows of persons as
    measured; where a question of options has none, whatever the participant may have chosen.  What earlier
    releases alone leave as few of is not held against the new one.  Where the figures of several releases
    contradict one another (an answer was corrected), the new ones alone count.
    """
    packs = {released.edition for released in (*earlier, new) if released.edition.startswith(PACKS)}
    answers: dict[str, list[MeasureRow]] = defaultdict(list)
    for row in own:
        if row.person is not None:
            answers[row.person].append(row)
    eyes = [_Eyes(), *(_Eyes(pack, pack.removeprefix(PACKS)) for pack in sorted(packs))]
    for person in sorted({person for row in new.rows for person in row.people}):
        rows = tuple(answers[person])
        eyes.append(_Eyes(None, person, _lay_out([replace(new, edition="", rows=rows)], None)))
    found: dict[tuple[MeasureRow, str], Exposure] = {}
    for exposure in (exposure for each in eyes for exposure in _find_for(new, earlier, each)):
        place = (exposure.figure, exposure.person)
        if place not in found or exposure.values_left < found[place].values_left:
            found[place] = exposure
    return list(found.values())


def _find_for(new: Release, earlier: Sequence[Release], eyes: _Eyes) -> Iterator[Exposure]:
    """The same for one pair of eyes."""
    now, before = _lay_out([new], eyes.pack), _lay_out(earlier, eyes.pack, today=new.as_of)
    reader = eyes.reader
    for key, figures in now.items():
        known = before.get(key, [])
        question = key[1]
        if reader is not None and not any(reader in figure.people for figure in (*figures, *known)):
            continue
        if eyes.pack is None and any(figure.people == {reader} for figure in (*figures, *known)):
            continue  # everybody knows that answer, the stranger too
        if set(figures) <= set(known):
            continue
        if _count_left(question, [*known, *figures], None) is None:
            known = []
        for supposed in _suppose(eyes, key):
            besides = [*supposed, *known]
            left = _count_left(question, [*besides, *figures], reader) or {}
            exposed = {person: n for person, n in left.items() if n < question.needed}
            left_before = (_count_left(question, besides, reader) or {}) if exposed else {}
            for person, n in sorted(exposed.items()):
                if left_before.get(person, question.of) > n:
                    rows = _find_culprits(question, figures, besides, person, reader)
                    yield Exposure(rows, person, n, question.of)


def _suppose(eyes: _Eyes, key: AnswerKey) -> list[list[_Figure]]:
    """What the reader knows besides: the own answer, or each that may be it; nothing to look at: no list."""
    if eyes.reader is None or eyes.pack is not None:
        return [[]]
    if key in eyes.own:
        return [eyes.own[key]]
    if key[1] not in OPTIONS:
        return []
    people = frozenset([eyes.reader])
    places = range(len(key[1].values))
    return [[_Figure(people, tuple(float(p == chosen) for p in places), 1, 1)] for chosen in places]


def _lay_out(releases: Iterable[Release], pack: str | None, *, today: str | None = None) -> Laid:
    """All figures by question; a person's own row is a figure about one person."""
    laid: Laid = defaultdict(list)
    for released in releases:
        foreign = released.edition.startswith(PACKS) and released.edition != pack
        for row in (*released.rows, *_average_fortnights(released.rows)):
            told = None if foreign and row.person is not None else describe(row)
            if told is None or row.value is None:
                continue
            if today not in (None, released.as_of) and matches_measure(row.measure, ACCUMULATING):
                continue  # of another day: about other answers
            half = 0.5 * 10.0 ** -DECIMALS[row.unit] if told.per_person else 0.0
            if row.person is not None and row.skill is not None:
                half = 0.0  # one person's change is a whole number
            people = frozenset(row.people)
            times = len(people) if told.per_person else 1
            low, high = times * (row.value - half) - SLACK, times * (row.value + half) + SLACK
            laid[told.key].append(_Figure(people, told.coefficients, low, high, row))
            if told.per_person and row.person is None:
                laid[told.key] += [
                    _Figure(people, counts, number - SLACK, number + SLACK, row)
                    for counts, number in describe_notes(row, told.question)
                ]
        for key, figure in _count_uses(released.rows):
            laid[key].append(figure)
    return laid


def _count_uses(rows: Sequence[MeasureRow]) -> Iterator[tuple[AnswerKey, _Figure]]:
    """What lasted by use tells how many chose each use: n of those in the row of all, and who told none."""
    of_all = [row for row in rows if row.measure == LASTED and row.person is None]
    people = {row.wave: row.people for row in of_all if row.kind is None}
    for row in of_all:
        among = people.get(row.wave, ())
        told = describe(replace(row, measure="followup.use", value=0.0, people=among))
        if row.kind is not None and row.n is not None and told is not None:
            bounds = (row.n - SLACK, row.n + (row.missing or 0) + SLACK)
            yield told.key, _Figure(frozenset(among), told.coefficients, *bounds, row)


def _average_fortnights(rows: Sequence[MeasureRow]) -> list[MeasureRow]:
    """A person's own mean over all fortnights, and over a cohort's, as their readers can work it out."""
    levels: dict[tuple[str, str | None], list[float]] = defaultdict(list)
    panic: dict[tuple[str, str | None], list[float]] = defaultdict(list)
    for row in rows:
        if row.person is not None and row.value is not None:
            for place in dict.fromkeys([(row.person, None), (row.person, row.cohort)]):
                if row.measure == "strain.fortnight":
                    levels[place].append(row.value)
                elif row.measure == "strain.zone":
                    panic[place].append(float(row.kind == "panic"))
    return [
        MeasureRow(
            measure=measure,
            unit=unit,
            method="mean_of_own",
            counts="persons",
            person=person,
            cohort=cohort,
            people=(person,),
            value=float(np.mean(values)),
        )
        for measure, unit, told in (
            ("strain.mean", "strain_level", levels),
            ("strain.panic_share", "share", panic),
        )
        for (person, cohort), values in told.items()
    ]


def _find_culprits(
    question: Question, figures: list[_Figure], known: list[_Figure], person: str, reader: str | None
) -> tuple[MeasureRow, ...]:
    """The new figures without which the person would be safe: one where one is enough, else as few as do.

    All of them where only what is known besides tells.
    """

    def is_safe(gone: Sequence[_Figure]) -> bool:
        others = [*known, *(each for each in figures if not any(each is other for other in gone))]
        left = _count_left(question, others, reader) or {}
        return left.get(person, question.of) >= question.needed

    shared = [figure for figure in figures if len(figure.people) > 1] or figures
    gone = next(([figure] for figure in shared if is_safe([figure])), None) or list(shared)
    if len(gone) > 1 and is_safe(gone):
        for figure in shared:
            rest = [each for each in gone if each is not figure]
            gone = rest if is_safe(rest) else gone
    return tuple(dict.fromkeys(figure.row for figure in gone if figure.row is not None))


def _count_left(question: Question, figures: Sequence[_Figure], reader: str | None) -> dict[str, int] | None:
    """How many answers each hidden person can have, at most as many as are needed; None: they contradict.

    Persons who are in the same figures cannot be told apart: they are one group with a number of answers
    for each value.
    """
    if not figures:
        return {}
    figures = _drop_contradictions(figures)
    shown = {person for figure in figures if len(figure.people) == 1 for person in figure.people} | {reader}
    together: dict[tuple[bool, ...], list[str]] = defaultdict(list)
    for person in sorted(frozenset().union(*(figure.people for figure in figures))):
        together[tuple(person in figure.people for figure in figures)].append(person)
    groups = dict(sorted(together.items()))  # the same question about others is not solved again
    sizes = tuple(len(people) for people in groups.values())
    hidden = tuple(not shown & set(people) for people in groups.values())
    bounds = tuple((figure.coefficients, figure.low, figure.high) for figure in figures)
    left = _solve(question, sizes, tuple(groups), bounds, hidden)
    if left is None:
        return None
    return {
        person: n
        for people, n in zip(groups.values(), left, strict=True)
        if n is not None
        for person in people
    }


def _drop_contradictions(figures: Sequence[_Figure]) -> list[_Figure]:
    """Own rows of somebody with several stays tell several things: one bound, as wide as all of them."""
    own: dict[tuple[frozenset[str], tuple[float, ...]], list[_Figure]] = defaultdict(list)
    for figure in figures:
        if len(figure.people) == 1:
            own[figure.people, figure.coefficients].append(figure)
    together = [
        _Figure(people, coefficients, min(f.low for f in told), max(f.high for f in told))
        for (people, coefficients), told in own.items()
    ]
    shared = dict.fromkeys(each for each in figures if len(each.people) > 1)
    ordered = sorted(together, key=lambda each: (each.coefficients, each.low, each.high, sorted(each.people)))
    return [*ordered, *shared]


Bound = tuple[tuple[float, ...], float, float]


@lru_cache(maxsize=4096)
def _solve(
    question: Question,
    sizes: tuple[int, ...],
    members: tuple[tuple[bool, ...], ...],
    bounds: tuple[Bound, ...],
    hidden: tuple[bool, ...],
) -> tuple[int | None, ...] | None:
    """Answers left for each group (None: shown by name), counted until enough; None where nothing fits."""
    width = len(question.values)
    rows = [
        np.concatenate([np.array(coefficients) * in_it for in_it in column])
        for (coefficients, _, _), column in zip(bounds, zip(*members, strict=True), strict=True)
    ]
    everybody = np.kron(np.eye(len(sizes)), np.ones(width))
    limits: Any = [
        LinearConstraint(everybody, sizes, sizes),
        LinearConstraint(np.array(rows), [low for _, low, _ in bounds], [high for _, _, high in bounds]),
    ]
    most = np.repeat(np.array(sizes, dtype=float), width)

    def fits(least: np.ndarray | None) -> bool:
        cell = [] if least is None else [LinearConstraint(least, 1, np.inf)]
        found = milp(
            np.zeros(len(most)),
            constraints=[*limits, *cell],
            integrality=np.ones(len(most)),
            bounds=Bounds(0, most),
        )
        return bool(found.status != INFEASIBLE)

    if not fits(None):
        return None
    return tuple(
        _count_cells(question, place * width, len(most), fits) if is_hidden else None
        for place, is_hidden in enumerate(hidden)
    )


def _count_cells(question: Question, offset: int, length: int, fits: Callable[[Any], bool]) -> int:
    """Answers that one of a group can have given, counted until enough are found."""
    left = 0
    for cell, weight in zip(question.cells, question.weights, strict=True):
        least = np.zeros(length)
        least[[offset + place for place in cell]] = 1
        left += weight if fits(least) else 0
        if left >= question.needed:
            break
    return left
