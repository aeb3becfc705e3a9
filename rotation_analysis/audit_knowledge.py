"""What an audit knows of a programme: who there is, what was written and answered, what was agreed to."""

from __future__ import annotations

from dataclasses import dataclass

from .retrospective import Retrospective


@dataclass(frozen=True, kw_only=True)
class Knowledge:
    """What may not stand in reports, by person, and the consents by which some of it may."""

    as_of: str
    k: int


def know(retrospective: Retrospective) -> Knowledge:
    """Everything an audit compares a finished folder with."""
    programme = retrospective.programme
    return Knowledge(as_of=programme.as_of.isoformat(), k=programme.disclosure.k)
