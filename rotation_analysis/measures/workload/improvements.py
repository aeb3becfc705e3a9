"""What participants delivered, what of it was in use half a year later, and which services gained monitors.

Unlike things are never added: amounts are summed within one kind and one unit.  An amount of money is what
was estimated on the day of delivery, not what was saved.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import chain, groupby
from operator import attrgetter
from typing import Any

import pandas as pd

from ...cohorts.cohort import Cohorts
from ...cohorts.people import BOT, PERSON, look_up
from ...files.cells import fold
from ...measure_row import Measure
from ...programme.model import Rotation
from ..rows import count_row

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
    (delivered six months or more before `as_of`), `known` (due, and it is known whether it is in use) and
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
        known=due & table["in_use"].notna(),
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
    own, unassigned = [], 0
    for each in listed:
        there = [person for person, first, last in spans if each.day is None or first <= each.day <= last]
        if each.day is not None and each.person in there:
            own.append(each)
        elif there and (each.person is None or each.person in there):
            unassigned += 1
    days = [each.day for each in listed if each.day is not None]
    first, last = min(first for _, first, _ in spans), max(last for *_, last in spans)
    declined = None if days and min(days) <= last and max(days) >= first else "NO_IMPROVEMENTS"
    row = Measure(
        measure="improvement.delivered", unit="deliverables", method="count", counts="records", n=len(own),
        missing=0 if "person" in names else unassigned, **names,
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
    delivered, with_amount = (_group(rows, "kind", "name") for rows in (own, known))
    for thing, amounts in with_amount.items():
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
    due, known, used = (sum(getattr(each, name) for each in rows) for name in ("due", "known", "used"))
    reason = None
    if not known:
        reason = "NOTHING_DELIVERED" if not rows else "IN_USE_UNTOLD" if due else "IN_USE_NOT_DUE"
    found = replace(
        row, measure="improvement.in_use", kind=kind, n=known, missing=due - known, value=float(used)
    )
    return found.unless(reason)


# --- monitors and widgets -----------------------------------------------------------------------------------
# Which services gained monitors and widgets: lists of before a cohort's stays against lists of after them.
#
# Whoever made them: the lists tell what there was, not whose work it is.  Who made one is told by `creator`,
# which cloning and Terraform overwrite.

TABLES = {"monitors": "monitors", "widgets": "dashboards"}
"""Kind of row → the table that lists it."""
RESOURCES = {
    "tablename": "dynamodb",
    "dbinstanceidentifier": "rds",
    "dbclusteridentifier": "rds",
    "cacheclusterid": "elasticache",
    "queuename": "sqs",
    "topicname": "sns",
    "functionname": "lambda",
    "streamname": "kinesis",
    "bucketname": "s3",
    "loadbalancer": "elb",
}
"""Tag of a cloud resource → what kind of thing it names."""
NEAR_WEEKS = 4
"""A list this long before or after the stays is still about them alone."""
_VALUE = r"\"?([^\s,;{}()\[\]\"'|&]+)"
_TAG = re.compile(rf"(?<![\w.!@-])(service|{'|'.join(RESOURCES)}):{_VALUE}", re.I)
_SEVERAL = re.compile(r"(?<![\w.!@-])service(?::|\s+in\s*)\(([^()]*)\)", re.I)
_EXCLUDED = re.compile(r"\bnot\s+(?:\w+:(?:\([^()]*\)|\S+)|\w+\s+in\s*\([^()]*\)|\([^()]*\))", re.I)
_NAMESPACE = re.compile(r"(?<![\w.])aws\.([a-z0-9_]+)\.", re.I)
_SPLIT = re.compile(r"\s*,\s*|\s+or\s+|\s+", re.I)


@dataclass(frozen=True, kw_only=True)
class Lists:
    """The rows of the list before and of the list after, their days, and why they cannot be compared."""

    before: pd.DataFrame
    after: pd.DataFrame
    notes: tuple[str, ...] = ()
    declined: str | None = None


def measure_monitoring(cohorts: Cohorts) -> Iterator[Measure]:
    """By cohort and kind (monitors, widgets): the gain in all and by service; whose name new ones carry."""
    for kind, name in TABLES.items():
        table = _prepare(cohorts.tables[name], kind)
        for cohort in cohorts.programme.cohorts:
            lists = pick_lists(cohorts, table, cohort)
            yield from _measure_gains(lists, kind, cohort)
            yield _measure_makers(cohorts, lists, kind, cohort)


def _prepare(table: pd.DataFrame, kind: str) -> pd.DataFrame:
    """One row a monitor or widget and list: `key`, `services`; what shows no data (a note) is no widget."""
    if kind == "monitors":
        services = [find_services(*texts) for texts in zip(table["tags"], table["query"], strict=True)]
        return table.assign(key=table["id"].astype(object), services=services)
    shown = table[table["query"].notna()]
    key = shown["id"].astype(object) + "/" + shown["widget"].astype(object)
    return shown.assign(key=key, services=[find_services(None, query) for query in shown["query"]])


def find_services(tags: object, query: object) -> tuple[str, ...]:
    """The services that a monitor or widget is about: by its tags, else by what its query asks for.

    A query's `service` counts first, then a named cloud resource (`dynamodb:orders`), then the vendor's name
    space (`dynamodb`).  What a query excludes, a star and a variable name no service.

    >>> find_services("team:aoi,service:booking", "avg(last_5m):avg:system.load.1{service:search} > 4")
    ('booking',)
    >>> find_services(None, "sum:aws.dynamodb.throttled_requests{tablename:orders}.as_count() > 1")
    ('dynamodb:orders',)
    >>> find_services(None, "sum:aws.dynamodb.throttled_requests{env:prod} by {tablename}.as_count() > 1")
    ('dynamodb',)
    """
    for text in (tags, query):
        if not isinstance(text, str):
            continue
        kept = _EXCLUDED.sub(" ", text)
        found = [(name.lower(), value) for name, value in _TAG.findall(kept)]
        services = [value for name, value in found if name == "service"]
        services += [value for several in _SEVERAL.findall(kept) for value in _SPLIT.split(several)]
        named = _names(services)
        resources = [(RESOURCES[name], value) for name, value in found if name != "service"]
        named = named or tuple(
            dict.fromkeys(f"{kind}:{value}" for kind, written in resources for value in _names([written]))
        )
        if named:
            return named
    return _names(_NAMESPACE.findall(query)) if isinstance(query, str) else ()


def _names(values: list[str]) -> tuple[str, ...]:
    """Each name once, folded, in order; stars and variables left out."""
    names = [fold(value.strip("\"'")) for value in values]
    return tuple(dict.fromkeys(name for name in names if name and not re.search(r"[*$]", name)))


# --- which lists ----------------------------------------------------------------------------------------


def pick_lists(cohorts: Cohorts, table: pd.DataFrame, cohort: str) -> Lists:
    """The nearest list up to the start of the first stay, and the first one from the last end on.

    While a stay runs, the latest list up to `as_of` stands in for the one after.
    """
    stays = [stay for stay in cohorts.programme.rotations if stay.cohort == cohort]
    start = pd.Timestamp(min(stay.start for stay in stays))
    running = any((stay.end or date.max) > cohorts.programme.as_of for stay in stays)
    end = None if running else pd.Timestamp(max(stay.end or date.min for stay in stays))
    days = table["listed"].dropna().sort_values()
    days = days[days <= pd.Timestamp(cohorts.programme.as_of)]
    earlier = days[days <= start]
    later = days[days > start] if end is None else days[days >= end]
    declined = None
    if table["listed"].isna().all():
        declined = "NO_LIST" if table.empty else "LIST_NOT_DATED"
    elif earlier.empty or later.empty:
        declined = "NO_LIST_BEFORE" if earlier.empty else "NO_LIST_AFTER"
    if declined:
        return Lists(before=table.iloc[:0], after=table.iloc[:0], declined=declined)
    before, after = earlier.iloc[-1], later.iloc[-1] if end is None else later.iloc[0]
    gaps = [
        0 if gap is None else gap.days // 7 for gap in (start - before, None if end is None else after - end)
    ]
    return Lists(
        before=table[table["listed"].eq(before)],
        after=table[table["listed"].eq(after)],
        notes=(
            f"LISTS:{before.date()}:{after.date()}",
            # what else changed than during the stays is in the difference, too
            *((f"LIST_FAR:{gaps[0]}:{gaps[1]}",) if max(gaps) > NEAR_WEEKS else ()),
            *(("LIST_DURING_STAY",) if end is None else ()),
        ),
    )


# --- gains ----------------------------------------------------------------------------------------------


def _measure_gains(lists: Lists, kind: str, cohort: str) -> Iterator[Measure]:
    """All of a kind, then each service of either list: after − before, n after; who is of none is missing."""
    common: dict[str, Any] = dict(
        measure="monitoring.gained",
        unit=kind,
        method="difference_of_lists",
        counts="records",
        cohort=cohort,
        kind=kind,
        notes=lists.notes,
    )
    counts = [rows["key"].nunique() for rows in (lists.before, lists.after)]
    nameless = lists.after.loc[lists.after["services"].map(len).eq(0), "key"].nunique()
    total = Measure(n=counts[1], missing=nameless, value=float(counts[1] - counts[0]), **common)
    yield total.unless(lists.declined)
    # one about two services counts for each
    each = [dict(zip(rows["key"], rows["services"], strict=True)) for rows in (lists.before, lists.after)]
    before, after = (Counter(chain.from_iterable(services.values())) for services in each)
    for service in sorted({*before, *after}):
        n = after[service]
        yield Measure(label=service, n=n, missing=0, value=float(n - before[service]), **common)


def _measure_makers(cohorts: Cohorts, lists: Lists, kind: str, cohort: str) -> Measure:
    """Of those that are new, how many name somebody of the cohort as creator; weak, and said to be."""
    new = lists.after[~lists.after["key"].isin(lists.before["key"])]
    created = new["created"].dt.tz_localize(None).dt.normalize()
    found = look_up(cohorts.people, new["creator"], created)
    if "creator_mail" in new:
        by_mail = look_up(cohorts.people, new["creator_mail"], created)
        found = by_mail.where(by_mail["outcome"].isin([PERSON, BOT]), found)
    own = {stay.person for stay in cohorts.programme.rotations if stay.cohort == cohort}
    known = found["outcome"].eq(PERSON)
    return count_row(
        "monitoring.made",
        kind,
        (known & found["id"].isin(own)).sum(),
        cohort=cohort,
        kind=kind,
        n=len(new),
        missing=int((~known).sum()),
        notes=(*lists.notes, "CREATOR_WEAK"),
    ).unless(lists.declined)
