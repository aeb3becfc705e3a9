"""The questionnaires that come along: complete in both languages, told apart by their wordings."""

from __future__ import annotations

from itertools import chain

import pytest

from rotation_analysis.files.cells import fold
from rotation_analysis.programme.questionnaires import (
    read_answer_scales,
    read_chance_rules,
    read_instruments,
    read_skill_grid,
)
from rotation_analysis.programme.validation import validate_programme
from rotation_analysis.reading.answers import OTHERS, list_wordings
from tests.builders import make_programme


def test_scale_has_every_level_in_both_languages() -> None:
    scale = read_skill_grid().scale
    assert [level.level for level in scale.levels] == list(range(scale.low, scale.high + 1))
    assert set(scale.labels()) == {"1", "2", "3", "4", "5"}
    assert all(level.ja and level.en and level.rule_ja and level.rule_en for level in scale.levels)


def test_labels_and_no_chance_words_never_meet() -> None:
    scale = read_skill_grid().scale
    labels = [fold(word) for word in chain.from_iterable(scale.labels().values())]
    words = [fold(word) for word in scale.no_chance]
    assert len(set(labels + words)) == len(labels) + len(words)


def test_skills_have_ids_names_and_anchors_of_their_own() -> None:
    skills = read_skill_grid().skills
    for names in ([s.id for s in skills], [fold(s.ja) for s in skills], [fold(s.en) for s in skills]):
        assert len(set(names)) == len(names)
    anchors = [anchor for skill in skills for anchor in (*skill.anchors_ja, *skill.anchors_en)]
    assert len(anchors) == 10 * len(skills)
    assert all(anchors)


def test_then_is_asked_of_participants_only() -> None:
    asked = {
        name: {question.id for question in instrument.questions if question.kind == "grid"}
        for name, instrument in read_instruments().items()
    }
    assert {name: ids for name, ids in asked.items() if ids} == {
        "skill_self": {"skill.now", "skill.then"},
        "skill_mentor": {"skill.now"},
    }


def test_every_question_has_what_its_kind_needs() -> None:
    scales = read_answer_scales()
    questions = [question for i in read_instruments().values() for question in i.questions]
    assert all((question.scale in scales) == (question.kind == "scale") for question in questions)
    assert all(bool(question.options) == (question.kind in ("choice", "choices")) for question in questions)
    assert all(len(question.wordings) == 2 for question in questions)
    assert [(scale.low, scale.high) for scale in scales.values()] == [(1, 5), (1, 5)]


@pytest.mark.parametrize("name", read_instruments())
def test_every_wording_of_an_instrument_means_one_question(name: str) -> None:
    instrument = read_instruments()[name]
    skills = len(read_skill_grid().skills)
    columns = {"grid": 2 * skills, "choices": 1}
    one_grid = [question.kind for question in instrument.questions].count("grid") == 1
    expected = 2 * skills if one_grid else 0  # the rows without their question
    for question in instrument.questions:
        options = 2 * len(question.options) if question.kind == "choices" else 0
        options += len(OTHERS) if question.other else 0
        expected += len(question.wordings) * (columns.get(question.kind, 1) + options)
    assert len(list_wordings(instrument, None)) == expected


def test_every_skill_of_the_grid_has_rules_of_chances_in_one_run() -> None:
    skills = [rule.skill for rule in read_chance_rules()]
    assert list(dict.fromkeys(skills)) == list(read_skill_grid().ids)
    assert skills == sorted(skills, key=read_skill_grid().ids.index)


def test_the_rules_of_chances_pass_the_checks_of_an_owners_own() -> None:
    rules = read_chance_rules()
    assert validate_programme(make_programme(chances=rules)) == []
    assert all(rule.words or rule.kind or rule.step or rule.table == "changes" for rule in rules)
    assert not [rule for rule in rules for words in (rule.words, rule.kind)
                if len({fold(word) for word in words}) < len(words)]  # fmt: skip


def test_ten_skills_are_core() -> None:
    assert [skill.id for skill in read_skill_grid().core] == [
        "os",
        "db",
        "network",
        "cloud_iac",
        "observability",
        "incident",
        "capacity_cost",
        "change_safety",
        "landscape",
        "consulting",
    ]


def test_only_mentors_name_whom_they_rate() -> None:
    instruments = read_instruments()
    assert instruments["skill_self"].subject == ()
    assert instruments["skill_mentor"].subject
