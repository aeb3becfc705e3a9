"""What is planted in the sample programme, and which rows of the product tell it: E1 to E16.

`data/make_truth.py` writes what they give over seeds into `sample/truth.toml`, `benchmarks/planted.py` how
often the product's intervals hold the truth and what it claims; `seeds.py` runs them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from synthetic.planted import DAY, SKILLS, Team
from synthetic.working_days import WorkingDays
from synthetic.world import World, season_factor, self_resolution

if TYPE_CHECKING:
    from rotation_analysis.cohorts.cohort import Cohorts
    from rotation_analysis.measures.impact.team_comparison import Sender

VERDICTS = ("supported", "leaning", "no_large_change", "not_enough_data")


@dataclass(frozen=True)
class Finding:
    """What the product says of an effect on one seed; nan where it measures nothing, None: not printed."""

    value: float
    low: float | None = None
    high: float | None = None
    verdict: str | None = None


class Rows:
    """The measures of one seed, looked up by name."""

    def __init__(self, measures: Sequence[Any]) -> None:
        self._rows = measures
        self._by_name: dict[str, list[Any]] = {}
        for row in measures:
            self._by_name.setdefault(row.measure, []).append(row)

    def select(self, measure: str, **where: object) -> list[Any]:
        """The rows of a measure; `where` are attributes with their value."""
        rows = self._by_name.get(measure, [])
        return [row for row in rows if all(getattr(row, name) == value for name, value in where.items())]

    def values(self, measure: str, **where: object) -> list[float]:
        """Values of the rows of a measure that have one."""
        return [row.value for row in self.select(measure, **where) if row.value is not None]

    def of_persons(self, measure: str, **where: object) -> list[float]:
        """Values of the persons' own rows of a measure, over all skills."""
        here = Rows([row for row in self.select(measure) if row.person is not None])
        return here.values(measure, skill=None, **where)

    def by_cohort(
        self, measure: str, *, persons: bool = False, **where: object
    ) -> tuple[list[float], list[float]]:
        """Values of cohort 5's rows and of the other cohorts': their own, or (`persons`) their persons'."""
        rows = [
            row
            for row in self.select(measure)
            if row.cohort is not None and (row.person is not None) == persons
        ]
        fifth, others = ([row for row in rows if (row.cohort == "5") is own] for own in (True, False))
        return Rows(fifth).values(measure, **where), Rows(others).values(measure, **where)

    def mean(self, measure: str, **where: object) -> float:
        """Mean over the rows of a measure that have a value."""
        values = self.values(measure, **where)
        return float(np.mean(values)) if values else np.nan

    def change(self, measure: str, first: str, later: str, **where: object) -> Finding:
        """Mean in a later phase minus mean in an earlier one."""
        return Finding(self.mean(measure, phase=later, **where) - self.mean(measure, phase=first, **where))

    def whole(self, measure: str, *, skill: str | None = None, **where: object) -> Finding:
        """The programme's row of a measure with its interval and verdict."""
        rows = self.select(measure, cohort=None, person=None, team=None, skill=skill, **where)
        if not rows:
            return Finding(np.nan)
        row = rows[0]
        return Finding(np.nan if row.value is None else row.value, row.low, row.high, row.verdict)

    def list_supported(self) -> list[str]:
        """The names of all measures that are said to be supported, each once."""
        return sorted({row.measure for row in self._rows if row.verdict == "supported"})


Truth = float | Callable[[World, "Cohorts"], float] | None


@dataclass(frozen=True)
class Effect:
    """A planted effect: which rows of the product estimate it, over which windows, and what went in.

    `truth` is what an interval should hold: the planted number where the rows estimate just that, or what
    the world expects over their windows; None where levels are rounded and cut, or mixed: then it is the
    mean over the seeds.  `null` is the same in the company without any effect.
    """

    key: str
    planted: str
    estimator: str
    windows: str
    read: Callable[[Rows], Finding]
    recoverable: bool = True
    truth: Truth = None
    null: float | None = 0.0


SHARE, NEVER = "impact.self_resolution", "impact.self_resolution.never_senders"
RATE, DO_IT = "requests.per_team_week", "requests.do_it_for_me_share"
NEVER_RATE = f"{RATE}.never_senders"
NOTHING_EXPECTED = ("impact.incidents", "impact.time_to_restore")


# --- what the world expects -----------------------------------------------------------------------------


def expect_difference(comparison: str) -> Callable[[World, Cohorts], float]:
    """How much more the expected self-resolution of the compared senders changes than never-senders'."""

    def expect(world: World, cohorts: Cohorts) -> float:
        from rotation_analysis.measures.impact.team_comparison import COMPARISONS, list_sending_teams

        (wanted,) = [each for each in COMPARISONS if each.name == comparison]
        senders = [sender for sender in list_sending_teams(cohorts, wanted) if not sender.declined]
        return float(np.mean([_own_difference(world, sender) for sender in senders]))

    return expect


def _own_difference(world: World, sender: Sender) -> float:
    sent = {stay.team for stay in world.scenario.rotations}
    change = {
        team.id: _expected_share(world, team, sender.windows[1])
        - _expected_share(world, team, sender.windows[0])
        for team in world.scenario.teams
        if team.id == sender.team or team.id not in sent
    }
    own = change.pop(sender.team)
    return own - float(np.mean(list(change.values())))


def _expected_share(world: World, team: Team, window: tuple[Any, Any]) -> float:
    """The share that a team solves itself on the working days of a window, busy seasons counting more."""
    first, last = (np.datetime64(day, "D") for day in window)
    days = np.arange(first, last + DAY)
    days = days[np.is_busday(days, busdaycal=WorkingDays(world.scenario).calendar)]
    share, _ = self_resolution(team, days, world.scenario, world.truth)
    return float(np.average(share, weights=[season_factor(int(str(day)[5:7])) for day in days]))


# --- how rows are read ----------------------------------------------------------------------------------


def step_share(rows: Rows, phase: str, steps: tuple[str, ...]) -> Finding:
    """Share of known participations at given steps, over everybody with records in a phase."""
    known = ("observer", "helper", "responder", "lead")
    total = sum(sum(rows.values("incident.participation", kind=k, phase=phase)) for k in known)
    return Finding(
        sum(sum(rows.values("incident.participation", kind=k, phase=phase)) for k in steps) / total
    )


def use_gap(rows: Rows) -> Finding:
    """How much more those who use it weekly have kept than those who hardly do; nan where either is nobody.

    From the persons' rows: the product itself declines to compare so few.  The verdict is what it says of
    those by use, supported where it is so of any.
    """
    kept = [rows.of_persons("skill.durability", wave="after_6m", kind=use) for use in ("weekly", "hardly")]
    told = rows.select("skill.durability", wave="after_6m", person=None, cohort=None, skill=None)
    verdicts = [row.verdict for row in told if row.kind in ("weekly", "monthly", "hardly") and row.verdict]
    verdict = Counter(verdicts).most_common(1)[0][0] if verdicts else None
    verdict = "supported" if "supported" in verdicts else verdict
    gap = float(np.mean(kept[0]) - np.mean(kept[1])) if all(kept) else np.nan
    return Finding(gap, verdict=verdict)


def fifth_cohort(rows: Rows, measure: str, **where: object) -> Finding:
    """Cohort 5's value minus the mean of the other cohorts'; each from its own row, before the gate."""
    own, others = rows.by_cohort(measure, **where)
    return Finding(float(np.mean(own) - np.mean(others)) if own and others else np.nan)


def interruptions(rows: Rows) -> Finding:
    """Disturbances after work a month from week 14 on: the mean of cohort 5's persons minus the others'."""
    gap = 0.0
    for kind in ("off", "sleep"):
        own, others = rows.by_cohort("interruption.rate", persons=True, phase="months_4_end", kind=kind)
        gap += float(np.mean(own) - np.mean(others)) if own and others else np.nan
    return Finding(gap)


def waiting_with(rotators: int, truth: float, *, recoverable: bool) -> Effect:
    """The planted factor on waiting with so many rotators present, less 1, and the product's own row."""
    kind = f"rotators_{rotators}"
    return Effect(f"E9_{kind}", f"{truth:+.2f} with {rotators} rotators present",
                  f"waiting.change_by_rotators, {kind}",
                  "days with so many against days with none, scaled to one mix of kinds",
                  lambda r: r.whole("waiting.change_by_rotators", kind=kind), recoverable, truth)  # fmt: skip


def teaching_in(month: int, hours: float) -> Effect:
    """Planted hours of all members for one rotator in a month of the stay, and the product's own row."""
    kind = f"month_{month}"
    return Effect(f"teaching_{kind}", f"{hours} hours a rotator and week",
                  f"host.teaching_per_rotator, {kind}", f"rounds in month {month} of a stay",
                  lambda r: r.whole("host.teaching_per_rotator", kind=kind), truth=hours,
                  null=3.25)  # fmt: skip


def band_of(skill: str) -> Effect:
    """The planted growth of one skill and the product's shrunken value."""
    growth = SKILLS[skill][1]
    return Effect(
        f"E10_skill_{skill}",
        f"growth {growth}, then-rating lowered by 0.15",
        f"skill.band, now_minus_then, {skill}",
        "end against then",
        lambda r: r.whole("skill.band", kind="now_minus_then", skill=skill),
    )


def growth_in(arm: str, planted: str, windows: str) -> Effect:
    """One arm of the bracket of growth."""
    name = f"skill.growth.{arm}"
    return Effect(f"E10_{arm}", planted, name, windows, lambda r: r.whole(name))


def compared(
    key: str, planted: str, outcome: str, comparison: str = "first_graduate", **other: Any
) -> Effect:
    """An outcome of home teams against never-senders, as the product claims it."""
    windows = {
        "first_graduate": "baseline (weeks -39 to -14) against weeks 9 to 26 after the first return",
        "away": "the first stay against the baseline",
        "second_graduate": "after the first return against weeks 9 to 26 after the second",
    }[comparison]
    name = f"impact.{outcome}.{comparison}"
    return Effect(key, planted, name, windows, lambda r: r.whole(name), **other)


ACTING = ("responder", "lead")
BASE_AFTER = "baseline (weeks -39 to -14) against weeks 9 to 26 after the first return"
EFFECTS = (
    compared("E1", "+0.12 by the first graduate (half for p07)", "self_resolution",
             truth=expect_difference("first_graduate")),
    # never-senders' year of 52 weeks, scaled to the 41 between the rounds before and after
    Effect("E1_survey", "self-resolution as home teams rate it: +0.7 after the return, +0.2 in other teams",
           "impact.self_solving.first_graduate", "before the stay against three and six months after it",
           lambda r: r.whole("impact.self_solving.first_graduate"), truth=0.7 - 0.2 * 41 / 52),
    compared("E1_author_share", "nothing of its own: who solves a problem writes its code", "author_share"),
    compared("E2", "+0.04 by a second graduate", "self_resolution", "second_graduate", recoverable=False,
             truth=expect_difference("second_graduate")),
    Effect("E3", "+0.08 for all teams from 2023-07-03", f"{NEVER}, cohort 3", BASE_AFTER,
           lambda r: r.change(NEVER, "baseline", "after_first", cohort="3"), truth=0.08),
    Effect("E4", "-0.06 in the 13 weeks before the first departure", f"{SHARE}, dip - baseline",
           "weeks -13 to -1 against the baseline", lambda r: r.change(SHARE, "baseline", "dip")),
    compared("E5", "-0.04 while somebody is away", "self_resolution", "away",
             truth=expect_difference("away")),
    Effect("E6", "do-it-for-me share of senders falls", DO_IT, BASE_AFTER,
           lambda r: r.change(DO_IT, "baseline", "after_first")),
    compared("E6_compared", "do-it-for-me share of senders falls", "do_it_for_me"),
    compared("E6_requests", "fewer requests for the same number of problems", "requests"),
    Effect("E7", "+0.15 review requests per team-week for all from 2022-07-01",
           f"{NEVER_RATE}, review, cohort 1", BASE_AFTER,
           lambda r: r.change(NEVER_RATE, "baseline", "after_first", kind="review", cohort="1")),
    Effect("E8", "0.35 permission-bound per team-week", f"{RATE}, permission_bound", "during the stays",
           lambda r: Finding(r.mean(RATE, phase="stay", kind="permission_bound", team=None)), truth=0.35,
           null=0.35),
    waiting_with(2, 0.05, recoverable=False),
    waiting_with(3, 0.08, recoverable=False),
    waiting_with(4, 0.25, recoverable=True),
    growth_in("now_minus_start", "growth 1.09, start inflated by 0.45", "end against start"),
    growth_in("now_minus_then", "growth 1.09, then-rating lowered by 0.15", "end against then"),
    growth_in("mentor", "growth 1.09 less what came before week 4", "end against week 4"),
    *(band_of(skill) for skill in SKILLS),
    Effect("E11", "+0.15 used weekly, -0.25 hardly used", "skill.durability, weekly - hardly",
           "after_6m against end", use_gap, recoverable=False),
    Effect("E12_month_1", "0.03 responder or lead in weeks 1 to 4", "incident.participation", "month_1",
           lambda r: step_share(r, "month_1", ACTING), null=0.14),
    Effect("E12_months_4_end", "0.31 responder or lead from week 14", "incident.participation",
           "months_4_end", lambda r: step_share(r, "months_4_end", ACTING), null=0.14),
    Effect("E13_weeks_6_10", "a hump of 0.55 around weeks 7 and 8", "strain.weeks_6_10",
           "fortnights in weeks 6 to 10 against the same person's others",
           lambda r: r.whole("strain.weeks_6_10")),
    Effect("E13_cohort_5", "+0.40 in cohort 5", "strain.mean, cohort 5 - the others", "the stays",
           lambda r: fifth_cohort(r, "strain.mean"), recoverable=False),
    Effect("E14_planned", "-0.35 a planned 1:1 held", "strain.one_to_one.planned",
           "fortnights of the same person", lambda r: r.whole("strain.one_to_one.planned"), truth=-0.35),
    Effect("E14_all", "-0.35 a planned 1:1 held, -0.10 one booked after a bad fortnight",
           "strain.one_to_one.all", "fortnights of the same person",
           lambda r: r.whole("strain.one_to_one.all"), recoverable=False),
    Effect("E15", "0.58 of the time on requests in cohort 5, 0.46 in the others",
           "time.share, request, cohort 5 - the others", "the stays",
           lambda r: fifth_cohort(r, "time.share", kind="request"), truth=0.12),
    compared("E16_incidents", "nothing on the number of incidents", "incidents", recoverable=False,
             truth=0.0),
    compared("E16_time_to_restore", "nothing on the time to restore", "time_to_restore", recoverable=False,
             truth=0.0),
    Effect("E16_left", "nothing on who leaves: p09 does in either company", "programme.left_later",
           "the whole programme", lambda r: r.whole("programme.left_later"), recoverable=False, truth=1.0,
           null=1.0),
    teaching_in(1, 5.0),
    teaching_in(6, 1.5),
    Effect("interruptions_cohort_5", "0.72 a month more after work in cohort 5, 1.6 times as many",
           "interruption.rate, off and sleep, cohort 5 - the others", "months_4_end", interruptions,
           recoverable=False, truth=0.72),
)  # fmt: skip
KEYS = tuple(effect.key for effect in EFFECTS)
