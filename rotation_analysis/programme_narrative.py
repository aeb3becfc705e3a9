"""What a busy reader takes away of the whole programme: who, the account of three, continue or pause."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .decisions import HIDDEN, NOT_REACHED, REACHED, TOO_LITTLE, UNKNOWN, Decision, list_decisions
from .narrative import claim, first_row
from .publications import Publication
from .since import Changes
from .texts import Texts

HEADLINE = "impact.self_resolution.first_graduate"


def summary_sentences(publication: Publication, texts: Texts, changes: Changes | None) -> Iterator[str]:
    """The conclusion first: continue or pause, the triggers reached; the declared effect; who took part."""
    decisions = list_decisions(publication, changes.earlier if changes else None)
    yield _say_continue(texts, decisions[0])
    yield reached_sentence(texts, decisions)
    row = first_row(publication.rows(HEADLINE, team=None))
    if row is not None:
        yield claim(texts, row)
    stays = publication.facts["stays"]
    yield texts.say(
        "accounts.sentence_programme",
        n=len({stay["person"] for stay in stays}),
        cohorts=len({stay["cohort"] for stay in stays}),
    )


def _say_continue(texts: Texts, deciding: Decision) -> str:
    """Whether the programme is to be paused, by its trigger; a single negative report is told as that."""
    key = deciding.state if deciding.state in (REACHED, NOT_REACHED) else "open"
    if key == NOT_REACHED and any(row.value < 0 for row in deciding.rows):
        key = "not_twice"
    return texts.say(f"accounts.programme_continue_{key}")


def reached_sentence(texts: Texts, decisions: Sequence[Decision]) -> str:
    """What reached its trigger, by name; how many could not be judged."""
    reached = [each for each in decisions if each.state == REACHED]
    untold = sum(each.state in (TOO_LITTLE, UNKNOWN, HIDDEN) for each in decisions)
    values = {"n": len(decisions), "untold": untold}
    if not reached:
        return texts.say("decide.sentence_none", **values)
    names = texts.say("decide.join").join(texts.say(f"decide.item.{each.name}") for each in reached)
    return texts.say("decide.sentence", k=len(reached), list=names, **values)
