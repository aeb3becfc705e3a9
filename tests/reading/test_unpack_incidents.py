"""JSON of incident tools: participants, what is unknown, and unexpected values."""

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
    ("incident", "known", "joined"),
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
def test_pagerduty_incident_lists_responders_and_completeness(
    incident: dict[str, Any], known: str, joined: list[str]
) -> None:
    (piece,) = unpack("pagerduty_incidents", [incident])
    assert piece.fields["people_told"] == known
    assert [who for (who,) in people(piece, "id")] == joined


@pytest.mark.parametrize(
    ("summary", "number"),
    [("[#12] x", "12"), ("[#1] [#2] x", "1"), ("x [#3]", ""), ("#4 x", ""), (None, "")],
)
def test_pagerduty_log_entry_takes_number_from_summary(summary: str | None, number: str) -> None:
    entry = {"type": "acknowledge_log_entry", "agent": USER, "incident": {"summary": summary}}
    (piece,) = unpack("pagerduty_log", {"log_entries": [entry]})
    assert (piece.table, piece.fields["incident.number"], piece.fields["did"]) == (OWN, number, "acknowledge")


def test_pagerduty_log_entry_with_incident_needs_no_summary() -> None:
    incident = {"incident_number": "12", "summary": "[#7] x"}
    entry = {"type": "resolve_log_entry", "agent": USER, "incident": incident}
    assert unpack("pagerduty_log", [entry])[0].fields["incident.number"] == "12"


def test_pagerduty_log_entry_without_person_is_unused() -> None:
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
def test_page_that_could_be_incomplete_is_reported(name: str, value: Any, more: bool) -> None:
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
def test_total_is_as_stated_by_incident_tool(name: str, value: Any) -> None:
    tree = UNPACK[name](value)
    assert tree is not None
    assert (tree.total, tree.more) == (12, False)


def datadog(commander: str | None, roster: dict[str, tuple[str, Any]], *, resolved: bool = True) -> Any:
    """Build an incident; `roster`: responder → user and role; `resolved`: `included` has the roster."""
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
    return {"data": [incident], "included": [ONE, TWO, *(entries if resolved else [])]}


@pytest.mark.parametrize(
    ("document", "known", "roles"),
    [
        (datadog(None, {}), "no", []),
        (datadog("u-1", {}), "no", [("u-1", "commander")]),
        (datadog("u-1", {"r": ("u-1", "Responder")}), "yes", [("u-1", "lone commander")]),
        (datadog("u-1", {"r": ("u-1", "")}, resolved=False), "no", [("u-1", "lone commander")]),
        (
            datadog("u-1", {"r": ("u-1", {"name": "Responder"}), "s": ("u-2", {"name": "Scribe"})}),
            "yes",
            [("u-1", "commander"), ("u-2", "Scribe")],
        ),
        (datadog("u-1", {"r": ("u-1", ""), "s": ("u-2", "")}, resolved=False), "no", [("u-1", "commander")]),
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
def test_datadog_lone_commander_has_a_separate_role(
    document: Any, known: str, roles: list[tuple[str, str]]
) -> None:
    (piece,) = unpack("datadog_incidents", document)
    assert piece.fields["people_told"] == known
    assert people(piece, "id", "role") == roles


@pytest.mark.parametrize("place", ["attribute", "relationship", "camelCase"])
def test_datadog_commander_is_found_in_each_place(place: str) -> None:
    attributes = {"commander": {"data": TWO}} if place == "attribute" else {}
    name = {"relationship": "commander_user", "camelCase": "commanderUser"}.get(place, "commander_user")
    links = {name: {"data": None if place == "attribute" else {"type": "users", "id": "u-2"}}}
    incident = {"type": "incidents", "id": "x", "attributes": attributes, "relationships": links}
    (piece,) = unpack("datadog_incidents", {"data": incident, "included": [TWO]})
    assert people(piece, "id", "name", "email", "role") == [("u-2", "", "p2@invented.example", "commander")]


def test_datadog_commander_is_named_from_any_source() -> None:
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
def test_datadog_widget_query_comes_from_requests(definition: dict[str, Any], query: str) -> None:
    widget = {"id": "1", "definition": {"type": "t", **definition}}
    (piece,) = unpack("datadog_dashboards", {"id": "d", "title": "x", "widgets": [widget]})
    assert piece.fields["widget.query"] == query


def test_datadog_grouped_widgets_are_records_without_group() -> None:
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


def test_datadog_dashboards_without_widgets_do_not_match() -> None:
    dashboard = {"id": "d", "title": "x", "author_handle": "a", "layout_type": "ordered"}
    assert UNPACK["datadog_dashboards"]({"dashboards": [dashboard]}) is None
    other_tool = {"id": "d", "title": "x", "widgets": [{"id": "1", "type": "chart"}]}
    assert UNPACK["datadog_dashboards"]([other_tool]) is None


@pytest.mark.parametrize(
    ("attributes", "mail"),
    [
        ({"email": "a@invented.example", "handle": "b@invented.example"}, "a@invented.example"),
        ({"email": None, "handle": "b@invented.example"}, "b@invented.example"),
        ({"email": "", "handle": "deploy"}, ""),
        ({}, ""),
    ],
)
def test_datadog_handle_can_be_an_email_address(attributes: dict[str, Any], mail: str) -> None:
    user = {"type": "users", "id": "u-1", "attributes": attributes}
    incident = {"type": "incidents", "attributes": {"commander": {"data": user}}}
    (piece,) = unpack("datadog_incidents", {"data": incident})
    assert people(piece, "email") == [(mail,)]


@pytest.mark.parametrize(
    ("detected", "began"), [("2024-01-01T00:00:00Z", "2024-01-01T00:00:00Z"), (None, "t"), ("", "t")]
)
def test_datadog_incident_begins_when_detected(detected: str | None, began: str) -> None:
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
def test_opsgenie_alert_times_are_offsets_from_creation(created: str, milliseconds: str, at: str) -> None:
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
def test_incident_io_role_is_lead_or_name(role: str, kind: str, held: list[str]) -> None:
    who = {"role": {"name": role, "role_type": kind}, "assignee": {"id": "i-1", "name": "見本 一"}}
    incident = {"reference": "INC-1", "incident_role_assignments": [who]}
    (piece,) = unpack("incident_io", {"incidents": [incident]})
    assert [name for (name,) in people(piece, "role")] == held
    assert piece.fields["people_told"] == ("yes" if held else "no")


def test_file_records_come_before_linked_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    """In any file order, because the outcome of a linked record follows the record it belongs to."""
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
