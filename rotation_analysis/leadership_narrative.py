"""What leaders are told of the programme in words: seven numbers at most, what is not known, the claims.

Every number has its n and its interval, or the reason why there is none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from .decisions import (
    CONTINUE,
    HIDDEN,
    NOT_REACHED,
    OPEN,
    REACHED,
    Decision,
    find_last_balance,
    list_decisions,
)
from .impact_narrative import argument, has_range, has_value
from .narrative import carried_day, claim, first_row, joined, reason_text, value_text, verdict_word
from .publications import Publication
from .texts import Texts

GROWTH = "skill.growth.now_minus_start"
EFFECT = "impact.self_resolution.first_graduate"
PARTIES = ("person", "home_team", "organisation")
JUDGED_HERE = (CONTINUE, "size_waiting", "return_plan")
"""Decisions whose rows leaders may see; the others look at rows that only the owner's pages have."""


@dataclass(frozen=True, kw_only=True)
class Number:
    """One of the numbers: its row of the whole programme, what its n counts, why there may be no row."""

    find: Callable[[Publication], pd.DataFrame]
    counted: str
    nothing: str


def _whole(measure: str, **where: object) -> Callable[[Publication], pd.DataFrame]:
    return lambda publication: publication.rows(measure, cohort=None, person=None, team=None, **where)


def _last_balance(publication: Publication) -> pd.DataFrame:
    """The balance at the last week that is told; without one, why."""
    rows = find_last_balance(publication)
    told = rows[rows["measure"].eq("host.balance")]
    return told if len(told) else publication.rows("host.balance", cohort=None)


NUMBERS: Mapping[str, Number] = {
    "person_gained": Number(find=_whole(GROWTH, skill=None), counted="persons", nothing="NO_SURVEY"),
    "person_paid": Number(find=_whole("strain.panic_share"), counted="persons", nothing="NO_SURVEY"),
    "home_team_gained": Number(find=_whole(EFFECT), counted="teams", nothing="NO_TICKETS"),
    "home_team_paid": Number(find=_whole("home.cover"), counted="answers", nothing="NO_SURVEY"),
    "organisation_gained": Number(find=_last_balance, counted="stays", nothing="NO_SURVEY"),
    "organisation_paid": Number(
        find=_whole("cost.account", kind="net"), counted="stays", nothing="NO_RECORDS"
    ),
}
"""The six of the table of three parties; the seventh is how many took part."""


# --- the numbers ------------------------------------------------------------------------------------------


def number_rows(publication: Publication) -> dict[str, Any | None]:
    """The row of each number, None where the edition has none."""
    return {name: first_row(number.find(publication)) for name, number in NUMBERS.items()}


def party_cells(publication: Publication, texts: Texts) -> dict[str, tuple[str, str, str]]:
    """Person, home team, organisation: gained and paid (a number's lines), and what is not known."""
    rows = number_rows(publication)
    unknown = dict(_unknown(publication, texts))
    return {
        party: (
            say_number(publication, texts, f"{party}_gained", rows[f"{party}_gained"]),
            say_number(publication, texts, f"{party}_paid", rows[f"{party}_paid"]),
            unknown[party],
        )
        for party in PARTIES
    }


def say_number(publication: Publication, texts: Texts, name: str, row: Any | None) -> str:
    """A number's lines: the value (or that there is none), what it is, its range, n, missing, verdict."""
    weeks = None if row is None or not has_value(row) else row.label
    key = f"leadership.about.{name}{'_at_end' if weeks is not None else ''}"
    what = texts.say(key, weeks=weeks)
    if not has_value(row):
        code = str(row.notes[0]) if row is not None and row.notes else NUMBERS[name].nothing
        state = "hidden" if row is not None and row.verdict == "hidden" else "not_measurable"
        value = texts.say(f"leadership.no_value_{state}")
        return "\n".join((value, what, texts.say("leadership.because", reason=reason_text(texts, code))))
    assert row is not None
    value = value_text(texts, row.unit, row.value, with_unit=True)
    return "\n".join(
        (value, what, texts.say("leadership.told", told=_say_ground(publication, texts, name, row)))
    )


def _say_ground(publication: Publication, texts: Texts, name: str, row: Any) -> str:
    """Range, n with what it counts, what is missing, and how firm it is."""
    said = [_say_range(texts, row), count_text(texts, NUMBERS[name].counted, row.n)]
    bounds = first_row(_whole("strain.panic_share.bounds")(publication)) if name == "person_paid" else None
    if has_value(bounds):
        assert bounds is not None
        low, high = (value_text(texts, bounds.unit, end) for end in (bounds.low, bounds.high))
        told = {"n": bounds.n, "missing": bounds.missing, "low": low, "high": high}
        said.append(texts.say("leadership.fortnights", **told))
    elif row.missing:
        said.append(texts.say("leadership.missing", missing=row.missing))
    if row.verdict is not None and not pd.isna(row.verdict):
        said.append(texts.say("leadership.verdict", verdict=verdict_word(texts, row)))
    if (day := carried_day(row)) is not None:
        said.append(texts.say("carried.inline", day=texts.day(day)))
    return texts.say("list.separator").join(said)


def _say_range(texts: Texts, row: Any) -> str:
    if not has_range(row):
        return texts.say("leadership.no_range")
    low, high = (value_text(texts, row.unit, end) for end in (row.low, row.high))
    return texts.say("leadership.range", low=low, high=high)


def count_text(texts: Texts, counted: str, n: object) -> str:
    """ "n = 9 people": n with what it counts."""
    return texts.say("leadership.n", n=texts.say(f"counted.{counted}{'_one' if n == 1 else ''}", n=n))


def _unknown(publication: Publication, texts: Texts) -> Iterator[tuple[str, str]]:
    """What is not known of each party, never empty: by what this edition holds, and why it lacks the rest."""
    use = _why_no_value(_whole("followup.use")(publication))
    asked_of_use = texts.say("accounts.person_unknown_lasting", k=publication.facts["k"])
    yield "person", _say_unknown(texts, use, asked_of_use, "accounts.person_unknown", "use")
    second = first_row(_whole("impact.self_resolution.second_graduate")(publication))
    untold = second is None or second.verdict in ("not_enough_data", "not_measurable", "hidden")
    cover = _why_no_value(_whole("home.cover")(publication))
    asked_of_cover = texts.say("accounts.home_team_unknown_cover")
    said = _say_unknown(texts, cover, asked_of_cover, "accounts.home_team_unknown", "cover")
    yield "home_team", joined(texts, [said, texts.say("leadership.unknown_second") if untold else ""])
    taught = _why_no_value(_whole("cost.account", kind="teaching")(publication))
    otherwise = texts.say("accounts.organisation_unknown_otherwise")
    yield (
        "organisation",
        _say_unknown(texts, taught, otherwise, "accounts.organisation_unknown", "hosting"),
    )


def _say_unknown(texts: Texts, why: str | None, asked: str, never_asked: str, what: str) -> str:
    """Of what was asked what is still not known (`asked`); that it never was; or why it is not shown."""
    if why is None:
        return asked
    if not why:
        return texts.say(never_asked)
    return texts.say(f"leadership.unknown_{what}", reason=reason_text(texts, why))


def _why_no_value(rows: pd.DataFrame) -> str | None:
    """None where a row has a value; else the first reason, "" without any row or reason."""
    if rows["value"].notna().any():
        return None
    return next((str(notes[0]) for notes in rows["notes"] if notes), "")


# --- the conclusion's evidence ----------------------------------------------------------------------------


def evidence(publication: Publication, texts: Texts) -> Iterator[str]:
    """What the data allow to say beside the conclusion: the two main claims, and where a pause stands."""
    for find in (_whole(EFFECT), _whole(GROWTH, skill=None)):
        row = first_row(find(publication))
        if row is not None:
            yield claim(texts, row)
    deciding = next(each for each in list_decisions(publication) if each.name == CONTINUE)
    yield texts.say(f"leadership.continue_{_where_a_pause_stands(deciding)}")


def _where_a_pause_stands(deciding: Decision) -> str:
    """By its trigger; a single negative report is told as that."""
    if deciding.state == NOT_REACHED and any(row.value < 0 for row in deciding.rows):
        return "not_twice"
    return deciding.state if deciding.state in (REACHED, NOT_REACHED) else "open"


def judged_decisions(publication: Publication) -> tuple[Decision, ...]:
    """The declared triggers that this edition's rows can be held against."""
    judged = (each for each in list_decisions(publication) if each.name in JUDGED_HERE)
    return tuple(each for each in judged if each.rows or each.state == HIDDEN or each.name == CONTINUE)


def candidates(publication: Publication, texts: Texts) -> str | None:
    """What might be put before leaders: triggers reached, or that the interval reaches across."""
    names = [
        texts.say(f"decide.item.{each.name}")
        for each in judged_decisions(publication)
        if each.state in (REACHED, OPEN)
    ]
    if not names:
        return None
    return texts.say("leadership.candidates", list=texts.say("list.separator").join(names))


# --- who took part ----------------------------------------------------------------------------------------


def participants_sentence(publication: Publication, texts: Texts) -> str:
    """How many stays there were and where they led; why that is not known."""
    rows = publication.rows("programme.destination", cohort=None)
    told = rows[rows["value"].notna()]
    if told.empty:
        return texts.say("leadership.participants_none", reason=reason_text(texts, "NO_STAY_YET"))
    counts = [
        texts.say("participants.entry", place=texts.say(f"participants.place.{place}"), k=int(value))
        for place, value in places(told)
        if value
    ]
    n = int(told["n"].max())
    return texts.say("leadership.participants", n=n, list=texts.say("list.separator").join(counts))


def places(rows: pd.DataFrame) -> Iterator[tuple[str, float]]:
    """Place and number of stays of each row of `programme.destination`."""
    for row in rows.itertuples(index=False):
        yield {"left_at_end": "left"}.get(row.kind, str(row.kind)), row.value


# --- backing: the method in words -------------------------------------------------------------------------


def method_sentences(publication: Publication, texts: Texts) -> list[str]:
    """How the effect is found, when it was declared, and how it stands under other ways to count."""
    plan = publication.facts["plan"]
    said = [texts.say("leadership.method"), texts.say("leadership.method_periods")]
    row = first_row(_whole(EFFECT)(publication))
    if row is not None and has_value(row):
        said += _say_checks(texts, row)
    when = {"declared": plan["declared"], "first": plan["first_stay"] or "", "until": publication.as_of}
    days = {name: texts.day(day) if day else "–" for name, day in when.items()}
    return [*said, texts.say(f"plan.when.{plan['when']}", **days)]


def _say_checks(texts: Texts, row: Any) -> Iterator[str]:
    """The comparison's teams and the other ways to count, as the row's notes tell them."""
    for name in ("COMPARED_WITH", "FLIPS"):
        told = argument(row, name)
        if told is not None:
            yield texts.sentences[f"note.{name}"].format(*told.split(":"))


def before_after_sentences(publication: Publication, texts: Texts) -> list[str]:
    """Why the plain before/after is no answer, beside the difference that is."""
    plain = first_row(_whole("impact.self_resolution.before_after")(publication))
    row = first_row(_whole(EFFECT)(publication))
    if plain is None or not has_value(plain):
        reasons = [str(each.notes[0]) for each in (plain, row) if each is not None and not has_value(each)]
        code = next(iter(reasons), "NO_TICKETS")
        return [texts.say("leadership.before_after_none", reason=reason_text(texts, code))]
    told = {"value": value_text(texts, plain.unit, plain.value, with_unit=True), "n": plain.n}
    if row is None or not has_value(row):
        return [texts.say("leadership.before_after_alone", **told)]
    compared = value_text(texts, row.unit, row.value, with_unit=True)
    return [texts.say("leadership.before_after", compared=compared, **told)]


def spillover_sentence(publication: Publication, texts: Texts) -> str | None:
    """How many never-senders heard what senders heard: it draws the two closer together."""
    row = first_row(_whole("impact.contamination", kind="sessions")(publication))
    if not has_value(row):
        return None
    assert row is not None
    return texts.say(f"leadership.spillover{'' if row.value else '_none'}", k=int(row.value), n=row.n)


def costs_untold(publication: Publication, texts: Texts) -> Iterator[str]:
    """The lines of the cost account without a value, together where the reason is the same."""
    rows = _whole("cost.account")(publication)
    lines: dict[str, list[str]] = {}
    for row in rows[rows["value"].isna()].itertuples(index=False):
        reason = reason_text(texts, str(row.notes[0]) if row.notes else "NO_RECORDS")
        lines.setdefault(reason, []).append(texts.say(f"leadership.cost.{row.kind}"))
    for reason, names in lines.items():
        yield texts.say("leadership.cost_untold", list=texts.say("list.separator").join(names), reason=reason)


# --- backing: who answered --------------------------------------------------------------------------------

STATUSES = ("answered", "missing", "not_yet_due", "cannot_be_asked", "not_applicable")
RECEIVED: Sequence[tuple[str, str]] = (
    ("growth", GROWTH),
    ("pulse", "strain.panic_share.bounds"),
    ("host", "host.again"),
    ("cover", "home.cover"),
    ("send_again", "home.send_again"),
)


def answered_rows(publication: Publication, texts: Texts) -> Iterator[tuple[str, ...]]:
    """A line a survey: what it is, then how many answered, did not, are not due, cannot be asked."""
    for name, measure in RECEIVED:
        row = first_row(_whole(measure, skill=None)(publication))
        if row is not None:
            asked = (row.n, row.missing) if row.n or row.missing else (None, None)  # 0 of 0 was not asked
            yield (texts.say(f"leadership.survey.{name}"), *map(_count, asked), *["–"] * 3)
    for name, measure, wave in (
        ("exit", "exit.status", "end"),
        ("followup_3m", "followup.status", "after_3m"),
        ("followup_6m", "followup.status", "after_6m"),
    ):
        rows = _whole(measure, wave=wave)(publication)
        if len(rows):
            found = {str(row.notes[0]): row.value for row in rows.itertuples(index=False) if row.notes}
            counts = tuple(_count(found.get(f"STATUS_{status.upper()}")) for status in STATUSES)
            yield (texts.say(f"leadership.survey.{name}"), *counts)


def _count(value: object) -> str:
    return "–" if value is None or pd.isna(value) else f"{int(value):,}"  # type: ignore[call-overload]
