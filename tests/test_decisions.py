"""Declared triggers against published rows: reached, open, not reached, unknown, hidden."""

from __future__ import annotations

from typing import Any

import pytest

from rotation_analysis.decision_sections import next_term, who_goes_next
from rotation_analysis.decisions import Decision, list_decisions
from rotation_analysis.measures import Measure
from rotation_analysis.plan import Triggers
from tests.publications import html_of, make_publication, make_report, make_row

BOUND = "requests.permission_bound_share"
TEACHING, WAITING, GAP = "host.teaching_hours", "waiting.change_by_rotators", "one_to_one.gap_over"


def whole(measure: str, value: float | None, **other: Any) -> Measure:
    """A row of the whole programme."""
    return make_row(measure, value, **{"cohort": None, "unit": "share", "n": 40, **other})


def decide(name: str, *rows: Measure, **triggers: Any) -> Decision:
    declared = Triggers(**triggers).model_dump(mode="json")
    (found,) = [d for d in list_decisions(make_publication(*rows, triggers=declared)) if d.name == name]
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
def test_a_value_beyond_its_trigger_is_reached_unless_the_interval_spans_it(
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


def test_teaching_hours_are_the_programme_s_and_not_those_by_participants_present() -> None:
    rows = [
        whole(TEACHING, 3.0, unit="hours", low=2.5, high=3.5),
        whole(TEACHING, 6.0, unit="hours", kind="rotators_4"),
        whole(TEACHING, 6.0, unit="hours", cohort="1"),
    ]
    found = decide("size_teaching", *rows)
    assert (found.state, len(found.rows)) == ("not_reached", 1)


@pytest.mark.parametrize(("people", "state"), [(0, "not_reached"), (1, "reached"), (3, "reached")])
def test_one_participant_without_a_one_to_one_is_enough(people: int, state: str) -> None:
    assert decide("talk", make_row(GAP, people, unit="persons")).state == state


def test_a_skill_is_told_where_even_its_higher_view_grew_too_little() -> None:
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


def test_a_value_of_one_team_or_of_few_people_decides_nothing() -> None:
    one_team = whole(WAITING, 0.4, kind="rotators_4", unit="waiting_ratio", notes=("FEW_TEAMS:1:1",))
    assert decide("size_waiting", one_team).state == "too_little"
    judged = {"low": 0.1, "high": 0.3, "verdict": "not_enough_data"}
    row = whole("skill.growth.now_minus_then", 0.2, unit="levels", skill="os", **judged)
    found = decide("onboarding", row)
    assert (found.state, [row.value for row in found.rows]) == ("too_little", [0.2])


def test_evidence_that_is_hidden_or_not_measurable_says_so() -> None:
    hidden = whole(TEACHING, None, unit="hours", verdict="hidden", notes=("FEW_PEOPLE:5",))
    assert decide("size_teaching", hidden) == Decision(
        name="size_teaching", state="hidden", threshold=4.0, reason="FEW_PEOPLE:5"
    )
    declined = whole(BOUND, None, verdict="not_measurable", notes=("NO_REQUESTS",))
    assert decide("permission", declined).reason == "NO_REQUESTS"
    assert decide("permission").reason == "NO_RECORDS"
    assert decide("tooling").reason == "NO_TOPICS"


# --- the part -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_part_names_what_is_reached_and_counts_what_cannot_be_told(language: str) -> None:
    bound = whole(BOUND, 0.30, n=800, low=0.27, high=0.33)
    report = make_report(bound, language=language, name="workload")
    part = next_term(report)
    assert report.say("decide.item.permission") in part.sentences[0]
    assert report.say("decide.not_declared") in part.sentences
    page = html_of(part)
    assert "800" in page
    assert page.count("<tr>") == 7  # a line a trigger


def test_a_value_is_told_with_the_interval_that_its_state_rests_on() -> None:
    page = html_of(next_term(make_report(whole(BOUND, 0.30, low=0.24, high=0.36), name="workload")))
    assert "30% (24% to 36%)" in page


@pytest.mark.parametrize(
    ("declared", "key"),
    [
        ("2024-01-07", "declared"),
        ("2024-01-08", "declared_during"),  # the day of the first stay
        ("2025-03-31", "declared_late"),
        (None, "not_declared"),
    ],
)
def test_the_part_says_when_the_triggers_were_set(declared: str | None, key: str) -> None:
    triggers = {**Triggers().model_dump(mode="json"), "declared": declared}
    report = make_report(name="workload", triggers=triggers)
    said = report.say(f"decide.{key}", day=declared or "")
    assert said in next_term(report).sentences


def test_teams_that_never_sent_are_listed_with_what_they_leave_to_the_host_team() -> None:
    row = {"unit": "per_engineer", "cohort": None, "kind": "never_sent", "counts": "records"}
    rows = [
        make_row("team.dependence", 8.5, team="kaede", n=34, **row),
        make_row("team.dependence", 5.0, team="aoi", n=40, **{**row, "kind": "sent"}),
    ]
    page = html_of(who_goes_next(make_report(*rows, name="workload")))
    assert all(text in page for text in ("Kaede", "8.5", "34"))
    assert "Aoi" not in page


def test_where_every_team_has_sent_somebody_the_part_says_so() -> None:
    part = who_goes_next(make_report(name="workload"))
    assert part.state is not None
    assert "every team" in part.state[1].lower()
