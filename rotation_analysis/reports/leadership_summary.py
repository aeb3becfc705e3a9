"""Leadership summary: a one-page summary and two pages of evidence on the whole programme."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .charts import intervals, paths
from .kit import Groups, Page, Report, Section, Shown, Table, escape, tabulate_entries
from .rows import Rows
from .team_impact import CLAIM, FIRST, SELF
from .three_parties import (
    ACCOUNT,
    GROWTH,
    PARTIES,
    STAYS,
    STAYS_ALSO,
    bracket_growth,
    describe_stays,
    tabulate_costs,
)


def write_conclusion(page: Page) -> str:
    """Render date, recipient, sender and the owner's conclusion; empty fields are omitted."""
    address = " · ".join(filter(None, (page.written(field) for field in ("day", "to", "sender"))))
    lines = [("of", address), ("answer", page.written("conclusion"))]
    return "".join(f'<p class="{css}">{escape(line)}</p>' for css, line in lines if line)


def list_cases(shown: Shown) -> str:
    """Render single cases in words approved by the people they are about."""
    texts = [entry["text"] for entry in shown.page.entries("cases")]
    return "".join(f"<blockquote><p>{escape(text)}</p></blockquote>" for text in texts)


def tabulate_answers(shown: Shown) -> Table:
    """Tabulate how many answered and did not for each survey figure."""
    rows = [(row.name, row.n, row.missing) for row in shown.groups["answers"].known_rows]
    columns = [shown.page.texts.say(f"fold.{name}") for name in ("what", "n", "missing")]
    return Table(columns, rows)


def describe_plan(page: Page, groups: Groups) -> Mapping[str, Any]:
    """Return when the evaluation plan was declared."""
    plan = page.publication.facts["plan"]
    return {"declared": page.texts.day(plan["declared"]), "when": plan["when"]}


LEADERSHIP_SUMMARY = Report(
    "leadership_summary",
    lead=write_conclusion,
    top=Section(
        "conclusion",
        rows={
            "ours": Rows(f"{SELF}.group_mean", kind="sending", phase=("baseline", "after_first")),
            "others": Rows(f"{SELF}.group_mean", kind="comparison", phase=("baseline", "after_first")),
        },
        also={"claim": Rows(FIRST), **GROWTH},
        facts=bracket_growth,
        says=("claim", "growth"),
        picture=paths("ours", "others", difference="claim", over="phase", stages=("baseline", "after_first")),
    ),
    sections=(
        PARTIES,
        Section(
            "concerns",
            rows={
                "change": Rows("waiting.change_by_rotators", kind=("rotators_2", "rotators_3", "rotators_4")),
                "postponed": Rows("host.postponed"),
                "again": Rows("host.again"),
            },
            says=("waiting", "hosts"),
            table=tabulate_entries("concerns", ("concern", "answer")),
            always=True,
        ),
        Section("decisions", table=tabulate_entries("decisions", ("what", "by", "otherwise")), always=True),
        Section(
            "measured",
            new_sheet=True,
            rows=CLAIM,
            also={
                "sessions": Rows("impact.contamination", kind="sessions"),
                "home": Rows("impact.self_solving.first_graduate"),
                "asked": Rows("impact.do_it_for_me.first_graduate"),
            },
            facts=describe_plan,
            says=("method", "plan", "checks", "sessions", "plain"),
            picture=intervals(filled="claim", hollow="others", crossed="plain"),
        ),
        Section(
            "stays",
            rows=STAYS,
            also=STAYS_ALSO,
            facts=describe_stays,
            says=("stays", "left", "alone"),
        ),
        Section(
            "costs",
            rows={"account": ACCOUNT},
            also={"cover": Rows("home.cover"), "used": Rows("improvement.in_use", kind="all")},
            says=("costs", "used"),
            table=tabulate_costs,
        ),
        Section("last_time", table=tabulate_entries("last_time", ("decided", "came_of_it"))),
        Section("cases", prose=list_cases),
        Section(
            "answers",
            rows={
                "answers": Rows(
                    "skill.growth.now_minus_start",
                    "skill.growth.mentor",
                    "strain.panic_share",
                    "host.again",
                    "home.cover",
                    "home.send_again",
                    skill=None,
                )
            },
            table=tabulate_answers,
        ),
    ),
)
