"""Who and which team stand behind records of tools and sheets, and which of these records fall out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd

from rotation_analysis.cohorts.cohort import Cohorts
from tests.small_programme import (
    BACKLOG,
    BACKLOG_HEADER,
    TOML,
    alias,
    backlog_row,
    declare,
    lay_out,
    lines,
)


def source(file: str, **keys: str) -> str:
    told = "".join(f'{key} = "{value}"\n' for key, value in keys.items())
    return f'\n[[sources]]\nname = "{file}"\nfiles = ["{file}"]\n{told}'


def fallen(cohorts: Cohorts) -> list[tuple[str, int, str]]:
    rows = cohorts.account.rows()
    return [(row["file"], row["row"], row["reason"]) for row in rows if row["outcome"] != "cell"]


def column(cohorts: Cohorts, table: str, name: str) -> list[Any]:
    values = cohorts.tables[table][name].astype(object)
    return values.where(values.notna(), None).tolist()


# --- accounts of tools -----------------------------------------------------------------------------------


def pagerduty(number: int, *acknowledgers: tuple[str, str]) -> dict[str, Any]:
    people = [
        {"at": "2024-03-01T01:05:00Z", "acknowledger": {"id": id_, "type": "user_reference", "summary": name}}
        for id_, name in acknowledgers
    ]
    return {
        "incident_number": number,
        "id": f"Q{number}",
        "title": "t",
        "status": "acknowledged",
        "urgency": "high",
        "created_at": "2024-03-01T01:00:00Z",
        "resolved_at": None,
        "service": {"id": "S", "summary": "aoi", "type": "service_reference"},
        "assignments": [],
        "acknowledgements": people,
    }


def opsgenie_user(id_: str, mail: str, name: str) -> dict[str, Any]:
    return {"id": id_, "username": mail, "fullName": name, "timeZone": "Asia/Tokyo", "blocked": False}


def test_an_opaque_id_is_the_person_whose_address_the_tool_s_account_has(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "incidents.json": json.dumps([pagerduty(1, ("U1", "Nickname"), ("U2", "Someone"))]),
        "users.json": json.dumps(
            [
                opsgenie_user("U1", "p1@invented.example", "x"),
                opsgenie_user("U2", "else@invented.example", "y"),
            ]
        ),
    }
    cohorts = lay_out(tmp_path, TOML + source("incidents.json") + source("users.json"), files)
    found = zip(
        column(cohorts, "participation", "account"), column(cohorts, "participation", "person"), strict=True
    )
    assert dict(found) == {"U1": "p1", "U2": None}
    (warning,) = [w for file in cohorts.account.sums() for w in file["warnings"]]
    assert warning == {"code": "unknown_person", "n": 1, "rows": [1]}


def test_an_alias_of_an_id_decides_over_what_the_tool_says_of_its_account(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "incidents.json": json.dumps([pagerduty(1, ("U1", "Nickname"))]),
        "users.json": json.dumps([opsgenie_user("U1", "p1@invented.example", "x")]),
    }
    toml = declare(alias("U1", "person", "p2")) + source("incidents.json") + source("users.json")
    assert column(lay_out(tmp_path, toml, files), "participation", "person") == ["p2"]


def test_who_took_a_request_is_told_by_the_tracker_s_id_before_the_name(tmp_path: Path) -> None:
    toml = declare(alias("77", "person", "p2")) + BACKLOG
    header = f"{BACKLOG_HEADER},担当者ID"
    rows = [f"{backlog_row('A-1', doer='試験 一')},77", f"{backlog_row('A-2', doer='試験 一')},"]
    cohorts = lay_out(tmp_path, toml, {"backlog.csv": lines(header, *rows)})
    assert column(cohorts, "requests", "person") == ["p2", "p1"]


# --- changes ---------------------------------------------------------------------------------------------


def pull(number: int, login: str, *, created: str = "2024-03-01T01:00:00Z", bot: bool = False) -> Any:
    review = {"author": {"login": "x"}, "state": "APPROVED", "submittedAt": "2024-03-02T01:00:00Z"}
    return {
        "number": number,
        "title": "t",
        "author": {"login": login, "is_bot": bot, "name": ""},
        "createdAt": created,
        "mergedAt": "2025-02-01T00:00:00Z",
        "closedAt": None,
        "state": "MERGED",
        "reviews": [review],
        "url": f"https://github.com/invented/infra/pull/{number}",
    }


def test_changes_have_author_team_and_day_and_those_of_bots_and_later_days_fall_out_with_their_reviews(
    tmp_path: Path,
) -> None:
    pulls = [
        pull(1, "one"),
        pull(2, "aoi-dev"),
        pull(3, "nobody"),
        pull(4, "app/renovate", bot=True),
        pull(5, "ci-account"),
        pull(6, "one", created="2025-03-01T00:00:00Z"),
    ]
    aliases = (alias("one", "person", "p1"), alias("aoi-dev", "team", "aoi"), alias("ci-account", "bot"))
    toml = declare(*aliases) + source("pulls.json")
    cohorts = lay_out(tmp_path, toml, {"pulls.json": json.dumps(pulls)})
    assert fallen(cohorts) == [
        ("pulls.json", 4, "bot"),
        ("pulls.json", 5, "bot"),
        ("pulls.json", 6, "after_as_of"),
    ]
    assert column(cohorts, "changes", "person") == ["p1", None, None]
    assert column(cohorts, "changes", "team") == ["aoi", "aoi", None]
    assert column(cohorts, "changes", "merged") == [None] * 3  # merged after as_of: not yet
    assert column(cohorts, "reviews", "change") == ["1", "2", "3"]


AREAS: list[tuple[list[str], str | None]] = [
    (["aoi"], "aoi"),
    (["bug", "area/team/葵"], "aoi"),
    (["Team: AOI", "team::葵"], "aoi"),  # one team, named twice
    (["team/aoi", "team/kaede"], None),
    (["bug"], None),
    ([], None),
    (["web, phone: aoi"], "aoi"),
    (["app/aoi"], "kaede"),  # a label that is an alias as it stands
    (["team/past"], None),  # an alias of other days
]
"""A change's labels, and the team that they name."""


def test_the_area_of_a_change_is_the_one_team_that_its_labels_name(tmp_path: Path) -> None:
    pulls = [
        pull(n, "one") | {"labels": [{"name": label} for label in labels]}
        for n, (labels, _) in enumerate(AREAS, start=1)
    ]
    past = '[[aliases]]\ntext = "past"\nkind = "team"\nid = "aoi"\nvalid_until = 2023-12-31\n\n'
    toml = declare(alias("app/aoi", "team", "kaede"), past) + source("pulls.json")
    cohorts = lay_out(tmp_path, toml, {"pulls.json": json.dumps(pulls)})
    assert column(cohorts, "changes", "area") == [", ".join(labels) or None for labels, _ in AREAS]
    assert list(zip(AREAS, column(cohorts, "changes", "area_team"), strict=True)) == [
        (case, case[1]) for case in AREAS
    ]


# --- sheets of people's days -------------------------------------------------------------------------------


def test_days_of_participants_are_kept_within_their_stays(tmp_path: Path) -> None:
    rows = [
        "試験 一,2024-02-05,4",
        "p1,2023-01-09,4",
        "見知らぬ 人,2024-02-05,4",
        "m1,2024-02-05,4",
        "試験 一,2025-02-03,4",
        "試し,2024-02-05,4",
    ]
    toml = declare(alias("試し", "test")) + source("hours.csv")
    cohorts = lay_out(tmp_path, toml, {"hours.csv": lines("氏名,週,依頼対応", *rows)})
    assert fallen(cohorts) == [
        ("hours.csv", 3, "outside_window"),
        ("hours.csv", 4, "not_in_roster"),
        ("hours.csv", 5, "not_in_roster"),
        ("hours.csv", 6, "after_as_of"),
        ("hours.csv", 7, "test_answer"),
    ]
    assert column(cohorts, "time_use", "person") == ["p1"]


def test_whoever_was_notified_is_kept_and_who_is_nobody_or_two_people_is_told(tmp_path: Path) -> None:
    rows = [
        "試験 一,2024-03-01 02:00,電話,1",
        "m1,2024-02-29 16:00,電話,",  # of the host team, and in no stay
        "誰か,2024-03-01 02:00,電話,1",
        "当番,2024-03-01 02:00,電話,1",
        "同名,2024-03-01 02:00,電話,1",
        "監視,2024-03-01 02:00,電話,1",
        "試し,2024-03-01 02:00,電話,1",
        "試験 一,2024-12-31 15:30,電話,2",  # 00:30 of the next day in Tokyo
        "試験 一,きのう,電話,3",
    ]
    aliases = (
        alias("当番", "shared", "sre"),
        alias("同名", "person", "p1"),
        alias("同名", "person", "p2"),
        alias("監視", "bot"),
        alias("試し", "test"),
    )
    toml = declare(*aliases) + source("calls.csv") + 'timezone = "UTC"\n'
    cohorts = lay_out(tmp_path, toml, {"calls.csv": lines("氏名,通知日時,経路,障害番号", *rows)})
    assert fallen(cohorts) == [
        ("calls.csv", 6, "ambiguous_person"),
        ("calls.csv", 7, "bot"),
        ("calls.csv", 8, "test_answer"),
        ("calls.csv", 9, "after_as_of"),
    ]
    assert column(cohorts, "notifications", "person") == ["p1", "m1", None, None, "p1"]
    days = [pd.Timestamp(2024, 3, 1)] * 4
    assert column(cohorts, "notifications", "day") == [*days, None]
    (file,) = cohorts.account.sums()
    assert file["warnings"] == [
        {"code": "shared_account", "n": 1, "rows": [5]},
        {"code": "unknown_person", "n": 1, "rows": [4]},
    ]
    (told,) = [row for row in cohorts.account.rows(values=True) if row["reason"] == "ambiguous_person"]
    assert told["value"] == "同名"
    assert "p1" in told["next"]


def test_lists_have_the_day_their_source_declares_and_one_taken_after_as_of_falls_out(tmp_path: Path) -> None:
    monitor = {"id": 1, "name": "n", "type": "t", "query": "q", "created": "2024-01-05T00:00:00Z"}
    files: dict[str, str | bytes] = {name: json.dumps([monitor]) for name in ("1.json", "2.json", "3.json")}
    files["3.json"] = json.dumps([monitor, {**monitor, "id": 2}])
    # what did not change between two days is no copy of a file
    days = {"1.json": "2024-01-08", "2.json": "2024-06-28", "3.json": "2024-09-30", "4.json": "2025-01-06"}
    files["4.json"] = files["1.json"]
    sources = (source(name) + f"listed = {taken}\n" for name, taken in days.items())
    cohorts = lay_out(tmp_path, "".join((TOML, *sources)), files)
    taken = zip(column(cohorts, "monitors", "id"), column(cohorts, "monitors", "listed"), strict=True)
    listed = [(str(id_), str(day.date())) for id_, day in taken]
    assert listed == [
        ("1", days["1.json"]),
        ("1", days["2.json"]),
        ("1", days["3.json"]),
        ("2", days["3.json"]),
    ]
    assert fallen(cohorts) == [("4.json", 1, "after_as_of")]
    assert cohorts.tables["dashboards"].empty


def test_a_list_of_no_declared_day_is_used_once_with_a_warning(tmp_path: Path) -> None:
    monitor = {"id": 1, "name": "n", "type": "t", "query": "q"}
    newer = [{**monitor, "name": "renamed"}, {**monitor, "id": 2}]
    files: dict[str, str | bytes] = {"1.json": json.dumps([monitor]), "2.json": json.dumps(newer)}
    cohorts = lay_out(tmp_path, TOML + source("1.json") + source("2.json"), files)
    assert column(cohorts, "monitors", "name") == ["renamed", "n"]
    assert column(cohorts, "monitors", "listed") == [None, None]
    assert fallen(cohorts) == [("1.json", 1, "superseded")]
    told = {file["file"]: file["warnings"] for file in cohorts.account.sums()}
    assert told["2.json"] == [{"code": "undated_list", "n": 2}]


def test_improvements_need_no_participant_and_sessions_and_alerts_end_with_as_of(tmp_path: Path) -> None:
    alert = {
        "id": "a1",
        "tinyId": "1",
        "message": "m",
        "acknowledged": False,
        "createdAt": "2024-03-01T01:00:00Z",
        "status": "open",
        "owner": "",
        "priority": "P1",
    }
    later = {**alert, "id": "a2", "tinyId": "2", "createdAt": "2025-03-01T01:00:00Z"}
    files: dict[str, str | bytes] = {
        "done.csv": lines("番号,氏名,完了日,種類", "1,m1,2024-02-05,監視", "2,,2024-02-06,費用"),
        "talks.csv": lines("番号,開催日,参加人数", "1,2024-02-05,8", "2,2025-02-05,9"),
        "alerts.json": json.dumps([alert, later]),
    }
    toml = TOML + source("done.csv") + source("talks.csv") + source("alerts.json")
    cohorts = lay_out(tmp_path, toml, files)
    assert column(cohorts, "improvements", "person") == ["m1", None]
    assert column(cohorts, "study_sessions", "attendees") == [8.0]
    assert column(cohorts, "alerts", "id") == ["a1"]
    assert fallen(cohorts) == [("alerts.json", 2, "after_as_of"), ("talks.csv", 3, "after_as_of")]
