"""Skill growth of a cohort: growth per person by each view, and whether the work matched."""

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
"""Smallest gap in levels at which participant and mentor ratings differ."""
FINDINGS = ("growth_without_chance", "chance_without_growth", "no_chance_given")
QUOTED = ("ex_hard", "ex_change")
FOLLOW_UPS = ("after_3m", "after_6m", "after_12m")
STATUSES = ("answered", "missing", "not_yet_due", "cannot_be_asked", "not_applicable")
RATERS = ("self", "mentor")
WAVES = ("start", "middle", "end", "after_3m", "after_6m", "after_12m")
SUMS = ("files", "read", "used", "set_aside", "refused", "cells")


def describe_growth(page: Page, groups: Groups) -> Mapping[str, Any]:
    """Return each person's mean change, skills where ratings differ, and a suggestion."""
    own = groups["growth"].known_rows
    apart = [
        _name_owner(page, row)
        for row in groups["apart"].known_rows
        if row.data.skill and abs(row.data.value) >= APART
    ]
    changes = [
        str(quote.text) for quote in page.publication.voices.itertuples() if quote.question == "ex_change"
    ]
    listed = (page.texts.say("list.entry", label=row.person, value=row.bare) for row in own)
    missing = [row for row in groups["growth"] if not row.known and not row.is_withheld_person]
    return {
        "people": page.texts.join(listed),
        "n": len(own),
        "apart": page.join(apart),
        "change": changes[0] if changes else None,
        "why": missing[0].reason if missing and not own else None,
    }


def _name_owner(page: Page, row: Row) -> str:
    return page.texts.say("list.of", label=row.skill, who=row.person)


def judge_changes(page: Page, groups: Groups) -> Mapping[str, Any]:
    """Count the people whose change exceeds measurement error."""
    judged = [row for row in groups["own"].known_rows if {"BEYOND_ERROR", "WITHIN_ERROR"} & set(row.note)]
    beyond = [row for row in judged if "BEYOND_ERROR" in row.note]
    errors = [row.note.get("BEYOND_ERROR") or row.note.get("WITHIN_ERROR") for row in judged]
    return {
        "judged": len(judged) or None,
        "beyond": len(beyond),
        "error": errors[0][0] if errors and errors[0] else None,
    }


def list_findings(page: Page, groups: Groups) -> Mapping[str, Any]:
    """List skills that grew without opportunities, did not grow despite some, or had none."""
    rows = [row for row in groups["findings"].known_rows if row.data.value]
    named = {
        kind: page.join([_name_owner(page, row) for row in rows if row.data.kind == kind])
        for kind in FINDINGS
    }
    return {**named, "any": "value" if rows else None}


def tabulate_opportunities(shown: Shown) -> Table:
    """Tabulate opportunities by skill and person, with findings marked."""
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
    """Return which skills graduates report using, and the status of their follow-ups."""
    used = [
        page.sentence(page.words["after"]["entry"], {"row": row})
        for row in groups["use"].known_rows
        if row.data.value and row.data.kind
    ]
    states: dict[str, int] = {}
    for row in groups["asked"].known_rows:
        status = row.data.notes[0].removeprefix("STATUS_").lower()
        states[status] = states.get(status, 0) + int(row.data.value)
    listed_states = [
        page.texts.say("list.entry", label=page.texts.say(f"status.{status}"), value=n)
        for status, n in states.items()
    ]
    return {
        "used": page.texts.join(used),
        "states": page.texts.join(listed_states),
    }


def quote_people(shown: Shown) -> str:
    """Render approved quotations and what the owner fixes next."""
    page, parts = shown.page, []
    for quote in page.publication.voices.itertuples():
        if quote.question in QUOTED:
            source = f"{page.name_cell('person', str(quote.person))} · {shown.label(str(quote.question))}"
            parts.append(
                f"<blockquote><p>{escape(str(quote.text))}</p><footer>{escape(source)}</footer></blockquote>"
            )
    return "".join(parts) + tabulate_entries("fixes", ("what", "who", "by"))(shown).html()


def tabulate_answers(page: Page) -> Table:
    """Tabulate answer status counts per survey and round."""
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
    """Render the totals of the record account and why records were excluded or rejected."""
    account, texts = page.publication.facts["account"], page.texts
    totals = page.sentence(
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
    return f"<p>{escape(totals)}</p>{Table(columns, rows).html()}"


def close(page: Page) -> str:
    """Render the answer table and the folded record account."""
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
