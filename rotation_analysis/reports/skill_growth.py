"""Skill growth of a cohort: who grew how far by which view, and whether the work fitted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .charts import dumbbells, intervals
from .kit import Cell, Groups, Page, Report, Section, Shown, Table, escape, tabulate_entries
from .rows import COHORT, PEOPLE, Row, Rows

LATEST = ("middle", "end")
VIEWS = {
    "start": ("self", ("start",)),
    "latest": ("self", LATEST),
    "then": ("then", ("end",)),
    "mentor": ("mentor", LATEST),
}
APART = 2
"""Levels from which a participant's and the mentor's rating are apart."""
FINDINGS = ("growth_without_chance", "chance_without_growth", "no_chance_given")
QUOTED = ("ex_hard", "ex_change")
FOLLOW_UPS = ("after_3m", "after_6m", "after_12m")
STATUSES = ("answered", "missing", "not_yet_due", "cannot_be_asked", "not_applicable")
RATERS = ("self", "mentor")
WAVES = ("start", "middle", "end", "after_3m", "after_6m", "after_12m")
SUMS = ("files", "read", "used", "set_aside", "refused", "cells")


def describe_growth(page: Page, groups: Groups) -> Mapping[str, Any]:
    """Each person's mean change, skills on which person and mentor are apart, what to change."""
    own = groups["growth"].known_rows
    apart = [
        _name_owner(page, row)
        for row in groups["apart"].known_rows
        if row.data.skill and abs(row.data.value) >= APART
    ]
    changes = [
        str(voice.text) for voice in page.publication.voices.itertuples() if voice.question == "ex_change"
    ]
    listed = (page.texts.say("list.entry", label=row.person, value=row.bare) for row in own)
    missing = [row for row in groups["growth"] if not row.known and not row.is_withheld_person]
    return {
        "people": page.texts.join(listed),
        "n": len(own),
        "apart": page.join(apart),
        "change": changes[0] if changes else None,
        "why": missing[0].why if missing and not own else None,
    }


def _name_owner(page: Page, row: Row) -> str:
    return page.texts.say("list.of", label=row.skill, who=row.person)


def judge_changes(page: Page, groups: Groups) -> Mapping[str, Any]:
    """Of how many people the change is larger than measurement error."""
    judged = [row for row in groups["own"].known_rows if {"BEYOND_ERROR", "WITHIN_ERROR"} & set(row.note)]
    beyond = [row for row in judged if "BEYOND_ERROR" in row.note]
    errors = [row.note.get("BEYOND_ERROR") or row.note.get("WITHIN_ERROR") for row in judged]
    return {
        "judged": len(judged) or None,
        "beyond": len(beyond),
        "error": errors[0][0] if errors and errors[0] else None,
    }


def list_findings(page: Page, groups: Groups) -> Mapping[str, Any]:
    """Skills that grew without an opportunity, had some and did not grow, or had none, with whose."""
    rows = [row for row in groups["findings"].known_rows if row.data.value]
    named = {
        kind: page.join([_name_owner(page, row) for row in rows if row.data.kind == kind])
        for kind in FINDINGS
    }
    return {**named, "any": "value" if rows else None}


def tabulate_opportunities(shown: Shown) -> Table:
    """A line a skill, a column a person: how many opportunities, findings marked."""
    page = shown.page
    rows = [row for row in shown.groups["chances"] if not row.is_withheld_person]
    people = list(dict.fromkeys(row.data.person for row in rows))
    counts = {(row.data.skill, row.data.person): row for row in rows}
    marks = {
        (row.data.skill, row.data.person): row.data.kind
        for row in shown.groups["findings"].known_rows
        if row.data.value
    }
    skills = [skill["id"] for skill in page.publication.facts["skills"]]
    lines: list[list[str | Cell]] = []
    for skill in skills:
        cells: list[str | Cell] = [page.name_skill(skill)]
        for person in people:
            row = counts.get((skill, person))
            text = row.bare if row is not None and row.known else "–"
            mark = marks.get((skill, person))
            cells.append(Cell(text, shown.label(mark)) if mark else text)
        lines.append(cells)
    names = [page.name_cell("person", person) for person in people]
    return Table([shown.label("skill"), *names], lines if people else [])


def describe_use(page: Page, groups: Groups) -> Mapping[str, Any]:
    """What graduates of the cohort say they use, and in which states their follow-ups are."""
    used = [
        page.sentence(page.words["after"]["entry"], {"row": row})
        for row in groups["use"].known_rows
        if row.data.value and row.data.kind
    ]
    states: dict[str, int] = {}
    for row in groups["asked"].known_rows:
        status = row.data.notes[0].removeprefix("STATUS_").lower()
        states[status] = states.get(status, 0) + int(row.data.value)
    told = [
        page.texts.say("list.entry", label=page.texts.say(f"status.{status}"), value=n)
        for status, n in states.items()
    ]
    return {
        "used": page.texts.join(used),
        "states": page.texts.join(told),
    }


def quote_people(shown: Shown) -> str:
    """What people wrote and approved for these readers, and what the owner fixes next."""
    page, parts = shown.page, []
    for voice in page.publication.voices.itertuples():
        if voice.question in QUOTED:
            source = f"{page.name_cell('person', str(voice.person))} · {shown.label(str(voice.question))}"
            parts.append(
                f"<blockquote><p>{escape(str(voice.text))}</p><footer>{escape(source)}</footer></blockquote>"
            )
    return "".join(parts) + tabulate_entries("fixes", ("what", "who", "by"))(shown).html()


def tabulate_answers(page: Page) -> Table:
    """A line a questionnaire and round: how many answered, did not, are not due, cannot or need not."""
    counts: dict[tuple[str, str], dict[str, str]] = {}
    for row in Rows("coverage.survey", of=COHORT).read(page).known_rows:
        status = row.data.notes[0].removeprefix("STATUS_").lower()
        counts.setdefault((row.data.kind, row.data.wave), {})[status] = row.bare
    order = sorted(
        counts, key=lambda key: (key[0] not in RATERS, key[0] != "self", key[0], WAVES.index(key[1]))
    )
    rows = [
        (
            f"{page.name_cell('kind', kind)} · {page.name_cell('wave', wave)}",
            *tuple(counts[kind, wave].get(status, "0") for status in STATUSES),
        )
        for kind, wave in order
    ]
    columns = [page.texts.say("fold.what"), *(page.texts.say(f"status.{status}") for status in STATUSES)]
    return Table(columns, rows)


def show_account(page: Page) -> str:
    """The sums of the account, and why records were set aside or refused."""
    account, texts = page.publication.facts["account"], page.texts
    said = page.sentence(
        page.section_words("appendix")["account"], {name: texts.number(account[name]) for name in SUMS}
    )
    rows = [
        (
            texts.say(f"records.{outcome}", reason=texts.sentences.get(f"records.reason.{code}", code)),
            texts.number(n),
        )
        for outcome, reasons in account["reasons"].items()
        for code, n in reasons.items()
    ]
    columns = [texts.say("fold.what"), texts.say("fold.n")]
    return f"<p>{escape(said)}</p>{Table(columns, rows).html()}"


def close(page: Page) -> str:
    """Who answered, in one table, and the record account, folded."""
    words = page.section_words("appendix")
    table = tabulate_answers(page)
    answers = f"<h2>{escape(words['answers'])}</h2>{table.html()}" if table else ""
    records = f"<summary>{escape(words['records'])}</summary>{show_account(page)}"
    return f'{answers}<details class="fold">{records}</details>'


GROWTH = "skill.growth.now_minus_start"
SKILL_GROWTH = Report(
    "skill_growth",
    top=Section(
        "grew",
        rows={"levels": Rows("skill.level", of=PEOPLE)},
        also={
            "growth": Rows(GROWTH, of=PEOPLE, skill=None),
            "apart": Rows("skill.self_minus_mentor.end", of=PEOPLE),
        },
        facts=describe_growth,
        says=("growth", "apart", "change"),
        picture=dumbbells("levels", views=VIEWS),
        lists=False,
    ),
    sections=(
        Section(
            "sure",
            rows={
                "own": Rows(GROWTH, of=PEOPLE, skill=None),
                "start": Rows(GROWTH, skill=None),
                "then": Rows("skill.growth.now_minus_then", skill=None),
                "mentor": Rows("skill.growth.mentor", skill=None),
            },
            also={
                "own_then": Rows("skill.growth.now_minus_then", of=PEOPLE, skill=None),
                "own_mentor": Rows("skill.growth.mentor", of=PEOPLE, skill=None),
                "shift": Rows("skill.shift", of=PEOPLE, skill=None),
                "half": Rows("skill.first_half.self", of=PEOPLE, skill=None),
            },
            facts=judge_changes,
            says=("error",),
            picture=intervals(filled="start then mentor", hollow="own"),
            lists=False,
        ),
        Section(
            "fit",
            rows={
                "chances": Rows("skill.chances", of=PEOPLE),
                "findings": Rows("skill.chance_finding", of=PEOPLE, kind=FINDINGS),
            },
            facts=list_findings,
            says=("any", *FINDINGS),
            table=tabulate_opportunities,
        ),
        Section(
            "after",
            rows={"use": Rows("skill.use", of=PEOPLE, wave=FOLLOW_UPS)},
            also={
                "asked": Rows("coverage.survey", of=COHORT, kind="followup"),
                "kept": Rows("skill.durability", of=PEOPLE),
            },
            facts=describe_use,
            says=("used", "states"),
        ),
        Section("words", prose=quote_people),
    ),
    closing=close,
)
