"""What participants delivered: how much of each kind in its own unit, and what was in use half a year later.

Unlike things are never added: amounts are summed within one kind and one unit.  An amount of money is what
was estimated on the day of delivery, not what was saved.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
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


@dataclass(frozen=True, kw_only=True)
class Deliverable:
    """One record of the list: `kind` a key of `KINDS`, `label` and `unit` as written, None where missing."""

    kind: str
    label: str | None
    amount: float | None
    unit: str | None
    person: str | None
    day: pd.Timestamp | None
    due: bool
    in_use: bool | None

    @property
    def name(self) -> str:
        """Under which name it counts among kinds that are none of ours."""
        return fold(self.label or "") if self.kind == OTHER else ""


@dataclass(frozen=True, kw_only=True)
class Deliveries:
    """What somebody delivered, and whose it is.

    `untold`: records that may be theirs, as person or day is not told.
    """

    rows: Sequence[Deliverable]
    untold: int
    declined: str | None
    common: Mapping[str, Any]

    def of(self, kind: str) -> list[Deliverable]:
        """Those of a kind."""
        return [row for row in self.rows if row.kind == kind]


def measure_improvements(cohorts: Cohorts) -> Iterator[Measure]:
    """Delivered, amounts and what is still in use: by cohort, over the programme, by person with consent."""
    listed = list_deliverables(cohorts)
    stays = cohorts.programme.rotations
    for cohort in cohorts.programme.cohorts:
        own = [stay for stay in stays if stay.cohort == cohort]
        yield from _measure(_cut(cohorts, listed, own, counts="records", cohort=cohort))
    if stays:
        yield from _measure(_cut(cohorts, listed, stays, counts="records"))
    for stay in stays:
        mine: dict[str, Any] = dict(person=stay.person, people=(stay.person,), consent="time")
        cut = _cut(cohorts, listed, [stay], counts="records", cohort=stay.cohort, **mine)
        # what is nobody's is told of the cohort: of each person it would be told again
        yield from _measure(replace(cut, untold=0))


def list_deliverables(cohorts: Cohorts) -> list[Deliverable]:
    """The list in an order of its own; `due` is what was delivered six months or more before `as_of`."""
    table = cohorts.tables["improvements"].sort_values(["day", "id"], kind="stable")
    last = pd.Timestamp(cohorts.programme.as_of)
    due = (table["day"] + pd.DateOffset(months=IN_USE_MONTHS) <= last).to_numpy(dtype=bool)
    names = ("kind", "amount", "unit", "person", "day", "in_use")
    columns = [table[name].astype(object).where(table[name].notna(), None).tolist() for name in names]
    return [
        Deliverable(
            kind=BLANK if kind is None else name_kind(kind),
            label=kind,
            amount=amount,
            unit=unit,
            person=person,
            day=day,
            due=bool(late),
            in_use=None if in_use is None else bool(in_use),
        )
        for kind, amount, unit, person, day, in_use, late in zip(*columns, due, strict=True)
    ]


def name_kind(written: str) -> str:
    """The kind that a word means, `other` where it is none of them.

    >>> name_kind("監視"), name_kind("Dashboard"), name_kind("IaC module"), name_kind("花壇")
    ('monitor', 'dashboard', 'iac_module', 'other')
    """
    return KIND_OF.get(fold(written), OTHER)


def _cut(
    cohorts: Cohorts, listed: Sequence[Deliverable], stays: Sequence[Rotation], **common: Any
) -> Deliveries:
    """What was delivered by the people of these stays during them."""
    as_of = cohorts.programme.as_of
    windows = [(stay.person, pd.Timestamp(stay.start), pd.Timestamp(stay.end or as_of)) for stay in stays]
    people = {person for person, *_ in windows}
    own, untold = [], 0
    for row in listed:
        if row.day is None:
            untold += row.person is None or row.person in people
            continue
        within = [person for person, first, last in windows if first <= row.day <= last]
        if row.person in within:
            own.append(row)
        elif row.person is None and within:
            untold += 1
    days = [row.day for row in listed if row.day is not None]
    first, last = min(first for _, first, _ in windows), max(last for *_, last in windows)
    covered = bool(days) and min(days) <= last and max(days) >= first
    return Deliveries(rows=own, untold=untold, declined=None if covered else "NO_IMPROVEMENTS", common=common)


def _measure(cut: Deliveries) -> Iterator[Measure]:
    for kind in KINDS:
        yield _count(cut, kind, len(cut.of(kind)))
    others = _group(cut.of(OTHER), lambda row: row.name)
    for rows in others.values():
        yield replace(_count(cut, OTHER, len(rows)), label=rows[0].label)
    yield from _measure_amounts(cut)
    for kind in ("all", *KINDS):
        yield _measure_in_use(cut, kind, cut.rows if kind == "all" else cut.of(kind))


def _group(rows: Iterable[Deliverable], key: Callable[[Deliverable], Any]) -> dict[Any, list[Deliverable]]:
    """Rows by their key, in order of the keys."""
    found: dict[Any, list[Deliverable]] = {}
    for row in rows:
        found.setdefault(key(row), []).append(row)
    return {each: found[each] for each in sorted(found)}


def _count(cut: Deliveries, kind: str, value: int) -> Measure:
    return Measure(
        measure="improvement.delivered",
        unit="deliverables",
        method="count",
        kind=kind,
        n=len(cut.rows),
        missing=cut.untold,
        value=float(value),
        **cut.common,
    ).unless(cut.declined)


def _measure_amounts(cut: Deliveries) -> Iterator[Measure]:
    """A row a kind and unit; of kinds that are none of ours also a row each by its name."""
    known = [row for row in cut.rows if row.amount is not None and row.unit is not None]
    row = Measure(
        measure="improvement.amount",
        unit="own_unit",
        method="sum_in_own_unit",
        n=0,
        missing=len(cut.rows),
        **cut.common,
    )
    if not known or cut.declined:
        yield row.unless(cut.declined or "NO_AMOUNTS")
        return
    everything = _group(cut.rows, lambda each: (each.kind, each.name))
    told = _group(known, lambda each: (each.kind, each.name))
    groups = _group(known, lambda each: (each.kind, each.name, fold(each.unit or "")))
    for (kind, name, unit), rows in groups.items():
        written = rows[0].unit
        yield replace(
            row,
            kind=kind,
            label=f"{rows[0].label}: {written}" if name else written,
            n=len(rows),
            missing=len(everything[kind, name]) - len(told[kind, name]),
            value=float(sum(each.amount or 0.0 for each in rows)),
            notes=("AS_ESTIMATED",) if kind == COST or MONEY.search(unit) else (),
        )


def _measure_in_use(cut: Deliveries, kind: str, rows: Sequence[Deliverable]) -> Measure:
    """How many of those that were delivered half a year ago or earlier are still in use.

    `n` are those of which it is told, `missing` those that are due and not told; what is left of all
    delivered is not due yet.  An early answer does not count: only what was given up would be told early.
    """
    due = [row for row in rows if row.due]
    told = [row for row in due if row.in_use is not None]
    declined = None
    if not told:
        declined = "NOTHING_DELIVERED" if not rows else "IN_USE_UNTOLD" if due else "IN_USE_NOT_DUE"
    return Measure(
        measure="improvement.in_use",
        unit="deliverables",
        method="count",
        kind=kind,
        n=len(told),
        missing=len(due) - len(told),
        value=float(sum(bool(row.in_use) for row in told)),
        **cut.common,
    ).unless(cut.declined or declined)
