"""What one person did, from the own records of a publication: counts, lists, what not to publish."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from .kit import Page

REQUESTS = ("consult", "work", "review", "incident_help", "access", "request")
LANES = ("request", "incident", "improvement", "session", "change", "change_review", "one_to_one")
"""Kinds of work; `request` is any of `REQUESTS`."""
STEPS = ("observer", "helper", "responder", "lead", "lone_commander", "step_unknown")
DRAFTED = ("request", "incident", "improvement", "change", "change_review", "session")
"""What the ready sentences are about, in their order."""
FORTNIGHT = timedelta(days=13)
FOUR_WEEKS = timedelta(days=27)
TIRED = 4
"""The answer from which a fortnight was hard: "often" on a scale of five."""
MONEY = re.compile(r"[円¥￥$€£]|万円|\b(?:yen|jpy|usd|eur|k\$)\b", re.IGNORECASE)
LINK = re.compile(r"https?://\S+|\bwww\.\S+", re.IGNORECASE)
MAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
MOST_FOUND = 8

Record = Mapping[str, Any]


def last_stay(page: Page) -> Mapping[str, Any]:
    """The latest of the person's stays."""
    stays: list[Mapping[str, Any]] = page.publication.facts["stays"]
    return max(stays, key=lambda stay: str(stay["start"]))


def has_returned(page: Page) -> bool:
    """Whether the latest stay has ended."""
    return last_stay(page)["end"] is not None


def list_during(page: Page, *kinds: str) -> list[Record]:
    """Records of the days of any stay, of these kinds of work."""
    spans = [
        (stay["start"], stay["end"] or page.publication.as_of) for stay in page.publication.facts["stays"]
    ]
    return [r for r in _of_kinds(page, kinds) if any(first <= r["day"] <= last for first, last in spans)]


def list_afterwards(page: Page, *kinds: str) -> list[Record]:
    """Records of the days after the latest stay; none while it goes on."""
    end = last_stay(page)["end"]
    return [r for r in _of_kinds(page, kinds) if end is not None and r["day"] > end]


def _of_kinds(page: Page, kinds: Sequence[str]) -> Iterator[Record]:
    return (r for r in page.publication.records if find_lane(r) in (kinds or LANES))


def find_lane(record: Record) -> str | None:
    """The kind of work of a record; None for an answer."""
    kind = "request" if record["kind"] in REQUESTS else str(record["kind"])
    return kind if kind in LANES else None


def format_title(page: Page, record: Record) -> str:
    """The title as it was typed, or that it is left out."""
    if record["left_out"]:
        return page.texts.say(f"own_records.left_out.{record['left_out']}")
    return str(record["title"]) or str(page.words["lists"]["no_title"])


def name_team(page: Page, record: Record) -> str:
    """The team a record is about."""
    return page.name_cell("team", record["team"]) if record["team"] else str(page.words["lists"]["no_team"])


def count_kinds(page: Page, records: Iterable[Record]) -> str:
    """ "相談 33、作業依頼 94": how many of each kind of request."""
    return _count(page, Counter(r["kind"] for r in records), REQUESTS, "own_records.kinds")


def count_steps(page: Page, records: Iterable[Record]) -> str:
    """ "観察 3、補助 8": how often in each incident role."""
    return _count(page, Counter(r["step"] for r in records), STEPS, "own_records.steps")


def _count(page: Page, counts: Mapping[Any, int], order: Sequence[str], names: str) -> str:
    say = page.texts.say
    told = [
        say("list.entry", label=say(f"{names}.{key}"), value=counts[key]) for key in order if counts.get(key)
    ]
    return say("list.separator").join(told)


def list_titles(page: Page, records: Iterable[Record], *, most: int) -> list[str]:
    """Titles with how often they occur, the commonest first."""
    counts = Counter(str(r["title"]) for r in records if r["title"])
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:most]
    times = page.words["lists"]["times"]
    return [page.sentence(times, {"title": title, "n": n}) if n > 1 else title for title, n in ordered]


def tabulate_requests(page: Page) -> tuple[list[str], list[list[str]]]:
    """Requests answered by team and kind, the teams with most first; the last row is the sum."""
    records = list_during(page, "request")
    kinds = [kind for kind in REQUESTS if any(r["kind"] == kind for r in records)]
    cells = Counter((name_team(page, r), r["kind"]) for r in records)
    totals = Counter(name_team(page, r) for r in records)
    teams = sorted(totals, key=lambda team: (-totals[team], team))
    words, name = page.words["lists"], page.texts.say
    head = [words["team"], *(name(f"own_records.kinds.{kind}") for kind in kinds), words["sum"]]
    rows = [[t, *(str(cells[t, k] or "–") for k in kinds), str(totals[t])] for t in teams]
    sums = [str(sum(cells[t, k] for t in teams)) for k in kinds]
    return head, [*rows, [words["sum"], *sums, str(len(records))]] if rows else []


def tabulate_incidents(page: Page) -> list[list[str]]:
    """Day, number, title and own role of each incident."""
    return [
        [r["day"], str(r["id"]), format_title(page, r), page.texts.say(f"own_records.steps.{r['step']}")]
        for r in list_during(page, "incident")
    ]


def tabulate_improvements(page: Page) -> list[list[str]]:
    """Day, kind, what, how much, whether it is in use; links are in the CSV file."""
    rows = []
    for r in list_during(page, "improvement"):
        amount = "–" if r["amount"] is None else f"{page.texts.number(r['amount'])} {r['unit'] or ''}".strip()
        use = page.words["lists"][{None: "use_unknown", True: "in_use", False: "not_in_use"}[r["in_use"]]]
        kind = page.name_cell("kind", r["about"] or "unknown")
        rows.append([r["day"], kind, format_title(page, r), amount, use])
    return rows


def list_sentences(page: Page) -> list[str]:
    """What was done in ready sentences of the first person; only what there is."""
    words, stay = page.words["draft"], last_stay(page)
    last = stay["end"] or page.publication.as_of
    weeks = round(((date.fromisoformat(last) - date.fromisoformat(stay["start"])).days + 1) / 7)
    span = {"start": stay["start"], "end": last, "team": page.texts.label(stay["team_name"]), "weeks": weeks}
    said = [page.sentence(words["stay" if stay["end"] else "stay_running"], span)]
    for lane in DRAFTED:
        for when, records in (("", list_during(page, lane)), ("_after", list_afterwards(page, lane))):
            if records and (template := words.get(f"{lane}{when}")):
                listed = _list_for_draft(page, lane, records)
                teams = len({r["team"] for r in records if r["team"]})
                said.append(page.sentence(template, {"n": len(records), "teams": teams, "list": listed}))
    return said


def _list_for_draft(page: Page, lane: str, records: Sequence[Record]) -> str:
    if lane == "request":
        return count_kinds(page, records)
    if lane == "incident":
        return count_steps(page, records)
    return page.join(list_titles(page, records, most=4))


def compare_first_and_last(page: Page) -> dict[str, str] | None:
    """Kinds of requests in the first and in the last four weeks of the latest stay; None without any."""
    stay = last_stay(page)
    start, last = (date.fromisoformat(day) for day in (stay["start"], stay["end"] or page.publication.as_of))
    records = list_during(page, "request")
    early = [r for r in records if stay["start"] <= r["day"] <= (start + FOUR_WEEKS).isoformat()]
    late = [r for r in records if r["day"] >= (last - FOUR_WEEKS).isoformat()]
    if start + FOUR_WEEKS >= last - FOUR_WEEKS or not early or not late:
        return None
    return {"first": count_kinds(page, early), "last": count_kinds(page, late)}


def list_hard_fortnights(page: Page) -> list[list[str]]:
    """Fortnights that were hard by the own answers, or with a note: state, tiredness, records, note."""
    zones = {row.label: row.kind for row in page.rows("strain.zone") if row.value == 1}
    notes: dict[str, list[str]] = {}
    for voice in page.publication.voices.itertuples():
        if voice.question == "pl_text":
            notes.setdefault(str(voice.wave), []).append(str(voice.text))
    rows = []
    for row in page.rows("strain.fortnight"):
        zone, note = zones.get(row.label), " ".join(notes.get(str(row.label), ()))
        if row.label and ((row.value or 0) >= TIRED or zone == "panic" or note):
            tired = page.words["often"][str(int(row.value))] if row.value is not None else "–"
            state = page.name_cell("kind", zone) if zone else "–"
            rows.append([row.label, state, tired, _count_records(page, row.label), note or "–"])
    return rows


def _count_records(page: Page, first: str) -> str:
    last = (date.fromisoformat(first) + FORTNIGHT).isoformat()
    counts = Counter(
        find_lane(r) for r in list_during(page) if first <= r["day"] <= last and r["step"] != "missed"
    )
    say, names = page.texts.say, page.words["lanes"]
    told = [say("list.entry", label=names[lane], value=counts[lane]) for lane in LANES if counts[lane]]
    return say("list.separator").join(told) or "–"


# --- before publishing ------------------------------------------------------------------------------------


def find_sensitive(page: Page) -> list[tuple[str, str]]:
    """What the own records and words hold of what is usually not for the public, by kind."""
    records = page.publication.records
    voices = [(str(v.text), bool(v.names_somebody)) for v in page.publication.voices.itertuples()]
    texts = [*(text for text, _ in voices), *(str(r["title"]) for r in records if r["title"])]
    services = sorted({str(r["about"]) for r in records if r["kind"] == "incident" and r["about"]})
    found: dict[str, Iterable[str]] = {
        "names": (text for text, named in voices if named),
        "left_out": (f"{r['day']} {r['id'] or ''}".strip() for r in records if r["left_out"]),
        "customer": (str(r["title"]) for r in records if r["names_customer"]),
        "mail": (mail for text in texts for mail in MAIL.findall(text)),
        "link": (
            *(str(r["link"]) for r in records if r["link"]),
            *(link for text in texts for link in LINK.findall(text)),
        ),
        "money": (
            *(str(r["title"]) for r in records if r["unit"] and MONEY.search(str(r["unit"]))),
            *(text for text in texts if MONEY.search(text)),
        ),
        "incident": (str(r["id"]) for r in records if r["kind"] == "incident"),
        "service": (name for name in services if any(name in text for text in texts)),
        "team": (page.name_cell("team", r["team"]) for r in records if r["team"]),
    }
    rows = []
    for kind, given in found.items():
        things = list(dict.fromkeys(" ".join(each.split()) for each in given))
        if things:
            listed = " / ".join(things[:MOST_FOUND])  # a comma would be read as part of a link
            more = len(things) - MOST_FOUND
            told = page.texts.say("list.more", list=listed, more=more) if more > 0 else listed
            rows.append((page.words["sensitive"][kind], told))
    return rows
