"""Sentences on time, strain, interruptions and 1:1s; every number with its n, answers only by consent.

Over a cohort nothing is said of answers: what is said of one is from records alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

import pandas as pd

from .narrative import claim, first_row, joined, name_of, reason_text, value_text
from .publications import Publication
from .texts import Texts

OPERATIONS = "time.operations_share"


def people_shown(publication: Publication, measure: str) -> list[str]:
    """The cohort's participants whom the gate shows in a measure, in the order of their stays."""
    rows = publication.rows(measure, cohort=publication.cohort)
    shown = set(rows.loc[rows["verdict"].ne("hidden"), "person"].dropna())
    return [str(stay["person"]) for stay in publication.facts["stays"] if stay["person"] in shown]


def arguments_of(row: Any, code: str) -> list[str]:
    """What a note of a row says: ["42", "3"] of WEEKS:42:3; [] where there is none."""
    return next((note.split(":")[1:] for note in row.notes if note.split(":")[0] == code), [])


def reason_of(texts: Texts, row: Any | None) -> str:
    """Why a row has no value."""
    return reason_text(texts, row.notes[0] if row is not None and row.notes else "NO_OBSERVATIONS")


# --- time -----------------------------------------------------------------------------------------------


def time_sentences(publication: Publication, texts: Texts) -> Iterator[str]:
    """The share of operations of those shown, beside the reference; then of the programme."""
    rows = publication.rows(OPERATIONS, cohort=publication.cohort)
    shown = rows[rows["person"].notna() & rows["value"].notna()]
    if len(shown):
        reference = reference_of(shown)
        requests = publication.rows("time.share", cohort=publication.cohort, kind="request")
        requests = requests[requests["person"].isin(shown["person"])]
        yield texts.say(
            "time.sentence",
            n=len(shown),
            requests=_range_text(texts, requests["value"]),
            operations=_range_text(texts, shown["value"]),
            weeks=int(shown["n"].sum()),
            missing=int(shown["missing"].sum()),
            k=int(shown["value"].gt(reference / 100).sum()),
            reference=reference,
        )
    row = first_row(publication.rows(OPERATIONS, cohort=None, person=None))
    if row is None or row.value is None:
        yield texts.say("time.sentence_programme_none", reason=reason_of(texts, row))
        return
    told, lacking = arguments_of(row, "WEEKS")
    yield texts.say(
        "time.sentence_programme",
        value=value_text(texts, row.unit, row.value),
        n=row.n,
        missing=row.missing,
        weeks=told,
        weeks_missing=lacking,
    )


def _range_text(texts: Texts, shares: pd.Series) -> str:
    low, high = (texts.percent(share) for share in (shares.min(), shares.max()))
    return low if low == high else texts.say("part.ends", low=low, high=high)


def reference_of(rows: pd.DataFrame) -> int:
    """The declared reference in per cent; 0 where no row tells one."""
    found = [arguments_of(row, "REFERENCE_SHARE") for row in rows.itertuples(index=False)]
    return next((int(each[0]) for each in found if each), 0)


# --- strain ---------------------------------------------------------------------------------------------


def strain_entries(publication: Publication, texts: Texts, people: Sequence[str]) -> list[str]:
    """One line a person shown: the mean, the highest level with how often and when first, what is missing."""
    rows = publication.rows("strain.fortnight", cohort=publication.cohort)
    return [_strain_entry(publication, texts, person, rows[rows["person"].eq(person)]) for person in people]


def _strain_entry(publication: Publication, texts: Texts, person: str, rows: pd.DataFrame) -> str:
    told = rows[rows["value"].notna()]
    counts = {"n": len(told), "missing": int(rows["missing"].sum())}
    name = name_of(publication, person)
    if told.empty:
        return texts.say("load.entry_none", person=name, **counts)
    worst = told.sort_values("value", ascending=False, kind="stable").iloc[0]
    start = next(stay["start"] for stay in publication.facts["stays"] if stay["person"] == person)
    week = (date.fromisoformat(worst["label"]) - date.fromisoformat(start)) // timedelta(days=7) + 1
    return texts.say(
        "load.entry",
        person=name,
        mean=texts.number(float(told["value"].mean()), 1),
        level=value_text(texts, "level", float(worst["value"])),
        times=int(told["value"].eq(worst["value"]).sum()),
        first=week,
        last=week + 1,
        **counts,
    )


def programme_sentences(publication: Publication, texts: Texts) -> Iterator[str]:
    """Mean and panic of the whole programme with what is missing, then weeks 6 to 10."""
    for name in ("mean", "panic_share"):
        row = first_row(publication.rows(f"strain.{name}", cohort=None))
        bounds = first_row(publication.rows(f"strain.{name}.bounds", cohort=None))
        if row is None or row.value is None:
            yield texts.say(f"load.sentence_{name}_none", reason=reason_of(texts, row))
            continue
        yield texts.say(
            f"load.sentence_{name}",
            value=value_text(texts, row.unit, row.value),
            n=row.n,
            missing=row.missing,
            answered=count_of(bounds, "n"),
            unanswered=count_of(bounds, "missing"),
            low=value_text(texts, row.unit, None if bounds is None else bounds.low),
            high=value_text(texts, row.unit, None if bounds is None else bounds.high),
        )
    yield from _claims(publication, texts, ("strain.weeks_6_10",))


def count_of(row: Any | None, column: str) -> int:
    """A count of a row that may not be there."""
    value = None if row is None else getattr(row, column)
    return 0 if value is None or pd.isna(value) else int(value)


def _claims(publication: Publication, texts: Texts, names: Sequence[str]) -> Iterator[str]:
    """The sentence that each verdict allows, with who is missing."""
    for name in names:
        row = first_row(publication.rows(name, cohort=None))
        if row is None:
            continue
        said = [claim(texts, row)]
        if row.value is not None:
            said.append(texts.say("load.sentence_missing", missing=row.missing))
        yield joined(texts, said)


# --- 1:1s -----------------------------------------------------------------------------------------------


def one_to_one_sentences(publication: Publication, texts: Texts) -> Iterator[str]:
    """From records: who had none for long, and what was held; then what goes with strain, and what not."""
    gaps = first_row(publication.rows("one_to_one.gap_over", cohort=publication.cohort))
    if gaps is not None and gaps.value is not None:
        weeks = arguments_of(gaps, "GAP_WEEKS")[0]
        key = "gap_none" if not gaps.value else "gap"
        yield texts.say(
            f"one_to_ones.sentence_{key}", weeks=weeks, k=int(gaps.value), n=gaps.n, missing=gaps.missing
        )
    held = first_row(publication.rows("one_to_one.held_share", cohort=None))
    if held is not None and held.value is not None:
        ad_hoc = first_row(publication.rows("one_to_one.ad_hoc", cohort=None))
        yield texts.say(
            "one_to_ones.sentence_held",
            value=value_text(texts, held.unit, held.value),
            n=held.n,
            missing=held.missing,
            ad_hoc=count_of(ad_hoc, "value"),
        )
    yield from association_sentences(publication, texts)


def association_sentences(publication: Publication, texts: Texts) -> Iterator[str]:
    """What goes with planned 1:1s, how much less all of them show, and what neither can say."""
    planned = first_row(publication.rows("strain.one_to_one.planned", cohort=None))
    if planned is None:
        return
    if planned.value is None:
        yield claim(texts, planned)
        return
    interval = ""
    if planned.low is not None:
        low, high = (value_text(texts, planned.unit, end) for end in (planned.low, planned.high))
        interval = texts.say("one_to_ones.interval", low=low, high=high)
    told = texts.say(
        "one_to_ones.sentence_planned",
        value=value_text(texts, planned.unit, planned.value),
        interval=interval,
        n=planned.n,
        missing=planned.missing,
        pairs=arguments_of(planned, "PAIRS")[0],
    )
    yield joined(texts, [told, claim(texts, planned)])
    every = first_row(publication.rows("strain.one_to_one.all", cohort=None))
    if every is not None and every.value is not None:
        yield texts.say(
            "one_to_ones.sentence_all",
            value=value_text(texts, every.unit, every.value),
            planned=value_text(texts, planned.unit, planned.value),
            n=every.n,
            missing=every.missing,
        )
    yield texts.say("one_to_ones.sentence_limits")


# --- interruptions --------------------------------------------------------------------------------------


def interruption_sentences(publication: Publication, texts: Texts, last: str) -> Iterator[str]:
    """How often the programme's participants were interrupted in the last phase of a stay."""
    rows = publication.rows("interruption.rate", cohort=None, phase=last)
    found = {row.kind: row for row in rows.itertuples(index=False)}
    off, sleep = found.get("off"), found.get("sleep")
    if off is None or sleep is None or off.value is None or sleep.value is None:
        yield texts.say("interruptions.sentence_none", reason=reason_of(texts, off))
        return
    yield texts.say(
        "interruptions.sentence",
        phase=texts.say(f"phase.{last}"),
        off=value_text(texts, off.unit, off.value),
        sleep=value_text(texts, sleep.unit, sleep.value),
        n_off=off.n,
        n_sleep=sleep.n,
        missing=count_of(off, "missing") + count_of(sleep, "missing"),
        months=arguments_of(off, "MONTHS")[0],
    )
