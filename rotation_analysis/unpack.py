"""JSON trees of tools taken apart into flat records: one small function a tool and kind of export.

A function gets a document's value and gives a `Tree`, or None where the value is no such export.  What a
flat record's fields mean is declared in the profile, as for a CSV file.  Shapes: docs/formats.md.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Flat = dict[str, str]
Value = Any  # what `documents.read_document` gives: dict, list, str or None
OWN = ""
UNUSED = "-"
DEEPEST = 3


@dataclass(frozen=True)
class Piece:
    """One JSON object of the list: its fields, and by table the records that hang on it.

    `table`: OWN (the profile's table), the name of another, or UNUSED for a kind of record nobody reads.
    """

    fields: Flat
    others: Mapping[str, Sequence[Flat]] = field(default_factory=dict)
    table: str = OWN


@dataclass(frozen=True)
class Tree:
    """The pieces of a document in order; `total`: how many there are as the tool says; `more`: it cut."""

    pieces: Iterable[Piece]
    total: int | None = None
    more: bool = False


Unpack = Callable[[Value], Tree | None]


def flatten(value: Mapping[str, Value], *, deepest: int = DEEPEST) -> Flat:
    """Dotted names and texts of a nested object; a list of texts is joined, a list of objects left out.

    >>> flatten({"id": "7", "user": {"login": "mihon", "team": None}, "labels": ["a", "b"], "notes": [{}]})
    {'id': '7', 'user.login': 'mihon', 'user.team': '', 'labels': 'a, b'}
    """
    flat: Flat = {}
    for name, item in value.items():
        if isinstance(item, dict):
            if deepest > 1:
                inner = flatten(item, deepest=deepest - 1)
                flat.update({f"{name}.{key}": text for key, text in inner.items()})
        elif isinstance(item, list):
            if all(isinstance(each, str) for each in item):
                flat[name] = ", ".join(item)
        else:
            flat[name] = item or ""
    return flat


def _objects(value: Value) -> list[dict[str, Value]] | None:
    """A list of objects, or one object as a list of one."""
    if isinstance(value, dict):
        return [value]
    if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        return value
    return None


def _under(value: Value, *keys: str) -> list[dict[str, Value]] | None:
    """The list of objects under the first of `keys` that the value has, or the value itself as a list."""
    if isinstance(value, dict):
        found = next((value[key] for key in keys if isinstance(value.get(key), (list, dict))), None)
        if found is not None:
            return _objects(found)
    return _objects(value)


def _having(items: list[dict[str, Value]] | None, *keys: str) -> list[dict[str, Value]] | None:
    """The items, where the first has all of `keys`."""
    return items if items and all(key in items[0] for key in keys) else None


def _at(value: Value, *keys: str) -> Value:
    """What stands under nested keys, or None."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _dicts(value: Value) -> list[dict[str, Value]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _total(value: Value, *places: tuple[str, ...]) -> int | None:
    """The number the tool gives as its total."""
    texts = (_at(value, *place) for place in places)
    return next((int(text) for text in texts if isinstance(text, str) and text.isdecimal()), None)


def _tree(value: Value, items: list[dict[str, Value]] | None, *totals: tuple[str, ...]) -> Tree | None:
    return None if items is None else Tree((Piece(flatten(item)) for item in items), _total(value, *totals))


# --- any tool -------------------------------------------------------------------------------------------


def unpack_objects(value: Value) -> Tree | None:
    """A list of objects as it stands, or the only list of objects under a key: for a user's own profile."""
    if isinstance(value, dict):
        lists = [item for item in value.values() if isinstance(item, list) and _objects(item)]
        value = lists[0] if len(lists) == 1 else value
    return _tree(value, _objects(value))


# --- requests -------------------------------------------------------------------------------------------


def unpack_backlog(value: Value) -> Tree | None:
    """Backlog API v2, issues; a custom field is called by its name."""
    items = _having(_objects(value), "issueKey", "summary")
    if items is None:
        return None
    return Tree(Piece(flatten(item) | _backlog_fields(item)) for item in items)


def _backlog_fields(item: Mapping[str, Value]) -> Flat:
    fields = {}
    for custom in _dicts(item.get("customFields")):
        given = custom.get("value")
        values = given if isinstance(given, list) else [given]
        texts = [_at(each, "name") if isinstance(each, dict) else each for each in values]
        fields[f"customFields.{custom.get('name')}"] = ", ".join(text for text in texts if text)
    return fields


def unpack_jira(value: Value) -> Tree | None:
    """Jira REST search; `fields.` is left out of names, an option of a custom field is its value."""
    items = _having(_under(value, "issues"), "key", "fields")
    if items is None:
        return None
    return Tree((Piece(_jira_fields(item)) for item in items), _total(value, ("total",)))


def _jira_fields(item: Mapping[str, Value]) -> Flat:
    fields = {**flatten(item.get("fields") or {}), "key": item.get("key") or ""}
    for name, given in (item.get("fields") or {}).items():
        if name.startswith("customfield_") and isinstance(given, dict):
            fields[name] = given.get("value") or given.get("name") or given.get("displayName") or ""
    return fields


def unpack_redmine(value: Value) -> Tree | None:
    """Redmine REST, issues; a custom field is called by its name."""
    items = _having(_under(value, "issues"), "tracker", "subject", "created_on")
    if items is None:
        return None
    pieces = (Piece(flatten(item) | _redmine_fields(item)) for item in items)
    return Tree(pieces, _total(value, ("total_count",)))


def _redmine_fields(item: Mapping[str, Value]) -> Flat:
    custom = _dicts(item.get("custom_fields"))
    return {f"custom_fields.{each.get('name')}": flatten(each).get("value", "") for each in custom}


def unpack_servicenow(value: Value) -> Tree | None:
    """ServiceNow Table API: `{"result": […]}` or the list; a reference is its display value, else its id."""
    items = _having(_under(value, "result"), "sys_id", "number")
    if items is None:
        return None
    return Tree(Piece({name: _reference(given) for name, given in item.items()}) for item in items)


def _reference(given: Value) -> str:
    if isinstance(given, dict):
        given = given.get("display_value") or given.get("value")
    return given if isinstance(given, str) else ""


def unpack_zendesk(value: Value) -> Tree | None:
    """Zendesk: `{"tickets": […], "users": […]}`, or the lines of an Airbyte stream with both among others."""
    lines = _dicts(value)
    if lines and any("__zendesk__" in (_at(line, "record", "stream") or "") for line in lines):
        return Tree(_zendesk_line(line) for line in lines)
    tickets = _having(_under(value, "tickets"), "id", "requester_id", "subject")
    if tickets is None:
        return None
    users = _dicts(_at(value, "users"))
    pieces = [*(Piece(flatten(user), table="accounts") for user in users)]
    return Tree([*(Piece(flatten(ticket)) for ticket in tickets), *pieces], _total(value, ("count",)))


def _zendesk_line(line: Mapping[str, Value]) -> Piece:
    stream = (_at(line, "record", "stream") or "").rpartition("__zendesk__")[2]
    table = {"tickets": OWN, "users": "accounts"}.get(stream, UNUSED)
    data = _at(line, "record", "data")
    return Piece(flatten(data) if isinstance(data, dict) else {}, table=table)


# --- code -----------------------------------------------------------------------------------------------


def unpack_github_issues(value: Value) -> Tree | None:
    """GitHub REST, issues; what is a pull request is left to the list of pull requests."""
    items = _having(_objects(value), "number", "title", "user", "created_at", "state")
    if items is None or "head" in items[0] or "merged_at" in items[0]:
        return None
    return Tree(Piece(flatten(i), table=UNUSED if i.get("pull_request") else OWN) for i in items)


def unpack_github_pulls(value: Value) -> Tree | None:
    """GitHub REST, pull requests."""
    items = _having(_objects(value), "number", "title", "user", "head", "base")
    if items is None:
        return None
    return Tree(Piece({**flatten(i), "user.bot": _is_bot(i.get("user"))}) for i in items)


def _is_bot(user: Value) -> str:
    kind, login = _at(user, "type"), _at(user, "login") or ""
    return "yes" if kind == "Bot" or login.endswith("[bot]") else "no"


def unpack_github_reviews(value: Value) -> Tree | None:
    """GitHub REST, reviews of a pull request, whose number is the end of its address."""
    items = _having(_objects(value), "submitted_at", "pull_request_url", "state")
    if items is None:
        return None
    return Tree(
        Piece({**flatten(i), "change": (i.get("pull_request_url") or "").rpartition("/")[2]}) for i in items
    )


def unpack_gh_issues(value: Value) -> Tree | None:
    """`gh issue list --json …`, or the GraphQL answer behind it."""
    nodes = _at(value, "data", "repository", "issues", "nodes")
    items = _having(_objects(nodes if nodes is not None else value), "number", "title")
    if items is None or "user" in items[0] or _pulls_of_gh(items[0]):
        return None
    return _tree(value, items, ("data", "repository", "issues", "totalCount"))


def unpack_gh_pulls(value: Value) -> Tree | None:
    """`gh pr list --json …` with the reviews of each, or the GraphQL answer behind it."""
    nodes = _at(value, "data", "repository", "pullRequests", "nodes")
    items = _having(_objects(nodes if nodes is not None else value), "number", "title", "createdAt")
    if items is None or not (nodes is not None or _pulls_of_gh(items[0])):
        return None
    total = _total(value, ("data", "repository", "pullRequests", "totalCount"))
    return Tree((_gh_pull(item) for item in items), total)


def _pulls_of_gh(item: Mapping[str, Value]) -> bool:
    return any(key in item for key in ("mergedAt", "reviews", "reviewDecision", "headRefName", "isDraft"))


def _gh_pull(item: Mapping[str, Value]) -> Piece:
    reviews = item.get("reviews")
    nodes = _dicts(_at(reviews, "nodes") if isinstance(reviews, dict) else reviews)
    repository = re.search(r"github[^/]*/([^/]+/[^/]+)/pull/", item.get("url") or "")
    flats = [{**flatten(review), "change": item.get("number") or ""} for review in nodes]
    named = {"repository": repository[1]} if repository else {}
    return Piece(flatten(item) | named, {"reviews": flats})


def unpack_gitlab_issues(value: Value) -> Tree | None:
    """GitLab REST, issues."""
    items = _having(_objects(value), "iid", "author", "web_url")
    return None if items is None or "source_branch" in items[0] else _tree(value, items)


def unpack_gitlab_changes(value: Value) -> Tree | None:
    """GitLab REST, merge requests."""
    return _tree(value, _having(_objects(value), "iid", "author", "source_branch"))


# --- incidents ------------------------------------------------------------------------------------------


def unpack_pagerduty_incidents(value: Value) -> Tree | None:
    """PagerDuty REST, incidents.  A resolved one has lost its assignments and acknowledgements: unknown."""
    items = _having(_under(value, "incidents", "incident"), "incident_number", "status")
    if items is None:
        return None
    more = _at(value, "more") == "true" if isinstance(value, dict) else False
    return Tree((_pagerduty_incident(i) for i in items), _total(value, ("total",)), more)


def _pagerduty_incident(item: Mapping[str, Value]) -> Piece:
    people = [
        (_at(each, "acknowledger"), each.get("at")) for each in _dicts(item.get("acknowledgements"))
    ] + [
        (_at(each, "user"), each.get("updated_at"))
        for each in _dicts(item.get("incidents_responders"))
        if each.get("state") == "joined"
    ]
    joined = [
        {"id": _at(who, "id") or "", "summary": _at(who, "summary") or "", "at": when or ""}
        for who, when in people
        if (_at(who, "type") or "").startswith("user")
    ]
    told = "yes" if joined or item.get("status") != "resolved" else "no"
    return Piece({**flatten(item), "people_told": told}, {"participation": joined})


def unpack_pagerduty_log(value: Value) -> Tree | None:
    """PagerDuty REST, log entries: what a person did in an incident; triggers and notices are not read."""
    items = _having(_under(value, "log_entries"), "type", "agent", "incident")
    if items is None or not (items[0].get("type") or "").endswith("_log_entry"):
        return None
    more = _at(value, "more") == "true" if isinstance(value, dict) else False
    return Tree((_pagerduty_entry(item) for item in items), _total(value, ("total",)), more)


def _pagerduty_entry(item: Mapping[str, Value]) -> Piece:
    acted = re.match(r"(?:acknowledge|resolve|responder_accept|annotate)", item.get("type") or "")
    person = (_at(item, "agent", "type") or "").startswith("user")
    number = re.match(r"\[#([0-9]+)\]", _at(item, "incident", "summary") or "")
    fields = {**flatten(item), "incident.number": number[1] if number else ""}
    return Piece(fields, table=OWN if acted and person else UNUSED)


def unpack_datadog_incidents(value: Value) -> Tree | None:
    """Datadog incidents: list, search or single.

    The commander stands in `attributes.commander` or in `relationships.commander_user`; responders are ids of
    their own, which only `included` could tell: without it who took part is unknown.
    """
    data = _at(value, "data")
    found = _at(data, "attributes", "incidents")
    if found is not None:
        data = [_at(each, "data") for each in _dicts(found)]
    items = _having(_objects(data), "type", "attributes")
    if items is None or items[0].get("type") != "incidents":
        return None
    included = _index_included(value, items)
    total = _total(value, ("data", "attributes", "total"))
    return Tree((_datadog_incident(item, included) for item in items), total)


def _index_included(value: Value, items: list[dict[str, Value]]) -> dict[tuple[str, str], dict[str, Value]]:
    """Every object that the document holds besides the incidents, by type and id."""
    objects = _dicts(_at(value, "included"))
    for item in items:
        for given in (item.get("attributes") or {}).values():
            data = _at(given, "data")
            objects += [data] if isinstance(data, dict) else []
    return {(each.get("type") or "", each.get("id") or ""): each for each in objects}


def _datadog_incident(
    item: Mapping[str, Value], included: Mapping[tuple[str, str], dict[str, Value]]
) -> Piece:
    attributes = item.get("attributes") or {}
    named = {name: _at(given, "value") for name, given in (attributes.get("fields") or {}).items()}
    fields = flatten(attributes) | {f"fields.{k}": v for k, v in flatten(named).items()}
    fields["detected"] = fields.get("detected") or fields.get("created", "")
    fields["id"] = item.get("id") or ""
    commander = _at(attributes, "commander", "data") or _at(item, "relationships", "commander_user", "data")
    people = [_datadog_person(commander, included, "commander")] if commander else []
    roster = _dicts(_at(item, "relationships", "responders", "data"))
    known = [included.get((each.get("type") or "", each.get("id") or "")) for each in roster]
    for responder in known:
        user = _at(responder, "relationships", "user", "data")
        role = _at(responder, "attributes", "role")
        if user:
            people.append(
                _datadog_person(user, included, role if isinstance(role, str) else _at(role, "name"))
            )
    fields["people_told"] = "yes" if roster and all(known) else "no"
    return Piece(fields, {"participation": people})


def _datadog_person(user: Value, included: Mapping[tuple[str, str], dict[str, Value]], role: Value) -> Flat:
    known = included.get(("users", _at(user, "id") or ""), user)
    told = {name: _at(known, "attributes", name) or "" for name in ("name", "email", "handle")}
    return {**told, "id": _at(user, "id") or "", "role": role if isinstance(role, str) else ""}


def unpack_datadog_monitors(value: Value) -> Tree | None:
    """Datadog monitors: the list, or `{"counts", "monitors", "metadata"}` of the search."""
    items = _having(_under(value, "monitors"), "id", "name", "query", "type")
    return _tree(value, items, ("metadata", "total_count"))


def unpack_datadog_users(value: Value) -> Tree | None:
    """Datadog users, JSON:API."""
    items = _having(_objects(_at(value, "data")), "type", "attributes", "id")
    if items is None or items[0].get("type") != "users":
        return None
    pieces = (Piece({**flatten(i.get("attributes") or {}), "id": i.get("id") or ""}) for i in items)
    return Tree(pieces, _total(value, ("meta", "page", "total_count"), ("meta", "page", "totalCount")))


def unpack_opsgenie_incidents(value: Value) -> Tree | None:
    """Opsgenie incidents with timelines; who responds is an id, when they were added a timeline's entry."""
    items = _having(_under(value, "data"), "tinyId", "responders", "impactStartDate")
    if items is None:
        return None
    return Tree((_opsgenie_incident(item) for item in items), _total(value, ("totalCount",)))


def _opsgenie_incident(item: Mapping[str, Value]) -> Piece:
    ids = [each.get("id") or "" for each in _dicts(item.get("responders")) if each.get("type") == "user"]
    added = [
        each.get("eventTime") or ""
        for each in _dicts(item.get("timelines"))
        if each.get("type") == "IncidentResponderUserAdded"
    ]
    # Which entry belongs to which responder is told only where there is one of each.
    joined = added[0] if len(ids) == len(added) == 1 else ""
    people = [{"id": each, "joined": joined} for each in ids]
    return Piece({**flatten(item), "people_told": "yes" if ids else "no"}, {"participation": people})


def unpack_opsgenie_alerts(value: Value) -> Tree | None:
    """Opsgenie alerts."""
    items = _having(_under(value, "data"), "tinyId", "acknowledged", "createdAt")
    return _tree(value, items)


def unpack_opsgenie_users(value: Value) -> Tree | None:
    """Opsgenie users."""
    return _tree(value, _having(_under(value, "data"), "username", "fullName"), ("totalCount",))


def unpack_incident_io(value: Value) -> Tree | None:
    """incident.io API v2, incidents with roles and named times."""
    items = _having(_under(value, "incidents", "incident"), "reference", "incident_role_assignments")
    if items is None:
        return None
    total = _total(value, ("pagination_meta", "total_record_count"))
    return Tree((_incident_io(item) for item in items), total)


def _incident_io(item: Mapping[str, Value]) -> Piece:
    times = {
        f"at.{_at(each, 'incident_timestamp', 'name')}": _at(each, "value", "value") or ""
        for each in _dicts(item.get("incident_timestamp_values"))
    }
    people = []
    for each in _dicts(item.get("incident_role_assignments")):
        who, kind = each.get("assignee"), _at(each, "role", "role_type")
        # a reporter noticed it; that is no part in the response
        if isinstance(who, dict) and kind != "reporter":
            people.append({**flatten(who), "role": kind or ""})
    told = "yes" if people else "no"
    return Piece({**flatten(item), **times, "people_told": told}, {"participation": people})


def _list_functions() -> Iterator[tuple[str, Unpack]]:
    for name, function in sorted(globals().items()):
        if name.startswith("unpack_"):
            yield name.removeprefix("unpack_"), function


UNPACK: Mapping[str, Unpack] = dict(_list_functions())
"""Every function by the name that a profile gives in `unpack`."""
