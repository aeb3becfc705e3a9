"""The retrospective of an SRE rotation programme: exports in, honest reports out.

`analyse` reads, measures and judges a programme; the estimators take arrays and are the ones reports use.
"""

from importlib import import_module
from typing import Any

_HOMES = {
    "Study": "study",
    "analyse": "study",
    "open_report": "study",
    "read_programme": "programme.file",
    "DateSets": "statistics.randomisation_test",
    "bound_mean": "statistics.estimates",
    "compare_teams": "statistics.randomisation_test",
    "estimate_by_sign_flip": "statistics.estimates",
    "estimate_difference": "statistics.estimates",
    "estimate_mean": "statistics.estimates",
    "estimate_share": "statistics.estimates",
    "estimate_waiting": "statistics.survival",
    "pool_cohorts": "statistics.pooling",
    "shrink": "statistics.pooling",
    "estimate_within_person_slope": "statistics.within_person",
}
__all__ = list(_HOMES)


def __getattr__(name: str) -> Any:
    """Each is imported when asked for: `--help` must not wait for pandas."""
    if name in _HOMES:
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """What tab completion shows."""
    return sorted(__all__)
