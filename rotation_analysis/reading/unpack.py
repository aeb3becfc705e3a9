"""The functions that take JSON trees of tools apart, by the name that a profile gives in `unpack`.

A function gets a document's value and gives a `Tree`, or None where the value is no such export.  What a
flat record's fields mean is declared in the profile, as for a CSV file.  Shapes: docs/formats.md.
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
    dict_of,
    dicts_in,
    find_total,
    flatten,
    having,
    join_names,
    list_objects,
    list_under,
    sample_of,
    text_of,
    value_at,
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
"""Datadog makes whoever is alone in an incident its commander."""


class Piece(NamedTuple):
    """One JSON object of the list: its fields, and by table the records that hang on it.

    `table`: OWN (the profile's table), the name of another, or UNUSED for a kind of record nobody reads.
    """

    fields: Flat
    others: Mapping[str, Sequence[Flat]] = MappingProxyType({})
    table: str = OWN


@dataclass(frozen=True)
class Tree:
    """The pieces of a document in order; `total`: how many there are as the tool says; `more`: it cut."""

    pieces: Iterable[Piece]
    total: int | None = None
    more: bool = False


Unpack = Callable[[Value], Tree | None]


def make_tree(value: Value, items: Items | None, *totals: tuple[str, ...]) -> Tree | None:
    """The items as they stand, flattened; None where there are none."""
    if items is None:
        return None
    return Tree(map(Piece, map(flatten, items)), find_total(value, *totals))


More = Callable[[Value, int], bool]
"""Whether more follows what a value holds of so many records."""


def list_of(
    *keys: str,
    under: Sequence[str] = (),
    where: Callable[[Mapping[str, Value]], bool] = lambda sample: True,
    total: tuple[str, ...] = (),
    more: More = lambda value, n: False,
    joined: bool = False,
) -> Callable[[Callable[[Mapping[str, Value]], Piece]], Unpack]:
    """Unpacks a list of objects, one after the other, by the decorated function.

    One of the objects has all `keys`, and is as `where` wants it.  The list stands alone or under one of the
    keys `under`; `joined`: pages that `gh api --paginate --slurp` puts into one list are one page.
    """

    def decorate(read: Callable[[Mapping[str, Value]], Piece]) -> Unpack:
        def unpack(value: Value) -> Tree | None:
            items = having(list_under(_join_pages(value) if joined else value, *under), *keys)
            if items is None or not where(sample_of(items, *keys)):
                return None
            return Tree(map(read, items), find_total(value, total), more(value, len(items)))

        return unpack

    return decorate


def _join_pages(value: Value) -> Value:
    if isinstance(value, list) and value and all(isinstance(page, list) for page in value):
        return [item for page in value for item in page]
    return value


def full_page(*sizes: int) -> More:
    """A page of an API as long as its default or its maximum may have been the first of several."""
    return lambda value, n: n in sizes


def unpack_objects(value: Value) -> Tree | None:
    """A list of objects as it stands, or the only list of objects under a key: for a user's own profile."""
    if isinstance(value, dict):
        lists = [item for item in value.values() if isinstance(item, list) and list_objects(item)]
        value = lists[0] if len(lists) == 1 else value
    return make_tree(value, list_objects(value))


# --- request trackers -----------------------------------------------------------------------------------


@list_of("issueKey", "summary", more=full_page(20, 100))
def unpack_backlog(item: Mapping[str, Value]) -> Piece:
    """Backlog API v2, issues; custom fields go by their names, projects by key, categories are joined."""
    fields = flatten(item) | join_names(item)
    fields["projectKey"] = text_of(item.get("issueKey")).rpartition("-")[0]
    for custom in dicts_in(item.get("customFields")):
        given = custom.get("value")
        values = given if isinstance(given, list) else [given]
        texts = [text_of(value_at(each, "name") if isinstance(each, dict) else each) for each in values]
        fields[f"customFields.{text_of(custom.get('name'))}"] = ", ".join(filter(None, texts))
    return Piece(fields)


@list_of(
    *("key", "fields"),
    under=["issues"],
    where=lambda sample: isinstance(sample["fields"], dict),
    total=("total",),
    more=lambda value, n: value_at(value, "isLast") == "false" or bool(value_at(value, "nextPageToken")),
)
def unpack_jira(item: Mapping[str, Value]) -> Piece:
    """Jira REST search; `fields.` is left out of names, an option of a custom field is its value.

    The older search gives a total, the newer one whether a page is the last.
    """
    given = dict_of(item.get("fields"))
    chosen = {
        name: text_of(next((option[key] for key in ("value", *NAMES) if option.get(key)), None))
        for name, option in given.items()
        if name.startswith("customfield_") and isinstance(option, dict)
    }
    return Piece({**flatten(given), **join_names(given), **chosen, "key": text_of(item.get("key"))})


@list_of("tracker", "subject", "created_on", under=["issues", "issue"], total=("total_count",))
def unpack_redmine(item: Mapping[str, Value]) -> Piece:
    """Redmine REST, issues; a custom field is called by its name.

    What was reopened keeps the time when it was closed, which is then left out.
    """
    fields = flatten(item) | _name_custom(item, "name")
    return Piece(fields | ({"closed_on": ""} if value_at(item, "status", "is_closed") == "false" else {}))


def _name_custom(item: Mapping[str, Value], key: str) -> Flat:
    """The values of custom fields, each called by what stands under `key`."""
    custom = dicts_in(item.get("custom_fields"))
    return {f"custom_fields.{text_of(each.get(key))}": flatten(each).get("value", "") for each in custom}


@list_of(
    "number", under=["result"], where=lambda sample: bool({"opened_at", "sys_created_on"} & sample.keys())
)
def unpack_servicenow(item: Mapping[str, Value]) -> Piece:
    """ServiceNow Table API: `{"result": […]}` or the list.

    A reference is its display value, and its id stands beside it under `….value`; without a display value it
    is an id alone.  Of a time that is given twice the UTC one counts, not the one shown in a user's zone.
    """
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
    return Piece(fields)


def unpack_zendesk(value: Value) -> Tree | None:
    """Zendesk: `{"tickets": […], "users": […]}`, or the lines of an Airbyte stream with both among others.

    When a ticket was solved stands in its metrics, as far as the document has them.
    """
    lines = dicts_in(value)
    streams = (text_of(value_at(line, "record", "stream")) for line in lines if "record" in line)
    if any("__zendesk__" in stream for stream in streams):
        data = [dict_of(value_at(line, "record", "data")) for line in lines]
        names = (text_of(value_at(line, "record", "stream")).rpartition("__zendesk__")[2] for line in lines)
        solved = _index_solved(data)
        return Tree(
            _zendesk_ticket(each, solved)
            if name == "tickets"
            else Piece(flatten(each), table="accounts" if name == "users" else UNUSED)
            for name, each in zip(names, data, strict=True)
        )
    tickets = having(list_under(value, "tickets", "ticket"), "id", "requester_id", "subject")
    if tickets is None:
        return None
    solved = _index_solved(dicts_in(value_at(value, "metric_sets")))
    pieces = [_zendesk_ticket(ticket, solved) for ticket in tickets]
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


def _zendesk_ticket(ticket: Mapping[str, Value], solved: Mapping[str, str]) -> Piece:
    time = value_at(ticket, "metric_set", "solved_at") or solved.get(text_of(ticket.get("id")))
    return Piece({**flatten(ticket), **_name_custom(ticket, "id"), "metric_set.solved_at": text_of(time)})


# --- code hosts -----------------------------------------------------------------------------------------


@list_of(
    *("number", "title", "user", "created_at", "state"),
    under=["items"],
    where=lambda sample: not {"head", "merged_at"} & sample.keys(),
    total=("total_count",),
    more=lambda value, n: n in GITHUB_PAGES or value_at(value, "incomplete_results") == "true",
    joined=True,
)
def unpack_github_issues(item: Mapping[str, Value]) -> Piece:
    """GitHub REST, issues or a search for them; pull requests among them are left to their own list."""
    return Piece(_github_fields(item), table=UNUSED if item.get("pull_request") else OWN)


@list_of("number", "title", "user", "head", "base", more=full_page(*GITHUB_PAGES), joined=True)
def unpack_github_pulls(item: Mapping[str, Value]) -> Piece:
    """GitHub REST, pull requests."""
    return Piece(_github_fields(item))


@list_of("pull_request_url", "state", "user", more=full_page(*GITHUB_PAGES), joined=True)
def unpack_github_reviews(item: Mapping[str, Value]) -> Piece:
    """GitHub REST, reviews of a pull request, whose number is the end of its address."""
    change = text_of(item.get("pull_request_url")).rpartition("/")[2]
    return Piece({**flatten(item), **_github_place(item), "change": change})


def _github_fields(item: Mapping[str, Value]) -> Flat:
    bot = {"user.bot": _is_bot(item.get("user"), "login", "type")}
    return flatten(item) | join_names(item) | _github_place(item) | bot


def _github_place(item: Mapping[str, Value]) -> Flat:
    """Repository and `owner/name#number`, as the address has them; without one the number alone."""
    number = text_of(item.get("number"))
    found = GITHUB_ADDRESS.match(text_of(item.get("html_url") or item.get("url")))
    return {"repository": found[1], "reference": f"{found[1]}#{number}"} if found else {"reference": number}


def _is_bot(user: Value, login: str, kind: str) -> str:
    """yes or no; "" where the account is gone."""
    name = text_of(value_at(user, login))
    if value_at(user, kind) in ("Bot", "true") or name.endswith("[bot]") or name.startswith("app/"):
        return "yes"
    return "no" if name else ""


def unpack_gh_issues(value: Value) -> Tree | None:
    """`gh issue list --json …`, or the GraphQL answer behind it."""
    answer = value_at(value, "data", "repository", "issues")
    items = having(list_objects(value if answer is None else value_at(answer, "nodes")), *GH)
    if items is None or "user" in sample_of(items, *GH) or _are_pulls(items):
        return None
    return _gh_tree(answer, items, map(_gh_issue, items))


def _gh_issue(item: Mapping[str, Value]) -> Piece:
    """An issue with its first assignee."""
    assigned = item.get("assignees")
    assignees = dicts_in(assigned) or dicts_in(value_at(assigned, "nodes"))
    first = {f"assignee.{key}": text for key, text in flatten(assignees[0]).items()} if assignees else {}
    return Piece(_gh_fields(item, first))


def _gh_fields(item: Mapping[str, Value], more: Flat) -> Flat:
    """`gh` has lists of named objects as they are, GraphQL under `nodes`; each marks bots in its own way."""
    author = item.get("author")
    lists = {key: given.get("nodes") for key, given in item.items() if isinstance(given, dict)}
    bot = _is_bot(author, "login", "is_bot" if "is_bot" in dict_of(author) else "__typename")
    names = join_names(item) | join_names(lists)
    return {**flatten(item), **names, **more, **_github_place(item), "author.bot": bot}


def _gh_tree(answer: Value, items: Sequence[object], pieces: Iterable[Piece], more: bool = False) -> Tree:
    """`gh` cuts at 30 without a word; GraphQL gives the total and whether a page follows."""
    more = more or value_at(answer, "pageInfo", "hasNextPage") == "true"
    return Tree(
        pieces, find_total(answer, ("totalCount",)), more or (answer is None and len(items) in GITHUB_PAGES)
    )


def unpack_gh_pulls(value: Value) -> Tree | None:
    """`gh pr list --json …` with the reviews of each, or the GraphQL answer behind it."""
    answer = value_at(value, "data", "repository", "pullRequests")
    items = having(list_objects(value if answer is None else value_at(answer, "nodes")), *GH)
    if items is None or not (answer is not None or _are_pulls(items)) or "user" in sample_of(items, *GH):
        return None
    totals = [(find_total(i, ("reviews", "totalCount")), len(_gh_reviews(i))) for i in items]
    cut = any(total is not None and total > here for total, here in totals)
    return _gh_tree(answer, items, map(_gh_pull, items), cut)


def _are_pulls(items: Items) -> bool:
    """Pull requests, by what only they have; a choice of fields that issues have too reads as issues."""
    own = ("mergedAt", "mergedBy", "reviews", "reviewDecision", "headRefName", "isDraft", "additions")
    return any(key in sample_of(items, *GH) for key in own) or any(
        "/pull/" in text_of(item.get("url")) for item in items
    )


def _gh_reviews(item: Mapping[str, Value]) -> list[dict[str, Value]]:
    reviews = item.get("reviews")
    return dicts_in(value_at(reviews, "nodes") if isinstance(reviews, dict) else reviews)


def _gh_pull(item: Mapping[str, Value]) -> Piece:
    fields = _gh_fields(item, {})
    own = {"change": text_of(item.get("number")), "repository": fields.get("repository", "")}
    return Piece(fields, {"reviews": [flatten(review) | own for review in _gh_reviews(item)]})


@list_of(
    *("iid", "author", "web_url"),
    where=lambda sample: "source_branch" not in sample,
    more=full_page(*GITLAB_PAGES),
)
def unpack_gitlab_issues(item: Mapping[str, Value]) -> Piece:
    """GitLab REST, issues."""
    return Piece(_gitlab_fields(item))


@list_of("iid", "author", "source_branch", more=full_page(*GITLAB_PAGES))
def unpack_gitlab_changes(item: Mapping[str, Value]) -> Piece:
    """GitLab REST, merge requests: merging closes one, though `closed_at` stays empty."""
    return Piece(
        {**_gitlab_fields(item), "closed_at": text_of(item.get("closed_at") or item.get("merged_at"))}
    )


def _gitlab_fields(item: Mapping[str, Value]) -> Flat:
    """With project and `group/project#iid`, as the address has them; without one the number in it alone."""
    project, number = GITLAB_PLACE.match(text_of(item.get("web_url"))), text_of(item.get("iid"))
    place = (
        {"project": project[1], "reference": f"{project[1]}#{number}"} if project else {"reference": number}
    )
    bot = {"author.bot": "yes" if GITLAB_BOT.match(text_of(value_at(item, "author", "username"))) else ""}
    return flatten(item) | join_names(item) | place | bot


# --- incident tools -------------------------------------------------------------------------------------


def _more_of_pagerduty(value: Value, n: int) -> bool:
    return value_at(value, "more") == "true" if isinstance(value, dict) else n in PAGERDUTY_PAGES


@list_of(
    *("incident_number", "status"),
    under=["incidents", "incident"],
    total=("total",),
    more=_more_of_pagerduty,
)
def unpack_pagerduty_incidents(item: Mapping[str, Value]) -> Piece:
    """PagerDuty REST, incidents.  A resolved one has lost its assignments and acknowledgements: unknown."""
    people = [(each.get("acknowledger"), each.get("at")) for each in dicts_in(item.get("acknowledgements"))]
    people += [
        (each.get("user"), each.get("updated_at"))
        for each in dicts_in(item.get("incidents_responders"))
        if each.get("state") == "joined"
    ]
    joined = [
        {name: text_of(value_at(who, name)) for name in ("id", "summary")} | {"at": text_of(when)}
        for who, when in people
        if text_of(value_at(who, "type")).startswith("user")
    ]
    known = "no" if item.get("status") == "resolved" else "yes"
    return Piece({**flatten(item), "people_told": known}, {"participation": joined})


@list_of(
    *("type", "agent", "incident"),
    under=["log_entries"],
    where=lambda sample: text_of(sample["type"]).endswith(LOG_ENTRY),
    total=("total",),
    more=_more_of_pagerduty,
)
def unpack_pagerduty_log(item: Mapping[str, Value]) -> Piece:
    """PagerDuty REST, log entries: `did` is what a person did; what a service or nobody did is not read."""
    person = text_of(value_at(item, "agent", "type")).startswith("user")
    number = re.match(r"\[#([0-9]+)\]", text_of(value_at(item, "incident", "summary")))
    did = text_of(item.get("type")).removesuffix(LOG_ENTRY)
    given = text_of(value_at(item, "incident", "incident_number")) or (number[1] if number else "")
    fields = {**flatten(item), "did": did, "incident.number": given}
    return Piece(fields, table=OWN if person else UNUSED)


def unpack_datadog_incidents(value: Value) -> Tree | None:
    """Datadog incidents: list, search or single.

    The commander stands in `attributes.commander` or in `relationships.commander_user`; responders are ids of
    their own, which only `included` could resolve: without it who took part is unknown.
    """
    data = value_at(value, "data")
    found = value_at(data, "attributes", "incidents")
    if found is not None:
        data = [value_at(each, "data") for each in dicts_in(found)]
    items = having(list_objects(data), "type", "attributes")
    if items is None or sample_of(items, "type", "attributes")["type"] != "incidents":
        return None
    inside = [given for item in items for given in dict_of(item.get("attributes")).values()]
    objects = dicts_in(value_at(value, "included")) + dicts_in([value_at(given, "data") for given in inside])
    included = {_key_of(each): each for each in objects}
    total = find_total(value, ("data", "attributes", "total"))
    pieces = (_datadog_incident(item, included) for item in items)
    return Tree(pieces, total, total is None and len(items) in DATADOG_PAGES)


def _key_of(reference: Value) -> tuple[str, str]:
    return text_of(value_at(reference, "type")), text_of(value_at(reference, "id"))


def _datadog_incident(
    item: Mapping[str, Value], included: Mapping[tuple[str, str], dict[str, Value]]
) -> Piece:
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
    people = []
    for user, role in roles:
        known_user = included.get(_key_of(user), user)
        name, mail, handle = (text_of(value_at(known_user, "attributes", key)) for key in USER_FIELDS)
        mail = mail or (handle if "@" in handle else "")
        people.append({"id": text_of(value_at(user, "id")), "name": name, "email": mail, "role": role})
    fields["people_told"] = "yes" if roster and all(known) else "no"
    return Piece(fields, {"participation": people})


def _datadog_roles(roster: Sequence[Value], commander: Value) -> list[tuple[Value, str]]:
    """Each user of the roster with a role; the commander once, whether the roster has them or not."""
    roles = []
    for responder in roster:
        user = value_at(responder, "relationships", "user", "data")
        role = value_at(responder, "attributes", "role")
        if user:
            named = text_of(role) or text_of(value_at(role, "name"))
            roles.append((user, COMMANDER if commander and _key_of(user) == _key_of(commander) else named))
    if commander and all(role != COMMANDER for _, role in roles):
        roles.insert(0, (commander, COMMANDER))
    if len(roster) == 1 and len(roles) == 1 and roles[0][1].casefold() in (COMMANDER, INCIDENT_COMMANDER):
        return [(roles[0][0], LONE_COMMANDER)]
    return roles


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


@list_of(
    *("tinyId", "responders", "impactStartDate"),
    under=["data"],
    total=("totalCount",),
    more=lambda value, n: bool(value_at(value, "paging", "next")),
)
def unpack_opsgenie_incidents(item: Mapping[str, Value]) -> Piece:
    """Opsgenie incidents with timelines; who responds is an id, when they were added a timeline's entry."""
    responders = dicts_in(item.get("responders"))
    ids = [text_of(each.get("id")) for each in responders if each.get("type") == "user"]
    added = [
        text_of(each.get("eventTime"))
        for each in dicts_in(item.get("timelines"))
        if each.get("type") == "IncidentResponderUserAdded"
    ]
    # Which entry belongs to which responder is known only where there is one of each.
    joined = added[0] if len(ids) == len(added) == 1 else ""
    people = [{"id": each, "joined": joined} for each in ids]
    # Of a team that was called nobody knows who came.
    known = "yes" if ids and len(ids) == len(responders) else "no"
    return Piece({**flatten(item), "people_told": known}, {"participation": people})


@list_of(
    *("tinyId", "acknowledged", "createdAt"),
    under=["data"],
    more=lambda value, n: bool(value_at(value, "paging", "next")),
)
def unpack_opsgenie_alerts(item: Mapping[str, Value]) -> Piece:
    """Opsgenie alerts; `acknowledged_at` and `closed_at` count from `createdAt`, as the report does."""
    created, report = text_of(item.get("createdAt")), item.get("report")
    more = {
        "acknowledged_at": _after(created, text_of(value_at(report, "ackTime"))),
        "closed_at": _after(created, text_of(value_at(report, "closeTime"))),
        "who": text_of(value_at(report, "acknowledgedBy")) or text_of(item.get("owner")),
    }
    return Piece(flatten(item) | more)


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


@list_of(
    *("reference", "incident_role_assignments"),
    under=["incidents", "incident"],
    total=("pagination_meta", "total_record_count"),
)
def unpack_incident_io(item: Mapping[str, Value]) -> Piece:
    """incident.io API v2, incidents with roles and named times."""
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
