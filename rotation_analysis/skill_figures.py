"""Skill growth as pictures: each person's levels, and what the programme's skills have in common."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from .figures import BLUE, GREY, INK, LIGHT, ORANGE, SKY, interval_bars, name_rows, plain, start_figure
from .publications import Publication
from .texts import Texts


def skill_bracket(publication: Publication, texts: Texts) -> go.Figure | None:
    """One panel a person, one row a skill: then → now as a dumbbell, start hollow, mentor as a diamond."""
    levels = publication.rows("skill.level")
    levels = levels[levels["value"].notna()]
    if levels.empty:
        return None
    names = {stay["person"]: stay["name"] for stay in publication.facts["stays"]}
    people = [person for person in names if person in set(levels["person"])]
    skills = [s for s in publication.facts["skills"] if s["id"] in set(levels["skill"])]
    place = {skill["id"]: len(skills) - n for n, skill in enumerate(skills)}
    figure = make_subplots(
        cols=len(people),
        shared_yaxes=True,
        subplot_titles=[plain(names[person]) for person in people],
        horizontal_spacing=min(0.03, 0.5 / len(people)),  # plotly refuses gaps that leave no room
    )
    for number, person in enumerate(people, start=1):
        own = levels[levels["person"].eq(person)]
        for trace in _bracket_traces(own, place, texts, legend=number == 1):
            figure.add_trace(trace, row=1, col=number)
    figure.update_yaxes(
        tickvals=list(place.values()),
        ticktext=[plain(texts.label(skill)) for skill in skills],
        range=[0.4, len(skills) + 0.6],
    )
    figure.update_xaxes(range=[0.6, 5.4], tickvals=[1, 2, 3, 4, 5])
    start_figure(150 + 34 * len(skills), figure)
    return figure.update_layout(margin={"t": 90}, legend={"y": 1.09})


def _bracket_traces(
    own: pd.DataFrame, place: dict[str, int], texts: Texts, *, legend: bool
) -> list[go.Scatter]:
    def pick(kind: str, waves: Sequence[str]) -> dict[str, float]:
        rows = own[own["kind"].eq(kind) & own["wave"].isin(waves)]
        order = {wave: n for n, wave in enumerate(waves)}
        rows = rows.assign(_order=rows["wave"].map(order)).sort_values("_order", kind="stable")
        return dict(zip(rows["skill"], rows["value"].astype(float), strict=True))

    start, now = pick("self", ("start",)), pick("self", ("middle", "end"))
    then, mentor = pick("then", ("end",)), pick("mentor", ("middle", "end"))
    line_x: list[float | None] = []
    line_y: list[float | None] = []
    for skill in now:
        earlier = then.get(skill, start.get(skill))
        if earlier is not None:
            line_x += [earlier, now[skill], None]
            line_y += [place[skill], place[skill], None]
    traces = [
        go.Scatter(
            x=line_x,
            y=line_y,
            mode="lines",
            line={"color": SKY, "width": 3},
            showlegend=False,
            hoverinfo="skip",
        )
    ]
    marks = (
        ("start", start, 0.24, "square-open", GREY),
        ("then", then, 0.0, "circle-open", BLUE),
        ("now", now, 0.0, "circle", BLUE),
        ("mentor", mentor, -0.24, "diamond", ORANGE),
    )
    for name, values, shift, symbol, colour in marks:
        traces.append(
            go.Scatter(
                x=list(values.values()),
                y=[place[skill] + shift for skill in values],
                mode="markers",
                marker={"symbol": symbol, "size": 10, "color": colour, "line": {"width": 2, "color": colour}},
                name=plain(texts.say(f"figure.bracket.{name}")),
                legendgroup=name,
                showlegend=legend,
                hovertemplate="%{x}<extra></extra>",
            )
        )
    return traces


def skill_bands(publication: Publication, texts: Texts) -> go.Figure | None:
    """A row a skill: how much more or less than their average persons grew in it, with its 95 % band."""
    rows = band_rows(publication)
    if rows.empty:
        return None
    figure = start_figure(110 + 30 * len(rows))
    figure.add_vline(x=0, line={"color": INK, "width": 1})
    for band, symbol, colour in (
        ("top", "triangle-right", BLUE),
        ("between", "circle", GREY),
        ("bottom", "triangle-left", ORANGE),
    ):
        here = rows["_band"].eq(band).to_numpy()
        part = rows[here]
        if part.empty:
            continue
        figure.add_scatter(
            x=part["value"].astype(float).tolist(),
            y=[number for number, wanted in enumerate(here) if wanted],
            mode="markers",
            marker={"symbol": symbol, "size": 11, "color": colour},
            error_x=interval_bars(part, colour),
            name=plain(texts.say(f"figure.band.{band}")),
            hovertemplate="%{x:+.1f}<extra></extra>",
        )
    name_rows(figure, [plain(label) for label in rows["_label"].map(texts.label)])
    figure.update_xaxes(title=plain(texts.say("figure.relative_growth")), dtick=0.5)
    return figure.update_layout(margin={"t": 60})


def band_rows(publication: Publication) -> pd.DataFrame:
    """What `skill_bands` draws, in the order of the grid: `_label`, `_band` = top, between, bottom.

    A skill that cannot be told apart from the highest nor from the lowest is between.
    """
    rows = publication.rows("skill.band", kind="relative")
    rows = rows[rows["value"].notna()]
    order = {skill["id"]: number for number, skill in enumerate(publication.facts["skills"])}
    labels = {skill["id"]: skill for skill in publication.facts["skills"]}
    rows = rows.assign(
        _label=rows["skill"].map(labels),
        _band=[_band_of(notes) for notes in rows["notes"]],
        _order=rows["skill"].map(order),
    )
    return rows.sort_values("_order", kind="stable")


def _band_of(notes: Sequence[str]) -> str:
    ends = [name for name, code in (("top", "TOP_BAND"), ("bottom", "BOTTOM_BAND")) if code in notes]
    return ends[0] if len(ends) == 1 else "between"


def skill_contrasts(publication: Publication, texts: Texts, names: Sequence[str]) -> go.Figure | None:
    """A row a contrast: the programme's mean with its interval, and the persons who may be shown as marks."""
    rows = [publication.rows(name, skill=None, kind=None) for name in names]
    there = pd.concat(rows)
    there = there[there["value"].notna()]
    if there.empty:
        return None
    place = {name: number for number, name in enumerate(names)}
    figure = start_figure(120 + 34 * len(names))
    figure.add_vline(x=0, line={"color": INK, "width": 1})
    s = publication.facts["smallest_change"]["levels"]
    figure.add_vrect(x0=-s, x1=s, fillcolor=LIGHT, opacity=0.5, line_width=0, layer="below")
    whole, own = there[there["person"].isna()], there[there["person"].notna()]
    figure.add_scatter(
        x=whole["value"].astype(float).tolist(),
        y=[place[name] for name in whole["measure"]],
        mode="markers",
        marker={"symbol": "circle", "size": 11, "color": BLUE},
        error_x=interval_bars(whole, BLUE),
        name=plain(texts.say("figure.contrast.programme")),
        hovertemplate="%{x:+.1f}<extra></extra>",
    )
    if len(own):
        figure.add_scatter(
            x=own["value"].astype(float).tolist(),
            y=[place[name] + 0.24 for name in own["measure"]],
            mode="markers",
            marker={"symbol": "line-ns", "size": 12, "line": {"width": 2, "color": ORANGE}},
            name=plain(texts.say("figure.contrast.cohort")),
            hovertemplate="%{x:+.1f}<extra></extra>",
        )
    name_rows(figure, [plain(texts.say(f"contrast.{name}")) for name in names])
    figure.update_xaxes(title=plain(texts.say("figure.levels")), zeroline=False)
    return figure.update_layout(margin={"t": 60}, showlegend=True)
