"""Publication and texts become sentences: each claim is one of a few allowed sentences, chosen by verdict.

Everything here returns plain text; it is escaped once, at the door into HTML (`parts`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from .publications import DECIMALS, Publication, list_rows
from .texts import Texts
from .verdicts import DOUBTS, name_verdict

FIRST_SENDING = {"before": "baseline", "after": "after_first"}
LATER_SENDING = {"after": "after_second"}
RATIOS = ("waiting_ratio", "rate_ratio")  # a ratio less 1, printed as per cent
SIGNED = ("levels", "share_points", "strain", "log_ratio", *RATIOS)


def value_text(texts: Texts, unit: str, value: float | None, *, with_unit: bool = False) -> str:
    """A measure's value as printed, "–" where there is none; shares as per cent, points times 100."""
    if value is None or pd.isna(value):
        return "–"
    if unit == "share":
        text = texts.percent(value)
    elif unit in ("share_points", *RATIOS):
        text = texts.number(100 * value, 0, signed=True) + ("%" if unit in RATIOS else "")
    else:
        text = texts.number(value, DECIMALS[unit], signed=unit in SIGNED)
    key = f"unit.{unit}"
    if text == "1" and texts.has(f"{key}_one"):
        key = f"{key}_one"
    return texts.say(key, value=text) if with_unit and texts.has(key) else text


def note_text(texts: Texts, code: str) -> str | None:
    """The sentence of a note code such as RANK:3:15; None for codes that only machines read."""
    name, *arguments = code.split(":")
    key = f"note.{name}"
    return texts.sentences[key].format(*arguments) if texts.has(key) else None


def notes_text(texts: Texts, codes: Iterable[str]) -> str:
    """All notes of a row as sentences, one after the other."""
    said = [note_text(texts, code) for code in codes]
    return "".join(sentence + texts.space for sentence in said if sentence)


def reason_text(texts: Texts, code: str) -> str:
    """Why something is not measured or not shown."""
    name, *arguments = code.split(":")
    return texts.sentences[f"reason.{name}"].format(*arguments)


def mend_text(texts: Texts, code: str) -> str | None:
    """What would make it answerable, where something would."""
    name = code.split(":")[0]
    key = f"mend.{name}"
    return texts.say("state.mend", mend=texts.say(key)) if texts.has(key) else None


CARRIED = "CARRIED:"


def claim(texts: Texts, row: Any, *, marked: bool = True) -> str:
    """The one sentence that a row's verdict allows; where not `marked`, "exploratory" is said elsewhere."""
    what = texts.say(f"measure.{row.measure}")
    values = {
        name: value_text(texts, row.unit, getattr(row, name), with_unit=name == "value")
        for name in ("value", "low", "high")
    }
    reason = ""
    if row.verdict in ("not_measurable", "hidden"):
        reason = reason_text(texts, row.notes[0])
    said = texts.say(f"verdict.sentence.{sentence_of(row)}", what=what, reason=reason, n=row.n, **values)
    told = sentence_of(row) == "leaning_exploratory"
    exploratory = marked and "EXPLORATORY" in row.notes and not reason and not told
    return joined(
        texts, [said, texts.say("note.EXPLORATORY") if exploratory else "", *_say_carried(texts, row)]
    )


def _say_carried(texts: Texts, row: Any) -> list[str]:
    """That a figure is an older one, shown again because too few people came or went since."""
    codes = [code for code in row.notes if code.startswith(CARRIED)]
    return [str(note_text(texts, code)) for code in codes]


def carried_day(row: Any) -> str | None:
    """The day of the data of an older figure that is shown again; None for one of these data."""
    return next((code.removeprefix(CARRIED) for code in row.notes if code.startswith(CARRIED)), None)


def carried_sentence(publication: Publication, texts: Texts) -> str:
    """Which figures of the page are older ones, of which day and why; "" where all are of these data."""
    carried: dict[str, list[str]] = {}
    for row in publication.measures.itertuples():
        if (day := carried_day(row)) is not None:
            key = f"measure.{row.measure}"
            carried.setdefault(day, []).append(texts.say(key) if texts.has(key) else str(row.measure))
    own = "_graduate" if publication.edition == "graduate" else ""
    said = [
        texts.say(
            f"carried.sentence{own}",
            day=texts.day(day),
            k=publication.facts["k"],
            list=texts.say("list.separator").join(dict.fromkeys(names)),
        )
        for day, names in sorted(carried.items())
    ]
    return joined(texts, said)


def sentence_of(row: Any) -> str:
    """The verdict, where it leans by what it leaves open."""
    doubt = next((code for code in row.notes if row.verdict == "leaning" and code in DOUBTS), None)
    if doubt is not None:
        return f"leaning_{doubt.lower()}"
    if name_verdict(row.verdict, row.low, row.high) == "either_way":
        return "leaning_either_way"
    if row.verdict == "leaning" and "EXPLORATORY" in row.notes:
        return "leaning_exploratory"
    if row.verdict == "no_large_change" and row.measure.startswith("skill.self_minus_mentor"):
        return "no_large_difference"  # two views at one time: nothing changed that could be large
    if row.verdict == "no_large_change" and row.measure.startswith("strain.one_to_one"):
        return "no_large_association"  # a slope: nothing changed
    return str(row.verdict)


def verdict_word(texts: Texts, row: Any) -> str:
    """The verdict in a word, "–" for a row that claims nothing; a leaning that holds 0 leans no way."""
    if row.verdict is None or pd.isna(row.verdict):
        return "–"
    return texts.say(f"verdict.{name_verdict(row.verdict, row.low, row.high)}")


def claim_missing(texts: Texts, measure: str, reason: str) -> str:
    """The sentence for a measure that is not measurable."""
    return texts.say(
        "verdict.sentence.not_measurable",
        what=texts.say(f"measure.{measure}"),
        reason=reason_text(texts, reason),
    )


def first_row(rows: pd.DataFrame) -> Any | None:
    """The only row of a frame as a record, None where there is none."""
    return next(iter(list_rows(rows.iloc[:1])), None)


def name_of(publication: Publication, person: str) -> str:
    """A participant's name as this edition may show it."""
    return next(str(stay["name"]) for stay in publication.facts["stays"] if stay["person"] == person)


def joined(texts: Texts, parts: Sequence[str]) -> str:
    """Sentences one after the other, as the language does it."""
    return texts.space.join(part for part in parts if part)


# --- who and when ---------------------------------------------------------------------------------------


def who_sentence(publication: Publication, texts: Texts) -> str:
    """How many took part, how many ended as planned and went home, and who did not."""
    stays = publication.facts["stays"]
    planned = [s for s in stays if s["ending"] == "as_planned" and s["returned"]]
    counts = {
        **{ending: sum(s["ending"] == ending for s in stays) for ending in ("extended", "early", "running")},
        "host": sum(s["now"] == "host" and s["end"] is not None for s in stays),
        **{now: sum(s["now"] == now for s in stays) for now in ("elsewhere", "left")},
    }
    exceptions = [texts.say(f"who.exception_{name}", n=n) for name, n in counts.items() if n]
    key = {0: "who.sentence_none", len(stays): "who.sentence_all"}.get(len(planned), "who.sentence")
    return joined(texts, [texts.say(key, n=len(stays), m=len(planned)), *exceptions])


def who_entries(publication: Publication, texts: Texts) -> list[str]:
    """One line a stay."""
    return [
        texts.say(
            "who.entry",
            name=stay["name"],
            team=texts.label(stay["team_name"]),
            start=texts.day(stay["start"]),
            end=texts.day(stay["end"]) if stay["end"] else texts.say("ending.running"),
            ending=texts.say(f"ending.{stay['ending']}"),
            now=texts.say(f"now.{stay['now']}"),
        )
        for stay in publication.facts["stays"]
    ]


# --- skills ---------------------------------------------------------------------------------------------


def growth_row(publication: Publication, arm: str, **where: object) -> Any | None:
    """The composite of one arm of the bracket: of the programme, or with person= of a person."""
    cohort = publication.cohort if where.get("person") else None
    where = {"skill": None, "person": None, "cohort": cohort, **where}
    return first_row(publication.rows(f"skill.growth.{arm}", **where))


def hidden_people(publication: Publication, measure: str) -> int:
    """How many of the cohort's participants the gate withheld in a measure."""
    rows = publication.rows(measure, cohort=publication.cohort)
    return int(rows.loc[rows["verdict"].eq("hidden"), "person"].nunique())


# --- shares by phase ------------------------------------------------------------------------------------


def share_pairs(publication: Publication, texts: Texts, measure: str, prefix: str) -> list[str]:
    """One sentence a home team: its share before and after, beside never-senders over the same days."""
    teams = list(dict.fromkeys(stay["team"] for stay in publication.facts["stays"]))
    return [_share_pair(publication, texts, measure, prefix, team) for team in teams]


def _share_pair(publication: Publication, texts: Texts, measure: str, prefix: str, team: str) -> str:
    name = texts.label(publication.facts["teams"][team])
    first = len(publication.rows(measure, team=team, phase="baseline")) > 0
    found = {
        key + place: first_row(publication.rows(source, team=team, phase=phase))
        for key, source in (("", measure), ("never_", f"{measure}.never_senders"))
        for place, phase in (FIRST_SENDING if first else LATER_SENDING).items()
    }
    for row in found.values():
        if row is None or row.value is None:
            told = row.notes if row is not None else ()
            reason = told[0] if told else publication.facts["why_nothing_after"][team]
            return texts.say(f"{prefix}.sentence_declined", team=name, reason=reason_text(texts, reason))
    values = {key: value_text(texts, "share", row.value) for key, row in found.items() if row is not None}
    return texts.say(f"{prefix}.sentence_{'team' if first else 'second'}", team=name, **values)
