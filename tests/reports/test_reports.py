"""Every report: its text for the sample, no rows and hidden rows; its words match its rows."""

from __future__ import annotations

from _string import formatter_field_name_split
from collections.abc import Iterator, Mapping
from functools import cache
from string import Formatter
from typing import Any

import plotly.graph_objects as go
import pytest

from rotation_analysis.reports import REPORTS, find_report
from rotation_analysis.reports.kit import FIGURE, Opened, Report, Section, Shown
from rotation_analysis.reports.rows import COLUMNS, Group, Row
from rotation_analysis.texts import read_texts
from tests.reports.editions import (
    LANGUAGES,
    check_golden,
    list_editions,
    open_sample,
    publish_sample,
)

STATES = ("sample", "empty", "hidden")
FINDINGS = (
    "supported",
    "leaning",
    "either_way",
    "no_large_change",
    "not_enough_data",
    "views_differ",
    "none",
)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("name", REPORTS)
def test_report_matches_its_golden_file(name: str, state: str, language: str) -> None:
    check_golden(name, state, language)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", REPORTS)
def test_every_form_names_rows_and_attributes_that_exist(name: str, language: str) -> None:
    wrong = []
    for section, key, template in _list_templates(find_report(name), language):
        known = {*section.rows, *section.also, *_list_facts(name)[section.name], "facts"}
        for _, place, _, _ in Formatter().parse(template):
            if not place:
                continue
            root, rest = formatter_field_name_split(place)
            attributes = [str(name) for is_attribute, name in rest if is_attribute]
            if root not in known or not _has_attribute(root, attributes, section):
                wrong.append(f"{section.name}.{key}: {{{place}}}")
    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", REPORTS)
def test_answers_have_a_form_for_each_finding(name: str, language: str) -> None:
    report = find_report(name)
    page = open_sample(name, language).page
    for section in (report.top, *report.sections):
        for key in section.says[:1]:
            forms = page.section_words(section.name)["say"][key]
            if (
                isinstance(forms, Mapping)
                and "." not in forms.get("by", key)
                and forms.get("by", key) in section.rows
            ):
                assert "none" in forms or "absent" in forms, (
                    f"{section.name}.{key} has no form without a value"
                )
                assert "value" in forms or set(FINDINGS) <= set(forms), f"{section.name}.{key}"


@pytest.mark.parametrize("name", REPORTS)
def test_pictures_are_valid_plotly_in_both_forms(name: str) -> None:
    drawn = 0
    for opened in _open_editions(name):
        for bundle, about in opened.show():
            if FIGURE in bundle:
                for form in (bundle[FIGURE], about["narrow"] or bundle[FIGURE]):
                    go.Figure(form)
                    drawn += 1
                assert about["alt"].strip()
    if any(section.picture for section in (find_report(name).top, *find_report(name).sections)):
        assert drawn


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", REPORTS)
def test_top_has_at_most_three_sentences(name: str, language: str) -> None:
    shown = open_sample(name, language).shown[find_report(name).top.name]
    assert 0 < len(shown.sentences) <= 3


def _list_templates(report: Report, language: str) -> Iterator[tuple[Section, str, str]]:
    page = open_sample(report.name, language).page
    for section in (report.top, *report.sections):
        own = page.section_words(section.name)
        for key in ("say", "question", "labels", "method"):
            for place, text in _flatten(own.get(key, "")).items():
                if not place.endswith("by"):
                    yield section, f"{key}.{place}", text


@cache
def _open_editions(name: str) -> list[Opened]:
    """The report of every cohort or person of the sample, in Japanese, opened once for the tests of it."""
    report, texts = find_report(name), read_texts("ja")
    return [report.open(publish_sample(name, **edition), texts) for edition in list_editions(name)]


@cache
def _list_facts(name: str) -> dict[str, set[str]]:
    """What each section's own facts give on any edition of the sample."""
    found: dict[str, set[str]] = {}
    for section in (find_report(name).top, *find_report(name).sections):
        names = found.setdefault(section.name, set())
        if section.facts is not None:
            for opened in _open_editions(name):
                names |= set(section.facts(opened.page, Shown(section, opened.page).groups))
    return found


def _has_attribute(root: str, attributes: list[str], section: Section) -> bool:
    if root not in {*section.rows, *section.also} or not attributes:
        return True
    known = {*dir(Row), *dir(Group), *COLUMNS}
    return all(each in known for each in attributes)


def _flatten(words: Any, prefix: str = "") -> dict[str, str]:
    if isinstance(words, Mapping):
        return {k: v for key, value in words.items() for k, v in _flatten(value, f"{prefix}.{key}").items()}
    return {prefix: str(words)}
