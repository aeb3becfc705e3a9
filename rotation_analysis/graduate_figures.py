"""A graduate's own pictures: the timeline of one stay, own levels, own load.  Nobody else is in them."""

from __future__ import annotations

from datetime import date, timedelta

import plotly.graph_objects as go

from .figures import BLUE, GREEN, GREY, INK, ORANGE, PURPLE, SKY, YELLOW, month_axis, plain, start_figure
from .load_figures import load_timeline
from .pack_records import LANES, lane_of, last_day, the_stay
from .publications import Publication
from .skill_figures import skill_bracket
from .texts import Texts

LANE_STYLE = {
    "request": ("line-ns", BLUE),
    "incident": ("diamond", ORANGE),
    "improvement": ("star", GREEN),
    "session": ("square", PURPLE),
    "change": ("triangle-up", SKY),
    "change_review": ("triangle-down-open", INK),
    "one_to_one": ("circle", YELLOW),
}
MISSED = ("x-thin", GREY)


def timeline(publication: Publication, texts: Texts) -> go.Figure | None:
    """A strip of the stay: one lane a kind of work, a mark a record; 1:1s that were not held as crosses."""
    stay, last = the_stay(publication), last_day(publication)
    end = stay["end"] or stay["planned_end"]  # a stay that ended early is not drawn with what it lacks
    drawn = [(lane_of(r), r) for r in publication.records if r["day"] <= last and lane_of(r)]
    if not drawn:
        return None
    lanes = [lane for lane in LANES if any(lane == found for found, _ in drawn)]
    figure = start_figure(120 + 34 * len(lanes))
    for place, lane in enumerate(lanes):
        own = [r for found, r in drawn if found == lane]
        missed = [r["day"] for r in own if r["step"] == "missed"]
        held = [r["day"] for r in own if r["step"] != "missed"]
        _add_marks(figure, held, place, LANE_STYLE[lane])
        _add_marks(figure, missed, place, MISSED)
    for event in publication.facts["events"]:
        if stay["start"] <= event["date"] <= last:
            figure.add_vline(x=event["date"], line={"color": GREY, "dash": "dot", "width": 1})
    for day in (stay["start"], end):
        figure.add_vline(x=day, line={"color": INK, "width": 1})
    figure.update_xaxes(**month_axis(*_days_shown(stay["start"], max(last, end))))
    figure.update_yaxes(
        tickvals=list(range(len(lanes))),
        ticktext=[plain(texts.say(f"pack.lane.{lane}")) for lane in lanes],
        range=[len(lanes) - 0.4, -0.6],
    )
    return figure.update_layout(showlegend=False)


def _add_marks(figure: go.Figure, days: list[str], place: int, style: tuple[str, str]) -> None:
    if days:
        symbol, colour = style
        figure.add_scatter(
            x=days,
            y=[place] * len(days),
            mode="markers",
            marker={"symbol": symbol, "size": 10, "color": colour, "line": {"width": 2, "color": colour}},
            hovertemplate="%{x|%Y-%m-%d}<extra></extra>",
        )


def _days_shown(first: str, last: str) -> list[str]:
    week = timedelta(days=7)
    return [(date.fromisoformat(first) - week).isoformat(), (date.fromisoformat(last) + week).isoformat()]


def levels(publication: Publication, texts: Texts) -> go.Figure | None:
    """Own levels of one stay: look-back → now, the start hollow, the mentor's as a diamond."""
    return skill_bracket(publication, texts)


def load(publication: Publication, texts: Texts) -> go.Figure | None:
    """Own tiredness by fortnight with the zones, nights interrupted and 1:1s."""
    return load_timeline(publication, texts, [the_stay(publication)["person"]])
