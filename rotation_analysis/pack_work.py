"""C1 and C2 of the graduate pack: when it was, and what was done, from the own records."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from . import graduate_figures, graduate_narrative, pack_records
from .pack_parts import PackPart, ask_graduate, nothing_to_list, own_replies, pack_part
from .parts import Report


def list_timeline(report: Report, stay: str, suffix: str) -> Iterator[PackPart]:
    publication, texts = report.publication, report.texts
    figure = graduate_figures.timeline(publication, texts)
    lanes = tuple(report.say(f"pack.lane.{lane}") for lane in pack_records.LANES)
    milestones = tuple(pack_records.milestones(publication, texts))
    yield pack_part(
        report,
        "pack.timeline.question",
        stay=stay,
        lines=milestones,
        figure=figure,
        figure_name=f"timeline{suffix}" if figure else "",
        alt=report.say("pack.timeline.alt", list=" / ".join(milestones)),
        state=None if figure else nothing_to_list(report, "records"),
        answers=(ask_graduate(report, "timeline"),),
        note=report.say("pack.timeline.note", n=len(pack_records.during(publication))) if figure else "",
    )
    if figure:
        head = (report.say("pack.column.month"), *lanes)
        yield pack_part(
            report,
            "pack.months.question",
            stay=stay,
            level=3,
            grids=((head, pack_records.month_rows(publication, texts)),),
            note=report.say("pack.months.note"),
        )


def list_work(report: Report, stay: str, suffix: str) -> Iterator[PackPart]:
    yield from (_requests(report, stay), _incidents(report, stay), _improvements(report, stay))
    yield from (_other_work(report, stay), _draft(report, stay))


def _requests(report: Report, stay: str) -> PackPart:
    publication, texts = report.publication, report.texts
    records = pack_records.during(publication, *pack_records.REQUESTS)
    grid = pack_records.request_grid(publication, texts)
    titles = pack_records.common_titles(texts, records)
    own = [r for r in records if r["team"] == pack_records.the_stay(publication)["team"]]
    kinds = pack_records.kind_counts(texts, records)
    teams = len({r["team"] for r in records if r["team"]})
    told = [report.say("pack.requests.sentence", n=len(records), teams=teams, list=kinds)] if records else []
    if own:
        mine = texts.say("list.separator").join(pack_records.common_titles(texts, own, 4))
        told.append(report.say("pack.requests.own_team", n=len(own), list=mine))
    time = graduate_narrative.time_sentence(publication, texts)
    return pack_part(
        report,
        "pack.work.question",
        stay=stay,
        sentences=(*told, *((time,) if time else ())),
        state=None if records else nothing_to_list(report, "requests"),
        lines=tuple(_say_requests(report, titles)),
        grids=(grid,) if records else (),
        answers=(
            *own_replies(report, "requests", "time"),
            ask_graduate(report, "request"),
            ask_graduate(report, "home"),
        ),
        note=_note_left_out(report, records, "pack.requests.note"),
    )


def _say_requests(report: Report, titles: list[str]) -> Iterator[str]:
    """The commonest titles; which kinds of requests there were at first and at last."""
    if titles:
        yield report.say("pack.requests.titles", list=report.say("list.separator").join(titles))
    ends = pack_records.months_apart(report.publication, report.texts)
    if ends is not None:
        yield report.say("pack.requests.first_weeks", list=ends[0])
        running = pack_records.the_stay(report.publication)["end"] is None
        yield report.say(f"pack.requests.{'latest' if running else 'last'}_weeks", list=ends[1])


def _incidents(report: Report, stay: str) -> PackPart:
    publication, texts = report.publication, report.texts
    records = pack_records.during(publication, "incident")
    head = tuple(report.say(f"pack.column.{name}") for name in ("day", "number", "what", "step"))
    rows = pack_records.incident_rows(publication, texts, records)
    said = report.say(
        "pack.incidents.sentence", n=len(records), list=pack_records.step_counts(texts, records)
    )
    return pack_part(
        report,
        "pack.incidents.question",
        stay=stay,
        level=3,
        sentences=(said,) if records else (),
        state=None if records else nothing_to_list(report, "incidents"),
        grids=((head, rows),) if records else (),
        answers=(
            *own_replies(report, "incident"),
            *((ask_graduate(report, "incident"),) if records else ()),
        ),
        note=_note_left_out(report, records, "pack.incidents.note") if records else "",
    )


def _improvements(report: Report, stay: str) -> PackPart:
    publication, texts = report.publication, report.texts
    rows = pack_records.improvement_rows(publication, texts)
    head = tuple(
        report.say(f"pack.column.{name}") for name in ("day", "kind", "what", "size", "in_use", "link")
    )
    return pack_part(
        report,
        "pack.improvements.question",
        stay=stay,
        level=3,
        sentences=(report.say("pack.improvements.sentence", n=len(rows)),) if rows else (),
        state=None if rows else nothing_to_list(report, "improvements"),
        grids=((head, rows),) if rows else (),
        answers=(*own_replies(report, "improvement"), ask_graduate(report, "improvement")),
        note=report.say("pack.improvements.note") if rows else "",
    )


def _other_work(report: Report, stay: str) -> PackPart:
    publication, texts = report.publication, report.texts
    records = {
        kind: pack_records.during(publication, kind) for kind in ("change", "change_review", "session")
    }
    counts = {kind: len(found) for kind, found in records.items()}
    lines = [
        report.say(
            f"pack.other.{kind}",
            list=texts.say("list.separator").join(pack_records.common_titles(texts, found)),
        )
        for kind, found in records.items()
        if kind != "session" and any(r["title"] for r in found)
    ]
    lines += pack_records.talk_lines(texts, records["session"])
    return pack_part(
        report,
        "pack.other.question",
        stay=stay,
        level=3,
        sentences=(report.say("pack.other.sentence", **counts),) if any(counts.values()) else (),
        state=None if any(counts.values()) else nothing_to_list(report, "other"),
        lines=tuple(lines),
        note=_note_left_out(report, [r for found in records.values() for r in found], "pack.other.note")
        if lines
        else "",
    )


def _draft(report: Report, stay: str) -> PackPart:
    """The facts in sentences of the first person, to begin a text with."""
    publication, texts = report.publication, report.texts
    told = [
        graduate_narrative.stay_sentence(publication, texts),
        *pack_records.draft_lines(publication, texts),
    ]
    return pack_part(
        report,
        "pack.draft.question",
        stay=stay,
        level=3,
        lines=tuple(told),
        note=report.say("pack.draft.note"),
    )


def _note_left_out(report: Report, records: list[Any], key: str) -> str:
    """The note, and how many titles are left out because they name somebody else."""
    n = pack_records.left_out(records)
    said = report.say("pack.left_out", n=n) if n else ""
    return report.say(key) + (report.texts.space if said else "") + said
