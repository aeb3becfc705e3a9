"""Which aggregates would tell what is not shown, by subtraction from others that are.

Pure: it looks at who is in a figure and who consented, never at what anybody answered.  A sum over people
less the values of those who are shown by name leaves the rest of them; so does any combination of sums.  What
is left rests on nobody or on k people; the figure with fewer people makes way.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import combinations, islice, product
from types import MappingProxyType

import numpy as np

from ..measure_row import Measure, MeasureRow
from ..measures.skills.ratings import AFTERWARDS, CONTRASTS, GROWTH, NOT_MEASURED_ANY_MORE
from ..programme.model import Withheld
from ..programme.policy import is_withheld, matches_measure
from .releases import Release, as_measure

COUNTS_ANSWERS = (
    "host.teaching_hours",
    "host.teaching_per_rotator",
    "host.postponed",
    "host.helped",
    "host.again",
    "home.cover",
    "home.send_again",
    "spread.used",
    "impact.self_solving",
    "impact.self_solving.by_team",
    "impact.survey_ask",
)
"""Surveys without names, whose n counts answers."""
ANONYMOUS = (*COUNTS_ANSWERS, "host.balance", "host.break_even_week")
"""Surveys without names: people are counted from below, so only parts of totals are looked at."""
WEIGHTED = ("host.teaching_hours", "host.teaching_per_rotator")
"""Of them, those whose parts are weighted sums of the same months."""
ANONYMOUS_COSTS = ("teaching", "net", "net_per_stay")
"""Kinds of `cost.account` that rest on such a survey."""
TOLD_BY: Mapping[str, tuple[str, ...]] = {
    "skill.band": ("skill.growth",),
    "skill.bus_factor": ("skill.level",),
    "skill.teams_at_level_3": ("skill.level",),
    "followup.use": ("skill.use",),
    "strain": ("strain.fortnight",),
    "one_to_one": ("one_to_one.day",),
    "requests.handled": ("requests.per_person_week",),
    "cost.account": ("time.share",),
}
"""Aggregates whose single values stand in another measure of a person; all others in one of their own id."""
ENDINGS = (".higher", ".bounds", ".next", ".silent_none", ".other_cohorts")
"""Other figures of the same answers."""
SAME_AS = {"skill.across_cohorts": "skill.growth", "skill.cohort": "skill.growth"}
PARTED_BY_TEAM = {"impact.self_solving.by_team": "impact.self_solving"}
SHOWN_ONLY = "SHOWN_ONLY"
"""The note of a figure that was measured over the people who are shown by name alone."""
MOST_CHOICES = 2_000
MOST_SUMS = 10

Key = tuple[str | None, ...]
People = frozenset[str]
Terms = tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Aggregate:
    """A figure as a sum: over which people that are not shown by name, of which of their values.

    `terms`: (what of a person, factor); growth is (end, +1) and (start, −1).
    """

    people: People
    terms: Terms = (("", 1),)


def find_withheld(
    measures: Sequence[Measure],
    *,
    k: int,
    shown_persons: Set[tuple[str, str]],
    reader: str | None = None,
    left_out: Sequence[Withheld] = (),
    named_before: Named | None = None,
) -> frozenset[int]:
    """Places in `measures` of aggregates that may not be shown beside the others.

    `shown_persons`: (person, kind of consent) of everybody who is shown by name.  `reader` knows the own
    answers.  `left_out`: what nobody is shown.  `named_before`: who was shown by name at earlier
    releases, whatever they agree to now.
    """
    aggregates = [
        (place, m)
        for place, m in enumerate(measures)
        if m.person is None and m.counts == "persons" and m.people and not is_withheld(m, left_out)
    ]
    named = Named((m for m in measures if m.person is not None), shown_persons, left_out)
    families: dict[Key, list[tuple[int, Aggregate]]] = defaultdict(list)
    for place, measure in aggregates:
        if len(set(measure.people)) >= k and not is_anonymous(measure):
            before = named_before.of(measure) if named_before else frozenset[str]()
            hidden = frozenset(measure.people) - named.of(measure) - before - {reader}
            key, terms = _quantity_of(measure)
            families[key].append((place, Aggregate(hidden, terms)))
    anonymous = [(place, m) for place, m in aggregates if is_anonymous(m)]
    withheld = {place for by in ("cohort", "team") for place in _find_telling_parts(anonymous, by, k)}
    for family in families.values():  # sums of more people go first, the others make way
        kept: list[Aggregate] = []
        for place, each in sorted(family, key=lambda member: (-len(member[1].people), member[0])):
            if is_small_group_sum(kept, each, k):
                withheld.add(place)
            elif each.people and each not in kept:
                kept.append(each)
    return frozenset(withheld)


def list_untold(released: Release) -> list[MeasureRow]:
    """The rows of a release without the aggregates that it tells by its own names."""
    rows = [(row, as_measure(row)) for row in released.rows]
    named = Named((measure for _, measure in rows if measure.person is not None), frozenset())
    return [row for row, measure in rows if measure.person is not None or not named.tells(measure)]


def is_anonymous(measure: Measure) -> bool:
    """Whether the people behind a row are counted and not known."""
    of_costs = measure.measure == "cost.account" and measure.kind in ANONYMOUS_COSTS
    return of_costs or matches_measure(measure.measure, ANONYMOUS)


# --- who is shown by name ---------------------------------------------------------------------------------


class Named:
    """Who is shown by name with the values that an aggregate sums."""

    def __init__(
        self,
        rows: Iterable[Measure],
        shown_persons: Set[tuple[str, str]],
        left_out: Sequence[Withheld] = (),
    ) -> None:
        self._told: dict[str, dict[str, dict[Key, bool]]] = defaultdict(lambda: defaultdict(dict))
        self._cohorts: dict[str | None, set[str]] = defaultdict(set)
        for row in rows:
            for cohort in (None, row.cohort):
                self._cohorts[cohort].add(str(row.person))
            kinds = row.consent.split("+") if row.consent else []
            agreed = all((str(row.person), kind) in shown_persons for kind in kinds)
            agreed = agreed and not is_withheld(row, left_out)
            of_person = self._told[row.measure][str(row.person)]
            key = (row.skill, row.wave, row.kind)
            of_person[key] = agreed and of_person.get(key, True)
        self._found: dict[tuple[tuple[str, ...], Key], People] = {}

    def of(self, measure: Measure) -> People:
        """The people of an aggregate whose value a reader finds under their name."""
        names, key = list_revealing_measures(measure), (measure.skill, measure.wave, measure.kind)
        if (names, key) not in self._found:
            told = [persons for name, persons in self._told.items() if matches_measure(name, names)]
            self._found[names, key] = frozenset(
                person for persons in told for person, rows in persons.items() if _find_nearest(rows, key)
            )
        return self._found[names, key]

    def tells(self, measure: Measure) -> bool:
        """Whether an aggregate follows from values that stand under names: those of all who are in it.

        In a band, in durability by use and in anonymous figures there is more than the values of `people`,
        who are those whom it might tell.
        """
        by_use = measure.measure == "skill.durability" and measure.kind is not None
        leans = by_use or measure.measure == "skill.band" or is_anonymous(measure)
        alone = SHOWN_ONLY in measure.notes or not leans
        return alone and bool(measure.people) and self.of(measure) >= set(measure.people)

    def tells_all(self, measure: Measure) -> bool:
        """Whether, besides, everybody of its cohort (of the programme) is shown, also who has no value in it.

        Else that it is shown would tell that somebody hidden has none.
        """
        return self.tells(measure) and self.of(measure) >= self.everybody(measure)

    def everybody(self, measure: Measure) -> People:
        """Who may have a value in a figure of a cohort, or of the programme."""
        return frozenset(self._cohorts[measure.cohort])


def list_revealing_measures(measure: Measure) -> tuple[str, ...]:
    """Measures of persons in which the values stand that an aggregate sums."""
    root = root_of(measure)
    return next((told for name, told in TOLD_BY.items() if matches_measure(root, (name,))), (root,))


def _find_nearest(rows: Mapping[Key, bool], key: Key) -> bool:
    """Whether a person's rows are shown: of this skill, wave and kind, else of as much of it as they have."""
    if key in rows:
        return rows[key]
    near = ([shown for other, shown in rows.items() if other[:n] == key[:n]] for n in (2, 1, 0))
    return any(next(filter(None, near), []))


# --- what is summed ---------------------------------------------------------------------------------------


def root_of(measure: Measure) -> str:
    """The measure whose values a row is a figure of.

    >>> row = Measure(measure="skill.growth.mentor.higher", unit="persons", method="count", counts="persons")
    >>> root_of(row)
    'skill.growth.mentor'
    """
    name = measure.measure
    for ending in ENDINGS:
        name = name.removesuffix(ending)
    if name == "skill.band":
        return name if measure.label in (None, "relative") else f"skill.growth.{measure.label}"
    for other, same in SAME_AS.items():
        if matches_measure(name, (other,)):
            return same + name.removeprefix(other)
    return name


def _list_points() -> dict[tuple[str, str | None], Terms]:
    """The two levels of each span; of spans that share a name also by wave."""
    points: dict[tuple[str, str | None], Terms] = {}
    for span in (*GROWTH, *CONTRASTS, *NOT_MEASURED_ANY_MORE, *AFTERWARDS):
        wave = span.later.wave if span in AFTERWARDS else None
        later, earlier = (" ".join(vars(point).values()) for point in (span.later, span.earlier))
        points[span.name, wave] = ((later, 1), (earlier, -1))
    return points


POINTS = _list_points()


def _quantity_of(measure: Measure) -> tuple[Key, Terms]:
    """What a row is a sum of: rows of one key can be combined, by the terms of each."""
    root = root_of(measure)
    theme = root.startswith("skill.theme.")
    span = root.replace("skill.theme.", "skill.growth.")
    terms = POINTS.get((span, None)) or POINTS.get((span, measure.wave))
    if terms is not None:
        return ("levels", measure.skill, measure.kind if theme else None, measure.team), terms
    where = (measure.kind, measure.label, measure.phase, measure.wave, measure.team)
    return (root, measure.skill, *where), Aggregate.terms


# --- what follows from sums -------------------------------------------------------------------------------


def is_small_group_sum(before: Sequence[Aggregate], new: Aggregate, k: int) -> bool:
    """Whether a combination of the new sum with earlier ones rests on 1 to k − 1 people.

    >>> everybody, fewer = Aggregate(frozenset("abcdefg")), Aggregate(frozenset("abcdef"))
    >>> is_small_group_sum([everybody], fewer, 5), is_small_group_sum([everybody], everybody, 5)
    (True, False)

    Exact while there are few enough ways to choose so few people; beyond that by adding and taking away each
    sum once, and beyond `MOST_SUMS` sums the answer is yes.
    """
    if new in before or not new.people:
        return False
    rows = (*before, new)
    groups = group_people([each.people for each in rows])
    sizes = list(groups.values())
    blocks = _lay_out(rows, list(groups))
    if is_spanned(blocks.reshape(len(rows), -1)):
        return False
    choices = list(islice(choose_few(sizes, k), MOST_CHOICES + 1))
    if len(choices) <= MOST_CHOICES:
        return any(is_spanned(np.delete(blocks, chosen, axis=1).reshape(len(rows), -1)) for chosen in choices)
    if len(before) > MOST_SUMS:
        return True
    factors = np.array([(*other, 1) for other in product((-1, 0, 1), repeat=len(before))], dtype=np.float32)
    left = np.einsum("cr,rgp->cgp", factors, blocks.astype(np.float32)).any(axis=2) @ np.array(sizes)
    return bool(((left > 0) & (left < k)).any())


def _lay_out(sums: Sequence[Aggregate], groups: Sequence[tuple[bool, ...]]) -> np.ndarray:
    """Factors by sum × group of people × what of a person."""
    points = sorted({name for each in sums for name, _ in each.terms})
    table = np.zeros((len(sums), len(groups), len(points)))
    for row, each in enumerate(sums):
        for name, factor in each.terms:
            table[row, [group[row] for group in groups], points.index(name)] = factor
    return table


# --- which few people follow from sums over sets of people: linear algebra on membership ------------------
# A combination of known sums that is zero for all but a few people tells those few.


def group_people(sets: Sequence[People]) -> dict[tuple[bool, ...], int]:
    """How many people are in just these sets and no others, by membership.

    >>> group_people([frozenset("ab"), frozenset("b")])
    {(True, False): 1, (True, True): 1}
    """
    groups: dict[tuple[bool, ...], int] = defaultdict(int)
    for person in sorted(frozenset[str]().union(*sets)):
        groups[tuple(person in each for each in sets)] += 1
    return dict(groups)


def choose_few(sizes: Sequence[int], k: int) -> Iterator[tuple[int, ...]]:
    """Places of groups with 1 to k − 1 people together; of choices within one another only the largest.

    >>> list(choose_few([1, 2, 9], 5)), list(choose_few([3, 4], 5))
    ([(0, 1)], [(0,), (1,)])
    """
    small = [place for place, size in enumerate(sizes) if size < k]
    for number in range(1, k):
        for chosen in combinations(small, number):
            together = sum(sizes[place] for place in chosen)
            more = any(sizes[place] + together < k for place in small if place not in chosen)
            if together < k and not more:
                yield chosen


def is_spanned(table: np.ndarray) -> bool:
    """Whether the last row of a matrix lies in the span of the others.

    >>> is_spanned(np.array([[1, 1], [2, 2]])), is_spanned(np.array([[1, 1], [1, 2]]))
    (True, False)
    """
    if table.shape[1] == 0:
        return True
    return bool(np.linalg.matrix_rank(table) == np.linalg.matrix_rank(table[:-1]))


# --- parts of anonymous totals ----------------------------------------------------------------------------


def _find_telling_parts(rows: Sequence[tuple[int, Measure]], by: str, k: int) -> Iterator[int]:
    """Parts of anonymous totals by cohort or by team that make way, the smallest ones shown going first.

    The hidden ones together then rest on k people.
    """
    totals = {_place_of(m): m for _, m in rows}
    parts: dict[Key, list[tuple[int, Measure]]] = defaultdict(list)
    for place, measure in rows:
        total = PARTED_BY_TEAM.get(measure.measure, "") if by == "team" else measure.measure
        if total in WEIGHTED or (total == "cost.account" and measure.kind in ANONYMOUS_COSTS):
            total = ""  # `rounds.shield_hours` looks at what the printed means weigh, which is exact
        if total and getattr(measure, by) is not None:
            parts[_place_of(measure, {"measure": total, by: None})].append((place, measure))
    for key, members in parts.items():
        if key not in totals or len(totals[key].people) < k:
            continue
        ordered = sorted(members, key=lambda part: (len(set(part[1].people)), part[0]))
        hidden = {person for _, part in ordered if len(set(part.people)) < k for person in part.people}
        for place, part in ordered:
            if len(set(part.people)) >= k and 0 < len(hidden) < k:
                hidden |= set(part.people)
                yield place


def _place_of(measure: Measure, other: Mapping[str, str | None] = MappingProxyType({})) -> Key:
    """What tells a row from others, with some of it replaced."""
    names = ("measure", "cohort", "team", "skill", "kind", "label", "phase", "wave")
    return tuple(other.get(name, getattr(measure, name)) for name in names)
