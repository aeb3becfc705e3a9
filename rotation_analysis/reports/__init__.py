"""Reports: what one edition's readers get, section by section, in the language they read.

In comes a publication (what passed the gate) and the texts of a language; out come sections that show
themselves in JupyterLab and on a page.  Begin with `find_report` and `team_impact`; a section is a
declaration (`kit.Section`), a picture one of the few forms of `charts`, a sentence a line of `texts/`.
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
"""Each report is a module of this package that holds it under its name in capitals."""


def find_report(name: str) -> Report:
    """The declaration of a report; `UsageError` if there is none of that name."""
    if name not in REPORTS:
        hint = did_you_mean(name, list(REPORTS)) or f"reports: {', '.join(REPORTS)}"
        raise UsageError(f'report "{name}" not found. {hint}')
    found: Report = getattr(import_module(f".{name}", __name__), name.upper())
    return found
