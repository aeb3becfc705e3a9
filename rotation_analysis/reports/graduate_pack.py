"""Material for a graduate's own retrospective: ready sentences, what was done, learned and hard.

For that person alone.  Nothing is made up: where only the graduate can know, the page asks (dashed boxes).
A chapter is a row of blocks: sentences of its words, tables, own answers, questions.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from .charts import dumbbells
from .kit import Groups, Page, Report, Section, Shown, Table, escape
from .rows import PEOPLE, Rows
from .skill_growth import FOLLOW_UPS, VIEWS

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
MOST_OPEN = 8
"""Rows of a list that stands open; a longer one is folded."""
KINDS = ("skills", "incidents", "strain", "time", "quotes")
READERS = ("owner", "home_manager")
CHECKS = ("names", "customers", "incidents", "costs", "unreleased", "links", "quotes", "relations")
ROLLBACK = ("切り戻", "ロールバック", "巻き戻", "revert", "rollback", "roll back", "hotfix")

Record = Mapping[str, Any]
Block = Callable[[Shown], str]
"""A piece of a chapter as HTML, "" where there is nothing to show."""


# --- own records: what one person did ---------------------------------------------------------------------


def last_stay(page: Page) -> Mapping[str, Any]:
    """The latest of the person's stays."""
    stays: list[Mapping[str, Any]] = page.publication.facts["stays"]
    return max(stays, key=lambda stay: str(stay["start"]))


def list_records(page: Page, *lanes: str, after: bool = False) -> list[Record]:
    """Records of these kinds of work, of the days of any stay, or `after` the latest, once it has ended."""
    publication, end = page.publication, last_stay(page)["end"]
    spans = [(stay["start"], stay["end"] or publication.as_of) for stay in publication.facts["stays"]]
    return [
        record
        for record in publication.records
        if find_lane(record) in (lanes or LANES)
        and (
            (end is not None and record["day"] > end)
            if after
            else any(first <= record["day"] <= last for first, last in spans)
        )
    ]


def find_lane(record: Record) -> str | None:
    """The kind of work of a record; None for an answer."""
    kind = "request" if record["kind"] in REQUESTS else str(record["kind"])
    return kind if kind in LANES else None


def format_title(page: Page, record: Record) -> str:
    """The title as it was typed, or that it is left out."""
    if record["left_out"]:
        return page.texts.say(f"own_records.left_out.{record['left_out']}")
    return str(record["title"]) or str(page.words["lists"]["no_title"])


def count_by(page: Page, records: Iterable[Record], column: str, order: Sequence[str]) -> str:
    """ "相談 33、作業依頼 94": how many records of each `kind`, or of each `step` in an incident."""
    names = {key: page.texts.say(f"own_records.{column}s.{key}") for key in order}
    return list_counts(page, Counter(record[column] for record in records), names)


def list_counts(page: Page, counts: Counter[Any], names: Mapping[str, str]) -> str:
    """Counts that are not 0, in the order of their names."""
    say = page.texts.say
    listed = [say("list.entry", label=name, value=counts[key]) for key, name in names.items() if counts[key]]
    return page.texts.join(listed)


def list_titles(page: Page, records: Iterable[Record], *, most: int) -> str:
    """Titles with how often they occur, the commonest first; "" without any."""
    counts = Counter(str(r["title"]) for r in records if r["title"])
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:most]
    times = page.words["lists"]["times"]
    listed = [page.sentence(times, {"title": title, "n": n}) if n > 1 else title for title, n in ordered]
    return page.join(listed)


def list_sentences(page: Page) -> list[str]:
    """What was done in ready sentences of the first person; only what there is."""
    words, stay = page.words["draft"], last_stay(page)
    last = stay["end"] or page.publication.as_of
    weeks = round(((date.fromisoformat(last) - date.fromisoformat(stay["start"])).days + 1) / 7)
    span = {"start": stay["start"], "end": last, "team": page.texts.label(stay["team_name"]), "weeks": weeks}
    said = [page.sentence(words["stay" if stay["end"] else "stay_running"], span)]
    for lane in DRAFTED:
        for after in (False, True):
            records = list_records(page, lane, after=after)
            if records and (template := words.get(f"{lane}_after" if after else lane)):
                listed = (
                    count_by(page, records, "kind", REQUESTS)
                    if lane == "request"
                    else count_by(page, records, "step", STEPS)
                    if lane == "incident"
                    else list_titles(page, records, most=4)
                )
                teams = len({r["team"] for r in records if r["team"]})
                said.append(page.sentence(template, {"n": len(records), "teams": teams, "list": listed}))
    return said


# --- lines of tables --------------------------------------------------------------------------------------


def tabulate_requests(shown: Shown) -> str:
    """Requests answered by team and kind, the teams with most first; the last row is the sum."""
    page, words = shown.page, shown.page.words["lists"]
    records = list_records(page, "request")
    if not records:
        return ""
    teams = [page.name_cell("team", r["team"]) if r["team"] else str(words["no_team"]) for r in records]
    kinds = [kind for kind in REQUESTS if any(r["kind"] == kind for r in records)]
    cells = Counter((team, r["kind"]) for team, r in zip(teams, records, strict=True))
    totals = Counter(teams)
    rows = [
        [team, *(str(cells[team, kind] or "–") for kind in kinds), str(totals[team])]
        for team in sorted(totals, key=lambda team: (-totals[team], team))
    ]
    sums = [str(sum(r["kind"] == kind for r in records)) for kind in kinds]
    head = ("team", *(page.texts.say(f"own_records.kinds.{kind}") for kind in kinds), "sum")
    return fold_long(page, "requests", head, [*rows, [words["sum"], *sums, str(len(records))]])


def list_incidents(page: Page) -> list[list[str]]:
    """Day, number, title and own role of each incident."""
    return [
        [r["day"], str(r["id"]), format_title(page, r), page.texts.say(f"own_records.steps.{r['step']}")]
        for r in list_records(page, "incident")
    ]


def list_improvements(page: Page) -> list[list[str]]:
    """Day, kind, what, how much, whether it is in use; links are in the CSV file."""
    rows = []
    for r in list_records(page, "improvement"):
        amount = "–" if r["amount"] is None else f"{page.texts.number(r['amount'])} {r['unit'] or ''}".strip()
        use = page.words["lists"][{None: "use_unknown", True: "in_use", False: "not_in_use"}[r["in_use"]]]
        kind = page.name_cell("kind", r["about"] or "unknown")
        rows.append([r["day"], kind, format_title(page, r), amount, use])
    return rows


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
            last = (date.fromisoformat(row.label) + FORTNIGHT).isoformat()
            taken = [r for r in list_records(page) if row.label <= r["day"] <= last and r["step"] != "missed"]
            lanes = {lane: page.words["lanes"][lane] for lane in LANES}
            counted = list_counts(page, Counter(map(find_lane, taken)), lanes)
            rows.append([row.label, state, tired, counted or "–", note or "–"])
    return rows


def list_answers(page: Page, about: str) -> list[list[str]]:
    """The graduate's own answers by option or level to a questionnaire, in words."""
    rows = []
    for record in page.publication.records:
        if record["kind"] == "answer" and record["about"] == about:
            asked = page.words["asked"].get(record["id"], str(record["id"]))
            if about == "followup" and record["wave"]:
                asked = f"{asked} · {page.name_cell('wave', record['wave'])}"
            level = "" if record["amount"] is None else str(int(record["amount"]))
            if record["option"] and record["option"] != "other":
                answer = page.name_cell("kind", record["option"])
            elif level in page.words["agree"]:
                answer = page.words["agree"][level]
            else:
                answer = format_title(page, record) if record["left_out"] else str(record["title"])
            rows.append([asked, answer])
    return rows


def find_sensitive(page: Page) -> list[list[str]]:
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
            shown = page.texts.say("list.more", list=listed, more=more) if more > 0 else listed
            rows.append([page.words["sensitive"][kind], shown])
    return rows


# --- blocks -----------------------------------------------------------------------------------------------


def chapter(*blocks: Block, after_return: bool = False) -> Block:
    """Blocks one after the other; of a chapter whose time comes with the return, nothing before."""

    def write(shown: Shown) -> str:
        waits = after_return and last_stay(shown.page)["end"] is None
        return "" if waits else "".join(block(shown) for block in blocks)

    return write


def say(*names: str) -> Block:
    """Sentences of the chapter as paragraphs, as far as there is what they name."""

    def write(shown: Shown) -> str:
        said = (shown.page.say(shown.section.name, name, shown.named) for name in names)
        return "".join(f"<p>{escape(sentence)}</p>" for sentence in said if sentence)

    return write


def ask(*keys: str) -> Block:
    """Dashed boxes for what only the graduate can write."""
    return lambda shown: "".join(
        f'<p class="prompt">{escape(shown.page.words["ask"][key])}</p>' for key in keys
    )


def ask_unless_written(*fields: str) -> Block:
    """What the graduate wrote in a field under its question, or the box to write it in."""

    def write(shown: Shown) -> str:
        return "".join(
            f"<h3>{escape(shown.page.words['ask'][field])}</h3><p>{escape(text)}</p>"
            if (text := shown.page.written(field))
            else ask(field)(shown)
            for field in fields
        )

    return write


def quote(*questions: str) -> Block:
    """The graduate's own answers in free text to these questions, with when they were written."""

    def write(shown: Shown) -> str:
        page, lines = shown.page, []
        for voice in page.publication.voices.itertuples():
            if voice.question in questions:
                asked = page.words["asked"].get(voice.question, voice.question)
                when = page.name_cell("wave", str(voice.wave)) if voice.wave else ""
                source = " · ".join(filter(None, (asked, when)))
                text = f"<p>{escape(str(voice.text))}</p><footer>{escape(source)}</footer>"
                lines.append(f"<blockquote>{text}</blockquote>")
        return "".join(lines)

    return write


def table(title: str, head: Sequence[str], find: Callable[[Page], Sequence[Sequence[str]]]) -> Block:
    """The lines that `find` gives under the names of the columns."""
    return lambda shown: fold_long(shown.page, title, head, find(shown.page))


def fold_long(page: Page, title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table; one of more than eight rows is folded under its title and number of rows."""
    if not rows:
        return ""
    words = page.words["lists"]
    written = Table([words.get(name, name) for name in head], rows).html()
    if len(rows) <= MOST_OPEN:
        return written
    summary = page.sentence(words["folded"], {"title": words[title], "n": len(rows)})
    return f"<details><summary>{escape(summary)}</summary>{written}</details>"


def answers(about: str) -> Block:
    """The graduate's own answers to a questionnaire as a table."""
    return table("answers", ("question", "answer"), lambda page: list_answers(page, about))


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


def show_three(shown: Shown) -> str:
    """The three things learned that the graduate chose."""
    return "".join(f"<p>{escape(entry['text'])}</p>" for entry in shown.page.entries("learned"))


def show_mistakes(shown: Shown) -> str:
    """Mistakes that the graduate chooses to tell, or the box to write one in."""
    told = "".join(
        f"<blockquote><p>{escape(' '.join(filter(None, entry.values())))}</p></blockquote>"
        for entry in shown.page.entries("mistakes")
    )
    return told or ask("mistakes")(shown)


def tick_off(shown: Shown) -> str:
    """What to look at before something is published, to tick off."""
    boxes = "".join(f"<li>☐ {escape(shown.page.words['check'][name])}</li>" for name in CHECKS)
    return f'<ul class="lines checks">{boxes}</ul>'


# --- what the sentences of the chapters name --------------------------------------------------------------


def count_records(page: Page, groups: Groups) -> Mapping[str, Any]:
    """How many requests were answered and incidents joined."""
    requests, incidents = list_records(page, "request"), list_records(page, "incident")
    return {
        "requests": len(requests) or None,
        "teams": len({r["team"] for r in requests if r["team"]}),
        "incidents": len(incidents) or None,
        "roles": count_by(page, incidents, "step", STEPS) or None,
    }


def describe_work(page: Page, groups: Groups) -> Mapping[str, Any]:
    """Kinds of requests, of all and of the first and last four weeks of the latest stay; other titles."""
    stay, requests = last_stay(page), list_records(page, "request")
    start, last = (date.fromisoformat(day) for day in (stay["start"], stay["end"] or page.publication.as_of))
    early = [r for r in requests if stay["start"] <= r["day"] <= (start + FOUR_WEEKS).isoformat()]
    late = [r for r in requests if r["day"] >= (last - FOUR_WEEKS).isoformat()]
    apart = start + FOUR_WEEKS < last - FOUR_WEEKS and early and late
    return {
        "kinds": count_by(page, requests, "kind", REQUESTS) or None,
        "first": count_by(page, early, "kind", REQUESTS) if apart else None,
        "last": count_by(page, late, "kind", REQUESTS) if apart else None,
        "other": list_titles(page, list_records(page, "change", "change_review", "session"), most=6),
    }


def describe_levels(page: Page, groups: Groups) -> Mapping[str, Any]:
    """Skills that the graduate and the mentor both rate higher than at the start, and without a chance."""
    own, mentor = (
        {row.data.skill for row in groups[name].known_rows if row.data.value > 0}
        for name in ("own", "mentor")
    )
    both = [skill["id"] for skill in page.publication.facts["skills"] if skill["id"] in own & mentor]
    never = [row.skill for row in groups["no_chance"].known_rows if row.data.value and row.data.skill]
    return {
        "grown": page.join([page.name_cell("skill", skill) for skill in both]),
        "never": page.join(never),
    }


def tabulate_levels(shown: Shown) -> Table:
    """Own levels at the start and now and the mentor's view, in words and not in points."""
    page, words = shown.page, shown.page.words["level"]
    levels: dict[str, dict[str, str]] = {}
    for row in shown.groups["levels"].known_rows:
        levels.setdefault(row.data.skill, {})[f"{row.data.kind}.{row.data.wave}"] = words[
            str(int(row.data.value))
        ]
    columns = ("self.start", "self.end", "mentor.end")
    rows = [
        (page.name_cell("skill", skill), *(found.get(column, "–") for column in columns))
        for skill, found in levels.items()
    ]
    return shown.tabulate(("skill", *columns), rows)


def count_load(page: Page, groups: Groups) -> Mapping[str, Any]:
    """Hard fortnights, pages out of hours, 1:1s held and missed, and what was rolled back."""
    steps = [r["step"] for r in list_records(page, "one_to_one")]
    events = [row.kind for row in page.rows("interruption.event") if row.value]
    rolled = [r for r in list_records(page) if any(word in str(r["title"]).casefold() for word in ROLLBACK)]
    return {
        "hard": len(list_hard_fortnights(page)),
        "held": steps.count("held") or None,
        "missed": steps.count("missed"),
        "off": events.count("off") + events.count("sleep") or None,
        "sleep": events.count("sleep"),
        "rolled": list_titles(page, rolled, most=5),
    }


def describe_home(page: Page, groups: Groups) -> Mapping[str, Any]:
    """Requests of the own home team."""
    own = [r for r in list_records(page, "request") if r["team"] == last_stay(page)["team"]]
    return {"n": len(own), "list": list_titles(page, own, most=4)}


def describe_follow_ups(page: Page, groups: Groups) -> Mapping[str, Any]:
    """How many records there are since the return, and which rounds of the follow-up were answered."""
    done = [row.wave for row in groups["use"].known_rows if row.data.value]
    return {
        "n": len(list_records(page, after=True)) or None,
        "waves": page.join(list(dict.fromkeys(done))),
    }


def describe_barriers(page: Page, groups: Groups) -> Mapping[str, Any]:
    """What got in the way of earlier graduates, the commonest first."""
    rows = [
        row
        for row in groups["barriers"].known_rows
        if row.data.value and row.data.kind not in ("none", "other")
    ]
    rows.sort(key=lambda row: -row.data.value)
    listed = [page.texts.say("list.entry", label=row.kind, value=row.value) for row in rows]
    return {"list": page.join(listed)}


# --- the page ---------------------------------------------------------------------------------------------


def greet(page: Page) -> str:
    """To whom this is, and how to use it in one sentence."""
    stay = last_stay(page)
    values = {"name": stay["name"], "team": page.texts.label(stay["team_name"])}
    key = "greeting" if stay["end"] else "greeting_running"
    return f"<p>{escape(page.sentence(page.words[key], values))}</p>"


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


GRADUATE_PACK = Report(
    "graduate_pack",
    lead=greet,
    top=Section(
        "sentences", facts=count_records, says=("requests", "incidents"), prose=offer_sentences, always=True
    ),
    sections=(
        Section(
            "done",
            facts=describe_work,
            says=("kinds",),
            prose=chapter(
                tabulate_requests,
                say("change"),
                table("incidents", ("day", "number", "what", "role"), list_incidents),
                table("improvements", ("day", "kind", "what", "size", "use"), list_improvements),
                say("other"),
                ask("request", "incident", "improvement"),
            ),
            always=True,
        ),
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
            prose=chapter(
                quote("skill.example", "fu_view"),
                show_three,
                ask("learned", "mentor", "why", "before", "now"),
            ),
            always=True,
        ),
        Section(
            "hard",
            also={"strain": Rows("strain.fortnight", of=PEOPLE)},
            facts=count_load,
            says=("hard",),
            prose=chapter(
                table("fortnights", ("from", "state", "tired", "records", "note"), list_hard_fortnights),
                say("called", "talks"),
                quote("ex_hard"),
                say("rolled"),
                show_mistakes,
                ask("hard", "helped", "near_miss"),
            ),
            always=True,
        ),
        Section(
            "home",
            facts=describe_home,
            prose=chapter(say("own"), ask("home"), ask_unless_written("view")),
            always=True,
        ),
        Section(
            "next",
            also={"use": Rows("skill.use", of=PEOPLE, wave=FOLLOW_UPS)},
            facts=describe_follow_ups,
            prose=chapter(
                say("records", "answered"),
                answers("followup"),
                ask("letter_used", "letter_taught"),
                after_return=True,
            ),
        ),
        Section(
            "feedback",
            prose=chapter(answers("exit"), quote("ex_change"), ask_unless_written("keep", "change", "stop")),
            always=True,
        ),
        Section(
            "pre_mortem",
            also={"barriers": Rows("followup.barrier")},
            facts=describe_barriers,
            prose=chapter(
                say("barriers"),
                quote("ex_premortem"),
                ask("pre_mortem_causes", "pre_mortem_prevention", "pre_mortem_signs", "pre_mortem_weeks"),
            ),
            always=True,
        ),
        Section(
            "publish",
            prose=chapter(table("found", ("kind", "found"), find_sensitive), tick_off),
            always=True,
        ),
        Section("letter", prose=chapter(ask("letter_barrier", "letter_next"), after_return=True)),
    ),
    closing=close,
    unsaid=False,
    markdown=True,
)
