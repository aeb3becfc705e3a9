"""What test files share: how notebooks run, and what was read."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.samples import RUN, analyse_once, prepare_kernels

SLOW = (
    "report", "browser", "running", "notebooks", "commands", "cluster", "crashes", "pdf",
    "docs", "form_scripts", "benchmarks", "how_to_programme", "how_to_extend", "tutorial", "lab",
    "study", "hostile", "interference", "cli", "starter", "make_sample", "cells", "profile_draft",
    "hostile_pages", "exports", "real_jira", "sample", "publish", "impact", "trust_cases",
    "deduplication", "corrections", "submissions", "real_files", "real_surveys", "attacks", "truth",
    "small_reports", "opportunities", "cohort", "surveys", "workload", "consents", "skills",
    "requests", "rounds", "costs", "incidents", "survey_dialects", "pages", "answers",
    "improvements", "within_person", "profiles", "changes_since", "other_shapes",
    "doors", "audit",
    "team_comparison", "kept_attacks", "form_exports", "style", "estimates", "record_matching",
)  # fmt: skip
"""Files that run notebooks, browsers, the generator or the sample: `make check` leaves them to `make test`.

The longest come first: begun last, one would keep the others waiting.
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files first, then the notebooks, then the many that take a second; in each the order stays."""
    place = {f"test_{name}": number for number, name in enumerate(SLOW)}

    def when(item: pytest.Item) -> int:
        return place.get(item.path.stem, len(place) + (item.path.suffix != ".ipynb"))

    items.sort(key=when)
    for item in items:
        if item.path.stem in place:
            item.add_marker("slow")


def pytest_configure(config: pytest.Config) -> None:
    """A folder for the run: the first process makes it, workers are started with its name."""
    if not hasattr(config, "workerinput"):
        os.environ[RUN] = tempfile.mkdtemp(prefix="rotation-analysis-tests-")
        prepare_kernels(Path(os.environ[RUN]))
    config.pluginmanager.register(NotebookKernels())


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        shutil.rmtree(os.environ.pop(RUN))


class NotebookKernels:
    """Has the kernels of nbval, and no others, take over the sample."""

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        with pytest.MonkeyPatch.context() as patch:
            if item.path.suffix == ".ipynb":
                patch.setenv("IPYTHONDIR", str(Path(os.environ[RUN]) / "ipython"))
            return (yield)


@pytest.fixture(scope="session", autouse=True)
def read_in_examples_once(doctest_namespace: dict[str, Any]) -> None:
    """The example of `analyse` takes over the sample as other tests have read it."""
    doctest_namespace["analyse"] = analyse_once


@pytest.fixture(scope="module")
def in_process() -> Iterator[None]:
    """Builds of this file run their notebooks here in turn; the command, run as users do, does not."""
    from rotation_analysis.build import assembly

    def run_all(work: Any, given: Any, **_: object) -> Iterator[Any]:
        return ((each, work(each)) for each in given)

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLOTLY_RENDERER", "plotly_mimetype")
        patch.setattr(assembly, "run_all", run_all)
        yield
