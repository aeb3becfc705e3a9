"""What people wrote at the end of their stay, and three and six months after it.

Planted is only how often they use it (`ratings.draw_people`), on which their ratings after six months depend;
what got in the way fits that.  All else is plausible and depends on nothing.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from .company import mail_used
from .dialects import Row, form_time, sheet_time
from .planted import Rotation, Scenario, name_somebody, stream
from .pulse import AGREEMENTS, NO_ANSWER, UNABLE, to_scale
from .ratings import add_months, draw_moment, draw_people

EXIT_HEADER = (
    "タイムスタンプ",
    "メールアドレス",
    "始める前に、期待される役割が分かっていた",
    "任された仕事は、学びたいことに合っていた",
    "期間の長さ",
    "一番大変だったこと",
    "半年後に「学びが活きなかった」としたら、理由は何だと思いますか",
    "次の期で一つ変えるなら",
)
FOLLOW_UP_HEADER = (
    "タイムスタンプ",
    "メールアドレス",
    "学んだことを使った頻度",
    "使えなかった理由(複数選択)",
    "他の人に教えた・一緒にやった",
    "留学の経験で、所属チームの仕事の見え方はどう変わりましたか",
)
LENGTHS = ("短い", "ちょうどよい", "長い")
LENGTH_CHANCES = {"5": (0.5, 0.5, 0.0), "": (0.25, 0.6, 0.15)}
USES = {"weekly": "ほぼ毎週", "monthly": "月に数回", "hardly": "ほとんどない"}
# what gets in the way, in the order of the form, and how often by use; the last are words of one's own
BARRIERS = ("機会がない", "時間がない", "権限がない", "周りの理解", "忘れた", "担当が変わった")
NO_BARRIER = "特になし"
BARRIER_CHANCES = {
    "weekly": (0.0, 0.15, 0.0, 0.0, 0.0, 0.0),
    "monthly": (0.3, 0.5, 0.2, 0.15, 0.1, 0.1),
    "hardly": (0.6, 0.55, 0.4, 0.0, 0.0, 0.0),
}
TAUGHT = {"weekly": 0.8, "monthly": 0.6, "hardly": 0.25}
NOT_SETTLED = 0.25  # who, whatever holds later, uses it a few times a month in the first three
HARDEST = (
    "最初の1か月、何が分からないのかも分からなかった",
    "障害対応の最中に、どこまで手を出してよいか判断がつかなかった",
    "依頼対応に追われて, 自分で決めた改善が後回しになった",
    "用語と構成を覚えるまで。\n図がどれも古かった",
    "所属チームから急ぎの相談が来て、週に半日は元の仕事をしていた",
    "IaCのレビュー。1件通すのに1週間かかった",
    "夜間の通知に慣れるまで",
    "実行計画の読み方。正直いまも自信がない",
    "相手チームの優先順位を知らずに提案して、やり直しになった",
    "誰に聞けばよいか分からず、質問するまでに時間がかかった",
    "コスト削減の見積もり。元の数字がどこにもなかった",
    "ネットワークまわり。触る機会が少なく、最後まで苦手なまま",
    "切り戻しの条件を先に書くこと。書こうとすると手が止まる",
)
PREMORTEMS = (
    "戻ってすぐ機能開発の締め切りがあり、触る時間が取れない",
    "本番を変更する権限が所属チームにないまま",
    "自分だけが分かる状態になって、聞かれたら答える係で終わる",
    "監視はSREの仕事、という空気が変わらない",
    "半年さわらないと忘れる。特にネットワーク",
    "チームの目標に入っていないので後回しになる",
    "担当サービスが枯れていて, 障害も変更もほとんどない",
    "忙しさを理由に、自分から手を挙げなくなる",
    "手順を書き残さないまま時間がたつ。\nメモが手元にしかない",
    "組織変更で別のサービスに移る",
    "ツールが入れ替わって、覚えた操作が古くなる",
    "相談を抱え込んで、結局SREに投げ直してしまう",
    "",
)
CHANGES = (
    "最初の2週間の課題をあらかじめ決めておく",
    "所属チームの仕事を外してから始める",
    "最初の1か月だけ、メンターと話す時間を週2回にする",
    "オンコールの見習いを3か月目から入れる",
    "依頼対応は週3日まで、と決める",
    "終わる前に、学んだことを所属チームに渡す1週間を取る",
    "過去の障害の振り返りを読む会を最初にやる",
    "目標を上長とSREと3者で決める場がほしい",
    "途中で一度、所属チームに報告する日を作る",
    "環境構築の手順書を直しておく(3日かかった)",
    "検証環境を, 自由に壊してよい形で用意する",
    "席を近くにする。\nリモートの日も合わせる",
    "改善のテーマを自分で選べるようにする",
    "",
)
VIEWS = (
    "リリースの前に、戻し方を先に考えるようになった",
    "アラートの数ではなく、何を守りたいのかから話すようになった",
    "SREに頼む前に、どこまで自分たちで見られるか確かめている",
    "テーブル設計のレビューで、件数が10倍になったときの話をしている",
    "自分たちのサービスが、共有の基盤にどれだけ乗っているかが見える",
    "機能の仕様書に, 監視と費用の欄を足した",
    "「とりあえず増やす」で済ませていた所が気になる",
    "ログの書き方が雑だったと分かった。\n少しずつ直している",
    "障害のとき、最初の10分で何をするかをチームで決めた",
    "依頼の書き方が変わった。背景と期限を先に書く",
    "権限の壁だと思っていたものの半分は、聞けば済む話だった",
    "前は動けばよいと思っていた。いまは夜中に誰が起きるかを考える",
    "",
)
DISTANT_VIEWS = (
    "見え方は変わったと思うが、いまの担当では使う場面がない",
    "足りない所は分かるようになった。直す時間は取れていない",
    "監視の穴が見える分、手を出せないのがもどかしい",
    "正直あまり変わっていない。担当が画面側に移った",
    "本番を触れないので、レビューで口を出すくらい",
    "大事さは分かったが, 優先順位を上げられていない",
    "SREの忙しさが分かり、頼み方に気をつけるようになった",
    "",
)


def draw_exits(seed: int, scenario: Scenario) -> pd.DataFrame:
    """Answers of the last week: `person, cohort, wave, answered`, then the form's questions.

    These are `brief, match, length, hard, premortem, change`; the first two are 1–5, NaN = unable to say.
    """
    random = stream(seed, "exits")
    stays = [stay for stay in scenario.rotations if stay.end and stay.end < scenario.as_of]
    # the first ones knew least of what was expected
    clear = np.array([2.6 + 0.3 * int(stay.cohort) for stay in stays])
    noise = 0.8 * random.standard_normal((2, len(stays)))
    unable = random.random_sample(len(stays)) < UNABLE
    chances = [LENGTH_CHANCES.get(stay.cohort, LENGTH_CHANCES[""]) for stay in stays]
    rows = pd.DataFrame(
        {
            "person": [stay.person for stay in stays],
            "cohort": [stay.cohort for stay in stays],
            "wave": "end",
            "answered": [draw_moment(random, stay.end, (-4, 7), scenario) for stay in stays],
            "brief": to_scale(clear + noise[0]),
            "match": np.where(unable, np.nan, to_scale(3.8 + noise[1])),
            "length": [LENGTHS[random.choice(len(LENGTHS), p=each)] for each in chances],
            "hard": deal(random, HARDEST, len(stays)),
            "premortem": deal(random, PREMORTEMS, len(stays)),
            "change": deal(random, CHANGES, len(stays)),
        }
    )
    return name_somebody(drop_silent(rows, scenario), "exit")


def draw_follow_ups(seed: int, scenario: Scenario) -> pd.DataFrame:
    """Answers of both waves after the return: `person, cohort, wave, answered, use, barriers, taught, view`.

    `use` is weekly, monthly or hardly; `barriers` a tuple of the form's words.
    """
    random, people = stream(seed, "follow ups"), draw_people(seed, scenario)
    rows = [
        (stay.person, stay.cohort, wave, draw_moment(random, due, (0, 14), scenario), people[stay.person][1])
        for stay, wave, due in list_follow_ups(scenario)
    ]
    frame = pd.DataFrame(rows, columns=["person", "cohort", "wave", "answered", "use"])
    early = frame["wave"].eq("after_3m") & (random.random_sample(len(frame)) < NOT_SETTLED)
    frame = frame.assign(use=frame["use"].mask(early, "monthly"))
    uses = frame["use"].tolist()
    views = {
        use: iter(deal(random, texts, len(frame))) for use, texts in ((True, DISTANT_VIEWS), (False, VIEWS))
    }
    frame = frame.assign(
        barriers=[draw_barriers(random, use) for use in uses],
        taught=[bool(random.random_sample() < TAUGHT[use]) for use in uses],
        view=[next(views[use == "hardly"]) for use in uses],
    )
    return name_somebody(drop_silent(frame, scenario), "followup")


def list_follow_ups(scenario: Scenario) -> list[tuple[Rotation, str, str]]:
    """Rotation, wave and due day (ISO text) of every follow-up that is due; who stayed or left has none."""
    due = [
        (stay, f"after_{months}m", add_months(stay.end, months))
        for months in (3, 6)
        for stay in scenario.rotations
        if stay.end and stay.now == "home"
    ]
    return [(stay, wave, day) for stay, wave, day in due if day < scenario.as_of]


def deal(random: np.random.RandomState, texts: tuple[str, ...], count: int) -> list[str]:
    """`count` of the texts in some order, none twice before each was once."""
    order = random.permutation(len(texts))
    return [texts[order[place % len(texts)]] for place in range(count)]


def draw_barriers(random: np.random.RandomState, use: str) -> tuple[str, ...]:
    """What got in the way, in the form's order; who hardly uses it names something."""
    chances = np.array(BARRIER_CHANCES[use])
    named = np.flatnonzero(random.random_sample(len(BARRIERS)) < chances)
    if not len(named) and use == "hardly":
        named = np.array([int(np.argmax(chances))])
    return tuple(BARRIERS[place] for place in named) or (NO_BARRIER,)


def drop_silent(rows: pd.DataFrame, scenario: Scenario) -> pd.DataFrame:
    """The answers of those who did answer."""
    keys = pd.MultiIndex.from_frame(rows[["person", "wave"]])
    return rows[~keys.isin(list(scenario.silent))].reset_index(drop=True)


def exit_rows(exits: pd.DataFrame) -> list[Row]:
    """The answers by time as the form's own CSV holds them."""
    rows: list[Row] = [EXIT_HEADER]
    for each in exits.sort_values(["answered", "person"]).itertuples():
        agreements = [
            NO_ANSWER if np.isnan(level) else AGREEMENTS[int(level)] for level in (each.brief, each.match)
        ]
        sender = mail_used(each.person, each.answered)
        texts = (each.length, each.hard, each.premortem, each.change)
        rows.append((form_time(each.answered), sender, *agreements, *texts))
    return rows


def follow_up_rows(answers: pd.DataFrame, *, from_sheet: bool) -> list[Row]:
    """One wave's answers by time, as the form's own CSV holds them or as the answers' sheet does.

    The form joins options ticked together by ";", the sheet by ", ".
    """
    write_time, separator = (sheet_time, ", ") if from_sheet else (form_time, ";")
    rows: list[Row] = [FOLLOW_UP_HEADER]
    for each in answers.sort_values(["answered", "person"]).itertuples():
        sender = mail_used(each.person, each.answered)
        taught = "はい" if each.taught else "いいえ"
        told = (USES[each.use], separator.join(each.barriers), taught, each.view)
        rows.append((write_time(each.answered), sender, *told))
    return rows
