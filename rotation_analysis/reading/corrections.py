"""The owner's corrections: single cells of an export read as something else, the file itself untouched.

A correction says what, why, who and when; it is counted in the account and listed in the owner's appendix.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from ..errors import Problem
from ..files.cells import fold
from ..files.records import Records
from ..programme.model import Correction

CORRECTED_COLUMNS = ["number", "file", "row", "column", "was", "value", "why", "who", "when"]


def no_corrections() -> pd.DataFrame:
    """No correction made: the columns alone."""
    return pd.DataFrame(columns=CORRECTED_COLUMNS, dtype=object)


def apply_corrections(
    records: Records, corrections: Sequence[Correction], *, key: int | None
) -> tuple[Records, pd.DataFrame]:
    """The records with the corrections of their file made, and the corrections made with their places.

    `key` is the position of the column that holds a record's id.
    """
    wanted = [(n, each) for n, each in enumerate(corrections) if each.file == records.file]
    made: list[tuple[object, ...]] = []
    texts = records.cells
    header = [fold(text) for text in records.header]
    for number, each in wanted:
        place = _find_place(records, each, key)
        column = header.index(fold(each.column)) if fold(each.column) in header else None
        if place is None or column is None:
            continue
        was = str(texts.at[place, column])
        if each.was is not None and fold(each.was) != fold(was):
            continue
        if not made:
            texts = texts.copy()
        texts.at[place, column] = each.value
        row = int(records.rows[place])
        told = (number, records.file, row, records.header[column], was, each.value)
        made.append((*told, each.why, each.who, each.when.isoformat()))
    if not made:
        return records, no_corrections()
    return replace(records, cells=texts), pd.DataFrame(made, columns=CORRECTED_COLUMNS)


def _find_place(records: Records, correction: Correction, key: int | None) -> int | None:
    """Where among the records the corrected one stands; None where no or more than one does."""
    if correction.row is not None:
        here = (records.rows == correction.row).nonzero()[0]
    elif key is not None and correction.record is not None:
        here = records.cells[key].str.strip().eq(correction.record.strip()).to_numpy().nonzero()[0]
    else:
        return None
    return int(here[0]) if len(here) == 1 else None


def find_unmade(corrections: Sequence[Correction], made: pd.DataFrame) -> list[Problem]:
    """Corrections that met no cell: a mistake in the sheet, or an export that has changed since."""
    numbers = set(made["number"])
    return [_tell(number, each) for number, each in enumerate(corrections) if number not in numbers]


def _tell(number: int, correction: Correction) -> Problem:
    value = "and this value" if correction.was is not None else None
    words = ["one record", correction.record, "with this column", value]
    which = f"correction {number + 1} of {correction.when.isoformat()} ({correction.why})"
    return Problem(
        reason="programme",
        file=correction.file,
        row=correction.row,
        column=correction.column,
        value=correction.was,
        expected=" ".join(word for word in words if word),
        next_step=f"mend {which}, or remove it",
    )
