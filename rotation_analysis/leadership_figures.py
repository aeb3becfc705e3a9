"""What leaders see of the programme as pictures: where the stays led, the quarters, the effect, the cost.

Of all teams together: no picture here shows a single team or a person.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import accumulate
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from .figures import BLUE, GREY, INK, SKY, interval_bars, name_rows, number_event, plain, start_figure
from .impact_figures import GROUP_STYLE, difference_rows, impact_difference, quarter_rows, value_axis
from .programme_figures import PLACES, destination_bars
from .publications import Publication
from .texts import Texts

COSTS = ("away", "collaboration", "teaching", "programme_hours", "net", "offset")
MOST_TICKS = 8
TAKEN_OFF = ("collaboration",)  # work with the home team during the stay is no absence
COST_STYLE = {"net": (BLUE, ""), "offset": (SKY, "/")}


def whole_only(publication: Publication) -> Publication:
    """The same without any row of a single team."""
    return replace(publication, measures=publication.measures[publication.measures["team"].isna()])


# --- B1: who took part ------------------------------------------------------------------------------------


def participants(publication: Publication, texts: Texts) -> go.Figure | None:
    """One bar: the stays so far by where they led, each piece with its number."""
    counts = next((counts for name, counts in destination_bars(publication) if name == "at_end"), None)
    if counts is None:
        return None
    figure = start_figure(78)
    drawn = [(place, colour, pattern) for _, place, colour, pattern in PLACES if counts[place]]
    ends = accumulate(counts[place] for place, _, _ in drawn)
    for (place, colour, pattern), end in zip(drawn, ends, strict=True):
        shape = {"shape": pattern, "fillmode": "overlay", "fgcolor": "white", "fgopacity": 0.35, "size": 7}
        figure.add_bar(
            x=[counts[place]],
            y=[0],
            orientation="h",
            marker={"color": colour, "pattern": shape},
            name=plain(texts.say(f"participants.place.{place}")),
            hoverinfo="skip",
        )
        figure.add_annotation(
            x=end - counts[place] / 2,
            y=0,
            text=str(counts[place]),
            showarrow=False,
            font={"color": INK, "size": 13},
            bgcolor="white",
            borderpad=2,
        )
    figure.update_layout(barmode="stack", margin={"t": 34, "b": 6, "r": 10}, legend={"traceorder": "normal"})
    figure.update_yaxes(visible=False)
    return figure.update_xaxes(visible=False)


# --- B2: do home teams solve more themselves? -------------------------------------------------------------


def quarters(publication: Publication, texts: Texts) -> go.Figure | None:
    """The self-resolution rate by quarter, senders and never-senders; company events numbered."""
    found = {kind: quarter_rows(publication, "self_resolution", kind) for kind in GROUP_STYLE}
    if all(rows.empty for rows in found.values()):
        return None
    figure = start_figure(150)
    for kind, (colour, symbol, dash) in GROUP_STYLE.items():
        rows = found[kind]
        figure.add_scatter(
            x=rows["label"].tolist(),
            y=rows["value"].astype(float).tolist(),
            mode="lines+markers",
            line={"color": colour, "width": 2, "dash": dash},
            marker={"symbol": symbol, "size": 6, "line": {"width": 1.5, "color": colour}},
            name=plain(texts.say(f"quarters.group.{kind}")),
            hovertemplate="%{y}<extra></extra>",
        )
    labels = sorted({str(label) for rows in found.values() for label in rows["label"]})
    _mark_events(figure, publication, labels[0])
    figure.update_layout(margin={"t": 22, "b": 20, "r": 16})
    figure.update_yaxes(**value_axis(publication, "self_resolution"))
    named = labels[:: -(-len(labels) // MOST_TICKS)]
    return figure.update_xaxes(type="date", tickvals=named, ticktext=[label[:7] for label in named])


def events_drawn(publication: Publication) -> Iterator[tuple[int, dict[str, str]]]:
    """Number and event of each company event since the first quarter: as the figure and the table count."""
    rows = [quarter_rows(publication, "self_resolution", kind) for kind in GROUP_STYLE]
    first = min((str(label) for found in rows for label in found["label"]), default="")
    for number, event in enumerate(publication.facts["events"], start=1):
        if first <= event["date"] <= publication.as_of:
            yield number, event


def _mark_events(figure: go.Figure, publication: Publication, first: str) -> None:
    """A dotted line an event with its number above: what moved is credited to none."""
    for number, event in events_drawn(publication):
        if event["date"] < first:
            continue
        figure.add_vline(x=event["date"], line={"color": INK, "dash": "dot", "width": 1})
        number_event(figure, event["date"], number, size=11)


def effect(publication: Publication, texts: Texts) -> go.Figure | None:
    """The comparison beside the plain before/after that is no answer."""
    figure = impact_difference(whole_only(publication), texts)
    return figure if figure is None else figure.update_layout(margin={"t": 40, "b": 40})


def effect_rows(publication: Publication) -> list[Any]:
    """What `effect` draws, from above."""
    return [row for _, row in difference_rows(whole_only(publication))]


# --- B3: what it cost -------------------------------------------------------------------------------------


def cost_rows(publication: Publication) -> list[Any]:
    """The lines of the cost account that have a value, in its order; the balance last but one."""
    rows = publication.rows("cost.account", cohort=None, person=None, team=None)
    told = {str(row.kind): row for row in rows[rows["value"].notna()].itertuples(index=False)}
    return [told[kind] for kind in COSTS if kind in told]


def cost(publication: Publication, texts: Texts) -> go.Figure | None:
    """Person-weeks by line: what is taken off to the left, the balance with its range, the work apart."""
    rows = cost_rows(publication)
    if not rows:
        return None
    figure = start_figure(60 + 21 * len(rows))
    for number, row in enumerate(rows):
        sign = -1 if row.kind in TAKEN_OFF else 1
        colour, pattern = COST_STYLE.get(row.kind, (GREY, ""))
        shape = {"shape": pattern, "fillmode": "overlay", "fgcolor": "white", "fgopacity": 0.35, "size": 7}
        ends = pd.DataFrame([[row.value, row.low, row.high]], columns=["value", "low", "high"])
        figure.add_bar(
            x=[sign * float(row.value)],
            y=[number],
            orientation="h",
            marker={"color": colour, "pattern": shape},
            error_x=interval_bars(ends, INK),
            showlegend=False,
            hoverinfo="skip",
        )
    name_rows(figure, [plain(texts.say(f"leadership.cost.{row.kind}")) for row in rows])
    figure.add_vline(x=0, line={"color": INK, "width": 1})
    figure.update_layout(margin={"t": 10, "b": 40}, bargap=0.3)
    return figure.update_xaxes(title=plain(texts.say("leadership.axis_cost")))
