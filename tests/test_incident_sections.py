"""The incident parts of the workload report from literal publications: path, shared resources, first steps,
what the records can tell; in every state, in both languages."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from typing import Any

import plotly.graph_objects as go
import pytest

from rotation_analysis import incident_figures, incident_sections
from rotation_analysis.incident_sections import STEPS
from rotation_analysis.measures import Measure
from rotation_analysis.parts import Part
from rotation_analysis.profiles import SHEET_TOOL
from rotation_analysis.texts import read_texts
from tests.publications import HOSTILE, html_of, make_publication, make_report, make_row, make_stay

LANGUAGES = pytest.mark.parametrize("language", ["ja", "en"])
PART, CHANCES, FIRST = "incident.participation", "incident.chances", "incident.weeks_to_responder"
TWO = [make_stay(), make_stay("p2", "見本 二", "kaede")]
EN = read_texts("en")


def part(step: str, value: float | None, phase: str = "month_1", person: str = "p1", **other: Any) -> Measure:
    fields = {"kind": step, "phase": phase, "person": person, "unit": "incidents", **other}
    return make_row(other.pop("measure", PART), value, **{k: v for k, v in fields.items() if k != "measure"})


def chances(value: float | None = 6.0, **other: Any) -> Measure:
    fields = {"phase": "month_1", "person": "p1", "unit": "incidents", **other}
    return make_row(fields.pop("measure", CHANCES), value, **fields)


def first(value: float | None, person: str | None = "p1", **other: Any) -> Measure:
    fields = {"person": person, "unit": "weeks", "method": "first_step", "n": 12, "missing": 3, **other}
    return make_row(FIRST, value, **fields)


def over_all(value: float | None, **other: Any) -> Measure:
    fields = {"cohort": None, "n": 13, "missing": 2, "method": "kaplan_meier", **other}
    return first(value, None, **fields)


def bounds(low: float | None, high: float | None) -> Measure:
    return replace(over_all(None), measure=f"{FIRST}.bounds", low=low, high=high)


def tool(label: str | None, n: int, value: float) -> Measure:
    return make_row("incident.people_unknown", value, label=label, n=n, unit="incidents", counts="records")


def gone(row: Measure, verdict: str, reason: str) -> Measure:
    """The row without its number, as the gate or a definition leaves it."""
    n = {} if verdict == "not_measurable" else {"n": None, "missing": None}
    return replace(row, value=None, verdict=verdict, notes=(reason,), **n)  # type: ignore[arg-type]


def words_of(shown: Part) -> str:
    return unescape(re.sub(r"<[^>]*>", " ", html_of(shown)))


def rows_of(table: str) -> list[list[str]]:
    """The cells of each row, row heads too."""
    lines = re.findall(r"<tr>(.*?)</tr>", table.split("<tbody>")[1])
    return [[unescape(cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", line)] for line in lines]


# --- the path -------------------------------------------------------------------------------------------


def dots(figure: go.Figure | None) -> list[tuple[float, float]]:
    assert figure is not None
    return [(x, y) for trace in figure.data for x, y in zip(trace.x, trace.y, strict=True)]


def test_every_participation_is_a_dot_of_its_own() -> None:
    rows = [part("helper", 14), part("lead", 1), part("helper", 3, "settled"), part("observer", 0)]
    figure = incident_figures.incident_path(make_publication(*rows), EN)
    assert len(dots(figure)) == len(set(dots(figure))) == 18
    assert all(abs(x - round(x)) < 0.5 for x, _ in dots(figure))
    assert list(figure.layout.yaxis.ticktext) == [  # type: ignore[union-attr]
        "Observer", "Helper", "Responder", "Lead",
    ]  # fmt: skip


def test_a_row_of_unknown_steps_is_drawn_only_where_there_is_one() -> None:
    figure = incident_figures.incident_path(make_publication(part("step_unknown", 2), part("lead", 1)), EN)
    assert figure is not None
    assert figure.layout.yaxis.ticktext[0] == "Step unknown"
    assert sorted(y for _, y in dots(figure)) == [0, 0, 4]


def test_who_took_part_in_none_has_an_empty_panel_and_who_is_hidden_has_none() -> None:
    three = [*TWO, make_stay("p3", "見本 三")]
    rows = [part("lead", 2), part("lead", 0, person="p2"), part("lead", None, person="p3")]
    figure = incident_figures.incident_path(make_publication(*rows, stays=three), EN)
    assert figure is not None
    assert [note.text for note in figure.layout.annotations] == ["見本 一", "見本 二"]
    assert [len(trace.x) for trace in figure.data] == [2, 0]


def test_commanders_alone_have_a_row_of_their_own_below_the_steps_and_are_hollow() -> None:
    rows = [part("lone_commander", 1), part("step_unknown", 1), part("lead", 1)]
    figure = incident_figures.incident_path(make_publication(*rows), EN)
    assert figure is not None
    assert list(figure.layout.yaxis.ticktext)[:3] == ["Step unknown", "Commander alone", "Observer"]
    assert [y for _, y in dots(figure)] == [1, 0, 5]
    assert list(figure.data[0].marker.symbol) == ["circle-open", "circle-open", "circle"]


def test_incidents_are_summed_over_who_is_shown() -> None:
    rows = [
        part("lead", 1),
        part("helper", 2),
        part("helper", 1, person="p2"),
        part("lead", None, person="p3"),
    ]
    opportunities = [chances(5), chances(6, person="p2"), chances(None, person="p3")]
    report = make_report(*opportunities, *rows, stays=[*TWO, make_stay("p3", "見本 三")])
    sums = incident_sections.incident_sums(report.publication)
    assert {name: n for name, n in sums.items() if n} == {
        "helper": 3, "lead": 1, "attended": 4, "chances": 11, "n": 2,
    }  # fmt: skip
    said = incident_sections.incident_path(report).sentences
    assert len(said) == 1
    assert "(n = 2), counted per person: chances 11, participations 4" in said[0]
    assert "Observer 0, helper 3, responder 0, lead 1, step unknown 0" in said[0]


def test_a_commander_made_by_the_tool_is_said_and_is_no_lead() -> None:
    rows = [chances(3), part("lone_commander", 2), part("lead", 0)]
    shown = incident_sections.incident_path(make_report(*rows))
    assert "lead 0" in shown.sentences[0]
    assert "Commanders alone (2 of these)" in shown.sentences[1]
    assert "Commander alone" in shown.numbers


def test_numbers_of_incidents_are_chances_and_steps_of_who_is_shown() -> None:
    rows = [
        chances(6.0),
        part("observer", 2.0),
        part("lead", 1.0),
        chances(0.0, phase="ramp", notes=("RECORDS_END_EARLIER",)),
        part("lead", 0.0, phase="ramp"),
        gone(chances(person="p2"), "hidden", "NO_CONSENT"),
        gone(part("helper", 1, person="p2"), "hidden", "NO_CONSENT"),
    ]
    shown = incident_sections.incident_path(make_report(*rows, stays=TWO))
    assert rows_of(shown.numbers) == [
        ["見本 一 · Weeks 1–4", "6", "2", "–", "–", "1", "–"],
        ["見本 一 · Weeks 1–8 after return", "0", "–", "–", "–", "0", "–"],
    ]
    assert "見本 二" not in html_of(shown) + shown.alt
    assert make_report().say("note.RECORDS_END_EARLIER") in shown.note
    assert make_report().say("bracket.hidden", n=1) in shown.note


def test_where_of_no_incident_it_is_told_who_took_part_there_is_no_zero() -> None:
    rows = [chances(2.0, n=2), part("helper", 1), chances(0.0, phase="ramp", n=0, missing=3)]
    shown = incident_sections.incident_path(make_report(*rows))
    assert [line[1] for line in rows_of(shown.numbers)] == ["2", "–"]


def test_incidents_of_which_nobody_can_tell_are_told_in_the_note() -> None:
    rows = [chances(6.0, missing=2), gone(chances(0, phase="ramp", missing=3), "not_measurable", "X"),
            part("helper", 1)]  # fmt: skip
    shown = incident_sections.incident_path(make_report(*rows))
    assert make_report().say("incidents.untold", n=5) in shown.note


# --- shared resources -----------------------------------------------------------------------------------


def both(step: str, of_shared: float, of_all: float, **other: Any) -> list[Measure]:
    return [part(step, of_shared, measure=f"{PART}.shared", **other), part(step, of_all, **other)]


def test_shared_resources_and_the_others_add_up_to_what_was_attended_in_the_stay() -> None:
    rows = [
        chances(2.0, measure=f"{CHANCES}.shared"), chances(9.0),
        *both("observer", 1, 3), *both("responder", 1, 4), *both("step_unknown", 0, 1),
        part("lead", 5, "ramp"), chances(7.0, phase="ramp"),  # after the stay: not here
    ]  # fmt: skip
    shown = incident_sections.shared_resources(make_report(*rows))
    assert rows_of(shown.numbers) == [
        ["見本 一 · Shared resources", "2", "1", "0", "1", "0", "0"],
        ["見本 一 · Others", "7", "2", "0", "3", "0", "1"],
    ]
    assert "2 incidents of shared resources, 2 participations, and 1 of them" in shown.sentences[0]
    assert "Of other incidents there were 7, participations 6, as responder or lead 3" in shown.sentences[0]
    assert re.findall(r"n = (\d+)\D+(\d+)", shown.note) == [("8", "1")]


@pytest.mark.parametrize(
    ("verdict", "reason"),
    [
        ("not_measurable", "NO_SHARED_SERVICES"),
        ("not_measurable", "PARTICIPATION_UNKNOWN"),
        ("hidden", "NO_CONSENT"),
    ],
)
@LANGUAGES
def test_without_shared_resources_to_show_it_says_why_and_what_would_mend_it(
    verdict: str, reason: str, language: str
) -> None:
    rows = [
        chances(9.0),
        part("helper", 1),
        gone(part("helper", 1, measure=f"{PART}.shared"), verdict, reason),
    ]
    report = make_report(*rows, language=language)
    shown = incident_sections.shared_resources(report)
    assert shown.state is not None
    assert shown.state[1].casefold() == report.say(f"reason.{reason}").casefold()
    assert report.say(f"mend.{reason}") in shown.state[2]
    assert shown.sentences == ()


# --- weeks to the first responder step ------------------------------------------------------------------


def test_a_week_none_and_unknown_are_three_things_in_the_table() -> None:
    stays = [make_stay(f"p{n}", f"見本 {n}") for n in range(1, 6)]
    rows = [
        first(14.0, notes=("STEPS_UNTOLD_BEFORE:3",)),
        first(None, "p2", missing=0, notes=("NOT_BY_END:25", "LONE_COMMANDER:1")),
        first(None, "p3", missing=0, notes=("NOT_YET:12",)),
        gone(first(None, "p4"), "not_measurable", "STEPS_UNTOLD:4"),
        gone(first(None, "p5"), "hidden", "NO_CONSENT"),
        over_all(12.0),
    ]
    report = make_report(*rows, stays=stays)
    shown = incident_sections.first_responder(report)
    found = rows_of(shown.table)
    assert [line[:4] for line in found] == [
        ["見本 1", "after 14 weeks", "12", "3"],
        ["見本 2", EN.sentences["note.NOT_BY_END"].format(25), "12", "0"],
        ["見本 3", EN.sentences["note.NOT_YET"].format(12), "12", "0"],
        ["見本 4", "Unknown (the person's part is unknown in some incidents (4))", "12", "3"],
    ]
    assert found[0][4] == EN.sentences["note.STEPS_UNTOLD_BEFORE"].format(3)
    assert found[1][4] == EN.sentences["note.LONE_COMMANDER"].format(1)
    assert found[2][4] == found[3][4] == "–"
    assert (
        "(n = 4), 1 have such a step on record, 2 have none so far or by the end, and for 1"
        in shown.sentences[-1]
    )
    assert "n = 4, not shown 1" in shown.note


def test_the_programme_stands_first_with_its_n_and_its_earliest() -> None:
    rows = [first(5.0), over_all(12.0, notes=("N_FEW_DONE:9", "NOT_ACTED_YET:3:13", "STEPS_UNTOLD_OF:11:13"))]
    said = incident_sections.first_responder(make_report(*rows, bounds(4.0, 12.0))).sentences
    assert "is 12 weeks (n = 13, without incident records: 2)" in said[0]
    assert "as early as week 4 (n = 13)" in said[1]
    assert said[2].startswith(EN.sentences["note.NOT_ACTED_YET"].format(3, 13))
    assert said[2].endswith(EN.sentences["note.STEPS_UNTOLD_OF"].format(11, 13))


def test_where_nothing_is_unknown_the_earliest_is_not_said_again() -> None:
    said = incident_sections.first_responder(
        make_report(first(5.0), over_all(12.0), bounds(12.0, 12.0))
    ).sentences
    assert len(said) == 2


def test_a_median_that_was_not_reached_is_said_as_that() -> None:
    rows = [first(5.0), over_all(None, notes=("MEDIAN_NOT_REACHED",)), bounds(None, None)]
    said = incident_sections.first_responder(make_report(*rows)).sentences
    assert "there is no median (n = 13, without incident records: 2)" in said[0]
    assert len(said) == 2


@pytest.mark.parametrize(
    ("verdict", "reason", "said"),
    [
        ("hidden", "FEW_PEOPLE:5", "there are too few people (fewer than 5)"),
        ("not_measurable", "NO_INCIDENT_RECORDS", "no incident records were read for the period"),
    ],
)
def test_a_programme_that_cannot_be_shown_says_why(verdict: str, reason: str, said: str) -> None:
    rows = [first(5.0), gone(over_all(None), verdict, reason)]
    assert said in incident_sections.first_responder(make_report(*rows)).sentences[0]


@LANGUAGES
def test_where_nobody_of_the_cohort_is_shown_the_programme_s_median_still_stands(language: str) -> None:
    rows = [gone(first(5.0), "hidden", "NO_CONSENT"), over_all(12.0)]
    shown = incident_sections.first_responder(make_report(*rows, language=language))
    assert shown.table == ""
    assert shown.state is not None
    assert len(shown.sentences) == 1
    assert "12" in shown.sentences[0]


# --- what the records can tell --------------------------------------------------------------------------


def test_each_tool_has_its_incidents_and_those_of_which_it_cannot_tell() -> None:
    lone = [make_row("incident.lone_commander", value, person=person, n=n, unit="incidents")
            for person, n, value in (("p1", 12, 1), ("p2", 9, 0))]  # fmt: skip
    shown = incident_sections.who_is_told(make_report(tool("A", 15, 9), tool(None, 9, 0), *lone, stays=TWO))
    assert rows_of(shown.numbers) == [["A", "15", "9"], ["(no file named)", "9", "0"]]
    assert shown.sentences[0].startswith("Of the incidents during the stays (n = 24)")
    assert "Of 21 participations of those who can be shown (n = 2), 1 are" in shown.sentences[1]
    assert "n = 24 incidents, unknown 9" in shown.note


@pytest.mark.parametrize(("language", "told"), [("ja", "手で書いた表"), ("en", "Sheet written by hand")])
def test_a_sheet_that_is_no_tool_is_said_in_the_words_of_the_report(language: str, told: str) -> None:
    shown = incident_sections.who_is_told(make_report(tool(SHEET_TOOL, 3, 1), language=language))
    assert rows_of(shown.numbers) == [[told, "3", "1"]]


def test_where_everything_is_told_that_is_said_and_no_commander_is_made_up() -> None:
    lone = make_row("incident.lone_commander", 0.0, person="p1", n=4, unit="incidents")
    shown = incident_sections.who_is_told(make_report(tool("A", 15, 0), lone))
    assert shown.sentences == (EN.sentences["told.sentence_all"].format(n=15),)


@LANGUAGES
def test_without_incidents_it_says_what_would_mend_it(language: str) -> None:
    report = make_report(language=language)
    shown = incident_sections.who_is_told(report)
    assert shown.state is not None
    assert report.say("mend.NO_INCIDENT_RECORDS") in shown.state[2]


# --- all of them ----------------------------------------------------------------------------------------


FULL = [
    chances(6.0), part("helper", 4), part("lone_commander", 1), part("step_unknown", 1),
    chances(2.0, measure=f"{CHANCES}.shared"), *(part(s, 0, measure=f"{PART}.shared") for s in STEPS),
    first(6.0, notes=("STEPS_UNTOLD_BEFORE:1", "LONE_COMMANDER:1")), bounds(4.0, 12.0),
    over_all(12.0, notes=("NOT_ACTED_YET:3:13", "STEPS_UNTOLD_OF:11:13")), tool("T-2", 5, 1),
    make_row("incident.lone_commander", 1.0, person="p1", n=6, unit="incidents"),
]  # fmt: skip


@LANGUAGES
def test_every_part_has_a_question_a_sentence_and_a_note_with_n_in_one_language(language: str) -> None:
    stays = [make_stay(name="N-1", team_name={"ja": "T-1", "en": "T-1"})]
    shown = incident_sections.incidents(make_report(*FULL, language=language, stays=stays)).parts
    assert len(shown) == 4
    other = re.compile(r"[A-Za-z]+" if language == "ja" else r"[\u3040-\u30ff\u3400-\u9fff]+")
    for each in shown:
        assert each.question
        assert each.sentences
        assert each.state is None
        assert re.search(r"n = \d", each.note)
        said = re.sub(r"N-1|T-[12]|SRE|\bn\b", "", words_of(each) + each.alt)
        assert other.findall(said) == []
    assert [each.figure is not None for each in shown] == [True, False, False, False]


@pytest.mark.parametrize("verdict", ["hidden", "not_measurable"])
def test_a_cohort_of_which_nothing_can_be_shown_still_has_its_four_parts(verdict: str) -> None:
    reason = "NO_CONSENT" if verdict == "hidden" else "NO_INCIDENT_RECORDS"
    rows = [gone(row, verdict, reason) for row in FULL if row.person]
    shown = incident_sections.incidents(
        make_report(*rows, gone(over_all(None), "hidden", "FEW_PEOPLE:5"))
    ).parts
    # a week that is unknown stands in the table with its reason; nothing at all is a state
    assert [each.state is not None for each in shown] == [True, True, verdict == "hidden", True]


def test_names_and_tools_that_people_typed_are_text() -> None:
    stays = [make_stay(name=HOSTILE)]
    shown = incident_sections.incidents(make_report(*FULL, tool(HOSTILE, 3, 0), stays=stays)).parts
    assert "<script>alert(1)" not in "".join(map(html_of, shown))
