"""Incident tools' JSON: who took part and what is unknown, whatever stands in the tree."""

from __future__ import annotations

from typing import Any, cast

import pytest

from rotation_analysis.files.documents import Document
from rotation_analysis.reading.profile_matching import arrange
from rotation_analysis.reading.profiles import read_profiles
from rotation_analysis.reading.unpack import OWN, UNPACK, UNUSED, Piece, Tree, Unpack

USER, SERVICE = {"id": "P1", "type": "user_reference", "summary": "見本 一"}, {"type": "service_reference"}
ONE = {"type": "users", "id": "u-1", "attributes": {"name": "見本 一", "email": "p1@invented.example"}}
TWO = {"type": "users", "id": "u-2", "attributes": {"name": None, "email": "p2@invented.example"}}


def unpack(name: str, value: Any) -> list[Piece]:
    tree = UNPACK[name](value)
    assert tree is not None
    return list(tree.pieces)


def people(piece: Piece, *keys: str) -> list[tuple[str, ...]]:
    return [tuple(flat.get(key, "") for key in keys) for flat in piece.others["participation"]]


def pagerduty(status: str, **other: Any) -> dict[str, Any]:
    return {"incident_number": "7", "status": status, "acknowledgements": [], **other}


@pytest.mark.parametrize(
    ("incident", "told", "joined"),
    [
        (pagerduty("resolved"), "no", []),
        (pagerduty("triggered"), "yes", []),
        (pagerduty("acknowledged", acknowledgements=[{"at": "t", "acknowledger": USER}]), "yes", ["P1"]),
        (pagerduty("acknowledged", acknowledgements=[{"at": "t", "acknowledger": SERVICE}]), "yes", []),
        (pagerduty("triggered", assignments=[{"at": "t", "assignee": USER}]), "yes", []),
        (pagerduty("triggered", incidents_responders=[{"state": "pending", "user": USER}]), "yes", []),
        (pagerduty("resolved", incidents_responders=[{"state": "joined", "user": USER}]), "no", ["P1"]),
    ],
    ids=[
        "resolved",
        "nobody yet",
        "a person",
        "a service",
        "assigned only",
        "asked only",
        "resolved, joined",
    ],
)
def test_pagerduty_incident_tells_who_acted_and_whether_that_is_all(
    incident: dict[str, Any], told: str, joined: list[str]
) -> None:
    (piece,) = unpack("pagerduty_incidents", [incident])
    assert piece.fields["people_told"] == told
    assert [who for (who,) in people(piece, "id")] == joined


@pytest.mark.parametrize(
    ("summary", "number"),
    [("[#12] x", "12"), ("[#1] [#2] x", "1"), ("x [#3]", ""), ("#4 x", ""), (None, "")],
)
def test_pagerduty_log_entry_names_the_incident_by_the_number_in_front(
    summary: str | None, number: str
) -> None:
    entry = {"type": "acknowledge_log_entry", "agent": USER, "incident": {"summary": summary}}
    (piece,) = unpack("pagerduty_log", {"log_entries": [entry]})
    assert (piece.table, piece.fields["incident.number"], piece.fields["did"]) == (OWN, number, "acknowledge")


def test_pagerduty_log_entry_of_an_incident_in_full_needs_no_summary() -> None:
    incident = {"incident_number": "12", "summary": "[#7] x"}
    entry = {"type": "resolve_log_entry", "agent": USER, "incident": incident}
    assert unpack("pagerduty_log", [entry])[0].fields["incident.number"] == "12"


def test_pagerduty_log_entry_of_a_service_or_of_nobody_is_not_read() -> None:
    entries = [{"type": "resolve_log_entry", "agent": a, "incident": {}} for a in (SERVICE, None, USER)]
    assert [piece.table for piece in unpack("pagerduty_log", entries)] == [UNUSED, UNUSED, OWN]


@pytest.mark.parametrize(
    ("name", "value", "more"),
    [
        ("pagerduty_incidents", {"incidents": [pagerduty("resolved")], "more": "true"}, True),
        ("pagerduty_incidents", {"incidents": [pagerduty("resolved")] * 25, "more": "false"}, False),
        ("pagerduty_incidents", [pagerduty("resolved")] * 25, True),
        ("pagerduty_incidents", [pagerduty("resolved")] * 24, False),
        ("datadog_incidents", {"data": [{"type": "incidents", "attributes": {}}] * 10}, True),
        ("datadog_incidents", {"data": [{"type": "incidents", "attributes": {}}] * 9}, False),
        (
            "opsgenie_alerts",
            {"data": [{"tinyId": "1", "acknowledged": "", "createdAt": ""}], "paging": {"next": "x"}},
            True,
        ),
    ],
)
def test_a_page_that_may_not_be_the_last_is_told(name: str, value: Any, more: bool) -> None:
    tree = UNPACK[name](value)
    assert tree is not None
    assert tree.more is more


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("pagerduty_incidents", {"incidents": [pagerduty("resolved")], "total": "12"}),
        (
            "pagerduty_log",
            {"log_entries": [{"type": "x_log_entry", "agent": "", "incident": ""}], "total": "12"},
        ),
        (
            "datadog_incidents",
            {
                "data": {
                    "attributes": {"incidents": [{"data": {"type": "incidents", "attributes": {}}}] * 10}
                    | {"total": "12"}
                }
            },
        ),
        (
            "datadog_monitors",
            {
                "monitors": [{"id": "", "name": "", "query": "", "type": ""}],
                "metadata": {"total_count": "12"},
            },
        ),
        (
            "datadog_users",
            {
                "data": [{"type": "users", "id": "", "attributes": {}}],
                "meta": {"page": {"total_count": "12"}},
            },
        ),
        (
            "opsgenie_incidents",
            {"data": [{"tinyId": "", "responders": [], "impactStartDate": ""}], "totalCount": "12"},
        ),
        ("opsgenie_users", {"data": [{"username": "", "fullName": ""}], "totalCount": "12"}),
        (
            "incident_io",
            {
                "incidents": [{"reference": "", "incident_role_assignments": []}],
                "pagination_meta": {"total_record_count": "12"},
            },
        ),
    ],
)
def test_how_many_there_are_is_as_the_tool_says(name: str, value: Any) -> None:
    tree = UNPACK[name](value)
    assert tree is not None
    assert (tree.total, tree.more) == (12, False)


def datadog(commander: str | None, roster: dict[str, tuple[str, Any]], *, told: bool = True) -> Any:
    """One incident; `roster`: responder → user and role; `told`: whether `included` has the roster."""
    link = {"type": "users", "id": commander}
    entries = [
        {
            "type": "incident_responders",
            "id": responder,
            "attributes": {"role": role},
            "relationships": {"user": {"data": {"type": "users", "id": user}}},
        }
        for responder, (user, role) in roster.items()
    ]
    links = {
        "commander_user": {"data": link if commander else None},
        "responders": {"data": [{"type": "incident_responders", "id": each} for each in roster]},
    }
    incident = {"type": "incidents", "id": "x", "attributes": {"created": "t"}, "relationships": links}
    return {"data": [incident], "included": [ONE, TWO, *(entries if told else [])]}


@pytest.mark.parametrize(
    ("document", "told", "roles"),
    [
        (datadog(None, {}), "no", []),
        (datadog("u-1", {}), "no", [("u-1", "commander")]),
        (datadog("u-1", {"r": ("u-1", "Responder")}), "yes", [("u-1", "lone commander")]),
        (datadog("u-1", {"r": ("u-1", "")}, told=False), "no", [("u-1", "lone commander")]),
        (
            datadog("u-1", {"r": ("u-1", {"name": "Responder"}), "s": ("u-2", {"name": "Scribe"})}),
            "yes",
            [("u-1", "commander"), ("u-2", "Scribe")],
        ),
        (datadog("u-1", {"r": ("u-1", ""), "s": ("u-2", "")}, told=False), "no", [("u-1", "commander")]),
        (datadog(None, {"r": ("u-2", "Incident Commander")}), "yes", [("u-2", "lone commander")]),
        (datadog(None, {"r": ("u-2", "Responder")}), "yes", [("u-2", "Responder")]),
        (datadog(None, {"r": ("u-2", None), "s": ("u-1", [])}), "yes", [("u-2", ""), ("u-1", "")]),
    ],
    ids=[
        "nobody known",
        "commander, no roster",
        "alone",
        "alone, roster unknown",
        "two",
        "two, roster unknown",
        "alone, by role",
        "no commander",
        "no roles",
    ],
)
def test_datadog_people_are_merged_and_a_lone_commander_is_told_apart(
    document: Any, told: str, roles: list[tuple[str, str]]
) -> None:
    (piece,) = unpack("datadog_incidents", document)
    assert piece.fields["people_told"] == told
    assert people(piece, "id", "role") == roles


@pytest.mark.parametrize("place", ["attribute", "relationship", "camelCase"])
def test_datadog_commander_is_found_in_each_place(place: str) -> None:
    attributes = {"commander": {"data": TWO}} if place == "attribute" else {}
    name = {"relationship": "commander_user", "camelCase": "commanderUser"}.get(place, "commander_user")
    links = {name: {"data": None if place == "attribute" else {"type": "users", "id": "u-2"}}}
    incident = {"type": "incidents", "id": "x", "attributes": attributes, "relationships": links}
    (piece,) = unpack("datadog_incidents", {"data": incident, "included": [TWO]})
    assert people(piece, "id", "name", "email", "role") == [("u-2", "", "p2@invented.example", "commander")]


def test_datadog_commander_is_named_by_whatever_else_names_that_user() -> None:
    links = {"commander_user": {"data": {"type": "users", "id": "u-1"}}}
    incident = {"type": "incidents", "attributes": {"created_by": {"data": ONE}}, "relationships": links}
    (piece,) = unpack("datadog_incidents", {"data": incident})
    assert people(piece, "id", "name", "email") == [("u-1", "見本 一", "p1@invented.example")]


@pytest.mark.parametrize(
    ("definition", "query"),
    [
        ({"requests": [{"q": "a"}, {"q": "b"}, {"q": "a"}]}, "a; b"),
        ({"requests": [{"queries": [{"query": "a"}, {"search": {"query": "b"}}, {"name": "c"}]}]}, "a; b"),
        ({"requests": {"fill": {"q": "a"}, "size": {"q": "b"}}}, "a; b"),
        ({"requests": [{"q": "a"}], "query": "b"}, "a"),
        ({"query": "a"}, "a"),
        ({"source_widget_definition": {"requests": [{"q": "a"}]}}, "a"),
        ({"content": "a"}, ""),
    ],
)
def test_datadog_widget_asks_what_its_requests_say(definition: dict[str, Any], query: str) -> None:
    widget = {"id": "1", "definition": {"type": "t", **definition}}
    (piece,) = unpack("datadog_dashboards", {"id": "d", "title": "x", "widgets": [widget]})
    assert piece.fields["widget.query"] == query


def test_datadog_widgets_in_groups_are_records_and_groups_are_none() -> None:
    def group(*widgets: Any) -> Any:
        return {"id": "g", "definition": {"type": "group", "widgets": list(widgets)}}

    def note(**own: str) -> Any:
        return {"definition": {"type": "note"}, **own}

    boards = [
        {"id": "d", "title": "x", "widgets": [note(), group(note(), group(note(id="7")), note())]},
        {"id": "e", "title": "y", "widgets": [group()]},
    ]
    read = unpack("datadog_dashboards", {"dashboards": boards})
    assert [(piece.fields["id"], piece.fields["widget.id"], piece.table) for piece in read] == [
        ("d", "at 1", OWN),
        ("d", "at 2.1", OWN),
        ("d", "7", OWN),
        ("d", "at 2.3", OWN),
        ("e", "", UNUSED),
    ]


def test_list_of_datadog_dashboards_without_their_widgets_is_no_such_export() -> None:
    told = {"id": "d", "title": "x", "author_handle": "a", "layout_type": "ordered"}
    assert UNPACK["datadog_dashboards"]({"dashboards": [told]}) is None
    other_tool = {"id": "d", "title": "x", "widgets": [{"id": "1", "type": "chart"}]}
    assert UNPACK["datadog_dashboards"]([other_tool]) is None


@pytest.mark.parametrize(
    ("told", "mail"),
    [
        ({"email": "a@invented.example", "handle": "b@invented.example"}, "a@invented.example"),
        ({"email": None, "handle": "b@invented.example"}, "b@invented.example"),
        ({"email": "", "handle": "deploy"}, ""),
        ({}, ""),
    ],
)
def test_datadog_handle_is_an_address_where_it_looks_like_one(told: dict[str, Any], mail: str) -> None:
    user = {"type": "users", "id": "u-1", "attributes": told}
    incident = {"type": "incidents", "attributes": {"commander": {"data": user}}}
    (piece,) = unpack("datadog_incidents", {"data": incident})
    assert people(piece, "email") == [(mail,)]


@pytest.mark.parametrize(
    ("detected", "began"), [("2024-01-01T00:00:00Z", "2024-01-01T00:00:00Z"), (None, "t"), ("", "t")]
)
def test_datadog_incident_begins_when_it_was_detected(detected: str | None, began: str) -> None:
    attributes = {"created": "t", "detected": detected}
    (piece,) = unpack("datadog_incidents", {"data": [{"type": "incidents", "attributes": attributes}]})
    assert piece.fields["detected"] == began


@pytest.mark.parametrize(
    ("created", "milliseconds", "at"),
    [
        ("2024-05-01T00:00:00.25Z", "90500", "2024-05-01T00:01:30.750000+00:00"),
        ("2024-12-31T23:59:59Z", "1000", "2025-01-01T00:00:00+00:00"),
        ("2024-05-01T00:00:00Z", "0", "2024-05-01T00:00:00+00:00"),
        ("2024-05-01T00:00:00Z", "", ""),
        ("2024-05-01T00:00:00Z", "-1", ""),
        ("2024-05-01T00:00:00Z", "9" * 15, ""),
        ("2024-05-01T00:00:00Z", "9" * 4000, ""),
        ("2024-05-01T00:00:00Z", "\uff11", ""),
        ("then", "1000", ""),
    ],
)
def test_opsgenie_alert_is_acknowledged_so_long_after_it_was_raised(
    created: str, milliseconds: str, at: str
) -> None:
    alert = {"tinyId": "1", "acknowledged": "true", "createdAt": created, "report": {"ackTime": milliseconds}}
    (piece,) = unpack("opsgenie_alerts", [alert])
    assert piece.fields["acknowledged_at"] == at


@pytest.mark.parametrize(
    ("role", "kind", "held"),
    [
        ("Incident Lead", "lead", ["lead"]),
        ("指揮", "lead", ["lead"]),
        ("Reporter", "reporter", []),
        ("Scribe", "custom", ["Scribe"]),
    ],
)
def test_incident_io_role_is_its_type_if_it_leads_else_its_name(
    role: str, kind: str, held: list[str]
) -> None:
    who = {"role": {"name": role, "role_type": kind}, "assignee": {"id": "i-1", "name": "見本 一"}}
    incident = {"reference": "INC-1", "incident_role_assignments": [who]}
    (piece,) = unpack("incident_io", {"incidents": [incident]})
    assert [name for (name,) in people(piece, "role")] == held
    assert piece.fields["people_told"] == ("yes" if held else "no")


def test_records_of_the_file_come_before_those_that_hang_on_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever of them the file has first: what hangs follows the fate of what it hangs on."""
    hangs = Piece({"id": "1"}, {"participation": [{"who": "見本 一"}]})
    tree = Tree([hangs, Piece({"id": "2"}, table="changes")])
    monkeypatch.setitem(cast(dict[str, Unpack], UNPACK), "objects", lambda value: tree)
    profile = read_profiles()["pagerduty_incidents_json"].model_copy(update={"unpack": "objects"})
    arranged = arrange(Document("a.json", "", "utf-8", [], {}), profile)
    assert [(part.table, part.linked) for part in arranged.parts] == [
        (OWN, False),
        ("changes", False),
        ("participation", True),
    ]
