"""Pictures from literal publications: what is drawn where, what is not drawn, and in whose words."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import plotly.graph_objects as go
import pytest

from rotation_analysis import figures, impact_figures, incident_figures, request_figures, skill_figures
from rotation_analysis.measures import Measure
from rotation_analysis.publications import Publication
from rotation_analysis.texts import Texts, read_texts
from tests.publications import HOSTILE, make_publication, make_row, make_stay

JA, EN = read_texts("ja"), read_texts("en")
BOTH = pytest.mark.parametrize("texts", [JA, EN], ids=["ja", "en"])
Draw = Callable[[Publication, Texts], go.Figure | None]
DO_IT, SELF = "requests.do_it_for_me_share", "impact.self_resolution"
TWO = [make_stay(), make_stay("p2", "見本 二", "kaede")]


def level(skill: str, kind: str, wave: str, value: float | None, person: str = "p1") -> Measure:
    return make_row("skill.level", value, skill=skill, kind=kind, wave=wave, person=person)


def rate(kind: str, value: float | None, phase: str = "baseline", *, never: bool = False) -> Measure:
    name = "requests.per_team_week" + (".never_senders" if never else "")
    return make_row(name, value, kind=kind, phase=phase, team="aoi", unit="per_team_week")


def share(value: float | None, phase: str, *, measure: str = SELF, never: bool = False) -> Measure:
    name = measure + (".never_senders" if never else "")
    low, high = (None, None) if value is None else (value - 0.1, value + 0.2)
    return make_row(name, value, low=low, high=high, phase=phase, team="aoi", unit="share")


def part(step: str, value: float | None, phase: str = "month_1", person: str = "p1") -> Measure:
    return make_row("incident.participation", value, kind=step, phase=phase, person=person, unit="incidents")


def difference(name: str, value: float | None, **other: Any) -> Measure:
    return make_row(f"{SELF}.{name}", value, unit="share_points", counts="teams", **other)


FIGURES: dict[str, tuple[Draw, Measure]] = {
    "bracket": (skill_figures.skill_bracket, level("os", "self", "end", 3)),
    "mix": (request_figures.request_mix, rate("work", 2.0)),
    "do_it_for_me": (lambda p, t: figures.shares_by_phase(p, t, DO_IT), share(0.5, "away", measure=DO_IT)),
    "phases": (lambda p, t: figures.shares_by_phase(p, t, SELF), share(0.5, "away")),
    "incidents": (incident_figures.incident_path, part("helper", 2)),
    "difference": (impact_figures.impact_difference, difference("first_graduate", 0.1, low=0.0, high=0.2)),
    "stays": (figures.stays, level("os", "self", "end", None)),
}
MEASURED = pytest.mark.parametrize("name", [name for name in FIGURES if name != "stays"])


def draw(name: str, publication: Publication, texts: Texts = EN) -> go.Figure:
    figure = FIGURES[name][0](publication, texts)
    assert figure is not None
    return figure


def words_of(figure: go.Figure) -> set[str]:
    """Every text that a reader of the picture sees."""
    layout = figure.layout.to_plotly_json()
    axes = [axis for key, axis in layout.items() if re.match(r"[xy]axis", key)]
    found = {trace.name for trace in figure.data if trace.name}
    found |= {str(text) for axis in axes for text in axis.get("ticktext", ())}
    found |= {axis["title"]["text"] for axis in axes if "text" in axis.get("title", {})}
    found |= {note["text"] for note in layout.get("annotations", ())}
    return found | {y for trace in figure.data for y in trace.y if isinstance(y, str)}


def points(figure: go.Figure) -> list[tuple[float, float]]:
    return [(x, y) for trace in figure.data for x, y in zip(trace.x, trace.y, strict=True)]


# --- all figures ----------------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize("name", FIGURES)
def test_figures_are_of_one_template_and_never_a_radar_chart(name: str, texts: Texts) -> None:
    figure = draw(name, make_publication(FIGURES[name][1]), texts)
    assert {trace.type for trace in figure.data} <= {"scatter", "bar"}
    assert figure.layout.template.layout.plot_bgcolor == "white"
    assert figure.layout.height > 100


@pytest.mark.parametrize("name", FIGURES)
def test_words_of_a_figure_are_the_languages_own(name: str) -> None:
    row = FIGURES[name][1]
    stays = [make_stay(name="N-1", team_name={"ja": "T-1", "en": "T-1"})]
    label = {"ja": "T-1", "en": "T-1"}
    skills = [{"id": "os", "ja": "S-1", "en": "S-1"}]
    publication = make_publication(row, stays=stays, teams={"aoi": label}, skills=skills)
    ja, en = words_of(draw(name, publication, JA)), words_of(draw(name, publication, EN))
    assert not [word for word in en if re.search(r"[\u3040-\u30ff\u4e00-\u9fff]", word)]
    names = r"N-1|T-1|S-1|SRE|<br>"
    assert not [word for word in ja if re.search(r"[A-Za-z]", re.sub(names, "", word))]
    assert ja != en


@MEASURED
def test_nothing_is_drawn_without_rows(name: str) -> None:
    assert FIGURES[name][0](make_publication(), EN) is None


@MEASURED
def test_nothing_is_drawn_of_what_is_hidden_or_not_measurable(name: str) -> None:
    row = replace(FIGURES[name][1], value=None, low=None, high=None, n=None, verdict="hidden")
    assert FIGURES[name][0](make_publication(row), EN) is None


@pytest.mark.parametrize("name", FIGURES)
def test_names_that_people_typed_are_no_tags_and_no_templates(name: str) -> None:
    label = {"ja": HOSTILE, "en": HOSTILE}
    stays = [make_stay(name=HOSTILE, team_name=label)]
    skills = [{"id": "os", **label}]
    figure = draw(name, make_publication(FIGURES[name][1], stays=stays, teams={"aoi": label}, skills=skills))
    text = json.dumps(sorted(words_of(figure)))
    assert "<script" not in text
    assert "%{" not in text


# --- one by one -----------------------------------------------------------------------------------------


def test_a_running_stay_is_pale_and_ends_with_the_data() -> None:
    running = make_stay("p2", "見本 二", "kaede", start="2025-01-06", end=None, ending="running", now="host")
    done, bar = draw("stays", make_publication(stays=[running, make_stay()])).data[:2]
    assert (list(done.x), done.opacity) == (["2024-01-08", "2024-06-28"], 1)
    assert (list(bar.x), bar.opacity) == (["2025-01-06", "2025-03-31"], 0.6)


def test_events_are_those_while_somebody_was_away() -> None:
    days = ("2024-01-07", "2024-01-08", "2024-06-28", "2024-06-29")
    publication = make_publication(events=[{"date": day, "ja": day, "en": day} for day in days])
    assert [event["date"] for event in figures.events_in_view(publication)] == list(days[1:3])
    assert len(draw("stays", publication).layout.shapes) == 2


@pytest.mark.parametrize(
    ("rows", "line"),
    [
        ([("then", "end", 1), ("self", "start", 2), ("self", "end", 4)], [1, 4]),
        ([("self", "start", 2), ("self", "end", 4)], [2, 4]),
        ([("self", "start", 2), ("self", "middle", 3)], [2, 3]),
        ([("self", "start", 2), ("self", "middle", 3), ("self", "end", 5)], [2, 5]),
        ([("self", "end", 5), ("self", "middle", 3), ("self", "start", 2)], [2, 5]),
        ([("self", "end", 4)], []),
        ([("self", "start", 2), ("mentor", "end", 4)], []),
        ([("self", "start", 2), ("self", "end", None)], []),
    ],
)
def test_a_dumbbell_goes_from_then_or_else_the_start_to_now(rows: Any, line: list[int]) -> None:
    figure = draw("bracket", make_publication(*(level("os", *row) for row in rows)))
    assert [x for x in figure.data[0].x if x is not None] == line


def test_every_view_of_a_level_has_its_own_mark_beside_the_others() -> None:
    views = [("self", "start", 2), ("then", "end", 1), ("self", "end", 4), ("mentor", "end", 3)]
    marks = draw("bracket", make_publication(*(level("os", *view) for view in views))).data[1:]
    assert [list(mark.x) for mark in marks] == [[2], [1], [4], [3]]
    assert len({mark.marker.symbol for mark in marks}) == 4
    assert len({mark.y[0] for mark in marks if mark.name != EN.say("figure.bracket.then")}) == 3


def test_a_cohort_of_forty_still_has_a_panel_a_person() -> None:
    people = [f"p{n}" for n in range(1, 41)]
    rows = [level("os", "self", "end", 2, person) for person in people]
    stays = [make_stay(person, f"見本 {person}") for person in people]
    assert len(draw("bracket", make_publication(*rows, stays=stays)).layout.annotations) == 40


def test_panels_are_the_people_with_a_level_and_the_first_skill_is_above() -> None:
    rows = [
        level("db", "self", "end", 3),
        level("os", "self", "end", 2),
        level("os", "self", "end", None, "p2"),
    ]
    figure = draw("bracket", make_publication(*rows, stays=TWO))
    assert [note.text for note in figure.layout.annotations] == ["見本 一"]
    assert dict(zip(figure.layout.yaxis.ticktext, figure.layout.yaxis.tickvals, strict=True)) == {
        "Systems": 2,
        "Databases": 1,
    }


def test_requests_stand_in_the_order_of_phases_with_never_senders_below() -> None:
    rows = [
        rate("work", 1.0, "after_first"),
        rate("work", 4.0, "baseline", never=True),
        rate("work", 3.0, "baseline"),
        rate("review", 2.0, "baseline"),
        rate("all", 5.0, "baseline"),
        rate("work", 9.0, "dip"),
        rate("work", 9.0, "ramp"),
        rate("work", None, "away"),
    ]
    figure = draw("mix", make_publication(*rows))
    own, never = "Aoi: Baseline before sending", "└ never-senders, same weeks"
    assert list(figure.layout.yaxis.ticktext) == [own, never, "Aoi: Weeks 9–26 after the first return"]
    assert figure.layout.yaxis.range[0] > figure.layout.yaxis.range[1]
    assert {bar.name: list(bar.x) for bar in figure.data} == {
        "Work request": [3.0, 4.0, 1.0],
        "Review request": [2.0, 0.0, 0.0],
    }


def test_kinds_of_request_are_told_apart_without_colour() -> None:
    bars = draw("mix", make_publication(*(rate(kind, 1.0) for kind in request_figures.KIND_STYLE))).data
    assert len(bars) == 7
    assert len({bar.marker.pattern.shape for bar in bars}) == len({bar.marker.color for bar in bars}) == 7


def test_shares_have_intervals_and_never_senders_are_hollow_below_their_team() -> None:
    rows = [
        share(0.6, "after_first"),
        share(0.3, "baseline", never=True),
        share(0.9, "dip", never=True),
        share(0.4, "baseline"),
        share(None, "away"),
    ]
    own, never = draw("phases", make_publication(*rows)).data
    assert (list(own.x), list(own.y)) == ([0.4, 0.6], [0, 2])
    assert (list(never.x), list(never.y)) == ([0.3], [1])
    assert list(own.error_x.array) == pytest.approx([0.2, 0.2])
    assert list(own.error_x.arrayminus) == pytest.approx([0.1, 0.1])
    assert own.marker.symbol != never.marker.symbol


def test_never_senders_stand_only_below_a_team_that_has_a_value() -> None:
    rows = [share(0.4, "baseline"), share(0.3, "after_second", never=True), share(None, "after_second")]
    shown = figures.share_rows(make_publication(*rows), SELF)
    assert list(zip(shown["phase"], shown["_key"], strict=True)) == [("baseline", "own")]


def test_rows_of_shares_are_in_the_order_of_the_figure() -> None:
    rows = [share(0.3, "away", never=True), share(0.6, "away"), share(0.4, "baseline")]
    shown = figures.share_rows(make_publication(*rows), SELF)
    assert list(shown["value"]) == [0.4, 0.6, 0.3]
    assert list(shown["_key"]) == ["own", "own", "never"]
