"""The parts of the programme's report from literal publications: whole, with gaps, with nothing at all."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from typing import Any

import pytest

from rotation_analysis import (
    account_narrative,
    frame,
    programme_balance,
    programme_figures,
    programme_sections,
)
from rotation_analysis.measures import Measure
from rotation_analysis.parts import Part, Parts, Report
from rotation_analysis.programme_figures import destination_bars
from rotation_analysis.since import compare_publications
from rotation_analysis.texts import read_texts
from tests.publications import html_of, make_publication, make_row, make_stay

LANGUAGES = pytest.mark.parametrize("language", ["ja", "en"])
SECTIONS = ("participants", "skills", "impact", "organisation", "history", "decisions", "since")
ADJUSTED = {
    "cohort": "2",
    "ja": "二人を受け入れた。",
    "en": "Hosted two.",
    "because_ja": "頼まれた。",
    "because_en": "Asked.",
}


def whole(measure: str, value: float | None, **other: Any) -> Measure:
    """A row of the whole programme."""
    return make_row(measure, value, **{"cohort": None, "counts": "records", "n": 9, **other})


def places(measure: str, **values: float) -> list[Measure]:
    return [whole(measure, value, kind=kind, unit="stays", n=int(sum(values.values())), missing=3)
            for kind, value in values.items()]  # fmt: skip


def comparison(name: str, value: float | None = 0.13, **other: Any) -> Measure:
    notes = ("COMPARED_WITH:8", "HALF_WIDTH:6.6", "MORE_ROTATIONS:6", "SMALLEST_P:0.001")
    judged = {"unit": "share_points", "n": 7, "low": 0.06, "high": 0.2, "verdict": "leaning", "notes": notes}
    return whole(f"impact.self_resolution.{name}", value, **{**judged, **other})


def growth(arm: str, value: float, **other: Any) -> Measure:
    judged = {"low": value - 0.3, "high": value + 0.3, "verdict": "leaning", "missing": 2}
    return whole(f"skill.growth.{arm}", value, **{**judged, **other})


def level(name: str, first: float, last: float) -> list[Measure]:
    return [
        whole(f"organisation.{name}", value, kind=kind, unit="share", n=n, missing=4)
        for kind, value, n in (("first_year", first, 120), ("last_year", last, 150))
    ]


FULL = (
    *places("programme.destination", returned=9, stayed=1, moved=0, left_at_end=1, running=2),
    *places("programme.destination_26", returned=6, stayed=1, moved=1, left=2),
    *places("programme.ending", as_planned=8, extended=2, early=1, running=2),
    whole("programme.left_later", 1, unit="stays"),
    whole("programme.practising", 6, unit="teams", n=7),
    whole("programme.depends_on_one", 5, unit="teams", n=6),
    growth("now_minus_start", 0.7),
    growth("now_minus_then", 1.3, n=8),
    growth("mentor", 1.1),
    whole("skill.across_cohorts.now_minus_start", 0.6, low=0.2, high=1.0, notes=("COHORTS:4",)),
    comparison("first_graduate"),
    comparison("away", -0.03, low=-0.08, high=0.02),
    comparison("second_graduate", -0.02, n=2, low=-0.18, high=0.15, verdict="not_enough_data"),
    *level("self_resolution", 0.42, 0.61),
    *level("permission_bound", 0.1, 0.09),
    whole("cost.account", 289, kind="net", unit="person_weeks", low=280, high=300, n=13),
    whole("cost.account", 302, kind="away", unit="person_weeks", n=13),
    whole("cost.account", 43, kind="collaboration", unit="person_weeks", n=13),
    whole("improvement.in_use", 48, kind="all", unit="deliverables", n=57),
    whole("host.teaching_hours", 0.8, unit="hours", low=0.6, high=1.0, notes=("ROUNDS:35:35",)),
    *(
        whole("host.teaching_hours", 0.4 * n, kind=f"rotators_{n}", unit="hours", notes=("ROUNDS:9:9",))
        for n in (1, 2)
    ),
    whole("lineage.wording", 2, kind="wording_same", skill="os", label="旧OS", unit="persons",
          notes=("FROM_MONTH:2022-04", "TO_MONTH:2023-06", "IN_COHORTS:1–2")),
    whole("lineage.wording", 9, kind="wording_current", skill="os", label="新OS", unit="persons",
          notes=("FROM_MONTH:2023-05", "TO_MONTH:2025-02", "IN_COHORTS:2–6")),
    whole("lineage.scale", 1, kind="scale_apart", label="a / b / c / d", wave="start", unit="persons",
          notes=("FROM_MONTH:2022-04", "TO_MONTH:2022-04", "IN_COHORTS:1")),
)  # fmt: skip


def open_programme(*rows: Measure, language: str = "en", **facts: Any) -> Report:
    """The programme's report on exactly these rows."""
    publication = make_publication(*rows, **{"adjustments": [ADJUSTED], **facts})
    return Report(replace(publication, cohort=None), read_texts(language), "programme")


def shown(report: Report, name: str) -> tuple[Part, ...]:
    got = getattr(programme_sections, name)(report)
    return got.parts if isinstance(got, Parts) else (got,)


def words_of(*parts: Part) -> str:
    """Everything parts say, without tags."""
    html = "".join(html_of(part) for part in parts)
    text = re.sub(r"<style>.*?</style>|<[^>]*>", " ", html, flags=re.S)
    return re.sub(r"\s+", " ", unescape(text)).replace("\u00a0", " ") + " ".join(part.alt for part in parts)


def part_of(report: Report, name: str, question: str) -> Part:
    (found,) = [part for part in shown(report, name) if part.question == report.say(f"{question}.question")]
    return found


# --- every part, in any state -------------------------------------------------------------------------

ONE_ROTATION = (
    *places("programme.destination", returned=1, stayed=0, moved=0, left_at_end=0, running=0),
    whole("programme.destination_26", None, kind="returned", unit="stays", n=0, missing=1,
          verdict="not_measurable", notes=("NO_STAY_YET",)),
    whole("skill.growth.now_minus_start", None, verdict="hidden", notes=("FEW_PEOPLE:5",), n=None,
          missing=None),
)  # fmt: skip
WITHOUT_TICKETS = tuple(
    row for row in FULL if not row.measure.startswith(("impact.", "organisation.", "waiting."))
)
WITHOUT_SURVEY = tuple(row for row in FULL if not row.measure.startswith(("skill.", "lineage.", "host.")))
PROGRAMMES = {
    "full": FULL,
    "one_rotation": ONE_ROTATION,
    "no_tickets": WITHOUT_TICKETS,
    "no_survey": WITHOUT_SURVEY,
    "nothing": (),
}


@LANGUAGES
@pytest.mark.parametrize("name", PROGRAMMES)
def test_every_part_of_every_programme_says_something_and_leaves_nothing_open(
    name: str, language: str
) -> None:
    report = open_programme(*PROGRAMMES[name], language=language)
    parts = [part for section in SECTIONS for part in shown(report, section)]
    parts += [frame.title(report), frame.three_accounts(report)]
    for part in parts:
        text = words_of(part)
        assert part.figure is not None or part.table or part.state or part.sentences, part.question
        assert (part.figure is None) == (part.alt == "" or part.state is not None), part.question
        assert not re.search(r"\{\w*\}|\bnan\b|\bNone\b(?! of)|nan%", text), text
        assert not (part.figure and part.state)
    assert len({part.question for part in parts}) == len(parts)


@LANGUAGES
@pytest.mark.parametrize("name", PROGRAMMES)
def test_the_third_column_of_the_accounts_is_never_empty(name: str, language: str) -> None:
    report = open_programme(*PROGRAMMES[name], language=language)
    cells = account_narrative.account_cells(report.publication, report.texts)
    assert list(cells) == ["person", "home_team", "organisation"]
    assert all(text.strip() for row in cells.values() for text in row.values())


def test_a_full_programme_s_parts_have_their_pictures_and_no_name_but_the_roster_s() -> None:
    report = open_programme(*FULL)
    pictured = [shown(report, "participants")[0], shown(report, "skills")[0]]
    pictured += [part_of(report, "organisation", "operating"), part_of(report, "organisation", "hosting")]
    for part in pictured:
        assert part.figure is not None
        assert (part.state, len(part.alt) > 30, bool(part.numbers)) == (None, True, True)
    name = make_stay()["name"]
    named = [
        part.question for section in SECTIONS for part in shown(report, section) if name in words_of(part)
    ]
    assert named == [report.say("participants.question")]


def test_the_two_years_of_a_share_are_drawn_apart_and_every_piece_of_a_bar_has_its_number() -> None:
    publication, texts = open_programme(*FULL).publication, read_texts("en")
    level = programme_figures.operating_level(publication, texts)
    assert level is not None
    heights = {trace.name: list(trace.y) for trace in level.data if trace.mode == "markers"}
    assert len(heights) == 2
    first, last = heights.values()
    assert all(one < other for one, other in zip(first, last, strict=True))
    bars = programme_figures.destinations(publication, texts)
    assert bars is not None
    numbers = [(note.y, note.x, note.text) for note in bars.layout.annotations]
    assert numbers[:4] == [(0, 4.5, "9"), (0, 9.5, "1"), (0, 10.5, "1"), (0, 12.0, "2")]
    assert len(numbers) == 8  # nothing is printed where nobody is


# --- participants to date ------------------------------------------------------------------------------


def test_places_add_up_at_the_end_and_26_weeks_later_and_competing_kinds_share_a_mark() -> None:
    bars = dict(destination_bars(open_programme(*FULL).publication))
    assert bars == {
        "at_end": {"returned": 9, "stayed": 1, "moved": 0, "left": 1, "running": 2},
        "after_26": {"returned": 6, "stayed": 1, "moved": 1, "left": 2, "running": 0},
    }


@LANGUAGES
def test_participants_are_counted_with_those_not_due_and_teams_that_depend_on_one(language: str) -> None:
    report = open_programme(*FULL, language=language)
    said = shown(report, "participants")[0].sentences
    assert said[0] == report.say(
        "participants.at_end", n=13, missing=3, returned=9, stayed=1, moved=0, left=1, running=2
    )
    for name, values in (
        ("practising_one", {"k": 6, "n": 7, "one": 5}),
        ("left_later", {"k": 1, "n": 9}),
    ):
        assert report.say(f"participants.{name}", **values) in " ".join(said)


def test_where_nothing_tells_who_depends_on_one_the_teams_with_a_graduate_are_told_alone() -> None:
    rows = [row for row in FULL if row.measure != "programme.depends_on_one"]
    text = words_of(shown(open_programme(*rows), "participants")[0])
    assert "Teams that sent somebody (n = 7) with a graduate at work there: 6." in text
    assert "just one" not in text


def test_nobody_who_left_later_is_not_told_as_none() -> None:
    rows = [replace(row, value=0.0) if row.measure == "programme.left_later" else row for row in FULL]
    report = open_programme(*rows)
    assert report.say("participants.left_later", k=0, n=9) not in words_of(shown(report, "participants")[0])


def test_where_no_stay_is_over_for_26_weeks_the_page_says_so_and_draws_one_bar() -> None:
    report = open_programme(*ONE_ROTATION)
    part = shown(report, "participants")[0]
    assert report.say("participants.after_26_none", missing=1) in part.sentences
    assert [name for name, _ in destination_bars(report.publication)] == ["at_end"]


def test_without_a_stay_the_part_is_a_state_and_no_picture() -> None:
    part = shown(open_programme(), "participants")[0]
    assert part.figure is None
    assert part.state is not None
    assert part.state[1].lower() == read_texts("en").say("reason.NO_STAY_YET").lower()


# --- organisation --------------------------------------------------------------------------------------


@LANGUAGES
def test_the_operating_level_has_both_years_with_n_and_is_never_called_an_effect(language: str) -> None:
    events = [{"date": "2023-07-01", "ja": "入口", "en": "Portal"}]
    report = open_programme(*FULL, language=language, events=events)
    part = part_of(report, "organisation", "operating")
    assert all(text in part.sentences[0] for text in ("42%", "61%", "n = 120", "n = 150"))
    assert part.sentences[1].endswith(report.say("operating.no_effect"))
    assert report.texts.label(events[0]) in part.sentences[-1]


def agreement(report: Report, claim: str) -> str:
    """The last cell of a claim's line."""
    html = part_of(report, "organisation", "sources").table
    rows = [unescape(row) for row in re.findall(r"<tr>(.*?)</tr>", html)]
    (row,) = [row for row in rows if report.say(f"sources.claim.{claim}") in row]
    return str(re.findall(r"<td>(.*?)</td>", row)[-1])


@pytest.mark.parametrize(
    ("survey", "low", "verdict", "state"),
    [
        (0.4, 0.1, "leaning", "alike"),
        (0.4, 0.0, "leaning", "open"),  # the range holds 0: no confirmation
        (0.4, None, "leaning", "open"),
        (-0.4, -0.9, "leaning", "apart"),
        (0.4, 0.1, "views_differ", "apart"),
        (None, None, None, "one"),
    ],
)
def test_a_claim_says_whether_its_two_sources_point_the_same_way(
    survey: float | None, low: float | None, verdict: str | None, state: str
) -> None:
    row = whole("impact.self_solving.first_graduate", survey, verdict=verdict or "not_measurable",
                low=low, high=None if low is None else -0.1 if survey == -0.4 else 1.0,
                notes=() if survey else ("NO_SURVEY",))  # fmt: skip
    report = open_programme(*FULL, row)
    assert agreement(report, "first_graduate") == report.say(f"sources.state.{state}")


def test_every_claim_is_counted_in_one_of_the_states_of_its_sources() -> None:
    cover = whole("home.cover", 0.1, unit="share")
    said = part_of(open_programme(*FULL, cover), "organisation", "sources").sentences[0]
    assert said == (
        "Claims: n = 4. Two kinds of source point the same way: 1; opposite ways: 0; "
        "no direction: 1, one source: 1, no value: 1."
    )


def test_shares_of_answers_have_no_direction_beside_a_difference() -> None:
    report = open_programme(*FULL, whole("home.cover", 0.1, unit="share"))
    assert agreement(report, "away") == report.say("sources.state.unsigned")
    none = part_of(open_programme(), "organisation", "sources").state
    assert none is not None
    assert none[1] == report.say("sources.none")
    assert report.say("sources.claim.waiting") not in unescape(
        part_of(report, "organisation", "sources").table
    )


def test_gains_and_costs_stand_beside_each_other_and_are_not_divided() -> None:
    report = open_programme(*FULL)
    part = part_of(report, "organisation", "beside")
    names = (("gain", "offset"), ("cost", "cover"), ("cost", "panic"))
    without = [programme_balance.name_line(report, *name) for name in names]
    text = words_of(part)
    assert all(value in text for value in ("+0.7 levels", "+13 points", "48", "289 person-weeks"))
    assert part.sentences == (
        "Units differ, so the lines are neither added nor divided. Those whose range holds 0 are called not "
        "confirmed (2 of n = 7 lines).",
        "The net is made of: Away from the home team 302 person-weeks (n = 13 stays), "
        "Work with the home team −43 person-weeks (n = 13 stays).",
        report.say("beside.without", n=3, list=", ".join(without)),
    )


def test_a_gain_or_cost_whose_range_holds_zero_is_not_called_one() -> None:
    text = words_of(part_of(open_programme(*FULL), "organisation", "beside"))
    assert "Gain · self-resolution after the first graduate +13 points +6 to +20 7 teams" in text
    assert "Gain (not confirmed) · self-resolution after the second graduate −2 points" in text
    assert "Cost (not confirmed) · self-resolution while away −3 points" in text
    assert "Gain · improvements in use after half a year 48" in text  # a count has no range


def test_the_net_names_the_answers_that_its_range_rests_on() -> None:
    taught = whole(
        "cost.account", 22, kind="teaching", unit="person_weeks", low=17, high=28, n=157, missing=109
    )
    report = open_programme(*FULL, taught)
    part = part_of(report, "organisation", "beside")
    assert "280 to 300 13 stays 109 answers" in words_of(part)
    assert "Teaching by the host team 22 person-weeks (n = 157 answers)." in part.sentences[1]
    assert part.sentences[1].endswith(
        "The range of the net comes from teaching alone (answers: n = 157, not answered: 109); "
        "the other lines have none."
    )
    paid = account_narrative.account_cells(report.publication, report.texts)["organisation"]["paid"]
    assert (
        "Net cost of the whole programme: 289 person-weeks (stays: n = 13). Only the teaching in it" in paid
    )


def test_hosting_is_told_by_participants_present_and_of_no_cohort() -> None:
    report = open_programme(*FULL)
    text = words_of(part_of(report, "organisation", "hosting"))
    assert report.say("hosting.label.hours", n=2) in text
    assert "Cohort" not in text


# --- history -------------------------------------------------------------------------------------------


@LANGUAGES
def test_the_lineage_tells_words_months_cohorts_and_what_is_kept_apart(language: str) -> None:
    report = open_programme(*FULL, language=language)
    part = part_of(report, "history", "lineage")
    text = words_of(part)
    assert all(word in text for word in ("旧OS", "新OS", "2022-04", "2025-02", "a / b / c / d"))
    assert part.sentences[0] == report.say("lineage.sentence", n=1, same=1, other=0)
    assert re.search(r"4.*1", part.sentences[1])
    assert report.say("kind.scale_apart") in text


@LANGUAGES
def test_adjustments_stand_with_their_because_or_that_none_is_written_down(language: str) -> None:
    silent = {**ADJUSTED, "cohort": "3", "ja": "三人", "en": "Three", "because_ja": None, "because_en": None}
    report = open_programme(language=language, adjustments=[ADJUSTED, silent])
    part = part_of(report, "history", "adjustments")
    assert part.sentences == (report.say("adjustments.sentence", n=2, k=1),)
    assert ADJUSTED[f"because_{language}"] in words_of(part)
    assert report.say("adjustments.untold") in words_of(part)
    none = part_of(open_programme(language=language, adjustments=[]), "history", "adjustments")
    assert (none.sentences, none.table) == ((report.say("adjustments.none", n=0, k=0),), "")


# --- decisions and the summary -------------------------------------------------------------------------


def test_the_summary_begins_with_continue_or_pause_and_has_the_declared_effect() -> None:
    report = open_programme(*FULL)
    first, reached, effect, who = frame.three_accounts(report).sentences
    assert first == report.say("accounts.programme_continue_open")  # the organisation's account is untold
    assert reached == shown(report, "decisions")[0].sentences[0]
    assert reached.startswith("Triggers reached: none of n = 7.")
    assert "+13 points" in effect
    assert who == report.say("accounts.sentence_programme", n=1, cohorts=1)
    balance = whole("host.balance", 3.0, unit="host_weeks", label="26", low=2.0, high=4.0)
    told = open_programme(*FULL, balance)
    said = frame.three_accounts(told).sentences[0]
    assert said.startswith("Over all cohorts to date none of the three values is below 0")
    assert "Single terms are not looked at" in said


def test_a_value_below_zero_in_this_report_alone_is_not_told_as_none() -> None:
    balance = whole("host.balance", 3.0, unit="host_weeks", label="26", low=2.0, high=4.0)
    losing = [
        replace(row, value=-0.1, low=-0.2, high=-0.05) if row.measure.endswith("first_graduate") else row
        for row in FULL
    ]
    earlier = replace(open_programme(*FULL, balance).publication, as_of="2024-03-31")  # a stay ended since
    report = open_programme(*losing, balance)
    report = replace(report, changes=compare_publications(earlier, report.publication))
    said = frame.three_accounts(report).sentences[0]
    assert said == (
        "Of the three values at least one is below 0, and was not in the report before: "
        "the trigger for a pause is not reached."
    )


def test_what_the_organisation_has_back_names_the_weeks_of_the_stay_it_is_for() -> None:
    balance = whole("host.balance", 3.0, unit="host_weeks", label="22", low=2.0, high=4.0)
    report = open_programme(*FULL, balance)
    cell = account_narrative.account_cells(report.publication, report.texts)["organisation"]["gained"]
    assert "a stay of 22 weeks gives back 3.0 weeks' worth on balance" in cell
    assert "helped or not" in cell


def test_the_programme_s_accounts_are_the_programme_s_own_rows() -> None:
    report = open_programme(*FULL)
    cells = account_narrative.account_cells(report.publication, report.texts)
    assert all(text in cells["home_team"]["gained"] for text in ("+13", "n = 7", "−2", "n = 2"))
    assert "−3" in cells["home_team"]["paid"]
    assert "48" in cells["organisation"]["gained"]
    assert "289" in cells["organisation"]["paid"]


def test_a_comparison_without_a_range_is_told_without_one_and_two_without_values_by_one_reason() -> None:
    rows = [comparison("first_graduate", low=None, high=None, verdict="not_enough_data")]
    report = open_programme(*rows)
    cell = account_narrative.account_cells(report.publication, report.texts)["home_team"]["gained"]
    assert "+13 points (teams: n = 7" in cell
    assert "–" not in cell
    declined = [
        comparison(name, None, low=None, high=None, verdict="not_measurable", notes=("NO_CONTROL",))
        for name in ("first_graduate", "second_graduate")
    ]
    report = open_programme(*declined)
    cell = account_narrative.account_cells(report.publication, report.texts)["home_team"]["gained"]
    assert cell == report.say("accounts.home_team_gained_none", reason=report.say("reason.NO_CONTROL"))


@pytest.mark.parametrize(
    ("low", "notes", "word"),
    [(-0.08, (), "verdict.either_way"), (0.01, (), "verdict.leaning"),
     (0.01, ("ONE_SOURCE",), "verdict.leaning")],
)  # fmt: skip
def test_a_leaning_that_holds_zero_is_called_up_or_down(
    low: float, notes: tuple[str, ...], word: str
) -> None:
    report = open_programme(comparison("away", 0.02, low=low, high=0.1, notes=notes))
    part = part_of(report, "organisation", "beside")
    (cell,) = re.findall(r"<td>([^<]*)</td></tr>", part.table)
    assert cell == report.say(word)


def test_decisions_have_continue_first() -> None:
    report = open_programme(*FULL)
    table = shown(report, "decisions")[0].table
    items = [
        report.say(f"decide.item.{name}") for name in ("continue", "length", "return_plan", "permission")
    ]
    positions = [table.index(item) for item in items]
    assert positions == sorted(positions)


# --- what changed since --------------------------------------------------------------------------------


def compare(*later: Measure, language: str = "en", **facts: Any) -> Report:
    """FULL as the last report, these rows as the new one."""
    earlier = replace(open_programme(*FULL).publication, as_of="2024-09-30")
    report = open_programme(*later, language=language, **facts)
    return replace(report, changes=compare_publications(earlier, report.publication))


@LANGUAGES
def test_without_a_last_report_it_says_so_and_how_to_have_one(language: str) -> None:
    report = open_programme(*FULL, language=language)
    part = shown(report, "since")[0]
    assert part.state is not None
    assert part.state[0] == report.say("since.none")
    assert "results.json" in part.state[2]


@LANGUAGES
def test_a_verdict_that_changed_stands_with_both_values_and_their_n(language: str) -> None:
    changed = [
        replace(row, value=0.2, n=9, verdict="supported") if row.measure.endswith("first_graduate") else row
        for row in FULL
    ]
    report = compare(*changed, language=language)
    part = shown(report, "since")[0]
    text = words_of(part)
    assert all(word in text for word in ("+13", "+20", "n = 7", "n = 9", "2024-09-30", "2025-03-31"))
    assert report.say("verdict.leaning") in text
    assert report.say("verdict.supported") in text


def test_values_between_which_few_people_came_are_not_told_to_have_changed() -> None:
    changed = [
        replace(row, value=0.9, n=10) if row.measure == "skill.growth.now_minus_start" else row
        for row in FULL
    ]
    part = shown(compare(*changed), "since")[0]
    assert read_texts("en").say("since.few", n=1, k=5) in part.sentences
    assert "claims whose verdict changed: 0" in part.sentences[0]
    assert "+0.9" not in words_of(part)


def test_a_verdict_that_changed_by_few_people_stands_without_values() -> None:
    changed = [
        replace(row, value=0.9, n=10, verdict="supported")
        if row.measure == "skill.growth.now_minus_start"
        else row
        for row in FULL
    ]
    report = compare(*changed)
    part = shown(report, "since")[0]
    cells = re.findall(r"<td>(.*?)</td>", part.table)
    assert cells == [report.say("verdict.leaning"), report.say("verdict.supported")]
    assert "+0.9" not in words_of(part)


def test_values_of_single_skills_are_counted_and_the_declared_measure_stands_first() -> None:
    skill = whole("impact.self_resolution.away", 0.2, unit="share_points", skill="os", n=7)
    before = [*FULL, skill, whole("programme.moved_later", 1, unit="stays")]
    now = []
    for row in before:
        if row.measure.startswith("impact.") and row.value is not None:
            row = replace(row, value=row.value + 0.1, n=row.n + 1)  # type: ignore[operator]
        if row.measure == "skill.growth.mentor":
            row = replace(row, value=1.4, n=10)
        now.append(replace(row, value=2) if row.measure == "programme.moved_later" else row)
    plan = {**make_publication().facts["plan"], "primary": ["impact.self_resolution.second_graduate"]}
    earlier = replace(open_programme(*before, plan=plan).publication, as_of="2024-09-30")
    report = open_programme(*now, plan=plan)
    report = replace(report, changes=compare_publications(earlier, report.publication))
    part = shown(report, "since")[0]
    assert "rows that changed: 5;" in part.sentences[0]  # few people came between those of the mentors
    assert report.say("since.rest", n=2) in part.sentences
    heads = re.findall(r"<tr><th>(.*?)</th>", part.numbers)[1:]
    assert len(heads) == 3
    assert "second graduate" in heads[0]


def test_a_stay_that_ended_is_told_as_the_roster_has_it_and_declarations_that_changed_are_named() -> None:
    stays = [make_stay(now="left"), make_stay("p2", "見本 二", "kaede", end=None, ending="running")]
    report = compare(*FULL, stays=stays, k=6)
    part = shown(report, "since")[0]
    text = words_of(part)
    assert report.say("now.left") in text
    assert report.say("since.there") in text
    assert report.say("since.k") in text
    assert "2" in part.sentences[0]


@LANGUAGES
@pytest.mark.parametrize(
    "word",
    [{"kind": "sparkling"}, {"wave": "after_9m"}, {"unit": "smiles"}, {"verdict": "certain"}],
    ids=["kind", "wave", "unit", "verdict"],
)
def test_words_of_another_version_are_left_out_and_counted(language: str, word: dict[str, str]) -> None:
    claim = "impact.self_resolution.away"
    before = whole(claim, 0.1, **{"unit": "share_points", "verdict": "leaning", "n": 7, **word})
    now = replace(before, value=0.2)
    earlier = replace(open_programme(before).publication, as_of="2024-09-30")
    report = open_programme(*([replace(now, verdict="supported")] if "verdict" in word else [now]))
    report = replace(
        open_programme(language=language), publication=report.publication,
        changes=compare_publications(earlier, report.publication),
    )  # fmt: skip
    part = shown(report, "since")[0]
    assert report.say("since.unknown", n=1) in part.sentences
    assert report.say("since.no_claim") not in part.sentences
    assert part.table == part.numbers == ""


@LANGUAGES
def test_an_ending_of_another_version_is_told_as_it_stands(language: str) -> None:
    report = open_programme(language=language, stays=[make_stay()])
    earlier = open_programme(stays=[make_stay(ending="<retired>", now="moon")]).publication
    earlier = replace(earlier, as_of="2024-09-30")
    report = replace(report, changes=compare_publications(earlier, report.publication))
    part = shown(report, "since")[0]
    for word in ("&lt;retired&gt;", "moon"):
        assert report.say("since.unknown_word", word=word) in part.table


def test_nothing_changed_is_said_and_is_no_empty_table() -> None:
    part = shown(compare(*FULL), "since")[0]
    assert part.table == ""
    assert read_texts("en").say("since.no_claim") in part.sentences
