"""What a report ends with: who answered, and the record account."""

from __future__ import annotations

from collections.abc import Sequence

from .kit import Page, Table, escape
from .rows import COHORT, Rows

STATUSES = ("answered", "missing", "not_yet_due", "cannot_be_asked", "not_applicable")
RATERS = ("self", "mentor")
WAVES = ("start", "middle", "end", "after_3m", "after_6m", "after_12m")


def tabulate_answers(page: Page) -> Table:
    """A line a questionnaire and round: how many answered, did not, are not due, cannot or need not."""
    counts: dict[tuple[str, str], dict[str, str]] = {}
    for row in Rows("coverage.survey", of=COHORT).read(page).known_rows:
        status = row.data.notes[0].removeprefix("STATUS_").lower()
        counts.setdefault((row.data.kind, row.data.wave), {})[status] = row.bare
    order = sorted(
        counts, key=lambda key: (key[0] not in RATERS, key[0] != "self", key[0], WAVES.index(key[1]))
    )
    rows = [
        (
            f"{page.name_cell('kind', kind)} · {page.name_cell('wave', wave)}",
            *tuple(counts[kind, wave].get(status, "0") for status in STATUSES),
        )
        for kind, wave in order
    ]
    columns = [page.texts.say("fold.what"), *(page.texts.say(f"status.{status}") for status in STATUSES)]
    return Table(columns, rows)


def show_account(page: Page) -> str:
    """The sums of the account, and why records were set aside or refused."""
    account, texts = page.publication.facts["account"], page.texts
    said = page.sentence(
        page.section_words("appendix")["account"], {name: texts.number(account[name]) for name in SUMS}
    )
    rows = [
        (
            texts.say(f"records.{outcome}", reason=texts.sentences.get(f"records.reason.{code}", code)),
            texts.number(n),
        )
        for outcome, reasons in account["reasons"].items()
        for code, n in reasons.items()
    ]
    columns = [texts.say("fold.what"), texts.say("fold.n")]
    return f"<p>{escape(said)}</p>{Table(columns, rows).html()}"


SUMS: Sequence[str] = ("files", "read", "used", "set_aside", "refused", "cells")
