"""Reports of one edition, section by section, in the reader's language.

A report turns a publication (what passed the gate) and the texts of a language into sections that render in
JupyterLab and on a page.  Start with `find_report` and `team_impact`: `kit.Section` declares a section,
`charts` draws its picture, `texts/` supplies its sentences.
"""

from __future__ import annotations

from importlib import import_module

from ..errors import UsageError, did_you_mean
from .kit import Opened, Report

__all__ = ["Opened", "Report", "find_report"]

REPORTS = (
    "team_impact",
    "home_manager_letter",
    "leadership_summary",
    "programme",
    "graduate_pack",
    "workload",
    "skill_growth",
)
"""Each report is a module of this package; its `Report` is the constant of that name in capitals."""


def find_report(name: str) -> Report:
    """Return the report of that name; `UsageError` if it does not exist."""
    if name not in REPORTS:
        hint = did_you_mean(name, list(REPORTS)) or f"reports: {', '.join(REPORTS)}"
        raise UsageError(f'report "{name}" not found. {hint}')
    found: Report = getattr(import_module(f".{name}", __name__), name.upper())
    return found
