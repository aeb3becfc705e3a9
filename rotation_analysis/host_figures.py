"""What hosting costs as pictures: by how many participants are there, and when the time is paid back."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from .figures import BLUE, INK, ORANGE, SKY, interval_bars, plain, start_figure
from .publications import Publication
from .texts import Texts

ROTATORS = "rotators_"
PANELS = (
    ("host.teaching_hours", "hours", "circle", BLUE),
    ("waiting.by_rotators", "waiting", "diamond", ORANGE),
)


def by_rotators(publication: Publication, measure: str) -> pd.DataFrame:
    """The programme's rows of a measure by number of participants present, with a value, in order."""
    rows = publication.rows(measure, cohort=None, person=None, team=None)
    rows = rows[rows["kind"].fillna("").str.startswith(ROTATORS) & rows["value"].notna()]
    number = rows["kind"].str.removeprefix(ROTATORS).astype(int)
    return rows.assign(rotators=number).sort_values("rotators", kind="stable")


def host_by_rotators(publication: Publication, texts: Texts) -> go.Figure | None:
    """Left teaching hours per member and week, right the wait of other teams, by participants present."""
    drawn = [(panel, rows) for panel in PANELS if len(rows := by_rotators(publication, panel[0]))]
    if not drawn:
        return None
    figure = make_subplots(
        cols=len(drawn),
        subplot_titles=[plain(texts.say(f"figure.host.{panel[1]}")) for panel, _ in drawn],
        horizontal_spacing=0.1,
    )
    for column, ((_, _, symbol, colour), rows) in enumerate(drawn, start=1):
        marks = go.Scatter(
            x=rows["rotators"].tolist(),
            y=rows["value"].astype(float).tolist(),
            mode="markers",
            marker={"symbol": symbol, "size": 11, "color": colour},
            error_y=interval_bars(rows, colour),
            showlegend=False,
            hovertemplate="%{y:.1f}<extra></extra>",
        )
        figure.add_trace(marks, row=1, col=column)
    figure.update_xaxes(dtick=1, title=plain(texts.say("figure.host.rotators")))
    figure.update_yaxes(rangemode="tozero")
    return start_figure(320, figure).update_layout(margin={"t": 50})


def balance_rows(publication: Publication) -> pd.DataFrame:
    """The cumulated balance in host time, a row a week of the stay, in order."""
    rows = publication.rows("host.balance", cohort=None)
    rows = rows[rows["value"].notna()]
    return rows.assign(week=rows["label"].astype(int)).sort_values("week", kind="stable")


def host_balance(publication: Publication, texts: Texts) -> go.Figure | None:
    """Week by week what the host team has had back less what it spent, with its range; 0 as a line."""
    rows = balance_rows(publication)
    if rows.empty:
        return None
    figure = start_figure(300)
    ranged = rows[rows["low"].notna() & rows["high"].notna()]
    if len(ranged):
        weeks = ranged["week"].tolist()
        figure.add_scatter(
            x=[*weeks, *reversed(weeks)],
            y=[*ranged["high"].astype(float), *reversed(ranged["low"].astype(float).tolist())],
            fill="toself",
            fillcolor=SKY,
            opacity=0.35,
            mode="lines",
            line={"width": 0},
            name=plain(texts.say("figure.host.range")),
            hoverinfo="skip",
        )
    figure.add_scatter(
        x=rows["week"].tolist(),
        y=rows["value"].astype(float).tolist(),
        mode="lines+markers",
        line={"color": BLUE, "width": 2},
        marker={"size": 6},
        name=plain(texts.say("figure.host.balance")),
        hovertemplate="%{y:.1f}<extra></extra>",
    )
    figure.add_hline(y=0, line={"color": INK, "width": 1})
    figure.update_xaxes(title=plain(texts.say("figure.host.week")))
    return figure.update_yaxes(title=plain(texts.say("figure.host.host_weeks")))
