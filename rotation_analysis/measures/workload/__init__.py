"""What participants did, what it cost whom, and when it was too much: the rooms of the workload, in order.

Requests and waiting, incidents, improvements, time, strain, 1:1s; then the host team, the home team, the cost
account, and what spread.
"""

from __future__ import annotations

from ...cohorts.cohort import Cohorts
from ...measure_row import Measure
from ..parties.costs import measure_costs
from ..parties.home_survey import measure_home_cover
from ..parties.hosting_cost import measure_hosting
from ..parties.organisation import measure_spread
from .improvements import measure_improvements, measure_monitoring
from .incidents import measure_incidents, measure_interruptions
from .requests import RequestLog, measure_request_mix, measure_review_quality, measure_team_dependence
from .time_and_strain import measure_one_to_ones, measure_strain, measure_time
from .waiting import measure_waiting


def measure_workload(cohorts: Cohorts) -> list[Measure]:
    """Every measure of the workload report; the cost account reads the shares of time measured before it."""
    log = RequestLog(cohorts)
    measures = [*measure_request_mix(cohorts, log)]
    measures += measure_review_quality(cohorts)
    measures += measure_waiting(cohorts)
    measures += measure_incidents(cohorts)
    measures += measure_improvements(cohorts)
    measures += measure_monitoring(cohorts)
    measures += measure_time(cohorts)
    measures += measure_strain(cohorts)
    measures += measure_interruptions(cohorts)
    measures += measure_one_to_ones(cohorts)
    measures += measure_hosting(cohorts)
    measures += measure_home_cover(cohorts)
    measures += measure_costs(cohorts, measures)
    measures += measure_spread(cohorts)
    measures += measure_team_dependence(cohorts, log)
    return measures
