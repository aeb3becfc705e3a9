"""The index page: what is due first, then a line a cohort with its findings, then what others get."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rotation_analysis.build.assembly import render_index
from rotation_analysis.disclosure.publications import Edition
from rotation_analysis.reports import find_report
from rotation_analysis.texts import read_texts
from tests.publications import make_facts, make_publication, make_row, make_stay
from tests.reports.editions import publish_sample

REPORT: dict[str, Any] = {
    "path": "owner/cohort-1/skill-growth.en.html",
    "parameters": {"cohort": "1", "language": "en"},
    "notebook": "skill_growth",
}
WHOLE: dict[str, Any] = {
    "path": "owner/programme.en.html",
    "parameters": {"language": "en"},
    "notebook": "programme",
}
COHORT, WHOLE_EDITION = Edition(audience="owner", cohort="1"), Edition(audience="owner")


def links_of(page: str) -> list[str]:
    return re.findall(r'href="(owner/(?!policy)[^"]*html)"', page)


def english(page: str) -> str:
    """The English half."""
    return page[page.index('lang="en"') :]


def told(page: str) -> str:
    """Its words in one line, without markup."""
    shown = re.sub(r"<script>.*?</script>", "", english(page), flags=re.DOTALL)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", shown)))


def findings_of(page: str) -> dict[str, str]:
    """The table of cohorts: what stands beside each name."""
    table = english(page).split("<tbody>")[1].split("</tbody>")[0]
    rows = re.findall(r'<tr><th scope="row">(.*?)<span.*?</th>\n(.*?)</tr>', table, flags=re.DOTALL)
    return {name: re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", cells)).strip() for name, cells in rows}


def test_the_programmes_report_stands_before_those_of_cohorts(tmp_path: Path) -> None:
    whole = replace(make_publication(), cohort=None)
    page = render_index(tmp_path, {COHORT: make_publication(), WHOLE_EDITION: whole}, [REPORT, WHOLE])
    assert links_of(page) == [WHOLE["path"], REPORT["path"]]


def test_a_cohorts_line_has_the_finding_of_its_report(tmp_path: Path) -> None:
    found = {}
    for cohort in ("5", "6"):
        publication = publish_sample("skill_growth", cohort=cohort)
        report = {**REPORT, "parameters": {"cohort": cohort, "language": "en"}}
        page = render_index(tmp_path, {Edition(audience="owner", cohort=cohort): publication}, [report])
        found |= findings_of(page)
        headline = find_report("skill_growth").open(publication, read_texts("en")).headline
        assert html.unescape(found[f"Cohort {cohort}"]) == headline
        assert headline
    assert found["Cohort 5"] != found["Cohort 6"]


def test_a_report_kept_from_an_earlier_build_is_linked_with_its_own_publication(tmp_path: Path) -> None:
    kept = make_publication()
    (tmp_path / "owner" / "cohort-1").mkdir(parents=True)
    (tmp_path / "owner" / "cohort-1" / "results.json").write_text(kept.to_json(), encoding="utf-8")
    page = render_index(tmp_path, {}, [REPORT])
    assert links_of(page) == [REPORT["path"]]
    assert findings_of(page) == findings_of(render_index(tmp_path, {COHORT: kept}, [REPORT]))


def test_both_languages_are_on_the_page_and_one_is_shown(tmp_path: Path) -> None:
    japanese = {
        **REPORT,
        "path": "owner/cohort-1/skill-growth.ja.html",
        "parameters": {"cohort": "1", "language": "ja"},
    }
    page = render_index(tmp_path, {COHORT: make_publication()}, [REPORT, japanese])
    assert re.findall(r'<div lang="(\w+)"( hidden)?>', page) == [("ja", ""), ("en", " hidden")]
    assert re.findall(r'data-language="(\w+)" hidden', page) == ["en", "ja"]


# --- what is due -------------------------------------------------------------------------------------------


def coverage(kind: str, wave: str, n: int, *, status: str = "MISSING", cohort: str = "1") -> Any:
    return make_row(
        "coverage.survey", n, kind=kind, wave=wave, cohort=cohort, n=n, notes=(f"STATUS_{status}",)
    )


def test_where_all_is_there_the_page_says_so(tmp_path: Path) -> None:
    page = render_index(tmp_path, {COHORT: make_publication()}, [REPORT])
    assert read_texts("en").say("index.nothing") in told(page)


def test_a_report_that_could_not_be_built_is_named_with_its_reason_and_marked_in_its_row(
    tmp_path: Path,
) -> None:
    gaps = [
        {"report": "owner/cohort-1/workload.en.html", "reason": "workload.ipynb: KeyError: 'a<b'\nmore"},
        {"report": "owner/cohort-1/skill-growth.en.html", "section": "Who grew?", "reason": "ValueError: 3"},
        {"report": "graduates/p03/graduate-pack.en.html", "reason": "the kernel died"},
        {"report": "owner/cohort-1/team-impact.ja.html", "reason": "only in Japanese"},
    ]
    page = render_index(tmp_path, {COHORT: make_publication()}, [REPORT], missing=gaps)
    said = told(page)
    assert "Cohort 1: workload: could not be built. workload.ipynb: KeyError: 'a<b' " in said
    assert "more" not in said
    assert "Cohort 1: skill growth: the section “Who grew?” could not be built. ValueError: 3" in said
    assert "Material for your retrospective (p03): could not be built. the kernel died" in said
    assert "only in Japanese" not in said
    assert "Workload: not built" in findings_of(page)["Cohort 1"]
    assert links_of(english(page)) == [REPORT["path"]]
    assert read_texts("en").say("index.nothing") not in said


@pytest.mark.parametrize("end", [None, "2024-06-28"], ids=["running", "ended"])
def test_answers_overdue_of_a_running_cohort_are_named(tmp_path: Path, end: str | None) -> None:
    rows = [
        coverage("mentor", "middle", 2),
        coverage("self", "middle", 1),
        coverage("self", "start", 4, status="ANSWERED"),
        coverage("self", "end", 3, status="NOT_YET_DUE"),
        coverage("self", "middle", 7, cohort="2"),
    ]
    publication = replace(
        make_publication(*rows),
        facts=make_facts(stays=[make_stay("p03", "見本 ひかり", cohort="1", end=end)]),
    )
    page = render_index(tmp_path, {COHORT: publication}, [REPORT])
    named = "Answers overdue in cohort 1: Mentor, Middle: 2, Self, Middle: 1"
    assert (named in told(page)) == (end is None)


def test_records_refused_cells_and_names_of_nobody_are_counted(tmp_path: Path) -> None:
    account = {
        "refused": 3,
        "cells": 1,
        "reasons": {"warning": {"unknown_person": 7, "bot": 9}, "set_aside": {"ambiguous_person": 2}},
    }
    publication = replace(make_publication(), facts=make_facts(account=account))
    said = told(render_index(tmp_path, {COHORT: publication}, [REPORT]))
    assert "Rejected records: 3" in said
    assert "Unusable cells: 1" in said
    assert "Unmatched names: 9 " in said
