"""Published and hand-made cases through the product's own functions.

`python -m tests.reference_cases` prints them.  The numbers are those of
../shared/methods/reference_cases.json, here so that they hold where it is absent; a test compares both.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import stats

from rotation_analysis.statistics.estimates import (
    Estimate,
    adjust_holm,
    bound_mean,
    compute_reliable_change,
    estimate_by_sign_flip,
    estimate_mean,
    estimate_share,
    smallest_detectable_change,
)
from rotation_analysis.statistics.pooling import combine
from rotation_analysis.statistics.randomisation_test import DateSets, TeamDifference, compare_teams
from rotation_analysis.statistics.survival import draw_curve, estimate_waiting

Numbers = float | Sequence[float]

USE = {
    "sleep_paired": "used, but wilcoxon_p_drop0: no page prints Wilcoxon's test",
    "wilcoxon_ties_trap": "used for p_signflip_mean; Wilcoxon's test and the rank-biserial are not printed",
    "borenstein_prepost_g": "not used: no page prints a standardised size",
    "cliffs_delta_effsize": "not used: no page prints a standardised size",
    "jacobson_truax_rci": "used",
    "sicily_its": "not used: no page prints an interrupted time series",
    "bland_altman_1986": "not used: limits of agreement need ten pairs of persons",
    "icc_shrout_fleiss": "not used: no page prints an intraclass correlation, one cohort says nothing of it",
    "krippendorff_12units": "not used: no page prints a coefficient of agreement",
    "rmcorr_bland1995": "not used: printed is a slope within persons; tests hold it against this correlation",
    "newcombe_wilson_81_263": "used",
    "newcombe_wilson_0_20": "used",
    "holm_4p": "used",
    "freireich_6mp": "used, but logrank_chi2: no page compares curves by the log-rank test",
    "bcg_rr_re": "not used: its τ² are DerSimonian & Laird's and REML, printed is Paule & Mandel's",
    "bcg_or_ml_hksj": "not used: its τ² is maximum likelihood; tests hold the formula against it",
    "gini_ineq": "not used: no page prints an index of inequality (issue 5)",
    "sleepstudy_lmm": "not used: no page prints a mixed model",
    "dropout_bounds_hand": "used",
    "little_law_hand": "not used: no page prints work in progress (issue 5)",
    "rmst_waltons": "not used: no page prints a restricted mean",
    "metrics_banks_did": "used for did; d6 and d8 are its data",
    "placebo_mom_hand": "used for p; its s are an earlier formula's own figures",
}

SLEEP_CHANGES = [-1.2, -2.4, -1.3, -1.3, 0.0, -1.0, -1.8, -0.8, -4.6, -1.4]
TIES = [1, 1, 1, 2, 0, 1, -1, 2]
HOLM = [0.01, 0.04, 0.03, 0.005]
PLACEBO_PRE = [60.0, 55.0, 80.0, 40.0, 100.0, 70.0, 65.0, 90.0, 50.0]
PLACEBO_POST = [20.0, 40.0, 52.0, 28.0, 66.0, 45.0, 44.0, 58.0, 35.0]
BANKS = ([135, 121], [165, 132])
FREIREICH = {  # weeks of remission, and whether it ended: Freireich et al. (1963)
    "6-MP": (
        [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35],
        [bool(int(ended)) for ended in "111010100110001100000"],
    ),
    "control": ([1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23], [True] * 21),
}
DATA = Path(__file__).parents[2] / "shared" / "methods" / "data"
JACOBSON_TRUAX = {"change": 47.5 - 32.5, "sd": 10, "r": 0.8}


@dataclass(frozen=True)
class Figure:
    """One expected figure of a case; `find` gets it from the product."""

    case: str
    name: str
    expected: Numbers
    tolerance: float
    find: Callable[[], Numbers]


def list_figures() -> list[Figure]:
    """Every figure of the used cases, and one of metafor's of our own."""
    sleep, flipped = estimate_mean(SLEEP_CHANGES), estimate_by_sign_flip(SLEEP_CHANGES)
    z, _ = compute_reliable_change(**JACOBSON_TRUAX)
    error = smallest_detectable_change(JACOBSON_TRUAX["sd"], JACOBSON_TRUAX["r"]) / stats.norm.isf(0.025)
    # metafor 5: rma.uni(yi, vi, method="PM", test="knha"); its predict() gives -0.70650 to 1.16564
    # with t(k-1), so that se² = (0.93607 / t)² - τ²
    metafor = combine([0.40, -0.20, 0.55, 0.10], [0.05, 0.06, 0.04, 0.05])
    t = float(stats.t.isf(0.025, 3))
    return [
        Figure("sleep_paired", "t", -4.0621, 5e-5, lambda: t_of(sleep)),
        Figure("sleep_paired", "df", 9, 0, lambda: sleep.n - 1),
        Figure("sleep_paired", "p", 0.002833, 5e-7, lambda: sleep.p),
        Figure("sleep_paired", "ci", [-2.4599, -0.7001], 1e-4, lambda: [sleep.low, sleep.high]),
        Figure("sleep_paired", "mean_diff", -1.58, 1e-9, lambda: sleep.value),
        Figure("sleep_paired", "signflip_p", 0.00390625, 1e-12, lambda: flipped.p),
        Figure(
            "wilcoxon_ties_trap", "p_signflip_mean", 0.09375, 1e-12, lambda: estimate_by_sign_flip(TIES).p
        ),
        Figure("jacobson_truax_rci", "se", 4.47, 0.005, lambda: error / np.sqrt(2)),
        Figure("jacobson_truax_rci", "s_diff", 6.32, 0.005, lambda: error),
        Figure("jacobson_truax_rci", "rc", 2.37, 0.005, lambda: z),
        Figure("newcombe_wilson_81_263", "ci", [0.2553, 0.3662], 6e-5, lambda: ends(estimate_share(81, 263))),
        Figure("newcombe_wilson_0_20", "ci", [0.0, 0.1611], 6e-5, lambda: ends(estimate_share(0, 20))),
        Figure("holm_4p", "adj", [0.03, 0.06, 0.06, 0.02], 1e-9, lambda: adjust_holm(HOLM)),
        Figure(
            "dropout_bounds_hand",
            "bounds",
            [0, 1.3333333],
            1e-6,
            lambda: bound_mean([1, 1, 0, 1], [3, 2])[1:],
        ),
        Figure("metrics_banks_did", "did", 19, 0, lambda: compare_teams(two_teams(*BANKS)).value),
        Figure(
            "placebo_mom_hand",
            "p",
            0.1111111111111111,
            1e-12,
            lambda: rank_of_treated(PLACEBO_PRE, PLACEBO_POST, (18, 12), 0).p,
        ),
        Figure("freireich_6mp", "median", [23, 8], 0, lambda: [median_of("6-MP"), median_of("control")]),
        Figure("freireich_6mp", "S6", 0.857, 0.0005, lambda: draw_curve(*FREIREICH["6-MP"]).share_at(6)),
        Figure("freireich_6mp", "S10", 0.753, 0.0005, lambda: draw_curve(*FREIREICH["6-MP"]).share_at(10)),
        Figure("metafor_pm_knha", "mu", 0.22957, 5e-6, lambda: metafor.value),
        Figure("metafor_pm_knha", "tau2", 0.05930, 5e-6, lambda: metafor.tau2),
        Figure("metafor_pm_knha", "se", 0.16498, 5e-5, lambda: (metafor.high - metafor.low) / 2 / t),
    ]


def median_of(group: str) -> float:
    """The median remission of a group of Freireich's."""
    return estimate_waiting(*FREIREICH[group]).value


def t_of(estimate: Estimate) -> float:
    """Student's t as the interval implies it."""
    assert estimate.low is not None
    assert estimate.high is not None
    half = (estimate.high - estimate.low) / 2
    return estimate.value / half * float(stats.t.ppf(0.975, estimate.n - 1))


def ends(estimate: Estimate) -> list[float | None]:
    """Both ends of the interval."""
    return [estimate.low, estimate.high]


def rank_of_treated(
    pre: list[float], post: list[float], months: tuple[float, float], treated: int
) -> TeamDifference:
    """Teams' log rate ratios over one set of dates, half an event added to each count."""
    a, b = np.asarray(pre), np.asarray(post)
    change = np.log((b + 0.5) / months[1]) - np.log((a + 0.5) / months[0])
    variance = 1 / (a + 0.5) + 1 / (b + 0.5)
    return compare_teams(date_sets(change[:, None], variance[:, None], treated=(treated,)))


def two_teams(first: list[int], second: list[int]) -> DateSets:
    """Two teams before and after, the first of them treated."""
    change = np.array([[first[1] - first[0]], [second[1] - second[0]]], dtype=float)
    return date_sets(change, np.ones_like(change), treated=(0,))


def date_sets(change: np.ndarray, variance: np.ndarray, *, treated: tuple[int, ...]) -> DateSets:
    """All treated teams share their dates; every team could have had them."""
    own = np.zeros(change.shape, dtype=bool)
    own[list(treated), :] = True
    return DateSets(
        change=change,
        variance=variance,
        admissible=np.ones(change.shape, dtype=bool),
        own=own,
        treated=treated,
        overlap=np.ones((len(treated), len(treated))),
    )


def agrees(figure: Figure) -> bool:
    """Whether what the product gives lies within the tolerance."""
    difference = np.abs(np.subtract(figure.find(), figure.expected))
    return bool((difference <= (figure.tolerance or 1e-12)).all())


def compare_raw() -> list[str]:
    """What a plain before/after says, beside what is left with a comparison."""
    (before, after), _ = BANKS
    left = compare_teams(two_teams(*BANKS)).value
    return [f"| metrics_banks_did, banks of district 6 | {after - before:+d} | {left:+g} |"]


def render_table() -> str:
    """One row a figure; below it raw beside adjusted, then the cases that are not used, and why."""
    lines = ["| case | figure | expected | got | tolerance | ok |", "|---|---|---|---|---|---|"]
    for figure in list_figures():
        expected, got = (
            " to ".join(f"{number:.7g}" for number in np.atleast_1d(numbers))
            for numbers in (figure.expected, figure.find())
        )
        ok = "yes" if agrees(figure) else "no"
        lines.append(f"| {figure.case} | {figure.name} | {expected} | {got} | {figure.tolerance:g} | {ok} |")
    lines += ["", "| raw beside what is left of it | raw | left |", "|---|---|---|", *compare_raw()]
    lines += ["", "| case | use |", "|---|---|", *(f"| {case} | {use} |" for case, use in USE.items())]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(render_table(), end="")
