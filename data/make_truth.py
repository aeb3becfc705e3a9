"""Computes `data/sample/truth.toml`: what was planted, and what the product's own measures give over seeds.

`python data/make_truth.py [--seeds N]`.  Each seed is written as files, read, measured and judged by the same
path as any programme; nothing here is typed but what was planted.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from make_sample import REPOSITORY, SEED, write_exports
from synthetic.planted import SKILLS
from synthetic.world import simulate

SAMPLE = REPOSITORY / "data" / "sample"
SEEDS = 60


@dataclass(frozen=True)
class Effect:
    """A planted effect: which rows of the product estimate it, over which windows, and what went in."""

    key: str
    planted: str
    estimator: str
    windows: str
    read: Callable[[Rows], float]
    recoverable: bool = True


class Rows:
    """The measures of one seed, looked up by name."""

    def __init__(self, measures: Sequence[object]) -> None:
        self._rows = measures

    def values(self, measure: str, **where: object) -> list[float]:
        """Values of the rows of a measure; `where` are attributes with their value."""
        return [
            row.value  # type: ignore[attr-defined]
            for row in self._rows
            if row.measure == measure  # type: ignore[attr-defined]
            and row.value is not None  # type: ignore[attr-defined]
            and all(getattr(row, name) == value for name, value in where.items())
        ]

    def of_persons(self, measure: str, **where: object) -> list[float]:
        """Values of the persons' own rows of a measure, over all skills."""
        here = Rows([row for row in self._rows if row.person is not None])  # type: ignore[attr-defined]
        return here.values(measure, skill=None, **where)

    def one(self, measure: str, **where: object) -> float:
        """The value of the programme's row of a measure."""
        return self.values(measure, cohort=None, person=None, team=None, skill=None, **where)[0]

    def by_cohort(
        self, measure: str, *, persons: bool = False, **where: object
    ) -> tuple[list[float], list[float]]:
        """Values of cohort 5's rows and of the other cohorts': their own, or (`persons`) their persons'."""
        rows = [
            row
            for row in self._rows
            if row.cohort is not None and (row.person is not None) == persons  # type: ignore[attr-defined]
        ]
        fifth = [row for row in rows if row.cohort == "5"]  # type: ignore[attr-defined]
        others = [row for row in rows if row.cohort != "5"]  # type: ignore[attr-defined]
        return Rows(fifth).values(measure, **where), Rows(others).values(measure, **where)

    def mean(self, measure: str, **where: object) -> float:
        """Mean over the rows of a measure that have a value."""
        return float(np.mean(self.values(measure, **where)))

    def change(self, measure: str, first: str, later: str, **where: object) -> float:
        """Mean in a later phase minus mean in an earlier one."""
        return self.mean(measure, phase=later, **where) - self.mean(measure, phase=first, **where)


SHARE, NEVER = "impact.self_resolution", "impact.self_resolution.never_senders"
RATE, DO_IT = "requests.per_team_week", "requests.do_it_for_me_share"
NEVER_RATE = f"{RATE}.never_senders"


def step_share(rows: Rows, phase: str, steps: tuple[str, ...]) -> float:
    """Share of known participations at given steps, over everybody with records in a phase."""
    known = ("observer", "helper", "responder", "lead")
    total = sum(sum(rows.values("incident.participation", kind=k, phase=phase)) for k in known)
    return sum(sum(rows.values("incident.participation", kind=k, phase=phase)) for k in steps) / total


def use_gap(rows: Rows) -> float:
    """How much more those who use it weekly have kept than those who hardly do; nan where either is nobody.

    From the persons' rows: the product itself declines to compare so few.
    """
    kept = [rows.of_persons("skill.durability", wave="after_6m", kind=use) for use in ("weekly", "hardly")]
    return float(np.mean(kept[0]) - np.mean(kept[1])) if all(kept) else np.nan


def value_of(rows: Rows, measure: str, **where: object) -> float:
    """The value of the programme's row; nan where it has none."""
    return next(iter(rows.values(measure, cohort=None, person=None, team=None, **where)), np.nan)


def fifth_cohort(rows: Rows, measure: str, **where: object) -> float:
    """Cohort 5's value minus the mean of the other cohorts'; each from its own row, before the gate."""
    own, others = rows.by_cohort(measure, **where)
    return float(np.mean(own) - np.mean(others)) if own and others else np.nan


def interruptions(rows: Rows) -> float:
    """Disturbances after work a month from week 14 on: the mean of cohort 5's persons minus the others'."""
    gap = 0.0
    for kind in ("off", "sleep"):
        own, others = rows.by_cohort("interruption.rate", persons=True, phase="months_4_end", kind=kind)
        gap += float(np.mean(own) - np.mean(others)) if own and others else np.nan
    return gap


def waiting_with(rotators: int, planted: str, *, recoverable: bool) -> Effect:
    """The planted factor on waiting with so many rotators present, less 1, and the product's own row."""
    kind = f"rotators_{rotators}"
    return Effect(f"E9_{kind}", f"{planted} with {rotators} rotators present",
                  f"waiting.change_by_rotators, {kind}",
                  "days with so many against days with none, scaled to one mix of kinds",
                  lambda r: value_of(r, "waiting.change_by_rotators", kind=kind), recoverable)  # fmt: skip


def teaching_in(month: int, hours: float) -> Effect:
    """Planted hours of all members for one rotator in a month of the stay, and the product's own row."""
    kind = f"month_{month}"
    return Effect(f"teaching_{kind}", f"{hours} hours a rotator and week",
                  f"host.teaching_per_rotator, {kind}", f"rounds in month {month} of a stay",
                  lambda r: value_of(r, "host.teaching_per_rotator", kind=kind))  # fmt: skip


def band_of(skill: str) -> Effect:
    """The planted growth of one skill and the product's shrunken value."""
    growth = SKILLS[skill][1]
    return Effect(
        f"E10_skill_{skill}",
        f"growth {growth}, then-rating lowered by 0.15",
        f"skill.band, now_minus_then, {skill}",
        "end against then",
        lambda r: next(iter(r.values("skill.band", kind="now_minus_then", person=None, skill=skill)), np.nan),
    )


ACTING = ("responder", "lead")
BASE_AFTER = "baseline (weeks -39 to -14) against weeks 9 to 26 after the first return"
EFFECTS = (
    Effect("E1", "+0.12 by the first graduate (half for p07)", f"{SHARE}.first_graduate", BASE_AFTER,
           lambda r: r.one(f"{SHARE}.first_graduate")),
    Effect("E2", "+0.04 by a second graduate", f"{SHARE}.second_graduate",
           "after the first return against weeks 9 to 26 after the second",
           lambda r: r.one(f"{SHARE}.second_graduate"), recoverable=False),
    Effect("E3", "+0.08 for all teams from 2023-07-03", f"{NEVER}, cohort 3", BASE_AFTER,
           lambda r: r.change(NEVER, "baseline", "after_first", cohort="3")),
    Effect("E4", "-0.06 in the 13 weeks before the first departure", f"{SHARE}, dip - baseline",
           "weeks -13 to -1 against the baseline", lambda r: r.change(SHARE, "baseline", "dip")),
    Effect("E5", "-0.04 while somebody is away", f"{SHARE}.away", "the first stay against the baseline",
           lambda r: r.one(f"{SHARE}.away")),
    Effect("E6", "do-it-for-me share of senders falls", DO_IT, BASE_AFTER,
           lambda r: r.change(DO_IT, "baseline", "after_first")),
    Effect("E7", "+0.15 review requests per team-week for all from 2022-07-01",
           f"{NEVER_RATE}, review, cohort 1", BASE_AFTER,
           lambda r: r.change(NEVER_RATE, "baseline", "after_first", kind="review", cohort="1")),
    Effect("E8", "0.35 permission-bound per team-week", f"{RATE}, permission_bound", "during the stays",
           lambda r: r.mean(RATE, phase="stay", kind="permission_bound", team=None)),
    waiting_with(2, "+0.05", recoverable=False),
    waiting_with(3, "+0.08", recoverable=False),
    waiting_with(4, "+0.25", recoverable=True),
    Effect("E10_now_minus_start", "growth 1.09, start inflated by 0.45", "skill.growth.now_minus_start",
           "end against start", lambda r: r.one("skill.growth.now_minus_start")),
    Effect("E10_now_minus_then", "growth 1.09, then-rating lowered by 0.15", "skill.growth.now_minus_then",
           "end against then", lambda r: r.one("skill.growth.now_minus_then")),
    Effect("E10_mentor", "growth 1.09 less what came before week 4", "skill.growth.mentor",
           "end against week 4", lambda r: r.one("skill.growth.mentor")),
    *(band_of(skill) for skill in SKILLS),
    Effect("E11", "+0.15 used weekly, -0.25 hardly used", "skill.durability, weekly - hardly",
           "after_6m against end", use_gap, recoverable=False),
    Effect("E12_month_1", "0.03 responder or lead in weeks 1 to 4", "incident.participation", "month_1",
           lambda r: step_share(r, "month_1", ACTING)),
    Effect("E12_months_4_end", "0.31 responder or lead from week 14", "incident.participation",
           "months_4_end", lambda r: step_share(r, "months_4_end", ACTING)),
    Effect("E13_weeks_6_10", "a hump of 0.55 around weeks 7 and 8", "strain.weeks_6_10",
           "fortnights in weeks 6 to 10 against the same person's others",
           lambda r: value_of(r, "strain.weeks_6_10")),
    Effect("E13_cohort_5", "+0.40 in cohort 5", "strain.mean, cohort 5 - the others", "the stays",
           lambda r: fifth_cohort(r, "strain.mean"), recoverable=False),
    Effect("E14_planned", "-0.35 a planned 1:1 held", "strain.one_to_one.planned",
           "fortnights of the same person", lambda r: value_of(r, "strain.one_to_one.planned")),
    Effect("E14_all", "-0.35 a planned 1:1 held, -0.10 one booked after a bad fortnight",
           "strain.one_to_one.all", "fortnights of the same person",
           lambda r: value_of(r, "strain.one_to_one.all"), recoverable=False),
    Effect("E15", "0.58 of the time on requests in cohort 5, 0.46 in the others",
           "time.share, request, cohort 5 - the others", "the stays",
           lambda r: fifth_cohort(r, "time.share", kind="request")),
    teaching_in(1, 5.0),
    teaching_in(6, 1.5),
    Effect("interruptions_cohort_5", "0.72 a month more after work in cohort 5, 1.6 times as many",
           "interruption.rate, off and sleep, cohort 5 - the others", "months_4_end", interruptions,
           recoverable=False),
)  # fmt: skip


def measure_seed(seed: int) -> list[float]:
    """Every effect as the product measures it on one seed."""
    from rotation_analysis import build_retrospective, read_programme

    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(SAMPLE / "programme.toml", folder)
        write_exports(simulate(seed), Path(folder) / "exports")
        rows = Rows(build_retrospective(read_programme(Path(folder))).measures)
    return [effect.read(rows) for effect in EFFECTS]


def render(values: np.ndarray, stored: Sequence[float]) -> str:
    """truth.toml: per effect what was planted, mean, spread and range over seeds, and the stored sample's.

    nan = not measurable on a seed; where that occurs, `measured` says on how many it was.
    """
    lines = [
        "# SYNTHETIC: planted truth of the sample programme, and what the product's own measures give.",
        f"# Computed by `python data/make_truth.py` over {len(values)} seeds; the sample is seed {SEED}.",
        "",
        f"seeds = {len(values)}",
    ]
    for number, effect in enumerate(EFFECTS):
        column = values[~np.isnan(values[:, number]), number]
        if len(column) < 2:
            raise SystemExit(f"{effect.key}: the product measures it on {len(column)} of {len(values)} seeds")
        low, high = np.percentile(column, [2.5, 97.5])
        lines += [
            "",
            f"[{effect.key}]",
            f'planted = "{effect.planted}"',
            f'estimator = "{effect.estimator}"',
            f'windows = "{effect.windows}"',
            f"recoverable = {str(effect.recoverable).lower()}",
            *([f"measured = {len(column)}"] if len(column) < len(values) else []),
            f"expected = {column.mean():.4f}",
            f"sd = {column.std(ddof=1):.4f}",
            f"low = {low:.4f}",
            f"high = {high:.4f}",
            f"stored = {stored[number]:.4f}",
        ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Run all seeds on two processes and write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=SEEDS)
    options = parser.parse_args()
    with ProcessPoolExecutor(max_workers=2) as pool:
        values = np.array(list(pool.map(measure_seed, range(1, options.seeds + 1))))
    stored = measure_seed(SEED)
    (SAMPLE / "truth.toml").write_text(render(values, stored), encoding="utf-8")
    print(f"wrote {SAMPLE / 'truth.toml'}", file=sys.stderr)


if __name__ == "__main__":
    main()
