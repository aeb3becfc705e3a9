"""Functions that flatten the JSON exports of tools, by the name in a profile's `unpack`.

A function takes a document's value and returns a `Tree`, or None if the value is not such an export.  The
profile declares the meaning of a flat record's fields, as for a CSV file.  Formats: docs/formats.md.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import NamedTuple

from ..files.documents import (
    NAMES,
    Flat,
    Items,
    Value,
    as_dict,
    as_dicts,
    as_text,
    find_sample,
    find_total,
    flatten,
    join_names,
    list_objects,
    list_under,
    value_at,
    with_keys,
)

OWN = ""
UNUSED = "-"
GITHUB_PAGES = (30, 100)
GITLAB_PAGES = (20, 100)
PAGERDUTY_PAGES = (25, 100)
GH = ("number", "title")
GITHUB_ADDRESS = re.compile(r"https?://[^/]+/([^/]+/[^/]+)/(?:issues|pull)/[0-9]")
GITLAB_PLACE = re.compile(r"https?://[^/]+/(.+?)(?:/-)?/(?:issues|merge_requests|work_items)/[0-9]")
GITLAB_BOT = re.compile(r"(?:project|group)_[0-9]+_bot")
SYS_ID = re.compile(r"[0-9a-f]{32}")
SERVICENOW_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}")
DATADOG_PAGES = (10, 100)
USER_FIELDS = ("name", "email", "handle")
MILLISECONDS = re.compile(r"[0-9]{1,15}")
LOG_ENTRY = "_log_entry"
COMMANDER, INCIDENT_COMMANDER = "commander", "incident commander"
LONE_COMMANDER = "lone commander"
"""Datadog makes the only person in an incident its commander."""


class Piece(NamedTuple):
    """One JSON object of the list: its fields, and its linked records by table.

    `table`: OWN (the profile's table), the name of another, or UNUSED for an unsupported kind of record.
    """

    fields: Flat
    others: Mapping[str, Sequence[Flat]] = MappingProxyType({})
    table: str = OWN


@dataclass(frozen=True)
class Tree:
    """The pieces of a document in order; `total`: number stated by the tool; `more`: the list was cut."""

    pieces: Iterable[Piece]
    total: int | None = None
    more: bool = False


Unpack = Callable[[Value], Tree | None]


def build_tree(value: Value, items: Items | None, *totals: tuple[str, ...]) -> Tree | None:
    """Flatten the items to a tree; None if there are no items."""
    if items is None:
        return None
    return Tree(map(Piece, map(flatten, items)), find_total(value, *totals))


More = Callable[[Value, int], bool]
"""(value, number of its records) → whether more records follow."""


def list_unpacker(
    *keys: str,
    under: Sequence[str] = (),
    where: Callable[[Mapping[str, Value]], bool] = lambda sample: True,
    total: tuple[str, ...] = (),
    more: More = lambda value, n: False,
    joined: bool = False,
) -> Callable[[Callable[[Mapping[str, Value]], Piece]], Unpack]:
    """Decorate a function that converts one object, to unpack a list of them.

    At least one object must have all `keys` and satisfy `where`.  The list is the value itself or under one
    of the keys `under`; `joined`: merge the pages of `gh api --paginate --slurp` into one.
    """

    def decorate(read: Callable[[Mapping[str, Value]], Piece]) -> Unpack:
        def unpack(value: Value) -> Tree | None:
            items = with_keys(list_under(_join_pages(value) if joined else value, *under), *keys)
            if items is None or not where(find_sample(items, *keys)):
                return None
            return Tree(map(read, items), find_total(value, total), more(value, len(items)))

        return unpack

    return decorate


def _join_pages(value: Value) -> Value:
    if isinstance(value, list) and value and all(isinstance(page, list) for page in value):
        return [item for page in value for item in page]
    return value


def full_page(*sizes: int) -> More:
    """Suspect more pages if a page is as long as the API's default or maximum."""
    return lambda value, n: n in sizes


def unpack_objects(value: Value) -> Tree | None:
    """Unpack a list of objects, or the only list of objects under a key: for a user's own profile."""
    if isinstance(value, dict):
        lists = [item for item in value.values() if isinstance(item, list) and list_objects(item)]
        value = lists[0] if len(lists) == 1 else value
    return build_tree(value, list_objects(value))


# --- request trackers -----------------------------------------------------------------------------------


@list_unpacker("issueKey", "summary", more=full_page(20, 100))
def unpack_backlog(item: Mapping[str, Value]) -> Piece:
    """Backlog API v2, issues; custom fields by name, projects by key, categories joined."""
    fields = flatten(item) | join_names(item)
    fields["projectKey"] = as_text(item.get("issueKey")).rpartition("-")[0]
    for custom in as_dicts(item.get("customFields")):
        given = custom.get("value")
        values = given if isinstance(given, list) else [given]
        texts = [as_text(value_at(each, "name") if isinstance(each, dict) else each) for each in values]
        fields[f"customFields.{as_text(custom.get('name'))}"] = ", ".join(filter(None, texts))
    return Piece(fields)


@list_unpacker(
    *("key", "fields"),
    under=["issues"],
    where=lambda sample: isinstance(sample["fields"], dict),
    total=("total",),
    more=lambda value, n: value_at(value, "isLast") == "false" or bool(value_at(value, "nextPageToken")),
)
def unpack_jira(item: Mapping[str, Value]) -> Piece:
    """Jira REST search; names omit `fields.`, and an option of a custom field is its value.

    The older search gives a total, the newer one whether a page is the last.
    """
    given = as_dict(item.get("fields"))
    chosen = {
        name: as_text(next((option[key] for key in ("value", *NAMES) if option.get(key)), None))
        for name, option in given.items()
        if name.startswith("customfield_") and isinstance(option, dict)
    }
    return Piece({**flatten(given), **join_names(given), **chosen, "key": as_text(item.get("key"))})


@list_unpacker("tracker", "subject", "created_on", under=["issues", "issue"], total=("total_count",))
def unpack_redmine(item: Mapping[str, Value]) -> Piece:
    """Redmine REST, issues; custom fields by name.

    A reopened issue keeps its closing time, which is dropped here.
    """
    fields = flatten(item) | _name_custom(item, "name")
    return Piece(fields | ({"closed_on": ""} if value_at(item, "status", "is_closed") == "false" else {}))


def _name_custom(item: Mapping[str, Value], key: str) -> Flat:
    """Map custom fields, named by their `key`, to their values."""
    custom = as_dicts(item.get("custom_fields"))
    return {f"custom_fields.{as_text(each.get(key))}": flatten(each).get("value", "") for each in custom}


@list_unpacker(
    "number", under=["result"], where=lambda sample: bool({"opened_at", "sys_created_on"} & sample.keys())
)
def unpack_servicenow(item: Mapping[str, Value]) -> Piece:
    """ServiceNow Table API: `{"result": […]}` or the list.

    A reference becomes its display value, with its id under `….value`; without a display value only the id
    is known.  If a time is given twice, the UTC one counts, not the one shown in a user's zone.
    """
    fields: Flat = {}
    for name, given in item.items():
        shown, kept = as_text(value_at(given, "display_value")), as_text(value_at(given, "value") or given)
        kept = kept or as_text(value_at(given, "link")).rpartition("/")[2]
        refers = SYS_ID.fullmatch(kept) is not None and name != "sys_id"
        if SERVICENOW_TIME.fullmatch(kept):
            shown = kept
        fields[name] = shown if refers else shown or kept
        if refers:
            fields[f"{name}.value"] = kept
    return Piece(fields)


def unpack_zendesk(value: Value) -> Tree | None:
    """Zendesk: `{"tickets": […], "users": […]}`, or the lines of an Airbyte stream with both among others.

    Solving times come from the tickets' metrics, if the document contains them.
    """
    lines = as_dicts(value)
    streams = (as_text(value_at(line, "record", "stream")) for line in lines if "record" in line)
    if any("__zendesk__" in stream for stream in streams):
        data = [as_dict(value_at(line, "record", "data")) for line in lines]
        names = (as_text(value_at(line, "record", "stream")).rpartition("__zendesk__")[2] for line in lines)
        solved = _index_solved(data)
        return Tree(
            _zendesk_ticket(each, solved)
            if name == "tickets"
            else Piece(flatten(each), table="accounts" if name == "users" else UNUSED)
            for name, each in zip(names, data, strict=True)
        )
    tickets = with_keys(list_under(value, "tickets", "ticket"), "id", "requester_id", "subject")
    if tickets is None:
        return None
    solved = _index_solved(as_dicts(value_at(value, "metric_sets")))
    pieces = [_zendesk_ticket(ticket, solved) for ticket in tickets]
    pieces += [Piece(flatten(user), table="accounts") for user in as_dicts(value_at(value, "users"))]
    return Tree(pieces, find_total(value, ("count",)), _has_next_page(value))


def unpack_zendesk_users(value: Value) -> Tree | None:
    """Zendesk: users in a separate file."""
    if not isinstance(value, dict) or "tickets" in value:
        return None
    items = with_keys(list_objects(value.get("users")), "id", "name", "ticket_restriction")
    tree = build_tree(value, items, ("count",))
    return tree and replace(tree, more=_has_next_page(value))


def _has_next_page(value: Value) -> bool:
    """Return True if a Zendesk page has a next page; an incremental export states its end."""
    ended = value_at(value, "end_of_stream")
    followed = ended is None and bool(value_at(value, "next_page"))
    return followed or ended == "false" or value_at(value, "meta", "has_more") == "true"


def _index_solved(metrics: Iterable[Mapping[str, Value]]) -> Flat:
    """Index solving times by ticket id; other records have no `solved_at`."""
    return {as_text(each.get("ticket_id")): each["solved_at"] for each in metrics if each.get("solved_at")}


def _zendesk_ticket(ticket: Mapping[str, Value], solved: Mapping[str, str]) -> Piece:
    time = value_at(ticket, "metric_set", "solved_at") or solved.get(as_text(ticket.get("id")))
    return Piece({**flatten(ticket), **_name_custom(ticket, "id"), "metric_set.solved_at": as_text(time)})


# --- code hosts -----------------------------------------------------------------------------------------


@list_unpacker(
    *("number", "title", "user", "created_at", "state"),
    under=["items"],
    where=lambda sample: not {"head", "merged_at"} & sample.keys(),
    total=("total_count",),
    more=lambda value, n: n in GITHUB_PAGES or value_at(value, "incomplete_results") == "true",
    joined=True,
)
def unpack_github_issues(item: Mapping[str, Value]) -> Piece:
    """GitHub REST, issues or a search for them; pull requests are read from their own list."""
    return Piece(_github_fields(item), table=UNUSED if item.get("pull_request") else OWN)


@list_unpacker("number", "title", "user", "head", "base", more=full_page(*GITHUB_PAGES), joined=True)
def unpack_github_pulls(item: Mapping[str, Value]) -> Piece:
    """GitHub REST, pull requests."""
    return Piece(_github_fields(item))


@list_unpacker("pull_request_url", "state", "user", more=full_page(*GITHUB_PAGES), joined=True)
def unpack_github_reviews(item: Mapping[str, Value]) -> Piece:
    """GitHub REST, reviews of a pull request, whose number is the end of its URL."""
    change = as_text(item.get("pull_request_url")).rpartition("/")[2]
    return Piece({**flatten(item), **_github_place(item), "change": change})


def _github_fields(item: Mapping[str, Value]) -> Flat:
    bot = {"user.bot": _is_bot(item.get("user"), "login", "type")}
    return flatten(item) | join_names(item) | _github_place(item) | bot


def _github_place(item: Mapping[str, Value]) -> Flat:
    """Return repository and `owner/name#number` from the URL; without one only the number."""
    number = as_text(item.get("number"))
    found = GITHUB_ADDRESS.match(as_text(item.get("html_url") or item.get("url")))
    return {"repository": found[1], "reference": f"{found[1]}#{number}"} if found else {"reference": number}


def _is_bot(user: Value, login: str, kind: str) -> str:
    """Return yes or no; "" if the account no longer exists."""
    name = as_text(value_at(user, login))
    if value_at(user, kind) in ("Bot", "true") or name.endswith("[bot]") or name.startswith("app/"):
        return "yes"
    return "no" if name else ""


def unpack_gh_issues(value: Value) -> Tree | None:
    """`gh issue list --json …`, or the underlying GraphQL response."""
    answer = value_at(value, "data", "repository", "issues")
    items = with_keys(list_objects(value if answer is None else value_at(answer, "nodes")), *GH)
    if items is None or "user" in find_sample(items, *GH) or _are_pulls(items):
        return None
    return _gh_tree(answer, items, map(_gh_issue, items))


def _gh_issue(item: Mapping[str, Value]) -> Piece:
    """Convert an issue, with its first assignee."""
    assigned = item.get("assignees")
    assignees = as_dicts(assigned) or as_dicts(value_at(assigned, "nodes"))
    first = {f"assignee.{key}": text for key, text in flatten(assignees[0]).items()} if assignees else {}
    return Piece(_gh_fields(item, first))


def _gh_fields(item: Mapping[str, Value], more: Flat) -> Flat:
    """Flatten lists of named objects (GraphQL: under `nodes`) and the marks of bots, which differ."""
    author = item.get("author")
    lists = {key: given.get("nodes") for key, given in item.items() if isinstance(given, dict)}
    bot = _is_bot(author, "login", "is_bot" if "is_bot" in as_dict(author) else "__typename")
    names = join_names(item) | join_names(lists)
    return {**flatten(item), **names, **more, **_github_place(item), "author.bot": bot}


def _gh_tree(answer: Value, items: Sequence[object], pieces: Iterable[Piece], more: bool = False) -> Tree:
    """Build a tree; `gh` cuts silently at 30, GraphQL gives the total and whether a page follows."""
    more = more or value_at(answer, "pageInfo", "hasNextPage") == "true"
    return Tree(
        pieces, find_total(answer, ("totalCount",)), more or (answer is None and len(items) in GITHUB_PAGES)
    )


def unpack_gh_pulls(value: Value) -> Tree | None:
    """`gh pr list --json …` with the reviews of each, or the underlying GraphQL response."""
    answer = value_at(value, "data", "repository", "pullRequests")
    items = with_keys(list_objects(value if answer is None else value_at(answer, "nodes")), *GH)
    if items is None or not (answer is not None or _are_pulls(items)) or "user" in find_sample(items, *GH):
        return None
    totals = [(find_total(i, ("reviews", "totalCount")), len(_gh_reviews(i))) for i in items]
    cut = any(total is not None and total > listed for total, listed in totals)
    return _gh_tree(answer, items, map(_gh_pull, items), cut)


def _are_pulls(items: Items) -> bool:
    """Recognise pull requests by their own fields; with only shared fields they are read as issues."""
    own = ("mergedAt", "mergedBy", "reviews", "reviewDecision", "headRefName", "isDraft", "additions")
    return any(key in find_sample(items, *GH) for key in own) or any(
        "/pull/" in as_text(item.get("url")) for item in items
    )


def _gh_reviews(item: Mapping[str, Value]) -> list[dict[str, Value]]:
    reviews = item.get("reviews")
    return as_dicts(value_at(reviews, "nodes") if isinstance(reviews, dict) else reviews)


def _gh_pull(item: Mapping[str, Value]) -> Piece:
    fields = _gh_fields(item, {})
    own = {"change": as_text(item.get("number")), "repository": fields.get("repository", "")}
    return Piece(fields, {"reviews": [flatten(review) | own for review in _gh_reviews(item)]})


@list_unpacker(
    *("iid", "author", "web_url"),
    where=lambda sample: "source_branch" not in sample,
    more=full_page(*GITLAB_PAGES),
)
def unpack_gitlab_issues(item: Mapping[str, Value]) -> Piece:
    """GitLab REST, issues."""
    return Piece(_gitlab_fields(item))


@list_unpacker("iid", "author", "source_branch", more=full_page(*GITLAB_PAGES))
def unpack_gitlab_changes(item: Mapping[str, Value]) -> Piece:
    """GitLab REST, merge requests: merging closes one, although `closed_at` remains empty."""
    return Piece(
        {**_gitlab_fields(item), "closed_at": as_text(item.get("closed_at") or item.get("merged_at"))}
    )


def _gitlab_fields(item: Mapping[str, Value]) -> Flat:
    """Add project and `group/project#iid` from the URL; without one only the number in the project."""
    project, number = GITLAB_PLACE.match(as_text(item.get("web_url"))), as_text(item.get("iid"))
    place = (
        {"project": project[1], "reference": f"{project[1]}#{number}"} if project else {"reference": number}
    )
    bot = {"author.bot": "yes" if GITLAB_BOT.match(as_text(value_at(item, "author", "username"))) else ""}
    return flatten(item) | join_names(item) | place | bot


# --- incident tools -------------------------------------------------------------------------------------


def _has_more_pagerduty(value: Value, n: int) -> bool:
    return value_at(value, "more") == "true" if isinstance(value, dict) else n in PAGERDUTY_PAGES


@list_unpacker(
    *("incident_number", "status"),
    under=["incidents", "incident"],
    total=("total",),
    more=_has_more_pagerduty,
)
def unpack_pagerduty_incidents(item: Mapping[str, Value]) -> Piece:
    """PagerDuty REST, incidents.  Resolved ones no longer list assignments and acknowledgements: unknown."""
    people = [(each.get("acknowledger"), each.get("at")) for each in as_dicts(item.get("acknowledgements"))]
    people += [
        (each.get("user"), each.get("updated_at"))
        for each in as_dicts(item.get("incidents_responders"))
        if each.get("state") == "joined"
    ]
    joined = [
        {name: as_text(value_at(who, name)) for name in ("id", "summary")} | {"at": as_text(when)}
        for who, when in people
        if as_text(value_at(who, "type")).startswith("user")
    ]
    known = "no" if item.get("status") == "resolved" else "yes"
    return Piece({**flatten(item), "people_told": known}, {"participation": joined})


@list_unpacker(
    *("type", "agent", "incident"),
    under=["log_entries"],
    where=lambda sample: as_text(sample["type"]).endswith(LOG_ENTRY),
    total=("total",),
    more=_has_more_pagerduty,
)
def unpack_pagerduty_log(item: Mapping[str, Value]) -> Piece:
    """PagerDuty REST, log entries: `did` is a person's action; entries of services or nobody are not read."""
    person = as_text(value_at(item, "agent", "type")).startswith("user")
    number = re.match(r"\[#([0-9]+)\]", as_text(value_at(item, "incident", "summary")))
    did = as_text(item.get("type")).removesuffix(LOG_ENTRY)
    given = as_text(value_at(item, "incident", "incident_number")) or (number[1] if number else "")
    fields = {**flatten(item), "did": did, "incident.number": given}
    return Piece(fields, table=OWN if person else UNUSED)


def unpack_datadog_incidents(value: Value) -> Tree | None:
    """Datadog incidents: list, search or single.

    The commander is in `attributes.commander` or `relationships.commander_user`.  Responders have separate
    ids that only `included` resolves: without it the participants are unknown.
    """
    data = value_at(value, "data")
    found = value_at(data, "attributes", "incidents")
    if found is not None:
        data = [value_at(each, "data") for each in as_dicts(found)]
    items = with_keys(list_objects(data), "type", "attributes")
    if items is None or find_sample(items, "type", "attributes")["type"] != "incidents":
        return None
    inside = [given for item in items for given in as_dict(item.get("attributes")).values()]
    objects = as_dicts(value_at(value, "included")) + as_dicts([value_at(given, "data") for given in inside])
    included = {_build_key(each): each for each in objects}
    total = find_total(value, ("data", "attributes", "total"))
    pieces = (_datadog_incident(item, included) for item in items)
    return Tree(pieces, total, total is None and len(items) in DATADOG_PAGES)


def _build_key(reference: Value) -> tuple[str, str]:
    return as_text(value_at(reference, "type")), as_text(value_at(reference, "id"))


def _datadog_incident(
    item: Mapping[str, Value], included: Mapping[tuple[str, str], dict[str, Value]]
) -> Piece:
    attributes, links = as_dict(item.get("attributes")), item.get("relationships")
    named = {name: value_at(given, "value") for name, given in as_dict(attributes.get("fields")).items()}
    fields = flatten(attributes) | {f"fields.{name}": text for name, text in flatten(named).items()}
    fields["uid"] = as_text(item.get("id"))
    # An imported incident was created long after it began.
    fields["detected"] = fields.get("detected") or fields.get("created", "")
    roster = as_dicts(value_at(links, "responders", "data"))
    known = [included.get(_build_key(each)) for each in roster]
    commander = value_at(attributes, "commander", "data") or value_at(links, "commander_user", "data")
    roles = _datadog_roles(known, commander or value_at(links, "commanderUser", "data"))
    people = []
    for user, role in roles:
        known_user = included.get(_build_key(user), user)
        name, mail, handle = (as_text(value_at(known_user, "attributes", key)) for key in USER_FIELDS)
        mail = mail or (handle if "@" in handle else "")
        people.append({"id": as_text(value_at(user, "id")), "name": name, "email": mail, "role": role})
    fields["people_told"] = "yes" if roster and all(known) else "no"
    return Piece(fields, {"participation": people})


def _datadog_roles(roster: Sequence[Value], commander: Value) -> list[tuple[Value, str]]:
    """List each user of the roster with a role; the commander once, even if missing from the roster."""
    roles = []
    for responder in roster:
        user = value_at(responder, "relationships", "user", "data")
        role = value_at(responder, "attributes", "role")
        if user:
            named = as_text(role) or as_text(value_at(role, "name"))
            roles.append(
                (user, COMMANDER if commander and _build_key(user) == _build_key(commander) else named)
            )
    if commander and all(role != COMMANDER for _, role in roles):
        roles.insert(0, (commander, COMMANDER))
    if len(roster) == 1 and len(roles) == 1 and roles[0][1].casefold() in (COMMANDER, INCIDENT_COMMANDER):
        return [(roles[0][0], LONE_COMMANDER)]
    return roles


def unpack_datadog_monitors(value: Value) -> Tree | None:
    """Datadog monitors: the list, or `{"counts", "monitors", "metadata"}` of the search."""
    items = with_keys(list_under(value, "monitors"), "id", "name", "query", "type")
    return build_tree(value, items, ("metadata", "total_count"))


def unpack_datadog_dashboards(value: Value) -> Tree | None:
    """Datadog dashboards, API v1: one with its widgets, or a list; one record per widget.

    The widgets of a group are records, the group is not; a dashboard without widgets is an unused record.
    """
    items = with_keys(list_under(value, "dashboards"), "title", "widgets")
    if items is None or not all("definition" in each for i in items for each in as_dicts(i.get("widgets"))):
        return None
    return Tree(piece for item in items for piece in _datadog_dashboard(item))


def _datadog_dashboard(item: Mapping[str, Value]) -> Iterable[Piece]:
    own = {name: as_text(item.get(name)) for name in ("id", "title", "created_at")}
    own["author"] = as_text(item.get("author_handle")) or as_text(item.get("author_name"))
    widgets = list(_list_widgets(item.get("widgets"), ""))
    for place, widget in widgets or [("", {})]:
        definition = as_dict(widget.get("definition"))
        fields = {
            **own,
            "widget.id": as_text(widget.get("id")) or (f"at {place}" if place else ""),
            "widget.title": as_text(definition.get("title")),
            "widget.type": as_text(definition.get("type")),
            "widget.query": "; ".join(_list_queries(definition)),
        }
        yield Piece(fields, table=OWN if place else UNUSED)


def _list_widgets(value: Value, inside: str) -> Iterable[tuple[str, dict[str, Value]]]:
    """Yield every widget with its place; for a group its widgets (2.1: the first in the second)."""
    for number, widget in enumerate(as_dicts(value), start=1):
        place, held = f"{inside}{number}", value_at(widget, "definition", "widgets")
        if isinstance(held, list):
            yield from _list_widgets(held, f"{place}.")
        else:
            yield place, widget


def _list_queries(definition: Mapping[str, Value]) -> list[str]:
    """List a widget's distinct queries: `q` of its requests or their `queries`, otherwise its own query."""
    shown = as_dict(definition.get("source_widget_definition")) or definition
    requests = shown.get("requests")
    listed = as_dicts([*requests.values()] if isinstance(requests, dict) else requests)
    texts = [as_text(request.get("q")) for request in listed]
    for query in (query for request in listed for query in as_dicts(request.get("queries"))):
        texts.append(as_text(query.get("query")) or as_text(value_at(query, "search", "query")))
    return [*dict.fromkeys(filter(None, texts))] or [*filter(None, [as_text(shown.get("query"))])]


def unpack_datadog_users(value: Value) -> Tree | None:
    """Datadog users, JSON:API."""
    keys = ("type", "attributes", "id")
    items = with_keys(list_objects(value_at(value, "data")), *keys)
    if items is None or find_sample(items, *keys)["type"] != "users":
        return None
    pieces = (Piece({**flatten(as_dict(i.get("attributes"))), "id": as_text(i.get("id"))}) for i in items)
    return Tree(pieces, find_total(value, ("meta", "page", "total_count"), ("meta", "page", "totalCount")))


@list_unpacker(
    *("tinyId", "responders", "impactStartDate"),
    under=["data"],
    total=("totalCount",),
    more=lambda value, n: bool(value_at(value, "paging", "next")),
)
def unpack_opsgenie_incidents(item: Mapping[str, Value]) -> Piece:
    """Opsgenie incidents with timelines; responders are ids, their joining times are timeline entries."""
    responders = as_dicts(item.get("responders"))
    ids = [as_text(each.get("id")) for each in responders if each.get("type") == "user"]
    added = [
        as_text(each.get("eventTime"))
        for each in as_dicts(item.get("timelines"))
        if each.get("type") == "IncidentResponderUserAdded"
    ]
    # Entries can be assigned to responders only if there is one of each.
    joined = added[0] if len(ids) == len(added) == 1 else ""
    people = [{"id": each, "joined": joined} for each in ids]
    # If a team was called, its responders are unknown.
    known = "yes" if ids and len(ids) == len(responders) else "no"
    return Piece({**flatten(item), "people_told": known}, {"participation": people})


@list_unpacker(
    *("tinyId", "acknowledged", "createdAt"),
    under=["data"],
    more=lambda value, n: bool(value_at(value, "paging", "next")),
)
def unpack_opsgenie_alerts(item: Mapping[str, Value]) -> Piece:
    """Opsgenie alerts; `acknowledged_at` and `closed_at` are computed from `createdAt`, like the report."""
    created, report = as_text(item.get("createdAt")), item.get("report")
    more = {
        "acknowledged_at": _after(created, as_text(value_at(report, "ackTime"))),
        "closed_at": _after(created, as_text(value_at(report, "closeTime"))),
        "who": as_text(value_at(report, "acknowledgedBy")) or as_text(item.get("owner")),
    }
    return Piece(flatten(item) | more)


def _after(moment: str, milliseconds: str) -> str:
    """Return the time so many milliseconds after another, or "" if one of them cannot be read."""
    if not MILLISECONDS.fullmatch(milliseconds):
        return ""
    try:
        return (datetime.fromisoformat(moment) + timedelta(milliseconds=int(milliseconds))).isoformat()
    except (ValueError, OverflowError):
        return ""


def unpack_opsgenie_users(value: Value) -> Tree | None:
    """Opsgenie users."""
    return build_tree(value, with_keys(list_under(value, "data"), "username", "fullName"), ("totalCount",))


@list_unpacker(
    *("reference", "incident_role_assignments"),
    under=["incidents", "incident"],
    total=("pagination_meta", "total_record_count"),
)
def unpack_incident_io(item: Mapping[str, Value]) -> Piece:
    """incident.io API v2, incidents with roles and named times."""
    times = {
        f"at.{as_text(value_at(each, 'incident_timestamp', 'name'))}": as_text(
            value_at(each, "value", "value")
        )
        for each in as_dicts(item.get("incident_timestamp_values"))
    }
    people = []
    for each in as_dicts(item.get("incident_role_assignments")):
        who, kind = each.get("assignee"), as_text(value_at(each, "role", "role_type"))
        # A reporter noticed the incident, but was not part of the response.
        if isinstance(who, dict) and kind != "reporter":
            name = as_text(value_at(each, "role", "name"))
            people.append({**flatten(who), "role": kind if kind == "lead" else name})
    # An incident entered afterwards was created long after it began.
    began = {"began": times.get("at.Reported at") or as_text(item.get("created_at"))}
    fields = {**flatten(item), **times, **began, "people_told": "yes" if people else "no"}
    return Piece(fields, {"participation": people})


UNPACK: Mapping[str, Unpack] = {
    "objects": unpack_objects,
    **{
        name.removeprefix("unpack_"): function
        for name, function in sorted(globals().items())
        if name.startswith("unpack_")
    },
}
