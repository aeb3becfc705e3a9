"""The company's calendar: its working days, hours, and the weeks in which a rotator was there."""

from __future__ import annotations

import holidays
import numpy as np
import pandas as pd

from .planted import DAY, HOURS_A_DAY, OPENS, Scenario

NEW_YEAR = ("12-29", "12-30", "12-31", "01-01", "01-02", "01-03")
SUMMER = ("08-13", "08-14", "08-15")
FULL_WEEK = 4  # working days from which on a week has its 1:1 and its time sheet


class WorkingDays:
    """Monday to Friday without public holidays, 29 December to 3 January and (`summer`) 13 to 15 August."""

    def __init__(self, scenario: Scenario, *, summer: bool = True) -> None:
        years = range(int(scenario.start[:4]) - 1, int(scenario.as_of[:4]) + 4)
        free = {np.datetime64(day, "D") for day in holidays.country_holidays("JP", years=years)}
        for year in years:
            for text in (*NEW_YEAR, *(SUMMER if summer else ())):
                free.add(np.datetime64(f"{year}-{text}", "D"))
        self.calendar = np.busdaycalendar(holidays=sorted(free))
        self.origin = np.datetime64(f"{years[0]}-01-01", "D")

    def add_hours(self, times: np.ndarray, hours: np.ndarray) -> np.ndarray:
        """The instants `hours` business hours (10:00–19:00) after `times`."""
        days = times.astype("datetime64[D]")
        clock = (times - days) / np.timedelta64(1, "h")
        today = np.is_busday(days, busdaycal=self.calendar)
        done = np.busday_count(self.origin, days, busdaycal=self.calendar)
        position = done * HOURS_A_DAY + np.where(today, np.clip(clock - OPENS, 0, HOURS_A_DAY), 0) + hours
        first = np.busday_offset(self.origin, 0, roll="forward", busdaycal=self.calendar)
        landing = np.busday_offset(first, (position // HOURS_A_DAY).astype(int), busdaycal=self.calendar)
        seconds = np.round((OPENS + position % HOURS_A_DAY) * 3600).astype("timedelta64[s]")
        return landing.astype("datetime64[s]") + seconds


def list_weeks(scenario: Scenario) -> pd.DataFrame:
    """The weeks of every stay with four working days or more: `person, cohort, week` (Monday), `first, days`.

    `first` is the first day of the stay in that week, `days` its working days there.  The three days of
    summer count as working days here: the 1:1 is planned and the sheet filled in for that week all the same.
    """
    calendar = WorkingDays(scenario, summer=False).calendar
    rows = []
    for stay in scenario.rotations:
        start, until = (
            np.datetime64(stay.start),
            np.datetime64(min(stay.end or scenario.as_of, scenario.as_of)),
        )
        monday = start - int((start.astype(int) + 3) % 7) * DAY
        for week in np.arange(monday, until + DAY, 7 * DAY):
            first, last = max(week, start), min(week + 6 * DAY, until)
            days = int(np.busday_count(first, last + DAY, busdaycal=calendar))
            if days >= FULL_WEEK:
                rows.append((stay.person, stay.cohort, week, first, days))
    return pd.DataFrame(rows, columns=["person", "cohort", "week", "first", "days"])
