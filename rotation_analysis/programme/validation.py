"""What cannot be true of a programme as declared: each finding with its place, all of them at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from zoneinfo import available_timezones

from pydantic import BaseModel

from ..errors import Problem, did_you_mean
from ..files.cells import find_near_zone, fold
from ..files.declarations import dotted
from ..measure_row import CLAIMED, CLAIMED_BY_SKILL
from .model import Programme, find_files, is_inside
from .plan import DEFAULT_SMALLEST_CHANGE, PRIMARY_FAMILY, EvaluationPlan
from .questionnaires import Instrument, Question, read_answer_scales, read_skill_grid
from .tables import TABLES
from .worktime import FIRST_YEAR, LAST_YEAR

OPEN_ENDS = ("valid_from", "valid_until", "withdrawn")
"""Days that are only compared with others: as far away as people write "since ever" and "for ever"."""
LARGEST = 1_000_000_000
OF_PEOPLE = ("rotations.person", "rotations.mentor", "consents.person", "approvals.person", "replies.person")
REFERENCES = {
    **dict.fromkeys((*OF_PEOPLE, "leave.person"), "people"),
    **dict.fromkeys(("programme.host_team", "people.team"), "teams"),
    **dict.fromkeys(("rotations.home_team", "rotations.host_team"), "teams"),
    **dict.fromkeys(("programme.timezone", "people.timezone", "sources.timezone"), "timezones"),
    "wordings.question": "questions",
    "adjustments.cohort": "cohorts",
    "sources.instrument": "instruments",
}
"""The keys whose values name something declared elsewhere, and what."""
CHANCE_KEYS = {
    "requests": ("kind", "words", "other_teams"),
    "incidents": ("words", "step", "service", "shared"),
    "changes": ("words", "repository"),
    "reviews": ("kind", "words", "repository"),
    "improvements": ("kind", "words"),
    "study_sessions": ("words",),
}
"""The keys of a rule of chances that each table can answer."""
CHANCE_KINDS = {"requests": "kind", "reviews": "state"}
"""Tables whose kinds are a closed list, and the column of it."""


def validate_programme(programme: Programme) -> list[Problem]:
    """What single values cannot show: unknown ids, ends before starts, overlaps, planned against real."""
    values = list(_list_values(programme.model_copy(update={"words": {}, "read_from": ()}), ()))
    return [
        *_find_impossible_values(values),
        *_find_repeats(programme),
        *_find_unknown(programme, values),
        *_find_impossible_stays(programme),
        *_find_overlaps(programme),
        *_find_impossible_amounts(programme),
        *_find_half_told_adjustments(programme),
        *_find_unreachable_sources(programme),
        *_find_plan_misfits(programme.plan),
        *find_questionnaire_misfits(programme),
        *_find_chance_misfits(programme),
    ]


Place = tuple[int | str, ...]


def _told(place: Place, value: object, expected: str, next_step: str | None = None) -> Problem:
    return Problem(
        reason="programme",
        column=dotted(place),
        value=None if value is None else str(value),
        expected=expected,
        next_step=next_step,
    )


def _find_impossible_values(values: Iterable[tuple[Place, object]]) -> Iterable[Problem]:
    """Days that nobody works on, and numbers that nothing can be counted with: 9999-12-31, inf, 1e300."""
    for place, value in values:
        if isinstance(value, date) and not isinstance(value, datetime):
            if not FIRST_YEAR <= value.year <= LAST_YEAR and place[-1] not in OPEN_ENDS:
                expected = f"a day from {FIRST_YEAR} to {LAST_YEAR}"
                yield _told(place, value, expected, "correct it; an end that is open is left out")
        elif isinstance(value, (int, float)) and not abs(value) <= LARGEST:
            yield _told(place, value, f"a number of at most {LARGEST:,}", "correct it")


def _list_values(value: object, place: Place) -> Iterator[tuple[Place, object]]:
    """Every single value with its place."""
    held: Iterable[tuple[int | str, object]]
    if isinstance(value, BaseModel):
        held = ((name, getattr(value, name)) for name in type(value).model_fields)
    elif isinstance(value, (tuple, list)):
        held = enumerate(value)
    elif isinstance(value, dict):
        held = value.items()
    else:
        yield place, value
        return
    for name, each in held:
        yield from _list_values(each, (*place, name))


def _find_repeats(programme: Programme) -> Iterable[Problem]:
    for name in ("people", "teams"):
        seen: set[str] = set()
        for index, item in enumerate(getattr(programme, name)):
            if item.id in seen:
                yield _told((name, index, "id"), item.id, "an id that occurs once", "merge the two rows")
            seen.add(item.id)


def _find_unknown(programme: Programme, values: Iterable[tuple[Place, object]]) -> Iterable[Problem]:
    """Values of `REFERENCES`, and whom aliases mean, that nobody declared."""
    instruments = programme.all_instruments
    questions = [question.id for each in instruments.values() for question in each.questions]
    known = {
        "people": [person.id for person in programme.people],
        "teams": [team.id for team in programme.teams],
        "questions": [*_list_skills(programme), *questions],
        "cohorts": list(programme.cohorts),
        "instruments": sorted(instruments),
        "timezones": sorted(available_timezones()),
    }
    expected = dict.fromkeys(known, "an id declared in this programme")
    expected |= {"instruments": "a known instrument", "timezones": "a known timezone"}
    wanted = [
        (place, REFERENCES.get(".".join(part for part in place if isinstance(part, str))), value)
        for place, value in values
    ]
    kinds = {"person": "people", "team": "teams", "shared": "teams"}
    wanted += [
        (("aliases", index, "id"), kinds.get(alias.kind), alias.id or "")
        for index, alias in enumerate(programme.aliases)
    ]
    for place, of, value in wanted:
        if of is not None and value is not None and value not in known[of]:
            word, is_zone = str(value), of == "timezones"
            hint = find_near_zone(word) if is_zone else did_you_mean(word, known[of])
            yield _told(place, word, expected[of], hint)


def _check_known(
    place: Place, value: str, known: Sequence[str], expected: str, otherwise: str | None = None
) -> Iterator[Problem]:
    """A problem where a word is none of those known; the next step is the nearest one, or `otherwise`."""
    if value not in known:
        yield _told(place, value, expected, did_you_mean(value, known) or otherwise)


def _list_skills(programme: Programme) -> list[str]:
    """Ids of the grid's skills and of the programme's own."""
    return [*read_skill_grid().ids, *(skill.id for skill in programme.skills)]


def _find_impossible_stays(programme: Programme) -> Iterable[Problem]:
    for index, stay in enumerate(programme.rotations):

        def at(field: str, index: int = index) -> Place:
            return ("rotations", index, field)

        if stay.planned_end < stay.start:
            yield _told(at("planned_end"), stay.planned_end, f"a day after the start {stay.start}")
        if stay.end is not None and stay.end < stay.start:
            yield _told(at("end"), stay.end, f"a day after the start {stay.start}")
        if (stay.end is None) != (stay.ending == "running"):
            yield _told(at("ending"), stay.ending, '"running" exactly where end is empty')
        if stay.end is not None and stay.ending == "as_planned" and stay.end != stay.planned_end:
            yield _told(
                at("ending"), stay.ending, f"extended or early: planned {stay.planned_end}, ended {stay.end}"
            )
        if stay.end is not None and stay.ending == "extended" and stay.end <= stay.planned_end:
            yield _told(at("ending"), stay.ending, f"an end after the planned {stay.planned_end}")
        if stay.end is not None and stay.ending == "early" and stay.end >= stay.planned_end:
            yield _told(at("ending"), stay.ending, f"an end before the planned {stay.planned_end}")
        if stay.now == "left" and stay.now_since is None:
            yield _told(at("now_since"), None, "the day they left the company")


def _find_overlaps(programme: Programme) -> Iterable[Problem]:
    for index, stay in enumerate(programme.rotations):
        for other in programme.rotations[:index]:
            last = min(stay.end or date.max, other.end or date.max)
            if stay.person == other.person and max(stay.start, other.start) <= last:
                yield _told(
                    ("rotations", index, "start"),
                    stay.start,
                    f"a stay of {stay.person} that does not overlap the one from {other.start}",
                )


def _find_impossible_amounts(programme: Programme) -> Iterable[Problem]:
    """Leave that ends before it begins, a day that closes before it opens, a price in no currency."""
    for index, leave in enumerate(programme.leave):
        if leave.last < leave.first:
            yield _told(("leave", index, "last"), leave.last, f"a day not before the first {leave.first}")
    calendar = programme.calendar
    if calendar.closes <= calendar.opens:
        yield _told(("calendar", "closes"), calendar.closes, f"a time after {calendar.opens} of the same day")
    if calendar.sleep_until >= calendar.sleep_from:
        expected = f"a time before {calendar.sleep_from}: sleep runs over midnight"
        yield _told(("calendar", "sleep_until"), calendar.sleep_until, expected)
    if programme.costs.person_week is not None and programme.costs.currency is None:
        yield _told(("costs", "currency"), None, "the currency of person_week", 'add currency = "JPY"')


def _find_half_told_adjustments(programme: Programme) -> Iterable[Problem]:
    """A reason that readers of one language would not see."""
    for index, adjustment in enumerate(programme.adjustments):
        for own, other in (("because_ja", "because_en"), ("because_en", "because_ja")):
            if getattr(adjustment, own) is not None and getattr(adjustment, other) is None:
                expected = f"the reason in both languages, since {own} is given"
                yield _told(("adjustments", index, other), None, expected, f"add {other}, or remove {own}")


def _find_plan_misfits(plan: EvaluationPlan) -> Iterable[Problem]:
    """Measures that nothing judges or that stand in two families, what is told twice, unknown units."""
    yield from _find_measure_misfits(plan)
    names = [PRIMARY_FAMILY]
    for index, family in enumerate(plan.families):
        if family.name in names:
            taken = (
                "the primary measures have it" if family.name == PRIMARY_FAMILY else "another family has it"
            )
            at = ("plan", "families", index, "name")
            yield _told(at, family.name, f"a name of its own; {taken}", "rename the family")
        names.append(family.name)
    for index, error in enumerate(plan.measurement_error):
        if plan.error_of(error.of) is not error:
            at = ("plan", "measurement_error", index, "of")
            yield _told(at, error.of, f"one measurement error of a {error.of}", "remove one of the two")
    units = list(DEFAULT_SMALLEST_CHANGE)
    for unit, s in plan.smallest_change.items():
        if unit not in units:
            hint = did_you_mean(unit, units) or "take one of them, or remove it"
            yield _told(("plan", "smallest_change", unit), s, f"a unit: {', '.join(units)}", hint)


def _find_measure_misfits(plan: EvaluationPlan) -> Iterable[Problem]:
    named: list[tuple[Place, str, bool]] = [
        (("plan", "primary", index, "measure"), primary.measure, False)
        for index, primary in enumerate(plan.primary)
    ]
    for index, family in enumerate(plan.families):
        named += [
            (("plan", "families", index, "measures", number), measure, family.skills)
            for number, measure in enumerate(family.measures)
        ]
    seen: dict[tuple[str, bool], str] = {}
    for at, measure, skills in named:
        known = CLAIMED_BY_SKILL if skills else tuple(CLAIMED)
        judged = f"a measure that is judged{' by skill' if skills else ''}: {', '.join(known)}"
        yield from _check_known(at, measure, known, judged, "take one of them, or remove it")
        if measure in known and (measure, skills) in seen:
            expected = f"a measure in one family only; it stands at {seen[measure, skills]}, too"
            yield _told(at, measure, expected, "remove one of the two")
        seen.setdefault((measure, skills), dotted(at))


def _find_chance_misfits(programme: Programme) -> Iterable[Problem]:
    """Rules of chances for unknown skills, with keys their table has not, with kinds that do not occur."""
    skills, expected = _list_skills(programme), "a skill of this programme"
    for index, rule in enumerate(programme.chances):
        at = ("chances", index, "skill")
        yield from _check_known(at, rule.skill, skills, expected, "declare it under [[skills]]")
        keys = CHANCE_KEYS[rule.table]
        for key in ("kind", "words", "step", "service", "repository", "shared", "other_teams"):
            if getattr(rule, key) and key not in keys:
                expected = f"a key that {rule.table} have: {', '.join(keys)}"
                yield _told(("chances", index, key), None, expected, "remove it")
        column = CHANCE_KINDS.get(rule.table)
        known = TABLES[rule.table].column(column).labels if column else ()
        for number, kind in enumerate(rule.kind if column else ()):
            yield from _check_known(
                ("chances", index, "kind", number), kind, known, f"one of {', '.join(known)}"
            )


def _find_unreachable_sources(programme: Programme) -> Iterable[Problem]:
    for index, source in enumerate(programme.sources):
        for number, pattern in enumerate(source.files):
            if not is_inside(pattern):
                yield _told(
                    ("sources", index, "files", number), pattern, "a path inside the programme's folder"
                )
            elif not source.awaited and not find_files(programme.folder, pattern):
                yield _told(
                    ("sources", index, "files", number),
                    pattern,
                    "a file that exists",
                    "check the name, remove the source, or say awaited = true",
                )


# --- what cannot be true of a programme's own questionnaires and scales: each finding with its place -------


def find_questionnaire_misfits(programme: Programme) -> Iterator[Problem]:
    """Unknown scales, words that mean two things, ids that stand twice, questions without what they need."""
    yield from _find_in_waves(programme)
    for index, scale in enumerate(programme.scales):
        place: Place = ("scales", index, "labels")
        if not scale.labels:
            yield _told(place, None, "its labels, the lowest first")
        yield from _find_doubles(place, scale.labels, "a label that occurs once in its scale")
    for index, instrument in enumerate(programme.instruments):
        yield from _find_in_questions(programme, instrument, index)
    ids = [instrument.id for instrument in programme.instruments]
    yield from _find_doubles(("instruments",), ids, "an id that occurs once")


def _find_in_waves(programme: Programme) -> Iterator[Problem]:
    """A round may ask what its rater can answer, in rounds."""
    for index, wave in enumerate(programme.waves):
        own = [i.id for i in programme.all_instruments.values() if i.rater == wave.rater and not i.every_days]
        expected = f"questionnaires that {wave.rater} answers in rounds: {', '.join(own)}"
        for name in wave.asks:
            yield from _check_known(("waves", index, "asks"), name, own, expected)


def _find_in_questions(programme: Programme, instrument: Instrument, index: int) -> Iterator[Problem]:
    scales = [*read_answer_scales(), *(own.id for own in programme.scales)]
    place: Place = ("instruments", index, "questions")
    questions = instrument.questions
    yield from _find_doubles(place, [question.id for question in questions], "an id that occurs once")
    for nth in dict.fromkeys(question.occurrence for question in questions):
        wordings = [
            word for question in questions if question.occurrence == nth for word in question.wordings
        ]
        expected = "a wording that occurs once in its questionnaire"
        hint = "keep one of the two, or say which column each asks: `occurrence = 1`, `occurrence = 2`"
        yield from _find_doubles(place, wordings, expected, hint)
    for number, question in enumerate(questions):
        if question.waves and instrument.every_days:
            expected = "no rounds where the questionnaire is asked every some days"
            yield _told((*place, number, "waves"), ", ".join(question.waves), expected, "remove it")
    for number, question in enumerate(questions):
        yield from _find_in_question((*place, number), question, scales)


def _find_in_question(place: Place, question: Question, scales: list[str]) -> Iterator[Problem]:
    if question.kind == "scale" and question.scale not in scales:
        hint = did_you_mean(question.scale or "", scales) or "declare it under [[scales]]"
        yield _told((*place, "scale"), question.scale, f"one of {', '.join(scales)}", hint)
    if question.unit is not None and question.kind != "number":
        yield _told((*place, "unit"), question.unit, "a unit at a question of kind number only", "remove it")
    if question.kind in ("choice", "choices"):
        if len(question.options) < 2:
            yield _told((*place, "options"), None, "at least two options to choose from")
        words = [
            word
            for option in question.options
            for word in dict.fromkeys((fold(option.ja), fold(option.en)))  # both may be alike
        ]
        yield from _find_doubles((*place, "options"), words, "words that stand for one option")
        yield from _find_doubles(
            (*place, "options"), [o.id for o in question.options], "an id that occurs once"
        )


def _find_doubles(
    place: Place, texts: Iterable[str], expected: str, next_step: str = "keep one of the two"
) -> Iterator[Problem]:
    seen: set[str] = set()
    for text in texts:
        if fold(text) in seen:
            yield _told(place, text, expected, next_step)
        seen.add(fold(text))
