"""What only people can supply: read from words/, each mistake told, nobody named to leaders."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, get_args, get_origin

import pytest

from rotation_analysis.build.planning import REPORTS
from rotation_analysis.cohorts.name_detection import check_names_absent, find_named_people
from rotation_analysis.disclosure.publications import Edition
from rotation_analysis.errors import Problem, ProgrammeError
from rotation_analysis.files.declarations import Declaration
from rotation_analysis.programme.file import read_programme
from rotation_analysis.programme.model import Programme
from rotation_analysis.programme.words import (
    LeadershipWords,
    LetterWords,
    OwnerText,
    OwnerWords,
    PackWords,
    Words,
    list_files,
)
from rotation_analysis.reading.exports import read_exports
from tests.publications import show_report, text_of
from tests.samples import read_tiny
from tests.small_programme import TOML, replace_once, write_programme


def read(folder: Path, **files: str) -> Programme:
    """The small programme with files in words/, named with _ for - and without .toml."""
    words: dict[str, str | bytes] = {
        f"words/{name.replace('_', '-')}.toml": text for name, text in files.items()
    }
    return read_programme(write_programme(folder, TOML, words))


def refuse(folder: Path, **files: str) -> list[Problem]:
    with pytest.raises(ProgrammeError) as caught:
        read(folder, **files)
    return list(caught.value.problems)


def test_without_a_folder_of_words_nobody_wrote_anything(tmp_path: Path) -> None:
    programme = read(tmp_path)
    assert programme.words == {}
    assert programme.words_for("leadership") == {}


def test_words_are_found_by_the_folder_of_their_edition(tmp_path: Path) -> None:
    programme = read(
        tmp_path,
        owner='impressions = "a"',
        owner_cohort_2='impressions = "b"',
        leadership='conclusion = "c"',
        home_manager_p1='message = "d"',
        graduate_p2='note = "e"',
    )
    editions = {
        Edition(audience="owner"): ("impressions", "a"),
        Edition(audience="owner", cohort="2"): ("impressions", "b"),
        Edition(audience="leadership"): ("conclusion", "c"),
        Edition(audience="home_manager", person="p1"): ("message", "d"),
        Edition(audience="graduate", person="p2"): ("note", "e"),
    }
    assert set(programme.words) == {edition.folder for edition in editions}
    for edition, (field, text) in editions.items():
        assert programme.words_for(edition.folder)[field] == {"ja": text, "en": text}


def test_what_an_edition_was_told_is_plain_json_with_days_as_texts(tmp_path: Path) -> None:
    written = read(
        tmp_path,
        owner='day = 2025-01-15\n[[fixes]]\nwhat = { ja = "入門を直す" }\nwho = "SRE"\nby = 2025-03-31\n',
    ).words_for("owner")
    assert written["day"] == "2025-01-15"
    assert written["fixes"] == [
        {"what": {"ja": "入門を直す", "en": ""}, "who": {"ja": "SRE", "en": "SRE"}, "by": "2025-03-31"}
    ]
    assert written["to"] == {"ja": "", "en": ""}


def test_files_of_words_are_inputs_and_hold_no_records(tmp_path: Path) -> None:
    programme = read(tmp_path, owner='to = "x"', leadership="")
    assert [file.file for file in programme.read_from[-2:]] == ["words/leadership.toml", "words/owner.toml"]
    before = programme.read_from[-1].sha256
    changed = read(tmp_path, owner='to = "y"', leadership="")
    assert changed.read_from[-1].sha256 != before
    assert [file["file"] for file in read_exports(changed).account.sums() if "words" in file["file"]] == []


@pytest.mark.parametrize(
    ("file", "text", "column", "told"),
    [
        ("owner", '[[fixes]]\nwhat = "a"\nwhoo = "b"', "fixes[0].whoo", 'did you mean "who"?'),
        ("owner", "impressions = 3", "impressions", '{ ja = "…", en = "…" }'),
        ("owner", 'day = "soon"', "day", "a day as"),
        ("leadership", "conclusion = ", None, "bad_toml"),
        ("leadership", '[[cases]]\ntext = "a"', "cases[0].agreed", "missing"),
        ("leadership", '[[concerns]]\nconcern = "a"\n' * 4, "concerns", "at most 3"),
        ("graduate_p1", 'learned = ["a", "b", "c", "d"]', "learned", "at most 3"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place_and_what_was_expected(
    tmp_path: Path, file: str, text: str, column: str | None, told: str
) -> None:
    (problem,) = refuse(tmp_path, **{file: text})
    assert (problem.file, problem.column) == (f"words/{file.replace('_', '-')}.toml", column)
    assert told in (problem.next_step, problem.reason) or told in str(problem.expected)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("leadershp", "words/leadership.toml"),
        ("graduate_p9", "words/graduate-p"),
        ("owner_cohort_7", "words/owner-cohort-"),
        ("graduate_m1", "words/graduate-p1.toml"),
    ],
)
def test_a_file_for_nobody_is_refused_with_the_name_meant(tmp_path: Path, name: str, meant: str) -> None:
    (problem,) = refuse(tmp_path, **{name: ""})
    assert problem.file == f"words/{name.replace('_', '-')}.toml"
    assert meant in str(problem.next_step)


def test_what_an_editor_leaves_beside_is_passed_over(tmp_path: Path) -> None:
    write_programme(tmp_path, TOML, {"words/.owner.toml.swp": "x", "words/owner.toml~": "x"})
    assert read_programme(tmp_path).words == {}


def test_words_cannot_stand_in_the_programme_itself(tmp_path: Path) -> None:
    toml = replace_once(TOML, ("[plan]", '[words.owner]\nto = "x"\n\n[plan]'))
    with pytest.raises(ProgrammeError, match="words"):
        read_programme(write_programme(tmp_path, toml))


def test_nobody_is_named_to_leaders_but_writer_and_reader(tmp_path: Path) -> None:
    programme = read(
        tmp_path,
        leadership=(
            'to = "試験 二"\nsender = "導き 手"\n'
            '[[concerns]]\nconcern = "負荷"\nanswer = "試験一さんの1on1を増やす"'
        ),
    )
    (problem,) = find_named_people(programme)
    assert (problem.file, problem.column) == ("words/leadership.toml", "concerns[0].answer")
    assert problem.value == "試験一さんの1on1を増やす"
    with pytest.raises(ProgrammeError):
        check_names_absent(programme)


def test_a_letter_may_name_its_own_participant_alone(tmp_path: Path) -> None:
    message = 'message = "{}さんの不在を支えていただいた"'
    assert find_named_people(read(tmp_path / "own", home_manager_p1=message.format("試験 一"))) == []
    (problem,) = find_named_people(read(tmp_path / "other", home_manager_p1=message.format("試験 二")))
    assert (problem.file, problem.column) == ("words/home-manager-p1.toml", "message")


def test_every_file_of_words_is_for_one_edition() -> None:
    files = list_files(cohorts=["1"], people=["p1"])
    assert len({folder for folder, _ in files.values()}) == len(files) == 5


def fill(kind: Any, text: str) -> object:
    """What a key of that type holds where `text` is written wherever it can be."""
    if get_origin(kind) is tuple:
        return [fill(get_args(kind)[0], text)]
    if kind is OwnerText:
        return {"ja": text, "en": text}
    if isinstance(kind, type) and issubclass(kind, Declaration):
        return {name: fill(field.annotation, text) for name, field in kind.model_fields.items()}
    return "2023-08-01"


@pytest.mark.parametrize(
    ("model", "report"),
    [
        (OwnerWords, "skill_growth"),
        (LeadershipWords, "leadership_summary"),
        (LetterWords, "home_manager_letter"),
        (PackWords, "graduate_pack"),
    ],
)
def test_what_is_written_under_each_key_is_on_a_page_of_its_edition(model: type[Words], report: str) -> None:
    texts = {key: f"written under {key}" for key in model.model_fields if key != "day"}
    words = {key: fill(model.model_fields[key].annotation, text) for key, text in texts.items()}
    person = next(stay.person for stay in read_tiny().programme.rotations if stay.end)
    editions = {"owner": Edition(audience="owner", cohort="3"), "leadership": Edition(audience="leadership")}
    audience = REPORTS[report].audience
    edition = editions.get(audience) or Edition(audience=audience, person=person)
    publication = replace(read_tiny().open_edition(edition), words=words)
    shown = text_of(show_report(publication, report, "en"))
    assert {key for key, text in texts.items() if text not in shown} == model.unshown - {"day"}
