"""Whether a claim about home teams stands when it is counted or compared in another way that is as good.

The variants are fixed here, before any data: another baseline, the weeks right after a return kept in, the
logarithmic scale, requests moved to the kind that their titles speak of, and each comparison team left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
import pandas as pd

from ...cohorts.cohort import Cohorts
from ...cohorts.phases import weeks
from ...measure_row import Measure
from .team_comparison import (
    Compared,
    Comparison,
    Sender,
    compare_senders,
    list_comparison_teams,
    list_sending_teams,
)
from .team_counts import Outcome
from .team_outcomes import read_do_it_for_me

DECLARED = (
    ("self_resolution", "first_graduate"),
    ("self_resolution", "away"),
    ("self_resolution", "second_graduate"),
    ("do_it_for_me", "first_graduate"),
)
"""Outcome and comparison of the claims that are looked at again."""
RAMP = weeks(8)
LONGER, SHORTER, DIP = weeks(52), weeks(26), weeks(13)


@dataclass(frozen=True)
class Variant:
    """Another way to the same claim; `team` is the comparison team left out, `declined` why there is none."""

    kind: str
    outcome: Outcome
    senders: Sequence[Sender]
    team: str | None = None
    declined: str | None = None


def check_claim(
    cohorts: Cohorts, outcome: Outcome, comparison: Comparison, claim: Measure
) -> tuple[Measure, ...]:
    """The programme's row of a comparison, with its `flips`, then itself as declared and a row a variant.

    A variant flips the claim where its estimate has the other sign, or falls short of the smallest change
    that matters where the claim does not.
    """
    name = f"{claim.measure}.sensitivity"
    row = replace(claim, measure=name, kind="as_declared", claims=False, compared=False, sources={}, p=None)
    if claim.value is None:
        return claim, row
    s = cohorts.programme.plan.smallest(claim.unit)
    rows = [replace(row, notes=())]
    variants = _list_variants(cohorts, outcome, comparison)
    rows += [_measure_variant(cohorts, variant, rows[0], claim.value, s) for variant in variants]
    others = [row for row in rows[1:] if row.value is not None]
    flips = sum(row.notes == ("FLIPS_CLAIM",) for row in others)
    ranges = [(row.low, row.high) for row in others if row.low is not None and row.high is not None]
    zero = sum(low <= 0 <= high for low, high in ranges)
    notes = [f"FLIPS:{flips}:{len(others)}"] if others else []
    notes += [f"VARIANTS_HOLD_ZERO:{zero}:{len(ranges)}"] if ranges else []
    told = (flips, len(others)) if others else None
    return replace(claim, flips=told, notes=(*claim.notes, *notes)), *rows


def _list_variants(cohorts: Cohorts, outcome: Outcome, comparison: Comparison) -> Iterator[Variant]:
    declared = list_sending_teams(cohorts, comparison)
    if comparison.before == "baseline":
        longer = [_move_baseline(cohorts, sender, LONGER) for sender in declared]
        same = all(a.before == b.before for a, b in zip(longer, declared, strict=True))
        none = "NO_EARLIER_RECORDS" if same else None
        yield Variant("other_baseline", outcome, longer, declined=none)
        shorter = [_move_baseline(cohorts, sender, SHORTER) for sender in declared]
        yield Variant("recent_baseline", outcome, shorter)
    if comparison.after != "away":
        yield Variant("ramp_kept", outcome, [_keep_ramp(sender) for sender in declared])
    yield Variant("log_scale", replace(outcome, scale="log_odds"), declared)
    if outcome.name == "do_it_for_me":
        yield Variant("kinds_moved", read_do_it_for_me(cohorts, moved=True), declared)
    else:
        yield Variant("kinds_moved", outcome, declared, declined="NO_KINDS")
    for team in list_comparison_teams(cohorts):
        if outcome.knows(team):
            yield Variant("without", outcome, declared, team=team)


def _move_baseline(cohorts: Cohorts, sender: Sender, length: timedelta) -> Sender:
    """The sender with a baseline that begins so long before its first departure, if there is data."""
    if sender.before is None or sender.after is None:
        return sender
    last = sender.before[1]
    data_start = cohorts.programme.programme.data_start
    begins = last + DIP + pd.Timedelta(days=1) - length
    if data_start is not None:
        begins = max(begins, pd.Timestamp(data_start))
    return replace(sender, before=(begins, last))


def _keep_ramp(sender: Sender) -> Sender:
    if sender.after is None:
        return sender
    return replace(sender, after=(sender.after[0] - RAMP, sender.after[1]))


def _measure_variant(cohorts: Cohorts, variant: Variant, row: Measure, value: float, s: float) -> Measure:
    """A variant's row; `value` is the claim's, `s` the smallest change that matters, both as printed."""
    unit = variant.outcome.unit
    row = replace(row, kind=variant.kind, team=variant.team, unit=unit)
    if variant.declined:
        return replace(row, n=0, missing=len(variant.senders)).unless(variant.declined)
    never = [team for team in list_comparison_teams(cohorts) if team != variant.team]
    compared = compare_senders(cohorts, variant.outcome, variant.senders, never=never)
    if compared.result is None:
        return replace(row, n=0, missing=len(compared.declined)).unless(compared.reason)
    printed = variant.outcome.printed
    low, high = compared.interval
    found = printed(compared.result.value)
    size = found * _points_per_log(variant.outcome, compared) if unit == "log_ratio" else found
    return replace(
        row,
        n=len(compared.usable),
        missing=len(compared.declined),
        value=found,
        low=None if low is None else printed(low),
        high=None if high is None else printed(high),
        notes=("FLIPS_CLAIM",) if _flips(size, value, s) else (),
    )


def _flips(found: float, value: float, s: float) -> bool:
    """Whether a claim of `value` is another one at `found`."""
    return found * value < 0 or abs(found) < s <= abs(value)


def _points_per_log(outcome: Outcome, compared: Compared) -> float:
    """What a small difference of log odds is in share points: p(1 − p) at the senders' mean share before."""
    counts = [outcome.count(sender.team, sender.windows[0]) for sender in compared.usable]
    share = float(np.mean([count.k / count.n for count in counts]))
    return share * (1 - share)
