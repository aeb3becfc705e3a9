"""Outcome of every record of one file: used, set_aside or refused, and why; the first reason is final."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
import pandas as pd

from ..files import cells
from ..files.records import Records
from ..programme.model import Source
from ..programme.tables import TABLES, Table
from .account import ADVICE, RECORD_COLUMNS, FileAccount
from .columns import Fields, locate_columns
from .profile_matching import ArrangedFile
from .profiles import Profile, ProfileColumn, SetAside

_DETAILS = ["sheet", "column", "value", "expected", "next"]


@dataclass(frozen=True, kw_only=True)
class Export:
    """One file as read: tables, record outcomes, unusable cells, corrected cells.

    `listed`: the declared day of a list.
    `local`: how many times were read as local in `timezone`.
    `cell_hashes`: row → hash of all cells, for records whose key repeats in the file without another id.
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
    listed: date | None = None
    cell_hashes: Mapping[int, int] = field(default_factory=dict)

    def with_outcomes(self, records: pd.DataFrame) -> Export:
        """Return the export with these outcomes; its tables keep only the records in use."""
        if records is self.records:
            return self
        unused = set(records.loc[records["outcome"].ne("used"), "row"])
        tables = {name: table[~table["row"].isin(unused)] for name, table in self.tables.items()}
        return replace(self, records=records, tables=tables)


def empty_records() -> pd.DataFrame:
    """Build a table of outcomes without rows."""
    return pd.DataFrame(columns=RECORD_COLUMNS, dtype=object)


def judge_records(
    file: ArrangedFile, fields: Sequence[Fields], profile: Profile, source: Source
) -> pd.DataFrame:
    """Decide the outcome of each record, one row per record; the first reason is final.

    Profile rules come before missing keys, and these before projects that the source does not name.
    """
    outcomes = exclude_by_rules(list_outcomes(file), file.own, profile.set_aside)
    for part in (each for each in fields if not each.part.linked):
        outcomes = reject_without_key(outcomes, part, TABLES[part.part.table or profile.table])
    return exclude_other_projects(outcomes, fields[0], source.projects)


def list_outcomes(file: ArrangedFile) -> pd.DataFrame:
    """List every record as used, unless it could not be read or is of an unsupported kind."""
    own = file.own
    rows = [part.records.rows for part in file.parts if not part.linked]
    rows = [*rows, np.array(file.unused, dtype=np.int64)]
    outcomes = pd.DataFrame({"row": np.sort(np.concatenate(rows))})
    outcomes = outcomes.assign(file=own.file, sheet=own.sheet, outcome="used", reason="")
    outcomes = outcomes.reindex(columns=RECORD_COLUMNS)
    outcomes[_DETAILS] = outcomes[_DETAILS].astype(object)
    outcomes = mark_records(outcomes, file.unused, "set_aside", "other_kind")
    if own.refused.empty:
        return outcomes
    rejected = own.refused.assign(
        file=own.file, sheet=own.sheet, outcome="refused", next="correct the record and export again"
    )
    return pd.concat([outcomes, rejected.reindex(columns=RECORD_COLUMNS)], ignore_index=True)


def mark_records(
    outcomes: pd.DataFrame,
    rows: Iterable[int],
    outcome: str,
    reason: str,
    *,
    column: str | None = None,
    values: Mapping[int, str] | None = None,
) -> pd.DataFrame:
    """Exclude or reject the records at `rows` that are still used."""
    rows = list(rows)
    if not rows:
        return outcomes
    chosen = outcomes["row"].isin(rows) & outcomes["outcome"].eq("used")
    if not chosen.any():
        return outcomes
    marked = outcomes.copy()
    marked.loc[chosen, ["outcome", "reason", "column"]] = [outcome, reason, column]
    marked.loc[chosen, ["expected", "next"]] = ADVICE[reason]
    if values is not None:
        marked.loc[chosen, "value"] = [values.get(row) for row in marked.loc[chosen, "row"]]
    return marked


def reject_without_key(outcomes: pd.DataFrame, fields: Fields, table: Table) -> pd.DataFrame:
    """Reject records without their key, or with one that a spreadsheet damaged."""
    records, frame = fields.part.records, fields.frame
    at = {place.column.name: place for place in fields.places}
    needed = [(column.name,) for column in table.columns if column.required and column.kind in ("id", "text")]
    for names in [*needed, *filter(None, [table.any_of])]:
        filled = [frame[name].notna() for name in names if name in frame]
        none = ~pd.concat(filled, axis=1).any(axis=1) if filled else pd.Series(True, frame.index)
        place = next((at[name] for name in names if name in at), None)
        header = names[0] if place is None else records.header[place.position]
        text = pd.Series("", frame.index, dtype="str") if place is None else fields.text(place)
        text = text[none]
        is_id = len(names) == 1 and table.column(names[0]).kind == "id"
        damaged = cells.read_ids(text)[1].eq("damaged_id") & is_id
        for reason, rejected in (("damaged_id", text[damaged]), ("missing_key", text[~damaged])):
            values = dict(zip(records.rows[rejected.index].tolist(), rejected, strict=True))
            outcomes = mark_records(outcomes, values, "refused", reason, column=header, values=values)
    return outcomes


def exclude_by_rules(outcomes: pd.DataFrame, records: Records, rules: Sequence[SetAside]) -> pd.DataFrame:
    """Exclude records by the profile's rules."""
    for rule in rules:
        column = ProfileColumn(field="", headers=rule.headers, kind="text")
        for place in locate_columns(records, [column]):
            text = records.cells[place.position].reset_index(drop=True)
            folded = cells.fold_all(text)
            filled = folded.ne("")
            matching = folded.isin([cells.fold(word) for word in rule.values])
            if rule.unless:
                matching |= ~folded.isin([cells.fold(word) for word in rule.unless])
            if rule.filled:
                matching |= filled
            header = records.header[place.position]
            values = dict(
                zip(records.rows[matching.to_numpy(dtype=bool)].tolist(), text[matching], strict=True)
            )
            outcomes = mark_records(outcomes, values, "set_aside", rule.reason, column=header, values=values)
    return outcomes


def exclude_other_projects(outcomes: pd.DataFrame, own: Fields, projects: Sequence[str]) -> pd.DataFrame:
    """Exclude records of projects that the source does not name, if it names any."""
    if not projects or "project" not in own.frame:
        return outcomes
    other = own.frame[~cells.fold_all(own.frame["project"]).isin([cells.fold(name) for name in projects])]
    values = dict(zip(other["row"], other["project"].fillna("").astype(object), strict=True))
    at = [place.position for place in own.places if place.column.field == "project"]
    header = own.part.records.header[at[0]] if at else None
    return mark_records(outcomes, values, "set_aside", "other_project", column=header, values=values)
