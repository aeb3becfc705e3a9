"""Interruptions off work and in hours of sleep, where a person lives: incidents and nights, not messages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from rotation_analysis.measure_row import Measure
from rotation_analysis.measures.workload.incidents import measure_interruptions
from rotation_analysis.programme.model import Leave, Person, Programme, Rotation
from tests.builders import day, make_cohorts, make_programme, make_rotation, pick

STAY = make_rotation("p01", "aoi", "2024-06-03", "2024-06-28")  # month_1: 20 working days, one working month
Row = dict[str, Any]


def sent(
    at: str, incident: str | None = None, *, person: str | None = "p01", zone: str = "Asia/Tokyo"
) -> Row:
    """A message at a wall time of that zone."""
    return {
        "person": person,
        "at": pd.Timestamp(at, tz=zone).tz_convert("UTC"),
        "incident": incident,
        "channel": "call",
    }


def living_in(programme: Programme, person: str, zone: str) -> Programme:
    people = [each for each in programme.people if each.id != person]
    moved = Person(id=person, name="見本", team="aoi", timezone=zone)
    return programme.model_copy(update={"people": (*people, moved)})


def measure(
    *stays: Rotation,
    messages: list[Row],
    zone: str | None = None,
    alerts: Sequence[Row] = (),
    **other: Any,
) -> list[Measure]:
    programme = make_programme(*(stays or (STAY,)), **other)
    if zone:
        programme = living_in(programme, "p01", zone)
    cohorts = make_cohorts(programme, notifications=messages, alerts=alerts)
    return list(measure_interruptions(cohorts))


def rate(measures: list[Measure], kind: str, **where: object) -> Measure:
    return pick(measures, "interruption.rate", kind=kind, **({"person": "p01", "phase": "month_1"} | where))


def counts(measures: list[Measure]) -> tuple[int | None, int | None]:
    """Off and sleep of the first month."""
    return rate(measures, "off").n, rate(measures, "sleep").n


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2024-06-05 09:59", (1, 0)),
        ("2024-06-05 10:00", (0, 0)),
        ("2024-06-05 18:59", (0, 0)),
        ("2024-06-05 19:00", (1, 0)),
        ("2024-06-05 21:59", (1, 0)),
        ("2024-06-05 22:00", (0, 1)),
        ("2024-06-06 06:59", (0, 1)),
        ("2024-06-06 07:00", (1, 0)),
        ("2024-06-08 14:00", (1, 0)),  # a Saturday
        ("2024-06-08 23:00", (0, 1)),
    ],
)
def test_hours_of_a_day_are_business_off_or_sleep(at: str, expected: tuple[int, int]) -> None:
    assert counts(measure(messages=[sent(at, "1"), sent("2024-06-03 12:00", "0")])) == expected


def test_a_public_holiday_is_off_work() -> None:
    stay = make_rotation("p01", "aoi", "2024-04-22", "2024-05-17")
    assert counts(measure(stay, messages=[sent("2024-04-29 14:00", "1")])) == (1, 0)


@pytest.mark.parametrize(
    ("zone", "expected"),
    [("Asia/Tokyo", (0, 0)), ("Europe/Berlin", (0, 1)), ("America/Los_Angeles", (1, 0))],
)
def test_hours_are_those_of_where_the_person_lives(zone: str, expected: tuple[int, int]) -> None:
    at = sent("2024-06-05 11:00", "1")  # 04:00 in Berlin, 19:00 the day before in Los Angeles
    assert counts(measure(messages=[at], zone=zone)) == expected


@pytest.mark.parametrize(("on", "expected"), [("2024-03-29", (1, 0)), ("2024-04-01", (0, 0))])
def test_summer_time_moves_the_hours_of_a_day(on: str, expected: tuple[int, int]) -> None:
    stay = make_rotation("p01", "aoi", "2024-03-25", "2024-04-19")
    at = sent(f"{on} 08:30", "1", zone="UTC")  # 09:30 and, in summer time, 10:30 in Berlin
    assert counts(measure(stay, messages=[at], zone="Europe/Berlin")) == expected


def test_incidents_are_counted_and_not_messages() -> None:
    burst = [sent(f"2024-06-05 23:{minute}", "1") for minute in (10, 11, 12)]
    measures = measure(messages=[*burst, sent("2024-06-06 03:00", "2"), sent("2024-06-06 23:00", "2")])
    assert rate(measures, "sleep").n == 2
    assert rate(measures, "sleep").value == pytest.approx(2)


def test_an_incident_that_came_in_both_counts_once_as_sleep() -> None:
    assert counts(measure(messages=[sent("2024-06-05 20:00", "1"), sent("2024-06-05 23:00", "1")])) == (0, 1)


def test_messages_without_an_incident_are_one_a_night() -> None:
    messages = [sent("2024-06-05 22:30"), sent("2024-06-06 06:00"), sent("2024-06-06 22:30")]
    assert counts(measure(messages=messages)) == (0, 2)


def test_an_acknowledged_alert_of_the_same_incident_is_the_same_interruption() -> None:
    raised = {
        "id": "1",
        "created": pd.Timestamp("2024-06-05 14:00", tz="UTC"),
        "acknowledged": pd.Timestamp("2024-06-05 14:02", tz="UTC"),
        "who": "見本 p01",
    }
    never = {**raised, "id": "2", "acknowledged": None}
    other = {**raised, "id": "3"}
    unknown = {**raised, "id": "4", "who": "somebody else"}
    measures = measure(messages=[sent("2024-06-05 23:00", "1")], alerts=[raised, never, other, unknown])
    assert counts(measures) == (0, 2)
    assert rate(measures, "sleep").missing == 1  # the one that nobody known acknowledged


def test_a_month_of_exposure_is_twenty_working_days_without_leave_by_share() -> None:
    stay = make_rotation("p01", "aoi", "2024-06-03", "2024-06-28", share=0.5)
    leave = (Leave(person="p01", first=day("2024-06-17"), last=day("2024-06-28")),)
    measures = measure(stay, messages=[sent("2024-06-05 20:00", "1")], leave=leave)
    assert rate(measures, "off").value == pytest.approx(1 / 0.25)


def test_what_reached_nobody_known_is_missing() -> None:
    messages = [sent("2024-06-05 23:00", "1"), sent("2024-06-07 23:00", "2", person=None)]
    measures = measure(messages=messages)
    assert (rate(measures, "sleep").n, rate(measures, "sleep").missing) == (1, 1)
    assert rate(measures, "sleep", person=None).missing == 1


def test_messages_to_others_and_outside_the_stay_do_not_count() -> None:
    messages = [sent("2024-06-05 23:00", "1", person="sre1"), sent("2024-07-05 23:00", "2")]
    assert counts(measure(messages=messages)) == (0, 0)


def test_days_without_any_record_are_unknown_not_quiet() -> None:
    measures = measure(messages=[sent("2024-07-05 12:00", "1")])
    for row in measures:
        assert (row.value, row.declined) == (None, "NO_NOTIFICATIONS"), row.measure


def test_months_after_the_records_end_are_no_quiet_months() -> None:
    stay = make_rotation("p01", "aoi", "2024-06-03", "2024-11-29")
    last = sent("2024-09-13 12:00", "2", person="sre1")  # in months_4_end, from 2 September on
    measures = measure(stay, messages=[sent("2024-09-04 23:00", "1"), last])
    row = rate(measures, "sleep", phase="months_4_end")
    assert row.value == pytest.approx(1 / (10 / 20))  # ten working days, not thirteen weeks
    assert rate(measures, "sleep", person=None, phase="months_4_end").value == row.value


def test_the_programme_is_all_incidents_over_all_months() -> None:
    other = make_rotation("p02", "kaede", "2024-06-03", "2024-06-14")  # half a month
    messages = [sent("2024-06-05 20:00", "1"), sent("2024-06-05 20:00", "1", person="p02")]
    row = rate(measure(STAY, other, messages=messages), "off", person=None)
    assert (row.value, row.n, row.people) == (pytest.approx(2 / 1.5), 2, ("p01", "p02"))
    assert (row.counts, row.consent, row.notes) == ("persons", None, ("MONTHS:2", "UNCOVERED:0"))


def test_every_day_and_night_is_there_for_the_picture() -> None:
    messages = [sent("2024-06-05 20:00", "1"), sent("2024-06-06 02:00", "2"), sent("2024-06-06 03:00", "3")]
    events = [m for m in measure(messages=messages) if m.measure == "interruption.event"]
    assert [(m.label, m.kind, m.value) for m in events] == [
        ("2024-06-05", "off", 1),
        ("2024-06-05", "sleep", 2),
    ]
    assert {(m.person, m.consent) for m in events} == {("p01", "time")}


def test_who_was_never_interrupted_still_has_a_row() -> None:
    events = [
        m for m in measure(messages=[sent("2024-06-05 12:00", "1")]) if m.measure == "interruption.event"
    ]
    assert [(m.value, m.label, m.declined) for m in events] == [(0, None, None)]


def test_the_order_of_messages_changes_nothing() -> None:
    messages = [sent("2024-06-05 20:00", "1"), sent("2024-06-05 23:00", "1"), sent("2024-06-06 20:00", "2")]
    assert measure(messages=messages) == measure(messages=messages[::-1])


def test_a_half_of_the_phases_without_records_is_told() -> None:
    later = make_rotation("p02", "kaede", "2024-08-05", "2024-08-30")
    row = rate(measure(STAY, later, messages=[sent("2024-06-05 20:00", "1")]), "off", person=None)
    assert (row.value, row.notes, row.people) == (1, ("MONTHS:1", "UNCOVERED:1"), ("p01",))
    assert replace(row, people=()).missing == 0
