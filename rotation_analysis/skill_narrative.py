"""Skill growth in sentences: the cohort as far as shown, the programme, and what stays open."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from .narrative import (
    claim,
    claim_missing,
    first_row,
    growth_row,
    hidden_people,
    joined,
    name_of,
    notes_text,
    reason_text,
    value_text,
)
from .publications import Publication
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
CLAIMED = ("supported", "no_large_change")


GREW, ENOUGH_VIEWS = 1, 2
"""A skill grew by a view that moved a level or more; two views have to say so."""
HINDERED = "followup.barrier"
NOTHING_HINDERED = "none"


def summary_sentences(publication: Publication, texts: Texts) -> Iterator[str]:
    """The first lines of the page: the cohort's growth by all views, the programme's, what got in the way."""
    yield _cohort_summary(publication, texts)
    yield programme_bracket(publication, texts)
    rows = publication.rows(HINDERED)
    named = rows[rows["value"].gt(0) & rows["kind"].ne(NOTHING_HINDERED)]
    if len(named):
        most = named[named["value"].eq(named["value"].max())]
        first: Any = first_row(most)
        listed = " / ".join(_option(texts, kind) for kind in most["kind"])
        yield texts.say(
            "summary.change", list=listed, value=int(first.value), n=first.n, missing=first.missing
        )


def _option(texts: Texts, option: str) -> str:
    """The words of an option; of an own one of the programme its id."""
    return texts.say(f"kind.{option}") if texts.has(f"kind.{option}") else option


def _cohort_summary(publication: Publication, texts: Texts) -> str:
    """Growth of each person shown as the range of the views, or why there is none."""
    stays = publication.facts["stays"]
    told = {"cohort": publication.cohort or "", "n": len(stays)}
    listed = [entry for stay in stays if (entry := _range_of_views(publication, texts, stay))]
    if listed:
        said = texts.say("summary.cohort", list=texts.say("list.separator").join(listed), **told)
    else:
        running = all(stay["end"] is None for stay in stays)
        said = texts.say("summary.running" if running else "summary.nothing", **told)
    hidden = hidden_people(publication, RAW)
    return joined(texts, [said, texts.say("bracket.hidden", n=hidden) if hidden else ""])


def _range_of_views(publication: Publication, texts: Texts, stay: Any) -> str:
    rows = {arm: growth_row(publication, arm, person=stay["person"]) for arm in ARMS}
    known = {arm: row.value for arm, row in rows.items() if row is not None and row.value is not None}
    values = sorted(known.values())
    if not values:
        return ""
    low, high = (value_text(texts, "levels", value) for value in (values[0], values[-1]))
    key = "summary.entry" if low != high else "summary.entry_one"
    said = texts.say(key, person=stay["name"], low=low, high=high)
    if len(known) == 1:
        return said + texts.say("summary.only", view=texts.say(f"kind.{next(iter(known))}"))
    return said + (texts.say("summary.views", k=len(known)) if len(known) < len(ARMS) else "")


def programme_bracket(publication: Publication, texts: Texts) -> str:
    """The three views side by side, never one alone; where one has no value, what the verdict allows."""
    rows: dict[str, Any] = {arm: growth_row(publication, arm) for arm in ARMS}
    if any(row is None or row.value is None for row in rows.values()):
        return programme_claim(publication, texts)
    values = {arm: value_text(texts, "levels", row.value) for arm, row in rows.items()}
    counts = {f"n_{arm}": row.n for arm, row in rows.items()}
    return texts.say("summary.bracket", **values, **counts)


def programme_claim(publication: Publication, texts: Texts) -> str:
    """The verdict on the growth of the programme's participants."""
    row = growth_row(publication, "now_minus_start")
    said = claim_missing(texts, RAW, "NO_SURVEY") if row is None else claim(texts, row)
    return texts.say("summary.programme", claim=said)


def bracket_sentences(publication: Publication, texts: Texts) -> list[str]:
    """The cohort's persons as far as shown: how many rate themselves higher, and who grew in what."""
    return [*_cohort_growth(publication, texts), *_grown_skills(publication, texts)]


def _grown_skills(publication: Publication, texts: Texts) -> Iterator[str]:
    """For each person shown the skills that at least two views say grew."""
    told = []
    for stay in publication.facts["stays"]:
        found = {
            texts.label(skill): values
            for skill in publication.facts["skills"]
            if len(values := _views_of(publication, stay["person"], skill["id"])) >= ENOUGH_VIEWS
        }
        grown = [name for name, values in found.items() if sum(v >= GREW for v in values) >= ENOUGH_VIEWS]
        if found:
            listed = texts.say("list.separator").join(grown)
            key = "bracket.grown" if grown else "bracket.grown_none"
            told.append(texts.say(key, person=stay["name"], n=len(found), k=len(grown), list=listed))
    yield from [texts.say("bracket.grown_lead"), *told] if told else []


def _views_of(publication: Publication, person: str, skill: str) -> list[float]:
    rows = [growth_row(publication, arm, person=person, skill=skill) for arm in ARMS]
    return [row.value for row in rows if row is not None and row.value is not None]


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
        running = all(stay["end"] is None for stay in publication.facts["stays"])
        yield texts.say("bracket.no_cohort_running" if running else "bracket.no_cohort")
    hidden = hidden_people(publication, "skill.growth.now_minus_start")
    if hidden:
        yield texts.say("bracket.hidden", n=hidden)


# --- what to look at again --------------------------------------------------------------------------------


def look_again(publication: Publication, texts: Texts) -> Iterator[str]:
    """Ratings of persons shown that jump, or differ from the mentor's."""
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


def against_error(publication: Publication, texts: Texts) -> Iterator[str]:
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
        views = [view for row in among for view in _list_views(publication, row) or [row]]
        n = _range_text([int(view.n) for view in views])
        yield texts.say(f"bands.{key}", k=len(among), of=len(shown), list=listed, n=n)


def _range_text(counts: list[int]) -> str:
    """The least and the greatest n of several rows."""
    low, high = min(counts, default=0), max(counts, default=0)
    return str(low) if low == high else f"{low}–{high}"


def _list_views(publication: Publication, row: Any) -> list[Any]:
    """The views of a skill that have a value: what its bracket rests on, each with its own n."""
    views = publication.rows("skill.band", skill=row.skill)
    views = views[views["kind"].isin(ARMS) & views["value"].notna()]
    return list(views.itertuples(index=False))


def _with_bracket(publication: Publication, texts: Texts, row: Any) -> str:
    """A skill's name with the least and the greatest of its views' shrunk means."""
    skills = {skill["id"]: texts.label(skill) for skill in publication.facts["skills"]}
    values = [float(view.value) for view in _list_views(publication, row)]
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
    known = [row for row in rows.itertuples(index=False) if row.verdict in CLAIMED]
    for row in known:
        values = {name: value_text(texts, "levels", getattr(row, name)) for name in ("value", "low", "high")}
        yield texts.say(f"bands.claim_{row.verdict}", skill=skills[row.skill], n=row.n, **values)
    open_ = [row for row in rows.itertuples(index=False) if row.verdict not in CLAIMED]
    if open_:
        key = "bands.undecided" if known else "bands.undecided_all"
        n = _range_text([int(row.n) for row in open_ if row.value is not None])
        needed = max(_needed(row) for row in rows.itertuples(index=False))
        yield texts.say(key, k=len(open_), of=len(rows), needed=needed, n=n)


def _needed(row: Any) -> int:
    """From how many persons on a row of its kind has an interval, as its notes tell."""
    return next((int(code.split(":")[2]) for code in row.notes if code.startswith("SIMULTANEOUS:")), 0)


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
    """How the self-rating of each person shown moved in the halves of the stay: one sentence for all."""
    told = []
    for stay in publication.facts["stays"]:
        halves = [
            first_row(publication.rows(f"skill.{half}_half.self", person=stay["person"], skill=None,
                                       cohort=publication.cohort))
            for half in ("first", "second")
        ]  # fmt: skip
        values = [None if row is None else row.value for row in halves]
        if any(value is not None for value in values):
            first, second = (value_text(texts, "levels", value) for value in values)
            told.append(texts.say("contrasts.path", person=stay["name"], first=first, second=second))
    if told:
        yield texts.say("contrasts.paths", list=" / ".join(told))


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
