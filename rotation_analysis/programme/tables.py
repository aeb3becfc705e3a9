"""The canonical tables (`tables.toml`): the contract between reading and measuring, and its documentation.

Every table also contains `file`, `sheet`, `row`: the source of each row.  Times are UTC with microseconds;
missing text is NA, never "".
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path

import pandas as pd

from ..files.cells import Unit
from ..files.declarations import Declaration, read_toml

# --- canonical tables -------------------------------------------------------------------------------------

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


class Column(Declaration):
    """One column of a canonical table; `kind` is a key of `DTYPES`, `labels` the closed list of a label.

    In an owner's sheet, `captions` are additional headers for it, `words` are other words for a label, and a
    number can be typed with its `unit`.
    """

    name: str
    kind: str
    meaning: str
    labels: tuple[str, ...] = ()
    required: bool = False
    captions: tuple[str, ...] = ()
    words: dict[str, tuple[str, ...]] = {}
    unit: Unit | None = None


class Table(Declaration):
    """A canonical table.

    `key`: columns that identify a record; () if a later step decides.  `apart`: the column that distinguishes
    two records with one key.  `any_of`: at least one of these must be filled.  `link`: the column that points
    to the other table's record that this one belongs to.
    """

    name: str
    meaning: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ("id",)
    apart: str | None = None
    any_of: tuple[str, ...] = ()
    link: str | None = None

    def column(self, name: str) -> Column:
        """Return the column with that name; raise a KeyError that names the table."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.name}.{name}")


PROVENANCE = ("file", "sheet", "row")
STEPS = ("observer", "helper", "responder", "lead")
KINDS = ("consult", "work", "review", "incident_help", "access")
ACTIVITIES = ("request", "improvement", "incident", "home", "learning")


FILE = Path(str(files("rotation_analysis"))) / "programme" / "tables.toml"
TABLES: Mapping[str, Table] = {
    name: Table(
        **given | {"name": name, "columns": [{"name": n, **each} for n, each in given["columns"].items()]}
    )
    for name, given in read_toml(FILE, name=FILE.name).items()
}
"""Every canonical table by name; `tables.toml` declares them, one line per column."""

SHEETS: Mapping[str, tuple[str, ...]] = {
    "requests": ("id", "team_label", "created", "kind"),
    "incidents": ("id", "created", "service"),
    "participation": ("incident", "name", "step"),
    "tickets": ("id", "team_label", "created", "how"),
    "notifications": ("person", "at", "channel"),
    "time_use": ("person", "week", "request"),
    "one_to_ones": ("person", "day", "held"),
    "improvements": ("id", "day", "kind"),
    "study_sessions": ("id", "day", "attendees"),
}
"""Tables that an owner can keep as a sheet, with the columns that identify such a sheet."""


def conform(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    """Return `frame` with exactly the table's columns and provenance, in order, each in its dtype."""
    columns = {
        column.name: frame[column.name].astype(DTYPES[column.kind])
        if column.name in frame
        else pd.Series(index=frame.index, dtype=DTYPES[column.kind])
        for column in table.columns
    }
    for name in PROVENANCE:
        columns[name] = frame[name] if name in frame else pd.Series(index=frame.index, dtype="str")
    return pd.DataFrame(columns, index=frame.index).reset_index(drop=True)


def empty(name: str) -> pd.DataFrame:
    """Return the canonical table of that name without rows."""
    return _build_empty(name).copy()


@cache
def _build_empty(name: str) -> pd.DataFrame:
    return conform(pd.DataFrame(), TABLES[name])
