"""Whose answers are whose, for which wave or period, and which of several sendings counts."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from rotation_analysis.cohorts.cohort import Cohorts
from rotation_analysis.cohorts.submissions import due_date, parse_period
from rotation_analysis.programme.model import Wave
from tests.builders import make_rotation
from tests.small_programme import (
    STEM,
    SURVEY,
    TOML,
    lay_out,
    lines,
    outcomes,
    replace_once,
    survey,
    warnings_of,
)

PULSE = """
[[sources]]
name = "pulse"
files = ["pulse*.csv"]
instrument = "pulse"
dates = "ymd"
"""
HOST = PULSE.replace("pulse", "host")
STRAIN = "疲れが翌朝まで残った"
HEADER = f"タイムスタンプ,メールアドレス,対象期間,{STRAIN}"
PERIOD = "2024/02/05〜2024/02/18"
OFTEN, NEVER = "よくある", "まったくない"
Sent = tuple[str, ...]


def pulse(*sent: Sent) -> str:
    """A pulse's CSV: (time, who, period, cell) for each answer."""
    return lines(HEADER, *(",".join(each) for each in sent))


def lay(folder: Path, *sent: Sent, policy: str = "", **files: str) -> Cohorts:
    """The small programme with its pulse; `files` by name without .csv instead of the answers."""
    declared = f'\nrepeated = "{policy}"\nfiles' if policy else "\nfiles"
    toml = TOML + replace_once(PULSE, ("\nfiles", declared))
    written = {f"{name}.csv": content for name, content in files.items()} or {"pulse.csv": pulse(*sent)}
    return lay_out(folder, toml, dict(written))


def reasons(cohorts: Cohorts) -> list[tuple[int, str]]:
    return [(row, reason) for _, row, _, reason in outcomes(cohorts)]


def levels(cohorts: Cohorts) -> list[int]:
    return [int(level) for level in cohorts.tables["responses"]["level"]]


# --- periods --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        (PERIOD, "2024-02-05", "2024-02-18"),
        ("2024-02-05 - 2024-02-11", "2024-02-05", "2024-02-11"),
        ("2024年2月5日〜2024年2月18日", "2024-02-05", "2024-02-18"),
        ("２０２４／０２／０５～２０２４／０２／１８", "2024-02-05", "2024-02-18"),
        ("2024.2.5", "2024-02-05", "2024-02-18"),
        ("2024/02/05からの2週間", "2024-02-05", "2024-02-18"),
        ("2024年2月5日〜18日", "2024-02-05", "2024-02-18"),
        ("先週と今週", "2024-02-27", "2024-03-11"),
        (None, "2024-02-27", "2024-03-11"),
    ],
)
def test_a_period_is_the_one_stated_else_the_days_up_to_the_answer(
    text: str | None, first: str, last: str
) -> None:
    found = parse_period(text, pd.Timestamp("2024-03-11"), 14)
    assert [str(day.date()) for day in found] == [first, last]


def test_an_answer_belongs_to_the_stay_that_holds_the_first_day_of_its_period(tmp_path: Path) -> None:
    cohorts = lay(
        tmp_path,
        ("2024/02/20 10:00:00", "p1", PERIOD, OFTEN),
        ("2024/01/20 10:00:00", "p1", "2024/01/07〜2024/01/20", OFTEN),  # begins a day before the stay
        ("2024/07/11 10:00:00", "p1", "2024/06/28〜2024/07/11", OFTEN),  # begins on its last day
        ("2024/07/12 10:00:00", "p1", "2024/06/29〜2024/07/12", OFTEN),
        ("2024/10/20 10:00:00", "p2", "", OFTEN),  # none stated: the fortnight up to the answer
        ("2024/10/13 10:00:00", "p2", "", OFTEN),
    )
    table = cohorts.tables["responses"]
    placed = zip(table["person"], table["cohort"], table["period_start"].dt.strftime("%m-%d"), strict=True)
    assert list(placed) == [("p1", "1", "02-05"), ("p1", "1", "06-28"), ("p2", "2", "10-07")]
    assert reasons(cohorts) == [(3, "outside_window"), (5, "outside_window"), (7, "outside_window")]
    assert table["wave"].isna().all()


@pytest.mark.parametrize(("day", "late"), [("2024/03/03", 0), ("2024/03/04", 1), ("2024/06/01", 1)])
def test_an_answer_is_late_once_the_next_form_had_opened(tmp_path: Path, day: str, late: int) -> None:
    cohorts = lay(tmp_path, (f"{day} 10:00:00", "p1", PERIOD, OFTEN))
    assert warnings_of(cohorts) == ({"late_answer": late} if late else {})
    assert levels(cohorts) == [4]


def test_an_answer_without_a_stated_period_is_never_late_and_one_set_aside_is_not_warned_of(
    tmp_path: Path,
) -> None:
    cohorts = lay(
        tmp_path,
        ("2024/06/01 10:00:00", "p1", "", OFTEN),
        ("2024/06/01 10:00:00", "誰か", PERIOD, OFTEN),
        ("2024/06/01 10:00:00", "p1", PERIOD, OFTEN),
        ("2024/06/02 10:00:00", "p1", PERIOD, NEVER),
    )
    assert reasons(cohorts) == [(3, "not_in_roster"), (4, "superseded")]
    assert warnings_of(cohorts) == {"late_answer": 1}


# --- two sendings for one period ------------------------------------------------------------------------

FIRST = ("2024/02/20 10:00:00", "p1", PERIOD, OFTEN)


@pytest.mark.parametrize(
    ("when", "cell", "reason", "kept"),
    [
        ("2024/02/20 10:00:01", NEVER, (2, "superseded"), 1),
        ("2024/02/27 10:00:00", NEVER, (2, "superseded"), 1),
        ("2024/02/27 10:00:01", NEVER, (3, "conflicting_answer"), 4),
        ("2024/02/27 10:00:01", OFTEN, (3, "superseded"), 4),
    ],
    ids=["a correction", "on the last moment", "a contradiction", "the same again"],
)
def test_a_second_answer_corrects_for_a_week_and_contradicts_after_it(
    tmp_path: Path, when: str, cell: str, reason: tuple[int, str], kept: int
) -> None:
    cohorts = lay(tmp_path, FIRST, (when, "p1", PERIOD, cell))
    assert (reasons(cohorts), levels(cohorts)) == ([reason], [kept])


def test_of_three_the_last_within_the_week_counts_and_the_later_one_is_compared_with_it(
    tmp_path: Path,
) -> None:
    corrected, again = (
        ("2024/02/22 10:00:00", "p1", PERIOD, NEVER),
        ("2024/03/22 10:00:00", "p1", PERIOD, NEVER),
    )
    cohorts = lay(tmp_path, FIRST, corrected, again)
    assert (reasons(cohorts), levels(cohorts)) == ([(2, "superseded"), (4, "superseded")], [1])


@pytest.mark.parametrize(
    ("policy", "told", "kept"),
    [
        ("last", [(2, "superseded")], [1]),
        ("first", [(3, "superseded")], [4]),
        ("refuse", [(2, "conflicting_answer"), (3, "conflicting_answer")], []),
    ],
)
def test_a_declared_policy_decides_however_long_it_took(
    tmp_path: Path, policy: str, told: list[tuple[int, str]], kept: list[int]
) -> None:
    cohorts = lay(tmp_path, FIRST, ("2024/06/01 10:00:00", "p1", PERIOD, NEVER), policy=policy)
    assert (reasons(cohorts), levels(cohorts)) == (told, kept)


def test_answers_of_other_periods_people_and_raters_do_not_compete(tmp_path: Path) -> None:
    cohorts = lay(
        tmp_path,
        FIRST,
        ("2024/02/20 10:00:00", "p1", "2024/02/19〜2024/03/03", NEVER),
        ("2024/10/20 10:00:00", "p2", "2024/10/07〜2024/10/20", NEVER),
    )
    assert (reasons(cohorts), levels(cohorts)) == ([], [4, 1, 1])


def test_two_answers_whose_times_cannot_be_read_leave_the_first_and_tell_the_other(tmp_path: Path) -> None:
    cohorts = lay(tmp_path, ("昨日", "p1", PERIOD, OFTEN), ("今日", "p1", PERIOD, NEVER))
    aside = [told for told in reasons(cohorts) if told[1] != "bad_date"]
    assert (aside, levels(cohorts)) == ([(3, "conflicting_answer")], [4])


def test_an_answer_with_a_time_goes_before_one_without(tmp_path: Path) -> None:
    cohorts = lay(tmp_path, ("昨日", "p1", PERIOD, NEVER), FIRST)
    aside = [told for told in reasons(cohorts) if told[1] != "bad_date"]
    assert (aside, levels(cohorts)) == ([(2, "conflicting_answer")], [4])


# --- the same sending in several exports ----------------------------------------------------------------


def test_a_sending_in_two_exports_is_one_and_the_newer_export_wins_where_they_differ(tmp_path: Path) -> None:
    other = ("2024/03/05 10:00:00", "p1", "2024/02/19〜2024/03/03", OFTEN)
    changed = (*FIRST[:3], NEVER)
    cohorts = lay(tmp_path, pulse_1=pulse(FIRST, other), pulse_2=pulse(other, changed), pulse_3=pulse(other))
    assert outcomes(cohorts) == [
        ("pulse_1.csv", 2, "set_aside", "superseded"),
        ("pulse_2.csv", 2, "set_aside", "duplicate_row"),
        ("pulse_3.csv", 2, "set_aside", "duplicate_row"),
    ]
    assert levels(cohorts) == [4, 1]


@pytest.mark.parametrize("policy", ["first", "last"])
def test_a_newer_export_wins_over_the_older_one_whatever_the_policy_of_sendings(
    tmp_path: Path, policy: str
) -> None:
    changed = pulse((*FIRST[:3], NEVER))
    cohorts = lay(tmp_path, policy=policy, pulse_1=pulse(FIRST), pulse_2=changed)
    assert outcomes(cohorts) == [("pulse_1.csv", 2, "set_aside", "superseded")]
    assert levels(cohorts) == [1]


def test_two_sendings_of_one_moment_in_one_file_are_two_unless_they_are_equal(tmp_path: Path) -> None:
    equal = lay(tmp_path / "equal", FIRST, FIRST, policy="refuse")
    assert reasons(equal) == [(3, "duplicate_row")]
    differ = lay(tmp_path / "differ", FIRST, (*FIRST[:3], NEVER), policy="refuse")
    assert reasons(differ) == [(2, "conflicting_answer"), (3, "conflicting_answer")]


def test_an_export_with_its_columns_in_another_order_holds_the_same_sending(tmp_path: Path) -> None:
    skills = [f"{STEM} [{skill}]" for skill in ("OS・プロセス", "データベース")]
    on = "2024/06/28 10:00:00,p1"
    cohorts = lay_out(
        tmp_path,
        TOML + SURVEY,
        {
            "survey_1.csv": lines(f"タイムスタンプ,メールアドレス,{skills[0]},{skills[1]}", f"{on},2,3"),
            "survey_2.csv": lines(f"タイムスタンプ,メールアドレス,{skills[1]},{skills[0]}", f"{on},3,2"),
            "survey_3.csv": lines(f"タイムスタンプ,メールアドレス,{skills[0]},{skills[1]}", f"{on},3,2"),
        },
    )
    assert outcomes(cohorts) == [
        ("survey_1.csv", 2, "set_aside", "superseded"),
        ("survey_2.csv", 2, "set_aside", "duplicate_row"),
    ]
    assert levels(cohorts) == [3, 2]


def test_a_stated_period_that_names_no_day_is_told_and_the_day_of_the_answer_counts(tmp_path: Path) -> None:
    cohorts = lay(tmp_path, ("2024/02/20 10:00:00", "p1", "2/5〜2/18", OFTEN))
    told = cohorts.account.rows(values=True)
    assert [(row["outcome"], row["row"], row["reason"], row["value"]) for row in told] == [
        ("cell", 2, "bad_date", "2/5〜2/18")
    ]
    assert cohorts.tables["responses"]["period_start"].dt.date.tolist() == [date(2024, 2, 7)]


# --- who ------------------------------------------------------------------------------------------------


def test_answers_that_are_nobodys_are_all_kept(tmp_path: Path) -> None:
    squeeze = "受け入れのために、後回しにした仕事があった"
    sent = ("2024/02/20 10:00:00,,よくある", "2024/02/20 10:00:00,,よくある", "2024/03/20 10:00:00,,いつも")
    form = lines(f"タイムスタンプ,メールアドレス,{squeeze}", *sent)
    cohorts = lay_out(tmp_path, TOML + HOST, {"host.csv": form})
    assert (reasons(cohorts), levels(cohorts)) == ([], [4, 4, 5])
    assert cohorts.tables["responses"]["person"].isna().all()


def test_an_address_that_is_nobodys_leaves_it_to_the_name_beside_it(tmp_path: Path) -> None:
    header = f"ID,Start time,Completion time,Email,Name,{STEM} [OS・プロセス]"
    rows = [
        f"{n},2024/06/28 09:00,2024/06/28 10:0{n},{mail},{name},{n}"
        for n, (mail, name) in enumerate(
            [("unknown@invented.example", "試験 一"), ("m1@invented.example", "試験 一")], start=1
        )
    ]
    cohorts = lay_out(tmp_path, TOML + SURVEY, {"survey.csv": lines(header, *rows)})
    assert cohorts.tables["responses"]["person"].tolist() == ["p1"]
    assert reasons(cohorts) == [(3, "not_in_roster")]  # a mentor's address is a mentor, whatever the name


def test_what_is_left_empty_is_filled_and_a_name_alone_becomes_an_alias(tmp_path: Path) -> None:
    header = f"ID,Start time,Completion time,Email,Name,{STEM} [OS・プロセス]"
    rows = ("1,,2024/06/28 10:00,,試験一,3", "2,,2024/06/28 10:00,,,3", "3,,,,試験 一,3")
    cohorts = lay_out(tmp_path, TOML + SURVEY, {"survey.csv": lines(header, *rows)})
    told = [(row["reason"], row["value"], row["next"]) for row in cohorts.account.rows(values=True)]
    assert told == [
        ("not_in_roster", "試験一", "add to the alias sheet: 試験一,person,p1,,"),
        ("not_in_roster", "", "fill in whose it is: an address or a name as in `people`"),
        ("outside_window", "", "fill in its day"),
    ]


@pytest.mark.parametrize(("kind", "reason"), [("test", "test_answer"), ("bot", "bot")])
def test_who_is_no_person_by_the_alias_sheet_is_set_aside(tmp_path: Path, kind: str, reason: str) -> None:
    alias = f'[[aliases]]\ntext = "試し"\nkind = "{kind}"\n\n[plan]'
    form = survey(("2024/06/28 10:00:00", "試し", "3"))
    cohorts = lay_out(tmp_path, replace_once(TOML, ("[plan]", alias)) + SURVEY, {"survey.csv": form})
    assert reasons(cohorts) == [(2, reason)]


# --- the team of an anonymous answer, names in what was written ---------------------------------------------

HOME = """
[[sources]]
name = "home"
files = ["home*.csv"]
instrument = "home"
dates = "mdy"
timezone = "Asia/Tokyo"
"""
MONKEY = (
    "Respondent ID,Collector ID,Start Date,End Date,IP Address,Which team are you in?,"
    "We solve infrastructure and operations problems without SRE",
    ",,,,,Response,Response",
)


def monkey(*answers: tuple[str, str, str]) -> str:
    """A SurveyMonkey's CSV of the home teams: (day, team, level) for each answer."""
    rows = [
        f"1000{n},7,{d} 09:00:00 AM,{d} 09:05:00 AM,,{t},{level}" for n, (d, t, level) in enumerate(answers)
    ]
    return lines(*MONKEY, *rows)


def test_the_team_of_an_anonymous_answer_is_the_one_its_label_means_that_day(tmp_path: Path) -> None:
    alias = '[[aliases]]\ntext = "old"\nkind = "team"\nid = "{}"\n{}\n\n'
    old = alias.format("kaede", "valid_until = 2024-05-31") + alias.format("aoi", "valid_from = 2024-06-01")
    form = monkey(
        ("05/31/2024", "old", "4"),
        ("06/01/2024", "old", "agree"),
        ("06/01/2024", "Ａｏｉ ", "2"),
        ("06/01/2024", "nowhere", "1"),
        ("06/01/2024", "", "5"),
    )
    toml = replace_once(TOML, ("[plan]", f"{old}[plan]")) + HOME
    cohorts = lay_out(tmp_path, toml, {"home.csv": form})
    table = cohorts.tables["responses"]
    teams = table["team"].astype(object)
    assert teams.where(teams.notna(), None).tolist() == ["kaede", "aoi", "aoi", None, None]
    assert levels(cohorts) == [4, 4, 2, 1, 5]
    assert table["person"].isna().all()
    (told,) = cohorts.account.sums()[0]["warnings"]
    assert told == {"code": "unknown_team", "n": 1, "rows": [6]}
    assert cohorts.account.files[0].columns["Which team are you in?"] == "team"
    assert reasons(cohorts) == []


def test_a_text_that_names_a_colleague_or_a_customer_is_warned_of_by_its_cell(tmp_path: Path) -> None:
    written = "タイムスタンプ,メールアドレス,一番大変だったこと,次の期で一つ変えるなら"
    form = lines(
        written,
        "2024/06/28 10:00:00,p1,試験二さんの手順,みほん商事の件",
        "2024/07/01 10:00:00,p1,試験 一は大変だった,特になし",
    )
    toml = TOML.replace("[plan]", '[disclosure]\ncustomer_words = ["みほん 商事"]\n\n[plan]')
    source = HOME.replace("home", "exit").replace("mdy", "ymd") + 'repeated = "first"\n'
    cohorts = lay_out(tmp_path, toml + source, {"exit.csv": form})
    (told,) = cohorts.account.sums()[0]["warnings"]
    assert told == {"code": "names_in_text", "n": 2, "rows": [2, 2]}
    assert cohorts.tables["responses"]["names_somebody"].tolist() == [True, True]
    assert "商事" not in repr(cohorts.account.sums())


# --- waves ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("anchor", "months", "days", "due"),
    [
        ("start", 0, 0, date(2024, 1, 31)),
        ("start", 1, 0, date(2024, 2, 29)),
        ("start", 3, -5, date(2024, 4, 25)),
        ("end", 0, 0, date(2024, 6, 28)),
        ("end", 6, 10, date(2025, 1, 7)),
    ],
)
def test_a_wave_is_due_so_many_months_and_days_after_its_anchor(
    anchor: str, months: int, days: int, due: date
) -> None:
    values = {"id": "middle", "rater": "self", "anchor": anchor, "months": months, "days": days}
    wave = Wave.model_validate({**values, "window": (-7, 7)})
    assert due_date(wave, make_rotation("p1", "aoi", "2024-01-31", "2024-06-28")) == due


def test_the_end_of_a_running_stay_is_its_planned_end() -> None:
    wave = Wave(id="end", rater="self", anchor="end", window=(-7, 7))
    assert due_date(wave, make_rotation("p1", "aoi", "2024-01-31")) == date(2030, 3, 31)
