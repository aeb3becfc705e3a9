"""What `inspect` and `check` say: the account of files, and every problem with place, value and next step."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from ..cohorts.cohort import build_cohorts
from ..cohorts.mentions import find_named
from ..disclosure.releases import check_threshold, read_releases
from ..errors import FileRefused, Problem, ProgrammeRefused, name_first, shorten, show_controls
from ..programme.file import read_programme
from ..programme.model import Source
from ..reading.account import Account
from ..reading.dialects import open_file
from ..reading.drafts import draft_profile
from ..reading.exports import read_export, read_exports
from ..reading.outcomes import Export
from ..reading.overlaps import set_repeats_aside
from ..reading.profiles import read_profiles
from ..steps import Progress
from .checklist import Missing, list_missing

MOST_ROWS = 20


@dataclass(frozen=True, kw_only=True)
class Inspection:
    """One file looked into: read through a profile, or refused.

    `unverified`: what the profile relies on and no real file has shown.
    """

    file: str
    timezone: str
    rows: int
    export: Export | None = None
    refused: Problem | None = None
    unverified: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The file's object of account.json with candidates, columns, bad rows and the first records."""
        if self.export is None:
            assert self.refused is not None
            return {"file": self.file, "refused_file": _problem(self.refused)}
        account = account_of(self.export)
        return {
            **account.sums()[0],
            "candidates": list(self.export.candidates),
            "timezone": self.timezone,
            "unverified": list(self.unverified),
            "columns": dict(self.export.file.columns),
            "rows": account.rows(values=True),
            "records": {name: _first(frame, self.rows) for name, frame in self.export.tables.items()},
        }


def account_of(export: Export) -> Account:
    """The account of one file alone."""
    return Account(
        files=(export.file,),
        records=export.records,
        cells=export.cells,
        tables={export.file.file: {name: len(frame) for name, frame in export.tables.items()}},
    )


def inspect_file(path: Path, source: Source, *, rows: int) -> Inspection:
    """Read one file without a programme; `source` holds what one in programme.toml would declare.

    The profiles beside the programme that the file lies in are known, too.
    """
    profiles = read_profiles(*_find_own_profiles(path))
    try:
        export = read_export(path, name=path.name, source=source, profiles=profiles)
    except FileRefused as error:
        return Inspection(file=path.name, timezone=source.timezone or "UTC", rows=rows, refused=error.problem)
    (export,) = set_repeats_aside([export])
    return Inspection(
        file=path.name,
        timezone=export.timezone,
        rows=rows,
        export=export,
        unverified=profiles[export.file.profile].unverified,
    )


def draft_for(path: Path, source: Source, *, table: str | None) -> str:
    """The beginning of a profile for a file; `FileRefused` where it is no table at all."""
    # a profile that is being written may be broken; the draft needs none of the owner's
    profiles = read_profiles()
    return draft_profile(open_file(path, name=path.name, source=source), profiles, table_name=table)


def _find_own_profiles(path: Path) -> list[Path]:
    """The `profiles` folder beside the nearest programme.toml above a file."""
    beside = next((p for p in Path(os.path.realpath(path)).parents if (p / "programme.toml").is_file()), None)
    return [] if beside is None else [beside / "profiles"]


def _first(frame: pd.DataFrame, n: int) -> list[dict[str, Any]]:
    rows = frame.head(n).astype(object).where(frame.head(n).notna(), None)
    return [
        {
            str(name): value.isoformat() if isinstance(value, pd.Timestamp) else _number(value)
            for name, value in row.items()
        }
        for row in rows.to_dict("records")
    ]


def _number(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value


def _problem(problem: Problem) -> dict[str, Any]:
    return {
        "file": problem.file,
        "sheet": problem.sheet,
        "row": problem.row,
        "column": problem.column,
        "reason": problem.reason,
        "value": problem.value,
        "expected": problem.expected,
        "next": problem.next_step,
    }


def render_inspection(inspection: Inspection) -> str:
    """An inspection as text for a terminal."""
    if inspection.export is None:
        return show_controls(f"{inspection.file}: refused\n  {inspection.refused}")
    export = inspection.export
    account = account_of(export)
    lines = [render_sums(account.sums()[0])]
    if export.local:
        lines.append(f"  {export.local:,} times without an offset read as {inspection.timezone}")
    lines += [f"  never seen in a real file: {what}" for what in inspection.unverified]
    known = {text: field for text, field in export.file.columns.items() if field}
    unknown = [text for text, field in export.file.columns.items() if not field and text.strip()]
    lines += [f"  {shorten(text, 50)} -> {field}" for text, field in known.items()]
    if unknown:
        lines.append("  not understood: " + ", ".join(shorten(text, 50) for text in unknown))
    lines += _render_rows(account, leave_out="unmapped_question")
    for name, frame in export.tables.items():
        if frame.empty:
            hint = ": name the instrument (--instrument)" if name == "responses" else ""
            lines.append(f"  no rows of {name}{hint}")
            continue
        lines.append(f"  first rows of {name}:")
        shown = frame.head(inspection.rows).dropna(axis="columns", how="all")
        lines += ["    " + line for line in shown.to_string(index=False, max_colwidth=30).splitlines()]
    return show_controls("\n".join(lines))


def render_sums(sums: dict[str, Any]) -> str:
    """One file's sums on one line, reasons behind."""
    parts = [
        f"{sums['file']}: {sums['profile']}, {sums['encoding']}",
        f"{sums['read']} read = {sums['used']} used",
    ]
    for outcome, name in (("set_aside", "set aside"), ("refused", "refused")):
        told = ", ".join(f"{reason} {n}" for reason, n in sums[outcome].items())
        parts.append(f"{sum(sums[outcome].values())} {name}" + (f" ({told})" if told else ""))
    line = f"{parts[0]}\n  " + " + ".join(parts[1:])
    if sums["cells"]:
        line += "\n  unusable cells: " + ", ".join(f"{reason} {n}" for reason, n in sums["cells"].items())
    if sums["corrected"]:
        line += f"\n  corrected cells: {sums['corrected']}"
    if sums["warnings"]:
        line += "\n  warnings: " + ", ".join(_render_warning(warning) for warning in sums["warnings"])
    return line


def _render_warning(warning: dict[str, Any]) -> str:
    rows = [str(row) for row in warning.get("rows", [])]
    more = [f"… {len(rows) - MOST_ROWS:,} more"] if len(rows) > MOST_ROWS else []
    places = f" (rows {', '.join([*rows[:MOST_ROWS], *more])})" if rows else ""
    places = f" ({name_first(warning['sheets'])})" if "sheets" in warning else places
    of = f" of {warning['of']:,}" if "of" in warning else ""
    return f"{warning['code']} {warning['n']:,}{of}{places}"


def _render_rows(account: Account, *, leave_out: str = "") -> list[str]:
    """The first records and cells that could not be used, each with value and next step."""
    rows = [row for row in account.rows(values=True) if row["reason"] != leave_out]
    lines = [
        "  "
        + str(
            Problem(
                reason=row["reason"],
                file=row["file"],
                sheet=row["sheet"],
                row=row["row"],
                column=row["column"],
                value=row["value"],
                expected=row["expected"],
                next_step=row["next"],
            )
        )
        for row in rows[:MOST_ROWS]
    ]
    if len(rows) > MOST_ROWS:
        lines.append(f"  … and {len(rows) - MOST_ROWS} more (--json lists all)")
    return lines


# --- check ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Check:
    """A programme read as a whole: its account and what is still missing, or what is wrong with it."""

    account: Account | None = None
    problems: tuple[Problem, ...] = ()
    gaps: dict[str, int] = field(default_factory=dict)
    missing: tuple[Missing, ...] = ()

    @property
    def is_clean(self) -> bool:
        """Whether nothing is refused and the programme is consistent."""
        refused = self.account is not None and self.account.records["outcome"].eq("refused").any()
        return not self.problems and not refused

    def as_json(self) -> dict[str, Any]:
        """account.json with values, the problems, and what is still missing."""
        files = self.account.sums() if self.account else []
        rows = self.account.rows(values=True) if self.account else []
        problems = [_problem(problem) for problem in self.problems]
        missing = [each.as_json() for each in self.missing]
        return {
            "files": files,
            "rows": rows,
            "gaps": self.gaps,
            "problems": problems,
            "still_missing": missing,
        }


def check_programme(path: Path, *, progress: Progress = lambda step: None) -> Check:
    """Read a programme and all its files; nothing is written."""
    try:
        programme = read_programme(path)
        check_threshold(programme.disclosure, read_releases(programme.folder))
        reading = read_exports(programme, progress=progress)
    except ProgrammeRefused as error:
        return Check(problems=error.problems)
    except FileRefused as error:
        return Check(problems=(error.problem,))
    cohorts = build_cohorts(programme, reading)
    return Check(
        account=cohorts.account,
        problems=(*reading.refused, *find_named(programme)),
        gaps=cohorts.gaps(),
        missing=list_missing(cohorts),
    )


def render_check(check: Check) -> str:
    """A check as text: files, what was not used, gaps, the sum, problems, what is still missing."""
    lines: list[str] = []
    if check.account is not None:
        sums = check.account.sums()
        lines += [render_sums(file) for file in sums if not _holds_nothing(file)]
        empty = [file["file"] for file in sums if _holds_nothing(file)]
        lines += [f"no record yet: {name_first(empty)}"] if empty else []
        lines += _render_rows(check.account)
        if check.gaps:
            lines.append("gaps: " + ", ".join(f"{name} {n}" for name, n in check.gaps.items()))
        read = sum(file["read"] for file in sums)
        used = sum(file["used"] for file in sums)
        aside = sum(sum(file["set_aside"].values()) for file in sums)
        refused = sum(sum(file["refused"].values()) for file in sums)
        lines.append(f"{len(sums)} files, {read} read = {used} used + {aside} set aside + {refused} refused")
    lines += [f"problem: {problem}" for problem in check.problems]
    if check.problems:
        lines.append(f"{len(check.problems)} problem{'s' if len(check.problems) > 1 else ''}")
    if check.missing:
        lines.append("still missing, first things first:")
        lines += [f"  {number}. {each}" for number, each in enumerate(check.missing, start=1)]
    return show_controls("\n".join(lines))


def _holds_nothing(sums: dict[str, Any]) -> bool:
    """Whether a file waits for its first record, and nothing else is to be told of it."""
    return not (sums["read"] or sums["cells"] or sums["warnings"])
