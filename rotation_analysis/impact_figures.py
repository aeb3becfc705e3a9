"""What changed in home teams as pictures: differences, the three-way mix, quarters, the survey's levels."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from .figures import (
    BLUE,
    GREY,
    INK,
    LIGHT,
    ORANGE,
    ROW_HEIGHT,
    SKY,
    interval_bars,
    name_rows,
    number_event,
    plain,
    row_label,
    rows_beside,
    start_figure,
)
from .publications import Publication
from .texts import Texts

SELF = "impact.self_resolution"
COMPARISONS = ("first_graduate", "away", "second_graduate")
NOT_DRAWN = ("dip", "ramp")  # short phases that nothing is compared with
BAR_HEIGHT = 25
MIX_STYLE = {"alone": (BLUE, ""), "review": (SKY, "/"), "host": ("#e0e0e0", "x")}
QUARTERS = ("self_resolution", "reviews")
PANEL_HEIGHTS = {"self_resolution": 300, "reviews": 165}
GROUP_STYLE = {"sender": (BLUE, "circle", "solid"), "never": (GREY, "circle-open", "dot")}
STAGES = {"sender": ("sender_before", "sender_away", "sender_after"), "never": ("never_first", "never_last")}
STAGE_SYMBOLS = ("circle-open", "diamond-open", "circle")


# --- differences ----------------------------------------------------------------------------------------


def impact_difference(publication: Publication, texts: Texts) -> go.Figure | None:
    """Differences to never-senders in percentage points: programme with interval, single teams without."""
    marks = difference_rows(publication)
    if not marks:
        return None
    s = publication.facts["smallest_change"]["share_points"]
    figure = start_figure(110 + ROW_HEIGHT * len(marks))
    figure.add_vrect(x0=-s * 100, x1=s * 100, fillcolor=LIGHT, opacity=0.5, line_width=0, layer="below")
    figure.add_vline(x=0, line={"color": INK, "width": 1})
    for series, symbol, colour in (
        ("interval", "circle", BLUE),
        ("one_team", "circle-open", BLUE),
        ("before_after", "x", GREY),
    ):
        part = [(number, row) for number, (of, row) in enumerate(marks) if of == series]
        if not part:
            continue
        rows = pd.DataFrame(
            [{name: getattr(row, name) for name in ("value", "low", "high")} for _, row in part]
        )
        figure.add_scatter(
            x=[100 * row.value for _, row in part],
            y=[number for number, _ in part],
            mode="markers",
            marker={"symbol": symbol, "size": 11, "color": colour, "line": {"width": 2, "color": colour}},
            error_x=interval_bars(rows, colour, scale=100),
            name=plain(texts.say(f"figure.difference.{series}")),
            hovertemplate="%{x:+.0f}<extra></extra>",
        )
    name_rows(figure, [plain(difference_label(publication, texts, row)) for _, row in marks])
    figure.update_xaxes(title=plain(texts.say("figure.points")), ticksuffix="", zeroline=False)
    return figure.update_layout(margin={"t": 60})


def difference_label(publication: Publication, texts: Texts, row: Any) -> str:
    """ "First graduate: programme", "While away: Aoi": what a row of a comparison is about."""
    name = row.measure.rsplit(".", 1)[1]
    if row.team is None or pd.isna(row.team):
        return texts.say(f"figure.comparison.{name}")
    return texts.say(f"figure.comparison_team.{name}", team=texts.label(publication.facts["teams"][row.team]))


def difference_rows(publication: Publication) -> list[tuple[str, Any]]:
    """Series and row of each mark, from above: below each comparison the cohort's teams."""
    marks: list[tuple[str, Any]] = []
    for name in ("first_graduate", "before_after", "away", "second_graduate"):
        rows = publication.rows(f"{SELF}.{name}")
        rows = rows[rows["value"].notna()]
        for part in (rows[rows["team"].isna()], rows[rows["team"].notna()]):
            for row in part.itertuples(index=False):
                single = row.team is not None or row.low is None or pd.isna(row.low)
                series = "before_after" if name == "before_after" else "one_team" if single else "interval"
                marks.append((series, row))
    return marks


# --- the mix --------------------------------------------------------------------------------------------


def impact_mix(publication: Publication, texts: Texts) -> go.Figure | None:
    """How problems were solved, stacked to the whole: a bar a team and phase, never-senders beside."""
    bars = list(mix_bars(publication, texts))
    if not bars:
        return None
    figure = start_figure(110 + BAR_HEIGHT * len(bars))
    name_rows(figure, [plain(label) for label, _ in bars])
    for kind, (colour, pattern) in MIX_STYLE.items():
        values = [_share(rows, kind) for _, rows in bars]
        figure.add_bar(
            y=list(range(len(bars))),
            x=[_of_whole(rows, kind) for _, rows in bars],
            orientation="h",
            name=plain(texts.say(f"impact_mix.kind.{kind}")),
            text=[f"{value:.0%}" if value >= 0.08 else "" for value in values],
            textposition="inside",
            insidetextanchor="middle",
            insidetextfont={"color": INK if kind != "alone" else "white"},
            textangle=0,
            marker={
                "color": colour,
                "line": {"color": INK, "width": 0.5},
                "pattern": {"shape": pattern, "fillmode": "overlay", "fgcolor": "white", "solidity": 0.2},
            },
            customdata=values,
            hovertemplate="%{customdata:.0%}<extra></extra>",
        )
    figure.update_layout(
        barmode="stack", legend={"traceorder": "normal"}, margin={"t": 50, "r": 24}, bargap=0.12
    )
    return figure.update_xaxes(tickformat=".0%", range=[0, 1])


def _share(rows: dict[str, Any], kind: str) -> float:
    """A printed share, 0 where there is none."""
    return float(rows[kind].value) if kind in rows and not pd.isna(rows[kind].value) else 0.0


def _of_whole(rows: dict[str, Any], kind: str) -> float:
    """Its length in the bar: printed shares are rounded, and their sum may stop short of the whole."""
    whole = sum(_share(rows, each) for each in MIX_STYLE)
    stretched = whole and all(each in rows for each in MIX_STYLE)
    return _share(rows, kind) / whole if stretched else _share(rows, kind)


def mix_bars(publication: Publication, texts: Texts) -> Iterator[tuple[str, dict[str, Any]]]:
    """Label and rows by kind of each bar, from above; short phases left out."""
    rows = rows_beside(publication, "impact.mix")
    rows = rows[~rows["phase"].isin(NOT_DRAWN)]
    for _, group in rows.groupby("_order", sort=True):
        for key in ("own", "never"):
            part = group[group["_key"].eq(key)]
            if len(part):
                label = row_label(publication, texts, part.iloc[0])
                yield label, {str(row.kind): row for row in part.itertuples(index=False)}


# --- quarters -------------------------------------------------------------------------------------------


def quarter_rows(publication: Publication, name: str, kind: str) -> pd.DataFrame:
    """The quarters of a measure with a value, of senders or never-senders, in order."""
    rows = publication.rows(f"impact.quarter.{name}", kind=kind, team=None)
    return rows[rows["value"].notna()].sort_values("label", kind="stable")


def impact_quarters(publication: Publication, texts: Texts) -> go.Figure | None:
    """Quarter by quarter, senders and never-senders; company events as numbered lines, credited to none."""
    panels = [
        name for name in QUARTERS if any(len(quarter_rows(publication, name, kind)) for kind in GROUP_STYLE)
    ]
    if not panels:
        return None
    figure = make_subplots(
        rows=len(panels),
        shared_xaxes=True,
        vertical_spacing=0.12,
        row_heights=[PANEL_HEIGHTS[name] for name in panels],
        subplot_titles=[plain(texts.say(f"quarters.panel.{name}")) for name in panels],
    )
    for panel, name in enumerate(panels, start=1):
        for kind in GROUP_STYLE:
            _add_group(figure, panel, quarter_rows(publication, name, kind), texts, kind)
        figure.update_yaxes(**value_axis(publication, name), row=panel, col=1)
    _add_events(figure, publication, len(panels))
    figure.update_xaxes(type="date", tickformat="%Y-%m")
    start_figure(90 + sum(PANEL_HEIGHTS[name] for name in panels), figure)
    legend = {"yref": "container", "y": 1.0, "yanchor": "top"}
    return figure.update_layout(legend=legend, margin={"t": 80})


def value_axis(publication: Publication, name: str) -> dict[str, Any]:
    """Shares over the tens of per cent that they move in, so that the movement is seen; counts from 0."""
    if name != "self_resolution":
        return {"tickformat": ".1f", "rangemode": "tozero"}
    values = pd.concat([quarter_rows(publication, name, kind)["value"] for kind in GROUP_STYLE])
    low, high = math.floor(10 * values.min() - 1e-9) / 10, math.ceil(10 * values.max() + 1e-9) / 10
    # a little beyond all and nothing, else a mark there is cut in half
    low, high = max(low, -0.01), min(high, 1.01)
    # ten steps would stand on each other where the panel is low
    return {"tickformat": ".0%", "dtick": 0.1 if high - low < 0.55 else 0.25, "range": [low, high]}


def _add_group(figure: go.Figure, panel: int, rows: pd.DataFrame, texts: Texts, kind: str) -> None:
    colour, symbol, dash = GROUP_STYLE[kind]
    if rows.empty:
        return
    figure.add_scatter(
        x=rows["label"].tolist(),
        y=rows["value"].astype(float).tolist(),
        mode="lines+markers",
        line={"color": colour, "width": 2, "dash": dash},
        marker={"symbol": symbol, "size": 7, "line": {"width": 1.5, "color": colour}},
        name=plain(texts.say(f"quarters.group.{kind}")),
        showlegend=panel == 1,
        hovertemplate="%{y}<extra></extra>",
        row=panel,
        col=1,
    )


def _add_events(figure: go.Figure, publication: Publication, panels: int) -> None:
    """A dotted line an event in every panel, its number above the first."""
    labels = sorted({label for trace in figure.data for label in trace.x})
    for number, event in enumerate(publication.facts["events"], start=1):
        if not labels[0] <= event["date"] <= publication.as_of:
            continue
        for panel in range(1, panels + 1):
            figure.add_vline(
                x=event["date"], line={"color": INK, "dash": "dot", "width": 1}, row=panel, col=1
            )
        number_event(figure, event["date"], number, size=12, row=1, col=1)


# --- the home teams' survey -----------------------------------------------------------------------------


def self_solving(publication: Publication, texts: Texts) -> go.Figure | None:
    """Mean level that home teams gave themselves: senders before, away, after; never-senders first, last."""
    found = {
        row.kind: row
        for row in publication.rows("impact.self_solving", team=None).itertuples(index=False)
        if row.value is not None and not pd.isna(row.value)
    }
    groups = [(group, [kind for kind in kinds if kind in found]) for group, kinds in STAGES.items()]
    groups = [(group, kinds) for group, kinds in groups if kinds]
    if not groups:
        return None
    figure = start_figure(150 + 40 * len(groups))
    for number, (_, kinds) in enumerate(groups):
        ends = [found[kind].value for kind in (kinds[0], kinds[-1])]
        line = {"color": GREY, "width": 3}
        figure.add_scatter(
            x=ends, y=[number] * 2, mode="lines", line=line, showlegend=False, hoverinfo="skip"
        )
    for stage, symbol, colour in zip(
        ("first", "away", "last"), STAGE_SYMBOLS, (BLUE, ORANGE, BLUE), strict=True
    ):
        marks = [
            (number, found[kind])
            for number, (group, kinds) in enumerate(groups)
            for kind in kinds
            if _stage_of(group, kind) == stage
        ]
        if marks:
            figure.add_scatter(
                x=[row.value for _, row in marks],
                y=[number for number, _ in marks],
                mode="markers",
                marker={"symbol": symbol, "size": 12, "color": colour, "line": {"width": 2, "color": colour}},
                name=plain(texts.say(f"self_solving.stage.{stage}")),
                hovertemplate="%{x:.1f}<extra></extra>",
            )
    name_rows(figure, [plain(texts.say(f"quarters.group.{group}")) for group, _ in groups])
    return figure.update_xaxes(range=[0.9, 5.1], dtick=1, title=plain(texts.say("self_solving.axis")))


def _stage_of(group: str, kind: str) -> str:
    """Whether a level is the first, the last, or from the absence between."""
    if kind == "sender_away":
        return "away"
    return "first" if kind == STAGES[group][0] else "last"
