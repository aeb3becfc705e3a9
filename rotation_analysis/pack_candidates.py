"""What a graduate should look at before publishing, found in the own material: what, and where it stands.

A candidate is no verdict: the writer and whoever is responsible for public relations decide.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .pack_records import Record, when_text
from .publications import Publication
from .texts import Texts

MONEY = re.compile(r"[円¥￥$€£]|万円|\b(?:yen|jpy|usd|eur|k\$)\b", re.IGNORECASE)
LINK = re.compile(r"https?://\S+|\bwww\.\S+", re.IGNORECASE)
MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
SHOWN = 12
"""So many of one kind are listed; how many more there are is said."""


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """Something to look at: what, and in which parts it stands.

    `kind`: names, left_out, customer, mail, link, money, incident, service, team.
    """

    kind: str
    found: tuple[str, ...]
    where: tuple[str, ...]


def find_candidates(publication: Publication, texts: Texts) -> list[Candidate]:
    """Everything that the own records and words hold of what is usually not for the public."""
    records = publication.records
    words = [(str(v.text), _place(texts, v), bool(v.names_somebody)) for v in publication.voices.itertuples()]
    titled = [(str(r["title"]), _place_of(texts, r)) for r in records if r["title"]]
    texted = [*((text, place) for text, place, _ in words), *titled]
    incidents = [r for r in records if r["kind"] == "incident"]
    improved = [(f"{r['title']}({r['amount']:g} {r['unit']})", _place_of(texts, r)) for r in records
                if r["unit"] and r["amount"] is not None and MONEY.search(str(r["unit"]))]  # fmt: skip
    found = [
        _gather("names", ((text, place) for text, place, named in words if named)),
        _gather("left_out", ((_id_of(texts, r), _place_of(texts, r)) for r in records if r["left_out"])),
        _gather("customer", ((str(r["title"]), _place_of(texts, r)) for r in records if r["names_customer"])),
        _gather("mail", ((m, place) for text, place in texted for m in MAIL.findall(text))),
        _gather("link", [*((str(r["link"]), _place_of(texts, r)) for r in records if r["link"]),
                         *((link, place) for text, place in texted for link in LINK.findall(text))]),
        _gather("money", [*improved, *((text, place) for text, place in texted if MONEY.search(text))]),
        _gather("incident", ((str(r["id"]), _place_of(texts, r)) for r in incidents)),
        _gather("service", ((str(r["about"]), _place_of(texts, r)) for r in incidents if r["about"])),
        _gather("team", ((_team(publication, texts, r), _place_of(texts, r)) for r in records if r["team"])),
    ]  # fmt: skip
    return [candidate for candidate in found if candidate.found]


def candidate_rows(publication: Publication, texts: Texts) -> tuple[tuple[str, ...], ...]:
    """A row a kind: what was found and where it stands."""
    return tuple(
        (
            texts.say(f"pack.candidate.{candidate.kind}"),
            _shorten(texts, candidate.found),
            _shorten(texts, candidate.where),
        )
        for candidate in find_candidates(publication, texts)
    )


def _gather(kind: str, pairs: Iterable[tuple[str, str]]) -> Candidate:
    """Each thing and each place once, in the order found."""
    pairs = list(pairs)
    found = dict.fromkeys(" ".join(what.split()) for what, _ in pairs)
    return Candidate(kind=kind, found=tuple(found), where=tuple(dict.fromkeys(where for _, where in pairs)))


def _shorten(texts: Texts, items: Sequence[str]) -> str:
    listed = texts.say("list.separator").join(items[:SHOWN])
    more = len(items) - SHOWN
    return texts.say("pack.and_more", list=listed, n=more) if more > 0 else listed


def _place(texts: Texts, voice: object) -> str:
    """Where own words stand: the question and the round."""
    question, wave = str(getattr(voice, "question", "")), str(getattr(voice, "wave", ""))
    asked = texts.say(f"pack.asked.{question}") if texts.has(f"pack.asked.{question}") else question
    return texts.say("pack.source", question=asked, when=when_text(texts, wave))


def _place_of(texts: Texts, record: Record) -> str:
    """In which list of the pack a record stands."""
    return texts.say("pack.in_list", kind=texts.say(f"own_records.kinds.{record['kind']}"))


def _id_of(texts: Texts, record: Record) -> str:
    day, id_ = texts.day(record["day"]), record["id"] or "–"
    return texts.say("pack.dated", day=day, what=str(id_))


def _team(publication: Publication, texts: Texts, record: Record) -> str:
    team = record["team"]
    return texts.label(publication.facts["teams"].get(team, {"ja": team, "en": team}))
