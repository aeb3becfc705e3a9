"""The kit: what is printed around rows follows from the rows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from rotation_analysis.disclosure.publications import Publication
from rotation_analysis.measure_row import Measure
from rotation_analysis.reports.charts import intervals, list_ticks
from rotation_analysis.reports.kit import Cell, Page, Report, Section, Shown, Table, escape_sentence
from rotation_analysis.reports.rows import PEOPLE, TEAMS, Rows
from rotation_analysis.texts import Texts, read_texts
from tests.publications import make_publication

WORDS = {
    "title": "T",
    "of": "of {facts[people]}",
    "notices": [],
    "rows": {"impact.self_resolution.first_graduate": "Rate"},
    "gained": {
        "question": "Did it rise?",
        "say": {
            "claim": {
                "supported": "rose by {claim.amount} ({claim.range})",
                "either_way": "not known ({claim.range})",
                "none": "no value",
                "value": "{claim.value}",
            },
            "teams": "{teams.list}; most {teams.most.place}",
            "gone": "{nothing.value}",
        },
    },
}
CLAIM = "impact.self_resolution.first_graduate"
SECTION = Section(
    "gained",
    rows={"claim": Rows(CLAIM), "teams": Rows(CLAIM, of=TEAMS)},
    also={"nothing": Rows("waiting.done")},
    says=("claim", "teams", "gone"),
    picture=intervals(filled="claim", hollow="teams"),
)


def make_row(**given: Any) -> Measure:
    about = {"measure": CLAIM, "unit": "share_points", "method": "difference", "counts": "teams"}
    return Measure(**{**about, "n": 7, "missing": 0, "verdict": "supported", **given})  # type: ignore[arg-type]


def show(*rows: Measure, section: Section = SECTION, words: dict[str, Any] | None = None) -> Shown:
    """A section on an owner's publication of cohort 1 with just these rows, as published."""
    publication: Publication = make_publication(*rows)
    texts = read_texts("en")
    own = Texts(texts.language, texts.sentences, {"tried": words or WORDS})
    return Shown(section, Page(publication, own, "tried"))


def test_verdict_chooses_the_form_of_a_sentence() -> None:
    assert show(make_row(value=0.13, low=0.06, high=0.2)).sentences[0] == "rose by 13 points (+6 to +20)"
    leaning = make_row(value=0.02, low=-0.06, high=0.1, verdict="leaning")
    assert show(leaning).sentences[0] == "not known (−6 to +10)"
    hidden = make_row(verdict="hidden", notes=("FEW_PEOPLE:5",), n=None, missing=None)
    assert show(hidden).sentences == ["no value"]
    assert show().sentences == ["no value"]


def test_sentence_naming_a_missing_value_is_omitted() -> None:
    shown = show(make_row(value=0.13, low=0.06, high=0.2))
    assert len(shown.sentences) == 1


def test_sentence_naming_row_without_attribute_is_omitted() -> None:
    words = {**WORDS, "gained": {"question": "?", "say": {"claim": "{claim}", "teams": "{teams}"}}}
    assert show(make_row(value=0.13, low=0.06, high=0.2), words=words).sentences == []


@pytest.mark.parametrize(("second", "sentences"), [(0.19, []), (0.13, ["+13 points, n = 1"])])
def test_group_value_exists_only_if_rows_agree(second: float, sentences: list[str]) -> None:
    """The first of five kinds of request once appeared on a page as the waiting time of all."""
    words = {**WORDS, "gained": {"question": "?", "say": {"claim": "{teams.value}, n = {teams.n}"}}}
    rows = [
        make_row(team=team, cohort="1", n=1, value=value)
        for team, value in (("aoi", 0.13), ("kaede", second))
    ]
    assert show(*rows, words=words).sentences == sentences
    words["gained"]["say"] = {"claim": "{teams[kaede].value}"}
    assert show(*rows, words=words).sentences == [f"+{100 * second:.0f} points"]


def test_missing_values_appear_once_per_reason_in_fold() -> None:
    """There are no rows of dashes, nor notes of rows without a value."""
    blank = [make_row(team=team, cohort="1", n=0, notes=("NO_TICKETS",)) for team in ("aoi", "kaede")]
    fold = show(make_row(value=0.13, low=0.06, high=0.2), *blank).fold()
    assert fold.count("<tr>") == 2  # the heading and the one value
    assert "No value (there are no records of the team&#x27;s own tickets): Rate (Aoi, Kaede)." in fold
    empty = make_row(team="aoi", cohort="1", n=0, notes=("TIME_CELLS_BLANK",))
    assert "the time sheet has an empty cell" in show(empty).fold()


def test_short_skill_name_drops_only_trailing_brackets() -> None:
    skills = [("os", "CI (Actions) and deploy"), ("db", "Databases (SQL)")]
    facts = {"skills": [{"id": skill, "ja": name, "en": name} for skill, name in skills]}
    page = Page(make_publication(**facts), read_texts("en"), "workload")
    assert [page.name_skill(skill) for skill, _ in skills] == ["CI (Actions) and deploy", "Databases"]


def test_caption_fold_and_alternative_text_follow_from_rows() -> None:
    shown = show(
        make_row(value=0.13, low=0.06, high=0.2, notes=("FLIPS:0:12",)),
        make_row(team="aoi", cohort="1", n=1, value=0.19, verdict="not_enough_data", notes=("ONE_TEAM",)),
    )
    assert shown.caption == "n = 1 to 7 (missing 0)"
    assert "Aoi" in shown.alt
    assert "+13 points" in shown.alt
    fold = shown.fold()
    assert "+6 to +20" in fold
    assert "+19 points" in fold
    assert '<td data-label="n" class="n">7</td>' in fold


def test_rows_without_verdict_list_reason_and_remedy() -> None:
    shown = show(
        make_row(value=0.13, low=0.06, high=0.2),
        make_row(team="aoi", cohort="1", n=1, value=0.19, verdict="not_enough_data", notes=("ONE_TEAM",)),
    )
    lines = list(shown.list_open())
    assert ("Rate", "Aoi", "One team cannot be told from chance", "") in lines


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        ("absent", "No source for these records is declared"),
        ("empty", "The records that were read contain none"),
        ("not_yet_due", "the answer is not due yet"),
        ("read", "There is no such record here"),
    ],
)
def test_reason_for_no_row_follows_source_state(state: str, reason: str) -> None:
    shown = show(section=Section("gained", rows={"claim": Rows(CLAIM)}, says=("claim",)))
    publication = shown.page.publication
    page = replace(
        shown.page,
        publication=replace(publication, facts={**publication.facts, "sources": {"tickets": state}}),
    )
    assert next(Shown(shown.section, page).list_open())[2] == reason


def test_section_with_only_hidden_rows_becomes_closing_line() -> None:
    hidden = make_row(verdict="hidden", notes=("FEW_PEOPLE:5",), n=None, missing=None)
    shown = show(hidden, section=replace(SECTION, also={}))
    assert shown.show() == []
    assert list(shown.list_open()) == [("Did it rise?", "", "To protect small groups", "")]


def test_words_of_people_become_html_once() -> None:
    assert escape_sentence("<b>&") == "&lt;b&gt;&amp;"
    assert Table(["<a>", "n"], [["<i>", Cell("1", detail="<u>")]]).html().count("&lt;") == 3


def test_number_columns_are_right_aligned() -> None:
    html = Table(["who", "n", "what"], [["a", "1,204", "x"], ["b", "–", "y"]]).html()
    assert '<th scope="col" class="n">n</th>' in html
    assert 'data-label="what">x' in html


def test_unknown_section_error_lists_sections() -> None:
    shown = show()
    opened = Report("tried", SECTION, ()).open(shown.page.publication, shown.page.texts)
    with pytest.raises(KeyError, match="gained"):
        opened["moved"]


def test_person_rows_carry_that_persons_reply() -> None:
    section = Section("gained", rows={"claim": Rows("skill.level", of=PEOPLE)}, says=())
    row = make_row(measure="skill.level", unit="level", person="p01", cohort="1", value=3, verdict=None)
    shown = show(row, section=section)
    reply = {"person": "p01", "measure": "skill.level", "text": "I was ill", "given": "2025-01-01"}
    page = replace(shown.page, publication=replace(shown.page.publication, replies=(reply,)))
    assert "I was ill" in Shown(section, page).html_after(drawn=False)
    assert "I was ill" not in show(make_row(value=0.1)).html_after(drawn=False)


def test_ticks_cover_the_range_in_round_steps() -> None:
    ticks = list_ticks(read_texts("ja"), "share", 12.0, 71.0, signed=False)
    assert ticks["ticktext"] == ["20%", "40%", "60%"]
