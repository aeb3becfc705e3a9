"""A7 and the cost account: what a stay costs the host team and the home team, and what it costs in all."""

from __future__ import annotations

from .cost_parts import account, in_money
from .home_parts import home_side, spread
from .host_parts import break_even, hosting, months, opinions
from .parts import Parts, Report


def host_home_and_cost(report: Report) -> Parts:
    """A7: what the stay cost the host team and the home team, then the account of it all."""
    return Parts((*host_and_home(report).parts, *cost(report).parts))


def host_and_home(report: Report) -> Parts:
    """The host team's hours and other teams' waiting, break-even, opinions; the home team; spread."""
    shown = (hosting, months, break_even, opinions, home_side, spread)
    return Parts(tuple(part(report) for part in shown))


def cost(report: Report) -> Parts:
    """The cost account, always printed, and in money where a price of a week is declared."""
    money = report.publication.rows("cost.money")
    return Parts((account(report), *((in_money(report, money),) if len(money) else ())))
