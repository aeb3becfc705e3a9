"""Material for a graduate's own retrospective: ready sentences, what was done, learned and hard.

For that person alone.  Nothing is made up: where only the graduate can know, the page asks (dashed boxes).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from .charts import dumbbells
from .kit import Groups, Page, Report, Section, Shown, Table, escape, escape_sentence
from .rows import PEOPLE, Rows
from .skill_growth import VIEWS

# --- what one person did, from the own records of a publication: counts, lists, what not to publish --------

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


MOST_OPEN = 8
"""Rows of a list that stands open; a longer one is folded."""
KINDS = ("skills", "incidents", "strain", "time", "quotes")
READERS = ("owner", "home_manager")
CHECKS = ("names", "customers", "incidents", "costs", "unreleased", "links", "quotes", "relations")
ROLLBACK = ("切り戻", "ロールバック", "巻き戻", "revert", "rollback", "roll back", "hotfix")
FOLLOW_UPS = ("after_3m", "after_6m", "after_12m")


# --- pieces of the page -----------------------------------------------------------------------------------


def ask(page: Page, *keys: str) -> str:
    """Dashed boxes for what only the graduate can write."""
    return "".join(f'<p class="prompt">{escape(page.words["ask"][key])}</p>' for key in keys)


def ask_unless_written(page: Page, *fields: str) -> str:
    """What the graduate wrote in a field under its question, or the box to write it in."""
    parts = []
    for field in fields:
        text = page.written(field)
        asked = escape(page.words["ask"][field])
        own = f"<h3>{asked}</h3><p>{escape(text)}</p>"
        parts.append(own if text else f'<p class="prompt">{asked}</p>')
    return "".join(parts)


def quote(page: Page, *questions: str) -> str:
    """The graduate's own answers in free text to these questions, with when they were written."""
    lines = []
    for voice in page.publication.voices.itertuples():
        if voice.question in questions:
            asked = page.words["asked"].get(voice.question, voice.question)
            when = page.name_cell("wave", str(voice.wave)) if voice.wave else ""
            source = " · ".join(filter(None, (asked, when)))
            text = f"<p>{escape(str(voice.text))}</p><footer>{escape(source)}</footer>"
            lines.append(f"<blockquote>{text}</blockquote>")
    return "".join(lines)


def tabulate(page: Page, title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table; one of more than eight rows is folded under its title and number of rows."""
    if not rows:
        return ""
    table = Table([page.words["lists"].get(name, name) for name in head], rows).html()
    if len(rows) <= MOST_OPEN:
        return table
    summary = page.sentence(
        page.words["lists"]["folded"], {"title": page.words["lists"][title], "n": len(rows)}
    )
    return f"<details><summary>{escape(summary)}</summary>{table}</details>"


def say(shown: Shown, *names: str) -> str:
    """Sentences of the section as paragraphs."""
    said = (shown.page.say(shown.section.name, name, shown.named) for name in names)
    return "".join(f"<p>{escape_sentence(sentence)}</p>" for sentence in said if sentence)


def only_after_return(prose: Callable[[Shown], str]) -> Callable[[Shown], str]:
    """A chapter whose time comes with the return: nothing before."""
    return lambda shown: prose(shown) if has_returned(shown.page) else ""


# --- chapters ---------------------------------------------------------------------------------------------


def greet(page: Page) -> str:
    """To whom this is, and how to use it in one sentence."""
    stay = last_stay(page)
    values = {"name": stay["name"], "team": page.texts.label(stay["team_name"])}
    key = "greeting" if stay["end"] else "greeting_running"
    return f"<p>{escape(page.sentence(page.words[key], values))}</p>"


def count_records(page: Page, groups: Groups) -> Mapping[str, Any]:
    """How many requests were answered and incidents joined."""
    requests, incidents = list_during(page, "request"), list_during(page, "incident")
    return {
        "requests": len(requests) or None,
        "teams": len({r["team"] for r in requests if r["team"]}),
        "incidents": len(incidents) or None,
        "roles": count_steps(page, incidents) or None,
        "kinds": count_kinds(page, requests) or None,
        "improvements": len(list_during(page, "improvement")) or None,
    }


def offer_sentences(shown: Shown) -> str:
    """Ready sentences, each with a button that copies it."""
    lines = []
    for number, sentence in enumerate(list_sentences(shown.page), start=1):
        button = escape(shown.page.texts.say("frame.copy"))
        lines.append(
            f'<li><span id="sentence-{number}">{escape(sentence)}</span> '
            f'<button type="button" data-copy="sentence-{number}" hidden>{button}</button></li>'
        )
    note = escape(shown.page.words["draft"]["note"])
    return f'<ul class="lines">{"".join(lines)}</ul><p class="caption">{note}</p>'


def show_work(shown: Shown) -> str:
    """Requests by team and kind, incidents, improvements, the rest; then what only the graduate knows."""
    page = shown.page
    head, rows = tabulate_requests(page)
    changes = compare_first_and_last(page)
    change = page.sentence(page.words["done"]["change"], changes) if changes else ""
    incidents = ("day", "number", "what", "role")
    improvements = ("day", "kind", "what", "size", "use")
    titles = list_titles(page, list_during(page, "change", "change_review", "session"), most=6)
    other = page.sentence(page.words["done"]["other"], {"list": page.join(titles)}) if titles else ""
    return "".join(
        (
            tabulate(page, "requests", head, rows),
            f"<p>{escape(change)}</p>" if change else "",
            tabulate(page, "incidents", incidents, tabulate_incidents(page)),
            tabulate(page, "improvements", improvements, tabulate_improvements(page)),
            f"<p>{escape(other)}</p>" if other else "",
            ask(page, "request", "incident", "improvement"),
        )
    )


def describe_levels(page: Page, groups: Groups) -> Mapping[str, Any]:
    """Skills that the graduate and the mentor both rate higher than at the start, and without a chance."""
    own, mentor = (
        {row.data.skill for row in groups[name].known_rows if row.data.value > 0}
        for name in ("own", "mentor")
    )
    both = [skill["id"] for skill in page.publication.facts["skills"] if skill["id"] in own & mentor]
    never = [row.skill for row in groups["no_chance"].known_rows if row.data.value and row.data.skill]
    return {
        "grown": page.join([page.name_cell("skill", skill) for skill in both]) if both else None,
        "never": page.join(never) if never else None,
    }


def tabulate_levels(shown: Shown) -> Table | None:
    """Own levels at the start and now and the mentor's view, in words and not in points."""
    page, words = shown.page, shown.page.words["level"]
    levels: dict[str, dict[str, str]] = {}
    for row in shown.groups["levels"].known_rows:
        levels.setdefault(row.data.skill, {})[f"{row.data.kind}.{row.data.wave}"] = words[
            str(int(row.data.value))
        ]
    if not levels:
        return None
    columns = ("self.start", "self.end", "mentor.end")
    rows = [
        (page.name_cell("skill", skill), *(found.get(column, "–") for column in columns))
        for skill, found in levels.items()
    ]
    return Table([shown.label(name) for name in ("skill", *columns)], rows)


def show_learned(shown: Shown) -> str:
    """Own words about what was learned and how the view changed, and the three things to choose."""
    page = shown.page
    three = "".join(f"<p>{escape(entry['text'])}</p>" for entry in page.entries("learned"))
    return (
        quote(page, "skill.example", "fu_view")
        + three
        + ask(page, "learned", "mentor", "why", "before", "now")
    )


def count_load(page: Page, groups: Groups) -> Mapping[str, Any]:
    """Pages out of hours, 1:1s held and missed, and how many fortnights were hard."""
    steps = [r["step"] for r in list_during(page, "one_to_one")]
    events = [row.kind for row in page.rows("interruption.event") if row.value]
    return {
        "hard": len(list_hard_fortnights(page)),
        "held": steps.count("held") or None,
        "missed": steps.count("missed"),
        "off": events.count("off") + events.count("sleep") or None,
        "sleep": events.count("sleep"),
    }


def show_hard(shown: Shown) -> str:
    """Fortnights to look back at, own words, mistakes that the graduate chooses to tell."""
    page = shown.page
    head = ("from", "state", "tired", "records", "note")
    told = "".join(
        f"<blockquote><p>{escape(' '.join(filter(None, entry.values())))}</p></blockquote>"
        for entry in page.entries("mistakes")
    )
    rolled = [r for r in list_during(page) if any(word in str(r["title"]).casefold() for word in ROLLBACK)]
    titles = list_titles(page, rolled, most=5)
    safety = page.sentence(page.words["hard"]["rolled"], {"list": page.join(titles)}) if titles else ""
    return "".join(
        (
            tabulate(page, "fortnights", head, list_hard_fortnights(page)),
            say(shown, "called", "talks"),
            quote(page, "ex_hard"),
            f"<p>{escape(safety)}</p>" if safety else "",
            told or ask(page, "mistakes"),
            ask(page, "hard", "helped", "near_miss"),
        )
    )


def show_home(shown: Shown) -> str:
    """What was done for and with the own home team."""
    page = shown.page
    own = [r for r in list_during(page, "request") if r["team"] == last_stay(page)["team"]]
    titles = list_titles(page, own, most=4)
    values = {"n": len(own), "list": page.join(titles)} if own else {}
    said = page.sentence(page.words["home"]["own"], values) if titles else ""
    return (f"<p>{escape(said)}</p>" if said else "") + ask(page, "home") + ask_unless_written(page, "view")


@only_after_return
def show_next(shown: Shown) -> str:
    """What was used and taught since the return, and the answers of the follow-ups."""
    page = shown.page
    later = list_afterwards(page)
    counted = page.sentence(page.words["next"]["records"], {"n": len(later)}) if later else ""
    return (
        (f"<p>{escape(counted)}</p>" if counted else "")
        + say(shown, "answered")
        + show_answers(page, "followup")
        + ask(page, "letter_used", "letter_taught")
    )


def show_answers(page: Page, about: str) -> str:
    """The graduate's own answers by option or level to a questionnaire, in words."""
    rows = []
    for record in page.publication.records:
        if record["kind"] == "answer" and record["about"] == about:
            asked = page.words["asked"].get(record["id"], str(record["id"]))
            if about == "followup" and record["wave"]:
                asked = f"{asked} · {page.name_cell('wave', record['wave'])}"
            rows.append((asked, _format_answer(page, record)))
    return tabulate(page, "answers", ("question", "answer"), rows)


def _format_answer(page: Page, record: Mapping[str, Any]) -> str:
    if record["option"] and record["option"] != "other":
        return page.name_cell("kind", record["option"])
    if record["amount"] is not None and str(int(record["amount"])) in page.words["agree"]:
        return str(page.words["agree"][str(int(record["amount"]))])
    if record["left_out"]:
        return page.texts.say(f"own_records.left_out.{record['left_out']}")
    return str(record["title"])


def show_feedback(shown: Shown) -> str:
    """The exit survey's answers, and what to keep, change and stop."""
    page = shown.page
    answers = show_answers(page, "exit") + quote(page, "ex_change")
    return answers + ask_unless_written(page, "keep", "change", "stop")


def show_pre_mortem(shown: Shown) -> str:
    """What got in the way of earlier graduates, the own answer, and four things to think through."""
    page = shown.page
    causes = ("pre_mortem_causes", "pre_mortem_prevention", "pre_mortem_signs", "pre_mortem_weeks")
    return say(shown, "barriers") + quote(page, "ex_premortem") + ask(page, *causes)


def show_publishing(shown: Shown) -> str:
    """What was found in the own material that is usually not for the public, and what to tick off."""
    page = shown.page
    found = tabulate(page, "found", ("kind", "found"), find_sensitive(page))
    boxes = "".join(f"<li>☐ {escape(page.words['check'][name])}</li>" for name in CHECKS)
    return f'{found}<ul class="lines checks">{boxes}</ul>'


@only_after_return
def show_letter(shown: Shown) -> str:
    """A letter to oneself half a year on."""
    return ask(shown.page, "letter_barrier", "letter_next")


def close(page: Page) -> str:
    """What was agreed to be shown to whom, and how to use this: folded."""
    head = [page.words["lists"]["kind"], *(page.texts.say(f"policy.reader.{reader}") for reader in READERS)]
    rows = [
        (page.texts.say(f"policy.kind.{kind}"), *(_format_consent(page, kind, reader) for reader in READERS))
        for kind in KINDS
    ]
    use = "".join(f"<p>{escape(page.sentence(line, {}))}</p>" for line in page.words["use"]["lines"])
    consents = f"{Table(head, rows).html()}<p>{escape(page.words['use']['consents_note'])}</p>"
    parts = ((page.words["use"]["consents"], consents), (page.words["use"]["title"], use))
    return "".join(f"<details><summary>{escape(title)}</summary>{text}</details>" for title, text in parts)


def _format_consent(page: Page, kind: str, reader: str) -> str:
    """The latest word on it by the day of the data."""
    until, words = page.publication.as_of, page.words["use"]
    given = [
        each
        for each in page.publication.facts.get("consents", ())
        if (each["kind"], each["audience"]) == (kind, reader) and each["given"] <= until
    ]
    if not given:
        return str(words["none"])
    last = max(given, key=lambda each: str(each["given"]))
    withdrawn = last["withdrawn"] if last["withdrawn"] and last["withdrawn"] <= until else None
    return page.sentence(words["withdrawn" if withdrawn else "given"], {"day": withdrawn or last["given"]})


def describe_follow_ups(page: Page, groups: Groups) -> Mapping[str, Any]:
    """Which rounds of the follow-up were answered."""
    done = [row.wave for row in groups["use"].known_rows if row.data.value]
    return {"waves": page.join(list(dict.fromkeys(done))) if done else None}


def describe_barriers(page: Page, groups: Groups) -> Mapping[str, Any]:
    """What got in the way of earlier graduates, the commonest first."""
    rows = [
        row
        for row in groups["barriers"].known_rows
        if row.data.value and row.data.kind not in ("none", "other")
    ]
    rows.sort(key=lambda row: -row.data.value)
    listed = [page.texts.say("list.entry", label=row.kind, value=row.value) for row in rows]
    return {"list": page.join(listed) if listed else None}


GRADUATE_PACK = Report(
    "graduate_pack",
    lead=greet,
    top=Section(
        "sentences", facts=count_records, says=("requests", "incidents"), prose=offer_sentences, always=True
    ),
    sections=(
        Section("done", facts=count_records, says=("kinds",), prose=show_work, always=True),
        Section(
            "learned",
            rows={"levels": Rows("skill.level", of=PEOPLE)},
            also={
                "own": Rows("skill.growth.now_minus_start", of=PEOPLE),
                "mentor": Rows("skill.growth.mentor", of=PEOPLE),
                "no_chance": Rows("skill.no_chance", of=PEOPLE),
            },
            facts=describe_levels,
            says=("grown", "never"),
            picture=dumbbells("levels", views=VIEWS),
            table=tabulate_levels,
            prose=show_learned,
            always=True,
        ),
        Section(
            "hard",
            also={"strain": Rows("strain.fortnight", of=PEOPLE)},
            facts=count_load,
            says=("hard",),
            prose=show_hard,
            always=True,
        ),
        Section("home", prose=show_home, always=True),
        Section(
            "next",
            also={"use": Rows("skill.use", of=PEOPLE, wave=FOLLOW_UPS)},
            facts=describe_follow_ups,
            prose=show_next,
        ),
        Section("feedback", prose=show_feedback, always=True),
        Section(
            "pre_mortem",
            also={"barriers": Rows("followup.barrier")},
            facts=describe_barriers,
            prose=show_pre_mortem,
            always=True,
        ),
        Section("publish", prose=show_publishing, always=True),
        Section("letter", prose=show_letter),
    ),
    closing=close,
    unsaid=False,
    markdown=True,
)
