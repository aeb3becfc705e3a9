"""Validate a declared programme: return all problems at once, each with the key it concerns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
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
"""Dates that are only compared with others, so they can be as distant as 1900 or 9999."""
LARGEST = 1_000_000_000
PERSON_REFS = (
    "rotations.person",
    "rotations.mentor",
    "consents.person",
    "approvals.person",
    "replies.person",
)
REFERENCES = {
    **dict.fromkeys((*PERSON_REFS, "leave.person"), "people"),
    **dict.fromkeys(("programme.host_team", "people.team"), "teams"),
    **dict.fromkeys(("rotations.home_team", "rotations.host_team"), "teams"),
    **dict.fromkeys(("programme.timezone", "people.timezone", "sources.timezone"), "timezones"),
    "wordings.question": "questions",
    "adjustments.cohort": "cohorts",
    "sources.instrument": "instruments",
}
"""Keys whose values refer to something declared elsewhere → what they refer to."""
CHANCE_KEYS = {
    "requests": ("kind", "words", "other_teams"),
    "incidents": ("words", "step", "service", "shared"),
    "changes": ("words", "repository"),
    "reviews": ("kind", "words", "repository"),
    "improvements": ("kind", "words"),
    "study_sessions": ("words",),
}
"""The keys of an opportunity rule that apply to each table."""
CHANCE_KINDS = {"requests": "kind", "reviews": "state"}
"""Tables whose kinds are a closed list → the column that contains the kind."""


def validate_programme(programme: Programme) -> list[Problem]:
    """Find contradictions between values: unknown ids, ends before starts, overlaps, wrong endings."""
    values = dict(_list_values(programme.model_copy(update={"words": {}, "read_from": ()}), ()))
    return [
        *_find_impossible_values(values),
        *_find_repeats(programme),
        *_find_unknown(programme, values),
        *_find_impossible_stays(programme),
        *_find_contradictions(programme),
        *_find_unreachable_sources(programme),
        *_validate_plan(programme.plan),
        *validate_questionnaires(programme),
        *_validate_chance_rules(programme),
    ]


Place = tuple[int | str, ...]


def _problem(place: str, value: object, expected: str, next_step: str | None = None) -> Problem:
    text = None if value is None else str(value)
    return Problem(reason="programme", column=place, value=text, expected=expected, next_step=next_step)


def _find_impossible_values(values: Mapping[Place, object]) -> Iterator[Problem]:
    """Find dates and numbers outside the supported ranges: 9999-12-31, inf, 1e300."""
    for place, value in values.items():
        if isinstance(value, date) and not isinstance(value, datetime):
            if not FIRST_YEAR <= value.year <= LAST_YEAR and place[-1] not in OPEN_ENDS:
                expected = f"a day from {FIRST_YEAR} to {LAST_YEAR}"
                yield _problem(dotted(place), value, expected, "correct it; an end that is open is left out")
        elif isinstance(value, (int, float)) and not abs(value) <= LARGEST:
            yield _problem(dotted(place), value, f"a number of at most {LARGEST:,}", "correct it")


def _list_values(value: object, place: Place) -> Iterator[tuple[Place, object]]:
    """List every scalar value with its key path."""
    items: Iterable[tuple[int | str, object]]
    if isinstance(value, BaseModel):
        items = ((name, getattr(value, name)) for name in type(value).model_fields)
    elif isinstance(value, (tuple, list)):
        items = enumerate(value)
    elif isinstance(value, dict):
        items = value.items()
    else:
        yield place, value
        return
    for name, each in items:
        yield from _list_values(each, (*place, name))


def _find_repeats(programme: Programme) -> Iterator[Problem]:
    for name in ("people", "teams"):
        seen: dict[str, int] = {}
        for index, item in enumerate(getattr(programme, name)):
            if seen.setdefault(item.id, index) != index:
                yield _problem(f"{name}[{index}].id", item.id, "an id that occurs once", "merge the two rows")


def _find_unknown(programme: Programme, values: Mapping[Place, object]) -> Iterator[Problem]:
    """Find references (`REFERENCES` and aliases) to ids that are not declared."""
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
        (dotted(place), REFERENCES.get(".".join(part for part in place if isinstance(part, str))), value)
        for place, value in values.items()
    ]
    kinds = {"person": "people", "team": "teams", "shared": "teams"}
    wanted += [
        (f"aliases[{index}].id", kinds.get(alias.kind), alias.id or "")
        for index, alias in enumerate(programme.aliases)
    ]
    for place, kind, value in wanted:
        if kind is not None and value is not None and value not in known[kind]:
            word, is_zone = str(value), kind == "timezones"
            hint = find_near_zone(word) if is_zone else did_you_mean(word, known[kind])
            yield _problem(place, word, expected[kind], hint)


def _check_known(
    place: str, value: str, known: Sequence[str], expected: str, otherwise: str | None = None
) -> Iterator[Problem]:
    """Yield a problem if `value` is unknown; its next step is the nearest known word, or `otherwise`."""
    if value not in known:
        yield _problem(place, value, expected, did_you_mean(value, known) or otherwise)


def _list_skills(programme: Programme) -> list[str]:
    """Ids of the grid's skills and of the programme's own."""
    return [*read_skill_grid().ids, *(skill.id for skill in programme.skills)]


def _find_impossible_stays(programme: Programme) -> Iterator[Problem]:
    for index, stay in enumerate(programme.rotations):
        at = f"rotations[{index}]"
        if stay.planned_end < stay.start:
            yield _problem(f"{at}.planned_end", stay.planned_end, f"a day after the start {stay.start}")
        if stay.end is not None and stay.end < stay.start:
            yield _problem(f"{at}.end", stay.end, f"a day after the start {stay.start}")
        if (stay.end is None) != (stay.ending == "running"):
            yield _problem(f"{at}.ending", stay.ending, '"running" exactly where end is empty')
        if stay.end is not None:
            planned = f"planned {stay.planned_end}"
            for ending, is_wrong, expected in (
                (
                    "as_planned",
                    stay.end != stay.planned_end,
                    f"extended or early: {planned}, ended {stay.end}",
                ),
                ("extended", stay.end <= stay.planned_end, f"an end after the {planned}"),
                ("early", stay.end >= stay.planned_end, f"an end before the {planned}"),
            ):
                if stay.ending == ending and is_wrong:
                    yield _problem(f"{at}.ending", ending, expected)
        if stay.now == "left" and stay.now_since is None:
            yield _problem(f"{at}.now_since", None, "the day they left the company")
    for index, stay in enumerate(programme.rotations):
        for other in programme.rotations[:index]:
            last = min(stay.end or date.max, other.end or date.max)
            if stay.person == other.person and max(stay.start, other.start) <= last:
                expected = f"a stay of {stay.person} that does not overlap the one from {other.start}"
                yield _problem(f"rotations[{index}].start", stay.start, expected)


def _find_contradictions(programme: Programme) -> Iterator[Problem]:
    """Find leave that ends before it starts, opening or sleeping hours in the wrong order, missing currency.

    And reasons for adjustments that are given in one language only.
    """
    for index, leave in enumerate(programme.leave):
        if leave.last < leave.first:
            yield _problem(f"leave[{index}].last", leave.last, f"a day not before the first {leave.first}")
    calendar = programme.calendar
    if calendar.closes <= calendar.opens:
        expected = f"a time after {calendar.opens} of the same day"
        yield _problem("calendar.closes", calendar.closes, expected)
    if calendar.sleep_until >= calendar.sleep_from:
        expected = f"a time before {calendar.sleep_from}: sleep runs over midnight"
        yield _problem("calendar.sleep_until", calendar.sleep_until, expected)
    if programme.costs.person_week is not None and programme.costs.currency is None:
        yield _problem("costs.currency", None, "the currency of person_week", 'add currency = "JPY"')
    for index, adjustment in enumerate(programme.adjustments):
        for own, other in (("because_ja", "because_en"), ("because_en", "because_ja")):
            if getattr(adjustment, own) is not None and getattr(adjustment, other) is None:
                expected = f"the reason in both languages, since {own} is given"
                yield _problem(
                    f"adjustments[{index}].{other}", None, expected, f"add {other}, or remove {own}"
                )


def _validate_plan(plan: EvaluationPlan) -> Iterator[Problem]:
    """Find measures that are not judged or are in two families, duplicate entries, and unknown units."""
    named = [
        (f"plan.primary[{index}].measure", primary.measure, False)
        for index, primary in enumerate(plan.primary)
    ]
    for index, family in enumerate(plan.families):
        named += [
            (f"plan.families[{index}].measures[{number}]", measure, family.skills)
            for number, measure in enumerate(family.measures)
        ]
    seen: dict[tuple[str, bool], str] = {}
    for at, measure, skills in named:
        known = CLAIMED_BY_SKILL if skills else tuple(CLAIMED)
        judged = f"a measure that is judged{' by skill' if skills else ''}: {', '.join(known)}"
        yield from _check_known(at, measure, known, judged, "take one of them, or remove it")
        if measure in known and (measure, skills) in seen:
            expected = f"a measure in one family only; it stands at {seen[measure, skills]}, too"
            yield _problem(at, measure, expected, "remove one of the two")
        seen.setdefault((measure, skills), at)
    names = [PRIMARY_FAMILY, *(family.name for family in plan.families)]
    for index, name in enumerate(names[1:]):
        if name in names[: index + 1]:
            owner = "the primary measures have it" if name == PRIMARY_FAMILY else "another family has it"
            at = f"plan.families[{index}].name"
            yield _problem(at, name, f"a name of its own; {owner}", "rename the family")
    for index, error in enumerate(plan.measurement_error):
        if plan.error_for(error.of) is not error:
            at = f"plan.measurement_error[{index}].of"
            yield _problem(at, error.of, f"one measurement error of a {error.of}", "remove one of the two")
    units = list(DEFAULT_SMALLEST_CHANGE)
    for unit, smallest in plan.smallest_change.items():
        if unit not in units:
            hint = did_you_mean(unit, units) or "take one of them, or remove it"
            yield _problem(f"plan.smallest_change.{unit}", smallest, f"a unit: {', '.join(units)}", hint)


def _validate_chance_rules(programme: Programme) -> Iterator[Problem]:
    """Find opportunity rules with an unknown skill, a key their table lacks, or an unknown kind."""
    for index, rule in enumerate(programme.chances):
        at, expected = f"chances[{index}]", "a skill of this programme"
        hint = "declare it under [[skills]]"
        yield from _check_known(f"{at}.skill", rule.skill, _list_skills(programme), expected, hint)
        keys = CHANCE_KEYS[rule.table]
        for key in ("kind", "words", "step", "service", "repository", "shared", "other_teams"):
            if getattr(rule, key) and key not in keys:
                expected = f"a key that {rule.table} have: {', '.join(keys)}"
                yield _problem(f"{at}.{key}", None, expected, "remove it")
        column = CHANCE_KINDS.get(rule.table)
        known = TABLES[rule.table].column(column).labels if column else ()
        for number, kind in enumerate(rule.kind if column else ()):
            yield from _check_known(f"{at}.kind[{number}]", kind, known, f"one of {', '.join(known)}")


def _find_unreachable_sources(programme: Programme) -> Iterator[Problem]:
    for index, source in enumerate(programme.sources):
        for number, pattern in enumerate(source.files):
            at = f"sources[{index}].files[{number}]"
            if not is_inside(pattern):
                yield _problem(at, pattern, "a path inside the programme's folder")
            elif not source.awaited and not find_files(programme.folder, pattern):
                hint = "check the name, remove the source, or say awaited = true"
                yield _problem(at, pattern, "a file that exists", hint)


# --- the programme's own questionnaires and scales --------------------------------------------------------


def validate_questionnaires(programme: Programme) -> Iterator[Problem]:
    """Find unknown scales, ambiguous words, duplicate ids and incomplete questions.

    A survey round must use questionnaires that its rater answers in rounds.
    """
    for index, wave in enumerate(programme.waves):
        own = [i.id for i in programme.all_instruments.values() if i.rater == wave.rater and not i.every_days]
        expected = f"questionnaires that {wave.rater} answers in rounds: {', '.join(own)}"
        for name in wave.asks:
            yield from _check_known(f"waves[{index}].asks", name, own, expected)
    for index, scale in enumerate(programme.scales):
        at = f"scales[{index}].labels"
        if not scale.labels:
            yield _problem(at, None, "its labels, the lowest first")
        yield from _find_duplicates(at, scale.labels, "a label that occurs once in its scale")
    for index, instrument in enumerate(programme.instruments):
        yield from _validate_questions(programme, instrument, f"instruments[{index}].questions")
    ids = [instrument.id for instrument in programme.instruments]
    yield from _find_duplicates("instruments", ids, "an id that occurs once")


def _validate_questions(programme: Programme, instrument: Instrument, at: str) -> Iterator[Problem]:
    scales = [*read_answer_scales(), *(own.id for own in programme.scales)]
    questions = instrument.questions
    yield from _find_duplicates(at, [question.id for question in questions], "an id that occurs once")
    for nth in dict.fromkeys(question.occurrence for question in questions):
        wordings = [
            word for question in questions if question.occurrence == nth for word in question.wordings
        ]
        expected = "a wording that occurs once in its questionnaire"
        hint = "keep one of the two, or say which column each asks: `occurrence = 1`, `occurrence = 2`"
        yield from _find_duplicates(at, wordings, expected, hint)
    for number, question in enumerate(questions):
        if question.waves and instrument.every_days:
            expected = "no rounds where the questionnaire is asked every some days"
            yield _problem(f"{at}[{number}].waves", ", ".join(question.waves), expected, "remove it")
    for number, question in enumerate(questions):
        yield from _validate_question(f"{at}[{number}]", question, scales)


def _validate_question(at: str, question: Question, scales: list[str]) -> Iterator[Problem]:
    if question.kind == "scale" and question.scale not in scales:
        hint = did_you_mean(question.scale or "", scales) or "declare it under [[scales]]"
        yield _problem(f"{at}.scale", question.scale, f"one of {', '.join(scales)}", hint)
    if question.unit is not None and question.kind != "number":
        yield _problem(f"{at}.unit", question.unit, "a unit at a question of kind number only", "remove it")
    if question.kind in ("choice", "choices"):
        options = question.options
        if len(options) < 2:
            yield _problem(f"{at}.options", None, "at least two options to choose from")
        both = (
            dict.fromkeys((fold(option.ja), fold(option.en))) for option in options
        )  # both languages can use one word
        words = [word for option_words in both for word in option_words]
        yield from _find_duplicates(f"{at}.options", words, "words that stand for one option")
        yield from _find_duplicates(f"{at}.options", [o.id for o in options], "an id that occurs once")


def _find_duplicates(
    place: str, texts: Iterable[str], expected: str, next_step: str = "keep one of the two"
) -> Iterator[Problem]:
    seen: set[str] = set()
    for text in texts:
        if fold(text) in seen:
            yield _problem(place, text, expected, next_step)
        seen.add(fold(text))
