"""The command line: one function a command (see `--help`).  Heavy imports happen inside the commands.

Progress goes to standard error, results to standard output.  A user's error is one short paragraph; a bug is
a traceback with a line that says where to report it.
"""

from __future__ import annotations

import io
import json
import re
import sys
import traceback
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .errors import UserError, show_controls
from .progress import show_progress

if TYPE_CHECKING:
    from .build.orders import Built

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
    if as_json:
        print(_to_json({"folder": str(folder), "files": written}))
    else:
        print(render_started(folder, written))


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
    if as_json:
        print(_to_json([inspection.as_json() for inspection in found]))
    else:
        print("\n\n".join(render_inspection(inspection) for inspection in found))
    raise typer.Exit(int(any(inspection.refused is not None for inspection in found)))


@app.command()
def check(programme: Programme, as_json: AsJson = False) -> None:
    """Say what is wrong and what is missing. All is read, every file accounted for, nothing written."""
    from .starter.inspection import check_programme, render_check

    with show_progress() as progress:
        result = check_programme(programme, progress=progress)
    print(_to_json(result.as_json()) if as_json else render_check(result))
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
    if as_json:
        print(_to_json({"folder": str(out), "files": written}))
    else:
        print("\n".join(f"wrote    {out / name}" for name in written))
        print("next     give out consent.html first, then send what schedule.md lists for each day")


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
    if as_json:
        print(_to_json(_as_json(built)))
    else:
        print(_render_built(built))
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
    if as_json:
        print(_to_json(published.as_json()))
    else:
        print(render_published(published))
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
    from .build.audit.audit import audit_folder, know
    from .errors import UsageError
    from .programme.file import read_programme
    from .study import build_retrospective

    if not folder.is_dir():
        raise UsageError(f"{folder} is no folder; name a folder that `report` built")
    knowledge = None
    with show_progress() as progress:
        if programme is not None:
            knowledge = know(build_retrospective(read_programme(programme), progress=progress))
        findings = audit_folder(folder, knowledge, progress=progress)
    if as_json:
        print(_to_json([asdict(finding) for finding in findings]))
    else:
        print("\n".join(map(str, findings)) or f"clean: nothing found in {folder}")
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
    from .build.printing import print_folder, render_printed

    with show_progress() as progress:
        printed = print_folder(folder, out, browser=browser, progress=progress)
    if as_json:
        told = {"folder": str(printed.folder), "sheets": dict(printed.sheets)}
        print(_to_json(told))
    else:
        print(render_printed(printed))


def _to_json(value: object) -> str:
    """JSON; the control characters that it leaves are escaped, too, so that a terminal obeys none."""
    text = json.dumps(value, ensure_ascii=False, indent=1)
    return re.sub("[\x7f-\x9f\u202a-\u202e\u2066-\u2069]", lambda found: f"\\u{ord(found[0]):04x}", text)


def _as_json(built: Built) -> dict[str, Any]:
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


def _render_built(built: Built) -> str:
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
