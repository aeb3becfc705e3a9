"""Business hours across nights, holidays and changes of the clocks; hours off work and of sleep."""

from __future__ import annotations

import time as timer
from datetime import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rotation_analysis.cohorts.clock import BusinessClock, business_clock_for
from rotation_analysis.programme.model import Calendar, DaysOff
from rotation_analysis.programme.worktime import WorkCalendar
from tests.builders import day, make_programme

TOKYO = BusinessClock(WorkCalendar("JP"), "Asia/Tokyo")
ROUND_THE_CLOCK = {"opens": time(0), "closes": time(0)}
BEGIN = pd.Timestamp("2024-01-01", tz="UTC")


def moments(*texts: str | None, zone: str = "Asia/Tokyo") -> pd.Series:
    """Wall times of a zone as UTC."""
    return pd.Series(pd.to_datetime(list(texts))).dt.tz_localize(zone).dt.tz_convert("UTC")


def hours(clock: BusinessClock, start: str, end: str) -> float:
    return clock.hours_between(moments(start, zone=clock.timezone), moments(end, zone=clock.timezone)).item()


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2024-05-08 11:00", "2024-05-08 12:30", 1.5),
        ("2024-05-08 11:00", "2024-05-08 11:00", 0.0),
        ("2024-05-08 08:00", "2024-05-08 11:00", 1.0),  # before opening
        ("2024-05-08 18:00", "2024-05-08 23:00", 1.0),  # after closing
        ("2024-05-08 19:00", "2024-05-09 10:00", 0.0),  # a night
        ("2024-05-08 10:00", "2024-05-08 19:00", 9.0),
        ("2024-05-10 18:30", "2024-05-13 10:15", 0.75),  # Friday evening to Monday morning
        ("2024-05-11 12:00", "2024-05-12 12:00", 0.0),  # a weekend
        ("2024-05-02 18:00", "2024-05-07 11:00", 2.0),  # the public holidays of May
        ("2024-05-13 00:00", "2024-05-20 00:00", 45.0),
        ("2024-12-31 18:59:59.5", "2025-01-02 10:00", 0.5 / 3600),
    ],
)
def test_hours_are_those_between_opening_and_closing(start: str, end: str, expected: float) -> None:
    assert hours(TOKYO, start, end) == pytest.approx(expected, abs=1e-9)


def test_a_missing_or_reversed_time_has_no_hours() -> None:
    start = moments("2024-05-08 11:00", "2024-05-08 11:00", None, None)
    end = moments("2024-05-08 10:59", None, "2024-05-08 11:00", None)
    assert TOKYO.hours_between(start, end).isna().tolist() == [True] * 4
    none = moments()
    assert TOKYO.hours_between(none, none).tolist() == []


def test_hours_keep_the_index_and_refuse_times_without_a_zone() -> None:
    start, end = moments("2024-05-08 11:00"), moments("2024-05-08 12:00")
    start.index = end.index = pd.Index([7])
    assert TOKYO.hours_between(start, end).to_dict() == {7: 1.0}
    with pytest.raises(TypeError):
        TOKYO.hours_between(start.dt.tz_localize(None), end)


@pytest.mark.parametrize(
    ("zone", "country", "start", "end"),
    [
        ("America/New_York", "US", "2024-03-08 16:00", "2024-03-11 12:00"),  # summer time begins between
        ("America/New_York", "US", "2024-11-01 16:00", "2024-11-04 12:00"),  # and ends
        ("Europe/Berlin", "DE", "2024-10-25 16:00", "2024-10-28 12:00"),
        ("Europe/Berlin", "DE", "2024-04-05 16:00", "2024-04-08 12:00"),  # no change
    ],
)
def test_a_weekend_with_a_change_of_the_clocks_has_the_same_hours(
    zone: str, country: str, start: str, end: str
) -> None:
    assert hours(BusinessClock(WorkCalendar(country), zone), start, end) == 5.0


def test_opening_follows_the_wall_clock_not_utc() -> None:
    clock = BusinessClock(WorkCalendar("US"), "America/New_York")
    utc = pd.Series(pd.to_datetime(["2024-03-08T15:00Z", "2024-03-11T14:00Z"]))  # 10:00 before and after
    assert clock.hours_between(utc, utc + pd.Timedelta(hours=1)).tolist() == [1.0, 1.0]
    assert clock.hours_between(utc - pd.Timedelta(hours=1), utc).tolist() == [0.0, 0.0]


def test_a_day_with_a_change_of_the_clocks_is_as_long_as_it_was() -> None:
    # Egypt puts its clocks forward at midnight of a Friday and back at the midnight that ends a Thursday
    clock = BusinessClock(WorkCalendar(None), "Africa/Cairo", **ROUND_THE_CLOCK)
    utc = pd.Series(pd.to_datetime(["2024-04-24T22:00Z", "2024-04-25T22:00Z", "2024-04-26T21:00Z"]))
    assert clock.hours_between(utc[:1], utc[1:2].set_axis([0])).tolist() == [24.0]
    assert clock.hours_between(utc[1:2].set_axis([0]), utc[2:].set_axis([0])).tolist() == [23.0]
    back = pd.Series(pd.to_datetime(["2024-10-30T21:00Z"]))
    assert clock.hours_between(back, back + pd.Timedelta(hours=25)).tolist() == [25.0]
    assert hours(clock, "2024-10-30 00:00", "2024-10-31 00:00") == 24.0


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.integers(0, 400 * 24 * 60), min_size=3, max_size=3),
    st.sampled_from(["Asia/Tokyo", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe"]),
    st.sampled_from([{}, ROUND_THE_CLOCK, {"opens": time(1, 30), "closes": time(2, 15)}]),
)
def test_hours_add_up_over_a_split_and_never_shrink(minutes: list[int], zone: str, bounds: dict) -> None:
    clock = BusinessClock(WorkCalendar("JP"), zone, **bounds)
    first, middle, last = (pd.Series([BEGIN + pd.Timedelta(minutes=m)]) for m in sorted(minutes))
    parts = clock.hours_between(first, middle) + clock.hours_between(middle, last)
    whole = clock.hours_between(first, last)
    assert parts.item() == pytest.approx(whole.item(), abs=1e-9)
    assert -1e-9 <= clock.hours_between(first, middle).item() <= whole.item() + 1e-9
    assert whole.item() <= (last - first).item().total_seconds() / 3600 + 1e-9


def test_hours_of_a_million_records_are_quick() -> None:
    random = np.random.RandomState(1)
    start = pd.Series(BEGIN + pd.to_timedelta(random.randint(0, 10**7, 10**6), unit="min"))
    end = start + pd.to_timedelta(random.randint(0, 10**4, 10**6), unit="min")
    begun = timer.process_time()
    found = TOKYO.hours_between(start, end)
    assert timer.process_time() - begun < 0.5
    assert found.notna().all()
    few = list(range(0, 10**6, 10**5))
    assert found[few].tolist() == [TOKYO.hours_between(start[[i]], end[[i]]).item() for i in few]


# --- off work and asleep --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "kind"),
    [
        ("2024-05-08 09:59", "off"),
        ("2024-05-08 10:00", None),
        ("2024-05-08 18:59", None),
        ("2024-05-08 19:00", "off"),
        ("2024-05-08 21:59", "off"),
        ("2024-05-08 22:00", "sleep"),
        ("2024-05-09 00:00", "sleep"),
        ("2024-05-09 06:59", "sleep"),
        ("2024-05-09 07:00", "off"),
        ("2024-05-11 12:00", "off"),  # Saturday
        ("2024-05-06 12:00", "off"),  # a public holiday
        ("2024-05-06 03:00", "sleep"),
    ],
)
def test_kind_of_hours(at: str, kind: str | None) -> None:
    found = TOKYO.kind_of_hours(moments(at)).item()
    assert (None if found is pd.NA else found) == kind


def test_hours_off_are_those_where_the_person_lives() -> None:
    times = pd.Series(pd.to_datetime(["2024-05-08T03:00Z"] * 4), index=[3, 1, 4, 1])
    zones = pd.Series(["Asia/Tokyo", "Europe/Berlin", "America/New_York", None], index=times.index)
    found = TOKYO.kind_of_hours(times, zones)
    assert found.fillna("business").tolist() == ["business", "sleep", "sleep", "business"]
    assert found.index.tolist() == [3, 1, 4, 1]
    assert TOKYO.kind_of_hours(times, "Europe/Berlin").tolist() == ["sleep"] * 4


def test_the_day_of_a_person_is_the_one_where_the_person_lives() -> None:
    friday_noon_in_new_york = moments("2024-05-10 12:00", zone="America/New_York")  # Saturday in Tokyo
    assert TOKYO.kind_of_hours(friday_noon_in_new_york, "America/New_York").isna().all()
    assert TOKYO.kind_of_hours(friday_noon_in_new_york).tolist() == ["sleep"]


def test_a_missing_time_is_of_no_kind() -> None:
    times = moments(None, "2024-05-08 23:00")
    assert TOKYO.kind_of_hours(times).fillna("").tolist() == ["", "sleep"]


def test_hours_of_sleep_are_hours_off_work() -> None:
    late = BusinessClock(WorkCalendar("JP"), "Asia/Tokyo", sleep_until=time(11))
    at = moments("2024-05-08 09:30", "2024-05-08 10:30", "2024-05-11 10:30")
    assert late.kind_of_hours(at).fillna("business").tolist() == ["sleep", "business", "sleep"]


def test_sleep_that_ends_the_same_day() -> None:
    clock = BusinessClock(WorkCalendar("JP"), "Asia/Tokyo", sleep_from=time(1), sleep_until=time(8))
    at = moments("2024-05-08 00:30", "2024-05-08 01:00", "2024-05-08 08:00", "2024-05-08 23:00")
    assert clock.kind_of_hours(at).tolist() == ["off", "sleep", "off", "off"]


# --- of a programme -------------------------------------------------------------------------------------


def test_clock_of_a_programme_knows_its_hours_and_days_off() -> None:
    off = DaysOff(first=day("2024-05-09"), last=day("2024-05-09"), name="創立記念日")
    programme = make_programme(
        calendar=Calendar(country="JP", days_off=(off,), opens=time(9), closes=time(17), sleep_from=time(23))
    )
    clock = business_clock_for(programme)
    assert hours(clock, "2024-05-08 16:00", "2024-05-10 10:00") == 2.0
    assert clock.kind_of_hours(moments("2024-05-09 12:00", "2024-05-08 22:30")).tolist() == ["off", "off"]


def test_a_day_that_closes_before_it_opens_is_refused() -> None:
    with pytest.raises(ValueError, match="before they begin"):
        BusinessClock(WorkCalendar("JP"), "Asia/Tokyo", opens=time(10), closes=time(9))
