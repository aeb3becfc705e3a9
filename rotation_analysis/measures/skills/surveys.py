"""Surveys: what lasts and what follow-ups and exit survey say; who was asked, and in which words.

How much of the growth lasts is never told as one mean alone: beside it stand the means by how often what was
learned is used.  Counts of answers are over the programme; the gate shows them from k people on.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from ...cohorts.cohort import Cohorts
from ...files.cells import fold
from ...measure_row import Measure, commonest
from ...programme.questionnaires import Question
from ...reading.answers import OTHER_MEANING, split_row
from ...statistics.estimates import adjust_for_missing, estimate_mean, estimate_share
from ..rows import count_row, stay_row
from .ratings import AFTERWARDS, LEVEL_SCALE, Span, list_grids, measure_composite

EXIT, FOLLOWUP = "exit", "followup"
USE = "fu_use"
COUNTED = {"fu_use": "followup.use", "fu_taught": "followup.taught"}
BARRIER = "fu_barrier"
AGREED = ("ex_brief", "ex_match")
AGREES_FROM = 4  # "agree" and "strongly agree" of scale5
AGREEMENT_SCALE = "scale5"
LENGTH = "ex_length"
Uses = Mapping[tuple[str, str, str], str]
"""(person, cohort, wave) → how often what was learned is used, where it was answered."""


def measure_afterwards(
    cohorts: Cohorts, differences: pd.DataFrame, skills: tuple[str, ...]
) -> Iterator[Measure]:
    """Durability by person and by use, follow-up and exit answers, and how many at home can stand in.

    `differences` is what `ratings.list_differences` gives, with the spans `ratings.AFTERWARDS` in it.
    """
    answers = _list_given(cohorts, FOLLOWUP, USE)
    uses = {(row.person, row.cohort, row.wave): row.option for row in answers.itertuples()}
    asked = cohorts.coverage
    waves = set(asked.loc[asked["rater"].eq("self") & asked["instrument"].isin(list_grids(cohorts)), "wave"])
    # level after a while − level at the end, of the spans whose wave asks the grid again; of all where none
    # does, so that this is reported
    for span in [span for span in AFTERWARDS if span.later.wave in waves] or AFTERWARDS:
        own = differences[differences["span"].eq(span.name) & differences["wave"].eq(span.later.wave)]
        for rotation in cohorts.programme.rotations:
            stay = own[own["person"].eq(rotation.person) & own["cohort"].eq(rotation.cohort)]
            use = uses.get((rotation.person, rotation.cohort, span.later.wave))
            yield replace(measure_composite(stay, rotation, span), kind=use)
        yield from _measure_by_use(cohorts, own, span, uses)
    yield from _measure_follow_ups(cohorts, uses)
    for question in _list_questions(cohorts, EXIT):
        if question.kind == "scale" and question.id in AGREED:
            given = _list_given(cohorts, EXIT, question.id)
            given = given[given["level"].notna() & given["scale"].eq(AGREEMENT_SCALE)]
            given = given.drop_duplicates("person", keep="last")  # of several stays the latest answer counts
            row = replace(_aggregate(cohorts, EXIT, given), unit="share", method="share_wilson")
            row = replace(row, measure=f"exit.{question.id}")
            agree = int(given["level"].ge(AGREES_FROM).sum())
            yield row if row.declined else row.estimated(estimate_share(agree, len(given)))
    yield from _count_options(cohorts, EXIT, LENGTH, f"exit.{LENGTH}")


def _list_questions(cohorts: Cohorts, instrument: str) -> Sequence[Question]:
    """The questions of a questionnaire, none where the programme does not have it."""
    asked = cohorts.programme.all_instruments.get(instrument)
    return asked.questions if asked else ()


# --- what lasts -----------------------------------------------------------------------------------------


def _measure_by_use(cohorts: Cohorts, own: pd.DataFrame, span: Span, uses: Uses) -> Iterator[Measure]:
    """The mean over persons, and one row for each use that can be told, whether or not somebody told it."""
    wave = span.later.wave
    stays = own[own["change"].notna()].groupby(["person", "cohort"], sort=True)["change"].mean()
    chosen = pd.Series([uses.get((*stay, wave), "") for stay in stays.index], stays.index, dtype=object)
    options = _list_options(cohorts, USE)
    groups = {use: _average_persons(stays[chosen.eq(use)]) for use in ("", *options)}
    due = _list_due(cohorts, list_grids(cohorts), wave)
    answered = _list_due(cohorts, list_grids(cohorts), wave, states=["answered"])
    before = _list_due(cohorts, list_grids(cohorts), span.earlier.wave, states=["answered"])
    answered = answered & before or answered  # whose answers decide whether there is a change
    everybody = _average_persons(stays)
    declined = None if len(stays) else commonest(own["declined"].dropna(), otherwise="WAVE_NOT_DECLARED")
    whole = _pooled(span, everybody, due, declined=declined)
    # that all who answered had no chance in anything is theirs, too: a row without a change has their people
    yield replace(whole, people=whole.people or tuple(sorted(answered)))
    # beside the mean of all, the other groups give away the one left out: all need what the least one has
    least = min((values for values in groups.values() if len(values)), key=len, default=everybody)
    silent = (due | set(everybody.index)) - {person for use in options for person in groups[use].index}
    for use in options:
        nobody = None if len(groups[use]) else ("NO_SURVEY" if chosen.eq("").all() else "NOBODY_CHOSE_IT")
        row = _pooled(span, groups[use], due, declined=declined or nobody)
        yield replace(
            row, kind=use, missing=len(silent), people=tuple(least.index) or tuple(sorted(answered))
        )


def _average_persons(stays: pd.Series) -> pd.Series:
    """Stays averaged within each person."""
    return stays.groupby("person", sort=True).mean()


def _pooled(span: Span, values: pd.Series, due: set[str], *, declined: str | None) -> Measure:
    row = Measure(
        measure=span.name,
        unit="levels",
        method="mean_of_persons_t",
        counts="persons",
        wave=span.later.wave,
        n=len(values),
        missing=len(due - set(values.index)),
        people=tuple(values.index),
        claims=True,
    )
    if declined:
        return row.unless(declined)
    return row.estimated(adjust_for_missing(estimate_mean, values.tolist(), missing=row.missing or 0))


# --- follow-ups and exit --------------------------------------------------------------------------------


def _measure_follow_ups(cohorts: Cohorts, uses: Uses) -> Iterator[Measure]:
    """Use by person; use and teaching in each round; what got in the way in all."""
    asked = cohorts.coverage[cohorts.coverage["instrument"].eq(FOLLOWUP)]
    for stay in asked.itertuples():
        use = uses.get((stay.person, stay.cohort, stay.wave))
        yield stay_row(
            stay,
            "skill.use",
            unit="persons",
            method="as_answered",
            consent="skills",
            kind=use,
            wave=stay.wave,
            n=int(use is not None),
            missing=int(use is None),
            value=1.0,
        ).unless(f"WAVE_{stay.status.upper()}" if use is None else None)
    for question, measure in COUNTED.items():
        for wave in _list_waves(cohorts, FOLLOWUP):
            yield from _count_options(cohorts, FOLLOWUP, question, measure, wave=wave)
    yield from _count_options(cohorts, FOLLOWUP, BARRIER, "followup.barrier")


def _list_waves(cohorts: Cohorts, instrument: str) -> tuple[str, ...]:
    """The rounds that ask a questionnaire, in the programme's order."""
    asked = cohorts.coverage.loc[cohorts.coverage["instrument"].eq(instrument), "wave"]
    return tuple(dict.fromkeys(asked))


def _list_due(
    cohorts: Cohorts, instruments: Sequence[str], *waves: str, states: Sequence[str] = ("answered", "missing")
) -> set[str]:
    """Persons who answered or should have; neither those to be asked later nor those who no longer can be."""
    asked = cohorts.coverage[cohorts.coverage["rater"].eq("self")]
    here = asked["instrument"].isin(instruments) & asked["wave"].isin(waves) & asked["status"].isin(states)
    return set(asked.loc[here, "person"])


def _list_given(cohorts: Cohorts, instrument: str, question: str) -> pd.DataFrame:
    """The answers of participants to one question: a level or an option; the latest stay last."""
    responses = cohorts.tables["responses"]
    rows = responses[
        responses["instrument"].eq(instrument)
        & responses["question"].eq(question)
        & responses["rater"].eq("self")
        & responses["person"].notna()
        & responses["state"].eq("answered")
    ]
    return rows.sort_values(["day", "cohort", "person"], kind="stable")


def _list_options(cohorts: Cohorts, question: str) -> tuple[str, ...]:
    """Ids of the options of a question of the exit survey or the follow-ups."""
    found = [q for name in (EXIT, FOLLOWUP) for q in _list_questions(cohorts, name) if q.id == question]
    return tuple(id_ for q in found for id_ in (*(o.id for o in q.options), *(["other"] if q.other else [])))


def _aggregate(cohorts: Cohorts, instrument: str, given: pd.DataFrame, wave: str | None = None) -> Measure:
    """The row of an aggregate over those who answered a question in a round, in all of them without one.

    Without a number where nobody did.
    """
    waves = _list_waves(cohorts, instrument) if wave is None else (wave,)
    respondents = set(given["person"])
    answered = _list_due(cohorts, [instrument], *waves, states=["answered"])
    asked = cohorts.coverage[cohorts.coverage["instrument"].eq(instrument)]
    statuses = "WAVE_" + asked.loc[asked["wave"].isin(waves), "status"].str.upper()
    reason = "WAVE_ANSWERED" if answered else commonest(statuses, otherwise="WAVE_NOT_DECLARED")
    return Measure(
        measure=instrument,
        unit="persons",
        method="count",
        counts="persons",
        wave=wave,
        n=len(respondents),
        missing=len(_list_due(cohorts, [instrument], *waves) - respondents),
        people=tuple(sorted(respondents or answered)),  # that all left a question out is theirs, too
    ).unless(None if respondents else reason)


def _count_options(
    cohorts: Cohorts, instrument: str, question: str, measure: str, *, wave: str | None = None
) -> Iterator[Measure]:
    """How many persons chose each option, a row each; nobody counts twice in an option."""
    waves = _list_waves(cohorts, instrument) if wave is None else (wave,)
    given = _list_given(cohorts, instrument, question)
    given = given[given["wave"].isin(waves) & given["option"].notna()]
    row = replace(_aggregate(cohorts, instrument, given, wave), measure=measure)
    for option in _list_options(cohorts, question):
        chosen = given.loc[given["option"].eq(option), "person"].nunique()
        yield replace(row, kind=option, value=None if row.declined else float(chosen))


# --- who answered ---------------------------------------------------------------------------------------


def measure_coverage(cohorts: Cohorts) -> Iterator[Measure]:
    """Who was asked and answered: administrative counts, no answers in them."""
    grids = list_grids(cohorts)
    grouped = cohorts.coverage.groupby(["cohort", "rater", "wave", "instrument", "status"], sort=True)
    for (cohort, rater, wave, instrument, status), rows in grouped:
        yield count_row(
            "coverage.survey",
            "persons",
            len(rows),
            cohort=cohort,
            wave=wave,
            kind=rater if instrument in grids else instrument,
            notes=(f"STATUS_{status.upper()}",),
        )


# --- the lineage of the questions: in which words and on which scale each was asked, and when --------------
# Comparison across versions needs the owner's mark that they mean the same; answers on another scale are
# never pooled. Counts here are administrative: how many persons were asked so, never what they answered.

CURRENT, SAME, OTHER = "wording_current", "wording_same", "wording_other"
POOLED, APART = "scale_pooled", "scale_apart"


def measure_lineage(cohorts: Cohorts, skills: Collection[str]) -> Iterator[Measure]:
    """A row a wording of each question or skill that had several, then a row a scale of the skill grid."""
    responses, order = cohorts.tables["responses"], cohorts.programme.cohorts
    for wording in cohorts.programme.wordings:  # the declared one, and the one in use beside it
        names = (wording.question, f"{wording.question}.{OTHER_MEANING}")
        asked = responses[responses["question"].isin(names) | responses["skill"].eq(wording.question)]
        # what a column asks: the row of a grid, else its whole heading
        split = [(split_row(header), header) for header in map(str, asked["wording"])]
        rows = pd.Series(
            [(row[1] if row else header).strip() for row, header in split], asked.index, dtype="str"
        )
        old = rows.map(fold).eq(fold(wording.wording))
        kind = SAME if wording.same_meaning else OTHER
        skill = wording.question if wording.question in skills else None
        name = "" if skill else f"{wording.question}: "  # a question that is no row of the grid
        declared, others = name + wording.wording, rows[~old]
        yield _count_asked("lineage.wording", kind, asked[old], order, label=declared, skill=skill)
        current = f"{name}{others.mode().iloc[0]}" if len(others) else None
        yield _count_asked("lineage.wording", CURRENT, asked[~old], order, label=current, skill=skill)
    own = {scale.id: " / ".join(scale.labels) for scale in cohorts.programme.scales}
    grids = responses[responses["instrument"].isin(list_grids(cohorts)) & responses["skill"].notna()]
    for scale, answers in grids.groupby(_scale_asked(grids), sort=True):
        kind = POOLED if scale == LEVEL_SCALE else APART
        yield _count_asked("lineage.scale", kind, answers, order, label=own.get(str(scale)))


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


def _count_asked(
    measure: str,
    kind: str,
    answers: pd.DataFrame,
    order: Sequence[str],
    *,
    label: str | None,
    skill: str | None = None,
) -> Measure:
    """How many persons were asked so, from which month to which, in which cohorts."""
    days = pd.to_datetime(answers["day"]).dropna()
    seen = [] if days.empty else [f"FROM_MONTH:{days.min():%Y-%m}", f"TO_MONTH:{days.max():%Y-%m}"]
    cohorts = _join_cohorts(set(answers["cohort"].dropna().astype(str)), order)
    notes: list[str] = [*seen, *([f"IN_COHORTS:{cohorts}"] if cohorts else [])]
    waves: set[Any] = set(answers["wave"].dropna())
    return count_row(
        measure,
        "persons",
        answers["person"].nunique(),
        skill=skill,
        kind=kind,
        label=label,
        wave=str(next(iter(waves))) if len(waves) == 1 else None,
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
