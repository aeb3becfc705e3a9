"""What hosting cost the SRE team month by month, and what the managers of the home teams said of sending."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .company import DOMAIN, sheet_name
from .dialects import Row, form_time
from .planted import DAY, Scenario, Truth, name_somebody, stream
from .pulse import AGREEMENTS, FREQUENCIES, NO_ANSWER, to_scale
from .ratings import add_months, draw_moment
from .surveys import deal
from .working_days import WorkingDays

HOST_HEADER = (
    "タイムスタンプ",
    "先週、留学生に教える・見る・直すのに使った時間(時間)",
    "受け入れのために、後回しにした仕事があった",
    "留学生の仕事でチームが助かっている",
    "次の期も受け入れたい",
)
MANAGER_HEADER = (
    "タイムスタンプ",
    "メールアドレス",
    "参加者",
    "学んだことを使う機会を用意できた",
    "不在による遅れは、想定の範囲だった",
    "送り出した価値があった",
    "価値があった(なかった)と思う具体的な出来事を一つ",
)
MENTOR_WEIGHT = 3.0  # of teaching, against 1 for every other member
LAST_DAYS = 6  # working days of a month in which its form is answered
QUARTER = 4
# how hours were typed besides as plain numbers; `Mess.typed_hours` counts them in this order (M16)
TYPED = ("0", "なし", "", "range", "h", "時間")
EXAMPLES = (
    "監視の見直しを、誰にも頼まれずに始めた",
    "障害の連絡が早くなった。最初の10分で原因の見当がつく",
    "依頼の前に、自分たちで調べるようになった",
    "不在の間にリリースが2週間遅れた",
    "戻ってから、設計の会で費用の話が出るようになった",
    "引き継ぎの資料が残り, 新しい人の立ち上げに使えた",
    "戻った直後の締め切りで、学んだことを使う時間がなかった",
    "SREへの頼み方が変わり、待つ時間が減ったと思う",
    "チームの勉強会が毎月続いている",
    "担当の機能が止まり, 他の人の残業で補った。\n次は時期を選びたい",
    "ダッシュボードを毎朝見る習慣ができた",
    "正直まだ分からない",
    "",
    "",
)


def list_rounds(scenario: Scenario) -> list[tuple[pd.Period, list[str], list[float]]]:
    """Every month the form was sent in: the month, who was asked, and each rotator's month of the stay (1…).

    A form is open in the last days of a month; the one of the data's last month has just been sent.
    """
    rounds = []
    for month in pd.period_range(scenario.start[:7], scenario.as_of[:7], freq="M"):
        last = str(month.end_time.date())
        week_before = str(np.datetime64(last) - 6 * DAY)
        there = [
            stay for stay in scenario.rotations if stay.start <= last and (stay.end or last) >= week_before
        ]
        stayed = [stay.person for stay in scenario.rotations if stay.now == "host" and stay.end]
        members = [person for person in stayed if _since(scenario, person) <= last]
        if there and last < scenario.as_of:
            months = [(month - pd.Period(stay.start[:7], freq="M")).n + 1 for stay in there]
            rounds.append((month, [*scenario.sre, *members], months))
    return rounds


def _since(scenario: Scenario, person: str) -> str:
    return next(stay.now_since for stay in scenario.rotations if stay.person == person)


def teaching_hours(month: int, truth: Truth) -> float:
    """Hours of all members together for one rotator in a week of that month of the stay.

    >>> [round(teaching_hours(month, Truth()), 1) for month in (1, 2, 6, 8)]
    [5.0, 4.3, 1.5, 1.5]
    """
    first, sixth = truth.teaching
    return first + (sixth - first) * (min(month, 6) - 1) / 5


def draw_host_answers(seed: int, scenario: Scenario, truth: Truth) -> pd.DataFrame:
    """`scenario.host_answers` answers received: `answered, hours, typed, squeeze, output, again`.

    Who is silent does not depend on the hours.  `typed` is the cell as it was filled in.
    """
    random = stream(seed, "host")
    calendar = WorkingDays(scenario).calendar
    rows = []
    for month, members, months in list_rounds(scenario):
        last = np.datetime64(month.end_time.date())
        there = [
            stay.mentor for stay in scenario.rotations if stay.start <= str(last) <= (stay.end or str(last))
        ]
        weights = np.array([MENTOR_WEIGHT if person in there else 1.0 for person in members])
        total = sum(teaching_hours(number, truth) for number in months)
        hours = total * weights / weights.sum() * random.gamma(5.0, 1 / 5, len(members))
        back = random.randint(0, LAST_DAYS, len(members))
        days = np.busday_offset(last, -back, roll="backward", busdaycal=calendar)
        clock = random.randint(10 * 3600, 20 * 3600, len(members)).astype("timedelta64[s]")
        noise = random.standard_normal((3, len(members)))
        rows.append(
            pd.DataFrame(
                {
                    "answered": days.astype("datetime64[s]") + clock,
                    "hours": hours,
                    "squeeze": to_scale(1.7 + 0.35 * len(months) + 0.3 * hours + 0.8 * noise[0]),
                    "output": to_scale(2.6 + 0.25 * np.mean(months) + 0.8 * noise[1]),
                    "again": to_scale(4.1 - 0.2 * len(months) + 0.7 * noise[2]),
                }
            )
        )
    asked = pd.concat(rows, ignore_index=True)
    kept = np.sort(random.permutation(len(asked))[: scenario.host_answers])
    answers = asked.loc[kept].sort_values("answered", kind="stable", ignore_index=True)
    return answers.assign(typed=type_hours(random, answers["hours"].to_numpy(), scenario.mess.typed_hours))


def type_hours(random: np.random.RandomState, hours: np.ndarray, counts: tuple[int, ...]) -> list[str]:
    """Hours as people type them: in quarters, and `counts` of each way in `TYPED` otherwise (M16).

    Nothing at all was done by those with the fewest hours; a quarter of an hour is the least that is told.
    """
    told = np.maximum(np.floor(hours * QUARTER + random.random_sample(len(hours))), 1) / QUARTER
    order = np.argsort(hours, kind="stable")
    least = order[: counts[0] + counts[1]]
    left = [*random.permutation(least), *random.permutation(order[len(least) :])]
    fits = {"range": (hours > 1) & (hours < 4), "h": told >= 1, "時間": told >= 1}
    cells = [f"{each:g}" for each in told]
    for way, count in zip(TYPED, counts, strict=True):
        for place in [place for place in left if way not in fits or fits[way][place]][:count]:
            low = int(hours[place])
            text = f"{low}〜{low + 1}" if way == "range" else f"{told[place]:g}{way}"
            cells[place] = way if way in ("0", "なし", "") else text
            left.remove(place)
    return cells


def host_rows(answers: pd.DataFrame) -> list[Row]:
    """The form's own CSV: nobody is named."""
    rows: list[Row] = [HOST_HEADER]
    for each in answers.itertuples():
        agreements = (AGREEMENTS[int(level)] for level in (each.output, each.again))
        rows.append((form_time(each.answered), each.typed, FREQUENCIES[int(each.squeeze)], *agreements))
    return rows


def list_manager_waves(scenario: Scenario) -> list[tuple[str, str, str, str]]:
    """Person, team, wave and due day of every round of the managers' form that is due by `as_of`."""
    due = []
    for stay in scenario.rotations:
        plan = [("start", stay.start)] + ([("end", stay.end)] if stay.end else [])
        if stay.end and stay.now == "home":
            plan.append(("after_6m", add_months(stay.end, 6)))
        due += [(stay.person, stay.team, wave, day) for wave, day in plan if day < scenario.as_of]
    return [each for each in due if each[3] >= scenario.start]


def draw_manager_answers(seed: int, scenario: Scenario) -> pd.DataFrame:
    """The answers received: `person, team, wave, answered, use, cost, benefit` (NaN = unable), `example`."""
    random = stream(seed, "managers")
    due = list_manager_waves(scenario)
    windows = {"start": (-5, 14), "end": (-4, 14), "after_6m": (0, 20)}
    # at the start nobody can tell what came of it
    means = {"start": (np.nan, 3.9, np.nan), "end": (3.2, 3.3, 3.8), "after_6m": (3.3, 3.4, 4.0)}
    rows = [(*each[:3], draw_moment(random, each[3], windows[each[2]], scenario)) for each in due]
    frame = pd.DataFrame(rows, columns=["person", "team", "wave", "answered"])
    noise = 0.8 * random.standard_normal((len(frame), 3))
    levels = to_scale(np.array([means[wave] for wave in frame["wave"]]) + noise)
    texts = deal(random, EXAMPLES, len(frame))
    frame = frame.assign(use=levels[:, 0], cost=levels[:, 1], benefit=levels[:, 2], example=texts)
    frame["example"] = frame["example"].where(frame["wave"] != "start", "")
    keys = pd.MultiIndex.from_frame(frame[["person", "wave"]])
    answered = frame[~keys.isin(list(scenario.silent_managers))].reset_index(drop=True)
    return name_somebody(answered, "manager")


def manager_rows(answers: pd.DataFrame) -> list[Row]:
    """By time, as the form's own CSV holds them; the participant is chosen from a list."""
    rows: list[Row] = [MANAGER_HEADER]
    for each in answers.sort_values(["answered", "person"]).itertuples():
        levels = (
            NO_ANSWER if np.isnan(level) else AGREEMENTS[int(level)]
            for level in (each.use, each.cost, each.benefit)
        )  # fmt: skip
        about = sheet_name(each.person, str(each.answered)[:10])
        rows.append((form_time(each.answered), f"{each.team}-manager@{DOMAIN}", about, *levels, each.example))
    return rows
