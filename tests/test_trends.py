"""Weekly requests of a team, raw beside trend taken off, on literal logs.

Team aoi leaves on 2023-01-02 and is back on 2023-07-01: before the dip until 2022-10-02, after_first
2023-08-26 to 2023-12-29.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from rotation_analysis.measures import Measure
from rotation_analysis.trends import measure_trends
from tests.builders import make_cohorts, make_programme, make_rotation, pick

STAY = make_rotation("p01", "aoi", "2023-01-02", "2023-06-30")
MONDAYS = pd.date_range("2021-07-05", "2024-03-25", freq="7D")


def log(counts: Any, team: str = "aoi", *, bound: bool | None = None) -> list[dict[str, Any]]:
    """A request each on a week's Tuesday and after it."""
    return [
        {
            "id": f"{team}{bound}{monday:%Y%m%d}{i}",
            "day": monday + pd.Timedelta(days=1 + i % 3),
            "team": team,
            "kind": "work",
            "permission_bound": bound,
        }
        for monday, count in zip(MONDAYS, counts, strict=True)
        for i in range(int(count))
    ]


def measure(*requests: dict[str, Any], stay: Any = STAY, **programme: Any) -> list[Measure]:
    declared = make_programme(stay, teams=("kiri",), **programme)
    return list(measure_trends(make_cohorts(declared, requests=requests)))


def find(rows: list[Measure], kind: str) -> Measure:
    return pick(rows, "impact.trend", team="aoi", kind=kind)


def counts_of(*, slope: float = 0.0, drop: float = 1.0) -> Any:
    years = np.arange(len(MONDAYS)) * 7 / 365.25
    wave = np.tile([1.1, 0.9], len(MONDAYS))[: len(MONDAYS)]
    return np.rint(20 * np.exp(slope * years) * wave * np.where(MONDAYS >= "2023-07-01", drop, 1.0))


def test_change_without_a_trend_is_the_same_raw_and_adjusted() -> None:
    rows = measure(*log(counts_of(drop=0.5)))
    raw, adjusted = find(rows, "raw"), find(rows, "adjusted")
    assert raw.value == pytest.approx(-0.5, abs=0.01)
    assert adjusted.value == pytest.approx(-0.5, abs=0.05)
    assert adjusted.low < adjusted.value < adjusted.high < 0
    assert (raw.low, raw.high, raw.claims, adjusted.claims) == (None, None, False, False)
    assert (raw.unit, raw.cohort, raw.counts) == ("rate_ratio", "1", "records")
    assert raw.n == adjusted.n == 64 + 18  # whole weeks from the first request on
    assert (raw.missing, adjusted.missing) == (0, 0)


def test_steady_growth_is_a_rise_raw_and_none_adjusted() -> None:
    rows = measure(*log(counts_of(slope=0.3)))
    assert find(rows, "raw").value > 0.4
    assert find(rows, "adjusted").value == pytest.approx(0, abs=0.08)


def test_permission_bound_requests_and_those_of_others_are_not_counted() -> None:
    counts = counts_of(drop=0.5)
    plain = measure(*log(counts))
    more = [*log(counts), *log(counts, "kiri"), *log(counts, bound=True)]
    for kind in ("raw", "adjusted"):
        assert find(measure(*more), kind).value == find(plain, kind).value


def test_trend_drawn_on_for_longer_than_it_is_known_is_none() -> None:
    short = np.where(MONDAYS < "2022-04-04", 0, counts_of(drop=0.5))
    first = {**log(short)[0], "id": "first", "day": pd.Timestamp("2022-04-04"), "team": "kiri"}
    rows = measure(first, *log(short), data_start="2022-04-04")  # the log begins on the Monday
    assert find(rows, "raw").value == pytest.approx(-0.5, abs=0.01)
    adjusted = find(rows, "adjusted")
    assert adjusted.value is None
    assert adjusted.declined == "WEEKS_BETWEEN:26:46"


def test_few_points_or_few_requests_have_a_raw_ratio_alone() -> None:
    rare = np.where(MONDAYS >= "2023-07-01", 1, 2)
    rows = measure(*log(rare))
    assert find(rows, "raw").value == pytest.approx(-0.5, abs=0.01)
    assert find(rows, "adjusted").declined == "COUNTS_LOW:1.8"
    early = make_rotation("p01", "aoi", "2023-01-02", "2023-06-30", now="left", now_since="2023-11-03")
    rows = measure(*log(counts_of()), stay=early)
    assert find(rows, "adjusted").declined == "POINTS_FEW:64:10"


def test_weeks_that_the_log_does_not_cover_are_missing() -> None:
    cut = np.where(MONDAYS > "2023-12-04", 0, counts_of())
    rows = measure(*log(cut))
    assert (find(rows, "raw").n, find(rows, "raw").missing) == (64 + 14, 4)


def test_team_without_time_after_or_without_requests_says_so() -> None:
    running = make_rotation("p01", "aoi", "2023-01-02")
    for kind in ("raw", "adjusted"):
        assert find(measure(*log(counts_of()), stay=running), kind).declined == "NO_POST_WINDOW"
        assert find(measure(*log(counts_of(), "kiri")), kind).declined == "NO_REQUESTS"
        assert find(measure(), kind).declined == "NO_REQUESTS"
