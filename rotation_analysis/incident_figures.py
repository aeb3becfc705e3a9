"""The picture of the incident path: what each person shown did in incidents, phase by phase."""

from __future__ import annotations

from textwrap import wrap

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from .figures import BLUE, GREY, plain, start_figure
from .publications import Publication
from .texts import Texts

LONE = "lone_commander"
STEPS = ("step_unknown", LONE, "observer", "helper", "responder", "lead")
PATH_ORDER = ("month_1", "months_2_3", "months_4_end", "ramp", "settled")
NOT_ON_THE_PATH = ("step_unknown", LONE)
"""Drawn below the steps, hollow: what somebody did there is not known, or was the tool's doing."""


def incident_path(publication: Publication, texts: Texts) -> go.Figure | None:
    """Dot strip: one dot a participation, by step and phase; one panel a person.

    The rows of unknown steps and of commanders made by the tool are there only where there was one.
    """
    rows = publication.rows("incident.participation")
    rows = rows[rows["value"].notna()]  # who had chances and took part in none has an empty panel
    if rows.empty:
        return None
    seen = set(rows.loc[rows["value"].gt(0), "kind"])
    steps = [step for step in STEPS if step not in NOT_ON_THE_PATH or step in seen]
    names = {stay["person"]: stay["name"] for stay in publication.facts["stays"]}
    people = [person for person in names if person in set(rows["person"])]
    figure = make_subplots(
        rows=len(people),
        shared_xaxes=True,
        vertical_spacing=0.2 / len(people) if len(people) > 1 else 0,
        subplot_titles=[plain(names[person]) for person in people],
    )
    for number, person in enumerate(people, start=1):
        dots = [
            (
                PATH_ORDER.index(row.phase) + (dot % 12 - 5.5) * 0.075,
                steps.index(row.kind) + (dot // 12) * 0.22,
                row.kind,
            )
            for row in rows[rows["person"].eq(person)].itertuples()
            for dot in range(int(row.value))
        ]
        hollow = [kind in NOT_ON_THE_PATH for *_, kind in dots]
        figure.add_trace(
            go.Scatter(
                x=[x for x, *_ in dots],
                y=[y for _, y, _ in dots],
                mode="markers",
                marker={
                    "size": 8,
                    "color": [GREY if away else BLUE for away in hollow],
                    "symbol": ["circle-open" if away else "circle" for away in hollow],
                },
                showlegend=False,
                hoverinfo="skip",
            ),
            row=number,
            col=1,
        )
    figure.update_yaxes(
        tickvals=list(range(len(steps))),
        ticktext=[plain(texts.say(f"step.{step}")) for step in steps],
        range=[-0.5, len(steps) - 0.3],
    )
    figure.update_xaxes(
        tickvals=list(range(len(PATH_ORDER))),
        ticktext=[_break(texts.say(f"phase.{phase}")) for phase in PATH_ORDER],
        tickangle=0,
        range=[-0.6, len(PATH_ORDER) - 0.4],
    )
    return start_figure(100 + 32 * len(steps) * len(people), figure)


def _break(text: str) -> str:
    """A label on several lines, broken at its spaces."""
    return "<br>".join(plain(line) for line in wrap(text, 12, break_long_words=False))
