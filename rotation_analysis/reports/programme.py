"""Report on the programme over all cohorts: decisions first, then benefits and costs per party."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .changes_since import compare_publications
from .charts import intervals
from .decisions import NOT_REACHED, OPEN, REACHED, TOO_LITTLE, Decision, list_decisions
from .kit import Cell, Groups, Page, Report, Section, Shown, Table, escape
from .rows import COHORTS, Group, Row, Rows, format_value, group_rows
from .skill_growth import show_account
from .team_impact import CLAIM, FALLS, FIRST, OTHERS
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
from .workload import PRESENT

STYLES = {REACHED: "act", OPEN: "open", TOO_LITTLE: "open", NOT_REACHED: "none"}
MOST_SEEN = 3
VARIANTS = ("as_declared", "other_baseline", "recent_baseline", "ramp_kept", "log_scale", "without")
CHECKS = ("variants", "agree", "dip", "sessions", "moves", "events")


# --- decisions --------------------------------------------------------------------------------------------


def count_decisions(page: Page, groups: Groups) -> Mapping[str, Any]:
    """Count thresholds, list those reached, and return when they were declared."""
    decisions = list_decisions(page.publication, page.earlier)
    reached = [page.words["decide"]["item"][each.name] for each in decisions if each.state == REACHED]
    declared = page.publication.facts["triggers"]["declared"]
    return {
        "all": len(decisions),
        "reached": len(reached),
        "names": page.join(reached),
        "open": sum(each.state not in (REACHED, NOT_REACHED) for each in decisions),
        "declared": page.texts.day(declared) if declared else None,
    }


def tabulate_decisions(shown: Shown) -> Table:
    """Tabulate each decision with threshold, observed value, state and reason."""
    found = list_decisions(shown.page.publication, shown.page.earlier)
    order = (REACHED, OPEN, TOO_LITTLE)
    decisions = sorted(found, key=lambda d: order.index(d.state) if d.state in order else len(order))
    page, words = shown.page, shown.words
    rows: list[list[str | Cell]] = []
    for decision in decisions:
        seen = group_rows(page, list(decision.rows[:MOST_SEEN]))
        unit = decision.rows[0].unit if decision.rows else decision.unit
        amount = format_value(page.texts, unit, decision.threshold) if unit else ""
        reasons = words["reason"].get(decision.name, {})
        template = reasons.get(decision.state) or words["reason_of"].get(decision.state, "")
        reason = page.explain(decision.reason) if decision.reason else page.sentence(template, {"seen": seen})
        state = Cell(words["state"][decision.state], reason, f"state {STYLES.get(decision.state, 'hidden')}")
        trigger = page.sentence(words["trigger"][decision.name], {"amount": amount})
        rows.append([words["item"][decision.name], trigger, _format_seen(shown, decision, seen), state])
    return shown.tabulate(("what", "threshold", "value", "state"), rows)


def _format_seen(shown: Shown, decision: Decision, seen: Group) -> str:
    """Format the values that a decision checks, named if there are several."""
    if not seen.count:
        return "–"
    if decision.accounts:
        positive = all(row.data.value > 0 for row in seen)
        return shown.label("all_positive") if positive else seen.list
    if seen.count == 1:
        return seen.value
    if decision.name == "onboarding":
        return seen[0].value  # the skill that grew least; the reason names it
    return shown.page.texts.join(row.entry for row in seen)


# --- who, growth, home teams ------------------------------------------------------------------------------


def tabulate_stays(shown: Shown) -> Table:
    """Tabulate cohorts: first month, people, home teams and how the stays ended."""
    texts = shown.page.texts
    lines: dict[str, list[Mapping[str, Any]]] = {}
    for stay in shown.page.publication.facts["stays"]:
        lines.setdefault(stay["cohort"], []).append(stay)
    rows = []
    for cohort, stays in lines.items():
        first = texts.month(min(stay["start"] for stay in stays))
        teams = list(dict.fromkeys(texts.label(stay["team_name"]) for stay in stays))
        endings = [texts.say(f"ending.{e}") for e in dict.fromkeys(stay["ending"] for stay in stays)]
        name = shown.page.name_cell("cohort", cohort)
        rows.append([name, first, texts.number(len(stays)), texts.join(teams), texts.join(endings)])
    return shown.tabulate(("cohort", "from", "people", "teams", "ending"), rows)


def describe_skills(page: Page, groups: Groups) -> Mapping[str, Any]:
    """Return the skills that could have grown most: their range reaches the lower end of the best."""
    bands = [row for row in groups["bands"].known_rows if row.has_range]
    best = max((row.data.low for row in bands), default=None)
    most = [row for row in bands if row.data.high >= best]
    apart = len(most) < len(bands)
    return {
        **bracket_growth(page, groups),
        "most": len(most) if apart else None,
        "skills": page.texts.join(row.skill for row in most) if apart else None,
    }


def list_checks(shown: Shown) -> Table:
    """Tabulate threats to the comparison, one line per check."""
    texts = shown.page.texts
    checks = ((shown.label(name), shown.page.format_sentence("home", name, shown.named)) for name in CHECKS)
    lines = [(name, sentence) for name, sentence in checks if sentence]
    return Table([texts.say("fold.check"), texts.say("fold.result")], lines)


# --- work, cost, terms ------------------------------------------------------------------------------------


def compare_cohorts(page: Page, groups: Groups) -> Mapping[str, Any]:
    """Return the cohort with the largest share of time on requests, and the span of the others."""
    rows = sorted(groups["time"].known_rows, key=lambda row: row.data.value)
    several = len(rows) > 1
    return {"top": rows[-1] if several else None, "others": Group(tuple(rows[:-1])).span if several else None}


def tabulate_terms(shown: Shown) -> Table:
    """Tabulate what the owner changed per term, why, and that cohort's figures."""
    page = shown.page
    rows: list[list[str | Cell]] = []
    for each in page.publication.facts["adjustments"]:
        because = {"ja": each["because_ja"] or "–", "en": each["because_en"] or "–"}
        found = [row for name in ("time", "again") for row in shown.groups[name].known_rows]
        values = [
            page.texts.say("list.entry", label=row.name, value=row.value)
            for row in found
            if row.data.cohort == each["cohort"]
        ]
        after = page.texts.join(values) or "–"
        cohort = page.name_cell("cohort", each["cohort"])
        rows.append([cohort, Cell(page.texts.label(each), page.texts.label(because)), after])
    return shown.tabulate(("cohort", "changed", "after"), rows)


def find_changes(page: Page, groups: Groups) -> Mapping[str, Any]:
    """Count changes since the earlier report: verdicts, values and stays."""
    if page.earlier is None:
        return dict.fromkeys(("since", "verdicts", "values", "stays", "few"))
    changes = compare_publications(page.earlier, page.publication)
    return {
        "since": page.texts.day(changes.as_of[0]),
        "verdicts": len(changes.select("verdict")),
        "values": len(changes.select("value")),
        "stays": len(changes.stays),
        "few": len(changes.select("few")) or None,
    }


def tabulate_changes(shown: Shown) -> Table:
    """Tabulate every verdict that differs from the earlier report."""
    page, rows = shown.page, []
    if page.earlier is not None:
        changes = compare_publications(page.earlier, page.publication).select("verdict")
        for row in changes[changes["skill"].isna() & changes["team"].isna()].itertuples(index=False):
            verdicts = (row.verdict_earlier, row.verdict_later)
            named = (page.texts.sentences.get(f"verdict.{verdict}", verdict) or "–" for verdict in verdicts)
            rows.append((page.name_measure(row.measure), *named))
    return shown.tabulate(("what", "earlier", "later"), rows)


# --- folded at the end ------------------------------------------------------------------------------------


def show_appendix(page: Page) -> str:
    """Render plan, questions and records, folded."""
    parts = {"plan": _show_plan(page), "questions": _show_questions(page), "records": show_account(page)}
    return "".join(
        f'<details class="fold"><summary>{escape(page.words["end"][name])}</summary>{text}</details>'
        for name, text in parts.items()
        if text
    )


def _show_plan(page: Page) -> str:
    plan = page.publication.facts["plan"]
    values = {
        "declared": page.texts.day(plan["declared"]),
        "sha": plan["sha256"][:12],
        "waves": plan["waves"],
    }
    declared = page.sentence(page.words["end"]["declared"], values)
    rows = [
        (page.name_measure(each["measure"]), format_value(page.texts, each["unit"], each["s"]).lstrip("+"))
        for each in {m["measure"]: m for family in plan["families"] for m in family["measures"]}.values()
    ]
    columns = [page.words["end"]["measure"], page.words["end"]["smallest"]]
    return f"<p>{escape(declared)}</p>{Table(columns, rows).html()}"


def _show_questions(page: Page) -> str:
    rows = [
        ((row.data.skill and row.skill) or row.data.label or "–", row.kind, row.bare)
        for row in (Row(data, page) for name in ("wording", "scale") for data in page.rows(f"lineage.{name}"))
        if row.known
    ]
    columns = [page.words["end"][name] for name in ("question", "pooled", "people")]
    return Table(columns, rows).html()


PROGRAMME = Report(
    "programme",
    top=Section(
        "decide",
        also={
            "barriers": Rows("followup.barrier"),
            "use": Rows("followup.use"),
            "waiting": Rows("waiting.change_by_rotators", kind=PRESENT),
            "teaching": Rows("host.teaching_hours", kind=None),
            "bound": Rows("requests.permission_bound_share"),
        },
        facts=count_decisions,
        says=("reached",),
        table=tabulate_decisions,
        always=True,
        lists=False,
    ),
    sections=(
        PARTIES,
        Section(
            "who",
            rows=STAYS,
            also=STAYS_ALSO,
            facts=describe_stays,
            says=("stays", "left", "alone"),
            table=tabulate_stays,
            always=True,
        ),
        Section(
            "growth",
            rows=GROWTH,
            also={
                "bands": Rows("skill.band", kind="now_minus_start"),
                "shift": Rows("skill.shift"),
                "cohorts": Rows("skill.across_cohorts.now_minus_start"),
                "apart": Rows("skill.self_minus_mentor.end", skill=None),
                "missing": Rows("skill.growth.now_minus_start.bounds"),
                "kept": Rows("skill.durability"),
            },
            facts=describe_skills,
            says=("growth", "skills", "cohorts"),
            picture=intervals(filled="low high mentor"),
        ),
        Section(
            "home",
            rows=CLAIM,
            also={
                "kinds": Rows(*OTHERS, falls=FALLS),
                "dip": Rows("impact.anticipation"),
                "sessions": Rows("impact.contamination", kind="sessions"),
                "moves": Rows("impact.contamination", kind="moved"),
                "variants": Rows(f"{FIRST}.sensitivity", kind=VARIANTS),
            },
            says=("claim",),
            picture=intervals(filled="claim", hollow="others", crossed="plain"),
            table=list_checks,
        ),
        Section(
            "work",
            rows={"waiting": Rows("waiting.change_by_rotators", kind=PRESENT)},
            also={
                "asked": Rows("impact.do_it_for_me.first_graduate"),
                "bound": Rows("requests.permission_bound_share"),
            },
            says=("waiting", "asked"),
            picture=intervals(filled="waiting"),
        ),
        Section(
            "load",
            rows={"time": Rows("time.share", of=COHORTS, kind="request")},
            also={
                "whole": Rows("time.share", kind="request"),
                "weeks": Rows("strain.weeks_6_10"),
                "panic": Rows("strain.panic_share"),
                "talks": Rows("strain.one_to_one.planned"),
                "gaps": Rows("one_to_one.gap_over"),
                "steps": Rows("incident.weeks_to_responder"),
            },
            facts=compare_cohorts,
            says=("time", "weeks", "talks"),
            picture=intervals(hollow="time", zero=False),
        ),
        Section(
            "cost",
            rows={
                "net": Rows("cost.account", kind="net_per_stay"),
                "offset": Rows("cost.account", kind="offset_per_stay"),
                "account": ACCOUNT,
            },
            also={
                "even": Rows("host.break_even_week"),
                "again": Rows("host.again"),
                "postponed": Rows("host.postponed"),
                "cover": Rows("home.cover"),
                "send": Rows("home.send_again"),
                "used": Rows("improvement.in_use", kind="all"),
            },
            says=("each", "hosts", "used"),
            table=tabulate_costs,
        ),
        Section(
            "terms",
            rows={
                "time": Rows("time.share", of=COHORTS, kind="request"),
                "again": Rows("host.again", of=COHORTS),
            },
            table=tabulate_terms,
            always=True,
            lists=False,
        ),
        Section("since", facts=find_changes, says=("since", "few"), table=tabulate_changes),
    ),
    closing=show_appendix,
)
