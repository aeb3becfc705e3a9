"""Sentences from literal publications: the verdict chooses the sentence, the texts hold every word."""

from __future__ import annotations

from typing import Any

import pytest

from rotation_analysis import frame, narrative, skill_narrative
from rotation_analysis.measures import Measure
from rotation_analysis.narrative import carried_sentence, claim
from rotation_analysis.parts import Foot
from rotation_analysis.texts import Texts, read_texts
from rotation_analysis.verdicts import DOUBTS, VERDICTS
from tests.publications import make_publication, make_report, make_row, make_stay

JA, EN = read_texts("ja"), read_texts("en")
BOTH = pytest.mark.parametrize("texts", [JA, EN], ids=["ja", "en"])
START, THEN = "skill.growth.now_minus_start", "skill.growth.now_minus_then"
SELF = "impact.self_resolution"
WHAT = "self-rated growth from start to end"


def row_of(measure: Measure) -> Any:
    return narrative.first_row(make_publication(measure).rows(measure.measure))


def growth(measure: str = START, value: float | None = 0.7, **other: Any) -> Measure:
    return make_row(measure, value, **{"cohort": None, "n": 9, **other})


def share(value: float | None, phase: str, *, never: bool = False, **other: Any) -> Measure:
    name = SELF + (".never_senders" if never else "")
    return make_row(name, value, phase=phase, team="aoi", unit="share", **other)


def difference(name: str, value: float | None, **other: Any) -> Measure:
    fields = {"unit": "share_points", "counts": "teams", "cohort": None, "n": 7, **other}
    return make_row(f"{SELF}.{name}", value, **fields)


# --- values ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("unit", "value", "text"),
    [
        ("levels", 0.7, "+0.7"),
        ("levels", -0.7, "−0.7"),
        ("levels", 0.0, "±0.0"),
        ("level", 3, "3"),
        ("share", 0.456, "46%"),
        ("share_points", -0.02, "−2"),
        ("share_points", 0.13, "+13"),
        ("per_team_week", 12.5, "12.50"),
        ("person_weeks", 1234.0, "1,234"),
        ("share", None, "–"),
        ("levels", float("nan"), "–"),
    ],
)
@BOTH
def test_values_are_printed_alike_in_both_languages(texts: Texts, unit: str, value: Any, text: str) -> None:
    assert narrative.value_text(texts, unit, value) == text


@pytest.mark.parametrize(("value", "said"), [(1, "1 week"), (2, "2 weeks"), (0, "0 weeks")])
def test_one_of_a_unit_is_no_plural(value: float, said: str) -> None:
    assert narrative.value_text(EN, "weeks", value, with_unit=True) == said


def test_a_missing_value_is_never_zero_and_has_no_unit() -> None:
    assert narrative.value_text(EN, "levels", None, with_unit=True) == "–"
    assert narrative.value_text(EN, "levels", 0.0, with_unit=True) == "±0.0 levels"


# --- the sentence of a verdict --------------------------------------------------------------------------

CLAIMS = [
    (
        "supported",
        (),
        f"The data support a value of +0.7 levels for {WHAT} (95% range +0.5 to +0.9, n = 9).",
    ),
    (
        "leaning",
        (),
        f"For {WHAT}, the data lean towards +0.7 levels, but this could be chance "
        "(95% range +0.5 to +0.9, n = 9).",
    ),
    (
        "leaning",
        ("ONE_SOURCE",),
        f"The data point to +0.7 levels for {WHAT}, but no second kind of source supports it yet "
        "(95% range +0.5 to +0.9, n = 9).",
    ),
    (
        "leaning",
        ("BELOW_SMALLEST", "ONE_SOURCE"),
        f"For {WHAT}, the data lean towards +0.7 levels, but that is less than the smallest change that "
        "matters (95% range +0.5 to +0.9, n = 9).",
    ),
    (
        "leaning",
        ("SOURCE_AGAINST",),
        f"The data point to +0.7 levels for {WHAT}, but a second kind of source points the other way "
        "(95% range +0.5 to +0.9, n = 9).",
    ),
    ("no_large_change", (), f"No large change for {WHAT} (within +0.5 to +0.9, n = 9)."),
    ("not_enough_data", (), f"Not enough data to say for {WHAT}; the value obtained is +0.7 levels (n = 9)."),
    ("views_differ", (), f"The two views differ on {WHAT}."),
    (
        "supported",
        ("ONE_SOURCE",),
        f"The data support a value of +0.7 levels for {WHAT} (95% range +0.5 to +0.9, n = 9).",
    ),
]
DECLINED = [
    ("not_measurable", "NO_SURVEY", f"Not measurable, because that survey has not been read yet: {WHAT}."),
    ("hidden", "FEW_PEOPLE:5", f"Not shown, because there are too few people (fewer than 5): {WHAT}."),
    ("hidden", "NO_CONSENT", f"Not shown, because the person has not given consent: {WHAT}."),
]


@pytest.mark.parametrize(("verdict", "notes", "said"), CLAIMS)
def test_the_verdict_chooses_the_sentence(verdict: str, notes: tuple[str, ...], said: str) -> None:
    row = growth(low=0.5, high=0.9, verdict=verdict, notes=notes)
    assert narrative.claim(EN, row_of(row)) == said


def test_a_range_around_zero_leans_neither_way() -> None:
    for low, high in ((-0.2, 0.9), (0.0, 0.9)):
        row = growth(low=low, high=high, verdict="leaning")
        assert "both a rise and a fall remain possible" in narrative.claim(EN, row_of(row))


@BOTH
@pytest.mark.parametrize("code", DOUBTS)
def test_every_doubt_has_its_words_wherever_a_leaning_is_said(texts: Texts, code: str) -> None:
    sentence = narrative.sentence_of(row_of(growth(low=0.5, high=0.9, verdict="leaning", notes=(code,))))
    assert sentence == f"leaning_{code.lower()}"
    for key in (f"verdict.sentence.{sentence}", f"outcomes.said.{sentence}", f"note.{code}"):
        assert texts.has(key)
        assert "chance" not in texts.sentences[key]
        assert "偶然" not in texts.sentences[key]


@BOTH
def test_what_the_plan_did_not_declare_is_told_with_the_claim(texts: Texts) -> None:
    told = texts.say("note.EXPLORATORY")
    row = growth(low=-0.1, high=0.3, verdict="no_large_change", notes=("EXPLORATORY",))
    assert narrative.claim(texts, row_of(row)).endswith(told)
    leaning = growth(low=0.5, high=0.9, verdict="leaning", notes=("EXPLORATORY",))
    said = narrative.claim(texts, row_of(leaning))  # says so itself, and not that it could be chance
    assert told not in said
    assert said != narrative.claim(texts, row_of(growth(low=0.5, high=0.9, verdict="leaning")))
    declined = growth(value=None, verdict="not_measurable", notes=("NO_SURVEY", "EXPLORATORY"))
    assert told not in narrative.claim(texts, row_of(declined))


@pytest.mark.parametrize(("verdict", "reason", "said"), DECLINED)
def test_what_has_no_value_says_why(verdict: str, reason: str, said: str) -> None:
    row = growth(value=None, n=None, missing=None, verdict=verdict, notes=(reason,))
    assert narrative.claim(EN, row_of(row)) == said


@BOTH
def test_every_verdict_has_a_sentence_of_its_own(texts: Texts) -> None:
    rows = [growth(low=0.5, high=0.9, verdict=verdict, notes=("NO_SURVEY",)) for verdict in VERDICTS]
    said = [narrative.claim(texts, row_of(row)) for row in rows]
    assert len(set(said)) == len(VERDICTS) == len({case[0] for case in CLAIMS + DECLINED})
    assert all(texts.say(f"measure.{START}") in sentence for sentence in said)


@BOTH
def test_notes_become_sentences_and_codes_for_machines_none(texts: Texts) -> None:
    said = narrative.notes_text(texts, ("RANK:3:15", "STATUS_ANSWERED", "ONE_TEAM"))
    rank = texts.sentences["note.RANK"].format("3", "15")
    assert said.replace(" ", "") == (rank + texts.say("note.ONE_TEAM")).replace(" ", "")
    assert "STATUS" not in said


def test_only_what_can_be_mended_says_how() -> None:
    assert narrative.mend_text(EN, "NO_TICKETS") == EN.say("state.mend", mend=EN.say("mend.NO_TICKETS"))
    assert narrative.mend_text(EN, "FEW_PEOPLE:5") is not None
    assert narrative.mend_text(EN, "NO_CHANCE") is None


# --- who and when ---------------------------------------------------------------------------------------


def test_stays_that_did_not_go_as_planned_are_counted_by_kind() -> None:
    stays = [
        make_stay("p1"),
        make_stay("p2", ending="extended"),
        make_stay("p3", ending="early", now="left", returned=False),
        make_stay("p4", end=None, ending="running", now="host", returned=False),
        make_stay("p5", now="host", returned=False),
    ]
    assert narrative.who_sentence(make_publication(stays=stays), EN) == (
        "Rotation members: 5. Finished as planned and returned to the home team: 1. "
        "Extended: 1. Ended early: 1. "
        "Still under way: 1. Stayed in the host team afterwards: 1. Left the company afterwards: 1."
    )


def test_a_cohort_without_exceptions_names_none() -> None:
    assert (
        narrative.who_sentence(make_publication(), JA)
        == "1名が参加し、予定どおりに終えて所属チームに戻った。"
    )


# --- skills ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "first"),
    [
        (
            [growth(value=0.5, person="p1", cohort="1"), growth(value=-0.2, person="p2", cohort="1")],
            "n = 2), 1 rated themselves higher, on average over skills, than at the start",
        ),
        (
            [growth(value=None, person="p1", cohort="1"), growth(THEN, 0.5, person="p1", cohort="1")],
            "n = 1), 1 rated themselves higher, on average over skills, than they place",
        ),
        (
            [growth(value=0.0, person="p1", cohort="1")],
            "n = 1), 0 rated themselves higher, on average over skills, than at the start",
        ),
        ([growth(value=None, person="p1", cohort="1")], "no self-ratings that can be compared"),
        ([growth(value=0.7, verdict="not_enough_data")], "no self-ratings that can be compared"),
    ],
)
def test_the_cohorts_sentence_counts_who_can_be_shown(rows: list[Measure], first: str) -> None:
    publication = make_publication(*rows, stays=[make_stay(), make_stay("p2", "見本 二")])
    assert first in skill_narrative.bracket_sentences(publication, EN)[0]


def test_hidden_people_are_counted_once_each() -> None:
    hidden = {"cohort": "1", "n": None, "verdict": "hidden", "notes": ("NO_CONSENT",)}
    rows = [growth(value=None, person=person, **hidden) for person in ("p1", "p1", "p2")]
    publication = make_publication(*rows, growth(value=None, person="p9", **{**hidden, "cohort": "2"}))
    assert narrative.hidden_people(publication, START) == 2
    assert EN.say("bracket.hidden", n=2) in skill_narrative.bracket_sentences(publication, EN)


def test_the_programmes_bracket_needs_all_three_arms_and_its_claim_only_its_own() -> None:
    arms = [growth(verdict="no_large_change", low=-0.1, high=0.3), growth(THEN, 1.3, n=8)]
    both = make_publication(*arms)
    claimed = skill_narrative.programme_claim(both, EN)
    assert claimed == f"Across the programme: No large change for {WHAT} (within −0.1 to +0.3, n = 9)."
    assert list(skill_narrative.summary_sentences(both, EN))[1] == claimed
    three = make_publication(*arms, growth("skill.growth.mentor", 1.1))
    told = list(skill_narrative.summary_sentences(three, EN))[1]
    assert "+0.7 levels against the person's own start (n = 9), +1.3 against the look-back (n = 8)" in told
    assert skill_narrative.programme_claim(three, EN) == claimed


@BOTH
def test_two_views_at_one_time_differ_they_do_not_change(texts: Texts) -> None:
    name = "skill.self_minus_mentor.end"
    values = {"what": texts.say(f"measure.{name}"), "low": "−0.2", "high": "+0.3", "n": 9}
    row = row_of(growth(name, 0.1, low=-0.2, high=0.3, verdict="no_large_change"))
    assert narrative.claim(texts, row) == texts.say("verdict.sentence.no_large_difference", **values)


# --- shares by phase ------------------------------------------------------------------------------------

FIRST = [share(0.45, "baseline"), share(0.68, "after_first")]
CONTROL = [share(0.42, "baseline", never=True), share(0.55, "after_first", never=True)]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (
            [*FIRST, *CONTROL],
            "The self-resolution rate of Aoi went from 45% in the baseline to 68% after the first return; "
            "over the "
            "same weeks that of never-senders went from 42% to 55%.",
        ),
        (
            [share(0.68, "after_second"), share(0.55, "after_second", never=True)],
            "Aoi has sent someone before; after this return its self-resolution rate was 68%, and 55% among "
            "never-senders over the same weeks.",
        ),
        (
            [FIRST[0], share(None, "after_first", notes=("WINDOW_TOO_SHORT",)), *CONTROL],
            EN.say("phases.sentence_declined", team="Aoi", reason=EN.say("reason.WINDOW_TOO_SHORT")),
        ),
        (FIRST, EN.say("phases.sentence_declined", team="Aoi", reason=EN.say("reason.NO_POST_WINDOW"))),
        ([], EN.say("phases.sentence_declined", team="Aoi", reason=EN.say("reason.NO_POST_WINDOW"))),
    ],
)
def test_a_team_is_told_beside_never_senders_or_why_not(rows: list[Measure], said: str) -> None:
    stays = [make_stay(), make_stay("p2", "見本 二")]
    assert narrative.share_pairs(make_publication(*rows, stays=stays), EN, SELF, "phases") == [said]


# --- older figures shown again ----------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_figure_that_is_an_older_one_says_so_in_its_claim_and_at_the_foot(language: str) -> None:
    carried = ("CARRIED:2024-10-31",)
    name = "skill.growth.now_minus_start"
    row = make_row(name, 0.8, cohort=None, low=0.2, high=1.4, n=7, verdict="supported", notes=carried)
    report = make_report(row, make_row("strain.panic_share", 0.1, unit="share"), language=language)
    (shown,) = report.publication.rows(name).itertuples()
    assert "2024-10-31" in claim(report.texts, shown)
    foot = carried_sentence(report.publication, report.texts)
    assert report.say("measure.skill.growth.now_minus_start") in foot
    assert "2024-10-31" in foot
    assert "strain" not in foot
    (footer,) = [part for part in frame.appendix(report).parts if isinstance(part, Foot)]
    assert foot in footer.sentences


def test_a_page_without_older_figures_says_nothing_of_them() -> None:
    report = make_report(make_row("strain.panic_share", 0.1, unit="share"))
    assert carried_sentence(report.publication, report.texts) == ""
