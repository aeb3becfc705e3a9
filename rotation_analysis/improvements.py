"""What participants delivered: how much of each kind in its own unit, and what was in use half a year later.

Unlike things are never added: amounts are summed within one kind and one unit.  An amount of money is what
was estimated on the day of delivery, not what was saved.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from .cells import fold
from .cohort import Cohorts
from .measures import Measure
from .programme import Rotation

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


@dataclass(frozen=True, kw_only=True)
class Deliveries:
    """Deliverables of somebody: rows with kind (a key of `KINDS`), label, unit, `due`; whose they are.

    `untold`: records that may be theirs, as person or day is not told.
    """

    rows: pd.DataFrame
    untold: int
    declined: str | None
    common: Mapping[str, Any]


def measure_improvements(cohorts: Cohorts) -> Iterator[Measure]:
    """Delivered, amounts and what is still in use: by cohort, over the programme, by person with consent."""
    table = list_deliverables(cohorts)
    stays = cohorts.programme.rotations
    for cohort in cohorts.programme.cohorts:
        own = [stay for stay in stays if stay.cohort == cohort]
        yield from _measure(_cut(cohorts, table, own, counts="records", cohort=cohort))
    if stays:
        yield from _measure(_cut(cohorts, table, stays, counts="records"))
    for stay in stays:
        mine: dict[str, Any] = dict(person=stay.person, people=(stay.person,), consent="time")
        cut = _cut(cohorts, table, [stay], counts="records", cohort=stay.cohort, **mine)
        # what is nobody's is told of the cohort: of each person it would be told again
        yield from _measure(replace(cut, untold=0))


def list_deliverables(cohorts: Cohorts) -> pd.DataFrame:
    """The list in a fixed order: `kind` as an id, `label` as written, `unit_key`, `due` by `as_of`."""
    table = cohorts.tables["improvements"]
    as_of = pd.Timestamp(cohorts.programme.as_of)
    label = table["kind"].astype(object)
    kind = label.map(name_kind, na_action="ignore").fillna(BLANK)
    return table.assign(
        kind=kind.astype(object),
        label=label,
        unit=table["unit"].astype(object),
        unit_key=table["unit"].map(fold, na_action="ignore").astype(object),
        due=table["day"] + pd.DateOffset(months=IN_USE_MONTHS) <= as_of,
    ).sort_values(["day", "id"], kind="stable")


def name_kind(written: str) -> str:
    """The kind that a word means, `other` where it is none of them.

    >>> name_kind("監視"), name_kind("Dashboard"), name_kind("IaC module"), name_kind("花壇")
    ('monitor', 'dashboard', 'iac_module', 'other')
    """
    return KIND_OF.get(fold(written), OTHER)


def _cut(cohorts: Cohorts, table: pd.DataFrame, stays: Sequence[Rotation], **common: Any) -> Deliveries:
    """What was delivered by the people of these stays during them."""
    as_of = cohorts.programme.as_of
    windows = [(stay.person, pd.Timestamp(stay.start), pd.Timestamp(stay.end or as_of)) for stay in stays]
    own, within = (pd.Series(False, index=table.index) for _ in range(2))
    for person, first, last in windows:
        days = table["day"].between(first, last)
        own |= days & table["person"].eq(person)
        within |= days
    theirs = table["person"].isin([person for person, *_ in windows])
    dayless = table["day"].isna()
    untold = ~own & ((table["person"].isna() & (within | dayless)) | (theirs & dayless))
    first, last = min(first for _, first, _ in windows), max(last for *_, last in windows)
    covered = bool((table["day"].min() <= last) & (table["day"].max() >= first))
    return Deliveries(
        rows=table[own],
        untold=int(untold.sum()),
        declined=None if covered else "NO_IMPROVEMENTS",
        common=common,
    )


def _measure(cut: Deliveries) -> Iterator[Measure]:
    for kind in KINDS:
        yield _count(cut, kind, cut.rows["kind"].eq(kind))
    others = cut.rows[cut.rows["kind"].eq(OTHER)]
    for _, rows in others.groupby(others["label"].map(fold), sort=True):
        named = cut.rows.index.isin(rows.index)
        yield replace(_count(cut, OTHER, pd.Series(named)), label=str(rows["label"].iloc[0]))
    yield from _measure_amounts(cut)
    for kind in ("all", *KINDS):
        rows = cut.rows if kind == "all" else cut.rows[cut.rows["kind"].eq(kind)]
        yield _measure_in_use(cut, kind, rows)


def _count(cut: Deliveries, kind: str, wanted: pd.Series) -> Measure:
    return Measure(
        measure="improvement.delivered",
        unit="deliverables",
        method="count",
        kind=kind,
        n=len(cut.rows),
        missing=cut.untold,
        value=float(wanted.sum()),
        **cut.common,
    ).unless(cut.declined)


def _measure_amounts(cut: Deliveries) -> Iterator[Measure]:
    """A row a kind and unit; of kinds that are no known ones also what each is called."""
    known = cut.rows[cut.rows["amount"].notna() & cut.rows["unit_key"].notna()]
    row = Measure(
        measure="improvement.amount",
        unit="own_unit",
        method="sum_in_own_unit",
        n=0,
        missing=len(cut.rows),
        **cut.common,
    )
    if known.empty or cut.declined:
        yield row.unless(cut.declined or "NO_AMOUNTS")
        return
    name = known["label"].map(fold, na_action="ignore").where(known["kind"].eq(OTHER), "")
    for (kind, what, unit), rows in known.groupby([known["kind"], name.fillna(""), "unit_key"], sort=True):
        same = cut.rows["kind"].eq(kind)
        if what:
            same &= cut.rows["label"].map(fold, na_action="ignore").eq(what)
        told = str(rows["unit"].iloc[0])
        yield replace(
            row,
            kind=str(kind),
            label=f"{rows['label'].iloc[0]}: {told}" if what else told,
            n=len(rows),
            missing=int((same & ~cut.rows.index.isin(known.index)).sum()),
            value=float(rows["amount"].sum()),
            notes=("AS_ESTIMATED",) if kind == COST or MONEY.search(unit) else (),
        )


def _measure_in_use(cut: Deliveries, kind: str, rows: pd.DataFrame) -> Measure:
    """How many of those that were delivered half a year ago or earlier are still in use.

    `n` are those of which it is told, `missing` those that are due and not told; what is left of all
    delivered is not due yet.  An early answer does not count: only what was given up would be told early.
    """
    due = rows[rows["due"]]
    told = due["in_use"].dropna().astype(bool)
    declined = None
    if told.empty:
        declined = "NOTHING_DELIVERED" if rows.empty else "IN_USE_UNTOLD" if len(due) else "IN_USE_NOT_DUE"
    return Measure(
        measure="improvement.in_use",
        unit="deliverables",
        method="count",
        kind=kind,
        n=len(told),
        missing=len(due) - len(told),
        value=float(told.sum()),
        **cut.common,
    ).unless(cut.declined or declined)
