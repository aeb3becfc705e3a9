"""The lineage of the questions: in which words and on which scale each was asked, and when.

Comparison across versions needs the owner's mark that they mean the same; answers on another scale are never
pooled.  Counts here are administrative: how many persons were asked so, never what they answered.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

import pandas as pd

from ...cohorts.cohort import Cohorts
from ...files.cells import fold
from ...measure_row import Measure
from ...programme.model import Wording
from ...reading.wordings import OTHER_MEANING, split_row
from .ratings import LEVEL_SCALE, list_grids

CURRENT, SAME, OTHER = "wording_current", "wording_same", "wording_other"
POOLED, APART = "scale_pooled", "scale_apart"


def measure_lineage(cohorts: Cohorts, skills: Collection[str]) -> Iterator[Measure]:
    """A row a wording of each question or skill that had several, then a row a scale of the skill grid."""
    responses = cohorts.tables["responses"]
    order = cohorts.programme.cohorts
    for wording in cohorts.programme.wordings:
        yield from _measure_wording(responses, wording, skills, order)
    yield from _measure_scales(cohorts, responses)


def _measure_wording(
    responses: pd.DataFrame, wording: Wording, skills: Collection[str], order: Sequence[str]
) -> Iterator[Measure]:
    """The declared wording, and the one in use beside it."""
    names = (wording.question, f"{wording.question}.{OTHER_MEANING}")
    asked = responses[responses["question"].isin(names) | responses["skill"].eq(wording.question)]
    rows = asked["wording"].map(_row_of)
    old = rows.map(fold).eq(fold(wording.wording))
    kind = SAME if wording.same_meaning else OTHER
    skill = wording.question if wording.question in skills else None
    name = "" if skill else f"{wording.question}: "  # a question that is no row of the grid
    yield _row("lineage.wording", kind, asked[old], order, label=name + wording.wording, skill=skill)
    others = rows[~old]
    current = f"{name}{others.mode().iloc[0]}" if len(others) else None
    yield _row("lineage.wording", CURRENT, asked[~old], order, label=current, skill=skill)


def _row_of(header: object) -> str:
    """What a column asks: the row of a grid, else its whole heading."""
    found = split_row(str(header))
    return (found[1] if found else str(header)).strip()


def _measure_scales(cohorts: Cohorts, responses: pd.DataFrame) -> Iterator[Measure]:
    """The scales on which the skill grid was answered; the own ones by their labels."""
    own = {scale.id: " / ".join(scale.labels) for scale in cohorts.programme.scales}
    grids = responses[responses["instrument"].isin(list_grids(cohorts)) & responses["skill"].notna()]
    for scale, answers in grids.groupby(_scale_asked(grids), sort=True):
        kind = POOLED if scale == LEVEL_SCALE else APART
        yield _row("lineage.scale", kind, answers, cohorts.programme.cohorts, label=own.get(str(scale)))


def _scale_asked(grids: pd.DataFrame) -> pd.Series:
    """The scale a row was asked on: as answered, else as others of its sending, then of its file, were.

    Who left every level blank, or had no chance at all, was asked all the same: how many were asked must not
    tell what anybody answered.
    """
    scale = grids["scale"].astype(object).where(grids["scale"].notna(), None)
    for same in (["file", "sheet", "row"], ["file"]):
        known = scale.groupby([grids[name].fillna("") for name in same]).transform("first")
        scale = scale.where(scale.notna(), known)
    return scale.where(scale.notna(), LEVEL_SCALE)


def _row(
    measure: str,
    kind: str,
    answers: pd.DataFrame,
    order: Sequence[str],
    *,
    label: str | None,
    skill: str | None = None,
) -> Measure:
    """How many persons were asked so, from which month to which, in which cohorts."""
    people = answers["person"].dropna().nunique()
    days = pd.to_datetime(answers["day"]).dropna()
    seen = [] if days.empty else [f"FROM_MONTH:{days.min():%Y-%m}", f"TO_MONTH:{days.max():%Y-%m}"]
    cohorts = _join_cohorts(set(answers["cohort"].dropna().astype(str)), order)
    notes: list[str] = [*seen, *([f"IN_COHORTS:{cohorts}"] if cohorts else [])]
    waves: set[Any] = set(answers["wave"].dropna())
    return Measure(
        measure=measure,
        unit="persons",
        method="count",
        counts="records",
        skill=skill,
        kind=kind,
        label=label,
        wave=str(next(iter(waves))) if len(waves) == 1 else None,
        n=people,
        missing=0,
        value=float(people),
        notes=tuple(notes),
    )


def _join_cohorts(seen: Collection[str], order: Sequence[str]) -> str:
    """Cohorts in their order, those that follow one another as first–last.

    >>> _join_cohorts({"1", "2", "3", "6"}, ("1", "2", "3", "4", "5", "6"))
    '1–3, 6'
    """
    runs: list[list[str]] = []
    for before, cohort in zip((None, *order), order, strict=False):
        if cohort in seen and runs and runs[-1][-1] == before:
            runs[-1].append(cohort)
        elif cohort in seen:
            runs.append([cohort])
    return ", ".join(run[0] if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs)
