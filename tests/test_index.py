"""The index page: the programme first; verdicts are counted over whole rows, not those of skills or kinds."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from rotation_analysis.index import render_index
from rotation_analysis.publications import Edition
from tests.publications import make_publication, make_row

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
    told = re.sub(r"<[^>]+>|\s+", " ", page)
    assert "Not enough data 1 " in re.sub(r"\s+", " ", told)
    assert "Supported 1 " in re.sub(r"\s+", " ", told)
    assert "Not shown" not in told
    assert "Points that way" not in told


def test_the_programmes_report_stands_before_those_of_cohorts(tmp_path: Path) -> None:
    of_cohort = make_publication(make_row("impact.away", 0.1, cohort=None, verdict="leaning"))
    whole = replace(
        make_publication(make_row("impact.away", 0.1, cohort=None, verdict="supported")), cohort=None
    )
    page = render_index(tmp_path, {COHORT: of_cohort, WHOLE_EDITION: whole}, [REPORT, WHOLE])
    assert links_of(page) == [WHOLE["path"], REPORT["path"]]
    assert "Supported 1" in page  # counted in the programme's own publication
    assert "Points that way" not in page


def test_a_report_kept_from_an_earlier_build_is_linked_with_its_own_publication(tmp_path: Path) -> None:
    whole = replace(
        make_publication(make_row("impact.away", 0.1, cohort=None, verdict="supported")), cohort=None
    )
    (tmp_path / "owner").mkdir()
    (tmp_path / "owner" / "results.json").write_text(whole.to_json(), encoding="utf-8")
    page = render_index(tmp_path, {COHORT: make_publication()}, [WHOLE, REPORT])
    assert links_of(page) == [WHOLE["path"], REPORT["path"]]
    assert "Supported 1" in page


def test_without_the_programmes_report_its_verdicts_are_those_of_a_cohorts_publication(
    tmp_path: Path,
) -> None:
    told = make_publication(make_row("impact.away", 0.1, cohort=None, verdict="supported"))
    page = render_index(tmp_path, {COHORT: told}, [REPORT])
    assert links_of(page) == [REPORT["path"]]
    assert page.index("Whole programme") < page.index("Supported 1") < page.index("Cohort 1")
