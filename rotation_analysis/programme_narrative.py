"""What a busy reader takes away of the whole programme: who, the account of three, continue or pause."""

from __future__ import annotations

from collections.abc import Iterator

from .decisions import NOT_REACHED, REACHED, list_decisions
from .disclosure import Publication
from .narrative import claim, first_row
from .since import Changes
from .texts import Texts

HEADLINE = "impact.self_resolution.first_graduate"


def summary_sentences(publication: Publication, texts: Texts, changes: Changes | None) -> Iterator[str]:
    """The conclusion first: continue or pause; then the declared effect, then who took part."""
    deciding, *_ = list_decisions(publication, changes.earlier if changes else None)
    key = deciding.state if deciding.state in (REACHED, NOT_REACHED) else "open"
    yield texts.say(f"accounts.programme_continue_{key}")
    row = first_row(publication.rows(HEADLINE, team=None))
    if row is not None:
        yield claim(texts, row)
    stays = publication.facts["stays"]
    yield texts.say(
        "accounts.sentence_programme",
        n=len({stay["person"] for stay in stays}),
        cohorts=len({stay["cohort"] for stay in stays}),
    )
