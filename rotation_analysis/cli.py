"""The command line: one function a command (see `--help`).  Heavy imports happen inside the commands.

Progress goes to standard error, results to standard output.  A user's error is one short paragraph; a bug is
a traceback with a line that says where to report it.
"""

from __future__ import annotations

import io
import json
import math
import os
import re
import sys
import time
import traceback
from bisect import bisect_right
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer

from .errors import UserError, show_controls
from .progress_events import Progress, Step

if TYPE_CHECKING:
    from rich.table import Table

    from .build.planning import BuildResult


# --- how the steps of a run are shown, and the time that is left ------------------------------------------
# The time left comes from this run's own pace. It is said once there is a pace, in round numbers; it counts
# down between two reports, is never negative, and from one report to the next it grows by no more than the
# time that has passed. Nothing that is written into a report comes from here.

Clock = Callable[[], float]
SECONDS_BETWEEN_LINES = 10.0  # a minute of work is half a dozen lines in a log
LEAST_RECENT = 8  # reports: fewer make no pace that one can believe
BAR_WIDTH = 30
EVEN = ("reports", "printing")
"""Phases with a pace, since their steps are alike; one export may be a thousand times as long as another."""


@contextmanager
def show_progress(stream: TextIO | None = None, *, clock: Clock = time.monotonic) -> Iterator[Progress]:
    """Shows the steps of the block it is given for: on standard error, or on `stream`."""
    stream = stream or sys.stderr
    course = Course(clock)
    if not stream.isatty() or os.environ.get("TERM", "").lower() in ("dumb", "unknown"):
        yield _Lines(course, stream=stream, clock=clock)
        return
    from rich.console import Console
    from rich.live import Live

    live = Live(
        get_renderable=lambda: _draw(course, clock),
        console=Console(file=stream),
        refresh_per_second=4,
        transient=True,
    )
    with live:
        yield course.take


class Course:
    """The last step of a run, and how long the rest of its phase will take."""

    def __init__(self, clock: Clock) -> None:
        self.step: Step | None = None
        self._clock = clock
        self._time_left = TimeLeft(clock())

    def take(self, step: Step) -> None:
        """Go on to a step; a new phase has a pace of its own."""
        now = self._clock()
        if self.step is None or step.phase != self.step.phase:
            self._time_left = TimeLeft(now)
        if step.phase in EVEN:
            self._time_left.update(made=step.done - step.kept, to_make=step.total - step.done, now=now)
        self.step = step

    def describe(self) -> str:
        """How far it is, without the phase: `12 of 86, 30 kept, about 40 s left`."""
        if self.step is None:
            return ""
        left = self._time_left.at(self._clock()) if self.step.done < self.step.total else None
        if left is None:
            return describe_step(self.step)
        after = ", then the audit" if self.step.phase == "reports" else ""
        return f"{describe_step(self.step)}, {say_time_left(left)}{after}"


class TimeLeft:
    """How long the reports that are still to be made will take, told by those that were made since `began`.

    The pace is that of the last quarter of them: kernels take long to start, and the longest reports come
    first.  Several are made at once, so that there is a pace only when as much time again has passed as it
    took to make the first.
    """

    def __init__(self, began: float) -> None:
        self._began = began
        self._ends: list[float] = []
        self._left: float | None = None
        self._told_at = began

    def update(self, *, made: int, to_make: int, now: float) -> None:
        """Take note that `made` reports have been made by `now`, and `to_make` are to be made."""
        if made <= len(self._ends):
            return
        self._ends += [now] * (made - len(self._ends))
        since = self._ends[max(0, made - max(LEAST_RECENT, made // 4) - 1)]
        recent = made - bisect_right(self._ends, since)  # those of one round come at once
        if not recent or now - self._began < 2 * (self._ends[0] - self._began):
            return
        left = to_make * (now - since) / recent
        if self._left is not None:  # a slow report says little of the others
            left = min(left, self._left + now - self._told_at)
        self._left, self._told_at = left, now

    def at(self, now: float) -> float | None:
        """Seconds left; 0 where they have run out and the work has not, None before there is a pace."""
        return None if self._left is None else max(0.0, self._left - (now - self._told_at))


def describe_step(step: Step) -> str:
    """How far a step is, without the time.

    >>> describe_step(Step("reading", name="a.csv", done=3, total=32, records=1214))
    '3 of 32 files, 1,214 records: a.csv'
    >>> describe_step(Step("reports", name="owner/programme.ja.html", done=42, total=86, kept=30))
    '42 of 86, 30 kept'
    """
    told = f"{step.done} of {step.total}" if step.total else ""
    if step.phase == "reading" and step.total:
        told += " file" if step.total == 1 else " files"
        told += f", {step.records:,} record{'' if step.records == 1 else 's'}" if step.records else ""
        return told + (f": {step.name}" if step.name else "")
    told += {"printing": " pages", "audit": " checks"}.get(step.phase, "") if told else ""
    return told + (f", {step.kept} kept" if step.kept else "")


def say_time_left(seconds: float) -> str:
    """A time as one would say it: up to the next 10 s; from a minute and a half on to the minute, or ten.

    >>> say_time_left(33.4), say_time_left(61), say_time_left(100), say_time_left(4000)
    ('about 40 s left', 'about 70 s left', 'about 2 min left', 'about 1 h 10 min left')
    >>> say_time_left(4), say_time_left(0)
    ('a few seconds left', 'taking longer than expected')
    """
    if seconds <= 0:
        return "taking longer than expected"
    if seconds <= 5:
        return "a few seconds left"
    if seconds <= 90:
        return f"about {math.ceil(seconds / 10) * 10} s left"
    minutes = round(seconds / 60)
    minutes = minutes if minutes <= 30 else math.ceil(minutes / 10) * 10
    hours, rest = divmod(minutes, 60)
    told = [f"{hours} h"] if hours else []
    told += [f"{rest} min"] if rest else []
    return f"about {' '.join(told)} left"


class _Lines:
    """A line when a phase begins, when it is done, and now and then in between."""

    def __init__(self, course: Course, *, stream: TextIO, clock: Clock) -> None:
        self._course, self._stream, self._clock = course, stream, clock
        self._phase = self._printed = ""
        self._printed_at = 0.0

    def __call__(self, step: Step) -> None:
        self._course.take(step)
        line = f"{step.phase} {self._course.describe()}".rstrip()
        is_new, is_done = step.phase != self._phase, step.done == step.total > 0
        is_due = self._clock() - self._printed_at >= SECONDS_BETWEEN_LINES
        if (is_new or is_done or is_due) and line != self._printed:
            print(line, file=self._stream, flush=True)
            self._phase, self._printed, self._printed_at = step.phase, line, self._clock()


def _draw(course: Course, clock: Clock) -> Table:
    from rich.progress_bar import ProgressBar
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 1))
    if (step := course.step) is not None:
        bar = ProgressBar(
            total=step.total or None, completed=step.done, width=BAR_WIDTH, animation_time=clock()
        )
        told = Text(course.describe(), no_wrap=True, overflow="ellipsis")
        grid.add_row(Text(step.phase), bar, told)
    return grid


STOPPED = 130
REPORT_BUGS = "This is a bug: please report it with the lines above in the project's issue tracker."
app = typer.Typer(
    help="The retrospective of an SRE rotation programme: exports in, honest reports out.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def main() -> None:
    """Run the command line; every ending has the exit code of the contract (2: wrong usage, by typer)."""
    for stream in (sys.stdout, sys.stderr):  # a pipe in a code page without Japanese shows \\u… and goes on
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        app()
    except SystemExit as ending:
        if ending.code == STOPPED:  # typer turns Ctrl-C into this
            print("stopped; nothing was replaced", file=sys.stderr)
        raise
    except UserError as error:
        print(f"error: {show_controls(str(error))}", file=sys.stderr)
        sys.exit(error.exit_code)
    except Exception:
        traceback.print_exc()
        print(REPORT_BUGS, file=sys.stderr)
        sys.exit(70)


Programme = Annotated[
    Path, typer.Argument(metavar="PROGRAMME", help="a programme.toml, its folder, or sample")
]
AsJson = Annotated[bool, typer.Option("--json", help="machine-readable output")]


@app.command()
def init(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="a folder that does not exist yet, or is empty")
    ],
    language: Annotated[str, typer.Option(help="words of the sheets to type into: ja or en")] = "ja",
    day: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="the last day that counts, at first (default: today)"),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Begin a programme of your own. Settings with comments, empty sheets, questionnaires to send."""
    from .starter.init import render_started, start_programme

    written = start_programme(folder, day=(day or datetime.now()).date(), language=language)
    _print({"folder": str(folder), "files": written}, render_started(folder, written), as_json=as_json)


@app.command()
def inspect(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="exports to look into")],
    profile: Annotated[str | None, typer.Option(help="read with this profile")] = None,
    timezone: Annotated[str | None, typer.Option(help="zone of times without one, e.g. Asia/Tokyo")] = None,
    dates: Annotated[str | None, typer.Option(help="order of dates: ymd, dmy or mdy")] = None,
    encoding: Annotated[str | None, typer.Option(help="encoding, e.g. cp932")] = None,
    instrument: Annotated[str | None, typer.Option(help="questionnaire of a survey, e.g. pulse")] = None,
    rows: Annotated[int, typer.Option(help="how many rows to show as they are understood")] = 5,
    table: Annotated[str | None, typer.Option(help="with --draft: what the file becomes")] = None,
    draft: Annotated[bool, typer.Option(help="write the beginning of a profile instead")] = False,
    as_json: AsJson = False,
) -> None:
    """Say how exports are read. Which profile, what columns become, what could not be used."""
    from .programme.model import Source
    from .programme.questionnaires import read_instruments
    from .programme.tables import TABLES
    from .starter.inspection import draft_for, inspect_file, render_inspection

    if dates is not None and dates not in ("ymd", "dmy", "mdy"):
        raise typer.BadParameter(f"{dates!r} is none of ymd, dmy, mdy", param_hint="--dates")
    if instrument is not None and instrument not in read_instruments():
        known = ", ".join(read_instruments())
        raise typer.BadParameter(f"{instrument!r} is none of {known}", param_hint="--instrument")
    if table is not None and table not in TABLES:
        raise typer.BadParameter(f"{table!r} is none of {', '.join(TABLES)}", param_hint="--table")
    source = Source(
        name="inspect",
        files=("*",),
        profile=profile,
        timezone=timezone,
        dates=dates,  # type: ignore[arg-type]
        encoding=encoding,
        instrument=instrument,
    )
    if draft:
        print("\n".join(show_controls(draft_for(file, source, table=table)) for file in files), end="")
        return
    found = [inspect_file(file, source, rows=rows) for file in files]
    shown = "\n\n".join(render_inspection(inspection) for inspection in found)
    _print([inspection.as_json() for inspection in found], shown, as_json=as_json)
    raise typer.Exit(int(any(inspection.refused is not None for inspection in found)))


@app.command()
def check(programme: Programme, as_json: AsJson = False) -> None:
    """Say what is wrong and what is missing. All is read, every file accounted for, nothing written."""
    from .starter.inspection import check_programme, render_check

    with show_progress() as progress:
        result = check_programme(programme, progress=progress)
    _print(result.as_json(), render_check(result), as_json=as_json)
    raise typer.Exit(int(not result.is_clean))


@app.command()
def forms(
    programme: Programme,
    out: Annotated[Path, typer.Option(help="folder for the forms; it may not hold anything yet")],
    as_json: AsJson = False,
) -> None:
    """Write questionnaires ready to send. To read, to build in a form tool, to type answers into."""
    from .programme.file import read_programme
    from .starter.forms import write_forms

    written = write_forms(read_programme(programme), out)
    lines = [f"wrote    {out / name}" for name in written]
    lines.append("next     give out consent.html first, then send what schedule.md lists for each day")
    _print({"folder": str(out), "files": written}, "\n".join(lines), as_json=as_json)


@app.command()
def report(
    programme: Programme,
    out: Annotated[Path, typer.Option(help="folder for the reports")],
    notebook: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="only this report, e.g. skill_growth (repeatable)"),
    ] = None,
    cohort: Annotated[
        list[str] | None, typer.Option(metavar="COHORT", help="only this cohort, e.g. 3 (repeatable)")
    ] = None,
    person: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="only this person's, e.g. p03 (repeatable)")
    ] = None,
    language: Annotated[
        list[str] | None, typer.Option(metavar="LANGUAGE", help="only this language, e.g. ja (repeatable)")
    ] = None,
    as_of: Annotated[
        datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help="data up to this day")
    ] = None,
    previous: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="an earlier owner/results.json: tell what changed since"),
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, max=64, help="notebooks at once")] = 4,
    scheduler: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="make the reports on this dask cluster (extra `dask`)"),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Build the reports into a folder; open its index.html."""
    from .build.planning import Selection
    from .build.report import build_reports

    selection = Selection(
        notebooks=tuple(notebook or ()),
        cohorts=tuple(cohort or ()),
        persons=tuple(person or ()),
        languages=tuple(language or ()),
    )
    with show_progress() as progress:
        built = build_reports(
            programme,
            out,
            selection=selection,
            as_of=as_of.date() if as_of else None,
            previous=previous,
            jobs=jobs,
            scheduler=scheduler,
            progress=progress,
        )
    _print(_as_json(built), _render_built(built), as_json=as_json)
    raise typer.Exit(3 if built.missing else 0)


@app.command()
def publish(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="a finished report folder")],
    edition: Annotated[
        str, typer.Argument(metavar="EDITION", help="owner, leadership, graduates/p03, home-managers/p03")
    ],
    programme: Annotated[
        Path | None, typer.Option(help="its programme.toml or folder; else it is looked for")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Record an edition as gone out. It is refused where it tells too much with what went out before."""
    from .build.publishing import publish_edition, render_published

    with show_progress() as progress:
        published = publish_edition(folder, edition, programme=programme, progress=progress)
    _print(published.as_json(), render_published(published), as_json=as_json)
    raise typer.Exit(int(bool(published.refused)))


@app.command()
def audit(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="a report folder, or one audience's part of it")
    ],
    programme: Annotated[
        Path | None,
        typer.Option(metavar="PROGRAMME", help="also search for what this programme must not show"),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Search a finished folder for what readers may not see."""
    from .build.audit.audit import audit_folder
    from .build.audit.people import know
    from .errors import UsageError
    from .programme.file import read_programme
    from .study import analyse

    if not folder.is_dir():
        raise UsageError(f"{folder} is no folder; name a folder that `report` built")
    knowledge = None
    with show_progress() as progress:
        if programme is not None:
            knowledge = know(analyse(read_programme(programme), progress=progress))
        findings = audit_folder(folder, knowledge, progress=progress)
    shown = "\n".join(map(str, findings)) or f"clean: nothing found in {folder}"
    _print([asdict(finding) for finding in findings], shown, as_json=as_json)
    raise typer.Exit(int(bool(findings)))


@app.command("print")
def print_pages(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="a finished report folder, or one audience's part of it")
    ],
    out: Annotated[Path, typer.Option(help="folder for the PDFs")],
    browser: Annotated[
        Path | None, typer.Option(metavar="PATH", help="Chromium or Chrome; else it is looked for")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Print a finished folder as A4 PDF, page by page. Needs the extra `pdf` and a browser."""
    from .build.pdf import print_folder, render_printed

    with show_progress() as progress:
        printed = print_folder(folder, out, browser=browser, progress=progress)
    described = {"folder": str(printed.folder), "sheets": dict(printed.sheets)}
    _print(described, render_printed(printed), as_json=as_json)


def _print(value: object, text: str, *, as_json: bool) -> None:
    """A result in words, or as JSON."""
    print(_to_json(value) if as_json else text)


def _to_json(value: object) -> str:
    """JSON; the control characters that it leaves are escaped, too, so that a terminal obeys none."""
    text = json.dumps(value, ensure_ascii=False, indent=1)
    return re.sub("[\x7f-\x9f\u202a-\u202e\u2066-\u2069]", lambda found: f"\\u{ord(found[0]):04x}", text)


def _as_json(built: BuildResult) -> dict[str, Any]:
    return {
        "folder": str(built.folder),
        "reports": [spec.path for spec in built.reports],
        "kept": [spec.path for spec in built.kept],
        "missing": [
            {"report": gap.report, "section": gap.section or None, "reason": gap.told}
            for gap in built.missing
        ],
        "account": list(built.account),
    }


def _render_built(built: BuildResult) -> str:
    """One line a report, the account's sums, the path to open."""
    lines = [f"built    {built.folder / spec.path}" for spec in built.reports]
    lines += [f"kept     {built.folder / spec.path}" for spec in built.kept]
    lines += [f"MISSING  {built.folder / gap.report}: {gap.told}" for gap in built.missing]
    read, used = (sum(file[key] for file in built.account) for key in ("read", "used"))
    aside = sum(sum(file["set_aside"].values()) for file in built.account)
    refused = sum(sum(file["refused"].values()) for file in built.account)
    sums = f"{read} records = {used} used + {aside} set aside + {refused} refused"
    lines.append(f"account  {len(built.account)} files, {sums} (each in owner/account.json)")
    lines.append(f"open     {built.folder / 'index.html'}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
