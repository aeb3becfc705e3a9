"""Datadog's monitors and dashboards as listed on four days (API v1): what was watched before and after.

Planted is where monitors and widgets came: tables of DynamoDB above all.  Who made one is told as the tool
tells it: the service account of Terraform, or whoever cloned it.  No real list of dashboards was at hand.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd

from .company import TERRAFORM, full_name, mail, opaque_id
from .dialects import datadog_time
from .planted import SHARED_SERVICES, TEAMS, stream
from .world import World

LISTED = ("2022-04-01", "2022-10-03", "2024-05-01", "2024-11-01")
TERRAFORM_SHARE, CLONED_SHARE = 0.25, 0.15
# DynamoDB table: the team it belongs to
DYNAMODB = {
    "reservations": "aoi", "waitlist": "kaede", "seats": "hinoki", "sessions": "sakura", "notices": "keyaki",
    "profiles": "kiri",
}  # fmt: skip
# first day, last day, makers; for each service or table (`dynamodb:name`) the monitors and widgets that came
GROWTH = (
    ("2021-08-02", "2022-03-20", ("sre01", "sre02", "sre03"),
     {f"{team.id}-api": (1, 2) for team in TEAMS} | dict.fromkeys(SHARED_SERVICES, (3, 4))
     | {"dynamodb:reservations": (1, 1)}),
    ("2022-04-20", "2022-09-22", ("p01", "p01", "sre01"),
     {"dynamodb:reservations": (4, 5), "dynamodb:waitlist": (3, 4), "aoi-api": (1, 2)}),
    ("2022-11-01", "2024-04-20", ("p02", "p03", "p05", "sre02"),
     {"dynamodb:seats": (1, 2), "kaede-api": (2, 2), "hinoki-api": (1, 2), "shared-db": (1, 3)}),
    ("2024-05-20", "2024-10-25", ("p08", "p09", "p10", "p11"),
     {"dynamodb:seats": (3, 4), "dynamodb:sessions": (4, 5), "dynamodb:notices": (3, 4), "keyaki-api": (2, 2),
      "kiri-api": (1, 2)}),
)  # fmt: skip
REMOVED = {"2022-06-15": 2, "2024-08-05": 3}  # old monitors that somebody took away
DYNAMODB_METRICS = (
    ("スロットリング", "sum", "throttled_requests"),
    ("読み取りの消費量", "avg", "consumed_read_capacity_units"),
    ("書き込みの消費量", "avg", "consumed_write_capacity_units"),
    ("応答時間", "max", "successful_request_latency.maximum"), ("システムエラー", "sum", "system_errors"),
)  # fmt: skip
API_METRICS = (
    ("応答時間", "avg", "trace.http.request.duration.by.service.95p"),
    ("エラー率", "sum", "trace.http.request.errors"), ("リクエスト数", "sum", "trace.http.request.hits"),
    ("CPU", "avg", "ecs.fargate.cpu.percent"),
)  # fmt: skip
FIRST_ID, FIRST_WIDGET, ORGANISATION = 58_000_000, 4_100_000_000, 90_210
COPY = " (複製)"


def draw_assets(seed: int) -> pd.DataFrame:
    """Everything that was ever watched: `kind` (monitor, widget), `subject`, `metric`, `created`, `removed`.

    Besides `maker` (a person or `TERRAFORM`), `copied`, and a `number`, the same in every list.
    """
    random = stream(seed, "monitoring")
    rows = []
    for first, last, makers, grown in GROWTH:
        days = (np.datetime64(last) - np.datetime64(first)).astype(int)
        for subject, counts in grown.items():
            for kind, count in zip(("monitor", "widget"), counts, strict=True):
                for _ in range(count):
                    moment = np.datetime64(first, "s") + int(random.randint(days) * 86400)
                    moment += np.timedelta64(int(random.randint(10 * 3600, 19 * 3600)), "s")
                    maker, luck = makers[random.randint(0, len(makers))], random.random_sample()
                    by_code = luck < TERRAFORM_SHARE and kind == "monitor"
                    copied = not by_code and luck < TERRAFORM_SHARE + CLONED_SHARE
                    rows.append((kind, subject, moment, TERRAFORM if by_code else maker, copied))
    frame = pd.DataFrame(rows, columns=["kind", "subject", "created", "maker", "copied"])
    frame = frame.sort_values(["created", "subject"], kind="stable", ignore_index=True)
    removed = pd.Series(pd.NaT, index=frame.index)
    old = frame.index[frame["kind"].eq("monitor") & (frame["created"] < LISTED[0])]
    old = list(random.permutation(old))
    for day, count in REMOVED.items():
        removed[[old.pop() for _ in range(count)]] = pd.Timestamp(day)
    metric = frame.groupby(["kind", "subject"]).cumcount()
    return frame.assign(metric=metric, removed=removed, number=np.arange(len(frame)))


def list_monitors(assets: pd.DataFrame, day: str) -> list[dict[str, Any]]:
    """The monitors that there were on `day`, as the API lists them."""
    there = assets[assets["kind"].eq("monitor") & (assets["created"] < day) & ~(assets["removed"] < day)]
    return [monitor_object(each) for each in there.itertuples()]


def list_dashboards(assets: pd.DataFrame, day: str) -> list[dict[str, Any]]:
    """The dashboards of `day`, one a subject, as the API gives each; DynamoDB has one."""
    there = assets[assets["kind"].eq("widget") & (assets["created"] < day)]
    boards = there["subject"].str.partition(":")[0]
    return [dashboard_object(str(name), rows) for name, rows in there.groupby(boards, sort=True)]


def to_answer(items: list[dict[str, Any]]) -> bytes:
    """One line, keys as they come."""
    return json.dumps(items, ensure_ascii=False, separators=(",", ":")).encode()


def list_files(world: World) -> dict[str, bytes]:
    """The lists of all four days by file name."""
    assets = draw_assets(world.seed)
    files = {f"datadog_monitors_{day}.json": to_answer(list_monitors(assets, day)) for day in LISTED}
    return files | {
        f"datadog_dashboards_{day}.json": to_answer(list_dashboards(assets, day)) for day in LISTED
    }


def describe(subject: str, metric: int) -> tuple[str, str, str, str, list[str]]:
    """Title, team, how it is summed, query without the function, and tags of what watches a subject."""
    kind, _, table = subject.partition(":")
    if table:
        title, how, name = DYNAMODB_METRICS[metric % len(DYNAMODB_METRICS)]
        team = DYNAMODB[table]
        return f"[DynamoDB] {table}: {title}", team, how, f"aws.dynamodb.{name}{{tablename:{table}}}", []
    title, how, name = API_METRICS[metric % len(API_METRICS)]
    team = "sre" if kind in SHARED_SERVICES else kind.removesuffix("-api")
    scope = f"{{service:{kind},env:prod}}"
    return f"{kind}: {title}", team, how, f"{name}{scope}", [f"service:{kind}"]


def monitor_object(asset: Any) -> dict[str, Any]:
    """One monitor; its creator is who made, cloned or terraformed it last."""
    title, team, how, query, tags = describe(asset.subject, asset.metric)
    number = FIRST_ID + 137 * asset.number
    created = datadog_time(asset.created, 4099 * (asset.number + 3) % 10**6)
    by_code = asset.maker == TERRAFORM
    labels = ["env:prod", *(["managed-by:terraform"] if by_code else []), *tags, f"team:{team}"]
    return {
        "id": number,
        "org_id": ORGANISATION,
        "type": "query alert",
        "name": title + (COPY if asset.copied else ""),
        "message": f"@slack-{team}-alerts",
        "tags": sorted(labels),
        "query": f"{how}(last_5m):{how}:{query} > {10 * (asset.metric + 1)}",
        "options": {
            "notify_audit": False,
            "include_tags": True,
            "thresholds": {"critical": 10 * (asset.metric + 1)},
        },
        "multi": False,
        "created_at": int((asset.created - pd.Timedelta(hours=9)).timestamp() * 1000),
        "created": created,
        "modified": created,
        "deleted": None,
        "restricted_roles": None,
        "priority": None,
        "overall_state_modified": created,
        "overall_state": "OK",
        "creator": creator_object(asset.maker),
        "matching_downtimes": [],
    }


def creator_object(maker: str) -> dict[str, Any]:
    """The account behind it; Terraform has one of its own."""
    address = maker if maker == TERRAFORM else mail(maker)
    name = "Terraform" if maker == TERRAFORM else full_name(maker)
    return {"name": name, "handle": address, "email": address, "id": int(opaque_id(maker, length=6), 16)}


def dashboard_object(name: str, rows: pd.DataFrame) -> dict[str, Any]:
    """One dashboard: a note, then its widgets; those of DynamoDB stand in a group a table."""
    first = rows.iloc[0]
    tables = rows["subject"].str.partition(":")[2]
    note = {"type": "note", "content": f"{name} を見るときの順番", "background_color": "white"}
    widgets: list[dict[str, Any]] = [{"id": FIRST_WIDGET + 7 * int(first["number"]) + 1, "definition": note}]
    for table, own in rows.groupby(tables, sort=True):
        inside = [widget_object(each) for each in own.itertuples()]
        if table:
            group = {"type": "group", "layout_type": "ordered", "title": table, "widgets": inside}
            inside = [{"id": FIRST_WIDGET + 7 * int(own["number"].iloc[0]) + 2, "definition": group}]
        widgets += inside
    code = opaque_id(f"dashboard {name}", length=9)
    key = "-".join((code[:3], code[3:6], code[6:]))
    return {
        "id": key,
        "title": "DynamoDB のテーブル" if name == "dynamodb" else f"{name} の状況",
        "description": None,
        "author_handle": mail(first["maker"]),
        "author_name": full_name(first["maker"]),
        "created_at": datadog_time(first["created"], 0),
        "modified_at": datadog_time(rows["created"].max(), 0),
        "url": f"/dashboard/{key}",
        "is_read_only": False,
        "layout_type": "ordered",
        "template_variables": [],
        "notify_list": [],
        "restricted_roles": [],
        "widgets": widgets,
    }


def widget_object(asset: Any) -> dict[str, Any]:
    """One widget; the older ones ask by `q`, those since 2023 by named queries."""
    title, _, how, query, _ = describe(asset.subject, asset.metric)
    text = f"{how}:{query}"
    request: dict[str, Any] = {"q": text, "display_type": "line"}
    if asset.created >= pd.Timestamp("2023-01-01"):
        queries = [{"data_source": "metrics", "name": "query1", "query": text}]
        request = {"response_format": "timeseries", "queries": queries, "formulas": [{"formula": "query1"}]}
    definition = {"title": title, "type": "timeseries", "requests": [request]}
    return {"id": FIRST_WIDGET + 7 * int(asset.number), "definition": definition}
