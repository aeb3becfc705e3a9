"""Both languages say the same things, nothing forbidden, and have a sentence for every code in use."""

from __future__ import annotations

import ast
import re
from datetime import date
from pathlib import Path

import pytest

import rotation_analysis
from rotation_analysis.cohort import STATUSES
from rotation_analysis.errors import UsageError
from rotation_analysis.phases import PERSON_PHASES, TEAM_PHASES
from rotation_analysis.tables import KINDS, STEPS
from rotation_analysis.texts import Texts, list_languages, list_placeholders, read_texts
from rotation_analysis.verdicts import VERDICTS
from tests.publications import read_sample

JA, EN = read_texts("ja"), read_texts("en")
BOTH = pytest.mark.parametrize("texts", [JA, EN], ids=["ja", "en"])
EVERY = pytest.mark.parametrize(
    "texts", [read_texts(name) for name in list_languages()], ids=list_languages()
)
PACKAGE = Path(rotation_analysis.__file__).parent
MEASURING = (
    "skills", "growth", "chances", "chance_records", "afterwards", "lineage", "ratings", "workload", "cuts",
    "request_mix", "review_quality", "waiting", "impact", "team_dependence", "estimates", "pooling",
    "comparisons", "team_outcomes", "team_counts", "sensitivity",
    "survival", "segments", "association", "team_differences", "verdicts", "disclosure", "narrative",
    "skill_narrative", "parts", "incident_paths", "incident_records", "improvements",
    "monitoring_coverage", "time_shares", "strain", "interruptions", "one_to_ones", "rounds",
    "break_even", "hosting", "home_cover", "home_survey", "self_solving", "costs", "spread", "voices",
    "session_records", "threats", "timeline", "trends", "operating",
    "request_titles",
    "destinations",
)  # fmt: skip
FORBIDDEN = {
    "ja": r"証明|有意|成績|順位|優秀|劣|留学生|効果があった",
    "en": r"\b(significan\w*|prov(e|es|ed|en|ing)|proofs?|rank(s|ed|ing|ings)?|excellent|inferior)\b",
}
REASONS = {  # the closed lists of CONTRACT.md
    "set_aside": "duplicate_file duplicate_row superseded conflicting_answer not_in_roster outside_window "
    "ambiguous_person after_as_of test_answer bot other_team other_project migrated_copy",
    "refused": "field_count bad_encoding missing_key damaged_id conflicting_key",
    "cell": "bad_date ambiguous_date nonexistent_time ambiguous_time bad_number out_of_scale unmapped_label "
    "serialised_object unmapped_question",
    "warning": "late_answer renamed_question encoding_guessed zone_looks_wrong end_before_start "
    "possible_truncation mojibake names_in_text midpoint_of_range shared_account end_unknown",
}


# --- the two files --------------------------------------------------------------------------------------


def test_japanese_and_english_are_there() -> None:
    assert {"en", "ja"} <= set(list_languages())


@EVERY
def test_every_language_has_the_same_ids(texts: Texts) -> None:
    assert set(texts.sentences) == set(EN.sentences)


@EVERY
def test_every_language_has_the_same_placeholders(texts: Texts) -> None:
    differing = {
        key: (sentence, EN.sentences[key])
        for key, sentence in texts.sentences.items()
        if list_placeholders(sentence) != list_placeholders(EN.sentences[key])
    }
    assert not differing


@EVERY
def test_no_sentence_is_empty_or_left_in_the_other_language(texts: Texts) -> None:
    assert not [key for key, sentence in texts.sentences.items() if not sentence.strip()]
    if texts.language == "en":
        assert not [key for key, said in texts.sentences.items() if re.search(r"[ぁ-んァ-ヶ一-龠]", said)]


@BOTH
def test_no_forbidden_word_is_said(texts: Texts) -> None:
    words = re.compile(FORBIDDEN[texts.language], re.I)
    assert not {key: said for key, said in texts.sentences.items() if words.search(said)}


def test_japanese_reports_are_in_plain_style_but_the_graduate_s_own_pack() -> None:
    polite = re.compile(r"です|ます(?![かた目])|ません|ました|でしょう|ください")
    # what a graduate alone reads, and whoever is asked
    pack = re.compile(r"pack|policy|form\.|consent(?:\.|$)|.*_graduate$")
    said = {key: said for key, said in JA.sentences.items() if not pack.match(key)}
    assert not {key for key, sentence in said.items() if polite.search(sentence)}


# --- what is said ---------------------------------------------------------------------------------------


def test_a_sentence_is_filled_with_its_values() -> None:
    assert EN.say("report.data_until", day="2025-03-31").endswith("2025-03-31")


def test_an_unknown_id_or_a_missing_value_is_a_bug_not_a_gap() -> None:
    with pytest.raises(KeyError):
        EN.say("report.no_such_sentence")
    with pytest.raises(KeyError):
        EN.say("report.data_until")


def test_an_unknown_language_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(UsageError, match=r"'jaa' does not exist; known: en, ja; did you mean .ja.\?"):
        read_texts("jaa")


@pytest.mark.parametrize(
    ("value", "decimals", "signed", "expected"),
    [
        (0, 0, False, "0"),
        (1234567, 0, False, "1,234,567"),
        (2.345, 2, False, "2.34"),
        (2.355, 2, False, "2.36"),
        (-0.5, 1, False, "−0.5"),
        (0.5, 1, True, "+0.5"),
        (-0.5, 1, True, "−0.5"),
        (-0.04, 1, True, "±0.0"),
        (-0.04, 1, False, "0.0"),
    ],
)
def test_numbers_are_printed_alike_in_both_languages(
    value: float, decimals: int, signed: bool, expected: str
) -> None:
    assert [texts.number(value, decimals, signed=signed) for texts in (JA, EN)] == [expected] * 2


@BOTH
@pytest.mark.parametrize(("share", "expected"), [(0, "0%"), (0.004, "0%"), (0.506, "51%"), (1, "100%")])
def test_shares_are_whole_per_cents(texts: Texts, share: float, expected: str) -> None:
    assert texts.percent(share) == expected


@BOTH
def test_days_are_iso_days_from_text_and_from_dates(texts: Texts) -> None:
    assert texts.day("2024-10-31") == texts.day(date(2024, 10, 31)) == "2024-10-31"


def test_a_name_in_both_languages_is_said_in_the_own_one() -> None:
    assert [texts.label({"ja": "葵", "en": "Aoi"}) for texts in (JA, EN)] == ["葵", "Aoi"]


# --- every code in use ----------------------------------------------------------------------------------


def literals(module: str) -> list[str]:
    """Every text that stands in a module's code."""
    tree = ast.parse((PACKAGE / f"{module}.py").read_text(encoding="utf-8"))
    return [n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)]


@BOTH
def test_every_code_that_measures_can_give_has_a_sentence(texts: Texts) -> None:
    code = re.compile(r"([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*[A-Z0-9])(?::.*)?")
    found = {m[1] for module in MEASURING for text in literals(module) if (m := code.fullmatch(text))}
    found |= {f"WAVE_{status.upper()}" for status in STATUSES}
    found -= {"JP", "POST", "N", "UTC"}
    assert {"NO_CONTROL", "N_SMALL", "OTHER_SCALE", "NO_SURVEY", "EXPLORATORY"} <= found
    assert not [c for c in sorted(found) if not texts.has(f"reason.{c}") and not texts.has(f"note.{c}")]


@BOTH
def test_every_code_on_the_sample_has_a_sentence_of_its_kind(texts: Texts) -> None:
    missing = set()
    for row in read_sample().measures:
        wanted = "reason" if row.verdict == "not_measurable" else "note"
        for note in (*row.notes, *((row.declined,) if row.declined else ())):
            key = f"{wanted}.{note.split(':')[0]}"
            if note.startswith("STATUS_"):
                key = f"status.{note.removeprefix('STATUS_').lower()}"
            missing |= set() if texts.has(key) else {key}
    assert not missing


@BOTH
def test_every_word_of_a_row_on_the_sample_has_a_text(texts: Texts) -> None:
    wanted = set()
    for row in read_sample().measures:
        steps = row.measure.startswith("incident.")
        wanted |= {f"method.{row.method}"}
        wanted |= {f"{'step' if steps else 'kind'}.{row.kind}"} if row.kind and row.kind != "then" else set()
        wanted |= {f"phase.{row.phase}"} if row.phase else set()
        wanted |= {f"wave.{row.wave}"} if row.wave else set()
        wanted |= {f"measure.{row.measure}"} if row.claims else set()
    assert len(wanted) > 30
    assert not {key for key in wanted if not texts.has(key)}


@BOTH
def test_every_closed_list_has_a_text_for_each_word(texts: Texts) -> None:
    wanted = [f"verdict.{verdict}" for verdict in VERDICTS]
    wanted += [f"verdict.sentence.{verdict}" for verdict in VERDICTS]
    wanted += [f"phase.{phase}" for phase in (*PERSON_PHASES, *TEAM_PHASES)]
    wanted += [f"step.{step}" for step in (*STEPS, "step_unknown")]
    wanted += [f"kind.{kind}" for kind in (*KINDS, "all", "unknown", "permission_bound")]
    wanted += [f"status.{status}" for status in STATUSES]
    wanted += [f"records.reason.{reason}" for reasons in REASONS.values() for reason in reasons.split()]
    wanted += [f"records.{outcome}" for outcome in REASONS]
    assert not [key for key in wanted if not texts.has(key)]


@BOTH
def test_every_sentence_the_code_asks_for_exists(texts: Texts) -> None:
    asked: set[str] = set()
    for module in PACKAGE.glob("*.py"):
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr == "say"
            ):
                first = node.args[0]
                asked |= {first.value} if isinstance(first, ast.Constant) else set()
    assert len(asked) > 60
    assert not {key for key in asked if not texts.has(key)}
