"""Workload of a cohort: learning or ticket work, overload, and costs for others."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from .charts import ALERT, OTHERS, course, intervals, stacked, steps
from .kit import Groups, Page, Report, Section, Shown, Table
from .rows import COHORT, COHORTS, PEOPLE, TEAMS, Group, NoValue, Rows
from .team_impact import PANELS, PHASES, format_moves, pair_stages

ACTIVITIES = ("request", "incident", "improvement", "home", "learning")
KINDS = ("work", "review", "consult", "access", "incident_help")
PRESENT = tuple(f"rotators_{n}" for n in (1, 2, 3, 4))
ACTING = ("responder", "lead")
TOPICS_SHOWN = 3


def compare_time(page: Page, groups: Groups) -> Mapping[str, Any]:
    """Compare time on requests with other cohorts; count overwhelmed people."""
    return {**_compare(groups["ours"], groups["others"], "request"), **count_panic(page, groups)}


def _compare(ours: Group, others: Group, kind: str) -> Mapping[str, Any]:
    """Return the share of a kind in both groups, and which is larger."""
    try:
        own, other = ours[kind], others[kind]
        found = {"own": own.value, "other": other.value}
    except NoValue:
        return dict.fromkeys(("own", "other", "side"))
    more = own.data.value - other.data.value
    return {**found, "side": "more" if more > 0 else "less" if more < 0 else "same"}


def count_panic(page: Page, groups: Groups) -> Mapping[str, Any]:
    """Count people shown with a fortnight in the panic zone; return the weeks of the stay."""
    starts = {stay["person"]: date.fromisoformat(stay["start"]) for stay in page.publication.facts["stays"]}
    zones = [row for row in groups["zones"].known_rows if row.data.label]
    panic = [row for row in zones if row.data.kind == "panic" and row.data.value]
    weeks = [(date.fromisoformat(row.data.label) - starts[row.data.person]).days // 7 + 1 for row in panic]
    shown = {row.data.person for row in zones}
    return {
        "asked": len(shown) or None,
        "overwhelmed": len({row.data.person for row in panic}) if shown else None,
        "first": min(weeks) if weeks else None,
        "last": max(weeks) + 1 if weeks else None,
    }


def compare_kinds(page: Page, groups: Groups) -> Mapping[str, Any]:
    """Compare the share of work requests with other cohorts; list repeated topics."""
    topics = sorted(groups["topics"].known_rows, key=lambda row: -row.data.value)[:TOPICS_SHOWN]
    listed = [page.texts.say("list.entry", label=row.label, value=row.value) for row in topics]
    return {
        **_compare(groups["ours"], groups["others"], "work"),
        "topics": page.texts.join(listed),
    }


def describe_shift(page: Page, groups: Groups) -> Mapping[str, Any]:
    """Describe how the share of work requests of the cohort's teams changed."""
    pairs = pair_stages(groups["own"])
    fell = sum(after.data.value < before.data.value for before, after in pairs)
    teams = page.join(list(dict.fromkeys(row.team for row in groups["own"])))
    compared = len(pairs) if teams else None
    return {"compared": compared, "fell": fell, "moves": format_moves(page, pairs), "teams": teams}


def count_steps(page: Page, groups: Groups) -> Mapping[str, Any]:
    """Count people shown who acted in an incident, with the first week of each."""
    first: dict[str, int] = {}
    for row in groups["weekly"].known_rows:
        if row.data.kind in ACTING and row.week is not None:
            first[row.person] = min(row.week, first.get(row.person, row.week))
    shown = {row.data.person for row in groups["weekly"].known_rows}
    listed = [page.sentence(page.words["act"]["entry"], {"person": p, "week": w}) for p, w in first.items()]
    chances = sum(int(row.data.value) for row in groups["chances"].known_rows)
    return {
        "shown": len(shown),
        "acting": len(first) if shown else None,
        "list": page.join(listed),
        "chances": chances or None,
    }


def tabulate_improvements(shown: Shown) -> Table:
    """Tabulate improvements delivered by kind and still in use half a year later."""
    use = {row.data.kind: row for row in shown.groups["use"].known_rows}
    rows = []
    for row in shown.groups["delivered"].known_rows:
        if row.data.value:
            used = use.get(row.data.kind)
            use_text = shown.page.sentence(shown.words["used"], {"row": used}) if used else "–"
            rows.append((row.kind, row.bare, use_text))
    return shown.tabulate(("kind", "delivered", "use"), rows)


WORKLOAD = Report(
    "workload",
    top=Section(
        "time",
        rows={
            "ours": Rows("time.share", of=COHORT, kind=ACTIVITIES),
            "others": Rows("time.share.other_cohorts", of=COHORT, kind=ACTIVITIES),
        },
        also={
            "zones": Rows("strain.zone", of=PEOPLE),
            "again": Rows("host.again", of=COHORTS),
        },
        facts=compare_time,
        says=("time", "panic", "host"),
        picture=stacked("ours", "others"),
    ),
    sections=(
        Section(
            "asked",
            rows={
                "ours": Rows("requests.kind_share", of=COHORT, kind=KINDS),
                "others": Rows("requests.kind_share.other_cohorts", of=COHORT, kind=KINDS),
            },
            also={
                "bound": Rows("requests.permission_bound_share", of=COHORT),
                "topics": Rows("requests.repeat_topic", of=COHORT),
            },
            facts=compare_kinds,
            says=("kinds", "topics", "bound", "events"),
            picture=stacked("ours", "others"),
        ),
        Section(
            "shift",
            rows={
                "own": Rows("requests.do_it_for_me_share", of=TEAMS, phase=PHASES),
                "never": Rows("requests.do_it_for_me_share.never_senders", of=TEAMS, phase=PHASES),
            },
            facts=describe_shift,
            says=("shift",),
            picture=PANELS,
        ),
        Section(
            "wait",
            rows={"change": Rows("waiting.change_by_rotators", kind=PRESENT)},
            also={"done": Rows("waiting.done", of=COHORT, kind=("all", *KINDS))},
            says=("done", "change"),
            picture=intervals(filled="change"),
            lists=False,
        ),
        Section(
            "act",
            rows={"weekly": Rows("incident.participation.weekly", of=PEOPLE)},
            also={
                "chances": Rows(
                    "incident.chances", of=PEOPLE, phase=("month_1", "months_2_3", "months_4_end")
                ),
                "shared": Rows("incident.chances.shared", of=PEOPLE),
                "first": Rows("incident.weeks_to_responder", of=PEOPLE),
            },
            facts=count_steps,
            says=("acting", "list", "chances"),
            picture=steps("weekly"),
        ),
        Section(
            "left",
            rows={
                "delivered": Rows("improvement.delivered", of=COHORT),
                "use": Rows("improvement.in_use", of=COHORT),
            },
            also={"gained": Rows("monitoring.gained", of=COHORT), "made": Rows("monitoring.made", of=COHORT)},
            says=("use", "made"),
            table=tabulate_improvements,
            lists=False,
        ),
        Section(
            "strain",
            rows={"strain": Rows("strain.fortnight", of=PEOPLE)},
            also={
                "zones": Rows("strain.zone", of=PEOPLE),
                "panic": Rows("strain.zone", of=PEOPLE, kind="panic"),
                "talks": Rows("one_to_one.day", of=PEOPLE),
                "pages": Rows("interruption.event", of=PEOPLE),
                "gaps": Rows("one_to_one.longest_gap", of=PEOPLE),
            },
            facts=count_panic,
            says=("panic", "gap"),
            picture=course(
                "strain",
                scale=(1, 5),
                alarm="panic",
                events={"talks": (OTHERS, "talks"), "pages": (ALERT, "pages")},
            ),
        ),
        Section(
            "cost",
            rows={"ours": Rows("host.postponed", of=COHORT), "cohorts": Rows("host.postponed", of=COHORTS)},
            also={
                "teaching": Rows("host.teaching_hours", of=COHORT),
                "again": Rows("host.again", of=COHORT),
                "away": Rows("cost.account", of=COHORT, kind="away"),
                "hours": Rows("cost.account", of=COHORT, kind="teaching"),
            },
            says=("postponed", "teaching", "away"),
            picture=intervals(hollow="cohorts", zero=False),
        ),
    ),
)
