"""A programme begun by `init` and filled in by hand: rows typed into its own sheets, nothing else."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from xlsxwriter import Workbook

from rotation_analysis.files.records import read_records
from rotation_analysis.starter.init import start_programme

Row = Mapping[str, str]
DAY = date(2025, 2, 10)
P01, P02, MENTOR = "p01@invented.example", "p02@invented.example", "m01@invented.example"
MANAGER = "b01@invented.example"
TEAMS = (
    {"id": "aoi", "ja": "葵", "en": "Aoi", "size": "6"},
    {"id": "kaede", "ja": "楓", "en": "Kaede", "size": "7"},
    {"id": "momiji", "ja": "紅葉", "en": "Momiji", "size": "5"},
)
PEOPLE = (
    {"id": "p01", "name": "試験 一", "team": "aoi", "mail": P01},
    {"id": "p02", "name": "試験 二", "team": "kaede", "mail": P02},
    {"id": "m01", "name": "導き 手", "team": "sre", "mail": MENTOR},
    {"id": "b01", "name": "上長 一", "team": "aoi", "mail": MANAGER},
)
STAYS = (
    {
        "person": "p01",
        "cohort": "1",
        "home_team": "aoi",
        "host_team": "sre",
        "start": "2024/1/9",  # as Excel rewrites a day that was typed
        "planned_end": "2024/6/28",
        "end": "2024/6/28",
        "ending": "as_planned",
        "now": "home",
        "mentor": "m01",
    },
    {
        "person": "p02",
        "cohort": "2",
        "home_team": "kaede",
        "host_team": "sre",
        "start": "2024-10-01",
        "planned_end": "2025-04-30",
        "ending": "running",
        "now": "host",
        "mentor": "m01",
    },
)
CONSENTS = tuple(
    {"person": person, "kind": kind, "audience": "owner", "given": "2024-01-05"}
    for person in ("p01", "p02")
    for kind in ("skills", "incidents", "strain", "time", "quotes")
)
NOW = "次の仕事について、いまの自分に最も近いものを選んでください(機会がなかったものは「機会なし」)"
THEN = "いまの物差しで、留学を始める前の自分を評価するとどれに近いですか"
SKILLS = ("OS・プロセス", "データベース", "監視・可観測性")
"""The rows of the grid that are answered; the others have no chance."""


def rate(mail: str, at: str, *levels: str, question: str = "{}", **more: str) -> Row:
    """One answered grid: who, when, a level for each of `SKILLS`, and what else was typed."""
    grid = {question.format(skill): level for skill, level in zip(SKILLS, levels, strict=True)}
    return {"完了時刻": at, "メール": mail, **grid, **more}


def rate_now(mail: str, at: str, *levels: str) -> Row:
    """A self-rating."""
    return rate(mail, at, *levels, question=f"{NOW} [{{}}]")


TYPED: Mapping[str, Sequence[Row]] = {
    "sheets/teams.csv": TEAMS,
    "sheets/people.csv": PEOPLE,
    "sheets/rotations.csv": STAYS,
    "sheets/consents.csv": CONSENTS,
    "sheets/events.csv": ({"date": "2024/4/1", "ja": "申請の窓口を作った", "en": "A portal for requests"},),
    "sheets/leave.csv": ({"person": "p01", "first": "2024/5/7", "last": "2024/5/8"},),
    "answers/skill_self/skill_self.xlsx": (
        rate_now(P01, "2024-01-10 10:00", "2 支援があればできる", "1", "機会なし"),
        rate_now(P01, "2024-12-20 10:00", "3", "4", "4"),
        rate_now(P02, "2024-10-02", "3", "2", "1"),
    ),
    "answers/skill_self/skill_self_end.xlsx": (
        {
            **rate_now(P01, "2024-06-27 18:00", "4 非定型でも判断できる", "3", "3"),
            f"{THEN} [{SKILLS[0]}]": "1 これから",
            "この期間で一番印象に残った仕事": "監視の設計",
        },
    ),
    "answers/skill_mentor/skill_mentor.xlsx": (
        rate(MENTOR, "2024-02-06 10:00", "2", "2", "見ていない", 評価する参加者="試験 一"),
        rate(MENTOR, "2024-06-28 10:00", "3", "3", "3", 評価する参加者="試験 一"),
    ),
    "answers/pulse/pulse.xlsx": (
        {
            "完了時刻": "2024/02/05 09:30",
            "メール": P01,
            "対象期間": "2024/01/22〜2024/02/04",
            "この2週間の仕事は、自分にとってどの状態が多かったですか": "背伸びして学べた",
            "疲れが翌朝まで残った": "ときどき",
        },
    ),
    "answers/host/host.xlsx": (
        {
            "完了時刻": "2024-02-15 10:00",
            "先週、留学生に教える・見る・直すのに使った時間(時間)": "2〜3",
            "次の期も受け入れたい": "そう思う",
        },
    ),
    "answers/manager/manager.xlsx": (
        {"完了時刻": "2024-06-28", "メール": MANAGER, "参加者": "試験 一", "送り出した価値があった": "4"},
    ),
    "answers/home/home.xlsx": (
        {
            "完了時刻": "2024-06-20 10:00",
            "所属チームを選んでください": "葵",
            "チーム内に、インフラのことを聞ける人がいる": "そう思う",
        },
    ),
    "answers/exit/exit.xlsx": (
        {"完了時刻": "2024-06-27 18:30", "メール": P01, "期間の長さ": "ちょうどよい"},
    ),
    "answers/followup/followup.xlsx": (
        {"完了時刻": "2024-09-30 10:00", "メール": P01, "学んだことを使った頻度": "月に数回"},
    ),
    "records/requests/typed.csv": (
        {
            "依頼番号": "R-1",
            "依頼日時": "2024/2/1 10:00",
            "完了日時": "2024/2/1 16:00",
            "依頼の種類": "相談",
            "依頼元チーム": "葵",
            "担当者": "試験 一",
            "件名": "接続数の上限",
        },
        {"依頼番号": "R-2", "依頼日時": "2024-03-04", "依頼の種類": "作業依頼", "依頼元チーム": "紅葉"},
    ),
    "records/tickets/typed.csv": (
        {"チケット": "T-1", "起票日時": "2024/2/5 10:00", "チーム": "葵", "解決のしかた": "自チームのみ"},
    ),
    "records/incidents/typed.csv": (
        {"障害番号": "I-1", "発生日時": "2024/3/1 10:00", "復旧日時": "2024/3/1 11:30", "サービス": "葵"},
    ),
    "records/participation/typed.csv": ({"障害番号": "I-1", "氏名": "試験 一", "役割": "補助"},),
    "records/notifications/typed.csv": (
        {"氏名": "試験 一", "通知日時": "2024/3/1 10:01", "経路": "電話", "障害番号": "I-1"},
    ),
    "records/time_use/typed.csv": (
        {"氏名": "試験 一", "週": "2024/2/5", "依頼対応": "18", "改善": "10時間", "学習": "6"},
    ),
    "records/one_to_ones/typed.csv": (
        {
            "氏名": "試験 一",
            "日付": "2024/2/7",
            "相手": "導き 手",
            "予定": "はい",
            "実施": "はい",
            "分": "30",
        },
    ),
    "records/improvements/typed.csv": (
        {"番号": "1", "氏名": "試験 一", "完了日": "2024/5/20", "種類": "監視", "内容": "通知の見直し"},
    ),
    "records/study_sessions/typed.csv": (
        {
            "番号": "1",
            "開催日": "2024/6/12",
            "題名": "障害のふりかえり",
            "発表者": "試験 一",
            "参加人数": "12",
        },
    ),
}
"""Every sheet that is typed into → its rows, by the headers that the starter wrote."""


def begin(folder: Path, *, language: str = "ja") -> Path:
    """A programme as `init` leaves it."""
    start_programme(folder, day=DAY, language=language)
    return folder


def fill(folder: Path, typed: Mapping[str, Sequence[Row]] = TYPED) -> Path:
    """The programme with rows typed into its sheets, below the headers that are there."""
    for name, rows in typed.items():
        header = read_records(folder / name, name=name, may_be_empty=True).header
        missing = {column for row in rows for column in row} - set(header)
        assert not missing, f"{name} has no columns {missing}, but {header}"
        cells = [[row.get(column, "") for column in header] for row in rows]
        write = _type_workbook if name.endswith(".xlsx") else _type_csv
        write(folder / name, header, cells)
    return folder


def _type_csv(path: Path, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """As an editor does that leaves the first lines as they are."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    path.write_bytes(path.read_bytes() + text.getvalue().encode("utf-8"))


def _type_workbook(path: Path, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """As a spreadsheet program that writes the whole sheet again."""
    with Workbook(path) as workbook:
        sheet = workbook.add_worksheet()
        for number, row in enumerate((header, *rows)):
            sheet.write_row(number, 0, row)
