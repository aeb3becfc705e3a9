"""Where a rotator's hours went week by week, and when tools disturbed whom."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .company import sheet_name, tracker_name
from .datadog import DATADOG_SINCE, FIRST_NUMBER
from .dialects import Row, sheet_time
from .planted import CLOSES, DAY, HOURS_A_DAY, OPENS, Scenario, Truth, stream
from .ratings import add_months
from .working_days import WorkingDays, list_weeks

ACTIVITIES = ("request", "improvement", "incident", "home", "learning")
SHEET_HEADER = ("週の開始日", "氏名", "依頼対応", "改善", "障害対応", "所属チーム", "学習")
CONCENTRATION = 120  # of a week's shares around the planted ones
HOURS_A_WORKING_DAY, HALF_HOUR_OFF = 7.5, 3
NOTIFICATION_HEADER = ("通知日時", "氏名", "経路", "障害番号")
CHANNELS = {False: ("電話", "アプリ通知", "アプリ通知"), True: ("Datadog On-Call", "Slack", "Slack")}
SLEEP_FROM, SLEEP_UNTIL = 22, 7
# a month and person, besides what an incident's participants are sent
MEMBER_RATES = {"office": 2.6, "off": 1.1, "sleep": 0.35}
ROTATOR_OFFICE = 1.6
TOLD = 0.5  # of those who took part in an incident
MONTH = 365.25 / 12
SETTLED_MONTHS = 2  # without duty after hours


def draw_time_sheets(seed: int, scenario: Scenario, truth: Truth) -> pd.DataFrame:
    """A row a person and week: `person, week` and hours by activity, to the half hour."""
    random, weeks = stream(seed, "time sheets"), list_weeks(scenario)
    shares = [truth.time_share_cohort_5 if cohort == "5" else truth.time_share for cohort in weeks["cohort"]]
    told = np.array([random.dirichlet(CONCENTRATION * np.array(share)) for share in shares])
    off = random.randint(-HALF_HOUR_OFF, HALF_HOUR_OFF + 1, len(weeks)) / 2
    total = HOURS_A_WORKING_DAY * weeks["days"].to_numpy() + off
    hours = np.round(told * total[:, None] * 2) / 2
    return pd.concat([weeks[["person", "week"]], pd.DataFrame(hours, columns=list(ACTIVITIES))], axis=1)


def time_sheet_rows(scenario: Scenario, sheets: pd.DataFrame) -> list[Row]:
    """The weekly sheet by week and person, from the first day of the data on; nothing done is left empty."""
    rows: list[Row] = [SHEET_HEADER]
    kept = sheets[sheets["week"] >= np.datetime64(scenario.start)]
    for each in kept.sort_values(["week", "person"]).itertuples():
        week = str(each.week)[:10]
        hours = [f"{getattr(each, activity):g}" for activity in ACTIVITIES]
        rows.append((week.replace("-", "/"), sheet_name(each.person, week), *hours))
    return rows


def draw_notifications(
    seed: int, scenario: Scenario, truth: Truth, incidents: pd.DataFrame, participation: pd.DataFrame
) -> pd.DataFrame:
    """A row a disturbance by time: `person, at, when` (office, off or sleep), `incident` (0 = none).

    Rotators are spared after hours in their first two months; then the planted rates hold, cohort 5's raised.
    """
    random = stream(seed, "notifications")
    calendar = WorkingDays(scenario).calendar
    rows: list[tuple[str, np.datetime64, str]] = []
    for person, first, last, rates in list_duties(scenario, truth):
        days = np.arange(np.datetime64(max(first, scenario.start)), np.datetime64(last) + DAY)
        working = np.is_busday(days, busdaycal=calendar)
        for when, rate in rates.items():
            count = random.poisson(rate * len(days) / MONTH)
            rows += [(person, moment, when) for moment in draw_moments(random, days, working, when, count)]
    alone = pd.DataFrame(rows, columns=["person", "at", "when"]).assign(incident=0)
    called = call_people(stream(seed, "calls"), incidents, participation, calendar)
    frame = pd.concat([alone, called], ignore_index=True)
    return frame.sort_values(["at", "person"], kind="stable", ignore_index=True)


def list_duties(scenario: Scenario, truth: Truth) -> list[tuple[str, str, str, dict[str, float]]]:
    """Who is disturbed from when until when how often a month, by `when`."""
    spans = [(person, scenario.start, scenario.as_of, MEMBER_RATES) for person in scenario.sre]
    for stay in scenario.rotations:
        until = min(stay.end or scenario.as_of, scenario.as_of)
        duty = add_months(stay.start, SETTLED_MONTHS)
        factor = truth.after_hours_cohort_5 if stay.cohort == "5" else 1.0
        after = {name: factor * rate for name, rate in truth.after_hours.items()}
        spans += [(stay.person, stay.start, until, {"office": ROTATOR_OFFICE})]
        spans += [(stay.person, duty, until, after)] if duty <= until else []
        if stay.now == "host" and stay.end:
            spans.append((stay.person, stay.now_since, scenario.as_of, MEMBER_RATES))
    return [span for span in spans if span[2] >= scenario.start]


def call_people(
    random: np.random.RandomState,
    incidents: pd.DataFrame,
    participation: pd.DataFrame,
    calendar: np.busdaycalendar,
) -> pd.DataFrame:
    """Half of those of SRE who took part are told minutes after it began; rotators in the office only."""
    rows = participation.merge(incidents[["incident", "created"]], on="incident")
    at = rows["created"].to_numpy() + random.randint(20, 900, len(rows)).astype("timedelta64[s]")
    days = at.astype("datetime64[D]")
    hour = (at - days) / np.timedelta64(1, "h")
    office = np.is_busday(days, busdaycal=calendar) & (hour >= OPENS) & (hour < CLOSES)
    sleep = (hour >= SLEEP_FROM) | (hour < SLEEP_UNTIL)
    when = np.select([office, sleep], ["office", "sleep"], "off")
    member = rows["phase"].isin(("sre", "stayed"))
    told = (random.random_sample(len(rows)) < TOLD) & (member | (office & (rows["phase"] != "after")))
    called = pd.DataFrame({"person": rows["person"], "at": at, "when": when, "incident": rows["incident"]})
    return called[told]


def draw_moments(
    random: np.random.RandomState, days: np.ndarray, working: np.ndarray, when: str, count: int
) -> np.ndarray:
    """`count` instants of a kind, evenly over its hours in `days`."""
    office, night = HOURS_A_DAY, 24 - SLEEP_FROM + SLEEP_UNTIL
    awake = 24 - night
    length = {
        "office": np.where(working, office, 0),
        "sleep": np.full(len(days), night),
        "off": np.where(working, awake - office, awake),
    }[when]
    if not count or not length.sum():
        return np.array([], dtype="datetime64[s]")
    chosen = random.choice(len(days), count, p=length / length.sum())
    into = random.random_sample(count) * length[chosen]
    begins = {"office": OPENS, "sleep": 0, "off": SLEEP_UNTIL}[when]
    hour = begins + into
    # the night of a day is its first hours and its last, the rest of a working day lies around the office
    gap = {"sleep": SLEEP_FROM - SLEEP_UNTIL, "off": CLOSES - OPENS}.get(when, 0)
    from_here = {"sleep": SLEEP_UNTIL, "off": OPENS}.get(when, 24)
    jumps = (hour >= from_here) & (working[chosen] | (when == "sleep"))
    hour = np.where(jumps, hour + gap, hour)
    return days[chosen].astype("datetime64[s]") + np.floor(hour * 3600).astype("timedelta64[s]")


def notification_rows(seed: int, notifications: pd.DataFrame) -> list[Row]:
    """Both tools' notifications in one sheet, with the number that the incident has in its tool."""
    random = stream(seed, "notification texts")
    rows: list[Row] = [NOTIFICATION_HEADER]
    for each in notifications.itertuples():
        new = bool(each.at >= DATADOG_SINCE)
        number = str(each.incident + FIRST_NUMBER * new) if each.incident else ""
        channel = CHANNELS[new][random.randint(0, len(CHANNELS[new]))]
        rows.append((sheet_time(each.at), tracker_name(each.person), channel, number))
    return rows
