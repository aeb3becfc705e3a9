"""Skill growth in sentences: the cohort as far as shown, the programme, and what stays open."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from .disclosure import Publication
from .narrative import (
    claim,
    first_row,
    growth_row,
    hidden_people,
    name_of,
    notes_text,
    reason_text,
    value_text,
)
from .texts import Texts

RAW = "skill.growth.now_minus_start"
ARMS = ("now_minus_start", "now_minus_then", "mentor")
CONTRASTS = (
    "skill.shift",
    "skill.first_half.self",
    "skill.first_half.mentor",
    "skill.second_half.self",
    "skill.self_minus_mentor.start",
    "skill.self_minus_mentor.middle",
    "skill.self_minus_mentor.end",
)
LAST_VIEW = "skill.self_minus_mentor.end"
FAR_APART = 2


def bracket_sentences(publication: Publication, texts: Texts) -> list[str]:
    """The cohort's persons as far as shown, then the programme's bracket and the verdict on it."""
    return [
        *_cohort_growth(publication, texts),
        *_programme_growth(publication, texts),
    ]


def _cohort_growth(publication: Publication, texts: Texts) -> Iterable[str]:
    people = [stay["person"] for stay in publication.facts["stays"]]
    for arm, basis in (("now_minus_start", "basis_start"), ("now_minus_then", "basis_then")):
        rows = [growth_row(publication, arm, person=person) for person in people]
        values = [row.value for row in rows if row is not None and row.value is not None]
        if values:
            yield texts.say(
                "bracket.sentence_cohort",
                n=len(values),
                k=sum(value > 0 for value in values),
                basis=texts.say(f"bracket.{basis}"),
            )
            break
    else:
        yield texts.say("bracket.no_cohort")
    hidden = hidden_people(publication, "skill.growth.now_minus_start")
    if hidden:
        yield texts.say("bracket.hidden", n=hidden)


def _programme_growth(publication: Publication, texts: Texts) -> Iterable[str]:
    arms = {arm: growth_row(publication, arm) for arm in ("now_minus_start", "now_minus_then", "mentor")}
    if all(row is not None and row.value is not None for row in arms.values()):
        start, then, mentor = arms["now_minus_start"], arms["now_minus_then"], arms["mentor"]
        yield texts.say(
            "bracket.sentence_programme",
            start=value_text(texts, "levels", start.value),  # type: ignore[union-attr]
            n_start=start.n,  # type: ignore[union-attr]
            then=value_text(texts, "levels", then.value),  # type: ignore[union-attr]
            n_then=then.n,  # type: ignore[union-attr]
            mentor=value_text(texts, "levels", mentor.value),  # type: ignore[union-attr]
            n_mentor=mentor.n,  # type: ignore[union-attr]
        )
    if arms["now_minus_start"] is not None:
        yield claim(texts, arms["now_minus_start"])


# --- what to look at again --------------------------------------------------------------------------------


def look_again(publication: Publication, texts: Texts) -> Iterator[str]:
    """Persons shown whose ratings jump, differ from the mentor's, or stay within measurement error."""
    jumps = [row for row in _of_persons(publication, RAW) if "LARGE_JUMP" in row.notes]
    apart = [
        row
        for row in _of_persons(publication, LAST_VIEW)
        if row.value is not None and abs(row.value) >= FAR_APART
    ]
    for key, rows in (("jumps", jumps), ("apart", apart)):
        if rows:
            listed = texts.say("list.separator").join(_person_skill(publication, texts, row) for row in rows)
            yield texts.say(f"look_again.{key}", n=len(rows), list=listed)
    yield from _against_error(publication, texts)


def _of_persons(publication: Publication, measure: str) -> Iterator[Any]:
    rows = publication.rows(measure, cohort=publication.cohort)
    yield from rows[rows["person"].notna() & rows["skill"].notna()].itertuples(index=False)


def _person_skill(publication: Publication, texts: Texts, row: Any) -> str:
    skills = {skill["id"]: texts.label(skill) for skill in publication.facts["skills"]}
    return texts.say(
        "look_again.entry",
        person=name_of(publication, row.person),
        skill=skills[row.skill],
        value=texts.number(row.value, signed=True),
    )


def _against_error(publication: Publication, texts: Texts) -> Iterator[str]:
    """How many of the persons shown changed by more than the declared measurement error."""
    people = [stay["person"] for stay in publication.facts["stays"]]
    rows = [growth_row(publication, "now_minus_start", person=person) for person in people]
    codes = [
        code.split(":")
        for row in rows
        if row is not None and row.value is not None
        for code in row.notes
        if code.startswith(("BEYOND_ERROR:", "WITHIN_ERROR:"))
    ]
    if codes:
        beyond = sum(code[0] == "BEYOND_ERROR" for code in codes)
        yield texts.say("look_again.error", n=len(codes), k=beyond, least=codes[0][1])


def missing_sentences(publication: Publication, texts: Texts) -> Iterator[str]:
    """What the programme's mean could be with the answers that are missing."""
    row = first_row(publication.rows(f"{RAW}.bounds"))
    if row is not None and row.value is not None and row.missing:
        values = {name: value_text(texts, "levels", getattr(row, name)) for name in ("value", "low", "high")}
        yield texts.say("growth.bounds", n=row.n, d=row.missing, **values)


# --- which skills -----------------------------------------------------------------------------------------


def band_sentences(publication: Publication, texts: Texts) -> Iterator[str]:
    """Which skills may have grown most and least: sets that cannot be told apart, each with its bracket."""
    rows = publication.rows("skill.band", kind="relative")
    shown = [row for row in rows.itertuples(index=False) if row.value is not None]
    if not shown:
        notes = rows["notes"].iloc[0] if len(rows) else ("NO_SURVEY",)
        yield texts.say("bands.none", reason=reason_text(texts, notes[0]))
        return
    if any("ALIKE" in row.notes for row in shown):
        yield texts.say("bands.alike", n=max(row.n for row in shown))
        return
    for key, code in (("top", "TOP_BAND"), ("bottom", "BOTTOM_BAND")):
        among = [row for row in shown if code in row.notes]
        listed = texts.say("list.separator").join(_with_bracket(publication, texts, row) for row in among)
        yield texts.say(f"bands.{key}", k=len(among), of=len(shown), list=listed)


def _with_bracket(publication: Publication, texts: Texts, row: Any) -> str:
    """A skill's name with the least and the greatest of its views' shrunk means."""
    skills = {skill["id"]: texts.label(skill) for skill in publication.facts["skills"]}
    views = publication.rows("skill.band", skill=row.skill)
    values = [float(v) for v, kind in zip(views["value"], views["kind"], strict=True)
              if kind in ARMS and v is not None and v == v]  # fmt: skip
    if not values:
        return skills[row.skill]
    low, high = (value_text(texts, "levels", value) for value in (min(values), max(values)))
    return texts.say("bands.entry", skill=skills[row.skill], low=low, high=high)


def skill_claims(publication: Publication, texts: Texts) -> Iterator[str]:
    """What may be said of single skills over the programme: claims, or how many people it would take."""
    rows = publication.rows(RAW, person=None, cohort=None)
    rows = rows[rows["skill"].notna()]
    if rows["value"].isna().all():
        return
    skills = {skill["id"]: texts.label(skill) for skill in publication.facts["skills"]}
    known = [row for row in rows.itertuples(index=False) if row.verdict in ("supported", "no_large_change")]
    for row in known:
        values = {name: value_text(texts, "levels", getattr(row, name)) for name in ("value", "low", "high")}
        yield texts.say(f"bands.claim_{row.verdict}", skill=skills[row.skill], n=row.n, **values)
    open_ = len(rows) - len(known)
    if open_:
        key = "bands.undecided" if known else "bands.undecided_all"
        yield texts.say(key, k=open_, of=len(rows), needed=_needed(len(rows)))


def _needed(skills: int, level: float = 0.05) -> int:
    """The fewest persons with whom one of so many skills could be told from no change.

    The least n with 2 / 2^n <= level / skills.

    >>> _needed(10)
    9
    """
    n = 1
    while 2 / 2**n > level / skills:
        n += 1
    return n


# --- contrasts, themes, cohorts ---------------------------------------------------------------------------


def contrast_sentences(publication: Publication, texts: Texts) -> Iterator[str]:
    """Yardstick, halves of the stay, the two views: allowed sentences, then the paths of those shown."""
    rows = [
        (name, first_row(publication.rows(name, person=None, skill=None)))
        for name in ("skill.shift", "skill.first_half.self", "skill.first_half.mentor", LAST_VIEW)
    ]
    said = [row for _, row in rows if row is not None and row.value is not None]
    yield from (claim(texts, row, marked=False) for row in said)
    if any("EXPLORATORY" in row.notes for row in said):
        yield texts.say("contrasts.exploratory")
    without: dict[str, list[str]] = {}
    for name, row in rows:
        if row is not None and row.value is None:
            without.setdefault(reason_text(texts, row.notes[0]), []).append(texts.say(f"contrast.{name}"))
    for reason, names in without.items():
        yield texts.say("contrasts.none", list=texts.say("list.separator").join(names), reason=reason)
    yield from _paths(publication, texts)


def _paths(publication: Publication, texts: Texts) -> Iterator[str]:
    """How the self-rating of each person shown moved in the two halves of the stay."""
    for stay in publication.facts["stays"]:
        halves = [
            first_row(publication.rows(f"skill.{half}_half.self", person=stay["person"], skill=None,
                                       cohort=publication.cohort))
            for half in ("first", "second")
        ]  # fmt: skip
        known = [row for row in halves if row is not None and row.value is not None]
        if len(known) == len(halves):
            first, second = (value_text(texts, "levels", row.value) for row in known)
            yield texts.say("contrasts.path", person=stay["name"], first=first, second=second)


def cohort_sentences(publication: Publication, texts: Texts) -> Iterator[str]:
    """What the cohorts say together, and where the next one may lie."""
    row = first_row(publication.rows(f"skill.across_cohorts.{ARMS[0]}"))
    if row is None:
        return
    if row.value is None:
        reason = reason_text(texts, row.notes[0])
        yield texts.say("cohorts.none", reason=reason)
        return
    k = cohorts_of(row)
    values = {name: value_text(texts, "levels", getattr(row, name)) for name in ("value", "low", "high")}
    if row.low is None:
        yield texts.say(
            "cohorts.few", k=k, n=row.n, value=values["value"], notes=notes_text(texts, row.notes)
        )
        return
    yield texts.say("cohorts.sentence", k=k, n=row.n, **values)
    coming = first_row(publication.rows(f"skill.across_cohorts.{ARMS[0]}.next"))
    if coming is not None and coming.low is not None:
        ends = {name: value_text(texts, "levels", getattr(coming, name)) for name in ("low", "high")}
        yield texts.say("cohorts.next", k=k, **ends)
    else:
        yield texts.say("cohorts.no_next", k=k)


def cohorts_of(row: Any) -> int:
    """How many cohorts are in a row of `skill.across_cohorts`."""
    return next((int(code.split(":")[1]) for code in row.notes if code.startswith("COHORTS:")), 0)
