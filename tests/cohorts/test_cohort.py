"""People, teams, waves and days laid over the tables, and the reason of every record left out."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from rotation_analysis.cohorts.cohort import Cohorts
from tests.small_programme import (
    BACKLOG,
    BACKLOG_HEADER,
    INCIDENTS,
    JIRA,
    JIRA_HEADER,
    PAGERDUTY_HEADER,
    STEM,
    SURVEY,
    TICKETS,
    TICKETS_HEADER,
    TOML,
    alias,
    backlog_row,
    declare,
    lay_out,
    lines,
    outcomes,
    replace_once,
    survey,
    warnings_of,
)

MENTOR_STEM = "この人が実際の仕事でしている様子に最も近いものを選んでください(見ていないものは「見ていない」)"
MENTOR = """
[[sources]]
name = "mentor"
files = ["mentor*.csv"]
instrument = "skill_mentor"
dates = "ymd"
timezone = "Asia/Tokyo"
"""
STEPS_SOURCE = """
[[sources]]
name = "steps"
files = ["steps*.csv"]
labels.step = { observer = ["observer"], helper = ["helper"], lead = ["lead"] }
"""
STEPS_PROFILE = """\
name = "steps_csv"
tool = "Own"
export = "participation"
format = "csv"
table = "participation"
columns = [
  { field = "incident", headers = ["Incident"], kind = "id", claim = true },
  { field = "name", headers = ["Who"], kind = "text", claim = true },
  { field = "mail", headers = ["Mail"], kind = "text" },
  { field = "step", headers = ["Step"], kind = "label", claim = true },
]
"""
Files = dict[str, str | bytes]


def steps(*rows: str) -> Files:
    return {"profiles/steps.toml": STEPS_PROFILE, "steps.csv": lines("Incident,Who,Mail,Step", *rows)}


def check_account(cohorts: Cohorts) -> None:
    """Every file's sum holds, and the records in use are those that its table still has."""
    records = cohorts.account.records
    assert not records.duplicated(["file", "row"]).any()
    for sums in cohorts.account.sums():
        parts = [sums["used"], *sums["set_aside"].values(), *sums["refused"].values()]
        assert sums["read"] == sum(parts), sums
    for name in ("responses", "requests", "tickets", "incidents"):
        table = cohorts.tables[name]
        here = records["file"].isin(table["file"]) & records["outcome"].eq("used")
        used = records.loc[here, ["file", "row"]].itertuples(index=False, name=None)
        assert set(used) == set(table[["file", "row"]].itertuples(index=False, name=None))


# --- as_of ----------------------------------------------------------------------------------------------


def test_what_began_after_as_of_in_local_time_is_set_aside_in_every_table(tmp_path: Path) -> None:
    last, after = "2024-12-31 14:59:59", "2024-12-31 15:00:00"  # UTC; midnight in Tokyo lies between
    everywhere = (TOML + SURVEY + BACKLOG + TICKETS + INCIDENTS).replace('timezone = "Asia/Tokyo"', "")
    zoned = everywhere.replace("\nfiles = ", '\ntimezone = "UTC"\nfiles = ') + STEPS_SOURCE
    files: Files = {
        "survey.csv": survey((last, "p2", "3"), (after, "p2", "3")),
        "backlog.csv": lines(
            BACKLOG_HEADER,
            backlog_row("A-1", created=last.replace("-", "/"), resolved=""),
            backlog_row("A-2", created=after.replace("-", "/"), resolved=""),
        ),
        "tickets.csv": lines(TICKETS_HEADER, f"T-1,葵,{last},,", f"T-2,葵,{after},,"),
        "pagerduty.csv": lines(PAGERDUTY_HEADER, f"1,{last},,aoi,試験 一", f"2,{after},,aoi,試験 一"),
        **steps("1,試験 二,,lead", "2,試験 二,,lead"),
    }
    cohorts = lay_out(tmp_path, zoned, files)
    told = cohorts.account.rows(values=True)
    assert [(row["file"], row["row"], row["reason"], row["value"]) for row in told] == [
        ("backlog.csv", 3, "after_as_of", "2025-01-01"),
        ("pagerduty.csv", 3, "after_as_of", "2025-01-01"),
        ("steps.csv", 3, "after_as_of", "2"),
        ("survey.csv", 3, "after_as_of", "2025-01-01"),
        ("tickets.csv", 3, "after_as_of", "2025-01-01"),
    ]
    tables = {name: table["row"].unique().tolist() for name, table in cohorts.tables.items()}
    filled = {name for name, rows in tables.items() if rows}
    assert filled == {"responses", "requests", "tickets", "incidents", "participation"}
    assert all(tables[name] == [2] for name in filled)
    check_account(cohorts)


def test_what_was_answered_or_resolved_after_as_of_is_open(tmp_path: Path) -> None:
    ends = ("2024-12-31 23:59:59", "2025-01-01 00:00:00")
    files: Files = {
        "backlog.csv": lines(
            BACKLOG_HEADER, *(backlog_row(f"A-{n}", resolved=end) for n, end in enumerate(ends))
        ),
        "tickets.csv": lines(
            TICKETS_HEADER, *(f"T-{n},葵,2024-02-01 10:00,{end}," for n, end in enumerate(ends))
        ),
        "pagerduty.csv": lines(
            PAGERDUTY_HEADER, *(f"{n},2024-02-01 10:00:00,{end},aoi," for n, end in enumerate(ends))
        ),
    }
    both = replace_once(BACKLOG, ('resolved = "完了日時"', 'resolved = "完了日時", answered = "完了日時"'))
    cohorts = lay_out(tmp_path, TOML + both + TICKETS + INCIDENTS, files)
    for name in ("requests", "tickets", "incidents"):
        assert cohorts.tables[name]["resolved"].isna().tolist() == [False, True]
    assert cohorts.tables["requests"]["answered"].isna().tolist() == [False, True]
    assert cohorts.gaps()["open_requests"] == 1
    assert (cohorts.account.rows(), warnings_of(cohorts)) == ([], {})


# --- requests -------------------------------------------------------------------------------------------


REQUESTERS: list[tuple[dict[str, str], str | None, str | None]] = [
    ({"team": "楓", "who": "試験 一"}, "p1", "kaede"),
    ({"who": "試験 一"}, "p1", "aoi"),
    ({"who": "誰か", "account": "p2@invented.example"}, "p2", "kaede"),
    ({"who": "試験 一", "account": "p2@invented.example"}, "p2", "kaede"),
    ({"who": "試験 一", "account": "sre-bot"}, "p1", "aoi"),
    ({"who": "窓口", "created": "2024/06/30 23:59:59"}, "p1", "aoi"),
    ({"who": "窓口", "created": "2024/07/01 00:00:00"}, "p2", "kaede"),
    ({"who": "試験 一", "created": "昨日"}, "p1", "aoi"),
    ({"who": "導き 手"}, "m1", "sre"),
    ({"who": "sre-bot"}, None, None),
    ({"who": "二人"}, None, None),
    ({"who": "誰か"}, None, None),
    ({"team": "旧窓口", "who": "誰か", "created": "2024/06/30 23:59:59"}, None, "aoi"),
    ({"team": "旧窓口", "who": "誰か", "created": "2024/07/01 00:00:00"}, None, "kaede"),
]
"""What a request says, and whose and of which team it is."""


def test_a_request_is_of_the_team_that_it_or_its_requester_means_on_its_day(tmp_path: Path) -> None:
    toml = declare(
        alias("窓口", "person", "p1", "", "2024-06-30"),
        alias("窓口", "person", "p2", "2024-07-01"),
        alias("旧窓口", "team", "aoi", "", "2024-06-30"),
        alias("旧窓口", "team", "kaede", "2024-07-01"),
        alias("二人", "person", "p1"),
        alias("二人", "person", "p2"),
        alias("sre-bot", "shared", "sre"),
    )
    rows = [
        backlog_row(f"A-{n}", **{"team": "", "resolved": "", **given})
        for n, (given, *_) in enumerate(REQUESTERS)
    ]
    cohorts = lay_out(tmp_path, toml + BACKLOG, {"backlog.csv": lines(BACKLOG_HEADER, *rows)})
    table = cohorts.tables["requests"][["requested_by", "team"]].astype(object)
    found = table.where(table.notna(), None).itertuples(index=False, name=None)
    cases = [given for given, *_ in REQUESTERS]
    assert list(zip(cases, found, strict=True)) == [(given, (who, team)) for given, who, team in REQUESTERS]
    assert cohorts.gaps()["requests_without_team"] == sum(team is None for *_, team in REQUESTERS)
    assert {row["outcome"] for row in cohorts.account.rows()} <= {"cell"}


@pytest.mark.parametrize(
    ("created", "team"), [("2024/06/28 23:59:59", "aoi"), ("2024/06/29 00:00:00", "kaede")]
)
def test_a_requester_who_moved_counts_for_the_team_they_were_in_then(
    tmp_path: Path, created: str, team: str
) -> None:
    toml = replace_once(
        TOML,
        ('name = "試験 一"\nteam = "aoi"', 'name = "試験 一"\nteam = "kaede"'),
        ('now = "home"', 'now = "elsewhere"\nnow_since = 2024-06-29'),
    )
    log = lines(BACKLOG_HEADER, backlog_row(created=created, team="", resolved=""))
    cohorts = lay_out(tmp_path, toml + BACKLOG, {"backlog.csv": log})
    assert cohorts.tables["requests"]["team"].tolist() == [team]


def test_records_that_name_a_team_of_nobody_here_are_set_aside_those_that_name_two_or_none_are_kept(
    tmp_path: Path,
) -> None:
    toml = declare(alias("両方", "team", "aoi"), alias("両方", "team", "kaede"))
    labels = ("葵", "よその部", "両方", "", "ＡＯＩ")
    requests = [backlog_row(f"A-{n}", team=label, who="誰か") for n, label in enumerate(labels)]
    tickets = [f"T-{n},{label},2024-02-01 10:00,," for n, label in enumerate(labels)]
    files: Files = {
        "backlog.csv": lines(BACKLOG_HEADER, *requests),
        "tickets.csv": lines(TICKETS_HEADER, *tickets),
    }
    cohorts = lay_out(tmp_path, toml + BACKLOG + TICKETS, files)
    for name in ("requests", "tickets"):
        assert cohorts.tables[name]["team"].fillna("").tolist() == ["aoi", "", "", "aoi"]
    told = [
        (row["file"], row["row"], row["reason"], row["value"]) for row in cohorts.account.rows(values=True)
    ]
    assert told == [(file, 3, "other_team", "よその部") for file in files]
    assert cohorts.gaps()["requests_without_team"] == 2
    check_account(cohorts)


def test_who_took_a_request_is_a_person_and_a_shared_account_is_warned_of(tmp_path: Path) -> None:
    rows = [backlog_row(f"A-{n}", doer=doer) for n, doer in enumerate(("導き 手", "sre-bot", "誰か", ""))]
    toml = declare(alias("sre-bot", "shared", "sre"))
    cohorts = lay_out(tmp_path, toml + BACKLOG, {"backlog.csv": lines(BACKLOG_HEADER, *rows)})
    assert cohorts.tables["requests"]["person"].fillna("").tolist() == ["m1", "", "", ""]
    assert warnings_of(cohorts) == {"shared_account": 1}


def test_a_request_in_two_trackers_is_one_and_the_copy_tells_only_what_the_original_lacks(
    tmp_path: Path,
) -> None:
    files: Files = {
        "backlog.csv": lines(
            BACKLOG_HEADER,
            backlog_row("A-1", resolved="", team="", who=""),
            backlog_row("A-2"),
            backlog_row("A-3"),
        ),
        "jira.csv": lines(
            JIRA_HEADER,
            "J-1,t,05/Mar/24 10:00 AM,06/Mar/24 10:00 AM,x,楓,A-1",
            "J-2,t,05/Mar/24 10:00 AM,07/Mar/24 10:00 AM,x,楓,A-2",
            "J-3,t,05/Mar/24 10:00 AM,,x,葵,A-9",  # what it was migrated from is in no export
            "J-4,t,05/Mar/24 10:00 AM,,x,葵,",
        ),
    }
    cohorts = lay_out(tmp_path, TOML + BACKLOG + JIRA, files)
    requests = cohorts.tables["requests"]
    done = requests["resolved"].dt.tz_convert("Asia/Tokyo").dt.strftime("%m-%d").fillna("")
    assert dict(zip(requests["id"], done, strict=True)) == {
        "A-1": "03-06",
        "A-2": "02-02",
        "A-3": "02-02",
        "J-3": "",
        "J-4": "",
    }
    assert requests["team"].tolist() == ["kaede", "aoi", "aoi", "aoi", "aoi"]
    assert requests["requester"].tolist() == ["x", "試験 一", "試験 一", "x", "x"]
    assert outcomes(cohorts) == [
        ("jira.csv", 2, "set_aside", "migrated_copy"),
        ("jira.csv", 3, "set_aside", "migrated_copy"),
    ]
    check_account(cohorts)


@pytest.mark.parametrize(
    ("night", "day", "warned"), [(13, 17, {"zone_looks_wrong": 30}), (12, 18, {}), (13, 16, {})]
)
def test_thirty_requests_made_mostly_at_night_look_like_a_wrong_zone(
    tmp_path: Path, night: int, day: int, warned: dict[str, int]
) -> None:
    hours = (
        ["07:59:59", "20:00:00"] * (night // 2)
        + ["00:00:00"] * (night % 2)
        + ["08:00:00", "19:59:59"] * (day // 2)
        + ["12:00:00"] * (day % 2)
    )
    rows = [backlog_row(f"A-{n}", created=f"2024/02/01 {hour}") for n, hour in enumerate(hours)]
    cohorts = lay_out(tmp_path, TOML + BACKLOG, {"backlog.csv": lines(BACKLOG_HEADER, *rows)})
    assert warnings_of(cohorts) == warned


# --- incidents ------------------------------------------------------------------------------------------


def test_an_incident_is_of_the_team_whose_service_it_names_or_everybodys(tmp_path: Path) -> None:
    toml = declare('[incidents]\nshared_services = ["共有DB"]\n', alias("api", "team", "kaede", "2024-07-01"))
    rows = [
        "1,2024-07-01 00:00:00,,api,",
        "2,2024-06-30 23:59:59,,api,",
        "3,2024-07-01 00:00:00,,共有DB,",
        "4,2024-07-01 00:00:00,,楓,",
    ]
    cohorts = lay_out(tmp_path, toml + INCIDENTS, {"pagerduty.csv": lines(PAGERDUTY_HEADER, *rows)})
    incidents = cohorts.tables["incidents"]
    assert incidents["team"].fillna("").tolist() == ["kaede", "", "", "kaede"]
    assert incidents["shared"].tolist() == [False, False, True, False]


def test_who_took_part_is_resolved_by_address_then_name_and_the_further_step_counts(tmp_path: Path) -> None:
    toml = declare(
        alias("はる", "person", "p1"),
        alias("はる", "person", "p2"),
        alias("当番", "person", "p1", "", "2024-06-30"),
        alias("当番", "person", "p2", "2024-07-01"),
        alias("sre-bot", "shared", "sre"),
    )
    files = steps(
        "1,試験 一,,lead",  # the incident's own record knows no step
        "1,はる,p2@invented.example,helper",
        "1,はる,,lead",
        "1,誰か,,observer",
        "2,当番,,helper",
        "2,試験 二,,observer",
        "2,導き 手,unknown@invented.example,",
        "2,sre-bot,,helper",
        "9,試験 一,,lead",  # no export holds the incident
    )
    files["pagerduty.csv"] = lines(
        PAGERDUTY_HEADER,
        '1,2024-06-30 23:59:59,,aoi,"試験 一,誰か"',
        '2,2024-07-01 00:00:00,,aoi,"当番,はる"',
    )
    cohorts = lay_out(tmp_path, toml + INCIDENTS + STEPS_SOURCE, files)
    table = cohorts.tables["participation"].astype(object)
    rows = table[["incident", "person", "name", "step"]].itertuples(index=False, name=None)
    assert sorted(tuple("" if pd.isna(cell) else cell for cell in row) for row in rows) == [
        ("1", "", "誰か", "observer"),
        ("1", "p1", "試験 一", "lead"),
        ("1", "p2", "はる", "helper"),
        ("2", "", "sre-bot", "helper"),
        ("2", "m1", "導き 手", ""),
        ("2", "p2", "当番", "helper"),
        ("9", "p1", "試験 一", "lead"),
    ]
    assert cohorts.gaps()["participations_without_step"] == 1
    (told,) = cohorts.account.rows(values=True)
    assert (told["file"], told["row"], told["reason"]) == ("steps.csv", 4, "ambiguous_person")
    assert (told["value"], told["next"]) == ("はる", "add to the alias sheet: はる,person,p1|p2,,")
    warned = {sums["file"]: sums["warnings"] for sums in cohorts.account.sums()}
    assert warned == {
        "pagerduty.csv": [
            {"code": "ambiguous_person", "n": 1, "rows": [3]},
            {"code": "unknown_person", "n": 1, "rows": [2]},
        ],
        "steps.csv": [{"code": "unknown_person", "n": 1, "rows": [5]}],
    }
    check_account(cohorts)


# --- answers --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "wave"),
    [
        ("2023/12/17", None),
        ("2023/12/18", "start"),
        ("2024/01/28", "start"),
        ("2024/02/04", "start"),  # in the window of the next wave, too, whose due date is farther
        ("2024/02/05", "middle"),
        ("2024/05/13", "middle"),
        ("2024/05/14", None),
        ("2024/06/07", "end"),
        ("2024/08/02", "end"),
        ("2024/08/03", None),
        ("2024/12/07", "after_6m"),
    ],
)
def test_an_answer_belongs_to_the_wave_whose_window_holds_its_day(
    tmp_path: Path, day: str, wave: str | None
) -> None:
    cohorts = lay_out(tmp_path, TOML + SURVEY, {"survey.csv": survey((f"{day} 00:00:00", "p1", "3"))})
    assert cohorts.tables["responses"]["wave"].tolist() == ([wave] if wave else [])
    coverage = cohorts.coverage
    assert coverage.loc[coverage["status"].eq("answered"), "wave"].tolist() == ([wave] if wave else [])
    told = [(row["reason"], row["value"]) for row in cohorts.account.rows(values=True)]
    assert told == ([] if wave else [("outside_window", day.replace("/", "-"))])


def test_an_answer_of_a_person_with_two_stays_belongs_to_the_nearer_due_date(tmp_path: Path) -> None:
    first = TOML[TOML.index('[[rotations]]\nperson = "p1"') : TOML.index('[[rotations]]\nperson = "p2"')]
    again = replace_once(
        first,
        ('cohort = "1"', 'cohort = "3"'),
        ("start = 2024-01-08", "start = 2024-07-22"),
        ("planned_end = 2024-06-28", "planned_end = 2024-12-20"),
        ("\nend = 2024-06-28", "\nend = 2024-12-20"),
    )
    answers = [(f"{day} 10:00:00", "p1", "3") for day in ("2024/07/10", "2024/07/11")]
    cohorts = lay_out(tmp_path, declare(again) + SURVEY, {"survey.csv": survey(*answers)})
    responses = cohorts.tables["responses"][["cohort", "wave"]]
    assert responses.to_numpy().tolist() == [["1", "end"], ["3", "start"]]
    coverage = cohorts.coverage[cohorts.coverage["status"].eq("answered")]
    assert coverage[["cohort", "wave"]].to_numpy().tolist() == [["1", "end"], ["3", "start"]]


@pytest.mark.parametrize(
    ("now", "as_of", "status"),
    [
        ('now = "home"', "2024-12-27", "not_yet_due"),
        ('now = "home"', "2024-12-28", "missing"),
        ('now = "left"\nnow_since = 2024-12-28', "2024-12-31", "cannot_be_asked"),
        ('now = "left"\nnow_since = 2024-12-29', "2024-12-31", "missing"),
        ('now = "left"\nnow_since = 2024-06-29', "2024-12-27", "cannot_be_asked"),
        ('now = "host"', "2024-12-31", "not_applicable"),
        ('now = "elsewhere"\nnow_since = 2024-06-29', "2024-12-31", "not_applicable"),
        ('now = "elsewhere"\nnow_since = 2024-07-01', "2024-12-31", "missing"),
    ],
)
def test_a_wave_after_the_stay_without_an_answer_says_why(
    tmp_path: Path, now: str, as_of: str, status: str
) -> None:
    toml = replace_once(TOML, ('now = "home"', now), ("as_of = 2024-12-31", f"as_of = {as_of}"))
    coverage = lay_out(tmp_path, toml).coverage.set_index(["person", "wave"])
    assert coverage.loc[("p1", "after_6m"), "status"] == status
    assert coverage.loc[("p1", ["start", "middle", "end"]), "status"].tolist() == ["missing"] * 3
    assert coverage.loc[("p2", "after_6m"), "status"] == "not_yet_due"


def test_each_questionnaire_of_a_wave_has_its_own_status(tmp_path: Path) -> None:
    """A round that asks two is answered by each apart; by default a round asks its rater's grid."""
    toml = replace_once(TOML, ('id = "end"', 'id = "end"\nasks = ["skill_self", "exit"]'))
    coverage = lay_out(
        tmp_path,
        toml + SURVEY,
        {"survey.csv": survey(("2024/06/27 10:00:00", "p1@invented.example", "3 定型なら一人でできる"))},
    ).coverage
    own = coverage[coverage["person"].eq("p1")].set_index(["wave", "instrument"])["status"]
    assert own.to_dict() == {
        ("start", "skill_self"): "missing",
        ("middle", "skill_self"): "missing",
        ("end", "skill_self"): "answered",
        ("end", "exit"): "missing",
        ("after_6m", "skill_self"): "missing",
    }


def test_every_record_of_a_survey_that_is_left_out_says_why(tmp_path: Path) -> None:
    toml = declare(alias("はる", "person", "p1"), alias("はる", "person", "p2"), alias("テスト", "test"))
    toml += SURVEY + MENTOR
    mentor_wave = '[[waves]]\nid = "end"\nrater = "mentor"\nanchor = "end"\nwindow = [-21, 35]\n'
    on = "2024/06/28 10:00:00"
    files: Files = {
        "survey1.csv": survey(
            (on, "p1@invented.example", "3"),
            ("2024/06/28 10:00:01", "p1@invented.example", "4"),
            (on, "はる", "3"),
            (on, "誰か", "3"),
            (on, "m1", "3"),
            (on, "テスト", "3"),
            ("2024/09/01 10:00:00", "p1", "3"),
            ("2025/01/01 00:00:00", "p1", "3"),
            ("", "p1", "3"),
        ),
        "survey2.csv": survey(("2024/06/28 10:00:01", "p1@invented.example", "4"), (on, "p2", "3")),
        "mentor.csv": lines(
            f"タイムスタンプ,メールアドレス,評価する参加者,{MENTOR_STEM} [OS・プロセス]",
            f"{on},m1@invented.example,試験 一,3",
            f"{on},テスト,試験 一,5",
            f"{on},m1@invented.example,,5",
        ),
    }
    cohorts = lay_out(tmp_path, declare(mentor_wave, toml=toml), files)
    told = cohorts.account.rows(values=True)
    assert [(row["file"], row["row"], row["reason"], row["value"]) for row in told] == [
        ("mentor.csv", 3, "test_answer", "試験 一"),
        ("mentor.csv", 4, "not_in_roster", ""),
        ("survey1.csv", 2, "superseded", "p1@invented.example"),
        ("survey1.csv", 4, "ambiguous_person", "はる"),
        ("survey1.csv", 5, "not_in_roster", "誰か"),
        ("survey1.csv", 6, "not_in_roster", "m1"),
        ("survey1.csv", 7, "test_answer", "テスト"),
        ("survey1.csv", 8, "outside_window", "2024-09-01"),
        ("survey1.csv", 9, "after_as_of", "2025-01-01"),
        ("survey1.csv", 10, "outside_window", ""),
        ("survey2.csv", 2, "duplicate_row", "p1@invented.example"),
        ("survey2.csv", 3, "outside_window", "2024-06-28"),
    ]
    assert [row["next"] for row in told if row["value"] in ("はる", "誰か")] == [
        "add to the alias sheet: はる,person,p1|p2,,",
        "add to the alias sheet: 誰か,person,<id>,,",
    ]
    responses = cohorts.tables["responses"]
    levels = responses[["person", "rater", "cohort", "wave", "level"]].itertuples(index=False, name=None)
    assert list(levels) == [("p1", "self", "1", "end", 4), ("p1", "mentor", "1", "end", 3)]
    check_account(cohorts)


@pytest.mark.parametrize(
    ("cells", "odd"),
    [
        (("3", "できる"), 1),
        (("できる", "できる"), 1),
        (("3", "機会なし"), 0),
        (("機会なし", ""), 0),
        (("", "十"), 0),
    ],
)
def test_an_answer_is_on_another_scale_only_where_it_names_a_level_of_one(
    tmp_path: Path, cells: tuple[str, str], odd: int
) -> None:
    toml = declare('[[scales]]\nid = "old"\nlabels = ["できない", "できる"]\n') + SURVEY
    skills = [f"{STEM} [{skill}]" for skill in ("OS・プロセス", "データベース")]
    header = ",".join(("タイムスタンプ", "メールアドレス", *skills))
    text = lines(header, ",".join(("2024/06/28 10:00:00", "p1", *cells)))
    cohorts = lay_out(tmp_path, toml, {"survey.csv": text})
    assert cohorts.coverage["status"].eq("answered").sum() == 1
    assert cohorts.gaps()["answers_on_another_scale"] == odd


def test_requests_of_bots_and_tests_are_set_aside(tmp_path: Path) -> None:
    toml = declare(alias("キッチンBot", "bot"), alias("試し 太郎", "test")) + BACKLOG
    rows = [
        backlog_row("A-1", who="キッチンBot"),
        backlog_row("A-2", who="試し 太郎"),
        backlog_row("A-3"),
    ]
    cohorts = lay_out(tmp_path, toml, {"backlog.csv": lines(BACKLOG_HEADER, *rows)})
    told = [(row["row"], row["reason"]) for row in cohorts.account.rows()]
    assert told == [(2, "bot"), (3, "test_answer")]
    assert cohorts.tables["requests"]["id"].tolist() == ["A-3"]


def test_a_service_of_no_team_is_told(tmp_path: Path) -> None:
    files: Files = {"pagerduty.csv": lines(PAGERDUTY_HEADER, "1,2024-03-01 10:00,,nobodys-api,")}
    cohorts = lay_out(tmp_path, TOML + INCIDENTS, files)
    assert warnings_of(cohorts) == {"unknown_service": 1}
