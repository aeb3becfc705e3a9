"""Benefits, costs and unknowns for person, home team and organisation (三方よし)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .kit import Cell, Groups, Page, Section, Shown, Table
from .rows import NoValue, Rows
from .team_impact import FIRST

GROWTH = {
    "low": Rows("skill.growth.now_minus_start", skill=None),
    "high": Rows("skill.growth.now_minus_then", skill=None),
    "mentor": Rows("skill.growth.mentor", skill=None),
}
SIDES = {
    "person": ("growth", "panic"),
    "home_team": ("claim", "again"),
    "organisation": ("offset", "net"),
}
"""Party → group of rows with its benefit and its cost, one number of the table each."""


def bracket_growth(page: Page, groups: Groups) -> Mapping[str, Any]:
    """Return the smaller and the larger of the two self-rated growth values."""
    try:
        low, high = groups["low"][0], groups["high"][0]
        ends = sorted((low, high), key=lambda row: row.data.value)
        return {"bracket": page.texts.say("range.closed", low=ends[0].bare, high=ends[1].value)}
    except (NoValue, IndexError, TypeError):
        return {"bracket": None}


def tabulate_parties(shown: Shown) -> Table:
    """Tabulate benefits, costs and unknowns, one number per cell."""
    rows: list[list[str | Cell]] = []
    for party, (gained, paid) in SIDES.items():
        cells = [_number_cell(shown, name) for name in (gained, paid)]
        rows.append([shown.label(party), *cells, shown.label(f"{party}_unknown")])
    return shown.tabulate(("party", "gained", "paid", "unknown"), rows)


def _number_cell(shown: Shown, name: str) -> Cell:
    """Return a large number with its meaning, or the reason why it is missing."""
    if name == "growth" and (bracket := shown.named.get("bracket")):
        return Cell(bracket, shown.page.format_sentence("parties", "growth", shown.named), "big")
    rows = "low" if name == "growth" else name
    group = shown.groups[rows]
    if not group.compared:
        reason = (
            group.reason
            if group.count
            else shown.page.explain(shown.page.explain_missing(shown.section.rows[rows]))
        )
        return Cell("–", reason)
    return Cell(group.value, shown.page.format_sentence("parties", name, shown.named), "big")


STAYS = {"places": Rows("programme.destination", kind=("returned", "stayed", "running", "moved"))}
STAYS_ALSO = {"left": Rows("programme.left_later"), "alone": Rows("programme.depends_on_one")}
"""Rows of a section about the stays (`describe_stays`)."""
ACCOUNT = Rows("cost.account", kind=("away", "collaboration", "teaching", "programme_hours", "net", "offset"))


def describe_stays(page: Page, groups: Groups) -> Mapping[str, Any]:
    """Count stays by outcome."""
    places = groups["places"]
    listed = [
        page.texts.say("list.stays", n=row.bare, kind=row.kind) for row in places.known_rows if row.data.value
    ]
    return {"stays": places.n if places.compared else None, "led": page.join(listed)}


def tabulate_costs(shown: Shown) -> Table:
    """Tabulate the cost account of all stays."""
    rows = [(row.kind, row.cells[0], row.cells[1]) for row in shown.groups["account"].known_rows]
    columns = [shown.page.texts.say(f"fold.{name}") for name in ("what", "value", "range")]
    return Table(columns, rows)


PARTIES = Section(
    "parties",
    rows={
        **GROWTH,
        "panic": Rows("strain.panic_share"),
        "claim": Rows(FIRST),
        "again": Rows("home.send_again"),
        "offset": Rows("cost.account", kind="offset_per_stay"),
        "net": Rows("cost.account", kind="net_per_stay"),
    },
    facts=bracket_growth,
    table=tabulate_parties,
    always=True,
)
