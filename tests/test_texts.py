"""Both languages say the same things, nothing forbidden, and have a sentence for every code in use."""

from __future__ import annotations

import ast
import re
from datetime import date
from pathlib import Path

import pytest

import rotation_analysis
from rotation_analysis.cohorts.cohort import STATUSES
from rotation_analysis.cohorts.phases import PERSON_PHASES, TEAM_PHASES
from rotation_analysis.errors import UsageError
from rotation_analysis.programme.tables import KINDS, STEPS
from rotation_analysis.reports import REPORTS, find_report
from rotation_analysis.statistics.verdicts import VERDICTS
from rotation_analysis.texts import (
    Texts,
    flatten,
    list_languages,
    list_placeholders,
    read_texts,
    read_words,
)
from tests.publications import read_sample

JA, EN = read_texts("ja"), read_texts("en")
BOTH = pytest.mark.parametrize("texts", [JA, EN], ids=["ja", "en"])
PACKAGE = Path(rotation_analysis.__file__).parent
MEASURING = [
    path
    for room in ("cohorts", "statistics", "measures", "disclosure")
    for path in sorted((PACKAGE / room).rglob("*.py"))
]
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


# --- the files ------------------------------------------------------------------------------------------


def list_written(language: str) -> dict[str, str]:
    """What the files of a language hold by file and id, nothing of the language that fills its gaps."""
    return {
        f"{file}/{key}" if file else key: said
        for file, words in read_words(language).items()
        for key, said in flatten(words)
    }


def name_rows(sentence: str) -> set[str]:
    """The placeholders of a sentence; whether a number has its unit is a matter of the language."""
    return {name.replace(".bare", ".value") for name in list_placeholders(sentence)}


WRITTEN = {name: list_written(name) for name in list_languages()}
WRITTEN_EN = WRITTEN["en"]
EVERY = pytest.mark.parametrize("language", WRITTEN)
OWN = pytest.mark.parametrize("language", ["ja", "en"])


def test_japanese_and_english_are_there_and_hold_every_report() -> None:
    assert {"en", "ja"} <= set(list_languages())
    for texts in (JA, EN):
        assert {*REPORTS} <= set(texts.reports)


@EVERY
def test_no_language_has_other_ids_than_english_and_japanese_has_all(language: str) -> None:
    assert WRITTEN[language].keys() <= WRITTEN_EN.keys()
    assert WRITTEN["ja"].keys() == WRITTEN_EN.keys()
    assert read_texts(language).sentences.keys() == EN.sentences.keys()


@EVERY
def test_every_language_has_the_same_placeholders(language: str) -> None:
    differing = {
        key: (said, WRITTEN_EN[key])
        for key, said in WRITTEN[language].items()
        if key in WRITTEN_EN and name_rows(said) != name_rows(WRITTEN_EN[key])
    }
    assert not differing


@EVERY
def test_the_form_of_a_sentence_is_chosen_alike_in_every_language(language: str) -> None:
    chosen = {key: said for key, said in WRITTEN[language].items() if key.endswith(".by") and ".say." in key}
    assert chosen == {key: WRITTEN_EN[key] for key in chosen}


@EVERY
def test_no_sentence_is_empty_or_left_in_the_other_language(language: str) -> None:
    said = WRITTEN[language]
    assert not [key for key, text in said.items() if not text.strip() and WRITTEN_EN[key].strip()]
    assert not [key for key, text in said.items() if not text.strip() and "/" not in key]
    if language == "en":
        assert not [key for key, text in said.items() if re.search(r"[ぁ-んァ-ヶ一-龠]", text)]


@OWN
def test_no_forbidden_word_is_said(language: str) -> None:
    words = re.compile(FORBIDDEN[language], re.I)
    assert not {key: said for key, said in WRITTEN[language].items() if words.search(said)}


def test_japanese_reports_are_in_plain_style_but_the_graduate_s_own_pack_and_the_letter() -> None:
    polite = re.compile(r"です|ます(?![かた目])|ません|ました|でしょう|ください")
    # what a graduate alone reads, a letter, and whoever is asked
    pack = re.compile(r"pack|policy|form\.|consent(?:\.|$)|(graduate_pack|home_manager_letter)/|.*_graduate$")
    said = {key: said for key, said in WRITTEN["ja"].items() if not pack.match(key)}
    assert not {key: sentence for key, sentence in said.items() if polite.search(sentence)}


# --- what is said ---------------------------------------------------------------------------------------


def test_a_sentence_is_filled_with_its_values() -> None:
    assert EN.say("form.schedule.lead", day="2025-03-31").startswith("What is to be sent from 2025-03-31")


def test_an_unknown_id_or_a_missing_value_is_a_bug_not_a_gap() -> None:
    with pytest.raises(KeyError):
        EN.say("form.no_such_sentence")
    with pytest.raises(KeyError):
        EN.say("form.schedule.lead")


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


def literals(module: Path) -> list[str]:
    """Every text that stands in a module's code."""
    tree = ast.parse(module.read_text(encoding="utf-8"))
    return [n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)]


@BOTH
def test_every_code_that_measures_can_give_has_a_sentence(texts: Texts) -> None:
    code = re.compile(r"([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*[A-Z0-9])(?::.*)?")
    found = {m[1] for module in MEASURING for text in literals(module) if (m := code.fullmatch(text))}
    found |= {f"WAVE_{status.upper()}" for status in STATUSES}
    found -= {"JP", "POST", "N", "UTC"}
    assert {"NO_CONTROL", "N_SMALL", "OTHER_SCALE", "NO_SURVEY", "EXPLORATORY"} <= found
    said = ("reason", "note", "own_records.left_out")
    assert not [c for c in sorted(found) if not any(texts.has(f"{where}.{c}") for where in said)]


@BOTH
def test_every_code_on_the_sample_has_a_sentence_of_its_kind(texts: Texts) -> None:
    missing = set()
    for row in read_sample().rows:
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
    for row in read_sample().rows:
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
    for module in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and ast.unparse(node.func).endswith("texts.say")
            ):
                first = node.args[0]
                asked |= {first.value} if isinstance(first, ast.Constant) else set()
    assert len(asked) > 60
    assert not {key for key in asked if not texts.has(key)}


OF_ROWS = ("measure", "kind", "phase", "step", "wave", "mend", "reason", "gap", "pack_gap")
"""Asked for by `Page.find_word`, or as `f"{column}.{cell}"`."""


def test_every_sentence_is_asked_for() -> None:
    """By its id, or by a prefix that the code fills; a sentence that no page can say is nobody's."""
    paths = [*PACKAGE.rglob("*.py"), *PACKAGE.rglob("*.html")]
    code = "\n".join(path.read_text(encoding="utf-8") for path in paths)
    ids = set(re.findall(r"""["']([A-Za-z_][\w.-]*)["']""", code))
    prefixes = {*re.findall(r"""f["']([a-z_][\w.]*\.)\{""", code), *(f"{name}." for name in OF_ROWS)}
    assert not [key for key in EN.sentences if key not in ids and not key.startswith(tuple(prefixes))]


@pytest.mark.parametrize("name", REPORTS)
def test_every_word_of_a_report_is_asked_for(name: str) -> None:
    """Its short names are of measures that it shows, its sentences those of its sections or of the code."""
    report, code = (
        find_report(name),
        {each for path in (PACKAGE / "reports").glob("*.py") for each in literals(path)},
    )
    sections = {section.name: section for section in (report.top, *report.sections)}
    shown = {
        measure
        for section in sections.values()
        for rows in (*section.rows.values(), *section.also.values())
        for measure in rows.measures
    }
    words = EN.reports[name]
    assert set(words.get("rows", ())) <= shown
    for section, declared in sections.items():
        assert set(words.get(section, {}).get("say", ())) <= {*declared.says, "picture", "caption"} | code
