"""The index page: what needs attention first, then the programme and its cohorts, then what others get."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rotation_analysis.index import render_index
from rotation_analysis.publications import Edition
from tests.publications import make_facts, make_publication, make_row, make_stay

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
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", english(page))))


def counts_of(page: str) -> dict[str, dict[str, str]]:
    """The table of the owner's reports: of each row what stands in each column of numbers."""
    table = english(page).split('<table class="overview">')[1].split("</table>")[0]
    head, body = table.split("<tbody>")
    heads = re.findall(r'<th class="number">(.*?)</th>', head)
    rows = re.findall(r"<tr><th>([^<\n]+?)\s*<.*?</th>\n(.*?)</tr>", body, flags=re.DOTALL)
    return {
        name: dict(zip(heads, re.findall(r'<td class="number">(.*?)</td>', cells), strict=True))
        for name, cells in rows
    }


def test_verdicts_of_single_skills_and_kinds_are_not_counted(tmp_path: Path) -> None:
    growth = "skill.growth.now_minus_start"
    rows = [
        make_row(growth, 0.8, person="p1", verdict="not_enough_data"),
        *(make_row(growth, 1.0, person="p1", skill=s, verdict="not_enough_data") for s in ("os", "db")),
        make_row("skill.theme.mentor", 1.0, person="p1", kind="landscape", verdict="leaning"),
        make_row(growth, 0.7, cohort=None, verdict="supported"),
        make_row(growth, 0.7, cohort=None, skill="os", verdict="hidden"),
    ]
    page = render_index(tmp_path, {COHORT: make_publication(*rows)}, [REPORT])
    assert counts_of(page) == {
        "Whole programme": {"Answers overdue": "–", "Supported": "1", "Not enough data": "0"},
        "Cohort 1": {"Answers overdue": "0", "Supported": "0", "Not enough data": "1"},
    }


def test_the_programmes_report_stands_before_those_of_cohorts(tmp_path: Path) -> None:
    of_cohort = make_publication(make_row("impact.away", 0.1, cohort=None, verdict="leaning"))
    whole = replace(
        make_publication(make_row("impact.away", 0.1, cohort=None, verdict="supported")), cohort=None
    )
    page = render_index(tmp_path, {COHORT: of_cohort, WHOLE_EDITION: whole}, [REPORT, WHOLE])
    assert links_of(page) == [WHOLE["path"], REPORT["path"]]
    assert counts_of(page)["Whole programme"]["Supported"] == "1"  # in the programme's own publication
    assert "Points that way" not in page


def test_a_report_kept_from_an_earlier_build_is_linked_with_its_own_publication(tmp_path: Path) -> None:
    whole = replace(
        make_publication(make_row("impact.away", 0.1, cohort=None, verdict="supported")), cohort=None
    )
    (tmp_path / "owner").mkdir()
    (tmp_path / "owner" / "results.json").write_text(whole.to_json(), encoding="utf-8")
    page = render_index(tmp_path, {COHORT: make_publication()}, [WHOLE, REPORT])
    assert links_of(page) == [WHOLE["path"], REPORT["path"]]
    assert counts_of(page)["Whole programme"]["Supported"] == "1"


def test_without_the_programmes_report_its_verdicts_are_those_of_a_cohorts_publication(
    tmp_path: Path,
) -> None:
    of_cohort = make_publication(make_row("impact.away", 0.1, cohort=None, verdict="supported"))
    page = render_index(tmp_path, {COHORT: of_cohort}, [REPORT])
    assert links_of(page) == [REPORT["path"]]
    assert list(counts_of(page)) == ["Whole programme", "Cohort 1"]
    assert counts_of(page)["Whole programme"]["Supported"] == "1"


# --- what needs attention -----------------------------------------------------------------------------------


def coverage(kind: str, wave: str, n: int, *, status: str = "MISSING", cohort: str = "1") -> Any:
    return make_row(
        "coverage.skill_survey", n, kind=kind, wave=wave, cohort=cohort, n=n, notes=(f"STATUS_{status}",)
    )


def test_where_all_is_there_the_page_says_so(tmp_path: Path) -> None:
    page = render_index(tmp_path, {COHORT: make_publication()}, [REPORT])
    assert "No report is missing, every record could be read" in told(page)
    assert '<ul class="attention">' not in page


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
    assert "Work and load — cohort 1: could not be built. workload.ipynb: KeyError: 'a<b' " in said
    assert "more" not in said
    assert "Skill growth — cohort 1: the part “Who grew?” could not be built. ValueError: 3" in said
    assert "Material for a retrospective (p03): could not be built. the kernel died" in said
    assert "only in Japanese" not in said
    assert '<span class="gap">Work and load: not built</span>' in page
    assert links_of(english(page)) == [REPORT["path"]]
    assert "No report is missing" not in page


@pytest.mark.parametrize("end", [None, "2024-06-28"], ids=["running", "ended"])
def test_answers_overdue_are_counted_and_of_a_running_cohort_named(tmp_path: Path, end: str | None) -> None:
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
    assert counts_of(page)["Cohort 1"]["Answers overdue"] == "3"
    named = "Cohort 1 (running), answers that are due and not there: Mentor, Middle: 2"
    assert (named in told(page)) == (end is None)


def test_records_refused_cells_and_names_of_nobody_are_counted(tmp_path: Path) -> None:
    account = {
        "refused": 3,
        "cells": 1,
        "reasons": {"warning": {"unknown_person": 7, "bot": 9}, "set_aside": {"ambiguous_person": 2}},
    }
    publication = replace(make_publication(), facts=make_facts(account=account))
    said = told(render_index(tmp_path, {COHORT: publication}, [REPORT]))
    assert "Records that could not be read: 3." in said
    assert "Cells that could not be read: 1." in said
    assert "Names that fit nobody or several people: 9." in said
