"""What a graduate did, from the own records of a publication: months, milestones, lists to pick from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from .narrative import value_text
from .publications import Publication
from .texts import Texts

REQUESTS = ("consult", "work", "review", "incident_help", "access", "request")
LANES = ("request", "incident", "improvement", "session", "change", "change_review", "one_to_one")
"""Rows of the timeline, from above; `request` is any of `REQUESTS`."""
STEPS = ("observer", "helper", "responder", "lead", "lone_commander", "step_unknown")
MOST_COMMON = 8
FOUR_WEEKS = 28
DRAFTED = {
    "requests": REQUESTS,
    "incidents": ("incident",),
    "improvements": ("improvement",),
    "changes": ("change",),
    "reviews": ("change_review",),
    "sessions": ("session",),
    "sessions_after": ("session",),
    "changes_after": ("change",),
}
"""What the draft tells, in its order, and of which records."""
Record = Mapping[str, Any]
Rows = tuple[tuple[str, ...], ...]


def narrow(publication: Publication, stay: Mapping[str, Any]) -> Publication:
    """The publication of one of the reader's stays: its rows, its records until the next stay begins."""
    later = [other["start"] for other in publication.facts["stays"] if other["start"] > stay["start"]]
    until = min(later, default="9999-12-31")
    rows = publication.measures
    own = rows["person"].eq(stay["person"]) & rows["cohort"].eq(stay["cohort"])
    return replace(
        publication,
        cohort=stay["cohort"],
        measures=rows[rows["person"].isna() | own],
        facts={**publication.facts, "stays": [stay]},
        voices=publication.voices[publication.voices["cohort"].isin([stay["cohort"], ""])],
        records=tuple(r for r in publication.records if stay["start"] <= r["day"] < until),
    )


def the_stay(publication: Publication) -> Mapping[str, Any]:
    """The only stay of a narrowed publication."""
    return publication.facts["stays"][0]


def last_day(publication: Publication) -> str:
    """The last day of the stay, or up to which there are data while it runs."""
    return str(the_stay(publication)["end"] or publication.as_of)


def during(publication: Publication, *kinds: str) -> list[Record]:
    """Records of the stay's own days, of these kinds."""
    last = last_day(publication)
    return [r for r in publication.records if r["day"] <= last and (not kinds or r["kind"] in kinds)]


def afterwards(publication: Publication, *kinds: str) -> list[Record]:
    """Records of the days after the stay, of these kinds; none while it runs."""
    if the_stay(publication)["end"] is None:
        return []
    last = last_day(publication)
    return [r for r in publication.records if r["day"] > last and (not kinds or r["kind"] in kinds)]


def lane_of(record: Record) -> str | None:
    """The row of the timeline a record is drawn in; None for what is not drawn."""
    kind = "request" if record["kind"] in REQUESTS else record["kind"]
    return kind if kind in LANES else None


def title_of(texts: Texts, record: Record) -> str:
    """The title as it was typed, or that it is left out."""
    if record["left_out"]:
        return texts.say(f"own_records.left_out.{record['left_out']}")
    return str(record["title"]) or texts.say("pack.no_title")


def team_of(publication: Publication, texts: Texts, record: Record) -> str:
    """Name of the team a record is about; the stay's own team is said to be."""
    team = record["team"]
    if team is None:
        return texts.say("pack.no_team")
    name = texts.label(publication.facts["teams"].get(team, {"ja": team, "en": team}))
    return texts.say("pack.own_team", team=name) if team == the_stay(publication)["team"] else name


def asked_text(texts: Texts, question: str) -> str:
    """A question in words; of an own one of the programme its id."""
    return texts.say(f"pack.asked.{question}") if texts.has(f"pack.asked.{question}") else question


def when_text(texts: Texts, wave: str) -> str:
    """A round by its name, a fortnight by its first day."""
    if texts.has(f"wave.{wave}"):
        return texts.say(f"wave.{wave}")
    return texts.say("pack.fortnight_from", day=texts.day(wave)) if wave else texts.say("pack.no_day")


# --- when it was ----------------------------------------------------------------------------------------


def month_rows(publication: Publication, texts: Texts) -> Rows:
    """A row a month of the stay: how many records in each lane, 1:1s held only; "–" for none."""
    counts: dict[str, Counter[str]] = {}
    for record in during(publication):
        lane = lane_of(record)
        if lane is not None and record["step"] != "missed":
            counts.setdefault(record["day"][:7], Counter())[lane] += 1
    return tuple(
        (month, *(str(counts.get(month, Counter())[lane] or "–") for lane in LANES))
        for month in _list_months(the_stay(publication)["start"], last_day(publication))
    )


def _list_months(first: str, last: str) -> list[str]:
    year, month = int(first[:4]), int(first[5:7])
    months = []
    while f"{year:04}-{month:02}" <= last[:7]:
        months.append(f"{year:04}-{month:02}")
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return months


def milestones(publication: Publication, texts: Texts) -> list[str]:
    """The start, the first of each kind of work and step in incidents, events, the end: one line each."""
    stay = the_stay(publication)
    found = [(stay["start"], 0, texts.say("pack.milestone.start"))]
    seen: set[str] = set()
    for record in during(publication):
        lane = lane_of(record)
        key = f"incident.{record['step']}" if lane == "incident" else str(lane)
        if lane in (None, "one_to_one") or key in seen or record["step"] == "step_unknown":
            continue
        seen.add(key)
        step = texts.say(f"step.{record['step']}") if lane == "incident" else ""
        said = texts.say(f"pack.milestone.{lane}", title=title_of(texts, record), step=step)
        found.append((record["day"], 1, said))
    events = [
        event
        for event in publication.facts["events"]
        if stay["start"] <= event["date"] <= last_day(publication)
    ]
    found += [(e["date"], 2, texts.say("pack.milestone.event", what=texts.label(e))) for e in events]
    ending = stay["ending"] if stay["end"] else "running"
    day = stay["end"] or stay["planned_end"]
    found.append((day, 3, texts.say(f"pack.milestone.end_{ending}", planned=texts.day(stay["planned_end"]))))
    return [texts.say("pack.dated", day=texts.day(day), what=what) for day, _, what in sorted(found)]


# --- what was done --------------------------------------------------------------------------------------


def request_grid(publication: Publication, texts: Texts) -> tuple[tuple[str, ...], Rows]:
    """Requests answered by team and kind, the teams with most first; the last row is the sum."""
    records = during(publication, *REQUESTS)
    kinds = [kind for kind in REQUESTS if any(r["kind"] == kind for r in records)]
    by_team = Counter(team_of(publication, texts, r) for r in records)
    cells = Counter((team_of(publication, texts, r), r["kind"]) for r in records)
    head = (
        texts.say("pack.column.team"),
        *(texts.say(f"own_records.kinds.{kind}") for kind in kinds),
        texts.say("pack.column.sum"),
    )
    teams = sorted(by_team, key=lambda team: (-by_team[team], team))
    body = [(t, *(str(cells[t, k] or "–") for k in kinds), str(by_team[t])) for t in teams]
    sums = tuple(str(sum(cells[t, k] for t in teams)) for k in kinds)
    total = (texts.say("pack.column.sum"), *sums, str(len(records)))
    return head, (*body, total) if body else ()


def common_titles(texts: Texts, records: Sequence[Record], most: int = MOST_COMMON) -> list[str]:
    """Titles with how often they occur, the commonest first; records without a title are left out."""
    counts = Counter(str(r["title"]) for r in records if r["title"])
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return [
        texts.say("pack.title_times", title=title, n=n) if n > 1 else title for title, n in ordered[:most]
    ]


def improvement_rows(publication: Publication, texts: Texts) -> Rows:
    """A row an improvement: day, kind, what, how much, still in use, where to see it."""
    rows = []
    for r in during(publication, "improvement"):
        about = r["about"] or "unknown"
        kind = texts.say(f"kind.{about}") if texts.has(f"kind.{about}") else about
        amount = "–"
        if r["amount"] is not None:
            number = value_text(texts, "persons", r["amount"]) if r["amount"] % 1 == 0 else f"{r['amount']:g}"
            amount = texts.say("pack.amount", amount=number, unit=r["unit"] or "")
        use = {None: "untold", True: "yes", False: "no"}[r["in_use"]]
        rows.append(
            (
                texts.day(r["day"]),
                kind,
                title_of(texts, r),
                amount,
                texts.say(f"pack.in_use.{use}"),
                r["link"] or "–",
            )
        )
    return tuple(rows)


def incident_rows(publication: Publication, texts: Texts, records: Sequence[Record]) -> Rows:
    """A row an incident: day, number, title, the own step."""
    return tuple(
        (texts.day(r["day"]), str(r["id"]), title_of(texts, r), texts.say(f"step.{r['step']}"))
        for r in records
    )


def step_counts(texts: Texts, records: Sequence[Record]) -> str:
    """ "観察 3、補助 8": how often at each step, in the order of the steps."""
    counts = Counter(r["step"] for r in records)
    told = [texts.say("pack.count", what=texts.say(f"step.{s}"), n=counts[s]) for s in STEPS if counts[s]]
    return texts.say("list.separator").join(told)


def kind_counts(texts: Texts, records: Sequence[Record]) -> str:
    """ "相談 33、作業依頼 94": how many of each kind of request, in the order of the kinds."""
    counts = Counter(r["kind"] for r in records)
    told = [
        texts.say("pack.count", what=texts.say(f"own_records.kinds.{kind}"), n=counts[kind])
        for kind in REQUESTS
        if counts[kind]
    ]
    return texts.say("list.separator").join(told)


def talk_lines(texts: Texts, records: Sequence[Record]) -> list[str]:
    """One line a study session held: its day, what it is, its title."""
    return [texts.say("pack.talk", day=texts.day(r["day"]), title=title_of(texts, r)) for r in records]


def left_out(records: Sequence[Record]) -> int:
    """How many titles are left out because they name somebody else."""
    return sum(bool(r["left_out"]) for r in records)


def lane_counts(texts: Texts, records: Sequence[Record]) -> str:
    """How many records in each lane, 1:1s left out; "" for none."""
    counts = Counter(lane_of(r) for r in records)
    told = [
        texts.say("pack.count", what=texts.say(f"pack.lane.{lane}"), n=counts[lane])
        for lane in LANES
        if counts[lane] and lane != "one_to_one"
    ]
    return texts.say("list.separator").join(told)


def draft_lines(publication: Publication, texts: Texts) -> list[str]:
    """What was done as sentences in the first person, one a kind of work; only what there is."""
    told = []
    for key, kinds in DRAFTED.items():
        records = during(publication, *kinds)
        if key.endswith("_after"):
            records = afterwards(publication, *kinds)
        if not records:
            continue
        if key == "requests":
            listed = kind_counts(texts, records)
        elif key == "incidents":
            listed = step_counts(texts, records)
        else:
            counts = Counter(title_of(texts, r) for r in records)
            listed = texts.say("pack.and").join(
                texts.say("pack.title_times", title=title, n=n) if n > 1 else title
                for title, n in counts.items()
            )
        teams = len({r["team"] for r in records if r["team"]})
        told.append(texts.say(f"pack.draft.{key}", n=len(records), teams=teams, list=listed))
    return told


def months_apart(publication: Publication, texts: Texts) -> tuple[str, str] | None:
    """Kinds of requests in the first and in the last four weeks of the stay; None where there are none."""
    first = date.fromisoformat(the_stay(publication)["start"]) + timedelta(days=FOUR_WEEKS - 1)
    last = date.fromisoformat(last_day(publication)) - timedelta(days=FOUR_WEEKS - 1)
    records = during(publication, *REQUESTS)
    early = [r for r in records if r["day"] <= first.isoformat()]
    late = [r for r in records if r["day"] >= last.isoformat()]
    if first >= last or not early or not late:
        return None
    return kind_counts(texts, early), kind_counts(texts, late)


def grouped_titles(texts: Texts, records: Sequence[Record]) -> list[str]:
    """One line a title: its day, or how often it occurs with the first and the last day."""
    days: dict[str, list[str]] = {}
    for r in records:
        days.setdefault(title_of(texts, r), []).append(texts.day(r["day"]))
    return [
        texts.say("pack.dated", day=found[0], what=title)
        if len(found) == 1
        else texts.say("pack.title_days", title=title, n=len(found), first=found[0], last=found[-1])
        for title, found in days.items()
    ]


def one_to_one_counts(publication: Publication) -> tuple[int, int]:
    """1:1s of the stay that were held and that were not."""
    steps = [r["step"] for r in during(publication, "one_to_one")]
    return steps.count("held"), steps.count("missed")
