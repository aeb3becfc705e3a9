"""What participants wrote in their own words; the gate decides whose words may be read, and by whom."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass

import pandas as pd

from ..cohorts.cohort import Cohorts

ASKED_AFTERWARDS = ("exit", "followup")
EXAMPLE = "skill.example"


@dataclass(frozen=True, kw_only=True)
class Quotation:
    """What one participant wrote; it passes the gate only with that person's approval of just these words.

    `wave`: the round, or of a repeated form the first day of the period it is about (ISO); "" where neither
    is known.  `names_somebody`: it holds the name of a colleague or a customer, which only its author reads.
    """

    person: str
    cohort: str
    instrument: str
    question: str
    wave: str
    text: str
    names_somebody: bool = False


def list_voices(cohorts: Cohorts) -> list[Quotation]:
    """Free texts of the exit survey and the follow-ups, and the work that participants remember most.

    What names a colleague or a customer is left out: whoever is named has agreed to nothing.
    """
    asked = {(name, id_) for name, id_ in _list_free_texts(cohorts) if name in ASKED_AFTERWARDS}
    own = _own_answers(cohorts, asked, EXAMPLE)
    placed = own[["cohort", "wave"]].notna().all(axis=1) & ~own["names_somebody"].eq(True)
    return _voices_of(own[placed])


def list_own_words(cohorts: Cohorts, person: str) -> list[Quotation]:
    """Everything a participant wrote in any questionnaire, for that person alone, names included."""
    own = _own_answers(cohorts, _list_free_texts(cohorts), EXAMPLE)
    return _voices_of(own[own["person"].eq(person)])


def _list_free_texts(cohorts: Cohorts) -> set[tuple[str, str]]:
    """Every question answered in free text, as (questionnaire, question)."""
    return {
        (name, question.id)
        for name, instrument in cohorts.programme.all_instruments.items()
        for question in instrument.questions
        if question.kind == "text"
    }


def _own_answers(cohorts: Cohorts, asked: Container[tuple[str, str]], everywhere: str) -> pd.DataFrame:
    """What participants themselves answered to these questions, and to one of any questionnaire."""
    responses = cohorts.tables["responses"]
    said = responses[
        responses["rater"].eq("self")
        & responses["state"].eq("answered")
        & responses[["person", "answer"]].notna().all(axis=1)
    ]
    wanted = [
        question == everywhere or (instrument, question) in asked
        for instrument, question in zip(said["instrument"], said["question"], strict=True)
    ]
    return said[pd.Series(wanted, index=said.index, dtype=bool)]  # also of no answers


def _voices_of(answers: pd.DataFrame) -> list[Quotation]:
    return [
        Quotation(
            person=row.person,
            cohort="" if pd.isna(row.cohort) else row.cohort,
            instrument=row.instrument,
            question=row.question,
            wave=_say_when(row.wave, row.period_start),
            text=row.answer.strip(),
            names_somebody=not pd.isna(row.names_somebody) and bool(row.names_somebody),
        )
        for row in answers.itertuples()
        if row.answer.strip()
    ]


def _say_when(wave: str | None, period_start: pd.Timestamp) -> str:
    if not pd.isna(wave):
        return str(wave)
    return "" if pd.isna(period_start) else period_start.date().isoformat()
