"""What a person did, record by record, from the programme's tables: for that person's own pack alone."""

from __future__ import annotations

from dataclasses import dataclass

from .cohort import Cohorts


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One record of a person's own work.

    `kind`: consult, work, review, incident_help, access (requests answered), incident, improvement, session,
    one_to_one, change.  `day` is ISO; `title` is "" where it names somebody else (`left_out`: why).  `team`:
    who asked; `step`: the person's in an incident; `link`, `amount`, `unit` of an improvement; `file`, `row`:
    where it was read.
    """

    day: str
    kind: str
    title: str = ""
    cohort: str | None = None
    phase: str | None = None
    team: str | None = None
    id: str | None = None
    step: str | None = None
    link: str | None = None
    amount: float | None = None
    unit: str | None = None
    left_out: str | None = None
    file: str = ""
    row: int = 0


def list_entries(cohorts: Cohorts, person: str) -> list[Entry]:
    """The person's records in the order of their days; those of the stays and of the time after them."""
    return []
