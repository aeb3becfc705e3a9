"""The parts of the programme's report, in the order of its page: all cohorts together, nobody's own values.

What other reports show of the programme is reused as it is; only what no cohort's report has is made here.
"""

from __future__ import annotations

from . import decision_sections
from .host_parts import hosting
from .impact_parts import difference
from .parts import Part, Parts, Report
from .programme_balance import gain_and_cost, sources
from .programme_history import adjustments, lineage, since_last
from .programme_parts import growth, operating
from .programme_parts import participants as participants_to_date


def participants(report: Report) -> Part:
    """Where the stays led, teams with a graduate at work, the roster."""
    return participants_to_date(report)


def skills(report: Report) -> Part:
    """Growth over all cohorts by three views, how far cohorts differ, which skills stand out."""
    return growth(report)


def impact(report: Report) -> Part:
    """First and second graduates and the absence against never-senders, with what the data could show."""
    return difference(report)


def organisation(report: Report) -> Parts:
    """The operating level, sources of each claim, gain beside cost, hosting by participants present."""
    return Parts(tuple(part(report) for part in (operating, sources, gain_and_cost, hosting)))


def history(report: Report) -> Parts:
    """Lineage of the questions, and what was changed each term."""
    return Parts((lineage(report), adjustments(report)))


def decisions(report: Report) -> Parts:
    """Declared triggers beside the evidence, continue or pause first; who could be sent next."""
    return decision_sections.decide(report)


def since(report: Report) -> Part:
    """What changed since the last report."""
    return since_last(report)
