"""What a canonical table is: a name, columns with their kinds, and the key under which one content stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..files.amounts import Unit

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


@dataclass(frozen=True)
class Column:
    """One column of a canonical table; `kind` is a key of `DTYPES`, `labels` the closed list of a label.

    `captions` head it in an owner's sheet besides its name, `words` are other words for a label there; a
    number there may be typed with its `unit`.
    """

    name: str
    kind: str
    meaning: str
    labels: tuple[str, ...] = ()
    required: bool = False
    captions: tuple[str, ...] = ()
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unit: Unit | None = None


@dataclass(frozen=True)
class Table:
    """A canonical table.

    `key`: under one key stands one content; () where that is judged later.  `apart`: the column that tells
    two records of one key apart.  `any_of`: one of these must be filled.  `link`: the column that points to
    the record another table's record hangs on.
    """

    name: str
    meaning: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ("id",)
    apart: str | None = None
    any_of: tuple[str, ...] = ()
    link: str | None = None
    about_participants: bool = False

    def column(self, name: str) -> Column:
        """The column of that name; KeyError names the table."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.name}.{name}")
