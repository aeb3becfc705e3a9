"""Material for a graduate's own retrospective: ready sentences, what was done, learned and hard.

Only that person sees it.  Nothing is invented: the page asks for what only the graduate knows (dashed boxes).
A chapter is a sequence of blocks: sentences, tables, the person's own answers, questions.
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
"""Topics of the ready sentences, in order."""
FORTNIGHT = timedelta(days=13)
FOUR_WEEKS = timedelta(days=27)
TIRED = 4
"""The lowest answer that marks a fortnight as hard: "often" on a scale of five."""
MONEY = re.compile(r"[円¥￥$€£]|万円|\b(?:yen|jpy|usd|eur|k\$)\b", re.IGNORECASE)
LINK = re.compile(r"https?://\S+|\bwww\.\S+", re.IGNORECASE)
MAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
MOST_FOUND = 8
MOST_OPEN = 8
"""Most rows of an unfolded list; a longer one is folded."""
KINDS = ("skills", "incidents", "strain", "time", "quotes")
READERS = ("owner", "home_manager")
CHECKS = ("names", "customers", "incidents", "costs", "unreleased", "links", "quotes", "relations")
ROLLBACK = ("切り戻", "ロールバック", "巻き戻", "revert", "rollback", "roll back", "hotfix")

Record = Mapping[str, Any]
Block = Callable[[Shown], str]
"""A piece of a chapter as HTML, "" if there is nothing to show."""


# --- personal records -------------------------------------------------------------------------------------


def find_last_stay(page: Page) -> Mapping[str, Any]:
    """Return the latest of the person's stays."""
    stays: list[Mapping[str, Any]] = page.publication.facts["stays"]
    return max(stays, key=lambda stay: str(stay["start"]))


def list_records(page: Page, *lanes: str, after: bool = False) -> list[Record]:
    """List records of these kinds of work from any stay, or from `after` the end of the latest."""
    publication, end = page.publication, find_last_stay(page)["end"]
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
    """Return the kind of work of a record, None for an answer."""
    kind = "request" if record["kind"] in REQUESTS else str(record["kind"])
    return kind if kind in LANES else None


def format_title(page: Page, record: Record) -> str:
    """Return the title as typed, or a note that it is omitted."""
    if record["left_out"]:
        return page.texts.say(f"own_records.left_out.{record['left_out']}")
    return str(record["title"]) or str(page.words["lists"]["no_title"])


def count_by(page: Page, records: Iterable[Record], column: str, order: Sequence[str]) -> str:
    """ "相談 33、作業依頼 94": the number of records per `kind`, or per `step` in an incident."""
    names = {key: page.texts.say(f"own_records.{column}s.{key}") for key in order}
    return list_counts(page, Counter(record[column] for record in records), names)


def list_counts(page: Page, counts: Counter[Any], names: Mapping[str, str]) -> str:
    """Format the counts that are not 0, in the order of `names`."""
    say = page.texts.say
    listed = [say("list.entry", label=name, value=counts[key]) for key, name in names.items() if counts[key]]
    return page.texts.join(listed)


def list_titles(page: Page, records: Iterable[Record], *, most: int) -> str:
    """Format titles with their counts, the commonest first; "" without any."""
    counts = Counter(str(r["title"]) for r in records if r["title"])
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:most]
    times = page.words["lists"]["times"]
    listed = [page.sentence(times, {"title": title, "n": n}) if n > 1 else title for title, n in ordered]
    return page.join(listed)


def list_sentences(page: Page) -> list[str]:
    """List ready sentences in the first person, only for records that exist."""
    words, stay = page.words["draft"], find_last_stay(page)
    last = stay["end"] or page.publication.as_of
    weeks = round(((date.fromisoformat(last) - date.fromisoformat(stay["start"])).days + 1) / 7)
    span = {"start": stay["start"], "end": last, "team": page.texts.label(stay["team_name"]), "weeks": weeks}
    sentences = [page.sentence(words["stay" if stay["end"] else "stay_running"], span)]
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
                sentences.append(page.sentence(template, {"n": len(records), "teams": teams, "list": listed}))
    return sentences


# --- lines of tables --------------------------------------------------------------------------------------


def tabulate_requests(shown: Shown) -> str:
    """Tabulate answered requests by team and kind, most first; the last row is the sum."""
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
    """List day, number, title and own role of each incident."""
    return [
        [r["day"], str(r["id"]), format_title(page, r), page.texts.say(f"own_records.steps.{r['step']}")]
        for r in list_records(page, "incident")
    ]


def list_improvements(page: Page) -> list[list[str]]:
    """List day, kind, title, amount and use of each improvement; links are in the CSV file."""
    rows = []
    for r in list_records(page, "improvement"):
        amount = "–" if r["amount"] is None else f"{page.texts.number(r['amount'])} {r['unit'] or ''}".strip()
        use = page.words["lists"][{None: "use_unknown", True: "in_use", False: "not_in_use"}[r["in_use"]]]
        kind = page.name_cell("kind", r["about"] or "unknown")
        rows.append([r["day"], kind, format_title(page, r), amount, use])
    return rows


def list_hard_fortnights(page: Page) -> list[list[str]]:
    """List fortnights rated hard or with a note: state, tiredness, records, note."""
    zones = {row.label: row.kind for row in page.rows("strain.zone") if row.value == 1}
    notes: dict[str, list[str]] = {}
    for quotation in page.publication.voices.itertuples():
        if quotation.question == "pl_text":
            notes.setdefault(str(quotation.wave), []).append(str(quotation.text))
    rows = []
    for row in page.rows("strain.fortnight"):
        zone, note = zones.get(row.label), " ".join(notes.get(str(row.label), ()))
        if row.label and ((row.value or 0) >= TIRED or zone == "panic" or note):
            tired = page.words["often"][str(int(row.value))] if row.value is not None else "–"
            state = page.name_cell("kind", zone) if zone else "–"
            last = (date.fromisoformat(row.label) + FORTNIGHT).isoformat()
            done = [r for r in list_records(page) if row.label <= r["day"] <= last and r["step"] != "missed"]
            lanes = {lane: page.words["lanes"][lane] for lane in LANES}
            counted = list_counts(page, Counter(map(find_lane, done)), lanes)
            rows.append([row.label, state, tired, counted or "–", note or "–"])
    return rows


def list_answers(page: Page, about: str) -> list[list[str]]:
    """List the graduate's own option and level answers to a questionnaire, in words."""
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
    """List content of records and texts that is usually not public, by kind."""
    records = page.publication.records
    quotations = [(str(v.text), bool(v.names_somebody)) for v in page.publication.voices.itertuples()]
    texts = [*(text for text, _ in quotations), *(str(r["title"]) for r in records if r["title"])]
    services = sorted({str(r["about"]) for r in records if r["kind"] == "incident" and r["about"]})
    found: dict[str, Iterable[str]] = {
        "names": (text for text, named in quotations if named),
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
    """Return blocks in sequence; with `after_return`, nothing until the stay has ended."""

    def write(shown: Shown) -> str:
        waits = after_return and find_last_stay(shown.page)["end"] is None
        return "" if waits else "".join(block(shown) for block in blocks)

    return write


def paragraphs(*names: str) -> Block:
    """Return the chapter's sentences as paragraphs, without those that lack a value."""

    def write(shown: Shown) -> str:
        sentences = (shown.page.format_sentence(shown.section.name, name, shown.named) for name in names)
        return "".join(f"<p>{escape(sentence)}</p>" for sentence in sentences if sentence)

    return write


def ask(*keys: str) -> Block:
    """Return dashed boxes for what only the graduate can write."""
    return lambda shown: "".join(
        f'<p class="prompt">{escape(shown.page.words["ask"][key])}</p>' for key in keys
    )


def answer_or_ask(*fields: str) -> Block:
    """Return what the graduate wrote in a field under its question, or the box for it."""

    def write(shown: Shown) -> str:
        return "".join(
            f"<h3>{escape(shown.page.words['ask'][field])}</h3><p>{escape(text)}</p>"
            if (text := shown.page.written(field))
            else ask(field)(shown)
            for field in fields
        )

    return write


def quote(*questions: str) -> Block:
    """Return the graduate's free-text answers to these questions, with their survey round."""

    def write(shown: Shown) -> str:
        page, lines = shown.page, []
        for quotation in page.publication.voices.itertuples():
            if quotation.question in questions:
                asked = page.words["asked"].get(quotation.question, quotation.question)
                when = page.name_cell("wave", str(quotation.wave)) if quotation.wave else ""
                source = " · ".join(filter(None, (asked, when)))
                text = f"<p>{escape(str(quotation.text))}</p><footer>{escape(source)}</footer>"
                lines.append(f"<blockquote>{text}</blockquote>")
        return "".join(lines)

    return write


def table(title: str, head: Sequence[str], find: Callable[[Page], Sequence[Sequence[str]]]) -> Block:
    """Return a table of the rows that `find` returns, under `head`."""
    return lambda shown: fold_long(shown.page, title, head, find(shown.page))


def fold_long(page: Page, title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Render a table, folded under its title and row count if it has more than `MOST_OPEN` rows."""
    if not rows:
        return ""
    words = page.words["lists"]
    written = Table([words.get(name, name) for name in head], rows).html()
    if len(rows) <= MOST_OPEN:
        return written
    summary = page.sentence(words["folded"], {"title": words[title], "n": len(rows)})
    return f"<details><summary>{escape(summary)}</summary>{written}</details>"


def answers(about: str) -> Block:
    """Return the graduate's own answers to a questionnaire as a table."""
    return table("answers", ("question", "answer"), lambda page: list_answers(page, about))


def offer_sentences(shown: Shown) -> str:
    """Render ready sentences, each with a copy button."""
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
    """Render the three things learned that the graduate chose."""
    return "".join(f"<p>{escape(entry['text'])}</p>" for entry in shown.page.entries("learned"))


def show_mistakes(shown: Shown) -> str:
    """Render the mistakes that the graduate chose to share, or the box for one."""
    mistakes = "".join(
        f"<blockquote><p>{escape(' '.join(filter(None, entry.values())))}</p></blockquote>"
        for entry in shown.page.entries("mistakes")
    )
    return mistakes or ask("mistakes")(shown)


def tick_off(shown: Shown) -> str:
    """Render the checklist to complete before publishing."""
    boxes = "".join(f"<li>☐ {escape(shown.page.words['check'][name])}</li>" for name in CHECKS)
    return f'<ul class="lines checks">{boxes}</ul>'


# --- values that the sentences use ------------------------------------------------------------------------


def count_records(page: Page, groups: Groups) -> Mapping[str, Any]:
    """Count requests answered and incidents joined."""
    requests, incidents = list_records(page, "request"), list_records(page, "incident")
    return {
        "requests": len(requests) or None,
        "teams": len({r["team"] for r in requests if r["team"]}),
        "incidents": len(incidents) or None,
        "roles": count_by(page, incidents, "step", STEPS) or None,
    }


def describe_work(page: Page, groups: Groups) -> Mapping[str, Any]:
    """Return request kinds, overall and in the first and last four weeks; other titles."""
    stay, requests = find_last_stay(page), list_records(page, "request")
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
    """Return skills that graduate and mentor both rate higher, and those never practised."""
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
    """Tabulate own levels at start and end and the mentor's rating, in words, not numbers."""
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
    """Count hard fortnights, out-of-hours pages and 1:1s held and missed; list what was rolled back."""
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
    """Count and list requests of the graduate's home team."""
    own = [r for r in list_records(page, "request") if r["team"] == find_last_stay(page)["team"]]
    return {"n": len(own), "list": list_titles(page, own, most=4)}


def describe_follow_ups(page: Page, groups: Groups) -> Mapping[str, Any]:
    """Count records since the return; list the follow-up rounds that were answered."""
    done = [row.wave for row in groups["use"].known_rows if row.data.value]
    return {
        "n": len(list_records(page, after=True)) or None,
        "waves": page.join(list(dict.fromkeys(done))),
    }


def describe_barriers(page: Page, groups: Groups) -> Mapping[str, Any]:
    """List the barriers of earlier graduates, the commonest first."""
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
    """Render the greeting and one sentence on how to use the pack."""
    stay = find_last_stay(page)
    values = {"name": stay["name"], "team": page.texts.label(stay["team_name"])}
    key = "greeting" if stay["end"] else "greeting_running"
    return f"<p>{escape(page.sentence(page.words[key], values))}</p>"


def close(page: Page) -> str:
    """Render consents per reader and instructions, folded."""
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
    """Return the latest consent or withdrawal up to the cut-off."""
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
                paragraphs("change"),
                table("incidents", ("day", "number", "what", "role"), list_incidents),
                table("improvements", ("day", "kind", "what", "size", "use"), list_improvements),
                paragraphs("other"),
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
                paragraphs("called", "talks"),
                quote("ex_hard"),
                paragraphs("rolled"),
                show_mistakes,
                ask("hard", "helped", "near_miss"),
            ),
            always=True,
        ),
        Section(
            "home",
            facts=describe_home,
            prose=chapter(paragraphs("own"), ask("home"), answer_or_ask("view")),
            always=True,
        ),
        Section(
            "next",
            also={"use": Rows("skill.use", of=PEOPLE, wave=FOLLOW_UPS)},
            facts=describe_follow_ups,
            prose=chapter(
                paragraphs("records", "answered"),
                answers("followup"),
                ask("letter_used", "letter_taught"),
                after_return=True,
            ),
        ),
        Section(
            "feedback",
            prose=chapter(answers("exit"), quote("ex_change"), answer_or_ask("keep", "change", "stop")),
            always=True,
        ),
        Section(
            "pre_mortem",
            also={"barriers": Rows("followup.barrier")},
            facts=describe_barriers,
            prose=chapter(
                paragraphs("barriers"),
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
    lists_open=False,
    markdown=True,
)
