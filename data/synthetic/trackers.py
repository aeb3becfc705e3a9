"""Requests to SRE as Backlog and Jira hold them, and the home teams' own tickets, with their planted mess."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from .company import BOT, opaque_id, team_label, tracker_name
from .dialects import Row, excel_time, jira_time, sheet_time
from .planted import OUTSIDE, TRACKER_MOVES, Mess, stream
from .world import World

KIND_LABELS = {
    "consult": ("相談",), "review": ("レビュー依頼",), "incident_help": ("障害支援",),
    "access": ("権限申請",), "work": ("作業依頼", "作業", "依頼(作業)", "task"),
}  # fmt: skip
WORK_SPELLINGS = (0.55, 0.20, 0.15, 0.10)
TEAM_STYLES, TEAM_STYLE_SHARES = ("ja", "en", "slug", "kana"), (0.70, 0.10, 0.12, 0.08)
SUBJECTS = {
    "consult": ("アラートのしきい値について", "キャッシュの持ち方について", "夜間バッチの所要時間について",
                "索引の張り方の相談", "構成の選び方: 2案の比較"),
    "review": ("構成コードの差分を見てください", "監視設定の変更レビュー", "切り戻し手順のレビュー",
               "移行計画のレビュー(①〜③)"),
    "work": ("検証環境のDBを増強したい", "キューの追加をお願いします", "証明書の更新", "ログ保存期間の変更",
             "バッチ用インスタンスの作成", "名前解決の登録, 2件"),
    "access": ("踏み台への権限付与", "本番DBの参照権限", "新しい端末の登録"),
    "incident_help": ("障害の切り分けを手伝ってください", "応答が遅い: 調査の支援"),
}  # fmt: skip
DETAILS = (
    "背景は別紙のとおりです。",
    "① 対象: 予約の検索\n② 希望日: 今週中〜来週前半\n③ 影響: 検証環境のみ",
    "手元では再現しました。\n「応答なし」の回数, 時刻はログにあります。",
    "急ぎません。手の空いたときにお願いします。",
    '画面の表示は "timeout" です。\n\n再実行で直ることもあります。',
    "",
)
# what a request is filed under (Backlog's category, Jira's component), and how often of a hundred
TOPICS = {
    "consult": {"アラートのしきい値": 30, "キャッシュ": 13, "夜間バッチ": 12, "索引": 11, "構成の選び方": 10,
                "ログの形式": 8, "負荷試験": 6, "タイムアウト": 4, "文字コード": 2, "時刻の扱い": 2,
                "画像の配信": 1, "検索の辞書": 1},
    "review": {"構成コード": 45, "監視設定": 25, "切り戻し手順": 15, "移行計画": 15},
    "work": {"データベース": 25, "キュー": 20, "証明書": 15, "ログ保存": 15, "バッチ": 15, "名前解決": 10},
    "access": {"踏み台": 50, "本番DB": 35, "端末": 15},
    "incident_help": {"障害": 100},
}  # fmt: skip
UNFILED = 0.08  # without a topic
CATEGORIES = 5
GIVEN_UP = "別の方法で解決しました。取り下げます。"
REPLIES = ("確認します。", "対応しました。ご確認ください。", "手順を書きました; 次回は試してみてください。")
HOW_LABELS = {
    "alone": "自チームのみ",
    "review": "レビューのみ",
    "consult": "相談して解決",
    "sre": "SREが実施",
}
STOPS_LABELLING = ("tsubaki", np.datetime64("2023-10-02"))

BACKLOG_COLUMNS = (
    "ID,プロジェクトID,プロジェクト名,キーID,キー,種別ID,種別,カテゴリーID,カテゴリー名,バージョンID,バージョン,"
    "件名,詳細,状態ID,状態,優先度ID,優先度,マイルストーンID,マイルストーン,完了理由ID,完了理由,担当者ID,担当者,"
    "登録者ID,登録者,登録日,親課題キー,開始日,期限日,予定時間,実績時間,更新者ID,更新者,更新日,添付ファイル,"
    "共有ファイル,依頼区分,依頼元チーム,SREのみ可,初回回答日時,完了日時,コメント1,コメント2"
)
BACKLOG_HEADER = BACKLOG_COLUMNS.split(",")
JIRA_COLUMNS = (
    "Summary|Issue key|Issue id|Issue Type|Status|Project key|Project name|Project type|Project lead|"
    "Project lead id|Project description|Priority|Resolution|Assignee|Assignee Id|Reporter|Reporter Id|"
    "Creator|Creator Id|Created|Updated|Last Viewed|Resolved|Due date|Votes|Labels|Labels|Description|"
    "Environment|Components|Watchers|Watchers|Watchers Id|Watchers Id|Original estimate|Remaining Estimate|"
    "Time Spent|Work Ratio|Σ Original Estimate|Σ Remaining Estimate|Σ Time Spent|Security Level|"
    "Attachment|Custom field (Backlog key)|Custom field (First response)|Custom field (Rank)|"
    "Custom field (Request kind)|Custom field (Requesting team)|Custom field (SRE only)|Sprint|Sprint|"
    "Comment|Comment|Status Category|Status Category Changed"
)
JIRA_HEADER = JIRA_COLUMNS.split("|")
PROJECTS = {"SREQ": "SRE依頼", "SREP": "SRE依頼(試行)"}
JIRA_CONSTANTS = {
    "Issue Type": "Task", "Project type": "software", "Project lead": tracker_name("sre01"),
    "Project lead id": opaque_id(tracker_name("sre01")), "Priority": "Medium", "Votes": "0",
}  # fmt: skip
TICKET_HEADER = ("チケット", "チーム", "起票日時", "完了日時", "件名", "ラベル", "解決のしかた", "SREのみ可")


def label_requests(world: World) -> pd.DataFrame:
    """The requests as people typed them in: `tracker`, `key`, `kind_label`, `team_label`, `account`, texts.

    The mess is planted here, in exact counts over both trackers together.
    """
    random, mess = stream(world.seed, "labels"), world.scenario.mess
    rows = world.requests.copy()
    pool = random.permutation(np.flatnonzero(~rows["migrated"] & (rows["team"] != OUTSIDE)))
    plain_work = (rows["kind"] == "work") & ~rows["bound"]
    mislabelled = [row for row in pool if plain_work.iloc[row]][: mess.mislabelled]
    pool = pool[~np.isin(pool, mislabelled)]
    blank = pool[: round(mess.blank_kind * len(rows))]
    pool = pool[len(blank) :]
    kind = pick(random, rows["kind"].map(lambda kind: KIND_LABELS[kind]), WORK_SPELLINGS)
    kind[mislabelled] = KIND_LABELS["consult"][0]
    kind[blank] = ""
    account = rows["assignee"].map(tracker_name).to_numpy(dtype=object)
    account[pool[: mess.bot]] = BOT
    rows = rows.assign(kind_label=kind, account=account, tracker="jira")
    rows.loc[rows["created"].to_numpy() < TRACKER_MOVES, "tracker"] = "backlog"
    rows = close_before_created(rows, pool[mess.bot :], mess.closed_before_created)
    styles = random.choice(TEAM_STYLES, len(rows), p=TEAM_STYLE_SHARES)
    days = rows["created"].dt.strftime("%Y-%m-%d")
    rows["team_label"] = [team_label(*cells) for cells in zip(rows["team"], days, styles, strict=True)]
    rows["subject"] = pick(random, rows["kind"].map(lambda kind: SUBJECTS[kind]))
    rows["details"] = np.array(DETAILS, dtype=object)[random.randint(0, len(DETAILS), len(rows))]
    rows["reply"] = np.array(REPLIES, dtype=object)[random.randint(0, len(REPLIES), len(rows))]
    rows["category"] = random.randint(0, CATEGORIES, len(rows))
    rows["reporter"] = [
        f"{team}-dev{n}" for team, n in zip(rows["team"], random.randint(1, 5, len(rows)), strict=True)
    ]
    rows = rows.assign(
        topic=file_topics(world.seed, rows), cancelled=choose_cancelled(world.seed, rows, mess)
    )
    return number_requests(rows, choose_utc(random, rows, mess.in_utc))


def file_topics(seed: int, rows: pd.DataFrame) -> np.ndarray:
    """What each request is filed under, "" where nobody filed it."""
    random = stream(seed, "topics")
    luck, filed = random.random_sample(len(rows)), random.random_sample(len(rows)) >= UNFILED
    bounds = {kind: np.cumsum([*shares.values()]) / sum(shares.values()) for kind, shares in TOPICS.items()}
    words = {kind: [*shares] for kind, shares in TOPICS.items()}
    picked = [
        words[kind][int(np.searchsorted(bounds[kind], u, side="right"))]
        for kind, u in zip(rows["kind"], luck, strict=True)
    ]
    return np.where(filed, np.array(picked, dtype=object), "")


def choose_cancelled(seed: int, rows: pd.DataFrame, mess: Mess) -> np.ndarray:
    """Which closed requests were given up, not done: as many in either tracker."""
    closed = (
        rows["completed"].notna()
        & ~rows["early"]
        & ~rows["migrated"]
        & rows["kind"].isin(("work", "consult"))
    )
    order = stream(seed, "cancelled").permutation(np.flatnonzero(closed))
    trackers = rows["tracker"].to_numpy(dtype=str)
    cancelled = np.zeros(len(rows), dtype=bool)
    for tracker, count in zip(("backlog", "jira"), mess.cancelled, strict=True):
        cancelled[order[trackers[order] == tracker][:count]] = True
    return cancelled


def pick(
    random: np.random.RandomState, choices: pd.Series, shares: tuple[float, ...] | None = None
) -> np.ndarray:
    """One text of each row's tuple; `shares` for tuples of that length, evenly otherwise."""
    luck = random.random_sample(len(choices))
    bounds = np.cumsum(shares or (1.0,))
    picked = []
    for texts, u in zip(choices, luck, strict=True):
        weighted = shares is not None and len(texts) == len(shares)
        place = int(np.searchsorted(bounds, u, side="right")) if weighted else int(u * len(texts))
        picked.append(texts[min(place, len(texts) - 1)])
    return np.array(picked, dtype=object)


def close_before_created(rows: pd.DataFrame, pool: np.ndarray, count: int) -> pd.DataFrame:
    """Two thirds of `count` in Backlog, the rest in Jira, end hours before they began (M15)."""
    closed = pool[rows["completed"].notna().to_numpy()[pool]]
    trackers = rows["tracker"].to_numpy(dtype=str)[closed]
    shares = (("backlog", count - count // 3), ("jira", count // 3))
    chosen = np.concatenate([closed[trackers == tracker][:share] for tracker, share in shares])
    earlier = rows["created"] - np.timedelta64(5 * 60 + 17, "m")
    early = np.isin(np.arange(len(rows)), chosen)
    return rows.assign(completed=rows["completed"].where(~early, earlier), early=early)


def choose_utc(random: np.random.RandomState, rows: pd.DataFrame, count: int) -> np.ndarray:
    """The rows of the project that was exported with another clock (M11)."""
    created = rows["created"]
    inside = (created >= "2024-02-01") & (created < "2024-05-01") & ~rows["early"]
    return np.sort(random.permutation(np.flatnonzero(inside))[:count])


def number_requests(rows: pd.DataFrame, utc: np.ndarray) -> pd.DataFrame:
    """`rows` with `project` and `key`; Backlog's are SRE-1 …"""
    project = np.where(rows["tracker"] == "backlog", "SRE", "SREQ").astype(object)
    project[utc] = "SREP"
    # the first numbers of SREQ are those of the copied requests
    copies = int(rows["migrated"].sum())
    number = rows.groupby(project).cumcount() + 1 + copies * (project == "SREQ")
    keys = [f"{name}-{n}" for name, n in zip(project, number, strict=True)]
    return rows.assign(project=project, key=keys)


def backlog_rows(requests: pd.DataFrame) -> list[Row]:
    """The old tracker, oldest first; what was carried over was closed there when it was done."""
    old = requests[requests["tracker"] == "backlog"]
    return [BACKLOG_HEADER, *(backlog_row(row) for row in old.itertuples())]


def backlog_row(request: Any) -> Row:
    """One issue."""
    cells = dict.fromkeys(BACKLOG_HEADER, "")
    created, completed = sheet_time(request.created), sheet_time(request.completed)
    first = sheet_time(request.first_answer)
    status = ("4", "完了") if completed else ("2", "処理中") if first else ("1", "未対応")
    cells |= {
        "ID": str(1200000 + request.request * 3),
        "プロジェクトID": "4021",
        "プロジェクト名": "SREへの依頼",
        "キーID": request.key.removeprefix("SRE-"),
        "キー": request.key,
        "種別ID": "18",
        "種別": "依頼",
        "カテゴリーID": str(310 + topic_number(request.topic)) if request.topic else "",
        "カテゴリー名": request.topic,
        "件名": to_cp932(request.subject),
        "詳細": to_cp932(request.details),
        "状態ID": status[0],
        "状態": status[1],
        "優先度ID": "3",
        "優先度": "中",
        "完了理由ID": "" if not completed else "1" if request.cancelled else "0",
        "完了理由": "" if not completed else "対応しない" if request.cancelled else "対応済み",
        "担当者ID": str(int(opaque_id(request.account, length=4), 16)),
        "担当者": request.account,
        "登録者ID": str(int(opaque_id(request.reporter, length=4), 16)),
        "登録者": request.reporter,
        "登録日": created,
        "期限日": created[:10] if request.category == 0 else "",
        "更新者": request.account if first else request.reporter,
        "更新日": max(created, completed or first),
        "依頼区分": request.kind_label,
        "依頼元チーム": request.team_label,
        "SREのみ可": "はい" if request.bound else "",
        "初回回答日時": first,
        "完了日時": completed,
        "コメント1": to_cp932(GIVEN_UP if request.cancelled else request.reply) if first else "",
    }
    return list(cells.values())


def topic_number(topic: str) -> int:
    """The place of a topic in the lists of `TOPICS`, from 1."""
    return [word for shares in TOPICS.values() for word in shares].index(topic) + 1


def to_cp932(text: str) -> str:
    """The wave dash as Windows writes it: CP932 has only the full-width tilde."""
    return text.replace("〜", "～")


def jira_rows(requests: pd.DataFrame, *, utc: bool) -> list[Row]:
    """The new tracker, newest first: the project exported in UTC, or all else with the copies."""
    new = requests[requests["tracker"] == "jira"]
    chosen = new[(new["project"] == "SREP") == utc]
    rows = [jira_row(row, offset=-9 if utc else 0) for row in chosen.itertuples()]
    copies = [] if utc else copy_rows(requests)
    return [JIRA_HEADER, *reversed(copies + rows)]


def copy_rows(requests: pd.DataFrame) -> list[Row]:
    """What was carried over from Backlog, dated on the day of the move, without its first answer (M9)."""
    rows = []
    old = requests[requests["migrated"]]
    for number, request in enumerate(old.itertuples(), start=1):
        moved = pd.Timestamp("2023-07-03 09:00") + pd.Timedelta(minutes=number)
        copy = request._replace(
            created=moved, project="SREQ", key=f"SREQ-{number}", category=1, first_answer=pd.NaT
        )
        rows.append(jira_row(copy, offset=0, backlog_key=request.key))
    return rows


def jira_row(request: Any, *, offset: int, backlog_key: str = "") -> Row:
    """One issue; every time moved by `offset` hours."""
    created, completed = jira_time(request.created, offset), jira_time(request.completed, offset)
    first = jira_time(request.first_answer, offset)
    status = ("Done", "Done") if completed else ("In Progress",) * 2 if first else ("To Do", "To Do")
    account = opaque_id(request.account)
    changed = completed or first or created
    cells = {
        "Summary": request.subject,
        "Issue key": request.key,
        "Issue id": str(10000 + request.request),
        "Status": status[0],
        "Project key": request.project,
        "Project name": PROJECTS[request.project],
        **JIRA_CONSTANTS,
        "Resolution": "" if not completed else "Won't Do" if request.cancelled else "Done",
        "Components": request.topic,
        "Assignee": request.account,
        "Assignee Id": account,
        "Reporter": request.reporter,
        "Reporter Id": opaque_id(request.reporter),
        "Creator": request.reporter,
        "Creator Id": opaque_id(request.reporter),
        "Created": created,
        "Updated": changed,
        "Resolved": completed,
        "Labels": ("infra", "reviewed") if request.kind == "review" else ("infra",),
        "Description": request.details,
        "Watchers": (request.reporter, request.account) if first else (request.reporter,),
        "Watchers Id": (opaque_id(request.reporter), account) if first else (opaque_id(request.reporter),),
        "Custom field (Backlog key)": backlog_key,
        "Custom field (First response)": first,
        "Custom field (Rank)": f"0|i{request.request:05d}:",
        "Custom field (Request kind)": request.kind_label,
        "Custom field (Requesting team)": request.team_label,
        "Custom field (SRE only)": "Yes" if request.bound else "",
        "Comment": (f"{first};{account};{GIVEN_UP if request.cancelled else request.reply}",)
        if first
        else (),
        "Status Category": status[1],
        "Status Category Changed": changed,
    }
    return spread(cells)


def spread(cells: dict[str, str | tuple[str, ...]]) -> Row:
    """Cells in the order of Jira's header; a name that the header repeats takes its texts one by one."""
    row, used = [], dict.fromkeys(JIRA_HEADER, 0)
    for name in JIRA_HEADER:
        value = cells.get(name, "")
        texts = (value,) if isinstance(value, str) else value
        row.append(texts[used[name]] if used[name] < len(texts) else "")
        used[name] += 1
    return row


def ticket_rows(world: World) -> list[Row]:
    """The home teams' own tracker, as re-saved by Excel (M10); one team stops labelling (M17)."""
    random, tickets = stream(world.seed, "ticket texts"), world.tickets
    topics = [text for texts in SUBJECTS.values() for text in texts]
    subjects = np.array(topics, dtype=object)[random.randint(0, len(topics), len(tickets))]
    rows: list[Row] = [TICKET_HEADER]
    number = tickets.groupby("team").cumcount() + 1
    for ticket, subject, n in zip(tickets.itertuples(), subjects, number, strict=True):
        labelled = not (ticket.team == STOPS_LABELLING[0] and ticket.created >= STOPS_LABELLING[1])
        rows.append(
            (
                f"{ticket.team.upper()}-{n}",
                team_label(ticket.team, str(ticket.created)[:10]),
                excel_time(ticket.created),
                excel_time(ticket.completed),
                subject,
                "infra" if labelled else "",
                HOW_LABELS[ticket.how] if labelled else "",
                "はい" if ticket.bound else "",
            )
        )
    return rows
