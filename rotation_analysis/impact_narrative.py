"""What changed in home teams in words: the claims, why some cannot be made, what would make them possible."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from .impact_figures import COMPARISONS, SELF
from .narrative import claim, first_row, joined, mend_text, reason_text, sentence_of, value_text
from .publications import Publication
from .texts import Texts

OTHERS = ("do_it_for_me", "author_share", "home_alone", "requests")
COMPARED = ("first_graduate", "away")  # of the other outcomes: a second graduate is asked of one alone


def argument(row: Any, name: str) -> str | None:
    """What a note such as COMPARED_WITH:8 tells; None where the row has no such note."""
    told = [note.split(":", 1)[1] for note in row.notes if note.startswith(f"{name}:")]
    return told[0] if told else None


def has_value(row: Any | None) -> bool:
    """Whether there is a row, and a number in it."""
    return row is not None and row.value is not None and not pd.isna(row.value)


def has_range(row: Any) -> bool:
    """Whether a row has an interval with both its ends."""
    return all(end is not None and not pd.isna(end) for end in (row.low, row.high))


def comparisons_of(publication: Publication, outcome: str = SELF) -> list[Any]:
    """The programme's row of each comparison there is, those that the plan declares first."""
    declared = {
        measure["measure"]
        for family in publication.facts["plan"]["families"]
        for measure in family["measures"]
    }
    rows = [first_row(publication.rows(f"{outcome}.{name}", team=None, cohort=None)) for name in COMPARISONS]
    return sorted((row for row in rows if row is not None), key=lambda row: row.measure not in declared)


# --- the difference -------------------------------------------------------------------------------------


def difference_sentences(publication: Publication, texts: Texts) -> list[str]:
    """The declared claim first; absence as a cost; what lacks the same said once; what is no answer."""
    rows = comparisons_of(publication)
    without = [row for row in rows if row.verdict in ("not_measurable", "hidden")]
    said, told = [], set()
    for row in rows:
        alike = [each for each in without if each.notes[:1] == row.notes[:1]] if row in without else [row]
        if len(alike) == 1:
            cost = row.measure.endswith(".away") and has_value(row)
            said.append(joined(texts, [claim(texts, row), texts.say("difference.away_cost") if cost else ""]))
        elif row.notes[0] not in told:
            told.add(row.notes[0])
            said.append(_say_together(texts, alike))
    return [*said, *_what_is_no_answer(publication, texts)]


def _say_together(texts: Texts, rows: Sequence[Any]) -> str:
    """Comparisons that cannot be made for one and the same reason."""
    names = [texts.say(f"difference.short.{row.measure.rsplit('.', 1)[1]}") for row in rows]
    return texts.say(
        "difference.none_together",
        list=texts.say("list.separator").join(names),
        reason=reason_text(texts, rows[0].notes[0]),
        n=max(row.n or 0 for row in rows),
    )


def _what_is_no_answer(publication: Publication, texts: Texts) -> Iterator[str]:
    """The plain before/after, and how much of it the comparison does not leave."""
    plain = first_row(publication.rows(f"{SELF}.before_after"))
    if not has_value(plain):
        return
    assert plain is not None
    value = value_text(texts, plain.unit, plain.value)
    said = [texts.say("difference.sentence_before_after", value=value, n=plain.n)]
    compared = first_row(publication.rows(f"{SELF}.first_graduate", team=None, cohort=None))
    if compared is not None and has_value(compared) and 0 < compared.value < plain.value:
        rest = value_text(texts, plain.unit, plain.value - compared.value).lstrip("+")
        said.append(texts.say("difference.sentence_rest", value=rest, n=compared.n))
    yield joined(texts, said)


# --- what cannot be judged ------------------------------------------------------------------------------


def open_claims(publication: Publication, texts: Texts) -> list[tuple[str, str, str]]:
    """What is asked and not answered, why not, and what would make it answerable."""
    lines = list(_open_of_programme(publication, texts))
    lines += _open_of_teams(publication, texts)
    return [*lines, *_single_teams(publication, texts)]


def _open_of_programme(publication: Publication, texts: Texts) -> Iterator[tuple[str, str, str]]:
    """One line an outcome and reason: comparisons that lack the same stand together."""
    lines: dict[tuple[str, str, str], list[str]] = {}
    for row in _claims_of_programme(publication):
        _, outcome, comparison = row.measure.split(".")
        if row.verdict in ("not_measurable", "hidden"):
            why, mend = _capital(reason_text(texts, row.notes[0])), _mend(texts, row.notes[0])
        elif row.verdict == "not_enough_data":
            why, mend = _why_too_little(publication, texts, row), _more_teams(publication, texts, row)
        else:
            continue
        lines.setdefault((outcome, why, mend), []).append(texts.say(f"difference.short.{comparison}"))
    for (outcome, why, mend), names in lines.items():
        named = texts.say(f"outcomes.name.{outcome}")
        together = texts.say("list.separator").join(names)
        yield texts.say("open_claims.of_claim", outcome=named, comparison=together), why, mend


def _claims_of_programme(publication: Publication) -> list[Any]:
    """Every comparison of the programme that is judged, self-resolution first."""
    others = [row for name in OTHERS for row in comparisons_of(publication, f"impact.{name}")]
    return [
        *comparisons_of(publication),
        *(row for row in others if row.measure.rsplit(".", 1)[1] in COMPARED),
    ]


def _why_too_little(publication: Publication, texts: Texts, row: Any) -> str:
    if not has_range(row):
        return texts.say("open_claims.no_range", n=row.n)
    low, high = (value_text(texts, row.unit, end) for end in (row.low, row.high))
    s = smallest_text(publication, texts, row.unit)
    return texts.say("open_claims.wide", low=low, high=high, s=s, n=row.n)


def _more_teams(publication: Publication, texts: Texts, row: Any) -> str:
    more = argument(row, "MORE_ROTATIONS")
    if more is None or more == "0":
        return texts.say("open_claims.mend_more")
    key = "mend_teams" if int(more) <= len(publication.facts["teams"]) else "mend_records"
    return texts.say(f"open_claims.{key}", n=more, s=smallest_text(publication, texts, row.unit))


def _open_of_teams(publication: Publication, texts: Texts) -> Iterator[tuple[str, str, str]]:
    """The cohort's teams that a comparison leaves out, together where the reason is the same."""
    for name in COMPARISONS:
        rows = publication.rows(f"{SELF}.{name}")
        rows = rows[rows["team"].notna() & rows["verdict"].isin(["not_measurable", "hidden"])]
        reasons = [notes[0] for notes in rows["notes"]]
        for reason in dict.fromkeys(reasons):
            here = [row.team for row, why in zip(rows.itertuples(), reasons, strict=True) if why == reason]
            yield (
                _teams(publication, texts, here, name),
                _capital(reason_text(texts, reason)),
                _mend(texts, reason),
            )
    yield from _without_row(publication, texts)


def _without_row(publication: Publication, texts: Texts) -> Iterator[tuple[str, str, str]]:
    """The cohort's teams that no comparison of a return names: who has not come back, and why not."""
    if publication.cohort is None:
        return
    told = {
        team
        for name in ("first_graduate", "second_graduate")
        for team in publication.rows(f"{SELF}.{name}")["team"].dropna()
    }
    waiting = publication.facts["why_nothing_after"]
    missing = [team for team in waiting if team not in told]
    for reason in dict.fromkeys(waiting[team] for team in missing):
        here = [team for team in missing if waiting[team] == reason]
        yield (
            _teams(publication, texts, here, "return"),
            _capital(reason_text(texts, reason)),
            _mend(texts, reason),
        )


def _single_teams(publication: Publication, texts: Texts) -> Iterator[tuple[str, str, str]]:
    """The teams with a value of their own: one of a dozen can never be judged alone."""
    rows = pd.concat([publication.rows(f"{SELF}.{name}") for name in COMPARISONS])
    single = [
        row
        for row in rows[rows["team"].notna()].itertuples(index=False)
        if has_value(row) and not has_range(row)
    ]
    if not single:
        return
    of = [int(told.split(":")[1]) for row in single if (told := argument(row, "RANK"))]
    names = dict.fromkeys(texts.label(publication.facts["teams"][row.team]) for row in single)
    yield (
        texts.say("open_claims.single", teams=texts.say("list.separator").join(names)),
        texts.say("open_claims.single_why", of=max(of, default=1)),
        texts.say("open_claims.single_mend"),
    )


def _teams(publication: Publication, texts: Texts, teams: Sequence[str], name: str) -> str:
    names = [texts.label(publication.facts["teams"][team]) for team in teams]
    comparison = texts.say(f"difference.short.{name}")
    return texts.say(
        "open_claims.teams", teams=texts.say("list.separator").join(names), comparison=comparison
    )


def _mend(texts: Texts, reason: str) -> str:
    """What would make it answerable; where nothing would, that."""
    key = f"mend.{reason.split(':')[0]}"
    return _capital(texts.say(key)) if mend_text(texts, reason) else texts.say("open_claims.mend_none")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


# --- other outcomes, variants, disturbances -------------------------------------------------------------


def smallest_text(publication: Publication, texts: Texts, unit: str) -> str:
    """The smallest change that was declared to matter, with its unit and without a sign."""
    smallest = publication.facts["smallest_change"][unit]
    return value_text(texts, unit, smallest, with_unit=True).lstrip("+")


def verdict_text(publication: Publication, texts: Texts, row: Any) -> str:
    """What a row's verdict allows to say, where the row's name and value stand beside it."""
    sentence = sentence_of(row)
    reason = reason_text(texts, row.notes[0]) if row.verdict in ("not_measurable", "hidden") else ""
    s = smallest_text(publication, texts, row.unit) if sentence == "no_large_change" else ""
    return texts.say(f"outcomes.said.{sentence}", reason=reason, s=s).strip()


def claims_something(row: Any) -> bool:
    """Whether a row's verdict claims a direction: only that can change in other ways to compute it."""
    return row.verdict in ("supported", "leaning") and sentence_of(row) != "leaning_either_way"


def stays_sentence(publication: Publication, texts: Texts, row: Any, *, variants: int) -> str:
    """Whether a claim stands in the other ways to compute it."""
    told = argument(row, "FLIPS")
    flips, of = map(int, told.split(":")) if told else (0, variants)
    small = abs(row.value) < publication.facts["smallest_change"][row.unit]
    key = "flips" if flips else "stands_small" if small else "stands"
    return texts.say(f"sensitivity.{key}", what=texts.say(f"measure.{row.measure}"), k=flips, n=of)


def left_out_sentence(publication: Publication, texts: Texts) -> str:
    """Comparison teams that stopped recording: since when, in how many periods, and that it goes on."""
    rows = publication.rows("impact.comparison_left_out")
    entries = [
        texts.say(
            "disturb.left_out_entry",
            team=texts.label(publication.facts["teams"][row.team]),
            day=texts.day(row.label) if row.label else "–",
            k=int(row.value),
            n=row.n,
        )
        for row in rows[rows["value"].notna()].itertuples(index=False)
        if row.value
    ]
    if not entries:
        return ""
    return texts.say("disturb.left_out", list=" / ".join(entries))


def compare_directions(first: Any, second: Any) -> str:
    """Whether two rows with values point the same way: "alike", "apart", or "open" where that is not certain.

    A row without a range, and one whose range holds 0, points no way.
    """
    if not all(_points(row) for row in (first, second)):
        return "open"
    return "alike" if first.value * second.value > 0 else "apart"


def _points(row: Any) -> bool:
    """Whether the whole range of a row lies on one side of 0."""
    return bool(has_range(row) and not row.low <= 0 <= row.high)


def views_sentence(publication: Publication, texts: Texts) -> str:
    """Whether the home teams' own view and their records point the same way."""
    views: Any = first_row(publication.rows("impact.self_solving.first_graduate", team=None))
    records: Any = first_row(publication.rows(f"{SELF}.first_graduate", team=None, cohort=None))
    if not (has_value(views) and has_value(records)):
        return ""
    said = texts.say(
        f"self_solving.{compare_directions(views, records)}",
        views=value_text(texts, views.unit, views.value, with_unit=True),
        n_views=views.n,
        records=value_text(texts, records.unit, records.value, with_unit=True),
        n_records=records.n,
    )
    return joined(texts, [said, _why_open(texts, views, records)])


def _why_open(texts: Texts, views: Any, records: Any) -> str:
    """Of two sources that do not both point a way: how their values lie, and whose range does not tell."""
    unsure = [
        texts.say(f"self_solving.source.{name}")
        for name, row in (("views", views), ("records", records))
        if not _points(row)
    ]
    if not unsure:
        return ""
    same = views.value * records.value > 0
    key = "open_alike" if same else "open_apart"
    return texts.say(f"self_solving.{key}", list=texts.say("list.separator").join(unsure))
