"""Which texts of participants are voices."""

from __future__ import annotations

from typing import Any

from rotation_analysis.cohort import Cohorts
from rotation_analysis.voices import Voice, list_voices
from tests.builders import make_cohorts, make_programme, make_rotation

Answer = dict[str, Any]


def answer(person: str, question: str, *, instrument: str = "followup", **other: Any) -> Answer:
    values = {"wave": "after_6m", "rater": "self", "cohort": "1", "state": "answered"}
    return {**values, "person": person, "instrument": instrument, "question": question, **other}


def exit_answer(person: str, question: str, **other: Any) -> Answer:
    return answer(person, question, instrument="exit", **{"wave": "end", **other})


def lay_out(answers: list[Answer]) -> Cohorts:
    return make_cohorts(
        make_programme(make_rotation("p01", "aoi", "2023-01-02", "2023-06-30")), responses=answers
    )


def test_voices_are_the_free_texts_of_participants() -> None:
    answers = [
        exit_answer("p01", "ex_change", answer=" 席を近くにする\n"),
        exit_answer("p01", "ex_hard", answer="  "),
        exit_answer("p01", "ex_brief", level=4, answer="4"),
        answer("p01", "fu_view", answer="見え方が変わった"),
        answer("p01", "fu_barrier", option="other", answer="席が遠い"),
        answer("p01", "skill.example", instrument="skill_self", answer="復旧"),
        answer("p01", "skill.example", instrument="skill_mentor", rater="mentor", answer="見た"),
        answer("p01", "pl_note", instrument="pulse", answer="疲れた"),
        answer("p02", "ex_change", instrument="exit", wave=None, answer="回がない"),
        exit_answer("p02", "ex_change", state="blank", answer="?"),
    ]
    assert list_voices(lay_out(answers)) == [
        Voice(
            person="p01",
            cohort="1",
            instrument="exit",
            question="ex_change",
            wave="end",
            text="席を近くにする",
        ),
        Voice(
            person="p01",
            cohort="1",
            instrument="followup",
            question="fu_view",
            wave="after_6m",
            text="見え方が変わった",
        ),
        Voice(
            person="p01",
            cohort="1",
            instrument="skill_self",
            question="skill.example",
            wave="after_6m",
            text="復旧",
        ),
    ]
