"""Which texts of participants are voices."""

from __future__ import annotations

from typing import Any

from rotation_analysis.cohorts.cohort import Cohorts
from rotation_analysis.disclosure.own_records import Quotation, list_own_words, list_voices
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
        Quotation(
            person="p01",
            cohort="1",
            instrument="exit",
            question="ex_change",
            wave="end",
            text="席を近くにする",
        ),
        Quotation(
            person="p01",
            cohort="1",
            instrument="followup",
            question="fu_view",
            wave="after_6m",
            text="見え方が変わった",
        ),
        Quotation(
            person="p01",
            cohort="1",
            instrument="skill_self",
            question="skill.example",
            wave="after_6m",
            text="復旧",
        ),
    ]


def test_own_words_are_everything_a_person_wrote_anywhere() -> None:
    answers = [
        answer("p01", "pl_text", instrument="pulse", wave=None, period_start="2023-01-16", answer=" 疲れた "),
        answer("p01", "skill.example", instrument="skill_self", answer="復旧"),
        exit_answer("p01", "ex_change", answer="佐藤さんに感謝", names_somebody=True),
        exit_answer("p01", "ex_change", cohort=None, wave=None, answer="回がない"),
        answer("p01", "skill.example", instrument="skill_mentor", rater="mentor", answer="見た"),
        answer("p01", "fu_barrier", option="other", answer="席が遠い"),
        exit_answer("p02", "ex_change", answer="別の人"),
    ]
    words = list_own_words(lay_out(answers), "p01")
    assert [(each.text, each.wave, each.cohort, each.names_somebody) for each in words] == [
        ("疲れた", "2023-01-16", "1", False),
        ("復旧", "after_6m", "1", False),
        ("佐藤さんに感謝", "end", "1", True),
        ("回がない", "", "", False),
    ]
    assert list_own_words(lay_out([]), "p01") == []


def test_voices_leave_out_what_names_somebody() -> None:
    named = exit_answer("p01", "ex_change", answer="佐藤さんに感謝", names_somebody=True)
    assert list_voices(lay_out([named])) == []
