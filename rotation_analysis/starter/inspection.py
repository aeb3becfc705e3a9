"""Results of `inspect` and `check`: record account, problems with place, value and next step."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from ..cohorts.cohort import Cohorts, build_cohorts
from ..cohorts.name_detection import find_named_people
from ..disclosure.releases import check_threshold, read_releases
from ..errors import FileError, Problem, ProgrammeError, name_first, shorten, show_controls
from ..programme.file import read_programme
from ..programme.model import Source
from ..progress_events import Progress
from ..reading.account import Account
from ..reading.deduplication import exclude_duplicates
from ..reading.exports import join_accounts, list_files, name_file, read_export, read_exports
from ..reading.profile_matching import draft_profile, open_file
from ..reading.profiles import read_profiles
from ..reading.record_status import Export

MOST_ROWS = 20


@dataclass(frozen=True, kw_only=True)
class Inspection:
    """One inspected file: read with a profile, or rejected.

    `unverified`: assumptions of the profile that no real file has confirmed.
    """

    file: str
    timezone: str
    rows: int
    export: Export | None = None
    refused: Problem | None = None
    unverified: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return the file's object of account.json with candidates, columns, bad rows and first records."""
        if self.export is None:
            assert self.refused is not None
            return {"file": self.file, "refused_file": _problem(self.refused)}
        account = join_accounts([self.export])
        return {
            **account.sums()[0],
            "candidates": list(self.export.candidates),
            "timezone": self.timezone,
            "unverified": list(self.unverified),
            "columns": dict(self.export.file.columns),
            "rows": account.rows(values=True),
            "records": {name: _first(frame, self.rows) for name, frame in self.export.tables.items()},
        }


def inspect_file(path: Path, source: Source, *, rows: int) -> Inspection:
    """Read one file without a programme; `source` contains what programme.toml would declare.

    If the file is inside a programme's folder, that programme's profiles are also used.
    """
    beside = next((p for p in Path(os.path.realpath(path)).parents if (p / "programme.toml").is_file()), None)
    profiles = read_profiles(*([beside / "profiles"] if beside else []))
    try:
        export = read_export(path, name=path.name, source=source, profiles=profiles)
    except FileError as error:
        return Inspection(file=path.name, timezone=source.timezone or "UTC", rows=rows, refused=error.problem)
    (export,) = exclude_duplicates([export])
    return Inspection(
        file=path.name,
        timezone=export.timezone,
        rows=rows,
        export=export,
        unverified=profiles[export.file.profile].unverified,
    )


def draft_for(path: Path, source: Source, *, table: str | None) -> str:
    """Draft a profile for a file; `FileError` if it is not a table."""
    # a profile under construction can be broken; the draft needs none of the owner's
    profiles = read_profiles()
    return draft_profile(open_file(path, name=path.name, source=source), profiles, table_name=table)


def _first(frame: pd.DataFrame, n: int) -> list[dict[str, Any]]:
    rows = frame.head(n).astype(object).where(frame.head(n).notna(), None)
    return [
        {
            str(name): value.isoformat() if isinstance(value, pd.Timestamp) else value
            for name, value in row.items()
        }
        for row in rows.to_dict("records")
    ]


def _problem(problem: Problem) -> dict[str, Any]:
    names = ("file", "sheet", "row", "column", "reason", "value", "expected")
    return {name: getattr(problem, name) for name in names} | {"next": problem.next_step}


def render_inspection(inspection: Inspection) -> str:
    """Render an inspection for a terminal."""
    if inspection.export is None:
        return show_controls(f"{inspection.file}: refused\n  {inspection.refused}")
    export = inspection.export
    account = join_accounts([export])
    lines = [render_sums(account.sums()[0])]
    if export.local:
        lines.append(f"  {export.local:,} times without an offset read as {inspection.timezone}")
    lines += [f"  never seen in a real file: {what}" for what in inspection.unverified]
    known = {text: field for text, field in export.file.columns.items() if field}
    unknown = [text for text, field in export.file.columns.items() if not field and text.strip()]
    lines += [f"  {shorten(text, 50)} -> {field}" for text, field in known.items()]
    if unknown:
        lines.append("  not understood: " + ", ".join(shorten(text, 50) for text in unknown))
    lines += _render_rows(account, exclude="unmapped_question")
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
    """Render one file's totals with reasons."""
    parts = [
        f"{sums['file']}: {sums['profile']}, {sums['encoding']}",
        f"{sums['read']} read = {sums['used']} used",
    ]
    for outcome, name in (("set_aside", "set aside"), ("refused", "refused")):
        reasons = ", ".join(f"{reason} {n}" for reason, n in sums[outcome].items())
        parts.append(f"{sum(sums[outcome].values())} {name}" + (f" ({reasons})" if reasons else ""))
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


def _render_rows(account: Account, *, exclude: str = "") -> list[str]:
    """List the first unusable records and cells, each with value and next step."""
    rows = [row for row in account.rows(values=True) if row["reason"] != exclude]
    names = ("reason", "file", "sheet", "row", "column", "value", "expected")
    first = (
        Problem(**{name: row[name] for name in names}, next_step=row["next"]) for row in rows[:MOST_ROWS]
    )
    lines = [f"  {problem}" for problem in first]
    if len(rows) > MOST_ROWS:
        lines.append(f"  … and {len(rows) - MOST_ROWS} more (--json lists all)")
    return lines


# --- check ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Check:
    """A complete programme: its account and missing items, or its problems."""

    account: Account | None = None
    problems: tuple[Problem, ...] = ()
    gaps: dict[str, int] = field(default_factory=dict)
    missing: tuple[Missing, ...] = ()

    @property
    def is_clean(self) -> bool:
        """Whether nothing is rejected and the programme is consistent."""
        refused = self.account is not None and self.account.records["outcome"].eq("refused").any()
        return not self.problems and not refused

    def as_json(self) -> dict[str, Any]:
        """Return account.json with values, problems and missing items."""
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
    except ProgrammeError as error:
        return Check(problems=error.problems)
    except FileError as error:
        return Check(problems=(error.problem,))
    cohorts = build_cohorts(programme, reading)
    return Check(
        account=cohorts.account,
        problems=(*reading.refused, *find_named_people(programme)),
        gaps=cohorts.gaps(),
        missing=list_missing(cohorts),
    )


def render_check(check: Check) -> str:
    """Render a check: files, unused records, gaps, totals, problems, missing items."""
    lines: list[str] = []
    if check.account is not None:
        sums = check.account.sums()
        lines += [render_sums(file) for file in sums if not _is_empty(file)]
        empty = [file["file"] for file in sums if _is_empty(file)]
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


def _is_empty(sums: dict[str, Any]) -> bool:
    """Return whether a file has no records, cells or warnings to report."""
    return not (sums["read"] or sums["cells"] or sums["warnings"])


# --- missing items of a programme, in the order in which its owner supplies them ---------------------------
# None of them is an error, and reports are built without them. A missing consent is not listed: no row in the
# sheet means no.

COMPANY = ("(会社名)", "(your company)")
"""Placeholders that the starter writes for the company's name."""
ASK = "ask, or put in what came back"
TOO_LATE = "put in what came back in time; it is too late to ask"


@dataclass(frozen=True, kw_only=True)
class Missing:
    """One missing item: what it is, the files it belongs in, the next step."""

    what: str
    files: tuple[str, ...]
    next_step: str

    def __str__(self) -> str:
        """One line.

        >>> print(Missing(what="no stays", files=("rotations.csv",), next_step="one row a stay"))
        no stays (rotations.csv): one row a stay
        """
        return f"{self.what} ({name_first(self.files)}): {self.next_step}"

    def as_json(self) -> dict[str, Any]:
        """Return what, where and the next step as JSON."""
        return {"what": self.what, "files": list(self.files), "next": self.next_step}


def list_missing(cohorts: Cohorts) -> tuple[Missing, ...]:
    """List all missing items in the order to supply them."""
    programme = cohorts.programme
    toml = ("programme.toml",)
    people, stays, consents, teams = (
        (dict(programme.sheets).get(name, "programme.toml"),)
        for name in ("people", "rotations", "consents", "teams")
    )
    company, host_team = programme.programme.company, programme.programme.host_team
    aliases = {alias.id for alias in programme.aliases}
    unreachable = name_first(
        person.id
        for person in programme.people
        if person.id in programme.participants and person.mail is None and person.id not in aliases
    )
    mentored = any(wave.rater == "mentor" for wave in programme.waves)
    alone = name_first(stay.person for stay in programme.rotations if mentored and stay.mentor is None)
    found = (
        (
            company.ja in COMPANY or company.en in COMPANY,
            "the company's name",
            toml,
            "write it at `company`, in Japanese and English",
        ),
        (
            all(team.id == host_team for team in programme.teams),
            "no team but the host team",
            teams,
            "one row a team: those that send somebody, and those that never do, to compare with",
        ),
        (
            not programme.people,
            "no people",
            people,
            "one row a person: participants, mentors, members of the host team",
        ),
        (unreachable, f"no address of {unreachable}", people, "fill `mail`: it tells whose an answer is"),
        (not programme.rotations, "no stays", stays, "one row a stay: person, cohort, teams, days"),
        (alone, f"no mentor of {alone}", stays, "fill `mentor`, who is asked in rounds of its own"),
        (
            not programme.consents,
            "no consents",
            consents,
            "ask with the consent page, one row a kind and audience agreed to; no row means no",
        ),
        (
            not programme.plan.primary,
            "no measure that the programme is judged by",
            toml,
            "declare `primary` in [plan] before you see data",
        ),
        (
            programme.triggers.declared is None,
            "no day on which the triggers were set",
            toml,
            "read [triggers], and say `declared`",
        ),
    )
    n_later = int(cohorts.account.records["reason"].eq("after_as_of").sum())
    later = f"a later last day: {n_later} records are after {programme.as_of}"
    return (
        *(
            Missing(what=what, files=files, next_step=next_)
            for is_missing, what, files, next_ in found
            if is_missing
        ),
        *_list_empty_sources(cohorts),
        *_list_unanswered_rounds(cohorts),
        *([Missing(what=later, files=toml, next_step="move `as_of` on")] if n_later else []),
    )


def _list_empty_sources(cohorts: Cohorts) -> Iterator[Missing]:
    """List sources that have no records or answers yet.

    Once there is a stay, only surveys outside any round are included: others are listed by round.
    """
    programme = cohorts.programme
    filled = set(cohorts.account.records["file"])
    found = {
        source.name
        for source, path in list_files(programme)
        for name in (name_file(programme, path),)
        if filled & {name, f"{name}#{source.sheet}"}
    }
    asked = {name for wave in programme.waves for name in programme.asked_in(wave) if programme.rotations}
    empty = [source for source in programme.sources if source.name not in found]
    for what, next_step, sources in (
        (
            "records",
            "type them in, drop a tool's export there, or remove the sources you never use",
            [source for source in empty if source.instrument is None],
        ),
        (
            "answers",
            "send the questionnaires, and drop what comes back there",
            [source for source in empty if source.instrument is not None and source.instrument not in asked],
        ),
    ):
        if sources:
            names = name_first(source.name for source in sources)
            yield Missing(what=f"no {what} of {names}", files=_list_patterns(sources), next_step=next_step)


def _list_unanswered_rounds(cohorts: Cohorts) -> Iterator[Missing]:
    """List who has not answered which round: those who still can first."""
    programme = cohorts.programme
    windows = {(wave.rater, wave.id): wave.window[1] for wave in programme.waves}
    due = cohorts.coverage[cohorts.coverage["status"].eq("missing")]
    last = [row.due + timedelta(days=windows[row.rater, row.wave]) for row in due.itertuples()]
    due = due.assign(last=last, over=[day < programme.as_of for day in last])
    ordered = due.sort_values("over", kind="stable")
    for (over, wave, name), rows in ordered.groupby(["over", "wave", "instrument"], sort=False):
        sources = [source for source in programme.sources if source.instrument == name]
        people = (row.person if over else f"{row.person} (until {row.last})" for row in rows.itertuples())
        yield Missing(
            what=f"answers to {name} at {wave} of {name_first(people)}",
            files=_list_patterns(sources) or ("programme.toml",),
            next_step=(TOO_LATE if over else ASK) if sources else "declare a source of that instrument",
        )


def _list_patterns(sources: Iterable[Source]) -> tuple[str, ...]:
    return tuple(pattern for source in sources for pattern in source.files)
