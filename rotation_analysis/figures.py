"""Publication and texts become plotly figures, all from one template.

Dark text on white, colours that colour-blind readers tell apart (Okabe & Ito 2008), and never colour alone:
every series also has its own mark or pattern.  Text that people typed is escaped once, here; plotly reads
tags and %{…} in labels.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from datetime import date
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from .publications import Publication
from .texts import Texts, keep_direction

FONT = '"Noto Sans CJK JP", "Hiragino Sans", "Yu Gothic", "Noto Sans", sans-serif'
INK, GREY, LIGHT = "#1a1a1a", "#6b6b6b", "#e3e3e3"
BLUE, ORANGE, GREEN, SKY, PURPLE, YELLOW = "#0072B2", "#D55E00", "#009E73", "#56B4E9", "#CC79A7", "#E69F00"
PHASE_ORDER = ("baseline", "dip", "away", "ramp", "after_first", "after_second")
ROW_HEIGHT = 30
MONTHS_SHOWN = 10  # as many labels as stand side by side without leaning
TEMPLATE = go.layout.Template(
    layout={
        "font": {"family": FONT, "size": 13, "color": INK},
        "paper_bgcolor": "white",
        "plot_bgcolor": "white",
        "colorway": [BLUE, ORANGE, GREEN, SKY, PURPLE, YELLOW],
        "margin": {"l": 10, "r": 10, "t": 30, "b": 40},
        "xaxis": {
            "gridcolor": LIGHT,
            "zeroline": False,
            "automargin": True,
            "fixedrange": True,
            "title": {"font": {"size": 13}},
        },
        "yaxis": {
            "gridcolor": LIGHT,
            "zeroline": False,
            "automargin": True,
            "fixedrange": True,
            "ticks": "outside",
            "ticklen": 8,
            "tickcolor": "white",
        },
        "legend": {"orientation": "h", "yanchor": "bottom", "y": 1.02, "x": 0, "xanchor": "left"},
        "hoverlabel": {"font": {"family": FONT}},
    }
)


def plain(text: str) -> str:
    """Text as it may stand in a plotly label.

    >>> plain("a<b> 5 %{x}")
    'a&lt;b&gt; 5 &#37;{x}'
    """
    return html.escape(keep_direction(text), quote=False).replace("%", "&#37;")


def start_figure(height: int, figure: go.Figure | None = None) -> go.Figure:
    """A figure of that height in pixels on the template; `figure` where subplots are drawn."""
    figure = figure or go.Figure()
    return figure.update_layout(template=TEMPLATE, height=height)


def month_axis(first: str, last: str) -> dict[str, Any]:
    """An axis of days marked by months: of a short span no month twice, of a long one as many as fit.

    >>> month_axis("2023-10-25", "2024-02-16")["dtick"], "dtick" in month_axis("2022-01-01", "2025-01-01")
    ('M1', False)
    """
    days = (date.fromisoformat(last) - date.fromisoformat(first)).days
    step = {"dtick": "M1"} if days <= MONTHS_SHOWN * 31 else {}
    return {"type": "date", "tickformat": "%Y-%m", "range": [first, last], **step}


def stays(publication: Publication, texts: Texts) -> go.Figure:
    """Who was away when: one bar a stay, the planned end as a mark, company events as dotted lines."""
    people = list(reversed(publication.facts["stays"]))
    labels = [plain(f"{stay['name']}({texts.label(stay['team_name'])})") for stay in people]
    figure = start_figure(110 + ROW_HEIGHT * len(people))
    for label, stay in zip(labels, people, strict=True):
        end = stay["end"] or publication.as_of
        figure.add_scatter(
            x=[stay["start"], end],
            y=[label, label],
            mode="lines",
            line={"color": BLUE, "width": 14, "dash": "solid"},
            opacity=0.6 if stay["end"] is None else 1,
            hoverinfo="skip",
            showlegend=False,
        )
    figure.add_scatter(
        x=[stay["planned_end"] for stay in people],
        y=labels,
        mode="markers",
        marker={"symbol": "line-ns", "size": 18, "line": {"width": 3, "color": INK}},
        name=plain(texts.say("figure.planned_end")),
        hoverinfo="skip",
    )
    for event in events_in_view(publication):
        figure.add_vline(x=event["date"], line={"color": GREY, "dash": "dot", "width": 1})
    figure.update_xaxes(tickformat="%Y-%m", type="date")
    return figure.update_layout(legend={"y": -0.35, "yanchor": "top"})


def events_in_view(publication: Publication) -> list[dict[str, str]]:
    """Company events while somebody of the cohort was away."""
    people = publication.facts["stays"]
    first = min(stay["start"] for stay in people)
    last = max(stay["end"] or publication.as_of for stay in people)
    return [event for event in publication.facts["events"] if first <= event["date"] <= last]


def number_event(figure: go.Figure, day: str, number: int, *, size: int, **panel: int) -> None:
    """A company event's number above the plot, at its day; in `panel` (row, col) where there are several."""
    figure.add_annotation(
        x=day,
        y=1.0,
        yref="y domain",
        yanchor="top",
        xanchor="left",
        xshift=2,
        text=f"({number})",
        showarrow=False,
        font={"size": size, "color": INK},
        **panel,
    )


def interval_bars(rows: pd.DataFrame, colour: str, *, scale: float = 1) -> dict[str, Any] | None:
    """Bars from `low` to `high` around `value`, times `scale`; none around a value without an interval."""
    value, low, high = (pd.to_numeric(rows[name]) * scale for name in ("value", "low", "high"))
    if low.isna().all():
        return None
    return {
        "type": "data",
        "symmetric": False,
        "array": (high - value).fillna(0.0).tolist(),
        "arrayminus": (value - low).fillna(0.0).tolist(),
        "color": colour,
        "thickness": 2,
        "width": 5,
    }


def name_rows(figure: go.Figure, labels: Sequence[str]) -> None:
    """Rows from above, by number: two rows may have the same name."""
    figure.update_yaxes(
        tickvals=list(range(len(labels))), ticktext=list(labels), range=[len(labels) - 0.4, -0.6]
    )


def _order(publication: Publication, team: str | None, phase: str, key: str) -> tuple[int, int, int]:
    teams = [stay["team"] for stay in publication.facts["stays"]]
    return (
        -1 if team is None else teams.index(team) if team in teams else len(teams),
        PHASE_ORDER.index(phase) if phase in PHASE_ORDER else -1,
        int(key == "never"),
    )


def phase_label(publication: Publication, texts: Texts, team: str | None, phase: str, key: str) -> str:
    """ "葵・基準期間" or "(同じ時期の未派遣チーム)": what a row of a figure is about."""
    if team is None:
        return texts.say("figure.all_teams", phase=texts.say(f"phase.{phase}"))
    name = texts.label(publication.facts["teams"][team])
    return texts.say(f"figure.row.{key}", team=name, phase=texts.say(f"phase.{phase}"))


def row_label(publication: Publication, texts: Texts, row: Any) -> str:
    """The label of a row of `rows_beside`."""
    team = None if pd.isna(row["team"]) else str(row["team"])
    return phase_label(publication, texts, team, str(row["phase"]), str(row["_key"]))


def share_rows(publication: Publication, measure: str) -> pd.DataFrame:
    """What `shares_by_phase` draws, from above: below each own row (`_key`) its never-senders' one."""
    rows = rows_beside(publication, measure)
    return rows[rows["team"].notna()]


def rows_beside(publication: Publication, measure: str) -> pd.DataFrame:
    """Own rows with a value, below each the never-senders' of the same days; none of theirs alone.

    Column `_key` says which: own or never.
    """
    own, never = (publication.rows(name) for name in (measure, f"{measure}.never_senders"))
    own, never = own[own["value"].notna()], never[never["value"].notna()]
    drawn = set(zip(own["team"], own["phase"], strict=True))
    beside = [place in drawn for place in zip(never["team"], never["phase"], strict=True)]
    # the dip and the ramp are the sender's own
    never = never[pd.Series(beside, index=never.index, dtype=bool) & ~never["phase"].isin(["dip", "ramp"])]
    rows = pd.concat([own.assign(_key="own"), never.assign(_key="never")])
    rows["_order"] = [
        _order(publication, None if pd.isna(team) else team, phase, key)
        for team, phase, key in zip(rows["team"], rows["phase"], rows["_key"], strict=True)
    ]
    return rows.sort_values("_order", kind="stable")


def shares_by_phase(publication: Publication, texts: Texts, measure: str) -> go.Figure | None:
    """A share with its interval for each home team and phase; never-senders of the same days hollow."""
    rows = share_rows(publication, measure)
    if rows.empty:
        return None
    labels = [row_label(publication, texts, row) for _, row in rows.iterrows()]
    figure = start_figure(110 + 26 * len(rows))
    for key, symbol, colour in (("own", "circle", BLUE), ("never", "circle-open", GREY)):
        here = rows["_key"].eq(key).to_numpy()
        part = rows[here]
        value = part["value"].astype(float)
        figure.add_scatter(
            x=value.tolist(),
            y=[number for number, wanted in enumerate(here) if wanted],
            mode="markers",
            marker={"symbol": symbol, "size": 10, "color": colour, "line": {"width": 2, "color": colour}},
            error_x=interval_bars(part, colour),
            name=plain(texts.say(f"figure.series.{key}")),
            hovertemplate="%{x:.0%}<extra></extra>",
        )
    name_rows(figure, [plain(label) for label in labels])
    figure.update_layout(margin={"r": 24})  # plotly hides "100%" where half of it has no room
    return figure.update_xaxes(tickformat=".0%", range=[0, 1])
