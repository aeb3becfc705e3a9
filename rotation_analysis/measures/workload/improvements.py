"""What participants delivered: how much of each kind in its own unit, and what was in use half a year later.

Unlike things are never added: amounts are summed within one kind and one unit.  An amount of money is what
was estimated on the day of delivery, not what was saved.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from operator import attrgetter
from typing import Any

import pandas as pd

from ...cohorts.cohort import Cohorts
from ...files.cells import fold
from ...measure_row import Measure
from ...programme.model import Rotation

IN_USE_MONTHS = 6
OTHER, BLANK, COST = "other", "unknown", "cost"
MONEY = re.compile(r"[円¥$€£]|\b(?:yen|jpy|usd|eur)\b")
KIND_WORDS: Mapping[str, tuple[str, ...]] = {
    "monitor": (
        "監視", "監視設定", "監視追加", "モニター", "モニタ", "アラート", "monitors", "monitoring", "alert",
    ),
    "dashboard": ("ダッシュボード", "ウィジェット", "dashboards", "widget", "widgets"),
    "workflow": ("ワークフロー", "自動化", "定型作業の自動化", "workflows", "automation"),
    "removed_resource": (
        "不要リソース削除", "不要リソースの削除", "不要リソース", "リソース削除", "removed resource",
        "removed resources", "unneeded resource removed", "unused resource removed", "cleanup",
    ),
    "cost": ("コスト", "コスト削減", "費用", "費用削減", "cost saving", "cost savings", "cost reduction"),
    "iac_module": (
        "iacモジュール", "iac モジュール", "terraformモジュール", "iac", "iac module", "iac modules",
        "terraform module",
    ),
    "slo": ("sli/slo", "slos", "slo設定"),
    "runbook": ("手順書", "ランブック", "runbooks", "playbook", "playbooks"),
    "document": ("資料", "文書", "ドキュメント", "documents", "documentation", "docs", "doc"),
}  # fmt: skip
KINDS = (*KIND_WORDS, OTHER, BLANK)
KIND_OF = {fold(word): kind for kind, words in KIND_WORDS.items() for word in (kind, *words)}


def measure_improvements(cohorts: Cohorts) -> Iterator[Measure]:
    """Delivered, amounts and what is still in use: by cohort, over the programme, by person with consent."""
    listed = list_deliverables(cohorts)
    stays = cohorts.programme.rotations
    for cohort in cohorts.programme.cohorts:
        yield from _measure(cohorts, listed, [stay for stay in stays if stay.cohort == cohort], cohort=cohort)
    if stays:
        yield from _measure(cohorts, listed, stays)
    for stay in stays:
        own: dict[str, Any] = {"cohort": stay.cohort, "person": stay.person, "people": (stay.person,)}
        yield from _measure(cohorts, listed, [stay], consent="time", **own)


def list_deliverables(cohorts: Cohorts) -> list[Any]:
    """The records of the list, in an order of its own, as named tuples; None is missing.

    Of each person, day, amount, unit, `measured_in` (the folded unit), `kind` (one of `KINDS`), `label` (the
    kind as written), `name` (the folded label of a kind that is none of ours), and whether it is `due`
    (delivered six months or more before `as_of`), `told` (due, and it is known whether it is in use) and
    `used` (due and in use).
    """
    table = cohorts.tables["improvements"].sort_values(["day", "id"], kind="stable")
    due = table["day"] + pd.DateOffset(months=IN_USE_MONTHS) <= pd.Timestamp(cohorts.programme.as_of)
    label = table["kind"].astype(object)
    kind = label.map(name_kind, na_action="ignore").astype(object).fillna(BLANK)
    columns = table[["person", "day", "amount", "unit"]].astype(object)
    columns = columns.where(columns.notna(), None).assign(
        kind=kind,
        label=label,
        name=label.map(fold, na_action="ignore").where(kind.eq(OTHER), ""),
        measured_in=table["unit"].astype(object).map(fold, na_action="ignore"),
        due=due,
        told=due & table["in_use"].notna(),
        used=due & table["in_use"].fillna(False).astype(bool),
    )
    return list(columns.itertuples(index=False, name="Deliverable"))


def name_kind(written: str) -> str:
    """The kind that a word means, `other` where it is none of them.

    >>> name_kind("監視"), name_kind("Dashboard"), name_kind("IaC module"), name_kind("花壇")
    ('monitor', 'dashboard', 'iac_module', 'other')
    """
    return KIND_OF.get(fold(written), OTHER)


def _measure(
    cohorts: Cohorts, listed: Sequence[Any], stays: Sequence[Rotation], **names: Any
) -> Iterator[Measure]:
    """What was delivered by the people of these stays during them.

    `missing` is what may be theirs, as person or day is unknown; 0 for one person, where every row would
    repeat it.
    """
    as_of = cohorts.programme.as_of
    spans = [(stay.person, pd.Timestamp(stay.start), pd.Timestamp(stay.end or as_of)) for stay in stays]
    own, untold = [], 0
    for each in listed:
        there = [person for person, first, last in spans if each.day is None or first <= each.day <= last]
        if each.day is not None and each.person in there:
            own.append(each)
        elif there and (each.person is None or each.person in there):
            untold += 1
    days = [each.day for each in listed if each.day is not None]
    first, last = min(first for _, first, _ in spans), max(last for *_, last in spans)
    declined = None if days and min(days) <= last and max(days) >= first else "NO_IMPROVEMENTS"
    row = Measure(
        measure="improvement.delivered", unit="deliverables", method="count", counts="records", n=len(own),
        missing=0 if "person" in names else untold, **names,
    )  # fmt: skip
    by_kind = {kind: [each for each in own if each.kind == kind] for kind in KINDS}
    for kind, rows in by_kind.items():
        yield replace(row, kind=kind, value=float(len(rows))).unless(declined)
    for others in _group(by_kind[OTHER], "name").values():
        yield replace(row, kind=OTHER, label=others[0].label, value=float(len(others))).unless(declined)
    yield from _measure_amounts(own, declined, names)
    for kind, rows in {"all": own, **by_kind}.items():
        yield _measure_in_use(row, kind, rows).unless(declined)


def _group(rows: Iterable[Any], *names: str) -> dict[Any, list[Any]]:
    """Rows by their values of these names, in order of the values."""
    key = attrgetter(*names)
    return {value: list(same) for value, same in groupby(sorted(rows, key=key), key)}


def _measure_amounts(own: Sequence[Any], declined: str | None, names: Mapping[str, Any]) -> Iterator[Measure]:
    """A row a kind and unit; of kinds that are none of ours also a row each by its name."""
    known = [each for each in own if each.amount is not None and each.unit is not None]
    row = Measure(
        measure="improvement.amount", unit="own_unit", method="sum_in_own_unit", counts="records",
        n=0, missing=len(own), **names,
    )  # fmt: skip
    if not known or declined:
        yield row.unless(declined or "NO_AMOUNTS")
        return
    delivered, told = (_group(rows, "kind", "name") for rows in (own, known))
    for thing, amounts in told.items():
        for unit, rows in _group(amounts, "measured_in").items():
            written = rows[0].unit
            yield replace(
                row,
                kind=thing[0],
                label=f"{rows[0].label}: {written}" if thing[1] else written,
                n=len(rows),
                missing=len(delivered[thing]) - len(amounts),
                value=float(sum(each.amount for each in rows)),
                notes=("AS_ESTIMATED",) if thing[0] == COST or MONEY.search(unit) else (),
            )


def _measure_in_use(row: Measure, kind: str, rows: Sequence[Any]) -> Measure:
    """How many of those that were delivered half a year ago or earlier are still in use.

    `n` are those of which it is known, `missing` those that are due and not told; what is left of all
    delivered is not due yet.  An early answer does not count: only what was given up would be told early.
    """
    due, told, used = (sum(getattr(each, name) for each in rows) for name in ("due", "told", "used"))
    reason = None
    if not told:
        reason = "NOTHING_DELIVERED" if not rows else "IN_USE_UNTOLD" if due else "IN_USE_NOT_DUE"
    found = replace(
        row, measure="improvement.in_use", kind=kind, n=told, missing=due - told, value=float(used)
    )
    return found.unless(reason)
