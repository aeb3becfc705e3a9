"""The programme as a whole: participants to date, growth over all cohorts, the operating level."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from . import narrative, programme_figures, skill_narrative
from .host_cells import find_whole, fold_rows, has_value, say_entry, say_reason, say_value
from .parts import Part, Report, count_text, details, state_box, why_empty

# --- participants to date -------------------------------------------------------------------------------


def participants(report: Report) -> Part:
    """Where the stays led so far, as competing outcomes; home teams with a graduate; the roster, folded."""
    publication = report.publication
    figure = programme_figures.destinations(publication, report.texts)
    whole = narrative.first_row(publication.rows("programme.destination", cohort=None))
    return Part(
        question=report.say("participants.question"),
        sentences=tuple(_say_participants(report)) if figure else (),
        figure=figure,
        state=None if figure else state_box(report, *_why_nobody(report)),
        alt=report.say("participants.alt", list=" / ".join(_list_bars(report))),
        note=report.say(
            "participants.note",
            n=count_text(None if whole is None else whole.n),
            missing=count_text(None if whole is None else whole.missing),
        )
        if figure
        else "",
        numbers=_count_table(report) + _roster(report) if figure else "",
    )


def _why_nobody(report: Report) -> tuple[str, str]:
    rows = report.publication.rows("programme.destination", cohort=None)
    return why_empty(rows) if len(rows) else ("not_measurable", "NO_STAY_YET")


def _say_participants(report: Report) -> Iterator[str]:
    """Places at the end and how the stays ended; places 26 weeks later and who went later; the teams."""
    bars = dict(programme_figures.destination_bars(report.publication))
    at_end, after_26 = (_say_places(report, name, bars.get(name)) for name in ("at_end", "after_26"))
    yield at_end
    yield from _say_endings(report)
    later = [find_whole(report, f"programme.{measure}") for measure in ("left_later", "moved_later")]
    gone = [
        report.say(f"participants.{row.measure.removeprefix('programme.')}", k=count_text(row.value), n=row.n)
        for row in later
        if has_value(row) and row.value
    ]
    yield narrative.joined(report.texts, [after_26, *gone])
    yield narrative.joined(report.texts, [*_say_teams(report)])


def _say_places(report: Report, name: str, counts: dict[str, int] | None) -> str:
    """A bar of the picture as a sentence; without one, how many are not due."""
    measure = "programme.destination" if name == "at_end" else "programme.destination_26"
    row = narrative.first_row(report.publication.rows(measure, cohort=None))
    missing = count_text(None if row is None else row.missing)
    if counts is None:
        return report.say("participants.after_26_none", missing=missing)
    return report.say(f"participants.{name}", n=sum(counts.values()), missing=missing, **counts)


def _say_endings(report: Report) -> Iterator[str]:
    rows = report.publication.rows("programme.ending", cohort=None)
    counts = {row.kind: int(row.value) for row in rows.itertuples(index=False) if has_value(row)}
    over = {kind: counts.get(kind, 0) for kind in ("as_planned", "extended", "early")}
    if sum(over.values()):
        yield report.say("participants.endings", n=sum(over.values()), **over)


def _say_teams(report: Report) -> Iterator[str]:
    """Teams that sent somebody and have a graduate at work; those that depend on just one."""
    row = find_whole(report, "programme.practising")
    if not has_value(row):
        yield report.say("participants.practising_none", reason=say_reason(report, row))
        return
    told = {"k": count_text(row.value), "n": count_text(row.n)}
    one = find_whole(report, "programme.depends_on_one")
    if has_value(one):
        yield report.say("participants.practising_one", one=count_text(one.value), **told)
    else:
        yield report.say("participants.practising", **told)


def _list_bars(report: Report) -> Iterator[str]:
    for name, counts in programme_figures.destination_bars(report.publication):
        told = report.say("list.separator").join(
            report.say("participants.entry", place=report.say(f"participants.place.{place}"), k=count)
            for place, count in counts.items()
        )
        yield report.say("participants.alt_entry", bar=report.say(f"participants.bar.{name}"), list=told)


def _count_table(report: Report) -> str:
    places = [place for _, place, _, _ in programme_figures.PLACES]
    head = ["", *(report.say(f"participants.place.{place}") for place in places), "n"]
    body = [
        (
            report.say(f"participants.bar.{name}"),
            *(count_text(counts[place]) for place in places),
            count_text(sum(counts.values())),
        )
        for name, counts in programme_figures.destination_bars(report.publication)
    ]
    return details(report, head, body)


def _roster(report: Report) -> str:
    """Who was away when, as the owner's roster has it."""
    texts = report.texts
    head = [report.say("participants.column_cohort")]
    head += [report.say(f"who.column_{key}") for key in ("person", "team", "start", "end", "ending", "now")]
    body = [
        (
            report.say("hosting.of_cohort", cohort=stay["cohort"]),
            stay["name"],
            texts.label(stay["team_name"]),
            texts.day(stay["start"]),
            texts.day(stay["end"]) if stay["end"] else "–",
            report.say(f"ending.{stay['ending']}"),
            report.say(f"now.{stay['now']}"),
        )
        for stay in report.publication.facts["stays"]
    ]
    return details(report, head, body, title="participants.roster", numbers=False) if body else ""


# --- growth over all cohorts ----------------------------------------------------------------------------


def growth(report: Report) -> Part:
    """The bracket of three views over all persons, how cohorts differ, and which skills stand out."""
    publication, texts = report.publication, report.texts
    figure = programme_figures.growth(publication, texts)
    raw = publication.rows(skill_narrative.RAW, skill=None, cohort=None, person=None)
    rows = [
        (report.say("pooled.label", view=report.say(f"kind.{arm}"), of=report.say(f"pooled.of.{name}")), row)
        for arm in skill_narrative.ARMS
        for name, row in programme_figures.growth_rows(publication, arm)
    ]
    return Part(
        question=report.say("growth.question"),
        sentences=tuple(_say_growth(report)) if figure else (),
        figure=figure,
        state=None if figure else state_box(report, *why_empty(raw)),
        alt=report.say(
            "pooled.alt", list=" / ".join(say_entry(report, *each) for each in rows if has_value(each[1]))
        ),
        note=report.say("pooled.note", k=publication.facts["k"]) if figure else "",
        numbers=fold_rows(report, rows) if figure else "",
    )


def _say_growth(report: Report) -> Iterator[str]:
    """The bracket, what missing answers could make of it, cohorts, skills: sentences of the skill report."""
    publication, texts = report.publication, report.texts
    yield skill_narrative.programme_bracket(publication, texts)
    yield from skill_narrative.missing_sentences(publication, texts)
    for several in (skill_narrative.cohort_sentences, skill_narrative.band_sentences):
        if said := narrative.joined(texts, [*several(publication, texts)]):
            yield said


# --- the operating level --------------------------------------------------------------------------------


def operating(report: Report) -> Part:
    """How all home teams ran in the first year of the data and in the last; what else changed between."""
    publication = report.publication
    figure = programme_figures.operating_level(publication, report.texts)
    rows = [
        (report.say("operating.label", what=report.say(f"operating.what.{name}"), year=year), row)
        for name in programme_figures.OPERATING
        for kind in programme_figures.YEARS
        for year in [report.say(f"operating.in.{kind}")]
        if (row := find_whole(report, f"organisation.{name}", kind=kind)) is not None
    ]
    missing = [(label, row) for label, row in rows if not has_value(row)]
    return Part(
        question=report.say("operating.question"),
        sentences=(*_say_operating(report), *_say_events(report)) if figure else (),
        figure=figure,
        state=None if figure else state_box(report, *_why_no_level(report)),
        alt=report.say("operating.alt", list=" / ".join(_list_levels(report))),
        note=report.say("operating.note", without=len(missing)) if figure else "",
        numbers=fold_rows(report, rows) if figure else "",
    )


def _why_no_level(report: Report) -> tuple[str, str]:
    rows = report.publication.rows("organisation.self_resolution", cohort=None)
    return why_empty(rows) if len(rows) else ("not_measurable", "NO_TICKETS")


def _list_levels(report: Report) -> Iterator[str]:
    """Each share that has both years as one entry, the other ones as far as told."""
    for name, rows in programme_figures.operating_rows(report.publication):
        by_year = {row.kind: row for row in rows.itertuples(index=False)}
        told = [_say_year(report, kind, by_year[kind]) for kind in programme_figures.YEARS if kind in by_year]
        what = report.say(f"operating.what.{name}")
        yield report.say("operating.entry", what=what, list=report.say("operating.to").join(told))


def _say_year(report: Report, kind: str, row: Any) -> str:
    year = report.say(f"operating.in.{kind}")
    return report.say("operating.year", year=year, value=say_value(report, row), n=count_text(row.n))


def _say_operating(report: Report) -> Iterator[str]:
    first, *others = [report.say("operating.sentence", entry=entry) for entry in _list_levels(report)]
    yield first
    yield narrative.joined(report.texts, [*others, report.say("operating.no_effect")])


def _say_events(report: Report) -> Iterator[str]:
    """What else changed for everybody: never credited to the programme."""
    events = report.publication.facts["events"]
    listed = report.say("list.separator").join(
        report.say("operating.event", day=report.texts.day(e["date"]), what=report.texts.label(e))
        for e in events
    )
    key = "operating.events" if events else "operating.events_none"
    yield report.say(key, n=len(events), list=listed)
