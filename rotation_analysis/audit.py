"""Whether a finished report folder holds only what its readers may see: what a build asks before it moves.

`audit_folder` reads every byte again and knows nothing of how it was made.  With `Knowledge` of the programme
(`know`) it also searches for everything that may not be there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path

from .audit_checks import (
    check_links,
    check_manifests,
    check_network,
    check_places,
    check_scripts,
)
from .audit_files import BUILD_AGAIN, Finding, ReportFolder, read_folder
from .audit_hidden import check_figures, check_metadata
from .audit_knowledge import Knowledge, know
from .audit_numbers import check_editions, check_numbers
from .audit_traces import check_answers, check_names, check_rows, check_typed, check_words
from .decodings import TooMuch
from .steps import Progress, Step

__all__ = ["CHECKS", "KNOWING_CHECKS", "Finding", "Knowledge", "audit_folder", "know", "tell_findings"]

CHECKS: Mapping[str, Callable[[ReportFolder], Iterable[Finding]]] = {
    "manifests": check_manifests,
    "places": check_places,
    "network": check_network,
    "links": check_links,
    "scripts": check_scripts,
    "figures": check_figures,
    "metadata": check_metadata,
    "editions": check_editions,
    "numbers": check_numbers,
}
"""What can be asked of any finished folder, by name."""
KNOWING_CHECKS: Mapping[str, Callable[[ReportFolder, Knowledge], Iterable[Finding]]] = {
    "names": check_names,
    "typed": check_typed,
    "words": check_words,
    "answers": check_answers,
    "rows": check_rows,
}
"""What can only be asked beside the programme, by name."""


def audit_folder(
    folder: Path, knowledge: Knowledge | None = None, *, progress: Progress = lambda step: None
) -> list[Finding]:
    """Everything in a report folder that may not be there, in the order of checks and files; empty: clean.

    `folder` is a whole report folder or one audience's own (leadership/ handed on alone).
    """
    progress(Step("audit"))
    found = read_folder(folder)
    asked: dict[str, Callable[[], Iterable[Finding]]] = {
        name: partial(check, found) for name, check in CHECKS.items()
    }
    if knowledge is not None:
        asked |= {name: partial(check, found, knowledge) for name, check in KNOWING_CHECKS.items()}
    findings: list[Finding] = []
    try:
        for done, (name, check) in enumerate(asked.items()):
            progress(Step("audit", name=name, done=done, total=len(asked)))
            findings += check()
    except TooMuch as error:
        return [Finding(check="places", file=folder.name, what=str(error), next_step=BUILD_AGAIN)]
    return findings


def tell_findings(findings: Sequence[Finding], *, most: int) -> str:
    """The first findings, a line each, and how many more there are."""
    lines = [f"  {finding}" for finding in findings[:most]]
    lines += [f"  … and {len(findings) - most} more"] if len(findings) > most else []
    return "\n".join(lines)
