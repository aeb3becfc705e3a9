"""The programme to date as pictures: where the stays led, and the operating level of all home teams."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from .figures import BLUE, GREEN, GREY, INK, ORANGE, SKY, interval_bars, name_rows, plain, start_figure
from .publications import Publication
from .texts import Texts

PLACES = (  # kinds of `programme.destination` and `programme.destination_26` that mean the same place
    (("returned",), "returned", BLUE, ""),
    (("stayed",), "stayed", GREEN, "/"),
    (("moved",), "moved", ORANGE, "x"),
    (("left_at_end", "left"), "left", GREY, "."),
    (("running",), "running", SKY, "-"),
)
BARS = (("programme.destination", "at_end"), ("programme.destination_26", "after_26"))
ARMS = ("now_minus_start", "now_minus_then", "mentor")
OPERATING = ("self_resolution", "author_share", "permission_bound")
YEARS = ("first_year", "last_year")
APART = {"first_year": -0.16, "last_year": 0.16}
"""How far the two years stand from their row: values that are nearly the same would lie on one another."""


def destination_bars(publication: Publication) -> list[tuple[str, dict[str, int]]]:
    """Name of each bar with the number of stays by place; without those that have no value."""
    bars = []
    for measure, name in BARS:
        rows = publication.rows(measure, cohort=None)
        told = rows[rows["value"].notna()]
        counts = {
            place: int(told.loc[told["kind"].isin(kinds), "value"].sum()) for kinds, place, _, _ in PLACES
        }
        if sum(counts.values()):
            bars.append((name, counts))
    return bars


def destinations(publication: Publication, texts: Texts) -> go.Figure | None:
    """Counts of stays by place at their end and 26 weeks later: colour, pattern and number."""
    bars = destination_bars(publication)
    if not bars:
        return None
    figure = start_figure(120 + 46 * len(bars))
    for _, place, colour, pattern in PLACES:
        values = [counts[place] for _, counts in bars]
        if not any(values):
            continue
        figure.add_bar(
            x=values,
            y=list(range(len(bars))),
            orientation="h",
            marker={
                "color": colour,
                "pattern": {
                    "shape": pattern,
                    "fillmode": "overlay",
                    "fgcolor": "white",
                    "fgopacity": 0.35,
                    "size": 7,
                },
            },
            name=plain(texts.say(f"participants.place.{place}")),
            hoverinfo="skip",
        )
    for number, (_, counts) in enumerate(bars):
        _number_places(figure, number, [counts[place] for _, place, _, _ in PLACES])
    figure.update_layout(barmode="stack", margin={"t": 60}, legend={"traceorder": "normal"})
    name_rows(figure, [plain(texts.say(f"participants.bar.{name}")) for name, _ in bars])
    figure.update_xaxes(title=plain(texts.say("participants.axis")), rangemode="tozero")
    return figure.update_xaxes(dtick=max(1, max(sum(c.values()) for _, c in bars) // 6))


def _number_places(figure: go.Figure, row: int, values: Sequence[int]) -> None:
    """The number of each piece of a bar on a light ground: on a pattern it cannot be read."""
    for value, end in zip(values, accumulate(values), strict=True):
        if value:
            figure.add_annotation(
                x=end - value / 2,
                y=row,
                text=str(value),
                showarrow=False,
                font={"color": INK, "size": 14},
                bgcolor="white",
                borderpad=2,
            )


def growth_rows(publication: Publication, arm: str) -> list[tuple[str, Any]]:
    """The rows of a view over persons and over cohorts, each with its name; those there are."""
    rows = (
        ("persons", publication.rows(f"skill.growth.{arm}", cohort=None, person=None, skill=None)),
        ("cohorts", publication.rows(f"skill.across_cohorts.{arm}", cohort=None)),
    )
    return [(name, next(found.itertuples(index=False))) for name, found in rows if len(found)]


def growth(publication: Publication, texts: Texts) -> go.Figure | None:
    """Each view of growth: the mean over persons filled, the mean over cohorts hollow, with intervals."""
    found = [
        (number, name, row)
        for number, arm in enumerate(ARMS)
        for name, row in growth_rows(publication, arm)
        if row.value is not None
    ]
    if not found:
        return None
    figure = start_figure(120 + 46 * len(ARMS))
    for wanted, symbol, colour, shift in (
        ("persons", "circle", BLUE, -0.13),
        ("cohorts", "diamond-open", ORANGE, 0.13),
    ):
        drawn = [(number, row) for number, name, row in found if name == wanted]
        if not drawn:
            continue
        values = pd.DataFrame(
            [[row.value, row.low, row.high] for _, row in drawn], columns=["value", "low", "high"]
        )
        figure.add_scatter(
            x=values["value"].astype(float).tolist(),
            y=[number + shift for number, _ in drawn],
            mode="markers",
            marker={"symbol": symbol, "size": 11, "color": colour, "line": {"width": 2, "color": colour}},
            error_x=interval_bars(values, colour),
            name=plain(texts.say(f"pooled.of.{wanted}")),
            hovertemplate="%{x:+.1f}<extra></extra>",
        )
    name_rows(figure, [plain(texts.say(f"kind.{arm}")) for arm in ARMS])
    figure.add_vline(x=0, line={"color": INK, "width": 1})
    figure.update_xaxes(title=plain(texts.say("pooled.axis")), rangemode="tozero")
    return figure.update_layout(margin={"t": 60})


def operating_rows(publication: Publication) -> list[tuple[str, pd.DataFrame]]:
    """Each measure of the operating level that has a value, with its rows of the first and last year."""
    found = []
    for name in OPERATING:
        rows = publication.rows(f"organisation.{name}", cohort=None, team=None)
        rows = rows[rows["value"].notna() & rows["kind"].isin(YEARS)]
        if len(rows):
            found.append((name, rows))
    return found


def operating_level(publication: Publication, texts: Texts) -> go.Figure | None:
    """Shares of all home teams: hollow in the first year, filled in the last, a line between the two."""
    found = operating_rows(publication)
    if not found:
        return None
    figure = start_figure(120 + 44 * len(found))
    for number, (_, rows) in enumerate(found):
        figure.add_scatter(
            x=rows["value"].astype(float).tolist(),
            y=[number + APART[kind] for kind in rows["kind"]],
            mode="lines",
            line={"color": GREY, "width": 2},
            hoverinfo="skip",
            showlegend=False,
        )
    for year, symbol in zip(YEARS, ("circle-open", "circle"), strict=True):
        drawn = [(number, row) for number, (_, rows) in enumerate(found) for row in _of_year(rows, year)]
        values = pd.DataFrame([row for _, row in drawn], columns=["value", "low", "high"])
        figure.add_scatter(
            x=[row[0] for _, row in drawn],
            y=[number + APART[year] for number, _ in drawn],
            mode="markers",
            marker={"symbol": symbol, "size": 12, "color": BLUE, "line": {"width": 2, "color": BLUE}},
            error_x=interval_bars(values, BLUE),
            name=plain(texts.say(f"operating.in.{year}")),
            hovertemplate="%{x:.0%}<extra></extra>",
        )
    name_rows(figure, [plain(texts.say(f"operating.what.{name}")) for name, _ in found])
    figure.update_layout(margin={"t": 60, "r": 24})
    return figure.update_xaxes(tickformat=".0%", range=[0, 1])


def _of_year(rows: pd.DataFrame, year: str) -> list[tuple[float, float | None, float | None]]:
    own = rows[rows["kind"].eq(year)]
    return [(float(row.value), row.low, row.high) for row in own.itertuples(index=False)]
