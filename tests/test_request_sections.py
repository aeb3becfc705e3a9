"""The part of the workload report on requests, from literal publications: sentences, tables, states."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest

from rotation_analysis import request_narrative, request_sections
from rotation_analysis.measures import Measure
from rotation_analysis.parts import Part
from rotation_analysis.texts import read_texts
from tests.publications import HOSTILE, html_of, make_publication, make_report, make_row, make_stay

EN = read_texts("en")
LANGUAGES = pytest.mark.parametrize("language", ["ja", "en"])
SHARE = "requests.do_it_for_me_share"


def requests(kind: str, n: int, value: float | None = 2.5) -> Measure:
    return make_row("requests.per_team_week", value, n=n, kind=kind, phase="stay", unit="per_team_week")


def share(measure: str, value: float | None, **other: Any) -> Measure:
    return make_row(measure, value, **{"unit": "share", "phase": "stay", "n": 40, **other})


def wait(name: str, value: float | None, kind: str = "all", **other: Any) -> Measure:
    fields = {"unit": "business_hours", "phase": "stay", "kind": kind, "n": 1358, **other}
    return make_row(f"waiting.{name}", value, **fields)


def present(number: int, days: float) -> Measure:
    kind = f"rotators_{number}"
    return make_row("waiting.rotators_present", days, unit="days", kind=kind, phase="stay", n=122)


def change(number: int, value: float | None, **other: Any) -> Measure:
    fields = {"unit": "waiting_ratio", "kind": f"rotators_{number}", "cohort": None, "n": 15, "low": 0.17}
    return make_row("waiting.change_by_rotators", value, **{**fields, "high": 0.38, **other})


def handled(value: float | None, kind: str = "all", **other: Any) -> Measure:
    fields = {"unit": "per_week", "kind": kind, "person": "p1", "n": 118, **other}
    return make_row("requests.per_person_week", value, **fields)


def topic(label: str | None, teams: float | None, **other: Any) -> Measure:
    return make_row("requests.repeat_topic", teams, unit="teams", label=label, phase="stay", **other)


def rows_of(part: Part) -> list[list[str]]:
    """The cells of a part's table, a list a line of its body."""
    body = part.table.split("<tbody", 1)[1]
    lines = re.findall(r"<tr[^>]*>(.*?)</tr>", body, flags=re.S)
    return [
        [unescape(re.sub(r"<[^>]*>", "", cell)) for cell in re.findall(r"<td.*?</td>", line)]
        for line in lines
    ]


# --- what was asked -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "part"),
    [
        (
            [requests("all", 12), requests("work", 5), requests("review", 3), requests("unknown", 4)],
            "62% were work requests, 38% review requests and 0% consultations",
        ),
        (
            [requests("all", 12), requests("unknown", 12)],
            "2.50 requests per team and working week. Their kind was not recorded",
        ),
    ],
)
def test_requests_are_told_by_kind_as_far_as_known(rows: list[Measure], part: str) -> None:
    assert part in str(request_narrative.mix_sentence(make_publication(*rows), EN))


def test_no_requests_make_no_sentence() -> None:
    assert request_narrative.mix_sentence(make_publication(), EN) is None
    assert request_narrative.mix_sentence(make_publication(requests("all", 0, None)), EN) is None


def test_what_only_sre_may_do_is_told_for_stay_and_programme() -> None:
    rows = [
        share("requests.permission_bound_share", 0.08, n=1358),
        share("requests.permission_bound_share", 0.31, n=11119, cohort=None, phase=None),
    ]
    said = request_narrative.bound_sentence(make_publication(*rows), EN)
    assert "8% of those during the stay (n = 1,358)" in said
    assert "31% over the whole programme (n = 11,119)" in said


def test_a_share_with_moved_requests_stands_beside_the_one_as_filed() -> None:
    rows = [share(SHARE, 0.66), share(f"{SHARE}.relabelled", 0.7, n=41, notes=("MOVED:6",))]
    said = request_narrative.sensitivity_sentence(make_publication(*rows), EN)
    assert said is not None
    assert "(6)" in said
    assert "is 70% (as filed: 66%; n = 41)" in said
    part = request_sections.do_it_for_me(make_report(*rows, share(SHARE, 0.5, team="aoi", phase="away")))
    assert part.sentences[-1] == said
    assert "With those moved" in part.numbers


def test_where_no_title_speaks_of_another_kind_that_is_said() -> None:
    rows = [share(SHARE, 0.66), share(f"{SHARE}.relabelled", 0.66, notes=("MOVED:0",))]
    said = request_narrative.sensitivity_sentence(make_publication(*rows), EN)
    assert said == "No title of a request during the stay speaks of another kind (n = 40)."
    assert request_narrative.sensitivity_sentence(make_publication(), EN) is None


# --- who handled them, what came again ------------------------------------------------------------------


def test_who_can_be_shown_has_a_line_and_who_cannot_is_counted() -> None:
    stays = [make_stay(), make_stay("p2", "見本 二", "kaede")]
    rows = [
        handled(4.8),
        handled(2.4, "work"),
        handled(None, None, person="p2", n=None, verdict="hidden", notes=("NO_CONSENT",)),
        make_row("requests.handled", 1757, unit="requests", cohort=None, n=8920, missing=35),
    ]
    part = request_sections.handled(make_report(*rows, stays=stays))
    assert rows_of(part) == [["見本 一", "4.8", "–", "2.4", "–", "–", "–", "–", "–", "118"]]
    assert "1,757 requests" in part.sentences[0]
    assert "20%" in part.sentences[0]
    assert "n = 8,920" in part.sentences[0]
    assert "n = 1 (rotation members in the table), not shown for lack of consent: 1" in part.note
    assert part.state is None


@LANGUAGES
def test_where_nobody_can_be_shown_the_table_is_a_state(language: str) -> None:
    row = handled(None, None, n=None, verdict="hidden", notes=("NO_CONSENT",))
    report = make_report(row, language=language)
    part = request_sections.handled(report)
    assert part.state is not None
    assert part.state[0] == report.say("state.hidden")
    assert part.table == ""


def test_topics_of_several_teams_are_named_with_teams_and_consultations() -> None:
    labels = ["DB", HOSTILE, "cache", "queue"]
    rows = [topic(label, 6 - place, n=10 - place, missing=3) for place, label in enumerate(labels)]
    part = request_sections.topics(make_report(*rows))
    assert part.sentences[0].startswith(
        "Topics that 3 or more teams consulted on: 4. DB (6 teams, n = 10) / "
    )
    assert "queue" not in part.sentences[0]  # three are named, all are in the table
    assert rows_of(part)[0] == ["DB", "6", "10"]
    assert len(rows_of(part)) == 4
    assert "<script" not in html_of(part)
    assert "n = 34, topic unknown 3" in part.note
    assert part.numbers == ""


def test_many_topics_are_folded_below_the_commonest_five() -> None:
    rows = [topic(f"topic {place}", 15 - place, n=3) for place in range(12)]
    part = request_sections.topics(make_report(*rows))
    assert [line[0] for line in rows_of(part)] == [f"topic {place}" for place in range(5)]
    assert "topic 5" in part.numbers
    assert "topic 11" in part.numbers


@pytest.mark.parametrize(
    ("row", "said", "state"),
    [
        (topic(None, 0.0, n=12, missing=2), "No topic was consulted on by 3 or more teams", None),
        (
            topic(None, None, n=0, missing=9, verdict="not_measurable", notes=("TOPIC_NOT_LABELLED",)),
            "the topics of consultations were not recorded",
            "Not measurable",
        ),
    ],
)
def test_no_topic_again_is_something_else_than_no_topics(row: Measure, said: str, state: str | None) -> None:
    part = request_sections.topics(make_report(row))
    assert said in part.sentences[0]
    assert (part.state and part.state[0]) == state
    assert part.table == ""


# --- reviews --------------------------------------------------------------------------------------------


def test_reviews_are_told_with_volume_and_rounds() -> None:
    rows = [
        share("review.first_pass_share", 0.74, n=65, missing=2, low=0.62, high=0.83),
        make_row("review.rounds", 1.2, unit="rounds", phase="stay", n=61, low=1.1, high=1.3),
        share("review.first_pass_share", 1.0, n=1, team="aoi", phase="ramp", low=0.21, high=1.0),
        make_row("review.rounds", None, unit="rounds", phase="ramp", team="aoi", n=0),
    ]
    part = request_sections.reviews(make_report(*rows))
    (said,) = part.sentences
    assert "74% of the home teams' changes" in said
    assert "(n = 65; no decision known: 2)" in said
    assert "1.2 rounds on average (n = 61)" in said
    assert [line[1:] for line in rows_of(part)] == [["74% (62% to 83%)", "65", "1.2 (1.1 to 1.3)", "61"]]
    below = unescape(re.sub(r"<[^>]*>", "|", part.numbers))  # where a change or two would look like a share
    assert "1 of 1||1||–||0" in below
    assert "100%" not in below


def test_without_reviews_the_part_says_why() -> None:
    row = share("review.first_pass_share", None, n=0, verdict="not_measurable", notes=("NO_CHANGE_RECORDS",))
    part = request_sections.reviews(make_report(row))
    assert (part.sentences, part.table) == ((), "")
    assert part.state is not None
    assert part.state[1] == "There are no records of changes (pull requests) in the period"


# --- waiting --------------------------------------------------------------------------------------------

OF_COHORT = [
    wait("done", 13.4, notes=("STILL_OPEN:7",)),
    wait("first_answer", 3.3),
    wait("done", 21.5, "work", n=677),
    present(1, 4),
    present(4, 118),
]
OVERALL = [
    make_row("waiting.by_rotators", 11.7, unit="business_hours", kind="rotators_0", cohort=None, n=2160),
    make_row("waiting.by_rotators", 14.5, unit="business_hours", kind="rotators_4", cohort=None, n=1357),
    change(1, 0.1, verdict="leaning", low=0.02, high=0.2),
    change(4, 0.27, verdict="leaning"),
]


def test_a_cohort_with_four_at_once_says_so_and_what_waits_were_then() -> None:
    part = request_sections.waiting(make_report(*OF_COHORT, *OVERALL))
    done, answer, at_once, changed = part.sentences
    assert "13.4 business hours (n = 1,358, of these still open: 7)" in done
    assert "3.3 business hours" in answer
    assert "at most: 4 (on 118 of n = 122 working days)" in at_once
    assert "+27%" in changed
    assert "n = 15" in changed
    assert changed.endswith(" Here n counts teams.")
    assert EN.say("note.OBSERVED") in part.note


def test_the_table_of_waits_has_a_line_a_kind_that_was_asked() -> None:
    part = request_sections.waiting(make_report(*OF_COHORT, *OVERALL))
    assert [(line[0], line[3], line[-2], line[-1]) for line in rows_of(part)] == [
        ("Total", "13.4", "1,358", "7"),
        ("Work request", "21.5", "677", "0"),
    ]
    assert "+27% (+17% to +38%)" in unescape(part.numbers)


def test_a_kind_that_was_asked_a_few_times_stands_below_the_table() -> None:
    rows = [wait("done", 13.4, n=60), wait("done", 2.3, n=4, kind="incident_help")]
    part = request_sections.waiting(make_report(*rows))
    assert [line[0] for line in rows_of(part)] == ["Total"]
    assert "Kinds with few requests" in part.numbers
    assert "Incident help" in part.numbers


def test_a_cohort_without_records_of_requests_has_a_state() -> None:
    rows = [
        wait("done", None, n=0, verdict="not_measurable", notes=("NO_REQUESTS",)),
        present(1, 20),
        change(1, None, verdict="not_measurable", notes=("NO_DAYS_WITHOUT",), n=0, low=None, high=None),
    ]
    part = request_sections.waiting(make_report(*rows))
    assert part.state is not None
    assert part.state[0] == "Not measurable"
    assert "there are too few requests of days without rotation members" in part.sentences[-1]


@LANGUAGES
def test_all_parts_stand_in_order_and_in_both_languages(language: str) -> None:
    report = make_report(*OF_COHORT, *OVERALL, requests("all", 12), language=language)
    parts = request_sections.requests(report).parts
    prefixes = ("mix", "do_it_for_me", "handled", "topics", "reviews", "waiting")
    assert [part.question for part in parts] == [report.say(f"{prefix}.question") for prefix in prefixes]
    assert sum(part.figure is not None for part in parts) <= 2
