"""Which services gained monitors and widgets: lists of before a cohort's stays against lists of after them.

Whoever made them: the lists tell what there was, not whose work it is.  Who made one is told by `creator`,
which cloning and Terraform overwrite.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from ...cohorts.cohort import Cohorts
from ...cohorts.people import BOT, PERSON, Directory, list_people, look_up, with_accounts
from ...files.cells import fold
from ...measure_row import Measure
from ..rows import count_row

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
    people = with_accounts(list_people(cohorts.programme), cohorts.tables["accounts"])
    for kind, name in TABLES.items():
        table = _prepare(cohorts.tables[name], kind)
        for cohort in cohorts.programme.cohorts:
            lists = pick_lists(cohorts, table, cohort)
            yield from _measure_gains(lists, kind, cohort)
            yield _measure_makers(cohorts, lists, kind, cohort, people)


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
            dict.fromkeys(f"{kind}:{value}" for kind, told in resources for value in _names([told]))
        )
        if named:
            return named
    return _names(_NAMESPACE.findall(query)) if isinstance(query, str) else ()


def _names(values: list[str]) -> tuple[str, ...]:
    """Each name once, folded, in order; stars and variables left out."""
    told = [fold(value.strip("\"'")) for value in values]
    return tuple(dict.fromkeys(name for name in told if name and not re.search(r"[*$]", name)))


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
    declined = _why_not(table, earlier, later)
    if declined:
        return Lists(before=table.iloc[:0], after=table.iloc[:0], declined=declined)
    before, after = earlier.iloc[-1], later.iloc[-1] if end is None else later.iloc[0]
    return Lists(
        before=table[table["listed"].eq(before)],
        after=table[table["listed"].eq(after)],
        notes=(
            f"LISTS:{before.date()}:{after.date()}",
            *_far_off(start - before, after - end if end is not None else None),
            *(("LIST_DURING_STAY",) if end is None else ()),
        ),
    )


def _far_off(earlier: pd.Timedelta, later: pd.Timedelta | None) -> tuple[str, ...]:
    """What else changed than during the stays is in the difference, too, where a list is far from them."""
    weeks = [0 if gap is None else gap.days // 7 for gap in (earlier, later)]
    return (f"LIST_FAR:{weeks[0]}:{weeks[1]}",) if max(weeks) > NEAR_WEEKS else ()


def _why_not(table: pd.DataFrame, earlier: pd.Series, later: pd.Series) -> str | None:
    if table.empty:
        return "NO_LIST"
    if table["listed"].isna().all():
        return "LIST_NOT_DATED"
    if earlier.empty:
        return "NO_LIST_BEFORE"
    return "NO_LIST_AFTER" if later.empty else None


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
    before, after = (_count_services(rows) for rows in (lists.before, lists.after))
    for service in sorted({*before, *after}):
        n = after[service]
        yield Measure(label=service, n=n, missing=0, value=float(n - before[service]), **common)


def _count_services(rows: pd.DataFrame) -> Counter[str]:
    """Service → how many monitors or widgets; one about two services counts for each."""
    each = dict(zip(rows["key"], rows["services"], strict=True))
    return Counter(service for services in each.values() for service in services)


def _measure_makers(cohorts: Cohorts, lists: Lists, kind: str, cohort: str, people: Directory) -> Measure:
    """Of those that are new, how many name somebody of the cohort as creator; weak, and said to be."""
    new = lists.after[~lists.after["key"].isin(lists.before["key"])]
    created = new["created"].dt.tz_localize(None).dt.normalize()
    found = look_up(people, new["creator"], created)
    if "creator_mail" in new:
        by_mail = look_up(people, new["creator_mail"], created)
        found = by_mail.where(by_mail["outcome"].isin([PERSON, BOT]), found)
    own = {stay.person for stay in cohorts.programme.rotations if stay.cohort == cohort}
    told = found["outcome"].eq(PERSON)
    return count_row(
        "monitoring.made",
        kind,
        (told & found["id"].isin(own)).sum(),
        cohort=cohort,
        kind=kind,
        n=len(new),
        missing=int((~told).sum()),
        notes=(*lists.notes, "CREATOR_WEAK"),
    ).unless(lists.declined)
