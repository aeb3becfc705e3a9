"""Changes since the last report, from two publications of the whole programme only.

Both have passed the gate, and no value is repeated here.  A row hidden in one of them counts as hidden or now
shown.  Values of people's answers are compared only if n differs by k or more: otherwise a change would
reveal the answers of a few.  If n counts answers rather than people (`ANSWERS`), they are never compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from ..disclosure.publications import DECIMALS, Publication
from ..errors import UserError
from ..statistics.verdicts import name_verdict

PLACE = ("measure", "team", "skill", "kind", "label", "phase", "wave", "unit", "status")
CHANGE_COLUMNS = (*PLACE, "change", "verdict_earlier", "verdict_later")
STAY_FIELDS = ("planned_end", "end", "ending", "now", "returned")
RECORD_FAMILIES = ("waiting.", "improvement.", "team.", "impact.", "programme.", "organisation.", "requests.")
"""Families that count records or teams: an additional one reveals nobody's answer."""
PEOPLE_EXCEPTIONS = ("impact.self_solving", "impact.survey_ask", "requests.handled")
"""Measures of these families that nevertheless count people."""
ANSWERS = (
    "home.",
    "host.",
    "spread.used",
    "impact.self_solving",
    "impact.survey_ask",
    "requests.handled",
    "cost.account",
    "interruption.rate",
    "incident.lone_commander",
    "one_to_one.",
    "skill.durability",
)
"""Their n counts answers (over rounds, often without names) or occasions, not people: k more of them can be
one person's monthly forms.  How many people were added is unknown, so values are never compared."""
_JUDGED = frozenset(
    {"supported", "leaning", "either_way", "no_large_change", "not_enough_data", "views_differ"}
)

Row = Mapping[str, Any]
Place = tuple[Any, ...]
NO_ROW: Row = dict.fromkeys(("verdict", "low", "high", "value", "n"))
"""Placeholder for a row that only one of the two publications contains."""


@dataclass(frozen=True, kw_only=True)
class Changes:
    """Changes between two reports of one programme.

    `as_of` holds both cut-off dates.  `rows` has `CHANGE_COLUMNS`; `change` is verdict, value, few (n may
    differ by fewer than k people: not compared, changed or not), hidden (no longer shown) or shown (hidden
    before).  `stays` lists person, start and what changed: added, gone, or a field.
    """

    as_of: tuple[str, str]
    rows: pd.DataFrame
    stays: tuple[tuple[str, str, str], ...]

    def select(self, change: str) -> pd.DataFrame:
        """Return the rows with one kind of change."""
        return self.rows[self.rows["change"].eq(change)]


def compare_publications(earlier: Publication, later: Publication) -> Changes:
    """Return the differences from `earlier` that readers of `later` can see.

    Raises `UserError` unless both are of the same programme, in this order.
    """
    _check_comparable(earlier, later)
    before, after = _place_rows(earlier), _place_rows(later)
    measures = [{place[0] for place in rows} for rows in (before, after)]
    k = max(int(each.facts["k"]) for each in (earlier, later))
    rows = [
        change
        for place in dict.fromkeys([*after, *before])
        if (change := _compare_rows(place, before.get(place, NO_ROW), after.get(place, NO_ROW), k))
        is not None
        and all(place[0] in known for known in measures)
    ]
    return Changes(
        as_of=(earlier.as_of, later.as_of),
        rows=pd.DataFrame(rows, columns=list(CHANGE_COLUMNS), dtype=object),
        stays=tuple(_compare_stays(earlier, later)),
    )


def _check_comparable(earlier: Publication, later: Publication) -> None:
    if (earlier.edition, earlier.cohort) != (later.edition, later.cohort):
        scope = "the whole programme" if earlier.cohort is None else f"cohort {earlier.cohort}"
        raise UserError(
            f"the previous report is the {earlier.edition} edition of {scope}: "
            "give the owner/results.json of an earlier report folder"
        )
    for what in ("company", "name"):
        if earlier.facts[what] != later.facts[what]:
            names = [" / ".join(each.facts[what].values()) for each in (earlier, later)]
            raise UserError(
                f"the previous report is of another programme ({what}: {names[0]}, here {names[1]}): "
                "give an earlier results.json of this programme"
            )
    if earlier.as_of > later.as_of:
        raise UserError(
            f"the previous report holds data until {earlier.as_of}, later than {later.as_of}: "
            "give an earlier one, or a later --as-of"
        )


# --- rows -----------------------------------------------------------------------------------------------


def _place_rows(publication: Publication) -> dict[Place, Row]:
    """Map what each programme-wide row is about to the row; the first one wins."""
    frame = publication.measures[
        publication.measures["person"].isna() & publication.measures["cohort"].isna()
    ]
    placed: dict[Place, Row] = {}
    for row in frame.astype(object).where(frame.notna(), None).to_dict("records"):
        # counts of who answered differ by their note alone
        status = next((note for note in row["notes"] if note.startswith("STATUS_")), None)
        placed.setdefault((*(row[name] for name in PLACE[:-1]), status), row)
    return placed


def _compare_rows(place: Place, earlier: Row, later: Row, k: int) -> tuple[Any, ...] | None:
    """Return one row of `CHANGE_COLUMNS`, or None if there is no change to report."""
    rows = (earlier, later)
    hidden = [row["verdict"] == "hidden" for row in rows]
    if any(hidden):
        nothing = all(hidden) or NO_ROW in rows
        return None if nothing else (*place, "shown" if hidden[0] else "hidden", None, None)
    verdicts = [row["verdict"] and name_verdict(row["verdict"], row["low"], row["high"]) for row in rows]
    judged = verdicts[0] != verdicts[1] and not _JUDGED.isdisjoint(verdicts)
    moved = few = False
    if all(row["value"] is not None for row in rows):
        decimals = DECIMALS.get(place[PLACE.index("unit")])  # None: a unit that this version does not know
        printed = [row["value"] if decimals is None else round(row["value"], decimals) for row in rows]
        moved = printed[0] != printed[1]
        few = (moved or earlier["n"] != later["n"]) and _reveals_few(place[0], earlier["n"], later["n"], k)
    if not (judged or moved or few):
        return None
    return (*place, "verdict" if judged else "few" if few else "value", *verdicts)


def _reveals_few(measure: str, earlier: int | None, later: int | None, k: int) -> bool:
    """Return whether two values could differ by the answers of fewer than k people."""
    if measure.startswith(ANSWERS):
        return True
    if measure.startswith(RECORD_FAMILIES) and not measure.startswith(PEOPLE_EXCEPTIONS):
        return False
    return earlier is None or later is None or abs(earlier - later) < k


# --- stays ----------------------------------------------------------------------------------------------


def _compare_stays(earlier: Publication, later: Publication) -> Iterator[tuple[str, str, str]]:
    before, after = (
        {(stay["person"], stay["start"]): stay for stay in publication.facts["stays"]}
        for publication in (earlier, later)
    )
    for key, stay in {**before, **after}.items():
        if key not in before or key not in after:
            yield (*key, "added" if key in after else "gone")
            continue
        for field in STAY_FIELDS:
            if before[key].get(field) != stay.get(field):
                yield (*key, field)
