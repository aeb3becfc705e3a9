"""What became of every record of one file: used, set aside or refused, and why; the first reason stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import pandas as pd

from ..files import cells
from ..files.records import Records
from ..programme.tables import Table
from .account import RECORD_COLUMNS, TOLD, FileAccount
from .columns import Place, lay_out
from .profile_matching import Arranged
from .profiles import ProfileColumn, SetAside

_TOLD = ["sheet", "column", "value", "expected", "next"]


@dataclass(frozen=True, kw_only=True)
class Export:
    """One file as read: tables, what became of its records, cells that could not be used or were corrected.

    `total`: how many records there are as the tool says, where it does; `listed`: the declared day of a list.
    `local`: how many times were read as local in `timezone`.
    `wholes`: by row a hash of all cells of a record, where its key repeats in the file and the tool gives no
    other id.
    """

    file: FileAccount
    tables: Mapping[str, pd.DataFrame]
    records: pd.DataFrame
    cells: pd.DataFrame
    corrected: pd.DataFrame
    source: str = ""
    format: str = "csv"
    candidates: tuple[str, ...] = ()
    timezone: str = "UTC"
    local: int = 0
    total: int | None = None
    listed: date | None = None
    wholes: Mapping[int, int] = field(default_factory=dict)

    def judged(self, records: pd.DataFrame) -> Export:
        """The export with these outcomes, its tables without the records that are not used."""
        if records is self.records:
            return self
        gone = set(records.loc[records["outcome"].ne("used"), "row"])
        tables = {name: table[~table["row"].isin(gone)] for name, table in self.tables.items()}
        return replace(self, records=records, tables=tables)


def no_records() -> pd.DataFrame:
    """No outcome: the columns alone."""
    return pd.DataFrame(columns=RECORD_COLUMNS, dtype=object)


def list_outcomes(file: Arranged) -> pd.DataFrame:
    """One row a record of the file: used, unless it could not be read or is of a kind that nobody reads."""
    own = file.own
    rows = pd.concat(
        [pd.Series(records.rows) for records in (own, *file.tables.values())]
        + [pd.Series(file.unused, dtype="int64")],
        ignore_index=True,
    )
    if file.tables or file.unused:
        rows = rows.sort_values(ignore_index=True)
    outcomes = pd.DataFrame({"file": own.file, "sheet": own.sheet, "row": rows})
    outcomes = outcomes.assign(outcome="used", reason="").reindex(columns=RECORD_COLUMNS)
    outcomes[_TOLD] = outcomes[_TOLD].astype(object)
    outcomes = mark(outcomes, file.unused, "set_aside", "other_kind")
    if own.refused.empty:
        return outcomes
    told = own.refused.assign(
        file=own.file, sheet=own.sheet, outcome="refused", next="mend the record and export again"
    )
    return pd.concat([outcomes, told.reindex(columns=RECORD_COLUMNS)], ignore_index=True)


def mark(
    outcomes: pd.DataFrame,
    rows: Iterable[int],
    outcome: str,
    reason: str,
    *,
    column: str | None = None,
    values: Mapping[int, str] | None = None,
) -> pd.DataFrame:
    """The outcomes with the records at `rows` that are still used set aside or refused."""
    rows = list(rows)
    if not rows:
        return outcomes
    here = outcomes["row"].isin(rows) & outcomes["outcome"].eq("used")
    if not here.any():
        return outcomes
    marked = outcomes.copy()
    marked.loc[here, ["outcome", "reason", "column"]] = [outcome, reason, column]
    marked.loc[here, ["expected", "next"]] = TOLD[reason]
    if values is not None:
        marked.loc[here, "value"] = [values.get(row) for row in marked.loc[here, "row"]]
    return marked


def refuse_keyless(
    outcomes: pd.DataFrame, records: Records, frame: pd.DataFrame, table: Table, places: Sequence[Place]
) -> pd.DataFrame:
    """Records without their key, or with one that a spreadsheet damaged, are refused; so the others stand.

    `frame` holds the typed fields of `records` by their names in the table.
    """
    at = {place.column.name: place.position for place in places}
    for column in (column for column in table.columns if column.required and column.kind in ("id", "text")):
        position = at.get(column.name)
        none = frame[column.name].isna() if column.name in frame else pd.Series(True, index=frame.index)
        text = _text(records, position)[none.to_numpy()]
        header = column.name if position is None else records.header[position]
        damaged = cells.read_ids(text)[1].eq("damaged_id") & (column.kind == "id")
        outcomes = _refuse(outcomes, records, text[damaged], "damaged_id", header)
        outcomes = _refuse(outcomes, records, text[~damaged], "missing_key", header)
    if table.any_of:
        filled = [frame[name].notna() for name in table.any_of if name in frame]
        none = ~pd.concat(filled, axis=1).any(axis=1) if filled else pd.Series(True, index=frame.index)
        position = next((at[name] for name in table.any_of if name in at), None)
        header = table.any_of[0] if position is None else records.header[position]
        text = _text(records, position)[none.to_numpy()]
        outcomes = _refuse(outcomes, records, text, "missing_key", header)
    return outcomes


def _text(records: Records, position: int | None) -> pd.Series:
    if position is None:
        return pd.Series("", index=range(len(records.rows)), dtype="str")
    return records.cells[position].reset_index(drop=True)


def _refuse(
    outcomes: pd.DataFrame, records: Records, text: pd.Series, reason: str, column: str
) -> pd.DataFrame:
    """The outcomes with the records of `text` (by position) refused for it."""
    if text.empty:
        return outcomes
    rows = records.rows[text.index].tolist()
    values = dict(zip(rows, text, strict=True))
    return mark(outcomes, rows, "refused", reason, column=column, values=values)


def leave_out(outcomes: pd.DataFrame, records: Records, rules: Sequence[SetAside]) -> pd.DataFrame:
    """Records that the profile's rules set aside."""
    for rule in rules:
        column = ProfileColumn(field="", headers=rule.headers, kind="text")
        for place in lay_out(records, [column]):
            text = records.cells[place.position].reset_index(drop=True)
            folded = cells.fold_all(text)
            filled = folded.ne("")
            here = folded.isin([cells.fold(word) for word in rule.values])
            if rule.unless:
                here |= ~folded.isin([cells.fold(word) for word in rule.unless])
            if rule.filled:
                here |= filled
            rows = records.rows[here.to_numpy(dtype=bool)].tolist()
            header = records.header[place.position]
            values = dict(zip(rows, text[here], strict=True))
            outcomes = mark(outcomes, rows, "set_aside", rule.reason, column=header, values=values)
    return outcomes


def leave_other_projects(
    outcomes: pd.DataFrame, frame: pd.DataFrame, projects: Sequence[str], *, header: str | None
) -> pd.DataFrame:
    """Records of projects that the source does not name, where it names any; `header` heads their column."""
    if not projects or "project" not in frame:
        return outcomes
    other = frame[~cells.fold_all(frame["project"]).isin([cells.fold(name) for name in projects])]
    values = dict(zip(other["row"], other["project"].fillna("").astype(object), strict=True))
    return mark(outcomes, other["row"], "set_aside", "other_project", column=header, values=values)
