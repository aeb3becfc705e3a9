"""What each audience may see: the rules that the gate applies and the policy page describes.

Source: docs/disclosure.md.  `model.DisclosurePolicy` contains k and the owner's choices.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from ..measure_row import Measure
from .model import Audience, Withheld


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What one audience may see.

    `own`: the reader's own rows need no consent.  `named`: rows of people who consent for this audience.
    `teams`: figures of single teams: all, own (the reader's home team), or policy (the owner's choice).
    `quotes`: quotations whose exact text the author approved.  `spread_from`: minimum number of people behind
    a quantile, a range or answers by option.  `measures`: the measures of several people that are shown,
    `persons`: of one person (ids or starts of ids; empty = all).  `skills`: also several people's by skill.
    `beside`: measures shown for every cohort in each report, because one reader has all these reports.
    """

    own: bool = False
    named: bool = False
    teams: str = "all"
    quotes: bool = False
    spread_from: int = 0
    measures: tuple[str, ...] = ()
    persons: tuple[str, ...] = ()
    skills: bool = True
    beside: tuple[str, ...] = ()


RULES: Mapping[Audience, Rule] = {
    "owner": Rule(
        named=True, quotes=True, beside=("host.teaching_hours", "host.postponed", "host.again", "time.share")
    ),
    "graduate": Rule(own=True, teams="own", measures=("followup.barrier",), skills=False),
    "home_manager": Rule(
        named=True,
        teams="own",
        quotes=True,
        measures=(
            "followup.barrier",
            "home.cover",
            "home.delay_within_plan",
            "impact.self_resolution",
            "impact.requests",
            "requests.do_it_for_me_share",
            "requests.per_team_week",
        ),
        persons=(
            "skill.level",
            "skill.growth",
            "skill.use",
            "incident",
            "improvement",
            "cost.person_weeks_away",
        ),
        skills=False,
    ),
    "leadership": Rule(
        teams="policy",
        spread_from=10,
        skills=False,
        measures=(
            "skill.growth.now_minus_start",
            "skill.growth.now_minus_then",
            "skill.growth.mentor",
            "impact.self_resolution",
            "impact.self_solving.first_graduate",
            "impact.requests",
            "impact.do_it_for_me",
            "impact.quarter.self_resolution",
            "impact.contamination",
            "cost.account",
            "host.balance",
            "host.again",
            "host.postponed",
            "home.cover",
            "home.send_again",
            "strain.panic_share",
            "followup.use",
            "improvement.in_use",
            "improvement.delivered",
            "waiting.change_by_rotators",
            "programme",
            "coverage",
        ),
    ),
}

ASKED = ("skill", "followup", "exit")
"""Measures of named participants' answers: they can be recomputed for only the people who are shown."""
TICKED = ("followup.barrier",)
"""Counts of multiple-choice ticks: exact from k; a count of 0 reveals everyone's answer."""
SPREAD_MEASURES = (
    "exit",
    "followup",
    "home.delay_within_plan",
    "host.break_even_week",
    "incident.weeks_to_responder",
    "skill.band",
    "skill.chance_finding",
    "skill.no_chance",
    ".bounds",
    ".median",
    ".p90",
)
"""Quantiles, ranges and answers by option (`Rule.spread_from`): ids or their beginnings, or (.x) endings."""


def reveals_spread(measure: str) -> bool:
    """Whether a measure reveals the spread of people's answers, not only their centre.

    >>> reveals_spread("followup.use"), reveals_spread("requests.handled.p90"), reveals_spread("skill.shift")
    (True, True, False)
    """
    return matches_measure(measure, SPREAD_MEASURES) or measure.endswith(
        tuple(ending for ending in SPREAD_MEASURES if ending.startswith("."))
    )


@lru_cache(maxsize=65_536)
def matches_measure(measure: str, names: tuple[str, ...]) -> bool:
    """Whether a measure is one of the names, or starts with one of them and a dot.

    >>> [matches_measure(name, ("strain",)) for name in ("strain.panic_share.bounds", "strainer")]
    [True, False]
    """
    return any(measure == name or measure.startswith(f"{name}.") for name in names)


def is_withheld(row: Measure, withhold: Iterable[Withheld]) -> bool:
    """Whether the owner withholds a row from every audience.

    >>> row = Measure(measure="skill.use", unit="persons", method="count", counts="persons", kind="weekly")
    >>> [is_withheld(row, [Withheld(measure="skill", kind=kind)]) for kind in (None, "weekly", "hardly")]
    [True, True, False]
    """
    return any(
        matches_measure(row.measure, (named.measure,))
        and all(getattr(row, name) == value for name, value in named.parts.items())
        for named in withhold
    )
