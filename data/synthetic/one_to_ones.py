"""1:1s of rotators with their mentors: planned every week, held or not; some booked after a bad fortnight."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .company import full_name, sheet_name
from .dialects import Row
from .planted import DAY, Scenario, stream
from .working_days import WorkingDays, list_weeks

HEADER = ("日付", "開始", "件名", "氏名", "相手", "予定", "実施", "分")
TITLES = {True: "1on1({})", False: "相談({})"}
MINUTES = (25, 30, 30, 30, 45, 50)
CHOICE = 1.1  # how much likelier a strained fortnight is followed by a booked 1:1, in powers of e a level
YES = {True: "はい", False: "いいえ"}


def plan_one_to_ones(seed: int, scenario: Scenario) -> pd.DataFrame:
    """The planned ones: `person, day, fortnight` (1…), `held`; exactly `scenario.held` were held."""
    random, weeks = stream(seed, "one to ones"), list_weeks(scenario)
    calendar = WorkingDays(scenario, summer=False).calendar
    starts = {stay.person: np.datetime64(stay.start) for stay in scenario.rotations}
    place = (random.random_sample(len(weeks)) * weeks["days"]).astype(int).to_numpy()
    first = weeks["first"].to_numpy().astype("datetime64[D]")
    day = np.busday_offset(first, place, roll="forward", busdaycal=calendar)
    began = weeks["person"].map(starts).to_numpy().astype("datetime64[D]")
    held = np.zeros(len(weeks), dtype=bool)
    held[random.permutation(len(weeks))[: scenario.held]] = True
    number = ((day - began) // np.timedelta64(14, "D")).astype(int) + 1
    return pd.DataFrame({"person": weeks["person"], "day": day, "fortnight": number, "held": held})


def book_ad_hoc(seed: int, scenario: Scenario, fortnights: pd.DataFrame) -> np.ndarray:
    """How many were booked in each of `fortnights` (`person, fortnight, level`), `scenario.ad_hoc` in all.

    They follow strain: a fortnight is chosen by how bad the one before it was.
    """
    random = stream(seed, "ad hoc")
    before = fortnights.groupby("person")["level"].shift()
    weights = np.exp(CHOICE * (before - fortnights["level"].mean())).fillna(0.0).to_numpy()
    chosen = random.choice(len(fortnights), scenario.ad_hoc, p=weights / weights.sum())
    return np.bincount(chosen, minlength=len(fortnights))


def draw_one_to_ones(seed: int, scenario: Scenario, pulse: pd.DataFrame) -> pd.DataFrame:
    """All 1:1s by day: `person, day, planned, held, minutes` (0 = not held), with those booked in `pulse`."""
    random = stream(seed, "one to one days")
    planned = plan_one_to_ones(seed, scenario).assign(planned=True)
    booked = pulse.loc[pulse.index.repeat(pulse["ad_hoc"])]
    calendar = WorkingDays(scenario).calendar
    days = booked["first"].to_numpy().astype("datetime64[D]") + random.randint(0, 9, len(booked)) * DAY
    days = np.busday_offset(days, 0, roll="forward", busdaycal=calendar)
    ad_hoc = pd.DataFrame({"person": booked["person"], "day": days, "planned": False, "held": True})
    rows = pd.concat([planned.drop(columns="fortnight"), ad_hoc], ignore_index=True)
    minutes = np.array(MINUTES)[random.randint(0, len(MINUTES), len(rows))]
    rows = rows.assign(minutes=np.where(rows["held"], minutes, 0))
    return rows.sort_values(["day", "person", "planned"], kind="stable", ignore_index=True)


def one_to_one_rows(seed: int, scenario: Scenario, one_to_ones: pd.DataFrame) -> list[Row]:
    """The calendar's entries as the owner keeps them, from the first day of the data on."""
    random = stream(seed, "one to one texts")
    mentors = {stay.person: stay.mentor for stay in scenario.rotations}
    rows: list[Row] = [HEADER]
    for each in one_to_ones[one_to_ones["day"] >= np.datetime64(scenario.start)].itertuples():
        day = str(each.day)[:10]
        clock = f"{random.randint(10, 18)}:{('00', '30')[random.randint(2)]}"
        title = TITLES[each.planned].format(full_name(each.person, day).split()[-1])
        told = (YES[each.planned], YES[each.held], str(each.minutes) if each.held else "")
        names = (sheet_name(each.person, day), full_name(mentors[each.person]))
        rows.append((day.replace("-", "/"), clock, title, *names, *told))
    return rows
