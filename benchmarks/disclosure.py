"""Whether anybody's answer follows from all that was ever published: made-up programmes, every set tried.

A made-up programme sends one to four people at a time; they answer or do not, consent, withdraw.  After each
of two to four terms every edition is published by the product's own functions (gate, history, comparison,
reconstruction) with what was published before; a figure that is refused is left out as the refusal says.
Then an attacker who holds all editions tries every set of answers that fits all printed figures, by plain
enumeration that shares no code with the product.  The attacker is a stranger, or a participant who knows the
own answer; what people show by name is known to them.

In a second kind of programme ten people take part, all but two agree to be shown by name, some of them late
or not to the end: it tells how many of the programme's figures are kept all the same.

`python benchmarks/disclosure.py [--quick] [--runs N] [--json]`
"""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import combinations_with_replacement
from pathlib import Path
from typing import Any

import numpy as np

from rotation_analysis.build.publishing import attach_contributors, list_refusals
from rotation_analysis.disclosure.gate import publish, rest_on_shown, withhold
from rotation_analysis.disclosure.publications import DECIMALS, Edition
from rotation_analysis.disclosure.releases import Key, Release, key_of, release_row
from rotation_analysis.measure_row import Measure, MeasureRow
from rotation_analysis.programme.model import Consent, DisclosurePolicy, Withheld

sys.path.append(str(Path(__file__).resolve().parents[1]))

from benchmarks.table import Row, make_parser, make_row, print_rows, run_in_processes

RUNS, QUICK = 60, 10
TERMS = tuple(date(2023 + term // 2, 3 if term % 2 == 0 else 9, 30) for term in range(4))
SKILLS = ("os", "db")
USES = ("weekly", "monthly", "hardly")
CHANGE, USE, AGREE = "skill.growth.now_minus_then", "followup.use", "exit.ex_brief"
CHANGES = tuple(range(-4, 5))
ANSWERS = 0.8
AGREES_FROM = 4


# --- made-up programmes -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class World:
    """Who came in which term and cohort, who answered what from which term on, who consents when."""

    terms: int
    k: int
    cohorts: Mapping[str, str]
    came: Mapping[str, int]
    answers: Mapping[str, Mapping[str, int]]
    since: Mapping[tuple[str, str], int]
    consents: tuple[Consent, ...]


def make_world(seed: int) -> World:
    """A programme of 5 to 14 people over two to four terms."""
    random = np.random.RandomState(seed)
    terms = int(random.randint(2, 5))
    cohorts, came = {}, {}
    for term in range(terms):
        sizes = random.randint(1, 5, 3 if term == 0 else int(random.randint(1, 3)))
        for size in sizes:
            label = str(len(set(cohorts.values())) + 1)
            for _ in range(min(int(size), 14 - len(came))):
                person = f"p{len(came) + 1:02}"
                cohorts[person], came[person] = label, term
    questions = (*SKILLS, USE, AGREE)
    level, alike = float(random.choice([0.5, 1.0, 2.5])), float(random.choice([0.4, 1.2]))
    answers: dict[str, dict[str, int]] = {question: {} for question in questions}
    since = {}
    for person, term in came.items():
        for question in questions:
            answers[question][person] = _answer(question, level, alike, random)
            late = int(random.rand() > ANSWERS) + int(random.rand() > ANSWERS)
            since[person, question] = term + (9 if late == 2 else late)
    consents = tuple(each for person in came for each in _consent(person, random))
    return World(terms, int(random.choice([4, 5])), cohorts, came, answers, since, consents)


def make_refusing_world(seed: int) -> World:
    """Ten people, of whom two agree to nothing; a third may agree late, a fourth may withdraw at the end."""
    random = np.random.RandomState(seed)
    while len((world := make_world(int(random.randint(2**31)))).came) < 10:
        pass
    people = sorted(world.came)[:10]
    *agreed, late, leaving = random.permutation(people)[2:]
    consents = [_agree(person) for person in agreed]
    consents.append(_agree(late, given=TERMS[1] if random.rand() < 0.3 else TERMS[0]))
    consents.append(_agree(leaving, withdrawn=TERMS[world.terms - 1] if random.rand() < 0.3 else None))
    kept = {person: world.came[person] for person in people}
    answers = {
        question: {person: answer for person, answer in told.items() if person in kept}
        for question, told in world.answers.items()
    }
    return replace(world, came=kept, answers=answers, consents=tuple(consents))


def _agree(person: str, *, given: date = TERMS[0], withdrawn: date | None = None) -> Consent:
    return Consent(person=person, kind="skills", audience="owner", given=given, withdrawn=withdrawn)


def _answer(question: str, level: float, alike: float, random: np.random.RandomState) -> int:
    """A change in levels, the place of an option, or 1 for agreeing."""
    if question in SKILLS:
        return int(np.clip(round(random.normal(level, alike)), -4, 4))
    if question == USE:
        return int(random.choice(3, p=[0.6, 0.3, 0.1]))
    return int(random.randint(1, 6) >= AGREES_FROM)


def _consent(person: str, random: np.random.RandomState) -> Iterator[Consent]:
    """To be shown to the owner or not, some from a later term on, some until they withdraw."""
    if random.rand() < 0.5:
        given = TERMS[int(random.choice([0, 0, 1, 2]))]
        withdrawn = TERMS[3] if random.rand() < 0.15 else None
        if withdrawn is None or withdrawn > given:
            yield _agree(person, given=given, withdrawn=withdrawn)


def measure_world(world: World, term: int, *, only: Set[str] | None = None) -> list[Measure]:
    """What the product would measure after a term: by programme, cohort, person; of some people alone."""

    def list_told(question: str) -> dict[str, int]:
        return {
            p: v
            for p, v in world.answers[question].items()
            if world.since[p, question] <= term and (only is None or p in only)
        }

    rows: list[Measure] = []
    for skill in SKILLS:
        told = list_told(skill)
        groups: dict[str | None, list[str]] = {None: list(told)}
        for person in told:
            groups.setdefault(world.cohorts[person], []).append(person)
        for cohort, people in groups.items():
            mean = float(np.mean([told[person] for person in people])) if people else None
            rows.append(_row(CHANGE, people, mean, "levels", skill=skill, wave="end", cohort=cohort))
        rows += [
            _row(CHANGE, [p], float(v), "levels", skill=skill, wave="end", cohort=world.cohorts[p], person=p)
            for p, v in told.items()
        ]
    told = list_told(USE)
    for place, use in enumerate(USES):
        chosen = float(sum(value == place for value in told.values()))
        rows.append(_row(USE, list(told), chosen, "persons", kind=use, wave="after_3m"))
    rows += [
        _row(
            "skill.use", [p], 1.0, "persons", kind=USES[v], wave="after_3m", cohort=world.cohorts[p], person=p
        )
        for p, v in told.items()
    ]
    told = list_told(AGREE)
    share = float(np.mean(list(told.values()))) if told else None
    return [*rows, _row(AGREE, list(told), share, "share")]


def _row(measure: str, people: Sequence[str], value: float | None, unit: str, **other: Any) -> Measure:
    return Measure(
        measure=measure,
        unit=unit,
        method="made_up",
        counts="persons",
        people=tuple(people),
        n=len(people),
        missing=0,
        value=value,
        consent="skills" if other.get("person") else None,
        **other,
    )


# --- publishing -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Gate:
    """Which parts of the gate are on: k people, the history, complementary suppression, reconstruction.

    `again`: what subtraction would tell is made over the people who are shown.
    """

    name: str
    threshold: bool = True
    history: bool = True
    suppression: bool = True
    reconstruction: bool = True
    again: bool = True


ON = Gate("gate on")
OFF = Gate("gate off", threshold=False, history=False, suppression=False, reconstruction=False)
HIDING = Gate("nothing measured again", again=False)
GATES = (
    ON,
    Gate("without the history", history=False, reconstruction=False),
    Gate("without complementary suppression", suppression=False, reconstruction=False),
    Gate("without reconstruction", reconstruction=False),
    OFF,
)


@dataclass
class History:
    """Everything that went out, and how many figures did not."""

    released: list[Release] = field(default_factory=list)
    shown: int = 0
    asked: int = 0
    refused: int = 0
    wanted: int = 0
    kept: int = 0


def publish_world(world: World, gate: Gate) -> History:
    """Every edition after every term; what is refused is left out, as its refusal says."""
    history = History()
    for term in range(world.terms):
        measures = measure_world(world, term)
        people = sorted(p for p, came in world.came.items() if came <= term)
        readers = [p for p in people if int(p[1:]) % 5 == 0]
        cohorts = sorted({world.cohorts[p] for p in people})
        owner = [Edition(audience="owner"), *(Edition(audience="owner", cohort=c) for c in cohorts)]
        editions = [owner, [Edition(audience="leadership")]]
        editions += [[Edition(audience="graduate", person=p)] for p in readers]
        for together in editions:
            _publish_edition(world, gate, history, measures, together, term)
    return history


def _publish_edition(
    world: World, gate: Gate, history: History, measures: list[Measure], editions: list[Edition], term: int
) -> None:
    left_out: tuple[Withheld, ...] = ()
    own = [release_row(measure) for measure in measures if measure.person is not None]
    for _ in range(6):
        released = _gate(world, gate, history, measures, editions, term, left_out)
        refused = list(list_refusals(released, history.released, own=own)) if gate.reconstruction else []
        if not refused:
            break
        history.refused += not left_out
        left_out = (*left_out, *dict.fromkeys(Withheld(measure=refusal.measure) for refusal in refused))
    else:
        return
    history.released.append(released)
    wanted = {None, *(edition.cohort for edition in editions)}
    history.asked += sum(m.person is None and m.value is not None and m.cohort in wanted for m in measures)
    history.shown += sum(row.person is None and row.value is not None for row in released.rows)
    if editions[0].audience == "owner":
        history.wanted += sum(
            m.person is None and m.cohort is None and len(m.people) >= world.k for m in measures
        )
        history.kept += sum(row.person is None and row.cohort is None for row in released.rows)


def _gate(
    world: World,
    gate: Gate,
    history: History,
    measures: list[Measure],
    editions: list[Edition],
    term: int,
    left_out: tuple[Withheld, ...],
) -> Release:
    policy = DisclosurePolicy.model_construct(
        k=world.k if gate.threshold else 1, teams_to_leadership="together", withhold=left_out
    )
    as_of = TERMS[term].isoformat()
    earlier = history.released if gate.history else ()
    withheld = frozenset[int]()
    if gate.suppression:
        withheld = withhold(measures, policy, world.consents, as_of=as_of, earlier=earlier)

    def measure_again(people: Set[str]) -> Mapping[Key, Measure]:
        return {key_of(each): each for each in measure_world(world, term, only=people) if not each.person}

    if gate.again:
        measures, withheld = rest_on_shown(
            measures, withheld, policy, world.consents, as_of=as_of, again=measure_again
        )
    rows: dict[MeasureRow, None] = {}
    for edition in editions:
        publication = publish(
            measures,
            edition,
            policy,
            world.consents,
            facts={"as_of": as_of, "programme_sha256": "", "stays": [], "k": policy.k},
            withheld=withheld,
            earlier=earlier,
        )
        printed = publication.measures.to_dict("records")
        rows |= dict.fromkeys(attach_contributors(printed, measures, history.released))
    return Release(
        number=len(history.released) + 1,
        edition=editions[0].folder,
        as_of=as_of,
        k=policy.k,
        publication_sha256="",
        rows=tuple(rows),
    )


# --- the attacker -----------------------------------------------------------------------------------------

Fits = Callable[[float], bool]


@dataclass(frozen=True)
class Clue:
    """A printed figure: the sum over people of what each answer adds lies between low and high."""

    people: frozenset[str]
    adds: tuple[float, ...]
    low: float
    high: float


def list_clues(history: History) -> dict[str, set[Clue]]:
    """All aggregates that ever went out, by question."""
    clues: dict[str, set[Clue]] = defaultdict(set)
    for row in (row for released in history.released for row in released.rows):
        if row.person is not None or row.value is None or not row.people:
            continue
        n = len(row.people)
        half = 0.5 * 10.0 ** -DECIMALS[row.unit] + 1e-9
        low, high = row.value - half, row.value + half
        people = frozenset(row.people)
        if row.measure == CHANGE:
            clues[str(row.skill)].add(Clue(people, tuple(map(float, CHANGES)), n * low, n * high))
        elif row.measure == USE:
            adds = tuple(float(use == row.kind) for use in USES)
            clues[USE].add(Clue(people, adds, row.value, row.value))
        elif row.measure == AGREE:
            clues[AGREE].add(Clue(people, (0.0, 1.0), n * low, n * high))
    return clues


def list_named(history: History) -> dict[str, dict[str, set[str]]]:
    """By question and person: the editions that show the person's answer by name."""
    named: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for released in history.released:
        for row in released.rows:
            if row.person is not None and row.value is not None:
                question = str(row.skill) if row.measure == CHANGE else USE
                named[question][row.person].add(released.edition)
    return named


def attack(world: World, history: History) -> Counter[str]:
    """How many (question, person) are certain for a stranger, for some participant; how many are hidden."""
    found: Counter[str] = Counter()
    named = list_named(history)
    for question, clues in list_clues(history).items():
        people = sorted(frozenset().union(*(clue.people for clue in clues)))
        public = {
            person
            for person, editions in named[question].items()
            if any(not edition.startswith("graduates/") for edition in editions)
        }
        certain = find_certain_answers(world, question, clues, public)
        hidden = [person for person in people if person not in public]
        found["hidden"] += len(hidden)
        found["stranger"] += len(certain)
        inside = set(certain)
        for member in hidden:
            inside |= find_certain_answers(world, question, clues, public | {member}) - {member}
        found["member"] += len(inside)
    return found


def find_certain_answers(world: World, question: str, clues: set[Clue], known: set[str]) -> set[str]:
    """Persons for whom every set of answers that fits has the same answer (binary ones: agreeing alone)."""
    values = len(next(iter(clues)).adds)
    truth = {p: _place_of(question, world.answers[question][p]) for p in world.answers[question]}
    ordered = sorted(clues, key=lambda clue: (sorted(clue.people), clue.adds, clue.low))
    groups: dict[tuple[bool, ...], list[str]] = defaultdict(list)
    for person in sorted(frozenset().union(*(clue.people for clue in ordered)) - known):
        groups[tuple(person in clue.people for clue in ordered)].append(person)
    rest = np.array([sum(clue.adds[truth[p]] for p in clue.people & known) for clue in ordered], dtype=float)
    low = np.array([clue.low for clue in ordered]) - rest
    high = np.array([clue.high for clue in ordered]) - rest
    tables = [_tabulate(len(people), signature, ordered) for signature, people in groups.items()]
    certain: set[str] = set()
    for place, people in enumerate(groups.values()):
        left = [v for v in range(values) if _fits_with(tables, place, v, low, high)]
        assert {truth[person] for person in people} <= set(left), "the truth fits all that was printed"
        if len(left) == 1 and not (question == AGREE and left == [0]):
            certain |= set(people)
    return certain


def _place_of(question: str, answer: int) -> int:
    return CHANGES.index(answer) if question in SKILLS else answer


def _tabulate(size: int, signature: tuple[bool, ...], clues: Sequence[Clue]) -> tuple[np.ndarray, np.ndarray]:
    """Every set of answers of a group: what it adds to each clue, and which answers occur in it."""
    adds = np.array([clue.adds for clue in clues]) * np.array(signature)[:, None]  # clues × values
    sets = np.array(list(combinations_with_replacement(range(adds.shape[1]), size)))
    occurs = np.array([[v in row for v in range(adds.shape[1])] for row in sets.tolist()])
    return adds[:, sets].sum(axis=2).T, occurs


def _fits_with(
    tables: Sequence[tuple[np.ndarray, np.ndarray]], place: int, value: int, low: np.ndarray, high: np.ndarray
) -> bool:
    """Whether some answers of all groups, `value` among those of the group at `place`, give every clue."""
    parts = [
        np.unique(sums[occurs[:, value]] if number == place else sums, axis=0)
        for number, (sums, occurs) in enumerate(tables)
    ]
    least = np.cumsum([part.min(axis=0) for part in parts][::-1], axis=0)[::-1]
    most = np.cumsum([part.max(axis=0) for part in parts][::-1], axis=0)[::-1]
    totals = np.zeros((1, len(low)))
    for number, part in enumerate(parts):
        totals = np.unique((totals[:, None, :] + part[None, :, :]).reshape(-1, len(low)), axis=0)
        more_low = least[number + 1] if number + 1 < len(parts) else 0
        more_high = most[number + 1] if number + 1 < len(parts) else 0
        totals = totals[((totals + more_high >= low - 1e-6) & (totals + more_low <= high + 1e-6)).all(axis=1)]
        if not len(totals):
            return False
    return True


# --- rows -------------------------------------------------------------------------------------------------


def run(seed: int) -> dict[str, Counter[str]]:
    """One made-up history under every gate."""
    world = make_world(seed)
    told = {}
    for gate in GATES:
        history = publish_world(world, gate)
        told[gate.name] = attack(world, history)
        told[gate.name] += Counter(
            shown=history.shown,
            asked=history.asked,
            refused=history.refused,
            releases=len(history.released),
        )
    world = make_refusing_world(seed)
    for gate in (ON, HIDING):
        history = publish_world(world, gate)
        told[f"refusing, {gate.name}"] = attack(world, history)
        told[f"refusing, {gate.name}"] += Counter(wanted=history.wanted, kept=history.kept)
    return told


def list_rows(found: Sequence[Mapping[str, Counter[str]]]) -> Iterator[Row]:
    """The rows of the contract."""
    total = {gate.name: sum((each[gate.name] for each in found), start=Counter[str]()) for gate in GATES}
    yield make_row("histories", len(found))
    yield make_row("releases, gate on", total[ON.name]["releases"])
    for gate in GATES:
        for who, words in (("stranger", "a stranger"), ("member", "a participant")):
            n = total[gate.name][who]
            goal, ok = ("= 0", n == 0) if gate is ON else (">= 1", n > 0) if gate is OFF else (None, True)
            yield make_row(f"answers certain to {words}, {gate.name}", n, goal=goal, ok=ok)
    yield make_row("answers that are hidden, gate on", total[ON.name]["hidden"])
    for gate in GATES:
        shown = 100 * total[gate.name]["shown"] / max(1, total[OFF.name]["shown"])
        yield make_row(f"figures shown, % of those without a gate, {gate.name}", round(shown, 1))
    for gate in (ON, HIDING):
        sums = sum((each[f"refusing, {gate.name}"] for each in found), start=Counter[str]())
        for who, words in (("stranger", "a stranger"), ("member", "a participant")):
            figure = f"answers certain to {words}, two of ten refuse, {gate.name}"
            yield make_row(figure, sums[who], goal="= 0", ok=sums[who] == 0)
        kept = 100 * sums["kept"] / max(1, sums["wanted"])
        goal, ok = (">= 80", kept >= 80) if gate is ON else (None, True)
        yield make_row(
            f"the programme's figures kept, %, two of ten refuse, {gate.name}",
            round(kept, 1),
            goal=goal,
            ok=ok,
        )
    refused = 100 * total[ON.name]["refused"] / max(1, total[ON.name]["releases"])
    yield make_row("releases in which a figure was refused and left out, %", round(refused, 1))


def main() -> None:
    """Publish, attack, print one table, exit 1 where a goal is missed."""
    options = make_parser(__doc__, runs="histories").parse_args()
    runs = options.runs or (RUNS // QUICK if options.quick else RUNS)
    print_rows(list_rows(run_in_processes(run, range(runs))), as_json=options.json)


if __name__ == "__main__":
    main()
