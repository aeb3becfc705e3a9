"""A7 and the cost account on literal publications, shown, hidden and not measurable, in both languages."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from html import unescape
from typing import Any

import pytest

from rotation_analysis import cost_parts, home_parts, host_parts, host_sections
from rotation_analysis.costs import KINDS
from rotation_analysis.measures import Measure
from rotation_analysis.parts import Part, Report
from tests.publications import html_of, make_report, make_row

LANGUAGES = pytest.mark.parametrize("language", ["ja", "en"])
TEACHING, CHANGE, WAIT = "host.teaching_hours", "waiting.change_by_rotators", "waiting.by_rotators"


def whole(measure: str, value: float | None = 1.2, **other: Any) -> Measure:
    fields = {"cohort": None, "unit": "hours", "method": "mean_of_rounds_t", "n": 31, "missing": 7}
    return make_row(measure, value, **{**fields, "notes": ("ROUNDS:5:6",), **other})


def hours(value: float | None = 1.2, **other: Any) -> Measure:
    return whole(TEACHING, value, **{"low": 0.8, "high": 1.6, **other})


def of_month(number: int, value: float | None, **other: Any) -> Measure:
    return whole("host.teaching_per_rotator", value, kind=f"month_{number}", low=0.5, high=6.5, **other)


def balance(week: int, value: float, low: float | None = None, high: float | None = None) -> Measure:
    fields = {"unit": "host_weeks", "label": str(week), "n": 9, "missing": 1, "low": low, "high": high}
    return whole("host.balance", value, **{**fields, "method": "cumulated_host_time", "notes": ()})


def week(value: float | None, **other: Any) -> Measure:
    fields = {"unit": "weeks", "n": 9, "missing": 0, "method": "cumulated_host_time", "notes": ()}
    return whole("host.break_even_week", value, **{**fields, **other})


def share(measure: str, value: float | None = 0.4, **other: Any) -> Measure:
    return whole(measure, value, **{"unit": "share", "low": 0.2, "high": 0.6, **other})


def line(kind: str, value: float | None, cohort: str | None = None, **other: Any) -> Measure:
    fields = {"unit": "person_weeks", "kind": kind, "n": 13, "missing": 2, "notes": ()}
    return make_row("cost.account", value, **{**fields, "cohort": cohort, **other})


def hidden(row: Measure) -> Measure:
    empty = {"value": None, "low": None, "high": None, "n": None, "missing": None}
    return replace(row, **empty, verdict="hidden", notes=("FEW_PEOPLE:5",))  # type: ignore[arg-type]


def lacking(row: Measure, reason: str) -> Measure:
    return replace(row, value=None, low=None, high=None, verdict="not_measurable", notes=(reason,))


def words(text: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", text))).replace("\u00a0", " ").strip()


def lines_of(part: Part) -> dict[str, list[str]]:
    """The table of a part, folded or not: first cell → the others."""
    rows = re.findall(r"<tr>(.*?)</tr>", part.table or part.numbers, re.S)
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S) for row in rows if "<td" in row]
    return {words(first): [words(cell) for cell in rest] for first, *rest in cells}


ACCOUNT = [
    row
    for cohort, values in ((None, (302, 43, 22, 8, 289, 229)), ("1", (98, 12, 7, 2, 95, 77)))
    for row in (line(kind, float(value), cohort) for kind, value in zip(KINDS, values, strict=True))
]
FULL = [
    hours(),
    hours(2.4, cohort="1", n=12, low=None, high=None),
    hours(0.6, kind="rotators_1", n=11),
    hours(1.8, kind="rotators_2", n=20),
    whole(f"{TEACHING}.silent_none", 0.9, method="silent_as_none"),
    whole(WAIT, 9.0, kind="rotators_0", unit="business_hours", n=400, notes=()),
    whole(WAIT, 11.0, kind="rotators_2", unit="business_hours", n=300, notes=()),
    whole(
        CHANGE, 0.22, kind="rotators_2", unit="waiting_ratio", low=0.1, high=0.34, n=15, notes=("OBSERVED",)
    ),
    of_month(1, 5.0),
    of_month(2, 1.4),
    hidden(of_month(3, 1.0)),
    balance(1, -0.4, -0.6, -0.2),
    balance(2, 0.3, 0.1, 0.5),
    week(2.0, low=1.0, high=3.0),
    *(share(f"host.{name}") for name in ("postponed", "helped", "again")),
    *(hidden(share(f"host.{name}", cohort="1")) for name in ("postponed", "helped", "again")),
    share("host.reverted", 0.03, kind="participants", n=120, notes=()),
    share("host.reverted", 0.01, kind="host_members", n=900, notes=()),
    make_row("host.sres_per_rotator", 3.5, unit="ratio", n=180, counts="records"),
    share("home.cover", 0.3, n=22),
    share("home.delay_within_plan", 0.6, n=13, notes=()),
    hidden(share("home.delay_within_plan", cohort="1")),
    lacking(share("home.bus_factor_away", None, n=0), "HOME_NOT_RATED"),
    *(
        make_row(f"spread.{name}", value, unit=unit, n=58, missing=4, counts="records", cohort=cohort)
        for cohort in (None, "1")
        for name, value, unit in (
            ("sessions", 58.0, "sessions"),
            ("attendances", 640.0, "attendances"),
            ("session_teams", 12.0, "teams"),
            ("documents", 3.0, "deliverables"),
            ("mentors", 2.0, "persons"),
        )
    ),
    make_row("spread.sessions", 35.0, kind="by_participants", unit="sessions", n=50, missing=8, cohort=None),
    share("spread.used", 0.45, n=40, missing=5),
    *ACCOUNT,
]
PARTS: Sequence[Callable[[Report], Part]] = (
    host_parts.hosting,
    host_parts.months,
    host_parts.break_even,
    host_parts.opinions,
    home_parts.home_side,
    home_parts.spread,
    cost_parts.account,
)


def report(rows: Sequence[Measure] = FULL, language: str = "en") -> Report:
    return make_report(*rows, language=language, name="workload")


# --- every part -----------------------------------------------------------------------------------------


@LANGUAGES
@pytest.mark.parametrize("part", PARTS)
def test_a_part_says_what_it_found_with_its_n(part: Callable[[Report], Part], language: str) -> None:
    shown = part(report(language=language))
    assert shown.question
    assert shown.sentences
    assert shown.state is None
    assert lines_of(shown)
    assert (shown.figure is None) is (shown.alt == "")
    assert shown.figure is None or (shown.alt and shown.numbers)
    for sentence in shown.sentences:
        assert re.search(r"n = [0-9]", sentence) or re.search(r"無回答|0時間|not|missing", sentence), sentence
    assert shown.note
    assert "{" not in words(html_of(shown))


@LANGUAGES
@pytest.mark.parametrize("part", PARTS)
def test_without_any_row_a_part_says_why_it_is_empty(part: Callable[[Report], Part], language: str) -> None:
    empty = part(report([], language))
    assert empty.figure is None
    assert (empty.state is not None) is not bool(empty.table)  # one thing to look at
    assert (empty.state is not None) is (part is not cost_parts.account)
    assert words(html_of(empty))


@LANGUAGES
@pytest.mark.parametrize("part", PARTS)
def test_what_is_hidden_shows_no_number_of_it(part: Callable[[Report], Part], language: str) -> None:
    shown = part(report([hidden(row) for row in FULL], language))
    assert shown.figure is None
    told = words(html_of(shown))
    for number in ("640", "302", "289", "1.8", "−0.4", "22%", "58"):
        assert number not in told
    assert (shown.state is not None) is not bool(shown.table or shown.numbers)
    assert "5" in told  # the rule of five people


def test_all_parts_stand_on_the_page_in_their_order() -> None:
    page = host_sections.host_and_home(report())
    assert [part.question for part in page.parts] == [part(report()).question for part in PARTS[:-1]]
    assert len(host_sections.cost(report()).parts) == 1


# --- the host team --------------------------------------------------------------------------------------


def test_hours_are_told_with_range_answers_and_rounds() -> None:
    said = host_parts.hosting(report()).sentences
    assert said[0] == (
        "Teaching took 1.2 hours per SRE per week (whole programme, 95% range 0.8 to 1.6, answers n = 31, "
        "not answered 7, 5 of 6 rounds)."
    )
    assert "0.9 hours" in said[1]
    assert "2.4 hours" in said[2]
    assert "With 1: 0.6 hours (n = 11 answers) / With 2: 1.8 hours (n = 20 answers)" in said[3]
    assert "With 2: +22%" in said[4]


def test_a_hidden_cohort_is_told_as_hidden_beside_the_programme() -> None:
    rows = [hours(), hidden(hours(cohort="1"))]
    said = host_parts.hosting(report(rows)).sentences
    assert "1.2 hours" in said[0]
    assert said[1] == (
        "Cohort 1: the hours while it was there cannot be shown, because there are too few people "
        "(fewer than 5)."
    )


def test_hours_and_waiting_stand_side_by_side() -> None:
    figure = host_parts.hosting(report()).figure
    assert figure is not None
    assert [list(trace.x) for trace in figure.data] == [[1, 2], [0, 2]]
    assert [list(trace.y) for trace in figure.data] == [[0.6, 1.8], [9.0, 11.0]]
    alone = host_parts.hosting(report([hours(), hours(0.6, kind="rotators_1")])).figure
    assert alone is not None
    assert len(alone.data) == 1


def test_months_are_compared_from_the_first_to_the_last_that_may_be_shown() -> None:
    part = host_parts.months(report())
    assert "5.0 hours a week in Month 1" in part.sentences[0]
    assert "1.4 hours in Month 2" in part.sentences[0]
    assert lines_of(part)["Month 3"] == ["there are too few people (fewer than 5)", "–", "–", "–"]


def test_months_of_which_some_are_hidden_and_none_is_shown_are_hidden() -> None:
    rows = [hidden(of_month(1, 5.0)), *(lacking(of_month(n, None), "ROUND_UNANSWERED") for n in (2, 3))]
    state = host_parts.months(report(rows)).state
    assert state is not None
    assert state[0] == "Not shown"


def test_one_month_alone_is_told_alone() -> None:
    part = host_parts.months(report([of_month(1, 5.0)]))
    assert part.sentences == (
        "Per rotation member the whole host team taught 5.0 hours a week in Month 1 (range 0.5 to 6.5, "
        "answers n = 31).",
    )


def test_notes_of_all_months_stand_once() -> None:
    rows = [of_month(n, 3.0, notes=("ROUNDS:1:1", "FEW_ROUNDS", f"MIXED_MONTHS:1:{n}")) for n in (1, 2)]
    note = host_parts.months(report(rows)).note
    assert note.count("Fewer than four rounds") == 1
    assert "n = 62" in note


# --- break-even -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (week(2.0, low=1.0, high=3.0), "from week 2 on (range of weeks 1 to 3, stays n = 9)"),
        (week(1.0, low=1.0, high=1.0), "from week 1 on (range of weeks 1, stays n = 9)"),
        (
            week(2.0, low=1.0, notes=("LATEST_BEYOND:8",)),
            "(range of weeks 1 to beyond what was observed, stays n = 9)",
        ),
        (week(2.0, notes=("NO_RANGE",)), "from week 2 on (range of weeks –, stays n = 9)"),
        (week(None, notes=("NOT_WITHIN_STAY:8",)), "does not settle at 0 or above"),
    ],
)
def test_the_week_is_told_with_its_range_or_that_there_is_none(row: Measure, said: str) -> None:
    part = host_parts.break_even(report([balance(1, -0.4), row]))
    assert said in part.sentences[0]
    assert "which is not value" in part.note
    assert part.state is None


def test_the_line_and_its_band_are_drawn_week_by_week() -> None:
    figure = host_parts.break_even(report()).figure
    assert figure is not None
    band, curve = figure.data
    assert (list(curve.x), list(curve.y)) == ([1, 2], [-0.4, 0.3])
    assert list(band.y) == [-0.2, 0.5, 0.1, -0.6]
    plain = host_parts.break_even(report([balance(1, -0.4), week(None)])).figure
    assert plain is not None
    assert len(plain.data) == 1


def test_what_is_lacking_for_the_balance_stands_in_the_box() -> None:
    part = host_parts.break_even(report([lacking(week(None), "HOST_SIZE_UNKNOWN")]))
    assert part.state is not None
    assert part.state[:2] == ("Not measurable", "The size of the host team is not declared")
    assert "size of the host team" in part.state[2]


# --- opinions, home, spread -----------------------------------------------------------------------------


def test_opinions_have_a_line_each_for_the_programme_and_the_cohort() -> None:
    table = lines_of(host_parts.opinions(report()))
    assert table["Would host again (Whole programme)"] == ["40%", "20% to 60%", "31", "7"]
    assert table["Would host again (Cohort 1)"][0] == "there are too few people (fewer than 5)"
    assert table["Changes reverted within two weeks (Rotation members)"][0] == "3%"
    assert table["Host team members per rotation member (Cohort 1)"][0] == "3.5"


def test_an_opinion_is_told_of_the_programme_and_of_the_cohort_s_time() -> None:
    rows = [
        make_row("host.again", value, unit="share", cohort=cohort, n=n, notes=(f"ROUNDS:{n // 5}:{n // 5}",))
        for cohort, value, n in ((None, 0.57, 160), ("1", 0.36, 30))
    ]
    (said,) = host_parts.opinions(report(rows)).sentences
    assert said == (
        "Over the whole programme, 57% of answers would host again (answers n = 160, 32 of 32 rounds). "
        "Cohort 1: 36% while it was there (answers n = 30, 6 of 6 rounds)."
    )


def test_who_could_stand_in_says_what_would_make_it_measurable() -> None:
    part = home_parts.home_side(report())
    assert "only rotation members rated" in lines_of(part)["How many could do the work alone meanwhile"][0]
    assert "rate themselves on the skill grid" in part.note


def test_cohort_and_programme_stand_side_by_side_in_what_spread() -> None:
    table = lines_of(home_parts.spread(report()))
    assert table["Attendances"] == ["640 attendances", "640 attendances", "58", "4"]
    assert table["Used something learned from a graduate"] == ["–", "45%", "40", "5"]


# --- the cost account -----------------------------------------------------------------------------------


def test_the_account_is_always_printed_line_by_line() -> None:
    for rows in (FULL, [], [hidden(row) for row in ACCOUNT]):
        assert len(lines_of(cost_parts.account(report(rows)))) == len(KINDS)


def test_what_is_taken_off_has_its_sign_and_every_line_its_n() -> None:
    table = lines_of(cost_parts.account(report()))
    assert table["Work with the home team"][:4] == ["−12 person-weeks", "13 stays", "−43 person-weeks", "–"]
    assert table["Net"][2] == "289 person-weeks"
    assert table["Away from the home team"][4:6] == ["13 stays", "2"]
    assert table["Teaching by the host team"][1].endswith(" answers")


def test_a_cohort_whose_parts_are_hidden_prints_the_rest_and_names_them() -> None:
    few = ("collaboration", "net", "offset")
    rows = [hidden(row) if row.cohort == "1" and row.kind in few else row for row in ACCOUNT]
    part = cost_parts.account(report(rows))
    table = lines_of(part)
    assert table["Away from the home team"][0] == "98 person-weeks"
    assert table["Teaching by the host team"][0] == "7 person-weeks"
    assert table["Net"][0] == "there are too few people (fewer than 5)"
    (told,) = [said for said in part.sentences if "cannot be shown" in said]
    assert "Work with the home team, Net, Work of rotation members" in told
    assert "Away" not in told


def test_a_net_without_a_part_says_which_part() -> None:
    rows = [
        line("away", 10.0),
        lacking(line("teaching", None), "NO_SURVEY"),
        line("net", 10.0, notes=("WITHOUT_TEACHING", "WITHOUT_PROGRAMME_HOURS")),
    ]
    said = cost_parts.account(report(rows)).sentences[0]
    assert "net cost 10 person-weeks" in said
    assert "Teaching is not known and not in it." in said
    assert "Programme hours are not declared" in said


def test_the_offset_is_told_as_not_taken_off() -> None:
    said = cost_parts.account(report()).sentences
    assert any("229 person-weeks of work" in each and "not taken off" in each for each in said)


def test_what_the_lines_take_for_granted_is_noted_once() -> None:
    rows = [
        replace(row, notes=("OTHERS_ALIKE:2",)) if row.kind == "collaboration" else row for row in ACCOUNT
    ]
    assert cost_parts.account(report(rows)).note.count("2 stays have no time sheets") == 1


def test_money_is_a_part_of_its_own_where_a_price_is_declared() -> None:
    priced = [
        replace(row, measure="cost.money", unit="money", label="JPY", value=(row.value or 0) * 200_000)
        for row in ACCOUNT
    ]
    parts = host_sections.cost(report([*ACCOUNT, *priced])).parts
    assert len(parts) == 2
    assert "net 57,800,000 JPY (stays n = 13)" in parts[1].sentences[0]
    assert lines_of(parts[1])["Work with the home team"] == ["−2,400,000", "−8,600,000"]
    few = [hidden(row) if row.cohort == "1" and row.kind == "net" else row for row in priced]
    assert lines_of(host_sections.cost(report(few)).parts[1])["Net"][0].startswith("there are too few")
