"""Four small programmes from files to the skill report: each reads as intended, in both languages.

One participant; nobody at the end; a middle wave that was skipped; a questionnaire that changed in between.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import unescape
from pathlib import Path

import pytest

from rotation_analysis.disclosure.publications import Edition, Publication
from rotation_analysis.programme.file import read_programme
from rotation_analysis.programme.questionnaires import read_skill_grid
from rotation_analysis.texts import read_texts
from tests.builds import analyse_once
from tests.publications import show_report, text_of
from tests.small_programme import STEM, SURVEY, TOML, lines, replace_once, write_programme

GRID = {skill.id: skill.ja for skill in read_skill_grid().core}
LEVELS = {str(level.level): f"{level.level} {level.ja}" for level in read_skill_grid().scale.levels}
BOTH = pytest.mark.parametrize("language", ["ja", "en"])
CONSENT = """
[[consents]]
person = "p1"
kind = "skills"
audience = "owner"
given = 2024-01-08
"""
START, MIDDLE, END = "2024/01/09 10:00:00", "2024/04/10 10:00:00", "2024/06/27 10:00:00"
ALONE = TOML[: TOML.index('[[rotations]]\nperson = "p2"')] + TOML[TOML.index("[[waves]]") :]
FALLING = {"os": "2", "db": "1", "network": "2"}


def answer(at: str, levels: Mapping[str, str], *, rest: str) -> str:
    """One sending of p1: a level a skill, `rest` for those not named; "-" is no chance."""
    cells = (levels.get(skill, rest) for skill in GRID)
    told = ("機会なし" if cell == "-" else LEVELS[cell] for cell in cells)
    return ",".join((at, "p1@invented.example", *told))


def form(*sendings: str, rows: Mapping[str, str] = GRID) -> str:
    """A form's CSV with the skill grid, its rows headed as given."""
    return lines(
        ",".join(("タイムスタンプ", "メールアドレス", *(f"{STEM} [{r}]" for r in rows.values()))), *sendings
    )


def publish(folder: Path, files: dict[str, str | bytes], toml: str) -> Publication:
    study = analyse_once(read_programme(write_programme(folder, toml + CONSENT + SURVEY, files)))
    return study.open_edition(Edition(audience="owner", cohort="1"))


def read_page(publication: Publication, language: str) -> str:
    """The words of the whole skill report, tags left out."""
    html = text_of(show_report(publication, "skill_growth", language))
    assert is_whole(html)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html))).replace("\u00a0", " ")


def is_whole(html: str) -> bool:
    """A title, and no placeholder left open nor a missing value printed."""
    words = re.sub(r"<[^>]+>", " ", html)
    return "<h1>" in html and not re.search(r"\{\w+\}|\bnan\b|\bNone\b(?! of\b)|Row\(|Group\(", words)


def say(language: str, key: str, **values: object) -> str:
    return read_texts(language).say(key, **values)


def arm(publication: Publication, name: str, **where: object) -> dict[str, object]:
    rows = publication.rows(name, **{"person": "p1", **where})
    (row,) = rows.to_dict("records")
    return row


@BOTH
def test_a_cohort_of_one_is_a_path_and_what_the_programme_cannot_say_yet(
    tmp_path: Path, language: str
) -> None:
    file = form(
        answer(START, {}, rest="2"), answer(MIDDLE, FALLING, rest="3"), answer(END, {"os": "5"}, rest="3")
    )
    publication = publish(tmp_path, {"survey.csv": file}, ALONE)
    growth = arm(publication, "skill.growth.now_minus_start", skill=None)
    assert (growth["value"], growth["verdict"]) == (1.2, "not_enough_data")
    text = read_page(publication, language)
    assert say(language, "note.N1") in text
    assert "+1.2" in text
    assert publication.rows("skill.band", kind="relative")["value"].isna().all()


@BOTH
def test_nobody_at_the_end_wave_says_what_is_missing_and_what_would_mend_it(
    tmp_path: Path, language: str
) -> None:
    publication = publish(tmp_path, {"survey.csv": form(answer(START, {}, rest="2"))}, TOML)
    growth = arm(publication, "skill.growth.now_minus_start", skill=None)
    assert (growth["value"], growth["notes"]) == (None, ("WAVE_MISSING",))
    text = read_page(publication, language)
    assert say(language, "reason.WAVE_MISSING") in text
    coverage = publication.rows("coverage.survey", wave="end", kind="self")
    assert {notes[0]: n for notes, n in zip(coverage["notes"], coverage["n"], strict=True)} == {
        "STATUS_MISSING": 1
    }


@BOTH
def test_a_skipped_middle_wave_takes_the_halves_and_not_the_whole(tmp_path: Path, language: str) -> None:
    file = form(answer(START, {}, rest="2"), answer(END, {"db": "-"}, rest="3"))
    publication = publish(tmp_path, {"survey.csv": file}, TOML)
    assert arm(publication, "skill.growth.now_minus_start", skill=None)["value"] == 1
    assert arm(publication, "skill.growth.now_minus_start", skill="db")["notes"] == ("NO_CHANCE",)
    assert arm(publication, "skill.first_half.self", skill=None)["notes"] == ("WAVE_MISSING",)
    assert "+1.0" in read_page(publication, language)


RENAMED = """
[[wordings]]
question = "incident"
wording = "インシデント対応"
same_meaning = true

[[wordings]]
question = "db"
wording = "DBの運用"
same_meaning = false
"""


@BOTH
def test_a_questionnaire_that_changed_compares_what_is_declared_to_mean_the_same(
    tmp_path: Path, language: str
) -> None:
    old = {**GRID, "incident": "インシデント対応", "db": "DBの運用"}
    files: dict[str, str | bytes] = {
        "survey_1.csv": form(answer(START, {}, rest="2"), rows=old),
        "survey_2.csv": form(answer(END, {}, rest="3")),
    }
    publication = publish(tmp_path, files, replace_once(TOML, ("[plan]", RENAMED + "\n[plan]")))
    raw = "skill.growth.now_minus_start"
    assert arm(publication, raw, skill="incident")["value"] == 1
    assert arm(publication, raw, skill="db")["notes"] == ("OTHER_MEANING",)
    composite = arm(publication, raw, skill=None)
    assert (composite["value"], composite["missing"]) == (1, 1)
    assert "+1.0" in read_page(publication, language)
