"""What participants wrote in their own words; the gate decides whose words may be read, and by whom."""

from __future__ import annotations

from dataclasses import dataclass

from .cohort import Cohorts

ASKED_AFTERWARDS = ("exit", "followup")
EXAMPLE = "skill.example"


@dataclass(frozen=True, kw_only=True)
class Voice:
    """What one participant wrote; it passes the gate only with that person's consent to be quoted."""

    person: str
    cohort: str
    instrument: str
    question: str
    wave: str
    text: str


def list_voices(cohorts: Cohorts) -> list[Voice]:
    """Free texts of the exit survey and the follow-ups, and the work that participants remember most.

    What names a colleague or a customer is left out: whoever is named has agreed to nothing.
    """
    instruments = cohorts.programme.all_instruments
    texts = {
        (name, question.id)
        for name in ASKED_AFTERWARDS
        for question in instruments[name].questions
        if question.kind == "text"
    }
    responses = cohorts.tables["responses"]
    own = responses[
        responses["rater"].eq("self")
        & responses["state"].eq("answered")
        & ~responses["names_somebody"].eq(True)
        & responses[["person", "cohort", "wave", "answer"]].notna().all(axis=1)
    ]
    return [
        Voice(
            person=row.person,
            cohort=row.cohort,
            instrument=row.instrument,
            question=row.question,
            wave=row.wave,
            text=row.answer.strip(),
        )
        for row in own.itertuples()
        if (row.question == EXAMPLE or (row.instrument, row.question) in texts) and row.answer.strip()
    ]
