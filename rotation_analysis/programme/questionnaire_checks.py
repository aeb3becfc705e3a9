"""What cannot be true of a programme's own questionnaires and scales: each finding with its place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..errors import Problem, did_you_mean
from ..files.cells import fold
from ..files.declarations import dotted
from .model import Programme
from .questionnaires import Instrument, Question, read_answer_scales

Place = tuple[int | str, ...]


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
        for name in wave.asks:
            if name not in own:
                expected = f"questionnaires that {wave.rater} answers in rounds: {', '.join(own)}"
                yield _told(("waves", index, "asks"), name, expected, did_you_mean(name, own))


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


def _told(place: Place, value: str | None, expected: str, next_step: str | None = None) -> Problem:
    return Problem(
        reason="programme", column=dotted(place), value=value, expected=expected, next_step=next_step
    )
