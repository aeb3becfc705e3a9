"""Declared triggers against published rows: reached, open, not reached, unknown, hidden."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from rotation_analysis.disclosure.publications import Publication
from rotation_analysis.measure_row import Measure
from rotation_analysis.programme.plan import Triggers
from rotation_analysis.reports.decisions import TRIGGERS, Decision, list_decisions
from tests.publications import make_publication, make_row, make_stay

BOUND = "requests.permission_bound_share"
TEACHING, WAITING = "host.teaching_hours", "waiting.change_by_rotators"


def whole(measure: str, value: float | None, **other: Any) -> Measure:
    """A row of the whole programme."""
    return make_row(measure, value, **{"cohort": None, "unit": "share", "n": 40, **other})


def publish_programme(*rows: Measure, **facts: Any) -> Publication:
    """A publication of the whole programme with exactly these rows."""
    return replace(make_publication(*rows, **facts), cohort=None)


def publish_before(*rows: Measure, as_of: str = "2024-03-31") -> Publication:
    """The programme's publication of an earlier day; the one stay ended on 2024-06-28."""
    return replace(publish_programme(*rows), as_of=as_of)


def decide(name: str, *rows: Measure, earlier: Publication | None = None, **triggers: Any) -> Decision:
    declared = Triggers(**triggers).model_dump(mode="json")
    decisions = list_decisions(publish_programme(*rows, triggers=declared), earlier)
    (found,) = [decision for decision in decisions if decision.name == name]
    return found


@pytest.mark.parametrize(
    ("value", "low", "high", "state"),
    [
        (0.30, None, None, "too_little"),
        (0.20, None, None, "too_little"),
        (0.25, 0.24, 0.25, "not_reached"),  # more than a quarter is wanted
        (0.30, 0.26, 0.34, "reached"),
        (0.30, 0.24, 0.36, "open"),
        (0.20, 0.16, 0.26, "open"),
        (0.20, 0.16, 0.25, "not_reached"),
        (0.30, 0.20, None, "open"),  # an upper end that is not reached
        (0.30, 0.26, None, "reached"),
    ],
)
def test_trigger_is_reached_unless_interval_spans_it(
    value: float, low: float | None, high: float | None, state: str
) -> None:
    assert decide("permission", whole(BOUND, value, low=low, high=high)).state == state


def test_the_owner_s_own_trigger_decides() -> None:
    row = whole(BOUND, 0.30, low=0.29, high=0.31)
    assert decide("permission", row, permission_bound_share=0.4).state == "not_reached"
    assert decide("permission", row, permission_bound_share=0.2).threshold == 0.2


def test_of_several_rows_those_that_reached_are_named() -> None:
    rows = [
        whole(WAITING, value, kind=f"rotators_{n}", unit="waiting_ratio", low=value - 0.05, high=value + 0.05)
        for n, value in ((2, 0.05), (4, 0.26))
    ]
    found = decide("size_waiting", *rows)
    assert (found.state, [row.kind for row in found.rows]) == ("reached", ["rotators_4"])


def test_teaching_hours_use_programme_row_only() -> None:
    rows = [
        whole(TEACHING, 3.0, unit="hours", low=2.5, high=3.5),
        whole(TEACHING, 6.0, unit="hours", kind="rotators_4"),
        whole(TEACHING, 6.0, unit="hours", cohort="1"),
    ]
    found = decide("size_teaching", *rows)
    assert (found.state, len(found.rows)) == ("not_reached", 1)


def test_skill_is_listed_if_higher_view_grew_little() -> None:
    rows = [
        whole(f"skill.growth.{view}", value, unit="levels", skill=skill, low=value - 0.05, high=value + 0.05)
        for skill, values in {"os": (0.1, 0.4), "db": (0.2, 0.9)}.items()
        for view, value in zip(("now_minus_start", "now_minus_then"), values, strict=True)
    ]
    found = decide("onboarding", *rows, whole("skill.growth.now_minus_start", 0.3, unit="levels"))
    assert (found.state, [row.skill for row in found.rows]) == ("reached", ["os"])


def test_length_is_compared_in_months() -> None:
    rows = [
        whole("incident.weeks_to_responder", weeks, unit="weeks", low=weeks - 0.2, high=weeks + 0.2)
        for weeks in (21.0, 22.0)
    ]
    assert [decide("length", row).state for row in rows] == ["not_reached", "reached"]  # 5 months: 21.7 weeks


def test_value_of_one_team_or_few_decides_nothing() -> None:
    one_team = whole(WAITING, 0.4, kind="rotators_4", unit="waiting_ratio", notes=("FEW_TEAMS:1:1",))
    assert decide("size_waiting", one_team).state == "too_little"
    judged = {"low": 0.1, "high": 0.3, "verdict": "not_enough_data"}
    row = whole("skill.growth.now_minus_then", 0.2, unit="levels", skill="os", **judged)
    found = decide("onboarding", row)
    assert (found.state, [row.value for row in found.rows]) == ("too_little", [0.2])


def test_hidden_or_unmeasurable_evidence_gives_its_reason() -> None:
    hidden = whole(TEACHING, None, unit="hours", verdict="hidden", notes=("FEW_PEOPLE:5",))
    assert decide("size_teaching", hidden) == Decision(
        name="size_teaching", state="hidden", threshold=4.0, unit="hours", reason="FEW_PEOPLE:5"
    )
    declined = whole(BOUND, None, verdict="not_measurable", notes=("NO_REQUESTS",))
    assert decide("permission", declined).reason == "NO_REQUESTS"
    assert decide("permission").reason == "NO_RECORDS"


# --- the programme's page -------------------------------------------------------------------------------

GROWTH, FIRST = "skill.growth.now_minus_start", "impact.self_resolution.first_graduate"


def accounts(person: float = 0.7, home: float = 0.12, host: float = 3.0, half: float = 0.1) -> list[Measure]:
    """The rows that the three accounts are read from, each with an interval of that half-width."""
    rows = (
        (GROWTH, person, "levels", None),
        (FIRST, home, "share_points", None),
        ("host.balance", host, "host_weeks", "26"),
    )
    return [
        whole(name, value, unit=unit, label=label, low=value - half, high=value + half)
        for name, value, unit, label in rows
    ]  # fmt: skip


def test_continue_where_every_account_is_above_zero() -> None:
    found = decide("continue", *accounts())
    assert (found.state, found.accounts) == ("not_reached", ("person", "home_team", "organisation"))


@pytest.mark.parametrize(
    ("before", "state"),
    [(None, "unknown"), (-0.3, "reached"), (0.3, "not_reached"), (-0.05, "unknown")],
)
def test_one_negative_term_pauses_nothing_two_do(before: float | None, state: str) -> None:
    earlier = None if before is None else publish_before(*accounts(home=before))
    found = decide("continue", *accounts(home=-0.3), earlier=earlier)
    assert found.state == state
    assert found.reason == ("ONE_TERM" if state == "unknown" else None)


def test_interval_including_zero_leaves_decision_open() -> None:
    earlier = publish_before(*accounts(home=-0.3))
    assert decide("continue", *accounts(home=-0.05), earlier=earlier).state == "open"


@pytest.mark.parametrize("before", [-0.3, 0.3])
@pytest.mark.parametrize(
    ("as_of", "later"),
    [
        ("2024-01-07", True),  # the stay started and ended between
        ("2024-06-27", True),  # it ended between
        ("2024-06-28", False),
        ("2025-03-31", False),  # the same day
    ],
)
def test_a_report_of_the_same_term_confirms_nothing(as_of: str, later: bool, before: float) -> None:
    earlier = publish_before(*accounts(home=before), as_of=as_of)
    found = decide("continue", *accounts(home=-0.3), earlier=earlier)
    judged = ("reached" if before < 0 else "not_reached", None)
    assert (found.state, found.reason) == (judged if later else ("unknown", "ONE_TERM"))


def test_a_report_compared_with_itself_reaches_nothing() -> None:
    report = publish_programme(*accounts(person=-0.7, home=-0.3, host=-3.0))
    found = list_decisions(report, report)[0]
    assert (found.name, found.state, found.reason) == ("continue", "unknown", "ONE_TERM")


def test_future_stay_does_not_start_new_term() -> None:
    stays = [make_stay(start="2025-04-07", end=None)]
    report = publish_programme(*accounts(home=-0.3), stays=stays)
    assert list_decisions(report, publish_before(*accounts(home=-0.3)))[0].reason == "ONE_TERM"


@pytest.mark.parametrize("label", [None, "last", ""])
def test_earlier_balance_without_week_is_ignored(label: str | None) -> None:
    row = whole("host.balance", -3.0, unit="host_weeks", label=label, low=-4.0, high=-2.0)
    earlier = publish_before(*accounts()[:2], row)
    assert decide("continue", *accounts(host=-3.0), earlier=earlier).reason == "ONE_TERM"


def test_unjudged_account_is_omitted_and_blocks_not_reached() -> None:
    person, home, _ = accounts()
    declined = whole(
        "host.break_even_week", None, unit="weeks", verdict="not_measurable", notes=("NO_SURVEY",)
    )
    found = decide("continue", person, home, declined)
    assert (found.state, found.accounts) == ("unknown", ("person", "home_team"))
    hidden = replace(person, value=None, low=None, high=None, verdict="hidden", notes=("FEW_PEOPLE:5",))
    found = decide("continue", hidden, *accounts()[1:])
    assert (found.state, found.accounts) == ("hidden", ("home_team", "organisation"))
    assert decide("continue").state == "unknown"


def test_host_team_account_uses_last_week() -> None:
    rows = [
        whole("host.balance", value, unit="host_weeks", label=week, low=value - 0.1, high=value + 0.1)
        for week, value in (("9", -4.0), ("10", 2.0))
    ]
    found = decide("continue", *accounts()[:2], *rows)
    assert (found.state, found.rows[-1].label) == ("not_reached", "10")


def test_a_week_of_break_even_is_no_balance() -> None:
    week = whole("host.break_even_week", 5.0, unit="weeks", low=4.0, high=6.0)
    found = decide("continue", *accounts()[:2], week)
    assert (found.state, found.accounts) == ("unknown", ("person", "home_team"))


def barrier(kind: str, persons: float | None, **other: Any) -> Measure:
    return whole("followup.barrier", persons, **{"kind": kind, "unit": "persons", "n": 8, **other})


def test_barrier_named_twice_calls_for_return_plan() -> None:
    assert decide("return_plan", barrier("none", 6), barrier("time", 1)).state == "not_reached"
    found = decide("return_plan", barrier("time", 2), barrier("chance", 5), barrier("none", 3))
    assert (found.state, [row.kind for row in found.rows]) == ("reached", ["chance", "time"])
    assert decide("return_plan", barrier("time", 2), barrier_persons=3).state == "not_reached"


def test_low_use_in_latest_round_needs_return_plan() -> None:
    uses = [
        whole("followup.use", value, kind="hardly", wave=wave, unit="persons", n=6)
        for wave, value in (("after_3m", 4.0), ("after_6m", 1.0))
    ]
    assert decide("return_plan", *uses).state == "not_reached"
    assert decide("return_plan", *uses[:1]).state == "reached"
    assert decide("return_plan").reason == "NO_SURVEY"


def test_every_trigger_key_exists() -> None:
    assert {each.key for each in TRIGGERS} <= set(Triggers.model_fields)
