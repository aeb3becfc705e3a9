"""JSON of request trackers and code hosts: formats, missing users, totals, and wrong values for all tools."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rotation_analysis.files.documents import read_document
from rotation_analysis.reading.unpack import OWN, UNPACK, UNUSED, Piece

DIALECTS = Path(__file__).parents[1] / "dialects"
FUNCTIONS = {
    "backlog_json": "backlog",
    "github_issues_gh_json": "gh_issues",
    "github_issues_gh_json_graphql": "gh_issues",
    "github_issues_json": "github_issues",
    "github_pulls_gh_json": "gh_pulls",
    "github_pulls_gh_json_graphql": "gh_pulls",
    "github_pulls_json": "github_pulls",
    "github_reviews_json": "github_reviews",
    "gitlab_changes_json": "gitlab_changes",
    "gitlab_issues_json": "gitlab_issues",
    "jira_json": "jira",
    "redmine_json": "redmine",
    "servicenow_json": "servicenow",
    "servicenow_json_all": "servicenow",
    "zendesk_json": "zendesk",
    "zendesk_json_airbyte": "zendesk",
    "zendesk_users_json": "zendesk_users",
    **{
        folder.name: folder.name.partition("_json")[0]
        for folder in sorted(DIALECTS.glob("*_json*"))
        if folder.name.startswith(("pagerduty", "datadog", "opsgenie", "incident_io"))
    },
}
MINE = sorted(set(FUNCTIONS.values()))
WRONG: tuple[Any, ...] = (
    None,
    "",
    "x",
    [],
    {},
    [[]],
    [None, "x"],
    {"a": {"b": ["x", {}]}},
    [{"name": {}}],
    "12",
)
HEX = "1c741bd70b2322007518478d83673af3"
BACKLOG = {"issueKey": "A-1", "summary": "s"}
GITHUB = {"number": "1", "title": "t", "user": None, "created_at": "c", "state": "open"}
PULL = {"number": "1", "title": "t", "user": None, "head": {}, "base": {}, "merged_at": None}
GH = {"number": "1", "title": "t", "createdAt": "c"}
GITLAB = {"iid": "1", "author": None, "web_url": "https://host.example/a/b/-/issues/1"}
MERGE = {"iid": "1", "author": None, "source_branch": "b"}
REDMINE = {"tracker": {}, "subject": "s", "created_on": "c"}
REVIEW = {"pull_request_url": "https://host.example/repos/a/b/pulls/8", "state": "APPROVED", "user": {}}
SERVICENOW = {"number": "INC1", "opened_at": "2024-04-01 09:30:00"}
JIRA = {"key": "A-1", "fields": {}}
USER = {"id": "7", "name": "見本 一", "ticket_restriction": None}
TICKET = {"id": "14", "requester_id": "7", "subject": "s"}


def unpack(name: str, value: Any) -> list[Piece]:
    tree = UNPACK[name](value)
    assert tree is not None
    return list(tree.pieces)


def read_tree(folder: str) -> Any:
    (path,) = (DIALECTS / folder).glob("input.*")
    return read_document(path, name=path.name).value


def graphql(kind: str, nodes: list[Any], **more: Any) -> dict[str, Any]:
    return {"data": {"repository": {kind: {"nodes": nodes, **more}}}}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("backlog", [BACKLOG]),
        ("backlog", BACKLOG),
        ("jira", {"issues": [JIRA]}),
        ("jira", [JIRA]),
        ("jira", JIRA),
        ("redmine", {"issues": [REDMINE]}),
        ("redmine", {"issue": REDMINE}),
        ("redmine", [REDMINE]),
        ("servicenow", {"result": [SERVICENOW]}),
        ("servicenow", {"result": SERVICENOW}),
        ("servicenow", [SERVICENOW]),
        ("zendesk", {"tickets": [TICKET]}),
        ("zendesk", {"ticket": TICKET}),
        ("zendesk", [TICKET]),
        ("zendesk_users", {"users": [USER]}),
        ("github_issues", [GITHUB]),
        ("github_issues", GITHUB),
        ("github_issues", {"items": [GITHUB], "total_count": "1"}),
        ("github_issues", [[GITHUB]]),
        ("github_pulls", [PULL]),
        ("github_pulls", [[PULL]]),
        ("github_pulls", PULL),
        ("github_reviews", [REVIEW]),
        ("github_reviews", [[REVIEW]]),
        ("gh_issues", [GH]),
        ("gh_issues", graphql("issues", [GH])),
        ("gh_pulls", [{**GH, "mergedAt": None}]),
        ("gh_pulls", [{**GH, "url": "https://host.example/a/b/pull/1"}]),
        ("gh_pulls", graphql("pullRequests", [GH])),
        ("gitlab_issues", [GITLAB]),
        ("gitlab_changes", [MERGE]),
    ],
)
def test_each_format_matches_only_its_own_tool(name: str, value: Any) -> None:
    assert [piece.table for piece in unpack(name, value)] == [OWN]
    assert [other for other in MINE if UNPACK[other](value) is not None] == [name]


@pytest.mark.parametrize("folder", FUNCTIONS)
def test_export_matches_only_its_own_function(folder: str) -> None:
    value = read_tree(folder)
    taking = {name for name, function in UNPACK.items() if name != "objects" and function(value) is not None}
    assert taking == {FUNCTIONS[folder]}


@pytest.mark.parametrize("name", MINE)
@pytest.mark.parametrize(
    "value",
    [
        *WRONG,
        [{"id": "1"}],
        {"issues": []},
        {"issues": "none"},
        {"result": [{"number": "1"}]},
        {"tickets": [{"id": "1"}]},
        {"data": {"repository": None}},
        {"data": {"repository": {"issues": {"nodes": []}, "pullRequests": {"nodes": None}}}},
        [{"key": "A-1", "fields": "none"}],
        [{"type": "RECORD", "record": {"stream": "mine__slack__users", "data": {}}}],
    ],
)
def test_foreign_format_does_not_match(name: str, value: Any) -> None:
    assert UNPACK[name](value) is None


@pytest.mark.parametrize(
    ("name", "value", "fields"),
    [
        ("backlog", {**BACKLOG, "assignee": None, "createdUser": {"id": "7"}}, {"createdUser.id": "7"}),
        (
            "jira",
            {"key": "A-1", "fields": {"reporter": None, "created": "c"}},
            {"reporter": "", "created": "c"},
        ),
        ("redmine", {**REDMINE, "author": None}, {"author": ""}),
        ("servicenow", {**SERVICENOW, "caller_id": ""}, {"caller_id": ""}),
        ("zendesk", {**TICKET, "assignee_id": None}, {"assignee_id": ""}),
        ("github_issues", {**GITHUB, "assignee": None}, {"user": "", "assignee": ""}),
        ("github_pulls", PULL, {"user": "", "user.bot": ""}),
        ("github_pulls", {**PULL, "user": {"login": "a", "type": "User"}}, {"user.bot": "no"}),
        ("github_pulls", {**PULL, "user": {"login": "a", "type": "Bot"}}, {"user.bot": "yes"}),
        ("github_pulls", {**PULL, "user": {"login": "a[bot]"}}, {"user.bot": "yes"}),
        ("gh_issues", {**GH, "author": None, "assignees": []}, {"author": "", "assignees": ""}),
        ("gh_issues", {**GH, "assignees": [{"login": "b"}, {"login": "c"}]}, {"assignee.login": "b"}),
        ("github_issues", {**GITHUB, "user": {"login": "a", "type": "User"}}, {"user.bot": "no"}),
        ("github_issues", {**GITHUB, "user": {"login": "a", "type": "Bot"}}, {"user.bot": "yes"}),
        ("gh_issues", {**GH, "author": {"login": "a", "is_bot": "true"}}, {"author.bot": "yes"}),
        ("gh_issues", {**GH, "author": {"login": "a", "__typename": "Bot"}}, {"author.bot": "yes"}),
        ("gitlab_issues", {**GITLAB, "author": {"username": "project_7_bot_9f"}}, {"author.bot": "yes"}),
        ("gh_pulls", {**GH, "reviews": [], "author": None}, {"author.bot": ""}),
        ("gh_pulls", {**GH, "reviews": [], "author": {"login": "", "is_bot": "false"}}, {"author.bot": ""}),
        (
            "gh_pulls",
            {**GH, "reviews": [], "author": {"login": "a", "is_bot": "false"}},
            {"author.bot": "no"},
        ),
        (
            "gh_pulls",
            {**GH, "reviews": [], "author": {"login": "a", "is_bot": "true"}},
            {"author.bot": "yes"},
        ),
        ("gh_pulls", {**GH, "reviews": [], "author": {"login": "app/renovate"}}, {"author.bot": "yes"}),
        ("gitlab_issues", GITLAB, {"author": "", "reference": "a/b#1", "project": "a/b"}),
        ("gitlab_changes", MERGE, {"author": "", "author.bot": "", "closed_at": ""}),
        ("gitlab_changes", {**MERGE, "author": {"username": "group_1_bot_9f"}}, {"author.bot": "yes"}),
    ],
)
def test_deleted_users_and_bots_follow_tool_marks(name: str, value: Any, fields: dict[str, str]) -> None:
    (piece,) = unpack(name, [value])
    assert {key: piece.fields[key] for key in fields} == fields


@pytest.mark.parametrize(
    ("name", "value", "fields"),
    [
        ("backlog", {**BACKLOG, "issueKey": "A_B-C-12"}, {"projectKey": "A_B-C"}),
        ("backlog", {**BACKLOG, "category": [{"name": "葵"}, {"name": "楓"}]}, {"category": "葵, 楓"}),
        (
            "backlog",
            {**BACKLOG, "customFields": [{"name": "n", "value": [{"name": "a"}, {"name": "b"}]}]},
            {"customFields.n": "a, b"},
        ),
        ("backlog", {**BACKLOG, "customFields": [{"name": "n", "value": "7"}]}, {"customFields.n": "7"}),
        (
            "jira",
            {"key": "A-1", "fields": {"customfield_1": {"value": "x", "id": "3"}}},
            {"customfield_1": "x"},
        ),
        ("jira", {"key": "A-1", "fields": {"customfield_1": {"displayName": "x"}}}, {"customfield_1": "x"}),
        (
            "jira",
            {"key": "A-1", "fields": {"customfield_1": [{"value": "x"}, {"value": "y"}]}},
            {"customfield_1": "x, y"},
        ),
        (
            "jira",
            {"key": "A-1", "fields": {"customfield_1": "x", "key": "no"}},
            {"customfield_1": "x", "key": "A-1"},
        ),
        (
            "redmine",
            {**REDMINE, "custom_fields": [{"name": "n", "value": ["a", "b"]}]},
            {"custom_fields.n": "a, b"},
        ),
        ("redmine", {**REDMINE, "closed_on": "d", "status": {"is_closed": "false"}}, {"closed_on": ""}),
        ("redmine", {**REDMINE, "closed_on": "d", "status": {"is_closed": "true"}}, {"closed_on": "d"}),
        ("redmine", {**REDMINE, "closed_on": "d", "status": {"name": "s"}}, {"closed_on": "d"}),
        ("servicenow", {**SERVICENOW, "a": HEX}, {"a": "", "a.value": HEX}),
        ("servicenow", {**SERVICENOW, "sys_id": HEX}, {"sys_id": HEX}),
        ("servicenow", {**SERVICENOW, "a": {"value": HEX, "link": "l"}}, {"a": "", "a.value": HEX}),
        ("servicenow", {**SERVICENOW, "a": {"display_value": "n", "value": HEX}}, {"a": "n", "a.value": HEX}),
        (
            "servicenow",
            {**SERVICENOW, "a": {"display_value": "n", "link": f"t/{HEX}"}},
            {"a": "n", "a.value": HEX},
        ),
        (
            "servicenow",
            {**SERVICENOW, "a": {"display_value": "04-01-2024 18:30:00", "value": "2024-04-01 09:30:00"}},
            {"a": "2024-04-01 09:30:00"},
        ),
        (
            "servicenow",
            {**SERVICENOW, "a": {"display_value": "1 - Critical", "value": "1"}},
            {"a": "1 - Critical"},
        ),
        ("zendesk", {**TICKET, "custom_fields": [{"id": "9", "value": "葵"}]}, {"custom_fields.9": "葵"}),
        ("zendesk", {**TICKET, "metric_set": {"solved_at": "d"}}, {"metric_set.solved_at": "d"}),
        ("zendesk", TICKET, {"metric_set.solved_at": ""}),
        ("github_issues", {**GITHUB, "labels": [{"name": "a"}, {"name": "b"}]}, {"labels": "a, b"}),
        ("github_issues", GITHUB, {"reference": "1"}),
        ("github_issues", {**GITHUB, "html_url": "https://git.example/a/b/issues/1"}, {"reference": "a/b#1"}),
        ("github_reviews", REVIEW, {"change": "8", "state": "APPROVED"}),
        (
            "gitlab_issues",
            {**GITLAB, "web_url": "https://h.example/a/b/c/issues/9"},
            {"reference": "a/b/c#1"},
        ),
        ("gitlab_issues", {**GITLAB, "web_url": None}, {"reference": "1"}),
        ("gitlab_changes", {**MERGE, "merged_at": "d", "closed_at": None}, {"closed_at": "d"}),
        ("gitlab_changes", {**MERGE, "merged_at": None, "closed_at": "d"}, {"closed_at": "d"}),
    ],
)
def test_tool_specific_values_become_one_text(name: str, value: Any, fields: dict[str, str]) -> None:
    (piece,) = unpack(name, [value])
    assert {key: piece.fields[key] for key in fields} == fields


def test_slurped_pages_are_joined() -> None:
    pages = [[{**GITHUB, "number": number} for number in page] for page in (["1", "2"], ["3"])]
    assert [piece.fields["number"] for piece in unpack("github_issues", pages)] == ["1", "2", "3"]


def test_pull_requests_among_issues_are_unused() -> None:
    pieces = unpack("github_issues", [{**GITHUB, "pull_request": {"url": "u"}}, GITHUB])
    assert [piece.table for piece in pieces] == [UNUSED, OWN]


@pytest.mark.parametrize("wrap", [lambda reviews: reviews, lambda reviews: {"nodes": reviews}])
def test_reviews_are_linked_to_pull_request(wrap: Any) -> None:
    reviews = [{"author": {"login": "a"}, "state": "APPROVED"}, {"author": None, "state": "COMMENTED"}]
    url = "https://git.example/a/b/pull/1"
    (piece,) = unpack("gh_pulls", [{**GH, "url": url, "reviews": wrap(reviews)}])
    assert piece.others == {
        "reviews": [
            {"author.login": "a", "state": "APPROVED", "change": "1", "repository": "a/b"},
            {"author": "", "state": "COMMENTED", "change": "1", "repository": "a/b"},
        ]
    }


def test_zendesk_separates_users_and_uses_metrics() -> None:
    value = {
        "tickets": [TICKET, {**TICKET, "id": "15"}],
        "users": [{"id": "7", "name": "見本 一"}],
        "metric_sets": [{"ticket_id": "15", "solved_at": "d"}, {"ticket_id": "14", "solved_at": None}],
    }
    first, second, user = unpack("zendesk", value)
    assert [piece.table for piece in (first, second, user)] == [OWN, OWN, "accounts"]
    assert [first.fields["metric_set.solved_at"], second.fields["metric_set.solved_at"]] == ["", "d"]
    assert user.fields == {"id": "7", "name": "見本 一"}


def test_zendesk_stream_separates_tickets_and_users() -> None:
    streams = {"tickets": TICKET, "users": {"id": "7"}, "tags": {"name": "t"}}
    lines = [{"record": {"stream": f"mine__zendesk__{name}", "data": data}} for name, data in streams.items()]
    assert [piece.table for piece in unpack("zendesk", [*lines, {"type": "STATE"}])] == [
        OWN,
        "accounts",
        UNUSED,
        UNUSED,
    ]


@pytest.mark.parametrize(
    ("name", "value", "total", "more"),
    [
        ("jira", {"issues": [JIRA], "total": "3"}, 3, False),
        ("jira", {"issues": [JIRA], "isLast": "false", "nextPageToken": "t"}, None, True),
        ("jira", {"issues": [JIRA], "isLast": "true"}, None, False),
        ("redmine", {"issues": [REDMINE], "total_count": "4"}, 4, False),
        ("zendesk", {"tickets": [TICKET], "count": "9", "next_page": "u"}, 9, True),
        ("zendesk", {"tickets": [TICKET], "count": "1", "next_page": None}, 1, False),
        ("zendesk", {"tickets": [TICKET], "next_page": "u", "end_of_stream": "true"}, None, False),
        ("zendesk", {"tickets": [TICKET], "next_page": "u", "end_of_stream": "false"}, None, True),
        ("zendesk", {"tickets": [TICKET], "meta": {"has_more": "true"}}, None, True),
        ("zendesk_users", {"users": [USER], "count": "2", "next_page": "u"}, 2, True),
        ("zendesk_users", {"users": [USER], "count": "1", "next_page": None}, 1, False),
        ("github_issues", {"items": [GITHUB], "total_count": "7"}, 7, False),
        ("github_issues", {"items": [GITHUB], "incomplete_results": "true"}, None, True),
        ("gh_issues", graphql("issues", [GH], totalCount="5"), 5, False),
        ("gh_issues", graphql("issues", [GH] * 30), None, False),
        ("gh_pulls", graphql("pullRequests", [GH], totalCount="5"), 5, False),
        ("gh_pulls", graphql("pullRequests", [GH], pageInfo={"hasNextPage": "true"}), None, True),
        (
            "gh_pulls",
            graphql("pullRequests", [{**GH, "reviews": {"totalCount": "2", "nodes": [{}]}}]),
            None,
            True,
        ),
        (
            "gh_pulls",
            graphql("pullRequests", [{**GH, "reviews": {"totalCount": "1", "nodes": [{}]}}]),
            None,
            False,
        ),
    ],
)
def test_total_is_as_stated_by_tracker(name: str, value: Any, total: int | None, more: bool) -> None:
    tree = UNPACK[name](value)
    assert tree is not None
    assert (tree.total, tree.more) == (total, more)


@pytest.mark.parametrize(
    ("name", "item", "full"),
    [
        ("backlog", BACKLOG, (20, 100)),
        ("github_issues", GITHUB, (30, 100)),
        ("github_pulls", PULL, (30, 100)),
        ("github_reviews", REVIEW, (30, 100)),
        ("gh_issues", GH, (30, 100)),
        ("gh_pulls", {**GH, "mergedAt": None}, (30, 100)),
        ("gitlab_issues", GITLAB, (20, 100)),
        ("gitlab_changes", MERGE, (20, 100)),
    ],
)
def test_list_of_page_length_could_be_cut(name: str, item: Any, full: tuple[int, ...]) -> None:
    trees = {count: UNPACK[name]([item] * count) for count in (19, 20, 21, 29, 30, 31, 99, 100, 101)}
    assert tuple(count for count, tree in trees.items() if tree is not None and tree.more) == full


def list_changed(value: Any) -> Iterator[Any]:
    """Yield the document with each wrong value at each position in turn."""
    yield from WRONG
    if isinstance(value, dict):
        for key, item in value.items():
            yield from ({**value, key: changed} for changed in list_changed(item))
    elif isinstance(value, list):
        for at, item in enumerate(value):
            yield from ([*value[:at], changed, *value[at + 1 :]] for changed in list_changed(item))


@pytest.mark.parametrize("folder", FUNCTIONS)
def test_any_replaced_value_gives_text_or_none(folder: str) -> None:
    function = UNPACK[FUNCTIONS[folder]]
    read = 0
    for value in list_changed(read_tree(folder)):
        tree = function(value)
        for piece in () if tree is None else tree.pieces:
            flats = [piece.fields, *(flat for flats in piece.others.values() for flat in flats)]
            assert all(isinstance(text, str) for flat in flats for pair in flat.items() for text in pair)
            read += 1
    assert read > 0
