"""What a stay costs on literal frames, counted by hand; each slice of the workload is in the story.

Without holidays the stay of p01 (2023-01-02, a Monday, to 2023-06-30, a Friday) has 26 working weeks.
"""

from __future__ import annotations

from typing import Any

import pytest

from rotation_analysis.measure_row import Measure
from rotation_analysis.measures.workload import measure_workload
from rotation_analysis.programme.model import Calendar, Rotation
from tests.builders import make_cohorts, make_programme, make_rotation, pick

START, END = "2023-01-02", "2023-06-30"
STAY = make_rotation("p01", "aoi", START, END)


def measure(*stays: Rotation, **tables: Any) -> list[Measure]:
    programme = make_programme(*(stays or (STAY,)), calendar=Calendar(country=""))
    return measure_workload(make_cohorts(programme, **tables))


def test_the_story_holds_requests_incidents_improvements_monitoring_and_cost() -> None:
    told = {row.measure.split(".")[0] for row in measure()}
    assert told >= {"requests", "incident", "improvement", "monitoring", "cost"}


# --- what a stay costs ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stay", "weeks"),
    [
        (STAY, 26),
        (make_rotation("p01", "aoi", START, END, share=0.5), 13),
        (make_rotation("p01", "aoi", "2025-03-03"), 4.2),  # runs: to as_of, Monday 31 March
        (make_rotation("p01", "aoi", "2025-05-01"), 0),
    ],
)
def test_a_stay_costs_its_working_weeks_by_its_share(stay: Rotation, weeks: float) -> None:
    row = pick(measure(stay), "cost.person_weeks_away")
    assert (row.value, row.n, row.missing) == (pytest.approx(weeks), 1, 0)
    assert (row.person, row.people, row.team, row.unit) == ("p01", ("p01",), "aoi", "person_weeks")
