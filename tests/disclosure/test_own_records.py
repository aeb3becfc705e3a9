"""What one person did, on literal tables: whose, on which day, in which phase, without others' names."""

from __future__ import annotations

from typing import Any

import pytest

from rotation_analysis.cohorts.cohort import Cohorts
from rotation_analysis.disclosure.own_records import (
    Entry,
    Quotation,
    list_entries,
    list_own_words,
    list_voices,
)
from rotation_analysis.programme.model import Alias, DisclosurePolicy, Person
from tests.builders import make_cohorts, make_programme, make_rotation

Rows = list[dict[str, Any]]
STAY = make_rotation("p01", "aoi", "2023-01-02", "2023-06-30")
PEOPLE = (
    Person(id="p01", name="見本 はる", team="aoi"),
    Person(id="p02", name="見本 れん", team="aoi", mail="ren@a.example"),
)


def entries(
    *, policy: DisclosurePolicy | None = None, stays: tuple[Any, ...] = (STAY,), **tables: Rows
) -> list[Entry]:
    aliases = (Alias(text="haru-m", kind="person", id="p01"),)
    programme = make_programme(
        *stays, people=PEOPLE, aliases=aliases, disclosure=policy or DisclosurePolicy(), teams=("kaede",)
    )
    return list_entries(make_cohorts(programme, **tables), "p01")


def request(id_: str, answered: str | None, **other: Any) -> dict[str, Any]:
    values = {
        "id": id_,
        "created": "2023-01-10T00:00Z",
        "answered": answered,
        "person": "p01",
        "kind": "consult",
    }
    return {**values, "team": "kaede", "title": "索引の相談", **other}


def improvement(title: str, **other: Any) -> dict[str, Any]:
    return {"id": "1", "day": "2023-03-01", "person": "p01", "kind": "監視", "title": title, **other}


def test_a_request_stands_on_the_local_day_of_its_answer_with_team_phase_and_place() -> None:
    found = entries(requests=[request("A-1", "2023-01-10T16:30Z", file="a.csv", row=7)])
    assert found == [
        Entry(
            day="2023-01-11",
            kind="consult",
            title="索引の相談",
            cohort="1",
            phase="month_1",
            team="kaede",
            id="A-1",
            file="a.csv",
            row=7,
        )
    ]


def test_requests_of_others_open_ones_and_those_before_the_stay_are_none() -> None:
    found = entries(
        requests=[
            request("A-1", "2023-02-01T01:00Z", person="p02"),
            request("A-2", None),
            request("A-3", "2022-12-20T01:00Z"),
            request("A-4", "2023-02-01T01:00Z", person=None),
            request("A-5", None, resolved="2023-02-02T01:00Z", kind=None),
        ]
    )
    assert [(entry.id, entry.kind, entry.day) for entry in found] == [("A-5", "request", "2023-02-02")]


def test_records_after_the_return_are_kept_with_their_phase_and_everything_is_in_order_of_days() -> None:
    change = {"repository": "infra", "person": "p01", "title": "t", "created": "2023-01-03T00:00Z"}
    found = entries(
        changes=[
            {**change, "id": "2", "merged": "2023-07-10T00:00Z"},
            {**change, "id": "1", "merged": "2023-01-05T00:00Z"},
            {**change, "id": "3"},
        ]
    )
    assert [(entry.id, entry.phase) for entry in found] == [("1", "month_1"), ("2", "ramp")]


@pytest.mark.parametrize("title", ["見本 れんさんの依頼", "れんさんと切り替え", "ren@a.example の権限"])
def test_a_title_that_names_somebody_else_is_left_out_and_said_so(title: str) -> None:
    (found,) = entries(improvements=[improvement(title)])
    assert (found.title, found.left_out) == ("", "NAMES_SOMEBODY")


def test_a_title_that_names_the_reader_stays() -> None:
    (found,) = entries(improvements=[improvement("見本 はるの監視")])
    assert (found.title, found.left_out) == ("見本 はるの監視", None)


def test_a_link_that_names_somebody_else_is_left_out_alone() -> None:
    links = ("https://wiki.example/ren@a.example/1", "https://wiki.example/2")
    found = [entries(improvements=[improvement("監視", link=link)])[0] for link in links]
    assert [(entry.title, entry.link) for entry in found] == [("監視", None), ("監視", links[1])]


def test_a_customers_word_is_marked_and_the_title_stays() -> None:
    policy = DisclosurePolicy(customer_words=("ことり書店",))
    found = [entries(policy=policy, improvements=[improvement(t)])[0] for t in ("ことり書店の監視", "監視")]
    assert [(entry.title, entry.names_customer, entry.left_out) for entry in found] == [
        ("ことり書店の監視", True, None),
        ("監視", False, None),
    ]


def test_an_improvement_has_its_kind_size_and_use() -> None:
    row = improvement("監視", amount=2.0, unit="件", in_use=True)
    (found,) = entries(improvements=[row])
    assert (found.about, found.amount, found.unit, found.in_use) == ("monitor", 2.0, "件", True)
    (other,) = entries(improvements=[improvement("水やり", kind="花壇")])
    assert (other.about, other.amount, other.in_use) == ("花壇", None, None)


def test_an_incident_has_the_own_step_and_is_unknown_where_none_is_told() -> None:
    happened = {"created": "2023-02-01T00:00Z", "day": "2023-02-01", "service": "db", "title": "遅い",
                "people_unknown": False, "shared": False}  # fmt: skip
    took_part = {"person": "p01", "day": "2023-02-01", "name": "haru"}
    found = entries(
        incidents=[{"id": "1", **happened}, {"id": "2", **happened}, {"id": "3", **happened}],
        participation=[
            {"incident": "1", "step": "helper", **took_part},
            {"incident": "2", **took_part},
            {"incident": "3", "step": "lead", **took_part, "person": "p02"},
        ],
    )
    assert [(entry.id, entry.step, entry.about) for entry in found] == [
        ("1", "helper", "db"),
        ("2", "step_unknown", "db"),
    ]


def test_sessions_reviews_and_one_to_ones_are_the_persons_own() -> None:
    found = entries(
        study_sessions=[
            {"id": "1", "day": "2023-03-01", "title": "索引", "speaker": "見本 はる", "attendees": 9},
            {"id": "2", "day": "2023-03-02", "title": "監視", "speaker": "見本 れん", "attendees": 9},
        ],
        changes=[
            {"id": id_, "repository": "infra", "person": who, "title": "t", "created": "2023-03-01T00:00Z"}
            for id_, who in (("7", "p02"), ("8", "p01"))
        ],
        reviews=[
            {
                "change": change,
                "repository": "infra",
                "reviewer": "haru-m",
                "state": "approved",
                "submitted": on,
            }
            for change, on in (
                ("7", "2023-03-03T01:00Z"),
                ("7", "2023-03-04T01:00Z"),
                ("8", "2023-03-03T01:00Z"),
            )
        ],
        one_to_ones=[
            {"person": "p01", "day": "2023-03-06", "planned": True, "held": False},
            {"person": "p01", "day": "2023-03-07", "planned": True},
        ],
    )
    assert [(entry.day, entry.kind, entry.id, entry.step) for entry in found] == [
        ("2023-03-01", "session", "1", None),
        ("2023-03-03", "change_review", "7", None),
        ("2023-03-06", "one_to_one", None, "missed"),
    ]


def test_answers_by_option_and_scale_are_given_back_and_free_text_is_not() -> None:
    answer = {"person": "p01", "rater": "self", "state": "answered", "day": "2023-07-03", "cohort": "1"}
    found = entries(
        responses=[
            {
                **answer,
                "instrument": "exit",
                "question": "ex_brief",
                "wave": "end",
                "level": 4,
                "answer": "4",
            },
            {**answer, "instrument": "exit", "question": "ex_length", "wave": "end", "option": "short"},
            {**answer, "instrument": "exit", "question": "ex_hard", "wave": "end", "answer": "夜"},
            {**answer, "instrument": "exit", "question": "ex_match", "wave": "end", "state": "blank"},
            {
                **answer,
                "instrument": "exit",
                "question": "ex_match",
                "wave": "end",
                "level": 2,
                "person": "p02",
            },
        ]
    )
    assert [(entry.id, entry.amount, entry.option, entry.wave) for entry in found] == [
        ("ex_brief", 4.0, None, "end"),
        ("ex_length", None, "short", "end"),
    ]


def test_of_two_stays_each_record_has_the_one_it_falls_into() -> None:
    second = make_rotation("p01", "aoi", "2024-01-08", "2024-06-28", cohort="3")
    rows = [request("A-1", "2023-02-01T01:00Z"), request("A-2", "2024-02-01T01:00Z")]
    found = entries(stays=(STAY, second), requests=rows)
    assert [(entry.id, entry.cohort) for entry in found] == [("A-1", "1"), ("A-2", "3")]


# --- own words ---------------------------------------------------------------------------------------------

Answer = dict[str, Any]


def answer(person: str, question: str, *, instrument: str = "followup", **other: Any) -> Answer:
    values = {"wave": "after_6m", "rater": "self", "cohort": "1", "state": "answered"}
    return {**values, "person": person, "instrument": instrument, "question": question, **other}


def exit_answer(person: str, question: str, **other: Any) -> Answer:
    return answer(person, question, instrument="exit", **{"wave": "end", **other})


def lay_out(answers: list[Answer]) -> Cohorts:
    return make_cohorts(make_programme(STAY), responses=answers)


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
    told = (
        ("exit", "ex_change", "end", "席を近くにする"),
        ("followup", "fu_view", "after_6m", "見え方が変わった"),
        ("skill_self", "skill.example", "after_6m", "復旧"),
    )
    assert list_voices(lay_out(answers)) == [
        Quotation(person="p01", cohort="1", instrument=of, question=question, wave=wave, text=text)
        for of, question, wave, text in told
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
