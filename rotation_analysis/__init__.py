"""The retrospective of an SRE rotation programme: exports in, honest reports out."""

from importlib import import_module
from typing import Any

__all__ = ["build_retrospective", "open_report", "read_exports", "read_programme"]

_HOMES = {
    "build_retrospective": "study",
    "open_report": "reports",
    "read_exports": "reading.exports",
    "read_programme": "programme.file",
}


def __getattr__(name: str) -> Any:
    """The few names a notebook needs, imported when asked for: `--help` must not wait for pandas."""
    if name in _HOMES:
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """What tab completion shows."""
    return sorted(__all__)
