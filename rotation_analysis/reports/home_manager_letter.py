"""Letter to the manager of a graduate's home team: one page with actions for the first month."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from .kit import Groups, Page, Report, Section, Shown, escape, tabulate_entries
from .rows import PEOPLE, Group, Rows
from .team_impact import MOVES, PANELS

ALONE = 3
"""The lowest level at which routine work is done alone."""
SELF_WAVES = ("end", "after_3m", "after_6m", "after_12m")
SETTLING_IN = timedelta(weeks=8)
NOTHING_HINDERED = "none"


def find_stay(page: Page) -> Mapping[str, Any]:
    """Return the stay the letter is about: the last that ended with a return, otherwise the last."""
    stays: list[Mapping[str, Any]] = page.publication.facts["stays"]
    return max(stays, key=lambda stay: (bool(stay["returned"]), stay["start"]))


def describe_stay(page: Page, groups: Groups) -> Mapping[str, Any]:
    """Return person, team, dates and the month in which the settling-in weeks end."""
    stay, texts = find_stay(page), page.texts
    end = stay["end"]
    return {
        "person": stay["name"],
        "team": texts.label(stay["team_name"]),
        "start": texts.day(stay["start"]),
        "end": texts.day(end) if end else None,
        "settled": texts.month(date.fromisoformat(end) + SETTLING_IN) if end else None,
    }


def describe_skills(page: Page, groups: Groups) -> Mapping[str, Any]:
    """Return skills that person and mentor both rate as done alone, and those that only one does."""
    own, mentor = list_levels(groups["own"]), list_levels(groups["mentor"])
    both = [skill for skill in own if skill in mentor]
    agreed = [skill for skill in both if min(own[skill], mentor[skill]) >= ALONE]
    one = [skill for skill in both if max(own[skill], mentor[skill]) >= ALONE and skill not in agreed]
    return {
        **describe_stay(page, groups),
        "shared": "value" if both else None,
        "rated": len(both),
        "agreed": len(agreed),
        "skills": page.join([page.name_cell("skill", skill) for skill in agreed]),
        "split": page.join([page.name_cell("skill", skill) for skill in one]),
    }


def list_levels(group: Group) -> dict[str, float]:
    """Map skill to level in the latest round with ratings."""
    latest = max((SELF_WAVES.index(row.data.wave) for row in group.known_rows), default=0)
    return {row.data.skill: row.data.value for row in group.known_rows if row.data.wave == SELF_WAVES[latest]}


def describe_first_month(page: Page, groups: Groups) -> Mapping[str, Any]:
    """Return the commonest barrier of earlier graduates, and the skills to ask about."""
    named = [
        row for row in groups["barriers"].known_rows if row.data.kind != NOTHING_HINDERED and row.data.value
    ]
    most = max(named, key=lambda row: row.data.value, default=None)
    return {
        **describe_skills(page, groups),
        "barrier": most and most.kind,
        "told": most and most.bare,
        "of": most and most.n,
    }


def list_requests(shown: Shown) -> str:
    """Render up to three first-month requests: the owner's own, then those derived from the data."""
    written = [entry["text"] for entry in shown.page.entries("needs")]
    names = ("chance", "ask", "time", "review")
    known = filter(None, (shown.page.format_sentence("month", name, shown.named) for name in names))
    lines = [*written, *known][:3]
    return "<ol>" + "".join(f"<li>{escape(line)}</li>" for line in lines) + "</ol>"


def show_message(shown: Shown) -> str:
    """Render the graduate's own message, "" without one."""
    message = shown.page.written("message")
    return f"<blockquote><p>{escape(message)}</p></blockquote>" if message else ""


def address(page: Page) -> str:
    """Render date, recipient, sender and greeting; empty fields are omitted."""
    lines = [page.written(field) for field in ("day", "to", "sender")]
    greeting = [page.sentence(page.words["greeting"], describe_stay(page, {}))]
    return "".join(f"<p>{escape(line)}</p>" for line in [" · ".join(filter(None, lines)), *greeting] if line)


LEVELS = {
    "own": Rows("skill.level", of=PEOPLE, kind="self", wave=SELF_WAVES),
    "mentor": Rows("skill.level", of=PEOPLE, kind="mentor", wave="end"),
}

HOME_MANAGER_LETTER = Report(
    "home_manager_letter",
    lead=address,
    top=Section("can", rows=LEVELS, facts=describe_skills, says=("skills", "split")),
    sections=(
        Section(
            "month",
            also={**LEVELS, "barriers": Rows("followup.barrier")},
            facts=describe_first_month,
            prose=list_requests,
            always=True,
        ),
        Section(
            "cover",
            rows=MOVES,
            also={"weeks": Rows("cost.person_weeks_away", of=PEOPLE), "cover": Rows("home.cover")},
            facts=describe_stay,
            says=("away", "ends", "cover"),
            picture=PANELS,
            always=True,
        ),
        Section(
            "next",
            prose=show_message,
            table=tabulate_entries("next_steps", ("what", "who", "by")),
            facts=describe_stay,
            says=("ask",),
            always=True,
        ),
    ),
    lists_open=False,
)
