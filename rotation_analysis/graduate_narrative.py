"""A graduate's own answers as rows and lines: levels in words, hard fortnights, exit survey, follow-ups.

Levels are said as what they mean, never as a score; nobody else's number stands beside an own one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pandas as pd

from .narrative import first_row
from .pack_records import LANES, Rows, asked_text, lane_of, last_day, the_stay, when_text
from .publications import Publication
from .texts import Texts

GROWTH = ("skill.growth.now_minus_start", "skill.growth.now_minus_then")
SELF_CHANGES = (*GROWTH, "skill.second_half.self", "skill.first_half.self")
MENTOR_CHANGES = ("skill.growth.mentor", "skill.first_half.mentor")
EXAMPLE, PULSE_NOTE = "skill.example", "pl_text"
QUOTED = (EXAMPLE, PULSE_NOTE, "ex_hard", "ex_premortem", "ex_change", "fu_view")
"""Free texts that a part of the pack asks for by name."""
FORTNIGHT = 14
TIRED = 4
"""From this level on a fortnight is one to look back at: tired the next morning often, or always."""
ANSWERED_BY_OPTION = ("ex_brief", "ex_match", "ex_length", "fu_use", "fu_barrier", "fu_taught")
NO_BARRIER = "none"
FOLLOW_UPS = {"after_3m": 3, "after_6m": 6, "after_12m": 12}


# --- skills ---------------------------------------------------------------------------------------------


def skill_rows(publication: Publication, texts: Texts) -> Rows:
    """A row a skill: start, looking back, halfway, now, as the mentor saw it, in words; its range."""
    rows = publication.rows("skill.level")
    rows = rows[rows["value"].notna()]
    ended = bool((rows["kind"].eq("self") & rows["wave"].eq("end")).any())
    no_chance = without_chance(publication, texts)
    told = []
    for skill in publication.facts["skills"]:
        own, name = rows[rows["skill"].eq(skill["id"])], texts.label(skill)
        if own.empty:
            continue
        now = _level(texts, own, "self", ("end" if ended else "middle",))
        views = (
            _level(texts, own, "self", ("start",)),
            _level(texts, own, "then", ("end", "middle")),
            _level(texts, own, "self", ("middle",)) if ended else "–",
            texts.say("pack.no_chance") if name in no_chance else now,
            _mentor(texts, own),
            _bracket(publication, texts, skill["id"]),
        )
        told.append((name, *views))
    return tuple(told)


def _level(texts: Texts, own: pd.DataFrame, kind: str, waves: Sequence[str]) -> str:
    """The level of the first of these waves that has one, as its words."""
    for wave in waves:
        here = own[own["kind"].eq(kind) & own["wave"].eq(wave)]
        if len(here):
            return texts.say(f"pack.level.{int(here['value'].iloc[0])}")
    return "–"


def _mentor(texts: Texts, own: pd.DataFrame) -> str:
    """What the mentor saw first and last, once where it is the same."""
    first = _level(texts, own, "mentor", ("start", "middle", "end"))
    last = _level(texts, own, "mentor", ("end", "middle", "start"))
    return last if first == last else texts.say("pack.from_to", first=first, last=last)


def _bracket(publication: Publication, texts: Texts, skill: str) -> str:
    """From the smaller to the larger own difference, in steps."""
    values = [value for measure in GROWTH if (value := _change(publication, (measure,), skill)) is not None]
    if not values:
        return "–"
    low, high = (texts.number(value, 0, signed=True) for value in (min(values), max(values)))
    return low if low == high else texts.say("pack.between", low=low, high=high)


def _change(publication: Publication, measures: Iterable[str], skill: str) -> float | None:
    """The first of these differences that was measured."""
    for measure in measures:
        row = first_row(publication.rows(measure, person=the_stay(publication)["person"], skill=skill))
        if row is not None and row.value is not None and not pd.isna(row.value):
            return float(row.value)
    return None


def grown_skills(publication: Publication, texts: Texts) -> list[str]:
    """Skills in which both the own view and the mentor's rose by a step or more."""
    return [texts.label(skill) for skill in _list_grown(publication)]


def _list_grown(publication: Publication) -> list[Mapping[str, Any]]:
    found = []
    for skill in publication.facts["skills"]:
        changes = [_change(publication, names, skill["id"]) for names in (SELF_CHANGES, MENTOR_CHANGES)]
        if all(change is not None and change >= 1 for change in changes):
            found.append(skill)
    return found


def anchor_lines(publication: Publication, texts: Texts) -> list[str]:
    """For each skill that grew by both views: what the last own level and the mentor's look like at work."""
    rows = publication.rows("skill.level")
    rows = rows[rows["value"].notna() & rows["wave"].isin(["middle", "end"])]
    anchors = publication.facts.get("anchors", {})
    told = []
    for skill in _list_grown(publication):
        own = rows[rows["skill"].eq(skill["id"])].sort_values("wave", kind="stable")  # end before middle
        if skill["id"] not in anchors:
            continue
        by_view: dict[str, list[str]] = {}
        for kind in ("self", "mentor"):
            for level in own.loc[own["kind"].eq(kind), "value"][:1]:
                by_view.setdefault(texts.label(anchors[skill["id"]][int(level) - 1]), []).append(kind)
        for anchor, kinds in by_view.items():
            key = "both" if len(kinds) > 1 else kinds[0]
            told.append(texts.say(f"pack.anchor.{key}", skill=texts.label(skill), anchor=anchor))
    return told


def without_chance(publication: Publication, texts: Texts) -> list[str]:
    """Skills answered "no chance" at the end."""
    rows = publication.rows(
        "skill.chance_finding", kind="no_chance_given", person=the_stay(publication)["person"]
    )
    said = set(rows.loc[rows["value"].eq(1), "skill"])
    return [texts.label(skill) for skill in publication.facts["skills"] if skill["id"] in said]


def has_start(publication: Publication) -> bool:
    """Whether any own level of the start can be compared with later ones."""
    rows = publication.rows("skill.level", kind="self", wave="start")
    return bool(rows["value"].notna().any())


# --- own words ------------------------------------------------------------------------------------------


def quotes(publication: Publication, texts: Texts, *questions: str) -> tuple[tuple[str, str], ...]:
    """Own words with the question and the round; the same words of several rounds stand once."""
    voices = publication.voices
    found: dict[tuple[str, str], list[str]] = {}
    for question in questions:
        here = voices[voices["question"].eq(question)].copy()
        here["_order"] = [_order_of(texts, wave) for wave in here["wave"]]
        for row in here.sort_values("_order", kind="stable").itertuples(index=False):
            found.setdefault((question, str(row.text)), []).append(when_text(texts, str(row.wave)))
    return tuple(
        (
            text,
            texts.say(
                "pack.source", question=asked_text(texts, question), when=texts.say("pack.and").join(waves)
            ),
        )
        for (question, text), waves in found.items()
    )


def other_questions(publication: Publication) -> list[str]:
    """Questions of the own words that no part of the pack asks for by name: the programme's own."""
    return [q for q in dict.fromkeys(publication.voices["question"]) if q not in QUOTED]


def loose_notes(publication: Publication, texts: Texts) -> tuple[tuple[str, str], ...]:
    """Notes of the fortnightly survey whose fortnight is in no row."""
    shown = set(publication.rows("strain.fortnight", person=the_stay(publication)["person"])["label"])
    voices = publication.voices
    loose = voices[voices["question"].eq(PULSE_NOTE) & ~voices["wave"].isin(shown)]
    return quotes(replace(publication, voices=loose), texts, PULSE_NOTE)


def _order_of(texts: Texts, wave: str) -> tuple[int, str]:
    rounds = [key for key in texts.sentences if key.startswith("wave.")]
    return (rounds.index(f"wave.{wave}"), "") if f"wave.{wave}" in rounds else (len(rounds), wave)


# --- what was hard --------------------------------------------------------------------------------------


def hard_rows(publication: Publication, texts: Texts) -> Rows:
    """A row a fortnight to look back at: when it was hard by the own answer, or a note was written."""
    person = the_stay(publication)["person"]
    notes = publication.voices[publication.voices["question"].eq(PULSE_NOTE)]
    zones = publication.rows("strain.zone", person=person)
    found = []
    for row in publication.rows("strain.fortnight", person=person).itertuples(index=False):
        if row.label is None:
            continue
        zone = next(iter(zones.loc[zones["label"].eq(row.label) & zones["value"].eq(1), "kind"]), None)
        note = "\n".join(notes.loc[notes["wave"].eq(row.label), "text"])
        told = row.value is not None and not pd.isna(row.value)
        if (told and row.value >= TIRED) or zone == "panic" or note:
            state = texts.say(f"load.zone.{zone}") if zone else "–"
            tired = texts.say(f"pack.often.{int(row.value)}") if told else "–"
            records = _say_records(publication, texts, row.label)
            found.append((texts.day(row.label), state, tired, records, note or "–"))
    return tuple(found)


def _say_records(publication: Publication, texts: Texts, first: str) -> str:
    """What the records hold of a fortnight: how many of each kind, nights interrupted, 1:1s not held."""
    last = (date.fromisoformat(first) + timedelta(days=FORTNIGHT - 1)).isoformat()
    records = [r for r in publication.records if first <= r["day"] <= last]
    counts = {
        lane: sum(lane_of(r) == lane and r["step"] != "missed" for r in records)
        for lane in LANES
        if lane != "change_review"
    }
    told = [(texts.say(f"pack.lane.{lane}"), n) for lane, n in counts.items()]
    told.append((texts.say("figure.load.missed"), sum(r["step"] == "missed" for r in records)))
    events = publication.rows("interruption.event", kind="sleep", person=the_stay(publication)["person"])
    nights = events["label"].dropna().between(first, last).sum()
    told.append((texts.say("figure.load.sleep"), int(nights)))
    listed = [texts.say("pack.count", what=what, n=n) for what, n in told if n]
    return texts.say("list.separator").join(listed) or texts.say("pack.no_records")


def unanswered_fortnights(publication: Publication) -> int:
    """How many fortnights have no answer though one was due."""
    rows = publication.rows("strain.fortnight", person=the_stay(publication)["person"])
    return int((rows["value"].isna() & rows["missing"].gt(0).fillna(False)).sum())


# --- exit survey, follow-ups ----------------------------------------------------------------------------


def answer_rows(publication: Publication, texts: Texts, instrument: str, wave: str | None = None) -> Rows:
    """A row a question answered by option or scale: its words, the own answer in words."""
    answers = [
        r
        for r in publication.records
        if r["kind"] == "answer" and r["about"] == instrument and wave in (None, r["wave"])
    ]
    order = {question: number for number, question in enumerate(ANSWERED_BY_OPTION)}
    questions = sorted({str(r["id"]) for r in answers}, key=lambda q: (order.get(q, len(order)), q))
    return tuple(
        (asked_text(texts, question), texts.say("list.separator").join(dict.fromkeys(
            _answer(texts, r) for r in answers if r["id"] == question
        )))
        for question in questions
    )  # fmt: skip


def _answer(texts: Texts, record: Any) -> str:
    """An option or a level in words, else the answer as it was typed."""
    option, level = record["option"], record["amount"]
    if option and texts.has(f"kind.{option}") and option != "other":
        return texts.say(f"kind.{option}")
    if (
        level is not None
        and record["id"] in ("ex_brief", "ex_match")
        and texts.has(f"pack.agree.{level:.0f}")
    ):
        return texts.say(f"pack.agree.{level:.0f}")
    if record["left_out"]:
        return texts.say(f"own_records.left_out.{record['left_out']}")
    return str(record["title"])


def follow_up_states(publication: Publication, texts: Texts) -> list[tuple[str, str]]:
    """Each follow-up round declared: its wave, and in words whether it was answered, is due, or why not."""
    stay = the_stay(publication)
    found = []
    for wave, months in FOLLOW_UPS.items():
        row = first_row(publication.rows("skill.use", person=stay["person"], wave=wave))
        if row is None:
            continue
        answered = row.value is not None and not pd.isna(row.value)
        state = "answered" if answered else str(row.notes[0]).removeprefix("WAVE_").lower()
        key = f"pack.state.{state}" if texts.has(f"pack.state.{state}") else "pack.state.missing"
        end = texts.day(stay["end"] or stay["planned_end"])
        found.append((wave, texts.say(key, wave=texts.say(f"wave.{wave}"), months=months, end=end)))
    return found


def barrier_lines(publication: Publication, texts: Texts) -> list[str]:
    """What got in the way of graduates, over k of them together, the commonest first; [] where hidden."""
    rows = publication.rows("followup.barrier")
    rows = rows[rows["value"].gt(0).fillna(False) & ~rows["kind"].isin([NO_BARRIER, "other"])]
    rows = rows.assign(_order=-rows["value"].astype(float)).sort_values("_order", kind="stable")
    told = []
    for row in rows.itertuples(index=False):
        barrier = texts.say(f"kind.{row.kind}") if texts.has(f"kind.{row.kind}") else row.kind
        told.append(texts.say("pack.barrier", barrier=barrier, value=int(row.value), n=int(row.n)))
    return told


def called_out(publication: Publication) -> tuple[int, int]:
    """Incidents that called the person out of hours, and in hours of sleep, during the stay."""
    rows = publication.rows("interruption.event", person=the_stay(publication)["person"])
    return int(rows["kind"].eq("off").sum()), int(rows["kind"].eq("sleep").sum())


def time_sentence(publication: Publication, texts: Texts) -> str | None:
    """What the own time sheet tells: shares of the activities over the weeks it has."""
    rows = publication.rows("time.share", person=the_stay(publication)["person"])
    rows = rows[rows["value"].notna()]
    if rows.empty:
        return None
    listed = [
        texts.say("pack.count", what=texts.say(f"time.activity.{r.kind}"), n=texts.percent(r.value))
        for r in rows.itertuples(index=False)
    ]
    first: Any = first_row(rows)
    said = texts.say("list.separator").join(listed)
    return texts.say("pack.time", weeks=first.n, missing=first.missing, list=said)


def stay_sentence(publication: Publication, texts: Texts) -> str:
    """From when to when, from which team, in the first person."""
    stay = the_stay(publication)
    days = (date.fromisoformat(last_day(publication)) - date.fromisoformat(stay["start"])).days + 1
    key = "pack.draft.stay" if stay["end"] else "pack.draft.stay_running"
    return texts.say(
        key,
        team=texts.label(stay["team_name"]),
        start=texts.day(stay["start"]),
        end=texts.day(last_day(publication)),
        weeks=round(days / 7),
    )


# --- C0: what the reader agreed to ------------------------------------------------------------------------

KINDS = ("skills", "incidents", "strain", "time", "quotes")
READERS = ("owner", "home_manager")


def consents_grid(
    publication: Publication, texts: Texts
) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Head and rows: what may be shown of the reader, to whom, since when; leaders are shown no persons."""
    head = (texts.say("pack.consents.kind"), *(texts.say(f"policy.reader.{reader}") for reader in READERS))
    rows = [
        (texts.say(f"policy.kind.{kind}"), *(_say_consent(publication, texts, kind, r) for r in READERS))
        for kind in KINDS
    ]
    return head, tuple(rows)


def _say_consent(publication: Publication, texts: Texts, kind: str, reader: str) -> str:
    """The latest word on it by the day of the data."""
    until = publication.as_of
    given = [
        each
        for each in publication.facts.get("consents", ())
        if (each["kind"], each["audience"]) == (kind, reader) and each["given"] <= until
    ]
    if not given:
        return texts.say("pack.consents.none")
    last = max(given, key=lambda each: str(each["given"]))
    if last["withdrawn"] and last["withdrawn"] <= until:
        return texts.say("pack.consents.withdrawn", day=texts.day(last["withdrawn"]))
    return texts.say("pack.consents.given", day=texts.day(last["given"]))
