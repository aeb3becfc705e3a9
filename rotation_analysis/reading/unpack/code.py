"""Code hosts' JSON taken apart: issues, changes and reviews."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

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
    join_names,
    list_objects,
    list_under,
    sample_of,
    text_of,
    value_at,
)

GITHUB_PAGES = (30, 100)
GITLAB_PAGES = (20, 100)
"""A page of an API as long as its default or its maximum may have been the first of several."""
GH = ("number", "title")
GITHUB_ADDRESS = re.compile(r"https?://[^/]+/([^/]+/[^/]+)/(?:issues|pull)/[0-9]")
GITLAB_PLACE = re.compile(r"https?://[^/]+/(.+?)(?:/-)?/(?:issues|merge_requests|work_items)/[0-9]")
GITLAB_BOT = re.compile(r"(?:project|group)_[0-9]+_bot")


def _join_pages(value: Value) -> Value:
    """Pages that `gh api --paginate --slurp` puts into one list, as one page."""
    if isinstance(value, list) and value and all(isinstance(page, list) for page in value):
        return [item for page in value for item in page]
    return value


def unpack_github_issues(value: Value) -> Tree | None:
    """GitHub REST, issues or a search for them; pull requests among them are left to their own list."""
    keys = ("number", "title", "user", "created_at", "state")
    items = having(list_under(_join_pages(value), "items"), *keys)
    if items is None or {"head", "merged_at"} & sample_of(items, *keys).keys():
        return None
    pieces = (
        Piece(_github_fields(item), table=UNUSED if item.get("pull_request") else OWN) for item in items
    )
    more = len(items) in GITHUB_PAGES or value_at(value, "incomplete_results") == "true"
    return Tree(pieces, find_total(value, ("total_count",)), more)


def _github_fields(item: Mapping[str, Value]) -> Flat:
    bot = {"user.bot": _is_bot(item.get("user"), "login", "type")}
    return flatten(item) | join_names(item) | _github_place(item) | bot


def _github_place(item: Mapping[str, Value]) -> Flat:
    """Repository and `owner/name#number`, as the address tells; without one the number alone."""
    number = text_of(item.get("number"))
    found = GITHUB_ADDRESS.match(text_of(item.get("html_url") or item.get("url")))
    return {"repository": found[1], "reference": f"{found[1]}#{number}"} if found else {"reference": number}


def unpack_github_pulls(value: Value) -> Tree | None:
    """GitHub REST, pull requests."""
    items = having(list_objects(_join_pages(value)), "number", "title", "user", "head", "base")
    if items is None:
        return None
    return Tree((Piece(_github_fields(item)) for item in items), more=len(items) in GITHUB_PAGES)


def _is_bot(user: Value, login: str, kind: str) -> str:
    """yes or no; "" where the account is gone."""
    name = text_of(value_at(user, login))
    if value_at(user, kind) in ("Bot", "true") or name.endswith("[bot]") or name.startswith("app/"):
        return "yes"
    return "no" if name else ""


def unpack_github_reviews(value: Value) -> Tree | None:
    """GitHub REST, reviews of a pull request, whose number is the end of its address."""
    items = having(list_objects(_join_pages(value)), "pull_request_url", "state", "user")
    if items is None:
        return None
    pieces = (
        Piece(
            {
                **flatten(item),
                **_github_place(item),
                "change": text_of(item.get("pull_request_url")).rpartition("/")[2],
            }
        )
        for item in items
    )
    return Tree(pieces, more=len(items) in GITHUB_PAGES)


def unpack_gh_issues(value: Value) -> Tree | None:
    """`gh issue list --json …`, or the GraphQL answer behind it."""
    answer = value_at(value, "data", "repository", "issues")
    items = having(list_objects(value if answer is None else value_at(answer, "nodes")), *GH)
    if items is None or "user" in sample_of(items, *GH) or _are_pulls(items):
        return None
    return _gh_tree(answer, items, (Piece(_gh_issue(item)) for item in items))


def _gh_issue(item: Mapping[str, Value]) -> Flat:
    """An issue with its first assignee."""
    assigned = item.get("assignees")
    assignees = dicts_in(assigned) or dicts_in(value_at(assigned, "nodes"))
    first = {f"assignee.{key}": text for key, text in flatten(assignees[0]).items()} if assignees else {}
    own = {"author.bot": _is_gh_bot(item.get("author"))}
    return {**flatten(item), **_join_listed(item), **first, **_github_place(item), **own}


def _is_gh_bot(author: Value) -> str:
    """`gh` says whether an author is a bot, GraphQL of which type they are."""
    return _is_bot(author, "login", "is_bot" if "is_bot" in dict_of(author) else "__typename")


def _join_listed(item: Mapping[str, Value]) -> Flat:
    """The names of named objects: `gh` has their lists as they are, GraphQL under `nodes`."""
    lists = {key: given.get("nodes") for key, given in item.items() if isinstance(given, dict)}
    return join_names(item) | join_names(lists)


def _gh_tree(answer: Value, items: Sequence[object], pieces: Iterable[Piece], more: bool = False) -> Tree:
    """`gh` cuts at 30 without a word; GraphQL tells the total and whether a page follows."""
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
    return _gh_tree(answer, items, (_gh_pull(item) for item in items), cut)


def _are_pulls(items: Sequence[dict[str, Value]]) -> bool:
    """Pull requests, by what only they have; a choice of fields that issues have too reads as issues."""
    own = ("mergedAt", "mergedBy", "reviews", "reviewDecision", "headRefName", "isDraft", "additions")
    return any(key in sample_of(items, *GH) for key in own) or any(
        "/pull/" in text_of(item.get("url")) for item in items
    )


def _gh_reviews(item: Mapping[str, Value]) -> list[dict[str, Value]]:
    reviews = item.get("reviews")
    return dicts_in(value_at(reviews, "nodes") if isinstance(reviews, dict) else reviews)


def _gh_pull(item: Mapping[str, Value]) -> Piece:
    bot = {"author.bot": _is_gh_bot(item.get("author"))}
    fields = {**flatten(item), **_join_listed(item), **_github_place(item), **bot}
    own = {"change": text_of(item.get("number")), "repository": fields.get("repository", "")}
    flats = [flatten(review) | own for review in _gh_reviews(item)]
    return Piece(fields, {"reviews": flats})


def unpack_gitlab_issues(value: Value) -> Tree | None:
    """GitLab REST, issues."""
    items = having(list_objects(value), "iid", "author", "web_url")
    if items is None or "source_branch" in sample_of(items, "iid", "author", "web_url"):
        return None
    return Tree((Piece(_gitlab_fields(item)) for item in items), more=len(items) in GITLAB_PAGES)


def _gitlab_fields(item: Mapping[str, Value]) -> Flat:
    """With project and `group/project#iid`, as the address tells; without one the number in it alone."""
    project, number = GITLAB_PLACE.match(text_of(item.get("web_url"))), text_of(item.get("iid"))
    place = (
        {"project": project[1], "reference": f"{project[1]}#{number}"} if project else {"reference": number}
    )
    bot = {"author.bot": "yes" if GITLAB_BOT.match(text_of(value_at(item, "author", "username"))) else ""}
    return flatten(item) | join_names(item) | place | bot


def unpack_gitlab_changes(value: Value) -> Tree | None:
    """GitLab REST, merge requests: merging closes one, though `closed_at` stays empty."""
    items = having(list_objects(value), "iid", "author", "source_branch")
    if items is None:
        return None
    pieces = (
        Piece(
            {
                **_gitlab_fields(item),
                "closed_at": text_of(item.get("closed_at") or item.get("merged_at")),
            }
        )
        for item in items
    )
    return Tree(pieces, more=len(items) in GITLAB_PAGES)
