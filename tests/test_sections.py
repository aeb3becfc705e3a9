"""Each part of a report from literal publications: as shown, in its three states, in both languages."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from html import unescape
from typing import Any

import pytest

from rotation_analysis import (
    impact_parts,
    impact_sections,
    incident_sections,
    request_sections,
    skill_sections,
)
from rotation_analysis.measures import Measure
from rotation_analysis.parts import Part, Report
from tests.publications import HOSTILE, html_of, make_report, make_row, make_stay

LANGUAGES = pytest.mark.parametrize("language", ["ja", "en"])
DO_IT, SELF, GROWTH = "requests.do_it_for_me_share", "impact.self_resolution", "skill.growth.now_minus_start"
TWO = [make_stay(), make_stay("p2", "見本 二", "kaede")]
# a publication whose names are the same in both languages: what else is read on a page is the texts' own
NEUTRAL: dict[str, Any] = {
    "stays": [make_stay(name="N-1", team_name={"ja": "T-1", "en": "T-1"})],
    "teams": {"aoi": {"ja": "T-1", "en": "T-1"}},
    "skills": [{"id": "os", "ja": "S-1", "en": "S-1"}],
}
SAME_IN_BOTH = r"N-1|T-1|S-1|SRE|programme\.toml|sources|Wilson|\bn\b|\bt(?=区間)|p(?=値)"
ENGLISH, JAPANESE = re.compile(r"[A-Za-z]+"), re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uff00-\uff9f]+")


def level(value: float | None = 3.0, kind: str = "self", wave: str = "end", **other: Any) -> Measure:
    return make_row(
        "skill.level", value, **{"skill": "os", "kind": kind, "wave": wave, "person": "p1", **other}
    )


def growth(measure: str = GROWTH, value: float | None = 0.7, **other: Any) -> Measure:
    return make_row(measure, value, **{"cohort": None, "n": 9, "missing": 2, **other})


def rate(value: float | None = 2.5, **other: Any) -> Measure:
    fields = {"kind": "all", "phase": "stay", "unit": "per_team_week", "n": 1234, "missing": 56, **other}
    return make_row("requests.per_team_week", value, **fields)


def share(measure: str, value: float | None = 0.5, **other: Any) -> Measure:
    fields = {"phase": "baseline", "team": "aoi", "unit": "share", "n": 1234, "missing": 56, **other}
    return make_row(measure, value, **{"low": 0.4, "high": 0.6, **fields})


def took_part(value: float | None = 4.0, **other: Any) -> Measure:
    fields = {"kind": "helper", "phase": "month_1", "person": "p1", "unit": "incidents", **other}
    return make_row("incident.participation", value, **fields)


def chances(value: float | None = 6.0, **other: Any) -> Measure:
    fields = {"phase": "month_1", "person": "p1", "unit": "incidents", **other}
    return make_row("incident.chances", value, **fields)


def difference(value: float | None = 0.12, name: str = "first_graduate", **other: Any) -> Measure:
    fields = {"unit": "share_points", "counts": "teams", "cohort": None, "n": 1234, "missing": 56, **other}
    return make_row(f"{SELF}.{name}", value, **fields)


def phase_shares(report: Report) -> Part:
    return impact_sections.shares(report).parts[0]


Section = Callable[[Report], Part]
# prefix of its texts → the section, rows that fill it, what its note tells of n and of what is missing
SHOWN: dict[str, tuple[Section, tuple[Measure, ...], str, str]] = {
    "bracket": (
        skill_sections.skill_bracket,
        (level(), level(2.0, wave="start"), growth(low=0.1, high=1.2, verdict="leaning")),
        "1",
        "0",
    ),
    "mix": (request_sections.request_mix, (rate(), rate(2.0, kind="work")), "1,234", "56"),
    "do_it_for_me": (request_sections.do_it_for_me, (share(DO_IT),), "1,234", "56"),
    "phases": (phase_shares, (share(SELF),), "1,234", "56"),
    "incidents": (
        incident_sections.incident_path,
        (chances(), took_part(), took_part(1.0, kind="step_unknown")),
        "5",
        "1",
    ),
    "difference": (
        impact_parts.difference,
        (difference(low=0.0, high=0.2, verdict="leaning"),),
        "1,234",
        "56",
    ),
}
EACH = pytest.mark.parametrize("prefix", SHOWN)


def hidden(row: Measure, reason: str) -> Measure:
    """The row as the gate hides it."""
    return without_value(replace(row, n=None, missing=None), "hidden", reason)


def without_value(row: Measure, verdict: str, reason: str) -> Measure:
    return replace(row, value=None, low=None, high=None, verdict=verdict, notes=(reason,))


def standing_alone(reason: str) -> str:
    """A reason outside a sentence begins with a capital."""
    return reason[:1].upper() + reason[1:]


def words_of(part: Part) -> str:
    """Everything a part says, without its tags."""
    html = re.sub(r"<style>.*?</style>", "", html_of(part), flags=re.S)
    return unescape(re.sub(r"<[^>]*>", " ", html)) + part.alt


def left_in_the_other_language(part: Part, language: str) -> list[str]:
    """Words of a part that are not of its language."""
    said = re.sub(SAME_IN_BOTH, "", words_of(part))
    return (ENGLISH if language == "ja" else JAPANESE).findall(said)


def heads_of(table: str) -> list[str]:
    return [unescape(cell) for cell in re.findall(r"<tr><th>(.*?)</th>", table)]


def cells_of(part: Part) -> list[str]:
    return [unescape(cell) for cell in re.findall(r'<td class="number">(.*?)</td>', part.numbers)]


# --- every part that has a picture -------------------------------------------------------------------------


@LANGUAGES
@EACH
def test_a_part_shows_question_sentence_picture_alternative_n_and_missing(prefix: str, language: str) -> None:
    section, rows, n, missing = SHOWN[prefix]
    report = make_report(*rows, language=language, **NEUTRAL)
    part = section(report)
    html = html_of(part)
    assert f"<h2>{part.question}</h2>" in html.replace("&quot;", '"')
    assert part.question == report.say(f"{prefix}.question")
    assert part.sentences
    assert all(sentence.strip() for sentence in part.sentences)
    assert (part.figure is not None, part.state) == (True, None)
    assert part.alt.startswith(report.say(f"{prefix}.alt", list=""))
    assert len(part.alt) > len(report.say(f"{prefix}.alt", list="")) + 5
    first_n, *_ = re.findall(r"n = (\d+(?:,\d+)*)", part.note)
    first_after_n, *_ = re.findall(r"\d+(?:,\d+)*", part.note.split(f"n = {n}")[1])
    assert (first_n, first_after_n) == (n, missing)
    assert set(re.findall(r"\(n = ([\d,]+)\)", part.alt)) <= set(cells_of(part))
    assert cells_of(part)
    assert left_in_the_other_language(part, language) == []


REASONS = {
    "bracket": ("WAVE_MISSING", "NO_CONSENT"),
    "do_it_for_me": ("KIND_NOT_LABELLED", "FEW_PEOPLE:5"),
    "phases": ("TEAM_NOT_LABELLED", "FEW_PEOPLE:5"),
    "incidents": ("NO_INCIDENT_RECORDS", "NO_CONSENT"),
    "difference": ("NO_CONTROL", "FEW_PEOPLE:5"),
}


@LANGUAGES
@pytest.mark.parametrize("state", ["not_measurable", "hidden"])
@pytest.mark.parametrize("prefix", REASONS)
def test_a_part_that_has_nothing_to_show_says_what_why_and_what_would_mend_it(
    prefix: str, state: str, language: str
) -> None:
    section, rows, *_ = SHOWN[prefix]
    reason = REASONS[prefix][state == "hidden"]
    gone = [hidden(row, reason) if state == "hidden" else without_value(row, state, reason) for row in rows]
    report = make_report(*gone, language=language, **NEUTRAL)
    part = section(report)
    code, *arguments = reason.split(":")
    assert part.state is not None
    title, why, mend = part.state
    assert title == report.say(f"state.{state}")
    assert why == standing_alone(report.texts.sentences[f"reason.{code}"].format(*arguments))
    assert report.say(f"mend.{code}") in mend
    assert (part.figure, part.numbers) == (None, "")
    html = html_of(part)
    assert html.index("<h2>") < html.index(f"<p>{title}</p>")
    assert part.question == report.say(f"{prefix}.question")
    assert "None" not in words_of(part)
    assert left_in_the_other_language(part, language) == []


@LANGUAGES
@pytest.mark.parametrize("rows", [(), (rate(0.0, n=0, missing=0),)], ids=["no rows", "none in the period"])
def test_no_requests_are_a_state_and_no_empty_picture(rows: tuple[Measure, ...], language: str) -> None:
    report = make_report(*rows, language=language, **NEUTRAL)
    part = request_sections.request_mix(report)
    assert part.state is not None
    assert part.state[:2] == (
        report.say("state.not_measurable"),
        standing_alone(report.say("reason.NO_REQUESTS")),
    )
    assert (part.sentences, part.figure, part.numbers) == ((), None, "")
    assert "n = 0" in part.note
    assert left_in_the_other_language(part, language) == []


@LANGUAGES
@pytest.mark.parametrize(
    ("prefix", "row"),
    [("growth", growth(n=3)), ("difference", difference(n=2))],
)
def test_not_enough_data_is_said_beside_the_value_that_was_obtained(
    prefix: str, row: Measure, language: str
) -> None:
    section, rows, *_ = SHOWN.get(prefix, (skill_sections.growth_table, ()))
    few = replace(row, verdict="not_enough_data", notes=("N_SMALL",))
    report = make_report(*rows[:-1], few, language=language, **NEUTRAL)
    part = section(report)
    what = report.say(f"measure.{row.measure}")
    value = "+0.7" if prefix == "growth" else "+12"
    (said,) = [sentence for sentence in part.sentences if value in sentence]
    claimed = report.say(
        "verdict.sentence.not_enough_data",
        what=what,
        value=report.say(f"unit.{row.unit}", value=value),
        n=row.n,
        reason="",
        low="",
        high="",
    )
    assert said in (claimed, report.say("summary.programme", claim=claimed))
    assert left_in_the_other_language(part, language) == []


@pytest.mark.parametrize("prefix", [*SHOWN, "growth"])
def test_names_that_people_typed_are_text_in_every_part(prefix: str) -> None:
    label = {"ja": HOSTILE, "en": HOSTILE}
    facts = {
        "stays": [make_stay(name=HOSTILE, team_name=label)],
        "teams": {"aoi": label},
        "skills": [{"id": "os", **label}],
    }
    section, rows = (skill_sections.growth_table, ()) if prefix == "growth" else SHOWN[prefix][:2]
    html = html_of(section(make_report(*rows, **facts)))
    assert "<script" not in html
    if prefix not in ("mix", "difference"):
        assert "&lt;script&gt;" in html


# --- one by one -------------------------------------------------------------------------------------------


def test_numbers_of_a_bracket_are_the_views_of_the_picture() -> None:
    rows = [
        level(2.0, wave="start"),
        level(1.0, "then"),
        level(3.0, wave="middle"),
        level(4.0),
        level(5.0, "mentor"),
        level(2.0, wave="middle", skill="db"),
    ]
    part = skill_sections.skill_bracket(make_report(*rows))
    assert heads_of(part.numbers) == ["", "見本 一 · Systems", "見本 一 · Databases"]
    assert cells_of(part) == ["2", "1", "4", "5", "–", "–", "2", "–"]
    assert "Systems at the start 2, now 4, mentor 5" in part.alt
    assert "Databases at the start –, now 2, mentor –" in part.alt


def test_a_bracket_counts_who_is_shown_who_is_hidden_and_which_points_are_missing() -> None:
    rows = [
        level(),
        growth(value=1.0, cohort="1", person="p1", skill="os"),
        without_value(growth(cohort="1", person="p1", skill="db"), "not_measurable", "NO_CHANCE"),
        hidden(growth(cohort="1", person="p2"), "NO_CONSENT"),
        hidden(level(person="p2"), "NO_CONSENT"),
    ]
    part = skill_sections.skill_bracket(make_report(*rows, stays=TWO))
    assert re.findall(r"\d+", part.note) == ["1", "1", "1"]
    assert "見本 二" not in html_of(part) + part.alt


def test_the_growth_table_has_a_row_a_member_and_reasons_instead_of_numbers() -> None:
    mentor, then = "skill.growth.mentor", "skill.growth.now_minus_then"
    rows = [
        growth(value=1.0, cohort="1", person="p1", missing=1),
        without_value(growth(then, cohort="1", person="p1"), "not_measurable", "WAVE_NOT_YET_DUE"),
        hidden(growth(cohort="1", person="p2"), "NO_CONSENT"),
        growth(low=0.5, high=0.9, verdict="supported"),
        growth(then, 1.3),
        hidden(growth(mentor), "FEW_PEOPLE:5"),
    ]
    table = skill_sections.growth_table(make_report(*rows, stays=TWO)).table.replace("\u00a0", " ")
    body = [re.findall(r"<td.*?>(.*?)</td>", row) for row in re.findall(r"<tr>.*?</tr>", table, re.S)]
    not_asked = "the question was not asked"
    assert body == [
        ["見本 一", "+1.0 (skills: n = 1)", "the answer is not due yet", not_asked],
        ["見本 二", "the person has not given consent", not_asked, not_asked],
        ["Programme", "+0.7 (+0.5 to +0.9, n = 9, missing 2)", "+1.3 (n = 9, missing 2)", body[2][3]],
    ]
    assert "fewer than 5" in body[2][3]


@LANGUAGES
def test_the_growth_table_is_in_one_language_with_a_sentence_and_a_note(language: str) -> None:
    rows = [growth(low=0.5, high=0.9, verdict="supported")]
    rows += [hidden(growth(cohort="1", person="p1"), "NO_CONSENT")]
    part = skill_sections.growth_table(make_report(*rows, language=language, **NEUTRAL))
    assert (bool(part.question), len(part.sentences), "n" in part.note) == (True, 1, True)
    assert left_in_the_other_language(part, language) == []


def test_numbers_of_shares_stand_in_the_order_of_the_picture_with_intervals() -> None:
    never = f"{SELF}.never_senders"
    rows = [
        share(never, 0.3, low=0.2, high=0.35, n=99, missing=0),
        share(SELF),
        share(SELF, None, phase="dip", n=0, missing=0),
    ]
    part = phase_shares(make_report(*rows))
    assert heads_of(part.numbers) == ["", "Aoi: Baseline before sending", "└ never-senders, same weeks"]
    assert cells_of(part) == ["50%", "40% – 60%", "1,234", "56", "30%", "20% – 35%", "99", "0"]
    assert "n = 1,234 " in part.note
