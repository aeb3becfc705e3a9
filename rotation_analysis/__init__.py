"""The retrospective of an SRE rotation programme: exports in, honest reports out."""

from importlib import import_module
from typing import Any

__all__ = [
    "after_sections",
    "build_retrospective",
    "chance_sections",
    "decision_sections",
    "frame",
    "graduate_sections",
    "host_sections",
    "impact_sections",
    "improvement_sections",
    "incident_sections",
    "leadership_sections",
    "letter_sections",
    "load_sections",
    "open_report",
    "programme_sections",
    "read_exports",
    "read_programme",
    "request_sections",
    "skill_sections",
]

_HOMES = {
    "build_retrospective": "retrospective",
    "open_report": "parts",
    "read_exports": "exports",
    "read_programme": "programme_file",
}


def __getattr__(name: str) -> Any:
    """The few names a notebook needs, imported when asked for: `--help` must not wait for pandas."""
    if name == "open_report":
        return _open
    if name in _HOMES:
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    if name in __all__:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def _open(name: str, **given: Any) -> Any:
    """While reports move: the new ones by the kit, the others as they were."""
    from .reports import REPORTS

    home = "reports" if name in REPORTS else "parts"
    return import_module(f"{__name__}.{home}").open_report(name, **given)
