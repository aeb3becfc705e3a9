"""What rotators improved, and who told others in study sessions."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .company import sheet_name, team_label
from .dialects import Row
from .planted import DAY, Rotation, Scenario, list_present, stream
from .working_days import WorkingDays, list_weeks

IMPROVEMENT_HEADER = (
    "番号", "完了日", "氏名", "種類", "サービス", "内容", "効果", "単位", "6か月後も利用", "リンク"
)  # fmt: skip
SESSION_HEADER = ("番号", "開催日", "題名", "発表者", "参加人数", "参加チーム")
KIND_WORDS = {
    "monitor": "監視", "dashboard": "ダッシュボード", "workflow": "自動化",
    "removed_resource": "不要リソースの削除",
    "cost": "コスト削減", "iac_module": "IaCモジュール", "slo": "SLO",
}  # fmt: skip
YEN, HOURS, ITEMS = "円/月", "時間/月", "件"
CONTENTS = {
    "monitor": ("スロットリングの監視を追加", "応答時間のしきい値を見直し", "エラー率の監視を追加",
                "バッチの未完了を検知", "容量の残りを監視"),
    "dashboard": ("障害時に最初に見る画面", "テーブルごとの消費量を1枚に", "費用の推移を見えるように"),
    "workflow": ("証明書の更新を自動化", "定型の権限申請を手順からスクリプトへ", "夜間バッチの再実行を自動化",
                 "検証環境の作成を自動化"),
    "removed_resource": ("使われていないキューを削除", "古いスナップショットを削除",
                         "止まったままのインスタンスを削除", "参照のないテーブルを削除"),
    "cost": ("テーブルをオンデマンドへ変更", "インスタンスの大きさを見直し", "ログの保存期間を短縮",
             "検証環境を夜間に停止"),
    "iac_module": ("キューのモジュールを共通化", "監視のモジュールを作成"),
    "slo": ("検索の応答時間のSLOを定義",),
}  # fmt: skip
SETTLING = 28 * DAY  # no improvement in the first weeks
CHECKED_AFTER = np.timedelta64(182, "D")
HOST_SERVICES = ("shared-db", "shared-gateway")
LINK = "https://wiki.minamo.example/improvements/{}"
SUBJECTS = (
    "監視の読み方入門", "切り戻しを先に書く", "テーブル設計と費用", "障害対応ふりかえり",
    "IaCのレビューで見る所", "アラートを減らした話", "名前解決のしくみ",
    "キューが詰まるとき", "SLOの決め方", "ログの残し方",
    "留学報告: 半年でしたこと", "索引と実行計画", "権限の考え方", "負荷試験のはじめかた",
)  # fmt: skip
GUESTS = 10.0  # on average, besides the speaker


def draw_improvements(seed: int, scenario: Scenario) -> pd.DataFrame:
    """A row an improvement: `person, day, kind, service, title, amount, unit, in_use` (None = unknown).

    Counts of kinds and of use, and the sum of yen a month, are exact.  Use is asked half a year later: of the
    newest it is unknown.
    """
    random = stream(seed, "improvements")
    kinds = np.array(
        [kind for kind, count in scenario.improvements.items() for _ in range(count)], dtype=object
    )
    kinds = kinds[random.permutation(len(kinds))]
    people = share_out(scenario, len(kinds))
    days = place_in_stays(random, scenario, people)
    stays = {stay.person: stay for stay in scenario.rotations}
    rows = pd.DataFrame({"person": people, "day": days, "kind": kinds})
    rows["service"] = [
        pick_service(random, stays[person], kind) for person, kind in zip(people, kinds, strict=True)
    ]
    rows["title"] = [CONTENTS[kind][random.randint(0, len(CONTENTS[kind]))] for kind in kinds]
    rows = rows.sort_values(["day", "person"], kind="stable", ignore_index=True)
    amounts = measure_amounts(random, rows["kind"].tolist(), scenario.yen)
    rows["amount"], rows["unit"] = [each[0] for each in amounts], [each[1] for each in amounts]
    return rows.assign(in_use=tell_use(random, rows, scenario))


def share_out(scenario: Scenario, count: int) -> list[str]:
    """`count` persons, as evenly by weeks of stay as whole numbers allow."""
    weeks = list_weeks(scenario)
    weeks = weeks[weeks["week"] >= np.datetime64(scenario.start)]
    place = (np.arange(count) + 0.5) / count * len(weeks)
    return weeks["person"].iloc[place.astype(int)].tolist()


def place_in_stays(random: np.random.RandomState, scenario: Scenario, people: list[str]) -> np.ndarray:
    """A working day of the stay for each: spread over it, after the first weeks."""
    calendar = WorkingDays(scenario).calendar
    stays = {stay.person: stay for stay in scenario.rotations}
    days = []
    for place, person in enumerate(people):
        stay = stays[person]
        last = np.datetime64(min(stay.end or scenario.as_of, scenario.as_of))
        first = min(max(np.datetime64(stay.start) + SETTLING, np.datetime64(scenario.start)), last)
        number = people[:place].count(person) + random.random_sample()
        days.append(first + int(number / people.count(person) * (last - first).astype(int)) * DAY)
    return np.busday_offset(np.array(days), 0, roll="backward", busdaycal=calendar)


def pick_service(random: np.random.RandomState, stay: Rotation, kind: str) -> str:
    """Mostly the service of the own team, else a shared one; what serves everybody belongs to none."""
    if kind in ("workflow", "iac_module"):
        return ""
    own = random.random_sample() < 0.6
    return f"{stay.team}-api" if own else HOST_SERVICES[random.randint(0, len(HOST_SERVICES))]


def measure_amounts(
    random: np.random.RandomState, kinds: list[str], yen: int
) -> list[tuple[int | None, str]]:
    """Amount and unit of each: yen a month as estimated on that day, hours a month, or how many."""
    saves = [place for place, kind in enumerate(kinds) if kind in ("cost", "removed_resource")]
    weights = random.gamma(1.5, 1.0, len(saves)) + 0.1
    thousands = np.maximum(np.floor(weights / weights.sum() * yen / 1000), 1).astype(int)
    thousands[np.argmax(thousands)] += yen // 1000 - thousands.sum()
    money = dict(zip(saves, (thousands * 1000).tolist(), strict=True))
    amounts: list[tuple[int | None, str]] = []
    for place, kind in enumerate(kinds):
        if place in money:
            amounts.append((money[place], YEN))
        elif kind == "workflow":
            amounts.append((int(random.randint(1, 9)), HOURS))
        elif kind in ("monitor", "dashboard"):
            amounts.append((int(random.randint(1, 5)), ITEMS))
        else:
            amounts.append((None, ""))
    return amounts


def tell_use(random: np.random.RandomState, rows: pd.DataFrame, scenario: Scenario) -> list[bool | None]:
    """Still in use after half a year; the newest are unknown, and of the others as many as are planted."""
    yes, no = scenario.in_use
    late = rows["day"].to_numpy() > np.datetime64(scenario.as_of) - CHECKED_AFTER
    order = random.permutation(len(rows))
    order = order[np.argsort(late[order], kind="stable")]
    used: list[bool | None] = [None] * len(rows)
    for place in order[:yes]:
        used[place] = True
    for place in order[yes : yes + no]:
        used[place] = False
    return used


def improvement_rows(improvements: pd.DataFrame) -> list[Row]:
    """The owner's list."""
    words = {True: "はい", False: "いいえ", None: ""}
    rows: list[Row] = [IMPROVEMENT_HEADER]
    for number, each in enumerate(improvements.to_dict("records"), start=1):
        day = str(each["day"])[:10]
        amount = "" if pd.isna(each["amount"]) else str(int(each["amount"]))
        texts = (KIND_WORDS[each["kind"]], each["service"], each["title"], amount, each["unit"])
        who, used = sheet_name(each["person"], day), words[each["in_use"]]
        rows.append((str(number), day.replace("-", "/"), who, *texts, used, LINK.format(number)))
    return rows


def draw_sessions(seed: int, scenario: Scenario) -> pd.DataFrame:
    """A row a study session by day: `day, title, speaker, attendees, teams`.

    A rotator, a graduate or a member of SRE speaks.
    """
    random = stream(seed, "sessions")
    calendar = WorkingDays(scenario).calendar
    first = max(scenario.start, min(stay.start for stay in scenario.rotations))
    span = np.arange(np.datetime64(first), np.datetime64(scenario.as_of))
    days = np.sort(span[random.permutation(len(span))[: scenario.sessions]])
    days = np.busday_offset(days, 0, roll="forward", busdaycal=calendar)
    rows = []
    for day in days:
        speakers = list_speakers(str(day), scenario)
        attendees = 1 + int(random.poisson(GUESTS))
        count = min(int(random.randint(2, 8)), attendees, len(scenario.teams))
        chosen = sorted(random.permutation(len(scenario.teams))[:count])
        rows.append(
            {
                "day": day,
                "title": SUBJECTS[random.randint(0, len(SUBJECTS))],
                "speaker": speakers[random.randint(0, len(speakers))],
                "attendees": attendees,
                "teams": tuple(scenario.teams[place].id for place in chosen),
            }
        )
    return pd.DataFrame(rows)


def list_speakers(day: str, scenario: Scenario) -> list[str]:
    """Who speaks on `day`: three members of SRE, whoever rotates, and whoever is back."""
    back = [
        stay.person
        for stay in scenario.rotations
        if stay.end and stay.end < day and not (stay.now == "left" and day > stay.now_since)
    ]
    here = [person for person in list_present(day, scenario) if person not in scenario.sre]
    return list(dict.fromkeys([*scenario.sre[:3], *here, *back]))


def session_rows(sessions: pd.DataFrame) -> list[Row]:
    """The list of sessions; teams joined as people write them."""
    rows: list[Row] = [SESSION_HEADER]
    for number, each in enumerate(sessions.itertuples(), start=1):
        day = str(each.day)[:10]
        teams = "、".join(team_label(team, day) for team in each.teams)
        rows.append(
            (
                str(number),
                day.replace("-", "/"),
                each.title,
                sheet_name(each.speaker, day),
                str(each.attendees),
                teams,
            )
        )
    return rows
