"""What a graduate should look at before publishing, found in the own material: what, and where it stands.

A candidate is no verdict: the writer and whoever is responsible for public relations decide.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from .pack_records import Record, asked_text, lane_of, when_text
from .publications import Publication
from .texts import Texts

MONEY = re.compile(r"[円¥￥$€£]|万円|\b(?:yen|jpy|usd|eur|k\$)\b", re.IGNORECASE)
LINK = re.compile(r"https?://\S+|\bwww\.\S+", re.IGNORECASE)
MAIL = re.compile(r"(?<![\w.+-])[\w.+-]++@[\w-]++(?:\.[\w-]++)++")
SHOWN = 30
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
    said = [(str(v.text), _place(texts, v), bool(v.names_somebody)) for v in publication.voices.itertuples()]
    words = [(text, place) for text, place, _ in said]
    texted = [*words, *((str(r["title"]), _place_of(texts, r)) for r in records if r["title"])]
    services = {str(r["about"]) for r in records if r["kind"] == "incident" and r["about"]}
    found = [
        _gather("names", ((text, place) for text, place, named in said if named)),
        _gather("left_out", ((_id_of(texts, r), _place_of(texts, r)) for r in records if r["left_out"])),
        _gather("customer", ((str(r["title"]), _place_of(texts, r)) for r in records if r["names_customer"])),
        _gather("mail", ((mail, place) for text, place in texted for mail in MAIL.findall(text))),
        _gather(
            "link", [*((str(r["link"]), _place_of(texts, r)) for r in records if r["link"]), *_links(texted)]
        ),
        _gather(
            "money", [*_money(publication, texts), *((t, place) for t, place in texted if MONEY.search(t))]
        ),
        _gather(
            "incident", ((str(r["id"]), _place_of(texts, r)) for r in records if r["kind"] == "incident")
        ),
        _gather(
            "service", ((name, place) for text, place in texted for name in sorted(services) if name in text)
        ),
        _gather("team", ((_team(publication, texts, r), _place_of(texts, r)) for r in records if r["team"])),
    ]
    return [candidate for candidate in found if candidate.found]


def _links(texted: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    return ((link, place) for text, place in texted for link in LINK.findall(text))


def _money(publication: Publication, texts: Texts) -> Iterator[tuple[str, str]]:
    """Improvements whose size is money."""
    for r in publication.records:
        if r["unit"] and r["amount"] is not None and MONEY.search(str(r["unit"])):
            amount = texts.say("pack.amount", amount=texts.number(r["amount"]), unit=r["unit"])
            yield f"{r['title']} {amount}", _place_of(texts, r)


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
    listed = " / ".join(items[:SHOWN])  # a comma would be read as part of a link
    more = len(items) - SHOWN
    return texts.say("pack.and_more", list=listed, n=more) if more > 0 else listed


def _place(texts: Texts, voice: object) -> str:
    """Where own words stand: the question and the round."""
    question, wave = str(getattr(voice, "question", "")), str(getattr(voice, "wave", ""))
    return texts.say("pack.source", question=asked_text(texts, question), when=when_text(texts, wave))


def _place_of(texts: Texts, record: Record) -> str:
    """In which list of the pack a record stands."""
    lane = lane_of(record)
    key = f"pack.lane.{lane}" if lane else f"own_records.kinds.{record['kind']}"
    return texts.say("pack.in_list", kind=texts.say(key))


def _id_of(texts: Texts, record: Record) -> str:
    day, id_ = texts.day(record["day"]), record["id"] or "–"
    return texts.say("pack.dated", day=day, what=str(id_))


def _team(publication: Publication, texts: Texts, record: Record) -> str:
    team = record["team"]
    return texts.label(publication.facts["teams"].get(team, {"ja": team, "en": team}))
