"""programme.toml and the sheets it names: read as a whole, or every problem with its place and remedy."""

from __future__ import annotations

import ast
import re
from datetime import date
from pathlib import Path

import pytest

from rotation_analysis.errors import FileError, Problem, ProgrammeError
from rotation_analysis.measure_row import CLAIMED
from rotation_analysis.programme import file as programme_file
from rotation_analysis.programme.file import read_programme
from rotation_analysis.programme.plan import DEFAULT_SMALLEST_CHANGE, EvaluationPlan, MeasurementError
from tests.small_programme import BACKLOG, SURVEY, TOML, lines, replace_once, write_programme

PEOPLE = replace_once(TOML, ("[plan]", '[sheets]\npeople = "people.csv"\n\n[plan]'))
PEOPLE = PEOPLE[: PEOPLE.index("[[people]]")] + PEOPLE[PEOPLE.index("[[rotations]]") :]
SHEET = lines(
    "id,name,team,mail", "p1,試験 一,aoi,p1@invented.example", "p2,試験 二,kaede,", "m1,導き 手,sre,"
)


def refuse(folder: Path, toml: str, files: dict[str, str | bytes] | None = None) -> list[Problem]:
    with pytest.raises(ProgrammeError) as caught:
        read_programme(write_programme(folder, toml, files))
    return list(caught.value.problems)


def test_small_programme_is_read(tmp_path: Path) -> None:
    programme = read_programme(write_programme(tmp_path))
    assert programme.as_of == date(2024, 12, 31)
    assert programme.cohorts == ("1", "2")
    assert programme.team("aoi").ja == "葵"
    assert programme.disclosure.k == 5
    assert programme.folder == tmp_path.resolve()
    assert [file.file for file in programme.read_from] == ["programme.toml"]
    assert len(programme.read_from[0].sha256) == 64


def test_path_of_the_file_does_as_well_as_its_folder(tmp_path: Path) -> None:
    write_programme(tmp_path)
    assert read_programme(tmp_path / "programme.toml") == read_programme(tmp_path)


def test_as_of_may_be_given_for_one_run(tmp_path: Path) -> None:
    assert read_programme(write_programme(tmp_path), as_of=date(2024, 6, 30)).as_of == date(2024, 6, 30)


@pytest.mark.parametrize("name", ["nowhere", "nowhere/programme.toml"])
def test_path_without_a_programme_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(FileError, match="not_a_file") as caught:
        read_programme(tmp_path / name)
    assert caught.value.problem.next_step


@pytest.mark.parametrize(
    ("old", "new", "column", "value", "hint"),
    [
        ("host_team", "host_tem", "programme.host_tem", "sre", 'did you mean "host_team"?'),
        ("mentor =", "mentr =", "rotations[0].mentr", "m1", 'did you mean "mentor"?'),
        ("[plan]", "[plann]", "plann", "{'declared': '2023-12-01'}", 'did you mean "plan"?'),
        ('"as_planned"', '"as_plannd"', "rotations[0].ending", "as_plannd", 'did you mean "as_planned"?'),
        ('now = "home"', 'now = "hom"', "rotations[0].now", "hom", 'did you mean "home"?'),
    ],
)
def test_misspelt_word_has_dotted_key_value_and_suggestion(
    tmp_path: Path, old: str, new: str, column: str, value: str, hint: str
) -> None:
    (problem,) = refuse(tmp_path, replace_once(TOML, (old, new)))
    assert (problem.file, problem.column, problem.value) == ("programme.toml", column, value)
    assert problem.next_step == hint


def test_all_problems_of_file_and_sheets_are_told_at_once(tmp_path: Path) -> None:
    toml = replace_once(PEOPLE, ("host_team", "host_tem"), ('"running"', "5"))
    problems = refuse(tmp_path, toml, {"people.csv": SHEET.replace("p2,", "P 2,")})
    assert {(p.file, p.row, p.column) for p in problems} == {
        ("programme.toml", None, "programme.host_tem"),
        ("programme.toml", None, "rotations[1].ending"),
        ("people.csv", 3, "id"),
    }


@pytest.mark.parametrize(
    ("old", "new", "column"),
    [
        ("start = 2024-01-08", 'start = "soon"', "rotations[0].start"),
        ("window = [-21, 27]", "window = [-21]", "waves[0].window"),
        ("months = 3", "months = 3.5", "waves[1].months"),
        ("[plan]", "[disclosure]\nk = 3\n[plan]", "disclosure.k"),
        ('cohort = "1"', "cohort = 1", "rotations[0].cohort"),
        ('cohort = "1"', 'cohort = "../1"', "rotations[0].cohort"),
    ],
)
def test_wrong_type_or_bound_in_toml_is_refused(tmp_path: Path, old: str, new: str, column: str) -> None:
    problems = refuse(tmp_path, replace_once(TOML, (old, new)))
    assert {(problem.column or "").removesuffix("[1]") for problem in problems} == {column}


def test_owner_may_not_set_what_the_reader_sets(tmp_path: Path) -> None:
    (problem,) = refuse(tmp_path, 'folder = "/"\n' + TOML)
    assert (problem.column, problem.next_step) == ("folder", "remove it")


def test_sheet_takes_the_place_of_a_list(tmp_path: Path) -> None:
    programme = read_programme(write_programme(tmp_path, PEOPLE, {"people.csv": SHEET}))
    assert [person.id for person in programme.people] == ["p1", "p2", "m1"]
    assert programme.people[1].mail is None
    assert [(file.file, file.rows) for file in programme.read_from[1:]] == [("people.csv", 3)]


@pytest.mark.parametrize("header", ["ID, Name ,TEAM,Mail", "ｉｄ,name,team,mail", "\ufeffid,name,team,mail"])
def test_header_of_a_sheet_may_differ_in_case_width_and_space(tmp_path: Path, header: str) -> None:
    sheet = SHEET.replace("id,name,team,mail", header, 1)
    assert len(read_programme(write_programme(tmp_path, PEOPLE, {"people.csv": sheet})).people) == 3


STAYS = replace_once(TOML, ("[plan]", '[sheets]\nrotations = "stays.csv"\n\n[plan]'))
STAYS = STAYS[: STAYS.index("[[rotations]]")] + STAYS[STAYS.index("[[waves]]") :]


def test_bad_cell_of_a_sheet_has_file_row_and_column(tmp_path: Path) -> None:
    stays = lines(
        "person,cohort,home_team,host_team,start,planned_end,ending,now",
        "p1,1,aoi,sre,2024-01-08,2024-06-28,running,host",
        "p2,2,kaede,sre,8 January,2025-03-31,running,host",
    )
    (problem,) = refuse(tmp_path, STAYS, {"stays.csv": stays})
    assert (problem.file, problem.row, problem.column) == ("stays.csv", 3, "start")
    assert problem.value == "8 January"
    assert problem.expected


@pytest.mark.parametrize(
    ("sheet", "place", "value", "next_step"),
    [
        (SHEET.replace("p2,", "P 2,"), ("programme", 3, "id"), "P 2", None),
        (SHEET.replace("mail", "mial", 1), ("programme", 1, "mial"), None, 'did you mean "mail"?'),
        (SHEET + "p3,試験 三,aoi,,x\n", ("field_count", 5, None), "p3,試験 三,aoi,,x", None),
        (None, ("not_a_file", None, None), None, None),
        (
            SHEET.replace(",kaede,", ",kaedde,"),  # it contradicts another list
            ("programme", 3, "team"),
            "kaedde",
            'did you mean "kaede"?',
        ),
    ],
    ids=["bad cell", "unknown column", "field too many", "no file", "inconsistency"],
)
def test_what_is_wrong_in_a_sheet_is_told_at_its_row(
    tmp_path: Path,
    sheet: str | None,
    place: tuple[str, int | None, str | None],
    value: str | None,
    next_step: str | None,
) -> None:
    problems = refuse(tmp_path, PEOPLE, {} if sheet is None else {"people.csv": sheet})
    (problem,) = [each for each in problems if each.column != "person"]
    assert problem.file == "people.csv"
    assert (problem.reason, problem.row, problem.column) == place
    assert value is None or problem.value == value
    assert next_step is None or problem.next_step == next_step
    assert problem.expected


def test_list_both_in_a_sheet_and_in_toml_is_refused(tmp_path: Path) -> None:
    both = replace_once(TOML, ("[plan]", '[sheets]\npeople = "people.csv"\n\n[plan]'))
    (problem,) = refuse(tmp_path, both, {"people.csv": SHEET})
    assert problem.column == "people"
    assert "not both" in (problem.expected or "")


def add(block: str) -> tuple[str, str]:
    return ("[plan]", f"{block}\n[plan]")


SECOND = '[[rotations]]\nperson = "p1"\ncohort = "3"\nhome_team = "aoi"\nhost_team = "sre"\n'
OVERLAP = SECOND + 'start = 2024-06-28\nplanned_end = 2024-12-20\nending = "running"\nnow = "host"\n'
TOKIO = "Asia/Tokio"
INCONSISTENT = {
    "unknown host team": ([('host_team = "sre"', 'host_team = "srre"')], "programme.host_team", "srre"),
    "unknown team of a person": ([('team = "aoi"', 'team = "aoii"')], "people[0].team", "aoii"),
    "unknown person": ([('person = "p2"', 'person = "p7"')], "rotations[1].person", "p7"),
    "unknown mentor": ([('mentor = "m1"', 'mentor = "m2"')], "rotations[0].mentor", "m2"),
    "unknown home team": ([('home_team = "aoi"', 'home_team = "aoe"')], "rotations[0].home_team", "aoe"),
    "person twice": ([('id = "p2"', 'id = "p1"'), ('person = "p2"', 'person = "m1"')], "people[1].id", "p1"),
    "team twice": ([add('[[teams]]\nid = "aoi"\nja = "碧"\nen = "Aoi 2"')], "teams[3].id", "aoi"),
    "alias of nobody": (
        [add('[[aliases]]\ntext = "x"\nkind = "person"\nid = "p0"')],
        "aliases[0].id",
        "p0",
    ),
    "alias without id": ([add('[[aliases]]\ntext = "x"\nkind = "team"')], "aliases[0].id", ""),
    "consent of nobody": (
        [add('[[consents]]\nperson = "px"\nkind = "skills"\naudience = "owner"\ngiven = 2024-01-01')],
        "consents[0].person",
        "px",
    ),
    "wording of no question": (
        [add('[[wordings]]\nquestion = "incidnt"\nwording = "x"\nsame_meaning = true')],
        "wordings[0].question",
        "incidnt",
    ),
    "change of no cohort's term": (
        [add('[[adjustments]]\ncohort = "7"\nja = "x"\nen = "x"')],
        "adjustments[0].cohort",
        "7",
    ),
    "reason in one language": (
        [add('[[adjustments]]\ncohort = "2"\nja = "x"\nen = "x"\nbecause_en = "y"')],
        "adjustments[0].because_ja",
        None,
    ),
    "planned end before start": (
        [("planned_end = 2025-03-31", "planned_end = 2024-09-30")],
        "rotations[1].planned_end",
        "2024-09-30",
    ),
    "end before start": (
        [("\nend = 2024-06-28", "\nend = 2024-01-05"), ('"as_planned"', '"early"')],
        "rotations[0].end",
        "2024-01-05",
    ),
    "as planned but later": (
        [("\nend = 2024-06-28", "\nend = 2024-07-05")],
        "rotations[0].ending",
        "as_planned",
    ),
    "extended but on time": ([('"as_planned"', '"extended"')], "rotations[0].ending", "extended"),
    "early but on time": ([('"as_planned"', '"early"')], "rotations[0].ending", "early"),
    "ended but running": ([('"as_planned"', '"running"')], "rotations[0].ending", "running"),
    "running but ended": ([('"running"', '"extended"')], "rotations[1].ending", "extended"),
    "left on no day": ([('now = "home"', 'now = "left"')], "rotations[0].now_since", None),
    "overlapping stays": ([add(OVERLAP)], "rotations[2].start", "2024-06-28"),
    "file that is not there": ([add(SURVEY)], "sources[0].files[0]", "survey*.csv"),
    "file outside": (
        [add(SURVEY.replace("survey*", "../survey*"))],
        "sources[0].files[0]",
        "../survey*.csv",
    ),
    "leave of nobody": (
        [add('[[leave]]\nperson = "px"\nfirst = 2024-02-05\nlast = 2024-02-09')],
        "leave[0].person",
        "px",
    ),
    "leave that ends before it begins": (
        [add('[[leave]]\nperson = "p1"\nfirst = 2024-02-05\nlast = 2024-02-02')],
        "leave[0].last",
        "2024-02-02",
    ),
    "day that closes before it opens": (
        [add("[calendar]\nopens = 10:00:00\ncloses = 09:00:00")],
        "calendar.closes",
        "09:00:00",
    ),
    "sleep within one day": (
        [add("[calendar]\nsleep_from = 01:00:00\nsleep_until = 07:00:00")],
        "calendar.sleep_until",
        "07:00:00",
    ),
    "price without currency": ([add("[costs]\nperson_week = 250000.0")], "costs.currency", None),
    "unknown zone of a person": (
        [('mail = "p2@invented.example"', 'mail = "p2@invented.example"\ntimezone = "Asia/Tokio"')],
        "people[1].timezone",
        "Asia/Tokio",
    ),
    "unknown zone": (
        [("host_team", 'timezone = "Asia/Tokio"\nhost_team')],
        "programme.timezone",
        "Asia/Tokio",
    ),
}


@pytest.mark.parametrize(("changes", "column", "value"), INCONSISTENT.values(), ids=INCONSISTENT)
def test_inconsistency_is_told(
    tmp_path: Path, changes: list[tuple[str, str]], column: str, value: str | None
) -> None:
    (problem,) = refuse(tmp_path, replace_once(TOML, *changes))
    assert (problem.file, problem.column, problem.value) == ("programme.toml", column, value)
    assert problem.expected


def test_stay_that_begins_the_day_after_another_is_no_overlap(tmp_path: Path) -> None:
    toml = replace_once(TOML, add(OVERLAP.replace("2024-06-28", "2024-06-29")))
    assert read_programme(write_programme(tmp_path, toml)).cohorts == ("1", "3", "2")


@pytest.mark.parametrize(
    ("old", "new", "column", "hint"),
    [
        ('"skill_self"', '"skill_slef"', "sources[0].instrument", 'did you mean "skill_self"?'),
        ('"Asia/Tokyo"', '"Asia/Tokio"', "sources[0].timezone", 'did you mean "Asia/Tokyo"?'),
        ('"Asia/Tokyo"', '"Tokyo"', "sources[0].timezone", 'did you mean "Asia/Tokyo"?'),
        ('"ymd"', '"ydm"', "sources[0].dates", 'did you mean "ymd"?'),
    ],
)
def test_misspelt_word_of_a_source_is_told(
    tmp_path: Path, old: str, new: str, column: str, hint: str
) -> None:
    toml = TOML + replace_once(SURVEY, (old, new))
    (problem,) = refuse(tmp_path, toml, {"survey.csv": "a\n1\n"})
    assert (problem.column, problem.next_step) == (column, hint)


def test_company_days_and_holidays_make_one_calendar(tmp_path: Path) -> None:
    days = '[calendar]\ncountry = "JP"\ndays_off = [{ first = 2024-08-13, last = 2024-08-15, name = "夏" }]'
    calendar = read_programme(write_programme(tmp_path, replace_once(TOML, add(days)))).work_calendar
    assert calendar.country == "JP"
    assert calendar.days_off == frozenset(date(2024, 8, day) for day in (13, 14, 15))


def test_sources_keep_their_order(tmp_path: Path) -> None:
    folder = write_programme(tmp_path, TOML + BACKLOG + SURVEY, {"backlog.csv": "x", "survey.csv": "x"})
    assert [source.name for source in read_programme(folder).sources] == ["requests", "self"]


# --- the sample by its name -------------------------------------------------------------------------------


def test_sample_is_the_repositorys_or_else_the_one_in_the_wheel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    stored = Path(__file__).parents[2] / "data" / "sample"
    assert programme_file.find_programme(Path("sample")) == stored / "programme.toml"
    installed = tmp_path / "site" / "rotation_analysis"
    monkeypatch.setattr(programme_file, "files", lambda package: installed)
    assert programme_file.find_sample() == installed / "sample"
    own = write_programme(tmp_path / "sample", TOML, {})
    assert programme_file.find_programme(Path("sample")).resolve() == own / "programme.toml"


OWN_QUESTIONS = """
[[instruments]]
id = "tools"
rater = "self"
[[instruments.questions]]
id = "a"
kind = "KIND"
wordings = ["A?"]
SCALE
OPTIONS
[[instruments.questions]]
id = "b"
kind = "text"
waves = ["end"]
wordings = ["B?"]
"""


@pytest.mark.parametrize(
    ("old", "new", "column", "value"),
    [
        ("SCALE", 'scale = "scale6"', "instruments[0].questions[0].scale", "scale6"),
        ("SCALE", "", "instruments[0].questions[0].scale", None),
        ("SCALE", 'scale = "scale5"\nunit = "hours"', "instruments[0].questions[0].unit", "hours"),
        (
            'rater = "self"\n',
            'rater = "self"\nevery_days = 7\n',
            "instruments[0].questions[1].waves",
            "end",
        ),
        ('id = "b"', 'id = "A"', "instruments[0].questions", "A"),
        ('"B?"', '" a？"', "instruments[0].questions", " a？"),
        ("[[instruments]]", '[[scales]]\nid = "s"\nlabels = []\n[[instruments]]', "scales[0].labels", None),
        (
            "[[instruments]]",
            '[[scales]]\nid = "s"\nlabels = ["yes", "YES"]\n[[instruments]]',
            "scales[0].labels",
            "YES",
        ),
    ],
)
def test_what_cannot_be_true_of_an_own_questionnaire_is_told(
    tmp_path: Path, old: str, new: str, column: str, value: str | None
) -> None:
    declared = OWN_QUESTIONS.replace("OPTIONS", "").replace("KIND", "scale").replace(old, new)
    declared = declared.replace("SCALE", 'scale = "scale5"')
    (problem,) = refuse(tmp_path, TOML.replace("[plan]", f"{declared}\n[plan]"))
    assert (problem.column, problem.value) == (column, value)
    assert problem.expected


@pytest.mark.parametrize(
    "options", ["", 'options = [{ id = "x", ja = "1", en = "one" }, { id = "y", ja = "１", en = "two" }]']
)
def test_a_choice_needs_options_whose_words_differ(tmp_path: Path, options: str) -> None:
    declared = OWN_QUESTIONS.replace("OPTIONS", options).replace("KIND", "choice").replace("SCALE", "")
    problems = refuse(tmp_path, TOML.replace("[plan]", f"{declared}\n[plan]"))
    assert [problem.column for problem in problems] == ["instruments[0].questions[0].options"]


@pytest.mark.parametrize(
    ("asks", "wrong"),
    [
        ('["followup"]', []),
        ('["skill_self", "exit"]', []),
        ('["folowup"]', ["folowup"]),
        ('["skill_mentor"]', ["skill_mentor"]),  # another rater's
        ('["pulse"]', ["pulse"]),  # asked every fortnight, not in rounds
    ],
)
def test_a_wave_asks_what_its_rater_answers_in_rounds(tmp_path: Path, asks: str, wrong: list[str]) -> None:
    toml = TOML.replace('id = "after_6m"', f'id = "after_6m"\nasks = {asks}')
    if not wrong:
        programme = read_programme(write_programme(tmp_path, toml))
        assert list(programme.asked_in(programme.waves[3])) == ast.literal_eval(asks)
        return
    assert [(p.column, p.value) for p in refuse(tmp_path, toml)] == [("waves[3].asks", wrong[0])]


# --- the evaluation plan ----------------------------------------------------------------------------------

GROWTH, AWAY = "skill.growth.now_minus_start", "impact.self_resolution.away"
PLAN = f"""
smallest_change = {{ levels = 0.5 }}

[[plan.primary]]
measure = "{GROWTH}"
account = "person"

[[plan.families]]
name = "teams"
measures = ["{AWAY}", "impact.self_resolution.second_graduate"]

[[plan.families]]
name = "skills"
measures = ["{GROWTH}", "skill.growth.mentor"]
skills = true

[[plan.measurement_error]]
of = "composite"
r = 0.7
sd = 0.45
source = "assumed"

[[plan.measurement_error]]
of = "skill"
r = 0.6
sd = 0.9
source = "a retest of our own"
"""
DECLARED = "declared = 2023-12-01"


def with_plan(*changes: tuple[str, str]) -> str:
    """The small programme with the whole plan, changed."""
    return replace_once(TOML, (DECLARED, DECLARED + replace_once(PLAN, *changes)))


def test_a_whole_plan_is_read(tmp_path: Path) -> None:
    plan = read_programme(write_programme(tmp_path, with_plan())).plan
    assert [(family.name, family.measures, family.skills) for family in plan.all_families] == [
        ("primary", (GROWTH,), False),
        ("teams", (AWAY, "impact.self_resolution.second_graduate"), False),
        ("skills", (GROWTH, "skill.growth.mentor"), True),  # rows of skills are others than the primary's row
    ]
    assert (plan.smallest("levels"), plan.smallest("strain"), plan.smallest("parsecs")) == (0.5, 0.5, 0.0)


def test_a_measurement_error_is_the_declared_one_or_none(tmp_path: Path) -> None:
    plan = read_programme(write_programme(tmp_path, with_plan())).plan
    skill = MeasurementError(of="skill", r=0.6, sd=0.9, source="a retest of our own")
    assert plan.error_for("skill") == skill
    composite = plan.error_for("composite")
    assert composite is not None
    assert (composite.r, composite.sd) == (0.7, 0.45)
    assert (
        EvaluationPlan(declared=date(2023, 1, 1), measurement_error=(skill,)).error_for("composite") is None
    )


def test_a_plan_declared_after_the_data_is_no_error(tmp_path: Path) -> None:
    toml = replace_once(TOML, (DECLARED, "declared = 2030-01-01"))
    assert read_programme(write_programme(tmp_path, toml)).plan.declared == date(2030, 1, 1)


BAD_PLANS = {
    "measure misspelt": (
        [(f'measure = "{GROWTH}"', 'measure = "skill.growth.now_minus_strat"')],
        "plan.primary[0].measure",
        "skill.growth.now_minus_strat",
        f'did you mean "{GROWTH}"?',
    ),
    "a measure that claims nothing": (
        [(f'["{AWAY}"', '["requests.per_team_week"')],
        "plan.families[0].measures[0]",
        "requests.per_team_week",
        "take one of them, or remove it",
    ),
    "a measure without rows of skills": (
        [('"skill.growth.mentor"', f'"{AWAY}"')],
        "plan.families[1].measures[1]",
        AWAY,
        "take one of them, or remove it",
    ),
    "a measure in two families": (
        [(f'["{AWAY}"', f'["{GROWTH}"')],
        "plan.families[0].measures[0]",
        GROWTH,
        "remove one of the two",
    ),
    "a measure twice in a family": (
        [('"skill.growth.mentor"', f'"{GROWTH}"')],
        "plan.families[1].measures[1]",
        GROWTH,
        "remove one of the two",
    ),
    "a name twice": ([('"skills"', '"teams"')], "plan.families[1].name", "teams", "rename the family"),
    "the name of the primaries": (
        [('"skills"', '"primary"')],
        "plan.families[1].name",
        "primary",
        "rename the family",
    ),
    "two errors of one thing": (
        [('of = "skill"', 'of = "composite"')],
        "plan.measurement_error[1].of",
        "composite",
        "remove one of the two",
    ),
    "another unit": (
        [("levels = 0.5", "level = 0.5")],
        "plan.smallest_change.level",
        "0.5",
        'did you mean "levels"?',
    ),
}


@pytest.mark.parametrize(("changes", "column", "value", "next_step"), BAD_PLANS.values(), ids=BAD_PLANS)
def test_a_plan_that_cannot_be_kept_is_told(
    tmp_path: Path, changes: list[tuple[str, str]], column: str, value: str, next_step: str
) -> None:
    (problem,) = refuse(tmp_path, with_plan(*changes))
    assert (problem.file, problem.column, problem.value) == ("programme.toml", column, value)
    assert problem.next_step == next_step
    assert problem.expected


def test_a_measure_is_told_with_all_that_are_judged_or_with_its_other_place(tmp_path: Path) -> None:
    (problem,) = refuse(tmp_path / "unknown", with_plan((f'["{AWAY}"', '["x"')))
    assert all(name in (problem.expected or "") for name in CLAIMED)
    (problem,) = refuse(tmp_path / "twice", with_plan((f'["{AWAY}"', f'["{GROWTH}"')))
    assert "plan.primary[0].measure" in (problem.expected or "")


def test_all_problems_of_a_plan_are_told_at_once(tmp_path: Path) -> None:
    changes = [change for changes, *_ in BAD_PLANS.values() for change in changes]
    wanted = [changes[0], changes[1], changes[5], changes[7], changes[8]]
    problems = refuse(tmp_path, with_plan(*wanted))
    assert [problem.column for problem in problems] == [
        "plan.primary[0].measure",
        "plan.families[0].measures[0]",
        "plan.families[1].name",
        "plan.measurement_error[1].of",
        "plan.smallest_change.level",
    ]


@pytest.mark.parametrize(
    ("old", "new", "column"),
    [
        ("r = 0.7", "r = 1.0", "plan.measurement_error[0].r"),
        ("r = 0.7", "r = 0", "plan.measurement_error[0].r"),
        ("sd = 0.45", "sd = 0", "plan.measurement_error[0].sd"),
        ('source = "assumed"', 'source = ""', "plan.measurement_error[0].source"),
        ('source = "assumed"\n', "", "plan.measurement_error[0].source"),
        ('of = "composite"', 'of = "person"', "plan.measurement_error[0].of"),
        ('["skill.growth.now_minus_start", "skill.growth.mentor"]', "[]", "plan.families[1].measures"),
        ("skills = true", 'skills = "yes"', "plan.families[1].skills"),
        ('name = "teams"', 'name = ""', "plan.families[0].name"),
        ("levels = 0.5", "levels = 0", "plan.smallest_change.levels"),
    ],
)
def test_wrong_value_or_bound_in_a_plan_is_refused(tmp_path: Path, old: str, new: str, column: str) -> None:
    (problem,) = refuse(tmp_path, with_plan((old, new)))
    assert problem.column == column


# --- chances ----------------------------------------------------------------------------------------------

RULE = '[[chances]]\nskill = "db"\ntable = "requests"\nwords = ["DB"]\n\n'


def test_own_rules_of_chances_stand_in_place_of_those_that_come_along(tmp_path: Path) -> None:
    programme = read_programme(write_programme(tmp_path, TOML.replace("[plan]", f"{RULE}[plan]")))
    assert [(rule.table, rule.words) for rule in programme.chance_rules("db")] == [("requests", ("DB",))]
    assert {rule.table for rule in programme.chance_rules("incident")} == {"incidents"}
    assert programme.chance_rules("cooking") == ()


@pytest.mark.parametrize(
    ("old", "new", "column", "value", "hint"),
    [
        ('"db"', '"dbs"', "chances[0].skill", "dbs", 'did you mean "db"?'),
        ('"db"', '"cooking"', "chances[0].skill", "cooking", "declare it under [[skills]]"),
        ('"requests"', '"request"', "chances[0].table", "request", 'did you mean "requests"?'),
        ("words", "word", "chances[0].word", "['DB']", 'did you mean "words"?'),
        ('["DB"]', '["DB", " "]', "chances[0].words[1]", " ", None),
        ("words", 'kind = ["consul"]\nwords', "chances[0].kind[0]", "consul", 'did you mean "consult"?'),
        ('words = ["DB"]', 'step = ["lead"]', "chances[0].step", None, "remove it"),
        ('words = ["DB"]', 'step = ["led"]', "chances[0].step[0]", "led", 'did you mean "lead"?'),
        ("words", "shared = true\nwords", "chances[0].shared", None, "remove it"),
    ],
)
def test_a_rule_of_chances_that_cannot_be_kept_is_told(
    tmp_path: Path, old: str, new: str, column: str, value: str | None, hint: str | None
) -> None:
    toml = TOML.replace("[plan]", f"{replace_once(RULE, (old, new))}[plan]")
    (problem,) = refuse(tmp_path, toml)
    assert (problem.column, problem.value, problem.next_step) == (column, value, hint)
    assert problem.expected


def test_kinds_of_reviews_are_what_they_decided_and_those_of_improvements_are_free(tmp_path: Path) -> None:
    reviews = 'skill = "db"\ntable = "reviews"\nkind = ["approve"]'
    (problem,) = refuse(tmp_path, TOML.replace("[plan]", f"[[chances]]\n{reviews}\n[plan]"))
    assert (problem.value, problem.next_step) == ("approve", 'did you mean "approved"?')
    free = replace_once(reviews, ('"reviews"', '"improvements"'))
    read_programme(write_programme(tmp_path, TOML.replace("[plan]", f"[[chances]]\n{free}\n[plan]")))


def test_the_plan_that_the_documentation_shows_is_read(tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "docs" / "measures.md").read_text(encoding="utf-8")
    block = text.split("## The evaluation plan")[1].split("```toml\n")[1].split("```")[0]
    plan = read_programme(
        write_programme(tmp_path, replace_once(TOML, (f"[plan]\n{DECLARED}\n", block)))
    ).plan
    assert [family.name for family in plan.all_families] == ["primary", "views", "skill by skill"]
    error = plan.error_for("skill")
    assert error is not None
    assert (error.r, error.sd, plan.error_for("composite")) == (0.7, 0.9, None)


@pytest.mark.parametrize("unit", DEFAULT_SMALLEST_CHANGE)
def test_the_documentation_tells_the_smallest_change_of_each_unit(unit: str) -> None:
    text = (Path(__file__).parents[2] / "docs" / "measures.md").read_text(encoding="utf-8")
    (row,) = re.findall(r"^\| `smallest_change` \| (.*) \|$", text, re.M)
    assert f"{unit} {DEFAULT_SMALLEST_CHANGE[unit]:g}" in row
