"""The leaders' page: one sheet to decide on, two of backing; of all people and teams together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .charts import intervals, paths
from .kit import Groups, Page, Report, Section, Shown, Table, escape
from .rows import Group, Rows
from .three_parties import GROWTH, PARTIES, bracket_growth

SELF = "impact.self_resolution"
FIRST = f"{SELF}.first_graduate"


def write_conclusion(page: Page) -> str:
    """To whom, from whom, of which day, and the owner's conclusion; what nobody wrote is left out."""
    address = " · ".join(filter(None, (page.written(field) for field in ("day", "to", "sender"))))
    lines = [("of", address), ("answer", page.written("conclusion"))]
    return "".join(f'<p class="{css}">{escape(line)}</p>' for css, line in lines if line)


def tabulate(field: str, columns: Sequence[str]) -> Callable[[Shown], Table | None]:
    """A table of what the owner wrote in a field of `words/leadership.toml`; None if nobody wrote any."""

    def table(shown: Shown) -> Table | None:
        rows = [[entry[name] or "–" for name in columns] for entry in shown.page.entries(field)]
        return Table([shown.label(name) for name in columns], rows) if rows else None

    return table


def list_cases(shown: Shown) -> str:
    """What happened in single cases, in words that whoever they are about agreed to."""
    texts = [entry["text"] for entry in shown.page.entries("cases")]
    return "".join(f"<blockquote><p>{escape(text)}</p></blockquote>" for text in texts)


def tabulate_costs(shown: Shown) -> Table | None:
    """The lines of the account, in person-weeks."""
    rows = [(row.kind, row.cells[0], row.cells[1]) for row in shown.groups["account"].known_rows]
    columns = [shown.page.texts.say(f"fold.{name}") for name in ("what", "value", "range")]
    return Table(columns, rows) if rows else None


def tabulate_answers(shown: Shown) -> Table | None:
    """How many answered behind each figure of answers, and how many did not."""
    rows = [(row.name, row.n, row.missing) for row in shown.groups["answers"].known_rows]
    columns = [shown.page.texts.say(f"fold.{name}") for name in ("what", "n", "missing")]
    return Table(columns, rows) if rows else None


def describe_plan(page: Page, groups: Groups) -> Mapping[str, Any]:
    """When the plan was declared, and what the claim's checks say."""
    plan = page.publication.facts["plan"]
    return {"declared": page.texts.day(plan["declared"]), "when": plan["when"]}


def count_stays(page: Page, groups: Groups) -> Mapping[str, Any]:
    """How many stays there were and where they led."""
    group: Group = groups["places"]
    entry = page.words["stays"]["entry"]
    listed = [page.sentence(entry, {"row": row}) for row in group.known_rows if row.data.value]
    return {"stays": group.n if group.compared else None, "led": page.join(listed) if listed else None}


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
            table=tabulate("concerns", ("concern", "answer")),
            always=True,
        ),
        Section("decisions", table=tabulate("decisions", ("what", "by", "otherwise")), always=True),
        Section(
            "measured",
            new_sheet=True,
            rows={
                "claim": Rows(FIRST),
                "others": Rows(f"{SELF}.away", f"{SELF}.second_graduate"),
                "plain": Rows(f"{SELF}.before_after"),
            },
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
            rows={"places": Rows("programme.destination", kind=("returned", "stayed", "running", "moved"))},
            also={"left": Rows("programme.left_later"), "alone": Rows("programme.depends_on_one")},
            facts=count_stays,
            says=("stays", "left", "alone"),
        ),
        Section(
            "costs",
            rows={
                "account": Rows(
                    "cost.account",
                    kind=("away", "collaboration", "teaching", "programme_hours", "net", "offset"),
                )
            },
            also={"cover": Rows("home.cover"), "used": Rows("improvement.in_use", kind="all")},
            says=("costs", "used"),
            table=tabulate_costs,
        ),
        Section("last_time", table=tabulate("last_time", ("decided", "came_of_it"))),
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
