"""Team impact of a cohort: does the home team solve more by itself?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .charts import intervals, slopes
from .kit import Groups, Page, Report, Section, Shown, Table
from .rows import TEAMS, Rows

SELF = "impact.self_resolution"
FIRST = f"{SELF}.first_graduate"
FEWER_ASKED, FEWER_REQUESTS = "impact.do_it_for_me.first_graduate", "impact.requests.first_graduate"
FEWER_INCIDENTS = "impact.incidents.first_graduate"
OTHERS = (
    FEWER_ASKED,
    "impact.self_solving.first_graduate",
    FEWER_REQUESTS,
    "impact.author_share.first_graduate",
    FEWER_INCIDENTS,
    "impact.home_alone.first_graduate",
)
PHASES = ("baseline", "away", "after_first", "after_second")
VARIANTS = ("as_declared", "other_baseline", "recent_baseline", "ramp_kept", "log_scale", "without")
STAGES = {"before": ("baseline",), "away": ("away",), "after": ("after_first", "after_second")}
CHECKS = ("variants", "dip", "sessions", "moves", "events")


def describe_moves(page: Page, groups: Groups) -> Mapping[str, Any]:
    """How many teams of the cohort have a value before and after, and in how many it rose."""
    before: dict[str, float] = {}
    rises = []
    for row in groups["own"].known_rows:
        if row.data.phase == "baseline":
            before[row.data.team] = row.data.value
        elif row.data.phase.startswith("after_") and row.data.team in before:
            rises.append(row.data.value > before[row.data.team])
    return {"compared": len(rises), "risen": sum(rises)}


def count_events(page: Page, groups: Groups) -> Mapping[str, Any]:
    """How many company events the owner declared."""
    return {"events": len(page.publication.facts["events"]) or None}


def list_checks(shown: Shown) -> Table | None:
    """What could disturb the comparison, one line a check."""
    texts = shown.page.texts
    lines = [
        (shown.label(name), said) for name in CHECKS if (said := shown.page.say("stands", name, shown.named))
    ]
    return Table([texts.say("fold.check"), texts.say("fold.result")], lines) if lines else None


TEAM_IMPACT = Report(
    "team_impact",
    top=Section(
        "more",
        rows={
            "claim": Rows(FIRST),
            "teams": Rows(FIRST, of=TEAMS),
            "plain": Rows(f"{SELF}.before_after"),
        },
        also={"second": Rows(f"{SELF}.second_graduate", of=TEAMS)},
        says=("claim", "teams", "plain"),
        picture=intervals(filled="claim", hollow="teams", crossed="plain"),
    ),
    sections=(
        Section(
            "moved",
            rows={
                "own": Rows(SELF, of=TEAMS, phase=PHASES),
                "never": Rows(f"{SELF}.never_senders", of=TEAMS, phase=PHASES),
            },
            also={"away": Rows(f"{SELF}.away")},
            facts=describe_moves,
            says=("moved", "away"),
            picture=slopes("own", beside="never", over="phase", stages=STAGES),
        ),
        Section(
            "agree",
            rows={
                "claim": Rows(FIRST),
                "others": Rows(*OTHERS, falls=(FEWER_ASKED, FEWER_REQUESTS, FEWER_INCIDENTS)),
            },
            says=("agree",),
            picture=intervals(filled="claim", hollow="others", by_smallest=True),
        ),
        Section(
            "stands",
            rows={
                "claim": Rows(FIRST),
                "dip": Rows("impact.anticipation"),
                "sessions": Rows("impact.contamination", kind="sessions"),
                "moves": Rows("impact.contamination", kind="moved"),
            },
            also={"variants": Rows(f"{FIRST}.sensitivity", kind=VARIANTS)},
            facts=count_events,
            says=("stands",),
            table=list_checks,
        ),
    ),
)
