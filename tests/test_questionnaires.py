"""The questionnaires that come along: complete in both languages, told apart by their wordings."""

from __future__ import annotations

from itertools import chain

import pytest

from rotation_analysis.answers import _list_wordings
from rotation_analysis.cells import fold
from rotation_analysis.questionnaires import read_instruments, read_skill_grid


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


def test_then_is_asked_of_participants_only() -> None:
    asked = {name: {grid.question for grid in i.grids} for name, i in read_instruments().items()}
    assert asked == {"skill_self": {"skill.now", "skill.then"}, "skill_mentor": {"skill.now"}}


def test_only_mentors_name_whom_they_rate() -> None:
    instruments = read_instruments()
    assert instruments["skill_self"].subject == ()
    assert instruments["skill_mentor"].subject


@pytest.mark.parametrize("name", ["skill_self", "skill_mentor"])
def test_every_wording_of_an_instrument_means_one_question(name: str) -> None:
    instrument = read_instruments()[name]
    skills = read_skill_grid().skills
    texts = sum(len(text.stems) for text in instrument.texts)
    grids = sum(len(grid.stems) for grid in instrument.grids)
    assert len(_list_wordings(instrument, None)) == texts + grids * len(skills) * 2
