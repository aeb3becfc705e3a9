"""Publications to test the view with: the sample programme's, read once a session, and small literal ones."""

from __future__ import annotations

from functools import cache
from typing import Any

from rotation_analysis.build.planning import REPORTS, About
from rotation_analysis.disclosure.gate import Edition, Publication
from rotation_analysis.measure_row import MEASURE_COLUMNS, Measure, measure_frame
from rotation_analysis.programme.model import Audience
from rotation_analysis.programme.plan import Triggers
from rotation_analysis.reports import find_report
from rotation_analysis.texts import read_texts
from tests.samples import SAMPLE as SAMPLE
from tests.samples import read_sample

Outputs = list[tuple[dict[str, Any], dict[str, Any]]]
"""(data by type, metadata) of each output of a cell."""

COHORTS = ("1", "2", "3", "4", "5", "6")
LANGUAGES = ("ja", "en")
NOTEBOOKS = ("skill_growth", "workload", "team_impact")
PROGRAMME = "programme"
"""The notebook about all cohorts together; its cohort is None."""
HOSTILE = "<script>alert(1)</script> & %{x} \"'"


def reports_about(*about: About) -> tuple[str, ...]:
    """The notebooks whose reports are about that, in the order of the index."""
    return tuple(name for name, kind in REPORTS.items() if kind.about in about)


@cache
def sample_publication(cohort: str | None) -> Publication:
    """The owner's publication of a cohort of the sample, or of the whole programme."""
    return read_sample().open_edition(Edition(audience="owner", cohort=cohort))


@cache
def sample_edition(
    audience: Audience, *, cohort: str | None = None, person: str | None = None
) -> Publication:
    """What an audience sees of the sample: of a cohort, of a person, or of the whole programme."""
    return read_sample().open_edition(Edition(audience=audience, cohort=cohort, person=person))


def show_report(publication: Publication, name: str, language: str) -> Outputs:
    """What a report gives a notebook: (data by type, metadata) of each output, in order."""
    return find_report(name).open(publication, read_texts(language)).show()


def text_of(outputs: Outputs) -> str:
    """The HTML of outputs, one after the other."""
    return "\n".join(bundle["text/html"] for bundle, _ in outputs if "text/html" in bundle)


def make_stay(person: str = "p1", name: str = "見本 一", team: str = "aoi", **other: Any) -> dict[str, Any]:
    """A finished stay with a return, as facts hold it."""
    label = {"ja": team, "en": team.title()}
    return {
        "person": person,
        "name": name,
        "cohort": "1",
        "team": team,
        "team_name": label,
        "start": "2024-01-08",
        "planned_end": "2024-06-28",
        "end": "2024-06-28",
        "ending": "as_planned",
        "now": "home",
        "returned": True,
        **other,
    }


def make_plan_facts(**other: Any) -> dict[str, Any]:
    """A plan declared before the first stay: a primary measure, two families, a measurement error."""
    growth = {"measure": "skill.growth.now_minus_start", "unit": "levels", "s": 0.5}
    impact = {"measure": "impact.self_resolution.away", "unit": "share_points", "s": 0.07}
    return {
        "declared": "2023-12-01",
        "when": "before_stays",
        "first_stay": "2024-01-08",
        "sha256": "0123456789ab" + "c" * 52,
        "waves": 3,
        "primary": ["skill.growth.now_minus_start"],
        "families": [
            {"name": "primary", "skills": False, "measures": [growth]},
            {"name": "N-2", "skills": True, "measures": [growth]},
            {"name": "N-3", "skills": False, "measures": [impact]},
        ],
        "measurement_error": {"composite": {"of": "composite", "r": 0.7, "sd": 0.45, "source": "N-4"}},
        **other,
    }


def make_facts(**other: Any) -> dict[str, Any]:
    """What stands around the measures: one stay of team aoi, two skills, no event."""
    account: dict[str, Any] = {"files": 1, "read": 4, "used": 3, "set_aside": 1, "refused": 0, "cells": 0}
    stays = other.get("stays", [make_stay()])
    account["corrections"] = []
    account["reasons"] = {"set_aside": {"duplicate_row": 1}, "refused": {}, "cell": {}, "warning": {}}
    return {
        "programme_sha256": "0" * 64,
        "version": "1.2.3",
        "as_of": "2025-03-31",
        "name": {"ja": "小さな制度", "en": "Small programme"},
        "company": {"ja": "架空社", "en": "Invented Inc."},
        "synthetic": False,
        "k": 5,
        "plan": make_plan_facts(),
        "smallest_change": {"levels": 0.5, "share_points": 0.05},
        "triggers": Triggers().model_dump(mode="json"),
        "teams": {"aoi": {"ja": "葵", "en": "Aoi"}, "kaede": {"ja": "楓", "en": "Kaede"}},
        "skills": [{"id": "os", "ja": "OS", "en": "Systems"}, {"id": "db", "ja": "DB", "en": "Databases"}],
        "stays": stays,
        "why_nothing_after": {stay["team"]: "NO_POST_WINDOW" for stay in stays},
        "events": [],
        "question_changes": [],
        "adjustments": [],
        "team_phases": [],
        "account": account,
        **other,
    }


def make_row(measure: str, value: float | None = None, **other: Any) -> Measure:
    """A row of cohort 1 as it leaves the gate; person and team empty unless given."""
    fields = {"unit": "levels", "method": "count", "counts": "persons", "n": 1, "missing": 0, "cohort": "1"}
    return Measure(measure=measure, value=value, **{**fields, **other})


def make_publication(*rows: Measure, **facts: Any) -> Publication:
    """A publication of cohort 1 with exactly these rows."""
    return Publication(
        edition="owner",
        programme="0" * 64,
        cohort="1",
        as_of="2025-03-31",
        measures=measure_frame(rows)[list(MEASURE_COLUMNS)],
        facts=make_facts(**facts),
    )
