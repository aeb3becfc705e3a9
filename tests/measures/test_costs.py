"""The cost account, counted by hand: no holidays, a week of 40 hours, stays of whole weeks.

p01 and p02 stay from Monday 2023-01-02 to Sunday 2023-02-26 (8 working weeks); the host team has 4 members.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rotation_analysis.disclosure.gate import publish
from rotation_analysis.disclosure.publications import Edition
from rotation_analysis.measure_row import Measure
from rotation_analysis.measures.parties.costs import ACCOUNT, KINDS, MONEY, PARTS, measure_costs, sum_up
from rotation_analysis.programme.model import Calendar, Costs, DisclosurePolicy, Leave, Rotation
from rotation_analysis.programme.tables import ACTIVITIES
from tests.builders import day, make_cohorts, make_programme, make_rotation, pick

START, END = "2023-01-02", "2023-02-26"
FIRST = make_rotation("p01", "aoi", START, END)
SECOND = make_rotation("p02", "kaede", START, END, cohort="2")
Row = dict[str, Any]


def sheet(person: str, cohort: str = "1", **shares: float) -> list[Measure]:
    """The rows time.share of one person; the rest of the time is learning."""
    told = {name: shares.get(name, 0.0) for name in ACTIVITIES}
    told["learning"] = 1 - sum(shares.values())
    return [
        Measure(
            measure="time.share", unit="share", method="share_of_time", counts="person_weeks",
            person=person, cohort=cohort, kind=name, value=value,
        )
        for name, value in told.items()
    ]  # fmt: skip


def hours(month: str, *given: float) -> list[Row]:
    fixed = {"instrument": "host", "question": "ho_hours", "state": "answered", "day": f"{month}-20"}
    return [{**fixed, "number": each} for each in given]


def measure(
    *time: Measure,
    stays: Sequence[Rotation] = (FIRST, SECOND),
    answers: Sequence[Row] = (),
    costs: Costs = Costs(),  # noqa: B008
    leave: Sequence[Leave] = (),
    size: int | None = 4,
    as_of: str = "2025-03-31",
) -> list[Measure]:
    programme = make_programme(*stays, calendar=Calendar(country=""), leave=tuple(leave), as_of=as_of)
    teams = tuple(t.model_copy(update={"size": size}) if t.id == "sre" else t for t in programme.teams)
    programme = programme.model_copy(update={"teams": teams, "costs": costs})
    return list(measure_costs(make_cohorts(programme, responses=answers), time))


def line(rows: Sequence[Measure], kind: str, cohort: str | None = None) -> Measure:
    return pick(rows, ACCOUNT, kind=kind, cohort=cohort)


# --- away -----------------------------------------------------------------------------------------------


def test_weeks_away_are_working_weeks_without_leave_times_the_share_of_working_time() -> None:
    half = make_rotation("p01", "aoi", START, END, share=0.5)
    week_off = Leave(person="p02", first=day("2023-02-06"), last=day("2023-02-12"))
    rows = measure(stays=(half, SECOND), leave=(week_off,))
    assert pick(rows, "cost.person_weeks_away", person="p01").value == 4.0
    own = pick(rows, "cost.person_weeks_away", person="p02")
    assert (own.value, own.cohort, own.team, own.people) == (7.0, "2", "kaede", ("p02",))
    assert (line(rows, "away").value, line(rows, "away").n) == (11.0, 2)
    assert line(rows, "away", "2").value == 7.0


def test_weeks_away_of_a_person_tell_leave_and_need_the_consent() -> None:
    ill = (Leave(person="p01", first=day("2023-01-09"), last=day("2023-02-24")),)
    rows = measure(leave=ill)
    facts = {"as_of": "2025-03-31", "programme_sha256": "0"}
    published = publish(rows, Edition(audience="owner", cohort="1"), DisclosurePolicy(), (), facts=facts)
    (row,) = published.rows("cost.person_weeks_away").to_dict("records")
    assert (row["person"], row["value"], row["verdict"]) == ("p01", None, "hidden")


def test_a_running_stay_counts_up_to_the_day_of_the_data() -> None:
    rows = measure(stays=(make_rotation("p01", "aoi", START),), as_of="2023-01-15")
    assert line(rows, "away").value == 2.0


# --- time sheets ----------------------------------------------------------------------------------------


def test_collaboration_and_offset_are_shares_of_the_weeks_away() -> None:
    time = sheet("p01", home=0.25, request=0.5, improvement=0.125, incident=0.0625)
    rows = measure(*time, *sheet("p02", "2", home=0.5))
    assert line(rows, "collaboration", "1").value == 2.0
    assert line(rows, "offset", "1").value == 5.5
    assert (line(rows, "collaboration").value, line(rows, "offset").value) == (6.0, 5.5)
    assert line(rows, "collaboration").people == ("p01", "p02")


def test_stays_without_a_sheet_are_taken_to_be_like_the_others_and_that_is_said() -> None:
    row = line(measure(*sheet("p01", home=0.25)), "collaboration")
    assert (row.value, row.n, row.missing, row.notes) == (4.0, 1, 1, ("OTHERS_ALIKE:1",))


def test_longer_stays_weigh_more() -> None:
    short = make_rotation("p02", "kaede", START, "2023-01-15", cohort="2")  # 2 weeks
    rows = measure(*sheet("p01", home=0.25), *sheet("p02", "2", home=1.0), stays=(FIRST, short))
    assert line(rows, "collaboration").value == 0.25 * 8 + 1.0 * 2


def test_without_time_sheets_collaboration_and_offset_are_unknown_never_nought() -> None:
    rows = measure()
    assert {line(rows, kind).declined for kind in ("collaboration", "offset")} == {"NO_TIME_SHEETS"}
    assert line(rows, "net").notes[0] == "WITHOUT_COLLABORATION"


# --- the host team's hours ------------------------------------------------------------------------------


def test_teaching_is_hours_a_week_of_the_whole_team_over_the_weeks_of_the_stay() -> None:
    rows = measure(stays=(FIRST,), answers=[*hours("2023-01", 4, 6), *hours("2023-02", 1)])
    row = line(rows, "teaching")
    # 5 × 4 and 1 × 4 hours a week: 12 on average, for 8 weeks, of 40 hours each
    assert (row.value, row.n, row.missing) == (pytest.approx(12 * 8 / 40), 3, 5)
    assert row.people == ("host-1", "host-2")
    assert "ROUNDS:2:2" in row.notes


def test_hours_of_a_round_are_divided_by_heads_between_cohorts() -> None:
    rows = measure(answers=hours("2023-01", 5))
    assert [line(rows, "teaching", cohort).value for cohort in ("1", "2", None)] == [2.0, 2.0, 4.0]


def test_the_interval_of_the_hours_is_in_the_net() -> None:
    stay = make_rotation("p01", "aoi", START, "2023-04-30")  # 17 weeks, 4 rounds
    answers = [row for n, month in enumerate(("01", "02", "03", "04")) for row in hours(f"2023-{month}", n)]
    rows = measure(stays=(stay,), answers=answers)
    taught, net = line(rows, "teaching"), line(rows, "net")
    assert taught.value == pytest.approx(1.5 * 4 * 17 / 40)
    assert (taught.low, taught.high) == (0.0, pytest.approx((6 + 3.182 * 5.164 / 2) * 17 / 40, abs=0.01))
    assert (net.value, net.low, net.high) == tuple(
        pytest.approx(17 + (end or 0.0)) for end in (taught.value, taught.low, taught.high)
    )


@pytest.mark.parametrize(
    ("answers", "size", "reason"),
    [
        ([], 4, "NO_SURVEY"),
        (hours("2024-05", 3), 4, "ROUND_UNANSWERED"),
        (hours("2023-01", 3), None, "HOST_SIZE_UNKNOWN"),
    ],
)
def test_hours_that_are_not_known_say_why(answers: list[Row], size: int | None, reason: str) -> None:
    rows = measure(answers=answers, size=size)
    assert line(rows, "teaching").declined == reason
    assert "WITHOUT_TEACHING" in line(rows, "net").notes


# --- hours of the programme -----------------------------------------------------------------------------


def test_programme_hours_are_declared_or_not_known() -> None:
    declared = measure(costs=Costs(programme_hours_per_stay=10, hours_per_week=40))
    assert [line(declared, "programme_hours", c).value for c in (None, "1")] == [0.5, 0.25]
    undeclared = line(measure(), "programme_hours")
    assert (undeclared.declined, undeclared.value) == ("PROGRAMME_HOURS_UNDECLARED", None)
    assert line(measure(costs=Costs(programme_hours_per_stay=0)), "programme_hours").value == 0.0


# --- net ------------------------------------------------------------------------------------------------


def test_net_is_away_less_collaboration_and_teaching_and_programme_hours_on_top() -> None:
    time = [*sheet("p01", home=0.25, request=0.5), *sheet("p02", "2", home=0.25)]
    rows = measure(*time, answers=hours("2023-01", 5), costs=Costs(programme_hours_per_stay=20))
    net = line(rows, "net")
    assert (net.value, net.notes, net.missing) == (pytest.approx(16 - 4 + 4 + 1), (), 0)
    assert line(rows, "offset").value == 4.0  # stands beside it


def test_the_account_always_has_every_line() -> None:
    for rows in (measure(), measure(*sheet("p01", home=0.2), answers=hours("2023-01", 1))):
        for cohort in (None, "1", "2"):
            assert [r.kind for r in rows if r.measure == ACCOUNT and r.cohort == cohort] == [
                *KINDS,
                *(["net_per_stay", "offset_per_stay"] if cohort is None else []),
            ]


def part(kind: str, value: float | None, people: int) -> Measure:
    counts = "persons" if kind in ("collaboration", "teaching") else "records"
    row = Measure(
        measure=ACCOUNT, unit="person_weeks", method="m", counts=counts, kind=kind, n=3, missing=0,
        value=value, people=tuple(f"{kind}-{n}" for n in range(people)),
    )  # fmt: skip
    return row.unless("NO_SURVEY" if value is None else None)


amounts = st.one_of(st.none(), st.floats(0, 1e4, allow_nan=False))


@given(away=st.floats(0, 1e4), others=st.tuples(amounts, amounts, amounts), people=st.integers(1, 9))
def test_the_parts_always_sum_to_the_net(away: float, others: tuple[float | None, ...], people: int) -> None:
    values = dict(zip(PARTS, (away, *others), strict=True))
    net = sum_up([part(kind, value, people) for kind, value in values.items()])
    assert net.value == pytest.approx(sum(PARTS[kind] * (value or 0.0) for kind, value in values.items()))
    lacking = {f"WITHOUT_{kind.upper()}" for kind, value in values.items() if value is None}
    assert set(net.notes) == lacking
    assert net.missing == len(lacking)


@settings(deadline=None)
@given(
    shares=st.lists(st.floats(0, 0.5), min_size=2, max_size=2),
    taught=st.lists(st.floats(0, 40), min_size=0, max_size=4),
    each=st.one_of(st.none(), st.floats(0, 100)),
)
def test_the_measured_account_adds_up_in_every_group(
    shares: list[float], taught: list[float], each: float | None
) -> None:
    time = [*sheet("p01", home=shares[0]), *sheet("p02", "2", home=shares[1])]
    costs = Costs(programme_hours_per_stay=each)
    rows = measure(*time, answers=hours("2023-01", *taught), costs=costs)
    for cohort in (None, "1", "2"):
        parts = {kind: line(rows, kind, cohort).value for kind in PARTS}
        known = sum(PARTS[kind] * value for kind, value in parts.items() if value is not None)
        assert line(rows, "net", cohort).value == pytest.approx(known)


@given(collaborated=st.integers(1, 9), taught=st.integers(1, 9))
def test_the_net_is_shown_only_where_every_part_in_it_may_be(collaborated: int, taught: int) -> None:
    parts = [part("away", 8.0, 1), part("collaboration", 2.0, collaborated), part("teaching", 1.0, taught)]
    net = sum_up([*parts, part("programme_hours", None, 0)])
    assert (len(net.people), net.counts) == (min(collaborated, taught), "persons")


def test_a_net_of_records_alone_is_a_record() -> None:
    net = sum_up([part("away", 8.0, 1), *(part(kind, None, 0) for kind in list(PARTS)[1:])])
    assert (net.counts, net.people, net.value) == ("records", (), 8.0)


# --- what the gate does ---------------------------------------------------------------------------------


def shown(rows: Sequence[Measure], cohort: str) -> dict[tuple[str | None, str], float | None]:
    facts = {"as_of": "2025-03-31", "programme_sha256": ""}
    edition = Edition(audience="owner", cohort=cohort)
    found = publish(rows, edition, DisclosurePolicy(), (), facts=facts).rows(ACCOUNT)
    return {(c, str(k)): v for c, k, v in zip(found["cohort"], found["kind"], found["value"], strict=True)}


def test_a_small_cohort_keeps_its_records_and_loses_what_rests_on_answers() -> None:
    stays = [make_rotation(f"p{n}", "aoi", START, END, cohort="1" if n < 5 else "2") for n in range(10)]
    time = [row for s in stays for row in sheet(s.person, s.cohort, home=0.25)]
    rows = measure(*time, stays=stays, answers=hours("2023-01", 1, 2, 3, 4, 5), size=8)
    whole = {kind: value for (cohort, kind), value in shown(rows, "1").items() if cohort is None}
    assert whole["net"] is not None
    few = [*stays[:2], *stays[5:]]
    rows = measure(
        *(row for row in time if row.person in {s.person for s in few}),
        stays=few,
        answers=hours("2023-01", 1, 2, 3, 4, 5),
        size=8,
    )
    own = {kind: value for (cohort, kind), value in shown(rows, "1").items() if cohort == "1"}
    assert own["away"] == 16.0
    assert own["teaching"] is not None
    assert (own["collaboration"], own["net"], own["offset"]) == (None, None, None)
    other = {kind: value for (cohort, kind), value in shown(rows, "2").items() if cohort == "2"}
    assert other["collaboration"] is None  # the programme less the other cohort would tell the two


# --- money ----------------------------------------------------------------------------------------------


def test_money_is_told_only_where_a_price_is_declared_and_of_whole_weeks() -> None:
    assert not [row for row in measure() if row.measure == MONEY]
    stay = make_rotation("p01", "aoi", START, "2023-01-10")  # 7 working days
    rows = measure(stays=(stay,), costs=Costs(person_week=200_000, currency="JPY"))
    row = pick(rows, MONEY, kind="away", cohort=None)
    assert (row.value, row.label, row.unit) == (200_000.0, "JPY", "money")
    assert line(rows, "away").value == 1.4
    assert pick(rows, MONEY, kind="teaching", cohort=None).declined == "NO_SURVEY"


# --- the document ---------------------------------------------------------------------------------------


def test_the_document_s_examples_are_what_is_computed() -> None:
    document = (Path(__file__).parents[2] / "docs" / "measures.md").read_text(encoding="utf-8")
    told = " ".join(document.split("## What hosting costs")[1].split())
    ten_weeks = "2023-03-12"
    stays = (
        make_rotation("p01", "aoi", START, ten_weeks),
        make_rotation("p02", "aoi", START, ten_weeks),
    )
    rows = measure(stays=stays, answers=hours("2023-01", 5), size=8)
    assert line(rows, "teaching").value == 10.0
    assert "5 × 8 × 10 ÷ 40 = 10 person-weeks" in told
    # 2 weeks of teaching in 8: 10 hours a week of the whole team
    rows = measure(*sheet("p01", home=0.25), stays=(FIRST,), answers=hours("2023-01", 2.5))
    assert line(rows, "net").value == 8 - 2 + 2
    assert "8 − 2 + 2 = 8 person-weeks, without programme hours" in told
    assert line(rows, "net").notes == ("WITHOUT_PROGRAMME_HOURS",)
