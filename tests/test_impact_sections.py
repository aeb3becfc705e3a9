"""The team impact report from literal publications: claims first, declines with their reasons, no credit."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from html import unescape
from typing import Any

import pytest

from rotation_analysis import impact_checks, impact_figures, impact_narrative, impact_parts, impact_sections
from rotation_analysis.figures import plain
from rotation_analysis.measures import Measure
from rotation_analysis.parts import Part, Parts, Report
from rotation_analysis.texts import read_texts
from tests.publications import HOSTILE, html_of, make_plan_facts, make_publication, make_report, make_row

JA, EN = read_texts("ja"), read_texts("en")
LANGUAGES = pytest.mark.parametrize("language", ["ja", "en"])
SELF = "impact.self_resolution"
LABEL = {"ja": "T-1", "en": "T-1"}
NEUTRAL: dict[str, Any] = {"teams": {"aoi": LABEL, "kaede": {"ja": "T-2", "en": "T-2"}}}
SAME_IN_BOTH = r"T-\d|N-\d|SRE|Wilson|Holm|\bn\b|p(?=値)|programme\.toml|sources"


def difference(name: str = "first_graduate", value: float | None = 0.13, **other: Any) -> Measure:
    fields = {"unit": "share_points", "counts": "teams", "cohort": None, "n": 7, "claims": True, **other}
    return make_row(f"{SELF}.{name}", value, **fields)


def claimed(name: str = "first_graduate", **other: Any) -> Measure:
    notes = ("COMPARED_WITH:8", "SMALLEST_P:0.0001", "HALF_WIDTH:6.6", "MORE_ROTATIONS:6")
    return difference(name, **{"low": 0.06, "high": 0.19, "verdict": "leaning", "notes": notes, **other})


def of_team(name: str = "first_graduate", value: float | None = 0.3, **other: Any) -> Measure:
    fields = {"team": "aoi", "cohort": "1", "n": 1, "verdict": "not_enough_data", **other}
    return difference(name, value, **{"notes": ("ONE_TEAM", "RANK:2:8"), **fields})


def declined(name: str, reason: str, **other: Any) -> Measure:
    return difference(
        name, None, verdict="not_measurable", notes=(reason,), **{"n": 0, "missing": 1, **other}
    )


def outcome(
    name: str, comparison: str = "first_graduate", value: float | None = -0.2, **other: Any
) -> Measure:
    fields = {"unit": "share_points", "counts": "teams", "cohort": None, "n": 7, "missing": 1, **other}
    return make_row(f"impact.{name}.{comparison}", value, **{"method": "difference_randomised", **fields})


def mix(kind: str, value: float | None, phase: str = "baseline", *, never: bool = False) -> Measure:
    name = "impact.mix" + (".never_senders" if never else "")
    return make_row(name, value, kind=kind, phase=phase, team="aoi", unit="share", n=40, missing=3)


def quarter(name: str, kind: str, label: str, value: float | None = 0.5, n: int = 100) -> Measure:
    unit = "share" if name == "self_resolution" else "per_team_week"
    return make_row(f"impact.quarter.{name}", value, kind=kind, label=label, unit=unit, cohort=None, n=n)


def variant(kind: str, value: float | None = 0.1, **other: Any) -> Measure:
    fields = {"kind": kind, "unit": "share_points", "counts": "teams", "cohort": None, "n": 7, **other}
    return make_row(f"{SELF}.first_graduate.sensitivity", value, **{"low": 0.02, "high": 0.2, **fields})


def level(kind: str, value: float | None, **other: Any) -> Measure:
    fields = {"unit": "strain_level", "kind": kind, "cohort": None, "n": 30, "missing": 4, **other}
    return make_row("impact.self_solving", value, **fields)


def views(value: float | None = 0.5, **other: Any) -> Measure:
    fields = {"unit": "levels", "counts": "teams", "cohort": None, "n": 6, "verdict": "leaning", **other}
    return make_row("impact.self_solving.first_graduate", value, **{"low": 0.1, "high": 0.9, **fields})


def trend(kind: str, value: float | None, **other: Any) -> Measure:
    fields = {"kind": kind, "team": "aoi", "unit": "rate_ratio", "n": 44, **other}
    return make_row("impact.trend", value, **{"low": -0.3, "high": 0.1, **fields})


def words_of(part: Part) -> str:
    html = re.sub(r"<style>.*?</style>", "", html_of(part), flags=re.S)
    return unescape(re.sub(r"<[^>]*>", " ", html)) + part.alt


def rows_of(table: str) -> list[list[str]]:
    """Cells of the body, row heads included."""
    body = re.sub(r"<thead.*?</thead>", "", table, flags=re.S)
    lines = re.findall(r"<tr>(.*?)</tr>", body, re.S)
    found = [
        [cell.strip() for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", line, re.S)] for line in lines
    ]
    return [[unescape(cell).replace("\u00a0", " ") for cell in cells] for cells in found if cells]


Section = Callable[[Report], Part]
FULL: dict[str, tuple[Section, tuple[Measure, ...]]] = {
    "difference": (impact_parts.difference, (claimed(), of_team())),
    "open_claims": (impact_parts.open_claims, (declined("away", "NO_CONTROL"), of_team())),
    "impact_mix": (impact_parts.mix, (mix("alone", 0.3), mix("review", 0.1), mix("host", 0.6))),
    "outcomes": (
        impact_parts.outcomes,
        (
            outcome("author_share", verdict="no_large_change", low=-0.25, high=-0.1),
            outcome("home_alone", value=None, verdict="not_measurable", notes=("NO_CONTROL",)),
        ),
    ),
    "unchanged": (impact_parts.unchanged, (outcome("incidents", unit="waiting_ratio"),)),
    "quarters": (
        impact_parts.quarters,
        (
            quarter("self_resolution", "sender", "2024-01-01"),
            quarter("reviews", "never", "2024-01-01", 0.2),
        ),
    ),
    "sensitivity": (
        impact_checks.sensitivity,
        (claimed(), variant("as_declared"), variant("ramp_kept"), variant("without", team="kaede")),
    ),
    "disturb": (
        impact_checks.disturbances,
        (make_row("impact.anticipation", -0.06, unit="share_points", cohort=None, n=7),),
    ),
    "self_solving": (
        impact_checks.home_survey,
        (level("sender_before", 2.7), level("sender_after", 3.4), views()),
    ),
    "trends": (impact_checks.trends, (trend("raw", -0.2), trend("adjusted", -0.05))),
}
EACH = pytest.mark.parametrize("prefix", FULL)


# --- every part -------------------------------------------------------------------------------------------


@LANGUAGES
@EACH
def test_a_part_is_in_one_language_and_tells_its_n(prefix: str, language: str) -> None:
    section, rows = FULL[prefix]
    report = make_report(*rows, language=language, **NEUTRAL)
    part = section(report)
    said = re.sub(SAME_IN_BOTH, "", words_of(part))
    assert (
        re.findall(r"[A-Za-z]+" if language == "ja" else r"[\u3040-\u30ff\u3400-\u9fff\uff00-\uff9f]+", said)
        == []
    )
    assert part.question == report.say(f"{prefix}.question")
    assert part.state is None
    assert part.sentences
    assert "n = " in part.note
    assert "None" not in words_of(part)


@LANGUAGES
@pytest.mark.parametrize("prefix", [name for name in FULL if name not in ("open_claims", "disturb")])
def test_a_part_without_rows_is_a_state_with_a_reason(prefix: str, language: str) -> None:
    part = FULL[prefix][0](make_report(language=language, **NEUTRAL))
    assert part.state is not None
    assert all(part.state[:2])
    assert (part.figure, part.table, part.numbers) == (None, "", "")


@EACH
def test_names_that_people_typed_are_text(prefix: str) -> None:
    section, rows = FULL[prefix]
    label = {"ja": HOSTILE, "en": HOSTILE}
    events = [{"date": "2024-02-01", **label}]
    part = section(make_report(*rows, teams={"aoi": label, "kaede": label}, events=events))
    assert "<script" not in html_of(part)
    if part.figure is not None:
        assert "<script" not in str(part.figure.to_json()).encode().decode("unicode_escape")


@LANGUAGES
@pytest.mark.parametrize("section", impact_sections.__all__)
def test_every_section_reads_on_the_whole_programme(section: str, language: str) -> None:
    rows = [row for _, rows in FULL.values() for row in rows if row.cohort is None]
    report = make_report(*rows, language=language, events=[{"date": "2024-02-01", **LABEL}], **NEUTRAL)
    object.__setattr__(report.publication, "cohort", None)
    shown = getattr(impact_sections, section)(report)
    parts = shown.parts if isinstance(shown, Parts) else (shown,)
    assert all(part.question for part in parts)
    assert not [
        part.question for part in parts if "この期" in words_of(part) or "this cohort" in words_of(part)
    ]


# --- the difference -----------------------------------------------------------------------------------------


def test_the_declared_claim_is_first_then_the_cost_and_what_is_no_answer() -> None:
    plan = make_plan_facts(
        families=[{"name": "x", "skills": False, "measures": [{"measure": f"{SELF}.away"}]}]
    )
    rows = [
        claimed(),
        claimed("away", value=-0.03),
        of_team(),
        difference("before_after", 0.21, verdict=None),
    ]
    none = make_plan_facts(families=[])
    said = impact_narrative.difference_sentences(make_publication(*rows, plan=none), EN)
    what = EN.say(f"measure.{SELF}.first_graduate")
    assert said[0].startswith(f"For {what}, the data lean towards +13 points")
    assert "n = 7" in said[0]
    assert said[1].endswith(EN.say("difference.away_cost"))
    assert said[2].startswith("A plain before/after comparison gives +21 points")
    assert said[2].endswith(EN.say("difference.sentence_rest", value=8, n=7))
    assert len(said) == 3
    assert "Aoi" not in "".join(said)  # a single team has neither a value to judge by nor a rank
    declared = impact_narrative.difference_sentences(make_publication(*rows, plan=plan), EN)
    assert declared == [said[1], said[0], said[2]]


@LANGUAGES
def test_comparisons_declined_for_one_reason_are_one_sentence(language: str) -> None:
    rows = [declined(name, "NO_CONTROL") for name in ("first_graduate", "away", "second_graduate")]
    report = make_report(*rows, language=language)
    (said,) = impact_parts.difference(report).sentences
    assert report.say("reason.NO_CONTROL") in said
    names = [report.say(f"difference.short.{name}") for name in ("first_graduate", "away", "second_graduate")]
    assert all(name in said for name in names)
    assert "n = 0" in said
    other = [rows[0], declined("away", "NO_BASELINE"), rows[2]]
    sentences = impact_parts.difference(make_report(*other, language=language)).sentences
    (both,) = [text for text in sentences if report.say("reason.NO_CONTROL") in text]
    (away,) = [text for text in sentences if report.say("reason.NO_BASELINE") in text]
    assert [name in both for name in names] == [True, False, True]
    assert report.say(f"measure.{SELF}.away").lower() in away.lower()


@pytest.mark.parametrize(("value", "told"), [(0.13, True), (0.25, False), (-0.05, False), (None, False)])
def test_only_a_rise_within_the_plain_comparison_leaves_a_rest(value: float | None, told: bool) -> None:
    row = claimed(value=value) if value else declared_none()
    said = impact_narrative.difference_sentences(make_publication(row, difference("before_after", 0.21)), EN)
    assert ("how much of each cannot be told" in said[-1]) is told


def declared_none() -> Measure:
    return declined("first_graduate", "NO_CONTROL")


def test_the_note_of_a_difference_is_of_the_programme_and_names_what_matters() -> None:
    rows = [
        of_team(),
        claimed(value=0.12, low=0.0, high=0.2, missing=3),
        declined("second_graduate", "NO_CONTROL", n=2, missing=1),
    ]
    part = impact_parts.difference(make_report(*rows, smallest_change={"share_points": 0.08}))
    assert re.findall(r"n = (\d+)\D+(\d+)", part.note) == [("7", "3"), ("0", "0"), ("2", "1")]
    assert "±8" in part.note
    design, numbers = part.numbers.split("</details>")[:2]
    assert rows_of(design) == [
        ["first graduate", "7", "8", "0.0001", "±6.6 points", "6"],
        ["second graduate", "2", "–", "–", "–", "–"],
    ]
    assert "More teams needed for ±8 points" in design
    assert rows_of(numbers) == [
        ["First graduate: programme", "+12 points", "±0 to +20", "7", "3"],
        ["First graduate: Aoi", "+30 points", "–", "1", "0"],
    ]


def test_only_the_programmes_differences_have_an_interval() -> None:
    rows = [
        claimed(),
        of_team(value=0.11),
        difference("second_graduate", -0.02),
        difference("before_after", 0.21),
    ]
    figure = impact_figures.impact_difference(make_publication(*rows), EN)
    assert figure is not None
    series = {trace.name: trace for trace in figure.data}
    names = ("interval", "one_team", "before_after")
    whole, single, no_answer = (series[plain(EN.say(f"figure.difference.{name}"))] for name in names)
    assert list(whole.x) == pytest.approx([13])
    assert (whole.error_x.array[0], whole.error_x.arrayminus[0]) == pytest.approx((6, 7))
    assert list(single.x) == pytest.approx([11, -2])
    assert [figure.layout.yaxis.ticktext[y] for y in single.y] == [
        "First graduate: Aoi",
        "Second graduate: programme",
    ]
    assert (single.error_x.array, no_answer.error_x.array) == (None, None)
    assert len({trace.marker.symbol for trace in figure.data}) == 3


def test_the_band_is_the_smallest_difference_that_matters() -> None:
    publication = make_publication(claimed(), smallest_change={"share_points": 0.08})
    figure = impact_figures.impact_difference(publication, EN)
    assert figure is not None
    assert (figure.layout.shapes[0].x0, figure.layout.shapes[0].x1) == pytest.approx((-8, 8))


# --- declines -----------------------------------------------------------------------------------------------


@LANGUAGES
@pytest.mark.parametrize(
    "reason", ["NO_POST_WINDOW", "TEAM_NOT_LABELLED", "NO_CONTROL", "NO_BASELINE", "WINDOW_TOO_SHORT"]
)
def test_a_comparison_that_is_declined_says_why_and_what_would_mend_it(reason: str, language: str) -> None:
    report = make_report(declined("first_graduate", reason), language=language, why_nothing_after={})
    (line,) = [row for row in rows_of(impact_parts.open_claims(report).table) if row]
    why, mend = report.say(f"reason.{reason}"), report.say(f"mend.{reason}")
    assert line[1:] == [why[:1].upper() + why[1:], mend[:1].upper() + mend[1:]]


def lines_of(*rows: Measure, **facts: Any) -> list[tuple[str, str, str]]:
    return impact_narrative.open_claims(make_publication(*rows, **facts), EN)


def test_a_range_too_wide_says_how_many_teams_would_narrow_it_or_that_none_can() -> None:
    wide = claimed("second_graduate", low=-0.2, high=0.2, verdict="not_enough_data", n=2)
    teams = {f"t{n}": LABEL for n in range(8)}
    for more, said in (("6", "More sending teams needed"), ("20", "out of reach")):
        row = claimed(
            "second_graduate",
            low=-0.2,
            high=0.2,
            verdict="not_enough_data",
            n=2,
            notes=(f"MORE_ROTATIONS:{more}",),
        )
        (line,) = lines_of(row, why_nothing_after={}, teams=teams)
        assert said in line[2]
        assert more in line[2]
        assert "±5 points" in line[2]
    assert "−20 to +20, teams: n = 2" in lines_of(wide, why_nothing_after={})[0][1]


def test_one_treated_team_has_no_range_and_waits_for_more() -> None:
    row = difference(n=1, verdict="not_enough_data")
    (line,) = lines_of(row, why_nothing_after={})
    assert line[1] == EN.say("open_claims.no_range", n=1)
    assert line[2] == EN.say("open_claims.mend_more")


def test_one_team_is_never_judged_alone() -> None:
    rows = [of_team(notes=("ONE_TEAM", "RANK:1:25")), of_team("away", notes=("ONE_TEAM", "RANK:3:9"))]
    (line,) = [line for line in lines_of(*rows) if "by itself" in line[0]]
    assert line[0] == "Each team by itself (Aoi)"
    assert line[1] == EN.say("open_claims.single_why", of=25)
    assert line[2] == EN.say("open_claims.single_mend")


def test_teams_with_the_same_reason_stand_together_and_those_not_back_say_so() -> None:
    rows = [
        declined("first_graduate", "TEAM_NOT_LABELLED", team="aoi", cohort="1"),
        declined("first_graduate", "TEAM_NOT_LABELLED", team="kaede", cohort="1"),
    ]
    assert lines_of(*rows)[0][0] == "Aoi, Kaede (first graduate)"
    (line,) = lines_of(why_nothing_after={"kaede": "NOT_RETURNED"})
    assert line[0] == "Kaede (return)"
    assert line[1].lower() == EN.say("reason.NOT_RETURNED").lower()
    assert line[2] == EN.say("open_claims.mend_none")


def test_what_should_not_change_is_no_open_claim() -> None:
    assert lines_of(outcome("incidents", verdict="not_enough_data"), why_nothing_after={}) == []
    part = impact_parts.open_claims(make_report(why_nothing_after={}))
    assert (part.sentences, part.table) == ((EN.say("open_claims.sentence_none", n=0),), "")


def test_comparisons_that_lack_the_same_are_one_line() -> None:
    rows = [
        outcome("home_alone", name, None, verdict="not_measurable", notes=("NO_CONTROL",))
        for name in ("first_graduate", "away")
    ]
    (line,) = lines_of(*rows, why_nothing_after={})
    assert line[0] == "Incidents restored by the team alone (first graduate, while away)"


# --- mix, outcomes, quarters ------------------------------------------------------------------------------


def test_the_mix_is_stacked_to_the_whole_told_apart_without_colour_and_without_short_phases() -> None:
    rows = [mix(kind, value) for kind, value in (("alone", 0.3), ("review", 0.1), ("host", 0.6))]
    rows += [mix("alone", 0.5, never=True), mix("alone", 0.9, "dip")]
    figure = impact_figures.impact_mix(make_publication(*rows), EN)
    assert figure is not None
    own, never = "Aoi: Baseline before sending", "└ never-senders, same weeks"
    assert list(figure.layout.yaxis.ticktext) == [own, never]
    assert [list(bar.x) for bar in figure.data] == [[0.3, 0.5], [0.1, 0.0], [0.6, 0.0]]
    rounded = [mix(kind, value) for kind, value in (("alone", 0.33), ("review", 0.33), ("host", 0.33))]
    full = impact_figures.impact_mix(make_publication(*rounded), EN)
    assert full is not None
    assert sum(bar.x[0] for bar in full.data) == pytest.approx(1)
    assert [bar.text[0] for bar in full.data] == ["33%"] * 3
    assert figure.layout.barmode == "stack"
    assert len({bar.marker.pattern.shape for bar in figure.data}) == 3


def test_numbers_of_the_mix_have_shares_n_and_missing() -> None:
    rows = [mix(kind, value) for kind, value in (("alone", 0.3), ("review", 0.1), ("host", 0.6))]
    part = impact_parts.mix(make_report(*rows))
    assert rows_of(part.numbers) == [["Aoi: Baseline before sending", "30%", "10%", "60%", "40", "3"]]
    assert "n = 40 (tickets)" in part.note


def test_each_outcome_has_value_range_teams_and_what_may_be_said() -> None:
    rows = [
        outcome("do_it_for_me", low=-0.28, high=-0.14, verdict="leaning", notes=("EXPLORATORY",)),
        outcome("requests", "away", None, verdict="not_measurable", notes=("NO_REQUESTS",)),
        outcome("incidents", verdict="supported", low=-0.3, high=-0.1),
    ]
    part = impact_parts.outcomes(make_report(*rows))
    assert rows_of(part.table) == [
        [
            "Do-it-for-me share",
            "−20 points (−28 to −14), n = 7, missing 1. "
            "Points that way; not declared beforehand, so no firm claim.",
            "–",
        ],
        [
            "Requests per working week",
            "–",
            f"Not measurable, because {EN.say('reason.NO_REQUESTS')}.",
        ],
    ]
    assert part.sentences[1] == EN.say("outcomes.sentence", n=1, k=1)  # requests have no value
    assert EN.say("outcomes.exploratory") in part.note


@LANGUAGES
def test_no_large_change_tells_how_large(language: str) -> None:
    row = outcome("requests", unit="rate_ratio", low=-0.19, high=0.11, verdict="no_large_change")
    report = make_report(row, language=language, smallest_change={"rate_ratio": 0.2})
    assert "±20%" in rows_of(impact_parts.outcomes(report).table)[0][1]


@pytest.mark.parametrize(
    ("other", "shown"), [({}, True), ({"n": 1}, False), ({"low": None, "high": None}, False)]
)
def test_what_nobody_expected_to_change_has_a_value_of_two_teams_with_a_range(
    other: dict[str, Any], shown: bool
) -> None:
    row = outcome("time_to_restore", value=-0.85, unit="waiting_ratio", **{"low": -0.9, "high": 0.4, **other})
    part = impact_parts.unchanged(make_report(row))
    assert ("−85%" in words_of(part)) is shown
    few = EN.say("unchanged.few", n=other.get("n", 7), missing=1)
    assert (rows_of(part.table)[0][1] == few) is not shown


def test_what_nobody_expected_to_change_has_no_verdict() -> None:
    row = outcome("incidents", unit="waiting_ratio", low=-0.3, high=-0.1, verdict="supported")
    gone = outcome("incidents", "away", None, notes=("NO_INCIDENT_RECORDS",))
    part = impact_parts.unchanged(make_report(row, gone))
    assert rows_of(part.table) == [
        [
            "Incidents per working week",
            "−20% (−30% to −10%), n = 7, missing 1.",
            f"Not known, because {EN.say('reason.NO_INCIDENT_RECORDS')}",
        ]
    ]
    assert "support" not in words_of(part)


EVENTS = [{"date": day, "ja": "出来事", "en": "Portal"} for day in ("2024-04-01", "2024-05-10")]


def test_quarters_are_a_panel_a_measure_with_numbered_events_and_no_credit() -> None:
    rows = [
        quarter(name, kind, label, value)
        for name in ("self_resolution", "reviews")
        for kind in ("sender", "never")
        for label, value in (("2024-01-01", 0.4), ("2024-04-01", 0.5))
    ]
    report = make_report(*rows, events=EVENTS)
    part = impact_parts.quarters(report)
    figure = part.figure
    assert figure is not None
    assert [list(trace.y) for trace in figure.data] == [[0.4, 0.5]] * 4
    assert len({(trace.line.dash, trace.marker.symbol) for trace in figure.data}) == 2
    assert sum(trace.showlegend for trace in figure.data) == 2
    assert len(figure.layout.shapes) == 2 * len(EVENTS)
    assert [note.text for note in figure.layout.annotations][-2:] == ["(1)", "(2)"]
    assert EN.say("quarters.note_events") in part.note
    assert "from 40% (n = 100) to 50% (n = 100) in teams that sent someone" in part.sentences[0]
    assert "credited neither to the event nor to the programme" in part.sentences[1]
    assert list(figure.layout.yaxis.range) == pytest.approx([0.3, 0.6])
    assert figure.layout.yaxis2.rangemode == "tozero"
    shares, counts = (axis.domain[1] - axis.domain[0] for axis in (figure.layout.yaxis, figure.layout.yaxis2))
    assert shares > 1.5 * counts
    assert rows_of(part.numbers)[0][:3] == ["2024-01-01", "40% (n = 100)", "40% (n = 100)"]


def test_an_event_stands_with_the_phases_of_teams_and_what_never_senders_did_around_it() -> None:
    phases = [
        {"team": "aoi", "phase": "away", "first": "2024-01-08", "last": "2024-04-28"},
        {"team": "kaede", "phase": "baseline", "first": "2023-07-01", "last": "2024-04-01"},
    ]
    rows = [
        quarter("self_resolution", "never", "2023-10-01", 0.2, n=100),
        quarter("self_resolution", "never", "2024-01-01", 0.4, n=300),
        quarter("self_resolution", "never", "2024-04-01", 0.6, n=50),
        quarter("self_resolution", "never", "2024-07-01", 0.7, n=50),
        quarter("self_resolution", "sender", "2024-04-01", 0.9),
        quarter("reviews", "never", "2024-01-01", 0.2),
        quarter("reviews", "never", "2024-04-01", None),
    ]
    part = impact_parts.events(make_report(*rows, events=EVENTS, team_phases=phases))
    first, second = rows_of(part.table)
    assert first == [
        "(1)",
        "2024-04-01",
        "Portal",
        "Aoi: While away / Kaede: Baseline before sending",
        "35% → 65% (n = 400 → 100)",
        "–",
    ]
    assert second[3:5] == ["–", "35% → 70% (n = 400 → 50)"]  # the quarter of the event itself is in neither
    assert "n = 2" in part.note


@LANGUAGES
def test_no_declared_event_is_said_and_has_no_table(language: str) -> None:
    report = make_report(language=language)
    part = impact_parts.events(report)
    assert (part.sentences, part.table) == ((report.say("events.sentence_none"),), "")


# --- how far it carries -----------------------------------------------------------------------------------


def test_a_claim_that_flips_says_in_how_many_ways_and_where() -> None:
    rows = [
        claimed(notes=("FLIPS:1:3", "VARIANTS_HOLD_ZERO:2:3")),
        variant("as_declared", 0.13),
        variant("other_baseline", -0.02, low=-0.1, high=0.1, notes=("FLIPS_CLAIM",)),
        variant("without", 0.11, team="kaede", low=-0.01),
        variant("log_scale", 0.4, unit="waiting_ratio"),
        variant("kinds_moved", None, low=None, high=None, n=0, notes=("KIND_NOT_LABELLED",)),
    ]
    part = impact_checks.sensitivity(make_report(*rows))
    assert part.sentences[0].startswith("Computed in 3 other ways")
    assert "in 1 of them, so it is not called supported" in part.sentences[0]
    summary = rows_of(part.table)
    assert summary == [
        ["Self-resolution, first graduate", "+13 points (+6 to +19)", "−2 to +11", "1 of 3", "2 of 3"]
    ]
    detail = rows_of(part.numbers)
    assert [(row[0], row[-1]) for row in detail] == [
        (EN.say("kind.as_declared"), "stands"),
        (EN.say("kind.other_baseline"), "changes"),
        (EN.say("kind.log_scale"), "stands"),
        ("Each comparison team left out in turn (ways: 1)", "stands, but the range holds 0"),
    ]
    assert "n = 1" in part.note
    assert part.note.endswith(
        EN.say(
            "sensitivity.not_computed",
            way=EN.say("kind.kinds_moved"),
            reason=EN.say("reason.KIND_NOT_LABELLED"),
        )
    )


@LANGUAGES
@pytest.mark.parametrize(
    "other", [{"verdict": "not_enough_data"}, {"low": -0.02}, {"verdict": "no_large_change"}]
)
def test_what_claims_no_direction_has_no_claim_that_could_change(
    language: str, other: dict[str, Any]
) -> None:
    away = difference("away", -0.03, **{"low": -0.08, "high": -0.01, "verdict": "leaning", **other})
    if other == {"low": -0.02}:
        away = replace(away, low=-0.08, high=0.02)
    ways = replace(variant("ramp_kept"), measure=f"{SELF}.away.sensitivity")
    report = make_report(away, ways, language=language)
    part = impact_checks.sensitivity(report)
    assert (part.sentences, part.table) == ((report.say("sensitivity.no_claim", n=1),), "")
    part = impact_checks.sensitivity(
        make_report(claimed(notes=("FLIPS:0:1",)), variant("ramp_kept"), away, ways, language=language)
    )
    assert len(rows_of(part.table)) == 1
    named = report.say("sensitivity.claim.self_resolution_away")
    assert report.say("sensitivity.unclaimed", n=1, list=named) in part.note


def test_teams_left_out_in_turn_are_a_span_and_one_that_matters_is_named() -> None:
    rows = [
        claimed(),
        variant("without", 0.11, team="aoi", low=0.04, high=0.18),
        variant("without", 0.14, team="kaede", low=-0.01, high=0.21),
        variant("without", 0.02, team="kiri", low=-0.1, high=0.1, notes=("FLIPS_CLAIM",)),
    ]
    teams = {team: {"ja": team, "en": team.title()} for team in ("aoi", "kaede", "kiri")}
    part = impact_checks.sensitivity(make_report(*rows, teams=teams))
    assert rows_of(part.numbers) == [
        ["Without Kiri in the comparison", "+2 points", "−10 to +10", "7", "changes"],
        [
            "Each comparison team left out in turn (ways: 2)",
            "+11 to +14",
            "−1 to +21",
            "7",
            "stands, but some ranges hold 0",
        ],
    ]


def test_a_claim_that_stands_in_every_way_says_so() -> None:
    rows = [claimed(notes=("FLIPS:0:2",)), variant("ramp_kept"), variant("recent_baseline")]
    (said,) = impact_checks.sensitivity(make_report(*rows)).sentences
    what = EN.say(f"measure.{SELF}.first_graduate")
    assert said == EN.say("sensitivity.stands", what=what, k=0, n=2)
    small = claimed(value=0.02, low=0.01, high=0.05, notes=("FLIPS:0:2",))
    (said,) = impact_checks.sensitivity(make_report(small, *rows[1:])).sentences
    assert said == EN.say("sensitivity.stands_small", what=what, k=0, n=2)


def test_a_comparison_team_that_stopped_recording_is_named_and_the_comparison_goes_on() -> None:
    row = make_row(
        "impact.comparison_left_out", 3, team="kaede", label="2023-10-02", cohort=None, unit="windows", n=7
    )
    never = make_row("impact.comparison_left_out", 0, team="aoi", cohort=None, unit="windows", n=7)
    (said,) = impact_checks.disturbances(make_report(row, never)).sentences
    assert "Aoi" not in said
    assert "Kaede (from 2023-10-02; left out in 3 of n = 7 periods)" in said
    assert "goes on" in said
    assert impact_checks.disturbances(make_report()).sentences == (EN.say("disturb.none_left_out"),)


def test_a_disturbance_that_is_not_seen_says_why() -> None:
    rows = [
        make_row("impact.anticipation", -0.06, unit="share_points", cohort=None, n=7),
        make_row("impact.contamination", 2, kind="sessions", unit="teams", cohort=None, n=8),
    ]
    table = rows_of(impact_checks.disturbances(make_report(*rows)).table)
    assert "−6 points (teams: n = 7, missing 0)" in table[0][1]
    assert "2 teams (of n = 8; sessions without a record of who came: 0)" in table[1][1]
    assert table[2][1] == f"Not known, because {EN.say('reason.NO_RECORDS')}"


@LANGUAGES
@pytest.mark.parametrize(
    ("value", "low", "high", "key", "why"),
    [
        (0.5, 0.1, 0.9, "alike", None),
        (-0.5, -0.9, -0.1, "apart", None),
        (0.5, 0.0, 1.0, "open", "open_alike"),
        (0.5, None, None, "open", "open_alike"),
        (-0.5, -1.0, 0.1, "open", "open_apart"),
    ],
)
def test_the_home_teams_view_is_held_against_the_records(
    value: float, low: float | None, high: float | None, key: str, why: str | None, language: str
) -> None:
    rows = [
        level("sender_before", 2.7),
        level("sender_after", 3.4),
        views(value, low=low, high=high, verdict="not_enough_data"),
        claimed(),
    ]
    report = make_report(*rows, language=language)
    said = impact_checks.home_survey(report).sentences[1]
    told = report.say(
        f"self_solving.{key}",
        views=report.say("unit.levels", value=f"{'+' if value > 0 else '−'}0.5"),
        n_views=6,
        records=report.say("unit.share_points", value="+13"),
        n_records=7,
    )
    assert said.startswith(told)
    if why is None:
        assert said == told
    else:
        assert said.endswith(report.say(f"self_solving.{why}", list=report.say("self_solving.source.views")))


def test_whose_range_does_not_tell_is_named() -> None:
    rows = [level("sender_before", 2.7), level("sender_after", 3.4), views(), claimed(low=-0.01)]
    said = impact_checks.home_survey(make_report(*rows)).sentences[1]
    assert said.endswith(EN.say("self_solving.open_alike", list=EN.say("self_solving.source.records")))


def test_levels_of_the_survey_are_a_line_a_group_and_small_teams_are_counted_not_shown() -> None:
    hidden = make_row(
        "impact.self_solving.by_team",
        None,
        kind="sender_before",
        team="kaede",
        unit="strain_level",
        cohort=None,
        n=None,
        missing=None,
        verdict="hidden",
        notes=("FEW_PEOPLE:5",),
    )
    rows = [
        level("sender_before", 2.7),
        level("sender_after", 3.4),
        level("never_first", 2.8),
        level("never_last", None, n=0, notes=("NOT_ASKED",)),
        hidden,
        replace(hidden, team="aoi", value=6.0, n=6, missing=2, verdict=None, notes=()),
    ]
    part = impact_checks.home_survey(make_report(*rows))
    figure = part.figure
    assert figure is not None
    marks = {trace.name: list(zip(trace.x, trace.y, strict=True)) for trace in figure.data if trace.name}
    assert marks == {
        EN.say("self_solving.stage.first"): [(2.7, 0), (2.8, 1)],
        EN.say("self_solving.stage.last"): [(3.4, 0)],
    }
    assert "(cells: 1)" in part.note
    assert rows_of(part.numbers.split("</details>")[1]) == [
        ["Kaede", EN.say("state.hidden"), "–", "–"],
        ["Aoi", "n = 6, missing 2", "–", "–"],
    ]


def test_trends_stand_raw_beside_adjusted_and_a_team_without_says_why() -> None:
    rows = [
        trend("raw", -0.2),
        trend("adjusted", -0.05, low=-0.2, high=0.12),
        trend("raw", None, team="kaede", low=None, high=None, n=5, notes=("WINDOW_TOO_SHORT",)),
    ]
    part = impact_checks.trends(make_report(*rows))
    assert rows_of(part.numbers) == [
        ["Aoi", "−20% (−30% to +10%)", "−5% (−20% to +12%)", "44", "0"],
        ["Kaede", EN.say("reason.WINDOW_TOO_SHORT"), EN.say("reason.NO_RECORDS"), "5", "0"],
    ]
    assert "n = 1" in part.note
    assert part.figure is None
    gone = impact_checks.trends(make_report(why_nothing_after={"aoi": "NOT_RETURNED"}))
    assert gone.state is not None
    assert gone.state[1].lower() == EN.say("reason.NOT_RETURNED").lower()
