"""Incident tools' JSON taken apart: incidents with who took part, log entries, alerts, lists, accounts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from .json_records import (
    OWN,
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
    list_objects,
    list_under,
    make_tree,
    sample_of,
    text_of,
    value_at,
)

PAGERDUTY_PAGES = (25, 100)
DATADOG_PAGES = (10, 100)
"""A page of an API as long as its default or its maximum may have been the first of several."""
MILLISECONDS = re.compile(r"[0-9]{1,15}")
LOG_ENTRY = "_log_entry"
COMMANDER, INCIDENT_COMMANDER = "commander", "incident commander"
LONE_COMMANDER = "lone commander"
"""Datadog makes whoever is alone in an incident its commander."""


def unpack_pagerduty_incidents(value: Value) -> Tree | None:
    """PagerDuty REST, incidents.  A resolved one has lost its assignments and acknowledgements: unknown."""
    items = having(list_under(value, "incidents", "incident"), "incident_number", "status")
    if items is None:
        return None
    pieces = (_pagerduty_incident(item) for item in items)
    return Tree(pieces, find_total(value, ("total",)), _more_of_pagerduty(value, items))


def _more_of_pagerduty(value: Value, items: Sequence[object]) -> bool:
    return value_at(value, "more") == "true" if isinstance(value, dict) else len(items) in PAGERDUTY_PAGES


def _pagerduty_incident(item: Mapping[str, Value]) -> Piece:
    people = [(each.get("acknowledger"), each.get("at")) for each in dicts_in(item.get("acknowledgements"))]
    people += [
        (each.get("user"), each.get("updated_at"))
        for each in dicts_in(item.get("incidents_responders"))
        if each.get("state") == "joined"
    ]
    joined = [
        {
            "id": text_of(value_at(who, "id")),
            "summary": text_of(value_at(who, "summary")),
            "at": text_of(when),
        }
        for who, when in people
        if text_of(value_at(who, "type")).startswith("user")
    ]
    told = "no" if item.get("status") == "resolved" else "yes"
    return Piece({**flatten(item), "people_told": told}, {"participation": joined})


def unpack_pagerduty_log(value: Value) -> Tree | None:
    """PagerDuty REST, log entries: `did` is what a person did; what a service or nobody did is not read."""
    keys = ("type", "agent", "incident")
    items = having(list_under(value, "log_entries"), *keys)
    if items is None or not text_of(sample_of(items, *keys)["type"]).endswith(LOG_ENTRY):
        return None
    pieces = (_pagerduty_entry(item) for item in items)
    return Tree(pieces, find_total(value, ("total",)), _more_of_pagerduty(value, items))


def _pagerduty_entry(item: Mapping[str, Value]) -> Piece:
    person = text_of(value_at(item, "agent", "type")).startswith("user")
    number = re.match(r"\[#([0-9]+)\]", text_of(value_at(item, "incident", "summary")))
    did = {"did": text_of(item.get("type")).removesuffix(LOG_ENTRY)}
    told = text_of(value_at(item, "incident", "incident_number")) or (number[1] if number else "")
    return Piece({**flatten(item), **did, "incident.number": told}, table=OWN if person else UNUSED)


def unpack_datadog_incidents(value: Value) -> Tree | None:
    """Datadog incidents: list, search or single.

    The commander stands in `attributes.commander` or in `relationships.commander_user`; responders are ids of
    their own, which only `included` could tell: without it who took part is unknown.
    """
    data = value_at(value, "data")
    found = value_at(data, "attributes", "incidents")
    if found is not None:
        data = [value_at(each, "data") for each in dicts_in(found)]
    items = having(list_objects(data), "type", "attributes")
    if items is None or sample_of(items, "type", "attributes")["type"] != "incidents":
        return None
    included = _index_included(value, items)
    total = find_total(value, ("data", "attributes", "total"))
    pieces = (_datadog_incident(item, included) for item in items)
    return Tree(pieces, total, total is None and len(items) in DATADOG_PAGES)


Included = Mapping[tuple[str, str], dict[str, Value]]


def _index_included(value: Value, items: Iterable[Mapping[str, Value]]) -> Included:
    """Every object that the document holds besides the incidents, by type and id."""
    inside = [given for item in items for given in dict_of(item.get("attributes")).values()]
    objects = [
        *dicts_in(value_at(value, "included")),
        *dicts_in([value_at(given, "data") for given in inside]),
    ]
    return {_key_of(each): each for each in objects}


def _key_of(reference: Value) -> tuple[str, str]:
    return text_of(value_at(reference, "type")), text_of(value_at(reference, "id"))


def _datadog_incident(item: Mapping[str, Value], included: Included) -> Piece:
    attributes, links = dict_of(item.get("attributes")), item.get("relationships")
    named = {name: value_at(given, "value") for name, given in dict_of(attributes.get("fields")).items()}
    fields = flatten(attributes) | {f"fields.{name}": text for name, text in flatten(named).items()}
    fields["uid"] = text_of(item.get("id"))
    # An incident that was imported was created long after it began.
    fields["detected"] = fields.get("detected") or fields.get("created", "")
    roster = dicts_in(value_at(links, "responders", "data"))
    known = [included.get(_key_of(each)) for each in roster]
    commander = value_at(attributes, "commander", "data") or value_at(links, "commander_user", "data")
    roles = _datadog_roles(known, commander or value_at(links, "commanderUser", "data"))
    people = [_datadog_person(user, included, role) for user, role in roles]
    fields["people_told"] = "yes" if roster and all(known) else "no"
    return Piece(fields, {"participation": people})


def _datadog_roles(roster: Sequence[Value], commander: Value) -> list[tuple[Value, str]]:
    """Each user of the roster with a role; the commander once, whether the roster has them or not."""
    roles = []
    for responder in roster:
        user, role = (
            value_at(responder, "relationships", "user", "data"),
            value_at(responder, "attributes", "role"),
        )
        if user:
            named = text_of(role) or text_of(value_at(role, "name"))
            roles.append((user, COMMANDER if commander and _key_of(user) == _key_of(commander) else named))
    if commander and all(role != COMMANDER for _, role in roles):
        roles.insert(0, (commander, COMMANDER))
    if len(roster) == 1 and len(roles) == 1 and roles[0][1].casefold() in (COMMANDER, INCIDENT_COMMANDER):
        return [(roles[0][0], LONE_COMMANDER)]
    return roles


def _datadog_person(user: Value, included: Included, role: str) -> Flat:
    known = included.get(_key_of(user), user)
    name, mail, handle = (text_of(value_at(known, "attributes", key)) for key in ("name", "email", "handle"))
    mail = mail or (handle if "@" in handle else "")
    return {"id": text_of(value_at(user, "id")), "name": name, "email": mail, "role": role}


def unpack_datadog_monitors(value: Value) -> Tree | None:
    """Datadog monitors: the list, or `{"counts", "monitors", "metadata"}` of the search."""
    items = having(list_under(value, "monitors"), "id", "name", "query", "type")
    return make_tree(value, items, ("metadata", "total_count"))


def unpack_datadog_dashboards(value: Value) -> Tree | None:
    """Datadog dashboards, API v1: one with its widgets, or a list of such; one record a widget.

    A group is no record, what stands in it is; a dashboard without widgets is a record that nobody reads.
    """
    items = having(list_under(value, "dashboards"), "title", "widgets")
    if items is None or not all("definition" in each for i in items for each in dicts_in(i.get("widgets"))):
        return None
    return Tree(piece for item in items for piece in _datadog_dashboard(item))


def _datadog_dashboard(item: Mapping[str, Value]) -> Iterable[Piece]:
    own = {name: text_of(item.get(name)) for name in ("id", "title", "created_at")}
    own["author"] = text_of(item.get("author_handle")) or text_of(item.get("author_name"))
    widgets = list(_list_widgets(item.get("widgets"), ""))
    for place, widget in widgets or [("", {})]:
        definition = dict_of(widget.get("definition"))
        fields = {
            **own,
            "widget.id": text_of(widget.get("id")) or (f"at {place}" if place else ""),
            "widget.title": text_of(definition.get("title")),
            "widget.type": text_of(definition.get("type")),
            "widget.query": "; ".join(_list_queries(definition)),
        }
        yield Piece(fields, table=OWN if place else UNUSED)


def _list_widgets(value: Value, inside: str) -> Iterable[tuple[str, dict[str, Value]]]:
    """Every widget with its place; of a group what stands in it (2.1: the first in the second)."""
    for number, widget in enumerate(dicts_in(value), start=1):
        place, held = f"{inside}{number}", value_at(widget, "definition", "widgets")
        if isinstance(held, list):
            yield from _list_widgets(held, f"{place}.")
        else:
            yield place, widget


def _list_queries(definition: Mapping[str, Value]) -> list[str]:
    """What a widget asks, each once: `q` of its requests or their `queries`, else the widget's own query."""
    shown = dict_of(definition.get("source_widget_definition")) or definition
    requests = shown.get("requests")
    listed = dicts_in([*requests.values()] if isinstance(requests, dict) else requests)
    texts = [text_of(request.get("q")) for request in listed]
    for query in (query for request in listed for query in dicts_in(request.get("queries"))):
        texts.append(text_of(query.get("query")) or text_of(value_at(query, "search", "query")))
    return [*dict.fromkeys(filter(None, texts))] or [*filter(None, [text_of(shown.get("query"))])]


def unpack_datadog_users(value: Value) -> Tree | None:
    """Datadog users, JSON:API."""
    keys = ("type", "attributes", "id")
    items = having(list_objects(value_at(value, "data")), *keys)
    if items is None or sample_of(items, *keys)["type"] != "users":
        return None
    pieces = (Piece({**flatten(dict_of(i.get("attributes"))), "id": text_of(i.get("id"))}) for i in items)
    return Tree(pieces, find_total(value, ("meta", "page", "total_count"), ("meta", "page", "totalCount")))


def unpack_opsgenie_incidents(value: Value) -> Tree | None:
    """Opsgenie incidents with timelines; who responds is an id, when they were added a timeline's entry."""
    items = having(list_under(value, "data"), "tinyId", "responders", "impactStartDate")
    if items is None:
        return None
    pieces = (_opsgenie_incident(item) for item in items)
    return Tree(pieces, find_total(value, ("totalCount",)), bool(value_at(value, "paging", "next")))


def _opsgenie_incident(item: Mapping[str, Value]) -> Piece:
    responders = dicts_in(item.get("responders"))
    ids = [text_of(each.get("id")) for each in responders if each.get("type") == "user"]
    added = [
        text_of(each.get("eventTime"))
        for each in dicts_in(item.get("timelines"))
        if each.get("type") == "IncidentResponderUserAdded"
    ]
    # Which entry belongs to which responder is told only where there is one of each.
    joined = added[0] if len(ids) == len(added) == 1 else ""
    people = [{"id": each, "joined": joined} for each in ids]
    # Of a team that was called it is not told who came.
    told = "yes" if ids and len(ids) == len(responders) else "no"
    return Piece({**flatten(item), "people_told": told}, {"participation": people})


def unpack_opsgenie_alerts(value: Value) -> Tree | None:
    """Opsgenie alerts; `acknowledged_at` and `closed_at` are counted from `createdAt` as the report tells."""
    items = having(list_under(value, "data"), "tinyId", "acknowledged", "createdAt")
    if items is None:
        return None
    return Tree(
        (Piece(_opsgenie_alert(item)) for item in items), more=bool(value_at(value, "paging", "next"))
    )


def _opsgenie_alert(item: Mapping[str, Value]) -> Flat:
    created, report = text_of(item.get("createdAt")), item.get("report")
    return {
        **flatten(item),
        "acknowledged_at": _after(created, text_of(value_at(report, "ackTime"))),
        "closed_at": _after(created, text_of(value_at(report, "closeTime"))),
        "who": text_of(value_at(report, "acknowledgedBy")) or text_of(item.get("owner")),
    }


def _after(moment: str, milliseconds: str) -> str:
    """The time so many milliseconds after another, or "" where one of them cannot be read."""
    if not MILLISECONDS.fullmatch(milliseconds):
        return ""
    try:
        return (datetime.fromisoformat(moment) + timedelta(milliseconds=int(milliseconds))).isoformat()
    except (ValueError, OverflowError):
        return ""


def unpack_opsgenie_users(value: Value) -> Tree | None:
    """Opsgenie users."""
    return make_tree(value, having(list_under(value, "data"), "username", "fullName"), ("totalCount",))


def unpack_incident_io(value: Value) -> Tree | None:
    """incident.io API v2, incidents with roles and named times."""
    items = having(list_under(value, "incidents", "incident"), "reference", "incident_role_assignments")
    if items is None:
        return None
    total = find_total(value, ("pagination_meta", "total_record_count"))
    return Tree((_incident_io(item) for item in items), total)


def _incident_io(item: Mapping[str, Value]) -> Piece:
    times = {
        f"at.{text_of(value_at(each, 'incident_timestamp', 'name'))}": text_of(
            value_at(each, "value", "value")
        )
        for each in dicts_in(item.get("incident_timestamp_values"))
    }
    people = []
    for each in dicts_in(item.get("incident_role_assignments")):
        who, kind = each.get("assignee"), text_of(value_at(each, "role", "role_type"))
        # A reporter noticed it; that is no part in the response.
        if isinstance(who, dict) and kind != "reporter":
            name = text_of(value_at(each, "role", "name"))
            people.append({**flatten(who), "role": kind if kind == "lead" else name})
    # An incident that was typed in afterwards was created long after it began.
    began = {"began": times.get("at.Reported at") or text_of(item.get("created_at"))}
    told = {"people_told": "yes" if people else "no"}
    return Piece({**flatten(item), **times, **began, **told}, {"participation": people})
