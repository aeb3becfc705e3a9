"""Incidents from 2024 on as the list of Datadog's incident API (JSON:API: `data`, `included`, `meta`).

That responders appear in `included` with a role was never seen in a real answer; see data/README.md.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from .company import full_name, mail, opaque_id
from .dialects import datadog_time
from .planted import Scenario, stream
from .world import World

DATADOG_SINCE = np.datetime64("2024-01-01")
FIRST_NUMBER = 2000  # far above PagerDuty's numbers
COMMANDER, DEPUTY, SPOKESPERSON = "Incident Commander", "Deputy Commander", "Communications Lead"
DATADOG_ROLES = {"observer": "Observer", "helper": "Helper", "responder": "Responder", "lead": DEPUTY}
WITHOUT_NAME = ("p11", "sre04", "sre06")  # accounts of which only the address is known
TEST_DAY = pd.Timestamp("2024-01-09 11:00")
UNMEASURED = ("customer_impact_duration", "time_to_detect", "time_to_repair", "time_to_internal_response")
SYMPTOMS = ("応答時間の悪化", "エラー率の上昇", "接続数の上限", "バッチの遅延")
Roster = list[tuple[str, str]]


def datadog_incidents(world: World) -> dict[str, Any]:
    """The list: every incident since the move, and before them those somebody declared to try it out."""
    random = stream(world.seed, "datadog")
    tests = trial_incidents(world.scenario)
    rows = world.incidents[world.incidents["created"] >= DATADOG_SINCE]
    incidents = pd.concat([tests, rows.assign(test=False)], ignore_index=True)
    rosters = list_rosters(random, world)
    rosters |= {number: [("sre01", COMMANDER)] for number in tests["incident"]}
    # every third has the commander where an answer to a change has it
    commanded = np.flatnonzero([bool(commander_of(rosters.get(n, []))) for n in incidents["incident"]])
    moved = set(random.permutation(commanded)[: round(len(commanded) / 3)].tolist())
    data = [
        incident_object(random, incident, rosters.get(incident.incident, []), moved=place in moved)
        for place, incident in enumerate(incidents.itertuples())
    ]
    people = sorted({person for roster in rosters.values() for person, _ in roster} | {"sre01"})
    responders = [
        responder_object(number, person, role)
        for number in incidents["incident"]
        for person, role in rosters.get(number, [])
    ]
    page = {"offset": 0, "next_offset": len(data), "size": len(data)}
    included = [*(user_object(person) for person in people), *responders]
    return {"data": data, "included": included, "meta": {"pagination": page}}


def trial_incidents(scenario: Scenario) -> pd.DataFrame:
    """Declared on the day of the move, a few minutes each."""
    count = scenario.mess.test_incidents
    created = TEST_DAY + pd.to_timedelta(np.arange(count) * 20, unit="min")
    return pd.DataFrame(
        {
            "incident": np.arange(-count, 0),
            "created": created.astype("datetime64[s]"),
            "resolved": (created + pd.Timedelta(minutes=6)).astype("datetime64[s]"),
            "service": "shared-gateway",
            "severity": "SEV4",
            "test": True,
        }
    )


def list_rosters(random: np.random.RandomState, world: World) -> dict[int, Roster]:
    """Who stands in which role in each incident: one commander at most, now and then somebody who informs."""
    since = world.incidents.loc[world.incidents["created"] >= DATADOG_SINCE, "incident"]
    rows = world.participation[world.participation["incident"].isin(since)]
    rosters = {}
    for number, group in rows.groupby("incident", sort=True):
        roles = [DATADOG_ROLES[step] for step in group["step"]]
        if DEPUTY in roles:
            roles[roles.index(DEPUTY)] = COMMANDER
        if "Responder" in roles and random.random_sample() < 0.3:
            roles[roles.index("Responder")] = SPOKESPERSON
        rosters[int(number)] = list(zip(group["person"], roles, strict=True))
    return rosters


def commander_of(roster: Roster) -> str:
    """Who commands, or ""."""
    return next((person for person, role in roster if role == COMMANDER), "")


def incident_object(
    random: np.random.RandomState, incident: Any, roster: Roster, *, moved: bool
) -> dict[str, Any]:
    """One incident; `moved`: the commander is an attribute and not a relationship."""
    commander = commander_of(roster)
    attributes = incident_attributes(random, incident)
    if moved:
        attributes["commander"] = {"data": user_object(commander)}
    reference = {"type": "users", "id": user_id(commander)} if commander and not moved else None
    author = {"data": {"type": "users", "id": user_id("sre01")}}
    responders = [
        {"type": "incident_responders", "id": responder_id(incident.incident, person)} for person, _ in roster
    ]
    return {
        "type": "incidents",
        "id": to_uuid(f"incident {incident.incident}"),
        "attributes": attributes,
        "relationships": {
            "created_by_user": author,
            "last_modified_by_user": author,
            "commander_user": {"data": reference},
            "declared_by_user": author,
            "user_defined_fields": {"data": []},
            "integrations": {"data": []},
            "attachments": {"data": []},
            "responders": {"data": responders},
            "impacts": {"data": []},
        },
    }


def incident_attributes(random: np.random.RandomState, incident: Any) -> dict[str, Any]:
    """What the list says of an incident itself; times in UTC."""
    micro = [int(n) for n in random.randint(0, 10**6, 3)]
    noticed = incident.created - pd.Timedelta(seconds=int(random.randint(15, 240)))
    symptom = "試しに作成(テスト)" if incident.test else SYMPTOMS[random.randint(0, len(SYMPTOMS))]
    number = FIRST_NUMBER + int(incident.incident)
    created, resolved = datadog_time(incident.created, micro[0]), datadog_time(incident.resolved, micro[1])
    severity = incident.severity.replace("SEV", "SEV-")
    seconds = int((incident.resolved - incident.created).total_seconds())
    author = user_id("sre01")
    return {
        "public_id": number,
        "incident_type_uuid": to_uuid("incident type"),
        "title": f"{incident.service}: {symptom}",
        "resolved": resolved,
        **dict.fromkeys(("customer_impact_scope", "customer_impact_start", "customer_impact_end")),
        "customer_impacted": False,
        "notification_handles": None,
        "last_modified_by_uuid": author,
        "created": created,
        "modified": resolved,
        "detected": datadog_time(noticed, micro[2]),
        "created_by_uuid": author,
        "creation_idempotency_key": None,
        **dict.fromkeys(UNMEASURED, 0),
        "time_to_resolve": seconds,
        "archived": None,
        "is_test": bool(incident.test),
        "declared": created,
        "declared_by_uuid": author,
        "fields": incident_fields(incident.service, severity, number),
        "field_analytics": None,
        "severity": severity,
        "state": "resolved",
        "non_datadog_creator": None,
        "visibility": "organization",
        "case_id": None,
    }


def incident_fields(service: str, severity: str, number: int) -> dict[str, Any]:
    """The fields a company may shape itself; state and severity stand here a second time."""
    values = {
        "state": ("dropdown", "resolved"),
        "severity": ("dropdown", severity),
        "summary": ("textbox", None),
        "detection_method": ("dropdown", "monitor"),
        "root_cause": ("textbox", None),
        "services": ("autocomplete", [service]),
        "teams": ("autocomplete", None),
        "slug": ("textbox", f"IR-{number}"),
    }
    return {name: {"type": kind, "value": value} for name, (kind, value) in values.items()}


def user_object(person: str) -> dict[str, Any]:
    """An account as it is today; some have no name."""
    address = mail(person)
    name = None if person in WITHOUT_NAME else full_name(person)
    uuid = user_id(person)
    attributes = {"uuid": uuid, "handle": address, "email": address, "name": name, "icon": ""}
    return {"type": "users", "id": uuid, "attributes": attributes}


def responder_object(number: int, person: str, role: str) -> dict[str, Any]:
    """One person in one incident."""
    return {
        "type": "incident_responders",
        "id": responder_id(number, person),
        "attributes": {"role": {"name": role}},
        "relationships": {"user": {"data": {"type": "users", "id": user_id(person)}}},
    }


def responder_id(number: int, person: str) -> str:
    """Never the id of a user."""
    return to_uuid(f"responder {number} {person}")


def user_id(person: str) -> str:
    """The account's id."""
    return to_uuid(f"user {person}")


def to_uuid(text: str) -> str:
    """An id in the shape of a UUID, the same each time."""
    digits = opaque_id(f"datadog {text}", length=32)
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
