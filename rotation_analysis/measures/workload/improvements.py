"""What participants delivered: how much of each kind in its own unit, and what was in use half a year later.

Unlike things are never added: amounts are summed within one kind and one unit.  An amount of money is what
was estimated on the day of delivery, not what was saved.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
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
    table = list_deliverables(cohorts)
    stays = cohorts.programme.rotations
    for cohort in cohorts.programme.cohorts:
        yield from _measure(cohorts, table, [stay for stay in stays if stay.cohort == cohort], cohort=cohort)
    if stays:
        yield from _measure(cohorts, table, stays)
    for stay in stays:
        own: dict[str, Any] = {"cohort": stay.cohort, "person": stay.person, "people": (stay.person,)}
        yield from _measure(cohorts, table, [stay], consent="time", **own)


def list_deliverables(cohorts: Cohorts) -> pd.DataFrame:
    """The list in an order of its own, a row each.

    Columns person, day, `kind` (one of `KINDS`), `label` (the kind as written), `name` (the folded label of a
    kind that is none of ours), amount, unit, `records` (1), and, as whether: `due`, delivered six months or
    more before `as_of`; `told`, due and whether it is in use is known; `used`, due and in use.
    """
    table = cohorts.tables["improvements"].sort_values(["day", "id"], kind="stable")
    due = table["day"] + pd.DateOffset(months=IN_USE_MONTHS) <= pd.Timestamp(cohorts.programme.as_of)
    written = table["kind"].dropna().unique()
    kind = table["kind"].map({text: name_kind(text) for text in written}).astype(object).fillna(BLANK)
    names = table["kind"].map({text: fold(text) for text in written})
    return table[["person", "day", "amount", "unit"]].assign(
        kind=kind,
        label=table["kind"],
        name=names.where(kind.eq(OTHER), ""),
        records=1,
        due=due,
        told=due & table["in_use"].notna(),
        used=due & table["in_use"].fillna(False).astype(bool),
    )


def name_kind(written: str) -> str:
    """The kind that a word means, `other` where it is none of them.

    >>> name_kind("監視"), name_kind("Dashboard"), name_kind("IaC module"), name_kind("花壇")
    ('monitor', 'dashboard', 'iac_module', 'other')
    """
    return KIND_OF.get(fold(written), OTHER)


def _measure(
    cohorts: Cohorts, table: pd.DataFrame, stays: Sequence[Rotation], **names: Any
) -> Iterator[Measure]:
    """What was delivered by the people of these stays during them.

    `missing` is what may be theirs, as person or day is unknown.  Of a cohort and the programme: of each
    person it would be told again.
    """
    as_of = cohorts.programme.as_of
    spans = [(stay.person, pd.Timestamp(stay.start), pd.Timestamp(stay.end or as_of)) for stay in stays]
    person, day = table["person"], table["day"]
    within, theirs = (pd.Series(False, index=table.index) for _ in range(2))
    for one, first, last in spans:
        here = day.between(first, last)
        within, theirs = within | here, theirs | (here & person.eq(one).fillna(False).astype(bool))
    known = person.isin([one for one, *_ in spans])
    untold = person.isna() & (within | day.isna()) | known & day.isna()
    covered = day.min() <= max(last for *_, last in spans) and day.max() >= min(
        first for _, first, _ in spans
    )
    declined = None if covered else "NO_IMPROVEMENTS"
    own = table[theirs]
    by_kind = own.groupby("kind")[["records", "due", "told", "used"]].sum().reindex(KINDS, fill_value=0)
    row = Measure(
        measure="improvement.delivered", unit="deliverables", method="count", counts="records", n=len(own),
        missing=0 if "person" in names else int(untold.sum()), **names,
    )  # fmt: skip
    for kind, n in by_kind["records"].items():
        yield replace(row, kind=str(kind), value=float(n)).unless(declined)
    for _, others in own[own["kind"].eq(OTHER)].groupby("name"):
        named = replace(row, kind=OTHER, label=others["label"].iloc[0], value=float(len(others)))
        yield named.unless(declined)
    yield from _measure_amounts(own, declined, names)
    yield _measure_in_use(row, "all", *by_kind.sum()).unless(declined)
    for kind, *counts in by_kind.itertuples():
        yield _measure_in_use(row, kind, *counts).unless(declined)


def _measure_amounts(own: pd.DataFrame, declined: str | None, names: Mapping[str, Any]) -> Iterator[Measure]:
    """A row a kind and unit; of kinds that are none of ours also a row each by its name."""
    known = own[own["amount"].notna() & own["unit"].notna()]
    row = Measure(
        measure="improvement.amount", unit="own_unit", method="sum_in_own_unit", counts="records",
        n=0, missing=len(own), **names,
    )  # fmt: skip
    if known.empty or declined:
        yield row.unless(declined or "NO_AMOUNTS")
        return
    thing = ["kind", "name"]
    lacking = own.groupby(thing).size() - known.groupby(thing).size()
    for (kind, name, unit), rows in known.groupby([*thing, known["unit"].map(fold)]):
        written = rows["unit"].iloc[0]
        yield replace(
            row,
            kind=kind,
            label=f"{rows['label'].iloc[0]}: {written}" if name else written,
            n=len(rows),
            missing=int(lacking[kind, name]),
            value=float(sum(rows["amount"])),
            notes=("AS_ESTIMATED",) if kind == COST or MONEY.search(unit) else (),
        )


def _measure_in_use(row: Measure, kind: str, delivered: int, due: int, told: int, used: int) -> Measure:
    """How many of those that were delivered half a year ago or earlier are still in use.

    `n` are those of which it is known, `missing` those that are due and not told; what is left of all
    delivered is not due yet.  An early answer does not count: only what was given up would be told early.
    """
    reason = None
    if not told:
        reason = "NOTHING_DELIVERED" if not delivered else "IN_USE_UNTOLD" if due else "IN_USE_NOT_DUE"
    found = replace(
        row, measure="improvement.in_use", kind=kind, n=int(told), missing=int(due - told), value=float(used)
    )
    return found.unless(reason)
