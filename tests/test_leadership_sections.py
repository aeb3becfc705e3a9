"""The leaders' report from literal publications: seven numbers at most, nothing invented, nobody named."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from typing import Any

import pytest

from rotation_analysis import leadership_figures, leadership_narrative
from rotation_analysis.measures import Measure
from rotation_analysis.parts import Part, Parts, Report
from rotation_analysis.texts import read_texts
from tests.publications import (
    HOSTILE,
    displayed,
    html_of,
    make_publication,
    make_row,
    sample_report_of,
    sections_of,
)

LANGUAGES = pytest.mark.parametrize("language", ["ja", "en"])
FIELDS = ("to", "sender", "day", "conclusion", "decisions", "last_time", "concerns", "cases", "impressions")
PAGE_ONE = ("head", "conclusion", "to_date", "three_parties", "concerns", "last_time", "decisions")
LEADERS: dict[str, Any] = {"stays": [], "teams": {}, "account": {}, "why_nothing_after": {}}


def whole(measure: str, value: float | None, **other: Any) -> Measure:
    """A row of the whole programme."""
    return make_row(measure, value, **{"cohort": None, "counts": "records", "n": 9, **other})


GROWTH = whole("skill.growth.now_minus_start", 0.7, low=0.3, high=0.9, missing=2, verdict="supported")
EFFECT = whole(
    "impact.self_resolution.first_graduate",
    0.13,
    unit="share_points",
    n=7,
    low=0.06,
    high=0.2,
    verdict="supported",
    notes=("COMPARED_WITH:8", "FLIPS:0:12"),
)
STRAIN = whole("strain.panic_share", 0.07, unit="share", n=13, low=0.01, high=0.12)
BOUNDS = whole("strain.panic_share.bounds", 0.07, unit="share", n=131, missing=28, low=0.05, high=0.22)
COVER = whole("home.cover", 0.1, unit="share", n=116, missing=48, low=0.04, high=0.16)
BALANCE = whole("host.balance", 24.4, unit="host_weeks", n=8, missing=5, low=21.5, high=27.3, label="26")
NET = whole("cost.account", 289.0, unit="person_weeks", kind="net", n=13, low=284.0, high=295.0)
PLACES = [
    whole("programme.destination", value, unit="stays", kind=kind, n=13)
    for kind, value in (("returned", 10.0), ("stayed", 1.0), ("left_at_end", 0.0), ("running", 2.0))
]
SIX = (GROWTH, STRAIN, BOUNDS, EFFECT, COVER, BALANCE, NET)


def make_report(
    *rows: Measure, language: str = "en", words: dict[str, Any] | None = None, **facts: Any
) -> Report:
    publication = make_publication(*rows, **{**LEADERS, **facts})
    publication = replace(publication, edition="leadership", cohort=None, words=words or {})
    return Report(publication, read_texts(language), "leadership_summary")


def parts_of(report: Report, *names: str) -> list[Part]:
    sections = [
        section for section in sections_of("leadership_summary") if section.__name__ in names or not names
    ]
    shown = [section(report) for section in sections]
    return [part for each in shown for part in (each.parts if isinstance(each, Parts) else (each,))]


def text_of(*parts: Part) -> str:
    """What a reader reads."""
    html = " ".join(html_of(part) for part in parts)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html))).replace("\u00a0", " ")


def both(text: str) -> dict[str, str]:
    return {"ja": text, "en": text}


def cell_of(name: str, *rows: Measure, language: str = "en") -> list[str]:
    report = make_report(*rows, language=language)
    row = leadership_narrative.number_rows(report.publication)[name]
    return leadership_narrative.say_number(report.publication, report.texts, name, row).split("\n")


# --- page one: seven numbers at most ----------------------------------------------------------------------


def test_a_number_has_its_unit_range_n_what_is_missing_and_the_verdict() -> None:
    assert cell_of("person_gained", GROWTH) == [
        "+0.7 levels",
        "Self-rated growth from start to end (5 levels)",
        "range +0.3 to +0.9, n = 9 people, missing 2, verdict: Supported",
    ]
    assert cell_of("organisation_paid", NET, language="ja") == [
        "289人週",
        "不在・指導・運営の時間の差し引き(全期)",
        "幅 284〜295、n = 13件の滞在",
    ]


def test_the_load_is_told_with_what_the_missing_answers_could_make_of_it() -> None:
    value, _, told = cell_of("person_paid", STRAIN, BOUNDS)
    assert value == "7%"
    assert told.endswith("131 fortnights, 28 unanswered (which could make it 5% to 22%)")


def test_of_several_weeks_the_balance_is_that_of_the_last_one() -> None:
    early = whole("host.balance", 0.9, unit="host_weeks", n=13, low=0.7, high=1.2, label="2")
    value, what, _ = cell_of("organisation_gained", BALANCE, early)
    assert value == "24.4 weeks' worth"
    assert "26-week stay" in what


def test_zero_hidden_and_not_measurable_look_different() -> None:
    zero = replace(COVER, value=0.0, low=0.0, high=0.03)
    few = replace(COVER, value=None, low=None, high=None, n=None, verdict="hidden", notes=("FEW_PEOPLE:5",))
    none = replace(
        COVER, value=None, low=None, high=None, verdict="not_measurable", notes=("ROUND_UNANSWERED",)
    )
    told = [cell_of("home_team_paid", row)[0] for row in (zero, few, none)]
    assert told == ["0%", "Not shown", "Not measurable"]
    assert cell_of("home_team_paid", few)[2] == "Reason: there are too few people (fewer than 5)"
    assert cell_of("home_team_paid", none)[2] == "Reason: nobody answered in those rounds"


def test_a_value_without_an_interval_says_so() -> None:
    assert "no range possible" in cell_of("person_gained", replace(GROWTH, low=None, high=None))[2]


@LANGUAGES
@pytest.mark.parametrize("name", leadership_narrative.NUMBERS)
def test_without_data_every_number_is_not_measurable_with_its_reason(name: str, language: str) -> None:
    value, what, reason = cell_of(name, language=language)
    assert value == {"ja": "測れない", "en": "Not measurable"}[language]
    assert what
    assert len(reason) > len({"ja": "理由: ", "en": "Reason: "}[language])


@LANGUAGES
def test_no_more_than_seven_numbers_stand_on_the_first_page(language: str) -> None:
    report = sample_report_of("leadership_summary", "leadership", language)
    cells = leadership_narrative.party_cells(report.publication, report.texts)
    numbers = [cell for row in cells.values() for cell in row[:2]]
    assert len(numbers) + 1 == 7  # and how many took part
    for number in numbers:
        value, _, told = number.split("\n")
        assert re.search(r"\d", value), value
        assert re.search(r"n = \d", told), told
        assert re.search(r"幅 \S+〜|range \S+ to ", told), told


@LANGUAGES
@pytest.mark.parametrize("rows", [(), SIX], ids=["nothing", "whole"])
def test_what_is_not_known_is_said_of_every_party(rows: tuple[Measure, ...], language: str) -> None:
    report = make_report(*rows, language=language)
    cells = leadership_narrative.party_cells(report.publication, report.texts)
    assert list(cells) == ["person", "home_team", "organisation"]
    assert all(len(unknown) > 10 for _, _, unknown in cells.values())


def test_hosting_that_nobody_asked_about_is_told_apart_from_what_may_not_be_shown() -> None:
    taught = whole("cost.account", 22.0, unit="person_weeks", kind="teaching")
    few = replace(taught, value=None, n=None, verdict="hidden", notes=("FEW_PEOPLE:5",))
    unknown = [
        leadership_narrative.party_cells(report.publication, report.texts)["organisation"][2]
        for report in (make_report(NET), make_report(NET, taught), make_report(NET, few))
    ]
    assert unknown[2].startswith("The effort of hosting (there are too few people (fewer than 5))")
    assert "no host-team survey" in unknown[0]
    assert unknown[0].startswith("The effort of hosting")
    assert unknown[1].startswith("What would have happened without hosting")


@pytest.mark.parametrize(
    ("use", "told"),
    [
        (None, "there is no survey of use"),
        (
            {"value": None, "n": None, "verdict": "hidden", "notes": ("FEW_PEOPLE:10",)},
            "return: there are too few",
        ),
        ({"value": 4.0, "n": 12}, "Whether growth lasts differently"),
    ],
    ids=["never asked", "few", "told"],
)
def test_why_use_after_return_is_not_known_is_said_as_it_is(use: dict[str, Any] | None, told: str) -> None:
    fields = {"unit": "persons", "kind": "weekly", "wave": "after_3m", **(use or {})}
    report = make_report(*([whole("followup.use", **fields)] if use else []))
    assert told in leadership_narrative.party_cells(report.publication, report.texts)["person"][2]


def test_a_trigger_whose_rows_are_hidden_is_named_with_the_reason() -> None:
    few = {"value": None, "n": None, "verdict": "hidden", "notes": ("FEW_PEOPLE:10",)}
    hardly = whole("followup.use", unit="persons", kind="hardly", wave="after_3m", **few)
    said = text_of(*parts_of(make_report(hardly), "backing_method"))
    assert "another preparation of the return" in said
    assert "fewer than 10" in said


# --- page one: conclusion and decisions -------------------------------------------------------------------


def test_the_conclusion_is_the_owners_and_the_claims_stand_below_it() -> None:
    words = {"conclusion": both("Go on with two places.\nStart in May.")}
    (part,) = parts_of(make_report(*SIX, words=words), "conclusion")
    said = text_of(part)
    assert said.index("Go on with two places.") < said.index("What the data allow us to say")
    assert "The data support a value of +0.7 levels" in said
    assert "Not written yet" not in said


@pytest.mark.parametrize(
    ("value", "told"),
    [(0.7, "no party's gain is below 0"), (-0.7, "cannot be told yet")],
)
def test_where_a_pause_stands_is_told_by_the_three_gains(value: float, told: str) -> None:
    growth = replace(GROWTH, value=value, low=value - 0.2, high=value + 0.2)
    (part,) = parts_of(make_report(growth, EFFECT, BALANCE), "conclusion")
    assert told in text_of(part)


def test_decisions_are_numbered_with_their_date_and_what_holds_without_an_answer() -> None:
    decided = {"what": both("Two places"), "by": "2025-04-25", "otherwise": both("Four places")}
    undated = {"what": both("A budget"), "by": None, "otherwise": both("")}
    (part,) = parts_of(make_report(words={"decisions": [decided, undated]}), "decisions")
    said = text_of(part)
    assert "1. Two places 2025-04-25 Four places 2. A budget not written yet not written yet" in said


def test_only_triggers_reached_or_open_are_offered_as_candidates() -> None:
    hardly = whole("followup.use", 3.0, unit="persons", kind="hardly", wave="after_3m", n=8)
    waits = {"unit": "waiting_ratio", "kind": "rotators_4", "n": 15}
    calm = whole("waiting.change_by_rotators", 0.05, low=0.0, high=0.1, **waits)
    longer = whole("waiting.change_by_rotators", 0.27, low=0.17, high=0.37, **waits)
    (offered,) = parts_of(make_report(*SIX, hardly, calm), "decisions")
    assert "another preparation of the return" in text_of(offered)
    assert "fewer hosted at once" not in text_of(offered)
    (both_offered,) = parts_of(make_report(*SIX, hardly, longer), "decisions")
    assert "fewer hosted at once" in text_of(both_offered)
    (nothing,) = parts_of(make_report(*SIX), "decisions")
    assert "Candidates" not in text_of(nothing)


def test_candidates_are_gone_once_decisions_are_written() -> None:
    hardly = whole("followup.use", 3.0, unit="persons", kind="hardly", wave="after_3m", n=8)
    words = {"decisions": [{"what": both("Two places"), "by": None, "otherwise": both("")}]}
    (part,) = parts_of(make_report(hardly, words=words), "decisions")
    assert "Candidates" not in text_of(part)


# --- words ------------------------------------------------------------------------------------------------


@LANGUAGES
def test_every_empty_field_is_a_prompt_that_names_file_and_field(language: str) -> None:
    html = "".join(html_of(part) for part in parts_of(make_report(language=language)))
    prompts = [unescape(text) for text in re.findall(r'<p class="prompt">(.*?)</p>', html)]
    assert len(prompts) == len(FIELDS)
    assert all("words/leadership.toml" in text for text in prompts)
    place = {"ja": " の {field} に", "en": " under {field} in "}[language]
    named = [place.format(field=field) for field in FIELDS]
    assert [sum(name in text for text in prompts) for name in named] == [1] * len(FIELDS)


def test_words_are_shown_as_written_and_stay_text() -> None:
    hostile = both(HOSTILE)
    words = {
        **dict.fromkeys(("to", "sender", "conclusion", "impressions"), hostile),
        "day": "2025-04-10",
        "decisions": [{"what": hostile, "by": "2025-04-25", "otherwise": hostile}],
        "last_time": [{"decided": hostile, "came_of_it": hostile}],
        "concerns": [{"concern": hostile, "answer": hostile}],
        "cases": [{"text": hostile, "agreed": "2025-03-20"}],
    }
    parts = parts_of(make_report(*SIX, words=words))
    html = "".join(html_of(part) for part in parts)
    assert "<script" not in html
    assert "prompt" not in html
    assert text_of(*parts).count(HOSTILE) == 11
    assert "(agreed on 2025-03-20)" in text_of(*parts)


def test_many_words_are_set_smaller_so_that_they_stay_on_the_sheet() -> None:
    for words, dense in (
        ({}, False),
        ({"conclusion": both("あ" * 300)}, False),
        ({"conclusion": both("あ" * 500)}, True),
    ):
        (part,) = parts_of(make_report(words=words), "head")
        assert ('class="report leadership dense"' in html_of(part)) is dense


# --- nobody is named --------------------------------------------------------------------------------------


def test_a_single_teams_value_is_on_no_page_even_where_the_policy_names_teams() -> None:
    alone = replace(EFFECT, team="aoi", value=0.44, low=None, high=None, verdict=None)
    quarter = whole(
        "impact.quarter.self_resolution", 0.33, unit="share", kind="sender", label="2024-01-01", team="aoi"
    )
    teams = {"aoi": both("Aoi team")}
    parts = parts_of(make_report(*SIX, alone, quarter, teams=teams))
    shown = text_of(*parts) + "".join(part.alt for part in parts)
    assert "Aoi team" not in shown
    assert not re.search(r"\b(44|33)\b", shown)
    drawn = [part.figure.to_json() for part in parts if part.figure is not None]
    assert drawn
    assert not [figure for figure in drawn if "Aoi" in figure or "44" in re.findall(r'"x":\[([^]]*)', figure)]


# --- the backing ------------------------------------------------------------------------------------------


def test_the_plain_before_after_stands_beside_the_difference_and_is_called_no_answer() -> None:
    plain = whole(
        "impact.self_resolution.before_after", 0.21, unit="share_points", n=7, notes=("NOT_THE_ANSWER",)
    )
    compared = text_of(*parts_of(make_report(EFFECT, plain), "backing_method"))
    assert (
        "First graduate: programme n = 7 teams, Plain before/after n = 7 teams. Grey: less than" in compared
    )
    assert (
        "A plain before/after comparison gives +21 points (teams: n = 7); against never-senders" in compared
    )
    alone = text_of(*parts_of(make_report(plain), "backing_method"))
    assert "it is not the answer" in alone
    assert "Not even a plain" in text_of(*parts_of(make_report(), "backing_method"))
    early = replace(EFFECT, value=None, low=None, high=None, verdict="not_measurable", notes=("NO_BASELINE",))
    assert "there is no baseline" in text_of(*parts_of(make_report(early), "backing_method"))


def test_that_no_never_sender_heard_anything_is_said_as_that() -> None:
    for value, told in ((0.0, "No never-sender went to"), (3.0, "Of 8 never-sender teams, 3 went to")):
        spread = whole("impact.contamination", value, unit="teams", kind="sessions", n=8)
        assert told in text_of(*parts_of(make_report(spread), "backing_method"))


def test_events_have_the_numbers_that_the_figure_has() -> None:
    events = [
        {"date": day, **both(name)}
        for day, name in (("2020-01-01", "long ago"), ("2024-07-01", "portal"), ("2030-01-01", "later"))
    ]
    quarters = [
        whole("impact.quarter.self_resolution", 0.4, unit="share", kind=kind, label=label, n=400)
        for kind in ("sender", "never")
        for label in ("2024-04-01", "2024-10-01")
    ]
    report = make_report(*quarters, events=events)
    assert "(problems behind a point: n = 400)" in text_of(*parts_of(report, "to_date"))
    figure = leadership_figures.quarters(report.publication, report.texts)
    assert figure is not None
    assert [note.text for note in figure.layout.annotations] == ["(2)"]
    assert figure.layout.xaxis.ticktext == ("2024-04", "2024-10")
    said = text_of(*parts_of(report, "backing_method"))
    assert "(2) 2024-07-01 portal" in said
    assert "long ago" not in said
    assert "later" not in said


@pytest.mark.parametrize(("value", "ends"), [(1.0, [0.9, 1.01]), (0.0, [-0.01, 0.1]), (0.5, [0.4, 0.6])])
def test_one_quarter_alone_has_an_axis_that_ends_at_all_and_at_nothing(
    value: float, ends: list[float]
) -> None:
    one = whole("impact.quarter.self_resolution", value, unit="share", kind="sender", label="2024-04-01", n=1)
    report = make_report(one)
    figure = leadership_figures.quarters(report.publication, report.texts)
    assert figure is not None
    assert list(figure.layout.yaxis.range) == pytest.approx(ends)


@pytest.mark.parametrize(("last", "step"), [(0.5, 0.1), (0.7, 0.25), (1.0, 0.25)])
def test_a_share_that_moves_far_has_few_ticks_that_do_not_stand_on_each_other(
    last: float, step: float
) -> None:
    rows = [
        whole("impact.quarter.self_resolution", value, unit="share", kind="sender", label=label, n=n)
        for label, value, n in (("2024-04-01", 0.2, 3), ("2024-10-01", last, 9))
    ]
    report = make_report(*rows)
    figure = leadership_figures.quarters(report.publication, report.texts)
    assert figure is not None
    assert figure.layout.yaxis.dtick == step
    assert "n = 3 to 9)" in text_of(*parts_of(report, "to_date"))


def test_the_cost_takes_work_with_the_home_team_off() -> None:
    lines = [
        whole("cost.account", value, unit="person_weeks", kind=kind, n=13)
        for kind, value in (("away", 302.0), ("collaboration", 43.0), ("offset", 230.0))
    ]
    report = make_report(*lines, NET)
    figure = leadership_figures.cost(report.publication, report.texts)
    assert figure is not None
    assert [bar.x[0] for bar in figure.data] == [302.0, -43.0, 289.0, 230.0]


def test_lines_of_the_cost_that_may_not_be_shown_are_named_with_the_reason() -> None:
    few = {"unit": "person_weeks", "n": None, "verdict": "hidden", "notes": ("FEW_PEOPLE:5",)}
    lines = [whole("cost.account", None, kind=kind, **few) for kind in ("teaching", "net")]
    away = whole("cost.account", 29.0, unit="person_weeks", kind="away", n=2)
    said = text_of(*parts_of(make_report(away, *lines), "backing_cases"))
    assert "Away 29" in said
    assert "cannot be shown: Teaching by the host team, Net (there are too few people (fewer than 5))" in said


def test_where_the_stays_led_is_drawn_as_counted() -> None:
    report = make_report(*PLACES)
    figure = leadership_figures.participants(report.publication, report.texts)
    assert figure is not None
    assert [bar.x[0] for bar in figure.data] == [10, 1, 2]
    assert [note.text for note in figure.layout.annotations] == ["10", "1", "2"]
    said = leadership_narrative.participants_sentence(report.publication, report.texts)
    assert said == "Stays so far: 13 (home team 10, host team 1, in progress 2)."


def test_answers_not_due_and_not_given_are_counted_apart() -> None:
    rows = [
        whole("exit.status", value, unit="persons", wave="end", notes=(f"STATUS_{status}",), n=int(value))
        for status, value in (("ANSWERED", 10.0), ("MISSING", 1.0), ("NOT_YET_DUE", 2.0))
    ]
    report = make_report(*rows, COVER, whole("host.again", None, unit="share", n=0, missing=0))
    lines = list(leadership_narrative.answered_rows(report.publication, report.texts))
    assert ("Exit survey", "10", "1", "2", "–", "–") in lines
    assert ("Home teams: cover (anonymous)", "116", "48", "–", "–", "–") in lines
    assert ("Host team (monthly, anonymous)", "–", "–", "–", "–", "–") in lines


# --- whole and empty --------------------------------------------------------------------------------------


@LANGUAGES
@pytest.mark.parametrize("rows", [(), SIX], ids=["nothing", "whole"])
def test_every_part_is_shown_with_data_and_without(rows: tuple[Measure, ...], language: str) -> None:
    for part in parts_of(make_report(*rows, language=language)):
        assert displayed(part)
        assert part.figure is None or (part.alt and re.fullmatch(r"[a-z0-9-]+", part.figure_name))


@LANGUAGES
def test_the_sample_fills_every_part_and_draws_four_figures(language: str) -> None:
    parts = parts_of(sample_report_of("leadership_summary", "leadership", language))
    names = [part.figure_name for part in parts if part.figure is not None]
    assert names == ["self-resolution", "effect", "participants", "cost"]
    said = text_of(*parts)
    assert not re.search(r"見本 ?.|Sample [A-Z]|\bp\d\d\b", said.replace("見本データ", ""))
    assert "測れない 自己評価" not in said


def test_two_sheets_of_backing_begin_on_pages_of_their_own() -> None:
    html = "".join(html_of(part) for part in parts_of(make_report(*SIX)))
    assert html.count("next-page") == 2
    page_one = "".join(html_of(part) for part in parts_of(make_report(*SIX), *PAGE_ONE))
    assert "next-page" not in page_one
