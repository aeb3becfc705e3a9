"""What was asked of the host team, by whom and of what kind; who was in which incident and did what.

Rates are per working team-week (five working days), so that holidays do not look like progress.  What only
the host team may do (permission-bound) is counted apart.
"""

from __future__ import annotations

from collections.abc import Iterator

from .cohort import Cohorts
from .improvements import measure_improvements
from .incident_paths import measure_incidents
from .interruptions import measure_interruptions
from .measures import Measure
from .monitoring_coverage import measure_monitoring
from .one_to_ones import measure_one_to_ones
from .request_mix import measure_request_mix
from .review_quality import measure_review_quality
from .strain import measure_strain
from .team_dependence import measure_team_dependence
from .time_shares import measure_time
from .waiting import measure_waiting
from .worktime import count_working_weeks


def measure_workload(cohorts: Cohorts) -> list[Measure]:
    """Request mix per cohort, home team and phase beside never-senders; incident paths per person."""
    measures = [*measure_request_mix(cohorts)]
    measures += measure_review_quality(cohorts)
    measures += measure_waiting(cohorts)
    measures += measure_incidents(cohorts)
    measures += measure_improvements(cohorts)
    measures += measure_monitoring(cohorts)
    measures += measure_time(cohorts)
    measures += measure_strain(cohorts)
    measures += measure_interruptions(cohorts)
    measures += measure_one_to_ones(cohorts)
    measures += _measure_weeks_away(cohorts)
    measures += measure_team_dependence(cohorts)
    return measures


def _measure_weeks_away(cohorts: Cohorts) -> Iterator[Measure]:
    """What a stay costs before anything is set against it: working weeks × share of the working time."""
    programme = cohorts.programme
    for stay in programme.rotations:
        weeks = count_working_weeks(programme.work_calendar, stay.start, stay.end or programme.as_of)
        yield Measure(
            measure="cost.person_weeks_away",
            unit="person_weeks",
            method="working_weeks",
            counts="records",
            cohort=stay.cohort,
            person=stay.person,
            team=stay.home_team,
            n=1,
            missing=0,
            value=weeks * stay.share,
            people=(stay.person,),
        )
