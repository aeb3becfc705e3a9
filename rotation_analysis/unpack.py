"""JSON trees of tools taken apart into flat records: one small function a tool and kind of export.

A function gets a document's value and gives a `Tree`, or None where the value is no such export.  What a
flat record's fields mean is declared in the profile, as for a CSV file.  Shapes: docs/formats.md.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

Flat = dict[str, str]
Value = Any  # what `documents.read_document` gives: dict, list, str or None
OWN = ""
UNUSED = "-"
DEEPEST = 3
NAMES = ("name", "value", "displayName", "login")
# A page of an API as long as its default or its maximum may have been the first of several.
BACKLOG_PAGES = GITLAB_PAGES = (20, 100)
GITHUB_PAGES = (30, 100)
GITHUB_ADDRESS = re.compile(r"https?://[^/]+/([^/]+/[^/]+)/(?:issues|pull)/[0-9]")
GITLAB_PLACE = re.compile(r"https?://[^/]+/(.+?)(?:/-)?/(?:issues|merge_requests|work_items)/[0-9]")
GITLAB_BOT = re.compile(r"(?:project|group)_[0-9]+_bot")
SYS_ID = re.compile(r"[0-9a-f]{32}")
SERVICENOW_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}")
PAGERDUTY_PAGES = (25, 100)
DATADOG_PAGES = (10, 100)
MILLISECONDS = re.compile(r"[0-9]{1,15}")
LOG_ENTRY = "_log_entry"
COMMANDER, INCIDENT_COMMANDER = "commander", "incident commander"
LONE_COMMANDER = "lone commander"  # Datadog makes whoever is alone in an incident its commander


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


def _dict(value: Value) -> dict[str, Value]:
    return value if isinstance(value, dict) else {}


def _text(value: Value) -> str:
    return value if isinstance(value, str) else ""


def _join_names(item: Mapping[str, Value]) -> Flat:
    """The lists of named objects that an item has, as their names: labels, categories, components."""
    named = {
        key: [_text(next((each[k] for k in NAMES if each.get(k)), None)) for each in _dicts(given)]
        for key, given in item.items()
    }
    return {key: ", ".join(filter(None, names)) for key, names in named.items() if any(names)}


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
    """Backlog API v2, issues; custom fields go by their names, projects by key, categories are joined."""
    items = _having(_objects(value), "issueKey", "summary")
    if items is None:
        return None
    pieces = (Piece(flatten(item) | _join_names(item) | _backlog_fields(item)) for item in items)
    return Tree(pieces, more=len(items) in BACKLOG_PAGES)


def _backlog_fields(item: Mapping[str, Value]) -> Flat:
    fields = {"projectKey": _text(item.get("issueKey")).rpartition("-")[0]}
    for custom in _dicts(item.get("customFields")):
        given = custom.get("value")
        values = given if isinstance(given, list) else [given]
        texts = [_text(_at(each, "name") if isinstance(each, dict) else each) for each in values]
        fields[f"customFields.{_text(custom.get('name'))}"] = ", ".join(filter(None, texts))
    return fields


def unpack_jira(value: Value) -> Tree | None:
    """Jira REST search; `fields.` is left out of names, an option of a custom field is its value.

    The older search tells a total, the newer one whether a page is the last.
    """
    items = _having(_under(value, "issues"), "key", "fields")
    if items is None or not isinstance(items[0]["fields"], dict):
        return None
    more = _at(value, "isLast") == "false" or bool(_at(value, "nextPageToken"))
    return Tree((Piece(_jira_fields(item)) for item in items), _total(value, ("total",)), more)


def _jira_fields(item: Mapping[str, Value]) -> Flat:
    given = _dict(item.get("fields"))
    chosen = {
        name: _text(next((option[key] for key in ("value", *NAMES) if option.get(key)), None))
        for name, option in given.items()
        if name.startswith("customfield_") and isinstance(option, dict)
    }
    return {**flatten(given), **_join_names(given), **chosen, "key": _text(item.get("key"))}


def unpack_redmine(value: Value) -> Tree | None:
    """Redmine REST, issues; a custom field is called by its name."""
    items = _having(_under(value, "issues", "issue"), "tracker", "subject", "created_on")
    if items is None:
        return None
    pieces = (Piece(flatten(item) | _redmine_fields(item)) for item in items)
    return Tree(pieces, _total(value, ("total_count",)))


def _redmine_fields(item: Mapping[str, Value]) -> Flat:
    """Custom fields; what was reopened keeps the time when it was closed, which then is not told."""
    custom = _dicts(item.get("custom_fields"))
    fields = {f"custom_fields.{_text(each.get('name'))}": flatten(each).get("value", "") for each in custom}
    return fields | ({"closed_on": ""} if _at(item, "status", "is_closed") == "false" else {})


def unpack_servicenow(value: Value) -> Tree | None:
    """ServiceNow Table API: `{"result": […]}` or the list.

    A reference is its display value, and its id stands beside it under `….value`; without a display value it
    is an id alone.  Of a time that is given twice the UTC one counts, not the one shown in a user's zone.
    """
    items = _having(_under(value, "result"), "number")
    if items is None or not ({"opened_at", "sys_created_on"} & items[0].keys()):
        return None
    return Tree(Piece(_servicenow_fields(item)) for item in items)


def _servicenow_fields(item: Mapping[str, Value]) -> Flat:
    fields: Flat = {}
    for name, given in item.items():
        shown, kept = _text(_at(given, "display_value")), _text(_at(given, "value") or given)
        kept = kept or _text(_at(given, "link")).rpartition("/")[2]
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
    lines = _dicts(value)
    if any("__zendesk__" in _text(_at(line, "record", "stream")) for line in lines):
        data = [_dict(_at(line, "record", "data")) for line in lines]
        solved = _index_solved(data)
        return Tree(_zendesk_line(line, solved) for line in lines)
    tickets = _having(_under(value, "tickets", "ticket"), "id", "requester_id", "subject")
    if tickets is None:
        return None
    solved = _index_solved(_dicts(_at(value, "metric_sets")))
    pieces = [Piece(_zendesk_ticket(ticket, solved)) for ticket in tickets]
    pieces += [Piece(flatten(user), table="accounts") for user in _dicts(_at(value, "users"))]
    return Tree(pieces, _total(value, ("count",)), _is_followed(value))


def unpack_zendesk_users(value: Value) -> Tree | None:
    """Zendesk: users in a file of their own."""
    if not isinstance(value, dict) or "tickets" in value:
        return None
    items = _having(_dicts(value.get("users")), "id", "name", "ticket_restriction")
    tree = _tree(value, items, ("count",))
    return tree and replace(tree, more=_is_followed(value))


def _is_followed(value: Value) -> bool:
    """Whether a page of Zendesk says that another one follows; an incremental export ends as it says."""
    ended = _at(value, "end_of_stream")
    followed = ended is None and bool(_at(value, "next_page"))
    return followed or ended == "false" or _at(value, "meta", "has_more") == "true"


def _index_solved(metrics: Iterable[Mapping[str, Value]]) -> Flat:
    """When each ticket was solved, by its id; other records have no `solved_at`."""
    return {_text(each.get("ticket_id")): each["solved_at"] for each in metrics if each.get("solved_at")}


def _zendesk_ticket(ticket: Mapping[str, Value], solved: Mapping[str, str]) -> Flat:
    custom = {
        f"custom_fields.{_text(each.get('id'))}": flatten(each).get("value", "")
        for each in _dicts(ticket.get("custom_fields"))
    }
    told = _at(ticket, "metric_set", "solved_at") or solved.get(_text(ticket.get("id")))
    return {**flatten(ticket), **custom, "metric_set.solved_at": _text(told)}


def _zendesk_line(line: Mapping[str, Value], solved: Mapping[str, str]) -> Piece:
    stream = _text(_at(line, "record", "stream")).rpartition("__zendesk__")[2]
    data = _dict(_at(line, "record", "data"))
    if stream == "tickets":
        return Piece(_zendesk_ticket(data, solved))
    return Piece(flatten(data), table="accounts" if stream == "users" else UNUSED)


# --- code -----------------------------------------------------------------------------------------------


def _join_pages(value: Value) -> Value:
    """Pages that `gh api --paginate --slurp` puts into one list, as one page."""
    if isinstance(value, list) and value and all(isinstance(page, list) for page in value):
        return [item for page in value for item in page]
    return value


def unpack_github_issues(value: Value) -> Tree | None:
    """GitHub REST, issues or a search for them; pull requests among them are left to their own list."""
    items = _having(_under(_join_pages(value), "items"), "number", "title", "user", "created_at", "state")
    if items is None or "head" in items[0] or "merged_at" in items[0]:
        return None
    pieces = (
        Piece(flatten(i) | _join_names(i) | _github_place(i), table=UNUSED if i.get("pull_request") else OWN)
        for i in items
    )
    more = len(items) in GITHUB_PAGES or _at(value, "incomplete_results") == "true"
    return Tree(pieces, _total(value, ("total_count",)), more)


def _github_place(item: Mapping[str, Value]) -> Flat:
    """Repository and `owner/name#number`, as the address tells; without one the number alone."""
    number = _text(item.get("number"))
    found = GITHUB_ADDRESS.match(_text(item.get("html_url") or item.get("url")))
    return {"repository": found[1], "reference": f"{found[1]}#{number}"} if found else {"reference": number}


def unpack_github_pulls(value: Value) -> Tree | None:
    """GitHub REST, pull requests."""
    items = _having(_objects(_join_pages(value)), "number", "title", "user", "head", "base")
    if items is None:
        return None
    pieces = (
        Piece({**flatten(i), **_github_place(i), "user.bot": _is_bot(i.get("user"), "login", "type")})
        for i in items
    )
    return Tree(pieces, more=len(items) in GITHUB_PAGES)


def _is_bot(user: Value, login: str, kind: str) -> str:
    """yes or no; "" where the account is gone."""
    name = _text(_at(user, login))
    if _at(user, kind) in ("Bot", "true") or name.endswith("[bot]") or name.startswith("app/"):
        return "yes"
    return "no" if name else ""


def unpack_github_reviews(value: Value) -> Tree | None:
    """GitHub REST, reviews of a pull request, whose number is the end of its address."""
    items = _having(_objects(_join_pages(value)), "pull_request_url", "state", "user")
    if items is None:
        return None
    pieces = (
        Piece(
            {
                **flatten(item),
                **_github_place(item),
                "change": _text(item.get("pull_request_url")).rpartition("/")[2],
            }
        )
        for item in items
    )
    return Tree(pieces, more=len(items) in GITHUB_PAGES)


def unpack_gh_issues(value: Value) -> Tree | None:
    """`gh issue list --json …`, or the GraphQL answer behind it."""
    answer = _at(value, "data", "repository", "issues")
    items = _having(_objects(value if answer is None else _at(answer, "nodes")), "number", "title")
    if items is None or "user" in items[0] or _are_pulls(items):
        return None
    return _gh_tree(answer, items, (Piece(_gh_issue(item)) for item in items))


def _gh_issue(item: Mapping[str, Value]) -> Flat:
    """An issue with its first assignee; GraphQL has lists under `nodes`, `gh` as they are."""
    lists = {key: given.get("nodes") for key, given in item.items() if isinstance(given, dict)}
    names = _join_names(item) | _join_names(lists)
    assignees = _dicts(item.get("assignees")) or _dicts(lists.get("assignees"))
    first = {f"assignee.{key}": text for key, text in flatten(assignees[0]).items()} if assignees else {}
    return {**flatten(item), **names, **first, **_github_place(item)}


def _gh_tree(answer: Value, items: Sequence[object], pieces: Iterable[Piece], more: bool = False) -> Tree:
    """`gh` cuts at 30 without a word; GraphQL tells the total and whether a page follows."""
    more = more or _at(answer, "pageInfo", "hasNextPage") == "true"
    return Tree(
        pieces, _total(answer, ("totalCount",)), more or (answer is None and len(items) in GITHUB_PAGES)
    )


def unpack_gh_pulls(value: Value) -> Tree | None:
    """`gh pr list --json …` with the reviews of each, or the GraphQL answer behind it."""
    answer = _at(value, "data", "repository", "pullRequests")
    items = _having(_objects(value if answer is None else _at(answer, "nodes")), "number", "title")
    if items is None or not (answer is not None or _are_pulls(items)) or "user" in items[0]:
        return None
    totals = [(_total(i, ("reviews", "totalCount")), len(_gh_reviews(i))) for i in items]
    cut = any(total is not None and total > here for total, here in totals)
    return _gh_tree(answer, items, (_gh_pull(item) for item in items), cut)


def _are_pulls(items: Sequence[Mapping[str, Value]]) -> bool:
    """Pull requests, by what only they have; a choice of fields that issues have too reads as issues."""
    own = ("mergedAt", "mergedBy", "reviews", "reviewDecision", "headRefName", "isDraft", "additions")
    return any(key in items[0] for key in own) or any("/pull/" in _text(item.get("url")) for item in items)


def _gh_reviews(item: Mapping[str, Value]) -> list[dict[str, Value]]:
    reviews = item.get("reviews")
    return _dicts(_at(reviews, "nodes") if isinstance(reviews, dict) else reviews)


def _gh_pull(item: Mapping[str, Value]) -> Piece:
    author, kind = item.get("author"), "is_bot" if "is_bot" in _dict(item.get("author")) else "__typename"
    fields = {**flatten(item), **_github_place(item), "author.bot": _is_bot(author, "login", kind)}
    own = {"change": _text(item.get("number")), "repository": fields.get("repository", "")}
    flats = [flatten(review) | own for review in _gh_reviews(item)]
    return Piece(fields, {"reviews": flats})


def unpack_gitlab_issues(value: Value) -> Tree | None:
    """GitLab REST, issues."""
    items = _having(_objects(value), "iid", "author", "web_url")
    if items is None or "source_branch" in items[0]:
        return None
    pieces = (Piece(flatten(i) | _join_names(i) | _gitlab_place(i)) for i in items)
    return Tree(pieces, more=len(items) in GITLAB_PAGES)


def _gitlab_place(item: Mapping[str, Value]) -> Flat:
    """Project and `group/project#iid`, as the address tells; without one the number in its project alone."""
    project, number = GITLAB_PLACE.match(_text(item.get("web_url"))), _text(item.get("iid"))
    if project is None:
        return {"reference": number}
    return {"project": project[1], "reference": f"{project[1]}#{number}"}


def unpack_gitlab_changes(value: Value) -> Tree | None:
    """GitLab REST, merge requests: merging closes one, though `closed_at` stays empty."""
    items = _having(_objects(value), "iid", "author", "source_branch")
    if items is None:
        return None
    return Tree((Piece(_gitlab_change(i)) for i in items), more=len(items) in GITLAB_PAGES)


def _gitlab_change(item: Mapping[str, Value]) -> Flat:
    closed = _text(item.get("closed_at") or item.get("merged_at"))
    bot = "yes" if GITLAB_BOT.match(_text(_at(item, "author", "username"))) else ""
    return {**flatten(item), **_gitlab_place(item), "closed_at": closed, "author.bot": bot}


# --- incidents ------------------------------------------------------------------------------------------


def unpack_pagerduty_incidents(value: Value) -> Tree | None:
    """PagerDuty REST, incidents.  A resolved one has lost its assignments and acknowledgements: unknown."""
    items = _having(_under(value, "incidents", "incident"), "incident_number", "status")
    if items is None:
        return None
    pieces = (_pagerduty_incident(item) for item in items)
    return Tree(pieces, _total(value, ("total",)), _more_of_pagerduty(value, items))


def _more_of_pagerduty(value: Value, items: Sequence[object]) -> bool:
    return _at(value, "more") == "true" if isinstance(value, dict) else len(items) in PAGERDUTY_PAGES


def _pagerduty_incident(item: Mapping[str, Value]) -> Piece:
    people = [(each.get("acknowledger"), each.get("at")) for each in _dicts(item.get("acknowledgements"))]
    people += [
        (each.get("user"), each.get("updated_at"))
        for each in _dicts(item.get("incidents_responders"))
        if each.get("state") == "joined"
    ]
    joined = [
        {"id": _text(_at(who, "id")), "summary": _text(_at(who, "summary")), "at": _text(when)}
        for who, when in people
        if _text(_at(who, "type")).startswith("user")
    ]
    told = "no" if item.get("status") == "resolved" else "yes"
    return Piece({**flatten(item), "people_told": told}, {"participation": joined})


def unpack_pagerduty_log(value: Value) -> Tree | None:
    """PagerDuty REST, log entries: `did` is what a person did; what a service or nobody did is not read."""
    items = _having(_under(value, "log_entries"), "type", "agent", "incident")
    if items is None or not _text(items[0]["type"]).endswith(LOG_ENTRY):
        return None
    pieces = (_pagerduty_entry(item) for item in items)
    return Tree(pieces, _total(value, ("total",)), _more_of_pagerduty(value, items))


def _pagerduty_entry(item: Mapping[str, Value]) -> Piece:
    person = _text(_at(item, "agent", "type")).startswith("user")
    number = re.match(r"\[#([0-9]+)\]", _text(_at(item, "incident", "summary")))
    did = {"did": _text(item.get("type")).removesuffix(LOG_ENTRY)}
    told = _text(_at(item, "incident", "incident_number")) or (number[1] if number else "")
    return Piece({**flatten(item), **did, "incident.number": told}, table=OWN if person else UNUSED)


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
    if items is None or items[0]["type"] != "incidents":
        return None
    included = _index_included(value, items)
    total = _total(value, ("data", "attributes", "total"))
    pieces = (_datadog_incident(item, included) for item in items)
    return Tree(pieces, total, total is None and len(items) in DATADOG_PAGES)


Included = Mapping[tuple[str, str], dict[str, Value]]


def _index_included(value: Value, items: Iterable[Mapping[str, Value]]) -> Included:
    """Every object that the document holds besides the incidents, by type and id."""
    inside = [given for item in items for given in _dict(item.get("attributes")).values()]
    objects = [*_dicts(_at(value, "included")), *_dicts([_at(given, "data") for given in inside])]
    return {_key_of(each): each for each in objects}


def _key_of(reference: Value) -> tuple[str, str]:
    return _text(_at(reference, "type")), _text(_at(reference, "id"))


def _datadog_incident(item: Mapping[str, Value], included: Included) -> Piece:
    attributes, links = _dict(item.get("attributes")), item.get("relationships")
    named = {name: _at(given, "value") for name, given in _dict(attributes.get("fields")).items()}
    fields = flatten(attributes) | {f"fields.{name}": text for name, text in flatten(named).items()}
    # An incident that was imported was created long after it began.
    fields["detected"] = fields.get("detected") or fields.get("created", "")
    roster = _dicts(_at(links, "responders", "data"))
    known = [included.get(_key_of(each)) for each in roster]
    commander = _at(attributes, "commander", "data") or _at(links, "commander_user", "data")
    roles = _datadog_roles(known, commander or _at(links, "commanderUser", "data"))
    people = [_datadog_person(user, included, role) for user, role in roles]
    fields["people_told"] = "yes" if roster and all(known) else "no"
    return Piece(fields, {"participation": people})


def _datadog_roles(roster: Sequence[Value], commander: Value) -> list[tuple[Value, str]]:
    """Each user of the roster with a role; the commander once, whether the roster has them or not."""
    roles = []
    for responder in roster:
        user, role = _at(responder, "relationships", "user", "data"), _at(responder, "attributes", "role")
        if user:
            named = _text(role) or _text(_at(role, "name"))
            roles.append((user, COMMANDER if commander and _key_of(user) == _key_of(commander) else named))
    if commander and all(role != COMMANDER for _, role in roles):
        roles.insert(0, (commander, COMMANDER))
    if len(roster) == 1 and len(roles) == 1 and roles[0][1].casefold() in (COMMANDER, INCIDENT_COMMANDER):
        return [(roles[0][0], LONE_COMMANDER)]
    return roles


def _datadog_person(user: Value, included: Included, role: str) -> Flat:
    known = included.get(_key_of(user), user)
    name, mail, handle = (_text(_at(known, "attributes", key)) for key in ("name", "email", "handle"))
    mail = mail or (handle if "@" in handle else "")
    return {"id": _text(_at(user, "id")), "name": name, "email": mail, "role": role}


def unpack_datadog_monitors(value: Value) -> Tree | None:
    """Datadog monitors: the list, or `{"counts", "monitors", "metadata"}` of the search."""
    items = _having(_under(value, "monitors"), "id", "name", "query", "type")
    return _tree(value, items, ("metadata", "total_count"))


def unpack_datadog_users(value: Value) -> Tree | None:
    """Datadog users, JSON:API."""
    items = _having(_objects(_at(value, "data")), "type", "attributes", "id")
    if items is None or items[0]["type"] != "users":
        return None
    pieces = (Piece({**flatten(_dict(i.get("attributes"))), "id": _text(i.get("id"))}) for i in items)
    return Tree(pieces, _total(value, ("meta", "page", "total_count"), ("meta", "page", "totalCount")))


def unpack_opsgenie_incidents(value: Value) -> Tree | None:
    """Opsgenie incidents with timelines; who responds is an id, when they were added a timeline's entry."""
    items = _having(_under(value, "data"), "tinyId", "responders", "impactStartDate")
    if items is None:
        return None
    pieces = (_opsgenie_incident(item) for item in items)
    return Tree(pieces, _total(value, ("totalCount",)), bool(_at(value, "paging", "next")))


def _opsgenie_incident(item: Mapping[str, Value]) -> Piece:
    responders = _dicts(item.get("responders"))
    ids = [_text(each.get("id")) for each in responders if each.get("type") == "user"]
    added = [
        _text(each.get("eventTime"))
        for each in _dicts(item.get("timelines"))
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
    items = _having(_under(value, "data"), "tinyId", "acknowledged", "createdAt")
    if items is None:
        return None
    return Tree((Piece(_opsgenie_alert(item)) for item in items), more=bool(_at(value, "paging", "next")))


def _opsgenie_alert(item: Mapping[str, Value]) -> Flat:
    created, report = _text(item.get("createdAt")), item.get("report")
    return {
        **flatten(item),
        "acknowledged_at": _after(created, _text(_at(report, "ackTime"))),
        "closed_at": _after(created, _text(_at(report, "closeTime"))),
        "who": _text(_at(report, "acknowledgedBy")) or _text(item.get("owner")),
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
        f"at.{_text(_at(each, 'incident_timestamp', 'name'))}": _text(_at(each, "value", "value"))
        for each in _dicts(item.get("incident_timestamp_values"))
    }
    people = []
    for each in _dicts(item.get("incident_role_assignments")):
        who, kind = each.get("assignee"), _text(_at(each, "role", "role_type"))
        # A reporter noticed it; that is no part in the response.
        if isinstance(who, dict) and kind != "reporter":
            name = _text(_at(each, "role", "name"))
            people.append({**flatten(who), "role": kind if kind == "lead" else name})
    # An incident that was typed in afterwards was created long after it began.
    began = {"began": times.get("at.Reported at") or _text(item.get("created_at"))}
    told = {"people_told": "yes" if people else "no"}
    return Piece({**flatten(item), **times, **began, **told}, {"participation": people})


def _list_functions() -> Iterator[tuple[str, Unpack]]:
    for name, function in sorted(globals().items()):
        if name.startswith("unpack_"):
            yield name.removeprefix("unpack_"), function


UNPACK: Mapping[str, Unpack] = dict(_list_functions())
"""Every function by the name that a profile gives in `unpack`."""
