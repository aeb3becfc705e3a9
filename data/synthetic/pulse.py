"""The fortnightly pulse: how each fortnight was for a rotator, and the records the form received.

Planted are E13 (a hump around weeks 7 and 8, cohort 5 more strained) and E14: a planned 1:1 that was held
lowers the strain of its fortnight, one booked for the occasion hardly does and follows a bad fortnight.
"""

from __future__ import annotations

from math import erf, sqrt
from typing import Any

import numpy as np
import pandas as pd

from .company import mail_used
from .dialects import Row, form_time
from .one_to_ones import book_ad_hoc, plan_one_to_ones
from .planted import DAY, Mess, Scenario, Truth, stream

PULSE_HEADER = (
    "タイムスタンプ",
    "メールアドレス",
    "対象期間",
    "この2週間の仕事は、自分にとってどの状態が多かったですか",
    "疲れが翌朝まで残った",
    "割り込みのせいで、予定した仕事が進まなかった",
    "困ったときに、すぐ聞ける人がいた",
    "チームの役に立てた実感があった",
    "運営に知らせたいこと(任意・個人名は書かないでください)",
)
ZONES = {
    "comfort": "余裕があった",
    "learning": "背伸びして学べた",
    "panic": "いっぱいいっぱいで学ぶ余裕がなかった",
}
FREQUENCIES = {1: "まったくない", 2: "めったにない", 3: "ときどき", 4: "よくある", 5: "いつも"}
AGREEMENTS = {1: "1 全くそう思わない", 2: "2", 3: "3", 4: "4", 5: "5 とてもそう思う"}
NO_ANSWER = "答えられない"
TEXTS = (*[""] * 7, "依頼が重なると, 予定した作業が後ろにずれる", "レビューで見る所が分かってきた",
         "会議のない午前があると助かる。\n来週も続けたい")  # fmt: skip
STRAIN, STRAIN_SD, PERSISTENCE = 2.9, 0.6, 0.45
PEAK, HUMP_WIDTH, HUMP = 4, 0.9, (3, 4, 5)  # in fortnights; weeks 6 to 10 lie in the third to the fifth
PANIC, COMFORT, UNABLE = 0.05, 0.25, 0.03
# who is strained answers less often
SILENCE = {True: 0.35, False: 0.08}
TOO_NEW = 120  # days before `as_of` in which no record is late, doubled or contradicted


def list_fortnights(scenario: Scenario) -> pd.DataFrame:
    """The whole fortnights of every stay: `person, cohort, fortnight` (1…), its `first` and `last` day."""
    rows = []
    for stay in scenario.rotations:
        start = np.datetime64(stay.start)
        until = np.datetime64(min(stay.end or scenario.as_of, scenario.as_of))
        for number in range(int((until - start).astype(int) + 1) // 14):
            first = start + 14 * number * DAY
            rows.append((stay.person, stay.cohort, number + 1, first, first + 13 * DAY))
    return pd.DataFrame(rows, columns=["person", "cohort", "fortnight", "first", "last"])


def draw_pulse(seed: int, scenario: Scenario, truth: Truth) -> pd.DataFrame:
    """`list_fortnights` with what would be answered: `zone, strain, interrupt, support, contribute`.

    All but `zone` are 1–5, NaN = unable to say.  Strain carries over from one fortnight to the next; `held`
    and `ad_hoc` count the fortnight's planned 1:1s that took place and those booked in it.
    """
    random, rows = stream(seed, "pulse"), list_fortnights(scenario)
    fortnight, cohort = rows["fortnight"].to_numpy(), rows["cohort"].to_numpy()
    shocks = random.standard_normal((len(rows), 5))
    drift = np.zeros(len(rows))
    for place, number in enumerate(fortnight):
        before = drift[place - 1] if number > 1 else 0.0
        drift[place] = PERSISTENCE * before + sqrt(1 - PERSISTENCE**2) * STRAIN_SD * shocks[place, 0]
    hump = truth.strain_hump * np.exp(-(((fortnight - PEAK) / HUMP_WIDTH) ** 2) / 2)
    level = STRAIN + hump + truth.strain_cohort_5 * (cohort == "5") + drift
    rows = rows.assign(held=count_held(seed, scenario, rows))
    # against the usual number, so that the mean stays what it is
    level += truth.strain_planned * (rows["held"] - rows["held"].mean()).to_numpy()
    ad_hoc = book_ad_hoc(seed, scenario, rows.assign(level=level))
    level += truth.strain_ad_hoc * (ad_hoc - ad_hoc.mean())
    panic = PANIC * np.where(np.isin(fortnight, HUMP), truth.panic_hump, 1.0)
    panic *= np.where(cohort == "5", truth.panic_cohort_5, 1.0)
    # the more strained of two alike fortnights is the likelier to be one of panic
    luck = [(1 + erf(z / sqrt(2))) / 2 for z in 0.6 * drift / STRAIN_SD + 0.8 * shocks[:, 1]]
    zone = np.select([np.array(luck) > 1 - panic, np.array(luck) < COMFORT], ["panic", "comfort"], "learning")
    unable = random.random_sample((len(rows), 2)) < UNABLE
    return rows.assign(
        ad_hoc=ad_hoc,
        zone=zone,
        strain=to_scale(level),
        interrupt=to_scale(3.0 + 0.8 * shocks[:, 2]),
        support=np.where(unable[:, 0], np.nan, to_scale(3.9 + 0.7 * shocks[:, 3])),
        contribute=np.where(unable[:, 1], np.nan, to_scale(3.3 + 1.1 * shocks[:, 4])),
    )


def count_held(seed: int, scenario: Scenario, fortnights: pd.DataFrame) -> np.ndarray:
    """How many planned 1:1s took place in each of `fortnights`."""
    planned = plan_one_to_ones(seed, scenario)
    held = planned[planned["held"]].groupby(["person", "fortnight"]).size()
    keys = pd.MultiIndex.from_frame(fortnights[["person", "fortnight"]])
    return held.reindex(keys, fill_value=0).to_numpy()


def to_scale(level: np.ndarray) -> np.ndarray:
    """Rounded to 1–5."""
    return np.clip(np.rint(level), 1, 5)


def submit_pulse(seed: int, scenario: Scenario, pulse: pd.DataFrame) -> pd.DataFrame:
    """The records the form received, by time: the answers with `answered`, `text` and `sent`.

    `sent` is on_time, late or after_next (M1: after the next form opened), and for second records of a
    fortnight (M3) again or contradicts.  Counts are exact for every seed.
    """
    random, mess = stream(seed, "pulse records"), scenario.mess
    weights = pulse["strain"].ge(4).map(SILENCE).to_numpy()
    silent = random.choice(len(pulse), mess.pulse_missing, replace=False, p=weights / weights.sum())
    rows = pulse.drop(index=silent).reset_index(drop=True)
    late, after_next, doubled, contradicted = choose_records(random, rows, pulse, scenario)
    days = random.randint(1, 5, len(rows))
    days[late] = random.randint(7, 13, len(late))
    days[after_next] = random.randint(16, 21, len(after_next))
    clock = random.randint(10 * 3600, 21 * 3600, len(rows)).astype("timedelta64[s]")
    sent = np.full(len(rows), "on_time", dtype=object)
    sent[late], sent[after_next] = "late", "after_next"
    texts = np.array(TEXTS, dtype=object)[random.randint(0, len(TEXTS), len(rows))]
    last = rows["last"].to_numpy().astype("datetime64[D]")
    rows = rows.assign(answered=(last + days * DAY).astype("datetime64[s]") + clock, text=texts, sent=sent)
    again = answer_again(random, rows.loc[doubled], changed=len(doubled) - len(doubled) // 3)
    frames = [rows, again, contradict(rows.loc[contradicted])]
    records = pd.concat([frame for frame in frames if len(frame)], ignore_index=True)
    return records.sort_values(["answered", "person"], kind="stable", ignore_index=True)


def choose_records(
    random: np.random.RandomState, rows: pd.DataFrame, pulse: pd.DataFrame, scenario: Scenario
) -> list[np.ndarray]:
    """Different answers that come late, after the next form, twice, and again three weeks later."""
    mess: Mess = scenario.mess
    has_next = rows["fortnight"] < rows["person"].map(pulse.groupby("person")["fortnight"].max())
    old = rows["last"] <= pd.Timestamp(scenario.as_of) - pd.Timedelta(days=TOO_NEW)
    pool = random.permutation(np.flatnonzero(has_next & old))
    counts = (*mess.pulse_late, mess.pulse_double, mess.pulse_contradicted)
    return np.split(pool[: sum(counts)], np.cumsum(counts)[:-1])


def answer_again(random: np.random.RandomState, rows: pd.DataFrame, *, changed: int) -> pd.DataFrame:
    """The same people minutes later; the first `changed` with another strain, the rest unchanged."""
    seconds = random.randint(60, 540, len(rows)).astype("timedelta64[s]")
    other = np.where(rows["strain"] < 5, rows["strain"] + 1, rows["strain"] - 1)
    strain = np.where(np.arange(len(rows)) < changed, other, rows["strain"])
    return rows.assign(answered=rows["answered"].to_numpy() + seconds, strain=strain, sent="again")


def contradict(rows: pd.DataFrame) -> pd.DataFrame:
    """The same people and fortnights three weeks later, the other way round."""
    relaxed = rows["strain"] >= 3
    return rows.assign(
        answered=rows["answered"] + pd.Timedelta(days=21, minutes=40),
        zone=np.where(relaxed, "comfort", "panic"),
        strain=np.where(relaxed, 1.0, 5.0),
        text="",
        sent="contradicts",
    )


def pulse_rows(records: pd.DataFrame) -> list[Row]:
    """The form's answers as its own CSV holds them."""
    return [PULSE_HEADER, *(pulse_row(row) for row in records.to_dict("records"))]


def pulse_row(record: dict[str, Any]) -> Row:
    """One record."""
    moment = pd.Timestamp(record["answered"])
    period = "〜".join(f"{pd.Timestamp(record[day]):%Y/%m/%d}" for day in ("first", "last"))
    agreements = [record[name] for name in ("support", "contribute")]
    return (
        form_time(moment),
        mail_used(record["person"], moment),
        period,
        ZONES[record["zone"]],
        FREQUENCIES[int(record["strain"])],
        FREQUENCIES[int(record["interrupt"])],
        *(NO_ANSWER if np.isnan(level) else AGREEMENTS[int(level)] for level in agreements),
        record["text"],
    )
