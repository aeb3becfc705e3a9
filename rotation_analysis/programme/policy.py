"""What each audience may see: the table that the gate applies and that the policy page puts into words.

Source: docs/disclosure.md.  The number k and what an owner may choose stand in `programme.DisclosurePolicy`.
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

    `own`: the reader's own rows need no consent.  `named`: people as far as each consents for this audience.
    `teams`: figures of single teams: all, own (the reader's home team's), or as the owner's policy says.
    `quotes`: words with the author's approval of just that text.  `spread_from`: people behind a quantile, a
    range or answers by option.  `measures`: of several people only these, `persons`: of one person only these
    (ids, or their beginning up to a dot); empty: all.  `skills`: also figures of several people by skill.
    `beside`: these of every cohort in each report: the same reader holds the others' reports, too.
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
"""What participants are asked by name: figures that can be measured again over the people who are shown."""
TICKED = ("followup.barrier",)
"""Counts of ticks, where all that applies could be ticked: exact from k on; 0 tells everybody's answer."""
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
    """Whether a measure tells how people's answers lie, and not only where their middle is.

    >>> reveals_spread("followup.use"), reveals_spread("requests.handled.p90"), reveals_spread("skill.shift")
    (True, True, False)
    """
    return matches_measure(measure, SPREAD_MEASURES) or measure.endswith(
        tuple(ending for ending in SPREAD_MEASURES if ending.startswith("."))
    )


@lru_cache(maxsize=65_536)
def matches_measure(measure: str, names: tuple[str, ...]) -> bool:
    """Whether a measure is one of the names, or lies below one of them.

    >>> [matches_measure(name, ("strain",)) for name in ("strain.panic_share.bounds", "strainer")]
    [True, False]
    """
    return any(measure == name or measure.startswith(f"{name}.") for name in names)


def is_withheld(row: Measure, withhold: Iterable[Withheld]) -> bool:
    """Whether a row is one of those that are shown to nobody.

    >>> row = Measure(measure="skill.use", unit="persons", method="count", counts="persons", kind="weekly")
    >>> [is_withheld(row, [Withheld(measure="skill", kind=kind)]) for kind in (None, "weekly", "hardly")]
    [True, True, False]
    """
    return any(
        matches_measure(row.measure, (named.measure,))
        and all(getattr(row, name) == value for name, value in named.parts.items())
        for named in withhold
    )
