"""The picture of the request mix."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from .figures import (
    BLUE,
    ORANGE,
    PURPLE,
    ROW_HEIGHT,
    SKY,
    YELLOW,
    name_rows,
    plain,
    row_label,
    rows_beside,
    start_figure,
)
from .publications import Publication
from .texts import Texts

NOT_DRAWN = ("dip", "ramp")  # short phases that nothing is compared with
KIND_STYLE = {
    "work": (ORANGE, ""),
    "review": (BLUE, "/"),
    "consult": (SKY, "."),
    "incident_help": (PURPLE, "x"),
    "access": (YELLOW, "-"),
    "unknown": ("#bdbdbd", "+"),
    "permission_bound": ("#8c8c8c", "\\"),
}


def request_mix(publication: Publication, texts: Texts) -> go.Figure | None:
    """Requests per working team-week, stacked by kind: one bar a team and phase, never-senders beside."""
    bars = _mix_bars(publication, texts)
    if not bars:
        return None
    figure = start_figure(120 + ROW_HEIGHT * len(bars))
    name_rows(figure, [plain(label) for label, _ in bars])
    rows = list(range(len(bars)))
    for kind, (colour, pattern) in KIND_STYLE.items():
        values = [values.get(kind, 0.0) for _, values in bars]
        if not any(values):
            continue
        figure.add_bar(
            y=rows,
            x=values,
            orientation="h",
            name=plain(texts.say(f"kind.{kind}")),
            marker={
                "color": colour,
                "pattern": {"shape": pattern, "fillmode": "overlay", "fgcolor": "white", "solidity": 0.25},
            },
            hovertemplate="%{x:.2f}<extra></extra>",
        )
    figure.update_layout(barmode="stack", legend={"traceorder": "normal"}, margin={"t": 70})
    return figure.update_xaxes(title=plain(texts.say("figure.per_team_week")))


def _mix_bars(publication: Publication, texts: Texts) -> list[tuple[str, dict[str, float]]]:
    rows = mix_rows(publication)
    rows = rows[rows["kind"].ne("all") & ~rows["phase"].isin(NOT_DRAWN)]
    return [
        (
            row_label(publication, texts, group.iloc[0]),
            {str(kind): float(value) for kind, value in zip(group["kind"], group["value"], strict=True)},
        )
        for _, group in rows.groupby("_order", sort=True)
    ]


def mix_rows(publication: Publication) -> pd.DataFrame:
    """All teams first, then as `figures.share_rows`, a row a kind; the picture leaves out `NOT_DRAWN`."""
    return rows_beside(publication, "requests.per_team_week")
