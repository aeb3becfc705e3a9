"""Profiles: how the exports of one tool look, declared in TOML, one file a tool and kind of export.

The vocabulary is closed: `name tool export format table dates timezone unverified questions` and for a column
`field headers kind labels yes no required repeat separator`.  Users add their own beside programme.toml.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Literal

from .cells import fold
from .declarations import Declaration, read_toml, validate
from .errors import Problem, ProgrammeRefused, did_you_mean
from .tables import TABLES

FOLDER = Path(str(files("rotation_analysis"))) / "profiles"


class ProfileColumn(Declaration):
    """How one field of a canonical table stands in the export.

    `field` is a column of the profile's table, or `other_table.column` for a sub-row (names in one cell).
    `headers` are synonyms over languages and versions.  `claim` columns must all be there for the profile
    to claim a file.
    """

    field: str
    headers: tuple[str, ...]
    kind: Literal["text", "id", "datetime", "date", "number", "flag", "label", "names"]
    labels: dict[str, tuple[str, ...]] = {}
    yes: tuple[str, ...] = ()
    no: tuple[str, ...] = ()
    claim: bool = False
    separator: str = ""


class Profile(Declaration):
    """A declared dialect."""

    name: str
    tool: str
    export: str
    format: Literal["csv", "xlsx"]
    table: str
    dates: Literal["ymd", "dmy", "mdy"] | None = None
    timezone: str | None = None
    unverified: tuple[str, ...] = ()
    questions: bool = False
    columns: tuple[ProfileColumn, ...]

    def claims(self, header: Sequence[str]) -> bool:
        """Whether a file with this header is such an export."""
        return not self.missing_claims(header)

    def missing_claims(self, header: Sequence[str]) -> list[str]:
        """The claiming headers (first synonym) that a header lacks."""
        here = {fold(text) for text in header}
        return [
            column.headers[0]
            for column in self.columns
            if column.claim and not here & {fold(text) for text in column.headers}
        ]


def read_profiles(*folders: Path) -> dict[str, Profile]:
    """The profiles that come along and those in `folders`, by name; all problems at once."""
    profiles: dict[str, Profile] = {}
    problems: list[Problem] = []
    for file in (path for folder in (FOLDER, *folders) for path in sorted(folder.glob("*.toml"))):
        profile, found = validate(Profile, read_toml(file, name=file.name), file=file.name)
        problems += found
        if profile is not None:
            problems += _find_misfits(profile, file.name)
            if profile.name in profiles:
                problems.append(
                    Problem(
                        reason="profile",
                        file=file.name,
                        column="name",
                        value=profile.name,
                        expected="a name of its own",
                        next_step="rename the profile",
                    )
                )
            profiles[profile.name] = profile
    if problems:
        raise ProgrammeRefused(problems)
    return profiles


def _find_misfits(profile: Profile, file: str) -> Iterable[Problem]:
    """Fields that no canonical table has, and labels outside the closed list of a column."""
    if profile.table not in TABLES:
        yield Problem(
            reason="profile",
            file=file,
            column="table",
            value=profile.table,
            expected=f"one of {', '.join(TABLES)}",
        )
        return
    for index, column in enumerate(profile.columns):
        place = f"columns[{index}].field"
        table, _, name = column.field.rpartition(".")
        try:
            canonical = TABLES[table or profile.table].column(name)
        except KeyError:
            known = ", ".join(c.name for c in TABLES[profile.table].columns)
            yield Problem(
                reason="profile", file=file, column=place, value=column.field, expected=f"one of {known}"
            )
            continue
        wrong = sorted(set(column.labels) - set(canonical.labels))
        if wrong:
            yield Problem(
                reason="profile",
                file=file,
                column=f"columns[{index}].labels",
                value=", ".join(wrong),
                expected=f"labels of {column.field}: {', '.join(canonical.labels)}",
            )


def find_unknown_fields(
    profile: Profile, source: str, *, columns: Iterable[str], labels: Mapping[str, Iterable[str]]
) -> list[Problem]:
    """Fields and labels that a source of the programme adds to a profile and its table does not have."""
    own = {column.name: column.labels for column in TABLES[profile.table].columns}
    fields = [*own, *(column.field for column in profile.columns if column.field not in own)]
    wanted: list[tuple[str, Iterable[str], Sequence[str]]] = [
        ("columns", columns, [*own]),
        ("labels", labels, fields),
        *((f"labels.{name}", words, own[name]) for name, words in labels.items() if own.get(name)),
    ]
    return [
        Problem(
            reason="programme",
            file="programme.toml",
            column=f'sources["{source}"].{key}.{name}',
            expected=f"one of {', '.join(known)}",
            next_step=did_you_mean(name, known),
        )
        for key, given, known in wanted
        for name in given
        if name not in known
    ]


def nearest_profiles(
    profiles: Iterable[Profile], header: Sequence[str], most: int = 3
) -> list[tuple[str, list[str]]]:
    """The profiles that recognise most of a header, with the claiming headers that were missed."""
    here = {fold(text) for text in header}

    def score(profile: Profile) -> float:
        hits = sum(1 for column in profile.columns if here & {fold(text) for text in column.headers})
        return hits / len(profile.columns)

    ranked = sorted(profiles, key=lambda profile: (-score(profile), profile.name))
    return [(profile.name, profile.missing_claims(header)) for profile in ranked[:most] if score(profile) > 0]
