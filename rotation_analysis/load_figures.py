"""Time and load as pictures, one panel a person who may be shown: hours week by week, strain by fortnight.

What is missing is hatched, what is not due yet plain grey: neither looks like a zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from .figures import BLUE, GREEN, GREY, INK, ORANGE, PURPLE, SKY, month_axis, plain, start_figure
from .publications import Publication
from .texts import Texts

DAY = 24 * 3600 * 1000  # plotly measures widths of dates in milliseconds
ACTIVITY_STYLE = {
    "request": (ORANGE, ""),
    "incident": (PURPLE, "x"),
    "improvement": (BLUE, "/"),
    "home": (GREEN, "."),
    "learning": (SKY, "-"),
}
ZONE_STYLE = {"comfort": (GREEN, ""), "learning": (SKY, "."), "panic": (ORANGE, "x")}
HATCHED, UNDUE = ("#f0f0f0", "/"), ("#f0f0f0", "")
MARKS = {  # height in the panel, symbol, colour
    "held": (6.4, "circle", BLUE),
    "ad_hoc": (6.4, "diamond-open", BLUE),
    "missed": (6.4, "x-thin", ORANGE),
    "sleep": (5.7, "triangle-down", INK),
}
BAND = (0.0, 0.6)  # of the zones, below the lowest level
TOP = 6.9


def weekly_hours(publication: Publication, texts: Texts, people: Sequence[str]) -> go.Figure | None:
    """Hours a week, stacked by activity, one panel a person; weeks without a sheet hatched."""
    rows = publication.rows("time.week", cohort=publication.cohort)
    rows = rows[rows["person"].isin(people)]
    told = rows[rows["value"].notna()]
    if told.empty:
        return None
    top = float(told.groupby(["person", "label"])["value"].sum().max()) * 1.05
    figure = _start_panels(publication, people)
    for panel, person in enumerate(people, start=1):
        own = rows[rows["person"].eq(person)]
        for kind, style in ACTIVITY_STYLE.items():
            here = own[own["kind"].eq(kind) & own["value"].notna()]
            name = texts.say(f"time.activity.{kind}")
            _add_bars(figure, panel, list(here["label"]), here["value"], 7, style, name)
        for group in _gaps(own[own["kind"].eq("request")]):
            _add_bars(
                figure, panel, group.days, [top] * len(group.days), 7, group.style, texts.say(group.key)
            )
    figure.update_yaxes(range=[0, top], title={"text": plain(texts.say("figure.hours")), "standoff": 2})
    start_figure(140 + 115 * len(people), figure)
    return _finish(figure, barmode="stack")


def load_timeline(publication: Publication, texts: Texts, people: Sequence[str]) -> go.Figure | None:
    """Strain as a line over the zones of each fortnight; above it nights interrupted and 1:1s."""
    rows = publication.rows("strain.fortnight", cohort=publication.cohort)
    rows = rows[rows["person"].isin(people)]
    if rows["notes"].map(lambda notes: "NO_SURVEY" in notes).all():  # also where there are none
        return None
    figure = _start_panels(publication, people)
    for panel, person in enumerate(people, start=1):
        own = rows[rows["person"].eq(person)]
        for group in _gaps(own):
            heights = [5.4] * len(group.days)
            _add_bars(figure, panel, group.days, heights, 14, group.style, texts.say(group.key))
        _add_zones(figure, panel, publication, texts, person)
        _add_line(figure, panel, own, texts)
        _add_marks(figure, panel, publication, texts, person)
    labels = [str(level) for level in range(1, 6)]
    bands = [texts.say(f"figure.load.{name}") for name in ("zone", "nights", "one_to_ones")]
    figure.update_yaxes(
        range=[BAND[0], TOP],
        tickvals=[sum(BAND) / 2, 1, 2, 3, 4, 5, MARKS["sleep"][0], MARKS["held"][0]],
        ticktext=[plain(bands[0]), *labels, plain(bands[1]), plain(bands[2])],
    )
    start_figure(170 + 180 * len(people), figure)
    return _finish(figure, barmode="overlay")


def _finish(figure: go.Figure, *, barmode: str) -> go.Figure:
    """Bars side by side, the legend above the first panel's title however tall the figure is."""
    named = sum(bool(trace.showlegend) for trace in figure.data)
    top = 120 if named > 6 else 90
    legend = {"yref": "container", "y": 1.0, "yanchor": "top", "traceorder": "normal"}
    return figure.update_layout(barmode=barmode, bargap=0, legend=legend, margin={"t": top}, showlegend=True)


# --- panels ---------------------------------------------------------------------------------------------


def _start_panels(publication: Publication, people: Sequence[str]) -> go.Figure:
    names = {stay["person"]: stay["name"] for stay in publication.facts["stays"]}
    figure = make_subplots(
        rows=len(people),
        shared_xaxes=True,
        vertical_spacing=0.2 / len(people) if len(people) > 1 else 0,
        subplot_titles=[plain(names[person]) for person in people],
    )
    first, last = _days_shown(publication, people)
    figure.update_xaxes(hoverformat="%Y-%m-%d", **month_axis(first, last))
    return figure


def _days_shown(publication: Publication, people: Sequence[str]) -> list[str]:
    """From the first start to the last end of the stays shown, planned where it is still to come."""
    stays = [stay for stay in publication.facts["stays"] if stay["person"] in people]
    first = date.fromisoformat(min(stay["start"] for stay in stays)) - timedelta(days=7)
    last = max(stay["end"] or max(stay["planned_end"], publication.as_of) for stay in stays)
    return [first.isoformat(), (date.fromisoformat(last) + timedelta(days=7)).isoformat()]


class _Gap:
    """Periods of one panel without a value, for one reason: their first days, style and text."""

    def __init__(self, days: list[str], style: tuple[str, str], key: str) -> None:
        self.days, self.style, self.key = days, style, key


def _gaps(rows: pd.DataFrame) -> list[_Gap]:
    """What is missing, and what is not due yet; days off work are simply empty."""
    lacking = rows[rows["value"].isna()]
    undue = lacking["notes"].map(lambda notes: "NOT_YET_DUE" in notes).astype(bool)
    missing = ~undue & lacking["missing"].gt(0)
    return [
        _Gap(list(lacking.loc[missing, "label"]), HATCHED, "figure.load.missing"),
        _Gap(list(lacking.loc[undue, "label"]), UNDUE, "figure.load.not_yet_due"),
    ]


def _add_bars(
    figure: go.Figure,
    panel: int,
    days: Sequence[str],
    heights: Sequence[float] | pd.Series,
    width: int,
    style: tuple[str, str],
    name: str,
) -> None:
    """Bars of `width` days from each first day on, in a legend once for all panels."""
    if not len(days):
        return
    colour, pattern = style
    grey = style in (HATCHED, UNDUE)
    figure.add_bar(
        x=list(days),
        y=[float(height) for height in heights],
        width=[width * DAY] * len(days),
        offset=0,
        name=plain(name),
        legendgroup=name,
        showlegend=not _named(figure, name),
        marker={
            "color": colour,
            "line": {"width": 0.5, "color": "white"},
            "pattern": {
                "shape": pattern,
                "fillmode": "overlay",
                "fgcolor": GREY if grey else "white",
                "solidity": 0.12 if grey else 0.25,
            },
        },
        hoverinfo="skip" if grey else None,
        hovertemplate=None if grey else "%{x}: %{y:.1f}<extra></extra>",
        row=panel,
        col=1,
    )


def _named(figure: go.Figure, name: str) -> bool:
    return any(trace.legendgroup == name and trace.showlegend for trace in figure.data)


def _add_zones(figure: go.Figure, panel: int, publication: Publication, texts: Texts, person: str) -> None:
    rows = publication.rows("strain.zone", cohort=publication.cohort, person=person)
    for zone, style in ZONE_STYLE.items():
        days = list(rows.loc[rows["kind"].eq(zone), "label"])
        _add_bars(figure, panel, days, [BAND[1]] * len(days), 14, style, texts.say(f"load.zone.{zone}"))


def _add_line(figure: go.Figure, panel: int, own: pd.DataFrame, texts: Texts) -> None:
    """Strain at the middle of each fortnight; the line breaks where an answer is missing."""
    name = texts.say("figure.load.strain")
    figure.add_scatter(
        x=[_middle(label) for label in own["label"]],
        y=[None if pd.isna(value) else float(value) for value in own["value"]],
        mode="lines+markers",
        connectgaps=False,
        line={"color": INK, "width": 2},
        marker={"size": 7, "color": INK},
        name=plain(name),
        legendgroup=name,
        showlegend=not _named(figure, name),
        hovertemplate="%{x|%Y-%m-%d}: %{y}<extra></extra>",
        row=panel,
        col=1,
    )


def _middle(label: str) -> str:
    return (date.fromisoformat(label) + timedelta(days=7)).isoformat()


def _add_marks(figure: go.Figure, panel: int, publication: Publication, texts: Texts, person: str) -> None:
    events = publication.rows("interruption.event", cohort=publication.cohort, person=person)
    meetings = publication.rows("one_to_one.day", cohort=publication.cohort, person=person)
    marked = pd.concat([events, meetings])
    marked = marked[marked["label"].notna()]
    for kind, (height, symbol, colour) in MARKS.items():
        days = list(marked.loc[marked["kind"].eq(kind), "label"])
        name = texts.say(f"figure.load.{kind}")
        if not days:
            continue
        marker: dict[str, Any] = {"symbol": symbol, "size": 9, "color": colour}
        figure.add_scatter(
            x=days,
            y=[height] * len(days),
            mode="markers",
            marker={**marker, "line": {"width": 2, "color": colour}},
            name=plain(name),
            legendgroup=name,
            showlegend=not _named(figure, name),
            hovertemplate="%{x|%Y-%m-%d}<extra></extra>",
            row=panel,
            col=1,
        )
