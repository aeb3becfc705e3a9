"""The history of releases: what went out, on whom, with the values as printed.

`releases/001.json`, `002.json` … beside programme.toml are the owner's alone.  Each names the SHA-256 of the
one before it and of itself, so that a file that was changed, taken away or put between is noticed.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from ..errors import FileError, Problem, ProgrammeError
from ..files.decoding import decode_json, list_folder, read_bytes
from ..measure_row import KEY_COLUMNS, ROW_COLUMNS, Measure, MeasureRow, list_file_fields
from ..programme.model import DisclosurePolicy

FOLDER = "releases"
MAX_BYTES = 50_000_000
FIRST = "0" * 64
"""What the first release names as the one before it."""
_NAME = re.compile(r"(?!000)[0-9]{3}\.json")
_RESTORE = "put back the files of releases/ as `publish` wrote them; what went out cannot be taken back"
Key = tuple[str | None, ...]


@dataclass(frozen=True, kw_only=True)
class Release:
    """One release: `edition` is its folder (owner, leadership, graduates/p03), `k` the threshold in force."""

    number: int
    edition: str
    as_of: str
    k: int
    publication_sha256: str
    rows: tuple[MeasureRow, ...] = ()
    """Every figure that went out, as printed; those of persons, too: who reads all releases knows them."""


def key_of(row: MeasureRow) -> Key:
    """Which figure a row is, whenever it was made."""
    return tuple(getattr(row, name) for name in KEY_COLUMNS)


def release_row(measure: Measure) -> MeasureRow:
    """A row as the history keeps it: the figure and on whom, nothing that is only for judging it."""
    kept = {name: getattr(measure, name) for name in ROW_COLUMNS}
    return MeasureRow(**kept | {"people": tuple(sorted(set(measure.people)))})


def as_measure(row: MeasureRow) -> Measure:
    """The row as one of today, to which nobody has to agree any more: it went out."""
    return Measure(**{name: getattr(row, name) for name in ROW_COLUMNS})


def check_threshold(policy: DisclosurePolicy, earlier: Iterable[Release]) -> None:
    """`ProgrammeError` where k is lower than at any release: what was promised then holds."""
    highest = max(earlier, key=lambda released: released.k, default=None)
    if highest is not None and policy.k < highest.k:
        raise ProgrammeError(
            [
                Problem(
                    reason="programme",
                    column="disclosure.k",
                    value=str(policy.k),
                    expected=f"{highest.k} or more, as in {FOLDER}/{highest.number:03}.json",
                    next_step="a threshold can be raised after a release, never lowered",
                )
            ]
        )


# --- files ------------------------------------------------------------------------------------------------


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False, hide_input_in_errors=True)


_Row = create_model("_Row", __base__=_Strict, **list_file_fields())


class _Content(_Strict):
    number: int = Field(ge=1, le=999)
    edition: str = Field(min_length=1)
    as_of: str = Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")
    k: int = Field(ge=1)
    publication_sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    previous: str = Field(pattern=r"^[0-9a-f]{64}$")
    rows: list[_Row]  # type: ignore[valid-type]
    sha256: str


def write_release(released: Release, *, previous: str) -> str:
    """The text of a release's file; `previous`: SHA-256 of the file before it (else `FIRST`)."""
    content = asdict(released) | {"previous": previous}
    content["sha256"] = hash_content(content)
    return json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True, allow_nan=False) + "\n"


def hash_content(content: object) -> str:
    """SHA-256 of plain data in canonical JSON: the order of keys does not count."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def read_releases(folder: Path) -> tuple[Release, ...]:
    """All releases of the programme in `folder`, oldest first; none where there is no releases/.

    `FileError` where a file is missing between others, was changed, or is not one that `publish` wrote.
    """
    return tuple(released for _, _, released in _read_all(folder))


def list_release_files(folder: Path) -> dict[str, str]:
    """SHA-256 of every release's file by its path beside programme.toml, oldest first."""
    return {name: sha256 for name, sha256, _ in _read_all(folder)}


def hash_newest(folder: Path) -> str:
    """What the next release names as the one before it."""
    return next(reversed(list_release_files(folder).values()), FIRST)


def _read_all(folder: Path) -> list[tuple[str, str, Release]]:
    """Name, SHA-256 and content by number; what begins with a dot (half written, the system's) is none."""
    found: list[tuple[str, str, Release]] = []
    previous = FIRST
    files = [path for path in list_folder(folder / FOLDER) if not path.name.startswith(".")]
    for path in files:
        if not _NAME.fullmatch(path.name):
            raise _refuse(f"{FOLDER}/{path.name}", "nothing but 001.json, 002.json, …", reason="not_a_file")
    for number, path in enumerate(files, start=1):
        name = f"{FOLDER}/{path.name}"
        if path.name != f"{number:03}.json":
            raise _refuse(name, f"{FOLDER}/{number:03}.json before it")
        raw = read_bytes(path, name=name, limit=MAX_BYTES, next_step=_RESTORE)
        released = _read_one(raw, name, number=number, previous=previous)
        previous = hashlib.sha256(raw).hexdigest()
        found.append((name, previous, released))
    return found


def _read_one(raw: bytes, name: str, *, number: int, previous: str) -> Release:
    text, _ = decode_json(raw, name=name)
    try:
        content = json.loads(text)
        checked = _Content.model_validate(content)
        date.fromisoformat(checked.as_of)
        del content["sha256"]
        intact = checked.sha256 == hash_content(content)
    except (ValidationError, ValueError, RecursionError, TypeError):
        raise _refuse(name, "a release as `publish` wrote it") from None
    if not intact or checked.number != number:
        raise _refuse(name, "a release as `publish` wrote it; it was changed")
    if checked.previous != previous:
        raise _refuse(name, "the release before it as it was; that one was changed")
    kept = checked.model_dump(exclude={"previous", "sha256"})
    rows = (row | {"notes": tuple(row["notes"]), "people": tuple(row["people"])} for row in kept.pop("rows"))
    return Release(**kept, rows=tuple(MeasureRow(**row) for row in rows))


def _refuse(name: str, expected: str, *, reason: str = "no_profile") -> FileError:
    return FileError(Problem(reason=reason, file=name, expected=expected, next_step=_RESTORE))
