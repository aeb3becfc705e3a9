"""The index page: verdicts are counted over whole rows, not over those of single skills or kinds."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from rotation_analysis.index import render_index
from tests.publications import make_publication, make_row

REPORT: dict[str, Any] = {
    "path": "owner/cohort-1/skill-growth.en.html",
    "parameters": {"cohort": "1", "language": "en"},
    "notebook": "skill_growth",
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
    page = render_index(tmp_path, {"1": make_publication(*rows)}, [REPORT])
    told = re.sub(r"<[^>]+>|\s+", " ", page)
    assert "Not enough data 1 " in re.sub(r"\s+", " ", told)
    assert "Supported 1 " in re.sub(r"\s+", " ", told)
    assert "Not shown" not in told
    assert "Points that way" not in told
