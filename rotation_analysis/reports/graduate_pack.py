"""Material for a graduate's own retrospective: ready sentences, what was done, learned and hard.

For that person alone.  Nothing is made up: where only the graduate can know, the page asks (dashed boxes).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .charts import dumbbells
from .kit import Groups, Page, Report, Section, Shown, Table, escape, escape_sentence
from .personal_records import (
    compare_first_and_last,
    count_kinds,
    count_steps,
    find_sensitive,
    has_returned,
    last_stay,
    list_afterwards,
    list_during,
    list_hard_fortnights,
    list_sentences,
    list_titles,
    tabulate_improvements,
    tabulate_incidents,
    tabulate_requests,
)
from .rows import PEOPLE, Rows
from .skill_growth import VIEWS

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
