"""Request trackers' JSON taken apart: one function a tool and kind of export."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from .json_records import (
    NAMES,
    UNUSED,
    Flat,
    Piece,
    Tree,
    Value,
    dict_of,
    dicts_in,
    find_total,
    flatten,
    having,
    join_names,
    list_objects,
    list_under,
    make_tree,
    sample_of,
    text_of,
    value_at,
)

BACKLOG_PAGES = (20, 100)
"""A page of an API as long as its default or its maximum may have been the first of several."""
SYS_ID = re.compile(r"[0-9a-f]{32}")
SERVICENOW_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}")


def unpack_backlog(value: Value) -> Tree | None:
    """Backlog API v2, issues; custom fields go by their names, projects by key, categories are joined."""
    items = having(list_objects(value), "issueKey", "summary")
    if items is None:
        return None
    pieces = (Piece(flatten(item) | join_names(item) | _backlog_fields(item)) for item in items)
    return Tree(pieces, more=len(items) in BACKLOG_PAGES)


def _backlog_fields(item: Mapping[str, Value]) -> Flat:
    fields = {"projectKey": text_of(item.get("issueKey")).rpartition("-")[0]}
    for custom in dicts_in(item.get("customFields")):
        given = custom.get("value")
        values = given if isinstance(given, list) else [given]
        texts = [text_of(value_at(each, "name") if isinstance(each, dict) else each) for each in values]
        fields[f"customFields.{text_of(custom.get('name'))}"] = ", ".join(filter(None, texts))
    return fields


def unpack_jira(value: Value) -> Tree | None:
    """Jira REST search; `fields.` is left out of names, an option of a custom field is its value.

    The older search tells a total, the newer one whether a page is the last.
    """
    items = having(list_under(value, "issues"), "key", "fields")
    if items is None or not isinstance(sample_of(items, "key", "fields")["fields"], dict):
        return None
    more = value_at(value, "isLast") == "false" or bool(value_at(value, "nextPageToken"))
    return Tree((Piece(_jira_fields(item)) for item in items), find_total(value, ("total",)), more)


def _jira_fields(item: Mapping[str, Value]) -> Flat:
    given = dict_of(item.get("fields"))
    chosen = {
        name: text_of(next((option[key] for key in ("value", *NAMES) if option.get(key)), None))
        for name, option in given.items()
        if name.startswith("customfield_") and isinstance(option, dict)
    }
    return {**flatten(given), **join_names(given), **chosen, "key": text_of(item.get("key"))}


def unpack_redmine(value: Value) -> Tree | None:
    """Redmine REST, issues; a custom field is called by its name."""
    items = having(list_under(value, "issues", "issue"), "tracker", "subject", "created_on")
    if items is None:
        return None
    pieces = (Piece(flatten(item) | _redmine_fields(item)) for item in items)
    return Tree(pieces, find_total(value, ("total_count",)))


def _redmine_fields(item: Mapping[str, Value]) -> Flat:
    """Custom fields; what was reopened keeps the time when it was closed, which then is not told."""
    custom = dicts_in(item.get("custom_fields"))
    fields = {f"custom_fields.{text_of(each.get('name'))}": flatten(each).get("value", "") for each in custom}
    return fields | ({"closed_on": ""} if value_at(item, "status", "is_closed") == "false" else {})


def unpack_servicenow(value: Value) -> Tree | None:
    """ServiceNow Table API: `{"result": […]}` or the list.

    A reference is its display value, and its id stands beside it under `….value`; without a display value it
    is an id alone.  Of a time that is given twice the UTC one counts, not the one shown in a user's zone.
    """
    items = having(list_under(value, "result"), "number")
    if items is None or not ({"opened_at", "sys_created_on"} & sample_of(items, "number").keys()):
        return None
    return Tree(Piece(_servicenow_fields(item)) for item in items)


def _servicenow_fields(item: Mapping[str, Value]) -> Flat:
    fields: Flat = {}
    for name, given in item.items():
        shown, kept = text_of(value_at(given, "display_value")), text_of(value_at(given, "value") or given)
        kept = kept or text_of(value_at(given, "link")).rpartition("/")[2]
        refers = SYS_ID.fullmatch(kept) is not None and name != "sys_id"
        if SERVICENOW_TIME.fullmatch(kept):
            shown = kept
        fields[name] = shown if refers else shown or kept
        if refers:
            fields[f"{name}.value"] = kept
    return fields


def unpack_zendesk(value: Value) -> Tree | None:
    """Zendesk: `{"tickets": […], "users": […]}`, or the lines of an Airbyte stream with both among others.

    When a ticket was solved is told by its metrics, as far as the document has them.
    """
    lines = dicts_in(value)
    streams = (text_of(value_at(line, "record", "stream")) for line in lines if "record" in line)
    if any("__zendesk__" in stream for stream in streams):
        data = [dict_of(value_at(line, "record", "data")) for line in lines]
        solved = _index_solved(data)
        return Tree(_zendesk_line(line, solved) for line in lines)
    tickets = having(list_under(value, "tickets", "ticket"), "id", "requester_id", "subject")
    if tickets is None:
        return None
    solved = _index_solved(dicts_in(value_at(value, "metric_sets")))
    pieces = [Piece(_zendesk_ticket(ticket, solved)) for ticket in tickets]
    pieces += [Piece(flatten(user), table="accounts") for user in dicts_in(value_at(value, "users"))]
    return Tree(pieces, find_total(value, ("count",)), _is_followed(value))


def unpack_zendesk_users(value: Value) -> Tree | None:
    """Zendesk: users in a file of their own."""
    if not isinstance(value, dict) or "tickets" in value:
        return None
    items = having(list_objects(value.get("users")), "id", "name", "ticket_restriction")
    tree = make_tree(value, items, ("count",))
    return tree and replace(tree, more=_is_followed(value))


def _is_followed(value: Value) -> bool:
    """Whether a page of Zendesk says that another one follows; an incremental export ends as it says."""
    ended = value_at(value, "end_of_stream")
    followed = ended is None and bool(value_at(value, "next_page"))
    return followed or ended == "false" or value_at(value, "meta", "has_more") == "true"


def _index_solved(metrics: Iterable[Mapping[str, Value]]) -> Flat:
    """When each ticket was solved, by its id; other records have no `solved_at`."""
    return {text_of(each.get("ticket_id")): each["solved_at"] for each in metrics if each.get("solved_at")}


def _zendesk_ticket(ticket: Mapping[str, Value], solved: Mapping[str, str]) -> Flat:
    custom = {
        f"custom_fields.{text_of(each.get('id'))}": flatten(each).get("value", "")
        for each in dicts_in(ticket.get("custom_fields"))
    }
    told = value_at(ticket, "metric_set", "solved_at") or solved.get(text_of(ticket.get("id")))
    return {**flatten(ticket), **custom, "metric_set.solved_at": text_of(told)}


def _zendesk_line(line: Mapping[str, Value], solved: Mapping[str, str]) -> Piece:
    stream = text_of(value_at(line, "record", "stream")).rpartition("__zendesk__")[2]
    data = dict_of(value_at(line, "record", "data"))
    if stream == "tickets":
        return Piece(_zendesk_ticket(data, solved))
    return Piece(flatten(data), table="accounts" if stream == "users" else UNUSED)
