"""What was improved and which services gained monitoring, from literal publications; in every state."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from typing import Any

import pytest

from rotation_analysis import improvement_sections
from rotation_analysis.measures import Measure
from rotation_analysis.parts import Part
from rotation_analysis.texts import read_texts
from tests.publications import HOSTILE, html_of, make_report, make_row, make_stay

LANGUAGES = pytest.mark.parametrize("language", ["ja", "en"])
DELIVERED, AMOUNT, IN_USE = "improvement.delivered", "improvement.amount", "improvement.in_use"
GAINED, MADE = "monitoring.gained", "monitoring.made"
EN = read_texts("en")


def record(measure: str, value: float | None, **other: Any) -> Measure:
    return make_row(measure, value, **{"unit": "deliverables", "counts": "records", **other})


def delivered(kind: str, value: float | None, **other: Any) -> Measure:
    return record(DELIVERED, value, **{"kind": kind, "n": 15, "missing": 2, **other})


def amount(kind: str, value: float, unit: str, **other: Any) -> Measure:
    return record(AMOUNT, value, **{"kind": kind, "label": unit, "unit": "own_unit", "n": 2, **other})


def in_use(kind: str, value: float | None, n: int, missing: int = 0, **other: Any) -> Measure:
    return record(IN_USE, value, kind=kind, n=n, missing=missing, **other)


def gained(kind: str, label: str | None, value: float | None, n: int, **other: Any) -> Measure:
    notes = ("LISTS:2023-01-02:2023-07-03",)
    return record(
        GAINED, value, **{"kind": kind, "label": label, "unit": kind, "n": n, "notes": notes, **other}
    )


def gone(row: Measure, verdict: str, reason: str) -> Measure:
    return replace(row, value=None, verdict=verdict, notes=(reason,))


def words_of(shown: Part) -> str:
    html = re.sub(r"<style>.*?</style>", "", html_of(shown), flags=re.S)
    return unescape(re.sub(r"<[^>]*>", " ", html))


def rows_of(table: str) -> list[list[str]]:
    lines = re.findall(r"<tr>(.*?)</tr>", table.split("<tbody>")[1])
    return [[unescape(cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", line)] for line in lines]


DONE = [
    delivered("monitor", 12),
    delivered("workflow", 3),
    delivered("cost", 2),
    delivered("slo", 0),
    amount("monitor", 12.0, "T-1"),
    amount("workflow", 6.5, "T-2"),
    amount("cost", 84_000.0, "T-3", notes=("AS_ESTIMATED",)),
    in_use("monitor", 5, 7, 1),
    in_use("workflow", 3, 3),
    gone(in_use("cost", None, 0), "not_measurable", "IN_USE_NOT_DUE"),
    in_use("all", 8, 10, 1),
    delivered("monitor", 40, cohort=None, n=74),
    in_use("all", 48, 57, 2, cohort=None),
]


# --- deliverables ---------------------------------------------------------------------------------------


def test_each_kind_stands_in_its_own_unit_with_what_is_in_use_not_told_or_not_due() -> None:
    shown = improvement_sections.deliverables(make_report(*DONE))
    assert rows_of(shown.table) == [
        ["Monitors", "12", "12 T-1", "5", "2", "1", "4"],
        ["Automation", "3", "6.5 T-2", "3", "0", "0", "0"],
        ["Cost savings", "2", "84,000 T-3", "0", "0", "0", "2"],
    ]
    assert shown.sentences[0] == (
        "Delivered during the stays: "
        "Monitors 12 (12 T-1), Automation 3 (6.5 T-2), Cost savings 2 (84,000 T-3) (n = 15)."
    )
    assert (
        "(n = 10), 8 are still in use; without a record: 1; not half a year old yet: 4" in shown.sentences[1]
    )
    assert "Over the programme 74 were delivered" in shown.sentences[2]
    assert (
        "(n = 57), 48 are still in use (without a record: 2; not half a year old yet: 15)"
        in shown.sentences[2]
    )
    assert re.findall(r"n = (\d+)\D+(\d+)", shown.note) == [("15", "2")]
    assert EN.sentences["note.AS_ESTIMATED"] in shown.note


def test_money_is_called_an_estimate_only_where_there_is_money() -> None:
    shown = improvement_sections.deliverables(
        make_report(delivered("monitor", 1), amount("monitor", 1, "T-1"))
    )
    assert EN.sentences["note.AS_ESTIMATED"] not in shown.note


def test_kinds_that_are_none_of_ours_stand_by_name_with_their_own_amounts() -> None:
    rows = [
        delivered("other", 3),
        delivered("other", 2, label="T-1"),
        delivered("other", 1, label="T-2"),
        amount("other", 4.0, "T-1: T-3"),
        in_use("other", 1, 3),
        in_use("all", 1, 3),
    ]
    shown = improvement_sections.deliverables(make_report(*rows))
    assert rows_of(shown.table) == [
        ["something else (T-1)", "2", "4 T-3", "–", "–", "–", "–"],  # what is in use is told of both together
        ["something else (T-2)", "1", "–", "–", "–", "–", "–"],
    ]


def test_nothing_delivered_is_said_and_is_no_state() -> None:
    rows = [delivered("monitor", 0, n=0), gone(in_use("all", None, 0), "not_measurable", "NOTHING_DELIVERED")]
    shown = improvement_sections.deliverables(make_report(*rows))
    assert (shown.state, shown.table) == (None, "")
    assert shown.sentences[0].endswith("(n = 0).")
    assert "nothing of the kind is on the list" in shown.sentences[1]


@pytest.mark.parametrize("reason", ["IN_USE_NOT_DUE", "IN_USE_UNTOLD"])
def test_why_use_is_not_known_is_said(reason: str) -> None:
    rows = [delivered("monitor", 2), gone(in_use("all", None, 0), "not_measurable", reason)]
    said = improvement_sections.deliverables(make_report(*rows)).sentences
    assert EN.sentences[f"reason.{reason}"] in said[1]


def test_who_delivered_what_is_folded_and_holds_those_alone_who_agreed() -> None:
    stays = [make_stay(), make_stay("p2", "見本 二"), make_stay("p3", "見本 三")]
    rows = [
        *DONE,
        delivered("monitor", 4, person="p1"),
        delivered("slo", 0, person="p1"),
        delivered("monitor", 0, person="p2"),
        delivered("workflow", 3, person="p2"),
        gone(delivered("monitor", 8, person="p3"), "hidden", "NO_CONSENT"),
    ]
    shown = improvement_sections.deliverables(make_report(*rows, stays=stays))
    assert rows_of(shown.numbers) == [["見本 一", "4", "–"], ["見本 二", "0", "3"]]
    assert "見本 三" not in html_of(shown)
    assert shown.table == improvement_sections.deliverables(make_report(*DONE)).table


@LANGUAGES
def test_without_a_list_it_says_what_would_make_it_answerable(language: str) -> None:
    rows = [gone(delivered("monitor", None), "not_measurable", "NO_IMPROVEMENTS")]
    report = make_report(*rows, language=language)
    shown = improvement_sections.deliverables(report)
    assert shown.state is not None
    assert report.say("mend.NO_IMPROVEMENTS") in shown.state[2]
    assert shown.sentences == ()


# --- monitoring -----------------------------------------------------------------------------------------

LISTED = [
    gained("monitors", None, 6, 31, missing=2),
    gained("monitors", "aoi-api", 1, 2),
    gained("monitors", "dynamodb:seats", 4, 5),
    gained("monitors", "gone-api", -1, 0),
    gained("monitors", "same-api", 0, 3),
    gained("widgets", None, 11, 54),
    gained("widgets", "dynamodb:seats", 5, 6),
    gained("widgets", "aoi-api", 0, 1),
    record(MADE, 4, kind="monitors", unit="monitors", n=8, missing=3),
    record(MADE, 0, kind="widgets", unit="widgets", n=0, missing=0),
]


def test_services_that_gained_stand_first_and_those_without_a_change_are_counted() -> None:
    shown = improvement_sections.monitoring(make_report(*LISTED))
    assert rows_of(shown.numbers) == [
        ["dynamodb:seats", "1 → 5", "+4", "1 → 6", "+5"],
        ["aoi-api", "1 → 2", "+1", "1 → 1", "±0"],
        ["gone-api", "1 → 0", "−1", "0 → 0", "±0"],
    ]
    assert shown.sentences == (
        "Monitors: from 25 to 31 (n = 31, service unknown: 2).",
        "Dashboard widgets: from 43 to 54 (n = 54, service unknown: 0).",
        "The services that gained most: "
        "dynamodb:seats (monitors +4, widgets +5), aoi-api (monitors +1, widgets ±0).",
        "Monitors, new ones (n = 8): 4 name somebody of this cohort as creator; creator unknown: 3.",
    )
    assert re.findall(r"n = (\d+)\D+(\d+)", shown.note) == [("31", "2")]
    for said in ("Services without a change: 1.", "Lists of 2023-01-02 and 2023-07-03", "Terraform"):
        assert said in shown.note


def test_where_no_service_gained_that_is_said() -> None:
    rows = [gained("monitors", None, -1, 3), gained("monitors", "gone-api", -1, 0)]
    said = improvement_sections.monitoring(make_report(*rows)).sentences
    assert EN.sentences["monitoring.gained_none"] in said


def test_one_kind_of_list_without_the_other_is_compared_alone_and_the_other_says_why() -> None:
    rows = [row for row in LISTED if row.kind == "monitors"]
    rows.append(gone(gained("widgets", None, None, 0), "not_measurable", "NO_LIST_BEFORE"))
    shown = improvement_sections.monitoring(make_report(*rows))
    assert rows_of(shown.numbers)[0] == ["dynamodb:seats", "1 → 5", "+4", "–", "–"]
    assert EN.sentences["reason.NO_LIST_BEFORE"] in shown.sentences[1]
    assert "dynamodb:seats (monitors +4, widgets –)" in shown.sentences[2]


@pytest.mark.parametrize("reason", ["NO_LIST", "LIST_NOT_DATED", "NO_LIST_BEFORE", "NO_LIST_AFTER"])
@LANGUAGES
def test_without_lists_it_says_why_and_what_would_make_it_answerable(reason: str, language: str) -> None:
    rows = [gone(gained(kind, None, None, 0), "not_measurable", reason) for kind in ("monitors", "widgets")]
    report = make_report(*rows, language=language)
    shown = improvement_sections.monitoring(report)
    assert shown.state is not None
    assert shown.state[1].casefold() == report.say(f"reason.{reason}").casefold()
    assert report.say(f"mend.{reason}") in shown.state[2]


# --- both -----------------------------------------------------------------------------------------------


@LANGUAGES
def test_both_parts_have_question_sentence_table_and_a_note_with_n_in_one_language(language: str) -> None:
    shown = improvement_sections.improvements(make_report(*DONE, *LISTED, language=language)).parts
    assert len(shown) == 2
    other = re.compile(r"[A-Za-z]+" if language == "ja" else r"[\u3040-\u30ff\u3400-\u9fff]+")
    for each in shown:
        assert each.question
        assert each.sentences
        assert "<table" in each.table + each.numbers
        assert re.search(r"n = \d", each.note)
        said = re.sub(r"T-\d|[a-z]+-api|dynamodb:seats|Terraform|SRE|SLO|IaC|\bn\b", "", words_of(each))
        assert other.findall(said) == []


def test_names_of_services_kinds_and_units_are_text() -> None:
    rows = [
        delivered("other", 1, label=HOSTILE),
        amount("other", 1.0, f"{HOSTILE}: {HOSTILE}"),
        gained("monitors", None, 1, 1),
        gained("monitors", HOSTILE, 1, 1),
    ]
    shown = improvement_sections.improvements(make_report(*rows)).parts
    assert "<script>" not in "".join(map(html_of, shown))
