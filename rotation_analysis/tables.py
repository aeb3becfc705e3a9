"""The canonical tables: the contract between reading and measuring, and its documentation.

Every table also carries `file`, `sheet`, `row`: where in which export the row came from.  Times are UTC
with microseconds; text that is missing is NA, never "".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

DTYPES = {
    "text": "str",
    "id": "str",
    "label": "str",
    "datetime": "datetime64[us, UTC]",
    "date": "datetime64[us]",
    "number": "float64",
    "level": "Int64",
    "flag": "boolean",
}
PROVENANCE = ("file", "sheet", "row")
STEPS = ("observer", "helper", "responder", "lead")


@dataclass(frozen=True)
class Column:
    """One column of a canonical table; `kind` is a key of `DTYPES`, `labels` the closed list of a label."""

    name: str
    kind: str
    meaning: str
    labels: tuple[str, ...] = ()
    required: bool = False


@dataclass(frozen=True)
class Table:
    """A canonical table; `link` names the column that points to the record a sub-row came from."""

    name: str
    meaning: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ("id",)
    link: str | None = None
    about_participants: bool = False

    def column(self, name: str) -> Column:
        """The column of that name; KeyError names the table."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.name}.{name}")


KINDS = ("consult", "work", "review", "incident_help", "access")

TABLES: Mapping[str, Table] = {
    table.name: table
    for table in (
        Table(
            "responses",
            "one answer to one question of a survey",
            (
                Column("answered_at", "datetime", "when the form was sent"),
                Column("respondent", "text", "who answered, as the export names them"),
                Column("subject", "text", "whom the answer is about, where it is not the respondent"),
                Column("rater", "label", "whose view it is", ("self", "mentor")),
                Column("question", "id", "stable id of the question: skill.now, skill.then"),
                Column("skill", "id", "skill of a grid row"),
                Column("state", "label", "what the cell is", ("answered", "no_chance", "blank", "unusable")),
                Column("level", "level", "1 to 5 where answered on the scale of five"),
                Column("scale", "id", "the scale it was answered on; only `level5` is comparable"),
                Column("answer", "text", "the cell as written"),
            ),
            key=("respondent", "subject", "answered_at"),
            about_participants=True,
        ),
        Table(
            "requests",
            "one request of a team to the host team",
            (
                Column("id", "id", "key in the tracker", required=True),
                Column("old_id", "id", "key in the tracker it was migrated from"),
                Column("created", "datetime", "when it was asked", required=True),
                Column("answered", "datetime", "first answer"),
                Column("resolved", "datetime", "when it was done; missing = open"),
                Column("kind", "label", "what was asked for", KINDS),
                Column("permission_bound", "flag", "only the host team may do it"),
                Column("team_label", "text", "asking team as written"),
                Column("requester", "text", "who asked, as written"),
                Column("requester_id", "id", "the tracker's id of who asked"),
                Column("assignee", "text", "who took it, as written"),
                Column("title", "text", "summary line"),
            ),
        ),
        Table(
            "tickets",
            "one infrastructure problem in a home team's own tracker",
            (
                Column("id", "id", "key in the tracker", required=True),
                Column("created", "datetime", "when it was noted", required=True),
                Column("resolved", "datetime", "when it was done; missing = open"),
                Column("team_label", "text", "team as written"),
                Column("how", "label", "how it was solved", ("alone", "review", "consult", "sre")),
                Column("permission_bound", "flag", "only the host team may do it"),
                Column("title", "text", "summary line"),
            ),
        ),
        Table(
            "incidents",
            "one incident",
            (
                Column("id", "id", "number of the incident", required=True),
                Column("created", "datetime", "when it began", required=True),
                Column("resolved", "datetime", "when it was over; missing = open"),
                Column("service", "text", "service as written"),
                Column("severity", "text", "severity or urgency as written"),
                Column("title", "text", "summary line"),
            ),
        ),
        Table(
            "participation",
            "one person in one incident",
            (
                Column("incident", "id", "number of the incident", required=True),
                Column("name", "text", "who, as written", required=True),
                Column("mail", "text", "address, where the export has one"),
                Column("step", "label", "contribution; missing = unknown", STEPS),
            ),
            key=("incident", "name", "mail"),
            link="incident",
        ),
    )
}


def conform(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    """`frame` with exactly the table's columns and provenance, in order, each in its dtype."""
    columns = {
        column.name: (
            frame[column.name] if column.name in frame else pd.Series(pd.NA, index=frame.index, dtype=object)
        ).astype(DTYPES[column.kind])
        for column in table.columns
    }
    for name in PROVENANCE:
        columns[name] = frame[name] if name in frame else pd.Series(index=frame.index, dtype="str")
    return pd.DataFrame(columns, index=frame.index).reset_index(drop=True)


def empty(name: str) -> pd.DataFrame:
    """The canonical table of that name without rows."""
    return conform(pd.DataFrame(), TABLES[name])


# --- measures -------------------------------------------------------------------------------------------

MEASURE_COLUMNS = (
    "measure",
    "cohort",
    "person",
    "team",
    "skill",
    "kind",
    "phase",
    "wave",
    "n",
    "missing",
    "value",
    "low",
    "high",
    "unit",
    "method",
    "verdict",
    "notes",
)
GATE_COLUMNS = ("people", "counts", "consent")


@dataclass(frozen=True, kw_only=True)
class Measure:
    """One number and everything that must travel with it.

    `people` holds the ids whose data are in it, `counts` what n counts (persons, teams, records,
    person_weeks), `consent` the kind of consent it needs where it shows one person; these three never
    pass the gate.  `low`/`high` is a 95 % interval unless `method` says otherwise.  `sources` maps the
    kinds of source that have an estimate of their own to it (for the verdict), `declined` names a
    definition that is not met, `claims` says that the row is an estimate to be judged and no mere count.
    """

    measure: str
    unit: str
    method: str
    counts: str
    cohort: str | None = None
    person: str | None = None
    team: str | None = None
    skill: str | None = None
    kind: str | None = None
    phase: str | None = None
    wave: str | None = None
    n: int | None = None
    missing: int | None = None
    value: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    notes: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    consent: str | None = None
    declined: str | None = None
    claims: bool = False
    compared: bool = False
    sources: Mapping[str, float] = field(default_factory=dict)
    verdict: str | None = None

    def unless(self, declined: str | None) -> Measure:
        """The same row, or, where `declined` names a definition that is not met, that instead of a number."""
        if declined is None:
            return self
        return replace(self, value=None, low=None, high=None, p=None, notes=(declined,), declined=declined)


def measure_frame(measures: Iterable[Measure]) -> pd.DataFrame:
    """Measures as a frame with `MEASURE_COLUMNS` and `GATE_COLUMNS`, one row each, in the order given."""
    rows: list[dict[str, Any]] = [
        {name: getattr(measure, name) for name in (*MEASURE_COLUMNS, *GATE_COLUMNS)} for measure in measures
    ]
    return pd.DataFrame(rows, columns=[*MEASURE_COLUMNS, *GATE_COLUMNS], dtype=object)
