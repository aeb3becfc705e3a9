"""Time and load from literal publications: sentences, pictures, tables and their states in both languages."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import replace
from html import unescape
from typing import Any

import pytest

from rotation_analysis.load_sections import load, time
from rotation_analysis.measures import Measure
from rotation_analysis.parts import Part
from tests.publications import HOSTILE, displayed, html_of, make_report, make_row, make_stay

LANGUAGES = pytest.mark.parametrize("language", ["ja", "en"])
TWO = [make_stay(), make_stay("p2", "見本 二", "kaede")]
KINDS = ("request", "incident", "improvement", "home", "learning")
SHARES = dict(zip(KINDS, (0.58, 0.07, 0.14, 0.11, 0.10), strict=True))
WEEKS = ("2024-01-08", "2024-01-15", "2024-01-22")
FORTNIGHTS = ("2024-01-08", "2024-01-22", "2024-02-05", "2024-02-19")


def without(row: Measure, reason: str) -> Measure:
    return replace(row, value=None, low=None, high=None, verdict="not_measurable", notes=(reason,))


def hide(row: Measure, reason: str = "NO_CONSENT") -> Measure:
    hidden = replace(row, value=None, low=None, high=None, verdict="hidden", notes=(reason,))
    return replace(hidden, n=None, missing=None, kind=None, label=None, phase=None)


def hide_all(rows: Iterable[Measure]) -> list[Measure]:
    """As the gate does: one row a measure and person."""
    return list({(row.measure, row.person): hide(row) for row in rows}.values())


# --- time -----------------------------------------------------------------------------------------------


def week(label: str, hours: float | None, person: str = "p1", reason: str = "NO_TIME_SHEET") -> list[Measure]:
    rows = [
        make_row(
            "time.week",
            None if hours is None else hours * share,
            unit="hours",
            person=person,
            kind=kind,
            label=label,
            missing=int(hours is None and reason == "NO_TIME_SHEET"),
        )
        for kind, share in SHARES.items()
    ]
    return rows if hours is not None else [without(row, reason) for row in rows]


def shares(person: str | None = None, **other: Any) -> list[Measure]:
    notes = ("REFERENCE_SHARE:50",) if person else ("WEEKS:42:3", "REFERENCE_SHARE:50")
    fields = {"unit": "share", "person": person, "n": 2, "missing": 1, "notes": notes, **other}
    operations = SHARES["request"] + SHARES["incident"]
    return [
        *(make_row("time.share", share, kind=kind, **fields) for kind, share in SHARES.items()),
        make_row("time.operations_share", operations, **fields),
    ]


OWN_TIME = [*week(WEEKS[0], 40), *week(WEEKS[1], 30), *week(WEEKS[2], None), *shares("p1")]
OVER_ALL = [
    *(hide(row, "FEW_PEOPLE:5") for row in shares()),
    *shares(cohort=None, n=13, missing=1),
]


def show_time(*rows: Measure, language: str = "en", **facts: Any) -> Part:
    (part,) = time(make_report(*rows, language=language, name="workload", **facts)).parts
    return part


def words_of(part: Part) -> str:
    text = re.sub(r"<style>.*?</style>", "", html_of(part), flags=re.S)
    return unescape(re.sub(r"<[^>]*>", " ", text)).replace("\N{NO-BREAK SPACE}", " ")


def test_time_tells_requests_and_operations_with_weeks_and_the_reference_as_no_target() -> None:
    part = show_time(*OWN_TIME, *OVER_ALL)
    assert part.sentences == (
        "Of the rotation members shown, requests took 58% of the time, and 65% together with incidents "
        "(n = 1, 2 weeks with a sheet, 1 without). For 1 of them that is above 50%, which is a reference, "
        "not a target.",
        "Over the whole programme, requests and incidents took 65% of the time (n = 13, people without any "
        "sheet: 1; 42 weeks with a sheet, 3 without).",
    )
    assert part.figure is not None
    assert part.state is None


def test_only_those_above_the_reference_are_counted_against_it() -> None:
    below = [replace(row, person="p2", value=0.4) for row in shares("p1") if "operations" in row.measure]
    part = show_time(*OWN_TIME, *week(WEEKS[0], 40, "p2"), *below, stays=TWO)
    assert "40% to 65% together with incidents (n = 2, " in part.sentences[0]
    assert "For 1 of them that is above 50%" in part.sentences[0]


def test_time_in_japanese_says_the_same() -> None:
    part = show_time(*OWN_TIME, *OVER_ALL, language="ja")
    assert part.sentences[0].startswith(
        "示せる参加者では、依頼対応に使った時間は58%、障害対応を合わせると65%である"
    )
    assert "目標ではない" in part.sentences[0]


def test_weeks_without_a_sheet_are_hatched_and_those_to_come_are_not() -> None:
    coming = week("2024-01-29", None, reason="NOT_YET_DUE")
    figure = show_time(*OWN_TIME, *coming).figure
    assert figure is not None
    grey = {trace.name: (trace.marker.pattern.shape, list(trace.x)) for trace in figure.data[-2:]}
    assert grey == {"not answered, no sheet": ("/", [WEEKS[2]]), "not due yet": ("", ["2024-01-29"])}
    hours = {trace.name: list(trace.y) for trace in figure.data[:-2]}
    assert hours["Requests"] == pytest.approx([23.2, 17.4])
    assert set(hours) == {"Requests", "Incidents", "Improvement", "Home team", "Learning"}


def test_a_week_off_work_is_empty_not_hatched() -> None:
    figure = show_time(*OWN_TIME[:10], *week(WEEKS[2], None, reason="NO_WORKING_DAYS")).figure
    assert figure is not None
    assert "not answered, no sheet" not in {trace.name for trace in figure.data}


@LANGUAGES
def test_who_does_not_consent_is_counted_and_drawn_nowhere(language: str) -> None:
    other = hide_all([*week(WEEKS[0], 39, "p2"), *shares("p2")])
    part = show_time(*OWN_TIME, *other, *OVER_ALL, language=language, stays=TWO)
    assert "見本 二" not in words_of(part) + part.alt
    assert part.figure is not None
    assert "見本 二" not in json.dumps(part.figure.to_plotly_json(), default=str, ensure_ascii=False)
    assert "1" in part.note.split("consent" if language == "en" else "同意")[1 if language == "ja" else 0]


@LANGUAGES
def test_nobody_shown_is_a_state_and_the_programme_still_stands(language: str) -> None:
    part = show_time(*hide_all([*week(WEEKS[0], 39), *shares("p1")]), *OVER_ALL, language=language)
    assert part.figure is None
    assert part.state is not None
    assert "65%" in words_of(part)
    assert len(part.sentences) == 1


def test_without_sheets_there_is_no_table_of_nothing() -> None:
    rows = [without(row, "NO_TIME_SHEET") for row in OWN_TIME]
    part = show_time(*rows, *(without(row, "NO_TIME_SHEET") for row in shares(cohort=None)))
    assert (part.table, part.figure, part.numbers) == ("", None, "")
    assert part.state is not None
    assert part.state[1] == "There is no time sheet"
    assert "read weekly time sheets" in part.state[2]


def test_the_table_has_the_cohort_as_not_shown_and_the_reference_below() -> None:
    text = re.sub(r"\s+", " ", words_of(show_time(*OWN_TIME, *OVER_ALL)))
    assert "Cohort 1 – – – – – – Not shown" in text
    assert "Whole programme 58% 7% 14% 11% 10% 65% 42 (3)" in text
    assert "Reference 50% no target" in text


# --- load -----------------------------------------------------------------------------------------------


def fortnight(
    number: int,
    strain: float | None,
    zone: str | None = "learning",
    person: str = "p1",
    reason: str = "NOT_ANSWERED",
) -> list[Measure]:
    label = FORTNIGHTS[number]
    missing = int(strain is None and reason == "NOT_ANSWERED")
    common: dict[str, Any] = {"person": person, "label": label, "missing": missing}
    level = make_row("strain.fortnight", strain, unit="level", **common)
    state = make_row("strain.zone", 1.0, unit="findings", kind=zone, **common)
    if strain is None:
        return [without(level, reason), replace(without(state, reason), kind=None)]
    return [level, state]


def mark(measure: str, kind: str | None, label: str | None, person: str = "p1") -> Measure:
    unit = "incidents" if measure == "interruption.event" else "one_to_ones"
    return make_row(measure, float(label is not None), unit=unit, person=person, kind=kind, label=label)


OWN_LOAD = [
    *fortnight(0, 3),
    *fortnight(1, None),
    *fortnight(2, 5, "panic"),
    *fortnight(3, None, reason="NOT_YET_DUE"),
    mark("interruption.event", "sleep", "2024-02-07"),
    mark("interruption.event", "off", "2024-02-08"),
    mark("one_to_one.day", "held", "2024-01-10"),
    mark("one_to_one.day", "missed", "2024-01-24"),
    mark("one_to_one.day", "ad_hoc", "2024-02-09"),
    make_row("one_to_one.longest_gap", 4.0, unit="weeks", person="p1", n=2, missing=0),
    *(
        make_row("interruption.rate", 1.0, unit="per_month", person="p1", kind=kind, phase="month_1")
        for kind in ("off", "sleep")
    ),
    make_row("interruption.nights", 1.0, unit="nights", person="p1", phase="month_1"),
]


def over_programme(**other: Any) -> list[Measure]:
    fields: dict[str, Any] = {"cohort": None, "n": 13, "missing": 1, **other}
    level = {"unit": "strain_level", **fields}
    bounds = {**level, "n": 131, "missing": 28}
    rates = {"notes": ("MONTHS:36",), "unit": "per_month", "phase": "months_4_end", "cohort": None}
    claim = {"unit": "strain", "claims": True, "verdict": "leaning", **fields}
    return [
        make_row("strain.mean", 3.0, low=2.7, high=3.2, **level),
        make_row("strain.mean.bounds", 3.0, low=2.6, high=3.3, **bounds),
        make_row("strain.panic_share", 0.07, low=0.01, high=0.12, **{**level, "unit": "share"}),
        make_row("strain.panic_share.bounds", 0.07, low=0.05, high=0.22, **{**bounds, "unit": "share"}),
        make_row("strain.weeks_6_10", 0.5, low=0.2, high=0.7, **claim),
        make_row("strain.one_to_one.planned", -0.3, low=-0.4, high=-0.1, notes=("PAIRS:108",), **claim),
        make_row("strain.one_to_one.all", -0.2, low=-0.3, high=0.0, notes=("PAIRS:108",), **claim),
        make_row("interruption.rate", 1.1, kind="off", n=39, missing=2, **rates),
        make_row("interruption.rate", 0.3, kind="sleep", n=10, missing=0, **rates),
    ]  # fmt: skip


def records(cohort: str | None, gap: float = 1.0) -> list[Measure]:
    return [
        make_row("one_to_one.held_share", 0.79, unit="share", cohort=cohort, n=104, missing=2),
        make_row("one_to_one.ad_hoc", 25.0, unit="one_to_ones", cohort=cohort, n=107, missing=2),
        make_row(
            "one_to_one.gap_over", gap, unit="persons", cohort=cohort, n=4, missing=1, notes=("GAP_WEEKS:3",)
        ),
    ]


FULL = [*OWN_LOAD, *over_programme(), *records("1"), *records(None)]


def show_load(*rows: Measure, language: str = "en", **facts: Any) -> tuple[Part, ...]:
    return load(make_report(*rows, language=language, name="workload", **facts)).parts


def test_the_timeline_breaks_where_an_answer_is_missing() -> None:
    figure = show_load(*FULL)[0].figure
    assert figure is not None
    traces = {trace.name: trace for trace in figure.data}
    assert list(traces["Tiredness (1–5)"].y) == [3, None, 5, None]
    assert traces["Tiredness (1–5)"].connectgaps is False
    assert list(traces["not answered, no sheet"].x) == [FORTNIGHTS[1]]
    assert list(traces["not due yet"].x) == [FORTNIGHTS[3]]
    assert traces["not answered, no sheet"].marker.pattern.shape == "/"


def test_the_timeline_marks_zones_nights_and_one_to_ones() -> None:
    figure = show_load(*FULL)[0].figure
    assert figure is not None
    marked = {trace.name: list(trace.x) for trace in figure.data}
    assert marked["overwhelmed"] == [FORTNIGHTS[2]]
    assert marked["Paged in hours of sleep"] == ["2024-02-07"]
    assert marked["1:1 held"] == ["2024-01-10"]
    assert marked["1:1 not held"] == ["2024-01-24"]
    assert marked["1:1 ad hoc"] == ["2024-02-09"]
    patterns = {trace.marker.pattern.shape for trace in figure.data if trace.type == "bar"}
    assert {"/", "x", "."} <= patterns  # never colour alone


def test_the_timeline_tells_each_person_s_mean_and_worst_fortnight_with_n() -> None:
    part = show_load(*FULL)[0]
    assert part.sentences == (
        "Tiredness of the rotation members shown, fortnight by fortnight as they answered (n = 1, "
        "2 fortnights answered, 1 not).",
        "Tiredness (1–5, 5 the most tired): 見本 一: mean 4.0, highest 5 (fortnights at it: 1, "
        "the first in weeks 5–6; n = 2 fortnights, 1 not answered).",
    )


def test_numbers_of_the_timeline_stand_fortnight_by_fortnight() -> None:
    text = re.sub(r"\s+", " ", words_of(show_load(*FULL)[0]))
    assert "見本 一 · 2024-02-05 5 overwhelmed 1 0 1 0" in text
    assert "見本 一 · 2024-01-22 there is no answer – 0 0 0 1" in text
    assert "見本 一 · 2024-02-19 it is not due yet –" in text


def test_marks_need_a_consent_of_their_own() -> None:
    rows = [hide(row) if row.measure.startswith(("interruption", "one_to_one")) else row for row in OWN_LOAD]
    part = show_load(*{(row.measure, row.person, row.label): row for row in rows}.values())[0]
    assert part.figure is not None
    assert "1:1 held" not in {trace.name for trace in part.figure.data}
    assert "For 1 the marks of pages and 1:1s are not shown" in part.note


def test_records_that_were_not_read_are_told() -> None:
    rows = [row for row in OWN_LOAD if row.measure != "interruption.event"]
    none = without(mark("interruption.event", None, None), "NO_NOTIFICATIONS")
    assert "no mark does not mean no page" in show_load(*rows, none)[0].note
    assert "no mark does not mean no page" not in show_load(*FULL)[0].note


@LANGUAGES
def test_without_consent_nothing_of_the_person_is_on_the_page(language: str) -> None:
    parts = show_load(
        *hide_all(OWN_LOAD), *over_programme(), *records("1"), *records(None), language=language
    )
    shown = repr([displayed(part) for part in parts])
    assert "見本 一" not in shown
    assert parts[0].figure is None
    assert parts[0].state is not None
    assert len(parts[0].sentences) == 1
    assert "n = 0" in parts[0].sentences[0]
    assert ("whether they answered" if language == "en" else "回答があったかどうか") in parts[0].note


def test_the_programme_is_told_with_what_is_missing_and_how_far_that_could_move_it() -> None:
    part = show_load(*FULL)[1]
    assert part.sentences[0] == (
        "Over the whole programme mean tiredness is 3.0 (1–5, n = 13 people, 1 without any answer; 131 "
        "fortnights answered, 28 not). Depending on the missing answers it lies between 2.6 and 3.3."
    )
    assert "7% of a person's answered fortnights" in part.sentences[1]
    assert "between 5% and 22%" in part.sentences[1]
    assert "+0.5" in part.sentences[2]
    assert "People left out of this: 1." in part.sentences[2]


def test_a_programme_under_k_says_so_instead() -> None:
    hidden = [hide(row, "FEW_PEOPLE:5") for row in over_programme() if row.measure.startswith("strain.")]
    part = show_load(*OWN_LOAD, *hidden)[1]
    assert part.table == ""
    assert part.state is not None
    assert part.state[0] == "Not shown"
    assert all("fewer than 5" in sentence for sentence in part.sentences)


def test_a_cohort_s_answers_are_nowhere_summed_up() -> None:
    own = [make_row("strain.mean", 4.44, low=4.1, high=4.7, unit="strain_level", n=8, missing=0)]
    shown = repr([displayed(part) for part in show_load(*FULL, *own)])
    assert "4.4" not in shown


def test_a_long_gap_is_told_from_records_first() -> None:
    part = show_load(*FULL)[2]
    assert part.sentences[0].startswith(
        "Rotation members who had 3 weeks or more without a 1:1: 1 (from records; n = 4, 1 without records)."
    )
    assert part.sentences[1].startswith("Across the programme, 79% of planned 1:1s were held (n = 104; ")
    nobody = show_load(*OWN_LOAD, *over_programme(), *records("1", 0.0))[2]
    assert nobody.sentences[0].startswith("No rotation member was without a 1:1 for 3 weeks")


@LANGUAGES
def test_the_association_is_told_with_what_it_cannot_say(language: str) -> None:
    sentences = show_load(*FULL, language=language)[2].sentences
    planned, every, limits = sentences[2:]
    assert "−0.3" in planned
    assert "108" in planned
    assert "−0.2" in every
    assert ("原因とは言えない" if language == "ja" else "does not tell the cause") in limits


def test_without_an_association_its_limits_are_not_told_either() -> None:
    rows = [without(row, "FEW_PAIRS") if row.measure.startswith("strain.one_to_one") else row for row in FULL]
    sentences = show_load(*rows)[2].sentences
    assert len(sentences) == 3
    assert "nobody has ten fortnights" in sentences[2]


def test_without_records_of_one_to_ones_there_is_a_state() -> None:
    rows = [without(row, "NO_ONE_TO_ONE_RECORDS") for row in (*records("1"), *records(None))]
    part = show_load(*OWN_LOAD, *rows)[2]
    assert (part.table, part.note) == ("", "")
    assert part.state is not None
    assert part.state[0] == "Not measurable"


def test_interruptions_are_by_person_and_over_the_programme() -> None:
    part = show_load(*FULL)[3]
    text = re.sub(r"\s+", " ", words_of(part))
    assert "見本 一 Weeks 1–4 1.0 (n = 1, 0 missing) 1.0 (n = 1, 0 missing) 1 (n = 1, 0 missing)" in text
    assert "Whole programme Week 14 to end 1.1 (n = 39, 2 missing)" in text
    assert part.sentences[0].startswith(
        "Over the whole programme (Week 14 to end), a rotation member was paged for 1.1 incidents a "
        "working month"
    )


def test_many_lines_of_interruptions_are_folded_below_those_of_the_programme() -> None:
    people = [make_stay(f"p{number}", f"Name {number}") for number in range(9)]
    rows = [
        make_row("interruption.rate", 1.0, unit="per_month", person=f"p{number}", kind=kind, phase="month_1")
        for number in range(9)
        for kind in ("off", "sleep")
    ]
    part = show_load(*rows, *over_programme(), stays=people)[3]
    assert "Whole programme" in part.table
    assert "Name 3" not in part.table
    assert all(f"Name {number}" in part.numbers for number in range(9))


def test_the_highest_level_is_told_with_how_often_it_was() -> None:
    rows = [replace(row, value=4.0) if row.value is not None else row for row in FULL
            if row.measure == "strain.fortnight"]  # fmt: skip
    others = [row for row in FULL if row.measure != "strain.fortnight"]
    assert (
        "highest 4 (fortnights at it: 2, the first in weeks 1–2" in show_load(*rows, *others)[0].sentences[1]
    )


def test_without_any_page_read_there_is_no_table_of_them() -> None:
    rows = [without(row, "NO_NOTIFICATIONS") for row in FULL if row.measure.startswith("interruption")]
    part = show_load(*rows)[3]
    assert part.table == ""
    assert part.state is not None
    assert part.state[1].startswith("No records of pages")


@LANGUAGES
def test_every_sentence_with_a_number_carries_its_n(language: str) -> None:
    parts = (*show_load(*FULL, language=language), show_time(*OWN_TIME, *OVER_ALL, language=language))
    for part in parts:
        for sentence in part.sentences:
            numbers = re.sub(r"1on1|1:1s?", "", sentence)
            assert "n = " in sentence or not re.search(r"\d", numbers), sentence


@LANGUAGES
def test_what_people_typed_stays_text(language: str) -> None:
    stays = [make_stay(name=HOSTILE)]
    parts = (
        *show_load(*FULL, language=language, stays=stays),
        show_time(*OWN_TIME, *OVER_ALL, language=language, stays=stays),
    )
    shown = repr([bundle for part in parts for bundle, _ in displayed(part)])
    assert "<script>" not in shown
    titles = [title.text for part in parts if part.figure for title in part.figure.layout.annotations]
    assert titles
    assert not any("%{" in title or "<" in title for title in titles)


@LANGUAGES
def test_an_empty_publication_gives_states_only(language: str) -> None:
    parts = (*show_load(language=language), show_time(language=language))
    assert all(part.state is not None and part.figure is None for part in parts)


def test_where_nobody_was_ever_asked_there_is_a_state_and_no_hatched_picture() -> None:
    rows = [without(row, "NO_SURVEY") for row in (*fortnight(0, 3), *fortnight(1, 4))]
    part = show_load(*rows)[0]
    assert part.figure is None
    assert part.sentences == ("Of 1 in this cohort there is no record of strain (n = 0).",)
    assert part.state is not None
    assert part.state[0] == "Not measurable"
