"""Team impact of a cohort: does the home team solve more by itself?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .charts import intervals, slopes
from .kit import Groups, Page, Report, Section
from .rows import TEAMS, Group, Row, Rows

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
FALLS = (FEWER_ASKED, FEWER_REQUESTS, FEWER_INCIDENTS)
PHASES = ("baseline", "away", "after_first", "after_second")
STAGES = {"before": ("baseline",), "away": ("away",), "after": ("after_first", "after_second")}

CLAIM = {
    "claim": Rows(FIRST),
    "others": Rows(f"{SELF}.away", f"{SELF}.second_graduate"),
    "plain": Rows(f"{SELF}.before_after"),
}
"""The programme-wide estimate, those while away and after a second return, and the plain difference."""
MOVES = {
    "own": Rows(SELF, of=TEAMS, phase=PHASES),
    "never": Rows(f"{SELF}.never_senders", of=TEAMS, phase=PHASES),
}
PANELS = slopes("own", beside="never", over="phase", stages=STAGES)
"""Each team before and after (`MOVES`), comparison teams over the same weeks in grey."""


def describe_moves(page: Page, groups: Groups) -> Mapping[str, Any]:
    """Count the cohort's teams with values before and after and those that rose; format the changes."""
    pairs = pair_stages(groups["own"])
    risen = sum(after.data.value > before.data.value for before, after in pairs)
    teams = page.join(list(dict.fromkeys(row.team for row in groups["own"])))
    compared = len(pairs) if teams else None
    return {"compared": compared, "risen": risen, "moves": format_moves(page, pairs), "teams": teams}


def describe_requests(page: Page, groups: Groups) -> Mapping[str, Any]:
    """Format the change in the share of work requests of the cohort's teams."""
    return {"asked": format_moves(page, pair_stages(groups["asking"]))}


def pair_stages(group: Group) -> list[tuple[Row, Row]]:
    """Pair each team's rows at baseline and after a return, if both have a value."""
    before = {row.data.team: row for row in group.known_rows if row.data.phase == "baseline"}
    after = [row for row in group.known_rows if row.data.phase.startswith("after_")]
    return [(before[row.data.team], row) for row in after if row.data.team in before]


def format_moves(page: Page, pairs: Sequence[tuple[Row, Row]]) -> str:
    """ "Keyaki 44% → 61%", one entry per team; "" without any."""
    moves = [
        page.texts.say("list.from_to", label=after.team, before=before.bare, after=after.bare)
        for before, after in pairs
    ]
    return page.join(moves)


def explain_no_return(page: Page, groups: Groups) -> Mapping[str, Any]:
    """Return why no team of the cohort has a value after a return, if none has."""
    codes = [code for code in page.publication.facts["why_nothing_after"].values() if code]
    nothing = not groups["teams"].compared and bool(codes)
    return {"back": None if nothing else "value", "why": page.explain(codes[0]) if nothing else None}


TEAM_IMPACT = Report(
    "team_impact",
    headline="teams",
    top=Section(
        "more",
        rows={
            "claim": Rows(FIRST),
            "teams": Rows(FIRST, of=TEAMS),
            "plain": Rows(f"{SELF}.before_after"),
        },
        also={"second": Rows(f"{SELF}.second_graduate", of=TEAMS)},
        facts=explain_no_return,
        says=("claim", "teams", "plain"),
        picture=intervals(filled="claim", hollow="teams", crossed="plain"),
    ),
    sections=(
        Section(
            "moved",
            rows=MOVES,
            also={"meanwhile": Rows(SELF, of=TEAMS, phase="away"), "away": Rows(f"{SELF}.away")},
            facts=describe_moves,
            says=("moved", "meanwhile"),
            picture=PANELS,
        ),
        Section(
            "agree",
            rows={
                "claim": Rows(FIRST),
                "others": Rows(*OTHERS, falls=FALLS),
            },
            also={"asking": Rows("requests.do_it_for_me_share", of=TEAMS, phase=PHASES)},
            facts=describe_requests,
            says=("agree", "asked"),
            picture=intervals(filled="claim", hollow="others", by_smallest=True),
            lists=False,
        ),
    ),
)
