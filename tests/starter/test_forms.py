"""What each form asks, of whom and when; the files of all forms; the consent page."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from typer.testing import CliRunner

from rotation_analysis.cli import app
from rotation_analysis.errors import UserError
from rotation_analysis.programme.model import (
    Alias,
    DisclosurePolicy,
    OwnScale,
    Person,
    Programme,
    Skill,
    Team,
    Wave,
)
from rotation_analysis.programme.policy import RULES
from rotation_analysis.programme.questionnaires import (
    Instrument,
    Option,
    Question,
    read_instruments,
    read_skill_grid,
)
from rotation_analysis.programme.tables import TABLES
from rotation_analysis.starter.form_items import Item
from rotation_analysis.starter.form_rounds import Form, list_forms
from rotation_analysis.starter.form_workbooks import write_answers
from rotation_analysis.starter.forms import (
    BOX,
    NO_BOX,
    RECORDS,
    render_consent,
    render_forms,
    write_consent,
    write_forms,
)
from rotation_analysis.texts import Texts, read_texts
from tests.builders import day, make_programme, make_rotation

JA, EN = read_texts("ja"), read_texts("en")
WINDOW = (-14, 14)
SELF_ROUNDS = (
    Wave(id="start", rater="self", anchor="start", window=WINDOW),
    Wave(id="middle", rater="self", anchor="start", months=3, window=WINDOW),
    Wave(id="end", rater="self", anchor="end", window=WINDOW, asks=("skill_self", "exit")),
)
MENTOR_START = Wave(id="start", rater="mentor", anchor="start", days=28, window=(-10, 28))
RUNNING = make_rotation("p1", "aoi", "2025-01-06", planned_end=day("2025-07-04"))
OVER = make_rotation("p2", "kaede", "2024-01-08", "2024-06-28")


def find(name: str, programme: Programme, texts=JA) -> Form:
    return next(form for form in list_forms(programme, texts) if form.name == name)


def item_of(form: Form, name: str) -> Item:
    return next(item for item in form.items if item.id == name)


# --- which forms ------------------------------------------------------------------------------------------


def test_empty_programme_has_every_form_without_then_test() -> None:
    forms = list_forms(make_programme(), JA)
    assert [form.name for form in forms] == list(read_instruments())
    assert "skill.then" not in [item.id for form in forms for item in form.items]


def test_then_test_has_separate_form_with_guides_once() -> None:
    programme = make_programme(RUNNING, waves=SELF_ROUNDS)
    first, last = find("skill_self", programme), find("skill_self_end", programme)
    assert [item.id for item in first.items] == ["skill.now", "skill.example"]
    assert [item.id for item in last.items] == ["skill.now", "skill.then", "skill.example"]
    assert len(item_of(last, "skill.now").guides) == 11
    assert item_of(last, "skill.then").guides == ()
    assert (first.title, last.title) == ("スキルの自己評価", "スキルの自己評価(終了)")


def test_two_rounds_share_one_form_named_for_both() -> None:
    own = Instrument(
        id="own",
        rater="manager",
        questions=(
            Question(id="a", kind="text", wordings=("いつも",)),
            Question(id="b", kind="text", wordings=("あとで",), waves=("end", "after_6m")),
        ),
    )
    rounds = tuple(
        Wave(id=name, rater="manager", anchor="end", window=WINDOW, asks=("own",))
        for name in ("start", "end", "after_6m")
    )
    forms = [
        form
        for form in list_forms(make_programme(instruments=(own,), waves=rounds), JA)
        if "own" in form.name
    ]
    assert [(form.name, form.title, [item.id for item in form.items]) for form in forms] == [
        ("own", "own", ["a"]),
        ("own_end_after_6m", "own(終了、6か月後)", ["a", "b"]),
    ]


def test_form_names_are_valid_file_names() -> None:
    question = (Question(id="q", kind="text", wordings=("問い",)),)
    ids = ("../../x", "ふりかえり", "振り返り", "A b", "a-b")
    own = tuple(Instrument(id=name, rater="host", anonymous=True, questions=question) for name in ids)
    programme = make_programme(instruments=own)
    names = [form.name for form in list_forms(programme, JA)][-5:]
    assert names == ["x", "form", "form-2", "a-b", "a-b-2"]
    assert all(
        re.fullmatch(r"(ja|en)/(answers/)?[a-z0-9_-]+\.(md|gs|xlsx|html)", path)
        for path in render_forms(programme)
    )


def test_only_anonymous_questionnaires_are_introduced_as_such() -> None:
    for form in list_forms(make_programme(), JA):
        introduction = "\n".join(form.introduction)
        anonymous = form.instrument in ("host", "home")
        assert form.anonymous is anonymous
        assert ("このアンケートは匿名です" in introduction) is anonymous
        assert ("匿名ではありません" in introduction) is not anonymous
        assert ("個人の値" in introduction) is not anonymous
        assert "人事評価には使用しません" in introduction
        assert (JA.say("form.rated") in introduction) is (form.instrument == "skill_mentor")


def test_introduction_shows_access_under_programme_policy() -> None:
    strict = make_programme(disclosure=DisclosurePolicy(k=7, teams_to_leadership="named"))
    introduction = "\n".join(find("pulse", strict, EN).introduction)
    assert "from 7 people on" in introduction
    assert "Single teams: by name" in introduction
    assert "by name" not in "\n".join(find("pulse", make_programme(), EN).introduction)
    for audience in RULES:
        assert EN.say(f"policy.reader.{audience}") in introduction


# --- whom and when ----------------------------------------------------------------------------------------


def test_rounds_show_due_day_and_answer_window() -> None:
    programme = make_programme(RUNNING, waves=(*SELF_ROUNDS, MENTOR_START))
    assert find("skill_self", programme).when == (
        "開始: 開始日に送ります(その日を0として、−14日から+14日までの回答を使います)",
        "中間: 開始日の3か月後に送ります(その日を0として、−14日から+14日までの回答を使います)",
    )
    assert find("skill_mentor", programme, EN).when == (
        "Start: send it 28 day(s) after the first day "
        "(answers count from day −10 to day +28, that day being 0)",
    )
    odd = Wave(id="end", rater="manager", anchor="end", months=3, days=-7, window=WINDOW)
    assert (
        find("manager", make_programme(waves=(odd,)))
        .when[0]
        .startswith("終了: 終了日の3か月後の7日前に送ります")
    )
    assert find("pulse", programme, EN).when == ("while there are participants, send it every 14 days",)
    assert find("followup", programme).when == (JA.say("form.when.undeclared"),)


def test_mentors_choose_among_people_of_open_rounds() -> None:
    programme = make_programme(OVER, RUNNING, waves=(MENTOR_START,), as_of="2025-02-10")
    subject = item_of(find("skill_mentor", programme), "subject")
    assert (subject.kind, subject.choices, subject.required) == ("list", ("見本 p1",), True)
    # the window of the round ends on 3 March: nobody can be asked about any more, names are typed
    late = programme.model_copy(
        update={"programme": programme.programme.model_copy(update={"as_of": day("2025-03-04")})}
    )
    assert item_of(find("skill_mentor", late), "subject").kind == "short"


def test_people_with_same_name_are_offered_distinguishably() -> None:
    alike = (
        Person(id="p1", name="見本 あい", team="aoi", mail="one@invented.example"),
        Person(id="p2", name="見本　あい", team="kaede"),
        Person(id="p3", name="別の名", team="kaede"),
    )
    stays = [make_rotation(name, "aoi", "2025-01-06") for name in ("p1", "p2", "p3")]
    programme = make_programme(
        *stays,
        people=alike,
        aliases=(Alias(text="別の名", kind="shared", id="aoi"),),
        waves=(MENTOR_START,),
        as_of="2025-02-01",
    )
    assert item_of(find("skill_mentor", programme), "subject").choices == ("one@invented.example", "p2", "p3")


def test_fortnights_are_counted_from_first_day_of_stay() -> None:
    stays = (
        make_rotation("p1", "aoi", "2025-03-03", planned_end=day("2025-03-31")),
        make_rotation("p3", "aoi", "2025-03-10", planned_end=day("2025-03-23")),
        OVER,
    )
    programme = make_programme(*stays, as_of="2025-03-10")
    assert item_of(find("pulse", programme), "period").choices == (
        "2025/03/03〜2025/03/16",
        "2025/03/10〜2025/03/23",
        "2025/03/17〜2025/03/30",
    )
    assert item_of(find("pulse", make_programme(OVER)), "period").kind == "short"


def test_home_teams_choose_from_existing_teams() -> None:
    teams = (
        Team(id="sre", ja="SRE", en="SRE"),
        Team(id="aoi", ja="葵", en="Aoi"),
        Team(id="old", ja="旧", en="Old", valid_until=day("2024-12-31")),
        Team(id="kaede", ja="楓", en="aoi"),
    )
    programme = make_programme(teams=(), as_of="2025-01-01").model_copy(update={"teams": teams})
    assert item_of(find("home", programme), "team").choices == ("葵", "楓")
    assert item_of(find("home", programme, EN), "team").choices == ("aoi", "kaede")  # both are called Aoi


def test_schedule_lists_recipients_and_deadline_per_day() -> None:
    stays = (
        make_rotation("p1", "aoi", "2025-01-06", planned_end=day("2025-02-03"), mentor="m1"),
        make_rotation("p3", "kaede", "2025-01-06", planned_end=day("2025-02-03")),
    )
    people = tuple(Person(id=name, name=f"見本 {name}", team="aoi") for name in ("p1", "p3", "m1"))
    programme = make_programme(*stays, people=people, waves=(*SELF_ROUNDS, MENTOR_START), as_of="2025-01-20")
    page = render_forms(programme)["en/schedule.md"]
    assert isinstance(page, str)
    rows = [line.strip("| ").split(" | ") for line in page.splitlines() if line.startswith("| 2")]
    both, host = "見本 p1, 見本 p3", "everybody in the host team"
    assert rows == [
        ["2025-01-06", "Skills as you see them yourself", both, "2025-01-20"],
        ["2025-01-19", "The last two weeks", both, "2025-02-02"],
        ["2025-02-02", "The last two weeks", both, "2025-02-16"],
        ["2025-02-02", "Survey of the host team", host, "2025-03-02"],
        ["2025-02-03", "Skills as you see them yourself (End)", both, "2025-02-17"],
        ["2025-02-03", "Survey at the end of the stay", both, "2025-02-17"],
        [
            "2025-02-03",
            "Skills as the mentor sees them",
            "見本 m1 (about 見本 p1), mentors who worked with a participant (about 見本 p3)",
            "2025-03-03",
        ],
        ["2025-04-06", "Skills as you see them yourself", both, "2025-04-20"],
    ]


def test_ended_stays_and_leavers_are_not_scheduled() -> None:
    later = Wave(id="after_6m", rater="self", anchor="end", months=6, window=WINDOW, asks=("followup",))
    left = {"now": "left", "now_since": day("2024-09-01")}
    gone = make_rotation("p2", "kaede", "2024-01-08", "2024-06-28", **left)
    for stays in ((), (gone,)):
        pages = render_forms(make_programme(*stays, waves=(*SELF_ROUNDS, later), as_of="2024-12-20"))
        assert JA.say("form.schedule.nothing").split("[[")[0] in str(pages["ja/schedule.md"])
    there = render_forms(make_programme(OVER, waves=(later,), as_of="2024-12-20"))
    assert "| 2024-12-28 | 帰任後のアンケート | 見本 p2 | 2025-01-11 |" in str(there["ja/schedule.md"])


# --- questions --------------------------------------------------------------------------------------------


def test_grid_has_all_skills_and_no_chance_option() -> None:
    slo = next(skill for skill in read_skill_grid().skills if skill.id == "slo")
    own = (Skill(id="oncall", ja="当番", en="On call"), Skill(id="slo", ja=slo.ja, en=slo.en))
    programme = make_programme(skills=own, waves=(MENTOR_START,))
    grid = item_of(find("skill_self", programme), "skill.now")
    assert len(grid.rows) == 12
    assert grid.rows[-2:] == ("当番", slo.ja)
    assert grid.choices == (
        "1 これから",
        "2 支援があればできる",
        "3 定型なら一人でできる",
        "4 非定型でも判断できる",
        "5 仕組みを変え、教えられる",
        "機会なし",
    )
    assert [guide.title for guide in grid.guides][
        -1
    ] == slo.ja  # its anchors come along, of 当番 there are none
    assert len(grid.guides) == 12
    assert item_of(find("skill_mentor", programme), "skill.now").choices[-1] == "見ていない"
    assert item_of(find("skill_mentor", programme, EN), "skill.now").choices[-1] == "not seen"


def test_question_is_required_only_with_an_opt_out() -> None:
    for form in list_forms(make_programme(RUNNING), EN):
        for item in form.items:
            says_so = item.choices[-1:] in (("no chance",), ("not seen",), ("not applicable",))
            assert item.required is (says_so or item.id in ("subject", "period", "team")), item


def test_own_scales_and_options_keep_words_and_order() -> None:
    own = Instrument(
        id="own",
        rater="self",
        questions=(
            Question(
                id="a",
                kind="scale",
                wordings=("晴れ?",),
                scale="weather",
                reversed=True,
                not_applicable=("該当なし",),
            ),
            Question(
                id="b",
                kind="choices",
                wordings=("Which?",),
                other=True,
                options=(Option(id="x", ja="甲", en="A"), Option(id="y", ja="乙", en="B")),
            ),
        ),
    )
    programme = make_programme(
        instruments=(own,), scales=(OwnScale(id="weather", labels=("雨", "曇り", "晴れ")),)
    )
    form = find("own", programme, EN)
    assert item_of(form, "a").title == "晴れ?"
    assert item_of(form, "a").choices == ("雨", "曇り", "晴れ", "該当なし")
    assert item_of(form, "a").required
    assert (item_of(form, "b").choices, item_of(form, "b").other) == (("A", "B"), True)


# --- files ------------------------------------------------------------------------------------------------


def test_files_are_written_whole_and_never_over_others(tmp_path: Path) -> None:
    programme = make_programme(RUNNING, waves=SELF_ROUNDS)
    written = write_forms(programme, tmp_path / "forms")
    found = {
        path.relative_to(tmp_path / "forms").as_posix()
        for path in (tmp_path / "forms").rglob("*")
        if path.is_file()
    }
    assert found == set(written) == set(render_forms(programme))
    assert {path.split("/")[0] for path in written} == {"ja", "en"}
    with pytest.raises(UserError, match="is not empty"):
        write_forms(programme, tmp_path / "forms")
    assert [path.name for path in tmp_path.iterdir()] == ["forms"]


def test_language_without_words_has_english_forms() -> None:
    german = Texts("de", {**EN.sentences, "form.page.who": "An: {who}"})
    programme = make_programme(RUNNING, waves=(*SELF_ROUNDS, MENTOR_START))
    for form, english in zip(list_forms(programme, german), list_forms(programme, EN), strict=True):
        assert form == english
        assert write_answers(form, german) == write_answers(english, EN)


def test_forms_command_rejects_a_folder_with_content(tmp_path: Path) -> None:
    out = tmp_path / "forms"
    done = CliRunner().invoke(app, ["forms", "sample", "--out", str(out), "--json"])
    assert done.exit_code == 0
    result = json.loads(done.stdout)
    assert result["folder"] == str(out)
    assert all((out / name).is_file() for name in result["files"])
    shown = CliRunner().invoke(app, ["forms", "sample", "--out", str(tmp_path / "shown")]).stdout.splitlines()
    assert shown[0] == f"wrote    {tmp_path / 'shown' / result['files'][0]}"
    assert shown[-1] == "next     give out consent.html first, then send what schedule.md lists for each day"
    again = CliRunner().invoke(app, ["forms", "sample", "--out", str(out)])
    assert isinstance(again.exception, UserError)


def test_markdown_holds_every_question_and_choice_as_text() -> None:
    hostile = "<b>*x*</b> [a](http://x.example) | `y`\n# z"
    own = Instrument(
        id="own",
        ja=hostile,
        rater="self",
        questions=(
            Question(
                id="q",
                kind="choice",
                wordings=(hostile,),
                options=(Option(id="x", ja=hostile, en="A"), Option(id="y", ja="乙", en="B")),
            ),
        ),
    )
    page = render_forms(make_programme(instruments=(own,)))["ja/own.md"]
    assert isinstance(page, str)
    parsed = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(page)
    inside = [child for token in parsed for child in token.children or []]
    assert {child.type for child in inside} <= {"text", "code_inline", "softbreak"}
    assert [token.tag for token in parsed if token.type == "heading_open"] == ["h1", "h2", "h2", "h3"]


# --- consent ----------------------------------------------------------------------------------------------


def test_consent_box_exists_only_where_it_opens_something() -> None:
    page = write_consent(make_programme(), EN)
    rows = [line.split(" | ") for line in page.splitlines() if BOX in line]
    boxes = {row[0].removeprefix("| ").split(":")[0]: [cell.strip(" |") for cell in row[1:]] for row in rows}
    assert boxes == {
        "Skills": [BOX, BOX],
        "Incidents": [BOX, BOX],
        "Strain": [BOX, NO_BOX],
        "Time": [BOX, BOX],
        "Quotes": [BOX, BOX],
    }


def test_consent_page_names_every_table_with_participants() -> None:
    """Answers are listed by survey; accounts only map an account to its person."""
    of_people = {"person", "name", "assignee", "author", "reviewer", "who", "creator", "speaker"}
    listed_as = {
        "participation": "incidents",
        "reviews": "changes",
        "alerts": "notifications",
        "dashboards": "monitors",
    }
    tables = {name for name, table in TABLES.items() if of_people & {column.name for column in table.columns}}
    named = {listed_as.get(name, name) for name in tables - {"accounts"}}
    assert named | {"incidents"} == {*RECORDS}


@pytest.mark.parametrize("texts", [JA, EN], ids=["ja", "en"])
def test_consent_page_matches_markdown_and_fetches_nothing(texts) -> None:
    programme = make_programme(RUNNING)
    page, markdown = render_consent(programme, texts), write_consent(programme, texts)
    assert "://" not in page
    assert "<script" not in page
    for sentence in ("policy.notice", "policy.withdrawn", "consent.free", "consent.tick"):
        assert texts.say(sentence) in page
        assert texts.say(sentence) in markdown
    for form in list_forms(programme, texts):
        assert form.title in markdown
