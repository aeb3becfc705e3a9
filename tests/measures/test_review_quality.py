"""Reviews by the host team of home teams' changes, on literal frames."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import pytest

from rotation_analysis.cohorts.cohort import Cohorts
from rotation_analysis.measure_row import Measure
from rotation_analysis.measures.workload.requests import list_reviewed_changes, measure_review_quality
from rotation_analysis.programme.model import Alias, Person, Rotation, Source
from tests.builders import make_cohorts, make_programme, make_rotation, pick

Row = dict[str, Any]
STAY = make_rotation("p01", "aoi", "2024-01-08", "2024-06-28")
DAY = "2024-07-10"  # after the return of p01: the ramp of team aoi
SHARE, ROUNDS = "review.first_pass_share", "review.rounds"


def change(id_: str, day: str = DAY, team: str = "aoi", **other: Any) -> Row:
    return {"id": id_, "repository": "infra", "day": day, "team": team, "author": f"{team}-dev", **other}


def review(id_: str, state: str, *, hour: int = 0, by: str = "host-1", **other: Any) -> Row:
    at = pd.Timestamp(f"{DAY}T00:00Z") + pd.Timedelta(hours=hour)
    return {"change": id_, "repository": "infra", "reviewer": by, "state": state, "submitted": at, **other}


def lay_out(
    changes: Sequence[Row],
    reviews: Sequence[Row],
    *,
    stays: Sequence[Rotation] = (STAY,),
    aliases: Sequence[Alias] = (),
    sources: Sequence[Source] = (),
) -> Cohorts:
    hosts = tuple(Person(id=f"host-{n}", name=f"見本 {n}", team="sre") for n in (1, 2))
    people = {stay.person: Person(id=stay.person, name=stay.person, team=stay.home_team) for stay in stays}
    programme = make_programme(
        *stays,
        teams=["kiri"],
        people=(*hosts, *people.values()),
        aliases=tuple(aliases),
        sources=tuple(sources),
    )
    return make_cohorts(programme, changes=changes, reviews=reviews)


def measure(*args: Any, **other: Any) -> list[Measure]:
    return list(measure_review_quality(lay_out(*args, **other)))


def ids_of(*args: Any, **other: Any) -> list[str]:
    return list(list_reviewed_changes(lay_out(*args, **other))["change"])


CHANGES = [change(id_) for id_ in ("1", "2", "3", "4", "5")]
REVIEWS = [
    review("1", "approved"),
    review("2", "approved", hour=3),
    review("2", "changes_requested", hour=1),
    review("2", "changes_requested", hour=2),
    review("2", "changes_requested", hour=4),  # after the approval: no round on the way to it
    review("3", "commented", hour=1),
    review("3", "approved", hour=2),
    review("4", "changes_requested"),
    review("5", "commented"),
]


def test_first_pass_is_what_the_first_deciding_review_approves() -> None:
    row = pick(measure(CHANGES, REVIEWS), SHARE, team="aoi", phase="ramp")
    assert (row.n, row.missing, row.value) == (4, 1, 0.5)  # 1 and 3 of 1 to 4; 5 was only commented on
    assert [row.low, row.high] == pytest.approx([0.1500, 0.8500], abs=5e-5)  # Wilson, 2 of 4


def test_reviews_by_others_by_bots_and_of_own_changes_are_left_out() -> None:
    changes = [change("1"), change("2"), change("3", author="host-1", person="host-1"), change("4")]
    reviews = [
        review("1", "approved", by="kiri-dev"),
        review("2", "approved", by="robot"),
        review("3", "approved"),
        review("4", "approved", by="aoi-dev"),
    ]
    robot = Alias(text="robot", kind="bot")
    assert ids_of(changes, reviews, aliases=[robot]) == []


def test_a_review_of_one_s_own_change_from_before_the_stay_is_left_out() -> None:
    proposed = change("1", day="2024-01-05", person="p01", author="p01")
    own = review("1", "approved", by="p01", submitted=pd.Timestamp("2024-01-10T09:00Z"))
    assert ids_of([proposed], [own]) == []
    assert ids_of([proposed], [own, review("1", "approved")]) == ["1"]


def test_what_a_participant_proposes_during_the_stay_is_no_change_of_the_home_team() -> None:
    changes = [
        change("1", day="2024-06-28", person="p01"),
        change("2", day="2024-06-29", person="p01"),
        change("3", team="sre"),
    ]
    assert ids_of(changes, [review(id_, "approved") for id_ in ("1", "2", "3")]) == ["2"]


def test_a_participant_reviews_as_host_during_the_stay_and_not_after_it() -> None:
    changes = [change("1", day="2024-06-27"), change("2")]
    reviews = [
        review("1", "approved", by="p01", submitted=pd.Timestamp("2024-06-28T09:00Z")),
        review("2", "approved", by="p01"),
    ]
    assert ids_of(changes, reviews) == ["1"]


def test_who_stayed_on_reviews_as_host() -> None:
    stayed = make_rotation("p01", "aoi", "2024-01-08", "2024-06-28", now="host")
    assert ids_of([change("1", team="kiri")], [review("1", "approved", by="p01")], stays=[stayed]) == ["1"]


def test_where_repositories_are_declared_others_do_not_count() -> None:
    changes = [change("1"), change("1", repository="app")]
    reviews = [review("1", "approved"), review("1", "changes_requested", repository="app")]
    assert len(ids_of(changes, reviews)) == 2
    declared = Source(name="pulls", files=("pulls.json",), projects=("Infra",))
    found = list_reviewed_changes(lay_out(changes, reviews, sources=[declared]))
    assert found["repository"].tolist() == ["infra"]


def test_the_stay_is_about_changes_of_all_home_teams() -> None:
    changes = [change("1", day="2024-03-04"), change("2", day="2024-03-04", team="kiri"), change("3")]
    row = pick(measure(changes, [review(id_, "approved") for id_ in "123"]), SHARE, phase="stay")
    assert (row.n, row.value, row.team) == (2, 1.0, None)


def test_without_records_and_without_host_reviews_nothing_is_said_and_why() -> None:
    assert {m.declined for m in measure([], [])} == {"NO_CHANGE_RECORDS"}
    row = pick(measure(CHANGES, []), SHARE, team="aoi", phase="ramp")
    assert (row.value, row.n, row.declined) == (None, 0, "NO_HOST_REVIEWS")


def test_a_time_after_return_under_eight_weeks_is_too_short() -> None:
    again = make_rotation("p02", "aoi", "2024-09-02", "2025-01-31", cohort="2")
    after = change("1", day="2024-08-26")  # week 9; the next of the team leaves in week 10
    row = pick(
        measure([after], [review("1", "approved")], stays=[STAY, again]),
        SHARE,
        team="aoi",
        phase="after_first",
        cohort="1",
    )
    assert (row.n, row.declined) == (1, "WINDOW_TOO_SHORT")


def test_the_order_of_reviews_changes_nothing() -> None:
    assert measure(CHANGES, REVIEWS[::-1]) == measure(CHANGES, REVIEWS)
