"""Figures as SVG: all that plotly would say is said, nothing lies outside, nothing typed becomes markup."""

from __future__ import annotations

import base64
import html
import math
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from plotly.subplots import make_subplots

from rotation_analysis.figures import plain, start_figure
from rotation_analysis.markdown import visible_line
from rotation_analysis.parts import Parts
from rotation_analysis.programme import Audience
from rotation_analysis.vector import draw_svg
from rotation_analysis.vector_axes import read_axes, read_values
from rotation_analysis.vector_elements import Box, colour, read_label, width_of, wrap
from rotation_analysis.vector_ticks import find_ticks, format_number
from tests.publications import (
    LANGUAGES,
    NOTEBOOKS,
    PROGRAMME,
    displayed,
    sample_parts,
    sample_report_of,
    sections_of,
)

SVG = "{http://www.w3.org/2000/svg}"
PLOTLY = "application/vnd.plotly.v1+json"
OTHERS: tuple[tuple[str, Audience, str | None], ...] = (
    ("leadership_summary", "leadership", None),
    ("graduate_pack", "graduate", "p01"),
    ("graduate_pack", "graduate", "p09"),
)
TYPED = st.text(max_size=25) | st.sampled_from(
    [
        "<script>alert(1)</script>",
        "]]>",
        "&amp;",
        "%{x}",
        "a<br>b",
        '"\' onload="x',
        "\x00\x08\ud800\uffff",
        "\u202eabc",
    ]
)


def drawn(figure: go.Figure, title: str = "a picture") -> str:
    return draw_svg(figure.to_plotly_json(), title=title, language="en")


def root_of(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)


def texts_of(svg: str) -> list[str]:
    """What each text element says, its lines joined."""
    return [" ".join(span.text or "" for span in text) for text in root_of(svg).iter(f"{SVG}text")]


def squeezed(text: str) -> str:
    """Without blanks: lines are broken at blanks."""
    return re.sub(r"\s+", "", text)


def numbers(attribute: str) -> list[float]:
    return [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?", attribute)]


def corners(root: ElementTree.Element) -> Iterator[tuple[str, float, float]]:
    """Places of everything drawn, in pixels of the picture: shapes by their corners, texts by their ends."""

    def walk(element: ElementTree.Element, dx: float, dy: float) -> Iterator[tuple[str, float, float]]:
        turned = element.get("transform", "")
        if turned.startswith("translate"):
            x, y = numbers(turned)
            dx, dy = dx + x, dy + y
        kind = element.tag.removeprefix(SVG)
        if kind in ("defs", "pattern"):
            return
        for x, y in own_corners(kind, element):
            yield kind, x + dx, y + dy
        for child in element:
            yield from walk(child, dx, dy)

    yield from walk(root, 0, 0)


def own_corners(kind: str, element: ElementTree.Element) -> list[tuple[float, float]]:
    def of(name: str) -> float:
        return float(element.get(name, "0"))

    if kind == "rect":
        return [(of("x"), of("y")), (of("x") + of("width"), of("y") + of("height"))]
    if kind == "line":
        return [(of("x1"), of("y1")), (of("x2"), of("y2"))]
    if kind == "path" and "A" not in element.get("d", ""):
        found = numbers(element.get("d", ""))
        return list(zip(found[::2], found[1::2], strict=True))
    if kind == "path":
        return [(0, 0)]
    if kind == "text":
        return text_corners(element)
    return []


def text_corners(element: ElementTree.Element) -> list[tuple[float, float]]:
    size = float(element.get("font-size", "0"))
    ends = []
    for span in element:
        x, y = float(span.get("x", "0")), float(span.get("y", "0"))
        width = width_of(span.text or "", size)
        left = x - width * {"start": 0, "middle": 0.5, "end": 1}[element.get("text-anchor", "start")]
        ends += [(left, y - size * 0.98), (left + width, y + size * 0.32)]
    if element.get("transform"):
        _, cx, cy = numbers(element.get("transform", ""))
        ends = [(cx + (y - cy), cy - (x - cx)) for x, y in ends]
    return ends


def assert_inside(svg: str) -> None:
    root = root_of(svg)
    _, _, width, height = numbers(root.get("viewBox", ""))
    outside = [
        (kind, x, y)
        for kind, x, y in corners(root)
        if not (-0.6 <= x <= width + 0.6 and -0.6 <= y <= height + 0.6)
    ]
    assert outside == []


def assert_nothing_is_fetched_or_run(svg: str) -> None:
    root = root_of(svg)
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= {
        "svg", "title", "desc", "rect", "defs", "pattern", "path", "circle", "g", "text", "tspan", "line",
    }  # fmt: skip
    names = {name for element in root.iter() for name in element.attrib}
    assert not [name for name in names if name.startswith("on") or "href" in name or name == "style"]
    ids = {element.get("id") for element in root.iter(f"{SVG}pattern")}
    fills = {element.get("fill") or "" for element in root.iter()}
    assert {fill for fill in fills if "(" in fill} == {f"url(#{name})" for name in ids}


def words_of(figure: dict[str, Any]) -> list[str]:
    """Everything that plotly would write of a figure, besides ticks that it chooses itself."""
    layout = figure["layout"]
    said = [note["text"] for note in layout.get("annotations", ())]
    for key, axis in layout.items():
        if key[1:5] == "axis":
            said.append(axis.get("title", {}).get("text"))
            said += axis.get("ticktext", ()) if axis.get("showticklabels", True) else ()
    for trace in figure["data"]:
        if trace.get("showlegend", True) and len(figure["data"]) > 1 and trace["x"]:
            said.append(trace.get("name"))
        said += trace.get("text", ())
    return [" ".join(read_label(text)) for text in said if text]


# --- the sample's figures -------------------------------------------------------------------------------


def sample_figures() -> Iterator[tuple[str, dict[str, Any], str]]:
    """Name, figure and alternative text of figures of the sample: two cohorts, the programme, the others."""
    about = [(notebook, *which) for notebook in NOTEBOOKS for which in (("3", "ja"), ("5", "en"))]
    parts = [
        (f"{notebook} {cohort} {language} {part.question}", part)
        for notebook, cohort, language in [*about, (PROGRAMME, None, "ja")]
        for part in sample_parts(notebook, cohort, language)
    ]
    for notebook, audience, person in OTHERS:
        for language in LANGUAGES:
            report = sample_report_of(notebook, audience, language, person=person)
            for section in sections_of(notebook):
                shown = section(report)
                found = shown.parts if isinstance(shown, Parts) else (shown,)
                parts += [(f"{notebook} {person} {language} {part.question}", part) for part in found]
    for name, part in parts:
        for data, other in displayed(part):
            if PLOTLY in data:
                yield name, data[PLOTLY], other["alt"]


def test_figures_of_the_sample_are_drawn_whole_and_the_same_twice() -> None:
    figures = list(sample_figures())
    assert len(figures) > 50
    assert {name.split()[0] for name, _, _ in figures} >= {"leadership_summary", "graduate_pack"}
    for name, figure, alt in figures:
        svg = draw_svg(figure, title=alt, language="ja")
        assert svg == draw_svg(figure, title=alt, language="ja"), name
        assert_inside(svg)
        assert_nothing_is_fetched_or_run(svg)
        said = [squeezed(text) for text in texts_of(svg)]
        lacking = [word for word in words_of(figure) if squeezed(word) not in said]
        assert lacking == [], name
        assert root_of(svg)[0].text == visible_line(alt)


# --- marks ----------------------------------------------------------------------------------------------


def test_points_stand_where_their_axes_say() -> None:
    figure = start_figure(300).add_scatter(x=[0, 10], y=[0, 1], mode="markers", marker={"symbol": "circle"})
    figure.update_xaxes(range=[0, 10]).update_yaxes(range=[0, 1])
    svg = drawn(figure)
    grid = list(root_of(svg).iter(f"{SVG}line"))
    bottom = max(float(line.get("y1", "0")) for line in grid)
    right = max(float(line.get("x2", "0")) for line in grid)
    marks = [numbers(e.get("transform", "")) for e in root_of(svg).iter(f"{SVG}path")]
    assert marks == [[0.0, bottom], [right, 0.0]]


def test_stacked_bars_begin_where_the_last_one_ends() -> None:
    figure = start_figure(200)
    for value in (1, 2):
        figure.add_bar(x=[value], y=["a"], orientation="h", name=str(value))
    svg = drawn(figure.update_layout(barmode="stack").update_xaxes(range=[0, 3]))
    bars = list(root_of(svg).find(f"{SVG}g").iter(f"{SVG}rect"))  # type: ignore[union-attr]
    (x0, w0), (x1, w1) = [(float(e.get("x", "")), float(e.get("width", ""))) for e in bars]
    assert x0 == 0
    assert x1 == pytest.approx(w0)
    assert w1 == pytest.approx(2 * w0, abs=0.02)


@pytest.mark.parametrize(("mode", "lefts"), [("overlay", 1), ("group", 2)])
def test_bars_beside_each_other_share_the_room(mode: str, lefts: int) -> None:
    figure = start_figure(200).add_bar(x=["a"], y=[1]).add_bar(x=["a"], y=[2]).update_layout(barmode=mode)
    group = root_of(drawn(figure)).find(f"{SVG}g")
    assert group is not None
    assert len({e.get("x") for e in group.iter(f"{SVG}rect")}) == lefts


def test_bars_alone_at_their_places_are_as_wide_as_those_of_one_trace() -> None:
    apart = start_figure(200).add_bar(x=["a"], y=[1]).add_bar(x=["b"], y=[2])
    together = start_figure(200).add_bar(x=["a", "b"], y=[1, 2])

    def widths(figure: go.Figure) -> list[str | None]:
        group = root_of(drawn(figure.update_layout(showlegend=False))).find(f"{SVG}g")
        assert group is not None
        return [e.get("width") for e in group.iter(f"{SVG}rect")]

    assert widths(apart) == widths(together)


def test_intervals_reach_from_low_to_high() -> None:
    figure = start_figure(200).add_scatter(
        x=[5],
        y=[0],
        mode="markers",
        error_x={"type": "data", "symmetric": False, "array": [5], "arrayminus": [2.5], "color": "#123456"},
    )
    svg = drawn(figure.update_xaxes(range=[0, 10]))
    whiskers = [e for e in root_of(svg).iter(f"{SVG}line") if e.get("stroke") == "#123456"]
    level, *ends = whiskers
    assert len(ends) == 2
    width = float(level.get("x2", "")) / 1.0
    assert float(level.get("x1", "")) == pytest.approx(width / 4, abs=0.02)


def test_the_interval_of_a_bar_stands_around_its_end_and_in_the_range() -> None:
    figure = start_figure(200).add_bar(
        x=[4],
        y=[0],
        orientation="h",
        error_x={"type": "data", "symmetric": False, "array": [6], "arrayminus": [2], "color": "#123456"},
    )
    svg = drawn(figure)
    group = root_of(svg).find(f"{SVG}g")
    assert group is not None
    bar = next(group.iter(f"{SVG}rect"))
    level, *ends = [e for e in group.iter(f"{SVG}line") if e.get("stroke") == "#123456"]
    end = float(bar.get("width", ""))
    assert float(level.get("x1", "")) == pytest.approx(end / 2, abs=0.02)
    assert float(level.get("x2", "")) == pytest.approx(end * 2.5, abs=0.05)
    assert len(ends) == 2


def test_a_line_ends_at_the_edge_and_breaks_where_a_value_is_missing() -> None:
    figure = start_figure(200).add_scatter(
        x=[0, 1, 2, 3, 30], y=[0, 0, None, 0, 0], mode="lines", line={"color": "#123456"}
    )
    svg = drawn(figure.update_xaxes(range=[0, 10]).update_yaxes(range=[-1, 1]))
    lines = [e for e in root_of(svg).iter(f"{SVG}line") if e.get("stroke") == "#123456"]
    assert len(lines) == 2
    assert_inside(svg)


def test_a_point_outside_its_axis_is_not_drawn() -> None:
    figure = start_figure(200).add_scatter(x=[1, 99], y=[1, 1], mode="markers").update_xaxes(range=[0, 2])
    assert len(list(root_of(drawn(figure)).iter(f"{SVG}path"))) == 1


def test_packed_columns_are_read_like_lists() -> None:
    packed = {"dtype": "f8", "bdata": base64.b64encode(np.array([1.5, 2.5])).decode()}
    assert read_values(packed) == [1.5, 2.5]
    assert read_values(np.array([1, 2])) == [1, 2]
    figure = {"data": [{"type": "scatter", "mode": "markers", "x": packed, "y": [1, 2]}], "layout": {}}
    listed = {"data": [{"type": "scatter", "mode": "markers", "x": [1.5, 2.5], "y": [1, 2]}], "layout": {}}
    assert draw_svg(figure, title="t", language="ja") == draw_svg(listed, title="t", language="ja")


def test_long_labels_make_room_instead_of_lying_on_one_another() -> None:
    figure = start_figure(200).add_scatter(x=[1, 2], y=[0, 1], mode="markers")
    names = ["長い名前のチーム" * 12, "another very long name of a team " * 9]
    figure.update_yaxes(tickvals=[0, 1], ticktext=names, range=[-0.5, 1.5])
    svg = drawn(figure)
    assert_inside(svg)
    for name in names:
        assert squeezed(name) in [squeezed(text) for text in texts_of(svg)]
    boxes = [text_corners(e) for e in root_of(svg).iter(f"{SVG}text") if len(e) > 3]
    (first, second) = sorted((min(y for _, y in ends), max(y for _, y in ends)) for ends in boxes)
    assert first[1] <= second[0] + 1


def test_notes_that_would_lie_on_one_another_move_apart() -> None:
    figure = start_figure(200).add_scatter(x=[0, 1], y=[0, 1])
    for text in ("first", "second"):
        figure.add_annotation(x=0.5, y=1, yref="y domain", yanchor="top", text=text, showarrow=False)
    svg = drawn(figure)
    ends = [text_corners(e) for e in root_of(svg).iter(f"{SVG}text") if e[0].text in ("first", "second")]
    first, second = (Box(*ends[n][0], *ends[n][1]) for n in (0, 1))
    assert not first.grown(-0.5).meets(second.grown(-0.5))


def test_rows_at_one_place_and_panels_without_a_gap_are_drawn_in_bounded_size() -> None:
    figure = start_figure(200).add_scatter(x=[1, 2], y=[0, 1], mode="markers")
    figure.update_yaxes(tickvals=[0, 0, 1], ticktext=["a", "b", "c"], domain=[0, 0.5])
    figure.add_scatter(x=[1], y=[1], yaxis="y2", xaxis="x2")
    figure.update_layout(yaxis2={"domain": [0.5 + 1e-9, 1]})
    figure.add_annotation(
        x=0.5, y=0.5, xref="paper", yref="paper", yanchor="bottom", text="t", showarrow=False
    )
    figure.add_annotation(x=1, y=1, text="", showarrow=False)
    svg = drawn(figure)
    assert_inside(svg)
    assert numbers(root_of(svg).get("viewBox", ""))[3] < 9_000
    assert {"a", "b", "c", "t"} <= set(texts_of(svg))


# --- what cannot be drawn -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("figure", "told"),
    [
        (go.Figure(go.Pie(values=[1])), "type 'pie'"),
        (go.Figure(go.Scatter(x=[1], y=[1], mode="markers", marker={"symbol": "hexagram"})), "symbol"),
        (go.Figure(go.Scatter(x=[1], y=[1], fill="tozeroy")), "tozeroy"),
        (go.Figure(go.Scatter(x=[1, 2], y=[1, 2], mode="lines", line={"shape": "spline"})), "spline"),
        (go.Figure(go.Scatter(x=[1], y=[1], stackgroup="a")), "stackgroup"),
        (go.Figure(go.Bar(x=[1], y=[1], base=3)), "base"),
        (go.Figure(layout={"images": [{"source": "http://x.example/a.png"}]}), "images"),
        (go.Figure(go.Scatter(x=[1], y=[1]), layout={"xaxis": {"type": "log"}}), "log"),
        (
            go.Figure(go.Scatter(x=[1], y=[1]), layout={"xaxis": {"rangeslider": {"visible": True}}}),
            "rangeslider",
        ),
        (go.Figure(layout={"shapes": [{"type": "path", "path": "M0 0"}]}), "path"),
        (go.Figure(layout={"annotations": [{"x": 0, "y": 0, "text": "a"}]}), "arrow"),
        (go.Figure(go.Scatter(x=[1], y=[1]), layout={"xaxis": {"tickformat": "%B"}}), "format of numbers"),
    ],
)
def test_what_is_not_known_is_an_error_and_never_left_out(figure: go.Figure, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        drawn(figure)


@pytest.mark.parametrize("value", ["url(#a)", "url(http://x.example)", '#fff"/><script>', "", "#12"])
def test_a_colour_is_a_colour(value: str) -> None:
    with pytest.raises(ValueError, match="not a colour"):
        colour(value)


# --- axes -----------------------------------------------------------------------------------------------


def tick_lines(figure: go.Figure, name: str, length: float) -> list[str]:
    given = figure.to_plotly_json()
    axis = read_axes(given["layout"], given["data"])[name]
    axis.length = length
    return [" ".join(tick.lines) for tick in find_ticks(axis)]


@pytest.mark.parametrize(
    ("first", "last", "form", "length", "said"),
    [
        ("2024-01-10", "2024-04-20", "%Y-%m", 700, ["2024-02", "2024-03", "2024-04"]),
        ("2021-01-01", "2025-01-01", "%Y-%m", 300, ["2021-01", "2022-01", "2023-01", "2024-01", "2025-01"]),
        ("2024-01-01", "2024-01-05", "%m-%d", 700, ["01-01", "01-02", "01-03", "01-04", "01-05"]),
        ("2024-01-03", "2024-02-01", "%m-%d", 340, ["01-08", "01-15", "01-22", "01-29"]),
    ],
)
def test_ticks_of_days_are_first_days_of_months_or_mondays(
    first: str, last: str, form: str, length: float, said: list[str]
) -> None:
    figure = go.Figure(go.Scatter(x=[first, last], y=[0, 1])).update_xaxes(
        range=[first, last], tickformat=form
    )
    assert tick_lines(figure, "x", length) == said


@pytest.mark.parametrize(
    ("span", "other", "said"),
    [
        ([0, 1], {"tickformat": ".0%"}, ["0%", "20%", "40%", "60%", "80%", "100%"]),
        ([-0.6, 0.6], {"dtick": 0.5}, ["−0.5", "0", "0.5"]),
        ([0, 4000], {"tickformat": ",d", "nticks": 2}, ["0", "2,000", "4,000"]),
        (
            [0.6, 3.4],
            {"tickvals": [1, 2, 3, 4], "ticktext": ["a", "b<br>c", "&lt;d&gt;", "e"]},
            ["a", "b c", "<d>"],
        ),
    ],
)
def test_ticks_of_numbers_are_round(span: list[float], other: dict[str, Any], said: list[str]) -> None:
    figure = go.Figure(go.Scatter(x=span, y=[0, 1])).update_xaxes(range=span, **other)
    assert tick_lines(figure, "x", 400) == said


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6), st.integers(40, 900))
@settings(deadline=None)
def test_ticks_leave_room_and_stay_in_the_range(low: float, span: float, length: int) -> None:
    figure = go.Figure(go.Scatter(x=[low, low + span], y=[0, 1])).update_xaxes(range=[low, low + span])
    given_figure = figure.to_plotly_json()
    axis = read_axes(given_figure["layout"], given_figure["data"])["x"]
    axis.length = float(length)
    ticks = find_ticks(axis)
    assert len(ticks) <= max(length / 66, 1) + 1
    assert all(axis.holds(tick.at) for tick in ticks)


@pytest.mark.parametrize(
    ("value", "form", "text"),
    [
        (0.123, ".0%", "12%"),
        (-0.004, ".0%", "0%"),
        (3.0, "+.1f", "+3.0"),
        (-3.04, "+.1f", "−3.0"),
        (1234.5, ",.1f", "1,234.5"),
        (2.0, "", "2"),
        (-0.0, "", "0"),
    ],
)
def test_numbers_are_written_as_the_figure_says(value: float, form: str, text: str) -> None:
    assert format_number(value, form) == text


def test_panels_stand_beside_each_other_and_axes_that_match_have_one_range() -> None:
    figure = make_subplots(rows=1, cols=2, shared_yaxes=True)
    figure.add_trace(go.Scatter(x=[1, 2], y=[1, 2]), row=1, col=1)
    figure.add_trace(go.Scatter(x=[1, 2], y=[10, 20]), row=1, col=2)
    given_figure = figure.to_plotly_json()
    axes = read_axes(given_figure["layout"], given_figure["data"])
    assert axes["y"].range == axes["y2"].range
    assert axes["y"].range[0] < 1
    assert axes["y"].range[1] > 20
    assert axes["x"].domain[1] < axes["x2"].domain[0]


# --- typed text -----------------------------------------------------------------------------------------


@given(TYPED, TYPED, TYPED, TYPED)
@settings(max_examples=150, deadline=None)
def test_typed_text_is_text_wherever_it_stands(name: str, tick: str, note: str, title: str) -> None:
    figure = start_figure(240)
    figure.add_bar(y=[0], x=[2], orientation="h", name=plain(name), text=[plain(note)], textposition="inside")
    figure.add_scatter(y=[0], x=[1], mode="markers", name=plain(tick))
    figure.add_annotation(x=1, y=0, text=plain(note), showarrow=False)
    figure.update_yaxes(tickvals=[0], ticktext=[plain(tick)], range=[-1, 1])
    figure.update_xaxes(title=plain(title))
    svg = drawn(figure, title)
    assert_inside(svg)
    root = root_of(svg)
    assert root[0].text == (visible_line(title) or None)
    kinds = {element.tag.removeprefix(SVG) for element in root.iter()}
    assert kinds <= {"svg", "title", "desc", "rect", "g", "text", "tspan", "line", "path"}
    said = [squeezed(text) for text in texts_of(svg)]
    for typed in (name, tick, note, title):
        # plain() escapes the tags of a label, so that a typed <br> is text, too
        wanted = squeezed(visible_line(html.unescape(plain(typed))))
        assert not wanted or wanted in said


@given(st.text(max_size=60), st.floats(20, 300))
def test_a_broken_line_loses_no_letter_and_is_no_wider_than_its_room(text: str, width: float) -> None:
    line = visible_line(text)
    broken = wrap([line], width, 13)
    assert squeezed("".join(broken)) == squeezed(line)
    assert all(width_of(part, 13) <= max(width, 13) for part in broken)


@given(st.lists(st.floats(-1e9, 1e9) | st.none(), min_size=1, max_size=8), st.booleans())
@example([-5e-324, None], True)
@settings(deadline=None)
def test_any_numbers_are_drawn_inside(values: list[float | None], bars: bool) -> None:
    figure = start_figure(200)
    places = list(range(len(values)))
    if bars:
        figure.add_bar(x=places, y=values)
    else:
        figure.add_scatter(x=places, y=values, mode="lines+markers")
    svg = drawn(figure)
    assert_inside(svg)
    assert not any(math.isnan(x) or math.isnan(y) for _, x, y in corners(root_of(svg)))


def test_names_of_hatches_differ_between_pictures_and_never_between_runs() -> None:
    figure = start_figure(200).add_bar(x=[1], y=[1], marker={"pattern": {"shape": "/"}})
    names = [re.findall(r'pattern id="([^"]+)"', drawn(figure, title)) for title in ("a", "a", "b")]
    assert names[0] == names[1]
    assert names[0] != names[2]
    assert len(names[0]) == 1
