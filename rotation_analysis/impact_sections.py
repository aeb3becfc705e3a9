"""The parts of the team impact report, in the order of its questions."""

from __future__ import annotations

from . import impact_checks, impact_parts
from .impact_parts import events
from .parts import Part, Parts, Report
from .share_parts import share_part

__all__ = ["checks", "difference", "events", "home_survey", "outcomes", "over_time", "shares", "trends"]


def difference(report: Report) -> Parts:
    """A9: the claims with their design, then what cannot be judged and what would make it answerable."""
    return Parts((impact_parts.difference(report), impact_parts.open_claims(report)))


def shares(report: Report) -> Parts:
    """A9: self-resolution by team phase beside never-senders over the same days, and who solved the rest."""
    phases = share_part(report, "impact.self_resolution", "phases")
    return Parts((phases, impact_parts.mix(report)))


def outcomes(report: Report) -> Parts:
    """The other outcomes, then those that nothing was expected of."""
    return Parts((impact_parts.outcomes(report), impact_parts.unchanged(report)))


def over_time(report: Report) -> Parts:
    """Quarter by quarter, then what else changed for everybody."""
    return Parts((impact_parts.quarters(report), events(report)))


def checks(report: Report) -> Parts:
    """Other ways to compute the claims, and what could disturb the comparison."""
    return Parts((impact_checks.sensitivity(report), impact_checks.disturbances(report)))


def home_survey(report: Report) -> Part:
    """The home teams' own view as a second kind of source."""
    return impact_checks.home_survey(report)


def trends(report: Report) -> Part:
    """Each team's requests, raw and adjusted: description only."""
    return impact_checks.trends(report)
