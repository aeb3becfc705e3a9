"""A8, voices and fixes, and what graduates do afterwards: parts of the skill growth report.

Words of participants are text: they pass through `plain_table`, which escapes, and are never put into a
sentence.  A table says these things better than a picture: few people, few options, and reasons for gaps.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from . import narrative
from .parts import Part, Parts, Report, count_text, details, plain_table, state_box, why_empty
from .replies import carry_replies
from .word_parts import fixes_table

STATUSES = ("answered", "missing", "not_yet_due", "cannot_be_asked", "not_applicable")
USES = ("weekly", "monthly", "hardly")
SUCCESS, FAILURE = "weekly", "hardly"
AGREEMENTS = ("exit.ex_brief", "exit.ex_match")
NO_BARRIER = "none"
LEAST_ALIKE = 2
"""As many must say the same thing before it is put on a list: nobody's own answer is picked out."""


def voices_and_fixes(report: Report) -> Parts:
    """A8: what they would change, cases of use, the exit survey in numbers, what to look at next term."""
    return Parts((voices(report), cases(report), exit_answers(report), fixes(report)))


def afterwards(report: Report) -> Parts:
    """What graduates do with it: use, what got in the way, what lasts by use, where one can stand in."""
    return Parts((follow_ups(report), barriers(report), durability(report), stand_ins(report)))


# --- their words ----------------------------------------------------------------------------------------


def voices(report: Report) -> Part:
    """What the cohort would change and what was hardest, in the words of those who agreed to be quoted."""
    said = report.publication.voices
    quoted = [
        (row, report.say(f"voices.asked.{question}"))
        for question in ("ex_change", "ex_hard")
        for row in _in_order_of_stays(report, said[said["question"].eq(question)])
    ]
    states = _states_of_cohort(report, "exit")
    people = len({row.person for row, _ in quoted})
    head = [report.say(f"voices.column_{name}") for name in ("question", "person", "words")]
    body = [(asked, narrative.name_of(report.publication, row.person), row.text) for row, asked in quoted]
    return Part(
        question=report.say("voices.question"),
        sentences=(report.say("voices.sentence", n=people),) if quoted else (),
        table=plain_table(head, body, css="lookup words") if quoted else "",
        state=None if quoted else _why_no_words(report, states, "voices"),
        note=report.say("voices.note", n=people, **states),
    )


@carry_replies("skill.use")
def cases(report: Report) -> Part:
    """Success and non-success: words on the time afterwards, beside how often their author uses it."""
    said = report.publication.voices
    after = said[said["wave"].str.startswith("after_").astype(bool)]
    told = [(row, _use_of(report, row)) for row in _in_order_of_stays(report, after)]
    told.sort(key=lambda pair: USES.index(pair[1]) if pair[1] else len(USES))
    states = _states_of_cohort(report, "followup")
    head = [report.say(f"cases.column_{name}") for name in ("use", "person", "question", "words")]
    body = [
        (
            report.say(f"kind.{use}") if use else report.say("cases.untold"),
            narrative.name_of(report.publication, row.person),
            report.say(
                "cases.asked",
                question=report.say(f"voices.asked.{row.question}"),
                wave=report.say(f"wave.{row.wave}"),
            ),
            row.text,
        )
        for row, use in told
    ]
    lacking = [kind for kind in (SUCCESS, FAILURE) if kind not in {use for _, use in told}]
    return Part(
        question=report.say("cases.question"),
        sentences=(report.say("cases.sentence"), *(report.say(f"cases.without_{kind}") for kind in lacking))
        if told
        else (),
        table=plain_table(head, body, css="lookup words") if told else "",
        state=None if told else _why_no_words(report, states, "cases"),
        note=report.say("cases.note", n=len({row.person for row, _ in told}), texts=len(told), **states),
    )


def _in_order_of_stays(report: Report, said: pd.DataFrame) -> list[Any]:
    """Quotations by person in the order of the cohort's stays; each person's as the gate sorted them."""
    people = list(dict.fromkeys(stay["person"] for stay in report.publication.facts["stays"]))
    return [row for person in people for row in said[said["person"].eq(person)].itertuples(index=False)]


def _use_of(report: Report, voice: Any) -> str | None:
    """How often the author uses what was learned, as told in that round and as far as that may be shown."""
    cohort = report.publication.cohort
    rows = report.publication.rows("skill.use", person=voice.person, cohort=cohort, wave=voice.wave)
    return next((kind for kind in rows["kind"] if kind in USES), None)


def _states_of_cohort(report: Report, instrument: str) -> dict[str, int]:
    """How many of the cohort's stays are in each state, over all rounds of a questionnaire."""
    rows = report.publication.rows("coverage.survey", cohort=report.publication.cohort, kind=instrument)
    return _count_states(rows)


def _count_states(rows: pd.DataFrame) -> dict[str, int]:
    counts = dict.fromkeys(STATUSES, 0)
    for row in rows.itertuples(index=False):
        counts[row.notes[0].removeprefix("STATUS_").lower()] += int(row.n)
    return counts


def _why_no_words(report: Report, states: dict[str, int], name: str) -> tuple[str, str, str]:
    """Nobody answered yet, or nobody may be quoted: two states; what others wrote shows in neither."""
    if states["answered"]:
        return tuple(report.say(f"{name}.none_{line}") for line in ("to_show", "reason", "mend"))  # type: ignore[return-value]
    reason = next((status for status in STATUSES[1:] if states[status]), "not_declared")
    _, why, mend = state_box(report, "not_measurable", f"WAVE_{reason.upper()}")
    return report.say("voices.none_yet"), why, mend


# --- exit survey ----------------------------------------------------------------------------------------


def exit_answers(report: Report) -> Part:
    """The exit survey over the programme: who agreed, how the length was judged."""
    publication = report.publication
    agreed = pd.concat([publication.rows(name) for name in AGREEMENTS])
    length = publication.rows("exit.ex_length")
    rows = pd.concat([agreed, length])
    shown = rows["value"].notna().any()
    head = [report.say("exit.column_question"), report.say("exit.column_answer"), *_number_heads(report)]
    body = [
        (report.say(f"exit.asked.{row.measure}"), _answer_label(report, row), *_numbers(report, row))
        for row in rows.itertuples(index=False)
    ]
    return Part(
        question=report.say("exit.question"),
        sentences=tuple(_exit_sentences(report, agreed, length)) if shown else (),
        numbers=details(report, head, body, title="exit.numbers", numbers=False) if shown else "",
        state=None if shown else state_box(report, *why_empty(rows)),
        note=report.say("exit.note", k=publication.facts["k"], **_states_of_programme(report, "exit")),
    )


def _exit_sentences(report: Report, agreed: pd.DataFrame, length: pd.DataFrame) -> Iterator[str]:
    for row in agreed[agreed["value"].notna()].itertuples(index=False):
        values = {name: report.texts.percent(getattr(row, name)) for name in ("value", "low", "high")}
        yield report.say(f"exit.sentence.{row.measure}", n=row.n, missing=row.missing, **values)
    counts = _counts(length)
    if counts:
        first = narrative.first_row(length)
        chosen = {name: counts.get(name, 0) for name in ("short", "right", "long")}
        yield report.say("exit.length", n=first.n, missing=first.missing, **chosen)  # type: ignore[union-attr]


def _answer_label(report: Report, row: Any) -> str:
    return report.say("exit.agrees") if row.unit == "share" else _option(report, row.kind)


def _option(report: Report, option: str) -> str:
    """The words of an option; of an own one of the programme its id."""
    key = f"kind.{option}"
    return report.say(key) if report.texts.has(key) else option


def _number_heads(report: Report) -> list[str]:
    return [report.say("part.value"), report.say("part.interval"), "n", report.say("part.missing")]


def _numbers(report: Report, row: Any) -> list[str]:
    """Value with unit or the reason why there is none, interval, n and missing as text."""
    texts = report.texts
    if row.value is None or pd.isna(row.value):
        return [narrative.reason_text(texts, row.notes[0]), "–", count_text(row.n), count_text(row.missing)]
    interval = "–"
    if row.low is not None and not pd.isna(row.low):
        low, high = (narrative.value_text(texts, row.unit, end) for end in (row.low, row.high))
        interval = report.say("part.ends", low=low, high=high)
    value = narrative.value_text(texts, row.unit, row.value, with_unit=row.unit != "persons")
    return [value, interval, count_text(row.n), count_text(row.missing)]


def _counts(rows: pd.DataFrame) -> dict[str, int]:
    """Persons by option, where they may be shown."""
    told = rows[rows["value"].notna()]
    return {kind: int(value) for kind, value in zip(told["kind"], told["value"], strict=True)}


# --- follow-ups -----------------------------------------------------------------------------------------


def follow_ups(report: Report) -> Part:
    """Who could be asked in each round, and how often what was learned is used."""
    publication = report.publication
    status = publication.rows("followup.status")
    waves = list(dict.fromkeys(status["wave"]))
    head = [report.say("follow_ups.column_wave"), *(report.say(f"status.{name}") for name in STATUSES)]
    body = [
        (
            report.say(f"wave.{wave}"),
            *map(count_text, _count_states(status[status["wave"].eq(wave)]).values()),
        )
        for wave in waves
    ]
    return Part(
        question=report.say("follow_ups.question"),
        sentences=tuple(said for wave in waves for said in _use_sentences(report, wave)),
        table=plain_table(head, body, css="lookup", numbers=True) if waves else "",
        state=None if waves else state_box(report, "not_measurable", "WAVE_NOT_DECLARED"),
        note=report.say("follow_ups.note", k=publication.facts["k"]) if waves else "",
    )


def _use_sentences(report: Report, wave: str) -> Iterator[str]:
    """How often it is used and who taught others in one round, or why that is not told."""
    said = report.say(f"wave.{wave}")
    for name, options in (("use", USES), ("taught", ("yes", "no"))):
        rows = report.publication.rows(f"followup.{name}", wave=wave)
        first = narrative.first_row(rows)
        if first is None:
            continue
        counts = _counts(rows)
        if counts:
            chosen = {option: counts.get(option, 0) for option in options}
            yield report.say(
                f"follow_ups.{name}", wave=said, n=first.n, missing=count_text(first.missing), **chosen
            )
        else:
            reason = narrative.reason_text(report.texts, first.notes[0])
            yield report.say(f"follow_ups.{name}_not_told", wave=said, reason=reason)


def barriers(report: Report) -> Part:
    """What got in the way, in people over all rounds."""
    rows = report.publication.rows("followup.barrier")
    counts = _counts(rows)
    head = [report.say(f"barriers.column_{name}") for name in ("barrier", "persons")]
    head += ["n", report.say("part.missing")]
    body = [
        (_option(report, row.kind), _count_or_fewer(report, row), *map(count_text, (row.n, row.missing)))
        for row in rows.itertuples(index=False)
    ]
    return Part(
        question=report.say("barriers.question"),
        sentences=(_barrier_sentence(report, rows, counts),) if counts else (),
        table=plain_table(head, body, css="lookup", numbers=True) if counts else "",
        state=None if counts else state_box(report, *why_empty(rows)),
        note=report.say("barriers.note", **_states_of_programme(report, "followup")),
    )


def _count_or_fewer(report: Report, row: Any) -> str:
    """How many chose it, or, where they are fewer than may be told, that."""
    fewer = [note for note in row.notes if note.startswith("FEWER_THAN:")]
    return str(narrative.note_text(report.texts, fewer[0])) if fewer else count_text(row.value)


def _barrier_sentence(report: Report, rows: pd.DataFrame, counts: dict[str, int]) -> str:
    """The barriers that most people named."""
    first: Any = narrative.first_row(rows)
    named = {option: n for option, n in counts.items() if n and option != NO_BARRIER}
    most = max(named.values(), default=0)
    listed = " / ".join(_option(report, option) for option, n in named.items() if n == most)
    key = "barriers.sentence" if named else "barriers.sentence_none"
    return report.say(key, list=listed, value=most, n=first.n, missing=first.missing)


def _states_of_programme(report: Report, instrument: str) -> dict[str, int]:
    return _count_states(report.publication.rows(f"{instrument}.status"))


def durability(report: Report) -> Part:
    """What lasts: the mean over persons, never without the means by how often it is used."""
    rows = report.publication.rows("skill.durability", person=None, cohort=None)
    shown = rows["value"].notna().any()
    head = [
        report.say("durability.column_who"),
        *_number_heads(report),
        report.say("durability.column_verdict"),
    ]
    body = [
        (_durability_label(report, row), *_numbers(report, row), report.say(f"verdict.{row.verdict}"))
        for row in rows.itertuples(index=False)
    ]
    return Part(
        question=report.say("durability.question"),
        sentences=tuple(_durability_sentences(report, rows))
        if shown
        else (report.say("durability.waiting", k=report.publication.facts["k"]),),
        table=plain_table(head, body, css="lookup") if shown else "",
        state=None if shown else state_box(report, *why_empty(rows)),
        note=narrative.joined(report.texts, [report.say("durability.note"), report.say("note.SELF_ONLY")])
        if shown
        else "",
    )


def _durability_label(report: Report, row: Any) -> str:
    wave = report.say(f"wave.{row.wave}")
    if row.kind is None or pd.isna(row.kind):
        return report.say("durability.everybody", wave=wave)
    return report.say("durability.by_use", wave=wave, use=_option(report, row.kind))


def _durability_sentences(report: Report, rows: pd.DataFrame) -> Iterator[str]:
    """For each round the verdict on all, and what may be said by use."""
    for wave in dict.fromkeys(rows["wave"]):
        here = rows[rows["wave"].eq(wave)]
        said = report.say(f"wave.{wave}")
        whole = narrative.first_row(here[here["kind"].isna()])
        by_use = here[here["kind"].notna()]
        told = by_use[by_use["value"].notna()]
        if whole is not None:
            yield report.say("durability.claim", wave=said, claim=narrative.claim(report.texts, whole))
        if told.empty and by_use["verdict"].eq("hidden").any():
            reason = narrative.reason_text(report.texts, by_use["notes"].iloc[0][0])
            yield report.say("durability.use_not_told", wave=said, reason=reason)
        for row in told.itertuples(index=False):
            value = narrative.value_text(report.texts, row.unit, row.value, with_unit=True)
            use = _option(report, row.kind)
            yield report.say("durability.use", wave=said, use=use, value=value, n=row.n, missing=row.missing)


def stand_ins(report: Report) -> Part:
    """By skill, in how many teams that sent somebody at least one of them does routine work alone."""
    rows = report.publication.rows("skill.teams_at_level_3")
    shown = rows["value"].notna().any()
    names = {skill["id"]: report.texts.label(skill) for skill in report.publication.facts["skills"]}
    head = [report.say(f"stand_ins.column_{name}") for name in ("skill", "teams")]
    head += ["n", report.say("part.missing")]
    body = [
        (names[row.skill], *map(count_text, (row.value, row.n, row.missing)))
        for row in rows.itertuples(index=False)
    ]
    return Part(
        question=report.say("stand_ins.question"),
        sentences=(_stand_in_sentence(report, rows, names),) if shown else (),
        table=plain_table(head, body, css="lookup", numbers=True) if shown else "",
        state=None if shown else state_box(report, *why_empty(rows)),
        note=report.say("stand_ins.note", k=report.publication.facts["k"]) if shown else "",
    )


def _stand_in_sentence(report: Report, rows: pd.DataFrame, names: dict[str, str]) -> str:
    """The skills that the fewest teams have, each with its n."""
    told = rows[rows["value"].notna()]
    fewest = told[told["value"].eq(told["value"].min())]
    listed = report.say("list.separator").join(
        report.say("stand_ins.entry", skill=names[row.skill], n=row.n)
        for row in fewest.itertuples(index=False)
    )
    return report.say("stand_ins.sentence", list=listed, k=int(fewest["value"].iloc[0]))


# --- what to look at next term --------------------------------------------------------------------------


def fixes(report: Report) -> Part:
    """What answers and records give reason to look at; what to do about it is the owner's to write."""
    body = [*_fixes_from_answers(report), *_fixes_from_records(report)]
    head = [
        report.say("fixes.column_what"),
        report.say("fixes.column_persons"),
        "n",
        report.say("part.missing"),
    ]
    return Part(
        question=report.say("fixes.question"),
        sentences=(report.say("fixes.sentence" if body else "fixes.none", least=LEAST_ALIKE),),
        table=(plain_table(head, body, css="lookup", numbers=True) if body else "") + fixes_table(report),
        note=report.say("fixes.note", least=LEAST_ALIKE, k=report.publication.facts["k"]),
    )


def _fixes_from_answers(report: Report) -> Iterator[tuple[str, ...]]:
    """One line an answer that is a reason to look, where enough persons gave it."""
    publication = report.publication
    for name in AGREEMENTS:
        for row in publication.rows(name).itertuples(index=False):
            if row.value is not None and not pd.isna(row.value):
                others = row.n - round(row.value * row.n)
                yield from _line(report, report.say(f"fixes.answer.{name}"), others, row)
    for row in publication.rows("exit.ex_length").itertuples(index=False):
        if row.kind in ("short", "long"):
            yield from _line(report, report.say(f"fixes.length.{row.kind}"), row.value, row)
    for row in publication.rows("followup.barrier").itertuples(index=False):
        if row.kind != NO_BARRIER:
            said = report.say("fixes.barrier", barrier=_option(report, row.kind))
            yield from _line(report, said, row.value, row)


def _line(report: Report, what: str, persons: float | None, row: Any) -> Iterator[tuple[str, ...]]:
    if persons is not None and not pd.isna(persons) and persons >= LEAST_ALIKE:
        yield what, count_text(persons), count_text(row.n), count_text(row.missing)


def _fixes_from_records(report: Report) -> Iterator[tuple[str, ...]]:
    """One line a round whose answers are overdue: whoever answers late is still counted."""
    for instrument in ("exit", "followup"):
        rows = report.publication.rows(f"{instrument}.status")
        for wave in dict.fromkeys(rows["wave"]):
            states = _count_states(rows[rows["wave"].eq(wave)])
            if states["missing"]:
                said = report.say(f"fixes.overdue.{instrument}", wave=report.say(f"wave.{wave}"))
                due = states["answered"] + states["missing"]
                yield said, count_text(states["missing"]), count_text(due), count_text(0)
