"""Incidents up to 2023 as PagerDuty reports them, and the sheet kept beside it that says who took part."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from .company import NAMESAKES, SHEET_NAMES, UNKNOWN_NAMES, full_name, mail, opaque_id, tracker_name
from .datadog import DATADOG_SINCE
from .dialects import Row, pagerduty_csv, pagerduty_time, write_workbook
from .planted import pick_text, stream
from .world import World

PAGERDUTY_UNTIL = DATADOG_SINCE
ROLES = {"observer": "観察", "helper": "補助", "responder": "対応", "lead": "指揮"}
SYMPTOMS = ("応答時間の悪化", "エラー率の上昇", "接続数の上限", "バッチの遅延")
NOTES = ("", "", "", "途中から", "記録係")


def write_pagerduty(world: World) -> bytes:
    """PagerDuty's report; incidents that a team restored alone name nobody of SRE."""
    header = (
        "id", "incident_number", "description", "service_id", "service_name", "escalation_policy_id",
        "escalation_policy_name", "created_on", "resolved_on", "seconds_to_first_ack", "seconds_to_resolve",
        "auto_resolved", "escalation_count", "auto_escalation_count", "acknowledge_count", "assignment_count",
        "acknowledged_by_user_ids", "acknowledged_by_user_names", "assigned_to_user_ids",
        "assigned_to_user_names", "resolved_by_user_id", "resolved_by_user_name", "urgency",
    )  # fmt: skip
    random = stream(world.seed, "pagerduty")
    incidents = world.incidents[world.incidents["created"] < PAGERDUTY_UNTIL]
    responders = list_responders(world)
    rows = [pagerduty_row(random, row, responders.get(row.incident, [])) for row in incidents.itertuples()]
    return pagerduty_csv([header, *rows])


def list_responders(world: World) -> dict[int, list[str]]:
    """Who did something in each incident, in order."""
    acted = world.participation[world.participation["step"].isin(("responder", "lead"))]
    return acted.groupby("incident")["person"].apply(list).to_dict()


def pagerduty_row(random: np.random.RandomState, incident: Any, people: list[str]) -> Row:
    """One incident; two users share a cell at most."""
    symptom = pick_text(random, SYMPTOMS)
    acknowledged = people[:2]
    ack = str(random.randint(20, 600)) if people else ""
    seconds = int((incident.resolved - incident.created).total_seconds())
    resolver_cells = [user_id(people[0]), tracker_name(people[0])] if people else ["", ""]
    policy = "SRE" if incident.service.startswith("shared-") else incident.team
    return (
        "Q" + opaque_id(f"incident {incident.incident}", length=13).upper(), str(incident.incident),
        f"[{incident.severity}] {incident.service}: {symptom}", user_id(incident.service), incident.service,
        user_id(policy), policy, pagerduty_time(incident.created), pagerduty_time(incident.resolved), ack,
        str(seconds), "0" if people else "1", "0", "0", str(len(acknowledged)), str(len(acknowledged)),
        "、".join(user_id(person) for person in acknowledged),
        "、".join(tracker_name(person) for person in acknowledged),
        *resolver_cells, *resolver_cells,
        "high" if incident.severity in ("SEV1", "SEV2") else "low",
    )  # fmt: skip


def user_id(name: str) -> str:
    """A PagerDuty id."""
    return "P" + opaque_id(name, length=6).upper()


def write_participants(world: World) -> bytes:
    """The sheet kept beside PagerDuty: a row a participation, names as people wrote them (M7, M20)."""
    mess, random = world.scenario.mess, stream(world.seed, "participants")
    incidents = world.incidents.loc[world.incidents["created"] < PAGERDUTY_UNTIL, ["incident", "created"]]
    rows = world.participation.merge(incidents, on="incident")
    roles = rows["step"].map(ROLES).to_numpy(dtype=object)
    roles[random.permutation(len(rows))[: round(mess.blank_role * len(rows))]] = ""
    days = rows["created"].dt.strftime("%Y-%m-%d")
    names = [full_name(person, day) for person, day in zip(rows["person"], days, strict=True)]
    alone = choose_namesakes(random, rows, mess.namesakes)
    mails = [
        mail(person) if person in NAMESAKES and place not in alone else ""
        for place, person in enumerate(rows["person"])
    ]
    for person, text, count in list_spellings(world):
        for place in np.flatnonzero(rows["person"] == person)[:count]:
            names[place] = text
    notes = [pick_text(random, NOTES) for _ in names]
    header = ("障害番号", "氏名", "メール", "役割", "備考")
    numbers = rows["incident"].astype(str)
    return write_workbook("障害参加者", [header, *zip(numbers, names, mails, roles, notes, strict=True)])


def choose_namesakes(random: np.random.RandomState, rows: pd.DataFrame, count: int) -> set[int]:
    """The rows of a name that two people bear, without the address that tells them apart."""
    places = np.flatnonzero(rows["person"].isin(NAMESAKES))
    return {int(place) for place in random.permutation(places)[:count]}


def list_spellings(world: World) -> list[tuple[str, str, int]]:
    """Person, text, rows: names in the sheet that differ from the roster, some in no alias."""
    known = [(person, text, 5) for person, text in SHEET_NAMES.items()]
    return known + [
        (person, UNKNOWN_NAMES[person], count) for person, count in world.scenario.mess.unknown_names
    ]
