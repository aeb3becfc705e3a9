"""The graduate pack: material for a blog post and for feedback, about one person and for that person alone.

From above: how to use it, when, what was done, what was learned, how the view changed, what was hard,
mistakes, the pre-mortem of the return, feedback, what to check before publishing, the letter half a year on.
Nothing is invented: where only the graduate can know, the page asks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from . import graduate_figures, graduate_narrative, narrative, pack_candidates, pack_records, pack_work
from .pack_parts import (
    PackPart,
    ask_graduate,
    each_stay,
    nothing_to_list,
    own_replies,
    pack_part,
    say_all,
    without_empty,
)
from .parts import Parts, Report
from .prompts import Answer, written, written_list

HEADINGS = ("what", "why", "daily", "learned", "hard", "view", "next")
LOAD = ("strain", "interruption", "one_to_one")
ROLLBACK = ("切り戻", "ロールバック", "巻き戻", "revert", "rollback", "roll back", "hotfix")
CHECKS = ("names", "customers", "incidents", "costs", "unreleased", "links", "quotes", "relations")


# --- frame ----------------------------------------------------------------------------------------------


def opening(report: Report) -> Parts:
    """C0: whose it is, who can see it, how to use it, draft headings."""
    facts, texts = report.publication.facts, report.texts
    stays = facts["stays"]
    values = {
        "person": stays[0]["person"],
        "name": stays[0]["name"],
        "team": texts.label(stays[0]["team_name"]),
        "k": facts["k"],
    }
    running = stays[-1]["end"] is None
    head = pack_part(
        report,
        "pack.title",
        level=1,
        css="part pack",
        notices=tuple(
            report.say(key)
            for key, wanted in (("pack.synthetic", facts["synthetic"]), ("pack.notice", True))
            if wanted
        ),
        sentences=(
            report.say("pack.lead_running" if running else "pack.lead", **values),
            report.say("pack.lead_use", **values),
        ),
        name=stays[0]["name"],
        note=" · ".join(
            (
                texts.label(facts["company"]),
                texts.label(facts["name"]),
                report.say("pack.until", day=texts.day(report.publication.as_of)),
            )
        ),
    )
    use = pack_part(report, "pack.use.question", lines=say_all(report, "pack.use.line", 6, **values))
    agreed = pack_part(
        report,
        "pack.consents.question",
        sentences=(report.say("pack.consents.sentence"),),
        grids=(graduate_narrative.consents_grid(report.publication, texts),),
        note=report.say("pack.consents.note"),
    )
    head_row = tuple(report.say(f"pack.headings.column_{name}") for name in ("heading", "where", "start"))
    rows = tuple(
        tuple(report.say(f"pack.headings.{h}.{c}") for c in ("title", "where", "start")) for h in HEADINGS
    )
    drafts = pack_part(
        report,
        "pack.headings.question",
        sentences=(report.say("pack.headings.sentence"),),
        grids=((head_row, rows),),
    )
    return Parts((head, use, drafts, agreed))


# --- C1, C2: when it was, what was done -----------------------------------------------------------------


def timeline(report: Report) -> Parts:
    """C1: a strip of the stay, its milestones, its months."""
    return each_stay(report, pack_work.list_timeline)


def work(report: Report) -> Parts:
    """C2: requests, incidents, improvements, other work, with the own team; the facts in sentences."""
    return each_stay(report, pack_work.list_work)


# --- C3, C4: what was learned, how the view changed -----------------------------------------------------


def learned(report: Report) -> Parts:
    """C3: own words, the three things learned, own levels in words."""
    return each_stay(report, _learned)


def _learned(report: Report, stay: str, suffix: str) -> Iterator[PackPart]:
    publication, texts = report.publication, report.texts
    grown = graduate_narrative.grown_skills(publication, texts)
    three = [entry["text"] for entry in written_list(report, "learned")]
    asked = [ask_graduate(report, "learned", number=number) for number in range(len(three) + 1, 4)]
    listed = texts.say("list.separator").join(grown)
    yield pack_part(
        report,
        "pack.learned.question",
        stay=stay,
        sentences=(
            report.say("pack.learned.sentence"),
            *((report.say("pack.learned.grown", list=listed),) if grown else ()),
        ),
        lines=tuple(graduate_narrative.anchor_lines(publication, texts)),
        quotes=graduate_narrative.quotes(publication, texts, graduate_narrative.EXAMPLE),
        answers=(*(Answer(text=text) for text in three), *asked, ask_graduate(report, "mentor")),
    )
    yield _skills(report, stay, suffix)


def _skills(report: Report, stay: str, suffix: str) -> PackPart:
    publication, texts = report.publication, report.texts
    figure = graduate_figures.levels(publication, texts)
    rows = graduate_narrative.skill_rows(publication, texts)
    names = ("skill", "start", "then", "middle", "now", "mentor", "steps")
    grid = without_empty(tuple(report.say(f"pack.skills.column_{name}") for name in names), rows)
    no_start = figure is not None and not graduate_narrative.has_start(publication)
    told = {"note_range": any(row[-1] != "–" for row in rows), "note": True, "no_start": no_start}
    notes = [report.say(f"pack.skills.{name}") for name, wanted in told.items() if wanted]
    return pack_part(
        report,
        "pack.skills.question",
        stay=stay,
        level=3,
        sentences=(report.say("pack.skills.sentence"),) if rows else (),
        state=None if rows else nothing_to_list(report, "skills"),
        grids=(grid,) if rows else (),
        figure=figure,
        figure_name=f"skills{suffix}" if figure else "",
        alt=report.say("pack.skills.alt", list=" / ".join(f"{row[0]}: {row[4]}" for row in rows)),
        answers=own_replies(report, "skill"),
        note=texts.space.join(notes) if rows else "",
    )


def view(report: Report) -> Parts:
    """C4: why, what was expected, how it looks now; what there was no chance for."""
    return each_stay(report, _view)


def _view(report: Report, stay: str, suffix: str) -> Iterator[PackPart]:
    publication, texts = report.publication, report.texts
    no_chance = graduate_narrative.without_chance(publication, texts)
    told = [report.say("pack.view.sentence")]
    if no_chance:
        told.append(report.say("pack.view.no_chance", list=texts.say("list.separator").join(no_chance)))
    yield pack_part(
        report,
        "pack.view.question",
        stay=stay,
        sentences=tuple(told),
        quotes=graduate_narrative.quotes(publication, texts, "fu_view"),
        answers=(ask_graduate(report, "why"), ask_graduate(report, "before"), ask_graduate(report, "now")),
    )


# --- C5 to C7: what was hard, mistakes, the pre-mortem --------------------------------------------------


def hardships(report: Report) -> Parts:
    """C5: fortnights to look back at with own notes, own load over time, what helped."""
    return each_stay(report, _hardships)


def _hardships(report: Report, stay: str, suffix: str) -> Iterator[PackPart]:
    publication, texts = report.publication, report.texts
    rows = graduate_narrative.hard_rows(publication, texts)
    figure = graduate_figures.load(publication, texts)
    names = ("when", "state", "tired", "records", "note")
    head = tuple(report.say(f"pack.hard.column_{name}") for name in names)
    silent = graduate_narrative.unanswered_fortnights(publication)
    notes = [report.say("pack.hard.note"), *((report.say("pack.hard.silent", n=silent),) if silent else ())]
    yield pack_part(
        report,
        "pack.hard.question",
        stay=stay,
        sentences=(report.say("pack.hard.sentence" if rows else "pack.hard.none"),) if figure else (),
        state=None if figure else nothing_to_list(report, "pulse"),
        grids=((head, rows),) if rows else (),
        lines=tuple(_say_around(report)),
        quotes=(
            *graduate_narrative.quotes(publication, texts, "ex_hard"),
            *graduate_narrative.loose_notes(publication, texts),
        ),
        figure=figure,
        figure_name=f"load{suffix}" if figure else "",
        alt=report.say("pack.hard.alt", list=" / ".join(f"{row[0]}: {row[1]}" for row in rows)),
        answers=(
            *own_replies(report, *LOAD),
            ask_graduate(report, "hard"),
            ask_graduate(report, "helped"),
        ),
        note=texts.space.join(notes) if figure else "",
    )


def _say_around(report: Report) -> Iterator[str]:
    """What the records tell around it: nights and hours off interrupted, 1:1s held."""
    off, sleep = graduate_narrative.called_out(report.publication)
    if off or sleep:
        yield report.say("pack.hard.called", off=off, sleep=sleep)
    held, missed = pack_records.one_to_one_counts(report.publication)
    if held or missed:
        yield report.say("pack.hard.one_to_ones", held=held, missed=missed)


def safety(report: Report) -> Parts:
    """C6 and C7: mistakes the graduate chooses to tell, records of rolling back, the pre-mortem card."""
    told = [
        (_say_mistake(entry), report.say("pack.mistakes.own")) for entry in written_list(report, "mistakes")
    ]
    records = [r for r in report.publication.records if _speaks_of_rollback(r["title"])]
    words = report.publication.voices
    own = words[[_speaks_of_rollback(text) for text in words["text"]]] if len(words) else words
    quotes = graduate_narrative.quotes(
        replace(report.publication, voices=own), report.texts, *dict.fromkeys(own["question"])
    )
    mistakes = pack_part(
        report,
        "pack.mistakes.question",
        sentences=(report.say("pack.mistakes.sentence"),),
        lines=tuple(pack_records.grouped_titles(report.texts, records)),
        quotes=(*quotes, *told),
        answers=(
            *(() if told else (ask_graduate(report, "mistakes"),)),
            ask_graduate(report, "near_miss"),
        ),
        note=report.say("pack.mistakes.note") if records or quotes else "",
    )
    return Parts((mistakes, _pre_mortem(report)))


def _say_mistake(entry: dict[str, str]) -> str:
    return "\n".join(text for text in (entry.get("what", ""), entry.get("learned", "")) if text)


def _speaks_of_rollback(text: str) -> bool:
    return any(word in text.casefold() for word in ROLLBACK)


def _pre_mortem(report: Report) -> PackPart:
    barriers = graduate_narrative.barrier_lines(report.publication, report.texts)
    barriers += filter(None, (narrative.carried_sentence(report.publication, report.texts),))
    k = report.publication.facts["k"]
    told = report.say("pack.pre_mortem.barriers" if barriers else "pack.pre_mortem.no_barriers", k=k)
    return pack_part(
        report,
        "pack.pre_mortem.question",
        css="part card",
        sentences=(report.say("pack.pre_mortem.sentence"), told),
        lines=tuple(barriers),
        quotes=graduate_narrative.quotes(report.publication, report.texts, "ex_premortem"),
        answers=tuple(
            ask_graduate(report, f"pre_mortem_{n}") for n in ("causes", "prevention", "signs", "weeks")
        ),
        note=report.say("pack.pre_mortem.note"),
    )


# --- C8 to C10: feedback, before publishing, half a year on ---------------------------------------------


def feedback(report: Report) -> Parts:
    """C8: exit answers in their order, keep, change, stop, and how the own team's work looks now."""
    publication, texts = report.publication, report.texts
    rows = graduate_narrative.answer_rows(publication, texts, "exit")
    head = tuple(report.say(f"pack.column.{name}") for name in ("asked", "answer"))
    quotes = (
        *graduate_narrative.quotes(publication, texts, "ex_hard", "ex_premortem", "ex_change"),
        *graduate_narrative.quotes(publication, texts, *graduate_narrative.other_questions(publication)),
    )
    found = bool(rows or quotes)
    part = pack_part(
        report,
        "pack.feedback.question",
        sentences=(report.say("pack.feedback.sentence"),) if found else (),
        state=None if found else nothing_to_list(report, "exit"),
        grids=((head, rows),) if rows else (),
        quotes=quotes,
        answers=tuple(_written_or(report, field) for field in ("keep", "change", "stop", "view")),
    )
    return Parts((part,))


def _written_or(report: Report, field: str) -> Answer:
    """The words of a field under its question, else the question to fill in."""
    answer = written(report, field)
    asked = report.say(f"pack.ask.{field}")
    return Answer(text=asked, asked=True) if answer.asked else Answer(text=f"{asked}\n{answer.text}")


def publishing(report: Report) -> Parts:
    """C9: what was found in the own material that is usually not for the public, and what to tick off."""
    rows = pack_candidates.candidate_rows(report.publication, report.texts)
    head = tuple(report.say(f"pack.publish.column_{name}") for name in ("kind", "found", "where"))
    part = pack_part(
        report,
        "pack.publish.question",
        sentences=(report.say("pack.publish.sentence" if rows else "pack.publish.none"),),
        grids=((head, rows),) if rows else (),
        tasks=tuple(report.say(f"pack.check.{name}") for name in CHECKS),
        note=report.say("pack.publish.note"),
    )
    return Parts((part,))


def six_months(report: Report) -> Parts:
    """C10: what was used, taught, what got in the way; what is not due yet says so; then the foot."""
    parts = each_stay(report, _six_months)
    return Parts((*parts.parts, _foot(report)))


def _six_months(report: Report, stay: str, suffix: str) -> Iterator[PackPart]:
    publication, texts = report.publication, report.texts
    states = graduate_narrative.follow_up_states(publication, texts)
    head = tuple(report.say(f"pack.column.{name}") for name in ("asked", "answer"))
    grids = []
    for wave, _ in states:
        if rows := graduate_narrative.answer_rows(publication, texts, "followup", wave):
            grids.append(
                ((report.say("pack.column.asked_in", wave=report.say(f"wave.{wave}")), head[1]), rows)
            )
    later = pack_records.afterwards(publication)
    counted = pack_records.lane_counts(texts, later)
    told = [said for _, said in states] or [report.say("pack.six_months.not_asked")]
    told += [report.say("pack.six_months.records", list=counted)] if counted else []
    yield pack_part(
        report,
        "pack.six_months.question",
        stay=stay,
        sentences=tuple(told),
        lines=tuple(pack_records.talk_lines(texts, pack_records.afterwards(publication, "session"))),
        grids=tuple(grids),
        quotes=graduate_narrative.quotes(publication, texts, "fu_view"),
        answers=tuple(
            ask_graduate(report, f"letter_{name}") for name in ("used", "taught", "barrier", "next")
        ),
        note=report.say("pack.six_months.note"),
    )


def _foot(report: Report) -> PackPart:
    facts = report.publication.facts
    note = written(report, "note")
    return pack_part(
        report,
        "pack.foot.question",
        level=3,
        answers=(*(() if note.asked else (note,)), *own_replies(report, "cost", "followup")),
        lines=(
            report.say("pack.until", day=report.texts.day(report.publication.as_of)),
            report.say("pack.foot.version", version=facts["version"]),
            report.say("pack.foot.rule", k=facts["k"]),
            report.say("pack.notice"),
        ),
    )
