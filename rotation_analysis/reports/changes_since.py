"""What changed since the last report: two publications of the whole programme, nothing else, side by side.

Both have passed the gate.  No value is repeated here.  A row that either hides is hidden or now shown.
Whether a value of people's answers moved is reported only where k people or more came between: else it would
be the answers of a few, and the two are not compared.  Where n counts answers and no people (`ANSWERS`)
nobody knows, and they never are.
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
OF_RECORDS = ("waiting.", "improvement.", "team.", "impact.", "programme.", "organisation.", "requests.")
"""Families that count records or teams: what one more of them adds is no answer of anybody."""
OF_PEOPLE = ("impact.self_solving", "impact.survey_ask", "requests.handled")
"""Measures of these families that count people all the same."""
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
"""Their n counts answers, over rounds and often without names, or occasions, and no people: k more of them
may be one person's monthly forms.  How many people came between is not known, so that two values of theirs
are never compared."""
_JUDGED = frozenset(
    {"supported", "leaning", "either_way", "no_large_change", "not_enough_data", "views_differ"}
)

Row = Mapping[str, Any]
Place = tuple[Any, ...]
NO_ROW: Row = dict.fromkeys(("verdict", "low", "high", "value", "n"))
"""What stands for a row that one of the two does not have."""


@dataclass(frozen=True, kw_only=True)
class Changes:
    """What changed between two reports of one programme.

    `as_of` are the days of both.  `rows` has `CHANGE_COLUMNS`; `change` is verdict, value, few (fewer than k
    people may have come between: not compared, whether it changed or not), hidden (no longer shown) or shown
    (hidden before).  `stays` are person, start and what changed: added, gone, or a field.
    """

    as_of: tuple[str, str]
    rows: pd.DataFrame
    stays: tuple[tuple[str, str, str], ...]

    def of(self, change: str) -> pd.DataFrame:
        """The rows of one kind of change."""
        return self.rows[self.rows["change"].eq(change)]


def compare_publications(earlier: Publication, later: Publication) -> Changes:
    """What the readers of `later` are told of its differences from `earlier`.

    Raises `UserError` where the two are not the programme's at two times, in this order.
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
        told = "the whole programme" if earlier.cohort is None else f"cohort {earlier.cohort}"
        raise UserError(
            f"the previous report is the {earlier.edition} edition of {told}: "
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
    """The rows of the whole programme by what they are about; of several of one place the first counts."""
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
    """One row of `CHANGE_COLUMNS`, or None where nothing is to be told."""
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
        few = (moved or earlier["n"] != later["n"]) and _tells_of_few(place[0], earlier["n"], later["n"], k)
    if not (judged or moved or few):
        return None
    return (*place, "verdict" if judged else "few" if few else "value", *verdicts)


def _tells_of_few(measure: str, earlier: int | None, later: int | None, k: int) -> bool:
    """Whether fewer than k people's answers may lie between two values; of as many people nobody knows."""
    if measure.startswith(ANSWERS):
        return True
    if measure.startswith(OF_RECORDS) and not measure.startswith(OF_PEOPLE):
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
