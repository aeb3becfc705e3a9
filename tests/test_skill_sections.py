"""The skill report's programme level from literal publications: sentences, tables, pictures, states."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from typing import Any

import pytest

from rotation_analysis import skill_figures, skill_narrative, skill_sections
from rotation_analysis.measures import Measure
from rotation_analysis.parts import Part
from rotation_analysis.texts import read_texts
from tests.publications import HOSTILE, html_of, make_publication, make_report, make_row, make_stay

BOTH = pytest.mark.parametrize("language", ["ja", "en"])
RAW = "skill.growth.now_minus_start"
EN = read_texts("en")
TWO = [make_stay(), make_stay("p2", "見本 二", "kaede")]
HIDDEN: dict[str, Any] = {"n": None, "missing": None, "verdict": "hidden", "notes": ("FEW_PEOPLE:5",)}


def whole(measure: str, value: float | None = 0.7, **other: Any) -> Measure:
    """A row of the programme."""
    return make_row(measure, value, **{"cohort": None, "n": 9, "missing": 2, **other})


def own(measure: str, value: float | None = 0.7, **other: Any) -> Measure:
    """A row of the cohort's first person."""
    return make_row(measure, value, **{"person": "p1", "n": 1, "missing": 0, **other})


def band(skill: str, value: float | None, *notes: str, kind: str = "relative", **other: Any) -> Measure:
    ends = {} if value is None else {"low": value - 0.3, "high": value + 0.3}
    return whole("skill.band", value, skill=skill, kind=kind, **{"notes": notes, **ends, **other})


def words(part: Part) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html_of(part)))).replace("\u00a0", " ")


# --- which skills -----------------------------------------------------------------------------------------

BANDS = [
    band("os", -0.4, "BOTTOM_BAND"),
    band("db", 0.5, "TOP_BAND"),
    band("db", 0.6, kind="now_minus_start"),
    band("db", 1.4, kind="now_minus_then"),
    band("db", 1.1, kind="mentor"),
]


def test_the_bands_name_sets_and_the_range_of_the_three_views() -> None:
    top, bottom = skill_narrative.band_sentences(make_publication(*BANDS), EN)
    assert top.startswith("1 of 2 skills may have grown most")
    assert "Databases (+0.6 to +1.4)" in top
    assert "Systems." in bottom


def test_the_n_of_a_band_is_that_of_its_views_and_their_means_are_told_as_drawn_towards_the_whole() -> None:
    counts = {"now_minus_start": 6, "now_minus_then": 8, "mentor": 7}
    rows = [replace(row, n=counts.get(str(row.kind), row.n)) for row in BANDS]
    top, bottom = skill_narrative.band_sentences(make_publication(*rows), EN)
    assert "(people in a single view: n = 6–8;" in top
    assert "means drawn towards the overall mean" in top
    assert "n = 9;" in bottom  # no view of it may be shown: the persons compared are left


def test_skills_that_do_not_differ_are_not_set_apart() -> None:
    rows = [band("os", 0.0, "ALIKE"), band("db", 0.0, "ALIKE")]
    assert list(skill_narrative.band_sentences(make_publication(*rows), EN)) == [EN.say("bands.alike", n=9)]


@BOTH
def test_hidden_bands_give_a_reason_instead_of_a_picture(language: str) -> None:
    report = make_report(band("os", None, **HIDDEN), band("db", None, **HIDDEN), language=language)
    part = skill_sections.which_skills(report)
    reason = read_texts(language).sentences["reason.FEW_PEOPLE"].format(5)
    assert part.figure is None
    assert part.state is not None
    assert part.state[0] == report.say("state.hidden")
    assert part.sentences == (report.say("bands.none", reason=reason),)


def test_a_skill_in_both_bands_stands_between() -> None:
    rows = [band("os", 0.1, "TOP_BAND", "BOTTOM_BAND"), band("db", 0.5, "TOP_BAND")]
    drawn = skill_figures.band_rows(make_publication(*rows))
    assert drawn["_band"].tolist() == ["between", "top"]


def test_bands_are_told_apart_by_more_than_their_colour() -> None:
    figure = skill_figures.skill_bands(make_publication(*BANDS), EN)
    assert figure is not None
    assert len({trace.marker.symbol for trace in figure.data}) == len(figure.data) == 2
    assert [list(trace.y) for trace in figure.data] == [[1], [0]]  # in the grid's order
    assert figure.data[0].error_x.array[0] == pytest.approx(0.3)


def by_skill(skill: str, verdict: str, **other: Any) -> Measure:
    ends = {} if verdict == "not_enough_data" else {"low": 0.5, "high": 1.5}
    notes = ("SIMULTANEOUS:2:8",)
    return whole(RAW, 1.0, skill=skill, verdict=verdict, **{"notes": notes, **ends, **other})


def test_single_skills_are_claimed_only_where_the_verdict_says_so() -> None:
    rows = [by_skill("os", "supported"), by_skill("db", "leaning")]
    claimed, open_ = skill_narrative.skill_claims(make_publication(*rows), EN)
    assert claimed == EN.say(
        "bands.claim_supported", skill="Systems", value="+1.0", low="+0.5", high="+1.5", n=9
    )
    assert open_ == EN.say("bands.undecided", k=1, of=2, needed=8, n=9)


def test_where_no_skill_can_be_claimed_the_page_says_how_many_people_it_takes() -> None:
    rows = [by_skill("os", "not_enough_data"), by_skill("db", "leaning")]
    assert list(skill_narrative.skill_claims(make_publication(*rows), EN)) == [
        EN.say("bands.undecided_all", k=2, of=2, needed=8, n=9)
    ]
    hidden = [whole(RAW, None, skill=skill, **HIDDEN) for skill in ("os", "db")]
    assert list(skill_narrative.skill_claims(make_publication(*hidden), EN)) == []


# --- the first lines --------------------------------------------------------------------------------------


def barrier(kind: str, value: float | None, **other: Any) -> Measure:
    return whole("followup.barrier", value, kind=kind, unit="persons", n=8, missing=1, **other)


def test_the_summary_tells_persons_programme_and_what_got_in_the_way() -> None:
    rows = [own(RAW, 0.6), own("skill.growth.mentor", 1.4), own(RAW, 0.9, person="p2")]
    rows += [whole(RAW, verdict="supported", low=0.5, high=0.9)]
    rows += [barrier("chance", 5.0), barrier("time", 2.0), barrier("none", 7.0)]
    cohort, programme, change = skill_narrative.summary_sentences(make_publication(*rows, stays=TWO), EN)
    for told in ("見本 一 +0.6 to +1.4 (views: 2)", "見本 二 +0.9 (“End − start” only)"):
        assert told in cohort
    assert programme.startswith("Across the programme: ")
    assert "+0.7 levels" in programme
    assert change == EN.say("summary.change", list="no chance", value=5, n=8, missing=1)


@pytest.mark.parametrize(("end", "key"), [(None, "running"), ("2022-09-30", "nothing")])
def test_a_cohort_without_growth_says_whether_it_is_under_way(end: str | None, key: str) -> None:
    stays = [make_stay(end=end)]
    told = list(skill_narrative.summary_sentences(make_publication(barrier("none", 8.0), stays=stays), EN))
    assert told[0] == EN.say(f"summary.{key}", cohort="1", n=1)
    assert len(told) == 2  # nobody named anything that got in the way
    plain = skill_narrative.bracket_sentences(make_publication(stays=stays), EN)
    assert plain == [EN.say(f"bracket.no_cohort{'_running' if end is None else ''}")]


def test_the_summary_counts_who_is_hidden_and_shows_nothing_of_them() -> None:
    row = own(RAW, None, person="p2", verdict="hidden", notes=("NO_CONSENT",))
    told = next(skill_narrative.summary_sentences(make_publication(own(RAW, 0.6), row, stays=TWO), EN))
    assert told.endswith(EN.say("bracket.hidden", n=1))
    assert "見本 二" not in told


def test_who_grew_in_what_takes_two_views_that_agree() -> None:
    def views(skill: str, *values: float) -> list[Measure]:
        return [own(f"skill.growth.{arm}", value, skill=skill)
                for arm, value in zip(skill_narrative.ARMS, values, strict=False)]  # fmt: skip

    grown = [*views("os", 0.0, 1.0, 2.0), *views("db", 3.0, 0.0, 0.0)]
    said = skill_narrative.bracket_sentences(make_publication(*grown), EN)
    assert said[-1] == EN.say("bracket.grown", person="見本 一", n=2, k=1, list="Systems")
    alone = [*views("os", 0.0, 1.0), *views("db", 3.0)]  # one view is none to count
    said = skill_narrative.bracket_sentences(make_publication(*alone), EN)
    assert said[-1] == EN.say("bracket.grown_none", person="見本 一", n=1)


def test_levels_are_looked_up_in_the_order_of_people_and_grid() -> None:
    rows = [
        make_row("skill.level", 3.0, person=person, skill=skill, kind="self", wave="end", unit="levels")
        for person in ("p2", "p1")
        for skill in ("db", "os")
    ]
    told = words(skill_sections.skill_bracket(make_report(*rows, stays=TWO)))
    order = [told.index(f"{person} · {skill}") for person in ("見本 一", "見本 二")
             for skill in ("Systems", "Databases")]  # fmt: skip
    assert order == sorted(order)


# --- growth -----------------------------------------------------------------------------------------------


def test_bounds_are_told_where_somebody_is_missing_and_only_there() -> None:
    some = whole(f"{RAW}.bounds", 0.5, low=-0.2, high=1.3, n=11, missing=2)
    told = list(skill_narrative.missing_sentences(make_publication(some), EN))
    assert told == [EN.say("growth.bounds", n=11, d=2, value="+0.5", low="−0.2", high="+1.3")]
    none = whole(f"{RAW}.bounds", 0.5, low=0.5, high=0.5, n=9, missing=0)
    assert not list(skill_narrative.missing_sentences(make_publication(none), EN))
    assert not list(
        skill_narrative.missing_sentences(make_publication(whole(f"{RAW}.bounds", None, **HIDDEN)), EN)
    )


def test_jumps_and_views_far_apart_are_named_to_be_looked_at() -> None:
    rows = [
        own(RAW, 3.0, skill="os", notes=("N1", "LARGE_JUMP")),
        own(RAW, 1.0, skill="db"),
        own("skill.self_minus_mentor.end", -2.0, skill="db"),
        own("skill.self_minus_mentor.end", 1.0, skill="os"),
    ]
    jumps, apart = skill_narrative.look_again(make_publication(*rows), EN)
    assert "見本 一, Systems +3" in jumps
    assert "levels or more: 1 (" in jumps
    assert "見本 一, Databases −2" in apart
    assert "Systems" not in apart


@pytest.mark.parametrize(
    ("code", "k", "cell"), [("BEYOND", 1, "beyond_error"), ("WITHIN", 0, "within_error")]
)
def test_a_persons_change_stands_beside_the_declared_error(code: str, k: int, cell: str) -> None:
    row = own(RAW, 0.8, notes=("N1", f"{code}_ERROR:0.7"), missing=1)
    assert EN.say("look_again.error", n=1, k=k, least="0.7") in list(
        skill_narrative.against_error(make_publication(row), EN)
    )
    part = skill_sections.growth_table(make_report(row))
    assert EN.say(f"growth.cell_{cell}", value="+0.8", n=1) in words(part)


# --- contrasts --------------------------------------------------------------------------------------------


def contrast(name: str, value: float | None = 0.1, **other: Any) -> Measure:
    fields = {"low": -0.2, "high": 0.4, "verdict": "no_large_change", "notes": ("EXPLORATORY",)}
    return whole(f"skill.{name}", value, **{**fields, **other})


def test_contrasts_that_no_plan_declares_say_so_once() -> None:
    told = list(
        skill_narrative.contrast_sentences(
            make_publication(contrast("shift"), contrast("first_half.self")), EN
        )
    )
    assert told[-1] == EN.say("contrasts.exploratory")
    assert len(told) == 3
    assert not any(EN.say("note.EXPLORATORY") in text for text in told)


def test_contrasts_without_a_value_are_told_together_by_reason() -> None:
    without = {"value": None, "low": None, "high": None, "notes": ("NO_SURVEY",), "verdict": "not_measurable"}
    rows = [contrast("first_half.mentor", **without), contrast("self_minus_mentor.end", **without)]
    (told,) = skill_narrative.contrast_sentences(make_publication(*rows), EN)
    listed = "First half, mentor (middle − week 4), Views, end (self − mentor)"
    assert told == EN.say("contrasts.none", list=listed, reason=EN.say("reason.NO_SURVEY"))


def test_the_paths_of_all_persons_are_one_sentence_and_a_half_not_yet_over_is_a_dash() -> None:
    halves = [own("skill.first_half.self", -0.5), own("skill.second_half.self", 1.2)]
    rows = [*halves, own("skill.first_half.self", 0.3, person="p2")]
    (told,) = skill_narrative.contrast_sentences(make_publication(*rows, stays=TWO), EN)
    paths = [
        EN.say("contrasts.path", person=name, first=first, second=second)
        for name, first, second in (("見本 一", "−0.5", "+1.2"), ("見本 二", "+0.3", "–"))
    ]
    assert told == EN.say("contrasts.paths", list=" / ".join(paths))
    assert not list(skill_narrative.contrast_sentences(make_publication(stays=TWO), EN))


@BOTH
def test_the_contrasts_part_tells_programme_persons_and_verdict(language: str) -> None:
    rows = [
        contrast("first_half.self", -0.1, n=11, missing=2),
        whole("skill.first_half.self.higher", 4.0, unit="persons", n=11),
        own("skill.first_half.self", -0.4),
    ]
    report = make_report(*rows, language=language)
    part = skill_sections.contrasts(report)
    text = words(part)
    assert part.figure is not None
    assert report.say("contrasts.higher", k="4", n="11") in text
    assert report.say("contrasts.person", person="見本 一", value="−0.4") in text
    assert report.say("verdict.no_large_change") in text
    assert len(part.figure.data) == 2
    assert part.figure.data[0].marker.symbol != part.figure.data[1].marker.symbol


def test_without_any_value_the_contrasts_have_a_state() -> None:
    rows = [contrast("shift", None, low=None, high=None, **HIDDEN)]
    part = skill_sections.contrasts(make_report(*rows))
    assert part.figure is None
    assert part.state is not None
    assert part.numbers == ""


# --- themes and cohorts -----------------------------------------------------------------------------------


def test_themes_are_told_for_the_programme_and_for_whom_may_be_shown() -> None:
    rows = [
        whole("skill.theme.now_minus_start", 0.8, kind="landscape", low=0.1, high=1.5),
        whole("skill.theme.mentor", None, kind="landscape", **HIDDEN),
        own("skill.theme.now_minus_start", 2.0, kind="landscape"),
        own("skill.theme.now_minus_start", None, kind="low_layer", notes=("NO_CHANCE",), n=0),
    ]
    text = words(skill_sections.themes(make_report(*rows, stays=TWO)))
    assert (
        EN.say("growth.cell_interval_missing", value="+0.8", low="+0.1", high="+1.5", n=9, missing=2) in text
    )
    assert text.count("見本 一") == 1
    assert "見本 二" not in text
    part = skill_sections.themes(make_report(*rows, stays=TWO))
    assert "見本" not in part.table
    assert part.numbers.count("<tr>") == 2  # head and one person's theme: one without a value has no line
    assert len(re.findall(r"<tr>.*?</tr>", part.table, re.S)) == 1
    entry = EN.say("themes.entry", theme="Landscape", low="+0.8", high="+0.8", n=9)
    assert part.sentences == (EN.say("themes.sentence", list=entry),)


def test_themes_nobody_may_see_say_so() -> None:
    part = skill_sections.themes(
        make_report(whole("skill.theme.mentor", None, kind="landscape", **HIDDEN), stays=TWO)
    )
    assert part.sentences == (EN.say("themes.sentence_none"),)
    assert part.numbers == ""
    assert EN.sentences["reason.FEW_PEOPLE"].format(5) in words(part)


ACROSS = "skill.across_cohorts.now_minus_start"


def test_cohorts_pooled_say_how_many_and_what_the_next_may_bring() -> None:
    pooled = whole(ACROSS, 0.7, low=0.4, high=1.0, notes=("COHORTS:5", "EXPLORATORY"))
    coming = whole(f"{ACROSS}.next", 0.7, low=-0.1, high=1.5, notes=("COHORTS:5",))
    told = list(skill_narrative.cohort_sentences(make_publication(pooled, coming), EN))
    assert told == [
        EN.say("cohorts.sentence", value="+0.7", low="+0.4", high="+1.0", k=5, n=9),
        EN.say("cohorts.next", k=5, low="−0.1", high="+1.5"),
    ]
    few = list(skill_narrative.cohort_sentences(make_publication(pooled), EN))
    assert few[-1] == EN.say("cohorts.no_next", k=5)
    column = EN.say("cohorts.column_next")
    assert column in words(skill_sections.across_cohorts(make_report(pooled, coming)))
    assert column not in words(skill_sections.across_cohorts(make_report(pooled)))  # no column of dashes


def test_two_cohorts_have_a_mean_that_only_describes() -> None:
    row = whole(ACROSS, 0.7, notes=("COHORTS:2", "K2", "EXPLORATORY"))
    (told,) = skill_narrative.cohort_sentences(make_publication(row), EN)
    assert told.startswith("2 cohorts give no interval")
    assert EN.say("note.K2") in told


def test_cohorts_of_too_few_people_are_not_pooled_on_the_page() -> None:
    part = skill_sections.across_cohorts(make_report(whole(ACROSS, None, **HIDDEN)))
    assert EN.sentences["reason.FEW_PEOPLE"].format(5) in words(part)
    assert skill_sections.across_cohorts(make_report()).state is not None


def test_what_people_typed_stays_text_in_every_part_of_the_programme_level() -> None:
    rows = [*BANDS, own("skill.first_half.self", 0.5), own("skill.second_half.self", 0.5)]
    rows += [
        own("skill.theme.mentor", 1.0, kind="landscape"),
        own(RAW, 3.0, skill="os", notes=("LARGE_JUMP",)),
    ]
    facts = {"stays": [make_stay(name=HOSTILE)], "skills": [{"id": "os", "ja": HOSTILE, "en": HOSTILE}]}
    facts["skills"].append({"id": "db", "ja": "DB", "en": "Databases"})
    report = make_report(*rows, **facts)
    parts = (*skill_sections.programme_level(report).parts, skill_sections.growth_table(report))
    for part in parts:
        assert "<script>" not in html_of(part)
        assert part.figure is None or "<script>" not in str(part.figure.to_json())
    assert "<script>alert(1)</script>" in " ".join(words(part) for part in parts)
