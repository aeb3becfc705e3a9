"""The beginning of a profile for a file that nothing claims: what its columns look like, guesses marked."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from ..errors import shorten, show_controls
from ..files import cells
from ..programme.tables import TABLES, Table
from .profile_matching import Arranged, Opened, arrange, format_of
from .profiles import SHEET_TOOL, Format, Profile, nearest_profiles

LOOKED_AT = 200
MOST_READ = 0.9
ANSWERED_AT = "answered_at"  # no survey needs it, yet each has it
NAMELESS = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True)
class Guess:
    """A column with the field it may be; `sure`: a known profile calls the field by this name."""

    header: str
    kind: str
    field: str | None = None
    sure: bool = False
    example: str = ""


def draft_profile(opened: Opened, profiles: Mapping[str, Profile], *, table_name: str | None = None) -> str:
    """A profile as TOML: what was recognised, what was guessed from the cells, what is left to decide."""
    form: Format = format_of(opened)
    unpack = "objects" if form == "json" else None
    blank = Profile(
        name="draft", tool="", export="", format=(form,), table="requests", unpack=unpack, columns=()
    )
    file = arrange(opened, blank)
    table = TABLES[table_name or _nearest_table(file.own.header, profiles)]
    guesses = guess_columns(file, table, profiles)
    name = NAMELESS.sub("_", opened.file.rpartition("/")[2].rpartition(".")[0].lower()).strip("_") or "export"
    others = ", ".join(other for other in TABLES if other != table.name)
    lines = [
        f"# Beginning of a profile for {opened.file}.  Save it as profiles/own_{name}.toml beside",
        "# programme.toml, check each guess, and try it:",
        f"#   rotation-analysis inspect FILE --profile own_{name}",
        f"# The records become {table.name}: {table.meaning}.  Others (--table): {others}",
        f'name = "own_{name}"',
        'tool = "name of the tool"',
        'export = "what it exports"',
        f'format = "{form}"',
        f'table = "{table.name}"',
        *([f'unpack = "{unpack}"'] if unpack else []),
        *(["questions = true"] if table.name == "responses" else []),
        *_list_columns(guesses),
        *_list_rest(guesses, table),
    ]
    return "\n".join(lines) + "\n"


def _nearest_table(header: Sequence[str], profiles: Mapping[str, Profile]) -> str:
    """The table whose tools know most of a header; requests where none knows two columns."""
    here = {cells.fold(text) for text in header}
    tools = (profile for profile in profiles.values() if profile.tool != SHEET_TOOL)
    for name, _ in nearest_profiles(tools, header, format=None):
        known = [bool(here & {cells.fold(text) for text in c.headers}) for c in profiles[name].columns]
        if sum(known) >= 2:
            return profiles[name].table
    return "requests"


def guess_columns(file: Arranged, table: Table, profiles: Mapping[str, Profile]) -> list[Guess]:
    """For each named column the field that other tools call so, else a needed one that fits its cells."""
    known = _list_synonyms(table, profiles)
    guesses: list[Guess] = []
    for position, header in enumerate(file.own.header):
        text = file.own.cells[position].head(LOOKED_AT)
        if header.strip():
            field = known.get(cells.fold(header))
            taken = {guess.field for guess in guesses}
            field = None if field in taken else field
            example = next((shorten(cell, 40) for cell in text if cell.strip()), "")
            guesses.append(Guess(header, _guess_kind(text), field, field is not None, example))
    return _fill_needed(guesses, file, table)


def _list_synonyms(table: Table, profiles: Mapping[str, Profile]) -> dict[str, str]:
    synonyms: dict[str, str] = {}
    for profile in sorted(profiles.values(), key=lambda profile: profile.name):
        if profile.table == table.name:
            for column in (column for column in profile.columns if not column.table):
                for header in column.headers:
                    synonyms.setdefault(cells.fold(header), column.field)
    return synonyms


def _guess_kind(text: pd.Series) -> str:
    """datetime, number or text, by what nearly all filled cells can be read as."""
    filled = text[text.str.strip().ne("")]
    if filled.empty:
        return "text"
    for order in (None, "ymd", "dmy", "mdy"):
        if cells.read_datetimes(filled, order=order, timezone="UTC")[0].notna().mean() >= MOST_READ:
            return "datetime"
    numbers = cells.read_numbers(filled)[0].notna().mean() >= MOST_READ
    return "number" if numbers else "text"


def _fill_needed(guesses: list[Guess], file: Arranged, table: Table) -> list[Guess]:
    """Needed fields guessed from cells: a key is filled and unique, a time reads as one."""
    filled = list(guesses)
    for column in (column for column in table.columns if column.required or column.name == ANSWERED_AT):
        if any(guess.field == column.name for guess in filled):
            continue
        for n, guess in enumerate(filled):
            text = file.own.cells[file.own.header.index(guess.header)]
            unique = text.str.strip().ne("").all() and text.is_unique
            kind = "datetime" if column.kind == "date" else column.kind
            fits = unique and guess.kind != "datetime" if column.kind == "id" else guess.kind == kind
            if guess.field is None and fits:
                filled[n] = Guess(guess.header, guess.kind, column.name, False, guess.example)
                break
    return filled


def _quote(text: str) -> str:
    """A text as TOML writes it: as JSON does, and what controls JSON leaves are escaped, too."""
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(f"\\u{ord(c):04x}" if c != show_controls(c) else c for c in quoted)


def _list_columns(guesses: Sequence[Guess]) -> list[str]:
    if all(guess.field is None for guess in guesses):
        return ["columns = []  # nothing was recognised: replace this by a [[columns]] for each field"]
    kinds = {column.name: column.kind for table in TABLES.values() for column in table.columns}
    lines = []
    for guess in guesses:
        if guess.field is not None:
            kind = kinds.get(guess.field, guess.kind)
            lines += [
                "",
                "[[columns]]" + ("" if guess.sure else "  # a guess: check it"),
                f'field = "{guess.field}"',
                f"headers = [{_quote(guess.header)}]",
                f'kind = "{kind}"',
                *(["claim = true"] if guess.field in ("id", "created", "title", ANSWERED_AT) else []),
            ]
    return lines


def _list_rest(guesses: Sequence[Guess], table: Table) -> list[str]:
    """What is left: columns without a field, fields without a column."""
    found = {guess.field for guess in guesses}
    rest = [guess for guess in guesses if guess.field is None]
    lines = ["", "# Columns without a field (leave them out, or give each a [[columns]]):"] if rest else []
    for guess in rest:
        lines.append(f"#   {_quote(guess.header)}: {guess.kind}, such as {guess.example!r}")
    open_fields = [column for column in table.columns if column.name not in found]
    lines += ["", f"# Fields of {table.name} without a column:"] if open_fields else []
    for column in open_fields:
        words = f" ({', '.join(column.labels)})" if column.labels else ""
        needed = ", needed" if column.required else ""
        lines.append(f"#   {column.name}: {column.kind}{needed}; {column.meaning}{words}")
    return lines
