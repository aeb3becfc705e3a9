"""Working days and weeks: public holidays, company days, and bounds of all kinds."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rotation_analysis.programme.model import Calendar, DaysOff
from rotation_analysis.programme.worktime import (
    WorkCalendar,
    count_working_days,
    count_working_weeks,
    local_days,
)
from tests.builders import day, make_programme

JAPAN = WorkCalendar("JP")
NEW_YEAR = DaysOff(first=day("2023-12-29"), last=day("2024-01-03"), name="年末年始")
COMPANY = make_programme(calendar=Calendar(country="JP", days_off=(NEW_YEAR,))).work_calendar


@pytest.mark.parametrize(
    ("first", "last", "days"),
    [
        ("2024-04-22", "2024-04-28", 5),  # an ordinary week
        ("2024-04-29", "2024-05-05", 3),  # Golden Week: 29 April and 3 May are free
        ("2024-05-06", "2024-05-12", 4),  # the holiday of Sunday, made up on Monday
        ("2024-05-03", "2024-05-06", 0),
        ("2024-05-07", "2024-05-07", 1),
        ("2024-05-04", "2024-05-05", 0),  # a weekend
        ("2024-05-08", "2024-05-07", 0),  # reversed
        ("2024-05-08", "2023-05-07", 0),  # reversed by a year
    ],
)
def test_working_days_in_japan(first: str, last: str, days: int) -> None:
    assert count_working_days(JAPAN, day(first), day(last)) == days
    assert count_working_weeks(JAPAN, day(first), day(last)) == days / 5


def test_company_days_at_the_turn_of_the_year_are_no_working_days() -> None:
    first, last = day("2023-12-25"), day("2024-01-05")
    assert count_working_days(JAPAN, first, last) == 9  # only 1 January is a public holiday
    assert count_working_days(COMPANY, first, last) == 6


def test_both_ends_of_company_days_are_free() -> None:
    assert count_working_days(COMPANY, day("2023-12-28"), day("2023-12-28")) == 1
    assert count_working_days(COMPANY, day("2023-12-29"), day("2024-01-03")) == 0
    assert count_working_days(COMPANY, day("2024-01-04"), day("2024-01-04")) == 1


def test_without_a_country_only_weekends_and_company_days_are_free() -> None:
    nowhere = make_programme(calendar=Calendar(country="", days_off=(NEW_YEAR,))).work_calendar
    assert nowhere.country is None
    assert count_working_days(nowhere, day("2024-04-29"), day("2024-05-05")) == 5
    assert count_working_days(nowhere, day("2024-01-01"), day("2024-01-05")) == 2


@settings(max_examples=60, deadline=None)
@given(start=st.dates(date(2021, 1, 1), date(2025, 12, 31)), lengths=st.tuples(*[st.integers(0, 200)] * 2))
def test_days_of_two_neighbouring_spans_add_up(start: date, lengths: tuple[int, int]) -> None:
    middle = start + timedelta(days=lengths[0])
    last = middle + timedelta(days=1 + lengths[1])
    parts = [(start, middle), (middle + timedelta(days=1), last)]
    assert sum(count_working_days(COMPANY, *part) for part in parts) == count_working_days(
        COMPANY, start, last
    )


def test_local_days_are_those_where_people_live() -> None:
    times = pd.Series(pd.to_datetime(["2024-03-31T14:59:59Z", "2024-03-31T15:00:00Z", None], utc=True))
    assert local_days(times, "Asia/Tokyo").tolist()[:2] == [
        pd.Timestamp("2024-03-31"),
        pd.Timestamp("2024-04-01"),
    ]
    found = local_days(times, "UTC")
    assert found.tolist()[:2] == [pd.Timestamp("2024-03-31")] * 2
    assert found.isna().tolist() == [False, False, True]
    assert str(found.dtype) == "datetime64[us]"
