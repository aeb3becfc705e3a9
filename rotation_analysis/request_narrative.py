"""Sentences about requests: what was asked, who handled it, what came again, reviews, waiting."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from .narrative import claim, first_row, joined, reason_text, value_text
from .publications import Publication
from .texts import Texts

SHARE = "requests.do_it_for_me_share"
MIX = ("work", "review", "consult", "incident_help", "access")
MOST_TOPICS = 3


def _count(texts: Texts, value: object) -> str:
    """A number of records."""
    return texts.number(float(value), 0)  # type: ignore[arg-type]


def mix_sentence(publication: Publication, texts: Texts) -> str | None:
    """How much was asked during the stay, and of what kind."""
    rows = publication.rows("requests.per_team_week", phase="stay", team=None)
    counts = dict(zip(rows["kind"], rows["n"], strict=True))
    total = first_row(rows[rows["kind"].eq("all")])
    if total is None or not total.n:
        return None
    known = sum(int(counts.get(kind, 0)) for kind in MIX)
    rate = value_text(texts, total.unit, total.value)
    if known == 0:
        return texts.say("mix.sentence_plain", rate=rate)
    shares = {kind: texts.percent(int(counts.get(kind, 0)) / known) for kind in ("work", "review", "consult")}
    return texts.say("mix.sentence", rate=rate, **shares)


def bound_sentence(publication: Publication, texts: Texts) -> str:
    """What only SRE may do, during the stay and over the programme."""
    own = first_row(publication.rows("requests.permission_bound_share", cohort=publication.cohort))
    whole = first_row(publication.rows("requests.permission_bound_share", cohort=None))
    if own is None or own.value is None:
        reason = own.notes[0] if own is not None else "NO_REQUESTS"
        return texts.say("mix.sentence_bound_none", reason=reason_text(texts, reason))
    return texts.say(
        "mix.sentence_bound",
        value=value_text(texts, "share", own.value),
        n=_count(texts, own.n),
        whole=value_text(texts, "share", None if whole is None else whole.value),
        n_whole=_count(texts, 0 if whole is None else whole.n),
    )


def sensitivity_sentence(publication: Publication, texts: Texts) -> str | None:
    """The share with requests moved whose titles speak of another kind, beside the one as filed."""
    filed = first_row(publication.rows(SHARE, phase="stay", team=None))
    row = first_row(publication.rows(f"{SHARE}.relabelled", phase="stay", team=None))
    if filed is None or row is None or filed.value is None or row.value is None:
        return None
    moved = moved_of(row)
    if not moved:
        return texts.say("do_it_for_me.sensitivity_none", n=_count(texts, filed.n))
    return texts.say(
        "do_it_for_me.sensitivity",
        moved=moved,
        filed=value_text(texts, "share", filed.value),
        value=value_text(texts, "share", row.value),
        n=_count(texts, row.n),
    )


def moved_of(row: Any) -> int:
    """How many requests a row says were moved to another kind."""
    return next((int(note.split(":")[1]) for note in row.notes if note.startswith("MOVED:")), 0)


def handled_sentence(publication: Publication, texts: Texts) -> str:
    """How many of the requests answered during stays participants answered, over the programme."""
    row = first_row(publication.rows("requests.handled", cohort=None))
    if row is None or row.value is None or not row.n:
        reason = row.notes[0] if row is not None and row.notes else "NO_REQUESTS"
        return texts.say("handled.sentence_none", reason=reason_text(texts, reason))
    return texts.say(
        "handled.sentence",
        value=value_text(texts, row.unit, row.value),
        share=texts.percent(row.value / row.n),
        n=_count(texts, row.n),
        missing=_count(texts, row.missing),
    )


def topic_sentence(publication: Publication, texts: Texts) -> str:
    """Topics that several teams consulted on during the stay, the commonest named."""
    rows = publication.rows("requests.repeat_topic", cohort=publication.cohort)
    teams = publication.facts["triggers"]["repeat_teams"]
    again = rows[rows["label"].notna()]
    if again.empty:
        row = first_row(rows)
        if row is None or row.value is None:
            reason = row.notes[0] if row is not None else "NO_CONSULTATIONS"
            return texts.say("topics.sentence_unknown", reason=reason_text(texts, reason))
        return texts.say(
            "topics.sentence_none", teams=teams, n=_count(texts, row.n), missing=_count(texts, row.missing)
        )
    named = [
        texts.say("topics.entry", topic=row.label, teams=int(row.value), n=row.n)
        for row in again.head(MOST_TOPICS).itertuples(index=False)
    ]
    return texts.say(
        "topics.sentence",
        k=len(again),
        teams=teams,
        list=" / ".join(named),
        n=_count(texts, again["n"].sum()),
        missing=_count(texts, again["missing"].iloc[0]),
    )


def review_sentence(publication: Publication, texts: Texts) -> str | None:
    """First pass and rounds of all home teams' changes during the stay."""
    share = first_row(publication.rows("review.first_pass_share", phase="stay", team=None))
    rounds = first_row(publication.rows("review.rounds", phase="stay", team=None))
    if share is None or share.value is None:
        return None
    said = texts.say(
        "reviews.sentence",
        value=value_text(texts, "share", share.value),
        n=_count(texts, share.n),
        missing=_count(texts, share.missing),
    )
    if rounds is None or rounds.value is None:
        return said
    more = texts.say(
        "reviews.rounds", value=value_text(texts, "rounds", rounds.value), n=_count(texts, rounds.n)
    )
    return said + texts.space + more


def waiting_sentences(publication: Publication, texts: Texts) -> Iterator[str]:
    """The medians of the stay; then how waits differ with as many participants as were present at once."""
    done, answer = (
        first_row(publication.rows(f"waiting.{name}", cohort=publication.cohort, kind="all"))
        for name in ("done", "first_answer")
    )
    if done is not None and done.value is not None:
        yield texts.say(
            "waiting.sentence",
            value=value_text(texts, done.unit, done.value),
            n=_count(texts, done.n),
            open=_count(texts, open_of(done)),
        )
    if answer is not None and answer.value is not None:
        value = value_text(texts, answer.unit, answer.value)
        counts = {"n": _count(texts, answer.n), "open": _count(texts, open_of(answer))}
        yield texts.say("waiting.sentence_answer", value=value, **counts)
    yield from _presence_sentences(publication, texts)


def open_of(row: Any) -> int:
    """How many requests of a row were still open."""
    return next((int(note.split(":")[1]) for note in row.notes if note.startswith("STILL_OPEN:")), 0)


def most_present(publication: Publication) -> Any | None:
    """The row of the greatest number of participants who were present at once during the stay."""
    rows = publication.rows("waiting.rotators_present", cohort=publication.cohort)
    numbers = rows["kind"].map(number_of)
    return None if rows.empty else first_row(rows[numbers.eq(numbers.max())])


def number_of(kind: str) -> int:
    """The number in `rotators_4`."""
    return int(kind.rsplit("_", 1)[1])


def _presence_sentences(publication: Publication, texts: Texts) -> Iterator[str]:
    most = most_present(publication)
    if most is None or not number_of(most.kind):
        return
    yield texts.say("waiting.present", k=number_of(most.kind), days=int(most.value), n=most.n)
    row = first_row(publication.rows("waiting.change_by_rotators", kind=most.kind))
    if row is not None:
        counted = "" if row.value is None else texts.say("waiting.counted")
        yield joined(texts, [claim(texts, row), counted])


def change_text(texts: Texts, row: Any | None) -> str:
    """A change with its interval, where it has one."""
    if row is None or row.value is None or pd.isna(row.value):
        return "–"
    value = value_text(texts, row.unit, row.value, with_unit=True)
    if row.low is None or pd.isna(row.low):
        return value
    low, high = (value_text(texts, row.unit, end) for end in (row.low, row.high))
    return texts.say("part.value_interval", value=value, low=low, high=high)
